/* SPDX-License-Identifier: MIT */
/*
 * What the runtime looks at inside the core, whose headers and the kernel's cannot be read together: in types that both
 * sides know. this_machine.c answers.
 *
 * No state.
 */
#ifndef COMPAT_CORE_H
#define COMPAT_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the machine reads and writes its frames. */
char *qy_compat_window(size_t *bytes);
/* Likewise the addresses of vmalloc; none yet: 0 bytes. */
char *qy_compat_space(size_t *bytes);
/* Into the window, and in no block that anybody holds. */
bool qy_compat_frame_is_free(const void *p);
/* PAGE_OFFSET + physical, or where vmalloc has it on the board; 0: neither. */
uint64_t qy_compat_board_address(const void *p);
uint64_t qy_compat_pfn(const void *p);
bool qy_compat_is_arm64(void);

/* The place in a slab that an address lies in. */
struct qy_place {
	const void *cache;
	const char *name;
	char *object;
	size_t object_size;
	bool typesafe; /* freed objects may be looked at */
	bool has_ctor;
};
bool qy_compat_place(const void *p, struct qy_place *place);
/* Of the cache that an object is of: its name, the bytes of an object. false: of none. */
bool qy_compat_cache_of(const void *p, const char **name, size_t *object_size);

#endif
