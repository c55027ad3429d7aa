// SPDX-License-Identifier: MIT
/*
 * Tasks: their beginning, their end, and what is told of them.
 *
 *   qy_task_create, _exit, _find, _nth, _info, _set_oom_score_adj
 *   qy_task_kill, qy_task_reap
 *   qy_task_boot, qy_task_validate
 *
 * The caches of tasks, files and what belongs to them exist while there is a task or a file: a board without has none.
 *
 * Locking: task_room->lock for the list of tasks; cache_mutex for the caches.
 */
#include "mm/task/internal.h"
#include <quarry/slab.h>

#define PID_MAX     (1 << 22)
#define OOM_ADJ_MAX 1000

/* ------------------------------------------------------------------ the caches */

/* The room's caches, by Linux's names. */
struct cache_kind {
	struct kmem_cache **cache;
	const char *name;
	unsigned int size;
	qy_slab_flags_t flags;
};
#define NR_CACHES 6u

static void cache_kinds(struct task_room *room, struct cache_kind kinds[NR_CACHES])
{
	const qy_slab_flags_t account = QY_SLAB_ACCOUNT;
	const qy_slab_flags_t inode = QY_SLAB_RECLAIM_ACCOUNT | account;
	const struct cache_kind all[NR_CACHES] = {
		{ &room->task_cache, "task_struct", sizeof(struct task_struct), account },
		{ &room->mm_cache, "mm_struct", sizeof(struct mm_struct),
			QY_SLAB_HWCACHE_ALIGN | account },
		{ &room->vma_cache, "vm_area_struct", sizeof(struct vm_area_struct),
			account },
		{ &room->file_cache, "filp", sizeof(struct file), account },
		{ &room->inode_cache, "inode_cache", sizeof(struct address_space),
			inode },
		{ &room->node_cache, "radix_tree_node", INDEX_NODE_BYTES,
			QY_SLAB_RECLAIM_ACCOUNT },
	};

	memcpy(kinds, all, sizeof(all));
}

static void destroy_caches(struct task_room *room)
{
	struct cache_kind kinds[NR_CACHES];

	cache_kinds(room, kinds);
	for (u32 i = 0; i < NR_CACHES; i++) {
		qy_kmem_cache_destroy(*kinds[i].cache);
		*kinds[i].cache = NULL;
	}
}

/* cache_mutex must be held. */
static int create_caches(struct qy_machine *m)
{
	struct cache_kind kinds[NR_CACHES];

	cache_kinds(m->task_room, kinds);
	for (u32 i = 0; i < NR_CACHES; i++) {
		*kinds[i].cache = qy_kmem_cache_create(
			m, kinds[i].name, kinds[i].size, 0, kinds[i].flags, NULL);
		if (!*kinds[i].cache) {
			destroy_caches(m->task_room);
			return -QY_ENOMEM;
		}
	}
	return 0;
}

int qy_task_get(struct qy_machine *m)
{
	struct task_room *room = m->task_room;
	int err = 0;

	qy_mutex_lock(&room->cache_mutex);
	if (!room->nr_users) {
		err = create_caches(m);
		if (!err && room->start)
			room->start(m);
	}
	room->nr_users += !err;
	qy_mutex_unlock(&room->cache_mutex);
	return err;
}

/*
 * Empty slabs that were kept for the next task would be missed by whoever compares with a fresh board. Twice, since what
 * a cache keeps for itself are objects of others.
 */
static void shrink_caches(struct qy_machine *m)
{
	struct qy_kmem_cache_info info;

	for (unsigned int round = 0; round < 2; round++)
		for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
}

void qy_task_put(struct qy_machine *m)
{
	struct task_room *room = m->task_room;

	qy_mutex_lock(&room->cache_mutex);
	if (!--room->nr_users) {
		destroy_caches(room);
		shrink_caches(m);
	}
	qy_mutex_unlock(&room->cache_mutex);
}

/* ------------------------------------------------------------------ the list; task_room->lock must be held */

static struct task_struct *find_task(const struct qy_machine *m, int pid)
{
	for_each_task(m, task) if (task->id.pid == pid) return task;
	return NULL;
}

static int next_pid(const struct qy_machine *m)
{
	int pid = m->task_room->last_pid;

	do
		pid = pid >= PID_MAX ? 1 : pid + 1;
	while (find_task(m, pid));
	return pid;
}

static int add_task(struct qy_machine *m, struct task_struct *task, int pid)
{
	struct task_room *room = m->task_room;

	if (!pid)
		pid = next_pid(m);
	else if (find_task(m, pid))
		return -QY_EEXIST;
	task->id.pid = task->id.tgid = room->last_pid = pid;
	task->prev = room->last;
	*(room->last ? &room->last->next : &room->first) = task;
	room->last = task;
	room->nr_tasks++;
	room->had_tasks = true;
	return 0;
}

static void remove_task(struct task_room *room, struct task_struct *task)
{
	*(task->prev ? &task->prev->next : &room->first) = task->next;
	*(task->next ? &task->next->prev : &room->last) = task->prev;
	room->nr_tasks--;
}

/* ------------------------------------------------------------------ life */

static struct mm_struct *make_mm(struct qy_machine *m, struct task_struct *task)
{
	struct mm_struct *mm =
		qy_kmem_cache_zalloc(m->task_room->mm_cache, QY_GFP_KERNEL_ACCOUNT);

	if (!mm)
		return NULL;
	mm->task = task;
	mm->pgd = qy_pgd_alloc(m);
	if (mm->pgd == NO_FRAME) {
		qy_kmem_cache_free(m->task_room->mm_cache, mm);
		return NULL;
	}
	return mm;
}

static void free_mm(struct qy_machine *m, struct mm_struct *mm)
{
	qy_exit_mmap(m, mm);
	qy_pgd_free(m, mm->pgd);
	qy_kmem_cache_free(m->task_room->mm_cache, mm);
}

static int make_task(struct qy_machine *m, const char *comm, int pid, int oom_score_adj,
	struct task_struct **out)
{
	struct task_room *room = m->task_room;
	struct task_struct *task =
		qy_kmem_cache_zalloc(room->task_cache, QY_GFP_KERNEL_ACCOUNT);
	int err = -QY_ENOMEM;

	if (!task)
		return err;
	task->machine = m;
	task->oom_score_adj = (s16)oom_score_adj;
	qy_snprintf(task->id.comm, sizeof(task->id.comm), "%s", comm);
	task->mm = make_mm(m, task);
	if (!task->mm)
		goto free_task;
	qy_task_lock(m);
	err = add_task(m, task, pid);
	qy_task_unlock(m);
	if (err)
		goto free_mm;
	*out = task;
	return 0;
free_mm:
	free_mm(m, task->mm);
free_task:
	qy_kmem_cache_free(room->task_cache, task);
	return err;
}

int qy_task_create(struct qy_machine *m, const char *comm, int pid, int oom_score_adj,
	struct task_struct **task)
{
	int err;

	if (pid < 0 || pid > PID_MAX || oom_score_adj < -OOM_ADJ_MAX ||
		oom_score_adj > OOM_ADJ_MAX)
		return -QY_EINVAL;
	if (m->port->no_contents)
		return -QY_EOPNOTSUPP;
	err = qy_task_get(m);
	if (err)
		return err;
	err = make_task(m, comm, pid, oom_score_adj, task);
	if (err)
		qy_task_put(m);
	return err;
}

/* Who reaps it meanwhile still needs its address space. */
static void begin_exit(struct qy_machine *m, struct task_struct *task)
{
	for (unsigned int round = 0;; round++) {
		u32 flags;

		qy_task_lock(m);
		/* acquire: pairs with the reaper's release */
		flags = __atomic_fetch_or(
			&task->flags, (u32)TASK_EXITING, __ATOMIC_ACQUIRE);
		qy_task_unlock(m);
		if (!(flags & TASK_REAPED_NOW))
			return;
		wait_for_page(round);
	}
}

void qy_task_exit(struct qy_machine *m, struct task_struct *task)
{
	struct task_room *room = m->task_room;
	struct acting saved;

	qy_act_as(task, &saved);
	begin_exit(m, task);
	qy_close_files(m, task);
	free_mm(m, task->mm);
	qy_act_end(&saved);
	qy_task_lock(m);
	remove_task(room, task);
	qy_task_unlock(m);
	qy_kmem_cache_free(room->task_cache, task);
	qy_task_put(m);
}

struct task_struct *qy_task_find(struct qy_machine *m, int pid)
{
	struct task_struct *task;

	qy_task_lock(m);
	task = find_task(m, pid);
	qy_task_unlock(m);
	return task;
}

struct task_struct *qy_task_nth(struct qy_machine *m, unsigned int n)
{
	struct task_struct *task;

	qy_task_lock(m);
	task = m->task_room->first;
	while (task && n--)
		task = task->next;
	qy_task_unlock(m);
	return task;
}

int qy_task_set_oom_score_adj(
	struct qy_machine *m, struct task_struct *task, int oom_score_adj)
{
	(void)m;
	if (oom_score_adj < -OOM_ADJ_MAX || oom_score_adj > OOM_ADJ_MAX)
		return -QY_EINVAL;
	WRITE_ONCE(task->oom_score_adj, (s16)oom_score_adj);
	return 0;
}

void qy_task_set_uid(struct qy_machine *m, struct task_struct *task, uint32_t uid)
{
	(void)m;
	WRITE_ONCE(task->uid, uid);
}

void qy_task_info(
	struct qy_machine *m, const struct task_struct *task, struct qy_task_info *out)
{
	const struct mm_struct *mm = task->mm;

	qy_task_lock(m);
	*out = (struct qy_task_info){
		.pid = task->id.pid,
		.oom_score_adj = task->oom_score_adj,
		.killed = READ_ONCE(task->flags) & TASK_KILLED,
		.total_vm = mm->total_vm,
		.rss_anon = mm->rss[MM_ANONPAGES],
		.rss_file = mm->rss[MM_FILEPAGES],
		.rss_shmem = mm->rss[MM_SHMEMPAGES],
		.swap_entries = mm->rss[MM_SWAPENTS],
		.pgtables_bytes = qy_mm_pgtables_bytes(mm),
		.locked_vm = mm->locked_vm,
		.min_faults = READ_ONCE(task->min_flt),
		.maj_faults = READ_ONCE(task->maj_flt),
	};
	memcpy(out->comm, task->id.comm, sizeof(out->comm));
	qy_task_unlock(m);
}

/* ------------------------------------------------------------------ for the OOM killer */

void qy_task_kill(struct task_struct *task)
{
	atomic_fetch_or(&task->flags, (u32)TASK_KILLED);
}

bool qy_task_reap(struct qy_machine *m, int pid)
{
	struct task_struct *task;

	qy_task_lock(m);
	task = find_task(m, pid);
	if (task && READ_ONCE(task->flags) & (TASK_EXITING | TASK_REAPED_NOW))
		task = NULL;
	if (task)
		atomic_fetch_or(&task->flags, (u32)TASK_REAPED_NOW);
	qy_task_unlock(m);
	if (!task)
		return false;
	qy_zap_mapped(m, task->mm, 0, UINT32_MAX, true);
	atomic_fetch_or(&task->mm->flags, (u32)MMF_OOM_SKIP);
	/* release: what was done to the address space is seen by who ends it, and waits for this */
	__atomic_fetch_and(&task->flags, ~(u32)TASK_REAPED_NOW, __ATOMIC_RELEASE);
	return true;
}

/* ------------------------------------------------------------------ boot */

void qy_task_boot(struct qy_machine *m)
{
	const struct qy_vm_sysctl *vm = &m->board->vm;
	struct task_room *room = m->task_room;

	room->last_pid = 1; /* init is one only when it is asked for */
	for (u32 node = 0; node < m->nr_nodes; node++)
		for (u32 lru = 0; lru < NR_LRU_LISTS; lru++)
			room->lruvec[node].lists[lru].head =
				room->lruvec[node].lists[lru].tail = NO_FRAME;
	/* as many bits as an age has in an entry of a page table */
	for (room->shadow_shift = 0; m->total_pages >> room->shadow_shift >> 20;)
		room->shadow_shift++;
	room->vm = (struct vm_settings){
		.swappiness = (u32)vm->swappiness,
		.vfs_cache_pressure = (u32)vm->vfs_cache_pressure,
		.dirty_background_ratio = (u32)vm->dirty_background_ratio,
		.dirty_ratio = (u32)vm->dirty_ratio,
		.dirty_background_bytes = (u64)vm->dirty_background_bytes,
		.dirty_bytes = (u64)vm->dirty_bytes,
		.dirty_expire_centisecs = (u32)vm->dirty_expire_centisecs,
		.dirty_writeback_centisecs = (u32)vm->dirty_writeback_centisecs,
	};
	m->movable[MOVABLE_LRU] = &qy_lru_ops;
}
