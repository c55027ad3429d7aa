/* SPDX-License-Identifier: MIT */
/* The small macros that every driver uses. No state. */
#ifndef COMPAT_LINUX_KERNEL_H
#define COMPAT_LINUX_KERNEL_H

#include <asm/byteorder.h>
#include <linux/bitops.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/kstrtox.h>
#include <linux/limits.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/printk.h>
#include <linux/sprintf.h>
#include <linux/swab.h>
#include <linux/types.h>

#define ARRAY_SIZE(a)         (sizeof(a) / sizeof((a)[0]))
#define PTR_IF(condition, p)  ((condition) ? (p) : NULL)
#define u64_to_user_ptr(x)    ((void *)(uintptr_t)(x))
#define sizeof_field(type, m) sizeof(((type *)0)->m)
#define offsetofend(type, m)  (offsetof(type, m) + sizeof_field(type, m))
#define typecheck(type, x)                \
	({                                \
		type want_;               \
		__typeof__(x) have_;      \
		(void)(&want_ == &have_); \
		1;                        \
	})
#define typecheck_fn(type, fn)             \
	({                                 \
		__typeof__(type) *f_ = fn; \
		(void)f_;                  \
	})
#define _RET_IP_ ((unsigned long)__builtin_return_address(0))
#define _THIS_IP_                       \
	({                              \
		__label__ here_;        \
	here_:                          \
		(unsigned long)&&here_; \
	})

#define ALIGN(x, to)                (((x) + (__typeof__(x))(to)-1) & ~((__typeof__(x))(to)-1))
#define ALIGN_DOWN(x, to)           ((x) & ~((__typeof__(x))(to)-1))
#define PTR_ALIGN(p, to)            ((__typeof__(p))ALIGN((unsigned long)(p), (to)))
#define IS_ALIGNED(x, to)           (((x) & ((__typeof__(x))(to)-1)) == 0)
#define DIV_ROUND_UP(n, d)          (((n) + (d)-1) / (d))
#define DIV_ROUND_CLOSEST(x, d)     (((x) + (d) / 2) / (d))
#define roundup(x, to)              ((((x) + ((to)-1)) / (to)) * (to))
#define rounddown(x, to)            ((x) - (x) % (to))
#define round_up(x, to)             ((((x)-1) | ((__typeof__(x))((to)-1))) + 1)
#define round_down(x, to)           ALIGN_DOWN(x, to)
#define DIV_ROUND_DOWN_ULL(n, d)    ((unsigned long long)(n) / (d))
#define DIV_ROUND_UP_ULL(n, d)      (((unsigned long long)(n) + (d)-1) / (d))
#define DIV_ROUND_UP_SECTOR_T(n, d) DIV_ROUND_UP_ULL(n, d)
#define DIV_ROUND_CLOSEST_ULL(x, d) (((unsigned long long)(x) + (d) / 2) / (d))
#define PTR_ALIGN_DOWN(p, to)       ((__typeof__(p))ALIGN_DOWN((unsigned long)(p), (to)))
#define mult_frac(x, n, d)                                    \
	({                                                    \
		__typeof__(x) q_ = (x) / (d), r_ = (x) % (d); \
		q_ *(n) + r_ *(n) / (d);                      \
	})
#define abs_diff(a, b)                       \
	({                                   \
		__auto_type a_ = (a);        \
		__auto_type b_ = (b);        \
		a_ > b_ ? a_ - b_ : b_ - a_; \
	})
#define upper_32_bits(n) ((u32)((n) >> 16 >> 16))
#define lower_32_bits(n) ((u32)((n)&0xffffffff))
#define abs(x)                           \
	({                               \
		__auto_type abs_ = (x);  \
		abs_ < 0 ? -abs_ : abs_; \
	})

void qy_compat_might_sleep(const char *file, int line);
#define might_sleep() qy_compat_might_sleep(__FILE__, __LINE__)
#define might_sleep_if(c)              \
	do {                           \
		if (c)                 \
			might_sleep(); \
	} while (0)

/* stub: the sleeping of functions that may is checked where they are called */
#define might_fault()
/* stub: as might_fault */
#define non_block_start()
/* stub: as might_fault */
#define non_block_end()

/* Digits of a byte. */
extern const char hex_asc[] QY_REAL(hex_asc);
extern const char hex_asc_upper[] QY_REAL(hex_asc_upper);
#define hex_asc_lo(x)       hex_asc[(x)&0x0f]
#define hex_asc_hi(x)       hex_asc[((x)&0xf0) >> 4]
#define hex_asc_upper_lo(x) hex_asc_upper[(x)&0x0f]
#define hex_asc_upper_hi(x) hex_asc_upper[((x)&0xf0) >> 4]

static inline char *hex_byte_pack(char *buf, u8 byte)
{
	*buf++ = hex_asc_hi(byte);
	*buf++ = hex_asc_lo(byte);
	return buf;
}

static inline char *hex_byte_pack_upper(char *buf, u8 byte)
{
	*buf++ = hex_asc_upper_hi(byte);
	*buf++ = hex_asc_upper_lo(byte);
	return buf;
}

/* Return: 0..15, -1. */
int hex_to_bin(unsigned char ch) QY_REAL(hex_to_bin);
/* Return: 0, -EINVAL. */
int hex2bin(u8 *to, const char *from, size_t nr) QY_REAL(hex2bin);
char *bin2hex(char *to, const void *from, size_t nr) QY_REAL(bin2hex);

/* The largest number whose square is not above. */
unsigned long int_sqrt(unsigned long x) QY_REAL(int_sqrt);
u32 int_sqrt64(u64 x) QY_REAL(int_sqrt64);
u64 int_pow(u64 base, unsigned int exponent) QY_REAL(int_pow);

/* Parts of a command line; @retptr: behind what was read. */
int get_option(char **s, int *value) QY_REAL(get_option);
char *get_options(const char *s, int nr, int *values) QY_REAL(get_options);
unsigned long long memparse(const char *s, char **retptr) QY_REAL(memparse);
bool parse_option_str(const char *s, const char *option) QY_REAL(parse_option_str);
char *next_arg(char *args, char **param, char **value) QY_REAL(next_arg);

#endif
