/* SPDX-License-Identifier: MIT */
/*
 * A machine whose free memory is exactly so many blocks of each order and migratetype.
 *
 *   seed_read(lines, zone, want)   rows "..., zone NAME, type TYPE n n n ..." as in pagetypeinfo
 *   seed_begin(guest)              takes every page
 *   seed_zone(guest, zone, want)   gives the wanted blocks back, and all of the areas that boot lent
 *   seed_whole(guest, zone, mt)    gives the whole zone back: its first pageblock is of type mt, the others movable
 *   seed_end(guest)                drains the per-CPU lists: now the blocks are there
 *
 * A block is never placed beside one of its own order, so none completes its buddy.
 *
 * No state.
 */
#ifndef CONFORMANCE_SEED_H
#define CONFORMANCE_SEED_H

#include "tests/conformance/guest.h"

#include <quarry/stats.h>

struct seed {
	unsigned int nr[QY_NR_PAGE_ORDERS][QY_MIGRATE_TYPES];
	unsigned int
		blocks[QY_MIGRATE_TYPES]; /* pageblocks of each type; 0 = no matter */
};

/* Return: rows found. */
unsigned int seed_read(const struct lines *lines, const char *zone, struct seed *want);
void seed_begin(struct guest *guest);
void seed_zone(struct guest *guest, const char *zone, const struct seed *want);
void seed_whole(struct guest *guest, const char *zone, unsigned int mt);
void seed_end(struct guest *guest);

#endif
