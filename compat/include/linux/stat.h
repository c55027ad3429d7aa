/* SPDX-License-Identifier: MIT */
/* Who may read and write a file. No state. */
#ifndef COMPAT_LINUX_STAT_H
#define COMPAT_LINUX_STAT_H

#include <linux/types.h>

#define S_IRUSR       0400
#define S_IWUSR       0200
#define S_IXUSR       0100
#define S_IRGRP       0040
#define S_IWGRP       0020
#define S_IROTH       0004
#define S_IWOTH       0002
#define S_IRWXU       0700
#define S_IXGRP       0010
#define S_IRWXG       0070
#define S_IXOTH       0001
#define S_IRWXO       0007
#define S_IFMT        00170000
#define S_IFIFO       0010000
#define S_IFCHR       0020000
#define S_IFDIR       0040000
#define S_IFBLK       0060000
#define S_IFREG       0100000
#define S_IFLNK       0120000
#define S_ISCHR(mode) (((mode)&S_IFMT) == S_IFCHR)
#define S_ISBLK(mode) (((mode)&S_IFMT) == S_IFBLK)
#define S_ISREG(mode) (((mode)&S_IFMT) == S_IFREG)
#define S_ISDIR(mode) (((mode)&S_IFMT) == S_IFDIR)
#define S_IXUGO       (S_IXUSR | S_IXGRP | S_IXOTH)
#define S_IRWXUGO     (S_IRWXU | S_IRWXG | S_IRWXO)
#define S_IRUGO       (S_IRUSR | S_IRGRP | S_IROTH)
#define S_IWUGO       (S_IWUSR | S_IWGRP | S_IWOTH)

#endif
