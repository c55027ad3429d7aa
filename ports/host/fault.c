// SPDX-License-Identifier: MIT
/* See fault.h. State: the addresses of this process's machines, and the handler that was there before ours. */
#include "ports/host/fault.h"

#include <quarry/vmalloc.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <ucontext.h>

/* Never freed while the handler may walk the list: an entry is used again. */
struct space {
	struct space *next;
	struct qy_machine *machine; /* NULL: free; atomic */
	uintptr_t start, end;
};

static struct space *spaces; /* atomic */
static unsigned int nr_spaces;
static bool installed;
static struct sigaction before;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for all of the above */

#define PF_WRITE 2 /* of x86's error code */

/* 1, 0, or -1 where the signal does not say. */
static int was_write(const void *context)
{
#if defined(__x86_64__)
	const ucontext_t *user = context;

	return (user->uc_mcontext.gregs[REG_ERR] & PF_WRITE) != 0;
#else
	(void)context;
	return -1;
#endif
}

static void report(uintptr_t address, const void *context)
{
	/* acquire, both: an entry is whole before it is seen */
	for (struct space *s = __atomic_load_n(&spaces, __ATOMIC_ACQUIRE); s;
		s = s->next) {
		struct qy_machine *m = __atomic_load_n(&s->machine, __ATOMIC_ACQUIRE);

		if (m && address >= s->start && address < s->end)
			qy_vmalloc_fault(m, (const void *)address, was_write(context));
	}
}

/* The program's own fault, as if we were not there. */
static void pass_on(int sig, siginfo_t *info, void *context)
{
	if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(sig, info, context);
	else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
		before.sa_handler(sig);
	else
		signal(sig, SIG_DFL); /* back to the instruction, which faults again */
}

static void on_fault(int sig, siginfo_t *info, void *context)
{
	int err = errno;

	/* > 0: of the CPU, not sent by somebody */
	if (info->si_code > 0)
		report((uintptr_t)info->si_addr, context);
	pass_on(sig, info, context);
	errno = err;
}

/* lock must be held. */
static bool install(void)
{
	struct sigaction ours = { .sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

	if (installed)
		return true;
	sigemptyset(&ours.sa_mask);
	if (sigaction(SIGSEGV, NULL, &before) || sigaction(SIGSEGV, &ours, NULL))
		return false;
	installed = true;
	return true;
}

/* lock must be held. Whoever came after us passes on to us: then we stay. */
static void uninstall(void)
{
	struct sigaction now;

	if (sigaction(SIGSEGV, NULL, &now) || !(now.sa_flags & SA_SIGINFO) ||
		now.sa_sigaction != on_fault)
		return;
	sigaction(SIGSEGV, &before, NULL);
	installed = false;
}

/* lock must be held. */
static struct space *free_entry(void)
{
	struct space *s = spaces;

	while (s && s->machine)
		s = s->next;
	if (s)
		return s;
	s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	s->next = spaces;
	__atomic_store_n(&spaces, s, __ATOMIC_RELEASE);
	return s;
}

int qy_host_watch_faults(struct qy_machine *m, void *address, size_t bytes)
{
	struct space *s = NULL;

	pthread_mutex_lock(&lock);
	if (install())
		s = free_entry();
	if (s) {
		s->start = (uintptr_t)address;
		s->end = s->start + bytes;
		/* release: whoever sees the machine sees its addresses */
		__atomic_store_n(&s->machine, m, __ATOMIC_RELEASE);
		nr_spaces++;
	}
	pthread_mutex_unlock(&lock);
	return s ? 0 : -ENOMEM;
}

void qy_host_forget_faults(void *address)
{
	pthread_mutex_lock(&lock);
	for (struct space *s = spaces; s; s = s->next)
		if (s->machine && s->start == (uintptr_t)address) {
			__atomic_store_n(&s->machine, NULL, __ATOMIC_RELEASE);
			if (!--nr_spaces)
				uninstall();
		}
	pthread_mutex_unlock(&lock);
}
