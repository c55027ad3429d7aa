// SPDX-License-Identifier: MIT
/*
 * Bytes as hexadecimal digits, and back (linux/kernel.h, linux/printk.h).
 *
 * No state.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <asm/unaligned.h>

const char hex_asc[] = "0123456789abcdef";
const char hex_asc_upper[] = "0123456789ABCDEF";

int hex_to_bin(unsigned char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	ch |= 0x20;
	return ch >= 'a' && ch <= 'f' ? ch - 'a' + 10 : -1;
}

int hex2bin(u8 *to, const char *from, size_t nr)
{
	for (; nr--; from += 2) {
		int high = hex_to_bin((u8)from[0]), low;

		if (high < 0)
			return -EINVAL;
		low = hex_to_bin((u8)from[1]);
		if (low < 0)
			return -EINVAL;
		*to++ = (u8)(high << 4 | low);
	}
	return 0;
}

char *bin2hex(char *to, const void *from, size_t nr)
{
	for (const u8 *byte = from; nr--; byte++)
		to = hex_byte_pack(to, *byte);
	return to;
}

/* A group as the number that it is to this CPU. Return: digits. */
static int group_text(char *text, const void *p, int bytes)
{
	switch (bytes) {
	case 8:
		return snprintf(text, 20, "%16.16llx", get_unaligned((const u64 *)p));
	case 4:
		return snprintf(text, 20, "%8.8x", get_unaligned((const u32 *)p));
	case 2:
		return snprintf(text, 20, "%4.4x", get_unaligned((const u16 *)p));
	default:
		return snprintf(text, 20, "%2.2x", *(const u8 *)p);
	}
}

/* Text into a line as long as there is room for it and its end; what does not fit is counted. */
struct line {
	char *text;
	size_t size, used;
};

static void put(struct line *line, char c)
{
	if (line->used + 1 < line->size)
		line->text[line->used] = c;
	line->used++;
}

int hex_dump_to_buffer(const void *buf, size_t nr, int row_bytes, int group_bytes,
	char *text, size_t text_bytes, bool ascii)
{
	struct line line = { text, text_bytes, 0 };
	const u8 *bytes = buf;
	size_t column;

	if (row_bytes != 16 && row_bytes != 32)
		row_bytes = 16;
	nr = min(nr, (size_t)row_bytes);
	if ((group_bytes != 1 && group_bytes != 2 && group_bytes != 4 &&
		    group_bytes != 8) ||
		nr % (size_t)group_bytes)
		group_bytes = 1;
	column = (size_t)row_bytes * 2 + (size_t)(row_bytes / group_bytes) + 1;
	if (!nr)
		goto end;
	for (size_t at = 0; at < nr; at += (size_t)group_bytes) {
		char group[20];
		int digits = group_text(group, bytes + at, group_bytes);

		if (at)
			put(&line, ' ');
		for (int i = 0; i < digits; i++)
			put(&line, group[i]);
	}
	if (ascii) {
		while (line.used < column)
			put(&line, ' ');
		for (size_t at = 0; at < nr; at++)
			put(&line, isascii(bytes[at]) && isprint(bytes[at])
					   ? (char)bytes[at]
					   : '.');
	}
end:
	if (text_bytes)
		text[min(line.used, line.size - 1)] = '\0';
	return (int)line.used;
}

void print_hex_dump(const char *level, const char *prefix, int prefix_type, int row_bytes,
	int group_bytes, const void *buf, size_t nr, bool ascii)
{
	char line[32 * 3 + 2 + 32 + 1];

	if (row_bytes != 16 && row_bytes != 32)
		row_bytes = 16;
	for (size_t at = 0; at < nr; at += (size_t)row_bytes) {
		const u8 *row = (const u8 *)buf + at;

		hex_dump_to_buffer(row, min(nr - at, (size_t)row_bytes), row_bytes,
			group_bytes, line, sizeof(line), ascii);
		if (prefix_type == DUMP_PREFIX_ADDRESS)
			printk("%s%s%p: %s\n", level, prefix, row, line);
		else if (prefix_type == DUMP_PREFIX_OFFSET)
			printk("%s%s%.8zx: %s\n", level, prefix, at, line);
		else
			printk("%s%s%s\n", level, prefix, line);
	}
}
