// SPDX-License-Identifier: MIT
/*
 * A network device whose cable comes back to itself: each frame that is sent is received again. A ring to send, mapped for the
 * device; pages of a pool for what comes; NAPI between the interrupt and the stack.
 *
 * Locking: xmit is serialised by the queue's lock, poll by NAPI; head is xmit's, tail is poll's.
 */
#include <linux/etherdevice.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/platform_device.h>
#include <net/page_pool/helpers.h>

#define RING     16
#define HEADROOM (NET_SKB_PAD + NET_IP_ALIGN)

struct slot {
	struct sk_buff *skb;
	dma_addr_t dma;
};

struct echo {
	struct net_device *ndev;
	struct device *dev;
	struct napi_struct napi;
	struct page_pool *pool;
	struct slot ring[RING];
	unsigned int head, tail;
	int irq;
};

static unsigned int nr_used(const struct echo *echo)
{
	return echo->head - echo->tail;
}

static netdev_tx_t echo_xmit(struct sk_buff *skb, struct net_device *ndev)
{
	struct echo *echo = netdev_priv(ndev);
	struct slot *slot = &echo->ring[echo->head % RING];

	if (skb_put_padto(skb, ETH_ZLEN)) {
		ndev->stats.tx_dropped++;
		return NETDEV_TX_OK;
	}
	slot->dma = dma_map_single(echo->dev, skb->data, skb->len, DMA_TO_DEVICE);
	if (dma_mapping_error(echo->dev, slot->dma)) {
		dev_kfree_skb_any(skb);
		ndev->stats.tx_dropped++;
		return NETDEV_TX_OK;
	}
	slot->skb = skb;
	echo->head++;
	netdev_sent_queue(ndev, skb->len);
	if (nr_used(echo) == RING)
		netif_stop_queue(ndev);
	return NETDEV_TX_OK;
}

/* What the device would have written into a page of ours. */
static void receive(struct echo *echo, const struct sk_buff *sent)
{
	struct net_device *ndev = echo->ndev;
	struct page *page = page_pool_dev_alloc_pages(echo->pool);
	struct sk_buff *skb;

	if (!page) {
		ndev->stats.rx_dropped++;
		return;
	}
	page_pool_dma_sync_for_cpu(echo->pool, page, 0, sent->len);
	skb = napi_build_skb(page_address(page), PAGE_SIZE);
	if (!skb) {
		page_pool_recycle_direct(echo->pool, page);
		ndev->stats.rx_dropped++;
		return;
	}
	skb_mark_for_recycle(skb);
	skb_reserve(skb, HEADROOM);
	skb_put_data(skb, sent->data, sent->len);
	skb->protocol = eth_type_trans(skb, ndev);
	ndev->stats.rx_packets++;
	ndev->stats.rx_bytes += sent->len;
	napi_gro_receive(&echo->napi, skb);
}

static int echo_poll(struct napi_struct *napi, int budget)
{
	struct echo *echo = container_of(napi, struct echo, napi);
	unsigned int bytes = 0;
	int work = 0;

	while (work < budget && nr_used(echo)) {
		struct slot *slot = &echo->ring[echo->tail % RING];

		dma_unmap_single(echo->dev, slot->dma, slot->skb->len, DMA_TO_DEVICE);
		receive(echo, slot->skb);
		bytes += slot->skb->len;
		napi_consume_skb(slot->skb, budget);
		slot->skb = NULL;
		echo->tail++;
		work++;
	}
	netdev_completed_queue(echo->ndev, work, bytes);
	if (work && netif_queue_stopped(echo->ndev))
		netif_wake_queue(echo->ndev);
	if (work < budget)
		napi_complete_done(napi, work);
	return work;
}

static irqreturn_t echo_irq(int irq, void *data)
{
	struct echo *echo = data;

	napi_schedule(&echo->napi);
	return IRQ_HANDLED;
}

static int echo_open(struct net_device *ndev)
{
	struct echo *echo = netdev_priv(ndev);
	struct page_pool_params params = {
		.flags = PP_FLAG_DMA_MAP | PP_FLAG_DMA_SYNC_DEV,
		.pool_size = RING,
		.nid = NUMA_NO_NODE,
		.dev = echo->dev,
		.dma_dir = DMA_FROM_DEVICE,
		.offset = HEADROOM,
		.max_len = ETH_FRAME_LEN,
	};
	int error;

	echo->pool = page_pool_create(&params);
	if (IS_ERR(echo->pool))
		return PTR_ERR(echo->pool);
	napi_enable(&echo->napi);
	error = request_irq(echo->irq, echo_irq, 0, ndev->name, echo);
	if (error) {
		napi_disable(&echo->napi);
		page_pool_destroy(echo->pool);
		return error;
	}
	netif_start_queue(ndev);
	return 0;
}

static int echo_stop(struct net_device *ndev)
{
	struct echo *echo = netdev_priv(ndev);

	netif_stop_queue(ndev);
	free_irq(echo->irq, echo);
	napi_disable(&echo->napi);
	while (nr_used(echo)) {
		struct slot *slot = &echo->ring[echo->tail++ % RING];

		dma_unmap_single(echo->dev, slot->dma, slot->skb->len, DMA_TO_DEVICE);
		dev_kfree_skb(slot->skb);
	}
	netdev_reset_queue(ndev);
	page_pool_destroy(echo->pool);
	return 0;
}

static const struct net_device_ops echo_ops = {
	.ndo_open = echo_open,
	.ndo_stop = echo_stop,
	.ndo_start_xmit = echo_xmit,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_set_mac_address = eth_mac_addr,
};

static int echo_probe(struct platform_device *pdev)
{
	struct net_device *ndev = alloc_etherdev(sizeof(struct echo));
	struct echo *echo;
	int error;

	if (!ndev)
		return -ENOMEM;
	SET_NETDEV_DEV(ndev, &pdev->dev);
	platform_set_drvdata(pdev, ndev);
	echo = netdev_priv(ndev);
	echo->ndev = ndev;
	echo->dev = &pdev->dev;
	echo->irq = platform_get_irq(pdev, 0);
	error = echo->irq < 0 ? echo->irq
			      : dma_set_mask_and_coherent(echo->dev, DMA_BIT_MASK(32));
	if (error)
		goto free;
	ndev->netdev_ops = &echo_ops;
	eth_hw_addr_random(ndev);
	netif_napi_add(ndev, &echo->napi, echo_poll);
	error = register_netdev(ndev);
	if (error)
		goto free;
	return 0;
free:
	free_netdev(ndev);
	return error;
}

static void echo_remove(struct platform_device *pdev)
{
	struct net_device *ndev = platform_get_drvdata(pdev);

	unregister_netdev(ndev);
	free_netdev(ndev);
}

static const struct of_device_id echo_ids[] = { { .compatible = "qy,echo" }, {} };
MODULE_DEVICE_TABLE(of, echo_ids);

static struct platform_driver echo_driver = {
	.probe = echo_probe,
	.remove = echo_remove,
	.driver = { .name = "echo", .of_match_table = echo_ids },
};
module_platform_driver(echo_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("A network device whose cable comes back to itself");
