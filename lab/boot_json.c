// SPDX-License-Identifier: MIT
/*
 * See boot_json.h: the board, and the views that are about zones. The others are boot_json_views.c's.
 *
 * No state. A value that could not be made (no host memory) is noted in struct boot_out and fails the whole.
 */
#include "lab/boot_json_out.h"

#include <quarry.h>
#include <string.h>

const char *const qy_boot_views[QY_NR_BOOT_VIEWS] = {
	[QY_VIEW_BUDDYINFO] = "buddyinfo",
	[QY_VIEW_PAGETYPEINFO] = "pagetypeinfo",
	[QY_VIEW_ZONEINFO] = "zoneinfo",
	[QY_VIEW_MEMINFO] = "meminfo",
	[QY_VIEW_VMSTAT] = "vmstat",
	[QY_VIEW_SLABINFO] = "slabinfo",
	[QY_VIEW_EXTFRAG_INDEX] = "extfrag_index",
	[QY_VIEW_UNUSABLE_INDEX] = "unusable_index",
	[QY_VIEW_SYSCTL] = "sysctl",
	[QY_VIEW_SHOW_MEM] = "show_mem",
	[QY_VIEW_PAGE_OWNER] = "page_owner",
	[QY_VIEW_ALLOCINFO] = "allocinfo",
	[QY_VIEW_CMA] = "cma",
	[QY_VIEW_DEVICES] = "devices",
};

const char *qy_boot_view_path(enum qy_boot_view view)
{
	static const char *const paths[QY_NR_BOOT_VIEWS] = {
		[QY_VIEW_BUDDYINFO] = "/proc/buddyinfo",
		[QY_VIEW_PAGETYPEINFO] = "/proc/pagetypeinfo",
		[QY_VIEW_ZONEINFO] = "/proc/zoneinfo",
		[QY_VIEW_MEMINFO] = "/proc/meminfo",
		[QY_VIEW_VMSTAT] = "/proc/vmstat",
		[QY_VIEW_SLABINFO] = "/proc/slabinfo",
		[QY_VIEW_EXTFRAG_INDEX] = "/sys/kernel/debug/extfrag/extfrag_index",
		[QY_VIEW_UNUSABLE_INDEX] = "/sys/kernel/debug/extfrag/unusable_index",
		[QY_VIEW_PAGE_OWNER] = "/sys/kernel/debug/page_owner",
		[QY_VIEW_ALLOCINFO] = "/proc/allocinfo",
		[QY_VIEW_CMA] = "/proc/cma",
	};

	return paths[view];
}

bool qy_boot_view_present(const struct qy_boot *boot, enum qy_boot_view view)
{
	const char *path = qy_boot_view_path(view);

	return !path || qy_proc_read(boot->m, path, NULL, 0) >= 0;
}

static const char *const type_names[QY_MIGRATE_TYPES] = { "Unmovable", "Movable",
	"Reclaimable", "HighAtomic", "CMA", "Isolate" };

const char *qy_boot_type_name(unsigned int type)
{
	return type < QY_MIGRATE_TYPES ? type_names[type] : NULL;
}

/* ------------------------------------------------------------------ values */

void qy_boot_put(struct boot_out *o, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value))
		o->failed = true;
}

void qy_boot_add(struct boot_out *o, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value))
		o->failed = true;
}

void qy_boot_put_number(
	struct boot_out *o, json_t *object, const char *key, uint64_t value)
{
	qy_boot_put(o, object, key, json_integer((json_int_t)value));
}

void qy_boot_put_text(
	struct boot_out *o, json_t *object, const char *key, const char *text)
{
	qy_boot_put(o, object, key, text ? qy_boot_text(text) : json_null());
}

/* What is no printable ASCII may be no UTF-8 either: shown as '?'. */
json_t *qy_boot_text(const char *text)
{
	char clean[1024];
	size_t i;

	for (i = 0; text[i] && i < sizeof(clean) - 1; i++)
		clean[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	clean[i] = '\0';
	return json_string(clean);
}

static json_t *orders(struct boot_out *o, const uint64_t *values)
{
	json_t *array = json_array();

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		qy_boot_add(o, array, json_integer((json_int_t)values[order]));
	return array;
}

static json_t *by_type(struct boot_out *o, const uint64_t *values)
{
	json_t *object = json_object();

	for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
		qy_boot_put_number(o, object, type_names[mt], values[mt]);
	return object;
}

/* ------------------------------------------------------------------ views of zones */

static json_t *zone_object(struct boot_out *o, const struct qy_zone_stats *z)
{
	json_t *zone = json_object();

	qy_boot_put_number(o, zone, "node", z->node);
	qy_boot_put_text(o, zone, "zone", z->name);
	return zone;
}

static void put_buddyinfo(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index)
{
	uint64_t blocks[QY_NR_PAGE_ORDERS] = { 0 };

	(void)index;
	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
			blocks[order] += z->nr_free[order][mt];
	qy_boot_put(o, zone, "free_blocks", orders(o, blocks));
}

static void put_pagetypes(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index)
{
	json_t *free_blocks = json_object();
	uint64_t mixed[QY_MIGRATE_TYPES];

	for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++) {
		uint64_t blocks[QY_NR_PAGE_ORDERS];

		for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
			blocks[order] = z->nr_free[order][mt];
		qy_boot_put(o, free_blocks, type_names[mt], orders(o, blocks));
	}
	qy_boot_put(o, zone, "free_blocks", free_blocks);
	qy_boot_put(o, zone, "pageblocks", by_type(o, z->nr_blocks));
	if (o->boot->board->board.page_owner == QY_PAGE_OWNER_ON &&
		qy_mixed_pageblocks(o->boot->m, index, mixed))
		qy_boot_put(o, zone, "mixed_pageblocks", by_type(o, mixed));
	else
		qy_boot_put(o, zone, "mixed_pageblocks", json_null());
}

static void put_indexes(struct boot_out *o, json_t *zone, const struct qy_zone_stats *z,
	int (*index)(const struct qy_zone_stats *z, unsigned int order))
{
	json_t *array = json_array();

	for (unsigned int order = 0; order < QY_NR_PAGE_ORDERS; order++)
		qy_boot_add(o, array, json_integer(index(z, order)));
	qy_boot_put(o, zone, "thousandths", array);
}

static void put_extfrag(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index)
{
	(void)index;
	put_indexes(o, zone, z, qy_fragmentation_index);
}

static void put_unusable(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index)
{
	(void)index;
	put_indexes(o, zone, z, qy_unusable_index);
}

typedef void (*put_zone)(
	struct boot_out *o, json_t *zone, const struct qy_zone_stats *z, uint32_t index);

/* One object for each zone with RAM, or for all. */
static json_t *zones(struct boot_out *o, put_zone put, bool empty_too)
{
	json_t *array = json_array();
	struct qy_zone_stats z;

	for (uint32_t i = 0; qy_zone_stats(o->boot->m, i, &z); i++) {
		json_t *zone;

		if (!z.present_pages && !empty_too)
			continue;
		zone = zone_object(o, &z);
		put(o, zone, &z, i);
		qy_boot_add(o, array, zone);
	}
	return array;
}

static json_t *view_of(struct boot_out *o, enum qy_boot_view view)
{
	switch (view) {
	case QY_VIEW_BUDDYINFO:
		return zones(o, put_buddyinfo, false);
	case QY_VIEW_PAGETYPEINFO:
		return zones(o, put_pagetypes, false);
	case QY_VIEW_ZONEINFO:
		return zones(o, qy_boot_put_zoneinfo, true);
	case QY_VIEW_EXTFRAG_INDEX:
		return zones(o, put_extfrag, false);
	case QY_VIEW_UNUSABLE_INDEX:
		return zones(o, put_unusable, false);
	case QY_VIEW_SHOW_MEM:
		return zones(o, qy_boot_put_show_mem, false);
	case QY_VIEW_MEMINFO:
		return qy_boot_meminfo(o);
	case QY_VIEW_VMSTAT:
		return qy_boot_vmstat(o);
	case QY_VIEW_SLABINFO:
		return qy_boot_slabinfo(o);
	case QY_VIEW_SYSCTL:
		return qy_boot_sysctl(o);
	case QY_VIEW_PAGE_OWNER:
		return qy_boot_page_owner(o);
	case QY_VIEW_ALLOCINFO:
		return qy_boot_allocinfo(o);
	case QY_VIEW_CMA:
		return qy_boot_cma(o);
	case QY_VIEW_DEVICES:
		return qy_boot_devices(o);
	case QY_NR_BOOT_VIEWS:
		break;
	}
	return NULL;
}

/* ------------------------------------------------------------------ the board */

static json_t *memory_of(struct boot_out *o, const struct qy_board *board)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < board->nr_banks; i++) {
		json_t *bank = json_object();

		qy_boot_put_number(o, bank, "base", board->banks[i].base);
		qy_boot_put_number(o, bank, "size_bytes", board->banks[i].size);
		qy_boot_put_number(o, bank, "node", board->banks[i].node);
		qy_boot_add(o, array, bank);
	}
	return array;
}

static json_t *reserved_of(struct boot_out *o, const struct qy_board *board)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < board->nr_reserved; i++) {
		const struct qy_reserved *r = &board->reserved[i];
		json_t *object = json_object();

		qy_boot_put_text(o, object, "name", r->name);
		qy_boot_put(o, object, "base",
			r->flags & QY_RESERVED_DYNAMIC
				? json_null()
				: json_integer((json_int_t)r->base));
		qy_boot_put_number(o, object, "size_bytes", r->size);
		qy_boot_put(
			o, object, "no_map", json_boolean(r->flags & QY_RESERVED_NOMAP));
		qy_boot_put(o, object, "reusable",
			json_boolean(r->flags & QY_RESERVED_REUSABLE));
		qy_boot_add(o, array, object);
	}
	return array;
}

static json_t *board_of(struct boot_out *o)
{
	const struct qy_board *board = &o->boot->board->board;
	json_t *object = json_object();
	struct qy_machine_stats stats;

	qy_machine_stats(o->boot->m, &stats);
	qy_boot_put_text(o, object, "tree", o->boot->tree);
	qy_boot_put_text(o, object, "model", board->model);
	qy_boot_put_text(
		o, object, "arch", board->arch == QY_ARCH_ARM64 ? "arm64" : "x86-64");
	qy_boot_put_text(o, object, "command_line", board->cmdline);
	qy_boot_put_text(o, object, "policy", qy_policy_name(board->policy));
	qy_boot_put_number(o, object, "nr_cpus", board->nr_cpus);
	qy_boot_put_number(o, object, "nr_nodes", board->nr_nodes);
	qy_boot_put_number(o, object, "ram_bytes", stats.ram_bytes);
	qy_boot_put_number(
		o, object, "managed_bytes", stats.managed_pages * QY_PAGE_SIZE);
	qy_boot_put_number(
		o, object, "reserved_bytes", stats.reserved_pages * QY_PAGE_SIZE);
	qy_boot_put_number(o, object, "free_bytes", stats.free_pages * QY_PAGE_SIZE);
	qy_boot_put(o, object, "memory", memory_of(o, board));
	qy_boot_put(o, object, "reserved", reserved_of(o, board));
	return object;
}

static json_t *texts(struct boot_out *o, const char *const *lines, size_t nr)
{
	json_t *array = json_array();

	for (size_t i = 0; i < nr; i++)
		qy_boot_add(o, array, qy_boot_text(lines[i]));
	return array;
}

int qy_boot_json(FILE *out, const struct qy_boot *boot, uint32_t wanted)
{
	struct boot_out o = { .boot = boot };
	json_t *root = json_object(), *views = json_object();
	int error;

	qy_boot_put_text(&o, root, "schema", "quarry-boot/1");
	qy_boot_put_text(&o, root, "quarry", QY_VERSION);
	qy_boot_put(&o, root, "board", board_of(&o));
	qy_boot_put(&o, root, "notes",
		texts(&o, (const char *const *)boot->board->notes.line,
			boot->board->notes.nr));
	qy_boot_put(&o, root, "log",
		boot->log ? texts(&o, boot->log, boot->nr_log) : json_null());
	for (unsigned int i = 0; i < QY_NR_BOOT_VIEWS; i++) {
		enum qy_boot_view view = (enum qy_boot_view)i;

		if (wanted & 1u << i)
			qy_boot_put(&o, views, qy_boot_views[i],
				qy_boot_view_present(boot, view) ? view_of(&o, view)
								 : json_null());
	}
	qy_boot_put(&o, root, "views", views);
	error = o.failed || json_dumpf(root, out, JSON_INDENT(2)) ||
				putc('\n', out) == EOF
			? -1
			: 0;
	json_decref(root);
	return error;
}
