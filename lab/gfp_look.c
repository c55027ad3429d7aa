// SPDX-License-Identifier: MIT
/*
 * Stands where a context says, in a machine of the board, and asks what flags allow there; then it makes one such request. No
 * state.
 */
#include "lab/gfp.h"

#include <string.h>
#include <quarry.h>
#include <quarry/cma.h>
#include <quarry/dma.h>
#include <quarry/irq.h>
#include <quarry/sim.h>
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

#define SLEEP_REPORT_NS 2000000000ull /* it is told once a second */

struct look {
	struct qy_machine *m;
	struct qy_gfp_answer *answer;
	struct qy_gfp_request request; /* the one that is made */
	void *memory; /* what it was given; of the first door a struct page * */
	struct qy_dma_dev dev;
	uint64_t dma;
	char *report; /* where the first line that tells of a mistake goes; NULL: nowhere */
	size_t report_size;
};

static void hear(void *arg, enum qy_log_level level, const char *line)
{
	struct look *l = arg;

	(void)level;
	if (l->report && !l->report[0] &&
		(strstr(line, "BUG: ") || strstr(line, "WARNING: ") ||
			strstr(line, "page allocation failure")))
		snprintf(l->report, l->report_size, "%s", line);
}

/* ------------------------------------------------------------------ a place to stand */

static unsigned int begin_scope(enum qy_gfp_scope scope)
{
	switch (scope) {
	case QY_GFP_SCOPE_FS:
		return qy_memalloc_nofs_save();
	case QY_GFP_SCOPE_IO:
		return qy_memalloc_noio_save();
	case QY_GFP_SCOPE_RECLAIM:
		return qy_memalloc_noreclaim_save();
	default:
		return 0;
	}
}

struct in_place {
	void (*fn)(struct look *l);
	struct look *l;
};

static void run(void *arg)
{
	struct in_place *in = arg;
	enum qy_gfp_scope scope = in->l->answer->context.scope;
	unsigned int saved = begin_scope(scope);

	in->fn(in->l);
	if (scope != QY_GFP_NO_SCOPE)
		qy_memalloc_restore(saved);
}

static void stand(struct look *l, void (*fn)(struct look *l))
{
	struct in_place in = { fn, l };
	struct qy_irq irq = { .fn = run, .arg = &in };

	switch (l->answer->context.place) {
	case QY_GFP_TASK:
		run(&in);
		break;
	case QY_GFP_PREEMPT_OFF:
		qy_preempt_disable();
		run(&in);
		qy_preempt_enable();
		break;
	case QY_GFP_IRQS_OFF:
		qy_irq_disable();
		run(&in);
		qy_irq_enable();
		break;
	case QY_GFP_HARDIRQ:
		qy_irq_raise(l->m, 0, &irq);
		qy_irq_poll();
		break;
	}
}

/* ------------------------------------------------------------------ what is done there */

static void ask_rights(struct look *l)
{
	struct qy_gfp_answer *a = l->answer;
	const struct qy_gfp_request *r = &a->request;

	qy_gfp_rights(l->m, r->gfp, r->order, &a->rights);
	if (r->door == QY_GFP_COHERENT)
		return; /* its mask chooses the zone */
	while (a->nr_zones < QY_GFP_MAX_ZONES &&
		qy_gfp_zone_rights(
			l->m, r->gfp, r->order, a->nr_zones, &a->zone[a->nr_zones]))
		a->nr_zones++;
}

static void take(struct look *l)
{
	const struct qy_gfp_request *r = &l->request;

	switch (r->door) {
	case QY_GFP_ALLOC_PAGES:
		l->memory = qy_alloc_pages(l->m, r->gfp, r->order);
		break;
	case QY_GFP_KMALLOC:
		l->memory = qy_kmalloc(l->m, r->bytes, r->gfp);
		break;
	case QY_GFP_KVMALLOC:
		l->memory = qy_kvmalloc(l->m, r->bytes, r->gfp);
		break;
	case QY_GFP_COHERENT:
		l->memory = qy_dma_alloc_coherent(&l->dev, r->bytes, &l->dma, r->gfp);
		break;
	}
}

static void let_go(struct look *l)
{
	const struct qy_gfp_request *r = &l->request;

	if (!l->memory)
		return;
	if (r->door == QY_GFP_ALLOC_PAGES)
		qy_free_pages(l->m, l->memory, r->order);
	else if (r->door == QY_GFP_COHERENT)
		qy_dma_free_attrs(&l->dev, r->bytes, l->memory, l->dma, 0);
	else
		qy_kvfree(l->m, l->memory);
}

/* One request with @gfp; what the kernel says of it goes to @report. */
static void try_one(struct look *l, qy_gfp_t gfp, char *report, size_t size)
{
	qy_sim_advance(l->m, SLEEP_REPORT_NS);
	l->request = l->answer->request;
	l->request.gfp = gfp;
	l->memory = NULL;
	l->report = report;
	l->report_size = size;
	stand(l, take);
	l->report = NULL;
}

/* The first page of what was given. */
static struct page *first_page(struct look *l)
{
	uint64_t phys;

	switch (l->request.door) {
	case QY_GFP_ALLOC_PAGES:
		return l->memory;
	case QY_GFP_COHERENT:
		if (qy_dma_to_phys(&l->dev, l->dma, true, &phys, NULL) != QY_DMA_REACHED)
			return NULL;
		return qy_pfn_to_page(l->m, phys / QY_PAGE_SIZE);
	default:
		return qy_is_vmalloc_addr(l->m, l->memory)
			       ? qy_vmalloc_to_page(l->m, l->memory)
			       : qy_virt_to_page(l->m, l->memory);
	}
}

static void name_source(struct look *l)
{
	struct qy_gfp_answer *a = l->answer;
	struct page *page = first_page(l);
	struct qy_cma_stats cma;
	size_t length;
	uint64_t pfn;

	if (!page)
		return;
	snprintf(a->served_by, sizeof(a->served_by), "%s", qy_page_zone_name(l->m, page));
	length = strlen(a->served_by);
	pfn = qy_page_to_pfn(l->m, page);
	for (uint32_t i = 0; qy_cma_stats(l->m, i, &cma); i++) {
		if (pfn >= cma.base_pfn && pfn - cma.base_pfn < cma.nr_pages)
			snprintf(a->served_by + length, sizeof(a->served_by) - length,
				", CMA area %.40s", cma.name);
	}
}

static void name_highest_zone(struct look *l)
{
	static const char *const names[] = { [QY_ZONE_DMA] = "DMA",
		[QY_ZONE_DMA32] = "DMA32",
		[QY_ZONE_NORMAL] = "Normal",
		[QY_ZONE_MOVABLE] = "Movable" };

	if (l->answer->request.door == QY_GFP_COHERENT)
		return;
	snprintf(l->answer->highest_zone, sizeof(l->answer->highest_zone), "%s",
		names[l->answer->rights.highest_zone]);
}

/* The device whose memory it is to be. */
static int make_device(struct look *l, const struct qy_board *board,
	struct qy_board_device *made_up, struct qy_err *err)
{
	const struct qy_gfp_request *r = &l->answer->request;
	const struct qy_board_device *desc =
		r->device_name ? qy_board_device(board, r->device_name) : NULL;

	*made_up = (struct qy_board_device){
		.name = "device",
		.address_bits = r->device_bits,
		.coherent = board->arch == QY_ARCH_X86_64,
	};
	if (qy_dma_dev_init(l->m, &l->dev, desc ? desc : made_up))
		return qy_fail(err, "the board has no memory for its devices");
	if (qy_dma_set_mask_and_coherent(&l->dev, QY_DMA_BIT_MASK(r->device_bits))) {
		qy_dma_dev_remove(&l->dev);
		return qy_fail(err,
			"no zone of this board lies below %u address lines: dma_set_mask() refuses that mask",
			r->device_bits);
	}
	return 0;
}

static void make_requests(struct look *l)
{
	struct qy_gfp_answer *a = l->answer;

	try_one(l, a->request.gfp, a->report, sizeof(a->report));
	a->served = l->memory != NULL;
	a->misused = strstr(a->report, "BUG: ") || strstr(a->report, "WARNING: ");
	if (l->memory)
		name_source(l);
	let_go(l);
	if (a->context.place == QY_GFP_TASK || a->rights.may_sleep)
		return;
	try_one(l, QY_GFP_KERNEL, a->kernel_report, sizeof(a->kernel_report));
	let_go(l);
}

int qy_gfp_look(const struct qy_loaded_board *board, const struct qy_gfp_context *context,
	const struct qy_gfp_request *request, struct qy_gfp_answer *answer,
	struct qy_err *err)
{
	struct look l = { .answer = answer };
	const struct qy_sim_opts opts = {
		.on_touch = true, .mapped = true, .log = hear, .log_arg = &l
	};
	struct qy_board_device made_up;
	char why[256] = "";
	int error = 0;

	*answer = (struct qy_gfp_answer){ .request = *request, .context = *context };
	l.m = qy_sim_boot(&board->board, &opts, why, sizeof(why));
	if (!l.m)
		return qy_fail(err, "the board does not boot: %s", why);
	stand(&l, ask_rights);
	name_highest_zone(&l);
	if (request->door == QY_GFP_COHERENT)
		error = make_device(&l, &board->board, &made_up, err);
	if (!error)
		make_requests(&l);
	if (!error && request->door == QY_GFP_COHERENT)
		qy_dma_dev_remove(&l.dev);
	qy_sim_shutdown(l.m);
	return error;
}
