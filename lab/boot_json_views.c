// SPDX-License-Identifier: MIT
/*
 * The views of a booted board as JSON that are more than counts of free blocks. See boot_json.h. No state.
 */
#include "lab/board_device.h"
#include "lab/boot_json_out.h"

#include <quarry.h>
#include <quarry/slab.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------ zoneinfo */

static json_t *pagesets(struct boot_out *o, uint32_t zone)
{
	struct qy_zone_cpu_stats cpu;
	json_t *array = json_array();

	for (uint32_t i = 0; qy_zone_cpu_stats(o->boot->m, zone, i, &cpu); i++) {
		json_t *object = json_object();

		qy_boot_put_number(o, object, "cpu", i);
		qy_boot_put_number(o, object, "count_pages", cpu.count);
		qy_boot_put(o, object, "high_pages", json_integer(cpu.high));
		qy_boot_put(o, object, "batch_pages", json_integer(cpu.batch));
		qy_boot_put_number(o, object, "stat_threshold", cpu.stat_threshold);
		qy_boot_add(o, array, object);
	}
	return array;
}

static json_t *stats(struct boot_out *o, uint32_t index,
	bool (*line)(struct qy_machine *m, uint32_t i, uint32_t n, struct qy_stat *out))
{
	json_t *object = json_object();
	struct qy_stat stat;

	for (uint32_t n = 0; line(o->boot->m, index, n, &stat); n++)
		qy_boot_put_number(o, object, stat.name, stat.value);
	return object;
}

static json_t *lowmem_reserve(struct boot_out *o, const struct qy_zone_stats *z)
{
	uint32_t nr =
		o->boot->board->board.zone_device ? QY_MAX_NR_ZONES : QY_ZONE_DEVICE;
	json_t *array = json_array();

	for (uint32_t i = 0; i < nr; i++)
		qy_boot_add(o, array, json_integer((json_int_t)z->lowmem_reserve[i]));
	return array;
}

/* Watermarks as zoneinfo prints them, and every check reads them: with the boost. */
static void put_limits(struct boot_out *o, json_t *zone, const struct qy_zone_stats *z)
{
	static const char *const names[] = { "min_pages", "low_pages", "high_pages",
		"promo_pages" };

	qy_boot_put_number(o, zone, "free_pages", z->free_pages);
	qy_boot_put_number(o, zone, "boost_pages", z->watermark_boost);
	for (unsigned int i = 0; i < 4; i++)
		qy_boot_put_number(
			o, zone, names[i], z->watermark[i] + z->watermark_boost);
	qy_boot_put_number(o, zone, "spanned_pages", z->spanned_pages);
	qy_boot_put_number(o, zone, "present_pages", z->present_pages);
	qy_boot_put_number(o, zone, "managed_pages", z->managed_pages);
	qy_boot_put_number(o, zone, "cma_pages", z->cma_pages);
	qy_boot_put(o, zone, "protection_pages", lowmem_reserve(o, z));
}

void qy_boot_put_zoneinfo(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index)
{
	put_limits(o, zone, z);
	if (!z->present_pages) {
		qy_boot_put(o, zone, "start_pfn", json_null());
		qy_boot_put(o, zone, "pagesets", json_null());
		qy_boot_put(o, zone, "stats", json_null());
		qy_boot_put(o, zone, "node_stats", json_null());
		return;
	}
	qy_boot_put_number(o, zone, "start_pfn", z->start_pfn);
	qy_boot_put(o, zone, "pagesets", pagesets(o, index));
	qy_boot_put(o, zone, "stats", stats(o, index, qy_zone_stat_line));
	qy_boot_put(o, zone, "node_stats", stats(o, z->node, qy_node_stat_line));
}

/* ------------------------------------------------------------------ show_mem */

static uint64_t on_this_cpu(struct boot_out *o, uint32_t zone)
{
	struct qy_zone_cpu_stats cpu;

	return qy_zone_cpu_stats(o->boot->m, zone, 0, &cpu) ? cpu.count : 0;
}

static json_t *free_lists(struct boot_out *o, const struct qy_zone_stats *z)
{
	json_t *array = json_array();

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++) {
		json_t *object = json_object(), *types = json_array();
		uint64_t blocks = 0;

		for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++) {
			blocks += z->nr_free[order][mt];
			if (z->nr_free[order][mt])
				qy_boot_add(o, types, json_string(qy_boot_type_name(mt)));
		}
		qy_boot_put_number(o, object, "order", order);
		qy_boot_put_number(o, object, "blocks", blocks);
		qy_boot_put(o, object, "types", types);
		qy_boot_add(o, array, object);
	}
	return array;
}

void qy_boot_put_show_mem(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index)
{
	const uint64_t kib = QY_PAGE_SIZE / 1024;

	qy_boot_put_number(o, zone, "free_kib", z->free_pages * kib);
	qy_boot_put_number(o, zone, "boost_kib", z->watermark_boost * kib);
	qy_boot_put_number(
		o, zone, "min_kib", (z->watermark[0] + z->watermark_boost) * kib);
	qy_boot_put_number(
		o, zone, "low_kib", (z->watermark[1] + z->watermark_boost) * kib);
	qy_boot_put_number(
		o, zone, "high_kib", (z->watermark[2] + z->watermark_boost) * kib);
	qy_boot_put_number(
		o, zone, "reserved_highatomic_kib", z->nr_reserved_highatomic * kib);
	qy_boot_put_number(o, zone, "present_kib", z->present_pages * kib);
	qy_boot_put_number(o, zone, "managed_kib", z->managed_pages * kib);
	qy_boot_put_number(o, zone, "free_pcp_kib", z->pcp_pages * kib);
	qy_boot_put_number(o, zone, "local_pcp_kib", on_this_cpu(o, index) * kib);
	qy_boot_put_number(o, zone, "free_cma_kib", z->free_cma_pages * kib);
	qy_boot_put(o, zone, "lowmem_reserve_pages", lowmem_reserve(o, z));
	qy_boot_put(o, zone, "free_lists", free_lists(o, z));
}

/* ------------------------------------------------------------------ meminfo, vmstat, sysctl */

json_t *qy_boot_meminfo(struct boot_out *o)
{
	json_t *object = json_object();
	struct qy_stat stat;
	char key[64];

	for (uint32_t n = 0; qy_meminfo_line(o->boot->m, n, &stat); n++) {
		snprintf(key, sizeof(key), "%s%s", stat.name, stat.kib ? "_kib" : "");
		qy_boot_put_number(o, object, key, stat.value);
	}
	return object;
}

json_t *qy_boot_vmstat(struct boot_out *o)
{
	json_t *object = json_object();
	struct qy_stat stat;

	for (uint32_t n = 0; qy_vmstat_line(o->boot->m, n, &stat); n++)
		qy_boot_put_number(o, object, stat.name, stat.value);
	return object;
}

static json_t *aliases(struct boot_out *o, const struct qy_kmem_cache_info *c)
{
	json_t *array = json_array();
	const char *name;

	for (unsigned int n = 0; (name = qy_kmem_cache_alias(c->cache, n)); n++)
		qy_boot_add(o, array, qy_boot_text(name));
	return array;
}

json_t *qy_boot_slabinfo(struct boot_out *o)
{
	json_t *array = json_array();
	struct qy_kmem_cache_info c;

	for (unsigned int n = 0; qy_kmem_cache_info(o->boot->m, n, &c); n++) {
		json_t *object = json_object();

		qy_boot_put_text(o, object, "name", c.name);
		qy_boot_put(o, object, "aliases", aliases(o, &c));
		qy_boot_put_number(o, object, "object_bytes", c.object_size);
		qy_boot_put_number(o, object, "slot_bytes", c.size);
		qy_boot_put_number(o, object, "align_bytes", c.align);
		qy_boot_put_number(o, object, "objects_per_slab", c.objects_per_slab);
		qy_boot_put_number(o, object, "pages_per_slab", 1u << c.order);
		qy_boot_put_number(o, object, "slabs", c.nr_slabs);
		qy_boot_put_number(o, object, "partial_slabs", c.nr_partial);
		qy_boot_put_number(o, object, "objects", c.total_objects);
		qy_boot_put_number(
			o, object, "active_objects", c.total_objects - c.partial_free);
		qy_boot_put_number(o, object, "used_objects",
			c.total_objects - c.free_objects - c.sheaf_objects);
		qy_boot_put_number(o, object, "sheaf_objects", c.sheaf_objects);
		qy_boot_add(o, array, object);
	}
	return array;
}

/* One number, or several with tabs between them. */
static json_t *setting(struct boot_out *o, const char *text)
{
	json_t *array = json_array(), *only;
	char *end;

	for (long long value; value = strtoll(text, &end, 10), end != text; text = end)
		qy_boot_add(o, array, json_integer(value));
	if (json_array_size(array) != 1)
		return array;
	only = json_incref(json_array_get(array, 0));
	json_decref(array);
	return only;
}

json_t *qy_boot_sysctl(struct boot_out *o)
{
	static const char dir[] = "/proc/sys/vm/";
	json_t *object = json_object();
	const char *path;
	char text[256], key[128];

	for (unsigned int n = 0; (path = qy_proc_path(n)); n++) {
		if (strncmp(path, dir, sizeof(dir) - 1) != 0 ||
			qy_proc_read(o->boot->m, path, text, sizeof(text)) < 0)
			continue;
		snprintf(key, sizeof(key), "vm.%s", path + sizeof(dir) - 1);
		qy_boot_put(o, object, key, setting(o, text));
	}
	return object;
}

/* ------------------------------------------------------------------ who holds what */

json_t *qy_boot_page_owner(struct boot_out *o)
{
	json_t *array = json_array();
	struct qy_page_owner owner;
	uint64_t pfn = 0;

	while (qy_page_owner_next(o->boot->m, &pfn, &owner)) {
		json_t *object = json_object();

		qy_boot_put_number(o, object, "pfn", owner.pfn);
		qy_boot_put_number(o, object, "order", owner.order);
		qy_boot_put_number(o, object, "gfp", owner.gfp);
		qy_boot_put_text(o, object, "type", qy_boot_type_name(owner.migratetype));
		qy_boot_put_text(o, object, "pageblock_type",
			qy_boot_type_name(owner.block_migratetype));
		qy_boot_put(o, object, "pid", json_integer(owner.task.pid));
		qy_boot_put(o, object, "tgid", json_integer(owner.task.tgid));
		qy_boot_put_text(o, object, "comm", owner.task.comm);
		qy_boot_put_number(o, object, "at_ns", owner.ts_ns);
		qy_boot_put_text(o, object, "file", owner.site ? owner.site->file : NULL);
		qy_boot_put(o, object, "line",
			owner.site ? json_integer(owner.site->line) : json_null());
		qy_boot_put_text(o, object, "func", owner.site ? owner.site->func : NULL);
		qy_boot_add(o, array, object);
	}
	return array;
}

json_t *qy_boot_allocinfo(struct boot_out *o)
{
	json_t *array = json_array();
	struct qy_site_usage usage;

	for (unsigned int n = 0; qy_site_usage(o->boot->m, n, &usage); n++) {
		json_t *object = json_object();

		qy_boot_put_number(o, object, "held_bytes", usage.bytes);
		qy_boot_put_number(o, object, "calls", usage.calls);
		qy_boot_put_text(o, object, "file", usage.site->file);
		qy_boot_put_number(o, object, "line", usage.site->line);
		qy_boot_put_text(o, object, "func", usage.site->func);
		qy_boot_put_text(o, object, "module", usage.site->module);
		qy_boot_add(o, array, object);
	}
	return array;
}

/* ------------------------------------------------------------------ areas */

/* /proc/cma's columns in pages, and what the files of each area have. */
json_t *qy_boot_cma(struct boot_out *o)
{
	json_t *array = json_array();
	struct qy_cma_stats s;

	for (uint32_t i = 0; qy_cma_stats(o->boot->m, i, &s); i++) {
		json_t *object = json_object();

		qy_boot_put_text(o, object, "name", s.name);
		qy_boot_put(o, object, "default", json_boolean(s.is_default));
		qy_boot_put_number(o, object, "node", s.node);
		qy_boot_put_text(o, object, "zone", s.zone_name);
		qy_boot_put_number(o, object, "base_pfn", s.base_pfn);
		qy_boot_put_number(o, object, "order_per_bit", s.order_per_bit);
		qy_boot_put_number(o, object, "total_pages", s.nr_pages);
		qy_boot_put_number(o, object, "used_pages", s.used_pages);
		qy_boot_put_number(o, object, "maxchunk_pages", s.largest_run_pages);
		qy_boot_put_number(o, object, "maxalloc_pages", s.max_alloc_pages);
		qy_boot_put_number(o, object, "free_pages", s.free_pages);
		qy_boot_put_number(o, object, "borrowed_pages", s.borrowed_pages);
		qy_boot_put_number(o, object, "pinned_pages", s.pinned_pages);
		qy_boot_put_number(
			o, object, "alloc_pages_success", s.alloc_pages_success);
		qy_boot_put_number(o, object, "alloc_pages_fail", s.alloc_pages_fail);
		qy_boot_put_number(
			o, object, "release_pages_success", s.release_pages_success);
		qy_boot_add(o, array, object);
	}
	return array;
}

/* ------------------------------------------------------------------ devices */

static json_t *windows_of(struct boot_out *o, const struct qy_dt_device *d)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < d->nr_windows; i++) {
		json_t *object = json_object();

		qy_boot_put_number(o, object, "bus", d->window[i].bus);
		qy_boot_put_number(o, object, "memory", d->window[i].cpu);
		qy_boot_put_number(o, object, "size_bytes", d->window[i].size);
		qy_boot_add(o, array, object);
	}
	return array;
}

static json_t *iommu_of(struct boot_out *o, const struct qy_dt_device *d)
{
	json_t *object;

	if (d->iommu == QY_IOMMU_NONE)
		return json_null();
	object = json_object();
	qy_boot_put_text(o, object, "name", d->iommu_name);
	qy_boot_put_text(o, object, "kind", qy_iommu_kind_name(d->iommu));
	qy_boot_put_number(o, object, "stream", d->stream);
	return object;
}

struct device_list {
	struct boot_out *o;
	json_t *array;
};

static void add_device(void *arg, const struct qy_dt_device *d)
{
	struct device_list *list = arg;
	struct boot_out *o = list->o;
	json_t *object = json_object(), *regions = json_array();

	for (uint32_t i = 0; i < d->nr_regions; i++)
		qy_boot_add(o, regions, qy_boot_text(d->region_name[i]));
	qy_boot_put_text(o, object, "name", d->name);
	qy_boot_put_text(o, object, "path", d->path);
	qy_boot_put_text(o, object, "compatible", d->compatible);
	qy_boot_put_number(o, object, "dma_mask_bits", d->mask_bits);
	qy_boot_put_number(o, object, "coherent_dma_mask_bits", d->coherent_mask_bits);
	qy_boot_put(o, object, "coherent", json_boolean(d->coherent));
	qy_boot_put(o, object, "windows", windows_of(o, d));
	qy_boot_put(o, object, "iommu", iommu_of(o, d));
	qy_boot_put(o, object, "memory_regions", regions);
	qy_boot_add(o, list->array, object);
}

json_t *qy_boot_devices(struct boot_out *o)
{
	struct device_list list = { o, json_array() };

	qy_dt_device_each(o->boot->board, add_device, &list);
	return list.array;
}
