/* SPDX-License-Identifier: MIT */
/* Who may read and write a file. No state. */
#ifndef COMPAT_LINUX_STAT_H
#define COMPAT_LINUX_STAT_H

#include <linux/types.h>

#define S_IRUSR 0400
#define S_IWUSR 0200
#define S_IXUSR 0100
#define S_IRGRP 0040
#define S_IWGRP 0020
#define S_IROTH 0004
#define S_IWOTH 0002
#define S_IRUGO (S_IRUSR | S_IRGRP | S_IROTH)
#define S_IWUGO (S_IWUSR | S_IWGRP | S_IWOTH)

#endif
