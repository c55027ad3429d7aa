// SPDX-License-Identifier: MIT
/*
 * Devices: what a machine knows of each, which bus addresses it may be given, and where they lead.
 *
 *   qy_dma_tables, qy_dma_boot
 *   qy_dma_dev_init, _remove, _find, _nth     they come and go
 *   qy_dma_set_*mask, qy_dma_supported, ...   masks and questions
 *   qy_dma_to_phys, qy_dma_ram                the device's side
 *
 * The embedder owns a device's memory; the machine has them on a list.
 *
 * Locking: dev_lock for the list. A device's masks are its driver's.
 */
#include "mm/dma/internal.h"
#include "mm/page/boot.h"

#define IOVA_FAST_BYTES  (32ul * QY_PAGE_SIZE) /* the largest range that magazines hold */
#define ARM64_CACHE_LINE 64u /* what its processors have, and cache_line_size() says */

/* ------------------------------------------------------------------ boot */

void qy_dma_tables(
	struct qy_machine *m, const struct qy_board *board, qy_take_fn take, void *arg)
{
	m->dma = take(arg, sizeof(*m->dma), QY_CACHELINE);

	struct qy_range *regions =
		take(arg, board->nr_reserved * sizeof(struct qy_range), 8);

	struct dma_area **areas = take(arg, board->nr_reserved * sizeof(*areas), 8);

	if (m->dma) {
		m->dma->regions = regions;
		m->dma->areas = areas;
	}
}

/* The zone DMA's end; a kernel without the zone takes all RAM for it. */
static u64 zone_dma_limit(const struct qy_machine *m, const struct boot_plan *plan)
{
	if (!m->board->has_zone_dma || !plan->zone_high[QY_ZONE_DMA])
		return ~0ull;
	return PFN_PHYS(plan->zone_high[QY_ZONE_DMA]) - 1;
}

/* The end of the lowest zone that the kernel has; ~0: it has only Normal. */
static u64 arm64_limit_pfn(const struct qy_machine *m, const struct boot_plan *plan)
{
	if (m->board->has_zone_dma)
		return plan->zone_high[QY_ZONE_DMA];
	return m->board->has_zone_dma32 ? plan->zone_high[QY_ZONE_DMA32] : ~0ull;
}

void qy_dma_boot(struct qy_machine *m, const struct boot_plan *plan)
{
	struct qy_dma *dma = m->dma;

	dma->zone_dma_limit = zone_dma_limit(m, plan);
	dma->arm64_limit_pfn = arm64_limit_pfn(m, plan);
	for (u32 i = 0; i < m->board->nr_reserved; i++)
		if (plan->placement[i] == PLACED)
			dma->regions[i] = plan->placed[i];
}

/* ------------------------------------------------------------------ what is said of a device */

static size_t text_length(const char *text)
{
	size_t length = 0;

	while (text[length])
		length++;
	return length;
}

/* The word by which a log is searched for mistakes stands in front of the device. */
static const char *mark_of(const char *text)
{
	static const char *const marks[] = { "BUG: ", "WARNING: " };

	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		size_t at = 0;

		while (marks[i][at] && marks[i][at] == text[at])
			at++;
		if (!marks[i][at])
			return marks[i];
	}
	return "";
}

void qy_dma_dev_say(
	const struct qy_dma_dev *dev, enum qy_log_level level, const char *fmt, ...)
{
	char text[256];
	const char *mark;
	struct qy_seq seq;
	va_list ap;

	qy_seq_init(&seq, text, sizeof(text));
	va_start(ap, fmt);
	qy_seq_vprintf(&seq, fmt, ap);
	va_end(ap);
	mark = mark_of(text);
	qy_printk(dev->machine, level, "%s%s %s: %s", mark, dev->driver, dev->desc->name,
		text + text_length(mark));
}

bool qy_dma_first_time(const struct qy_dma_dev *dev, u32 warning)
{
	return !(atomic_fetch_or(&dma_of(dev)->warned, warning) & warning);
}

/* ------------------------------------------------------------------ they come and go */

static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

const struct qy_board_device *qy_board_device(
	const struct qy_board *board, const char *name)
{
	for (u32 i = 0; i < board->nr_devices; i++)
		if (same_name(board->devices[i].name, name))
			return &board->devices[i];
	return NULL;
}

/* The last bus address that its dma-ranges have; 0: there are none. */
static u64 ranges_end(const struct qy_board_device *desc)
{
	u64 end = 0;

	for (u32 i = 0; i < desc->nr_dma_ranges; i++)
		if (desc->dma_ranges[i].size)
			end = max(end, desc->dma_ranges[i].dma_start +
					       desc->dma_ranges[i].size - 1);
	return end;
}

/* What the board keeps for such devices. */
static void prepare(struct qy_dma_dev *dev)
{
	if (!dev->domain)
		qy_swiotlb_init(dev->machine);
	if (!dev->coherent)
		qy_atomic_pools_init(dev->machine);
}

int qy_dma_dev_init(
	struct qy_machine *m, struct qy_dma_dev *dev, const struct qy_board_device *desc)
{
	u64 end = ranges_end(desc), mask = QY_DMA_BIT_MASK(32);
	int err;

	if (end)
		mask &= QY_DMA_BIT_MASK(qy_fls64(end) + 1);
	*dev = (struct qy_dma_dev){
		.machine = m,
		.desc = desc,
		.driver = desc->pci ? "pci" : "platform",
		.own_mask = mask,
		.coherent_dma_mask = mask,
		.bus_dma_limit = end,
		.cma = -1,
		.coherent = desc->coherent || m->board->arch == QY_ARCH_X86_64,
	};
	dev->dma_mask = &dev->own_mask;
	if (desc->pci)
		dev->segment_boundary_mask = QY_DMA_BIT_MASK(32);
	if (desc->memory_region) {
		err = qy_dma_dev_bind_region(dev, desc->memory_region - 1);
		/* a region that is no pool is the driver's affair, as on Linux */
		if (err == -QY_ENOMEM || desc->memory_region > m->board->nr_reserved)
			return err;
	}
	if (desc->iommu && !m->board->dma.iommu_passthrough) {
		err = qy_iommu_attach(dev);
		if (err)
			return err;
	}
	prepare(dev);
	qy_spin_lock_irqsave(&m->dma->dev_lock);
	dev->next = m->dma->devices;
	m->dma->devices = dev;
	qy_spin_unlock_irqrestore(&m->dma->dev_lock);
	observe(dev, add);
	return 0;
}

void qy_dma_dev_remove(struct qy_dma_dev *dev)
{
	struct qy_dma *dma = dma_of(dev);
	struct qy_dma_dev **link;

	qy_dma_dev_release_managed(dev);
	observe(dev, remove);
	qy_spin_lock_irqsave(&dma->dev_lock);
	for (link = &dma->devices; *link && *link != dev; link = &(*link)->next)
		;
	if (*link)
		*link = dev->next;
	qy_spin_unlock_irqrestore(&dma->dev_lock);
	if (dev->domain)
		qy_iommu_detach(dev);
}

bool qy_dma_validate(struct qy_machine *m, char *why, size_t why_size)
{
	for (struct qy_dma_dev *dev = m->dma->devices; dev; dev = dev->next)
		if ((dev->domain && !qy_iommu_validate(dev, why, why_size)) ||
			!qy_dma_pools_validate(dev, why, why_size))
			return false;
	return qy_atomic_pools_validate(m, why, why_size) &&
	       qy_swiotlb_validate(m, why, why_size);
}

void qy_dma_tick(struct qy_machine *m)
{
	qy_atomic_pools_grow(m);
}

struct qy_dma_dev *qy_dma_dev_nth(struct qy_machine *m, unsigned int n)
{
	struct qy_dma_dev *dev = m->dma->devices;

	while (dev && n--)
		dev = dev->next;
	return dev;
}

struct qy_dma_dev *qy_dma_dev_find(struct qy_machine *m, const char *name)
{
	struct qy_dma_dev *dev = m->dma->devices;

	while (dev && !same_name(dev->desc->name, name))
		dev = dev->next;
	return dev;
}

void qy_dma_observe(struct qy_machine *m, const struct qy_dma_observer *observer)
{
	m->dma->observer = observer;
}

void qy_dma_set_cache(struct qy_machine *m, const struct qy_dma_cache *cache)
{
	m->dma->cache = cache;
}

/* ------------------------------------------------------------------ addresses of the bus */

u64 qy_dma_phys_to_bus(const struct qy_dma_dev *dev, u64 phys)
{
	const struct qy_board_device *desc = dev->desc;

	if (!desc->nr_dma_ranges)
		return phys;
	for (u32 i = 0; i < desc->nr_dma_ranges; i++) {
		const struct qy_dma_range *r = &desc->dma_ranges[i];

		if (phys >= r->cpu_start && phys - r->cpu_start < r->size)
			return r->dma_start + (phys - r->cpu_start);
	}
	return QY_DMA_MAPPING_ERROR;
}

u64 qy_dma_bus_to_phys(const struct qy_dma_dev *dev, u64 bus)
{
	const struct qy_board_device *desc = dev->desc;

	if (!desc->nr_dma_ranges)
		return bus;
	for (u32 i = 0; i < desc->nr_dma_ranges; i++) {
		const struct qy_dma_range *r = &desc->dma_ranges[i];

		if (bus >= r->dma_start && bus - r->dma_start < r->size)
			return r->cpu_start + (bus - r->dma_start);
	}
	return ~0ull;
}

/* How many bytes from @bus on lie in the range that has it. */
static u64 bytes_in_range(const struct qy_dma_dev *dev, u64 bus)
{
	const struct qy_board_device *desc = dev->desc;

	for (u32 i = 0; i < desc->nr_dma_ranges; i++) {
		const struct qy_dma_range *r = &desc->dma_ranges[i];

		if (bus >= r->dma_start && bus - r->dma_start < r->size)
			return r->size - (bus - r->dma_start);
	}
	return ~0ull - bus;
}

/* ------------------------------------------------------------------ the device's side */

enum qy_dma_fault qy_dma_to_phys(
	struct qy_dma_dev *dev, uint64_t dma, bool write, uint64_t *phys, size_t *bytes)
{
	u32 width = dev->desc->address_bits ? dev->desc->address_bits : 64;
	u64 nr;

	if (dma > QY_DMA_BIT_MASK(width))
		return QY_DMA_FAULT_WIDTH;
	if (dev->domain)
		return qy_iommu_walk(dev, dma, write, phys, bytes);
	/* a bus without an IOMMU knows no permissions */
	if (dev->bus_dma_limit && dma > dev->bus_dma_limit)
		return QY_DMA_FAULT_BUS;
	*phys = qy_dma_bus_to_phys(dev, dma);
	if (*phys == ~0ull)
		return QY_DMA_FAULT_BUS;
	nr = min(bytes_in_range(dev, dma), QY_DMA_BIT_MASK(width) - dma);
	if (bytes)
		*bytes = nr ? nr : 1; /* the very last byte */
	return QY_DMA_REACHED;
}

const char *qy_dma_fault_text(enum qy_dma_fault fault)
{
	static const char *const text[] = {
		[QY_DMA_REACHED] = "reached",
		[QY_DMA_FAULT_WIDTH] =
			"the device does not drive that many address lines",
		[QY_DMA_FAULT_BUS] = "no dma-range of its bus leads there",
		[QY_DMA_FAULT_UNMAPPED] = "the IOMMU has no translation",
		[QY_DMA_FAULT_PERMISSION] = "the IOMMU does not allow this direction",
	};

	return (unsigned int)fault < ARRAY_SIZE(text) ? text[fault] : "?";
}

void *qy_dma_ram(const struct qy_machine *m, uint64_t phys)
{
	u32 frame = qy_pfn_to_frame(m, phys >> QY_PAGE_SHIFT);

	if (frame == NO_FRAME || !(READ_ONCE(block_of(m, frame)->flags) & PB_COMMITTED))
		return NULL;
	return (char *)frame_address(m, frame) + (phys & (QY_PAGE_SIZE - 1));
}

/* ------------------------------------------------------------------ masks */

bool qy_dma_supported(struct qy_dma_dev *dev, uint64_t mask)
{
	return dev->domain || qy_direct_supported(dev, mask);
}

int qy_dma_set_mask(struct qy_dma_dev *dev, uint64_t mask)
{
	int err = dev->dma_mask && qy_dma_supported(dev, mask) ? 0 : -QY_EIO;

	dev->mask_set = true;
	if (!err)
		*dev->dma_mask = mask;
	observe(dev, set_mask, false, mask, err);
	return err;
}

int qy_dma_set_coherent_mask(struct qy_dma_dev *dev, uint64_t mask)
{
	int err = qy_dma_supported(dev, mask) ? 0 : -QY_EIO;

	dev->mask_set = true;
	if (!err)
		dev->coherent_dma_mask = mask;
	observe(dev, set_mask, true, mask, err);
	return err;
}

int qy_dma_set_mask_and_coherent(struct qy_dma_dev *dev, uint64_t mask)
{
	int err = qy_dma_set_mask(dev, mask);

	/* what one supports, the other does */
	return err ? err : qy_dma_set_coherent_mask(dev, mask);
}

int qy_dma_coerce_mask_and_coherent(struct qy_dma_dev *dev, uint64_t mask)
{
	dev->dma_mask = &dev->coherent_dma_mask;
	return qy_dma_set_mask_and_coherent(dev, mask);
}

/* ------------------------------------------------------------------ questions */

uint64_t qy_dma_get_required_mask(struct qy_dma_dev *dev)
{
	return dev->domain ? QY_DMA_BIT_MASK(32) : qy_direct_required_mask(dev);
}

bool qy_dma_addressing_limited(struct qy_dma_dev *dev)
{
	return min_not_zero(dma_get_mask(dev), dev->bus_dma_limit) <
		       qy_dma_get_required_mask(dev) ||
	       (!dev->domain && !qy_direct_all_ram_mapped(dev));
}

size_t qy_dma_max_mapping_size(struct qy_dma_dev *dev)
{
	if (!dev->domain && qy_swiotlb_active(dev) &&
		(qy_dma_addressing_limited(dev) || qy_swiotlb_forced(dev)))
		return qy_swiotlb_max_mapping_size(dev);
	return SIZE_MAX;
}

size_t qy_dma_opt_mapping_size(struct qy_dma_dev *dev)
{
	return dev->domain ? IOVA_FAST_BYTES : qy_dma_max_mapping_size(dev);
}

uint64_t qy_dma_get_merge_boundary(struct qy_dma_dev *dev)
{
	return dev->domain ? QY_PAGE_SIZE - 1 : 0;
}

unsigned int qy_dma_get_cache_alignment(const struct qy_machine *m)
{
	return m->board->arch == QY_ARCH_ARM64 ? ARM64_CACHE_LINE : 1;
}

bool qy_dma_need_sync(struct qy_dma_dev *dev, uint64_t dma)
{
	return dev->domain ? !dev->coherent : qy_direct_need_sync(dev, dma);
}
