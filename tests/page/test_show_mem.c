/* SPDX-License-Identifier: MIT */
/*
 * Reports about requests: the text against a recorded kernel's, the numbers against the machine's, and when none is
 * made.
 */
#include "tests/model/rig.h"

#define SECOND_NS       1000000000ull
#define REPORT_INTERVAL (10 * SECOND_NS)

/* ------------------------------------------------------------------ GFP names */

static void check_gfp(qy_gfp_t gfp, const char *expected)
{
	char text[512];
	struct qy_seq seq;

	qy_seq_init(&seq, text, sizeof(text));
	qy_print_gfp(&seq, gfp);
	CHECK_STR_EQ(text, expected);
}

/* What 6.12 kernels printed for these values, in reports and in traces. */
TEST(show_mem, gfp_flags_have_the_names_that_kernels_print)
{
	check_gfp(0x820, "GFP_ATOMIC");
	check_gfp(0xcc0, "GFP_KERNEL");
	check_gfp(0x140dca, "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO");
	check_gfp(QY_GFP_USER | QY___GFP_NOWARN | QY___GFP_RETRY_MAYFAIL | QY___GFP_COMP |
			  QY___GFP_MOVABLE,
		"GFP_USER|__GFP_NOWARN|__GFP_RETRY_MAYFAIL|__GFP_COMP|__GFP_MOVABLE");
	check_gfp(QY_GFP_KERNEL | QY___GFP_HIGHMEM | QY___GFP_NOWARN,
		"GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN");
	check_gfp(QY_GFP_NOWAIT | QY___GFP_FS | QY___GFP_NORETRY | QY___GFP_NOMEMALLOC,
		"GFP_NOWAIT|__GFP_FS|__GFP_NORETRY|__GFP_NOMEMALLOC");
	check_gfp(QY_GFP_KERNEL | QY_GFP_DMA32 | QY___GFP_NOWARN,
		"GFP_KERNEL|GFP_DMA32|__GFP_NOWARN");
	check_gfp(QY_GFP_KERNEL | QY___GFP_NOWARN | QY___GFP_NORETRY | QY___GFP_COMP,
		"GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP");
}

TEST(show_mem, no_flags_are_none_and_unknown_bits_are_hex)
{
	check_gfp(0, "none");
	check_gfp(QY_GFP_KERNEL | 0x4000000, "GFP_KERNEL|0x4000000");
	check_gfp(0x200, "0x200");
	check_gfp(QY_GFP_TRANSHUGE, "GFP_TRANSHUGE");
	check_gfp(QY___GFP_RECLAIM | QY___GFP_ZERO, "GFP_NOIO|__GFP_ZERO");
}

TEST(show_mem, every_single_flag_has_a_name)
{
	for (qy_gfp_t bit = 1; bit <= QY___GFP_ZEROTAGS; bit <<= 1) {
		char text[64];
		struct qy_seq seq;

		qy_seq_init(&seq, text, sizeof(text));
		qy_print_gfp(&seq, bit);
		CHECK(!!strstr(text, "GFP_") == !!(bit & QY___GFP_BITS_MASK));
	}
}

/* ------------------------------------------------------------------ the text */

#define MAX_LINES  64
#define LINE_BYTES 1024

/* What Quarry does not print, with the reason. */
static const char *const left_out[] = {
	"hugepages_total", /* there is no hugetlbfs */
	"CPU: ",           /* names the kernel; compared apart */
};

/* A line without its end, every number as '#', without the letters of free lists, which depend on numbers. */
static void shape_of(char *shape, const char *line)
{
	while (*line && *line != '\n') {
		size_t letters = *line == '(' ? strspn(line + 1, "UMEHCI") : 0;

		if (letters && !strncmp(line + 1 + letters, ") ", 2)) {
			line += letters + 3;
		} else if (*line >= '0' && *line <= '9') {
			*shape++ = '#';
			line += strspn(line, "0123456789");
		} else {
			*shape++ = *line++;
		}
	}
	*shape = '\0';
}

static bool is_left_out(const char *line)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(left_out); i++) {
		const char *found = strstr(line, left_out[i]);

		if (found && found < line + strcspn(line, "\n"))
			return true;
	}
	return false;
}

/* The shapes of the lines of a report. @prefix: bytes in front of each line that are not part of it. */
static unsigned int shapes_of(
	char shapes[MAX_LINES][LINE_BYTES], const char *text, size_t prefix)
{
	unsigned int nr = 0;

	for (; *text; text += strcspn(text, "\n") + 1) {
		if (is_left_out(text))
			continue;
		CHECK(nr < MAX_LINES);
		shape_of(shapes[nr++], text + prefix);
	}
	return nr;
}

static char *recorded_report(void)
{
	FILE *file = fopen(QY_SOURCE_DIR "/tests/watch/data/atomic_fail.txt", "r");
	static char text[16384];
	char *report;

	CHECK(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	report = strstr(text, "== report\n");
	CHECK(report);
	return report + strlen("== report\n");
}

/* A PC whose kernel was built like the recorded one. */
static void boot_pc(struct rig *rig, uint64_t ram)
{
	rig_x86(rig, ram, 0, 2);
	rig->board.numa = true;
	rig->board.thp = true;
	rig_boot(rig);
	qy_set_task(1, "init");
}

/* Takes everything; the frames are lost with the machine. */
static void exhaust(struct rig *rig)
{
	unsigned int nr = 0;

	while (qy_alloc_pages(
		rig->m, QY_GFP_ATOMIC | QY___GFP_MEMALLOC | QY___GFP_NOWARN, 0))
		nr++;
	CHECK(nr > 1000);
	rig_log_clear(rig);
}

TEST(show_mem, the_report_has_the_lines_of_a_recorded_one)
{
	static char ours[MAX_LINES][LINE_BYTES], theirs[MAX_LINES][LINE_BYTES];
	char *recorded = recorded_report();
	char *given_up = strstr(recorded, "all_unreclaimable? yes");
	unsigned int nr;
	struct rig rig;

	/* nobody reclaims here, so nobody has given up */
	memcpy(strstr(given_up, "yes"), "no ", 3);
	boot_pc(&rig, MIB(32));
	exhaust(&rig);
	CHECK(!qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 0));

	nr = shapes_of(theirs, recorded, 0);
	CHECK_EQ(shapes_of(ours, rig.log, strlen("<4>")), nr);
	for (unsigned int i = 0; i < nr; i++) {
		size_t end = strlen(theirs[i]);

		while (end && theirs[i][end - 1] == ' ')
			theirs[i][--end] = '\0';
		CHECK_STR_EQ(ours[i], theirs[i]);
	}
	CHECK_EQ(
		rig_log_count(&rig,
			"<4>init: page allocation failure: order:0, mode:0x820(GFP_ATOMIC), nodemask=(null)\n"
			"<4>CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 6.12.0-quarry-" QY_VERSION
			"\n"),
		1);
	rig_down(&rig);
}

TEST(show_mem, the_numbers_are_those_of_the_zones)
{
	struct qy_zone_stats z;
	unsigned long free, boost, lowest, low, high, present, managed, pcp, local;
	char order_line[128];
	const char *line;
	struct rig rig;

	boot_pc(&rig, MIB(64));
	CHECK(qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0));
	qy_show_free_areas(rig.m);
	z = rig_zone(rig.m, 0, QY_ZONE_DMA32);
	line = strstr(rig.log, "Node 0 DMA32 free:");
	CHECK(line);
	CHECK_EQ(
		sscanf(line,
			"Node 0 DMA32 free:%lukB boost:%lukB min:%lukB low:%lukB high:%lukB ",
			&free, &boost, &lowest, &low, &high),
		5);
	CHECK_EQ(sscanf(strstr(line, "present:"), "present:%lukB managed:%lukB", &present,
			 &managed),
		2);
	CHECK_EQ(sscanf(strstr(line, "free_pcp:"), "free_pcp:%lukB local_pcp:%lukB", &pcp,
			 &local),
		2);
	CHECK_EQ(free, z.free_pages * 4);
	CHECK_EQ(boost, 0);
	CHECK_EQ(lowest, z.watermark[0] * 4);
	CHECK_EQ(low, z.watermark[1] * 4);
	CHECK_EQ(high, z.watermark[2] * 4);
	CHECK_EQ(present, z.present_pages * 4);
	CHECK_EQ(managed, z.managed_pages * 4);
	CHECK(pcp > 0);
	CHECK_EQ(pcp, z.pcp_pages * 4);
	CHECK_EQ(local, pcp);

	snprintf(order_line, sizeof(order_line), "= %lukB\n",
		(unsigned long)z.free_pages * 4);
	line = strstr(rig.log, "Node 0 DMA32: ");
	CHECK(line && strstr(line, order_line) == strstr(line, "= "));
	CHECK(strstr(line, "*4096kB (M) "));
	rig_down(&rig);
}

/* The kernel shows what the request could have used. */
TEST(show_mem, zones_above_the_requests_are_left_out)
{
	struct rig rig;

	boot_pc(&rig, MIB(64));
	qy_warn_alloc(rig.m, QY_GFP_DMA, 3);
	CHECK_EQ(rig_log_count(&rig, "Node 0 DMA free:"), 1);
	CHECK_EQ(rig_log_count(&rig, "Node 0 DMA32 free:"), 0);
	CHECK_EQ(rig_log_count(&rig, "lowmem_reserve[]:"), 1);
	rig_down(&rig);
}

TEST(show_mem, a_build_without_numa_names_no_node_in_zone_lines)
{
	struct rig rig;

	rig_one_zone(&rig, MIB(64), 1);
	rig.board.numa = false;
	rig_boot(&rig);
	qy_show_free_areas(rig.m);
	CHECK_EQ(rig_log_count(&rig, "\n<4>Normal free:"), 1);
	CHECK_EQ(rig_log_count(&rig, "\n<4>Normal: "), 1);
	CHECK_EQ(rig_log_count(&rig, "Node 0 active_anon:"), 1);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ when */

TEST(show_mem, one_failure_in_ten_seconds_is_reported)
{
	struct rig rig;

	boot_pc(&rig, MIB(64));
	for (unsigned int i = 0; i < 4; i++)
		qy_warn_alloc(rig.m, QY_GFP_KERNEL, 9);
	CHECK_EQ(rig_log_count(&rig, "page allocation failure"), 1);
	CHECK_EQ(rig_log_count(&rig, "callbacks suppressed"), 0);

	rig.m->alloc_report_limit.begin_ns -= REPORT_INTERVAL;
	qy_warn_alloc(rig.m, QY_GFP_KERNEL, 9);
	CHECK_EQ(rig_log_count(&rig, "<4>warn_alloc: 3 callbacks suppressed\n"), 1);
	CHECK_EQ(rig_log_count(&rig, "page allocation failure"), 2);

	rig.m->alloc_report_limit.begin_ns -= REPORT_INTERVAL;
	qy_warn_alloc(rig.m, QY_GFP_KERNEL, 9);
	CHECK_EQ(rig_log_count(&rig, "callbacks suppressed"), 1);
	CHECK_EQ(rig_log_count(&rig, "page allocation failure"), 3);
	rig_down(&rig);
}

TEST(show_mem, a_failure_that_was_expected_is_not_reported)
{
	struct rig rig;

	boot_pc(&rig, MIB(64));
	qy_warn_alloc(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 9);
	CHECK_STR_EQ(rig.log, "");
	rig_down(&rig);

	rig_one_zone(&rig, MIB(64), 1);
	rig_boot(&rig);
	qy_warn_alloc(rig.m, QY_GFP_KERNEL | QY___GFP_DMA, 0);
	CHECK_STR_EQ(rig.log, "");
	qy_warn_alloc(rig.m, QY_GFP_KERNEL, 0);
	CHECK_EQ(rig_log_count(&rig, "page allocation failure"), 1);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ sleeping in atomic context */

TEST(show_mem, a_sleeping_request_in_atomic_context_is_reported_and_served)
{
	struct page *page;
	struct rig rig;

	boot_pc(&rig, MIB(64));
	qy_preempt_disable();
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(page);
	qy_free_pages(rig.m, page, 0);
	qy_preempt_enable();
	CHECK_EQ(rig_log_count(&rig,
			 "<3>BUG: sleeping function called from invalid context at "),
		1);
	CHECK_EQ(
		rig_log_count(&rig,
			"<3>in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 1, name: init\n"
			"<3>preempt_count: 1, expected: 0\n"
			"<3>CPU: 0 UID: 0 PID: 1 Comm: init "),
		1);

	qy_irq_disable();
	qy_free_pages(rig.m, qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0), 0);
	CHECK_EQ(rig_log_count(&rig, "sleeping function"), 1);
	rig.m->sleep_report_limit.begin_ns -= SECOND_NS;
	qy_free_pages(rig.m, qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0), 0);
	CHECK_EQ(rig_log_count(&rig, "in_atomic(): 0, irqs_disabled(): 1, "), 1);
	rig.m->sleep_report_limit.begin_ns -= SECOND_NS;
	qy_free_pages(rig.m, qy_alloc_pages(rig.m, QY_GFP_ATOMIC, 0), 0);
	qy_irq_enable();
	qy_free_pages(rig.m, qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0), 0);
	CHECK_EQ(rig_log_count(&rig, "sleeping function"), 2);
	rig_down(&rig);
}
