// SPDX-License-Identifier: MIT
/*
 * quarry-boot/1: the JSON of a view and its text say the same, number by number; every key is documented; the same board
 * gives the same bytes. State: the machine and the texts of the running test.
 */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <quarry.h>
#include <quarry/owner.h>
#include <quarry/sim.h>
#include <quarry/stats.h>

#include "lab/boot_json.h"
#include "tests/runner/test.h"

#define TREE QY_SOURCE_DIR "/boards/qemu-virt-8g.dts"
#define KEYS QY_SOURCE_DIR "/tests/lab/data/quarry-boot-1.keys"
#define ALL  ((1u << QY_NR_BOOT_VIEWS) - 1)

static struct qy_loaded_board *board;
static struct qy_boot boot;
static json_t *root;
static char *text, shown[65536];

static void hear(void *arg, enum qy_log_level level, const char *line)
{
	size_t length = strlen(shown);

	(void)arg;
	(void)level;
	snprintf(shown + length, sizeof(shown) - length, "%s\n", line);
}

static char *print(void)
{
	char *json = NULL;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	CHECK_EQ(qy_boot_json(out, &boot, ALL), 0);
	fclose(out);
	return json;
}

/* A board that has been used a little: lists on two CPUs, mixed pageblocks, owners with and without a line. */
static void setup_tree(const char *tree, const char *memory, const char *append)
{
	static const struct qy_site site = { "drivers/\xff.c", 7, "probe", "cam" };
	struct qy_board_opts opts = {
		.dtb = tree, .memory = memory, .append = append, .smp = 2
	};
	struct qy_sim_opts sim = { .log = hear };
	struct qy_err err = { "" };
	char why[256] = "", *json;

	board = qy_board_load(&opts, &err);
	if (!board)
		FAIL("%s", err.text);
	shown[0] = '\0';
	boot = (struct qy_boot){ .board = board, .tree = "qemu-virt-8g.dts" };
	boot.m = qy_sim_boot(&board->board, &sim, why, sizeof(why));
	if (!boot.m)
		FAIL("%s", why);
	qy_set_task(12, "a \"task\"\\\x01");
	for (unsigned int i = 0; i < 200; i++) {
		qy_set_site(i % 3 ? &site : NULL);
		qy_sim_set_cpu(boot.m, i & 1);
		qy_sim_advance(boot.m, 1000);
		qy_alloc_pages(
			boot.m, i % 2 ? QY_GFP_HIGHUSER_MOVABLE : QY_GFP_ATOMIC, i % 6);
	}
	qy_sim_set_cpu(boot.m, 0);
	json = print();
	root = json_loads(json, JSON_REJECT_DUPLICATES, NULL);
	CHECK(root);
	free(json);
}

static void setup(const char *append)
{
	setup_tree(TREE, "256M", append);
}

static void teardown(void)
{
	json_decref(root);
	qy_sim_shutdown(boot.m);
	qy_board_free(board);
	free(text);
	text = NULL;
}

static json_t *view(enum qy_boot_view v)
{
	return json_object_get(json_object_get(root, "views"), qy_boot_views[v]);
}

static const char *read_text(enum qy_boot_view v)
{
	const char *path = qy_boot_view_path(v);
	long length = qy_proc_read(boot.m, path, NULL, 0);

	CHECK(length > 0);
	free(text);
	text = malloc((size_t)length + 1);
	qy_proc_read(boot.m, path, text, (size_t)length + 1);
	return text;
}

static const char *word_of(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/* The next number in the text, whatever stands before it. */
static long long next_number(const char **at)
{
	char *end;
	long long value;

	while (**at && !isdigit((unsigned char)**at) &&
		!(**at == '-' && isdigit((unsigned char)(*at)[1])))
		(*at)++;
	if (!**at)
		FAIL("the text has no number more");
	value = strtoll(*at, &end, 10);
	*at = end;
	return value;
}

static void check_next(const char **at, json_t *value)
{
	CHECK(json_is_integer(value));
	CHECK_EQ(next_number(at), json_integer_value(value));
}

/* Behind "@word" at or after *at. */
static void skip_to(const char **at, const char *word)
{
	const char *found = strstr(*at, word);

	if (!found)
		FAIL("the text has no more `%s`", word);
	*at = found + strlen(word);
}

static void check_array(const char **at, json_t *array)
{
	for (size_t i = 0; i < json_array_size(array); i++)
		check_next(at, json_array_get(array, i));
}

/* ------------------------------------------------------------------ text against JSON */

TEST(boot_json, free_blocks_are_those_of_the_text)
{
	const char *at;
	json_t *zone;
	size_t i;

	setup("page_owner=on");
	at = read_text(QY_VIEW_BUDDYINFO);
	json_array_foreach(view(QY_VIEW_BUDDYINFO), i, zone)
	{
		check_next(&at, json_object_get(zone, "node"));
		skip_to(&at, word_of(zone, "zone"));
		CHECK_EQ(json_array_size(json_object_get(zone, "free_blocks")), 11);
		check_array(&at, json_object_get(zone, "free_blocks"));
	}
	CHECK(i > 0);
	CHECK_STR_EQ(at, " \n");
	at = read_text(QY_VIEW_PAGETYPEINFO);
	json_array_foreach(view(QY_VIEW_PAGETYPEINFO), i, zone)
	{
		const char *type;
		json_t *blocks;

		json_object_foreach(json_object_get(zone, "free_blocks"), type, blocks)
		{
			skip_to(&at, "type ");
			skip_to(&at, type);
			check_array(&at, blocks);
		}
	}
	json_array_foreach(view(QY_VIEW_PAGETYPEINFO), i, zone)
	{
		const char *type;
		json_t *value, *mixed = json_object_get(zone, "mixed_pageblocks");
		const char *row = strstr(at, "Number of mixed blocks");

		skip_to(&at, i ? "zone " : "Isolate");
		skip_to(&at, word_of(zone, "zone"));
		json_object_foreach(json_object_get(zone, "pageblocks"), type, value)
			check_next(&at, value);
		skip_to(&row, "Isolate");
		skip_to(&row, word_of(zone, "zone"));
		json_object_foreach(mixed, type, value) check_next(&row, value);
		CHECK_EQ(json_object_size(mixed), QY_MIGRATE_TYPES);
	}
	teardown();
}

/* Thousandths: "0.361" is 361, "-1.000" is -1000. */
static void check_indexes(enum qy_boot_view v)
{
	const char *at = read_text(v);
	json_t *zone, *value;
	size_t i, j;

	json_array_foreach(view(v), i, zone)
	{
		skip_to(&at, word_of(zone, "zone"));
		json_array_foreach(json_object_get(zone, "thousandths"), j, value)
		{
			bool minus;
			long long whole, rest;

			at += strspn(at, " ");
			minus = *at == '-';
			whole = next_number(&at);
			rest = next_number(&at);
			CHECK_EQ(whole * 1000 + (minus ? -rest : rest),
				json_integer_value(value));
		}
		CHECK_EQ(j, 11);
	}
	CHECK(i > 0);
}

TEST(boot_json, indexes_are_those_of_the_text)
{
	setup("");
	check_indexes(QY_VIEW_EXTFRAG_INDEX);
	check_indexes(QY_VIEW_UNUSABLE_INDEX);
	teardown();
}

static void check_named(const char **at, json_t *object)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value)
	{
		skip_to(at, name);
		check_next(at, value);
	}
}

static void check_zone(const char **at, json_t *zone, bool first_of_node)
{
	static const char *const keys[] = { "free", "boost", "min", "low", "high",
		"promo", "spanned", "present", "managed", "cma" };
	json_t *set;
	size_t i;

	skip_to(at, word_of(zone, "zone"));
	if (json_is_object(json_object_get(zone, "node_stats")) && first_of_node) {
		skip_to(at, "per-node stats");
		check_named(at, json_object_get(zone, "node_stats"));
	}
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		char key[32];

		snprintf(key, sizeof(key), "%s_pages", keys[i]);
		skip_to(at, keys[i]);
		check_next(at, json_object_get(zone, key));
	}
	skip_to(at, "protection: (");
	check_array(at, json_object_get(zone, "protection_pages"));
	if (json_is_null(json_object_get(zone, "stats")))
		return;
	check_named(at, json_object_get(zone, "stats"));
	skip_to(at, "pagesets");
	json_array_foreach(json_object_get(zone, "pagesets"), i, set)
	{
		check_next(at, json_object_get(set, "cpu"));
		check_next(at, json_object_get(set, "count_pages"));
		check_next(at, json_object_get(set, "high_pages"));
		check_next(at, json_object_get(set, "batch_pages"));
		check_next(at, json_object_get(set, "stat_threshold"));
	}
	CHECK_EQ(i, 2);
	skip_to(at, "start_pfn:");
	check_next(at, json_object_get(zone, "start_pfn"));
}

/* name active num objsize objperslab pagesperslab : tunables 0 0 0 : slabdata slabs slabs 0 */
TEST(boot_json, slabinfo_is_that_of_the_text)
{
	const char *at;
	json_t *cache;
	size_t i;

	setup("");
	at = read_text(QY_VIEW_SLABINFO);
	skip_to(&at, "<sharedavail>\n");
	json_array_foreach(view(QY_VIEW_SLABINFO), i, cache)
	{
		skip_to(&at, json_string_value(json_object_get(cache, "name")));
		check_next(&at, json_object_get(cache, "active_objects"));
		check_next(&at, json_object_get(cache, "objects"));
		check_next(&at, json_object_get(cache, "slot_bytes"));
		check_next(&at, json_object_get(cache, "objects_per_slab"));
		check_next(&at, json_object_get(cache, "pages_per_slab"));
		skip_to(&at, "slabdata");
		check_next(&at, json_object_get(cache, "slabs"));
		CHECK_EQ(json_integer_value(json_object_get(cache, "used_objects")) +
					 json_integer_value(json_object_get(
						 cache, "sheaf_objects")) <=
				 json_integer_value(json_object_get(cache, "objects")),
			true);
	}
	CHECK(i > 39);
	teardown();
}

TEST(boot_json, zoneinfo_meminfo_vmstat_and_sysctls_are_those_of_the_text)
{
	const char *at, *name;
	json_t *zone, *value;
	size_t i;
	char path[128], plain[64], setting[64];

	setup("sysctl.vm.mem_profiling=1");
	at = read_text(QY_VIEW_ZONEINFO);
	json_array_foreach(view(QY_VIEW_ZONEINFO), i, zone) check_zone(&at, zone, i == 0);
	CHECK_EQ(i, 4);
	at = read_text(QY_VIEW_MEMINFO);
	json_object_foreach(view(QY_VIEW_MEMINFO), name, value)
	{
		bool kib = strlen(name) > 4 && !strcmp(name + strlen(name) - 4, "_kib");

		snprintf(plain, sizeof(plain), "%.*s:", (int)strlen(name) - (kib ? 4 : 0),
			name);
		CHECK_EQ(strncmp(at, plain, strlen(plain)), 0);
		at += strlen(plain);
		check_next(&at, value);
		CHECK_EQ(strncmp(at, kib ? " kB\n" : "\n", kib ? 4 : 1), 0);
		at += kib ? 4 : 1;
	}
	CHECK_STR_EQ(at, "");
	at = read_text(QY_VIEW_VMSTAT);
	json_object_foreach(view(QY_VIEW_VMSTAT), name, value)
	{
		CHECK_EQ(strncmp(at, name, strlen(name)), 0);
		at += strlen(name);
		check_next(&at, value);
		CHECK_EQ(*at++, '\n');
	}
	CHECK_STR_EQ(at, "");
	json_object_foreach(view(QY_VIEW_SYSCTL), name, value)
	{
		snprintf(path, sizeof(path), "/proc/sys/vm/%s", name + 3);
		CHECK(qy_proc_read(boot.m, path, setting, sizeof(setting)) > 0);
		at = setting;
		if (json_is_array(value))
			check_array(&at, value);
		else
			check_next(&at, value);
		CHECK_STR_EQ(at, "\n");
	}
	CHECK(json_object_get(view(QY_VIEW_SYSCTL), "vm.mem_profiling"));
	teardown();
}

TEST(boot_json, show_mem_is_that_of_the_log)
{
	static const char *const keys[] = { "free", "boost", "min", "low", "high",
		"reserved_highatomic" };
	const char *at;
	json_t *zone, *list;
	size_t i, order;

	setup("");
	shown[0] = '\0';
	CHECK_EQ(qy_proc_write(boot.m, "/proc/sysrq-trigger", "x"), -22);
	CHECK_EQ(qy_proc_write(boot.m, "/proc/sysrq-trigger", "m"), 0);
	at = shown;
	CHECK_EQ(strncmp(shown, "sysrq: Show Memory\nMem-Info:\n", 29), 0);
	json_array_foreach(view(QY_VIEW_SHOW_MEM), i, zone)
	{
		char word[64];

		skip_to(&at, "Node 0 DMA");
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
			snprintf(word, sizeof(word), "%s_kib", keys[k]);
			skip_to(&at, keys[k]);
			check_next(&at, json_object_get(zone, word));
		}
		skip_to(&at, "present:");
		check_next(&at, json_object_get(zone, "present_kib"));
		skip_to(&at, "managed:");
		check_next(&at, json_object_get(zone, "managed_kib"));
		skip_to(&at, "free_pcp:");
		check_next(&at, json_object_get(zone, "free_pcp_kib"));
		skip_to(&at, "local_pcp:");
		check_next(&at, json_object_get(zone, "local_pcp_kib"));
		skip_to(&at, "free_cma:");
		check_next(&at, json_object_get(zone, "free_cma_kib"));
		skip_to(&at, "lowmem_reserve[]:");
		check_array(&at, json_object_get(zone, "lowmem_reserve_pages"));
		skip_to(&at, "DMA:");
		json_array_foreach(json_object_get(zone, "free_lists"), order, list)
		{
			json_t *type;
			size_t t;

			check_next(&at, json_object_get(list, "blocks"));
			CHECK_EQ(next_number(&at), 4ll << order); /* kB a block */
			skip_to(&at, "kB");
			json_array_foreach(json_object_get(list, "types"), t, type)
			{
				at += t ? 0 : 2; /* " (" */
				CHECK_EQ(*at++, json_string_value(type)[0]);
			}
			CHECK_EQ(*at, t ? ')' : ' ');
		}
		CHECK_EQ(order, 11);
	}
	CHECK_EQ(i, 1);
	teardown();
}

TEST(boot_json, owners_and_lines_are_those_of_the_text)
{
	const char *at;
	json_t *object = NULL;
	size_t i;

	setup("page_owner=on sysctl.vm.mem_profiling=1");
	at = read_text(QY_VIEW_PAGE_OWNER);
	json_array_foreach(view(QY_VIEW_PAGE_OWNER), i, object)
	{
		char *end;

		skip_to(&at, "Page allocated via order ");
		check_next(&at, json_object_get(object, "order"));
		skip_to(&at, "mask ");
		CHECK_EQ(strtoll(at, &end, 16),
			json_integer_value(json_object_get(object, "gfp")));
		skip_to(&at, "pid ");
		check_next(&at, json_object_get(object, "pid"));
		skip_to(&at, "tgid ");
		check_next(&at, json_object_get(object, "tgid"));
		skip_to(&at, "ts ");
		check_next(&at, json_object_get(object, "at_ns"));
		skip_to(&at, "PFN ");
		CHECK_EQ(strtoll(at, &end, 16),
			json_integer_value(json_object_get(object, "pfn")));
		skip_to(&at, "type ");
		skip_to(&at, word_of(object, "type"));
		skip_to(&at, "type ");
		skip_to(&at, word_of(object, "pageblock_type"));
	}
	CHECK(i > 200);
	CHECK(strstr(at, "Page allocated") == NULL);
	at = read_text(QY_VIEW_ALLOCINFO);
	skip_to(&at, "info>\n");
	json_array_foreach(view(QY_VIEW_ALLOCINFO), i, object)
	{
		check_next(&at, json_object_get(object, "held_bytes"));
		check_next(&at, json_object_get(object, "calls"));
		skip_to(&at, ":");
		check_next(&at, json_object_get(object, "line"));
		skip_to(&at, "func:");
		CHECK_EQ(strncmp(at, word_of(object, "func"),
				 strlen(word_of(object, "func"))),
			0);
		skip_to(&at, "\n");
	}
	CHECK_STR_EQ(at, "");
	CHECK_EQ(i, 4);
	/* what is no text is not passed on */
	CHECK_STR_EQ(word_of(object, "file"), "drivers/?.c");
	teardown();
}

TEST(boot_json, areas_are_those_of_the_text)
{
	static const char *const columns[] = { "total_pages", "used_pages",
		"maxchunk_pages", "maxalloc_pages" };
	const char *at;
	json_t *object;
	size_t i;

	setup_tree(QY_SOURCE_DIR "/boards/qemu-virt-8g-cma256.dts", NULL, "cma=48M");
	at = read_text(QY_VIEW_CMA);
	skip_to(&at, "maxalloc_kB\n");
	json_array_foreach(view(QY_VIEW_CMA), i, object)
	{
		skip_to(&at, word_of(object, "name"));
		for (size_t c = 0; c < 4; c++) {
			char *end;

			CHECK_EQ(strtoll(at, &end, 10),
				4 * json_integer_value(
					    json_object_get(object, columns[c])));
			at = end;
		}
		skip_to(&at, "\n");
	}
	CHECK_STR_EQ(at, "");
	CHECK(i > 0);
	teardown();
}

/* ------------------------------------------------------------------ the schema */

TEST(boot_json, what_a_board_has_not_is_null)
{
	char *again, *json;

	setup("");
	CHECK(json_is_null(view(QY_VIEW_PAGE_OWNER)));
	CHECK(json_is_null(view(QY_VIEW_ALLOCINFO)));
	CHECK(json_is_null(json_object_get(
		json_array_get(view(QY_VIEW_PAGETYPEINFO), 0), "mixed_pageblocks")));
	json = print();
	again = print();
	CHECK_STR_EQ(json, again);
	free(json);
	free(again);
	teardown();
}

/* "views.zoneinfo[].free_pages": names below a map of the kernel's own names count as one. */
static void collect(json_t *value, const char *path, char *out, size_t size)
{
	static const char *const maps[] = { "meminfo", "vmstat", "sysctl", "stats",
		"node_stats" };
	const char *key;
	json_t *child;
	size_t i, length;
	char below[256], line[260];

	json_array_foreach(value, i, child)
	{
		snprintf(below, sizeof(below), "%s[]", path);
		collect(child, below, out, size);
	}
	json_object_foreach(value, key, child)
	{
		const char *name = strrchr(path, '.'), *shown_key = key;

		for (i = 0; name && i < sizeof(maps) / sizeof(maps[0]); i++)
			if (strcmp(name + 1, maps[i]) == 0)
				shown_key = "*";
		snprintf(below, sizeof(below), "%s%s%s", path, *path ? "." : "",
			shown_key);
		snprintf(line, sizeof(line), "%s\n", below);
		length = strlen(out);
		if (!strstr(out, line))
			snprintf(out + length, size - length, "%s", line);
		collect(child, below, out, size);
	}
}

TEST(boot_json, every_key_is_one_of_the_schema)
{
	static char keys[16384], want[16384];
	FILE *file = fopen(KEYS, "r");

	setup_tree(QY_SOURCE_DIR "/boards/qemu-virt-8g-cma256.dts", NULL,
		"page_owner=on sysctl.vm.mem_profiling=1");
	keys[0] = '\0';
	collect(root, "", keys, sizeof(keys));
	CHECK(file);
	want[fread(want, 1, sizeof(want) - 1, file)] = '\0';
	fclose(file);
	CHECK_STR_EQ(keys, want);
	teardown();
}
