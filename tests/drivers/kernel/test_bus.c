// SPDX-License-Identifier: MIT
/* PCI devices, firmware, files of records, shrinkers, watchdogs, sources of random numbers: as a driver uses them. */
#include <linux/firmware.h>
#include <linux/hw_random.h>
#include <linux/interrupt.h>
#include <linux/delay.h>
#include <linux/miscdevice.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/random.h>
#include <linux/seq_file.h>
#include <linux/shrinker.h>
#include <linux/vmalloc.h>
#include <linux/watchdog.h>
#include "tests/drivers/kernel/world.h"

/* ------------------------------------------------------------------ PCI */

struct npu {
	struct pci_dev *pdev;
	void __iomem *regs;
	int nr_vectors, came[4];
};
static struct npu *bound;
static int removed;

static irqreturn_t npu_irq(int irq, void *data)
{
	int *came = data;

	(*came)++;
	return IRQ_HANDLED;
}

static int npu_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	struct npu *npu = devm_kzalloc(&pdev->dev, sizeof(*npu), GFP_KERNEL);
	int error;

	if (!npu)
		return -ENOMEM;
	error = pcim_enable_device(pdev);
	if (!error)
		error = pcim_iomap_regions(pdev, BIT(0) | BIT(2), "npu");
	if (!error)
		error = dma_set_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (error)
		return error;
	npu->pdev = pdev;
	npu->regs = pcim_iomap_table(pdev)[0];
	pci_set_master(pdev);
	npu->nr_vectors = pci_alloc_irq_vectors(pdev, 1, 4, PCI_IRQ_ALL_TYPES);
	if (npu->nr_vectors < 0)
		return npu->nr_vectors;
	for (int i = 0; i < npu->nr_vectors; i++) {
		error = devm_request_irq(&pdev->dev,
			(unsigned int)pci_irq_vector(pdev, (unsigned int)i), npu_irq, 0,
			"npu", &npu->came[i]);
		if (error)
			return error;
	}
	pci_set_drvdata(pdev, npu);
	bound = npu;
	writel(0x1234, npu->regs + 8);
	return (int)id->driver_data;
}

static void npu_remove(struct pci_dev *pdev)
{
	CHECK(pci_get_drvdata(pdev) == bound);
	removed++;
}

static const struct pci_device_id npu_ids[] = {
	{ PCI_DEVICE(PCI_VENDOR_ID_INTEL, 0x1111), .driver_data = (kernel_ulong_t)-EIO },
	{ PCI_DEVICE_SUB(0x1234, 0x0002, 0x1af4, 0x1100) },
	{ PCI_DEVICE_CLASS(PCI_BASE_CLASS_DISPLAY << 16, 0xff0000) },
	{},
};

static struct pci_driver npu_driver = {
	.name = "npu", .id_table = npu_ids, .probe = npu_probe, .remove = npu_remove
};

WORLD(pci, a_driver_finds_its_device_by_numbers_its_registers_and_vectors)
{
	static const struct qy_pci_device other = { .vendor = 0x8086, .device = 0x2222 };
	static const struct qy_pci_device npu = { .vendor = 0x1234,
		.device = 2,
		.subsystem_vendor = 0x1af4,
		.subsystem_device = 0x1100,
		.class_code = 0x120000,
		.revision = 3,
		.bar_bytes = { 0x1000, 0, 0x100000 },
		.nr_vectors = 3 };
	struct qy_world_device device;
	bool by_name;
	int n;

	removed = 0;
	bound = NULL;
	CHECK(qy_world_add_pci(test_world.w, &other) >= 0);
	CHECK_EQ(pci_register_driver(&npu_driver), 0);
	CHECK(!bound);
	CHECK_STR_EQ(qy_world_wanted(test_world.w, 1, &by_name),
		"pci:v00001234d00000002sv00001AF4sd00001100bc*sc*i*");
	CHECK_STR_EQ(
		qy_world_wanted(test_world.w, 2, &by_name), "pci:v*d*sv*sd*bc03sc*i*");
	CHECK(!qy_world_wanted(test_world.w, 3, &by_name));
	n = qy_world_add_pci(test_world.w, &npu);
	CHECK(bound && qy_world_device(test_world.w, (unsigned int)n, &device));
	CHECK_STR_EQ(device.name, "0000:01:01.0");
	CHECK_STR_EQ(device.driver, "npu");
	CHECK(bound->pdev->is_busmaster && bound->pdev->revision == 3);
	CHECK_EQ(pci_resource_len(bound->pdev, 2), 0x100000);
	CHECK_EQ(pci_resource_start(bound->pdev, 2) % 0x100000, 0);
	CHECK_EQ(bound->nr_vectors, 3);
	CHECK_EQ(device.nr_irqs, 3);
	qy_world_raise_irq(test_world.w, device.irqs[1], 0);
	udelay(1);
	CHECK(!bound->came[0] && bound->came[1] == 1 && !bound->came[2]);
	CHECK_EQ(readl(bound->regs + 8), 0x1234);
	CHECK_EQ(qy_world_unbind(test_world.w, device.name), 0);
	CHECK_EQ(removed, 1);
	CHECK(qy_world_nr_held(test_world.w, NULL) == 1); /* the driver itself */
	CHECK_EQ(qy_world_bind(test_world.w, device.name), 0);
	pci_unregister_driver(&npu_driver);
	CHECK_EQ(removed, 2);
}

WORLD(pci, what_a_table_asks_for_can_be_made_and_a_failed_probe_leaves_nothing)
{
	struct qy_world_device device;
	const char *alias;
	bool by_name;
	u16 word;
	int n;

	bound = NULL;
	CHECK_EQ(pci_register_driver(&npu_driver), 0);
	alias = qy_world_wanted(test_world.w, 0, &by_name);
	n = qy_world_add_device(test_world.w, "npu", alias);
	CHECK(n >= 0 && qy_world_device(test_world.w, (unsigned int)n, &device));
	CHECK_EQ(device.probe_error, -EIO);
	CHECK(!device.driver && qy_world_nr_held(test_world.w, NULL) == 1);
	CHECK(test_log("<4>npu: probe of 0000:01:00.0 failed with error -5\n"));
	alias = qy_world_wanted(test_world.w, 2, &by_name);
	n = qy_world_add_device(test_world.w, "npu", alias);
	CHECK(n >= 0 && bound && bound->pdev->class == 0x030000);
	CHECK_EQ(pci_read_config_word(bound->pdev, PCI_COMMAND, &word), 0);
	CHECK_EQ(
		word, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_INTX_DISABLE);
	CHECK(pci_find_capability(bound->pdev, PCI_CAP_ID_MSI) &&
		!pci_find_capability(bound->pdev, 0x99));
	CHECK_EQ(pci_request_region(bound->pdev, 0, "again"), -EBUSY);
	CHECK_EQ(pci_request_region(bound->pdev, 1, "one"), 0);
	pci_save_state(bound->pdev);
	pci_clear_master(bound->pdev);
	pci_restore_state(bound->pdev);
	CHECK(bound->pdev->is_busmaster);
	pci_unregister_driver(&npu_driver);
}

/* <kind, address of PCI (2), address of the CPU (2), size (2)>: 64 KiB of ports, 1 MiB of memory */
static const u8 ranges[] = { 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x3e, 0xff,
	0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0,
	0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0 };
static const u8 two[] = { 0, 0, 0, 2 }, three[] = { 0, 0, 0, 3 };
static const u8 slot_2[] = { 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0 };
static const struct qy_tree_property host_properties[] = {
	{ "#address-cells", two, 4 },
	{ "#size-cells", two, 4 },
	{ "device_type", "pci", 4 },
	{ "#address-cells", three, 4 },
	{ "#size-cells", two, 4 },
	{ "ranges", ranges, sizeof(ranges) },
	{ "compatible", "pci1234,2\0pciclass,120000", 26 },
	{ "reg", slot_2, sizeof(slot_2) },
};
static const struct qy_tree_node host_nodes[] = {
	{ "", -1, 0, 2 },
	{ "pcie@10000000", 0, 2, 4 },
	{ "npu@2,0", 1, 6, 2 },
};
static const struct qy_tree host_tree = { host_nodes, 3, host_properties };

static void body_pci_windows(void)
{
	struct qy_pci_device ports = { .vendor = 1,
		.device = 2,
		.bar_bytes = { 0x1000, 8 },
		.port_bars = 2,
		.conventional = true };
	struct pci_dev *npu = pci_get_device(0x1234, 2, NULL), *other;
	void *mapped;

	CHECK(npu && npu->dev.of_node);
	CHECK_STR_EQ(pci_name(npu), "0000:00:02.0");
	CHECK_EQ(npu->class, 0x120000);
	CHECK_EQ(pci_resource_start(npu, 0), 0x8000000000ull); /* PCI: 0x20000000 */
	CHECK_EQ(npu->qy_config[PCI_BASE_ADDRESS_0 + 3], 0x20);
	CHECK(qy_world_add_pci(test_world.w, &ports) >= 0);
	other = pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(1, 0));
	CHECK(other && other->vendor == 1 && other->device == 2);
	CHECK_EQ(pci_resource_flags(other, 1), IORESOURCE_IO);
	CHECK_EQ(pci_resource_start(other, 1), 0x1000);
	CHECK(!pci_is_pcie(other) && pci_msix_vec_count(other) == -EINVAL);
	CHECK_EQ(pci_enable_device_mem(other), 0);
	CHECK_EQ(inb(0x1000), 0xff); /* memory alone is on */
	CHECK(test_log("WARNING: access to registers of PCI device 0000:00:01.0"));
	test_forget(1);
	pci_disable_device(other);
	CHECK_EQ(pci_enable_device(other), 0);
	outl(0x12345678, 0x1004);
	mapped = pci_iomap(other, 1, 0);
	CHECK_EQ(ioread16((u8 *)mapped + 6), 0x1234);
	pci_iounmap(other, mapped);
	pci_disable_device(other);
	pci_dev_put(other);
	pci_stop_and_remove_bus_device(other);
	CHECK(!pci_get_domain_bus_and_slot(0, 0, PCI_DEVFN(1, 0)));
	pci_dev_put(npu);
}

TEST(pci, devices_of_the_tree_lie_in_the_windows_of_their_bridge)
{
	test_run(body_pci_windows, &host_tree);
}

WORLD(pci, capabilities_are_those_of_the_device_and_power_is_a_state)
{
	static const struct qy_pci_device npu = { .vendor = 0x1234,
		.device = 2,
		.subsystem_vendor = 0x1af4,
		.subsystem_device = 0x1100,
		.bar_bytes = { 0x1000, 0, 0x1000 },
		.nr_vectors = 4 };
	struct msix_entry entries[2] = { { 0, 0 }, { 0, 1 } };
	struct pci_dev *pdev;
	char why[96];
	u16 word;

	CHECK_EQ(pci_register_driver(&npu_driver), 0);
	CHECK(qy_world_add_pci(test_world.w, &npu) >= 0 && bound);
	pdev = bound->pdev;
	CHECK_EQ(pci_find_capability(pdev, PCI_CAP_ID_EXP), pdev->pcie_cap);
	CHECK(!pci_find_ext_capability(pdev, PCI_EXT_CAP_ID_ERR));
	CHECK_EQ(pcie_set_readrq(pdev, 4096), 0);
	CHECK_EQ(pcie_get_readrq(pdev), 4096);
	CHECK_EQ(pcie_set_readrq(pdev, 100), -EINVAL);
	CHECK_EQ(pcie_capability_read_word(pdev, PCI_EXP_LNKSTA, &word), 0);
	CHECK_EQ(word, 4 << PCI_EXP_LNKSTA_NLW_SHIFT | PCI_EXP_LNKSTA_CLS_8_0GB);
	CHECK_EQ(pci_write_config_word(pdev, PCI_VENDOR_ID, 0), 0);
	CHECK_EQ(pci_read_config_word(pdev, PCI_VENDOR_ID, &word), 0);
	CHECK_EQ(word, 0x1234);
	CHECK_EQ(pci_read_config_word(pdev, 1, &word), -EINVAL);
	CHECK_EQ(word, 0xffff);
	CHECK_EQ(pci_enable_msix_exact(pdev, entries, 2), -EINVAL); /* it has some */
	test_forget(1);
	pci_set_power_state(pdev, PCI_D3hot);
	CHECK_EQ(readl(bound->regs + 8), ~0u);
	CHECK(test_log("which is in D3: reads are all ones, writes are lost"));
	test_forget(1);
	pci_set_power_state(pdev, PCI_D0);
	CHECK_EQ(readl(bound->regs + 8), 0x1234);
	CHECK_EQ(qy_world_sleep(test_world.w, why, sizeof(why)), 0);
	CHECK_EQ(pdev->current_state, PCI_D0);
	CHECK(pdev->is_busmaster);
	pci_free_irq_vectors(pdev); /* four handlers are there still */
	test_forget(4);
	pci_unregister_driver(&npu_driver);
}

static int sleeper_probe(struct pci_dev *pdev, const struct pci_device_id *id)
{
	(void)pdev, (void)id;
	return 0;
}

static int refused_at;

static int refuse_suspend(struct device *dev)
{
	return to_pci_dev(dev)->devfn == (unsigned int)refused_at ? -EBUSY : 0;
}

static int count_resume(struct device *dev)
{
	(void)dev;
	removed++;
	return 0;
}

static const struct dev_pm_ops sleep_ops = {
	.suspend = refuse_suspend, .resume = count_resume, .resume_noirq = count_resume
};

WORLD(pci, a_device_that_refuses_to_sleep_wakes_the_others)
{
	static const struct qy_pci_device device = { .vendor = 0x8086, .device = 1 };
	static const struct pci_device_id ids[] = { { PCI_VDEVICE(INTEL, 1) }, {} };
	static struct pci_driver driver = {
		.name = "sleeper", .id_table = ids, .driver.pm = &sleep_ops
	};
	char why[96];

	driver.probe = NULL;
	CHECK_EQ(pci_register_driver(&driver), 0);
	CHECK(!qy_world_can_sleep(test_world.w));
	pci_unregister_driver(&driver);
	driver.probe = sleeper_probe;
	CHECK_EQ(pci_register_driver(&driver), 0);
	for (int i = 0; i < 3; i++)
		CHECK(qy_world_add_pci(test_world.w, &device) >= 0);
	CHECK(qy_world_can_sleep(test_world.w));
	removed = 0;
	refused_at = -1;
	CHECK_EQ(qy_world_sleep(test_world.w, why, sizeof(why)), 0);
	CHECK_EQ(removed, 6);
	refused_at =
		PCI_DEVFN(1, 0); /* the one in the middle; the last is asleep by then */
	removed = 0;
	CHECK_EQ(qy_world_sleep(test_world.w, why, sizeof(why)), -EBUSY);
	CHECK_EQ(removed, 1);
	CHECK_STR_EQ(why, "suspend of 0000:01:01.0 returned -16 (-EBUSY)");
	CHECK(test_log("sleeper 0000:01:01.0: PM: failed to suspend: error -16"));
	pci_unregister_driver(&driver);
}

/* ------------------------------------------------------------------ firmware */

static const struct firmware *came;
static bool came_back;

static void take_later(const struct firmware *fw, void *context)
{
	CHECK(context == &came);
	came = fw;
	came_back = true;
}

WORLD(firmware, it_is_the_file_that_the_world_was_given)
{
	static const struct qy_board_device desc = { .name = "1000.vpu" };
	const struct firmware *fw;
	struct device dev;
	char buf[16];

	CHECK_EQ(qy_device_add(&dev, &desc), 0);
	CHECK_EQ(request_firmware(&fw, "vpu.bin", &dev), -ENOENT);
	CHECK(!fw &&
		test_log(
			"1000.vpu: Direct firmware load for vpu.bin failed with error -2\n"));
	CHECK_EQ(qy_world_firmware(test_world.w, "vpu.bin", "microcode", 10), 0);
	CHECK_EQ(request_firmware(&fw, "vpu.bin", &dev), 0);
	CHECK(fw->size == 10 && is_vmalloc_addr(fw->data));
	CHECK_STR_EQ((const char *)fw->data, "microcode");
	CHECK(qy_world_nr_held(test_world.w, NULL) == 2);
	release_firmware(fw);
	CHECK_EQ(request_firmware_into_buf(&fw, "vpu.bin", &dev, buf, 4), -EFBIG);
	CHECK_EQ(request_firmware_into_buf(&fw, "vpu.bin", &dev, buf, sizeof(buf)), 0);
	CHECK_STR_EQ(buf, "microcode");
	release_firmware(fw);
	came_back = false;
	CHECK_EQ(request_firmware_nowait(
			 NULL, true, "vpu.bin", &dev, GFP_KERNEL, &came, take_later),
		0);
	CHECK(!came_back);
	msleep(1);
	CHECK(came_back && came && came->size == 10);
	release_firmware(came);
	qy_device_del(&dev);
}

/* ------------------------------------------------------------------ records */

static void *lines_start(struct seq_file *m, loff_t *pos)
{
	return *pos < 1000 ? pos : NULL;
}

static void *lines_next(struct seq_file *m, void *v, loff_t *pos)
{
	return ++*pos < 1000 ? pos : NULL;
}

static void lines_stop(struct seq_file *m, void *v)
{
}

static int lines_show(struct seq_file *m, void *v)
{
	loff_t n = *(loff_t *)v;

	if (n % 3 == 1)
		return SEQ_SKIP;
	seq_printf(m, "%lld: %s\n", n, n == 6 ? "with" : "without");
	return 0;
}

static const struct seq_operations lines_sops = {
	.start = lines_start, .next = lines_next, .stop = lines_stop, .show = lines_show
};
DEFINE_SEQ_ATTRIBUTE(lines);

static int long_show(struct seq_file *m, void *v)
{
	for (int i = 0; i < 6000; i++)
		seq_putc(m, (char)('a' + i % 26));
	seq_puts(m, m->private ? "!" : "?");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(long);

WORLD(seq_file, records_are_written_as_they_are_read)
{
	static struct miscdevice misc[2] = {
		{ .minor = MISC_DYNAMIC_MINOR, .name = "lines", .fops = &lines_fops },
		{ .minor = MISC_DYNAMIC_MINOR, .name = "long", .fops = &long_fops }
	};
	struct qy_world_file *file;
	static char text[20000];
	char expected[40];
	size_t at = 0;
	long got;
	int error;

	misc[0].minor = misc[1].minor = MISC_DYNAMIC_MINOR;
	CHECK_EQ(misc_register(&misc[0]), 0);
	CHECK_EQ(misc_register(&misc[1]), 0);
	file = qy_world_open(test_world.w, "lines", O_RDONLY, &error);
	CHECK(file);
	while ((got = qy_world_read(file, text + at, 700)) > 0)
		at += (size_t)got;
	CHECK_EQ(got, 0);
	text[at] = '\0';
	at = 0;
	for (int n = 0; n < 1000; n++) {
		if (n % 3 == 1)
			continue;
		at += 0 * (size_t)scnprintf(expected, sizeof(expected), "%d: %s\n", n,
				  n == 6 ? "with" : "without");
		CHECK(!strncmp(text + at, expected, strlen(expected)));
		at += strlen(expected);
	}
	CHECK_EQ(text[at], 0);
	qy_world_close(file);
	file = qy_world_open(test_world.w, "long", O_RDONLY, &error);
	CHECK(file);
	CHECK_EQ(qy_world_read(file, text, sizeof(text)), 6001);
	CHECK(text[5999] == 'a' + 5999 % 26 && text[6000] == '?');
	CHECK_EQ(qy_world_read(file, text, sizeof(text)), 0);
	qy_world_close(file);
	misc_deregister(&misc[0]);
	misc_deregister(&misc[1]);
}

/* ------------------------------------------------------------------ shrinkers */

static unsigned long kept;

static unsigned long count_kept(struct shrinker *shrinker, struct shrink_control *sc)
{
	return kept ? kept : SHRINK_EMPTY;
}

static unsigned long scan_kept(struct shrinker *shrinker, struct shrink_control *sc)
{
	unsigned long nr = min(kept, sc->nr_to_scan);

	CHECK(shrinker->private_data == &kept);
	kept -= nr;
	return nr;
}

WORLD(shrinker, a_drivers_cache_is_asked_when_memory_is_wanted)
{
	struct shrinker *shrinker = shrinker_alloc(0, "cache-%d", 7);

	CHECK(shrinker);
	shrinker->count_objects = count_kept;
	shrinker->scan_objects = scan_kept;
	shrinker->private_data = &kept;
	kept = 1000;
	CHECK_EQ(qy_drop_caches(test_world.m, 2), 0);
	CHECK_EQ(kept, 1000); /* not registered yet */
	shrinker_register(shrinker);
	CHECK_EQ(qy_drop_caches(test_world.m, 2), 0);
	CHECK(kept < 1000);
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 1);
	shrinker_free(shrinker);
}

/* ------------------------------------------------------------------ watchdogs, random numbers */

static int starts, stops, pings;

static int dog_start(struct watchdog_device *wdd)
{
	starts++;
	return 0;
}

static int dog_stop(struct watchdog_device *wdd)
{
	stops++;
	return 0;
}

static int dog_ping(struct watchdog_device *wdd)
{
	pings++;
	return 0;
}

WORLD(watchdog, a_program_starts_feeds_and_stops_it)
{
	static const struct watchdog_info info = {
		.options = WDIOF_SETTIMEOUT | WDIOF_KEEPALIVEPING | WDIOF_MAGICCLOSE
	};
	static const struct watchdog_ops ops = {
		.start = dog_start, .stop = dog_stop, .ping = dog_ping
	};
	struct watchdog_device wdd = { .info = &info,
		.ops = &ops,
		.timeout = 30,
		.min_timeout = 1,
		.max_timeout = 60 };
	struct qy_world_file *file;
	int error, seconds = 61;

	starts = stops = pings = 0;
	CHECK_EQ(watchdog_init_timeout(&wdd, 99, NULL), -EINVAL);
	CHECK_EQ(watchdog_init_timeout(&wdd, 20, NULL), 0);
	CHECK_EQ(watchdog_register_device(&wdd), 0);
	file = qy_world_open(test_world.w, "watchdog0", O_WRONLY, &error);
	CHECK(file && starts == 1 && watchdog_active(&wdd));
	CHECK(!qy_world_open(test_world.w, "watchdog0", O_WRONLY, &error) &&
		error == -EBUSY);
	CHECK_EQ(qy_world_write(file, "x", 1), 1);
	CHECK_EQ(qy_world_ioctl(file, WDIOC_KEEPALIVE, 0), 0);
	CHECK_EQ(pings, 2);
	CHECK_EQ(
		qy_world_ioctl(file, WDIOC_SETTIMEOUT, (unsigned long)&seconds), -EINVAL);
	seconds = 45;
	CHECK_EQ(qy_world_ioctl(file, WDIOC_SETTIMEOUT, (unsigned long)&seconds), 0);
	CHECK_EQ(wdd.timeout, 45);
	qy_world_close(file); /* without the magic letter */
	CHECK(!stops && test_log("<2>watchdog0: watchdog did not stop!\n"));
	file = qy_world_open(test_world.w, "watchdog0", O_WRONLY, &error);
	CHECK_EQ(qy_world_write(file, "V", 1), 1);
	qy_world_close(file);
	CHECK(stops == 1 && !watchdog_active(&wdd));
	watchdog_unregister_device(&wdd);
	CHECK(!qy_world_open(test_world.w, "watchdog0", O_WRONLY, &error));
}

static int dice(struct hwrng *rng, void *data, size_t max, bool wait)
{
	memset(data, 4, max); /* chosen by fair dice roll */
	return (int)max;
}

WORLD(hwrng, a_program_reads_the_newest_source)
{
	struct hwrng rng = { .name = "dice", .read = dice };
	struct qy_world_file *file;
	u8 bytes[100];
	int error;

	CHECK(!qy_world_open(test_world.w, "hwrng", O_RDONLY, &error));
	CHECK_EQ(hwrng_register(&rng), 0);
	file = qy_world_open(test_world.w, "hwrng", O_RDONLY, &error);
	CHECK(file && qy_world_read(file, bytes, 100) == 100 &&
		!memchr_inv(bytes, 4, 100));
	qy_world_close(file);
	hwrng_unregister(&rng);
	get_random_bytes(bytes, 100);
	CHECK(get_random_u32() != get_random_u32() && get_random_u32_below(5) < 5);
}

static int nr_probes, last_data;

static int step_probe(struct platform_device *pdev)
{
	struct resource *res = platform_get_resource(pdev, IORESOURCE_MEM, 0);

	nr_probes++;
	last_data = *(int *)dev_get_platdata(&pdev->dev);
	return res && res->start == 0x1000 ? 0 : -ENXIO;
}

WORLD(platform, a_device_is_made_in_steps_and_goes_with_its_put)
{
	struct platform_driver driver = { .probe = step_probe, .driver.name = "step" };
	struct resource res = { 0x1000, 0x1fff, NULL, IORESOURCE_MEM };
	struct platform_device_info info = {
		.name = "step", .id = 4, .res = &res, .num_res = 1
	};
	struct platform_device *pdev = platform_device_alloc("step", 3);
	int data = 7;

	nr_probes = 0;
	CHECK_EQ(platform_driver_register(&driver), 0);
	CHECK_EQ(platform_device_add_resources(pdev, &res, 1), 0);
	CHECK_EQ(platform_device_add_data(pdev, &data, sizeof(data)), 0);
	CHECK_EQ(nr_probes, 0);
	CHECK_EQ(platform_device_add(pdev), 0);
	CHECK_EQ(nr_probes, 1);
	CHECK_EQ(last_data, 7);
	CHECK_STR_EQ(dev_name(&pdev->dev), "step.3");
	platform_device_unregister(pdev);
	info.data = &data;
	info.size_data = sizeof(data);
	pdev = platform_device_register_full(&info);
	CHECK(!IS_ERR(pdev) && nr_probes == 2);
	platform_device_unregister(pdev);
	pdev = platform_device_alloc("step", PLATFORM_DEVID_AUTO);
	CHECK_STR_EQ(dev_name(&pdev->dev), "step.0.auto");
	platform_device_put(pdev); /* it was never added */
	platform_driver_unregister(&driver);
}
