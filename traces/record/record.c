// SPDX-License-Identifier: MIT
/*
 * Records the page events of a load, and the allocator's /proc files right before and right after it.
 *
 *   record OUTDIR BUFFER_KB EVENT[,EVENT...] COMMAND...      (as root; tracefs at /sys/kernel/tracing)
 *
 * The files are read into memory that was touched beforehand and written out at the end, so that recording leaves
 * nearly no trace of itself between the two moments. The ring buffers are read last.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACE      "/sys/kernel/tracing/"
#define NR_FILES   5
#define MAX_EVENTS 32
#define ROOM       (256 << 10)

static const char *const files[NR_FILES] = { "buddyinfo", "pagetypeinfo", "zoneinfo",
	"meminfo", "vmstat" };
static char room[2][NR_FILES][ROOM];
static ssize_t size[2][NR_FILES];

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		perror(path);
	close(fd);
}

static void take(int when)
{
	for (int i = 0; i < NR_FILES; i++) {
		char path[64];
		ssize_t got;
		int fd;

		snprintf(path, sizeof(path), "/proc/%s", files[i]);
		fd = open(path, O_RDONLY);
		size[when][i] = 0;
		while ((got = read(fd, room[when][i] + size[when][i],
				ROOM - (size_t)size[when][i])) > 0)
			size[when][i] += got;
		close(fd);
	}
}

static void copy(const char *from, const char *to)
{
	static char page[4096];
	int in = open(from, O_RDONLY | O_NONBLOCK);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	ssize_t got;

	while ((got = read(in, page, sizeof(page))) > 0)
		if (write(out, page, (size_t)got) != got)
			perror(to);
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	char path[256], to[256], value[32], *event, *events[MAX_EVENTS];
	int nr_events = 0;
	int status, nr_cpus = (int)sysconf(_SC_NPROCESSORS_ONLN);

	if (argc < 5)
		return 2;
	memset(room, 1, sizeof(room));
	mlockall(MCL_CURRENT);
	put(TRACE "tracing_on", "0");
	put(TRACE "trace_clock", "global");
	snprintf(value, sizeof(value), "%s", argv[2]);
	put(TRACE "buffer_size_kb", value);
	put(TRACE "trace", "");
	for (event = strtok(argv[3], ","); event; event = strtok(NULL, ",")) {
		snprintf(path, sizeof(path), TRACE "events/%s/enable", event);
		put(path, "1");
		if (nr_events < MAX_EVENTS)
			events[nr_events++] = event;
	}
	take(0); /* once for the caches of seq_file and the like */
	take(0);
	put(TRACE "tracing_on", "1");
	if (fork() == 0) {
		execv(argv[4], argv + 4);
		_exit(127);
	}
	wait(&status);
	put(TRACE "tracing_on", "0");
	take(1);
	for (int when = 0; when < 2; when++) {
		for (int i = 0; i < NR_FILES; i++) {
			int fd;

			snprintf(to, sizeof(to), "%s/%s.%s", argv[1], files[i],
				when ? "after" : "before");
			fd = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0644);
			if (write(fd, room[when][i], (size_t)size[when][i]) !=
				size[when][i])
				perror(to);
			close(fd);
		}
	}
	copy(TRACE "events/header_page", strcat(strcpy(to, argv[1]), "/header_page"));
	copy(TRACE "events/header_event", strcat(strcpy(to, argv[1]), "/header_event"));
	copy(TRACE "saved_cmdlines", strcat(strcpy(to, argv[1]), "/saved_cmdlines"));
	for (int i = 0; i < nr_events; i++) {
		snprintf(path, sizeof(path), TRACE "events/%s/format", events[i]);
		*strchr(events[i], '/') = '.';
		snprintf(to, sizeof(to), "%s/%s.format", argv[1], events[i]);
		copy(path, to);
	}
	for (int cpu = 0; cpu < nr_cpus; cpu++) {
		snprintf(path, sizeof(path), TRACE "per_cpu/cpu%d/stats", cpu);
		snprintf(to, sizeof(to), "%s/cpu%d.stats", argv[1], cpu);
		copy(path, to);
		snprintf(path, sizeof(path), TRACE "per_cpu/cpu%d/trace_pipe_raw", cpu);
		snprintf(to, sizeof(to), "%s/cpu%d.raw", argv[1], cpu);
		copy(path, to);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
