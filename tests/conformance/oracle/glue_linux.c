// SPDX-License-Identifier: MIT
/*
 * Linux side of the oracle: /proc/oracle runs a scenario on write, returns its text on read.
 */
#include <linux/module.h>
#include <linux/kernel.h>
#include <linux/proc_fs.h>
#include <linux/uaccess.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/vmstat.h>
#include <linux/platform_device.h>
#include <linux/mutex.h>
#include <linux/io.h>
#include <linux/vmalloc.h>
#include <linux/bitops.h>
#include <linux/cma.h>
#include "oracle.h"
#include "linux_only.h"

static unsigned long drain_addr;
module_param_named(drain, drain_addr, ulong, 0400);
MODULE_PARM_DESC(drain, "address of drain_all_pages from /proc/kallsyms (optional)");
static int to_log;
module_param(to_log, int, 0600);
MODULE_PARM_DESC(to_log, "also printk every line");

#define OBUF (768 << 10)
static char obuf[OBUF];
static size_t olen;
static DEFINE_MUTEX(olock);
static struct platform_device *opdev;

void orc_out(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vscnprintf(obuf + olen, OBUF - olen, fmt, ap);
	va_end(ap);
	if (to_log)
		pr_info("oracle: %.*s", n, obuf + olen);
	olen += n;
}

void orc_drain(void)
{
	if (drain_addr)
		((void (*)(struct zone *))drain_addr)(NULL);
}

static struct zone *zn(int zi)
{
	return &NODE_DATA(0)->node_zones[zi];
}
int orc_nr_zones(void)
{
	return MAX_NR_ZONES;
}
const char *orc_zone_name(int zi)
{
	return zn(zi)->name;
}
unsigned long orc_zone_free(int zi)
{
	return populated_zone(zn(zi)) ? zone_page_state_snapshot(zn(zi), NR_FREE_PAGES)
				      : 0;
}
unsigned long orc_zone_free_order(int zi, unsigned int o)
{
	return zn(zi)->free_area[o].nr_free;
}
unsigned long orc_zone_wmark(int zi, int w)
{
	return zn(zi)->_watermark[w];
}
unsigned long orc_zone_managed(int zi)
{
	return zone_managed_pages(zn(zi));
}
unsigned long orc_zone_present(int zi)
{
	return zn(zi)->present_pages;
}
long orc_zone_reserve(int zi, int f)
{
	return zn(zi)->lowmem_reserve[f];
}
const char *orc_page_zone_name(struct page *p)
{
	return page_zone(p)->name;
}
unsigned long orc_max_pfn(void)
{
	return NODE_DATA(0)->node_start_pfn + NODE_DATA(0)->node_spanned_pages;
}
unsigned int orc_nr_cpu_ids(void)
{
	return nr_cpu_ids;
}
struct device *orc_dev(void)
{
	return &opdev->dev;
}
unsigned long orc_virt_phys(const void *p)
{
	return virt_addr_valid(p) ? virt_to_phys((void *)p) : ~0UL;
}

unsigned long *orc_bitmap(unsigned long nr_bits)
{
	return vzalloc(BITS_TO_LONGS(nr_bits) * sizeof(long));
}

void orc_bitmap_free(unsigned long *words)
{
	vfree(words);
}

void *orc_table(unsigned long bytes)
{
	return vzalloc(bytes);
}

void orc_table_free(void *table)
{
	vfree(table);
}

/* ------------------------------------------------------------------ the default CMA area */

static ulong cma_area, cma_alloc_addr, cma_release_addr, cma_base_addr, cma_size_addr;
module_param(cma_area, ulong, 0400);
MODULE_PARM_DESC(cma_area, "address of dma_contiguous_default_area (optional)");
module_param_named(cma_alloc, cma_alloc_addr, ulong, 0400);
module_param_named(cma_release, cma_release_addr, ulong, 0400);
module_param_named(cma_get_base, cma_base_addr, ulong, 0400);
module_param_named(cma_get_size, cma_size_addr, ulong, 0400);

static struct cma *area(void)
{
	return cma_area && cma_alloc_addr && cma_release_addr && cma_base_addr &&
			       cma_size_addr
		       ? *(struct cma **)cma_area
		       : NULL;
}

static unsigned long area_base_pfn(void)
{
	return PHYS_PFN(((phys_addr_t(*)(const struct cma *))cma_base_addr)(area()));
}

unsigned long orc_cma_pages(void)
{
	return area() ? ((unsigned long (*)(const struct cma *))cma_size_addr)(area()) >>
				PAGE_SHIFT
		      : 0;
}

unsigned int orc_cma_align_order(void)
{
	return __ffs(area_base_pfn());
}

struct page *orc_cma_take(unsigned long nr, unsigned int align_order)
{
	return ((struct page * (*)(struct cma *, unsigned long, unsigned int, bool))
			cma_alloc_addr)(area(), nr, align_order, true);
}

int orc_cma_give(struct page *page, unsigned long nr)
{
	return ((bool (*)(struct cma *, const struct page *,
		unsigned long))cma_release_addr)(area(), page, nr);
}

long orc_cma_offset(struct page *page)
{
	return (long)page_to_pfn(page) - (long)area_base_pfn();
}

unsigned long orc_free_cma(void)
{
	unsigned long nr = 0;

#ifdef CONFIG_CMA
	int nid, zi;

	for_each_online_node(nid)
		for (zi = 0; zi < MAX_NR_ZONES; zi++)
			if (populated_zone(&NODE_DATA(nid)->node_zones[zi]))
				nr += zone_page_state_snapshot(
					&NODE_DATA(nid)->node_zones[zi],
					NR_FREE_CMA_PAGES);
#endif
	return nr;
}

static const struct orc_scenario *find(const struct orc_scenario *s, const char *name)
{
	while (s->name && strcmp(s->name, name))
		s++;
	return s->name ? s : NULL;
}

static ssize_t o_write(struct file *f, const char __user *ub, size_t n, loff_t *pos)
{
	char cmd[64];
	size_t len = min(n, sizeof(cmd) - 1);
	const struct orc_scenario *s;

	if (copy_from_user(cmd, ub, len))
		return -EFAULT;
	cmd[len] = 0;
	strim(cmd);
	s = find(orc_page_scenarios, cmd) ?: find(orc_contig_scenarios, cmd);
	s = s ?: find(orc_slab_scenarios, cmd) ?: find(orc_virt_scenarios, cmd);
	s = s ?: find(orc_dma_scenarios, cmd);
	s = s ?: find(orc_object_scenarios, cmd) ?: find(orc_linux_scenarios, cmd);
	if (!s)
		return -ENOENT;
	mutex_lock(&olock);
	olen = 0;
	orc_out("# scenario %s\n", s->name);
	pr_info("oracle: begin %s\n", s->name);
	s->fn();
	pr_info("oracle: end %s\n", s->name);
	mutex_unlock(&olock);
	return n;
}

static ssize_t o_read(struct file *f, char __user *ub, size_t n, loff_t *pos)
{
	return simple_read_from_buffer(ub, n, pos, obuf, olen);
}

static const struct proc_ops o_ops = {
	.proc_write = o_write, .proc_read = o_read, .proc_lseek = default_llseek
};

static int __init o_init(void)
{
	opdev = platform_device_register_simple("orc_dma", -1, NULL, 0);
	if (IS_ERR(opdev))
		return PTR_ERR(opdev);
	if (!proc_create("oracle", 0600, NULL, &o_ops)) {
		platform_device_unregister(opdev);
		return -ENOMEM;
	}
	return 0;
}
static void __exit o_exit(void)
{
	remove_proc_entry("oracle", NULL);
	platform_device_unregister(opdev);
}
module_init(o_init);
module_exit(o_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("Quarry differential oracle");
