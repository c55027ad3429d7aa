/* SPDX-License-Identifier: MIT */
/* There is one network. No state. */
#ifndef COMPAT_NET_NET_NAMESPACE_H
#define COMPAT_NET_NET_NAMESPACE_H

#include <asm/quarry.h>
#include <linux/types.h>

struct net_device;

struct net {
	struct net_device *loopback_dev;
	int ifindex;
};
extern struct net init_net QY_REAL(init_net);

#define net_eq(a, b) ((a) == (b))

#endif
