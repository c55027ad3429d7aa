// SPDX-License-Identifier: MIT
/* Objects with files, classes, nodes with numbers of their own, ports, ranges: as a driver uses them. */
#include <linux/arm-smccc.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/io-64-nonatomic-hi-lo.h>
#include <linux/io-64-nonatomic-lo-hi.h>
#include <linux/io.h>
#include <linux/kobject.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/platform_device.h>
#include <linux/scatterlist.h>
#include <linux/uaccess.h>
#include <linux/watchdog.h>
#include "tests/drivers/kernel/world.h"

/* ------------------------------------------------------------------ objects */

static int shade = 7, nr_released;
static char *page;

static ssize_t shade_show(struct kobject *kobj, struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%s %d\n", kobject_name(kobj), shade);
}

static ssize_t shade_store(
	struct kobject *kobj, struct kobj_attribute *attr, const char *buf, size_t n)
{
	int error = kstrtoint(buf, 0, &shade);

	return error ? error : (ssize_t)n;
}

static ssize_t dump_read(struct file *file, struct kobject *kobj,
	struct bin_attribute *attr, char *buf, loff_t offset, size_t n)
{
	memset(buf, 0x5a, n);
	return (ssize_t)n;
}

static struct kobj_attribute shade_attr = __ATTR_RW(shade);
static struct kobj_attribute hidden_attr = __ATTR_RO_MODE(shade, 0400);
static BIN_ATTR_RO(dump, 12);
static struct attribute *shade_attrs[] = { &shade_attr.attr, NULL };
static struct bin_attribute *dump_attrs[] = { &bin_attr_dump, NULL };

static umode_t none_visible(struct kobject *kobj, struct attribute *attr, int n)
{
	return 0;
}

static const struct attribute_group plain = { .attrs = shade_attrs };
static const struct attribute_group below = {
	.name = "below", .attrs = shade_attrs, .bin_attrs = dump_attrs
};
static const struct attribute_group unseen = {
	.name = "unseen", .attrs = shade_attrs, .is_visible = none_visible
};

WORLD(files, of_an_object_show_and_store_until_it_goes)
{
	struct kobject *kobj = kobject_create_and_add("paint", kernel_kobj);
	const struct attribute_group *groups[] = { &plain, &below, &unseen, NULL };

	page = (char *)__get_free_page(GFP_KERNEL);
	CHECK(kobj && page);
	CHECK_EQ(sysfs_create_groups(kobj, groups), 0);
	CHECK_EQ(qy_world_attr_show(test_world.w, "paint", "shade", page), 8);
	CHECK_STR_EQ(page, "paint 7\n");
	CHECK_EQ(qy_world_attr_store(test_world.w, "paint", "below/shade", "12", 2), 2);
	CHECK_EQ(shade, 12);
	CHECK_EQ(qy_world_attr_show(test_world.w, "paint", "below/dump", page), 12);
	CHECK_EQ(page[11], 0x5a);
	CHECK_EQ(
		qy_world_attr_show(test_world.w, "paint", "unseen/shade", page), -ENOENT);
	CHECK_EQ(qy_world_attr_store(test_world.w, "paint", "below/dump", "x", 1), -EIO);
	test_forget(0);
	CHECK_EQ(sysfs_create_file(kobj, &hidden_attr.attr), -EEXIST);
	CHECK_EQ(test_log("sysfs: cannot create duplicate filename 'shade'"), 1);
	test_forget(1);
	sysfs_remove_groups(kobj, groups);
	CHECK_EQ(qy_world_attr_show(test_world.w, "paint", "shade", page), -ENOENT);
	CHECK_EQ(sysfs_create_bin_file(kobj, &bin_attr_dump), 0);
	CHECK_EQ(kobject_uevent(kobj, KOBJ_CHANGE), 0);
	kobject_put(kobj); /* its last file goes with it */
	free_page((unsigned long)page);
}

static void count_release(struct kobject *kobj)
{
	nr_released++;
}

WORLD(files, of_a_set_hold_it_until_the_last_is_put)
{
	static const struct kobj_type type = { .release = count_release,
		.sysfs_ops = &kobj_sysfs_ops };
	struct kset *kset = kset_create_and_add("paints", NULL, NULL);
	struct kobject one = { .kset = kset };

	CHECK(kset);
	nr_released = 0;
	CHECK_EQ(kobject_init_and_add(&one, &type, NULL, "paint%d", 3), 0);
	CHECK_STR_EQ(kobject_name(&one), "paint3");
	CHECK(one.parent == &kset->kobj && kset->list.next == &one.entry);
	kset_unregister(kset); /* the child keeps it */
	CHECK(kobject_get(&one) == &one);
	kobject_put(&one);
	CHECK_EQ(nr_released, 0);
	kobject_del(&one);
	kobject_put(&one);
	CHECK_EQ(nr_released, 1);
}

/* ------------------------------------------------------------------ devices and classes */

static int depth = 5;
static bool lit;
static unsigned long mask = 0x1f;
static DEVICE_INT_ATTR(depth, 0644, depth);
static DEVICE_BOOL_ATTR(lit, 0644, lit);
static DEVICE_ULONG_ATTR(mask, 0644, mask);
static struct attribute *box_attrs[] = { &dev_attr_depth.attr.attr,
	&dev_attr_lit.attr.attr, &dev_attr_mask.attr.attr, NULL };
ATTRIBUTE_GROUPS(box);

static ssize_t version_show(
	const struct class *class, const struct class_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "of %s\n", class->name);
}
static CLASS_ATTR_RO(version);

static char *box_devnode(const struct device *dev, umode_t *mode)
{
	*mode = 0600;
	return kasprintf(GFP_KERNEL, "boxes/%s", dev_name(dev));
}

static void box_release(struct device *dev)
{
	nr_released++;
}

static int is_named(struct device *dev, const void *name)
{
	return !strcmp(dev_name(dev), name);
}

static int count_device(struct device *dev, void *data)
{
	++*(int *)data;
	return 0;
}

WORLD(files, of_a_class_are_its_devices_own)
{
	struct class boxes = {
		.name = "boxes", .dev_groups = box_groups, .devnode = box_devnode
	};
	struct device box = {
		.class = &boxes, .devt = MKDEV(300, 1), .release = box_release
	};
	struct device *found;
	const char *node;
	int nr = 0;

	page = (char *)__get_free_page(GFP_KERNEL);
	CHECK_EQ(class_register(&boxes), 0);
	CHECK_EQ(class_create_file(&boxes, &class_attr_version), 0);
	CHECK_EQ(qy_world_attr_show(test_world.w, "boxes", "version", page), 9);
	device_initialize(&box);
	dev_set_name(&box, "box%d", 1);
	CHECK(!device_is_registered(&box));
	CHECK_EQ(device_add(&box), 0);
	CHECK(device_is_registered(&box));
	CHECK(qy_world_node(test_world.w, 0, &node));
	CHECK_STR_EQ(node, "boxes/box1");
	CHECK_EQ(qy_world_attr_show(test_world.w, "box1", "depth", page), 2);
	CHECK_EQ(qy_world_attr_store(test_world.w, "box1", "lit", "y", 1), 1);
	CHECK(lit);
	CHECK_EQ(qy_world_attr_store(test_world.w, "box1", "mask", "0x2f", 4), 4);
	CHECK_EQ(qy_world_attr_show(test_world.w, "box1", "mask", page), 3);
	CHECK_STR_EQ(page, "2f\n");
	CHECK_EQ(class_for_each_device(&boxes, NULL, &nr, count_device), 0);
	CHECK_EQ(nr, 1);
	found = class_find_device(&boxes, NULL, "box1", is_named);
	CHECK(found == &box);
	nr_released = 0;
	device_unregister(&box);
	CHECK_EQ(nr_released, 0); /* found has it */
	put_device(found);
	CHECK_EQ(nr_released, 1);
	class_remove_file(&boxes, &class_attr_version);
	class_unregister(&boxes);
	free_page((unsigned long)page);
}

static void nothing_to_release(struct device *dev)
{
}

WORLD(files, a_device_of_a_class_reaches_memory_once_it_has_a_mask)
{
	static struct device dev;
	static u64 mask;
	dma_addr_t dma;
	void *cpu;

	dev_set_name(&dev, "engine");
	dev.release = nothing_to_release;
	CHECK_EQ(device_register(&dev), 0);
	CHECK_EQ(dma_set_mask_and_coherent(&dev, DMA_BIT_MASK(32)), -EIO);
	CHECK(!dma_alloc_coherent(&dev, 4096, &dma, GFP_KERNEL));
	CHECK_EQ(test_log("coherent_dma_mask is 0"), 1);
	test_forget(1);
	dev.dma_mask = &mask;
	CHECK_EQ(dma_set_mask_and_coherent(&dev, DMA_BIT_MASK(32)), 0);
	CHECK_EQ(mask, DMA_BIT_MASK(32));
	cpu = dma_alloc_coherent(&dev, 4096, &dma, GFP_KERNEL);
	CHECK(cpu);
	dma_free_coherent(&dev, 4096, cpu, dma);
	device_unregister(&dev);
}

WORLD(files, a_device_without_a_release_is_told)
{
	struct device dev = { .init_name = "orphan" };

	CHECK_EQ(device_register(&dev), 0);
	device_lock(&dev);
	CHECK(!device_trylock(&dev));
	device_unlock(&dev);
	device_unregister(&dev);
	CHECK_EQ(test_log("Device 'orphan' does not have a release() function"), 1);
	test_forget(1);
}

/* ------------------------------------------------------------------ nodes */

static struct fasync_struct *listeners;

static int bell_fasync(int fd, struct file *file, int on)
{
	return fasync_helper(fd, file, on, &listeners);
}

static long bell_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	kill_fasync(&listeners, SIGIO, POLL_IN);
	return (long)arg;
}

static const struct file_operations bell_fops = { .fasync = bell_fasync,
	.unlocked_ioctl = bell_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.open = stream_open,
	.llseek = noop_llseek };
static struct miscdevice bell = {
	.minor = TEMP_MINOR, .name = "bell", .fops = &bell_fops, .groups = box_groups
};

WORLD(files, whoever_asked_for_signals_gets_them)
{
	struct qy_world_file *file;
	unsigned int signals = 1;
	int error;

	CHECK_EQ(misc_register(&bell), 0);
	CHECK(dev_get_drvdata(bell.this_device) == &bell);
	page = (char *)__get_free_page(GFP_KERNEL);
	CHECK_EQ(qy_world_attr_show(test_world.w, "bell", "depth", page), 2);
	free_page((unsigned long)page);
	file = qy_world_open(test_world.w, "bell", O_RDWR, &error);
	CHECK(file);
	CHECK_EQ(qy_world_ioctl(file, 1, 3), 3);
	CHECK_EQ(qy_world_fasync(file, true, &signals), 0);
	CHECK_EQ(signals, 0);
	CHECK_EQ(qy_world_ioctl(file, 1, 4), 4);
	CHECK_EQ(qy_world_fasync(file, true, &signals), 0);
	CHECK_EQ(signals, 1);
	qy_world_close(file); /* takes it off the list, as on Linux */
	CHECK(!listeners);
	misc_deregister(&bell);
}

WORLD(files, a_major_number_serves_all_its_minors)
{
	int major = register_chrdev(0, "bells", &bell_fops);
	struct inode inode = { .i_private = &bell };
	struct file file = { .f_op = &bell_fops, .f_mode = FMODE_READ | FMODE_LSEEK };

	CHECK(major > 0);
	CHECK_EQ(register_chrdev((unsigned int)major, "again", &bell_fops), -EBUSY);
	unregister_chrdev((unsigned int)major, "bells");
	CHECK_EQ(register_chrdev(240, "bells", &bell_fops), 0);
	unregister_chrdev(240, "bells");
	CHECK_EQ(simple_open(&inode, &file), 0);
	CHECK(file.private_data == &bell);
	CHECK_EQ(compat_ptr_ioctl(&file, 1, 0xf00000002ul), 2);
	CHECK_EQ(fixed_size_llseek(&file, 4, SEEK_SET, 8), 4);
	CHECK_EQ(fixed_size_llseek(&file, 5, SEEK_CUR, 8), -EINVAL);
	CHECK_EQ(fixed_size_llseek(&file, -1, SEEK_END, 8), 7);
	CHECK_EQ(no_seek_end_llseek(&file, 1, SEEK_CUR), 8);
	CHECK_EQ(no_seek_end_llseek(&file, 0, SEEK_END), -EINVAL);
	CHECK_EQ(default_llseek(&file, 2, SEEK_SET), 2);
	CHECK_EQ(noop_llseek(&file, 100, SEEK_SET), 2);
	CHECK_EQ(stream_open(&inode, &file), 0);
	CHECK_EQ(file.f_mode, FMODE_READ);
}

/* ------------------------------------------------------------------ ranges, ports, memory of devices */

WORLD(files, a_range_has_one_owner)
{
	struct resource mem = DEFINE_RES_MEM(0xfe000000, 0x100);
	struct resource *res = request_region(0x300, 8, "one");
	struct device dev = { .init_name = "two" };
	void *regs;

	CHECK(res && res->start == 0x300 && resource_type(res) == IORESOURCE_IO);
	CHECK(!request_region(0x307, 4, "two"));
	CHECK(request_mem_region(0x300, 8, "other")); /* memory is not ports */
	release_mem_region(0x300, 8);
	release_region(0x300, 8);
	release_region(0x300, 8);
	CHECK_EQ(test_log("Trying to free nonexistent resource"), 1);
	device_initialize(&dev);
	dev.release = box_release;
	CHECK(devm_request_region(&dev, 0x308, 8, "two"));
	CHECK(devm_request_mem_region(&dev, 0xfd000000, 8, "two"));
	devm_release_mem_region(&dev, 0xfd000000, 8);
	devm_release_region(&dev, 0x308, 8);
	regs = devm_ioremap_resource(&dev, &mem);
	CHECK(!IS_ERR(regs));
	CHECK_EQ(PTR_ERR(devm_ioremap_resource(&dev, &mem)), -EBUSY);
	devm_iounmap(&dev, regs);
	regs = devm_ioremap_resource(&dev, &mem);
	CHECK(!IS_ERR(regs));
	CHECK_EQ(device_add(&dev), 0);
	device_unregister(&dev); /* and all that was managed */
}

WORLD(files, a_port_is_a_register)
{
	u8 bytes[4] = { 1, 2, 3, 4 };
	u16 words[2];
	void *addr;

	outb(0xa5, 0x2e);
	CHECK_EQ(inb(0x2e), 0xa5);
	outl_p(0x11223344, 0x100);
	CHECK_EQ(inw(0x102), 0x1122);
	addr = ioport_map(0x100, 4);
	CHECK_EQ(ioread32(addr), 0x11223344);
	CHECK_EQ(ioread32be(addr), 0x44332211);
	iowrite16be(0x5566, addr);
	CHECK_EQ(inw_p(0x100), 0x6655);
	outsb(0x104, bytes, 4); /* one port, four times */
	CHECK_EQ(inb(0x104), 4);
	insw(0x100, words, 2);
	CHECK(words[0] == 0x6655 && words[1] == 0x6655);
	ioport_unmap(addr);
	CHECK(!ioport_map(0xffff, 2));
}

WORLD(files, memory_of_a_device_is_plain_storage)
{
	struct page *frame = alloc_page(GFP_KERNEL);
	u32 *words = memremap(0xfc000000, 0x1000, MEMREMAP_WC);
	void *regs = ioremap(0xfc000000, 0x1000);
	u32 copy[2] = { 1, 2 };

	CHECK(words && regs);
	words[1] = 0x12345678;
	CHECK_EQ(readl((char *)regs + 4), 0x12345678);
	lo_hi_writeq(0x1122334455667788, regs);
	CHECK(hi_lo_readq(regs) == 0x1122334455667788 &&
		lo_hi_readq(regs) == readq(regs));
	hi_lo_writeq(5, regs);
	CHECK_EQ(readq(regs), 5);
	__iowrite32_copy(regs, copy, 2);
	memset(copy, 0, sizeof(copy));
	__ioread32_copy(copy, regs, 2);
	CHECK(copy[0] == 1 && copy[1] == 2);
	iounmap(regs);
	memunmap(words);
	CHECK(!memremap(0xfc000000, 0x1000, 0));
	CHECK(memremap(page_to_phys(frame), PAGE_SIZE, MEMREMAP_WB) ==
		page_address(frame));
	CHECK(!memremap(page_to_phys(frame), PAGE_SIZE, MEMREMAP_WC));
	test_forget(1);
	__free_page(frame);
}

/* ------------------------------------------------------------------ bytes in the log, firmware */

WORLD(files, a_dump_shows_bytes_as_linux_does)
{
	const u8 bytes[] = "0123456789abcdef\x01z";
	char line[80];

	CHECK_EQ(hex_dump_to_buffer(bytes, 18, 16, 1, line, sizeof(line), true), 67 - 2);
	CHECK_STR_EQ(line,
		"30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef");
	CHECK_EQ(hex_dump_to_buffer(bytes + 16, 2, 16, 2, line, sizeof(line), true), 43);
	CHECK_STR_EQ(line, "7a01                                     .z");
	CHECK_EQ(hex_dump_to_buffer(bytes, 8, 16, 4, line, 5, false), 17);
	CHECK_STR_EQ(line, "3332");
	print_hex_dump(KERN_INFO, "dump: ", DUMP_PREFIX_OFFSET, 16, 1, bytes, 18, false);
	CHECK_EQ(test_log("dump: 00000000: 30 31 32"), 1);
	CHECK_EQ(test_log("dump: 00000010: 01 7a\n"), 1);
	print_hex_dump_bytes("", DUMP_PREFIX_NONE, bytes + 16, 1);
}

WORLD(files, firmware_that_is_not_there_knows_no_call)
{
	struct arm_smccc_res res = { 0 };

	arm_smccc_smc(0x84000050, 1, 2, 3, 4, 5, 6, 7, &res);
	CHECK_EQ((long)res.a0, SMCCC_RET_NOT_SUPPORTED);
	res.a0 = 0;
	arm_smccc_1_1_smc(
		ARM_SMCCC_CALL_VAL(ARM_SMCCC_FAST_CALL, ARM_SMCCC_SMC_32, 4, 0x50), 1,
		&res);
	CHECK_EQ((long)res.a0, SMCCC_RET_NOT_SUPPORTED);
	arm_smccc_1_1_invoke(5, NULL);
	CHECK_EQ(arm_smccc_1_1_get_conduit(), SMCCC_CONDUIT_NONE);
}

/* ------------------------------------------------------------------ devices that are there already */

static int desk_answer, nr_probed;
static int desk_probe(struct platform_device *pdev)
{
	int *data = dev_get_platdata(&pdev->dev);

	nr_probed = data ? *data : 1;
	return desk_answer;
}
static struct platform_driver desk = { .driver = { .name = "desk" } };

WORLD(files, a_driver_may_ask_for_devices_that_are_there_alone)
{
	struct platform_device *pdev;
	int data = 7;

	CHECK_EQ(__platform_driver_probe(&desk, desk_probe, NULL), -ENODEV);
	pdev = platform_device_register_resndata(
		NULL, "desk", PLATFORM_DEVID_NONE, NULL, 0, &data, sizeof(data));
	CHECK(!IS_ERR(pdev));
	CHECK_EQ(__platform_driver_probe(&desk, desk_probe, NULL), 0);
	CHECK_EQ(nr_probed, 7);
	platform_driver_unregister(&desk);
	platform_device_unregister(pdev);
	CHECK_EQ(order_base_2(5), 3);
	CHECK(!order_base_2(1) && !need_resched());
}

WORLD(files, pieces_of_memory_are_counted_cleared_and_copied_from_within)
{
	struct scatterlist list[2];
	char *bytes = (char *)__get_free_page(GFP_KERNEL), copy[4] = "";

	memset(bytes, 'x', 64);
	sg_init_table(list, 2);
	sg_set_buf(&list[0], bytes, 10);
	sg_set_buf(&list[1], bytes + 32, 10);
	CHECK_EQ(sg_nents_for_len(list, 10), 1);
	CHECK_EQ(sg_nents_for_len(list, 11), 2);
	CHECK_EQ(sg_nents_for_len(list, 21), -EINVAL);
	CHECK_EQ(sg_nents_for_len(list, 0), 0);
	CHECK_EQ(sg_zero_buffer(list, 2, 4, 8), 4);
	CHECK(bytes[7] == 'x' && !bytes[9] && !bytes[33] && bytes[34] == 'x');
	CHECK_EQ(sg_pcopy_from_buffer(list, 2, "abc", 3, 9), 3);
	CHECK(bytes[9] == 'a' && bytes[32] == 'b' && bytes[33] == 'c');
	CHECK_EQ(sg_pcopy_to_buffer(list, 2, copy, 3, 9), 3);
	CHECK_STR_EQ(copy, "abc");
	free_page((unsigned long)bytes);
}

WORLD(files, a_pretimeout_is_said)
{
	struct watchdog_device wdd = { .id = 3, .timeout = 10 };

	watchdog_notify_pretimeout(&wdd);
	CHECK_EQ(test_log("watchdog3: pretimeout event"), 1);
	CHECK(watchdog_pretimeout_invalid(&wdd, 10) &&
		!watchdog_pretimeout_invalid(&wdd, 9));
}
