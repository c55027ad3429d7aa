/* SPDX-License-Identifier: MIT */
/*
 * The CMA areas of a recorded guest: section "areas" of its file.
 *
 *   areas_hold(shape, section)      takes it
 *   areas_compare(shape, section)   after what drivers took of the default area at boot ("held PAGES ALIGN_ORDER"): CmaTotal and CmaFree, "zone NODE ZONE cma PAGES", "blocks NODE ZONE PAGEBLOCKS", rows
 *                                   of pagetypeinfo, "PATH VALUE" of files below /sys
 *
 * CmaFree and the rows are recorded where no page of the area was borrowed.
 *
 * No state.
 */
#ifndef CONFORMANCE_AREAS_H
#define CONFORMANCE_AREAS_H

#include "tests/conformance/shape.h"

void areas_hold(struct shape *shape, const struct section *section);
void areas_compare(struct shape *shape, const struct section *section);

#endif
