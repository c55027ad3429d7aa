// SPDX-License-Identifier: MIT
/*
 * Transceivers as drivers without a PHY library look at them (linux/mii.h): what the registers say is believed.
 *
 * Locking: none; see world.h.
 */
#include <linux/mii.h>
#include <linux/netdevice.h>

static int get(struct mii_if_info *mii, int reg)
{
	return mii->mdio_read(mii->dev, mii->phy_id, reg);
}

static void put(struct mii_if_info *mii, int reg, int value)
{
	mii->mdio_write(mii->dev, mii->phy_id, reg, value);
}

/* The link's bit stays low until it is read. */
int mii_link_ok(struct mii_if_info *mii)
{
	get(mii, MII_BMSR);
	return (get(mii, MII_BMSR) & BMSR_LSTATUS) != 0;
}

int mii_nway_restart(struct mii_if_info *mii)
{
	int bmcr = get(mii, MII_BMCR);

	if (!(bmcr & BMCR_ANENABLE))
		return -EINVAL;
	put(mii, MII_BMCR, bmcr | BMCR_ANRESTART);
	return 0;
}

void mii_check_link(struct mii_if_info *mii)
{
	if (mii_link_ok(mii) && !netif_carrier_ok(mii->dev))
		netif_carrier_on(mii->dev);
	else if (!mii_link_ok(mii) && netif_carrier_ok(mii->dev))
		netif_carrier_off(mii->dev);
}

unsigned int mii_check_media(
	struct mii_if_info *mii, unsigned int ok_to_print, unsigned int init_media)
{
	bool before = netif_carrier_ok(mii->dev), now = mii_link_ok(mii);
	int advertised, lpa;
	unsigned int duplex;

	if (mii->force_media)
		return 0;
	if (!init_media && before == now)
		return 0;
	if (!now) {
		netif_carrier_off(mii->dev);
		if (ok_to_print)
			netdev_info(mii->dev, "link down\n");
		return 0;
	}
	netif_carrier_on(mii->dev);
	if (!init_media && mii->advertising)
		advertised = mii->advertising;
	else
		advertised = mii->advertising = get(mii, MII_ADVERTISE);
	lpa = get(mii, MII_LPA);
	duplex = mii_duplex(0, (unsigned int)(advertised & lpa));
	if (mii->supports_gmii && get(mii, MII_STAT1000) & LPA_1000FULL)
		duplex = 1;
	if (ok_to_print)
		netdev_info(mii->dev, "link up, %s-duplex, lpa 0x%04X\n",
			duplex ? "full" : "half", (unsigned int)lpa);
	if (!init_media && mii->full_duplex == duplex)
		return 0;
	mii->full_duplex = duplex & 1;
	return 1;
}

int mii_check_gmii_support(struct mii_if_info *mii)
{
	return get(mii, MII_BMSR) & BMSR_ESTATEN && get(mii, MII_ESTATUS) & 0x3000;
}

void mii_ethtool_get_link_ksettings(
	struct mii_if_info *mii, struct ethtool_link_ksettings *cmd)
{
	int bmcr = get(mii, MII_BMCR), advertised = get(mii, MII_ADVERTISE);
	int lpa = get(mii, MII_LPA);
	unsigned int best = mii_nway_result((unsigned int)(advertised & lpa));

	ethtool_convert_legacy_u32_to_link_mode(cmd->link_modes.supported,
		SUPPORTED_10baseT_Half | SUPPORTED_10baseT_Full |
			SUPPORTED_100baseT_Half | SUPPORTED_100baseT_Full |
			SUPPORTED_Autoneg | SUPPORTED_TP | SUPPORTED_MII);
	ethtool_convert_legacy_u32_to_link_mode(
		cmd->link_modes.advertising, mii_adv_to_ethtool_adv_t((u32)advertised) |
						     ADVERTISED_TP | ADVERTISED_MII);
	ethtool_convert_legacy_u32_to_link_mode(
		cmd->link_modes.lp_advertising, mii_lpa_to_ethtool_lpa_t((u32)lpa));
	cmd->base.port = PORT_MII;
	cmd->base.phy_address = (u8)mii->phy_id;
	cmd->base.autoneg = bmcr & BMCR_ANENABLE ? AUTONEG_ENABLE : AUTONEG_DISABLE;
	if (bmcr & BMCR_ANENABLE) {
		cmd->base.speed = best & LPA_100 ? SPEED_100 : SPEED_10;
		cmd->base.duplex = best & LPA_DUPLEX ? DUPLEX_FULL : DUPLEX_HALF;
	} else {
		cmd->base.speed = bmcr & BMCR_SPEED1000  ? SPEED_1000
				  : bmcr & BMCR_SPEED100 ? SPEED_100
							 : SPEED_10;
		cmd->base.duplex = bmcr & BMCR_FULLDPLX ? DUPLEX_FULL : DUPLEX_HALF;
	}
}

int mii_ethtool_set_link_ksettings(
	struct mii_if_info *mii, const struct ethtool_link_ksettings *cmd)
{
	int bmcr = get(mii, MII_BMCR) &
		   ~(BMCR_ANENABLE | BMCR_SPEED100 | BMCR_SPEED1000 | BMCR_FULLDPLX);
	u32 wanted = (u32)cmd->link_modes.advertising[0];

	if (cmd->base.speed != SPEED_10 && cmd->base.speed != SPEED_100 &&
		!(cmd->base.speed == SPEED_1000 && mii->supports_gmii))
		return -EINVAL;
	if (cmd->base.autoneg == AUTONEG_ENABLE) {
		mii->advertising =
			(int)(ethtool_adv_to_mii_adv_t(wanted) | ADVERTISE_CSMA);
		put(mii, MII_ADVERTISE, mii->advertising);
		put(mii, MII_BMCR, bmcr | BMCR_ANENABLE | BMCR_ANRESTART);
		mii->force_media = 0;
		return 0;
	}
	bmcr |= cmd->base.speed == SPEED_1000  ? BMCR_SPEED1000
		: cmd->base.speed == SPEED_100 ? BMCR_SPEED100
					       : 0;
	bmcr |= cmd->base.duplex == DUPLEX_FULL ? BMCR_FULLDPLX : 0;
	put(mii, MII_BMCR, bmcr);
	mii->force_media = 1;
	return 0;
}

int generic_mii_ioctl(struct mii_if_info *mii, struct mii_ioctl_data *data, int cmd,
	unsigned int *duplex_changed)
{
	if (duplex_changed)
		*duplex_changed = 0;
	data->phy_id &= (u16)mii->phy_id_mask;
	data->reg_num &= (u16)mii->reg_num_mask;
	switch (cmd) {
	case SIOCGMIIPHY:
		data->phy_id = (u16)mii->phy_id;
		fallthrough;
	case SIOCGMIIREG:
		data->val_out =
			(u16)mii->mdio_read(mii->dev, data->phy_id, data->reg_num);
		return 0;
	case SIOCSMIIREG:
		mii->mdio_write(mii->dev, data->phy_id, data->reg_num, data->val_in);
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}
