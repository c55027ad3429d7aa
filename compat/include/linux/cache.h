/* SPDX-License-Identifier: MIT */
/* The cache line. No state. */
#ifndef COMPAT_LINUX_CACHE_H
#define COMPAT_LINUX_CACHE_H

#define L1_CACHE_SHIFT    6
#define L1_CACHE_BYTES    (1 << L1_CACHE_SHIFT)
#define SMP_CACHE_BYTES   L1_CACHE_BYTES
#define cache_line_size() L1_CACHE_BYTES

#define ____cacheline_aligned __attribute__((aligned(L1_CACHE_BYTES)))

#define ____cacheline_aligned_in_smp ____cacheline_aligned
#define __cacheline_aligned          ____cacheline_aligned
#define __cacheline_aligned_in_smp   ____cacheline_aligned
#define SMP_CACHE_ALIGN(x)           (((x) + L1_CACHE_BYTES - 1) / L1_CACHE_BYTES * L1_CACHE_BYTES)
#define INTERNODE_CACHE_SHIFT        L1_CACHE_SHIFT

#endif
