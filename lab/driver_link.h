/* SPDX-License-Identifier: MIT */
/*
 * Whose symbols a module uses, and whether it may.
 *
 *   qy_driver_link()   before it is loaded: what insmod would say
 *
 * No state.
 */
#ifndef QUARRY_LAB_DRIVER_LINK_H
#define QUARRY_LAB_DRIVER_LINK_H

#include "lab/driver.h"

/**
 * qy_driver_link() - look up what module @i wants of those before it, and of the command
 * @plan: modules before @i are open
 * @path: of the module's file
 *
 * As Linux refuses it, so does module[i].refusal: a symbol that nobody has, one for the GPL in a module of another licence
 * (-ENOENT), one of a namespace that is not imported (-EINVAL).
 *
 * Context: Any thread of a process that has Quarry's symbols to lend.
 * Return: 0, or -1 with @err: the file is no module.
 */
int qy_driver_link(
	struct qy_driver_plan *plan, uint32_t i, const char *path, struct qy_err *err);

#endif
