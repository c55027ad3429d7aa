// SPDX-License-Identifier: MIT
/*
 * What a network device sends: its queues, stopped and woken, bytes in flight (BQL), and the watchdog that looks after them.
 *
 * Locking: none of our own; a device's ndo_start_xmit runs under its queue's lock, softirqs off, unless it says NETIF_F_LLTX.
 */
#include <linux/etherdevice.h>
#include "compat/lockdep.h"
#include "compat/net.h"

/* ------------------------------------------------------------------ states */

void netif_tx_wake_queue(struct netdev_queue *txq)
{
	clear_bit(__QUEUE_STATE_DRV_XOFF, &txq->state);
}

void netif_tx_lock(struct net_device *dev)
{
	for (unsigned int i = 0; i < dev->num_tx_queues; i++) {
		__netif_tx_lock(&dev->_tx[i], (int)smp_processor_id());
		set_bit(__QUEUE_STATE_FROZEN, &dev->_tx[i].state);
		__netif_tx_unlock(&dev->_tx[i]);
	}
}

void netif_tx_unlock(struct net_device *dev)
{
	for (unsigned int i = 0; i < dev->num_tx_queues; i++)
		clear_bit(__QUEUE_STATE_FROZEN, &dev->_tx[i].state);
}

void netif_tx_disable(struct net_device *dev)
{
	local_bh_disable();
	for (unsigned int i = 0; i < dev->num_tx_queues; i++) {
		__netif_tx_lock(&dev->_tx[i], (int)smp_processor_id());
		netif_tx_stop_queue(&dev->_tx[i]);
		__netif_tx_unlock(&dev->_tx[i]);
	}
	local_bh_enable();
}

void netif_device_detach(struct net_device *dev)
{
	if (test_and_clear_bit(__LINK_STATE_PRESENT, &dev->state) && netif_running(dev))
		netif_tx_stop_all_queues(dev);
}

void netif_device_attach(struct net_device *dev)
{
	if (!test_and_set_bit(__LINK_STATE_PRESENT, &dev->state) && netif_running(dev))
		netif_tx_wake_all_queues(dev);
}

void netif_carrier_on(struct net_device *dev)
{
	if (!test_and_clear_bit(__LINK_STATE_NOCARRIER, &dev->state))
		return;
	for (unsigned int i = 0; i < dev->num_tx_queues; i++)
		dev->_tx[i].trans_start = jiffies;
}

void netif_carrier_off(struct net_device *dev)
{
	set_bit(__LINK_STATE_NOCARRIER, &dev->state);
}

int netif_set_real_num_tx_queues(struct net_device *dev, unsigned int n)
{
	if (n < 1 || n > dev->num_tx_queues)
		return -EINVAL;
	dev->real_num_tx_queues = n;
	return 0;
}

int netif_set_real_num_rx_queues(struct net_device *dev, unsigned int n)
{
	if (n < 1 || n > dev->num_rx_queues)
		return -EINVAL;
	dev->real_num_rx_queues = n;
	return 0;
}

/* ------------------------------------------------------------------ bytes in flight */

void netdev_tx_sent_queue(struct netdev_queue *txq, unsigned int bytes)
{
	txq->qy_in_flight += bytes;
}

void netdev_tx_completed_queue(
	struct netdev_queue *txq, unsigned int packets, unsigned int bytes)
{
	(void)packets;
	if (bytes > txq->qy_in_flight)
		qy_compat_bug("lib/dynamic_queue_limits.c", 99, "dql_completed");
	txq->qy_in_flight -= bytes;
}

void netdev_tx_reset_queue(struct netdev_queue *txq)
{
	txq->qy_in_flight = 0;
}

/* ------------------------------------------------------------------ one frame */

/* The sender of a frame of ours hears of its end. */
static void sent(struct sk_buff *skb)
{
	skb->dev->qy_tx_free++;
}

static netdev_tx_t call(
	struct net_device *dev, struct netdev_queue *txq, struct sk_buff *skb)
{
	const bool locked = !dev->lltx && !(dev->features & NETIF_F_LLTX);
	struct qy_callback begin;
	netdev_tx_t rc;

	if (locked)
		__netif_tx_lock(txq, (int)smp_processor_id());
	begin = qy_callback_begin();
	rc = dev->netdev_ops->ndo_start_xmit(skb, dev);
	qy_callback_end(&begin, "ndo_start_xmit", false);
	if (rc == NETDEV_TX_OK)
		txq->trans_start = jiffies;
	if (locked)
		__netif_tx_unlock(txq);
	return rc;
}

/* With what the device cannot do done in software. Return: 0, -errno: it was freed. */
static int fit(struct net_device *dev, struct sk_buff *skb)
{
	if ((skb_is_nonlinear(skb) && !(dev->features & NETIF_F_SG) &&
		    skb_linearize(skb)) ||
		(skb->ip_summed == CHECKSUM_PARTIAL &&
			!(dev->features & NETIF_F_CSUM_MASK) && skb_checksum_help(skb))) {
		kfree_skb(skb);
		return -ENOMEM;
	}
	return 0;
}

static unsigned int queue_of(struct net_device *dev, struct sk_buff *skb)
{
	unsigned int queue = 0;

	if (dev->real_num_tx_queues > 1 && dev->netdev_ops->ndo_select_queue)
		queue = dev->netdev_ops->ndo_select_queue(dev, skb, NULL);
	return queue < dev->real_num_tx_queues ? queue : 0;
}

/* Return: NETDEV_TX_OK, NETDEV_TX_BUSY: it was freed, as a queue without room does; -errno. */
static int send(struct net_device *dev, struct sk_buff *skb)
{
	struct netdev_queue *txq;
	netdev_tx_t rc;

	if (fit(dev, skb))
		return -ENOMEM;
	local_bh_disable();
	skb_set_queue_mapping(skb, queue_of(dev, skb));
	txq = skb_get_tx_queue(dev, skb);
	rc = NETDEV_TX_BUSY;
	if (!netif_xmit_frozen_or_stopped(txq)) {
		unsigned int len = skb->len;

		rc = call(dev, txq, skb);
		if (rc == NETDEV_TX_OK) {
			dev->qy_tx_frames++;
			dev->qy_tx_bytes += len;
		} else if (rc != NETDEV_TX_BUSY) {
			qy_printk_line(QY_LOG_WARNING, "BUG %s code %d qlen %d",
				dev->name, (int)rc, 0);
		}
	}
	local_bh_enable();
	if (rc != NETDEV_TX_OK)
		kfree_skb(skb); /* the driver's word: it is ours still */
	return (int)rc;
}

int dev_queue_xmit(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	if (!(dev->flags & IFF_UP) || !netif_carrier_ok(dev)) {
		kfree_skb(skb);
		return -ENETDOWN;
	}
	return send(dev, skb) == NETDEV_TX_OK ? NET_XMIT_SUCCESS : NET_XMIT_DROP;
}

/* ------------------------------------------------------------------ the watchdog */

#define DEFAULT_TIMEOUT (5 * HZ)

static bool is_late(const struct net_device *dev, unsigned int *queue)
{
	for (*queue = 0; *queue < dev->num_tx_queues; ++*queue)
		if (netif_xmit_stopped(&dev->_tx[*queue]) &&
			time_after(jiffies, dev->_tx[*queue].trans_start +
						    (unsigned long)dev->watchdog_timeo))
			return true;
	return false;
}

static void watch(struct timer_list *timer)
{
	struct net_device *dev = from_timer(dev, timer, watchdog_timer);
	unsigned int queue;

	if (netif_device_present(dev) && netif_running(dev) && netif_carrier_ok(dev)) {
		if (is_late(dev, &queue)) {
			netdev_crit(dev,
				"NETDEV WATCHDOG: CPU: %u: transmit queue %u timed out %u ms\n",
				smp_processor_id(), queue,
				jiffies_to_msecs(jiffies - dev->_tx[queue].trans_start));
			dev->qy_watched = true;
			netif_tx_lock(dev);
			dev->netdev_ops->ndo_tx_timeout(dev, queue);
			netif_tx_unlock(dev);
		}
	}
	mod_timer(timer, jiffies + (unsigned long)dev->watchdog_timeo);
	qy_let_go(QY_HELD_TIMER, timer); /* the stack's */
}

void qy_compat_netqueue_up(struct net_device *dev)
{
	for (unsigned int i = 0; i < dev->num_tx_queues; i++)
		dev->_tx[i].trans_start = jiffies;
	if (!dev->netdev_ops->ndo_tx_timeout)
		return;
	if (dev->watchdog_timeo <= 0)
		dev->watchdog_timeo = DEFAULT_TIMEOUT;
	timer_setup(&dev->watchdog_timer, watch, 0);
	mod_timer(&dev->watchdog_timer, jiffies + (unsigned long)dev->watchdog_timeo);
	qy_let_go(QY_HELD_TIMER, &dev->watchdog_timer);
}

void qy_compat_netqueue_down(struct net_device *dev)
{
	if (dev->netdev_ops->ndo_tx_timeout)
		timer_delete_sync(&dev->watchdog_timer);
}

/* ------------------------------------------------------------------ frames of whoever plays the run */

#define FIRST_BYTE 0x51 /* of what is in them */

static void fill(struct net_device *dev, struct sk_buff *skb, unsigned int bytes)
{
	static const u8 there[ETH_ALEN] = { 0x02, 0, 0, 0, 0, 0x01 };
	struct ethhdr eth = { .h_proto = htons(ETH_P_LOOP) };

	memcpy(eth.h_dest, there, ETH_ALEN);
	memcpy(eth.h_source, dev->dev_addr, ETH_ALEN);
	for (unsigned int i = 0; i < bytes; i++) {
		u8 byte = (u8)(FIRST_BYTE + i);

		skb_store_bits(skb, (int)i, &byte, 1);
	}
	skb_store_bits(skb, 0, &eth, ETH_HLEN);
}

static struct sk_buff *make_frame(struct net_device *dev, unsigned int bytes, bool paged)
{
	unsigned int headroom = LL_RESERVED_SPACE(dev);
	unsigned int linear = paged ? bytes / 3 : bytes;
	struct sk_buff *skb = qy_compat_skb_new(headroom + linear, bytes - linear);

	if (!skb)
		return NULL;
	/* its pages came first: they lie behind what is put here */
	skb_reserve(skb, (int)headroom);
	skb->tail += linear;
	skb->len += linear;
	fill(dev, skb, bytes);
	skb->dev = dev;
	skb->protocol = htons(ETH_P_LOOP);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->destructor = sent;
	return skb;
}

struct sending {
	const char *name;
	unsigned int bytes;
	bool paged;
};

static int send_one(void *arg)
{
	const struct sending *sending = arg;
	struct net_device *dev = __dev_get_by_name(&init_net, sending->name);
	struct sk_buff *skb;

	if (!dev)
		return -ENODEV;
	if (!(dev->flags & IFF_UP))
		return -ENETDOWN;
	skb = make_frame(dev, sending->bytes, sending->paged);
	if (!skb)
		return -ENOMEM;
	qy_compat_skb_hand_over(skb, (const void *)dev->netdev_ops->ndo_start_xmit);
	return send(dev, skb);
}

int qy_world_net_send(
	struct qy_world *w, const char *name, unsigned int bytes, bool paged)
{
	struct sending sending = { name, bytes, paged };

	return qy_world_run(w, "ping", send_one, &sending);
}

/* ------------------------------------------------------------------ a program's side */

/* `ip link set NAME address`, where the hardware that is not there has given it none. */
static void give_address(struct net_device *dev)
{
	struct sockaddr sa = { .sa_family = dev->type };

	if (dev->addr_len != ETH_ALEN || is_valid_ether_addr(dev->dev_addr))
		return;
	eth_random_addr((u8 *)sa.sa_data);
	if (dev_set_mac_address(dev, &sa, NULL))
		dev_addr_set(dev, (const u8 *)sa.sa_data);
}

static int set_up(void *arg)
{
	struct net_device *dev = __dev_get_by_name(&init_net, arg);
	int error;

	if (!dev)
		return -ENODEV;
	rtnl_lock();
	give_address(dev);
	error = dev_open(dev, NULL);
	rtnl_unlock();
	return error;
}

static int set_down(void *arg)
{
	struct net_device *dev = __dev_get_by_name(&init_net, arg);

	if (!dev)
		return -ENODEV;
	rtnl_lock();
	dev_close(dev);
	rtnl_unlock();
	return 0;
}

int qy_world_net_up(struct qy_world *w, const char *name)
{
	return qy_world_run(w, "ip", set_up, (void *)(uintptr_t)name);
}

int qy_world_net_down(struct qy_world *w, const char *name)
{
	return qy_world_run(w, "ip", set_down, (void *)(uintptr_t)name);
}

bool qy_world_netdev(
	const struct qy_world *w, unsigned int n, struct qy_world_netdev *netdev)
{
	const struct net_device *dev;

	list_for_each_entry(dev, &w->net->devs, dev_list) {
		if (n--)
			continue;
		*netdev = (struct qy_world_netdev){ .name = dev->name,
			.up = dev->flags & IFF_UP,
			.mtu = dev->mtu,
			.gathers = dev->features & NETIF_F_SG,
			.device = dev->dev.parent ? dev_name(dev->dev.parent) : "",
			.tx_frames = dev->qy_tx_frames,
			.tx_freed = dev->qy_tx_free,
			.rx_frames = dev->qy_rx_frames,
			.rx_bytes = dev->qy_rx_bytes };
		for (unsigned int i = 0; i < dev->real_num_tx_queues; i++)
			netdev->stopped |= netif_tx_queue_stopped(&dev->_tx[i]);
		return true;
	}
	return false;
}
