/* SPDX-License-Identifier: MIT */
/*
 * The settings of /proc/sys/vm that the page floor obeys: read, checked, written, and put into force.
 *
 * Locking: sysctl_lock over the change and the recomputation, so that limits always follow from one set of
 * settings. The recomputation takes zone->lock inside.
 */
#include "mm/contig/contig.h"
#include "mm/watch/internal.h"
#include "mm/task/task.h"
#include <quarry/compact.h>
#include <quarry/reclaim.h>

#define HIGH_FRACTION_MIN \
	8 /* smaller ones would put more on the lists than the zone has; 0 means none given */
#define SCALE_FACTOR_MAX      3000
#define EXTFRAG_THRESHOLD_MAX 1000

static void set_min_free_kbytes(struct qy_machine *m, const s64 *values)
{
	m->min_free_kbytes = (u64)values[0];
	m->user_min_free_kbytes = values[0];
	qy_setup_per_zone_wmarks(m);
}

static void set_watermark_scale_factor(struct qy_machine *m, const s64 *values)
{
	m->watermark_scale_factor = (u32)values[0];
	qy_setup_per_zone_wmarks(m);
}

static void set_watermark_boost_factor(struct qy_machine *m, const s64 *values)
{
	WRITE_ONCE(m->watermark_boost_factor, (u32)values[0]);
}

static void set_lowmem_reserve_ratio(struct qy_machine *m, const s64 *values)
{
	for (u32 i = 0; i < m->zones_per_node; i++)
		m->lowmem_reserve_ratio[i] = (u32)max(values[i], 0);
	qy_setup_per_zone_lowmem_reserve(m);
}

static void set_percpu_pagelist_high_fraction(struct qy_machine *m, const s64 *values)
{
	m->percpu_pagelist_high_fraction = (u32)values[0];
	for (u32 i = 0; i < m->nr_zones; i++)
		if (populated_zone(&m->zones[i]))
			qy_zone_set_pageset_high_and_batch(&m->zones[i]);
}

/* Off: nothing new is counted; what is counted stays so until it is freed. */
static void set_mem_profiling(struct qy_machine *m, const s64 *values)
{
	WRITE_ONCE(m->mem_profiling, (u32)values[0]);
}

static s64 get_mem_profiling(const struct qy_machine *m, u32 index)
{
	(void)index;
	return READ_ONCE(m->mem_profiling);
}

static void set_extfrag_threshold(struct qy_machine *m, const s64 *values)
{
	WRITE_ONCE(m->extfrag_threshold, (u32)values[0]);
}

/* What one word says, and nothing follows from. */
#define WORD(name, type)                                                \
	static void set_##name(struct qy_machine *m, const s64 *values) \
	{                                                               \
		WRITE_ONCE(m->name, (type)values[0]);                   \
	}                                                               \
	static s64 get_##name(const struct qy_machine *m, u32 index)    \
	{                                                               \
		(void)index;                                            \
		return (s64)READ_ONCE(m->name);                         \
	}

WORD(panic_on_oom, u32)
WORD(oom_kill_allocating_task, u32)
WORD(oom_dump_tasks, u32)
WORD(overcommit_memory, u32)
WORD(admin_reserve_kbytes, u64)
WORD(user_reserve_kbytes, u64)

/* Of these two the one that was written last says the limit. */
static void set_overcommit_ratio(struct qy_machine *m, const s64 *values)
{
	WRITE_ONCE(m->overcommit_ratio, (s32)values[0]);
	WRITE_ONCE(m->overcommit_kbytes, 0);
}

static void set_overcommit_kbytes(struct qy_machine *m, const s64 *values)
{
	WRITE_ONCE(m->overcommit_kbytes, (u64)values[0]);
	WRITE_ONCE(m->overcommit_ratio, 0);
}

static s64 get_overcommit_ratio(const struct qy_machine *m, u32 index)
{
	(void)index;
	return READ_ONCE(m->overcommit_ratio);
}

static s64 get_overcommit_kbytes(const struct qy_machine *m, u32 index)
{
	(void)index;
	return (s64)READ_ONCE(m->overcommit_kbytes);
}

static s64 get_extfrag_threshold(const struct qy_machine *m, u32 index)
{
	(void)index;
	return m->extfrag_threshold;
}

static void set_compaction_proactiveness(struct qy_machine *m, const s64 *values)
{
	qy_set_compaction_proactiveness(m, (u32)values[0]);
}

static s64 get_compaction_proactiveness(const struct qy_machine *m, u32 index)
{
	(void)index;
	return m->compaction_proactiveness;
}

static s64 get_min_free_kbytes(const struct qy_machine *m, u32 index)
{
	(void)index;
	return (s64)m->min_free_kbytes;
}

static s64 get_watermark_scale_factor(const struct qy_machine *m, u32 index)
{
	(void)index;
	return m->watermark_scale_factor;
}

static s64 get_watermark_boost_factor(const struct qy_machine *m, u32 index)
{
	(void)index;
	return m->watermark_boost_factor;
}

static s64 get_lowmem_reserve_ratio(const struct qy_machine *m, u32 index)
{
	return m->lowmem_reserve_ratio[index];
}

static s64 get_percpu_pagelist_high_fraction(const struct qy_machine *m, u32 index)
{
	(void)index;
	return m->percpu_pagelist_high_fraction;
}

/* ------------------------------------------------------------------ reclaim and dirty pages: words of the task room */

#define VM_READING(name)                                             \
	static s64 get_##name(const struct qy_machine *m, u32 index) \
	{                                                            \
		(void)index;                                         \
		return (s64)READ_ONCE(m->task_room->vm.name);        \
	}

#define VM_SETTING(name)                                                \
	VM_READING(name)                                                \
	static void set_##name(struct qy_machine *m, const s64 *values) \
	{                                                               \
		WRITE_ONCE(m->task_room->vm.name,                       \
			(__typeof__(m->task_room->vm.name))values[0]);  \
	}

/* A share in percent or in bytes: writing the one sets the other to 0. */
#define VM_SHARE(name, other)                                           \
	VM_READING(name)                                                \
	static void set_##name(struct qy_machine *m, const s64 *values) \
	{                                                               \
		WRITE_ONCE(m->task_room->vm.name,                       \
			(__typeof__(m->task_room->vm.name))values[0]);  \
		WRITE_ONCE(m->task_room->vm.other, 0);                  \
	}

VM_SETTING(swappiness)
VM_SETTING(vfs_cache_pressure)
VM_SETTING(dirty_expire_centisecs)
VM_SHARE(dirty_background_ratio, dirty_background_bytes)
VM_SHARE(dirty_background_bytes, dirty_background_ratio)
VM_SHARE(dirty_ratio, dirty_bytes)
VM_SHARE(dirty_bytes, dirty_ratio)
VM_READING(dirty_writeback_centisecs)

/* The flusher sleeps by the old one still. */
static void set_dirty_writeback_centisecs(struct qy_machine *m, const s64 *values)
{
	WRITE_ONCE(m->task_room->vm.dirty_writeback_centisecs, (u32)values[0]);
	qy_wake_daemon(m, QY_FLUSHER, 0);
}

static const struct {
	s64 (*get)(const struct qy_machine *m, u32 index);
	void (*set)(struct qy_machine *m, const s64 *values);
	s64 lo, hi;
	s64 gap_end; /* 1..gap_end - 1 are refused; 0 = no gap */
	bool per_zone;
} sysctls[NR_SYSCTLS] = {
	[SYSCTL_MIN_FREE_KBYTES] = { get_min_free_kbytes, set_min_free_kbytes, 0,
		INT32_MAX, 0, false },
	[SYSCTL_WATERMARK_SCALE_FACTOR] = { get_watermark_scale_factor,
		set_watermark_scale_factor, 1, SCALE_FACTOR_MAX, 0, false },
	[SYSCTL_WATERMARK_BOOST_FACTOR] = { get_watermark_boost_factor,
		set_watermark_boost_factor, 0, INT32_MAX, 0, false },
	[SYSCTL_LOWMEM_RESERVE_RATIO] = { get_lowmem_reserve_ratio,
		set_lowmem_reserve_ratio, INT32_MIN, INT32_MAX, 0, true },
	[SYSCTL_COMPACTION_PROACTIVENESS] = { get_compaction_proactiveness,
		set_compaction_proactiveness, 0, 100, 0, false },
	[SYSCTL_EXTFRAG_THRESHOLD] = { get_extfrag_threshold, set_extfrag_threshold, 0,
		EXTFRAG_THRESHOLD_MAX, 0, false },
	[SYSCTL_PERCPU_PAGELIST_HIGH_FRACTION] = { get_percpu_pagelist_high_fraction,
		set_percpu_pagelist_high_fraction, 0, INT32_MAX, HIGH_FRACTION_MIN,
		false },
	[SYSCTL_MEM_PROFILING] = { get_mem_profiling, set_mem_profiling, 0, 1, 0, false },
	[SYSCTL_PANIC_ON_OOM] = { get_panic_on_oom, set_panic_on_oom, 0, 2, 0, false },
	[SYSCTL_OOM_KILL_ALLOCATING_TASK] = { get_oom_kill_allocating_task,
		set_oom_kill_allocating_task, INT32_MIN, INT32_MAX, 0, false },
	[SYSCTL_OOM_DUMP_TASKS] = { get_oom_dump_tasks, set_oom_dump_tasks, INT32_MIN,
		INT32_MAX, 0, false },
	[SYSCTL_OVERCOMMIT_MEMORY] = { get_overcommit_memory, set_overcommit_memory, 0, 2,
		0, false },
	[SYSCTL_OVERCOMMIT_RATIO] = { get_overcommit_ratio, set_overcommit_ratio,
		INT32_MIN, INT32_MAX, 0, false },
	[SYSCTL_OVERCOMMIT_KBYTES] = { get_overcommit_kbytes, set_overcommit_kbytes, 0,
		INT64_MAX, 0, false },
	[SYSCTL_ADMIN_RESERVE_KBYTES] = { get_admin_reserve_kbytes,
		set_admin_reserve_kbytes, 0, INT64_MAX, 0, false },
	[SYSCTL_USER_RESERVE_KBYTES] = { get_user_reserve_kbytes, set_user_reserve_kbytes,
		0, INT64_MAX, 0, false },
	[SYSCTL_SWAPPINESS] = { get_swappiness, set_swappiness, 0, 200, 0, false },
	[SYSCTL_VFS_CACHE_PRESSURE] = { get_vfs_cache_pressure, set_vfs_cache_pressure, 0,
		INT32_MAX, 0, false },
	[SYSCTL_DIRTY_EXPIRE_CENTISECS] = { get_dirty_expire_centisecs,
		set_dirty_expire_centisecs, 0, INT32_MAX, 0, false },
	[SYSCTL_DIRTY_WRITEBACK_CENTISECS] = { get_dirty_writeback_centisecs,
		set_dirty_writeback_centisecs, 0, INT32_MAX, 0, false },
	[SYSCTL_DIRTY_BACKGROUND_RATIO] = { get_dirty_background_ratio,
		set_dirty_background_ratio, 0, 100, 0, false },
	[SYSCTL_DIRTY_BACKGROUND_BYTES] = { get_dirty_background_bytes,
		set_dirty_background_bytes, 1, QY_MAX_DIRTY_BYTES, 0, false },
	[SYSCTL_DIRTY_RATIO] = { get_dirty_ratio, set_dirty_ratio, 0, 100, 0, false },
	[SYSCTL_DIRTY_BYTES] = { get_dirty_bytes, set_dirty_bytes, 2 * QY_PAGE_SIZE,
		QY_MAX_DIRTY_BYTES, 0, false },
};

static u32 nr_values(const struct qy_machine *m, unsigned int which)
{
	return sysctls[which].per_zone ? m->zones_per_node : 1;
}

/* sysctl_lock must be held. */
static void get_values(const struct qy_machine *m, unsigned int which, s64 *values)
{
	for (u32 i = 0; i < nr_values(m, which); i++)
		values[i] = sysctls[which].get(m, i);
}

void qy_sysctl_show(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	s64 values[QY_MAX_NR_ZONES];

	qy_spin_lock_irqsave(&m->sysctl_lock);
	get_values(m, which, values);
	qy_spin_unlock_irqrestore(&m->sysctl_lock);

	for (u32 i = 0; i < nr_values(m, which); i++)
		qy_seq_printf(seq, "%s%ld", i ? "\t" : "", values[i]);
	qy_seq_puts(seq, "\n");
}

/* A text with fewer numbers than there are changes the first ones only, as in Linux. */
static int parse_values(
	const struct qy_machine *m, unsigned int which, const char *text, s64 *values)
{
	for (u32 i = 0; i < nr_values(m, which); i++) {
		text = qy_parse_number(
			text, sysctls[which].lo, sysctls[which].hi, &values[i]);
		if (!text || (values[i] > 0 && values[i] < sysctls[which].gap_end))
			return -QY_EINVAL;
		if (!*text)
			break;
	}
	return 0;
}

int qy_sysctl_store(struct qy_machine *m, unsigned int which, const char *text)
{
	s64 values[QY_MAX_NR_ZONES];
	int error;

	qy_spin_lock_irqsave(&m->sysctl_lock);
	get_values(m, which, values);
	error = parse_values(m, which, text, values);
	if (!error)
		sysctls[which].set(m, values);
	qy_spin_unlock_irqrestore(&m->sysctl_lock);
	return error;
}

/* Any other value is refused, as in Linux. Takes no lock: compaction sleeps. */
int qy_compact_memory_store(struct qy_machine *m, unsigned int which, const char *text)
{
	s64 value;

	(void)which;
	text = qy_parse_number(text, 1, 1, &value);
	if (!text || *text)
		return -QY_EINVAL;
	qy_compact_memory(m);
	return 0;
}

/* Takes no lock: shrinkers may sleep. */
int qy_drop_caches_store(struct qy_machine *m, unsigned int which, const char *text)
{
	s64 value;

	(void)which;
	text = qy_parse_number(text, 1, 4, &value);
	return text && !*text ? qy_drop_caches(m, (int)value) : -QY_EINVAL;
}
