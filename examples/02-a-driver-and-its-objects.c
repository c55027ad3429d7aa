// SPDX-License-Identifier: MIT
/*
 * A driver's objects: a cache of its own, kmalloc for the rest, a pool for what must not fail; and three mistakes that it
 * makes, each of which is told in one line.
 *
 * Build: cc 02-a-driver-and-its-objects.c $(pkg-config --cflags --libs quarry)
 */
#include <quarry.h>
#include <quarry/hosted.h>
#include <quarry/mempool.h>
#include <quarry/slab.h>

#include <stdio.h>
#include <stdlib.h>

struct frame {
	int sequence;
	char *bytes;
};

static void print_cache(struct qy_machine *m, struct kmem_cache *cache, const char *when)
{
	struct qy_kmem_cache_info info;

	for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
		if (info.cache == cache)
			printf("%-24s %s: %u bytes each, %u to a slab, %llu slabs\n",
				when, info.name, info.size, info.objects_per_slab,
				(unsigned long long)info.nr_slabs);
}

int main(void)
{
	static const struct qy_bank ram = { .base = 1ull << 30, .size = 64ull << 20 };
	static struct frame *frames[1000];
	struct qy_board board;
	struct qy_machine *m;
	char why[256];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &ram;
	board.nr_banks = 1;
	m = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (!m) {
		fprintf(stderr, "%s\n", why);
		return EXIT_FAILURE;
	}
	qy_enter(m);
	qy_set_task(71, "insmod");

	struct kmem_cache *cache = qy_kmem_cache_create(
		m, "csi_frame", sizeof(struct frame), 0, QY_SLAB_HWCACHE_ALIGN, NULL);
	struct qy_mempool *pool = qy_mempool_create_slab(m, 4, cache);

	for (int i = 0; i < 1000; i++) {
		frames[i] = qy_kmem_cache_zalloc(cache, QY_GFP_KERNEL);
		frames[i]->sequence = i;
		frames[i]->bytes = qy_kmalloc(m, 6000, QY_GFP_ATOMIC);
	}
	print_cache(m, cache, "1000 frames in flight");
	for (int i = 0; i < 999; i++) {
		qy_kfree(m, frames[i]->bytes);
		qy_kmem_cache_free(cache, frames[i]);
	}
	/* the mistakes: reported on standard error, and nothing breaks */
	qy_kmem_cache_free(cache, frames[998]);
	qy_kfree(m, frames[999]->bytes + 8);
	qy_kfree(m, frames[999]->bytes);
	qy_mempool_destroy(pool);
	qy_kmem_cache_destroy(cache); /* frame 999 is still there */
	qy_leave();
	qy_hosted_shutdown(m);
	return EXIT_SUCCESS;
}
