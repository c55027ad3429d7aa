/* SPDX-License-Identifier: MIT */
/* Sets of CPUs; those of the board, all of which are there and run. No state. */
#ifndef COMPAT_LINUX_CPUMASK_H
#define COMPAT_LINUX_CPUMASK_H

#include <asm/quarry.h>
#include <linux/bitmap.h>
#include <linux/types.h>

#define NR_CPUS 256

typedef struct cpumask {
	DECLARE_BITMAP(bits, NR_CPUS);
} cpumask_t;

#define cpumask_bits(mask) ((mask)->bits)

unsigned int qy_compat_nr_cpus(void);
const struct cpumask *qy_compat_cpus(void);
#define nr_cpu_ids          qy_compat_nr_cpus()
#define nr_cpumask_bits     nr_cpu_ids
#define small_cpumask_bits  nr_cpu_ids
#define cpu_possible_mask   qy_compat_cpus()
#define cpu_present_mask    qy_compat_cpus()
#define cpu_online_mask     qy_compat_cpus()
#define cpu_active_mask     qy_compat_cpus()
#define num_possible_cpus() nr_cpu_ids
#define num_present_cpus()  nr_cpu_ids
#define num_online_cpus()   nr_cpu_ids
#define num_active_cpus()   nr_cpu_ids
#define cpu_online(cpu)     ((unsigned int)(cpu) < nr_cpu_ids)
#define cpu_possible(cpu)   cpu_online(cpu)
#define cpu_present(cpu)    cpu_online(cpu)
#define cpu_active(cpu)     cpu_online(cpu)
/* stub: CPUs neither come nor go */
#define cpus_read_lock()
/* stub: as cpus_read_lock */
#define cpus_read_unlock()

#define for_each_possible_cpu(cpu) \
	for ((cpu) = 0; (unsigned int)(cpu) < nr_cpu_ids; (cpu)++)
#define for_each_present_cpu(cpu) for_each_possible_cpu(cpu)
#define for_each_online_cpu(cpu)  for_each_possible_cpu(cpu)

#define cpumask_set_cpu(cpu, mask)   set_bit((unsigned int)(cpu), cpumask_bits(mask))
#define __cpumask_set_cpu(cpu, mask) __set_bit((unsigned int)(cpu), cpumask_bits(mask))
#define cpumask_clear_cpu(cpu, mask) clear_bit((unsigned int)(cpu), cpumask_bits(mask))
#define __cpumask_clear_cpu(cpu, mask) \
	__clear_bit((unsigned int)(cpu), cpumask_bits(mask))
#define cpumask_assign_cpu(cpu, mask, value) \
	assign_bit((unsigned int)(cpu), cpumask_bits(mask), value)
#define cpumask_test_cpu(cpu, mask) test_bit((unsigned int)(cpu), cpumask_bits(mask))
#define cpumask_test_and_set_cpu(cpu, mask) \
	test_and_set_bit((unsigned int)(cpu), cpumask_bits(mask))
#define cpumask_test_and_clear_cpu(cpu, mask) \
	test_and_clear_bit((unsigned int)(cpu), cpumask_bits(mask))
#define cpumask_setall(mask) bitmap_fill(cpumask_bits(mask), nr_cpu_ids)
#define cpumask_clear(mask)  bitmap_zero(cpumask_bits(mask), nr_cpu_ids)
#define cpumask_empty(mask)  bitmap_empty(cpumask_bits(mask), nr_cpu_ids)
#define cpumask_full(mask)   bitmap_full(cpumask_bits(mask), nr_cpu_ids)
#define cpumask_weight(mask) bitmap_weight(cpumask_bits(mask), nr_cpu_ids)
#define cpumask_copy(to, from) \
	bitmap_copy(cpumask_bits(to), cpumask_bits(from), nr_cpu_ids)
#define cpumask_and(to, a, b) \
	bitmap_and(cpumask_bits(to), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_or(to, a, b) \
	bitmap_or(cpumask_bits(to), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_xor(to, a, b) \
	bitmap_xor(cpumask_bits(to), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_andnot(to, a, b) \
	bitmap_andnot(cpumask_bits(to), cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_equal(a, b) bitmap_equal(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_intersects(a, b) \
	bitmap_intersects(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_subset(a, b) bitmap_subset(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_weight_and(a, b) \
	bitmap_weight_and(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_weight_andnot(a, b) \
	bitmap_weight_andnot(cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define cpumask_parse(text, mask) \
	bitmap_parse(text, UINT_MAX, cpumask_bits(mask), (int)nr_cpu_ids)
#define cpulist_parse(text, mask) \
	bitmap_parselist(text, cpumask_bits(mask), (int)nr_cpu_ids)
#define cpumap_print_to_pagebuf(list, buf, mask) \
	bitmap_print_to_pagebuf(list, buf, cpumask_bits(mask), (int)nr_cpu_ids)
#define cpumask_pr_args(mask) (int)nr_cpu_ids, cpumask_bits(mask)
#define cpumask_size()        bitmap_size(NR_CPUS)

/* nr_cpu_ids where there is none. @n: -1 for the first. */
static inline unsigned int cpumask_next(int n, const struct cpumask *mask)
{
	return (unsigned int)find_next_bit(
		mask->bits, nr_cpu_ids, (unsigned long)(n + 1));
}

static inline unsigned int cpumask_next_zero(int n, const struct cpumask *mask)
{
	return (unsigned int)find_next_zero_bit(
		mask->bits, nr_cpu_ids, (unsigned long)(n + 1));
}

static inline unsigned int cpumask_next_and(
	int n, const struct cpumask *a, const struct cpumask *b)
{
	return (unsigned int)find_next_and_bit(
		a->bits, b->bits, nr_cpu_ids, (unsigned long)(n + 1));
}

/* From @start round to @start. @wrap: has it gone round? */
static inline unsigned int cpumask_next_wrap(
	int n, const struct cpumask *mask, int start, bool wrap)
{
	unsigned int next = cpumask_next(n, mask);

	if (wrap && n < start && next >= (unsigned int)start)
		return nr_cpu_ids;
	if (next < nr_cpu_ids)
		return next;
	next = cpumask_next(-1, mask);
	return wrap || next >= (unsigned int)start ? nr_cpu_ids : next;
}

#define cpumask_first(mask)      cpumask_next(-1, mask)
#define cpumask_first_zero(mask) cpumask_next_zero(-1, mask)
#define cpumask_first_and(a, b)  cpumask_next_and(-1, a, b)
#define cpumask_last(mask)       ((unsigned int)find_last_bit(cpumask_bits(mask), nr_cpu_ids))
#define cpumask_nth(n, mask) \
	((unsigned int)find_nth_bit(cpumask_bits(mask), nr_cpu_ids, n))
#define cpumask_any(mask)     cpumask_first(mask)
#define cpumask_any_and(a, b) cpumask_first_and(a, b)
#define cpumask_any_but(mask, cpu)                            \
	({                                                    \
		unsigned int cpu_ = cpumask_first(mask);      \
		if (cpu_ == (unsigned int)(cpu))              \
			cpu_ = cpumask_next((int)cpu_, mask); \
		cpu_;                                         \
	})
/* Of CPUs spread over nodes: the board's order. */
static inline unsigned int cpumask_local_spread(unsigned int i, int node)
{
	(void)node;
	return i % nr_cpu_ids;
}

#define for_each_cpu(cpu, mask) for_each_set_bit(cpu, cpumask_bits(mask), nr_cpu_ids)
#define for_each_cpu_not(cpu, mask) \
	for_each_clear_bit(cpu, cpumask_bits(mask), nr_cpu_ids)
#define for_each_cpu_wrap(cpu, mask, start) \
	for_each_set_bit_wrap(cpu, cpumask_bits(mask), nr_cpu_ids, start)
#define for_each_cpu_and(cpu, a, b) \
	for_each_and_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define for_each_cpu_or(cpu, a, b) \
	for_each_or_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)
#define for_each_cpu_andnot(cpu, a, b) \
	for_each_andnot_bit(cpu, cpumask_bits(a), cpumask_bits(b), nr_cpu_ids)

#define CPU_MASK_NONE     \
	{                 \
		{         \
			0 \
		}         \
	}

/* As in a kernel that keeps such masks where they are declared. */
typedef struct cpumask cpumask_var_t[1];
#define this_cpu_cpumask_var_ptr(x) this_cpu_ptr(x)

static inline bool alloc_cpumask_var(cpumask_var_t *mask, gfp_t gfp)
{
	(void)mask, (void)gfp;
	return true;
}

static inline bool zalloc_cpumask_var(cpumask_var_t *mask, gfp_t gfp)
{
	(void)gfp;
	cpumask_clear(*mask);
	return true;
}

static inline void free_cpumask_var(cpumask_var_t mask)
{
	(void)mask;
}

static inline const struct cpumask *cpumask_of(int cpu)
{
	static struct cpumask masks[NR_CPUS];

	__set_bit((unsigned int)cpu, masks[cpu].bits);
	return &masks[cpu];
}

#endif
