/* SPDX-License-Identifier: MIT */
/*
 * PCI devices: those of the board's tree, and those that a world was given (qy_world_add_pci()); their configuration space,
 * registers, ports and interrupts, and drivers for them.
 *
 * A device answers at its BARs between pci_enable_device() and pci_disable_device(), in D0; before, reads are all ones and writes
 * are lost. What is enabled, requested, mapped or allocated is held until it is given back; pcim_* gives it back at unbind.
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
#include <linux/pci_regs.h>
#include <linux/pm.h>
#include <linux/version.h>

enum {
	PCI_STD_RESOURCES,
	PCI_STD_RESOURCE_END = PCI_STD_RESOURCES + PCI_STD_NUM_BARS - 1,
	PCI_ROM_RESOURCE,
	DEVICE_COUNT_RESOURCE,
	PCI_NUM_RESOURCES = DEVICE_COUNT_RESOURCE,
};
#define PCI_ANY_ID (~0u)

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
#define PCI_DEVID(bus, devfn) ((((u16)(bus)) << 8) | (devfn))
#define PCI_BUS_NUM(x)        (((x) >> 8) & 0xff)

#define PCI_DEVICE(vend, dev)                                       \
	.vendor = (vend), .device = (dev), .subvendor = PCI_ANY_ID, \
	.subdevice = PCI_ANY_ID
#define PCI_DEVICE_SUB(vend, dev, subvend, subdev) \
	.vendor = (vend), .device = (dev), .subvendor = (subvend), .subdevice = (subdev)
#define PCI_DEVICE_CLASS(dev_class, dev_class_mask)                                 \
	.class = (dev_class), .class_mask = (dev_class_mask), .vendor = PCI_ANY_ID, \
	.device = PCI_ANY_ID, .subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID
/* As in Linux class and class_mask follow without their names. */
#define PCI_VDEVICE(vend, dev)                                                    \
	.vendor = PCI_VENDOR_ID_##vend, .device = (dev), .subvendor = PCI_ANY_ID, \
	.subdevice = PCI_ANY_ID, 0, 0
#define PCI_VDEVICE_SUB(vend, dev, subvend, subdev)                              \
	.vendor = PCI_VENDOR_ID_##vend, .device = (dev), .subvendor = (subvend), \
	.subdevice = (subdev), 0, 0
#define PCI_DEVICE_DATA(vend, dev, data)                                        \
	.vendor = PCI_VENDOR_ID_##vend, .device = PCI_DEVICE_ID_##vend##_##dev, \
	.subvendor = PCI_ANY_ID, .subdevice = PCI_ANY_ID, 0, 0,                 \
	.driver_data = (kernel_ulong_t)(data)
#define DEFINE_PCI_DEVICE_TABLE(table) const struct pci_device_id table[]

typedef int pci_power_t;
#define PCI_D0          ((pci_power_t)0)
#define PCI_D1          ((pci_power_t)1)
#define PCI_D2          ((pci_power_t)2)
#define PCI_D3hot       ((pci_power_t)3)
#define PCI_D3cold      ((pci_power_t)4)
#define PCI_UNKNOWN     ((pci_power_t)5)
#define PCI_POWER_ERROR ((pci_power_t)-1)

/* What an error of the bus is told with; none comes. */
typedef unsigned int pci_channel_state_t;
enum {
	pci_channel_io_normal = 1,
	pci_channel_io_frozen = 2,
	pci_channel_io_perm_failure = 3,
};
typedef unsigned int pci_ers_result_t;
enum {
	PCI_ERS_RESULT_NONE = 1,
	PCI_ERS_RESULT_CAN_RECOVER,
	PCI_ERS_RESULT_NEED_RESET,
	PCI_ERS_RESULT_DISCONNECT,
	PCI_ERS_RESULT_RECOVERED,
};

struct pci_bus {
	unsigned char number;
	int domain_nr;
};

struct pci_dev {
	struct pci_bus *bus;
	unsigned int devfn;
	unsigned short vendor, device, subsystem_vendor, subsystem_device;
	unsigned int class; /* base, sub, interface */
	u8 revision, pin;
	u8 pcie_cap, msi_cap, msix_cap,
		pm_cap; /* where in the configuration space; 0: none */
	struct pci_driver *driver;
	struct device dev;
	pci_power_t current_state;
	pci_channel_state_t error_state; /* always normal */
	int cfg_size;
	unsigned int irq; /* of its pin; of the first vector while MSI is on */
	struct resource resource[DEVICE_COUNT_RESOURCE];
	unsigned int is_busmaster : 1, msi_enabled : 1, msix_enabled : 1, is_managed : 1,
		state_saved : 1, is_physfn : 1, is_virtfn : 1, no_msi : 1;
	int enable_cnt;
	u8 qy_config[4096], qy_saved[256];
	unsigned int qy_first_irq; /* its pin's, then a vector's each */
	unsigned int qy_max_vectors, qy_nr_vectors;
	unsigned int qy_requested;        /* BARs, as bits */
	void *qy_table[PCI_STD_NUM_BARS]; /* of pcim_iomap_table() */
	const struct pci_device_id *qy_id;
	int qy_probe_error;
	bool qy_told;   /* of an access while it does not answer */
	bool qy_pinned; /* pcim_pin_device() */
	struct pci_bus qy_bus;
	char qy_alias[80];
};

struct pci_error_handlers { /* nobody calls them: there are no errors of the bus */
	pci_ers_result_t (*error_detected)(
		struct pci_dev *dev, pci_channel_state_t error);
	pci_ers_result_t (*mmio_enabled)(struct pci_dev *dev);
	pci_ers_result_t (*slot_reset)(struct pci_dev *dev);
	void (*reset_prepare)(struct pci_dev *dev);
	void (*reset_done)(struct pci_dev *dev);
	void (*resume)(struct pci_dev *dev);
	void (*cor_error_detected)(struct pci_dev *dev);
};

struct pci_driver {
	const char *name;
	const struct pci_device_id *id_table;
	int (*probe)(struct pci_dev *dev, const struct pci_device_id *id);
	void (*remove)(struct pci_dev *dev);
	int (*suspend)(struct pci_dev *dev, pm_message_t state);
	int (*resume)(struct pci_dev *dev);
	void (*shutdown)(struct pci_dev *dev);
	int (*sriov_configure)(
		struct pci_dev *dev, int nr); /* nobody asks for functions */
	const struct pci_error_handlers *err_handler;
	const struct attribute_group **groups, **dev_groups;
	struct device_driver driver;
	bool driver_managed_dma;
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
struct pci_dev *pci_get_subsys(unsigned int vendor, unsigned int device,
	unsigned int ss_vendor, unsigned int ss_device, struct pci_dev *from)
	QY_REAL(pci_get_subsys);
struct pci_dev *pci_get_class(unsigned int class, struct pci_dev *from)
	QY_REAL(pci_get_class);
struct pci_dev *pci_get_domain_bus_and_slot(int domain, unsigned int bus,
	unsigned int devfn) QY_REAL(pci_get_domain_bus_and_slot);
/* 1: there is one that the table matches. */
int pci_dev_present(const struct pci_device_id *ids) QY_REAL(pci_dev_present);
/* It is unbound, and gone. Context: task, may sleep. */
void pci_stop_and_remove_bus_device(struct pci_dev *dev)
	QY_REAL(pci_stop_and_remove_bus_device);
#define pci_stop_and_remove_bus_device_locked(dev) pci_stop_and_remove_bus_device(dev)
#define for_each_pci_dev(d) \
	while ((d = pci_get_device(PCI_ANY_ID, PCI_ANY_ID, d)) != NULL)

#define pci_domain_nr(of_bus) ((of_bus)->domain_nr)
#define pci_dev_id(dev)       PCI_DEVID((dev)->bus->number, (dev)->devfn)

/* ------------------------------------------------------------------ on and off */

/* Return: 0, an error. Context: task, may sleep. */
int pci_enable_device(struct pci_dev *dev) QY_REAL(pci_enable_device) __must_check;
int pci_enable_device_mem(struct pci_dev *dev)
	QY_REAL(pci_enable_device_mem) __must_check;
int pci_enable_device_io(struct pci_dev *dev) QY_REAL(pci_enable_device_io) __must_check;
int pci_reenable_device(struct pci_dev *dev) QY_REAL(pci_reenable_device) __must_check;
void pci_disable_device(struct pci_dev *dev) QY_REAL(pci_disable_device);
/* Goes with the binding, and what was requested and mapped since with it. */
int pcim_enable_device(struct pci_dev *dev) QY_REAL(pcim_enable_device) __must_check;
/* Of a managed device: it stays enabled behind the binding. */
void pcim_pin_device(struct pci_dev *dev) QY_REAL(pcim_pin_device);
void pci_set_master(struct pci_dev *dev) QY_REAL(pci_set_master);
void pci_clear_master(struct pci_dev *dev) QY_REAL(pci_clear_master);
/* Memory writes and invalidates; on or off, nothing else changes. Return: 0. */
int pci_set_mwi(struct pci_dev *dev) QY_REAL(pci_set_mwi);
void pci_clear_mwi(struct pci_dev *dev) QY_REAL(pci_clear_mwi);
#define pci_try_set_mwi(dev) pci_set_mwi(dev)
#define pcim_set_mwi(dev)    pci_set_mwi(dev)
/* Its pin. */
void pci_intx(struct pci_dev *dev, int enable) QY_REAL(pci_intx);

static inline int pci_is_enabled(struct pci_dev *pdev)
{
	return pdev->enable_cnt > 0;
}

static inline int pci_is_managed(struct pci_dev *pdev)
{
	return pdev->is_managed;
}

static inline int pci_channel_offline(struct pci_dev *pdev)
{
	return pdev->error_state != pci_channel_io_normal;
}

static inline bool pci_device_is_present(struct pci_dev *pdev)
{
	return pdev != NULL;
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
u8 pci_find_next_capability(struct pci_dev *dev, u8 pos, int cap)
	QY_REAL(pci_find_next_capability);
u16 pci_find_ext_capability(struct pci_dev *dev, int cap)
	QY_REAL(pci_find_ext_capability);
int pci_save_state(struct pci_dev *dev) QY_REAL(pci_save_state);
void pci_restore_state(struct pci_dev *dev) QY_REAL(pci_restore_state);

/* @pos: in the PCI Express capability. Return: 0, -EINVAL; without the capability *@val is 0. */
int pcie_capability_read_word(struct pci_dev *dev, int pos, u16 *val)
	QY_REAL(pcie_capability_read_word);
int pcie_capability_read_dword(struct pci_dev *dev, int pos, u32 *val)
	QY_REAL(pcie_capability_read_dword);
int pcie_capability_write_word(struct pci_dev *dev, int pos, u16 val)
	QY_REAL(pcie_capability_write_word);
int pcie_capability_write_dword(struct pci_dev *dev, int pos, u32 val)
	QY_REAL(pcie_capability_write_dword);
int pcie_capability_clear_and_set_word(struct pci_dev *dev, int pos, u16 clear, u16 set)
	QY_REAL(pcie_capability_clear_and_set_word);
int pcie_capability_clear_and_set_dword(struct pci_dev *dev, int pos, u32 clear, u32 set)
	QY_REAL(pcie_capability_clear_and_set_dword);
#define pcie_capability_set_word(dev, pos, set) \
	pcie_capability_clear_and_set_word(dev, pos, 0, set)
#define pcie_capability_clear_word(dev, pos, clear) \
	pcie_capability_clear_and_set_word(dev, pos, clear, 0)
#define pcie_capability_set_dword(dev, pos, set) \
	pcie_capability_clear_and_set_dword(dev, pos, 0, set)
#define pcie_capability_clear_dword(dev, pos, clear) \
	pcie_capability_clear_and_set_dword(dev, pos, clear, 0)
/* Bytes: 128 to 4096. */
int pcie_get_readrq(struct pci_dev *dev) QY_REAL(pcie_get_readrq);
int pcie_set_readrq(struct pci_dev *dev, int rq) QY_REAL(pcie_set_readrq);
int pcie_get_mps(struct pci_dev *dev) QY_REAL(pcie_get_mps);
/* Registers, BARs and vectors are as before. Return: 0; -ENOTTY without PCI Express. Context: task, may sleep. */
int pcie_flr(struct pci_dev *dev) QY_REAL(pcie_flr);
#define pcie_reset_flr(dev, probe)  ((probe) ? 0 : pcie_flr(dev))
#define pci_reset_function(dev)     pcie_flr(dev)
#define pci_try_reset_function(dev) pcie_flr(dev)

static inline int pci_pcie_cap(struct pci_dev *dev)
{
	return dev->pcie_cap;
}

static inline bool pci_is_pcie(struct pci_dev *dev)
{
	return dev->pcie_cap != 0;
}

/* A link with power states of its own: there is none. */
#define PCIE_LINK_STATE_L0S                 1
#define PCIE_LINK_STATE_L1                  4
#define PCIE_LINK_STATE_CLKPM               8
/* stub: links have no power states */
#define pci_disable_link_state(pdev, state) ((void)(pdev), (void)(state), 0)

/* ------------------------------------------------------------------ power */

/* Return: 0, -EINVAL. Context: any. */
int pci_set_power_state(struct pci_dev *dev, pci_power_t state)
	QY_REAL(pci_set_power_state);
#define pci_choose_state(dev, message) ((void)(dev), (message).event ? PCI_D3hot : PCI_D0)
int pci_prepare_to_sleep(struct pci_dev *dev) QY_REAL(pci_prepare_to_sleep);
int pci_back_from_sleep(struct pci_dev *dev) QY_REAL(pci_back_from_sleep);
#define pci_pme_capable(dev, state)         ((void)(dev), (void)(state), false)
#define pci_pme_active(dev, enable)         ((void)(dev), (void)(enable))
/* stub: a device never wakes a board */
#define pci_wake_from_d3(dev, enable)       ((void)(dev), 0)
/* stub: a device never wakes a board */
#define pci_enable_wake(dev, state, enable) ((void)(dev), 0)
/* stub: power that is not taken away need not be kept */
#define pci_d3cold_disable(dev)             ((void)(dev))
/* stub: power that is not taken away need not be kept */
#define pci_d3cold_enable(dev)              ((void)(dev))

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
#define pci_request_selected_regions_exclusive(dev, bars, name) \
	pci_request_selected_regions(dev, bars, name)
#define pci_request_regions(dev, name)           pci_request_selected_regions(dev, 0x3f, name)
#define pci_request_regions_exclusive(dev, name) pci_request_regions(dev, name)
#define pci_release_regions(dev)                 pci_release_selected_regions(dev, 0x3f)

static inline int pci_request_mem_regions(struct pci_dev *dev, const char *name)
{
	return pci_request_selected_regions(
		dev, pci_select_bars(dev, IORESOURCE_MEM), name);
}

static inline void pci_release_mem_regions(struct pci_dev *dev)
{
	pci_release_selected_regions(dev, pci_select_bars(dev, IORESOURCE_MEM));
}

static inline int pci_request_io_regions(struct pci_dev *dev, const char *name)
{
	return pci_request_selected_regions(
		dev, pci_select_bars(dev, IORESOURCE_IO), name);
}

static inline void pci_release_io_regions(struct pci_dev *dev)
{
	pci_release_selected_regions(dev, pci_select_bars(dev, IORESOURCE_IO));
}

/* @maxlen: 0 = all of it. NULL: there is none. Of ports it is what ioport_map() gives. */
void *pci_iomap(struct pci_dev *dev, int bar, unsigned long maxlen) QY_REAL(pci_iomap);
void *pci_iomap_range(struct pci_dev *dev, int bar, unsigned long offset,
	unsigned long maxlen) QY_REAL(pci_iomap_range);
void pci_iounmap(struct pci_dev *dev, volatile void *addr) QY_REAL(pci_iounmap);
#define pci_iomap_wc(dev, bar, maxlen) pci_iomap(dev, bar, maxlen)
/* NULL also of ports, which is said. */
void *pci_ioremap_bar(struct pci_dev *dev, int bar) QY_REAL(pci_ioremap_bar);
#define pci_ioremap_wc_bar(dev, bar) pci_ioremap_bar(dev, bar)
void *pcim_iomap(struct pci_dev *dev, int bar, unsigned long maxlen) QY_REAL(pcim_iomap);
void pcim_iounmap(struct pci_dev *dev, volatile void *addr) QY_REAL(pcim_iounmap);
/* Requested and mapped: BARs as bits. */
int pcim_iomap_regions(struct pci_dev *dev, int mask, const char *name)
	QY_REAL(pcim_iomap_regions);
void pcim_iounmap_regions(struct pci_dev *dev, int mask) QY_REAL(pcim_iounmap_regions);
/* Likewise, and all others requested. */
int pcim_iomap_regions_request_all(struct pci_dev *dev, int mask, const char *name)
	QY_REAL(pcim_iomap_regions_request_all);
/* Requested and mapped; ERR_PTR(). */
void *pcim_iomap_region(struct pci_dev *dev, int bar, const char *name)
	QY_REAL(pcim_iomap_region);
int pcim_request_region(struct pci_dev *dev, int bar, const char *name)
	QY_REAL(pcim_request_region);
int pcim_request_all_regions(struct pci_dev *dev, const char *name)
	QY_REAL(pcim_request_all_regions);
/* By BAR: what was mapped so. */
void *const *pcim_iomap_table(struct pci_dev *dev) QY_REAL(pcim_iomap_table);

/* ------------------------------------------------------------------ interrupts */

struct irq_affinity {
	unsigned int pre_vectors, post_vectors;
};

struct msix_entry {
	u32 vector; /* receives its interrupt */
	u16 entry;  /* of the table, in order */
};

/* Return: how many, at least @min; -ENOSPC, -EINVAL, -ERANGE. */
int pci_alloc_irq_vectors(struct pci_dev *dev, unsigned int min, unsigned int max,
	unsigned int flags) QY_REAL(pci_alloc_irq_vectors);
#define pci_alloc_irq_vectors_affinity(dev, min, max, flags, affd) \
	((void)(affd), pci_alloc_irq_vectors(dev, min, max, flags))
void pci_free_irq_vectors(struct pci_dev *dev) QY_REAL(pci_free_irq_vectors);
/* Return: the number of the n-th, -EINVAL. */
int pci_irq_vector(struct pci_dev *dev, unsigned int nr) QY_REAL(pci_irq_vector);
int pci_enable_msi(struct pci_dev *dev) QY_REAL(pci_enable_msi);
void pci_disable_msi(struct pci_dev *dev) QY_REAL(pci_disable_msi);
int pci_enable_msix_range(struct pci_dev *dev, struct msix_entry *entries, int min,
	int max) QY_REAL(pci_enable_msix_range);
void pci_disable_msix(struct pci_dev *dev) QY_REAL(pci_disable_msix);
int pci_request_irq(struct pci_dev *dev, unsigned int nr, irq_handler_t handler,
	irq_handler_t thread_fn, void *dev_id, const char *fmt, ...)
	QY_REAL(pci_request_irq) __printf(6, 7);
void pci_free_irq(struct pci_dev *dev, unsigned int nr, void *dev_id)
	QY_REAL(pci_free_irq);

static inline int pci_enable_msix_exact(
	struct pci_dev *dev, struct msix_entry *entries, int nr)
{
	int got = pci_enable_msix_range(dev, entries, nr, nr);

	return got < 0 ? got : 0;
}

/* Of what the device has; -EINVAL: none. */
static inline int pci_msi_vec_count(struct pci_dev *dev)
{
	return dev->msi_cap ? (int)dev->qy_max_vectors : -EINVAL;
}

static inline int pci_msix_vec_count(struct pci_dev *dev)
{
	return dev->msix_cap ? (int)dev->qy_max_vectors : -EINVAL;
}

static inline bool pci_dev_msi_enabled(struct pci_dev *dev)
{
	return dev->msi_enabled || dev->msix_enabled;
}

#define pci_printk(level, pdev, fmt, ...) \
	dev_printk(level, &(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_dbg(pdev, fmt, ...)    dev_dbg(&(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_info(pdev, fmt, ...)   dev_info(&(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_notice(pdev, fmt, ...) dev_notice(&(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_warn(pdev, fmt, ...)   dev_warn(&(pdev)->dev, fmt, ##__VA_ARGS__)
#define pci_err(pdev, fmt, ...)    dev_err(&(pdev)->dev, fmt, ##__VA_ARGS__)

#if !QY_SINCE(5, 18)
/* The DMA API by the PCI device, as before 5.18; what is taken is taken with GFP_ATOMIC. */
#define PCI_DMA_BIDIRECTIONAL                   0
#define PCI_DMA_TODEVICE                        1
#define PCI_DMA_FROMDEVICE                      2
#define PCI_DMA_NONE                            3
#define pci_set_dma_mask(pdev, mask)            dma_set_mask(&(pdev)->dev, mask)
#define pci_set_consistent_dma_mask(pdev, mask) dma_set_coherent_mask(&(pdev)->dev, mask)
#define pci_alloc_consistent(pdev, bytes, dma) \
	dma_alloc_coherent(&(pdev)->dev, bytes, dma, GFP_ATOMIC)
#define pci_zalloc_consistent(pdev, bytes, dma) \
	dma_alloc_coherent(&(pdev)->dev, bytes, dma, GFP_ATOMIC)
#define pci_free_consistent(pdev, bytes, p, dma) \
	dma_free_coherent(&(pdev)->dev, bytes, p, dma)
#define pci_map_single(pdev, p, bytes, dir) \
	dma_map_single(&(pdev)->dev, p, bytes, (enum dma_data_direction)(dir))
#define pci_unmap_single(pdev, dma, bytes, dir) \
	dma_unmap_single(&(pdev)->dev, dma, bytes, (enum dma_data_direction)(dir))
#define pci_map_page(pdev, page, offset, bytes, dir) \
	dma_map_page(&(pdev)->dev, page, offset, bytes, (enum dma_data_direction)(dir))
#define pci_unmap_page(pdev, dma, bytes, dir) \
	dma_unmap_page(&(pdev)->dev, dma, bytes, (enum dma_data_direction)(dir))
#define pci_map_sg(pdev, sg, nents, dir) \
	dma_map_sg(&(pdev)->dev, sg, nents, (enum dma_data_direction)(dir))
#define pci_unmap_sg(pdev, sg, nents, dir) \
	dma_unmap_sg(&(pdev)->dev, sg, nents, (enum dma_data_direction)(dir))
#define pci_dma_mapping_error(pdev, dma) dma_mapping_error(&(pdev)->dev, dma)
#endif

#endif
