// SPDX-License-Identifier: MIT
/*
 * One repetition of one test on one object allocator, in a child. See objects.h.
 *
 * The loops are compiled twice, for peers whose free takes the size and for those whose free does not, so that neither
 * pays for the other. Every object is written to once, as its user would.
 * Locking: a thread writes its own struct worker; the main thread reads it after the join.
 */
#include "bench/objects.h"
#include "bench/measure.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define always_inline inline __attribute__((always_inline))

#define PAIRS        1000000u
#define BULK_OBJECTS 1000000u /* that all rounds of a bulk test together reach */
#define CHURN_MOST   1000000u /* replacements */
#define CROSS        1500000u /* objects */
#define RING         4096u    /* objects between producer and consumer */
#define RING_STEP    32u      /* objects that are handed over at once */
#define MAX_THREADS  64u

struct barrier {
	unsigned int threads;
	atomic_uint arrived;
};

/* One writer each side; the sides lie on cache lines of their own. */
struct ring {
	_Alignas(128) atomic_ulong head; /* written by the producer */
	_Alignas(128) atomic_ulong tail; /* written by the consumer */
	_Alignas(128) void *slot[RING];
};

struct worker {
	const struct object_peer *peer;
	const struct object_test *test;
	struct barrier *barrier;
	struct ring *ring;
	pthread_t thread;
	unsigned int number;
	uint32_t nr; /* objects that this thread holds at most */
	void **objects;
	uint16_t *sizes; /* of these; kept where the peer wants them back */
	uint64_t random;
	bool failed;
	struct object_result result;
};

/* ------------------------------------------------------------------ words of the loops */

static always_inline void *get(const struct object_peer *peer, size_t size_bytes)
{
	void *object = peer->alloc(size_bytes);

	if (object)
		*(volatile char *)object = 1;
	return object;
}

static always_inline void put(
	const struct object_peer *peer, void *object, size_t size_bytes, bool sized)
{
	if (sized)
		peer->release_sized(object, size_bytes);
	else
		peer->release(object);
}

/* The upper half of the state is good enough to choose by. */
static always_inline uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((*state >> 32) * below >> 32);
}

static always_inline size_t draw_size(uint64_t *state, const struct object_test *test)
{
	return test->smallest + draw(state, test->largest - test->smallest + 1);
}

static void shuffle(void **objects, uint32_t nr, uint64_t *random)
{
	for (uint32_t i = nr; i > 1; i--) {
		uint32_t j = draw(random, i);
		void *object = objects[i - 1];

		objects[i - 1] = objects[j];
		objects[j] = object;
	}
}

static void wait_for_all(struct barrier *barrier)
{
	unsigned int mine = atomic_fetch_add(&barrier->arrived, 1);
	unsigned int full = (mine / barrier->threads + 1) * barrier->threads;

	for (unsigned int round = 1; atomic_load(&barrier->arrived) < full; round++)
		if (!(round & 4095))
			sched_yield();
}

static void spent(struct worker *w, const struct bench_clocks *begin, double objects)
{
	struct bench_clocks end = bench_clocks_now();

	w->result.cpu_ns += (end.cpu - begin->cpu) / objects;
	w->result.wall_ns += (end.wall - begin->wall) / objects;
}

/* ------------------------------------------------------------------ the loops, one pass each */

static always_inline bool pairs(struct worker *w, uint32_t times, bool sized)
{
	const struct object_peer *peer = w->peer;
	size_t size = w->test->smallest;

	for (uint32_t i = 0; i < times; i++) {
		void *object = get(peer, size);

		if (!object)
			return false;
		put(peer, object, size, sized);
	}
	return true;
}

static always_inline bool bulk(struct worker *w, bool clocked, bool sized)
{
	size_t size = w->test->smallest;
	struct bench_clocks begin = bench_clocks_now();

	for (uint32_t i = 0; i < w->nr; i++) {
		w->objects[i] = get(w->peer, size);
		if (!w->objects[i])
			return false;
	}
	if (clocked)
		spent(w, &begin, 1);
	if (w->test->mode == OBJECT_RANDOM)
		shuffle(w->objects, w->nr, &w->random);
	begin = bench_clocks_now();
	for (uint32_t i = 0; i < w->nr; i++)
		put(w->peer, w->objects[i], size, sized);
	if (clocked)
		spent(w, &begin, 1);
	return true;
}

static always_inline bool fill(struct worker *w, bool sized)
{
	for (uint32_t i = 0; i < w->nr; i++) {
		size_t size = draw_size(&w->random, w->test);

		w->objects[i] = get(w->peer, size);
		if (!w->objects[i])
			return false;
		if (sized)
			w->sizes[i] = (uint16_t)size;
	}
	return true;
}

static always_inline bool churn(struct worker *w, uint32_t times, bool sized)
{
	uint64_t random = w->random;

	for (uint32_t i = 0; i < times; i++) {
		uint32_t at = draw(&random, w->nr);
		size_t size = draw_size(&random, w->test);

		put(w->peer, w->objects[at], sized ? w->sizes[at] : 0, sized);
		w->objects[at] = get(w->peer, size);
		if (!w->objects[at])
			return false;
		if (sized)
			w->sizes[at] = (uint16_t)size;
	}
	w->random = random;
	return true;
}

static always_inline void empty(struct worker *w, bool sized)
{
	for (uint32_t i = 0; i < w->nr; i++)
		put(w->peer, w->objects[i], sized ? w->sizes[i] : 0, sized);
}

/* Waits until *index has passed @least. */
static unsigned long wait_past(atomic_ulong *index, unsigned long least)
{
	unsigned long now;

	for (unsigned int round = 1;
		(now = atomic_load_explicit(index, memory_order_acquire)) < least;
		round++)
		if (!(round & 1023))
			sched_yield();
	return now;
}

static always_inline bool produce(struct worker *w)
{
	struct ring *ring = w->ring;
	unsigned long head = 0, room = RING;
	size_t size = w->test->smallest;

	while (head < CROSS) {
		if (head == room)
			room = wait_past(&ring->tail, head - RING + 1) + RING;
		void *object = get(w->peer, size);

		if (!object)
			return false;
		ring->slot[head++ % RING] = object;
		if (!(head % RING_STEP) || head == CROSS)
			atomic_store_explicit(&ring->head, head, memory_order_release);
	}
	return true;
}

static always_inline bool consume(struct worker *w, bool sized)
{
	struct ring *ring = w->ring;
	unsigned long tail = 0, ready = 0;

	while (tail < CROSS) {
		if (tail == ready)
			ready = wait_past(&ring->head, tail + 1);
		put(w->peer, ring->slot[tail++ % RING], w->test->smallest, sized);
		if (!(tail % RING_STEP) || tail == CROSS)
			atomic_store_explicit(&ring->tail, tail, memory_order_release);
	}
	return true;
}

/* ------------------------------------------------------------------ dedicated caches */

static bool cache_pairs(const struct object_peer *peer, void *cache, uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		void *object = peer->cache_alloc(cache);

		if (!object)
			return false;
		*(volatile char *)object = 1;
		peer->cache_free(cache, object);
	}
	return true;
}

static bool cache_bulk(const struct object_peer *peer, void *cache, void **objects,
	unsigned int nr, uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		if (peer->cache_alloc_bulk(cache, nr, objects) != (int)nr)
			return false;
		peer->cache_free_bulk(cache, nr, objects);
	}
	return true;
}

static bool run_cache(struct worker *w)
{
	const struct object_peer *peer = w->peer;
	bool one = w->test->mode == OBJECT_CACHE_PAIR;
	uint32_t times = one ? PAIRS : BULK_OBJECTS / w->test->live;
	void *cache = peer->cache_create(w->test->smallest);
	struct bench_clocks begin;

	if (!cache)
		return false;
	for (int warm = 1; warm >= 0; warm--) {
		wait_for_all(w->barrier);
		begin = bench_clocks_now();
		if (!(one ? cache_pairs(peer, cache, times)
			  : cache_bulk(peer, cache, w->objects, w->nr, times)))
			return false;
	}
	spent(w, &begin, one ? times : (double)times * w->nr);
	return true;
}

/* ------------------------------------------------------------------ one thread */

static always_inline bool run_mode(struct worker *w, bool sized)
{
	struct bench_clocks begin;
	uint32_t rounds, times;
	bool good = true;

	switch (w->test->mode) {
	case OBJECT_PAIR:
		good = pairs(w, PAIRS / 20, sized);
		wait_for_all(w->barrier);
		begin = bench_clocks_now();
		good = good && pairs(w, PAIRS, sized);
		spent(w, &begin, PAIRS);
		return good;
	case OBJECT_FIFO:
	case OBJECT_RANDOM:
		good = bulk(w, false, sized);
		wait_for_all(w->barrier);
		rounds = BULK_OBJECTS / w->test->live;
		for (uint32_t i = 0; good && i < rounds; i++)
			good = bulk(w, true, sized);
		w->result.cpu_ns /= (double)rounds * w->nr;
		w->result.wall_ns /= (double)rounds * w->nr;
		return good;
	case OBJECT_CHURN:
		times = CHURN_MOST / w->test->threads;
		good = fill(w, sized) && churn(w, times / 2, sized);
		wait_for_all(w->barrier);
		begin = bench_clocks_now();
		good = good && churn(w, times, sized);
		spent(w, &begin, times);
		if (good)
			empty(w, sized);
		return good;
	case OBJECT_CROSS:
		wait_for_all(w->barrier);
		begin = bench_clocks_now();
		good = w->number ? consume(w, sized) : produce(w);
		spent(w, &begin, CROSS);
		return good;
	case OBJECT_CACHE_PAIR:
	case OBJECT_CACHE_BULK:
		return run_cache(w);
	}
	return false;
}

static void *run_worker(void *arg)
{
	struct worker *w = arg;

	bench_pin_to_cpu(w->number);
	if (w->peer->enter)
		w->peer->enter(w->number);
	w->failed = !(w->peer->release_sized ? run_mode(w, true) : run_mode(w, false));
	if (w->failed)
		_exit(1); /* the others wait at a barrier */
	if (w->peer->leave)
		w->peer->leave();
	return NULL;
}

/* Memory of the harness does not come from the peer, and is there before the clock runs. */
static void *harness_memory(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static bool prepare(struct worker *w, const struct object_peer *peer,
	const struct object_test *test, struct barrier *barrier, struct ring *ring)
{
	w->peer = peer;
	w->test = test;
	w->barrier = barrier;
	w->ring = ring;
	w->random = 12345 + w->number;
	/* of a bulk from a cache each thread takes all */
	w->nr = test->live / (test->mode == OBJECT_CACHE_BULK ? 1 : test->threads);
	w->objects = harness_memory((w->nr + 1) * sizeof(*w->objects));
	w->sizes = harness_memory((w->nr + 1) * sizeof(*w->sizes));
	return w->objects && w->sizes;
}

static bool run_test(const struct object_peer *peer, const struct object_test *test,
	struct object_result *result)
{
	static struct worker workers[MAX_THREADS];
	static struct ring ring;
	struct barrier barrier = { .threads = test->threads };

	for (unsigned int i = 0; i < test->threads; i++) {
		workers[i].number = i;
		if (!prepare(&workers[i], peer, test, &barrier, &ring))
			return false;
	}
	for (unsigned int i = 0; i < test->threads; i++)
		if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]))
			return false;
	memset(result, 0, sizeof(*result));
	for (unsigned int i = 0; i < test->threads; i++) {
		pthread_join(workers[i].thread, NULL);
		result->cpu_ns += workers[i].result.cpu_ns / test->threads;
		result->wall_ns += workers[i].result.wall_ns / test->threads;
	}
	return true;
}

/* ------------------------------------------------------------------ memory */

#define OVERHEAD_BYTES (32u << 20)
#define SPIKE_BYTES    (365u << 20)
#define SPIKE_STAYS    64u
#define SPIKE_SECONDS  3u
#define IDLE_PAIRS     10000u /* a second */
#define CHURN_LIVE     500000u
#define LARGEST_MIXED  512u

struct held {
	void **objects;
	uint32_t *sizes;
	uint32_t nr;
	uint64_t bytes;
};

static void release_at(const struct object_peer *peer, struct held *held, uint32_t at)
{
	if (!held->objects[at])
		return;
	put(peer, held->objects[at], held->sizes[at], peer->release_sized != NULL);
	held->objects[at] = NULL;
	held->bytes -= held->sizes[at];
}

/* Every byte is written: what is asked for is used. */
static bool take_at(
	const struct object_peer *peer, struct held *held, uint32_t at, uint32_t size)
{
	held->objects[at] = peer->alloc(size);
	if (!held->objects[at])
		return false;
	memset(held->objects[at], 0xa5, size);
	held->sizes[at] = size;
	held->bytes += size;
	return true;
}

static bool take_all(const struct object_peer *peer, struct held *held, uint64_t bytes,
	uint32_t smallest, uint32_t largest)
{
	uint64_t random = 1;

	for (held->nr = 0; held->bytes < bytes; held->nr++)
		if (!take_at(peer, held, held->nr,
			    smallest + draw(&random, largest - smallest + 1)))
			return false;
	return true;
}

/* As a program with little to do: some allocators tidy up in their calls, others when they are asked to, once a second. */
static void idle_seconds(const struct object_peer *peer, unsigned int seconds)
{
	for (unsigned int i = 0; i < seconds; i++) {
		sleep(1);
		for (unsigned int pair = 0; pair < IDLE_PAIRS; pair++)
			put(peer, get(peer, 64), 64, peer->release_sized != NULL);
		if (peer->tick)
			peer->tick();
	}
}

static bool measure_churn(const struct object_peer *peer, struct held *held,
	uint64_t before, struct object_memory *result)
{
	uint64_t random = 2;

	for (held->nr = 0; held->nr < CHURN_LIVE; held->nr++)
		if (!take_at(peer, held, held->nr, 8 + draw(&random, LARGEST_MIXED - 7)))
			return false;
	for (uint32_t i = 0; i < 2 * CHURN_LIVE; i++) {
		uint32_t at = draw(&random, held->nr);

		release_at(peer, held, at);
		if (!take_at(peer, held, at, 8 + draw(&random, LARGEST_MIXED - 7)))
			return false;
	}
	result->live = held->bytes;
	result->grown = object_footprint() - before;
	for (uint32_t i = 0; i < held->nr; i++)
		release_at(peer, held, i);
	result->idle = object_footprint() - before;
	return true;
}

static bool measure_spike(const struct object_peer *peer, struct held *held,
	uint64_t before, struct object_memory *result)
{
	uint64_t random = 3;

	if (!take_all(peer, held, SPIKE_BYTES, 8, LARGEST_MIXED))
		return false;
	result->grown = object_footprint() - before;
	for (uint32_t i = 0; i < held->nr; i++)
		if (draw(&random, SPIKE_STAYS))
			release_at(peer, held, i);
	result->live = held->bytes;
	idle_seconds(peer, SPIKE_SECONDS);
	result->idle = object_footprint() - before;
	return true;
}

static bool run_memory(const struct object_peer *peer, enum object_memory_test test,
	unsigned int size_bytes, struct object_memory *result)
{
	uint32_t most = test == OBJECT_OVERHEAD ? OVERHEAD_BYTES / size_bytes + 1
						: SPIKE_BYTES / 8;
	struct held held = { .objects = harness_memory(most * sizeof(void *)),
		.sizes = harness_memory(most * sizeof(uint32_t)) };
	bool good = false;

	if (!held.objects || !held.sizes)
		return false;
	bench_pin_to_cpu(0);
	if (peer->enter)
		peer->enter(0);
	/* what the first call of all sets up is not the overhead of an object */
	put(peer, get(peer, 16), 16, peer->release_sized != NULL);
	uint64_t before = object_footprint();

	switch (test) {
	case OBJECT_OVERHEAD:
		good = take_all(peer, &held, OVERHEAD_BYTES, size_bytes, size_bytes);
		result->live = held.bytes;
		result->objects = held.nr;
		result->grown = object_footprint() - before;
		return good;
	case OBJECT_AFTER:
		good = measure_churn(peer, &held, before, result);
		break;
	case OBJECT_SPIKE:
		good = measure_spike(peer, &held, before, result);
		break;
	}
	if (good && peer->shrink)
		peer->shrink();
	result->shrunk = object_footprint() - before;
	return good;
}

/* ------------------------------------------------------------------ a process of its own */

struct answer {
	bool good;
	const char *why; /* the child is a copy: a literal is at the same address there */
	struct object_result result;
	struct object_memory memory;
};

static bool can(const struct object_peer *peer, const struct object_test *test)
{
	if (test->mode == OBJECT_CACHE_PAIR)
		return peer->cache_alloc != NULL;
	if (test->mode == OBJECT_CACHE_BULK)
		return peer->cache_alloc_bulk != NULL;
	return true;
}

/* What the child does; NULL test: memory. */
static void answer(const struct object_peer *of, const struct object_test *test,
	enum object_memory_test memory_test, unsigned int size_bytes, struct answer *to)
{
	struct object_peer peer = *of;

	to->why = "does not start";
	if (peer.open && peer.open(&peer, test ? test->threads : 1))
		return;
	to->why = "has no caches";
	if (test && !can(&peer, test))
		return;
	to->why = "has caches only";
	if (!peer.alloc && !(test && test->mode >= OBJECT_CACHE_PAIR))
		return;
	to->why = "failed";
	to->good = test ? run_test(&peer, test, &to->result)
			: run_memory(&peer, memory_test, size_bytes, &to->memory);
}

static bool ask_child(const struct object_peer *peer, const struct object_test *test,
	enum object_memory_test memory_test, unsigned int size_bytes, struct answer *from,
	const char **why)
{
	int status = 0;
	struct answer *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	*why = "no memory for it";
	if (shared == MAP_FAILED)
		return false;
	pid_t child = fork();

	if (!child) {
		answer(peer, test, memory_test, size_bytes, shared);
		_exit(0);
	}
	if (child > 0)
		waitpid(child, &status, 0);
	*from = *shared;
	munmap(shared, sizeof(*shared));
	if (child > 0 && from->good && WIFEXITED(status))
		return true;
	*why = WIFSIGNALED(status) ? "died" : from->why;
	return false;
}

bool object_measure(const struct object_peer *peer, const struct object_test *test,
	struct object_result *result, const char **why)
{
	struct answer from;

	if (!ask_child(peer, test, OBJECT_OVERHEAD, 0, &from, why))
		return false;
	*result = from.result;
	return true;
}

bool object_measure_memory(const struct object_peer *peer, enum object_memory_test test,
	unsigned int size_bytes, struct object_memory *result, const char **why)
{
	struct answer from;

	if (!ask_child(peer, NULL, test, size_bytes, &from, why))
		return false;
	*result = from.memory;
	return true;
}
