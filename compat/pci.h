/* SPDX-License-Identifier: MIT */
/*
 * PCI in a world: what pci.c (devices and drivers), pci_config.c (configuration space, power) and pci_bars.c (registers,
 * ports, vectors) share.
 *
 * Locking: none; see world.h.
 */
#ifndef COMPAT_PCI_H
#define COMPAT_PCI_H

#include <linux/pci.h>
#include "compat/model.h"

/* Addresses that a host bridge passes on. */
struct pci_window {
	bool ports;
	u64 cpu, bus, bytes;
	u64 used;
};

#define PCI_HOST_WINDOWS 4

struct pci_host { /* of the tree */
	struct list_head link;
	const struct device_node *np;
	int domain;
	unsigned int bus, next_bus; /* its own; of the next bridge below it */
	struct pci_window window[PCI_HOST_WINDOWS];
	unsigned int nr_windows;
};

#define for_each_pci(pdev, model) \
	list_for_each_entry(pdev, &(model)->pci_devices, dev.qy_link)

/* pci_config.c */
void qy_compat_pci_fill_config(struct pci_dev *dev, bool conventional);
/* Does it answer at its BARs of that kind? */
bool qy_compat_pci_decodes(const struct pci_dev *dev, bool ports);
/* io.c: registers or ports that are storage, unless a model answers for them */
int qy_compat_pci_region(
	struct qy_model *model, struct pci_dev *dev, u64 start, u64 bytes, bool ports);
void qy_compat_pci_forget_regions(struct qy_model *model, const struct pci_dev *dev);
/* pci_bars.c */
/* @host: NULL: the board has no bridge. Return: 0, -ENOMEM. */
int qy_compat_pci_place_bars(struct qy_model *model, struct pci_host *host,
	struct pci_dev *dev, const struct qy_pci_device *what);

#endif
