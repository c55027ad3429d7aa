/* SPDX-License-Identifier: MIT */
/* Registers by their node of the tree. No state. */
#ifndef COMPAT_LINUX_OF_ADDRESS_H
#define COMPAT_LINUX_OF_ADDRESS_H

#include <linux/ioport.h>
#include <linux/io.h>
#include <linux/of.h>

/* Return: 0, -EINVAL. */
int of_address_to_resource(struct device_node *np, int index, struct resource *res)
	QY_REAL(of_address_to_resource);
/* NULL: there is none. */
void *of_iomap(struct device_node *np, int index) QY_REAL(of_iomap);

#endif
