// SPDX-License-Identifier: MIT
/*
 * The scenarios of the object floor (scenarios_slab.c): sizes, alignment, constructors, order of objects, mempools, what is
 * refused and how it is said, failures on request, the files of /sys/kernel/slab.
 *
 * Not compared: where objects lay in kernels that hand them out in a random order.
 *
 * No state.
 */
#include "mm/base/types.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/runner/test.h"

#include <quarry/slab.h>
#include <quarry/stats.h>

#include <stdlib.h>
#include <string.h>

/* Boots a guest as its kernel was started. */
static struct guest *boot(
	const char *memory, bool nomerge, bool shuffle, uint32_t cpus, const char *debug)
{
	struct guest *guest = guest_make(memory);

	guest->board.slab.nomerge = nomerge;
	guest->board.slab.shuffle = shuffle;
	guest->board.nr_cpus = cpus;
	strcpy(guest->board.slab.debug, debug);
	guest_boot_made(guest);
	return guest;
}

/* ------------------------------------------------------------------ scenarios, line by line */

static bool is_place(const char *line)
{
	return has_prefix(line, "I obj ");
}

static void compare_scenario(
	struct guest *guest, const char *run, const char *name, bool places)
{
	char file[40];
	struct lines kernel, ours;

	snprintf(file, sizeof(file), "%s.txt", name);
	kernel = recorded_lines(run, file);
	ours = guest_scenario(guest, name);
	if (ours.nr != kernel.nr)
		FAIL("%s/%s: %u lines, recorded are %u", run, file, ours.nr, kernel.nr);
	for (unsigned int i = 0; i < kernel.nr; i++) {
		if (!places && is_place(kernel.line[i]))
			tally_leave_out(1);
		else
			tally_line(run, file, kernel.line[i], ours.line[i]);
	}
	free_lines(&kernel);
	free_lines(&ours);
}

static void compare_log(struct guest *guest, const char *run, const char *file)
{
	struct lines kernel = recorded_lines(run, file), ours = guest_take_log(guest);

	tally_lines(run, file, &kernel, &ours);
	free_lines(&kernel);
	free_lines(&ours);
}

static void empty_log(struct guest *guest)
{
	struct lines log = guest_take_log(guest);

	free_lines(&log);
}

static void compare_caches(struct guest *guest, const char *run)
{
	empty_log(guest);
	compare_scenario(guest, run, "caches", true);
	compare_log(guest, run, "caches.log");
	compare_scenario(guest, run, "caches_free", true);
	guest_validate(guest);
}

static void compare_run(const char *run, bool shuffle)
{
	static const char *const names[] = { "kmalloc_sizes", "kmalloc_edge",
		"kmalloc_align", "krealloc", "ctor", "slab_order", "mempool" };
	struct guest *guest = boot(run, true, shuffle, 2, "");

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		compare_scenario(guest, run, names[i], !shuffle);
	compare_caches(guest, run);
	guest_end(guest);
}

/* ------------------------------------------------------------------ what is refused, and made to fail */

static void compare_warnings(const char *run)
{
	struct guest *guest = boot("cust_1g", false, false, 2, "FZPU");

	empty_log(guest);
	compare_scenario(guest, run, "kmalloc_warn", true);
	compare_log(guest, run, "kmalloc_warn.log");
	guest_end(guest);
}

/* An object that is freed twice, with nothing checked: 6.1 with a hardened list stopped there. The address is masked. */
static void compare_plain_double_free(void)
{
	struct guest *guest = boot("deb61_1g", false, false, 2, "");
	struct kmem_cache *cache =
		qy_kmem_cache_create(guest->m, "orc_dbg_dfree2", 40, 0, 0, NULL);
	void *object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);
	struct lines kernel =
		recorded_lines("deb61_dfree_nodebug", "bug_doublefree2.log");
	struct lines ours;

	empty_log(guest);
	qy_kmem_cache_free(cache, object);
	qy_kmem_cache_free(cache, object);
	ours = guest_take_log(guest);
	CHECK_EQ(ours.nr, 1);
	memset(strstr(ours.line[0], "0x") + 2, '.', 16);
	tally_lines("deb61_dfree_nodebug", "bug_doublefree2.log", &kernel, &ours);
	free_lines(&kernel);
	free_lines(&ours);
	guest_end(guest);
}

#define FAULTS "/sys/kernel/debug/"

/* "failslab/interval = 1" against the file. */
static void compare_attribute(struct guest *guest, const char *line)
{
	char path[128], value[64], ours[160], name[64];

	CHECK_EQ(sscanf(line, "%63s = %63s", name, value), 2);
	snprintf(path, sizeof(path), FAULTS "%s", name);
	if (qy_proc_read(guest->m, path, value, sizeof(value)) < 0)
		strcpy(ours, "(no such file)");
	else
		snprintf(ours, sizeof(ours), "%s = %.*s", name, (int)strcspn(value, "\n"),
			value);
	tally_line("cust_bugs", "faultinj_attrs.txt", line, ours);
}

/* As the recording script does: both kinds fail each third call, those that may sleep, too. */
static void arm(struct guest *guest, const char *kind)
{
	static const char *const settings[][2] = { { "probability", "100" },
		{ "interval", "3" }, { "times", "-1" }, { "space", "0" },
		{ "verbose", "1" }, { "ignore-gfp-wait", "N" } };
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
		snprintf(path, sizeof(path), FAULTS "%s/%s", kind, settings[i][0]);
		CHECK_EQ(qy_proc_write(guest->m, path, settings[i][1]), 0);
	}
}

static void compare_failures(void)
{
	struct guest *guest = boot("cust_1g", false, false, 2, "FZPU");
	struct lines kernel = recorded_lines("cust_bugs", "faultinj_attrs.txt");

	for (unsigned int i = 0; i < kernel.nr; i++)
		compare_attribute(guest, kernel.line[i]);
	arm(guest, "failslab");
	arm(guest, "fail_page_alloc");
	/* writing the scenario's name took two objects there */
	for (unsigned int i = 0; i < 2; i++)
		qy_kfree(guest->m, qy_kmalloc(guest->m, 8, QY_GFP_KERNEL));
	empty_log(guest);
	compare_scenario(guest, "cust_bugs", "failslab", true);
	compare_log(guest, "cust_bugs", "failslab.log");
	free_lines(&kernel);
	guest_end(guest);
}

/* The first two of scenario "sleep_atomic": an object and a page are asked for under a spinlock, a second and more apart. */
static void compare_sleepers(void)
{
	static const char *const said[] = { "BUG: sleeping", "in_atomic", "preempt_count",
		NULL };
	struct guest *guest = boot("cust_1g", false, false, 2, "FZPU");
	struct lines kernel, log, ours;
	void *object, *page;

	empty_log(guest);
	qy_preempt_disable();
	object = qy_kmalloc(guest->m, 32, QY_GFP_KERNEL);
	qy_preempt_enable();
	qy_sim_advance(guest->m, 1500000000);
	qy_preempt_disable();
	page = qy_get_free_pages(guest->m, QY_GFP_KERNEL, 0);
	qy_preempt_enable();
	kernel = recorded_lines("cust_bugs", "sleep_atomic.log");
	log = guest_take_log(guest);
	ours = pick_lines(&log, said);
	tally_lines("cust_bugs", "sleep_atomic.log", &kernel, &ours);
	free_lines(&ours);
	free_lines(&log);
	free_lines(&kernel);
	qy_kfree(guest->m, object);
	qy_free_pages_addr(guest->m, page, 0);
	guest_end(guest);
}

/* ------------------------------------------------------------------ /sys/kernel/slab/kmalloc-64 */

/* What a cache has gone through shows in these: no value is promised. */
static bool is_history(const char *name)
{
	static const char *const names[] = { "cpu_slabs", "objects", "objects_partial",
		"partial", "slabs", "slabs_cpu_partial", "total_objects" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

/* Of kernels with SLUB_STATS. */
static bool is_counter(const char *name)
{
	static const char *const prefixes[] = { "alloc_", "free_", "cmpxchg_",
		"cpu_partial_", "cpuslab_", "deactivate_", "order_fallback" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (has_prefix(name, prefixes[i]))
			return true;
	return false;
}

static void compare_file(
	struct guest *guest, const char *run, const char *name, const char *value)
{
	const char *kind = is_counter(name) ? "counter " : "";
	char path[128], text[64], kernel[128], ours[128];
	bool bare = *kind || is_history(name);

	snprintf(path, sizeof(path), "/sys/kernel/slab/kmalloc-64/%s", name);
	snprintf(kernel, sizeof(kernel), "%s%s %s", kind, name, bare ? "" : value);
	if (qy_proc_read(guest->m, path, text, sizeof(text)) < 0)
		strcpy(ours, "(no such file)");
	else
		snprintf(ours, sizeof(ours), "%s%s %.*s", kind, name,
			bare ? 0 : (int)strcspn(text, "\n"), text);
	tally_line(run, "slab_kmalloc-64_all_attributes.txt", kernel, ours);
}

/* "== name", then a line with its value unless that is empty. */
static void compare_attributes(const char *run)
{
	struct lines all = recorded_lines(run, "slab_kmalloc-64_all_attributes.txt");
	struct guest *guest = boot("cust_1g", true, false, 2, "");

	for (unsigned int i = 0; i < all.nr; i++) {
		bool last = i + 1 == all.nr || has_prefix(all.line[i + 1], "== ");

		if (has_prefix(all.line[i], "== "))
			compare_file(
				guest, run, all.line[i] + 3, last ? "" : all.line[i + 1]);
	}
	free_lines(&all);
	guest_end(guest);
}

void compare_objects(void)
{
	struct guest *guest;

	compare_run("cust_1g", false);
	compare_run("deb612_1g", true);
	compare_run("deb61_1g", true);
	guest = boot("cust_1g", true, false, 1, "");
	compare_caches(guest, "cust_smp1");
	guest_end(guest);
	guest = boot("cust_1g", false, false, 2, "FZPU,orc_*");
	compare_caches(guest, "cust_caches_debug");
	guest_end(guest);
	compare_warnings("cust_bugs");
	compare_warnings("deb612_bugs");
	compare_plain_double_free();
	compare_failures();
	compare_sleepers();
	compare_attributes("cust_1g");
	compare_attributes("deb612_1g");
	compare_attributes("deb61_1g");
}

/* ------------------------------------------------------------------ the scripted caches in their files */

/* "key=value" of a line of caches.sysfs.txt against the file of that name. */
static void check_attribute(struct guest *guest, const char *cache, const char *word)
{
	int key = (int)strcspn(word, "=");
	char path[128], value[64];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%.*s", cache, key, word);
	if (qy_proc_read(guest->m, path, value, sizeof(value)) < 0)
		FAIL("%s: no such file", path);
	value[strcspn(value, "\n")] = '\0';
	if (has_prefix(word, "ctor="))
		CHECK_EQ(!value[0], !word[key + 1]); /* nobody knows its name here */
	else if (strcmp(value, word + key + 1))
		FAIL("%s: %s, recorded is %s", path, value, word);
}

static void check_caches(const char *run, bool nomerge, uint32_t cpus, const char *debug)
{
	struct guest *guest = boot("cust_1g", nomerge, false, cpus, debug);
	struct lines kernel = recorded_lines(run, "caches.sysfs.txt"), ours;

	ours = guest_scenario(guest, "caches");
	for (unsigned int i = 0; i < kernel.nr; i++) {
		char *save = NULL, *name = strtok_r(kernel.line[i], " ", &save), *word;

		while ((word = strtok_r(NULL, " ", &save)))
			check_attribute(guest, name, word);
	}
	CHECK_EQ(kernel.nr, 126);
	free_lines(&ours);
	free_lines(&kernel);
	ours = guest_scenario(guest, "caches_free");
	free_lines(&ours);
	guest_end(guest);
}

TEST(conformance, files_of_the_scripted_caches_say_what_was_recorded)
{
	check_caches("cust_1g", true, 2, "");
	check_caches("cust_smp1", true, 1, "");
	check_caches("cust_caches_debug", false, 2, "FZPU,orc_*");
}

TEST(conformance, objects_are_as_large_aligned_built_and_refused_as_recorded)
{
	tally_begin();
	compare_objects();
	tally_check();
}
