/* SPDX-License-Identifier: MIT */
/* Clocks of devices, as in a kernel without CONFIG_HAVE_CLK: every clock is there (NULL), runs, and has no rate. No state. */
#ifndef COMPAT_LINUX_CLK_H
#define COMPAT_LINUX_CLK_H

#include <linux/err.h>
#include <linux/types.h>

struct clk;
struct device;

/* stub: as in a kernel without CONFIG_HAVE_CLK */
#define clk_get(dev, id)                       ((void)(dev), (struct clk *)NULL)
/* stub: as in a kernel without CONFIG_HAVE_CLK */
#define clk_get_optional(dev, id)              clk_get(dev, id)
/* stub: as in a kernel without CONFIG_HAVE_CLK */
#define devm_clk_get(dev, id)                  clk_get(dev, id)
/* stub: as in a kernel without CONFIG_HAVE_CLK */
#define devm_clk_get_optional(dev, id)         clk_get(dev, id)
/* stub: as in a kernel without CONFIG_HAVE_CLK */
#define devm_clk_get_enabled(dev, id)          clk_get(dev, id)
/* stub: as in a kernel without CONFIG_HAVE_CLK */
#define devm_clk_get_prepared(dev, id)         clk_get(dev, id)
/* stub: as in a kernel without CONFIG_HAVE_CLK */
#define devm_clk_get_optional_enabled(dev, id) clk_get(dev, id)

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline void clk_put(struct clk *clk)
{
	(void)clk;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline int clk_prepare_enable(struct clk *clk)
{
	(void)clk;
	return 0;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline void clk_disable_unprepare(struct clk *clk)
{
	(void)clk;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline int clk_prepare(struct clk *clk)
{
	(void)clk;
	return 0;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline void clk_unprepare(struct clk *clk)
{
	(void)clk;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline int clk_enable(struct clk *clk)
{
	(void)clk;
	return 0;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline void clk_disable(struct clk *clk)
{
	(void)clk;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK: 0 Hz */
static inline unsigned long clk_get_rate(struct clk *clk)
{
	(void)clk;
	return 0;
}

/* stub: as in a kernel without CONFIG_HAVE_CLK */
static inline int clk_set_rate(struct clk *clk, unsigned long rate)
{
	(void)clk, (void)rate;
	return 0;
}

#endif
