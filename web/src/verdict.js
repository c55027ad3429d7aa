// SPDX-License-Identifier: MIT
// What was expected, what was found, and why: the report in words.

import { byId, el } from "./dom.js";
import { TYPES, frameAt } from "./model.js";
import { bytes, count, plural, seconds } from "./words.js";

function chip(pass) {
	return el("span", { class: `chip ${pass ? "pass" : "fail"}` }, pass ? "PASS" : "FAIL");
}

function blocksTable(zone) {
	const orders = [...Array(11).keys()];
	const rows = TYPES.filter((type) => zone.free_blocks[type]?.some((n) => n));

	if (!rows.length)
		return el("p", { class: "note" }, `${zone.zone}: no free block`);
	return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `Free blocks of ${zone.zone}` },
		el("table", {},
			el("caption", {}, `${zone.zone}: free blocks by order`),
			el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "type"), orders.map((o) => el("th", { scope: "col" }, String(o))))),
			el("tbody", {}, rows.map((type) => el("tr", {}, el("th", { scope: "row" }, type),
				orders.map((o) => el("td", {}, count(zone.free_blocks[type][o]))))))));
}

// Who stands in the way of a block of this order, when that is known.
function taintOf(zone) {
	const { taint } = zone;

	if (!taint)
		return null;
	const parts = [
		[taint.movable_places, "only pages that can move"],
		[taint.tainted_places, `some that cannot (${plural(taint.tainting_pages, "page")})`],
		[taint.unmovable_places, "nothing else"],
		[taint.listed_places, "nobody\u2019s pages, on CPU lists"],
	].filter(([n]) => n).map(([n, what]) => `${count(n)} hold ${what}`);

	return el("div", { class: "taint" },
		el("p", {}, `${zone.zone}: of ${plural(taint.places, "place")} for such a block ${parts.join(", ")}.`),
		taint.owners.length ? el("p", {}, `In the way in most of them${taint.nr_owners > taint.owners.length
			? `, of ${count(taint.nr_owners)} owners` : ""}:`) : null,
		el("ul", { class: "owners" }, taint.owners.map((o) => el("li", {},
			el("span", { class: "owner-name" }, o.pid ? `${o.name} (pid ${o.pid})` : o.name),
			el("span", { class: "value" }, `${plural(o.pages, "page")} in ${plural(o.places, "place")}`)))));
}

// A why as the report has it: the reason, a sentence for each zone, what was free.
export function whyOf(why) {
	if (why.sentences)
		return [
			el("p", { class: "reason" }, el("strong", {}, why.cause), `, at ${seconds(why.at_ns)}`),
			el("ul", { class: "zones" }, why.sentences.map((text) => el("li", {}, text))),
		];
	return [
		el("p", { class: "reason" }, el("strong", {}, why.reason), `, order ${why.order}, at ${seconds(why.at_ns)}; zones: ${why.zones_text}`),
		el("ul", { class: "zones" }, why.zones.map((z) => el("li", {}, z.text))),
		...why.zones.map(taintOf).filter(Boolean),
		el("details", {}, el("summary", {}, "free blocks then"), why.zones.map(blocksTable)),
	];
}

// What was tried and makes it hold, and as which lines of the scenario.
function remedyOf(remedy) {
	if (!remedy)
		return null;
	return el("div", { class: remedy.kind === "none" ? "remedy none" : "remedy" }, el("p", {}, el("strong", {}, "remedy "), remedy.text),
		remedy.changes.map((c) => el("p", { class: "mono" }, `${c.path}: ${c.value}`)));
}

const WHAT = {
	call: "call", lock: "lock of a zone", block: "block", split: "split", zero: "page zeroed", drop: "page dropped",
	scan: "page looked at by compaction", move: "page moved", drain: "drain of the CPU lists",
	reclaim: "page looked at by reclaim", read: "page read", write: "page written",
};

// How long a request's blocks took, and what the slowest did in that time.
export function latencyOf(latency) {
	const within = (name, ns) => `${name} ${ns === null ? "never" : seconds(ns)}`;
	const { slowest } = latency;
	const did = Object.entries(WHAT).filter(([key]) => slowest?.[key]).map(([key, word]) => `${count(slowest[key])} \u00d7 ${word}`);

	return `Latency of all its blocks: ${within("median", latency.median_ns)}, ${within("99 %", latency.p99_ns)}, ` +
		`${within("all", latency.all_ns)}` +
		(slowest ? `; the slowest that came took ${seconds(slowest.ns)} at ${seconds(slowest.at_ns)} (${did.join(", ")}).` : ".");
}

function whysOf(run, expectation) {
	const { report } = run;
	const own = expectation.request === null
		? expectation.kind === "failures" ? report.loads : []
		: report.requests.filter((r) => r.name === expectation.request);

	return own.map((o) => o.why ?? o.cma_why).filter(Boolean);
}

// @told: whys that stand above already.
function expectation(run, clock, item, told) {
	const pass = item.verdict === "PASS";
	const whys = pass ? [] : whysOf(run, item);
	const latency = !pass && item.kind === "latency"
		? run.report.requests.find((r) => r.name === item.request)?.latency : null;
	const jump = (why) => el("button", {
		type: "button", class: "small",
		onclick: () => {
			const frame = run.refusals.find((f) => run.at[f] === why.at_ns);

			clock.pause();
			clock.go(frame ?? frameAt(run, why.at_ns));
			byId("memory").scrollIntoView({ block: "start" });
		},
	}, `show memory at ${seconds(why.at_ns)}`);

	return el("li", { class: pass ? "expect" : "expect failed" },
		el("div", { class: "expect-line" }, chip(pass), el("span", {}, item.text)),
		remedyOf(item.remedy),
		latency ? el("div", { class: "why" }, el("p", {}, latencyOf(latency)), latency.slowest ? jump(latency.slowest) : null) : null,
		whys.map((why) => {
			const again = told.has(why);

			told.add(why);
			return el("div", { class: "why" }, again
				? el("p", {}, el("strong", {}, why.reason ?? why.cause), `, as above, at ${seconds(why.at_ns)}`)
				: [...whyOf(why), jump(why)]);
		}));
}

function fact(name, value) {
	return [el("div", {}, el("dt", {}, name), el("dd", {}, value))];
}

export function showVerdict(run, clock) {
	const { report } = run;
	const { board, memory } = report;
	const pass = report.verdict === "PASS";
	const failed = report.expectations.filter((e) => e.verdict !== "PASS").length;
	const several = report.seeds.length > 1;
	const told = new Set();

	document.title = `${report.verdict}: ${report.scenario}`;
	byId("verdict").className = `verdict ${pass ? "pass" : "fail"}`;
	byId("verdict").textContent = report.verdict;
	byId("scenario").textContent = report.scenario;
	byId("verdict-line").textContent = (pass
		? `${plural(report.expectations.length, "expectation")} hold${report.expectations.length === 1 ? "s" : ""}`
		: `${failed} of ${plural(report.expectations.length, "expectation")} ${failed === 1 ? "does" : "do"} not hold`) +
		(several ? `, seed ${report.seed} of ${report.seeds.length}` : `, seed ${report.seed}`);
	byId("facts").replaceChildren(
		...fact("board", `${board.tree}: ${board.arch}, ${plural(board.nr_cpus, "CPU")}, ${bytes(board.ram_bytes)} of RAM`),
		...fact("time", `${seconds(report.duration_ns)} of board time`),
		...fact("least free", `${bytes(memory.least_free_bytes)} at ${seconds(memory.least_free_at_ns)}`),
		...fact("load held", `${bytes(memory.load_peak_bytes)} at its peak`),
		...(memory.stand_in_dropped_bytes
			? fact("reclaim", `a stand-in dropped ${bytes(memory.stand_in_dropped_bytes)}`) : []));
	byId("expectations").replaceChildren(...report.expectations.map((e) => expectation(run, clock, e, told)),
		...(memory.corrupt_frames ? [trouble(`memory: ${plural(memory.corrupt_frames, "frame")} lost their content`)] : []),
		...(report.broken ? [trouble(`machine: ${report.broken}`)] : []));
}

function trouble(text) {
	return el("li", { class: "expect failed" }, el("div", { class: "expect-line" }, chip(false), el("span", {}, text)));
}
