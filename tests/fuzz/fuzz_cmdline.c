// SPDX-License-Identifier: MIT
/*
 * Any bytes as a kernel command line: refused in one line, or applied within the ranges of a board. No state.
 */
#include <stdint.h>

#include "lab/cmdline.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_board(const struct qy_board *board, const struct qy_cmdline *cmdline)
{
	FUZZ_CHECK(board->kernelcore.percent <= 100 && board->movablecore.percent <= 100);
	FUZZ_CHECK(!board->kernelcore.bytes || !board->kernelcore.percent);
	FUZZ_CHECK(cmdline->mem_bytes % QY_PAGE_SIZE == 0);
	FUZZ_CHECK(board->cma.given || !board->cma.size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);

	memcpy(line, data, size);
	line[size] = '\0';
	for (int arch = QY_ARCH_ARM64; arch <= QY_ARCH_X86_64; arch++) {
		struct qy_err err = { "" };
		struct qy_notes notes = { 0 };
		struct qy_cmdline cmdline;
		struct qy_board board;
		int ret;

		qy_board_defaults(&board, (enum qy_arch)arch);
		ret = qy_cmdline_apply(&board, line, "fuzz", &cmdline, &notes, &err);
		check_error(ret, &err);
		if (!ret)
			check_board(&board, &cmdline);
		qy_notes_free(&notes);
	}
	free(line);
	return 0;
}
