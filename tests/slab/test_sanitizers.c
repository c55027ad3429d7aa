// SPDX-License-Identifier: MIT
/* AddressSanitizer and Valgrind see a planted overflow and a planted use after free inside a slab. */
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char output[65536];

/* Return: how the command ended; what it printed is in output. */
static int run(const char *command, const char *mistake)
{
	char line[4096];
	FILE *pipe;
	size_t n;

	snprintf(line, sizeof(line), "%s %s 2>&1", command, mistake);
	pipe = popen(line, "r");
	CHECK(pipe);
	n = fread(output, 1, sizeof(output) - 1, pipe);
	output[n] = '\0';
	return WEXITSTATUS(pclose(pipe));
}

static void check_seen(const char *command, const char *mistake, const char *sentence)
{
	int status = run(command, mistake);

	if (!status || !strstr(output, sentence))
		FAIL("%s %s: status %d, no `%s` in:\n%s", command, mistake, status,
			sentence, output);
}

TEST(sanitizers, asan_sees_what_is_planted_inside_a_slab)
{
	static const char program[] = QY_BINARY_DIR "/planted-asan";

	if (access(program, X_OK))
		SKIP("this build has another sanitizer in it");
	if (run(program, "nothing"))
		FAIL("a program without a mistake is accused:\n%s", output);
	check_seen(program, "overflow", "ERROR: AddressSanitizer: use-after-poison");
	check_seen(program, "overflow-of-an-object", "use-after-poison");
	check_seen(program, "overflow-of-pages", "use-after-poison");
	check_seen(
		program, "use-after-free", "ERROR: AddressSanitizer: use-after-poison");
	check_seen(program, "use-of-a-freed-object", "use-after-poison");
}

TEST(sanitizers, valgrind_sees_what_is_planted_inside_a_slab)
{
	static const char program[] =
		"valgrind -q --error-exitcode=9 " QY_BINARY_DIR "/planted";

	if (access(QY_BINARY_DIR "/planted", X_OK))
		SKIP("this build has a sanitizer in it");
	if (system("valgrind --version >/dev/null 2>&1"))
		SKIP("valgrind is not installed");
	if (run(program, "nothing"))
		FAIL("a program without a mistake is accused:\n%s", output);
	check_seen(program, "overflow", "Invalid write of size 1");
	check_seen(program, "overflow-of-an-object", "Invalid write of size 1");
	check_seen(program, "overflow-of-pages", "Invalid write of size 1");
	check_seen(program, "use-after-free", "Invalid write of size 1");
	check_seen(program, "use-of-a-freed-object", "Invalid read of size 1");
}
