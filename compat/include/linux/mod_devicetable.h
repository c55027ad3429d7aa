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

#define I2C_NAME_SIZE 20
struct i2c_device_id {
	char name[I2C_NAME_SIZE];
	kernel_ulong_t driver_data;
};

#define SPI_NAME_SIZE 32
struct spi_device_id {
	char name[SPI_NAME_SIZE];
	kernel_ulong_t driver_data;
};

#define ACPI_ID_LEN 16
struct acpi_device_id {
	u8 id[ACPI_ID_LEN];
	kernel_ulong_t driver_data;
	u32 cls, cls_msk;
};

enum dmi_field {
	DMI_NONE,
	DMI_BIOS_VENDOR,
	DMI_BIOS_VERSION,
	DMI_BIOS_DATE,
	DMI_BIOS_RELEASE,
	DMI_EC_FIRMWARE_RELEASE,
	DMI_SYS_VENDOR,
	DMI_PRODUCT_NAME,
	DMI_PRODUCT_VERSION,
	DMI_PRODUCT_SERIAL,
	DMI_PRODUCT_UUID,
	DMI_PRODUCT_SKU,
	DMI_PRODUCT_FAMILY,
	DMI_BOARD_VENDOR,
	DMI_BOARD_NAME,
	DMI_BOARD_VERSION,
	DMI_BOARD_SERIAL,
	DMI_BOARD_ASSET_TAG,
	DMI_CHASSIS_VENDOR,
	DMI_CHASSIS_TYPE,
};

struct dmi_strmatch {
	unsigned char slot : 7;
	unsigned char exact_match : 1;
	char substr[79];
};

struct dmi_system_id {
	int (*callback)(const struct dmi_system_id *id);
	const char *ident;
	struct dmi_strmatch matches[4];
	void *driver_data;
};
#define DMI_MATCH(a, b)                    \
	{                                  \
		.slot = (a), .substr = (b) \
	}
#define DMI_EXACT_MATCH(a, b)                                \
	{                                                    \
		.slot = (a), .substr = (b), .exact_match = 1 \
	}

#define PLATFORM_NAME_SIZE 24
struct platform_device_id {
	char name[PLATFORM_NAME_SIZE];
	kernel_ulong_t driver_data;
};

#endif
