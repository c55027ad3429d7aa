/* SPDX-License-Identifier: MIT */
/* Addresses of the Internet, version 4. No state. */
#ifndef COMPAT_LINUX_IN_H
#define COMPAT_LINUX_IN_H

#include <linux/socket.h>
#include <linux/types.h>

#define IPPROTO_IP   0
#define IPPROTO_ICMP 1
#define IPPROTO_TCP  6
#define IPPROTO_UDP  17
#define IPPROTO_IPV6 41

struct in_addr {
	__be32 s_addr;
};

struct sockaddr_in {
	sa_family_t sin_family;
	__be16 sin_port;
	struct in_addr sin_addr;
	unsigned char __pad[8];
};

#endif
