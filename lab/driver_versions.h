/* SPDX-License-Identifier: MIT */
/*
 * What drivers call otherwise in one version of Linux than in another, for messages.
 *
 * No state.
 */
#ifndef LAB_DRIVER_VERSIONS_H
#define LAB_DRIVER_VERSIONS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What to say of @name in a driver for Linux @version (as LINUX_VERSION_CODE), which is not there, or not as it is used: "gone since
 * Linux 6.8: strscpy()". @name: a function, macro or type, or "class.owner", a member. Return: false: nothing.
 */
bool qy_driver_version_of(
	const char *name, unsigned int version, char *text, size_t size);
/* Likewise of a line of the compiler about two types of functions that differ. */
bool qy_driver_version_of_type(
	const char *line, unsigned int version, char *text, size_t size);

#endif
