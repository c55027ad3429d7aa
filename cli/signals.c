// SPDX-License-Identifier: MIT
/*
 * Ctrl-C ends a run so that it can be cleaned up; a second one ends it at once. A reader who is gone (`| head`) does so, too.
 *
 * State: which signal came.
 */
#include "cli/cli.h"

static volatile sig_atomic_t interrupted;

static void note_signal(int signo)
{
	interrupted = signo;
}

const volatile sig_atomic_t *cli_catch_signals(void)
{
	struct sigaction note = {
		.sa_handler = note_signal,
		.sa_flags = (int)SA_RESETHAND,
	};

	sigaction(SIGINT, &note, NULL);
	sigaction(SIGTERM, &note, NULL);
	note.sa_flags = 0; /* it comes with each line */
	sigaction(SIGPIPE, &note, NULL);
	return &interrupted;
}

void cli_leave_if_interrupted(void)
{
	int signo = interrupted;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	if (signo)
		raise(signo);
}
