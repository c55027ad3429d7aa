// SPDX-License-Identifier: MIT
// Is the verdict luck? Each expectation's value with each seed, on a line with what was expected.

import { byId, el } from "./dom.js";
import { bytes, count, seconds } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 320, HEIGHT = 34, PAD = 8;

const said = {
	millipercent: (v) => `${(v / 1000).toFixed(1)} %`,
	bytes,
	ns: seconds,
	thousandths: (v) => (v / 1000).toFixed(3),
};

const fewer = new Set(["failures", "latency", "fragmentation", "unusable"]); // is better
const kinds = {
	failures: "load: refused", at_least: "free memory", fragmentation: "fragmentation index", unusable: "unusable index",
};

function shape(name, props) {
	const node = document.createElementNS(SVG, name);

	for (const [key, value] of Object.entries(props))
		node.setAttribute(key, value);
	return node;
}

// Dots that would lie on one another are moved up.
function dots(values, expected, passes) {
	const svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "spread", "aria-hidden": "true" });
	const known = values.filter((v) => v !== null);
	const low = Math.min(expected, ...known), high = Math.max(expected, ...known);
	const x = (v) => PAD + (high > low ? (v - low) / (high - low) : 0.5) * (WIDTH - 2 * PAD);
	const piles = new Map();

	svg.append(shape("line", { x1: PAD, x2: WIDTH - PAD, y1: HEIGHT - 8, y2: HEIGHT - 8, class: "spread-axis" }));
	svg.append(shape("line", { x1: x(expected), x2: x(expected), y1: 2, y2: HEIGHT - 2, class: "spread-expected" }));
	values.forEach((v, i) => {
		const place = v === null ? WIDTH - 3 : x(v); // never: behind all
		const bin = Math.round(place / 5);
		const pile = piles.get(bin) ?? 0;

		piles.set(bin, pile + 1);
		svg.append(shape("circle", {
			cx: place, cy: HEIGHT - 8 - Math.min(pile, 8) * 2.6, r: 3, class: passes[i] ? "spread-pass" : "spread-fail",
		}));
	});
	return svg;
}

function rowOf(item, values, holds) {
	const say = (v) => (v === null ? "never" : (said[item.unit] ?? count)(v));
	const sorted = [...values].sort((a, b) => (a ?? Infinity) - (b ?? Infinity));
	const limit = fewer.has(item.kind) ? "at most" : "at least";

	return el("li", {},
		el("span", { class: "spread-name" }, item.request ?? kinds[item.kind] ?? item.kind),
		dots(values, item.expected, holds),
		el("span", { class: "spread-found" },
			`${say(sorted[0])} \u2026 ${say(sorted[sorted.length - 1])}, median ${say(sorted[Math.floor(sorted.length / 2)])}; ` +
			`expected ${limit} ${say(item.expected)}`),
		el("span", { class: "spread-holds" }, `holds in ${holds.filter(Boolean).length} of ${holds.length}`));
}

export function showSpread(run) {
	const { seeds, expectations } = run.report;

	if (seeds.length < 2)
		return;
	const failed = seeds.filter((s) => s.verdict !== "PASS");

	byId("seeds").hidden = false;
	byId("seeds-line").textContent = failed.length
		? `FAIL with ${failed.length} of ${seeds.length} seeds: ${failed.slice(0, 40).map((s) => s.seed).join(", ")}${failed.length > 40 ? " \u2026" : ""}. ` +
			`This page shows seed ${run.report.seed}.`
		: `PASS with all ${seeds.length} seeds. This page shows seed ${run.report.seed}.`;
	byId("seeds-rows").replaceChildren(...expectations.map((item, i) => {
		const values = seeds.map((s) => s.actual[i]);
		const holds = values.map((v) => v !== null && (fewer.has(item.kind) ? v <= item.expected : v >= item.expected));

		return rowOf(item, values, holds);
	}));
}
