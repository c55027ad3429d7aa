/* SPDX-License-Identifier: MIT */
/* Pools with a reserve: absent until the slab room is built. No state. */
#ifndef COMPAT_LINUX_MEMPOOL_H
#define COMPAT_LINUX_MEMPOOL_H

#include <linux/slab.h>

typedef struct mempool mempool_t;
typedef void *(mempool_alloc_t)(gfp_t gfp, void *data);
typedef void(mempool_free_t)(void *element, void *data);

#define QY_UNTIL "until the slab room"
QY_ABSENT(mempool_t *, mempool_create,
	(int min_nr, mempool_alloc_t *alloc, mempool_free_t *release, void *data),
	QY_UNTIL);
QY_ABSENT(void, mempool_destroy, (mempool_t * pool), QY_UNTIL);
QY_ABSENT(void *, mempool_alloc, (mempool_t * pool, gfp_t gfp), QY_UNTIL);
QY_ABSENT(void, mempool_free, (void *element, mempool_t *pool), QY_UNTIL);
#undef QY_UNTIL

#endif
