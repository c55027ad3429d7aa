/* SPDX-License-Identifier: MIT */
/*
 * Reports about requests: what is said when an allocation fails, or a sleeping call comes from a context that must
 * not sleep. (What is said of a wrong free is in bad_page.c.)
 *
 *   qy_warn_alloc              "page allocation failure", with the memory of every zone
 *   qy_warn_alloc_text         the same of a request of another room
 *   qy_show_free_areas         the Mem-Info block alone
 *   qy_report_sleep_in_atomic  "sleeping function called from invalid context"
 *   qy_print_gfp               GFP flags as names
 *   qy_zone_pageset            one CPU's lists of one zone, for reports and views
 *
 * Texts are those of a 6.12 kernel without cpusets, hugetlb and CONFIG_PREEMPT_RCU. There is no call trace: host
 * addresses would differ from run to run. What has no room (bounce
 * buffers of the block layer, kernel stacks) prints 0: nothing is there.
 *
 * Locking: report_lock keeps a report whole. Order: report_lock, then zone->lock; so no report is made under
 * zone->lock. Per-CPU counts are read without a lock.
 */
#include "mm/page/internal.h"

#define LINE_BYTES       1024
#define SECOND_NS        1000000000ull
#define ALLOC_REPORT_NS  (10 * SECOND_NS)
#define SLEEP_REPORT_NS  SECOND_NS
#define KIB(nr_pages)    ((nr_pages) << (QY_PAGE_SHIFT - 10))
#define ORDER_KIB(order) KIB(1ul << (order))

/* ------------------------------------------------------------------ GFP names */

#define GFP_NAME(name)           \
	{                        \
		QY_##name, #name \
	}

/* In the kernel's order: a composite before its parts. The first that fits takes its bits away. */
static const struct {
	qy_gfp_t mask;
	const char *name;
} gfp_names[] = {
	GFP_NAME(GFP_TRANSHUGE),
	GFP_NAME(GFP_TRANSHUGE_LIGHT),
	GFP_NAME(GFP_HIGHUSER_MOVABLE),
	GFP_NAME(GFP_HIGHUSER),
	GFP_NAME(GFP_USER),
	GFP_NAME(GFP_KERNEL_ACCOUNT),
	GFP_NAME(GFP_KERNEL),
	GFP_NAME(GFP_NOFS),
	GFP_NAME(GFP_ATOMIC),
	GFP_NAME(GFP_NOIO),
	GFP_NAME(GFP_NOWAIT),
	GFP_NAME(GFP_DMA),
	GFP_NAME(__GFP_HIGHMEM),
	GFP_NAME(GFP_DMA32),
	GFP_NAME(__GFP_HIGH),
	GFP_NAME(__GFP_IO),
	GFP_NAME(__GFP_FS),
	GFP_NAME(__GFP_NOWARN),
	GFP_NAME(__GFP_RETRY_MAYFAIL),
	GFP_NAME(__GFP_NOFAIL),
	GFP_NAME(__GFP_NORETRY),
	GFP_NAME(__GFP_COMP),
	GFP_NAME(__GFP_ZERO),
	GFP_NAME(__GFP_NOMEMALLOC),
	GFP_NAME(__GFP_MEMALLOC),
	GFP_NAME(__GFP_HARDWALL),
	GFP_NAME(__GFP_THISNODE),
	GFP_NAME(__GFP_RECLAIMABLE),
	GFP_NAME(__GFP_MOVABLE),
	GFP_NAME(__GFP_ACCOUNT),
	GFP_NAME(__GFP_WRITE),
	GFP_NAME(__GFP_RECLAIM),
	GFP_NAME(__GFP_DIRECT_RECLAIM),
	GFP_NAME(__GFP_KSWAPD_RECLAIM),
	GFP_NAME(__GFP_ZEROTAGS),
};

void qy_print_gfp(struct qy_seq *seq, qy_gfp_t gfp)
{
	const char *separator = "";

	if (!gfp)
		qy_seq_puts(seq, "none");
	for (unsigned int i = 0; i < ARRAY_SIZE(gfp_names) && gfp; i++) {
		if ((gfp & gfp_names[i].mask) != gfp_names[i].mask)
			continue;
		gfp &= ~gfp_names[i].mask;
		qy_seq_printf(seq, "%s%s", separator, gfp_names[i].name);
		separator = "|";
	}
	if (gfp)
		qy_seq_printf(seq, "%s0x%x", separator, gfp);
}

size_t qy_gfp_text(qy_gfp_t gfp, char *buf, size_t size)
{
	struct qy_seq seq;

	qy_seq_init(&seq, buf, size);
	qy_print_gfp(&seq, gfp);
	return seq.len;
}

/* ------------------------------------------------------------------ Mem-Info */

/* What the order line of one zone says; copied under zone->lock, printed after. */
struct free_counts {
	u64 nr[QY_NR_PAGE_ORDERS];
	unsigned int types[QY_NR_PAGE_ORDERS]; /* bit: migratetype */
};

static void count_free(struct zone *zone, struct free_counts *counts)
{
	*counts = (struct free_counts){ 0 };
	qy_spin_lock_irqsave(&zone->lock);
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		const struct free_area *area = &zone->free_area[order];

		counts->nr[order] = area->nr_free;
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			counts->types[order] |= (unsigned int)!!area->nr_type[mt] << mt;
		if (area->nr_type[MIGRATE_GUARANTEED])
			counts->types[order] |= 1u << MIGRATE_CMA;
	}
	qy_spin_unlock_irqrestore(&zone->lock);
}

struct qy_pageset qy_zone_pageset(const struct zone *zone, u32 cpu)
{
	const struct per_cpu_pages *pcp = &zone->pageset[cpu];

	return (struct qy_pageset){ READ_ONCE(pcp->count), READ_ONCE(pcp->high),
		READ_ONCE(pcp->batch) };
}

static u64 pcp_count(const struct zone *zone, u32 cpu)
{
	return qy_zone_pageset(zone, cpu).count;
}

static u64 pcp_count_all(const struct qy_machine *m, const struct zone *zone)
{
	u64 count = 0;

	for (u32 cpu = 0; cpu < m->nr_cpus; cpu++)
		count += pcp_count(zone, cpu);
	return count;
}

static void node_prefix(const struct qy_machine *m, struct qy_seq *seq, u32 node)
{
	if (m->board->numa)
		qy_seq_printf(seq, "Node %u ", node);
}

/* The caller asked for zones up to one kind; the kernel shows no others. */
static bool shown(const struct zone *zone, unsigned int last_type)
{
	return populated_zone(zone) && zone->type <= last_type;
}

/* The slab room's, which stands above. */
static u64 slab_pages(const struct qy_machine *m, bool reclaimable)
{
	u64 pages = 0;

	for (u32 node = 0; node < m->nr_nodes; node++)
		pages += READ_ONCE(m->slab_pages[node][reclaimable]);
	return pages;
}

static void show_totals(const struct qy_machine *m)
{
	u64 nr_free = 0, nr_pcp = 0, nr_cma = 0;

	for (u32 i = 0; i < m->nr_zones; i++) {
		const struct zone *zone = &m->zones[i];

		if (!populated_zone(zone))
			continue;
		nr_free += READ_ONCE(zone->nr_free_pages);
		nr_cma += READ_ONCE(zone->nr_free_cma);
		nr_pcp += pcp_count_all(m, zone);
	}
	qy_printk(m, QY_LOG_WARNING,
		"active_anon:%lu inactive_anon:%lu isolated_anon:%lu",
		qy_node_total(m, NR_ACTIVE_ANON), qy_node_total(m, NR_INACTIVE_ANON),
		qy_node_total(m, NR_ISOLATED_ANON));
	qy_printk(m, QY_LOG_WARNING,
		" active_file:%lu inactive_file:%lu isolated_file:%lu",
		qy_node_total(m, NR_ACTIVE_FILE), qy_node_total(m, NR_INACTIVE_FILE),
		qy_node_total(m, NR_ISOLATED_FILE));
	qy_printk(m, QY_LOG_WARNING, " unevictable:%lu dirty:%lu writeback:%lu",
		qy_node_total(m, NR_UNEVICTABLE), qy_node_total(m, NR_FILE_DIRTY),
		qy_node_total(m, NR_WRITEBACK));
	qy_printk(m, QY_LOG_WARNING, " slab_reclaimable:%lu slab_unreclaimable:%lu",
		slab_pages(m, true), slab_pages(m, false));
	qy_printk(m, QY_LOG_WARNING, " mapped:%lu shmem:%lu pagetables:%lu",
		qy_node_total(m, NR_FILE_MAPPED), qy_node_total(m, NR_SHMEM),
		qy_node_total(m, NR_PAGETABLE));
	qy_printk(m, QY_LOG_WARNING, " sec_pagetables:0 bounce:0");
	qy_printk(m, QY_LOG_WARNING, " kernel_misc_reclaimable:0");
	qy_printk(m, QY_LOG_WARNING, " free:%lu free_pcp:%lu free_cma:%lu", nr_free,
		nr_pcp, nr_cma);
}

static void show_node(const struct qy_machine *m, u32 node)
{
	const u64 *stat = m->node_stat[node];

	qy_printk(m, QY_LOG_WARNING,
		"Node %u active_anon:%lukB inactive_anon:%lukB active_file:%lukB "
		"inactive_file:%lukB unevictable:%lukB isolated(anon):%lukB isolated(file):%lukB "
		"mapped:%lukB dirty:%lukB writeback:%lukB shmem:%lukB %swriteback_tmp:0kB "
		"kernel_stack:0kB pagetables:%lukB sec_pagetables:0kB all_unreclaimable? %s",
		node, KIB(READ_ONCE(stat[NR_ACTIVE_ANON])),
		KIB(READ_ONCE(stat[NR_INACTIVE_ANON])),
		KIB(READ_ONCE(stat[NR_ACTIVE_FILE])),
		KIB(READ_ONCE(stat[NR_INACTIVE_FILE])),
		KIB(READ_ONCE(stat[NR_UNEVICTABLE])),
		KIB(READ_ONCE(stat[NR_ISOLATED_ANON])),
		KIB(READ_ONCE(stat[NR_ISOLATED_FILE])),
		KIB(READ_ONCE(stat[NR_FILE_MAPPED])), KIB(READ_ONCE(stat[NR_FILE_DIRTY])),
		KIB(READ_ONCE(stat[NR_WRITEBACK])), KIB(READ_ONCE(stat[NR_SHMEM])),
		m->board->thp ? "shmem_thp:0kB shmem_pmdmapped:0kB anon_thp:0kB " : "",
		KIB(READ_ONCE(stat[NR_PAGETABLE])),
		READ_ONCE(m->kswapd_failures[node]) >= MAX_RECLAIM_RETRIES ? "yes"
									   : "no");
}

static void show_zone(const struct qy_machine *m, const struct zone *zone)
{
	char line[LINE_BYTES];
	struct qy_seq seq;

	qy_seq_init(&seq, line, sizeof(line));
	node_prefix(m, &seq, zone->node);
	qy_seq_printf(&seq,
		"%s free:%lukB boost:%lukB min:%lukB low:%lukB high:%lukB "
		"reserved_highatomic:%luKB active_anon:%lukB inactive_anon:%lukB active_file:%lukB "
		"inactive_file:%lukB unevictable:%lukB writepending:%lukB present:%lukB "
		"managed:%lukB mlocked:%lukB bounce:0kB free_pcp:%lukB local_pcp:%lukB "
		"free_cma:%lukB",
		zone->name, KIB(READ_ONCE(zone->nr_free_pages)),
		KIB(READ_ONCE(zone->watermark_boost)), KIB(wmark_pages(zone, WMARK_MIN)),
		KIB(wmark_pages(zone, WMARK_LOW)), KIB(wmark_pages(zone, WMARK_HIGH)),
		KIB(READ_ONCE(zone->nr_reserved_highatomic)),
		KIB(READ_ONCE(zone->nr_lru[LRU_ACTIVE_ANON])),
		KIB(READ_ONCE(zone->nr_lru[LRU_INACTIVE_ANON])),
		KIB(READ_ONCE(zone->nr_lru[LRU_ACTIVE_FILE])),
		KIB(READ_ONCE(zone->nr_lru[LRU_INACTIVE_FILE])),
		KIB(READ_ONCE(zone->nr_lru[LRU_UNEVICTABLE])),
		KIB(READ_ONCE(zone->nr_write_pending)), KIB(zone->present_pages),
		KIB(zone_managed_pages(zone)),
		KIB(READ_ONCE(zone->nr_lru[LRU_UNEVICTABLE])),
		KIB(pcp_count_all(m, zone)), KIB(pcp_count(zone, qy_this_cpu())),
		KIB(READ_ONCE(zone->nr_free_cma)));
	qy_printk(m, QY_LOG_WARNING, "%s", line);
}

static void show_lowmem_reserve(const struct qy_machine *m, const struct zone *zone)
{
	char line[LINE_BYTES];
	struct qy_seq seq;

	qy_seq_init(&seq, line, sizeof(line));
	qy_seq_puts(&seq, "lowmem_reserve[]:");
	for (u32 i = 0; i < m->zones_per_node; i++)
		qy_seq_printf(&seq, " %lu", READ_ONCE(zone->lowmem_reserve[i]));
	qy_printk(m, QY_LOG_WARNING, "%s", line);
}

static void show_orders(const struct qy_machine *m, struct zone *zone)
{
	static const char letters[] = "UMEHCI";
	struct free_counts counts;
	char line[LINE_BYTES];
	struct qy_seq seq;
	u64 total_kib = 0;

	_Static_assert(sizeof(letters) - 1 == MIGRATE_TYPES, "a letter a type");
	count_free(zone, &counts);
	qy_seq_init(&seq, line, sizeof(line));
	node_prefix(m, &seq, zone->node);
	qy_seq_printf(&seq, "%s: ", zone->name);
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		qy_seq_printf(&seq, "%lu*%lukB ", counts.nr[order], ORDER_KIB(order));
		total_kib += counts.nr[order] * ORDER_KIB(order);
		if (!counts.nr[order])
			continue;
		qy_seq_puts(&seq, "(");
		for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++)
			if (counts.types[order] >> mt & 1)
				qy_seq_printf(&seq, "%c", letters[mt]);
		qy_seq_puts(&seq, ") ");
	}
	qy_seq_printf(&seq, "= %lukB", total_kib);
	qy_printk(m, QY_LOG_WARNING, "%s", line);
}

static bool node_has_managed_zones(
	const struct qy_machine *m, u32 node, unsigned int last_type)
{
	for (u32 i = 0; i < m->zones_per_node; i++) {
		const struct zone *zone = &m->zones[node * m->zones_per_node + i];

		if (zone->type <= last_type && zone_managed_pages(zone))
			return true;
	}
	return false;
}

static void show_pages(const struct qy_machine *m)
{
	u64 present = 0, managed = 0, cma = 0;

	for (u32 i = 0; i < m->nr_zones; i++) {
		present += m->zones[i].present_pages;
		managed += zone_managed_pages(&m->zones[i]);
		cma += m->zones[i].cma_pages;
	}
	qy_printk(m, QY_LOG_WARNING, "%lu total pagecache pages",
		qy_node_total(m, NR_FILE_PAGES));
	qy_printk(m, QY_LOG_WARNING, "%lu pages in swap cache",
		qy_node_total(m, NR_SWAPCACHE));
	qy_printk(m, QY_LOG_WARNING, "Free swap  = %lukB",
		KIB(READ_ONCE(m->total_swap_pages) - READ_ONCE(m->used_swap_pages)));
	qy_printk(m, QY_LOG_WARNING, "Total swap = %lukB",
		KIB(READ_ONCE(m->total_swap_pages)));
	qy_printk(m, QY_LOG_WARNING, "%lu pages RAM", present);
	qy_printk(m, QY_LOG_WARNING, "0 pages HighMem/MovableOnly");
	qy_printk(m, QY_LOG_WARNING, "%lu pages reserved", (present - managed));
	qy_printk(m, QY_LOG_WARNING, "%lu pages cma reserved", cma);
}

/* report_lock must be held. */
static void show_mem(struct qy_machine *m, unsigned int last_type)
{
	qy_printk(m, QY_LOG_WARNING, "Mem-Info:");
	show_totals(m);
	for (u32 node = 0; node < m->nr_nodes; node++)
		if (node_has_managed_zones(m, node, last_type))
			show_node(m, node);
	for (u32 i = 0; i < m->nr_zones; i++) {
		if (!shown(&m->zones[i], last_type))
			continue;
		show_zone(m, &m->zones[i]);
		show_lowmem_reserve(m, &m->zones[i]);
	}
	for (u32 i = 0; i < m->nr_zones; i++)
		if (shown(&m->zones[i], last_type))
			show_orders(m, &m->zones[i]);
	show_pages(m);
}

void qy_show_free_areas(struct qy_machine *m)
{
	qy_spin_lock_irqsave(&m->report_lock);
	show_mem(m, QY_MAX_NR_ZONES - 1);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

/* ------------------------------------------------------------------ the failure report */

static void show_cpu(const struct qy_machine *m, enum qy_log_level level)
{
	const struct qy_context *self = qy_current();

	qy_printk(m, level,
		"CPU: %u UID: 0 PID: %d Comm: %s Not tainted 6.12.0-quarry-%s", self->cpu,
		self->task.pid, self->task.comm, QY_VERSION);
}

static bool has_managed_dma(const struct qy_machine *m)
{
	for (u32 i = 0; i < m->nr_zones; i++)
		if (m->zones[i].type == QY_ZONE_DMA && zone_managed_pages(&m->zones[i]))
			return true;
	return false;
}

/* Says how many reports were left out since the last one. */
static bool report_due(struct qy_machine *m)
{
	u32 missed;

	if (!qy_ratelimit(m, &m->alloc_report_limit, ALLOC_REPORT_NS, 1))
		return false;
	missed = __atomic_exchange_n(&m->alloc_report_limit.missed, 0, __ATOMIC_RELAXED);
	if (missed)
		qy_printk(
			m, QY_LOG_WARNING, "warn_alloc: %u callbacks suppressed", missed);
	return true;
}

/* The highest kind of zone that a request may use, as the kernel's report filters by it. */
static unsigned int highest_type(const struct qy_machine *m, qy_gfp_t gfp)
{
	const qy_gfp_t movable_zone = QY___GFP_HIGHMEM | QY___GFP_MOVABLE;

	if (gfp & QY___GFP_DMA)
		return m->board->has_zone_dma ? QY_ZONE_DMA : QY_ZONE_NORMAL;
	if (gfp & QY___GFP_DMA32)
		return m->board->has_zone_dma32 ? QY_ZONE_DMA32 : QY_ZONE_NORMAL;
	return (gfp & movable_zone) == movable_zone ? QY_ZONE_MOVABLE : QY_ZONE_NORMAL;
}

void qy_show_cpu_and_mem(struct qy_machine *m, qy_gfp_t gfp)
{
	show_cpu(m, QY_LOG_WARNING);
	show_mem(m, highest_type(m, gfp));
}

void qy_warn_alloc_text(struct qy_machine *m, qy_gfp_t gfp, const char *what)
{
	char line[LINE_BYTES];
	struct qy_seq seq;

	if (gfp & QY___GFP_NOWARN)
		return;
	if (gfp & QY___GFP_DMA && !has_managed_dma(m))
		return;
	if (!report_due(m))
		return;

	qy_seq_init(&seq, line, sizeof(line));
	qy_seq_printf(&seq, "%s: %s, mode:%s%x(", qy_current()->task.comm, what,
		gfp ? "0x" : "", gfp);
	qy_print_gfp(&seq, gfp);
	qy_seq_puts(&seq, "), nodemask=(null)");

	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_WARNING, "%s", line);
	qy_show_cpu_and_mem(m, gfp);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

void qy_warn_alloc(struct qy_machine *m, qy_gfp_t gfp, unsigned int order)
{
	char what[64];

	qy_snprintf(what, sizeof(what), "page allocation failure: order:%u", order);
	qy_warn_alloc_text(m, gfp, what);
}

/* ------------------------------------------------------------------ sleeping in atomic context */

void qy_report_sleep_in_atomic(struct qy_machine *m, const char *file, int line)
{
	const struct qy_context *self = qy_current();
	bool in_atomic = self->preempt_count != 0;
	bool irqs_disabled = self->irqs_disabled != 0;

	if (!qy_ratelimit(m, &m->sleep_report_limit, SLEEP_REPORT_NS, 1))
		return;
	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_ERR,
		"BUG: sleeping function called from invalid context at %s:%d", file,
		line);
	qy_printk(m, QY_LOG_ERR,
		"in_atomic(): %d, irqs_disabled(): %d, non_block: 0, pid: %d, name: %s",
		in_atomic, irqs_disabled, self->task.pid, self->task.comm);
	qy_printk(m, QY_LOG_ERR, "preempt_count: %x, expected: 0", self->preempt_count);
	show_cpu(m, QY_LOG_ERR);
	qy_spin_unlock_irqrestore(&m->report_lock);
}
