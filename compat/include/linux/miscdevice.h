/* SPDX-License-Identifier: MIT */
/* Single nodes below /dev. No state. */
#ifndef COMPAT_LINUX_MISCDEVICE_H
#define COMPAT_LINUX_MISCDEVICE_H

#include <linux/fs.h>
#include <linux/major.h>
#include <linux/module.h>

#define MISC_DYNAMIC_MINOR 255
#define PSMOUSE_MINOR      1
#define WATCHDOG_MINOR     130 /* /dev/watchdog */
#define TEMP_MINOR         131 /* of watchdogs with a thermometer */
#define APM_MINOR_DEV      134
#define RTC_MINOR          135
#define SUN_OPENPROM_MINOR 139
#define NVRAM_MINOR        144
#define HWRNG_MINOR        183
#define MICROCODE_MINOR    184
#define IRNET_MINOR        187
#define TUN_MINOR          200
#define MISC_MCELOG_MINOR  227
#define HPET_MINOR         228
#define FUSE_MINOR         229
#define SNAPSHOT_MINOR     231
#define KVM_MINOR          232
#define UINPUT_MINOR       223
#define UHID_MINOR         239
#define LOOP_CTRL_MINOR    237

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	struct list_head list;
	struct device *parent;
	struct device *this_device;
	const struct attribute_group **groups;
	const char *nodename;
	umode_t mode;
};

int misc_register(struct miscdevice *misc) QY_REAL(misc_register);
void misc_deregister(struct miscdevice *misc) QY_REAL(misc_deregister);
#define MODULE_ALIAS_MISCDEV(minor) \
	MODULE_ALIAS("char-major-" __stringify(MISC_MAJOR) "-" __stringify(minor))
#define module_misc_device(misc) module_driver(misc, misc_register, misc_deregister)

#endif
