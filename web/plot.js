/*
 * A plot on two canvases: what is plotted is drawn when the range changes, the cursor's line by itself. Only what is in the
 * range is drawn, and of what falls on one pixel only the first; a hundred thousand points take some milliseconds.
 */
import { canvasContext, el, ink, onFrame } from './dom.js';
import { lastAtMost } from './model.js';
import { span } from './words.js';

const LEFT = 66, RIGHT = 12, TOP = 10, BOTTOM = 24, LEAST_RANGE = 1000, CLICK = 4, BAND = 17;

/* 1, 2 or 5 times a power of ten: about `wanted` of them make up `range`. */
function tickOf(range, wanted) {
	const rough = range / wanted, power = 10 ** Math.floor(Math.log10(rough));
	return power * (rough / power < 1.5 ? 1 : rough / power < 3.5 ? 2 : rough / power < 7.5 ? 5 : 10);
}

export class Plot {
	/* `pick(ns)`: a place in time was clicked. */
	constructor(pick) {
		this.pick = pick;
		this.canvas = el('canvas', { 'aria-hidden': 'true' });
		this.over = el('canvas', { class: 'over', 'aria-hidden': 'true' });
		this.node = el('div', { class: 'plot', tabindex: '0', role: 'img', 'aria-label': 'plot' }, this.canvas, this.over);
		this.series = null;
		this.drawn = 0;
		this.refresh = onFrame(() => this.draw());
		this.refreshCursor = onFrame(() => this.drawCursor());
		new ResizeObserver(this.refresh).observe(this.node);
		this.listen();
	}

	/* `limits`: what held the sender back, as [from, to, words, certainty]. */
	setSeries(series, stalls, limits, label) {
		Object.assign(this, { series, stalls, limits });
		this.node.setAttribute('aria-label', label);
		this.refresh();
	}

	setWhole(from, to) {
		this.whole = [from, Math.max(to, from + LEAST_RANGE)];
		this.zoomOut();
	}

	zoomOut() {
		const margin = (this.whole[1] - this.whole[0]) * 0.01;
		this.setRange(this.whole[0] - margin, this.whole[1] + margin);
	}

	get isZoomed() {
		return this.range[1] - this.range[0] < (this.whole[1] - this.whole[0]) * 0.99;
	}

	setRange(from, to) {
		const least = Math.min(LEAST_RANGE, this.whole[1] - this.whole[0]), most = (this.whole[1] - this.whole[0]) * 1.02;
		const width = Math.min(most, Math.max(least, to - from)), middle = (from + to) / 2;
		const low = Math.max(this.whole[0] - width * 0.01, Math.min(middle - width / 2, this.whole[1] - width * 0.99));
		this.range = [low, low + width];
		this.refresh();
	}

	zoom(factor, around = this.cursorInRange()) {
		const [from, to] = this.range;
		this.setRange(around - (around - from) * factor, around + (to - around) * factor);
	}

	pan(share) {
		const by = (this.range[1] - this.range[0]) * share;
		this.setRange(this.range[0] + by, this.range[1] + by);
	}

	cursorInRange() {
		const [from, to] = this.range;
		return this.cursor >= from && this.cursor <= to ? this.cursor : (from + to) / 2;
	}

	setCursor(ns) {
		this.cursor = ns;
		const [from, to] = this.range;
		if (this.isZoomed && (ns < from || ns > to))
			this.setRange(ns - (to - from) / 2, ns + (to - from) / 2);
		this.refreshCursor();
	}

	/* --- the pointer --- */

	listen() {
		const { node } = this;
		const timeAt = (event) => {
			const box = node.getBoundingClientRect(), share = (event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT);
			return this.range[0] + Math.max(0, Math.min(1, share)) * (this.range[1] - this.range[0]);
		};
		node.addEventListener('pointerdown', (event) => {
			if (event.button !== 0)
				return;
			node.setPointerCapture(event.pointerId);
			this.drag = { x: event.clientX, last: event.clientX, from: timeAt(event), pans: event.shiftKey || event.pointerType === 'touch' };
		});
		node.addEventListener('pointermove', (event) => {
			if (!this.drag)
				return;
			if (this.drag.pans)
				this.pan((this.drag.last - event.clientX) / (node.clientWidth - LEFT - RIGHT));
			this.drag.last = event.clientX;
			this.drag.to = timeAt(event);
			this.refreshCursor();
		});
		const end = (event) => {
			const { drag } = this;
			this.drag = null;
			if (drag && event.type === 'pointerup' && Math.abs(event.clientX - drag.x) < CLICK)
				this.pick(drag.from);
			else if (drag && !drag.pans && event.type === 'pointerup')
				this.setRange(Math.min(drag.from, drag.to), Math.max(drag.from, drag.to));
			this.refreshCursor();
		};
		node.addEventListener('pointerup', end);
		node.addEventListener('pointercancel', end);
		node.addEventListener('dblclick', () => this.zoomOut());
		node.addEventListener('wheel', (event) => {
			if (event.ctrlKey || event.altKey)
				this.zoom(event.deltaY > 0 ? 1.25 : 0.8, timeAt(event));
			else if (this.isZoomed)
				this.pan((event.deltaX + event.deltaY) / 800);
			else
				return;
			event.preventDefault();
		}, { passive: false });
	}

	/* --- drawing --- */

	draw() {
		const { context, width, height } = canvasContext(this.canvas);
		if (!this.series || !this.range || width < LEFT + RIGHT + 10 || height < TOP + BOTTOM + 10)
			return;
		this.drawn++;
		const band = this.limits.length ? BAND : 0;
		this.area = { x: LEFT, y: TOP, width: width - LEFT - RIGHT, height: height - TOP - BOTTOM - band };
		this.rates = this.series.rates ? this.binned(this.series.rates) : null;
		this.values = this.valueRange();
		this.drawAxes(context);
		context.save();
		context.beginPath();
		context.rect(this.area.x, this.area.y - 2, this.area.width, this.area.height + 4);
		context.clip();
		this.drawStalls(context);
		this.series.steps.forEach((steps) => this.drawSteps(context, steps));
		if (this.rates)
			this.drawSteps(context, { ...this.rates, colour: 'data', fill: true });
		if (this.series.dots)
			this.drawDots(context, this.series.dots);
		if (this.series.bars)
			this.drawBars(context, this.series.bars);
		context.restore();
		this.drawLimits(context, height - BAND);
		this.drawCursor();
	}

	/* A band below: what each stretch of time went into, in words where there is room. */
	drawLimits(context, top) {
		const { area } = this;
		context.textAlign = 'center';
		this.limits.forEach(([from, to, words, certainty], at) => {
			const left = Math.max(area.x, this.x(from)), right = Math.min(area.x + area.width, this.x(to));
			if (right - left < 1)
				return;
			context.fillStyle = ink(at % 2 ? 'grid' : 'panel');
			context.fillRect(left, top, right - left, BAND - 2);
			context.strokeStyle = ink('line');
			context.setLineDash(certainty === 2 ? [2, 2] : []);
			context.strokeRect(left + 0.5, top + 0.5, right - left - 1, BAND - 3);
			context.setLineDash([]);
			context.fillStyle = ink('dim');
			if (context.measureText(words).width < right - left - 6)
				context.fillText(words, (left + right) / 2, top + 12);
		});
	}

	x(ns) {
		return this.area.x + (ns - this.range[0]) / (this.range[1] - this.range[0]) * this.area.width;
	}

	y(value) {
		const [low, high] = this.values;
		return this.area.y + this.area.height * (1 - (value - low) / (high - low));
	}

	/* The places of `times` that are in the range, and one to the left. */
	inRange(times) {
		return [Math.max(0, lastAtMost(times, this.range[0])), lastAtMost(times, this.range[1]) + 1];
	}

	valueRange() {
		const { series } = this, bounds = [Infinity, -Infinity];
		const widen = (low, high) => {
			bounds[0] = Math.min(bounds[0], low);
			bounds[1] = Math.max(bounds[1], high);
		};
		const over = (points, low, high) => {
			const [from, to] = this.inRange(points.time);
			for (let at = from; at < to; at++)
				widen(low[at], high[at]);
		};
		if (series.bars)
			over(series.bars, series.bars.low, series.bars.high);
		for (const each of [...series.steps.filter((s) => !s.optional), series.dots, this.rates].filter(Boolean))
			over(each, each.value, each.value);
		if (bounds[0] > bounds[1])
			series.steps.forEach((each) => over(each, each.value, each.value));
		if (bounds[0] > bounds[1])
			return [0, 1];
		if (!series.bars)
			bounds[0] = 0;
		const margin = (bounds[1] - bounds[0]) * 0.06 || 1;
		return [series.bars ? bounds[0] - margin : 0, bounds[1] + margin];
	}

	binned({ time, value, bins }) {
		const [from, to] = this.range, width = (to - from) / bins, out = { time: [], value: [] };
		const sumAt = (ns) => value[lastAtMost(time, ns)] ?? 0;
		for (let bin = 0; bin <= bins; bin++) {
			const left = from + bin * width;
			out.time.push(left);
			out.value.push(bin === bins ? 0 : (sumAt(left + width) - sumAt(left)) * 8 / (width / 1e9));
		}
		return out;
	}

	drawAxes(context) {
		const { area, range, values } = this, [from, to] = range;
		context.font = `12px ${ink('sans')}`;
		context.fillStyle = ink('dim');
		context.strokeStyle = ink('grid');
		context.lineWidth = 1;
		const tick = tickOf(to - from, Math.max(2, area.width / 110)), digits = Math.max(0, Math.ceil(-Math.log10(tick / 1e9) - 1e-9));
		const zero = this.whole[0];
		for (let t = Math.ceil((from - zero) / tick) * tick; t <= to - zero; t += tick) {
			const x = Math.round(this.x(t + zero)) + 0.5;
			line(context, x, area.y, x, area.y + area.height);
			context.textAlign = 'center';
			context.fillText(`${(t / 1e9).toFixed(digits)} s`, x, area.y + area.height + 16);
		}
		const step = Math.max(this.series.least, tickOf(values[1] - values[0], Math.max(2, area.height / 40)));
		for (let v = Math.ceil(values[0] / step) * step; v <= values[1]; v += step) {
			const y = Math.round(this.y(v)) + 0.5;
			line(context, area.x, y, area.x + area.width, y);
			context.textAlign = 'right';
			context.fillText(this.series.unit(v), area.x - 6, y + 4);
		}
	}

	drawStalls(context) {
		context.fillStyle = ink('stall');
		for (const { from, to } of this.stalls) {
			if (to < this.range[0] || from > this.range[1])
				continue;
			const x = this.x(from), width = Math.max(1, this.x(to) - x);
			context.fillRect(x, this.area.y, width, this.area.height);
			if (width > 60) {
				context.save();
				context.fillStyle = ink('dim');
				context.textAlign = 'center';
				const middle = (Math.max(x, this.area.x) + Math.min(x + width, this.area.x + this.area.width)) / 2;
				context.fillText(span(to - from), middle, this.area.y + 12);
				context.restore();
			}
		}
	}

	drawSteps(context, { time, value, colour, dash = [], fill }) {
		const [from, to] = this.inRange(time), bottom = this.y(Math.max(0, this.values[0]));
		if (from >= to)
			return;
		context.beginPath();
		let column = NaN, y = this.y(value[from]);
		context.moveTo(this.x(time[from]), y);
		for (let at = from + 1; at < to; at++) {
			const x = this.x(time[at]), next = this.y(value[at]);
			if (Math.round(x) === column && at < to - 1 && Math.abs(next - y) < 1)
				continue;
			context.lineTo(x, y);
			context.lineTo(x, next);
			column = Math.round(x);
			y = next;
		}
		context.lineTo(this.x(Math.min(this.range[1], this.whole[1])), y);
		context.setLineDash(dash);
		context.strokeStyle = context.fillStyle = ink(colour);
		context.lineWidth = 1.4;
		context.stroke();
		context.setLineDash([]);
		if (fill) {
			context.lineTo(this.x(Math.min(this.range[1], this.whole[1])), bottom);
			context.lineTo(this.x(time[from]), bottom);
			context.globalAlpha = 0.14;
			context.fill();
			context.globalAlpha = 1;
		}
	}

	drawDots(context, { time, value, colour }) {
		const [from, to] = this.inRange(time);
		let before = '';
		context.fillStyle = ink(colour);
		for (let at = from; at < to; at++) {
			const x = Math.round(this.x(time[at])), y = Math.round(this.y(value[at])), key = `${x},${y}`;
			if (key !== before)
				context.fillRect(x - 1.5, y - 1.5, 3, 3);
			before = key;
		}
	}

	/* Once for what is sent the first time, then over it what was sent again or lost. */
	drawBars(context, { time, low, high, kind }) {
		const [from, to] = this.inRange(time);
		for (const pass of [0, 1]) {
			let column = NaN, top = NaN;
			context.fillStyle = context.strokeStyle = ink(pass ? 'again' : 'data');
			context.lineWidth = 1.6;
			for (let at = from; at < to; at++) {
				if ((kind[at] > 0) !== (pass > 0))
					continue;
				const x = Math.round(this.x(time[at])), y = this.y(high[at]);
				if (x === column && Math.abs(y - top) < 1)
					continue;
				column = x;
				top = y;
				context.fillRect(x - (pass ? 1.5 : 1), y, pass ? 3 : 2, Math.max(2, this.y(low[at]) - y));
				if (kind[at] === 2)
					cross(context, x, (y + this.y(low[at])) / 2);
			}
		}
	}

	drawCursor() {
		const { context } = canvasContext(this.over), { area, drag } = this;
		if (!area || this.cursor === undefined)
			return;
		const x = this.x(this.cursor);
		if (x >= area.x - 1 && x <= area.x + area.width + 1) {
			context.strokeStyle = ink('current');
			context.lineWidth = 1.5;
			line(context, x, area.y, x, area.y + area.height);
		}
		if (drag?.to !== undefined && !drag.pans) {
			context.fillStyle = ink('select');
			context.fillRect(this.x(Math.min(drag.from, drag.to)), area.y, Math.abs(this.x(drag.to) - this.x(drag.from)), area.height);
		}
	}
}

function line(context, x0, y0, x1, y1) {
	context.beginPath();
	context.moveTo(x0, y0);
	context.lineTo(x1, y1);
	context.stroke();
}

function cross(context, x, y) {
	line(context, x - 4, y - 4, x + 4, y + 4);
	line(context, x - 4, y + 4, x + 4, y - 4);
}
