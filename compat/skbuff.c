// SPDX-License-Identifier: MIT
/*
 * Packets come and go: heads, their bytes, and who has them (linux/skbuff.h). skb_frag.c has the pages behind them, skb_copy.c
 * copies.
 *
 * A head is an object of skbuff_head_cache; its bytes are one of skbuff_small_head, of kmalloc, or a fragment of a page.
 *
 * Locking: none; see world.h.
 */
#include "compat/held.h"
#include "compat/net.h"
#include "compat/stack.h"

#define SMALL_ROOM (QY_SMALL_HEAD - SKB_DATA_ALIGN(sizeof(struct skb_shared_info)))
#define BIG_BLOCK  ((unsigned int)SKB_WITH_OVERHEAD(PAGE_SIZE))

/* ------------------------------------------------------------------ they come */

static void finish(struct sk_buff *skb, void *data, unsigned int size, bool is_frag)
{
	struct skb_shared_info *shinfo;

	size -= SKB_DATA_ALIGN(sizeof(*shinfo));
	skb->truesize = (unsigned int)SKB_TRUESIZE(size);
	refcount_set(&skb->users, 1);
	skb->head = skb->data = data;
	skb->tail = 0;
	skb->end = size;
	skb->head_frag = is_frag;
	skb->mac_header = skb->transport_header = 0xffff;
	skb->alloc_cpu = (u16)smp_processor_id();
	shinfo = skb_shinfo(skb);
	memset(shinfo, 0, offsetof(struct skb_shared_info, dataref));
	atomic_set(&shinfo->dataref, 1);
}

/* *size becomes what it has. */
static void *alloc_bytes(unsigned int *size, gfp_t gfp)
{
	struct qy_net *net = net_of(qy_compat_world());
	size_t bytes = SKB_HEAD_ALIGN((size_t)*size);

	if (bytes <= QY_SMALL_HEAD && !(gfp & (__GFP_DMA | __GFP_RECLAIMABLE))) {
		*size = QY_SMALL_HEAD;
		return kmem_cache_alloc(
			net->small_heads, gfp | __GFP_NOMEMALLOC | __GFP_NOWARN);
	}
	if (bytes > KMALLOC_MAX_SIZE)
		return NULL;
	*size = (unsigned int)kmalloc_size_roundup(bytes);
	return kmalloc(*size, gfp | __GFP_NOMEMALLOC | __GFP_NOWARN);
}

static struct sk_buff *alloc_head(gfp_t gfp)
{
	struct sk_buff *skb = kmem_cache_alloc(
		net_of(qy_compat_world())->heads, gfp & ~(gfp_t)__GFP_DMA);

	if (skb) {
		memset(skb, 0, sizeof(*skb));
		qy_touches(skb, sizeof(*skb), true);
	}
	return skb;
}

struct sk_buff *__alloc_skb(unsigned int size, gfp_t gfp, int flags, int node)
{
	struct sk_buff *skb = alloc_head(gfp);
	void *data;

	(void)flags, (void)node;
	if (!skb)
		return NULL;
	data = alloc_bytes(&size, gfp);
	if (!data) {
		kfree(skb);
		return NULL;
	}
	finish(skb, data, size, false);
	qy_touches(skb_shinfo(skb), sizeof(struct skb_shared_info), true);
	return skb;
}

struct sk_buff *slab_build_skb(void *data)
{
	struct sk_buff *skb = alloc_head(GFP_ATOMIC);

	if (skb)
		finish(skb, data, (unsigned int)qy_ksize(qy_this_machine(), data), false);
	return skb;
}

struct sk_buff *build_skb(void *data, unsigned int size)
{
	struct sk_buff *skb;

	if (WARN_ONCE(!size, "Use slab_build_skb() instead"))
		return slab_build_skb(data);
	skb = alloc_head(GFP_ATOMIC);
	if (skb)
		finish(skb, data, size, true);
	return skb;
}

struct sk_buff *napi_build_skb(void *data, unsigned int size)
{
	return build_skb(data, size);
}

struct sk_buff *build_skb_around(struct sk_buff *skb, void *data, unsigned int size)
{
	if (skb)
		finish(skb, data, size, size != 0);
	return skb;
}

static struct sk_buff *alloc_padded(
	struct net_device *dev, unsigned int pad, unsigned int size, gfp_t gfp, bool napi)
{
	unsigned int bytes = size + pad;
	struct sk_buff *skb;
	void *data;

	/* too small or too large for a fragment, or who may wait */
	if (bytes <= SKB_WITH_OVERHEAD(1024u) || bytes > BIG_BLOCK ||
		gfp & (__GFP_DIRECT_RECLAIM | GFP_DMA)) {
		skb = __alloc_skb(bytes, gfp, SKB_ALLOC_RX, NUMA_NO_NODE);
	} else {
		bytes = (unsigned int)SKB_HEAD_ALIGN(bytes);
		data = napi ? napi_alloc_frag(bytes) : netdev_alloc_frag(bytes);
		if (!data)
			return NULL;
		skb = build_skb(data, bytes);
		if (!skb)
			page_frag_free(data);
	}
	if (!skb)
		return NULL;
	skb_reserve(skb, (int)pad);
	skb->dev = dev;
	return skb;
}

struct sk_buff *__netdev_alloc_skb(struct net_device *dev, unsigned int size, gfp_t gfp)
{
	return alloc_padded(dev, NET_SKB_PAD, size, gfp, false);
}

struct sk_buff *napi_alloc_skb(struct napi_struct *napi, unsigned int size)
{
	return alloc_padded(
		napi->dev, NET_SKB_PAD + NET_IP_ALIGN, size, GFP_ATOMIC, true);
}

/* ------------------------------------------------------------------ they go */

static void free_bytes(struct sk_buff *skb)
{
	struct page *page;

	if (!skb->head_frag) {
		kfree(skb->head);
		return;
	}
	page = compound_head(virt_to_page(skb->head));
	if (!skb->pp_recycle || !qy_compat_pool_recycle(page))
		page_frag_free(skb->head);
}

static void release_data(struct sk_buff *skb)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);

	if (skb->cloned && atomic_sub_return(1, &shinfo->dataref))
		return;
	for (unsigned int i = 0; i < shinfo->nr_frags; i++)
		__skb_frag_unref(&shinfo->frags[i], skb->pp_recycle);
	if (shinfo->frag_list)
		kfree_skb_list(shinfo->frag_list);
	free_bytes(skb);
}

/* Its sender hears of it, in a context in which it may wake somebody. */
static void release_sender(struct sk_buff *skb)
{
	if (!skb->destructor)
		return;
	WARN_ON(in_hardirq());
	skb->destructor(skb);
}

/* False: others have it still, or nobody has it any more, which is told. */
static bool is_last(struct sk_buff *skb)
{
	if (!skb || !qy_is_there(skb))
		return false;
	return refcount_read(&skb->users) == 1 || refcount_dec_and_test(&skb->users);
}

static void free_all(struct sk_buff *skb)
{
	release_sender(skb);
	if (skb->head)
		release_data(skb);
	kfree(skb);
}

void sk_skb_reason_drop(struct sock *sk, struct sk_buff *skb, enum skb_drop_reason reason)
{
	(void)sk, (void)reason;
	if (is_last(skb))
		free_all(skb);
}

void consume_skb(struct sk_buff *skb)
{
	if (is_last(skb))
		free_all(skb);
}

void napi_consume_skb(struct sk_buff *skb, int budget)
{
	if (budget)
		consume_skb(skb);
	else
		dev_consume_skb_any(skb);
}

void kfree_skb_list(struct sk_buff *skb)
{
	for (struct sk_buff *next; skb; skb = next) {
		next = skb->next;
		kfree_skb(skb);
	}
}

void kfree_skb_partial(struct sk_buff *skb, bool head_stolen)
{
	if (!head_stolen) {
		kfree_skb(skb);
		return;
	}
	release_sender(skb);
	kfree(skb);
}

/* ------------------------------------------------------------------ where bytes are */

static void __attribute__((noreturn))
skb_panic(const struct sk_buff *skb, unsigned int put, const void *from, const char *what)
{
	char place[80];

	qy_stack_place(place, sizeof(place), from, false);
	qy_printk_line(QY_LOG_EMERG,
		"skbuff: %s: text:%s len:%d put:%d head:%px data:%px tail:%#lx end:%#lx dev:%s",
		what, place, (int)skb->len, (int)put, skb->head, skb->data,
		(unsigned long)skb->tail, (unsigned long)skb->end,
		skb->dev ? skb->dev->name : "<NULL>");
	qy_compat_bug("net/core/skbuff.c", 206, "skb_panic");
}

void *skb_put(struct sk_buff *skb, unsigned int len)
{
	void *tail = skb_tail_pointer(skb);

	BUG_ON(skb_is_nonlinear(skb));
	skb->tail += len;
	skb->len += len;
	if (unlikely(skb->tail > skb->end))
		skb_panic(skb, len, __builtin_return_address(0), "skb_over_panic");
	return tail;
}

void *skb_push(struct sk_buff *skb, unsigned int len)
{
	skb->data -= len;
	skb->len += len;
	if (unlikely(skb->data < skb->head))
		skb_panic(skb, len, __builtin_return_address(0), "skb_under_panic");
	return skb->data;
}

void *skb_pull(struct sk_buff *skb, unsigned int len)
{
	return unlikely(len > skb->len) ? NULL : __skb_pull(skb, len);
}

void *skb_pull_data(struct sk_buff *skb, size_t len)
{
	void *data = skb->data;

	if (skb->len < len)
		return NULL;
	skb_pull(skb, (unsigned int)len);
	return data;
}

void skb_trim(struct sk_buff *skb, unsigned int len)
{
	if (skb->len > len)
		__skb_trim(skb, len);
}

/* ------------------------------------------------------------------ queues */

void skb_queue_tail(struct sk_buff_head *list, struct sk_buff *skb)
{
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	__skb_queue_tail(list, skb);
	spin_unlock_irqrestore(&list->lock, flags);
}

void skb_queue_head(struct sk_buff_head *list, struct sk_buff *skb)
{
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	__skb_queue_head(list, skb);
	spin_unlock_irqrestore(&list->lock, flags);
}

void skb_unlink(struct sk_buff *skb, struct sk_buff_head *list)
{
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	__skb_unlink(skb, list);
	spin_unlock_irqrestore(&list->lock, flags);
}

struct sk_buff *skb_dequeue(struct sk_buff_head *list)
{
	struct sk_buff *skb;
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	skb = __skb_dequeue(list);
	spin_unlock_irqrestore(&list->lock, flags);
	return skb;
}

struct sk_buff *skb_dequeue_tail(struct sk_buff_head *list)
{
	struct sk_buff *skb;
	unsigned long flags;

	spin_lock_irqsave(&list->lock, flags);
	skb = __skb_dequeue_tail(list);
	spin_unlock_irqrestore(&list->lock, flags);
	return skb;
}

void skb_queue_purge(struct sk_buff_head *list)
{
	for (struct sk_buff *skb; (skb = skb_dequeue(list));)
		kfree_skb(skb);
}

/* ------------------------------------------------------------------ frames that the stack sends */

struct sk_buff *qy_compat_skb_new(unsigned int linear, unsigned int paged)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_NOFAIL;
	struct sk_buff *skb = __alloc_skb(linear, gfp, 0, NUMA_NO_NODE);

	for (unsigned int i = 0; paged && skb; i++) {
		unsigned int n = min_t(unsigned int, paged, PAGE_SIZE / 4);

		skb_add_rx_frag(skb, (int)i, alloc_pages(gfp, 0), (int)(i * 64), (int)n,
			PAGE_SIZE);
		paged -= n;
	}
	return skb;
}

/* Who gets it is charged with it, as if it had taken it. */
static void charge(enum qy_held kind, const void *p, const void *function)
{
	struct held *held = qy_compat_held_find(qy_compat_world(), kind, p);

	if (!held)
		return;
	memmove(&held->frames[1], &held->frames[0],
		sizeof(held->frames) - sizeof(held->frames[0]));
	held->frames[0] = (char *)(uintptr_t)function + 1; /* as a return address */
	if (held->what.nr_frames < QY_HELD_FRAMES)
		held->what.nr_frames++;
}

void qy_compat_skb_hand_over(struct sk_buff *skb, const void *function)
{
	charge(QY_HELD_OBJECT, skb, function);
	charge(QY_HELD_OBJECT, skb->head, function);
	for (unsigned int i = 0; i < skb_shinfo(skb)->nr_frags; i++)
		charge(QY_HELD_PAGES, skb_shinfo(skb)->frags[i].page, function);
}
