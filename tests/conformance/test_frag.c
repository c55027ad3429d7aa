// SPDX-License-Identifier: MIT
/*
 * Fragmentation as recorded: from the free blocks per order and migratetype, both indices, and which orders are granted.
 *
 * data/<run>/frag.txt has snapshots. "D" lines are the rows of pagetypeinfo with free blocks, "X" and "U" those of
 * extfrag_index and unusable_index, "I frag" what requests of each order got then.
 *
 * The files were read by one process after the other, each of which took pages of its own: an unusable share may be off
 * by a hundredth.
 *
 * No state.
 */
#include "mm/machine.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/seed.h"
#include "tests/runner/test.h"

#include <stdlib.h>
#include <string.h>

static const char *const free_rows[] = { "D ", NULL };

static void seed_snapshot(struct guest *guest, const struct lines *lines)
{
	static const char *const zones[] = { "DMA32", "DMA" };
	struct lines rows = pick_lines(lines, free_rows);
	struct seed want;

	seed_begin(guest);
	for (unsigned int z = 0; z < ARRAY_SIZE(zones); z++) {
		seed_read(&rows, zones[z], &want);
		seed_zone(guest, zones[z], &want);
	}
	seed_end(guest);
	free_lines(&rows);
}

/* The rows of a view behind a letter, blanks at their ends cut. */
static void print_rows(struct guest *guest, const char *view, char letter, FILE *out)
{
	char path[64], text[4096], *save = NULL;

	snprintf(path, sizeof(path), "/sys/kernel/debug/extfrag/%s", view);
	CHECK(qy_proc_read(guest->m, path, text, sizeof(text)) < (long)sizeof(text));
	for (char *l = strtok_r(text, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		size_t n = strlen(l);

		while (n && l[n - 1] == ' ')
			n--;
		fprintf(out, "%c %.*s\n", letter, (int)n, l);
	}
}

static void try_orders(struct guest *guest, FILE *out)
{
	static const struct {
		const char *name;
		qy_gfp_t gfp;
	} kinds[] = { { "GFP_ATOMIC", QY_GFP_ATOMIC | QY___GFP_NOWARN },
		{ "GFP_KERNEL|NORETRY",
			QY_GFP_KERNEL | QY___GFP_NOWARN | QY___GFP_NORETRY } };

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		for (unsigned int k = 0; k < ARRAY_SIZE(kinds); k++) {
			struct page *page = qy_alloc_pages(guest->m, kinds[k].gfp, order);

			fprintf(out, "I frag order %u %s %s\n", order, kinds[k].name,
				page ? "ok" : "NULL");
			if (page)
				qy_free_pages(guest->m, page, order);
		}
}

static bool shares_agree(const char *a, const char *b)
{
	size_t key = strlen("U Node 0, zone    DMA32");

	if (*a != 'U' || strncmp(a, b, key) != 0)
		return !strcmp(a, b);
	a += key;
	b += key;
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		char *next_a, *next_b;
		double apart = strtod(a, &next_a) - strtod(b, &next_b);

		if (next_a == a || next_b == b || apart > 0.0105 || apart < -0.0105)
			return false;
		a = next_a;
		b = next_b;
	}
	return true;
}

static void compare_one(const char *run, const struct lines *snapshot)
{
	static const char *const indices[] = { "X ", "U ", "I frag", NULL };
	struct guest *guest = guest_boot(run);
	struct lines kernel = pick_lines(snapshot, indices), ours;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	seed_snapshot(guest, snapshot);
	print_rows(guest, "extfrag_index", 'X', out);
	print_rows(guest, "unusable_index", 'U', out);
	if (has_prefix(kernel.line[kernel.nr - 1], "I frag"))
		try_orders(guest, out);
	fclose(out);
	ours = split_lines(text);
	CHECK_EQ(kernel.nr, ours.nr);
	for (unsigned int i = 0; i < kernel.nr; i++)
		tally_verdict(run, "frag.txt", shares_agree(kernel.line[i], ours.line[i]),
			kernel.line[i], ours.line[i]);
	free_lines(&kernel);
	free_lines(&ours);
	guest_end(guest);
}

static void compare_frag_of(const char *run)
{
	struct lines all = recorded_lines(run, "frag.txt"), snapshot = { 0 };

	for (unsigned int i = 0; i <= all.nr; i++) {
		if (i < all.nr && !has_prefix(all.line[i], "== ")) {
			snapshot.nr++;
			continue;
		}
		if (snapshot.nr)
			compare_one(run, &snapshot);
		snapshot = (struct lines){ .line = all.line + i + 1 };
	}
	free_lines(&all);
}

void compare_frag(void)
{
	compare_frag_of("cust_1g");
	compare_frag_of("deb612_1g");
	compare_frag_of("cust_frag");
	compare_frag_of("deb612_frag");
}

TEST(conformance,
	fragmented_memory_has_the_recorded_indices_and_grants_the_recorded_orders)
{
	tally_begin();
	compare_frag();
	tally_check();
}
