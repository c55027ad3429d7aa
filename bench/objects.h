/* SPDX-License-Identifier: MIT */
/*
 * Object allocators under measurement, and one repetition of one test on one of them.
 *
 *   object_peer_*()         the peers that are built in, and what a plugin file is turned into
 *   object_measure()        one repetition, in a process of its own
 *   object_footprint()      what this process has of the host's memory
 *
 * A peer is opened in the child that measures it, never in the parent: two allocators that both define malloc() never
 * meet, and each repetition begins with fresh state. README.md shows the functions of a plugin.
 * Locking: open and exit are called by one thread, with no other in the peer.
 */
#ifndef BENCH_OBJECTS_H
#define BENCH_OBJECTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct object_peer {
	char name[64];
	const char *file;   /* shared object; NULL: linked in */
	const char *absent; /* why there is nothing to measure; NULL = it is there */
	/* Fills in the functions. Return: 0 = ready for that many threads. */
	int (*open)(struct object_peer *peer, unsigned int nr_threads);
	unsigned int options; /* of open() */
	bool shares_symbols;  /* of the file with the program; else its own come first */

	void *(*alloc)(size_t size_bytes);
	void (*release)(void *object); /* one of the two */
	void (*release_sized)(void *object, size_t size_bytes);
	/* may be NULL: */
	void (*enter)(unsigned int thread);
	void (*leave)(void);
	void (*tick)(void);   /* what the allocator wants once a second */
	void (*shrink)(void); /* what is not in use goes back */
	void *(*cache_create)(size_t size_bytes);
	void *(*cache_alloc)(void *cache);
	void (*cache_free)(void *cache, void *object);
	int (*cache_alloc_bulk)(
		void *cache, unsigned int nr, void **objects); /* nr: all */
	void (*cache_free_bulk)(void *cache, unsigned int nr, void **objects);
};

enum object_mode {
	OBJECT_PAIR,       /* get one and put it, again and again */
	OBJECT_FIFO,       /* get `live`, put them in the order in which they came */
	OBJECT_RANDOM,     /* the same, put in random order */
	OBJECT_CHURN,      /* of `live` objects a random one is put and another got */
	OBJECT_CROSS,      /* one thread gets, another one puts */
	OBJECT_CACHE_PAIR, /* of a dedicated cache */
	OBJECT_CACHE_BULK, /* the same, `live` at a time */
};

struct object_test {
	enum object_mode mode;
	unsigned int smallest, largest; /* bytes, even distribution */
	unsigned int live;              /* objects, all threads together */
	unsigned int threads;
};

struct object_result {
	double cpu_ns, wall_ns; /* per object got and put, mean over the threads */
};

/* What a process held at a moment, bytes. */
struct object_memory {
	uint64_t live;    /* asked for and not put back */
	uint64_t grown;   /* of the process, since before the peer had work */
	uint64_t idle;    /* the same after the moment that the test names */
	uint64_t shrunk;  /* the same after peer->shrink() */
	uint64_t objects; /* live ones */
};

enum object_memory_test {
	OBJECT_OVERHEAD, /* many objects of one size: `grown` */
	OBJECT_AFTER,    /* a churn, all put back: `grown` at the peak, `idle` after it */
	OBJECT_SPIKE,    /* 365 MiB, 1/64 stays: `idle` three seconds later */
};

/*
 * Return: true, or false when the peer cannot do this test, failed or died; @why then says it in a few words.
 * Context: one thread; forks.
 */
bool object_measure(const struct object_peer *peer, const struct object_test *test,
	struct object_result *result, const char **why);
bool object_measure_memory(const struct object_peer *peer, enum object_memory_test test,
	unsigned int size_bytes, struct object_memory *result, const char **why);

/* Resident bytes of this process, where a memfd counts as what it holds, touched or not. */
uint64_t object_footprint(void);

enum {
	OBJECT_QUARRY_HARDENED =
		1 << 0, /* what costs no work per object: random order, no merging */
	OBJECT_QUARRY_INIT = 1 << 1, /* init_on_alloc and init_on_free */
	OBJECT_QUARRY_RSEQ = 1 << 2, /* the host's CPUs, which threads share */
};
void object_peer_quarry(struct object_peer *peer, const char *name, unsigned int options);
/* The cost of two calls that do nothing. */
void object_peer_floor(struct object_peer *peer);
/* The n-th of those that Debian has. Return: false when there are no more. */
bool object_peer_system(struct object_peer *peer, unsigned int n);
/*
 * A file with the functions of README.md, or with malloc() and free(). A file that is not there is an absent peer.
 * Return: 0; -1 after a line on stderr.
 */
int object_peer_plugin(struct object_peer *peer, const char *file);

#endif
