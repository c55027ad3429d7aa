// SPDX-License-Identifier: MIT
/*
 * See reel.h. No state.
 */
#include "lab/reel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NUMBER 5 /* bytes of a 32-bit number */

int qy_reel_init(struct qy_reel *reel, uint32_t nr_cells)
{
	*reel = (struct qy_reel){ .nr_cells = nr_cells };
	reel->last = calloc(nr_cells ? nr_cells : 1, sizeof(*reel->last));
	return reel->last ? 0 : -ENOMEM;
}

void qy_reel_exit(struct qy_reel *reel)
{
	free(reel->last);
	free(reel->code);
	free(reel->end);
	*reel = (struct qy_reel){ 0 };
}

static uint8_t *put(uint8_t *at, uint32_t number)
{
	for (; number >= 0x80; number >>= 7)
		*at++ = (uint8_t)(number | 0x80);
	*at++ = (uint8_t)number;
	return at;
}

static const uint8_t *get(const uint8_t *at, uint32_t *number)
{
	unsigned int shift = 0;

	*number = 0;
	for (; *at & 0x80; shift += 7)
		*number |= (uint32_t)(*at++ & 0x7f) << shift;
	*number |= (uint32_t)*at++ << shift;
	return at;
}

static uint32_t zigzag(uint32_t from, uint32_t to)
{
	uint32_t difference = to - from;

	return difference << 1 ^ (difference >> 31 ? UINT32_MAX : 0);
}

static uint32_t unzigzag(uint32_t from, uint32_t code)
{
	return from + (code >> 1 ^ (code & 1 ? UINT32_MAX : 0));
}

static int make_room(struct qy_reel *reel, size_t bytes)
{
	if (reel->nr_frames == reel->frames_room) {
		uint32_t room = reel->frames_room ? reel->frames_room * 2 : 64;
		size_t *end = realloc(reel->end, room * sizeof(*end));

		if (!end)
			return -ENOMEM;
		reel->end = end;
		reel->frames_room = room;
	}
	if (reel->size + bytes > reel->room) {
		size_t room = (reel->size + bytes) * 2;
		uint8_t *code = realloc(reel->code, room);

		if (!code)
			return -ENOMEM;
		reel->code = code;
		reel->room = room;
	}
	return 0;
}

int qy_reel_add(struct qy_reel *reel, const uint32_t *cells)
{
	uint32_t nr = 0, passed = 0;
	uint8_t *at;

	for (uint32_t i = 0; i < reel->nr_cells; i++)
		nr += cells[i] != reel->last[i];
	if (make_room(reel, MAX_NUMBER + (size_t)nr * 2 * MAX_NUMBER))
		return -ENOMEM;
	at = put(reel->code + reel->size, nr);
	for (uint32_t i = 0; i < reel->nr_cells; i++, passed++) {
		if (cells[i] == reel->last[i])
			continue;
		at = put(at, passed);
		at = put(at, zigzag(reel->last[i], cells[i]));
		reel->last[i] = cells[i];
		passed = UINT32_MAX; /* the step of the loop makes it 0 */
	}
	reel->size = (size_t)(at - reel->code);
	reel->end[reel->nr_frames++] = reel->size;
	return 0;
}

/* The frame whose code begins at @at comes into @cells. */
static void play_frame(const uint8_t *at, uint32_t *cells)
{
	uint32_t nr, passed, code, cell = 0;

	for (at = get(at, &nr); nr; nr--, cell++) {
		at = get(at, &passed);
		at = get(at, &code);
		cell += passed;
		cells[cell] = unzigzag(cells[cell], code);
	}
}

int qy_reel_thin(struct qy_reel *reel, const bool *keep)
{
	uint32_t *cells = calloc(reel->nr_cells ? reel->nr_cells : 1, sizeof(*cells));
	struct qy_reel thin;
	int error = qy_reel_init(&thin, reel->nr_cells);

	if (!cells)
		error = -ENOMEM;
	for (uint32_t i = 0; i < reel->nr_frames && !error; i++) {
		play_frame(reel->code + (i ? reel->end[i - 1] : 0), cells);
		if (keep[i])
			error = qy_reel_add(&thin, cells);
	}
	free(cells);
	if (error) {
		qy_reel_exit(&thin);
		return error;
	}
	qy_reel_exit(reel);
	*reel = thin;
	return 0;
}

char *qy_reel_base64(const struct qy_reel *reel)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((reel->size + 2) / 3 * 4 + 1), *at = text;

	for (size_t i = 0; text && i < reel->size; i += 3) {
		size_t left = reel->size - i;
		uint32_t bits = (uint32_t)reel->code[i] << 16 |
				(uint32_t)(left > 1 ? reel->code[i + 1] : 0) << 8 |
				(uint32_t)(left > 2 ? reel->code[i + 2] : 0);

		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*at++ = left > 2 ? digits[bits & 63] : '=';
	}
	if (text)
		*at = '\0';
	return text;
}
