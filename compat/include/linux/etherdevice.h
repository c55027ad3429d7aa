/* SPDX-License-Identifier: MIT */
/* Ethernet devices, and what is asked of their addresses. No state. */
#ifndef COMPAT_LINUX_ETHERDEVICE_H
#define COMPAT_LINUX_ETHERDEVICE_H

#include <linux/crc32.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/unaligned.h>

void ether_setup(struct net_device *dev) QY_REAL(ether_setup);
/* Return: NULL: no memory. Context: task, may sleep. */
struct net_device *alloc_etherdev_mqs(int sizeof_priv, unsigned int txqs,
	unsigned int rxqs) QY_REAL(alloc_etherdev_mqs);
#define alloc_etherdev(sizeof_priv) alloc_etherdev_mq(sizeof_priv, 1)
#define alloc_etherdev_mq(sizeof_priv, count) \
	alloc_etherdev_mqs(sizeof_priv, count, count)
struct net_device *devm_alloc_etherdev_mqs(struct device *dev, int sizeof_priv,
	unsigned int txqs, unsigned int rxqs) QY_REAL(devm_alloc_etherdev_mqs);
#define devm_alloc_etherdev(dev, sizeof_priv) \
	devm_alloc_etherdev_mqs(dev, sizeof_priv, 1, 1)

/* The header is looked at and pulled. Return: the protocol, big-endian. Context: any. */
__be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
	QY_REAL(eth_type_trans);
int eth_header(struct sk_buff *skb, struct net_device *dev, unsigned short type,
	const void *daddr, const void *saddr, unsigned int len) QY_REAL(eth_header);
int eth_validate_addr(struct net_device *dev) QY_REAL(eth_validate_addr);
int eth_mac_addr(struct net_device *dev, void *addr) QY_REAL(eth_mac_addr);
int eth_prepare_mac_addr_change(struct net_device *dev, void *addr)
	QY_REAL(eth_prepare_mac_addr_change);
void eth_commit_mac_addr_change(struct net_device *dev, void *addr)
	QY_REAL(eth_commit_mac_addr_change);
int eth_platform_get_mac_address(struct device *dev, u8 *addr)
	QY_REAL(eth_platform_get_mac_address);

extern const struct header_ops eth_header_ops QY_REAL(eth_header_ops);

static inline bool is_zero_ether_addr(const u8 *addr)
{
	return !(addr[0] | addr[1] | addr[2] | addr[3] | addr[4] | addr[5]);
}

static inline bool is_multicast_ether_addr(const u8 *addr)
{
	return addr[0] & 1;
}

static inline bool is_local_ether_addr(const u8 *addr)
{
	return addr[0] & 2;
}

static inline bool is_broadcast_ether_addr(const u8 *addr)
{
	return (addr[0] & addr[1] & addr[2] & addr[3] & addr[4] & addr[5]) == 0xff;
}

static inline bool is_unicast_ether_addr(const u8 *addr)
{
	return !is_multicast_ether_addr(addr);
}

static inline bool is_valid_ether_addr(const u8 *addr)
{
	return !is_multicast_ether_addr(addr) && !is_zero_ether_addr(addr);
}

static inline void ether_addr_copy(u8 *to, const u8 *from)
{
	memcpy(to, from, ETH_ALEN);
}

static inline bool ether_addr_equal(const u8 *a, const u8 *b)
{
	return !memcmp(a, b, ETH_ALEN);
}

#define ether_addr_equal_64bits(a, b) ether_addr_equal(a, b)

static inline void eth_zero_addr(u8 *addr)
{
	memset(addr, 0, ETH_ALEN);
}

static inline void eth_broadcast_addr(u8 *addr)
{
	memset(addr, 0xff, ETH_ALEN);
}

static inline void eth_random_addr(u8 *addr)
{
	get_random_bytes(addr, ETH_ALEN);
	addr[0] = (u8)((addr[0] & 0xfe) | 2);
}

static inline u64 ether_addr_to_u64(const u8 *addr)
{
	return get_unaligned_be48(addr);
}

static inline void u64_to_ether_addr(u64 n, u8 *addr)
{
	put_unaligned_be48(n, addr);
}

static inline void eth_addr_inc(u8 *addr)
{
	u64_to_ether_addr(ether_addr_to_u64(addr) + 1, addr);
}

static inline void eth_hw_addr_set(struct net_device *dev, const u8 *addr)
{
	dev_addr_set(dev, addr);
}

static inline void eth_hw_addr_random(struct net_device *dev)
{
	u8 addr[ETH_ALEN];

	eth_random_addr(addr);
	dev->addr_assign_type = NET_ADDR_RANDOM;
	dev_addr_set(dev, addr);
}

static inline void eth_hw_addr_inherit(
	struct net_device *to, const struct net_device *from)
{
	to->addr_assign_type = from->addr_assign_type;
	dev_addr_set(to, from->dev_addr);
}

static inline bool eth_proto_is_802_3(__be16 proto)
{
	return be16_to_cpu(proto) >= ETH_P_802_3_MIN;
}

#define eth_header_parse(skb, addr) \
	(memcpy(addr, eth_hdr(skb)->h_source, ETH_ALEN), ETH_ALEN)

/* From the device's node. Return: 0, -ENODEV. */
int platform_get_ethdev_address(struct device *dev, struct net_device *ndev)
	QY_REAL(platform_get_ethdev_address);
#define device_get_ethdev_address(dev, ndev) platform_get_ethdev_address(dev, ndev)

#endif
