/* SPDX-License-Identifier: MIT */
/* What a file is ready for. No state. */
#ifndef COMPAT_LINUX_POLL_H
#define COMPAT_LINUX_POLL_H

#include <linux/types.h>
#include <linux/wait.h>

#define EPOLLIN     0x0001u
#define EPOLLPRI    0x0002u
#define EPOLLOUT    0x0004u
#define EPOLLERR    0x0008u
#define EPOLLHUP    0x0010u
#define EPOLLRDNORM 0x0040u
#define EPOLLWRNORM 0x0100u
#define POLLIN      EPOLLIN
#define POLLOUT     EPOLLOUT
#define POLLERR     EPOLLERR
#define POLLRDNORM  EPOLLRDNORM
#define POLLWRNORM  EPOLLWRNORM

struct file;

typedef struct poll_table_struct {
	void (*queue)(
		struct file *file, wait_queue_head_t *wq, struct poll_table_struct *p);
} poll_table;

static inline void poll_wait(struct file *file, wait_queue_head_t *wq, poll_table *p)
{
	if (p && p->queue && wq)
		p->queue(file, wq, p);
}

#endif
