/* SPDX-License-Identifier: MIT */
/*
 * Boards from a few lines of device tree source, for the tests of the loader.
 *
 *   load_tree(body, opts)      the body stands inside "/ { }" with two address and two size cells
 *   load_root(text, opts)      a whole source but for "/dts-v1/;"
 *   load_text(dts, opts, err)  a whole source; NULL when refused
 *   check_refused(dts, opts, expected)
 *   has_note(loaded, text)
 *
 * The tree is called t.dts in every message. No state.
 */
#ifndef QUARRY_TEST_BOARD_H
#define QUARRY_TEST_BOARD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lab/board.h"
#include "lab/board_dt.h"
#include "tests/runner/test.h"

#define GiB (1ull << 30)
#define MiB (1ull << 20)
#define KiB (1ull << 10)

#define RAM_2G \
	"memory@80000000 { device_type = \"memory\"; reg = <0 0x80000000 0 0x80000000>; };"

#define RESERVED(children)                                                                    \
	RAM_2G "reserved-memory { #address-cells = <2>; #size-cells = <2>; ranges; " children \
	       " };"

static const struct qy_board_opts no_opts;

__attribute__((unused)) static void write_file(
	const char *path, const char *text, size_t size)
{
	FILE *stream = fopen(path, "w");

	CHECK(stream != NULL);
	CHECK_EQ(fwrite(text, 1, size, stream), size);
	CHECK_EQ(fclose(stream), 0);
}

/* Compiles a source through the loader's own reading step; the blob is the caller's. */
__attribute__((unused)) static void *compile_text(const char *dts, size_t *size)
{
	char path[] = "/tmp/quarry-test-XXXXXX.dts";
	int fd = mkstemps(path, 4);
	struct qy_err err;
	void *blob = NULL;
	int ret;

	CHECK(fd >= 0);
	close(fd);
	write_file(path, dts, strlen(dts));
	ret = qy_read_tree(path, &blob, size, &err);
	unlink(path);
	if (ret)
		FAIL("%s", err.text);
	return blob;
}

__attribute__((unused)) static struct qy_loaded_board *load_text(
	const char *dts, const struct qy_board_opts *opts, struct qy_err *err)
{
	struct qy_loaded_board *loaded;
	size_t size;
	void *blob = compile_text(dts, &size);

	loaded = qy_board_load_blob(blob, size, "t.dts", opts, err);
	free(blob);
	return loaded;
}

__attribute__((unused)) static struct qy_loaded_board *load_root(
	const char *text, const struct qy_board_opts *opts)
{
	struct qy_loaded_board *loaded;
	struct qy_err err;
	char *dts;

	CHECK(asprintf(&dts, "/dts-v1/;%s", text) > 0);
	loaded = load_text(dts, opts, &err);
	free(dts);
	if (!loaded)
		FAIL("%s", err.text);
	return loaded;
}

__attribute__((unused)) static char *root_of(const char *body)
{
	char *dts;

	CHECK(asprintf(&dts,
		      "/dts-v1/;/ { #address-cells = <2>; #size-cells = <2>; %s };",
		      body) > 0);
	return dts;
}

__attribute__((unused)) static struct qy_loaded_board *load_tree(
	const char *body, const struct qy_board_opts *opts)
{
	char *dts = root_of(body);
	struct qy_loaded_board *loaded;
	struct qy_err err;

	loaded = load_text(dts, opts, &err);
	free(dts);
	if (!loaded)
		FAIL("%s", err.text);
	return loaded;
}

__attribute__((unused)) static void check_refused(
	const char *body, const struct qy_board_opts *opts, const char *expected)
{
	struct qy_err err = { "nothing was said" };
	char *dts = root_of(body);
	struct qy_loaded_board *loaded = load_text(dts, opts, &err);

	free(dts);
	if (loaded)
		FAIL("accepted, where this was expected: %s", expected);
	CHECK_STR_EQ(err.text, expected);
}

__attribute__((unused)) static bool has_note(
	const struct qy_loaded_board *loaded, const char *text)
{
	for (size_t i = 0; i < loaded->notes.nr; i++)
		if (!strcmp(loaded->notes.line[i], text))
			return true;
	return false;
}

#endif
