// SPDX-License-Identifier: MIT
/*
 * What instrumented code calls: before each access (outline calls of gcc and clang), or when an inline check met a state that it
 * does not know; and for its variables. asm/kasan.h gives the compilers' names these ones.
 *
 * State: the variables of the modules that are loaded.
 */
#include <linux/mm.h>
#include "compat/host.h"
#include "compat/kasan.h"

/* A frame that somebody has without a note of it is no mistake; it is not asked for again. */
static bool frame_is_used(const char *p, size_t bytes, bool write)
{
	if (qy_compat_frame_is_free(p))
		return false;
	p = (const char *)((uintptr_t)p & PAGE_MASK);
	for (size_t at = 0; at < PAGE_SIZE; at += KASAN_GRANULE)
		if (qy_kasan_state(p + at) == KASAN_PAGE_FREE)
			qy_kasan_allow(p + at, KASAN_GRANULE);
	return true;
}

const struct kasan_meaning qy_kasan_meanings[256] = {
	[KASAN_PAGE_FREE] = { "use-after-free", frame_is_used },
	[KASAN_PAGE_REDZONE] = { .kind = "out-of-bounds" },
	[KASAN_PAGE_WAITS] = { .kind = "use-after-free" },
	[KASAN_SLAB_REDZONE] = { .kind = "slab-out-of-bounds" },
	[KASAN_SLAB_FREE] = { .kind = "slab-use-after-free" },
	[KASAN_GLOBAL_REDZONE] = { .kind = "global-out-of-bounds" },
	[KASAN_VMALLOC_INVALID] = { .kind = "vmalloc-out-of-bounds" },
	[KASAN_STACK_LEFT] = { .kind = "stack-out-of-bounds" },
	[KASAN_STACK_MID] = { .kind = "stack-out-of-bounds" },
	[KASAN_STACK_RIGHT] = { .kind = "stack-out-of-bounds" },
	[KASAN_STACK_PARTIAL] = { .kind = "stack-out-of-bounds" },
	[KASAN_ALLOCA_LEFT] = { .kind = "alloca-out-of-bounds" },
	[KASAN_ALLOCA_RIGHT] = { .kind = "alloca-out-of-bounds" },
	[KASAN_USER] = { .kind = "user-memory-access" },
	[KASAN_NULL] = { .kind = "user-memory-access" },
	[KASAN_DMA] = { NULL, qy_kasan_on_loan },
};

static noinline bool check_slowly(const void *p, size_t bytes, bool write, void *from)
{
	const char *bad;

	if (!qy_this_machine())
		return true;
	bad = qy_kasan_first_bad(p, bytes, write);
	if (!bad)
		return true;
	qy_kasan_report(p, bytes, bad, write, from);
	qy_host_told_of((uintptr_t)p, bytes);
	return false;
}

bool qy_kasan_check(const void *p, size_t bytes, bool write, void *from)
{
	bool good;

	if (!bytes || qy_kasan_is_plain(p, bytes))
		return true;
	good = check_slowly(p, bytes, write, from);
	if (write && !((uintptr_t)p >> KASAN_ADDRESS))
		qy_kasan_set_written(p, bytes);
	return good;
}

bool qy_kasan_check_copy(void *to, const void *from, size_t bytes, void *caller)
{
	bool good;

	if (!bytes || (qy_kasan_is_plain(from, bytes) && qy_kasan_is_plain(to, bytes)))
		return true;
	good = check_slowly(from, bytes, false, caller);
	if (!check_slowly(to, bytes, true, caller))
		return false;
	qy_kasan_copy_written(to, from, bytes);
	return good;
}

void qy_kasan_check_written(
	const void *p, size_t bytes, const char *deed, const void *to, void *from)
{
	if (qy_kasan_first_unwritten(p, bytes) && qy_this_machine())
		qy_kasan_report_unwritten(p, bytes, deed, to, from);
}

/*
 * clang asks for each end of an odd access by itself, by the address of that byte and the size of the whole, and does not say which end
 * it is: the second time it is the last.
 */
static void end_slowly(uintptr_t a, size_t n, bool write, void *from)
{
	static uintptr_t first;
	static size_t first_n;
	const char *p = (const char *)a;

	if (qy_kasan_is_plain(p, 1) || !qy_this_machine())
		return;
	if (qy_kasan_first_bad(p, 1, write)) {
		qy_kasan_report(p, n, p, write, from);
		qy_host_told_of(a, n);
	} else if (!write) {
		qy_kasan_first_unwritten(p, 1);
	} else if (n == first_n && a == first + n - 1) {
		qy_kasan_set_written((const char *)first, n);
	} else {
		qy_kasan_set_written(p, 1);
	}
	first = a;
	first_n = n;
}

static noinline void access_slowly(uintptr_t a, size_t n, bool write, void *from)
{
	if (a >> KASAN_ADDRESS) {
		check_slowly((void *)a, n, write, from);
		return;
	}
	qy_kasan_check((void *)a, n, write, from);
	if (!write) /* who has written it unseen? not asked for again */
		qy_kasan_first_unwritten((void *)a, n);
}

/* The way that is nearly always taken needs no stack: one test of the address, one of both bytes of shadow. */
static __always_inline void access(uintptr_t a, size_t n, bool write, void *from)
{
	const u8 *state;
	unsigned int why;

	if (unlikely(a >> KASAN_ADDRESS)) {
		access_slowly(a, n, write, from);
		return;
	}
	state = qy_kasan_look(a);
	if (!state)
		return;
	why = *state;
	/* an aligned access lies in one granule, or in two whole ones */
	if (n > 1)
		why |= a & (min(n, (size_t)KASAN_GRANULE) - 1);
	if (n > KASAN_GRANULE)
		why |= state[1];
	if (unlikely(why))
		access_slowly(a, n, write, from);
}

#define ACCESS(n)                                                        \
	void qy_kasan_load##n(uintptr_t a);                              \
	void qy_kasan_store##n(uintptr_t a);                             \
	void qy_kasan_slow_load##n(uintptr_t a);                         \
	void qy_kasan_slow_store##n(uintptr_t a);                        \
	void qy_kasan_load##n(uintptr_t a)                               \
	{                                                                \
		access(a, n, false, __builtin_return_address(0));        \
	}                                                                \
	void qy_kasan_store##n(uintptr_t a)                              \
	{                                                                \
		access(a, n, true, __builtin_return_address(0));         \
	}                                                                \
	void qy_kasan_slow_load##n(uintptr_t a)                          \
	{                                                                \
		access_slowly(a, n, false, __builtin_return_address(0)); \
	}                                                                \
	void qy_kasan_slow_store##n(uintptr_t a)                         \
	{                                                                \
		access_slowly(a, n, true, __builtin_return_address(0));  \
	}
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void qy_kasan_loadN(uintptr_t a, size_t n);
void qy_kasan_storeN(uintptr_t a, size_t n);
void qy_kasan_end_loadN(uintptr_t a, size_t n);
void qy_kasan_end_storeN(uintptr_t a, size_t n);

void qy_kasan_end_loadN(uintptr_t a, size_t n)
{
	end_slowly(a, n, false, __builtin_return_address(0));
}

void qy_kasan_end_storeN(uintptr_t a, size_t n)
{
	end_slowly(a, n, true, __builtin_return_address(0));
}

void qy_kasan_loadN(uintptr_t a, size_t n)
{
	access_slowly(a, n, false, __builtin_return_address(0));
}

void qy_kasan_storeN(uintptr_t a, size_t n)
{
	access_slowly(a, n, true, __builtin_return_address(0));
}

/* ------------------------------------------------------------------ variables of modules */

static struct globals {
	struct globals *next;
	const struct kasan_global *first;
	size_t nr;
} * globals;

static void deny_redzones(const struct globals *entry)
{
	for (size_t i = 0; i < entry->nr; i++) {
		const struct kasan_global *global = &entry->first[i];

		qy_kasan_deny((void *)(global->start + global->bytes),
			global->bytes_with_redzone - global->bytes, KASAN_GLOBAL_REDZONE);
	}
}

void qy_kasan_register_globals(const struct kasan_global *first, size_t nr);
void qy_kasan_unregister_globals(const struct kasan_global *first, size_t nr);

void qy_kasan_register_globals(const struct kasan_global *first, size_t nr)
{
	struct globals *entry = qy_host_zalloc(sizeof(*entry));

	if (!entry || !qy_kasan_shadow_init()) {
		qy_host_free(entry);
		return; /* they are not checked */
	}
	*entry = (struct globals){ globals, first, nr };
	globals = entry;
	deny_redzones(entry);
}

void qy_kasan_deny_globals(void)
{
	for (const struct globals *entry = globals; entry; entry = entry->next)
		deny_redzones(entry);
}

void qy_kasan_unregister_globals(const struct kasan_global *first, size_t nr)
{
	struct globals **at = &globals, *entry;

	while (*at && (*at)->first != first)
		at = &(*at)->next;
	entry = *at;
	if (!entry)
		return;
	*at = entry->next;
	qy_host_free(entry);
	for (size_t i = 0; i < nr; i++)
		qy_kasan_forget((void *)first[i].start, first[i].bytes_with_redzone);
}

const struct kasan_global *qy_kasan_global(const void *p)
{
	uintptr_t a = (uintptr_t)p;

	for (const struct globals *g = globals; g; g = g->next)
		for (size_t i = 0; i < g->nr; i++)
			if (a >= g->first[i].start &&
				a < g->first[i].start + g->first[i].bytes_with_redzone)
				return &g->first[i];
	return NULL;
}
