/*
 * One future of a world: its connections, the ladder with a cursor, what is so there at both hosts, and what may be done to
 * the packet at the cursor.
 */
import { el } from '../dom.js';
import { Connection, isOnWire, lastAtMost, PHASE, rowOfPacket } from '../model.js';
import { endsText, worstOf } from '../table.js';
import { Ladder } from '../ladder.js';
import { Panel } from '../panel.js';
import { tooltip } from '../help.js';
import { seconds, span } from '../words.js';

const DELAY = 200;

export class Pane {
	/* `on.moved(pane)`: the cursor did, by hand. `on.change(pane, 'dropped' or 'delayed', way, packet, ms)`. */
	constructor(name, label, on) {
		this.state = { views: [], view: null, place: 0, row: 0, connection: null, absolute: false, clock: false, folds: true, onlooker: null };
		this.on = on;
		this.tip = tooltip(this.state);
		this.ladder = new Ladder(this.state, { go: (row) => this.go(row), tip: this.tip, name: `${name}-ladder` });
		this.panel = new Panel(this.state, { goToPacket: (n) => this.goToPacket(n) });
		this.title = el('h2', {});
		this.select = el('select', { 'aria-label': 'connection', onchange: () => this.open(Number(this.select.value), true) });
		this.verdict = el('p', { class: 'fate' });
		this.head = el('div', { class: 'pane-head' }, this.title, this.select);
		this.packetPart = el('div', { class: 'packet', role: 'group', 'aria-label': 'the packet at the cursor' });
		this.remark = el('p', { class: 'remark', hidden: true });
		this.node = el('section', { class: 'pane', 'aria-label': label }, el('div', { class: 'pane-top' }, this.head, this.remark, this.verdict),
			el('div', { class: 'pane-ladder' }, this.ladder.node, this.packetPart), this.panel.node, this.tip.node);
	}

	/* What Stack.run gave. */
	show(future, title) {
		const { state } = this, { view } = future;
		this.future = future;
		this.title.textContent = title;
		state.view = view;
		state.views = [view];
		this.ladder.list.setCount(0);
		state.connection = null;
		this.remark.hidden = future.over;
		this.remark.textContent = future.full ? `It is longer than a page keeps: this is what happened up to ${seconds(future.now)} s. tcpsim simulate tells all of it.`
			: `It was stopped at ${seconds(future.now)} s.`;
		this.select.replaceChildren(...view.connections.map((c, place) => el('option', { value: place }, `c${c.number}: ${endsText(c)}, ${c.outcome}`)));
		this.select.hidden = view.connections.length < 2;
		this.node.classList.toggle('empty', !view.connections.length);
		if (view.connections.length)
			this.open(worstOf(view.connections));
		else
			this.verdict.textContent = this.saidText(view);
	}

	/* A world without a connection: then its programs have said something. */
	saidText(view) {
		return ['No segment was sent.', ...view.said.map(([time, host, program, text]) => `${seconds(time)} ${host}, ${program}: ${text}`)].join('\n');
	}

	open(place, byHand) {
		const { state } = this, { view } = state;
		if (!view.connections[place])
			return;
		state.place = place;
		state.connection = new Connection(view, place);
		this.select.value = String(place);
		const { summary } = state.connection;
		this.verdict.replaceChildren(el('b', {}, `${endsText(summary)}, ${summary.outcome}: `), summary.verdict || `${span(summary.end - summary.start)}; nothing is wrong with it.`);
		this.ladder.setConnection();
		this.go(Math.max(0, this.firstPacket), !byHand);
	}

	/* --- the cursor --- */

	get time() {
		const { connection, row } = this.state;
		return connection?.rows ? connection.rowTime[row] : 0;
	}

	/* The time, and which of the rows of that time. */
	get moment() {
		return { time: this.time, nth: this.state.row - lastBefore(this.state.connection.rowTime, this.time) - 1 };
	}

	/* The same moment here: what has gone the same way so far has the same rows. */
	goToMoment({ time, nth }) {
		const { connection } = this.state;
		if (!connection)
			return;
		const last = lastAtMost(connection.rowTime, time), before = lastBefore(connection.rowTime, time);
		this.go(last > before ? Math.min(before + 1 + nth, last) : Math.max(0, last), true);
	}

	/* The last row at that time. */
	goToTime(ns) {
		this.goToMoment({ time: ns, nth: Infinity });
	}

	go(row, quietly) {
		const { state } = this, { connection } = state;
		if (!connection?.rows)
			return;
		state.row = Math.max(0, Math.min(connection.rows - 1, row));
		this.ladder.follow();
		this.panel.follow();
		this.showPacket();
		if (!quietly)
			this.on.moved(this);
	}

	get firstPacket() {
		const { connection } = this.state;
		return connection.rowItem.findIndex((i) => connection.items.packet[i] > 0);
	}

	/* To where that packet left; false: this future has none of that number. */
	goToPacket(number) {
		const row = this.state.connection ? rowOfPacket(this.state.connection, number) : -1;
		if (row >= 0)
			this.go(row, true);
		return row >= 0;
	}

	step(by) {
		this.go(this.state.row + by);
	}

	get isLast() {
		const { connection, row } = this.state;
		return !connection || row >= connection.rows - 1;
	}

	refresh() {
		this.ladder.refresh();
	}

	/* --- what if --- */

	showPacket() {
		const { connection, row } = this.state, i = connection.rowItem[row], packet = connection.items.packet[i];
		const way = isOnWire(connection.items.kind[i]) && connection.rowPhase[row] !== PHASE.SILENCE ? this.future.ways(packet) : null;
		if (!way) {
			this.packetPart.replaceChildren(el('span', { class: 'none' }, 'At a packet: drop it or delay it, and see both futures.'));
			return;
		}
		const ms = el('input', { type: 'number', min: 1, max: 3600000, value: DELAY, 'aria-label': 'milliseconds' });
		const text = `packet ${packet}, ${connection.segmentText(i, false)}`;
		this.packetPart.replaceChildren(el('span', { class: 'which', title: text }, text),
			el('button', { type: 'button', class: 'drop', disabled: !way.nthLeft, title: 'run the world again without it (d)', onclick: () => this.drop() }, 'drop it'),
			el('button', { type: 'button', class: 'delay', disabled: !way.nthLeft, title: 'run the world again with this packet later', onclick: () => this.on.change(this, 'delayed', way, packet, Math.max(1, Number(ms.value) || DELAY)) }, 'delay it by'),
			ms, el('span', {}, 'ms'), way.nthLeft ? '' : el('span', { class: 'none' }, 'the link loses it already'));
	}

	drop() {
		const { connection, row } = this.state, packet = connection.items.packet[connection.rowItem[row]];
		const way = packet > 0 ? this.future.ways(packet) : null;
		if (way?.nthLeft)
			this.on.change(this, 'dropped', way, packet);
	}
}

/* The last place whose value is below. */
function lastBefore(sorted, value) {
	let place = lastAtMost(sorted, value);
	while (place >= 0 && sorted[place] === value)
		place--;
	return place;
}

/* The time at which two runs part: the first packet or call that is in one of them only, or has another fate. */
export function whereTheyPart(one, other) {
	const told = (connection) => {
		const lines = [];
		for (let row = 0; row < connection.rows; row++) {
			const i = connection.rowItem[row];
			if (connection.rowPhase[row] === PHASE.HAPPENS)
				lines.push([connection.rowTime[row], `${connection.rowText(row)} ${isOnWire(connection.items.kind[i]) ? `${connection.segmentText(i, true)} ${connection.items.fate[i]} ${connection.items.until[i]}` : ''}`]);
		}
		return lines;
	};
	const a = told(one), b = told(other), n = Math.min(a.length, b.length);
	for (let k = 0; k < n; k++)
		if (a[k][0] !== b[k][0] || a[k][1] !== b[k][1])
			return Math.min(a[k][0], b[k][0]);
	return a.length === b.length ? null : (a[n] ?? b[n])[0];
}
