// SPDX-License-Identifier: MIT
// What happened, on the time axis of the chart above: a lane for each request, each load, and reclaim.

import { byId, el, fitCanvas } from "./dom.js";
import { frameAt } from "./model.js";
import { palette, onTheme } from "./palette.js";
import { RIGHT, gutter } from "./timeline.js";
import { bytes, count, pages, percent, plural, seconds } from "./words.js";
import { latencyOf, whyOf } from "./verdict.js";

const HEAD = 18, BODY = 26, GAP = 8;

// What changed between a frame and the one before.
const rise = (values) => values.map((v, t) => (t ? v - values[t - 1] : 0));

export class Lanes {
	constructor(run, clock) {
		Object.assign(this, { run, clock, shown: null });
		this.canvas = byId("lanes");
		this.detail = byId("lane-detail");
		this.lanes = this.list();
		this.build();
		this.canvas.addEventListener("pointermove", (e) => this.point(e));
		this.canvas.addEventListener("pointerleave", () => this.clock.look(null));
		this.canvas.addEventListener("click", (e) => this.click(e));
		clock.listen(() => this.draw());
		onTheme(() => this.draw());
	}

	list() {
		const { report } = this.run;
		const requests = this.run.requests.map((r, i) => ({
			kind: "request", index: i, name: report.requests[i].name, marks: r.marks,
			note: `${report.requests[i].what}, ${report.requests[i].blocks_a_round} a round: ` +
				`${count(report.requests[i].got_blocks)} of ${count(report.requests[i].asked_blocks)} had`,
		}));
		const steps = report.timeline?.length ? [{
			kind: "step", name: "timeline", note: "frees, writes, snapshots",
			marks: report.timeline.map((step) => ({ step, from: step.at_ns, to: step.at_ns })),
		}] : [];
		const loads = this.run.loads.map((l, i) => ({
			kind: "load", index: i, name: `load ${i}`, values: rise(l.allocs), bad: rise(l.refused),
			note: `${report.loads[i].file ?? "generated"}: ${count(report.loads[i].allocations)} allocations, ` +
				`${count(report.loads[i].refused)} refused`,
		}));
		const dropped = this.run.counters.dropped;
		const reclaim = dropped.length && dropped[dropped.length - 1] > 0 ? [{
			kind: "reclaim", name: "reclaim", values: rise(dropped), bad: null,
			note: `a stand-in dropped ${pages(dropped[dropped.length - 1])} of page cache`,
		}] : [];

		return [...requests, ...steps, ...loads, ...reclaim];
	}

	// A list for keyboards and screen readers stands for the picture.
	build() {
		const list = byId("lane-list");

		for (const lane of this.lanes.filter((l) => l.kind === "request")) {
			const refused = lane.marks.filter((m) => m.whole < m.rounds);

			list.append(el("li", {},
				el("span", { class: "lane-name" }, lane.name),
				el("span", { class: "lane-note" }, refused.length
					? `${plural(refused.reduce((s, m) => s + m.rounds - m.whole, 0), "round")} refused`
					: lane.marks.length ? "every round had all" : "never asked"),
				refused.length ? el("button", {
					type: "button", class: "small",
					onclick: () => this.nextOf(lane, refused),
				}, "next refused") : null));
		}
		for (const lane of this.lanes.filter((l) => l.kind === "step")) {
			list.append(el("li", {}, el("span", { class: "lane-name" }, lane.name),
				el("button", { type: "button", class: "small", onclick: () => this.nextOf(lane, lane.marks) }, "next step")));
		}
		this.canvas.setAttribute("aria-label",
			`Lanes over time: ${this.lanes.map((l) => `${l.name}, ${l.note}`).join("; ")}`);
	}

	nextOf(lane, marks) {
		const now = this.shown && this.shown.lane === lane ? marks.indexOf(this.shown.mark) : -1;

		this.show(lane, marks[(now + 1) % marks.length]);
	}

	resize() {
		this.width = this.canvas.parentElement.clientWidth;
		this.height = this.lanes.length * (HEAD + BODY + GAP);
		this.context = fitCanvas(this.canvas, this.width, this.height);
		this.draw();
	}

	x(ns) {
		const [from, to] = this.clock.range;
		const left = gutter();

		return left + (ns - from) / (to - from) * (this.width - left - RIGHT);
	}

	draw() {
		const c = this.context, colours = palette();

		if (!c)
			return;
		c.clearRect(0, 0, this.width, this.height);
		this.lanes.forEach((lane, i) => this.lane(c, colours, lane, i * (HEAD + BODY + GAP)));
		const x = this.x(this.clock.ns);
		if (x >= gutter() - 1 && x <= this.width - RIGHT + 1) {
			c.fillStyle = colours.cursor;
			this.lanes.forEach((_, i) => c.fillRect(Math.round(x), i * (HEAD + BODY + GAP) + HEAD, 1, BODY));
		}
	}

	lane(c, colours, lane, top) {
		const left = gutter(), right = this.width - RIGHT, base = top + HEAD + BODY;

		c.font = "600 12px system-ui, sans-serif";
		c.fillStyle = colours.ink;
		c.textBaseline = "middle";
		const name = cut(c, lane.name, (right - left) * 0.4);
		c.fillText(name, left, top + HEAD / 2);
		const after = left + c.measureText(name).width + 8;
		c.font = "12px system-ui, sans-serif";
		c.fillStyle = colours.muted;
		c.fillText(cut(c, lane.note, right - after), after, top + HEAD / 2);
		c.fillStyle = colours.empty;
		c.fillRect(left, top + HEAD, right - left, BODY);
		c.save();
		c.beginPath();
		c.rect(left - 2, top, right - left + 4, HEAD + BODY + 2);
		c.clip();
		if (lane.kind === "step")
			this.steps(c, colours, lane, base);
		else if (lane.kind === "request")
			this.marks(c, colours, lane, base);
		else
			this.bars(c, colours, lane, base);
		c.restore();
	}

	marks(c, colours, lane, base) {
		for (const mark of lane.marks) {
			const x = this.x(mark.from), end = this.x(Math.min(mark.until ?? this.run.duration, this.run.duration));

			if (mark.got) {
				c.fillStyle = colours.hold;
				c.fillRect(x, base - 7, Math.max(1, end - x), 7);
			}
		}
		for (const bad of [false, true]) { // what was refused lies on top
			for (const mark of lane.marks) {
				if ((mark.got < mark.asked) !== bad)
					continue;
				this.mark(c, colours, mark, base, this.shown?.mark === mark);
			}
		}
	}

	mark(c, colours, mark, base, selected) {
		const x = Math.round(this.x(mark.from));
		const width = Math.max(mark.got < mark.asked ? 3 : 2, this.x(mark.to) - this.x(mark.from));
		const had = BODY * mark.got / mark.asked;

		c.fillStyle = colours.got;
		c.fillRect(x, base - had, width, had);
		c.fillStyle = colours.fail;
		c.fillRect(x, base - BODY, width, BODY - had);
		if (selected) {
			c.strokeStyle = colours.ink;
			c.lineWidth = 1.5;
			c.strokeRect(x - 2, base - BODY - 1, width + 4, BODY + 2);
		}
	}

	steps(c, colours, lane, base) {
		for (const mark of lane.marks) {
			const x = Math.round(this.x(mark.from));

			c.fillStyle = colours.step;
			c.beginPath();
			c.moveTo(x, base);
			c.lineTo(x - 5, base - BODY / 2);
			c.lineTo(x, base - BODY);
			c.lineTo(x + 5, base - BODY / 2);
			c.fill();
		}
	}

	// How much happened up to each frame since the one before, as the rate that it makes.
	bars(c, colours, lane, base) {
		const at = this.run.at;
		const rate = (values, t) => (at[t] > at[t - 1] ? values[t] / (at[t] - at[t - 1]) : 0);
		let most = 0;

		for (let t = 1; t < this.run.nr; t++)
			most = Math.max(most, rate(lane.values, t));
		for (let t = 1; t < this.run.nr; t++) {
			const x = this.x(at[t - 1]), width = Math.max(1, this.x(at[t]) - x + 0.3);

			if (most && lane.values[t]) {
				const height = Math.max(1, BODY * rate(lane.values, t) / most);

				c.fillStyle = lane.kind === "load" ? colours.load : colours.reclaim;
				c.fillRect(x, base - height, width, height);
			}
			if (lane.bad?.[t]) {
				c.fillStyle = colours.fail;
				c.fillRect(x, base - BODY, Math.max(3, width), 5);
			}
		}
	}

	hit(event) {
		const box = this.canvas.getBoundingClientRect();
		const x = event.clientX - box.left, y = event.clientY - box.top;
		const lane = this.lanes[Math.floor(y / (HEAD + BODY + GAP))];
		const [from, to] = this.clock.range;
		const ns = from + (x - gutter()) / (this.width - gutter() - RIGHT) * (to - from);
		let best = null, distance = 10;

		for (const mark of lane?.marks ?? []) {
			const left = this.x(mark.from), right = Math.max(left + 2, this.x(mark.to));
			const d = x < left ? left - x : x > right ? x - right : 0;

			if (d < distance || (d === distance && mark.got < mark.asked)) {
				best = mark;
				distance = d;
			}
		}
		return { lane, mark: best, ns: Math.min(this.run.duration, Math.max(0, ns)), inside: x >= gutter() - 4 };
	}

	point(event) {
		const { mark, ns, inside } = this.hit(event);

		this.canvas.style.cursor = mark ? "pointer" : "crosshair";
		if (event.pointerType === "mouse" && inside && this.run.nr)
			this.clock.look(frameAt(this.run, ns));
	}

	click(event) {
		const { lane, mark, ns, inside } = this.hit(event);

		this.clock.pause();
		if (mark)
			this.show(lane, mark);
		else if (inside && lane)
			this.clock.go(frameAt(this.run, ns));
	}

	show(lane, mark) {
		this.shown = { lane, mark };
		this.clock.pause();
		this.clock.go(this.frameOf(mark));
		this.detail.replaceChildren(...(mark.step ? this.stepWords(mark.step) : this.words(lane, mark)));
		this.detail.hidden = false;
		this.draw();
	}

	// The frame of the refusal itself when there is one.
	frameOf(mark) {
		const refused = mark.whole < mark.rounds
			? this.run.refusals.find((f) => this.run.at[f] >= mark.from && this.run.at[f] <= mark.to) : undefined;

		return refused ?? frameAt(this.run, mark.from);
	}

	closer(what) {
		return el("button", {
			type: "button", class: "small", "aria-label": `Close the ${what}`,
			onclick: () => {
				this.detail.hidden = true;
				this.shown = null;
				this.draw();
			},
		}, "close");
	}

	stepWords(step) {
		const what = step.kind === "free" ? `${count(step.blocks)} blocks of ${step.request} went back`
			: step.kind === "write" ? `echo ${step.value} > ${step.path}` : `snapshot ${step.name}`;

		return [
			el("div", { class: "detail-head" }, el("h3", {}, `timeline, at ${seconds(step.at_ns)}`), this.closer("step")),
			el("p", { class: step.kind === "write" ? "mono" : "" }, what),
			el("p", { class: "note" }, step.done ? `${bytes(step.free_bytes)} free afterwards` : "the run ended before"),
		];
	}

	words(lane, mark) {
		const spec = this.run.report.requests[lane.index];
		const bad = mark.whole < mark.rounds;
		const when = mark.rounds === 1 ? `at ${seconds(mark.from)}`
			: `${plural(mark.rounds, "round")} from ${seconds(mark.from)} to ${seconds(mark.to)}`;
		const whys = [spec.why ?? spec.cma_why, ...this.run.requests[lane.index].whys].filter(Boolean);
		const why = whys.find((w) => w.at_ns >= mark.from && w.at_ns <= mark.to);

		return [
			el("div", { class: "detail-head" },
				el("h3", {}, el("span", { class: `chip ${bad ? "fail" : "pass"}` }, bad ? "refused" : "had"), ` ${spec.name}, ${when}`),
				this.closer("round")),
			el("p", {}, `${count(mark.got)} of ${count(mark.asked)} ${spec.what} ` +
				`(${percent(mark.got, mark.asked)}), ${spec.gfp}, CPU ${spec.cpu}` +
				(mark.rounds > 1 ? `; worst round ${count(mark.worst)}` : "") + ". " + this.holds(mark)),
			...(spec.latency ? [el("p", { class: "note" }, latencyOf(spec.latency))] : []),
			...(bad ? this.reasons(why, whys) : []),
		];
	}

	holds(mark) {
		if (!mark.got)
			return "";
		return mark.until === null ? "Held to the end." : `Held until ${seconds(mark.until)}.`;
	}

	reasons(why, whys) {
		if (why)
			return whyOf(why);
		return [el("p", { class: "note" },
			"The reason of this round was not kept, only those of the request\u2019s first refused rounds; the chart and the map " +
			"show memory at this moment." + (whys.length ? " The first was:" : "")),
		...(whys.length ? whyOf(whys[0]) : [])];
	}
}

function cut(c, text, width) {
	if (c.measureText(text).width <= width)
		return text;
	while (text.length > 1 && c.measureText(`${text}\u2026`).width > width)
		text = text.slice(0, -1);
	return `${text}\u2026`;
}
