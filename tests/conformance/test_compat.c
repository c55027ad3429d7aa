// SPDX-License-Identifier: MIT
/*
 * The headers of compat/include as a driver's compiler sees them, in a world and where none stands around.
 *
 * No state.
 */
#include "tests/runner/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROOT  QY_SOURCE_DIR
#define FLAGS "-x c -Wall -Werror -I" ROOT "/compat/include -I" ROOT "/include"

/* Return: exit status of the shell command; its output in @text. */
static int run(const char *command, char *text, size_t size)
{
	FILE *pipe = popen(command, "r");
	size_t length;

	CHECK(pipe != NULL);
	length = fread(text, 1, size - 1, pipe);
	text[length] = '\0';
	return pclose(pipe);
}

/* Each with nothing before it and nothing said on the command line; then all of them as `quarry cc` compiles, both ways round. */
TEST(compat, every_header_stands_alone)
{
	char text[4096];

	if (run("cd " ROOT "/compat/include && find . -name '*.h' -printf '%P\n' | "
		"xargs -P 2 -I{} cc -fsyntax-only " FLAGS
		" -include {} /dev/null 2>&1 && "
		"for order in sort 'sort -r'; do find . -name '*.h' -printf '#include <%P>\n' | "
		"$order | cc -fsyntax-only -DQY_WORLD -D__KERNEL__ " FLAGS
		" - 2>&1 || exit 1; done",
		    text, sizeof(text)))
		FAIL("%s", text);
}

TEST(compat, an_absent_symbol_is_a_compile_error_that_names_it)
{
	char text[4096];

	CHECK(run("echo '#include <linux/vmalloc.h>\nvoid *f(void);\n"
		  "void *f(void) { return vmap_pfn(0, 1, PAGE_KERNEL); }' | "
		  "cc -O1 -o /dev/null -c " FLAGS " - 2>&1",
		text, sizeof(text)));
	CHECK(strstr(text,
		      "vmap_pfn(): absent because only RAM has second addresses here") !=
		NULL);
}

TEST(compat, the_list_of_symbols_is_current)
{
	char text[4096];

	if (run("cd " ROOT " && tools/gen-compat | diff docs/compat.md - 2>&1", text,
		    sizeof(text)))
		FAIL("docs/compat.md is old, run tools/gen-compat > docs/compat.md:\n%s",
			text);
}
