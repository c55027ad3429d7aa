// SPDX-License-Identifier: MIT
/* One mistake of a driver, planted inside a slab: for test_sanitizers.c, which looks whether a tool sees it. */
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/slab.h>
#include <stdio.h>
#include <string.h>

static int plant(struct qy_machine *m, const char *mistake)
{
	struct kmem_cache *cache =
		qy_kmem_cache_create(m, "planted", 56, 0, QY_SLAB_HWCACHE_ALIGN, NULL);
	volatile char *p = qy_kmalloc(m, 60, QY_GFP_KERNEL);
	volatile char *object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	volatile char *large = qy_kmalloc(m, 20000, QY_GFP_KERNEL);

	for (int i = 0; i < 60; i++)
		p[i] = 1; /* what is asked for may be used */
	if (!strcmp(mistake, "overflow"))
		p[60] = 1;
	if (!strcmp(mistake, "overflow-of-an-object"))
		object[56] = 1;
	if (!strcmp(mistake, "overflow-of-pages"))
		large[20000] = 1;
	qy_kfree(m, (const void *)p);
	if (!strcmp(mistake, "use-after-free"))
		p[8] = 1;
	qy_kmem_cache_free(cache, (void *)object);
	if (!strcmp(mistake, "use-of-a-freed-object"))
		return object[3];
	qy_kfree(m, (const void *)large);
	p = qy_krealloc(m, qy_kmalloc(m, 20, QY_GFP_KERNEL), 30, QY_GFP_KERNEL);
	p[29] = 1;
	p = qy_krealloc(m, (void *)p, 300, QY_GFP_KERNEL);
	p[299] = p[29];
	qy_kfree_sensitive(m, (const void *)p);
	qy_kmem_cache_destroy(cache);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct qy_bank ram = { .base = 1ull << 30, .size = 64ull << 20 };
	struct qy_board board;
	struct qy_machine *m;
	int result;

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &ram;
	board.nr_banks = 1;
	m = qy_hosted_boot(&board, NULL, NULL, 0);
	if (!m || argc != 2)
		return 2;
	qy_enter(m);
	result = plant(m, argv[1]);
	qy_leave();
	qy_hosted_shutdown(m);
	return result;
}
