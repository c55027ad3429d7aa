// SPDX-License-Identifier: MIT
/*
 * What compat/ asks beyond the public headers: which machine the calling thread stands in, and as what.
 *
 * Compiled against the port, since hot.h knows the thread. Not on the include path of compat/include itself.
 *
 * No state.
 */
#include "hot.h"
#include "compat/core.h"
#include "mm/base/print.h"
#include "mm/page/page.h"
#include "mm/slab/slab.h"
#include <quarry/vmalloc.h>

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

bool qy_compat_has_no_fs(void);

bool qy_compat_has_no_fs(void)
{
	return qy_current()->task_flags &
	       (PF_MEMALLOC_NOFS | PF_MEMALLOC_NOIO | PF_MEMALLOC);
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

bool qy_compat_init_on(bool on_free);

bool qy_compat_init_on(bool on_free)
{
	const struct qy_board *board = qy_current()->machine->board;

	return on_free ? board->slab.init_on_free : board->slab.init_on_alloc;
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

/* ------------------------------------------------------------------ compat/core.h */

static u32 frame_of(const struct qy_machine *m, const void *p)
{
	return (u32)min(((uintptr_t)p - (uintptr_t)m->window) >> QY_PAGE_SHIFT,
		(uintptr_t)m->nr_frames);
}

char *qy_compat_window(size_t *bytes)
{
	const struct qy_machine *m = qy_current()->machine;

	*bytes = (size_t)m->nr_frames << QY_PAGE_SHIFT;
	return m->window;
}

char *qy_compat_space(size_t *bytes)
{
	const struct qy_machine *m = qy_current()->machine;

	*bytes = m->vm_bytes;
	return m->vm_base;
}

bool qy_compat_frame_is_free(const void *p)
{
	struct qy_machine *m = qy_current()->machine;
	u32 frame = frame_of(m, p);
	enum page_state state;

	if (frame == m->nr_frames)
		return false;
	state = qy_page_state(m, frame).state;
	return state == PG_FREE || state == PG_PCP;
}

uint64_t qy_compat_board_address(const void *p)
{
	struct qy_machine *m = qy_current()->machine;

	if (frame_of(m, p) != m->nr_frames)
		return qy_board_address(m, p);
	return qy_is_vmalloc_addr(m, p) ? qy_vmalloc_address(m, p) : 0;
}

uint64_t qy_compat_pfn(const void *p)
{
	const struct qy_machine *m = qy_current()->machine;

	return frame_to_pfn(m, frame_of(m, p));
}

bool qy_compat_is_arm64(void)
{
	return qy_current()->machine->board->arch == QY_ARCH_ARM64;
}

bool qy_compat_place(const void *p, struct qy_place *place)
{
	struct slab_place found;

	if (!qy_slab_place(qy_current()->machine, p, &found))
		return false;
	*place = (struct qy_place){ .cache = found.cache,
		.name = found.name,
		.object = found.object,
		.object_size = found.object_size,
		.typesafe = found.flags & QY_SLAB_TYPESAFE_BY_RCU,
		.has_ctor = found.has_ctor };
	return true;
}

bool qy_compat_cache_of(const void *p, const char **name, size_t *object_size)
{
	u32 size;

	if (!qy_cache_of(qy_current()->machine, p, name, &size))
		return false;
	*object_size = size;
	return true;
}
