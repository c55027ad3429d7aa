/* SPDX-License-Identifier: MIT */
/*
 * The tables behind page_owner and allocation profiling: one record a frame for each that is on, and the lines of code
 * that both name. A machine that has neither has none of it, and its hot paths do not look.
 *
 *   qy_page_owner_layout()   the tables' sizes and places, at boot
 *   qy_page_owner_init()     from then on every block that is handed out or comes back is recorded
 *   qy_page_owner_validate() each allocated block has one record, nothing else has one
 *
 * Locking: a record and a tag belong to whoever owns the frame. tasks->lock and sites->lock for what is
 * new in these tables; counts are atomic.
 */
#ifndef QY_WATCH_PAGE_OWNER_H
#define QY_WATCH_PAGE_OWNER_H

#include "mm/machine.h"
#include <quarry/owner.h>

/* The record of a block is that of its first frame. Small, since every allocation and every free of a watched machine
 * touches one. */
struct page_owner {
	u64 ts_ns, free_ts_ns;
	u32 gfp;  /* PAGE_OWNER_ALLOCATED while a caller holds the block */
	u16 task; /* index into tasks->task */
	u16 site; /* index into sites->usage */
};
_Static_assert(sizeof(struct page_owner) == 24, "see bench_replay for what it costs");

#define PAGE_OWNER_ALLOCATED 0x80000000u
_Static_assert(!(QY___GFP_BITS_MASK & PAGE_OWNER_ALLOCATED), "no flag of a request");

#define MAX_TASKS  65536u          /* all further ones are one: TASK_MORE */
#define TASK_SLOTS (2 * MAX_TASKS) /* power of two */
#define TASK_MORE  0u

/* Every task that ever allocated; filled from the front. */
struct task_table {
	struct qy_spinlock lock;
	u32 nr;               /* release after the entry is complete */
	u32 slot[TASK_SLOTS]; /* by content; index, 0 = empty; release */
	struct qy_task task[MAX_TASKS];
};

#define MAX_SITES  4096u           /* lines; all further ones are counted together */
#define SITE_SLOTS (2 * MAX_SITES) /* power of two */

enum {
	SITE_UNKNOWN, /* nobody said */
	SITE_MORE,    /* said, but the table was full */
	SITE_FIRST,
};

struct site_usage {
	const struct qy_site *site;
	s64 bytes, calls; /* atomic */
};

struct site_table {
	struct qy_spinlock lock;
	u32 nr; /* lines known; release after the entry is complete */
	struct site_usage usage[MAX_SITES];
	u32 slot[SITE_SLOTS]; /* by address of the site; index, 0 = empty; release */
};

/* Index of a line, which is made known when it is new. */
u32 qy_site_index(struct qy_machine *m, const struct qy_site *site);

void qy_sites_init(struct qy_machine *m);

/* alloc_tag.c: the profiling half of what happens to blocks. pre: m->tags, but for qy_alloc_tag() */
void qy_alloc_tag_add(struct qy_machine *m, u32 frame, unsigned int order);
void qy_alloc_tag_sub(struct qy_machine *m, u32 frame, unsigned int order);
void qy_alloc_tag_copy(struct qy_machine *m, u32 from, u32 to);
/* As struct block_watch has them. */
u32 qy_alloc_tag(const struct qy_machine *m, u32 frame);
void qy_alloc_tag_cut(struct qy_machine *m, u32 tag, u32 nr_frames);
bool qy_alloc_tag_validate(const struct qy_machine *m, char *why, size_t why_size);

/* What a board's machine needs. All pointers are set where @take gives memory, else NULL. */
void qy_page_owner_layout(struct qy_machine *m, const struct qy_board *board,
	void *(*take)(void *arg, size_t bytes, size_t align), void *arg);
void qy_page_owner_init(struct qy_machine *m);
bool qy_page_owner_validate(const struct qy_machine *m, char *why, size_t why_size);

/* show_owner.c: parts of the text. The lines of one owner up to its page flags; one line of allocinfo. */
#define QY_ALLOCINFO_VERSION "allocinfo - version: 1.0\n"
#define QY_ALLOCINFO_COLUMNS "#     <size>  <calls> <tag info>\n"
void qy_show_owner_lines(struct qy_seq *seq, const struct qy_page_owner *owner);
void qy_show_allocinfo_line(struct qy_seq *seq, const struct qy_site_usage *usage);

#endif
