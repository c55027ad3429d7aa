// SPDX-License-Identifier: MIT
/*
 * Asks each allocator of a machine for more and more, in a task and under a spinlock, until it refuses. No state.
 */
#include "lab/allocators.h"

#include <string.h>
#include <quarry/cma.h>
#include <quarry/dma.h>
#include <quarry/sim.h>
#include <quarry/slab.h>
#include <quarry/vmalloc.h>

#define ARRAY_SIZE(a)   (sizeof(a) / sizeof((a)[0]))
#define NR_HALVINGS     8 /* between what was served and twice as much */
/* The host has to have what is mapped; a device's buffer is zeroed, and the host has to have that. */
#define MOST_MAPPED     (16ull << 20)
#define MOST_ZEROED     (1ull << 30)
#define SLEEP_REPORT_NS 2000000000ull /* it is told once a second */
/* No victim is looked for: a refusal is what is wanted. */
#define MAY_SLEEP       (QY_GFP_KERNEL | QY___GFP_NOWARN | QY___GFP_RETRY_MAYFAIL)
#define MAY_NOT         (QY_GFP_ATOMIC | QY___GFP_NOWARN)

struct probe {
	struct qy_machine *m;
	unsigned int nr_sleep_reports;
	struct qy_dma_dev dev;
	struct kmem_cache *cache; /* of the size that is asked for next */
	uint64_t dma;
};

struct door {
	const char *name, *gives;
	uint64_t most; /* nothing larger is asked for */
	void *(*take)(struct probe *p, size_t bytes, qy_gfp_t gfp);
	void (*give)(struct probe *p, void *memory, size_t bytes);
	size_t (*size)(struct probe *p, void *memory, size_t bytes); /* what was had */
	/* May be NULL. Done in a task, before each request. Return: false: refused already. */
	bool (*prepare)(struct probe *p, size_t bytes);
	void (*finish)(struct probe *p);
};

/* ------------------------------------------------------------------ the doors */

static unsigned int order_of(size_t bytes)
{
	unsigned int order = 0;

	while ((size_t)QY_PAGE_SIZE << order < bytes)
		order++;
	return order;
}

static size_t whole_pages(struct probe *p, void *memory, size_t bytes)
{
	(void)p, (void)memory;
	return (bytes + QY_PAGE_SIZE - 1) & ~((size_t)QY_PAGE_SIZE - 1);
}

static void *take_pages(struct probe *p, size_t bytes, qy_gfp_t gfp)
{
	return qy_get_free_pages(p->m, gfp, order_of(bytes));
}

static void give_pages(struct probe *p, void *memory, size_t bytes)
{
	qy_free_pages_addr(p->m, memory, order_of(bytes));
}

static bool make_cache(struct probe *p, size_t bytes)
{
	p->cache = bytes <= UINT32_MAX
			   ? qy_kmem_cache_create(p->m, "allocators", (unsigned int)bytes,
				     0, QY_SLAB_NO_MERGE, NULL)
			   : NULL;
	return p->cache != NULL;
}

static void drop_cache(struct probe *p)
{
	qy_kmem_cache_destroy(p->cache);
	p->cache = NULL;
}

static void *take_object(struct probe *p, size_t bytes, qy_gfp_t gfp)
{
	(void)bytes;
	return qy_kmem_cache_alloc(p->cache, gfp);
}

static void give_object(struct probe *p, void *memory, size_t bytes)
{
	(void)bytes;
	qy_kmem_cache_free(p->cache, memory);
}

/* The newest cache is the first one. */
static size_t size_of_object(struct probe *p, void *memory, size_t bytes)
{
	struct qy_kmem_cache_info info;

	(void)memory;
	for (unsigned int n = 0; qy_kmem_cache_info(p->m, n, &info); n++) {
		if (info.cache == p->cache)
			return info.size;
	}
	return bytes;
}

static void *take_kmalloc(struct probe *p, size_t bytes, qy_gfp_t gfp)
{
	return qy_kmalloc(p->m, bytes, gfp);
}

static void give_kmalloc(struct probe *p, void *memory, size_t bytes)
{
	(void)bytes;
	qy_kfree(p->m, memory);
}

static size_t size_of_kmalloc(struct probe *p, void *memory, size_t bytes)
{
	(void)bytes;
	return qy_ksize(p->m, memory);
}

static void *take_vmalloc(struct probe *p, size_t bytes, qy_gfp_t gfp)
{
	return qy___vmalloc(p->m, bytes, gfp);
}

static void give_either(struct probe *p, void *memory, size_t bytes)
{
	(void)bytes;
	qy_kvfree(p->m, memory);
}

static void *take_either(struct probe *p, size_t bytes, qy_gfp_t gfp)
{
	return qy_kvmalloc(p->m, bytes, gfp);
}

static size_t size_of_either(struct probe *p, void *memory, size_t bytes)
{
	return qy_is_vmalloc_addr(p->m, memory) ? whole_pages(p, memory, bytes)
						: qy_ksize(p->m, memory);
}

static void *take_dma(struct probe *p, size_t bytes, qy_gfp_t gfp)
{
	return qy_dma_alloc_coherent(&p->dev, bytes, &p->dma, gfp);
}

static void give_dma(struct probe *p, void *memory, size_t bytes)
{
	qy_dma_free_attrs(&p->dev, bytes, memory, p->dma, 0);
}

static const struct door doors[] = {
	{ "alloc_pages", "2^order pages", MOST_ZEROED, take_pages, give_pages,
		whole_pages, NULL, NULL },
	{ "kmem_cache_alloc", "objects of one size", MOST_ZEROED, take_object,
		give_object, size_of_object, make_cache, drop_cache },
	{ "kmalloc", "objects, then pages", MOST_ZEROED, take_kmalloc, give_kmalloc,
		size_of_kmalloc, NULL, NULL },
	{ "vmalloc", "single pages", MOST_MAPPED, take_vmalloc, give_either, whole_pages,
		NULL, NULL },
	{ "kvmalloc", "kmalloc's, else vmalloc's", MOST_MAPPED, take_either, give_either,
		size_of_either, NULL, NULL },
	{ "dma_alloc_coherent", "pages for a device", MOST_ZEROED, take_dma, give_dma,
		whole_pages, NULL, NULL },
};

_Static_assert(ARRAY_SIZE(doors) == QY_NR_ALLOCATORS, "one row each");

/* ------------------------------------------------------------------ one request */

/* What one request was given. */
struct answer {
	size_t bytes; /* 0: refused */
	bool linear;
};

static bool is_linear(struct probe *p, const char *memory, size_t bytes)
{
	uint64_t phys = qy_virt_to_phys(p->m, memory);

	for (size_t at = 0; at < bytes; at += QY_PAGE_SIZE) {
		if (phys == ~0ull || qy_virt_to_phys(p->m, memory + at) != phys + at)
			return false;
	}
	return true;
}

static struct answer ask(struct probe *p, const struct door *d, size_t bytes, bool atomic)
{
	struct answer answer = { 0 };
	void *memory;

	if (d->prepare && !d->prepare(p, bytes))
		return answer;
	if (atomic)
		qy_irq_disable();
	memory = d->take(p, bytes, atomic ? MAY_NOT : MAY_SLEEP);
	if (atomic)
		qy_irq_enable();
	if (memory) {
		answer.bytes = d->size(p, memory, bytes);
		answer.linear = is_linear(p, memory, bytes);
		d->give(p, memory, bytes);
	}
	if (d->finish)
		d->finish(p);
	return answer;
}

/* Does it complain of sleeping when it is asked with @gfp under a spinlock? */
static bool complains(struct probe *p, const struct door *d, qy_gfp_t gfp)
{
	unsigned int before = p->nr_sleep_reports;
	void *memory;

	qy_sim_advance(p->m, SLEEP_REPORT_NS);
	if (d->prepare && !d->prepare(p, 1))
		return false;
	qy_irq_disable();
	memory = d->take(p, 1, gfp);
	qy_irq_enable();
	if (memory)
		d->give(p, memory, 1);
	if (d->finish)
		d->finish(p);
	return p->nr_sleep_reports != before;
}

/* The largest request that is served: doubled until it is refused, then halved in. */
static struct qy_allocator_range range_of(
	struct probe *p, const struct door *d, bool atomic, bool *linear)
{
	struct answer answer = ask(p, d, 1, atomic);
	struct qy_allocator_range range = { answer.bytes, answer.bytes, false };
	uint64_t refused = 2 * range.to;

	for (; answer.bytes && refused <= d->most; refused *= 2) {
		answer = ask(p, d, refused, atomic);
		if (!answer.bytes)
			break;
		*linear = answer.linear;
		range.to = refused;
	}
	range.or_more = answer.bytes != 0;
	for (int i = 0; range.to && !range.or_more && i < NR_HALVINGS; i++) {
		uint64_t middle = range.to + (refused - range.to) / 2;

		answer = ask(p, d, middle, atomic);
		if (answer.bytes) {
			range.to = middle;
			*linear = answer.linear;
		} else {
			refused = middle;
		}
	}
	return range;
}

static void measure(struct probe *p, const struct door *d, struct qy_allocator *row)
{
	bool ignored;

	row->name = d->name;
	row->gives = d->gives;
	row->linear_when_small = row->linear = ask(p, d, 1, false).linear;
	row->task = range_of(p, d, false, &row->linear);
	row->sleeps = complains(p, d, QY_GFP_KERNEL);
	if (!complains(p, d, QY_GFP_ATOMIC))
		row->atomic = range_of(p, d, true, &ignored);
}

/* ------------------------------------------------------------------ beside the table */

static void measure_classes(struct probe *p, struct qy_allocators *out)
{
	size_t bytes = 0;

	while (out->nr_kmalloc_classes < QY_MAX_KMALLOC_SIZES) {
		void *memory = qy_kmalloc(p->m, bytes + 1, MAY_SLEEP);

		if (!memory)
			break;
		bytes = qy_ksize(p->m, memory);
		qy_kfree(p->m, memory);
		if (bytes > QY_KMALLOC_MAX_CACHE_SIZE)
			break;
		out->kmalloc_class[out->nr_kmalloc_classes++] = (uint32_t)bytes;
	}
}

static void measure_orders(struct probe *p, struct qy_allocators *out)
{
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		struct page *page = qy_alloc_pages(p->m, MAY_SLEEP, order);

		if (!page)
			continue;
		out->block_bytes[order] = (uint64_t)QY_PAGE_SIZE << order;
		qy_free_pages(p->m, page, order);
	}
}

static void measure_areas(struct probe *p, struct qy_allocators *out)
{
	struct qy_vmalloc_stats vmalloc;
	struct qy_vmalloc_info info;
	struct qy_cma_stats cma;
	int index = qy_cma_default(p->m);
	uint64_t at = 0;
	void *area = qy_vmalloc(p->m, 1);

	qy_vmalloc_stats(p->m, &vmalloc);
	out->vmalloc_bytes = vmalloc.total_bytes;
	if (area && qy_vmalloc_next(p->m, &at, &info))
		out->guard_bytes = info.end - info.start - info.nr_pages * QY_PAGE_SIZE;
	qy_vfree(p->m, area);
	if (index < 0 || !qy_cma_stats(p->m, (uint32_t)index, &cma))
		return;
	snprintf(out->area, sizeof(out->area), "%s", cma.name);
	snprintf(out->area_zone, sizeof(out->area_zone), "%s", cma.zone_name);
	out->area_base = cma.base_pfn * QY_PAGE_SIZE;
	out->area_bytes = cma.nr_pages * QY_PAGE_SIZE;
}

/* ------------------------------------------------------------------ the whole */

static void hear(void *arg, enum qy_log_level level, const char *line)
{
	struct probe *p = arg;

	(void)level;
	p->nr_sleep_reports +=
		strstr(line, "BUG: sleeping function called from invalid context") !=
		NULL;
}

int qy_allocators_measure(const struct qy_loaded_board *board, struct qy_allocators *out,
	struct qy_err *err)
{
	struct probe p = { 0 };
	const struct qy_sim_opts opts = {
		.on_touch = true, .mapped = true, .log = hear, .log_arg = &p
	};
	const struct qy_board_device desc = {
		.name = "allocators",
		.address_bits = 32,
		.coherent = board->board.arch == QY_ARCH_X86_64,
	};
	char why[256] = "";

	*out = (struct qy_allocators){ 0 };
	p.m = qy_sim_boot(&board->board, &opts, why, sizeof(why));
	if (!p.m)
		return qy_fail(err, "the board does not boot: %s", why);
	snprintf(out->devices, sizeof(out->devices), "%s",
		desc.coherent ? "coherent" : "not coherent");
	measure_classes(&p, out);
	measure_orders(&p, out);
	measure_areas(&p, out);
	if (qy_dma_dev_init(p.m, &p.dev, &desc)) {
		qy_sim_shutdown(p.m);
		return qy_fail(err, "the board has no memory for its devices");
	}
	for (size_t i = 0; i < ARRAY_SIZE(doors); i++)
		measure(&p, &doors[i], &out->row[i]);
	qy_dma_dev_remove(&p.dev);
	qy_sim_shutdown(p.m);
	return 0;
}
