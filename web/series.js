/* What the plots draw, of a connection: columns of times (ns since the view's begin) and values. */
import { FATE, FLAG, KIND, PHASE } from './model.js';
import { bytes, rate, span } from './words.js';

const BINS = 100, FAR = 2 ** 30;

class Points {
	constructor() {
		this.time = [];
		this.value = [];
	}

	add(time, value) {
		this.time.push(time);
		this.value.push(value);
	}
}

/* When the peer's segment is here: in a capture nobody knows but the tap. */
function comesAt(connection, i) {
	return connection.isWorld ? connection.items.until[i] : connection.items.time[i];
}

function sortByTime(points) {
	const order = points.time.map((_, at) => at).sort((a, b) => points.time[a] - points.time[b] || a - b);
	points.time = order.map((at) => points.time[at]);
	points.value = order.map((at) => points.value[at]);
	return points;
}

/* Stevens' graph: a bar is a segment, the staircase below what is acknowledged, the one above how far the window reaches. */
function timeSequence(connection, e) {
	const { items, first, last } = connection, bars = { time: [], low: [], high: [], kind: [] };
	const acks = new Points(), edge = new Points();
	for (let i = first; i < last; i++) {
		if (items.kind[i] !== KIND.SEGMENT)
			continue;
		const at = i - first, length = connection.spanOf(i), low = connection.low[at];
		if (items.end[i] === e && length && Math.abs(low) < FAR) {
			bars.time.push(items.time[i]);
			bars.low.push(low);
			bars.high.push(low + length);
			bars.kind.push(items.fate[i] === FATE.LOST ? 2 : connection.again[at]);
		} else if (items.end[i] !== e && items.flags[i] & FLAG.ACK && !(items.flags[i] & FLAG.RST) &&
			(items.fate[i] === FATE.ARRIVED || items.fate[i] === FATE.SEEN) && Math.abs(connection.ackHigh[at]) < FAR) {
			acks.add(comesAt(connection, i), connection.ackHigh[at]);
			edge.add(comesAt(connection, i), connection.ackHigh[at] + connection.windowOf(i));
		}
	}
	return {
		unit: bytes, least: 1, fits: 'data', bars,
		steps: [{ name: 'acknowledged', colour: 'ack', ...sortByTime(acks) }, { name: 'window\'s edge', colour: 'dim', dash: [3, 3], optional: true, ...sortByTime(edge) }],
		words: [['data', 'segment'], ['again', 'sent again, or lost (cross)'], ['ack', 'acknowledged'], ['dim', 'the window\'s edge']],
	};
}

/* A variable of the end over time, from the rows' samples or from what a tap sees. */
function variable(connection, e, name) {
	const points = new Points();
	for (let row = 0, before; row < connection.rows; row++) {
		const value = connection.variables(e, row)?.[name] ?? null;
		if (value !== null && value !== before)
			points.add(connection.rowTime[row], value);
		before = value;
	}
	return points;
}

function windows(connection, e) {
	const steps = [
		{ name: 'in flight', colour: 'data', fill: true, ...variable(connection, e, 'in flight') },
		{ name: 'the peer\'s window', colour: 'dim', dash: [3, 3], ...variable(connection, e, 'SND.WND') },
	];
	const words = [['data', 'in flight: sent and not acknowledged'], ['dim', 'the peer\'s window']];
	if (connection.isWorld) {
		steps.push({ name: 'cwnd', colour: 'ack', ...variable(connection, e, 'cwnd') });
		words.push(['ack', 'congestion window']);
	}
	return { unit: bytes, least: 1, steps, words };
}

function roundTrips(connection, e) {
	if (connection.isWorld)
		return {
			unit: span, least: 0, steps: [
				{ name: 'srtt', colour: 'data', ...variable(connection, e, 'srtt') },
				{ name: 'RTO', colour: 'again', dash: [4, 3], optional: true, ...variable(connection, e, 'RTO') },
			],
			words: [['data', 'smoothed round trip (srtt)'], ['again', 'retransmission timeout (RTO)']],
		};
	const { items, first, last } = connection, dots = new Points();
	for (let i = first; i < last; i++)
		if (items.kind[i] === KIND.SEGMENT && items.end[i] !== e && items.b[i] > 0)
			dots.add(items.time[i], items.b[i] * 1000);
	return { unit: span, least: 0, steps: [], dots: { name: 'round trip', colour: 'data', ...dots }, words: [['data', 'from a segment to its acknowledgment, at the tap']] };
}

/* New text by time, summed up: the bins are made for what is seen of it. */
function goodput(connection, e) {
	const { items, first, last } = connection, sums = new Points();
	let highest = 0, sum = 0;
	for (let i = first; i < last; i++) {
		if (items.kind[i] !== KIND.SEGMENT || items.end[i] !== e || !items.len[i] || items.fate[i] === FATE.LOST)
			continue;
		const high = connection.low[i - first] + items.len[i];
		if (high <= highest || high > highest + FAR)
			continue;
		sum += Math.min(items.len[i], high - highest);
		highest = high;
		sums.add(comesAt(connection, i), sum);
	}
	return {
		unit: rate, least: 0, steps: [], rates: { colour: 'data', bins: BINS, ...sortByTime(sums) },
		words: [['data', 'new text a second, repetitions not counted']],
	};
}

function congestion(connection, e) {
	return {
		unit: bytes, least: 1,
		steps: [
			{ name: 'cwnd', colour: 'data', ...variable(connection, e, 'cwnd') },
			{ name: 'ssthresh', colour: 'again', dash: [4, 3], optional: true, ...variable(connection, e, 'ssthresh') },
		],
		words: [['data', 'congestion window'], ['again', 'slow start threshold']],
	};
}

export const PLOTS = {
	sequence: ['time-sequence', timeSequence],
	windows: ['windows', windows],
	rtt: ['round trip', roundTrips],
	goodput: ['goodput', goodput],
	cwnd: ['cwnd', congestion],
};

/* A capture does not show a congestion window. */
export function plotsOf(connection) {
	return Object.keys(PLOTS).filter((name) => name !== 'cwnd' || connection.isWorld);
}

/* What held the end back from sending more: a capture's reader concludes it. */
export function limitsOf(connection, e) {
	return (connection.summary.limits ?? []).filter(([, , side]) => side === e).map(([from, to, , limit, certainty]) => [from, to, limit.replace('-', ' '), certainty]);
}

/* The stretches in which nothing happens. */
export function stallsOf(connection) {
	const { items } = connection, stalls = [];
	for (let row = 0; row < connection.rows; row++) {
		const i = connection.rowItem[row];
		if (connection.rowPhase[row] === PHASE.SILENCE)
			stalls.push({ from: connection.rowTime[row], to: connection.rowTime[row + 1] });
		else if (items.kind[i] === KIND.STALL)
			stalls.push({ from: items.time[i], to: items.until[i] });
	}
	return stalls;
}
