/* SPDX-License-Identifier: MIT */
/* Kinds of interfaces. No state. */
#ifndef COMPAT_LINUX_IF_ARP_H
#define COMPAT_LINUX_IF_ARP_H

#include <linux/netdevice.h>

#define ARPHRD_ETHER    1
#define ARPHRD_SLIP     256
#define ARPHRD_PPP      512
#define ARPHRD_TUNNEL   768
#define ARPHRD_LOOPBACK 772
#define ARPHRD_NETLINK  824
#define ARPHRD_VSOCKMON 826
#define ARPHRD_NONE     0xfffe

#endif
