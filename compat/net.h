/* SPDX-License-Identifier: MIT */
/*
 * The network of a world: what skbuff.c, skb_frag.c, netdev.c, napi.c and page_pool.c share.
 *
 * Locking: none; see world.h. rtnl is the drivers' own.
 */
#ifndef COMPAT_NET_H
#define COMPAT_NET_H

#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include "compat/world.h"

#define QY_POOL_HASH_BITS 8
#define QY_SMALL_HEAD     704 /* recorded in a kernel of 6.12 */

/* A block of pages that fragments are cut from. */
struct qy_frag_block {
	struct list_head link;
	struct page *page;
	size_t bytes;
	struct list_head frags; /* struct qy_frag: that somebody has */
};

struct qy_net {
	struct kmem_cache *heads, *small_heads;
	struct page_frag_cache netdev_frags, napi_frags;
	struct list_head blocks;
	struct list_head devs; /* in the order in which they were registered */
	struct list_head poll_list;
	struct list_head pools;                          /* struct page_pool */
	struct hlist_head pages[1 << QY_POOL_HASH_BITS]; /* of theirs */
	struct sk_buff *completions, **last_completion;
	struct list_head link_ops;
	struct raw_notifier_head chain;
	struct mutex rtnl;
	int last_ifindex;
};

#define net_of(w) ((w)->net)

/* skb_frag.c: @addr lies in a fragment, which goes. False: in none. */
bool qy_compat_frag_gone(const void *addr);
/* The last reference of the block goes. */
void qy_compat_frag_block_gone(const struct page *page);
/* page_pool.c: @page is one of a pool's, and went back. False: it is not. */
bool qy_compat_pool_recycle(struct page *page);
/* Its last reference goes elsewhere. True: that was told, and it is gone. */
bool qy_compat_pool_leak(const struct page *page);
void qy_compat_pools_down(struct qy_net *net);
/* skbuff.c: one of the stack's own, which nobody refuses; noted as the driver's by qy_compat_skb_hand_over(). NULL: no memory. */
struct sk_buff *qy_compat_skb_new(unsigned int linear, unsigned int paged);
void qy_compat_skb_hand_over(struct sk_buff *skb, const void *function);
/* netqueue.c: its watchdog */
void qy_compat_netqueue_up(struct net_device *dev);
void qy_compat_netqueue_down(struct net_device *dev);

#endif
