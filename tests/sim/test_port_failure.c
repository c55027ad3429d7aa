// SPDX-License-Identifier: MIT
/*
 * The host refuses: the n-th call of the port fails for every n of a short scenario, and a host without any memory left.
 * An allocation may fail then; no frame is lost, what was allocated keeps its bytes, and the machine stays valid.
 *
 * No state.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include <quarry/slab.h>

#include <errno.h>
#include <sys/mman.h>

#define MAX_BLOCKS 128

struct block {
	struct page *page;
	unsigned int order;
};

struct scenario {
	struct qy_machine *m;
	struct block block[MAX_BLOCKS];
	unsigned int nr;
	uint64_t initial, owned;
	unsigned int step, nr_failed;
};

static void *bytes_of(const struct scenario *s, const struct block *b)
{
	return qy_page_address(s->m, b->page);
}

static void hold(struct scenario *s, struct page *page, unsigned int order)
{
	struct block *b = &s->block[s->nr];

	if (!page) {
		s->nr_failed++;
		return;
	}
	CHECK(s->nr < MAX_BLOCKS);
	*b = (struct block){ page, order };
	memset(bytes_of(s, b), (int)(s->nr + 1), (size_t)QY_PAGE_SIZE << order);
	s->nr++;
	s->owned += 1ull << order;
}

static void drop_last(struct scenario *s)
{
	struct block *b = &s->block[--s->nr];
	const unsigned char *bytes = bytes_of(s, b);

	for (size_t i = 0; i < (size_t)QY_PAGE_SIZE << b->order; i += 512)
		CHECK_EQ(bytes[i], (unsigned char)(s->nr + 1));
	s->owned -= 1ull << b->order;
	qy_free_pages(s->m, b->page, b->order);
}

static void after_step(struct scenario *s, const char *what)
{
	s->step++;
	rig_check_valid(s->m, what);
	if (rig_free_frames(s->m) + s->owned != s->initial)
		FAIL("after step %u, %s: %llu free + %llu owned of %llu", s->step, what,
			(unsigned long long)rig_free_frames(s->m),
			(unsigned long long)s->owned, (unsigned long long)s->initial);
}

/* ------------------------------------------------------------------ the steps */

static void step_alloc(struct scenario *s, qy_gfp_t gfp, unsigned int order)
{
	hold(s, qy_alloc_pages(s->m, gfp | QY___GFP_NOWARN, order), order);
	after_step(s, "alloc");
}

static void step_bulk(struct scenario *s)
{
	struct page *pages[20] = { NULL };
	unsigned long got = qy_alloc_pages_bulk(
		s->m, QY_GFP_KERNEL | QY___GFP_NOWARN, ARRAY_SIZE(pages), pages);

	for (unsigned long i = 0; i < got; i++)
		hold(s, pages[i], 0);
	after_step(s, "bulk");
}

static void step_exact(struct scenario *s)
{
	char *address = qy_alloc_pages_exact(
		s->m, 5 * QY_PAGE_SIZE, QY_GFP_KERNEL | QY___GFP_NOWARN);

	for (unsigned int i = 0; address && i < 5; i++)
		hold(s, qy_virt_to_page(s->m, address + i * QY_PAGE_SIZE), 0);
	after_step(s, "exact");
}

static void step_free(struct scenario *s, unsigned int nr)
{
	while (nr-- && s->nr)
		drop_last(s);
	after_step(s, "free");
}

static void step_drain_and_trim(struct scenario *s)
{
	qy_drain_all_pages(s->m);
	after_step(s, "drain");
	qy_machine_trim(s->m);
	after_step(s, "trim");
}

/* Everything that can make the core ask the host for memory, or give some back. */
static void play(struct scenario *s)
{
	static const qy_gfp_t gfps[] = { QY_GFP_KERNEL, QY_GFP_ATOMIC,
		QY_GFP_HIGHUSER_MOVABLE, QY_GFP_KERNEL | QY___GFP_RECLAIMABLE };

	for (unsigned int round = 0; round < 2; round++) {
		for (unsigned int order = 0; order <= QY_MAX_PAGE_ORDER; order++)
			step_alloc(s, gfps[order % ARRAY_SIZE(gfps)], order);
		step_bulk(s);
		step_exact(s);
		step_free(s, 9);
		step_alloc(s, QY_GFP_KERNEL | QY_GFP_DMA, 9);
		step_drain_and_trim(s);
		step_alloc(s, QY_GFP_KERNEL | QY___GFP_COMP, 10);
		step_free(s, MAX_BLOCKS);
		step_drain_and_trim(s);
	}
}

static void board(struct rig *rig)
{
	rig_two_zones(rig, MIB(36), GIB(1) + MIB(16) + KIB(4) * 100, 2);
}

TEST(port_failure, whichever_call_fails_no_frame_is_lost)
{
	static struct rig rig;
	uint64_t calls, total = 0, n = 0;
	unsigned int failed = 0;

	do {
		struct scenario s = { .nr = 0 };

		board(&rig);
		rig_boot(&rig);
		s.m = rig.m;
		s.initial = rig_free_frames(s.m);
		calls = qy_sim_port_calls(s.m);
		qy_sim_fail_port_call(s.m, ++n);
		play(&s);
		calls = qy_sim_port_calls(s.m) - calls;
		CHECK_EQ(rig_free_frames(s.m), s.initial);
		CHECK_EQ(rig_log_count(&rig, "BUG"), 0);
		failed += s.nr_failed;
		total++;
		rig_down(&rig);
	} while (calls >= n);
	/* the scenario does ask the host, often enough to mean something */
	CHECK(total > 20);
	(void)failed;
}

TEST(port_failure, a_host_that_fails_at_every_step_loses_no_frame)
{
	static struct rig rig;
	struct scenario s = { .nr = 0 };

	board(&rig);
	rig_boot(&rig);
	s.m = rig.m;
	s.initial = rig_free_frames(s.m);
	for (unsigned int i = 0; i < qy_test_scale(400) && s.nr < MAX_BLOCKS - 1; i++) {
		qy_sim_fail_port_call(s.m, 1);
		step_alloc(&s, QY_GFP_KERNEL, i % (QY_MAX_PAGE_ORDER + 1));
		if (i % 7 == 6) {
			step_free(&s, 6);
			qy_sim_fail_port_call(s.m, 1);
			step_drain_and_trim(&s);
		}
	}
	qy_sim_fail_port_call(s.m, 0);
	step_free(&s, MAX_BLOCKS);
	step_alloc(&s, QY_GFP_KERNEL, QY_MAX_PAGE_ORDER);
	CHECK_EQ(s.nr, 1);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ a host without memory */

struct dry_host {
	unsigned int budget; /* commits that still succeed */
	bool takes_back;     /* then what it took cannot be touched */
	char *window;
	struct rig rig; /* its log */
};

static int dry_commit(void *ctx, size_t offset, size_t bytes)
{
	struct dry_host *host = ctx;

	if (!host->budget)
		return -ENOMEM;
	host->budget--;
	if (host->takes_back)
		CHECK_EQ(mprotect(host->window + offset, bytes, PROT_READ | PROT_WRITE),
			0);
	return 0;
}

static int dry_decommit(void *ctx, size_t offset, size_t bytes)
{
	const struct dry_host *host = ctx;

	if (!host->takes_back)
		return -EBUSY;
	CHECK_EQ(mprotect(host->window + offset, bytes, PROT_NONE), 0);
	return 0;
}

static bool dry_relax(void *ctx)
{
	(void)ctx;
	return false;
}

static uint64_t dry_clock(void *ctx)
{
	(void)ctx;
	return 0;
}

static void dry_log(void *ctx, enum qy_log_level level, const char *line)
{
	rig_log(&((struct dry_host *)ctx)->rig, level, line);
}

__attribute__((noreturn)) static void dry_panic(void *ctx, const char *line)
{
	(void)ctx;
	FAIL("panic: %s", line);
}

static struct qy_port dry_port(struct dry_host *host)
{
	return (struct qy_port){ .name = "dry",
		.ctx = host,
		.commit = dry_commit,
		.decommit = dry_decommit,
		.relax = dry_relax,
		.clock_ns = dry_clock,
		.log = dry_log,
		.panic = dry_panic };
}

static struct qy_machine *boot_dry(struct dry_host *host, const struct qy_port *port)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	struct qy_machine_size size;
	char *tables, *window;

	if (qy_current()->machine)
		qy_leave(); /* a test that failed stands there still */
	CHECK_EQ(qy_machine_size(&host->rig.board, &size, NULL, 0), 0);
	tables = mmap(NULL, size.tables, PROT_READ | PROT_WRITE, flags, -1, 0);
	window = mmap(NULL, size.window + MIB(4), PROT_READ | PROT_WRITE, flags, -1, 0);
	CHECK(tables != MAP_FAILED && window != MAP_FAILED);
	window += -(uintptr_t)window & (MIB(4) - 1);
	host->window = window;
	return qy_machine_init(tables, window, &host->rig.board, port);
}

TEST(port_failure, a_host_without_memory_fails_allocations_and_nothing_else)
{
	static struct dry_host host;
	const struct qy_port port = dry_port(&host);
	struct scenario s = { .nr = 0 };

	board(&host.rig);
	host.budget = 3;
	s.m = boot_dry(&host, &port);
	CHECK(s.m);
	CHECK_EQ(qy_enter(s.m), 0);
	s.initial = rig_free_frames(s.m);
	for (unsigned int i = 0; i < 30; i++)
		step_alloc(&s, i & 1 ? QY_GFP_KERNEL : QY_GFP_ATOMIC, i % 11);
	CHECK(s.nr > 0 && s.nr_failed > 0);
	play(&s);
	CHECK_EQ(host.budget, 0);
	/* what the host did give can be used for ever */
	CHECK_EQ(s.nr, 0);
	step_alloc(&s, QY_GFP_KERNEL, 0);
	CHECK_EQ(s.nr, 1);
	step_free(&s, 1);
	CHECK_EQ(rig_log_count(&host.rig, "BUG"), 0);
	qy_leave();
}

#define HELD 2048

/* Objects of 1 KiB fill slabs of several frames; every 16th stays. Untouched holes: an access ends the test. */
TEST(port_failure, objects_whose_pages_the_host_took_are_had_when_it_has_memory_again)
{
	static struct dry_host host;
	static char *objects[HELD];
	const struct qy_port port = dry_port(&host);
	unsigned int nr = 0;
	struct qy_machine *m;
	char *object;

	board(&host.rig);
	host.budget = 100;
	m = boot_dry(&host, &port);
	CHECK(m);
	CHECK_EQ(qy_enter(m), 0);
	host.takes_back = true;
	for (unsigned int i = 0; i < HELD; i++) {
		objects[i] = qy_kmalloc(m, 1024, QY_GFP_KERNEL);
		CHECK(objects[i]);
		memset(objects[i], (int)(i % 251), 1024);
	}
	for (unsigned int i = 0; i < HELD; i++)
		if (i % 16)
			qy_kfree(m, objects[i]);
	for (unsigned int tick = 0; tick < 2; tick++)
		for (unsigned int cpu = 0; cpu < host.rig.board.nr_cpus; cpu++)
			qy_vmstat_tick(m, cpu);
	qy_drain_all_pages(m);
	CHECK(qy_machine_trim(m) >= HELD / 2 * 1024);
	host.budget = 0;
	while ((object = qy_kmalloc(m, 1024, QY_GFP_KERNEL | QY___GFP_NOWARN))) {
		memset(object, 0x33, 1024);
		CHECK(++nr < HELD / 2);
	}
	rig_check_valid(m, "a host that has none");
	host.budget = 100;
	for (nr = 0; nr < HELD / 2; nr++) {
		object = qy_kmalloc(m, 1024, QY_GFP_KERNEL);
		CHECK(object);
		memset(object, 0x44, 1024);
	}
	for (unsigned int i = 0; i < HELD; i += 16)
		for (unsigned int byte = 0; byte < 1024; byte++)
			CHECK_EQ((unsigned char)objects[i][byte], i % 251);
	rig_check_valid(m, "the end");
	qy_leave();
}

/*
 *  Normal: whole pageblocks, all Movable, and at its end the first quarter of one: a free block of order 7.
 *
 *  An unmovable request would take a whole pageblock, later the quarter; both change what later requests find (the
 *  type, the watermark). It fails instead, since the host has no memory for that pageblock.
 */
TEST(port_failure, a_request_that_the_host_fails_changes_no_type_and_no_watermark)
{
	static struct dry_host host;
	static struct page *whole[32];
	const struct qy_port port = dry_port(&host);
	const qy_gfp_t any = QY_GFP_KERNEL | QY___GFP_MEMALLOC | QY___GFP_NOWARN;
	struct qy_zone_stats before, after;
	struct qy_machine *m;

	rig_one_zone(&host.rig, MIB(32) + KIB(512), 1);
	m = boot_dry(&host, &port);
	CHECK(m);
	CHECK_EQ(qy_enter(m), 0);
	for (unsigned int round = 0; round < 2; round++) {
		/* first with pageblocks free, then with the quarter alone */
		before = rig_zone(m, 0, QY_ZONE_NORMAL);
		CHECK(!qy_alloc_pages(m, any, 0));
		CHECK(!qy_alloc_pages(m, any, 3));
		after = rig_zone(m, 0, QY_ZONE_NORMAL);
		CHECK_EQ(memcmp(&before, &after, sizeof(before)), 0);
		rig_check_valid(m, "a request that the host failed");
		host.budget += round ? 0 : 16;
		rig_exhaust(m, any | QY___GFP_MOVABLE, 9, whole, 32);
		CHECK_EQ(host.budget, 0);
	}
	CHECK_EQ(after.nr_free[7][MIGRATE_MOVABLE], 1);
	/* with memory, the same request does mix types and raise the watermark */
	host.budget = 1;
	CHECK(qy_alloc_pages(m, any, 0));
	CHECK(rig_zone(m, 0, QY_ZONE_NORMAL).watermark_boost > 0);
	CHECK_EQ(rig_log_count(&host.rig, "BUG"), 0);
	qy_leave();
}
