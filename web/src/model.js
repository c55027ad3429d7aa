// SPDX-License-Identifier: MIT
// The run: what lab/film_json.c wrote, as rows over time. The order of cells is that of lab/film.h.

import { Reel } from "./reel.js";

export const ORDERS = 11;
export const TYPES = ["Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate"];
export const BLOCK_PAGES = 512;

const ZONE_HEAD = 6; // free, on CPUs, min, low, high, boost
const ZONE_CELLS = ZONE_HEAD + TYPES.length * ORDERS;
const LOAD_CELLS = 3;
const CAST_CELLS = 8; // four tasks and their pages
const COUNTERS = ["dropped", "kswapd", "direct", "warnings"];

const row = (n) => new Float64Array(n);

function zoneRows(json, nr) {
	return {
		...json, label: json.name, single: true,
		free: row(nr), onCpus: row(nr), min: row(nr), low: row(nr), high: row(nr), boost: row(nr),
		blocks: Array.from({ length: ORDERS }, () => row(nr)), // by order, all types
		byType: Array.from({ length: TYPES.length * ORDERS }, () => row(nr)),
	};
}

function readZones(film, nr) {
	const reel = new Reel(film.zone_reel, nr);
	const zones = film.zones.map((z) => zoneRows(z, nr));

	for (let t = 0; t < nr; t++) {
		const cells = reel.frame(t);

		zones.forEach((zone, i) => {
			const at = i * ZONE_CELLS;

			["free", "onCpus", "min", "low", "high", "boost"].forEach((key, k) => {
				zone[key][t] = cells[at + k];
			});
			for (let k = 0; k < TYPES.length * ORDERS; k++) {
				zone.byType[k][t] = cells[at + ZONE_HEAD + k];
				zone.blocks[k % ORDERS][t] += cells[at + ZONE_HEAD + k];
			}
		});
	}
	return zones;
}

function sumOf(zones, nr) {
	const all = zoneRows({ name: "all", node: 0, managed: 0 }, nr);

	all.label = "all zones";
	all.single = false;
	for (const zone of zones) {
		all.managed += zone.managed;
		for (const key of ["free", "onCpus"])
			zone[key].forEach((value, t) => { all[key][t] += value; });
		for (const key of ["blocks", "byType"])
			zone[key].forEach((values, k) => values.forEach((v, t) => { all[key][k][t] += v; }));
	}
	return all;
}

function readCounters(film, nr, nrLoads) {
	const reel = new Reel(film.counter_reel, nr);
	const owners = film.owners.map(() => row(nr));
	const loads = Array.from({ length: nrLoads }, () => ({ allocs: row(nr), frees: row(nr), refused: row(nr) }));
	const counters = Object.fromEntries(COUNTERS.map((name) => [name, row(nr)]));

	for (let t = 0; t < nr; t++) {
		const cells = reel.frame(t);
		let at = owners.length;

		owners.forEach((values, i) => { values[t] = cells[i]; });
		for (const load of loads) {
			load.allocs[t] = cells[at] >>> 0;
			load.frees[t] = cells[at + 1] >>> 0;
			load.refused[t] = cells[at + 2] >>> 0;
			at += LOAD_CELLS;
		}
		COUNTERS.forEach((name, i) => { counters[name][t] = cells[at + i] >>> 0; });
	}
	return { owners, loads, counters };
}

function readMark(mark) {
	const [from, to, until, rounds, whole, asked, got, worst] = mark;

	return { from, to, until, rounds, whole, asked, got, worst };
}

// Pageblocks in the order of the reel; those without RAM stay empty.
function readBlocks(film) {
	const blocks = [];

	for (const run of film.runs) {
		for (let i = 0; i < run.nr; i++)
			blocks[run.first + i] = { zone: run.zone, pfn: run.pfn + i * BLOCK_PAGES, pages: BLOCK_PAGES, reserved: 0 };
		for (let i = 0; i < run.odd.length; i += 3) {
			blocks[run.first + run.odd[i]].pages = run.odd[i + 1];
			blocks[run.first + run.odd[i]].reserved = run.odd[i + 2];
		}
	}
	return blocks;
}

// Which tasks held pages of which pageblock, at a few moments.
function readCast(film) {
	return {
		at: film.cast.at_ns,
		tasks: film.cast.tasks.map(([pid, name]) => (pid ? `${name} (pid ${pid})` : name)),
		reel: new Reel(film.cast.reel, film.cast.at_ns.length),
	};
}

// The tasks of one pageblock in one frame, what cannot move first; null where no moment was taken then.
export function tasksAt(run, frame, index) {
	const { cast } = run, moment = cast.at.lastIndexOf(run.at[frame]);

	if (moment < 0)
		return null;
	const cells = cast.reel.frame(moment), found = [];
	for (let i = index * CAST_CELLS; i < (index + 1) * CAST_CELLS && cells[i]; i += 2) {
		found.push({
			name: cast.tasks[(cells[i] - 1) >> 1], pages: cells[i + 1], stays: (cells[i] - 1) % 2 === 1,
		});
	}
	return found;
}

export function readRun(json) {
	const { report, film } = json;
	const nr = film.frames.at_ns.length;
	const zones = readZones(film, nr);
	const used = zones.filter((z) => z.managed > 0);
	const several = new Set(used.map((z) => z.node)).size > 1;

	for (const zone of used)
		zone.label = several ? `node ${zone.node}, ${zone.name}` : zone.name;
	return {
		report,
		nr,
		at: film.frames.at_ns,
		refusals: film.frames.refusals,
		thinned: film.frames.thinned,
		duration: film.duration_ns,
		zones,
		shownZones: used.length > 1 ? [...used, sumOf(used, nr)] : used,
		blocks: readBlocks(film),
		cellsABlock: 2 + film.owners.length,
		map: new Reel(film.map_reel, nr),
		ownerNames: film.owners,
		tasks: film.tasks,
		...readCounters(film, nr, report.loads.length),
		cast: readCast(film),
		requests: film.requests.map((r) => ({ marks: r.marks.map(readMark), whys: r.whys })),
	};
}

// The last frame that is not later than @ns.
export function frameAt(run, ns) {
	let low = 0, high = run.nr - 1;

	while (low < high) {
		const middle = (low + high + 1) >> 1;

		if (run.at[middle] <= ns)
			low = middle;
		else
			high = middle - 1;
	}
	return low;
}

// One pageblock in one frame.
export function blockAt(run, frame, index) {
	const block = run.blocks[index];
	const cells = run.map.frame(frame);
	const at = index * run.cellsABlock;
	const owners = [];
	let known = 0;

	for (let i = 0; i < run.ownerNames.length; i++) {
		const held = cells[at + 2 + i];

		if (held > 0)
			owners.push({ name: run.ownerNames[i], pages: held });
		known += held;
	}
	owners.sort((a, b) => b.pages - a.pages);
	const rest = block.pages - block.reserved - cells[at] - known;

	if (block.reserved)
		owners.push({ name: "kept by boot", pages: block.reserved });
	if (rest > 0)
		owners.push({ name: `${run.tasks ? "of tasks, " : ""}on CPU lists, or the kernel\u2019s own`, pages: rest });
	return { ...block, free: cells[at], type: cells[at + 1], owners };
}
