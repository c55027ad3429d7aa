/* SPDX-License-Identifier: MIT */
/*
 * How much memory address spaces may ask for: vm.overcommit_memory 0, 1, 2 with ratio, kbytes and reserves.
 *
 *   qy_vm_enough_memory     task_room->enough_memory: a mapping is made
 *   qy_vm_commit_limit      CommitLimit
 *
 * What was asked for is task_room->vm_committed (Committed_AS).
 *
 * Locking: none; words.
 */
#ifndef QY_PRESSURE_OVERCOMMIT_H
#define QY_PRESSURE_OVERCOMMIT_H

#include "mm/base/types.h"

struct qy_machine;
struct mm_struct;

/* Settings as booted, and the reserves that follow from what is free then. Boot, when the free pages are there. */
void qy_overcommit_boot(struct qy_machine *m);

/* Pages: what OVERCOMMIT_NEVER would allow altogether; meminfo shows it in every mode. */
u64 qy_vm_commit_limit(const struct qy_machine *m);

/**
 * qy_vm_enough_memory() - may @mm ask for @pages more?
 *
 * A refusal prints Linux's line, ten times in five seconds at most, in the name of the calling task.
 *
 * Context: task.
 * Return: 0, or -ENOMEM.
 */
int __must_check qy_vm_enough_memory(
	struct qy_machine *m, const struct mm_struct *mm, u64 pages);

#endif
