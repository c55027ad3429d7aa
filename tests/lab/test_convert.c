// SPDX-License-Identifier: MIT
/*
 * A converted load is the load, or is made again. State: a directory of the running test.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/convert.h"
#include "lab/trace_tasks.h"
#include "tests/runner/test.h"

#define RECORDING QY_SOURCE_DIR "/traces/files.dat"

static const struct qy_source source = { .size = 5, .checksum = 6, .mtime_ns = 7 };

static void load(struct qy_trace *trace)
{
	struct qy_err err = { "" };

	if (qy_trace_load(RECORDING, trace, &err))
		FAIL("%s", err.text);
}

static void check_same(const struct qy_trace *a, const struct qy_trace *b)
{
	CHECK_EQ(a->nr_events, b->nr_events);
	CHECK_EQ(a->nr_alloc, b->nr_alloc);
	CHECK_EQ(a->nr_free, b->nr_free);
	CHECK_EQ(a->duration_ns, b->duration_ns);
	CHECK_EQ(a->start_ns, b->start_ns);
	CHECK_EQ(a->nr_cpus, b->nr_cpus);
	CHECK_EQ(a->nr_other, b->nr_other);
	CHECK_STR_EQ(a->kernel, b->kernel);
	for (size_t i = 0; i < a->nr_events; i++) {
		const struct qy_page_event *x = &a->events[i], *y = &b->events[i];

		if (x->ts_ns != y->ts_ns || x->pfn != y->pfn || x->gfp != y->gfp ||
			x->pid != y->pid || x->cpu != y->cpu || x->order != y->order ||
			x->migratetype != y->migratetype || x->kind != y->kind ||
			x->task != y->task)
			FAIL("event %zu differs", i);
	}
	CHECK_EQ(a->nr_tasks, b->nr_tasks);
	CHECK_EQ(memcmp(a->tasks, b->tasks, a->nr_tasks * sizeof(*a->tasks)), 0);
}

TEST(convert, a_load_comes_back_as_it_was)
{
	struct qy_trace trace, back;
	unsigned char *bytes;
	size_t size;

	load(&trace);
	bytes = qy_convert_encode(&trace, &source, &size);
	CHECK(bytes != NULL);
	CHECK(size < trace.nr_events * 9);
	CHECK_EQ(qy_convert_decode(bytes, size, &source, &back), 0);
	check_same(&trace, &back);
	qy_trace_free(&back);
	qy_trace_free(&trace);
	free(bytes);
}

TEST(convert, more_kinds_than_numbers_come_back_too)
{
	static struct qy_page_event events[2000];
	static struct qy_task tasks[QY_MAX_TRACE_TASKS];
	struct qy_trace trace = { .events = events,
		.nr_events = 2000,
		.nr_alloc = 1000,
		.nr_free = 1000,
		.tasks = tasks,
		.nr_tasks = QY_MAX_TRACE_TASKS,
		.nr_cpus = 300,
		.duration_ns = 1ull << 62 },
			back;
	unsigned char *bytes;
	size_t size;

	for (uint32_t i = 0; i < QY_MAX_TRACE_TASKS; i++) {
		tasks[i].pid = i % 3 ? -(int32_t)i : INT32_MAX;
		tasks[i].tgid = i % 5 ? (int32_t)i : INT32_MIN;
		snprintf(tasks[i].comm, sizeof(tasks[i].comm), "%.*s", (int)(i % 16),
			"fifteen bytes !");
	}
	for (size_t i = 0; i < 2000; i++)
		events[i] = (struct qy_page_event){
			.ts_ns = i * (1ull << 51),
			.pfn = (i * 0x9e3779b97f4a7ull & ((1ull << 52) - 1)) >>
			       i % 11 << i % 11,
			.gfp = i % 2 ? 0 : (qy_gfp_t)i & QY___GFP_BITS_MASK,
			.pid = tasks[i * 6007 % QY_MAX_TRACE_TASKS].pid,
			.task = (uint16_t)(i * 6007 % QY_MAX_TRACE_TASKS),
			.cpu = (uint16_t)(i % 300),
			.order = (uint8_t)(i % 11),
			.migratetype = i % 2 ? 0 : i / 2 % 3,
			.kind = i % 2 ? QY_EV_FREE : QY_EV_ALLOC,
		};
	bytes = qy_convert_encode(&trace, &source, &size);
	CHECK_EQ(qy_convert_decode(bytes, size, &source, &back), 0);
	check_same(&trace, &back);
	qy_trace_free(&back);
	free(bytes);
}

TEST(convert, what_was_changed_or_is_of_another_recording_is_not_believed)
{
	const struct qy_source others[] = { { 4, 6, 7 }, { 5, 5, 7 }, { 5, 6, 6 } };
	struct qy_page_event events[] = { { .pfn = 8, .order = 3, .gfp = 1 },
		{ .ts_ns = 5, .pfn = 8, .order = 3, .kind = QY_EV_FREE } };
	struct qy_task tasks[] = { { 0, 0, "<...>" }, { 7, 7, "cat" } };
	struct qy_trace back, trace = { .events = events,
		.nr_events = 2,
		.tasks = tasks,
		.nr_tasks = 2,
		.nr_alloc = 1,
		.nr_free = 1,
		.nr_cpus = 1,
		.duration_ns = 5 };
	unsigned char *bytes;
	size_t size;

	bytes = qy_convert_encode(&trace, &source, &size);
	for (size_t i = 0; i < 3; i++)
		CHECK_EQ(qy_convert_decode(bytes, size, &others[i], &back), -1);
	for (size_t cut = 0; cut < size; cut++)
		CHECK_EQ(qy_convert_decode(bytes, cut, &source, &back), -1);
	for (size_t at = 0; at < size; at++) {
		bytes[at] ^= 4;
		CHECK_EQ(qy_convert_decode(bytes, size, &source, &back), -1);
		bytes[at] ^= 4;
	}
	CHECK_EQ(qy_convert_decode(bytes, size, &source, &back), 0);
	qy_trace_free(&back);
	free(bytes);
}

/* ------------------------------------------------------------------ the file */

static char dir[64], copy[96];

static void run(const char *command)
{
	char text[512];

	snprintf(text, sizeof(text), command, dir);
	CHECK_EQ(system(text), 0);
}

static void setup(void)
{
	char command[512];

	strcpy(dir, "/tmp/qy-convert-XXXXXX");
	CHECK(mkdtemp(dir) != NULL);
	snprintf(copy, sizeof(copy), "%s/a.dat", dir);
	snprintf(command, sizeof(command), "cp '%s' '%s'", RECORDING, copy);
	CHECK_EQ(system(command), 0);
	setenv("XDG_CACHE_HOME", dir, 1);
}

/* Nothing but the recording and whole converted forms may lie there. */
static void teardown(unsigned int nr_forms)
{
	char command[512];

	snprintf(command, sizeof(command),
		"test $(ls -A '%s/quarry' 2>/dev/null | grep -c 'qyload$') = %u && "
		"test $(ls -A '%s/quarry' 2>/dev/null | wc -l) = %u && rm -r '%s'",
		dir, nr_forms, dir, nr_forms, dir);
	CHECK_EQ(system(command), 0);
	unsetenv("XDG_CACHE_HOME");
}

static size_t lost_events(void)
{
	struct qy_trace trace;
	struct qy_err err = { "" };
	size_t nr;

	if (qy_convert_load(copy, &trace, &err))
		FAIL("%s", err.text);
	CHECK_STR_EQ(trace.path, copy);
	CHECK_EQ(trace.nr_alloc, 203094);
	nr = trace.nr_lost;
	qy_trace_free(&trace);
	return nr;
}

/* The form says 77 lost events from now on: who answers 77 has read it. */
static void mark_form(void)
{
	struct qy_trace trace;
	struct qy_source real;
	unsigned char header[1648], *bytes;
	char name[160] = "", command[160];
	size_t size;
	FILE *file;

	snprintf(command, sizeof(command), "ls '%s'/quarry/*.qyload", dir);
	file = popen(command, "r");
	CHECK(file && fgets(name, sizeof(name), file));
	pclose(file);
	name[strcspn(name, "\n")] = '\0';
	file = fopen(name, "rb");
	CHECK(file && fread(header, sizeof(header), 1, file) == 1);
	fclose(file);
	memcpy(&real, header + 16, sizeof(real));
	load(&trace);
	trace.nr_lost = 77;
	bytes = qy_convert_encode(&trace, &real, &size);
	file = fopen(name, "wb");
	CHECK(file && fwrite(bytes, size, 1, file) == 1);
	fclose(file);
	free(bytes);
	qy_trace_free(&trace);
}

TEST(convert, a_form_is_made_once_and_found_again)
{
	setup();
	CHECK_EQ(lost_events(), 0);
	mark_form();
	CHECK_EQ(lost_events(), 77);
	teardown(1);
}

TEST(convert, a_form_of_an_older_recording_is_made_again)
{
	setup();
	lost_events();
	mark_form();
	run("touch -d 2001-01-01 '%s/a.dat'");
	CHECK_EQ(lost_events(), 0);
	teardown(1);
}

TEST(convert, a_damaged_form_is_made_again)
{
	setup();
	lost_events();
	mark_form();
	run("for f in '%s'/quarry/*; do truncate -s -1 \"$f\"; done");
	CHECK_EQ(lost_events(), 0);
	mark_form();
	CHECK_EQ(lost_events(), 77);
	teardown(1);
}

TEST(convert, no_place_for_a_form_is_no_error)
{
	setup();
	setenv("XDG_CACHE_HOME", "/proc/self", 1);
	CHECK_EQ(lost_events(), 0);
	teardown(0);
}
