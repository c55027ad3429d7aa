/* SPDX-License-Identifier: MIT */
/* What a driver says of itself. No state. */
#ifndef COMPAT_LINUX_MODULE_H
#define COMPAT_LINUX_MODULE_H

#include <linux/kernel.h>

/* stub: nothing loads a module by its description */
#define MODULE_LICENSE(text)
/* stub: nothing loads a module by its description */
#define MODULE_AUTHOR(text)
/* stub: nothing loads a module by its description */
#define MODULE_DESCRIPTION(text)
/* stub: the linker of the host finds every symbol */
#define EXPORT_SYMBOL(name)
/* stub: the linker of the host finds every symbol */
#define EXPORT_SYMBOL_GPL(name)
/* stub: init memory is not given back in a process */
#define __init
/* stub: a driver is never built into a kernel image */
#define __exit

#endif
