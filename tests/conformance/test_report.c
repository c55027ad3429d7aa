// SPDX-License-Identifier: MIT
/*
 * The report of a failed atomic allocation, line by line against the kernel's.
 *
 * Left out on both sides: the CPU and hardware lines (they name a build and a machine) and the call trace. Masked:
 * numbers that depend on rooms that are not there yet, and the counts of free blocks, which history decides. Not
 * masked: order, flags, watermarks, present, managed, reserves, RAM.
 *
 * No state.
 */
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/conformance/shape.h"
#include "tests/runner/test.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const build_lines[] = {
	"CPU:", "Tainted:", "Hardware name:", "Call Trace:", NULL
};
/* keys whose numbers are compared; all others become '#' */
static const char *const exact_keys[] = { "order:", "mode:", "boost:", "min:", "low:",
	"high:", "reserved_highatomic:", "present:", "managed:", "lowmem_reserve[]:",
	"Node ", NULL };
/* endings of lines that begin with a number which is compared */
static const char *const exact_ends[] = { " pages RAM", " pages HighMem/MovableOnly",
	" pages reserved", " pages cma reserved", NULL };

static bool ends_with(const char *line, const char *end)
{
	size_t length = strlen(line), n = strlen(end);

	return length >= n && !strcmp(line + length - n, end);
}

static bool is_exact_line(const char *line)
{
	for (const char *const *end = exact_ends; *end; end++)
		if (ends_with(line, *end))
			return true;
	return has_prefix(line, "lowmem_reserve[]:") ||
	       strstr(line, "page allocation failure");
}

/* The number at @at belongs to a key that is compared. */
static bool after_exact_key(const char *line, const char *at)
{
	for (const char *const *key = exact_keys; *key; key++) {
		size_t n = strlen(*key);

		if ((size_t)(at - line) >= n && !strncmp(at - n, *key, n) &&
			(at - n == line || at[-(long)n - 1] == ' '))
			return true;
	}
	return false;
}

/* "1*4kB (U) 0*8kB": the types of the free blocks are history too. */
static bool is_type_list(const char *at)
{
	return at[0] == ' ' && at[1] == '(' && strspn(at + 2, "UMEHCI") &&
	       at[2 + strspn(at + 2, "UMEHCI")] == ')';
}

static void mask_line(char *line)
{
	char masked[1024], *out = masked;

	if (is_exact_line(line))
		return;
	for (char *at = line; *at;) {
		size_t digits = strspn(at, "0123456789");
		/* DMA32 is a name, 4kB behind a star a size */
		bool keep =
			after_exact_key(line, at) ||
			(at > line && (isalpha((unsigned char)at[-1]) || at[-1] == '*'));

		if (digits && !keep) {
			*out++ = '#';
			at += digits;
		} else if (is_type_list(at)) {
			at = strchr(at, ')') + 1;
		} else {
			digits += !digits;
			memcpy(out, at, digits);
			out += digits;
			at += digits;
		}
	}
	*out = '\0';
	strcpy(line, masked);
}

static bool is_build_line(const char *line)
{
	for (const char *const *p = build_lines; *p; p++)
		if (has_prefix(line, *p))
			return true;
	return false;
}

static void mask_lines(struct lines *lines)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < lines->nr; i++) {
		if (is_build_line(lines->line[i]))
			continue;
		mask_line(lines->line[i]);
		lines->line[kept++] = lines->line[i];
	}
	lines->nr = kept;
}

/* A recorded line that we never say stands against nothing; else line against line. */
static void compare_texts(
	const char *run, const struct lines *kernel, const struct lines *ours)
{
	unsigned int j = 0;

	for (unsigned int i = 0; i < kernel->nr; i++) {
		const char *mine = j < ours->nr ? ours->line[j] : "(nothing)";
		bool left_out = i + 1 < kernel->nr && j < ours->nr &&
				strcmp(kernel->line[i], mine) &&
				(!strcmp(kernel->line[i + 1], mine) ||
					strstr(kernel->line[i], "hugepages_total"));

		tally_line(run, "atomic_fail.log", kernel->line[i],
			left_out ? "(nothing)" : mine);
		j += !left_out && j < ours->nr;
	}
	CHECK_EQ(j, ours->nr);
}

static void compare_report_on(struct guest *guest, struct lines *kernel)
{
	struct lines before = guest_take_log(guest);
	struct lines said = guest_scenario(guest, "atomic_fail"),
		     ours = guest_take_log(guest);

	mask_lines(kernel);
	mask_lines(&ours);
	compare_texts(guest->run, kernel, &ours);
	free_lines(&before);
	free_lines(&said);
	free_lines(&ours);
}

static void compare_report_of(const char *run)
{
	struct guest *guest = guest_boot(run);
	struct lines kernel = recorded_lines(run, "atomic_fail.log");

	compare_report_on(guest, &kernel);
	free_lines(&kernel);
	guest_end(guest);
}

/* A guest of one zone, of which an area is a part. */
static void compare_report_beside_cma(void)
{
	struct shape *shape = shape_boot("arm_frag");
	struct section report;

	CHECK(shape_find(shape, "report", &report));
	qy_set_task(177, "sh");
	compare_report_on(shape->guest, &report.lines);
	shape_end(shape);
}

void compare_report(void)
{
	compare_report_of("cust_frag");
	compare_report_of("deb612_frag");
	compare_report_beside_cma();
}

TEST(conformance, a_failed_atomic_allocation_is_reported_in_the_kernels_words)
{
	tally_begin();
	compare_report();
	tally_check();
}
