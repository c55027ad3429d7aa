/* SPDX-License-Identifier: MIT */
/* By what a driver says which devices it serves. No state. */
#ifndef COMPAT_LINUX_MOD_DEVICETABLE_H
#define COMPAT_LINUX_MOD_DEVICETABLE_H

#include <linux/types.h>

typedef unsigned long kernel_ulong_t;

struct of_device_id {
	char name[32];
	char type[32];
	char compatible[128];
	const void *data;
};

struct pci_device_id {
	u32 vendor, device, subvendor, subdevice; /* PCI_ANY_ID: any */
	u32 class, class_mask;
	kernel_ulong_t driver_data;
	u32 override_only;
};

#define PLATFORM_NAME_SIZE 24
struct platform_device_id {
	char name[PLATFORM_NAME_SIZE];
	kernel_ulong_t driver_data;
};

#endif
