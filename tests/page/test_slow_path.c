// SPDX-License-Identifier: MIT
/*
 * When memory is short: who is asked for help, in which order, how often, and what may fail. A made-up rescue table
 * notes each call as one letter:
 *
 *   k  wake_kswapd    c  compact, not waiting    C  compact, waiting    r  reclaim    o  oom
 *
 * Locking: one thread.
 */
#include "tests/model/rig.h"

static struct {
	char calls[256];
	unsigned int nr;
	uint64_t reclaim_gives; /* what reclaim() says that it gained */
	unsigned int
		free_at_call; /* the call, counted from 1, that really frees `spare`; 0 = none */
	bool oom_says_yes;
	unsigned int nr_oom;
	struct page *spare[64];
	u64 reclaimable;
	unsigned int nr_spare;
	unsigned int spare_order;
} help;

static void note(struct qy_machine *m, char letter)
{
	if (help.nr < sizeof(help.calls) - 1)
		help.calls[help.nr++] = letter;
	if (help.nr != help.free_at_call)
		return;
	while (help.nr_spare)
		qy_free_pages(m, help.spare[--help.nr_spare], help.spare_order);
	qy_drain_all_pages(m);
}

static void wake_kswapd(
	struct zone *zone, qy_gfp_t gfp, unsigned int order, unsigned int highest)
{
	(void)gfp;
	(void)order;
	(void)highest;
	note(zone->machine, 'k');
}

static uint64_t reclaim(
	struct qy_machine *m, qy_gfp_t gfp, unsigned int order, unsigned int highest)
{
	(void)order;
	(void)highest;
	CHECK(gfp & QY___GFP_DIRECT_RECLAIM);
	note(m, 'r');
	return help.reclaim_gives;
}

static bool compact(struct qy_machine *m, qy_gfp_t gfp, unsigned int order, bool sync)
{
	CHECK(order > 0 && gfp & QY___GFP_IO);
	note(m, sync ? 'C' : 'c');
	return false;
}

static u64 reclaimable(const struct zone *zone)
{
	(void)zone;
	return help.reclaimable;
}

static bool oom(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	(void)gfp;
	CHECK(order <= PAGE_ALLOC_COSTLY_ORDER);
	note(m, 'o');
	return help.oom_says_yes && ++help.nr_oom < 3;
}

static const struct rescue_ops rescue = {
	.wake_kswapd = wake_kswapd,
	.reclaim = reclaim,
	.reclaimable = reclaimable,
	.compact = compact,
	.oom = oom,
};

#define MAX_PAGES 20000

static struct rig rig;
static struct page *pages[MAX_PAGES];
static size_t nr_pages;

/* A zone of 32 MiB at its min watermark, all of it in blocks of order 4, with help at hand. */
static void run_short(void)
{
	memset(&help, 0, sizeof(help));
	rig_one_zone(&rig, MIB(32), 1);
	rig.board.vm.min_free_kbytes = 2048;
	rig.board.vm.watermark_boost_factor = 0;
	rig_boot(&rig);
	nr_pages = rig_exhaust(rig.m, QY_GFP_NOWAIT, 4, pages, MAX_PAGES);
	CHECK(nr_pages > 100 && nr_pages < MAX_PAGES);
	rig.m->rescue = &rescue;
}

static void expect_calls(qy_gfp_t gfp, unsigned int order, const char *calls)
{
	struct page *page;

	run_short();
	page = qy_alloc_pages(rig.m, gfp | QY___GFP_NOWARN, order);
	CHECK(!page);
	CHECK_STR_EQ(help.calls, calls);
	rig_check_valid(rig.m, calls);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the order of help */

TEST(slow_path, a_request_that_cannot_sleep_only_wakes_kswapd)
{
	expect_calls(QY_GFP_NOWAIT, 0, "k");
	expect_calls(QY_GFP_NOWAIT, 5, "k");
	expect_calls(0, 0, ""); /* not even that without __GFP_KSWAPD_RECLAIM */
}

TEST(slow_path, a_small_request_reclaims_and_then_asks_the_oom_killer)
{
	expect_calls(QY_GFP_KERNEL, 0, "kkro");
}

TEST(slow_path, an_unmovable_block_is_compacted_before_and_after_reclaim)
{
	expect_calls(QY_GFP_KERNEL, 2, "kckrCo");
	/* a small movable one only after */
	expect_calls(QY_GFP_HIGHUSER_MOVABLE, 2, "kkrCo");
}

TEST(slow_path, a_costly_request_tries_once_and_kills_nobody)
{
	expect_calls(QY_GFP_KERNEL, 5, "kckrC");
	expect_calls(QY_GFP_HIGHUSER_MOVABLE, 9, "kckrC");
	expect_calls(QY_GFP_KERNEL | QY___GFP_RETRY_MAYFAIL, 5, "kckrC");
}

TEST(slow_path, noretry_and_retry_mayfail_kill_nobody)
{
	expect_calls(QY_GFP_KERNEL | QY___GFP_NORETRY, 0, "kkr");
	expect_calls(QY_GFP_KERNEL | QY___GFP_NORETRY, 2, "kckrC");
	expect_calls(QY_GFP_KERNEL | QY___GFP_RETRY_MAYFAIL, 0, "kkr");
	expect_calls(QY_GFP_KERNEL | QY___GFP_THISNODE, 0, "kkr");
}

TEST(slow_path, a_request_without_io_skips_compaction)
{
	expect_calls(QY_GFP_NOIO, 2, "kkro");
}

TEST(slow_path, a_request_for_a_low_zone_kills_nobody)
{
	memset(&help, 0, sizeof(help));
	rig_x86(&rig, MIB(32), MIB(16), 1);
	rig.board.vm.watermark_boost_factor = 0;
	rig_boot(&rig);
	nr_pages = rig_exhaust(rig.m, QY_GFP_NOWAIT | QY_GFP_DMA32, 0, pages, MAX_PAGES);
	CHECK(nr_pages < MAX_PAGES);
	rig.m->rescue = &rescue;
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY_GFP_DMA32 | QY___GFP_NOWARN, 0));
	CHECK_STR_EQ(help.calls, "kkr");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ help that helps */

/* The block that comes free at the n-th call is found right after it. */
static void check_helped_at(
	qy_gfp_t gfp, unsigned int order, unsigned int call, const char *calls)
{
	run_short();
	help.reclaim_gives = 64;
	help.reclaimable = 100000;
	help.free_at_call = call;
	help.spare_order = 4;
	while (help.nr_spare < 8)
		help.spare[help.nr_spare++] = pages[--nr_pages];
	CHECK(qy_alloc_pages(rig.m, gfp, order));
	CHECK_STR_EQ(help.calls, calls);
	CHECK_EQ(rig.log_bytes, 0);
	rig_check_valid(rig.m, calls);
	rig_down(&rig);
}

TEST(slow_path, what_is_freed_is_found_at_once)
{
	check_helped_at(QY_GFP_KERNEL, 0, 1, "k");
	check_helped_at(QY_GFP_NOWAIT, 0, 1, "k");
	check_helped_at(QY_GFP_KERNEL, 0, 2, "kk");
	check_helped_at(QY_GFP_KERNEL, 0, 5, "kkrkr");
}

/* What reclaim frees may end on another CPU's lists. */
TEST(slow_path, lists_of_other_cpus_are_drained_after_reclaim)
{
	memset(&help, 0, sizeof(help));
	rig_one_zone(&rig, MIB(32), 2);
	rig.board.vm.min_free_kbytes = 2048;
	rig.board.vm.watermark_boost_factor = 0;
	rig_boot(&rig);
	/* who wakes no kswapd leaves the lists as long as they may be */
	nr_pages = rig_exhaust(rig.m, QY___GFP_NOWARN, 0, pages, MAX_PAGES);
	qy_drain_all_pages(rig.m);
	while (qy_alloc_pages(rig.m, QY___GFP_NOWARN, 0))
		;
	rig_on_cpu(&rig, 1);
	rig_free_all(rig.m, pages, 60, 0);
	CHECK(rig.m->zones[QY_ZONE_NORMAL].pageset[1].count >= 60);
	rig_on_cpu(&rig, 0);
	CHECK(!qy_alloc_pages(rig.m, QY___GFP_NOWARN, 0));
	rig.m->rescue = &rescue;
	help.reclaim_gives = 1;
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0));
	CHECK_STR_EQ(help.calls, "kkr");
	CHECK_EQ(rig.m->zones[QY_ZONE_NORMAL].pageset[1].count, 0);
	rig_down(&rig);
}

TEST(slow_path, reclaim_that_gains_nothing_is_not_asked_for_ever)
{
	run_short();
	help.reclaim_gives = 0;
	help.oom_says_yes = true;
	/* the killer says twice that somebody dies; then there is nobody left */
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 0));
	CHECK_STR_EQ(help.calls, "kkrokrokro");
	rig_down(&rig);
}

/* What could be reclaimed is worth 16 rounds without progress, not more. */
TEST(slow_path, reclaim_that_could_gain_is_asked_sixteen_times_again)
{
	unsigned int reclaims = 0;

	run_short();
	help.reclaimable = 100000;
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 0));
	for (const char *call = help.calls; *call; call++)
		reclaims += *call == 'r';
	CHECK_EQ(reclaims, 17);
	rig_down(&rig);
}

TEST(slow_path, a_nofail_request_goes_below_the_watermark_first)
{
	run_short();
	for (unsigned int i = 0; i < 200; i++)
		CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOFAIL, 0));
	rig_check_valid(rig.m, "nofail");
	rig_down(&rig);
}

TEST(slow_path, a_nofail_request_that_cannot_sleep_is_told_so_and_fails)
{
	run_short();
	/* said once, and only to who may be warned */
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_NOWAIT | QY___GFP_NOFAIL, 4));
	CHECK_EQ(rig_log_count(&rig, "WARNING: __GFP_NOFAIL"), 0);
	for (unsigned int i = 0; i < 3; i++)
		CHECK(!qy_alloc_pages(
			rig.m, QY___GFP_KSWAPD_RECLAIM | QY___GFP_NOFAIL, 4));
	CHECK_EQ(rig_log_count(&rig, "WARNING: __GFP_NOFAIL"), 1);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ those who reclaim */

TEST(slow_path, a_reclaimer_never_reclaims)
{
	unsigned int scope;

	run_short();
	scope = qy_memalloc_noreclaim_save();
	nr_pages = rig_exhaust(rig.m, QY_GFP_KERNEL, 4, pages, MAX_PAGES);
	CHECK_EQ(rig_zone(rig.m, 0, QY_ZONE_NORMAL).free_pages, 0);
	CHECK(!strchr(help.calls, 'r') && !strchr(help.calls, 'c') &&
		!strchr(help.calls, 'o'));
	qy_memalloc_restore(scope);
	rig_down(&rig);
}

TEST(slow_path, scopes_nest)
{
	unsigned int outer, inner;

	run_short();
	outer = qy_memalloc_noio_save();
	inner = qy_memalloc_noreclaim_save();
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 4)); /* from the reserve */
	qy_memalloc_restore(inner);
	help.nr = 0;
	memset(help.calls, 0, sizeof(help.calls));
	/* noio still holds: no compaction */
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 4));
	CHECK(!strchr(help.calls, 'c') && !strchr(help.calls, 'C'));
	qy_memalloc_restore(outer);
	help.nr = 0;
	memset(help.calls, 0, sizeof(help.calls));
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 4));
	CHECK(strchr(help.calls, 'C'));
	rig_down(&rig);
}

/* ------------------------------------------------------------------ what is said */

TEST(slow_path, a_failure_is_reported_unless_nobody_wants_to_know)
{
	run_short();
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 4));
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_NOWAIT, 4)); /* has __GFP_NOWARN in it */
	CHECK_EQ(rig.log_bytes, 0);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NORETRY, 4));
	CHECK_EQ(
		rig_log_count(&rig,
			"test: page allocation failure: order:4, mode:0x10cc0(GFP_KERNEL|__GFP_NORETRY), nodemask=(null)"),
		1);
	CHECK_EQ(rig_log_count(&rig, "Mem-Info:"), 1);
	/* one in ten seconds */
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL, 4));
	CHECK_EQ(rig_log_count(&rig, "page allocation failure"), 1);
	rig_down(&rig);
}

TEST(slow_path, a_failure_changes_nothing)
{
	struct qy_zone_stats before, after;

	run_short();
	qy_drain_all_pages(rig.m);
	before = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	for (unsigned int order = 4; order <= 10; order++)
		CHECK(!qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, order));
	after = rig_zone(rig.m, 0, QY_ZONE_NORMAL);
	CHECK(!memcmp(&before, &after, sizeof(before)));
	rig_down(&rig);
}
