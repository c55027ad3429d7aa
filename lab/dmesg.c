// SPDX-License-Identifier: MIT
/*
 * See dmesg.h. One pass over the lines: a line is stripped of what the log put in front, then offered to a table of
 * readers until one knows it. What is the OOM killer's or CMA's alone is read by dmesg_oom.c. No state.
 */
#include "lab/dmesg_read.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/units.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define LINE_BYTES    4096
#define FAILURE       ": page allocation failure: order:"
#define PREFIX_MAX    120 /* a journal's date, host and "kernel: " end within */
#define COMM_MAX      15  /* TASK_COMM_LEN, less the byte that ends it */

/* ------------------------------------------------------------------ words */

/* Decimal digits at *@p. Return: false when there are none, or too many. */
bool qy_dmesg_number(const char **p, uint64_t *value)
{
	const char *start = *p;

	*value = 0;
	while (isdigit((unsigned char)**p)) {
		*value = *value * 10 + (uint64_t)(**p - '0');
		if (*value > QY_DMESG_AMOUNT_MAX)
			return false;
		(*p)++;
	}
	return *p > start;
}

bool qy_dmesg_word(const char **p, const char *word)
{
	size_t length = strlen(word);

	if (strncmp(*p, word, length) != 0)
		return false;
	*p += length;
	return true;
}

void qy_dmesg_copy(char *to, size_t size, const char *from, size_t length)
{
	if (length >= size)
		length = size - 1;
	for (size_t i = 0; i < length; i++)
		to[i] = from[i] >= ' ' && from[i] < 0x7f ? from[i] : '?';
	to[length] = '\0';
}

/* Behind the value of "key", which stands at the start of a word of @line; NULL when it does not. */
static const char *find_key(const char *line, const char *key)
{
	size_t length = strlen(key);

	for (const char *p = strstr(line, key); p; p = strstr(p + 1, key))
		if (p == line || p[-1] == ' ')
			return p + length;
	return NULL;
}

/* ------------------------------------------------------------------ prefixes */

/* "[   12.345678] ", "[  T812] ", "[Tue Sep  6 11:22:33 2022] " */
static const char *skip_bracket(const char *p)
{
	const char *end;

	if (*p != '[' || !(isdigit((unsigned char)p[1]) || p[1] == ' ' ||
				 isupper((unsigned char)p[1])))
		return p;
	end = strchr(p, ']');
	if (!end || end - p > 40)
		return p;
	return end + 1;
}

/* A bracket is followed by one blank of its own; a second one belongs to the text. */
static const char *strip_brackets(const char *p)
{
	const char *next;

	while ((next = skip_bracket(p)) != p) {
		p = next;
		if (*p == ' ')
			p++;
	}
	return p;
}

static const char *strip_prefix(const char *line)
{
	/* a mail quotes with "> " */
	const char *p = line + strspn(line, " \t>"), *kernel;

	if (p[0] == '<' && isdigit((unsigned char)p[1])) {
		const char *end = strchr(p, '>');

		if (end && end - p <= 4)
			p = end + 1;
	}
	p = strip_brackets(p);
	kernel = strstr(p, "kernel: ");
	if (kernel && kernel - p < PREFIX_MAX && (kernel == p || kernel[-1] == ' '))
		p = strip_brackets(kernel + strlen("kernel: "));
	return p;
}

/* A word may begin behind it, also one of the kernel's line behind a prefix that strip_prefix() does not know. */
static bool ends_prefix(char c)
{
	return c == ' ' || c == '\t' || c == ';' || c == ']' || c == '>';
}

/*
 * Where the task's name begins that ends at @end. What is in front ends with a separator; what is still too long for a
 * name begins with a date.
 */
const char *qy_dmesg_comm(const char *line, const char *end)
{
	static const char *const separators[] = { "] ", ": ", " - ", ";" };
	const char *begin = line;

	for (size_t i = 0; i < ARRAY_SIZE(separators); i++) {
		size_t length = strlen(separators[i]);
		const char *p = begin;

		while ((p = strstr(p, separators[i])) != NULL && p + length <= end)
			begin = p = p + length;
	}
	while (begin < end && (*begin == ' ' || end - begin > COMM_MAX)) {
		const char *blank = memchr(begin, ' ', (size_t)(end - begin));

		if (!blank)
			break;
		begin = blank + 1;
	}
	return begin;
}

/* ------------------------------------------------------------------ the first line */

/* "0-1,3": a bit per node below 64. */
uint64_t qy_dmesg_nodes(const char *p)
{
	uint64_t nodes = 0, first, last;

	while (qy_dmesg_number(&p, &first)) {
		last = first;
		if (*p == '-' && (p++, !qy_dmesg_number(&p, &last)))
			break;
		for (uint64_t i = first; i <= last && i < 64; i++)
			nodes |= 1ull << i;
		/* what follows ",": the next range, or "cpuset=" */
		if (*p != ',' || !isdigit((unsigned char)*++p))
			break;
	}
	return nodes;
}

static void take_flag(struct qy_dmesg_report *r, const char *name, size_t length)
{
	char word[64], unknown[64];
	qy_gfp_t bits;

	qy_dmesg_copy(word, sizeof(word), name, length);
	if (strcmp(word, "GFP_ATOMIC") == 0 || strcmp(word, "__GFP_ATOMIC") == 0)
		r->named_atomic = true;
	if (strcmp(word, "__GFP_ATOMIC") == 0 || strcmp(word, "none") == 0)
		return;
	if (strncmp(word, "0x", 2) == 0)
		r->named |= (qy_gfp_t)strtoul(word, NULL, 16) & QY___GFP_BITS_MASK;
	else if (qy_parse_gfp(word, &bits, unknown, sizeof(unknown)) == 0)
		r->named |= bits;
	else if (!r->unknown[0])
		qy_dmesg_copy(r->unknown, sizeof(r->unknown), word, strlen(word));
}

/* "(GFP_KERNEL|__GFP_ZERO)"; cut ones do not count. */
void qy_dmesg_flags(struct qy_dmesg_report *r, const char *p)
{
	const char *end = strchr(p, ')');

	if (*p != '(' || !end)
		return;
	r->has_names = true;
	qy_dmesg_copy(r->flags, sizeof(r->flags), p + 1, (size_t)(end - p - 1));
	while (p < end) {
		size_t length = strcspn(++p, "|)");

		take_flag(r, p, length);
		p += length;
	}
}

void qy_dmesg_mode(struct qy_dmesg_report *r, const char *p)
{
	char *end;

	if (!isxdigit((unsigned char)*p))
		return;
	r->mode = strtoull(p, &end, 16);
	/* digits to the end of the line may be a part of them */
	r->has_mode = *end == '(' || *end == ',' || !*end;
	qy_dmesg_flags(r, end);
}

void qy_dmesg_where(struct qy_dmesg_report *r, const char *line)
{
	const char *nodemask = strstr(line, "nodemask="),
		   *allowed = strstr(line, "mems_allowed=");

	if (nodemask && isdigit((unsigned char)nodemask[strlen("nodemask=")])) {
		r->nodes = qy_dmesg_nodes(nodemask + strlen("nodemask="));
		r->has_nodes = r->nodes != 0;
	}
	if (allowed)
		r->cpuset_nodes = qy_dmesg_nodes(allowed + strlen("mems_allowed="));
}

struct qy_dmesg_report *qy_dmesg_add(
	struct qy_dmesg_reading *reading, enum qy_dmesg_kind kind)
{
	struct qy_dmesg *log = reading->log;
	struct qy_dmesg_report *more;

	if (log->nr_reports == QY_DMESG_MAX_REPORTS) {
		log->nr_left_out++;
		return NULL;
	}
	if ((log->nr_reports & (log->nr_reports - 1)) == 0) {
		size_t room = log->nr_reports ? log->nr_reports * 2ul : 1;

		more = realloc(log->report, room * sizeof(*more));
		if (!more) {
			reading->no_memory = true;
			return NULL;
		}
		log->report = more;
	}
	more = &log->report[log->nr_reports++];
	memset(more, 0, sizeof(*more));
	more->kind = kind;
	more->line = reading->line;
	more->page_kb = 4;
	return more;
}

static bool read_failure(struct qy_dmesg_reading *reading, const char *line)
{
	const char *colon = strstr(line, FAILURE), *p;
	struct qy_dmesg_report *r;
	uint64_t order;

	if (!colon)
		return false;
	p = colon + strlen(FAILURE);
	reading->report = NULL;
	if (!qy_dmesg_number(&p, &order) || order >= QY_DMESG_MAX_ORDERS)
		return true; /* cut, or no order of any kernel */
	r = reading->report = qy_dmesg_add(reading, QY_DMESG_FAILURE);
	if (!r)
		return true;
	r->order = (unsigned int)order;
	line = qy_dmesg_comm(line, colon);
	qy_dmesg_copy(r->comm, sizeof(r->comm), line, (size_t)(colon - line));
	if (qy_dmesg_word(&p, ", mode:"))
		qy_dmesg_mode(r, p);
	qy_dmesg_where(r, p);
	return true;
}

/* ------------------------------------------------------------------ the lines behind it */

/* The rest of a first line that a mail program broke: "mode:0xcc0(GFP_KERNEL), nodemask=(null),cpuset=/,mems_allowed=0" */
static bool read_request(struct qy_dmesg_reading *reading, const char *line)
{
	struct qy_dmesg_report *r = reading->report;
	const char *p = line;

	if (r->kind != QY_DMESG_FAILURE || r->nr_zones)
		return false;
	if (qy_dmesg_word(&p, "mode:") && !r->has_mode)
		qy_dmesg_mode(r, p);
	else if (strncmp(line, "nodemask=", 9) != 0)
		return false;
	qy_dmesg_where(r, line);
	return true;
}

/* "Comm: Web Content Not tainted 6.12.117 #2": who it is, whatever stood in front of the first line. */
static void take_comm(struct qy_dmesg_report *r, const char *line)
{
	const char *comm = strstr(line, " Comm: "), *end;

	if (!comm)
		return;
	comm += strlen(" Comm: ");
	end = strstr(comm, " Not tainted");
	if (!end)
		end = strstr(comm, " Tainted: ");
	if (end && end > comm)
		qy_dmesg_copy(r->comm, sizeof(r->comm), comm, (size_t)(end - comm));
}

/* "... Not tainted 6.12.117 #2", "... Tainted: G           O       6.12.117 #2": the first word that is a version. */
static bool read_cpu(struct qy_dmesg_reading *reading, const char *line)
{
	struct qy_dmesg_report *r = reading->report;
	const char *p;

	if (strncmp(line, "CPU: ", 5) != 0)
		return false;
	take_comm(r, line);
	p = strstr(line, "ainted");
	while (p && (p = strchr(p, ' ')) != NULL) {
		const char *number = ++p;
		uint64_t major, minor;

		if (!qy_dmesg_number(&number, &major) || *number++ != '.' ||
			!qy_dmesg_number(&number, &minor) || major > 99 || minor > 999)
			continue;
		r->major = (unsigned int)major;
		r->minor = (unsigned int)minor;
		qy_dmesg_copy(r->release, sizeof(r->release), p, strcspn(p, " "));
		break;
	}
	return true;
}

static bool read_trace(struct qy_dmesg_reading *reading, const char *line)
{
	if (strcmp(line, " <IRQ>") != 0 && strcmp(line, "<IRQ>") != 0)
		return false;
	reading->report->in_interrupt = true;
	return true;
}

/* "Node 0 DMA32" or "DMA32" at *@p, then @separator. */
static bool take_zone_name(
	const char **p, char separator, uint64_t *node, bool *has_node, const char **name)
{
	static const char *const names[] = { "DMA32", "DMA", "Normal", "HighMem",
		"Movable", "Device" };

	*node = 0;
	*has_node = qy_dmesg_word(p, "Node ");
	if (*has_node && (!qy_dmesg_number(p, node) || *node >= 64 || *(*p)++ != ' '))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *behind = *p;

		if (!qy_dmesg_word(&behind, names[i]) || *behind != separator)
			continue;
		*p = behind + 1;
		*name = names[i];
		return true;
	}
	return false;
}

static struct qy_dmesg_zone *find_zone(
	struct qy_dmesg_report *r, uint64_t node, const char *name)
{
	for (uint32_t i = 0; i < r->nr_zones; i++)
		if (r->zone[i].node == node && strcmp(r->zone[i].name, name) == 0)
			return &r->zone[i];
	if (r->nr_zones == QY_DMESG_MAX_ZONES)
		return NULL;
	r->zone[r->nr_zones].node = (uint32_t)node;
	strcpy(r->zone[r->nr_zones].name, name);
	return &r->zone[r->nr_zones++];
}

static const char *const amount_keys[QY_DMESG_NR_AMOUNTS] = {
	[QY_DMESG_FREE] = "free:",
	[QY_DMESG_BOOST] = "boost:",
	[QY_DMESG_MIN] = "min:",
	[QY_DMESG_LOW] = "low:",
	[QY_DMESG_HIGH] = "high:",
	[QY_DMESG_RESERVED_HIGHATOMIC] = "reserved_highatomic:",
	[QY_DMESG_FREE_HIGHATOMIC] = "free_highatomic:",
	[QY_DMESG_ACTIVE_FILE] = "active_file:",
	[QY_DMESG_INACTIVE_FILE] = "inactive_file:",
	[QY_DMESG_PRESENT] = "present:",
	[QY_DMESG_MANAGED] = "managed:",
	[QY_DMESG_FREE_PCP] = "free_pcp:",
	[QY_DMESG_LOCAL_PCP] = "local_pcp:",
	[QY_DMESG_FREE_CMA] = "free_cma:",
};

static bool read_zone(struct qy_dmesg_reading *reading, const char *line)
{
	const char *name, *p = line;
	struct qy_dmesg_zone *z;
	bool has_node;
	uint64_t node;

	if (!take_zone_name(&p, ' ', &node, &has_node, &name) ||
		strncmp(p, "free:", 5) != 0)
		return false;
	z = find_zone(reading->report, node, name);
	reading->report->has_node_prefix |= has_node;
	for (int i = 0; z && i < QY_DMESG_NR_AMOUNTS; i++) {
		const char *value = find_key(p, amount_keys[i]);
		uint64_t kb;

		/* the unit is the proof that the digits are all there */
		if (!value || !qy_dmesg_number(&value, &kb) ||
			(strncmp(value, "kB", 2) != 0 && strncmp(value, "KB", 2) != 0))
			continue;
		z->kb[i] = kb;
		z->said |= 1u << i;
	}
	return true;
}

static bool read_reserve(struct qy_dmesg_reading *reading, const char *line)
{
	struct qy_dmesg_report *r = reading->report;
	struct qy_dmesg_zone *z;
	const char *p = line;
	uint64_t pages;

	if (!qy_dmesg_word(&p, "lowmem_reserve[]:"))
		return false;
	if (!r->nr_zones)
		return true;
	z = &r->zone[r->nr_zones - 1];
	z->nr_reserve = 0;
	while (z->nr_reserve < QY_DMESG_MAX_KINDS && *p++ == ' ' &&
		qy_dmesg_number(&p, &pages))
		z->reserve_pages[z->nr_reserve++] = pages;
	return true;
}

/* " (UME)" behind a count, when there is one. */
static uint8_t take_letters(const char **p)
{
	static const char letters[] = "UMEHCI";
	uint8_t set = 0;

	if (!qy_dmesg_word(p, " ("))
		return 0;
	while (**p && **p != ')') {
		const char *letter = strchr(letters, *(*p)++);

		if (letter)
			set |= (uint8_t)(1u << (letter - letters));
	}
	if (**p)
		(*p)++;
	return set;
}

static bool read_orders(struct qy_dmesg_reading *reading, const char *line)
{
	struct qy_dmesg_report *r = reading->report;
	uint64_t node, count, kb, first_kb = 0;
	const char *name, *p = line;
	struct qy_dmesg_zone *z;
	uint32_t order = 0;
	bool has_node;

	if (!take_zone_name(&p, ':', &node, &has_node, &name))
		return false;
	z = find_zone(r, node, name);
	while (z && order < QY_DMESG_MAX_ORDERS && *p == ' ' &&
		(p++, qy_dmesg_number(&p, &count)) && qy_dmesg_word(&p, "*") &&
		qy_dmesg_number(&p, &kb) && qy_dmesg_word(&p, "kB")) {
		if (order == 0)
			first_kb = kb;
		if (kb == 0 || kb != first_kb << order ||
			count > QY_DMESG_AMOUNT_MAX >> order)
			return true;
		z->blocks[order] = count;
		z->letters[order++] = take_letters(&p);
	}
	/* the sum at the end is the proof that no order is cut off */
	if (z && qy_dmesg_word(&p, "= ") && order && (first_kb & (first_kb - 1)) == 0 &&
		first_kb <= 256) {
		z->nr_orders = order;
		r->page_kb = (unsigned int)first_kb;
	}
	return true;
}

/* "NUMBER text" at the end of the report, and the two lines of swap. */
static bool read_total(struct qy_dmesg_reading *reading, const char *line)
{
	static const char *const endings[QY_DMESG_NR_TOTALS] = {
		[QY_DMESG_PAGES_RAM] = " pages RAM",
		[QY_DMESG_PAGES_RESERVED] = " pages reserved",
		[QY_DMESG_PAGES_HIGH_MOVABLE] = " pages HighMem/MovableOnly",
		[QY_DMESG_PAGES_CMA] = " pages cma reserved",
		[QY_DMESG_FREE_SWAP_KB] = "kB",
	};
	struct qy_dmesg_report *r = reading->report;
	const char *p = line;
	bool swap = qy_dmesg_word(&p, "Free swap  = ");
	uint64_t value;

	if (!qy_dmesg_number(&p, &value))
		return false;
	for (int i = 0; i < QY_DMESG_NR_TOTALS; i++) {
		if (swap != (i == QY_DMESG_FREE_SWAP_KB) ||
			strncmp(p, endings[i], strlen(endings[i])) != 0)
			continue;
		r->total[i] = value;
		r->totals_said |= 1u << i;
		return true;
	}
	return false;
}

/* ------------------------------------------------------------------ the log */

static const struct {
	const char *text, *one, *many;
} others[QY_DMESG_NR_OTHERS] = {
	[QY_DMESG_VMALLOC] = { " vmalloc error: size ", "vmalloc failure",
		"vmalloc failures" },
	[QY_DMESG_STALL] = { ": page allocation stalls for ", "allocation stall",
		"allocation stalls" },
};

static bool read_other(struct qy_dmesg_reading *reading, const char *line)
{
	for (int i = 0; i < QY_DMESG_NR_OTHERS; i++) {
		if (!strstr(line, others[i].text))
			continue;
		if (!reading->log->others[i]++)
			reading->log->other_line[i] = reading->line;
		/* a Mem-Info that follows is not the failure's */
		reading->report = NULL;
		return true;
	}
	return false;
}

static bool offer(struct qy_dmesg_reading *reading, const char *line)
{
	static bool (*const readers[])(struct qy_dmesg_reading *, const char *) = {
		read_request, read_cpu, read_trace, read_zone, read_reserve, read_orders,
		read_total, qy_dmesg_read_oom, qy_dmesg_read_cma_free
	};

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (readers[i](reading, line))
			return true;
	return false;
}

/* Return: where in @line its words are, known to a reader; NULL when it is none of a report. */
static const char *find_words(struct qy_dmesg_reading *reading, const char *line)
{
	for (const char *p = line; *p && p - line < PREFIX_MAX; p++) {
		if (p > line && !ends_prefix(p[-1]))
			continue;
		if (offer(reading, p))
			return p;
		if (strncmp(p, "Node ", 5) == 0)
			return NULL; /* the zone behind it is not node 0's */
	}
	return NULL;
}

/* Does @line go on with amounts, counts or the sum of one that somebody broke? */
static bool goes_on(const char *line)
{
	size_t length = strcspn(line, " "), digits = strspn(line, "0123456789");
	const char *colon = memchr(line, ':', length);

	if (colon && isdigit((unsigned char)colon[1]))
		return true;
	return (digits && (digits == length || line[digits] == '*')) || line[0] == '(' ||
	       line[0] == '=';
}

/* "Node 1" and nothing else: its zone stands on the next line. */
static bool waits_for_zone(const char *begun)
{
	uint64_t node;

	return qy_dmesg_word(&begun, "Node ") && qy_dmesg_number(&begun, &node) &&
	       !*begun;
}

/* Mail programs, and consoles that others print on, break long lines. What was read of one is read again, with more. */
static bool read_more(struct qy_dmesg_reading *reading, const char *line)
{
	size_t begun = strlen(reading->begun), room = sizeof(reading->begun) - begun;

	if (!begun || strlen(line) + 2 > room)
		return false;
	snprintf(reading->begun + begun, room, " %s", line);
	return offer(reading, reading->begun);
}

static void read_line(struct qy_dmesg_reading *reading, const char *line)
{
	const char *words;

	line = strip_prefix(line);
	if (read_failure(reading, line) || qy_dmesg_read_heading(reading, line) ||
		read_other(reading, line)) {
		reading->begun[0] = '\0';
		return;
	}
	if (!reading->report)
		return;
	if (waits_for_zone(reading->begun) && read_more(reading, line))
		return;
	words = find_words(reading, line);
	if (!words && goes_on(line) && read_more(reading, line))
		return;
	if (!words && waits_for_zone(line))
		words = line;
	snprintf(reading->begun, sizeof(reading->begun), "%s", words ? words : "");
}

/* "ESC[33m", as dmesg --color prints. Return: the new length. */
static size_t drop_colours(char *line, size_t length)
{
	size_t kept = 0;

	for (size_t i = 0; i < length; i++) {
		size_t end = i + 2;

		if (line[i] == '\033' && i + 1 < length && line[i + 1] == '[') {
			while (end < length &&
				(isdigit((unsigned char)line[end]) || line[end] == ';'))
				end++;
			if (end < length && line[end] == 'm') {
				i = end;
				continue;
			}
		}
		line[kept++] = line[i];
	}
	return kept;
}

/* The end of a line: a newline, or the "#012" that syslog makes of one. */
static size_t line_length(const char *text, size_t size, size_t *separator)
{
	for (size_t i = 0; i < size; i++) {
		*separator = 1;
		if (text[i] == '\n')
			return i;
		*separator = 4;
		if (text[i] == '#' && size - i >= 4 && memcmp(text + i, "#012", 4) == 0)
			return i;
	}
	*separator = 0;
	return size;
}

int qy_dmesg_parse(
	const char *text, size_t size, struct qy_dmesg *log, struct qy_err *err)
{
	struct qy_dmesg_reading reading = { .log = log, .line = 1 };
	char line[LINE_BYTES];

	*log = (struct qy_dmesg){ 0 };
	while (size && !reading.no_memory) {
		size_t separator, length = line_length(text, size, &separator);
		size_t kept = length < LINE_BYTES ? length : LINE_BYTES - 1;

		memcpy(line, text, kept);
		kept = drop_colours(line, kept);
		for (size_t i = 0; i < kept; i++)
			if (!line[i])
				line[i] = '?';
		while (kept && (line[kept - 1] == '\r' || line[kept - 1] == ' '))
			kept--;
		line[kept] = '\0';
		read_line(&reading, line);
		reading.line += separator == 1;
		text += length + separator;
		size -= length + separator;
	}
	if (reading.no_memory)
		return qy_fail(err, "quarry explain: the host has no memory left");
	return 0;
}

void qy_dmesg_free(struct qy_dmesg *log)
{
	free(log->report);
	*log = (struct qy_dmesg){ 0 };
}

const char *qy_dmesg_others_text(const struct qy_dmesg *log, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (int i = 0; i < QY_DMESG_NR_OTHERS; i++) {
		uint32_t nr = log->others[i];
		int length;

		if (!nr || used >= size)
			continue;
		length = snprintf(buf + used, size - used,
			"%s%u %s (the first in line %u)", used ? ", " : "", nr,
			nr == 1 ? others[i].one : others[i].many, log->other_line[i]);
		used += length > 0 ? (size_t)length : 0;
	}
	return buf;
}
