/* SPDX-License-Identifier: MIT */
/*
 * The kernel log, and text into buffers. Where a world stands around (quarry/world.h) the formats are the kernel's; else
 * they are the C library's.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_PRINTK_H
#define COMPAT_LINUX_PRINTK_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/kern_levels.h>
#include <linux/ratelimit_types.h>
#include <linux/types.h>

/* Of %pV. */
struct va_format {
	const char *fmt;
	va_list *va;
};

#ifdef QY_WORLD
#define QY_TEXT(name) QY_REAL(name)
/* %p shows what it is: the board was booted with that on its command line. */
bool qy_compat_shows_pointers(void);
#define no_hash_pointers qy_compat_shows_pointers()
#else
#define QY_TEXT(name)
#endif
int snprintf(char *buf, size_t size, const char *fmt, ...) QY_TEXT(snprintf);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list args) QY_TEXT(vsnprintf);
int sprintf(char *buf, const char *fmt, ...) QY_TEXT(sprintf);

/* What was written, not what would have been. */
static inline __printf(3, 0) int vscnprintf(
	char *buf, size_t size, const char *fmt, va_list args)
{
	int n = vsnprintf(buf, size, fmt, args);

	if (n >= 0 && (size_t)n >= size)
		return size ? (int)size - 1 : 0;
	return n;
}

static inline __printf(3, 4) int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vscnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

/* Where it is called from. */
void dump_stack(void) QY_REAL(dump_stack);
int printk(const char *fmt, ...) QY_REAL(printk);
int vprintk(const char *fmt, va_list args) QY_REAL(vprintk);
/* Return: may it be said? */
bool __printk_ratelimit(struct ratelimit_state *rs) QY_REAL(__printk_ratelimit);

#ifndef pr_fmt
#define pr_fmt(fmt) fmt
#endif
#define pr_emerg(fmt, ...)   printk(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_alert(fmt, ...)   printk(KERN_ALERT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_crit(fmt, ...)    printk(KERN_CRIT pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err(fmt, ...)     printk(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)    printk(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice(fmt, ...)  printk(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)    printk(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warning(fmt, ...) pr_warn(fmt, ##__VA_ARGS__)
#define pr_cont(fmt, ...)    printk(KERN_CONT fmt, ##__VA_ARGS__)
#ifdef DEBUG
#define pr_debug(fmt, ...) printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__)
#else
#define pr_debug(fmt, ...)                                             \
	do {                                                           \
		if (0)                                                 \
			printk(KERN_DEBUG pr_fmt(fmt), ##__VA_ARGS__); \
	} while (0)
#endif
#define no_printk(fmt, ...)                         \
	({                                          \
		if (0)                              \
			printk(fmt, ##__VA_ARGS__); \
		0;                                  \
	})
#define pr_devel(fmt, ...) pr_debug(fmt, ##__VA_ARGS__)

/* What firmware has done wrong is said so. */
#define FW_BUG  "[Firmware Bug]: "
#define FW_WARN "[Firmware Warn]: "
#define FW_INFO "[Firmware Info]: "
#define HW_ERR  "[Hardware Error]: "

#define printk_ratelimited(fmt, ...)                                          \
	do {                                                                  \
		static struct ratelimit_state rs_ = RATELIMIT_STATE_INIT(     \
			DEFAULT_RATELIMIT_INTERVAL, DEFAULT_RATELIMIT_BURST); \
		rs_.func = __func__;                                          \
		if (__printk_ratelimit(&rs_))                                 \
			printk(fmt, ##__VA_ARGS__);                           \
	} while (0)
#define printk_once(fmt, ...)                       \
	do {                                        \
		static bool said_;                  \
		if (!said_) {                       \
			said_ = true;               \
			printk(fmt, ##__VA_ARGS__); \
		}                                   \
	} while (0)
#define pr_err_ratelimited(fmt, ...) \
	printk_ratelimited(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_ratelimited(fmt, ...) \
	printk_ratelimited(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info_ratelimited(fmt, ...) \
	printk_ratelimited(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)
#define pr_err_once(fmt, ...)  printk_once(KERN_ERR pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn_once(fmt, ...) printk_once(KERN_WARNING pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice_ratelimited(fmt, ...) \
	printk_ratelimited(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define pr_emerg_once(fmt, ...)   printk_once(KERN_EMERG pr_fmt(fmt), ##__VA_ARGS__)
#define pr_notice_once(fmt, ...)  printk_once(KERN_NOTICE pr_fmt(fmt), ##__VA_ARGS__)
#define printk_deferred(fmt, ...) printk(fmt, ##__VA_ARGS__)
#define pr_info_once(fmt, ...)    printk_once(KERN_INFO pr_fmt(fmt), ##__VA_ARGS__)

enum {
	DUMP_PREFIX_NONE,
	DUMP_PREFIX_ADDRESS,
	DUMP_PREFIX_OFFSET,
};

/* Bytes as digits, 16 or 32 a line in groups of 1, 2, 4, 8. Return: bytes of text that it would need, without the end. */
int hex_dump_to_buffer(const void *buf, size_t nr, int row_bytes, int group_bytes,
	char *line, size_t line_bytes, bool ascii) QY_REAL(hex_dump_to_buffer);
void print_hex_dump(const char *level, const char *prefix, int prefix_type, int row_bytes,
	int group_bytes, const void *buf, size_t nr, bool ascii) QY_REAL(print_hex_dump);
#define print_hex_dump_bytes(prefix, type, buf, nr) \
	print_hex_dump(KERN_DEBUG, prefix, type, 16, 1, buf, nr, true)
#ifdef DEBUG
#define print_hex_dump_debug(prefix, type, row, group, buf, nr, ascii) \
	print_hex_dump(KERN_DEBUG, prefix, type, row, group, buf, nr, ascii)
#else
#define print_hex_dump_debug(prefix, type, row, group, buf, nr, ascii)                 \
	do {                                                                           \
		if (0)                                                                 \
			print_hex_dump(                                                \
				KERN_DEBUG, prefix, type, row, group, buf, nr, ascii); \
	} while (0)
#endif

#endif
