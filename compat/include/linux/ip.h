/* SPDX-License-Identifier: MIT */
/* IPv4's header (RFC 791). No state. */
#ifndef COMPAT_LINUX_IP_H
#define COMPAT_LINUX_IP_H

#include <linux/in.h>
#include <linux/skbuff.h>

struct iphdr {
	u8 ihl : 4, version : 4;
	u8 tos;
	__be16 tot_len, id, frag_off;
	u8 ttl, protocol;
	__sum16 check;
	__be32 saddr, daddr;
};

static inline struct iphdr *ip_hdr(const struct sk_buff *skb)
{
	return (struct iphdr *)(void *)skb_network_header(skb);
}

static inline unsigned int ip_hdrlen(const struct sk_buff *skb)
{
	return ip_hdr(skb)->ihl * 4u;
}

static inline unsigned int ip_transport_len(const struct sk_buff *skb)
{
	return ntohs(ip_hdr(skb)->tot_len) - ip_hdrlen(skb);
}

#endif
