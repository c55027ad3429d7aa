// SPDX-License-Identifier: MIT
/* A shared object as a peer: finds the functions that README.md names. The object stays loaded. No state. */
#include "bench/peers/peer.h"
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *symbol;
	size_t offset;
	int required;
} functions[] = {
	{ "quarry_peer_init", offsetof(struct bench_peer, init), 1 },
	{ "quarry_peer_get", offsetof(struct bench_peer, get), 1 },
	{ "quarry_peer_put", offsetof(struct bench_peer, put), 1 },
	{ "quarry_peer_exit", offsetof(struct bench_peer, exit), 1 },
	{ "quarry_peer_enter", offsetof(struct bench_peer, enter), 0 },
	{ "quarry_peer_leave", offsetof(struct bench_peer, leave), 0 },
	{ "quarry_peer_metadata_bytes", offsetof(struct bench_peer, metadata_bytes), 0 },
};

/* "dir/name.so" is called "name" */
static void name_of_file(char *name, size_t size, const char *file)
{
	const char *base = strrchr(file, '/');

	snprintf(name, size, "%s", base ? base + 1 : file);
	char *dot = strrchr(name, '.');

	if (dot && dot != name)
		*dot = '\0';
}

int bench_peer_plugin(struct bench_peer *peer, const char *file)
{
	char path[4096];

	memset(peer, 0, sizeof(*peer));
	name_of_file(peer->name, sizeof(peer->name), file);
	if (access(file, F_OK)) {
		peer->absent = "not present";
		return 0;
	}
	/* a name without a slash would be looked for in the system's directories */
	snprintf(path, sizeof(path), "%s%s", strchr(file, '/') ? "" : "./", file);
	void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);

	if (!object) {
		fprintf(stderr, "bench: %s: is no peer: %s\n", file, dlerror());
		return -1;
	}
	if (!dlsym(object, functions[0].symbol) &&
		(dlsym(object, "quarry_objects_alloc") ||
			dlsym(object, "quarry_objects_cache_alloc") ||
			dlsym(object, "malloc_usable_size"))) {
		peer->absent = "a peer for objects";
		return 0;
	}
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *found = dlsym(object, functions[i].symbol);

		if (!found && functions[i].required) {
			fprintf(stderr,
				"bench: %s: is no peer: define %s() as bench/README.md shows\n",
				file, functions[i].symbol);
			return -1;
		}
		memcpy((char *)peer + functions[i].offset, &found, sizeof(found));
	}
	return 0;
}
