// SPDX-License-Identifier: MIT
/*
 * What network devices receive: NAPI, whose poll functions run in the softirq behind an interrupt, and packets that reach the
 * stack, which counts and frees them.
 *
 * SCHED is the right to poll: whoever sets it puts the instance on the list, its poll function gives it back when it completes;
 * napi_disable() takes it for good.
 *
 * Locking: none; see world.h.
 */
#include <linux/etherdevice.h>
#include "compat/lockdep.h"
#include "compat/net.h"

#define BUDGET 300 /* net.core.netdev_budget */

/* ------------------------------------------------------------------ instances */

void netif_napi_add_weight(struct net_device *dev, struct napi_struct *napi,
	int (*poll)(struct napi_struct *napi, int budget), int weight)
{
	if (WARN_ON(test_and_set_bit(NAPI_STATE_LISTED, &napi->state)))
		return;
	INIT_LIST_HEAD(&napi->poll_list);
	if (weight > NAPI_POLL_WEIGHT)
		netdev_err_once(
			dev, "netif_napi_add_weight() called with weight %d\n", weight);
	napi->weight = weight;
	napi->poll = poll;
	napi->dev = dev;
	list_add_tail(&napi->dev_list, &dev->napi_list);
	set_bit(NAPI_STATE_SCHED, &napi->state); /* until napi_enable() */
}

void netif_napi_del(struct napi_struct *napi)
{
	if (!test_and_clear_bit(NAPI_STATE_LISTED, &napi->state))
		return;
	if (!test_bit(NAPI_STATE_SCHED, &napi->state))
		qy_compat_report(
			"WARNING: netdevice: %s: netif_napi_del() of NAPI that is enabled: napi_disable() first",
			napi->dev->name);
	list_del_init(&napi->dev_list);
	list_del_init(&napi->poll_list);
	kfree_skb(napi->skb);
	napi->skb = NULL;
}

void napi_enable(struct napi_struct *napi)
{
	if (!test_bit(NAPI_STATE_SCHED, &napi->state))
		qy_compat_bug("net/core/dev.c", 6650, "napi_enable");
	clear_bit(NAPI_STATE_DISABLE, &napi->state);
	clear_bit(NAPI_STATE_MISSED, &napi->state);
	clear_bit(NAPI_STATE_SCHED, &napi->state);
}

void napi_disable(struct napi_struct *napi)
{
	might_sleep();
	set_bit(NAPI_STATE_DISABLE, &napi->state);
	while (test_and_set_bit(NAPI_STATE_SCHED, &napi->state))
		usleep_range(20, 200);
	clear_bit(NAPI_STATE_DISABLE, &napi->state);
}

void napi_synchronize(const struct napi_struct *napi)
{
	while (test_bit(NAPI_STATE_SCHED, &napi->state))
		msleep(1);
}

bool napi_schedule_prep(struct napi_struct *napi)
{
	if (test_bit(NAPI_STATE_DISABLE, &napi->state))
		return false;
	if (!test_and_set_bit(NAPI_STATE_SCHED, &napi->state))
		return true;
	set_bit(NAPI_STATE_MISSED, &napi->state);
	return false;
}

void __napi_schedule(struct napi_struct *napi)
{
	struct qy_world *w = qy_compat_world();

	list_add_tail(&napi->poll_list, &net_of(w)->poll_list);
	qy_compat_raise_softirq(w, SOFTIRQ_NET_RX);
}

bool napi_complete_done(struct napi_struct *napi, int work)
{
	struct qy_world *w = qy_compat_world();

	(void)work;
	if (WARN_ON_ONCE(!test_bit(NAPI_STATE_SCHED, &napi->state)))
		return false;
	list_del_init(&napi->poll_list);
	if (test_and_clear_bit(NAPI_STATE_MISSED, &napi->state) &&
		!test_bit(NAPI_STATE_DISABLE, &napi->state)) {
		list_add_tail(&napi->poll_list, &net_of(w)->poll_list);
		qy_compat_raise_softirq(w, SOFTIRQ_NET_RX);
		return false;
	}
	clear_bit(NAPI_STATE_SCHED, &napi->state);
	return true;
}

/* Return: its work. */
static int poll_once(struct qy_net *net, struct napi_struct *napi)
{
	struct qy_callback begin = qy_callback_begin();
	const struct net_device *dev = napi->dev;
	int weight = napi->weight, work;

	list_del_init(&napi->poll_list);
	if (!test_bit(NAPI_STATE_SCHED, &napi->state))
		return 0;
	work = napi->poll(napi, weight);
	qy_callback_end(&begin, "a NAPI poll function", false);
	if (work > weight)
		qy_compat_report(
			"WARNING: netdevice: %s: NAPI poll function returned %d, exceeding its budget of %d.",
			dev->name, work, weight);
	if (work < weight)
		return work;
	/* it has more, unless it completed all the same */
	if (test_bit(NAPI_STATE_SCHED, &napi->state) && list_empty(&napi->poll_list)) {
		if (test_bit(NAPI_STATE_DISABLE, &napi->state))
			clear_bit(NAPI_STATE_SCHED, &napi->state);
		else
			list_add_tail(&napi->poll_list, &net->poll_list);
	}
	return work;
}

void qy_compat_net_rx(struct qy_world *w)
{
	struct qy_net *net = net_of(w);
	int budget = BUDGET;

	while (!list_empty(&net->poll_list) && budget > 0) {
		struct napi_struct *napi =
			list_first_entry(&net->poll_list, struct napi_struct, poll_list);
		int work = poll_once(net, napi);

		budget -= work > 0 ? work : 1;
	}
	if (!list_empty(&net->poll_list))
		qy_compat_raise_softirq(w, SOFTIRQ_NET_RX);
}

/* ------------------------------------------------------------------ packets for the stack */

/* It has it now: a header that was left out, or a length that is not its own, is seen here. */
static void deliver(struct sk_buff *skb)
{
	struct net_device *dev = skb->dev;

	if (!qy_is_there(skb))
		return;
	if (dev) {
		dev->qy_rx_frames++;
		dev->qy_rx_bytes += skb->len;
	}
	for (unsigned int i = 0; i < skb_shinfo(skb)->nr_frags; i++)
		qy_touches(skb_frag_address(&skb_shinfo(skb)->frags[i]),
			skb_frag_size(&skb_shinfo(skb)->frags[i]), false);
	qy_touches(skb->data, skb_headlen(skb), false);
	consume_skb(skb);
}

int netif_receive_skb(struct sk_buff *skb)
{
	WARN_ON_ONCE(in_hardirq());
	deliver(skb);
	return NET_RX_SUCCESS;
}

void netif_receive_skb_list(struct list_head *head)
{
	struct sk_buff *skb, *next;

	list_for_each_entry_safe(skb, next, head, list) {
		list_del(&skb->list);
		netif_receive_skb(skb);
	}
}

int napi_gro_receive(struct napi_struct *napi, struct sk_buff *skb)
{
	(void)napi;
	return netif_receive_skb(skb);
}

#define FRAGS_HEAD 256 /* linear bytes of a packet around pages */

struct sk_buff *napi_get_frags(struct napi_struct *napi)
{
	if (!napi->skb)
		napi->skb = napi_alloc_skb(napi, FRAGS_HEAD);
	return napi->skb;
}

int napi_gro_frags(struct napi_struct *napi)
{
	struct sk_buff *skb = napi->skb;

	napi->skb = NULL;
	if (!pskb_may_pull(skb, ETH_HLEN)) {
		kfree_skb(skb);
		return NET_RX_DROP;
	}
	skb->protocol = eth_type_trans(skb, napi->dev);
	return netif_receive_skb(skb);
}

/* From any context: in a hard interrupt it is taken over, and looked at in the softirq. */
int netif_rx(struct sk_buff *skb)
{
	struct qy_net *net = net_of(qy_compat_world());

	if (!qy_is_there(skb))
		return NET_RX_DROP;
	if (!in_hardirq() && !irqs_disabled()) {
		deliver(skb);
		return NET_RX_SUCCESS;
	}
	skb->qy_heard = 1;
	skb->next = NULL;
	*net->last_completion = skb;
	net->last_completion = &skb->next;
	qy_compat_raise_softirq(qy_compat_world(), SOFTIRQ_NET_TX);
	return NET_RX_SUCCESS;
}

int qy_compat_forward(struct net_device *dev, struct sk_buff *skb)
{
	skb_orphan(skb);
	if (!(dev->flags & IFF_UP)) {
		kfree_skb(skb);
		return NET_RX_DROP;
	}
	skb->priority = 0;
	skb->protocol = eth_type_trans(skb, dev);
	return 0;
}

int dev_forward_skb(struct net_device *dev, struct sk_buff *skb)
{
	return qy_compat_forward(dev, skb) ?: netif_rx(skb);
}

/* ------------------------------------------------------------------ freed where nobody may free */

void dev_kfree_skb_irq_reason(struct sk_buff *skb, enum skb_drop_reason reason)
{
	struct qy_net *net = net_of(qy_compat_world());

	(void)reason;
	if (!skb || !qy_is_there(skb))
		return;
	if (refcount_read(&skb->users) != 1 && !refcount_dec_and_test(&skb->users))
		return;
	refcount_set(&skb->users, 1);
	skb->qy_heard = 0;
	skb->next = NULL;
	*net->last_completion = skb;
	net->last_completion = &skb->next;
	qy_compat_raise_softirq(qy_compat_world(), SOFTIRQ_NET_TX);
}

void dev_kfree_skb_any_reason(struct sk_buff *skb, enum skb_drop_reason reason)
{
	if (in_hardirq() || irqs_disabled())
		dev_kfree_skb_irq_reason(skb, reason);
	else
		kfree_skb_reason(skb, reason);
}

void qy_compat_net_tx(struct qy_world *w)
{
	struct qy_net *net = net_of(w);
	struct sk_buff *skb = net->completions, *next;

	net->completions = NULL;
	net->last_completion = &net->completions;
	for (; skb; skb = next) {
		next = skb->next;
		skb->next = NULL;
		if (skb->qy_heard)
			deliver(skb);
		else
			kfree_skb(skb);
	}
}
