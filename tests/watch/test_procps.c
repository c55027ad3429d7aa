// SPDX-License-Identifier: MIT
/*
 * The unmodified slabtop(1) and vmstat(8) read our slabinfo: it lies over /proc/slabinfo in a mount namespace of theirs.
 *
 * State: one machine.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>

#include <unistd.h>

static struct rig rig;
static char output[65536];

/* What @program prints where @slabinfo lies over the real file. */
static const char *run_over(const char *slabinfo, const char *program)
{
	char command[512];
	FILE *pipe;
	size_t bytes;

	snprintf(command, sizeof(command),
		"unshare -m sh -c 'mount --bind %s /proc/slabinfo && exec %s' 2>&1",
		slabinfo, program);
	pipe = popen(command, "r");
	CHECK(pipe != NULL);
	bytes = fread(output, 1, sizeof(output) - 1, pipe);
	output[bytes] = '\0';
	if (pclose(pipe) != 0)
		FAIL("%s: %s", program, output);
	return output;
}

static void write_slabinfo(const char *path)
{
	static char text[65536];
	long bytes = qy_proc_read(rig.m, "/proc/slabinfo", text, sizeof(text));
	FILE *file = fopen(path, "w");

	CHECK(file && bytes > 0 && (size_t)bytes < sizeof(text));
	CHECK_EQ(fwrite(text, 1, (size_t)bytes, file), bytes);
	fclose(file);
}

TEST(procps, slabtop_and_vmstat_read_our_slabinfo)
{
	char path[] = "/tmp/quarry-slabinfo-XXXXXX", row[128];
	struct kmem_cache *cache;
	int fd;

	if (system("command -v slabtop vmstat >/dev/null 2>&1"))
		SKIP("no slabtop or no vmstat: they are in Debian's package procps");
	if (system("test -e /proc/slabinfo && unshare -m mount --bind /dev/null /proc/slabinfo 2>/dev/null"))
		SKIP("no mount over /proc/slabinfo in a private namespace is permitted here");
	rig_x86(&rig, MIB(64), 0, 1);
	rig_boot(&rig);
	cache = qy_kmem_cache_create(
		rig.m, "camera_frame", 2000, 0, QY_SLAB_NO_MERGE, NULL);
	for (int i = 0; i < 160; i++)
		CHECK(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL) != NULL);
	fd = mkstemp(path);
	CHECK(fd >= 0);
	close(fd);
	write_slabinfo(path);

	/* by cache size: 20 slabs of 8 objects in 16 KiB */
	run_over(path, "slabtop -o -s c");
	CHECK(strstr(output, " Active / Total Objects (% used)    : ") != NULL);
	sprintf(row,
		"   160    160 100%%    1.95K     20        8       320K camera_frame");
	if (!strstr(output, row))
		FAIL("slabtop has no row `%s`:\n%s", row, output);
	run_over(path, "vmstat -m");
	CHECK(strstr(output, "Cache                       Num  Total   Size  Pages\n") !=
		NULL);
	sprintf(row, "\ncamera_frame                160    160   2000      8\n");
	if (!strstr(output, row))
		FAIL("vmstat has no row `%s`:\n%s", row, output);
	unlink(path);
	rig_down(&rig);
}
