/* SPDX-License-Identifier: MIT */
/*
 * The views against real kernels: a recorded file is read into numbers, the numbers are printed, and the text must be
 * the recorded one, byte for byte.
 *
 * A data file is made of sections: a line "== name", then the text of the recorded file. Lines before the first
 * section say which kernel it was.
 */
#include "mm/watch/internal.h"
#include "mm/watch/page_owner.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES     32768
#define RECORDED_ZONES 8
#define RECORDED_STATS 64
#define RECORDED_CPUS  4

struct recorded_stats {
	u32 nr;
	struct stat_line line[RECORDED_STATS];
	char name[RECORDED_STATS][40];
};

struct recorded {
	u32 nr_zones, nr_cpus, protections;
	bool cma, unreclaimable, owned;
	u64 mixed[RECORDED_ZONES][MIGRATE_TYPES];
	struct qy_zone_stats zone[RECORDED_ZONES];
	char zone_name[RECORDED_ZONES][16];
	struct recorded_stats node_stats, zone_stats[RECORDED_ZONES];
	struct qy_pageset pageset[RECORDED_ZONES][RECORDED_CPUS];
};

/* ------------------------------------------------------------------ files into numbers */

static char *recorded_load(const char *name)
{
	char path[512];
	FILE *file;
	char *data;
	long size;

	snprintf(path, sizeof(path), "%s/tests/watch/data/%s", QY_SOURCE_DIR, name);
	file = fopen(path, "r");
	if (!file)
		FAIL("%s: cannot be opened", path);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	data = calloc(1, (size_t)size + 1);
	CHECK_EQ(fread(data, 1, (size_t)size, file), size);
	fclose(file);
	return data;
}

/*
 * The text of one section, to be freed; *@rest is where the search goes on. NULL: no such section (@name NULL: any).
 */
static char *recorded_section(char *data, const char *name, char **rest)
{
	for (char *at = strstr(data, "== "); at; at = strstr(at + 1, "\n== ")) {
		char *head = strstr(at, "== ") + 3;
		char *text = strchr(head, '\n') + 1;
		char *end = strstr(text, "\n== ");

		if (name && (strncmp(head, name, strlen(name)) || text[-1] != '\n' ||
				    (size_t)(text - 1 - head) != strlen(name)))
			continue;
		if (rest)
			*rest = end ? end + 1 : text + strlen(text);
		return strndup(text, end ? (size_t)(end + 1 - text) : strlen(text));
	}
	return NULL;
}

/* The zone of "Node N, zone NAME"; a new one goes to the end. Return: what follows the name. */
static const char *zone_of_line(
	struct recorded *r, const char *line, struct qy_zone_stats **z)
{
	unsigned int node;
	char name[16];
	int length;
	u32 i;

	if (sscanf(line, "Node %u, zone %15[A-Za-z0-9]%n", &node, name, &length) != 2)
		FAIL("no zone in: %s", line);
	for (i = 0; i < r->nr_zones; i++)
		if (r->zone[i].node == node && !strcmp(r->zone_name[i], name))
			break;
	CHECK(i < RECORDED_ZONES);
	if (i == r->nr_zones) {
		strcpy(r->zone_name[i], name);
		r->zone[i] = (struct qy_zone_stats){ .name = r->zone_name[i],
			.node = node,
			.type = i,
			.present_pages = 1 };
		r->nr_zones++;
	}
	*z = &r->zone[i];
	return line + length;
}

static const char *number(const char *text, u64 *value)
{
	char *end;

	*value = strtoull(text, &end, 10);
	if (end == text)
		FAIL("no number in: %s", text);
	return end;
}

static void recorded_buddyinfo(struct recorded *r, const char *text)
{
	struct qy_zone_stats *z;

	for (; *text; text = strchr(text, '\n') + 1) {
		const char *at = zone_of_line(r, text, &z);

		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			at = number(at, &z->nr_free[order][MIGRATE_UNMOVABLE]);
	}
}

static unsigned int migratetype(const char *name)
{
	static const char *const names[] = { "Unmovable", "Movable", "Reclaimable",
		"HighAtomic", "CMA", "Isolate" };

	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
		if (!strncmp(name, names[mt], strlen(names[mt])))
			return mt;
	FAIL("no migratetype in: %s", name);
}

static void recorded_pagetypeinfo(struct recorded *r, const char *text)
{
	struct qy_zone_stats *z;
	bool blocks = false, mixed = false;

	r->owned = strstr(text, "Number of mixed blocks") != NULL;
	r->cma = strstr(text, " CMA ") != NULL;
	for (; *text; text = strchr(text, '\n') + 1) {
		const char *at, *type;

		blocks |= !strncmp(text, "Number of blocks", 16);
		mixed |= !strncmp(text, "Number of mixed", 15);
		if (strncmp(text, "Node", 4))
			continue;
		at = zone_of_line(r, text, &z);
		if (blocks) {
			u64 *nr = mixed ? r->mixed[z - r->zone] : z->nr_blocks;

			for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
				if (mt != MIGRATE_CMA || r->cma)
					at = number(at, &nr[mt]);
			continue;
		}
		type = strstr(at, "type ") + 5;
		type += strspn(type, " ");
		at = type + strcspn(type, " ");
		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			at = number(at, &z->nr_free[order][migratetype(type)]);
	}
}

/* ------------------------------------------------------------------ zoneinfo */

static void add_stat(struct recorded_stats *stats, const char *line)
{
	u32 n = stats->nr++;

	CHECK(n < RECORDED_STATS);
	CHECK_EQ(sscanf(line, " %39s %lu", stats->name[n], &stats->line[n].value), 2);
	stats->line[n].name = stats->name[n];
}

static void read_protection(struct recorded *r, struct qy_zone_stats *z, const char *at)
{
	u32 n = 0;

	for (at = strchr(at, '('); *at != ')';
		at = number(at + 1, &z->lowmem_reserve[n++]))
		CHECK(n < QY_MAX_NR_ZONES);
	r->protections = n;
}

/* Fields that stand for themselves, by the text in front of the number. */
static u64 *field_of(struct qy_zone_stats *z, const char *line)
{
	const struct {
		const char *text;
		u64 *value;
	} fields[] = {
		{ "  pages free ", &z->free_pages },
		{ "        boost ", &z->watermark_boost },
		{ "        min ", &z->watermark[WMARK_MIN] },
		{ "        low ", &z->watermark[WMARK_LOW] },
		{ "        high ", &z->watermark[WMARK_HIGH] },
		{ "        promo ", &z->watermark[WMARK_PROMO] },
		{ "        spanned ", &z->spanned_pages },
		{ "        present ", &z->present_pages },
		{ "        managed ", &z->managed_pages },
		{ "        cma ", &z->cma_pages },
		{ "  start_pfn: ", &z->start_pfn },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(fields); i++)
		if (!strncmp(line, fields[i].text, strlen(fields[i].text)))
			return fields[i].value;
	return NULL;
}

static void recorded_zoneinfo(struct recorded *r, const char *text)
{
	struct recorded_stats *stats = NULL;
	struct qy_zone_stats *z = NULL;
	struct qy_pageset *pageset = NULL;
	unsigned int cpu, unreclaimable;

	for (; *text; text = strchr(text, '\n') + 1) {
		if (!strncmp(text, "Node", 4)) {
			zone_of_line(r, text, &z);
		} else if (!strncmp(text, "  per-node stats", 16)) {
			stats = &r->node_stats;
		} else if (!strncmp(text, "      nr_", 9) ||
			   !strncmp(text, "      numa", 10) ||
			   !strncmp(text, "      work", 10) ||
			   !strncmp(text, "      pg", 8)) {
			add_stat(stats, text);
		} else if (strstr(text, "protection:") == text + 8) {
			read_protection(r, z, text);
			stats = &r->zone_stats[z - r->zone];
		} else if (sscanf(text, "    cpu: %u", &cpu) == 1) {
			CHECK(cpu < RECORDED_CPUS);
			pageset = &r->pageset[z - r->zone][cpu];
			r->nr_cpus = max(r->nr_cpus, cpu + 1);
			CHECK_EQ(
				sscanf(text, "    cpu: %*u count: %u high: %d batch: %d",
					&pageset->count, &pageset->high, &pageset->batch),
				3);
		} else if (sscanf(text, "  node_unreclaimable: %u", &unreclaimable) ==
			   1) {
			r->unreclaimable = unreclaimable;
		} else if (field_of(z, text)) {
			number(text + strcspn(text, "0123456789"), field_of(z, text));
		}
	}
	/* printed with the boost in them */
	for (u32 i = 0; i < r->nr_zones; i++)
		for (unsigned int mark = 0; mark < NR_WMARK; mark++)
			r->zone[i].watermark[mark] -= r->zone[i].watermark_boost;
}

/* ------------------------------------------------------------------ the numbers as a source */

static bool zone(void *arg, u32 index, struct qy_zone_stats *out)
{
	const struct recorded *r = arg;

	if (index >= r->nr_zones)
		return false;
	*out = r->zone[index];
	return true;
}

static bool stat(const struct recorded_stats *stats, u32 n, struct stat_line *out)
{
	if (n >= stats->nr)
		return false;
	*out = stats->line[n];
	return true;
}

static bool node_stat(void *arg, u32 node, u32 n, struct stat_line *out)
{
	const struct recorded *r = arg;

	return node == 0 && stat(&r->node_stats, n, out);
}

static bool zone_stat(void *arg, u32 index, u32 n, struct stat_line *out)
{
	const struct recorded *r = arg;

	return stat(&r->zone_stats[index], n, out);
}

static void pageset(void *arg, u32 index, u32 cpu, struct qy_pageset *out)
{
	const struct recorded *r = arg;

	*out = r->pageset[index][cpu];
}

static bool mixed(void *arg, u32 index, u64 *nr)
{
	const struct recorded *r = arg;

	memcpy(nr, r->mixed[index], sizeof(r->mixed[index]));
	return true;
}

static struct view_source recorded_view(struct recorded *r)
{
	return (struct view_source){
		.arg = r,
		.nr_cpus = r->nr_cpus,
		.zones_per_node = r->protections,
		.cma = r->cma,
		.unreclaimable = { r->unreclaimable },
		.zone = zone,
		.node_stat = node_stat,
		.zone_stat = zone_stat,
		.pageset = pageset,
		.mixed = r->owned ? mixed : NULL,
	};
}

/* ------------------------------------------------------------------ numbers into files */

static const char *const recordings[] = { "cust_1g.txt", "cust_frag.txt", "deb612_1g.txt",
	"host_24g.txt", "owner_1g.txt" };

/* Every recording that has @section: @read, then @show, must give it back. Return: how many had it. */
static unsigned int round_trip(const char *section,
	void (*read)(struct recorded *r, const char *text),
	void (*show)(struct qy_seq *seq, const struct view_source *view))
{
	static char text[TEXT_BYTES];
	unsigned int seen = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(recordings); i++) {
		char *data = recorded_load(recordings[i]);
		char *recorded_text = recorded_section(data, section, NULL);
		struct recorded *r = calloc(1, sizeof(*r));
		struct qy_seq seq;

		if (recorded_text) {
			struct view_source view;

			read(r, recorded_text);
			view = recorded_view(r);
			qy_seq_init(&seq, text, sizeof(text));
			show(&seq, &view);
			CHECK_STR_EQ(text, recorded_text);
			CHECK_EQ(seq.len, strlen(text));
			seen++;
		}
		free(r);
		free(recorded_text);
		free(data);
	}
	return seen;
}

TEST(show, buddyinfo_is_the_kernels)
{
	CHECK_EQ(round_trip("buddyinfo", recorded_buddyinfo, qy_show_buddyinfo), 5);
}

TEST(show, pagetypeinfo_is_the_kernels)
{
	CHECK_EQ(round_trip("pagetypeinfo", recorded_pagetypeinfo, qy_show_pagetypeinfo),
		5);
}

/* Four zones and five, with and without CMA; the 6.18 host's zoneinfo has lines that 6.12 does not know. */
TEST(show, zoneinfo_is_the_kernels)
{
	CHECK_EQ(round_trip("zoneinfo", recorded_zoneinfo, qy_show_zoneinfo), 4);
}

/* A recorded line up to its page flags: those of the kernel's other rooms are not ours. */
static void check_owner_lines(const char *lines)
{
	char comm[16], type[16], block_type[16], text[512];
	struct qy_page_owner owner = { 0 };
	unsigned long long ts, pfn, block;
	struct qy_seq seq;
	size_t length;

	CHECK_EQ(
		sscanf(lines,
			"Page allocated via order %u, mask %x%*[^)]), pid %d, tgid %d (%15[^)]), ts %llu ns\n"
			"PFN %llx type %15s Block %llu type %15s",
			&owner.order, &owner.gfp, &owner.task.pid, &owner.task.tgid, comm,
			&ts, &pfn, type, &block, block_type),
		10);
	snprintf(owner.task.comm, sizeof(owner.task.comm), "%s", comm);
	owner.ts_ns = ts;
	owner.pfn = pfn;
	owner.migratetype = (u8)migratetype(type);
	owner.block_migratetype = (u8)migratetype(block_type);
	qy_seq_init(&seq, text, sizeof(text));
	qy_show_owner_lines(&seq, &owner);
	length = (size_t)(strstr(lines, " Flags ") + 7 - lines);
	CHECK_EQ(seq.len, length);
	CHECK_EQ(strncmp(text, lines, length), 0);
}

TEST(show, page_owner_lines_are_the_kernels)
{
	char *data = recorded_load("owner_1g.txt");
	char *section = recorded_section(data, "page_owner", NULL);
	unsigned int nr = 0;

	for (char *at = section; *at; at = strstr(at, "\n\n") + 2, nr++)
		check_owner_lines(at);
	CHECK(nr > 5);
	free(section);
	free(data);
}

TEST(show, allocinfo_lines_are_the_kernels)
{
	char *data = recorded_load("owner_1g.txt");
	char *section = recorded_section(data, "allocinfo", NULL);
	unsigned int nr = 0;

	for (char *at = section, *next; *at; at = next, nr++) {
		char file[128], func[128], text[512];
		struct qy_site site = { .file = file, .func = func };
		struct qy_site_usage usage = { .site = &site };
		struct qy_seq seq;

		next = strchr(at, '\n') + 1;
		qy_seq_init(&seq, text, sizeof(text));
		if (nr < 2)
			qy_seq_puts(
				&seq, nr ? QY_ALLOCINFO_COLUMNS : QY_ALLOCINFO_VERSION);
		else if (sscanf(at, "%lu %lu %127[^:]:%u func:%127s", &usage.bytes,
				 &usage.calls, file, &site.line, func) == 5)
			qy_show_allocinfo_line(&seq, &usage);
		CHECK_EQ(seq.len, next - at);
		CHECK_EQ(strncmp(text, at, seq.len), 0);
	}
	CHECK(nr > 10);
	free(section);
	free(data);
}

TEST(show, meminfo_lines_are_the_kernels)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(recordings); i++) {
		char *data = recorded_load(recordings[i]);
		char *meminfo = recorded_section(data, "meminfo", NULL);

		for (char *line = meminfo; *line;) {
			char text[128], name[40], unit[4] = "";
			char *end = strchr(line, '\n') + 1;
			struct qy_stat parsed = { .name = name };
			struct qy_seq seq;

			CHECK(sscanf(line, "%39[^:]: %lu%*[ ]%3[kB]", name, &parsed.value,
				      unit) >= 2);
			parsed.kib = strncmp(end - 4, " kB\n", 4) == 0;
			qy_seq_init(&seq, text, sizeof(text));
			qy_show_meminfo_line(&seq, &parsed);
			*(end - 1) = '\0';
			text[strlen(text) - 1] = '\0';
			CHECK_STR_EQ(text, line);
			line = end;
		}
		free(meminfo);
		free(data);
	}
}

/*
 * pgfree counts what boot gave to the allocator: frees less allocations is what is free or on per-CPU lists, but for
 * the few that came and went between the reading of the two files.
 */
TEST(show, recorded_vmstat_adds_up_to_what_is_free)
{
	static const char *const kernels[] = { "cust_1g.txt", "deb612_1g.txt" };

	for (unsigned int i = 0; i < ARRAY_SIZE(kernels); i++) {
		char *data = recorded_load(kernels[i]);
		char *vmstat = recorded_section(data, "vmstat", NULL);
		char *zoneinfo = recorded_section(data, "zoneinfo", NULL);
		struct recorded *r = calloc(1, sizeof(*r));
		long kept = 0;
		u64 value;

		recorded_zoneinfo(r, zoneinfo);
		for (u32 z = 0; z < r->nr_zones; z++)
			for (u32 cpu = 0; cpu < r->nr_cpus; cpu++)
				kept += r->pageset[z][cpu].count;
		for (char *at = vmstat; *at; at = strchr(at, '\n') + 1) {
			number(at + strcspn(at, " "), &value);
			if (!strncmp(at, "nr_free_pages ", 14))
				kept += (long)value;
			else if (!strncmp(at, "pgalloc_", 8))
				kept += (long)value;
			else if (!strncmp(at, "pgfree ", 7))
				kept -= (long)value;
		}
		CHECK(labs(kept) < 128);
		free(r);
		free(zoneinfo);
		free(vmstat);
		free(data);
	}
}

TEST(show, a_list_longer_than_the_kernel_counts_is_marked)
{
	struct recorded *r = calloc(1, sizeof(*r));
	struct view_source view;
	char text[4096];
	struct qy_seq seq;

	recorded_buddyinfo(
		r, "Node 0, zone Normal 99999 100000 123456 0 0 0 0 0 0 0 0 \n");
	view = recorded_view(r);
	qy_seq_init(&seq, text, sizeof(text));
	qy_show_pagetypeinfo(&seq, &view);
	CHECK(strstr(text, "type    Unmovable  99999 >100000 >100000      0 "));
	free(r);
}

TEST(show, statistics_stand_under_the_first_zone_with_ram_of_each_node)
{
	struct recorded *r = calloc(1, sizeof(*r));
	struct view_source view;
	char text[4096];
	struct qy_seq seq;
	char *first, *second;

	recorded_buddyinfo(r, "Node 0, zone DMA 0 0 0 0 0 0 0 0 0 0 0\n"
			      "Node 0, zone Normal 0 0 0 0 0 0 0 0 0 0 0\n"
			      "Node 1, zone Normal 0 0 0 0 0 0 0 0 0 0 0\n");
	r->zone[0].present_pages = 0;
	view = recorded_view(r);
	qy_seq_init(&seq, text, sizeof(text));
	qy_show_zoneinfo(&seq, &view);
	first = strstr(text, "per-node stats");
	CHECK(first && first > strstr(text, "Node 0, zone   Normal"));
	second = strstr(first + 1, "per-node stats");
	CHECK(second && second > strstr(text, "Node 1, zone   Normal"));
	CHECK(!strstr(second + 1, "per-node stats"));
	CHECK(!strstr(strstr(text, "DMA"), "start_pfn") ||
		strstr(text, "start_pfn") > strstr(text, "Node 0, zone   Normal"));
	free(r);
}

/* ------------------------------------------------------------------ extfrag */

/* How far a recorded unusable index may be from its buddyinfo: files were written between the two reads. */
#define MOVED_MAX 9

/* Largest difference in thousandths between two rows of "Node N, zone NAME i.fff i.fff ..." */
static int row_distance(const char *a, const char *b)
{
	int distance = 0;
	double x, y;

	CHECK_EQ(strncmp(a, b, strlen("Node 0, zone    DMA32 ")), 0);
	a += strlen("Node 0, zone    DMA32 ");
	b += strlen("Node 0, zone    DMA32 ");
	for (int order = 0, n, k; order < QY_NR_PAGE_ORDERS; order++, a += n, b += k) {
		CHECK_EQ(sscanf(a, "%lf%n", &x, &n), 1);
		CHECK_EQ(sscanf(b, "%lf%n", &y, &k), 1);
		distance = max(distance, (int)((x > y ? x - y : y - x) * 1000 + 0.5));
	}
	return distance;
}

struct agreement {
	unsigned int rows, exact;
	int furthest; /* thousandths */
};

/* Compares row by row; both texts are used up. */
static void compare_rows(
	struct agreement *agreement, const char *ours, const char *theirs)
{
	while (*ours) {
		size_t length = strcspn(ours, "\n") + 1;
		int distance = row_distance(ours, theirs);

		agreement->rows++;
		agreement->exact += !strncmp(ours, theirs, length);
		agreement->furthest = max(agreement->furthest, distance);
		ours += length;
		theirs = strchr(theirs, '\n') + 1;
	}
}

static const char *nth_line(const char *text, u32 n)
{
	while (n--)
		text = strchr(text, '\n') + 1;
	return text;
}

/*
 * A section is buddyinfo, extfrag_index, unusable_index of one moment, a row a zone each. The recording kernel read
 * them one after the other and wrote files in between, so the last can belong to slightly other counts.
 */
TEST(extfrag, recorded_moments_have_the_recorded_indexes)
{
	char *data = recorded_load("extfrag.txt");
	struct agreement fragmentation = { 0 }, unusable = { 0 };
	char *section, *rest = data;
	unsigned int moments = 0;

	while ((section = recorded_section(rest, NULL, &rest))) {
		u32 nr_zones = 0;
		struct recorded *r = calloc(1, sizeof(*r));
		char text[4096];
		struct qy_seq seq;
		struct view_source view;

		for (const char *at = section; *at; at = strchr(at, '\n') + 1)
			nr_zones++;
		CHECK_EQ(nr_zones % 3, 0);
		nr_zones /= 3;
		char *buddyinfo =
			strndup(section, (size_t)(nth_line(section, nr_zones) - section));

		recorded_buddyinfo(r, buddyinfo);
		view = recorded_view(r);
		qy_seq_init(&seq, text, sizeof(text));
		qy_show_extfrag_index(&seq, &view);
		compare_rows(&fragmentation, text, nth_line(section, nr_zones));
		qy_seq_init(&seq, text, sizeof(text));
		qy_show_unusable_index(&seq, &view);
		compare_rows(&unusable, text, nth_line(section, 2 * nr_zones));
		moments++;
		free(buddyinfo);
		free(section);
		free(r);
	}
	free(data);
	CHECK_EQ(moments, 41);
	CHECK_EQ(fragmentation.rows, 82);
	CHECK_EQ(fragmentation.exact, 82);
	CHECK_EQ(unusable.exact, 56);
	CHECK(unusable.furthest <= MOVED_MAX);
}
