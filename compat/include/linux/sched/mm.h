/* SPDX-License-Identifier: MIT */
/* Scopes in which a task's requests have fewer rights, or more. No state. */
#ifndef COMPAT_LINUX_SCHED_MM_H
#define COMPAT_LINUX_SCHED_MM_H

#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/sched.h>

/* What an allocation with @gfp would say of this context. */
static inline void might_alloc(gfp_t gfp)
{
	might_sleep_if(gfpflags_allow_blocking(gfp));
}

#define memalloc_noio_save()              qy_memalloc_noio_save()
#define memalloc_noio_restore(flags)      qy_memalloc_restore(flags)
#define memalloc_nofs_save()              qy_memalloc_nofs_save()
#define memalloc_nofs_restore(flags)      qy_memalloc_restore(flags)
#define memalloc_noreclaim_save()         qy_memalloc_noreclaim_save()
#define memalloc_noreclaim_restore(flags) qy_memalloc_restore(flags)
#define memalloc_pin_save()               qy_memalloc_pin_save()
#define memalloc_pin_restore(flags)       qy_memalloc_restore(flags)

#endif
