// SPDX-License-Identifier: MIT
/* Frames of drivers: memory that keeps its content, devices for programs, mailboxes; devices that were made up. */
#include <linux/io.h>
#include <linux/mailbox_client.h>
#include <linux/mailbox_controller.h>
#include <linux/module.h>
#include <linux/nvmem-provider.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include <linux/platform_device.h>
#include <linux/uio_driver.h>
#include "tests/drivers/kernel/world.h"

#define BE(x) (u8)((x) >> 24), (u8)((x) >> 16), (u8)((x) >> 8), (u8)(x)

/* The driver's device; the body of a test is its probe. */
static void (*in_probe)(struct platform_device *pdev);
static int thing_probe(struct platform_device *pdev)
{
	in_probe(pdev);
	return 0;
}
static const struct of_device_id thing_of[] = { { .compatible = "acme,thing" }, {} };
static struct platform_driver thing = { .probe = thing_probe,
	.driver = { .name = "thing", .of_match_table = thing_of } };

static void of_the_tree(void)
{
	CHECK_EQ(__platform_driver_register(&thing, NULL), 0);
	platform_driver_unregister(&thing);
}

static void made_up(void)
{
	CHECK_EQ(__platform_driver_register(&thing, NULL), 0);
	CHECK(qy_world_add_device(test_world.w, "thing", "acme,thing") >= 0);
	platform_driver_unregister(&thing);
}

static long read_path(const char *path, loff_t at, void *buf, size_t n)
{
	int error = 0;
	struct qy_world_file *file =
		qy_world_open(test_world.w, path, 0 /* O_RDONLY */, &error);
	long ret;

	if (!file)
		return error;
	CHECK_EQ(at, 0);
	ret = qy_world_read(file, buf, n);
	CHECK_EQ(qy_world_close(file), 0);
	return ret;
}

/* ------------------------------------------------------------------ devices that were made up */

static void find_everything(struct platform_device *pdev)
{
	struct device_node *np = pdev->dev.of_node;
	struct resource *first = platform_get_resource(pdev, IORESOURCE_MEM, 0), res;
	void *regs = of_iomap(np, 0), *second;
	int irq = platform_get_irq(pdev, 0), other = platform_get_irq(pdev, 1);

	CHECK(regs && first && first->name == NULL);
	CHECK_EQ(of_address_to_resource(np, 0, &res), 0);
	CHECK_EQ(res.start, first->start);
	CHECK_EQ(resource_size(&res), resource_size(first));
	writel(7, regs);
	iounmap(regs);
	second = devm_platform_ioremap_resource(pdev, 1);
	CHECK(!IS_ERR(second));
	writel(8, second);
	CHECK(platform_get_resource_byname(pdev, IORESOURCE_MEM, "regs") == first);
	CHECK(platform_get_resource_byname(pdev, IORESOURCE_MEM, "regs") == first);
	CHECK(irq > 0 && other > 0 && irq != other);
	CHECK_EQ(irq_of_parse_and_map(np, 0), (unsigned int)irq);
	CHECK_EQ(platform_get_irq_optional(pdev, 2), -ENXIO);
	CHECK(platform_get_resource(pdev, IORESOURCE_MEM, 40) == NULL);
	CHECK(!of_property_present(np, "acme,nothing"));
}

WORLD(frames, a_made_up_device_has_what_its_driver_asks_for)
{
	in_probe = find_everything;
	made_up();
}

static void no_more(struct platform_device *pdev)
{
	CHECK(platform_get_resource(pdev, IORESOURCE_MEM, 0) == NULL);
	CHECK(platform_get_resource_byname(pdev, IORESOURCE_MEM, "regs") == NULL);
	CHECK_EQ(platform_get_irq(pdev, 0), -ENXIO);
	test_forget(0);
}

static const struct qy_tree_property bare_properties[] = { { "compatible", "acme,thing",
	11 } };
static const struct qy_tree_node bare_nodes[] = { { "", -1, 0, 0 }, { "t", 0, 0, 1 } };
static const struct qy_tree bare = { bare_nodes, 2, bare_properties };

TEST(frames, a_device_of_the_tree_has_what_the_tree_says)
{
	in_probe = no_more;
	test_run(of_the_tree, &bare);
}

/* ------------------------------------------------------------------ nvmem */

static u8 fuses[64];
static int nr_reads;

static int fuse_read(void *priv, unsigned int offset, void *val, size_t bytes)
{
	CHECK(priv == fuses && offset + bytes <= sizeof(fuses));
	nr_reads++;
	memcpy(val, fuses + offset, bytes);
	return 0;
}

static int fuse_write(void *priv, unsigned int offset, void *val, size_t bytes)
{
	CHECK(priv == fuses && offset + bytes <= sizeof(fuses));
	memcpy(fuses + offset, val, bytes);
	return 0;
}

static const struct nvmem_keepout secret[] = { { 8, 16, 0xee } };
static const struct nvmem_config fuse_config = { .name = "fuse",
	.id = NVMEM_DEVID_NONE,
	.size = sizeof(fuses),
	.word_size = 4,
	.stride = 4,
	.keepout = secret,
	.nkeepout = 1,
	.priv = fuses,
	.add_legacy_fixed_of_cells = true,
	.reg_read = fuse_read,
	.reg_write = fuse_write };

static void keep(struct platform_device *pdev)
{
	struct nvmem_config config = fuse_config;
	struct nvmem_cell_info info = { "x", .offset = 4, .bit_offset = 6, .nbits = 5 };
	struct nvmem_device *nvmem;
	u8 all[64], part[2] = { 0x15, 0 };

	for (int i = 0; i < 64; i++)
		fuses[i] = (u8)i;
	CHECK_EQ(PTR_ERR(nvmem_register(&config)), -EINVAL); /* it is nobody's */
	config.dev = &pdev->dev;
	config.ignore_wp = true;
	nvmem = devm_nvmem_register(&pdev->dev, &config);
	CHECK(!IS_ERR(nvmem));
	CHECK_STR_EQ(nvmem_dev_name(nvmem), "fuse");
	nr_reads = 0;
	CHECK_EQ(read_path("/sys/bus/nvmem/devices/fuse/nvmem", 0, all, 64), 64);
	CHECK_EQ(nr_reads, 2); /* around what is kept out */
	CHECK(all[7] == 7 && all[8] == 0xee && all[15] == 0xee && all[16] == 16);
	CHECK_EQ(read_path("/sys/bus/nvmem/devices/fuse/nvmem", 0, all, 2), -EINVAL);

	fuses[4] = 0xc0;
	fuses[5] = 0x01;
	CHECK_EQ(nvmem_device_cell_read(nvmem, &info, part), 2);
	CHECK_EQ(part[0] | part[1] << 8, 7);
	part[0] = 0x11;
	part[1] = 0;
	CHECK_EQ(nvmem_device_cell_write(nvmem, &info, part), 2);
	CHECK_EQ(fuses[4] | fuses[5] << 8, 0x11 << 6);
	info.offset = 3;
	CHECK_EQ(nvmem_device_cell_read(nvmem, &info, part), -EINVAL);
	test_forget(0);
}

WORLD(frames, memory_that_keeps_its_content_has_a_file_and_cells)
{
	in_probe = keep;
	made_up();
	CHECK_EQ(read_path("/sys/bus/nvmem/devices/fuse/nvmem", 0, fuses, 64), -ENOENT);
}

static const u8 one[] = { BE(1) }, two[] = { BE(2) };
static const u8 cell_reg[] = { BE(16), BE(4) }, cells_of[] = { BE(2) };
static const struct qy_tree_property cell_properties[] = {
	{ "phandle", one, 4 },
	/* 1 */
	{ "phandle", two, 4 },
	{ "reg", cell_reg, 8 },
	/* 3 */
	{ "compatible", "acme,thing", 11 },
	{ "nvmem-cells", cells_of, 4 },
	{ "nvmem-cell-names", "serial", 7 },
};
static const struct qy_tree_node cell_nodes[] = { { "", -1, 0, 0 }, { "fuse", 0, 0, 1 },
	{ "serial@10", 1, 1, 2 }, { "thing", 0, 3, 3 } };
static const struct qy_tree cell_tree = { cell_nodes, 4, cell_properties };

static void read_cells(struct platform_device *pdev)
{
	struct nvmem_config config = fuse_config;
	struct nvmem_device *nvmem;
	struct nvmem_cell *cell;
	u8 *bytes;
	size_t n;
	u32 word = 0;
	u16 half;

	CHECK_EQ(PTR_ERR(nvmem_cell_get(&pdev->dev, "serial")), -EPROBE_DEFER);
	CHECK_EQ(PTR_ERR(nvmem_cell_get(&pdev->dev, "none")), -ENOENT);
	config.dev = &pdev->dev;
	config.ignore_wp = true;
	config.of_node = of_find_node_by_path("/fuse");
	for (int i = 0; i < 64; i++)
		fuses[i] = (u8)i;
	nvmem = nvmem_register(&config);
	CHECK(!IS_ERR(nvmem));
	CHECK_EQ(nvmem_cell_read_u32(&pdev->dev, "serial", &word), 0);
	CHECK_EQ(word, 0x13121110);
	CHECK_EQ(nvmem_cell_read_u16(&pdev->dev, "serial", &half), -EINVAL);
	cell = devm_nvmem_cell_get(&pdev->dev, "serial");
	bytes = nvmem_cell_read(cell, &n);
	CHECK(!IS_ERR(bytes) && n == 4 && bytes[3] == 0x13);
	kfree(bytes);
	nvmem_unregister(nvmem); /* the cell keeps the record */
	CHECK_EQ(PTR_ERR(nvmem_cell_read(cell, &n)), -EINVAL);
	of_node_put(config.of_node);
}

TEST(frames, a_cell_of_the_tree_is_read_by_its_name_and_outlives_its_provider)
{
	in_probe = read_cells;
	test_run(of_the_tree, &cell_tree);
}

/* ------------------------------------------------------------------ uio */

static int nr_handled, irq_is_on;

static irqreturn_t uio_handler(int irq, struct uio_info *info)
{
	CHECK_EQ(irq, (int)info->irq);
	nr_handled++;
	return IRQ_HANDLED;
}

static int uio_control(struct uio_info *info, s32 on)
{
	(void)info;
	irq_is_on = on;
	return 0;
}

static void drive(struct platform_device *pdev)
{
	struct uio_info *info = devm_kzalloc(&pdev->dev, sizeof(*info), GFP_KERNEL);
	struct qy_world_file *file;
	int error = 0;
	s32 number = 1;
	char page[4096] __aligned(4096);

	info->name = "thing";
	CHECK_EQ(__uio_register_device(NULL, &pdev->dev, info), -EINVAL);
	info->version = "0.1";
	info->irq = TEST_IRQ;
	info->handler = uio_handler;
	info->irqcontrol = uio_control;
	CHECK_EQ(__uio_register_device(NULL, &pdev->dev, info), 0);
	CHECK_EQ(qy_world_attr_show(test_world.w, "uio0", "name", page), 6);
	file = qy_world_open(test_world.w, "uio0", 2 /* O_RDWR */, &error);
	CHECK(file);
	nr_handled = 0;
	test_raise(1000);
	CHECK_EQ(qy_world_read(file, &number, 4), 4); /* waits for it */
	CHECK_EQ(number, 1);
	CHECK_EQ(nr_handled, 1);
	CHECK_EQ(qy_world_write(file, &number, 4), 4);
	CHECK_EQ(irq_is_on, 1);
	CHECK_EQ(qy_world_read(file, &number, 2), -EINVAL);
	uio_unregister_device(info);
	CHECK_EQ(qy_world_read(file, &number, 4), -EIO);
	CHECK_EQ(qy_world_close(file), 0);
	CHECK(!qy_world_open(test_world.w, "uio0", 2, &error));
}

WORLD(frames, a_program_waits_for_the_interrupts_of_its_device)
{
	in_probe = drive;
	made_up();
}

/* ------------------------------------------------------------------ mailboxes */

static u32 box;
static bool box_is_out;
static int nr_startups, nr_shutdowns;
static char order[8];

static int box_send(struct mbox_chan *chan, void *data)
{
	(void)chan;
	box = *(u32 *)data;
	box_is_out = false;
	return 0;
}

static int box_startup(struct mbox_chan *chan)
{
	(void)chan;
	nr_startups++;
	return 0;
}

static void box_shutdown(struct mbox_chan *chan)
{
	(void)chan;
	nr_shutdowns++;
}

static bool box_done(struct mbox_chan *chan)
{
	(void)chan;
	if (box_is_out)
		return true;
	box_is_out = true; /* the next time */
	return false;
}

static const struct mbox_chan_ops box_ops = { .send_data = box_send,
	.startup = box_startup,
	.shutdown = box_shutdown,
	.last_tx_done = box_done };

static void on_done(struct mbox_client *cl, void *mssg, int r)
{
	(void)cl, (void)mssg;
	strcat(order, r ? "-" : "+");
}

static void on_data(struct mbox_client *cl, void *mssg)
{
	(void)cl;
	order[0] = *(char *)mssg;
}

static void post(struct platform_device *pdev)
{
	static struct mbox_chan chans[2];
	static struct mbox_controller mbox = { .ops = &box_ops,
		.chans = chans,
		.num_chans = 2,
		.txdone_poll = true,
		.txpoll_period = 1 };
	struct mbox_client cl = { .dev = &pdev->dev,
		.tx_block = true,
		.tx_done = on_done,
		.rx_callback = on_data };
	struct mbox_chan *chan;
	u32 message = 42;

	CHECK_EQ(PTR_ERR(mbox_request_channel(&cl, 0)), -ENODEV);
	CHECK_EQ(mbox_controller_register(&mbox), -EINVAL);
	mbox.dev = &pdev->dev;
	CHECK_EQ(devm_mbox_controller_register(&pdev->dev, &mbox), 0);
	nr_startups = nr_shutdowns = 0;
	memset(order, 0, sizeof(order));
	chan = mbox_request_channel(&cl, 1);
	CHECK(chan == &chans[1]);
	CHECK_EQ(PTR_ERR(mbox_request_channel(&cl, 1)), -EBUSY);
	CHECK_EQ(PTR_ERR(mbox_request_channel(&cl, 2)), -EINVAL);
	CHECK_EQ(mbox_send_message(chan, &message), 0); /* waits for two polls */
	CHECK_EQ(box, 42);
	CHECK_STR_EQ(order, "+");
	mbox_chan_received_data(chan, "x");
	CHECK_STR_EQ(order, "x");
	qy_world_clients(test_world.w, true); /* the other channel's */
	CHECK_EQ(nr_startups, 2);
	CHECK(chans[0].cl && chans[0].cl != &cl);
	mbox_chan_received_data(&chans[0], "nobody");
	qy_world_clients(test_world.w, false);
	CHECK_EQ(nr_shutdowns, 1);
	mbox_free_channel(chan);
	CHECK_EQ(nr_shutdowns, 2);
}

WORLD(frames, a_message_goes_through_a_channel_and_is_waited_for)
{
	in_probe = post;
	made_up();
}
