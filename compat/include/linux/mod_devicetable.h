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

#define PLATFORM_NAME_SIZE 24
struct platform_device_id {
	char name[PLATFORM_NAME_SIZE];
	kernel_ulong_t driver_data;
};

#endif
