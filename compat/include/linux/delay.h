/* SPDX-License-Identifier: MIT */
/* Waiting: *sleep lets others run, *delay burns the time of this CPU. No state. */
#ifndef COMPAT_LINUX_DELAY_H
#define COMPAT_LINUX_DELAY_H

#include <asm/processor.h>
#include <asm/quarry.h>
#include <linux/sched.h>

void msleep(unsigned int ms) QY_REAL(msleep);
unsigned long msleep_interruptible(unsigned int ms) QY_REAL(msleep_interruptible);
void usleep_range(unsigned long min_us, unsigned long max_us) QY_REAL(usleep_range);
void ndelay(unsigned long ns) QY_REAL(ndelay);

static inline void udelay(unsigned long us)
{
	ndelay(us * 1000);
}

static inline void mdelay(unsigned long ms)
{
	ndelay(ms * 1000000);
}

static inline void ssleep(unsigned int seconds)
{
	msleep(seconds * 1000);
}

static inline void fsleep(unsigned long us)
{
	if (us <= 10)
		udelay(us);
	else if (us <= 20000)
		usleep_range(us, 2 * us);
	else
		msleep((unsigned int)((us + 999) / 1000));
}

#endif
