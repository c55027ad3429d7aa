// SPDX-License-Identifier: MIT
/*
 * A fork of a machine whose RAM has second addresses: once the child has unshared it, both have their own bytes, at the same
 * addresses, and a frame's addresses lead to one frame still.
 *
 * No state but the machine.
 */
#include "mm/machine.h"
#include "tests/runner/test.h"
#include <quarry/sim.h>
#include <quarry/vmalloc.h>

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define AREA_BYTES (64u << 10)

static const struct qy_bank bank = { 0x40000000, 64 << 20, 0 };
static struct qy_board board;
static struct qy_machine *m;
static char *page, *area, *alias; /* alias: of the area's last page */

static void boot(void)
{
	const struct qy_sim_opts opts = { .mapped = true, .on_touch = true };
	char why[256];

	qy_board_defaults(&board, QY_ARCH_ARM64);
	board.banks = &bank;
	board.nr_banks = 1;
	m = qy_sim_boot(&board, &opts, why, sizeof(why));
	if (!m)
		FAIL("%s", why);
	page = qy_page_address(m, qy_alloc_pages(m, QY_GFP_KERNEL, 0));
	area = qy_vmalloc(m, AREA_BYTES);
	CHECK(page && area);
	alias = qy_page_address(m, qy_vmalloc_to_page(m, area + AREA_BYTES - 1));
	memset(page, 1, 4096);
	memset(area, 2, AREA_BYTES);
}

/* Return: what is wrong; 0: nothing. */
static int in_child(void)
{
	char why[256];
	char *more;

	if (qy_sim_unshare(m))
		return 1;
	if (page[4095] != 1 || area[0] != 2 || alias[0] != 2)
		return 2;
	memset(page, 3, 4096);
	memset(area, 4, AREA_BYTES);
	if (alias[0] != 4)
		return 3;
	alias[4095] = 5;
	if (area[AREA_BYTES - 1] != 5)
		return 4;
	more = qy_vmalloc(m, AREA_BYTES); /* mapped behind it */
	if (!more)
		return 5;
	memset(more, 6, AREA_BYTES);
	qy_vfree(m, more);
	qy_vfree(m, area);
	return qy_machine_validate(m, why, sizeof(why)) ? 0 : 6;
}

TEST(sim_port, a_fork_that_has_unshared_is_a_machine_of_its_own)
{
	char why[256];
	int status;
	pid_t child;

	boot();
	child = fork();
	CHECK(child >= 0);
	if (!child)
		_exit(in_child());
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK(WIFEXITED(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
	CHECK_EQ(page[0], 1);
	CHECK_EQ(area[0], 2);
	CHECK_EQ(area[AREA_BYTES - 1], 2);
	CHECK_EQ(alias[4095], 2);
	qy_vfree(m, area);
	CHECK(qy_machine_validate(m, why, sizeof(why)));
	qy_sim_shutdown(m);
}
