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
#define list_for_each_entry_rcu(pos, head, member, ...)                    \
	for (pos = list_entry_rcu((head)->next, __typeof__(*pos), member); \
		&pos->member != (head);                                    \
		pos = list_entry_rcu(pos->member.next, __typeof__(*pos), member))

#endif
