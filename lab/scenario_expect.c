// SPDX-License-Identifier: MIT
/*
 * The expectations of a scenario. No state.
 */
#include "lab/scenario_reader.h"

#include "lab/units.h"

static void read_request_expect(
	struct reader *r, const struct yaml_expect *y, struct qy_expect_spec *out)
{
	const struct qy_scenario *s = r->s;

	out->request = scn_find_request(s, y->request);
	if (out->request == s->nr_requests)
		scn_bad(r, "request", "there is no request named `%.60s`", y->request);
	if (!y->success == !y->each) {
		scn_bad(r, "", "give exactly one of success, each");
	} else if (y->success) {
		out->kind = QY_EXPECT_SHARE;
		if (qy_parse_share(y->success, &out->millipercent))
			scn_bad(r, "success", "must be a share like 99.5%% (is %.40s)",
				y->success);
	} else {
		out->kind = QY_EXPECT_EACH;
		scn_count(r, "each", y->each, 1,
			r->failed ? SCN_MAX_COUNT : s->request[out->request].count,
			&out->amount);
	}
}

void scn_expect(struct reader *r, unsigned int i, const struct yaml_expect *y)
{
	struct qy_expect_spec *out = &r->s->expect[i];

	scn_enter(r, "expect[%u]", i);
	if (!!y->request + !!y->load + !!y->free != 1) {
		scn_bad(r, "", "give exactly one of request, load, free");
	} else if (y->request) {
		read_request_expect(r, y, out);
	} else if (y->success || y->each) {
		scn_bad(r, y->success ? "success" : "each", "goes with a request only");
	} else if (y->load) {
		out->kind = QY_EXPECT_LOAD;
		scn_want(r, "load.failures", y->load->failures, "0");
		scn_count(r, "load.failures", y->load->failures, 0, UINT32_MAX,
			&out->amount);
	} else {
		out->kind = QY_EXPECT_FREE;
		scn_want(r, "free.at_least", y->free->at_least, "32M");
		if (!r->failed && qy_parse_size(y->free->at_least, &out->amount))
			scn_bad(r, "free.at_least",
				"must be " QY_SIZE_WANTED " (is %.40s)",
				y->free->at_least);
	}
}
