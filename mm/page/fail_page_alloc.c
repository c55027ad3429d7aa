/* SPDX-License-Identifier: MIT */
/*
 * Allocations that fail although they need not, by Linux's fault injection parameters; and those of pages.
 *
 *   qy_should_fail              the decision, asked once per allocation
 *   qy_fault_attr_set/get       parameters of any kind of allocation
 *   qy_should_fail_alloc_page, qy_fail_page_alloc_set/get   fail_page_alloc
 *
 * The decision is a function of the parameters and of how many eligible calls came before: the same seed fails the
 * same calls. Setting the parameters counts from 0 again.
 *
 * Locking: fault_lock for the parameters; report_lock for the report, never both.
 */
#include "mm/page/internal.h"

void qy_fault_attr_set(
	struct qy_machine *m, struct qy_fault_attr *to, const struct qy_fault_attr *attr)
{
	qy_spin_lock_irqsave(&m->fault_lock);
	*to = *attr;
	to->count = 0;
	qy_spin_unlock_irqrestore(&m->fault_lock);
}

void qy_fault_attr_get(const struct qy_machine *m, const struct qy_fault_attr *from,
	struct qy_fault_attr *attr)
{
	struct qy_spinlock *lock = (struct qy_spinlock *)&m->fault_lock;

	qy_spin_lock_irqsave(lock);
	*attr = *from;
	qy_spin_unlock_irqrestore(lock);
}

void qy_fail_page_alloc_set(struct qy_machine *m, const struct qy_fault_attr *attr)
{
	qy_fault_attr_set(m, &m->fail_page_alloc, attr);
	qy_long_way(m, LONG_WAY_FAULT, attr->probability != 0);
}

void qy_fail_page_alloc_get(const struct qy_machine *m, struct qy_fault_attr *attr)
{
	qy_fault_attr_get(m, &m->fail_page_alloc, attr);
}

/* splitmix64: the n-th number of a seed, without anything kept between calls. */
static u64 random_number(u64 seed, u64 n)
{
	u64 z = seed + n * 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* Requests that the parameters leave alone. */
static bool exempt(const struct qy_fault_attr *attr, const struct fault_call *call)
{
	return call->order < attr->min_order || call->gfp & QY___GFP_NOFAIL ||
	       (attr->cache_filter && !call->marked) ||
	       (attr->ignore_gfp_highmem && call->gfp & QY___GFP_HIGHMEM) ||
	       (attr->ignore_gfp_wait && call->gfp & QY___GFP_DIRECT_RECLAIM);
}

/* Linux's order of questions, and its side effects: space is used up, calls are counted. fault_lock is held. */
static bool should_fail(struct qy_fault_attr *attr, const struct fault_call *call)
{
	if (exempt(attr, call) || !attr->probability || !attr->times)
		return false;
	if (attr->space > call->size) {
		attr->space -= call->size;
		return false;
	}
	attr->count++;
	if (attr->interval > 1 && attr->count % attr->interval)
		return false;
	if (random_number(attr->seed, attr->count) % 100 >= attr->probability)
		return false;
	if (attr->times > 0)
		attr->times--;
	return true;
}

/* @which: the parameters themselves, of which @attr is a copy. */
static bool may_tell(struct qy_machine *m, const struct qy_fault_attr *attr,
	const struct qy_fault_attr *which)
{
	u64 interval_ns = attr->verbose_ratelimit_interval_ms * 1000000ull;

	return !interval_ns || qy_ratelimit(m,
				       which == &m->failslab ? &m->failslab_limit
							     : &m->fail_page_alloc_limit,
				       interval_ns, attr->verbose_ratelimit_burst);
}

static void report(
	struct qy_machine *m, const char *name, const struct qy_fault_attr *attr)
{
	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_NOTICE, "FAULT_INJECTION: forcing a failure.");
	qy_printk(m, QY_LOG_NOTICE,
		"name %s, interval %u, probability %u, space %d, times %d", name,
		attr->interval, attr->probability, attr->space, attr->times);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

bool qy_should_fail(struct qy_machine *m, struct qy_fault_attr *attr, const char *name,
	const struct fault_call *call)
{
	struct qy_fault_attr before;
	bool fail;

	qy_spin_lock_irqsave(&m->fault_lock);
	before = *attr;
	fail = should_fail(attr, call);
	qy_spin_unlock_irqrestore(&m->fault_lock);

	/* as in Linux, the report shows the times that were left before this one */
	if (fail && before.verbose && !(call->gfp & QY___GFP_NOWARN) &&
		may_tell(m, &before, attr))
		report(m, name, &before);
	return fail;
}

bool qy_should_fail_alloc_page(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	const struct fault_call call = {
		.gfp = gfp, .order = order, .size = (s32)(1u << order)
	};

	return qy_should_fail(m, &m->fail_page_alloc, "fail_page_alloc", &call);
}
