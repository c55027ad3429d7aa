// SPDX-License-Identifier: MIT
/*
 * Drivers for one version of Linux and not for another: what is declared follows --kernel, and what does not fit is told with
 * the version that changed it.
 *
 * No state.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/runner/command.h"
#include "tests/runner/test.h"

static char output[65536];

static int compile(const char *version, const char *wrong)
{
	char command[1024];

	snprintf(command, sizeof(command),
		"out=$(mktemp) && " QY_BINARY_DIR "/quarry cc " QY_SOURCE_DIR
		"/tests/drivers/check/versions.c --no-instrument %s --kernel %s -o $out.qko 2>&1; "
		"status=$?; rm -f $out $out.qko; exit $status",
		wrong, version);
	return run_command(command, output, sizeof(output));
}

TEST(cli_versions, what_is_declared_follows_the_version)
{
	static const char *const versions[] = { "5.10", "6.6", "6.12" };

	for (int i = 0; i < 3; i++)
		if (compile(versions[i], ""))
			FAIL("%s: %s", versions[i], output);
}

TEST(cli_versions, what_is_of_another_version_is_told_with_that_version)
{
	/* each piece of the file that does not fit, by what is said of it */
	static const char *const said[] = {
		": class_create: since Linux 6.4 it takes a name alone, before a module and a name\n",
		": class.owner: gone since Linux 6.4: leave it out\n",
		": since Linux 6.4 functions of a class attribute have",
		": since Linux 6.11 remove() of a platform driver returns nothing; --kernel says which one it is for\n",
		": since Linux 6.3 probe() of an I2C driver has no id",
		": since Linux 6.1 remove() of an I2C driver returns nothing",
		": since Linux 5.18 remove() of an SPI driver returns nothing",
		": since Linux 6.11 match() of a bus has a driver that it does not change",
		": prandom_u32: gone since Linux 6.1: get_random_u32()\n",
		": prandom_u32_max: gone since Linux 6.2: get_random_u32_below()\n",
		": i2c_driver.probe_new: gone since Linux 6.6: .probe\n",
		": no_llseek: gone since Linux 6.12: leave .llseek out\n",
		": strlcpy: gone since Linux 6.8: strscpy()\n",
		": register_shrinker: gone since Linux 6.7: shrinker_alloc(), shrinker_register()\n",
		": complete_and_exit: gone since Linux 5.17: kthread_complete_and_exit()\n",
		": PDE_DATA: gone since Linux 5.17: pde_data()\n",
		": hrtimer_setup: not before Linux 6.13: hrtimer_init()\n",
		": gpio_request_array: gone since Linux 6.10: ",
		": pci_alloc_consistent: gone since Linux 5.18: dma_alloc_coherent()\n",
		": of_get_named_gpio_flags: gone since Linux 6.2: ",
	};

	CHECK_EQ(compile("6.12", "-DWRONG"), 2);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		CHECK_CONTAINS(output, said[i]);
	CHECK(!strstr(output, "did you mean 'qy_"));
	CHECK_EQ(compile("5.10", "-DWRONG"), 2);
	CHECK_CONTAINS(
		output, ": shrinker_alloc: not before Linux 6.7: register_shrinker()\n");
	CHECK_CONTAINS(output,
		": since Linux 6.11 remove() of a platform driver returns nothing");
}
