// SPDX-License-Identifier: MIT
/* Populated anonymous mappings: the frames come from the host's kernel, zeroed. No state. */
#include "bench/peers/peer.h"
#include <sys/mman.h>
#include <unistd.h>

static int mmap_init(uint64_t nr_frames, unsigned int nr_threads)
{
	(void)nr_frames;
	(void)nr_threads;
	return 0;
}

static uint64_t mmap_get(unsigned int order)
{
	void *addr = mmap(NULL, (size_t)4096 << order, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return addr == MAP_FAILED ? BENCH_NO_FRAME : (uint64_t)(uintptr_t)addr;
}

static void mmap_put(uint64_t frame, unsigned int order)
{
	munmap((void *)(uintptr_t)frame, (size_t)4096 << order);
}

static void mmap_exit(void)
{
}

void bench_peer_mmap(struct bench_peer *peer)
{
	*peer = (struct bench_peer){
		.name = "mmap+munmap",
		.init = mmap_init,
		.get = mmap_get,
		.put = mmap_put,
		.exit = mmap_exit,
		.most_frames = 16384,
	};
}
