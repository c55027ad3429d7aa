// SPDX-License-Identifier: MIT
/*
 * Accesses to a task's memory: faults, bytes in and out, pins, and the end of pages.
 *
 *   qy_task_touch, _write, _read, _pin, _unpin
 *   qy_zap_range, qy_act_as, qy_act_end
 *
 *   access:  lock; entry present, page not locked? --> set PG_locked; unlock; bytes; lock; clear it
 *                  not present --> unlock; a frame is allocated (may sleep); lock; put in, unless somebody was faster
 *                  locked --> a mover or reclaim has it: unlock, wait, look again
 *
 * Locking: task_room->lock, dropped wherever something sleeps.
 */
#include "mm/task/internal.h"

#define GFP_ANON (QY_GFP_HIGHUSER_MOVABLE | QY___GFP_COMP | QY___GFP_ZERO)

/* ------------------------------------------------------------------ who acts */

void qy_act_as(struct task_struct *task, struct acting *saved)
{
	struct qy_context *self = qy_current();

	*saved = (struct acting){ self->acting, self->task };
	self->acting = task;
	qy_set_current(&task->id);
}

void qy_act_end(const struct acting *saved)
{
	qy_current()->acting = saved->before;
	qy_set_current(&saved->id);
}

static bool is_killed(const struct task_struct *task)
{
	return READ_ONCE(task->flags) & TASK_KILLED;
}

/* ------------------------------------------------------------------ one page */

/* A page that is accessed. */
struct access {
	struct qy_machine *m;
	struct task_struct *task;
	u32 vpn;
	bool write;
	u32 frame; /* NO_FRAME: it reads as zero */
};

/* task_room->lock must be held. */
static bool may_access(const struct access *a)
{
	const struct vm_area_struct *vma = qy_find_vma(a->task->mm, a->vpn);

	return vma && vma->start <= a->vpn;
}

/* Takes its page, if it is there and nobody's. task_room->lock must be held. Return: 0; -EAGAIN: wait; -ENOENT. */
static int take_present(struct access *a)
{
	u64 *pte = qy_pte(a->m, a->task->mm, a->vpn);

	a->frame = NO_FRAME;
	if (!pte || !(*pte & PTE_PRESENT))
		return -QY_ENOENT;
	if (page_has(a->m, pte_frame(*pte), PG_locked))
		return -QY_EAGAIN;
	*pte |= PTE_ACCESSED;
	a->frame = pte_frame(*pte);
	set_page_flags(a->m, a->frame, PG_locked);
	return 0;
}

/* A frame that is nobody's becomes the page. task_room->lock must be held; the entry is empty. */
static void map_anon(struct access *a, u32 frame)
{
	struct qy_machine *m = a->m;
	struct mm_struct *mm = a->task->mm;

	*qy_pte(m, mm, a->vpn) = PTE_PRESENT | PTE_ACCESSED | frame;
	set_page_owner(m, frame, PG_swapbacked | PG_locked, a->vpn, mm);
	qy_mark_owned(m, frame);
	qy_lru_add(m, frame);
	owner_add(&mm->rss[MM_ANONPAGES], 1);
	qy_count_node(m, zone_of(m, frame)->node, NR_ANON_MAPPED, 1);
	a->frame = frame;
}

/* Nothing is there yet. Return: 0: the page is taken, or reads as zero; -ENOMEM. */
static int fault_anon(struct access *a)
{
	struct qy_machine *m = a->m;
	struct page *page;
	int err;

	owner_add(&a->task->min_flt, 1);
	qy_count_events(m, PGFAULT, 1);
	if (!a->write)
		return 0;
	err = qy_pte_alloc(m, a->task->mm, a->vpn);
	if (err)
		return err;
	page = qy_alloc_pages(m, GFP_ANON, 0);
	if (!page)
		return -QY_ENOMEM;
	qy_task_lock(m);
	map_anon(a, page_to_frame(m, page));
	qy_task_unlock(m);
	return 0;
}

/* The page is there and ours until end_access(). Return: as qy_task_touch(). */
static int begin_access(struct access *a)
{
	for (unsigned int round = 0;; round++) {
		int err;

		if (is_killed(a->task))
			return -QY_EINTR;
		qy_task_lock(a->m);
		err = may_access(a) ? take_present(a) : -QY_EFAULT;
		qy_task_unlock(a->m);
		if (err == -QY_ENOENT)
			return fault_anon(a);
		if (err != -QY_EAGAIN)
			return err;
		wait_for_page(round);
	}
}

static void end_access(struct access *a)
{
	if (a->frame == NO_FRAME)
		return;
	qy_task_lock(a->m);
	clear_page_flags(a->m, a->frame, PG_locked);
	qy_task_unlock(a->m);
}

/* ------------------------------------------------------------------ many */

enum direction {
	TOUCH,
	WRITE,
	READ,
};

static void copy_bytes(const struct access *a, enum direction direction, u32 offset,
	char *bytes, size_t nr)
{
	char *at;

	if (direction == TOUCH)
		return;
	if (a->frame == NO_FRAME) {
		memset(bytes, 0, nr);
		return;
	}
	at = (char *)frame_address(a->m, a->frame) + offset;
	if (direction == WRITE)
		memcpy(at, bytes, nr);
	else
		memcpy(bytes, at, nr);
}

static int access_range(struct access *a, u64 address, enum direction direction,
	char *bytes, u64 nr_bytes)
{
	struct acting saved;
	int err = 0;

	if (address + nr_bytes < address || address + nr_bytes > MM_ADDRESSES)
		return -QY_EFAULT;
	qy_act_as(a->task, &saved);
	while (nr_bytes && !err) {
		u32 offset = (u32)(address & (QY_PAGE_SIZE - 1));
		size_t nr = min(nr_bytes, (u64)QY_PAGE_SIZE - offset);

		a->vpn = (u32)(address >> QY_PAGE_SHIFT);
		err = begin_access(a);
		if (err)
			break;
		copy_bytes(a, direction, offset, bytes, nr);
		end_access(a);
		bytes = bytes ? bytes + nr : NULL;
		address += nr;
		nr_bytes -= nr;
	}
	/* a victim that found no page even in its reserve never sees that: it dies first */
	if (err == -QY_ENOMEM && is_killed(a->task))
		err = -QY_EINTR;
	qy_act_end(&saved);
	return err;
}

int qy_task_touch(struct qy_machine *m, struct task_struct *task, uint64_t address,
	uint64_t bytes, bool write)
{
	struct access a = { .m = m, .task = task, .write = write };

	return access_range(&a, address, TOUCH, NULL, bytes);
}

int qy_task_write(struct qy_machine *m, struct task_struct *task, uint64_t address,
	const void *from, size_t bytes)
{
	struct access a = { .m = m, .task = task, .write = true };

	return access_range(&a, address, WRITE, (char *)(uintptr_t)from, bytes);
}

int qy_task_read(struct qy_machine *m, struct task_struct *task, uint64_t address,
	void *to, size_t bytes)
{
	struct access a = { .m = m, .task = task };

	return access_range(&a, address, READ, to, bytes);
}

int qy_task_pin(struct qy_machine *m, struct task_struct *task, uint64_t address,
	struct page **page)
{
	struct access a = { .m = m, .task = task, .write = true };
	struct acting saved;
	int err;

	if (address >= MM_ADDRESSES)
		return -QY_EFAULT;
	a.vpn = (u32)(address >> QY_PAGE_SHIFT);
	qy_act_as(task, &saved);
	err = begin_access(&a);
	if (!err) {
		/* movers and reclaim leave a frame with a further reference alone */
		*page = frame_to_page(m, a.frame);
		qy_get_page(m, *page);
		qy_task_lock(m);
		qy_count_node(m, zone_of(m, a.frame)->node, NR_FOLL_PIN_ACQUIRED, 1);
		qy_task_unlock(m);
		end_access(&a);
	}
	qy_act_end(&saved);
	return err;
}

void qy_task_unpin(struct qy_machine *m, struct page *page)
{
	qy_task_lock(m);
	qy_count_node(
		m, zone_of(m, page_to_frame(m, page))->node, NR_FOLL_PIN_RELEASED, 1);
	qy_task_unlock(m);
	qy_put_page(m, page);
}

/* ------------------------------------------------------------------ the end of pages */

#define ZAP_BATCH 32u

/* Frames that nobody finds any more; they are free once no mover looks at them. */
struct zap_batch {
	u32 nr;
	u32 frame[ZAP_BATCH];
};

static void free_batch(struct qy_machine *m, const struct zap_batch *batch)
{
	for (u32 i = 0; i < batch->nr; i++) {
		qy_disown(m, batch->frame[i]);
		qy_free_pages(m, frame_to_page(m, batch->frame[i]), 0);
	}
}

/* task_room->lock must be held. Return: false when somebody has the page. */
static bool zap_pte(
	struct qy_machine *m, struct mm_struct *mm, u64 *pte, struct zap_batch *batch)
{
	u32 frame = pte_frame(*pte);

	if (!(*pte & PTE_PRESENT))
		return true;
	if (page_has(m, frame, PG_locked))
		return false;
	/* a mover that is about to ask finds it taken */
	set_page_flags(m, frame, PG_locked);
	qy_lru_del(m, frame);
	*pte = 0;
	owner_add(&mm->rss[MM_ANONPAGES], -1ull);
	qy_count_node(m, zone_of(m, frame)->node, NR_ANON_MAPPED, -1);
	batch->frame[batch->nr++] = frame;
	return true;
}

#define TABLE_PAGES 512u

u64 qy_zap_range(struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end)
{
	unsigned int round = 0;
	u64 freed = 0;

	for (u32 vpn = start; vpn < end;) {
		struct zap_batch batch = { .nr = 0 };
		bool waits = false;

		qy_task_lock(m);
		while (vpn < end && batch.nr < ZAP_BATCH && !waits) {
			u64 *pte = qy_pte(m, mm, vpn);
			u32 table_end = (u32)min(
				(u64)end, ((u64)vpn / TABLE_PAGES + 1) * TABLE_PAGES);

			for (; pte && vpn < table_end && batch.nr < ZAP_BATCH; vpn++) {
				waits = !zap_pte(m, mm, pte++, &batch);
				if (waits)
					break;
			}
			if (!pte)
				vpn = table_end;
		}
		qy_task_unlock(m);
		free_batch(m, &batch);
		freed += batch.nr;
		round = waits ? round + 1 : 0;
		if (waits)
			wait_for_page(round);
	}
	return freed;
}
