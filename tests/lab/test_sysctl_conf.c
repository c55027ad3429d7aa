// SPDX-License-Identifier: MIT
/*
 * sysctl.conf: which lines set what, which are ignored, which are refused. No state.
 */
#include "lab/sysctl_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry/sim.h>
#include <quarry/stats.h>

#include "tests/runner/test.h"

struct applied {
	struct qy_vm_sysctl vm;
	struct qy_notes notes;
	struct qy_err err;
	int ret;
};

/* Notes are dropped with the next apply_bytes(). The text has no NUL behind it, so that an overread is seen. */
static struct applied *apply_bytes(const char *text, size_t size)
{
	static struct applied applied;
	struct qy_board board;
	char *copy = malloc(size ? size : 1);

	memcpy(copy, text, size);
	qy_notes_free(&applied.notes);
	memset(&applied, 0, sizeof(applied));
	qy_board_defaults(&board, QY_ARCH_ARM64);
	applied.vm = board.vm;
	applied.ret = qy_sysctl_conf(
		&applied.vm, "s.conf", copy, size, &applied.notes, &applied.err);
	free(copy);
	return &applied;
}

static struct applied *apply(const char *text)
{
	struct applied *applied = apply_bytes(text, strlen(text));

	if (applied->ret)
		FAIL("%s", applied->err.text);
	return applied;
}

TEST(sysctl_conf, every_key_of_the_page_floor_is_set)
{
	struct qy_vm_sysctl vm = apply("vm.min_free_kbytes = 8192\n"
				       "vm.watermark_scale_factor=100\n"
				       "vm.watermark_boost_factor =0\n"
				       "  vm.lowmem_reserve_ratio = 256 128\t64 0 1  \n"
				       "vm.percpu_pagelist_high_fraction= 8\n"
				       "vm.mem_profiling = 1")
					 ->vm;

	CHECK_EQ(vm.min_free_kbytes, 8192);
	CHECK_EQ(vm.watermark_scale_factor, 100);
	CHECK_EQ(vm.watermark_boost_factor, 0);
	CHECK_EQ(vm.lowmem_reserve_ratio[0], 256);
	CHECK_EQ(vm.lowmem_reserve_ratio[1], 128);
	CHECK_EQ(vm.lowmem_reserve_ratio[2], 64);
	CHECK_EQ(vm.lowmem_reserve_ratio[3], 0);
	CHECK_EQ(vm.lowmem_reserve_ratio[4], 1);
	CHECK_EQ(vm.percpu_pagelist_high_fraction, 8);
	CHECK_EQ(vm.mem_profiling, 1);
}

TEST(sysctl_conf, every_key_of_reclaim_and_dirty_pages_is_set)
{
	struct qy_vm_sysctl vm = apply("vm.swappiness = 200\n"
				       "vm.vfs_cache_pressure = 50\n"
				       "vm.compaction_proactiveness = 0\n"
				       "vm.dirty_background_ratio = 5\n"
				       "vm.dirty_ratio = 0\n"
				       "vm.dirty_expire_centisecs = 100\n"
				       "vm.dirty_writeback_centisecs = 0\n"
				       "vm.panic_on_oom = 2\n"
				       "vm.oom_kill_allocating_task = 1\n"
				       "vm.overcommit_memory = 2\n")
					 ->vm;

	CHECK_EQ(vm.swappiness, 200);
	CHECK_EQ(vm.vfs_cache_pressure, 50);
	CHECK_EQ(vm.compaction_proactiveness, 0);
	CHECK_EQ(vm.dirty_background_ratio, 5);
	CHECK_EQ(vm.dirty_ratio, 0);
	CHECK_EQ(vm.dirty_expire_centisecs, 100);
	CHECK_EQ(vm.dirty_writeback_centisecs, 0);
	CHECK_EQ(vm.panic_on_oom, 2);
	CHECK_EQ(vm.oom_kill_allocating_task, 1);
	CHECK_EQ(vm.overcommit_memory, 2);
}

TEST(sysctl_conf, a_share_and_a_number_of_dirty_bytes_set_each_other_to_zero)
{
	struct qy_vm_sysctl bytes = apply("vm.dirty_bytes = 8192\n"
					  "vm.dirty_background_bytes = 1\n")
					    ->vm;
	struct qy_vm_sysctl ratio =
		apply("vm.dirty_bytes = 8192\nvm.dirty_ratio = 30\n")->vm;

	CHECK_EQ(bytes.dirty_bytes, 8192);
	CHECK_EQ(bytes.dirty_ratio, 0);
	CHECK_EQ(bytes.dirty_background_bytes, 1);
	CHECK_EQ(bytes.dirty_background_ratio, 0);
	CHECK_EQ(ratio.dirty_bytes, 0);
	CHECK_EQ(ratio.dirty_ratio, 30);
}

TEST(sysctl_conf, an_empty_file_leaves_the_defaults)
{
	struct qy_vm_sysctl vm = apply("")->vm;

	CHECK_EQ(vm.min_free_kbytes, -1);
	CHECK_EQ(vm.watermark_scale_factor, 10);
	CHECK_EQ(vm.watermark_boost_factor, 15000);
	CHECK_EQ(vm.lowmem_reserve_ratio[0], 256);
	CHECK_EQ(vm.percpu_pagelist_high_fraction, 0);
}

TEST(sysctl_conf, a_short_list_leaves_the_rest_and_what_is_below_one_is_zero)
{
	struct qy_vm_sysctl vm = apply("vm.lowmem_reserve_ratio = 64 -5\n")->vm;

	CHECK_EQ(vm.lowmem_reserve_ratio[0], 64);
	CHECK_EQ(vm.lowmem_reserve_ratio[1], 0);
	CHECK_EQ(vm.lowmem_reserve_ratio[2], 32);
}

TEST(sysctl_conf, comments_slashes_bases_and_line_ends_are_understood)
{
	CHECK_EQ(apply("# vm.min_free_kbytes = 1\n; vm.min_free_kbytes = 2\n\n \t\n")
			 ->vm.min_free_kbytes,
		-1);
	CHECK_EQ(apply("vm/min_free_kbytes = 3")->vm.min_free_kbytes, 3);
	CHECK_EQ(apply("vm.min_free_kbytes = 0x10\r\n")->vm.min_free_kbytes, 16);
	CHECK_EQ(apply("vm.min_free_kbytes = 1\nvm.min_free_kbytes = 2")
			 ->vm.min_free_kbytes,
		2);
}

TEST(sysctl_conf, a_dash_forgives_an_error_with_a_note)
{
	struct applied *applied = apply(
		"-vm.watermark_scale_factor = 9999\n-vm.min_free_kbytes = 5\n-vm.swappiness");

	CHECK_EQ(applied->vm.watermark_scale_factor, 10);
	CHECK_EQ(applied->vm.min_free_kbytes, 5);
	CHECK_EQ(applied->notes.nr, 1);
	CHECK_STR_EQ(applied->notes.line[0],
		"s.conf:1: vm.watermark_scale_factor = 9999: "
		"expected 1 to 3000 (ignored)");
}

TEST(sysctl_conf, a_setting_without_effect_says_so)
{
	struct applied *applied = apply("vm.drop_caches = 3\nvm.page-cluster = 3\n"
					"vm.min_free_kbyte = 1\nkernel.panic = 1\n"
					"net/ipv4/conf/eth0.1/forwarding = 1\n");

	CHECK_EQ(applied->notes.nr, 4);
	CHECK_STR_EQ(applied->notes.line[0],
		"sysctl vm.drop_caches acts when it is written: at boot it finds nothing");
	CHECK_STR_EQ(applied->notes.line[1], "sysctl vm.page-cluster does nothing yet");
	CHECK_STR_EQ(applied->notes.line[2],
		"s.conf:3: sysctl vm.min_free_kbyte: Linux 6.12 has no such key, ignored");
	CHECK_STR_EQ(
		applied->notes.line[3], "s.conf: 2 settings belong to other subsystems");
}

TEST(sysctl_conf, a_wrong_line_is_refused_with_its_number)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "vm.min_free_kbytes", "s.conf:1: expected KEY = VALUE" },
		{ "\n\n= 5", "s.conf:3: expected KEY = VALUE" },
		{ "vm.min_free_kbytes =", "s.conf:1: vm.min_free_kbytes has no value: "
					  "write KEY=NUMBER" },
		{ "# x\nvm.min_free_kbytes = lots",
			"s.conf:2: vm.min_free_kbytes: 'lots' is not a number" },
		{ "vm.min_free_kbytes = 5M",
			"s.conf:1: vm.min_free_kbytes: '5M' is not a number" },
		{ "vm.min_free_kbytes = 1 2",
			"s.conf:1: vm.min_free_kbytes: more than 1 number" },
		{ "vm.min_free_kbytes = -1",
			"s.conf:1: vm.min_free_kbytes = -1: expected 0 to 2147483647" },
		{ "vm.min_free_kbytes = 99999999999999999999",
			"s.conf:1: vm.min_free_kbytes: '99999999999999999999' is not a number" },
		{ "vm.swappiness = 201",
			"s.conf:1: vm.swappiness = 201: expected 0 to 200" },
		{ "vm.drop_caches = 0", "s.conf:1: vm.drop_caches = 0: expected 1 to 4" },
		{ "vm.compact_memory = 2",
			"s.conf:1: vm.compact_memory = 2: expected 1 to 1" },
		{ "vm.dirty_bytes = 8191",
			"s.conf:1: vm.dirty_bytes = 8191: expected 8192 to 72057594037927935" },
		{ "vm.watermark_scale_factor = 0",
			"s.conf:1: vm.watermark_scale_factor = 0: expected 1 to 3000" },
		{ "vm.watermark_scale_factor = 3001",
			"s.conf:1: vm.watermark_scale_factor = 3001: expected 1 to 3000" },
		{ "vm.percpu_pagelist_high_fraction = 7",
			"s.conf:1: vm.percpu_pagelist_high_fraction = 7: expected 0, or 8 and "
			"more" },
		{ "vm.lowmem_reserve_ratio = 1 2 3 4 5 6",
			"s.conf:1: vm.lowmem_reserve_ratio: more than 5 numbers" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct applied *applied =
			apply_bytes(cases[i].text, strlen(cases[i].text));

		CHECK_EQ(applied->ret, -1);
		CHECK_STR_EQ(applied->err.text, cases[i].expected);
	}
	CHECK_EQ(apply_bytes("a\0b", 3)->ret, -1);
}

/* ------------------------------------------------------------------ what the machine obeys */

#define VM "/proc/sys/vm/"

/* A value of each that is not the default, which the machine shows after boot; of two that exclude each other one. */
static const struct {
	const char *name, *value;
} settings[] = {
	{ "min_free_kbytes", "4096" },
	{ "watermark_scale_factor", "100" },
	{ "watermark_boost_factor", "0" },
	{ "lowmem_reserve_ratio", "64" },
	{ "percpu_pagelist_high_fraction", "8" },
	{ "extfrag_threshold", "400" },
	{ "compaction_proactiveness", "100" },
	{ "swappiness", "200" },
	{ "vfs_cache_pressure", "50" },
	{ "dirty_expire_centisecs", "100" },
	{ "dirty_writeback_centisecs", "50" },
	{ "dirty_background_ratio", "5" },
	{ "dirty_background_bytes", "1048576" },
	{ "dirty_ratio", "30" },
	{ "dirty_bytes", "2097152" },
	{ "panic_on_oom", "1" },
	{ "oom_kill_allocating_task", "1" },
	{ "oom_dump_tasks", "0" },
	{ "overcommit_memory", "2" },
	{ "overcommit_ratio", "80" },
	{ "overcommit_kbytes", "8192" },
	{ "admin_reserve_kbytes", "1024" },
	{ "user_reserve_kbytes", "2048" },
};

static void check_shown(const char *name, const char *value)
{
	static const struct qy_bank bank = { .base = 1 << 30, .size = 64 << 20 };
	const struct qy_sim_opts opts = { .no_contents = true };
	char line[128], path[96], text[128], why[256];
	struct applied *applied;
	struct qy_board board;
	struct qy_machine *m;

	snprintf(line, sizeof(line), "vm.%s = %s\n", name, value);
	applied = apply(line);
	CHECK_EQ(applied->notes.nr, 0);
	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &bank;
	board.nr_banks = 1;
	board.vm = applied->vm;
	m = qy_sim_boot(&board, &opts, why, sizeof(why));
	if (!m)
		FAIL("%s: %s", line, why);
	snprintf(path, sizeof(path), VM "%s", name);
	CHECK(qy_proc_read(m, path, text, sizeof(text)) > 0);
	qy_sim_shutdown(m);
	if (strncmp(text, value, strlen(value)) != 0)
		FAIL("%s is %s after %s", path, text, line);
}

TEST(sysctl_conf, what_a_line_sets_the_machine_shows)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		check_shown(settings[i].name, settings[i].value);
}

static bool is_tested(const char *name)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		if (strcmp(settings[i].name, name) == 0)
			return true;
	return false;
}

/* Who has a file of it obeys it, and then no line may say that it does nothing. */
TEST(sysctl_conf, no_setting_that_the_machine_has_a_file_of_is_left_out)
{
	const char *path;

	for (unsigned int n = 0; (path = qy_proc_path(n)); n++) {
		const char *name = path + sizeof(VM) - 1;
		char line[128];

		if (strncmp(path, VM, sizeof(VM) - 1) != 0)
			continue;
		CHECK(!qy_sysctl_is_inert(name));
		if (is_tested(name) || strcmp(name, "mem_profiling") == 0)
			continue;
		/* what is left acts when it is written */
		snprintf(line, sizeof(line), "vm.%s = 1\n", name);
		if (!strstr(apply(line)->notes.line[0], " acts when it is written"))
			FAIL("%s", name);
	}
}
