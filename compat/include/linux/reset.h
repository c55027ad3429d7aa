/* SPDX-License-Identifier: MIT */
/* Reset lines of devices. No state. */
#ifndef COMPAT_LINUX_RESET_H
#define COMPAT_LINUX_RESET_H

#include <linux/err.h>
#include <linux/types.h>

struct device;
struct reset_control;

/* stub: there is no controller of resets; an optional one is NULL */
#define devm_reset_control_get_optional_exclusive(dev, id) \
	((void)(dev), (struct reset_control *)NULL)
/* stub: as devm_reset_control_get_optional_exclusive */
#define devm_reset_control_get_optional_shared(dev, id) \
	devm_reset_control_get_optional_exclusive(dev, id)
/* stub: as in a kernel without CONFIG_RESET_CONTROLLER: -ENOTSUPP */
#define devm_reset_control_get_exclusive(dev, id) \
	((void)(dev), (struct reset_control *)ERR_PTR(-ENOTSUPP))
/* stub: as devm_reset_control_get_exclusive */
#define devm_reset_control_get(dev, id)        devm_reset_control_get_exclusive(dev, id)
/* stub: as devm_reset_control_get_exclusive */
#define devm_reset_control_get_shared(dev, id) devm_reset_control_get_exclusive(dev, id)

/* stub: there is no controller of resets */
static inline int reset_control_assert(struct reset_control *rstc)
{
	(void)rstc;
	return 0;
}

/* stub: there is no controller of resets */
static inline int reset_control_deassert(struct reset_control *rstc)
{
	(void)rstc;
	return 0;
}

/* stub: there is no controller of resets */
static inline int reset_control_reset(struct reset_control *rstc)
{
	(void)rstc;
	return 0;
}

#endif
