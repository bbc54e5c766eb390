/*
 * Another fate for one packet, as a change of the world's text: `drop` and `hold` of the link that it enters first
 * (docs/worlds/keys.md). So the other future is a world, too, that can be kept, changed further and run anywhere.
 */

function ordinal(n) {
	const tens = n % 100, ones = n % 10;
	if (tens >= 11 && tens <= 13)
		return `${n}th`;
	return `${n}${['th', 'st', 'nd', 'rd'][ones] ?? 'th'}`;
}

/* The section of the link with that number: its title's line, and behind its last key. */
function linkSection(lines, number) {
	let seen = -1, begin = -1;
	for (let i = 0; i < lines.length; i++) {
		if (!/^\s*\[/.test(lines[i]))
			continue;
		if (seen === number)
			return { begin, end: i };
		if (/^\s*\[\s*link\b/.test(lines[i]) && ++seen === number)
			begin = i;
	}
	return seen === number ? { begin, end: lines.length } : null;
}

function valueOf(line, key) {
	const equals = line.indexOf('=');
	return equals > 0 && line.slice(0, equals).trim() === key ? line.slice(equals + 1).trim() : null;
}

function find(lines, { begin, end }, key) {
	for (let i = begin + 1; i < end; i++)
		if (valueOf(lines[i], key) !== null)
			return i;
	return -1;
}

/* Behind the section's last key, in front of the blank lines and comments that lead to the next one. */
function behindKeys(lines, { begin, end }) {
	let at = end;
	while (at > begin + 1 && (!lines[at - 1].trim() || lines[at - 1].trim().startsWith('#')))
		at--;
	return at;
}

/* Sets the key for one direction; `make` gets the value that holds there now, or null. */
function setKey(lines, number, direction, key, make, written) {
	const section = linkSection(lines, number), own = find(lines, section, `${direction}.${key}`), both = find(lines, section, key);
	const now = own > both ? valueOf(lines[own], `${direction}.${key}`) : both >= 0 ? valueOf(lines[both], key) : null;
	const line = `${direction}.${key} = ${make(now)}`;
	/* The later of the two keys holds, and none may stand twice. */
	if (own >= 0)
		lines.splice(own, 1);
	const place = own > both ? own : behindKeys(lines, linkSection(lines, number));
	lines.splice(place, 0, line);
	written.push(`${lines[section.begin].trim()} ${line}`);
}

function also(selection) {
	return (now) => (now ? `${now}; ${selection}` : selection);
}

/* `way` as Stack.ways gives it. Both return { text, written }: the world that follows, and the lines that make it so. */
export function dropped(text, way) {
	const lines = text.split('\n'), written = [];
	setKey(lines, way.link, way.end ? 'back' : 'there', 'drop', also(`${ordinal(way.nth)} any`), written);
	return { text: lines.join('\n'), written };
}

export function delayed(text, way, milliseconds) {
	const lines = text.split('\n'), written = [], direction = way.end ? 'back' : 'there';
	setKey(lines, way.link, direction, 'hold', also(`${ordinal(way.nthLeft)} any`), written);
	setKey(lines, way.link, direction, 'hold-for', () => `${milliseconds} ms`, written);
	return { text: lines.join('\n'), written };
}
