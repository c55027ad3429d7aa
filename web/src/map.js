// SPDX-License-Identifier: MIT
// The physical memory as a picture: one cell per pageblock, its colour the migrate type, its strength how full it is.

import { BLOCK_PAGES, TYPES, blockAt, tasksAt } from "./model.js";
import { byId, el, fitCanvas, swatch } from "./dom.js";
import { isDark, mix, onTheme, palette } from "./palette.js";
import { address, count, pages, percent, plural, seconds } from "./words.js";

const LEVELS = 32;
const TITLE = 22, FOOT = 10;

export class MemoryMap {
	constructor(run, clock) {
		Object.assign(this, { run, clock, pinned: null, hover: null, who: -1 });
		this.canvas = byId("map");
		this.box = byId("block");
		this.summary = byId("map-summary");
		this.controls();
		this.canvas.addEventListener("pointermove", (e) => {
			if (e.pointerType === "mouse")
				this.look(this.hit(e));
		});
		this.canvas.addEventListener("pointerleave", () => this.look(null));
		this.canvas.addEventListener("click", (e) => this.pin(this.hit(e)));
		this.canvas.addEventListener("keydown", (e) => this.key(e));
		clock.listen((what) => {
			if (what === "time")
				this.draw();
		});
		onTheme(() => {
			this.legend();
			this.draw();
		});
		new ResizeObserver(() => this.resize()).observe(this.canvas.parentElement);
		this.legend();
		this.resize();
	}

	controls() {
		const who = byId("who");
		const nr = this.run.nr;

		who.append(el("option", { value: -1 }, "everybody\u2019s pages"));
		this.run.ownerNames.forEach((name, i) => {
			if (this.run.owners[i].some((v, t) => t < nr && v > 0))
				who.append(el("option", { value: i }, `pages of: ${name}`));
		});
		who.addEventListener("change", () => {
			this.who = Number(who.value);
			this.draw();
		});
	}

	// Rows of a power of two of pageblocks begin at round addresses; rows without RAM are left out.
	layout(columns) {
		const rows = [], place = new Map();
		let zone = -1, last = null, y = 0;

		this.run.blocks.forEach((block, index) => {
			const number = block.pfn / BLOCK_PAGES;
			const row = Math.floor(number / columns);

			if (block.zone !== zone) {
				zone = block.zone;
				last = null;
				rows.push({ title: this.run.zones[zone], y });
				y += TITLE;
			}
			if (row !== last) {
				last = row;
				rows.push({ pfn: row * columns * BLOCK_PAGES, y, blocks: [] });
				y += this.cell;
			}
			rows[rows.length - 1].blocks[number - row * columns] = index;
			place.set(index, { row: rows.length - 1, column: number - row * columns });
		});
		return { rows, place, height: y + FOOT };
	}

	resize() {
		const width = Math.max(240, this.canvas.parentElement.clientWidth);
		const narrow = width < 500;

		if (width === this.width)
			return;
		this.width = width;
		this.label = narrow ? 76 : 96;
		const limit = narrow ? 460 : 520;
		for (const columns of [16, 32, 64, 128, 256]) {
			const cell = Math.min(narrow ? 17 : 20, Math.floor((width - this.label) / columns));

			if (cell < 3 && this.plan)
				break;
			this.columns = columns;
			this.cell = Math.max(2, cell);
			this.plan = this.layout(columns);
			if (this.plan.height <= limit)
				break;
		}
		this.context = fitCanvas(this.canvas, width, this.plan.height);
		this.draw();
	}

	colours() {
		const p = palette();

		return TYPES.map((_, type) => Array.from({ length: LEVELS + 1 }, (_, level) => {
			const share = level / LEVELS;

			return level === 0 ? mix(p.empty, p.types[type], 0.1)
				: mix(p.empty, p.types[type], 0.22 + 0.78 * share ** 0.9);
		}));
	}

	draw() {
		const c = this.context, p = palette();

		if (!c || !this.run.nr)
			return;
		const cells = this.run.map.frame(this.clock.now), table = this.colours();
		c.clearRect(0, 0, this.width, this.plan.height);
		c.textBaseline = "middle";
		let labelled = -Infinity;
		for (const row of this.plan.rows) {
			if (row.title) {
				this.title(c, p, row);
				labelled = -Infinity;
				continue;
			}
			if (row.y - labelled >= 15) {
				c.font = `${this.label < 90 ? 10 : 11}px ui-monospace, monospace`;
				c.fillStyle = p.muted;
				c.fillText(address(row.pfn), 0, row.y + this.cell / 2);
				labelled = row.y;
			}
			row.blocks.forEach((index, column) => this.block(c, p, table, cells, index, this.label + column * this.cell, row.y));
		}
		this.outline(c, p, this.pinned, 2);
		this.outline(c, p, this.hover, 1);
		this.sums(cells);
		this.tell();
	}

	title(c, p, row) {
		c.font = "600 12px system-ui, sans-serif";
		c.fillStyle = p.ink;
		c.fillText(`${row.title.label} \u00b7 ${pages(row.title.managed)} managed`, 0, row.y + TITLE / 2);
	}

	block(c, p, table, cells, index, x, y) {
		const block = this.run.blocks[index], at = index * this.run.cellsABlock;
		const size = this.cell - (this.cell > 4 ? 1 : 0);

		if (block.reserved >= block.pages) {
			this.kept(c, p, x, y, size);
			return;
		}
		const usable = block.pages - block.reserved;
		const used = this.who < 0 ? usable - cells[at] : Math.max(0, cells[at + 2 + this.who]);
		const level = used <= 0 ? 0 : Math.max(1, Math.min(LEVELS, Math.round(LEVELS * used / usable)));

		c.fillStyle = table[cells[at + 1]][level];
		c.fillRect(x, y, size, size);
	}

	// What boot keeps is hatched: no colour of a type, at any fullness.
	kept(c, p, x, y, size) {
		c.fillStyle = p.empty;
		c.fillRect(x, y, size, size);
		c.fillStyle = p.boot;
		if (size < 6) {
			c.fillRect(x, y, Math.ceil(size / 2), size);
			return;
		}
		for (let i = 0; i < size; i += 3)
			c.fillRect(x + i, y, 1, size);
	}

	outline(c, p, index, width) {
		const place = index === null ? undefined : this.plan.place.get(index);

		if (!place)
			return;
		c.strokeStyle = p.ink;
		c.lineWidth = width;
		c.strokeRect(this.label + place.column * this.cell - 0.5, this.plan.rows[place.row].y - 0.5, this.cell, this.cell);
	}

	sums(cells) {
		let free = 0, full = 0, all = 0;

		this.run.blocks.forEach((block, index) => {
			const left = cells[index * this.run.cellsABlock];

			if (block.reserved >= block.pages)
				return;
			all++;
			free += left === block.pages;
			full += left === 0;
		});
		this.summary.textContent = `${count(all)} pageblocks of 2 MiB: ${count(free)} wholly free, ` +
			`${count(all - free - full)} partly, ${count(full)} full`;
	}

	legend() {
		const p = palette();
		const used = new Set();
		const cells = this.run.nr ? this.run.map.frame(this.run.nr - 1) : [];

		this.run.blocks.forEach((_, i) => used.add(cells[i * this.run.cellsABlock + 1]));
		const scale = el("span", { class: "ramp", "aria-hidden": "true" });
		scale.style.background = `linear-gradient(90deg, ${mix(p.empty, p.types[1], 0.1)}, ${p.types[1]})`;
		const boot = swatch("");
		boot.style.background = `repeating-linear-gradient(90deg, ${p.boot} 0 1px, ${p.empty} 1px 3px)`;
		byId("map-legend").replaceChildren(
			...TYPES.map((name, i) => (used.has(i) ? el("li", {}, swatch(p.types[i]), name) : null)).filter(Boolean),
			el("li", {}, boot, "kept by boot"),
			el("li", {}, "free ", scale, " full"));
	}

	hit(event) {
		const box = this.canvas.getBoundingClientRect();
		const x = event.clientX - box.left, y = event.clientY - box.top;
		const column = Math.floor((x - this.label) / this.cell);
		const row = this.plan.rows.find((r) => !r.title && y >= r.y && y < r.y + this.cell);

		return row?.blocks[column] ?? null;
	}

	look(index) {
		if (index === this.hover)
			return;
		this.hover = index;
		this.draw();
	}

	pin(index) {
		this.pinned = index === this.pinned ? null : index;
		this.draw();
	}

	key(event) {
		const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns }[event.key];
		const known = Object.keys(this.run.blocks).map(Number);

		if (event.key === "Escape")
			this.pin(this.pinned);
		if (by === undefined || !known.length)
			return;
		event.preventDefault();
		event.stopPropagation();
		this.hover = null;
		this.pinned = this.pinned === null ? known[0] : this.neighbour(by);
		this.draw();
	}

	neighbour(by) {
		const place = this.plan.place.get(this.pinned), { rows } = this.plan;

		if (Math.abs(by) === 1) {
			for (let i = this.pinned + by; i >= 0 && i < this.run.blocks.length; i += by) {
				if (this.run.blocks[i])
					return i;
			}
			return this.pinned;
		}
		for (let r = place.row + Math.sign(by); r >= 0 && r < rows.length; r += Math.sign(by)) {
			if (rows[r].blocks?.[place.column] !== undefined)
				return rows[r].blocks[place.column];
		}
		return this.pinned;
	}

	tell() {
		const index = this.hover ?? this.pinned;

		if (index === null) {
			this.box.replaceChildren(el("p", { class: "note" },
				"Point at a cell, tap it, or focus the map and use the arrow keys: its address, type, free pages and holders stand here."));
			return;
		}
		const block = blockAt(this.run, this.clock.now, index);
		const zone = this.run.zones[block.zone];
		const type = TYPES[block.type];

		this.box.replaceChildren(
			el("h3", {}, el("span", { class: "mono" }, address(block.pfn)), ` \u00b7 ${zone.label}`),
			el("dl", {},
				el("dt", {}, "type"), el("dd", {}, swatch(palette().types[block.type]), type),
				el("dt", {}, "free"), el("dd", {},
					`${block.free} of ${block.pages} pages (${percent(block.free, block.pages)}, ${pages(block.free)})`),
				el("dt", {}, "frames"), el("dd", { class: "mono" },
					`pfn ${block.pfn}\u2013${block.pfn + BLOCK_PAGES - 1}`)),
			el("h4", {}, block.owners.length ? "held by" : "nobody holds a page of it"),
			el("ul", { class: "owners" }, block.owners.map((o) => this.owner(o, block.pages))),
			...this.tasks(tasksAt(this.run, this.clock.now, index)));
	}

	tasks(tasks) {
		const moments = [...new Set(this.run.cast.at)].map(seconds).join(", ");

		if (tasks === null)
			return [el("p", { class: "note" }, `Tasks are known at ${moments}.`)];
		return tasks.length ? [el("h4", {}, "of these, tasks with most pages"),
			el("ul", { class: "owners tasks" }, tasks.map((t) => el("li", {}, el("span", { class: "owner-name" }, t.name),
				el("span", { class: "value" }, `${plural(t.pages, "page")}${t.stays ? ", cannot move" : ""}`))))] : [];
	}

	owner(owner, of) {
		const bar = el("span", { class: "bar", "aria-hidden": "true" });

		bar.style.width = `${100 * owner.pages / of}%`;
		return el("li", {}, el("span", { class: "owner-name" }, owner.name),
			el("span", { class: "value" }, `${owner.pages} pages`), el("span", { class: "track" }, bar));
	}
}
