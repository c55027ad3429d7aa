// SPDX-License-Identifier: MIT
/*
 * The CMA areas of a recorded guest: what its drivers took at boot, and what the views said then.
 *
 * No state.
 */
#include "tests/conformance/areas.h"
#include "tests/conformance/recorded.h"
#include "tests/runner/test.h"

#include <quarry/cma.h>
#include <quarry/stats.h>

#include <stdlib.h>
#include <string.h>

#define TYPE_ROW 43 /* "Node    0, zone   Normal, type    Unmovable" */

void areas_hold(struct shape *shape, const struct section *section)
{
	struct qy_machine *m = shape->guest->m;
	unsigned int nr, align;

	for (unsigned int i = 0; i < section->lines.nr; i++)
		if (sscanf(section->lines.line[i], "held %u %u", &nr, &align) == 2)
			CHECK(qy_cma_alloc(m, (uint32_t)qy_cma_default(m), nr, align,
				      false, NULL) != NULL);
}

static struct lines read_view(struct shape *shape, const char *path)
{
	long size = qy_proc_read(shape->guest->m, path, NULL, 0);
	char *text;

	if (size <= 0)
		return (struct lines){ 0 };
	text = malloc((size_t)size + 1);
	qy_proc_read(shape->guest->m, path, text, (size_t)size + 1);
	return split_lines(text);
}

static void cut_trailing_blanks(char *line)
{
	size_t n = strlen(line);

	while (n && line[n - 1] == ' ')
		line[--n] = '\0';
}

static void print_meminfo(struct shape *shape, FILE *out)
{
	struct lines view = read_view(shape, "/proc/meminfo");

	for (unsigned int i = 0; i < view.nr; i++)
		if (has_prefix(view.line[i], "Cma"))
			fprintf(out, "%s\n", view.line[i]);
	free_lines(&view);
}

static void print_zones(struct shape *shape, FILE *out)
{
	struct lines view = read_view(shape, "/proc/zoneinfo");
	char zone[16] = "";
	unsigned long long cma;
	unsigned int node = 0;

	for (unsigned int i = 0; i < view.nr; i++)
		if (sscanf(view.line[i], "Node %u, zone %15s", &node, zone) != 2 &&
			sscanf(view.line[i], " cma %llu", &cma) == 1)
			fprintf(out, "zone %u %s cma %llu\n", node, zone, cma);
	free_lines(&view);
}

/* Rows of free blocks as they are, and of the pageblocks the fifth count. */
static void print_pagetypes(struct shape *shape, FILE *out)
{
	struct lines view = read_view(shape, "/proc/pagetypeinfo");
	unsigned int node, blocks;
	char zone[16];

	for (unsigned int i = 0; i < view.nr; i++) {
		char *line = view.line[i];

		if (strstr(line, ", type          CMA ")) {
			cut_trailing_blanks(line);
			fprintf(out, "%s\n", line);
		} else if (sscanf(line, "Node %u, zone %15s %*u %*u %*u %*u %u", &node,
				   zone, &blocks) == 3) {
			fprintf(out, "blocks %u %s %u\n", node, zone, blocks);
		}
	}
	free_lines(&view);
}

static void print_file(struct shape *shape, const char *recorded, FILE *out)
{
	char path[128];
	struct lines view;

	snprintf(path, sizeof(path), "%.*s", (int)strcspn(recorded, " "), recorded);
	view = read_view(shape, path);
	if (view.nr)
		fprintf(out, "%s %s\n", path, view.line[0]);
	free_lines(&view);
}

/* The line of @ours that begins like @recorded: all but the count, or the counts. */
static const char *same_line(const struct lines *ours, const char *recorded)
{
	size_t key = (size_t)(strrchr(recorded, ' ') - recorded) + 1;

	if (has_prefix(recorded, "Node "))
		key = TYPE_ROW;
	if (has_prefix(recorded, "Cma"))
		key = strcspn(recorded, " ");
	for (unsigned int i = 0; i < ours->nr; i++)
		if (!strncmp(ours->line[i], recorded, key))
			return ours->line[i];
	return "(nothing)";
}

void areas_compare(struct shape *shape, const struct section *section)
{
	struct lines ours;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	areas_hold(shape, section);
	qy_drain_all_pages(shape->guest->m);
	print_meminfo(shape, out);
	print_zones(shape, out);
	print_pagetypes(shape, out);
	for (unsigned int i = 0; i < section->lines.nr; i++)
		if (*section->lines.line[i] == '/')
			print_file(shape, section->lines.line[i], out);
	fclose(out);
	ours = split_lines(text);
	for (unsigned int i = 0; i < section->lines.nr; i++) {
		const char *line = section->lines.line[i];

		if (!has_prefix(line, "held "))
			tally_line(shape->run, "areas", line, same_line(&ours, line));
	}
	free_lines(&ours);
}
