/* The connections, worst first: a filter, an order, a list. */
import { el } from './dom.js';
import { bytes, count, plural, span } from './words.js';
import { VirtualList } from './virtual.js';

const ROW = 62;
const ORDERS = {
	worst: ['worst first', (a, b) => b.trouble - a.trouble],
	number: ['in order', (a, b) => a.number - b.number],
	lasts: ['longest first', (a, b) => (b.end - b.start) - (a.end - a.start)],
	packets: ['most packets', (a, b) => packetsOf(b) - packetsOf(a)],
	bytes: ['most bytes', (a, b) => bytesOf(b) - bytesOf(a)],
};

export function packetsOf(summary) {
	return summary.ends[0].packets + summary.ends[1].packets;
}

export function bytesOf(summary) {
	return summary.ends[0].bytes + summary.ends[1].bytes;
}

export function endsText(summary) {
	return summary.name ?? `${summary.ends[0].name} to ${summary.ends[1].name}`;
}

export function connectionTable(state, choose) {
	let shown = [], order = 'worst', filter = '';
	const list = new VirtualList({ class: 'connections', role: 'listbox', 'aria-label': 'connections' }, ROW,
		(first, last) => shown.slice(first, last).map((place, i) => option(state, place, first + i, shown.length, choose)));
	const tally = el('span', { class: 'tally', role: 'status' });
	const input = el('input', { type: 'search', placeholder: 'filter: address, outcome, word', 'aria-label': 'filter the connections' });
	const select = el('select', { 'aria-label': 'order of the connections' },
		...Object.entries(ORDERS).map(([value, [text]]) => el('option', { value }, text)));
	const update = () => {
		const { connections } = state.view, words = filter.toLowerCase().split(/\s+/).filter(Boolean);
		shown = connections.map((_, place) => place).filter((place) => matches(connections[place], words));
		shown.sort((a, b) => ORDERS[order][1](connections[a], connections[b]) || a - b);
		const all = plural(connections.length, state.view.source === 'account' ? 'script' : 'connection');
		tally.textContent = words.length ? `${count(shown.length)} of ${all}` : all;
		list.node.setAttribute('aria-activedescendant', `connection-${state.place}`);
		list.setCount(shown.length);
	};
	input.addEventListener('input', () => {
		filter = input.value;
		update();
	});
	select.addEventListener('change', () => {
		order = select.value;
		update();
	});
	const node = el('section', { class: 'table', 'aria-label': 'connections' },
		el('div', { class: 'tools' }, input, select, tally), list.node);
	return {
		node, update,
		focusFilter: () => input.focus(),
		clearFilter: () => {
			input.value = filter = '';
			update();
		},
		/* The one `by` places further in the order shown. */
		neighbour: (by) => shown[Math.max(0, Math.min(shown.length - 1, shown.indexOf(state.place) + by))],
		follow: () => {
			const line = shown.indexOf(state.place);
			if (line >= 0)
				list.show(line);
			list.node.setAttribute('aria-activedescendant', `connection-${state.place}`);
			list.render(true);
		},
	};
}

function matches(summary, words) {
	const text = `c${summary.number} ${endsText(summary)} ${summary.ends[0].address ?? ''} ${summary.ends[1].address ?? ''} ` +
		`${summary.outcome} ${summary.verdict}`.toLowerCase();
	return words.every((word) => text.toLowerCase().includes(word));
}

const FINE = new Set(['closed', 'established', 'midstream', 'same']);

/* The place of the one with most trouble. */
export function worstOf(connections) {
	return connections.reduce((worst, each, place) => (each.trouble > connections[worst].trouble ? place : worst), 0);
}

export function isBad(outcome) {
	return !FINE.has(outcome);
}

function option(state, place, at, of, choose) {
	const summary = state.view.connections[place];
	const verdict = summary.verdict || `${span(summary.end - summary.start)}; nothing is wrong with it`;
	return el('div', {
		class: 'connection', role: 'option', id: `connection-${place}`, 'aria-selected': String(place === state.place),
		'aria-setsize': of, 'aria-posinset': at + 1, onclick: () => choose(place),
	},
	el('div', { class: 'first' },
		el('b', {}, `c${summary.number}`), el('span', { class: 'ends', title: endsText(summary) }, summary.name ?? `${summary.ends[0].name} → ${summary.ends[1].name}`),
		el('span', { class: `outcome ${isBad(summary.outcome) ? 'bad' : 'good'}` }, summary.outcome)),
	el('div', { class: 'second', title: verdict }, verdict),
	el('div', { class: 'third' }, `${span(summary.end - summary.start)} · ${plural(packetsOf(summary), 'packet')} · ${bytes(bytesOf(summary))}`));
}
