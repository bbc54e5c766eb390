/* The state diagram of RFC 9293, Figure 5, with the ways that both ends have taken lit. */
import { el, svg } from './dom.js';

const WIDTH = 96, HEIGHT = 22;
const PLACES = {
	CLOSED: [180, 16], LISTEN: [180, 60], SYN_RCVD: [66, 106], SYN_SENT: [294, 106], ESTABLISHED: [180, 150], FIN_WAIT_1: [66, 194],
	CLOSE_WAIT: [294, 194], FIN_WAIT_2: [54, 242], CLOSING: [168, 242], LAST_ACK: [294, 242], TIME_WAIT: [111, 288],
};
const WAYS = [
	'CLOSED LISTEN', 'CLOSED SYN_SENT', 'LISTEN CLOSED', 'LISTEN SYN_RCVD', 'LISTEN SYN_SENT', 'SYN_RCVD ESTABLISHED', 'SYN_RCVD FIN_WAIT_1',
	'SYN_RCVD LISTEN', 'SYN_SENT SYN_RCVD', 'SYN_SENT ESTABLISHED', 'SYN_SENT CLOSED', 'ESTABLISHED FIN_WAIT_1', 'ESTABLISHED CLOSE_WAIT',
	'FIN_WAIT_1 FIN_WAIT_2', 'FIN_WAIT_1 CLOSING', 'FIN_WAIT_1 TIME_WAIT', 'FIN_WAIT_2 TIME_WAIT', 'CLOSING TIME_WAIT',
	'CLOSE_WAIT LAST_ACK', 'LAST_ACK CLOSED', 'TIME_WAIT CLOSED',
];
/* What would cross the others goes round them. */
const ROUND = { 'LAST_ACK CLOSED': 'M342 242H352V16H228', 'TIME_WAIT CLOSED': 'M63 288H4V16H132', 'FIN_WAIT_1 TIME_WAIT': 'M104 205L116 277' };

/* From edge to edge of two boxes, a little aside so that two ways between them do not cover each other. */
function straight(from, to, aside) {
	const [x0, y0] = PLACES[from], [x1, y1] = PLACES[to], length = Math.hypot(x1 - x0, y1 - y0);
	const [dx, dy] = [(x1 - x0) / length, (y1 - y0) / length];
	const reach = Math.min(Math.abs(dx) > 1e-6 ? WIDTH / 2 / Math.abs(dx) : Infinity, Math.abs(dy) > 1e-6 ? HEIGHT / 2 / Math.abs(dy) : Infinity);
	const point = (x, y, by) => `${(x + dx * by - dy * aside).toFixed(1)} ${(y + dy * by + dx * aside).toFixed(1)}`;
	return `M${point(x0, y0, reach)}L${point(x1, y1, -reach - 1)}`;
}

export function stateMachine() {
	const ways = svg('g', {}), boxes = {};
	const drawing = svg('svg', { viewBox: '-2 0 366 304', class: 'machine', role: 'img' });
	const title = svg('title', {});
	const marker = (name) => svg('marker', { id: name, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 6, markerHeight: 6, orient: 'auto-start-reverse' },
		svg('path', { d: 'M0 0L8 4L0 8z', class: name }));
	drawing.append(title, svg('defs', {}, marker('tip'), marker('tip-0'), marker('tip-1')), ways);
	for (const [name, [x, y]] of Object.entries(PLACES)) {
		const box = svg('g', { class: 'box' }, svg('rect', { x: x - WIDTH / 2, y: y - HEIGHT / 2, width: WIDTH, height: HEIGHT, rx: 4 }));
		const text = svg('text', { x, y: y + 4, 'text-anchor': 'middle' });
		text.textContent = name;
		box.append(text, svg('circle', { cx: x - WIDTH / 2, cy: y, r: 5, class: 'at-0' }), svg('circle', { cx: x + WIDTH / 2, cy: y, r: 5, class: 'at-1' }));
		drawing.append(box);
		boxes[name] = box;
	}
	const update = (names, states, moves, ends) => {
		const lines = WAYS.map((way) => path(way, 0, 'way', 'tip'));
		moves.forEach((of, e) => {
			const taken = new Set(of.map((move) => `${names[move.from]} ${names[move.to]}`));
			for (const way of taken)
				lines.push(path(way, e ? 2.5 : -2.5, `way lit-${e}${WAYS.includes(way) ? '' : ' aside'}`, `tip-${e}`));
		});
		ways.replaceChildren(...lines.filter(Boolean));
		for (const [name, box] of Object.entries(boxes))
			box.setAttribute('class', `box${states.map((state, e) => (names[state] === name ? ` is-${e}` : '')).join('')}`);
		title.textContent = states.map((state, e) => `${ends[e]} is in ${names[state] ?? 'no state'}`).join('; ');
	};
	return { node: el('div', { class: 'diagram' }, drawing), update };
}

function path(way, aside, classes, tip) {
	const [from, to] = way.split(' ');
	if (!PLACES[from] || !PLACES[to] || from === to)
		return null;
	return svg('path', { d: ROUND[way] ?? straight(from, to, aside), class: classes, 'marker-end': `url(#${tip})` });
}
