/* SPDX-License-Identifier: MIT */
/* The kernel whose vocabulary this is: 6.12 unless the user says another one. No state. */
#ifndef COMPAT_LINUX_VERSION_H
#define COMPAT_LINUX_VERSION_H

#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#ifndef LINUX_VERSION_CODE
#define LINUX_VERSION_CODE KERNEL_VERSION(6, 12, 0)
#endif

/* What changed with a version is declared as that of the driver has it: `#if QY_SINCE(6, 4)`. */
#define QY_SINCE(a, b) (LINUX_VERSION_CODE >= KERNEL_VERSION(a, b, 0))

#endif
