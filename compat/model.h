/* SPDX-License-Identifier: MIT */
/*
 * Devices, drivers, files and registers of a world: what device.c, platform.c, chardev.c, of.c and io.c share.
 *
 * Locking: none; see world.h.
 */
#ifndef COMPAT_MODEL_H
#define COMPAT_MODEL_H

#include <linux/cdev.h>
#include <linux/miscdevice.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/utsname.h>
#include "compat/world.h"

struct pci_dev;

struct region { /* of registers */
	struct list_head link;
	bool ports; /* phys is the first one's number */
	u64 phys, bytes;
	u8 *storage; /* as far into its page as phys is */
	bool on_heap;
	unsigned int nr_maps;
	bool is_gone; /* it was mapped, and is not any more: nobody reads or writes it */
	struct qy_registers ops;
	struct pci_dev *pci; /* whose BAR it is; NULL: it answers always */
};

struct platform {
	struct platform_device pdev;
	const char *compatible;
	void *data;    /* its platform data */
	char name[48]; /* without its number */
	int probe_error;
	bool of_the_world; /* not of a driver */
	bool made_up;
};

struct node { /* below /dev */
	struct list_head link;
	char name[48];
	dev_t dev;
	struct address_space mapping;
};

struct chrdev_region {
	struct list_head link;
	dev_t from;
	unsigned int nr;
	const char *name;
};

struct made_node { /* of a device that the board has not */
	struct list_head link;
	struct device_node np;
	struct property properties[3];
	u8 reg[16], interrupts[12];
};

struct made_bus { /* where these lie: addresses of 64 bits, passed on as they are */
	struct device_node np;
	struct property properties[3];
};

struct qy_model {
	struct list_head drivers; /* struct device_driver.qy_link */
	struct list_head devices; /* platform devices: struct device.qy_link */
	struct list_head pci_drivers, pci_devices, pci_hosts;
	unsigned int nr_pci; /* that were given to the world */
	char pci_wanted[96]; /* the last answer */
	struct list_head firmware;
	struct list_head entries; /* below /proc and /sys/kernel/debug */
	struct list_head hwrngs;  /* the newest first */
	unsigned int watchdogs;   /* numbers that are taken, as bits */
	int watchdog_major;
	unsigned int uios, uio_major; /* in the same way */
	struct device_node *of_nodes;
	unsigned int nr_of_nodes;
	struct property *of_properties;
	struct list_head made_nodes;
	struct made_bus made_bus;
	struct list_head slave_drivers, slaves; /* of slave.c: I2C, SPI */
	unsigned int nr_slaves;
	struct i2c_adapter *i2c;  /* NULL: none yet */
	struct list_head regmaps; /* that a device manages, or that drivers share */
	/* of supply.h; the controllers that drivers have registered */
	struct list_head supplies, resets, mailboxes;
	struct list_head dma_devices, dma_clients, of_dmas; /* of dmaengine.c */
	int next_dma, next_fpga, next_bridge, next_region;
	struct list_head
		kobjects; /* that have files and are no device: struct kobject.qy_link */
	struct list_head files;  /* below /sys: of kobject.c, oldest first */
	struct list_head majors; /* of register_chrdev() */
	struct list_head claims; /* of request_region() and its like */
	struct list_head regions, nodes, chrdevs, cdevs, miscs, classed;
	unsigned int next_major, next_misc, next_irq, next_auto, next_nvmem;
	struct uts_namespace uts;
	u64 next_registers, next_port;
};

#define model_of(w) ((w)->model)

/* device.c */
void qy_compat_device_init(struct device *dev, const struct bus_type *bus);
int qy_compat_device_add(struct device *dev); /* with its DMA record */
void qy_compat_device_del(struct device *dev);
int qy_compat_bind(struct device *dev, struct device_driver *drv);
void qy_compat_unbind(struct device *dev);
void qy_compat_release_all(struct device *dev); /* devres */
/* kobject.c */
void qy_compat_files_down(struct kobject *kobj);
/* class.c */
void qy_compat_device_kobject(struct device *dev);
int qy_compat_device_enter(
	struct device *dev); /* device_add(), neither refused nor noted */
int qy_compat_driver_files(struct device_driver *driver);
void qy_compat_driver_files_down(struct device_driver *driver);
struct device *qy_compat_find_classed(const struct qy_world *w, const char *name);
/* supply.c */
void qy_compat_supply_down(struct qy_world *w);
/* slave.c */
unsigned int qy_compat_nr_pci(const struct qy_world *w);
u32 *qy_compat_slave_register(struct device *dev, unsigned int reg);
int qy_compat_slave_add(struct qy_world *w, const char *wanted);
bool qy_compat_slave_device(
	const struct qy_world *w, unsigned int n, struct qy_world_device *device);
struct device *qy_compat_slave_find(const struct qy_world *w, const char *name);
bool qy_compat_is_slave(const struct device *dev);
int qy_compat_slave_bind(struct qy_world *w, struct device *dev);
const char *qy_compat_slave_wanted(const struct qy_world *w, unsigned int *n);
void qy_compat_slaves_down(struct qy_world *w);
/* mailbox.c, dmaengine.c: clients of channels that nobody has */
void qy_compat_dma_clients(struct qy_world *w, bool come);
void qy_compat_mailbox_clients(struct qy_world *w, bool come);
/* regmap.c */
void qy_compat_regmap_down(struct qy_world *w);
/* io.c: the storage of [phys, phys + bytes), which nobody has mapped; NULL: the host has no memory */
void *qy_compat_registers_at(u64 phys, u64 bytes);
/* platform.c */
int qy_compat_platform_init(struct qy_world *w);
void qy_compat_platform_down(struct qy_world *w);
/* of.c */
int qy_compat_of_init(struct qy_world *w);
void qy_compat_of_down(struct qy_world *w);
/* 0, or -errno; #address-cells, interrupts and ranges read as Linux reads them */
int qy_compat_of_reg(
	const struct device_node *np, unsigned int index, u64 *base, u64 *size);
struct device_node *qy_compat_of_make(
	struct qy_world *w, const char *name, const char *compatible);
/* @np is of qy_compat_of_make(): what its registers and its interrupt are. */
void qy_compat_of_place(struct device_node *np, u64 base, u64 size, u32 irq);
/* A device that has such a node, or none, is supplied with what its driver asks for. */
bool qy_compat_of_is_made_up(const struct device_node *np);
int qy_compat_of_irq(const struct device_node *np, unsigned int index, u32 *irq);
/* As of_parse_phandle() and its like, without a reference. */
struct device_node *qy_compat_of_phandle(
	const struct device_node *np, const char *name, int index);
int qy_compat_of_args(const struct device_node *np, const char *list, const char *cells,
	int nr_cells, int index, struct of_phandle_args *args);
struct device *qy_compat_device_of_node(const struct device_node *np);
/* As get_device() and put_device(), but of the runtime's own. */
void qy_compat_get_device(struct device *dev);
void qy_compat_put_device(struct device *dev);
void qy_compat_device_initialize(struct device *dev);
bool qy_compat_module_get(struct module *module);
void qy_compat_module_put(struct module *module);
struct device_node *qy_compat_of_child(const struct device_node *np, const char *name);
struct device_node *qy_compat_of_compatible(
	const struct device_node *from, const char *compatible);
#define for_each_available_node(np, parent)                              \
	for ((np) = (parent)->child; (np) != NULL; (np) = (np)->sibling) \
		if (!of_device_is_available(np)) {                       \
		} else
/* An address of @bus's children, through the ranges of the buses above, up to the root. 0, -EINVAL */
int qy_compat_of_translate(const struct device_node *bus, u64 *address);
struct device *qy_compat_find_device(const struct qy_world *w, const char *name);
int qy_compat_nr_platform(const struct qy_world *w);
/* pci.c */
bool qy_compat_pci_device(
	const struct qy_world *w, unsigned int n, struct qy_world_device *device);
struct device *qy_compat_pci_find(const struct qy_world *w, const char *name);
bool qy_compat_is_pci(const struct device *dev);
int qy_compat_pci_bind(struct qy_world *w, struct device *dev);
/* pm.c: what the bus does for a driver in that phase; NULL: the driver's own function is all */
enum qy_sleep_phase {
	QY_SLEEP_PREPARE,
	QY_SLEEP_SUSPEND,
	QY_SLEEP_LATE,
	QY_SLEEP_NOIRQ,
	QY_NR_SLEEP_PHASES,
};
int qy_compat_pci_sleep(struct device *dev, enum qy_sleep_phase phase, bool down);
/* The function of a driver's dev_pm_ops. Return: what it returned; 0: it has none. */
int qy_compat_pm_call(struct device *dev, enum qy_sleep_phase phase, bool down);
/* The *n-th entry of all tables, as a modalias; else *n is what is left of it */
const char *qy_compat_pci_wanted(const struct qy_world *w, unsigned int *n);
bool qy_compat_pci_driver(
	const struct qy_world *w, unsigned int n, struct qy_world_driver *driver);
int qy_compat_pci_add_alias(struct qy_world *w, const char *alias);
int qy_compat_pci_init(struct qy_world *w); /* the tree's */
void qy_compat_pci_down(struct qy_world *w);
/* firmware.c */
void qy_compat_firmware_down(struct qy_world *w);
/* entry.c */
void qy_compat_entries_down(struct qy_world *w);
/* chardev.c */
int qy_compat_node_add(struct qy_world *w, const char *name, dev_t dev);
void qy_compat_node_del(struct qy_world *w, dev_t dev);
/* io.c */
void qy_compat_io_down(struct qy_world *w);

#endif
