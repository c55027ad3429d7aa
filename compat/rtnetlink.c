// SPDX-License-Identifier: MIT
/*
 * Kinds of network devices (net/rtnetlink.h), and devices of them.
 *
 * Locking: none of our own; changes are made under rtnl.
 */
#include <net/rtnetlink.h>
#include "compat/net.h"

struct rw_semaphore pernet_ops_rwsem = __RWSEM_INITIALIZER(pernet_ops_rwsem);

int __rtnl_link_register(struct rtnl_link_ops *ops)
{
	struct qy_net *net = net_of(qy_compat_world());
	const struct rtnl_link_ops *other;

	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	list_for_each_entry(other, &net->link_ops, list)
		if (!strcmp(other->kind, ops->kind))
			return -EEXIST;
	if ((ops->alloc || ops->setup) && !ops->dellink)
		ops->dellink = unregister_netdevice_queue;
	list_add_tail(&ops->list, &net->link_ops);
	qy_hold(QY_HELD_DEVICE, ops, 0);
	return 0;
}

int rtnl_link_register(struct rtnl_link_ops *ops)
{
	int error;

	if (WARN_ON(ops->maxtype > 128))
		return -EINVAL;
	rtnl_lock();
	error = __rtnl_link_register(ops);
	rtnl_unlock();
	return error;
}

void __rtnl_link_unregister(struct rtnl_link_ops *ops)
{
	struct net_device *dev, *next;
	LIST_HEAD(gone);

	list_for_each_entry_safe(dev, next, &net_of(qy_compat_world())->devs, dev_list)
		if (dev->rtnl_link_ops == ops)
			ops->dellink(dev, &gone);
	unregister_netdevice_many(&gone);
	list_del(&ops->list);
	qy_let_go(QY_HELD_DEVICE, ops);
}

void rtnl_link_unregister(struct rtnl_link_ops *ops)
{
	rtnl_lock();
	__rtnl_link_unregister(ops);
	rtnl_unlock();
}

/* ------------------------------------------------------------------ ip link add */

static struct rtnl_link_ops *ops_of(const struct qy_world *w, unsigned int n)
{
	struct rtnl_link_ops *ops;

	list_for_each_entry(ops, &w->net->link_ops, list)
		if (!n--)
			return ops;
	return NULL;
}

/* Under rtnl. A failure leaves nothing. */
static int add_one(struct rtnl_link_ops *ops)
{
	struct nlattr *none[IFLA_MAX + 1] = { NULL };
	char name[IFNAMSIZ];
	struct net_device *dev;
	int error;

	scnprintf(name, sizeof(name), "%s%%d", ops->kind);
	error = ops->validate ? ops->validate(none, NULL, NULL) : 0;
	if (error)
		return error;
	dev = ops->alloc ? ops->alloc(none, name, NET_NAME_ENUM, 1, 1)
			 : alloc_netdev_mqs((int)ops->priv_size, name, NET_NAME_ENUM,
				   ops->setup,
				   ops->get_num_tx_queues ? ops->get_num_tx_queues() : 1,
				   ops->get_num_rx_queues ? ops->get_num_rx_queues() : 1);
	if (IS_ERR_OR_NULL(dev))
		return dev ? (int)PTR_ERR(dev) : -ENOMEM;
	dev->rtnl_link_ops = ops;
	error = ops->newlink ? ops->newlink(&init_net, dev, none, NULL, NULL)
			     : register_netdevice(dev);
	if (error && dev->reg_state != NETREG_REGISTERED)
		free_netdev(dev);
	return error;
}

static int add(void *arg)
{
	int error;

	rtnl_lock();
	error = add_one(arg);
	rtnl_unlock();
	return error;
}

bool qy_world_link(const struct qy_world *w, unsigned int n, const char **kind)
{
	const struct rtnl_link_ops *ops = ops_of(w, n);

	if (ops)
		*kind = ops->kind;
	return ops && (ops->setup || ops->alloc);
}

int qy_world_link_add(struct qy_world *w, unsigned int n)
{
	struct rtnl_link_ops *ops = ops_of(w, n);

	return ops ? qy_world_run(w, "ip", add, ops) : -ENOENT;
}
