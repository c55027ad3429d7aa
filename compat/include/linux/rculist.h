/* SPDX-License-Identifier: MIT */
/* Lists that readers walk meanwhile. No state. */
#ifndef COMPAT_LINUX_RCULIST_H
#define COMPAT_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

#define list_add_rcu(entry, head)      list_add(entry, head)
#define list_add_tail_rcu(entry, head) list_add_tail(entry, head)

/* Its next stays for readers. */
static inline void list_del_rcu(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->prev = LIST_POISON2;
}

#define list_entry_rcu(ptr, type, member) container_of(READ_ONCE(ptr), type, member)
/* Among readers, or with a lock held. */
bool qy_compat_rcu_list_ok(void);
#define list_for_each_entry_rcu(pos, head, member, ...)                       \
	for (({                                                               \
		     qy_rcu_assert(qy_compat_rcu_list_ok(),                   \
			     "RCU-list traversed in non-reader section!!");   \
	     }),                                                              \
		pos = list_entry_rcu((head)->next, __typeof__(*pos), member); \
		&pos->member != (head);                                       \
		pos = list_entry_rcu(pos->member.next, __typeof__(*pos), member))

static inline void list_replace_rcu(struct list_head *old, struct list_head *entry)
{
	list_replace(old, entry);
	old->prev = LIST_POISON2;
}

static inline void INIT_LIST_HEAD_RCU(struct list_head *list)
{
	INIT_LIST_HEAD(list);
}

#define list_first_or_null_rcu(ptr, type, member)                               \
	({                                                                      \
		struct list_head *ptr_ = (ptr), *next_ = READ_ONCE(ptr_->next); \
		ptr_ != next_ ? list_entry(next_, type, member) : NULL;         \
	})

#define hlist_add_head_rcu(node, head)   hlist_add_head(node, head)
#define hlist_add_before_rcu(node, next) hlist_add_before(node, next)
#define hlist_add_behind_rcu(node, prev) hlist_add_behind(node, prev)
#define hlist_first_rcu(head)            ((head)->first)
#define hlist_next_rcu(node)             ((node)->next)

/* Its next stays for readers. */
static inline void hlist_del_rcu(struct hlist_node *node)
{
	__hlist_del(node);
	node->pprev = LIST_POISON2;
}

static inline void hlist_del_init_rcu(struct hlist_node *node)
{
	if (hlist_unhashed(node))
		return;
	__hlist_del(node);
	node->pprev = NULL;
}

#define hlist_for_each_entry_rcu(pos, head, member, ...) \
	hlist_for_each_entry(pos, head, member)

#endif
