/* SPDX-License-Identifier: MIT */
/*
 * sysctl.conf and --sysctl: the vm.* settings of a board.
 *
 *   qy_sysctl_set()        one key and its value
 *   qy_sysctl_assign()     "key=value", as after --sysctl
 *   qy_sysctl_is_inert()   does Linux have it, and we not yet
 *   qy_sysctl_conf()       a whole file: comments (# ;), dots or slashes, "-key" ignores its errors
 *
 * A key of struct qy_vm_sysctl changes it, within the range that the kernel accepts; any other vm.* key is
 * named in a note, also drop_caches and compact_memory, and keys of other subsystems are counted in one.
 *
 * No state.
 */
#ifndef QUARRY_LAB_SYSCTL_CONF_H
#define QUARRY_LAB_SYSCTL_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "lab/error.h"
#include "quarry/board.h"

/**
 * qy_sysctl_set() - set one sysctl
 * @vm:    changed only on success
 * @place: names the setting in messages, as in "board.sysctl.conf:3"
 * @key:   "vm.min_free_kbytes" or "vm/min_free_kbytes"
 * @value: decimal, 0x or 0 numbers, separated by blanks
 * @notes: gets the remarks
 * @err:   gets the reason
 *
 * Context: Any.
 * Return: 0, or -1 when the kernel would reject the value.
 */
int qy_sysctl_set(struct qy_vm_sysctl *vm, const char *place, const char *key,
	const char *value, struct qy_notes *notes, struct qy_err *err);

/**
 * qy_sysctl_assign() - set one sysctl from "key=value"
 * @vm:    changed only on success
 * @place: names the setting in messages
 * @text:  the assignment; blanks around key and value do not matter
 * @notes: gets the remarks
 * @err:   gets the reason
 *
 * Context: Any.
 * Return: 0, or -1.
 */
int qy_sysctl_assign(struct qy_vm_sysctl *vm, const char *place, const char *text,
	struct qy_notes *notes, struct qy_err *err);

/**
 * qy_sysctl_conf() - apply a sysctl.conf
 * @vm:    changed line by line
 * @file:  its name, for messages
 * @text:  its content, need not end in NUL
 * @size:  bytes of @text
 * @notes: gets the remarks
 * @err:   gets the reason, with the line's number
 *
 * Context: Any.
 * Return: 0, or -1 at the first line that is wrong.
 */
int qy_sysctl_conf(struct qy_vm_sysctl *vm, const char *file, const char *text,
	size_t size, struct qy_notes *notes, struct qy_err *err);

/* Whether Linux 6.12 has /proc/sys/vm/@name and this release has nothing behind it. Context: any. */
bool qy_sysctl_is_inert(const char *name);

#endif
