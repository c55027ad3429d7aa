// SPDX-License-Identifier: MIT
/*
 * What slub_debug=FZPU says of wrong uses of objects, against what a real kernel said of the same ones: the scenarios
 * "bug_*", in the same order of calls.
 *
 * Masked: addresses but for the place in the page, struct page, ages, CPU and pid, offsets in functions, modules, and the
 * taint that the kernel has from being run with a module of its own. The kernel's call traces and our lines of source are
 * left out.
 *
 * No state.
 */
#include "mm/base/types.h"
#include "tests/conformance/compare.h"
#include "tests/conformance/guest.h"
#include "tests/conformance/recorded.h"
#include "tests/runner/test.h"

#include <quarry/owner.h>
#include <quarry/slab.h>

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Each call with the name of the scenario around it, as the kernel's trace has it. */
#define FREE(cache, object)                        \
	((void)QY_AT_SITE(({                       \
		qy_kmem_cache_free(cache, object); \
		0;                                 \
	})))
#define ALLOC(cache) QY_AT_SITE(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL))
#define DESTROY(cache)                        \
	((void)QY_AT_SITE(({                  \
		qy_kmem_cache_destroy(cache); \
		0;                            \
	})))

static struct kmem_cache *dbg_cache(struct guest *guest, const char *name)
{
	return qy_kmem_cache_create(guest->m, name, 40, 0, 0, NULL);
}

/* ------------------------------------------------------------------ the scenarios, as in scenarios_slab.c */

static void sc_bug_leak(struct guest *guest)
{
	struct kmem_cache *s = dbg_cache(guest, "orc_dbg_leak");
	char *a = ALLOC(s), *b = ALLOC(s);

	memset(a, 0x11, 40);
	memset(b, 0x22, 40);
	DESTROY(s);
}

static void sc_bug_doublefree(struct guest *guest)
{
	struct kmem_cache *s = dbg_cache(guest, "orc_dbg_dfree");
	void *a = ALLOC(s);

	FREE(s, a);
	FREE(s, a);
	DESTROY(s);
}

static void sc_bug_doublefree2(struct guest *guest)
{
	struct kmem_cache *s = dbg_cache(guest, "orc_dbg_dfree2");
	void *a = ALLOC(s), *b = ALLOC(s);

	FREE(s, a);
	FREE(s, a);
	FREE(s, b);
	DESTROY(s);
}

static void sc_bug_redzone(struct guest *guest)
{
	struct kmem_cache *s = dbg_cache(guest, "orc_dbg_rz");
	volatile char *a = ALLOC(s);

	a[40] = 0x41;
	FREE(s, (void *)a);
	a = ALLOC(s);
	a[-1] = 0x42;
	FREE(s, (void *)a);
	DESTROY(s);
}

static void sc_bug_uaf(struct guest *guest)
{
	struct kmem_cache *s = dbg_cache(guest, "orc_dbg_uaf");
	volatile char *a = ALLOC(s);

	FREE(s, (void *)a);
	a[12] = 0x43;
	a = ALLOC(s);
	FREE(s, (void *)a);
	DESTROY(s);
}

static void sc_bug_kmalloc_redzone(struct guest *guest)
{
	volatile char *a = QY_AT_SITE(qy_kmalloc(guest->m, 30, QY_GFP_KERNEL));

	a[31] = 0x44;
	(void)QY_AT_SITE((qy_kfree(guest->m, (void *)a), 0));
}

static void sc_bug_badfree(struct guest *guest)
{
	struct kmem_cache *s = dbg_cache(guest, "orc_dbg_bad");
	struct kmem_cache *t =
		qy_kmem_cache_create(guest->m, "orc_dbg_bad2", 72, 0, 0, NULL);
	char *a = ALLOC(s);

	FREE(s, a + 8);
	FREE(t, a);
	DESTROY(t);
	DESTROY(s);
}

/* ------------------------------------------------------------------ what is left of a line */

#define TEXT 512

static bool is_hex(char c)
{
	return isdigit((unsigned char)c) || (c >= 'a' && c <= 'f');
}

/* An address of 16 digits keeps those of its place in the page; @all: none. Return: what follows it. */
static const char *mask_address(const char *at, bool all, char **out)
{
	int digits = 0;

	while (is_hex(at[digits]))
		digits++;
	if (digits == 16 && !strncmp(at, "ff", 2))
		*out += sprintf(*out, "..%s%.*s", all ? "..." : "", all ? 0 : 3, at + 13);
	else
		*out += sprintf(*out, "%.*s", digits, at);
	return at + digits;
}

static const char *skip_number(const char *at)
{
	return at + strspn(at, "0123456789");
}

static bool masks_number(const char *at, const char *run)
{
	static const char *const keys[] = { "age=", "cpu=", "pid=" };

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (has_prefix(at, keys[i]))
			return true;
	/* flags=: other fields in that kernel. used=: objects of its own */
	return (strcmp(run, "cust_bugs") != 0 && has_prefix(at, "flags=")) ||
	       (strstr(run, "kmalloc") && has_prefix(at, "used="));
}

static void mask(const char *line, const char *run, bool places, char *out)
{
	const char *at = line;

	while (*at) {
		bool page = has_prefix(line, "Slab 0x");

		if (has_prefix(at, "Tainted: ")) {
			at += strcspn(at, ")");
			out += sprintf(out, "Tainted");
		} else if (has_prefix(at, "Not tainted")) {
			at += strlen("Not tainted");
			out += sprintf(out, "Tainted");
		} else if (masks_number(at, run)) {
			size_t key = strcspn(at, "=") + 1;

			out += sprintf(out, "%.*s#", (int)key, at);
			at += key;
			at += strcspn(at, " ");
		} else if (has_prefix(at, "+0x")) {
			at += strcspn(at, " ");
			at += has_prefix(at, " [oracle]") ? strlen(" [oracle]") : 0;
		} else if (is_hex(*at) &&
			   (at == line || !isalnum((unsigned char)at[-1]) ||
				   at[-1] == 'x')) {
			at = mask_address(at, places || (page && at == line + 7), &out);
		} else if (places && has_prefix(at, "@offset=")) {
			out += sprintf(out, "@offset=#");
			at = skip_number(at + strlen("@offset="));
		} else {
			*out++ = *at++;
		}
	}
	*out = '\0';
}

/*
 * The next line that is compared: no line of a call trace, none of source, and not what that kernel had done with an object
 * of kmalloc before.
 */
static const char *next_line(const struct lines *lines, unsigned int *n)
{
	while (*n < lines->nr) {
		const char *line = lines->line[(*n)++];

		if (has_prefix(line, "Freed in vfree"))
			tally_leave_out(1);
		else if (*line != ' ')
			return line;
	}
	return NULL;
}

static void compare_log(const char *run, const char *file, bool places,
	const struct lines *kernel, const struct lines *ours)
{
	const char *theirs, *mine;
	unsigned int i = 0, j = 0;

	for (;;) {
		char a[TEXT] = "(nothing)", b[TEXT] = "(nothing)";

		theirs = next_line(kernel, &i);
		mine = next_line(ours, &j);
		if (!theirs && !mine)
			break;
		if (theirs)
			mask(theirs, strstr(file, "kmalloc") ? "kmalloc" : run, places,
				a);
		if (mine)
			mask(mine, strstr(file, "kmalloc") ? "kmalloc" : run, places, b);
		tally_line(run, file, a, b);
	}
}

static struct guest *boot_checked(void)
{
	struct guest *guest = guest_make("cust_1g");

	strcpy(guest->board.slab.debug, "FZPU");
	guest_boot_made(guest);
	return guest;
}

void compare_slab_reports(void)
{
	static const struct {
		const char *run, *file;
		void (*play)(struct guest *guest);
		bool places; /* where its objects lay is chance, or history */
	} rows[] = {
		{ "cust_bugs", "bug_leak.log", sc_bug_leak, false },
		{ "cust_bugs", "bug_doublefree.log", sc_bug_doublefree, false },
		{ "cust_bugs", "bug_doublefree2.log", sc_bug_doublefree2, false },
		{ "cust_bugs", "bug_redzone.log", sc_bug_redzone, false },
		{ "cust_bugs", "bug_uaf.log", sc_bug_uaf, false },
		{ "cust_bugs", "bug_kmalloc_redzone.log", sc_bug_kmalloc_redzone, true },
		{ "deb612_bugs", "bug_leak.log", sc_bug_leak, true },
		{ "deb612_bugs", "bug_doublefree.log", sc_bug_doublefree, true },
		{ "deb612_bugs", "bug_doublefree2.log", sc_bug_doublefree2, true },
		{ "deb612_bugs", "bug_redzone.log", sc_bug_redzone, true },
		{ "deb612_bugs", "bug_uaf.log", sc_bug_uaf, true },
		{ "deb612_bugs", "bug_kmalloc_redzone.log", sc_bug_kmalloc_redzone,
			true },
		{ "deb612_bugs", "bug_badfree.log", sc_bug_badfree, true },
	};
	struct guest *guest = boot_checked();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct lines kernel = recorded_lines(rows[i].run, rows[i].file), ours;

		/* the same caches once more: some of the first are still there */
		if (i && strcmp(rows[i].run, rows[i - 1].run)) {
			guest_end(guest);
			guest = boot_checked();
		}
		ours = guest_take_log(guest);
		free_lines(&ours);
		rows[i].play(guest);
		ours = guest_take_log(guest);
		compare_log(rows[i].run, rows[i].file, rows[i].places, &kernel, &ours);
		free_lines(&kernel);
		free_lines(&ours);
	}
	guest_end(guest);
}

TEST(conformance, wrong_uses_of_objects_are_reported_in_the_kernels_words)
{
	tally_begin();
	compare_slab_reports();
	tally_check();
}
