// SPDX-License-Identifier: MIT
/* See fault.h. State: the addresses of this process's machines, and the handler that was there before ours. */
#include "ports/host/fault.h"

#include <quarry/kfence.h>
#include <quarry/vmalloc.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

/* Never freed while the handler may walk the list: an entry is used again. */
struct space {
	struct space *next;
	struct qy_machine *machine; /* NULL: free; atomic */
	uintptr_t start, end;
	bool guards; /* a window with pages that KFENCE protects; else addresses of vmalloc */
};

static struct space *spaces; /* atomic */
static unsigned int nr_spaces;
static bool (*other)(void *context); /* whom else a fault may be for; atomic */
static bool installed;
static struct sigaction before;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for all of the above */

/* 1, 0, or -1 where the signal does not say. */
#if defined(__x86_64__)
#define PF_WRITE 2 /* of the error code */

static int was_write(const ucontext_t *user)
{
	return (user->uc_mcontext.gregs[REG_ERR] & PF_WRITE) != 0;
}

static const void *pc_of(const ucontext_t *user)
{
	return (const void *)(uintptr_t)user->uc_mcontext.gregs[REG_RIP];
}

static const void *address_of(const ucontext_t *user)
{
	return (const void *)(uintptr_t)user->uc_mcontext.gregs[REG_CR2];
}
#elif defined(__aarch64__)
#define ESR_WNR (1u << 6) /* of a data abort: write, not read */

static int was_write(const ucontext_t *user)
{
	const unsigned char *at = user->uc_mcontext.__reserved;
	const unsigned char *end = at + sizeof(user->uc_mcontext.__reserved);

	while (at + sizeof(struct esr_context) <= end) {
		const struct _aarch64_ctx *head = (const void *)at;

		if (head->magic == ESR_MAGIC)
			return (((const struct esr_context *)(const void *)at)->esr &
				       ESR_WNR) != 0;
		if (!head->magic || !head->size)
			break;
		at += head->size;
	}
	return -1;
}

static const void *pc_of(const ucontext_t *user)
{
	return (const void *)(uintptr_t)user->uc_mcontext.pc;
}

static const void *address_of(const ucontext_t *user)
{
	return (const void *)(uintptr_t)user->uc_mcontext.fault_address;
}
#else
static int was_write(const ucontext_t *user)
{
	(void)user;
	return -1;
}

static const void *pc_of(const ucontext_t *user)
{
	(void)user;
	return NULL;
}

static const void *address_of(const ucontext_t *user)
{
	(void)user;
	return NULL;
}
#endif

/* Return: it is to be made again. */
static bool report(uintptr_t address, const ucontext_t *user)
{
	/* acquire, both: an entry is whole before it is seen */
	for (struct space *s = __atomic_load_n(&spaces, __ATOMIC_ACQUIRE); s;
		s = s->next) {
		struct qy_machine *m = __atomic_load_n(&s->machine, __ATOMIC_ACQUIRE);
		const void *p = (const void *)address;

		if (!m || address < s->start || address >= s->end)
			continue;
		if (!s->guards)
			qy_vmalloc_fault(m, p, was_write(user));
		else if (qy_kfence_fault(m, p, was_write(user), pc_of(user)))
			return true;
	}
	return false;
}

bool qy_host_fault(const void *info, const void *context)
{
	const siginfo_t *signal = info;
	int err = errno;
	/* > 0: of the CPU, not sent by somebody */
	bool again = signal->si_code > 0 && report((uintptr_t)signal->si_addr, context);

	errno = err;
	return again;
}

int qy_host_fault_at(const void *context, const void **address)
{
	*address = address_of(context);
	return was_write(context);
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
	/* acquire: what it looks at was made before it was told of */
	bool (*fn)(void *context) = __atomic_load_n(&other, __ATOMIC_ACQUIRE);
	int err = errno;

	if (!qy_host_fault(info, context) && (info->si_code <= 0 || !fn || !fn(context)))
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

static int watch(struct qy_machine *m, void *address, size_t bytes, bool guards)
{
	struct space *s = NULL;

	pthread_mutex_lock(&lock);
	if (install())
		s = free_entry();
	if (s) {
		s->start = (uintptr_t)address;
		s->end = s->start + bytes;
		s->guards = guards;
		/* release: whoever sees the machine sees its addresses */
		__atomic_store_n(&s->machine, m, __ATOMIC_RELEASE);
		nr_spaces++;
	}
	pthread_mutex_unlock(&lock);
	return s ? 0 : -ENOMEM;
}

int qy_host_watch_faults(struct qy_machine *m, void *address, size_t bytes)
{
	return watch(m, address, bytes, false);
}

int qy_host_watch_guards(struct qy_machine *m, void *window, size_t bytes)
{
	return watch(m, window, bytes, true);
}

int qy_host_watch_others(bool (*fn)(void *context))
{
	bool was = other != NULL, done = true;

	pthread_mutex_lock(&lock);
	if (fn)
		done = install();
	if (done) {
		__atomic_store_n(&other, fn, __ATOMIC_RELEASE);
		nr_spaces += (fn ? 1u : 0u) - was;
	}
	if (!nr_spaces && installed)
		uninstall();
	pthread_mutex_unlock(&lock);
	return done ? 0 : -ENOSYS;
}

int qy_host_guard(void *address, size_t bytes, bool on)
{
	return mprotect(address, bytes, on ? PROT_NONE : PROT_READ | PROT_WRITE) ? -ENOSPC
										 : 0;
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
