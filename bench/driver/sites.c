// SPDX-License-Identifier: MIT
/*
 * A driver that allocates at two hundred lines, each of which may fail: for the time that a search of all of them takes.
 *
 * State: what was allocated, in the order of the lines.
 */
#include <linux/module.h>
#include <linux/slab.h>

static void *taken[200];
static unsigned int nr;

#define TAKE(size)                                    \
	taken[nr] = kmalloc(16 + (size), GFP_KERNEL); \
	if (!taken[nr++])                             \
		goto give_back;
#define TAKE_5(size) \
	TAKE(size) TAKE(size + 8) TAKE(size + 16) TAKE(size + 24) TAKE(size + 32)
#define TAKE_25(size) \
	TAKE_5(size)  \
	TAKE_5(size + 64) TAKE_5(size + 128) TAKE_5(size + 192) TAKE_5(size + 256)

static void give_all_back(void)
{
	while (nr)
		kfree(taken[--nr]);
}

static int __init sites_init(void)
{
	TAKE_25(0)
	TAKE_25(100)
	TAKE_25(200)
	TAKE_25(300)
	TAKE_25(400)
	TAKE_25(500)
	TAKE_25(600)
	TAKE_25(700)
	return 0;
give_back:
	give_all_back();
	return -ENOMEM;
}

static void __exit sites_exit(void)
{
	give_all_back();
}

module_init(sites_init);
module_exit(sites_exit);
MODULE_LICENSE("GPL");
