/* SPDX-License-Identifier: MIT */
/*
 * A booted board and its views as JSON, schema quarry-boot/1: docs/formats.md lists every key.
 *
 *   qy_boot_views       the views by name, for `--show`
 *   qy_boot_view_path() the file that has the text of one
 *   qy_boot_json()      the whole
 *
 * Text and JSON are made of the same numbers.
 *
 * No state.
 */
#ifndef LAB_BOOT_JSON_H
#define LAB_BOOT_JSON_H

#include <stdint.h>
#include <stdio.h>
#include "lab/board.h"

struct qy_machine;

enum qy_boot_view {
	QY_VIEW_BUDDYINFO,
	QY_VIEW_PAGETYPEINFO,
	QY_VIEW_ZONEINFO,
	QY_VIEW_MEMINFO,
	QY_VIEW_VMSTAT,
	QY_VIEW_SLABINFO,
	QY_VIEW_EXTFRAG_INDEX,
	QY_VIEW_UNUSABLE_INDEX,
	QY_VIEW_SYSCTL,
	QY_VIEW_SHOW_MEM,
	QY_VIEW_PAGE_OWNER, /* of a board that has it */
	QY_VIEW_ALLOCINFO,  /* likewise */
	QY_VIEW_CMA,
	QY_VIEW_DEVICES, /* of the tree */
	QY_NR_BOOT_VIEWS,
};

/* By enum qy_boot_view. */
extern const char *const qy_boot_views[QY_NR_BOOT_VIEWS];

/* A boot as the command saw it. */
struct qy_boot {
	struct qy_machine *m;
	const struct qy_loaded_board *board;
	const char *tree;       /* file name */
	const char *const *log; /* NULL: without */
	size_t nr_log;
};

/* Where the text of a view is read; NULL: it is not one file. */
const char *qy_boot_view_path(enum qy_boot_view view);

/* Is the view there on this board? */
bool qy_boot_view_present(const struct qy_boot *boot, enum qy_boot_view view);

/* @wanted: bit i = view i. Return: 0, -1: no memory, or @out does not take it. */
int qy_boot_json(FILE *out, const struct qy_boot *boot, uint32_t wanted);

#endif
