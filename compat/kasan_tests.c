// SPDX-License-Identifier: MIT
/*
 * The checker of accesses, as its tests handle it (linux/kasan.h, trace/events/printk.h): off for a task, each time instead of
 * once, what a suite provokes, who hears what is said.
 *
 * Locking: none; see world.h.
 */
#include <linux/kasan.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <trace/events/printk.h>
#include "compat/host.h"
#include "compat/kasan.h"

struct console_probe {
	struct console_probe *next;
	qy_console_probe *probe;
	void *data;
};

bool kasan_enabled(void)
{
	return qy_compat_world()->kasan != NULL;
}

void kasan_disable_current(void)
{
	current->kasan_depth++;
}

void kasan_enable_current(void)
{
	current->kasan_depth--;
}

bool kasan_save_enable_multi_shot(void)
{
	struct qy_world *w = qy_compat_world();
	bool was = w->multi_shot;

	w->multi_shot = true;
	return was;
}

void kasan_restore_multi_shot(bool enabled)
{
	qy_compat_world()->multi_shot = enabled;
}

void kasan_kunit_test_suite_start(void)
{
	qy_compat_world()->provokes_kasan = true;
}

void kasan_kunit_test_suite_end(void)
{
	qy_compat_world()->provokes_kasan = false;
}

void kasan_poison(const void *addr, size_t size, u8 value, bool init)
{
	if (!kasan_enabled())
		return;
	if (init)
		memset((void *)(uintptr_t)addr, 0, size);
	qy_kasan_deny(addr, ALIGN(size, KASAN_GRANULE), value);
}

void kasan_unpoison(const void *addr, size_t size, bool init)
{
	if (!kasan_enabled())
		return;
	qy_kasan_allow(addr, size);
	if (init)
		memset((void *)(uintptr_t)addr, 0, size);
}

bool qy_is_there(const void *p)
{
	const struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	if (!w || !w->kasan || ZERO_OR_NULL_PTR(p))
		return true;
	return qy_kasan_check(p, 1, false, __builtin_return_address(0));
}

size_t qy_may_use(const void *p, size_t bytes)
{
	if (!ZERO_OR_NULL_PTR(p))
		qy_kasan_lent(p, bytes);
	return bytes;
}

bool qy_is_cache(const struct kmem_cache *cache)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;

	if (!w || !w->kasan || !cache || qy_compat_held_find(w, QY_HELD_CACHE, cache))
		return true;
	qy_kasan_report_free(cache, "slab-use-after-free", __builtin_return_address(0));
	return false;
}

/* ------------------------------------------------------------------ who hears the log */

int register_trace_console(qy_console_probe *probe, void *data)
{
	struct qy_world *w = qy_compat_world();
	struct console_probe *p;

	for (p = w->probes; p; p = p->next)
		if (p->probe == probe && p->data == data)
			return -EEXIST;
	p = qy_host_zalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct console_probe){ w->probes, probe, data };
	w->probes = p;
	return 0;
}

int unregister_trace_console(qy_console_probe *probe, void *data)
{
	struct qy_world *w = qy_compat_world();

	for (struct console_probe **at = &w->probes; *at; at = &(*at)->next) {
		struct console_probe *p = *at;

		if (p->probe != probe || p->data != data)
			continue;
		*at = p->next;
		qy_host_free(p);
		return 0;
	}
	return -ENOENT;
}

void qy_compat_tell_probes(const char *line)
{
	for (const struct console_probe *p = qy_compat_world()->probes; p; p = p->next)
		p->probe(p->data, line, strlen(line));
}
