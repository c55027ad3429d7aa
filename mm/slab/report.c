// SPDX-License-Identifier: MIT
/*
 * What the slab room says: wrong frees, caches that cannot be made or ended, requests that make no sense.
 *
 *   BUG: Bad object free in process insmod (pid 71): 0xffff888003400018 is free already, in its slab (cache kmalloc-64)
 *
 * Addresses are the board's (PAGE_OFFSET + physical), never the host's. A pointer outside of the machine has none, and is
 * not printed.
 *
 * Locking: report_lock keeps a report whole.
 */
#include "mm/slab/kmalloc.h"
#include "mm/slab/slub_debug.h"
#include <quarry/owner.h>

#define PAGE_OFFSET_X86_64 0xffff888000000000ull
#define PAGE_OFFSET_ARM64  0xffff000000000000ull
#define NO_MEMORY_BURST    10
#define NO_MEMORY_INTERVAL 5000000000ull /* ns */

u64 qy_object_address(const struct qy_machine *m, const void *p)
{
	u64 base =
		m->board->arch == QY_ARCH_X86_64 ? PAGE_OFFSET_X86_64 : PAGE_OFFSET_ARM64;
	u32 frame = address_frame(m, p);

	if (frame == NO_FRAME)
		return 0;
	return base + (frame_to_pfn(m, frame) << QY_PAGE_SHIFT) +
	       ((uintptr_t)p & (QY_PAGE_SIZE - 1));
}

static void say(struct qy_machine *m, enum qy_log_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static void say(struct qy_machine *m, enum qy_log_level level, const char *fmt, ...)
{
	char line[320];
	struct qy_seq seq;
	va_list ap;

	qy_seq_init(&seq, line, sizeof(line));
	va_start(ap, fmt);
	qy_seq_vprintf(&seq, fmt, ap);
	va_end(ap);
	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, level, "%s", line);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

static bool first_time(struct qy_machine *m, u32 warning)
{
	return !(atomic_fetch_or(&m->warned, warning) & warning);
}

/* ------------------------------------------------------------------ wrong frees */

static void bad_object(struct qy_machine *m, const char *deed, const char *what)
{
	const struct qy_task *task = &qy_current()->task;

	say(m, QY_LOG_ALERT, "BUG: Bad object %s in process %s (pid %d): %s", deed,
		task->comm, task->pid, what);
}

void qy_report_not_ours(struct qy_machine *m, const char *deed,
	const struct kmem_cache *named, const void *p)
{
	u32 frame = address_frame(m, p);
	char what[160];

	if (!p)
		qy_snprintf(what, sizeof(what), "the pointer is NULL (cache %s)",
			named ? named->name : "any");
	else if ((uintptr_t)p - (uintptr_t)READ_ONCE(m->vm_base) < READ_ONCE(m->vm_bytes))
		qy_snprintf(what, sizeof(what),
			"the pointer is vmalloc()'s: vfree() is not kfree()");
	else if (frame == NO_FRAME)
		qy_snprintf(what, sizeof(what),
			"the pointer is not into memory of this machine");
	else if (qy_large_size(m, p))
		qy_snprintf(what, sizeof(what),
			"0x%lx is a kmalloc of %lu bytes, no object of cache %s",
			qy_object_address(m, p), (unsigned long)qy_large_size(m, p),
			named ? named->name : "any");
	else if (slabs_of(m)->class_map[frame] == CLASS_LARGE)
		qy_snprintf(what, sizeof(what),
			"0x%lx is inside a block of order %u, not its beginning",
			qy_object_address(m, p), hot_order(READ_ONCE(m->hot[frame])));
	else
		qy_snprintf(what, sizeof(what), "0x%lx is in no slab (pfn:%05lx)",
			qy_object_address(m, p), frame_to_pfn(m, frame));
	bad_object(m, deed, what);
}

void qy_report_interior(
	struct kmem_cache *cache, const char *deed, const void *p, u32 head)
{
	struct qy_machine *m = cache->machine;
	u32 offset = (u32)((uintptr_t)p - (uintptr_t)frame_address(m, head));
	char what[192];

	qy_snprintf(what, sizeof(what),
		"0x%lx is %u bytes inside an object, not its beginning (cache %s, size %u)",
		qy_object_address(m, p), offset % cache->size, cache->name, cache->size);
	bad_object(m, deed, what);
}

void qy_report_double_free(struct kmem_cache *cache, const void *p, const char *where)
{
	char what[192];

	qy_snprintf(what, sizeof(what), "0x%lx is free already, %s (cache %s)",
		qy_object_address(cache->machine, p), where, cache->name);
	bad_object(cache->machine, "free", what);
}

void qy_report_wrong_cache(
	const struct kmem_cache *named, const struct kmem_cache *real, const void *p)
{
	struct qy_machine *m = named->machine;

	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_WARNING,
		"cache_from_obj: Wrong slab cache. %s but object is from %s", named->name,
		real->name);
	if (p)
		qy_report_tracks(real, p);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

/* ------------------------------------------------------------------ caches */

/* The pointer may be a host's: an address that the machine does not have is not printed. */
void qy_report_no_cache(struct qy_machine *m, const void *p)
{
	const struct qy_task *task = &qy_current()->task;

	say(m, QY_LOG_ALERT,
		"BUG: kmem_cache_destroy in process %s (pid %d): 0x%lx is no cache; it may have been destroyed before",
		task->comm, task->pid, qy_object_address(m, p));
}

void qy_report_destroyed(struct qy_machine *m)
{
	bad_object(m, "request", "the cache has been destroyed");
}

void qy_report_remaining(struct kmem_cache *cache)
{
	struct qy_machine *m = cache->machine;
	const struct qy_slabs *slabs = slabs_of(m);
	const struct qy_site *site = qy_current()->site;

	qy_spin_lock_irqsave(&m->report_lock);
	for (u32 frame = 0; frame < m->nr_frames; frame++) {
		if (!slabs->class_map[frame])
			continue;
		u32 head = qy_object_slab(m, frame_address(m, frame));

		if (head == frame && frame_slab(m, head)->cache == cache->id)
			qy_debug_report_remaining(cache, head);
	}
	qy_printk(m, QY_LOG_WARNING,
		"kmem_cache_destroy %s: Slab cache still has objects when called from %s",
		cache->name, site ? site->func : "unknown");
	qy_spin_unlock_irqrestore(&m->report_lock);
}

static const char *shown(const char *name)
{
	return name ? name : "(null)";
}

void qy_report_refused(struct qy_machine *m, const char *name, const char *wrong)
{
	say(m, QY_LOG_ERR, "kmem_cache_create(%s)%s", shown(name), wrong);
}

void qy_report_same_name(struct qy_machine *m, const char *name)
{
	say(m, QY_LOG_WARNING, "kmem_cache of name '%s' already exists", name);
}

void qy_report_blank_name(struct qy_machine *m, const char *name)
{
	say(m, QY_LOG_WARNING,
		"kmem_cache_create(%s): a blank in the name misleads who reads slabinfo",
		name);
}

void qy_report_bad_usercopy(
	struct qy_machine *m, const char *name, u32 offset, u32 bytes, u32 size)
{
	say(m, QY_LOG_WARNING,
		"kmem_cache_create(%s): the part for user space, %u bytes at %u, is not inside the object of %u bytes: there is none",
		name, bytes, offset, size);
}

void qy_report_create_failed(struct qy_machine *m, const char *name, int err, bool panic)
{
	char line[192];

	if (panic) {
		qy_snprintf(line, sizeof(line),
			"__kmem_cache_create_args: Failed to create slab '%s'. Error %d",
			shown(name), err);
		m->port->panic(m->port->ctx, line);
	}
	say(m, QY_LOG_WARNING, "__kmem_cache_create_args(%s) failed with error %d",
		shown(name), err);
}

/* ------------------------------------------------------------------ requests */

void qy_report_too_large(struct qy_machine *m, size_t size, qy_gfp_t gfp)
{
	if (gfp & QY___GFP_NOWARN || !first_time(m, WARNED_KMALLOC))
		return;
	say(m, QY_LOG_WARNING, "WARNING: kmalloc of %lu bytes: the largest is %lu",
		(unsigned long)size, (unsigned long)QY_KMALLOC_MAX_SIZE);
}

void qy_report_unexpected_gfp(struct qy_machine *m, qy_gfp_t wrong, qy_gfp_t fixed)
{
	char text[2][160];
	struct qy_seq seq;

	qy_seq_init(&seq, text[0], sizeof(text[0]));
	qy_print_gfp(&seq, wrong);
	qy_seq_init(&seq, text[1], sizeof(text[1]));
	qy_print_gfp(&seq, fixed);
	say(m, QY_LOG_WARNING,
		"Unexpected gfp: 0x%x (%s). Fixing up to gfp: 0x%x (%s). Fix your code!",
		wrong, text[0], fixed, text[1]);
}

void qy_report_zeroed_ctor(struct kmem_cache *cache)
{
	if (first_time(cache->machine, WARNED_CTOR_ZERO))
		say(cache->machine, QY_LOG_WARNING,
			"WARNING: __GFP_ZERO on cache %s, which has a constructor: not cleared",
			cache->name);
}

/* The page allocator has none. It has said so of its own; this names the cache. */
void qy_report_no_memory(struct kmem_cache *cache, qy_gfp_t gfp, int node)
{
	struct qy_machine *m = cache->machine;
	u64 free[QY_MAX_NODES];
	struct qy_seq seq;
	char flags[160];

	if (gfp & QY___GFP_NOWARN || !qy_ratelimit(m, &m->slab_report_limit,
					     NO_MEMORY_INTERVAL, NO_MEMORY_BURST))
		return;
	qy_seq_init(&seq, flags, sizeof(flags));
	qy_print_gfp(&seq, gfp);
	for (u32 i = 0; i < m->nr_nodes; i++) {
		qy_spin_lock_irqsave(&cache->node[i].lock);
		free[i] = qy_node_partial_free(cache, i);
		qy_spin_unlock_irqrestore(&cache->node[i].lock);
	}
	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_WARNING,
		"SLUB: Unable to allocate memory on CPU %u (of node %u) on node %d, gfp=0x%x(%s)",
		qy_this_cpu(), qy_cpu_node(m, qy_this_cpu()), node, gfp, flags);
	qy_printk(m, QY_LOG_WARNING,
		"  cache: %s, object size: %u, buffer size: %u, default order: %u, min order: %u",
		cache->name, cache->object_size, cache->size, cache->order,
		cache->layout.min_order);
	for (u32 i = 0; i < m->nr_nodes; i++) {
		const struct kmem_cache_node *n = &cache->node[i];

		qy_printk(m, QY_LOG_WARNING,
			"  node %u: slabs: %lu, objs: %lu, free: %lu", i,
			READ_ONCE(n->nr_slabs), READ_ONCE(n->total_objects), free[i]);
	}
	qy_spin_unlock_irqrestore(&m->report_lock);
}
