/* SPDX-License-Identifier: MIT */
/*
 * To and from the memory of programs. An address that is not theirs, one of the board's memory among them, is not
 * touched; what was not copied is returned.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_UACCESS_H
#define COMPAT_LINUX_UACCESS_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

/* Return: bytes that were not copied. Context: task, may sleep. */
unsigned long copy_to_user(void *to, const void *from, unsigned long n)
	QY_REAL(copy_to_user) __must_check;
unsigned long copy_from_user(void *to, const void *from, unsigned long n)
	QY_REAL(copy_from_user) __must_check;
unsigned long clear_user(void *to, unsigned long n) QY_REAL(clear_user) __must_check;
/* Return: length without its end, -EFAULT; @n: no end was found */
long strncpy_from_user(char *to, const char *from, long n)
	QY_REAL(strncpy_from_user) __must_check;
bool qy_compat_access_ok(const void *addr, unsigned long n);
#define access_ok(addr, n) qy_compat_access_ok(addr, n)

/* A copy, or an error as a pointer. */
void *memdup_user(const void *from, size_t n) QY_REAL(memdup_user) __must_check;

#define put_user(x, p)                                                \
	({                                                            \
		__typeof__(*(p)) put_ = (x);                          \
		copy_to_user((p), &put_, sizeof(put_)) ? -EFAULT : 0; \
	})
#define get_user(x, p)                                                               \
	({                                                                           \
		__auto_type got_ = (__typeof__(*(p)))0;                              \
		int error_ = copy_from_user(&got_, (p), sizeof(got_)) ? -EFAULT : 0; \
		(x) = got_;                                                          \
		error_;                                                              \
	})
/* Without a look at the address, which access_ok() has had; it is looked at all the same. */
#define __put_user(x, p)                put_user(x, p)
#define __get_user(x, p)                get_user(x, p)
#define raw_copy_to_user(to, from, n)   copy_to_user(to, from, n)
#define raw_copy_from_user(to, from, n) copy_from_user(to, from, n)
#define __copy_to_user(to, from, n)     copy_to_user(to, from, n)
#define __copy_from_user(to, from, n)   copy_from_user(to, from, n)

/*
 * A structure that has grown: of a program that knows less of it the rest is zero; one that knows more may not have set what
 * this side does not know. Return: 0, -E2BIG, -EFAULT.
 */
int copy_struct_from_user(void *to, size_t size, const void *from, size_t their_size)
	QY_REAL(copy_struct_from_user) __must_check;
/* Return: 1: all zero, 0, -EFAULT. */
int check_zeroed_user(const void *from, size_t n) QY_REAL(check_zeroed_user);

#endif
