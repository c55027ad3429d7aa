// SPDX-License-Identifier: MIT
/*
 * What the kernel's formats print: each of those that Linux's list of them has, and what it says of pointers that lead nowhere.
 *
 * No state.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/of.h>
#include <linux/rtc.h>
#include <linux/slab.h>
#include <linux/string_helpers.h>
#include <linux/uaccess.h>
#include "tests/drivers/kernel/world.h"

/* What is printed, and its length also where there is no room. */
#define PRINTS(expected, ...)                                                            \
	do {                                                                             \
		char text[128];                                                          \
                                                                                         \
		CHECK_EQ(print(NULL, 0, __VA_ARGS__), (int)strlen(expected));            \
		CHECK_EQ(print(text, sizeof(text), __VA_ARGS__), (int)strlen(expected)); \
		CHECK_STR_EQ(text, expected);                                            \
	} while (0)

#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-extra-args"

/* The compiler knows the C library's formats, and would compute what is constant. */
static int (*volatile print)(char *, size_t, const char *, ...) = snprintf;
static const char *volatile nothing;

WORLD(text, numbers_and_strings_are_the_kernels)
{
	PRINTS("0x1234abcd  |  0x1234abcd|0x0|0", "%#-12x|%#12x|%#x|%#o", 0x1234abcd,
		0x1234abcd, 0, 0);
	PRINTS("001| 12|+123| 1234|-0123|00", "%03d|%3d|%+d|% d|%05d|%.2d", 1, 12, 123,
		1234, -123, 0);
	PRINTS("255|-1|0", "%hhu|%hhd|%.0d", 255, 255, 0);
	PRINTS("18446744073709551615 -9223372036854775808", "%llu %lld", ~0ull,
		LLONG_MIN);
	PRINTS("a  |  b|abc|123456|    |(null)|x%", "%-3s|%3s|%.3s|%.s|%4.*s|%s|%c%%",
		"a", "b", "abcdef", "123456", -5, "gone", nothing, 'x');
}

WORLD(text, a_pointer_leads_nowhere_unless_it_is_asked_for_as_it_is)
{
	void *object = kmalloc(64, GFP_KERNEL);
	char hashed[32], again[32], plain[32];

	snprintf(hashed, sizeof(hashed), "%p", object);
	snprintf(again, sizeof(again), "%pK", object);
	snprintf(plain, sizeof(plain), "%px", object);
	CHECK_STR_EQ(hashed, again);
	CHECK(strcmp(hashed, plain) != 0);
	CHECK(!strncmp(hashed, "00000000", 8));
	CHECK(!strncmp(plain, "ffff", 4));
	kfree(object);
	PRINTS("0000000000000000 fffffffffffffff4", "%p %p", NULL, ERR_PTR(-12));
	PRINTS("-ENOMEM|-EPROBE_DEFER|-1234|    -EIO", "%pe|%pe|%pe|%8pe", ERR_PTR(-12),
		ERR_PTR(-517), ERR_PTR(-1234), ERR_PTR(-5));
	PRINTS("(null)|(efault)|(efault)", "%pM|%pI4|%pR", NULL, (void *)16,
		ERR_PTR(-12));
}

WORLD(text, resources_are_told_with_their_flags)
{
	struct resource mem = { 0x60000000, 0x6fffffff, "regs",
		IORESOURCE_MEM | IORESOURCE_PREFETCH };
	struct resource io = { 0x60, 0x60, "kbd", IORESOURCE_IO };
	struct resource irq = { 41, 41, "irq", IORESOURCE_IRQ };
	struct resource big = { 0x1000000000, 0x10000fffff, "bar",
		IORESOURCE_MEM | IORESOURCE_MEM_64 };
	phys_addr_t at = 0x1234;

	PRINTS("[mem 0x60000000-0x6fffffff pref]", "%pR", &mem);
	PRINTS("[mem 0x60000000-0x6fffffff flags 0x2200]", "%pr", &mem);
	PRINTS("[io  0x0060] [irq 41]", "%pR %pR", &io, &irq);
	PRINTS("[mem 0x1000000000-0x10000fffff 64bit]", "%pR", &big);
	mem.flags |= IORESOURCE_UNSET;
	PRINTS("[mem size 0x10000000 pref]", "%pR", &mem);
	PRINTS("0x0000000000001234|0x0000000000001234", "%pa|%pap", &at, &at);
}

WORLD(text, bytes_bits_and_addresses_of_networks)
{
	const u8 mac[6] = { 0x2d, 0x48, 0xd6, 0xfc, 0x7a, 5 };
	const u8 v4[4] = { 127, 0, 0, 1 };
	const u8 v6[16] = { 0x20, 1, 0xd, 0xb8, [15] = 1 };
	const u8 mapped[16] = { [10] = 0xff, 0xff, 192, 168, 0, 9 };
	const u8 id[16] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
	struct sockaddr_in sa = { .sin_family = AF_INET,
		.sin_port = cpu_to_be16(12345),
		.sin_addr.s_addr = cpu_to_be32(0x01020304) };
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6,
		.sin6_port = cpu_to_be16(80) };
	unsigned long bits = 0xa28ac;
	u32 nv12 = 0x3231564e;

	PRINTS("2d:48:d6:fc:7a:05|05:7a:fc:d6:48:2d|2d-48-d6-fc-7a-05|2d48d6fc7a05",
		"%pM|%pMR|%pMF|%pm", mac, mac, mac, mac);
	PRINTS("2d 48 d6|2d:48:d6|2d-48-d6|2d48d6", "%*ph|%3phC|%3phD|%3phN", 3, mac, mac,
		mac, mac);
	PRINTS("127.0.0.1|127.000.000.001|1.0.0.127", "%pI4|%pi4|%pI4l", v4, v4, v4);
	PRINTS("2001:0db8:0000:0000:0000:0000:0000:0001|2001:db8::1", "%pI6|%pI6c", v6,
		v6);
	PRINTS("::ffff:192.168.0.9", "%pI6c", mapped);
	PRINTS("1.2.3.4:12345|[::]:80", "%pISp|%pISpc", &sa, &sa6);
	PRINTS("00010203-0405-0607-0809-0a0b0c0d0e0f|03020100-0504-0706-0809-0A0B0C0D0E0F",
		"%pU|%pUL", id, id);
	PRINTS("a28ac|2-3,5,7,11,13,17,19", "%20pb|%*pbl", &bits, 20, &bits);
	PRINTS("NV12 little-endian (0x3231564e)", "%p4cc", &nv12);
	PRINTS("a\\nb\\0|a\\x0a", "%*pE|%2pEhp", 4, "a\nb\0", "a\n");
}

/* Of this program, not of a module: it has no name in brackets. */
static noinline int named_here(void)
{
	return 1;
}

static void put_line(char *text, size_t size, const char *fmt, ...)
{
	struct va_format format = { .fmt = fmt };
	va_list args;

	va_start(args, fmt);
	format.va = &args;
	snprintf(text, size, "lamp: %pV!", &format);
	va_end(args);
}

WORLD(text, things_of_the_kernel_by_their_names)
{
	struct rtc_time tm = { .tm_sec = 43,
		.tm_min = 35,
		.tm_hour = 5,
		.tm_mday = 26,
		.tm_mon = 10,
		.tm_year = 118 };
	struct dentry root = { .d_parent = &root,
		.d_name.name = (const unsigned char *)"root" },
		      dir = { .d_parent = &root,
			      .d_name.name = (const unsigned char *)"dir" },
		      file = { .d_parent = &dir,
			      .d_name.name = (const unsigned char *)"file" };
	struct device_node *np = of_find_node_by_path("/soc/serial@9000000");
	unsigned long vm = VM_READ | VM_MAYREAD | VM_PFNMAP;
	gfp_t gfp = GFP_ATOMIC | __GFP_ZERO;
	time64_t now = 1546615943;
	struct timespec64 ts;
	char text[128];

	PRINTS("2018-11-26T05:35:43|05:35:43|0118-10-26 05:35:43", "%ptR|%ptRt|%ptRrs",
		&tm, &tm, &tm);
	PRINTS("2019-01-04T15:32:23|2019-01-04|(%pt?)", "%ptT|%ptTd|%pt", &now, &now,
		&now);
	CHECK_EQ(rtc_tm_to_time64(&tm), 1543210543);
	ktime_get_real_ts64(&ts);
	CHECK(ts.tv_sec >= QY_BOOTED_AT_S && ts.tv_nsec < NSEC_PER_SEC);
	ts = ns_to_timespec64(-1);
	CHECK(ts.tv_sec == -1 && ts.tv_nsec == 999999999);
	CHECK_EQ(timespec64_to_ns(&ts), -1);
	PRINTS("file|dir/file|/dir/file", "%pd|%pd2|%pd4", &file, &file, &file);
	PRINTS("GFP_ATOMIC|__GFP_ZERO", "%pGg", &gfp);
	PRINTS("read|mayread|pfnmap", "%pGv", &vm);
	if (np)
		PRINTS("/soc/serial@9000000|serial|serial@9000000", "%pOF|%pOFn|%pOFP",
			np, np, np);
	put_line(text, sizeof(text), "%d of %s", 3, "four");
	CHECK_STR_EQ(text, "lamp: 3 of four!");
	CHECK_EQ(named_here(), 1);
	PRINTS("named_here", "%ps", named_here);
	snprintf(text, sizeof(text), "%pS", named_here);
	CHECK(!strncmp(text, "named_here+0x0/0x", 17));
}

WORLD(text, sizes_and_escapes_are_for_people_to_read)
{
	char text[32], back[16];

	string_get_size(16384, 512, STRING_UNITS_2, text, sizeof(text));
	CHECK_STR_EQ(text, "8.00 MiB");
	string_get_size(1500, 1, STRING_UNITS_10, text, sizeof(text));
	CHECK_STR_EQ(text, "1.50 kB");
	string_get_size(1023, 1, STRING_UNITS_2, text, sizeof(text));
	CHECK_STR_EQ(text, "1023 B");
	CHECK_EQ(string_escape_str_any_np("a\tb\x01", text, sizeof(text), NULL), 8);
	CHECK(!memcmp(text, "a\\tb\\001", 8));
	text[8] = '\0';
	CHECK_EQ(string_unescape_any(text, back, sizeof(back)), 4);
	CHECK_STR_EQ(back, "a\tb\x01");
	CHECK_STR_EQ(str_enabled_disabled(true), "enabled");
}

WORLD(user, a_structure_may_have_grown_on_either_side)
{
	u32 theirs[3] = { 7, 8, 0 }, ours[2] = { 1, 1 };

	CHECK_EQ(copy_struct_from_user(ours, 8, theirs, 4), 0);
	CHECK(ours[0] == 7 && ours[1] == 0);
	CHECK_EQ(copy_struct_from_user(ours, 8, theirs, 12), 0);
	CHECK(ours[0] == 7 && ours[1] == 8);
	theirs[2] = 1; /* what we do not know of */
	CHECK_EQ(copy_struct_from_user(ours, 8, theirs, 12), -E2BIG);
	CHECK_EQ(check_zeroed_user(theirs, 12), 0);
	CHECK_EQ(copy_struct_from_user(ours, 8, NULL, 8), -EFAULT);
}
