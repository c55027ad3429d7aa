// SPDX-License-Identifier: MIT
/*
 * The host refuses while a CMA area is emptied: every call of the port fails once. The request may fail then and says why;
 * no frame is lost, every byte stays, and the next request succeeds.
 *
 * No state.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include <quarry/cma.h>
#include <quarry/compact.h>
#include <quarry/mapped.h>

#define NR_PAGES 4096

static struct qy_handle held[NR_PAGES];

static size_t borrow(struct rig *rig)
{
	size_t nr = 0;

	for (; nr < NR_PAGES; nr++) {
		struct page *page = qy_alloc_pages(
			rig->m, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_NOWARN, 0);

		if (!page)
			break;
		*(uint64_t *)qy_page_address(rig->m, page) = nr;
		CHECK_EQ(qy_handle_adopt(rig->m, &held[nr], page, "borrower", 0), 0);
	}
	return nr;
}

/* Return: port calls that the request made. */
static uint64_t one_run(uint64_t fail_at, bool *refused)
{
	static struct rig rig;
	struct qy_contig_failure why;
	struct page *page;
	uint64_t calls;
	size_t nr;

	rig_one_zone(&rig, MIB(32), 1);
	rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(12) };
	rig_boot(&rig);
	nr = borrow(&rig);
	calls = qy_sim_port_calls(rig.m);
	qy_sim_fail_port_call(rig.m, fail_at);
	page = qy_cma_alloc(rig.m, 0, 3072, 0, true, &why);
	calls = qy_sim_port_calls(rig.m) - calls;
	qy_sim_fail_port_call(rig.m, 0);
	*refused = !page;
	rig_check_valid(rig.m, "a request under a failing port");
	if (!page) {
		CHECK(why.cause == QY_CONTIG_NO_HOST || why.cause == QY_CONTIG_NO_TARGET);
		page = qy_cma_alloc(rig.m, 0, 3072, 0, true, &why);
		CHECK(page);
	}
	for (size_t i = 0; i < nr; i++) {
		CHECK_EQ(*(uint64_t *)qy_handle_pin(rig.m, &held[i], NULL), i);
		qy_handle_unpin(rig.m, &held[i]);
		qy_free_pages(rig.m, qy_handle_release(rig.m, &held[i]), 0);
	}
	CHECK(qy_cma_release(rig.m, 0, page, 3072));
	qy_drain_all_pages(rig.m);
	CHECK_EQ(rig_free_frames(rig.m), MIB(32) / 4096);
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
	return calls;
}

TEST(contig_port_failure, whichever_call_fails_no_frame_and_no_byte_is_lost)
{
	uint64_t nr_refused = 0;
	bool refused;
	uint64_t calls = one_run(0, &refused);

	CHECK(!refused);
	CHECK(calls > 3);
	for (uint64_t n = 1; n <= calls; n++) {
		one_run(n, &refused);
		nr_refused += refused;
	}
	CHECK(nr_refused > 0);
}

/* ------------------------------------------------------------------ pages at stable addresses */

#define RANGE_PAGES 1024

static uint64_t words[RANGE_PAGES];
static struct page *held_block[64];

static void boot_mapped(struct rig *rig, bool mapped)
{
	struct qy_sim_opts opts = { .log = rig_log, .log_arg = rig, .mapped = mapped };
	char why[256] = "";

	rig_one_zone(rig, MIB(32), 1);
	rig->board.cma = (struct qy_cma_request){ .given = true, .size = MIB(12) };
	if (qy_current()->machine)
		qy_leave();
	rig->m = qy_sim_boot(&rig->board, &opts, why, sizeof(why));
	if (!rig->m)
		FAIL("boot: %s", why);
	rig_log_clear(rig);
}

static void write_range(const struct qy_mapped *r, uint64_t seed)
{
	for (uint64_t page = 0; page < r->nr_pages; page++) {
		words[page] = seed + page;
		((uint64_t *)r->address)[page * 512 + page % 512] = words[page];
	}
}

static void check_range(const struct qy_mapped *r)
{
	for (uint64_t page = 0; page < r->nr_pages; page++)
		CHECK_EQ(((uint64_t *)r->address)[page * 512 + page % 512], words[page]);
}

/*
 * A range is made, emptied out of the area, compacted, and destroyed; the @fail_at-th call of the port fails. Each step may
 * fail then, once, and succeeds when it is done again. Return: port calls of all of it.
 */
static uint64_t one_life(uint64_t fail_at, uint64_t *nr_failed)
{
	static struct rig rig;
	struct qy_contig_failure why;
	struct qy_mapped *r = malloc(qy_mapped_bytes(RANGE_PAGES));
	uint64_t calls;
	struct page *page;
	size_t nr;
	int err;

	CHECK(r);
	boot_mapped(&rig, true);
	calls = qy_sim_port_calls(rig.m);
	qy_sim_fail_port_call(rig.m, fail_at);
	/* what is free outside of the area is in pieces, so that moved pages have many mappings */
	nr = rig_exhaust(rig.m, QY_GFP_KERNEL, 7, held_block, ARRAY_SIZE(held_block));
	for (size_t i = 0; i < nr; i += 2)
		qy_free_pages(rig.m, held_block[i], 7);
	err = qy_mapped_create(
		rig.m, r, RANGE_PAGES, QY_GFP_HIGHUSER_MOVABLE, "borrower");
	rig_check_valid(rig.m, "a range under a failing port");
	if (err) {
		CHECK(err == -QY_ENOMEM || err == -QY_ENOSPC);
		++*nr_failed;
		CHECK_EQ(qy_mapped_create(rig.m, r, RANGE_PAGES, QY_GFP_HIGHUSER_MOVABLE,
				 "borrower"),
			0);
	}
	write_range(r, fail_at);
	page = qy_cma_alloc(rig.m, 0, 3072, 0, true, &why);
	rig_check_valid(rig.m, "a request under a failing port");
	check_range(r);
	if (!page) {
		CHECK(why.cause == QY_CONTIG_NO_HOST ||
			why.cause == QY_CONTIG_NO_TARGET ||
			why.cause == QY_CONTIG_NO_MAPPING);
		++*nr_failed;
		page = qy_cma_alloc(rig.m, 0, 3072, 0, true, &why);
		CHECK(page);
	}
	memset(qy_page_address(rig.m, page), 0xee, 3072 * QY_PAGE_SIZE);
	check_range(r);
	CHECK(qy_cma_release(rig.m, 0, page, 3072));
	qy_compact_memory(rig.m);
	rig_check_valid(rig.m, "compaction under a failing port");
	check_range(r);
	write_range(r, fail_at + 1);
	qy_drain_all_pages(rig.m);
	qy_machine_trim(rig.m);
	check_range(r);
	err = qy_mapped_destroy(rig.m, r);
	if (err) {
		CHECK_EQ(err, -QY_ENOSPC);
		++*nr_failed;
		rig_check_valid(rig.m, "an end that the port refused");
		check_range(r);
		CHECK_EQ(qy_mapped_destroy(rig.m, r), 0);
	}
	calls = qy_sim_port_calls(rig.m) - calls;
	qy_sim_fail_port_call(rig.m, 0);
	for (size_t i = 1; i < nr; i += 2)
		qy_free_pages(rig.m, held_block[i], 7);
	qy_drain_all_pages(rig.m);
	CHECK_EQ(rig_free_frames(rig.m), MIB(32) / 4096);
	rig_check_valid(rig.m, "the end");
	CHECK_EQ(rig_log_count(&rig, "BUG"), 0);
	rig_down(&rig);
	free(r);
	return calls;
}

TEST(contig_port_failure, pages_at_stable_addresses_survive_whichever_call_fails)
{
	uint64_t nr_failed = 0, calls = one_life(0, &nr_failed);

	CHECK_EQ(nr_failed, 0);
	CHECK(calls > 30);
	for (uint64_t n = 1; n <= calls; n++)
		one_life(n, &nr_failed);
	CHECK(nr_failed > 3);
}

TEST(contig_port_failure, a_port_without_second_addresses_refuses_ranges)
{
	static struct rig rig;
	struct qy_mapped *r = malloc(qy_mapped_bytes(16));

	CHECK(r);
	boot_mapped(&rig, false);
	CHECK_EQ(qy_mapped_create(rig.m, r, 16, QY_GFP_HIGHUSER_MOVABLE, "nobody"),
		-QY_EOPNOTSUPP);
	CHECK_EQ(rig_free_frames(rig.m), MIB(32) / 4096);
	rig_down(&rig);
	free(r);
}
