/* usage: node lab_node.js LAB.JS LAB.WASM WORLD NAME: runs the world in the lab's WebAssembly and writes its event log to
 * standard output. NAME is what complaints call it; they go to standard error, with exit status 2. */
const fs = require('fs');
const path = require('path');

const EVENTS = 20000;

async function main([script, wasm, world, name]) {
	const lab = await require(path.resolve(script))({ wasmBinary: fs.readFileSync(wasm) });
	const wrong = lab.ccall('lab_open', 'string', ['string', 'string', 'number'], [name, fs.readFileSync(world, 'utf8'), 1]);

	if (wrong) {
		fs.writeSync(2, `${wrong}\n`);
		process.exit(2);
	}
	lab._lab_begin();
	while (!lab._lab_is_over()) {
		lab._lab_go(EVENTS);
		fs.writeSync(1, lab.ccall('lab_journal', 'string', [], []));
	}
}

main(process.argv.slice(2));
