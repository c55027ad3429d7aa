// SPDX-License-Identifier: MIT
/*
 * The files of a scenario, its swap file and the disk that has both. No state.
 */
#include "lab/scenario_reader.h"

#include <string.h>

#define MIN_SWAP_BYTES     (40ull << 10) /* as mkswap: ten pages */
#define MAX_BYTES_A_SECOND (64ull << 30)
#define MIN_FSYNC_NS       1000000u
#define MAX_TIMES          1000000u

static uint64_t read_size(struct reader *r, const char *key, const char *text,
	uint64_t min, const char *least)
{
	struct qy_share amount = { 0 };

	scn_amount(r, key, text, false, &amount);
	if (!r->failed && text && amount.bytes < min)
		scn_bad(r, key, "must be at least %s (is %.40s)", least, text);
	return amount.bytes;
}

void scn_swap(struct reader *r, const char *swap, const char *disk)
{
	r->s->swap_bytes = read_size(r, "swap", swap, MIN_SWAP_BYTES, "40K");
	r->s->disk_bytes = read_size(r, "disk", disk, QY_PAGE_SIZE, "4K");
	if (!r->failed && swap && !r->s->contents)
		scn_bad(r, "swap", "pages with bytes go there: remove `contents: false`");
}

static void read_rate(
	struct reader *r, const struct yaml_file *y, struct qy_file_spec *out)
{
	const char *key = y->write ? "write" : "read";

	if (!!y->write + !!y->read != 1) {
		scn_bad(r, "", "give exactly one of write, read: bytes a second");
		return;
	}
	out->write = y->write != NULL;
	out->bytes_a_second =
		read_size(r, key, out->write ? y->write : y->read, 1, "one byte");
	if (!r->failed && out->bytes_a_second > MAX_BYTES_A_SECOND)
		scn_bad(r, key, "must be at most 64G a second");
}

static void read_access(
	struct reader *r, const struct yaml_file *y, struct qy_file_spec *out)
{
	static const char *const words[] = { "sequential", "random", NULL };

	if (y->access && out->write)
		scn_bad(r, "access", "goes with read only");
	if (y->fsync && !out->write)
		scn_bad(r, "fsync", "goes with write only");
	out->random = scn_word(r, "access", y->access, words, 0) == 1;
	scn_duration(r, "fsync", y->fsync, MIN_FSYNC_NS, &out->fsync_ns);
	scn_u32(r, "times", y->times, 1, MAX_TIMES, &out->times);
}

void scn_file(struct reader *r, unsigned int i, const struct yaml_file *y)
{
	struct qy_file_spec *out = &r->s->file[r->s->nr_files];

	scn_enter(r, "files[%u]", i);
	scn_want(r, "name", y->name, "log");
	scn_want(r, "size", y->size, "100M");
	if (r->failed)
		return;
	scn_comm(r, y->name);
	for (uint32_t n = 0; n < r->s->nr_files; n++) {
		if (strcmp(r->s->file[n].name, y->name) == 0)
			scn_bad(r, "name", "`%s` is taken by an earlier file", y->name);
	}
	if (!r->s->contents)
		scn_bad(r, "", "a file has bytes: remove `contents: false`");
	out->place = scn_keep_word(r, r->place);
	out->name = scn_keep_word(r, y->name);
	read_rate(r, y, out);
	read_access(r, y, out);
	out->file_bytes = read_size(r, "size", y->size, QY_PAGE_SIZE, "4K");
	scn_u32(r, "cpu", y->cpu, 0, QY_MAX_CPUS - 1, &out->cpu);
	scn_turns(r, y->start, y->stop, y->every, &out->start_ns, &out->stop_ns,
		&out->every_ns);
	r->s->nr_files++;
}
