/* SPDX-License-Identifier: MIT */
/*
 * Packets: a head (struct sk_buff), the bytes it points at, and pages that hang on behind them. Sizes are Linux 6.12's on a
 * 64-bit board, so that what a packet costs (truesize) is what it costs there.
 *
 *   head ... data ........ tail ......... end          skb_headroom(): head to data; skb_tailroom(): tail to end
 *   |headroom| linear bytes | tailroom     | struct skb_shared_info: frags[], frag_list
 *
 * Who frees a packet and why is not recorded: a reason is accepted and says nothing here.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_SKBUFF_H
#define COMPAT_LINUX_SKBUFF_H

#include <linux/bug.h>
#include <linux/cache.h>
#include <linux/dma-mapping.h>
#include <linux/if_ether.h>
#include <linux/ktime.h>
#include <linux/kernel.h>
#include <linux/timekeeping.h>
#include <linux/mm.h>
#include <linux/netdev_features.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <net/checksum.h>

struct net_device;
struct napi_struct;
struct sk_buff;
struct sock;
struct page_pool;

#define CHECKSUM_NONE        0
#define CHECKSUM_UNNECESSARY 1
#define CHECKSUM_COMPLETE    2
#define CHECKSUM_PARTIAL     3

#define MAX_SKB_FRAGS 17 /* CONFIG_MAX_SKB_FRAGS */

#define SKB_DATA_ALIGN(x)    ALIGN(x, SMP_CACHE_BYTES)
#define SKB_WITH_OVERHEAD(x) ((x)-SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))
#define SKB_HEAD_ALIGN(x) \
	(SKB_DATA_ALIGN(x) + SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))
#define SKB_MAX_ORDER(x, order) SKB_WITH_OVERHEAD((PAGE_SIZE << (order)) - (x))
#define SKB_MAX_HEAD(x)         (SKB_MAX_ORDER((x), 0))
#define SKB_MAX_ALLOC           (SKB_MAX_ORDER(0, 2))
/* What a packet of @x linear bytes costs: the bytes, its head and its shared info. */
#define SKB_TRUESIZE(x)                                 \
	((x) + SKB_DATA_ALIGN(sizeof(struct sk_buff)) + \
		SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))

#ifndef NET_IP_ALIGN
#define NET_IP_ALIGN 0 /* of x86 and arm64 */
#endif
#define NET_SKB_PAD 64

typedef struct skb_frag {
	struct page *page;
	unsigned int len;
	unsigned int offset;
} skb_frag_t;

struct skb_shared_hwtstamps {
	ktime_t hwtstamp;
};

struct skb_shared_info {
	u8 flags;
	u8 meta_len;
	u8 nr_frags;
	u8 tx_flags;
	unsigned short gso_size;
	unsigned short gso_segs;
	struct sk_buff *frag_list;
	struct skb_shared_hwtstamps hwtstamps;
	unsigned int gso_type;
	u32 tskey;
	atomic_t dataref;
	unsigned int xdp_frags_size;
	void *destructor_arg;
	skb_frag_t frags[MAX_SKB_FRAGS];
};
_Static_assert(sizeof(struct skb_shared_info) == 320, "as of 6.12 on 64 bits");

#define SKBTX_HW_TSTAMP   (1 << 0)
#define SKBTX_SW_TSTAMP   (1 << 1)
#define SKBTX_IN_PROGRESS (1 << 2)
#define SKB_GSO_TCPV4     (1 << 0)
#define SKB_GSO_TCPV6     (1 << 4)

typedef unsigned int sk_buff_data_t; /* from head */

struct sk_buff {
	union {
		struct {
			struct sk_buff *next, *prev;
			union {
				struct net_device *dev;
				unsigned long dev_scratch;
			};
		};
		struct rb_node rbnode;
		struct list_head list;
	};
	struct sock *sk;
	ktime_t tstamp;
	char cb[48] __attribute__((aligned(8))); /* whoever has it may use it */
	unsigned long _skb_refdst;
	void (*destructor)(struct sk_buff *skb);
	unsigned long _nfct;
	unsigned int len, data_len; /* all; of them in pages */
	u16 mac_len, hdr_len;
	u16 queue_mapping;
	u8 cloned : 1, nohdr : 1, fclone : 2, peeked : 1, head_frag : 1, pfmemalloc : 1,
		pp_recycle : 1;
	u8 active_extensions;
	u8 pkt_type : 3, ignore_df : 1, dst_pending_confirm : 1, ip_summed : 2,
		ooo_okay : 1;
	u8 tstamp_type : 2, tc_at_ingress : 1, tc_skip_classify : 1, remcsum_offload : 1,
		csum_complete_sw : 1, csum_level : 2;
	u8 inner_protocol_type : 1, l4_hash : 1, sw_hash : 1, wifi_acked_valid : 1,
		wifi_acked : 1, no_fcs : 1, encapsulation : 1, encap_hdr_csum : 1;
	u8 csum_valid : 1, redirected : 1, from_ingress : 1, slow_gro : 1,
		csum_not_inet : 1, offload_fwd_mark : 1, unreadable : 1, qy_heard : 1;
	u16 tc_index;
	u16 alloc_cpu;
	union {
		u32 csum;
		struct {
			u16 csum_start, csum_offset;
		};
	};
	u32 priority;
	int skb_iif;
	u32 hash;
	u16 vlan_proto; /* big-endian; 0: no tag */
	u16 vlan_tci;
	u32 napi_id;
	u32 secmark;
	u32 mark;
	u16 inner_protocol, inner_transport_header, inner_network_header,
		inner_mac_header;
	u16 protocol; /* big-endian */
	u16 transport_header, network_header, mac_header;
	sk_buff_data_t tail, end;
	unsigned char *head, *data;
	unsigned int truesize;
	refcount_t users;
	void *extensions;
	u64 kcov_handle;
};
_Static_assert(sizeof(struct sk_buff) == 232, "as of 6.12 on 64 bits");

#define PACKET_HOST      0
#define PACKET_BROADCAST 1
#define PACKET_MULTICAST 2
#define PACKET_OTHERHOST 3
#define PACKET_OUTGOING  4
#define PACKET_LOOPBACK  5

enum skb_drop_reason {
	SKB_NOT_DROPPED_YET,
	SKB_CONSUMED,
	SKB_DROP_REASON_NOT_SPECIFIED,
	SKB_DROP_REASON_FULL_RING,
	SKB_DROP_REASON_NOMEM,
};

/* ------------------------------------------------------------------ they come */

#define SKB_ALLOC_FCLONE 0x01 /* one of its own, as any */
#define SKB_ALLOC_RX     0x02
#define SKB_ALLOC_NAPI   0x04

/* @size: linear bytes. Return: an empty packet, or NULL. Context: as @gfp. */
struct sk_buff *__alloc_skb(unsigned int size, gfp_t gfp, int flags, int node)
	QY_REAL(__alloc_skb);

static inline struct sk_buff *alloc_skb(unsigned int size, gfp_t gfp)
{
	return __alloc_skb(size, gfp, 0, NUMA_NO_NODE);
}

static inline struct sk_buff *alloc_skb_fclone(unsigned int size, gfp_t gfp)
{
	return __alloc_skb(size, gfp, SKB_ALLOC_FCLONE, NUMA_NO_NODE);
}

/* @header_len linear, @data_len in pages of @order at most. *error where NULL. */
struct sk_buff *alloc_skb_with_frags(unsigned long header_len, unsigned long data_len,
	int order, int *error, gfp_t gfp) QY_REAL(alloc_skb_with_frags);

/* Around memory of the caller: @size with room for the shared info; 0: an object of kmalloc. Context: any. */
struct sk_buff *build_skb(void *data, unsigned int size) QY_REAL(build_skb);
struct sk_buff *slab_build_skb(void *data) QY_REAL(slab_build_skb);
struct sk_buff *napi_build_skb(void *data, unsigned int size) QY_REAL(napi_build_skb);
struct sk_buff *build_skb_around(struct sk_buff *skb, void *data, unsigned int size)
	QY_REAL(build_skb_around);

/* With NET_SKB_PAD in front, from fragments of pages where it fits one. Context: as @gfp. */
struct sk_buff *__netdev_alloc_skb(struct net_device *dev, unsigned int size, gfp_t gfp)
	QY_REAL(__netdev_alloc_skb);
/* Likewise, with NET_IP_ALIGN. Context: the poll function. */
struct sk_buff *napi_alloc_skb(struct napi_struct *napi, unsigned int size)
	QY_REAL(napi_alloc_skb);

static inline struct sk_buff *netdev_alloc_skb(struct net_device *dev, unsigned int size)
{
	return __netdev_alloc_skb(dev, size, GFP_ATOMIC);
}

static inline struct sk_buff *dev_alloc_skb(unsigned int size)
{
	return netdev_alloc_skb(NULL, size);
}

static inline struct sk_buff *__dev_alloc_skb(unsigned int size, gfp_t gfp)
{
	return __netdev_alloc_skb(NULL, size, gfp);
}

/* ------------------------------------------------------------------ they go */

/* The last one that has it gives it back. NULL is nothing. Context: not in a hard interrupt. */
void sk_skb_reason_drop(struct sock *sk, struct sk_buff *skb, enum skb_drop_reason reason)
	QY_REAL(sk_skb_reason_drop);
void consume_skb(struct sk_buff *skb) QY_REAL(consume_skb);
/* Of a list that hangs together by next. */
void kfree_skb_list(struct sk_buff *skb) QY_REAL(kfree_skb_list);
/* The head alone; its bytes are somebody's. */
void kfree_skb_partial(struct sk_buff *skb, bool head_stolen) QY_REAL(kfree_skb_partial);
/* @budget: of the poll function; 0: as dev_consume_skb_any() */
void napi_consume_skb(struct sk_buff *skb, int budget) QY_REAL(napi_consume_skb);

static inline void kfree_skb_reason(struct sk_buff *skb, enum skb_drop_reason reason)
{
	sk_skb_reason_drop(NULL, skb, reason);
}

static inline void kfree_skb(struct sk_buff *skb)
{
	kfree_skb_reason(skb, SKB_DROP_REASON_NOT_SPECIFIED);
}

#define dev_kfree_skb(skb) consume_skb(skb)

/* ------------------------------------------------------------------ copies */

/* Its bytes are shared: neither is to write them. */
struct sk_buff *skb_clone(struct sk_buff *skb, gfp_t gfp) QY_REAL(skb_clone);
/* Of all, linear. */
struct sk_buff *skb_copy(const struct sk_buff *skb, gfp_t gfp) QY_REAL(skb_copy);
struct sk_buff *skb_copy_expand(const struct sk_buff *skb, int headroom, int tailroom,
	gfp_t gfp) QY_REAL(skb_copy_expand);
/* Of the linear bytes; the pages are shared. */
struct sk_buff *__pskb_copy(struct sk_buff *skb, int headroom, gfp_t gfp)
	QY_REAL(__pskb_copy);
/* Its linear bytes move to larger memory that is its own. Return: 0, -ENOMEM. */
int pskb_expand_head(struct sk_buff *skb, int nhead, int ntail, gfp_t gfp)
	QY_REAL(pskb_expand_head) __must_check;

static inline struct sk_buff *skb_get(struct sk_buff *skb)
{
	refcount_inc(&skb->users);
	return skb;
}

static inline int skb_shared(const struct sk_buff *skb)
{
	return refcount_read(&skb->users) != 1;
}

static inline struct sk_buff *skb_share_check(struct sk_buff *skb, gfp_t gfp)
{
	struct sk_buff *mine;

	if (!skb_shared(skb))
		return skb;
	mine = skb_clone(skb, gfp);
	if (mine)
		consume_skb(skb);
	else
		kfree_skb(skb);
	return mine;
}

/* ------------------------------------------------------------------ where bytes are */

static inline unsigned char *skb_tail_pointer(const struct sk_buff *skb)
{
	return skb->head + skb->tail;
}

static inline unsigned char *skb_end_pointer(const struct sk_buff *skb)
{
	return skb->head + skb->end;
}

static inline unsigned int skb_end_offset(const struct sk_buff *skb)
{
	return skb->end;
}

static inline void skb_set_end_offset(struct sk_buff *skb, unsigned int offset)
{
	skb->end = offset;
}

static inline void skb_reset_tail_pointer(struct sk_buff *skb)
{
	skb->tail = (sk_buff_data_t)(skb->data - skb->head);
}

static inline void skb_set_tail_pointer(struct sk_buff *skb, int offset)
{
	skb_reset_tail_pointer(skb);
	skb->tail += (unsigned int)offset;
}

#define skb_shinfo(skb) ((struct skb_shared_info *)(void *)skb_end_pointer(skb))

static inline struct skb_shared_hwtstamps *skb_hwtstamps(struct sk_buff *skb)
{
	return &skb_shinfo(skb)->hwtstamps;
}

static inline unsigned int skb_headlen(const struct sk_buff *skb)
{
	return skb->len - skb->data_len;
}

static inline bool skb_is_nonlinear(const struct sk_buff *skb)
{
	return skb->data_len;
}

static inline unsigned int skb_headroom(const struct sk_buff *skb)
{
	return (unsigned int)(skb->data - skb->head);
}

static inline int skb_tailroom(const struct sk_buff *skb)
{
	return skb_is_nonlinear(skb) ? 0 : (int)(skb->end - skb->tail);
}

static inline int skb_availroom(const struct sk_buff *skb)
{
	return skb_tailroom(skb);
}

static inline int skb_cloned(const struct sk_buff *skb)
{
	return skb->cloned && (atomic_read(&skb_shinfo(skb)->dataref) & 0xffff) != 1;
}

static inline int skb_header_cloned(const struct sk_buff *skb)
{
	return skb_cloned(skb);
}

static inline int skb_unclone(struct sk_buff *skb, gfp_t gfp)
{
	might_sleep_if(gfpflags_allow_blocking(gfp));
	return skb_cloned(skb) ? pskb_expand_head(skb, 0, 0, gfp) : 0;
}

static inline void skb_reserve(struct sk_buff *skb, int len)
{
	skb->data += len;
	skb->tail += (unsigned int)len;
}

/* More than there is room for ends the run, as skb_over_panic, skb_under_panic. */
void *skb_put(struct sk_buff *skb, unsigned int len) QY_REAL(skb_put);
void *skb_push(struct sk_buff *skb, unsigned int len) QY_REAL(skb_push);
void *skb_pull(struct sk_buff *skb, unsigned int len) QY_REAL(skb_pull);
void *skb_pull_data(struct sk_buff *skb, size_t len) QY_REAL(skb_pull_data);
void skb_trim(struct sk_buff *skb, unsigned int len) QY_REAL(skb_trim);
int ___pskb_trim(struct sk_buff *skb, unsigned int len) QY_REAL(___pskb_trim);
/* Further bytes of the pages become linear. Return: the new tail, NULL. */
void *__pskb_pull_tail(struct sk_buff *skb, int delta) QY_REAL(__pskb_pull_tail);

static inline void *__skb_put(struct sk_buff *skb, unsigned int len)
{
	void *tail = skb_tail_pointer(skb);

	BUG_ON(skb_is_nonlinear(skb));
	skb->tail += len;
	skb->len += len;
	return tail;
}

static inline void *__skb_push(struct sk_buff *skb, unsigned int len)
{
	skb->data -= len;
	skb->len += len;
	return skb->data;
}

static inline void *__skb_pull(struct sk_buff *skb, unsigned int len)
{
	skb->len -= len;
	BUG_ON(skb->len < skb->data_len);
	return skb->data += len;
}

static inline void __skb_trim(struct sk_buff *skb, unsigned int len)
{
	if (WARN_ON(skb_is_nonlinear(skb)))
		return;
	skb->len = len;
	skb_set_tail_pointer(skb, (int)len);
}

static inline void *skb_put_zero(struct sk_buff *skb, unsigned int len)
{
	return memset(skb_put(skb, len), 0, len);
}

static inline void *skb_put_data(struct sk_buff *skb, const void *data, unsigned int len)
{
	return memcpy(skb_put(skb, len), data, len);
}

static inline void skb_put_u8(struct sk_buff *skb, u8 value)
{
	*(u8 *)skb_put(skb, 1) = value;
}

static inline bool pskb_may_pull(struct sk_buff *skb, unsigned int len)
{
	if (len <= skb_headlen(skb))
		return true;
	return len <= skb->len && __pskb_pull_tail(skb, (int)(len - skb_headlen(skb)));
}

static inline void *pskb_pull(struct sk_buff *skb, unsigned int len)
{
	return pskb_may_pull(skb, len) ? __skb_pull(skb, len) : NULL;
}

static inline int pskb_trim(struct sk_buff *skb, unsigned int len)
{
	return len < skb->len ? ___pskb_trim(skb, len) : 0;
}

/* Return: 0, -ENOMEM. */
static inline int skb_linearize(struct sk_buff *skb)
{
	return skb_is_nonlinear(skb) && !__pskb_pull_tail(skb, (int)skb->data_len)
		       ? -ENOMEM
		       : 0;
}

static inline int skb_cow_head(struct sk_buff *skb, unsigned int headroom)
{
	int delta = (int)headroom - (int)skb_headroom(skb);

	if (delta <= 0 && !skb_header_cloned(skb))
		return 0;
	return pskb_expand_head(skb,
		delta > 0 ? (int)ALIGN((unsigned int)delta, NET_SKB_PAD) : 0, 0,
		GFP_ATOMIC);
}

#define skb_cow(skb, headroom) skb_cow_head(skb, headroom)

/* Zeroes up to @pad bytes behind its end, where memory is; it is freed where there is none. Return: 0, -ENOMEM. */
int __skb_pad(struct sk_buff *skb, int pad, bool free_on_error)
	QY_REAL(__skb_pad) __must_check;

static inline int skb_pad(struct sk_buff *skb, int pad)
{
	return __skb_pad(skb, pad, true);
}

static inline int skb_padto(struct sk_buff *skb, unsigned int len)
{
	return skb->len >= len ? 0 : skb_pad(skb, (int)(len - skb->len));
}

static inline int __skb_put_padto(
	struct sk_buff *skb, unsigned int len, bool free_on_error)
{
	unsigned int size = skb->len;

	if (size >= len)
		return 0;
	if (__skb_pad(skb, (int)(len - size), free_on_error))
		return -ENOMEM;
	__skb_put(skb, len - size);
	return 0;
}

static inline int skb_put_padto(struct sk_buff *skb, unsigned int len)
{
	return __skb_put_padto(skb, len, true);
}

static inline int eth_skb_pad(struct sk_buff *skb)
{
	return skb_put_padto(skb, ETH_ZLEN);
}

/* ------------------------------------------------------------------ pages behind it */

static inline unsigned int skb_frag_size(const skb_frag_t *frag)
{
	return frag->len;
}

static inline void skb_frag_size_set(skb_frag_t *frag, unsigned int size)
{
	frag->len = size;
}

static inline void skb_frag_size_sub(skb_frag_t *frag, int delta)
{
	frag->len -= (unsigned int)delta;
}

static inline unsigned int skb_frag_off(const skb_frag_t *frag)
{
	return frag->offset;
}

static inline void skb_frag_off_add(skb_frag_t *frag, int delta)
{
	frag->offset += (unsigned int)delta;
}

static inline void skb_frag_off_set(skb_frag_t *frag, unsigned int offset)
{
	frag->offset = offset;
}

static inline struct page *skb_frag_page(const skb_frag_t *frag)
{
	return frag->page;
}

static inline void *skb_frag_address(const skb_frag_t *frag)
{
	return (char *)page_address(frag->page) + frag->offset;
}

#define skb_frag_address_safe(frag) skb_frag_address(frag)

static inline void skb_frag_fill_page_desc(
	skb_frag_t *frag, struct page *page, int off, int size)
{
	*frag = (skb_frag_t){ page, (unsigned int)size, (unsigned int)off };
}

static inline void __skb_fill_page_desc(
	struct sk_buff *skb, int i, struct page *page, int off, int size)
{
	skb_frag_fill_page_desc(&skb_shinfo(skb)->frags[i], page, off, size);
}

static inline void skb_fill_page_desc(
	struct sk_buff *skb, int i, struct page *page, int off, int size)
{
	__skb_fill_page_desc(skb, i, page, off, size);
	skb_shinfo(skb)->nr_frags = (u8)(i + 1);
}

/* The page's reference becomes the packet's. @truesize: what the page costs. */
void skb_add_rx_frag(struct sk_buff *skb, int i, struct page *page, int off, int size,
	unsigned int truesize) QY_REAL(skb_add_rx_frag);
void skb_coalesce_rx_frag(struct sk_buff *skb, int i, int size, unsigned int truesize)
	QY_REAL(skb_coalesce_rx_frag);

static inline void __skb_frag_ref(skb_frag_t *frag)
{
	get_page(frag->page);
}

static inline void skb_frag_ref(struct sk_buff *skb, int i)
{
	__skb_frag_ref(&skb_shinfo(skb)->frags[i]);
}

void __skb_frag_unref(skb_frag_t *frag, bool recycle) QY_REAL(__skb_frag_unref);

static inline dma_addr_t skb_frag_dma_map(struct device *dev, const skb_frag_t *frag,
	size_t offset, size_t size, enum dma_data_direction dir)
{
	return dma_map_page(dev, frag->page, frag->offset + offset, size, dir);
}

static inline bool skb_has_frag_list(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->frag_list != NULL;
}

static inline void skb_frag_list_init(struct sk_buff *skb)
{
	skb_shinfo(skb)->frag_list = NULL;
}

#define skb_walk_frags(skb, iter) \
	for (iter = skb_shinfo(skb)->frag_list; iter; iter = iter->next)

/* Return: 0, -EFAULT: there are not so many. */
int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
	QY_REAL(skb_copy_bits);
int skb_store_bits(struct sk_buff *skb, int offset, const void *from, int len)
	QY_REAL(skb_store_bits);
/* Entries of a list that was initialised. Return: how many, -EMSGSIZE. */
int skb_to_sgvec(struct sk_buff *skb, struct scatterlist *sg, int offset, int len)
	QY_REAL(skb_to_sgvec) __must_check;

static inline void *skb_header_pointer(
	const struct sk_buff *skb, int offset, int len, void *buffer)
{
	if ((int)skb_headlen(skb) - offset >= len)
		return skb->data + offset;
	return skb_copy_bits(skb, offset, buffer, len) ? NULL : buffer;
}

static inline void skb_copy_from_linear_data(
	const struct sk_buff *skb, void *to, unsigned int len)
{
	memcpy(to, skb->data, len);
}

static inline void skb_copy_from_linear_data_offset(
	const struct sk_buff *skb, int offset, void *to, unsigned int len)
{
	memcpy(to, skb->data + offset, len);
}

static inline void skb_copy_to_linear_data(
	struct sk_buff *skb, const void *from, unsigned int len)
{
	memcpy(skb->data, from, len);
}

static inline void skb_copy_to_linear_data_offset(
	struct sk_buff *skb, int offset, const void *from, unsigned int len)
{
	memcpy(skb->data + offset, from, len);
}

/* ------------------------------------------------------------------ fragments of pages */

/* Of a CPU's, for packets that come: 32 KiB blocks, cut from their end. Context: any / softirq. */
void *__netdev_alloc_frag_align(unsigned int size, unsigned int align_mask)
	QY_REAL(__netdev_alloc_frag_align);
void *__napi_alloc_frag_align(unsigned int size, unsigned int align_mask)
	QY_REAL(__napi_alloc_frag_align);
#define netdev_alloc_frag(size) __netdev_alloc_frag_align(size, ~0u)
#define napi_alloc_frag(size)   __napi_alloc_frag_align(size, ~0u)
#define netdev_alloc_frag_align(size, align) \
	__netdev_alloc_frag_align(size, -(unsigned int)(align))
#define napi_alloc_frag_align(size, align) \
	__napi_alloc_frag_align(size, -(unsigned int)(align))

struct page_frag_cache {
	void *va; /* of the block; NULL: none yet */
	unsigned int offset, size;
	unsigned int pagecnt_bias; /* references that nobody has got yet */
	bool pfmemalloc;
};

void *__page_frag_alloc_align(struct page_frag_cache *nc, unsigned int size, gfp_t gfp,
	unsigned int align_mask) QY_REAL(__page_frag_alloc_align);
#define page_frag_alloc(nc, size, gfp) __page_frag_alloc_align(nc, size, gfp, ~0u)
#define page_frag_alloc_align(nc, size, gfp, align) \
	__page_frag_alloc_align(nc, size, gfp, -(unsigned int)(align))
void page_frag_cache_drain(struct page_frag_cache *nc) QY_REAL(page_frag_cache_drain);
void page_frag_free(void *addr) QY_REAL(page_frag_free);
#define skb_free_frag(addr) page_frag_free(addr)

static inline struct page *__dev_alloc_pages(gfp_t gfp, unsigned int order)
{
	return alloc_pages(gfp | __GFP_COMP | __GFP_MEMALLOC, order);
}

#define dev_alloc_pages(order) __dev_alloc_pages(GFP_ATOMIC | __GFP_NOWARN, order)
#define __dev_alloc_page(gfp)  __dev_alloc_pages(gfp, 0)
#define dev_alloc_page()       dev_alloc_pages(0)

/* No reserve is kept for swapping over a network. */
static inline bool page_is_pfmemalloc(const struct page *page)
{
	(void)page;
	return false;
}

/* ------------------------------------------------------------------ queues of packets */

struct sk_buff_head {
	struct sk_buff *next, *prev; /* as of a packet */
	u32 qlen;
	spinlock_t lock;
};

static inline void __skb_queue_head_init(struct sk_buff_head *list)
{
	list->prev = list->next = (struct sk_buff *)(void *)list;
	list->qlen = 0;
}

#define skb_queue_head_init(list)              \
	do {                                   \
		spin_lock_init(&(list)->lock); \
		__skb_queue_head_init(list);   \
	} while (0)

static inline int skb_queue_empty(const struct sk_buff_head *list)
{
	return list->next == (const struct sk_buff *)(const void *)list;
}

#define skb_queue_empty_lockless(list) skb_queue_empty(list)

static inline u32 skb_queue_len(const struct sk_buff_head *list)
{
	return list->qlen;
}

#define skb_queue_len_lockless(list) skb_queue_len(list)

static inline struct sk_buff *skb_peek(const struct sk_buff_head *list)
{
	return skb_queue_empty(list) ? NULL : list->next;
}

static inline struct sk_buff *skb_peek_tail(const struct sk_buff_head *list)
{
	return skb_queue_empty(list) ? NULL : list->prev;
}

static inline bool skb_queue_is_last(
	const struct sk_buff_head *list, const struct sk_buff *skb)
{
	return skb->next == (const struct sk_buff *)(const void *)list;
}

#define skb_queue_is_first(list, skb) \
	((skb)->prev == (const struct sk_buff *)(const void *)(list))
#define skb_queue_next(list, skb) ((void)(list), (skb)->next)
#define skb_queue_prev(list, skb) ((void)(list), (skb)->prev)
#define skb_queue_walk(queue, skb) \
	for (skb = (queue)->next; skb != (struct sk_buff *)(queue); skb = skb->next)
#define skb_queue_walk_safe(queue, skb, tmp)                                         \
	for (skb = (queue)->next, tmp = skb->next; skb != (struct sk_buff *)(queue); \
		skb = tmp, tmp = skb->next)

static inline void __skb_insert(struct sk_buff *skb, struct sk_buff *prev,
	struct sk_buff *next, struct sk_buff_head *list)
{
	skb->next = next;
	skb->prev = prev;
	next->prev = skb;
	prev->next = skb;
	list->qlen++;
}

static inline void __skb_queue_tail(struct sk_buff_head *list, struct sk_buff *skb)
{
	__skb_insert(skb, list->prev, (struct sk_buff *)(void *)list, list);
}

static inline void __skb_queue_head(struct sk_buff_head *list, struct sk_buff *skb)
{
	__skb_insert(skb, (struct sk_buff *)(void *)list, list->next, list);
}

static inline void __skb_queue_after(
	struct sk_buff_head *list, struct sk_buff *prev, struct sk_buff *skb)
{
	__skb_insert(skb, prev, prev->next, list);
}

static inline void __skb_unlink(struct sk_buff *skb, struct sk_buff_head *list)
{
	list->qlen--;
	skb->next->prev = skb->prev;
	skb->prev->next = skb->next;
	skb->next = skb->prev = NULL;
}

static inline struct sk_buff *__skb_dequeue(struct sk_buff_head *list)
{
	struct sk_buff *skb = skb_peek(list);

	if (skb)
		__skb_unlink(skb, list);
	return skb;
}

static inline struct sk_buff *__skb_dequeue_tail(struct sk_buff_head *list)
{
	struct sk_buff *skb = skb_peek_tail(list);

	if (skb)
		__skb_unlink(skb, list);
	return skb;
}

static inline void skb_queue_splice_init(
	struct sk_buff_head *list, struct sk_buff_head *head)
{
	while (!skb_queue_empty(list))
		__skb_queue_head(head, __skb_dequeue_tail(list));
}

static inline void skb_queue_splice_tail_init(
	struct sk_buff_head *list, struct sk_buff_head *head)
{
	while (!skb_queue_empty(list))
		__skb_queue_tail(head, __skb_dequeue(list));
}

/* Under the queue's lock, interrupts off. Context: any. */
void skb_queue_tail(struct sk_buff_head *list, struct sk_buff *skb)
	QY_REAL(skb_queue_tail);
void skb_queue_head(struct sk_buff_head *list, struct sk_buff *skb)
	QY_REAL(skb_queue_head);
void skb_unlink(struct sk_buff *skb, struct sk_buff_head *list) QY_REAL(skb_unlink);
struct sk_buff *skb_dequeue(struct sk_buff_head *list) QY_REAL(skb_dequeue);
struct sk_buff *skb_dequeue_tail(struct sk_buff_head *list) QY_REAL(skb_dequeue_tail);
void skb_queue_purge(struct sk_buff_head *list) QY_REAL(skb_queue_purge);

static inline void __skb_queue_purge(struct sk_buff_head *list)
{
	for (struct sk_buff *skb; (skb = __skb_dequeue(list));)
		kfree_skb(skb);
}

/* ------------------------------------------------------------------ headers in it */

static inline unsigned char *skb_mac_header(const struct sk_buff *skb)
{
	return skb->head + skb->mac_header;
}

static inline int skb_mac_header_was_set(const struct sk_buff *skb)
{
	return skb->mac_header != 0xffff;
}

static inline void skb_reset_mac_header(struct sk_buff *skb)
{
	skb->mac_header = (u16)(skb->data - skb->head);
}

static inline void skb_set_mac_header(struct sk_buff *skb, int offset)
{
	skb_reset_mac_header(skb);
	skb->mac_header = (u16)(skb->mac_header + offset);
}

static inline unsigned char *skb_network_header(const struct sk_buff *skb)
{
	return skb->head + skb->network_header;
}

static inline void skb_reset_network_header(struct sk_buff *skb)
{
	skb->network_header = (u16)(skb->data - skb->head);
}

static inline void skb_set_network_header(struct sk_buff *skb, int offset)
{
	skb_reset_network_header(skb);
	skb->network_header = (u16)(skb->network_header + offset);
}

static inline int skb_network_offset(const struct sk_buff *skb)
{
	return (int)(skb_network_header(skb) - skb->data);
}

static inline unsigned char *skb_transport_header(const struct sk_buff *skb)
{
	return skb->head + skb->transport_header;
}

static inline bool skb_transport_header_was_set(const struct sk_buff *skb)
{
	return skb->transport_header != 0xffff;
}

static inline void skb_reset_transport_header(struct sk_buff *skb)
{
	skb->transport_header = (u16)(skb->data - skb->head);
}

static inline void skb_set_transport_header(struct sk_buff *skb, int offset)
{
	skb_reset_transport_header(skb);
	skb->transport_header = (u16)(skb->transport_header + offset);
}

static inline int skb_transport_offset(const struct sk_buff *skb)
{
	return (int)(skb_transport_header(skb) - skb->data);
}

static inline u32 skb_network_header_len(const struct sk_buff *skb)
{
	return (u32)skb->transport_header - skb->network_header;
}

static inline int skb_checksum_start_offset(const struct sk_buff *skb)
{
	return (int)skb->csum_start - (int)skb_headroom(skb);
}

static inline void skb_reset_mac_len(struct sk_buff *skb)
{
	skb->mac_len = (u16)(skb->network_header - skb->mac_header);
}

/* ------------------------------------------------------------------ what is said of it */

static inline void skb_checksum_none_assert(const struct sk_buff *skb)
{
	WARN_ON(skb->ip_summed != CHECKSUM_NONE);
}

static inline bool skb_csum_unnecessary(const struct sk_buff *skb)
{
	return skb->ip_summed == CHECKSUM_UNNECESSARY || skb->csum_valid;
}

/* Of all of it, in software, where the device does not. Return: 0, -errno. */
int skb_checksum_help(struct sk_buff *skb) QY_REAL(skb_checksum_help);
__wsum skb_checksum(const struct sk_buff *skb, int offset, int len, __wsum csum)
	QY_REAL(skb_checksum);
/* With the checksum put where it belongs. */
void skb_copy_and_csum_dev(const struct sk_buff *skb, u8 *to)
	QY_REAL(skb_copy_and_csum_dev);

static inline bool skb_is_gso(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_size;
}

static inline bool skb_is_gso_v6(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_type & SKB_GSO_TCPV6;
}

static inline void skb_set_queue_mapping(struct sk_buff *skb, unsigned int queue)
{
	skb->queue_mapping = (u16)queue;
}

static inline u16 skb_get_queue_mapping(const struct sk_buff *skb)
{
	return skb->queue_mapping;
}

static inline void skb_record_rx_queue(struct sk_buff *skb, u16 queue)
{
	skb->queue_mapping = (u16)(queue + 1);
}

static inline u16 skb_get_rx_queue(const struct sk_buff *skb)
{
	return (u16)(skb->queue_mapping - 1);
}

static inline bool skb_rx_queue_recorded(const struct sk_buff *skb)
{
	return skb->queue_mapping != 0;
}

enum pkt_hash_types {
	PKT_HASH_TYPE_NONE,
	PKT_HASH_TYPE_L2,
	PKT_HASH_TYPE_L3,
	PKT_HASH_TYPE_L4,
};

static inline void skb_set_hash(struct sk_buff *skb, u32 hash, enum pkt_hash_types type)
{
	skb->l4_hash = type == PKT_HASH_TYPE_L4;
	skb->sw_hash = 0;
	skb->hash = hash;
}

static inline u32 skb_get_hash(const struct sk_buff *skb)
{
	return skb->hash;
}

/* stub: nobody asked for the moment at which it left */
static inline void skb_tx_timestamp(struct sk_buff *skb)
{
	(void)skb;
}

/* stub: nobody asked for the moment at which it came */
static inline bool skb_defer_rx_timestamp(struct sk_buff *skb)
{
	(void)skb;
	return false;
}

/* stub: nobody asked for it */
static inline void skb_tstamp_tx(
	struct sk_buff *skb, struct skb_shared_hwtstamps *hwtstamps)
{
	(void)skb, (void)hwtstamps;
}

static inline ktime_t skb_get_ktime(const struct sk_buff *skb)
{
	return skb->tstamp;
}

static inline void __net_timestamp(struct sk_buff *skb)
{
	skb->tstamp = ktime_get();
}

/* Whoever had it has nothing to say any more. */
static inline void skb_orphan(struct sk_buff *skb)
{
	if (skb->destructor)
		skb->destructor(skb);
	skb->destructor = NULL;
	skb->sk = NULL;
}

static inline void skb_dst_drop(struct sk_buff *skb)
{
	skb->_skb_refdst = 0;
}

#define nf_reset_ct(skb)      ((skb)->_nfct = 0)
#define skb_ext_reset(skb)    ((skb)->active_extensions = 0)
#define skb_clear_tstamp(skb) ((skb)->tstamp = 0)

static inline bool skb_is_redirected(const struct sk_buff *skb)
{
	return skb->redirected;
}

static inline void skb_reset_redirect(struct sk_buff *skb)
{
	skb->redirected = 0;
}

static inline bool skb_dst_force(const struct sk_buff *skb)
{
	return skb->_skb_refdst != 0;
}

/* As skb_pull(), with the sum of what is left kept right. */
static inline void *skb_pull_rcsum(struct sk_buff *skb, unsigned int len)
{
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->csum = csum_sub(skb->csum, csum_partial(skb->data, (int)len, 0));
	return skb_pull(skb, len);
}

/* Its pages go back to the pool that they came from. */
static inline void skb_mark_for_recycle(struct sk_buff *skb)
{
	skb->pp_recycle = 1;
}

static inline void skb_mark_not_on_list(struct sk_buff *skb)
{
	skb->next = NULL;
}

#endif
