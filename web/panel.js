/* What is so at the cursor: the row in words, the states, the variables, the timers, the listener's queues. */
import { el } from './dom.js';
import { isOnWire, KIND, lastAtMost, PHASE } from './model.js';
import { certaintyClass } from './ladder.js';
import { stateMachine } from './machine.js';
import { bytes, plural, seconds, span } from './words.js';

const NUMBERS = new Set(['SND.UNA', 'SND.NXT', 'RCV.NXT']), SPANS = new Set(['srtt', 'rttvar', 'RTO']);
const MOST_ENTRIES = 12, MOST_SAID = 4;

export function sentences(marks, view) {
	return marks.map((mark) => el('li', { class: certaintyClass(mark.certainty) },
		el('span', {}, mark.rule[2]), ' ',
		el('span', { class: 'clause' }, `${mark.rule[1]} · ${mark.rule[0]} · ${view.certainties[mark.certainty]}`)));
}

/* The changes of a listener's queues, sorted out once. */
function queueOf(view, place) {
	view.queueOf ??= new Map();
	if (!view.queueOf.has(place)) {
		const changes = view.queues.filter(([, listener]) => listener === place);
		view.queueOf.set(place, { changes, times: Float64Array.from(changes, ([time]) => time) });
	}
	return view.queueOf.get(place);
}

export class Panel {
	constructor(state, { goToPacket }) {
		Object.assign(this, { state, goToPacket });
		this.machine = stateMachine();
		this.parts = Object.fromEntries(['row', 'variables', 'timers', 'queues', 'said'].map((name) => [name, el('div', { class: `of-${name}` })]));
		const part = (title, name, open = true) => el('details', { open, class: `part part-${name}` }, el('summary', {}, title), this.parts[name] ?? this.machine.node);
		this.node = el('section', { class: 'panel', 'aria-label': 'at the cursor' },
			part('at the cursor', 'row'), part('states (RFC 9293, Figure 5)', 'machine'), part('variables', 'variables'),
			part('timers', 'timers'), part('the listener\'s queues', 'queues'), part('what programs said', 'said'));
	}

	follow() {
		const { connection, row, view } = this.state, ends = connection.summary.ends.map((end) => end.role);
		this.parts.row.replaceChildren(...this.rowPart(row));
		this.machine.update(view.states, [0, 1].map((e) => connection.stateAt(e, row)), [0, 1].map((e) => connection.movesUpTo(e, row)), ends);
		this.parts.variables.replaceChildren(this.variablesPart(row, ends));
		this.machine.node.parentElement.hidden = view.source === 'account';
		this.fill('timers', connection.isWorld ? this.timersPart(row, ends) : null);
		this.fill('queues', this.queuesPart(row));
		this.fill('said', this.saidPart(row));
	}

	fill(name, nodes) {
		this.parts[name].parentElement.hidden = !nodes;
		this.parts[name].replaceChildren(...nodes ?? []);
	}

	/* --- the row --- */

	rowPart(row) {
		const { connection, view, absolute } = this.state, { items } = connection, i = connection.rowItem[row];
		const phase = connection.rowPhase[row], onWire = isOnWire(items.kind[i]) && phase !== PHASE.SILENCE;
		const text = onWire ? connection.segmentText(i, absolute) : connection.rowText(row);
		const marks = phase === PHASE.SILENCE ? [] : connection.notesOf(i);
		const reason = onWire && items.cause[i] > 0 && !items.lost_from[i] && !items.lost_to[i] ? view.strings[items.cause[i]] : null;
		return [
			el('p', { class: 'when' }, this.when(row, i, phase)),
			el('p', { class: 'text' }, text),
			onWire ? el('p', { class: 'way' }, this.wayText(i, phase)) : null,
			reason ? el('p', {}, reason) : null,
			marks.length ? el('ul', { class: 'sentences' }, ...sentences(marks, view)) : null,
			this.evidence(marks), this.limitPart(row),
		].filter(Boolean);
	}

	when(row, i, phase) {
		const { connection } = this.state, packet = connection.items.packet[i], at = connection.rowTime[row] - connection.summary.start;
		return `${packet > 0 && phase !== PHASE.SILENCE ? `${connection.view.source === 'account' ? 'entry' : 'packet'} ${packet}, ` : ''}${seconds(at)} s, row ${row + 1} of ${connection.rows}`;
	}

	wayText(i, phase) {
		const { connection } = this.state, { items } = connection, { ends } = connection.summary, e = items.end[i];
		const way = `${ends[e].role} to ${ends[1 - e].role}`;
		if (!connection.isWorld)
			return `${way}, ${items.kind[i] === KIND.SEGMENT ? `window ${bytes(connection.windowOf(i))}, ${bytes(items.a[i])} in flight${items.b[i] > 0 ? `, ends a round trip of ${span(items.b[i] * 1000)}` : ''}` : 'an ICMP error'}`;
		if (items.fate[i] === 1)
			return `${way}, ${phase === PHASE.ARRIVES ? 'arrives' : 'leaves'}; ${span(items.until[i] - items.time[i])} on its way`;
		return items.fate[i] === 2 ? `${way}: ${connection.lossText(i)}` : `${way}, still on its way at the end`;
	}

	evidence(marks) {
		const packets = [...new Set(marks.map((mark) => mark.evidence).filter((n) => n > 0))];
		return packets.length ? el('p', {}, 'It rests on ', ...packets.map((n) => el('button', { type: 'button', class: 'link', onclick: () => this.goToPacket(n) }, `packet ${n}`))) : null;
	}

	/* What keeps each end from sending more. */
	limitPart(row) {
		const { connection, view } = this.state, now = connection.rowTime[row], { limits } = connection.summary;
		const here = (limits ?? []).filter(([from, to]) => from <= now && now < to);
		return here.length ? el('ul', { class: 'limits' }, ...here.map(([, , e, limit, certainty]) => el('li', { class: certaintyClass(certainty) },
			`the ${connection.summary.ends[e].role} is held back by: ${limit.replace('-', ' ')} (${view.certainties[certainty]})`))) : null;
	}

	/* --- variables and timers --- */

	variablesPart(row, ends) {
		const { connection } = this.state, now = [0, 1].map((e) => connection.variables(e, row)), before = [0, 1].map((e) => row ? connection.variables(e, row - 1) : null);
		const names = Object.keys(now[0] ?? now[1] ?? {});
		if (!names.length)
			return el('p', { class: 'none' }, 'neither end has any yet');
		const cell = (name, e) => el('td', { class: before[e] && now[e]?.[name] !== before[e][name] ? 'changed' : '' }, this.value(name, now[e], e));
		return el('table', { class: 'tcb' },
			el('caption', {}, connection.isWorld ? 'as the hosts have them' : 'as the packets show them where the capture was taken'),
			el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, ''), ...ends.map((end) => el('th', { scope: 'col' }, end)))),
			el('tbody', {}, ...names.map((name) => el('tr', {}, el('th', { scope: 'row' }, name), cell(name, 0), cell(name, 1)))));
	}

	value(name, values, e) {
		const value = values?.[name];
		if (value === null || value === undefined)
			return '–';
		if (SPANS.has(name))
			return span(value);
		if (!NUMBERS.has(name) || !this.state.absolute)
			return value.toLocaleString('en').replaceAll(',', ' ');
		return String((value + this.state.connection.summary.ends[name === 'RCV.NXT' ? 1 - e : e].isn) % 2 ** 32);
	}

	timersPart(row, ends) {
		const { connection } = this.state, now = connection.rowTime[row];
		const running = [0, 1].flatMap((e) => connection.timersAt(e, row).map((timer) => ({ ...timer, end: ends[e] })));
		return running.length ? running.map((timer) => el('div', { class: 'timer' },
			el('span', {}, `${timer.end}: ${timer.name}`), el('span', { class: 'left' }, `${span(timer.deadline - now)} left of ${span(timer.deadline - timer.set)}`),
			el('meter', { min: 0, max: 1, value: (timer.deadline - now) / (timer.deadline - timer.set), 'aria-label': timer.name }))) : [el('p', { class: 'none' }, 'none runs')];
	}

	/* --- queues --- */

	queuesPart(row) {
		const { connection, view } = this.state, place = connection.summary.ends.map((end) => end.listener).find((l) => l !== undefined);
		if (place === undefined || !view.listeners[place])
			return null;
		const listener = view.listeners[place], now = connection.rowTime[row];
		const { times, changes } = queueOf(view, place), at = lastAtMost(times, now);
		const [, , incomplete, completed] = changes[at] ?? [0, 0, 0, 0], entries = this.entriesAt(place, now);
		return [
			el('p', { class: 'none' }, `${listener.name} port ${listener.port}${listener.backlog !== undefined ? `, backlog ${listener.backlog}` : ', as suspected from outside'}`),
			this.queue('SYN_RCVD', incomplete, entries.incomplete), this.queue('accept', completed, entries.completed),
			listener.suggests ? el('p', {}, listener.suggests) : null,
		].filter(Boolean);
	}

	queue(name, length, entries) {
		const shown = entries.slice(0, MOST_ENTRIES), rest = length - shown.length;
		const more = rest > 0 ? [el('li', {}, shown.length ? `${rest} more` : plural(length, 'entry').replace('entrys', 'entries'))] : [];
		const place = this.state.connection.summary.number;
		return el('div', { class: 'queue' }, el('span', {}, `${name} queue: ${length}`),
			el('ol', { 'aria-label': `${name} queue` }, ...shown.map((summary) => el('li', { class: summary.number === place ? 'own' : '', title: summary.ends[0].name }, `c${summary.number}`)), ...more));
	}

	/* Worlds know who waits where. */
	entriesAt(place, now) {
		const waiting = this.state.view.connections.filter((c) => c.queued && c.ends.some((end) => end.listener === place));
		const isIn = ([entered, completed, left], second) => {
			const from = second ? completed : entered, to = !second && completed >= 0 ? completed : left;
			return from >= 0 && from <= now && (to < 0 || now < to);
		};
		return { incomplete: waiting.filter((c) => isIn(c.queued, false)), completed: waiting.filter((c) => isIn(c.queued, true)) };
	}

	saidPart(row) {
		const { said } = this.state.view, now = this.state.connection.rowTime[row];
		const heard = (said ?? []).filter(([time]) => time <= now).slice(-MOST_SAID);
		return heard.length ? [el('ul', {}, ...heard.map(([time, host, program, text]) => el('li', {}, `${seconds(time)} ${host}, ${program}: ${text}`)))] : null;
	}
}
