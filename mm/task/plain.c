// SPDX-License-Identifier: MIT
/*
 * Plain addresses of a task's memory: pages of the host that show frames for as long as nobody moves or reclaims these.
 *
 *   qy_plain_make, _free            the addresses of a range
 *   qy_plain_show                   the page is there
 *   qy_plain_hide, _take_away       it is not: the next access is a fault
 *   qy_task_pointer, qy_task_on_fault
 *
 *   access --no page--> qy_task_fault(): the page is made or brought back, and ours --qy_plain_show()--> it is made again
 *   PG_locked by a mover, reclaim, an unmapper --qy_plain_hide()--> whoever writes waits in qy_task_fault() for the page
 *
 *   a host page shows a frame  =>  the frame is the task's and has PG_plain, and nobody else has its PG_locked but before
 *                                  his qy_plain_hide()
 *
 * So bytes are copied, or written to swap, only while no plain pointer reaches them, and a frame is free only after. An access
 * is seen as a fault or not at all: reclaim hides what it looks at, and who uses it marks it as accessed by coming back.
 *
 * Locking: PG_locked of the page; task_room->lock to look up where it is.
 */
#include "mm/task/internal.h"
#include <quarry/slab.h>

int qy_plain_make(struct task_struct *task, u32 nr_pages, struct plain_space **out)
{
	struct qy_machine *m = task->machine;
	struct plain_space *space;
	void *address;
	int err;

	if (!m->port->fault_space)
		return -QY_EOPNOTSUPP;
	space = qy_kzalloc(m, sizeof(*space), QY_GFP_KERNEL);
	if (!space)
		return -QY_ENOMEM;
	err = m->port->fault_space(
		m->port->ctx, (size_t)nr_pages << QY_PAGE_SHIFT, space, &address);
	if (err) {
		qy_kfree(m, space);
		return err;
	}
	space->task = task;
	space->address = address;
	space->nr_pages = nr_pages;
	*out = space;
	return 0;
}

void qy_plain_free(struct plain_space *space)
{
	struct qy_machine *m = space->task->machine;
	size_t bytes = (size_t)space->nr_pages << QY_PAGE_SHIFT;

	/* nothing is shown there any more; should the host keep the addresses, nobody misses them */
	if (m->port->unmap(m->port->ctx, space->address, bytes))
		qy_printk(m, QY_LOG_WARNING,
			"quarry: %llu KiB of addresses could not be given back",
			(unsigned long long)bytes >> 10);
	qy_kfree(m, space);
}

static char *plain_address(const struct plain_space *space, u32 vpn)
{
	return space->address + ((size_t)(vpn - space->first) << QY_PAGE_SHIFT);
}

int qy_plain_show(const struct plain_space *space, u32 vpn, u32 frame)
{
	struct qy_machine *m = space->task->machine;
	int err = m->port->show(m->port->ctx, plain_address(space, vpn),
		(size_t)frame << QY_PAGE_SHIFT, QY_PAGE_SIZE);

	if (err)
		return err;
	qy_task_lock(m);
	set_page_flags(m, frame, PG_plain);
	qy_task_unlock(m);
	return 0;
}

/* Where plain pointers find it. */
static const struct plain_space *space_of(struct qy_machine *m, u32 frame, u32 *vpn)
{
	const struct vm_area_struct *vma;

	*vpn = page_place(m, frame);
	qy_task_lock(m);
	vma = qy_find_vma(page_mm(m, frame), *vpn);
	qy_task_unlock(m);
	return vma->space;
}

static void no_longer_plain(struct qy_machine *m, u32 frame)
{
	qy_task_lock(m);
	clear_page_flags(m, frame, PG_plain);
	qy_task_unlock(m);
}

int qy_plain_hide(struct qy_machine *m, u32 frame)
{
	const struct plain_space *space;
	u32 vpn;
	int err;

	if (!page_has(m, frame, PG_plain))
		return 0;
	space = space_of(m, frame, &vpn);
	err = m->port->hide(m->port->ctx, plain_address(space, vpn), QY_PAGE_SIZE);
	if (!err)
		no_longer_plain(m, frame);
	return err;
}

void qy_plain_take_away(struct qy_machine *m, u32 frame)
{
	const struct plain_space *space;
	u32 vpn;

	if (!qy_plain_hide(m, frame))
		return;
	/* all of them: that takes no mapping of the host, but gives some back */
	space = space_of(m, frame, &vpn);
	if (m->port->hide(m->port->ctx, space->address,
		    (size_t)space->nr_pages << QY_PAGE_SHIFT))
		BUG_ON(true);
	no_longer_plain(m, frame);
}

void *qy_task_pointer(
	struct qy_machine *m, const struct task_struct *task, uint64_t address)
{
	const struct vm_area_struct *vma;
	u32 vpn = (u32)(address >> QY_PAGE_SHIFT);
	char *pointer = NULL;

	if (address >= MM_ADDRESSES)
		return NULL;
	qy_task_lock(m);
	vma = qy_find_vma(task->mm, vpn);
	if (vma && vma->start <= vpn && vma->space)
		pointer = plain_address(vma->space, vpn) + (address & (QY_PAGE_SIZE - 1));
	qy_task_unlock(m);
	return pointer;
}

void qy_task_on_fault(struct qy_machine *m, struct task_struct *task,
	void (*fn)(void *arg, void *address, int err), void *arg)
{
	(void)m;
	task->on_fault = fn;
	task->on_fault_arg = arg;
}
