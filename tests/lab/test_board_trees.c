// SPDX-License-Identifier: MIT
/*
 * Whole boards: the bundled ones against what their firmware said, and every real tree that is at hand.
 *
 * QY_BOARDS_DIR names a directory of .dtb files (searched deeply), such as /usr/lib/linux-image-*-arm64 of a
 * distribution's arm64 kernel package. No state.
 */
#include "tests/lab/test_board.h"

#include <ftw.h>

#include "quarry/sim.h"

/* --- bundled ------------------------------------------------------------------------------------ */

static struct qy_loaded_board *load_bundled(const char *name)
{
	struct qy_loaded_board *loaded;
	struct qy_board_opts opts = { 0 };
	struct qy_err err;
	char *path;

	CHECK(asprintf(&path, "%s/boards/%s.dts", QY_SOURCE_DIR, name) > 0);
	opts.dtb = path;
	loaded = qy_board_load(&opts, &err);
	free(path);
	if (!loaded)
		FAIL("%s", err.text);
	return loaded;
}

TEST(boards, qemu_virt_has_8_gib_and_six_cpus)
{
	struct qy_loaded_board *loaded = load_bundled("qemu-virt-8g");

	CHECK_STR_EQ(loaded->board.model, "linux,dummy-virt");
	CHECK_EQ(loaded->board.arch, QY_ARCH_ARM64);
	CHECK_EQ(loaded->board.nr_cpus, 6);
	CHECK_EQ(loaded->board.nr_banks, 1);
	CHECK_EQ(loaded->board.banks[0].base, 1 * GiB);
	CHECK_EQ(loaded->board.banks[0].size, 8 * GiB);
	CHECK_EQ(loaded->board.nr_reserved, 0);
	CHECK_EQ(loaded->board.dma_limit, 0);
	qy_board_free(loaded);
}

TEST(boards, qemu_virt_with_cma_adds_the_default_area)
{
	struct qy_loaded_board *loaded = load_bundled("qemu-virt-8g-cma256");

	CHECK_EQ(loaded->board.nr_cpus, 6);
	CHECK_EQ(loaded->board.nr_reserved, 1);
	CHECK_STR_EQ(loaded->board.reserved[0].name, "linux,cma");
	CHECK_EQ(loaded->board.reserved[0].size, 256 * MiB);
	CHECK(loaded->board.reserved[0].flags & QY_RESERVED_CMA_DEFAULT);
	qy_board_free(loaded);
}

TEST(boards, the_1_gib_pc_has_the_ranges_of_its_boot_log)
{
	struct qy_loaded_board *loaded = load_bundled("x86_64-1g");

	CHECK_EQ(loaded->board.arch, QY_ARCH_X86_64);
	CHECK_EQ(loaded->board.nr_cpus, 2);
	CHECK_EQ(loaded->board.nr_banks, 2);
	/* "usable" [0x0-0x9fbff] and [0x100000-0x3ffdffff], in whole pages */
	CHECK_EQ(loaded->board.banks[0].base, 0);
	CHECK_EQ(loaded->board.banks[0].size, 0x9f000);
	CHECK_EQ(loaded->board.banks[1].base, 0x100000);
	CHECK_EQ(loaded->board.banks[1].size, 0x3fee0000);
	/* "8192K kernel code, 1195K rwdata, 1756K rodata, 1116K init, 3972K bss" */
	CHECK_EQ(loaded->board.kernel.code, 8192 * KiB);
	CHECK_EQ(loaded->board.kernel.rwdata, 1195 * KiB);
	CHECK_EQ(loaded->board.kernel.rodata, 1756 * KiB);
	CHECK_EQ(loaded->board.kernel.init, 1116 * KiB);
	CHECK_EQ(loaded->board.kernel.bss, 3972 * KiB);
	CHECK_EQ(loaded->board.reserved[0].base, 0x3fe7c000);
	CHECK_EQ(loaded->board.cma.size, 64 * MiB);
	CHECK(!loaded->board.zone_device);
	qy_board_free(loaded);
}

TEST(boards, the_24_gib_machine_spans_three_zones)
{
	struct qy_loaded_board *loaded = load_bundled("x86_64-24g");

	CHECK_EQ(loaded->board.nr_banks, 3);
	CHECK_EQ(loaded->board.banks[1].base + loaded->board.banks[1].size, 0xc0000000);
	CHECK_EQ(loaded->board.banks[2].base, 4 * GiB);
	CHECK_EQ(loaded->board.banks[2].base + loaded->board.banks[2].size, 0x640000000);
	CHECK(loaded->board.zone_device);
	qy_board_free(loaded);
}

/* --- every tree at hand ------------------------------------------------------------------------- */

static const char *boards_dir(void)
{
	const char *directory = getenv("QY_BOARDS_DIR");

	if (!directory || !*directory)
		SKIP("QY_BOARDS_DIR names no directory of .dtb files");
	return directory;
}

static unsigned int nr_trees, nr_failed, nr_without_memory;

static struct qy_loaded_board *load_real(const char *path, struct qy_err *err)
{
	struct qy_board_opts opts = { .dtb = path };
	struct qy_loaded_board *loaded = qy_board_load(&opts, err);

	if (loaded || !strstr(err->text, "no RAM"))
		return loaded;
	nr_without_memory++;
	opts.memory = "2G";
	return qy_board_load(&opts, err);
}

/* Boots the board, checks the machine and takes it down. */
static bool boots(const struct qy_board *board, char *why, size_t size)
{
	struct qy_sim_opts opts = { 0 };
	struct qy_machine *m = qy_sim_boot(board, &opts, why, size);
	bool good = m && qy_machine_validate(m, why, size);

	if (m)
		qy_sim_shutdown(m);
	return good;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	size_t length = strlen(path);
	struct qy_loaded_board *loaded;
	struct qy_err err = { "" };

	(void)status;
	(void)ftw;
	if (type != FTW_F || length < 4 || strcmp(path + length - 4, ".dtb"))
		return 0;
	nr_trees++;
	loaded = load_real(path, &err);
	if (!loaded || !boots(&loaded->board, err.text, sizeof(err.text))) {
		nr_failed++;
		fprintf(stderr, "%s: %s\n", path, err.text);
	}
	qy_board_free(loaded);
	return 0;
}

TEST(boards, every_tree_at_hand_boots)
{
	const char *directory = boards_dir();

	nr_trees = nr_failed = nr_without_memory = 0;
	CHECK_EQ(nftw(directory, visit, 16, FTW_PHYS), 0);
	if (nr_failed || !nr_trees)
		FAIL("%u of %u trees under %s failed (%u needed -m)", nr_failed, nr_trees,
			directory, nr_without_memory);
}

TEST(boards, every_bundled_board_boots)
{
	static const char *const names[] = { "qemu-virt-8g", "qemu-virt-8g-cma256",
		"qemu-virt-4g-edu", "qemu-virt-4g-edu-smmu", "orin-nano-8g",
		"orin-nano-8g-nosmmu", "pc-8g", "pc-8g-vtd", "two-cameras", "x86_64-1g",
		"x86_64-1g-cma64", "x86_64-24g" };
	char why[512] = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct qy_loaded_board *loaded = load_bundled(names[i]);

		if (!boots(&loaded->board, why, sizeof(why)))
			FAIL("%s: %s", names[i], why);
		qy_board_free(loaded);
	}
}

/* The three trees with known answers; found by name anywhere under the directory. */
static const char *wanted;
static char found[4096];

static int find(const char *path, const struct stat *status, int type, struct FTW *ftw)
{
	(void)status;
	if (type != FTW_F || strcmp(path + ftw->base, wanted))
		return 0;
	snprintf(found, sizeof(found), "%s", path);
	return 1;
}

static struct qy_loaded_board *load_named(const char *name, const char *memory)
{
	struct qy_board_opts opts = { .memory = memory, .dtb = found };
	struct qy_loaded_board *loaded;
	struct qy_err err;

	wanted = name;
	if (nftw(boards_dir(), find, 16, FTW_PHYS) != 1)
		SKIP("no %s under QY_BOARDS_DIR", name);
	loaded = qy_board_load(&opts, &err);
	if (!loaded)
		FAIL("%s", err.text);
	return loaded;
}

TEST(boards, a_raspberry_pi_4_has_1_gib_of_dma)
{
	struct qy_loaded_board *loaded = load_named("bcm2711-rpi-4-b.dtb", "4G");

	CHECK_EQ(loaded->board.dma_limit, 1 * GiB);
	CHECK_EQ(loaded->board.banks[0].base, 0);
	CHECK_EQ(loaded->board.nr_cpus, 4);
	CHECK_EQ(loaded->board.nr_reserved, 2);
	CHECK_STR_EQ(loaded->board.reserved[0].name, "memreserve");
	CHECK_EQ(loaded->board.reserved[1].nr_alloc_ranges, 1);
	CHECK_EQ(loaded->board.reserved[1].alloc_ranges[0].size, 1 * GiB);
	qy_board_free(loaded);
}

TEST(boards, an_imx8mp_has_6_gib_in_one_bank_and_a_dsp)
{
	struct qy_loaded_board *loaded = load_named("imx8mp-evk.dtb", NULL);

	CHECK_EQ(loaded->board.nr_banks, 1);
	CHECK_EQ(loaded->board.banks[0].base, 1 * GiB);
	CHECK_EQ(loaded->board.banks[0].size, 6 * GiB);
	CHECK_EQ(loaded->board.dma_limit, 4 * GiB);
	CHECK_STR_EQ(loaded->board.reserved[0].name, "dsp@92400000");
	CHECK_EQ(loaded->board.reserved[0].flags, QY_RESERVED_NOMAP);
	qy_board_free(loaded);
}

TEST(boards, a_jetson_nano_has_4_gib_and_no_dma_limit)
{
	struct qy_loaded_board *loaded = load_named("tegra210-p3450-0000.dtb", NULL);

	CHECK_EQ(loaded->board.nr_banks, 1);
	CHECK_EQ(loaded->board.banks[0].size, 4 * GiB);
	CHECK_EQ(loaded->board.dma_limit, 0);
	CHECK_EQ(loaded->board.nr_cpus, 4);
	qy_board_free(loaded);
}
