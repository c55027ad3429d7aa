// SPDX-License-Identifier: MIT
/*
 * What the kernel is called (linux/utsname.h).
 *
 * State: the world's names, as they were asked for last.
 */
#include <linux/kernel.h>
#include <linux/utsname.h>
#include "compat/core.h"
#include "compat/model.h"

struct uts_namespace *qy_compat_uts(unsigned int version)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct new_utsname *name = &model->uts.name;

	scnprintf(name->sysname, sizeof(name->sysname), "Linux");
	scnprintf(name->nodename, sizeof(name->nodename), "(none)");
	scnprintf(name->release, sizeof(name->release), "%u.%u.%u", version >> 16,
		version >> 8 & 255, version & 255);
	scnprintf(name->version, sizeof(name->version), "#1 SMP");
	scnprintf(name->machine, sizeof(name->machine), "%s",
		qy_compat_is_arm64() ? "aarch64" : "x86_64");
	scnprintf(name->domainname, sizeof(name->domainname), "(none)");
	return &model->uts;
}
