/* SPDX-License-Identifier: MIT */
/* Names of 128 bits: a GUID has its first three numbers little-endian, a UUID big-endian. No state. */
#ifndef COMPAT_LINUX_UUID_H
#define COMPAT_LINUX_UUID_H

#include <linux/random.h>
#include <linux/string.h>
#include <linux/types.h>

#define UUID_SIZE       16
#define UUID_STRING_LEN 36

typedef struct {
	u8 b[UUID_SIZE];
} guid_t;
typedef struct {
	u8 b[UUID_SIZE];
} uuid_t;
typedef guid_t uuid_le;

#define GUID_INIT(a, b_, c, d0, d1, d2, d3, d4, d5, d6, d7)                             \
	((guid_t){ { (u8)(a), (u8)((a) >> 8), (u8)((a) >> 16), (u8)((a) >> 24),         \
		(u8)(b_), (u8)((b_) >> 8), (u8)(c), (u8)((c) >> 8), d0, d1, d2, d3, d4, \
		d5, d6, d7 } })
#define UUID_INIT(a, b_, c, d0, d1, d2, d3, d4, d5, d6, d7)                             \
	((uuid_t){ { (u8)((a) >> 24), (u8)((a) >> 16), (u8)((a) >> 8), (u8)(a),         \
		(u8)((b_) >> 8), (u8)(b_), (u8)((c) >> 8), (u8)(c), d0, d1, d2, d3, d4, \
		d5, d6, d7 } })
#define UUID_LE(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7) \
	GUID_INIT(a, b, c, d0, d1, d2, d3, d4, d5, d6, d7)
#define NULL_UUID_LE UUID_LE(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

static inline bool guid_equal(const guid_t *a, const guid_t *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline bool uuid_equal(const uuid_t *a, const uuid_t *b)
{
	return !memcmp(a, b, sizeof(*a));
}

static inline void guid_copy(guid_t *to, const guid_t *from)
{
	*to = *from;
}

static inline void uuid_copy(uuid_t *to, const uuid_t *from)
{
	*to = *from;
}

static inline bool guid_is_null(const guid_t *guid)
{
	return !memchr_inv(guid, 0, sizeof(*guid));
}

static inline bool uuid_is_null(const uuid_t *uuid)
{
	return !memchr_inv(uuid, 0, sizeof(*uuid));
}

static inline int uuid_le_cmp(const uuid_le a, const uuid_le b)
{
	return memcmp(&a, &b, sizeof(a));
}

/* Version 4, variant 1. */
static inline void uuid_gen(uuid_t *uuid)
{
	get_random_bytes(uuid, sizeof(*uuid));
	uuid->b[6] = (u8)((uuid->b[6] & 0x0f) | 0x40);
	uuid->b[8] = (u8)((uuid->b[8] & 0x3f) | 0x80);
}

static inline void guid_gen(guid_t *guid)
{
	get_random_bytes(guid, sizeof(*guid));
	guid->b[7] = (u8)((guid->b[7] & 0x0f) | 0x40);
	guid->b[8] = (u8)((guid->b[8] & 0x3f) | 0x80);
}

#endif
