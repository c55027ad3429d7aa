/* SPDX-License-Identifier: MIT */
/* What the files of the task room share. Order of the floor: workingset, lru, radix,
 * pgtable, swapfile, writeback, rmap, filemap, plain, memory, mmap, task; movable, reclaim. */
#ifndef QY_TASK_INTERNAL_H
#define QY_TASK_INTERNAL_H

#include "mm/contig/contig.h"
#include "mm/task/task.h"

/* ------------------------------------------------------------------ the cold part of a frame of kind MOVABLE_LRU
 *
 *            31      20 19   8 7    0
 * link[0]   | mapcount | flags | kind |
 * link[1]   its place: virtual page of its address space, or page of its file
 * link[2,3] address of the owner: struct mm_struct of PG_anon, else struct address_space
 * private_  next and previous frame on its LRU list
 *
 * task_room->lock must be held for all of it.
 */
enum {
	PG_locked = 1 << 8,     /* its bytes are somebody's; it stays where it is */
	PG_referenced = 1 << 9, /* second chance */
	PG_active = 1 << 10,
	PG_lru = 1 << 11,        /* on a list */
	PG_swapbacked = 1 << 12, /* anonymous, or of tmpfs: on the lists for that */
	PG_unevictable = 1 << 13,
	PG_anon = 1 << 14,
	PG_dirty = 1 << 15, /* newer than its file */
	PG_writeback = 1 << 16,
	PG_workingset = 1 << 17, /* has been active */
	PG_reclaim = 1 << 18,    /* reclaim waits for it to be written */
	PG_plain =
		1
		<< 19, /* a plain address may lead to it; set and cleared by who has PG_locked */
};
#define MAPCOUNT_SHIFT 20u
#define MAPCOUNT_ONE   (1u << MAPCOUNT_SHIFT)
#define MAPCOUNT_MAX   0xfffu

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

static inline struct mm_struct *page_mm(const struct qy_machine *m, u32 frame)
{
	return page_owner_of(m, frame);
}

static inline struct address_space *page_mapping(const struct qy_machine *m, u32 frame)
{
	return page_owner_of(m, frame);
}

static inline u32 page_mapcount(const struct qy_machine *m, u32 frame)
{
	return page_flags(m, frame) >> MAPCOUNT_SHIFT;
}

static inline bool is_tmpfs(const struct address_space *mapping)
{
	return mapping->flags & AS_TMPFS;
}

static inline void count_page(
	struct qy_machine *m, u32 frame, enum node_stat_item item, s64 delta)
{
	qy_count_node(m, zone_of(m, frame)->node, item, delta);
}

/* Frames that nobody finds any more; they are free once no mover looks at them. */
#define FREE_BATCH 32u
struct free_batch {
	u32 nr;
	u32 frame[FREE_BATCH];
};
/* The lock is not held: a mover may have to find out. */
void qy_free_batch(struct qy_machine *m, const struct free_batch *batch);

/* ------------------------------------------------------------------ lru.c: task_room->lock must be held */

enum lru_list qy_page_lru(u32 flags);
/* pre: not on a list. At the head of the list that its flags say. */
void qy_lru_add(struct qy_machine *m, u32 frame);
void qy_lru_del(struct qy_machine *m, u32 frame);
/* @to takes the place of @from on its list, if it is on one; flags and owner have been copied. */
void qy_lru_replace(struct qy_machine *m, u32 from, u32 to);

/* A second access makes it active. */
void qy_mark_page_accessed(struct qy_machine *m, u32 frame);
/* It becomes active now. */
void qy_activate_page(struct qy_machine *m, u32 frame);

/* ------------------------------------------------------------------ workingset.c: task_room->lock must be held */

/* What is remembered of a page that leaves: when, of which node, and whether it was of the working set. */
struct shadow {
	u64 age;
	u32 node;
	bool workingset;
	u64 mask; /* of the age as it was kept */
	u32 shift;
};
/* The page leaves: what to remember. */
struct shadow qy_workingset_eviction(struct qy_machine *m, u32 frame);
/* It is back, at @frame, on no list yet: it may become active. Return: it was of the working set. */
bool qy_workingset_refault(struct qy_machine *m, u32 frame, const struct shadow *shadow);
void qy_workingset_age(struct qy_machine *m, u32 node, u64 nr);

/* As a word of an index, and in 25 bits of a page table's entry. */
u64 qy_shadow_word(const struct shadow *shadow);
struct shadow qy_word_shadow(u64 word);
u64 qy_shadow_bits(const struct qy_machine *m, const struct shadow *shadow);
struct shadow qy_bits_shadow(const struct qy_machine *m, u64 bits);

/* ------------------------------------------------------------------ radix.c: task_room->lock must be held */

/* A word of an index. */
static inline bool index_is_page(u64 word)
{
	return (word & 3) == 1;
}

static inline bool index_is_shadow(u64 word)
{
	return (word & 3) == 2;
}

static inline bool index_is_slot(u64 word)
{
	return (word & 3) == 3;
}

static inline u64 index_page(u32 frame)
{
	return (u64)frame << 2 | 1;
}

static inline u64 index_slot(u32 slot)
{
	return (u64)slot << 2 | 3;
}

static inline u32 index_number(u64 word)
{
	return (u32)(word >> 2);
}

#define INDEX_NODE_BYTES 576u /* as Linux's radix_tree_node */

/*
 * The entry for @place exists. Context: task, may sleep; the lock is not held. Return: 0, and the lock is held; -ENOMEM,
 * and it is not. Who then leaves the entry empty calls qy_index_trim().
 */
int qy_index_reserve(struct address_space *mapping, u32 place, qy_gfp_t gfp);
void qy_index_trim(struct address_space *mapping, u32 place);
u64 qy_index_get(const struct address_space *mapping, u32 place);
/* pre: the entry exists. Return: what was there. */
u64 qy_index_set(struct address_space *mapping, u32 place, u64 word);
void qy_index_tag_dirty(struct address_space *mapping, u32 place, bool dirty);
/* The first entry at or after *place. Return: false: none. */
bool qy_index_next(const struct address_space *mapping, u64 *place);
bool qy_index_next_dirty(const struct address_space *mapping, u64 *place);

/* ------------------------------------------------------------------ pgtable.c
 *
 * An entry of a lowest page table:
 *
 *    63      62   61   60  59    58      57        32 31         0
 *   +-------+---------+----+----+-------+------------+------------+
 *   |present|         |swap|    |access.|  slot + 1  |   frame    |     a page; its copy in swap, if it has one
 *   +-------+---------+----+----+-------+------------+------------+
 *   |   0   |         |  1 |    |       |   shadow   |    slot    |     swapped out
 *   +-------+---------+----+----+-------+------------+------------+
 *
 * One of an upper table: the frame of the table below, + 1; 0: none. Four levels of 512 entries, as on x86-64 and arm64.
 */
#define PTE_PRESENT  (1ull << 63)
#define PTE_SWAP     (1ull << 60)
#define PTE_ACCESSED (1ull << 58)
#define PTE_MIDDLE   (0x3ffffffull << 32)
#define NO_SLOT      UINT32_MAX
#define MAX_SLOTS    0x3fffffeu /* what fits in there: 256 GiB of swap */

static inline u32 pte_frame(u64 pte)
{
	return (u32)pte;
}

/* The copy of a present page in swap; NO_SLOT: none. */
static inline u32 pte_slot(u64 pte)
{
	return (u32)((pte & PTE_MIDDLE) >> 32) - 1;
}

static inline u64 pte_with_slot(u64 pte, u32 slot)
{
	return (pte & ~PTE_MIDDLE) | ((u64)slot + 1) << 32;
}

static inline u64 pte_without_slot(u64 pte)
{
	return pte & ~PTE_MIDDLE;
}

/* The entry of a virtual page; NULL: there is no table for it. task_room->lock must be held. */
u64 *qy_pte(const struct qy_machine *m, const struct mm_struct *mm, u32 vpn);
/* Makes the tables for it. Context: task, may sleep; the thread acts for the task. Return: 0, -ENOMEM. */
int qy_pte_alloc(struct qy_machine *m, struct mm_struct *mm, u32 vpn);
/* The uppermost table. Return: its frame, NO_FRAME. */
u32 qy_pgd_alloc(struct qy_machine *m);
void qy_pgd_free(struct qy_machine *m, u32 pgd);
/* Frees the tables of [start, end) that lie between @floor and @ceiling as a whole. task_room->lock must be held. */
void qy_free_pgtables(struct qy_machine *m, struct mm_struct *mm, u64 start, u64 end,
	u64 floor, u64 ceiling);

/* ------------------------------------------------------------------ rmap.c: task_room->lock must be held */

/* How many entries say that it was accessed; they do not any more. */
u32 qy_page_referenced(struct qy_machine *m, u32 frame);
/* A page of a file: no entry leads to it any more. */
void qy_try_to_unmap(struct qy_machine *m, u32 frame);
/* Whoever led to @from leads to @to: entries, or the index. */
void qy_page_lead_to(struct qy_machine *m, u32 from, u32 to);
/* One more entry, or one less, leads to a page of a file. */
void qy_page_add_map(struct qy_machine *m, struct mm_struct *mm, u32 frame);
void qy_page_remove_map(struct qy_machine *m, struct mm_struct *mm, u32 frame);

/* ------------------------------------------------------------------ swapfile.c */

/* A slot that nobody has; NO_SLOT: none. task_room->lock must be held, for the other one, too. */
u32 qy_slot_alloc(struct qy_machine *m);
void qy_slot_free(struct qy_machine *m, u32 slot);
/* More than half of swap is used, or the slot's area is being left: copies of pages that are in RAM go. The lock is held. */
bool qy_swap_full(const struct qy_machine *m, u32 slot);
/* Context: the page is the caller's, the lock is not held. Return: 0, -EIO, -ENOSPC. */
int qy_slot_write(struct qy_machine *m, u32 slot, u32 frame);
int qy_slot_read(struct qy_machine *m, u32 slot, u32 frame);

/* Pages in an area that is being left come back. Context: nobody else is in the room. Return: 0, -ENOMEM, -EIO. */
int qy_unuse_area(struct qy_machine *m, const struct swap_area *area);

/* A present anonymous page loses its copy in swap. task_room->lock must be held. */
void qy_pte_drop_slot(struct qy_machine *m, u64 *pte);

/* ------------------------------------------------------------------ filemap.c */

/*
 * The page of a file at @place, locked by the caller, read if it must be (and *major set). @ra may be NULL: no more than
 * that one. Context: task, may sleep. Return: 0; -ENOMEM; -EIO.
 */
int qy_filemap_get(struct address_space *mapping, struct file *ra, u32 place, u32 *frame,
	bool *major);
/* It leaves its file; @word is what stands there then. task_room->lock must be held; the frame is the caller's to free. */
void qy_filemap_remove(struct qy_machine *m, u32 frame, u64 word);
/* Somebody uses the file; the last one to stop is not the end of it. task_room->lock must be held. */
void qy_mapping_get(struct address_space *mapping);
void qy_mapping_put(struct address_space *mapping);
void qy_close_files(struct qy_machine *m, struct task_struct *task);
static inline u64 mapping_pages(const struct address_space *mapping)
{
	return (READ_ONCE(mapping->bytes) + QY_PAGE_SIZE - 1) >> QY_PAGE_SHIFT;
}

/* ------------------------------------------------------------------ writeback.c */

/* task_room->lock must be held. */
void qy_mark_page_dirty(struct qy_machine *m, u32 frame);
/* It is not to be written any more. task_room->lock must be held. */
void qy_cancel_dirty(struct qy_machine *m, u32 frame);
/* A dirty page that is the caller's. The lock is not held. Return: 0; else it is dirty still, and the file knows. */
int qy_write_page(struct qy_machine *m, u32 frame);
/* Who dirties pages waits while there are too many. Context: task. */
void qy_balance_dirty_pages(struct qy_machine *m);
/* All dirty pages of a file. Context: task. Return: 0, or the error of the first that could not be written. */
int qy_write_mapping(struct address_space *mapping);

/* ------------------------------------------------------------------ plain.c */

/* Of a range that was mapped with QY_MAP_PLAIN; of all its parts once it is cut. */
struct plain_space {
	struct task_struct *task;
	char *address;
	u32 first, nr_pages; /* virtual pages */
	u32 nr_parts;        /* ranges; task_room->lock must be held */
};

/* Addresses for @nr_pages. Context: task, may sleep; nobody has the lock. Return: 0, -errno. */
int qy_plain_make(struct task_struct *task, u32 nr_pages, struct plain_space **space);
/* pre: no part is left. Context: as above. */
void qy_plain_free(struct plain_space *space);
/* The plain address leads to the page, which is the caller's. The lock is not held. Return: 0; -ENOSPC. */
int qy_plain_show(const struct plain_space *space, u32 vpn, u32 frame);
/*
 * No plain address leads to the page, which is the caller's or nobody's any more; who uses one waits, or finds another page. The lock is
 * not held. Return: 0; -ENOSPC.
 */
int qy_plain_hide(struct qy_machine *m, u32 frame);
/* As above, but it cannot fail: others of the same task may have to come back. */
void qy_plain_take_away(struct qy_machine *m, u32 frame);

/* ------------------------------------------------------------------ memory.c */

/* Unmaps the pages of [start, end) and frees them. Context: task; takes and drops the lock. Return: pages. */
u64 qy_zap_range(struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end);

/* The thread acts for @task until qy_act_end(). */
struct acting {
	struct qy_machine *machine;
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
/* qy_zap_range() of what is mapped of it, or of its anonymous memory only. */
u64 qy_zap_mapped(
	struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end, bool anon_only);
void qy_exit_mmap(struct qy_machine *m, struct mm_struct *mm);

/* ------------------------------------------------------------------ movable.c */

extern const struct movable_ops qy_lru_ops;

#endif
