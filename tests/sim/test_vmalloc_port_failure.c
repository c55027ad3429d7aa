// SPDX-License-Identifier: MIT
/*
 * The host refuses while areas are made and freed: every call of the port fails once. A request may fail then, and holds
 * nothing; a free never loses a frame, and what could not be unmapped is unmapped later.
 *
 * No state.
 */
#define RIG_SIM
#include "mm/virt/internal.h"
#include "tests/model/rig.h"

static void boot_mapped(struct rig *rig, bool mapped)
{
	struct qy_sim_opts opts = { .log = rig_log, .log_arg = rig, .mapped = mapped };
	char why[256] = "";

	rig_one_zone(rig, MIB(32), 1);
	rig->board.vmalloc_reuse = QY_VMALLOC_REUSE_NEVER;
	if (qy_current()->machine)
		qy_leave();
	rig->m = qy_sim_boot(&rig->board, &opts, why, sizeof(why));
	if (!rig->m)
		FAIL("boot: %s", why);
	rig_log_clear(rig);
}

static uint64_t all_frames(struct qy_machine *m)
{
	struct qy_vmalloc_stats stats;

	qy_vm_unmap_aliases(m);
	qy_vmalloc_stats(m, &stats);
	CHECK_EQ(stats.used_pages + stats.lazy_pages + stats.nr_mappings, 0);
	return rig_free_frames(m) + stats.table_pages + qy_slab_pages(m, -1, false);
}

/* Return: port calls of the run; *refused: requests that failed. */
static uint64_t one_run(uint64_t fail_at, unsigned int *refused)
{
	static struct rig rig;
	struct page *pages[6];
	uint64_t before, calls;
	char *p[4];

	boot_mapped(&rig, true);
	before = rig_free_frames(rig.m);
	calls = qy_sim_port_calls(rig.m);
	for (unsigned int i = 0; i < 6; i++)
		pages[i] = qy_alloc_pages(rig.m, QY_GFP_KERNEL, 0);
	qy_free_pages(rig.m, pages[2], 0); /* three runs */
	qy_free_pages(rig.m, pages[4], 0);
	pages[2] = pages[4] = pages[0];
	qy_sim_fail_port_call(rig.m, fail_at);
	p[0] = qy_vmalloc(rig.m, 5 * 4096);
	p[1] = qy_vmalloc(rig.m, 600 * 4096); /* its array is an area as well */
	p[2] = qy_vmap(rig.m, pages, 6, QY_VM_MAP, QY_PAGE_KERNEL);
	p[3] = qy_vm_map_ram(rig.m, pages, 6, -1);
	*refused = !p[0] + !p[1] + !p[2] + !p[3];
	rig_check_valid(rig.m, "requests under a failing port");
	if (p[0])
		memset(p[0], 1, 5 * 4096);
	if (p[2])
		memset(p[2], 2, 6 * 4096);
	if (p[2] && p[3])
		CHECK_EQ(p[3][5 * 4096], 2);
	qy_vfree(rig.m, p[1]);
	qy_vfree(rig.m, p[0]);
	rig_check_valid(rig.m, "frees under a failing port");
	if (p[2])
		qy_vunmap(rig.m, p[2]);
	if (p[3])
		qy_vm_unmap_ram(rig.m, p[3], 6);
	rig_check_valid(rig.m, "unmapping under a failing port");
	calls = qy_sim_port_calls(rig.m) - calls;
	qy_sim_fail_port_call(rig.m, 0);
	qy_free_pages(rig.m, pages[0], 0);
	for (unsigned int i = 1; i < 6; i += 2)
		qy_free_pages(rig.m, pages[i], 0);
	/* vm_unmap_ram() alone may leave addresses behind: they lead to frames that are the caller's */
	if (!rig_log_count(&rig, "the host does not unmap")) {
		CHECK_EQ(all_frames(rig.m), before);
		p[0] = qy_vmalloc(rig.m, 600 * 4096);
		CHECK(p[0]);
		qy_vfree(rig.m, p[0]);
	}
	rig_check_valid(rig.m, "the end");
	rig_down(&rig);
	return calls;
}

TEST(vmalloc_port_failure, whichever_call_fails_no_frame_is_lost)
{
	unsigned int refused, nr_refused = 0;
	uint64_t calls = one_run(0, &refused);

	CHECK_EQ(refused, 0);
	CHECK(calls > 12);
	for (uint64_t n = 1; n <= calls; n++) {
		one_run(n, &refused);
		nr_refused += refused;
	}
	CHECK(nr_refused > 3);
}

TEST(vmalloc_port_failure, a_port_without_second_addresses_is_named_once)
{
	static struct rig rig;

	boot_mapped(&rig, false);
	CHECK(!qy___vmalloc(rig.m, 4096, QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK(!qy___vmalloc(rig.m, 4096, QY_GFP_KERNEL | QY___GFP_NOWARN));
	CHECK_STR_EQ(rig.log,
		"<4>quarry: vmalloc: this port has no second addresses for frames\n");
	CHECK(qy_kvmalloc(rig.m, 4096, QY_GFP_KERNEL));
	rig_check_valid(rig.m, "no addresses");
	rig_down(&rig);
}

/* A machine of one thread tells the same twice: addresses are the board's. */
TEST(vmalloc_port_failure, two_runs_print_the_same)
{
	static struct rig rig;
	static char text[2][8192];

	for (unsigned int run = 0; run < 2; run++) {
		boot_mapped(&rig, true);
		for (unsigned int i = 0; i < 30; i++) {
			void *p = qy_vmalloc(rig.m, (i % 7 + 1) * 3000);

			if (i % 3 == 0)
				qy_vfree(rig.m, p);
		}
		CHECK(qy_proc_read(rig.m, "/proc/vmallocinfo", text[run],
			      sizeof(text[run])) > 1000);
		rig_down(&rig);
	}
	CHECK_STR_EQ(text[0], text[1]);
}
