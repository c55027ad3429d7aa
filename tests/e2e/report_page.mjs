// SPDX-License-Identifier: MIT
// The page of `quarry check --html` in Chromium: opened as a file without a network, at two window sizes, used as a person
// would, and what it shows compared with the JSON report and with the film in the page.
// usage: node tests/e2e/report_page.mjs BUILD_DIR     the last line is `N passed, N failed`
import { chromium } from "playwright-core";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import assert from "node:assert/strict";
import { bytes, clock, count, pages, plural, seconds } from "../../web/src/words.js";

const here = dirname(fileURLToPath(import.meta.url));
const quarry = resolve(process.argv[2] ?? "build", "quarry");
const scratch = mkdtempSync(join(tmpdir(), "quarry-e2e-"));
const file = join(scratch, "report.html");
const HOSTILE = "</script><script>alert(1)</script>";

const run = spawnSync(quarry, ["check", join(here, "page.yaml"), "--json", `--html=${file}`],
	{ encoding: "utf8", maxBuffer: 1 << 26 });
assert.equal(run.status, 1, run.stderr);
const report = JSON.parse(run.stdout);
const film = JSON.parse(/id="data">([^<]*)</.exec(readFileSync(file, "utf8"))[1]).film;
const at = film.frames.at_ns;
const END = at.length - 1;

// ------------------------------------------------------------------ a reader of the film of its own

function decode(reel, frame) {
	const code = Buffer.from(reel.code, "base64");
	const cells = new Array(reel.cells).fill(0);
	let pos = 0;
	const number = () => {
		let value = 0, factor = 1;

		for (;; factor *= 128) {
			const byte = code[pos++];
			value += (byte % 128) * factor;
			if (byte < 128)
				return value;
		}
	};

	for (let f = 0; f <= frame; f++) {
		for (let left = number(), cell = 0; left; left--, cell++) {
			cell += number();
			const difference = number();
			cells[cell] += difference % 2 ? -(difference + 1) / 2 : difference / 2;
		}
	}
	return cells;
}

const TYPES = ["Unmovable", "Movable", "Reclaimable", "HighAtomic", "CMA", "Isolate"];

// { address: { type, free, owners } } in one frame
function blocksAt(frame) {
	const cells = decode(film.map_reel, frame), width = 2 + film.owners.length, found = new Map();

	for (const part of film.runs) {
		for (let i = 0; i < part.nr; i++) {
			const cell = cells.slice((part.first + i) * width, (part.first + i + 1) * width);

			found.set(`0x${((part.pfn + i * 512) * 4096).toString(16)} ${film.zones[part.zone].name}`, {
				type: TYPES[cell[1]], free: cell[0],
				owners: film.owners.map((name, o) => ({ name, pages: cell[2 + o] })).filter((o) => o.pages),
			});
		}
	}
	return found;
}

// What stands of tasks of one pageblock: [name, "N pages, cannot move"]..., null when nobody looked then.
function tasksAt(frame, key) {
	const moment = film.cast.at_ns.lastIndexOf(at[frame]);
	if (moment < 0)
		return null;
	const cells = decode(film.cast.reel, moment);
	for (const part of film.runs) {
		for (let i = 0; i < part.nr; i++) {
			if (`0x${((part.pfn + i * 512) * 4096).toString(16)} ${film.zones[part.zone].name}` !== key)
				continue;
			const found = [];
			for (let k = 0; k < 8; k += 2) {
				const [who, nr] = cells.slice((part.first + i) * 8 + k);
				if (!who)
					break;
				const [pid, name] = film.cast.tasks[Math.floor((who - 1) / 2)];
				found.push([pid ? `${name} (pid ${pid})` : name,
					`${plural(nr, "page")}${(who - 1) % 2 ? ", cannot move" : ""}`]);
			}
			return found;
		}
	}
}

// ------------------------------------------------------------------ tests

const tests = [];
const test = (name, body) => tests.push({ name, body });

const text = (page, selector) => page.locator(selector).innerText();
const readout = (page) => text(page, "#readout");
const said = (ns) => clock(ns, film.duration_ns);

async function toFrame(page, frame) {
	await page.locator("#slider").evaluate((slider, value) => {
		slider.value = value;
		slider.dispatchEvent(new Event("input"));
	}, frame);
}

const draw = (page, name) => page.getByRole("radio", { name, exact: true }).check();

async function shownBlock(page) {
	const lines = (await text(page, "#block")).split("\n").map((l) => l.trim()).filter(Boolean);
	const [address, zone] = lines[0].split(" \u00b7 ");
	const free = /^(\d+) of (\d+) pages/.exec(lines[lines.indexOf("free") + 1]);

	return { key: `${address} ${zone}`, type: lines[lines.indexOf("type") + 1], free: Number(free[1]), lines };
}

function sameAsFilm(shown, blocks) {
	const want = blocks.get(shown.key);

	assert.ok(want, `no pageblock ${shown.key}`);
	assert.equal(shown.type, want.type);
	assert.equal(shown.free, want.free);
	for (const owner of want.owners) {
		const line = shown.lines.indexOf(owner.name);

		assert.ok(line > 0, `${shown.key}: ${owner.name} is missing`);
		assert.equal(shown.lines[line + 1], `${owner.pages} pages`);
	}
}

test("says the verdict and every expectation as the report does", async (page) => {
	assert.equal(await text(page, "#verdict"), report.verdict);
	assert.equal(await text(page, "#scenario"), report.scenario);
	const lines = await page.locator("#expectations .expect-line").allInnerTexts();
	assert.equal(lines.length, report.expectations.length);
	report.expectations.forEach((e, i) => {
		assert.ok(lines[i].includes(e.verdict));
		assert.ok(lines[i].includes(e.text));
	});
	const why = report.requests.find((r) => r.name === "camera").why;
	const shown = (await page.locator("#expectations .why").allInnerTexts()).join("\n");
	for (const zone of why.zones)
		assert.ok(shown.includes(zone.text), zone.text);
});

test("says the remedy that was tried, and how slow the slowest block was", async (page) => {
	const item = report.expectations.find((e) => e.kind === "each" && e.request === "camera");
	const shown = await page.locator("#expectations .expect", { hasText: item.text }).innerText();

	assert.ok(shown.includes(`remedy ${item.remedy.text}`), shown);
	for (const change of item.remedy.changes)
		assert.ok(shown.includes(`${change.path}: ${change.value}`));
	const slow = report.expectations.find((e) => e.kind === "latency");
	const { slowest } = report.requests.find((r) => r.name === "camera").latency;
	const told = page.locator("#expectations .expect", { hasText: slow.text });
	assert.ok((await told.innerText()).includes(`took ${seconds(slowest.ns)} at ${seconds(slowest.at_ns)}`));
	await told.getByRole("button").first().click();
	assert.ok(Math.abs(parseFloat(await readout(page)) - slowest.at_ns / 1e9) < 0.01);
});

test("shows a name that looks like markup as a name", async (page) => {
	assert.ok((await text(page, "#expectations")).includes(HOSTILE));
	assert.ok((await text(page, "#lane-list")).includes(HOSTILE));
	assert.equal(await page.locator("script").count(), 2);
});

test("begins at the first refusal", async (page) => {
	assert.equal(await readout(page), said(at[film.frames.refusals[0]]));
});

test("a line marks the moment in the chart", async (page) => {
	for (const part of [0.25, 0.5]) {
		const frame = Math.round(END * part);

		await toFrame(page, frame);
		const plot = await page.locator("#timeline .u-over").boundingBox();
		const line = await page.locator("#timeline .cursor-line").boundingBox();
		const share = (line.x - plot.x) / plot.width;
		assert.ok(Math.abs(share - at[frame] / film.duration_ns) < 0.01, `at ${share}`);
	}
	await page.reload();
	assert.ok(await page.locator("#timeline .cursor-line").isVisible());
});

test("fits the window", async (page, size) => {
	assert.equal(await page.evaluate("document.documentElement.scrollWidth"), size.width);
	for (const id of ["timeline", "lanes", "map"]) {
		const box = await page.locator(`#${id}`).boundingBox();
		assert.ok(box.x >= 0 && box.x + box.width <= size.width, `${id} sticks out`);
		assert.ok(box.width > size.width * 0.3 && box.height > 60, `${id} is small`);
	}
});

test("the slider moves time, to the numbers of the report at the end", async (page) => {
	await page.locator("#slider").focus();
	await page.keyboard.press("Home");
	assert.equal(await readout(page), said(0));
	await page.keyboard.press("ArrowRight");
	assert.equal(await readout(page), said(at[1]));
	await page.keyboard.press("End");
	assert.equal(await readout(page), said(report.duration_ns));
	assert.equal(await page.locator("#slider").getAttribute("aria-valuetext"), said(report.duration_ns));
	const zone = report.zones.find((z) => z.zone === "DMA32");
	const summary = await text(page, "#timeline-legend .summary");
	assert.ok(summary.startsWith(`DMA32: ${bytes(zone.free_bytes)} free`), summary);
	for (const mark of ["min", "low", "high"])
		assert.ok(summary.includes(`${mark} ${bytes(zone[`${mark}_bytes`])}`), summary);
});

test("the chart has the free memory of each order, of the zone that is chosen", async (page) => {
	await toFrame(page, END);
	for (const name of ["DMA", "DMA32"]) {
		const zone = report.zones.find((z) => z.zone === name);

		await page.locator("#zone").selectOption({ label: name });
		const legend = await page.locator("#timeline-legend li").allInnerTexts();
		assert.equal(legend.length, 11);
		legend.forEach((line, order) => {
			const blocks = Object.values(zone.free_blocks).reduce((sum, list) => sum + list[order], 0);
			assert.deepEqual(line.split("\n").map((l) => l.trim()), [`order ${order}`, bytes(blocks * 4096 * 2 ** order)]);
		});
	}
	await draw(page, "free blocks");
	const zone = report.zones.find((z) => z.zone === "DMA32");
	const legend = await page.locator("#timeline-legend li").allInnerTexts();
	legend.forEach((line, order) => {
		const blocks = Object.values(zone.free_blocks).reduce((sum, list) => sum + list[order], 0);
		assert.equal(line.split("\n")[1].trim(), count(blocks));
	});
	await page.locator("#zone").selectOption({ label: "all zones" });
	assert.ok((await text(page, "#timeline-legend .summary")).startsWith(
		`all zones: ${bytes(report.zones.reduce((sum, z) => sum + z.free_bytes, 0))} free`));
});

test("the chart shows who holds memory", async (page) => {
	const frame = Math.floor(END / 3);
	const cells = decode(film.counter_reel, frame);

	await toFrame(page, frame);
	await draw(page, "held by");
	const legend = Object.fromEntries((await page.locator("#timeline-legend li").allInnerTexts())
		.map((line) => line.split("\n").map((l) => l.trim())));
	assert.ok(Object.keys(legend).length >= 4);
	film.owners.forEach((name, i) => {
		if (name in legend)
			assert.equal(legend[name], pages(cells[i]));
		else
			assert.equal(cells[i], 0);
	});
	assert.ok(HOSTILE in legend);
});

test("the pointer on the chart moves time everywhere, and only while it is there", async (page, size) => {
	if (size.touch)
		return;
	const before = await readout(page), summary = await text(page, "#map-summary");
	const plot = page.locator("#timeline .u-over"), box = await plot.boundingBox();

	await plot.hover({ position: { x: 4, y: 40 } });
	const there = await readout(page);
	assert.notEqual(there, before);
	assert.ok(parseFloat(there) < film.duration_ns / 1e9 * 0.03, there);
	assert.notEqual(await text(page, "#map-summary"), summary);
	await page.mouse.move(box.x - 40, box.y - 60);
	assert.equal(await readout(page), before);
	await plot.click({ position: { x: box.width - 3, y: 40 } });
	await page.mouse.move(box.x - 40, box.y - 60);
	assert.ok(parseFloat(await readout(page)) > film.duration_ns / 1e9 * 0.98);
});

test("a finger on the chart moves time", async (page, size) => {
	if (!size.touch)
		return;
	await page.locator("#timeline .u-over").tap({ position: { x: 3, y: 40 } });
	assert.ok(parseFloat(await readout(page)) < film.duration_ns / 1e9 * 0.05);
});

test("a drag in the chart zooms, and all shows all again", async (page, size) => {
	if (size.touch)
		return;
	const plot = page.locator("#timeline .u-over");
	await plot.scrollIntoViewIfNeeded();
	const box = await plot.boundingBox();

	assert.ok(await page.locator("#zoom-all").isDisabled());
	await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
	await page.mouse.down();
	await page.mouse.move(box.x + box.width * 0.75, box.y + 50, { steps: 5 });
	await page.mouse.up();
	assert.ok(await page.locator("#zoom-all").isEnabled());
	await plot.hover({ position: { x: 1, y: 50 } });
	const from = parseFloat(await readout(page)) * 1e9 / film.duration_ns;
	assert.ok(from > 0.48 && from < 0.53, from);
	await page.locator("#zoom-all").click();
	await plot.hover({ position: { x: 1, y: 50 } });
	assert.ok(parseFloat(await readout(page)) < 0.1);
	await page.locator("#zoom-in").click();
	assert.ok(await page.locator("#zoom-out").isEnabled());
	await page.locator("#zoom-out").click();
	assert.ok(await page.locator("#zoom-out").isDisabled());
});

test("play runs to the end and stops there; pause stops it before", async (page) => {
	const button = page.locator("#play");

	await toFrame(page, 0);
	await button.click();
	assert.equal(await button.innerText(), "Pause");
	await page.waitForFunction(() => Number(document.getElementById("slider").value) > 3);
	await button.click();
	assert.equal(await button.innerText(), "Play");
	const stopped = await readout(page);
	await page.waitForTimeout(250);
	assert.equal(await readout(page), stopped);
	await toFrame(page, END - 8);
	await button.click();
	await page.waitForFunction((end) => Number(document.getElementById("slider").value) === end, END);
	await page.waitForFunction(() => document.getElementById("play").innerText === "Play");
});

test("keys step, play and go to refusals", async (page) => {
	await toFrame(page, 20);
	await page.evaluate("document.activeElement.blur()");
	await page.keyboard.press("ArrowRight");
	assert.equal(await readout(page), said(at[21]));
	await page.keyboard.press("Shift+ArrowLeft");
	assert.equal(await readout(page), said(at[11]));
	await page.keyboard.press("n");
	assert.equal(await readout(page), said(at[film.frames.refusals.find((f) => f > 11)]));
	await page.keyboard.press("End");
	await page.keyboard.press("p");
	assert.equal(await readout(page), said(at[film.frames.refusals.findLast((f) => f < END)]));
	await page.keyboard.press("Home");
	await page.keyboard.press(" ");
	assert.equal(await text(page, "#play"), "Pause");
	await page.keyboard.press(" ");
	assert.equal(await text(page, "#play"), "Play");
});

test("the map tells of the block under the pointer what the film has", async (page, size) => {
	const seen = new Set();
	let told = 0;

	for (const frame of [0, film.frames.refusals[0], END]) {
		const blocks = blocksAt(frame);

		await toFrame(page, frame);
		await page.locator("#map").scrollIntoViewIfNeeded();
		const box = await page.locator("#map").boundingBox();
		for (const [x, y] of [[0.5, 0.3], [0.8, 0.5], [0.6, 0.75], [0.42, 0.62]]) {
			const position = { x: box.width * x, y: box.height * y };

			if (size.touch)
				await page.locator("#map").tap({ position });
			else
				await page.locator("#map").hover({ position });
			const shown = await shownBlock(page);
			sameAsFilm(shown, blocks);
			seen.add(shown.key);
			const tasks = (await page.locator("#block .tasks li").allInnerTexts()).map((t) => t.split("\n").map((l) => l.trim()));
			assert.deepEqual(tasks, tasksAt(frame, shown.key) ?? []);
			told += tasks.length;
			if (size.touch)
				await page.locator("#map").tap({ position });
		}
	}
	assert.ok(seen.size >= 4);
	assert.ok(told >= 4);
});

test("the map is read with the arrow keys", async (page) => {
	const blocks = blocksAt(END);

	await toFrame(page, END);
	await page.locator("#map").focus();
	const keys = [];
	for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"]) {
		await page.keyboard.press(key);
		const shown = await shownBlock(page);
		sameAsFilm(shown, blocks);
		keys.push(shown.key);
	}
	assert.equal(new Set(keys.slice(0, 6)).size, 6, keys.join());
	assert.equal(keys[0], [...blocks.keys()][0]);
	assert.equal(await readout(page), said(film.duration_ns)); // these keys are the map's
});

test("the map is brighter where less is free, and follows time", async (page) => {
	const sample = (frame) => toFrame(page, frame).then(() => page.evaluate(() => document.getElementById("map").toDataURL()));

	const first = await sample(0), last = await sample(END);
	assert.notEqual(first, last);
	assert.equal(await sample(0), first);
	const cells = decode(film.map_reel, 0);
	let free = 0;
	for (const part of film.runs) {
		const odd = new Map();
		for (let i = 0; i < part.odd.length; i += 3)
			odd.set(part.odd[i], [part.odd[i + 1], part.odd[i + 2]]);
		for (let i = 0; i < part.nr; i++) {
			const [all, kept] = odd.get(i) ?? [512, 0];
			free += kept < all && cells[(part.first + i) * (2 + film.owners.length)] === all;
		}
	}
	assert.ok((await text(page, "#map-summary")).includes(`${count(free)} wholly free`));
	await page.locator("#who").selectOption({ label: "pages of: camera" });
	assert.notEqual(await sample(END), last);
});

test("a refused round is found by its button and says why", async (page) => {
	const camera = report.requests.find((r) => r.name === "camera");
	const mark = film.requests[1].marks.find((m) => m[4] < m[3]);

	await page.locator("#lane-list li", { hasText: "camera" }).getByRole("button").click();
	const detail = await text(page, "#lane-detail");
	assert.ok(detail.includes("refused"));
	assert.ok(detail.includes(`${mark[6]} of ${mark[5]} blocks of order 9`), detail);
	for (const zone of camera.why.zones)
		assert.ok(detail.includes(zone.text), zone.text);
	assert.equal(await readout(page), said(camera.why.at_ns));
	await page.locator("#lane-list li", { hasText: "camera" }).getByRole("button").click();
	const second = film.requests[1].whys[0];
	assert.ok((await text(page, "#lane-detail")).includes(second.zones[0].text));
	assert.equal(await readout(page), said(second.at_ns));
	await page.getByRole("button", { name: "Close the round" }).click();
	assert.ok(await page.locator("#lane-detail").isHidden());
});

test("a click on a refused round in its lane opens it", async (page, size) => {
	const mark = film.requests[1].marks.findLast((m) => m[4] < m[3]);
	const lanes = page.locator("#lanes");
	await lanes.scrollIntoViewIfNeeded();
	const box = await lanes.boundingBox();
	const left = size.touch ? 64 : 84; // where the axis begins
	const position = { x: left + mark[0] / film.duration_ns * (box.width - left - 22) + 1, y: 52 + 18 + 10 };

	if (size.touch)
		await lanes.tap({ position });
	else
		await lanes.click({ position });
	assert.ok((await text(page, "#lane-detail")).includes(`${mark[6]} of ${mark[5]} blocks of order 9`));
	assert.equal(await readout(page), said(mark[0]));
});

test("the steps of the timeline are there to be read", async (page) => {
	const button = page.getByRole("button", { name: "next step" });

	await button.click();
	assert.ok((await text(page, "#lane-detail")).includes("4 blocks of low went back"));
	await button.click();
	assert.ok((await text(page, "#lane-detail")).includes("echo 16384 > /proc/sys/vm/min_free_kbytes"));
	assert.equal(await readout(page), said(2e9));
});

test("each failed expectation leads to its moment", async (page) => {
	await toFrame(page, 0);
	await page.locator("#expectations .why", { hasText: "fragmentation index" }).or(page.locator("#expectations .why", { hasText: "watermark" }))
		.getByRole("button").first().click();
	assert.equal(await readout(page), said(report.requests.find((r) => r.name === "camera").why.at_ns));
});

test("the seeds are shown with their spread", async (page) => {
	const rows = await page.locator("#seeds-rows li").allInnerTexts();

	assert.equal(rows.length, report.expectations.length);
	assert.equal(await page.locator("#seeds-rows circle").count(), report.expectations.length * report.seeds.length);
	const values = report.seeds.map((s) => s.actual[1]).sort((a, b) => a - b);
	assert.ok(rows[1].includes(`${values[0]} \u2026 ${values[values.length - 1]}`), rows[1]);
	assert.ok(rows[1].includes(`holds in 0 of ${report.seeds.length}`));
});

test("light and dark change the colours of the page and of the pictures", async (page) => {
	const look = () => page.evaluate(() => [getComputedStyle(document.body).backgroundColor,
		document.getElementById("map").toDataURL().length, document.documentElement.dataset.theme]);
	const before = await look();

	await page.locator("#theme").click();
	const after = await look();
	before.forEach((v, i) => assert.notEqual(v, after[i]));
});

test("whatever can be used has a name", async (page) => {
	const nameless = await page.evaluate(() => [...document.querySelectorAll("button, input, select, canvas, [role]")]
		.filter((e) => !(e.innerText?.trim() || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") ||
			e.labels?.length || e.hidden || e.closest("svg, #timeline")))
		.map((e) => e.outerHTML.slice(0, 80)));
	assert.deepEqual(nameless, []);
	assert.equal(await page.locator("html").getAttribute("lang"), "en");
});

// ------------------------------------------------------------------ running them

const sizes = [
	{ name: "desktop", width: 1400, height: 900, touch: false, scheme: "light" },
	{ name: "phone", width: 390, height: 844, touch: true, scheme: "dark" },
];

async function open(browser, size, trouble) {
	const context = await browser.newContext({
		viewport: { width: size.width, height: size.height }, colorScheme: size.scheme,
		offline: true, hasTouch: size.touch, isMobile: size.touch,
	});
	const page = await context.newPage();

	page.setDefaultTimeout(20000);
	page.on("console", (m) => trouble.push(`console: ${m.text()}`));
	page.on("pageerror", (e) => trouble.push(`error: ${e.stack}`));
	page.on("dialog", (d) => { trouble.push(`dialog: ${d.message()}`); d.dismiss(); });
	page.on("request", (r) => {
		if (!/^(file|data):/.test(r.url()))
			trouble.push(`request: ${r.url()}`);
	});
	await page.goto(pathToFileURL(file).href);
	return { context, page };
}

let passed = 0, failed = 0;
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

for (const size of sizes) {
	for (const { name, body } of tests) {
		const trouble = [];

		try {
			const { context, page } = await open(browser, size, trouble);
			await body(page, size);
			await context.close();
			assert.deepEqual(trouble, []);
			passed++;
		} catch (error) {
			failed++;
			console.log(`FAIL ${size.name}: ${name}\n${error.stack}\n${trouble.join("\n")}`);
		}
	}
}
await browser.close();
rmSync(scratch, { recursive: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
