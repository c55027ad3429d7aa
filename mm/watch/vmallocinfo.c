// SPDX-License-Identifier: MIT
/*
 * /proc/vmallocinfo: areas by address, then those whose addresses wait.
 *
 * The kernel prints the caller as symbol+offset/size; here it is the function that was told with qy_set_site(), with its
 * module.
 *
 * Locking: none; the areas are not one snapshot.
 */
#include "mm/watch/internal.h"
#include "mm/virt/virt.h"
#include <quarry/owner.h>

static void show_area(struct qy_seq *seq, const struct qy_vmalloc_info *area)
{
	const struct qy_site *caller = area->caller;

	if (caller) {
		qy_seq_printf(seq, " %s", caller->func);
		if (caller->module)
			qy_seq_printf(seq, " [%s]", caller->module);
	}
	if (area->nr_pages)
		qy_seq_printf(seq, " pages=%llu", (unsigned long long)area->nr_pages);
	if (area->flags & QY_VM_ALLOC)
		qy_seq_puts(seq, " vmalloc");
	if (area->flags & QY_VM_MAP)
		qy_seq_puts(seq, " vmap");
	if (area->flags & QY_VM_USERMAP)
		qy_seq_puts(seq, " user");
	if (area->flags & QY_VM_DMA_COHERENT)
		qy_seq_puts(seq, " dma-coherent");
	if (area->vpages)
		qy_seq_puts(seq, " vpages");
	for (u32 node = 0; node < QY_MAX_NODES; node++)
		if (area->nr_node[node])
			qy_seq_printf(seq, " N%u=%llu", node,
				(unsigned long long)area->nr_node[node]);
}

void qy_show_vmallocinfo_line(struct qy_seq *seq, const struct qy_vmalloc_info *area)
{
	qy_seq_printf(seq, "0x%016llx-0x%016llx %7llu", (unsigned long long)area->start,
		(unsigned long long)area->end,
		(unsigned long long)(area->end - area->start));
	if (area->kind == QY_VMALLOC_AREA)
		show_area(seq, area);
	else
		qy_seq_puts(seq, area->kind == QY_VMALLOC_RAM ? " vm_map_ram"
							      : " unpurged vm_area");
	qy_seq_puts(seq, "\n");
}

static void show_some(struct qy_seq *seq, struct qy_machine *m, bool unpurged)
{
	struct qy_vmalloc_info area;

	for (u64 address = 0; qy_vmalloc_next(m, &address, &area);)
		if ((area.kind == QY_VMALLOC_UNPURGED) == unpurged)
			qy_show_vmallocinfo_line(seq, &area);
}

void qy_show_vmallocinfo(struct qy_seq *seq, struct qy_machine *m, unsigned int which)
{
	(void)which;
	show_some(seq, m, false);
	show_some(seq, m, true);
}
