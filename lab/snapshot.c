// SPDX-License-Identifier: MIT
/*
 * See snapshot.h. Each file is read line by line; what a kernel may add is passed over, what is needed must be there.
 * No state.
 */
#include "lab/snapshot.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX_BYTES (4u << 20)
#define LINE_MAX_BYTES 1024
#define REMEDY         "record the file again on the machine, all three at one moment"

static const char *const type_names[QY_MIGRATE_TYPES] = { "Unmovable", "Movable",
	"Reclaimable", "HighAtomic", "CMA", "Isolate" };

struct reader {
	const struct qy_snapshot_text *file;
	struct qy_snapshot *snap;
	struct qy_err *err;
	struct qy_snapshot_zone *zone; /* zoneinfo: whose section this is */
	int cpu;                       /* zoneinfo: whose pageset; -1 = none */
	unsigned int line;
	unsigned int nr_columns; /* pagetypeinfo: of the table of pageblocks */
	uint8_t column[QY_MIGRATE_TYPES];
	char word[LINE_MAX_BYTES]; /* the line */
};

static int bad(const struct reader *r, const char *what)
{
	return qy_fail(r->err, "%s:%u: %s; " REMEDY, r->file->path, r->line, what);
}

/* Return: the zone, made when it is new; NULL after a line. */
static struct qy_snapshot_zone *find_zone(
	struct reader *r, unsigned int node, const char *name, enum qy_snapshot_file file)
{
	struct qy_snapshot *snap = r->snap;
	struct qy_snapshot_zone *z;

	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		z = &snap->zone[i];
		if (z->node == node && strcmp(z->name, name) == 0) {
			z->seen |= (uint8_t)(1u << file);
			return z;
		}
	}
	if (snap->nr_zones == QY_MAX_SNAPSHOT_ZONES) {
		bad(r, "more zones than any kernel has");
		return NULL;
	}
	z = &snap->zone[snap->nr_zones++];
	*z = (struct qy_snapshot_zone){ .node = node, .seen = (uint8_t)(1u << file) };
	snprintf(z->name, sizeof(z->name), "%s", name);
	return z;
}

/* "Node 0, zone   Normal<rest>". Return: the rest, NULL when the line is another. */
static const char *zone_line(const char *line, unsigned int *node, char name[16])
{
	int used = 0;

	if (sscanf(line, "Node %9u, zone %15[A-Za-z0-9]%n", node, name, &used) < 2 ||
		!used)
		return NULL;
	return line + used;
}

/* A number, at most 2^40. Return: behind it, NULL when there is none. */
static const char *number(const char *at, uint64_t *out)
{
	char *end;

	at += strspn(at, " \t");
	if (*at < '0' || *at > '9')
		return NULL;
	errno = 0;
	*out = strtoull(at, &end, 10);
	return errno || *out > 1ull << 40 ? NULL : end;
}

/* ------------------------------------------------------------------ buddyinfo */

static int read_buddy_line(struct reader *r)
{
	struct qy_snapshot_zone *z;
	unsigned int node;
	char name[16];
	const char *at = zone_line(r->word, &node, name);

	if (!at)
		return r->word[strspn(r->word, " \t\r")]
			       ? bad(r, "not a line of buddyinfo")
			       : 0;
	z = find_zone(r, node, name, QY_SNAPSHOT_BUDDYINFO);
	if (!z)
		return -1;
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		at = number(at, &z->buddy[order]);
		if (!at)
			return bad(r, "eleven counts of free blocks are wanted");
	}
	if (at[strspn(at, " \t\r")])
		return bad(r, "more than eleven orders: this is not a 4 KiB page kernel");
	return 0;
}

/* ------------------------------------------------------------------ pagetypeinfo */

static int find_type(const char *name)
{
	for (int type = 0; type < QY_MIGRATE_TYPES; type++) {
		if (strcmp(name, type_names[type]) == 0)
			return type;
	}
	return -1;
}

/* "..., type Movable  1 2 3 ...". A count that the kernel cut (">100000") is left to settle_cut(). */
static int read_type_row(struct reader *r, struct qy_snapshot_zone *z, const char *at)
{
	char name[16];
	int type, used = 0;

	if (sscanf(at, ", type %15s%n", name, &used) < 1)
		return bad(r, "not a line of pagetypeinfo");
	type = find_type(name);
	if (type < 0)
		return bad(r, "a type that Linux 6.12 does not have");
	at += used;
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		at += strspn(at, " \t");
		if (*at == '>') {
			z->nr_free[order][type] = UINT64_MAX;
			at += 1 + strspn(at + 1, "0123456789");
			continue;
		}
		at = number(at, &z->nr_free[order][type]);
		if (!at)
			return bad(r, "eleven counts of free blocks are wanted");
	}
	return 0;
}

static int read_block_header(struct reader *r)
{
	const char *at = r->word + strlen("Number of blocks type");
	char name[16];
	int used;

	r->nr_columns = 0;
	while (sscanf(at, " %15s%n", name, &used) == 1) {
		int type = find_type(name);

		if (type < 0 || r->nr_columns == QY_MIGRATE_TYPES)
			return bad(r, "a type that Linux 6.12 does not have");
		r->column[r->nr_columns++] = (uint8_t)type;
		at += used;
	}
	return r->nr_columns ? 0 : bad(r, "names of types are wanted");
}

static int read_type_line(struct reader *r)
{
	struct qy_snapshot_zone *z;
	unsigned int node;
	char name[16];
	const char *at;
	uint64_t size;

	if (strncmp(r->word, "Number of blocks type", 21) == 0)
		return read_block_header(r);
	if (sscanf(r->word, "Page block order: %" SCNu64, &size) == 1 && size != 9)
		return bad(r,
			"pageblocks are not of 2 MiB: this kernel has another page size");
	at = zone_line(r->word, &node, name);
	if (!at || strncmp(r->word, "Number of mixed", 15) == 0)
		return 0;
	z = find_zone(r, node, name, QY_SNAPSHOT_PAGETYPEINFO);
	if (!z)
		return -1;
	if (*at == ',')
		return read_type_row(r, z, at);
	if (!r->nr_columns)
		return bad(r, "counts of pageblocks without the names of their types");
	for (unsigned int i = 0; i < r->nr_columns; i++) {
		at = number(at, &z->nr_blocks[r->column[i]]);
		if (!at)
			return bad(r, "one count of pageblocks for each type is wanted");
	}
	return 0;
}

/* ------------------------------------------------------------------ zoneinfo */

static int read_zoneinfo_line(struct reader *r)
{
	unsigned int node, cpu;
	uint64_t value;
	char name[16], key[24];

	if (zone_line(r->word, &node, name)) {
		r->zone = find_zone(r, node, name, QY_SNAPSHOT_ZONEINFO);
		r->cpu = -1;
		return r->zone ? 0 : -1;
	}
	if (sscanf(r->word, " cpu: %9u", &cpu) == 1) {
		if (!r->zone || cpu >= QY_MAX_CPUS)
			return bad(r, "a CPU that cannot be");
		r->cpu = (int)cpu;
		if (cpu >= r->zone->nr_cpus)
			r->zone->nr_cpus = cpu + 1;
		return 0;
	}
	if (!r->zone)
		return r->word[strspn(r->word, " \t\r")]
			       ? bad(r, "not a line of zoneinfo")
			       : 0;
	if (sscanf(r->word, " pages free %12" SCNu64, &r->zone->free_pages) == 1)
		return 0;
	if (sscanf(r->word, " %23[a-z_]%*[: ]%12" SCNu64, key, &value) != 2)
		return 0;
	if (strcmp(key, "managed") == 0)
		r->zone->managed_pages = value;
	else if (r->cpu >= 0 && strcmp(key, "count") == 0)
		r->zone->pcp_count[r->cpu] =
			(uint32_t)(value > 1u << 30 ? 1u << 30 : value);
	else if (r->cpu >= 0 && strcmp(key, "high") == 0)
		r->zone->pcp_high[r->cpu] =
			(uint32_t)(value > 1u << 30 ? 1u << 30 : value);
	return 0;
}

/* ------------------------------------------------------------------ do they agree? */

uint64_t qy_snapshot_free_pages(const struct qy_snapshot_zone *z)
{
	uint64_t pages = 0;

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++)
			pages += z->nr_free[order][type] << order;
	}
	return pages;
}

/* pagetypeinfo stops counting at 100000; what the other types leave of buddyinfo's count is that type's. */
static void settle_cut(struct qy_snapshot_zone *z)
{
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		uint64_t left = z->buddy[order];
		unsigned int nr_cut = 0;

		for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
			uint64_t nr = z->nr_free[order][type];

			nr_cut += nr == UINT64_MAX;
			if (nr != UINT64_MAX)
				left -= nr < left ? nr : left;
		}
		for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
			if (z->nr_free[order][type] == UINT64_MAX)
				z->nr_free[order][type] = left / nr_cut;
		}
	}
}

static bool far_apart(uint64_t a, uint64_t b, uint64_t managed)
{
	return (a > b ? a - b : b - a) > managed / 64 + 64;
}

static int check_zone(const struct qy_snapshot_text *files,
	const struct qy_snapshot_zone *z, struct qy_err *err)
{
	uint64_t free = qy_snapshot_free_pages(z), buddy = 0, listed = 0;

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		buddy += z->buddy[order] << order;
	for (uint32_t cpu = 0; cpu < z->nr_cpus; cpu++)
		listed += z->pcp_count[cpu];
	for (int i = 0; i < QY_NR_SNAPSHOT_FILES && z->managed_pages + free + buddy;
		i++) {
		if (!(z->seen >> i & 1))
			return qy_fail(err, "%s: node %u, zone %s is missing; " REMEDY,
				files[i].path, z->node, z->name);
	}
	if (far_apart(free, buddy, z->managed_pages))
		return qy_fail(err,
			"%s: node %u, zone %s: %" PRIu64
			" pages are free by type, %" PRIu64 " in %s; " REMEDY,
			files[QY_SNAPSHOT_PAGETYPEINFO].path, z->node, z->name, free,
			buddy, files[QY_SNAPSHOT_BUDDYINFO].path);
	if (far_apart(free, z->free_pages, z->managed_pages) ||
		free + listed > z->managed_pages)
		return qy_fail(err,
			"%s: node %u, zone %s: %" PRIu64 " of %" PRIu64
			" pages are free and %" PRIu64
			" on the CPUs' lists, by type %" PRIu64 " are free; " REMEDY,
			files[QY_SNAPSHOT_ZONEINFO].path, z->node, z->name, z->free_pages,
			z->managed_pages, listed, free);
	for (unsigned int type = 0; type < QY_MIGRATE_TYPES; type++) {
		uint64_t pages = 0;

		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			pages += z->nr_free[order][type] << order;
		if (pages > z->nr_blocks[type] * 512)
			return qy_fail(err,
				"%s: node %u, zone %s: %" PRIu64
				" free pages of type %s do not fit %" PRIu64
				" pageblocks; " REMEDY,
				files[QY_SNAPSHOT_PAGETYPEINFO].path, z->node, z->name,
				pages, type_names[type], z->nr_blocks[type]);
	}
	return 0;
}

/* ------------------------------------------------------------------ doors */

static int read_text(struct reader *r, int (*line)(struct reader *r))
{
	const char *at = r->file->text, *end = at + r->file->size;

	r->line = 0;
	r->zone = NULL;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		size_t length = (size_t)((stop ? stop : end) - at);

		r->line++;
		if (length >= sizeof(r->word) || memchr(at, '\0', length))
			return bad(r, "not a line of text");
		memcpy(r->word, at, length);
		r->word[length] = '\0';
		if (line(r))
			return -1;
		at += length + 1;
	}
	return 0;
}

int qy_snapshot_parse(const struct qy_snapshot_text files[QY_NR_SNAPSHOT_FILES],
	struct qy_snapshot *snap, struct qy_err *err)
{
	static int (*const line[QY_NR_SNAPSHOT_FILES])(struct reader *) = {
		read_buddy_line, read_type_line, read_zoneinfo_line
	};
	struct reader r = { .snap = snap, .err = err, .cpu = -1 };

	*snap = (struct qy_snapshot){ 0 };
	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++) {
		r.file = &files[i];
		if (read_text(&r, line[i]))
			return -1;
	}
	if (!snap->nr_zones)
		return qy_fail(err, "%s: no zone in it; " REMEDY, files[0].path);
	for (uint32_t i = 0; i < snap->nr_zones; i++) {
		settle_cut(&snap->zone[i]);
		if (check_zone(files, &snap->zone[i], err))
			return -1;
	}
	return 0;
}

static char *read_file(const char *path, size_t *size, struct qy_err *err)
{
	FILE *file = fopen(path, "rb");
	char *text = malloc(FILE_MAX_BYTES + 1);
	const char *why = NULL;

	if (!file)
		why = strerror(errno);
	else if (!text)
		why = "the host has no memory left";
	if (!why) {
		*size = fread(text, 1, FILE_MAX_BYTES + 1, file);
		if (ferror(file))
			why = strerror(errno);
		else if (*size > FILE_MAX_BYTES)
			why = "larger than 4 MiB";
	}
	if (file)
		fclose(file);
	if (!why)
		return text;
	free(text);
	qy_fail(err, "%s: %s: give the path of a recorded /proc file", path, why);
	return NULL;
}

int qy_snapshot_load(const char *const paths[QY_NR_SNAPSHOT_FILES],
	struct qy_snapshot *snap, struct qy_err *err)
{
	struct qy_snapshot_text files[QY_NR_SNAPSHOT_FILES];
	char *text[QY_NR_SNAPSHOT_FILES] = { NULL };
	int result = -1;

	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++) {
		files[i].path = paths[i];
		text[i] = read_file(paths[i], &files[i].size, err);
		files[i].text = text[i];
		if (!text[i])
			goto out;
	}
	result = qy_snapshot_parse(files, snap, err);
out:
	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++)
		free(text[i]);
	return result;
}
