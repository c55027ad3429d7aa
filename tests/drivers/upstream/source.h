/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own files, from the distribution's package of its source: unpacked once, kept in build-upstream/ of the tree for
 * the next run. A test skips where there is no such package.
 *
 *   QY_LINUX_SOURCE   linux-source-6.1.tar.xz, or its unpacked directory; else looked for in /usr/src
 *
 * No state.
 */
#ifndef QUARRY_TEST_UPSTREAM_SOURCE_H
#define QUARRY_TEST_UPSTREAM_SOURCE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/runner/command.h"

#define UPSTREAM_VERSION "6.1"
#define UPSTREAM_NAME    "linux-source-" UPSTREAM_VERSION
#define UPSTREAM_KEPT    QY_SOURCE_DIR "/build-upstream"

static const char *const upstream_files[] = { "mm/mempool.c", "mm/dmapool.c",
	"lib/genalloc.c", "lib/btree.c", "mm/kfence/kfence_test.c", "mm/kfence/kfence.h",
	"mm/kasan/kasan_test.c", "lib/slub_kunit.c", "lib/kunit/kunit-example-test.c",
	"lib/cmdline_kunit.c", "lib/test_meminit.c", "lib/list-test.c", "lib/test_sort.c",
	"lib/memcpy_kunit.c", "drivers/nvmem/mtk-efuse.c",
	"drivers/mailbox/platform_mhu.c" };
#define UPSTREAM_NR_FILES (sizeof(upstream_files) / sizeof(upstream_files[0]))

static inline bool upstream_has_all(const char *directory)
{
	char path[600];

	for (size_t i = 0; i < UPSTREAM_NR_FILES; i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, upstream_files[i]);
		if (access(path, R_OK))
			return false;
	}
	return true;
}

/* A directory with the files. Unpacked beside it and renamed, since two programs of tests may come at once. */
static inline void upstream_find(char *directory, size_t size)
{
	const char *given = getenv("QY_LINUX_SOURCE");
	char command[4096], text[4096];
	int n;

	snprintf(directory, size, "%s", given ? given : "/usr/src/" UPSTREAM_NAME);
	if (upstream_has_all(directory))
		return;
	snprintf(directory, size, UPSTREAM_KEPT "/" UPSTREAM_NAME);
	if (upstream_has_all(directory))
		return;
	if (!given)
		given = "/usr/src/" UPSTREAM_NAME ".tar.xz";
	if (access(given, R_OK))
		SKIP("no source of Linux " UPSTREAM_VERSION " (package " UPSTREAM_NAME
		     ", or QY_LINUX_SOURCE)");
	n = snprintf(command, sizeof(command),
		"{ mkdir -p " UPSTREAM_KEPT " && new=$(mktemp -d " UPSTREAM_KEPT
		"/new-XXXXXX) && tar xf '%s' -C $new --occurrence",
		given);
	for (size_t i = 0; i < UPSTREAM_NR_FILES; i++)
		n += snprintf(command + n, sizeof(command) - (size_t)n,
			" " UPSTREAM_NAME "/%s", upstream_files[i]);
	snprintf(command + n, sizeof(command) - (size_t)n,
		" && rm -rf " UPSTREAM_KEPT "/" UPSTREAM_NAME " && mv $new/" UPSTREAM_NAME
		" " UPSTREAM_KEPT "/ && rmdir $new; } 2>&1");
	if (run_command(command, text, sizeof(text)) && !upstream_has_all(directory))
		FAIL("%s\n%s", command, text);
}

#endif
