// SPDX-License-Identifier: MIT
/*
 * CMA areas: runs of frames that movable pages borrow until a device wants them.
 *
 *   qy_cma_boot                              the areas that boot has lent become known
 *   qy_cma_alloc, qy_cma_release             a run for a device, and back
 *   qy_cma_find, _default, _stats            questions
 *   qy_cma_refuse                            somebody wants requests to fail
 *
 * An area has one bit for 2^order_per_bit frames:
 *   bit set   <=> handed to a caller of CMA, or about to be
 *   bit clear <=> the page allocator has the frame: free, on a per-CPU list, or borrowed by a movable page
 *
 * Locking: cma->lock for the bitmap only. It is dropped before frames are moved: the bits that are set keep others off.
 */
#include "mm/contig/internal.h"
#include "mm/page/boot.h"

#define REPORT_INTERVAL_NS 5000000000ull
#define REPORT_BURST       10

/* ------------------------------------------------------------------ boot */

size_t qy_cma_table_bytes(u32 nr_areas)
{
	return nr_areas * sizeof(struct cma);
}

void qy_cma_set_bitmap(struct cma *table, u32 area, u64 *bitmap)
{
	if (table)
		table[area].bitmap = bitmap;
}

size_t qy_cma_bitmap_bytes(const struct area_plan *area)
{
	return round_up(PFN_DOWN(area->size), (u64)64) / 8;
}

void qy_cma_boot(struct qy_machine *m, const struct boot_plan *plan)
{
	for (u32 i = 0; i < plan->nr_areas; i++) {
		const struct area_plan *area = &plan->area[i];
		struct cma *cma = &m->cma[m->nr_cma];
		u64 *bitmap = m->cma[i].bitmap;

		if (!area->lent)
			continue;
		m->nr_cma++;
		cma->bitmap = bitmap;
		cma->m = m;
		cma->name = area->name;
		cma->is_default = area->is_default;
		cma->guaranteed = area->guaranteed;
		cma->base_pfn = PFN_DOWN(area->base);
		cma->nr_pages = PFN_DOWN(area->size);
		cma->first_frame = qy_pfn_to_frame(m, cma->base_pfn);
		cma->zone = zone_of(m, cma->first_frame);
	}
}

/* ------------------------------------------------------------------ the bitmap; cma->lock must be held */

/* The first bit at or after @from that is @set, or @end. */
static u64 next_bit(const u64 *bitmap, u64 from, u64 end, bool set)
{
	while (from < end) {
		u64 word = bitmap[from / 64] ^ (set ? 0 : ~0ull);

		word = word >> (from & 63) << (from & 63);
		if (word)
			return min(end, round_down(from, (u64)64) + qy_ffs64(word));
		from = round_down(from, (u64)64) + 64;
	}
	return end;
}

static void change_bits(u64 *bitmap, u64 first, u64 nr, bool set)
{
	for (u64 bit = first; bit < first + nr; bit++) {
		if (set)
			bitmap[bit / 64] |= 1ull << (bit & 63);
		else
			bitmap[bit / 64] &= ~(1ull << (bit & 63));
	}
}

/* A multiple of 2^order_per_bit frames that holds @nr_pages. */
static u64 bits_for(const struct cma *cma, u64 nr_pages)
{
	return round_up(nr_pages, 1ull << cma->order_per_bit) >> cma->order_per_bit;
}

/* The first run of @nr clear bits from @start on, whose pfn is aligned to 2^align frames; the end: none. */
static u64 find_run(const struct cma *cma, u64 start, u64 nr, unsigned int align)
{
	u64 end = cma_bits(cma), mask = 0, offset = 0;

	if (align > cma->order_per_bit) {
		mask = (1ull << (align - cma->order_per_bit)) - 1;
		offset = (cma->base_pfn & ((1ull << align) - 1)) >> cma->order_per_bit;
	}
	for (;;) {
		u64 used;

		start = next_bit(cma->bitmap, start, end, false);
		start = ((start + offset + mask) & ~mask) - offset;
		if (start + nr > end || start + nr < start)
			return end;
		used = next_bit(cma->bitmap, start, start + nr, true);
		if (used == start + nr)
			return start;
		start = used + 1;
	}
}

static u64 claim_run(struct cma *cma, u64 start, u64 nr, unsigned int align)
{
	u64 bit;

	qy_spin_lock_irqsave(&cma->lock);
	bit = find_run(cma, start, nr, align);
	if (bit < cma_bits(cma))
		change_bits(cma->bitmap, bit, nr, true);
	qy_spin_unlock_irqrestore(&cma->lock);
	return bit;
}

static void clear_run(struct cma *cma, u64 bit, u64 nr)
{
	qy_spin_lock_irqsave(&cma->lock);
	change_bits(cma->bitmap, bit, nr, false);
	qy_spin_unlock_irqrestore(&cma->lock);
}

/* ------------------------------------------------------------------ taking */

static void report_failure(
	struct cma *cma, u64 nr_pages, const struct qy_contig_failure *why)
{
	struct qy_machine *m = cma->m;
	char text[160];

	if (!qy_ratelimit(m, &m->cma_report_limit, REPORT_INTERVAL_NS, REPORT_BURST))
		return;
	qy_contig_failure_text(why, text, sizeof(text));
	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_ERR,
		"cma: __cma_alloc: %s: alloc failed, req-size: %llu pages, ret: %d",
		cma->name, (unsigned long long)nr_pages, why->error);
	qy_printk(m, QY_LOG_NOTICE, "quarry: cma %s: %u ranges tried; %s", cma->name,
		why->nr_ranges, text);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

/*
 * Tries one run after another. Return: the first pfn, or ~0 with *why: what the last range tried met, or that there was
 * none.
 */
static u64 alloc_run(
	struct cma *cma, u64 nr_pages, unsigned int align, struct qy_contig_failure *why)
{
	u64 nr = bits_for(cma, nr_pages), start = 0, mask = 0;
	u32 nr_ranges = 0;

	if (align > cma->order_per_bit)
		mask = (1ull << (align - cma->order_per_bit)) - 1;
	*why = (struct qy_contig_failure){
		.error = -QY_ENOMEM, .cause = QY_CONTIG_NO_RUN, .pfn = ~0ull
	};
	for (;;) {
		u64 bit = claim_run(cma, start, nr, align);
		u64 pfn = cma->base_pfn + (bit << cma->order_per_bit);

		if (bit == cma_bits(cma))
			return ~0ull;
		if (!qy_alloc_contig_range(
			    cma->m, pfn, pfn + nr_pages, true, QY_GFP_KERNEL, why))
			return pfn;
		why->nr_ranges = ++nr_ranges;
		clear_run(cma, bit, nr);
		if (why->error != -QY_EBUSY)
			return ~0ull;
		if (contig_traced(cma->m))
			qy_trace_cma(cma, QY_EVENT_CMA_ALLOC_BUSY_RETRY, pfn, nr_pages,
				align, 0);
		start = bit + mask + 1;
	}
}

static bool is_refused(struct qy_machine *m, u64 nr_pages)
{
	return m->cma_refuse && m->cma_refuse(m->cma_refuse_arg, nr_pages);
}

/* As an area that is full. */
static u64 refuse_run(struct qy_contig_failure *why)
{
	*why = (struct qy_contig_failure){
		.error = -QY_ENOMEM, .cause = QY_CONTIG_NO_RUN, .pfn = ~0ull
	};
	return ~0ull;
}

void qy_cma_refuse(
	struct qy_machine *m, bool (*refuse)(void *arg, uint64_t nr_pages), void *arg)
{
	m->cma_refuse = refuse;
	m->cma_refuse_arg = arg;
}

struct page *qy_cma_alloc(struct qy_machine *m, uint32_t index, uint64_t nr_pages,
	unsigned int align, bool no_warn, struct qy_contig_failure *why)
{
	struct qy_contig_failure unasked;
	struct cma *cma;
	u64 pfn;

	why = why ? why : &unasked;
	*why = (struct qy_contig_failure){
		.error = -QY_EINVAL, .cause = QY_CONTIG_NO_RUN, .pfn = ~0ull
	};
	if (index >= m->nr_cma || !nr_pages || nr_pages > m->cma[index].nr_pages ||
		align > 31)
		return NULL;
	cma = &m->cma[index];
	if (contig_traced(m))
		qy_trace_cma(cma, QY_EVENT_CMA_ALLOC_START, 0, nr_pages, align, 0);
	pfn = is_refused(m, nr_pages) ? refuse_run(why)
				      : alloc_run(cma, nr_pages, align, why);
	if (contig_traced(m))
		qy_trace_cma(
			cma, QY_EVENT_CMA_ALLOC_FINISH, pfn, nr_pages, align, why->error);
	if (pfn == ~0ull) {
		qy_count_events(m, CMA_ALLOC_FAIL, 1);
		atomic_add(&cma->alloc_pages_fail, nr_pages);
		if (!no_warn)
			report_failure(cma, nr_pages, why);
		return NULL;
	}
	qy_count_events(m, CMA_ALLOC_SUCCESS, 1);
	atomic_add(&cma->alloc_pages_success, nr_pages);
	return qy_pfn_to_page(m, pfn);
}

unsigned int qy_cma_alignment(uint64_t nr_pages)
{
	unsigned int order = nr_pages <= 1 ? 0 : qy_fls64(nr_pages - 1) + 1;

	return min(order, (unsigned int)QY_CMA_ALIGNMENT);
}

/* ------------------------------------------------------------------ giving back */

/* The bits of [pfn, pfn + nr) are all set. */
static bool all_handed_out(struct cma *cma, u64 pfn, u64 nr_pages)
{
	u64 bit = (pfn - cma->base_pfn) >> cma->order_per_bit;
	u64 end = bit + bits_for(cma, nr_pages);
	bool all;

	qy_spin_lock_irqsave(&cma->lock);
	all = next_bit(cma->bitmap, bit, end, false) == end;
	qy_spin_unlock_irqrestore(&cma->lock);
	return all;
}

bool qy_cma_release(
	struct qy_machine *m, uint32_t index, struct page *page, uint64_t nr_pages)
{
	u32 frame = page ? page_to_frame_checked(m, page) : NO_FRAME;
	struct cma *cma;
	u64 pfn;

	if (index >= m->nr_cma || frame == NO_FRAME || !nr_pages)
		return false;
	cma = &m->cma[index];
	pfn = frame_to_pfn(m, frame);
	if (pfn < cma->base_pfn || pfn >= cma->base_pfn + cma->nr_pages ||
		nr_pages > cma->base_pfn + cma->nr_pages - pfn)
		return false;
	if (!all_handed_out(cma, pfn, nr_pages)) {
		qy_printk(m, QY_LOG_ALERT,
			"BUG: cma %s: release of %llu pages at pfn 0x%llx that were not all handed out: nothing is released",
			cma->name, (unsigned long long)nr_pages, (unsigned long long)pfn);
		return true;
	}
	qy_free_contig_range(m, pfn, nr_pages);
	clear_run(cma, (pfn - cma->base_pfn) >> cma->order_per_bit,
		bits_for(cma, nr_pages));
	atomic_add(&cma->release_pages_success, nr_pages);
	if (contig_traced(m))
		qy_trace_cma(cma, QY_EVENT_CMA_RELEASE, pfn, nr_pages, 0, 0);
	return true;
}

/* ------------------------------------------------------------------ questions */

static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

int qy_cma_find(const struct qy_machine *m, const char *name)
{
	for (u32 i = 0; i < m->nr_cma; i++)
		if (same_name(m->cma[i].name, name))
			return (int)i;
	return -QY_ENOENT;
}

int qy_cma_default(const struct qy_machine *m)
{
	/* cma= comes last, and takes the place of the tree's */
	for (u32 i = m->nr_cma; i-- > 0;)
		if (m->cma[i].is_default)
			return (int)i;
	return -QY_ENOENT;
}

static void count_bits(struct cma *cma, struct qy_cma_stats *out)
{
	u64 end = cma_bits(cma), at = 0;

	qy_spin_lock_irqsave(&cma->lock);
	while (at < end) {
		u64 used = next_bit(cma->bitmap, at, end, true);
		u64 next = next_bit(cma->bitmap, used, end, false);

		out->largest_run_pages =
			max(out->largest_run_pages, (used - at) << cma->order_per_bit);
		out->used_pages += (next - used) << cma->order_per_bit;
		at = next;
	}
	qy_spin_unlock_irqrestore(&cma->lock);
}

/* Could the block be moved out, as far as can be seen from outside? */
static bool stays(struct qy_machine *m, u32 head, u32 hot)
{
	struct qy_holder holder;
	u32 kind = page_kind(frame_to_page(m, head));

	if (!may_move(hot) || hot_refs(hot) != 1 || kind >= NR_MOVABLE_KINDS)
		return true;
	if (!qy_isolate_frame(m, head))
		return true;
	m->movable[page_kind(frame_to_page(m, head))]->holder(m, head, &holder);
	qy_unisolate_frame(m, head);
	return holder.pins != 0;
}

/* What the frames of the area are in use for. */
static void count_frames(struct cma *cma, struct qy_cma_stats *out)
{
	struct qy_machine *m = cma->m;
	u64 run = 0;

	for (u64 i = 0, next; i < cma->nr_pages; i = next) {
		u32 frame = cma->first_frame + (u32)i;
		u32 hot = READ_ONCE(m->hot[frame]);
		bool handed_out =
			READ_ONCE(cma->bitmap[(i >> cma->order_per_bit) / 64]) >>
				(i >> cma->order_per_bit & 63) &
			1;
		bool in_use = hot_state(hot) == PG_ALLOCATED, pinned = false;

		next = i + 1;
		if (in_use && !handed_out) {
			next = min(i + (1ull << hot_order(hot)), cma->nr_pages);
			pinned = stays(m, frame, hot);
			out->borrowed_pages += next - i;
			out->pinned_pages += pinned ? next - i : 0;
		} else if (!in_use && freemap_test(m, frame)) {
			out->free_pages++;
		}
		run = handed_out || pinned ? 0 : run + next - i;
		out->max_alloc_pages = max(out->max_alloc_pages, run);
	}
}

bool qy_cma_stats(struct qy_machine *m, uint32_t index, struct qy_cma_stats *out)
{
	struct cma *cma;

	if (index >= m->nr_cma)
		return false;
	cma = &m->cma[index];
	*out = (struct qy_cma_stats){
		.name = cma->name,
		.node = cma->zone->node,
		.zone_name = cma->zone->name,
		.is_default = cma->is_default,
		.guaranteed = cma->guaranteed,
		.base_pfn = cma->base_pfn,
		.nr_pages = cma->nr_pages,
		.order_per_bit = cma->order_per_bit,
		.alloc_pages_success = READ_ONCE(cma->alloc_pages_success),
		.alloc_pages_fail = READ_ONCE(cma->alloc_pages_fail),
		.release_pages_success = READ_ONCE(cma->release_pages_success),
	};
	count_bits(cma, out);
	count_frames(cma, out);
	return true;
}

bool qy_cma_bitmap_word(struct qy_machine *m, uint32_t index, uint64_t n, uint32_t *word)
{
	struct cma *cma = &m->cma[index];

	if (index >= m->nr_cma || n * 32 >= cma_bits(cma))
		return false;
	*word = (u32)(READ_ONCE(cma->bitmap[n / 2]) >> (n & 1 ? 32 : 0));
	return true;
}

/* ------------------------------------------------------------------ validation */

/* What a guaranteed area lends can be forgotten at any time. */
static bool is_droppable(const struct qy_machine *m, u32 frame, u32 hot)
{
	return hot_state(hot) != PG_ALLOCATED ||
	       (hot_is_movable_kind(hot) &&
		       page_kind(frame_to_page(m, frame)) == MOVABLE_DROPPABLE);
}

/* pre: nobody else is in the machine */
bool qy_cma_validate(struct cma *cma, char *why, size_t why_size)
{
	const struct qy_machine *m = cma->m;
	u8 type = cma->guaranteed ? MIGRATE_GUARANTEED : MIGRATE_CMA;

	for (u64 i = 0; i < cma->nr_pages; i++) {
		u32 frame = cma->first_frame + (u32)i;
		u32 hot = m->hot[frame];
		u64 bit = i >> cma->order_per_bit;
		const char *wrong = NULL;

		if (block_of(m, frame)->migratetype != type)
			wrong = "its pageblock is not of type CMA";
		else if (!(cma->bitmap[bit / 64] >> (bit & 63) & 1)) {
			if (!cma->guaranteed || is_droppable(m, frame, hot))
				continue;
			wrong = "lent by a guaranteed area, but not droppable";
		} else if (freemap_test(m, frame) || hot_state(hot) == PG_PCP)
			wrong = "handed out, but free";
		else if (hot_is_movable_kind(hot))
			wrong = "handed out, but a movable page";
		if (!wrong)
			continue;
		qy_snprintf(
			why, why_size, "cma %s, frame %u: %s", cma->name, frame, wrong);
		return false;
	}
	return true;
}
