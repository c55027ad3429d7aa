// SPDX-License-Identifier: MIT
/*
 * Fragments of pages, and the pages behind packets.
 *
 * A fragment is cut from the end of a block of 32 KiB (a page where there is no block), and holds one reference of it; the cache
 * holds one more. Who has a fragment is noted by its address: what is around it is nobody's, what is freed is told when it is touched.
 *
 * Invariant: a block is in net->blocks from its first fragment until its last reference goes.
 *
 * Locking: none; see world.h.
 */
#include "compat/kasan.h"
#include "compat/net.h"

#define BLOCK_ORDER 3 /* PAGE_FRAG_CACHE_MAX_ORDER */

struct qy_frag {
	struct list_head link;
	const char *begin;
	size_t bytes;
};

/* ------------------------------------------------------------------ blocks */

static struct qy_frag_block *block_of(const struct page *page)
{
	struct qy_frag_block *block;

	list_for_each_entry(block, &net_of(qy_compat_world())->blocks, link)
		if (block->page == page)
			return block;
	return NULL;
}

static void set_state(const char *p, size_t bytes, u8 code)
{
	if (qy_compat_world()->kasan)
		qy_kasan_deny(p, bytes, code);
}

static void drop(struct qy_frag *frag)
{
	qy_let_go(QY_HELD_FRAG, frag->begin);
	list_del(&frag->link);
	qy_host_free(frag);
}

void qy_compat_frag_block_gone(const struct page *page)
{
	struct qy_frag_block *block = block_of(page);
	struct qy_frag *frag, *next;

	if (!block)
		return;
	list_for_each_entry_safe(frag, next, &block->frags, link)
		drop(frag);
	set_state(page_address(page), block->bytes, KASAN_PAGE_FREE);
	list_del(&block->link);
	qy_host_free(block);
}

bool qy_compat_frag_gone(const void *addr)
{
	struct qy_frag_block *block = block_of(compound_head(virt_to_page(addr)));
	struct qy_frag *frag;

	if (!block)
		return false;
	list_for_each_entry(frag, &block->frags, link)
		if ((uintptr_t)addr - (uintptr_t)frag->begin < frag->bytes) {
			drop(frag);
			return true;
		}
	return false;
}

static bool add_block(struct page_frag_cache *nc, struct page *page)
{
	struct qy_frag_block *block = qy_host_zalloc(sizeof(*block));

	if (!block)
		return false;
	block->page = page;
	block->bytes = page_size(page);
	INIT_LIST_HEAD(&block->frags);
	list_add(&block->link, &net_of(qy_compat_world())->blocks);
	nc->va = page_address(page);
	nc->offset = nc->size = (unsigned int)block->bytes;
	set_state(nc->va, block->bytes, KASAN_PAGE_REDZONE);
	return true;
}

/* Caches of the driver's own hold a block until they are drained. */
static bool is_of_driver(const struct page_frag_cache *nc)
{
	const struct qy_net *net = net_of(qy_compat_world());

	return nc != &net->netdev_frags && nc != &net->napi_frags;
}

static bool refill(struct page_frag_cache *nc, gfp_t gfp)
{
	struct qy_machine *m = qy_this_machine();
	struct page *page = qy_alloc_pages(m,
		(gfp & ~(gfp_t)__GFP_DIRECT_RECLAIM) | __GFP_COMP | __GFP_NOWARN |
			__GFP_NORETRY | __GFP_NOMEMALLOC,
		BLOCK_ORDER);

	if (!page)
		page = qy_alloc_pages(m, gfp, 0);
	if (!page)
		return false;
	if (!add_block(nc, page)) {
		qy_put_page(m, page);
		return false;
	}
	if (is_of_driver(nc))
		qy_hold(QY_HELD_POOL, nc, 0);
	return true;
}

static void put_block(struct page *page)
{
	if (page_count(page) == 1)
		qy_compat_frag_block_gone(page);
	qy_put_page(qy_this_machine(), page);
}

void page_frag_cache_drain(struct page_frag_cache *nc)
{
	if (!nc->va)
		return;
	if (is_of_driver(nc))
		qy_let_go(QY_HELD_POOL, nc);
	put_block(virt_to_page(nc->va));
	nc->va = NULL;
}

/* ------------------------------------------------------------------ fragments */

static void *note(char *begin, size_t bytes)
{
	struct qy_frag *frag = qy_host_zalloc(sizeof(*frag));
	struct page *page = compound_head(virt_to_page(begin));

	if (!frag)
		return NULL;
	frag->begin = begin;
	frag->bytes = bytes;
	list_add(&frag->link, &block_of(page)->frags);
	qy_get_page(qy_this_machine(), page);
	return qy_fresh(qy_hold(QY_HELD_FRAG, begin, bytes), bytes, GFP_ATOMIC);
}

void *__page_frag_alloc_align(
	struct page_frag_cache *nc, unsigned int size, gfp_t gfp, unsigned int align_mask)
{
	/* what behind it is not asked for is nobody's */
	unsigned int bytes = ALIGN(size, KASAN_GRANULE);

	if (qy_refuses(QY_HELD_FRAG, gfp, size))
		return NULL;
	if (!nc->va && !refill(nc, gfp))
		return NULL;
	if (nc->offset < bytes) {
		struct page *page = virt_to_page(nc->va);

		if (page_count(page) == 1) { /* all have come back */
			nc->offset = nc->size;
		} else {
			page_frag_cache_drain(nc);
			if (!refill(nc, gfp))
				return NULL;
		}
		if (nc->size < bytes)
			return NULL;
	}
	nc->offset = (nc->offset - bytes) & align_mask;
	return note((char *)nc->va + nc->offset, size);
}

void *__netdev_alloc_frag_align(unsigned int size, unsigned int align_mask)
{
	return __page_frag_alloc_align(&net_of(qy_compat_world())->netdev_frags,
		(unsigned int)SKB_DATA_ALIGN(size), GFP_ATOMIC, align_mask);
}

void *__napi_alloc_frag_align(unsigned int size, unsigned int align_mask)
{
	return __page_frag_alloc_align(&net_of(qy_compat_world())->napi_frags,
		(unsigned int)SKB_DATA_ALIGN(size), GFP_ATOMIC, align_mask);
}

/* A reference of a page that @addr lies in. */
static void put_reference(struct page *page, const void *addr)
{
	page = compound_head(page);
	if (block_of(page)) {
		if (!qy_compat_frag_gone(addr))
			qy_is_there(addr); /* twice, which is told */
		put_block(page);
	} else {
		put_page(page);
	}
}

void page_frag_free(void *addr)
{
	put_reference(virt_to_page(addr), addr);
}

/* ------------------------------------------------------------------ pages behind a packet */

void __skb_frag_unref(skb_frag_t *frag, bool recycle)
{
	if (recycle && qy_compat_pool_recycle(compound_head(frag->page)))
		return;
	put_reference(frag->page, skb_frag_address(frag));
}

void skb_add_rx_frag(struct sk_buff *skb, int i, struct page *page, int off, int size,
	unsigned int truesize)
{
	BUG_ON(i >= MAX_SKB_FRAGS);
	skb_fill_page_desc(skb, i, page, off, size);
	skb->len += (unsigned int)size;
	skb->data_len += (unsigned int)size;
	skb->truesize += truesize;
}

void skb_coalesce_rx_frag(struct sk_buff *skb, int i, int size, unsigned int truesize)
{
	skb_shinfo(skb)->frags[i].len += (unsigned int)size;
	skb->len += (unsigned int)size;
	skb->data_len += (unsigned int)size;
	skb->truesize += truesize;
}

/* Calls @piece for the parts of [offset, offset + len), in their order. Return: bytes that were not there. */
static int each_piece(const struct sk_buff *skb, int offset, int len,
	void (*piece)(void *arg, char *at, int n), void *arg)
{
	const struct skb_shared_info *shinfo = skb_shinfo(skb);
	const struct sk_buff *iter;
	int begin = (int)skb_headlen(skb), n = min(begin - offset, len);

	if (n > 0) {
		piece(arg, (char *)skb->data + offset, n);
		offset += n;
		len -= n;
	}
	for (int i = 0; i < shinfo->nr_frags && len > 0; i++) {
		const skb_frag_t *frag = &shinfo->frags[i];
		int size = (int)skb_frag_size(frag);

		n = min(begin + size - offset, len);
		if (n > 0) {
			piece(arg, (char *)skb_frag_address(frag) + offset - begin, n);
			offset += n;
			len -= n;
		}
		begin += size;
	}
	skb_walk_frags(skb, iter)
	{
		int size = (int)iter->len;

		n = min(begin + size - offset, len);
		if (n > 0) {
			each_piece(iter, offset - begin, n, piece, arg);
			offset += n;
			len -= n;
		}
		begin += size;
	}
	return len;
}

static void copy_from(void *arg, char *at, int n)
{
	char **to = arg;

	qy_touches(at, (size_t)n, false);
	memcpy(*to, at, (size_t)n);
	*to += n;
}

static void copy_to(void *arg, char *at, int n)
{
	const char **from = arg;

	qy_touches(at, (size_t)n, true);
	memcpy(at, *from, (size_t)n);
	*from += n;
}

int skb_copy_bits(const struct sk_buff *skb, int offset, void *to, int len)
{
	if (offset < 0 || offset > (int)skb->len - len)
		return -EFAULT;
	qy_touches(to, (size_t)len, true);
	return each_piece(skb, offset, len, copy_from, &to) ? -EFAULT : 0;
}

int skb_store_bits(struct sk_buff *skb, int offset, const void *from, int len)
{
	if (offset < 0 || offset > (int)skb->len - len)
		return -EFAULT;
	return each_piece(skb, offset, len, copy_to, &from) ? -EFAULT : 0;
}

static void add_sum(void *arg, char *at, int n)
{
	struct {
		__wsum sum;
		int done;
	} *so_far = arg;

	qy_touches(at, (size_t)n, false);
	so_far->sum = csum_block_add(so_far->sum, csum_partial(at, n, 0), so_far->done);
	so_far->done += n;
}

__wsum skb_checksum(const struct sk_buff *skb, int offset, int len, __wsum csum)
{
	struct {
		__wsum sum;
		int done;
	} so_far = { csum, 0 };

	each_piece(skb, offset, len, add_sum, &so_far);
	return so_far.sum;
}

int skb_checksum_help(struct sk_buff *skb)
{
	int start = skb_checksum_start_offset(skb);
	__sum16 sum;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return 0;
	sum = csum_fold(skb_checksum(skb, start, (int)skb->len - start, 0));
	sum = sum ? sum : CSUM_MANGLED_0;
	skb->ip_summed = CHECKSUM_NONE;
	return skb_store_bits(skb, start + skb->csum_offset, &sum, sizeof(sum)) ? -EINVAL
										: 0;
}

void skb_copy_and_csum_dev(const struct sk_buff *skb, u8 *to)
{
	int start = skb_checksum_start_offset(skb);
	__sum16 sum;

	skb_copy_bits(skb, 0, to, (int)skb->len);
	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return;
	sum = csum_fold(csum_partial(to + start, (int)skb->len - start, 0));
	memcpy(to + start + skb->csum_offset, &sum, sizeof(sum));
}

struct list_of {
	struct scatterlist *at, *last;
	bool full;
};

static void add_entry(void *arg, char *at, int n)
{
	struct list_of *list = arg;

	if (!list->at) {
		list->full = true;
		return;
	}
	sg_set_page(list->at, virt_to_page(at), (unsigned int)n, offset_in_page(at));
	list->last = list->at;
	list->at = sg_next(list->at);
}

int skb_to_sgvec(struct sk_buff *skb, struct scatterlist *sg, int offset, int len)
{
	struct list_of list = { sg, NULL, false };
	int nr = 0;

	if (each_piece(skb, offset, len, add_entry, &list) || list.full)
		return -EMSGSIZE;
	for (; list.last; sg = sg_next(sg)) {
		nr++;
		if (sg == list.last)
			break;
	}
	if (list.last)
		sg_mark_end(list.last);
	return nr;
}

/* ------------------------------------------------------------------ shorter, and linear */

/* @eaten bytes leave its pages, at their begin. */
static void eat_front(struct sk_buff *skb, unsigned int eaten)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int nr = 0;

	for (unsigned int i = 0; i < shinfo->nr_frags; i++) {
		skb_frag_t frag = shinfo->frags[i];
		unsigned int n = min(frag.len, eaten);

		eaten -= n;
		if (n == frag.len) {
			__skb_frag_unref(&frag, skb->pp_recycle);
			continue;
		}
		frag.offset += n;
		frag.len -= n;
		shinfo->frags[nr++] = frag;
	}
	shinfo->nr_frags = (u8)nr;
	while (eaten && shinfo->frag_list) {
		struct sk_buff *first = shinfo->frag_list;

		if (first->len > eaten) {
			BUG_ON(!pskb_pull(first, eaten));
			return;
		}
		eaten -= first->len;
		shinfo->frag_list = first->next;
		first->next = NULL;
		consume_skb(first);
	}
}

void *__pskb_pull_tail(struct sk_buff *skb, int delta)
{
	int more = (int)(skb->tail + (unsigned int)delta) - (int)skb->end;

	if ((more > 0 || skb_cloned(skb)) &&
		pskb_expand_head(skb, 0, more > 0 ? more + 128 : 0, GFP_ATOMIC))
		return NULL;
	BUG_ON(skb_copy_bits(skb, (int)skb_headlen(skb), skb_tail_pointer(skb), delta));
	eat_front(skb, (unsigned int)delta);
	skb->tail += (unsigned int)delta;
	skb->data_len -= (unsigned int)delta;
	return skb_tail_pointer(skb);
}

int ___pskb_trim(struct sk_buff *skb, unsigned int len)
{
	struct skb_shared_info *shinfo = skb_shinfo(skb);
	unsigned int begin = skb_headlen(skb), nr = 0;

	if (skb_cloned(skb)) {
		int error = pskb_expand_head(skb, 0, 0, GFP_ATOMIC);

		if (error)
			return error;
		shinfo = skb_shinfo(skb);
	}
	if (len <= begin)
		skb_set_tail_pointer(skb, (int)len);
	for (unsigned int i = 0; i < shinfo->nr_frags; i++) {
		skb_frag_t *frag = &shinfo->frags[i];

		if (begin >= len) {
			__skb_frag_unref(frag, skb->pp_recycle);
			continue;
		}
		nr++;
		if (begin + frag->len > len)
			frag->len = len - begin;
		begin += frag->len;
	}
	shinfo->nr_frags = (u8)nr;
	for (struct sk_buff **at = &shinfo->frag_list; *at;) {
		struct sk_buff *part = *at;

		if (begin >= len) {
			*at = NULL;
			kfree_skb_list(part);
			break;
		}
		if (begin + part->len > len && ___pskb_trim(part, len - begin))
			return -ENOMEM;
		begin += part->len;
		at = &part->next;
	}
	skb->len = len;
	skb->data_len = len - (unsigned int)(skb_tail_pointer(skb) - skb->data);
	return 0;
}

int __skb_pad(struct sk_buff *skb, int pad, bool free_on_error)
{
	int more = (int)skb->data_len + (int)skb->tail + pad - (int)skb->end;

	if (!skb_cloned(skb) && skb_tailroom(skb) >= pad) {
		memset(skb_tail_pointer(skb), 0, (size_t)pad);
		qy_touches(skb_tail_pointer(skb), (size_t)pad, true);
		return 0;
	}
	if (((skb_cloned(skb) || more > 0) &&
		    pskb_expand_head(skb, 0, more > 0 ? more : 0, GFP_ATOMIC)) ||
		skb_linearize(skb)) {
		if (free_on_error)
			kfree_skb(skb);
		return -ENOMEM;
	}
	memset(skb->data + skb->len, 0, (size_t)pad);
	qy_touches(skb->data + skb->len, (size_t)pad, true);
	return 0;
}
