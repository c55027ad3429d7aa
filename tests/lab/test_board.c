// SPDX-License-Identifier: MIT
/*
 * Boards from files and switches: what is read, what wins over what, what is refused. No state.
 */
#include "tests/lab/test_board.h"

#include <sys/stat.h>

#define TWO_BANKS                                                                      \
	"memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x40000000" \
	"  1 0 1 0>; };"

/* --- switches ----------------------------------------------------------------------------------- */

static void check_memory(
	const char *body, const char *size, uint64_t base, uint64_t bytes)
{
	struct qy_board_opts opts = { .memory = size };
	struct qy_loaded_board *loaded = load_tree(body, &opts);

	CHECK_EQ(loaded->board.nr_banks, 1);
	CHECK_EQ(loaded->board.banks[0].base, base);
	CHECK_EQ(loaded->board.banks[0].size, bytes);
	qy_board_free(loaded);
}

TEST(board, m_replaces_all_banks_from_where_the_first_starts)
{
	check_memory(TWO_BANKS, "1G", 2 * GiB, 1 * GiB);
	check_memory(TWO_BANKS, "0x100000", 2 * GiB, 1 * MiB);
	check_memory("", "512M", 0x80000000, 512 * MiB);
	/* Banks that wait for the boot loader: one with an address says where, one without does not. */
	check_memory("memory@0 { device_type = \"memory\"; reg = <0 0 0 0>; };", "2G", 0,
		2 * GiB);
	check_memory(
		"memory@40000000 { device_type = \"memory\"; reg = <0 0x40000000 0 0>; };",
		"2G", 1 * GiB, 2 * GiB);
	check_memory("memory { device_type = \"memory\"; reg = <0 0 0 0>; };", "2048k",
		0x80000000, 2 * MiB);
}

TEST(board, smp_and_the_command_line_set_the_number_of_cpus)
{
	static const struct {
		const char *append;
		uint32_t nr;
	} cases[] = { { NULL, 6 }, { "nr_cpus=2", 2 }, { "nr_cpus=64", 6 },
		{ "nr_cpus=0", 6 }, { "maxcpus=3", 3 }, { "maxcpus=0", 1 },
		{ "nosmp", 1 }, { "maxcpus=2 nr_cpus=4", 2 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct qy_board_opts opts = { .smp = 6, .append = cases[i].append };
		struct qy_loaded_board *loaded = load_tree(RAM_2G, &opts);

		CHECK_EQ(loaded->board.nr_cpus, cases[i].nr);
		qy_board_free(loaded);
	}
}

TEST(board, append_follows_bootargs_and_wins)
{
	struct qy_board_opts opts = { .append = "cma=32M quiet" };
	struct qy_loaded_board *loaded = load_tree(
		RAM_2G "chosen { bootargs = \"console=ttyS0 cma=16M\"; };", &opts);

	CHECK_STR_EQ(loaded->board.cmdline, "console=ttyS0 cma=16M cma=32M quiet");
	CHECK_EQ(loaded->board.cma.size, 32 * MiB);
	CHECK(has_note(loaded, "2 options belong to other subsystems"));
	qy_board_free(loaded);
}

TEST(board, a_wrong_switch_is_refused_in_one_line)
{
	static const char *const no_equals[] = { "vm.min_free_kbytes" };
	static const char *const bad_value[] = { "vm.watermark_scale_factor=0" };
	const struct {
		struct qy_board_opts opts;
		const char *expected;
	} cases[] = {
		{ { .memory = "lots" },
			"-m: lots: expected a size like 512M, 2G or 0x40000000" },
		{ { .memory = "1Gx" },
			"-m: 1Gx: expected a size like 512M, 2G or 0x40000000" },
		{ { .memory = "" },
			"-m: empty: expected a size like 512M, 2G or 0x40000000" },
		{ { .memory = "-1G" },
			"-m: -1G: expected a size like 512M, 2G or 0x40000000" },
		{ { .memory = "100" },
			"-m: 100: expected a size like 512M, 2G or 0x40000000" },
		{ { .memory = "16E" },
			"-m: 16E: expected a size like 512M, 2G or 0x40000000" },
		{ { .memory = "15E" },
			"t.dts: RAM up to 0xf00000007fffffff is past the 48 address bits of "
			"arm64: lower the bank, or use -m" },
		{ { .memory = "0xffffffffffffffff" },
			"-m: 0xffffffffffffffff: from 0x80000000 on it wraps around: use less" },
		{ { .smp = 257 }, "-smp 257: expected 1 to 256 CPUs" },
		{ { .smp = -1 }, "-smp -1: expected 1 to 256 CPUs" },
		{ { .append = "cma=" },
			"t.dts: command line: cma=: expected SIZE[@BASE[-LIMIT]], like 64M or "
			"64M@0-4G" },
		{ { .sysctls = no_equals, .nr_sysctls = 1 },
			"--sysctl: 'vm.min_free_kbytes': expected KEY=VALUE" },
		{ { .sysctls = bad_value, .nr_sysctls = 1 },
			"--sysctl: vm.watermark_scale_factor = 0: expected 1 to 3000" },
		{ { .cmdline_file = "/nonexistent/x.cmdline" },
			"/nonexistent/x.cmdline: No such file or directory: give the name of a "
			"readable file" },
		{ { .sysctl_file = "/nonexistent/x.conf" },
			"/nonexistent/x.conf: No such file or directory: give the name of a "
			"readable file" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		check_refused(RAM_2G, &cases[i].opts, cases[i].expected);
}

TEST(board, a_command_line_that_linux_would_cut_is_refused)
{
	char line[2049];
	struct qy_board_opts opts = { .append = line };

	memset(line, 'x', 2048);
	line[2047] = '\0';
	qy_board_free(load_tree(RAM_2G, &opts));
	line[2047] = 'x';
	line[2048] = '\0';
	check_refused(RAM_2G, &opts,
		"t.dts: the command line has 2048 characters: Linux keeps 2047: shorten it");
}

/* --- files -------------------------------------------------------------------------------------- */

/* A directory with NAME.dts of 2 GiB; removed with remove_directory(). */
static void make_directory(char *directory)
{
	char path[128], *dts = root_of(RAM_2G "chosen { bootargs = \"cma=16M\"; };");

	strcpy(directory, "/tmp/quarry-test-XXXXXX");
	CHECK(mkdtemp(directory) != NULL);
	snprintf(path, sizeof(path), "%s/b.dts", directory);
	write_file(path, dts, strlen(dts));
	free(dts);
}

static void put(const char *directory, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	write_file(path, text, strlen(text));
}

static void remove_directory(const char *directory)
{
	static const char *const names[] = { "b.dts", "b.cmdline", "b.sysctl.conf",
		"o.cmdline", "o.conf", "bad.dts", "b.dtb" };
	char path[128];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		unlink(path);
	}
	CHECK_EQ(rmdir(directory), 0);
}

static struct qy_loaded_board *load_from(const char *directory, const char *name,
	struct qy_board_opts opts, struct qy_err *err)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	opts.dtb = path;
	return qy_board_load(&opts, err);
}

TEST(board, files_next_to_the_tree_are_read_and_later_settings_win)
{
	static const char *const sysctls[] = { "vm.min_free_kbytes=3" };
	struct qy_loaded_board *loaded;
	char directory[64];
	struct qy_err err;

	make_directory(directory);
	loaded = load_from(directory, "b.dts", no_opts, &err);
	CHECK(loaded != NULL);
	CHECK_STR_EQ(loaded->board.cmdline, "cma=16M");
	CHECK_EQ(loaded->board.vm.min_free_kbytes, -1);
	qy_board_free(loaded);

	put(directory, "b.cmdline", "cma=64M\nsysctl.vm.min_free_kbytes=1\n");
	put(directory, "b.sysctl.conf", "vm.watermark_boost_factor = 0\n");
	loaded = load_from(directory, "b.dts", no_opts, &err);
	CHECK(loaded != NULL);
	CHECK_STR_EQ(loaded->board.cmdline, "cma=64M sysctl.vm.min_free_kbytes=1");
	CHECK_EQ(loaded->board.cma.size, 64 * MiB);
	CHECK_EQ(loaded->board.vm.min_free_kbytes, 1);
	CHECK_EQ(loaded->board.vm.watermark_boost_factor, 0);
	qy_board_free(loaded);

	put(directory, "b.sysctl.conf", "vm.min_free_kbytes = 2\n");
	loaded = load_from(directory, "b.dts", no_opts, &err);
	CHECK_EQ(loaded->board.vm.min_free_kbytes, 2);
	qy_board_free(loaded);

	loaded = load_from(directory, "b.dts",
		(struct qy_board_opts){ .sysctls = sysctls, .nr_sysctls = 1 }, &err);
	CHECK_EQ(loaded->board.vm.min_free_kbytes, 3);
	qy_board_free(loaded);
	remove_directory(directory);
}

TEST(board, files_that_are_named_replace_those_next_to_the_tree)
{
	char directory[64], cmdline[128], conf[128];
	struct qy_board_opts opts = { .cmdline_file = cmdline, .sysctl_file = conf };
	struct qy_loaded_board *loaded;
	struct qy_err err;

	make_directory(directory);
	put(directory, "b.cmdline", "cma=64M");
	put(directory, "o.cmdline", "cma=8M");
	put(directory, "b.sysctl.conf", "vm.min_free_kbytes = 2");
	put(directory, "o.conf", "vm/min_free_kbytes = 4");
	snprintf(cmdline, sizeof(cmdline), "%s/o.cmdline", directory);
	snprintf(conf, sizeof(conf), "%s/o.conf", directory);
	loaded = load_from(directory, "b.dts", opts, &err);
	CHECK(loaded != NULL);
	CHECK_EQ(loaded->board.cma.size, 8 * MiB);
	CHECK_EQ(loaded->board.vm.min_free_kbytes, 4);
	qy_board_free(loaded);
	remove_directory(directory);
}

TEST(board, a_source_and_its_binary_are_the_same_board)
{
	struct qy_loaded_board *loaded;
	char directory[64], path[128];
	struct qy_err err;
	size_t size;
	void *blob;

	make_directory(directory);
	snprintf(path, sizeof(path), "%s/b.dts", directory);
	CHECK_EQ(qy_read_tree(path, &blob, &size, &err), 0);
	snprintf(path, sizeof(path), "%s/b.dtb", directory);
	write_file(path, blob, size);
	free(blob);
	loaded = load_from(directory, "b.dtb", no_opts, &err);
	CHECK(loaded != NULL);
	CHECK_EQ(loaded->board.nr_banks, 1);
	CHECK_EQ(loaded->board.banks[0].size, 2 * GiB);
	qy_board_free(loaded);
	remove_directory(directory);
}

TEST(board, a_file_that_is_no_tree_is_refused_in_one_line)
{
	char directory[64], expected[256];
	struct qy_err err;

	make_directory(directory);
	put(directory, "bad.dts", "/dts-v1/;\n/ { a = ; };\n");
	CHECK(!load_from(directory, "bad.dts", no_opts, &err));
	snprintf(expected, sizeof(expected),
		"%s/bad.dts: dtc: Error: %s/bad.dts:2.9-10 syntax error", directory,
		directory);
	CHECK_STR_EQ(err.text, expected);

	put(directory, "b.dtb", "hello");
	CHECK(!load_from(directory, "b.dtb", no_opts, &err));
	snprintf(expected, sizeof(expected),
		"%s/b.dtb: not a whole device tree (FDT_ERR_TRUNCATED): give a .dtb, or a .dts "
		"to compile",
		directory);
	CHECK_STR_EQ(err.text, expected);

	CHECK(!load_from(directory, "none.dts", no_opts, &err));
	snprintf(expected, sizeof(expected),
		"%s/none.dts: No such file or directory: give the name of a .dtb or .dts",
		directory);
	CHECK_STR_EQ(err.text, expected);

	CHECK(!load_from(directory, ".", no_opts, &err));
	snprintf(expected, sizeof(expected),
		"%s/.: Is a directory: give the name of a readable file", directory);
	CHECK_STR_EQ(err.text, expected);
	remove_directory(directory);

	CHECK(!qy_board_load(&no_opts, &err));
	CHECK_STR_EQ(err.text, "no device tree: give --dtb FILE.dtb or FILE.dts");
}

TEST(board, a_missing_dtc_names_its_package)
{
	char directory[64], expected[256], *path = strdup(getenv("PATH"));
	struct qy_err err;

	make_directory(directory);
	setenv("PATH", directory, 1);
	CHECK(!load_from(directory, "b.dts", no_opts, &err));
	setenv("PATH", path, 1);
	free(path);
	snprintf(expected, sizeof(expected),
		"%s/b.dts: no dtc to compile it: install device-tree-compiler",
		directory);
	CHECK_STR_EQ(err.text, expected);
	remove_directory(directory);
}
