/* SPDX-License-Identifier: MIT */
/* UDP's header (RFC 768). No state. */
#ifndef COMPAT_LINUX_UDP_H
#define COMPAT_LINUX_UDP_H

#include <linux/skbuff.h>

struct udphdr {
	__be16 source, dest, len;
	__sum16 check;
};

static inline struct udphdr *udp_hdr(const struct sk_buff *skb)
{
	return (struct udphdr *)(void *)skb_transport_header(skb);
}

#endif
