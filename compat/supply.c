// SPDX-License-Identifier: MIT
/*
 * What a device is supplied with: clocks, reset lines, regulators, GPIO lines; and the drivers of reset lines.
 *
 * A supply is known by the entry of the tree that leads to it ("clocks 3:1": phandle and first cell), so whoever has the same
 * entry has the same supply; of a device that was made up, by its name and what it asks for. It stays as long as the world;
 * a handle of a driver is of the board's memory.
 *
 * Locking: none; see world.h.
 */
#include <linux/clk.h>
#include <linux/gpio/consumer.h>
#include <linux/regulator/consumer.h>
#include <linux/reset-controller.h>
#include "compat/model.h"

#define CLOCK_HZ     24000000
#define REGULATOR_UV 3300000

enum supply_type {
	CLOCK,
	RESET,
	REGULATOR,
	GPIO,
};

struct supply {
	struct list_head link;
	enum supply_type type;
	char key[96];
	char id[40];
	unsigned int nr_users;
	bool exclusive, fixed;
	unsigned int nr_prepared,
		nr_on;       /* of a reset line: of those who share it, not asserted */
	unsigned long value; /* Hz, uV; 1: asserted, driven high */
	bool out, active_low;
	unsigned int irq; /* of a GPIO line, 0: none yet */
	struct device_node *provider;
	struct of_phandle_args args;
};

/* A driver's part of it, under four names. */
struct handle {
	struct supply *s;
	unsigned int nr_on;
	bool shared;
};
struct clk {
	struct handle h;
};
struct reset_control {
	struct handle h;
};
struct regulator {
	struct handle h;
};
struct gpio_desc {
	struct handle h;
};

/* ------------------------------------------------------------------ which one it is */

struct wanted {
	enum supply_type type;
	struct device *dev;
	struct device_node *np;
	const char *id; /* or NULL */
	unsigned int index;
};

static const struct {
	const char *list, *names, *cells;
} properties[] = {
	[CLOCK] = { "clocks", "clock-names", "#clock-cells" },
	[RESET] = { "resets", "reset-names", "#reset-cells" },
	[REGULATOR] = { NULL, NULL, NULL },
	[GPIO] = { NULL, NULL, "#gpio-cells" },
};

/* In the tree. Return: 0, -ENOENT. */
static int find_entry(const struct wanted *want, struct of_phandle_args *args)
{
	static const char *const suffixes[] = { "gpios", "gpio" };
	const char *list = properties[want->type].list;
	int index = (int)want->index;
	char name[64];

	if (want->type == REGULATOR) {
		scnprintf(name, sizeof(name), "%s-supply", want->id ? want->id : "");
		args->args_count = 0;
		args->np = of_parse_phandle(want->np, name, 0);
		return args->np ? 0 : -ENOENT;
	}
	if (want->type != GPIO) {
		if (want->id)
			index = of_property_match_string(
				want->np, properties[want->type].names, want->id);
		return index >= 0 && !of_parse_phandle_with_args(want->np, list,
					     properties[want->type].cells, index, args)
			       ? 0
			       : -ENOENT;
	}
	for (int i = 0; i < 2; i++) {
		scnprintf(name, sizeof(name), "%s%s%s", want->id ? want->id : "",
			want->id ? "-" : "", suffixes[i]);
		if (!of_parse_phandle_with_args(
			    want->np, name, "#gpio-cells", index, args))
			return 0;
	}
	return -ENOENT;
}

static bool is_made_up(const struct device_node *np)
{
	struct made_node *made;

	if (!np)
		return true;
	list_for_each_entry(made, &model_of(qy_compat_world())->made_nodes, link)
		if (&made->np == np)
			return true;
	return false;
}

static struct supply *make(struct qy_model *model, const struct wanted *want,
	const char *key, const struct of_phandle_args *args)
{
	struct supply *s = qy_host_zalloc(sizeof(*s));
	u32 value;

	if (!s)
		return NULL;
	s->type = want->type;
	scnprintf(s->key, sizeof(s->key), "%s", key);
	scnprintf(s->id, sizeof(s->id), "%s", want->id ? want->id : dev_name(want->dev));
	s->provider = args->np;
	s->args = *args;
	s->value = s->type == CLOCK ? CLOCK_HZ : s->type == REGULATOR ? REGULATOR_UV : 0;
	s->active_low = s->type == GPIO && args->np && args->args_count > 1 &&
			args->args[args->args_count - 1] & 1;
	if (s->type == CLOCK && args->np &&
		of_device_is_compatible(args->np, "fixed-clock") &&
		!of_property_read_u32(args->np, "clock-frequency", &value)) {
		s->value = value;
		s->fixed = true;
	}
	if (s->type == REGULATOR && args->np &&
		!of_property_read_u32(args->np, "regulator-min-microvolt", &value))
		s->value = value;
	list_add(&s->link, &model->supplies);
	return s;
}

/* Return: an error pointer: -ENOENT, -ENOMEM. */
static struct supply *find_supply(const struct wanted *want)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct of_phandle_args args = { .np = NULL };
	struct supply *s;
	char key[96];

	if (!find_entry(want, &args))
		scnprintf(key, sizeof(key), "%u:%u", args.np->phandle,
			args.args_count ? args.args[0] : 0);
	else if (is_made_up(want->np))
		scnprintf(key, sizeof(key), "%s/%s/%u",
			want->dev ? dev_name(want->dev) : "", want->id ? want->id : "",
			want->index);
	else
		return ERR_PTR(-ENOENT);
	list_for_each_entry(s, &model->supplies, link)
		if (s->type == want->type && !strcmp(s->key, key))
			return s;
	s = make(model, want, key, &args);
	return s ? s : ERR_PTR(-ENOMEM);
}

void qy_compat_supply_down(struct qy_world *w)
{
	struct supply *s, *next;

	list_for_each_entry_safe(s, next, &model_of(w)->supplies, link)
		qy_host_free(s);
}

/* ------------------------------------------------------------------ got and put */

static void put_handle(struct handle *h)
{
	h->s->nr_users--;
	h->s->exclusive = false;
	qy_let_go(QY_HELD_SUPPLY, h);
	qy_kfree(qy_this_machine(), h);
}

/* An error pointer: -ENOENT, -EBUSY, -ENOMEM. @alone: nobody else has it meanwhile. */
static void *get_handle(const struct wanted *want, bool alone)
{
	struct supply *s;
	struct handle *h;

	might_sleep();
	if (qy_refuses(QY_HELD_SUPPLY, GFP_KERNEL, 0))
		return ERR_PTR(-ENOMEM);
	s = find_supply(want);
	if (IS_ERR(s))
		return s;
	if (s->exclusive || (alone && s->nr_users))
		return ERR_PTR(-EBUSY);
	h = qy_kmalloc(qy_this_machine(), sizeof(*h), GFP_KERNEL | __GFP_ZERO);
	if (!h)
		return ERR_PTR(-ENOMEM);
	h->s = s;
	h->shared = !alone;
	s->nr_users++;
	s->exclusive = alone;
	return qy_hold(QY_HELD_SUPPLY, h, 0);
}

struct managed_handle {
	void *handle;
	void (*put)(void *handle);
	int nr; /* of an array */
};

static void put_managed(struct device *dev, void *res)
{
	struct managed_handle *managed = res;

	(void)dev;
	managed->put(managed->handle);
}

static int is_handle(struct device *dev, void *res, void *data)
{
	(void)dev;
	return ((struct managed_handle *)res)->handle == data;
}

/* @handle, an error pointer or NULL as they are, goes with @dev. */
static void *manage(struct device *dev, void *handle, void (*put)(void *handle))
{
	struct managed_handle *managed;

	if (IS_ERR_OR_NULL(handle))
		return handle;
	managed = qy_compat_devres_alloc(
		put_managed, sizeof(*managed), GFP_KERNEL, "supply");
	if (!managed) {
		put(handle);
		return ERR_PTR(-ENOMEM);
	}
	managed->handle = handle;
	managed->put = put;
	devres_add(dev, managed);
	return handle;
}

static void *or_null(void *handle, bool optional)
{
	return optional && handle == ERR_PTR(-ENOENT) ? NULL : handle;
}

/* ------------------------------------------------------------------ clocks */

static struct clk *get_clk(
	struct device *dev, struct device_node *np, const char *id, int index)
{
	const struct wanted want = { CLOCK, dev, np, id, (unsigned int)index };

	return index < 0 ? ERR_PTR(-EINVAL) : get_handle(&want, false);
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
		put_handle(&clk->h);
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
	struct clk *clk = or_null(clk_get(dev, id), optional);
	int error = 0;

	if (!IS_ERR_OR_NULL(clk) && state == QY_CLK_PREPARED)
		error = clk_prepare(clk);
	else if (!IS_ERR_OR_NULL(clk) && state == QY_CLK_ON)
		error = clk_prepare_enable(clk);
	if (error) {
		clk_put(clk);
		return ERR_PTR(error);
	}
	return manage(dev, clk, undo[state]);
}

void devm_clk_put(struct device *dev, struct clk *clk)
{
	WARN_ON(devres_release(dev, put_managed, is_handle, clk));
}

static int get_bulk(struct device *dev, int nr, struct clk_bulk_data *clks, bool optional)
{
	for (int i = 0; i < nr; i++) {
		clks[i].clk = or_null(clk_get(dev, clks[i].id), optional);
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

/* ------------------------------------------------------------------ reset lines */

static void put_reset(void *rstc)
{
	reset_control_put(rstc);
}

struct reset_control *qy_compat_reset(struct device *dev, const char *id, int index,
	bool shared, bool optional, bool managed)
{
	const struct wanted want = { RESET, dev, dev->of_node, id, (unsigned int)index };
	struct reset_control *rstc = or_null(get_handle(&want, !shared), optional);

	return managed ? manage(dev, rstc, put_reset) : rstc;
}

/* As there, what a driver of a shared line leaves open stays open. */
void reset_control_put(struct reset_control *rstc)
{
	if (!IS_ERR_OR_NULL(rstc))
		put_handle(&rstc->h);
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
	return PTR_ERR_OR_ZERO(manage(dev, rcdev, unregister));
}

/* ------------------------------------------------------------------ regulators */

static void put_regulator(void *regulator)
{
	regulator_put(regulator);
}

struct regulator *qy_compat_regulator(
	struct device *dev, const char *id, bool optional, bool exclusive, bool managed)
{
	const struct wanted want = { REGULATOR, dev, dev ? dev->of_node : NULL, id, 0 };
	const struct wanted dummy = { REGULATOR, dev, NULL, id, 0 };
	struct regulator *regulator = get_handle(&want, exclusive);

	if (regulator == ERR_PTR(-ENOENT)) {
		if (optional)
			return ERR_PTR(-ENODEV);
		dev_warn(dev, "supply %s not found, using dummy regulator\n", id);
		regulator = get_handle(&dummy, false);
	}
	return managed ? manage(dev, regulator, put_regulator) : regulator;
}

void regulator_put(struct regulator *regulator)
{
	if (IS_ERR_OR_NULL(regulator))
		return;
	WARN_ON(regulator->h.nr_on);
	put_handle(&regulator->h);
}

void devm_regulator_put(struct regulator *regulator)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(qy_compat_world())->devices, qy_link)
		if (!devres_release(dev, put_managed, is_handle, regulator))
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
	return PTR_ERR_OR_ZERO(manage(dev, regulator, disable_regulator));
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

/* ------------------------------------------------------------------ GPIO lines */

static void put_gpio(void *desc)
{
	gpiod_put(desc);
}

struct gpio_desc *qy_compat_gpio(struct device *dev, const char *id, unsigned int index,
	unsigned int flags, bool optional, bool managed)
{
	const struct wanted want = { GPIO, dev, dev ? dev->of_node : NULL, id, index };
	struct gpio_desc *desc = or_null(get_handle(&want, true), optional);

	if (!IS_ERR_OR_NULL(desc)) {
		if (flags & GPIOD_FLAGS_BIT_DIR_OUT)
			gpiod_direction_output(
				desc, (flags & GPIOD_FLAGS_BIT_DIR_VAL) != 0);
		else if (flags & GPIOD_FLAGS_BIT_DIR_SET)
			gpiod_direction_input(desc);
	}
	return managed ? manage(dev, desc, put_gpio) : desc;
}

void gpiod_put(struct gpio_desc *desc)
{
	if (!IS_ERR_OR_NULL(desc))
		put_handle(&desc->h);
}

void devm_gpiod_put(struct device *dev, struct gpio_desc *desc)
{
	WARN_ON(devres_release(dev, put_managed, is_handle, desc));
}

int gpiod_count(struct device *dev, const char *id)
{
	struct wanted want = { GPIO, dev, dev->of_node, id, 0 };
	struct of_phandle_args args;

	while (!find_entry(&want, &args))
		want.index++;
	return want.index ? (int)want.index : -ENOENT;
}

static bool turned(const struct gpio_desc *desc, int value)
{
	return !value == desc->h.s->active_low;
}

int gpiod_direction_input(struct gpio_desc *desc)
{
	if (desc)
		desc->h.s->out = false;
	return 0;
}

int gpiod_direction_output_raw(struct gpio_desc *desc, int value)
{
	if (desc) {
		desc->h.s->out = true;
		desc->h.s->value = value != 0;
	}
	return 0;
}

int gpiod_direction_output(struct gpio_desc *desc, int value)
{
	return desc ? gpiod_direction_output_raw(desc, turned(desc, value)) : 0;
}

int gpiod_get_direction(struct gpio_desc *desc)
{
	if (!desc)
		return -EINVAL;
	return desc->h.s->out ? GPIO_LINE_DIRECTION_OUT : GPIO_LINE_DIRECTION_IN;
}

int gpiod_get_raw_value(const struct gpio_desc *desc)
{
	return desc ? (int)desc->h.s->value : 0;
}

int gpiod_get_value(const struct gpio_desc *desc)
{
	return desc ? turned(desc, (int)desc->h.s->value) : 0;
}

/* A line that is an input has no value to be set. */
void gpiod_set_raw_value(struct gpio_desc *desc, int value)
{
	if (desc && desc->h.s->out)
		desc->h.s->value = value != 0;
}

void gpiod_set_value(struct gpio_desc *desc, int value)
{
	if (desc)
		gpiod_set_raw_value(desc, turned(desc, value));
}

int gpiod_get_value_cansleep(const struct gpio_desc *desc)
{
	might_sleep();
	return gpiod_get_value(desc);
}

void gpiod_set_value_cansleep(struct gpio_desc *desc, int value)
{
	might_sleep();
	gpiod_set_value(desc, value);
}

int gpiod_is_active_low(const struct gpio_desc *desc)
{
	return desc && desc->h.s->active_low;
}

int gpiod_cansleep(const struct gpio_desc *desc)
{
	(void)desc;
	return 0;
}

int gpiod_to_irq(const struct gpio_desc *desc)
{
	if (!desc)
		return -EINVAL;
	if (!desc->h.s->irq)
		desc->h.s->irq = NR_IRQS - (++model_of(qy_compat_world())->next_irq - 32);
	return (int)desc->h.s->irq;
}

int qy_world_gpio(struct qy_world *w, const char *device, const char *id, int level)
{
	struct supply *s;
	char key[96];

	scnprintf(key, sizeof(key), "%s/%s/0", device, id);
	list_for_each_entry(s, &model_of(w)->supplies, link)
		if (s->type == GPIO && !strcmp(s->key, key)) {
			if (level >= 0 && !s->out)
				s->value = level != 0;
			return (int)s->value;
		}
	return -ENOENT;
}
