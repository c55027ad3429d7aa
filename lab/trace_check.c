// SPDX-License-Identifier: MIT
/*
 * Walks a trace.dat of version 6 or 7 by the published format: header, sections, options, CPU data.
 *
 *   version 6                          version 7
 *   +--------------------------+       +---------------------------------+
 *   | magic "6" endian long pg |       | magic "7" endian long pg codec  |
 *   | header_page header_event |       | offset of options --------------+--+
 *   | ftrace formats           |       | sections, in any order:         |  |
 *   | event formats            |       |  {id flags text size} content   |  |
 *   | kallsyms printk cmdlines |       | options: {kind size data}...  <-+--+
 *   | cpus "options" ...       |       |   kinds 16..21 -> a section     |
 *   | "flyrecord" {offset size}|       |   BUFFER -> {cpu offset size}   |
 *   | pages of each CPU        |       |   DONE -> more options, or 0    |
 *   +--------------------------+       +---------------------------------+
 *
 * Every read goes through a cursor whose first failure sticks: later reads give zeros, so a walk checks for
 * failure once per round, and no loop outlives its end. No state.
 */
#include "lab/trace_check.h"
#include "lab/trace_cursor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_OPTION_SECTIONS 1024
#define MAX_FORMATS         65536u /* event ids are 16 bits wide */
#define SECTION_COMPRESSED  1

enum {
	OPTION_DONE = 0,
	OPTION_BUFFER = 3,
	OPTION_CLOCK = 4,
	OPTION_UNAME = 5,
	SECTION_FLYRECORD = 3,
	SECTION_HEADER_INFO = 16,
	SECTION_FTRACE = 17,
	SECTION_EVENTS = 18,
	SECTION_KALLSYMS = 19,
	SECTION_PRINTK = 20,
	SECTION_CMDLINES = 21,
};

static int check_cpu_count(struct qy_cursor *cur, uint32_t nr_cpus)
{
	if (!cur->file->failed && nr_cpus > QY_MAX_CPUS)
		return qy_cursor_fail(cur->file, cur->at - 4, "more than 256 CPUs",
			"record fewer of them with trace-cmd record -M");
	return cur->file->failed ? -1 : 0;
}

/* --- contents of the sections, the same in both versions ------------------------------------------------- */

/*
 * "field: local_t commit;	offset:8;	size:8; ..." in the text of header_page is the size of the kernel's
 * long, which need not be that of the recorder in the file header.
 */
static void take_header_page(struct qy_cursor *cur, uint64_t size)
{
	char text[512] = "", *commit, *wide;
	struct qy_cursor copy = *cur;

	qy_cursor_bytes(&copy, text, size < sizeof(text) ? size : sizeof(text) - 1);
	commit = strstr(text, "commit;");
	wide = commit ? strstr(commit, "size:") : NULL;
	if (wide && (wide[5] == '4' || wide[5] == '8'))
		cur->file->page_header = 8 + (uint32_t)(wide[5] - '0');
}

static void walk_header_info(struct qy_cursor *cur)
{
	static const char *const names[] = { "header_page", "header_event" };
	char name[16];

	for (int i = 0; i < 2; i++) {
		uint64_t size;

		if (qy_cursor_string(cur, name, sizeof(name)))
			return;
		if (strcmp(name, names[i]))
			qy_cursor_fail(cur->file, cur->at,
				"no ring buffer description here", QY_REMEDY_CUT);
		size = qy_cursor_get64(cur);
		if (i == 0)
			take_header_page(cur, size);
		qy_cursor_skip(cur, size);
	}
}

static void walk_formats(struct qy_cursor *cur)
{
	uint32_t count = qy_cursor_get32(cur);

	if (count > MAX_FORMATS)
		qy_cursor_fail(cur->file, cur->at - 4,
			"more formats than there are event ids", QY_REMEDY_CUT);
	while (count-- && !cur->file->failed)
		qy_cursor_skip(cur, qy_cursor_get64(cur));
}

static void walk_events(struct qy_cursor *cur)
{
	uint32_t count = qy_cursor_get32(cur);
	char name[256];

	if (count > MAX_FORMATS)
		qy_cursor_fail(cur->file, cur->at - 4,
			"more systems than there are event ids", QY_REMEDY_CUT);
	while (count-- && !cur->file->failed) {
		qy_cursor_string(cur, name, sizeof(name));
		walk_formats(cur);
	}
}

static void walk_text32(struct qy_cursor *cur)
{
	qy_cursor_skip(cur, qy_cursor_get32(cur));
}

static void walk_text64(struct qy_cursor *cur)
{
	qy_cursor_skip(cur, qy_cursor_get64(cur));
}

/* In the order in which version 6 has them; version 7 refers to each by its number. */
static const struct {
	int id;
	const char *what;
	void (*walk)(struct qy_cursor *cur);
} sections[] = {
	{ SECTION_HEADER_INFO, "header information", walk_header_info },
	{ SECTION_FTRACE, "ftrace event formats", walk_formats },
	{ SECTION_EVENTS, "event formats", walk_events },
	{ SECTION_KALLSYMS, "kernel symbols", walk_text32 },
	{ SECTION_PRINTK, "printk formats", walk_text32 },
	{ SECTION_CMDLINES, "command names", walk_text64 },
};

#define NR_SECTIONS (sizeof(sections) / sizeof(sections[0]))

/* --- version 6: one run from front to back --------------------------------------------------------------- */

/* "[local] global counter": the chosen clock stands in brackets. */
static void choose_clock(char *to, size_t room, const char *text)
{
	const char *open = strchr(text, '['), *close = open ? strchr(open, ']') : NULL;
	size_t length = close ? (size_t)(close - open - 1) : strcspn(text, "\n");

	if (length >= room)
		length = room - 1;
	memcpy(to, close ? open + 1 : text, length);
	to[length] = '\0';
}

static void take_text_option(
	struct qy_trace_layout *layout, int kind, struct qy_cursor *cur, uint32_t size)
{
	char text[256] = "";
	uint64_t next = cur->at + size;

	if (size >= sizeof(text))
		size = sizeof(text) - 1;
	if (qy_cursor_bytes(cur, text, size))
		return;
	cur->at = next;
	if (kind == OPTION_CLOCK)
		choose_clock(layout->clock, sizeof(layout->clock), text);
	else
		snprintf(layout->uname, sizeof(layout->uname), "%.*s",
			(int)strcspn(text, "\n"), text);
}

static void walk_options6(struct qy_cursor *cur, struct qy_trace_layout *layout)
{
	for (;;) {
		uint16_t kind = qy_cursor_get16(cur);
		uint32_t size;

		if (kind == OPTION_DONE || cur->file->failed)
			return;
		size = qy_cursor_get32(cur);
		if (size > cur->end - cur->at) {
			qy_cursor_outside(cur, size);
			return;
		}
		layout->nr_other_buffers += kind == OPTION_BUFFER;
		if (kind == OPTION_CLOCK || kind == OPTION_UNAME)
			take_text_option(layout, kind, cur, size);
		else
			qy_cursor_skip(cur, size);
	}
}

static int check_version6(struct qy_cursor *cur, struct qy_trace_layout *layout)
{
	char tag[10];

	for (size_t i = 0; i < NR_SECTIONS; i++) {
		cur->what = sections[i].what;
		sections[i].walk(cur);
	}
	cur->what = "table of CPUs";
	layout->nr_cpus = qy_cursor_get32(cur);
	if (check_cpu_count(cur, layout->nr_cpus) ||
		qy_cursor_bytes(cur, tag, sizeof(tag)))
		return -1;
	if (!memcmp(tag, "options  ", sizeof(tag))) {
		walk_options6(cur, layout);
		qy_cursor_bytes(cur, tag, sizeof(tag));
	}
	if (!cur->file->failed && memcmp(tag, "flyrecord", sizeof(tag)))
		return qy_cursor_fail(cur->file, cur->at - sizeof(tag),
			"no recorded buffer (a latency trace, or damaged)",
			"record with trace-cmd record -e kmem");
	for (uint32_t i = 0; i < layout->nr_cpus; i++) {
		layout->cpu[i].id = i;
		layout->cpu[i].offset = qy_cursor_get64(cur);
		layout->cpu[i].size_bytes = qy_cursor_get64(cur);
	}
	return cur->file->failed ? -1 : qy_trace_check_extents(cur->file, layout);
}

/* --- version 7: options that point at sections ----------------------------------------------------------- */

/* Makes *cur the content of the section at @at. Returns its flags, or -1. */
static int open_section(struct qy_file *file, uint64_t at, int id, const char *what,
	struct qy_cursor *cur)
{
	int found, flags;
	uint64_t size;

	*cur = (struct qy_cursor){ file, at, file->size, what };
	if (at > file->size)
		return qy_cursor_fail(
			file, at, "a section begins past the end", QY_REMEDY_CUT);
	found = qy_cursor_get16(cur);
	flags = qy_cursor_get16(cur);
	qy_cursor_get32(cur); /* its description */
	size = qy_cursor_get64(cur);
	if (file->failed)
		return -1;
	if (found != id)
		return qy_cursor_fail(file, at, "a section of another kind than promised",
			QY_REMEDY_CUT);
	if (size > file->size - cur->at)
		return qy_cursor_outside(cur, size);
	cur->end = cur->at + size;
	return flags;
}

static int check_section(struct qy_file *file, uint64_t at, int kind)
{
	size_t i = (size_t)(kind - SECTION_HEADER_INFO);
	struct qy_cursor cur;
	int flags = open_section(file, at, kind, sections[i].what, &cur);

	if (flags < 0)
		return -1;
	if (flags & SECTION_COMPRESSED) {
		uint32_t packed = qy_cursor_get32(&cur);

		qy_cursor_get32(&cur);
		qy_cursor_skip(&cur, packed);
	} else {
		sections[i].walk(&cur);
	}
	return file->failed ? -1 : 0;
}

static int check_buffer(struct qy_cursor *cur, struct qy_trace_layout *layout)
{
	struct qy_trace_layout other = { .big_endian = layout->big_endian,
		.page_size = layout->page_size };
	struct qy_trace_layout *into = layout;
	uint64_t at = qy_cursor_get64(cur);
	struct qy_cursor section;
	uint32_t page_size;
	char name[256];
	int flags;

	qy_cursor_string(cur, name, sizeof(name));
	if (name[0] || layout->nr_cpus) {
		layout->nr_other_buffers++;
		into = &other;
	}
	qy_cursor_string(cur, into->clock, sizeof(into->clock));
	page_size = qy_cursor_get32(cur);
	if (!cur->file->failed && page_size != layout->page_size)
		return qy_cursor_fail(cur->file, cur->at - 4,
			"a ring buffer page size other than the machine's",
			"record with the default buffer_subbuf_size_kb");
	into->nr_cpus = qy_cursor_get32(cur);
	if (check_cpu_count(cur, into->nr_cpus))
		return -1;
	for (uint32_t i = 0; i < into->nr_cpus; i++) {
		into->cpu[i].id = qy_cursor_get32(cur);
		into->cpu[i].offset = qy_cursor_get64(cur);
		into->cpu[i].size_bytes = qy_cursor_get64(cur);
	}
	flags = open_section(
		cur->file, at, SECTION_FLYRECORD, "recorded buffer", &section);
	if (flags < 0 || cur->file->failed)
		return -1;
	into->compressed = flags & SECTION_COMPRESSED;
	return qy_trace_check_extents(cur->file, into);
}

/* One options section. Returns where the next one is; 0 = this was the last one, or a failure. */
static uint64_t check_options7(
	struct qy_file *file, uint64_t at, struct qy_trace_layout *layout)
{
	struct qy_cursor cur, option;
	int flags = open_section(file, at, 0, "options", &cur);

	if (flags > 0)
		qy_cursor_fail(file, at, "a compressed table of options",
			"convert it with trace-cmd convert --compression none");
	while (!file->failed) {
		int kind = qy_cursor_get16(&cur);
		uint32_t size = qy_cursor_get32(&cur);

		option = cur;
		if (qy_cursor_skip(&cur, size))
			break;
		option.end = cur.at;
		if (kind == OPTION_DONE)
			return qy_cursor_get64(&option);
		if (kind == OPTION_BUFFER)
			check_buffer(&option, layout);
		else if (kind >= SECTION_HEADER_INFO && kind <= SECTION_CMDLINES)
			check_section(file, qy_cursor_get64(&option), kind);
		else if (kind == OPTION_UNAME)
			take_text_option(layout, kind, &option, size);
	}
	return 0;
}

/*
 * Sections follow one another without a gap up to the end of the file; the library itself finds the section of
 * strings in this way, as no option refers to it. So what is missing at the end is always noticed.
 */
static int check_chain(struct qy_file *file, uint64_t at)
{
	struct qy_cursor cur = { file, at, file->size, "a section" };

	while (cur.at < file->size && !file->failed) {
		qy_cursor_skip(&cur, 8); /* kind, flags, description */
		qy_cursor_skip(&cur, qy_cursor_get64(&cur));
	}
	return file->failed ? -1 : 0;
}

static int check_version7(struct qy_cursor *cur, struct qy_trace_layout *layout)
{
	char codec[32], version[32];
	uint64_t at;
	int rounds = 0;

	qy_cursor_string(cur, codec, sizeof(codec));
	qy_cursor_string(cur, version, sizeof(version));
	at = qy_cursor_get64(cur);
	if (!cur->file->failed && !at)
		return qy_cursor_fail(cur->file, cur->at - 8,
			"no options: recording did not end",
			"record again and let trace-cmd finish");
	if (!cur->file->failed)
		check_chain(cur->file, cur->at);
	while (at && !cur->file->failed) {
		if (++rounds > MAX_OPTION_SECTIONS)
			return qy_cursor_fail(
				cur->file, at, "options without end", QY_REMEDY_CUT);
		at = check_options7(cur->file, at, layout);
	}
	if (!cur->file->failed && !layout->nr_cpus)
		return qy_cursor_fail(cur->file, cur->at, "no recorded buffer",
			"record with trace-cmd record -e kmem");
	return cur->file->failed ? -1 : 0;
}

/* --- the front of the file ------------------------------------------------------------------------------- */

static const struct {
	const char *magic;
	size_t length;
	const char *what, *remedy;
} strangers[] = {
	{ "PERFILE2", 8, "a perf.data",
		"give the text that perf script -i prints of it" },
};

static int check_magic(struct qy_cursor *cur)
{
	static const char magic[10] = "\x17\x08\x44tracing";
	struct qy_file *file = cur->file;
	char front[10];

	if (!file->size)
		return qy_cursor_fail(file, 0, "the file is empty", "record it again");
	if (file->size < sizeof(front))
		return qy_cursor_fail(
			file, 0, "too short for a trace.dat", QY_REMEDY_CUT);
	if (qy_cursor_bytes(cur, front, sizeof(front)))
		return -1;
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++)
		if (!memcmp(front, strangers[i].magic, strangers[i].length))
			return qy_cursor_fail(
				file, 0, strangers[i].what, strangers[i].remedy);
	if (memcmp(front, magic, sizeof(magic)))
		return qy_cursor_fail(file, 0, "not a trace.dat: no trace-cmd magic",
			"record with trace-cmd record -e kmem");
	return 0;
}

static bool host_is_big_endian(void)
{
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

static int check_front(struct qy_cursor *cur, struct qy_trace_layout *layout)
{
	unsigned char width[2];
	char version[16];

	if (check_magic(cur) || qy_cursor_string(cur, version, sizeof(version)))
		return -1;
	layout->version = version[0] - '0';
	if ((layout->version != 6 && layout->version != 7) || version[1])
		return qy_cursor_fail(cur->file, 10,
			"a trace-cmd file version other than 6 and 7",
			"convert it with trace-cmd convert --file-version 7");
	if (qy_cursor_bytes(cur, width, sizeof(width)))
		return -1;
	layout->big_endian = width[0];
	cur->file->swap = layout->big_endian != host_is_big_endian();
	layout->page_size = qy_cursor_get32(cur);
	if (width[0] > 1 || (width[1] != 4 && width[1] != 8))
		return qy_cursor_fail(cur->file, 12, "impossible byte order or word size",
			QY_REMEDY_CUT);
	cur->file->page_header = 8 + width[1];
	if (!cur->file->failed &&
		(layout->page_size < 4096 || layout->page_size > 65536 ||
			layout->page_size & (layout->page_size - 1)))
		return qy_cursor_fail(
			cur->file, 14, "impossible page size", QY_REMEDY_CUT);
	return cur->file->failed ? -1 : 0;
}

/* Clocks that count nanoseconds. The other ones would make the replay run at an unknown speed. */
static int check_clock(struct qy_file *file, const char *clock)
{
	static const char *const known[] = { "local", "global", "mono", "mono_raw",
		"boot", "tai", "perf", "" };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!strcmp(clock, known[i]))
			return 0;
	qy_fail(file->err,
		"%s: clock '%s' does not count nanoseconds; "
		"record with trace-cmd record -C mono",
		file->path, clock);
	return -1;
}

static int check_open_file(struct qy_file *file, struct qy_trace_layout *layout)
{
	struct qy_cursor cur = { file, 0, file->size, "file header" };
	int ret = check_front(&cur, layout);

	if (!ret)
		ret = layout->version == 6 ? check_version6(&cur, layout)
					   : check_version7(&cur, layout);
	return ret ? ret : check_clock(file, layout->clock);
}

int qy_trace_check(const char *path, struct qy_trace_layout *layout, struct qy_err *err)
{
	struct qy_file file = { .path = path, .err = err };
	struct stat st;
	int ret;

	*layout = (struct qy_trace_layout){ 0 };
	/* not blocking: a FIFO under this name must not stop us before fstat() */
	file.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file.fd < 0)
		return qy_fail(err, "%s: cannot open the trace: %s; name a trace.dat",
			path, strerror(errno));
	if (fstat(file.fd, &st) || !S_ISREG(st.st_mode)) {
		close(file.fd);
		return qy_fail(err, "%s: not a regular file; name a trace.dat", path);
	}
	file.size = (uint64_t)st.st_size;
	ret = check_open_file(&file, layout);
	close(file.fd);
	return ret;
}
