/* SPDX-License-Identifier: MIT */
/*
 * A page allocator under measurement: the built-in ones and what a plugin file is turned into.
 *
 * A frame number is whatever the peer returned: it goes back to put() as it came, and is not looked into.
 * Locking: init, exit and metadata_bytes are called by one thread, with no other in the peer.
 */
#ifndef BENCH_PEERS_PEER_H
#define BENCH_PEERS_PEER_H

#include <stdint.h>

#define BENCH_NO_FRAME UINT64_MAX

struct bench_peer {
	char name[64];
	int (*init)(uint64_t nr_frames, unsigned int nr_threads); /* 0 = ready */
	uint64_t (*get)(unsigned int order); /* BENCH_NO_FRAME: none left */
	void (*put)(uint64_t frame, unsigned int order);
	void (*exit)(void);
	/* may be NULL: */
	void (*enter)(unsigned int thread); /* by each thread, before its first get() */
	void (*leave)(void);
	uint64_t (*metadata_bytes)(void);

	/* Frames a round may hold where the cost of a block grows with its size; 0 = no bound. */
	uint64_t most_frames;
	const char *absent; /* why there is nothing to measure; NULL = it is there */
};

/* Which requests Quarry gets: true = GFP_HIGHUSER_MOVABLE, false = GFP_KERNEL. */
void bench_peer_quarry(struct bench_peer *peer, int movable);
/* Free lists through a 64-byte record a page, one lock, no per-CPU cache: a textbook buddy. */
void bench_peer_list_buddy(struct bench_peer *peer);
/* What a process does without an allocator of its own: populated anonymous mappings. */
void bench_peer_mmap(struct bench_peer *peer);
/*
 * A shared object with the functions of README.md. A file that is not there becomes an absent peer.
 * Return: 0; -1 after a line on stderr when the file is there but is no peer.
 */
int bench_peer_plugin(struct bench_peer *peer, const char *file);

#endif
