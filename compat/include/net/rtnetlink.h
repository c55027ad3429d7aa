/* SPDX-License-Identifier: MIT */
/* Kinds of network devices that `ip link add` makes. No state. */
#ifndef COMPAT_NET_RTNETLINK_H
#define COMPAT_NET_RTNETLINK_H

#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/rwsem.h>
#include <net/netlink.h>

struct rtnl_link_ops {
	struct list_head list;
	const char *kind;
	size_t priv_size;
	struct net_device *(*alloc)(struct nlattr *tb[], const char *ifname,
		unsigned char name_assign_type, unsigned int txqs, unsigned int rxqs);
	void (*setup)(struct net_device *dev);
	bool netns_refund;
	unsigned int maxtype;
	const struct nla_policy *policy;
	int (*validate)(struct nlattr *tb[], struct nlattr *data[],
		struct netlink_ext_ack *extack);
	int (*newlink)(struct net *net, struct net_device *dev, struct nlattr *tb[],
		struct nlattr *data[], struct netlink_ext_ack *extack);
	int (*changelink)(struct net_device *dev, struct nlattr *tb[],
		struct nlattr *data[], struct netlink_ext_ack *extack);
	void (*dellink)(struct net_device *dev, struct list_head *head);
	size_t (*get_size)(const struct net_device *dev);
	int (*fill_info)(struct sk_buff *skb, const struct net_device *dev);
	unsigned int (*get_num_tx_queues)(void);
	unsigned int (*get_num_rx_queues)(void);
	struct net *(*get_link_net)(const struct net_device *dev);
};

/* The first takes rtnl_lock(). Return: 0, -EEXIST, -ENOMEM. Context: task, may sleep. */
int rtnl_link_register(struct rtnl_link_ops *ops) QY_REAL(rtnl_link_register);
int __rtnl_link_register(struct rtnl_link_ops *ops) QY_REAL(__rtnl_link_register);
/* Its devices go with it. */
void rtnl_link_unregister(struct rtnl_link_ops *ops) QY_REAL(rtnl_link_unregister);
void __rtnl_link_unregister(struct rtnl_link_ops *ops) QY_REAL(__rtnl_link_unregister);

extern struct rw_semaphore pernet_ops_rwsem QY_REAL(pernet_ops_rwsem);

#define MODULE_ALIAS_RTNL_LINK(kind) MODULE_ALIAS("rtnl-link-" kind)

#endif
