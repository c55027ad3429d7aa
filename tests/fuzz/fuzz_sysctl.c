// SPDX-License-Identifier: MIT
/*
 * Any bytes as a sysctl.conf: refused in one line, or every setting within the kernel's range. No state.
 */
#include <stdint.h>

#include "lab/sysctl_conf.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Holds after a refusal too: the lines before the wrong one were applied, the wrong one was not. */
static void check_vm(const struct qy_vm_sysctl *vm)
{
	FUZZ_CHECK(vm->min_free_kbytes >= -1 && vm->min_free_kbytes <= INT32_MAX);
	FUZZ_CHECK(vm->watermark_scale_factor >= 1 && vm->watermark_scale_factor <= 3000);
	FUZZ_CHECK(vm->watermark_boost_factor >= 0);
	FUZZ_CHECK(vm->percpu_pagelist_high_fraction == 0 ||
		   vm->percpu_pagelist_high_fraction >= 8);
	for (int i = 0; i < QY_MAX_NR_ZONES; i++)
		FUZZ_CHECK(vm->lowmem_reserve_ratio[i] >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qy_err err = { "" };
	struct qy_notes notes = { 0 };
	struct qy_board board;

	qy_board_defaults(&board, QY_ARCH_ARM64);
	check_error(qy_sysctl_conf(&board.vm, "fuzz.conf", (const char *)data, size,
			    &notes, &err),
		&err);
	check_vm(&board.vm);
	qy_notes_free(&notes);
	return 0;
}
