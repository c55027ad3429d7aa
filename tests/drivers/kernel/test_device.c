// SPDX-License-Identifier: MIT
/* Devices of a tree, their drivers, devres, registers, files, attributes, parameters: as a driver uses them. */
#include <linux/cdev.h>
#include <linux/delay.h>
#include <linux/interrupt.h>
#include <linux/io.h>
#include <linux/iopoll.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/of_device.h>
#include <linux/platform_device.h>
#include <linux/property.h>
#include <linux/uaccess.h>
#include "tests/drivers/kernel/world.h"

struct module __this_module = { .name = "tests" };

#define BE(x) (u8)((x) >> 24), (u8)((x) >> 16), (u8)((x) >> 8), (u8)(x)

static const u8 two[] = { BE(2) }, one[] = { BE(1) }, three[] = { BE(3) };
static const u8 ranges[] = { BE(0), BE(0), BE(0xa000000), BE(0x100000) };
static const u8 isp_reg[] = { BE(0x3000), BE(0x100), BE(0x4000), BE(0x20) };
static const u8 isp_irq[] = { BE(0), BE(TEST_IRQ - 32), BE(4), BE(1), BE(3), BE(4) };
static const u8 lanes[] = { BE(4), BE(9) };

static const struct qy_tree_property properties[] = {
	{ "#address-cells", two, 4 },
	{ "#size-cells", one, 4 },
	{ "interrupt-parent", one, 4 },
	/* 3 */
	{ "phandle", one, 4 },
	{ "#interrupt-cells", three, 4 },
	/* 5 */
	{ "compatible", "simple-bus", 11 },
	{ "#address-cells", one, 4 },
	{ "#size-cells", one, 4 },
	{ "ranges", ranges, sizeof(ranges) },
	/* 9 */
	{ "compatible", "acme,isp-2\0acme,isp", 20 },
	{ "reg", isp_reg, sizeof(isp_reg) },
	{ "reg-names", "core\0dma", 9 },
	{ "interrupts", isp_irq, sizeof(isp_irq) },
	{ "acme,lanes", lanes, sizeof(lanes) },
	{ "acme,fast", "", 0 },
	/* 15 */
	{ "compatible", "acme,isp", 9 },
	{ "status", "disabled", 9 },
};

static const struct qy_tree_node nodes[] = {
	{ "", -1, 0, 3 },
	{ "interrupt-controller", 0, 3, 2 },
	{ "soc", 0, 5, 4 },
	{ "isp@3000", 2, 9, 6 },
	{ "isp@8000", 2, 15, 2 },
};

static const struct qy_tree tree = { nodes, ARRAY_SIZE(nodes), properties };

static char order[64];
static struct platform_device *bound;
static int probe_answer, variant = 2;

static void note(const char *what)
{
	strcat(order, what);
}

static void act(void *what)
{
	note(what);
}

static int isp_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	void *group, *p;

	bound = pdev;
	CHECK(devm_add_action(dev, act, "a") == 0);
	group = devres_open_group(dev, NULL, GFP_KERNEL);
	CHECK(group);
	CHECK(devm_add_action(dev, act, "b") == 0);
	CHECK(devm_add_action(dev, act, "c") == 0);
	devres_close_group(dev, group);
	CHECK(devm_add_action(dev, act, "d") == 0);
	CHECK_EQ(devres_release_group(dev, group), 2);
	CHECK_STR_EQ(order, "cb");
	p = devm_kzalloc(dev, 300, GFP_KERNEL);
	CHECK(p && !memchr_inv(p, 0, 300));
	p = devm_krealloc(dev, p, 600, GFP_KERNEL);
	CHECK(p && !memchr_inv(p, 0, 300));
	devm_kfree(dev, p);
	CHECK(!strcmp(devm_kasprintf(dev, GFP_KERNEL, "%s-%d", "isp", 7), "isp-7"));
	CHECK(devm_kcalloc(dev, 1ul << 40, 1ul << 40, GFP_KERNEL) == NULL);
	CHECK(devm_get_free_pages(dev, GFP_KERNEL, 1) != 0);
	return probe_answer;
}

static void isp_remove(struct platform_device *pdev)
{
	note("-");
}

static ssize_t gain_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", variant);
}

static ssize_t gain_store(
	struct device *dev, struct device_attribute *attr, const char *buf, size_t n)
{
	int error = kstrtoint(buf, 0, &variant);

	return error ? error : (ssize_t)n;
}

static DEVICE_ATTR_RW(gain);
static struct attribute *isp_attrs[] = { &dev_attr_gain.attr, NULL };
ATTRIBUTE_GROUPS(isp);

static const struct of_device_id isp_ids[] = {
	{ .compatible = "acme,isp", .data = &probe_answer },
	{ .compatible = "acme,isp-2", .data = &variant },
	{},
};

static struct platform_driver isp = {
	.probe = isp_probe,
	.remove = isp_remove,
	.driver = { .name = "acme-isp",
		.of_match_table = isp_ids,
		.dev_groups = isp_groups },
};

static void devres_body(void)
{
	order[0] = '\0';
	probe_answer = 0;
	bound = NULL;
	CHECK_EQ(platform_driver_register(&isp), 0);
	CHECK(bound && !strcmp(dev_name(&bound->dev), "a003000.isp"));
	CHECK(device_get_match_data(&bound->dev) == &variant);
	order[0] = '\0';
	CHECK_EQ(qy_world_unbind(test_world.w, "a003000.isp"), 0);
	CHECK_STR_EQ(order, "-da"); /* remove, then the newest first */
	CHECK_EQ(qy_world_unbind(test_world.w, "a003000.isp"), -ENODEV);
	probe_answer = -EIO;
	order[0] = '\0';
	CHECK_EQ(qy_world_bind(test_world.w, "a003000.isp"), -EIO);
	CHECK_STR_EQ(order, "cbda");
	CHECK(test_log("<4>acme-isp: probe of a003000.isp failed with error -5\n"));
	platform_driver_unregister(&isp);
}

TEST(devres, what_goes_with_a_device_goes_newest_first_and_groups_apart)
{
	test_run(devres_body, &tree);
}

static void of_body(void)
{
	struct device_node *np = of_find_node_by_path("/soc/isp");
	struct platform_device *pdev;
	struct resource *res;
	const char *text;
	u32 values[3];
	u64 wide;

	order[0] = '\0';
	probe_answer = 0;
	CHECK_EQ(platform_driver_register(&isp), 0);
	pdev = bound;
	CHECK(np && np == pdev->dev.of_node);
	res = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	CHECK(res && res->start == 0xa003000 && resource_size(res) == 0x100);
	res = platform_get_resource_byname(pdev, IORESOURCE_MEM, "dma");
	CHECK(res && res->start == 0xa004000);
	CHECK_EQ(platform_get_irq(pdev, 0), TEST_IRQ);
	CHECK_EQ(platform_get_irq(pdev, 1), 16 + 3);
	CHECK_EQ(platform_get_irq_optional(pdev, 2), -ENXIO);
	CHECK_EQ(platform_irq_count(pdev), 2);
	CHECK_EQ(of_property_read_u32_array(np, "acme,lanes", values, 2), 0);
	CHECK_EQ(values[1], 9);
	CHECK_EQ(of_property_read_u32_array(np, "acme,lanes", values, 3), -EOVERFLOW);
	CHECK_EQ(of_property_read_u32(np, "acme,none", values), -EINVAL);
	CHECK_EQ(of_property_read_u32(np, "acme,fast", values), -ENODATA);
	CHECK_EQ(of_property_read_u64(np, "acme,lanes", &wide), 0);
	CHECK_EQ(wide, 4ull << 32 | 9);
	CHECK(device_property_read_bool(&pdev->dev, "acme,fast"));
	CHECK_EQ(of_property_count_strings(np, "reg-names"), 2);
	CHECK_EQ(of_property_match_string(np, "reg-names", "dma"), 1);
	CHECK(!of_property_read_string_index(np, "reg-names", 1, &text));
	CHECK_STR_EQ(text, "dma");
	of_node_put(np);
	np = of_find_node_by_path("/soc/isp@8000");
	CHECK(!of_device_is_available(np));
	np = of_get_next_parent(np);
	CHECK(np == of_find_compatible_node(NULL, NULL, "simple-bus"));
	of_node_put(np);
	of_node_put(np);
	platform_driver_unregister(&isp);
}

TEST(of, a_device_has_the_addresses_interrupts_and_properties_of_its_node)
{
	test_run(of_body, &tree);
}

static void attr_body(void)
{
	char *page = (char *)get_zeroed_page(GFP_KERNEL);

	order[0] = '\0';
	probe_answer = 0;
	variant = 2;
	CHECK_EQ(platform_driver_register(&isp), 0);
	CHECK_EQ(qy_world_attr_show(test_world.w, "a003000.isp", "gain", page), 2);
	CHECK_STR_EQ(page, "2\n");
	CHECK_EQ(
		qy_world_attr_store(test_world.w, "a003000.isp", "gain", "0x11\n", 5), 5);
	CHECK_EQ(variant, 17);
	CHECK_EQ(qy_world_attr_store(test_world.w, "a003000.isp", "gain", "x", 1),
		-EINVAL);
	platform_driver_unregister(&isp);
	CHECK_EQ(qy_world_attr_show(test_world.w, "a003000.isp", "gain", page), -ENOENT);
	free_page((unsigned long)page);
}

TEST(device, attributes_of_a_driver_come_and_go_with_its_binding)
{
	test_run(attr_body, &tree);
}

static uint64_t read_status(void *arg, uint64_t offset, unsigned int bytes)
{
	return offset == 8 && qy_sim_now(test_world.m) >= *(u64 *)arg ? 1 : 0;
}

WORLD(io, registers_are_storage_or_what_a_model_answers)
{
	u64 ready_ns = qy_sim_now(test_world.m) + 50000;
	struct qy_registers model = { .arg = &ready_ns, .read = read_status };
	void *plain = ioremap(0x9000000, 0x100), *again = ioremap(0x9000010, 16), *regs;
	u32 value = 1;

	CHECK(plain && again);
	writel(0x12345678, plain + 0x10);
	CHECK_EQ(readl(again), 0x12345678);
	CHECK_EQ(readb(again), 0x78);
	CHECK_EQ(readw(plain + 0x12), 0x1234);
	iounmap(again);
	iounmap(plain);
	CHECK_EQ(qy_world_registers(test_world.w, 0x9100000, 0x1000, &model), 0);
	regs = ioremap(0x9100000, 0x1000);
	CHECK_EQ(readl_poll_timeout(regs + 8, value, value & 1, 10, 1000), 0);
	CHECK(qy_sim_now(test_world.m) >= ready_ns);
	ready_ns = ~0ull;
	CHECK_EQ(readl_poll_timeout_atomic(regs + 8, value, value & 1, 1, 100),
		-ETIMEDOUT);
	iounmap(regs);
	CHECK(!ioremap(1ull << 30, 4096)); /* RAM */
	CHECK(!ioremap(0x9100000, 0x2000));
	test_forget(1);
}

static int opens;

static int box_open(struct inode *inode, struct file *file)
{
	struct miscdevice *misc = file->private_data;

	CHECK_EQ(iminor(inode), misc->minor);
	opens++;
	return nonseekable_open(inode, file);
}

static int box_release(struct inode *inode, struct file *file)
{
	opens--;
	return 0;
}

static const char text_of_box[] = "twelve bytes";

static ssize_t box_read(struct file *file, char __user *to, size_t n, loff_t *pos)
{
	return simple_read_from_buffer(to, n, pos, text_of_box, 12);
}

static long box_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	int value;

	switch (cmd) {
	case _IOWR('b', 1, int):
		if (get_user(value, (int __user *)arg))
			return -EFAULT;
		return put_user(value + 1, (int __user *)arg);
	default:
		return -ENOIOCTLCMD;
	}
}

static int box_mmap(struct file *file, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, vma->vm_pgoff,
		vma->vm_end - vma->vm_start, vma->vm_page_prot);
}

static const struct file_operations box_ops = {
	.owner = THIS_MODULE,
	.open = box_open,
	.release = box_release,
	.read = box_read,
	.unlocked_ioctl = box_ioctl,
	.mmap = box_mmap,
};

static struct miscdevice box = {
	.minor = MISC_DYNAMIC_MINOR, .name = "box", .fops = &box_ops
};

WORLD(chardev, a_program_opens_reads_asks_and_maps)
{
	struct page *page = alloc_pages(GFP_KERNEL, 1);
	struct qy_world_file *file;
	int error, value = 4;
	char got[16] = "";
	void *mapped;

	CHECK(!qy_world_open(test_world.w, "box", O_RDWR, &error) && error == -ENOENT);
	CHECK_EQ(misc_register(&box), 0);
	file = qy_world_open(test_world.w, "box", O_RDONLY, &error);
	CHECK(file && opens == 1 && THIS_MODULE->qy_refs == 1);
	CHECK_EQ(qy_world_read(file, got, 7), 7);
	CHECK_EQ(qy_world_read(file, got + 7, 9), 5);
	CHECK_STR_EQ(got, text_of_box);
	CHECK_EQ(qy_world_read(file, got, 1), 0);
	CHECK_EQ(qy_world_write(file, got, 1), -EBADF);
	CHECK_EQ(qy_world_ioctl(file, _IOWR('b', 1, int), (unsigned long)&value), 0);
	CHECK_EQ(value, 5);
	CHECK_EQ(qy_world_ioctl(file, _IOWR('b', 1, int), 8), -EFAULT);
	CHECK_EQ(qy_world_ioctl(
			 file, _IOWR('b', 1, int), (unsigned long)page_address(page)),
		-EFAULT); /* not a program's */
	CHECK_EQ(qy_world_ioctl(file, 77, 0), -ENOTTY);
	CHECK_EQ(qy_world_mmap(file, page_to_phys(page), 2 * PAGE_SIZE,
			 PROT_READ | PROT_WRITE, MAP_SHARED, &mapped),
		-EACCES); /* of a file that was opened to be read */
	CHECK_EQ(qy_world_mmap(file, page_to_phys(page), 2 * PAGE_SIZE, PROT_READ,
			 MAP_SHARED, &mapped),
		0);
	CHECK_EQ(qy_world_munmap(test_world.w, mapped, 2 * PAGE_SIZE), 0);
	CHECK_EQ(qy_world_close(file), 0);
	CHECK(!opens && !THIS_MODULE->qy_refs);
	misc_deregister(&box);
	__free_pages(page, 1);
}

WORLD(chardev, numbers_classes_and_nodes_come_and_go)
{
	struct class *class = class_create("boxes");
	struct qy_world_file *file;
	struct cdev cdev;
	int error;
	dev_t dev;

	CHECK_EQ(alloc_chrdev_region(&dev, 0, 2, "boxes"), 0);
	CHECK_EQ(register_chrdev_region(dev + 1, 1, "other"), -EBUSY);
	cdev_init(&cdev, &box_ops);
	CHECK_EQ(cdev_add(&cdev, dev, 2), 0);
	CHECK(!IS_ERR(device_create(class, NULL, dev + 1, NULL, "box%d", 1)));
	CHECK(!qy_world_open(test_world.w, "box0", O_RDWR, &error));
	device_destroy(class, dev + 1);
	cdev_del(&cdev);
	unregister_chrdev_region(dev, 2);
	class_destroy(class);
	file = qy_world_open(test_world.w, "box1", O_RDWR, &error);
	CHECK(!file && error == -ENOENT);
}

static int number = 1, list[4];
static unsigned int nr_list;
static bool flag;
static char *name;
static char word[8];
module_param(number, int, 0444);
module_param_array(list, int, &nr_list, 0444);
module_param(flag, bool, 0644);
module_param(name, charp, 0);
module_param_string(word, word, sizeof(word), 0);

extern const struct qy_module_param __start_qy_params[], __stop_qy_params[];

static void param_body(void)
{
	struct qy_module_info info = { .name = "tests",
		.module = THIS_MODULE,
		.params = __start_qy_params,
		.params_end = __stop_qy_params };
	char why[128];

	CHECK_EQ(qy_world_insmod(test_world.w, &info,
			 "number=0x10 list=1,2,3 flag name=front word=abc", why,
			 sizeof(why)),
		0);
	CHECK(number == 16 && nr_list == 3 && list[2] == 3 && flag);
	CHECK_STR_EQ(name, "front");
	CHECK_STR_EQ(word, "abc");
	CHECK_EQ(qy_world_insmod(test_world.w, &info, "speed=3", why, sizeof(why)),
		-EINVAL);
	CHECK_STR_EQ(why, "tests: unknown parameter 'speed'");
	CHECK_EQ(qy_world_insmod(test_world.w, &info, "number=x", why, sizeof(why)),
		-EINVAL);
	CHECK_STR_EQ(why, "tests: 'x' invalid for parameter 'number' (-EINVAL)");
	CHECK_EQ(qy_world_insmod(
			 test_world.w, &info, "word=muchtoolong", why, sizeof(why)),
		-ENOSPC);
	CHECK_EQ(qy_world_insmod(test_world.w, &info, "list=1,2,3,4,5", why, sizeof(why)),
		-EINVAL);
}

TEST(module, parameters_are_set_as_insmod_sets_them)
{
	test_run(param_body, NULL);
}

static void leak(void)
{
	struct qy_world_held held;
	void *p = kmalloc(100, GFP_KERNEL), *q = krealloc(NULL, 30, GFP_KERNEL);
	struct page *page = alloc_pages(GFP_KERNEL, 2);

	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 3);
	CHECK(qy_world_next_held(test_world.w, 0, &held));
	CHECK(held.p == p && held.bytes == 100 && held.nr_frames > 2);
	CHECK_STR_EQ(held.comm, "test");
	CHECK_STR_EQ(qy_held_name(held.kind), "object");
	p = krealloc(p, 200, GFP_KERNEL);
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 3);
	split_page(page, 2);
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 6);
	get_page(page);
	put_page(page);
	for (int i = 0; i < 4; i++)
		__free_page(page + i);
	kfree(p);
	CHECK(qy_world_next_held(test_world.w, 0, &held) && held.p == q);
	kfree(q);
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 0);
}

struct seen {
	unsigned int nr, nr_of_cache;
	size_t size;
};

static void see(void *arg, const struct qy_world_object *object)
{
	struct seen *seen = arg;

	seen->nr++;
	if (strcmp(object->cache, "frames") != 0)
		return;
	seen->nr_of_cache++;
	seen->size = object->object_size;
}

static void count_objects(void)
{
	struct kmem_cache *cache =
		kmem_cache_create("frames", 40, 0, SLAB_NO_MERGE, NULL);
	void *p = kmem_cache_alloc(cache, GFP_KERNEL),
	     *q = kmem_cache_alloc(cache, GFP_KERNEL), *k = kmalloc(100, GFP_KERNEL);
	struct page *page = alloc_pages(GFP_KERNEL, 2);
	struct seen seen = { 0 };

	qy_world_each_object(test_world.w, see, &seen);
	CHECK(seen.nr == 3 && seen.nr_of_cache == 2 && seen.size == 40);
	kmem_cache_free(cache, p); /* it waits in the slab, and nobody holds it */
	seen = (struct seen){ 0 };
	qy_world_each_object(test_world.w, see, &seen);
	CHECK(seen.nr == 2 && seen.nr_of_cache == 1);
	kmem_cache_free(cache, q);
	kfree(k);
	__free_pages(page, 2);
	kmem_cache_destroy(cache);
}

TEST(held, objects_are_known_with_their_caches)
{
	test_run(count_objects, NULL);
}

TEST(held, each_thing_is_known_until_it_is_given_back)
{
	test_run(leak, NULL);
}
