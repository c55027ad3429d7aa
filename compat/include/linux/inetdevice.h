/* SPDX-License-Identifier: MIT */
/* No device has an address of IP. No state. */
#ifndef COMPAT_LINUX_INETDEVICE_H
#define COMPAT_LINUX_INETDEVICE_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#endif
