/*
 * The ladder: time goes down, the client stands left. Words are elements, so that they can be read, found and copied; arrows
 * are on a canvas behind them. A segment of a world leaves in one row and arrives in another: its arrow is as steep as its way
 * was long. One that is lost ends in the middle.
 */
import { canvasContext, el, ink, onFrame } from './dom.js';
import { FATE, FLAG, isOnWire, KIND, KNOWN, PHASE } from './model.js';
import { ruleWords, seconds, span, wallClock } from './words.js';
import { VirtualList } from './virtual.js';

const ROW = 26, LOOK_BACK = 3000, LEAVES = 18, ARRIVES = 23, COMES = 13, STEEP = 10;
const TAGS = {
	[KIND.TWIN]: 'twin', [KIND.CALL]: 'call', [KIND.RETURNED]: 'call', [KIND.TIMER_SET]: 'timer', [KIND.TIMER_FIRED]: 'timer',
	[KIND.STATE]: 'state', [KIND.QUEUE]: 'queue', [KIND.CWND]: 'cwnd', [KIND.ERROR]: 'error', [KIND.REBOOT]: 'reboot',
};
const CERTAINTY = ['seen', 'inferred', 'suspected', 'known'];

export function certaintyClass(certainty) {
	return `certainty-${CERTAINTY[certainty]}`;
}

export class Ladder {
	/* `name` tells two ladders of a page apart. */
	constructor(state, { go, tip, name }) {
		Object.assign(this, { state, go, tip, name, lines: [], opened: new Set() });
		this.canvas = el('canvas', { 'aria-hidden': 'true' });
		this.heads = [el('span', { class: 'end left', role: 'columnheader' }), el('span', { class: 'end right', role: 'columnheader' })];
		this.list = new VirtualList({ class: 'ladder', role: 'grid', 'aria-label': name, 'aria-colcount': '5' }, ROW,
			(first, last) => this.draw(first, last));
		this.list.node.prepend(el('div', { class: 'heads', role: 'row' }, el('span', { class: 'num', role: 'columnheader' }, '#'), this.heads[0], el('span', { class: 'between', role: 'columnheader' }, ''), this.heads[1]));
		this.list.under = this.canvas;
		this.arrows = onFrame(() => this.drawArrows(this.list.first, this.list.last));
		this.node = this.list.node;
	}

	setConnection() {
		const { connection } = this.state;
		this.current = 0;
		this.opened.clear();
		connection.summary.ends.forEach((end, e) => {
			this.heads[e].textContent = end.name;
			this.heads[e].title = [end.name, end.address, end.system].filter(Boolean).join(', ');
		});
		this.setLines();
	}

	setLines() {
		const { connection, folds } = this.state;
		this.lines = connection.lines(folds && connection.isLong, this.opened);
		this.lineOf = new Int32Array(connection.rows);
		this.lines.forEach((line, at) => {
			for (let row = line.from ?? line; row < (line.to ?? line + 1); row++)
				this.lineOf[row] = at;
		});
		this.node.setAttribute('aria-rowcount', this.lines.length + 1);
		this.list.setCount(this.lines.length);
	}

	/* Only the cursor has moved: the rows stand. */
	follow() {
		const { list, state } = this, line = this.lineOf[state.row];
		this.node.setAttribute('aria-activedescendant', this.idOf(line));
		list.show(line);
		for (const each of new Set([this.current, line]))
			markCurrent(list.nodeOf(each), each === line);
		this.current = line;
		list.render(false);
		this.arrows();
	}

	/* Everything stands otherwise. */
	refresh() {
		this.list.render(true);
	}

	draw(first, last) {
		const nodes = [];
		this.canvas.style.height = `${(last - first) * ROW}px`;
		for (let at = first; at < last && this.state.connection; at++)
			nodes.push(this.line(at));
		this.arrows();
		return nodes;
	}

	idOf(line) {
		return `${this.name}-row-${line}`;
	}

	/* --- lines --- */

	line(at) {
		const line = this.lines[at];
		return typeof line === 'number' ? this.row(line, at) : this.fold(line, at);
	}

	fold(line, at) {
		line.text ??= this.state.connection.foldText(line);
		return el('div', {
			class: 'row fold', role: 'row', id: this.idOf(at), 'aria-rowindex': at + 2,
			'aria-selected': String(this.lineOf[this.state.row] === at),
		}, el('span', { role: 'gridcell', class: 'whole' }, el('button', {
			type: 'button', tabindex: '-1', title: 'show them',
			onclick: () => {
				this.opened.add(line.from);
				this.setLines();
				this.go(line.from);
			},
		}, `⋯ ${line.text}`)));
	}

	row(row, at) {
		const { connection } = this.state, { items } = connection, i = connection.rowItem[row];
		const phase = connection.rowPhase[row], kind = items.kind[i], silence = phase === PHASE.SILENCE || kind === KIND.STALL;
		const packet = items.packet[i] > 0 && kind !== KIND.STALL && phase === PHASE.HAPPENS ? String(items.packet[i]) : '';
		return el('div', {
			class: `row${silence ? ' silence' : ''}`, role: 'row', id: this.idOf(at), 'aria-rowindex': at + 2,
			'aria-selected': String(row === this.state.row), onclick: () => this.go(row),
		},
		el('span', { class: 'num', role: 'gridcell' }, packet),
		el('span', { class: 'time', role: 'gridcell', title: this.sinceBefore(row) }, this.timeText(row)),
		this.stateCell(0, row), this.middle(row, i, phase, kind, silence), this.stateCell(1, row));
	}

	timeText(row) {
		const { connection, clock, view } = this.state, time = connection.rowTime[row];
		return clock ? wallClock(view.start, time) : seconds(time - connection.summary.start);
	}

	sinceBefore(row) {
		const { rowTime } = this.state.connection;
		return row ? `${span(rowTime[row] - rowTime[row - 1])} after the row before` : '';
	}

	stateCell(e, row) {
		const { connection, view } = this.state, state = connection.stateAt(e, row);
		const changed = connection.changesState(e, row);
		return el('span', { class: `state ${e ? 'right' : 'left'} ${changed ? 'changed' : ''}`, role: 'gridcell' }, view.states[state] ?? '–');
	}

	middle(row, i, phase, kind, silence) {
		const { connection, absolute } = this.state, { items } = connection;
		const cell = (side, ...children) => el('span', { class: `between ${side}`, role: 'gridcell' }, ...children);
		if (silence)
			return cell('centre', el('span', { class: `note ${certaintyClass(kind === KIND.STALL ? items.a[i] : KNOWN)}` }, connection.rowText(row)));
		if (!isOnWire(kind)) {
			const end = kind === KIND.TWIN ? 1 - items.end[i] : items.end[i];
			return cell(end ? 'from-right' : 'from-left', el('span', { class: 'tag' }, TAGS[kind]),
				el('span', { class: 'note', title: connection.rowText(row) }, connection.rowText(row)), ...this.chips(i, phase));
		}
		const side = items.end[i] ? 'from-right' : 'from-left';
		if (phase === PHASE.ARRIVES)
			return cell(items.end[i] ? 'from-left' : 'from-right', ...this.chips(i, phase), el('span', { class: 'arrives' }, `arrives${items.packet[i] > 0 ? ` (${items.packet[i]})` : ''}`));
		const text = connection.segmentText(i, absolute);
		return cell(side, el('span', { class: `label ${this.segmentClass(i)}`, title: text }, text), ...this.chips(i, phase));
	}

	segmentClass(i) {
		const { connection } = this.state;
		return connection.items.fate[i] === FATE.LOST ? 'lost' : connection.again[i - connection.first] ? 'again' : '';
	}

	/* What a segment's receiver made of it stands where it arrives. */
	chips(i, phase) {
		const { connection } = this.state, { items } = connection, arrives = connection.arrivalOf[i - connection.first] >= 0;
		const marks = connection.marksOf(i).filter((mark) => !arrives || (mark.end !== items.end[i]) === (phase === PHASE.ARRIVES));
		const chips = marks.map((mark) => this.chip(mark, i));
		if (phase === PHASE.ARRIVES)
			return chips;
		if (isOnWire(items.kind[i]) && items.fate[i] === FATE.LOST)
			chips.unshift(el('span', { class: 'chip lost certainty-known', title: connection.lossText(i) }, 'lost'));
		if (items.past_tcp[i])
			chips.push(el('span', { class: 'chip certainty-known', title: 'a program put it on the wire, past its host\'s TCP' }, 'raw'));
		if (connection.summary.differs === i)
			chips.unshift(el('span', { class: 'chip differs', title: connection.summary.verdict }, 'here they part'));
		const other = this.state.onlooker?.(i);
		if (other)
			chips.push(el('span', { class: 'chip differs', title: other }, 'onlooker errs'));
		return chips;
	}

	chip(mark, i) {
		const { items } = this.state.connection, packets = [mark.evidence, items.packet[i]].filter((n) => n > 0);
		const chip = el('button', { type: 'button', tabindex: '-1', class: `chip ${certaintyClass(mark.certainty)}` }, ruleWords(mark.rule[0]));
		const enter = () => {
			this.tip.show(chip, mark);
			chip.closest('.lines')?.querySelectorAll('.row').forEach((row) => {
				row.classList.toggle('lit', packets.includes(Number(row.querySelector('.num')?.textContent)));
			});
		};
		chip.addEventListener('pointerenter', enter);
		chip.addEventListener('focus', enter);
		for (const leave of ['pointerleave', 'blur'])
			chip.addEventListener(leave, () => this.tip.hide());
		return chip;
	}

	/* --- arrows --- */

	drawArrows(first, last) {
		const { connection } = this.state, { context, width } = canvasContext(this.canvas);
		if (!connection || !width || first >= last)
			return;
		const between = this.node.querySelector('.heads .between');
		const x = [between.offsetLeft + 4, between.offsetLeft + between.offsetWidth - 4];
		const colours = { line: ink('line'), data: ink('data'), again: ink('again'), dim: ink('dim'), current: ink('current') };
		context.strokeStyle = colours.line;
		context.lineWidth = 1.5;
		for (const each of x) {
			context.beginPath();
			context.moveTo(each, 0);
			context.lineTo(each, (last - first) * ROW);
			context.stroke();
		}
		const from = this.firstRowOf(first), to = this.firstRowOf(last);
		for (let row = Math.max(0, from - LOOK_BACK); row < to; row++)
			this.drawArrow(context, connection, row, first, last, x, colours);
	}

	firstRowOf(line) {
		const at = this.lines[line];
		return at === undefined ? this.state.connection.rows : at.from ?? at;
	}

	drawArrow(context, connection, row, first, last, x, colours) {
		const { items } = connection, i = connection.rowItem[row];
		if (!isOnWire(items.kind[i]) || connection.rowPhase[row] !== PHASE.HAPPENS)
			return;
		const line = this.lineOf[row], arrival = connection.arrivalOf[i - connection.first];
		const end = arrival >= 0 ? this.lineOf[arrival] : line;
		if (end < first || line >= last || (typeof this.lines[line] !== 'number' && end === line))
			return;
		const y0 = (line - first) * ROW + LEAVES, y1 = (end - first) * ROW + (end > line ? COMES : ARRIVES);
		const lost = items.fate[i] === FATE.LOST || items.fate[i] === FATE.UNDER_WAY;
		const [x0, x1] = items.end[i] ? [x[1], x[0]] : x;
		context.strokeStyle = context.fillStyle = lost || connection.again[i - connection.first] || items.flags[i] & FLAG.RST ? colours.again
			: items.kind[i] === KIND.ICMP ? colours.dim : colours.data;
		context.lineWidth = row === this.state.row || arrival === this.state.row ? 2.5 : 1.2;
		context.setLineDash(items.kind[i] === KIND.ICMP ? [4, 3] : []);
		/* Where many are under way at once, the one at the cursor is to be seen. */
		context.globalAlpha = (end - line > STEEP || this.lines[line].to || this.lines[end].to) && row !== this.state.row && arrival !== this.state.row ? 0.3 : 1;
		arrow(context, x0, y0, lost ? (x0 + x1) / 2 : x1, lost ? (y0 + y1) / 2 : y1, lost && items.fate[i] === FATE.LOST);
		context.setLineDash([]);
		context.globalAlpha = 1;
	}
}

function markCurrent(node, is) {
	node?.setAttribute('aria-selected', String(is));
}

function arrow(context, x0, y0, x1, y1, cross) {
	const angle = Math.atan2(y1 - y0, x1 - x0), size = 7;
	context.beginPath();
	context.moveTo(x0, y0);
	context.lineTo(x1, y1);
	context.stroke();
	context.beginPath();
	if (cross) {
		for (const turn of [0.25, 0.75]) {
			const [dx, dy] = [Math.cos(angle + turn * Math.PI) * 6, Math.sin(angle + turn * Math.PI) * 6];
			context.moveTo(x1 - dx, y1 - dy);
			context.lineTo(x1 + dx, y1 + dy);
		}
		context.lineWidth = 2;
		context.stroke();
		return;
	}
	context.moveTo(x1, y1);
	context.lineTo(x1 - size * Math.cos(angle - 0.4), y1 - size * Math.sin(angle - 0.4));
	context.lineTo(x1 - size * Math.cos(angle + 0.4), y1 - size * Math.sin(angle + 0.4));
	context.fill();
}
