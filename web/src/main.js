// SPDX-License-Identifier: MIT
// The page: reads its own data, builds the parts, and ties them to one clock.

import { byId } from "./dom.js";
import { Clock } from "./clock.js";
import { readRun } from "./model.js";
import { Lanes } from "./lanes.js";
import { MemoryMap } from "./map.js";
import { Timeline } from "./timeline.js";
import { isDark, onTheme, toggleTheme } from "./palette.js";
import { showVerdict } from "./verdict.js";
import { showSpread } from "./spread.js";
import { clock as clockText } from "./words.js";

function transport(run, clock) {
	const slider = byId("slider"), play = byId("play"), readout = byId("readout");
	const show = () => {
		const text = clockText(clock.ns, run.duration);

		slider.value = clock.now;
		slider.setAttribute("aria-valuetext", text);
		readout.textContent = text;
		play.textContent = clock.playing ? "Pause" : "Play";
		play.setAttribute("aria-pressed", clock.playing);
	};

	slider.max = Math.max(0, run.nr - 1);
	slider.addEventListener("input", () => {
		clock.pause();
		clock.go(Number(slider.value));
	});
	play.addEventListener("click", () => clock.toggle());
	byId("previous").addEventListener("click", () => clock.refusal(-1));
	byId("next").addEventListener("click", () => clock.refusal(1));
	byId("previous").disabled = byId("next").disabled = !run.refusals.length;
	byId("total").textContent = clockText(run.duration, run.duration);
	clock.listen(show);
	show();
}

// Keys of the whole page; what has keys of its own (the slider, lists, the map) keeps them.
function keyboard(clock) {
	const actions = {
		ArrowLeft: (e) => clock.step(e.shiftKey ? -10 : -1),
		ArrowRight: (e) => clock.step(e.shiftKey ? 10 : 1),
		Home: () => clock.step(-Infinity),
		End: () => clock.step(Infinity),
		" ": () => clock.toggle(),
		n: () => clock.refusal(1),
		p: () => clock.refusal(-1),
	};

	document.addEventListener("keydown", (event) => {
		const action = actions[event.key];
		const own = event.key === " " ? "input, select, button, summary, canvas, [tabindex]" : "input, select, canvas, [tabindex]";

		if (!action || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(own))
			return;
		event.preventDefault();
		action(event);
	});
}

function theme() {
	const button = byId("theme");
	const name = () => { button.textContent = isDark() ? "Light" : "Dark"; };

	button.addEventListener("click", toggleTheme);
	onTheme(name);
	name();
}

function start() {
	const run = readRun(JSON.parse(byId("data").textContent));
	const clock = new Clock(run);

	showVerdict(run, clock);
	showSpread(run);
	theme();
	if (!run.nr) {
		byId("memory").hidden = true;
		byId("transport").hidden = true;
		return;
	}
	let lanes = null;
	const timeline = new Timeline(run, clock, () => lanes?.resize());
	lanes = new Lanes(run, clock);
	lanes.resize();
	new MemoryMap(run, clock);
	transport(run, clock);
	keyboard(clock);
	timeline.range();
	clock.go(firstMoment(run));
}

// Where a reader looks first: the first refusal, else the moment of the least free memory.
function firstMoment(run) {
	if (run.refusals.length)
		return run.refusals[0];
	const zone = run.shownZones[run.shownZones.length - 1];

	return zone ? zone.free.indexOf(Math.min(...zone.free)) : 0;
}

start();
