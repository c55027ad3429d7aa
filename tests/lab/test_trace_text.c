// SPDX-License-Identifier: MIT
/*
 * Page events as text: what kernels 5.x to 6.x, trace-cmd report and perf script print, packed or not, and what is
 * refused. tests/lab/data/trace-text/linux-6.12.txt was recorded in a guest; the other lines are made up in the layout
 * of the tool that each names.
 */
#include "lab/trace_text.h"
#include "lab/check.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RECORDED QY_SOURCE_DIR "/tests/lab/data/trace-text/linux-6.12.txt"
#define REPORT   QY_SOURCE_DIR "/tests/data/trace/report-ns.txt"
#define DAT      QY_SOURCE_DIR "/tests/data/trace/v7.dat"
#define PATH     "some.txt"

/* Fed @step bytes at a time. Return: as qy_trace_text_end(). */
static int read_text(
	const char *text, size_t step, struct qy_trace *trace, struct qy_err *err)
{
	struct qy_trace_text *t = qy_trace_text_new(PATH, err);
	size_t size = strlen(text);
	int ret;

	CHECK(t != NULL);
	for (size_t at = 0; at < size; at += step)
		qy_trace_text_feed(t, text + at, size - at < step ? size - at : step);
	ret = qy_trace_text_end(t, trace);
	qy_trace_text_free(t);
	return ret;
}

static void read_good(const char *text, struct qy_trace *trace)
{
	struct qy_err err = { "" };

	if (read_text(text, 4096, trace, &err))
		FAIL("%s", err.text);
}

static void refused(const char *text, const char *line)
{
	struct qy_trace trace;
	struct qy_err err = { "" };

	CHECK_EQ(read_text(text, 4096, &trace, &err), -1);
	CHECK_STR_EQ(err.text, line);
	CHECK(trace.events == NULL);
}

static void load(const char *path, struct qy_trace *trace)
{
	struct qy_err err = { "" };

	if (qy_trace_load(path, trace, &err))
		FAIL("%s", err.text);
}

static void check_same(const struct qy_trace *a, const struct qy_trace *b)
{
	CHECK_EQ(a->nr_events, b->nr_events);
	for (size_t i = 0; i < a->nr_events; i++) {
		const struct qy_page_event *x = &a->events[i], *y = &b->events[i];

		CHECK_EQ(x->ts_ns, y->ts_ns);
		CHECK_EQ(x->pfn, y->pfn);
		CHECK_EQ(x->gfp, y->gfp);
		CHECK_EQ(x->pid, y->pid);
		CHECK_EQ(x->cpu, y->cpu);
		CHECK_EQ(x->order, y->order);
		CHECK_EQ(x->migratetype, y->migratetype);
		CHECK_EQ(x->kind, y->kind);
		CHECK_STR_EQ(a->tasks[x->task].comm, b->tasks[y->task].comm);
	}
}

#define FREE(cpu, time, pfn)                                                        \
	"  x-7  [00" cpu "] d..2. " time ": mm_page_free: page=00000000ab pfn=" pfn \
	" order=0\n"

TEST(trace_text, every_layout_gives_the_same_event)
{
	static const char *const lines[] = {
		/* tracefs, 6.x and 5.x, with thread group, without context, from trace_pipe */
		"   kworker/0:1-31      [001] d..2.    12.500000: mm_page_alloc: page=ffd4000000031d40 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"   kworker/0:1-31    [001] d..2    12.500000: mm_page_alloc: page=00000000deadbeef pfn=51072 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"   kworker/0:1-31    (    31) [001] dNh4.    12.500000: mm_page_alloc: page=0000000012 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		" a [0] b-31 (-------) [001]    12.500000: mm_page_alloc: page=0000000012 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		/* trace-cmd report, also -t and with context */
		"           <...>-31    [001]    12.500000: mm_page_alloc:        page=0xc780 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"           <...>-31    [001]    12.500000000: mm_page_alloc:        page=0xc780 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"     the task-31    [001] d..2.    12.500000: mm_page_alloc:        page=0xc780 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		/* perf script, and with the task's thread group */
		"kworker/0:1    31 [001]    12.500000: kmem:mm_page_alloc: page=0xffffea0000031e00 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"kworker/0:1    30/31 [001]    12.500000:       kmem:mm_page_alloc: page=0xffffea0000031e00 pfn=51072 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\r\n",
		/* perf script with the period, trace-cmd report --ts-diff and -l, tracefs with latency-format */
		"kworker/0:1    30/31 [001]    12.500000:          1 kmem:mm_page_alloc: page=0xffffea0000031e00 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"           <...>-31    [001]    12.500000: (+22143) mm_page_alloc:        page=0xc780 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		" 7 b (x)-31      1.....    12.500000: mm_page_alloc:        page=0xc780 pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"kworker/-31         1dNh4. 12500000us+: mm_page_alloc: page=00000000ab pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
		"kworker/-31         1d..2  12500000us : mm_page_alloc: page=00000000ab pfn=0xc780 order=3 migratetype=2 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n",
	};

	static const char *const names[] = { "kworker/0:1", "kworker/0:1", "kworker/0:1",
		"a [0] b", "<...>", "<...>", "the task", "kworker/0:1", "kworker/0:1",
		"kworker/0:1", "<...>", "7 b (x)", "kworker/", "kworker/" };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct qy_trace trace;

		read_good(lines[i], &trace);
		CHECK_EQ(trace.nr_events, 1);
		CHECK_EQ(trace.start_ns, 12500000000);
		CHECK_EQ(trace.nr_cpus, 2);
		CHECK_EQ(trace.events[0].kind, QY_EV_ALLOC);
		CHECK_EQ(trace.events[0].pfn, 0xc780);
		CHECK_EQ(trace.events[0].order, 3);
		CHECK_EQ(trace.events[0].migratetype, 2);
		CHECK_EQ(trace.events[0].pid, 31);
		CHECK_EQ(trace.nr_tasks, 2);
		CHECK_EQ(trace.tasks[1].pid, 31);
		CHECK_EQ(trace.events[0].task, 1);
		CHECK_STR_EQ(trace.tasks[1].comm, names[i]);
		CHECK_EQ(trace.events[0].cpu, 1);
		CHECK_EQ(trace.events[0].gfp, QY_GFP_KERNEL | QY___GFP_RECLAIMABLE);
		qy_trace_free(&trace);
	}
}

TEST(trace_text, an_event_without_a_task_is_nobodys)
{
	struct qy_trace trace;

	read_good(
		"[001]  12.5: kmem:mm_page_free: page=0x1 pfn=0xc780 order=3\n", &trace);
	CHECK_EQ(trace.nr_events, 1);
	CHECK_EQ(trace.events[0].cpu, 1);
	CHECK_EQ(trace.nr_tasks, 1);
	CHECK_EQ(trace.events[0].task, 0);
	qy_trace_free(&trace);
}

TEST(trace_text, a_task_has_the_first_name_that_is_one)
{
	struct qy_trace trace;
	const char *rest =
		"     [001] d..2.    12.500000: mm_page_free: page=0000000012 pfn=0xc780 order=0\n";
	char text[1024];

	snprintf(text, sizeof(text), "  <...>-7%s  cat\033-7%s  dog-7%s  -8%s  idle-0%s",
		rest, rest, rest, rest, rest);
	read_good(text, &trace);
	CHECK_EQ(trace.nr_events, 5);
	CHECK_EQ(trace.nr_tasks, 4);
	CHECK_STR_EQ(trace.tasks[0].comm, "<...>");
	CHECK_STR_EQ(trace.tasks[1].comm, "cat?"); /* nothing that a terminal obeys */
	CHECK_STR_EQ(trace.tasks[2].comm, "");
	CHECK_STR_EQ(trace.tasks[3].comm, "idle");
	CHECK_EQ(trace.tasks[3].pid, 0);
	CHECK_EQ(trace.events[2].task, 1);
	qy_trace_free(&trace);
}

TEST(trace_text, flags_are_known_by_the_names_of_every_kernel)
{
	static const struct {
		const char *text;
		qy_gfp_t bits;
		const char *unknown;
		bool assumed;
	} cases[] = {
		{ "none", 0, "", false },
		{ "GFP_HIGHUSER_MOVABLE|__GFP_ZERO",
			QY_GFP_HIGHUSER_MOVABLE | QY___GFP_ZERO, "", false },
		{ "__GFP_HIGH|__GFP_ATOMIC|__GFP_KSWAPD_RECLAIM", QY_GFP_ATOMIC, "",
			false },
		{ "GFP_TRANSHUGE_LIGHT|__GFP_THISNODE",
			QY_GFP_TRANSHUGE_LIGHT | QY___GFP_THISNODE, "", false },
		{ "GFP_KERNEL|__GFP_SKIP_KASAN_POISON|__GFP_NOLOCKDEP", QY_GFP_KERNEL, "",
			false },
		{ "GFP_KERNEL|__GFP_COLD|0x8000000", QY_GFP_KERNEL,
			"__GFP_COLD|0x8000000", false },
		{ "GFP_KERNEL|__GFP_\033[1m", QY_GFP_KERNEL, "__GFP_??1m", false },
		{ "0xcc0", QY_GFP_KERNEL, "", true },
	};
	char line[400];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qy_trace trace;

		snprintf(line, sizeof(line),
			" x-1 [000] .... 1.0: mm_page_alloc: page=1 pfn=0x2 order=1 migratetype=0 gfp_flags=%s\n",
			cases[i].text);
		read_good(line, &trace);
		CHECK_EQ(trace.events[0].gfp, cases[i].bits);
		CHECK_STR_EQ(trace.unknown_flags, cases[i].unknown);
		CHECK_EQ(trace.flags_assumed, cases[i].assumed);
		qy_trace_free(&trace);
	}
}

TEST(trace_text, what_is_no_event_is_counted_or_passed_over)
{
	static const char text[] =
		"# tracer: nop\n#\n# entries-in-buffer/entries-written: 5/5   #P:4\n"
		"##### CPU 1 buffer started ####\n" FREE("0", "1.000000",
			"0x10") "CPU:1 [LOST 7 EVENTS]\nCPU:0 [LOST EVENTS]\nCPU:2 [30 EVENTS DROPPED]\n"
				" x-7 [001] d..2. 1.000001: mm_page_alloc_extfrag: page=1 pfn=0x400 alloc_order=0\n"
				" x-7 [001] d..2. 1.000002: mm_page_free_batched: page=1 pfn=0x11 order=0\n"
				" x-7 [001] d..2. 1.000002: kernel_stack: <stack trace >\n"
				" => __alloc_pages\n\n"
				" x-7 [001] ..... 1.000003: tracing_mark_write: pfn=0x1 order=1\n"
				" x-7 [001] ..... 1.000004: mm_page_alloc: page=0000000000000000 pfn=0x0 order=4 migratetype=0 gfp_flags=GFP_KERNEL\n"
				" x-7 [001] ..... 1.000004: mm_page_alloc: page=(null) pfn=18446744073709551615 order=4 migratetype=0 gfp_flags=GFP_KERNEL\n"
				" x-7 [001] ..... 1.000004: mm_page_free: page=1 pfn=0x11 order=1\n" FREE(
					"1", "0.999999", "0x12");
	struct qy_trace trace;

	read_good(text, &trace);
	CHECK_EQ(trace.nr_events, 2);
	CHECK_EQ(trace.nr_cpus, 4);
	CHECK_EQ(trace.nr_lost, 38);
	CHECK_EQ(trace.nr_other, 5);
	CHECK_EQ(trace.nr_failed_alloc, 2);
	CHECK_EQ(trace.nr_bad, 1);
	CHECK_EQ(trace.nr_backwards, 1);
	CHECK_EQ(trace.events[1].ts_ns, 0);
	qy_trace_free(&trace);
}

TEST(trace_text, what_cannot_be_read_ends_in_a_line_with_its_place)
{
#define WAY_OUT "; the text is damaged; copy or record it again"
#define RECORD                                                                          \
	"; record a trace.dat with trace-cmd record -e kmem, or the text of tracefs's " \
	"trace with the events kmem:mm_page_alloc and kmem:mm_page_free on"
	const char *good = FREE("0", "1.000000", "0x10");
	char text[8192];

	refused("", PATH ": the file is empty; record it again");
	refused("hello\n", PATH ":1: neither a trace.dat nor the text of a trace" RECORD);
	refused("# tracer: nop\n", PATH ": no page event in it" RECORD);
	refused(FREE("0", "1.000000",
			"0x10") " x-7 [000] .... 2.0: mm_page_free: page=1 pfn=0x1",
		PATH
		":2: the last line has no end: the text is cut short; copy or record it again");
	refused(" x-7 [000] .... 2.0: mm_page_free: page=1 pfn=0x1 ord\n",
		PATH ":1: a page event without its fields" WAY_OUT);
	refused(" x-7 [000] .... 2.0: mm_page_free: page=1 pfn=zz order=0\n",
		PATH ":1: a page event without its frame number" WAY_OUT);
	refused(" x-7 [000] .... 2.0: mm_page_alloc: page=1 pfn=0x1 order=0 migratetype=1 gfp_flags=\n",
		PATH ":1: a page event without its fields" WAY_OUT);
	refused(" x-7 [999] .... 2.0: mm_page_free: page=1 pfn=0x1 order=0\n",
		PATH ":1: a CPU number of no machine" WAY_OUT);
	refused(" x-7 [000] .... 2000: mm_page_free: page=1 pfn=0x1 order=0\n", PATH
		":1: a clock that does not count nanoseconds; write mono to trace_clock and record it again");
	snprintf(text, sizeof(text),
		"%sx-7   0d..2.  12 : mm_page_free: page=1 pfn=0x1 order=0\n", good);
	refused(text,
		PATH ":2: a page event that cannot be read; copy or record it again");
	snprintf(text, sizeof(text), "%s%5000d\n", good, 1);
	refused(text, PATH ":2: not a line of text" WAY_OUT);
}

TEST(trace_text, the_size_of_the_pieces_does_not_matter)
{
	static char text[65536];
	FILE *file = fopen(RECORDED, "r");
	struct qy_trace whole, pieces;
	struct qy_err err = { "" };

	CHECK(file && fread(text, 1, sizeof(text) - 1, file) > 1000);
	fclose(file);
	read_good(text, &whole);
	CHECK_EQ(whole.nr_alloc, 60);
	CHECK_EQ(whole.nr_free, 60);
	for (size_t step = 1; step < 200; step += 33) {
		CHECK_EQ(read_text(text, step, &pieces, &err), 0);
		check_same(&pieces, &whole);
		qy_trace_free(&pieces);
	}
	qy_trace_free(&whole);
}

TEST(trace_text, the_text_of_a_recording_is_the_recording)
{
	struct qy_trace dat, text;

	load(DAT, &dat);
	load(REPORT, &text);
	CHECK_EQ(text.start_ns, dat.start_ns);
	CHECK_EQ(text.duration_ns, dat.duration_ns);
	CHECK_EQ(text.nr_cpus, dat.nr_cpus);
	check_same(&text, &dat);
	qy_trace_free(&dat);
	qy_trace_free(&text);
}

static uint64_t digest_of(const char *path)
{
	struct qy_check_hooks hooks = { 0 };
	struct qy_scenario *s;
	struct qy_check check;
	struct qy_err err = { "" };
	uint64_t digest;
	char text[512];

	snprintf(text, sizeof(text),
		"board: {dts: " QY_SOURCE_DIR "/boards/x86_64-1g.dts}\n"
		"load: [{trace: {file: %s, repeat: 3}}]\nexpect: [{load: {failures: 0}}]\n",
		path);
	s = qy_scenario_parse(text, strlen(text), "x.yaml", &err);
	if (!s || qy_check_prepare(s, &check, &err) || qy_check_run(&check, &hooks, &err))
		FAIL("%s", err.text);
	digest = check.digest;
	qy_check_free(&check);
	qy_scenario_free(s);
	return digest;
}

TEST(trace_text, a_recording_and_its_text_play_the_same)
{
	CHECK_EQ(digest_of(REPORT), digest_of(DAT));
	CHECK(digest_of(RECORDED) != digest_of(DAT));
}

TEST(trace_text, packed_text_is_unpacked_and_a_packed_trace_dat_is_not)
{
	static const char *const packers[] = { "gzip", "xz" };
	char dir[] = "/tmp/quarry-text-XXXXXX", command[512], path[64];
	struct qy_trace plain, packed;
	struct qy_err err = { "" };

	CHECK(mkdtemp(dir) != NULL);
	load(RECORDED, &plain);
	for (size_t i = 0; i < sizeof(packers) / sizeof(packers[0]); i++) {
		snprintf(command, sizeof(command),
			"cd %s && %s < " RECORDED " > t && %s < " DAT
			" > d && head -c 300 t > cut",
			dir, packers[i], packers[i]);
		CHECK_EQ(system(command), 0);
		snprintf(path, sizeof(path), "%s/t", dir);
		load(path, &packed);
		check_same(&packed, &plain);
		qy_trace_free(&packed);
		snprintf(path, sizeof(path), "%s/cut", dir);
		CHECK_EQ(qy_trace_load(path, &packed, &err), -1);
		CHECK(strstr(err.text, path) == err.text && strchr(err.text, ';'));
		snprintf(path, sizeof(path), "%s/d", dir);
		CHECK_EQ(qy_trace_load(path, &packed, &err), -1);
		CHECK(strstr(err.text, "a packed trace.dat; unpack it with "));
		CHECK(strstr(err.text, packers[i]));
	}
	snprintf(command, sizeof(command), "rm -r %s", dir);
	CHECK_EQ(system(command), 0);
	qy_trace_free(&plain);
}
