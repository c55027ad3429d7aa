// SPDX-License-Identifier: MIT
/*
 * Registers, ports and interrupts of PCI devices: where they lie, who has requested and mapped them, vectors.
 *
 * Locking: none; see world.h.
 */
#include "compat/pci.h"

#define FIRST_PORT 0x1000 /* below are those that a PC has without PCI */
#define MIN_PORTS  4

/* ------------------------------------------------------------------ where they lie */

/* @size is a power of two. False: it does not fit. */
static bool take(struct pci_window *window, bool ports, u64 size, u64 *cpu, u64 *bus)
{
	u64 at = ALIGN(window->bus + window->used, size);

	if (window->ports != ports || at + size > window->bus + window->bytes)
		return false;
	window->used = at + size - window->bus;
	*bus = at;
	*cpu = at - window->bus + window->cpu;
	return true;
}

/* Behind the host bridge, if one has room; else somewhere. Port numbers are those of the bus. */
static void place(struct qy_model *model, struct pci_host *host, bool ports, u64 size,
	u64 *cpu, u64 *bus)
{
	u64 *next = ports ? &model->next_port : &model->next_registers;

	for (unsigned int i = 0; host && i < host->nr_windows; i++)
		if (take(&host->window[i], ports, size, cpu, bus)) {
			if (ports)
				*cpu = *bus;
			return;
		}
	if (ports && !*next)
		*next = FIRST_PORT;
	*next = ALIGN(*next, size);
	*cpu = *bus = *next;
	*next += size;
}

int qy_compat_pci_place_bars(struct qy_model *model, struct pci_host *host,
	struct pci_dev *dev, const struct qy_pci_device *what)
{
	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		bool ports = what->port_bars >> bar & 1;
		u64 least = ports ? MIN_PORTS : PAGE_SIZE, size, cpu, bus;
		u32 low;

		if (!what->bar_bytes[bar])
			continue;
		size = roundup_pow_of_two(max(what->bar_bytes[bar], least));
		place(model, host, ports, size, &cpu, &bus);
		dev->resource[bar] = (struct resource){ .start = cpu,
			.end = cpu + size - 1,
			.flags = ports ? IORESOURCE_IO : IORESOURCE_MEM,
			.name = pci_name(dev) };
		low = (u32)bus | (ports ? PCI_BASE_ADDRESS_SPACE_IO : 0);
		memcpy(dev->qy_config + PCI_BASE_ADDRESS_0 + 4 * bar, &low, 4);
		if (qy_compat_pci_region(model, dev, cpu, size, ports))
			return -ENOMEM;
	}
	return 0;
}

/* ------------------------------------------------------------------ requests */

static bool has_bar(const struct pci_dev *dev, int bar)
{
	return bar >= 0 && bar < PCI_STD_NUM_BARS && pci_resource_len(dev, bar);
}

static const char *kind_of(const struct pci_dev *dev, int bar)
{
	return pci_resource_flags(dev, bar) & IORESOURCE_IO ? "io " : "mem";
}

static unsigned long type_of(const struct pci_dev *dev, int bar)
{
	return resource_type(pci_resource_n(dev, bar));
}

int pci_request_region(struct pci_dev *dev, int bar, const char *name)
{
	if (!has_bar(dev, bar))
		return 0;
	if (!qy_compat_request(NULL, pci_resource_start(dev, bar),
		    pci_resource_len(dev, bar), name, type_of(dev, bar))) {
		dev_warn(&dev->dev, "BAR %d: can't reserve [%s 0x%llx-0x%llx]\n", bar,
			kind_of(dev, bar), pci_resource_start(dev, bar),
			pci_resource_end(dev, bar));
		return -EBUSY;
	}
	dev->qy_requested |= 1u << bar;
	return 0;
}

void pci_release_region(struct pci_dev *dev, int bar)
{
	if (!has_bar(dev, bar))
		return;
	dev->qy_requested &= ~(1u << bar);
	qy_compat_release(NULL, pci_resource_start(dev, bar), pci_resource_len(dev, bar),
		type_of(dev, bar));
}

void pci_release_selected_regions(struct pci_dev *dev, int bars)
{
	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		if (bars >> bar & 1)
			pci_release_region(dev, bar);
}

int pci_request_selected_regions(struct pci_dev *dev, int bars, const char *name)
{
	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		int error = bars >> bar & 1 ? pci_request_region(dev, bar, name) : 0;

		if (!error)
			continue;
		pci_release_selected_regions(dev, bars & ((1 << bar) - 1));
		return error;
	}
	return 0;
}

int pci_select_bars(struct pci_dev *dev, unsigned long flags)
{
	int bars = 0;

	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		if (pci_resource_flags(dev, bar) & flags)
			bars |= 1 << bar;
	return bars;
}

/* ------------------------------------------------------------------ mappings */

void *pci_iomap_range(
	struct pci_dev *dev, int bar, unsigned long offset, unsigned long maxlen)
{
	unsigned long len =
		has_bar(dev, bar) ? (unsigned long)pci_resource_len(dev, bar) : 0;

	if (len <= offset)
		return NULL;
	len -= offset;
	if (maxlen && maxlen < len)
		len = maxlen;
	if (pci_resource_flags(dev, bar) & IORESOURCE_IO)
		return ioport_map((unsigned long)pci_resource_start(dev, bar) + offset,
			(unsigned int)len);
	return ioremap(pci_resource_start(dev, bar) + offset, len);
}

void *pci_iomap(struct pci_dev *dev, int bar, unsigned long maxlen)
{
	return pci_iomap_range(dev, bar, 0, maxlen);
}

/* ioport_unmap() is the same here. */
void pci_iounmap(struct pci_dev *dev, volatile void *addr)
{
	(void)dev;
	iounmap(addr);
}

void *pci_ioremap_bar(struct pci_dev *dev, int bar)
{
	if (!has_bar(dev, bar) || !(pci_resource_flags(dev, bar) & IORESOURCE_MEM)) {
		pci_err(dev, "can't ioremap BAR %d: [%s 0x%llx-0x%llx]\n", bar,
			kind_of(dev, bar), pci_resource_start(dev, bar),
			pci_resource_end(dev, bar));
		return NULL;
	}
	return ioremap(pci_resource_start(dev, bar), pci_resource_len(dev, bar));
}

/* ------------------------------------------------------------------ managed ones */

struct managed_map {
	struct pci_dev *dev;
	void *addr;
};

static void unmap_managed(struct device *dev, void *res)
{
	struct managed_map *map = res;

	(void)dev;
	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		if (map->dev->qy_table[bar] == map->addr)
			map->dev->qy_table[bar] = NULL;
	pci_iounmap(map->dev, map->addr);
}

static int is_map(struct device *dev, void *res, void *addr)
{
	(void)dev;
	return ((struct managed_map *)res)->addr == addr;
}

void *pcim_iomap(struct pci_dev *dev, int bar, unsigned long maxlen)
{
	struct managed_map *map;

	if (!has_bar(dev, bar))
		return NULL;
	map = qy_compat_devres_alloc(
		unmap_managed, sizeof(*map), GFP_KERNEL, "pcim_iomap");
	if (!map)
		return NULL;
	map->dev = dev;
	map->addr = pci_iomap(dev, bar, maxlen);
	if (!map->addr) {
		devres_free(map);
		return NULL;
	}
	devres_add(&dev->dev, map);
	return dev->qy_table[bar] = map->addr;
}

void pcim_iounmap(struct pci_dev *dev, volatile void *addr)
{
	WARN_ON(devres_release(
		&dev->dev, unmap_managed, is_map, (void *)(uintptr_t)addr));
}

struct managed_region {
	struct pci_dev *dev;
	int bar;
};

static void give_back_region(struct device *dev, void *res)
{
	struct managed_region *region = res;

	(void)dev;
	if (region->dev->qy_requested >> region->bar & 1)
		pci_release_region(region->dev, region->bar);
}

int pcim_request_region(struct pci_dev *dev, int bar, const char *name)
{
	struct managed_region *region;
	int error;

	if (!has_bar(dev, bar))
		return 0;
	region = qy_compat_devres_alloc(
		give_back_region, sizeof(*region), GFP_KERNEL, "pcim_request_region");
	if (!region)
		return -ENOMEM;
	*region = (struct managed_region){ dev, bar };
	error = pci_request_region(dev, bar, name);
	if (error)
		devres_free(region);
	else
		devres_add(&dev->dev, region);
	return error;
}

int pcim_request_all_regions(struct pci_dev *dev, const char *name)
{
	int error = 0;

	for (int bar = 0; bar < PCI_STD_NUM_BARS && !error; bar++)
		error = pcim_request_region(dev, bar, name);
	return error;
}

void *pcim_iomap_region(struct pci_dev *dev, int bar, const char *name)
{
	int error = has_bar(dev, bar) ? pcim_request_region(dev, bar, name) : -EINVAL;
	void *addr;

	if (error)
		return ERR_PTR(error);
	addr = pcim_iomap(dev, bar, 0);
	if (addr)
		return addr;
	pci_release_region(dev, bar);
	return ERR_PTR(-EINVAL);
}

/* All of @mask, or none. */
int pcim_iomap_regions(struct pci_dev *dev, int mask, const char *name)
{
	int error = 0, bar;

	for (bar = 0; bar < PCI_STD_NUM_BARS && !error; bar++) {
		if (!(mask >> bar & 1))
			continue;
		if (!has_bar(dev, bar))
			error = -EINVAL;
		else
			error = pcim_request_region(dev, bar, name);
		if (!error && !pcim_iomap(dev, bar, 0)) {
			pci_release_region(dev, bar);
			error = -ENOMEM;
		}
	}
	if (error)
		pcim_iounmap_regions(dev, mask & ((1 << (bar - 1)) - 1));
	return error;
}

void pcim_iounmap_regions(struct pci_dev *dev, int mask)
{
	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		if (mask >> bar & 1 && dev->qy_table[bar]) {
			pcim_iounmap(dev, dev->qy_table[bar]);
			pci_release_region(dev, bar);
		}
}

int pcim_iomap_regions_request_all(struct pci_dev *dev, int mask, const char *name)
{
	int others = 0x3f & ~mask, error;

	error = pci_request_selected_regions(dev, others, name);
	if (error)
		return error;
	error = pcim_iomap_regions(dev, mask, name);
	if (error)
		pci_release_selected_regions(dev, others);
	return error;
}

void *const *pcim_iomap_table(struct pci_dev *dev)
{
	return dev->qy_table;
}

/* ------------------------------------------------------------------ vectors */

static int enable_vectors(
	struct pci_dev *dev, unsigned int min, unsigned int max, bool msix)
{
	unsigned int nr = max < dev->qy_max_vectors ? max : dev->qy_max_vectors;

	if (max < min)
		return -ERANGE;
	if (!min || !(msix ? dev->msix_cap : dev->msi_cap))
		return -EINVAL;
	if (WARN_ON(msix ? dev->msix_enabled : dev->msi_enabled))
		return -EINVAL;
	if (dev->msi_enabled || dev->msix_enabled) {
		pci_info(dev, "can't enable %s (%s already enabled)\n",
			msix ? "MSI-X" : "MSI", msix ? "MSI" : "MSI-X");
		return -EINVAL;
	}
	if (!msix) /* a power of two */
		nr = nr ? (unsigned int)rounddown_pow_of_two(nr) : 0;
	if (nr < min || qy_refuses(QY_HELD_IRQ, GFP_KERNEL, 0))
		return -ENOSPC;
	dev->msix_enabled = msix;
	dev->msi_enabled = !msix;
	if (!msix)
		dev->irq = dev->qy_first_irq + 1;
	dev->qy_nr_vectors = nr;
	pci_intx(dev, 0);
	qy_hold(QY_HELD_IRQ, &dev->irq, 0);
	return (int)nr;
}

int pci_alloc_irq_vectors(
	struct pci_dev *dev, unsigned int min, unsigned int max, unsigned int flags)
{
	int nr = -ENOSPC;

	might_sleep();
	if (flags & PCI_IRQ_MSIX) {
		nr = enable_vectors(dev, min, max, true);
		if (nr > 0)
			return nr;
	}
	if (flags & PCI_IRQ_MSI) {
		nr = enable_vectors(dev, min, max, false);
		if (nr > 0)
			return nr;
	}
	if (flags & PCI_IRQ_INTX && min == 1 && dev->irq) {
		pci_intx(dev, 1);
		return 1; /* its pin, which it has always */
	}
	return nr;
}

/* Whose handler is there still would have been told of by proc, as here. */
void pci_free_irq_vectors(struct pci_dev *dev)
{
	if (!dev->msi_enabled && !dev->msix_enabled)
		return;
	for (unsigned int i = 0; i < dev->qy_nr_vectors; i++) {
		const struct irq_action *action =
			qy_compat_world()->irqs[dev->qy_first_irq + 1 + i].actions;

		if (action)
			qy_compat_report(
				"WARNING: remove_proc_entry: removing non-empty directory 'irq/%u', leaking at least '%s'",
				action->irq, action->name);
	}
	dev->msi_enabled = dev->msix_enabled = 0;
	dev->irq = dev->qy_first_irq;
	dev->qy_nr_vectors = 0;
	pci_intx(dev, 1);
	qy_let_go(QY_HELD_IRQ, &dev->irq);
}

int pci_irq_vector(struct pci_dev *dev, unsigned int nr)
{
	if (!dev->msi_enabled && !dev->msix_enabled)
		return nr ? -EINVAL : (int)dev->irq;
	return nr < dev->qy_nr_vectors ? (int)(dev->qy_first_irq + 1 + nr) : -EINVAL;
}

int pci_enable_msi(struct pci_dev *dev)
{
	int nr = enable_vectors(dev, 1, 1, false);

	return nr < 0 ? nr : 0;
}

void pci_disable_msi(struct pci_dev *dev)
{
	if (dev->msi_enabled)
		pci_free_irq_vectors(dev);
}

int pci_enable_msix_range(
	struct pci_dev *dev, struct msix_entry *entries, int min, int max)
{
	int nr =
		min < 1 ? -ERANGE
			: enable_vectors(dev, (unsigned int)min, (unsigned int)max, true);

	for (int i = 0; entries && i < nr; i++)
		entries[i].vector = dev->qy_first_irq + 1 + (unsigned int)i;
	return nr;
}

void pci_disable_msix(struct pci_dev *dev)
{
	if (dev->msix_enabled)
		pci_free_irq_vectors(dev);
}

int pci_request_irq(struct pci_dev *dev, unsigned int nr, irq_handler_t handler,
	irq_handler_t thread_fn, void *dev_id, const char *fmt, ...)
{
	int irq = pci_irq_vector(dev, nr), error;
	unsigned long flags = IRQF_SHARED;
	va_list args;
	char *name;

	if (irq < 0)
		return irq;
	if (!handler)
		flags |= IRQF_ONESHOT;
	va_start(args, fmt);
	name = kvasprintf(GFP_KERNEL, fmt, args);
	va_end(args);
	if (!name)
		return -ENOMEM;
	error = request_threaded_irq(
		(unsigned int)irq, handler, thread_fn, flags, name, dev_id);
	if (error)
		kfree(name);
	return error;
}

void pci_free_irq(struct pci_dev *dev, unsigned int nr, void *dev_id)
{
	int irq = pci_irq_vector(dev, nr);

	if (irq >= 0)
		kfree(free_irq((unsigned int)irq, dev_id));
}
