// SPDX-License-Identifier: MIT
/*
 * What the virt room says: requests that fail, wrong ends of areas, and accesses to what is not mapped.
 *
 *   Trying to vfree() nonexistent vm area (ffffc90000001000)
 *   insmod: vmalloc error: size 1099511627776, exceeds total pages, mode:0xcc0(GFP_KERNEL), nodemask=(null)
 *   BUG: unable to handle page fault for address: ffffc90000005000
 *
 * Linux's words; a line of ours begins with "quarry: ". Addresses are the board's; a pointer that has none is printed as Linux
 * prints what it hides.
 *
 * Locking: report_lock keeps a report whole. Order: report_lock alone, never with v->lock.
 */
#include "mm/virt/internal.h"

#define PAGE_OFFSET_X86_64 0xffff888000000000ull
#define PAGE_OFFSET_ARM64  0xffff000000000000ull

void qy_vm_warn(struct qy_machine *m, const char *fmt, ...)
{
	char line[320];
	struct qy_seq seq;
	va_list ap;

	qy_seq_init(&seq, line, sizeof(line));
	va_start(ap, fmt);
	qy_seq_vprintf(&seq, fmt, ap);
	va_end(ap);
	qy_spin_lock_irqsave(&m->report_lock);
	qy_printk(m, QY_LOG_WARNING, "%s", line);
	qy_spin_unlock_irqrestore(&m->report_lock);
}

void qy_report_once(struct qy_machine *m, u32 warning, const char *line)
{
	if (!(atomic_fetch_or(&m->warned, warning) & warning))
		qy_vm_warn(m, "%s", line);
}

/* ------------------------------------------------------------------ wrong ends */

static void print_pointer(
	const struct qy_machine *m, const void *p, char *text, size_t size)
{
	u64 address = qy_vmalloc_address(m, p);
	u64 phys = qy_virt_to_phys(m, p);

	if (!address && phys != ~0ull)
		address = phys + (m->board->arch == QY_ARCH_X86_64 ? PAGE_OFFSET_X86_64
								   : PAGE_OFFSET_ARM64);
	if (address)
		qy_snprintf(text, size, "%016llx", (unsigned long long)address);
	else
		qy_snprintf(text, size, "(____ptrval____)");
}

void qy_report_address(struct qy_machine *m, const char *what, const void *p)
{
	char text[32];

	print_pointer(m, p, text, sizeof(text));
	qy_vm_warn(m, "Trying to %s (%s)", what, text);
}

void qy_report_inside(struct qy_machine *m, const struct vmap_area *area, const void *p)
{
	const struct qy_vmalloc *v = vmalloc_of(m);

	qy_vm_warn(m,
		"quarry: %016llx is %llu pages inside an area that begins at %016llx: all of it is freed, as Linux does",
		(unsigned long long)qy_vmalloc_address(m, p),
		(unsigned long long)(pointer_page(m, p) - area->node.start),
		(unsigned long long)page_board_address(v, area->node.start));
}

/* ------------------------------------------------------------------ failures */

void qy_report_vmalloc(struct qy_machine *m, qy_gfp_t gfp, const char *fmt, ...)
{
	char what[160];
	struct qy_seq seq;
	va_list ap;

	qy_seq_init(&seq, what, sizeof(what));
	qy_seq_puts(&seq, "vmalloc error: ");
	va_start(ap, fmt);
	qy_seq_vprintf(&seq, fmt, ap);
	va_end(ap);
	qy_warn_alloc_text(m, gfp, what);
}

void qy_report_mappings(struct qy_machine *m)
{
	u64 pages = READ_ONCE(vmalloc_of(m)->nr_pages);
	u64 nr = READ_ONCE(vmalloc_of(m)->nr_mappings);

	qy_vm_warn(m,
		"quarry: vmalloc: no mapping of the host is left: %llu pages of areas take %llu, one for each run of neighbouring frames; raise vm.max_map_count of the host",
		(unsigned long long)pages, (unsigned long long)nr);
}

void qy_report_no_space(struct qy_machine *m)
{
	qy_report_once(m, WARNED_VMALLOC_SPACE,
		!m->port->vm_space || m->port->no_contents
			? "quarry: vmalloc: this port has no second addresses for frames"
			: "quarry: vmalloc: the host has no addresses for it: raise `ulimit -v`");
}

/* ------------------------------------------------------------------ faults */

/* What lies at a page of the space. */
static void describe(const struct qy_machine *m, u64 page, char *text, size_t size)
{
	const struct qy_vmalloc *v = vmalloc_of(m);
	struct va_node *node = qy_va_find(&v->tree, page);
	const struct vmap_area *area = node ? area_of(node) : NULL;
	const struct qy_site *caller = area ? READ_ONCE(area->caller) : NULL;
	const char *what = "in";

	if (!area) {
		qy_snprintf(text, size, "in no area");
		return;
	}
	if (area_state(area) != AREA_BUSY)
		what = "in an area that was freed,";
	else if (is_ram(area))
		what = "not mapped, in a block of vm_map_ram(),";
	else if (guard_pages(area->flags) && page == node->end - 1)
		what = "the guard page of";
	else if (area->flags & QY_VM_MAP)
		what = "not to be written, in";
	qy_snprintf(text, size, "%s 0x%016llx-0x%016llx%s%s%s", what,
		(unsigned long long)page_board_address(v, node->start),
		(unsigned long long)page_board_address(v, node->end),
		caller ? " of " : "", caller ? caller->func : "",
		area->flags & QY_VM_MAP ? " (vmap)" : "");
}

bool qy_vmalloc_fault(struct qy_machine *m, const void *address, int write)
{
	u64 page = pointer_page(m, address);
	const char *access = write < 0 ? "" : write ? "write" : "read";
	struct qy_vmalloc *v = vmalloc_of(m);
	char where[192] = "its area is being changed";
	unsigned long long board;

	if (page == ~0ull)
		return false;
	board = qy_vmalloc_address(m, address);
	/* who faults may hold the lock itself */
	if (qy_spin_trylock_irqsave(&v->lock)) {
		describe(m, page, where, sizeof(where));
		store_release(&v->lock.locked, 0);
		qy_current()->irqs_disabled--;
	}
	if (m->board->arch == QY_ARCH_X86_64) {
		qy_printk(m, QY_LOG_ALERT,
			"BUG: unable to handle page fault for address: %016llx", board);
		if (write >= 0)
			qy_printk(m, QY_LOG_ALERT,
				"#PF: supervisor %s access in kernel mode", access);
	} else {
		qy_printk(m, QY_LOG_ALERT,
			"Unable to handle kernel paging request at virtual address %016llx",
			board);
	}
	qy_printk(m, QY_LOG_ALERT, "quarry: %016llx is %s", board, where);
	return true;
}
