// SPDX-License-Identifier: MIT
/*
 * Sampled objects used wrongly: one misuse, one report of KFENCE's, and the program goes on.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include <quarry/kfence.h>
#include <quarry/owner.h>
#include <quarry/slab.h>

#define LINE        "=================================================================="
#define PAGE_OFFSET 0xffff000000000000ull /* of arm64, which the rig's boards are */

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(64), 1);
	rig->board.kfence.sample_interval_ms = 3600000;
	rig->board.kfence.burst = 10000;
	rig_boot(rig);
}

static unsigned long long board_address(struct rig *rig, const void *p)
{
	return PAGE_OFFSET + qy_virt_to_phys(rig->m, p) - GIB(1);
}

/* The log without levels. */
static const char *plain(const struct rig *rig)
{
	static char text[RIG_LOG_BYTES];
	char *to = text;

	for (const char *at = rig->log; *at; at++) {
		if (!strncmp(at, "<3>", 3))
			at += 2;
		else
			*to++ = *at;
	}
	*to = '\0';
	return text;
}

/* 32 bytes at the left end of a page, or at the right one. */
static volatile char *take(struct rig *rig, bool right)
{
	for (;;) {
		char *p = QY_AT_SITE(qy_kmalloc(rig->m, 32, QY_GFP_KERNEL));
		bool is_right = ((uintptr_t)p & (QY_PAGE_SIZE - 1)) != 0;

		CHECK(qy_is_kfence_address(rig->m, p));
		if (is_right == right)
			return p;
		qy_kfree(rig->m, p);
	}
}

static void give(struct rig *rig, volatile char *p)
{
	QY_AT_SITE_VOID(qy_kfree(rig->m, (void *)(uintptr_t)p));
}

static void says(struct rig *rig, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void says(struct rig *rig, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (!strstr(plain(rig), text))
		FAIL("not said: %s\n%s", text, plain(rig));
}

/* One report, whole, and the machine is as it was. */
static void once(struct rig *rig)
{
	CHECK_EQ(rig_log_count(rig, "BUG: "), 1);
	CHECK_EQ(rig_log_count(rig, LINE), 2);
	rig_check_valid(rig->m, "a report");
	rig_log_clear(rig);
}

TEST(death, an_access_behind_a_sampled_object_is_told_where_it_happens)
{
	static struct rig rig;
	volatile char *p;

	boot(&rig);
	p = take(&rig, true);
	rig_log_clear(&rig);
	p[32] = 1; /* the first byte behind it is of the guard page */
	says(&rig, LINE "\nBUG: KFENCE: out-of-bounds write in ");
	says(&rig, "\n\nOut-of-bounds write at 0x%016llx (1B right of kfence-#",
		board_address(&rig, (char *)(uintptr_t)p + 32));
	says(&rig,
		": 0x%016llx-0x%016llx, size=32, cache=kmalloc-32\n\nallocated by task ",
		board_address(&rig, (char *)(uintptr_t)p),
		board_address(&rig, (char *)(uintptr_t)p + 31));
	says(&rig, "s ago):\n take (" __FILE__ ":");
	once(&rig);
	p[40] = 1; /* told once an object */
	CHECK_STR_EQ(rig.log, "");
	give(&rig, p);

	p = take(&rig, false);
	rig_log_clear(&rig);
	(void)p[-4];
	says(&rig, "BUG: KFENCE: out-of-bounds read in ");
	says(&rig, "(4B left of kfence-#");
	once(&rig);
	give(&rig, p);
	/* the guard is one again */
	p = take(&rig, true);
	rig_log_clear(&rig);
	(void)p[32];
	once(&rig);
	rig_down(&rig);
}

TEST(death, an_access_to_a_freed_sampled_object_is_told_with_both_ends)
{
	static struct rig rig;
	volatile char *p;

	boot(&rig);
	p = take(&rig, true);
	give(&rig, p);
	rig_log_clear(&rig);
	(void)p[7];
	says(&rig, "BUG: KFENCE: use-after-free read in ");
	says(&rig, "Use-after-free read at 0x%016llx (in kfence-#",
		board_address(&rig, (char *)(uintptr_t)p + 7));
	says(&rig, "\n\nfreed by task ");
	says(&rig, "s ago):\n give (" __FILE__ ":");
	once(&rig);
	rig_down(&rig);
}

TEST(death, a_byte_that_was_written_around_a_sampled_object_is_told_at_its_free)
{
	static struct rig rig;
	volatile char *p;

	boot(&rig);
	p = take(&rig, false);
	rig_log_clear(&rig);
	p[32] = 0x42;
	CHECK_STR_EQ(rig.log, "");
	give(&rig, p);
	says(&rig, "BUG: KFENCE: memory corruption in give\n");
	says(&rig,
		"Corrupted memory at 0x%016llx [ 0x42 . . . . . . . . . . . . . . . ] (in kfence-#",
		board_address(&rig, (char *)(uintptr_t)p + 32));
	once(&rig);

	p = take(&rig, true);
	rig_log_clear(&rig);
	p[-1] = 0;
	give(&rig, p);
	says(&rig, "Corrupted memory at 0x%016llx [ 0x00 ] (in kfence-#",
		board_address(&rig, (char *)(uintptr_t)p - 1));
	once(&rig);
	rig_down(&rig);
}

TEST(death, a_wrong_free_of_a_sampled_object_is_told_and_not_done)
{
	static struct rig rig;
	volatile char *p;

	boot(&rig);
	p = take(&rig, true);
	rig_log_clear(&rig);
	give(&rig, p + 1);
	says(&rig, "BUG: KFENCE: invalid free in give\n");
	says(&rig, "Invalid free of 0x%016llx (in kfence-#",
		board_address(&rig, (char *)(uintptr_t)p + 1));
	once(&rig);
	p[0] = 1; /* it is there still */
	give(&rig, p);
	CHECK_STR_EQ(rig.log, "");
	give(&rig, p);
	says(&rig, "BUG: KFENCE: invalid free in give\n");
	says(&rig, "\n\nfreed by task ");
	once(&rig);
	rig_down(&rig);
}

TEST(death, an_access_to_no_object_of_the_pool_is_invalid)
{
	static struct rig rig;
	volatile char *pool;
	size_t bytes;

	boot(&rig);
	pool = qy_kfence_pool(rig.m, &bytes);
	rig_log_clear(&rig);
	(void)pool[10];
	says(&rig, "BUG: KFENCE: invalid read in ");
	says(&rig, "Invalid read at 0x%016llx:\n",
		board_address(&rig, (char *)(uintptr_t)pool + 10));
	once(&rig);
	rig_down(&rig);
}

TEST(death, an_object_of_another_cache_is_told_though_it_is_sampled)
{
	static struct rig rig;
	struct kmem_cache *one, *other;
	void *p;

	boot(&rig);
	one = qy_kmem_cache_create(rig.m, "one", 64, 0, QY_SLAB_NO_MERGE, NULL);
	other = qy_kmem_cache_create(rig.m, "other", 64, 0, QY_SLAB_NO_MERGE, NULL);
	p = qy_kmem_cache_alloc(one, QY_GFP_KERNEL);
	rig_log_clear(&rig);
	qy_kmem_cache_free(other, p);
	says(&rig, "cache_from_obj: Wrong slab cache. other but object is from one\n");
	CHECK_EQ(rig_log_count(&rig, "BUG: "), 0);
	rig_down(&rig);
}
