/* SPDX-License-Identifier: MIT */
/* An address that is memory or registers, and how it is reached. No state. */
#ifndef COMPAT_LINUX_IOSYS_MAP_H
#define COMPAT_LINUX_IOSYS_MAP_H

#include <linux/io.h>
#include <linux/string.h>
#include <linux/types.h>

struct iosys_map {
	union {
		void *vaddr_iomem;
		void *vaddr;
	};
	bool is_iomem;
};

#define IOSYS_MAP_INIT_VADDR(p)                     \
	{                                           \
		{ .vaddr = (p) }, .is_iomem = false \
	}

static inline void iosys_map_set_vaddr(struct iosys_map *map, void *p)
{
	map->vaddr = p;
	map->is_iomem = false;
}

static inline void iosys_map_set_vaddr_iomem(struct iosys_map *map, void *p)
{
	map->vaddr_iomem = p;
	map->is_iomem = true;
}

static inline bool iosys_map_is_null(const struct iosys_map *map)
{
	return !map->vaddr;
}

static inline bool iosys_map_is_set(const struct iosys_map *map)
{
	return map->vaddr != NULL;
}

static inline bool iosys_map_is_equal(
	const struct iosys_map *a, const struct iosys_map *b)
{
	return a->is_iomem == b->is_iomem && a->vaddr == b->vaddr;
}

static inline void iosys_map_clear(struct iosys_map *map)
{
	iosys_map_set_vaddr(map, NULL);
}

static inline void iosys_map_incr(struct iosys_map *map, size_t bytes)
{
	map->vaddr = (char *)map->vaddr + bytes;
}

static inline void iosys_map_memcpy_to(
	struct iosys_map *to, size_t offset, const void *from, size_t n)
{
	if (to->is_iomem)
		memcpy_toio((char *)to->vaddr_iomem + offset, from, n);
	else
		memcpy((char *)to->vaddr + offset, from, n);
}

static inline void iosys_map_memcpy_from(
	void *to, const struct iosys_map *from, size_t offset, size_t n)
{
	if (from->is_iomem)
		memcpy_fromio(to, (const char *)from->vaddr_iomem + offset, n);
	else
		memcpy(to, (const char *)from->vaddr + offset, n);
}

static inline void iosys_map_memset(
	struct iosys_map *to, size_t offset, int byte, size_t n)
{
	if (to->is_iomem)
		memset_io((char *)to->vaddr_iomem + offset, byte, n);
	else
		memset((char *)to->vaddr + offset, byte, n);
}

#endif
