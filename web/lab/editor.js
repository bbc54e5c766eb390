/* The world's text, with the numbers of its lines and the place of a mistake. */
import { el } from '../dom.js';

export class Editor {
	/* `run()`: ctrl and enter. */
	constructor(run) {
		this.numbers = el('div', { class: 'numbers', 'aria-hidden': 'true' });
		this.area = el('textarea', { spellcheck: 'false', 'aria-label': 'the world', autocomplete: 'off', wrap: 'off', oninput: () => this.edited(), onscroll: () => this.follow() });
		this.error = el('p', { class: 'error', role: 'alert', hidden: true });
		this.node = el('div', { class: 'editor' }, el('div', { class: 'text' }, this.numbers, this.area), this.error);
		this.wrong = 0;
		this.area.addEventListener('keydown', (event) => {
			if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
				event.preventDefault();
				run();
			}
		});
	}

	get text() {
		return this.area.value;
	}

	set text(text) {
		this.area.value = text;
		this.edited();
	}

	edited() {
		this.wrong = 0;
		this.error.hidden = true;
		this.drawNumbers();
	}

	drawNumbers() {
		const n = this.text.split('\n').length;
		this.numbers.replaceChildren(...Array.from({ length: n }, (_, i) => el('span', { class: i + 1 === this.wrong ? 'wrong' : '' }, String(i + 1))));
		this.follow();
	}

	follow() {
		this.numbers.scrollTop = this.area.scrollTop;
	}

	complain({ error, line }) {
		this.wrong = line;
		this.error.hidden = false;
		this.error.textContent = line ? `line ${line}: ${error}` : error;
		this.drawNumbers();
		if (line)
			this.show(line);
	}

	show(line) {
		const lines = this.text.split('\n'), at = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
		this.area.focus();
		this.area.setSelectionRange(at, at + lines[line - 1].length);
		this.area.scrollTop = Math.max(0, (line - 6) * parseFloat(getComputedStyle(this.area).lineHeight));
		this.follow();
	}
}
