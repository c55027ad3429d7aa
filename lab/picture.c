// SPDX-License-Identifier: MIT
/*
 * See picture.h. No state.
 */
#include "lab/picture.h"

#include <ctype.h>
#include <stdbool.h>

static const char letters[QY_MIGRATE_TYPES] = { 'U', 'M', 'R', 'H', 'C', 'I' };

char qy_picture_char(const struct qy_pageblock_info *blocks, uint32_t nr)
{
	uint64_t pages = 0, free = 0, reserved = 0, of_type[QY_MIGRATE_TYPES] = { 0 };
	unsigned int most = 0;

	for (uint32_t i = 0; i < nr; i++) {
		pages += blocks[i].nr_pages;
		free += blocks[i].nr_free;
		reserved += blocks[i].nr_reserved;
		of_type[blocks[i].migratetype % QY_MIGRATE_TYPES] +=
			blocks[i].nr_pages - blocks[i].nr_reserved;
	}
	for (unsigned int type = 1; type < QY_MIGRATE_TYPES; type++) {
		if (of_type[type] > of_type[most])
			most = type;
	}
	if (pages == 0)
		return ' ';
	if (reserved >= pages)
		return '#';
	if (free == pages)
		return '.';
	return free ? (char)tolower(letters[most]) : letters[most];
}

static bool same_zone(
	const struct qy_pageblock_info *a, const struct qy_pageblock_info *b)
{
	return a->node == b->node && a->zone_type == b->zone_type;
}

/* Pageblocks a character so that a zone fits on QY_PICTURE_LINES. */
static uint32_t blocks_a_char(uint32_t nr)
{
	uint32_t room = QY_PICTURE_COLUMNS * QY_PICTURE_LINES;

	return nr <= room ? 1 : (nr + room - 1) / room;
}

static void print_zone(FILE *out, const struct qy_pageblock_info *blocks, uint32_t nr)
{
	uint32_t step = blocks_a_char(nr);

	fprintf(out, "  node %u, zone %s", blocks[0].node, blocks[0].zone_name);
	if (step > 1)
		fprintf(out, " (one character = %u pageblocks)", step);
	fputc('\n', out);
	for (uint32_t line = 0; line < nr; line += step * QY_PICTURE_COLUMNS) {
		fprintf(out, "  %#14llx |",
			(unsigned long long)blocks[line].start_pfn << QY_PAGE_SHIFT);
		for (uint32_t i = line; i < nr && i < line + step * QY_PICTURE_COLUMNS;
			i += step)
			fputc(qy_picture_char(blocks + i, nr - i < step ? nr - i : step),
				out);
		fputs("|\n", out);
	}
}

void qy_picture_print(FILE *out, const struct qy_pageblock_info *blocks, uint32_t nr)
{
	uint32_t start = 0;

	while (start < nr) {
		uint32_t end = start;
		bool ram = false;

		while (end < nr && same_zone(&blocks[start], &blocks[end]))
			ram |= blocks[end++].nr_pages != 0;
		if (ram)
			print_zone(out, blocks + start, end - start);
		start = end;
	}
	fputs("  . free   u m r h c partly free   U M R H C full   # kept by boot\n"
	      "  U unmovable, M movable, R reclaimable, H highatomic, C CMA; one character = one pageblock (2 MiB)\n",
		out);
}
