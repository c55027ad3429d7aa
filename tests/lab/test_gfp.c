// SPDX-License-Identifier: MIT
/*
 * `quarry explain gfp`: the decision tree, and that what it advises is served where it is to be used. No state.
 */
#include "lab/gfp.h"

#include <stdlib.h>
#include <string.h>

#include "tests/runner/test.h"

#define BOARD QY_SOURCE_DIR "/boards/qemu-virt-8g.dts"

static struct qy_loaded_board *load(void)
{
	struct qy_board_opts opts = { .dtb = BOARD, .memory = "64M", .append = "cma=8M" };
	struct qy_err err;
	struct qy_loaded_board *board = qy_board_load(&opts, &err);

	if (!board)
		FAIL("%s", err.text);
	return board;
}

static struct qy_gfp_context context(const char *words)
{
	struct qy_gfp_context c;
	struct qy_err err;

	if (qy_gfp_parse_context(words, &c, &err))
		FAIL("%s", err.text);
	return c;
}

/* What is advised for @words and @need. */
static const char *use(const char *words, struct qy_gfp_need need)
{
	static struct qy_gfp_choice choice;
	struct qy_gfp_context c = context(words);
	struct qy_err err;

	if (qy_gfp_choose(&c, &need, &choice, &err))
		FAIL("%s", err.text);
	return choice.use;
}

static const char *refusal(const char *words, struct qy_gfp_need need)
{
	static struct qy_err err;
	struct qy_gfp_choice choice;
	struct qy_gfp_context c = context(words);

	CHECK_EQ(qy_gfp_choose(&c, &need, &choice, &err), -1);
	CHECK(!strchr(err.text, '\n'));
	return err.text;
}

#define NEED(...) ((struct qy_gfp_need){ __VA_ARGS__ })

TEST(gfp, the_decision_tree_of_the_lecture)
{
	CHECK_STR_EQ(use("irq", NEED(.bytes = 4096)), "kmalloc(4096, GFP_ATOMIC)");
	CHECK_STR_EQ(use("spinlock", NEED(.bytes = 200)), "kmalloc(200, GFP_ATOMIC)");
	CHECK_STR_EQ(use("irq", NEED(.may_fail = true)), "kmalloc(size, GFP_NOWAIT)");
	CHECK_STR_EQ(use("task", NEED(.bytes = 200)), "kmalloc(200, GFP_KERNEL)");
	CHECK_STR_EQ(use("task,io", NEED(.bytes = 200)), "kmalloc(200, GFP_NOIO)");
	CHECK_STR_EQ(use("fs", NEED(.bytes = 200)), "kmalloc(200, GFP_NOFS)");
	CHECK_STR_EQ(
		use("task", NEED(.account = true)), "kmalloc(size, GFP_KERNEL_ACCOUNT)");
	CHECK_STR_EQ(use("task", NEED(.bytes = 65536)), "kvmalloc(65536, GFP_KERNEL)");
	CHECK_STR_EQ(use("task", NEED(.bytes = 65536, .contiguous = true)),
		"kmalloc(65536, GFP_KERNEL)");
	CHECK_STR_EQ(use("task", NEED(.user = true, .movable = true)),
		"alloc_pages(GFP_HIGHUSER_MOVABLE, 0)");
	CHECK_STR_EQ(use("task", NEED(.bytes = 24 << 20, .device_bits = 32)),
		"dma_alloc_coherent(dev, 25165824, &dma, GFP_KERNEL)");
	CHECK_STR_EQ(use("isr", NEED(.bytes = 8192, .device_bits = 32)),
		"dma_alloc_coherent(dev, 8192, &dma, GFP_ATOMIC)");
	/* of several places the one that forbids most */
	CHECK_STR_EQ(use("task,irq,spinlock", NEED(0)), "kmalloc(size, GFP_ATOMIC)");
}

TEST(gfp, what_nothing_serves_is_one_line)
{
	CHECK(strstr(refusal("softirq", NEED(.bytes = 8 << 20)), "allocate them before"));
	CHECK(strstr(refusal("irq", NEED(.bytes = 8 << 20, .device_bits = 32)),
		"allocate them in probe"));
	CHECK(strstr(refusal("irq", NEED(.no_fail = true)), "keep a mempool"));
	CHECK(strstr(refusal("reclaim", NEED(.no_fail = true)), "keep a mempool"));
	CHECK(strstr(
		refusal("task", NEED(.bytes = 8 << 20, .contiguous = true)), "of CMA"));
	CHECK(strstr(
		refusal("task", NEED(.bytes = 8 << 20, .user = true)), "page by page"));
}

/* Every place with every need that has an answer: the request is made there, served, and nothing is reported. */
TEST(gfp, what_is_advised_is_served_there_and_nothing_is_reported)
{
	static const char *const words[] = { "task", "task,fs", "task,io", "task,reclaim",
		"spinlock", "irqs-off", "irq", "irq,io" };
	const struct qy_gfp_need needs[] = { { .bytes = 200 }, { .bytes = 20000 },
		{ .bytes = 65536, .contiguous = true, .may_fail = true },
		{ .user = true, .movable = true }, { .movable = true },
		{ .bytes = 5 << 20, .device_bits = 32 },
		{ .bytes = 16384, .device_bits = 32 }, { .no_fail = true } };
	struct qy_loaded_board *board = load();
	unsigned int nr_asked = 0;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		for (size_t j = 0; j < sizeof(needs) / sizeof(needs[0]); j++) {
			struct qy_gfp_context c = context(words[i]);
			struct qy_gfp_choice choice;
			struct qy_gfp_answer a;
			struct qy_err err;

			if (qy_gfp_choose(&c, &needs[j], &choice, &err))
				continue;
			if (qy_gfp_look(board, &c, &choice.request, &a, &err))
				FAIL("%s", err.text);
			if (!a.served || a.report[0])
				FAIL("%s: %s: %s", words[i], choice.use,
					a.report[0] ? a.report : "refused");
			CHECK(!a.misused);
			CHECK_EQ(a.rights.may_sleep && c.place != QY_GFP_TASK, 0);
			nr_asked++;
		}
	}
	CHECK(nr_asked > 50);
	qy_board_free(board);
}

TEST(gfp, flags_that_must_not_be_used_somewhere_are_reported_by_the_kernel)
{
	struct qy_loaded_board *board = load();
	struct qy_gfp_request request = { .gfp = QY_GFP_KERNEL };
	struct qy_gfp_context c = context("irq");
	struct qy_gfp_answer a;
	struct qy_err err;

	CHECK_EQ(qy_gfp_look(board, &c, &request, &a, &err), 0);
	CHECK(a.misused);
	CHECK(strstr(a.report, "BUG: sleeping function called from invalid context"));
	request.gfp = QY_GFP_ATOMIC;
	CHECK_EQ(qy_gfp_look(board, &c, &request, &a, &err), 0);
	CHECK(!a.misused && !a.report[0]);
	CHECK(strstr(a.kernel_report, "BUG: sleeping function"));
	/* its mask reaches the area; one page is of the zone */
	request = (struct qy_gfp_request){ .door = QY_GFP_COHERENT,
		.gfp = QY_GFP_KERNEL,
		.bytes = 6 << 20,
		.device_bits = 32 };
	c = context("task");
	CHECK_EQ(qy_gfp_look(board, &c, &request, &a, &err), 0);
	CHECK_STR_EQ(a.served_by, "DMA, CMA area reserved");
	qy_board_free(board);
}

TEST(gfp, flags_are_read_as_people_and_kernels_write_them)
{
	static const struct {
		const char *text;
		qy_gfp_t gfp;
	} good[] = { { "GFP_KERNEL", 0xcc0 }, { "0xcc0", 0xcc0 }, { "3264", 0xcc0 },
		{ "GFP_ATOMIC|__GFP_NOWARN", 0x2820 }, { "GFP_ATOMIC | 0x2000", 0x2820 },
		{ " GFP_KERNEL __GFP_ZERO ", 0xdc0 }, { "none", 0 }, { "0", 0 } };
	static const struct {
		const char *text, *says;
	} bad[] = { { "", "a flag is missing" }, { "|", "a flag is missing" },
		{ "GFP_KERNEL|", "a flag is missing" },
		{ "GFP_ATMIC", "did you mean GFP_ATOMIC?" },
		{ "GFP_HIGHMEM", "did you mean __GFP_HIGHMEM?" },
		{ "xyz", "xyz: no flag of Linux 6.12" },
		{ "0x1000cc0", "0x1000000 of it" }, { "12q", "no number" },
		{ "0x200", "0x200 of it" } };
	struct qy_err err;
	qy_gfp_t gfp;

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		CHECK_EQ(qy_gfp_parse(good[i].text, &gfp, &err), 0);
		CHECK_EQ(gfp, good[i].gfp);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_EQ(qy_gfp_parse(bad[i].text, &gfp, &err), -1);
		if (!strstr(err.text, bad[i].says) || strchr(err.text, '\n'))
			FAIL("`%s`: %s", bad[i].text, err.text);
	}
}

TEST(gfp, every_word_of_the_help_is_a_place)
{
	struct qy_gfp_context c;
	struct qy_err err;

	CHECK_EQ(qy_gfp_parse_context("nowhere", &c, &err), -1);
	CHECK(strstr(err.text, "no place `nowhere`"));
	CHECK_EQ(qy_gfp_parse_context("nmi", &c, &err), -1);
	CHECK_EQ(
		qy_gfp_parse_context(
			"probe,workqueue,threaded-irq,mutex,rcu,preempt-off,tasklet,timer,"
			"atomic,spinlock-irqsave,hardirq,writeback,shrinker",
			&c, &err),
		0);
	CHECK_EQ(c.place, QY_GFP_HARDIRQ);
	CHECK_EQ(c.scope, QY_GFP_SCOPE_RECLAIM);
	CHECK_EQ(qy_gfp_parse_context(NULL, &c, &err), 0);
	CHECK_EQ(c.place, QY_GFP_TASK);
}

TEST(gfp, json_has_what_the_text_has)
{
	struct qy_loaded_board *board = load();
	struct qy_gfp_context c = context("irq");
	struct qy_gfp_need need = NEED(.bytes = 16384);
	struct qy_gfp_choice choice;
	struct qy_gfp_answer a;
	struct qy_err err;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	CHECK(out != NULL);
	CHECK_EQ(qy_gfp_choose(&c, &need, &choice, &err), 0);
	CHECK_EQ(qy_gfp_look(board, &c, &choice.request, &a, &err), 0);
	qy_gfp_print(out, &choice, &a);
	CHECK_EQ(qy_gfp_json(out, &choice, &a), 0);
	qy_gfp_print(out, NULL, &a);
	CHECK_EQ(qy_gfp_json(out, NULL, &a), 0);
	CHECK_EQ(fclose(out), 0);
	CHECK(strstr(text, "GFP_ATOMIC = 0x820, for a block of order 2\n"));
	CHECK(strstr(text, "blocks kept for atomic requests\n"));
	CHECK(strstr(text, "\"schema\": \"quarry-gfp/1\""));
	CHECK(strstr(text, "\"use\": \"kmalloc(16384, GFP_ATOMIC)\""));
	CHECK(strstr(text, "\"mask\": 2080,"));
	CHECK(strstr(text, "\"highatomic\": true"));
	CHECK(strstr(text, "\"highest_zone\": \"Normal\""));
	CHECK(strstr(text, "\"choice\": null"));
	free(text);
	qy_board_free(board);
}
