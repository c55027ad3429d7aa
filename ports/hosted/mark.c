// SPDX-License-Identifier: MIT
/*
 * Valgrind and AddressSanitizer, found when a machine boots: neither needs a build of its own.
 *
 * Valgrind: a request is a sequence of instructions that does nothing on a CPU, and that Valgrind knows. AddressSanitizer: its
 * functions are there if the program is linked with it.
 *
 * No state.
 */
#include "ports/hosted/mark.h"

#include <stdint.h>

/* ------------------------------------------------------------------ Valgrind */

#define RUNNING_ON_VALGRIND 0x1001u
#define MEMCHECK_REQUEST(n) (0x4d430000u + (n)) /* 'M', 'C' */
#define MEMCHECK_NOACCESS   MEMCHECK_REQUEST(0)
#define MEMCHECK_UNDEFINED  MEMCHECK_REQUEST(1)
#define MEMCHECK_DEFINED    MEMCHECK_REQUEST(2)

#if defined(__x86_64__)
static uint64_t ask_valgrind(uint64_t request, uint64_t first, uint64_t second)
{
	volatile uint64_t words[6] = { request, first, second };
	uint64_t answer = 0;

	__asm__ volatile(
		"rolq $3, %%rdi; rolq $13, %%rdi; rolq $61, %%rdi; rolq $51, %%rdi\n\t"
		"xchgq %%rbx, %%rbx"
		: "+d"(answer)
		: "a"(words)
		: "cc", "memory");
	return answer;
}
#elif defined(__aarch64__)
static uint64_t ask_valgrind(uint64_t request, uint64_t first, uint64_t second)
{
	volatile uint64_t words[6] = { request, first, second };
	register uint64_t answer __asm__("x3") = 0;
	register volatile uint64_t *asked __asm__("x4") = words;

	__asm__ volatile(
		"ror x12, x12, #3; ror x12, x12, #13; ror x12, x12, #51; ror x12, x12, #61\n\t"
		"orr x10, x10, x10"
		: "+r"(answer)
		: "r"(asked)
		: "cc", "memory");
	return answer;
}
#else
static uint64_t ask_valgrind(uint64_t request, uint64_t first, uint64_t second)
{
	(void)request;
	(void)first;
	(void)second;
	return 0;
}
#endif

static void mark_for_valgrind(void *ctx, const void *p, size_t bytes, enum qy_mark how)
{
	static const uint32_t request[] = {
		[QY_MARK_NOACCESS] = MEMCHECK_NOACCESS,
		[QY_MARK_UNDEFINED] = MEMCHECK_UNDEFINED,
		[QY_MARK_DEFINED] = MEMCHECK_DEFINED,
	};

	(void)ctx;
	ask_valgrind(request[how], (uintptr_t)p, bytes);
}

/* ------------------------------------------------------------------ AddressSanitizer */

void __asan_poison_memory_region(const volatile void *p, size_t bytes)
	__attribute__((weak));
void __asan_unpoison_memory_region(const volatile void *p, size_t bytes)
	__attribute__((weak));

static void mark_for_asan(void *ctx, const void *p, size_t bytes, enum qy_mark how)
{
	(void)ctx;
	if (how == QY_MARK_NOACCESS)
		__asan_poison_memory_region(p, bytes);
	else
		__asan_unpoison_memory_region(p, bytes);
}

qy_mark_fn qy_hosted_mark_fn(void)
{
	if (ask_valgrind(RUNNING_ON_VALGRIND, 0, 0))
		return mark_for_valgrind;
	if (__asan_poison_memory_region)
		return mark_for_asan;
	return NULL;
}
