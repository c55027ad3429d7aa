// SPDX-License-Identifier: MIT
/*
 * What Ethernet devices have in common (linux/etherdevice.h). No state.
 *
 * Locking: none; see world.h.
 */
#include <linux/etherdevice.h>
#include <linux/of_net.h>
#include "compat/world.h"

int eth_header(struct sk_buff *skb, struct net_device *dev, unsigned short type,
	const void *daddr, const void *saddr, unsigned int len)
{
	struct ethhdr *eth = skb_push(skb, ETH_HLEN);

	qy_touches(eth, ETH_HLEN, true);
	eth->h_proto = type == ETH_P_802_3 || type == ETH_P_802_2 ? htons((u16)len)
								  : htons(type);
	memcpy(eth->h_source, saddr ? saddr : dev->dev_addr, ETH_ALEN);
	if (!daddr)
		return -ETH_HLEN;
	memcpy(eth->h_dest, daddr, ETH_ALEN);
	return ETH_HLEN;
}

const struct header_ops eth_header_ops = { .create = eth_header };

void ether_setup(struct net_device *dev)
{
	dev->header_ops = &eth_header_ops;
	dev->type = 1; /* ARPHRD_ETHER */
	dev->hard_header_len = dev->min_header_len = ETH_HLEN;
	dev->mtu = ETH_DATA_LEN;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = ETH_DATA_LEN;
	dev->addr_len = ETH_ALEN;
	dev->tx_queue_len = 1000;
	dev->flags = IFF_BROADCAST | IFF_MULTICAST;
	dev->priv_flags |= IFF_TX_SKB_SHARING;
	eth_broadcast_addr(dev->broadcast);
}

struct net_device *alloc_etherdev_mqs(
	int sizeof_priv, unsigned int txqs, unsigned int rxqs)
{
	return alloc_netdev_mqs(
		sizeof_priv, "eth%d", NET_NAME_ENUM, ether_setup, txqs, rxqs);
}

static int type_of(const u8 *dest, const struct net_device *dev)
{
	if (is_broadcast_ether_addr(dest))
		return PACKET_BROADCAST;
	if (is_multicast_ether_addr(dest))
		return PACKET_MULTICAST;
	return ether_addr_equal(dest, dev->dev_addr) ? PACKET_HOST : PACKET_OTHERHOST;
}

__be16 eth_type_trans(struct sk_buff *skb, struct net_device *dev)
{
	const struct ethhdr *eth;

	skb->dev = dev;
	skb_reset_mac_header(skb);
	eth = (const struct ethhdr *)(const void *)skb->data;
	qy_touches(eth, min_t(unsigned int, skb_headlen(skb), ETH_HLEN), false);
	if (skb->len >= ETH_HLEN)
		__skb_pull(skb, ETH_HLEN);
	skb->pkt_type = (u8)(type_of(eth->h_dest, dev) & 7);
	if (eth_proto_is_802_3(eth->h_proto))
		return eth->h_proto;
	return htons(ETH_P_802_2);
}

int eth_validate_addr(struct net_device *dev)
{
	return is_valid_ether_addr(dev->dev_addr) ? 0 : -EADDRNOTAVAIL;
}

int eth_prepare_mac_addr_change(struct net_device *dev, void *addr)
{
	const struct sockaddr *sa = addr;

	if (!(dev->priv_flags & IFF_LIVE_ADDR_CHANGE) && netif_running(dev))
		return -EBUSY;
	return is_valid_ether_addr((const u8 *)sa->sa_data) ? 0 : -EADDRNOTAVAIL;
}

void eth_commit_mac_addr_change(struct net_device *dev, void *addr)
{
	const struct sockaddr *sa = addr;

	dev_addr_set(dev, (const u8 *)sa->sa_data);
}

int eth_mac_addr(struct net_device *dev, void *addr)
{
	int error = eth_prepare_mac_addr_change(dev, addr);

	if (!error)
		eth_commit_mac_addr_change(dev, addr);
	return error;
}

int eth_platform_get_mac_address(struct device *dev, u8 *addr)
{
	return dev->of_node ? of_get_mac_address(dev->of_node, addr) : -ENODEV;
}

int platform_get_ethdev_address(struct device *dev, struct net_device *ndev)
{
	u8 addr[ETH_ALEN];
	int error = eth_platform_get_mac_address(dev, addr);

	if (!error)
		eth_hw_addr_set(ndev, addr);
	return error;
}
