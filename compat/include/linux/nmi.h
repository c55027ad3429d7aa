/* SPDX-License-Identifier: MIT */
/* Nobody watches for lockups here: a driver that hangs is told by the run itself. No state. */
#ifndef COMPAT_LINUX_NMI_H
#define COMPAT_LINUX_NMI_H

#include <linux/sched.h>

/* stub: nobody watches for lockups */
#define touch_nmi_watchdog()        ((void)0)
/* stub: nobody watches for lockups */
#define touch_softlockup_watchdog() ((void)0)

#endif
