// SPDX-License-Identifier: MIT
/*
 * Runs a fuzz target over files and directories of inputs, for builds without libFuzzer. No state.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define MAX_INPUT_BYTES (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(MAX_INPUT_BYTES);
	size_t size;

	if (!file || !data) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	size = fread(data, 1, MAX_INPUT_BYTES, file);
	fclose(file);
	/* Exactly as large as the input, so that a sanitizer sees a read past its end. */
	data = realloc(data, size ? size : 1);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 1;
}

static unsigned int replay_directory(const char *path)
{
	unsigned int nr_inputs = 0;
	struct dirent **entries;
	int nr_entries = scandir(path, &entries, NULL, alphasort);

	if (nr_entries < 0) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i < nr_entries; i++) {
		char input[4096];

		snprintf(input, sizeof(input), "%s/%s", path, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			nr_inputs += replay_file(input);
		free(entries[i]);
	}
	free(entries);
	return nr_inputs;
}

int main(int argc, char **argv)
{
	unsigned int nr_inputs = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		bool directory = stat(argv[i], &st) == 0 && S_ISDIR(st.st_mode);

		nr_inputs += directory ? replay_directory(argv[i]) : replay_file(argv[i]);
	}
	if (!nr_inputs)
		fprintf(stderr, "%s: no input; give files or directories\n", argv[0]);
	return nr_inputs ? EXIT_SUCCESS : EXIT_FAILURE;
}
