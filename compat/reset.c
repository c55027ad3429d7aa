// SPDX-License-Identifier: MIT
/* Reset lines, and the drivers of them (linux/reset-controller.h). No state but supply.h's. */
#include <linux/reset-controller.h>
#include "compat/supply.h"

struct reset_control {
	struct supply_handle h;
};

static void put_reset(void *rstc)
{
	reset_control_put(rstc);
}

struct reset_control *qy_compat_reset(struct device *dev, const char *id, int index,
	bool shared, bool optional, bool managed)
{
	const struct supply_wanted want = { RESET, dev, dev->of_node, id,
		(unsigned int)index };
	struct reset_control *rstc =
		supply_or_null(qy_supply_get(&want, !shared), optional);

	return managed ? qy_supply_manage(dev, rstc, put_reset) : rstc;
}

/* As there, what a driver of a shared line leaves open stays open. */
void reset_control_put(struct reset_control *rstc)
{
	if (!IS_ERR_OR_NULL(rstc))
		qy_supply_put(&rstc->h);
}

static struct reset_controller_dev *controller_of(const struct supply *s)
{
	struct reset_controller_dev *rcdev;

	list_for_each_entry(rcdev, &model_of(qy_compat_world())->resets, list)
		if (s->provider && rcdev->of_node == s->provider)
			return rcdev;
	return NULL;
}

enum reset_op {
	ASSERT,
	DEASSERT,
	RESET_PULSE,
	STATUS,
};

/* The driver's function, where one is registered; else the line is remembered. */
static int operate(struct supply *s, enum reset_op op)
{
	struct reset_controller_dev *rcdev = controller_of(s);
	int (*fn)(struct reset_controller_dev * rcdev, unsigned long id) = NULL;
	int id;

	if (!rcdev) {
		if (op == ASSERT || op == DEASSERT)
			s->value = op == ASSERT;
		return op == STATUS ? (int)s->value : 0;
	}
	id = rcdev->of_xlate ? rcdev->of_xlate(rcdev, &s->args) : (int)s->args.args[0];
	if (id < 0 || (unsigned int)id >= rcdev->nr_resets)
		return -EINVAL;
	fn = op == ASSERT     ? rcdev->ops->assert
	     : op == DEASSERT ? rcdev->ops->deassert
	     : op == STATUS   ? rcdev->ops->status
			      : rcdev->ops->reset;
	if (fn)
		return fn(rcdev, (unsigned long)id);
	return op == DEASSERT ? 0 : -ENOTSUPP; /* a line that resets itself */
}

int reset_control_assert(struct reset_control *rstc)
{
	might_sleep();
	if (!rstc)
		return 0;
	if (!rstc->h.shared)
		return operate(rstc->h.s, ASSERT);
	if (WARN_ON(!rstc->h.nr_on))
		return -EINVAL;
	rstc->h.nr_on--;
	return --rstc->h.s->nr_on ? 0 : operate(rstc->h.s, ASSERT);
}

int reset_control_deassert(struct reset_control *rstc)
{
	might_sleep();
	if (!rstc)
		return 0;
	if (!rstc->h.shared)
		return operate(rstc->h.s, DEASSERT);
	rstc->h.nr_on++;
	return rstc->h.s->nr_on++ ? 0 : operate(rstc->h.s, DEASSERT);
}

int reset_control_reset(struct reset_control *rstc)
{
	might_sleep();
	return rstc ? operate(rstc->h.s, RESET_PULSE) : 0;
}

int reset_control_status(struct reset_control *rstc)
{
	return rstc ? operate(rstc->h.s, STATUS) : 0;
}

int qy_compat_device_reset(struct device *dev, bool optional)
{
	struct reset_control *rstc =
		qy_compat_reset(dev, NULL, 0, false, optional, false);
	int error = IS_ERR(rstc) ? (int)PTR_ERR(rstc) : reset_control_reset(rstc);

	reset_control_put(rstc);
	return error;
}

int reset_controller_register(struct reset_controller_dev *rcdev)
{
	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	if (!rcdev->of_node && rcdev->dev)
		rcdev->of_node = rcdev->dev->of_node;
	list_add(&rcdev->list, &model_of(qy_compat_world())->resets);
	qy_hold(QY_HELD_DEVICE, rcdev, 0);
	return 0;
}

void reset_controller_unregister(struct reset_controller_dev *rcdev)
{
	list_del(&rcdev->list);
	qy_let_go(QY_HELD_DEVICE, rcdev);
}

static void unregister(void *rcdev)
{
	reset_controller_unregister(rcdev);
}

int devm_reset_controller_register(struct device *dev, struct reset_controller_dev *rcdev)
{
	int error = reset_controller_register(rcdev);

	if (error)
		return error;
	return PTR_ERR_OR_ZERO(qy_supply_manage(dev, rcdev, unregister));
}
