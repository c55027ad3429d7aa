// SPDX-License-Identifier: MIT
/*
 * init_on_alloc= and init_on_free=: pages and objects are cleared though nobody asks for it.
 *
 * State: one machine.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>

static struct rig rig;

static void boot(bool on_alloc, bool on_free)
{
	rig_one_zone(&rig, MIB(16), 1);
	rig.board.slab.init_on_alloc = on_alloc;
	rig.board.slab.init_on_free = on_free;
	rig_boot(&rig);
}

static bool all_are(const unsigned char *bytes, int value, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

TEST(init_on, alloc_clears_pages_and_objects_that_were_used_before)
{
	void *p;

	boot(true, false);
	for (unsigned int order = 0; order < 4; order++) {
		size_t bytes = (size_t)QY_PAGE_SIZE << order;

		for (int i = 0; i < 3; i++) {
			p = qy_get_free_pages(rig.m, QY_GFP_KERNEL, order);
			CHECK(all_are(p, 0, bytes));
			memset(p, 0x55, bytes);
			qy_free_pages(rig.m, qy_virt_to_page(rig.m, p), order);
		}
	}
	for (int i = 0; i < 3; i++) {
		p = qy_kmalloc(rig.m, 200, QY_GFP_KERNEL);
		CHECK(all_are(p, 0, 200));
		memset(p, 0x55, 200);
		qy_kfree(rig.m, p);
	}
	rig_down(&rig);
}

TEST(init_on, free_clears_pages_and_objects)
{
	unsigned char *p;

	boot(false, true);
	p = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 2);
	memset(p, 0x55, 4 * QY_PAGE_SIZE);
	qy_free_pages(rig.m, qy_virt_to_page(rig.m, p), 2);
	CHECK(all_are(p, 0, 4 * QY_PAGE_SIZE));
	p = qy_kmalloc(rig.m, 128, QY_GFP_KERNEL);
	memset(p, 0x55, 128);
	qy_kfree(rig.m, p);
	CHECK(all_are(p, 0, 128));
	rig_down(&rig);
}

TEST(init_on, without_them_memory_keeps_what_its_last_user_left)
{
	unsigned char *p;

	boot(false, false);
	p = qy_get_free_pages(rig.m, QY_GFP_KERNEL, 0);
	memset(p, 0x55, QY_PAGE_SIZE);
	qy_free_pages(rig.m, qy_virt_to_page(rig.m, p), 0);
	CHECK(all_are(p, 0x55, QY_PAGE_SIZE));
	rig_down(&rig);
}
