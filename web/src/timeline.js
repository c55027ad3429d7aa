// SPDX-License-Identifier: MIT
// Memory over time, drawn by uPlot: free memory by order with the watermarks of a zone, free blocks, or who holds it.

import uPlot from "uplot";
import { ORDERS } from "./model.js";
import { byId, el, swatch } from "./dom.js";
import { palette, onTheme } from "./palette.js";
import { bytes, count, pages, tick } from "./words.js";

const PAGE = 4096;
const MARKS = ["high", "low", "min"];
const TICKS = [ // of the time axis, in seconds
	...Array.from({ length: 11 }, (_, i) => 10 ** (i - 9)).flatMap((v) => [v, 2 * v, 2.5 * v, 5 * v]).filter((v) => v < 60),
	60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
];

export const gutter = () => (window.innerWidth < 640 ? 64 : 84);
export const RIGHT = 22; // half of the last mark's name

// Series from the bottom up, each with a name, a colour and its own values; `scale` is bytes or blocks.
const modes = {
	free(zone, colours) {
		return {
			unit: "bytes", stacked: true, marks: zone.single,
			rows: Array.from({ length: ORDERS }, (_, i) => {
				const order = ORDERS - 1 - i;

				return {
					name: `order ${order}`, colour: colours.orders[order],
					values: zone.blocks[order].map((n) => n * PAGE * 2 ** order),
				};
			}),
		};
	},
	blocks(zone, colours) {
		return {
			unit: "blocks", stacked: false, marks: false,
			rows: Array.from({ length: ORDERS }, (_, order) => ({
				name: `order ${order}`, colour: colours.orders[order], values: zone.blocks[order],
			})),
		};
	},
	held(_, colours, run) {
		const rows = run.ownerNames
			.map((name, i) => ({ name, values: run.owners[i].map((n) => Math.max(0, n) * PAGE) }))
			.filter((r) => r.values.some((v) => v > 0));

		rows.forEach((r, i) => { r.colour = colours.owners[i % colours.owners.length]; });
		return { unit: "bytes", stacked: true, marks: false, rows };
	},
};

// Each row on top of those before it; drawn from the top, so that a lower one covers it.
function stack(rows) {
	const sums = [];

	rows.forEach((r, i) => {
		sums.push(r.values.map((v, t) => v + (i ? sums[i - 1][t] : 0)));
	});
	return sums;
}

export class Timeline {
	constructor(run, clock, onSize) {
		Object.assign(this, { run, clock, onSize, mode: "free", close: false });
		this.zone = run.shownZones.reduce((best, z, i) =>
			z.single && z.managed > run.shownZones[best].managed ? i : best, 0);
		this.box = byId("timeline");
		this.legend = byId("timeline-legend");
		this.controls();
		this.build();
		clock.listen((what) => {
			if (what === "range")
				this.range();
			else
				this.cursor();
		});
		onTheme(() => this.build());
		new ResizeObserver(() => this.resize()).observe(this.box);
	}

	get shown() { return this.run.shownZones[this.zone]; }

	controls() {
		const zone = byId("zone");

		this.run.shownZones.forEach((z, i) => zone.append(el("option", { value: i }, z.label)));
		zone.value = String(this.zone);
		zone.addEventListener("change", () => {
			this.zone = Number(zone.value);
			this.build();
		});
		for (const input of document.getElementsByName("mode")) {
			input.addEventListener("change", () => {
				this.mode = input.value;
				this.build();
			});
		}
		byId("close").addEventListener("change", (event) => {
			this.close = event.target.checked;
			this.build();
		});
		byId("zoom-in").addEventListener("click", () => this.zoomBy(0.5));
		byId("zoom-out").addEventListener("click", () => this.zoomBy(2));
		byId("zoom-all").addEventListener("click", () => this.clock.zoom(0, this.run.duration));
	}

	// Around the set moment.
	zoomBy(factor) {
		const [from, to] = this.clock.range;
		const at = Math.min(to, Math.max(from, this.run.at[this.clock.set] ?? 0));
		const width = Math.min(this.run.duration, Math.max(this.run.duration / 1024, (to - from) * factor));
		const start = Math.min(this.run.duration - width, Math.max(0, at - (at - from) * width / (to - from)));

		this.clock.zoom(start, start + width);
	}

	build() {
		const colours = palette();
		const zone = this.shown;
		const picture = this.picture = modes[this.mode](zone, colours, this.run);
		const marks = picture.marks ? MARKS.map((key) => ({
			key, values: zone[key].map((v, t) => (v + zone.boost[t]) * PAGE),
		})) : [];
		const rows = picture.stacked ? stack(picture.rows) : picture.rows.map((r) => r.values);
		const order = picture.rows.map((_, i) => i);

		if (picture.stacked)
			order.reverse();
		byId("zone").disabled = this.mode === "held";
		byId("close").disabled = !picture.marks;
		this.top = picture.marks && this.close ? Math.max(...marks[0].values) * 2 : null;
		this.plot?.destroy();
		this.cursorLine = null;
		this.plot = new uPlot({
			width: this.width(), height: this.height(),
			padding: [10, RIGHT, 0, 0],
			legend: { show: false },
			cursor: {
				y: false, points: { show: false },
				drag: { x: true, y: false, setScale: false, dist: 6 },
				bind: { dblclick: () => () => this.clock.zoom(0, this.run.duration) },
			},
			scales: {
				x: { time: false, range: () => this.clock.range.map((ns) => ns / 1e9) },
				y: picture.unit === "blocks"
					? { distr: 4, asinh: 1, range: (_, __, max) => [0, Math.max(1, max) * 1.2] }
					: { range: (_, __, max) => [0, this.top ?? (Math.max(PAGE, max) * 1.04)] },
			},
			axes: [
				this.axis(colours, { size: 34, incrs: TICKS, values: (_, ticks) => ticks.map((v) => tick(v, this.run.duration)), space: 74 }),
				this.axis(colours, {
					size: gutter(),
					...(picture.unit === "blocks" ? {
						splits: (_, __, min, max) => [0, 1, 10, 100, 1000, 1e4, 1e5, 1e6].filter((v) => v >= min && v <= max),
						values: (_, ticks) => ticks.map((v) => count(v)), filter: (_, splits) => splits,
					} : {
						incrs: Array.from({ length: 30 }, (_, i) => 2 ** (12 + i)),
						values: (_, ticks) => ticks.map((v) => (v ? bytes(v) : "0")),
					}),
				}),
			],
			series: [{}, ...order.map((i) => this.rowSeries(picture, picture.rows[i])),
				...marks.map((m) => ({
					stroke: colours.marks[m.key], width: 1.5, dash: m.key === "min" ? [] : m.key === "low" ? [6, 3] : [2, 3],
					points: { show: false },
				}))],
			hooks: {
				setSelect: [(u) => this.selected(u)],
				ready: [(u) => this.bind(u)],
				drawClear: [() => this.cursor()], // scales are known from here on
				draw: [(u) => this.name(u, marks, colours)],
			},
		}, [this.run.at.map((ns) => ns / 1e9), ...order.map((i) => rows[i]), ...marks.map((m) => m.values)], this.box);
		this.cursorLine = el("div", { class: "cursor-line", "aria-hidden": "true" });
		this.plot.over.append(this.cursorLine);
		this.describe();
		this.cursor();
		this.onSize();
	}

	rowSeries(picture, r) {
		return {
			stroke: r.colour, width: picture.stacked ? 0 : 1.5,
			fill: picture.stacked ? r.colour : undefined, points: { show: false },
		};
	}

	axis(colours, more) {
		return {
			stroke: colours.muted, font: "12px system-ui, sans-serif", gap: 6,
			grid: { stroke: colours.grid, width: 1 }, ticks: { stroke: colours.grid, width: 1, size: 4 }, ...more,
		};
	}

	// The watermarks' names at the right end of their lines, where there is room between them.
	name(u, marks, colours) {
		let above = -Infinity;

		u.ctx.save();
		u.ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
		u.ctx.textAlign = "right";
		for (const mark of marks) {
			const y = u.valToPos(mark.values[mark.values.length - 1], "y", true) - 3 * devicePixelRatio;

			if (y - above < 12 * devicePixelRatio)
				continue;
			above = y;
			u.ctx.lineWidth = 3 * devicePixelRatio;
			u.ctx.strokeStyle = colours.panel;
			u.ctx.strokeText(mark.key, u.bbox.left + u.bbox.width - 4 * devicePixelRatio, y);
			u.ctx.fillStyle = colours.marks[mark.key];
			u.ctx.fillText(mark.key, u.bbox.left + u.bbox.width - 4 * devicePixelRatio, y);
		}
		u.ctx.restore();
	}

	bind(u) {
		const frame = (event) => {
			const box = u.over.getBoundingClientRect();

			return this.clock.run.nr ? this.frameAtX(event.clientX - box.left) : 0;
		};

		u.over.addEventListener("pointermove", (event) => {
			if (event.pointerType === "mouse" && !event.buttons)
				this.clock.look(frame(event));
			else if (event.pointerType !== "mouse")
				this.clock.go(frame(event));
		});
		u.over.addEventListener("pointerleave", () => this.clock.look(null));
		u.over.addEventListener("click", (event) => {
			this.clock.pause();
			this.clock.go(frame(event));
		});
	}

	frameAtX(x) {
		const at = this.plot.posToVal(x, "x") * 1e9;
		let best = 0;

		for (let i = 1; i < this.run.nr; i++) {
			if (Math.abs(this.run.at[i] - at) < Math.abs(this.run.at[best] - at))
				best = i;
		}
		return best;
	}

	selected(u) {
		const { left, width } = u.select;

		if (width < 6)
			return;
		u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
		this.clock.zoom(u.posToVal(left, "x") * 1e9, u.posToVal(left + width, "x") * 1e9);
	}

	range() {
		const [from, to] = this.clock.range;

		this.plot.setScale("x", { min: from / 1e9, max: to / 1e9 });
		this.cursor();
		byId("zoom-out").disabled = byId("zoom-all").disabled = to - from >= this.run.duration;
	}

	cursor() {
		if (!this.cursorLine)
			return;
		const x = this.plot.valToPos(this.clock.ns / 1e9, "x");
		const inside = x >= -1 && x <= this.plot.over.clientWidth + 1;

		this.cursorLine.style.transform = `translateX(${x}px)`;
		this.cursorLine.hidden = !inside;
		this.values();
	}

	describe() {
		const items = this.picture.rows.map((r) => {
			const value = el("span", { class: "value" });

			return { row: r, value, node: el("li", {}, swatch(r.colour), el("span", {}, r.name), value) };
		});

		if (this.picture.stacked && this.mode === "free")
			items.reverse();
		this.items = items;
		this.summary = el("p", { class: "summary" });
		this.legend.replaceChildren(this.summary, el("ul", { class: this.mode === "held" ? "legend wide" : "legend" }, items.map((i) => i.node)));
	}

	values() {
		const t = this.clock.now;
		const zone = this.shown;
		const size = this.picture.unit === "bytes" ? bytes : count;

		if (!this.run.nr)
			return;
		for (const { row, value } of this.items)
			value.textContent = size(row.values[t]);
		if (this.mode === "held") {
			this.summary.textContent = `held: ${bytes(this.picture.rows.reduce((s, r) => s + r.values[t], 0))}`;
			return;
		}
		const parts = [`${zone.label}: ${pages(zone.free[t])} free`, `${pages(zone.onCpus[t])} on CPU lists`];

		if (zone.single)
			parts.push(`min ${pages(zone.min[t])}, low ${pages(zone.low[t])}, high ${pages(zone.high[t])}` +
				(zone.boost[t] ? `, boost ${pages(zone.boost[t])}` : ""));
		this.summary.textContent = parts.join(" · ");
	}

	width() { return Math.max(240, this.box.clientWidth); }
	height() { return window.innerWidth < 640 ? 220 : 280; }

	resize() {
		if (this.width() === this.plot.width)
			return;
		this.build();
	}
}
