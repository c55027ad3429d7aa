/* SPDX-License-Identifier: MIT */
/* How the kernel is configured: what every board here has, and what the user says with -D. No state. */
#ifndef COMPAT_LINUX_KCONFIG_H
#define COMPAT_LINUX_KCONFIG_H

#define CONFIG_64BIT      1
#define CONFIG_SMP        1
#define CONFIG_MMU        1
#define CONFIG_OF         1
#define CONFIG_MODULES    1
#define CONFIG_HAS_IOMEM  1
#define CONFIG_HAS_DMA    1
#define CONFIG_PM         1
#define CONFIG_PM_SLEEP   1
#define CONFIG_SUSPEND    1
#define CONFIG_PCI        1
#define CONFIG_PCI_MSI    1
#define CONFIG_HZ         250
#define CONFIG_PAGE_SHIFT 12
#define CONFIG_SLUB       1
#define CONFIG_SLUB_DEBUG 1
#define CONFIG_PRINTK     1
#define CONFIG_BUG        1
#define CONFIG_SYSFS      1
#define CONFIG_KUNIT      1

#ifdef __clang__
#define CONFIG_CC_IS_CLANG 1
#else
#define CONFIG_CC_IS_GCC 1
#endif
#ifdef COMPAT_ASM_KASAN_H /* compiled with checks */
#define CONFIG_KASAN         1
#define CONFIG_KASAN_GENERIC 1
#define CONFIG_KASAN_VMALLOC 1
#endif
/* The kernel's own tests are modules here. */
#define CONFIG_KUNIT_TEST_MODULE       1
#define CONFIG_KASAN_KUNIT_TEST_MODULE 1
#define CONFIG_SLUB_KUNIT_TEST_MODULE  1

/*
 * The kernel's own headers of its allocators describe structures that are not ours. So they are empty; what tests ask of
 * them is in linux/slab.h and linux/kasan.h.
 */
#define MM_SLAB_H
#define __MM_INTERNAL_H
#define __MM_KASAN_KASAN_H

/* 1 where @option is defined as 1, else 0: as Kconfig's options are */
#define QY_IS_1_1            0,
#define QY_SECOND(a, b, ...) b
#define QY_IS_SET__(x)       QY_SECOND(x 1, 0)
#define QY_IS_SET_(x)        QY_IS_SET__(QY_IS_1_##x)
#define QY_IS_SET(x)         QY_IS_SET_(x)
#define IS_ENABLED(option)   (QY_IS_SET(option) || QY_IS_SET(option##_MODULE))
#define IS_BUILTIN(option)   QY_IS_SET(option)
#define IS_MODULE(option)    QY_IS_SET(option##_MODULE)
#define IS_REACHABLE(option) IS_ENABLED(option)

#endif
