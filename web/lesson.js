/* A lesson: its questions stand alone until they are answered; then what the run says stands beside each, and the run below. */
import { el } from './dom.js';

function part(title, ...children) {
	return el('section', {}, el('h2', {}, title), ...children);
}

function question({ ask }, i) {
	const name = `answer-${i + 1}`;
	const input = el('input', { type: 'text', id: name, autocomplete: 'off', spellcheck: 'false' });
	const node = el('li', {}, el('label', { for: name }, ask), input);
	return { node, input };
}

/* The same line that a file of answers has: tcpsim grades it, not the page. */
function answerLine(lesson, i, given) {
	return `${lesson.name}.${i + 1} = ${given}`;
}

function resolve({ node, input }, answer) {
	const given = input.value.trim();
	input.replaceWith(el('p', { class: 'given' }, given ? el('span', {}, 'You: ', el('b', {}, given)) : '', el('span', {}, 'The run: ', el('b', {}, answer))));
	return given;
}

function handIn(lesson, given) {
	const lines = given.map((text, i) => (text ? answerLine(lesson, i, text) : '')).filter((line) => line);
	if (!lines.length)
		return '';
	return part('To hand in', el('p', {}, 'tcpsim lesson --check FILE grades these lines:'), el('pre', { class: 'hand-in' }, lines.join('\n')));
}

function afterwards(lesson, given) {
	return el('div', { class: 'afterwards' },
		part('Why', el('ul', { class: 'sentences' }, ...lesson.why.map(({ rule, sentence, clause }) => el('li', {}, sentence, el('span', { class: 'clause' }, `${rule}, ${clause}`))))),
		lesson.kernel ? part('On your kernel', el('p', {}, lesson.kernel)) : '',
		lesson.exercise ? part('Try', el('p', {}, lesson.exercise)) : '',
		handIn(lesson, given));
}

/* Puts the lesson in front of `place`; `run` shows the run there, once. */
export function askFirst(lesson, place, run) {
	const questions = lesson.questions.map(question);
	const form = el('form', {}, el('ol', { class: 'questions' }, ...questions.map(({ node }) => node)), el('button', { type: 'submit' }, 'these are my answers: run it'));
	const node = el('article', { class: 'lesson' },
		el('h1', {}, lesson.statement ? `${lesson.title} (statement ${lesson.statement})` : lesson.title),
		part('What is said', el('p', {}, lesson.says)),
		el('details', { open: true }, el('summary', {}, `The world: docs/worlds/${lesson.file}.world`), el('pre', {}, lesson.world)),
		part('Before it runs', form));
	form.addEventListener('submit', (event) => {
		event.preventDefault();
		const given = questions.map((each, i) => resolve(each, lesson.questions[i].answer));
		form.querySelector('button').remove();
		node.querySelector('details').open = false;
		node.append(afterwards(lesson, given));
		run();
		node.querySelector('.questions').scrollIntoView();
	});
	place.before(node);
	document.title = `${lesson.title} · tcpsim`;
	questions[0].input.focus();
}
