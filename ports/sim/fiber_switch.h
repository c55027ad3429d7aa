/* SPDX-License-Identifier: MIT */
/*
 * From one stack to another, and what sanitizers are told of it. Assembly because swapcontext() makes two system calls
 * for a signal mask that never changes here.
 *
 *   qy_fiber_swap(save, to)        registers that a function keeps go on this stack; *save = its end; on with @to
 *   qy_fiber_first_frame(top, fn)  a stack on which swap() ends up at the begin of @fn, with nobody to return to
 *
 * No state.
 */
#ifndef QY_SIM_FIBER_SWITCH_H
#define QY_SIM_FIBER_SWITCH_H

#include <stddef.h>
#include <stdint.h>

void qy_fiber_swap(void **save, void *to);

#if defined(__x86_64__)
/* rbp rbx r12-r15, then the control words of SSE and x87 */
__asm__(".text\n.globl qy_fiber_swap\n.type qy_fiber_swap,@function\nqy_fiber_swap:\n"
	"	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n"
	"	push %r14\n	push %r15\n	sub $8, %rsp\n"
	"	stmxcsr (%rsp)\n	fnstcw 4(%rsp)\n"
	"	mov %rsp, (%rdi)\n	mov %rsi, %rsp\n"
	"	ldmxcsr (%rsp)\n	fldcw 4(%rsp)\n"
	"	add $8, %rsp\n	pop %r15\n	pop %r14\n"
	"	pop %r13\n	pop %r12\n	pop %rbx\n	pop %rbp\n	ret\n"
	".size qy_fiber_swap,.-qy_fiber_swap\n");

static inline void *qy_fiber_first_frame(void *top, void (*fn)(void))
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~15ul);

	*--sp = 0; /* where fn would return to: the end of a backtrace */
	*--sp = (uint64_t)(uintptr_t)fn;
	for (int i = 0; i < 6; i++)
		*--sp = 0;
	*--sp = 0x037f00001f80ull; /* the control words as a process begins with them */
	return sp;
}
#elif defined(__aarch64__)
/* x19-x30, then d8-d15 */
__asm__(".text\n.globl qy_fiber_swap\n.type qy_fiber_swap,%function\nqy_fiber_swap:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp]\n	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n	stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n	str x9, [x0]\n	mov sp, x1\n"
	"	ldp x19, x20, [sp]\n	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n	ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n	ret\n"
	".size qy_fiber_swap,.-qy_fiber_swap\n");

static inline void *qy_fiber_first_frame(void *top, void (*fn)(void))
{
	uint64_t *sp = (uint64_t *)((uintptr_t)top & ~15ul) - 20;

	for (int i = 0; i < 20; i++)
		sp[i] = 0;
	sp[11] = (uint64_t)(uintptr_t)fn; /* x30 */
	return sp;
}
#else
#error "the sim port has fibers for x86-64 and aarch64"
#endif

/* ------------------------------------------------------------------ sanitizers */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define QY_FIBER_ASAN 1
#elif __has_feature(thread_sanitizer)
#define QY_FIBER_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define QY_FIBER_ASAN 1
#elif defined(__SANITIZE_THREAD__)
#define QY_FIBER_TSAN 1
#endif

#ifdef QY_FIBER_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#define QY_FIBER_STACK_BYTES \
	((size_t)512 << 10) /* frames of instrumented code are large */
#else
#define QY_FIBER_STACK_BYTES ((size_t)64 << 10)
static inline void __sanitizer_start_switch_fiber(
	void **save, const void *bottom, size_t bytes)
{
	(void)save, (void)bottom, (void)bytes;
}
static inline void __sanitizer_finish_switch_fiber(
	void *save, const void **bottom, size_t *bytes)
{
	(void)save, (void)bottom, (void)bytes;
}
static inline void __asan_unpoison_memory_region(const volatile void *p, size_t bytes)
{
	(void)p, (void)bytes;
}
#endif

#ifdef QY_FIBER_TSAN
#include <sanitizer/tsan_interface.h>
#else
static inline void *__tsan_get_current_fiber(void)
{
	return NULL;
}
static inline void *__tsan_create_fiber(unsigned int flags)
{
	(void)flags;
	return NULL;
}
static inline void __tsan_destroy_fiber(void *fiber)
{
	(void)fiber;
}
static inline void __tsan_switch_to_fiber(void *fiber, unsigned int flags)
{
	(void)fiber, (void)flags;
}
#endif

#endif
