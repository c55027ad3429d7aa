// SPDX-License-Identifier: MIT
/*
 * See overcommit.h; Linux's arithmetic. No state.
 */
#include "mm/pressure/overcommit.h"
#include "mm/task/task.h"

#define PAGES(kbytes)     ((kbytes) >> (QY_PAGE_SHIFT - 10))
#define KIB(nr_pages)     ((nr_pages) << (QY_PAGE_SHIFT - 10))
#define ADMIN_RESERVE_MAX (8ul << 10)   /* kB */
#define USER_RESERVE_MAX  (128ul << 10) /* kB */
#define RESERVE_SHARE     32            /* of what is free at boot, and of a task's own */
#define REPORT_NS         5000000000ull
#define REPORT_BURST      10

void qy_overcommit_boot(struct qy_machine *m)
{
	const struct qy_vm_sysctl *vm = &m->board->vm;
	u64 free_kib = 0;

	for (u32 i = 0; i < m->nr_zones; i++)
		free_kib += KIB(m->zones[i].nr_free_pages);
	m->overcommit_memory = (u32)vm->overcommit_memory;
	m->overcommit_ratio = vm->overcommit_ratio;
	m->overcommit_kbytes = (u64)vm->overcommit_kbytes;
	m->admin_reserve_kbytes =
		vm->admin_reserve_kbytes >= 0
			? (u64)vm->admin_reserve_kbytes
			: min(free_kib / RESERVE_SHARE, ADMIN_RESERVE_MAX);
	m->user_reserve_kbytes =
		vm->user_reserve_kbytes >= 0
			? (u64)vm->user_reserve_kbytes
			: min(free_kib / RESERVE_SHARE, USER_RESERVE_MAX);
	m->task_room->enough_memory = qy_vm_enough_memory;
}

static u64 ram_pages(const struct qy_machine *m)
{
	u64 pages = 0;

	for (u32 i = 0; i < m->nr_zones; i++)
		pages += zone_managed_pages(&m->zones[i]);
	return pages;
}

u64 qy_vm_commit_limit(const struct qy_machine *m)
{
	u64 kbytes = READ_ONCE(m->overcommit_kbytes);
	u64 ratio = (u64)(s64)READ_ONCE(m->overcommit_ratio);
	u64 limit = kbytes ? PAGES(kbytes) : ram_pages(m) * ratio / 100;

	return limit + READ_ONCE(m->total_swap_pages);
}

/* What all may have when this one asks. */
static s64 allowed_pages(const struct qy_machine *m, const struct mm_struct *mm)
{
	s64 allowed = (s64)qy_vm_commit_limit(m);
	u64 user_reserve = PAGES(READ_ONCE(m->user_reserve_kbytes));

	if (READ_ONCE(mm->task->uid))
		allowed -= (s64)PAGES(READ_ONCE(m->admin_reserve_kbytes));
	/* not all by one: what is left must do for a shell */
	return allowed - (s64)min(READ_ONCE(mm->total_vm) / RESERVE_SHARE, user_reserve);
}

static bool enough(const struct qy_machine *m, const struct mm_struct *mm, u64 pages)
{
	switch (READ_ONCE(m->overcommit_memory)) {
	case OVERCOMMIT_ALWAYS:
		return true;
	case OVERCOMMIT_GUESS:
		return pages <= ram_pages(m) + READ_ONCE(m->total_swap_pages);
	default:
		return READ_ONCE(m->task_room->vm_committed) + (s64)pages <
		       allowed_pages(m, mm);
	}
}

int qy_vm_enough_memory(struct qy_machine *m, const struct mm_struct *mm, u64 pages)
{
	const struct qy_task *task = &qy_current()->task;

	if (enough(m, mm, pages))
		return 0;
	if (qy_ratelimit(m, &m->overcommit_report_limit, REPORT_NS, REPORT_BURST))
		qy_printk(m, QY_LOG_WARNING,
			"__vm_enough_memory: pid: %d, comm: %s, bytes: %lu not enough memory for the allocation",
			task->pid, task->comm, pages << QY_PAGE_SHIFT);
	return -QY_ENOMEM;
}
