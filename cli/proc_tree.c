// SPDX-License-Identifier: MIT
/*
 * The files of a machine as a directory tree: DIR/proc/buddyinfo, DIR/sys/kernel/debug/... No state.
 */
#include "cli/cli.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <quarry/stats.h>

static int remove_entry(
	const char *path, const struct stat *st, int type, struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

/* Every directory above @path that lies behind the first @skip bytes. Return: 0, -1 with errno. */
static int make_parents(char *path, size_t skip)
{
	for (char *slash = strchr(path + skip + 1, '/'); slash;
		slash = strchr(slash + 1, '/')) {
		int error;

		*slash = '\0';
		error = mkdir(path, 0777) && errno != EEXIST;
		*slash = '/';
		if (error)
			return -1;
	}
	return 0;
}

/* Return: 0, -1 with errno. */
static int write_whole(const char *path, const char *text, size_t size)
{
	FILE *file = fopen(path, "w");
	int error = 0;

	if (!file)
		return -1;
	if (fwrite(text, 1, size, file) != size)
		error = errno;
	if (fclose(file) != 0 && !error)
		error = errno;
	errno = error;
	return error ? -1 : 0;
}

/* Return: 0, -1 with errno. A file that nobody may read is left out. */
static int write_one(struct qy_machine *m, const char *dir, const char *name)
{
	long length = qy_proc_read(m, name, NULL, 0);
	char *text, *path = NULL;
	int error = -1;

	if (length < 0)
		return 0;
	text = malloc((size_t)length + 1);
	if (text && asprintf(&path, "%s%s", dir, name) < 0)
		path = NULL;
	errno = ENOMEM;
	if (text && path && make_parents(path, strlen(dir)) == 0) {
		qy_proc_read(m, name, text, (size_t)length + 1);
		error = write_whole(path, text, (size_t)length);
	}
	length = errno;
	free(text);
	free(path);
	errno = (int)length;
	return error;
}

void cli_remove_tree(const char *dir)
{
	nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* The files of every machine, then those of its CMA areas and caches. NULL past the last. */
static const char *path_of(struct qy_machine *m, unsigned int n, char *buf, size_t size)
{
	unsigned int nr_fixed = 0;

	while (qy_proc_path(nr_fixed))
		nr_fixed++;
	if (n < nr_fixed)
		return qy_proc_path(n);
	return qy_proc_area_path(m, n - nr_fixed, buf, size) ? buf : NULL;
}

/* Return: 0, -1 with errno. */
static int make_links(struct qy_machine *m, const char *dir)
{
	char link[256], target[256], *path;

	for (unsigned int n = 0; qy_proc_link(m, n, link, target, sizeof(link)); n++) {
		int error;

		if (asprintf(&path, "%s%s", dir, link) < 0)
			return -1;
		error = symlink(target, path);
		free(path);
		if (error)
			return -1;
	}
	return 0;
}

int cli_proc_tree(struct qy_machine *m, const char *dir, struct qy_err *err)
{
	const char *name;
	char area_path[256];
	int error;

	if (mkdir(dir, 0777))
		return qy_fail(err, "%s: %s: give the name of a new directory", dir,
			strerror(errno));
	for (unsigned int n = 0; (name = path_of(m, n, area_path, sizeof(area_path)));
		n++) {
		if (write_one(m, dir, name) == 0)
			continue;
		error = errno;
		cli_remove_tree(dir);
		return qy_fail(
			err, "%s%s: %s: nothing was written", dir, name, strerror(error));
	}
	if (make_links(m, dir)) {
		error = errno;
		cli_remove_tree(dir);
		return qy_fail(err, "%s: %s: nothing was written", dir, strerror(error));
	}
	return 0;
}
