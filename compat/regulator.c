// SPDX-License-Identifier: MIT
/* Regulators (linux/regulator/consumer.h). No state but supply.h's. */
#include <linux/regulator/consumer.h>
#include "compat/supply.h"

struct regulator {
	struct supply_handle h;
};

static void put_regulator(void *regulator)
{
	regulator_put(regulator);
}

struct regulator *qy_compat_regulator(
	struct device *dev, const char *id, bool optional, bool exclusive, bool managed)
{
	const struct supply_wanted want = { REGULATOR, dev, dev ? dev->of_node : NULL, id,
		0 };
	const struct supply_wanted dummy = { REGULATOR, dev, NULL, id, 0 };
	struct regulator *regulator = qy_supply_get(&want, exclusive);

	if (regulator == ERR_PTR(-ENOENT)) {
		if (optional)
			return ERR_PTR(-ENODEV);
		dev_warn(dev, "supply %s not found, using dummy regulator\n", id);
		regulator = qy_supply_get(&dummy, false);
	}
	return managed ? qy_supply_manage(dev, regulator, put_regulator) : regulator;
}

void regulator_put(struct regulator *regulator)
{
	if (IS_ERR_OR_NULL(regulator))
		return;
	WARN_ON(regulator->h.nr_on);
	qy_supply_put(&regulator->h);
}

void devm_regulator_put(struct regulator *regulator)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(qy_compat_world())->devices, qy_link)
		if (qy_supply_unmanage(dev, regulator))
			return;
	WARN_ON(1);
}

int regulator_enable(struct regulator *regulator)
{
	might_sleep();
	if (qy_refuses(QY_HELD_ON, GFP_KERNEL, 0))
		return -EIO;
	regulator->h.nr_on++;
	regulator->h.s->nr_on++;
	qy_hold(QY_HELD_ON, regulator->h.s, 0);
	return 0;
}

int regulator_disable(struct regulator *regulator)
{
	might_sleep();
	if (WARN(!regulator->h.nr_on, "unbalanced disables for %s", regulator->h.s->id))
		return -EIO;
	regulator->h.nr_on--;
	regulator->h.s->nr_on--;
	qy_let_go(QY_HELD_ON, regulator->h.s);
	return 0;
}

int regulator_force_disable(struct regulator *regulator)
{
	while (regulator->h.nr_on)
		regulator_disable(regulator);
	return 0;
}

int regulator_is_enabled(struct regulator *regulator)
{
	return regulator->h.s->nr_on != 0;
}

int regulator_get_voltage(struct regulator *regulator)
{
	return (int)regulator->h.s->value;
}

int regulator_set_voltage(struct regulator *regulator, int min_uV, int max_uV)
{
	if (min_uV > max_uV)
		return -EINVAL;
	if ((int)regulator->h.s->value < min_uV || (int)regulator->h.s->value > max_uV)
		regulator->h.s->value = (unsigned long)min_uV;
	return 0;
}

static void disable_regulator(void *regulator)
{
	regulator_disable(regulator);
	regulator_put(regulator);
}

int devm_regulator_get_enable(struct device *dev, const char *id)
{
	struct regulator *regulator = regulator_get(dev, id);
	int error;

	if (IS_ERR(regulator))
		return (int)PTR_ERR(regulator);
	error = regulator_enable(regulator);
	if (error) {
		regulator_put(regulator);
		return error;
	}
	return PTR_ERR_OR_ZERO(qy_supply_manage(dev, regulator, disable_regulator));
}

int qy_compat_regulator_bulk(
	struct device *dev, int nr, struct regulator_bulk_data *consumers, bool managed)
{
	for (int i = 0; i < nr; i++) {
		consumers[i].consumer = qy_compat_regulator(
			dev, consumers[i].supply, false, false, managed);
		if (IS_ERR(consumers[i].consumer)) {
			int error = (int)PTR_ERR(consumers[i].consumer);

			consumers[i].consumer = NULL;
			if (!managed) /* else they go with the device */
				regulator_bulk_free(i, consumers);
			return dev_err_probe(dev, error, "Failed to get supply '%s'\n",
				consumers[i].supply);
		}
	}
	return 0;
}

int regulator_bulk_enable(int nr, struct regulator_bulk_data *consumers)
{
	for (int i = 0; i < nr; i++) {
		int error = regulator_enable(consumers[i].consumer);

		if (error) {
			while (i-- > 0)
				regulator_disable(consumers[i].consumer);
			return error;
		}
	}
	return 0;
}

int regulator_bulk_disable(int nr, struct regulator_bulk_data *consumers)
{
	int error = 0;

	while (nr-- > 0 && !error)
		error = regulator_disable(consumers[nr].consumer);
	return error;
}

void regulator_bulk_free(int nr, struct regulator_bulk_data *consumers)
{
	for (int i = 0; i < nr; i++) {
		regulator_put(consumers[i].consumer);
		consumers[i].consumer = NULL;
	}
}
