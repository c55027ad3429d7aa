/* SPDX-License-Identifier: MIT */
/*
 * The files of /sys/kernel/debug/fail_page_alloc and failslab: each is one field of struct qy_fault_attr.
 *
 * Locking: none here; the parameters are read and set as a whole, so the last of two writers wins.
 */
#include "mm/watch/internal.h"

enum field_kind {
	FIELD_U32,
	FIELD_S32,
	FIELD_BOOL,
};

static const struct {
	enum field_kind kind;
	size_t offset;
} fields[NR_FAULT_FILES] = {
	[FAULT_PROBABILITY] = { FIELD_U32, offsetof(struct qy_fault_attr, probability) },
	[FAULT_INTERVAL] = { FIELD_U32, offsetof(struct qy_fault_attr, interval) },
	[FAULT_TIMES] = { FIELD_S32, offsetof(struct qy_fault_attr, times) },
	[FAULT_SPACE] = { FIELD_S32, offsetof(struct qy_fault_attr, space) },
	[FAULT_VERBOSE] = { FIELD_U32, offsetof(struct qy_fault_attr, verbose) },
	[FAULT_IGNORE_GFP_WAIT] = { FIELD_BOOL,
		offsetof(struct qy_fault_attr, ignore_gfp_wait) },
	[FAULT_IGNORE_GFP_HIGHMEM] = { FIELD_BOOL,
		offsetof(struct qy_fault_attr, ignore_gfp_highmem) },
	[FAULT_MIN_ORDER] = { FIELD_U32, offsetof(struct qy_fault_attr, min_order) },
	[FAULT_RATELIMIT_INTERVAL] = { FIELD_U32,
		offsetof(struct qy_fault_attr, verbose_ratelimit_interval_ms) },
	[FAULT_RATELIMIT_BURST] = { FIELD_U32,
		offsetof(struct qy_fault_attr, verbose_ratelimit_burst) },
	[FAULT_CACHE_FILTER] = { FIELD_BOOL,
		offsetof(struct qy_fault_attr, cache_filter) },
};

static void get(
	const struct qy_machine *m, unsigned int which, struct qy_fault_attr *attr)
{
	if (which < NR_FAULT_FILES)
		qy_fail_page_alloc_get(m, attr);
	else
		qy_failslab_get(m, attr);
}

static void set(
	struct qy_machine *m, unsigned int which, const struct qy_fault_attr *attr)
{
	if (which < NR_FAULT_FILES)
		qy_fail_page_alloc_set(m, attr);
	else
		qy_failslab_set(m, attr);
}

void qy_fault_show(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	unsigned int file = which % NR_FAULT_FILES;
	struct qy_fault_attr attr;
	const char *field = (const char *)&attr + fields[file].offset;

	get(m, which, &attr);
	switch (fields[file].kind) {
	case FIELD_U32:
		qy_seq_printf(seq, "%u\n", *(const u32 *)(const void *)field);
		break;
	case FIELD_S32:
		qy_seq_printf(seq, "%d\n", *(const s32 *)(const void *)field);
		break;
	case FIELD_BOOL:
		qy_seq_puts(seq, *(const bool *)field ? "Y\n" : "N\n");
		break;
	}
}

/* The kernel's words for a bool begin with one of these letters; "on" and "off" are told by the second. */
static int parse_bool(const char *text, bool *value)
{
	switch (text[0]) {
	case 'y':
	case 'Y':
	case 't':
	case 'T':
	case '1':
		*value = true;
		return 0;
	case 'n':
	case 'N':
	case 'f':
	case 'F':
	case '0':
		*value = false;
		return 0;
	case 'o':
	case 'O':
		*value = text[1] == 'n' || text[1] == 'N';
		return *value || text[1] == 'f' || text[1] == 'F' ? 0 : -QY_EINVAL;
	}
	return -QY_EINVAL;
}

/* One number and nothing after it. */
static int parse_only_number(const char *text, s64 lo, s64 hi, s64 *value)
{
	text = qy_parse_number(text, lo, hi, value);
	return text && !*text ? 0 : -QY_EINVAL;
}

static int parse_field(enum field_kind kind, const char *text, char *field)
{
	s64 number;
	int error = -QY_EINVAL;

	switch (kind) {
	case FIELD_U32:
		error = parse_only_number(text, 0, UINT32_MAX, &number);
		if (!error)
			*(u32 *)(void *)field = (u32)number;
		break;
	case FIELD_S32:
		error = parse_only_number(text, INT32_MIN, INT32_MAX, &number);
		if (!error)
			*(s32 *)(void *)field = (s32)number;
		break;
	case FIELD_BOOL:
		error = parse_bool(text, (bool *)field);
		break;
	}
	return error;
}

int qy_fault_store(struct qy_machine *m, unsigned int which, const char *text)
{
	unsigned int file = which % NR_FAULT_FILES;
	struct qy_fault_attr attr;
	int error;

	get(m, which, &attr);
	error = parse_field(fields[file].kind, text, (char *)&attr + fields[file].offset);
	if (!error)
		set(m, which, &attr);
	return error;
}
