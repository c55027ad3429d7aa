// SPDX-License-Identifier: MIT
/*
 * Accesses to a task's memory: faults, bytes in and out, pins, and the end of pages.
 *
 *   qy_task_touch, _write, _read, _pin, _unpin, _fault
 *   qy_zap_range, qy_free_batch, qy_unuse_area, qy_act_as, qy_act_end
 *
 *   access:  lock; entry present, page not locked? --> set PG_locked; unlock; bytes; lock; clear it
 *                  locked --> a mover, reclaim or the flusher has it: unlock, wait, look again
 *                  swapped out --> unlock; a frame; read; lock; put in, if the entry is the same still
 *                  nothing --> unlock; a frame, or the page of the file (may sleep); lock; put in
 *
 * Locking: task_room->lock, dropped wherever something sleeps.
 */
#include "mm/task/internal.h"

#define GFP_USER_PAGE (QY_GFP_HIGHUSER_MOVABLE | QY___GFP_COMP)

/* ------------------------------------------------------------------ who acts */

void qy_act_as(struct task_struct *task, struct acting *saved)
{
	struct qy_context *self = qy_current();

	*saved = (struct acting){ task->machine, self->acting, self->task };
	self->acting = task;
	qy_set_current(&task->id);
	qy_psi_acting(task->machine, true);
}

void qy_act_end(const struct acting *saved)
{
	qy_psi_acting(saved->machine, false);
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
	struct address_space *mapping;   /* that the range shows; NULL: anonymous */
	u32 place;                       /* in it */
	bool locked;                     /* mlocked */
	const struct plain_space *space; /* NULL: no plain pointer leads there */
	u64 swap;                        /* the entry, if it is swapped out */
	u32 frame;                       /* NO_FRAME: it reads as zero */
};

/* Which range it lies in. task_room->lock must be held. */
static bool may_access(struct access *a)
{
	const struct vm_area_struct *vma = qy_find_vma(a->task->mm, a->vpn);

	if (!vma || vma->start > a->vpn)
		return false;
	a->mapping = vma->mapping;
	a->place = vma->pgoff + a->vpn - vma->start;
	a->locked = vma->flags & VM_LOCKED;
	a->space = vma->space;
	return !a->mapping || a->place < mapping_pages(a->mapping);
}

/* Whatever copies there are, this one will be newer. task_room->lock must be held. */
static void make_newer(struct access *a, u64 *pte)
{
	if (page_has(a->m, a->frame, PG_anon))
		qy_pte_drop_slot(a->m, pte);
	else
		qy_mark_page_dirty(a->m, a->frame);
}

/*
 * Takes its page, if it is there and nobody's. task_room->lock must be held. Return: 0; -EAGAIN: wait; -ENOENT: nothing;
 * -ESRCH: it is in swap.
 */
static int take_present(struct access *a)
{
	u64 *pte = qy_pte(a->m, a->task->mm, a->vpn);

	a->frame = NO_FRAME;
	if (!pte || !*pte)
		return -QY_ENOENT;
	if (*pte & PTE_SWAP) {
		a->swap = *pte;
		return -QY_ESRCH;
	}
	if (page_has(a->m, pte_frame(*pte), PG_locked))
		return -QY_EAGAIN;
	*pte |= PTE_ACCESSED;
	a->frame = pte_frame(*pte);
	set_page_flags(a->m, a->frame, PG_locked);
	if (a->write)
		make_newer(a, pte);
	return 0;
}

/* A frame that is nobody's becomes the page, with what is remembered of it. task_room->lock must be held. */
static void map_anon(struct access *a, u32 frame, const struct shadow *shadow)
{
	struct qy_machine *m = a->m;
	struct mm_struct *mm = a->task->mm;
	u32 flags = PG_swapbacked | PG_anon | PG_locked;

	*qy_pte(m, mm, a->vpn) = PTE_PRESENT | PTE_ACCESSED | frame;
	set_page_owner(m, frame, flags | (a->locked ? PG_unevictable : 0u), a->vpn, mm);
	if (shadow)
		qy_workingset_refault(m, frame, shadow);
	qy_lru_add(m, frame);
	qy_mark_owned(m, frame);
	owner_add(&mm->rss[MM_ANONPAGES], 1);
	count_page(m, frame, NR_ANON_MAPPED, 1);
	a->frame = frame;
}

static void count_fault(struct access *a, bool major)
{
	atomic_add(major ? &a->task->maj_flt : &a->task->min_flt, 1);
	qy_count_events(a->m, PGFAULT, 1);
	if (major)
		qy_count_events(a->m, PGMAJFAULT, 1);
}

/* Nothing is there yet. Return: 0: the page is taken, or reads as zero; -ENOMEM; -EAGAIN: another thread was faster. */
static int fault_anon(struct access *a)
{
	struct qy_machine *m = a->m;
	struct page *page;
	bool taken;

	if (!a->write && !a->locked) {
		count_fault(a, false);
		return 0;
	}
	page = qy_alloc_pages(
		m, GFP_USER_PAGE | (m->port->blank_tasks ? 0 : QY___GFP_ZERO), 0);
	if (!page)
		return -QY_ENOMEM;
	qy_task_lock(m);
	taken = *qy_pte(m, a->task->mm, a->vpn) != 0;
	if (!taken)
		map_anon(a, page_to_frame(m, page), NULL);
	qy_task_unlock(m);
	if (taken) {
		qy_free_pages(m, page, 0);
		return -QY_EAGAIN;
	}
	count_fault(a, false);
	return 0;
}

/* It is in swap. The copy there is kept while swap has room, until the page is written. Return: as qy_task_touch(), -EAGAIN. */
static int fault_swap(struct access *a)
{
	struct qy_machine *m = a->m;
	struct mm_struct *mm = a->task->mm;
	struct shadow shadow = qy_bits_shadow(m, (a->swap & PTE_MIDDLE) >> 32);
	struct page *page = qy_alloc_pages(m, GFP_USER_PAGE, 0);
	u32 slot = (u32)a->swap, psi;
	u64 *pte;
	int err;

	if (!page)
		return -QY_ENOMEM;
	psi = qy_psi_memstall_enter(m);
	err = qy_slot_read(m, slot, page_to_frame(m, page));
	qy_psi_memstall_leave(m, psi);
	qy_task_lock(m);
	pte = qy_pte(m, mm, a->vpn);
	if (!err && *pte != a->swap)
		err = -QY_EAGAIN; /* it was reaped meanwhile, or another thread was faster */
	if (!err) {
		map_anon(a, page_to_frame(m, page), &shadow);
		owner_add(&mm->rss[MM_SWAPENTS], -1ull);
		if (a->write || qy_swap_full(m, slot)) {
			qy_slot_free(m, slot);
		} else {
			*pte = pte_with_slot(*pte, slot);
			count_page(m, a->frame, NR_SWAPCACHE, 1);
		}
	}
	qy_task_unlock(m);
	if (err)
		qy_free_pages(m, page, 0);
	else
		count_fault(a, true);
	return err;
}

static int fault_file(struct access *a)
{
	struct qy_machine *m = a->m;
	bool major = false;
	u64 *pte;
	int err = qy_filemap_get(a->mapping, NULL, a->place, &a->frame, &major);

	if (err) {
		a->frame = NO_FRAME;
		return err;
	}
	qy_task_lock(m);
	pte = qy_pte(m, a->task->mm, a->vpn);
	if (*pte)
		err = -QY_EAGAIN; /* another thread was faster */
	else if (page_mapcount(m, a->frame) == MAPCOUNT_MAX)
		err = -QY_ENOMEM;
	if (err) {
		clear_page_flags(m, a->frame, PG_locked);
		qy_task_unlock(m);
		a->frame = NO_FRAME;
		return err;
	}
	*pte = PTE_PRESENT | PTE_ACCESSED | a->frame;
	qy_page_add_map(m, a->task->mm, a->frame);
	if (a->write)
		make_newer(a, pte);
	qy_task_unlock(m);
	count_fault(a, major);
	return 0;
}

/* Return: as qy_task_touch(); -EAGAIN: look again. */
static int fault(struct access *a, bool swapped)
{
	int err = 0;

	if (swapped)
		return fault_swap(a);
	if (a->mapping || a->write || a->locked)
		err = qy_pte_alloc(a->m, a->task->mm, a->vpn);
	if (err)
		return err;
	return a->mapping ? fault_file(a) : fault_anon(a);
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
		if (err == -QY_ENOENT || err == -QY_ESRCH)
			err = fault(a, err == -QY_ESRCH);
		else if (err == -QY_EAGAIN)
			wait_for_page(round);
		if (err != -QY_EAGAIN)
			return err;
	}
}

static void end_access(struct access *a)
{
	if (a->frame == NO_FRAME)
		return;
	qy_task_lock(a->m);
	clear_page_flags(a->m, a->frame, PG_locked);
	qy_task_unlock(a->m);
	if (a->write && a->mapping && !is_tmpfs(a->mapping))
		qy_balance_dirty_pages(a->m);
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
	if (a->frame == NO_FRAME || (a->m->port->blank_tasks && !a->mapping)) {
		if (direction == READ)
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
	/* its plain address is good for as long as the pin is, for the host's kernel, too */
	if (!err && a.space) {
		err = qy_plain_show(a.space, a.vpn, a.frame);
		if (err)
			end_access(&a);
	}
	if (!err) {
		/* movers and reclaim leave a frame with a further reference alone */
		*page = frame_to_page(m, a.frame);
		qy_get_page(m, *page);
		qy_task_lock(m);
		count_page(m, a.frame, NR_FOLL_PIN_ACQUIRED, 1);
		qy_task_unlock(m);
		end_access(&a);
	}
	qy_act_end(&saved);
	return err;
}

void qy_task_unpin(struct qy_machine *m, struct page *page)
{
	qy_task_lock(m);
	count_page(m, page_to_frame(m, page), NR_FOLL_PIN_RELEASED, 1);
	qy_task_unlock(m);
	qy_put_page(m, page);
}

/* ------------------------------------------------------------------ plain pointers */

/* Its page is there and shown. Return: as qy_task_touch(); -ENOSPC. */
static int serve_fault(struct access *a, const struct plain_space *space)
{
	struct acting saved;
	int err;

	qy_act_as(a->task, &saved);
	err = begin_access(a);
	if (!err) {
		err = qy_plain_show(space, a->vpn, a->frame);
		end_access(a);
	}
	if (err == -QY_ENOMEM && is_killed(a->task))
		err = -QY_EINTR;
	qy_act_end(&saved);
	return err;
}

int qy_task_fault(struct qy_machine *m, struct plain_space *space, size_t offset)
{
	struct access a = { .m = m, .task = space->task, .write = true };
	const struct qy_context *self = qy_current();
	bool guest = !self->machine;
	int err;

	/* of another machine; or inside of this room: it would wait for itself */
	if (!guest && (self->machine != m || self->acting))
		return -QY_EFAULT;
	for (unsigned int round = 0; guest && qy_enter(m) < 0; round++)
		qy_spin_wait(round);
	a.vpn = space->first + (u32)(offset >> QY_PAGE_SHIFT);
	err = serve_fault(&a, space);
	if (guest)
		qy_leave();
	if (err && a.task->on_fault)
		a.task->on_fault(a.task->on_fault_arg, space->address + offset, err);
	return err;
}

/* ------------------------------------------------------------------ the end of pages */

void qy_free_batch(struct qy_machine *m, const struct free_batch *batch)
{
	for (u32 i = 0; i < batch->nr; i++) {
		qy_disown(m, batch->frame[i]);
		qy_free_pages(m, frame_to_page(m, batch->frame[i]), 0);
	}
}

static void zap_anon(struct qy_machine *m, struct mm_struct *mm, u64 *pte)
{
	u32 frame = pte_frame(*pte);

	/* a mover that is about to ask finds it taken */
	set_page_flags(m, frame, PG_locked);
	qy_pte_drop_slot(m, pte);
	qy_lru_del(m, frame);
	owner_add(&mm->rss[MM_ANONPAGES], -1ull);
	count_page(m, frame, NR_ANON_MAPPED, -1);
}

/* task_room->lock must be held. Return: false when somebody has the page. */
static bool zap_pte(
	struct qy_machine *m, struct mm_struct *mm, u64 *pte, struct free_batch *batch)
{
	u32 frame = pte_frame(*pte);

	if (!*pte)
		return true;
	if (*pte & PTE_SWAP) {
		qy_slot_free(m, (u32)*pte);
		owner_add(&mm->rss[MM_SWAPENTS], -1ull);
	} else if (page_has(m, frame, PG_locked)) {
		return false;
	} else if (page_has(m, frame, PG_anon)) {
		zap_anon(m, mm, pte);
		batch->frame[batch->nr++] = frame;
	} else {
		if (*pte & PTE_ACCESSED)
			qy_mark_page_accessed(m, frame);
		qy_page_remove_map(m, mm, frame);
	}
	*pte = 0;
	return true;
}

#define TABLE_PAGES 512u

/* One visit under the lock: from *vpn on, as far as the batch goes. Return: false: somebody has the page at *vpn. */
static bool zap_some(struct qy_machine *m, struct mm_struct *mm, u32 *vpn, u32 end,
	struct free_batch *batch)
{
	for (u32 looked = 0; *vpn < end && looked < TABLE_PAGES;) {
		u64 *pte = qy_pte(m, mm, *vpn);
		u32 table_end =
			(u32)min((u64)end, (*vpn / TABLE_PAGES + 1ull) * TABLE_PAGES);

		for (; pte && *vpn < table_end; (*vpn)++, pte++, looked++) {
			if (batch->nr == FREE_BATCH)
				return true;
			if (!zap_pte(m, mm, pte, batch))
				return false;
		}
		if (!pte) {
			*vpn = table_end;
			looked++;
		}
	}
	return true;
}

u64 qy_zap_range(struct qy_machine *m, struct mm_struct *mm, u32 start, u32 end)
{
	unsigned int round = 0;
	u64 freed = 0;

	for (u32 vpn = start; vpn < end;) {
		struct free_batch batch = { .nr = 0 };
		bool gets_on;

		qy_task_lock(m);
		gets_on = zap_some(m, mm, &vpn, end, &batch);
		qy_task_unlock(m);
		for (u32 i = 0; i < batch.nr; i++)
			qy_plain_take_away(m, batch.frame[i]);
		qy_free_batch(m, &batch);
		freed += batch.nr;
		round = gets_on ? 0 : round + 1;
		if (!gets_on)
			wait_for_page(round);
	}
	return freed;
}

/* ------------------------------------------------------------------ swapoff */

/* Return: is the page, or its copy, in that area? task_room->lock must be held. */
static bool uses_area(u64 pte, const struct swap_area *area)
{
	u32 slot = pte & PTE_SWAP ? (u32)pte : pte_slot(pte);

	return pte && slot - area->base < area->nr_slots;
}

static int unuse_range(struct qy_machine *m, struct task_struct *task,
	const struct vm_area_struct *vma, const struct swap_area *area)
{
	struct access a = { .m = m, .task = task };
	int err = 0;

	for (u32 vpn = vma->start; vpn < vma->end && !err; vpn++) {
		u64 *pte;
		bool used;

		qy_task_lock(m);
		pte = qy_pte(m, task->mm, vpn);
		used = pte && uses_area(*pte, area);
		if (used && !(*pte & PTE_SWAP))
			qy_pte_drop_slot(m, pte);
		used = used && *pte & PTE_SWAP;
		qy_task_unlock(m);
		if (!pte)
			vpn |= TABLE_PAGES - 1;
		if (!used)
			continue;
		a.vpn = vpn;
		err = begin_access(&a);
		if (!err)
			end_access(&a);
	}
	return err;
}

static int unuse_tmpfs(struct address_space *mapping, const struct swap_area *area)
{
	struct qy_machine *m = mapping->machine;
	int err = 0;

	for (u64 place = 0; !err; place++) {
		bool more, major = false;
		u32 frame;
		u64 word = 0;

		qy_task_lock(m);
		more = qy_index_next(mapping, &place);
		if (more)
			word = qy_index_get(mapping, (u32)place);
		qy_task_unlock(m);
		if (!more)
			break;
		if (!index_is_slot(word) ||
			index_number(word) - area->base >= area->nr_slots)
			continue;
		err = qy_filemap_get(mapping, NULL, (u32)place, &frame, &major);
		if (err)
			break;
		qy_task_lock(m);
		clear_page_flags(m, frame, PG_locked);
		qy_task_unlock(m);
	}
	return err;
}

int qy_unuse_area(struct qy_machine *m, const struct swap_area *area)
{
	int err = 0;

	for_each_task(m, task) for (const struct vm_area_struct *vma = task->mm->mmap;
				    vma && !err; vma = vma->next) if (!vma->mapping) err =
		unuse_range(m, task, vma, area);
	for (struct address_space *f = m->task_room->files; f && !err; f = f->next)
		if (is_tmpfs(f))
			err = unuse_tmpfs(f, area);
	return err;
}
