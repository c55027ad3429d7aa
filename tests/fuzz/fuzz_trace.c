// SPDX-License-Identifier: MIT
/*
 * Any bytes as a trace.dat: the check before the library refuses them in one line, or finds every extent inside
 * the file. The library itself is not run here: it runs in a child, and may crash there. No state.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lab/trace_check.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct qy_trace_layout layout;
	struct qy_err err = { "" };
	char path[64];
	int fd = memfd_create("trace", MFD_CLOEXEC), ret;

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = qy_trace_check(path, &layout, &err);
	check_error(ret, &err);
	for (uint32_t i = 0; !ret && i < layout.nr_cpus; i++) {
		const struct qy_trace_extent *cpu = &layout.cpu[i];

		FUZZ_CHECK(
			!cpu->size_bytes ||
			(cpu->offset <= size && cpu->size_bytes <= size - cpu->offset));
		FUZZ_CHECK(cpu->nr_records <= cpu->size_bytes / 4);
	}
	close(fd);
	return 0;
}
