// SPDX-License-Identifier: MIT
/*
 * What drivers wrote in one version of Linux and not in another: each piece compiles for the versions from its first up to
 * before its second one. With WRONG it is the other way round, and none compiles.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/gpio.h>
#include <linux/hrtimer.h>
#include <linux/i2c.h>
#include <linux/idr.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/of_gpio.h>
#include <linux/pci.h>
#include <linux/platform_device.h>
#include <linux/prandom.h>
#include <linux/proc_fs.h>
#include <linux/random.h>
#include <linux/shrinker.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/version.h>

#define EVER       0xffffff
#define FROM(a, b) KERNEL_VERSION(a, b, 0)
#ifdef WRONG
#define IN(first, behind) (LINUX_VERSION_CODE < (first) || LINUX_VERSION_CODE >= (behind))
#else
#define IN(first, behind) (LINUX_VERSION_CODE >= (first) && LINUX_VERSION_CODE < (behind))
#endif

#if IN(0, FROM(6, 4))
struct class *class_of_owner(void)
{
	return class_create(THIS_MODULE, "class_of_owner");
}
#endif
#if IN(FROM(6, 4), EVER)
struct class *class_of_name(void)
{
	return class_create("class_of_name");
}
#endif
#if IN(0, FROM(6, 4))
struct class class_with_owner = { .name = "x", .owner = THIS_MODULE };
ssize_t class_show(struct class *class, struct class_attribute *attr, char *buf)
{
	return 0;
}
struct class_attribute class_attr_plain = { .show = class_show };
#endif
#if IN(FROM(6, 4), EVER)
ssize_t class_const_show(
	const struct class *c, const struct class_attribute *a, char *buf)
{
	return 0;
}
struct class_attribute class_attr_const = { .show = class_const_show };
#endif
#if IN(0, FROM(6, 11))
int platform_remove_int(struct platform_device *pdev)
{
	return 0;
}
struct platform_driver platform_int = { .remove = platform_remove_int };
#endif
#if IN(FROM(6, 11), EVER)
void platform_remove_void(struct platform_device *pdev)
{
}
struct platform_driver platform_void = { .remove = platform_remove_void };
#endif
#if IN(0, FROM(6, 3))
int i2c_probe_id(struct i2c_client *client, const struct i2c_device_id *id)
{
	return 0;
}
struct i2c_driver i2c_id = { .probe = i2c_probe_id };
#endif
#if IN(FROM(6, 3), EVER)
int i2c_probe_alone(struct i2c_client *client)
{
	return 0;
}
struct i2c_driver i2c_alone = { .probe = i2c_probe_alone };
#endif
#if IN(0, FROM(6, 1))
int i2c_remove_int(struct i2c_client *client)
{
	return 0;
}
struct i2c_driver i2c_int = { .remove = i2c_remove_int };
u32 random_plain(void)
{
	return prandom_u32();
}
#endif
#if IN(FROM(6, 1), EVER)
void i2c_remove_void(struct i2c_client *client)
{
}
struct i2c_driver i2c_void = { .remove = i2c_remove_void };
#endif
#if IN(0, FROM(6, 6))
int i2c_probe_new(struct i2c_client *client)
{
	return 0;
}
struct i2c_driver i2c_new = { .probe_new = i2c_probe_new };
#endif
#if IN(0, FROM(5, 18))
int spi_remove_int(struct spi_device *spi)
{
	return 0;
}
struct spi_driver spi_int = { .remove = spi_remove_int };
#endif
#if IN(FROM(5, 18), EVER)
void spi_remove_void(struct spi_device *spi)
{
}
struct spi_driver spi_void = { .remove = spi_remove_void };
#endif
#if IN(0, FROM(6, 11))
int bus_match_plain(struct device *dev, struct device_driver *drv)
{
	return 0;
}
struct bus_type bus_plain = { .match = bus_match_plain };
#endif
#if IN(FROM(6, 11), EVER)
int bus_match_const(struct device *dev, const struct device_driver *drv)
{
	return 0;
}
struct bus_type bus_const = { .match = bus_match_const };
#endif
#if IN(0, FROM(6, 12))
const struct file_operations fops_seek = { .llseek = no_llseek };
#endif
#if IN(0, FROM(6, 8))
void copy_old(char *to, const char *from)
{
	strlcpy(to, from, 8);
}
#endif
#if IN(0, FROM(6, 2))
u32 random_max(void)
{
	return prandom_u32_max(7);
}
#endif
#if IN(0, FROM(6, 0))
int shrink_nameless(struct shrinker *s)
{
	return register_shrinker(s);
}
#endif
#if IN(FROM(6, 0), FROM(6, 7))
int shrink_named(struct shrinker *s)
{
	return register_shrinker(s, "shrink-%d", 1);
}
#endif
#if IN(FROM(6, 7), EVER)
struct shrinker *shrink_made(void)
{
	return shrinker_alloc(0, "shrink-%d", 1);
}
#endif
#if IN(0, FROM(5, 17))
void end_old(struct completion *done)
{
	complete_and_exit(done, 0);
}
void *data_old(struct inode *inode)
{
	return PDE_DATA(inode);
}
#endif
#if IN(0, FROM(6, 13))
MODULE_IMPORT_NS(DMA_BUF);
#endif
#if IN(FROM(6, 13), EVER)
MODULE_IMPORT_NS("DMA_BUF");
void hrtimer_new(struct hrtimer *t, enum hrtimer_restart (*fn)(struct hrtimer *))
{
	hrtimer_setup(t, fn, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
#endif
#if IN(0, FROM(6, 15))
void timer_old(struct timer_list *t, struct hrtimer *h)
{
	del_timer_sync(t);
	hrtimer_init(h, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
}
#endif
#if IN(0, FROM(6, 16))
struct with_timer {
	struct timer_list timer;
};
void timer_from(struct timer_list *t)
{
	struct with_timer *with = from_timer(with, t, timer);

	with->timer.expires = 0;
}
#endif
#if IN(0, FROM(6, 10))
int gpio_array(const struct gpio *lines)
{
	return gpio_request_array(lines, 2);
}
#endif
#if IN(0, FROM(6, 2))
int gpio_flags(struct device_node *np, enum of_gpio_flags *flags)
{
	return of_get_named_gpio_flags(np, "reset-gpios", 0, flags);
}
#endif
#if IN(0, FROM(5, 18))
void *pci_old(struct pci_dev *pdev, dma_addr_t *dma)
{
	if (pci_set_dma_mask(pdev, DMA_BIT_MASK(32)))
		return NULL;
	return pci_alloc_consistent(pdev, 64, dma);
}
#endif
#if IN(0, FROM(5, 12))
MODULE_SUPPORTED_DEVICE("lamp");
#endif

MODULE_LICENSE("GPL");
