/* SPDX-License-Identifier: MIT */
/* What a network device can do, as bits. The numbers are ours: 6.12 and 6.1 differ. No state. */
#ifndef COMPAT_LINUX_NETDEV_FEATURES_H
#define COMPAT_LINUX_NETDEV_FEATURES_H

#include <linux/types.h>

typedef u64 netdev_features_t;

#define QY_FEATURE(n) ((netdev_features_t)1 << (n))

#define NETIF_F_SG                  QY_FEATURE(0)
#define NETIF_F_IP_CSUM             QY_FEATURE(1)
#define NETIF_F_HW_CSUM             QY_FEATURE(3)
#define NETIF_F_IPV6_CSUM           QY_FEATURE(4)
#define NETIF_F_HIGHDMA             QY_FEATURE(5)
#define NETIF_F_FRAGLIST            QY_FEATURE(6)
#define NETIF_F_HW_VLAN_CTAG_TX     QY_FEATURE(7)
#define NETIF_F_HW_VLAN_CTAG_RX     QY_FEATURE(8)
#define NETIF_F_HW_VLAN_CTAG_FILTER QY_FEATURE(9)
#define NETIF_F_VLAN_CHALLENGED     QY_FEATURE(10)
#define NETIF_F_GSO                 QY_FEATURE(11)
#define NETIF_F_LLTX                QY_FEATURE(12)
#define NETIF_F_NETNS_LOCAL         QY_FEATURE(13)
#define NETIF_F_GRO                 QY_FEATURE(14)
#define NETIF_F_LRO                 QY_FEATURE(15)
#define NETIF_F_TSO                 QY_FEATURE(16)
#define NETIF_F_GSO_ROBUST          QY_FEATURE(17)
#define NETIF_F_TSO_ECN             QY_FEATURE(18)
#define NETIF_F_TSO_MANGLEID        QY_FEATURE(19)
#define NETIF_F_TSO6                QY_FEATURE(20)
#define NETIF_F_FCOE_CRC            QY_FEATURE(29)
#define NETIF_F_SCTP_CRC            QY_FEATURE(30)
#define NETIF_F_NTUPLE              QY_FEATURE(32)
#define NETIF_F_RXHASH              QY_FEATURE(33)
#define NETIF_F_RXCSUM              QY_FEATURE(34)
#define NETIF_F_LOOPBACK            QY_FEATURE(36)
#define NETIF_F_RXFCS               QY_FEATURE(37)
#define NETIF_F_RXALL               QY_FEATURE(38)
#define NETIF_F_HW_VLAN_STAG_TX     QY_FEATURE(39)
#define NETIF_F_HW_VLAN_STAG_RX     QY_FEATURE(40)
#define NETIF_F_HW_VLAN_STAG_FILTER QY_FEATURE(41)
#define NETIF_F_HW_TC               QY_FEATURE(43)
#define NETIF_F_GSO_ENCAP_ALL       QY_FEATURE(44)

#define NETIF_F_CSUM_MASK (NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM | NETIF_F_HW_CSUM)
#define NETIF_F_ALL_TSO \
	(NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_TSO_ECN | NETIF_F_TSO_MANGLEID)
#define NETIF_F_GSO_SOFTWARE NETIF_F_ALL_TSO
#define NETIF_F_ALL_FOR_ALL  (NETIF_F_SG | NETIF_F_HIGHDMA | NETIF_F_FRAGLIST)

#endif
