/* The stack in the page: WebAssembly that lies in it as base64 of gzip. A world is run by pieces, so that the page stays awake. */
import { viewsOf } from '../data.js';

const EVENTS = 2000, SLICE = 30, WAY = 4;

async function unpacked(text) {
	const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
	const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
	return new Uint8Array(await new Response(stream).arrayBuffer());
}

export class Stack {
	static async load(create, text) {
		const stack = new Stack();
		stack.lab = await create({ wasmBinary: await unpacked(text) });
		return stack;
	}

	/* Runs the world of that text: { view, ways, ... }, or { error, line }. One at a time. `goOn(ns)` is asked between pieces. */
	async run(name, text, goOn) {
		const { lab } = this, wrong = lab.ccall('lab_open', 'string', ['string', 'string', 'number'], [name, text, 0]);
		if (wrong)
			return complaint(name, wrong);
		lab._lab_begin();
		while (!lab._lab_is_over() && !lab._lab_is_full()) {
			const start = performance.now();
			while (performance.now() - start < SLICE && !lab._lab_is_over() && !lab._lab_is_full())
				lab._lab_go(EVENTS);
			if (!goOn(lab._lab_now()))
				break;
			await new Promise((wake) => setTimeout(wake));
		}
		return { text, view: this.view(), ways: this.ways(), full: Boolean(lab._lab_is_full()), over: Boolean(lab._lab_is_over()), now: lab._lab_now() };
	}

	view() {
		const at = this.lab._lab_view();
		return viewsOf(this.lab.HEAPU8.slice(at, at + this.lab._lab_view_len()))[0];
	}

	/* Of packet n: which link of the file it entered first, from which end, and the how manieth it was there. */
	ways() {
		const n = this.lab._lab_ways_n(), at = this.lab._lab_ways();
		const words = new Uint32Array(this.lab.HEAPU8.slice(at, at + n * WAY * 4).buffer);
		return (packet) => {
			const [link, end, nth, nthLeft] = words.subarray((packet - 1) * WAY, packet * WAY);
			return packet >= 1 && packet <= n ? { link, end, nth, nthLeft } : null;
		};
	}
}

/* "NAME:LINE: what, and what to do" */
function complaint(name, text) {
	const found = text.startsWith(`${name}:`) ? /^(\d+): ([\s\S]*)$/.exec(text.slice(name.length + 1)) : null;
	return { error: found ? found[2] : text.replace(`${name}: `, ''), line: found ? Number(found[1]) : 0 };
}
