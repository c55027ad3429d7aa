/* SPDX-License-Identifier: MIT */
/* Registers that several drivers share: one map for each node of the tree that is a syscon. No state. */
#ifndef COMPAT_LINUX_MFD_SYSCON_H
#define COMPAT_LINUX_MFD_SYSCON_H

#include <asm/quarry.h>
#include <linux/err.h>

struct device_node;
struct regmap;

/* It stays as long as the world. Return: an error pointer: -EINVAL, -ENODEV, -ENOMEM. Context: task, may sleep. */
struct regmap *device_node_to_regmap(struct device_node *np)
	QY_REAL(device_node_to_regmap);
struct regmap *syscon_node_to_regmap(struct device_node *np)
	QY_REAL(syscon_node_to_regmap);
struct regmap *syscon_regmap_lookup_by_compatible(const char *compatible)
	QY_REAL(syscon_regmap_lookup_by_compatible);
struct regmap *syscon_regmap_lookup_by_phandle(struct device_node *np,
	const char *property) QY_REAL(syscon_regmap_lookup_by_phandle);
struct regmap *syscon_regmap_lookup_by_phandle_args(
	struct device_node *np, const char *property, int nr, unsigned int *args)
	QY_REAL(syscon_regmap_lookup_by_phandle_args);
struct regmap *syscon_regmap_lookup_by_phandle_optional(struct device_node *np,
	const char *property) QY_REAL(syscon_regmap_lookup_by_phandle_optional);

#endif
