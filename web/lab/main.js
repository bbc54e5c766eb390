/* The lab: a world to edit, run and step through; and what would have been if one packet had not come. */
import { el } from '../dom.js';
import { seconds } from '../words.js';
import { Stack } from './stack.js';
import { delayed, dropped } from './change.js';
import { Editor } from './editor.js';
import { Pane, whereTheyPart } from './pane.js';

const FIRST = 'connect-no-answer', MOST_WAIT = 1200, LEAST_WAIT = 60, AIM = 15e9;

class Lab {
	constructor(stack, worlds) {
		Object.assign(this, { stack, worlds, name: '', running: null });
		this.editor = new Editor(() => this.run());
		this.panes = [0, 1].map((n) => new Pane(n ? 'other' : 'first', n ? 'the other future' : 'what happens', {
			moved: (pane) => this.moved(pane), change: (...what) => this.change(...what),
		}));
		document.getElementById('app').replaceWith(this.layOut());
		document.addEventListener('keydown', (event) => this.key(event));
		const wanted = decodeURIComponent(location.hash.slice(1));
		this.choose(worlds.some(([name]) => name === wanted) ? wanted : FIRST);
	}

	/* --- what there is --- */

	layOut() {
		this.menu = el('select', { 'aria-label': 'a world of docs/worlds', onchange: () => this.choose(this.menu.value) },
			...this.worlds.map(([name]) => el('option', { value: name }, name)));
		const button = (text, title, action, more) => el('button', { type: 'button', title, onclick: action, ...more }, text);
		this.runButton = button('run', 'run it (ctrl + enter)', () => (this.running ? this.stop() : this.run()), { class: 'run' });
		this.progress = el('span', { class: 'tally', role: 'status' });
		this.part = el('div', { class: 'parting', hidden: true });
		this.other = this.panes[1].node;
		this.other.hidden = true;
		this.worldPart = el('section', { class: 'world', 'aria-label': 'the world' },
			el('div', { class: 'tools' }, this.menu, this.runButton, button('save', 'save it as a file for tcpsim simulate', () => this.save()), this.progress), this.editor.node);
		return el('main', { class: 'lab' },
			el('header', {}, el('div', { class: 'bar' }, el('h1', {}, 'tcpsim lab'),
				el('span', { class: 'tally' }, 'the stack itself, in this page: edit the world, run it, step; drop or delay a packet and see both futures'),
				el('div', { class: 'buttons' }, button('world', 'show or hide the text (e)', () => this.toggleWorld()), button('theme', 'light, dark (t)', () => this.switchTheme()))), this.part),
			this.worldPart, el('div', { class: 'futures' }, this.panes[0].node, this.other), this.transport());
	}

	transport() {
		const button = (text, label, action) => el('button', { type: 'button', 'aria-label': label, title: label, onclick: action }, text);
		this.playButton = button('play', 'play (space)', () => this.playOrStop());
		this.slider = el('input', { type: 'range', min: 0, max: 10000, value: 0, 'aria-label': 'time', oninput: () => this.goToShare(this.slider.value / 10000) });
		this.where = el('output', { class: 'where' });
		return el('footer', { 'aria-label': 'time' }, el('div', { class: 'choice', role: 'group', 'aria-label': 'step' },
			button('|◀', 'to the first row (home)', () => this.lead.go(0)), button('◀', 'a row back (left)', () => this.lead.step(-1)), this.playButton,
			button('▶', 'a row further (right)', () => this.lead.step(1)), button('▶|', 'to the last row (end)', () => this.lead.go(Infinity))),
		this.slider, this.where, el('span', { class: 'keys' }, el('kbd', {}, '←'), el('kbd', {}, '→'), ' step ', el('kbd', {}, 'd'), ' drop the packet ', el('kbd', {}, 'ctrl'), el('kbd', {}, '⏎'), ' run'));
	}

	/* --- the world --- */

	choose(name) {
		this.name = name;
		this.menu.value = name;
		history.replaceState(null, '', `#${name}`);
		this.editor.text = this.worlds.find(([each]) => each === name)[1];
		this.run();
	}

	/* A run that is under way ends first: there is one stack. */
	async start(text) {
		await this.stop();
		const wanted = { on: true };
		this.runButton.textContent = 'stop';
		this.running = { wanted, done: this.stack.run(`${this.name}.world`, text, (ns) => {
			this.progress.textContent = `${seconds(ns)} s`;
			return wanted.on;
		}) };
		const { running } = this, future = await running.done;
		if (this.running === running) {
			this.running = null;
			this.runButton.textContent = 'run';
			this.progress.textContent = future.error ? '' : `${seconds(future.now)} s of its time`;
		}
		return future;
	}

	async stop() {
		if (!this.running)
			return;
		this.running.wanted.on = false;
		await this.running.done;
	}

	async run() {
		const future = await this.start(this.editor.text);
		this.stopPlaying();
		this.closeOther();
		if (future.error) {
			this.editor.complain(future);
			return;
		}
		this.editor.edited();
		this.lead = this.panes[0];
		this.panes[0].show(future, future.view.heading || this.name);
		this.showTime();
		document.documentElement.dataset.ready = 'true';
	}

	save() {
		const address = URL.createObjectURL(new Blob([this.editor.text], { type: 'text/plain' }));
		el('a', { href: address, download: `${this.name}.world` }).click();
		setTimeout(() => URL.revokeObjectURL(address), 1000);
	}

	/* --- two futures --- */

	worldAfter(what, text, way, ms) {
		return what === 'dropped' ? dropped(text, way) : delayed(text, way, ms);
	}

	async change(pane, what, way, packet, ms) {
		const { text } = pane.future, { place } = pane.state;
		const next = this.worldAfter(what, text, way, ms), future = await this.start(next.text);
		if (future.error) {
			this.editor.complain(future);
			return;
		}
		/* What is shown stays; of the other future the next one is made. */
		const done = what === 'dropped' ? `without packet ${packet}` : `packet ${packet} comes ${ms} ms later`;
		this.changes = pane === this.panes[1] ? [...this.changes, ...next.written] : next.written;
		if (this.other.hidden)
			this.node('lab').classList.add('two', 'textless');
		this.other.hidden = false;
		this.panes[1].show(future, pane === this.panes[1] ? `${pane.title.textContent}, ${done}` : done);
		this.panes.forEach((each) => each.open(place));
		this.lead = this.panes[0];
		this.tellParting();
		this.panes.forEach((each) => each.goToPacket(packet));
		this.showTime();
	}

	node(name) {
		return document.querySelector(`.${name}`);
	}

	tellParting() {
		const [one, other] = this.panes.map((pane) => pane.state.connection), time = one && other ? whereTheyPart(one, other) : null;
		const go = el('button', { type: 'button', class: 'link', onclick: () => {
			this.panes.forEach((pane) => pane.goToTime(time));
			this.showTime();
		} }, time === null ? '' : `${seconds(time - one.summary.start)} s`);
		this.part.hidden = false;
		this.part.replaceChildren(el('span', {}, 'Two futures. ', ...(time === null ? ['In this connection they are the same.'] : ['They part at ', go, '.'])),
			el('code', {}, this.changes.join('   ')),
			el('button', { type: 'button', class: 'keep', onclick: () => this.keep() }, 'keep the right one'), el('button', { type: 'button', class: 'close', onclick: () => this.closeOther() }, 'close it'));
	}

	keep() {
		this.editor.text = this.panes[1].future.text;
		this.run();
	}

	closeOther() {
		this.other.hidden = true;
		this.part.hidden = true;
		this.lead = this.panes[0];
		if (this.node('lab').classList.contains('two'))
			this.node('lab').classList.remove('two', 'textless');
		this.panes[0].refresh();
	}

	/* --- one cursor --- */

	moved(pane) {
		this.lead = pane;
		for (const each of this.panes) {
			if (each === pane || each.node.hidden)
				continue;
			if (each.state.place !== pane.state.place && each.state.view.connections[pane.state.place]) {
				each.open(pane.state.place);
				this.tellParting();
			}
			each.goToMoment(pane.moment);
		}
		this.showTime();
	}

	/* From the first row to the last, of both futures. */
	get bounds() {
		const shown = this.panes.filter((pane) => !pane.node.hidden && pane.state.connection?.rows).map((pane) => pane.state.connection.rowTime);
		return [Math.min(...shown.map((times) => times[0])), Math.max(...shown.map((times) => times.at(-1)))];
	}

	goToShare(share) {
		const [begin, end] = this.bounds;
		this.panes.filter((pane) => !pane.node.hidden).forEach((pane) => pane.goToTime(begin + share * (end - begin)));
		this.showTime();
	}

	showTime() {
		const [begin, end] = this.bounds;
		if (!Number.isFinite(begin))
			return;
		this.slider.value = end > begin ? (this.lead.time - begin) / (end - begin) * 10000 : 0;
		const { start } = this.lead.state.connection.summary;
		this.where.textContent = `${seconds(this.lead.time - start)} s of ${seconds(end - start)} s`;
		this.slider.setAttribute('aria-valuetext', this.where.textContent);
	}

	/* --- playing --- */

	playOrStop() {
		if (this.playing)
			return this.stopPlaying();
		if (this.lead.isLast)
			this.lead.go(0);
		this.playButton.textContent = 'stop';
		this.playNext();
	}

	playNext() {
		const { connection, row } = this.lead.state;
		if (this.lead.isLast)
			return this.stopPlaying();
		const [begin, end] = this.bounds, wait = (connection.rowTime[row + 1] - connection.rowTime[row]) * AIM / (end - begin || 1) / 1e6;
		this.playing = setTimeout(() => {
			this.lead.step(1);
			this.playNext();
		}, Math.max(LEAST_WAIT, Math.min(MOST_WAIT, wait)));
	}

	stopPlaying() {
		clearTimeout(this.playing);
		this.playing = null;
		this.playButton.textContent = 'play';
	}

	/* --- switches and keys --- */

	toggleWorld() {
		this.node('lab').classList.toggle('textless');
		this.panes.forEach((pane) => pane.state.connection && pane.refresh());
	}

	switchTheme() {
		const root = document.documentElement, dark = matchMedia('(prefers-color-scheme: dark)').matches;
		root.dataset.theme = (root.dataset.theme ?? (dark ? 'dark' : 'light')) === 'dark' ? 'light' : 'dark';
		this.panes.forEach((pane) => pane.state.connection && pane.refresh());
	}

	key(event) {
		if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.('textarea, input, select'))
			return;
		const actions = {
			ArrowRight: () => this.lead.step(1), ArrowDown: () => this.lead.step(1), ArrowLeft: () => this.lead.step(-1), ArrowUp: () => this.lead.step(-1),
			Home: () => this.lead.go(0), End: () => this.lead.go(Infinity), PageDown: () => this.lead.step(20), PageUp: () => this.lead.step(-20),
			' ': () => this.playOrStop(), d: () => this.lead.drop(), e: () => this.toggleWorld(), t: () => this.switchTheme(),
		};
		const action = actions[event.key];
		if (!action || !this.lead || (event.key === ' ' && event.target.matches?.('button, summary')))
			return;
		event.preventDefault();
		action();
	}
}

Stack.load(window.createLab, document.getElementById('stack').textContent).then((stack) => {
	window.tcpsimLab = new Lab(stack, JSON.parse(document.getElementById('worlds').textContent));
}).catch((error) => {
	document.getElementById('app')?.replaceWith(el('p', { class: 'broken' }, `The lab cannot be shown (${error.message}): a browser of 2023 or later is needed, and the whole file.`));
	throw error;
});
