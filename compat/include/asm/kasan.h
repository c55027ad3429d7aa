/* SPDX-License-Identifier: MIT */
/*
 * Included before an instrumented driver's first line (-include asm/kasan.h): what the compiler, and the driver, call at an
 * access and for bytes and strings has our names for the linker, so that a program with AddressSanitizer in it can load the
 * module. The assembler does it: clang needs -fno-integrated-as.
 *
 * No state.
 */
#ifndef COMPAT_ASM_KASAN_H
#define COMPAT_ASM_KASAN_H

#define QY_INSTEAD(name, ours) __asm__(#name " = qy_kasan_" #ours);
#define QY_INSTEAD_ACCESS(n)                                      \
	QY_INSTEAD(__asan_load##n##_noabort, load##n)             \
	QY_INSTEAD(__asan_store##n##_noabort, store##n)           \
	QY_INSTEAD(__asan_report_load##n##_noabort, slow_load##n) \
	QY_INSTEAD(__asan_report_store##n##_noabort, slow_store##n)
#define QY_INSTEAD_OF(name) QY_INSTEAD(name, name)

QY_INSTEAD_ACCESS(1)
QY_INSTEAD_ACCESS(2)
QY_INSTEAD_ACCESS(4)
QY_INSTEAD_ACCESS(8)
QY_INSTEAD_ACCESS(16)
QY_INSTEAD(__asan_loadN_noabort, loadN)
QY_INSTEAD(__asan_storeN_noabort, storeN)
#ifdef __clang__
QY_INSTEAD(__asan_report_load_n_noabort, end_loadN)
QY_INSTEAD(__asan_report_store_n_noabort, end_storeN)
#else
QY_INSTEAD(__asan_report_load_n_noabort, loadN)
QY_INSTEAD(__asan_report_store_n_noabort, storeN)
#endif
QY_INSTEAD(__asan_handle_no_return, no_return)
QY_INSTEAD(__asan_alloca_poison, alloca_poison)
QY_INSTEAD(__asan_allocas_unpoison, allocas_unpoison)
QY_INSTEAD(__asan_set_shadow_00, set_shadow_00)
QY_INSTEAD(__asan_set_shadow_f1, set_shadow_f1)
QY_INSTEAD(__asan_set_shadow_f2, set_shadow_f2)
QY_INSTEAD(__asan_set_shadow_f3, set_shadow_f3)
QY_INSTEAD(__asan_register_globals, register_globals)
QY_INSTEAD(__asan_unregister_globals, unregister_globals)

QY_INSTEAD_OF(memcpy)
QY_INSTEAD_OF(memmove)
QY_INSTEAD_OF(memset)
QY_INSTEAD_OF(memcmp)
QY_INSTEAD_OF(memchr)
QY_INSTEAD_OF(strlen)
QY_INSTEAD_OF(strnlen)
QY_INSTEAD_OF(strcmp)
QY_INSTEAD_OF(strncmp)
QY_INSTEAD_OF(strcasecmp)
QY_INSTEAD_OF(strncasecmp)
QY_INSTEAD_OF(strcpy)
QY_INSTEAD_OF(strncpy)
QY_INSTEAD_OF(strcat)
QY_INSTEAD_OF(strchr)
QY_INSTEAD_OF(strrchr)
QY_INSTEAD_OF(strstr)
QY_INSTEAD_OF(strsep)
QY_INSTEAD_OF(strspn)
QY_INSTEAD_OF(strcspn)
QY_INSTEAD(qy_compat_strscpy, strscpy)
QY_INSTEAD(qy_k_strlcpy, strlcpy)

#endif
