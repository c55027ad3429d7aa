// SPDX-License-Identifier: MIT
/*
 * See trace_text.h: bytes to lines, a line to its head and fields, fields to an event.
 *
 * State: struct qy_trace_text, its caller's.
 */
#include "lab/trace_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/trace_flags.h"
#include "lab/trace_tasks.h"
#include "lab/units.h"

#define LINE_ROOM    4096
#define MAX_SECONDS  10000000000ull /* 300 years: no clock of a kernel is older */
#define MAX_PFN_BITS 52
#define MAX_TYPE     5
#define MAX_UNKNOWN  64
#define NR_KNOWN     256 /* flag texts that are remembered; a power of two */
#define REMEDY       "the text is damaged; copy or record it again"
#define RECORD                                                                        \
	"record a trace.dat with trace-cmd record -e kmem, or the text of tracefs's " \
	"trace with the events kmem:mm_page_alloc and kmem:mm_page_free on"

/* "GFP_KERNEL|__GFP_ZERO" and what it was found to mean: a load has a few dozen of them. */
struct flags {
	char text[120];
	qy_gfp_t bits;
};

struct qy_trace_text {
	const char *path;
	struct qy_err *err;
	struct qy_trace trace;
	struct qy_trace_tasks tasks;
	size_t room; /* events */
	uint64_t line, last_ns;
	uint32_t nr_cpus;
	bool begun, recognised, failed;
	char unknown[MAX_UNKNOWN][32]; /* names of flags that we have not */
	struct flags known[NR_KNOWN];
	size_t length; /* of the line so far */
	char text[LINE_ROOM];
};

/* What stands in front of the fields of any event. */
struct head {
	uint64_t ns;
	uint32_t cpu;
	int32_t pid;
	const char *name; /* of the task */
	size_t name_length;
	const char *event;
	size_t event_length;
	const char *fields;
	bool counts_ns;
};

static int bad(struct qy_trace_text *t, const char *what, const char *remedy)
{
	t->failed = true;
	return qy_fail(t->err, "%s:%llu: %s; %s", t->path, (unsigned long long)t->line,
		what, remedy);
}

static int no_memory(struct qy_trace_text *t)
{
	t->failed = true;
	return qy_fail(
		t->err, "%s: no memory for its events; record a shorter time", t->path);
}

/* ------------------------------------------------------------------ words */

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* Decimal, or hexadecimal after 0x. Return: behind it, NULL when there is none, or none that 64 bits can hold. */
static const char *number(const char *at, uint64_t *value)
{
	unsigned int base = at[0] == '0' && at[1] == 'x' ? 16 : 10;
	const char *begin = at += base == 16 ? 2 : 0;

	for (*value = 0;; at++) {
		unsigned int digit = 16;

		if (*at >= '0' && *at <= '9')
			digit = (unsigned int)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			digit = (unsigned int)(*at - 'a') + 10;
		if (digit >= base)
			return at > begin ? at : NULL;
		if (__builtin_mul_overflow(*value, base, value) ||
			__builtin_add_overflow(*value, digit, value))
			return NULL;
	}
}

/* "12us:", and "12us+:" with a mark for what took long, of the option latency-format. Return: behind it, NULL. */
static const char *latency_stamp(
	const char *at, uint64_t us, uint64_t *ns, bool *counts_ns)
{
	at += 2;
	if (*at && strchr("+!#*@$ ", *at))
		at++;
	*ns = us * 1000;
	*counts_ns = true;
	return *at == ':' && us <= MAX_SECONDS * 1000000 ? at + 1 : NULL;
}

/* "5983.562003:" Return: behind it, NULL when it is no time. Without a fraction *@counts_ns is false. */
static const char *time_stamp(const char *at, uint64_t *ns, bool *counts_ns)
{
	uint64_t seconds, fraction = 0;
	unsigned int digits = 0;

	if (*at < '0' || *at > '9')
		return NULL;
	at = number(at, &seconds);
	if (!at)
		return NULL;
	if (at[0] == 'u' && at[1] == 's')
		return latency_stamp(at, seconds, ns, counts_ns);
	*counts_ns = *at == '.';
	if (*counts_ns) {
		for (at++; *at >= '0' && *at <= '9'; at++, digits++) {
			if (digits < 9)
				fraction = fraction * 10 + (uint64_t)(*at - '0');
		}
		if (!digits || seconds > MAX_SECONDS)
			return NULL;
	}
	for (; digits < 9; digits++)
		fraction *= 10;
	*ns = *counts_ns ? seconds * 1000000000 + fraction : 0;
	return *at == ':' ? at + 1 : NULL;
}

/*
 * The value of "name=" among the fields. Return: NULL when there is none. Names inside of other words do not count: a
 * blank, or the begin, is in front.
 */
static const char *field(const char *fields, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = fields; (at = strstr(at, name)); at += length) {
		if ((at == fields || at[-1] == ' ' || at[-1] == '\t') &&
			at[length] == '=')
			return at + length + 1;
	}
	return NULL;
}

static bool number_field(const char *fields, const char *name, uint64_t *value)
{
	const char *at = field(fields, name);

	at = at ? number(at, value) : NULL;
	return at && (!*at || *at == ' ' || *at == '\t');
}

/* ------------------------------------------------------------------ the head of a line */

/* What stands before the pid at @at, less the dash or blank between them, and in perf's "name pid/tid" less the pid. */
static void read_name(const char *line, const char *at, struct head *head)
{
	const char *end = at - 1;

	if (*end == '/') {
		while (end > line && end[-1] >= '0' && end[-1] <= '9')
			end--;
	}
	while (end > line && end[-1] == ' ')
		end--;
	line = skip_blanks(line);
	head->name = line;
	head->name_length = end > line ? (size_t)(end - line) : 0;
}

/* The number before @end, behind a dash or a blank, and behind it perhaps "(tgid)". */
static bool read_pid(const char *line, const char *end, struct head *head)
{
	const char *begin;
	uint64_t value;

	while (end > line && end[-1] == ' ')
		end--;
	if (end > line && end[-1] == ')') {
		while (end > line && end[-1] != '(')
			end--;
		for (end -= end > line; end > line && end[-1] == ' ';)
			end--;
	}
	for (begin = end; begin > line && begin[-1] >= '0' && begin[-1] <= '9';)
		begin--;
	if (begin == end || begin == line ||
		(begin[-1] != '-' && begin[-1] != ' ' && begin[-1] != '/'))
		return false;
	if (!number(begin, &value) || value > INT32_MAX)
		return false;
	head->pid = (int32_t)value;
	read_name(line, begin, head);
	return true;
}

/* Behind "[CPU]": up to two words of context (irqs-off, need-resched, ...), then the time. */
static const char *read_time(const char *at, struct head *head)
{
	for (int words = 0; words < 3; words++) {
		const char *behind;

		at = skip_blanks(at);
		behind = time_stamp(at, &head->ns, &head->counts_ns);
		if (behind)
			return behind;
		at += strcspn(at, " \t");
	}
	return NULL;
}

/* perf script's period, "1", and the time since the event before of trace-cmd report --ts-diff, "(+120)". */
static const char *skip_number(const char *at)
{
	size_t length = strcspn(at = skip_blanks(at), " \t");
	bool bracket = at[0] == '(' && at[1] == '+' && at[length - 1] == ')';
	size_t begin = bracket ? 2 : 0, end = length - (bracket ? 1 : 0);

	if (length && begin < end && begin + strspn(at + begin, "0123456789") == end)
		at = skip_blanks(at + length);
	return at;
}

/* "mm_page_alloc: ", also with its system in front: "kmem:mm_page_alloc: ". */
static bool read_event(const char *at, struct head *head)
{
	size_t length = strcspn(at = skip_number(at), " \t");

	if (length < 2 || at[length - 1] != ':')
		return false;
	head->fields = skip_blanks(at + length);
	length--;
	for (const char *colon; (colon = memchr(at, ':', length));) {
		length -= (size_t)(colon + 1 - at);
		at = colon + 1;
	}
	head->event = at;
	head->event_length = length;
	return length > 0;
}

/* "NAME-31    1d..2.   12.500000: ": the CPU and its context in one word, of the option latency-format. */
static bool read_latency_head(const char *line, struct head *head)
{
	for (const char *at = line; (at = strpbrk(at, " \t"));) {
		const char *word = at = skip_blanks(at), *behind;
		size_t length = strcspn(word, " \t");
		uint64_t cpu;

		behind = *word >= '0' && *word <= '9' ? number(word, &cpu) : NULL;
		if (!behind || cpu > UINT32_MAX || behind + 4 > word + length ||
			*behind == ':')
			continue;
		head->cpu = (uint32_t)cpu;
		behind = time_stamp(
			skip_blanks(word + length), &head->ns, &head->counts_ns);
		if (behind && read_event(behind, head) && read_pid(line, word, head))
			return true;
	}
	return false;
}

/* perf script -F without the task: nobody's. */
static bool read_nobody(const char *line, const char *open, struct head *head)
{
	if (skip_blanks(line) != open)
		return false;
	head->pid = -1;
	head->name = "";
	head->name_length = 0;
	return true;
}

/* A task's name may hold anything, also brackets: the first "[CPU]" with a time behind it counts. */
static bool read_head(const char *line, struct head *head)
{
	for (const char *at = line; (at = strchr(at, '['));) {
		const char *open = at++, *behind;
		uint64_t cpu;

		behind = *at >= '0' && *at <= '9' ? number(at, &cpu) : NULL;
		if (!behind || *behind != ']' || cpu > UINT32_MAX)
			continue;
		head->cpu = (uint32_t)cpu;
		behind = read_time(behind + 1, head);
		if (behind && read_event(behind, head) &&
			(read_pid(line, open, head) || read_nobody(line, open, head)))
			return true;
	}
	return read_latency_head(line, head);
}

/* ------------------------------------------------------------------ flags */

/* The name comes from outside and goes to a terminal: letters, digits and '_' stay. */
static void note_unknown(struct qy_trace_text *t, const char *name)
{
	struct qy_trace *trace = &t->trace;
	size_t i = 0, at = strlen(trace->unknown_flags);
	char clean[sizeof(t->unknown[0])];

	snprintf(clean, sizeof(clean), "%.31s", name);
	for (char *c = clean; *c; c++) {
		if (*c != '_' && !isalnum((unsigned char)*c))
			*c = '?';
	}
	while (i < trace->nr_unknown_flag_bits && strcmp(t->unknown[i], clean) != 0)
		i++;
	if (i < trace->nr_unknown_flag_bits || i == MAX_UNKNOWN)
		return;
	memcpy(t->unknown[i], clean, sizeof(clean));
	trace->nr_unknown_flag_bits++;
	snprintf(trace->unknown_flags + at, sizeof(trace->unknown_flags) - at, "%s%s",
		at ? "|" : "", clean);
}

/* One name: a flag, or Linux's short spelling of several. "none" and digits are a kernel's, too. */
static qy_gfp_t read_flag(struct qy_trace_text *t, const char *name, bool alone)
{
	char first_unknown[80];
	uint64_t digits;
	qy_gfp_t bits;

	if (qy_trace_flag(name, &bits) || strcmp(name, "none") == 0)
		return bits;
	if (qy_parse_gfp(name, &bits, first_unknown, sizeof(first_unknown)) == 0)
		return bits;
	if (alone && number(name, &digits)) {
		t->trace.flags_assumed = true;
		return (qy_gfp_t)digits & QY___GFP_BITS_MASK;
	}
	note_unknown(t, name);
	return 0;
}

static qy_gfp_t read_flags(struct qy_trace_text *t, const char *text)
{
	bool alone = !strchr(text, '|');
	qy_gfp_t bits = 0;
	char name[120];

	while (*text) {
		size_t length = strcspn(text, "|");

		snprintf(name, sizeof(name), "%.*s", (int)length, text);
		bits |= read_flag(t, name, alone);
		text += length + (text[length] == '|');
	}
	return bits;
}

/* The flags at @at, found again when this text was there before. Return: false when there are none. */
static bool find_flags(struct qy_trace_text *t, const char *at, qy_gfp_t *bits)
{
	size_t length = strcspn(at, " \t"), hash = 0;
	struct flags *f;

	if (!length || length >= sizeof(f->text))
		return false;
	for (size_t i = 0; i < length; i++)
		hash = hash * 31 + (unsigned char)at[i];
	f = &t->known[(hash ^ hash >> 8) & (NR_KNOWN - 1)];
	if (strncmp(f->text, at, length) != 0 || f->text[length]) {
		snprintf(f->text, sizeof(f->text), "%.*s", (int)length, at);
		f->bits = read_flags(t, f->text);
	}
	*bits = f->bits;
	return true;
}

/* ------------------------------------------------------------------ events */

static struct qy_page_event *next_event(struct qy_trace_text *t)
{
	if (t->trace.nr_events == t->room) {
		size_t room = t->room ? t->room * 2 : 4096;
		void *events = realloc(t->trace.events, room * sizeof(*t->trace.events));

		if (!events)
			return NULL;
		t->trace.events = events;
		t->room = room;
	}
	return &t->trace.events[t->trace.nr_events];
}

static uint64_t since_begin(struct qy_trace_text *t, uint64_t ns)
{
	if (!t->begun)
		t->trace.start_ns = t->last_ns = ns;
	t->begun = true;
	if (ns < t->last_ns)
		t->trace.nr_backwards++;
	else
		t->last_ns = ns;
	return t->last_ns - t->trace.start_ns;
}

/* The first name that a pid has stays; "<...>" is none. */
static uint16_t task_of(struct qy_trace_text *t, const struct head *head)
{
	uint16_t number = qy_trace_task(&t->tasks, head->pid);
	struct qy_task *task = &t->tasks.task[number];

	if (number && (!task->comm[0] || task->comm[0] == '<'))
		qy_trace_task_name(task, head->name, head->name_length);
	return number;
}

static int take(struct qy_trace_text *t, const struct head *head, bool alloc)
{
	uint64_t pfn, order, type = 0;
	const char *frame = field(head->fields, "pfn");
	const char *flags = alloc ? field(head->fields, "gfp_flags") : NULL;
	struct qy_page_event *event;
	qy_gfp_t gfp = 0;

	if (!head->counts_ns)
		return bad(t, "a clock that does not count nanoseconds",
			"write mono to trace_clock and record it again");
	if (head->cpu >= QY_MAX_CPUS)
		return bad(t, "a CPU number of no machine", REMEDY);
	if (!number_field(head->fields, "order", &order) ||
		(alloc && !number_field(head->fields, "migratetype", &type)) ||
		(alloc && (!flags || !find_flags(t, flags, &gfp))) || !frame)
		return bad(t, "a page event without its fields", REMEDY);
	if (strncmp(frame, "-1", 2) == 0)
		pfn = 0;
	else if (!number_field(head->fields, "pfn", &pfn))
		return bad(t, "a page event without its frame number", REMEDY);
	/* an allocation that failed has no frame: kernels write 0, which is nobody's, or -1 */
	if (alloc && (!pfn || pfn == UINT64_MAX)) {
		t->trace.nr_failed_alloc++;
		return 0;
	}
	if (order > QY_MAX_PAGE_ORDER || pfn >> MAX_PFN_BITS ||
		pfn & ((1ull << order) - 1) || type > MAX_TYPE) {
		t->trace.nr_bad++;
		return 0;
	}
	event = next_event(t);
	if (!event)
		return no_memory(t);
	*event = (struct qy_page_event){ .ts_ns = since_begin(t, head->ns),
		.pfn = pfn,
		.gfp = gfp,
		.pid = head->pid,
		.cpu = (uint16_t)head->cpu,
		.order = (uint8_t)order,
		.migratetype = (uint8_t)type,
		.kind = alloc ? QY_EV_ALLOC : QY_EV_FREE,
		.task = task_of(t, head) };
	t->trace.nr_events++;
	t->trace.nr_alloc += alloc;
	t->trace.nr_free += !alloc;
	t->trace.duration_ns = event->ts_ns;
	return 0;
}

/* ------------------------------------------------------------------ lines */

/* "CPU:1 [LOST 23 EVENTS]", "CPU:1 [LOST EVENTS]"; trace-cmd says "CPU:1 [23 EVENTS DROPPED]". */
static bool read_lost(struct qy_trace_text *t, const char *line)
{
	const char *at = strchr(line, '['), *events = strstr(line, "EVENTS");
	uint64_t nr = 1;

	if (strncmp(line, "CPU:", 4) != 0 || !at || !events ||
		(!strstr(line, "LOST") && !strstr(line, "DROPPED")))
		return false;
	at += 1 + strcspn(at + 1, "0123456789E");
	if (!number(at, &nr))
		nr = 1;
	t->trace.nr_lost += nr;
	return true;
}

/* What the tools write around the events. Return: whether this is such a line. */
static bool read_around(struct qy_trace_text *t, const char *line)
{
	const char *cpus = strstr(line, "#P:");
	uint64_t nr = 0;

	if (strncmp(line, "cpus=", 5) == 0)
		number(line + 5, &nr);
	else if (line[0] == '#' && cpus)
		number(cpus + 3, &nr);
	else if (line[0] == '#' || strncmp(line, "version = ", 10) == 0 ||
		 (strncmp(line, "CPU ", 4) == 0 && strstr(line, " is empty")))
		return true;
	if (nr > t->nr_cpus && nr <= QY_MAX_CPUS)
		t->nr_cpus = (uint32_t)nr;
	return nr > 0;
}

static bool is_event(const struct head *head, const char *name)
{
	return head->event_length == strlen(name) &&
	       memcmp(head->event, name, head->event_length) == 0;
}

static int read_line(struct qy_trace_text *t)
{
	struct head head;

	t->line++;
	if (t->length && t->text[t->length - 1] == '\r')
		t->text[--t->length] = '\0';
	if (!t->text[strspn(t->text, " \t")])
		return 0;
	if (read_head(t->text, &head)) {
		t->recognised = true;
		if (is_event(&head, "mm_page_alloc"))
			return take(t, &head, true);
		if (is_event(&head, "mm_page_free"))
			return take(t, &head, false);
		t->trace.nr_other++;
		return 0;
	}
	if (read_around(t, t->text) || read_lost(t, t->text)) {
		t->recognised = true;
		return 0;
	}
	if (!t->recognised)
		return bad(t, "neither a trace.dat nor the text of a trace", RECORD);
	if (strstr(t->text, " mm_page_alloc:") || strstr(t->text, " mm_page_free:"))
		return bad(
			t, "a page event that cannot be read", "copy or record it again");
	t->trace.nr_other++;
	return 0;
}

/* ------------------------------------------------------------------ doors */

struct qy_trace_text *qy_trace_text_new(const char *path, struct qy_err *err)
{
	struct qy_trace_text *t = calloc(1, sizeof(*t));

	if (!t || qy_trace_tasks_init(&t->tasks)) {
		free(t);
		qy_fail(err, "%s: the host has no memory left", path);
		return NULL;
	}
	t->path = path;
	t->err = err;
	return t;
}

static int feed_part(struct qy_trace_text *t, const char *bytes, size_t size, bool ends)
{
	if (t->length + size >= LINE_ROOM || memchr(bytes, '\0', size)) {
		t->line++;
		return t->recognised
			       ? bad(t, "not a line of text", REMEDY)
			       : bad(t, "neither a trace.dat nor the text of a trace",
					 RECORD);
	}
	memcpy(t->text + t->length, bytes, size);
	t->length += size;
	t->text[t->length] = '\0';
	if (!ends)
		return 0;
	if (read_line(t))
		return -1;
	t->length = 0;
	return 0;
}

int qy_trace_text_feed(struct qy_trace_text *t, const char *bytes, size_t size)
{
	while (size && !t->failed) {
		const char *end = memchr(bytes, '\n', size);
		size_t length = end ? (size_t)(end - bytes) : size;

		if (feed_part(t, bytes, length, end != NULL))
			break;
		bytes += length + (end != NULL);
		size -= length + (end != NULL);
	}
	return t->failed ? -1 : 0;
}

static uint32_t count_cpus(const struct qy_trace_text *t)
{
	uint32_t nr = t->nr_cpus;

	for (size_t i = 0; i < t->trace.nr_events; i++) {
		if (t->trace.events[i].cpu >= nr)
			nr = t->trace.events[i].cpu + 1u;
	}
	return nr;
}

int qy_trace_text_end(struct qy_trace_text *t, struct qy_trace *trace)
{
	*trace = (struct qy_trace){ 0 };
	if (t->failed)
		return -1;
	if (t->length) {
		t->line++;
		return bad(t, "the last line has no end: the text is cut short",
			"copy or record it again");
	}
	if (!t->line)
		return qy_fail(t->err, "%s: the file is empty; record it again", t->path);
	if (!t->trace.nr_events)
		return qy_fail(t->err, "%s: no page event in it; " RECORD, t->path);
	t->trace.path = strdup(t->path);
	if (!t->trace.path)
		return no_memory(t);
	t->trace.nr_cpus = count_cpus(t);
	*trace = t->trace;
	t->trace = (struct qy_trace){ 0 };
	trace->tasks = t->tasks.task;
	trace->nr_tasks = t->tasks.nr;
	t->tasks.task = NULL;
	return 0;
}

void qy_trace_text_free(struct qy_trace_text *t)
{
	if (!t)
		return;
	qy_trace_free(&t->trace);
	qy_trace_tasks_exit(&t->tasks);
	free(t);
}
