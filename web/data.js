/* The block of bytes in the page, read: base64 of a zlib stream of views. A view is two lengths, its head (JSON) and its
 * columns, each a run of variable-length integers; docs/page.md. */

export async function readViews(text) {
	const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
	const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'));
	return viewsOf(new Uint8Array(await new Response(stream).arrayBuffer()));
}

export function viewsOf(bytes) {
	const lengths = new DataView(bytes.buffer);
	const views = [];
	for (let at = 0; at < bytes.length;) {
		const head = lengths.getUint32(at, true), columns = lengths.getUint32(at + 4, true);
		const body = at + 8 + head;
		const view = JSON.parse(new TextDecoder().decode(bytes.subarray(at + 8, body)));
		readTables(view, bytes.subarray(body, body + columns));
		view.place = views.length;
		views.push(view);
		at = body + columns;
	}
	return views;
}

function readTables(view, bytes) {
	let at = 0;
	for (const name of ['items', 'notes', 'samples']) {
		const { rows, columns } = view[name];
		const table = { rows };
		for (const column of columns) {
			table[column] = new Float64Array(rows);
			at = readColumn(bytes, at, table[column]);
		}
		view[name] = table;
	}
}

/* Differences; the sign is the lowest bit. */
function readColumn(bytes, at, out) {
	let value = 0;
	for (let row = 0; row < out.length; row++) {
		let byte = bytes[at++], raw = byte & 127;
		for (let scale = 128; byte > 127; scale *= 128) {
			byte = bytes[at++];
			raw += (byte & 127) * scale;
		}
		value += raw % 2 ? -(raw + 1) / 2 : raw / 2;
		out[row] = value;
	}
	return at;
}
