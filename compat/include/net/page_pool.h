/* SPDX-License-Identifier: MIT */
/* Where pools of pages were until 6.5. No state. */
#ifndef COMPAT_NET_PAGE_POOL_H
#define COMPAT_NET_PAGE_POOL_H

#include <net/page_pool/helpers.h>

#endif
