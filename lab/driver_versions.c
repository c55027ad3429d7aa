// SPDX-License-Identifier: MIT
/*
 * See driver_versions.h.
 *
 * No state.
 */
#include "lab/driver_versions.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define V(a, b) (((a) << 16) + ((b) << 8))

/* Gone since a version, with what is there in its place. */
static const struct {
	const char *name;
	unsigned int since;
	const char *instead;
} gone[] = {
	{ "ACCESS_ONCE", V(4, 15), "READ_ONCE(), WRITE_ONCE()" },
	{ "DECLARE_MUTEX", V(2, 6), "DEFINE_SEMAPHORE(), DEFINE_MUTEX()" },
	{ "GPIOF_EXPORT", V(6, 5), "leave it out" },
	{ "IRQF_DISABLED", V(4, 1), "leave it out" },
	{ "MODULE_SUPPORTED_DEVICE", V(5, 12), "leave it out" },
	{ "PCI_DMA_BIDIRECTIONAL", V(5, 18), "DMA_BIDIRECTIONAL" },
	{ "PCI_DMA_FROMDEVICE", V(5, 18), "DMA_FROM_DEVICE" },
	{ "PCI_DMA_TODEVICE", V(5, 18), "DMA_TO_DEVICE" },
	{ "PDE", V(3, 10), "pde_data()" },
	{ "PDE_DATA", V(5, 17), "pde_data()" },
	{ "SA_INTERRUPT", V(2, 6), "leave it out" },
	{ "SA_SHIRQ", V(2, 6), "IRQF_SHARED" },
	{ "SPIN_LOCK_UNLOCKED", V(2, 6), "DEFINE_SPINLOCK()" },
	{ "VERIFY_READ", V(5, 0), "access_ok() takes an address and a size" },
	{ "VERIFY_WRITE", V(5, 0), "access_ok() takes an address and a size" },
	{ "__devexit", V(3, 8), "leave it out" },
	{ "__devexit_p", V(3, 8), "leave it out" },
	{ "__devinit", V(3, 8), "leave it out" },
	{ "__devinitconst", V(3, 8), "leave it out" },
	{ "__devinitdata", V(3, 8), "leave it out" },
	{ "class.owner", V(6, 4), "leave it out" },
	{ "complete_and_exit", V(5, 17), "kthread_complete_and_exit()" },
	{ "create_proc_entry", V(3, 10), "proc_create()" },
	{ "create_proc_read_entry", V(3, 10), "proc_create_single()" },
	{ "current_kernel_time", V(5, 0), "ktime_get_coarse_real_ts64()" },
	{ "daemonize", V(3, 8), "kthread_run()" },
	{ "del_timer", V(6, 15), "timer_delete()" },
	{ "del_timer_sync", V(6, 15), "timer_delete_sync()" },
	{ "devm_ioremap_nocache", V(5, 6), "devm_ioremap()" },
	{ "dma_zalloc_coherent", V(5, 0), "dma_alloc_coherent()" },
	{ "do_gettimeofday", V(5, 0), "ktime_get_real_ts64()" },
	{ "file.f_dentry", V(3, 19), "file_dentry()" },
	{ "file_operations.ioctl", V(2, 6), ".unlocked_ioctl" },
	{ "from_timer", V(6, 16), "timer_container_of()" },
	{ "get_fs", V(5, 18), "kernel_read(), kernel_write()" },
	{ "get_seconds", V(5, 1), "ktime_get_real_seconds()" },
	{ "getnstimeofday", V(5, 0), "ktime_get_real_ts64()" },
	{ "gpio_free_array", V(6, 10), "gpio_free(), gpiod_put_array()" },
	{ "gpio_request_array", V(6, 10), "gpio_request_one(), gpiod_get_array()" },
	{ "hrtimer_init", V(6, 15), "hrtimer_setup()" },
	{ "i2c_driver.probe_new", V(6, 6), ".probe" },
	{ "i2c_new_device", V(5, 8), "i2c_new_client_device()" },
	{ "idr_get_new", V(3, 10), "idr_alloc()" },
	{ "idr_pre_get", V(3, 10), "idr_alloc()" },
	{ "init_MUTEX", V(2, 6), "sema_init(), mutex_init()" },
	{ "init_timer", V(4, 15), "timer_setup()" },
	{ "interruptible_sleep_on", V(3, 15), "wait_event_interruptible()" },
	{ "ioremap_nocache", V(5, 6), "ioremap()" },
	{ "kobj_type.default_attrs", V(5, 18), ".default_groups" },
	{ "mm_segment_t", V(5, 18), "kernel_read(), kernel_write()" },
	{ "mm_struct.mmap_sem", V(5, 8), "mmap_read_lock()" },
	{ "no_llseek", V(6, 12), "leave .llseek out" },
	{ "of_get_gpio", V(6, 2), "of_get_named_gpio(), gpiod_get()" },
	{ "of_get_gpio_flags", V(6, 2), "of_get_named_gpio(), gpiod_get()" },
	{ "of_get_named_gpio_flags", V(6, 2), "of_get_named_gpio(), gpiod_get()" },
	{ "pci_alloc_consistent", V(5, 18), "dma_alloc_coherent()" },
	{ "pci_dma_mapping_error", V(5, 18), "dma_mapping_error()" },
	{ "pci_enable_msix", V(4, 12), "pci_alloc_irq_vectors()" },
	{ "pci_free_consistent", V(5, 18), "dma_free_coherent()" },
	{ "pci_map_page", V(5, 18), "dma_map_page()" },
	{ "pci_map_sg", V(5, 18), "dma_map_sg()" },
	{ "pci_map_single", V(5, 18), "dma_map_single()" },
	{ "pci_set_consistent_dma_mask", V(5, 18), "dma_set_coherent_mask()" },
	{ "pci_set_dma_mask", V(5, 18), "dma_set_mask()" },
	{ "pci_unmap_page", V(5, 18), "dma_unmap_page()" },
	{ "pci_unmap_sg", V(5, 18), "dma_unmap_sg()" },
	{ "pci_unmap_single", V(5, 18), "dma_unmap_single()" },
	{ "pci_zalloc_consistent", V(5, 18), "dma_alloc_coherent()" },
	{ "prandom_u32", V(6, 1), "get_random_u32()" },
	{ "prandom_u32_max", V(6, 2), "get_random_u32_below()" },
	{ "register_shrinker", V(6, 7), "shrinker_alloc(), shrinker_register()" },
	{ "register_sysctl_table", V(6, 6), "register_sysctl()" },
	{ "remap_page_range", V(2, 6), "remap_pfn_range()" },
	{ "set_fs", V(5, 18), "kernel_read(), kernel_write()" },
	{ "setup_timer", V(4, 15), "timer_setup()" },
	{ "sleep_on", V(3, 15), "wait_event()" },
	{ "strlcpy", V(6, 8), "strscpy()" },
	{ "unregister_shrinker", V(6, 7), "shrinker_free()" },
	{ "vm_insert_pfn", V(4, 20), "vmf_insert_pfn()" },
};

/* There since a version, with what was in its place. */
static const struct {
	const char *name;
	unsigned int since;
	const char *before;
} new[] = {
	{ "hrtimer_setup", V(6, 13), "hrtimer_init()" },
	{ "shrinker_alloc", V(6, 7), "register_shrinker()" },
	{ "shrinker_free", V(6, 7), "unregister_shrinker()" },
	{ "shrinker_register", V(6, 7), "register_shrinker()" },
	{ "timer_container_of", V(6, 16), "from_timer()" },
};

/* With other arguments since a version. */
static const struct {
	const char *name;
	unsigned int since;
	const char *change;
} other[] = {
	{ "DECLARE_TASKLET", V(5, 9),
		"takes a name and a function; DECLARE_TASKLET_OLD() for one with a number" },
	{ "access_ok", V(5, 0), "takes an address and a size" },
	{ "class_create", V(6, 4), "takes a name alone, before a module and a name" },
	{ "get_user_pages", V(6, 5), "has no vmas" },
	{ "pin_user_pages", V(6, 5), "has no vmas" },
	{ "register_shrinker", V(6, 0), "takes a name, too" },
};

/* Types of functions as they were before a version, and are since. Blanks and "(*)" are left out. */
static const struct {
	const char *old, *new;
	unsigned int since;
	const char *change;
} types[] = {
	{ "int(structplatform_device*)", "void(structplatform_device*)", V(6, 11),
		"remove() of a platform driver returns nothing" },
	{ "int(structi2c_client*,conststructi2c_device_id*)", "int(structi2c_client*)",
		V(6, 3), "probe() of an I2C driver has no id" },
	{ "int(structi2c_client*)", "void(structi2c_client*)", V(6, 1),
		"remove() of an I2C driver returns nothing" },
	{ "int(structspi_device*)", "void(structspi_device*)", V(5, 18),
		"remove() of an SPI driver returns nothing" },
	{ "int(structdevice*,structdevice_driver*)",
		"int(structdevice*,conststructdevice_driver*)", V(6, 11),
		"match() of a bus has a driver that it does not change" },
	{ "(structclass*,structclass_attribute*,",
		"(conststructclass*,conststructclass_attribute*,", V(6, 4),
		"functions of a class attribute have a class and an attribute that they do not change" },
	{ "char*(structdevice*,umode_t*)", "char*(conststructdevice*,umode_t*)", V(6, 2),
		"devnode() of a class has a device that it does not change" },
	{ "conststructfile_operations*", "conststructproc_ops*", V(5, 6),
		"files below /proc have struct proc_ops" },
};

#define NR(a) (sizeof(a) / sizeof((a)[0]))

/* 2.6 stands for all of these. */
static void say_version(char *text, size_t size, unsigned int version)
{
	snprintf(text, size, "Linux %u.%u", version >> 16, version >> 8 & 255);
}

bool qy_driver_version_of(const char *name, unsigned int version, char *text, size_t size)
{
	char since[24];

	for (size_t i = 0; i < NR(gone); i++) {
		if (strcmp(gone[i].name, name) != 0 || version < gone[i].since)
			continue;
		say_version(since, sizeof(since), gone[i].since);
		snprintf(text, size, "gone since %s: %s", since, gone[i].instead);
		return true;
	}
	for (size_t i = 0; i < NR(new); i++) {
		if (strcmp(new[i].name, name) != 0 || version >= new[i].since)
			continue;
		say_version(since, sizeof(since), new[i].since);
		snprintf(text, size, "not before %s: %s", since, new[i].before);
		return true;
	}
	for (size_t i = 0; i < NR(other); i++) {
		if (strcmp(other[i].name, name) != 0)
			continue;
		say_version(since, sizeof(since), other[i].since);
		snprintf(text, size, "since %s it %s", since, other[i].change);
		return true;
	}
	return false;
}

bool qy_driver_version_of_type(
	const char *line, unsigned int version, char *text, size_t size)
{
	char bare[1024], since[24];
	size_t n = 0;

	for (; *line && n + 1 < sizeof(bare); line++) {
		if (*line == ' ')
			continue;
		if (!strncmp(line, "(*)", 3))
			line += 2;
		else
			bare[n++] = *line;
	}
	bare[n] = '\0';
	if (!strstr(bare, "incompatible"))
		return false;
	for (size_t i = 0; i < NR(types); i++) {
		const char *wanted =
			version >= types[i].since ? types[i].new : types[i].old;
		const char *given =
			version >= types[i].since ? types[i].old : types[i].new;
		const char *at = strstr(bare, wanted);

		if (!at || !strstr(at + strlen(wanted), given))
			continue;
		say_version(since, sizeof(since), types[i].since);
		snprintf(text, size, "since %s %s; --kernel says which one it is for",
			since, types[i].change);
		return true;
	}
	return false;
}
