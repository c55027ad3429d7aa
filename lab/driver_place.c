// SPDX-License-Identifier: MIT
/*
 * Where things of drivers lie. No state.
 */
#include "lab/driver_place.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int qy_driver_temp(char *dir, size_t size, struct qy_err *err)
{
	const char *base = getenv("TMPDIR");

	if (!base || !*base || strlen(base) > 40)
		base = "/tmp";
	snprintf(dir, size, "%s/quarry-XXXXXX", base);
	if (mkdtemp(dir))
		return 0;
	return qy_fail(err, "%s: %s: set TMPDIR to a directory that can be written", dir,
		strerror(errno));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st, (void)kind, (void)at;
	remove(path);
	return 0;
}

void qy_driver_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *qy_driver_headers(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);
	char *slash;

	if (length > 0) {
		path[length] = '\0';
		slash = strrchr(path, '/');
		snprintf(slash, size - (size_t)(slash - path), "/../share/quarry/driver");
		if (!access(path, R_OK))
			return path;
	}
	snprintf(path, size, "%s", QY_DRIVER_HEADERS);
	return access(path, R_OK) ? NULL : path;
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Is @symbol declared or defined in this line? A call in the body of an inline is indented. */
static bool declares(const char *line, const char *symbol)
{
	size_t n = strlen(symbol);

	if (*line == '\t' || *line == ' ' || *line == '/' || *line == '*')
		return false;
	for (const char *at = line; (at = strstr(at, symbol)); at += n)
		if ((at == line || !is_word(at[-1])) && !is_word(at[n]))
			return true;
	return false;
}

static bool file_declares(const char *path, const char *symbol)
{
	FILE *f = fopen(path, "r");
	char line[1024];
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f))
		found = declares(line, symbol);
	if (f)
		fclose(f);
	return found;
}

bool qy_driver_header_of(
	const char *headers, const char *symbol, char *header, size_t size)
{
	static const char *const dirs[] = { "linux", "asm" };
	char path[PATH_MAX];
	bool found = false;

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]) && !found; i++) {
		struct dirent **entries = NULL;
		int nr;

		snprintf(path, sizeof(path), "%s/compat/include/%s", headers, dirs[i]);
		nr = scandir(path, &entries, NULL, alphasort);
		for (int k = 0; k < nr; k++) {
			snprintf(path, sizeof(path), "%s/compat/include/%s/%s", headers,
				dirs[i], entries[k]->d_name);
			if (!found && entries[k]->d_name[0] != '.' &&
				file_declares(path, symbol)) {
				snprintf(header, size, "%s/%s", dirs[i],
					entries[k]->d_name);
				found = true;
			}
			free(entries[k]);
		}
		free(entries);
	}
	return found;
}
