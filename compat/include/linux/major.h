/* SPDX-License-Identifier: MIT */
/* Numbers of devices that everybody knows. No state. */
#ifndef COMPAT_LINUX_MAJOR_H
#define COMPAT_LINUX_MAJOR_H

#define UNNAMED_MAJOR 0
#define MEM_MAJOR     1
#define TTY_MAJOR     4
#define TTYAUX_MAJOR  5
#define LP_MAJOR      6
#define MISC_MAJOR    10
#define PPDEV_MAJOR   99
#define I2C_MAJOR     89

#endif
