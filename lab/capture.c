// SPDX-License-Identifier: MIT
/*
 * Reads the archive of a capture with libarchive: which entries, how large, and whether they agree. No state.
 */
#include "lab/capture.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lab/trace_text.h"

#define TOP         "quarry-capture/"
#define MAX_ENTRIES 64u
#define MAX_PACKED  (512ull << 20) /* a trace in gzip's format */
#define MAX_PLAIN   (4ull << 30)   /* a trace as it is */
#define MAX_OTHER   (16ull << 20)  /* what is passed over */
#define BLOCK_BYTES (256u << 10)
#define AGAIN       "run the script of `quarry capture` again"

static const struct {
	const char *name;
	size_t max_bytes;
	bool wanted;
} entries[QY_NR_CAPTURE_ENTRIES] = {
	[QY_CAPTURE_MANIFEST] = { "MANIFEST", 64 << 10, true },
	[QY_CAPTURE_CMDLINE] = { "cmdline", 64 << 10, true },
	[QY_CAPTURE_VERSION] = { "version", 4 << 10, true },
	[QY_CAPTURE_CPUS] = { "cpus", 4 << 10, true },
	[QY_CAPTURE_SYSCTL] = { "sysctl.conf", 64 << 10, true },
	[QY_CAPTURE_FDT] = { "fdt", 2 << 20, false },
	[QY_CAPTURE_IOMEM] = { "iomem", 1 << 20, false },
	[QY_CAPTURE_BOOTLOG] = { "bootlog", 1 << 20, false },
	[QY_CAPTURE_BUDDYINFO] = { "before/buddyinfo", 1 << 20, true },
	[QY_CAPTURE_PAGETYPEINFO] = { "before/pagetypeinfo", 4 << 20, true },
	[QY_CAPTURE_ZONEINFO] = { "before/zoneinfo", 4 << 20, true },
	[QY_CAPTURE_MEMINFO] = { "before/meminfo", 64 << 10, true },
	[QY_CAPTURE_VMSTAT] = { "before/vmstat", 64 << 10, true },
};

struct reader {
	struct qy_capture *capture;
	struct archive *a;
	struct qy_err *err;
	bool has_trace;
	unsigned int nr_entries;
};

static int bad(struct reader *r, const char *entry, const char *what, const char *remedy)
{
	return qy_fail(
		r->err, "%s: %.80s: %s; %s", r->capture->path, entry, what, remedy);
}

static int damaged(struct reader *r)
{
	const char *why = archive_error_string(r->a);

	return qy_fail(r->err, "%s: not a whole archive: %s; copy it again, or " AGAIN,
		r->capture->path, why ? why : "damaged");
}

/* ------------------------------------------------------------------ one entry */

/* All of the current entry, with a NUL behind. Return: NULL after a line. */
static char *slurp(struct reader *r, const char *name, size_t max, size_t *size)
{
	size_t room = 4096, got;
	char *text = malloc(room + 1);
	la_ssize_t n;

	for (got = 0; text; got += (size_t)n) {
		if (got == room) {
			char *grown = realloc(text, room * 2 + 1);

			if (!grown)
				break;
			text = grown;
			room *= 2;
		}
		n = archive_read_data(r->a, text + got, room - got);
		if (n == 0) {
			text[got] = '\0';
			*size = got;
			return text;
		}
		if (n < 0) {
			damaged(r);
			free(text);
			return NULL;
		}
		if (got + (size_t)n > max) {
			bad(r, name, "larger than this file can be", AGAIN);
			free(text);
			return NULL;
		}
	}
	free(text);
	qy_fail(r->err, "%s: %s: the host has no memory left", r->capture->path, name);
	return NULL;
}

static int take_text(struct reader *r, enum qy_capture_entry which)
{
	struct qy_capture *c = r->capture;
	const char *name = entries[which].name;

	if (c->text[which])
		return bad(r, name, "twice in the archive", AGAIN);
	c->text[which] = slurp(r, name, entries[which].max_bytes, &c->size[which]);
	if (!c->text[which])
		return -1;
	if (which != QY_CAPTURE_FDT && strlen(c->text[which]) != c->size[which])
		return bad(r, name, "a NUL byte: it should be text", AGAIN);
	return 0;
}

/* Packed text lies in the archive as a file of its own format. */
static int read_packed(
	struct reader *r, const char *place, const char *bytes, size_t size)
{
	struct archive *inner = archive_read_new();
	struct archive_entry *entry;
	int ret = -1;

	if (!inner || archive_read_support_filter_gzip(inner) ||
		archive_read_support_format_raw(inner) ||
		archive_read_open_memory(inner, bytes, size) ||
		archive_read_next_header(inner, &entry))
		qy_fail(r->err, "%s: cannot be unpacked: %s; " AGAIN, place,
			inner ? archive_error_string(inner) : "no memory");
	else
		ret = qy_trace_text_read(place, inner, &r->capture->trace, r->err);
	archive_read_free(inner);
	return ret;
}

static int take_trace(struct reader *r, const char *name, bool packed)
{
	char place[512];
	size_t size;
	char *bytes;
	int ret;

	if (r->has_trace)
		return bad(r, name, "twice in the archive", AGAIN);
	r->has_trace = true;
	snprintf(place, sizeof(place), "%.400s: %s", r->capture->path, name);
	if (!packed)
		return qy_trace_text_read(place, r->a, &r->capture->trace, r->err);
	bytes = slurp(r, name, MAX_PACKED, &size);
	if (!bytes)
		return -1;
	ret = read_packed(r, place, bytes, size);
	free(bytes);
	return ret;
}

/* What is not known may be of a later version of the script: passed over, within limits. */
static int take_file(struct reader *r, const char *name, uint64_t size)
{
	for (int i = 0; i < QY_NR_CAPTURE_ENTRIES; i++) {
		if (strcmp(name, entries[i].name) == 0)
			return take_text(r, (enum qy_capture_entry)i);
	}
	if (strcmp(name, "trace.txt") == 0 || strcmp(name, "trace.txt.gz") == 0)
		return take_trace(r, name, name[9] == '.');
	if (size > MAX_OTHER)
		return bad(r, name, "larger than this file can be", AGAIN);
	if (archive_read_data_skip(r->a) != ARCHIVE_OK)
		return damaged(r);
	return 0;
}

static int take_entry(struct reader *r, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (name && strncmp(name, "./", 2) == 0)
		name += 2; /* packed again with `tar cf FILE .` */
	if (name && !*name && archive_entry_filetype(entry) == AE_IFDIR)
		return 0;
	if (++r->nr_entries > MAX_ENTRIES)
		return qy_fail(r->err,
			"%s: more than %u entries; name a file that the "
			"script of `quarry capture` wrote",
			r->capture->path, MAX_ENTRIES);
	if (!name || strncmp(name, TOP, strlen(TOP)) != 0 || strstr(name, ".."))
		return bad(r, name ? name : "an entry", "does not belong into a capture",
			"name a file that the script of `quarry capture` wrote");
	if (archive_entry_filetype(entry) == AE_IFDIR)
		return 0;
	if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry))
		return bad(
			r, name, "a link or a device: a capture has files only", AGAIN);
	if (archive_entry_size(entry) < 0 ||
		(uint64_t)archive_entry_size(entry) > MAX_PLAIN)
		return bad(r, name, "larger than a capture can be", AGAIN);
	return take_file(r, name + strlen(TOP), (uint64_t)archive_entry_size(entry));
}

/* ------------------------------------------------------------------ what they say */

bool qy_capture_number(const char *text, const char *key, uint64_t *value)
{
	size_t length = strlen(key);

	for (const char *at = text; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, key, length) == 0 &&
			(at[length] == ' ' || at[length] == '\t'))
			return sscanf(at + length, " %19" SCNu64, value) == 1;
	}
	return false;
}

/* The rest of the line that begins with @key; false when there is none. */
static bool word(const char *text, const char *key, char *out, size_t room)
{
	size_t length = strlen(key);

	for (const char *at = text; at && *at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, key, length) == 0 && at[length] == ' ') {
			snprintf(out, room, "%.*s", (int)strcspn(at + length + 1, "\n"),
				at + length + 1);
			return true;
		}
	}
	return false;
}

/* "0-3,6": one more than the highest. 0 when it is no such list. */
static uint32_t count_cpus(const char *list)
{
	uint32_t nr = 0;

	for (;;) {
		unsigned int first, last;
		int used = 0;

		if (sscanf(list, "%5u%n", &first, &used) != 1)
			return 0;
		last = first;
		list += used;
		if (*list == '-' && sscanf(++list, "%5u%n", &last, &used) == 1)
			list += used;
		if (last < first || last >= QY_MAX_CPUS)
			return 0;
		nr = last + 1 > nr ? last + 1 : nr;
		if (*list != ',')
			return *list == '\n' || !*list ? nr : 0;
		list++;
	}
}

static int read_manifest(struct reader *r)
{
	struct qy_capture *c = r->capture;
	const char *text = c->text[QY_CAPTURE_MANIFEST];
	const char *name = entries[QY_CAPTURE_MANIFEST].name;
	char machine[32] = "", version[8] = "";

	if (!word(text, "quarry-capture", version, sizeof(version)) ||
		strcmp(version, "1") != 0)
		return bad(r, name, "of another version than 1",
			"capture with the script of this version of quarry");
	word(text, "machine", machine, sizeof(machine));
	c->x86_64 = strcmp(machine, "x86_64") == 0;
	if (!c->x86_64 && strcmp(machine, "aarch64") != 0)
		return bad(r, name, "neither an aarch64 nor an x86_64 machine",
			"boards of other architectures are not modelled");
	word(text, "notrace", c->no_trace, sizeof(c->no_trace));
	if (!!c->no_trace[0] == r->has_trace)
		return bad(r, name,
			r->has_trace ? "says that there is no trace, but there is one"
				     : "says that there is a trace, but there is none",
			AGAIN);
	if (qy_capture_number(text, "lost", &c->nr_lost))
		c->trace.nr_lost += c->nr_lost;
	return 0;
}

static void take_release(struct qy_capture *c)
{
	char release[64] = "";

	sscanf(c->text[QY_CAPTURE_VERSION], "Linux version %63s", release);
	memcpy(c->trace.kernel, release, sizeof(release));
}

static int check_all(struct reader *r)
{
	struct qy_capture *c = r->capture;

	if (!c->text[QY_CAPTURE_MANIFEST])
		return bad(r, "MANIFEST", "is missing: this is not a capture",
			"name a file that the script of `quarry capture` wrote");
	for (int i = 0; i < QY_NR_CAPTURE_ENTRIES; i++) {
		if (entries[i].wanted && !c->size[i])
			return bad(r, entries[i].name, "is missing",
				"run the script again, as root, where /proc and /sys are mounted");
	}
	if (!c->text[QY_CAPTURE_FDT] && !c->text[QY_CAPTURE_IOMEM])
		return bad(r, "fdt", "is missing, and so is iomem",
			"run the script again, as root, where /proc and /sys are mounted");
	if (read_manifest(r))
		return -1;
	c->cpus = count_cpus(c->text[QY_CAPTURE_CPUS]);
	if (!c->cpus)
		return bad(r, "cpus", "not a list of CPUs", AGAIN);
	take_release(c);
	return 0;
}

/* ------------------------------------------------------------------ doors */

static int read_all(struct reader *r)
{
	struct archive_entry *entry;
	int ret;

	while ((ret = archive_read_next_header(r->a, &entry)) == ARCHIVE_OK) {
		if (take_entry(r, entry))
			return -1;
	}
	if (ret != ARCHIVE_EOF)
		return damaged(r);
	return check_all(r);
}

int qy_capture_load(const char *path, struct qy_capture *capture, struct qy_err *err)
{
	/* not blocking: a FIFO under this name must not stop us before fstat() */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), ret = -1;
	struct reader r = { .capture = capture, .a = archive_read_new(), .err = err };
	struct stat st;

	*capture = (struct qy_capture){ .path = strdup(path) };
	if (!capture->path || !r.a)
		qy_fail(err, "%s: the host has no memory left", path);
	else if (fd < 0)
		qy_fail(err,
			"%s: %s: name a file that the script of `quarry capture` wrote",
			path, strerror(errno));
	else if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		qy_fail(err,
			"%s: not a regular file: name a file that the script of "
			"`quarry capture` wrote",
			path);
	else if (archive_read_support_filter_gzip(r.a) ||
		 archive_read_support_filter_xz(r.a) ||
		 archive_read_support_filter_zstd(r.a) ||
		 archive_read_support_format_tar(r.a) ||
		 archive_read_open_fd(r.a, fd, BLOCK_BYTES))
		damaged(&r);
	else
		ret = read_all(&r);
	archive_read_free(r.a);
	if (fd >= 0)
		close(fd);
	return ret;
}

int qy_capture_snapshot(
	const struct qy_capture *capture, struct qy_snapshot *snap, struct qy_err *err)
{
	struct qy_snapshot_text files[QY_NR_SNAPSHOT_FILES];
	char place[QY_NR_SNAPSHOT_FILES][512];

	for (int i = 0; i < QY_NR_SNAPSHOT_FILES; i++) {
		int entry = QY_CAPTURE_BUDDYINFO + i;

		snprintf(place[i], sizeof(place[i]), "%.400s: %s", capture->path,
			entries[entry].name);
		files[i] = (struct qy_snapshot_text){ place[i], capture->text[entry],
			capture->size[entry] };
	}
	return qy_snapshot_parse(files, snap, err);
}

void qy_capture_free(struct qy_capture *capture)
{
	for (int i = 0; i < QY_NR_CAPTURE_ENTRIES; i++)
		free(capture->text[i]);
	free(capture->path);
	qy_trace_free(&capture->trace);
	*capture = (struct qy_capture){ 0 };
}
