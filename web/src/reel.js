// SPDX-License-Identifier: MIT
// Reads the rows of cells that lab/reel.c wrote: each frame is stored as its difference to the one before.

const KEPT_BYTES = 48 << 20; // of whole frames, so that going back is quick

function bytesOf(base64) {
	const text = atob(base64);
	const bytes = new Uint8Array(text.length);

	for (let i = 0; i < text.length; i++)
		bytes[i] = text.charCodeAt(i);
	return bytes;
}

export class Reel {
	constructor(json, nrFrames) {
		this.code = bytesOf(json.code);
		this.nrFrames = nrFrames;
		this.cells = new Int32Array(json.cells);
		this.at = 0; // frames played
		this.pos = 0;
		const kept = Math.floor(KEPT_BYTES / (4 * Math.max(1, json.cells)));
		this.step = Math.max(16, Math.ceil(nrFrames / Math.max(1, kept)));
		this.keys = [];
	}

	number() {
		let value = 0;

		for (let shift = 0; ; shift += 7) {
			const byte = this.code[this.pos++];

			value |= (byte & 0x7f) << shift;
			if (byte < 0x80)
				return value >>> 0;
		}
	}

	next() {
		let cell = 0;

		if (this.at % this.step === 0 && !this.keys[this.at / this.step])
			this.keys[this.at / this.step] = { pos: this.pos, cells: this.cells.slice() };
		for (let left = this.number(); left; left--, cell++) {
			cell += this.number();
			const code = this.number();
			this.cells[cell] += (code >>> 1) ^ -(code & 1);
		}
		this.at++;
	}

	// The cells of one frame; they change with the next call.
	frame(index) {
		if (index + 1 < this.at || index + 1 > this.at + this.step) {
			const last = this.keys.length - 1;
			const key = Math.min(Math.floor(index / this.step), last);

			if (last >= 0 && (index + 1 < this.at || key * this.step > this.at)) {
				this.cells.set(this.keys[key].cells);
				this.pos = this.keys[key].pos;
				this.at = key * this.step;
			}
		}
		while (this.at <= index)
			this.next();
		return this.cells;
	}
}
