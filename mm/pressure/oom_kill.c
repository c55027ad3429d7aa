// SPDX-License-Identifier: MIT
/*
 * When nothing is left to reclaim: who dies, what is said, and that the memory comes back.
 *
 *   qy_out_of_memory      rescue_ops.oom
 *   qy_oom_tick           the reaper's turn
 *   qy_oom_preview, qy_oom_candidate, qy_oom_set_hooks
 *
 * Flow and texts are Linux 6.12's, for a machine without cgroups, cpusets and memory policies: every shortage is of the
 * whole machine. A victim exits by itself: whoever acts for it gets -EINTR and ends it. Until then nobody else dies.
 * When it has not gone after two seconds, or nothing else runs that could end it, the reaper takes its anonymous memory,
 * and the next one may be chosen.
 *
 * Locking: m->oom_busy is the caller's: one thread chooses at a time. task_room->lock while tasks are looked at;
 * report_lock, then task_room->lock, while the table is printed. Hooks and the port are called without task_room->lock.
 */
#include "mm/pressure/oom_kill.h"
#include "mm/pressure/oom.h"
#include "mm/slab/slab.h"

#define SECOND_NS     1000000000ull
#define REAP_DELAY_NS (2 * SECOND_NS)
#define REPORT_NS     (5 * SECOND_NS)
#define REPORT_BURST  10
#define LINE_BYTES    512

static const char reason_oom[] = "Out of memory";
static const char reason_allocating[] = "Out of memory (oom_kill_allocating_task)";

/* ------------------------------------------------------------------ tasks as the OOM killer sees them */

static u64 total_pages(const struct qy_machine *m)
{
	u64 pages = READ_ONCE(m->total_swap_pages);

	for (u32 i = 0; i < m->nr_zones; i++)
		pages += zone_managed_pages(&m->zones[i]);
	return pages;
}

static enum qy_oom_spared spared_of(const struct task_struct *task)
{
	if (task->id.pid == 1)
		return QY_OOM_INIT;
	if (READ_ONCE(task->flags) & TASK_OOM_VICTIM)
		return READ_ONCE(task->mm->flags) & MMF_OOM_SKIP ? QY_OOM_REAPED
								 : QY_OOM_DYING;
	if (READ_ONCE(task->oom_score_adj) == QY_OOM_SCORE_ADJ_MIN)
		return QY_OOM_ADJ;
	return QY_OOM_ELIGIBLE;
}

/* task_room->lock must be held. */
static void describe(const struct task_struct *task, u64 total, struct qy_oom_task *out)
{
	const struct mm_struct *mm = task->mm;

	*out = (struct qy_oom_task){
		.pid = task->id.pid,
		.tgid = task->id.tgid,
		.uid = READ_ONCE(task->uid),
		.oom_score_adj = READ_ONCE(task->oom_score_adj),
		.total_vm = mm->total_vm,
		.rss_anon = READ_ONCE(mm->rss[MM_ANONPAGES]),
		.rss_file = READ_ONCE(mm->rss[MM_FILEPAGES]),
		.rss_shmem = READ_ONCE(mm->rss[MM_SHMEMPAGES]),
		.swap = READ_ONCE(mm->rss[MM_SWAPENTS]),
		.page_table_bytes = qy_mm_pgtables_bytes(mm),
		.spared = spared_of(task),
	};
	memcpy(out->comm, task->id.comm, sizeof(out->comm));
	qy_oom_rate(out, total);
}

/* task_room->lock must be held. */
static struct task_struct *find(const struct qy_machine *m, s32 pid)
{
	for_each_task(m, task) if (task->id.pid == pid) return task;
	return NULL;
}

/* The two worst tasks, and one that was killed before and is still to go. */
struct choice {
	u64 total;
	bool has_first, has_second, waits;
	struct qy_oom_task first, second, dying;
	bool first_later; /* the first was started after the second */
};

static void consider(struct choice *c, const struct qy_oom_task *task)
{
	if (task->spared == QY_OOM_DYING && !c->waits) {
		c->waits = true;
		c->dying = *task;
	}
	if (task->spared != QY_OOM_ELIGIBLE)
		return;
	if (!c->has_first || qy_oom_prefer_later(&c->first, task)) {
		c->second = c->first;
		c->has_second = c->has_first;
		c->first = *task;
		c->has_first = true;
		c->first_later = true;
	} else if (!c->has_second || qy_oom_prefer_later(&c->second, task)) {
		c->second = *task;
		c->has_second = true;
		c->first_later = false;
	}
}

static void choose(const struct qy_machine *m, struct choice *c)
{
	*c = (struct choice){ .total = total_pages(m) };
	qy_task_lock(m);
	for_each_task(m, task)
	{
		struct qy_oom_task seen;

		describe(task, c->total, &seen);
		consider(c, &seen);
	}
	qy_task_unlock(m);
}

bool qy_oom_candidate(struct qy_machine *m, uint32_t n, struct qy_oom_task *out)
{
	u64 total = total_pages(m);
	bool found = false;

	qy_task_lock(m);
	for_each_task(m, task)
	{
		if (n--)
			continue;
		describe(task, total, out);
		found = true;
		break;
	}
	qy_task_unlock(m);
	return found;
}

/* pre: somebody is eligible, and nobody is awaited. */
static struct qy_oom_preview preview_of(const struct choice *c)
{
	struct qy_oom_preview p = { .outcome = QY_OOM_KILLS,
		.total_pages = c->total,
		.victim = c->first,
		.has_next = c->has_second,
		.next = c->second };

	if (c->has_second)
		qy_oom_distance(&p, c->first_later);
	return p;
}

void qy_oom_preview(struct qy_machine *m, struct qy_oom_preview *out)
{
	struct choice c;

	choose(m, &c);
	*out = (struct qy_oom_preview){ .total_pages = c.total };
	if (!READ_ONCE(m->task_room->had_tasks)) {
		out->outcome = QY_OOM_NO_TASK;
	} else if (READ_ONCE(m->panic_on_oom) || (!c.has_first && !c.waits)) {
		out->outcome = QY_OOM_PANICS;
	} else if (c.waits) {
		out->outcome = QY_OOM_WAITS;
		out->victim = c.dying;
		out->has_next = c.has_first;
		out->next = c.first;
	} else {
		*out = preview_of(&c);
	}
}

void qy_oom_set_hooks(struct qy_machine *m, const struct qy_oom_hooks *hooks)
{
	m->oom_hooks = hooks;
}

void qy_pressure_tell(struct qy_machine *m, enum qy_pressure level)
{
	if (unlikely(m->oom_hooks) && m->oom_hooks->pressure)
		m->oom_hooks->pressure(m->oom_hooks->arg, m, level);
}

/* ------------------------------------------------------------------ the report */

struct request {
	qy_gfp_t gfp;
	unsigned int order;
};

/* Rows of caches that nothing reclaims, when they are more than all pages of users. report_lock must be held. */
static void show_slabs(struct qy_machine *m)
{
	struct qy_kmem_cache_info cache;

	qy_printk(m, QY_LOG_INFO, "Unreclaimable slab info:");
	qy_printk(m, QY_LOG_INFO, "Name                      Used          Total");
	for (unsigned int n = 0; qy_kmem_cache_info(m, n, &cache); n++) {
		if (cache.flags & QY_SLAB_RECLAIM_ACCOUNT || !cache.total_objects)
			continue;
		qy_printk(m, QY_LOG_INFO, "%-17s %10luKB %10luKB", cache.name,
			(cache.total_objects - cache.partial_free) * cache.size >> 10,
			cache.total_objects * cache.size >> 10);
	}
}

static bool slabs_are_most(const struct qy_machine *m)
{
	u64 users =
		qy_node_total(m, NR_ISOLATED_ANON) + qy_node_total(m, NR_ISOLATED_FILE);

	for (enum node_stat_item list = NR_INACTIVE_ANON; list <= NR_UNEVICTABLE; list++)
		users += qy_node_total(m, list);
	return qy_slab_pages(m, -1, false) > users;
}

/* report_lock must be held. */
static void show_tasks(struct qy_machine *m)
{
	char line[LINE_BYTES];
	struct qy_oom_task task;
	struct qy_seq seq;

	qy_printk(m, QY_LOG_INFO, OOM_TABLE_TITLE);
	qy_printk(m, QY_LOG_INFO, OOM_TABLE_HEADER);
	for (u32 n = 0; qy_oom_candidate(m, n, &task); n++) {
		if (task.spared == QY_OOM_INIT)
			continue;
		qy_seq_init(&seq, line, sizeof(line));
		qy_oom_task_line(&seq, &task);
		qy_printk(m, QY_LOG_INFO, "%s", line);
	}
}

/* @victim: NULL: nobody dies. */
static void report(
	struct qy_machine *m, const struct request *r, const struct qy_oom_task *victim)
{
	const struct qy_context *self = qy_current();
	char line[LINE_BYTES];
	struct qy_seq seq;

	qy_seq_init(&seq, line, sizeof(line));
	qy_seq_printf(&seq, "%s invoked oom-killer: gfp_mask=%s%x(", self->task.comm,
		r->gfp ? "0x" : "", r->gfp);
	qy_print_gfp(&seq, r->gfp);
	qy_seq_printf(&seq, "), order=%u, oom_score_adj=%d", r->order,
		self->acting ? READ_ONCE(self->acting->oom_score_adj) : 0);

	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_WARNING, "%s", line);
	qy_show_cpu_and_mem(m, r->gfp);
	qy_spin_unlock_irqrestore(&m->report_lock);
	if (slabs_are_most(m))
		show_slabs(m);
	if (READ_ONCE(m->oom_dump_tasks))
		show_tasks(m);
	if (!victim)
		return;
	qy_seq_init(&seq, line, sizeof(line));
	qy_oom_choice_line(&seq, victim);
	qy_printk(m, QY_LOG_INFO, "%s", line);
}

static void panic(struct qy_machine *m, const char *line)
{
	m->port->panic(m->port->ctx, line);
}

/* ------------------------------------------------------------------ the kill */

static bool is_victim(const struct task_struct *task)
{
	return READ_ONCE(task->flags) & TASK_OOM_VICTIM;
}

static bool acts_for_victim(const struct qy_context *ctx)
{
	return ctx->acting && is_victim(ctx->acting);
}

/* It gives its memory back anyway, and may use reserves to get there. */
static void mark_victim(struct qy_machine *m, struct task_struct *task)
{
	atomic_fetch_or(&task->flags, (u32)TASK_OOM_VICTIM);
	WRITE_ONCE(m->oom_killed_ns, max(m->port->clock_ns(m->port->ctx), (u64)1));
}

static void tell_killed(struct qy_machine *m, const struct request *r,
	const struct qy_oom_preview *choice)
{
	const struct qy_oom_hooks *hooks = m->oom_hooks;
	struct qy_oom_kill kill = {
		.victim = choice->victim,
		.choice = *choice,
		.caller_pid = qy_current()->task.pid,
		.gfp = r->gfp,
		.order = r->order,
		.total_pages = choice->total_pages,
	};

	if (!hooks || !hooks->killed)
		return;
	memcpy(kill.caller_comm, qy_current()->task.comm, sizeof(kill.caller_comm));
	for (u32 i = 0; i < m->nr_zones; i++)
		kill.free_pages += READ_ONCE(m->zones[i].nr_free_pages);
	hooks->killed(hooks->arg, m, &kill);
}

static void kill_task(struct qy_machine *m, const struct request *r,
	struct qy_oom_preview *choice, const char *reason)
{
	struct qy_oom_task *victim = &choice->victim;
	struct task_struct *task;
	char line[LINE_BYTES];
	struct qy_seq seq;
	bool exiting = false;

	qy_task_lock(m);
	task = find(m, victim->pid);
	if (task && READ_ONCE(task->flags) & (TASK_KILLED | TASK_EXITING)) {
		exiting = true; /* somebody else's doing: nothing to report */
		mark_victim(m, task);
	}
	qy_task_unlock(m);
	if (!task || exiting)
		return;

	if (qy_ratelimit(m, &m->oom_report_limit, REPORT_NS, REPORT_BURST))
		report(m, r, victim);
	qy_task_lock(m);
	task = find(m, victim->pid);
	if (task) {
		describe(task, choice->total_pages, victim);
		qy_task_kill(task);
		mark_victim(m, task);
	}
	qy_task_unlock(m);
	if (!task)
		return;
	qy_count_events(m, OOM_KILL, 1);
	qy_seq_init(&seq, line, sizeof(line));
	qy_oom_killed_line(&seq, reason, victim);
	qy_printk(m, QY_LOG_ERR, "%s", line);
	tell_killed(m, r, choice);
}

/* ------------------------------------------------------------------ the reaper */

static void reap(struct qy_machine *m, s32 pid)
{
	struct qy_oom_task now;
	struct task_struct *task;
	char line[LINE_BYTES];
	struct qy_seq seq;

	if (!qy_task_reap(m, pid))
		return;
	qy_task_lock(m);
	task = find(m, pid);
	if (task)
		describe(task, total_pages(m), &now);
	qy_task_unlock(m);
	if (!task)
		return;
	qy_seq_init(&seq, line, sizeof(line));
	qy_oom_reaped_line(&seq, &now);
	qy_printk(m, QY_LOG_INFO, "%s", line);
}

static bool reaper_is_due(const struct qy_machine *m)
{
	return m->port->clock_ns(m->port->ctx) - READ_ONCE(m->oom_killed_ns) >=
	       REAP_DELAY_NS;
}

void qy_oom_tick(struct qy_machine *m)
{
	struct choice c;

	if (!READ_ONCE(m->oom_killed_ns) || !reaper_is_due(m))
		return;
	choose(m, &c);
	if (c.waits)
		reap(m, c.dying.pid);
	else
		WRITE_ONCE(m->oom_killed_ns, 0);
}

/* ------------------------------------------------------------------ what is done about a request */

/* Return: pages that the embedder found. */
static u64 ask_embedder(struct qy_machine *m)
{
	const struct qy_oom_hooks *hooks = m->oom_hooks;

	return hooks && hooks->notify ? hooks->notify(hooks->arg, m) : 0;
}

static bool kills_allocating(const struct qy_machine *m, const struct task_struct *self)
{
	return READ_ONCE(m->oom_kill_allocating_task) && self &&
	       spared_of(self) == QY_OOM_ELIGIBLE;
}

static void check_panic_on_oom(struct qy_machine *m, const struct request *r)
{
	u32 mode = READ_ONCE(m->panic_on_oom);

	if (!mode)
		return;
	report(m, r, NULL);
	panic(m, mode == 2 ? "Out of memory: compulsory panic_on_oom is enabled"
			   : "Out of memory: system-wide panic_on_oom is enabled");
}

/* pre: a victim was killed before. It may go by itself yet; when nobody can see to that, the reaper does not wait. */
static void wait_for_victim(struct qy_machine *m, const struct choice *c)
{
	if (reaper_is_due(m) || !m->port->relax(m->port->ctx))
		reap(m, c->dying.pid);
}

static bool kill_worst(struct qy_machine *m, const struct request *r)
{
	struct task_struct *self = qy_current()->acting;
	struct qy_oom_preview chosen;
	struct choice c;

	choose(m, &c);
	if (kills_allocating(m, self)) {
		chosen = (struct qy_oom_preview){ .outcome = QY_OOM_KILLS,
			.total_pages = c.total };
		qy_task_lock(m);
		describe(self, c.total, &chosen.victim);
		qy_task_unlock(m);
		kill_task(m, r, &chosen, reason_allocating);
		return true;
	}
	if (c.waits) {
		wait_for_victim(m, &c);
		return true;
	}
	if (c.has_first) {
		chosen = preview_of(&c);
		kill_task(m, r, &chosen, reason_oom);
		return true;
	}
	report(m, r, NULL);
	qy_printk(m, QY_LOG_WARNING, "Out of memory and no killable processes...");
	panic(m, "System is deadlocked on memory");
	return false;
}

/* pre: oom_busy is ours. */
static bool out_of_memory(struct qy_machine *m, const struct request *r)
{
	struct task_struct *self = qy_current()->acting;

	qy_pressure_tell(m, QY_PRESSURE_CRITICAL);
	if (ask_embedder(m))
		return true;
	if (self && READ_ONCE(self->flags) & (TASK_KILLED | TASK_EXITING)) {
		mark_victim(m, self);
		return true;
	}
	/* it cannot be said whether reclaim could have helped: it goes on trying, as long as somebody else may free */
	if (!oom_may_kill(r->gfp))
		return m->port->relax(m->port->ctx);
	check_panic_on_oom(m, r);
	return kill_worst(m, r);
}

bool qy_out_of_memory(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	const struct request r = { gfp, order };

	return READ_ONCE(m->task_room->had_tasks) && out_of_memory(m, &r);
}

void qy_oom_boot(struct qy_machine *m)
{
	const struct qy_vm_sysctl *vm = &m->board->vm;

	m->panic_on_oom = (u32)vm->panic_on_oom;
	m->oom_kill_allocating_task = (u32)vm->oom_kill_allocating_task;
	m->oom_dump_tasks = (u32)vm->oom_dump_tasks;
	m->rescues = *m->rescue;
	m->rescues.oom = qy_out_of_memory;
	m->rescues.oom_victim = acts_for_victim;
	m->rescue = &m->rescues;
}
