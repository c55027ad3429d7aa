// SPDX-License-Identifier: MIT
/*
 * The files' turns: each is written or read on at its rate, from its begin again when it is through; and the swap file. See
 * engine.h.
 *
 * Time stands still meanwhile, as for every request. What is written is a pattern of the file, the place in it and the pass,
 * which is compared at the end; what nobody has written reads as zero.
 */
#include "lab/engine.h"

#include <errno.h>
#include <string.h>

#define CHUNK_BYTES (64u << 10) /* until kswapd and the flusher have a turn */
#define SWAP_NAME   "/swapfile"
#define SWAP_PRIO   (-2) /* as swapon gives the first one */

/* With room for a begin inside of a word. */
struct pattern {
	uint64_t word[CHUNK_BYTES / 8 + 2];
};

static uint32_t index_of(const struct engine *e, const struct stream_file *f)
{
	return (uint32_t)(f - e->file);
}

static struct qy_file_result *result_of(
	const struct engine *e, const struct stream_file *f)
{
	return &e->check->file[index_of(e, f)];
}

/* The bytes from @offset on, as the pass before @pass_end wrote them; 0: nobody did. Return: the first of them. */
static char *make_pattern(const struct engine *e, const struct stream_file *f,
	uint64_t offset, size_t bytes, uint64_t pass_end, struct pattern *out)
{
	uint64_t key = ((uint64_t)(index_of(e, f) + 1) << 56) + (e->s->seed << 48);
	uint64_t first = offset / 8, end = (offset + bytes + 7) / 8;

	for (uint64_t at = first; at < end; at++)
		out->word[at - first] =
			pass_end ? (key + at) * 0x9e3779b97f4a7c15ull + pass_end : 0;
	return (char *)out->word + offset % 8;
}

/* ------------------------------------------------------------------ one turn */

static void note_error(
	struct engine *e, struct stream_file *f, const char *what, int error)
{
	struct qy_file_result *result = result_of(e, f);

	qy_engine_log(e, "%s: %s: %s", f->spec->name, what, strerror(-error));
	if (result->nr_errors++)
		return;
	result->error = error;
	result->error_ns = e->now_ns;
}

static void close_file(struct stream_file *f)
{
	if (f->file)
		qy_file_close(f->file);
	f->file = NULL;
	f->next_ns = NEVER;
}

/* Return: false when the file is not to be had. */
static bool open_file(struct engine *e, struct stream_file *f)
{
	int error = qy_file_open(e->m, NULL, f->spec->name,
		f->spec->write ? 0 : f->spec->file_bytes, 0, &f->file);

	if (!error)
		return true;
	f->file = NULL;
	if (error == -ENOMEM) {
		note_error(e, f, "cannot be opened", error);
		return false;
	}
	/* the host's: without it the run would tell nothing of the board */
	e->refused = true;
	qy_fail(e->err,
		"%s: %s: the host has no file for it: %s: set TMPDIR to a directory that can be written",
		e->s->path, f->spec->place, strerror(-error));
	return false;
}

static uint64_t draw(struct stream_file *f)
{
	/* splitmix64 */
	uint64_t z = f->chance += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static long read_some(struct engine *e, struct stream_file *f, size_t bytes)
{
	uint64_t pages = f->spec->file_bytes / QY_PAGE_SIZE, offset = f->offset;
	struct pattern found, zero;
	long done;

	if (f->spec->random) {
		bytes = bytes < QY_PAGE_SIZE ? bytes : QY_PAGE_SIZE;
		offset = draw(f) % pages * QY_PAGE_SIZE;
	}
	done = qy_file_read(f->file, offset, found.word, bytes);
	if (done <= 0)
		return done ? done : -EIO;
	make_pattern(e, f, 0, (size_t)done, 0, &zero);
	if (memcmp(found.word, zero.word, (size_t)done) != 0 &&
		e->check->nr_corrupt++ == 0)
		qy_engine_log(
			e, "%s: other bytes were read than the file has", f->spec->name);
	return done;
}

/* Up to @bytes, no further than the file's end. Return: how many, or -errno. */
static long go_on(struct engine *e, struct stream_file *f, uint64_t bytes)
{
	uint64_t left = f->spec->file_bytes - f->offset;
	size_t nr = bytes < CHUNK_BYTES ? (size_t)bytes : CHUNK_BYTES;
	struct qy_file_result *result = result_of(e, f);
	struct qy_reclaim_counts before, after;
	struct pattern pattern;
	long done;

	if (nr > left)
		nr = (size_t)left;
	qy_reclaim_counts(e->m, &before);
	done = f->spec->write
		       ? qy_file_write(f->file, f->offset,
				 make_pattern(e, f, f->offset, nr, f->pass + 1, &pattern),
				 nr)
		       : read_some(e, f, nr);
	qy_reclaim_counts(e->m, &after);
	result->throttled += after.throttled_written - before.throttled_written;
	result->disk_pages += after.file_read - before.file_read;
	if (done > 0)
		f->offset += (uint64_t)done;
	if (f->offset == f->spec->file_bytes) {
		f->offset = 0;
		f->pass++;
	}
	return done;
}

static bool is_through(const struct stream_file *f)
{
	return f->spec->times && f->pass == f->spec->times;
}

static void sync_file(struct engine *e, struct stream_file *f)
{
	int error;

	if (!f->spec->fsync_ns || e->now_ns < f->next_sync_ns)
		return;
	f->next_sync_ns += f->spec->fsync_ns;
	result_of(e, f)->syncs++;
	error = qy_file_sync(f->file);
	if (error)
		note_error(e, f, "fsync", error);
}

/* What the time since the last turn is worth; no byte is lost to rounding. */
static uint64_t bytes_due(const struct engine *e, const struct stream_file *f)
{
	unsigned __int128 rate = f->spec->bytes_a_second;
	uint64_t at = e->now_ns - f->spec->start_ns;

	return (uint64_t)(rate * (at + f->spec->every_ns) / NS_PER_S) -
	       (uint64_t)(rate * at / NS_PER_S);
}

void qy_play_file(struct engine *e, struct stream_file *f)
{
	uint64_t bytes = bytes_due(e, f);

	qy_replay_set_cpu(&e->replay, f->spec->cpu);
	qy_owner_is_file(e, f);
	if (e->now_ns >= f->spec->stop_ns || (!f->file && !open_file(e, f))) {
		close_file(f);
		return;
	}
	while (bytes && !is_through(f)) {
		long done = go_on(e, f, bytes);

		if (done < 0) {
			note_error(e, f, f->spec->write ? "write" : "read", (int)done);
			break;
		}
		bytes -= (uint64_t)done;
		result_of(e, f)->bytes += (uint64_t)done;
		qy_engine_count(e, ((uint64_t)done + QY_PAGE_SIZE - 1) / QY_PAGE_SIZE);
	}
	sync_file(e, f);
	qy_engine_note_free(e);
	f->next_ns = e->now_ns + f->spec->every_ns;
	if (is_through(f))
		close_file(f);
	else if (f->next_ns > f->spec->stop_ns)
		f->next_ns = f->spec->stop_ns;
}

/* ------------------------------------------------------------------ begin and end */

void qy_play_file_plan(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_files; i++) {
		struct stream_file *f = &e->file[i];

		f->spec = &e->s->file[i];
		f->next_ns = f->spec->start_ns;
		f->next_sync_ns = f->spec->start_ns + f->spec->fsync_ns;
		f->chance = (e->s->seed << 8) + i;
	}
}

int qy_play_file_boot(struct engine *e, struct qy_err *err)
{
	int error = e->s->swap_bytes
			    ? qy_swapon(e->m, SWAP_NAME, e->s->swap_bytes, SWAP_PRIO)
			    : 0;

	if (!error)
		return 0;
	return qy_fail(err,
		"%s: swap: %s: give a size that the board can have, and set TMPDIR to a directory that can be written",
		e->s->path, strerror(-error));
}

/* Whether @bytes from @offset on are what one pass wrote there. Return: 0; -EILSEQ: they are not; -errno: cannot be read. */
static int compare_some(struct engine *e, struct stream_file *f, uint64_t offset,
	size_t bytes, uint64_t pass_end)
{
	struct pattern found, wanted;
	long done = qy_file_read(f->file, offset, found.word, bytes);

	if (done < 0)
		return (int)done;
	make_pattern(e, f, offset, bytes, pass_end, &wanted);
	return done == (long)bytes && memcmp(found.word, (char *)wanted.word + offset % 8,
					      bytes) == 0
		       ? 0
		       : -EILSEQ;
}

/* A write that failed may have got anywhere: of such a file nothing is compared. */
static void compare(struct engine *e, struct stream_file *f)
{
	uint64_t end = f->pass ? f->spec->file_bytes : f->offset, nr;
	int error = 0;

	if (result_of(e, f)->nr_errors || !end || (!f->file && !open_file(e, f)))
		return;
	for (uint64_t at = 0; at < end && !error; at += nr) {
		uint64_t edge = at < f->offset ? f->offset : end;

		nr = edge - at < CHUNK_BYTES ? edge - at : CHUNK_BYTES;
		error = compare_some(e, f, at, (size_t)nr, f->pass + (at < f->offset));
		if (error == -EILSEQ && e->check->nr_corrupt++ == 0)
			qy_engine_log(e, "%s: lost bytes between %llu and %llu",
				f->spec->name, (unsigned long long)at,
				(unsigned long long)(at + nr));
	}
	if (error && error != -EILSEQ)
		note_error(e, f, "read at the end", error);
}

void qy_play_file_end(struct engine *e)
{
	for (uint32_t i = 0; i < e->s->nr_files; i++) {
		struct stream_file *f = &e->file[i];

		if (f->spec->write)
			compare(e, f);
		close_file(f);
		qy_file_unlink(e->m, f->spec->name);
	}
	if (e->s->swap_bytes)
		qy_swapoff(e->m, SWAP_NAME);
}
