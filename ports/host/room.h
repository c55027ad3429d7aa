/* SPDX-License-Identifier: MIT */
/*
 * How much memory the Linux host still has for us, asked before it is taken.
 *
 * A host that runs dry does not answer an allocation with an error: it kills a process. So the ports that live in a
 * process look first, at the whole host and at the memory cgroup they are in.
 *
 * Locking: a room is set once; asking is thread-safe.
 */
#ifndef QY_PORTS_HOST_ROOM_H
#define QY_PORTS_HOST_ROOM_H

#include <stdbool.h>
#include <stddef.h>

/* What is left to the rest of the host, at least. */
#define QY_HOST_RESERVE ((size_t)64 << 20)

/* Why a board that was found good did not come up: the boot log's last line says it in the kernel's words. */
#define QY_BOOT_RAN_OUT                                                   \
	"its memory runs out while it boots: more RAM, or no page_owner " \
	"and no mem_profiling"

struct qy_host_room {
	char meminfo[64];
	char limit[512]; /* files of the memory cgroup; empty: in none */
	char usage[512];
	char stat[512];
};

/* Finds the files. @proc and @cgroup: "/proc" and "/sys/fs/cgroup", or a test's folders. */
void qy_host_room_init(struct qy_host_room *room, const char *proc, const char *cgroup);

/* Return: false when @bytes more would leave less than QY_HOST_RESERVE. What cannot be read is no limit. */
bool qy_host_has_room(const struct qy_host_room *room, size_t bytes);

#endif
