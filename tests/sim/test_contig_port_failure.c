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
