// SPDX-License-Identifier: MIT
// Numbers as people read them.

const PAGE = 4096;

export function bytes(n) {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let unit = 0;

	for (; Math.abs(n) >= 1024 && unit < units.length - 1; unit++)
		n /= 1024;
	return `${n >= 100 || Number.isInteger(n) ? Math.round(n) : n.toFixed(n >= 10 ? 1 : 2)} ${units[unit]}`;
}

export const pages = (n) => bytes(n * PAGE);

export function seconds(ns) {
	if (ns === 0)
		return "0 s";
	if (ns < 1e6)
		return `${(ns / 1e3).toFixed(ns < 1e5 ? 1 : 0)} µs`;
	if (ns < 1e9)
		return `${trim((ns / 1e6).toFixed(1))} ms`;
	if (ns < 600e9)
		return `${trim((ns / 1e9).toFixed(3))} s`;
	const minutes = Math.floor(ns / 60e9);
	const rest = Math.floor((ns - minutes * 60e9) / 1e9);

	return minutes < 60 ? `${minutes} min ${rest} s`
		: `${Math.floor(minutes / 60)} h ${minutes % 60} min ${rest} s`;
}

// A mark of the time axis, in the unit of the whole run.
export function tick(seconds, durationNs) {
	const [unit, length] = durationNs < 1e6 ? ["µs", 1e-6] : durationNs < 1e9 ? ["ms", 1e-3]
		: durationNs < 600e9 ? ["s", 1] : durationNs < 7200e9 ? ["min", 60] : ["h", 3600];

	return `${Number((seconds / length).toPrecision(6))} ${unit}`;
}

// Of fixed width for a whole run, so that a running clock does not jump.
export function clock(ns, durationNs) {
	if (durationNs < 1e6)
		return `${(ns / 1e3).toFixed(3)} µs`;
	if (durationNs < 1e9)
		return `${(ns / 1e6).toFixed(3)} ms`;
	if (durationNs < 600e9)
		return `${(ns / 1e9).toFixed(durationNs < 100e9 ? 3 : 1)} s`;
	const two = (n) => String(Math.floor(n)).padStart(2, "0");

	return `${Math.floor(ns / 3600e9)}:${two(ns / 60e9 % 60)}:${two(ns / 1e9 % 60)}`;
}

function trim(text) {
	return text.replace(/\.?0+$/, "");
}

export const count = (n) => n.toLocaleString("en-US").replace(/,/g, "\u202f");
export const address = (pfn) => `0x${(BigInt(pfn) * 4096n).toString(16)}`;
export const percent = (part, whole) => whole ? `${(100 * part / whole).toFixed(1)} %` : "0 %";
export const plural = (n, word) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
