/* SPDX-License-Identifier: MIT */
/*
 * PCI devices: those that a world was given (qy_world_add_pci()), their configuration space, registers and interrupts, and
 * drivers for them. Memory BARs only; MSI and MSI-X are one kind of vectors; power states are always D0.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_PCI_H
#define COMPAT_LINUX_PCI_H

#include <linux/device.h>
#include <linux/dmapool.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/pci_ids.h>
#include <linux/pm.h>

#define PCI_VENDOR_ID           0x00
#define PCI_DEVICE_ID           0x02
#define PCI_COMMAND             0x04
#define PCI_COMMAND_IO          0x1
#define PCI_COMMAND_MEMORY      0x2
#define PCI_COMMAND_MASTER      0x4
#define PCI_STATUS              0x06
#define PCI_STATUS_CAP_LIST     0x10
#define PCI_CLASS_REVISION      0x08
#define PCI_REVISION_ID         0x08
#define PCI_CLASS_DEVICE        0x0a
#define PCI_BASE_ADDRESS_0      0x10
#define PCI_SUBSYSTEM_VENDOR_ID 0x2c
#define PCI_SUBSYSTEM_ID        0x2e
#define PCI_CAPABILITY_LIST     0x34
#define PCI_INTERRUPT_LINE      0x3c
#define PCI_INTERRUPT_PIN       0x3d
#define PCI_CAP_ID_PM           0x01
#define PCI_CAP_ID_MSI          0x05

#define PCI_STD_NUM_BARS 6
#define PCI_ANY_ID       (~0u)

#define PCI_IRQ_INTX      (1 << 0)
#define PCI_IRQ_LEGACY    PCI_IRQ_INTX
#define PCI_IRQ_MSI       (1 << 1)
#define PCI_IRQ_MSIX      (1 << 2)
/* stub: interrupts have no CPUs of their own */
#define PCI_IRQ_AFFINITY  (1 << 3)
#define PCI_IRQ_ALL_TYPES (PCI_IRQ_INTX | PCI_IRQ_MSI | PCI_IRQ_MSIX)

#define PCI_DEVFN(slot, func) ((((slot)&0x1f) << 3) | ((func)&0x07))
#define PCI_SLOT(devfn)       (((devfn) >> 3) & 0x1f)
#define PCI_FUNC(devfn)       ((devfn)&0x07)

#define PCI_DEVICE(vend, dev)                                       \
	.vendor = (vend), .device = (dev), .subvendor = PCI_ANY_ID, \
	.subdevice = PCI_ANY_ID
#define PCI_DEVICE_SUB(vend, dev, subvend, subdev) \
	.vendor = (vend), .device = (dev), .subvendor = (subvend), .subdevice = (subdev)
#define PCI_DEVICE_CLASS(dev_class, dev_class_mask)                                 \
	.class = (dev_class), .class_mask = (dev_class_mask), .vendor = PCI_ANY_ID, \
	.device = PCI_ANY_ID, .subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID
#define PCI_VDEVICE(vend, dev) PCI_DEVICE(PCI_VENDOR_ID_##vend, dev)
#define PCI_DEVICE_DATA(vend, dev, data)                                \
	PCI_DEVICE(PCI_VENDOR_ID_##vend, PCI_DEVICE_ID_##vend##_##dev), \
		.driver_data = (kernel_ulong_t)(data)

typedef int pci_power_t;
#define PCI_D0    ((pci_power_t)0)
#define PCI_D3hot ((pci_power_t)3)

struct pci_bus {
	unsigned char number;
};

struct pci_dev {
	struct pci_bus *bus;
	unsigned int devfn;
	unsigned short vendor, device, subsystem_vendor, subsystem_device;
	unsigned int class; /* base, sub, interface */
	u8 revision, pin;
	struct device dev;
	unsigned int irq; /* of its pin; of the first vector while MSI is on */
	struct resource resource[PCI_STD_NUM_BARS];
	unsigned int is_busmaster : 1, msi_enabled : 1, msix_enabled : 1, is_managed : 1;
	int enable_cnt;
	u8 qy_config[256], qy_saved[256];
	unsigned int qy_first_irq; /* its pin's, then a vector's each */
	unsigned int qy_max_vectors, qy_nr_vectors;
	unsigned int qy_requested;        /* BARs, as bits */
	void *qy_table[PCI_STD_NUM_BARS]; /* of pcim_iomap_table() */
	const struct pci_device_id *qy_id;
	int qy_probe_error;
	struct pci_bus qy_bus;
	char qy_alias[80];
};

struct pci_driver {
	const char *name;
	const struct pci_device_id *id_table;
	int (*probe)(struct pci_dev *dev, const struct pci_device_id *id);
	void (*remove)(struct pci_dev *dev);
	void (*shutdown)(struct pci_dev *dev);
	struct device_driver driver;
};

#define to_pci_dev(n)      container_of(n, struct pci_dev, dev)
#define to_pci_driver(drv) container_of(drv, struct pci_driver, driver)
#define dev_is_pci(d)      ((d)->bus && !strcmp((d)->bus->name, "pci"))

int __pci_register_driver(struct pci_driver *drv, struct module *owner,
	const char *mod_name) QY_REAL(__pci_register_driver) __must_check;
#define pci_register_driver(drv) __pci_register_driver(drv, THIS_MODULE, "")
void pci_unregister_driver(struct pci_driver *drv) QY_REAL(pci_unregister_driver);
#define module_pci_driver(drv) \
	module_driver(drv, pci_register_driver, pci_unregister_driver)
const struct pci_device_id *pci_match_id(
	const struct pci_device_id *ids, struct pci_dev *dev) QY_REAL(pci_match_id);

static inline const char *pci_name(const struct pci_dev *pdev)
{
	return dev_name(&pdev->dev);
}

static inline void *pci_get_drvdata(struct pci_dev *pdev)
{
	return dev_get_drvdata(&pdev->dev);
}

static inline void pci_set_drvdata(struct pci_dev *pdev, void *data)
{
	dev_set_drvdata(&pdev->dev, data);
}

static inline struct pci_dev *pci_dev_get(struct pci_dev *dev)
{
	if (dev)
		get_device(&dev->dev);
	return dev;
}

static inline void pci_dev_put(struct pci_dev *dev)
{
	if (dev)
		put_device(&dev->dev);
}

/* The next of these numbers behind @from, whose reference goes. */
struct pci_dev *pci_get_device(unsigned int vendor, unsigned int device,
	struct pci_dev *from) QY_REAL(pci_get_device);

#define pci_domain_nr(bus) ((void)(bus), 0)
#define pci_dev_id(dev)    ((u16)((dev)->bus->number << 8 | (dev)->devfn))

/* ------------------------------------------------------------------ on and off */

/* Return: 0, an error. Context: task, may sleep. */
int pci_enable_device(struct pci_dev *dev) QY_REAL(pci_enable_device) __must_check;
#define pci_enable_device_mem(dev) pci_enable_device(dev)
void pci_disable_device(struct pci_dev *dev) QY_REAL(pci_disable_device);
/* Goes with the binding, and what was requested and mapped since with it. */
int pcim_enable_device(struct pci_dev *dev) QY_REAL(pcim_enable_device) __must_check;
void pci_set_master(struct pci_dev *dev) QY_REAL(pci_set_master);
void pci_clear_master(struct pci_dev *dev) QY_REAL(pci_clear_master);

static inline int pci_is_enabled(struct pci_dev *pdev)
{
	return pdev->enable_cnt > 0;
}

/* ------------------------------------------------------------------ configuration space */

int pci_read_config_byte(const struct pci_dev *dev, int where, u8 *val)
	QY_REAL(pci_read_config_byte);
int pci_read_config_word(const struct pci_dev *dev, int where, u16 *val)
	QY_REAL(pci_read_config_word);
int pci_read_config_dword(const struct pci_dev *dev, int where, u32 *val)
	QY_REAL(pci_read_config_dword);
int pci_write_config_byte(struct pci_dev *dev, int where, u8 val)
	QY_REAL(pci_write_config_byte);
int pci_write_config_word(struct pci_dev *dev, int where, u16 val)
	QY_REAL(pci_write_config_word);
int pci_write_config_dword(struct pci_dev *dev, int where, u32 val)
	QY_REAL(pci_write_config_dword);
/* Return: where it is, 0: there is none. */
u8 pci_find_capability(struct pci_dev *dev, int cap) QY_REAL(pci_find_capability);
int pci_save_state(struct pci_dev *dev) QY_REAL(pci_save_state);
void pci_restore_state(struct pci_dev *dev) QY_REAL(pci_restore_state);

/* stub: a device is always in D0 */
#define pci_set_power_state(dev, state)     ((void)(dev), (void)(state), 0)
/* stub: a device never wakes a board */
#define pci_wake_from_d3(dev, enable)       ((void)(dev), 0)
/* stub: a device never wakes a board */
#define pci_enable_wake(dev, state, enable) ((void)(dev), 0)

/* ------------------------------------------------------------------ registers */

#define pci_resource_n(dev, bar)     (&(dev)->resource[bar])
#define pci_resource_start(dev, bar) (pci_resource_n(dev, bar)->start)
#define pci_resource_end(dev, bar)   (pci_resource_n(dev, bar)->end)
#define pci_resource_flags(dev, bar) (pci_resource_n(dev, bar)->flags)
#define pci_resource_len(dev, bar) \
	(pci_resource_end(dev, bar) ? resource_size(pci_resource_n(dev, bar)) : 0)

/* Return: 0, -EBUSY. */
int pci_request_region(struct pci_dev *dev, int bar, const char *name)
	QY_REAL(pci_request_region) __must_check;
void pci_release_region(struct pci_dev *dev, int bar) QY_REAL(pci_release_region);
int pci_request_selected_regions(struct pci_dev *dev, int bars, const char *name)
	QY_REAL(pci_request_selected_regions) __must_check;
void pci_release_selected_regions(struct pci_dev *dev, int bars)
	QY_REAL(pci_release_selected_regions);
int pci_select_bars(struct pci_dev *dev, unsigned long flags) QY_REAL(pci_select_bars);
#define pci_request_regions(dev, name)     pci_request_selected_regions(dev, 0x3f, name)
#define pci_request_mem_regions(dev, name) pci_request_selected_regions(dev, 0x3f, name)
#define pci_release_regions(dev)           pci_release_selected_regions(dev, 0x3f)
#define pci_release_mem_regions(dev)       pci_release_regions(dev)

/* @maxlen: 0 = all of it. NULL: there is none. */
void *pci_iomap(struct pci_dev *dev, int bar, unsigned long maxlen) QY_REAL(pci_iomap);
void pci_iounmap(struct pci_dev *dev, volatile void *addr) QY_REAL(pci_iounmap);
#define pci_ioremap_bar(dev, bar) pci_iomap(dev, bar, 0)
void *pcim_iomap(struct pci_dev *dev, int bar, unsigned long maxlen) QY_REAL(pcim_iomap);
/* Requested and mapped: BARs as bits. */
int pcim_iomap_regions(struct pci_dev *dev, int mask, const char *name)
	QY_REAL(pcim_iomap_regions);
/* By BAR: what was mapped so. */
void *const *pcim_iomap_table(struct pci_dev *dev) QY_REAL(pcim_iomap_table);

/* ------------------------------------------------------------------ interrupts */

/* Return: how many, at least @min; -ENOSPC, -EINVAL. */
int pci_alloc_irq_vectors(struct pci_dev *dev, unsigned int min, unsigned int max,
	unsigned int flags) QY_REAL(pci_alloc_irq_vectors);
void pci_free_irq_vectors(struct pci_dev *dev) QY_REAL(pci_free_irq_vectors);
/* Return: the number of the n-th, -EINVAL. */
int pci_irq_vector(struct pci_dev *dev, unsigned int nr) QY_REAL(pci_irq_vector);

static inline int pci_enable_msi(struct pci_dev *dev)
{
	int nr = pci_alloc_irq_vectors(dev, 1, 1, PCI_IRQ_MSI);

	return nr < 0 ? nr : 0;
}

#define pci_disable_msi(dev)  pci_free_irq_vectors(dev)
#define pci_disable_msix(dev) pci_free_irq_vectors(dev)

#define pci_dbg(pdev, fmt, ...)  dev_dbg(&(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_info(pdev, fmt, ...) dev_info(&(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_warn(pdev, fmt, ...) dev_warn(&(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_err(pdev, fmt, ...)  dev_err(&(pdev)->dev, fmt, ##__VA_ARGS__)

#endif
