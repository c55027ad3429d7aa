// SPDX-License-Identifier: MIT
/* Caches of drivers that give back what they can do without: those of quarry/reclaim.h. No state. */
#include <linux/shrinker.h>
#include "compat/world.h"

struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
{
	char name[32];
	va_list args;

	might_sleep();
	va_start(args, fmt);
	vscnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	return qy_take(QY_HELD_DEVICE, GFP_KERNEL, 0,
		qy_shrinker_alloc(qy_this_machine(), flags, name));
}

void shrinker_register(struct shrinker *shrinker)
{
	qy_shrinker_register(shrinker);
}

void shrinker_free(struct shrinker *shrinker)
{
	qy_let_go(QY_HELD_DEVICE, shrinker);
	qy_shrinker_free(shrinker);
}
