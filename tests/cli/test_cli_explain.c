// SPDX-License-Identifier: MIT
/*
 * `quarry explain` as a user meets it: a pipe, one line for a log without a report, exit codes. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runner/command.h"
#include "tests/runner/test.h"

#define EXPLAIN QY_BINARY_DIR "/quarry explain"
#define DATA    QY_SOURCE_DIR "/tests/lab/data/dmesg/"

TEST(cli_explain, a_pipe_is_explained_with_the_shortage_and_what_would_do)
{
	char text[8192];

	CHECK_EQ(run_command("cat " DATA "recorded-6.12-small-atomic.txt | " EXPLAIN
			     " 2>&1",
			 text, sizeof(text)),
		0);
	CHECK(strstr(text, "DMA32: refused by the watermark min, short by 648 kB.") !=
		NULL);
	CHECK(strstr(text, "vm.min_free_kbytes of at least 3040") != NULL);
}

TEST(cli_explain, a_log_without_a_report_is_one_line_and_exit_2)
{
	char text[8192];

	CHECK_EQ(run_command("echo '[1.0] all is well' | " EXPLAIN " 2>&1", text,
			 sizeof(text)),
		2);
	CHECK(strstr(text,
		      "no page allocation failure, OOM report or failed CMA allocation in it") !=
		NULL);
	CHECK(strchr(text, '\n') == text + strlen(text) - 1);
	CHECK_EQ(
		run_command(
			"echo 'init: vmalloc error: size 8, exceeds total pages' | " EXPLAIN
			" 2>&1",
			text, sizeof(text)),
		2);
	CHECK(strstr(text,
		      "1 vmalloc failure (the first in line 1): explained are page "
		      "allocation failures, OOM reports and failed CMA allocations") !=
		NULL);
}

TEST(cli_explain, a_missing_file_or_report_number_is_one_line_and_exit_2)
{
	char text[8192];

	CHECK_EQ(run_command(EXPLAIN " /nowhere/log 2>&1", text, sizeof(text)), 2);
	CHECK(strstr(text, "/nowhere/log: No such file or directory") != NULL);
	CHECK_EQ(run_command(EXPLAIN " --report 2 " DATA "made-5.10-cut.txt 2>&1", text,
			 sizeof(text)),
		2);
	CHECK(strstr(text, "--report: must be 1..1 (is 2)") != NULL);
}

TEST(cli_explain, an_oom_report_names_the_zone_and_a_cgroups_limit_names_the_group)
{
	char text[8192];

	CHECK_EQ(run_command(EXPLAIN " " DATA "recorded-6.12-small-oom-1.txt 2>&1", text,
			 sizeof(text)),
		0);
	CHECK(strstr(text, "DMA32: refused by the watermark min, short by 1048 kB.") !=
		NULL);
	CHECK(strstr(text, "It killed hog (pid 86), which had 41548 kB in memory.") !=
		NULL);
	CHECK_EQ(run_command(EXPLAIN " " DATA "guest-6.1-debian-memcg.txt 2>&1", text,
			 sizeof(text)),
		0);
	CHECK(strstr(text, "The limit of memory cgroup /small refused, not a zone") !=
		NULL);
}

TEST(cli_explain, a_failed_cma_allocation_is_short_of_a_run_of_pages)
{
	char text[8192];

	CHECK_EQ(run_command(EXPLAIN " " DATA "guest-6.12-cma-fragment.txt 2>&1", text,
			 sizeof(text)),
		0);
	CHECK(strstr(text, "an area larger by 808 pages") != NULL);
	CHECK_EQ(run_command(EXPLAIN " --scenario /tmp/quarry-explain-none.yaml " DATA
				     "guest-6.12-cma-fragment.txt 2>&1",
			 text, sizeof(text)),
		2);
	CHECK(strstr(text, "no scenario: the area's pages refused, not a zone") != NULL);
}

TEST(cli_explain, a_machine_of_several_nodes_is_sent_to_its_tree)
{
	char text[8192];

	CHECK_EQ(run_command(EXPLAIN " --scenario /tmp/quarry-explain-none.yaml " DATA
				     "guest-6.12-arm64-atomic.txt 2>&1 >/dev/null",
			 text, sizeof(text)),
		2);
	CHECK_STR_EQ(text,
		"line 1: no scenario of a machine with several nodes: start one from its tree with `quarry new --dtb`\n");
}

TEST(cli_explain, json_takes_the_place_of_the_text_and_has_every_report)
{
	char text[8192];

	CHECK_EQ(run_command("cat " DATA "guest-6.12-memcg.txt " DATA
			     "guest-6.12-cma-busy.txt " DATA
			     "recorded-6.12-small-atomic.txt | " EXPLAIN " --json 2>&1",
			 text, sizeof(text)),
		0);
	CHECK(text[0] == '{');
	CHECK(strstr(text, "\"schema\": \"quarry-explain/1\"") != NULL);
	CHECK(strstr(text, "\"kind\": \"oom\"") != NULL);
	CHECK(strstr(text, "\"limit_bytes\": 16777216") != NULL);
	CHECK(strstr(text, "\"kind\": \"cma\"") != NULL);
	CHECK(strstr(text, "\"kind\": \"allocation\"") != NULL);
	CHECK(strstr(text, "\"short_bytes\": 663552") != NULL); /* 648 kB */
	CHECK(strstr(text, "Any one of these") == NULL);
}

TEST(cli_explain, a_flag_of_another_form_is_one_line_and_exit_2)
{
	char text[8192];

	CHECK_EQ(run_command(EXPLAIN " --dtb x.dts 2>&1", text, sizeof(text)), 2);
	CHECK_STR_EQ(text,
		"quarry explain: --dtb is no flag for a log: see `quarry help explain`\n");
	CHECK_EQ(run_command(EXPLAIN " allocators --size 4096 2>&1", text, sizeof(text)),
		2);
	CHECK_STR_EQ(text,
		"quarry explain: --size is no flag for allocators: see `quarry help explain`\n");
	CHECK_EQ(run_command(EXPLAIN " gfp --report 1 2>&1", text, sizeof(text)), 2);
	CHECK_EQ(run_command(EXPLAIN " allocators --dtb /nowhere.dts 2>&1", text,
			 sizeof(text)),
		2);
	CHECK(strstr(text, "/nowhere.dts") != NULL);
	CHECK_EQ(run_command(EXPLAIN " one two 2>&1", text, sizeof(text)), 2);
	CHECK_STR_EQ(text, "quarry explain: one LOG at a time: `two` is too much\n");
}

TEST(cli_explain, gfp_advises_and_judges_and_its_exit_code_says_which)
{
	char text[8192];

	CHECK_EQ(run_command(EXPLAIN " gfp --context irq --size 4096 2>&1", text,
			 sizeof(text)),
		0);
	CHECK(strstr(text, "kmalloc(4096, GFP_ATOMIC)\n") != NULL);
	CHECK_EQ(run_command(EXPLAIN " gfp GFP_KERNEL --context spinlock 2>&1", text,
			 sizeof(text)),
		1);
	CHECK(strstr(text, "BUG: sleeping function called from invalid context") != NULL);
	CHECK_EQ(run_command(EXPLAIN " gfp GFP_KERNEL '|' __GFP_ZERO 2>&1", text,
			 sizeof(text)),
		0);
	CHECK(strstr(text, "GFP_KERNEL|__GFP_ZERO = 0xdc0, for single pages\n") == text);
	CHECK_EQ(run_command(
			 EXPLAIN " gfp 'GFP_DMA|__GFP_HIGHMEM' 2>&1", text, sizeof(text)),
		2);
	CHECK(strchr(text, '\n') == text + strlen(text) - 1);
	CHECK_EQ(run_command(EXPLAIN " gfp GFP_KERNEL --user 2>&1", text, sizeof(text)),
		2);
	CHECK_EQ(run_command(EXPLAIN " gfp --device lamp 2>&1", text, sizeof(text)), 2);
	CHECK(strstr(text, "no device `lamp` in the tree") != NULL);
	CHECK_EQ(run_command(EXPLAIN
			 " gfp --device 15340000.vic --size 8M --dtb " QY_SOURCE_DIR
			 "/boards/orin-nano-8g.dts -m 1G 2>&1",
			 text, sizeof(text)),
		0);
	CHECK(strstr(text, "DMA_BIT_MASK(") != NULL);
}
