// SPDX-License-Identifier: MIT
/*
 * slab_debug=: which checks which cache gets.
 *
 *   qy_slub_debug_flags()        of one cache
 *   qy_slub_debug_keeps_order()  'O': not where a slab would grow by it
 *
 *   slab_debug = block { ";" block }     block = letters [ "," name { "," name } ]      name may end in "*"
 *
 * The first block that names a cache decides for it alone; the last one without names is for all others. Without any
 * letter before the names a block means FZPU. No state.
 */
#include "mm/slab/slub_debug.h"

#define FULL                                                              \
	(QY_SLAB_CONSISTENCY_CHECKS | QY_SLAB_RED_ZONE | QY_SLAB_POISON | \
		QY_SLAB_STORE_USER)

struct block {
	const char *letters, *names; /* names: NULL = all */
	const char *end;             /* of the block */
	u32 flags;
	bool keeps_order;
};

static void read_letter(struct block *block, char letter)
{
	static const struct {
		char letter;
		u32 flag;
	} letters[] = {
		{ 'f', QY_SLAB_CONSISTENCY_CHECKS },
		{ 'z', QY_SLAB_RED_ZONE },
		{ 'p', QY_SLAB_POISON },
		{ 'u', QY_SLAB_STORE_USER },
		{ 't', QY_SLAB_TRACE },
		{ 'a', QY_SLAB_FAILSLAB },
	};

	letter |= 0x20;
	if (letter == ('-' | 0x20))
		block->flags = 0;
	if (letter == 'o')
		block->keeps_order = true;
	for (u32 i = 0; i < ARRAY_SIZE(letters); i++)
		if (letters[i].letter == letter)
			block->flags |= letters[i].flag;
}

/* Return: what follows the block, or NULL: there was none. */
static const char *next_block(const char *text, struct block *block)
{
	while (*text == ';')
		text++;
	if (!*text)
		return NULL;
	*block = (struct block){ .letters = text, .flags = *text == ',' ? FULL : 0 };
	for (; *text && *text != ',' && *text != ';'; text++)
		read_letter(block, *text);
	if (*text == ',')
		block->names = ++text;
	while (*text && *text != ';')
		text++;
	block->end = text;
	return text;
}

static bool name_matches(const char *pattern, size_t length, const char *name)
{
	for (size_t i = 0; i < length; i++) {
		if (pattern[i] == '*')
			return true;
		if (pattern[i] != name[i]) /* the end of name differs, too */
			return false;
	}
	return !name[length];
}

static bool block_names(const struct block *block, const char *name)
{
	const char *at = block->names;

	while (at && at < block->end) {
		size_t length = 0;

		while (at + length < block->end && at[length] != ',')
			length++;
		if (length && name_matches(at, length, name))
			return true;
		at += length + 1;
	}
	return false;
}

u32 qy_slub_debug_flags(const char *debug, const char *name, u32 flags)
{
	struct block block;
	u32 others = 0;

	if (flags & QY_SLAB_NO_USER_FLAGS)
		return flags;
	while ((debug = next_block(debug, &block))) {
		if (!block.names)
			others = block.flags;
		else if (block_names(&block, name))
			return flags | block.flags;
	}
	/* what hunts leaks must not be slowed down by its own records */
	if (flags & QY_SLAB_NOLEAKTRACE)
		others &= ~QY_SLAB_STORE_USER;
	return flags | others;
}

bool qy_slub_debug_keeps_order(const char *debug)
{
	struct block block;

	while ((debug = next_block(debug, &block)))
		if (block.keeps_order)
			return true;
	return false;
}
