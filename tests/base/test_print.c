/* SPDX-License-Identifier: MIT */
/*
 * The printf subset against the C library's snprintf: same text, same length, same cut.
 */
#include "mm/base/print.h"
#include "tests/runner/test.h"

#include <stdio.h>
#include <string.h>

/* The expected text comes from libc with the same arguments. */
#define SAME(...)                                                               \
	do {                                                                    \
		char ours[256], theirs[256];                                    \
                                                                                \
		CHECK_EQ(qy_snprintf(ours, sizeof(ours), __VA_ARGS__),          \
			(size_t)snprintf(theirs, sizeof(theirs), __VA_ARGS__)); \
		CHECK_STR_EQ(ours, theirs);                                     \
	} while (0)

TEST(print, numbers_print_as_in_libc)
{
	static const long long values[] = { 0, 1, -1, 7, 4096, 123456, -98765, INT32_MAX,
		INT32_MIN, INT64_MAX, INT64_MIN };

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		long long v = values[i];
		int n = (int)v;

		SAME("%d|%5d|%-5d|%05d|%+d|% d|%.3d|%8.3d|%-8.3d|%+06d", n, n, n, n, n, n,
			n, n, n, n);
		SAME("%lld|%22lld|%llu|%llx|%llX|%016llx", v, v, (unsigned long long)v,
			(unsigned long long)v, (unsigned long long)v,
			(unsigned long long)v);
		SAME("%ld|%lu|%zu|%zx", (long)v, (unsigned long)v, (size_t)v, (size_t)v);
		SAME("%hd|%hhd|%hu|%hhu|%hx|%hhx", (short)n, (signed char)n,
			(unsigned short)n, (unsigned char)n, (unsigned short)n,
			(unsigned char)n);
		SAME("%u|%6u|%-6u|%06u|%x|%08x|%*d|%-*d|%.*d", (unsigned int)n,
			(unsigned int)n, (unsigned int)n, (unsigned int)n,
			(unsigned int)n, (unsigned int)n, 9, n, 9, n, 4, n);
	}
	SAME("%*d|%.*d", -9, 5, -1, 5);
}

TEST(print, strings_print_as_in_libc)
{
	SAME("%s|%8s|%-8s|%.2s|%8.2s|%-8.2s|%*s|%.*s", "zone", "zone", "zone", "zone",
		"zone", "zone", 6, "DMA", 2, "Normal");
	SAME("100%%|%c|%3c|%-3c|", 'a', 'b', 'c');
	SAME("Node %d, zone %8s ", 0, "DMA32");
	SAME("%-43s ", "Free pages count per migrate type at order");
}

TEST(print, a_null_string_is_named)
{
	const char *volatile nothing = NULL;
	char text[32];

	qy_snprintf(text, sizeof(text), "<%s>", nothing);
	CHECK_STR_EQ(text, "<(null)>");
}

TEST(print, the_length_counts_what_does_not_fit)
{
	char text[8];

	for (size_t size = 0; size <= sizeof(text); size++) {
		memset(text, '#', sizeof(text));
		CHECK_EQ(qy_snprintf(text, size, "%s%d", "pages ", 4096), 10);
		for (size_t i = size; i < sizeof(text); i++)
			CHECK_EQ(text[i], '#');
		if (size) {
			CHECK_EQ(text[size - 1], '\0');
			CHECK_EQ(strncmp(text, "pages 4096", size - 1), 0);
		}
	}
}

TEST(print, a_sink_goes_on_where_it_was)
{
	char text[16];
	struct qy_seq seq;

	qy_seq_init(&seq, text, sizeof(text));
	CHECK_STR_EQ(text, "");
	qy_seq_puts(&seq, "DMA");
	qy_seq_printf(&seq, " %d", 32);
	qy_seq_puts(&seq, "");
	CHECK_STR_EQ(text, "DMA 32");
	CHECK_EQ(seq.len, 6);
	qy_seq_puts(&seq, " Normal Movable");
	CHECK_STR_EQ(text, "DMA 32 Normal M");
	CHECK_EQ(seq.len, 21);
}

TEST(print, what_is_not_of_the_subset_stays_as_it_is)
{
	static const char *const formats[] = { "a %q b", "a %", "a %5", "a %-" };
	char text[32];

	for (unsigned int i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		const char *volatile format = formats[i];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		CHECK_EQ(qy_snprintf(text, sizeof(text), format), strlen(format));
#pragma GCC diagnostic pop
		CHECK_STR_EQ(text, format);
	}
}
