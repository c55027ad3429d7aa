/* SPDX-License-Identifier: MIT */
/*
 * The notes of what drivers hold, for the files of compat/ that look at them.
 *
 * Locking: none; see world.h.
 */
#ifndef COMPAT_HELD_H
#define COMPAT_HELD_H

#include "compat/world.h"

struct held {
	struct held *next;
	struct qy_world_held what;
	bool told; /* that nothing points to it */
	struct held *next_active,
		**active; /* of timers that are set, and work that is queued */
	void *frames[QY_HELD_FRAMES];
};

/* A hash of (kind, pointer). */
struct qy_held_table {
	struct held **slots;
	size_t nr_slots, nr; /* a power of two */
	struct held *active;
	uint64_t nr_ever;
};

/*
 * What @p was armed for begins: it is let go, and who armed it is known until the end of the call. A call that does not come back
 * is thus told with its cause.
 */
void qy_compat_begin_call(struct qy_world *w, enum qy_held kind, const void *p);
void qy_compat_end_call(struct qy_world *w);
/* The newest under @p and @kind: looked at; taken out, and the caller's. NULL: none. */
struct held *qy_compat_held_find(struct qy_world *w, enum qy_held kind, const void *p);
struct held *qy_compat_held_take(struct qy_world *w, enum qy_held kind, const void *p);

#endif
