// SPDX-License-Identifier: MIT
/* Copies of bytes and strings. */
#include "tests/model/rig.h"
#include <quarry/slab.h>
#include <quarry/string.h>

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 1);
	rig_boot(rig);
}

TEST(util, strings_are_copied_whole_or_in_part)
{
	static struct rig rig;
	char *s;

	boot(&rig);
	s = qy_kstrdup(rig.m, "camera", QY_GFP_KERNEL);
	CHECK_STR_EQ(s, "camera");
	CHECK_EQ(qy_ksize(rig.m, s), 8);
	qy_kfree(rig.m, s);
	s = qy_kstrndup(rig.m, "camera", 3, QY_GFP_KERNEL);
	CHECK_STR_EQ(s, "cam");
	qy_kfree(rig.m, s);
	s = qy_kstrndup(rig.m, "camera", 300, QY_GFP_KERNEL);
	CHECK_STR_EQ(s, "camera");
	CHECK_EQ(qy_ksize(rig.m, s), 8); /* by its length, not by the bound */
	qy_kfree(rig.m, s);
	s = qy_kmemdup_nul(rig.m, "ca\0era", 6, QY_GFP_KERNEL);
	CHECK(!memcmp(s, "ca\0era", 7));
	qy_kfree(rig.m, s);
	s = qy_kstrdup(rig.m, "", QY_GFP_KERNEL);
	CHECK_STR_EQ(s, "");
	qy_kfree(rig.m, s);
	CHECK(!qy_kstrdup(rig.m, NULL, QY_GFP_KERNEL));
	CHECK(!qy_kstrndup(rig.m, NULL, 3, QY_GFP_KERNEL));
	CHECK(!qy_kmemdup_nul(rig.m, NULL, 3, QY_GFP_KERNEL));
	rig_down(&rig);
}

TEST(util, bytes_and_arrays_are_copied)
{
	static const uint32_t from[] = { 1, 2, 3, 4, 5 };
	static struct rig rig;
	uint32_t *copy;

	boot(&rig);
	copy = qy_kmemdup(rig.m, from, sizeof(from), QY_GFP_ATOMIC);
	CHECK(!memcmp(copy, from, sizeof(from)));
	qy_kfree(rig.m, copy);
	copy = qy_kmemdup_array(rig.m, from, 5, sizeof(*from), QY_GFP_KERNEL);
	CHECK(!memcmp(copy, from, sizeof(from)));
	qy_kfree(rig.m, copy);
	CHECK(!qy_kmemdup_array(rig.m, from, SIZE_MAX / 2, sizeof(*from), QY_GFP_KERNEL));
	CHECK(qy_kmemdup(rig.m, from, 0, QY_GFP_KERNEL) == QY_ZERO_SIZE_PTR);
	rig_down(&rig);
}

TEST(util, formatted_text_has_the_memory_it_needs)
{
	static struct rig rig;
	char *s;

	boot(&rig);
	s = qy_kasprintf(rig.m, QY_GFP_KERNEL, "%s-%04x:%d", "vb2", 0x2a, -7);
	CHECK_STR_EQ(s, "vb2-002a:-7");
	CHECK_EQ(qy_ksize(rig.m, s), 16);
	qy_kfree(rig.m, s);
	s = qy_kasprintf(rig.m, QY_GFP_KERNEL, "%5000s", "x");
	CHECK_EQ(strlen(s), 5000);
	qy_kfree(rig.m, s);
	CHECK_EQ(rig.log_bytes, 0);
	rig_down(&rig);
}
