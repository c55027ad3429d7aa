/* SPDX-License-Identifier: MIT */
/*
 * Network devices: what a driver registers, its transmit queues, and NAPI. Nobody routes: what reaches the stack is counted
 * and freed, and what is sent comes from whoever plays the run.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_NETDEVICE_H
#define COMPAT_LINUX_NETDEVICE_H

#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/hrtimer.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/interrupt.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/net.h>
#include <linux/netdev_features.h>
#include <linux/notifier.h>
#include <linux/percpu.h>
#include <linux/rcupdate.h>
#include <linux/rtnetlink.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>

struct ethtool_ops;
struct header_ops;
struct napi_struct;
struct netdev_rx_queue;
struct nlattr;
struct phy_device;
struct rtnl_link_ops;
struct bpf_prog;
struct netdev_bpf;
struct xdp_frame;

#define MAX_ADDR_LEN 32
#define MAX_HEADER   176

typedef enum netdev_tx {
	NETDEV_TX_OK = 0x00,
	NETDEV_TX_BUSY = 0x10, /* it is still the stack's */
} netdev_tx_t;

#define NET_RX_SUCCESS   0
#define NET_RX_DROP      1
#define NET_XMIT_SUCCESS 0
#define NET_XMIT_DROP    1
#define NET_XMIT_CN      2

#define NET_ADDR_PERM   0
#define NET_ADDR_RANDOM 1
#define NET_ADDR_STOLEN 2
#define NET_ADDR_SET    3

#define NET_NAME_UNKNOWN 0
#define NET_NAME_ENUM    1
#define NET_NAME_USER    3

enum netdev_priv_flags {
	IFF_EBRIDGE = 1 << 1,
	IFF_DONT_BRIDGE = 1 << 2,
	IFF_XMIT_DST_RELEASE = 1 << 10,
	IFF_UNICAST_FLT = 1 << 12,
	IFF_SUPP_NOFCS = 1 << 14,
	IFF_LIVE_ADDR_CHANGE = 1 << 15,
	IFF_TX_SKB_SHARING = 1 << 16,
	IFF_NO_QUEUE = 1 << 21,
	IFF_PHONY_HEADROOM = 1 << 24,
};
#define IFF_LIVE_ADDR_CHANGE IFF_LIVE_ADDR_CHANGE
#define IFF_UNICAST_FLT      IFF_UNICAST_FLT

struct netdev_hw_addr {
	struct list_head list;
	unsigned char addr[MAX_ADDR_LEN];
	unsigned char type;
	int refcount;
};

struct netdev_hw_addr_list {
	struct list_head list;
	int count;
};

#define netdev_hw_addr_list_count(l)       ((l)->count)
#define netdev_hw_addr_list_empty(l)       ((l)->count == 0)
#define netdev_hw_addr_list_for_each(a, l) list_for_each_entry(a, &(l)->list, list)
#define netdev_uc_count(dev)               netdev_hw_addr_list_count(&(dev)->uc)
#define netdev_uc_empty(dev)               netdev_hw_addr_list_empty(&(dev)->uc)
#define netdev_for_each_uc_addr(a, dev)    netdev_hw_addr_list_for_each(a, &(dev)->uc)
#define netdev_mc_count(dev)               netdev_hw_addr_list_count(&(dev)->mc)
#define netdev_mc_empty(dev)               netdev_hw_addr_list_empty(&(dev)->mc)
#define netdev_for_each_mc_addr(a, dev)    netdev_hw_addr_list_for_each(a, &(dev)->mc)

/* ------------------------------------------------------------------ queues to send */

enum netdev_queue_state_t {
	__QUEUE_STATE_DRV_XOFF,
	__QUEUE_STATE_STACK_XOFF,
	__QUEUE_STATE_FROZEN,
};

struct netdev_queue {
	struct net_device *dev;
	unsigned long state;
	spinlock_t _xmit_lock;
	int xmit_lock_owner;
	unsigned long trans_start; /* jiffies of the last frame */
	unsigned long trans_timeout;
	unsigned int
		qy_in_flight; /* bytes that the driver said it sent, and not yet that they left */
	unsigned int qy_limit;
};

enum netdev_state_t {
	__LINK_STATE_START,
	__LINK_STATE_PRESENT,
	__LINK_STATE_NOCARRIER,
	__LINK_STATE_LINKWATCH_PENDING,
	__LINK_STATE_DORMANT,
};

enum netdev_reg_state {
	NETREG_UNINITIALIZED,
	NETREG_REGISTERED,
	NETREG_UNREGISTERING,
	NETREG_UNREGISTERED,
	NETREG_RELEASED,
	NETREG_DUMMY,
};

struct pcpu_sw_netstats {
	u64_stats_t rx_packets, rx_bytes, tx_packets, tx_bytes;
	struct u64_stats_sync syncp;
};

struct pcpu_lstats {
	u64_stats_t packets, bytes;
	struct u64_stats_sync syncp;
};

struct pcpu_dstats {
	u64_stats_t rx_packets, rx_bytes, tx_packets, tx_bytes, rx_drops, tx_drops;
	struct u64_stats_sync syncp;
};

enum netdev_stat_type {
	NETDEV_PCPU_STAT_NONE,
	NETDEV_PCPU_STAT_LSTATS,
	NETDEV_PCPU_STAT_TSTATS,
	NETDEV_PCPU_STAT_DSTATS,
};

struct net_device_ops {
	int (*ndo_init)(struct net_device *dev);
	void (*ndo_uninit)(struct net_device *dev);
	int (*ndo_open)(struct net_device *dev);
	int (*ndo_stop)(struct net_device *dev);
	netdev_tx_t (*ndo_start_xmit)(struct sk_buff *skb, struct net_device *dev);
	netdev_features_t (*ndo_features_check)(
		struct sk_buff *skb, struct net_device *dev, netdev_features_t features);
	u16 (*ndo_select_queue)(
		struct net_device *dev, struct sk_buff *skb, struct net_device *sb_dev);
	void (*ndo_change_rx_flags)(struct net_device *dev, int flags);
	void (*ndo_set_rx_mode)(struct net_device *dev);
	int (*ndo_set_mac_address)(struct net_device *dev, void *addr);
	int (*ndo_validate_addr)(struct net_device *dev);
	int (*ndo_do_ioctl)(struct net_device *dev, struct ifreq *ifr, int cmd);
	int (*ndo_eth_ioctl)(struct net_device *dev, struct ifreq *ifr, int cmd);
	int (*ndo_siocdevprivate)(
		struct net_device *dev, struct ifreq *ifr, void *data, int cmd);
	int (*ndo_set_config)(struct net_device *dev, struct ifmap *map);
	int (*ndo_change_mtu)(struct net_device *dev, int mtu);
	void (*ndo_tx_timeout)(struct net_device *dev, unsigned int txqueue);
	void (*ndo_get_stats64)(
		struct net_device *dev, struct rtnl_link_stats64 *storage);
	struct net_device_stats *(*ndo_get_stats)(struct net_device *dev);
	int (*ndo_vlan_rx_add_vid)(struct net_device *dev, __be16 proto, u16 vid);
	int (*ndo_vlan_rx_kill_vid)(struct net_device *dev, __be16 proto, u16 vid);
	void (*ndo_poll_controller)(struct net_device *dev);
	netdev_features_t (*ndo_fix_features)(
		struct net_device *dev, netdev_features_t features);
	int (*ndo_set_features)(struct net_device *dev, netdev_features_t features);
	int (*ndo_change_carrier)(struct net_device *dev, bool carrier);
	int (*ndo_get_iflink)(const struct net_device *dev);
	void (*ndo_set_rx_headroom)(struct net_device *dev, int headroom);
	int (*ndo_bpf)(struct net_device *dev, struct netdev_bpf *bpf);
	int (*ndo_xdp_xmit)(
		struct net_device *dev, int n, struct xdp_frame **xdp, u32 flags);
	struct net_device *(*ndo_get_peer_dev)(struct net_device *dev);
};

struct header_ops {
	int (*create)(struct sk_buff *skb, struct net_device *dev, unsigned short type,
		const void *daddr, const void *saddr, unsigned int len);
};

struct net_device {
	char name[IFNAMSIZ];
	unsigned long mem_end, mem_start, base_addr;
	unsigned long state;
	struct list_head dev_list; /* of all that are registered */
	struct list_head napi_list;
	unsigned int flags;
	unsigned long priv_flags;
	bool lltx, netns_local;
	const struct net_device_ops *netdev_ops;
	const struct ethtool_ops *ethtool_ops;
	const struct header_ops *header_ops;
	int ifindex, iflink, irq;
	unsigned short gflags, hard_header_len, type, needed_headroom, needed_tailroom;
	unsigned char min_header_len, addr_len, dma, if_port, operstate;
	unsigned int mtu, min_mtu, max_mtu;
	netdev_features_t features, hw_features, wanted_features, vlan_features,
		hw_enc_features, mpls_features;
	unsigned int gso_max_size, tso_max_size;
	u16 gso_max_segs, tso_max_segs;
	struct net_device_stats stats;
	enum netdev_stat_type pcpu_stat_type;
	union {
		struct pcpu_lstats __percpu *lstats;
		struct pcpu_sw_netstats __percpu *tstats;
		struct pcpu_dstats __percpu *dstats;
	};
	unsigned char perm_addr[MAX_ADDR_LEN];
	unsigned char addr_assign_type, name_assign_type;
	unsigned short dev_id, dev_port;
	spinlock_t addr_list_lock;
	struct netdev_hw_addr_list uc, mc;
	unsigned int promiscuity, allmulti;
	const unsigned char *dev_addr;
	unsigned char broadcast[MAX_ADDR_LEN];
	struct netdev_queue *_tx;
	struct netdev_rx_queue *_rx;
	unsigned int num_tx_queues, real_num_tx_queues, num_rx_queues, real_num_rx_queues;
	unsigned int tx_queue_len;
	int watchdog_timeo; /* jiffies */
	struct timer_list watchdog_timer;
	enum netdev_reg_state reg_state;
	bool needs_free_netdev;
	void (*priv_destructor)(struct net_device *dev);
	void *ml_priv;
	struct device dev;
	const struct attribute_group *sysfs_groups[4];
	const struct rtnl_link_ops *rtnl_link_ops;
	struct phy_device *phydev;
	bool threaded, proto_down;
	int qy_refs;
	unsigned char qy_addr[MAX_ADDR_LEN];
	bool qy_managed, qy_watched;
	u64 qy_rx_frames, qy_rx_bytes, qy_tx_frames, qy_tx_bytes, qy_tx_free;
	void *qy_priv_begin[0] __attribute__((aligned(64)));
};

#define to_net_dev(d) container_of(d, struct net_device, dev)

static inline void *netdev_priv(const struct net_device *dev)
{
	return (char *)(uintptr_t)dev + ALIGN(sizeof(struct net_device), 32);
}

#define SET_NETDEV_DEV(net, pdev)        ((net)->dev.parent = (pdev))
#define SET_NETDEV_DEVTYPE(net, devtype) ((net)->dev.type = (devtype))
#define NETDEV_ALIGN                     32
#define netdev_lockdep_set_classes(dev)  ((void)(dev))

/* ------------------------------------------------------------------ they come and go */

/* Return: NULL: no memory. Context: task, may sleep. */
struct net_device *alloc_netdev_mqs(int sizeof_priv, const char *name,
	unsigned char name_assign_type, void (*setup)(struct net_device *dev),
	unsigned int txqs, unsigned int rxqs) QY_REAL(alloc_netdev_mqs);
#define alloc_netdev(sizeof_priv, name, name_assign_type, setup) \
	alloc_netdev_mqs(sizeof_priv, name, name_assign_type, setup, 1, 1)
#define alloc_netdev_mq(sizeof_priv, name, name_assign_type, setup, count) \
	alloc_netdev_mqs(sizeof_priv, name, name_assign_type, setup, count, count)
struct net_device *alloc_netdev_dummy(int sizeof_priv) QY_REAL(alloc_netdev_dummy);
void init_dummy_netdev(struct net_device *dev) QY_REAL(init_dummy_netdev);
/* Of one that is registered it ends the run. Context: task, may sleep. */
void free_netdev(struct net_device *dev) QY_REAL(free_netdev);

/* Return: 0, -errno. Context: task, may sleep; the second under rtnl_lock(). */
int register_netdev(struct net_device *dev) QY_REAL(register_netdev);
int register_netdevice(struct net_device *dev) QY_REAL(register_netdevice);
int devm_register_netdev(struct device *dev, struct net_device *ndev)
	QY_REAL(devm_register_netdev);
/* Closes it first. Context: as above. */
void unregister_netdev(struct net_device *dev) QY_REAL(unregister_netdev);
void unregister_netdevice_queue(struct net_device *dev, struct list_head *head)
	QY_REAL(unregister_netdevice_queue);
void unregister_netdevice_many(struct list_head *head) QY_REAL(unregister_netdevice_many);

static inline void unregister_netdevice(struct net_device *dev)
{
	unregister_netdevice_queue(dev, NULL);
}

/* Under rtnl_lock(). Return: 0, what ndo_open() returned. */
int dev_open(struct net_device *dev, struct netlink_ext_ack *extack) QY_REAL(dev_open);
void dev_close(struct net_device *dev) QY_REAL(dev_close);
int dev_set_mtu(struct net_device *dev, int mtu) QY_REAL(dev_set_mtu);
int dev_set_mac_address(struct net_device *dev, struct sockaddr *sa,
	struct netlink_ext_ack *extack) QY_REAL(dev_set_mac_address);
int dev_alloc_name(struct net_device *dev, const char *name) QY_REAL(dev_alloc_name);
struct net_device *__dev_get_by_name(struct net *net, const char *name)
	QY_REAL(__dev_get_by_name);
struct net_device *dev_get_by_name(struct net *net, const char *name)
	QY_REAL(dev_get_by_name);
struct rtnl_link_stats64 *dev_get_stats(
	struct net_device *dev, struct rtnl_link_stats64 *storage) QY_REAL(dev_get_stats);
void netdev_stats_to_stats64(struct rtnl_link_stats64 *to,
	const struct net_device_stats *from) QY_REAL(netdev_stats_to_stats64);
void dev_fetch_sw_netstats(struct rtnl_link_stats64 *to,
	const struct pcpu_sw_netstats __percpu *from) QY_REAL(dev_fetch_sw_netstats);
void dev_lstats_read(struct net_device *dev, u64 *packets, u64 *bytes)
	QY_REAL(dev_lstats_read);
void netdev_update_features(struct net_device *dev) QY_REAL(netdev_update_features);
void netdev_features_change(struct net_device *dev) QY_REAL(netdev_features_change);

static inline void dev_hold(struct net_device *dev)
{
	if (dev)
		dev->qy_refs++;
}

static inline void dev_put(struct net_device *dev)
{
	if (dev)
		dev->qy_refs--;
}

typedef struct {
	char nothing_[0];
} netdevice_tracker;
#define netdev_hold(dev, tracker, gfp) dev_hold(dev)
#define netdev_put(dev, tracker)       dev_put(dev)

static inline struct net *dev_net(const struct net_device *dev)
{
	(void)dev;
	return &init_net;
}

#define dev_net_set(dev, net) ((void)(dev), (void)(net))

#define netdev_alloc_pcpu_stats(type)           qy_netdev_alloc_pcpu(type, GFP_KERNEL)
#define netdev_alloc_pcpu_stats_gfp(type, g)    qy_netdev_alloc_pcpu(type, g)
#define qy_netdev_alloc_pcpu(type, gfp)         alloc_percpu(type)
#define devm_netdev_alloc_pcpu_stats(dev, type) devm_alloc_percpu(dev, type)

static inline void dev_sw_netstats_rx_add(struct net_device *dev, unsigned int len)
{
	struct pcpu_sw_netstats *stats = this_cpu_ptr(dev->tstats);

	u64_stats_inc(&stats->rx_packets);
	u64_stats_add(&stats->rx_bytes, len);
}

static inline void dev_sw_netstats_tx_add(
	struct net_device *dev, unsigned int packets, unsigned int len)
{
	struct pcpu_sw_netstats *stats = this_cpu_ptr(dev->tstats);

	u64_stats_add(&stats->tx_packets, packets);
	u64_stats_add(&stats->tx_bytes, len);
}

static inline void dev_lstats_add(struct net_device *dev, unsigned int len)
{
	struct pcpu_lstats *stats = this_cpu_ptr(dev->lstats);

	u64_stats_inc(&stats->packets);
	u64_stats_add(&stats->bytes, len);
}

#define DEV_STATS_INC(dev, field)          ((dev)->stats.field++)
#define DEV_STATS_ADD(dev, field, n)       ((dev)->stats.field += (n))
#define dev_core_stats_rx_dropped_inc(dev) ((dev)->stats.rx_dropped++)
#define dev_core_stats_tx_dropped_inc(dev) ((dev)->stats.tx_dropped++)

/* ------------------------------------------------------------------ addresses */

static inline void __dev_addr_set(struct net_device *dev, const void *addr, size_t len)
{
	memcpy(dev->qy_addr, addr, len);
}

static inline void dev_addr_set(struct net_device *dev, const u8 *addr)
{
	__dev_addr_set(dev, addr, dev->addr_len);
}

static inline void dev_addr_mod(
	struct net_device *dev, unsigned int offset, const void *addr, size_t len)
{
	memcpy(&dev->qy_addr[offset], addr, len);
}

int dev_uc_add(struct net_device *dev, const unsigned char *addr) QY_REAL(dev_uc_add);
int dev_uc_del(struct net_device *dev, const unsigned char *addr) QY_REAL(dev_uc_del);
int dev_mc_add(struct net_device *dev, const unsigned char *addr) QY_REAL(dev_mc_add);
int dev_mc_del(struct net_device *dev, const unsigned char *addr) QY_REAL(dev_mc_del);

static inline void netif_addr_lock(struct net_device *dev)
{
	spin_lock(&dev->addr_list_lock);
}

static inline void netif_addr_unlock(struct net_device *dev)
{
	spin_unlock(&dev->addr_list_lock);
}

#define netif_addr_lock_bh(dev)   spin_lock_bh(&(dev)->addr_list_lock)
#define netif_addr_unlock_bh(dev) spin_unlock_bh(&(dev)->addr_list_lock)

/* ------------------------------------------------------------------ what state it is in */

static inline bool netif_running(const struct net_device *dev)
{
	return test_bit(__LINK_STATE_START, &dev->state);
}

static inline bool netif_device_present(const struct net_device *dev)
{
	return test_bit(__LINK_STATE_PRESENT, &dev->state);
}

void netif_device_detach(struct net_device *dev) QY_REAL(netif_device_detach);
void netif_device_attach(struct net_device *dev) QY_REAL(netif_device_attach);

static inline bool netif_carrier_ok(const struct net_device *dev)
{
	return !test_bit(__LINK_STATE_NOCARRIER, &dev->state);
}

void netif_carrier_on(struct net_device *dev) QY_REAL(netif_carrier_on);
void netif_carrier_off(struct net_device *dev) QY_REAL(netif_carrier_off);

static inline bool netif_oper_up(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

#define netif_dormant(dev)        test_bit(__LINK_STATE_DORMANT, &(dev)->state)
#define netif_dormant_on(dev)     set_bit(__LINK_STATE_DORMANT, &(dev)->state)
#define netif_dormant_off(dev)    clear_bit(__LINK_STATE_DORMANT, &(dev)->state)
#define netif_keep_dst(dev)       ((dev)->priv_flags &= ~(unsigned long)IFF_XMIT_DST_RELEASE)
#define netif_is_lag_port(dev)    ((void)(dev), false)
#define netif_is_bridge_port(dev) ((void)(dev), false)

/* ------------------------------------------------------------------ stopping and waking queues */

static inline struct netdev_queue *netdev_get_tx_queue(
	const struct net_device *dev, unsigned int index)
{
	return &dev->_tx[index];
}

#define skb_get_tx_queue(dev, skb) netdev_get_tx_queue(dev, skb_get_queue_mapping(skb))

static inline void netif_tx_start_queue(struct netdev_queue *txq)
{
	clear_bit(__QUEUE_STATE_DRV_XOFF, &txq->state);
}

void netif_tx_wake_queue(struct netdev_queue *txq) QY_REAL(netif_tx_wake_queue);

static inline void netif_tx_stop_queue(struct netdev_queue *txq)
{
	set_bit(__QUEUE_STATE_DRV_XOFF, &txq->state);
}

static inline bool netif_tx_queue_stopped(const struct netdev_queue *txq)
{
	return test_bit(__QUEUE_STATE_DRV_XOFF, &txq->state);
}

static inline bool netif_xmit_stopped(const struct netdev_queue *txq)
{
	return txq->state & (BIT(__QUEUE_STATE_DRV_XOFF) | BIT(__QUEUE_STATE_STACK_XOFF));
}

static inline bool netif_xmit_frozen_or_stopped(const struct netdev_queue *txq)
{
	return txq->state != 0;
}

#define netif_start_queue(dev)       netif_tx_start_queue(netdev_get_tx_queue(dev, 0))
#define netif_wake_queue(dev)        netif_tx_wake_queue(netdev_get_tx_queue(dev, 0))
#define netif_stop_queue(dev)        netif_tx_stop_queue(netdev_get_tx_queue(dev, 0))
#define netif_queue_stopped(dev)     netif_tx_queue_stopped(netdev_get_tx_queue(dev, 0))
#define netif_start_subqueue(dev, i) netif_tx_start_queue(netdev_get_tx_queue(dev, i))
#define netif_wake_subqueue(dev, i)  netif_tx_wake_queue(netdev_get_tx_queue(dev, i))
#define netif_stop_subqueue(dev, i)  netif_tx_stop_queue(netdev_get_tx_queue(dev, i))
#define __netif_subqueue_stopped(dev, i) \
	netif_tx_queue_stopped(netdev_get_tx_queue(dev, i))
#define netif_subqueue_stopped(dev, skb) \
	__netif_subqueue_stopped(dev, skb_get_queue_mapping(skb))

static inline void netif_tx_start_all_queues(struct net_device *dev)
{
	for (unsigned int i = 0; i < dev->num_tx_queues; i++)
		netif_tx_start_queue(&dev->_tx[i]);
}

static inline void netif_tx_wake_all_queues(struct net_device *dev)
{
	for (unsigned int i = 0; i < dev->num_tx_queues; i++)
		netif_tx_wake_queue(&dev->_tx[i]);
}

static inline void netif_tx_stop_all_queues(struct net_device *dev)
{
	for (unsigned int i = 0; i < dev->num_tx_queues; i++)
		netif_tx_stop_queue(&dev->_tx[i]);
}

/* Stops them, and waits for whoever is sending. */
void netif_tx_disable(struct net_device *dev) QY_REAL(netif_tx_disable);

/* Stopped unless @room; started again where room came meanwhile. */
#define netif_txq_maybe_stop(txq, room, stop_at, start_at) \
	({                                                 \
		int sent_ = 1;                             \
		if ((room) < (stop_at)) {                  \
			netif_tx_stop_queue(txq);          \
			smp_mb();                          \
			sent_ = 0;                         \
			if ((room) >= (start_at)) {        \
				netif_tx_start_queue(txq); \
				sent_ = -1;                \
			}                                  \
		}                                          \
		sent_;                                     \
	})
#define netif_subqueue_maybe_stop(dev, i, room, stop_at, start_at) \
	netif_txq_maybe_stop(netdev_get_tx_queue(dev, i), room, stop_at, start_at)

int netif_set_real_num_tx_queues(struct net_device *dev, unsigned int n)
	QY_REAL(netif_set_real_num_tx_queues);
int netif_set_real_num_rx_queues(struct net_device *dev, unsigned int n)
	QY_REAL(netif_set_real_num_rx_queues);
#define netif_set_real_num_queues(dev, tx, rx) \
	(netif_set_real_num_tx_queues(dev, tx) ?: netif_set_real_num_rx_queues(dev, rx))

static inline void __netif_tx_lock(struct netdev_queue *txq, int cpu)
{
	spin_lock(&txq->_xmit_lock);
	txq->xmit_lock_owner = cpu;
}

static inline void __netif_tx_unlock(struct netdev_queue *txq)
{
	txq->xmit_lock_owner = -1;
	spin_unlock(&txq->_xmit_lock);
}

static inline bool __netif_tx_trylock(struct netdev_queue *txq)
{
	if (!spin_trylock(&txq->_xmit_lock))
		return false;
	txq->xmit_lock_owner = (int)smp_processor_id();
	return true;
}

#define __netif_tx_lock_bh(txq) \
	(local_bh_disable(), __netif_tx_lock(txq, (int)smp_processor_id()))
#define __netif_tx_unlock_bh(txq) (__netif_tx_unlock(txq), local_bh_enable())

void netif_tx_lock(struct net_device *dev) QY_REAL(netif_tx_lock);
void netif_tx_unlock(struct net_device *dev) QY_REAL(netif_tx_unlock);
#define netif_tx_lock_bh(dev)   (local_bh_disable(), netif_tx_lock(dev))
#define netif_tx_unlock_bh(dev) (netif_tx_unlock(dev), local_bh_enable())

static inline void txq_trans_cond_update(struct netdev_queue *txq)
{
	txq->trans_start = jiffies;
}

static inline void netif_trans_update(struct net_device *dev)
{
	netdev_get_tx_queue(dev, 0)->trans_start = jiffies;
}

#define dev_trans_start(dev) ((dev)->_tx[0].trans_start)
/* One frame at a time: behind each the device may be told. */
#define netdev_xmit_more()   false

/* Bytes in flight. What was completed must have been sent: the other is told, as a kernel stops there. */
void netdev_tx_sent_queue(struct netdev_queue *txq, unsigned int bytes)
	QY_REAL(netdev_tx_sent_queue);
void netdev_tx_completed_queue(struct netdev_queue *txq, unsigned int packets,
	unsigned int bytes) QY_REAL(netdev_tx_completed_queue);
void netdev_tx_reset_queue(struct netdev_queue *txq) QY_REAL(netdev_tx_reset_queue);
#define netdev_sent_queue(dev, n) netdev_tx_sent_queue(netdev_get_tx_queue(dev, 0), n)
#define netdev_completed_queue(dev, packets, n) \
	netdev_tx_completed_queue(netdev_get_tx_queue(dev, 0), packets, n)
#define netdev_reset_queue(dev) netdev_tx_reset_queue(netdev_get_tx_queue(dev, 0))
#define netdev_tx_reset_subqueue(dev, i) \
	netdev_tx_reset_queue(netdev_get_tx_queue(dev, i))

static inline bool __netdev_tx_sent_queue(
	struct netdev_queue *txq, unsigned int bytes, bool more)
{
	netdev_tx_sent_queue(txq, bytes);
	return !more || netif_xmit_stopped(txq);
}

#define __netdev_sent_queue(dev, n, more) \
	__netdev_tx_sent_queue(netdev_get_tx_queue(dev, 0), n, more)
#define netdev_txq_bql_enqueue_prefetchw(txq)  ((void)(txq))
#define netdev_txq_bql_complete_prefetchw(txq) ((void)(txq))

/* ------------------------------------------------------------------ NAPI */

enum {
	NAPI_STATE_SCHED,
	NAPI_STATE_MISSED,
	NAPI_STATE_DISABLE,
	NAPI_STATE_LISTED,
};

#define NAPI_POLL_WEIGHT 64

struct napi_struct {
	unsigned long state;
	struct list_head poll_list, dev_list;
	int weight;
	int (*poll)(struct napi_struct *napi, int budget);
	struct net_device *dev;
	unsigned int napi_id;
	struct hrtimer timer;
	struct sk_buff *skb; /* of napi_get_frags() */
};

void netif_napi_add_weight(struct net_device *dev, struct napi_struct *napi,
	int (*poll)(struct napi_struct *napi, int budget), int weight)
	QY_REAL(netif_napi_add_weight);
#define netif_napi_add(dev, napi, poll, ...) \
	netif_napi_add_weight(               \
		dev, napi, poll, QY_NAPI_WEIGHT(, ##__VA_ARGS__, NAPI_POLL_WEIGHT))
/* Before 6.1 a weight stood behind. */
#define QY_NAPI_WEIGHT(_0, n, ...)         n
#define netif_napi_add_tx(dev, napi, poll) netif_napi_add(dev, napi, poll)
#define netif_napi_add_tx_weight(dev, napi, poll, weight) \
	netif_napi_add_weight(dev, napi, poll, weight)
#define netif_tx_napi_add(dev, napi, poll, weight) \
	netif_napi_add_weight(dev, napi, poll, weight)
/* Context: task, may sleep. */
void netif_napi_del(struct napi_struct *napi) QY_REAL(netif_napi_del);
#define __netif_napi_del(napi) netif_napi_del(napi)
void napi_enable(struct napi_struct *napi) QY_REAL(napi_enable);
/* Waits until its poll function has completed. Context: task, may sleep. */
void napi_disable(struct napi_struct *napi) QY_REAL(napi_disable);
void napi_synchronize(const struct napi_struct *napi) QY_REAL(napi_synchronize);
bool napi_schedule_prep(struct napi_struct *napi) QY_REAL(napi_schedule_prep);
void __napi_schedule(struct napi_struct *napi) QY_REAL(__napi_schedule);
#define __napi_schedule_irqoff(napi) __napi_schedule(napi)
/* Return: false: it is to go on. Context: its poll function. */
bool napi_complete_done(struct napi_struct *napi, int work) QY_REAL(napi_complete_done);

static inline bool napi_complete(struct napi_struct *napi)
{
	return napi_complete_done(napi, 0);
}

static inline bool napi_schedule(struct napi_struct *napi)
{
	if (!napi_schedule_prep(napi))
		return false;
	__napi_schedule(napi);
	return true;
}

#define napi_schedule_irqoff(napi) napi_schedule(napi)
#define napi_reschedule(napi)      napi_schedule(napi)
#define napi_disable_pending(n)    test_bit(NAPI_STATE_DISABLE, &(n)->state)

static inline bool napi_is_scheduled(struct napi_struct *napi)
{
	return test_bit(NAPI_STATE_SCHED, &napi->state);
}

/* ------------------------------------------------------------------ packets for the stack, and from it */

/* It is the stack's, which counts and frees it. */
int netif_rx(struct sk_buff *skb) QY_REAL(netif_rx);
int netif_receive_skb(struct sk_buff *skb) QY_REAL(netif_receive_skb);
void netif_receive_skb_list(struct list_head *head) QY_REAL(netif_receive_skb_list);
int napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
	QY_REAL(napi_gro_receive);
/* Around pages: the driver fills skb_shinfo()->frags[]. */
struct sk_buff *napi_get_frags(struct napi_struct *napi) QY_REAL(napi_get_frags);
int napi_gro_frags(struct napi_struct *napi) QY_REAL(napi_gro_frags);
#define __netif_rx(skb)           netif_rx(skb)
#define netif_rx_ni(skb)          netif_rx(skb) /* before 5.18 */
#define napi_gro_flush(napi, old) ((void)(napi), (void)(old))
#define netif_rx_any_context(skb) netif_rx(skb)
int dev_queue_xmit(struct sk_buff *skb) QY_REAL(dev_queue_xmit);
int dev_forward_skb(struct net_device *dev, struct sk_buff *skb) QY_REAL(dev_forward_skb);
#define __dev_forward_skb(dev, skb) qy_compat_forward(dev, skb)
int qy_compat_forward(struct net_device *dev, struct sk_buff *skb);

/* From any context: in a hard interrupt, or with interrupts off, it is freed a moment later. */
void dev_kfree_skb_irq_reason(struct sk_buff *skb, enum skb_drop_reason reason)
	QY_REAL(dev_kfree_skb_irq_reason);
void dev_kfree_skb_any_reason(struct sk_buff *skb, enum skb_drop_reason reason)
	QY_REAL(dev_kfree_skb_any_reason);

static inline void dev_kfree_skb_irq(struct sk_buff *skb)
{
	dev_kfree_skb_irq_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
}

static inline void dev_consume_skb_irq(struct sk_buff *skb)
{
	dev_kfree_skb_irq_reason(skb, SKB_CONSUMED);
}

static inline void dev_kfree_skb_any(struct sk_buff *skb)
{
	dev_kfree_skb_any_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
}

static inline void dev_consume_skb_any(struct sk_buff *skb)
{
	dev_kfree_skb_any_reason(skb, SKB_CONSUMED);
}

static inline struct sk_buff *__netdev_alloc_skb_ip_align(
	struct net_device *dev, unsigned int size, gfp_t gfp)
{
	struct sk_buff *skb = __netdev_alloc_skb(dev, size + NET_IP_ALIGN, gfp);

	if (NET_IP_ALIGN && skb)
		skb_reserve(skb, NET_IP_ALIGN);
	return skb;
}

#define netdev_alloc_skb_ip_align(dev, size) \
	__netdev_alloc_skb_ip_align(dev, size, GFP_ATOMIC)

static inline int dev_hard_header(struct sk_buff *skb, struct net_device *dev,
	unsigned short type, const void *daddr, const void *saddr, unsigned int len)
{
	return dev->header_ops && dev->header_ops->create
		       ? dev->header_ops->create(skb, dev, type, daddr, saddr, len)
		       : 0;
}

#define LL_RESERVED_SPACE(dev) \
	((((unsigned int)(dev)->hard_header_len + (dev)->needed_headroom) & ~15u) + 16)
#define LL_MAX_HEADER 128

static inline void netif_set_tso_max_size(struct net_device *dev, unsigned int size)
{
	dev->tso_max_size = dev->gso_max_size = size;
}

static inline void netif_set_tso_max_segs(struct net_device *dev, unsigned int segs)
{
	dev->tso_max_segs = dev->gso_max_segs = (u16)segs;
}

/* ------------------------------------------------------------------ what is said of one */

static inline const char *netdev_name(const struct net_device *dev)
{
	return !*dev->name || strchr(dev->name, '%') ? "(unnamed net_device)" : dev->name;
}

/* "lamp 15a00000.lamp eth0 (uninitialized): ..." */
void netdev_printk(const char *level, const struct net_device *dev, const char *fmt, ...)
	QY_REAL(netdev_printk) __printf(3, 4);
#define netdev_emerg(dev, fmt, ...)  netdev_printk(KERN_EMERG, dev, fmt, ##__VA_ARGS__)
#define netdev_alert(dev, fmt, ...)  netdev_printk(KERN_ALERT, dev, fmt, ##__VA_ARGS__)
#define netdev_crit(dev, fmt, ...)   netdev_printk(KERN_CRIT, dev, fmt, ##__VA_ARGS__)
#define netdev_err(dev, fmt, ...)    netdev_printk(KERN_ERR, dev, fmt, ##__VA_ARGS__)
#define netdev_warn(dev, fmt, ...)   netdev_printk(KERN_WARNING, dev, fmt, ##__VA_ARGS__)
#define netdev_notice(dev, fmt, ...) netdev_printk(KERN_NOTICE, dev, fmt, ##__VA_ARGS__)
#define netdev_info(dev, fmt, ...)   netdev_printk(KERN_INFO, dev, fmt, ##__VA_ARGS__)
#ifdef DEBUG
#define netdev_dbg(dev, fmt, ...) netdev_printk(KERN_DEBUG, dev, fmt, ##__VA_ARGS__)
#else
#define netdev_dbg(dev, fmt, ...)                                           \
	do {                                                                \
		if (0)                                                      \
			netdev_printk(KERN_DEBUG, dev, fmt, ##__VA_ARGS__); \
	} while (0)
#endif
#define netdev_vdbg(dev, fmt, ...)      netdev_dbg(dev, fmt, ##__VA_ARGS__)
#define netdev_err_once(dev, fmt, ...)  qy_dev_once(netdev_err, dev, fmt, ##__VA_ARGS__)
#define netdev_warn_once(dev, fmt, ...) qy_dev_once(netdev_warn, dev, fmt, ##__VA_ARGS__)
#define netdev_info_once(dev, fmt, ...) qy_dev_once(netdev_info, dev, fmt, ##__VA_ARGS__)
#define netdev_WARN_ONCE(dev, fmt, ...) \
	WARN_ONCE(1, "netdevice: %s: " fmt, netdev_name(dev), ##__VA_ARGS__)
#define netdev_WARN(dev, fmt, ...) \
	WARN(1, "netdevice: %s: " fmt, netdev_name(dev), ##__VA_ARGS__)

enum {
	NETIF_MSG_DRV = 1 << 0,
	NETIF_MSG_PROBE = 1 << 1,
	NETIF_MSG_LINK = 1 << 2,
	NETIF_MSG_TIMER = 1 << 3,
	NETIF_MSG_IFDOWN = 1 << 4,
	NETIF_MSG_IFUP = 1 << 5,
	NETIF_MSG_RX_ERR = 1 << 6,
	NETIF_MSG_TX_ERR = 1 << 7,
	NETIF_MSG_TX_QUEUED = 1 << 8,
	NETIF_MSG_INTR = 1 << 9,
	NETIF_MSG_TX_DONE = 1 << 10,
	NETIF_MSG_RX_STATUS = 1 << 11,
	NETIF_MSG_PKTDATA = 1 << 12,
	NETIF_MSG_HW = 1 << 13,
	NETIF_MSG_WOL = 1 << 14,
};
#define netif_msg_drv(p)       ((p)->msg_enable & NETIF_MSG_DRV)
#define netif_msg_probe(p)     ((p)->msg_enable & NETIF_MSG_PROBE)
#define netif_msg_link(p)      ((p)->msg_enable & NETIF_MSG_LINK)
#define netif_msg_timer(p)     ((p)->msg_enable & NETIF_MSG_TIMER)
#define netif_msg_ifdown(p)    ((p)->msg_enable & NETIF_MSG_IFDOWN)
#define netif_msg_ifup(p)      ((p)->msg_enable & NETIF_MSG_IFUP)
#define netif_msg_rx_err(p)    ((p)->msg_enable & NETIF_MSG_RX_ERR)
#define netif_msg_tx_err(p)    ((p)->msg_enable & NETIF_MSG_TX_ERR)
#define netif_msg_tx_queued(p) ((p)->msg_enable & NETIF_MSG_TX_QUEUED)
#define netif_msg_intr(p)      ((p)->msg_enable & NETIF_MSG_INTR)
#define netif_msg_tx_done(p)   ((p)->msg_enable & NETIF_MSG_TX_DONE)
#define netif_msg_rx_status(p) ((p)->msg_enable & NETIF_MSG_RX_STATUS)
#define netif_msg_pktdata(p)   ((p)->msg_enable & NETIF_MSG_PKTDATA)
#define netif_msg_hw(p)        ((p)->msg_enable & NETIF_MSG_HW)
#define netif_msg_wol(p)       ((p)->msg_enable & NETIF_MSG_WOL)
#define netif_printk(priv, type, level, dev, fmt, ...)                   \
	do {                                                             \
		if (netif_msg_##type(priv))                              \
			netdev_printk(level, (dev), fmt, ##__VA_ARGS__); \
	} while (0)
#define netif_emerg(p, t, dev, fmt, ...) \
	netif_printk(p, t, KERN_EMERG, dev, fmt, ##__VA_ARGS__)
#define netif_crit(p, t, dev, fmt, ...) \
	netif_printk(p, t, KERN_CRIT, dev, fmt, ##__VA_ARGS__)
#define netif_err(p, t, dev, fmt, ...) \
	netif_printk(p, t, KERN_ERR, dev, fmt, ##__VA_ARGS__)
#define netif_warn(p, t, dev, fmt, ...) \
	netif_printk(p, t, KERN_WARNING, dev, fmt, ##__VA_ARGS__)
#define netif_notice(p, t, dev, fmt, ...) \
	netif_printk(p, t, KERN_NOTICE, dev, fmt, ##__VA_ARGS__)
#define netif_info(p, t, dev, fmt, ...) \
	netif_printk(p, t, KERN_INFO, dev, fmt, ##__VA_ARGS__)
#define netif_dbg(p, t, dev, fmt, ...)                                           \
	do {                                                                     \
		if (0)                                                           \
			netif_printk(p, t, KERN_DEBUG, dev, fmt, ##__VA_ARGS__); \
	} while (0)
#define netif_vdbg(p, t, dev, fmt, ...) netif_dbg(p, t, dev, fmt, ##__VA_ARGS__)

static inline u32 netif_msg_init(int debug_value, int default_bits)
{
	if (debug_value < 0 || debug_value >= 32)
		return (u32)default_bits;
	return debug_value ? (1u << debug_value) - 1 : 0;
}

/* ------------------------------------------------------------------ who is told of devices */

enum netdev_cmd {
	NETDEV_UP = 1,
	NETDEV_DOWN,
	NETDEV_REBOOT,
	NETDEV_CHANGE,
	NETDEV_REGISTER,
	NETDEV_UNREGISTER,
	NETDEV_CHANGEMTU,
	NETDEV_CHANGEADDR,
	NETDEV_GOING_DOWN,
	NETDEV_FEAT_CHANGE = 11,
};

int register_netdevice_notifier(struct notifier_block *nb)
	QY_REAL(register_netdevice_notifier);
int unregister_netdevice_notifier(struct notifier_block *nb)
	QY_REAL(unregister_netdevice_notifier);

static inline struct net_device *netdev_notifier_info_to_dev(const void *info)
{
	return (struct net_device *)(uintptr_t)info;
}

#endif
