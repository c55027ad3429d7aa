// SPDX-License-Identifier: MIT
/*
 * Reads the vm.* settings of a sysctl.conf. No state.
 */
#include "lab/sysctl_conf.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_KEY         128 /* longest name that is looked up; /proc/sys has none that long */
#define MIN_DIRTY_BYTES (2 * QY_PAGE_SIZE) /* of vm.dirty_bytes */
#define MIN_FRACTION \
	8 /* percpu_pagelist_high_fraction: 1..7 would mean absurdly long lists */

/* --- the keys of struct qy_vm_sysctl ------------------------------------------------------------ */

struct key {
	const char *name;
	size_t offset;
	unsigned int max_values;
	int64_t min, max;
	bool wide;                 /* the field is an int64_t */
	bool has_hole;             /* 1..7 are rejected */
	bool floors_at_zero;       /* what is below 1 means 0 */
	size_t other, other_bytes; /* a field that becomes 0 by it; 0 bytes: none */
};

#define KEY(field) .name = "vm." #field, .offset = offsetof(struct qy_vm_sysctl, field)

static const struct key keys[] = {
	{ KEY(min_free_kbytes), .max_values = 1, .max = INT32_MAX, .wide = true },
	{ KEY(watermark_scale_factor), .max_values = 1, .min = 1, .max = 3000 },
	{ KEY(watermark_boost_factor), .max_values = 1, .max = INT32_MAX },
	{ KEY(lowmem_reserve_ratio), .max_values = QY_MAX_NR_ZONES, .min = INT32_MIN,
		.max = INT32_MAX, .floors_at_zero = true },
	{ KEY(percpu_pagelist_high_fraction), .max_values = 1, .max = INT32_MAX,
		.has_hole = true },
	{ KEY(extfrag_threshold), .max_values = 1, .max = 1000 },
	{ KEY(mem_profiling), .max_values = 1, .max = 1 },
	{ KEY(panic_on_oom), .max_values = 1, .max = 2 },
	{ KEY(oom_kill_allocating_task), .max_values = 1, .min = INT32_MIN,
		.max = INT32_MAX },
	{ KEY(oom_dump_tasks), .max_values = 1, .min = INT32_MIN, .max = INT32_MAX },
	{ KEY(overcommit_memory), .max_values = 1, .max = 2 },
	{ KEY(overcommit_ratio), .max_values = 1, .min = INT32_MIN, .max = INT32_MAX,
		.other = offsetof(struct qy_vm_sysctl, overcommit_kbytes),
		.other_bytes = sizeof(int64_t) },
	{ KEY(overcommit_kbytes), .max_values = 1, .max = INT64_MAX, .wide = true,
		.other = offsetof(struct qy_vm_sysctl, overcommit_ratio),
		.other_bytes = sizeof(int32_t) },
	{ KEY(admin_reserve_kbytes), .max_values = 1, .max = INT64_MAX, .wide = true },
	{ KEY(user_reserve_kbytes), .max_values = 1, .max = INT64_MAX, .wide = true },
	{ KEY(compaction_proactiveness), .max_values = 1, .max = 100 },
	{ KEY(swappiness), .max_values = 1, .max = 200 },
	{ KEY(vfs_cache_pressure), .max_values = 1, .max = INT32_MAX },
	{ KEY(dirty_background_ratio), .max_values = 1, .max = 100,
		.other = offsetof(struct qy_vm_sysctl, dirty_background_bytes),
		.other_bytes = sizeof(int64_t) },
	{ KEY(dirty_ratio), .max_values = 1, .max = 100,
		.other = offsetof(struct qy_vm_sysctl, dirty_bytes),
		.other_bytes = sizeof(int64_t) },
	{ KEY(dirty_background_bytes), .max_values = 1, .min = 1,
		.max = QY_MAX_DIRTY_BYTES, .wide = true,
		.other = offsetof(struct qy_vm_sysctl, dirty_background_ratio),
		.other_bytes = sizeof(int32_t) },
	{ KEY(dirty_bytes), .max_values = 1, .min = MIN_DIRTY_BYTES,
		.max = QY_MAX_DIRTY_BYTES, .wide = true,
		.other = offsetof(struct qy_vm_sysctl, dirty_ratio),
		.other_bytes = sizeof(int32_t) },
	{ KEY(dirty_expire_centisecs), .max_values = 1, .max = INT32_MAX },
	{ KEY(dirty_writeback_centisecs), .max_values = 1, .max = INT32_MAX },
};

/* What does something when it is written, and is no setting: a board that boots has nothing to drop or to compact. */
static const struct key deeds[] = {
	{ .name = "vm.drop_caches", .max_values = 1, .min = 1, .max = 4 },
	{ .name = "vm.compact_memory", .max_values = 1, .min = 1, .max = 1 },
};

/* What else Linux 6.12 has under /proc/sys/vm. */
static const char *const inert[] = {
	"compact_unevictable_allowed",
	"dirtytime_expire_seconds",
	"enable_soft_offline",
	"hugetlb_optimize_vmemmap",
	"hugetlb_shm_group",
	"laptop_mode",
	"legacy_va_layout",
	"max_map_count",
	"memfd_noexec",
	"memory_failure_early_kill",
	"memory_failure_recovery",
	"min_slab_ratio",
	"min_unmapped_ratio",
	"mmap_min_addr",
	"mmap_rnd_bits",
	"mmap_rnd_compat_bits",
	"nr_hugepages",
	"nr_hugepages_mempolicy",
	"nr_overcommit_hugepages",
	"numa_stat",
	"numa_zonelist_order",
	"page-cluster",
	"page_lock_unfairness",
	"stat_interval",
	"stat_refresh",
	"unprivileged_userfaultfd",
	"zone_reclaim_mode",
};

/* --- one setting -------------------------------------------------------------------------------- */

static int check_value(
	const struct key *key, const char *place, int64_t value, struct qy_err *err)
{
	if (value < key->min || value > key->max)
		return qy_fail(err, "%s: %s = %lld: expected %lld to %lld", place,
			key->name, (long long)value, (long long)key->min,
			(long long)key->max);
	if (key->has_hole && value > 0 && value < MIN_FRACTION)
		return qy_fail(err, "%s: %s = %lld: expected 0, or %d and more", place,
			key->name, (long long)value, MIN_FRACTION);
	return 0;
}

/* Reads up to max_values numbers; returns how many, or -1. */
static int parse_values(const struct key *key, const char *place, const char *text,
	int64_t *values, struct qy_err *err)
{
	unsigned int nr = 0;
	char *end;

	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			break;
		if (nr == key->max_values)
			return qy_fail(err, "%s: %s: more than %u number%s", place,
				key->name, key->max_values,
				key->max_values == 1 ? "" : "s");
		errno = 0;
		values[nr] = strtoll(text, &end, 0);
		if (errno || end == text || (*end && !isspace((unsigned char)*end)))
			return qy_fail(err, "%s: %s: '%.40s' is not a number", place,
				key->name, text);
		if (check_value(key, place, values[nr], err))
			return -1;
		nr++;
		text = end;
	}
	if (!nr)
		return qy_fail(
			err, "%s: %s has no value: write KEY=NUMBER", place, key->name);
	return (int)nr;
}

static int set_key(struct qy_vm_sysctl *vm, const struct key *key, const char *place,
	const char *text, struct qy_err *err)
{
	char *field = (char *)vm + key->offset;
	int64_t values[QY_MAX_NR_ZONES];
	int nr = parse_values(key, place, text, values, err);

	if (nr < 0)
		return -1;
	for (int i = 0; i < nr; i++) {
		if (key->floors_at_zero && values[i] < 1)
			values[i] = 0;
		if (key->wide)
			((int64_t *)(void *)field)[i] = values[i];
		else
			((int32_t *)(void *)field)[i] = (int32_t)values[i];
	}
	memset((char *)vm + key->other, 0, key->other_bytes);
	return 0;
}

/* As sysctl(8): the first separator decides; after a slash, dots are ordinary characters. */
static void dot_key(const char *key, char *dotted, size_t size)
{
	size_t first = strcspn(key, "./");
	bool slashes = key[first] == '/';

	snprintf(dotted, size, "%s", key);
	for (char *c = dotted; slashes && *c; c++)
		if (*c == '/')
			*c = '.';
}

bool qy_sysctl_is_inert(const char *name)
{
	for (size_t i = 0; i < sizeof(inert) / sizeof(*inert); i++)
		if (!strcmp(name, inert[i]))
			return true;
	return false;
}

static void note_inert(const char *key, const char *place, struct qy_notes *notes)
{
	if (qy_sysctl_is_inert(key + 3))
		qy_note(notes, "sysctl %s does nothing yet", key);
	else
		qy_note(notes, "%s: sysctl %s: Linux 6.12 has no such key, ignored",
			place, key);
}

static int check_deed(const struct key *key, const char *place, const char *text,
	struct qy_notes *notes, struct qy_err *err)
{
	int64_t value;

	if (parse_values(key, place, text, &value, err) < 0)
		return -1;
	qy_note(notes, "sysctl %s acts when it is written: at boot it finds nothing",
		key->name);
	return 0;
}

static bool is_vm_key(const char *dotted)
{
	return !strncmp(dotted, "vm.", 3);
}

static int set_dotted(struct qy_vm_sysctl *vm, const char *place, const char *dotted,
	const char *value, struct qy_notes *notes, struct qy_err *err)
{
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		if (!strcmp(dotted, keys[i].name))
			return set_key(vm, &keys[i], place, value, err);
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds); i++)
		if (!strcmp(dotted, deeds[i].name))
			return check_deed(&deeds[i], place, value, notes, err);
	if (is_vm_key(dotted))
		note_inert(dotted, place, notes);
	return 0;
}

int qy_sysctl_set(struct qy_vm_sysctl *vm, const char *place, const char *key,
	const char *value, struct qy_notes *notes, struct qy_err *err)
{
	char dotted[MAX_KEY];

	dot_key(key, dotted, sizeof(dotted));
	if (!is_vm_key(dotted))
		qy_note(notes, "sysctl %s belongs to another subsystem", dotted);
	return set_dotted(vm, place, dotted, value, notes, err);
}

/* --- "key = value" and files of it -------------------------------------------------------------- */

static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (isspace((unsigned char)*text))
		text++;
	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return text;
}

/* Cuts "key = value" in two; NULL when there is no '=' or no key. */
static char *split(char *text, char **value)
{
	char *equals = strchr(text, '=');

	if (!equals)
		return NULL;
	*equals = '\0';
	*value = trim(equals + 1);
	text = trim(text);
	return *text ? text : NULL;
}

int qy_sysctl_assign(struct qy_vm_sysctl *vm, const char *place, const char *text,
	struct qy_notes *notes, struct qy_err *err)
{
	char *copy = strdup(text), *key, *value;
	int ret;

	if (!copy)
		return qy_fail(err, "%s: out of host memory", place);
	key = split(copy, &value);
	ret = key ? qy_sysctl_set(vm, place, key, value, notes, err)
		  : qy_fail(err, "%s: '%.80s': expected KEY=VALUE", place, text);
	free(copy);
	return ret;
}

struct file {
	struct qy_vm_sysctl *vm;
	const char *name;
	struct qy_notes *notes;
	struct qy_err *err;
	unsigned int line;
	unsigned int nr_foreign;
};

static int apply_line(struct file *file, char *text)
{
	char place[256], dotted[MAX_KEY], *key, *value;
	bool ignore_errors;
	struct qy_err err;
	int ret;

	text = trim(text);
	if (!*text || *text == '#' || *text == ';')
		return 0;
	snprintf(place, sizeof(place), "%s:%u", file->name, file->line);
	ignore_errors = *text == '-';
	key = split(text + ignore_errors, &value);
	if (!key && ignore_errors)
		return 0; /* "-key" alone keeps a pattern of sysctl.d away from it */
	if (!key)
		return qy_fail(file->err, "%s: expected KEY = VALUE", place);
	dot_key(key, dotted, sizeof(dotted));
	if (!is_vm_key(dotted)) {
		file->nr_foreign++;
		return 0;
	}
	ret = set_dotted(file->vm, place, dotted, value, file->notes, &err);
	if (ret && ignore_errors) {
		qy_note(file->notes, "%s (ignored)", err.text);
		return 0;
	}
	return ret ? qy_fail(file->err, "%s", err.text) : 0;
}

int qy_sysctl_conf(struct qy_vm_sysctl *vm, const char *name, const char *text,
	size_t size, struct qy_notes *notes, struct qy_err *err)
{
	struct file file = { vm, name, notes, err, 0, 0 };
	const char *end = text + size;
	int ret = 0;

	while (!ret && text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = (size_t)((newline ? newline : end) - text);
		char *copy = strndup(text, length);

		file.line++;
		if (!copy)
			return qy_fail(err, "%s: out of host memory", name);
		ret = strlen(copy) == length
			      ? apply_line(&file, copy)
			      : qy_fail(err, "%s:%u: a NUL byte: not a text file", name,
					file.line);
		free(copy);
		text += length + 1;
	}
	if (!ret && file.nr_foreign)
		qy_note(notes, "%s: %u settings belong to other subsystems", name,
			file.nr_foreign);
	return ret;
}
