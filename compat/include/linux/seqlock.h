/* SPDX-License-Identifier: MIT */
/* Readers that read again when a writer was there. No state. */
#ifndef COMPAT_LINUX_SEQLOCK_H
#define COMPAT_LINUX_SEQLOCK_H

#include <linux/spinlock.h>

typedef struct seqcount {
	unsigned int sequence;
} seqcount_t;

#define SEQCNT_ZERO(name) \
	{                 \
		0         \
	}
#define seqcount_init(s) ((s)->sequence = 0)

static inline unsigned int read_seqcount_begin(const seqcount_t *s)
{
	return smp_load_acquire(&s->sequence) & ~1u;
}

static inline int read_seqcount_retry(const seqcount_t *s, unsigned int start)
{
	rmb();
	return READ_ONCE(s->sequence) != start;
}

static inline void write_seqcount_begin(seqcount_t *s)
{
	WRITE_ONCE(s->sequence, s->sequence + 1);
	wmb();
}

static inline void write_seqcount_end(seqcount_t *s)
{
	smp_store_release(&s->sequence, s->sequence + 1);
}

typedef struct {
	seqcount_t seqcount;
	spinlock_t lock;
} seqlock_t;

#define __SEQLOCK_UNLOCKED(name)                   \
	{                                          \
		.lock = __SPIN_LOCK_UNLOCKED(name) \
	}
#define DEFINE_SEQLOCK(name) seqlock_t name = __SEQLOCK_UNLOCKED(name)
#define seqlock_init(s)      (*(s) = (seqlock_t){ .lock = { .name = #s } })

static inline unsigned int read_seqbegin(const seqlock_t *s)
{
	return read_seqcount_begin(&s->seqcount);
}

static inline unsigned int read_seqretry(const seqlock_t *s, unsigned int start)
{
	return (unsigned int)read_seqcount_retry(&s->seqcount, start);
}

static inline void write_seqlock(seqlock_t *s)
{
	spin_lock(&s->lock);
	write_seqcount_begin(&s->seqcount);
}

static inline void write_sequnlock(seqlock_t *s)
{
	write_seqcount_end(&s->seqcount);
	spin_unlock(&s->lock);
}

#endif
