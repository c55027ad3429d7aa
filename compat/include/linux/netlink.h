/* SPDX-License-Identifier: MIT */
/* What is said of a message that failed. No state. */
#ifndef COMPAT_LINUX_NETLINK_H
#define COMPAT_LINUX_NETLINK_H

#include <linux/skbuff.h>
#include <net/netlink.h>

#endif
