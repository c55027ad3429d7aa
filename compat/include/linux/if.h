/* SPDX-License-Identifier: MIT */
/* Names and flags of interfaces, as a program sees them. No state. */
#ifndef COMPAT_LINUX_IF_H
#define COMPAT_LINUX_IF_H

#include <linux/socket.h>
#include <linux/types.h>

#define IFNAMSIZ    16
#define IFALIASZ    256
#define IFHWADDRLEN 6

enum net_device_flags {
	IFF_UP = 1 << 0,
	IFF_BROADCAST = 1 << 1,
	IFF_DEBUG = 1 << 2,
	IFF_LOOPBACK = 1 << 3,
	IFF_POINTOPOINT = 1 << 4,
	IFF_NOTRAILERS = 1 << 5,
	IFF_RUNNING = 1 << 6,
	IFF_NOARP = 1 << 7,
	IFF_PROMISC = 1 << 8,
	IFF_ALLMULTI = 1 << 9,
	IFF_MASTER = 1 << 10,
	IFF_SLAVE = 1 << 11,
	IFF_MULTICAST = 1 << 12,
	IFF_PORTSEL = 1 << 13,
	IFF_AUTOMEDIA = 1 << 14,
	IFF_DYNAMIC = 1 << 15,
};

enum {
	IF_PORT_UNKNOWN,
	IF_PORT_10BASE2,
	IF_PORT_10BASET,
	IF_PORT_AUI,
	IF_PORT_100BASET,
	IF_PORT_100BASETX,
	IF_PORT_100BASEFX,
};

struct ifmap {
	unsigned long mem_start, mem_end;
	unsigned short base_addr;
	unsigned char irq, dma, port;
};

struct ifreq {
	char ifr_name[IFNAMSIZ];
	union {
		struct sockaddr ifr_hwaddr;
		short ifr_flags;
		int ifr_ivalue;
		int ifr_mtu;
		struct ifmap ifr_map;
		void *ifr_data;
		char qy_room[24];
	};
};

#define SIOCGMIIPHY    0x8947
#define SIOCGMIIREG    0x8948
#define SIOCSMIIREG    0x8949
#define SIOCSHWTSTAMP  0x89b0
#define SIOCGHWTSTAMP  0x89b1
#define SIOCDEVPRIVATE 0x89f0

#endif
