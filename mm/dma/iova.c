// SPDX-License-Identifier: MIT
/*
 * Bus addresses behind an IOMMU. See iova.h.
 *
 * Locking: as iova.h says. A node comes from kmalloc before space->lock is taken, and goes back after it.
 */
#include "mm/dma/iova.h"
#include "mm/slab/slab.h"

#define NODE_GFP (QY_GFP_ATOMIC | QY___GFP_NOWARN)

/* ------------------------------------------------------------------ the treap; space->lock must be held */

static u64 gap_of(const struct iova *node)
{
	return node ? node->max_gap : 0;
}

static void refresh(struct iova *node)
{
	node->max_gap = max(node->gap, max(gap_of(node->left), gap_of(node->right)));
}

/* All of @a lies below all of @b. */
static struct iova *join(struct iova *a, struct iova *b)
{
	if (!a || !b)
		return a ? a : b;
	if (a->priority > b->priority) {
		a->right = join(a->right, b);
		refresh(a);
		return a;
	}
	b->left = join(a, b->left);
	refresh(b);
	return b;
}

/* Those that begin below @pfn, and the others. */
static void split(struct iova *t, u64 pfn, struct iova **below, struct iova **rest)
{
	if (!t) {
		*below = *rest = NULL;
	} else if (t->lo < pfn) {
		split(t->right, pfn, &t->right, rest);
		refresh(t);
		*below = t;
	} else {
		split(t->left, pfn, below, &t->left);
		refresh(t);
		*rest = t;
	}
}

/* The gap below the lowest node of @t becomes @gap. */
static void set_lowest_gap(struct iova *t, u64 gap)
{
	if (t->left)
		set_lowest_gap(t->left, gap);
	else
		t->gap = gap;
	refresh(t);
}

static struct iova *lowest(struct iova *t)
{
	while (t->left)
		t = t->left;
	return t;
}

/* pre: [node->lo, node->hi) is free */
static void insert(struct iova_space *space, struct iova *node)
{
	struct iova *below, *rest, *above;

	node->left = node->right = NULL;
	node->priority = (node->lo + 1) * 0x9e3779b97f4a7c15ull;
	node->priority ^= node->priority >> 29;
	split(space->root, node->lo, &below, &rest);
	above = lowest(rest); /* the anchor at least */
	node->gap = node->lo - (above->lo - above->gap);
	refresh(node);
	set_lowest_gap(rest, above->lo - node->hi);
	space->root = join(join(below, node), rest);
	space->nr_ranges++;
}

/* Return: the range that begins at @pfn, taken out; NULL: there is none. */
static struct iova *take_out(struct iova_space *space, u64 pfn)
{
	struct iova *below, *node, *rest, *above;

	split(space->root, pfn, &below, &rest);
	split(rest, pfn + 1, &node, &rest);
	if (node) {
		above = lowest(rest);
		set_lowest_gap(rest, above->gap + (node->hi - node->lo) + node->gap);
		space->nr_ranges--;
	}
	space->root = join(below, rest);
	return node;
}

/*
 * The highest place for @nr pages, aligned to @align, whose last page is at most @limit. IOVA_NONE: there is none.
 */
static u64 find_place(const struct iova *t, u64 nr, u64 align, u64 limit)
{
	u64 place, top;

	if (!t || t->max_gap < nr)
		return IOVA_NONE;
	if (t->hi <= limit) {
		place = find_place(t->right, nr, align, limit);
		if (place != IOVA_NONE)
			return place;
	}
	top = min(t->lo, limit + 1);
	if (t->gap >= nr && top >= nr) {
		place = round_down(top - nr, align);
		if (place >= t->lo - t->gap)
			return place;
	}
	return find_place(t->left, nr, align, limit);
}

/* ------------------------------------------------------------------ without magazines */

static u64 align_of(u64 nr_pages)
{
	return nr_pages <= 1 ? 1 : 1ull << (qy_fls64(nr_pages - 1) + 1);
}

u64 qy_iova_alloc(struct iova_space *space, u64 nr_pages, u64 limit_pfn)
{
	struct iova *node = qy_kmalloc(space->m, sizeof(*node), NODE_GFP);
	u64 place;

	if (!node)
		return IOVA_NONE;
	qy_spin_lock_irqsave(&space->lock);
	place = find_place(space->root, nr_pages, align_of(nr_pages),
		min(limit_pfn, space->end_pfn - 1));
	if (place != IOVA_NONE) {
		node->lo = place;
		node->hi = place + nr_pages;
		insert(space, node);
		node = NULL;
	}
	qy_spin_unlock_irqrestore(&space->lock);
	qy_kfree(space->m, node);
	return place;
}

bool qy_iova_free(struct iova_space *space, u64 pfn)
{
	struct iova *node;

	if (pfn >= space->end_pfn)
		return false;
	qy_spin_lock_irqsave(&space->lock);
	node = take_out(space, pfn);
	qy_spin_unlock_irqrestore(&space->lock);
	qy_kfree(space->m, node);
	return node;
}

/* The first taken range that reaches past @pfn; the anchor at least. */
static const struct iova *next_taken(const struct iova_space *space, u64 pfn)
{
	const struct iova *t = space->root, *found = &space->anchor;

	while (t) {
		if (t->hi > pfn) {
			found = t;
			t = t->left;
		} else {
			t = t->right;
		}
	}
	return found;
}

int qy_iova_reserve(struct iova_space *space, u64 lo, u64 hi)
{
	lo = max(lo, 1ull);
	hi = min(hi, space->end_pfn);
	while (lo < hi) {
		struct iova *node = qy_kmalloc(space->m, sizeof(*node), QY_GFP_KERNEL);
		const struct iova *next;

		if (!node)
			return -QY_ENOMEM;
		qy_spin_lock_irqsave(&space->lock);
		next = next_taken(space, lo);
		node->lo = lo;
		node->hi = min(hi, next->lo);
		lo = next->lo > lo ? node->hi : next->hi;
		if (node->lo < node->hi && next->lo > node->lo) {
			insert(space, node);
			node = NULL;
		}
		qy_spin_unlock_irqrestore(&space->lock);
		qy_kfree(space->m, node);
	}
	return 0;
}

/* ------------------------------------------------------------------ magazines */

static bool full(const struct iova_magazine *mag)
{
	return !mag || mag->size == IOVA_MAG_SIZE;
}

static bool empty(const struct iova_magazine *mag)
{
	return !mag || !mag->size;
}

static void empty_into_tree(struct iova_space *space, struct iova_magazine *mag)
{
	for (u64 i = 0; mag && i < mag->size; i++)
		qy_iova_free(space, mag->pfn[i]);
	if (mag)
		mag->size = 0;
}

/* Takes the last one whose range ends at or below @limit. */
static u64 pop(struct iova_magazine *mag, u64 nr_pages, u64 limit)
{
	for (u64 i = mag->size; i-- > 0;) {
		u64 pfn = mag->pfn[i];

		if (pfn + nr_pages - 1 > limit)
			continue;
		mag->pfn[i] = mag->pfn[--mag->size];
		return pfn;
	}
	return IOVA_NONE;
}

static void swap_magazines(struct iova_cpu_rcache *cpu)
{
	struct iova_magazine *mag = cpu->loaded;

	cpu->loaded = cpu->prev;
	cpu->prev = mag;
}

/* A full one out of the depot; NULL: it is empty. A full magazine's size is known, so the field links. */
static struct iova_magazine *from_depot(struct iova_rcache *rcache)
{
	struct iova_magazine *mag;

	qy_spin_lock_irqsave(&rcache->lock);
	mag = rcache->depot;
	if (mag) {
		rcache->depot = (struct iova_magazine *)(uintptr_t)mag->size;
		rcache->depot_size--;
		mag->size = IOVA_MAG_SIZE;
	}
	qy_spin_unlock_irqrestore(&rcache->lock);
	return mag;
}

/* pre: full. The depot holds one a CPU. Return: false when there is no room. */
static bool to_depot(
	struct iova_space *space, struct iova_rcache *rcache, struct iova_magazine *mag)
{
	bool room;

	qy_spin_lock_irqsave(&rcache->lock);
	room = rcache->depot_size < space->m->nr_cpus;
	if (room) {
		mag->size = (uintptr_t)rcache->depot;
		rcache->depot = mag;
		rcache->depot_size++;
	}
	qy_spin_unlock_irqrestore(&rcache->lock);
	return room;
}

static struct iova_rcache *rcache_of(struct iova_space *space, u64 nr_pages)
{
	unsigned int order = qy_fls64(nr_pages);

	return order < IOVA_CACHED_ORDERS && nr_pages == 1ull << order
		       ? &space->rcache[order]
		       : NULL;
}

static u64 rcache_get(struct iova_space *space, u64 nr_pages, u64 limit)
{
	struct iova_rcache *rcache = rcache_of(space, nr_pages);
	struct iova_cpu_rcache *cpu;
	struct iova_magazine *mag, *old = NULL;
	u64 pfn = IOVA_NONE;

	if (!rcache)
		return IOVA_NONE;
	cpu = &rcache->cpu[qy_current()->cpu];
	qy_spin_lock_irqsave(&cpu->lock);
	if (empty(cpu->loaded)) {
		if (!empty(cpu->prev)) {
			swap_magazines(cpu);
		} else {
			mag = from_depot(rcache);
			if (mag) {
				old = cpu->loaded;
				cpu->loaded = mag;
			}
		}
	}
	if (!empty(cpu->loaded))
		pfn = pop(cpu->loaded, nr_pages, limit);
	qy_spin_unlock_irqrestore(&cpu->lock);
	qy_kfree(space->m, old);
	return pfn;
}

/* Return: false when the range has to go to the tree. */
static bool rcache_put(struct iova_space *space, u64 pfn, u64 nr_pages)
{
	struct iova_rcache *rcache = rcache_of(space, nr_pages);
	struct iova_cpu_rcache *cpu;
	struct iova_magazine *old = NULL;
	bool kept = false;

	if (!rcache)
		return false;
	cpu = &rcache->cpu[qy_current()->cpu];
	qy_spin_lock_irqsave(&cpu->lock);
	if (full(cpu->loaded) && !full(cpu->prev))
		swap_magazines(cpu);
	if (full(cpu->loaded)) {
		struct iova_magazine *mag = qy_kmalloc(space->m, sizeof(*mag), NODE_GFP);

		if (mag) {
			mag->size = 0;
			if (cpu->loaded && !cpu->prev) {
				cpu->prev = cpu->loaded;
			} else if (cpu->loaded && !to_depot(space, rcache, cpu->loaded)) {
				old = cpu->loaded;
			}
			cpu->loaded = mag;
		}
	}
	if (!full(cpu->loaded)) {
		cpu->loaded->pfn[cpu->loaded->size++] = pfn;
		kept = true;
	}
	qy_spin_unlock_irqrestore(&cpu->lock);
	empty_into_tree(space, old);
	qy_kfree(space->m, old);
	return kept;
}

/* Everything that magazines hold goes back to the tree; the magazines stay with their CPUs. */
static void flush_rcaches(struct iova_space *space)
{
	for (u32 order = 0; order < IOVA_CACHED_ORDERS; order++) {
		struct iova_rcache *rcache = &space->rcache[order];
		struct iova_magazine *mag;

		for (u32 i = 0; i < space->m->nr_cpus; i++) {
			struct iova_cpu_rcache *cpu = &rcache->cpu[i];
			struct iova_magazine *loaded, *prev;

			qy_spin_lock_irqsave(&cpu->lock);
			loaded = cpu->loaded;
			prev = cpu->prev;
			cpu->loaded = cpu->prev = NULL;
			qy_spin_unlock_irqrestore(&cpu->lock);
			empty_into_tree(space, loaded);
			empty_into_tree(space, prev);
			qy_kfree(space->m, loaded);
			qy_kfree(space->m, prev);
		}
		while ((mag = from_depot(rcache)) != NULL) {
			empty_into_tree(space, mag);
			qy_kfree(space->m, mag);
		}
	}
}

/* A range that a magazine could hold is a power of two, so that all in it are alike. */
static u64 cached_size(u64 nr_pages)
{
	return nr_pages < 1ull << (IOVA_CACHED_ORDERS - 1) ? align_of(nr_pages)
							   : nr_pages;
}

u64 qy_iova_alloc_fast(
	struct iova_space *space, u64 nr_pages, u64 limit_pfn, bool flush_caches)
{
	u64 pfn;

	nr_pages = cached_size(nr_pages);
	pfn = rcache_get(space, nr_pages, limit_pfn);
	if (pfn != IOVA_NONE)
		return pfn;
	pfn = qy_iova_alloc(space, nr_pages, limit_pfn);
	if (pfn != IOVA_NONE || !flush_caches)
		return pfn;
	flush_rcaches(space);
	return qy_iova_alloc(space, nr_pages, limit_pfn);
}

void qy_iova_free_fast(struct iova_space *space, u64 pfn, u64 nr_pages)
{
	if (!rcache_put(space, pfn, cached_size(nr_pages)))
		qy_iova_free(space, pfn);
}

/* ------------------------------------------------------------------ its life */

int qy_iova_init(struct iova_space *space, struct qy_machine *m, u64 end_pfn)
{
	struct iova_cpu_rcache *cpus = qy_kcalloc(
		m, m->nr_cpus * IOVA_CACHED_ORDERS, sizeof(*cpus), QY_GFP_KERNEL);

	if (!cpus)
		return -QY_ENOMEM;
	*space = (struct iova_space){ .m = m, .end_pfn = end_pfn };
	for (u32 order = 0; order < IOVA_CACHED_ORDERS; order++)
		space->rcache[order].cpu = cpus + order * m->nr_cpus;
	/* nothing is above it, and page 0 below its gap */
	space->anchor = (struct iova){
		.lo = end_pfn, .hi = ~0ull, .gap = end_pfn - 1, .priority = ~0ull
	};
	refresh(&space->anchor);
	space->root = &space->anchor;
	return 0;
}

static void free_nodes(struct iova_space *space, struct iova *t)
{
	if (!t)
		return;
	free_nodes(space, t->left);
	free_nodes(space, t->right);
	if (t != &space->anchor)
		qy_kfree(space->m, t);
}

void qy_iova_exit(struct iova_space *space)
{
	flush_rcaches(space);
	free_nodes(space, space->root);
	space->root = NULL;
	qy_kfree(space->m, space->rcache[0].cpu);
}

/* ------------------------------------------------------------------ validation */

struct walk {
	struct iova_space *space;
	u64 end; /* of the range before */
	u64 nr;
	const char *wrong;
};

static void check(struct walk *walk, struct iova *t)
{
	u64 largest;

	if (!t || walk->wrong)
		return;
	check(walk, t->left);
	if (t->lo >= t->hi || t->lo < walk->end)
		walk->wrong = "ranges overlap, or one is empty";
	else if (t->gap != t->lo - walk->end)
		walk->wrong = "a gap is wrong";
	walk->end = t->hi;
	walk->nr += t != &walk->space->anchor;
	largest = max(t->gap, max(gap_of(t->left), gap_of(t->right)));
	if (t->max_gap != largest)
		walk->wrong = "the largest gap of a subtree is wrong";
	if ((t->left && t->left->priority > t->priority) ||
		(t->right && t->right->priority > t->priority))
		walk->wrong = "a node stands above one of higher priority";
	check(walk, t->right);
}

bool qy_iova_validate(struct iova_space *space, char *why, size_t why_size)
{
	struct walk walk = { .space = space, .end = 1 };

	qy_spin_lock_irqsave(&space->lock);
	check(&walk, space->root);
	if (!walk.wrong && walk.nr != space->nr_ranges)
		walk.wrong = "ranges are miscounted";
	qy_spin_unlock_irqrestore(&space->lock);
	if (walk.wrong)
		qy_snprintf(why, why_size, "iova: %s", walk.wrong);
	return !walk.wrong;
}
