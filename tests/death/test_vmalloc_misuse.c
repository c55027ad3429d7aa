// SPDX-License-Identifier: MIT
/*
 * Mappings used wrongly: an access to what is not mapped ends the program with the kernel's sentence and one of ours that says
 * what lies there; a wrong end of an area is reported, and the machine goes on.
 *
 * No state.
 */
#include "mm/virt/internal.h"
#include "tests/model/rig.h"

#define START "ffff800080000000" /* of arm64, which the rig's boards are */

/* A machine that logs to stderr, for children that die. */
static struct qy_machine *loud(struct rig *rig, enum qy_vmalloc_reuse reuse)
{
	struct qy_hosted_opts opts = { .unmarked = true };
	char why[128];

	rig_one_zone(rig, MIB(16), 1);
	rig->board.vmalloc_reuse = reuse;
	rig->m = qy_hosted_boot(&rig->board, &opts, why, sizeof(why));
	if (!rig->m || qy_enter_cpu(rig->m, 0))
		exit(0);
	return rig->m;
}

static void touch(char *p)
{
	*(volatile char *)p = 1;
}

/* ------------------------------------------------------------------ what is not mapped */

static void behind_the_end(void)
{
	static struct rig rig;
	char *p = qy_vmalloc(loud(&rig, QY_VMALLOC_REUSE_HOT), 16384);

	touch(p + 16383);
	touch(p + 16384);
}

static void in_a_hole(void)
{
	static struct rig rig;
	char *p = qy_vmalloc(loud(&rig, QY_VMALLOC_REUSE_HOT), 16384);

	touch(p + MIB(1));
}

static void read_after_vfree(void)
{
	static struct rig rig;
	volatile char *p = qy_vmalloc(loud(&rig, QY_VMALLOC_REUSE_HOT), 16384);

	qy_vfree(rig.m, (char *)p);
	(void)*p;
}

static void write_after_many_vfrees(void)
{
	static struct rig rig;
	struct qy_machine *m = loud(&rig, QY_VMALLOC_REUSE_NEVER);
	char *p = NULL;

	for (unsigned int i = 0; i < 4 * HOT_CYCLES; i++) {
		p = qy_vmalloc(m, 16384);
		qy_vfree(m, p);
	}
	qy_vm_unmap_aliases(m);
	touch(p + 5);
}

static void write_after_vfree_atomic(void)
{
	static struct rig rig;
	char *p = qy_vmalloc(loud(&rig, QY_VMALLOC_REUSE_HOT), 16384);

	qy_vfree_atomic(rig.m, p);
	touch(p); /* not yet */
	qy_vmstat_tick(rig.m, 0);
	touch(p);
}

static void write_to_a_read_only_mapping(void)
{
	static struct rig rig;
	struct qy_machine *m = loud(&rig, QY_VMALLOC_REUSE_HOT);
	struct page *page = qy_alloc_pages(m, QY_GFP_KERNEL, 0);
	char *p = qy_vmap(m, &page, 1, QY_VM_MAP, QY_PAGE_KERNEL_RO);

	if (*(volatile char *)p != *(volatile char *)qy_page_address(m, page))
		exit(0);
	touch(p);
}

static void after_vm_unmap_ram(void)
{
	static struct rig rig;
	struct qy_machine *m = loud(&rig, QY_VMALLOC_REUSE_HOT);
	struct page *page = qy_alloc_pages(m, QY_GFP_KERNEL, 0);
	char *p = qy_vm_map_ram(m, &page, 1, -1);

	touch(p);
	qy_vm_unmap_ram(m, p, 1);
	touch(p);
}

TEST(death, the_page_behind_an_area_is_a_guard)
{
	DEATH("quarry: ffff800080004000 is the guard page of 0xffff800080000000-0xffff800080005000",
		behind_the_end());
	DEATH("Unable to handle kernel paging request at virtual address ffff800080004000",
		behind_the_end());
}

TEST(death, an_address_without_an_area_is_a_hole)
{
	DEATH("quarry: ffff800080100000 is in no area", in_a_hole());
}

TEST(death, a_freed_area_is_a_hole)
{
	DEATH("quarry: " START
	      " is in an area that was freed, 0xffff800080000000-0xffff800080005000",
		read_after_vfree());
	DEATH("Unable to handle kernel paging request at virtual address ",
		write_after_many_vfrees());
	DEATH("quarry: " START " is in an area that was freed,",
		write_after_vfree_atomic());
}

TEST(death, a_read_only_mapping_cannot_be_written)
{
	DEATH("quarry: " START
	      " is not to be written, in 0xffff800080000000-0xffff800080002000 (vmap)",
		write_to_a_read_only_mapping());
}

TEST(death, a_mapping_of_vm_map_ram_ends_with_its_unmapping)
{
	DEATH("quarry: " START " is not mapped, in a block of vm_map_ram(),",
		after_vm_unmap_ram());
}

/* ------------------------------------------------------------------ wrong ends */

static void boot(struct rig *rig)
{
	rig_one_zone(rig, MIB(16), 1);
	rig_boot(rig);
}

static void expect(struct rig *rig, const char *text)
{
	CHECK_STR_EQ(rig->log, text);
	rig_log_clear(rig);
	rig_check_valid(rig->m, "a wrong end");
}

TEST(death, a_second_vfree_finds_no_area)
{
	static struct rig rig;
	char *p;

	boot(&rig);
	p = qy_vmalloc(rig.m, 8192);
	qy_vfree(rig.m, p);
	qy_vfree(rig.m, p);
	expect(&rig, "<4>Trying to vfree() nonexistent vm area (" START ")\n");
	qy_vunmap(rig.m, p);
	expect(&rig, "<4>Trying to vunmap() nonexistent vm area (" START ")\n");
	rig_down(&rig);
}

TEST(death, a_vfree_of_a_pointer_into_a_page_is_a_bad_address)
{
	static struct rig rig;
	char *p;

	boot(&rig);
	p = qy_vmalloc(rig.m, 8192);
	qy_vfree(rig.m, p + 1);
	expect(&rig, "<4>Trying to vfree() bad address (ffff800080000001)\n"
		     "<4>Trying to vfree() nonexistent vm area (ffff800080000001)\n");
	*p = 1; /* it is there still */
	qy_vfree(rig.m, p);
	expect(&rig, "");
	rig_down(&rig);
}

TEST(death, a_vfree_of_a_later_page_frees_the_area_and_says_so)
{
	static struct rig rig;
	char *p;

	boot(&rig);
	p = qy_vmalloc(rig.m, 8192);
	qy_vfree(rig.m, p + 4096);
	expect(&rig,
		"<4>quarry: ffff800080001000 is 1 pages inside an area that begins at ffff800080000000: "
		"all of it is freed, as Linux does\n");
	CHECK(!qy_vmalloc_to_page(rig.m, p));
	rig_down(&rig);
}

TEST(death, vfree_is_not_kfree)
{
	static struct rig rig;
	char *p, *q;
	char text[128];

	boot(&rig);
	p = qy_vmalloc(rig.m, 8192);
	q = qy_kmalloc(rig.m, 64, QY_GFP_KERNEL);
	qy_kfree(rig.m, p);
	expect(&rig,
		"<1>BUG: Bad object free in process test (pid 100): the pointer is vmalloc()'s: vfree() is not kfree()\n");
	snprintf(text, sizeof(text), "<4>Trying to vfree() nonexistent vm area (%llx)\n",
		0xffff000000000000ull +
			(unsigned long long)qy_virt_to_phys(rig.m, q) / 4096 * 4096);
	qy_vfree(rig.m, (void *)((uintptr_t)q & ~4095ull));
	expect(&rig, text);
	qy_vfree(rig.m, (void *)((uintptr_t)&rig & ~4095ull));
	expect(&rig, "<4>Trying to vfree() nonexistent vm area ((____ptrval____))\n");
	qy_vfree(rig.m, p);
	qy_kfree(rig.m, q);
	expect(&rig, "");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ wrong contexts */

static void vmalloc_in_an_interrupt(void)
{
	static struct rig rig;
	struct qy_machine *m = loud(&rig, QY_VMALLOC_REUSE_HOT);

	qy_current()->preempt_count += HARDIRQ_OFFSET;
	qy_vmalloc(m, 4096);
}

TEST(death, vmalloc_in_an_interrupt_is_a_bug)
{
	DEATH("kernel BUG at ", vmalloc_in_an_interrupt());
}

TEST(death, vmalloc_and_vfree_in_atomic_context_are_reported_as_sleeping)
{
	static struct rig rig;
	void *p;

	for (unsigned int i = 0; i < 2; i++) {
		boot(&rig);
		p = i ? qy_vmalloc(rig.m, 4096) : NULL;
		qy_preempt_disable();
		if (i)
			qy_vfree(rig.m, p);
		else
			p = qy_vmalloc(rig.m, 4096);
		qy_preempt_enable();
		CHECK_EQ(
			rig_log_count(&rig,
				"BUG: sleeping function called from invalid context at mm/virt/vmalloc.c:"),
			1);
		CHECK_EQ(
			rig_log_count(&rig,
				"in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 100, name: test\n"),
			1);
		if (!i)
			qy_vfree(rig.m, p);
		rig_down(&rig);
	}
}

TEST(vmalloc, a_vfree_in_an_interrupt_is_put_off_to_the_next_task)
{
	static struct rig rig;
	char *p, *q;

	boot(&rig);
	p = qy_vmalloc(rig.m, 8192);
	q = qy_vmalloc(rig.m, 8192);
	qy_current()->preempt_count += HARDIRQ_OFFSET;
	qy_vfree(rig.m, p);
	qy_vfree_atomic(rig.m, NULL);
	qy_kvfree(rig.m, q);
	qy_vfree(rig.m, q);
	qy_current()->preempt_count -= HARDIRQ_OFFSET;
	CHECK_EQ(rig_log_count(&rig,
			 "Trying to vfree() nonexistent vm area (ffff800080003000)"),
		1);
	CHECK(qy_vmalloc_to_page(rig.m, p));
	rig_check_valid(rig.m, "two were put off");
	CHECK(qy_vmalloc(rig.m, 4096));
	CHECK(!qy_vmalloc_to_page(rig.m, p));
	CHECK(!qy_vmalloc_to_page(rig.m, q));
	rig_check_valid(rig.m, "they went");
	rig_down(&rig);
}
