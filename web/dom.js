/* Elements, made without markup: text stays text. */

export function el(tag, attributes, ...children) {
	const node = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes ?? {}))
		setAttribute(node, name, value);
	node.append(...children.filter((child) => child !== null && child !== undefined));
	return node;
}

function setAttribute(node, name, value) {
	if (name.startsWith('on'))
		node.addEventListener(name.slice(2), value);
	else if (name === 'class')
		node.className = value;
	else if (value === true)
		node.setAttribute(name, '');
	else if (value !== false && value !== null && value !== undefined)
		node.setAttribute(name, value);
}

export function svg(tag, attributes, ...children) {
	const node = document.createElementNS('http://www.w3.org/2000/svg', tag);
	for (const [name, value] of Object.entries(attributes))
		node.setAttribute(name, value);
	node.append(...children);
	return node;
}

/* A colour of the style sheet, for a canvas. */
export function ink(name) {
	return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/* The canvas fits its box and the screen's pixels; returns its context in units of the style sheet, and its size. */
export function canvasContext(canvas) {
	const { clientWidth: width, clientHeight: height } = canvas, ratio = window.devicePixelRatio || 1;
	if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
		canvas.width = Math.round(width * ratio);
		canvas.height = Math.round(height * ratio);
	}
	const context = canvas.getContext('2d');
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	context.clearRect(0, 0, width, height);
	return { context, width, height };
}

/* At most once a frame. */
export function onFrame(draw) {
	let wanted = false;
	return () => {
		if (wanted)
			return;
		wanted = true;
		requestAnimationFrame(() => {
			wanted = false;
			draw();
		});
	};
}

/* A group of buttons of which one is pressed. */
export function choice(label, options, chosen, choose) {
	const buttons = options.map(([value, text, title]) => el('button', {
		type: 'button', 'aria-pressed': String(value === chosen), title,
		onclick: () => {
			select(value);
			choose(value);
		},
	}, text));
	const select = (value) => options.forEach(([other], i) => buttons[i].setAttribute('aria-pressed', String(other === value)));
	const group = el('div', { class: 'choice', role: 'group', 'aria-label': label }, ...buttons);
	group.select = select;
	return group;
}
