/* SPDX-License-Identifier: MIT */
/* Numbers of device nodes. No state. */
#ifndef COMPAT_LINUX_KDEV_T_H
#define COMPAT_LINUX_KDEV_T_H

#define MINORBITS     20
#define MINORMASK     ((1u << MINORBITS) - 1)
#define MAJOR(dev)    ((unsigned int)((dev) >> MINORBITS))
#define MINOR(dev)    ((unsigned int)((dev)&MINORMASK))
#define MKDEV(ma, mi) (((ma) << MINORBITS) | (mi))

#endif
