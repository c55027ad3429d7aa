// SPDX-License-Identifier: MIT
/*
 * Readers and writers of numbers with units. See units.h.
 *
 * No state.
 */
#include "lab/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit duration_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", 60000000000 },
	{ "min", 60000000000 },
	{ "h", 3600000000000 },
};

static const struct unit size_units[] = {
	{ "", 1 },
	{ "K", 1ull << 10 },
	{ "M", 1ull << 20 },
	{ "G", 1ull << 30 },
	{ "T", 1ull << 40 },
	{ "KiB", 1ull << 10 },
	{ "MiB", 1ull << 20 },
	{ "GiB", 1ull << 30 },
	{ "TiB", 1ull << 40 },
};

static const struct unit share_units[] = { { "%", 1000 } };
static const struct unit factor_units[] = { { "", 1000 }, { "x", 1000 } };

struct gfp_name {
	const char *name;
	qy_gfp_t bits;
};

static const struct gfp_name gfp_names[] = {
	{ "GFP_ATOMIC", QY_GFP_ATOMIC },
	{ "GFP_KERNEL", QY_GFP_KERNEL },
	{ "GFP_KERNEL_ACCOUNT", QY_GFP_KERNEL_ACCOUNT },
	{ "GFP_NOWAIT", QY_GFP_NOWAIT },
	{ "GFP_NOIO", QY_GFP_NOIO },
	{ "GFP_NOFS", QY_GFP_NOFS },
	{ "GFP_USER", QY_GFP_USER },
	{ "GFP_DMA", QY_GFP_DMA },
	{ "GFP_DMA32", QY_GFP_DMA32 },
	{ "GFP_HIGHUSER", QY_GFP_HIGHUSER },
	{ "GFP_HIGHUSER_MOVABLE", QY_GFP_HIGHUSER_MOVABLE },
	{ "GFP_TRANSHUGE_LIGHT", QY_GFP_TRANSHUGE_LIGHT },
	{ "GFP_TRANSHUGE", QY_GFP_TRANSHUGE },
	{ "__GFP_DMA", QY___GFP_DMA },
	{ "__GFP_HIGHMEM", QY___GFP_HIGHMEM },
	{ "__GFP_DMA32", QY___GFP_DMA32 },
	{ "__GFP_MOVABLE", QY___GFP_MOVABLE },
	{ "__GFP_RECLAIMABLE", QY___GFP_RECLAIMABLE },
	{ "__GFP_HIGH", QY___GFP_HIGH },
	{ "__GFP_IO", QY___GFP_IO },
	{ "__GFP_FS", QY___GFP_FS },
	{ "__GFP_ZERO", QY___GFP_ZERO },
	{ "__GFP_DIRECT_RECLAIM", QY___GFP_DIRECT_RECLAIM },
	{ "__GFP_KSWAPD_RECLAIM", QY___GFP_KSWAPD_RECLAIM },
	{ "__GFP_RECLAIM", QY___GFP_RECLAIM },
	{ "__GFP_WRITE", QY___GFP_WRITE },
	{ "__GFP_NOWARN", QY___GFP_NOWARN },
	{ "__GFP_RETRY_MAYFAIL", QY___GFP_RETRY_MAYFAIL },
	{ "__GFP_NOFAIL", QY___GFP_NOFAIL },
	{ "__GFP_NORETRY", QY___GFP_NORETRY },
	{ "__GFP_MEMALLOC", QY___GFP_MEMALLOC },
	{ "__GFP_COMP", QY___GFP_COMP },
	{ "__GFP_NOMEMALLOC", QY___GFP_NOMEMALLOC },
	{ "__GFP_HARDWALL", QY___GFP_HARDWALL },
	{ "__GFP_THISNODE", QY___GFP_THISNODE },
	{ "__GFP_ACCOUNT", QY___GFP_ACCOUNT },
	{ "__GFP_ZEROTAGS", QY___GFP_ZEROTAGS },
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const struct unit *find_unit(const char *name, const struct unit *units, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		if (strcmp(name, units[i].name) == 0)
			return &units[i];
	}
	return NULL;
}

/* digits[.digits]unit, in units of 1/factor; what the factor cannot express is refused, not rounded. */
static int parse_scaled(
	const char *text, const struct unit *units, size_t nr_units, uint64_t *value)
{
	uint64_t whole = 0, fraction = 0, divisor = 1;
	const char *p = text;
	const struct unit *unit;

	if (!isdigit((unsigned char)*p))
		return -1;
	for (; isdigit((unsigned char)*p); p++) {
		if (__builtin_mul_overflow(whole, 10, &whole) ||
			__builtin_add_overflow(whole, (uint64_t)(*p - '0'), &whole))
			return -1;
	}
	if (*p == '.') {
		p++;
		if (!isdigit((unsigned char)*p))
			return -1;
		for (; isdigit((unsigned char)*p); p++) {
			if (divisor >= 1000000000)
				return -1;
			divisor *= 10;
			fraction = fraction * 10 + (uint64_t)(*p - '0');
		}
	}
	unit = find_unit(p, units, nr_units);
	if (!unit || __builtin_mul_overflow(whole, unit->factor, value))
		return -1;
	/* fraction < 10^9, factor < 2^43: the product may not fit */
	if (__builtin_mul_overflow(fraction, unit->factor, &fraction) ||
		fraction % divisor)
		return -1;
	return __builtin_add_overflow(*value, fraction / divisor, value) ? -1 : 0;
}

int qy_parse_count(const char *text, uint64_t *value)
{
	static const struct unit none[] = { { "", 1 } };

	return strchr(text, '.') ? -1 : parse_scaled(text, none, 1, value);
}

int qy_parse_duration(const char *text, uint64_t *ns)
{
	if (strcmp(text, "0") == 0) {
		*ns = 0;
		return 0;
	}
	return parse_scaled(text, duration_units, ARRAY_SIZE(duration_units), ns);
}

int qy_parse_size(const char *text, uint64_t *bytes)
{
	return parse_scaled(text, size_units, ARRAY_SIZE(size_units), bytes);
}

int qy_parse_share(const char *text, uint32_t *millipercent)
{
	uint64_t value;

	if (parse_scaled(text, share_units, ARRAY_SIZE(share_units), &value) ||
		value > 100000)
		return -1;
	*millipercent = (uint32_t)value;
	return 0;
}

int qy_parse_factor(const char *text, uint32_t *thousandths)
{
	uint64_t value;

	if (parse_scaled(text, factor_units, ARRAY_SIZE(factor_units), &value) ||
		value == 0 || value > 1000000)
		return -1;
	*thousandths = (uint32_t)value;
	return 0;
}

static const struct gfp_name *find_gfp(const char *name, size_t length)
{
	for (size_t i = 0; i < ARRAY_SIZE(gfp_names); i++) {
		if (strlen(gfp_names[i].name) == length &&
			memcmp(gfp_names[i].name, name, length) == 0)
			return &gfp_names[i];
	}
	return NULL;
}

int qy_parse_gfp(const char *text, qy_gfp_t *gfp, char *unknown, size_t size)
{
	*gfp = 0;
	for (;;) {
		const struct gfp_name *found;
		size_t length;

		text += strspn(text, " \t");
		length = strcspn(text, " \t|");
		found = find_gfp(text, length);
		if (!found) {
			snprintf(unknown, size, "%.*s", (int)(length < 64 ? length : 64),
				text);
			return -1;
		}
		*gfp |= found->bits;
		text += length;
		text += strspn(text, " \t");
		if (!*text)
			return 0;
		if (*text++ != '|') {
			snprintf(unknown, size, "%.64s", text - 1);
			return -1;
		}
	}
}

const char *qy_gfp_name_at(size_t i, qy_gfp_t *gfp)
{
	if (i >= ARRAY_SIZE(gfp_names))
		return NULL;
	*gfp = gfp_names[i].bits;
	return gfp_names[i].name;
}

const char *qy_format_size(char *buf, size_t size, uint64_t bytes)
{
	static const char *const names[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	unsigned int i = 0;
	uint64_t tenths;

	while (i < ARRAY_SIZE(names) - 1 && bytes >= 10240) {
		bytes >>= 10;
		i++;
	}
	tenths = i < ARRAY_SIZE(names) - 1 && bytes >= 1024 ? bytes * 10 / 1024 : 0;
	if (!tenths)
		snprintf(buf, size, "%llu %s", (unsigned long long)bytes, names[i]);
	else if (tenths % 10)
		snprintf(buf, size, "%llu.%llu %s", (unsigned long long)tenths / 10,
			(unsigned long long)tenths % 10, names[i + 1]);
	else
		snprintf(buf, size, "%llu %s", (unsigned long long)tenths / 10,
			names[i + 1]);
	return buf;
}

const char *qy_format_index(char *buf, size_t size, int64_t thousandths)
{
	long long value = thousandths < 0 ? -thousandths : thousandths;

	snprintf(buf, size, "%s%lld.%03lld", thousandths < 0 ? "-" : "", value / 1000,
		value % 1000);
	return buf;
}

const char *qy_format_duration(char *buf, size_t size, uint64_t ns)
{
	if (ns >= 1000000000 && ns % 1000000000 == 0)
		snprintf(buf, size, "%llu s", (unsigned long long)(ns / 1000000000));
	else if (ns >= 1000000000)
		snprintf(buf, size, "%llu.%03llu s",
			(unsigned long long)(ns / 1000000000),
			(unsigned long long)(ns % 1000000000 / 1000000));
	else if (ns >= 1000000)
		snprintf(buf, size, "%llu ms", (unsigned long long)(ns / 1000000));
	else if (ns >= 1000)
		snprintf(buf, size, "%llu us", (unsigned long long)(ns / 1000));
	else
		snprintf(buf, size, "%llu ns", (unsigned long long)ns);
	return buf;
}
