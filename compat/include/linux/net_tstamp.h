/* SPDX-License-Identifier: MIT */
/* Moments at which packets come and go: nobody asks for them, but what a device could do has names. No state. */
#ifndef COMPAT_LINUX_NET_TSTAMP_H
#define COMPAT_LINUX_NET_TSTAMP_H

enum {
	SOF_TIMESTAMPING_TX_HARDWARE = 1 << 0,
	SOF_TIMESTAMPING_TX_SOFTWARE = 1 << 1,
	SOF_TIMESTAMPING_RX_HARDWARE = 1 << 2,
	SOF_TIMESTAMPING_RX_SOFTWARE = 1 << 3,
	SOF_TIMESTAMPING_SOFTWARE = 1 << 4,
	SOF_TIMESTAMPING_SYS_HARDWARE = 1 << 5,
	SOF_TIMESTAMPING_RAW_HARDWARE = 1 << 6,
};

struct hwtstamp_config {
	int flags, tx_type, rx_filter;
};

enum hwtstamp_tx_types {
	HWTSTAMP_TX_OFF,
	HWTSTAMP_TX_ON,
	HWTSTAMP_TX_ONESTEP_SYNC,
};

enum hwtstamp_rx_filters {
	HWTSTAMP_FILTER_NONE,
	HWTSTAMP_FILTER_ALL,
	HWTSTAMP_FILTER_SOME,
};

#endif
