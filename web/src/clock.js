// SPDX-License-Identifier: MIT
// The one moment that everything shows: a frame that is set, and one that the pointer looks at for as long as it hovers.

const PLAY_MS = 12000; // for the whole run

export class Clock {
	constructor(run) {
		this.run = run;
		this.set = 0;
		this.hover = null;
		this.playing = false;
		this.listeners = [];
		this.range = [0, run.duration]; // what the time axis shows
	}

	get now() { return this.hover ?? this.set; }
	get ns() { return this.run.at[this.now] ?? 0; }

	listen(listener) { this.listeners.push(listener); }
	tell(what) { for (const listener of this.listeners) listener(what); }

	go(frame) {
		const last = Math.max(0, this.run.nr - 1);

		this.set = Math.min(last, Math.max(0, frame));
		this.hover = null;
		this.tell("time");
	}

	step(by) {
		this.pause();
		this.go(this.set + by);
	}

	look(frame) {
		if (this.playing || this.hover === frame)
			return;
		this.hover = frame;
		this.tell("time");
	}

	zoom(from, to) {
		this.range = [Math.max(0, from), Math.min(this.run.duration, to)];
		this.tell("range");
	}

	play() {
		if (this.playing || this.run.nr < 2)
			return;
		if (this.set >= this.run.nr - 1)
			this.go(0);
		this.playing = true;
		this.hover = null;
		let last = null, ns = this.ns;

		const turn = (ms) => {
			if (!this.playing)
				return;
			ns += last === null ? 0 : (ms - last) / PLAY_MS * this.run.duration;
			last = ms;
			let frame = this.set;
			while (frame + 1 < this.run.nr && this.run.at[frame + 1] <= ns)
				frame++;
			if (frame !== this.set)
				this.go(frame);
			if (frame >= this.run.nr - 1)
				this.pause();
			else
				requestAnimationFrame(turn);
		};
		requestAnimationFrame(turn);
		this.tell("play");
	}

	pause() {
		if (!this.playing)
			return;
		this.playing = false;
		this.tell("play");
	}

	toggle() {
		if (this.playing)
			this.pause();
		else
			this.play();
	}

	// The next frame that was taken for a refusal, in one direction.
	refusal(direction) {
		const { refusals } = this.run;
		const found = direction > 0 ? refusals.find((f) => f > this.set)
			: refusals.findLast((f) => f < this.set);

		this.pause();
		if (found !== undefined)
			this.go(found);
	}
}
