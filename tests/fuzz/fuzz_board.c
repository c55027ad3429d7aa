// SPDX-License-Identifier: MIT
/*
 * Any bytes as a device tree: refused in one line, or a board whose invariants hold. No state.
 */
#include <stdint.h>

#include "lab/board.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_banks(const struct qy_board *board)
{
	uint64_t end = 0;

	FUZZ_CHECK(board->nr_banks >= 1 && board->nr_banks <= QY_MAX_BANKS);
	FUZZ_CHECK(board->nr_nodes >= 1 && board->nr_nodes <= QY_MAX_NODES);
	for (uint32_t i = 0; i < board->nr_banks; i++) {
		const struct qy_bank *bank = &board->banks[i];

		FUZZ_CHECK(bank->size && bank->size % QY_PAGE_SIZE == 0);
		FUZZ_CHECK(bank->base % QY_PAGE_SIZE == 0 && bank->base >= end);
		FUZZ_CHECK(bank->node < board->nr_nodes);
		end = bank->base + bank->size;
	}
	FUZZ_CHECK(end <= 1ull << 48);
}

static void check_reserved(const struct qy_board *board)
{
	FUZZ_CHECK(board->nr_reserved <= QY_MAX_RESERVED);
	for (uint32_t i = 0; i < board->nr_reserved; i++) {
		const struct qy_reserved *reserved = &board->reserved[i];

		FUZZ_CHECK(reserved->name);
		FUZZ_CHECK(!reserved->nr_alloc_ranges || reserved->alloc_ranges);
	}
}

static void check_cpus(const struct qy_board *board)
{
	FUZZ_CHECK(board->nr_cpus >= 1 && board->nr_cpus <= QY_MAX_CPUS);
	for (uint32_t i = 0; board->cpu_node && i < board->nr_cpus; i++)
		FUZZ_CHECK(board->cpu_node[i] < board->nr_nodes);
	for (uint32_t i = 0;
		board->node_distance && i < board->nr_nodes * board->nr_nodes; i++)
		FUZZ_CHECK(board->node_distance[i] >= 10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct qy_board_opts opts[] = { { 0 },
		{ .memory = "1G", .smp = 2 } };

	for (size_t i = 0; i < sizeof(opts) / sizeof(*opts); i++) {
		struct qy_err err = { "" };
		struct qy_loaded_board *loaded =
			qy_board_load_blob(data, size, "fuzz.dtb", &opts[i], &err);

		check_error(loaded ? 0 : -1, &err);
		if (!loaded)
			continue;
		check_banks(&loaded->board);
		check_reserved(&loaded->board);
		check_cpus(&loaded->board);
		qy_board_free(loaded);
	}
	return 0;
}
