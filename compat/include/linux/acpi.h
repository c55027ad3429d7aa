/* SPDX-License-Identifier: MIT */
/* As in a kernel without CONFIG_ACPI: boards here have a device tree. No state. */
#ifndef COMPAT_LINUX_ACPI_H
#define COMPAT_LINUX_ACPI_H

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/property.h>

#define acpi_disabled 1

/* stub: as in a kernel without CONFIG_ACPI: NULL */
#define ACPI_PTR(table)         (NULL)
/* stub: as in a kernel without CONFIG_ACPI: NULL */
#define ACPI_COMPANION(dev)     ((void)(dev), (struct acpi_device *)NULL)
/* stub: as in a kernel without CONFIG_ACPI: NULL */
#define ACPI_HANDLE(dev)        ((void)(dev), (void *)NULL)
/* stub: as in a kernel without CONFIG_ACPI: false */
#define has_acpi_companion(dev) ((void)(dev), false)
/* stub: as in a kernel without CONFIG_ACPI: NULL */
#define acpi_match_device(table, dev) \
	((void)(table), (void)(dev), (const struct acpi_device_id *)NULL)
/* stub: as in a kernel without CONFIG_ACPI: NULL */
#define acpi_device_get_match_data(dev)   ((void)(dev), (const void *)NULL)
/* stub: as in a kernel without CONFIG_ACPI: nobody has the ports */
#define acpi_check_resource_conflict(res) ((void)(res), 0)
/* stub: as in a kernel without CONFIG_ACPI: nobody has the ports */
#define acpi_check_region(start, n, name) ((void)(start), (void)(n), (void)(name), 0)
/* stub: as in a kernel without CONFIG_ACPI: false */
#define acpi_dev_present(hid, uid, hrv)   (false)
/* stub: as in a kernel without CONFIG_ACPI: false */
#define is_acpi_device_node(fwnode)       ((void)(fwnode), false)
struct acpi_device;

#endif
