// SPDX-License-Identifier: MIT
/*
 * `quarry capture`: prints the script that collects what `quarry check --capture` takes. No state.
 */
#include "cli/cli.h"

#include <stdio.h>

/* cli/capture.sh as it stands in the source tree. */
__asm__(".pushsection .rodata\n"
	"cli_capture_script:\n"
	".incbin \"" CLI_CAPTURE_SCRIPT "\"\n"
	"cli_capture_script_end:\n"
	".popsection\n");
extern const char cli_capture_script[], cli_capture_script_end[];

static int run_capture(const struct cli_args *args)
{
	(void)args;
	fwrite(cli_capture_script, 1,
		(size_t)(cli_capture_script_end - cli_capture_script), stdout);
	return EXIT_PASS;
}

static const struct cli_flag capture_flags[] = { { 0 } };

const struct cli_verb cli_capture = {
	.name = "capture",
	.help = "Prints a shell script. As root on the target it collects the board, the state of its memory and a\n"
		"trace of its page events into one archive, which `quarry check --capture` takes:\n\n"
		"  quarry capture > capture.sh\n"
		"  ssh root@target 'sh -s -- -s 30 -o -' < capture.sh > board.tar\n"
		"  quarry check --capture board.tar\n\n"
		"`sh capture.sh --help` tells the script's own flags; docs/capture.md what it takes.",
	.flags = capture_flags,
	.run = run_capture,
};
