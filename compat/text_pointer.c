// SPDX-License-Identifier: MIT
/*
 * What %p and the letters behind it say, as Linux's list of printk formats has it.
 *
 *   %p          a pointer as a number that leads nowhere, the same for the same pointer; %pK likewise. As it is with
 *               `no_hash_pointers` on the command line; NULL and errors always
 *   %px         as it is: the board's address
 *   %pe         an error by its name
 *   %ps %pS %pB a function; with the place in it; of a return address
 *   %pR %pr     struct resource, with its flags in words; as a number
 *   %pa[dp]     phys_addr_t, dma_addr_t, by reference
 *   %*ph[CDN] %*pE[achnops] %*pb[l]  bytes, escaped text, bits
 *   %pM %pm %pI4 %pI6 %pIS %pU %p4cc addresses of networks, UUIDs, codes of pixels
 *   %pd %pD     names of dentries and files
 *   %pV         a format and its arguments
 *   %ptR %ptT   struct rtc_time, time64_t
 *   %pC %pOF %pN clocks, nodes of the tree, features of network devices
 *   %pGg %pGv   GFP flags, flags of mappings
 *
 * Letters that are not here belong to the conversion all the same, as they do there: it is then that of %p. A pointer to what
 * is to be read that is none says "(null)" or "(efault)".
 *
 * No state.
 */
#include <linux/bitmap.h>
#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/rtc.h>
#include <linux/string.h>
#include <linux/string_helpers.h>
#include <quarry/rights.h>
#include <quarry/symbol.h>
#include <asm/unaligned.h>
#include "compat/core.h"
#include "compat/host.h"
#include "compat/supply.h"
#include "compat/text.h"

#define POINTER_DIGITS 16
#define NAME_BYTES     256 /* of a node, of flags */

const struct qy_board *qy_compat_board(void);

/* Text that is as wide as the conversion wants it, put together first. */
#define LOCAL(name, bytes)       \
	char name##_text[bytes]; \
	struct out name = { .text = name##_text, .size = sizeof(name##_text) }

static void put_local(struct out *out, const struct out *local, const struct spec *spec)
{
	local->text[local->used < local->size ? local->used : local->size - 1] = '\0';
	qy_put_text(out, local->text, spec);
}

static void puts_to(struct out *out, const char *s)
{
	while (*s)
		qy_put(out, *s++);
}

static void put_value(struct out *out, u64 value, unsigned int base, int digits)
{
	const struct spec spec = { .base = base, .width = -1, .precision = digits };

	qy_put_number(out, value, &spec);
}

static void put_hex(struct out *out, u64 value, int digits)
{
	puts_to(out, "0x");
	put_value(out, value, 16, digits);
}

static void put_byte(struct out *out, u8 byte)
{
	qy_put(out, hex_asc_hi(byte));
	qy_put(out, hex_asc_lo(byte));
}

/* ------------------------------------------------------------------ the pointer itself */

/* An address of memory as the board would print it; what is none of it as it is. */
static u64 board_pointer(const void *p)
{
	u64 board = qy_this_machine() ? qy_compat_board_address(p) : 0;

	return board ? board : (u64)(uintptr_t)p;
}

static void put_address(struct out *out, u64 value, const struct spec *given)
{
	struct spec spec = *given;

	spec.base = 16;
	if (spec.width < 0) {
		spec.width = POINTER_DIGITS + (spec.alternate ? 2 : 0);
		spec.zero = true;
	}
	qy_put_number(out, value, &spec);
}

bool qy_compat_shows_pointers(void)
{
	static const char word[] = "no_hash_pointers";
	const char *line = qy_this_machine() ? qy_compat_board()->cmdline : NULL;

	for (; line && (line = strstr(line, word)); line += sizeof(word) - 1) {
		char before = line == qy_compat_board()->cmdline ? ' ' : line[-1];
		char behind = line[sizeof(word) - 1];

		if (before == ' ' && (behind == ' ' || !behind))
			return true;
	}
	return false;
}

/* 32 bits in which nobody finds the address again by chance: rounds of multiplication and shifts. */
static u32 hashed(u64 value)
{
	value += 0x9e3779b97f4a7c15ull;
	for (int round = 0; round < 3; round++) {
		value ^= value >> 31;
		value *= 0xbf58476d1ce4e5b9ull;
	}
	return (u32)(value >> 32);
}

static void put_hashed(struct out *out, const void *p, const struct spec *spec)
{
	u64 address = board_pointer(p);

	if (!IS_ERR_OR_NULL(p) && !qy_compat_shows_pointers())
		address = hashed(address);
	put_address(out, address, spec);
}

static void put_error(struct out *out, const void *p, const struct spec *spec)
{
	const char *name;
	LOCAL(text, 32);

	if (!IS_ERR(p)) {
		put_hashed(out, p, spec);
		return;
	}
	name = qy_host_error_name(-(int)PTR_ERR(p));
	qy_put(&text, '-');
	if (name)
		puts_to(&text, name);
	else
		put_value(&text, (u64)-PTR_ERR(p), 10, -1);
	put_local(out, &text, spec);
}

static void put_symbol(
	struct out *out, char letter, const void *p, const struct spec *spec)
{
	/* what stands before a call is looked for, as in a stack */
	bool exact = letter != 'B';
	struct qy_symbol symbol;
	LOCAL(text, NAME_BYTES);

	if (!qy_symbol_of((const char *)p + exact, &symbol)) {
		put_hex(&text, board_pointer(p), -1);
		put_local(out, &text, spec);
		return;
	}
	puts_to(&text, symbol.function);
	if (letter != 's') {
		puts_to(&text, "+");
		put_hex(&text, symbol.offset - exact, -1);
		puts_to(&text, "/");
		put_hex(&text, symbol.size, -1);
	}
	if (*symbol.module) {
		puts_to(&text, " [");
		puts_to(&text, symbol.module);
		puts_to(&text, "]");
	}
	put_local(out, &text, spec);
}

/* ------------------------------------------------------------------ resources */

struct flag {
	unsigned long mask;
	const char *name;
};

static const struct flag resource_flags[] = {
	{ IORESOURCE_MEM_64, " 64bit" },
	{ IORESOURCE_PREFETCH, " pref" },
	{ IORESOURCE_WINDOW, " window" },
	{ IORESOURCE_DISABLED, " disabled" },
};

/* How the numbers of a type of resource are written: "mem 0x%08llx", "irq %llu". */
static const struct {
	unsigned long type;
	const char *name;
	unsigned int base;
	int digits;
	bool prefix;
} resource_types[] = {
	{ IORESOURCE_IO, "io  ", 16, 4, true },
	{ IORESOURCE_MEM, "mem ", 16, 8, true },
	{ IORESOURCE_IRQ, "irq ", 10, -1, false },
	{ IORESOURCE_DMA, "dma ", 10, -1, false },
	{ IORESOURCE_BUS, "bus ", 16, 2, false },
	{ 0, "??? ", 16, 8, true },
};

static void put_resource(
	struct out *out, char letter, const struct resource *r, const struct spec *spec)
{
	size_t type = 0;
	LOCAL(text, 128);

	qy_touches(r, sizeof(*r), false);
	while (resource_types[type].type && !(r->flags & resource_types[type].type))
		type++;
	qy_put(&text, '[');
	puts_to(&text, resource_types[type].name);
#define PUT(value)                                                 \
	do {                                                       \
		if (resource_types[type].prefix)                   \
			puts_to(&text, "0x");                      \
		put_value(&text, value, resource_types[type].base, \
			resource_types[type].digits);              \
	} while (0)
	if (r->flags & IORESOURCE_UNSET) {
		puts_to(&text, "size ");
		PUT(resource_size(r));
	} else {
		PUT(r->start);
		if (r->start != r->end) {
			qy_put(&text, '-');
			PUT(r->end);
		}
	}
#undef PUT
	for (size_t i = 0; letter == 'R' && resource_types[type].type &&
			   i < ARRAY_SIZE(resource_flags);
		i++)
		if (r->flags & resource_flags[i].mask)
			puts_to(&text, resource_flags[i].name);
	if (letter == 'r' || !resource_types[type].type) {
		puts_to(&text, " flags ");
		put_hex(&text, r->flags, -1);
	}
	qy_put(&text, ']');
	put_local(out, &text, spec);
}

/* ------------------------------------------------------------------ bytes and bits */

static void put_bytes(struct out *out, const char *letters, const u8 *bytes, int width)
{
	char separator = letters[1] == 'C'   ? ':'
			 : letters[1] == 'D' ? '-'
			 : letters[1] == 'N' ? '\0'
					     : ' ';
	int nr = clamp(width < 0 ? 1 : width, 0, 64);

	qy_touches(bytes, (size_t)nr, false);
	for (int i = 0; i < nr; i++) {
		if (i && separator)
			qy_put(out, separator);
		put_byte(out, bytes[i]);
	}
}

static void put_escaped(struct out *out, const char *letters, const char *s, int width)
{
	static const struct {
		char letter;
		unsigned int flags;
	} kinds[] = { { 'a', ESCAPE_ANY }, { 'c', ESCAPE_SPECIAL }, { 'h', ESCAPE_HEX },
		{ 'n', ESCAPE_NULL }, { 'o', ESCAPE_OCTAL }, { 'p', ESCAPE_NP },
		{ 's', ESCAPE_SPACE } };
	size_t nr = width < 0 ? 1 : (size_t)width, room;
	unsigned int flags = 0;

	for (const char *at = letters + 1; *at; at++)
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			flags |= *at == kinds[i].letter ? kinds[i].flags : 0;
	qy_touches(s, nr, false);
	room = out->used < out->size ? out->size - out->used : 0;
	out->used += (size_t)string_escape_mem(s, nr, room ? out->text + out->used : NULL,
		room, flags ? flags : ESCAPE_ANY_NP, NULL);
}

/* Bits as digits in groups of 32, the highest first. */
static void put_bitmap(struct out *out, const unsigned long *words, unsigned int nr_bits)
{
	for (unsigned int chunk = BITS_TO_U32(nr_bits); chunk--;) {
		unsigned int bits = min(nr_bits - chunk * 32, 32u);
		u32 value = (u32)(words[chunk / 2] >> (chunk % 2 * 32));

		if (bits < 32)
			value &= (1u << bits) - 1;
		for (unsigned int nr = (bits + 3) / 4; nr--;)
			qy_put(out, hex_asc[value >> (4 * nr) & 15]);
		if (chunk)
			qy_put(out, ',');
	}
}

/* Bits as ranges. */
static void put_list(struct out *out, const unsigned long *words, unsigned int nr_bits)
{
	unsigned int first, end;
	bool more = false;

	for_each_set_bitrange(first, end, words, nr_bits)
	{
		if (more)
			qy_put(out, ',');
		more = true;
		put_value(out, first, 10, -1);
		if (end == first + 1)
			continue;
		qy_put(out, '-');
		put_value(out, end - 1, 10, -1);
	}
}

/* ------------------------------------------------------------------ networks */

/* %pM: with colons; R: the other way round, F: with dashes; %pm: without. */
static void put_mac(
	struct out *out, const char *letters, const u8 *mac, const struct spec *spec)
{
	bool reversed = letters[1] == 'R';
	LOCAL(text, 24);

	qy_touches(mac, 6, false);
	for (int i = 0; i < 6; i++) {
		if (i && letters[0] == 'M')
			qy_put(&text, letters[1] == 'F' ? '-' : ':');
		put_byte(&text, mac[reversed ? 5 - i : i]);
	}
	put_local(out, &text, spec);
}

/* @order: h as this CPU has it, l little, else as networks do. */
static void put_ip4(struct out *out, bool zeros, const u8 *address, char order)
{
	bool little = order == 'l' || order == 'h';

	for (int i = 0; i < 4; i++) {
		if (i)
			qy_put(out, '.');
		put_value(out, address[little ? 3 - i : i], 10, zeros ? 3 : -1);
	}
}

/* The longest run of two groups of zeros or more, the first of its length, is "::". */
static void put_ip6_short(struct out *out, const u8 *address)
{
	bool mapped =
		!memchr_inv(address, 0, 10) && address[10] == 0xff && address[11] == 0xff;
	int groups = mapped ? 6 : 8, first = -1, longest = 1;

	for (int i = 0; i < groups; i++) {
		int nr = 0;

		while (i + nr < groups && !address[2 * (i + nr)] &&
			!address[2 * (i + nr) + 1])
			nr++;
		if (nr > longest) {
			longest = nr;
			first = i;
		}
	}
	for (int i = 0; i < groups; i++) {
		if (i == first) {
			puts_to(out, "::");
			i += longest - 1;
			continue;
		}
		if (i && i != first + longest)
			qy_put(out, ':');
		put_value(out, get_unaligned_be16(&address[2 * i]), 16, -1);
	}
	if (mapped) {
		qy_put(out, ':');
		put_ip4(out, false, address + 12, 'n');
	}
}

static void put_ip6(struct out *out, bool colons, const u8 *address)
{
	for (int i = 0; i < 8; i++) {
		if (i && colons)
			qy_put(out, ':');
		put_value(out, get_unaligned_be16(&address[2 * i]), 16, 4);
	}
}

/* A struct sockaddr_in or sockaddr_in6, by its family. Return: false: of neither. */
static bool put_socket(struct out *out, bool plain, const u8 *sa, const char *letters)
{
	u16 family = get_unaligned((const u16 *)sa);
	u16 port = get_unaligned_be16(sa + 2);
	bool has_port = strchr(letters, 'p'), has_flow = strchr(letters, 'f'),
	     has_scope = strchr(letters, 's');
	char order = strpbrk(letters, "hnbl") ? *strpbrk(letters, "hnbl") : 'n';

	if (family == 2) {
		put_ip4(out, !plain, sa + 4, order);
	} else if (family == 10) {
		bool bracket = has_port || has_flow || has_scope;

		if (bracket)
			qy_put(out, '[');
		if (plain && strchr(letters, 'c'))
			put_ip6_short(out, sa + 8);
		else
			put_ip6(out, plain, sa + 8);
		if (bracket)
			qy_put(out, ']');
	} else {
		return false;
	}
	if (has_port) {
		qy_put(out, ':');
		put_value(out, port, 10, -1);
	}
	if (family == 10 && has_flow) {
		qy_put(out, '/');
		put_value(out, get_unaligned_be32(sa + 4) & 0x0fffffff, 10, -1);
	}
	if (family == 10 && has_scope) {
		qy_put(out, '%');
		put_value(out, get_unaligned((const u32 *)(sa + 24)), 10, -1);
	}
	return true;
}

/* Return: false: it is none of these. */
static bool put_ip(
	struct out *out, const char *letters, const u8 *p, const struct spec *spec)
{
	bool plain = letters[0] == 'I';
	LOCAL(text, 80);

	switch (letters[1]) {
	case '4':
		qy_touches(p, 4, false);
		put_ip4(&text, !plain, p, letters[2]);
		break;
	case '6':
		qy_touches(p, 16, false);
		if (plain && letters[2] == 'c')
			put_ip6_short(&text, p);
		else
			put_ip6(&text, plain, p);
		break;
	case 'S':
		if (!put_socket(&text, plain, p, letters + 2))
			puts_to(&text, "(einval)");
		break;
	default:
		return false;
	}
	put_local(out, &text, spec);
	return true;
}

/* %pUb, and with small letters; %pUl: the first three groups as a little-endian machine has them. B, L: capitals. */
static void put_uuid(struct out *out, char letter, const u8 *p, const struct spec *spec)
{
	static const u8 big[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
		15 };
	static const u8 little[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14,
		15 };
	const u8 *order = letter == 'l' || letter == 'L' ? little : big;
	const char *digits = letter == 'L' || letter == 'B' ? hex_asc_upper : hex_asc;
	LOCAL(text, 40);

	qy_touches(p, 16, false);
	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			qy_put(&text, '-');
		qy_put(&text, digits[p[order[i]] >> 4]);
		qy_put(&text, digits[p[order[i]] & 15]);
	}
	put_local(out, &text, spec);
}

/* "NV12 little-endian (0x3231564e)" */
static void put_fourcc(struct out *out, const u32 *p, const struct spec *spec)
{
	u32 code = get_unaligned(p);
	LOCAL(text, 48);

	qy_touches(p, sizeof(*p), false);
	for (int i = 0; i < 4; i++) {
		char c = (char)((code & ~0x80000000u) >> (8 * i));

		qy_put(&text, isascii(c) && isprint(c) ? c : '.');
	}
	puts_to(&text, code & 0x80000000u ? " big-endian (" : " little-endian (");
	put_hex(&text, code, 8);
	qy_put(&text, ')');
	put_local(out, &text, spec);
}

/* ------------------------------------------------------------------ things of the kernel */

#define MAX_PATH_LEVELS 16

static void put_dentry(struct out *out, char letter, const struct dentry *dentry,
	const struct spec *spec)
{
	int levels = letter >= '2' && letter <= '4' ? letter - '0' : 1, nr = 0;
	const struct dentry *path[4];
	LOCAL(text, NAME_BYTES);

	qy_touches(dentry, sizeof(*dentry), false);
	do {
		path[nr++] = dentry;
		if (!dentry->d_parent || dentry->d_parent == dentry)
			break;
		dentry = dentry->d_parent;
	} while (nr < levels);
	for (int i = nr; i--;) {
		bool root = !path[i]->d_parent || path[i]->d_parent == path[i];

		if (!root ||
			nr == 1) /* the root has a name only where nothing follows it */
			puts_to(&text, (const char *)path[i]->d_name.name);
		if (i)
			qy_put(&text, '/');
	}
	put_local(out, &text, spec);
}

static void put_date(struct out *out, const struct rtc_time *tm, bool raw)
{
	put_value(out, (u64)(tm->tm_year + (raw ? 0 : 1900)), 10, 4);
	qy_put(out, '-');
	put_value(out, (u64)(tm->tm_mon + (raw ? 0 : 1)), 10, 2);
	qy_put(out, '-');
	put_value(out, (u64)tm->tm_mday, 10, 2);
}

static void put_time(struct out *out, const struct rtc_time *tm)
{
	put_value(out, (u64)tm->tm_hour, 10, 2);
	qy_put(out, ':');
	put_value(out, (u64)tm->tm_min, 10, 2);
	qy_put(out, ':');
	put_value(out, (u64)tm->tm_sec, 10, 2);
}

/* %ptR: struct rtc_time, %ptT: seconds since 1970. d, t: of it date or time alone; r: numbers as they are; s: a blank between. */
static void put_moment(
	struct out *out, const char *letters, const void *p, const struct spec *spec)
{
	bool date = letters[2] != 't', time = letters[2] != 'd', raw = false;
	struct rtc_time tm;
	char between = 'T';

	if (letters[1] != 'R' && letters[1] != 'T') {
		qy_put_text(out, "(%pt?)", spec);
		return;
	}
	qy_touches(p, letters[1] == 'R' ? sizeof(tm) : sizeof(time64_t), false);
	if (letters[1] == 'R')
		tm = *(const struct rtc_time *)p;
	else
		rtc_time64_to_tm(*(const time64_t *)p, &tm);
	for (const char *at = letters + (date && time ? 2 : 3); *at == 'r' || *at == 's';
		at++) {
		raw |= *at == 'r';
		between = *at == 's' ? ' ' : between;
	}
	if (date)
		put_date(out, &tm, raw);
	if (date && time)
		qy_put(out, between);
	if (time)
		put_time(out, &tm);
}

static void put_path_of(struct out *out, const struct device_node *np)
{
	const struct device_node *path[MAX_PATH_LEVELS];
	int nr = 0;

	for (; np && np->parent && nr < MAX_PATH_LEVELS; np = np->parent)
		path[nr++] = np;
	if (!nr)
		qy_put(out, '/');
	while (nr) {
		qy_put(out, '/');
		puts_to(out, path[--nr]->full_name);
	}
}

static void put_compatible(struct out *out, const struct device_node *np, bool all)
{
	int length = 0;
	const char *at = of_get_property(np, "compatible", &length), *end = at + length;
	bool more = false;

	for (; at && at < end && *at; at += strlen(at) + 1) {
		if (more)
			qy_put(out, ',');
		if (all)
			qy_put(out, '"');
		puts_to(out, at);
		if (all)
			qy_put(out, '"');
		more = true;
		if (!all)
			return;
	}
}

/* %pOF: the whole path; f the same, n the name, P with its address, p the phandle, c what it is compatible with first, C all. */
static void put_node(struct out *out, const char *letters, const struct device_node *np,
	const struct spec *spec)
{
	const char *wanted =
		letters[2] && strchr("fnPpcC", letters[2]) ? letters + 2 : "f";
	LOCAL(text, NAME_BYTES);

	for (const char *at = wanted; *at && strchr("fnPpcC", *at); at++) {
		const char *name = np->full_name;

		if (at != wanted)
			qy_put(&text, ':');
		if (*at == 'f')
			put_path_of(&text, np);
		else if (*at == 'n')
			while (*name && *name != '@')
				qy_put(&text, *name++);
		else if (*at == 'P')
			puts_to(&text, np->parent ? name : "/");
		else if (*at == 'p')
			put_value(&text, np->phandle, 10, -1);
		else
			put_compatible(&text, np, *at == 'C');
	}
	put_local(out, &text, spec);
}

static const struct flag vma_flags[] = {
	{ 0x00000001, "read" },
	{ 0x00000002, "write" },
	{ 0x00000004, "exec" },
	{ 0x00000008, "shared" },
	{ 0x00000010, "mayread" },
	{ 0x00000020, "maywrite" },
	{ 0x00000040, "mayexec" },
	{ 0x00000080, "mayshare" },
	{ 0x00000100, "growsdown" },
	{ 0x00000200, "uffd_missing" },
	{ 0x00000400, "pfnmap" },
	{ 0x00001000, "uffd_wp" },
	{ 0x00002000, "locked" },
	{ 0x00004000, "io" },
	{ 0x00008000, "seqread" },
	{ 0x00010000, "randread" },
	{ 0x00020000, "dontcopy" },
	{ 0x00040000, "dontexpand" },
	{ 0x00080000, "lockonfault" },
	{ 0x00100000, "account" },
	{ 0x00200000, "noreserve" },
	{ 0x00400000, "hugetlb" },
	{ 0x00800000, "sync" },
	{ 0x01000000, "arch_1" },
	{ 0x02000000, "wipeonfork" },
	{ 0x04000000, "dontdump" },
	{ 0x08000000, "softdirty" },
	{ 0x10000000, "mixedmap" },
	{ 0x20000000, "hugepage" },
	{ 0x40000000, "nohugepage" },
	{ 0x80000000, "mergeable" },
};

static void put_vma_flags(struct out *out, unsigned long flags)
{
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_SIZE(vma_flags); i++) {
		if (!(flags & vma_flags[i].mask))
			continue;
		puts_to(out, separator);
		puts_to(out, vma_flags[i].name);
		flags &= ~vma_flags[i].mask;
		separator = "|";
	}
	if (flags) {
		puts_to(out, separator);
		put_hex(out, flags, -1);
	}
}

/* Return: false: it is none of these. */
static bool put_flags(struct out *out, char letter, const void *p)
{
	char text[NAME_BYTES];

	if (letter == 'g') {
		qy_touches(p, sizeof(gfp_t), false);
		qy_gfp_text(*(const gfp_t *)p, text, sizeof(text));
		puts_to(out, *(const gfp_t *)p ? text : "");
		return true;
	}
	if (letter != 'v')
		return false;
	qy_touches(p, sizeof(unsigned long), false);
	put_vma_flags(out, *(const unsigned long *)p);
	return true;
}

static void put_format(struct out *out, const struct va_format *format)
{
	va_list args;

	qy_touches(format, sizeof(*format), false);
	va_copy(args, *format->va);
	qy_put_format(out, format->fmt, &args);
	va_end(args);
}

/* ------------------------------------------------------------------ which one */

/* Letters of which the pointer is read. */
#define READING "RrhbMmIiUVdDtCaEONG4"

/* Return: false: nothing is known of these letters. */
static bool put_kind(
	struct out *out, const char *letters, const void *p, const struct spec *spec)
{
	switch (letters[0]) {
	case 'R':
	case 'r':
		put_resource(out, letters[0], p, spec);
		return true;
	case 'h':
		put_bytes(out, letters, p, spec->width);
		return true;
	case 'E':
		put_escaped(out, letters, p, spec->width);
		return true;
	case 'b':
		if (letters[1] == 'l')
			put_list(out, p, (unsigned int)max(spec->width, 0));
		else
			put_bitmap(out, p, (unsigned int)max(spec->width, 0));
		return true;
	case 'M':
	case 'm':
		put_mac(out, letters, p, spec);
		return true;
	case 'I':
	case 'i':
		return put_ip(out, letters, p, spec);
	case 'U':
		put_uuid(out, letters[1], p, spec);
		return true;
	case '4':
		if (letters[1] != 'c' || letters[2] != 'c')
			return false;
		put_fourcc(out, p, spec);
		return true;
	case 'V':
		put_format(out, p);
		return true;
	case 'd':
		put_dentry(out, letters[1], p, spec);
		return true;
	case 'D':
		put_dentry(
			out, letters[1], ((const struct file *)p)->f_path.dentry, spec);
		return true;
	case 't':
		put_moment(out, letters, p, spec);
		return true;
	case 'C':
		qy_put_text(out, ((const struct supply_handle *)p)->s->id, spec);
		return true;
	case 'a': /* phys_addr_t, dma_addr_t: both have 64 bits */
	case 'N':
		qy_touches(p, sizeof(u64), false);
		put_hex(out, *(const u64 *)p, POINTER_DIGITS);
		return true;
	case 'O':
		if (letters[1] != 'F')
			return false;
		put_node(out, letters, p, spec);
		return true;
	case 'G':
		return put_flags(out, letters[1], p);
	default:
		return false;
	}
}

const char *qy_put_pointer(
	struct out *out, const char *at, const void *p, const struct spec *spec)
{
	char letters[16] = "";

	for (size_t n = 0; isalnum(*at); at++)
		if (n + 1 < sizeof(letters))
			letters[n++] = *at;
	switch (letters[0]) {
	case 'x':
		put_address(out, board_pointer(p), spec);
		return at;
	case 'e':
		put_error(out, p, spec);
		return at;
	case 's':
	case 'S':
	case 'B':
		put_symbol(out, letters[0], p, spec);
		return at;
	default:
		break;
	}
	if (letters[0] && strchr(READING, letters[0])) {
		if (!p || (uintptr_t)p < PAGE_SIZE || IS_ERR(p)) {
			struct spec whole = *spec;

			whole.width = strchr("hEb", letters[0]) ? -1 : whole.width;
			qy_put_text(out, p ? "(efault)" : "(null)", &whole);
			return at;
		}
		if (put_kind(out, letters, p, spec))
			return at;
	}
	put_hashed(out, p, spec);
	return at;
}
