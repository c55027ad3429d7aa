// SPDX-License-Identifier: MIT
/*
 * Stacks in reports, as the kernel prints them, with the line of source behind each call. See stack.h.
 *
 * No state.
 */
#include <linux/sched.h>
#include <linux/version.h>
#include <quarry/symbol.h>
#include "compat/core.h"
#include "compat/host.h"
#include "compat/stack.h"
#include "compat/world.h"

#define MAX_FRAMES 32

static void format(char *text, size_t size, const struct qy_symbol *s, bool line)
{
	size_t n = (size_t)scnprintf(text, size, "%s+0x%llx/0x%llx", s->function,
		(unsigned long long)s->offset, (unsigned long long)s->size);

	if (*s->module)
		n += (size_t)scnprintf(text + n, size - n, " [%s]", s->module);
	if (line && *s->file)
		scnprintf(text + n, size - n, " (%s:%d)", s->file, s->line);
}

void qy_stack_place(char *text, size_t size, const void *code, bool line)
{
	struct qy_symbol symbol;

	if (qy_symbol_of(code, &symbol))
		format(text, size, &symbol, line);
	else
		scnprintf(text, size, "0x%lx", (unsigned long)code);
}

/* What stands below every driver's function: of no interest to its author. */
static bool is_bottom(const struct qy_symbol *symbol)
{
	static const char *const names[] = { "compat_bind", "compat_unbind", "fiber_main",
		"handle", "hrtimer_is_due", "insert", "irq_thread", "kthread_main",
		"remove_it", "run_call", "run_callback", "run_handler", "run_item",
		"run_rcu", "run_tasklets", "run_timers", "sim_interrupt_now", "task_main",
		"test_call", "world_close", "world_ioctl", "world_mmap", "world_open",
		"world_poll", "world_read", "world_write" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(symbol->function, names[i]))
			return !*symbol->module;
	return false;
}

/* Behind the last function of a module; @nr: there is none. */
static unsigned int end_of_modules(void *const *frames, unsigned int nr)
{
	struct qy_symbol symbol;

	for (unsigned int i = nr; i-- > 0;)
		if (qy_symbol_of(frames[i], &symbol) && *symbol.module)
			return i + 1;
	return nr;
}

unsigned int qy_stack_print(
	void *const *frames, unsigned int nr, const void *from, const char *indent)
{
	return qy_stack_print_at(QY_LOG_ERR, frames, nr, from, indent);
}

struct level_line {
	int level;
	const char *indent;
};

static void print_line(void *to, const char *text)
{
	const struct level_line *at = to;

	qy_printk_line(at->level, "%s%s", at->indent, text);
}

unsigned int qy_stack_print_at(int level, void *const *frames, unsigned int nr,
	const void *from, const char *indent)
{
	struct level_line at = { level, indent };

	return qy_stack_tell(frames, nr, from, print_line, &at);
}

unsigned int qy_stack_tell(void *const *frames, unsigned int nr, const void *from,
	void (*line)(void *to, const char *text), void *to)
{
	struct qy_symbol symbol;
	unsigned int first = 0, printed = 0;
	char text[256];

	for (unsigned int i = 0; from && i < nr && !first; i++)
		first = frames[i] == from ? i : 0;
	nr = end_of_modules(frames, nr);
	for (unsigned int i = first; i < nr; i++) {
		if (!qy_symbol_of(frames[i], &symbol))
			break;
		if (is_bottom(&symbol))
			break;
		format(text, sizeof(text), &symbol, true);
		line(to, text);
		printed++;
	}
	return printed;
}

void qy_stack_print_task(void)
{
	qy_printk_line(QY_LOG_ERR, "CPU: %u UID: 0 PID: %d Comm: %s Not tainted %d.%d.%d",
		smp_processor_id(), current->pid, current->comm, LINUX_VERSION_CODE >> 16,
		LINUX_VERSION_CODE >> 8 & 255, LINUX_VERSION_CODE & 255);
}

void *qy_stack_driver(void)
{
	void *frames[MAX_FRAMES];
	unsigned int nr = qy_host_backtrace(frames, MAX_FRAMES);
	struct qy_symbol symbol;

	for (unsigned int i = 0; i < nr; i++)
		if (qy_symbol_of(frames[i], &symbol) && *symbol.module)
			return frames[i];
	return NULL;
}

void qy_stack_print_here(const void *from)
{
	const char *where = in_hardirq() || in_serving_softirq() ? "IRQ" : "TASK";
	void *frames[MAX_FRAMES];
	unsigned int nr = qy_host_backtrace(frames, MAX_FRAMES);

	if (qy_compat_is_arm64()) {
		qy_printk_line(QY_LOG_ERR, "Call trace:");
		qy_stack_print(frames, nr, from, " ");
		return;
	}
	qy_printk_line(QY_LOG_ERR, "Call Trace:");
	qy_printk_line(QY_LOG_ERR, " <%s>", where);
	qy_stack_print(frames, nr, from, " ");
	qy_printk_line(QY_LOG_ERR, " </%s>", where);
}
