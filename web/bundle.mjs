// SPDX-License-Identifier: MIT
// Makes the one file of the report page: script and styles bundled into page.html. The data comes in later, at its mark.
// usage: node bundle.mjs OUTPUT
import { build } from "esbuild";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const output = process.argv[2];

async function bundled(entry) {
	const result = await build({
		absWorkingDir: here,
		entryPoints: [entry],
		bundle: true,
		minify: true,
		write: false,
		format: "iife",
		target: ["chrome100", "firefox100", "safari15"],
		charset: "ascii",
		legalComments: "none",
		logLevel: "warning",
	});

	return result.outputFiles[0].text.trimEnd();
}

function put(page, mark, text) {
	const parts = page.split(mark);

	if (parts.length !== 2)
		throw new Error(`page.html: ${mark} must be there once`);
	return parts.join(text);
}

const licence = readFileSync(join(here, "node_modules/uplot/LICENSE"), "utf8").trim();
const script = await bundled("src/main.js");
const style = await bundled("src/page.css");
let page = readFileSync(join(here, "src/page.html"), "utf8");

if (/<\/(script|style)|<!--/i.test(script + style + licence))
	throw new Error("the bundle would end its own element");
page = put(page, "/*style*/", style);
page = put(page, "/*licence*/", `/* uPlot: ${licence} */`);
page = put(page, "/*script*/", script);
put(page, "<!--data-->", "");
writeFileSync(`${output}.new`, page);
renameSync(`${output}.new`, output);
