/* SPDX-License-Identifier: MIT */
/*
 * What the tests of the page floor share: small boards, a log that can be searched, random numbers from QY_SEED.
 *
 *   rig_arm64, rig_x86, rig_bank     a board with nothing but RAM: no kernel image, no memmap charge, no huge pages
 *   rig_boot_hosted, rig_down        a machine, this thread on CPU 0
 *   rig_log_count, rig_log_clear     what the machine printed since boot
 *   rig_check_valid                  qy_machine_validate(), or the test fails with its line
 *   rig_zone, rig_free_frames        numbers
 *
 * Locking: log_lock for the log; everything else belongs to the thread that runs the test.
 */
#ifndef QUARRY_TEST_RIG_H
#define QUARRY_TEST_RIG_H

#include "tests/runner/test.h"
#include "mm/page/internal.h"
#include <quarry.h>
#include <quarry/stats.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RIG_UNUSED __attribute__((unused))
#define KIB(n)     ((uint64_t)(n) << 10)
#define MIB(n)     ((uint64_t)(n) << 20)
#define GIB(n)     ((uint64_t)(n) << 30)

#define RIG_LOG_BYTES 65536

struct rig {
	struct qy_board board;
	struct qy_bank banks[8];
	struct qy_reserved reserved[4];
	uint8_t cpu_node[QY_MAX_CPUS];
	uint8_t distance[16];
	struct qy_machine *m;
	void (*panic)(void *rig, const char *line); /* sim only */
	bool mapped;                                /* sim: RAM has second addresses */
	bool shared_cpus;                           /* QY_FRONT_RSEQ; in sim, played */
	bool background; /* hosted: kswapd and others are threads */
	pthread_mutex_t log_lock;
	size_t log_bytes;
	char log[RIG_LOG_BYTES];
};

/* ------------------------------------------------------------------ random numbers */

struct rig_random {
	uint64_t state;
};

static inline uint64_t rig_random(struct rig_random *random)
{
	uint64_t z = random->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline uint32_t rig_below(struct rig_random *random, uint32_t n)
{
	return (uint32_t)(rig_random(random) % n);
}

/* ------------------------------------------------------------------ boards */

static RIG_UNUSED void rig_init(struct rig *rig, enum qy_arch arch, uint32_t nr_cpus)
{
	memset(rig, 0, sizeof(*rig));
	pthread_mutex_init(&rig->log_lock, NULL);
	qy_board_defaults(&rig->board, arch);
	rig->board.kernel = (struct qy_kernel_image){ 0 };
	rig->board.thp = false;
	rig->board.nr_cpus = nr_cpus;
	rig->board.nr_nodes = 1;
	rig->board.banks = rig->banks;
	rig->board.cpu_node = rig->cpu_node;
}

static RIG_UNUSED void rig_bank(
	struct rig *rig, uint64_t base, uint64_t size, uint32_t node)
{
	rig->banks[rig->board.nr_banks++] =
		(struct qy_bank){ .base = base, .size = size, .node = node };
	if (node >= rig->board.nr_nodes)
		rig->board.nr_nodes = node + 1;
}

/* One zone, Normal, from an address where every block of order 10 is whole. */
static RIG_UNUSED void rig_one_zone(struct rig *rig, uint64_t bytes, uint32_t nr_cpus)
{
	rig_init(rig, QY_ARCH_ARM64, nr_cpus);
	rig->board.has_zone_dma = false;
	rig->board.has_zone_dma32 = false;
	rig_bank(rig, GIB(1), bytes, 0);
}

/* DMA below @dma_limit, DMA32 above. */
static RIG_UNUSED void rig_two_zones(
	struct rig *rig, uint64_t bytes, uint64_t dma_limit, uint32_t nr_cpus)
{
	rig_init(rig, QY_ARCH_ARM64, nr_cpus);
	rig->board.has_zone_dma = true;
	rig->board.has_zone_dma32 = true;
	rig->board.dma_limit = dma_limit;
	rig_bank(rig, GIB(1), bytes, 0);
}

/* DMA, DMA32 and Normal: a PC with @low bytes below 4 GiB and @high above. */
static RIG_UNUSED void rig_x86(
	struct rig *rig, uint64_t low, uint64_t high, uint32_t nr_cpus)
{
	rig_init(rig, QY_ARCH_X86_64, nr_cpus);
	rig_bank(rig, KIB(4), low - KIB(4), 0);
	if (high)
		rig_bank(rig, GIB(4), high, 0);
}

/* ------------------------------------------------------------------ the log */

static RIG_UNUSED void rig_log(void *arg, enum qy_log_level level, const char *line)
{
	struct rig *rig = arg;
	size_t room;
	int n;

	pthread_mutex_lock(&rig->log_lock);
	room = RIG_LOG_BYTES - rig->log_bytes;
	n = snprintf(rig->log + rig->log_bytes, room, "<%d>%s\n", (int)level, line);
	if (n > 0 && (size_t)n < room)
		rig->log_bytes += (size_t)n;
	pthread_mutex_unlock(&rig->log_lock);
}

static RIG_UNUSED void rig_log_clear(struct rig *rig)
{
	rig->log_bytes = 0;
	rig->log[0] = '\0';
}

static RIG_UNUSED unsigned int rig_log_count(const struct rig *rig, const char *text)
{
	unsigned int count = 0;

	for (const char *at = rig->log; (at = strstr(at, text)) != NULL; at++)
		count++;
	return count;
}

/* ------------------------------------------------------------------ machines */

/* This thread becomes @cpu, or one of those that share CPUs. */
static RIG_UNUSED void rig_enter(struct rig *rig, unsigned int cpu)
{
	int got = rig->shared_cpus ? qy_enter(rig->m) : qy_enter_cpu(rig->m, cpu);

	if (rig->shared_cpus ? got < 0 : got != (int)cpu)
		FAIL("no CPU %u: %d", cpu, got);
}

#ifndef RIG_SIM
#include <quarry/hosted.h>

#include <sched.h>
#include <unistd.h>

/*
 * For a rig of QY_FRONT_RSEQ: a CPU for each of the host. A host that cannot share CPUs ends the test as skipped.
 */
static RIG_UNUSED void rig_share_cpus(struct rig *rig)
{
	struct qy_hosted_opts opts = { .front = QY_FRONT_RSEQ };
	struct qy_machine *m;
	char why[256] = "";

	rig->shared_cpus = true;
	rig->board.nr_cpus = (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	m = qy_hosted_boot(&rig->board, &opts, why, sizeof(why));
	if (!m)
		SKIP("%s", why);
	qy_hosted_shutdown(m);
}

static RIG_UNUSED void rig_boot(struct rig *rig)
{
	struct qy_hosted_opts opts = { .log = rig_log,
		.log_arg = rig,
		.unmarked = true,
		.background_threads = rig->background,
		.front = rig->shared_cpus ? QY_FRONT_RSEQ : QY_FRONT_TLS };
	char why[256] = "";

	if (qy_current()->machine)
		qy_leave(); /* a test that failed stands there still */
	rig->m = qy_hosted_boot(&rig->board, &opts, why, sizeof(why));
	if (!rig->m)
		FAIL("boot: %s\n%s", why, rig->log);
	rig_enter(rig, 0);
	qy_set_task(100, "test");
	rig_log_clear(rig);
}

static RIG_UNUSED void rig_down(struct rig *rig)
{
	qy_leave();
	qy_hosted_shutdown(rig->m);
	pthread_mutex_destroy(&rig->log_lock);
}
#else
#include <quarry/sim.h>

static RIG_UNUSED void rig_boot(struct rig *rig)
{
	struct qy_sim_opts opts = { .log = rig_log,
		.log_arg = rig,
		.panic = rig->panic,
		.mapped = rig->mapped,
		.shared_cpus = rig->shared_cpus };
	char why[256] = "";

	if (qy_current()->machine)
		qy_leave(); /* a test that failed stands there still */
	rig->m = qy_sim_boot(&rig->board, &opts, why, sizeof(why));
	if (!rig->m)
		FAIL("boot: %s\n%s", why, rig->log);
	qy_set_task(100, "test");
	rig_log_clear(rig);
}

static RIG_UNUSED void rig_down(struct rig *rig)
{
	qy_sim_shutdown(rig->m);
	pthread_mutex_destroy(&rig->log_lock);
}
#endif

/* This thread goes on as another CPU. */
static RIG_UNUSED void rig_on_cpu(struct rig *rig, unsigned int cpu)
{
	qy_leave();
	CHECK_EQ(qy_enter_cpu(rig->m, cpu), (int)cpu);
}

static RIG_UNUSED void rig_check_valid(struct qy_machine *m, const char *after)
{
	char why[256] = "";

	if (!qy_machine_validate(m, why, sizeof(why)))
		FAIL("after %s: %s", after, why);
}

/* ------------------------------------------------------------------ numbers */

static RIG_UNUSED struct qy_zone_stats rig_zone(
	struct qy_machine *m, uint32_t node, enum qy_zone_type type)
{
	struct qy_zone_stats z;

	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++)
		if (z.node == node && z.type == type)
			return z;
	FAIL("no zone %u on node %u", (unsigned int)type, node);
}

/* Frames that nobody owns: in the zones and on per-CPU lists. */
static RIG_UNUSED uint64_t rig_free_frames(struct qy_machine *m)
{
	struct qy_zone_stats z;
	uint64_t sum = 0;

	for (uint32_t i = 0; qy_zone_stats(m, i, &z); i++)
		sum += z.free_pages + z.pcp_pages;
	return sum;
}

/* Free blocks of exactly @order, all types. */
static RIG_UNUSED uint64_t rig_nr_free(const struct qy_zone_stats *z, unsigned int order)
{
	uint64_t sum = 0;

	for (unsigned int mt = 0; mt < QY_MIGRATE_TYPES; mt++)
		sum += z->nr_free[order][mt];
	return sum;
}

/* Takes blocks until the request fails. Return: how many of at most @max. */
static RIG_UNUSED size_t rig_exhaust(struct qy_machine *m, qy_gfp_t gfp,
	unsigned int order, struct page **pages, size_t max)
{
	size_t nr = 0;

	while (nr < max && (pages[nr] = qy_alloc_pages(m, gfp | QY___GFP_NOWARN, order)))
		nr++;
	return nr;
}

static RIG_UNUSED void rig_free_all(
	struct qy_machine *m, struct page **pages, size_t nr, unsigned int order)
{
	for (size_t i = 0; i < nr; i++)
		qy_free_pages(m, pages[i], order);
}

#endif
