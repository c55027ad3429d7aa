// SPDX-License-Identifier: MIT
/*
 * failslab: requests for objects that fail although they need not, by Linux's fault injection parameters.
 *
 *   qy_failslab_set, qy_failslab_get   the parameters
 *   qy_should_failslab                 the decision, asked once per call of a door
 *
 * While something may fail, sheaves stay empty, so that every call comes by here; the usual allocation pays nothing.
 *
 * Locking: fault_lock for the parameters.
 */
#include "mm/slab/internal.h"

void qy_failslab_set(struct qy_machine *m, const struct qy_fault_attr *attr)
{
	qy_fault_attr_set(m, &m->failslab, attr);
	qy_slab_long_way(m, attr->probability != 0);
}

void qy_failslab_get(const struct qy_machine *m, struct qy_fault_attr *attr)
{
	qy_fault_attr_get(m, &m->failslab, attr);
}

bool qy_should_failslab(struct kmem_cache *cache, qy_gfp_t gfp)
{
	const struct fault_call call = { .gfp = gfp,
		.size = (s32)cache->object_size,
		.marked = (cache->flags & QY_SLAB_FAILSLAB) != 0 };

	return qy_should_fail(
		cache->machine, &cache->machine->failslab, "failslab", &call);
}
