/* SPDX-License-Identifier: MIT */
/* Properties of a device: those of its node. No state. */
#ifndef COMPAT_LINUX_PROPERTY_H
#define COMPAT_LINUX_PROPERTY_H

#include <linux/device.h>
#include <linux/of.h>

static inline int device_property_read_u32(
	const struct device *dev, const char *name, u32 *value)
{
	return of_property_read_u32(dev->of_node, name, value);
}

static inline int device_property_read_u64(
	const struct device *dev, const char *name, u64 *value)
{
	return of_property_read_u64(dev->of_node, name, value);
}

static inline int device_property_read_string(
	const struct device *dev, const char *name, const char **text)
{
	return of_property_read_string(dev->of_node, name, text);
}

static inline bool device_property_read_bool(const struct device *dev, const char *name)
{
	return of_property_read_bool(dev->of_node, name);
}

static inline bool device_property_present(const struct device *dev, const char *name)
{
	return of_property_present(dev->of_node, name);
}

static inline int device_property_read_u32_array(
	const struct device *dev, const char *name, u32 *values, size_t nr)
{
	return values ? of_property_read_u32_array(dev->of_node, name, values, nr)
		      : of_property_count_u32_elems(dev->of_node, name);
}

static inline int device_property_count_u32(const struct device *dev, const char *name)
{
	return of_property_count_u32_elems(dev->of_node, name);
}

#endif
