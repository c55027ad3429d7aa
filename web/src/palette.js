// SPDX-License-Identifier: MIT
// Colours, of the light and the dark page. The styles of the page hold the rest.

const light = {
	ink: "#1d2329", muted: "#66717b", grid: "#e4e8eb", line: "#c9d0d6", panel: "#ffffff",
	fail: "#b8322a", pass: "#2c7a4b", cursor: "#1d2329", hold: "#cfe0e8", got: "#2f6f8f",
	orders: ["#f3dcbd", "#ebcca6", "#dfbb95", "#cbab8f", "#ae9f8e", "#8e9893", "#708f9a", "#54859d",
		"#3b769a", "#26608d", "#164773"],
	types: ["#c9533a", "#3a7cb5", "#3a9a78", "#875fb3", "#c2922a", "#6b6f76"],
	empty: "#eef1f3", boot: "#b4bbc2", load: "#7d8f9c", reclaim: "#8a6fb0", step: "#8a6414",
	marks: { min: "#b8322a", low: "#b56a14", high: "#6b6f76" },
	owners: ["#9aa3ab", "#5f93bf", "#3a9a78", "#c2922a", "#8d7bb8", "#c9533a", "#4d6d94", "#a7764a", "#6fa35a",
		"#b0628f", "#46979b", "#8b8f3e"],
};

const dark = {
	ink: "#e6eaed", muted: "#93a0ab", grid: "#272e34", line: "#3a444c", panel: "#191e22",
	fail: "#f0786a", pass: "#6cc493", cursor: "#e6eaed", hold: "#24404d", got: "#67b0d0",
	orders: ["#7a5f40", "#83694a", "#897357", "#877a67", "#7e7d77", "#727f85", "#657f8e", "#577f97",
		"#4a7fa0", "#3f80aa", "#3a84b6"],
	types: ["#d4674f", "#4a8cc7", "#48a683", "#9673c9", "#c9a042", "#868c94"],
	empty: "#22292e", boot: "#545e67", load: "#74889a", reclaim: "#a98fd4", step: "#d9ad55",
	marks: { min: "#f0786a", low: "#e0a052", high: "#93a0ab" },
	owners: ["#78838c", "#5fa4de", "#5cc39c", "#e2b650", "#ae8ae0", "#e8765c", "#7f9fce", "#c99a6c", "#92c77c",
		"#d688b4", "#6cc0c4", "#b5b95e"],
};

const darkWanted = window.matchMedia("(prefers-color-scheme: dark)");
let chosen = null; // "light", "dark"; null: as the system says
const listeners = [];

export const isDark = () => chosen ? chosen === "dark" : darkWanted.matches;
export const palette = () => isDark() ? dark : light;

export function onTheme(listener) {
	listeners.push(listener);
}

function tell() {
	document.documentElement.dataset.theme = isDark() ? "dark" : "light";
	for (const listener of listeners)
		listener();
}

export function toggleTheme() {
	chosen = isDark() ? "light" : "dark";
	tell();
}

darkWanted.addEventListener("change", tell);
tell();

// @share of @b on @a, both #rrggbb.
export function mix(a, b, share) {
	const part = (hex, i) => parseInt(hex.slice(1 + 2 * i, 3 + 2 * i), 16);
	const one = (i) => Math.round(part(a, i) + (part(b, i) - part(a, i)) * share);

	return `rgb(${one(0)},${one(1)},${one(2)})`;
}
