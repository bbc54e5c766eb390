/* The keys and the legend, in a dialog; and what hovers over a mark. */
import { el } from './dom.js';
import { sentences } from './panel.js';

const KEYS = [
	['→ ←', 'a row further, a row back'], ['shift + → ←', 'to what is remarkable'], ['home end', 'to the first row, to the last'], ['space', 'play, stop'],
	['j k', 'the next connection, the one before'], ['/', 'filter the connections'], ['1 to 5', 'which plot'], ['w s', 'zoom in, zoom out'],
	['a d', 'to the left, to the right'], ['0', 'all of it'], ['x', 'the plot\'s other direction'], ['n', 'absolute numbers'], ['c', 'time of day'], ['f', 'fold everyday rows'], ['v', 'the other view'], ['b', 'both views beside each other'], ['t', 'light, dark'], ['? esc', 'these keys'],
];
const LEGEND = [
	['certainty-known', 'solid: known (a host says so) or seen (the packets show it)'], ['certainty-inferred', 'hatched: inferred: nothing else fits what is there'],
	['certainty-suspected', 'dotted: suspected: it fits best'],
];

export function helpDialog() {
	const dialog = el('dialog', { class: 'help', 'aria-label': 'keys and legend' },
		el('h2', {}, 'Keys'), el('dl', {}, ...KEYS.flatMap(([keys, what]) => [el('dt', {}, ...keys.split(' ').filter((k) => k).map((k) => (k === '+' || k === 'to' ? ` ${k} ` : el('kbd', {}, k)))), el('dd', {}, what)])),
		el('h2', {}, 'Marks'), el('ul', { class: 'legend' }, ...LEGEND.map(([name, what]) => el('li', {}, el('span', { class: `chip ${name}` }, 'mark'), ` ${what}`))),
		el('p', {}, 'Time goes down; who sent the first segment, or opened the connection, stands left. Red: sent again, lost (a cross) or a RST. Numbers are relative to each end\'s first, windows scaled (in the segments of a world as they stand in the header).'),
		el('p', {}, 'In a plot: drag zooms, shift and drag or the wheel pans, ctrl and the wheel zooms, a double click shows all of it, a click moves the cursor.'),
		el('form', { method: 'dialog' }, el('button', {}, 'close')));
	return dialog;
}

export function tooltip(state) {
	const node = el('div', { class: 'tip', role: 'tooltip', hidden: true });
	return {
		node,
		show(chip, mark) {
			const { certainties } = state.view, box = chip.getBoundingClientRect();
			node.replaceChildren(el('ul', { class: 'sentences' }, ...sentences([mark], { certainties })));
			node.hidden = false;
			node.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - node.offsetWidth - 8))}px`;
			node.style.top = `${box.bottom + node.offsetHeight + 8 > window.innerHeight ? box.top - node.offsetHeight - 6 : box.bottom + 6}px`;
		},
		hide() {
			node.hidden = true;
		},
	};
}
