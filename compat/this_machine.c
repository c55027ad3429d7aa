// SPDX-License-Identifier: MIT
/*
 * What compat/ asks beyond the public headers: which machine the calling thread stands in, and as what.
 *
 * Compiled against the port, since hot.h knows the thread. Not on the include path of compat/include itself.
 *
 * No state.
 */
#include "hot.h"
#include "mm/base/print.h"
#include "mm/machine.h"

struct qy_machine *qy_this_machine(void);

struct qy_machine *qy_this_machine(void)
{
	return qy_current()->machine;
}

/* What linux/preempt.h asks of the calling thread. */
unsigned int qy_compat_preempt_count(void);
void qy_compat_preempt_add(int n);
unsigned int qy_compat_irqs_disabled(void);
void qy_compat_set_irqs_disabled(unsigned int depth);

unsigned int qy_compat_preempt_count(void)
{
	return qy_current()->preempt_count;
}

void qy_compat_preempt_add(int n)
{
	qy_current()->preempt_count += (u32)n;
}

unsigned int qy_compat_irqs_disabled(void)
{
	return qy_current()->irqs_disabled;
}

void qy_compat_set_irqs_disabled(unsigned int depth)
{
	qy_current()->irqs_disabled = depth;
}

unsigned int qy_compat_this_cpu(void);

unsigned int qy_compat_this_cpu(void)
{
	return qy_current()->cpu;
}

const struct qy_board *qy_compat_board(void);
void qy_compat_log_line(int level, const char *line);
void qy_compat_panic(const char *line) __attribute__((noreturn));

const struct qy_board *qy_compat_board(void)
{
	return qy_current()->machine->board;
}

void qy_compat_log_line(int level, const char *line)
{
	qy_printk(qy_current()->machine, (enum qy_log_level)level, "%s", line);
}

void qy_compat_panic(const char *line)
{
	const struct qy_machine *m = qy_current()->machine;

	m->port->panic(m->port->ctx, line);
}
