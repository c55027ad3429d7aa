// SPDX-License-Identifier: MIT
/*
 * Mappings: what kvmalloc takes by size and flags, areas, guard pages and zeroing, lines of vmallocinfo, and what is said of
 * wrong ends of areas, against what real kernels answered.
 *
 * Lines "I" tell of fresh memory and are left out. Of vmallocinfo the addresses are left out, and the caller's offset and
 * module; areas are compared in order of their size, since the kernel lists them by pools. Of a wrong end's address the place in
 * the page is compared.
 *
 * No state.
 */
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/conformance/recorded.h"
#include "tests/runner/test.h"

#include <quarry/stats.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const char *const runs[] = { "cust_1g", "deb612_1g", "deb61_1g", NULL };
static const char *const bug_runs[] = { "cust_bugs", "deb612_bugs", NULL };
static const char *const exact[] = { "E ", NULL };

static struct guest *boot(const char *run)
{
	struct guest *guest = guest_make(run);

	guest->mapped = true;
	guest_boot_made(guest);
	return guest;
}

static void compare_scenario(struct guest *guest, const char *name)
{
	char file[32];
	struct lines kernel, ours, ours_exact, kernel_exact;

	snprintf(file, sizeof(file), "%s.txt", name);
	kernel = recorded_lines(guest->run, file);
	ours = guest_scenario(guest, name);
	kernel_exact = pick_lines(&kernel, exact);
	ours_exact = pick_lines(&ours, exact);
	tally_lines(guest->run, file, &kernel_exact, &ours_exact);
	tally_leave_out(kernel.nr - kernel_exact.nr);
	free(kernel_exact.line);
	free(ours_exact.line);
	free_lines(&kernel);
	free_lines(&ours);
}

/* ------------------------------------------------------------------ vmallocinfo */

/* "20480 sc_vmalloc pages=4 vmalloc N0=4": no addresses, offsets, modules. */
static void mask_area(char *line)
{
	char *to = line, *from = strchr(line, ' ');

	if (!from)
		return;
	while (*from == ' ')
		from++;
	while (*from) {
		if (!strncmp(from, "+0x", 3) || !strncmp(from, " [", 2))
			from += 1 + strcspn(from + 1, " ");
		else
			*to++ = *from++;
	}
	*to = '\0';
}

static int by_size(const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;
	long difference = atol(*x) - atol(*y);

	return difference ? (difference < 0 ? -1 : 1) : strcmp(*x, *y);
}

static void prepare(struct lines *lines)
{
	for (unsigned int i = 0; i < lines->nr; i++)
		mask_area(lines->line[i]);
	qsort(lines->line, lines->nr, sizeof(*lines->line), by_size);
}

static void compare_vmallocinfo(struct guest *guest)
{
	static const char *const callers[] = { "*sc_vmalloc", NULL };
	struct lines kernel = recorded_lines(guest->run, "vmalloc.vmallocinfo.txt");
	struct lines all, ours;
	char *text = calloc(1, 65536);

	CHECK(qy_proc_read(guest->m, "/proc/vmallocinfo", text, 65536) < 65536);
	all = split_lines(text);
	ours = pick_lines(&all, callers);
	prepare(&kernel);
	prepare(&ours);
	tally_lines(guest->run, "vmalloc.vmallocinfo.txt", &kernel, &ours);
	free(ours.line);
	free_lines(&all);
	free_lines(&kernel);
}

/* ------------------------------------------------------------------ wrong ends */

/* "(ffa000000001d001)": all but the last three digits. */
static void mask_address(char *line)
{
	char *from = strchr(line, '('), *to = from ? from + 1 : NULL;
	char *end = strrchr(line, ')');

	for (; to && end && to < end - 3; to++)
		if (isxdigit((unsigned char)*to))
			*to = '.';
}

static void compare_wrong_ends(const char *run)
{
	static const char *const said[] = { "Trying to", NULL };
	struct guest *guest = boot("cust_1g"); /* the same guest, with slub_debug */
	struct lines kernel = recorded_lines(run, "bug_vfree.txt"), log, ours, output;

	log = guest_take_log(guest);
	free_lines(&log);
	output = guest_scenario(guest, "bug_vfree");
	free_lines(&output);
	log = guest_take_log(guest);
	ours = pick_lines(&log, said);
	for (unsigned int i = 0; i < kernel.nr; i++)
		mask_address(kernel.line[i]);
	for (unsigned int i = 0; i < ours.nr; i++)
		mask_address(ours.line[i]);
	tally_lines(run, "bug_vfree.txt", &kernel, &ours);
	free(ours.line);
	free_lines(&log);
	free_lines(&kernel);
	guest_end(guest);
}

void compare_mappings(void)
{
	for (const char *const *run = runs; *run; run++) {
		struct guest *guest = boot(*run);

		compare_scenario(guest, "kvmalloc");
		compare_scenario(guest, "vmalloc");
		compare_vmallocinfo(guest);
		guest_end(guest);
	}
	for (const char *const *run = bug_runs; *run; run++)
		compare_wrong_ends(*run);
}

TEST(conformance, areas_and_the_choice_of_kvmalloc_are_the_recorded_ones)
{
	tally_begin();
	compare_mappings();
	tally_check();
}
