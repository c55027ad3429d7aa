// SPDX-License-Identifier: MIT
/*
 * The one thing that compat/include asks beyond quarry.h: which machine the calling thread stands in.
 *
 * Compiled against the port, since hot.h knows the thread. Not on the include path of compat/include itself.
 *
 * No state.
 */
#include "hot.h"

struct qy_machine *qy_this_machine(void);

struct qy_machine *qy_this_machine(void)
{
	return qy_current()->machine;
}
