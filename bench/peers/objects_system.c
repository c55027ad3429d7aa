// SPDX-License-Identifier: MIT
/*
 * Object allocators that come as shared objects: those that Debian packages, and any file with the functions of README.md.
 *
 * Each is opened in the process that measures it. What defines malloc() sees its own symbols before those of the program
 * (RTLD_DEEPBIND), so that it never hands its memory to the C library; the program keeps the C library's. Plugins of
 * functions are loaded as usual, since a library behind them may want to share data such as optarg with the program.
 * No state: what open() finds stands in the peer.
 */
#include "bench/objects.h"
#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	const char *name, *file;
	const char *package; /* of Debian 12 */
} libraries[] = {
	{ "glibc", NULL, "libc6" },
	{ "mimalloc", "libmimalloc.so.2.0", "libmimalloc2.0" },
	{ "jemalloc", "libjemalloc.so.2", "libjemalloc2" },
	{ "tcmalloc", "libtcmalloc_minimal.so.4", "libtcmalloc-minimal4" },
	{ "GLib slices", "libglib-2.0.so.0", "libglib2.0-0" },
};
#define NR_LIBRARIES (sizeof(libraries) / sizeof(libraries[0]))

/* ------------------------------------------------------------------ what each does on request */

static void (*slice_free)(size_t size_bytes, void *object);
static void (*collect)(int force);
static void (*release_free_memory)(void);
static int (*mallctl)(
	const char *name, void *old, size_t *old_size, void *new, size_t size);

static void slice_release(void *object, size_t size_bytes)
{
	slice_free(size_bytes, object);
}

static void shrink_glibc(void)
{
	malloc_trim(0);
}

static void shrink_mimalloc(void)
{
	collect(1);
}

static void shrink_jemalloc(void)
{
	/* "all arenas" has this number in the names of jemalloc 5 */
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	mallctl("arena.4096.purge", NULL, NULL, NULL, 0);
}

static void shrink_tcmalloc(void)
{
	release_free_memory();
}

/* ------------------------------------------------------------------ opening */

/* Like dlsym(), but only what the object itself defines: its dependencies have a malloc() as well. */
static void *own_symbol(void *object, const char *name)
{
	void *found = dlsym(object, name);
	Dl_info here, malloc_of_libc;

	if (!found || strcmp(name, "malloc") || !dladdr(found, &here) ||
		!dladdr((void *)(uintptr_t)abort, &malloc_of_libc))
		return found;
	return here.dli_fbase == malloc_of_libc.dli_fbase ? NULL : found;
}

#define FIND(object, pointer, name)                        \
	do {                                               \
		void *found = own_symbol(object, name);    \
		memcpy(&(pointer), &found, sizeof(found)); \
	} while (0)

static void *load(const char *file, bool own_symbols)
{
	return dlopen(file, RTLD_NOW | RTLD_LOCAL | (own_symbols ? RTLD_DEEPBIND : 0));
}

static int open_glibc(struct object_peer *peer, unsigned int nr_threads)
{
	(void)nr_threads;
	peer->alloc = malloc;
	peer->release = free;
	peer->shrink = shrink_glibc;
	return 0;
}

/* What GLib 2.74 still has and 2.76 has no longer: a slab allocator of its own. */
static int open_slices(struct object_peer *peer, void *object)
{
	FIND(object, peer->alloc, "g_slice_alloc");
	FIND(object, slice_free, "g_slice_free1");
	peer->release_sized = slice_release;
	return peer->alloc && slice_free ? 0 : -1;
}

static int open_malloc(struct object_peer *peer, void *object)
{
	FIND(object, peer->alloc, "malloc");
	FIND(object, peer->release, "free");
	FIND(object, collect, "mi_collect");
	FIND(object, mallctl, "mallctl");
	FIND(object, release_free_memory, "MallocExtension_ReleaseFreeMemory");
	peer->shrink = collect               ? shrink_mimalloc
		       : mallctl             ? shrink_jemalloc
		       : release_free_memory ? shrink_tcmalloc
					     : NULL;
	return peer->alloc && peer->release ? 0 : -1;
}

/* The functions of README.md. */
static int open_functions(struct object_peer *peer, void *object, unsigned int nr_threads)
{
	int (*init)(unsigned int nr_threads);

	FIND(object, init, "quarry_objects_init");
	FIND(object, peer->alloc, "quarry_objects_alloc");
	FIND(object, peer->release_sized, "quarry_objects_free");
	FIND(object, peer->enter, "quarry_objects_enter");
	FIND(object, peer->leave, "quarry_objects_leave");
	FIND(object, peer->tick, "quarry_objects_tick");
	FIND(object, peer->shrink, "quarry_objects_shrink");
	FIND(object, peer->cache_create, "quarry_objects_cache_create");
	FIND(object, peer->cache_alloc, "quarry_objects_cache_alloc");
	FIND(object, peer->cache_free, "quarry_objects_cache_free");
	FIND(object, peer->cache_alloc_bulk, "quarry_objects_cache_alloc_bulk");
	FIND(object, peer->cache_free_bulk, "quarry_objects_cache_free_bulk");
	return init ? init(nr_threads) : 0;
}

static int open_library(struct object_peer *peer, unsigned int nr_threads)
{
	void *object = load(peer->file, !peer->shares_symbols);

	if (!object)
		return -1;
	if (dlsym(object, "g_slice_alloc"))
		return open_slices(peer, object);
	if (dlsym(object, "quarry_objects_alloc") ||
		dlsym(object, "quarry_objects_cache_alloc"))
		return open_functions(peer, object, nr_threads);
	return open_malloc(peer, object);
}

/* ------------------------------------------------------------------ which are there */

enum file_kind {
	FILE_MALLOC,    /* or g_slice */
	FILE_FUNCTIONS, /* of README.md */
	FILE_ABSENT,
	FILE_UNLOADABLE,
	FILE_OF_PAGES, /* a peer of bench_pages */
	FILE_NO_PEER,
};

/* Looks at a file in a child, so that nothing stays loaded here. */
static int in_child(int (*look)(const char *file), const char *file)
{
	int status;
	pid_t child = fork();

	if (!child)
		_exit(look(file));
	return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status)
		       ? WEXITSTATUS(status)
		       : FILE_UNLOADABLE;
}

static int kind_of(const char *file)
{
	void *object = load(file, true);

	if (!object)
		return strchr(file, '/') && !access(file, F_OK) ? FILE_UNLOADABLE
								: FILE_ABSENT;
	if (dlsym(object, "quarry_objects_alloc") ||
		dlsym(object, "quarry_objects_cache_alloc"))
		return FILE_FUNCTIONS;
	if (dlsym(object, "g_slice_alloc") || own_symbol(object, "malloc"))
		return FILE_MALLOC;
	return dlsym(object, "quarry_peer_get") ? FILE_OF_PAGES : FILE_NO_PEER;
}

bool object_peer_system(struct object_peer *peer, unsigned int n)
{
	if (n >= NR_LIBRARIES)
		return false;
	*peer = (struct object_peer){ .file = libraries[n].file, .open = open_library };
	snprintf(peer->name, sizeof(peer->name), "%s", libraries[n].name);
	if (!peer->file)
		peer->open = open_glibc;
	else if (in_child(kind_of, peer->file) != FILE_MALLOC)
		peer->absent = "not present";
	return true;
}

int object_peer_plugin(struct object_peer *peer, const char *file)
{
	const char *base = strrchr(file, '/');
	static char paths[16][4096];
	static unsigned int nr_paths;
	char *path = paths[nr_paths++ % 16];

	/* a name without a slash would be looked for in the system's directories */
	snprintf(path, sizeof(paths[0]), "%s%s", base ? "" : "./", file);
	*peer = (struct object_peer){ .file = path, .open = open_library };
	snprintf(peer->name, sizeof(peer->name), "%s", base ? base + 1 : file);
	char *dot = strstr(peer->name, ".so");

	if (dot && dot != peer->name)
		*dot = '\0';
	switch (in_child(kind_of, path)) {
	case FILE_MALLOC:
		return 0;
	case FILE_FUNCTIONS:
		peer->shares_symbols = true;
		return 0;
	case FILE_ABSENT:
		peer->absent = "not present";
		return 0;
	case FILE_OF_PAGES:
		peer->absent = "a peer for pages";
		return 0;
	case FILE_UNLOADABLE:
		fprintf(stderr, "bench: %s: is no shared object that loads here\n", file);
		return -1;
	}
	fprintf(stderr,
		"bench: %s: is no peer: define malloc() and free(), or quarry_objects_alloc() as bench/README.md shows\n",
		file);
	return -1;
}

/* ------------------------------------------------------------------ the floor */

static char somewhere[8192];

static void *no_alloc(size_t size_bytes)
{
	__asm__ volatile("" : : "r"(size_bytes));
	return somewhere;
}

static void no_release(void *object)
{
	__asm__ volatile("" : : "r"(object));
}

static void *no_cache_create(size_t size_bytes)
{
	(void)size_bytes;
	return somewhere;
}

static void *no_cache_alloc(void *cache)
{
	return cache;
}

static void no_cache_free(void *cache, void *object)
{
	__asm__ volatile("" : : "r"(cache), "r"(object));
}

void object_peer_floor(struct object_peer *peer)
{
	*peer = (struct object_peer){
		.name = "(two empty calls)",
		.alloc = no_alloc,
		.release = no_release,
		.cache_create = no_cache_create,
		.cache_alloc = no_cache_alloc,
		.cache_free = no_cache_free,
	};
}
