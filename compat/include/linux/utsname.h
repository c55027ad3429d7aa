/* SPDX-License-Identifier: MIT */
/* What this kernel is called: the version of the driver's headers, the board's architecture. No state. */
#ifndef COMPAT_LINUX_UTSNAME_H
#define COMPAT_LINUX_UTSNAME_H

#include <asm/quarry.h>
#include <linux/version.h>

#define __NEW_UTS_LEN 64

struct new_utsname {
	char sysname[__NEW_UTS_LEN + 1];
	char nodename[__NEW_UTS_LEN + 1];
	char release[__NEW_UTS_LEN + 1];
	char version[__NEW_UTS_LEN + 1];
	char machine[__NEW_UTS_LEN + 1];
	char domainname[__NEW_UTS_LEN + 1];
};

struct uts_namespace {
	struct new_utsname name;
};

/* @version: LINUX_VERSION_CODE of who asks. */
struct uts_namespace *qy_compat_uts(unsigned int version);
#define init_uts_ns    (*qy_compat_uts(LINUX_VERSION_CODE))
#define utsname()      (&init_uts_ns.name)
#define init_utsname() utsname()

#endif
