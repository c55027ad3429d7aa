// SPDX-License-Identifier: MIT
/*
 * Eight threads take and give objects of random sizes, each others' as well; in the end exactly the pages of a fresh machine
 * are free. QY_SCALE=50 (make soak) plays 10^8 operations.
 *
 * Locking: a slot belongs to who took it out by an exchange.
 */
#include "tests/model/rig.h"
#include <quarry/slab.h>

#define THREADS 8
#define SLOTS   4096
#define OWN     64 /* slots that a thread alone looks at */

struct shared {
	struct rig rig;
	void *slot[SLOTS];
	pthread_barrier_t start;
	unsigned long rounds;
};

struct player {
	struct shared *shared;
	pthread_t thread;
	unsigned int cpu;
	void *own[OWN];
};

/* Mostly small, sometimes of any class, seldom a block of pages. */
static size_t random_size(struct rig_random *random)
{
	uint32_t dice = rig_below(random, 1000);

	if (dice < 900)
		return 1 + rig_below(random, 512);
	return dice < 999 ? 1 + rig_below(random, 8192) : 8193 + rig_below(random, 60000);
}

/* The first word says how large it is, the last byte of it repeats a part: both are checked when it goes back. */
static void *take(struct qy_machine *m, struct rig_random *random)
{
	size_t size = random_size(random);
	unsigned char *p = qy_kmalloc(m, size, QY_GFP_KERNEL | QY___GFP_NOWARN);

	if (!p)
		return NULL;
	if (size >= 9) {
		*(uint64_t *)(void *)p = size;
		p[size - 1] = (unsigned char)(size * 31);
	} else {
		memset(p, 0, size);
	}
	return p;
}

static void give(struct qy_machine *m, unsigned char *p)
{
	if (p && qy_ksize(m, p) > 8) {
		uint64_t size = *(uint64_t *)(void *)p;

		CHECK(size >= 9 && size <= qy_ksize(m, p));
		CHECK_EQ(p[size - 1], (unsigned char)(size * 31));
	}
	qy_kfree(m, p);
}

static void *play(void *arg)
{
	struct player *player = arg;
	struct shared *shared = player->shared;
	struct qy_machine *m = shared->rig.m;
	struct rig_random random = { qy_test_seed() + player->cpu };

	rig_enter(&shared->rig, player->cpu);
	pthread_barrier_wait(&shared->start);
	for (unsigned long i = 0; i < shared->rounds; i++) {
		uint32_t dice = rig_below(&random, 8);
		void **own = &player->own[rig_below(&random, OWN)];

		if (dice) {
			give(m, *own);
			*own = take(m, &random);
		} else {
			/* what another thread may have taken */
			give(m, __atomic_exchange_n(
					&shared->slot[rig_below(&random, SLOTS)],
					take(m, &random), __ATOMIC_ACQ_REL));
		}
		if (i % 4096 == 0)
			qy_vmstat_tick(m, player->cpu % shared->rig.board.nr_cpus);
	}
	for (unsigned int i = 0; i < OWN; i++)
		give(m, player->own[i]);
	qy_leave();
	return NULL;
}

static void shrink_all(struct qy_machine *m)
{
	struct qy_kmem_cache_info info;

	for (unsigned int pass = 0; pass < 2; pass++)
		for (unsigned int n = 0; qy_kmem_cache_info(m, n, &info); n++)
			qy_kmem_cache_shrink(info.cache);
}

static struct shared shared;

static void prepare(void)
{
	memset(&shared, 0, sizeof(shared));
	rig_one_zone(&shared.rig, MIB(256), THREADS + 1);
}

static void play_all(unsigned long rounds)
{
	static struct player players[THREADS];
	uint64_t fresh;

	memset(players, 0, sizeof(players));
	rig_boot(&shared.rig);
	fresh = rig_free_frames(shared.rig.m);
	shared.rounds = rounds;
	pthread_barrier_init(&shared.start, NULL, THREADS);
	for (unsigned int i = 0; i < THREADS; i++) {
		players[i].shared = &shared;
		players[i].cpu = i + 1;
		CHECK(!pthread_create(&players[i].thread, NULL, play, &players[i]));
	}
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(players[i].thread, NULL);
	for (unsigned int i = 0; i < SLOTS; i++)
		give(shared.rig.m, shared.slot[i]);
	rig_check_valid(shared.rig.m, "eight threads");
	shrink_all(shared.rig.m);
	CHECK_EQ(rig_free_frames(shared.rig.m), fresh);
	CHECK_EQ(shared.rig.log_bytes, 0);
	rig_check_valid(shared.rig.m, "eight threads and a shrink");
	rig_down(&shared.rig);
}

TEST(slab, eight_threads_leave_exactly_the_pages_of_a_fresh_machine)
{
	prepare();
	/* an operation is a take and a give: QY_SCALE=50 makes 10^8 of them */
	play_all(qy_test_scale(125000));
}

TEST(slab, eight_threads_that_share_cpus_leave_the_pages_of_a_fresh_machine)
{
	prepare();
	rig_share_cpus(&shared.rig);
	play_all(qy_test_scale(40000));
}
