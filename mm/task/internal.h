/* SPDX-License-Identifier: MIT */
/* What the files of the task room share. Order of the floor: lru, pgtable, memory, mmap, task, movable. */
#ifndef QY_TASK_INTERNAL_H
#define QY_TASK_INTERNAL_H

#include "mm/contig/contig.h"
#include "mm/task/task.h"

/* ------------------------------------------------------------------ the cold part of a frame of kind MOVABLE_LRU
 *
 * link[0]   | mapcount | flags | kind |      31..20 19..8 7..0
 * link[1]   its place: virtual page of its address space
 * link[2,3] address of the owner: struct mm_struct
 * private_  next and previous frame on its LRU list
 *
 * task_room->lock must be held for all of it.
 */
enum {
	PG_locked = 1 << 8,     /* its bytes are somebody's; it stays where it is */
	PG_referenced = 1 << 9, /* second chance */
	PG_active = 1 << 10,
	PG_lru = 1 << 11,        /* on a list */
	PG_swapbacked = 1 << 12, /* anonymous */
	PG_unevictable = 1 << 13,
};

#define LRU_NEXT 0
#define LRU_PREV 1

static inline u32 page_flags(const struct qy_machine *m, u32 frame)
{
	return READ_ONCE(frame_to_page(m, frame)->link[LINK_KIND]);
}

static inline bool page_has(const struct qy_machine *m, u32 frame, u32 flags)
{
	return page_flags(m, frame) & flags;
}

static inline void set_page_flags(struct qy_machine *m, u32 frame, u32 flags)
{
	WRITE_ONCE(
		frame_to_page(m, frame)->link[LINK_KIND], page_flags(m, frame) | flags);
}

static inline void clear_page_flags(struct qy_machine *m, u32 frame, u32 flags)
{
	WRITE_ONCE(
		frame_to_page(m, frame)->link[LINK_KIND], page_flags(m, frame) & ~flags);
}

static inline u32 page_place(const struct qy_machine *m, u32 frame)
{
	return READ_ONCE(frame_to_page(m, frame)->link[LINK_INDEX]);
}

static inline void *page_owner_of(const struct qy_machine *m, u32 frame)
{
	const struct page *cold = frame_to_page(m, frame);
	u64 address = READ_ONCE(cold->link[LINK_OWNER_LO]) |
		      (u64)READ_ONCE(cold->link[LINK_OWNER_HI]) << 32;

	return (void *)(uintptr_t)address;
}

static inline void set_page_owner(
	struct qy_machine *m, u32 frame, u32 flags, u32 place, const void *owner)
{
	struct page *cold = frame_to_page(m, frame);
	u64 address = (uintptr_t)owner;

	WRITE_ONCE(cold->link[LINK_KIND], flags | MOVABLE_LRU);
	WRITE_ONCE(cold->link[LINK_INDEX], place);
	WRITE_ONCE(cold->link[LINK_OWNER_LO], (u32)address);
	WRITE_ONCE(cold->link[LINK_OWNER_HI], (u32)(address >> 32));
}

/* ------------------------------------------------------------------ lru.c: task_room->lock must be held */

enum lru_list qy_page_lru(u32 flags);
/* pre: not on a list. At the head of the list that its flags say. */
void qy_lru_add(struct qy_machine *m, u32 frame);
void qy_lru_del(struct qy_machine *m, u32 frame);
/* @to takes the place of @from on its list, if it is on one; flags and owner have been copied. */
void qy_lru_replace(struct qy_machine *m, u32 from, u32 to);

/* ------------------------------------------------------------------ pgtable.c
 *
 * An entry of a lowest page table:
 *
 *    63                            31           0
 *   +-------+---------------------+--------------+
 *   |present|                     |    frame     |
 *   +-------+---------------------+--------------+
 *
 * One of an upper table: the frame of the table below, + 1; 0: none. Four levels of 512 entries, as on x86-64 and arm64.
 */
#define PTE_PRESENT  (1ull << 63)
#define PTE_ACCESSED (1ull << 58)

static inline u32 pte_frame(u64 pte)
{
	return (u32)pte;
}

/* The entry of a virtual page; NULL: there is no table for it. task_room->lock must be held. */
u64 *qy_pte(struct qy_machine *m, const struct mm_struct *mm, u32 vpn);
/* Makes the tables for it. Context: task, may sleep; the thread acts for the task. Return: 0, -ENOMEM. */
int qy_pte_alloc(struct qy_machine *m, struct mm_struct *mm, u32 vpn);
/* The uppermost table. Return: its frame, NO_FRAME. */
u32 qy_pgd_alloc(struct qy_machine *m);
void qy_pgd_free(struct qy_machine *m, u32 pgd);
/* Frees the tables of [start, end) that lie between @floor and @ceiling as a whole. task_room->lock must be held. */
void qy_free_pgtables(struct qy_machine *m, struct mm_struct *mm, u64 start, u64 end,
	u64 floor, u64 ceiling);

/* ------------------------------------------------------------------ memory.c */

/* Unmaps the pages of [start, end) and frees them. Context: task; takes and drops the lock. Return: pages. */
u64 qy_zap_range(struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end);

/* The thread acts for @task until qy_act_end(). */
struct acting {
	struct task_struct *before;
	struct qy_task id;
};
void qy_act_as(struct task_struct *task, struct acting *saved);
void qy_act_end(const struct acting *saved);

/* Waits until somebody else's page may be free again; @round counts. The lock is not held. */
static inline void wait_for_page(unsigned int round)
{
	qy_spin_wait(round);
}

/* ------------------------------------------------------------------ mmap.c */

/* The range that @vpn lies in, or the first one above it; NULL. task_room->lock must be held. */
struct vm_area_struct *qy_find_vma(const struct mm_struct *mm, u32 vpn);
/* qy_zap_range() of what is mapped of it. */
u64 qy_zap_mapped(struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end);
void qy_exit_mmap(struct qy_machine *m, struct mm_struct *mm);

/* ------------------------------------------------------------------ movable.c */

extern const struct movable_ops qy_lru_ops;

#endif
