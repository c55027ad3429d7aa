// SPDX-License-Identifier: MIT
/* The kmem_cache example of the lecture, as a module would have it. */
#include <linux/kernel.h>
#include <linux/slab.h>
#include "tests/drivers/drivers.h"

struct my_object {
	int id;
	char name[32];
	struct list_head list;
};

static struct kmem_cache *my_cache;

int lecture_cache_init(void)
{
	my_cache = kmem_cache_create("my_object", sizeof(struct my_object), 0,
		SLAB_HWCACHE_ALIGN | SLAB_PANIC, NULL);
	if (!my_cache)
		return -12;
	return 0;
}

/* Each round takes one object and gives it back. Return: rounds in which it was the one of the round before. */
int lecture_cache_use(int rounds)
{
	struct my_object *before = NULL;
	int same = 0;

	for (int i = 0; i < rounds; i++) {
		struct my_object *obj = kmem_cache_alloc(my_cache, GFP_KERNEL);

		if (!obj)
			return -12;
		same += obj == before;
		obj->id = i;
		before = obj;
		kmem_cache_free(my_cache, obj);
	}
	return same;
}

void lecture_cache_exit(void)
{
	kmem_cache_destroy(my_cache);
}

/* The error path that forgets what it took. */
void *lecture_cache_leak(void)
{
	return kmem_cache_zalloc(my_cache, GFP_KERNEL);
}

void lecture_cache_unleak(void *object)
{
	kmem_cache_free(my_cache, object);
}
