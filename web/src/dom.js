// SPDX-License-Identifier: MIT
// Elements. Text is only ever set as text: no name in the data becomes markup.

export function el(tag, props, ...children) {
	const node = document.createElement(tag);

	for (const [key, value] of Object.entries(props || {})) {
		if (value === undefined || value === null || value === false)
			continue;
		if (key === "class")
			node.className = value;
		else if (key.startsWith("on"))
			node.addEventListener(key.slice(2), value);
		else if (key === "style")
			Object.assign(node.style, value);
		else
			node.setAttribute(key, value === true ? "" : value);
	}
	node.append(...children.flat().filter((c) => c !== null && c !== undefined && c !== false));
	return node;
}

export const byId = (id) => document.getElementById(id);

export function swatch(colour) {
	const node = el("span", { class: "swatch", "aria-hidden": "true" });

	node.style.background = colour;
	return node;
}

// A canvas as large as its place on the screen, in pixels of the device; @draw gets CSS pixels.
export function fitCanvas(canvas, width, height) {
	const ratio = window.devicePixelRatio || 1;
	const context = canvas.getContext("2d");

	canvas.style.width = `${width}px`;
	canvas.style.height = `${height}px`;
	canvas.width = Math.round(width * ratio);
	canvas.height = Math.round(height * ratio);
	context.setTransform(ratio, 0, 0, ratio, 0, 0);
	return context;
}
