/* SPDX-License-Identifier: MIT */
/*
 * Contiguous memory beyond the largest block: ranges made free by moving what is in the way, and the areas (CMA) that
 * are kept for it and lent to movable pages meanwhile.
 *
 *   qy_cma_alloc/release            a run of an area
 *   qy_cma_find/default/stats       which areas there are, and how they stand
 *   qy_cma_refuse                   somebody wants requests to fail
 *   qy_alloc_contig_pages/range     a run anywhere; qy_free_contig_range() gives it back
 *   qy_contig_failure_text          why one was not to be had, as a sentence
 *
 * Context: task; all may sleep but the questions.
 */
#ifndef QUARRY_CMA_H
#define QUARRY_CMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry/gfp.h>
#include <quarry/movable.h>

struct qy_machine;
struct page;

/* CONFIG_CMA_ALIGNMENT: buffers of devices are aligned to their size, up to this order */
#define QY_CMA_ALIGNMENT 8

enum qy_contig_cause {
	QY_CONTIG_NONE,
	QY_CONTIG_NO_RUN, /* the area has no free run of that length: others were given it */
	QY_CONTIG_PINNED,    /* a movable block that somebody pins or references */
	QY_CONTIG_UNMOVABLE, /* in use, and no handle owns it */
	QY_CONTIG_KEPT,      /* boot kept the frame, or there is no RAM */
	QY_CONTIG_OTHER, /* another contiguous allocation, or the atomic reserve, has the pageblock */
	QY_CONTIG_NO_TARGET, /* nowhere to move a block to */
	QY_CONTIG_NO_HOST,   /* the host has no memory for it */
	QY_CONTIG_UNSETTLED, /* its frames were in motion each time they were looked at */
	QY_CONTIG_NO_MAPPING, /* a page of a mapped range: the host has no mapping left for it */
};

/* Why a contiguous request failed: what the last range tried met first. */
struct qy_contig_failure {
	int error; /* -EBUSY, -ENOMEM, -EINVAL; 0 = it did not fail */
	enum qy_contig_cause cause;
	uint64_t pfn;            /* the frame in the way; ~0 = none in particular */
	struct qy_holder holder; /* who holds it, where that is known */
	uint32_t nr_ranges;      /* how many were tried */
};

/* "pfn 0x3be01 is pinned by encoder (2 pins), held by buffers". Context: any. Return: its length, as snprintf. */
size_t qy_contig_failure_text(
	const struct qy_contig_failure *failure, char *buf, size_t size);

/* ------------------------------------------------------------------ ranges */

/**
 * qy_alloc_contig_range() - take exactly the frames [start_pfn, end_pfn)
 * @cma:  the range is of a CMA area; else its pageblocks become movable ones
 * @gfp:  __GFP_ZERO, __GFP_COMP (an aligned power of two) and what reclaim may do
 * @why:  filled in; may be NULL
 *
 * Movable blocks in the way are moved out. The result is single pages with one reference each, or one compound block.
 *
 * Context: Task, may sleep. One range at a time: takes contig_mutex.
 * Return: 0, -EINVAL (not one zone's RAM, or gfp), -EBUSY, -ENOMEM; then everything is as it was, but for what has moved.
 */
int qy_alloc_contig_range(struct qy_machine *m, uint64_t start_pfn, uint64_t end_pfn,
	bool cma, qy_gfp_t gfp, struct qy_contig_failure *why);

/**
 * qy_alloc_contig_pages() - take @nr_pages contiguous frames outside of CMA, aligned to the power of two above it
 * @gfp: which zones, and as qy_alloc_contig_range()
 * @nid: the node to begin with; -1 = this CPU's
 * @why: of the last range tried; may be NULL
 *
 * Context: Task, may sleep.
 * Return: the first page, NULL.
 */
struct page *qy_alloc_contig_pages(struct qy_machine *m, uint64_t nr_pages, qy_gfp_t gfp,
	int nid, struct qy_contig_failure *why);

/* Frees single pages one by one; those with more references are reported and lose one. Context: any. */
void qy_free_contig_range(struct qy_machine *m, uint64_t start_pfn, uint64_t nr_pages);

/* ------------------------------------------------------------------ areas */

struct qy_cma_stats {
	const char *name;
	uint32_t node;
	const char *zone_name;
	bool is_default;
	bool guaranteed; /* lends to droppable pages only: no request ever copies a page */
	uint64_t base_pfn, nr_pages;
	uint32_t order_per_bit;
	uint64_t used_pages;        /* handed to CMA's callers */
	uint64_t largest_run_pages; /* not handed out, in one piece */
	uint64_t free_pages;        /* neither handed out nor borrowed */
	uint64_t borrowed_pages;    /* movable pages live there */
	uint64_t pinned_pages;      /* of these, in blocks that cannot be moved now */
	uint64_t
		max_alloc_pages; /* the longest run without such blocks: the largest request that could succeed */
	uint64_t alloc_pages_success, alloc_pages_fail, release_pages_success;
};

/* Context: any. Return: false when @index is past the last area. Not one atomic snapshot. */
bool qy_cma_stats(struct qy_machine *m, uint32_t index, struct qy_cma_stats *out);
/* The n-th 32 bits of the bitmap. Context: any. Return: false past the last. */
bool qy_cma_bitmap_word(struct qy_machine *m, uint32_t index, uint64_t n, uint32_t *word);
/* Context: any. Return: index of the area of that name; -ENOENT. */
int qy_cma_find(const struct qy_machine *m, const char *name);
/* Context: any. Return: index of the area that a device without one of its own uses; -ENOENT. */
int qy_cma_default(const struct qy_machine *m);

/**
 * qy_cma_alloc() - take a physically contiguous run of frames from a CMA area
 * @index:    which area; frames come from nowhere else
 * @nr_pages: run length in frames
 * @align:    alignment as an order (log2 frames) of the pfn
 * @no_warn:  no line in the log when it fails
 * @why:      filled in; may be NULL
 *
 * First fit. Movable frames in the way are migrated out; pinned ones make a run busy, and the next one is tried.
 *
 * Context: Task, may sleep (migrates). Takes the area's lock, then contig_mutex; never both at once.
 * Return: first frame of the run, or NULL when every candidate run was busy.
 */
struct page *qy_cma_alloc(struct qy_machine *m, uint32_t index, uint64_t nr_pages,
	unsigned int align, bool no_warn, struct qy_contig_failure *why);

/* Alignment, as an order, that a device's buffer of that many pages gets. Context: any. */
unsigned int qy_cma_alignment(uint64_t nr_pages);

/*
 * For who wants to see what comes instead: each request for a run asks @refuse first, and where it answers true, finds no run
 * (-ENOMEM, counted and reported as such). NULL: nobody is asked.
 * Context: Task. No request is on its way.
 */
void qy_cma_refuse(
	struct qy_machine *m, bool (*refuse)(void *arg, uint64_t nr_pages), void *arg);

/**
 * qy_cma_release() - give a run back
 *
 * A run that the area has not handed out is reported and stays.
 *
 * Context: Task.
 * Return: false when the pages are not of the area: they belong to the page allocator then.
 */
bool qy_cma_release(
	struct qy_machine *m, uint32_t index, struct page *page, uint64_t nr_pages);

#endif
