/* SPDX-License-Identifier: MIT */
/* Transceivers by the registers of IEEE 802.3, clause 22. No state. */
#ifndef COMPAT_LINUX_MII_H
#define COMPAT_LINUX_MII_H

#include <linux/ethtool.h>
#include <linux/if.h>

#define MII_BMCR      0x00
#define MII_BMSR      0x01
#define MII_PHYSID1   0x02
#define MII_PHYSID2   0x03
#define MII_ADVERTISE 0x04
#define MII_LPA       0x05
#define MII_EXPANSION 0x06
#define MII_CTRL1000  0x09
#define MII_STAT1000  0x0a
#define MII_ESTATUS   0x0f
#define MII_NCONFIG   0x1c

#define BMCR_SPEED1000 0x0040
#define BMCR_CTST      0x0080
#define BMCR_FULLDPLX  0x0100
#define BMCR_ANRESTART 0x0200
#define BMCR_ISOLATE   0x0400
#define BMCR_PDOWN     0x0800
#define BMCR_ANENABLE  0x1000
#define BMCR_SPEED100  0x2000
#define BMCR_LOOPBACK  0x4000
#define BMCR_RESET     0x8000

#define BMSR_ERCAP        0x0001
#define BMSR_JCD          0x0002
#define BMSR_LSTATUS      0x0004
#define BMSR_ANEGCAPABLE  0x0008
#define BMSR_RFAULT       0x0010
#define BMSR_ANEGCOMPLETE 0x0020
#define BMSR_ESTATEN      0x0100
#define BMSR_10HALF       0x0800
#define BMSR_10FULL       0x1000
#define BMSR_100HALF      0x2000
#define BMSR_100FULL      0x4000
#define BMSR_100BASE4     0x8000

#define ADVERTISE_SLCT          0x001f
#define ADVERTISE_CSMA          0x0001
#define ADVERTISE_10HALF        0x0020
#define ADVERTISE_1000XFULL     0x0020
#define ADVERTISE_10FULL        0x0040
#define ADVERTISE_100HALF       0x0080
#define ADVERTISE_100FULL       0x0100
#define ADVERTISE_100BASE4      0x0200
#define ADVERTISE_PAUSE_CAP     0x0400
#define ADVERTISE_PAUSE_ASYM    0x0800
#define ADVERTISE_RFAULT        0x2000
#define ADVERTISE_LPACK         0x4000
#define ADVERTISE_NPAGE         0x8000
#define ADVERTISE_1000XHALF     0x0040
#define ADVERTISE_1000XPAUSE    0x0080
#define ADVERTISE_1000XPSE_ASYM 0x0100
#define ADVERTISE_FULL          (ADVERTISE_100FULL | ADVERTISE_10FULL | ADVERTISE_CSMA)
#define ADVERTISE_ALL \
	(ADVERTISE_10HALF | ADVERTISE_10FULL | ADVERTISE_100HALF | ADVERTISE_100FULL)
#define ADVERTISE_1000FULL    0x0200
#define ADVERTISE_1000HALF    0x0100
#define CTL1000_AS_MASTER     0x0800
#define CTL1000_ENABLE_MASTER 0x1000

#define LPA_10HALF     0x0020
#define LPA_10FULL     0x0040
#define LPA_100HALF    0x0080
#define LPA_100FULL    0x0100
#define LPA_100BASE4   0x0200
#define LPA_PAUSE_CAP  0x0400
#define LPA_PAUSE_ASYM 0x0800
#define LPA_RFAULT     0x2000
#define LPA_LPACK      0x4000
#define LPA_NPAGE      0x8000
#define LPA_DUPLEX     (LPA_10FULL | LPA_100FULL)
#define LPA_100        (LPA_100FULL | LPA_100HALF | LPA_100BASE4)
#define LPA_1000FULL   0x0800
#define LPA_1000HALF   0x0400
#define EXPANSION_NWAY 0x0001

#define FLOW_CTRL_TX 0x01
#define FLOW_CTRL_RX 0x02

struct mii_if_info {
	int phy_id, advertising, phy_id_mask, reg_num_mask;
	unsigned int full_duplex : 1, force_media : 1, supports_gmii : 1;
	struct net_device *dev;
	int (*mdio_read)(struct net_device *dev, int phy_id, int location);
	void (*mdio_write)(struct net_device *dev, int phy_id, int location, int val);
};

struct mii_ioctl_data {
	u16 phy_id, reg_num, val_in, val_out;
};

static inline struct mii_ioctl_data *if_mii(struct ifreq *rq)
{
	return (struct mii_ioctl_data *)(void *)&rq->ifr_hwaddr;
}

/* What both ends can: the best of them. */
static inline unsigned int mii_nway_result(unsigned int negotiated)
{
	static const unsigned int best[] = { LPA_100FULL, LPA_100BASE4, LPA_100HALF,
		LPA_10FULL };

	for (unsigned int i = 0; i < sizeof(best) / sizeof(best[0]); i++)
		if (negotiated & best[i])
			return best[i];
	return LPA_10HALF;
}

static inline unsigned int mii_duplex(unsigned int duplex_lock, unsigned int negotiated)
{
	return duplex_lock || mii_nway_result(negotiated) & LPA_DUPLEX;
}

/* The modes of a register, and back: the bits of ethtool's old words. */
static inline u32 mii_adv_to_ethtool_adv_t(u32 adv)
{
	return (adv & ADVERTISE_10HALF ? ADVERTISED_10baseT_Half : 0) |
	       (adv & ADVERTISE_10FULL ? ADVERTISED_10baseT_Full : 0) |
	       (adv & ADVERTISE_100HALF ? ADVERTISED_100baseT_Half : 0) |
	       (adv & ADVERTISE_100FULL ? ADVERTISED_100baseT_Full : 0) |
	       (adv & ADVERTISE_PAUSE_CAP ? ADVERTISED_Pause : 0) |
	       (adv & ADVERTISE_PAUSE_ASYM ? ADVERTISED_Asym_Pause : 0);
}

static inline u32 mii_lpa_to_ethtool_lpa_t(u32 lpa)
{
	return (lpa & LPA_LPACK ? ADVERTISED_Autoneg : 0) | mii_adv_to_ethtool_adv_t(lpa);
}

static inline u32 ethtool_adv_to_mii_adv_t(u32 adv)
{
	return (adv & ADVERTISED_10baseT_Half ? ADVERTISE_10HALF : 0) |
	       (adv & ADVERTISED_10baseT_Full ? ADVERTISE_10FULL : 0) |
	       (adv & ADVERTISED_100baseT_Half ? ADVERTISE_100HALF : 0) |
	       (adv & ADVERTISED_100baseT_Full ? ADVERTISE_100FULL : 0) |
	       (adv & ADVERTISED_Pause ? ADVERTISE_PAUSE_CAP : 0) |
	       (adv & ADVERTISED_Asym_Pause ? ADVERTISE_PAUSE_ASYM : 0);
}

static inline u32 ethtool_adv_to_mii_ctrl1000_t(u32 adv)
{
	return (adv & ADVERTISED_1000baseT_Half ? ADVERTISE_1000HALF : 0) |
	       (adv & ADVERTISED_1000baseT_Full ? ADVERTISE_1000FULL : 0);
}

static inline u32 mii_ctrl1000_to_ethtool_adv_t(u32 adv)
{
	return (adv & ADVERTISE_1000HALF ? ADVERTISED_1000baseT_Half : 0) |
	       (adv & ADVERTISE_1000FULL ? ADVERTISED_1000baseT_Full : 0);
}

static inline u32 mii_stat1000_to_ethtool_lpa_t(u32 lpa)
{
	return (lpa & LPA_1000HALF ? ADVERTISED_1000baseT_Half : 0) |
	       (lpa & LPA_1000FULL ? ADVERTISED_1000baseT_Full : 0);
}

static inline u8 mii_resolve_flowctrl_fdx(u16 lcladv, u16 rmtadv)
{
	if (lcladv & rmtadv & ADVERTISE_PAUSE_CAP)
		return FLOW_CTRL_TX | FLOW_CTRL_RX;
	if (!(lcladv & rmtadv & ADVERTISE_PAUSE_ASYM))
		return 0;
	return lcladv & ADVERTISE_PAUSE_CAP   ? FLOW_CTRL_RX
	       : rmtadv & ADVERTISE_PAUSE_CAP ? FLOW_CTRL_TX
					      : 0;
}

/* Through mdio_read and mdio_write. Context: as these. */
int mii_link_ok(struct mii_if_info *mii) QY_REAL(mii_link_ok);
int mii_nway_restart(struct mii_if_info *mii) QY_REAL(mii_nway_restart);
void mii_check_link(struct mii_if_info *mii) QY_REAL(mii_check_link);
/* Return: 1: the duplex has changed. */
unsigned int mii_check_media(struct mii_if_info *mii, unsigned int ok_to_print,
	unsigned int init_media) QY_REAL(mii_check_media);
int mii_check_gmii_support(struct mii_if_info *mii) QY_REAL(mii_check_gmii_support);
void mii_ethtool_get_link_ksettings(struct mii_if_info *mii,
	struct ethtool_link_ksettings *cmd) QY_REAL(mii_ethtool_get_link_ksettings);
int mii_ethtool_set_link_ksettings(struct mii_if_info *mii,
	const struct ethtool_link_ksettings *cmd) QY_REAL(mii_ethtool_set_link_ksettings);
int generic_mii_ioctl(struct mii_if_info *mii, struct mii_ioctl_data *data, int cmd,
	unsigned int *duplex_changed) QY_REAL(generic_mii_ioctl);

#endif
