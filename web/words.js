/* Numbers and segments as people write them. */

const UNITS = ['', ' k', ' M', ' G', ' T'];

/* "5.87 s", "203 ms", "12 us": as the terminal has it. */
export function span(ns) {
	const s = Math.abs(ns) / 1e9, sign = ns < 0 ? '-' : '';
	if (s >= 100)
		return `${sign}${s.toFixed(0)} s`;
	if (s >= 10)
		return `${sign}${s.toFixed(1)} s`;
	if (s >= 1)
		return `${sign}${s.toFixed(2)} s`;
	if (s >= 0.001)
		return `${sign}${(s * 1e3).toPrecision(3).replace(/\.0+$/, '')} ms`;
	return `${sign}${(s * 1e6).toFixed(0)} us`;
}

export function seconds(ns) {
	return (ns / 1e9).toFixed(6);
}

export function count(n) {
	let unit = 0, v = n;
	if (n < 10000)
		return String(Math.round(n));
	while (v >= 999.5 && unit + 1 < UNITS.length) {
		v /= 1000;
		unit++;
	}
	return `${v.toFixed(v < 9.995 ? 2 : v < 99.95 ? 1 : 0)}${UNITS[unit]}`;
}

export function bytes(n) {
	return `${count(n)}${n < 10000 ? ' ' : ''}B`;
}

export function rate(bits) {
	return bits >= 1e6 ? `${(bits / 1e6).toPrecision(3)} Mbit/s` : `${(bits / 1e3).toPrecision(3)} kbit/s`;
}

export function plural(n, word) {
	return `${n} ${word}${n === 1 ? '' : 's'}`;
}

/* The time of day where the capture has one; `start` is its first packet's, ns since 1970, as text. */
export function wallClock(start, ns) {
	const total = BigInt(start) + BigInt(Math.round(ns));
	const date = new Date(Number(total / 1000000n));
	const micros = Number(((total % 1000000000n) + 1000000000n) % 1000000000n / 1000n);
	return `${date.toISOString().slice(11, 19)}.${String(micros).padStart(6, '0')}`;
}

const FLAGS = [[1, 'F'], [2, 'S'], [4, 'R'], [8, 'P'], [16, '.'], [32, 'U'], [64, 'E'], [128, 'W'], [256, 'A']];

export function flagsText(flags) {
	return FLAGS.map(([bit, letter]) => (flags & bit ? letter : '')).join('') || '-';
}

/* The options' text has the numbers of SACK blocks relative. */
function absoluteOptions(text, base) {
	return text.replace(/sack( \d+:\d+)+/g, (blocks) => blocks.replace(/\d+/g, (n) => (Number(n) + base) % 2 ** 32));
}

/* packetdrill's notation; `bases` are the two ends' first numbers where they are wanted absolute. */
export function segmentText(items, i, strings, bases) {
	const own = bases ? bases[0] : 0, peer = bases ? bases[1] : 0;
	const seq = (items.seq[i] + own) % 2 ** 32, flags = items.flags[i];
	const options = strings[items.text[i]];
	let text = `${flagsText(flags)} ${seq}:${(seq + items.len[i]) % 2 ** 32}(${items.len[i]})`;
	if (flags & 16)
		text += ` ack ${(items.ack[i] + peer) % 2 ** 32}`;
	text += ` win ${items.win[i]}`;
	if (flags & 32 || items.urgent[i])
		text += ` urg ${items.urgent[i]}`;
	return options ? `${text} ${bases ? absoluteOptions(options, peer) : options}` : text;
}

/* "observe/timeout-retransmission" is "timeout retransmission". */
export function ruleWords(name) {
	return name.slice(name.indexOf('/') + 1).replaceAll('-', ' ');
}
