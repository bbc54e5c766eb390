/* The page: one cursor (a connection and a row) that everything follows. */
import { readViews } from './data.js';
import { choice, el } from './dom.js';
import { Connection, lastAtMost, linkOf, rowOfPacket } from './model.js';
import { connectionTable, endsText, worstOf } from './table.js';
import { Ladder } from './ladder.js';
import { limitsOf, PLOTS, plotsOf, stallsOf } from './series.js';
import { Plot } from './plot.js';
import { Panel } from './panel.js';
import { helpDialog, tooltip } from './help.js';
import { askFirst } from './lesson.js';
import { bytes, count, plural, seconds, span } from './words.js';

const RATES = [['0.001', '1000 times slower'], ['0.01', '100 times slower'], ['0.1', '10 times slower'], ['1', 'as it was'], ['10', '10 times faster']];
const LEAST_WAIT = 40, MOST_WAIT = 1500, AIM = 20e9;

class Page {
	constructor(views) {
		this.state = { views, view: views[0], place: 0, row: 0, connection: null, absolute: false, clock: false, folds: true, plot: 'sequence', direction: 0, beside: views[0].source === 'account' };
		this.opened = new Map();
		this.series = new Map();
		this.tip = tooltip(this.state);
		this.table = connectionTable(this.state, (place) => this.open(place));
		this.ladder = new Ladder(this.state, { go: (row) => this.go(row), tip: this.tip, name: 'ladder' });
		this.second = Object.create(this.state, { view: { writable: true }, connection: { writable: true, value: null }, row: { writable: true, value: 0 }, onlooker: { value: null } });
		this.secondLadder = new Ladder(this.second, { go: (row) => this.go(this.rowAt(this.second.connection.rowTime[row])), tip: this.tip, name: 'other-ladder' });
		this.plot = new Plot((ns) => this.go(this.rowAt(ns)));
		this.panel = new Panel(this.state, { goToPacket: (n) => this.goToPacket(n) });
		this.help = helpDialog();
		document.getElementById('app').replaceWith(this.layOut());
		document.addEventListener('keydown', (event) => this.key(event));
		window.addEventListener('hashchange', () => this.followLink(location.hash));
		window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.redraw());
		const link = location.hash;
		this.showView(views[0]);
		this.followLink(link);
	}

	/* --- what there is --- */

	layOut() {
		this.title = el('h1', {});
		this.tally = el('span', { class: 'tally' });
		this.verdict = el('p', { class: 'verdict', role: 'status' });
		this.remarks = el('div', { class: 'remarks' });
		const { views } = this.state;
		this.viewChoice = views.length > 1 ? choice('whose view', views.map((view, i) => [i, view.title]), 0, (i) => this.showView(views[i])) : '';
		return el('main', { class: 'page' },
			el('header', {}, el('div', { class: 'bar' }, this.title, this.tally, this.viewChoice, this.buttons()), this.verdict, this.remarks),
			this.table.node, el('section', { class: 'middle', 'aria-label': 'the connection' }, this.plotPart(), this.laddersPart()), this.panel.node,
			this.transport(), this.help, this.tip.node);
	}

	buttons() {
		return el('div', { class: 'buttons' },
			el('button', { type: 'button', title: 'light, dark (t)', onclick: () => this.switchTheme() }, 'theme'),
			el('button', { type: 'button', title: 'keys and legend (?)', onclick: () => this.help.showModal() }, '? help'));
	}

	switches() {
		const toggle = (text, title, name) => el('button', {
			type: 'button', title, 'aria-pressed': String(this.state[name]), 'data-toggle': name, onclick: () => this.toggle(name),
		}, text);
		this.clockButton = toggle('time of day', 'time of day (c)', 'clock');
		return el('div', { class: 'choice', role: 'group', 'aria-label': 'the ladder' },
			toggle('absolute', 'sequence numbers as on the wire (n)', 'absolute'), this.clockButton, toggle('fold', 'fold everyday rows (f)', 'folds'),
			this.state.views.length > 1 ? toggle('both', 'both views beside each other (b)', 'beside') : '');
	}

	plotPart() {
		this.plotTabs = el('div', {});
		this.directions = el('div', {});
		this.plotWords = el('div', { class: 'words' });
		const zoom = (text, title, action) => el('button', { type: 'button', title, 'aria-label': title, onclick: action }, text);
		return el('div', { class: 'graph' }, el('div', { class: 'tools' }, this.plotTabs, this.directions,
			el('div', { class: 'choice', role: 'group', 'aria-label': 'zoom' }, zoom('+', 'zoom in (w)', () => this.plot.zoom(0.5)), zoom('−', 'zoom out (s)', () => this.plot.zoom(2)), zoom('all', 'all of it (0)', () => this.plot.zoomOut()))),
		this.plot.node, this.plotWords);
	}

	/* Two views' ladders beside each other, on one clock. */
	laddersPart() {
		this.names = [el('span', {}), el('span', {})];
		this.besides = el('div', { class: 'beside' }, this.names[1], this.secondLadder.node);
		return el('div', { class: 'ladders' }, el('div', { class: 'beside' }, this.names[0], this.ladder.node), this.besides);
	}

	transport() {
		const button = (text, label, action) => el('button', { type: 'button', 'aria-label': label, title: label, onclick: action }, text);
		this.playButton = button('play', 'play (space)', () => this.playOrStop());
		this.slider = el('input', { type: 'range', min: 0, max: 10000, value: 0, 'aria-label': 'time', oninput: () => this.go(this.rowAt(this.timeOf(this.slider.value / 10000))) });
		this.rate = el('select', { 'aria-label': 'how fast it plays' }, ...RATES.map(([value, text]) => el('option', { value }, text)));
		this.where = el('output', { class: 'where' });
		return el('footer', { 'aria-label': 'time' }, el('div', { class: 'choice', role: 'group', 'aria-label': 'step' },
			button('|◀', 'to the first row (home)', () => this.go(0)), button('◀', 'a row back (left)', () => this.step(-1)), this.playButton,
			button('▶', 'a row further (right)', () => this.step(1)), button('▶|', 'to the last row (end)', () => this.go(Infinity))),
		this.slider, this.where, this.rate, this.switches());
	}

	/* --- views and connections --- */

	showView(view) {
		const time = this.state.connection ? this.state.connection.rowTime[this.state.row] : 0, before = this.state.connection;
		this.state.view = view;
		this.stop();
		document.title = `${view.name} · tcpsim`;
		this.title.textContent = view.heading || view.name;
		this.title.title = view.name;
		this.tally.textContent = this.tallyText(view);
		this.clockButton.hidden = view.start === '0';
		this.remarks.replaceChildren(...this.remarksOf(view));
		if (this.viewChoice)
			this.viewChoice.select(view.place);
		this.setOnlooker(view);
		const same = before ? placeIn(view, before) : -1;
		this.table.clearFilter();
		if (!view.connections.length) {
			document.querySelector('main').classList.add('empty');
			this.verdict.textContent = 'There is no connection in it.';
			return;
		}
		document.querySelector('main').classList.remove('empty');
		this.open(same >= 0 ? same : worstOf(view.connections), same >= 0 ? time : undefined);
	}

	tallyText(view) {
		const outcomes = new Map();
		for (const { outcome } of view.connections)
			outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
		const words = [plural(view.all_connections, view.source === 'account' ? 'script' : 'connection'), ...[...outcomes].map(([outcome, n]) => `${n} ${outcome}`)];
		return `${view.packets !== undefined ? `${count(view.packets)} packets, ` : ''}${words.join(', ')}`;
	}

	/* What does not fit, what went wrong while it was read, and where an onlooker errs. */
	remarksOf(view) {
		const lines = [];
		if (view.error)
			lines.push(`The capture ends early: ${view.error}`);
		if (view.let_go)
			lines.push(`${count(view.let_go)} more connections were too many to be kept; ${view.command} --json tells each.`);
		if (view.connections_left_out)
			lines.push(`${count(view.connections_left_out)} connections are not in this page: the least troubled. ${view.command} --all has them.`);
		if (view.items_left_out)
			lines.push(`${count(view.items_left_out)} of the run's events came when the page was full; ${view.command} --all has more of them.`);
		const nodes = lines.map((text) => el('p', {}, text));
		if (view.wrong?.length)
			nodes.push(el('details', { class: 'wrong' }, el('summary', {}, `An onlooker would be wrong here: ${plural(view.wrong.length, 'time')}`), el('ul', {}, ...view.wrong.map((text) => el('li', {}, text)))));
		return nodes;
	}

	/* In a world's view: what an onlooker says otherwise of the packet. */
	setOnlooker(view) {
		const other = this.state.views.find((v) => v !== view && v.source === 'capture');
		this.state.onlooker = null;
		if (view.source !== 'world' || !other)
			return;
		const byPacket = new Map();
		for (let i = 0; i < other.items.rows; i++)
			if (other.items.packet[i] > 0 && other.items.kind[i] === 0)
				byPacket.set(other.items.packet[i], i);
		this.state.onlooker = (i) => {
			const seen = byPacket.get(view.items.packet[i]), { items } = view;
			if (seen === undefined || items.kind[i] !== 0)
				return null;
			const says = (state) => view.states[state];
			if (other.items.before[seen] !== items.before[i])
				return `An onlooker takes its sender to be in ${says(other.items.before[seen])}; it is in ${says(items.before[i])}.`;
			if (items.fate[i] === 1 && other.items.after[seen] !== items.after[i])
				return `An onlooker takes its receiver to be in ${says(other.items.after[seen])} after it; it is in ${says(items.after[i])}.`;
			return null;
		};
	}

	connectionAt(view, place) {
		const key = `${view.place}:${place}`;
		if (!this.opened.has(key))
			this.opened.set(key, new Connection(view, place));
		return this.opened.get(key);
	}

	open(place, time) {
		const { state } = this;
		state.place = place;
		state.connection = this.connectionAt(state.view, place);
		const { connection } = state, { summary } = connection;
		state.direction = summary.ends[1].bytes > summary.ends[0].bytes ? 1 : 0;
		this.verdict.replaceChildren(...this.verdictOf(summary, connection));
		document.querySelector('main').classList.toggle('rowless', connection.rows === 0);
		this.table.follow();
		this.ladder.setConnection();
		this.openBeside();
		this.plot.setWhole(summary.start, summary.end);
		/* An hour in TIME_WAIT is not to press the rest against the edge. */
		if (connection.lastOnWire - summary.start < 0.5 * (summary.end - summary.start) && connection.lastOnWire > summary.start)
			this.plot.setRange(summary.start, summary.start + (connection.lastOnWire - summary.start) * 1.1);
		this.rate.value = RATES.reduce((best, [value]) => Math.abs(Math.log((summary.end - summary.start || 1) / value / AIM)) < Math.abs(Math.log((summary.end - summary.start || 1) / best / AIM)) ? value : best, '1');
		this.showPlot(plotsOf(connection).includes(state.plot) ? state.plot : 'sequence');
		this.go(time !== undefined ? this.rowAt(time) : summary.differs >= 0 ? connection.placeOf[summary.differs - connection.first] : 0);
	}

	/* The same connection in the other view. */
	openBeside() {
		const { state, second } = this, other = state.views[(state.view.place + 1) % state.views.length];
		const place = state.beside && other !== state.view ? placeIn(other, state.connection) : -1;
		second.connection = place < 0 ? null : this.connectionAt(other, place);
		second.view = other;
		this.besides.hidden = place < 0;
		const main = document.querySelector('main');
		main.classList.toggle('both', place >= 0);
		main.classList.toggle('stateless', state.view.source === 'account');
		this.names.forEach((node, i) => {
			node.textContent = place < 0 ? '' : [state.view, other][i].title;
			node.hidden = place < 0;
		});
		if (second.connection)
			this.secondLadder.setConnection();
	}

	followBeside() {
		const { second } = this;
		if (!second.connection?.rows)
			return;
		second.row = counterpart(this.state.connection, this.state.row, second.connection);
		this.secondLadder.follow();
	}

	verdictOf(summary, connection) {
		const words = [el('b', {}, `c${summary.number}, ${endsText(summary)}, ${summary.outcome}: `), summary.verdict || `${span(summary.end - summary.start)}, ${bytes(summary.ends[0].bytes + summary.ends[1].bytes)}; nothing is wrong with it.`];
		if (summary.left_out > 0) {
			const what = connection.rows ? `${count(summary.left_out)} of its packets are not in this page` : 'Its packets are not in this page';
			words.push(el('span', { class: 'left-out' }, ` ${what}, which was full: ${this.state.view.command} -c ${summary.number} --html FILE`));
		}
		return words;
	}

	/* --- the cursor --- */

	rowAt(ns) {
		return Math.max(0, lastAtMost(this.state.connection.rowTime, ns));
	}

	timeOf(share) {
		const { rowTime } = this.state.connection;
		return rowTime[0] + share * (rowTime.at(-1) - rowTime[0]);
	}

	go(row) {
		const { state } = this, { connection } = state;
		if (!connection.rows)
			return;
		state.row = Math.max(0, Math.min(connection.rows - 1, row));
		this.follow();
	}

	follow() {
		const { state } = this, { connection, row } = state, { rowTime } = connection, time = rowTime[row];
		this.ladder.follow();
		this.followBeside();
		this.panel.follow();
		this.plot.setCursor(time);
		const whole = rowTime.at(-1) - rowTime[0];
		this.slider.value = whole ? (time - rowTime[0]) / whole * 10000 : 0;
		this.where.textContent = `${seconds(time - connection.summary.start)} s of ${seconds(rowTime.at(-1) - connection.summary.start)} s`;
		this.slider.setAttribute('aria-valuetext', this.where.textContent);
		const link = `#${state.view.place ? `v${state.view.place}` : ''}${linkOf(connection, row)}`;
		if (link !== location.hash)
			history.replaceState(null, '', link);
	}

	step(by) {
		this.go(this.state.row + by);
	}

	stepRemarkable(by) {
		const { connection } = this.state;
		let { row } = this.state;
		do
			row += by;
		while (row > 0 && row < connection.rows - 1 && !connection.isRemarkable(row));
		this.go(row);
	}

	goToPacket(number) {
		const row = rowOfPacket(this.state.connection, number);
		if (row >= 0)
			this.go(row);
	}

	/* #c3p91, #c3r17, with v1 in front in the second view */
	followLink(link) {
		const found = /^#(?:v(\d+))?c(\d+)(?:([pr])(\d+))?$/.exec(link), view = found && this.state.views[Number(found[1] ?? 0)];
		const place = view ? view.connections.findIndex((c) => c.number === Number(found[2])) : -1;
		if (place < 0)
			return;
		if (view !== this.state.view)
			this.showView(view);
		if (place !== this.state.place)
			this.open(place);
		if (found[3])
			this.go(found[3] === 'p' ? Math.max(0, rowOfPacket(this.state.connection, Number(found[4]))) : Number(found[4]));
	}

	/* --- playing --- */

	playOrStop() {
		if (this.playing)
			return this.stop();
		if (this.state.row === this.state.connection.rows - 1)
			this.go(0);
		this.playButton.textContent = 'stop';
		this.playNext();
	}

	playNext() {
		const { connection, row } = this.state;
		if (row >= connection.rows - 1)
			return this.stop();
		const wait = (connection.rowTime[row + 1] - connection.rowTime[row]) / 1e6 / Number(this.rate.value);
		this.playing = setTimeout(() => {
			this.step(1);
			this.playNext();
		}, Math.max(LEAST_WAIT, Math.min(MOST_WAIT, wait)));
	}

	stop() {
		clearTimeout(this.playing);
		this.playing = null;
		this.playButton.textContent = 'play';
	}

	/* --- plots --- */

	showPlot(name) {
		const { state } = this, { connection } = state, names = plotsOf(connection);
		state.plot = name;
		this.plotTabs.replaceChildren(choice('plot', names.map((each, i) => [each, PLOTS[each][0], `${i + 1}`]), name, (each) => this.showPlot(each)));
		this.directions.replaceChildren(choice('whose sending', connection.summary.ends.map((end, e) => [e, end.role, `what ${end.name} sends (x)`]), state.direction, (e) => {
			state.direction = e;
			this.showPlot(state.plot);
		}));
		const key = `${state.view.place}:${state.place}:${name}:${state.direction}`;
		if (!this.series.has(key))
			this.series.set(key, PLOTS[name][1](connection, state.direction));
		const series = this.series.get(key);
		this.plotWords.replaceChildren(...series.words.map(([colour, text]) => el('span', {}, el('i', { class: `swatch ${colour}` }), text)));
		this.plot.setSeries(series, stallsOf(connection), limitsOf(connection, state.direction), `${PLOTS[name][0]} of what ${connection.summary.ends[state.direction].name} sends`);
	}

	/* --- switches --- */

	toggle(name) {
		this.state[name] = !this.state[name];
		document.querySelector(`[data-toggle=${name}]`).setAttribute('aria-pressed', String(this.state[name]));
		if (name === 'folds')
			this.ladder.setLines();
		this.openBeside();
		this.ladder.refresh();
		this.go(this.state.row);
	}

	switchTheme() {
		const root = document.documentElement, dark = matchMedia('(prefers-color-scheme: dark)').matches;
		const now = root.dataset.theme ?? (dark ? 'dark' : 'light');
		root.dataset.theme = now === 'dark' ? 'light' : 'dark';
		this.redraw();
	}

	redraw() {
		this.plot.refresh();
		this.ladder.refresh();
		this.secondLadder.refresh();
	}

	nextView() {
		const { views, view } = this.state;
		if (views.length > 1)
			this.showView(views[(view.place + 1) % views.length]);
	}

	/* --- keys --- */

	key(event) {
		const typing = event.target.matches?.('input[type=search], select');
		if (event.ctrlKey || event.metaKey || event.altKey || this.help.open)
			return;
		if (typing) {
			if (event.key === 'Escape') {
				this.table.clearFilter();
				this.ladder.node.focus();
			}
			return;
		}
		const action = this.actions()[event.key];
		/* With no connection there is nothing to step through. */
		if (!this.state.connection && !['?', 't'].includes(event.key))
			return;
		if (!action || (event.key === ' ' && event.target.matches?.('button, summary')))
			return;
		event.preventDefault();
		action(event);
	}

	actions() {
		if (this.keyActions)
			return this.keyActions;
		const arrow = (by) => (event) => (event.shiftKey ? this.stepRemarkable(by) : this.step(by));
		const connection = (by) => () => this.open(this.table.neighbour(by));
		this.keyActions = {
			ArrowRight: arrow(1), ArrowDown: arrow(1), ArrowLeft: arrow(-1), ArrowUp: arrow(-1), Home: () => this.go(0), End: () => this.go(Infinity),
			PageDown: () => this.step(20), PageUp: () => this.step(-20), ' ': () => this.playOrStop(), j: connection(1), k: connection(-1),
			'/': () => this.table.focusFilter(), '?': () => this.help.showModal(), w: () => this.plot.zoom(0.5), s: () => this.plot.zoom(2),
			a: () => this.plot.pan(-0.25), d: () => this.plot.pan(0.25), 0: () => this.plot.zoomOut(), n: () => this.toggle('absolute'), c: () => this.toggle('clock'), f: () => this.toggle('folds'),
			v: () => this.nextView(), b: () => this.state.views.length > 1 && this.toggle('beside'), t: () => this.switchTheme(),
			x: () => {
				this.state.direction = 1 - this.state.direction;
				this.showPlot(this.state.plot);
			},
		};
		Object.keys(PLOTS).forEach((name, i) => {
			this.keyActions[i + 1] = () => plotsOf(this.state.connection).includes(name) && this.showPlot(name);
		});
		return this.keyActions;
	}
}

/* The row of another account that stands beside this one: scripts go on in step, whatever else by the clock. */
function counterpart(connection, row, other) {
	const kind = (c) => c.items.kind[c.rowItem[row]];
	if (connection.view.source === 'account' && row < other.rows && kind(connection) === kind(other))
		return row;
	const time = connection.rowTime[row], at = lastAtMost(other.rowTime, time), next = other.rowTime[at + 1];
	return Math.max(0, next !== undefined && (at < 0 || next - time < time - other.rowTime[at]) ? at + 1 : at);
}

/* Where the connection stands in another view; -1: nowhere. */
function placeIn(view, { summary, place }) {
	const names = (c) => c.name ?? c.ends.map((end) => end.address ?? end.name).sort().join();
	if (summary.name !== undefined)
		return place;
	/* Of several with the same addresses, the one that begins next to it. */
	const same = view.connections.map((c, at) => [at, c]).filter(([, c]) => names(c) === names(summary));
	same.sort(([, a], [, b]) => Math.abs(a.start - summary.start) - Math.abs(b.start - summary.start));
	return same.length ? same[0][0] : -1;
}

readViews(document.getElementById('data').textContent).then((views) => {
	const show = () => {
		window.tcpsimPage = new Page(views);
	};
	const { lesson } = views[0];
	if (lesson)
		askFirst(lesson, document.getElementById('app'), () => {
			show();
			window.tcpsimPage.followLink(`#c${lesson.connection}`);
		});
	else
		show();
	document.documentElement.dataset.ready = 'true';
}).catch((error) => {
	document.getElementById('app')?.replaceWith(el('p', { class: 'broken' }, `This page cannot be shown (${error.message}): a browser of 2023 or later is needed, and the whole file.`));
	throw error;
});
