// SPDX-License-Identifier: MIT
/*
 * Checks the ring buffer pages of each CPU, as the kernel wrote them:
 *
 *   0         8           page_header (16, or 12 of a 32-bit kernel)
 *   | time    | committed | event | event | ...                   | not used |
 *                         |<------------- committed bytes ------->|
 *
 * No state.
 */
#include "lab/trace_cursor.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define PAGE_COMMITTED ((1u << 27) - 1) /* the flags of lost events are above it */
#define RECORD_MAX     (1u << 20)
#define CHUNK_MAX \
	(64u << 20) /* trace-cmd packs a few pages at a time; larger ones are not asked */

static uint32_t word(const struct qy_file *file, const unsigned char *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return file->swap ? __builtin_bswap32(value) : value;
}

/*
 * One event header: 5 bits of type and length, 27 bits of time (the other way round in a big-endian file).
 *   1..28 = data words; 0 = length in the next word; 29 = padding; 30, 31 = time, one more word
 * Returns the distance to the next event, 0 for "nothing more on this page"; *counts: is it a record?
 */
static uint64_t event_step(const struct qy_file *file, bool big_endian,
	const unsigned char *at, bool *counts)
{
	uint32_t head = word(file, at), next = word(file, at + 4);
	uint32_t type = big_endian ? head >> 27 : head & 31;
	uint32_t delta = big_endian ? head & PAGE_COMMITTED : head >> 5;

	*counts = type < 29;
	if (type == 0)
		return 4 + (((uint64_t)next + 3) & ~3ull);
	if (type < 29)
		return 4 + type * 4;
	if (type > 29)
		return 8;
	return delta ? 4 + (uint64_t)next : 0;
}

static int check_page(struct qy_file *file, const struct qy_trace_layout *layout,
	const unsigned char *page, uint64_t offset, uint64_t *nr_records)
{
	/* the low half of a long is the second one in a big-endian file */
	uint32_t low = layout->big_endian ? file->page_header - 4 : 8;
	uint32_t wide = word(file, page + low) & PAGE_COMMITTED;
	uint32_t at = file->page_header, end = at + wide;

	if (wide > layout->page_size - at)
		return qy_cursor_fail(file, offset + 8,
			"a ring buffer page claims more than it holds", QY_REMEDY_CUT);
	while (at + 4 <= end) {
		bool counts;
		/* the last word of a page may be a header: never read past the page */
		unsigned char pair[8] = { 0 };
		uint64_t step;

		memcpy(pair, page + at, at + 8 <= layout->page_size ? 8 : 4);
		step = event_step(file, layout->big_endian, pair, &counts);
		if (!step)
			return 0;
		if (step > RECORD_MAX || at + step > end)
			return qy_cursor_fail(file, offset + at,
				"an event runs past the end of its page", QY_REMEDY_CUT);
		*nr_records += counts;
		at += (uint32_t)step;
	}
	return 0;
}

static int check_pages(
	struct qy_file *file, struct qy_trace_layout *layout, struct qy_trace_extent *cpu)
{
	unsigned char page[65536];
	struct qy_cursor cur = { file, cpu->offset, cpu->offset + cpu->size_bytes,
		"ring buffer page" };

	for (uint64_t i = 0; i < cpu->nr_pages; i++) {
		if (qy_cursor_bytes(&cur, page, layout->page_size) ||
			check_page(file, layout, page, cur.at - layout->page_size,
				&cpu->nr_records))
			return -1;
	}
	return 0;
}

/*
 * Is the chunk of the size that the file claims? The library believes the file, and would hand out bytes that nobody
 * wrote; so zstd is asked before. Other compressions are left to the library.
 */
static bool chunk_is_of_size(const void *packed, uint32_t packed_size, uint32_t whole)
{
	void *to;
	size_t size;

	if (packed_size < 4 || memcmp(packed, "\x28\xb5\x2f\xfd", 4))
		return true;
	to = malloc(whole);
	if (!to)
		return false;
	size = ZSTD_decompress(to, whole, packed, packed_size);
	free(to);
	return size == whole;
}

static int check_chunk(struct qy_cursor *cur, uint32_t packed_size, uint32_t whole)
{
	uint64_t at = cur->at;
	void *packed;
	int err;

	if (packed_size > cur->end - cur->at || whole > CHUNK_MAX)
		return qy_cursor_skip(cur, packed_size);
	packed = malloc(packed_size);
	if (!packed)
		return qy_cursor_fail(cur->file, at, "no memory for a compressed chunk",
			"free some memory");
	err = qy_cursor_bytes(cur, packed, packed_size);
	if (!err && !chunk_is_of_size(packed, packed_size, whole))
		err = qy_cursor_fail(cur->file, at,
			"a compressed chunk is of another size than it says",
			QY_REMEDY_CUT);
	free(packed);
	return err;
}

/*
 * Compressed CPU data: count, then {compressed size, size, data} that many times. trace-cmd leaves the four
 * bytes of the count out of the size of the whole; a file that has them in is as good.
 */
static int check_chunks(
	struct qy_file *file, struct qy_trace_layout *layout, struct qy_trace_extent *cpu)
{
	uint64_t stated_end = cpu->offset + cpu->size_bytes, end = stated_end + 4;
	struct qy_cursor cur = { file, cpu->offset, end < file->size ? end : file->size,
		"compressed chunk" };
	uint32_t count = qy_cursor_get32(&cur);

	for (uint32_t i = 0; i < count && !file->failed; i++) {
		uint32_t packed = qy_cursor_get32(&cur), whole = qy_cursor_get32(&cur);

		if (!file->failed && (whole % layout->page_size || !whole || !packed))
			return qy_cursor_fail(file, cur.at - 8,
				"a compressed chunk is not whole pages", QY_REMEDY_CUT);
		cpu->nr_pages += whole / layout->page_size;
		if (check_chunk(&cur, packed, whole))
			return -1;
	}
	if (!file->failed && cur.at != stated_end && cur.at != stated_end + 4)
		return qy_cursor_fail(file, cpu->offset,
			"fewer compressed chunks than data of this CPU", QY_REMEDY_CUT);
	return file->failed ? -1 : 0;
}

static int check_extent(
	struct qy_file *file, struct qy_trace_layout *layout, struct qy_trace_extent *cpu)
{
	struct qy_cursor cur = { file, cpu->offset, file->size, "data of a CPU" };

	if (!cpu->size_bytes)
		return 0;
	if (cpu->offset > file->size)
		return qy_cursor_fail(file, cpu->offset,
			"data of a CPU begins past the end", QY_REMEDY_CUT);
	if (qy_cursor_skip(&cur, cpu->size_bytes))
		return -1;
	if (layout->compressed)
		return check_chunks(file, layout, cpu);
	if (cpu->size_bytes % layout->page_size)
		return qy_cursor_fail(file, cpu->offset,
			"data of a CPU is not whole pages", QY_REMEDY_CUT);
	cpu->nr_pages = cpu->size_bytes / layout->page_size;
	return check_pages(file, layout, cpu);
}

int qy_trace_check_extents(struct qy_file *file, struct qy_trace_layout *layout)
{
	for (uint32_t i = 0; i < layout->nr_cpus; i++) {
		if (check_extent(file, layout, &layout->cpu[i]))
			return -1;
		layout->nr_pages += layout->cpu[i].nr_pages;
	}
	return 0;
}
