// SPDX-License-Identifier: MIT
/*
 * slab_debug=: letters, lists of names, blocks; which of them decides for a cache.
 *
 * No state.
 */
#include "mm/slab/slub_debug.h"
#include "tests/runner/test.h"

#define F    QY_SLAB_CONSISTENCY_CHECKS
#define Z    QY_SLAB_RED_ZONE
#define P    QY_SLAB_POISON
#define U    QY_SLAB_STORE_USER
#define T    QY_SLAB_TRACE
#define A    QY_SLAB_FAILSLAB
#define FULL (F | Z | P | U)

TEST(debug_flags, letters_names_and_blocks_decide_what_a_cache_gets)
{
	static const struct {
		const char *debug, *cache;
		u32 flags;
	} rows[] = {
		{ "", "dentry", 0 },
		{ "FZPU", "dentry", FULL },
		{ "fzputa", "dentry", FULL | T | A },
		{ "-", "dentry", 0 },
		{ "FZ-U", "dentry", U },
		{ "O", "dentry", 0 },
		{ "FQ", "dentry", F }, /* an unknown letter is none */
		{ ",dentry", "dentry", FULL },
		{ ",dentry", "inode_cache", 0 },
		{ "Z,dentry", "dentry", Z },
		{ "Z,dentry", "dentry2", 0 },
		{ "Z,dentr", "dentry", 0 },
		{ "Z,a,dentry,b", "dentry", Z },
		{ "Z,kmalloc-*", "kmalloc-64", Z },
		{ "Z,kmalloc-*", "dma-kmalloc-64", 0 },
		{ "Z,*", "anything", Z },
		/* the first block that names it, not the one for all */
		{ "U;Z,dentry", "dentry", Z },
		{ "U;Z,dentry", "inode_cache", U },
		{ "Z,dentry;P,dentry", "dentry", Z },
		{ "-,dentry;FZPU", "dentry", 0 },
		{ ";;P;;Z,a;", "b", P },
		{ "U;P", "b", P }, /* the last one for all */
		{ "Z,", "b", 0 },
		{ "Z,,b", "b", Z },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (qy_slub_debug_flags(rows[i].debug, rows[i].cache, 0) != rows[i].flags)
			FAIL("slab_debug=%s: %s gets 0x%x", rows[i].debug, rows[i].cache,
				qy_slub_debug_flags(rows[i].debug, rows[i].cache, 0));
}

TEST(debug_flags, what_the_maker_asked_for_stays)
{
	CHECK_EQ(qy_slub_debug_flags("Z", "a", QY_SLAB_PANIC), QY_SLAB_PANIC | Z);
	CHECK_EQ(qy_slub_debug_flags("FZPU", "a", QY_SLAB_NO_USER_FLAGS),
		QY_SLAB_NO_USER_FLAGS);
	/* a hunter of leaks gets no records of users, unless it is named */
	CHECK_EQ(qy_slub_debug_flags("FZPU", "a", QY_SLAB_NOLEAKTRACE),
		QY_SLAB_NOLEAKTRACE | F | Z | P);
	CHECK_EQ(qy_slub_debug_flags("FZPU,a", "a", QY_SLAB_NOLEAKTRACE),
		QY_SLAB_NOLEAKTRACE | FULL);
}

TEST(debug_flags, o_is_for_all_blocks)
{
	CHECK(!qy_slub_debug_keeps_order("FZPU"));
	CHECK(qy_slub_debug_keeps_order("FZPUO"));
	CHECK(qy_slub_debug_keeps_order("Z,a;O,b"));
	CHECK(!qy_slub_debug_keeps_order("Z,cacheO"));
}
