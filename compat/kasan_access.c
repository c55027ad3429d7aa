// SPDX-License-Identifier: MIT
/*
 * What instrumented code calls: before each access (outline calls of gcc and clang), and for its variables. asm/kasan.h gives
 * the compilers' names these ones.
 *
 * State: the variables of the modules that are loaded.
 */
#include "compat/host.h"
#include "compat/kasan.h"

/* A frame that somebody has without a note of it is no mistake; it is not asked for again. */
static const char *really_bad(const char *bad, const char *end)
{
	while (bad && qy_kasan_state(bad) == KASAN_PAGE_FREE &&
		!qy_compat_frame_is_free(bad)) {
		const char *page = (const char *)((uintptr_t)bad & PAGE_MASK);

		qy_kasan_allow(page, PAGE_SIZE);
		bad = bad < end ? qy_kasan_first_bad(bad, (size_t)(end - bad)) : NULL;
	}
	return bad;
}

static noinline bool check_slowly(const void *p, size_t bytes, bool write, void *from)
{
	const char *end = (const char *)p + bytes;

	if (!qy_this_machine() || !really_bad(qy_kasan_first_bad(p, bytes), end))
		return true;
	qy_kasan_report(p, bytes, write, from);
	return false;
}

bool qy_kasan_check(const void *p, size_t bytes, bool write, void *from)
{
	bool good = !qy_kasan_chunks || !bytes || !qy_kasan_first_bad(p, bytes) ||
		    check_slowly(p, bytes, write, from);

	if (write && qy_kasan_chunks && !((uintptr_t)p >> KASAN_ADDRESS))
		qy_kasan_set_written(p, bytes);
	return good;
}

void qy_kasan_check_copy(void *to, const void *from, size_t bytes, void *caller)
{
	if (!qy_kasan_chunks || !bytes)
		return;
	if (qy_kasan_first_bad(to, bytes) && !check_slowly(to, bytes, true, caller))
		return;
	qy_kasan_copy_written(to, from, bytes);
}

void qy_kasan_check_written(
	const void *p, size_t bytes, const char *deed, const void *to, void *from)
{
	if (qy_kasan_chunks && qy_kasan_first_unwritten(p, bytes) && qy_this_machine())
		qy_kasan_report_unwritten(p, bytes, deed, to, from);
}

static noinline void access_slowly(uintptr_t a, size_t n, bool write, void *from)
{
	if (a >> KASAN_ADDRESS)
		check_slowly((void *)a, n, write, from);
	else
		qy_kasan_check((void *)a, n, write, from);
}

/*
 * In a world, so that there are chunks. The way that is nearly always taken needs no stack: one test of the address, one of the
 * chunk, one of both bytes of shadow.
 */
static __always_inline void access(uintptr_t a, size_t n, bool write, void *from)
{
	const struct kasan_chunk *chunk;
	size_t granule = a / KASAN_GRANULE & (KASAN_GRANULES - 1);
	unsigned int why;

	if (unlikely(a >> KASAN_ADDRESS)) {
		access_slowly(a, n, write, from);
		return;
	}
	chunk = qy_kasan_chunks[a >> KASAN_CHUNK_SHIFT];
	if (!chunk)
		return;
	why = chunk->state[granule];
	if (write)
		why |= chunk->unwritten[granule];
	/* an aligned access lies in one granule, or in two whole ones */
	if (n > 1)
		why |= a & (min(n, (size_t)KASAN_GRANULE) - 1);
	if (n > KASAN_GRANULE)
		why |= chunk->state[granule + 1] |
		       (write ? chunk->unwritten[granule + 1] : 0);
	if (unlikely(why))
		access_slowly(a, n, write, from);
}

#define ACCESS(n)                                                 \
	void qy_kasan_load##n(uintptr_t a);                       \
	void qy_kasan_store##n(uintptr_t a);                      \
	void qy_kasan_load##n(uintptr_t a)                        \
	{                                                         \
		access(a, n, false, __builtin_return_address(0)); \
	}                                                         \
	void qy_kasan_store##n(uintptr_t a)                       \
	{                                                         \
		access(a, n, true, __builtin_return_address(0));  \
	}
ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)
ACCESS(16)

void qy_kasan_loadN(uintptr_t a, size_t n);
void qy_kasan_storeN(uintptr_t a, size_t n);
void qy_kasan_no_return(void);

void qy_kasan_loadN(uintptr_t a, size_t n)
{
	qy_kasan_check((void *)a, n, false, __builtin_return_address(0));
}

void qy_kasan_storeN(uintptr_t a, size_t n)
{
	qy_kasan_check((void *)a, n, true, __builtin_return_address(0));
}

/* Stacks have no shadow. */
void qy_kasan_no_return(void)
{
}

/* ------------------------------------------------------------------ variables of modules */

static struct globals {
	struct globals *next;
	const struct kasan_global *first;
	size_t nr;
} * globals;

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
	for (size_t i = 0; i < nr; i++)
		qy_kasan_deny((void *)(first[i].start + first[i].bytes),
			first[i].bytes_with_redzone - first[i].bytes,
			KASAN_GLOBAL_REDZONE);
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
