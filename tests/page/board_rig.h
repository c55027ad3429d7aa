/* SPDX-License-Identifier: MIT */
/*
 * Boards for tests of the boot: bare ones, whose kernel takes no RAM unless a test says so, and a log that is kept.
 *
 *   rig_board(rig, arch)        an empty board; rig_bank(), rig_keep() fill it
 *   rig_boot(rig)               boots it on the hosted port and enters; the test fails with the reason if it cannot
 *   rig_refusal(rig)            the one line with which it is refused, "" when it boots
 *   rig_said(rig, line)         was this line logged?
 *   rig_down(rig)               leaves and releases
 */
#ifndef QUARRY_TESTS_BOARD_RIG_H
#define QUARRY_TESTS_BOARD_RIG_H

#include "mm/page/boot.h"
#include "tests/runner/test.h"
#include <quarry/hosted.h>

#include <stdio.h>
#include <string.h>

#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

struct rig {
	struct qy_board board;
	struct qy_bank banks[16];
	struct qy_reserved reserved[16];
	struct qy_machine *m;
	size_t log_len;
	char why[256];
	char log[32768];
};

static inline void rig_log(void *arg, enum qy_log_level level, const char *line)
{
	struct rig *rig = arg;

	(void)level;
	rig->log_len += (size_t)snprintf(
		rig->log + rig->log_len, sizeof(rig->log) - rig->log_len, "%s\n", line);
}

static inline void rig_board(struct rig *rig, enum qy_arch arch)
{
	if (qy_current()->machine)
		qy_leave(); /* the test before this one failed half way */
	memset(rig, 0, sizeof(*rig));
	qy_board_defaults(&rig->board, arch);
	memset(&rig->board.kernel, 0, sizeof(rig->board.kernel));
	rig->board.banks = rig->banks;
	rig->board.reserved = rig->reserved;
}

static inline void rig_bank(struct rig *rig, uint64_t base, uint64_t end, uint32_t node)
{
	rig->banks[rig->board.nr_banks++] = (struct qy_bank){ base, end - base, node };
	if (node >= rig->board.nr_nodes)
		rig->board.nr_nodes = node + 1;
}

static inline struct qy_reserved *rig_keep(
	struct rig *rig, const char *name, uint64_t base, uint64_t size, uint32_t flags)
{
	struct qy_reserved *r = &rig->reserved[rig->board.nr_reserved++];

	*r = (struct qy_reserved){
		.name = name, .base = base, .size = size, .flags = flags
	};
	return r;
}

static inline const char *rig_refusal(struct rig *rig)
{
	const struct qy_hosted_opts opts = {
		.log = rig_log, .log_arg = rig, .unmarked = true
	};

	rig->why[0] = '\0';
	rig->log_len = 0;
	rig->m = qy_hosted_boot(&rig->board, &opts, rig->why, sizeof(rig->why));
	return rig->m ? "" : rig->why;
}

static inline void rig_valid(struct rig *rig)
{
	char why[256] = "";

	if (!qy_machine_validate(rig->m, why, sizeof(why)))
		FAIL("%s", why);
}

static inline void rig_boot(struct rig *rig)
{
	CHECK_STR_EQ(rig_refusal(rig), "");
	CHECK_EQ(qy_enter(rig->m), 0);
	rig_valid(rig);
}

static inline void rig_down(struct rig *rig)
{
	qy_leave();
	qy_hosted_shutdown(rig->m);
}

static inline bool rig_said(const struct rig *rig, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = rig->log; (at = strstr(at, line)); at++)
		if ((at == rig->log || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static inline const struct zone *rig_zone(
	const struct rig *rig, uint32_t node, enum qy_zone_type type)
{
	return &rig->m->zones[node * rig->m->zones_per_node + type];
}

/* The e820 map of a QEMU guest: usable up to 639 KiB, then from 1 MiB. */
static inline void rig_e820(struct rig *rig, uint64_t end)
{
	rig_board(rig, QY_ARCH_X86_64);
	rig_bank(rig, 0, 0x9fc00, 0);
	rig_bank(rig, MIB(1), end, 0);
}

#endif
