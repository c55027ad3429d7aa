// SPDX-License-Identifier: MIT
/* Does the host have room? Asked of folders that look like /proc and /sys/fs/cgroup. */
#include "ports/host/room.h"
#include "tests/runner/test.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

static char top[64], proc[96], cgroup[96];

__attribute__((format(printf, 2, 3))) static void put(
	const char *name, const char *fmt, ...)
{
	char path[256];
	va_list ap;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	file = fopen(path, "w");
	CHECK(file);
	va_start(ap, fmt);
	vfprintf(file, fmt, ap);
	va_end(ap);
	fclose(file);
}

static void folder(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	CHECK(!mkdir(path, 0700));
}

static void begin(void)
{
	strcpy(top, "/tmp/quarry-room-XXXXXX");
	CHECK(mkdtemp(top));
	snprintf(proc, sizeof(proc), "%s/proc", top);
	snprintf(cgroup, sizeof(cgroup), "%s/cgroup", top);
	folder("proc");
	folder("proc/self");
	folder("cgroup");
	folder("cgroup/box");
	folder("cgroup/memory");
	folder("cgroup/memory/box");
	put("proc/meminfo", "MemTotal: 9 kB\nMemAvailable: %d kB\nSwapFree: 0 kB\n",
		1 << 20);
}

static void end(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	CHECK(!system(command));
}

static bool has_room(size_t bytes)
{
	struct qy_host_room room;

	qy_host_room_init(&room, proc, cgroup);
	return qy_host_has_room(&room, bytes);
}

TEST(host_room, the_host_keeps_a_reserve)
{
	begin();
	CHECK(has_room(1024 * MIB - QY_HOST_RESERVE));
	CHECK(!has_room(1024 * MIB - QY_HOST_RESERVE + MIB));
	end();
}

TEST(host_room, swap_counts_as_room)
{
	begin();
	put("proc/meminfo", "MemAvailable: 1024 kB\nSwapFree: %d kB\n", 1 << 20);
	CHECK(has_room(512 * MIB));
	CHECK(!has_room(1024 * MIB));
	end();
}

TEST(host_room, a_memory_cgroup_limits_its_process)
{
	begin();
	put("proc/self/cgroup", "0::/box\n");
	put("cgroup/box/memory.max", "%zu\n", 100 * MIB);
	put("cgroup/box/memory.current", "%zu\n", 50 * MIB);
	CHECK(has_room(30 * MIB));
	CHECK(!has_room(40 * MIB));
	/* cache that is charged there goes when memory is needed */
	put("cgroup/box/memory.stat", "anon 1\ninactive_file %zu\nactive_file %zu\n",
		10 * MIB, 10 * MIB);
	CHECK(has_room(50 * MIB));
	CHECK(!has_room(60 * MIB));
	put("cgroup/box/memory.max", "max\n");
	CHECK(has_room(200 * MIB));
	end();
}

TEST(host_room, a_version_1_cgroup_limits_too)
{
	begin();
	put("proc/self/cgroup", "3:cpu,cpuacct:/box\n2:memory:/box\n1:name=systemd:/\n");
	put("cgroup/memory/box/memory.limit_in_bytes", "%zu\n", 100 * MIB);
	put("cgroup/memory/box/memory.usage_in_bytes", "%zu\n", 50 * MIB);
	CHECK(has_room(30 * MIB));
	CHECK(!has_room(40 * MIB));
	end();
}

TEST(host_room, what_cannot_be_read_is_no_limit)
{
	begin();
	strcpy(proc, "/nonexistent");
	CHECK(has_room(1ull << 40));
	end();
}
