/* SPDX-License-Identifier: MIT */
/*
 * What ethtool asks of a network device. Nobody asks here: a driver's functions are kept, and are not called.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_ETHTOOL_H
#define COMPAT_LINUX_ETHTOOL_H

#include <linux/bitmap.h>
#include <linux/if_ether.h>
#include <linux/netdevice.h>
#include <linux/types.h>
#include <net/netlink.h>

#define ETH_GSTRING_LEN      32
#define ETHTOOL_FWVERS_LEN   32
#define ETHTOOL_BUSINFO_LEN  32
#define ETHTOOL_EROMVERS_LEN 32
#define ETHTOOL_STATS_LEN    32

#define SPEED_10      10
#define SPEED_100     100
#define SPEED_1000    1000
#define SPEED_2500    2500
#define SPEED_5000    5000
#define SPEED_10000   10000
#define SPEED_UNKNOWN -1

#define DUPLEX_HALF    0x00
#define DUPLEX_FULL    0x01
#define DUPLEX_UNKNOWN 0xff

#define PORT_TP    0x00
#define PORT_AUI   0x01
#define PORT_MII   0x02
#define PORT_FIBRE 0x03
#define PORT_BNC   0x04
#define PORT_NONE  0xef
#define PORT_OTHER 0xff

#define XCVR_INTERNAL 0x00
#define XCVR_EXTERNAL 0x01

#define AUTONEG_DISABLE 0x00
#define AUTONEG_ENABLE  0x01

#define ETH_TP_MDI_INVALID 0x00

#define WAKE_PHY         (1 << 0)
#define WAKE_UCAST       (1 << 1)
#define WAKE_MCAST       (1 << 2)
#define WAKE_BCAST       (1 << 3)
#define WAKE_ARP         (1 << 4)
#define WAKE_MAGIC       (1 << 5)
#define WAKE_MAGICSECURE (1 << 6)
#define SOPASS_MAX       6

#define ETH_TEST_FL_OFFLINE (1 << 0)
#define ETH_TEST_FL_FAILED  (1 << 1)

enum ethtool_stringset {
	ETH_SS_TEST,
	ETH_SS_STATS,
	ETH_SS_PRIV_FLAGS,
};

enum ethtool_phys_id_state {
	ETHTOOL_ID_INACTIVE,
	ETHTOOL_ID_ACTIVE,
	ETHTOOL_ID_ON,
	ETHTOOL_ID_OFF,
};

enum ethtool_link_mode_bit_indices {
	ETHTOOL_LINK_MODE_10baseT_Half_BIT = 0,
	ETHTOOL_LINK_MODE_10baseT_Full_BIT = 1,
	ETHTOOL_LINK_MODE_100baseT_Half_BIT = 2,
	ETHTOOL_LINK_MODE_100baseT_Full_BIT = 3,
	ETHTOOL_LINK_MODE_1000baseT_Half_BIT = 4,
	ETHTOOL_LINK_MODE_1000baseT_Full_BIT = 5,
	ETHTOOL_LINK_MODE_Autoneg_BIT = 6,
	ETHTOOL_LINK_MODE_TP_BIT = 7,
	ETHTOOL_LINK_MODE_AUI_BIT = 8,
	ETHTOOL_LINK_MODE_MII_BIT = 9,
	ETHTOOL_LINK_MODE_FIBRE_BIT = 10,
	ETHTOOL_LINK_MODE_BNC_BIT = 11,
	ETHTOOL_LINK_MODE_10000baseT_Full_BIT = 12,
	ETHTOOL_LINK_MODE_Pause_BIT = 13,
	ETHTOOL_LINK_MODE_Asym_Pause_BIT = 14,
	__ETHTOOL_LINK_MODE_MASK_NBITS = 102,
};

#define QY_LINK_MODE(mode)         (1u << ETHTOOL_LINK_MODE_##mode##_BIT)
#define SUPPORTED_10baseT_Half     QY_LINK_MODE(10baseT_Half)
#define SUPPORTED_10baseT_Full     QY_LINK_MODE(10baseT_Full)
#define SUPPORTED_100baseT_Half    QY_LINK_MODE(100baseT_Half)
#define SUPPORTED_100baseT_Full    QY_LINK_MODE(100baseT_Full)
#define SUPPORTED_1000baseT_Half   QY_LINK_MODE(1000baseT_Half)
#define SUPPORTED_1000baseT_Full   QY_LINK_MODE(1000baseT_Full)
#define SUPPORTED_10000baseT_Full  QY_LINK_MODE(10000baseT_Full)
#define SUPPORTED_Autoneg          QY_LINK_MODE(Autoneg)
#define SUPPORTED_TP               QY_LINK_MODE(TP)
#define SUPPORTED_AUI              QY_LINK_MODE(AUI)
#define SUPPORTED_MII              QY_LINK_MODE(MII)
#define SUPPORTED_FIBRE            QY_LINK_MODE(FIBRE)
#define SUPPORTED_BNC              QY_LINK_MODE(BNC)
#define SUPPORTED_Pause            QY_LINK_MODE(Pause)
#define SUPPORTED_Asym_Pause       QY_LINK_MODE(Asym_Pause)
#define ADVERTISED_10baseT_Half    SUPPORTED_10baseT_Half
#define ADVERTISED_10baseT_Full    SUPPORTED_10baseT_Full
#define ADVERTISED_100baseT_Half   SUPPORTED_100baseT_Half
#define ADVERTISED_100baseT_Full   SUPPORTED_100baseT_Full
#define ADVERTISED_1000baseT_Half  SUPPORTED_1000baseT_Half
#define ADVERTISED_1000baseT_Full  SUPPORTED_1000baseT_Full
#define ADVERTISED_10000baseT_Full SUPPORTED_10000baseT_Full
#define ADVERTISED_Autoneg         SUPPORTED_Autoneg
#define ADVERTISED_TP              SUPPORTED_TP
#define ADVERTISED_MII             SUPPORTED_MII
#define ADVERTISED_FIBRE           SUPPORTED_FIBRE
#define ADVERTISED_BNC             SUPPORTED_BNC
#define ADVERTISED_AUI             SUPPORTED_AUI
#define ADVERTISED_Pause           SUPPORTED_Pause
#define ADVERTISED_Asym_Pause      SUPPORTED_Asym_Pause

struct ethtool_cmd {
	u32 cmd, supported, advertising;
	u16 speed;
	u8 duplex, port, phy_address, transceiver, autoneg, mdio_support;
	u32 maxtxpkt, maxrxpkt;
	u16 speed_hi;
	u8 eth_tp_mdix, eth_tp_mdix_ctrl;
	u32 lp_advertising;
	u32 reserved[2];
};

static inline void ethtool_cmd_speed_set(struct ethtool_cmd *cmd, u32 speed)
{
	cmd->speed = (u16)speed;
	cmd->speed_hi = (u16)(speed >> 16);
}

static inline u32 ethtool_cmd_speed(const struct ethtool_cmd *cmd)
{
	return (u32)cmd->speed_hi << 16 | cmd->speed;
}

struct ethtool_link_settings {
	u32 cmd, speed;
	u8 duplex, port, phy_address, autoneg, mdio_support, eth_tp_mdix,
		eth_tp_mdix_ctrl;
	s8 link_mode_masks_nwords;
	u8 transceiver, master_slave_cfg, master_slave_state, rate_matching;
};

struct ethtool_link_ksettings {
	struct ethtool_link_settings base;
	struct {
		unsigned long supported[BITS_TO_LONGS(__ETHTOOL_LINK_MODE_MASK_NBITS)];
		unsigned long advertising[BITS_TO_LONGS(__ETHTOOL_LINK_MODE_MASK_NBITS)];
		unsigned long
			lp_advertising[BITS_TO_LONGS(__ETHTOOL_LINK_MODE_MASK_NBITS)];
	} link_modes;
	u32 lanes;
};

#define __ETHTOOL_DECLARE_LINK_MODE_MASK(name) \
	DECLARE_BITMAP(name, __ETHTOOL_LINK_MODE_MASK_NBITS)
#define ethtool_link_ksettings_zero_link_mode(k, name) \
	bitmap_zero((k)->link_modes.name, __ETHTOOL_LINK_MODE_MASK_NBITS)
#define ethtool_link_ksettings_add_link_mode(k, name, mode) \
	__set_bit(ETHTOOL_LINK_MODE_##mode##_BIT, (k)->link_modes.name)
#define ethtool_link_ksettings_del_link_mode(k, name, mode) \
	__clear_bit(ETHTOOL_LINK_MODE_##mode##_BIT, (k)->link_modes.name)
#define ethtool_link_ksettings_test_link_mode(k, name, mode) \
	test_bit(ETHTOOL_LINK_MODE_##mode##_BIT, (k)->link_modes.name)

/* Old words of 32 modes, and masks. */
static inline void ethtool_convert_legacy_u32_to_link_mode(unsigned long *to, u32 from)
{
	bitmap_zero(to, __ETHTOOL_LINK_MODE_MASK_NBITS);
	to[0] = from;
}

static inline bool ethtool_convert_link_mode_to_legacy_u32(
	u32 *to, const unsigned long *from)
{
	*to = (u32)from[0];
	return !(from[0] >> 32) && !from[1];
}

struct ethtool_drvinfo {
	u32 cmd;
	char driver[32], version[32], fw_version[ETHTOOL_FWVERS_LEN],
		bus_info[ETHTOOL_BUSINFO_LEN], erom_version[ETHTOOL_EROMVERS_LEN];
	char reserved2[12];
	u32 n_priv_flags, n_stats, testinfo_len, eedump_len, regdump_len;
};

struct ethtool_wolinfo {
	u32 cmd, supported, wolopts;
	u8 sopass[SOPASS_MAX];
};

struct ethtool_value {
	u32 cmd, data;
};

struct ethtool_regs {
	u32 cmd, version, len;
	u8 data[0];
};

struct ethtool_eeprom {
	u32 cmd, magic, offset, len;
	u8 data[0];
};

struct ethtool_eee {
	u32 cmd, supported, advertised, lp_advertised, eee_active, eee_enabled,
		tx_lpi_enabled, tx_lpi_timer;
};

struct ethtool_keee;

struct ethtool_coalesce {
	u32 cmd, rx_coalesce_usecs, rx_max_coalesced_frames, rx_coalesce_usecs_irq,
		rx_max_coalesced_frames_irq, tx_coalesce_usecs, tx_max_coalesced_frames,
		tx_coalesce_usecs_irq, tx_max_coalesced_frames_irq,
		stats_block_coalesce_usecs, use_adaptive_rx_coalesce,
		use_adaptive_tx_coalesce;
};

struct kernel_ethtool_coalesce {
	u8 use_cqe_mode_tx, use_cqe_mode_rx;
};

#define ETHTOOL_COALESCE_RX_USECS      BIT(0)
#define ETHTOOL_COALESCE_RX_MAX_FRAMES BIT(1)
#define ETHTOOL_COALESCE_TX_USECS      BIT(4)
#define ETHTOOL_COALESCE_TX_MAX_FRAMES BIT(5)
#define ETHTOOL_COALESCE_USECS         (ETHTOOL_COALESCE_RX_USECS | ETHTOOL_COALESCE_TX_USECS)
#define ETHTOOL_COALESCE_MAX_FRAMES \
	(ETHTOOL_COALESCE_RX_MAX_FRAMES | ETHTOOL_COALESCE_TX_MAX_FRAMES)

struct ethtool_ringparam {
	u32 cmd, rx_max_pending, rx_mini_max_pending, rx_jumbo_max_pending,
		tx_max_pending, rx_pending, rx_mini_pending, rx_jumbo_pending, tx_pending;
};

struct kernel_ethtool_ringparam {
	u32 rx_buf_len;
	u8 tcp_data_split, tx_push, rx_push;
	u32 cqe_size;
};

struct ethtool_pauseparam {
	u32 cmd, autoneg, rx_pause, tx_pause;
};

struct ethtool_channels {
	u32 cmd, max_rx, max_tx, max_other, max_combined, rx_count, tx_count, other_count,
		combined_count;
};

struct ethtool_stats {
	u32 cmd, n_stats;
	u64 data[0];
};

struct ethtool_test {
	u32 cmd, flags, reserved, len;
	u64 data[0];
};

struct ethtool_ts_info {
	u32 cmd, so_timestamping;
	int phc_index;
	u32 tx_types, tx_reserved[3], rx_filters, rx_reserved[3];
};
#define kernel_ethtool_ts_info ethtool_ts_info

struct ethtool_rxnfc;
struct ethtool_dump;
struct ethtool_modinfo;
struct ethtool_pause_stats;
struct ethtool_rxfh_param;

struct ethtool_ops {
	u32 supported_coalesce_params, supported_ring_params;
	void (*get_drvinfo)(struct net_device *dev, struct ethtool_drvinfo *info);
	int (*get_regs_len)(struct net_device *dev);
	void (*get_regs)(struct net_device *dev, struct ethtool_regs *regs, void *p);
	void (*get_wol)(struct net_device *dev, struct ethtool_wolinfo *wol);
	int (*set_wol)(struct net_device *dev, struct ethtool_wolinfo *wol);
	u32 (*get_msglevel)(struct net_device *dev);
	void (*set_msglevel)(struct net_device *dev, u32 level);
	int (*nway_reset)(struct net_device *dev);
	u32 (*get_link)(struct net_device *dev);
	int (*get_eeprom_len)(struct net_device *dev);
	int (*get_eeprom)(
		struct net_device *dev, struct ethtool_eeprom *eeprom, u8 *data);
	int (*set_eeprom)(
		struct net_device *dev, struct ethtool_eeprom *eeprom, u8 *data);
	int (*get_coalesce)(struct net_device *dev, struct ethtool_coalesce *coalesce,
		struct kernel_ethtool_coalesce *kernel, struct netlink_ext_ack *extack);
	int (*set_coalesce)(struct net_device *dev, struct ethtool_coalesce *coalesce,
		struct kernel_ethtool_coalesce *kernel, struct netlink_ext_ack *extack);
	void (*get_ringparam)(struct net_device *dev, struct ethtool_ringparam *ring,
		struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack);
	int (*set_ringparam)(struct net_device *dev, struct ethtool_ringparam *ring,
		struct kernel_ethtool_ringparam *kernel, struct netlink_ext_ack *extack);
	void (*get_pauseparam)(struct net_device *dev, struct ethtool_pauseparam *pause);
	int (*set_pauseparam)(struct net_device *dev, struct ethtool_pauseparam *pause);
	void (*self_test)(struct net_device *dev, struct ethtool_test *test, u64 *data);
	void (*get_strings)(struct net_device *dev, u32 set, u8 *data);
	int (*set_phys_id)(struct net_device *dev, enum ethtool_phys_id_state state);
	void (*get_ethtool_stats)(
		struct net_device *dev, struct ethtool_stats *stats, u64 *data);
	int (*begin)(struct net_device *dev);
	void (*complete)(struct net_device *dev);
	u32 (*get_priv_flags)(struct net_device *dev);
	int (*set_priv_flags)(struct net_device *dev, u32 flags);
	int (*get_sset_count)(struct net_device *dev, int set);
	int (*get_ts_info)(struct net_device *dev, struct ethtool_ts_info *info);
	void (*get_channels)(struct net_device *dev, struct ethtool_channels *channels);
	int (*set_channels)(struct net_device *dev, struct ethtool_channels *channels);
	int (*get_link_ksettings)(
		struct net_device *dev, struct ethtool_link_ksettings *settings);
	int (*set_link_ksettings)(
		struct net_device *dev, const struct ethtool_link_ksettings *settings);
};

static inline u32 ethtool_op_get_link(struct net_device *dev)
{
	return netif_carrier_ok(dev);
}

static inline int ethtool_op_get_ts_info(
	struct net_device *dev, struct ethtool_ts_info *info)
{
	(void)dev;
	info->so_timestamping = 1 << 3 | 1 << 4; /* by software */
	info->phc_index = -1;
	return 0;
}

/* Return: behind it. */
static inline void ethtool_sprintf(u8 **data, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf((char *)*data, ETH_GSTRING_LEN, fmt, args);
	va_end(args);
	*data += ETH_GSTRING_LEN;
}

static inline void ethtool_puts(u8 **data, const char *text)
{
	strscpy((char *)*data, text, ETH_GSTRING_LEN);
	*data += ETH_GSTRING_LEN;
}

static inline bool ethtool_validate_speed(u32 speed)
{
	return speed <= __INT_MAX__ || speed == (u32)SPEED_UNKNOWN;
}

static inline bool ethtool_validate_duplex(u8 duplex)
{
	return duplex == DUPLEX_HALF || duplex == DUPLEX_FULL || duplex == DUPLEX_UNKNOWN;
}

#endif
