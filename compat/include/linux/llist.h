/* SPDX-License-Identifier: MIT */
/* Lists that take entries without a lock, and are emptied as a whole. No state. */
#ifndef COMPAT_LINUX_LLIST_H
#define COMPAT_LINUX_LLIST_H

#include <linux/kernel.h>

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD_INIT(name) \
	{                     \
		NULL          \
	}
#define LLIST_HEAD(name) struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

/* Return: was it empty? Release: who empties it sees the entry. */
static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	struct llist_node *first = READ_ONCE(head->first);

	do
		node->next = first;
	while (!__atomic_compare_exchange_n(
		&head->first, &first, node, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
	return !first;
}

/* The newest comes first. */
static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return __atomic_exchange_n(&head->first, NULL, __ATOMIC_ACQUIRE);
}

static inline struct llist_node *llist_reverse_order(struct llist_node *node)
{
	struct llist_node *reversed = NULL;

	while (node) {
		struct llist_node *next = node->next;

		node->next = reversed;
		reversed = node;
		node = next;
	}
	return reversed;
}

#define llist_entry(ptr, type, member)   container_of(ptr, type, member)
#define llist_for_each(pos, node)        for ((pos) = (node); pos; (pos) = (pos)->next)
#define qy_llist_safe(ptr, type, member) ((ptr) ? llist_entry(ptr, type, member) : NULL)
#define llist_for_each_entry(pos, node, member)                              \
	for ((pos) = qy_llist_safe((node), __typeof__(*(pos)), member); pos; \
		(pos) = qy_llist_safe((pos)->member.next, __typeof__(*(pos)), member))
#define llist_for_each_entry_safe(pos, n, node, member)                               \
	for ((pos) = qy_llist_safe((node), __typeof__(*(pos)), member);               \
		pos &&                                                                \
		((n) = qy_llist_safe((pos)->member.next, __typeof__(*(pos)), member), \
		1);                                                                   \
		(pos) = (n))

#endif
