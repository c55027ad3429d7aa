/* SPDX-License-Identifier: MIT */
/*
 * The C library, for the runtime: in types that both sides know.
 *
 * No state.
 */
#ifndef COMPAT_HOST_H
#define COMPAT_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed; NULL: the host has none. */
void *qy_host_zalloc(size_t bytes);
void qy_host_free(void *p);

/* Each of those that are there. */
void qy_host_each_block(
	void (*fn)(void *arg, const void *start, size_t bytes), void *arg);
/* Likewise, but in no list: notes of memory, which must not pass for ways to it. */
void *qy_host_record(size_t bytes);
void qy_host_forget_record(void *p);
/* The variables of the program and of the modules that it has loaded. */
void qy_host_each_variable(
	void (*fn)(void *arg, const void *start, size_t bytes), void *arg);

/* The same in addresses that have memory once they are touched. */
void *qy_host_reserve(size_t bytes);
void qy_host_unreserve(void *p, size_t bytes);

/* Addresses from @at on, zero until they are written; NULL: the host has none there for us. */
void *qy_host_shadow(uintptr_t at, size_t bytes);
/* Whole pages of it: @state (0 or 0xff) until they are written. Return: false: the host has no memory. */
bool qy_host_shadow_ground(void *p, size_t bytes, uint8_t state);
/* What was written there is forgotten. */
void qy_host_shadow_reset(void *p, size_t bytes);

/* Faults of this process are looked at, from now on or no more: by worlds, which nest (host_look.c). */
void qy_host_catch_faults(bool on);
/* Looks for shadow that cannot be are answered, from now on or no more (host_look.c). */
void qy_host_answer_looks(bool on);
/* An access was told of that faults now. */
void qy_host_told_of(uintptr_t at, size_t bytes);

/* Who called the caller, nearest first. Return: how many. */
unsigned int qy_host_backtrace(void **frames, unsigned int max);

/* Return: 0, -EINVAL, -ERANGE. The sign is told apart. */
int qy_host_number(const char *s, unsigned int base, bool negative_too,
	unsigned long long *value, bool *negative);

/* Bytes to or from a program's memory, which may not be there. Return: how many were copied. */
size_t qy_host_copy(void *to, const void *from, size_t n, bool to_program);

/* Of mmap.c, for handlers of faults: has the program mapped it? */
bool qy_compat_user_has(const void *p);
/* Until the page is there; @write -1: not known. Return: 0, -EFAULT, -ENOMEM. Context: task, not atomic; else -EFAULT. */
int qy_compat_user_touch(const void *p, int write);

/* "ENOMEM"; NULL */
const char *qy_host_error_name(int error);

#endif
