// SPDX-License-Identifier: MIT
/*
 * Ours: a booted board with one bank of RAM, so one zone, as the peers have one array; every check of a default build.
 *
 * The bank begins at 4 GiB: all of it is zone Normal, and a request walks to no other zone.
 * Locking: one machine at a time, made and dropped by the main thread.
 */
#include "bench/peers/peer.h"
#include <quarry/hosted.h>
#include <quarry/stats.h>
#include <stdio.h>
#include <stdlib.h>

static struct qy_machine *machine;
static struct qy_board board;
static struct qy_bank bank;
static qy_gfp_t request;

static int quarry_init(uint64_t nr_frames, unsigned int nr_threads)
{
	char why[256];

	qy_board_defaults(&board, QY_ARCH_X86_64);
	bank = (struct qy_bank){ .base = 4ull << 30, .size = nr_frames * QY_PAGE_SIZE };
	board.banks = &bank;
	board.nr_banks = 1;
	board.nr_cpus = nr_threads;
	board.kernel = (struct qy_kernel_image){ 0 };
	machine = qy_hosted_boot(&board, NULL, why, sizeof(why));
	if (machine)
		return 0;
	fprintf(stderr, "bench: quarry does not boot: %s\n", why);
	return -1;
}

static void quarry_exit(void)
{
	qy_hosted_shutdown(machine);
	machine = NULL;
}

static void quarry_enter(unsigned int thread)
{
	if (qy_enter_cpu(machine, thread) < 0) {
		fprintf(stderr, "bench: CPU %u of the machine is taken\n", thread);
		exit(1);
	}
}

static uint64_t quarry_get(unsigned int order)
{
	struct page *page = qy_alloc_pages(machine, request, order);

	return page ? (uint64_t)(uintptr_t)page : BENCH_NO_FRAME;
}

static void quarry_put(uint64_t frame, unsigned int order)
{
	qy_free_pages(machine, (struct page *)(uintptr_t)frame, order);
}

static uint64_t quarry_metadata_bytes(void)
{
	struct qy_machine_stats stats;

	qy_machine_stats(machine, &stats);
	return stats.metadata_bytes;
}

void bench_peer_quarry(struct bench_peer *peer, int movable)
{
	request = movable ? QY_GFP_HIGHUSER_MOVABLE : QY_GFP_KERNEL;
	*peer = (struct bench_peer){
		.name = "quarry, policy linux",
		.init = quarry_init,
		.get = quarry_get,
		.put = quarry_put,
		.exit = quarry_exit,
		.enter = quarry_enter,
		.leave = qy_leave,
		.metadata_bytes = quarry_metadata_bytes,
	};
}
