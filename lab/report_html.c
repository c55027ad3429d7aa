// SPDX-License-Identifier: MIT
/*
 * The verdict as a page: the bundle of web/, with the JSON report and the film of the run in it. docs/report-page.md
 * describes what it shows.
 *
 * No state. The bundle is a file of the build that the assembler puts into the library; the data goes where its mark is.
 */
#include "lab/report_formats.h"

#include <string.h>

#include "lab/film_json.h"
#include "lab/report_json.h"

/* QY_PAGE is the bundle's path. */
__asm__(".pushsection .rodata\n"
	"qy_page_begin: .incbin \"" QY_PAGE "\"\n"
	"	.byte 0\n"
	".popsection\n");
extern const char qy_page_begin[];

static const char mark[] = "<!--data-->";

/*
 * Inside a script element "<" is written as a JSON escape: no name in the data can end the element, or begin a comment in
 * it.
 */
static int write_data(const char *text, size_t size, void *arg)
{
	FILE *out = arg;

	for (size_t i = 0; i < size; i++) {
		if (text[i] == '<')
			fputs("\\u003c", out);
		else
			fputc(text[i], out);
	}
	return ferror(out) ? -1 : 0;
}

int qy_report_html(FILE *out, const struct qy_seeds *seeds)
{
	json_t *root = json_object();
	const char *data = strstr(qy_page_begin, mark); /* the bundler has looked */
	int error;

	error = json_object_set_new(root, "report", qy_report_json_document(seeds)) ||
		json_object_set_new(root, "film", qy_film_json(seeds->check));
	fwrite(qy_page_begin, 1, (size_t)(data - qy_page_begin), out);
	if (!error)
		error = json_dump_callback(
			root, write_data, out, JSON_COMPACT | JSON_ENSURE_ASCII);
	fputs(data + strlen(mark), out);
	json_decref(root);
	return error || ferror(out) ? -1 : 0;
}
