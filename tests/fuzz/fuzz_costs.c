// SPDX-License-Identifier: MIT
/*
 * Any bytes as a table of costs: refused in one line, or every cost within its bounds. No state.
 */
#include <stdint.h>

#include "lab/costs.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qy_err err = { "" };
	struct qy_costs costs;

	check_error(qy_costs_parse((const char *)data, size, "fuzz.costs", &costs, &err),
		&err);
	for (unsigned int i = 0; i < QY_NR_COSTS; i++)
		FUZZ_CHECK(costs.ns[i] <= QY_MAX_COST_NS);
	return 0;
}
