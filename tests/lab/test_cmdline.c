// SPDX-License-Identifier: MIT
/*
 * The kernel command line: how it is split, what each option sets, what is refused. No state.
 */
#include "lab/cmdline.h"

#include <stdio.h>
#include <string.h>

#include "tests/runner/test.h"

#define MiB (1ull << 20)
#define GiB (1ull << 30)

struct applied {
	struct qy_board board;
	struct qy_cmdline cmdline;
	struct qy_notes notes;
	struct qy_err err;
	int ret;
};

/* Notes are dropped with the next apply(): each test looks at one at a time. */
static struct applied *apply_to(enum qy_arch arch, const char *line)
{
	static struct applied applied;

	qy_notes_free(&applied.notes);
	memset(&applied, 0, sizeof(applied));
	qy_board_defaults(&applied.board, arch);
	applied.ret = qy_cmdline_apply(&applied.board, line, "cmdline", &applied.cmdline,
		&applied.notes, &applied.err);
	return &applied;
}

static struct applied *apply(const char *line)
{
	struct applied *applied = apply_to(QY_ARCH_ARM64, line);

	if (applied->ret)
		FAIL("%s: %s", line, applied->err.text);
	return applied;
}

static void check_notes(const char *line, size_t nr, const char *first)
{
	struct applied *applied = apply(line);

	CHECK_EQ(applied->notes.nr, nr);
	if (nr)
		CHECK_STR_EQ(applied->notes.line[0], first);
	apply("");
}

TEST(cmdline, sizes_have_suffixes_and_bases)
{
	static const struct {
		const char *text;
		uint64_t bytes;
		const char *rest;
	} cases[] = {
		{ "0", 0, "" },
		{ "4096", 4096, "" },
		{ "0x10", 16, "" },
		{ "010", 8, "" },
		{ "1k", 1024, "" },
		{ "3M", 3 * MiB, "" },
		{ "2G", 2 * GiB, "" },
		{ "1T", 1024 * GiB, "" },
		{ "1P", 1024 * 1024 * GiB, "" },
		{ "1e", 1ull << 60, "" },
		{ "64M@0x80000000", 64 * MiB, "@0x80000000" },
		{ "50%", 50, "%" },
		{ "1KK", 1024, "K" },
		{ "0xfK", 15 * 1024, "" },
		{ "18446744073709551615", UINT64_MAX, "" },
	};
	uint64_t bytes;
	const char *end;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CHECK_EQ(qy_memparse(cases[i].text, &end, &bytes), 0);
		CHECK_EQ(bytes, cases[i].bytes);
		CHECK_STR_EQ(end, cases[i].rest);
	}
	CHECK_EQ(qy_memparse("", &end, &bytes), -1);
	CHECK_EQ(qy_memparse("K", &end, &bytes), -1);
	CHECK_EQ(qy_memparse("-1", &end, &bytes), -1);
	CHECK_EQ(qy_memparse(" 1", &end, &bytes), -1);
	CHECK_EQ(qy_memparse("16E", &end, &bytes), -1);
	CHECK_EQ(qy_memparse("18446744073709551616", &end, &bytes), -1);
}

TEST(cmdline, mem_is_cut_to_pages_and_the_last_one_wins)
{
	CHECK_EQ(apply("mem=1G")->cmdline.mem_bytes, 1 * GiB);
	CHECK_EQ(apply("mem=0x2001")->cmdline.mem_bytes, 0x2000);
	CHECK_EQ(apply("mem=1G mem=512M")->cmdline.mem_bytes, 512 * MiB);
	CHECK_EQ(apply("")->cmdline.mem_bytes, 0);
	CHECK_EQ(apply_to(QY_ARCH_X86_64, "mem=nopentium")->ret, 0);
}

TEST(cmdline, kernelcore_and_movablecore_take_bytes_or_percent)
{
	CHECK_EQ(apply("kernelcore=512M")->board.kernelcore.bytes, 512 * MiB);
	CHECK_EQ(apply("kernelcore=30%")->board.kernelcore.percent, 30);
	CHECK_EQ(apply("kernelcore=1G kernelcore=30%")->board.kernelcore.bytes, 0);
	CHECK_EQ(apply("movablecore=2G")->board.movablecore.bytes, 2 * GiB);
	CHECK_EQ(apply("movablecore=100%")->board.movablecore.percent, 100);
	CHECK(apply("kernelcore=mirror")->board.kernelcore_mirror);
	CHECK(!apply("kernelcore=1G")->board.kernelcore_mirror);
	CHECK(apply("movable_node")->board.movable_node);
	CHECK(!apply("")->board.movable_node);
}

static void check_cma(const char *line, uint64_t size, uint64_t base, uint64_t limit)
{
	struct qy_cma_request cma = apply(line)->board.cma;

	CHECK(cma.given);
	CHECK_EQ(cma.size, size);
	CHECK_EQ(cma.base, base);
	CHECK_EQ(cma.limit, limit);
}

TEST(cmdline, cma_has_a_size_a_base_and_a_limit)
{
	check_cma("cma=64M", 64 * MiB, 0, 0);
	check_cma("cma=0", 0, 0, 0);
	check_cma("cma=64M@0x80000000", 64 * MiB, 2 * GiB, 2 * GiB + 64 * MiB);
	check_cma("cma=64M@0-4G", 64 * MiB, 0, 4 * GiB);
	check_cma("cma=64M@1G-3G", 64 * MiB, 1 * GiB, 3 * GiB);
	CHECK(!apply("quiet")->board.cma.given);
}

TEST(cmdline, numa_off_nr_cpus_and_never_are_obeyed)
{
	CHECK(apply("numa=off")->cmdline.numa_off);
	CHECK(!apply("numa=fake=2")->cmdline.numa_off);
	CHECK_EQ(apply("nr_cpus=3")->cmdline.nr_cpus, 3);
	CHECK(apply("transparent_hugepage=never")->board.thp);
	CHECK(apply("transparent_hugepage=never")->board.thp_never);
	CHECK(!apply("transparent_hugepage=never transparent_hugepage=always")
			->board.thp_never);
	CHECK_EQ(apply("transparent_hugepage=always")->board.thp, apply("")->board.thp);
	CHECK_EQ(apply("transparent_hugepage=madvise")->board.thp, apply("")->board.thp);
}

TEST(cmdline, a_sysctl_can_be_given_here)
{
	CHECK_EQ(apply("sysctl.vm.min_free_kbytes=8192")->board.vm.min_free_kbytes, 8192);
	CHECK_EQ(apply("sysctl.vm/min_free_kbytes=4096")->board.vm.min_free_kbytes, 4096);
	CHECK_EQ(apply("\"sysctl.vm.lowmem_reserve_ratio=1 2 3\"")
			 ->board.vm.lowmem_reserve_ratio[1],
		2);
}

TEST(cmdline, it_is_split_as_the_kernel_splits_it)
{
	CHECK_EQ(apply("  mem=1G\t\n")->cmdline.mem_bytes, 1 * GiB);
	CHECK_EQ(apply("mem=\"1G\"")->cmdline.mem_bytes, 1 * GiB);
	CHECK_EQ(apply("\"mem=1G\"")->cmdline.mem_bytes, 1 * GiB);
	CHECK_EQ(apply("nr-cpus=3")->cmdline.nr_cpus, 3);
	CHECK(apply("movable-node")->board.movable_node);
	/* A blank inside quotes does not end an option, so this mem= is part of foo's value. */
	CHECK_EQ(apply("foo=\"a mem=1G b\" nr_cpus=2")->cmdline.mem_bytes, 0);
	CHECK_EQ(apply("foo=\"a mem=1G b\" nr_cpus=2")->cmdline.nr_cpus, 2);
	/* What follows -- is init's. */
	CHECK_EQ(apply("quiet -- mem=1G")->cmdline.mem_bytes, 0);
	/* A name is a whole name. */
	CHECK_EQ(apply("xmem=1G memx=1G")->cmdline.mem_bytes, 0);
	CHECK_EQ(apply("=mem=1G")->cmdline.mem_bytes, 0);
	CHECK_EQ(apply("\"")->ret, 0);
	CHECK_EQ(apply("a=\"")->ret, 0);
	CHECK_EQ(apply("\"\"")->ret, 0);
}

TEST(cmdline, the_policy_is_linux_or_quarry)
{
	CHECK_EQ(apply("")->board.policy, QY_POLICY_LINUX);
	CHECK_EQ(apply("qy_policy=quarry")->board.policy, QY_POLICY_QUARRY);
	CHECK_EQ(
		apply("qy-policy=quarry qy_policy=linux")->board.policy, QY_POLICY_LINUX);
}

TEST(cmdline, cma_may_lie_in_zone_movable_and_lend_to_droppable_pages_only)
{
	CHECK(!apply("cma=64M")->board.cma_in_movable);
	CHECK(apply("cma_placement=zone_movable")->board.cma_in_movable);
	CHECK(!apply("cma_placement=zone_movable cma_placement=linux")
			->board.cma_in_movable);
	CHECK(!apply("cma=64M")->board.cma_guaranteed);
	CHECK(apply("qy_cma_guaranteed cma=64M")->board.cma_guaranteed);
	CHECK(!apply("qy_cma_guaranteed=off")->board.cma_guaranteed);
}

TEST(cmdline, page_owner_and_profiling_are_switched)
{
	CHECK_EQ(apply("")->board.page_owner, QY_PAGE_OWNER_OFF);
	CHECK_EQ(apply("page_owner=on")->board.page_owner, QY_PAGE_OWNER_ON);
	CHECK_EQ(apply("page-owner=1")->board.page_owner, QY_PAGE_OWNER_ON);
	CHECK_EQ(apply("page_owner=Y")->board.page_owner, QY_PAGE_OWNER_ON);
	CHECK_EQ(apply("page_owner=on page_owner=off")->board.page_owner,
		QY_PAGE_OWNER_OFF);
	CHECK_EQ(apply("page_owner=n")->board.page_owner, QY_PAGE_OWNER_OFF);
	CHECK_EQ(apply("")->board.mem_profiling, QY_MEM_PROFILING_NONE);
	CHECK_EQ(apply("sysctl.vm.mem_profiling=1")->board.mem_profiling,
		QY_MEM_PROFILING_ON);
	CHECK_EQ(apply("sysctl.vm.mem_profiling=0")->board.mem_profiling,
		QY_MEM_PROFILING_OFF);
	CHECK_EQ(apply("sysctl.vm.mem_profiling=never")->board.mem_profiling,
		QY_MEM_PROFILING_NONE);
}

TEST(cmdline, the_object_floor_has_its_options)
{
	CHECK_STR_EQ(apply("")->board.slab.debug, "");
	CHECK_EQ(apply("")->board.slab.max_order, 3);
	CHECK_STR_EQ(apply("slab_debug")->board.slab.debug, "FZPU");
	CHECK_STR_EQ(apply("slub_debug=")->board.slab.debug, "FZPU");
	CHECK_STR_EQ(apply("slub_debug=UT,kmalloc-*;Z,dentry")->board.slab.debug,
		"UT,kmalloc-*;Z,dentry");
	CHECK_STR_EQ(apply("slab_debug=FZQ,Q")->notes.line[0],
		"slab_debug option 'Q' unknown. skipped");
	CHECK(apply("slab_nomerge")->board.slab.nomerge);
	CHECK(!apply("slub_nomerge slab_merge")->board.slab.nomerge);
	CHECK_EQ(apply("slab_min_objects=32")->board.slab.min_objects, 32);
	CHECK_EQ(apply("slub_max_order=1")->board.slab.max_order, 1);
	/* the later of two bounds stands */
	CHECK_EQ(apply("slab_min_order=5")->board.slab.max_order, 5);
	CHECK_EQ(apply("slab_min_order=5 slab_max_order=2")->board.slab.min_order, 2);
	CHECK(apply("init_on_alloc=1")->board.slab.init_on_alloc);
	CHECK(!apply("init_on_alloc=1 init_on_alloc=0")->board.slab.init_on_alloc);
	CHECK(apply("init_on_free=on")->board.slab.init_on_free);
	CHECK_EQ(apply("kfence.sample_interval=100")->board.kfence.sample_interval_ms,
		100);
	CHECK_EQ(apply("kfence.burst=7")->board.kfence.burst, 7);
	CHECK_EQ(apply("quiet")->board.kfence.num_objects, 255);
	CHECK_EQ(apply("kfence.num_objects=63")->board.kfence.num_objects, 63);
	CHECK_EQ(apply("kfence.skip_covered_thresh=50")->board.kfence.skip_covered_thresh,
		50);
	CHECK(apply("nohugevmalloc")->board.no_huge_vmalloc);
	CHECK_EQ(apply("qy_vmalloc_reuse=never")->board.vmalloc_reuse,
		QY_VMALLOC_REUSE_NEVER);
	CHECK_EQ(apply("qy_vmalloc_reuse=always")->board.vmalloc_reuse,
		QY_VMALLOC_REUSE_ALWAYS);
	CHECK_EQ(apply("quiet")->board.vmalloc_reuse, QY_VMALLOC_REUSE_HOT);
}

TEST(cmdline, an_option_without_effect_says_so)
{
	check_notes("", 0, NULL);
	check_notes("page_poison=on", 1, "option page_poison does nothing yet");
	check_notes("slab-nomerge init_on_alloc=1 slub_debug=F", 0, NULL);
	check_notes("hugepages=64", 1, "option hugepages does nothing yet");
	check_notes("kfence.sample_interval=100 kfence.burst=3", 0, NULL);
	check_notes("kfence.deferrable=0 kfence.check_on_panic=N", 0, NULL);
	check_notes("numa=fake=2", 1, "option numa=fake=2 does nothing yet");
	check_notes("console=ttyS0 quiet ro", 1, "3 options belong to other subsystems");
	check_notes("quiet page_poison=on", 2, "option page_poison does nothing yet");
	check_notes("a=\"b", 2, "cmdline: the quote in a is never closed");
}

TEST(cmdline, a_malformed_memory_option_is_refused_by_name)
{
	static const char size[] = "expected a size of at least a page, like 512M";
	static const char cma[] = "expected SIZE[@BASE[-LIMIT]], like 64M or 64M@0-4G";
	static const char thp[] = "expected always, madvise or never";
	static const char cpus[] = "expected a number of CPUs";
	static const struct {
		const char *line, *shown, *expected;
	} cases[] = {
		{ "mem", "mem=", size },
		{ "mem=", "mem=", size },
		{ "mem=1X", "mem=1X", size },
		{ "mem=0", "mem=0", size },
		{ "mem=-1", "mem=-1", size },
		{ "mem=nopentium", "mem=nopentium", size },
		{ "mem=1G,2G", "mem=1G,2G", size },
		{ "kernelcore", "kernelcore=",
			"expected a size like 512M, 0% to 100%, or mirror" },
		{ "kernelcore=101%", "kernelcore=101%",
			"expected a size like 512M, 0% to 100%, or mirror" },
		{ "kernelcore=1K%", "kernelcore=1K%",
			"expected a size like 512M, 0% to 100%, or mirror" },
		{ "movablecore=mirror", "movablecore=mirror",
			"expected a size like 512M, or 0% to 100%" },
		{ "numa", "numa=", "expected off" },
		{ "slab_max_order=11", "slab_max_order=11",
			"expected an order, 0 to 10" },
		{ "slub_min_objects=x", "slub_min_objects=x",
			"expected a number of objects, up to 32767" },
		{ "init_on_free", "init_on_free=", "expected on or off" },
		{ "kfence.deferrable=1", "kfence.deferrable=1",
			"expected 0: no CPU sleeps here" },
		{ "kfence.check_on_panic", "kfence.check_on_panic=",
			"expected 0: objects are checked at their free" },
		{ "qy_vmalloc_reuse",
			"qy_vmalloc_reuse=", "expected hot, never or always" },
		{ "qy_vmalloc_reuse=warm", "qy_vmalloc_reuse=warm",
			"expected hot, never or always" },
		{ "cma", "cma=", cma },
		{ "cma=M", "cma=M", cma },
		{ "cma=64M@", "cma=64M@", cma },
		{ "cma=64M@1G-", "cma=64M@1G-", cma },
		{ "cma=64M@1G-2Gx", "cma=64M@1G-2Gx", cma },
		{ "cma=8E@8E", "cma=8E@8E", cma },
		{ "cma=64M-4G", "cma=64M-4G", cma },
		{ "transparent_hugepage=off", "transparent_hugepage=off", thp },
		{ "transparent-hugepage", "transparent_hugepage=", thp },
		{ "cma_placement=top", "cma_placement=top",
			"expected linux or zone_movable" },
		{ "qy_cma_guaranteed=x", "qy_cma_guaranteed=x", "expected on or off" },
		{ "qy_policy=best", "qy_policy=best", "expected linux or quarry" },
		{ "page_owner", "page_owner=", "expected on or off" },
		{ "page_owner=o", "page_owner=o", "expected on or off" },
		{ "page_owner=maybe", "page_owner=maybe", "expected on or off" },
		{ "sysctl.vm.mem_profiling=2", "sysctl.vm.mem_profiling=2",
			"expected 0, 1 or never" },
		{ "nr_cpus=two", "nr_cpus=two", cpus },
	};
	char expected[512];

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct applied *applied = apply_to(QY_ARCH_ARM64, cases[i].line);

		CHECK_EQ(applied->ret, -1);
		snprintf(expected, sizeof(expected), "cmdline: %s: %s", cases[i].shown,
			cases[i].expected);
		CHECK_STR_EQ(applied->err.text, expected);
	}
	CHECK_EQ(apply_to(QY_ARCH_ARM64, "sysctl.vm.min_free_kbytes=x")->ret, -1);
}

TEST(cmdline, a_message_is_one_line_whatever_the_option_holds)
{
	struct applied *applied = apply_to(QY_ARCH_ARM64, "mem=\"1\n\033[2J\"");

	CHECK_EQ(applied->ret, -1);
	CHECK_STR_EQ(applied->err.text,
		"cmdline: mem=1??[2J: expected a size of at least a page, like 512M");
}
