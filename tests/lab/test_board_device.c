// SPDX-License-Identifier: MIT
/*
 * Devices of device trees: their names, how far they reach, through what, their memory. No state.
 */
#include "tests/lab/test_board.h"

#include "lab/board_device.h"

static struct qy_dt_device find(const struct qy_loaded_board *board, const char *name)
{
	struct qy_dt_device d = { 0 };
	struct qy_err err = { "" };

	if (qy_dt_device_find(board, name, &d, "t", &err))
		FAIL("%s", err.text);
	return d;
}

static struct qy_loaded_board *bundled(const char *name)
{
	char path[256];
	struct qy_board_opts opts = { .dtb = path };
	struct qy_loaded_board *board;
	struct qy_err err;

	snprintf(path, sizeof(path), "%s/boards/%s.dts", QY_SOURCE_DIR, name);
	board = qy_board_load(&opts, &err);
	if (!board)
		FAIL("%s", err.text);
	return board;
}

TEST(board_device, names_are_the_kernels)
{
	struct qy_loaded_board *board = load_tree(RAM_2G
		"aliases { eth = \"/soc/eth@2000\"; };"
		"timer { compatible = \"t,timer\"; };"
		"soc { #address-cells = <1>; #size-cells = <1>; ranges = <0x0 0 0x7e000000 0x100000>;"
		"  eth@2000 { compatible = \"t,eth\"; reg = <0x2000 0x100>; };"
		"  ports { compatible = \"t,ports\"; port { compatible = \"t,port\"; }; };"
		"};"
		"closed { #address-cells = <1>; #size-cells = <1>;"
		"  dev@10 { compatible = \"t,dev\"; reg = <0x10 0x10>; }; };",
		&no_opts);

	CHECK_STR_EQ(find(board, "eth").name, "7e002000.eth");
	CHECK_STR_EQ(find(board, "7e002000.eth").path, "/soc/eth@2000");
	CHECK_STR_EQ(find(board, "/soc/eth@2000").name, "7e002000.eth");
	CHECK_STR_EQ(find(board, "timer").name, "timer");
	CHECK_STR_EQ(find(board, "port").name, "soc:ports:port");
	/* a bus without ranges leads nowhere: no address stands in the name */
	CHECK_STR_EQ(find(board, "dev").name, "closed:dev@10");
	qy_board_free(board);
}

TEST(board_device, pci_devices_are_numbered_as_their_buses_are_found)
{
	struct qy_loaded_board *board = bundled("pc-8g");
	struct qy_dt_device d = find(board, "accelerator");

	CHECK_STR_EQ(d.name, "0000:01:00.0");
	CHECK(d.pci && d.coherent && d.mask_said);
	CHECK_EQ(d.mask_bits, 32);
	CHECK_EQ(d.nr_windows, 0);
	CHECK_STR_EQ(find(board, "nvme").name, "0000:02:00.0");
	CHECK_EQ(find(board, "sound").mask_bits, 24);
	qy_board_free(board);
}

TEST(board_device, the_bus_above_says_which_addresses_are_which)
{
	struct qy_loaded_board *board = load_tree(RAM_2G
		"soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 0x10000000>;"
		"  dma-ranges = <0xc0000000 0 0x80000000 0x3c000000>;"
		"  near@1000 { compatible = \"t,near\"; reg = <0x1000 0x10>; qy,dma-mask-bits = <36 32>; };"
		"  bus@0 { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>; ranges; dma-ranges;"
		"    far@2000 { compatible = \"t,far\"; reg = <0x2000 0x10>; }; };"
		"  odd@0 { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>; ranges;"
		"    deep@0 { compatible = \"simple-bus\"; #address-cells = <1>; #size-cells = <1>; ranges;"
		"      lost@3000 { compatible = \"t,lost\"; reg = <0x3000 0x10>; }; }; };"
		"};",
		&no_opts);
	static const char *const reached[] = { "near", "far" };

	for (int i = 0; i < 2; i++) {
		struct qy_dt_device d = find(board, reached[i]);

		CHECK_EQ(d.nr_windows, 1);
		CHECK_EQ(d.window[0].bus, 0xc0000000);
		CHECK_EQ(d.window[0].cpu, 0x80000000);
		CHECK_EQ(d.window[0].size, 0x3c000000);
		CHECK_EQ(d.bus_limit, 0xfbffffff);
	}
	CHECK_EQ(find(board, "near").mask_bits, 36);
	CHECK_EQ(find(board, "near").coherent_mask_bits, 32);
	CHECK_EQ(find(board, "far").mask_bits, 32);
	/* two buses above it say nothing: Linux then takes bus addresses for the CPU's */
	CHECK_EQ(find(board, "lost").nr_windows, 0);
	CHECK_EQ(find(board, "lost").bus_limit, 0);
	qy_board_free(board);
}

TEST(board_device, a_narrow_bus_narrows_the_mask)
{
	struct qy_loaded_board *board = load_tree(RAM_2G
		"soc { #address-cells = <1>; #size-cells = <1>; ranges = <0 0 0 0x10000000>;"
		"  dma-ranges = <0 0 0x80000000 0x40000000>;"
		"  dev@1000 { compatible = \"t,dev\"; reg = <0x1000 0x10>; }; };",
		&no_opts);

	CHECK_EQ(find(board, "dev").mask_bits, 30);
	CHECK_EQ(find(board, "dev").bus_limit, 0x3fffffff);
	qy_board_free(board);
}

TEST(board_device, coherence_is_said_by_the_nearest_node)
{
	struct qy_loaded_board *board = load_tree(RAM_2G
		"a { compatible = \"t,a\"; };"
		"b { compatible = \"simple-bus\"; dma-coherent;"
		"  c { compatible = \"t,c\"; }; d { compatible = \"t,d\"; dma-noncoherent; }; };",
		&no_opts);

	CHECK(!find(board, "a").coherent);
	CHECK(find(board, "c").coherent);
	CHECK(!find(board, "d").coherent);
	qy_board_free(board);
}

TEST(board_device, areas_and_iommus_are_found_by_their_phandles)
{
	struct qy_loaded_board *board = bundled("orin-nano-8g");
	struct qy_dt_device d = find(board, "vic");

	CHECK_EQ(d.iommu, QY_IOMMU_ARM_SMMU);
	CHECK_STR_EQ(d.iommu_name, "12000000.iommu");
	CHECK_EQ(d.stream, 0x34);
	CHECK_EQ(d.bus_limit, 0x7fffffffff);
	CHECK_EQ(find(board, "display").nr_regions, 0);
	qy_board_free(board);
	board = bundled("orin-nano-8g-nosmmu");
	d = find(board, "display");
	CHECK_EQ(d.nr_regions, 1);
	CHECK_STR_EQ(board->board.reserved[d.region[0]].name, "display-pool@fc000000");
	CHECK_EQ(find(board, "vic").iommu, QY_IOMMU_NONE);
	CHECK_STR_EQ(find(board, "isp").region_name[0], "camera-pool@f0000000");
	qy_board_free(board);
	board = bundled("qemu-virt-4g-edu-smmu");
	d = find(board, "edu");
	CHECK_EQ(d.iommu, QY_IOMMU_ARM_SMMU_V3);
	CHECK_EQ(d.stream, 0x10);
	CHECK_EQ(d.mask_bits, 28);
	qy_board_free(board);
	board = bundled("pc-8g-vtd");
	CHECK_EQ(find(board, "accelerator").iommu, QY_IOMMU_INTEL);
	CHECK_EQ(find(board, "accelerator").stream, 0x100);
	CHECK_EQ(find(board, "sound").iommu, QY_IOMMU_NONE);
	qy_board_free(board);
}

TEST(board_device, an_iommu_that_is_switched_off_is_none)
{
	struct qy_loaded_board *board = load_tree(RAM_2G
		"mmu: iommu@1000 { compatible = \"arm,smmu-v2\"; #iommu-cells = <1>; status = \"disabled\"; };"
		"dev { compatible = \"t,dev\"; iommus = <&mmu 7>; };",
		&no_opts);

	CHECK_EQ(find(board, "dev").iommu, QY_IOMMU_NONE);
	qy_board_free(board);
}

TEST(board_device, a_name_that_is_unknown_or_shared_is_refused_in_one_line)
{
	struct qy_loaded_board *board = load_tree(RAM_2G
		"a { compatible = \"t,a\"; dev@1 { compatible = \"t,d\"; }; };"
		"off { compatible = \"t,o\"; status = \"disabled\"; };"
		"b { compatible = \"t,a\"; dev@2 { compatible = \"t,d\"; }; };",
		&no_opts);
	struct qy_dt_device d;
	struct qy_err err;

	CHECK_EQ(qy_dt_device_find(board, "dev", &d, "x.yaml: requests[0].device", &err),
		-1);
	CHECK_STR_EQ(err.text,
		"x.yaml: requests[0].device: 2 nodes of the tree are called `dev`: give its path, or its name as the kernel has it");
	CHECK_STR_EQ(find(board, "dev@2").path, "/b/dev@2");
	CHECK_EQ(qy_dt_device_find(board, "off", &d, "x", &err), -1);
	CHECK_STR_EQ(err.text,
		"x: the tree has no device `off` that is switched on: `quarry boot --show devices` prints those that it says something of");
	qy_board_free(board);
}
