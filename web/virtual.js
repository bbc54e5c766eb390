/* A list of which only what can be seen is in the document: any number of rows of one height. */
import { el, onFrame } from './dom.js';

const BEYOND = 12;

export class VirtualList {
	/* `draw(first, last)` returns the nodes of those lines; they are laid under each other, above `this.under`. */
	constructor(attributes, rowHeight, draw) {
		Object.assign(this, { rowHeight, draw, count: 0, first: 0, last: 0 });
		this.lines = el('div', { class: 'lines', role: 'presentation' });
		this.space = el('div', { class: 'space', role: 'presentation' }, this.lines);
		this.node = el('div', { tabindex: '0', ...attributes }, this.space);
		this.refresh = onFrame(() => this.render(false));
		this.node.addEventListener('scroll', this.refresh, { passive: true });
		new ResizeObserver(() => this.render(true)).observe(this.node);
	}

	setCount(count) {
		this.count = count;
		this.space.style.height = `${count * this.rowHeight}px`;
		this.render(true);
	}

	/* What stands above the first line inside the scrolled box. */
	get headHeight() {
		return this.space.offsetTop;
	}

	render(always) {
		const { rowHeight, node } = this;
		const top = Math.max(0, Math.floor(node.scrollTop / rowHeight));
		const bottom = Math.min(this.count, Math.ceil((node.scrollTop + node.clientHeight) / rowHeight));
		if (!always && top >= this.first && bottom <= this.last && this.last <= this.count)
			return;
		this.first = Math.max(0, top - BEYOND);
		this.last = Math.min(this.count, bottom + BEYOND);
		this.lines.style.transform = `translateY(${this.first * rowHeight}px)`;
		this.nodes = this.draw(this.first, this.last);
		this.lines.replaceChildren(...this.under ? [this.under] : [], ...this.nodes);
	}

	/* The node of a line that is in the document, or undefined. */
	nodeOf(line) {
		return this.nodes?.[line - this.first];
	}

	show(line, centred) {
		const { rowHeight, node } = this, top = line * rowHeight, room = node.clientHeight - this.headHeight;
		if (top < node.scrollTop || top + rowHeight > node.scrollTop + room || centred)
			node.scrollTop = Math.max(0, top - room / 2 + rowHeight);
	}
}
