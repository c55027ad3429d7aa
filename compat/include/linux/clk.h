/* SPDX-License-Identifier: MIT */
/*
 * Clocks of devices. A device of the tree has those of its `clocks`; one that was made up has each that is asked for. A clock
 * runs at the rate of its fixed-clock, else at 24 MHz until somebody sets it. What is got and what is on is held.
 *
 * No state.
 */
#ifndef COMPAT_LINUX_CLK_H
#define COMPAT_LINUX_CLK_H

#include <asm/quarry.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/notifier.h>
#include <linux/types.h>

struct clk;
struct device;
struct device_node;

struct clk_bulk_data {
	const char *id;
	struct clk *clk;
};

/* @id: NULL: the first. Return: an error pointer: -ENOENT, -ENOMEM. Context: task, may sleep. */
struct clk *clk_get(struct device *dev, const char *id) QY_REAL(clk_get) __must_check;
void clk_put(struct clk *clk) QY_REAL(clk_put);
struct clk *of_clk_get(struct device_node *np, int index) QY_REAL(of_clk_get);
struct clk *of_clk_get_by_name(struct device_node *np, const char *name)
	QY_REAL(of_clk_get_by_name);

/* A clock that is NULL is one that nobody needs: 0. Prepare: may sleep; enable: any context, of a prepared clock. */
int clk_prepare(struct clk *clk) QY_REAL(clk_prepare) __must_check;
void clk_unprepare(struct clk *clk) QY_REAL(clk_unprepare);
int clk_enable(struct clk *clk) QY_REAL(clk_enable) __must_check;
void clk_disable(struct clk *clk) QY_REAL(clk_disable);
unsigned long clk_get_rate(struct clk *clk) QY_REAL(clk_get_rate);
int clk_set_rate(struct clk *clk, unsigned long rate) QY_REAL(clk_set_rate);
bool qy_compat_clk_is_on(struct clk *clk);
#define __clk_is_enabled(clk) qy_compat_clk_is_on(clk)

static inline long clk_round_rate(struct clk *clk, unsigned long rate)
{
	return clk ? (long)rate : 0;
}

static inline struct clk *clk_get_optional(struct device *dev, const char *id)
{
	struct clk *clk = clk_get(dev, id);

	return clk == (void *)(long)-ENOENT ? NULL : clk;
}

static inline int clk_prepare_enable(struct clk *clk)
{
	int error = clk_prepare(clk);

	if (error)
		return error;
	error = clk_enable(clk);
	if (error)
		clk_unprepare(clk);
	return error;
}

static inline void clk_disable_unprepare(struct clk *clk)
{
	clk_disable(clk);
	clk_unprepare(clk);
}

/* How far devm_*() goes. */
enum qy_clk_state {
	QY_CLK_GOT,
	QY_CLK_PREPARED,
	QY_CLK_ON,
};
struct clk *qy_compat_devm_clk(
	struct device *dev, const char *id, bool optional, enum qy_clk_state state);
#define devm_clk_get(dev, id)          qy_compat_devm_clk(dev, id, false, QY_CLK_GOT)
#define devm_clk_get_optional(dev, id) qy_compat_devm_clk(dev, id, true, QY_CLK_GOT)
#define devm_clk_get_prepared(dev, id) qy_compat_devm_clk(dev, id, false, QY_CLK_PREPARED)
#define devm_clk_get_optional_prepared(dev, id) \
	qy_compat_devm_clk(dev, id, true, QY_CLK_PREPARED)
#define devm_clk_get_enabled(dev, id) qy_compat_devm_clk(dev, id, false, QY_CLK_ON)
#define devm_clk_get_optional_enabled(dev, id) \
	qy_compat_devm_clk(dev, id, true, QY_CLK_ON)
void devm_clk_put(struct device *dev, struct clk *clk) QY_REAL(devm_clk_put);

/* All of them or none. */
int clk_bulk_get(struct device *dev, int nr, struct clk_bulk_data *clks)
	QY_REAL(clk_bulk_get) __must_check;
void clk_bulk_put(int nr, struct clk_bulk_data *clks) QY_REAL(clk_bulk_put);
int devm_clk_bulk_get(struct device *dev, int nr, struct clk_bulk_data *clks)
	QY_REAL(devm_clk_bulk_get) __must_check;
int devm_clk_bulk_get_optional(struct device *dev, int nr, struct clk_bulk_data *clks)
	QY_REAL(devm_clk_bulk_get_optional) __must_check;
int clk_bulk_prepare(int nr, const struct clk_bulk_data *clks)
	QY_REAL(clk_bulk_prepare) __must_check;
void clk_bulk_unprepare(int nr, const struct clk_bulk_data *clks)
	QY_REAL(clk_bulk_unprepare);
int clk_bulk_enable(int nr, const struct clk_bulk_data *clks)
	QY_REAL(clk_bulk_enable) __must_check;
void clk_bulk_disable(int nr, const struct clk_bulk_data *clks) QY_REAL(clk_bulk_disable);

static inline int clk_bulk_prepare_enable(int nr, const struct clk_bulk_data *clks)
{
	int error = clk_bulk_prepare(nr, clks);

	if (error)
		return error;
	error = clk_bulk_enable(nr, clks);
	if (error)
		clk_bulk_unprepare(nr, clks);
	return error;
}

static inline void clk_bulk_disable_unprepare(int nr, const struct clk_bulk_data *clks)
{
	clk_bulk_disable(nr, clks);
	clk_bulk_unprepare(nr, clks);
}

#endif
