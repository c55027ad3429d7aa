// SPDX-License-Identifier: MIT
/*
 * Copies of packets: of the head, of the bytes, of both. No state.
 *
 * Locking: none; see world.h.
 */
#include "compat/net.h"

static void copy_about(struct sk_buff *to, const struct sk_buff *from)
{
	to->tstamp = from->tstamp;
	to->dev = from->dev;
	memcpy(to->cb, from->cb, sizeof(to->cb));
	to->_skb_refdst = from->_skb_refdst;
	to->queue_mapping = from->queue_mapping;
	to->mac_len = from->mac_len;
	to->pkt_type = from->pkt_type;
	to->ip_summed = from->ip_summed;
	to->csum_level = from->csum_level;
	to->csum_valid = from->csum_valid;
	to->l4_hash = from->l4_hash;
	to->no_fcs = from->no_fcs;
	to->encapsulation = from->encapsulation;
	to->csum = from->csum;
	to->priority = from->priority;
	to->skb_iif = from->skb_iif;
	to->hash = from->hash;
	to->vlan_proto = from->vlan_proto;
	to->vlan_tci = from->vlan_tci;
	to->mark = from->mark;
	to->protocol = from->protocol;
	to->transport_header = from->transport_header;
	to->network_header = from->network_header;
	to->mac_header = from->mac_header;
}

static void move_headers(struct sk_buff *skb, int by)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		skb->csum_start = (u16)(skb->csum_start + by);
	skb->network_header = (u16)(skb->network_header + by);
	if (skb_transport_header_was_set(skb))
		skb->transport_header = (u16)(skb->transport_header + by);
	if (skb_mac_header_was_set(skb))
		skb->mac_header = (u16)(skb->mac_header + by);
}

struct sk_buff *skb_clone(struct sk_buff *skb, gfp_t gfp)
{
	struct sk_buff *clone;

	if (!qy_is_there(skb))
		return NULL;
	clone = kmem_cache_alloc(net_of(qy_compat_world())->heads, gfp);
	if (!clone)
		return NULL;
	memcpy(clone, skb, sizeof(*clone));
	qy_touches(clone, sizeof(*clone), true);
	clone->next = clone->prev = NULL;
	clone->sk = NULL;
	clone->destructor = NULL;
	refcount_set(&clone->users, 1);
	atomic_inc(&skb_shinfo(skb)->dataref);
	skb->cloned = clone->cloned = 1;
	return clone;
}

struct sk_buff *skb_copy_expand(
	const struct sk_buff *skb, int headroom, int tailroom, gfp_t gfp)
{
	struct sk_buff *copy;

	if (!qy_is_there(skb))
		return NULL;
	copy = __alloc_skb(
		skb->len + (unsigned int)(headroom + tailroom), gfp, 0, NUMA_NO_NODE);
	if (!copy)
		return NULL;
	skb_reserve(copy, headroom);
	skb_put(copy, skb->len);
	BUG_ON(skb_copy_bits(skb, 0, copy->data, (int)skb->len));
	copy_about(copy, skb);
	move_headers(copy, headroom - (int)skb_headroom(skb));
	skb_shinfo(copy)->gso_size = skb_shinfo(skb)->gso_size;
	skb_shinfo(copy)->gso_segs = skb_shinfo(skb)->gso_segs;
	skb_shinfo(copy)->gso_type = skb_shinfo(skb)->gso_type;
	return copy;
}

struct sk_buff *skb_copy(const struct sk_buff *skb, gfp_t gfp)
{
	int tailroom = (int)skb->end - (int)skb->tail - (int)skb->data_len;

	return skb_copy_expand(
		skb, (int)skb_headroom(skb), tailroom > 0 ? tailroom : 0, gfp);
}

/* They are shared from here on. */
static void share_pages(struct skb_shared_info *to, const struct skb_shared_info *from)
{
	to->nr_frags = from->nr_frags;
	memcpy(to->frags, from->frags, from->nr_frags * sizeof(to->frags[0]));
	for (unsigned int i = 0; i < to->nr_frags; i++)
		__skb_frag_ref(&to->frags[i]);
	to->frag_list = from->frag_list;
	for (struct sk_buff *part = to->frag_list; part; part = part->next)
		skb_get(part);
}

struct sk_buff *__pskb_copy(struct sk_buff *skb, int headroom, gfp_t gfp)
{
	unsigned int linear = skb_headlen(skb);
	struct sk_buff *copy =
		__alloc_skb(linear + (unsigned int)headroom, gfp, 0, NUMA_NO_NODE);

	if (!copy)
		return NULL;
	skb_reserve(copy, headroom);
	skb_put(copy, linear);
	skb_copy_from_linear_data(skb, copy->data, linear);
	copy->truesize += skb->data_len;
	copy->data_len = skb->data_len;
	copy->len = skb->len;
	share_pages(skb_shinfo(copy), skb_shinfo(skb));
	copy_about(copy, skb);
	move_headers(copy, headroom - (int)skb_headroom(skb));
	return copy;
}

/* Its new memory is that of a packet whose head is not needed. */
int pskb_expand_head(struct sk_buff *skb, int nhead, int ntail, gfp_t gfp)
{
	unsigned int size = skb->end + (unsigned int)(nhead + ntail), end;
	struct sk_buff *larger;
	unsigned char *head;

	BUG_ON(nhead < 0);
	BUG_ON(skb_shared(skb));
	larger = __alloc_skb(size, gfp, 0, NUMA_NO_NODE);
	if (!larger)
		return -ENOMEM;
	memcpy(larger->head + nhead, skb->head, skb->tail);
	memcpy(skb_shinfo(larger), skb_shinfo(skb),
		offsetof(struct skb_shared_info, frags));
	share_pages(skb_shinfo(larger), skb_shinfo(skb));
	atomic_set(&skb_shinfo(larger)->dataref, 1);
	/* they change their memory; what the old one shared goes with it */
	head = skb->head;
	end = skb->end;
	skb->data = larger->head + (skb->data - skb->head) + nhead;
	skb->head = larger->head;
	skb->end = larger->end;
	skb->tail += (unsigned int)nhead;
	move_headers(skb, nhead);
	larger->head = larger->data = head;
	larger->end = end;
	larger->cloned = skb->cloned;
	larger->head_frag = skb->head_frag;
	larger->pp_recycle = skb->pp_recycle;
	skb->cloned = skb->head_frag = 0;
	skb->truesize += skb->end > end ? skb->end - end : 0;
	kfree_skb(larger);
	return 0;
}

struct sk_buff *alloc_skb_with_frags(unsigned long header_len, unsigned long data_len,
	int order, int *error, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb((unsigned int)header_len, gfp);

	*error = -ENOBUFS;
	for (int i = 0; skb && data_len; i++) {
		unsigned int n;
		struct page *page;

		while (order && PAGE_SIZE << order > PAGE_ALIGN(data_len))
			order--;
		n = (unsigned int)min(data_len, PAGE_SIZE << order);
		page = i < MAX_SKB_FRAGS ? alloc_pages(gfp | (order ? __GFP_COMP : 0),
						   (unsigned int)order)
					 : NULL;
		if (!page) {
			kfree_skb(skb);
			return NULL;
		}
		skb_add_rx_frag(
			skb, i, page, 0, (int)n, (unsigned int)(PAGE_SIZE << order));
		data_len -= n;
	}
	if (skb)
		*error = 0;
	return skb;
}
