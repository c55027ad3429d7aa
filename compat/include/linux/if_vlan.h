/* SPDX-License-Identifier: MIT */
/* Tags of virtual networks: in a frame, or beside it. No state. */
#ifndef COMPAT_LINUX_IF_VLAN_H
#define COMPAT_LINUX_IF_VLAN_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>

#define VLAN_HLEN          4
#define VLAN_ETH_HLEN      18
#define VLAN_ETH_ZLEN      64
#define VLAN_ETH_DATA_LEN  1500
#define VLAN_ETH_FRAME_LEN 1518
#define VLAN_VID_MASK      0x0fff
#define VLAN_PRIO_MASK     0xe000
#define VLAN_PRIO_SHIFT    13
#define VLAN_CFI_MASK      0x1000
#define VLAN_N_VID         4096

struct vlan_hdr {
	__be16 h_vlan_TCI, h_vlan_encapsulated_proto;
};

struct vlan_ethhdr {
	unsigned char h_dest[ETH_ALEN], h_source[ETH_ALEN];
	__be16 h_vlan_proto, h_vlan_TCI, h_vlan_encapsulated_proto;
};

static inline struct vlan_ethhdr *vlan_eth_hdr(const struct sk_buff *skb)
{
	return (struct vlan_ethhdr *)(void *)skb_mac_header(skb);
}

#define skb_vlan_tag_present(skb)  ((skb)->vlan_proto != 0)
#define skb_vlan_tag_get(skb)      ((skb)->vlan_tci)
#define skb_vlan_tag_get_id(skb)   ((skb)->vlan_tci & VLAN_VID_MASK)
#define skb_vlan_tag_get_prio(skb) (((skb)->vlan_tci & VLAN_PRIO_MASK) >> VLAN_PRIO_SHIFT)

static inline void __vlan_hwaccel_put_tag(struct sk_buff *skb, __be16 proto, u16 tci)
{
	skb->vlan_proto = proto;
	skb->vlan_tci = tci;
}

static inline void __vlan_hwaccel_clear_tag(struct sk_buff *skb)
{
	skb->vlan_proto = 0;
}

static inline bool eth_type_vlan(__be16 type)
{
	return type == htons(ETH_P_8021Q) || type == htons(ETH_P_8021AD);
}

static inline __be16 vlan_get_protocol(const struct sk_buff *skb)
{
	return skb->protocol;
}

static inline bool is_vlan_dev(const struct net_device *dev)
{
	(void)dev;
	return false;
}

/* What a device can do for a frame with two tags: none of what it knows of the headers behind. */
static inline netdev_features_t vlan_features_check(
	struct sk_buff *skb, netdev_features_t features)
{
	if (skb_vlan_tag_present(skb) && eth_type_vlan(skb->protocol))
		features &= NETIF_F_SG | NETIF_F_HIGHDMA | NETIF_F_HW_CSUM |
			    NETIF_F_FRAGLIST | NETIF_F_HW_VLAN_CTAG_TX |
			    NETIF_F_HW_VLAN_STAG_TX;
	return features;
}

/* No device stands on another here. */
static inline int vlan_vid_add(struct net_device *dev, __be16 proto, u16 vid)
{
	return dev->netdev_ops->ndo_vlan_rx_add_vid
		       ? dev->netdev_ops->ndo_vlan_rx_add_vid(dev, proto, vid)
		       : 0;
}

static inline void vlan_vid_del(struct net_device *dev, __be16 proto, u16 vid)
{
	if (dev->netdev_ops->ndo_vlan_rx_kill_vid)
		dev->netdev_ops->ndo_vlan_rx_kill_vid(dev, proto, vid);
}

#endif
