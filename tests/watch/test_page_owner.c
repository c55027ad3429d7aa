// SPDX-License-Identifier: MIT
/*
 * page_owner and allocation profiling: whose record each block has, what the files say, what boot takes for them.
 *
 * No state.
 */
#include "tests/model/rig.h"
#include "mm/watch/page_owner.h"
#include <quarry/sites.h>

#include <sys/prctl.h>
#include <unistd.h>

#define TEXT_BYTES 262144
#define PAGE_OWNER "/sys/kernel/debug/page_owner"
#define ALLOCINFO  "/proc/allocinfo"
#define PROFILING  "/proc/sys/vm/mem_profiling"

static const struct qy_task camera = { 41, 40, "camera" }, radio = { 7, 7, "radio" };

static char text[TEXT_BYTES];

static const char *read_file(struct rig *rig, const char *path)
{
	long length = qy_proc_read(rig->m, path, text, sizeof(text));

	CHECK(length >= 0 && length < TEXT_BYTES);
	return text;
}

static void boot(
	struct rig *rig, enum qy_page_owner_mode owner, enum qy_mem_profiling profiling)
{
	rig_x86(rig, MIB(128), 0, 2);
	rig->board.page_owner = owner;
	rig->board.mem_profiling = profiling;
	rig_boot(rig);
}

static void boot_beside(struct rig *rig)
{
	boot(rig, QY_PAGE_OWNER_BESIDE, QY_MEM_PROFILING_ON);
}

/* ------------------------------------------------------------------ records */

TEST(page_owner, a_block_is_its_tasks_by_any_of_its_frames_until_it_is_freed)
{
	struct qy_page_owner owner;
	static struct rig rig;
	struct page *page;
	uint64_t pfn;

	boot_beside(&rig);
	qy_set_current(&camera);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 4);
	pfn = qy_page_to_pfn(rig.m, page);
	qy_set_current(&radio);
	for (unsigned int i = 0; i < 16; i++) {
		CHECK(qy_page_owner(rig.m, pfn + i, &owner));
		CHECK_EQ(owner.pfn, pfn);
		CHECK_EQ(owner.order, 4);
		CHECK_EQ(owner.gfp, QY_GFP_KERNEL | QY___GFP_NOWARN);
		CHECK_EQ(owner.migratetype, 0);
		CHECK_EQ(owner.task.pid, 41);
		CHECK_EQ(owner.task.tgid, 40);
		CHECK_STR_EQ(owner.task.comm, "camera");
		CHECK(owner.ts_ns);
		CHECK_STR_EQ(owner.site->func,
			"qy_test_page_owner_a_block_is_its_tasks_by_any_of_its_frames_until_it_is_freed");
	}
	CHECK(!qy_page_owner(rig.m, pfn - 1, &owner) || owner.pfn != pfn);
	CHECK(!qy_page_owner(rig.m, pfn + 16, &owner) || owner.pfn != pfn);
	rig_check_valid(rig.m, "an allocation");
	qy_free_pages(rig.m, page, 4);
	CHECK(!qy_page_owner(rig.m, pfn, &owner));
	CHECK(!qy_page_owner(rig.m, ~0ull, &owner));
	rig_check_valid(rig.m, "a free");
	rig_down(&rig);
}

/* A record that is missing, left over or of a wrong order must be found by the validation. */
static void check_finds(struct rig *rig, u32 frame, u32 gfp)
{
	u32 before = rig->m->owners[frame].gfp;
	char why[256] = "";

	rig->m->owners[frame].gfp = gfp;
	CHECK(!qy_machine_validate(rig->m, why, sizeof(why)));
	CHECK(strstr(why, "owner record"));
	rig->m->owners[frame].gfp = before;
	rig_check_valid(rig->m, "mending");
}

TEST(page_owner, validation_finds_a_record_too_many_and_one_too_few)
{
	static struct rig rig;
	struct page *page;
	char why[256];
	u32 frame;

	boot_beside(&rig);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 2);
	frame = page_to_frame(rig.m, page);
	check_finds(&rig, frame, 0);
	check_finds(&rig, frame + 1, PAGE_OWNER_ALLOCATED); /* a block has one */
	rig.m->tags[frame + 1] = rig.m->tags[frame];
	CHECK(!qy_machine_validate(rig.m, why, sizeof(why)));
	rig.m->tags[frame + 1] = 0;
	rig.m->sites->usage[rig.m->tags[frame] - 1].bytes++;
	CHECK(!qy_machine_validate(rig.m, why, sizeof(why)));
	rig.m->sites->usage[rig.m->tags[frame] - 1].bytes--;
	qy_free_pages(rig.m, page, 2);
	check_finds(&rig, frame, PAGE_OWNER_ALLOCATED);
	rig_down(&rig);
}

/*
 * order 3, two references, the first dropped:   [h][1][2 2][4 4 4 4]   h stays, the rest goes back as 0, 1, 2
 * put_page() of an order-2 block:               [f][1][2 2]            f goes back, the rest is lost but owned
 */
TEST(page_owner, parts_of_a_block_keep_its_owner)
{
	struct qy_page_owner owner;
	static struct rig rig;
	struct page *page;
	uint64_t pfn;

	boot_beside(&rig);
	qy_set_current(&camera);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 3);
	pfn = qy_page_to_pfn(rig.m, page);
	qy_set_current(&radio);
	qy_get_page(rig.m, page);
	qy_free_pages(rig.m, page, 3);
	CHECK(qy_page_owner(rig.m, pfn, &owner));
	CHECK_EQ(owner.order, 0);
	CHECK_EQ(owner.task.pid, 41);
	CHECK(!qy_page_owner(rig.m, pfn + 1, &owner));
	rig_check_valid(rig.m, "a block that shrank");
	qy_put_page(rig.m, page);
	rig_check_valid(rig.m, "its last frame");

	qy_set_current(&camera);
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 2);
	pfn = qy_page_to_pfn(rig.m, page);
	qy_put_page(rig.m, page);
	CHECK(!qy_page_owner(rig.m, pfn, &owner));
	for (unsigned int i = 1; i < 4; i++) {
		CHECK(qy_page_owner(rig.m, pfn + i, &owner));
		CHECK_EQ(owner.task.pid, 41);
		CHECK_EQ(owner.order, i / 2);
	}
	rig_check_valid(rig.m, "a leak");

	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 2);
	pfn = qy_page_to_pfn(rig.m, page);
	qy_split_page(rig.m, page, 2);
	for (unsigned int i = 0; i < 4; i++) {
		CHECK(qy_page_owner(rig.m, pfn + i, &owner));
		CHECK_EQ(owner.pfn, pfn + i);
		CHECK_EQ(owner.order, 0);
		CHECK_EQ(owner.task.pid, 41);
		qy_free_pages(rig.m, qy_pfn_to_page(rig.m, pfn + i), 0);
	}
	rig_check_valid(rig.m, "a split");
	rig_down(&rig);
}

TEST(page_owner, random_traffic_leaves_one_record_a_block)
{
	struct rig_random random = { qy_test_seed() };
	static struct rig rig;
	struct held {
		struct page *page;
		unsigned int order;
	} held[300] = { { NULL, 0 } };
	struct qy_page_owner owner;
	uint64_t pfn = 0, frames = 0, blocks = 0;

	boot_beside(&rig);
	for (unsigned int round = 0; round < 4000; round++) {
		struct held *h = &held[rig_below(&random, ARRAY_SIZE(held))];

		rig_on_cpu(&rig, rig_below(&random, 2));
		if (h->page) {
			qy_free_pages(rig.m, h->page, h->order);
			h->page = NULL;
			continue;
		}
		h->order = rig_below(&random, QY_NR_PAGE_ORDERS);
		h->page = qy_alloc_pages(rig.m,
			(rig_below(&random, 2) ? QY_GFP_HIGHUSER_MOVABLE
					       : QY_GFP_ATOMIC) |
				QY___GFP_NOWARN |
				(rig_below(&random, 2) ? QY___GFP_COMP : 0),
			h->order);
		if (round % 500 == 0)
			rig_check_valid(rig.m, "a round");
	}
	rig_check_valid(rig.m, "all rounds");
	for (unsigned int i = 0; i < ARRAY_SIZE(held); i++) {
		if (!held[i].page)
			continue;
		blocks++;
		frames += 1ull << held[i].order;
		CHECK(qy_page_owner(rig.m,
			qy_page_to_pfn(rig.m, held[i].page) + (1ull << held[i].order) - 1,
			&owner));
		CHECK_EQ(owner.pfn, qy_page_to_pfn(rig.m, held[i].page));
		CHECK_EQ(owner.order, held[i].order);
	}
	/* the walk gives each once, upwards */
	for (uint64_t last = 0; qy_page_owner_next(rig.m, &pfn, &owner); last = pfn) {
		CHECK(owner.pfn >= last);
		CHECK_EQ(pfn, owner.pfn + (1ull << owner.order));
		if (owner.task.pid == 0)
			continue; /* boot's own, for profiling */
		blocks--;
		frames -= 1ull << owner.order;
	}
	CHECK_EQ(blocks, 0);
	CHECK_EQ(frames, 0);
	rig_down(&rig);
}

TEST(page_owner, bulk_exact_and_zeroed_pages_are_recorded)
{
	struct page *pages[20] = { NULL };
	struct qy_page_owner owner;
	static struct rig rig;
	void *exact, *zeroed;

	boot_beside(&rig);
	qy_set_current(&radio);
	CHECK_EQ(qy_alloc_pages_bulk(rig.m, QY_GFP_KERNEL, 20, pages), 20);
	for (unsigned int i = 0; i < 20; i++) {
		CHECK(qy_page_owner(rig.m, qy_page_to_pfn(rig.m, pages[i]), &owner));
		CHECK_EQ(owner.task.pid, 7);
		qy_free_pages(rig.m, pages[i], 0);
	}
	exact = qy_alloc_pages_exact(rig.m, 5 * 4096, QY_GFP_KERNEL);
	zeroed = qy_get_zeroed_page(rig.m, QY_GFP_KERNEL);
	CHECK(qy_page_owner(rig.m, qy_virt_to_phys(rig.m, exact) / 4096 + 4, &owner));
	CHECK(qy_page_owner(rig.m, qy_virt_to_phys(rig.m, zeroed) / 4096, &owner));
	CHECK_EQ(owner.gfp, QY_GFP_KERNEL | QY___GFP_ZERO);
	rig_check_valid(rig.m, "allocations");
	qy_free_pages_exact(rig.m, exact, 5 * 4096);
	qy_free_pages_addr(rig.m, zeroed, 0);
	rig_check_valid(rig.m, "frees");
	rig_down(&rig);
}

TEST(page_owner, a_thread_that_enters_is_itself)
{
	struct qy_page_owner owner;
	static struct rig rig;
	char name[16];

	boot_beside(&rig);
	rig_on_cpu(&rig, 1);
	struct page *page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);

	CHECK(qy_page_owner(rig.m, qy_page_to_pfn(rig.m, page), &owner));
	CHECK_EQ(owner.task.tgid, getpid());
	CHECK_EQ(owner.task.pid, gettid());
	CHECK_EQ(prctl(PR_GET_NAME, name), 0);
	CHECK_STR_EQ(owner.task.comm, name);
	qy_free_pages(rig.m, page, 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ off, beside, on */

TEST(page_owner, switched_off_nothing_is_kept_and_nothing_answers)
{
	struct qy_machine_size off, beside, on;
	struct qy_site_usage usage;
	struct qy_page_owner owner;
	uint64_t pfn = 0, nr[QY_MIGRATE_TYPES];
	static struct rig rig;

	boot(&rig, QY_PAGE_OWNER_OFF, QY_MEM_PROFILING_NONE);
	CHECK(!rig.m->owners && !rig.m->tags && !rig.m->sites);
	CHECK(!rig.m->watched && !rig.m->long_way);
	CHECK(!qy_page_owner_next(rig.m, &pfn, &owner));
	CHECK(!qy_mixed_pageblocks(rig.m, 0, nr));
	CHECK(!qy_site_usage(rig.m, 0, &usage));
	CHECK_EQ(qy_proc_read(rig.m, PAGE_OWNER, NULL, 0), -QY_ENOENT);
	CHECK_EQ(qy_proc_read(rig.m, ALLOCINFO, NULL, 0), -QY_ENOENT);
	CHECK_EQ(qy_proc_write(rig.m, PROFILING, "1"), -QY_ENOENT);
	CHECK(!strstr(read_file(&rig, "/proc/pagetypeinfo"), "mixed"));
	CHECK_EQ(qy_machine_size(&rig.board, &off, NULL, 0), 0);
	rig.board.page_owner = QY_PAGE_OWNER_BESIDE;
	CHECK_EQ(qy_machine_size(&rig.board, &beside, NULL, 0), 0);
	rig.board.page_owner = QY_PAGE_OWNER_ON;
	CHECK_EQ(qy_machine_size(&rig.board, &on, NULL, 0), 0);
	CHECK(beside.tables >= off.tables + MIB(128) / 4096 * 24);
	CHECK_EQ(beside.tables, on.tables);
	CHECK_EQ(beside.window, off.window);
	rig_down(&rig);
}

TEST(page_owner, tasks_that_do_not_fit_are_one)
{
	struct qy_page_owner owner;
	struct page *page = NULL;
	static struct rig rig;

	boot_beside(&rig);
	for (int pid = 1; pid < (int)MAX_TASKS + 5; pid++) {
		qy_set_task(pid, "one-of-many");
		page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
		CHECK(qy_page_owner(rig.m, qy_page_to_pfn(rig.m, page), &owner));
		if (owner.task.pid != pid)
			break;
		qy_free_pages(rig.m, page, 0);
	}
	CHECK_EQ(owner.task.pid, -1);
	CHECK_STR_EQ(owner.task.comm, "more");
	CHECK_EQ(rig.m->tasks->nr, MAX_TASKS);
	qy_free_pages(rig.m, page, 0);
	qy_set_task(17, "one-of-many"); /* who is known stays so */
	page = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	CHECK(qy_page_owner(rig.m, qy_page_to_pfn(rig.m, page), &owner));
	CHECK_EQ(owner.task.pid, 17);
	qy_free_pages(rig.m, page, 0);
	rig_check_valid(rig.m, "many tasks");
	rig_down(&rig);
}

static uint64_t free_at_boot(enum qy_page_owner_mode owner,
	enum qy_mem_profiling profiling, uint64_t low, uint64_t high)
{
	static struct rig rig;
	uint64_t nr;

	rig_x86(&rig, low, high, 2);
	rig.board.page_owner = owner;
	rig.board.mem_profiling = profiling;
	rig_boot(&rig);
	rig_check_valid(rig.m, "boot");
	nr = rig_free_frames(rig.m);
	rig_down(&rig);
	return nr;
}

/* 128 MiB of RAM a section: 32768 entries of 8 + 64 bytes for page_owner, + 8 for profiling. */
TEST(page_owner, on_it_costs_the_board_what_it_costs_linux_and_beside_nothing)
{
	uint64_t off = free_at_boot(QY_PAGE_OWNER_OFF, QY_MEM_PROFILING_NONE, GIB(1), 0);

	CHECK_EQ(free_at_boot(QY_PAGE_OWNER_BESIDE, QY_MEM_PROFILING_NONE, GIB(1), 0),
		off);
	CHECK_EQ(free_at_boot(QY_PAGE_OWNER_ON, QY_MEM_PROFILING_NONE, GIB(1), 0),
		off - 8 * 32768 * 72 / 4096);
	CHECK_EQ(free_at_boot(QY_PAGE_OWNER_ON, QY_MEM_PROFILING_OFF, GIB(1), 0),
		off - 8 * 32768 * 80 / 4096);
	CHECK_EQ(free_at_boot(QY_PAGE_OWNER_OFF, QY_MEM_PROFILING_ON, GIB(1), 0),
		off - 8 * 32768 * 16 / 4096);
	/* a section with little RAM costs as much; a hole nothing */
	off = free_at_boot(QY_PAGE_OWNER_OFF, QY_MEM_PROFILING_NONE, MIB(129), MIB(256));
	CHECK_EQ(
		free_at_boot(QY_PAGE_OWNER_ON, QY_MEM_PROFILING_NONE, MIB(129), MIB(256)),
		off - 4 * 32768 * 72 / 4096);
}

TEST(page_owner, a_board_without_room_for_it_does_not_boot)
{
	struct qy_hosted_opts opts = { .log = rig_log };
	static struct rig rig;
	char why[256] = "";

	rig_x86(&rig, KIB(2100), 0, 1);
	rig.board.page_owner = QY_PAGE_OWNER_ON;
	opts.log_arg = &rig;
	CHECK(!qy_hosted_boot(&rig.board, &opts, why, sizeof(why)));
	CHECK(strstr(why, "its memory runs out while it boots"));
	CHECK_EQ(rig_log_count(&rig, "Kernel panic - not syncing: Out of memory"), 1);
	pthread_mutex_destroy(&rig.log_lock);
}

/* ------------------------------------------------------------------ the texts */

TEST(page_owner, the_text_is_the_kernels)
{
	static struct rig rig;
	char expect[512];
	struct page *page;
	const char *found;
	unsigned int line;
	unsigned long long pfn, ts;

	boot(&rig, QY_PAGE_OWNER_ON, QY_MEM_PROFILING_NONE);
	read_file(&rig, PAGE_OWNER);
	/* what boot took for it comes before, and ends with an empty line */
	CHECK(strncmp(text,
		      "Page allocated via order 0, mask 0x2cc0(GFP_KERNEL|__GFP_NOWARN), pid 0, tgid 0 (swapper), ts ",
		      94) == 0);
	qy_set_current(&camera);
	page = qy_alloc_pages(
		rig.m, QY_GFP_HIGHUSER_MOVABLE | QY___GFP_COMP | QY___GFP_ZERO, 2);
	line = __LINE__ - 2;
	found = strstr(read_file(&rig, PAGE_OWNER), "Page allocated via order 2,");
	CHECK(found);
	CHECK_EQ(sscanf(found,
			 "%*[^(](%*[^)]), pid 41, tgid 40 (camera), ts %llu ns PFN %llx",
			 &ts, &pfn),
		2);
	CHECK_EQ(pfn, qy_page_to_pfn(rig.m, page));
	/* DMA32 of a PC with four zones: zone 1 at bit 56 */
	snprintf(expect, sizeof(expect),
		"Page allocated via order 2, mask 0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), pid 41, tgid 40 (camera), ts %llu ns\n"
		"PFN 0x%llx type Movable Block %llu type Movable Flags 0x100000000000040(head|node=0|zone=1)\n"
		" %s %s:%u\n"
		"\n",
		ts, pfn, pfn >> 9, __func__, __FILE__, line);
	CHECK_EQ(strncmp(found, expect, strlen(expect)), 0);

	/* of whom nothing is known there is no third line */
	qy_free_pages(rig.m, page, 2);
	qy_set_task(0, "swapper/0");
	page = (qy_alloc_pages)(rig.m, QY_GFP_ATOMIC, 0);
	read_file(&rig, PAGE_OWNER);
	CHECK(strstr(
		text, "order 0, mask 0x820(GFP_ATOMIC), pid 0, tgid 0 (swapper/0), ts "));
	CHECK(strstr(text, "Flags 0x100000000000000(node=0|zone=1)\n\n"));
	qy_free_pages(rig.m, page, 0);
	rig_down(&rig);
}

/* Pageblocks of a small zone: [U: unmovable + movable][M: movable only] ... */
TEST(page_owner, mixed_pageblocks_are_counted_by_their_type)
{
	static struct page *pages[16384];
	uint64_t nr[QY_MIGRATE_TYPES];
	static struct rig rig;
	size_t held;

	rig_one_zone(&rig, MIB(16), 1);
	rig.board.page_owner = QY_PAGE_OWNER_ON;
	rig_boot(&rig);
	/* everything movable; then one pageblock is freed and becomes unmovable */
	CHECK(qy_mixed_pageblocks(rig.m, 2, nr));
	held = rig_exhaust(rig.m, QY_GFP_HIGHUSER_MOVABLE, 0, pages, 16384);
	CHECK(held > 3000);
	CHECK(strstr(read_file(&rig, "/proc/pagetypeinfo"),
		"\nNumber of mixed blocks    Unmovable      Movable  Reclaimable   HighAtomic          CMA      Isolate \n"
		"Node 0, zone   Normal "));
	for (size_t i = 0; i < held; i += 2)
		qy_free_pages(rig.m, pages[i], 0);
	qy_drain_all_pages(rig.m);
	CHECK(qy_mixed_pageblocks(rig.m, 2, nr));
	uint64_t before = nr[0] + nr[1];
	/* unmovable frames between movable ones */
	for (size_t i = 0; i < held; i += 2)
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL | QY___GFP_NOWARN, 0);
	CHECK(qy_mixed_pageblocks(rig.m, 2, nr));
	CHECK(nr[0] + nr[1] > before + 2);
	CHECK_EQ(nr[2] + nr[3] + nr[4] + nr[5], 0);
	rig_down(&rig);
}

/* ------------------------------------------------------------------ allocinfo */

static const struct qy_site driver = { "drivers/net/x.c", 12, "x_probe", "x" };

static unsigned int page_ext_line(const struct rig *rig)
{
	struct qy_site_usage usage;

	CHECK(qy_site_usage(rig->m, SITE_FIRST, &usage));
	return usage.site->line;
}

TEST(allocinfo, each_line_holds_what_it_allocated_and_did_not_free)
{
	struct page *mine, *plain, *parts;
	static struct rig rig;
	char expect[512];
	unsigned int line;

	boot(&rig, QY_PAGE_OWNER_OFF, QY_MEM_PROFILING_ON);
	mine = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 3);
	line = __LINE__ - 1;
	plain = (qy_alloc_pages)(rig.m, QY_GFP_KERNEL, 1);
	CHECK(!qy_set_site(&driver));
	parts = (qy_alloc_pages)(rig.m, QY_GFP_KERNEL, 2);
	CHECK(qy_set_site(NULL) == &driver);
	qy_split_page(rig.m, parts, 2);
	qy_free_pages(rig.m, parts, 0);
	snprintf(expect, sizeof(expect),
		"allocinfo - version: 1.0\n"
		"#     <size>  <calls> <tag info>\n"
		"        8192        1 unknown:0 func:unknown \n"
		"           0        0 more:0 func:more \n"
		"      524288      128 mm/page/page_ext.c:%u func:qy_page_ext_init \n"
		"       32768        1 %s:%u func:%s \n"
		"       12288        3 drivers/net/x.c:12 [x] func:x_probe \n",
		page_ext_line(&rig), __FILE__, line, __func__);
	CHECK_STR_EQ(read_file(&rig, ALLOCINFO), expect);
	rig_check_valid(rig.m, "allocations");

	/* off: what was counted is still given back, nothing new is */
	CHECK_STR_EQ(read_file(&rig, PROFILING), "1\n");
	CHECK_EQ(qy_proc_write(rig.m, PROFILING, "2"), -QY_EINVAL);
	CHECK_EQ(qy_proc_write(rig.m, PROFILING, "0"), 0);
	qy_free_pages(rig.m, mine, 3);
	mine = (qy_alloc_pages)(rig.m, QY_GFP_KERNEL, 3);
	qy_free_pages(rig.m, plain, 1);
	read_file(&rig, ALLOCINFO);
	CHECK(strstr(text, "           0        0 unknown:0 func:unknown \n"));
	CHECK(strstr(
		text, "       12288        3 drivers/net/x.c:12 [x] func:x_probe \n"));
	rig_check_valid(rig.m, "the switch");
	rig_down(&rig);
}

TEST(allocinfo, what_does_not_fit_the_table_is_counted_together)
{
	static struct qy_site sites[MAX_SITES + 10];
	struct qy_site_usage usage;
	static struct rig rig;

	boot(&rig, QY_PAGE_OWNER_BESIDE, QY_MEM_PROFILING_ON);
	for (unsigned int i = 0; i < ARRAY_SIZE(sites); i++) {
		sites[i] = (struct qy_site){ "many.c", i + 1, "many", NULL };
		qy_set_site(&sites[i]);
		CHECK((qy_alloc_pages)(rig.m, QY_GFP_KERNEL, 0));
	}
	qy_set_site(NULL);
	CHECK(qy_site_usage(rig.m, MAX_SITES - 1, &usage));
	CHECK(!qy_site_usage(rig.m, MAX_SITES, &usage));
	CHECK_EQ(usage.calls, 1);
	CHECK(qy_site_usage(rig.m, SITE_MORE, &usage));
	CHECK_STR_EQ(usage.site->func, "more");
	/* three lines were known: the two that are always there, and boot's own */
	CHECK_EQ(usage.calls, 10 + 3);
	rig_check_valid(rig.m, "many lines");
	rig_down(&rig);
}
