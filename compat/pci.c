// SPDX-License-Identifier: MIT
/*
 * PCI devices of a world and their drivers (linux/pci.h).
 *
 *   qy_world_add_pci      a device, which is bound at once where a driver waits for it
 *   qy_compat_pci_*       what platform.c adds to its answers
 *
 * Locking: none; see world.h.
 */
#include <linux/pci.h>
#include "compat/model.h"

#define CAP_PM  0x40
#define CAP_MSI 0x50

/* ------------------------------------------------------------------ matching and binding */

static bool is_end(const struct pci_device_id *id)
{
	return !id->vendor && !id->subvendor && !id->class_mask;
}

const struct pci_device_id *pci_match_id(
	const struct pci_device_id *ids, struct pci_dev *dev)
{
	for (; ids && !is_end(ids); ids++)
		if ((ids->vendor == PCI_ANY_ID || ids->vendor == dev->vendor) &&
			(ids->device == PCI_ANY_ID || ids->device == dev->device) &&
			(ids->subvendor == PCI_ANY_ID ||
				ids->subvendor == dev->subsystem_vendor) &&
			(ids->subdevice == PCI_ANY_ID ||
				ids->subdevice == dev->subsystem_device) &&
			!((ids->class ^ dev->class) & ids->class_mask))
			return ids;
	return NULL;
}

static int pci_probe(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct pci_driver *drv = to_pci_driver(dev->driver);
	int error = drv->probe ? drv->probe(pdev, pdev->qy_id) : -ENXIO;

	if (error > 0)
		qy_compat_report(
			"WARNING: probe of %s returned %d, it should be 0 or an error",
			pci_name(pdev), error);
	return error < 0 ? error : 0;
}

static void pci_remove(struct device *dev)
{
	struct pci_driver *drv = to_pci_driver(dev->driver);

	if (drv->remove)
		drv->remove(to_pci_dev(dev));
}

static const struct bus_type pci_bus_type = {
	.name = "pci", .probe = pci_probe, .remove = pci_remove
};

static int try_bind(struct pci_dev *pdev, struct pci_driver *drv)
{
	int error;

	if (pdev->dev.driver)
		return -ENODEV;
	pdev->qy_id = pci_match_id(drv->id_table, pdev);
	if (!pdev->qy_id)
		return -ENODEV;
	error = qy_compat_bind(&pdev->dev, &drv->driver);
	pdev->qy_probe_error = error;
	if (error && error != -ENODEV && error != -ENXIO)
		qy_printk_line(QY_LOG_WARNING, "%s: probe of %s failed with error %d",
			drv->name, pci_name(pdev), error);
	return error;
}

int __pci_register_driver(
	struct pci_driver *drv, struct module *owner, const char *mod_name)
{
	struct qy_world *w = qy_compat_world();
	struct pci_dev *pdev;

	(void)mod_name;
	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	drv->driver.name = drv->name;
	drv->driver.owner = owner;
	drv->driver.bus = &pci_bus_type;
	list_add_tail(&drv->driver.qy_link, &model_of(w)->pci_drivers);
	qy_hold(QY_HELD_DEVICE, &drv->driver, 0);
	list_for_each_entry(pdev, &model_of(w)->pci_devices, dev.qy_link)
		try_bind(pdev, drv);
	return 0;
}

void pci_unregister_driver(struct pci_driver *drv)
{
	struct qy_world *w = qy_compat_world();
	struct pci_dev *pdev;

	might_sleep();
	list_for_each_entry_reverse(pdev, &model_of(w)->pci_devices,
		dev.qy_link) if (pdev->dev.driver == &drv->driver)
		qy_compat_unbind(&pdev->dev);
	list_del(&drv->driver.qy_link);
	qy_let_go(QY_HELD_DEVICE, &drv->driver);
}

struct pci_dev *pci_get_device(
	unsigned int vendor, unsigned int device, struct pci_dev *from)
{
	struct pci_dev *pdev;
	bool behind = !from;

	pci_dev_put(from);
	list_for_each_entry(
		pdev, &model_of(qy_compat_world())->pci_devices, dev.qy_link) {
		if (behind && (vendor == PCI_ANY_ID || vendor == pdev->vendor) &&
			(device == PCI_ANY_ID || device == pdev->device))
			return pci_dev_get(pdev);
		behind |= pdev == from;
	}
	return NULL;
}

/* ------------------------------------------------------------------ configuration space */

static int read_config(const struct pci_dev *dev, int where, void *val, int bytes)
{
	if (where < 0 || where + bytes > (int)sizeof(dev->qy_config) || where % bytes) {
		memset(val, 0xff, (size_t)bytes);
		return -EINVAL;
	}
	memcpy(val, dev->qy_config + where, (size_t)bytes);
	return 0;
}

/* The numbers at the head and the addresses stay. */
static int write_config(struct pci_dev *dev, int where, const void *val, int bytes)
{
	if (where < 0 || where + bytes > (int)sizeof(dev->qy_config) || where % bytes)
		return -EINVAL;
	for (int i = 0; i < bytes; i++)
		if (where + i == PCI_COMMAND || where + i == PCI_COMMAND + 1 ||
			where + i == PCI_INTERRUPT_LINE || where + i >= CAP_PM)
			dev->qy_config[where + i] = ((const u8 *)val)[i];
	dev->is_busmaster = !!(dev->qy_config[PCI_COMMAND] & PCI_COMMAND_MASTER);
	return 0;
}

int pci_read_config_byte(const struct pci_dev *dev, int where, u8 *val)
{
	return read_config(dev, where, val, 1);
}

int pci_read_config_word(const struct pci_dev *dev, int where, u16 *val)
{
	return read_config(dev, where, val, 2);
}

int pci_read_config_dword(const struct pci_dev *dev, int where, u32 *val)
{
	return read_config(dev, where, val, 4);
}

int pci_write_config_byte(struct pci_dev *dev, int where, u8 val)
{
	return write_config(dev, where, &val, 1);
}

int pci_write_config_word(struct pci_dev *dev, int where, u16 val)
{
	return write_config(dev, where, &val, 2);
}

int pci_write_config_dword(struct pci_dev *dev, int where, u32 val)
{
	return write_config(dev, where, &val, 4);
}

u8 pci_find_capability(struct pci_dev *dev, int cap)
{
	u8 at = dev->qy_config[PCI_CAPABILITY_LIST];

	while (at && dev->qy_config[at] != cap)
		at = dev->qy_config[at + 1];
	return at;
}

int pci_save_state(struct pci_dev *dev)
{
	memcpy(dev->qy_saved, dev->qy_config, sizeof(dev->qy_saved));
	return 0;
}

void pci_restore_state(struct pci_dev *dev)
{
	if (dev->qy_saved[PCI_CAPABILITY_LIST]) /* something was saved */
		memcpy(dev->qy_config, dev->qy_saved, sizeof(dev->qy_saved));
	dev->is_busmaster = !!(dev->qy_config[PCI_COMMAND] & PCI_COMMAND_MASTER);
}

static void set_command(struct pci_dev *dev, u8 bit, bool on)
{
	u8 command = dev->qy_config[PCI_COMMAND];

	pci_write_config_byte(dev, PCI_COMMAND, on ? command | bit : command & (u8)~bit);
}

/* ------------------------------------------------------------------ on and off */

int pci_enable_device(struct pci_dev *dev)
{
	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -EIO;
	if (!dev->enable_cnt++)
		set_command(dev, PCI_COMMAND_MEMORY, true);
	qy_hold(QY_HELD_DEVICE, &dev->enable_cnt, 0);
	return 0;
}

void pci_disable_device(struct pci_dev *dev)
{
	if (WARN(dev->enable_cnt <= 0, "%s %s: disabling already-disabled device",
		    dev_driver_string(&dev->dev), pci_name(dev)))
		return;
	qy_let_go(QY_HELD_DEVICE, &dev->enable_cnt);
	if (--dev->enable_cnt)
		return;
	set_command(dev, PCI_COMMAND_MASTER, false);
}

void pci_set_master(struct pci_dev *dev)
{
	set_command(dev, PCI_COMMAND_MASTER, true);
}

void pci_clear_master(struct pci_dev *dev)
{
	set_command(dev, PCI_COMMAND_MASTER, false);
}

static void release_managed(void *data)
{
	struct pci_dev *dev = data;

	pci_free_irq_vectors(dev);
	pci_release_regions(dev);
	memset(dev->qy_table, 0, sizeof(dev->qy_table));
	dev->is_managed = 0;
	if (dev->enable_cnt)
		pci_disable_device(dev);
}

int pcim_enable_device(struct pci_dev *dev)
{
	int error = pci_enable_device(dev);

	if (error || dev->is_managed)
		return error;
	error = devm_add_action(&dev->dev, release_managed, dev);
	if (error)
		pci_disable_device(dev);
	else
		dev->is_managed = 1;
	return error;
}

/* ------------------------------------------------------------------ registers */

int pci_request_region(struct pci_dev *dev, int bar, const char *name)
{
	(void)name;
	if (!pci_resource_len(dev, bar))
		return 0;
	if (dev->qy_requested >> bar & 1) {
		dev_warn(&dev->dev, "BAR %d: can't reserve [mem 0x%llx-0x%llx]\n", bar,
			pci_resource_start(dev, bar), pci_resource_end(dev, bar));
		return -EBUSY;
	}
	if (qy_refuses(QY_HELD_MAPPING, GFP_KERNEL, 0))
		return -EBUSY;
	dev->qy_requested |= 1u << bar;
	qy_hold(QY_HELD_MAPPING, pci_resource_n(dev, bar), pci_resource_len(dev, bar));
	return 0;
}

void pci_release_region(struct pci_dev *dev, int bar)
{
	if (!(dev->qy_requested >> bar & 1))
		return;
	dev->qy_requested &= ~(1u << bar);
	qy_let_go(QY_HELD_MAPPING, pci_resource_n(dev, bar));
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

void *pci_iomap(struct pci_dev *dev, int bar, unsigned long maxlen)
{
	unsigned long len = bar >= 0 && bar < PCI_STD_NUM_BARS
				    ? (unsigned long)pci_resource_len(dev, bar)
				    : 0;

	if (!len)
		return NULL;
	return ioremap(
		pci_resource_start(dev, bar), maxlen && maxlen < len ? maxlen : len);
}

void pci_iounmap(struct pci_dev *dev, volatile void *addr)
{
	(void)dev;
	iounmap(addr);
}

void *pcim_iomap(struct pci_dev *dev, int bar, unsigned long maxlen)
{
	unsigned long len = bar >= 0 && bar < PCI_STD_NUM_BARS
				    ? (unsigned long)pci_resource_len(dev, bar)
				    : 0;
	void *addr;

	if (!len)
		return NULL;
	addr = devm_ioremap(&dev->dev, pci_resource_start(dev, bar),
		maxlen && maxlen < len ? maxlen : len);
	dev->qy_table[bar] = addr;
	return addr;
}

int pcim_iomap_regions(struct pci_dev *dev, int mask, const char *name)
{
	int error;

	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		if (mask >> bar & 1 && !pci_resource_len(dev, bar))
			return -EINVAL;
	error = pci_request_selected_regions(dev, mask, name);
	for (int bar = 0; !error && bar < PCI_STD_NUM_BARS; bar++)
		if (mask >> bar & 1 && !pcim_iomap(dev, bar, 0))
			error = -ENOMEM;
	return error;
}

void *const *pcim_iomap_table(struct pci_dev *dev)
{
	return dev->qy_table;
}

/* ------------------------------------------------------------------ interrupts */

int pci_alloc_irq_vectors(
	struct pci_dev *dev, unsigned int min, unsigned int max, unsigned int flags)
{
	unsigned int nr = max < dev->qy_max_vectors ? max : dev->qy_max_vectors;

	might_sleep();
	if (!min || max < min || dev->msi_enabled || dev->msix_enabled)
		return -EINVAL;
	if (qy_refuses(QY_HELD_IRQ, GFP_KERNEL, 0))
		return -ENOSPC;
	if (!(flags & (PCI_IRQ_MSI | PCI_IRQ_MSIX)) || nr < min) {
		if (flags & PCI_IRQ_INTX && min == 1)
			return 1; /* its pin, which it has always */
		return -ENOSPC;
	}
	if (!(flags & PCI_IRQ_MSIX)) /* a power of two */
		nr = (unsigned int)rounddown_pow_of_two(nr);
	if (nr < min)
		return -ENOSPC;
	dev->msix_enabled = !!(flags & PCI_IRQ_MSIX);
	dev->msi_enabled = !dev->msix_enabled;
	if (dev->msi_enabled)
		dev->irq = dev->qy_first_irq + 1;
	dev->qy_nr_vectors = nr;
	qy_hold(QY_HELD_IRQ, &dev->irq, 0);
	return (int)nr;
}

void pci_free_irq_vectors(struct pci_dev *dev)
{
	if (!dev->msi_enabled && !dev->msix_enabled)
		return;
	dev->msi_enabled = dev->msix_enabled = 0;
	dev->irq = dev->qy_first_irq;
	dev->qy_nr_vectors = 0;
	qy_let_go(QY_HELD_IRQ, &dev->irq);
}

int pci_irq_vector(struct pci_dev *dev, unsigned int nr)
{
	if (!dev->msi_enabled && !dev->msix_enabled)
		return nr ? -EINVAL : (int)dev->irq;
	return nr < dev->qy_nr_vectors ? (int)(dev->qy_first_irq + 1 + nr) : -EINVAL;
}

/* ------------------------------------------------------------------ devices come and go */

static void put16(struct pci_dev *dev, int where, unsigned int val)
{
	dev->qy_config[where] = (u8)val;
	dev->qy_config[where + 1] = (u8)(val >> 8);
}

static void fill_config(struct pci_dev *dev)
{
	put16(dev, PCI_VENDOR_ID, dev->vendor);
	put16(dev, PCI_DEVICE_ID, dev->device);
	put16(dev, PCI_STATUS, PCI_STATUS_CAP_LIST);
	dev->qy_config[PCI_REVISION_ID] = dev->revision;
	dev->qy_config[PCI_CLASS_REVISION + 1] = (u8)dev->class;
	put16(dev, PCI_CLASS_DEVICE, dev->class >> 8);
	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		u32 low = (u32)pci_resource_start(dev, bar);

		memcpy(dev->qy_config + PCI_BASE_ADDRESS_0 + 4 * bar, &low, 4);
	}
	put16(dev, PCI_SUBSYSTEM_VENDOR_ID, dev->subsystem_vendor);
	put16(dev, PCI_SUBSYSTEM_ID, dev->subsystem_device);
	dev->qy_config[PCI_CAPABILITY_LIST] = CAP_PM;
	dev->qy_config[PCI_INTERRUPT_LINE] = (u8)dev->irq;
	dev->qy_config[PCI_INTERRUPT_PIN] = dev->pin = 1;
	dev->qy_config[CAP_PM] = PCI_CAP_ID_PM;
	dev->qy_config[CAP_PM + 1] = CAP_MSI;
	dev->qy_config[CAP_MSI] = PCI_CAP_ID_MSI;
}

static void place_bars(struct qy_model *model, struct pci_dev *dev, const uint64_t *bytes)
{
	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++) {
		u64 size =
			bytes[bar] ? roundup_pow_of_two(max(bytes[bar], PAGE_SIZE)) : 0;

		if (!size)
			continue;
		model->next_registers = ALIGN(model->next_registers, size);
		dev->resource[bar] = (struct resource){ .start = model->next_registers,
			.end = model->next_registers + size - 1,
			.flags = IORESOURCE_MEM,
			.name = pci_name(dev) };
		model->next_registers += size;
	}
}

static void name_it(struct pci_dev *dev)
{
	scnprintf(dev->qy_alias, sizeof(dev->qy_alias),
		"pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", dev->vendor, dev->device,
		dev->subsystem_vendor, dev->subsystem_device, dev->class >> 16 & 0xff,
		dev->class >> 8 & 0xff, dev->class & 0xff);
}

struct addition {
	struct qy_world *w;
	const struct qy_pci_device *what;
};

/* In a task, since a driver's probe may run. */
static int add_device(void *arg)
{
	struct addition *a = arg;
	struct qy_model *model = model_of(a->w);
	struct pci_dev *dev = qy_host_zalloc(sizeof(*dev));
	struct device_driver *drv;
	unsigned int nr = model->nr_pci++;

	if (!dev)
		return -ENOMEM;
	qy_compat_device_init(&dev->dev, &pci_bus_type);
	dev_set_name(&dev->dev, "0000:01:%02x.0", nr & 0x1f);
	dev->bus = &dev->qy_bus;
	dev->qy_bus.number = 1;
	dev->devfn = PCI_DEVFN(nr, 0);
	dev->vendor = a->what->vendor;
	dev->device = a->what->device;
	dev->subsystem_vendor = a->what->subsystem_vendor;
	dev->subsystem_device = a->what->subsystem_device;
	dev->class = a->what->class_code;
	dev->revision = a->what->revision;
	dev->qy_max_vectors = a->what->nr_vectors;
	model->next_irq += dev->qy_max_vectors + 1;
	dev->irq = dev->qy_first_irq = NR_IRQS - (model->next_irq - 32);
	place_bars(model, dev, a->what->bar_bytes);
	fill_config(dev);
	name_it(dev);
	if (qy_compat_device_add(&dev->dev)) {
		qy_host_free(dev);
		return -ENOMEM;
	}
	list_add_tail(&dev->dev.qy_link, &model->pci_devices);
	list_for_each_entry(drv, &model->pci_drivers, qy_link)
		if (!try_bind(dev, to_pci_driver(drv)))
			break;
	return qy_compat_nr_platform(a->w) + (int)nr;
}

int qy_world_add_pci(struct qy_world *w, const struct qy_pci_device *device)
{
	struct addition a = { w, device };

	return qy_world_run(w, "kworker/bind", add_device, &a);
}

void qy_compat_pci_down(struct qy_world *w)
{
	struct pci_dev *pdev, *next;

	list_for_each_entry_safe(pdev, next, &model_of(w)->pci_devices, dev.qy_link) {
		list_del(&pdev->dev.qy_link);
		qy_compat_device_del(&pdev->dev);
		qy_host_free(pdev);
	}
}

/* ------------------------------------------------------------------ what the lab asks */

bool qy_compat_pci_device(
	const struct qy_world *w, unsigned int n, struct qy_world_device *device)
{
	struct pci_dev *pdev;

	list_for_each_entry(pdev, &model_of(w)->pci_devices, dev.qy_link) {
		if (n--)
			continue;
		*device = (struct qy_world_device){ .name = pci_name(pdev),
			.compatible = pdev->qy_alias,
			.driver = pdev->dev.driver ? pdev->dev.driver->name : NULL,
			.irq = pdev->qy_first_irq,
			.probe_error = pdev->qy_probe_error };
		for (int bar = 0; bar < PCI_STD_NUM_BARS && !device->registers; bar++)
			device->registers = pci_resource_start(pdev, bar);
		return true;
	}
	return false;
}

struct device *qy_compat_pci_find(const struct qy_world *w, const char *name)
{
	struct pci_dev *pdev;

	list_for_each_entry(pdev, &model_of(w)->pci_devices, dev.qy_link)
		if (!strcmp(pci_name(pdev), name))
			return &pdev->dev;
	return NULL;
}

int qy_compat_pci_bind(struct qy_world *w, struct device *dev)
{
	struct device_driver *drv;

	list_for_each_entry(drv, &model_of(w)->pci_drivers, qy_link)
		if (pci_match_id(to_pci_driver(drv)->id_table, to_pci_dev(dev)))
			return try_bind(to_pci_dev(dev), to_pci_driver(drv));
	return -ENODEV;
}

bool qy_compat_is_pci(const struct device *dev)
{
	return dev->bus == &pci_bus_type;
}

/* A number of a table, or the star that stands for any. */
static int put_number(char *text, size_t size, const char *name, u32 value, int digits)
{
	if (value == PCI_ANY_ID)
		return scnprintf(text, size, "%s*", name);
	return scnprintf(text, size, "%s%0*X", name, digits, value);
}

const char *qy_compat_pci_wanted(const struct qy_world *w, unsigned int *n)
{
	struct qy_model *model = model_of(w);
	struct device_driver *drv;

	list_for_each_entry(drv, &model->pci_drivers, qy_link)
		for (const struct pci_device_id *id = to_pci_driver(drv)->id_table;
			id && !is_end(id); id++) {
			char *text = model->pci_wanted;
			size_t size = sizeof(model->pci_wanted), at = 0;
			u32 base = id->class_mask >> 16 & 0xff ? id->class >> 16 & 0xff
							       : PCI_ANY_ID;
			u32 below = id->class_mask >> 8 & 0xff ? id->class >> 8 & 0xff
							       : PCI_ANY_ID;

			if ((*n)--)
				continue;
			at += (size_t)put_number(text, size, "pci:v", id->vendor, 8);
			at += (size_t)put_number(
				text + at, size - at, "d", id->device, 8);
			at += (size_t)put_number(
				text + at, size - at, "sv", id->subvendor, 8);
			at += (size_t)put_number(
				text + at, size - at, "sd", id->subdevice, 8);
			at += (size_t)put_number(text + at, size - at, "bc", base, 2);
			at += (size_t)put_number(text + at, size - at, "sc", below, 2);
			put_number(text + at, size - at, "i", PCI_ANY_ID, 2);
			return text;
		}
	return NULL;
}

static u32 read_hex(const char **at)
{
	u32 value = 0;

	for (; **at; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			value = value << 4 | (u32)(c - '0');
		else if (c >= 'A' && c <= 'F')
			value = value << 4 | (u32)(c - 'A' + 10);
		else
			break;
	}
	return value;
}

/* The number behind @name; a star stands for one that nobody has. */
static u32 number_of_alias(const char *alias, const char *name, u32 otherwise)
{
	const char *at = strstr(alias, name);

	if (!at)
		return otherwise;
	at += strlen(name);
	return *at == '*' ? otherwise : read_hex(&at);
}

int qy_compat_pci_add_alias(struct qy_world *w, const char *alias)
{
	struct qy_pci_device device = { .vendor = (u16)number_of_alias(
						alias, "pci:v", 0x1234),
		.device = (u16)number_of_alias(alias, "d", 1),
		.subsystem_vendor = (u16)number_of_alias(alias, "sv", 0x1af4),
		.subsystem_device = (u16)number_of_alias(alias, "sd", 0x1100),
		.class_code = number_of_alias(alias, "bc", 0xff) << 16 |
			      number_of_alias(alias, "sc", 0) << 8,
		.nr_vectors = 8 };

	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		device.bar_bytes[bar] = 0x10000;
	return qy_world_add_pci(w, &device);
}
