/* SPDX-License-Identifier: MIT */
/* What a loop does that waits without sleeping. No state. */
#ifndef COMPAT_ASM_PROCESSOR_H
#define COMPAT_ASM_PROCESSOR_H

/* A turn of the loop: 100 ns of the virtual clock. */
void qy_compat_relax(void);
#define cpu_relax() qy_compat_relax()

#endif
