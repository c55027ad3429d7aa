// SPDX-License-Identifier: MIT
/*
 * Tasks, files and swap against a naive reference: what was written last is what every page holds, whatever was reclaimed,
 * swapped, moved or written back in between. The machine is validated after each operation.
 *
 * Locking: none; one thread.
 */
#include "tests/model/rig.h"
#include "mm/task/task.h"
#include <quarry/cma.h>
#include <quarry/compact.h>
#include <quarry/reclaim.h>

#define PAGES(n)   ((uint64_t)(n)*QY_PAGE_SIZE)
#define NR_TASKS   3
#define TASK_PAGES 900
#define NR_FILES   3 /* the last one is tmpfs */
#define FILE_PAGES 700

struct model_task {
	struct task_struct *task;
	uint64_t address;
	uint32_t mark[TASK_PAGES]; /* 0: never written, reads as zero */
};

struct model_file {
	struct file *file;
	uint32_t mark[FILE_PAGES];
};

static struct model {
	struct rig rig;
	struct rig_random random;
	uint32_t next_mark;
	struct model_task tasks[NR_TASKS];
	struct model_file files[NR_FILES];
	struct page *pinned;
	struct page *device;
	char page[QY_PAGE_SIZE], found[QY_PAGE_SIZE];
} model;

static void fill(char *page, uint32_t mark)
{
	uint32_t *words = (uint32_t *)page;

	for (uint32_t i = 0; i < QY_PAGE_SIZE / 4; i++)
		words[i] = mark ? mark * 2654435761u + i : 0;
}

static void check(uint32_t mark, const char *what, uint32_t page)
{
	fill(model.page, mark);
	if (memcmp(model.page, model.found, QY_PAGE_SIZE))
		FAIL("page %u of %s does not hold what was written to it", page, what);
}

static void create(struct model_task *t)
{
	memset(t->mark, 0, sizeof(t->mark));
	CHECK_EQ(qy_task_create(model.rig.m, "modeld", 0, 0, &t->task), 0);
	CHECK_EQ(qy_task_map(model.rig.m, t->task, PAGES(TASK_PAGES), 0, &t->address), 0);
}

static void write_task(struct model_task *t, uint32_t page)
{
	fill(model.page, ++model.next_mark);
	CHECK_EQ(qy_task_write(model.rig.m, t->task, t->address + PAGES(page), model.page,
			 QY_PAGE_SIZE),
		0);
	t->mark[page] = model.next_mark;
}

static void read_task(struct model_task *t, uint32_t page)
{
	CHECK_EQ(qy_task_read(model.rig.m, t->task, t->address + PAGES(page), model.found,
			 QY_PAGE_SIZE),
		0);
	check(t->mark[page], "a task", page);
}

static void write_file(struct model_file *f, uint32_t page)
{
	fill(model.page, ++model.next_mark);
	CHECK_EQ(qy_file_write(f->file, PAGES(page), model.page, QY_PAGE_SIZE),
		QY_PAGE_SIZE);
	f->mark[page] = model.next_mark;
}

static void read_file(struct model_file *f, uint32_t page)
{
	CHECK_EQ(qy_file_read(f->file, PAGES(page), model.found, QY_PAGE_SIZE),
		QY_PAGE_SIZE);
	check(f->mark[page], "a file", page);
}

static void in_the_background(uint32_t what)
{
	struct qy_machine *m = model.rig.m;

	switch (what) {
	case 0:
		qy_background_step(m);
		break;
	case 1:
		qy_compact_memory(m);
		break;
	case 2:
		qy_drop_caches(m, 3);
		break;
	case 3:
		qy_sync(m);
		break;
	case 4:
		if (model.device)
			qy_cma_release(m, 0, model.device, 300);
		model.device =
			model.device ? NULL : qy_cma_alloc(m, 0, 300, 0, true, NULL);
		break;
	default:
		if (model.pinned)
			qy_task_unpin(m, model.pinned);
		model.pinned = NULL;
		if (what & 1)
			CHECK_EQ(qy_task_pin(m, model.tasks[0].task,
					 model.tasks[0].address, &model.pinned),
				0);
	}
}

static void step(void)
{
	uint32_t what = rig_below(&model.random, 100);
	struct model_task *t = &model.tasks[rig_below(&model.random, NR_TASKS)];
	struct model_file *f = &model.files[rig_below(&model.random, NR_FILES)];
	uint32_t page = rig_below(&model.random, TASK_PAGES), nr;

	if (what < 40) {
		write_task(t, page);
	} else if (what < 60) {
		read_task(t, page);
	} else if (what < 72) {
		write_file(f, page % FILE_PAGES);
	} else if (what < 86) {
		read_file(f, page % FILE_PAGES);
	} else if (what < 92) {
		nr = 1 + rig_below(&model.random, 20);
		for (; nr-- && page < TASK_PAGES; page++)
			write_task(t, page);
	} else if (what < 98) {
		in_the_background(rig_below(&model.random, 7));
	} else if (t != &model.tasks[0]) {
		qy_task_exit(model.rig.m, t->task);
		create(t);
	}
}

TEST(pressure_model, every_page_holds_what_was_written_to_it_last)
{
	unsigned long nr = qy_test_scale(3000);

	memset(&model, 0, sizeof(model));
	model.random.state = qy_test_seed();
	rig_one_zone(&model.rig, MIB(12), 2);
	model.rig.board.cma = (struct qy_cma_request){ .given = true, .size = MIB(4) };
	rig_boot(&model.rig);
	qy_poison_moved_set(model.rig.m, true);
	CHECK_EQ(qy_swapon(model.rig.m, "/swapfile", MIB(16), 0), 0);
	for (uint32_t i = 0; i < NR_TASKS; i++)
		create(&model.tasks[i]);
	for (uint32_t i = 0; i < NR_FILES; i++) {
		char name[] = { 'f', (char)('0' + i), 0 };

		CHECK_EQ(qy_file_open(model.rig.m, NULL, name, PAGES(FILE_PAGES),
				 i == NR_FILES - 1 ? QY_FILE_TMPFS : 0,
				 &model.files[i].file),
			0);
	}
	for (uint32_t i = 0; i < NR_TASKS * TASK_PAGES; i++)
		write_task(&model.tasks[i % NR_TASKS], i / NR_TASKS);
	for (unsigned long i = 0; i < nr; i++) {
		step();
		rig_check_valid(model.rig.m, "a step");
	}
	for (uint32_t i = 0; i < NR_TASKS; i++)
		for (uint32_t page = 0; page < TASK_PAGES; page++)
			read_task(&model.tasks[i], page);
	for (uint32_t i = 0; i < NR_FILES; i++)
		for (uint32_t page = 0; page < FILE_PAGES; page++)
			read_file(&model.files[i], page);
	CHECK(model.rig.m->events[PSWPOUT] > 100);
	CHECK(model.rig.m->events[PGMIGRATE_SUCCESS] > 100);
	rig_check_valid(model.rig.m, "the end");
	rig_down(&model.rig);
}
