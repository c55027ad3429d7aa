/* SPDX-License-Identifier: MIT */
/* What the tree says of a network device: its address. No state. */
#ifndef COMPAT_LINUX_OF_NET_H
#define COMPAT_LINUX_OF_NET_H

#include <linux/etherdevice.h>
#include <linux/of.h>

/* mac-address, local-mac-address, address. Return: 0, -ENODEV. Context: any. */
static inline int of_get_mac_address(const struct device_node *np, u8 *mac)
{
	static const char *const names[] = { "mac-address", "local-mac-address",
		"address" };

	for (int i = 0; i < 3; i++) {
		int bytes = 0;
		const u8 *addr = of_get_property(np, names[i], &bytes);

		if (addr && bytes == ETH_ALEN && is_valid_ether_addr(addr)) {
			ether_addr_copy(mac, addr);
			return 0;
		}
	}
	return -ENODEV;
}

static inline int of_get_ethdev_address(struct device_node *np, struct net_device *dev)
{
	u8 mac[ETH_ALEN];
	int error = of_get_mac_address(np, mac);

	if (!error)
		dev_addr_set(dev, mac);
	return error;
}

#endif
