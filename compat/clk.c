// SPDX-License-Identifier: MIT
/* Clocks (linux/clk.h). No state but supply.h's. */
#include <linux/clk.h>
#include "compat/supply.h"

struct clk {
	struct supply_handle h;
};

static struct clk *get_clk(
	struct device *dev, struct device_node *np, const char *id, int index)
{
	const struct supply_wanted want = { CLOCK, dev, np, id, (unsigned int)index };

	return index < 0 ? ERR_PTR(-EINVAL) : qy_supply_get(&want, false);
}

struct clk *clk_get(struct device *dev, const char *id)
{
	return get_clk(dev, dev ? dev->of_node : NULL, id, 0);
}

struct clk *of_clk_get(struct device_node *np, int index)
{
	return get_clk(NULL, np, NULL, index);
}

struct clk *of_clk_get_by_name(struct device_node *np, const char *name)
{
	return get_clk(NULL, np, name, 0);
}

void clk_put(struct clk *clk)
{
	if (!IS_ERR_OR_NULL(clk))
		qy_supply_put(&clk->h);
}

/* The address that stands for its being prepared; the supply itself for its being on. */
static void *prepared(struct supply *s)
{
	return &s->nr_prepared;
}

int clk_prepare(struct clk *clk)
{
	might_sleep();
	if (!clk)
		return 0;
	if (qy_refuses(QY_HELD_ON, GFP_KERNEL, 0))
		return -EIO;
	clk->h.s->nr_prepared++;
	qy_hold(QY_HELD_ON, prepared(clk->h.s), 0);
	return 0;
}

void clk_unprepare(struct clk *clk)
{
	might_sleep();
	if (IS_ERR_OR_NULL(clk))
		return;
	if (WARN(!clk->h.s->nr_prepared, "%s already unprepared", clk->h.s->id))
		return;
	WARN(clk->h.s->nr_prepared == 1 && clk->h.s->nr_on, "Unpreparing enabled %s",
		clk->h.s->id);
	clk->h.s->nr_prepared--;
	qy_let_go(QY_HELD_ON, prepared(clk->h.s));
}

int clk_enable(struct clk *clk)
{
	if (!clk)
		return 0;
	if (WARN(!clk->h.s->nr_prepared, "Enabling unprepared %s", clk->h.s->id))
		return -ESHUTDOWN;
	clk->h.s->nr_on++;
	qy_hold(QY_HELD_ON, clk->h.s, 0);
	return 0;
}

void clk_disable(struct clk *clk)
{
	if (IS_ERR_OR_NULL(clk))
		return;
	if (WARN(!clk->h.s->nr_on, "%s already disabled", clk->h.s->id))
		return;
	clk->h.s->nr_on--;
	qy_let_go(QY_HELD_ON, clk->h.s);
}

unsigned long clk_get_rate(struct clk *clk)
{
	return clk ? clk->h.s->value : 0;
}

int clk_set_rate(struct clk *clk, unsigned long rate)
{
	might_sleep();
	if (clk && !clk->h.s->fixed)
		clk->h.s->value = rate;
	return 0;
}

bool qy_compat_clk_is_on(struct clk *clk)
{
	return clk && clk->h.s->nr_on;
}

static void put_clk(void *clk)
{
	clk_put(clk);
}

static void unprepare_clk(void *clk)
{
	clk_unprepare(clk);
	clk_put(clk);
}

static void disable_clk(void *clk)
{
	clk_disable_unprepare(clk);
	clk_put(clk);
}

struct clk *qy_compat_devm_clk(
	struct device *dev, const char *id, bool optional, enum qy_clk_state state)
{
	static void (*const undo[])(void *clk) = { put_clk, unprepare_clk, disable_clk };
	struct clk *clk = supply_or_null(clk_get(dev, id), optional);
	int error = 0;

	if (!IS_ERR_OR_NULL(clk) && state == QY_CLK_PREPARED)
		error = clk_prepare(clk);
	else if (!IS_ERR_OR_NULL(clk) && state == QY_CLK_ON)
		error = clk_prepare_enable(clk);
	if (error) {
		clk_put(clk);
		return ERR_PTR(error);
	}
	return qy_supply_manage(dev, clk, undo[state]);
}

void devm_clk_put(struct device *dev, struct clk *clk)
{
	WARN_ON(!qy_supply_unmanage(dev, clk));
}

static int get_bulk(struct device *dev, int nr, struct clk_bulk_data *clks, bool optional)
{
	for (int i = 0; i < nr; i++) {
		clks[i].clk = supply_or_null(clk_get(dev, clks[i].id), optional);
		if (IS_ERR(clks[i].clk)) {
			int error = (int)PTR_ERR(clks[i].clk);

			clks[i].clk = NULL;
			clk_bulk_put(i, clks);
			return dev_err_probe(dev, error, "Failed to get clk '%s'\n",
				clks[i].id ? clks[i].id : "");
		}
	}
	return 0;
}

int clk_bulk_get(struct device *dev, int nr, struct clk_bulk_data *clks)
{
	return get_bulk(dev, nr, clks, false);
}

void clk_bulk_put(int nr, struct clk_bulk_data *clks)
{
	while (nr-- > 0) {
		clk_put(clks[nr].clk);
		clks[nr].clk = NULL;
	}
}

struct managed_bulk {
	struct clk_bulk_data *clks;
	int nr;
};

static void put_bulk(struct device *dev, void *res)
{
	struct managed_bulk *managed = res;

	(void)dev;
	clk_bulk_put(managed->nr, managed->clks);
}

static int get_managed_bulk(
	struct device *dev, int nr, struct clk_bulk_data *clks, bool optional)
{
	struct managed_bulk *managed = qy_compat_devres_alloc(
		put_bulk, sizeof(*managed), GFP_KERNEL, "devm_clk_bulk_get");
	int error = managed ? get_bulk(dev, nr, clks, optional) : -ENOMEM;

	if (error) {
		if (managed)
			devres_free(managed);
		return error;
	}
	*managed = (struct managed_bulk){ clks, nr };
	devres_add(dev, managed);
	return 0;
}

int devm_clk_bulk_get(struct device *dev, int nr, struct clk_bulk_data *clks)
{
	return get_managed_bulk(dev, nr, clks, false);
}

int devm_clk_bulk_get_optional(struct device *dev, int nr, struct clk_bulk_data *clks)
{
	return get_managed_bulk(dev, nr, clks, true);
}

int clk_bulk_prepare(int nr, const struct clk_bulk_data *clks)
{
	for (int i = 0; i < nr; i++) {
		int error = clk_prepare(clks[i].clk);

		if (error) {
			clk_bulk_unprepare(i, clks);
			return error;
		}
	}
	return 0;
}

void clk_bulk_unprepare(int nr, const struct clk_bulk_data *clks)
{
	while (nr-- > 0)
		clk_unprepare(clks[nr].clk);
}

int clk_bulk_enable(int nr, const struct clk_bulk_data *clks)
{
	for (int i = 0; i < nr; i++) {
		int error = clk_enable(clks[i].clk);

		if (error) {
			clk_bulk_disable(i, clks);
			return error;
		}
	}
	return 0;
}

void clk_bulk_disable(int nr, const struct clk_bulk_data *clks)
{
	while (nr-- > 0)
		clk_disable(clks[nr].clk);
}
