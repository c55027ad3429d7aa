/* SPDX-License-Identifier: MIT */
/* Scenarios that only a kernel can answer. */
#ifndef LINUX_ONLY_H
#define LINUX_ONLY_H

#include "oracle.h"

extern const struct orc_scenario orc_linux_scenarios[];

#endif
