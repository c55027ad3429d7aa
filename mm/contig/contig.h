/* SPDX-License-Identifier: MIT */
/*
 * The contig room: pages that move, and what that is good for. What other rooms may know of it.
 *
 *   qy_contig_boot           the kinds of movable pages and the CMA areas become known to the machine
 *   qy_contig_validate       the room's part of qy_machine_validate()
 *
 * Locking: boot is one thread.
 */
#ifndef QY_CONTIG_CONTIG_H
#define QY_CONTIG_CONTIG_H

#include "mm/machine.h"

struct area_plan;
struct boot_plan;

/* For the layout of the tables: struct cma is known to the room only. */
size_t qy_cma_table_bytes(u32 nr_areas);
void qy_cma_set_bitmap(struct cma *table, u32 area, u64 *bitmap);
size_t qy_cma_bitmap_bytes(const struct area_plan *area);

/* pre: the page room has booted from @plan. */
void qy_contig_boot(struct qy_machine *m, const struct boot_plan *plan);
bool qy_contig_validate(struct qy_machine *m, char *why, size_t why_size);

/*
 * For rooms above that register a kind of their own (machine->movable[]). qy_mark_owned(): the cold part names kind and
 * owner; from here on movers look at the frame. qy_disown(): a plain frame again; waits for a mover that has it isolated,
 * so the owner has made sure that its ops->isolate refuses.
 */
void qy_mark_owned(struct qy_machine *m, u32 frame);
void qy_disown(struct qy_machine *m, u32 frame);

/*
 * cma_debug.c: a run for nobody, and so many pages of such runs back, the newest first. pre: the area is there
 * Context: task, may sleep. Return: 0; -ENOMEM: there is no run of that length.
 */
int qy_cma_debug_alloc(struct qy_machine *m, u32 index, u64 nr_pages);
void qy_cma_debug_free(struct qy_machine *m, u32 index, u64 nr_pages);

/* The sysctl. Anything but 0 has every node looked at when its kcompactd runs next. Context: any. */
void qy_set_compaction_proactiveness(struct qy_machine *m, u32 percent);

/* For rooms above, which add entries of their own. */
extern const struct rescue_ops qy_contig_rescue;

#endif
