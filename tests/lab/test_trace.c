// SPDX-License-Identifier: MIT
/*
 * The reader of recorded loads: 160 real events in four file forms against what trace-cmd report says of
 * them, and the same files cut and damaged in every way that a disk or an enemy can.
 *
 * tests/data/trace holds the same events four times: v6.dat, v7.dat, v7-zstd.dat (tools/pack-trace),
 * v7-convert.dat (trace-cmd convert: its metadata is compressed too); report.txt is the report of each.
 */
#include "lab/trace.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA      QY_SOURCE_DIR "/tests/data/trace/"
#define NR_EVENTS 160
#define MAX_FILE  (1 << 16)

#define NR_FORMS 4
static const char *const forms[NR_FORMS] = { DATA "v6.dat", DATA "v7.dat",
	DATA "v7-zstd.dat", DATA "v7-convert.dat" };

#define for_each_form(path) for (size_t f = 0; f < NR_FORMS && ((path) = forms[f]); f++)

/* What trace-cmd prints, in our bits. */
static const struct {
	const char *name;
	qy_gfp_t bits;
} printed[] = {
	{ "GFP_HIGHUSER_MOVABLE", QY_GFP_HIGHUSER_MOVABLE },
	{ "GFP_KERNEL_ACCOUNT", QY_GFP_KERNEL_ACCOUNT },
	{ "GFP_KERNEL", QY_GFP_KERNEL },
	{ "GFP_NOFS", QY_GFP_NOFS },
	{ "GFP_ATOMIC", QY_GFP_ATOMIC },
	{ "GFP_NOWAIT", QY_GFP_NOWAIT },
	{ "__GFP_HIGHMEM", QY___GFP_HIGHMEM },
	{ "__GFP_MOVABLE", QY___GFP_MOVABLE },
	{ "__GFP_RECLAIMABLE", QY___GFP_RECLAIMABLE },
	{ "__GFP_IO", QY___GFP_IO },
	{ "__GFP_ZERO", QY___GFP_ZERO },
	{ "__GFP_WRITE", QY___GFP_WRITE },
	{ "__GFP_NOWARN", QY___GFP_NOWARN },
	{ "__GFP_NOFAIL", QY___GFP_NOFAIL },
	{ "__GFP_NORETRY", QY___GFP_NORETRY },
	{ "__GFP_COMP", QY___GFP_COMP },
	{ "__GFP_NOMEMALLOC", QY___GFP_NOMEMALLOC },
	{ "__GFP_HARDWALL", QY___GFP_HARDWALL },
	{ "__GFP_THISNODE", QY___GFP_THISNODE },
};

static qy_gfp_t gfp_of_text(char *text)
{
	qy_gfp_t gfp = 0;

	for (char *name = strtok(text, "|"); name; name = strtok(NULL, "|")) {
		size_t i = 0;

		while (i < sizeof(printed) / sizeof(printed[0]) &&
			strcmp(printed[i].name, name))
			i++;
		if (i == sizeof(printed) / sizeof(printed[0]))
			FAIL("report.txt names a flag that this test does not: %s", name);
		gfp |= printed[i].bits;
	}
	return gfp;
}

/* One line of the report: "32698 001 5983.562003 mm_page_alloc: page=0x.. pfn=0x.. order=0 ...". */
static struct qy_page_event event_of_line(const char *line, uint64_t *ts_us)
{
	unsigned long long sec, usec, pfn;
	unsigned int cpu, order, migratetype = 0;
	char what[32], flags[256] = "";
	int pid, got;

	got = sscanf(line,
		"%d %u %llu.%llu mm_page_%31[a-z]: page=%*s pfn=%llx order=%u "
		"migratetype=%u gfp_flags=%255s",
		&pid, &cpu, &sec, &usec, what, &pfn, &order, &migratetype, flags);
	if (got != 7 && got != 9)
		FAIL("report.txt: %s", line);
	*ts_us = sec * 1000000 + usec;
	return (struct qy_page_event){
		.pid = pid,
		.cpu = (uint16_t)cpu,
		.pfn = pfn,
		.order = (uint8_t)order,
		.migratetype = (uint8_t)migratetype,
		.gfp = gfp_of_text(flags),
		.kind = strcmp(what, "alloc") ? QY_EV_FREE : QY_EV_ALLOC,
	};
}

static void check_line(
	const struct qy_trace *trace, const struct qy_page_event *ev, const char *line)
{
	uint64_t ts_us;
	struct qy_page_event want = event_of_line(line, &ts_us);

	CHECK_EQ(ev->pid, want.pid);
	CHECK_EQ(ev->cpu, want.cpu);
	CHECK_EQ(ev->pfn, want.pfn);
	CHECK_EQ(ev->order, want.order);
	CHECK_EQ(ev->kind, want.kind);
	CHECK_EQ(ev->migratetype, want.migratetype);
	CHECK_EQ(ev->gfp, want.gfp);
	/* the report rounds to microseconds */
	CHECK_EQ((trace->start_ns + ev->ts_ns + 500) / 1000, ts_us);
}

static void load(const char *path, struct qy_trace *trace)
{
	struct qy_err err = { "" };

	if (qy_trace_load(path, trace, &err))
		FAIL("%s", err.text);
}

TEST(trace, every_field_of_every_event_is_what_trace_cmd_report_prints)
{
	struct qy_trace trace;
	const char *path;
	char line[512];

	for_each_form(path)
	{
		FILE *report = fopen(DATA "report.txt", "r");
		size_t i = 0;

		CHECK(report);
		load(path, &trace);
		CHECK_EQ(trace.nr_events, NR_EVENTS);
		while (fgets(line, sizeof(line), report)) {
			CHECK(i < trace.nr_events);
			check_line(&trace, &trace.events[i++], line);
		}
		CHECK_EQ(i, NR_EVENTS);
		fclose(report);
		qy_trace_free(&trace);
	}
}

TEST(trace, the_counters_say_what_the_file_holds)
{
	struct qy_trace trace;

	load(DATA "v7.dat", &trace);
	CHECK_EQ(trace.nr_cpus, 2);
	CHECK_EQ(trace.nr_alloc, 147);
	CHECK_EQ(trace.nr_free, 13);
	CHECK_EQ(trace.nr_failed_alloc + trace.nr_other + trace.nr_bad, 0);
	CHECK_EQ(trace.nr_lost + trace.nr_backwards, 0);
	CHECK_EQ(trace.nr_unknown_flag_bits, 0);
	CHECK_EQ(trace.events[0].ts_ns, 0);
	CHECK_EQ(trace.events[NR_EVENTS - 1].ts_ns, trace.duration_ns);
	CHECK_STR_EQ(trace.kernel, "6.18.44");
	CHECK_STR_EQ(trace.path, DATA "v7.dat");
	qy_trace_free(&trace);
}

/* --- changed files ----------------------------------------------------------------------------------------- */

/* A copy of one of the files that a test may change; removed by end(). */
struct copy {
	unsigned char bytes[MAX_FILE];
	size_t size;
	char path[64];
	int fd;
};

static void begin(struct copy *copy, const char *from)
{
	FILE *file = fopen(from, "rb");

	CHECK(file);
	copy->size = fread(copy->bytes, 1, sizeof(copy->bytes), file);
	fclose(file);
	CHECK(copy->size > 4096 && copy->size < sizeof(copy->bytes));
	strcpy(copy->path, "/tmp/quarry-trace-XXXXXX");
	copy->fd = mkstemp(copy->path);
	CHECK(copy->fd >= 0);
}

static void put(struct copy *copy)
{
	CHECK_EQ(pwrite(copy->fd, copy->bytes, copy->size, 0), copy->size);
}

static void end(struct copy *copy)
{
	close(copy->fd);
	unlink(copy->path);
}

/* Same length, so that every offset in the file stays true. Returns how often @from was there. */
static int replace(struct copy *copy, const char *from, const char *to)
{
	size_t length = strlen(from);
	int found = 0;

	CHECK_EQ(strlen(to), length);
	for (size_t i = 0; i + length <= copy->size; i++) {
		if (memcmp(copy->bytes + i, from, length))
			continue;
		memcpy(copy->bytes + i, to, length);
		found++;
	}
	return found;
}

static void check_one_line(const struct qy_err *err, const char *path)
{
	if (strncmp(err->text, path, strlen(path)) || strchr(err->text, '\n') ||
		!strchr(err->text, ';'))
		FAIL("not one line with file, place and remedy: %s", err->text);
}

TEST(trace, a_flag_is_known_by_its_name_and_not_by_its_number)
{
	struct copy copy;
	struct qy_trace plain, renumbered;
	size_t moved = 0;

	load(DATA "v7.dat", &plain);
	begin(&copy, DATA "v7.dat");
	/* that kernel's NOWARN is bit 16 and its NORETRY bit 13 */
	CHECK(replace(&copy, "<< (13)", "<< (88)") > 1);
	CHECK(replace(&copy, "<< (16)", "<< (13)"));
	CHECK(replace(&copy, "<< (88)", "<< (16)"));
	put(&copy);
	load(copy.path, &renumbered);
	for (size_t i = 0; i < NR_EVENTS; i++) {
		qy_gfp_t both = QY___GFP_NOWARN | QY___GFP_NORETRY;
		qy_gfp_t was = plain.events[i].gfp, is = renumbered.events[i].gfp;

		CHECK_EQ(was & ~both, is & ~both);
		CHECK_EQ(!!(was & QY___GFP_NOWARN), !!(is & QY___GFP_NORETRY));
		CHECK_EQ(!!(was & QY___GFP_NORETRY), !!(is & QY___GFP_NOWARN));
		moved += was != is;
	}
	CHECK(moved);
	CHECK(!renumbered.flags_assumed);
	qy_trace_free(&plain);
	qy_trace_free(&renumbered);
	end(&copy);
}

TEST(trace, a_flag_without_a_counterpart_is_counted_and_named)
{
	struct copy copy;
	struct qy_trace trace;

	begin(&copy, DATA "v7.dat");
	CHECK_EQ(replace(&copy, "__GFP_WRITE", "__GFP_NEWER"), 1);
	put(&copy);
	load(copy.path, &trace);
	CHECK_EQ(trace.nr_unknown_flag_bits, 1);
	CHECK_STR_EQ(trace.unknown_flags, "__GFP_NEWER");
	qy_trace_free(&trace);
	end(&copy);
}

TEST(trace, enum_names_in_the_flag_table_mean_the_bits_of_6_12)
{
	struct copy copy;
	struct qy_trace plain, trace;
	char from[32], to[16];

	load(DATA "v7.dat", &plain);
	begin(&copy, DATA "v7.dat");
	for (int bit = 0; bit < 25; bit++) {
		snprintf(from, sizeof(from), "<< (%d)", bit);
		snprintf(to, sizeof(to), bit < 10 ? "<< (%c)" : "<< (_%c)", 'A' + bit);
		replace(&copy, from, to);
	}
	put(&copy);
	load(copy.path, &trace);
	CHECK(trace.flags_assumed);
	for (size_t i = 0; i < NR_EVENTS; i++)
		CHECK_EQ(trace.events[i].gfp, plain.events[i].gfp);
	qy_trace_free(&plain);
	qy_trace_free(&trace);
	end(&copy);
}

TEST(trace, a_file_cut_anywhere_is_refused_in_one_line)
{
	const char *path;
	static struct copy copy;

	for_each_form(path)
	{
		struct qy_trace trace;
		size_t keep;

		begin(&copy, path);
		put(&copy);
		/* every byte of the last 64, of the first 512, every seventh between */
		for (keep = copy.size - 1; keep > 0;
			keep -= keep > copy.size - 64 || keep < 512 ? 1 : 7) {
			struct qy_err err = { "" };

			CHECK_EQ(ftruncate(copy.fd, (off_t)keep), 0);
			if (!qy_trace_load(copy.path, &trace, &err))
				FAIL("%s: accepted with %zu bytes", path, keep);
			check_one_line(&err, copy.path);
			CHECK(!trace.events);
		}
		end(&copy);
	}
}

/* Before the zstd data of a CPU: chunk count, compressed size, size. */
TEST(trace, a_compressed_file_that_lies_about_its_chunks_is_refused)
{
	static const struct {
		int word;
		uint32_t lie;
		const char *why;
	} cases[] = {
		{ -12, 0, "fewer compressed chunks" },
		{ -12, 2, "compressed chunk" },
		{ -8, 600, "of another size than it says" },
		{ -4, 0, "is not whole pages" },
		{ -4, 4095, "is not whole pages" },
		{ -4, 8192, "of another size than it says" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qy_err err = { "" };
		struct qy_trace trace;
		struct copy copy;
		size_t at = 0;

		begin(&copy, DATA "v7-zstd.dat");
		while (memcmp(copy.bytes + at, "\x28\xb5\x2f\xfd", 4))
			CHECK(++at < copy.size - 4);
		memcpy(copy.bytes + (int)at + cases[i].word, &cases[i].lie, 4);
		put(&copy);
		if (!qy_trace_load(copy.path, &trace, &err) ||
			!strstr(err.text, cases[i].why))
			FAIL("case %zu: '%s' lacks '%s'", i, err.text, cases[i].why);
		check_one_line(&err, copy.path);
		end(&copy);
	}
}

static uint64_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

/* Accepted is fine when what came out is a whole, consistent load. */
static void check_accepted(const struct qy_trace *trace)
{
	struct qy_trace_stats stats;
	uint64_t last = 0;

	CHECK_EQ(trace->nr_events, trace->nr_alloc + trace->nr_free);
	for (size_t i = 0; i < trace->nr_events; i++) {
		const struct qy_page_event *ev = &trace->events[i];

		CHECK(ev->ts_ns >= last && ev->order <= QY_MAX_PAGE_ORDER);
		CHECK(!(ev->gfp & ~QY___GFP_BITS_MASK));
		last = ev->ts_ns;
	}
	CHECK_EQ(qy_trace_stats(trace, &stats), 0);
	CHECK_EQ(stats.pages_allocated, stats.end_pages + stats.pages_implied_freed +
						stats.pages_freed -
						stats.pages_unknown_freed);
}

TEST(trace, flipped_bits_end_in_a_line_or_in_a_whole_load)
{
	uint64_t state = qy_test_seed();
	static struct copy copy, damaged;
	const char *path;

	for_each_form(path)
	{
		begin(&copy, path);
		for (unsigned long n = qy_test_scale(60); n; n--) {
			struct qy_err err = { "" };
			struct qy_trace trace;

			damaged = copy;
			/* half of them hit the first bytes, where the structure is */
			for (int flips = 1 + (int)(n % 3); flips; flips--)
				damaged.bytes[next_random(&state) %
					      (n & 1 ? 1024 : copy.size)] ^=
					(unsigned char)(1 << next_random(&state) % 8);
			put(&damaged);
			if (qy_trace_load(copy.path, &trace, &err))
				check_one_line(&err, copy.path);
			else
				check_accepted(&trace);
			qy_trace_free(&trace);
		}
		end(&copy);
	}
}

TEST(trace, what_is_no_trace_is_refused_with_the_way_out)
{
	static const struct {
		const char *front, *remedy;
	} cases[] = {
		{ "", "the file is empty; record it again" },
		{ "\xfd"
		  "7zXZ and more",
			"neither a trace.dat nor the text" },
		{ "\x1f\x8b gzip, and more", "neither a trace.dat nor the text" },
		{ "PERFILE2 and more", "give the text that perf script -i prints of it" },
		{ "\x17\x08\x44tracing5", "a trace-cmd file version other than 6 and 7" },
		{ "just some text, no trace",
			"neither a trace.dat nor the text of a trace" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[] = "/tmp/quarry-trace-XXXXXX";
		int fd = mkstemp(path);
		size_t length = strlen(cases[i].front);
		struct qy_trace trace;
		struct qy_err err;

		/* with its end mark: the version is a string */
		CHECK_EQ(write(fd, cases[i].front, length ? length + 1 : 0),
			length ? length + 1 : 0);
		CHECK_EQ(qy_trace_load(path, &trace, &err), -1);
		check_one_line(&err, path);
		if (!strstr(err.text, cases[i].remedy))
			FAIL("'%s' lacks '%s'", err.text, cases[i].remedy);
		close(fd);
		unlink(path);
	}
}

TEST(trace, a_missing_file_and_a_directory_are_refused)
{
	struct qy_trace trace;
	struct qy_err err;

	CHECK_EQ(qy_trace_load("/nonexistent.dat", &trace, &err), -1);
	CHECK(strstr(err.text, "/nonexistent.dat: cannot open the trace"));
	CHECK_EQ(qy_trace_load("/tmp", &trace, &err), -1);
	CHECK(strstr(err.text, "/tmp: not a regular file"));
}

/* The buffer's name is empty; its clock, page size and CPUs follow: "\0local\0". */
static size_t place_of_clock(const struct copy *copy)
{
	size_t i = 0;

	while (memcmp(copy->bytes + i, "\0local", 7))
		CHECK(++i < copy->size - 7);
	return i + 1;
}

TEST(trace, a_clock_that_does_not_count_nanoseconds_is_refused)
{
	struct copy copy;
	struct qy_trace trace;
	struct qy_err err;

	begin(&copy, DATA "v7.dat");
	memcpy(copy.bytes + place_of_clock(&copy), "ticks", 5);
	put(&copy);
	CHECK_EQ(qy_trace_load(copy.path, &trace, &err), -1);
	CHECK(strstr(err.text, "clock 'ticks' does not count nanoseconds"));
	end(&copy);
}

TEST(trace, ring_buffer_pages_of_another_size_are_refused)
{
	static const uint32_t sizes[] = { 0, 8192 };
	struct copy copy;

	begin(&copy, DATA "v7.dat");
	for (int i = 0; i < 2; i++) {
		struct qy_trace trace;
		struct qy_err err;

		memcpy(copy.bytes + place_of_clock(&copy) + 6, &sizes[i], 4);
		put(&copy);
		CHECK_EQ(qy_trace_load(copy.path, &trace, &err), -1);
		CHECK(strstr(err.text, "a ring buffer page size other than"));
	}
	end(&copy);
}

TEST(trace, the_bundled_trace_is_whole)
{
	struct qy_trace_stats stats;
	struct qy_trace trace;

	load(QY_SOURCE_DIR "/traces/files.dat", &trace);
	CHECK_EQ(trace.nr_alloc, 203094);
	CHECK_EQ(trace.nr_free, 119856);
	CHECK_EQ(trace.nr_bad + trace.nr_lost + trace.nr_unknown_flag_bits, 0);
	CHECK_EQ(qy_trace_stats(&trace, &stats), 0);
	CHECK_EQ(stats.nr_unknown_frees, 2341);
	CHECK_EQ(stats.end_pages, 87083);
	qy_trace_free(&trace);
}
