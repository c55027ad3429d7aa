// SPDX-License-Identifier: MIT
/* See wait.h. State: the spaces of this process, and the handler that was there before ours. */
#include "ports/hosted/wait.h"
#include "hot.h"
#include <quarry/task.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SHIFT     12
#define BITS_PER_WORD  64u
#define SPACES_A_CHUNK 64

struct space {
	unsigned int version; /* odd: being written; atomic */
	uintptr_t start, end; /* both 0: free */
	uint64_t *
		waiting; /* a bit a page: writes wait; atomic. NULL: pages come by faults */
	struct qy_machine *machine; /* for these */
	struct plain_space *plain;
};

struct chunk {
	struct chunk *next; /* atomic */
	struct space space[SPACES_A_CHUNK];
};

static struct chunk spaces;
static unsigned int nr_spaces;
static bool installed, serving; /* serving: on the thread's own stack */
static struct sigaction before;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for all of the above */

static uint64_t nr_ended; /* waits that have ended; atomic */

/* the last fault of this thread that found its page writable */
static __thread uintptr_t tried_address __attribute__((tls_model("initial-exec")));
static __thread uint64_t tried_ended __attribute__((tls_model("initial-exec")));

/* ------------------------------------------------------------------ in the handler */

/* A consistent copy of the entry that holds @address. Return: false when there is none. */
static bool find_space(uintptr_t address, struct space *found)
{
	for (struct chunk *chunk = &spaces; chunk;
		/* acquire: its entries are zero at least */
		chunk = __atomic_load_n(&chunk->next, __ATOMIC_ACQUIRE))
		for (unsigned int i = 0; i < SPACES_A_CHUNK; i++) {
			struct space *space = &chunk->space[i];
			/* acquire, all of them: in this order, so that a field is not newer than both versions */
			unsigned int version =
				__atomic_load_n(&space->version, __ATOMIC_ACQUIRE);

			found->start = __atomic_load_n(&space->start, __ATOMIC_ACQUIRE);
			found->end = __atomic_load_n(&space->end, __ATOMIC_ACQUIRE);
			found->waiting =
				__atomic_load_n(&space->waiting, __ATOMIC_ACQUIRE);
			found->machine =
				__atomic_load_n(&space->machine, __ATOMIC_ACQUIRE);
			found->plain = __atomic_load_n(&space->plain, __ATOMIC_ACQUIRE);
			if (address >= found->start && address < found->end &&
				!(version & 1) &&
				version == __atomic_load_n(
						   &space->version, __ATOMIC_RELAXED))
				return true;
		}
	return false;
}

/* Waits until writes to the address go on. Return: false when the fault is none of ours. */
static bool wait_for_page(const struct space *space, uintptr_t address)
{
	size_t page = (address - space->start) >> PAGE_SHIFT;
	uint64_t ended;
	bool waited = false;

	/* acquire: what the mover did before it let us go, the new mapping above all */
	for (unsigned int round = 0;
		__atomic_load_n(
			&space->waiting[page / BITS_PER_WORD], __ATOMIC_ACQUIRE) >>
			page % BITS_PER_WORD &
		1;
		round++) {
		qy_spin_wait(round);
		waited = true;
	}
	ended = __atomic_load_n(&nr_ended, __ATOMIC_ACQUIRE);
	if (!waited && address == tried_address && ended == tried_ended)
		return false;
	tried_address = waited ? 0 : address;
	tried_ended = ended;
	return true;
}

/* The program's own fault, as if we were not there. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	struct sigaction next = before;

	if (next.sa_handler == SIG_DFL || next.sa_handler == SIG_IGN) {
		/* back to the instruction, which faults again; a signal that was sent comes again */
		if (next.sa_handler == SIG_DFL || info->si_code > 0)
			signal(sig, SIG_DFL);
		if (next.sa_handler == SIG_DFL && info->si_code <= 0)
			raise(sig);
		return;
	}
	if (next.sa_flags & SA_RESETHAND)
		before.sa_handler = SIG_DFL;
	pthread_sigmask(SIG_BLOCK, &next.sa_mask, NULL);
	if (next.sa_flags & SA_NODEFER) {
		sigset_t set;

		sigemptyset(&set);
		sigaddset(&set, sig);
		pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	}
	if (next.sa_flags & SA_SIGINFO)
		next.sa_sigaction(sig, info, context);
	else
		next.sa_handler(sig);
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	uintptr_t address = (uintptr_t)info->si_addr;
	bool ours = info->si_code > 0;
	struct space space;
	int err = errno;

	ours = ours && find_space(address, &space);
	if (ours && space.plain)
		ours = !qy_task_fault(space.machine, space.plain, address - space.start);
	else if (ours)
		ours = wait_for_page(&space, address);
	if (!ours)
		pass_on(sig, info, context);
	errno = err;
}

/* ------------------------------------------------------------------ outside of it */

static bool is_ours(const struct sigaction *action)
{
	return action->sa_flags & SA_SIGINFO && action->sa_sigaction == on_fault;
}

/*
 * lock must be held. @serve: the handler does the core's work, for which alternate stacks are too small: it stays on the stack
 * of the thread, unless somebody has installed his own handler since and passes on to ours.
 */
static int install(bool serve)
{
	struct sigaction now, ours = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_RESTART | (serve ? 0 : SA_ONSTACK) };

	if (installed && (serving || !serve))
		return 0;
	sigemptyset(&ours.sa_mask);
	if (sigaction(SIGSEGV, NULL, &now))
		return -errno;
	if (!installed)
		before = now;
	else if (!is_ours(&now))
		return 0;
	if (sigaction(SIGSEGV, &ours, NULL))
		return -errno;
	installed = true;
	serving = serve;
	return 0;
}

/* lock must be held. Whoever came after us passes on to us: then we stay. */
static void uninstall(void)
{
	struct sigaction now;

	if (sigaction(SIGSEGV, NULL, &now) || !is_ours(&now))
		return;
	sigaction(SIGSEGV, &before, NULL);
	installed = serving = false;
}

/* lock must be held. */
static void write_space(struct space *space, const struct space *what)
{
	__atomic_store_n(&space->version, space->version + 1, __ATOMIC_RELAXED);
	/* release: whoever sees a field sees that the version is odd */
	__atomic_store_n(&space->start, what->start, __ATOMIC_RELEASE);
	__atomic_store_n(&space->end, what->end, __ATOMIC_RELEASE);
	__atomic_store_n(&space->waiting, what->waiting, __ATOMIC_RELEASE);
	__atomic_store_n(&space->machine, what->machine, __ATOMIC_RELEASE);
	__atomic_store_n(&space->plain, what->plain, __ATOMIC_RELEASE);
	/* release: whoever sees it even again sees all fields */
	__atomic_store_n(&space->version, space->version + 1, __ATOMIC_RELEASE);
}

/* lock must be held. The entry that begins at @start; 0: a free one, of a new chunk if need be; NULL: no memory. */
static struct space *space_at(uintptr_t start)
{
	for (struct chunk *chunk = &spaces;; chunk = chunk->next) {
		for (unsigned int i = 0; i < SPACES_A_CHUNK; i++)
			if (chunk->space[i].start == start)
				return &chunk->space[i];
		if (!chunk->next) {
			struct chunk *more = start ? NULL : calloc(1, sizeof(*more));

			if (!more)
				return NULL;
			__atomic_store_n(&chunk->next, more, __ATOMIC_RELEASE);
		}
	}
}

static int add_space(const struct space *what)
{
	struct space *space = NULL;

	pthread_mutex_lock(&lock);
	if (!install(what->plain != NULL))
		space = space_at(0);
	if (space) {
		write_space(space, what);
		nr_spaces++;
	}
	pthread_mutex_unlock(&lock);
	return space ? 0 : -ENOMEM;
}

int qy_wait_space(void *address, size_t bytes)
{
	size_t words = (bytes >> PAGE_SHIFT) / BITS_PER_WORD + 1;
	uintptr_t start = (uintptr_t)address;
	const struct space space = {
		.start = start,
		.end = start + bytes,
		.waiting = calloc(words, sizeof(*space.waiting)),
	};
	int err = space.waiting ? add_space(&space) : -ENOMEM;

	if (err)
		free(space.waiting);
	return err;
}

int qy_wait_fault_space(
	struct qy_machine *m, struct plain_space *plain, void *address, size_t bytes)
{
	uintptr_t start = (uintptr_t)address;

	return add_space(&(struct space){
		.start = start, .end = start + bytes, .machine = m, .plain = plain });
}

bool qy_wait_forget(void *address)
{
	uint64_t *waiting = NULL;
	struct space *space;
	bool by_faults = false;

	pthread_mutex_lock(&lock);
	space = space_at((uintptr_t)address);
	if (space) {
		waiting = space->waiting;
		by_faults = space->plain;
		write_space(space, &(struct space){ 0 });
		if (!--nr_spaces)
			uninstall();
	}
	pthread_mutex_unlock(&lock);
	free(waiting);
	return by_faults;
}

/* @set: to 1, else to 0. Several movers write into one word. */
static void mark(void *address, size_t bytes, bool set)
{
	struct space space;
	size_t first, last;

	if (!find_space((uintptr_t)address, &space))
		abort(); /* the core protects what it has mapped, nothing else */
	first = ((uintptr_t)address - space.start) >> PAGE_SHIFT;
	last = first + (bytes >> PAGE_SHIFT);
	while (first < last) {
		uint64_t *word = &space.waiting[first / BITS_PER_WORD];
		size_t shift = first % BITS_PER_WORD;
		size_t nr = BITS_PER_WORD - shift < last - first ? BITS_PER_WORD - shift
								 : last - first;
		uint64_t bits = (nr == BITS_PER_WORD ? ~0ull : (1ull << nr) - 1) << shift;

		/* release: who stops waiting sees what was mapped; who faults sees the bit, by the protection itself */
		if (set)
			__atomic_fetch_or(word, bits, __ATOMIC_SEQ_CST);
		else
			__atomic_fetch_and(word, ~bits, __ATOMIC_RELEASE);
		first += nr;
	}
}

void qy_wait_begin(void *address, size_t bytes)
{
	mark(address, bytes, true);
}

void qy_wait_end(void *address, size_t bytes)
{
	/* counted before it can be seen: who finds the page writable finds a new number, too */
	__atomic_fetch_add(&nr_ended, 1, __ATOMIC_RELEASE);
	mark(address, bytes, false);
}
