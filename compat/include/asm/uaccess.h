/* SPDX-License-Identifier: MIT */
/* Memory of programs. No state. */
#ifndef COMPAT_ASM_UACCESS_H
#define COMPAT_ASM_UACCESS_H

#include <linux/uaccess.h>

#endif
