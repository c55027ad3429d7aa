// SPDX-License-Identifier: MIT
/*
 * /proc/slabinfo after scenario "caches", byte for byte: 126 caches that nobody has used, the newest first.
 *
 * The caches are made as their names say, "orc_SIZE_aALIGN_KIND", in the order in which the kernel made them.
 *
 * No state.
 */
#include "mm/base/types.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"

#include <quarry/slab.h>
#include <quarry/stats.h>

#include <stdlib.h>
#include <string.h>

#define TITLES 2 /* lines before the first cache */

static void construct(void *object)
{
	(void)object;
}

static void make_cache(struct guest *guest, const char *row)
{
	static const struct {
		const char *kind;
		qy_slab_flags_t flags;
	} kinds[] = { { "none", 0 }, { "ctor", 0 }, { "hwc", QY_SLAB_HWCACHE_ALIGN },
		{ "rcu", QY_SLAB_TYPESAFE_BY_RCU },
		{ "reclaim", QY_SLAB_RECLAIM_ACCOUNT }, { "dma", QY_SLAB_CACHE_DMA } };
	unsigned int size, align;
	char name[64], kind[16];

	CHECK_EQ(sscanf(row, "%63s", name), 1);
	CHECK_EQ(sscanf(row, "orc_%u_a%u_%15s", &size, &align, kind), 3);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i].kind) &&
			!qy_kmem_cache_create(guest->m, name, size, align, kinds[i].flags,
				strcmp(kind, "ctor") ? NULL : construct))
			FAIL("%s: not made", name);
}

static void compare_run(
	const char *run, uint32_t nr_cpus, bool nomerge, const char *debug)
{
	static const char *const prefixes[] = { "slabinfo", "#", "orc_", NULL };
	struct guest *guest = guest_make("cust_1g");
	struct lines kernel = recorded_lines(run, "caches.slabinfo.txt"), all, ours;
	size_t size = 256 * 1024;
	char *text = malloc(size);

	guest->board.nr_cpus = nr_cpus;
	guest->board.slab.nomerge = nomerge;
	strcpy(guest->board.slab.debug, debug);
	guest_boot_made(guest);
	for (unsigned int i = kernel.nr; i-- > TITLES;)
		make_cache(guest, kernel.line[i]);
	CHECK(qy_proc_read(guest->m, "/proc/slabinfo", text, size) < (long)size);
	all = split_lines(text);
	ours = pick_lines(&all, prefixes);
	tally_lines(run, "caches.slabinfo.txt", &kernel, &ours);
	free_lines(&ours);
	free_lines(&all);
	free_lines(&kernel);
	guest_end(guest);
}

void compare_slabinfo(void)
{
	compare_run("cust_1g", 2, true, "");
	compare_run("cust_smp1", 1, true, "");
	compare_run("cust_caches_debug", 2, false, "FZPU,orc_*");
	compare_run("deb612_1g", 2, true, "");
}

TEST(conformance, slabinfo_of_the_scripted_caches_is_the_recorded_one)
{
	tally_begin();
	compare_slabinfo();
	tally_check();
}
