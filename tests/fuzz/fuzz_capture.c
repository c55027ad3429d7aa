// SPDX-License-Identifier: MIT
/*
 * Any bytes as a capture. Those that begin with "==" are the texts of its entries, one behind the other with a line "=="
 * between; others are the archive. Refused in one line, or a tree that a board can be loaded from or refused.
 *
 * No state.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lab/capture.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Also after a refusal: what was read until then must be freed. */
static int from_archive(
	struct qy_capture *c, const uint8_t *data, size_t size, struct qy_err *err)
{
	int fd = memfd_create("capture", MFD_CLOEXEC), ret;
	char path[64];

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ret = qy_capture_load(path, c, err);
	check_error(ret, err);
	close(fd);
	return ret;
}

static int from_texts(struct qy_capture *c, const char *at, size_t size)
{
	const char *end = at + size;

	*c = (struct qy_capture){ .path = strdup("x.tar"), .x86_64 = true, .cpus = 2 };
	for (int i = 0; i < QY_NR_CAPTURE_ENTRIES; i++) {
		const char *stop = memmem(at, (size_t)(end - at), "==\n", 3);
		size_t length = (size_t)((stop ? stop : end) - at);
		bool optional = i == QY_CAPTURE_FDT || i == QY_CAPTURE_BOOTLOG;

		at = stop ? stop + 3 : end;
		if (optional && !length)
			continue;
		c->text[i] = strndup(at - length - (stop ? 3 : 0), length);
		FUZZ_CHECK(c->text[i] != NULL);
		c->size[i] = strlen(c->text[i]);
	}
	return 0;
}

static void check_tree(const struct qy_capture *c)
{
	const struct qy_board_opts none = { 0 };
	struct qy_loaded_board *board;
	struct qy_err err = { "" };
	size_t size;
	void *tree = qy_capture_tree(c, &size, &err);

	check_error(tree ? 0 : -1, &err);
	if (!tree)
		return;
	board = qy_board_load_blob(tree, size, "x.tar", &none, &err);
	check_error(board ? 0 : -1, &err);
	qy_board_free(board);
	free(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct qy_snapshot snap;
	bool texts = size > 3 && memcmp(data, "==\n", 3) == 0;
	struct qy_err err = { "" };
	struct qy_capture c;
	int ret = texts ? from_texts(&c, (const char *)data + 3, size - 3)
			: from_archive(&c, data, size, &err);

	if (!ret) {
		check_tree(&c);
		err.text[0] = '\0';
		check_error(qy_capture_snapshot(&c, &snap, &err), &err);
	}
	qy_capture_free(&c);
	return 0;
}
