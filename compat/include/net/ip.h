/* SPDX-License-Identifier: MIT */
/* Headers of IPv4, for who looks into a frame. No state. */
#ifndef COMPAT_NET_IP_H
#define COMPAT_NET_IP_H

#include <linux/ip.h>
#include <net/checksum.h>

#endif
