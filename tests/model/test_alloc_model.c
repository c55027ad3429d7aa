// SPDX-License-Identifier: MIT
/*
 * The public API under random requests, on boards with several zones, nodes and CPUs: every frame that is handed out
 * belongs to nobody else, lies where the flags allow, keeps its content until it is freed, and comes back in the end.
 *
 * The reference knows one thing only: who owns each frame. qy_machine_validate() knows the rest.
 *
 * Locking: one thread, which plays one CPU after another.
 */
#include "tests/model/rig.h"

enum owned_as {
	AS_PLAIN,    /* 2^order frames, one reference */
	AS_COMPOUND, /* the same with __GFP_COMP */
	AS_EXACT,    /* nr frames of alloc_pages_exact() */
};

struct owned {
	struct page *page;
	uint64_t first_pfn;
	uint32_t nr; /* frames */
	uint8_t order;
	uint8_t as;
	uint8_t extra_refs;
	uint64_t stamp;
};

#define MAX_OWNED 4096

struct model {
	struct rig *rig;
	struct qy_machine *m;
	struct rig_random random;
	struct owned owned[MAX_OWNED];
	uint32_t nr_owned;
	uint8_t *taken; /* by pfn - base_pfn: somebody owns it */
	uint64_t base_pfn, nr_pfns;
	uint64_t initial, frames_owned;
	uint64_t nr_allocs, nr_failed;
	uint64_t next_stamp;
};

/* ------------------------------------------------------------------ who owns what */

static void claim(struct model *model, uint64_t pfn)
{
	CHECK(pfn >= model->base_pfn && pfn - model->base_pfn < model->nr_pfns);
	if (model->taken[pfn - model->base_pfn])
		FAIL("pfn %#llx has two owners", (unsigned long long)pfn);
	model->taken[pfn - model->base_pfn] = 1;
	model->frames_owned++;
}

static void disclaim(struct model *model, uint64_t pfn)
{
	CHECK(model->taken[pfn - model->base_pfn]);
	model->taken[pfn - model->base_pfn] = 0;
	model->frames_owned--;
}

/* The first and the last eight bytes of each page; a page that two own differs in one of them. */
static uint64_t *stamp_at(const struct model *model, uint64_t pfn, bool end)
{
	char *page = qy_phys_to_virt(model->m, pfn << QY_PAGE_SHIFT);

	CHECK(page);
	return (uint64_t *)(void *)(page + (end ? QY_PAGE_SIZE - 8 : 0));
}

static void write_stamps(const struct model *model, const struct owned *o)
{
	for (uint32_t i = 0; i < o->nr; i++)
		*stamp_at(model, o->first_pfn + i, false) =
			*stamp_at(model, o->first_pfn + i, true) = o->stamp + i;
}

static void check_stamps(const struct model *model, const struct owned *o)
{
	for (uint32_t i = 0; i < o->nr; i++) {
		CHECK_EQ(*stamp_at(model, o->first_pfn + i, false), o->stamp + i);
		CHECK_EQ(*stamp_at(model, o->first_pfn + i, true), o->stamp + i);
	}
}

static void check_zero(const struct model *model, const struct owned *o)
{
	static const char zero[QY_PAGE_SIZE];

	for (uint32_t i = 0; i < o->nr; i++)
		CHECK(!memcmp(
			stamp_at(model, o->first_pfn + i, false), zero, QY_PAGE_SIZE));
}

/* ------------------------------------------------------------------ requests */

static const qy_gfp_t gfps[] = {
	QY_GFP_KERNEL,
	QY_GFP_KERNEL,
	QY_GFP_ATOMIC,
	QY_GFP_NOWAIT,
	QY_GFP_HIGHUSER_MOVABLE,
	QY_GFP_HIGHUSER_MOVABLE,
	QY_GFP_USER | QY___GFP_MOVABLE,
	QY_GFP_KERNEL | QY___GFP_RECLAIMABLE,
	QY_GFP_KERNEL | QY_GFP_DMA,
	QY_GFP_KERNEL | QY_GFP_DMA32,
	QY_GFP_KERNEL | QY___GFP_NORETRY,
	QY_GFP_KERNEL | QY___GFP_RETRY_MAYFAIL,
	QY_GFP_KERNEL | QY___GFP_THISNODE,
	QY_GFP_NOFS,
	QY_GFP_NOIO,
	QY_GFP_ATOMIC | QY___GFP_NOMEMALLOC,
	QY_GFP_KERNEL | QY___GFP_MEMALLOC,
	QY_GFP_TRANSHUGE_LIGHT,
};

static unsigned int any_order(struct model *model)
{
	return rig_below(&model->random, 4)
		       ? rig_below(&model->random, 4)
		       : rig_below(&model->random, QY_NR_PAGE_ORDERS);
}

static void check_place(const struct model *model, uint64_t pfn, qy_gfp_t gfp)
{
	const char *zone = qy_page_zone_name(model->m, qy_pfn_to_page(model->m, pfn));

	/* a board without the zone serves such a request from Normal */
	if (gfp & QY_GFP_DMA && model->rig->board.has_zone_dma)
		CHECK_STR_EQ(zone, "DMA");
	if (gfp & QY_GFP_DMA32 && model->rig->board.has_zone_dma32)
		CHECK(strcmp(zone, "DMA") == 0 || strcmp(zone, "DMA32") == 0);
	if (!(gfp & QY___GFP_HIGHMEM) || !(gfp & QY___GFP_MOVABLE))
		CHECK(strcmp(zone, "Movable") != 0);
}

static void keep(struct model *model, struct page *page, uint32_t nr, unsigned int order,
	enum owned_as as, qy_gfp_t gfp)
{
	struct owned *o = &model->owned[model->nr_owned++];

	*o = (struct owned){ .page = page,
		.first_pfn = qy_page_to_pfn(model->m, page),
		.nr = nr,
		.order = (uint8_t)order,
		.as = (uint8_t)as,
		.stamp = model->next_stamp += 1u << 20 };
	CHECK_EQ(o->first_pfn & ((1u << order) - 1), 0);
	CHECK_EQ(qy_page_ref_count(model->m, page), 1);
	CHECK_EQ(qy_page_compound(model->m, page), as == AS_COMPOUND);
	for (uint32_t i = 0; i < nr; i++) {
		claim(model, o->first_pfn + i);
		check_place(model, o->first_pfn + i, gfp);
	}
	if (gfp & QY___GFP_ZERO)
		check_zero(model, o);
	if (gfp & QY___GFP_MOVABLE && as == AS_PLAIN && rig_below(&model->random, 2))
		qy_set_page_movable(model->m, page);
	write_stamps(model, o);
	model->nr_allocs++;
}

static bool no_room(const struct model *model)
{
	return model->nr_owned + 64 > MAX_OWNED;
}

static qy_gfp_t any_gfp(struct model *model)
{
	qy_gfp_t gfp =
		gfps[rig_below(&model->random, ARRAY_SIZE(gfps))] | QY___GFP_NOWARN;

	return rig_below(&model->random, 3) ? gfp : gfp | QY___GFP_ZERO;
}

static void op_alloc(struct model *model)
{
	unsigned int order = any_order(model);
	qy_gfp_t gfp = any_gfp(model);
	int nid = (int)rig_below(&model->random, model->rig->board.nr_nodes + 1) - 1;
	bool compound;
	struct page *page;

	if (no_room(model))
		return;
	if (!rig_below(&model->random, 3))
		gfp |= QY___GFP_COMP;
	compound = gfp & QY___GFP_COMP && order;
	page = qy_alloc_pages_node(model->m, nid, gfp, order);
	if (page)
		keep(model, page, 1u << order, order, compound ? AS_COMPOUND : AS_PLAIN,
			gfp);
	model->nr_failed += !page;
}

static void op_exact(struct model *model)
{
	uint32_t nr = 1 + rig_below(&model->random, 40);
	qy_gfp_t gfp = any_gfp(model) & ~(QY___GFP_COMP | QY___GFP_HIGHMEM);
	void *address;

	if (no_room(model))
		return;
	address = qy_alloc_pages_exact(model->m,
		(size_t)nr * QY_PAGE_SIZE - rig_below(&model->random, 4000), gfp);
	if (address)
		keep(model, qy_virt_to_page(model->m, address), nr, 0, AS_EXACT, gfp);
}

static void op_bulk(struct model *model)
{
	struct page *pages[48] = { NULL };
	unsigned long nr = 1 + rig_below(&model->random, 48), got;
	qy_gfp_t gfp = any_gfp(model);

	if (no_room(model))
		return;
	got = qy_alloc_pages_bulk(model->m, gfp, nr, pages);
	CHECK(got <= nr);
	for (unsigned long i = 0; i < nr; i++) {
		CHECK_EQ(pages[i] != NULL, i < got);
		if (pages[i])
			keep(model, pages[i], 1, 0, AS_PLAIN, gfp);
	}
}

/* ------------------------------------------------------------------ giving back */

static void forget(struct model *model, struct owned *o)
{
	for (uint32_t i = 0; i < o->nr; i++)
		disclaim(model, o->first_pfn + i);
	*o = model->owned[--model->nr_owned];
}

static struct owned *any_owned(struct model *model)
{
	return model->nr_owned ? &model->owned[rig_below(&model->random, model->nr_owned)]
			       : NULL;
}

static struct page *page_at(const struct model *model, const struct owned *o, uint32_t i)
{
	return qy_pfn_to_page(model->m, o->first_pfn + i);
}

/* The first frame alone stays behind when somebody else still holds it. */
static void drop_with_extra_ref(struct model *model, struct owned *o)
{
	qy_free_pages(model->m, o->page, o->order);
	o->extra_refs--;
	if (o->as == AS_COMPOUND)
		return;
	for (uint32_t i = 1; i < o->nr; i++)
		disclaim(model, o->first_pfn + i);
	o->nr = 1;
	o->order = 0;
}

static void give_back(struct model *model, struct owned *o)
{
	check_stamps(model, o);
	if (o->extra_refs) {
		drop_with_extra_ref(model, o);
		check_stamps(model, o);
		return;
	}
	if (o->as == AS_EXACT)
		qy_free_pages_exact(model->m, qy_page_address(model->m, o->page),
			(size_t)o->nr * QY_PAGE_SIZE);
	else if (o->as == AS_COMPOUND && rig_below(&model->random, 2))
		qy_put_page(
			model->m, page_at(model, o, rig_below(&model->random, o->nr)));
	else if (o->order == 0 && rig_below(&model->random, 2))
		qy_put_page(model->m, o->page);
	else if (rig_below(&model->random, 2))
		qy_free_pages_addr(
			model->m, qy_page_address(model->m, o->page), o->order);
	else
		qy_free_pages(model->m, o->page, o->order);
	forget(model, o);
}

static void op_free(struct model *model)
{
	struct owned *o = any_owned(model);

	if (o)
		give_back(model, o);
}

static void op_get(struct model *model)
{
	struct owned *o = any_owned(model);

	if (!o || o->as == AS_EXACT || o->extra_refs > 3)
		return;
	qy_get_page(
		model->m, o->as == AS_COMPOUND ? page_at(model, o, o->nr - 1) : o->page);
	o->extra_refs++;
	CHECK_EQ(qy_page_count(model->m, o->page), 1u + o->extra_refs);
}

/* Every part is then freed alone, some now and some later. */
static void op_split(struct model *model)
{
	struct owned *o = any_owned(model), whole;

	if (!o || o->as != AS_PLAIN || !o->order || o->order > 4 || o->extra_refs ||
		no_room(model))
		return;
	whole = *o;
	/* a mark of the whole block is not what split_page() is for */
	qy_free_pages(model->m, o->page, o->order);
	forget(model, o);
	whole.page = qy_alloc_pages(model->m, QY_GFP_NOWAIT, whole.order);
	if (!whole.page)
		return;
	qy_split_page(model->m, whole.page, whole.order);
	for (uint32_t i = 0; i < whole.nr; i++) {
		struct page *page = qy_pfn_to_page(
			model->m, qy_page_to_pfn(model->m, whole.page) + i);

		keep(model, page, 1, 0, AS_PLAIN, QY_GFP_NOWAIT);
	}
}

/* ------------------------------------------------------------------ around it */

static void op_drain(struct model *model)
{
	struct qy_zone_stats z;

	qy_drain_all_pages(model->m);
	for (uint32_t i = 0; qy_zone_stats(model->m, i, &z); i++)
		CHECK_EQ(z.pcp_pages, 0);
}

static void op_tick(struct model *model)
{
	qy_vmstat_tick(model->m, rig_below(&model->random, model->rig->board.nr_cpus));
}

static void op_move_cpu(struct model *model)
{
	rig_on_cpu(model->rig, rig_below(&model->random, model->rig->board.nr_cpus));
}

/* The host takes back what is wholly free; what is in use keeps its bytes. */
static void op_trim(struct model *model)
{
	struct owned *o = any_owned(model);

	qy_machine_trim(model->m);
	if (o)
		check_stamps(model, o);
}

static const struct {
	void (*run)(struct model *);
	const char *name;
	uint32_t weight;
} ops[] = {
	{ op_alloc, "alloc", 40 },
	{ op_free, "free", 44 },
	{ op_bulk, "bulk", 3 },
	{ op_exact, "exact", 5 },
	{ op_get, "get_page", 6 },
	{ op_split, "split", 4 },
	{ op_drain, "drain", 1 },
	{ op_tick, "tick", 2 },
	{ op_move_cpu, "another cpu", 6 },
	{ op_trim, "trim", 1 },
};

static void one_step(struct model *model)
{
	uint32_t total = 0, pick;

	for (size_t i = 0; i < ARRAY_SIZE(ops); i++)
		total += ops[i].weight;
	pick = rig_below(&model->random, total);
	for (size_t i = 0; i < ARRAY_SIZE(ops); i++) {
		if (pick >= ops[i].weight) {
			pick -= ops[i].weight;
			continue;
		}
		ops[i].run(model);
		rig_check_valid(model->m, ops[i].name);
		break;
	}
	if (rig_free_frames(model->m) + model->frames_owned != model->initial)
		FAIL("after %s: %llu free + %llu owned, %llu at boot", "a step",
			(unsigned long long)rig_free_frames(model->m),
			(unsigned long long)model->frames_owned,
			(unsigned long long)model->initial);
}

static void begin(struct model *model, struct rig *rig)
{
	uint64_t end = 0;

	memset(model, 0, sizeof(*model));
	rig_boot(rig);
	model->rig = rig;
	model->m = rig->m;
	model->random.state = qy_test_seed();
	model->base_pfn = UINT64_MAX;
	for (uint32_t i = 0; i < rig->board.nr_banks; i++) {
		uint64_t first = rig->banks[i].base >> QY_PAGE_SHIFT;
		uint64_t last = first + (rig->banks[i].size >> QY_PAGE_SHIFT);

		model->base_pfn = first < model->base_pfn ? first : model->base_pfn;
		end = last > end ? last : end;
	}
	model->nr_pfns = end - model->base_pfn;
	model->taken = calloc(model->nr_pfns, 1);
	model->initial = rig_free_frames(rig->m);
}

static void end(struct model *model)
{
	while (model->nr_owned)
		give_back(model, &model->owned[model->nr_owned - 1]);
	CHECK_EQ(model->frames_owned, 0);
	qy_drain_all_pages(model->m);
	rig_check_valid(model->m, "freeing all");
	CHECK_EQ(rig_free_frames(model->m), model->initial);
	CHECK_EQ(rig_log_count(model->rig, "BUG"), 0);
	free(model->taken);
	rig_down(model->rig);
}

static void walk(struct rig *rig, unsigned long steps)
{
	static struct model model;

	steps = qy_test_scale(steps);
	begin(&model, rig);
	for (unsigned long i = 0; i < steps; i++)
		one_step(&model);
	/* the walk reached both sides of "out of memory", or it proved little */
	if (steps >= 1500)
		CHECK(model.nr_allocs > 500 && model.nr_failed > 5);
	end(&model);
}

TEST(alloc_model, every_frame_has_one_owner_on_one_zone)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(24), 1);
	walk(&rig, 2000);
}

TEST(alloc_model, every_frame_has_one_owner_on_two_zones_and_two_cpus)
{
	static struct rig rig;

	rig_two_zones(&rig, MIB(40), GIB(1) + MIB(12) + KIB(4) * 77, 2);
	walk(&rig, 2000);
}

TEST(alloc_model, every_frame_has_one_owner_on_a_pc_with_huge_page_lists)
{
	static struct rig rig;

	rig_x86(&rig, MIB(40), MIB(24) + KIB(4) * 99, 4);
	rig.board.thp = true;
	walk(&rig, 2000);
}

TEST(alloc_model, every_frame_has_one_owner_on_two_nodes_with_a_movable_zone)
{
	static struct rig rig;

	rig_two_zones(&rig, MIB(17) - KIB(4) * 3, GIB(1) + MIB(9), 3);
	rig.cpu_node[1] = 1;
	rig_bank(&rig, GIB(1) + MIB(17) - KIB(4) * 3, MIB(23), 1);
	rig.board.numa = true;
	rig.board.movablecore.bytes = MIB(12);
	walk(&rig, 2000);
}

TEST(alloc_model, every_frame_has_one_owner_without_mobility_grouping)
{
	static struct rig rig;

	rig_one_zone(&rig, MIB(7) + KIB(4) * 31, 2);
	walk(&rig, 1500);
}
