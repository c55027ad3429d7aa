/* SPDX-License-Identifier: MIT */
/* Chains of functions that are told of an event, the highest priority first. No state. */
#ifndef COMPAT_LINUX_NOTIFIER_H
#define COMPAT_LINUX_NOTIFIER_H

#include <linux/errno.h>
#include <linux/types.h>

#define NOTIFY_DONE      0x0000
#define NOTIFY_OK        0x0001
#define NOTIFY_STOP_MASK 0x8000
#define NOTIFY_BAD       (NOTIFY_STOP_MASK | 0x0002)
#define NOTIFY_STOP      (NOTIFY_OK | NOTIFY_STOP_MASK)

struct notifier_block;
typedef int (*notifier_fn_t)(struct notifier_block *nb, unsigned long action, void *data);

struct notifier_block {
	notifier_fn_t notifier_call;
	struct notifier_block *next;
	int priority;
};

/* One task or interrupt runs at a time, so the kinds of chains are one. */
struct raw_notifier_head {
	struct notifier_block *head;
};
#define blocking_notifier_head raw_notifier_head
#define atomic_notifier_head   raw_notifier_head

#define RAW_NOTIFIER_HEAD(name)           struct raw_notifier_head name = { NULL }
#define BLOCKING_NOTIFIER_HEAD(name)      RAW_NOTIFIER_HEAD(name)
#define ATOMIC_NOTIFIER_HEAD(name)        RAW_NOTIFIER_HEAD(name)
#define RAW_INIT_NOTIFIER_HEAD(name)      ((name)->head = NULL)
#define BLOCKING_INIT_NOTIFIER_HEAD(name) RAW_INIT_NOTIFIER_HEAD(name)
#define ATOMIC_INIT_NOTIFIER_HEAD(name)   RAW_INIT_NOTIFIER_HEAD(name)

static inline int raw_notifier_chain_register(
	struct raw_notifier_head *chain, struct notifier_block *nb)
{
	struct notifier_block **at = &chain->head;

	while (*at && (*at)->priority >= nb->priority) {
		if (*at == nb)
			return -EEXIST;
		at = &(*at)->next;
	}
	nb->next = *at;
	*at = nb;
	return 0;
}

static inline int raw_notifier_chain_unregister(
	struct raw_notifier_head *chain, struct notifier_block *nb)
{
	for (struct notifier_block **at = &chain->head; *at; at = &(*at)->next)
		if (*at == nb) {
			*at = nb->next;
			return 0;
		}
	return -ENOENT;
}

static inline int raw_notifier_call_chain(
	struct raw_notifier_head *chain, unsigned long action, void *data)
{
	struct notifier_block *nb = chain->head, *next;
	int ret = NOTIFY_DONE;

	for (; nb && !(ret & NOTIFY_STOP_MASK); nb = next) {
		next = nb->next;
		ret = nb->notifier_call(nb, action, data);
	}
	return ret;
}

#define blocking_notifier_chain_register(c, nb)   raw_notifier_chain_register(c, nb)
#define blocking_notifier_chain_unregister(c, nb) raw_notifier_chain_unregister(c, nb)
#define blocking_notifier_call_chain(c, a, d)     raw_notifier_call_chain(c, a, d)
#define atomic_notifier_chain_register(c, nb)     raw_notifier_chain_register(c, nb)
#define atomic_notifier_chain_unregister(c, nb)   raw_notifier_chain_unregister(c, nb)
#define atomic_notifier_call_chain(c, a, d)       raw_notifier_call_chain(c, a, d)

#endif
