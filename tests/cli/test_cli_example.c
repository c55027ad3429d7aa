// SPDX-License-Identifier: MIT
/*
 * The drivers of examples/drivers: their scenarios pass, with the answers that Linux gave; what tests/drivers/CMakeLists.txt
 * compiled stands for the sources in all but one. And each of their planted mistakes is found. No state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/runner/command.h"
#include "tests/runner/test.h"

#define QUARRY   QY_BINARY_DIR "/quarry"
#define MODULES  QY_BINARY_DIR "/tests/drivers"
#define EXAMPLES QY_SOURCE_DIR "/examples/drivers"
#define ANSWERS  QY_SOURCE_DIR "/tests/drivers/answers"

static char output[65536];

static int sh(const char *command)
{
	return run_command(command, output, sizeof(output));
}

/* The driver's scenario in @dir, with the hardware as it was compiled before, and the driver from @source. */
static void write_scenario(const char *dir, const char *driver, const char *source)
{
	char command[8192];

	snprintf(command, sizeof(command),
		"sed -e 's,\\.\\./boards," QY_SOURCE_DIR "/boards,' "
		"-e 's,^  - {source: .*,  - {source: " MODULES "/%s-hw.qko},' "
		"-e 's,\\.\\./examples/drivers/%s.c,%s,' " QY_SOURCE_DIR
		"/scenarios/driver-%s.yaml > %s/s.yaml",
		strcmp(driver, "edu") ? "example" : driver, driver, source, driver, dir);
	CHECK_EQ(sh(command), 0);
}

/* ------------------------------------------------------------------ as they are */

static void passes(const char *driver)
{
	char dir[] = "/tmp/quarry-example-XXXXXX", text[512], source[256];

	CHECK(mkdtemp(dir));
	snprintf(source, sizeof(source), MODULES "/%s.qko", driver);
	write_scenario(dir, driver, source);
	snprintf(text, sizeof(text), QUARRY " check %s/s.yaml --quiet 2>&1", dir);
	if (sh(text))
		FAIL("%s", output);
	CHECK_CONTAINS(output, " steps as expected\n");
	CHECK_CONTAINS(output, "  PASS  everything that was taken is given back: ");
	snprintf(text, sizeof(text), "rm -r %s", dir);
	sh(text);
}

TEST(cli_example, each_driver_serves_its_program_and_gives_everything_back)
{
	passes("isp");
	passes("npu");
	passes("fpga");
	passes("edu");
}

TEST(cli_example, a_scenario_compiles_its_drivers)
{
	if (sh(QUARRY " check " QY_SOURCE_DIR "/scenarios/driver-nic.yaml 2>&1"))
		FAIL("%s", output);
	CHECK_CONTAINS(
		output, "  PASS  the program of nic: 26 of 26 steps as expected\n");
}

TEST(cli_example, no_request_that_fails_breaks_a_driver)
{
	if (sh(QUARRY " check " MODULES "/example-hw.qko " MODULES
		      "/isp.qko --quiet --fail-every 2>&1"))
		FAIL("%s", output);
}

TEST(cli_example, a_driver_on_pci_loses_nothing_when_a_request_fails)
{
	if (sh(QUARRY " check " MODULES "/edu-hw.qko " MODULES
		      "/edu.qko --dtb " QY_SOURCE_DIR
		      "/boards/x86_64-1g.dts --quiet --fail-every 2>&1"))
		FAIL("%s", output);
	CHECK_CONTAINS(output, "  PASS  the board suspends and resumes\n");
	CHECK_CONTAINS(output, "  PASS  the board shuts down\n");
}

/* What kernels answered in a guest (tools/ask-linux) is what the scenario expects. */
TEST(cli_example, programs_are_answered_as_by_linux)
{
	static const char *const drivers[] = { "isp", "npu", "fpga", "nic", "edu" };
	static const char *const kernels[] = { "6.1", "6.12" };
	char text[1024];

	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		for (size_t k = 0; k < sizeof(kernels) / sizeof(kernels[0]); k++) {
			snprintf(text, sizeof(text),
				"sed -n '/^    program:/,$ s/^      - //p' " QY_SOURCE_DIR
				"/scenarios/driver-%s.yaml | diff - " ANSWERS
				"/%s/%s.txt",
				drivers[i], kernels[k], drivers[i]);
			if (sh(text))
				FAIL("%s: expected answers and those of Linux %s differ:\n%s",
					drivers[i], kernels[k], output);
		}
	CHECK_EQ(sh("cat " ANSWERS "/6.1/kernel.txt " ANSWERS "/6.12/kernel.txt"), 0);
	CHECK_STR_EQ(output, "6.1.0-56-amd64\n6.12.117+deb12-amd64\n");
}

/* ------------------------------------------------------------------ with mistakes */

/* The driver with these mistakes of examples/drivers/mistakes, compiled in a directory of its own. */
static void plant(char *dir, const char *driver, const char *mistakes)
{
	char command[8192], source[64];

	CHECK(mkdtemp(dir));
	snprintf(command, sizeof(command),
		"cd %s && mkdir hw && cp " EXAMPLES "/%s.c . && cp " EXAMPLES
		"/hw/hw.h hw && for m in %s; do git apply " EXAMPLES
		"/mistakes/%s-$m.patch || exit 1; done && " QUARRY
		" cc %s.c -o %s.qko 2>&1",
		dir, driver, mistakes, driver, driver, driver);
	if (sh(command))
		FAIL("%s", output);
	snprintf(source, sizeof(source), "%s.qko", driver);
	write_scenario(dir, driver, source);
}

/* @what: the scenario, or modules and flags. */
static void finds(const char *dir, const char *what)
{
	char command[512];

	snprintf(command, sizeof(command), "cd %s && " QUARRY " check %s --quiet 2>&1",
		dir, what);
	if (sh(command) != 1)
		FAIL("%s: %s", command, output);
	CHECK_CONTAINS(output, "verdict: FAIL (");
}

static void forget(const char *dir)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", dir);
	sh(command);
}

TEST(cli_example, mistakes_of_the_camera_are_found)
{
	char dir[] = "/tmp/quarry-example-XXXXXX";

	plant(dir, "isp", "queue-leak sleeps-in-handler no-unmap");
	finds(dir, "s.yaml");
	CHECK_CONTAINS(output, "        object of 32 bytes, taken by program/");
	CHECK_CONTAINS(output, "          kmem_cache_alloc\n          isp_queue (");
	CHECK_CONTAINS(output, "BUG: sleeping function called from invalid context");
	CHECK_CONTAINS(output, "          isp_record (");
	CHECK_CONTAINS(output,
		"        9 times DMA mapping, 405504 bytes together, taken by program/");
	forget(dir);
}

/* The program of the scenario in @dir: buffers are queued a second time again and again. */
static void queue_again(const char *dir, unsigned int times)
{
	char path[64], command[256];
	FILE *file;

	snprintf(command, sizeof(command),
		"sed -i -e '/^    program:/q' -e 's/^duration: .*/duration: 600ms/' %s/s.yaml",
		dir);
	CHECK_EQ(sh(command), 0);
	snprintf(path, sizeof(path), "%s/s.yaml", dir);
	file = fopen(path, "a");
	CHECK(file != NULL);
	fprintf(file, "      - open cam isp -> 0\n"
		      "      - ioctl cam IOWR I 0 4 65536 -> 0 4 65536\n"
		      "      - ioctl cam IOW I 1 0 0 0 0 -> 0\n");
	for (unsigned int i = 0; i < times; i++)
		fprintf(file, "      - ioctl cam IOW I 1 0 0 0 0 -> -EBUSY\n"
			      "      - sleep 20ms\n");
	CHECK_EQ(fclose(file), 0);
}

TEST(cli_example, a_cache_that_grows_without_end_is_named_with_who_fills_it)
{
	char dir[] = "/tmp/quarry-example-XXXXXX", command[512];

	plant(dir, "isp", "queue-leak");
	queue_again(dir, 29);
	finds(dir, "s.yaml");
	CHECK_CONTAINS(output,
		"  FAIL  no cache grows without end: isp_frame grows by 50 objects a second (");
	CHECK_CONTAINS(output, " objects that came since then and stayed, taken by:\n"
			       "          kmem_cache_alloc\n          isp_queue (");
	/* what KFENCE has sampled is in no slab, and counts all the same */
	snprintf(command, sizeof(command),
		"cd %s && " QUARRY " check s.yaml --append kfence.sample_interval=1 2>&1",
		dir);
	CHECK_EQ(sh(command), 1);
	CHECK_CONTAINS(output, "caches       ACTIVE OBJ SIZE NAME, of what drivers hold\n"
			       "                 30      32B isp_frame, grows\n");
	snprintf(command, sizeof(command),
		"cd %s && sed -i 's,isp.qko," MODULES "/isp.qko,' s.yaml && " QUARRY
		" check s.yaml 2>&1",
		dir);
	CHECK_EQ(sh(command), 0);
	CHECK(!strstr(output, "grows"));
	forget(dir);
}

TEST(cli_example, mistakes_of_the_accelerator_are_found)
{
	char dir[] = "/tmp/quarry-example-XXXXXX";

	plant(dir, "npu", "wrong-mask release-leak unchecked");
	finds(dir, "s.yaml");
	CHECK_CONTAINS(output, "WARNING: example-npu: reads from bus address 0x");
	CHECK_CONTAINS(output,
		"        3 times DMA buffer, 1314816 bytes together, taken by program/");
	CHECK_CONTAINS(output, "          npu_alloc (");
	finds(dir, MODULES "/example-hw.qko npu.qko --fail-every");
	CHECK_CONTAINS(output, "Unable to handle kernel NULL pointer dereference");
	CHECK_CONTAINS(output, "        npu_probe (");
	forget(dir);
}

TEST(cli_example, mistakes_of_the_fpga_manager_are_found)
{
	char dir[] = "/tmp/quarry-example-XXXXXX", other[] = "/tmp/quarry-example-XXXXXX";

	plant(dir, "fpga", "unmap-size release-leak");
	finds(dir, "s.yaml");
	CHECK_CONTAINS(output, "device driver frees DMA memory with different size");
	CHECK_CONTAINS(output, "          fpga_send_piece (");
	CHECK_CONTAINS(output, "        object of 4000000 bytes, taken by program/");
	CHECK_CONTAINS(output, "          kvmalloc\n          fpga_begin (");
	forget(dir);
	plant(other, "fpga", "vmalloc-to-device");
	finds(other, "s.yaml");
	CHECK_CONTAINS(output, "device driver maps memory from invalid area");
	forget(other);
}

TEST(cli_example, mistakes_of_the_network_card_are_found)
{
	char dir[] = "/tmp/quarry-example-XXXXXX";

	plant(dir, "nic", "descriptor-leak unmap-direction error-path");
	finds(dir, "s.yaml");
	CHECK_CONTAINS(output,
		"        12 times DMA buffer, 960 bytes together, taken by program/");
	CHECK_CONTAINS(output, "          dma_pool_zalloc\n          nic_send_mapped (");
	CHECK_CONTAINS(
		output, "[mapped with DMA_TO_DEVICE] [unmapped with DMA_FROM_DEVICE]");
	finds(dir, MODULES "/example-hw.qko nic.qko --fail-kind mapping");
	CHECK_CONTAINS(output, "          nic_fill_slot (");
	forget(dir);
}

/* ------------------------------------------------------------------ a network device */

static void plant_alone(char *dir, const char *mistake)
{
	char command[2048];

	CHECK(mkdtemp(dir));
	snprintf(command, sizeof(command),
		"cd %s && cp " EXAMPLES "/echo.c . && git apply " EXAMPLES
		"/mistakes/echo-%s.patch",
		dir, mistake);
	if (sh(command))
		FAIL("%s", output);
}

TEST(cli_example, a_network_device_is_brought_up_and_its_frames_come_back)
{
	if (sh(QUARRY " check " MODULES "/echo.qko --quiet --fail-every 2>&1"))
		FAIL("%s", output);
	CHECK_CONTAINS(output, "  PASS  eth0 is brought up\n");
	CHECK_CONTAINS(output,
		"  PASS  eth0 sends: 4 frames, 4 taken, 4 given back, 4 received\n");
}

TEST(cli_example, mistakes_of_the_network_device_are_found)
{
	static const struct {
		const char *mistake, *flags, *what;
	} rows[] = {
		{ "no-unmap", "", "device driver frees memory that is mapped" },
		{ "read-after-free", "", "BUG: KASAN: slab-use-after-free in echo_poll" },
		{ "page-leak", "--fail-every",
			"        page of a page pool of 4096 bytes, taken by " },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char dir[] = "/tmp/quarry-example-XXXXXX", what[64];

		plant_alone(dir, rows[i].mistake);
		snprintf(what, sizeof(what), "echo.c %s", rows[i].flags);
		finds(dir, what);
		CHECK_CONTAINS(output, rows[i].what);
		forget(dir);
	}
}

/* ------------------------------------------------------------------ bad input */

static void refuses(const char *scenario, const char *line)
{
	char command[2048];

	snprintf(command, sizeof(command),
		"printf '%%s\\n' 'board: {dts: " QY_SOURCE_DIR
		"/boards/qemu-virt-8g.dts}' '%s' > /tmp/quarry-example.yaml && " QUARRY
		" check /tmp/quarry-example.yaml 2>&1",
		scenario);
	CHECK_EQ(sh(command), 2);
	CHECK_CONTAINS(output, line);
}

TEST(cli_example, a_step_that_is_none_is_one_line)
{
	refuses("duration: 1s\ndrivers: [{source: isp.c, program: [ioctl f IOX I 3]}]",
		"drivers[0].program[0]: `IOX` must be IO, IOR, IOW or IOWR");
	refuses("duration: 1s\ndrivers: [{source: isp.c, program: [jump f]}]",
		"drivers[0].program[0]: `jump` must be open, close, ioctl, write, read,");
	refuses("duration: 1s\ndrivers: [{source: isp.c, program: [open f]}]",
		"must be `open FILE NODE [r|w|rw] [nonblock]`");
	refuses("duration: 1s\ndrivers: [{source: isp.c, program: [close f ->]}]",
		"an answer is missing behind `->`");
}
