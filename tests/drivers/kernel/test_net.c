// SPDX-License-Identifier: MIT
/* Packets, network devices, NAPI and pools of pages, as a driver uses them. */
#define TEST_KASAN true
#include <linux/etherdevice.h>
#include <net/page_pool/helpers.h>
#include "tests/drivers/kernel/world.h"

/* ------------------------------------------------------------------ packets */

/* What kernels of 6.12 on x86-64 have, by their formula; 1500 bytes are a frame's. */
WORLD(skbuff, a_packet_costs_what_it_costs_on_linux)
{
	static const struct {
		unsigned int asked, end, truesize;
	} kmalloced[] = { { 60, 384, 960 }, { 384, 384, 960 }, { 385, 704, 1280 },
		{ 1500, 1728, 2304 }, { 1728, 1728, 2304 }, { 1729, 3776, 4352 } };
	struct sk_buff *skb;

	for (size_t i = 0; i < ARRAY_SIZE(kmalloced); i++) {
		skb = alloc_skb(kmalloced[i].asked, GFP_KERNEL);
		CHECK_EQ(skb_end_offset(skb), kmalloced[i].end);
		CHECK_EQ(skb->truesize, kmalloced[i].truesize);
		kfree_skb(skb);
	}
	/* for a driver's ring: 64 bytes in front, from a fragment of a page */
	skb = netdev_alloc_skb(NULL, 1536);
	CHECK_EQ(skb_headroom(skb), NET_SKB_PAD);
	CHECK_EQ(skb_tailroom(skb), 1536);
	CHECK_EQ(skb->head_frag, 1);
	CHECK_EQ(skb->truesize, 2176);
	kfree_skb(skb);
	CHECK_EQ(SKB_TRUESIZE(0), 576);
}

WORLD(skbuff, bytes_are_put_pushed_pulled_and_trimmed)
{
	struct sk_buff *skb = alloc_skb(128, GFP_KERNEL), *copy;
	u8 bytes[16];

	skb_reserve(skb, 32);
	memcpy(skb_put(skb, 8), "payload", 8);
	memcpy(skb_push(skb, 4), "head", 4);
	CHECK_EQ(skb->len, 12);
	CHECK_EQ(skb_headroom(skb), 28);
	CHECK_EQ(skb_copy_bits(skb, 2, bytes, 6), 0);
	CHECK(!memcmp(bytes, "adpayl", 6));
	CHECK_EQ(skb_copy_bits(skb, 8, bytes, 5), -EFAULT);
	copy = skb_copy(skb, GFP_KERNEL);
	CHECK(!memcmp(copy->data, "headpayload", 12));
	skb_pull(skb, 4);
	skb_trim(skb, 3);
	CHECK_EQ(skb->len, 3);
	CHECK(!skb_pull(skb, 4));
	CHECK_EQ(eth_skb_pad(skb), 0);
	CHECK_EQ(skb->len, ETH_ZLEN);
	CHECK_EQ(skb->data[59], 0);
	kfree_skb(skb);
	kfree_skb(copy);
}

WORLD(skbuff, a_clone_shares_bytes_until_one_wants_its_own)
{
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL), *clone;

	skb_put_zero(skb, 8);
	clone = skb_clone(skb, GFP_KERNEL);
	CHECK(clone->head == skb->head && skb_cloned(skb));
	CHECK_EQ(skb_cow_head(clone, 0), 0);
	CHECK(clone->head != skb->head && !skb_cloned(clone) && !skb_cloned(skb));
	clone->data[0] = 1;
	CHECK_EQ(skb->data[0], 0);
	skb_get(skb);
	kfree_skb(skb);
	consume_skb(skb);
	kfree_skb(clone);
}

static struct sk_buff *with_pages(unsigned int linear, unsigned int paged)
{
	struct sk_buff *skb = alloc_skb(linear, GFP_KERNEL);
	unsigned int done = 0;

	for (unsigned int i = 0; i < linear; i++)
		skb_put_u8(skb, (u8)done++);
	for (int i = 0; i < 2; i++) {
		struct page *page = alloc_page(GFP_KERNEL);
		u8 *at = (u8 *)page_address(page) + 100;

		for (unsigned int n = 0; n < paged / 2; n++)
			at[n] = (u8)done++;
		skb_add_rx_frag(skb, i, page, 100, (int)paged / 2, PAGE_SIZE);
	}
	return skb;
}

WORLD(skbuff, bytes_in_pages_are_the_packets)
{
	struct sk_buff *skb = with_pages(10, 20), *copy = NULL;
	u8 bytes[30];

	CHECK_EQ(skb->len, 30);
	CHECK_EQ(skb_headlen(skb), 10);
	CHECK_EQ(skb_copy_bits(skb, 0, bytes, 30), 0);
	for (int i = 0; i < 30; i++)
		CHECK_EQ(bytes[i], i);
	copy = __pskb_copy(skb, 32, GFP_KERNEL);
	CHECK(pskb_may_pull(skb, 15));
	CHECK_EQ(skb_headlen(skb), 15);
	CHECK_EQ(skb->data[14], 14);
	CHECK_EQ(skb_shinfo(skb)->nr_frags, 2);
	CHECK_EQ(csum_fold(skb_checksum(skb, 1, 29, 0)), ip_compute_csum(bytes + 1, 29));
	CHECK_EQ(pskb_trim(skb, 22), 0);
	CHECK_EQ(skb_linearize(skb), 0);
	CHECK(!skb_is_nonlinear(skb) && skb->len == 22 && skb->data[21] == 21);
	CHECK_EQ(skb_copy_bits(copy, 20, bytes, 10), 0);
	CHECK_EQ(bytes[9], 29);
	kfree_skb(skb);
	kfree_skb(copy);
}

WORLD(skbuff, queues_keep_their_order)
{
	struct sk_buff_head list;
	struct sk_buff *skb;

	skb_queue_head_init(&list);
	for (int i = 0; i < 4; i++) {
		skb = alloc_skb(16, GFP_KERNEL);
		skb->mark = (u32)i;
		if (i & 1)
			skb_queue_tail(&list, skb);
		else
			skb_queue_head(&list, skb);
	}
	CHECK_EQ(skb_queue_len(&list), 4);
	CHECK_EQ(skb_peek(&list)->mark, 2);
	CHECK_EQ(skb_peek_tail(&list)->mark, 3);
	kfree_skb(skb_dequeue(&list));
	CHECK_EQ(skb_peek(&list)->mark, 0);
	skb_queue_purge(&list);
	CHECK(skb_queue_empty(&list));
}

/* A block of 32 KiB is cut from its end; it goes when the cache has the next one, and all have come back. */
WORLD(skbuff, fragments_lie_in_one_block)
{
	char *first = netdev_alloc_frag(2048), *at = first;

	for (int i = 1; i < 16; i++) {
		char *next = netdev_alloc_frag(2000);

		CHECK_EQ(at - next, 2048); /* in lines of the cache */
		at = next;
	}
	CHECK(compound_head(virt_to_page(at)) == compound_head(virt_to_page(first)));
	CHECK_EQ(page_count(virt_to_page(first)), 17);
	for (int i = 0; i < 16; i++)
		skb_free_frag(first - 2048 * i);
	CHECK(netdev_alloc_frag(2048) == first);
	page_frag_free(first);
}

static void free_twice(void)
{
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);

	kfree_skb(skb);
	kfree_skb(skb);
	CHECK_EQ(test_log("BUG: KASAN: "), 1);
	CHECK_EQ(test_log("skbuff_head_cache of size 232"), 1);
	test_forget(1);
}

TEST(skbuff, a_packet_that_is_freed_twice_is_told)
{
	test_run(free_twice, NULL);
}

static void overflow(void)
{
	struct sk_buff *skb = alloc_skb(64, GFP_KERNEL);

	test_echo = true;
	skb_reserve(skb, 16);
	skb_put(skb, skb_tailroom(skb) + 1);
}

static void over_the_end(void)
{
	test_run(overflow, NULL);
}

TEST(skbuff, more_than_there_is_room_for_ends_the_run)
{
	DEATH("tail:0x181 end:0x180 dev:<NULL>", over_the_end());
	DEATH("kernel BUG at net/core/skbuff.c:206!", over_the_end());
}

/* ------------------------------------------------------------------ devices */

struct wire {
	struct napi_struct napi;
	struct sk_buff_head queue;
	unsigned int polls;
};

static netdev_tx_t wire_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct wire *wire = netdev_priv(dev);

	skb_queue_tail(&wire->queue, skb);
	if (skb_queue_len(&wire->queue) == 4)
		netif_stop_queue(dev);
	napi_schedule(&wire->napi);
	return NETDEV_TX_OK;
}

static int wire_poll(struct napi_struct *napi, int budget)
{
	struct wire *wire = container_of(napi, struct wire, napi);
	struct sk_buff *skb;
	int work = 0;

	wire->polls++;
	while (work < budget && (skb = skb_dequeue(&wire->queue))) {
		skb_orphan(skb);
		skb->protocol = eth_type_trans(skb, napi->dev);
		napi_gro_receive(napi, skb);
		work++;
	}
	netif_wake_queue(napi->dev);
	if (work < budget)
		napi_complete_done(napi, work);
	return work;
}

static int wire_open(struct net_device *dev)
{
	napi_enable(&((struct wire *)netdev_priv(dev))->napi);
	netif_start_queue(dev);
	return 0;
}

static int wire_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	napi_disable(&((struct wire *)netdev_priv(dev))->napi);
	return 0;
}

static const struct net_device_ops wire_ops = { .ndo_open = wire_open,
	.ndo_stop = wire_stop,
	.ndo_start_xmit = wire_xmit,
	.ndo_validate_addr = eth_validate_addr };
static const struct net_device_ops careless_ops = { .ndo_open = wire_open,
	.ndo_start_xmit = wire_xmit };

static struct net_device *new_wire(const struct net_device_ops *ops)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct wire));
	struct wire *wire = netdev_priv(dev);

	dev->netdev_ops = ops;
	eth_hw_addr_random(dev);
	skb_queue_head_init(&wire->queue);
	netif_napi_add(dev, &wire->napi, wire_poll);
	CHECK_EQ(register_netdev(dev), 0);
	return dev;
}

WORLD(netdev, what_is_sent_comes_back_by_napi)
{
	struct net_device *dev = new_wire(&wire_ops);
	struct qy_world_netdev seen;

	CHECK_STR_EQ(dev->name, "eth0");
	CHECK_EQ(qy_world_net_send(test_world.w, "eth0", 60, false), -ENETDOWN);
	CHECK_EQ(qy_world_net_up(test_world.w, "eth0"), 0);
	CHECK_EQ(qy_world_net_send(test_world.w, "eth0", 60, false), 0);
	CHECK_EQ(qy_world_net_send(test_world.w, "eth0", 1514, true), 0);
	msleep(1);
	CHECK(qy_world_netdev(test_world.w, 0, &seen));
	CHECK_EQ(seen.tx_frames, 2);
	CHECK_EQ(seen.tx_freed, 2);
	CHECK_EQ(seen.rx_frames, 2);
	CHECK_EQ(seen.rx_bytes, 60 + 1514 - 2 * ETH_HLEN);
	CHECK(!seen.stopped && seen.up);
	CHECK_EQ(qy_world_net_down(test_world.w, "eth0"), 0);
	CHECK(!netif_running(dev));
	unregister_netdev(dev);
	CHECK(!qy_world_netdev(test_world.w, 0, &seen));
	free_netdev(dev);
}

static void left_enabled(void)
{
	struct net_device *dev = new_wire(&careless_ops);

	CHECK_EQ(qy_world_net_up(test_world.w, "eth0"), 0);
	unregister_netdev(dev);
	CHECK_EQ(test_log("WARNING: netdevice: eth0: unregistered with NAPI enabled"), 1);
	napi_disable(&((struct wire *)netdev_priv(dev))->napi);
	free_netdev(dev);
	test_forget(1);
}

TEST(netdev, napi_that_is_left_enabled_is_told)
{
	test_run(left_enabled, NULL);
}

static void free_early(void)
{
	test_echo = true;
	free_netdev(new_wire(&wire_ops));
}

static void free_before_unregister(void)
{
	test_run(free_early, NULL);
}

TEST(netdev, one_that_is_registered_is_not_freed)
{
	DEATH("kernel BUG at net/core/dev.c:", free_before_unregister());
}

/* ------------------------------------------------------------------ contexts */

static struct sk_buff *sent;
static unsigned int nr_heard;

static void hear(struct sk_buff *skb)
{
	(void)skb;
	nr_heard++;
}

static irqreturn_t free_it(int irq, void *data)
{
	(void)irq;
	if (data)
		dev_kfree_skb_irq(sent);
	else
		kfree_skb(sent);
	return IRQ_HANDLED;
}

static void free_in_interrupt(void *how)
{
	nr_heard = 0;
	sent = alloc_skb(64, GFP_KERNEL);
	sent->destructor = hear;
	CHECK_EQ(request_irq(TEST_IRQ, free_it, IRQF_SHARED, "test", how), 0);
	test_raise(1000);
	msleep(1);
	free_irq(TEST_IRQ, how);
	CHECK_EQ(nr_heard, 1);
}

WORLD(netdev, a_sent_packet_goes_a_moment_later_from_an_interrupt)
{
	free_in_interrupt(&sent);
}

static void wrongly(void)
{
	int irq = request_irq(TEST_IRQ, free_it, 0, "test", NULL);

	CHECK_EQ(irq, 0);
	sent = alloc_skb(64, GFP_KERNEL);
	sent->destructor = hear;
	test_raise(1000);
	msleep(1);
	free_irq(TEST_IRQ, NULL);
	CHECK_EQ(test_log("WARNING: "), 1);
	test_forget(1);
}

TEST(netdev, a_sent_packet_that_an_interrupt_frees_is_told)
{
	test_run(wrongly, NULL);
}

/* ------------------------------------------------------------------ pools of pages */

WORLD(page_pool, a_page_comes_back_with_its_packet)
{
	struct page_pool_params params = { .nid = NUMA_NO_NODE, .pool_size = 4 };
	struct page_pool *pool = page_pool_create(&params);
	struct page *page = page_pool_dev_alloc_pages(pool), *other;
	struct sk_buff *skb = napi_build_skb(page_address(page), PAGE_SIZE);
	unsigned int offset;

	skb_mark_for_recycle(skb);
	CHECK_EQ(skb->truesize, PAGE_SIZE + SKB_DATA_ALIGN(sizeof(*skb)));
	other = page_pool_dev_alloc_pages(pool);
	skb_add_rx_frag(skb, 0, other, 0, 1000, PAGE_SIZE);
	kfree_skb(skb);
	CHECK(page_pool_dev_alloc_pages(pool) == page); /* the last one that came */
	CHECK(page_pool_dev_alloc_pages(pool) == other);
	page_pool_recycle_direct(pool, page);
	page_pool_put_full_page(pool, other, false);
	page = page_pool_dev_alloc_frag(pool, &offset, 1024);
	CHECK_EQ(offset, 0);
	CHECK(page_pool_dev_alloc_frag(pool, &offset, 1024) == page);
	CHECK_EQ(offset, 1024);
	page_pool_put_full_page(pool, page, false);
	page_pool_put_full_page(pool, page, false);
	page_pool_destroy(pool);
	params.flags = PP_FLAG_DMA_SYNC_DEV;
	CHECK_EQ(PTR_ERR(page_pool_create(&params)), -EINVAL);
}

static void past_its_pool(void)
{
	struct page_pool_params params = { .nid = NUMA_NO_NODE };
	struct page_pool *pool = page_pool_create(&params);
	struct page *page = page_pool_dev_alloc_pages(pool);
	struct page *late = page_pool_dev_alloc_pages(pool);

	put_page(page);
	CHECK_EQ(test_log("BUG: Bad page state in process test"), 1);
	CHECK_EQ(test_log("page dumped because: page_pool leak"), 1);
	page_pool_destroy(pool);
	CHECK_EQ(test_log("1 inflight"), 1);
	page_pool_put_full_page(pool, late, false);
	test_forget(1);
}

TEST(page_pool, a_page_that_goes_past_its_pool_is_told)
{
	test_run(past_its_pool, NULL);
}
