// SPDX-License-Identifier: MIT
/*
 * Network devices come, go, are opened and closed (linux/netdevice.h). netqueue.c has their queues, napi.c what they receive.
 *
 * Invariant: a device is in net->devs while it is registered; it is opened only then.
 *
 * Locking: none of our own; see world.h. Changes of a device's state are made under rtnl.
 */
#include <linux/etherdevice.h>
#include "compat/lockdep.h"
#include "compat/model.h"
#include "compat/net.h"

#define MAX_NUMBER 1024 /* of eth%d */

struct net init_net;

void rtnl_lock(void)
{
	mutex_lock(&net_of(qy_compat_world())->rtnl);
}

void rtnl_unlock(void)
{
	mutex_unlock(&net_of(qy_compat_world())->rtnl);
}

int rtnl_trylock(void)
{
	return mutex_trylock(&net_of(qy_compat_world())->rtnl);
}

int rtnl_is_locked(void)
{
	return mutex_is_locked(&net_of(qy_compat_world())->rtnl);
}

int lockdep_rtnl_is_held(void)
{
	return rtnl_is_locked();
}

/* Where a kernel stops, in its words; the lines are those of no kernel. */
static void stop_unless(bool good, int line, const char *func)
{
	if (!good)
		qy_compat_bug("net/core/dev.c", line, func);
}

/* ------------------------------------------------------------------ memory */

static void free_memory(struct net_device *dev)
{
	kvfree(dev->_tx);
	kvfree(dev->_rx);
	kvfree(dev);
}

static void release(struct device *dev)
{
	free_memory(to_net_dev(dev));
}

/* What the stack remembers of a queue from which packets come: its size is that of 6.12. */
struct netdev_rx_queue {
	struct net_device *dev;
	u8 rest[184];
};

static int alloc_queues(struct net_device *dev, unsigned int txqs, unsigned int rxqs)
{
	dev->_tx = kvzalloc(txqs * sizeof(*dev->_tx), GFP_KERNEL);
	dev->_rx = dev->_tx ? kvzalloc(rxqs * sizeof(*dev->_rx), GFP_KERNEL) : NULL;
	if (!dev->_rx)
		return -ENOMEM;
	for (unsigned int i = 0; i < txqs; i++) {
		dev->_tx[i].dev = dev;
		dev->_tx[i].xmit_lock_owner = -1;
		spin_lock_init(&dev->_tx[i]._xmit_lock);
	}
	for (unsigned int i = 0; i < rxqs; i++)
		dev->_rx[i].dev = dev;
	dev->num_tx_queues = dev->real_num_tx_queues = txqs;
	dev->num_rx_queues = dev->real_num_rx_queues = rxqs;
	return 0;
}

static void init_dev(struct net_device *dev)
{
	INIT_LIST_HEAD(&dev->dev_list);
	INIT_LIST_HEAD(&dev->napi_list);
	INIT_LIST_HEAD(&dev->uc.list);
	INIT_LIST_HEAD(&dev->mc.list);
	spin_lock_init(&dev->addr_list_lock);
	dev->dev_addr = dev->qy_addr;
	dev->gso_max_size = dev->tso_max_size = 65536;
	dev->gso_max_segs = dev->tso_max_segs = 65535;
	dev->tx_queue_len = 1000;
	dev->max_mtu = ETH_MAX_MTU;
	dev->priv_flags = IFF_XMIT_DST_RELEASE;
}

struct net_device *alloc_netdev_mqs(int sizeof_priv, const char *name,
	unsigned char name_assign_type, void (*setup)(struct net_device *dev),
	unsigned int txqs, unsigned int rxqs)
{
	struct net_device *dev;

	might_sleep();
	stop_unless(strlen(name) < IFNAMSIZ, 11226, "alloc_netdev_mqs");
	if (txqs < 1 || rxqs < 1) {
		qy_printk_line(QY_LOG_ERR,
			"alloc_netdev: Unable to allocate device with zero queues");
		return NULL;
	}
	dev = kvzalloc(ALIGN(sizeof(*dev), NETDEV_ALIGN) + (size_t)sizeof_priv,
		GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	if (!dev)
		return NULL;
	init_dev(dev);
	setup(dev);
	if (alloc_queues(dev, txqs, rxqs)) {
		free_memory(dev);
		return NULL;
	}
	strscpy(dev->name, name, sizeof(dev->name));
	dev->name_assign_type = name_assign_type;
	return dev;
}

void init_dummy_netdev(struct net_device *dev)
{
	memset(dev, 0, sizeof(*dev));
	init_dev(dev);
	dev->reg_state = NETREG_DUMMY;
	set_bit(__LINK_STATE_PRESENT, &dev->state);
	set_bit(__LINK_STATE_START, &dev->state);
}

static void setup_dummy(struct net_device *dev)
{
	dev->reg_state = NETREG_DUMMY;
	set_bit(__LINK_STATE_PRESENT, &dev->state);
	set_bit(__LINK_STATE_START, &dev->state);
}

struct net_device *alloc_netdev_dummy(int sizeof_priv)
{
	return alloc_netdev(sizeof_priv, "dummy#", NET_NAME_UNKNOWN, setup_dummy);
}

void free_netdev(struct net_device *dev)
{
	struct napi_struct *napi, *next;

	might_sleep();
	if (!dev || !qy_is_there(dev))
		return;
	if (dev->reg_state == NETREG_UNREGISTERING) {
		dev->needs_free_netdev = true;
		return;
	}
	list_for_each_entry_safe(napi, next, &dev->napi_list, dev_list)
		netif_napi_del(napi);
	if (dev->reg_state == NETREG_UNINITIALIZED || dev->reg_state == NETREG_DUMMY) {
		free_memory(dev);
		return;
	}
	stop_unless(dev->reg_state == NETREG_UNREGISTERED, 11365, "free_netdev");
	dev->reg_state = NETREG_RELEASED;
	qy_compat_put_device(&dev->dev);
}

/* ------------------------------------------------------------------ names */

struct net_device *__dev_get_by_name(struct net *net, const char *name)
{
	struct net_device *dev;

	(void)net;
	list_for_each_entry(dev, &net_of(qy_compat_world())->devs, dev_list)
		if (!strcmp(dev->name, name))
			return dev;
	return NULL;
}

struct net_device *dev_get_by_name(struct net *net, const char *name)
{
	struct net_device *dev = __dev_get_by_name(net, name);

	dev_hold(dev);
	return dev;
}

/* "eth%d": the first number that is free. */
int dev_alloc_name(struct net_device *dev, const char *name)
{
	const char *at = strchr(name, '%');
	char text[IFNAMSIZ];

	if (!at) {
		if (__dev_get_by_name(&init_net, name))
			return -EEXIST;
		memmove(dev->name, name, strlen(name) + 1);
		return 0;
	}
	if (at[1] != 'd' || strchr(at + 2, '%'))
		return -EINVAL;
	for (int n = 0; n < MAX_NUMBER; n++) {
		scnprintf(text, sizeof(text), "%.*s%d%s", (int)(at - name), name, n,
			at + 2);
		if (__dev_get_by_name(&init_net, text))
			continue;
		strscpy(dev->name, text, sizeof(dev->name));
		return n;
	}
	return -ENFILE;
}

static int tell(struct net_device *dev, unsigned long event)
{
	raw_notifier_call_chain(&net_of(qy_compat_world())->chain, event, dev);
	return 0;
}

int register_netdevice_notifier(struct notifier_block *nb)
{
	struct qy_net *net = net_of(qy_compat_world());
	struct net_device *dev;

	rtnl_lock();
	raw_notifier_chain_register(&net->chain, nb);
	qy_hold(QY_HELD_DEVICE, nb, 0);
	list_for_each_entry(dev, &net->devs, dev_list)
		nb->notifier_call(nb, NETDEV_REGISTER, dev);
	rtnl_unlock();
	return 0;
}

int unregister_netdevice_notifier(struct notifier_block *nb)
{
	int error;

	rtnl_lock();
	error = raw_notifier_chain_unregister(&net_of(qy_compat_world())->chain, nb);
	if (!error)
		qy_let_go(QY_HELD_DEVICE, nb);
	rtnl_unlock();
	return error;
}

/* ------------------------------------------------------------------ they are registered */

static struct class net_class = { .name = "net" };

static int enter(struct net_device *dev)
{
	int error;

	qy_compat_device_initialize(&dev->dev);
	dev->dev.class = &net_class;
	dev->dev.release = release;
	dev_set_name(&dev->dev, "%s", dev->name);
	error = qy_compat_device_enter(&dev->dev);
	if (!error && dev->sysfs_groups[0]) {
		error = sysfs_create_group(&dev->dev.kobj, dev->sysfs_groups[0]);
		if (error)
			device_del(&dev->dev);
	}
	return error;
}

int register_netdevice(struct net_device *dev)
{
	struct qy_net *net = net_of(qy_compat_world());
	int error;

	ASSERT_RTNL();
	might_sleep();
	stop_unless(dev->reg_state == NETREG_UNINITIALIZED, 10400, "register_netdevice");
	stop_unless(dev->netdev_ops != NULL, 10401, "register_netdevice");
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	error = dev_alloc_name(dev, dev->name);
	if (error < 0)
		return error;
	error = dev->netdev_ops->ndo_init ? dev->netdev_ops->ndo_init(dev) : 0;
	if (error)
		return error > 0 ? -EIO : error;
	dev->ifindex = ++net->last_ifindex;
	dev->hw_features |= NETIF_F_GRO;
	dev->features |= NETIF_F_GRO;
	dev->wanted_features = dev->features & dev->hw_features;
	error = enter(dev);
	if (error) {
		if (dev->netdev_ops->ndo_uninit)
			dev->netdev_ops->ndo_uninit(dev);
		return error;
	}
	dev->reg_state = NETREG_REGISTERED;
	set_bit(__LINK_STATE_PRESENT, &dev->state);
	if (dev->addr_assign_type == NET_ADDR_PERM)
		memcpy(dev->perm_addr, dev->dev_addr, dev->addr_len);
	list_add_tail(&dev->dev_list, &net->devs);
	qy_hold(QY_HELD_DEVICE, dev, 0);
	return tell(dev, NETDEV_REGISTER);
}

int register_netdev(struct net_device *dev)
{
	int error;

	rtnl_lock();
	error = register_netdevice(dev);
	rtnl_unlock();
	return error;
}

static void look_at_napi(const struct net_device *dev)
{
	const struct napi_struct *napi;

	list_for_each_entry(napi, &dev->napi_list, dev_list)
		if (!test_bit(NAPI_STATE_SCHED, &napi->state))
			qy_compat_report(
				"WARNING: netdevice: %s: unregistered with NAPI enabled: its poll function may run when the device is gone",
				dev->name);
}

static void leave(struct net_device *dev)
{
	dev_close(dev);
	dev->reg_state = NETREG_UNREGISTERING;
	list_del_init(&dev->dev_list);
	tell(dev, NETDEV_UNREGISTER);
	if (dev->netdev_ops->ndo_uninit)
		dev->netdev_ops->ndo_uninit(dev);
	while (!list_empty(&dev->uc.list))
		dev_uc_del(
			dev, list_first_entry(&dev->uc.list, struct netdev_hw_addr, list)
				     ->addr);
	while (!list_empty(&dev->mc.list))
		dev_mc_del(
			dev, list_first_entry(&dev->mc.list, struct netdev_hw_addr, list)
				     ->addr);
	if (dev->sysfs_groups[0])
		sysfs_remove_group(&dev->dev.kobj, dev->sysfs_groups[0]);
	look_at_napi(dev);
	qy_let_go(QY_HELD_DEVICE, dev);
	device_del(&dev->dev);
}

/* What others hold is waited for, as there, where it is told every ten seconds. */
static void end(struct net_device *dev)
{
	for (int n = 1; dev->qy_refs > 0; n++) {
		msleep(250);
		if (n % 40 == 0)
			qy_printk_line(QY_LOG_EMERG,
				"unregister_netdevice: waiting for %s to become free. Usage count = %d",
				dev->name, dev->qy_refs + 1);
	}
	dev->reg_state = NETREG_UNREGISTERED;
	if (dev->priv_destructor)
		dev->priv_destructor(dev);
	if (dev->needs_free_netdev)
		free_netdev(dev);
}

void unregister_netdevice_queue(struct net_device *dev, struct list_head *head)
{
	ASSERT_RTNL();
	if (!qy_is_there(dev))
		return;
	if (head) {
		list_move_tail(&dev->dev_list, head);
		return;
	}
	if (dev->reg_state == NETREG_UNINITIALIZED) {
		WARN(1, "unregister_netdevice: device %s/%p never was registered",
			dev->name, dev);
		return;
	}
	stop_unless(
		dev->reg_state == NETREG_REGISTERED, 11420, "unregister_netdevice_many");
	leave(dev);
	end(dev);
}

void unregister_netdevice_many(struct list_head *head)
{
	while (!list_empty(head))
		unregister_netdevice_queue(
			list_first_entry(head, struct net_device, dev_list), NULL);
}

void unregister_netdev(struct net_device *dev)
{
	rtnl_lock();
	unregister_netdevice(dev);
	rtnl_unlock();
}

static void unregister_managed(void *dev)
{
	unregister_netdev(dev);
}

int devm_register_netdev(struct device *dev, struct net_device *ndev)
{
	int error;

	if (WARN_ON(!ndev->qy_managed))
		return -EINVAL;
	error = register_netdev(ndev);
	return error ? error : devm_add_action_or_reset(dev, unregister_managed, ndev);
}

static void free_managed(void *dev)
{
	free_netdev(dev);
}

struct net_device *devm_alloc_etherdev_mqs(
	struct device *dev, int sizeof_priv, unsigned int txqs, unsigned int rxqs)
{
	struct net_device *ndev = alloc_etherdev_mqs(sizeof_priv, txqs, rxqs);

	if (!ndev || devm_add_action_or_reset(dev, free_managed, ndev))
		return NULL;
	ndev->qy_managed = true;
	return ndev;
}

/* ------------------------------------------------------------------ open and closed */

static void set_rx_mode(struct net_device *dev)
{
	if (!(dev->flags & IFF_UP) || !netif_device_present(dev) ||
		!dev->netdev_ops->ndo_set_rx_mode)
		return;
	netif_addr_lock_bh(dev);
	dev->netdev_ops->ndo_set_rx_mode(dev);
	netif_addr_unlock_bh(dev);
}

int dev_open(struct net_device *dev, struct netlink_ext_ack *extack)
{
	const struct net_device_ops *ops = dev->netdev_ops;
	struct qy_callback begin;
	int error = 0;

	(void)extack;
	ASSERT_RTNL();
	if (dev->flags & IFF_UP)
		return 0;
	if (!netif_device_present(dev))
		return -ENODEV;
	set_bit(__LINK_STATE_START, &dev->state);
	begin = qy_callback_begin();
	if (ops->ndo_validate_addr)
		error = ops->ndo_validate_addr(dev);
	if (!error && ops->ndo_open)
		error = ops->ndo_open(dev);
	qy_callback_end(&begin, "ndo_open", false);
	if (error) {
		clear_bit(__LINK_STATE_START, &dev->state);
		return error;
	}
	dev->flags |= IFF_UP;
	set_rx_mode(dev);
	qy_compat_netqueue_up(dev);
	tell(dev, NETDEV_UP);
	return 0;
}

void dev_close(struct net_device *dev)
{
	struct qy_callback begin;

	ASSERT_RTNL();
	might_sleep();
	if (!(dev->flags & IFF_UP))
		return;
	tell(dev, NETDEV_GOING_DOWN);
	clear_bit(__LINK_STATE_START, &dev->state);
	qy_compat_netqueue_down(dev);
	begin = qy_callback_begin();
	if (dev->netdev_ops->ndo_stop)
		dev->netdev_ops->ndo_stop(dev);
	qy_callback_end(&begin, "ndo_stop", false);
	dev->flags &= ~(unsigned int)IFF_UP;
	tell(dev, NETDEV_DOWN);
}

int dev_set_mtu(struct net_device *dev, int mtu)
{
	int error = 0;

	if (mtu < (int)dev->min_mtu || (dev->max_mtu && mtu > (int)dev->max_mtu))
		return -EINVAL;
	if (!netif_device_present(dev))
		return -ENODEV;
	if (dev->netdev_ops->ndo_change_mtu)
		error = dev->netdev_ops->ndo_change_mtu(dev, mtu);
	else
		dev->mtu = (unsigned int)mtu;
	if (!error)
		tell(dev, NETDEV_CHANGEMTU);
	return error;
}

int dev_set_mac_address(
	struct net_device *dev, struct sockaddr *sa, struct netlink_ext_ack *extack)
{
	(void)extack;
	if (!dev->netdev_ops->ndo_set_mac_address)
		return -EOPNOTSUPP;
	if (!netif_device_present(dev))
		return -ENODEV;
	return dev->netdev_ops->ndo_set_mac_address(dev, sa);
}

void netdev_update_features(struct net_device *dev)
{
	const struct net_device_ops *ops = dev->netdev_ops;
	netdev_features_t features = dev->features;

	ASSERT_RTNL();
	if (ops->ndo_fix_features)
		features = ops->ndo_fix_features(dev, features);
	if (features != dev->features &&
		(!ops->ndo_set_features || !ops->ndo_set_features(dev, features)))
		dev->features = features;
}

void netdev_features_change(struct net_device *dev)
{
	tell(dev, NETDEV_FEAT_CHANGE);
}

/* ------------------------------------------------------------------ addresses that it listens to */

static int add_addr(struct net_device *dev, struct netdev_hw_addr_list *list,
	const unsigned char *addr)
{
	struct netdev_hw_addr *a;

	list_for_each_entry(a, &list->list, list)
		if (!memcmp(a->addr, addr, dev->addr_len)) {
			a->refcount++;
			return 0;
		}
	a = qy_host_zalloc(sizeof(*a)); /* the stack's own */
	if (!a)
		return -ENOMEM;
	memcpy(a->addr, addr, dev->addr_len);
	a->refcount = 1;
	list_add_tail(&a->list, &list->list);
	list->count++;
	set_rx_mode(dev);
	return 0;
}

static int del_addr(struct net_device *dev, struct netdev_hw_addr_list *list,
	const unsigned char *addr)
{
	struct netdev_hw_addr *a;

	list_for_each_entry(a, &list->list, list) {
		if (memcmp(a->addr, addr, dev->addr_len))
			continue;
		if (--a->refcount)
			return 0;
		list_del(&a->list);
		list->count--;
		qy_host_free(a);
		set_rx_mode(dev);
		return 0;
	}
	return -ENOENT;
}

int dev_uc_add(struct net_device *dev, const unsigned char *addr)
{
	return add_addr(dev, &dev->uc, addr);
}

int dev_uc_del(struct net_device *dev, const unsigned char *addr)
{
	return del_addr(dev, &dev->uc, addr);
}

int dev_mc_add(struct net_device *dev, const unsigned char *addr)
{
	return add_addr(dev, &dev->mc, addr);
}

int dev_mc_del(struct net_device *dev, const unsigned char *addr)
{
	return del_addr(dev, &dev->mc, addr);
}

/* ------------------------------------------------------------------ what it counted */

void netdev_stats_to_stats64(
	struct rtnl_link_stats64 *to, const struct net_device_stats *from)
{
	const unsigned long *n = (const unsigned long *)from;
	u64 *at = (u64 *)to;

	memset(to, 0, sizeof(*to));
	for (size_t i = 0; i < sizeof(*from) / sizeof(*n); i++)
		at[i] = n[i];
}

void dev_fetch_sw_netstats(
	struct rtnl_link_stats64 *to, const struct pcpu_sw_netstats __percpu *from)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		const struct pcpu_sw_netstats *s = per_cpu_ptr(from, cpu);

		to->rx_packets += u64_stats_read(&s->rx_packets);
		to->rx_bytes += u64_stats_read(&s->rx_bytes);
		to->tx_packets += u64_stats_read(&s->tx_packets);
		to->tx_bytes += u64_stats_read(&s->tx_bytes);
	}
}

void dev_lstats_read(struct net_device *dev, u64 *packets, u64 *bytes)
{
	unsigned int cpu;

	*packets = *bytes = 0;
	for_each_possible_cpu(cpu)
	{
		const struct pcpu_lstats *s = per_cpu_ptr(dev->lstats, cpu);

		*packets += u64_stats_read(&s->packets);
		*bytes += u64_stats_read(&s->bytes);
	}
}

struct rtnl_link_stats64 *dev_get_stats(
	struct net_device *dev, struct rtnl_link_stats64 *storage)
{
	const struct net_device_ops *ops = dev->netdev_ops;

	memset(storage, 0, sizeof(*storage));
	if (ops->ndo_get_stats64)
		ops->ndo_get_stats64(dev, storage);
	else
		netdev_stats_to_stats64(storage,
			ops->ndo_get_stats ? ops->ndo_get_stats(dev) : &dev->stats);
	return storage;
}

/* ------------------------------------------------------------------ what is said of one */

void netdev_printk(const char *level, const struct net_device *dev, const char *fmt, ...)
{
	const char *state = dev->reg_state == NETREG_REGISTERED      ? ""
			    : dev->reg_state == NETREG_UNINITIALIZED ? " (uninitialized)"
								     : " (unregistered)";
	char text[512];
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (dev->dev.parent)
		printk("%s%s %s %s%s: %s", level, dev_driver_string(dev->dev.parent),
			dev_name(dev->dev.parent), netdev_name(dev), state, text);
	else
		printk("%s%s%s: %s", level, netdev_name(dev), state, text);
}

/* ------------------------------------------------------------------ begin and end */

int qy_compat_net_init(struct qy_world *w)
{
	struct qy_net *net = qy_host_zalloc(sizeof(*net));

	if (!net)
		return -ENOMEM;
	w->net = net;
	INIT_LIST_HEAD(&net->blocks);
	INIT_LIST_HEAD(&net->devs);
	INIT_LIST_HEAD(&net->poll_list);
	INIT_LIST_HEAD(&net->pools);
	INIT_LIST_HEAD(&net->link_ops);
	net->last_completion = &net->completions;
	mutex_init(&net->rtnl);
	net->heads = qy_kmem_cache_create_usercopy(w->m, "skbuff_head_cache",
		sizeof(struct sk_buff), 0, SLAB_HWCACHE_ALIGN,
		offsetof(struct sk_buff, cb), sizeof(((struct sk_buff *)0)->cb), NULL);
	net->small_heads = qy_kmem_cache_create_usercopy(w->m, "skbuff_small_head",
		QY_SMALL_HEAD, 0, SLAB_HWCACHE_ALIGN, 0,
		QY_SMALL_HEAD - SKB_DATA_ALIGN(sizeof(struct skb_shared_info)), NULL);
	return net->heads && net->small_heads ? 0 : -ENOMEM;
}

void qy_compat_net_down(struct qy_world *w)
{
	struct qy_frag_block *block, *next;

	if (!w->net)
		return;
	list_for_each_entry_safe(block, next, &w->net->blocks, link)
		qy_compat_frag_block_gone(block->page);
	qy_compat_pools_down(w->net);
	qy_host_free(w->net);
	w->net = NULL;
}
