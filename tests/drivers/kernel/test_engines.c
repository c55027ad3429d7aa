// SPDX-License-Identifier: MIT
/* DMA engines and FPGAs: providers, who uses them, what both leave. */
#include <linux/dma-mapping.h>
#include <linux/fpga/fpga-region.h>
#include <linux/module.h>
#include <linux/of_dma.h>
#include <linux/platform_device.h>
#include <linux/vmalloc.h>
#include "tests/drivers/kernel/world.h"

static void (*in_probe)(struct device *dev);
static int engine_probe(struct platform_device *pdev)
{
	in_probe(&pdev->dev);
	return 0;
}
static const struct of_device_id engine_of[] = { { .compatible = "acme,engine" }, {} };
static struct platform_driver engine_driver = { .probe = engine_probe,
	.driver = { .name = "engine", .of_match_table = engine_of } };

static void made_up(void)
{
	CHECK_EQ(__platform_driver_register(&engine_driver, NULL), 0);
	CHECK(qy_world_add_device(test_world.w, "engine", "acme,engine") >= 0);
	platform_driver_unregister(&engine_driver);
}

/* ------------------------------------------------------------------ DMA engines */

static struct engine {
	struct dma_device dma;
	struct dma_chan chan[2];
	struct dma_async_tx_descriptor *tx; /* that is submitted */
	int nr_allocated, nr_issued, nr_terminated, nr_released;
} engine;

static int engine_alloc(struct dma_chan *chan)
{
	(void)chan;
	engine.nr_allocated++;
	return 0;
}

static void engine_free(struct dma_chan *chan)
{
	(void)chan;
	engine.nr_allocated--;
}

static dma_cookie_t engine_submit(struct dma_async_tx_descriptor *tx)
{
	engine.tx = tx;
	return tx->cookie = ++tx->chan->cookie;
}

static struct dma_async_tx_descriptor *engine_memcpy(struct dma_chan *chan,
	dma_addr_t dst, dma_addr_t src, size_t len, unsigned long flags)
{
	struct dma_async_tx_descriptor *tx = kzalloc(sizeof(*tx), GFP_NOWAIT);

	CHECK(dst && src && dst != src && len && flags & DMA_PREP_INTERRUPT);
	dma_async_tx_descriptor_init(tx, chan);
	tx->tx_submit = engine_submit;
	return tx;
}

static void engine_issue(struct dma_chan *chan)
{
	(void)chan;
	engine.nr_issued++;
}

static enum dma_status engine_status(
	struct dma_chan *chan, dma_cookie_t cookie, struct dma_tx_state *state)
{
	(void)state;
	return dma_async_is_complete(cookie, chan->completed_cookie, chan->cookie);
}

static int engine_terminate(struct dma_chan *chan)
{
	(void)chan;
	kfree(engine.tx);
	engine.tx = NULL;
	engine.nr_terminated++;
	return 0;
}

static void engine_release(struct dma_device *dma)
{
	CHECK(dma == &engine.dma);
	engine.nr_released++;
}

static void set_up(struct device *dev)
{
	memset(&engine, 0, sizeof(engine));
	engine.dma.dev = dev;
	engine.dma.directions = BIT(DMA_MEM_TO_DEV);
	INIT_LIST_HEAD(&engine.dma.channels);
	for (int i = 0; i < 2; i++)
		list_add_tail(&engine.chan[i].device_node, &engine.dma.channels);
	dma_cap_set(DMA_MEMCPY, engine.dma.cap_mask);
	dma_cap_set(DMA_SLAVE, engine.dma.cap_mask);
	engine.dma.device_alloc_chan_resources = engine_alloc;
	engine.dma.device_free_chan_resources = engine_free;
	engine.dma.device_issue_pending = engine_issue;
	engine.dma.device_tx_status = engine_status;
	engine.dma.device_terminate_all = engine_terminate;
	engine.dma.device_release = engine_release;
}

static void copy(struct device *dev)
{
	struct dma_chan *chan, *other;
	struct dma_slave_caps caps;
	dma_cap_mask_t xor = { { 0 } };

	dma_cap_set(DMA_XOR, xor);
	set_up(dev);
	CHECK_EQ(dma_async_device_register(&engine.dma), -EIO); /* it cannot copy */
	engine.dma.device_prep_dma_memcpy = engine_memcpy;
	CHECK_EQ(PTR_ERR(dma_request_chan(dev, "tx")), -ENODEV);
	CHECK_EQ(dma_async_device_register(&engine.dma), 0);
	CHECK_EQ(engine.dma.chancnt, 2);
	CHECK(dma_request_channel(xor, NULL, NULL) == NULL);

	chan = dma_request_chan(dev, "tx");
	CHECK(chan == &engine.chan[0] && chan->client_count == 1);
	CHECK_EQ(engine.nr_allocated, 1);
	CHECK(!strncmp(dma_chan_name(chan), "dma", 3));
	CHECK_EQ(dma_get_slave_caps(chan, &caps), 0);
	CHECK(caps.cmd_terminate && !caps.cmd_pause);
	CHECK(dma_get_slave_channel(chan) == NULL);
	other = dma_get_any_slave_channel(&engine.dma);
	CHECK(other == &engine.chan[1]);
	CHECK(dma_get_any_slave_channel(&engine.dma) == NULL);
	dma_release_channel(other);

	qy_world_clients(test_world.w, true); /* of the other */
	CHECK_EQ(other->client_count, 1);
	CHECK_EQ(engine.nr_issued, 1);
	CHECK_EQ(dmaengine_tx_status(other, engine.tx->cookie, NULL), DMA_IN_PROGRESS);
	qy_world_clients(test_world.w, false);
	CHECK_EQ(engine.nr_terminated, 1);
	CHECK_EQ(other->client_count, 0);
	dma_release_channel(chan);
	CHECK_EQ(engine.nr_allocated, 0);
	dma_async_device_unregister(&engine.dma);
	CHECK_EQ(engine.nr_released, 1);
	test_forget(0);
}

WORLD(engines, a_channel_is_requested_used_and_released)
{
	in_probe = copy;
	made_up();
}

static void go_early(struct device *dev)
{
	set_up(dev);
	engine.dma.device_release = NULL;
	engine.dma.device_prep_dma_memcpy = engine_memcpy;
	CHECK_EQ(dma_async_device_register(&engine.dma), 0);
	CHECK(dma_get_any_slave_channel(&engine.dma));
	dma_async_device_unregister(&engine.dma);
	CHECK_EQ(test_log("called while 1 clients hold a reference"), 1);
	test_forget(1);
	dma_release_channel(&engine.chan[0]);
}

WORLD(engines, a_provider_that_goes_before_its_clients_is_told)
{
	in_probe = go_early;
	made_up();
}

#define BE(x) (u8)((x) >> 24), (u8)((x) >> 16), (u8)((x) >> 8), (u8)(x)
static const u8 one[] = { BE(1) }, dmas[] = { BE(1), BE(1) };
static const struct qy_tree_property properties[] = {
	{ "phandle", one, 4 },
	{ "#dma-cells", one, 4 },
	/* 2 */
	{ "compatible", "acme,engine", 12 },
	{ "dmas", dmas, 8 },
	{ "dma-names", "rx", 3 },
};
static const struct qy_tree_node nodes[] = { { "", -1, 0, 0 }, { "dma", 0, 0, 2 },
	{ "user", 0, 2, 3 } };
static const struct qy_tree tree = { nodes, 3, properties };

static void ask_the_tree(struct device *dev)
{
	struct device_node *np = of_find_node_by_path("/dma");
	struct dma_chan *chan;

	set_up(dev);
	engine.dma.device_prep_dma_memcpy = engine_memcpy;
	CHECK_EQ(PTR_ERR(dma_request_chan(dev, "rx")), -EPROBE_DEFER);
	CHECK_EQ(PTR_ERR(dma_request_chan(dev, "tx")), -ENODEV);
	CHECK_EQ(dma_async_device_register(&engine.dma), 0);
	CHECK_EQ(of_dma_controller_register(np, of_dma_xlate_by_chan_id, &engine.dma), 0);
	chan = dma_request_chan(dev, "rx");
	CHECK(chan == &engine.chan[1] && chan->slave == dev);
	dma_release_channel(chan);
	of_dma_controller_free(np);
	of_node_put(np);
	dma_async_device_unregister(&engine.dma);
}

static void of_the_tree(void)
{
	CHECK_EQ(__platform_driver_register(&engine_driver, NULL), 0);
	platform_driver_unregister(&engine_driver);
}

TEST(engines, a_channel_of_the_tree_is_the_one_that_it_names)
{
	in_probe = ask_the_tree;
	test_run(of_the_tree, &tree);
}

/* ------------------------------------------------------------------ FPGAs */

static char loaded[3 * 4096], steps[16];
static size_t nr_loaded;

static int fpga_init(struct fpga_manager *mgr, struct fpga_image_info *info,
	const char *buf, size_t count)
{
	(void)mgr, (void)info;
	CHECK(count == 8 && !memcmp(buf, "bitstrea", 8));
	strcat(steps, "i");
	nr_loaded = 0;
	return 0;
}

static int fpga_write(struct fpga_manager *mgr, const char *buf, size_t count)
{
	CHECK_EQ(mgr->state, FPGA_MGR_STATE_WRITE);
	strcat(steps, "w");
	memcpy(loaded + nr_loaded, buf, count);
	nr_loaded += count;
	return 0;
}

static int fpga_write_sg(struct fpga_manager *mgr, struct sg_table *sgt)
{
	(void)mgr;
	strcat(steps, "s");
	nr_loaded = sg_copy_to_buffer(sgt->sgl, sgt->orig_nents, loaded, sizeof(loaded));
	return 0;
}

static int fpga_complete(struct fpga_manager *mgr, struct fpga_image_info *info)
{
	(void)mgr;
	strcat(steps, "c");
	return info->flags & FPGA_MGR_PARTIAL_RECONFIG ? -ETIMEDOUT : 0;
}

static void fpga_gone(struct fpga_manager *mgr)
{
	(void)mgr;
	strcat(steps, "r");
}

static struct fpga_manager_ops writes = { .initial_header_size = 8,
	.write_init = fpga_init,
	.write = fpga_write,
	.write_complete = fpga_complete,
	.fpga_remove = fpga_gone };
static const struct fpga_manager_ops writes_sg = { .initial_header_size = 8,
	.write_init = fpga_init,
	.write_sg = fpga_write_sg,
	.write_complete = fpga_complete };

static int bridge_set(struct fpga_bridge *bridge, bool enable)
{
	(void)bridge;
	strcat(steps, enable ? "E" : "D");
	return 0;
}

static const struct fpga_bridge_ops bridge_ops = { .enable_set = bridge_set };

static int get_bridges(struct fpga_region *region)
{
	return fpga_bridge_get_to_list(
		region->dev.parent, region->info, &region->bridge_list);
}

static void load(struct device *dev)
{
	struct fpga_manager *mgr;
	struct fpga_image_info *info;
	struct fpga_bridge *bridge;
	struct fpga_region *region;
	char *image = vmalloc(2 * 4096 + 100);

	steps[0] = '\0';
	memset(image, 0, 2 * 4096 + 100);
	memcpy(image, "bitstream", 9);
	image[2 * 4096 + 99] = '!';
	CHECK_EQ(PTR_ERR(fpga_mgr_register(dev, "", &writes, NULL)), -EINVAL);
	mgr = devm_fpga_mgr_register(dev, "acme", &writes, NULL);
	CHECK(!IS_ERR(mgr) && mgr->state == FPGA_MGR_STATE_UNKNOWN);
	CHECK(fpga_mgr_get(dev) == mgr);
	info = fpga_image_info_alloc(dev);
	CHECK_EQ(fpga_mgr_load(mgr, info), -EINVAL); /* nothing is said */
	info->buf = image;
	info->count = 2 * 4096 + 100;
	CHECK_EQ(fpga_mgr_lock(mgr), 0);
	CHECK_EQ(fpga_mgr_lock(mgr), -EBUSY);
	CHECK_EQ(fpga_mgr_load(mgr, info), 0);
	fpga_mgr_unlock(mgr);
	CHECK_EQ(mgr->state, FPGA_MGR_STATE_OPERATING);
	CHECK(nr_loaded == info->count && loaded[nr_loaded - 1] == '!');

	bridge = fpga_bridge_register(dev, "axi", &bridge_ops, NULL);
	region = fpga_region_register(dev, mgr, get_bridges);
	CHECK(!IS_ERR(bridge) && !IS_ERR(region));
	region->info = info;
	CHECK_EQ(fpga_region_program_fpga(region), 0);
	CHECK_EQ(PTR_ERR(fpga_bridge_get(dev, info)), -EBUSY);
	CHECK_STR_EQ(steps, "iwcDiwcE");
	fpga_bridges_put(&region->bridge_list);
	info->flags = FPGA_MGR_PARTIAL_RECONFIG;
	CHECK_EQ(fpga_region_program_fpga(region), -ETIMEDOUT); /* bridges are put */
	CHECK_EQ(mgr->state, FPGA_MGR_STATE_WRITE_COMPLETE_ERR);
	fpga_region_unregister(region);
	fpga_bridge_unregister(bridge);

	steps[0] = '\0';
	info->flags = 0;
	fpga_mgr_put(mgr);
	mgr = fpga_mgr_register(dev, "sg", &writes_sg, NULL);
	memset(loaded, 0, sizeof(loaded));
	CHECK_EQ(fpga_mgr_load(mgr, info), 0);
	CHECK_STR_EQ(steps, "isc");
	CHECK(nr_loaded == info->count && loaded[nr_loaded - 1] == '!');
	fpga_mgr_unregister(mgr);
	fpga_image_info_free(info);
	vfree(image);
	steps[0] = '\0';
}

WORLD(engines, a_bitstream_goes_through_its_manager_with_the_bridges_off)
{
	in_probe = load;
	made_up();
	CHECK_STR_EQ(steps, "r");
}
