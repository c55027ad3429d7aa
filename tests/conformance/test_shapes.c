// SPDX-License-Identifier: MIT
/*
 * Guests of other shapes agree line by line: the log, zones, watermarks, reserves, per-CPU sets, zonelists, what each
 * setting changes, where requests come from.
 *
 * No state.
 */
#include "tests/conformance/areas.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/shape.h"
#include "tests/runner/test.h"

#include <quarry/stats.h>

#include <stdlib.h>
#include <string.h>

#define ZONE_LINES                                                                      \
	"Zone ranges:", "  DMA ", "  DMA32 ", "  Normal ", "  Device ",                 \
		"Movable zone start", "  Node ", "Early memory node ranges", "  node ", \
		"Initmem setup", "On node ", "Fallback order", "Built ", "Policy zone"

static const char *const firmware_lines[] = { ZONE_LINES, "cma:", "Memory:", NULL };
/* what only a guest with a tree says, or said when it was recorded */
static const char *const tree_lines[] = { ZONE_LINES, "Machine model", "Memory limited",
	"NUMA:", "OF: reserved mem", "Reserved memory:", "*overlaps with",
	"cma:", "Memory:", "Freeing ", NULL };

/* What is available depends on what the kernel took meanwhile, the sizes of its parts on its build. */
static void cut_memory_line(char *line)
{
	unsigned long long total, reserved, cma;
	const char *at = strstr(line, " bss, ");

	if (!at || sscanf(line, "Memory: %*uK/%lluK available", &total) != 1 ||
		sscanf(at, " bss, %lluK reserved, %lluK cma-reserved", &reserved, &cma) !=
			2)
		return;
	sprintf(line, "Memory: %lluK, %lluK reserved, %lluK cma-reserved", total,
		reserved, cma);
}

static void compare_log(struct shape *shape)
{
	const char *const *picked = shape->has_tree ? tree_lines : firmware_lines;
	struct lines log = guest_take_log(shape->guest);
	struct lines kernel = pick_lines(&shape->all, picked);
	struct lines ours = pick_lines(&log, picked);

	for (unsigned int i = 0; i < kernel.nr; i++)
		cut_memory_line(kernel.line[i]);
	for (unsigned int i = 0; i < ours.nr; i++)
		cut_memory_line(ours.line[i]);
	tally_lines(shape->run, "log", &kernel, &ours);
	free_lines(&kernel);
	free_lines(&ours);
	free_lines(&log);
}

static void compare_state(struct shape *shape, const struct section *section)
{
	struct lines ours = shape_state(shape);

	tally_lines(shape->run, section->title, &section->lines, &ours);
	free_lines(&ours);
}

/* What the guest's own processes had borrowed of an area. */
static const char *const history_lines[] = { "I cma area", "I cma free at the end",
	NULL };

static void leave_out_history(struct lines *lines)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < lines->nr; i++) {
		const char *const *h = history_lines;

		while (*h && !has_prefix(lines->line[i], *h))
			h++;
		if (!*h)
			lines->line[kept++] = lines->line[i];
	}
	lines->nr = kept;
}

static void compare_scenario(struct shape *shape, const struct section *section)
{
	const char *name = section->title + strlen("scenario ");
	struct lines ours = guest_scenario(shape->guest, name);

	leave_out_history(&ours);
	tally_lines(shape->run, name, &section->lines, &ours);
	free_lines(&ours);
}

/* "Node    0, zone   Normal, type    Unmovable", "Node 0, zone   Normal": a row of pagetypeinfo without its counts. */
static void cut_counts(char *line)
{
	bool blocks = has_prefix(line, "Node ") && !strstr(line, ", type");

	line[strnlen(line, blocks ? 21 : 43)] = '\0';
}

/* Which rows a view has, and in which order. The guests' kernel has no CMA. */
static void compare_view(struct shape *shape, const struct section *section)
{
	const char *name = section->title + strlen("view ");
	char path[64], *text;
	struct lines ours;
	unsigned int kept = 0;
	long size;

	snprintf(path, sizeof(path), "/proc/%s", name);
	size = qy_proc_read(shape->guest->m, path, NULL, 0);
	CHECK(size > 0);
	text = malloc((size_t)size + 1);
	qy_proc_read(shape->guest->m, path, text, (size_t)size + 1);
	ours = split_lines(text);
	for (unsigned int i = 0; i < ours.nr; i++) {
		cut_counts(ours.line[i]);
		if (!strstr(ours.line[i], " CMA"))
			ours.line[kept++] = ours.line[i];
	}
	ours.nr = kept;
	tally_lines(shape->run, name, &section->lines, &ours);
	free_lines(&ours);
}

/* "SETTING VALUES": what is said about a write, in the recording's words. */
static struct lines write_setting(struct shape *shape, const char *title)
{
	struct lines before = shape_state(shape), after, log;
	const char *values = strchr(title, ' ') + 1;
	char path[64], read[64] = "", *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	snprintf(path, sizeof(path), "/proc/sys/vm/%.*s", (int)(values - title - 1),
		title);
	log = guest_take_log(shape->guest);
	free_lines(&log);
	if (qy_proc_write(shape->guest->m, path, values))
		fprintf(out, "refused\n");
	CHECK(qy_proc_read(shape->guest->m, path, read, sizeof(read)) > 0);
	fprintf(out, "reads %s", read);
	log = guest_take_log(shape->guest);
	for (unsigned int i = 0; i < log.nr; i++)
		fprintf(out, "%s\n", log.line[i]);
	after = shape_state(shape);
	CHECK_EQ(before.nr, after.nr);
	for (unsigned int i = 0; i < after.nr; i++)
		if (strcmp(before.line[i], after.line[i]))
			fprintf(out, "%s\n", after.line[i]);
	free_lines(&before);
	free_lines(&after);
	free_lines(&log);
	fclose(out);
	return split_lines(text);
}

static void compare_setting(struct shape *shape, const struct section *section)
{
	struct lines ours = write_setting(shape, section->title);

	tally_lines(shape->run, section->title, &section->lines, &ours);
	free_lines(&ours);
}

static void compare_section(struct shape *shape, const struct section *section)
{
	if (!strcmp(section->title, "boot"))
		compare_state(shape, section);
	else if (has_prefix(section->title, "scenario "))
		compare_scenario(shape, section);
	else if (!strcmp(section->title, "areas"))
		areas_compare(shape, section);
	else if (has_prefix(section->title, "view "))
		compare_view(shape, section);
	else if (strchr(section->title, ' ')) /* the others want a machine of their own */
		compare_setting(shape, section);
}

void compare_shapes(void)
{
	for (const char *const *name = all_shapes; *name; name++) {
		struct shape *shape = shape_boot(*name);
		struct section section;

		compare_log(shape);
		for (unsigned int i = 0; shape_section(shape, i, &section); i++)
			compare_section(shape, &section);
		shape_end(shape);
	}
}

TEST(conformance, guests_of_other_shapes_boot_and_obey_settings_as_recorded)
{
	tally_begin();
	compare_shapes();
	tally_check();
}
