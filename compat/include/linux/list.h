/* SPDX-License-Identifier: MIT */
/* Lists: circular with a head, and hash chains with one pointer. No state. */
#ifndef COMPAT_LINUX_LIST_H
#define COMPAT_LINUX_LIST_H

#include <linux/kernel.h>
#include <linux/poison.h>

#define LIST_HEAD_INIT(name)     \
	{                        \
		&(name), &(name) \
	}
#define LIST_HEAD(name) struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	WRITE_ONCE(list->next, list);
	list->prev = list;
}

#ifdef QY_WORLD
void qy_compat_list_corrupt(const char *what, const void *entry, const void *at,
	const void *is, const void *should);

/* As a kernel with CONFIG_DEBUG_LIST: a list that is not whole is told, and left as it is. */
static inline bool qy_compat_may_link(
	struct list_head *entry, struct list_head *prev, struct list_head *next)
{
	if (likely(next->prev == prev && prev->next == next && entry != prev &&
		    entry != next))
		return true;
	if (next->prev != prev)
		qy_compat_list_corrupt("list_add corruption. next->prev should be prev",
			entry, next, next->prev, prev);
	else if (prev->next != next)
		qy_compat_list_corrupt("list_add corruption. prev->next should be next",
			entry, prev, prev->next, next);
	else
		qy_compat_list_corrupt("list_add double add", entry, prev, next, prev);
	return false;
}

static inline bool qy_compat_may_unlink(struct list_head *entry)
{
	if (unlikely(!entry->next || !entry->prev)) {
		qy_compat_list_corrupt("list_del corruption, ->next or ->prev is NULL",
			entry, entry, entry->next, entry->prev);
	} else if (unlikely(entry->next == LIST_POISON1)) {
		qy_compat_list_corrupt("list_del corruption, ->next is LIST_POISON1",
			entry, entry, entry->next, LIST_POISON1);
	} else if (unlikely(entry->prev == LIST_POISON2)) {
		qy_compat_list_corrupt("list_del corruption, ->prev is LIST_POISON2",
			entry, entry, entry->prev, LIST_POISON2);
	} else if (unlikely(entry->prev->next != entry)) {
		qy_compat_list_corrupt("list_del corruption. prev->next should be entry",
			entry, entry->prev, entry->prev->next, entry);
	} else if (unlikely(entry->next->prev != entry)) {
		qy_compat_list_corrupt("list_del corruption. next->prev should be entry",
			entry, entry->next, entry->next->prev, entry);
	} else {
		return true;
	}
	return false;
}
#else /* without a world nobody is there to be told */
static inline bool qy_compat_may_link(
	struct list_head *entry, struct list_head *prev, struct list_head *next)
{
	(void)entry, (void)prev, (void)next;
	return true;
}

static inline bool qy_compat_may_unlink(struct list_head *entry)
{
	(void)entry;
	return true;
}
#endif

static inline void qy_compat_link(
	struct list_head *entry, struct list_head *prev, struct list_head *next)
{
	if (!qy_compat_may_link(entry, prev, next))
		return;
	next->prev = entry;
	entry->next = next;
	entry->prev = prev;
	smp_store_release(&prev->next, entry);
}

static inline void list_add(struct list_head *entry, struct list_head *head)
{
	qy_compat_link(entry, head, head->next);
}

static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	qy_compat_link(entry, head->prev, head);
}

static inline void __list_del_entry(struct list_head *entry)
{
	if (!qy_compat_may_unlink(entry))
		return;
	entry->prev->next = entry->next;
	entry->next->prev = entry->prev;
}

/* The entry must be initialised before it is asked anything again. */
static inline void list_del(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->next = LIST_POISON1;
	entry->prev = LIST_POISON2;
}

static inline void list_del_init(struct list_head *entry)
{
	__list_del_entry(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_replace(struct list_head *old, struct list_head *entry)
{
	entry->next = old->next;
	entry->next->prev = entry;
	entry->prev = old->prev;
	entry->prev->next = entry;
}

static inline void list_replace_init(struct list_head *old, struct list_head *entry)
{
	list_replace(old, entry);
	INIT_LIST_HEAD(old);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	__list_del_entry(entry);
	list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry, struct list_head *head)
{
	__list_del_entry(entry);
	list_add_tail(entry, head);
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

/* Who takes the last entry off meanwhile with list_del_init_careful() is done with it, where this says so. */
static inline bool list_empty_careful(const struct list_head *head)
{
	struct list_head *next = smp_load_acquire(&head->next);

	return next == head && next == READ_ONCE(head->prev);
}

static inline void list_del_init_careful(struct list_head *entry)
{
	__list_del_entry(entry);
	WRITE_ONCE(entry->prev, entry);
	smp_store_release(&entry->next, entry);
}

static inline void __list_del_clearprev(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->prev = NULL;
}

static inline void list_swap(struct list_head *a, struct list_head *b)
{
	struct list_head *before = b->prev;

	__list_del_entry(b);
	list_replace(a, b);
	list_add(a, before == a ? b : before);
}

/* @first to @last, which follow each other, to the end of @head's list. */
static inline void list_bulk_move_tail(
	struct list_head *head, struct list_head *first, struct list_head *last)
{
	first->prev->next = last->next;
	last->next->prev = first->prev;
	head->prev->next = first;
	first->prev = head->prev;
	last->next = head;
	head->prev = last;
}

/* The first becomes the last; @list becomes the first. */
static inline void list_rotate_left(struct list_head *head)
{
	if (!list_empty(head))
		list_move_tail(head->next, head);
}

static inline void list_rotate_to_front(struct list_head *list, struct list_head *head)
{
	list_move_tail(head, list);
}

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline bool list_is_first(
	const struct list_head *entry, const struct list_head *head)
{
	return entry->prev == head;
}

static inline bool list_is_last(
	const struct list_head *entry, const struct list_head *head)
{
	return entry->next == head;
}

static inline bool list_is_head(
	const struct list_head *entry, const struct list_head *head)
{
	return entry == head;
}

static inline void qy_compat_splice(
	const struct list_head *list, struct list_head *prev, struct list_head *next)
{
	list->next->prev = prev;
	prev->next = list->next;
	list->prev->next = next;
	next->prev = list->prev;
}

static inline void list_splice(const struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		qy_compat_splice(list, head, head->next);
}

static inline void list_splice_tail(struct list_head *list, struct list_head *head)
{
	if (!list_empty(list))
		qy_compat_splice(list, head->prev, head);
}

static inline void list_splice_init(struct list_head *list, struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list, struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

/* Up to @entry, and before @entry, to @list, whose entries are forgotten. */
static inline void list_cut_before(
	struct list_head *list, struct list_head *head, struct list_head *entry)
{
	if (head->next == entry) {
		INIT_LIST_HEAD(list);
		return;
	}
	list->next = head->next;
	list->next->prev = list;
	list->prev = entry->prev;
	list->prev->next = list;
	head->next = entry;
	entry->prev = head;
}

static inline void list_cut_position(
	struct list_head *list, struct list_head *head, struct list_head *entry)
{
	if (list_empty(head) ||
		(list_is_singular(head) && head->next != entry && head != entry))
		return;
	list_cut_before(list, head, entry == head ? head->next : entry->next);
}

static inline size_t list_count_nodes(struct list_head *head)
{
	size_t count = 0;

	for (struct list_head *at = head->next; at != head; at = at->next)
		count++;
	return count;
}

#define list_entry(ptr, type, member)       container_of(ptr, type, member)
#define list_first_entry(ptr, type, member) list_entry((ptr)->next, type, member)
#define list_last_entry(ptr, type, member)  list_entry((ptr)->prev, type, member)
#define list_first_entry_or_null(ptr, type, member) \
	(list_empty(ptr) ? NULL : list_first_entry(ptr, type, member))
#define list_last_entry_or_null(ptr, type, member) \
	(list_empty(ptr) ? NULL : list_last_entry(ptr, type, member))
#define list_next_entry_circular(pos, head, member)                          \
	((pos)->member.next == (head)                                        \
			? list_first_entry(head, __typeof__(*(pos)), member) \
			: list_next_entry(pos, member))
#define list_prev_entry_circular(pos, head, member)                         \
	((pos)->member.prev == (head)                                       \
			? list_last_entry(head, __typeof__(*(pos)), member) \
			: list_prev_entry(pos, member))
#define list_next_entry(pos, member) \
	list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member) \
	list_entry((pos)->member.prev, __typeof__(*(pos)), member)
#define list_entry_is_head(pos, head, member) (&(pos)->member == (head))

#define list_for_each(pos, head) for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_prev(pos, head) \
	for (pos = (head)->prev; pos != (head); pos = pos->prev)
#define list_for_each_continue(pos, head) \
	for (pos = pos->next; pos != (head); pos = pos->next)
#define list_for_each_rcu(pos, head) list_for_each(pos, head)
#define list_for_each_prev_safe(pos, n, head) \
	for (pos = (head)->prev, n = pos->prev; pos != (head); pos = n, n = pos->prev)
#define list_for_each_safe(pos, n, head) \
	for (pos = (head)->next, n = pos->next; pos != (head); pos = n, n = pos->next)
#define list_for_each_entry(pos, head, member)                       \
	for (pos = list_first_entry(head, __typeof__(*pos), member); \
		&pos->member != (head); pos = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member)              \
	for (pos = list_last_entry(head, __typeof__(*pos), member); \
		&pos->member != (head); pos = list_prev_entry(pos, member))
#define list_for_each_entry_continue(pos, head, member)                  \
	for (pos = list_next_entry(pos, member); &pos->member != (head); \
		pos = list_next_entry(pos, member))
#define list_for_each_entry_continue_reverse(pos, head, member)          \
	for (pos = list_prev_entry(pos, member); &pos->member != (head); \
		pos = list_prev_entry(pos, member))
#define list_for_each_entry_from_reverse(pos, head, member) \
	for (; &pos->member != (head); pos = list_prev_entry(pos, member))
#define list_prepare_entry(pos, head, member) \
	((pos) ?: list_entry(head, __typeof__(*pos), member))
#define list_for_each_entry_safe_continue(pos, n, head, member)                    \
	for (pos = list_next_entry(pos, member), n = list_next_entry(pos, member); \
		&pos->member != (head); pos = n, n = list_next_entry(n, member))
#define list_for_each_entry_safe_from(pos, n, head, member)            \
	for (n = list_next_entry(pos, member); &pos->member != (head); \
		pos = n, n = list_next_entry(n, member))
#define list_safe_reset_next(pos, n, member) n = list_next_entry(pos, member)
#define list_for_each_entry_from(pos, head, member) \
	for (; &pos->member != (head); pos = list_next_entry(pos, member))
#define list_for_each_entry_safe(pos, next_, head, member)           \
	for (pos = list_first_entry(head, __typeof__(*pos), member), \
	    next_ = list_next_entry(pos, member);                    \
		&pos->member != (head);                              \
		pos = next_, next_ = list_next_entry(next_, member))
#define list_for_each_entry_safe_reverse(pos, next_, head, member)  \
	for (pos = list_last_entry(head, __typeof__(*pos), member), \
	    next_ = list_prev_entry(pos, member);                   \
		&pos->member != (head);                             \
		pos = next_, next_ = list_prev_entry(next_, member))

/* ------------------------------------------------------------------ hash chains */

#define HLIST_HEAD_INIT       \
	{                     \
		.first = NULL \
	}
#define HLIST_HEAD(name) struct hlist_head name = HLIST_HEAD_INIT

static inline void INIT_HLIST_HEAD(struct hlist_head *head)
{
	head->first = NULL;
}

static inline void INIT_HLIST_NODE(struct hlist_node *node)
{
	node->next = NULL;
	node->pprev = NULL;
}

static inline bool hlist_unhashed(const struct hlist_node *node)
{
	return !node->pprev;
}

static inline bool hlist_unhashed_lockless(const struct hlist_node *node)
{
	return !READ_ONCE(node->pprev);
}

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline void hlist_add_head(struct hlist_node *node, struct hlist_head *head)
{
	node->next = head->first;
	if (head->first)
		head->first->pprev = &node->next;
	head->first = node;
	node->pprev = &head->first;
}

static inline void hlist_add_before(struct hlist_node *node, struct hlist_node *next)
{
	node->pprev = next->pprev;
	node->next = next;
	next->pprev = &node->next;
	*node->pprev = node;
}

static inline void hlist_add_behind(struct hlist_node *node, struct hlist_node *prev)
{
	node->next = prev->next;
	prev->next = node;
	node->pprev = &prev->next;
	if (node->next)
		node->next->pprev = &node->next;
}

/* In no list, and yet one that hlist_del() may take off. */
static inline void hlist_add_fake(struct hlist_node *node)
{
	node->pprev = &node->next;
}

static inline bool hlist_fake(struct hlist_node *node)
{
	return node->pprev == &node->next;
}

static inline bool hlist_is_singular_node(
	struct hlist_node *node, struct hlist_head *head)
{
	return !node->next && node->pprev == &head->first;
}

/* All of @from; @to had none. */
static inline void hlist_move_list(struct hlist_head *from, struct hlist_head *to)
{
	to->first = from->first;
	if (to->first)
		to->first->pprev = &to->first;
	from->first = NULL;
}

static inline void __hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
}

static inline void hlist_del(struct hlist_node *node)
{
	*node->pprev = node->next;
	if (node->next)
		node->next->pprev = node->pprev;
	node->next = LIST_POISON1;
	node->pprev = LIST_POISON2;
}

static inline void hlist_del_init(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	hlist_del(node);
	INIT_HLIST_NODE(node);
}

#define hlist_entry(ptr, type, member) container_of(ptr, type, member)
#define hlist_entry_safe(ptr, type, member)                    \
	({                                                     \
		__auto_type ptr_ = (ptr);                      \
		ptr_ ? hlist_entry(ptr_, type, member) : NULL; \
	})
#define hlist_for_each(pos, head) for (pos = (head)->first; pos; pos = pos->next)
#define hlist_for_each_safe(pos, n, head)   \
	for (pos = (head)->first; pos && ({ \
		     n = pos->next;         \
		     1;                     \
	     });                            \
		pos = n)
#define hlist_for_each_entry_continue(pos, member)                                   \
	for (pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member); \
		pos;                                                                 \
		pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
#define hlist_for_each_entry_from(pos, member) \
	for (; pos;                            \
		pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
#define hlist_for_each_entry(pos, head, member)                                      \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*(pos)), member); pos; \
		pos = hlist_entry_safe((pos)->member.next, __typeof__(*(pos)), member))
#define hlist_for_each_entry_safe(pos, n, head, member)                                 \
	for (pos = hlist_entry_safe((head)->first, __typeof__(*pos), member); pos && ({ \
		     n = pos->member.next;                                              \
		     1;                                                                 \
	     });                                                                        \
		pos = hlist_entry_safe(n, __typeof__(*pos), member))

#endif
