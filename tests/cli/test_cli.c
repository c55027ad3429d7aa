// SPDX-License-Identifier: MIT
/*
 * The `quarry` command as a user meets it: output, errors in one line, exit codes. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/runner/test.h"

#define QUARRY QY_BINARY_DIR "/quarry"
#define BOARD  QY_SOURCE_DIR "/boards/qemu-virt-8g.dts"

/* What a shell command printed, both streams together, and its exit code. */
struct result {
	char *text;
	int code;
};

static struct result sh(const char *command)
{
	struct result r = { 0 };
	size_t size = 0, got;
	FILE *pipe = popen(command, "r"), *text = open_memstream(&r.text, &size);
	char chunk[4096];
	int status;

	CHECK(pipe && text);
	while ((got = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
		fwrite(chunk, 1, got, text);
	status = pclose(pipe);
	fclose(text);
	r.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return r;
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	CHECK(file != NULL);
	fputs(text, file);
	CHECK_EQ(fclose(file), 0);
}

/* A directory of this test's own; the scenario in it, and commands that start there. */
static char *in_scratch(const char *scenario, const char *command)
{
	static char line[1024];
	char dir[] = "/tmp/quarry-cli-XXXXXX", path[64];

	CHECK(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/x.yaml", dir);
	write_file(path, scenario);
	snprintf(line, sizeof(line),
		"cd %s && { %s; } 2>&1; code=$?; rm -r %s; exit $code", dir, command,
		dir);
	return line;
}

static void expect(const char *command, int code, const char *text)
{
	struct result r = sh(command);

	CHECK_STR_EQ(r.text, text);
	CHECK_EQ(r.code, code);
	free(r.text);
}

#define SCENARIO(count)                                                           \
	"board: {dts: " BOARD ", memory: 64M, smp: 1}\nduration: 1s\n"            \
	"requests: [{name: ring, order: 3, count: " count ", gfp: GFP_ATOMIC}]\n" \
	"expect: [{request: ring, each: 8}]\n"

TEST(cli, what_new_prints_is_checked_as_it_is)
{
	struct result r = sh(in_scratch(SCENARIO("8"),
		"cp " BOARD " 'a \"b\".dts'; " QUARRY
		" new --dtb 'a \"b\".dts' --trace " QY_SOURCE_DIR
		"/tests/data/trace/v7.dat >mine.yaml && " QUARRY
		" check mine.yaml --quiet"));

	CHECK_EQ(r.code, 0);
	CHECK(strstr(r.text, "verdict: PASS (5 expectations)\n"));
	free(r.text);
	/* a tree whose memory the boot loader fills in */
	r = sh(in_scratch(SCENARIO("8"),
		"echo '/dts-v1/; / { cpus { #address-cells = <1>; #size-cells = <0>; "
		"cpu@0 { device_type = \"cpu\"; reg = <0>; }; }; };' >b.dts; " QUARRY
		" new --dtb b.dts -m 64M >mine.yaml && " QUARRY
		" check mine.yaml --quiet && " QUARRY " new --dtb b.dts -m much"));
	CHECK_EQ(r.code, 2);
	CHECK(strstr(r.text, "verdict: PASS (5 expectations)\n"
			     "-m: much: expected a size like 512M, 2G or 0x40000000\n"));
	free(r.text);
	expect(in_scratch(SCENARIO("8"), QUARRY " new --trace /dev/null"), 2,
		"quarry new: no board: give --dtb FILE (a running target has it as /sys/firmware/fdt)\n");
}

#define COSTLY                                                     \
	"board: {dts: b.dts, memory: 64M, smp: 1}\nduration: 1s\n" \
	"requests: [{name: ring, order: 10, count: 1}]\n"          \
	"expect: [{request: ring, latency: 1us}]\n"

TEST(cli, the_costs_beside_the_tree_are_the_boards)
{
	expect(in_scratch(COSTLY,
		       "cp " BOARD " b.dts; echo 'lock = 3us' >b.costs; " QUARRY
		       " check x.yaml --quiet --no-remedy"),
		1,
		"  FAIL  ring: all of 1 blocks of order 10 within 3200 ns (expected 1000 ns)\n"
		"        the slowest that came took 3200 ns, at 0 ns; costs from b.costs:\n"
		"            100 ns  1 calls of the allocator\n"
		"           3000 ns  1 zone locks taken\n"
		"            100 ns  1 blocks taken under them\n"
		"verdict: FAIL (1 of 1 expectations)\n");
	expect(in_scratch(COSTLY, "cp " BOARD " b.dts; echo 'lock = 3' >b.costs; " QUARRY
				  " check x.yaml --quiet"),
		2,
		"b.costs:1: lock: must be a duration of at most 1s, like 150ns (is 3)\n");
}

#define SNAPSHOT "timeline: [{at: 500ms, snapshot: early}]\n"

TEST(cli, snapshots_of_the_timeline_become_a_directory_tree)
{
	expect(in_scratch(SCENARIO("8") SNAPSHOT, QUARRY
		       " check x.yaml --quiet --snapshots d && ls d d/early/proc && "
		       "grep -c DMA d/early/proc/buddyinfo"),
		0,
		"  PASS  ring: 8 of 8 blocks of order 3 in its one round (expected 8)\n"
		"verdict: PASS (1 expectation)\n"
		"d:\nearly\n\nd/early/proc:\nbuddyinfo\ncma\nmeminfo\npagetypeinfo\npressure\nslabinfo\nswaps\nsys\nvmallocinfo\nvmstat\nzoneinfo\n1\n");
	expect(in_scratch(SCENARIO("8") SNAPSHOT, QUARRY
		       " check x.yaml --seeds 2 --json=/dev/null --quiet --snapshots d >o && ls d d/*"),
		0, "d:\nseed-1\nseed-2\n\nd/seed-1:\nearly\n\nd/seed-2:\nearly\n");
}

/* Some minutes of work: blocks that come and go all the time. */
#define LONG                                                                      \
	"board: {dts: " BOARD ", memory: 64M, smp: 1}\nduration: 1000s\n"         \
	"requests: [{name: a, order: 0, count: 1000, every: 1ms, hold: 500us}]\n" \
	"timeline: [{at: 0, snapshot: early}]\n"                                  \
	"expect: [{request: a, each: 8}]\n"

TEST(cli, an_interrupt_leaves_nothing_half_written)
{
	struct result r = sh(in_scratch(LONG,
		"timeout --preserve-status -s INT 1 " QUARRY
		" check x.yaml --snapshots d --log l --json=j; code=$?; ls; (exit $code)"));

	CHECK_EQ(r.code, 128 + 2);
	CHECK_STR_EQ(r.text, "x.yaml\n");
	free(r.text);
}

/* A FAIL whose remedies take several times as long as it took. */
#define LONG_FAIL                                                                 \
	"board: {dts: " BOARD ", memory: 64M, smp: 1}\nduration: 2s\n"            \
	"requests: [{name: a, order: 0, count: 20000, every: 10ms, hold: 5ms}]\n" \
	"timeline: [{at: 0, snapshot: early}]\n"                                  \
	"expect: [{request: a, success: 100%}]\n"

/* Each remedy is tried in a child: the first one behind the snapshot is the moment. */
TEST(cli, an_interrupt_among_remedies_leaves_nothing_either)
{
	struct result r = sh(in_scratch(LONG_FAIL, QUARRY
		" check x.yaml --snapshots d --log l & p=$!; c=/proc/$p/task/$p/children; "
		"until [ -d d ] && [ -n \"$(cat $c)\" ] || ! [ -e $c ]; do sleep 0.01; done; "
		"kill -TERM $p; wait $p 2>&-; code=$?; ls; (exit $code)"));

	CHECK_STR_EQ(r.text, "x.yaml\n");
	CHECK_EQ(r.code, 128 + 15);
	free(r.text);
}

TEST(cli, snapshots_need_a_new_directory_and_a_step_that_takes_one)
{
	expect(in_scratch(SCENARIO("8") SNAPSHOT,
		       "mkdir d; " QUARRY " check x.yaml --snapshots d"),
		2, "d: File exists: give --snapshots the name of a new directory\n");
	expect(in_scratch(SCENARIO("8"), QUARRY " check x.yaml --snapshots d || ls"), 0,
		"x.yaml: --snapshots: the timeline takes none: add `- {at: 1s, snapshot: NAME}`\n"
		"x.yaml\n");
	/* nothing half-written stays */
	expect(in_scratch(
		       SCENARIO(
			       "8") "timeline:\n"
				    "  - {at: 500ms, snapshot: early}\n"
				    "  - {at: 600ms, write: {path: /sys/kernel/debug/fail_page_alloc/times, value: x}}\n",
		       QUARRY " check x.yaml --snapshots d || ls"),
		0,
		"x.yaml: timeline[1].write.value: /sys/kernel/debug/fail_page_alloc/times does not take `x`\n"
		"x.yaml\n");
}

TEST(cli, a_scenario_that_holds_ends_with_0)
{
	struct result r = sh(in_scratch(SCENARIO("8"), QUARRY " check x.yaml"));

	CHECK_EQ(r.code, 0);
	CHECK(strstr(r.text, "quarry check x.yaml\n") == r.text);
	CHECK(strstr(r.text, "\nverdict: PASS (1 expectation)\n"));
	CHECK(!strchr(r.text, '\033'));
	free(r.text);
}

TEST(cli, a_failed_expectation_ends_with_1_and_says_why)
{
	struct result r = sh(in_scratch(
		"board: {dts: " BOARD ", memory: 64M, smp: 1}\nduration: 1s\n"
		"requests: [{name: all, order: 3, count: 4096, gfp: GFP_ATOMIC|__GFP_NOWARN}]\n"
		"expect: [{request: all, success: 100%}]\n",
		QUARRY " check x.yaml"));

	CHECK_EQ(r.code, 1);
	CHECK(strstr(r.text, "        why: "));
	CHECK(strstr(r.text, "\nverdict: FAIL (1 of 1 expectations)\n"));
	free(r.text);
}

#define TOO_MUCH                                                             \
	"board: {dts: " BOARD ", memory: 64M, smp: 1}\nduration: 1s\n"       \
	"requests: [{name: ring, order: 3, count: 4096, gfp: GFP_ATOMIC}]\n" \
	"expect: [{request: ring, success: 100%}]\n"

TEST(cli, a_remedy_is_looked_for_unless_told_otherwise)
{
	struct result r = sh(in_scratch(TOO_MUCH, QUARRY " check --quiet x.yaml"));

	CHECK_EQ(r.code, 1);
	CHECK(strstr(r.text, "\n        remedy: "));
	CHECK(!strstr(r.text, "trying"));
	free(r.text);
	r = sh(in_scratch(TOO_MUCH, QUARRY " check --quiet --no-remedy x.yaml"));
	CHECK_EQ(r.code, 1);
	CHECK(!strstr(r.text, "remedy"));
	free(r.text);
}

/* Five buffers of 4 MiB need 20. */
#define CAMERA                                                                           \
	"board: {dts: " BOARD ", memory: 128M, smp: 1, append: cma=16M}\nduration: 1s\n" \
	"requests: [{name: camera, cma: default, size: 4M, count: 5}]\n"                 \
	"expect: [{request: camera, each: 5}]\n"

TEST(cli, fit_prints_the_value_that_passes_and_its_neighbour)
{
	expect(in_scratch(CAMERA, QUARRY " fit cma x.yaml"), 0,
		"camera: cma=20M (tried: passes; 18M still fails)\n");
	expect(in_scratch(CAMERA, QUARRY " fit cma x.yaml --append cma=20M"), 0,
		"all expectations hold as it is\n");
	expect(in_scratch(CAMERA, QUARRY " fit lowmem_reserve_ratio x.yaml"), 1,
		"camera: none: there is nothing to try for this one\n");
}

TEST(cli, flags_override_the_scenario)
{
	struct result r = sh(in_scratch(SCENARIO("8"), QUARRY
		" check x.yaml -m 128M -smp 2 --seed=9 --quiet"
		" --sysctl vm.min_free_kbytes=4096 --append transparent_hugepage=never"));

	CHECK_STR_EQ(r.text,
		"  PASS  ring: 8 of 8 blocks of order 3 in its one round (expected 8)\n"
		"verdict: PASS (1 expectation)\n");
	CHECK_EQ(r.code, 0);
	free(r.text);
	r = sh(in_scratch(SCENARIO("8"), QUARRY " check x.yaml -m 128M -smp 2 --seed 9"));
	CHECK(strstr(r.text, "arm64, 2 CPUs, 128 MiB of RAM"));
	CHECK(strstr(r.text, ", seed 9\n"));
	free(r.text);
}

TEST(cli, two_runs_write_the_same_bytes)
{
	struct result r = sh(in_scratch(SCENARIO("8"), QUARRY
		" check x.yaml --log a > a.txt && " QUARRY
		" check x.yaml --log b > b.txt && cmp a b && cmp a.txt b.txt && test -s a"
		" && grep -c 'ring: round 0: got 8 of 8' a"));

	CHECK_STR_EQ(r.text, "1\n");
	CHECK_EQ(r.code, 0);
	free(r.text);
}

TEST(cli, bad_input_is_one_line_and_2)
{
	static const struct {
		const char *command, *line;
	} cases[] = {
		{ QUARRY, "quarry: a verb is missing: see `quarry help`\n" },
		{ QUARRY " chekc x.yaml",
			"quarry: no verb `chekc`: did you mean check?\n" },
		{ QUARRY " replay", "quarry: no verb `replay`: see `quarry help`\n" },
		{ QUARRY " check",
			"quarry check: SCENARIO.yaml is missing: see `quarry help check`\n" },
		{ QUARRY " check a b",
			"quarry check: one SCENARIO.yaml at a time: `b` is too much\n" },
		{ QUARRY " check --sed 1 x.yaml",
			"quarry check: unknown flag --sed: did you mean --seed?\n" },
		{ QUARRY " check --colour x.yaml",
			"quarry check: unknown flag --colour: see `quarry help check`\n" },
		{ QUARRY " check x.yaml --seed",
			"quarry check: --seed: its value is missing (N)\n" },
		{ QUARRY " check x.yaml --quiet=1",
			"quarry check: --quiet takes no value\n" },
		{ QUARRY " check x.yaml --seed one",
			"quarry: --seed: must be a number (is one)\n" },
		{ QUARRY " check x.yaml -smp 0",
			"quarry check: -smp: must be 1..256 (is 0)\n" },
		{ QUARRY " check no.yaml",
			"no.yaml: No such file or directory: give the path of a scenario (.yaml)\n" },
		{ QUARRY " check x.yaml --log no/dir",
			"no/dir: No such file or directory: give --log a file that can be written\n" },
		{ QUARRY " check x.yaml --log /dev/full",
			"/dev/full: No space left on device: nothing was written\n" },
		{ QUARRY " check x.yaml > /dev/full",
			"quarry: standard output: No space left on device: the output is incomplete\n" },
		{ QUARRY " check x.yaml --log ''",
			"quarry check: --log: its value is empty (FILE)\n" },
		{ QUARRY " check x.yaml --json=a --json=b",
			"quarry check: --json is given twice: a, then b\n" },
		{ QUARRY " check x.yaml --junit --ktap --junit=c",
			"quarry check: --junit is given twice: -, then c\n" },
		{ QUARRY " check x.yaml --html a --html b",
			"quarry check: --html is given twice: a, then b\n" },
		{ QUARRY " check x.yaml --log a --log b",
			"quarry check: --log is given twice: a, then b\n" },
		{ QUARRY " check x.yaml --snapshots a --snapshots b",
			"quarry check: --snapshots is given twice: a, then b\n" },
		{ QUARRY " boot --dtb " BOARD " --proc a --proc b",
			"quarry boot: --proc is given twice: a, then b\n" },
		{ QUARRY " check x.yaml --json --junit",
			"quarry check: --json and --junit both go to standard output: give one a file (--junit=FILE)\n" },
		{ QUARRY " check x.yaml --json=no/dir",
			"no/dir: No such file or directory: give the path of a file that can be written\n" },
		{ QUARRY " check x.yaml --html no/dir",
			"no/dir: No such file or directory: give the path of a file that can be written\n" },
		{ QUARRY " check x.yaml --html",
			"quarry check: --html: its value is missing (FILE)\n" },
		{ QUARRY " check x.yaml --json --html -",
			"quarry check: --json and --html both go to standard output: give one a file (--html=FILE)\n" },
		{ QUARRY " check x.yaml --json= ",
			"quarry check: --json: its value is empty (FILE)\n" },
		{ QUARRY " check x.yaml --json > /dev/full",
			"quarry: standard output: No space left on device: the output is incomplete\n" },
		{ QUARRY " boot",
			"quarry boot: --dtb is missing: give a device tree (.dts or .dtb)\n" },
		{ QUARRY " boot --dtb " BOARD " --show slabs",
			"quarry boot: --show: no view `slabs`: buddyinfo, pagetypeinfo, zoneinfo, meminfo, vmstat, slabinfo, extfrag_index, unusable_index, sysctl, show_mem, page_owner, allocinfo, cma, devices (with commas between them) or all\n" },
		{ QUARRY " boot --dtb " BOARD " --quiet --show page_owner",
			"quarry boot: --show: this board was booted without page_owner: add page_owner=on to its command line\n" },
		{ QUARRY " fit", "quarry fit: KNOB is missing: see `quarry help fit`\n" },
		{ QUARRY " fit cma",
			"quarry fit: SCENARIO.yaml is missing: see `quarry help fit`\n" },
		{ QUARRY " fit speed x.yaml",
			"quarry fit: no knob `speed` (there are cma, area, swappiness, min_free_kbytes, lowmem_reserve_ratio, watermark_scale_factor, watermark_boost_factor, percpu_pagelist_high_fraction, movablecore, kernelcore, memory)\n" },
		{ QUARRY " boot x",
			"quarry boot: unexpected word `x`: see `quarry help boot`\n" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect(in_scratch(SCENARIO("8"), cases[i].command), 2, cases[i].line);
}

TEST(cli, a_wrong_scenario_names_its_path)
{
	static const char in_board[] = "board: {dts: " BOARD ", %s}\nduration: 1s\n"
				       "expect: [{free: {at_least: 1M}}]\n";
	char text[512];

	expect(in_scratch(SCENARIO("0"), QUARRY " check x.yaml"), 2,
		"x.yaml: requests[0].count: must be 1..65536 (is 0)\n");
	snprintf(text, sizeof(text), in_board, "memory: lots");
	expect(in_scratch(text, QUARRY " check x.yaml"), 2,
		"x.yaml: board.memory: lots: expected a size like 512M, 2G or 0x40000000\n");
	expect(in_scratch(text, QUARRY " check x.yaml -m more"), 2,
		"-m: more: expected a size like 512M, 2G or 0x40000000\n");
	snprintf(text, sizeof(text), in_board, "memory: 64M, sysctl: [vm.swappiness]");
	expect(in_scratch(text, QUARRY " check x.yaml"), 2,
		"x.yaml: board.sysctl: 'vm.swappiness': expected KEY=VALUE\n");
	snprintf(text, sizeof(text), in_board, "memory: 64M");
	expect(in_scratch(text, QUARRY " check x.yaml --sysctl vm.swappiness"), 2,
		"--sysctl: 'vm.swappiness': expected KEY=VALUE\n");
}

TEST(cli, a_setting_without_effect_is_a_note_in_the_report)
{
	struct result r = sh(in_scratch(SCENARIO("8"), QUARRY
		" check x.yaml --append page_poison=1 --sysctl vm.min_free_kbyte=9 | grep -A1 ^note"));

	CHECK_STR_EQ(r.text,
		"note     option page_poison does nothing yet\n"
		"         --sysctl: sysctl vm.min_free_kbyte: Linux 6.12 has no such key, ignored\n");
	free(r.text);
}

TEST(cli, boot_prints_the_log_and_a_view_alone_is_byte_exact)
{
	struct result r = sh(QUARRY " boot --dtb " BOARD " -m 64M --show buddyinfo");

	CHECK_EQ(r.code, 0);
	CHECK(strstr(r.text, "[    0.000000] Zone ranges:\n"));
	CHECK(strstr(r.text, "\n==> /proc/buddyinfo <==\nNode 0, zone      DMA "));
	free(r.text);
	r = sh(QUARRY " boot --dtb " BOARD " -m 64M --show buddyinfo --quiet");
	CHECK_EQ(r.code, 0);
	CHECK(strstr(r.text, "Node 0, zone      DMA ") == r.text);
	CHECK(strchr(r.text, '\n') == r.text + strlen(r.text) - 1);
	free(r.text);
}

TEST(cli, boot_writes_json_instead_of_the_text_or_beside_it)
{
	struct result r =
		sh(QUARRY " boot --dtb " BOARD " -m 64M --json --show buddyinfo");

	CHECK_EQ(r.code, 0);
	CHECK(strstr(r.text, "{\n  \"schema\": \"quarry-boot/1\",\n") == r.text);
	CHECK(strstr(r.text, "\"log\": [\n    \"Machine model: "));
	CHECK(strstr(r.text, "\"buddyinfo\": ["));
	CHECK(!strstr(r.text, "zoneinfo"));
	CHECK(strcmp(r.text + strlen(r.text) - 3, "\n}\n") == 0);
	free(r.text);
	r = sh(in_scratch("", QUARRY
		" boot --dtb " BOARD
		" -m 64M --quiet --json=a.json --show vmstat | head -n 1 && " QUARRY
		" boot --dtb " BOARD
		" -m 64M --quiet --json --show vmstat | cmp - a.json"));
	CHECK_EQ(r.code, 0);
	CHECK(strstr(r.text, "nr_free_pages ") == r.text);
	free(r.text);
	r = sh(QUARRY " boot --dtb " BOARD " -m 64M --quiet --json=/nowhere/a.json 2>&1");
	CHECK_EQ(r.code, 2);
	CHECK_STR_EQ(r.text,
		"/nowhere/a.json: No such file or directory: give the path of a file that can be written\n");
	free(r.text);
}

TEST(cli, boot_shows_every_view_that_the_board_has)
{
	struct result r = sh(QUARRY
		" boot --dtb " BOARD
		" -m 256M --quiet --show all --append 'page_owner=on sysctl.vm.mem_profiling=1'"
		" | grep '^==>'");

	CHECK_STR_EQ(r.text,
		"==> /proc/buddyinfo <==\n==> /proc/pagetypeinfo <==\n==> /proc/zoneinfo <==\n"
		"==> /proc/meminfo <==\n==> /proc/vmstat <==\n==> /proc/slabinfo <==\n"
		"==> /sys/kernel/debug/extfrag/extfrag_index <==\n"
		"==> /sys/kernel/debug/extfrag/unusable_index <==\n==> sysctl <==\n"
		"==> show_mem <==\n==> /sys/kernel/debug/page_owner <==\n"
		"==> /proc/allocinfo <==\n==> /proc/cma <==\n==> devices <==\n");
	free(r.text);
	r = sh(QUARRY " boot --dtb " BOARD
		      " -m 64M --quiet --show all | grep -e owner -e allocinfo");
	CHECK_STR_EQ(r.text, "");
	free(r.text);
}

TEST(cli, formats_go_to_files_beside_the_text_or_instead_of_it)
{
	struct result r = sh(in_scratch(SCENARIO("8"), QUARRY
		" check x.yaml --quiet --json=a.json --ktap=a.ktap --junit=a.xml && " QUARRY
		" check x.yaml --json | cmp - a.json && " QUARRY
		" check x.yaml --ktap --junit=b.xml | cmp - a.ktap && cmp a.xml b.xml"
		" && head -n 1 a.ktap"));

	CHECK_STR_EQ(r.text,
		"  PASS  ring: 8 of 8 blocks of order 3 in its one round (expected 8)\n"
		"verdict: PASS (1 expectation)\nKTAP version 1\n");
	CHECK_EQ(r.code, 0);
	free(r.text);
}

TEST(cli, the_page_is_a_file_of_the_same_bytes_each_time)
{
	struct result r = sh(in_scratch(SCENARIO("8"),
		QUARRY " check x.yaml --quiet --html a.html && " QUARRY
		       " check x.yaml --html - | cmp - a.html && head -n 1 a.html"));

	CHECK_STR_EQ(r.text,
		"  PASS  ring: 8 of 8 blocks of order 3 in its one round (expected 8)\n"
		"verdict: PASS (1 expectation)\n<!doctype html>\n");
	CHECK_EQ(r.code, 0);
	free(r.text);
}

TEST(cli, a_format_keeps_the_exit_code_of_the_verdict)
{
	struct result r = sh(in_scratch(
		"board: {dts: " BOARD ", memory: 64M, smp: 1}\nduration: 1s\n"
		"requests: [{name: all, order: 3, count: 4096, gfp: GFP_ATOMIC|__GFP_NOWARN}]\n"
		"expect: [{request: all, success: 100%}]\n",
		QUARRY " check x.yaml --ktap"));

	CHECK_EQ(r.code, 1);
	CHECK(strstr(r.text, "\nnot ok 1 all: success 100.000%\nok 2 "));
	CHECK(!strstr(r.text, "verdict: "));
	free(r.text);
}

TEST(cli, a_full_disk_leaves_no_half_a_report)
{
	struct result r = sh(in_scratch(SCENARIO("8"),
		"dtc -q -o b.dtb " BOARD " && (ulimit -f 1; trap '' XFSZ; " QUARRY
		" check x.yaml --dtb b.dtb --json=a.json > /dev/null); echo $?; test ! -e a.json"));

	CHECK_STR_EQ(r.text, "a.json: File too large: nothing was written\n2\n");
	CHECK_EQ(r.code, 0);
	free(r.text);
}

TEST(cli, a_full_disk_leaves_no_half_a_log_and_no_snapshots)
{
	struct result r = sh(in_scratch(
		"board: {dts: " BOARD ", memory: 64M}\nduration: 1s\n"
		"requests: [{name: ring, order: 0, every: 10ms}]\n" SNAPSHOT
		"expect: [{request: ring, each: 1}]\n",
		"dtc -q -o b.dtb " BOARD " && (ulimit -f 1; trap '' XFSZ; " QUARRY
		" check x.yaml --dtb b.dtb --log l >/dev/null; " QUARRY
		" check x.yaml --dtb b.dtb --log l --snapshots d >/dev/null); echo $?; ls"));

	CHECK(strstr(r.text, "l: File too large: nothing was written\nd/early/") ==
		r.text);
	CHECK(strstr(
		r.text, ": File too large: nothing was written\n2\nb.dtb\nx.yaml\n"));
	free(r.text);
}

/* Ended at 40 moments from the start of the command to its end. */
TEST(cli, an_interrupt_leaves_a_whole_tree_or_none)
{
	unsigned int whole = 0, other = 0;
	int end = 0;
	struct result r = sh(in_scratch(SCENARIO("8"),
		"dtc -q -o b.dtb " BOARD "; " QUARRY
		" boot --dtb b.dtb -m 64M --quiet --proc d; find d -type f | wc -l; rm -r d; "
		"for t in 1 2 3 4; do for u in 0 1 2 3 4 5 6 7 8 9; do timeout -s INT 0.00$t$u " QUARRY
		" boot --dtb b.dtb -m 64M --quiet --proc d; "
		"test ! -e d || find d -type f | wc -l; rm -rf d; done; done | sort -u"));

	/* of an undisturbed run, then of every other one: one number at most, and the same */
	CHECK_EQ(sscanf(r.text, "%u\n%n%u\n%n", &whole, &end, &other, &end) > 0, true);
	CHECK_EQ(r.text[end], '\0');
	CHECK(!other || other == whole);
	CHECK(whole > 23);
	free(r.text);
}

TEST(cli, boot_writes_its_files_as_a_tree_or_not_at_all)
{
	struct result r = sh(in_scratch(SCENARIO("8"),
		QUARRY " boot --dtb " BOARD " -m 64M --quiet --proc d && " QUARRY
		       " boot --dtb " BOARD
		       " -m 64M --quiet --show zoneinfo | cmp - d/proc/zoneinfo"
		       " && find d -type f -not -path '*/kernel/slab/*' | wc -l"
		       " && cat d/sys/kernel/slab/kmalloc-64/align"
		       " && cat d/proc/sys/vm/watermark_scale_factor"
		       " d/sys/kernel/debug/fail_page_alloc/probability"
		       " && grep -c '^pgfree ' d/proc/vmstat; " QUARRY
		       " boot --dtb " BOARD " -m 64M --quiet --proc d"));

	CHECK_STR_EQ(r.text,
		"54\n64\n10\n0\n1\n"
		"quarry boot: --proc: d: File exists: give the name of a new directory\n");
	CHECK_EQ(r.code, 2);
	free(r.text);
	r = sh(in_scratch(SCENARIO("8"),
		"dtc -q -o b.dtb " BOARD " && (ulimit -f 1; trap '' XFSZ; " QUARRY
		" boot --dtb b.dtb --quiet --proc d); echo $?; test ! -e d"));
	CHECK(strstr(r.text, "quarry boot: --proc: d/proc/") == r.text);
	CHECK(strstr(r.text, ": File too large: nothing was written\n2\n"));
	CHECK_EQ(r.code, 0);
	free(r.text);
}

TEST(cli, help_names_every_flag)
{
	struct result r = sh(QUARRY " help check");

	CHECK_EQ(r.code, 0);
	CHECK(strstr(r.text, "--seed N"));
	CHECK(strstr(r.text, "--sysctl KEY=VALUE"));
	free(r.text);
	expect(in_scratch("", QUARRY " check -h > h && " QUARRY " help check | cmp - h"),
		0, "");
	r = sh(QUARRY " --version");
	CHECK_STR_EQ(r.text, "quarry 0.1.0\n");
	free(r.text);
}
