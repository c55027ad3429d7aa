/* SPDX-License-Identifier: MIT */
/*
 * The words of a scenario that stand for numbers: durations, sizes, shares, GFP flags.
 *
 * Every reader returns 0, or -1 when the text is not exactly one such word; it never guesses and never wraps.
 *
 * No state.
 */
#ifndef LAB_UNITS_H
#define LAB_UNITS_H

#include <stddef.h>
#include <stdint.h>
#include <quarry/gfp.h>

/* What each reader accepts, for error messages. */
#define QY_DURATION_WANTED "a duration like 50ms (ns, us, ms, s, m, h)"
#define QY_SIZE_WANTED     "a size like 64M (K, M, G, T)"

/* Decimal digits only. */
int qy_parse_count(const char *text, uint64_t *value);
/* 10s, 1.5ms, 0: nanoseconds; a unit is wanted but for 0. */
int qy_parse_duration(const char *text, uint64_t *ns);
/* 64M, 4096, 1GiB: bytes. */
int qy_parse_size(const char *text, uint64_t *bytes);
/* 99.5%: thousandths of a percent, 0..100000. */
int qy_parse_share(const char *text, uint32_t *millipercent);
/* 2, 0.5, 10x: thousandths, 1..1000000. */
int qy_parse_factor(const char *text, uint32_t *thousandths);

/**
 * qy_parse_gfp() - Linux's names, joined by |: "GFP_KERNEL|__GFP_COMP"
 * @text:    the names; blanks around each are ignored
 * @gfp:     receives the bits
 * @unknown: receives the first name that Linux does not have
 * @size:    bytes of @unknown
 *
 * Context: Any.
 * Return: 0, -1 with @unknown filled in.
 */
int qy_parse_gfp(const char *text, qy_gfp_t *gfp, char *unknown, size_t size);

/* The names that it knows, from 0. NULL past the last. Context: any. */
const char *qy_gfp_name_at(size_t i, qy_gfp_t *gfp);

/* "12 MiB", "764 KiB": rounded down to what a person reads. Returns @buf. */
const char *qy_format_size(char *buf, size_t size, uint64_t bytes);
/* Linux's indexes of fragmentation: "0.512", "-1.000". Returns @buf. */
const char *qy_format_index(char *buf, size_t size, int64_t thousandths);
/* "1.250 s", "50 ms". Returns @buf. */
const char *qy_format_duration(char *buf, size_t size, uint64_t ns);

#endif
