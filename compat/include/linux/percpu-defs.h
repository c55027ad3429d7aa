/* SPDX-License-Identifier: MIT */
/*
 * Variables of which each CPU has its own, and how one of them is reached. The address of such a variable is CPU 0's.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_PERCPU_DEFS_H
#define COMPAT_LINUX_PERCPU_DEFS_H

#include <linux/atomic.h>
#include <linux/cpumask.h>
#include <linux/preempt.h>
#include <linux/sched.h>

/* Of this module, made by its linker. */
extern char __start_qy_percpu[] __attribute__((weak, visibility("hidden")));
extern char __stop_qy_percpu[] __attribute__((weak, visibility("hidden")));

#define DECLARE_PER_CPU(type, name) extern __typeof__(type) name
#define DEFINE_PER_CPU(type, name) \
	__attribute__((section("qy_percpu"))) __typeof__(type) name
#define DECLARE_PER_CPU_ALIGNED(type, name) DECLARE_PER_CPU(type, name)
#define DEFINE_PER_CPU_ALIGNED(type, name) \
	DEFINE_PER_CPU(type, name) __attribute__((aligned(64)))
#define DEFINE_PER_CPU_SHARED_ALIGNED(type, name) DEFINE_PER_CPU_ALIGNED(type, name)

/* @start, @end: the variables of the module that asks. */
void *qy_compat_per_cpu(
	const volatile void *p, unsigned int cpu, const char *start, const char *end);

#define per_cpu_ptr(ptr, cpu)                     \
	((__typeof__(*(ptr)) *)qy_compat_per_cpu( \
		ptr, (unsigned int)(cpu), __start_qy_percpu, __stop_qy_percpu))
#define raw_cpu_ptr(ptr)  per_cpu_ptr(ptr, raw_smp_processor_id())
#define this_cpu_ptr(ptr) per_cpu_ptr(ptr, smp_processor_id())
#define per_cpu(var, cpu) (*per_cpu_ptr(&(var), cpu))

#define get_cpu_ptr(ptr)           \
	({                         \
		preempt_disable(); \
		this_cpu_ptr(ptr); \
	})
#define put_cpu_ptr(ptr)          \
	do {                      \
		(void)(ptr);      \
		preempt_enable(); \
	} while (0)
#define get_cpu_var(var) (*get_cpu_ptr(&(var)))
#define put_cpu_var(var) put_cpu_ptr(&(var))

/* A task gives way only where it waits, so nothing comes between but an interrupt, which finds what it left. */
#define this_cpu_read(pcp)          (*this_cpu_ptr(&(pcp)))
#define this_cpu_write(pcp, val)    ((void)(*this_cpu_ptr(&(pcp)) = (val)))
#define this_cpu_add(pcp, val)      ((void)(*this_cpu_ptr(&(pcp)) += (val)))
#define this_cpu_sub(pcp, val)      ((void)(*this_cpu_ptr(&(pcp)) -= (val)))
#define this_cpu_and(pcp, val)      ((void)(*this_cpu_ptr(&(pcp)) &= (val)))
#define this_cpu_or(pcp, val)       ((void)(*this_cpu_ptr(&(pcp)) |= (val)))
#define this_cpu_inc(pcp)           this_cpu_add(pcp, 1)
#define this_cpu_dec(pcp)           this_cpu_sub(pcp, 1)
#define this_cpu_add_return(pcp, v) (*this_cpu_ptr(&(pcp)) += (v))
#define this_cpu_sub_return(pcp, v) (*this_cpu_ptr(&(pcp)) -= (v))
#define this_cpu_inc_return(pcp)    this_cpu_add_return(pcp, 1)
#define this_cpu_dec_return(pcp)    this_cpu_sub_return(pcp, 1)
#define this_cpu_xchg(pcp, val) \
	__atomic_exchange_n(this_cpu_ptr(&(pcp)), val, __ATOMIC_RELAXED)
#define __this_cpu_read(pcp)       this_cpu_read(pcp)
#define __this_cpu_write(pcp, val) this_cpu_write(pcp, val)
#define __this_cpu_add(pcp, val)   this_cpu_add(pcp, val)
#define __this_cpu_sub(pcp, val)   this_cpu_sub(pcp, val)
#define __this_cpu_inc(pcp)        this_cpu_inc(pcp)
#define __this_cpu_dec(pcp)        this_cpu_dec(pcp)
#define raw_cpu_read(pcp)          this_cpu_read(pcp)
#define raw_cpu_write(pcp, val)    this_cpu_write(pcp, val)
#define raw_cpu_add(pcp, val)      this_cpu_add(pcp, val)
#define raw_cpu_inc(pcp)           this_cpu_inc(pcp)

#define __this_cpu_and(pcp, val)        this_cpu_and(pcp, val)
#define __this_cpu_or(pcp, val)         this_cpu_or(pcp, val)
#define __this_cpu_add_return(pcp, v)   this_cpu_add_return(pcp, v)
#define __this_cpu_sub_return(pcp, v)   this_cpu_sub_return(pcp, v)
#define __this_cpu_inc_return(pcp)      this_cpu_inc_return(pcp)
#define __this_cpu_dec_return(pcp)      this_cpu_dec_return(pcp)
#define __this_cpu_xchg(pcp, val)       this_cpu_xchg(pcp, val)
#define this_cpu_cmpxchg(pcp, old, new) cmpxchg(this_cpu_ptr(&(pcp)), old, new)
#define __this_cpu_cmpxchg(pcp, o, n)   this_cpu_cmpxchg(pcp, o, n)
#define raw_cpu_sub(pcp, val)           this_cpu_sub(pcp, val)
#define raw_cpu_dec(pcp)                this_cpu_dec(pcp)
#define raw_cpu_add_return(pcp, v)      this_cpu_add_return(pcp, v)
#define __this_cpu_preempt_check(op)
#define DEFINE_PER_CPU_READ_MOSTLY(type, name)  DEFINE_PER_CPU(type, name)
#define DECLARE_PER_CPU_READ_MOSTLY(type, name) DECLARE_PER_CPU(type, name)

#endif
