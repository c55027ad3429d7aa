// SPDX-License-Identifier: MIT
/*
 * The words of Linux's slab reports: frame, slab, object with its surroundings, who allocated and freed it.
 *
 *   qy_slab_bug, qy_slab_fix, qy_report_slab, qy_report_object, qy_report_tracks, qy_report_section, qy_slab_taint
 *
 * Addresses are the board's: those that its kernel would use for the same physical memory, without randomisation. In place
 * of a call trace stands the line that called, where it is known.
 *
 * Locking: report_lock is the caller's.
 */
#include "mm/slab/slub_debug.h"
#include <quarry/owner.h>

#define LINE   128
#define ULL(v) ((unsigned long long)(v))

#define RULE \
	"============================================================================="
#define DASH \
	"-----------------------------------------------------------------------------"

/* ------------------------------------------------------------------ addresses */

/* Where the kernel has its linear mapping and its struct pages: 48-bit addresses, 4 KiB pages, no KASLR. */
#define X86_PAGE_OFFSET   0xffff888000000000ull
#define X86_VMEMMAP       0xffffea0000000000ull
#define ARM64_PAGE_OFFSET 0xffff000000000000ull
#define ARM64_VMEMMAP     0xfffffdffc0000000ull
#define ARM64_MEMSTART \
	(1ull << 30) /* the mapping starts at RAM's start, rounded down to this */

static u64 linear_start(const struct qy_machine *m)
{
	const struct qy_board *board = m->board;
	u64 lowest = ~0ull;

	if (board->arch != QY_ARCH_ARM64)
		return 0;
	for (u32 i = 0; i < board->nr_banks; i++)
		lowest = min(lowest, (u64)board->banks[i].base);
	return round_down(lowest, ARM64_MEMSTART);
}

u64 qy_board_address(const struct qy_machine *m, const void *p)
{
	u32 frame = address_frame(m, p);
	u64 offset =
		m->board->arch == QY_ARCH_ARM64 ? ARM64_PAGE_OFFSET : X86_PAGE_OFFSET;

	if (frame == NO_FRAME)
		return (uintptr_t)p;
	return offset + (frame_to_pfn(m, frame) << QY_PAGE_SHIFT) - linear_start(m) +
	       ((uintptr_t)p & (QY_PAGE_SIZE - 1));
}

static u64 board_page(const struct qy_machine *m, u32 frame)
{
	u64 start = m->board->arch == QY_ARCH_ARM64 ? ARM64_VMEMMAP : X86_VMEMMAP;
	u64 bytes = m->board->kernel.memmap_entry ? m->board->kernel.memmap_entry : 64;

	return start +
	       (frame_to_pfn(m, frame) - (linear_start(m) >> QY_PAGE_SHIFT)) * bytes;
}

/* ------------------------------------------------------------------ the frame of a report */

/* One character a flag: G, no proprietary module; B, a bad page; W, a warning was given. */
static const char *taint_text(const struct qy_machine *m)
{
	return READ_ONCE(slabs_of(m)->taint) ? "Tainted: G    B   W         "
					     : "Not tainted";
}

void qy_slab_taint(struct kmem_cache *cache)
{
	struct qy_slabs *slabs = slabs_of(cache->machine);

	if (!READ_ONCE(slabs->taint))
		qy_printk(cache->machine, QY_LOG_WARNING,
			"Disabling lock debugging due to kernel taint");
	WRITE_ONCE(slabs->taint, true);
}

void qy_slab_bug(struct kmem_cache *cache, const char *text, bool blank)
{
	const struct qy_machine *m = cache->machine;

	qy_printk(m, QY_LOG_ERR, RULE);
	qy_printk(m, QY_LOG_ERR, "BUG %s (%s): %s", cache->name, taint_text(m), text);
	if (blank)
		qy_printk(m, QY_LOG_ERR, "%s", "");
	qy_printk(m, QY_LOG_ERR, DASH);
	qy_printk(m, QY_LOG_ERR, "%s", "");
}

void qy_slab_fix(const struct kmem_cache *cache, const char *text)
{
	qy_printk(cache->machine, QY_LOG_ERR, "FIX %s: %s", cache->name, text);
}

/* ------------------------------------------------------------------ a slab */

/* Bits of page->flags; see mm/watch/show_owner.c. */
#define PG_HEAD       (1ull << 6)
#define PG_WORKINGSET (1ull << 9) /* on its node's list */
#define NODES_SHIFT   6

/* The next object to be handed out; NULL: none. */
static const void *first_free(const struct kmem_cache *cache, u32 head)
{
	const struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);

	if (kmem_cache_debug(cache))
		return (const void *)(uintptr_t)slab->free;
	for (u32 w = 0; w * 64 < slab->objects; w++) {
		u64 bits = *qy_slab_word(cache, head, w);

		if (bits)
			return (const char *)frame_address(m, head) +
			       (size_t)(w * 64 + qy_ffs64(bits)) * cache->size;
	}
	return NULL;
}

void qy_report_slab(const struct kmem_cache *cache, u32 head)
{
	const struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);
	const struct zone *zone = zone_of(m, head);
	unsigned int zone_at = 64 - NODES_SHIFT - (m->zones_per_node > 4 ? 3 : 2);
	bool listed = slab->state == SLAB_PARTIAL;
	u64 flags = (u64)zone->node << (64 - NODES_SHIFT) | (u64)zone->type << zone_at |
		    (listed ? PG_WORKINGSET : 0) | (slab->order ? PG_HEAD : 0);

	qy_printk(m, QY_LOG_ERR,
		"Slab 0x%016llx objects=%u used=%u fp=0x%016llx flags=0x%llx(%s%snode=%u|zone=%u)",
		ULL(board_page(m, head)), slab->objects, slab->inuse,
		ULL(qy_board_address(m, first_free(cache, head))), ULL(flags),
		listed ? "workingset|" : "", slab->order ? "head|" : "", zone->node,
		zone->type);
}

/* ------------------------------------------------------------------ an object */

#define ROW 16

void qy_report_section(const struct qy_machine *m, enum qy_log_level level,
	const char *label, const void *from, u32 bytes)
{
	const u8 *at = from;

	for (u32 done = 0; done < bytes; done += ROW) {
		char line[LINE];
		struct qy_seq seq;

		qy_seq_init(&seq, line, sizeof(line));
		for (u32 i = 0; i < ROW; i++)
			if (done + i < bytes)
				qy_seq_printf(&seq, "%02x ", at[done + i]);
			else
				qy_seq_puts(&seq, "   ");
		qy_seq_puts(&seq, " ");
		for (u32 i = 0; i < ROW && done + i < bytes; i++)
			qy_seq_printf(&seq, "%c",
				at[done + i] >= 0x20 && at[done + i] < 0x7f ? at[done + i]
									    : '.');
		qy_printk(m, level, "%s%016llx: %s", label,
			ULL(qy_board_address(m, at + done)), line);
	}
}

static const struct track *track_of(
	const struct kmem_cache *cache, const void *object, enum track_item item)
{
	return (const struct track *)(const void *)((const char *)object +
						    qy_debug_info_end(cache)) +
	       item;
}

static void report_track(const struct kmem_cache *cache, const char *what,
	const struct track *track, u64 now_ns)
{
	const struct qy_machine *m = cache->machine;
	const struct qy_site *site = track->site;

	if (!track->seal)
		return;
	if (track->seal != qy_track_seal(site))
		site = NULL; /* somebody wrote over it */
	qy_printk(m, QY_LOG_ERR, "%s in %s%s%s%s age=%llu cpu=%u pid=%d", what,
		site ? site->func : "unknown", site && site->module ? " [" : "",
		site && site->module ? site->module : "", site && site->module ? "]" : "",
		ULL((now_ns - track->when_ns) / JIFFY_NS), track->cpu, track->pid);
	if (site)
		qy_printk(m, QY_LOG_ERR, " %s %s:%u", site->func, site->file, site->line);
}

void qy_report_tracks(const struct kmem_cache *cache, const void *object)
{
	const struct qy_machine *m = cache->machine;
	u64 now_ns = m->port->clock_ns(m->port->ctx);

	if (!(cache->flags & QY_SLAB_STORE_USER))
		return;
	report_track(cache, "Allocated", track_of(cache, object, TRACK_ALLOC), now_ns);
	report_track(cache, "Freed", track_of(cache, object, TRACK_FREE), now_ns);
}

void qy_report_object(const struct kmem_cache *cache, u32 head, const void *object)
{
	const struct qy_machine *m = cache->machine;
	const struct slab_layout *layout = &cache->layout;
	const char *base = frame_address(m, head), *at = object;
	u32 behind = qy_debug_used_bytes(cache),
	    end = layout->size - layout->red_left_pad;

	qy_report_tracks(cache, object);
	qy_report_slab(cache, head);
	qy_printk(m, QY_LOG_ERR, "Object 0x%016llx @offset=%u fp=0x%016llx",
		ULL(qy_board_address(m, at)), (u32)(at - base),
		ULL(qy_board_address(m, qy_debug_next(cache, object))));
	qy_printk(m, QY_LOG_ERR, "%s", "");
	if (layout->red_left_pad)
		qy_report_section(m, QY_LOG_ERR, "Redzone  ", at - layout->red_left_pad,
			layout->red_left_pad);
	else if (at > base + ROW)
		qy_report_section(m, QY_LOG_ERR, "Bytes b4 ", at - ROW, ROW);
	qy_report_section(
		m, QY_LOG_ERR, "Object   ", at, min(cache->object_size, QY_PAGE_SIZE));
	if (cache->flags & QY_SLAB_RED_ZONE)
		qy_report_section(m, QY_LOG_ERR, "Redzone  ", at + cache->object_size,
			layout->inuse - cache->object_size);
	if (behind != end)
		qy_report_section(m, QY_LOG_ERR, "Padding  ", at + behind, end - behind);
}
