// SPDX-License-Identifier: MIT
/*
 * Trees that must not become boards: what cannot boot, what is past a limit, what is damaged. Each is refused in one
 * line, and no damage ends in a crash. No state.
 */
#include "tests/lab/test_board.h"

static char *repeat(const char *before, const char *format, int nr, const char *after)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	fputs(before, stream);
	for (int i = 0; i < nr; i++)
		fprintf(stream, format, i, i);
	fputs(after, stream);
	fclose(stream);
	return text;
}

TEST(board, a_tree_that_cannot_boot_is_refused_in_one_line)
{
	static const struct {
		const char *body, *expected;
	} cases[] = {
		{ "", "t.dts: /memory: no RAM: the boot loader would fill it in, so give -m SIZE" },
		{ "memory@0 { device_type = \"memory\"; reg = <0 0 0 0>; };",
			"t.dts: /memory: no RAM: the boot loader would fill it in, so give -m SIZE" },
		{ "memory@0 { device_type = \"memory\"; reg = <0 0 0>; };",
			"t.dts: /memory@0: reg has 12 bytes: expected a multiple of 16 "
			"(2 + 2 cells)" },
		{ "memory@0 { device_type = \"memory\"; reg = <0xffffffff 0xfffff000 1 0>; };",
			"t.dts: /memory@0: reg: 0x100000000 bytes from 0xfffffffffffff000 wrap "
			"around: correct the range" },
		{ "memory@0 { device_type = \"memory\"; reg = <0xffff 0xf0000000 0 0x20000000>; };",
			"t.dts: RAM up to 0x100000fffffff is past the 48 address bits of arm64: "
			"lower the bank, or use -m" },
		{ "qy,arch = \"x86_64\"; memory@0 { device_type = \"memory\";"
		  "  reg = <0x4000 0 0 0x20000000>; };",
			"t.dts: RAM up to 0x40001fffffff is past the 46 address bits of x86-64: "
			"lower the bank, or use -m" },
		{ "memory@0 { device_type = \"memory\"; reg = <0 0 0 0x1000>;"
		  "  numa-node-id = <16>; };",
			"t.dts: numa-node-id 16 of memory: expected 0 to 15, or use numa=off" },
		{ "memory@0 { device_type = \"memory\"; reg = <0 0 0 0x1000>;"
		  "  numa-node-id = <0>; }; cpus { cpu@0 { numa-node-id = <99>; }; };",
			"t.dts: numa-node-id 99 of a CPU: expected 0 to 15, or use numa=off" },
		{ "qy,arch = \"riscv\";",
			"t.dts: /: qy,arch = \"riscv\": expected arm64 or x86_64" },
		{ "qy,page-size = <65536>;",
			"t.dts: /: qy,page-size = <65536>: kernels with 16K or 64K pages are not "
			"modelled: use 4096" },
		{ "qy,kernel-image = <1 2 3>;",
			"t.dts: /: qy,kernel-image: expected <code rwdata rodata init bss [base]>" },
		{ RAM_2G "chosen { bootargs = [61 62]; };",
			"t.dts: /chosen: bootargs is not a string: end it with NUL" },
		{ RAM_2G "chosen { bootargs = \"mem=lots\"; };",
			"t.dts: command line: mem=lots: expected a size of at least a page, "
			"like 512M" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_refused(cases[i].body, &no_opts, cases[i].expected);
}

TEST(board, root_cells_other_than_one_or_two_are_refused)
{
	struct qy_err err;

	CHECK(!load_text("/dts-v1/; / { #address-cells = <3>; #size-cells = <1>; };",
		&no_opts, &err));
	CHECK_STR_EQ(err.text, "t.dts: /: #address-cells and #size-cells must be 1 or 2: "
			       "correct the tree");
}

TEST(board, more_than_a_limit_is_refused_by_name)
{
	static const struct {
		const char *before, *format;
		int nr;
		const char *after, *expected;
	} cases[] = {
		{ "memory@0 { device_type = \"memory\"; reg = <", "%d 0 0 0x1000 ", 257,
			">; };",
			"t.dts: /memory: 257 separate banks: at most 256 are supported" },
		{ "memory@0 { device_type = \"memory\"; reg = <", "0 %d 0 0 ", 4097,
			">; };",
			"t.dts: /memory@0: more than 4096 memory ranges: merge some" },
		{ RAM_2G "cpus { ", "cpu@%x { reg = <%d>; }; ", 257, "};",
			"t.dts: /cpus: more than 256 CPUs: remove some from the tree" },
		{ RAM_2G
			"reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; ",
			"r%x { reg = <0 %d 0 0x1000>; };", 129, "};",
			"t.dts: r80: more than 128 reservations: remove some from the tree" },
		{ RAM_2G
			"reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; "
			"a { size = <0 0x1000>; alloc-ranges = <",
			"0 %d 0 1 ", 257, ">; }; };",
			"t.dts: /reserved-memory/a: more than 256 alloc-ranges: merge some" },
		{ RAM_2G, "a%d {", 64,
			"}; }; }; }; }; }; }; }; }; }; }; }; }; }; }; };"
			"}; }; }; }; }; }; }; }; }; }; }; }; }; }; }; };"
			"}; }; }; }; }; }; }; }; }; }; }; }; }; }; }; };"
			"}; }; }; }; }; }; }; }; }; }; }; }; }; }; }; };",
			"t.dts: a63: nodes nest deeper than 64: Linux refuses such a tree" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *body = repeat(
			cases[i].before, cases[i].format, cases[i].nr, cases[i].after);

		check_refused(body, &no_opts, cases[i].expected);
		free(body);
	}
}

TEST(board, a_tree_cut_anywhere_is_refused)
{
	char *dts = root_of(RAM_2G);
	struct qy_loaded_board *loaded;
	struct qy_err err;
	size_t size;
	char *blob = compile_text(dts, &size);

	for (size_t cut = 0; cut < size; cut++) {
		char *part = malloc(cut + 1);

		memcpy(part, blob, cut);
		loaded = qy_board_load_blob(part, cut, "t.dtb", &no_opts, &err);
		CHECK(loaded == NULL);
		CHECK(!strncmp(err.text, "t.dtb: not a whole device tree (FDT_ERR_", 39));
		free(part);
	}
	free(blob);
	free(dts);
}

TEST(board, a_tree_with_any_byte_flipped_is_refused_or_boots)
{
	char *dts = root_of(RESERVED(
		"a { size = <0 0x1000>; };") "chosen { bootargs = \"cma=16M\"; };");
	size_t size;
	char *blob = compile_text(dts, &size);

	for (size_t at = 0; at < size; at++)
		for (int bit = 0; bit < 8; bit += 7) {
			struct qy_err err = { "" };
			struct qy_loaded_board *loaded;

			blob[at] ^= (char)(1 << bit);
			loaded = qy_board_load_blob(blob, size, "t.dtb", &no_opts, &err);
			CHECK(loaded || err.text[0]);
			qy_board_free(loaded);
			blob[at] ^= (char)(1 << bit);
		}
	free(blob);
	free(dts);
}

TEST(board, a_tree_of_a_version_before_17_is_refused)
{
	char *dts = root_of(RAM_2G);
	struct qy_err err;
	size_t size;
	char *blob = compile_text(dts, &size);

	blob[23] = 15; /* the low byte of the header's version */
	CHECK(!qy_board_load_blob(blob, size, "t.dtb", &no_opts, &err));
	CHECK_STR_EQ(err.text,
		"t.dtb: not a whole device tree (FDT_ERR_BADVERSION): give a .dtb, "
		"or a .dts to compile");
	free(blob);
	free(dts);
}
