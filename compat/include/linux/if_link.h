/* SPDX-License-Identifier: MIT */
/* Counters of an interface. No state. */
#ifndef COMPAT_LINUX_IF_LINK_H
#define COMPAT_LINUX_IF_LINK_H

#include <linux/types.h>

#define QY_LINK_STATS(type)                                                             \
	type rx_packets, tx_packets, rx_bytes, tx_bytes, rx_errors, tx_errors,          \
		rx_dropped, tx_dropped, multicast, collisions, rx_length_errors,        \
		rx_over_errors, rx_crc_errors, rx_frame_errors, rx_fifo_errors,         \
		rx_missed_errors, tx_aborted_errors, tx_carrier_errors, tx_fifo_errors, \
		tx_heartbeat_errors, tx_window_errors, rx_compressed, tx_compressed

struct rtnl_link_stats64 {
	QY_LINK_STATS(u64);
	u64 rx_nohandler, rx_otherhost_dropped;
};

/* For drivers that count in the device itself. */
struct net_device_stats {
	QY_LINK_STATS(unsigned long);
};

enum {
	IFLA_UNSPEC,
	IFLA_ADDRESS,
	IFLA_BROADCAST,
	IFLA_IFNAME,
	IFLA_MTU,
	IFLA_LINK,
	QY_IFLA_LAST = 63,
};
#define IFLA_MAX QY_IFLA_LAST

#endif
