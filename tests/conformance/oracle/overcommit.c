/* SPDX-License-Identifier: MIT */
/*
 * What one more mapping may have: for each setting of vm.overcommit_memory and its relatives, as root and as somebody else, the
 * most pages that mmap() grants, next to what counts for it. One line each, then the kernel log's words.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_PAGES (1l << 32)
#define PAGE       4096l

static const struct {
	int mode, ratio; /* ratio 0: kbytes */
	long kbytes, admin, user;
	long own_mib; /* that the one who asks has mapped before, without a reservation where there is none */
} settings[] = {
	{ 0, 50, 0, -1, -1, 0 }, /* -1: as it is */
	{ 1, 50, 0, -1, -1, 0 },
	{ 2, 50, 0, 0, 0, 0 },
	{ 2, 50, 0, 8192, 0, 0 },
	{ 2, 50, 0, 0, 131072, 0 },
	{ 2, 50, 0, 8192, 131072, 64 },
	{ 2, 80, 0, 8192, 131072, 64 },
	{ 2, 120, 0, 4096, 65536, 256 },
	{ 2, 0, 150000, 0, 0, 0 },
	{ 2, 0, 150001, 8192, 131072, 32 },
	{ 2, 0, 64000, 8192, 1024, 32 },
	{ 2, 0, 9000000, 8192, 131072, 1024 },
};

static void put(const char *name, long value)
{
	char path[80];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	file = fopen(path, "w");
	if (file) {
		fprintf(file, "%ld", value);
		fclose(file);
	}
}

static long meminfo(const char *name)
{
	FILE *file = fopen("/proc/meminfo", "r");
	char line[128];
	long value = -1;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, name, strlen(name)) && line[strlen(name)] == ':')
			value = atol(line + strlen(name) + 1);
	if (file)
		fclose(file);
	return value;
}

static long own_pages(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	long value = -1;

	if (file) {
		if (fscanf(file, "%ld", &value) != 1)
			value = -1;
		fclose(file);
	}
	return value;
}

static int may_have(long pages)
{
	void *p = mmap(NULL, (size_t)(pages * PAGE), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 0;
	munmap(p, (size_t)(pages * PAGE));
	return 1;
}

static void ask(unsigned int i, int uid)
{
	long low = 0, high = MOST_PAGES, limit, committed, own;

	/* writable memory is counted: the mappings of the one who asks are read-only */
	if (settings[i].own_mib)
		mmap(NULL, (size_t)settings[i].own_mib << 20, PROT_READ,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	limit = meminfo("CommitLimit");
	committed = meminfo("Committed_AS");
	own = own_pages();
	if (uid && setresuid(uid, uid, uid))
		exit(1);
	while (high - low > 1) {
		long middle = low + (high - low) / 2;

		if (may_have(middle))
			low = middle;
		else
			high = middle;
	}
	printf("mode %d ratio %d kbytes %ld admin %ld user %ld uid %d: limit %ld kB committed %ld kB own %ld pages: most %ld pages\n",
		settings[i].mode, settings[i].ratio, settings[i].kbytes,
		settings[i].admin, settings[i].user, uid, limit, committed, own, low);
	exit(0);
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	printf("MemTotal %ld kB SwapTotal %ld kB\n", meminfo("MemTotal"),
		meminfo("SwapTotal"));
	for (unsigned int i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		for (int uid = 0; uid <= 1000; uid += 1000) {
			put("overcommit_memory", settings[i].mode);
			if (settings[i].ratio)
				put("overcommit_ratio", settings[i].ratio);
			else
				put("overcommit_kbytes", settings[i].kbytes);
			if (settings[i].admin >= 0)
				put("admin_reserve_kbytes", settings[i].admin);
			if (settings[i].user >= 0)
				put("user_reserve_kbytes", settings[i].user);
			fflush(stdout);
			if (!fork())
				ask(i, uid);
			wait(NULL);
			put("overcommit_memory", 0);
		}
	return 0;
}
