/* SPDX-License-Identifier: MIT */
/* Where a module begins and ends. No state. */
#ifndef COMPAT_LINUX_INIT_H
#define COMPAT_LINUX_INIT_H

#include <linux/compiler.h>

/* stub: init memory is not given back in a process */
#define __init
/* stub: a driver is never built into a kernel image */
#define __exit
/* stub: as __init */
#define __initdata
/* stub: as __exit */
#define __exitdata
/* stub: as __init */
#define __initconst
/* stub: as __init */
#define __initconst_or_module
/* stub: as __init */
#define __init_or_module
/* stub: as __init */
#define __initdata_or_module
/* stub: as __init */
#define __exitconst
/* stub: as __init */
#define __init_memblock
/* stub: as __init */
#define __devinit

#define __exit_p(x) x

#endif
