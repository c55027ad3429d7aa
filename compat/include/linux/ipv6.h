/* SPDX-License-Identifier: MIT */
/* IPv6's header (RFC 8200). No state. */
#ifndef COMPAT_LINUX_IPV6_H
#define COMPAT_LINUX_IPV6_H

#include <linux/in6.h>
#include <linux/skbuff.h>

struct ipv6hdr {
	u8 priority : 4, version : 4;
	u8 flow_lbl[3];
	__be16 payload_len;
	u8 nexthdr, hop_limit;
	struct in6_addr saddr, daddr;
};

static inline struct ipv6hdr *ipv6_hdr(const struct sk_buff *skb)
{
	return (struct ipv6hdr *)(void *)skb_network_header(skb);
}

#endif
