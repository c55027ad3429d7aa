// SPDX-License-Identifier: MIT
/* See supply.h. State: the world's list of supplies. */
#include "compat/supply.h"

#define CLOCK_HZ     24000000
#define REGULATOR_UV 3300000

/* ------------------------------------------------------------------ which one it is */

static const struct {
	const char *list, *names, *cells;
} properties[] = {
	[CLOCK] = { "clocks", "clock-names", "#clock-cells" },
	[RESET] = { "resets", "reset-names", "#reset-cells" },
	[REGULATOR] = { NULL, NULL, NULL },
	[GPIO] = { NULL, NULL, "#gpio-cells" },
};

int qy_supply_entry(const struct supply_wanted *want, struct of_phandle_args *args)
{
	static const char *const suffixes[] = { "gpios", "gpio" };
	const char *list = properties[want->type].list;
	int index = (int)want->index;
	char name[64];

	if (want->type == REGULATOR) {
		scnprintf(name, sizeof(name), "%s-supply", want->id ? want->id : "");
		args->args_count = 0;
		args->np = qy_compat_of_phandle(want->np, name, 0);
		return args->np ? 0 : -ENOENT;
	}
	if (want->type != GPIO) {
		if (want->id)
			index = of_property_match_string(
				want->np, properties[want->type].names, want->id);
		return index >= 0 && !qy_compat_of_args(want->np, list,
					     properties[want->type].cells, -1, index,
					     args)
			       ? 0
			       : -ENOENT;
	}
	for (int i = 0; i < 2; i++) {
		scnprintf(name, sizeof(name), "%s%s%s", want->id ? want->id : "",
			want->id ? "-" : "", suffixes[i]);
		if (!qy_compat_of_args(want->np, name, "#gpio-cells", -1, index, args))
			return 0;
	}
	return -ENOENT;
}

static struct supply *make(struct qy_model *model, const struct supply_wanted *want,
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
static struct supply *find_supply(const struct supply_wanted *want, const char *known)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct of_phandle_args args = { .np = NULL };
	struct supply *s;
	char key[96];

	if (known)
		scnprintf(key, sizeof(key), "%s", known);
	else if (!qy_supply_entry(want, &args))
		scnprintf(key, sizeof(key), "%u:%u", args.np->phandle,
			args.args_count ? args.args[0] : 0);
	else if (qy_compat_of_is_made_up(want->np))
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

void qy_supply_put(struct supply_handle *h)
{
	h->s->nr_users--;
	h->s->exclusive = false;
	qy_let_go(QY_HELD_SUPPLY, h);
	qy_kfree(qy_this_machine(), h);
}

void *qy_supply_get(const struct supply_wanted *want, bool alone)
{
	return qy_supply_get_key(want, NULL, alone);
}

void *qy_supply_get_key(const struct supply_wanted *want, const char *key, bool alone)
{
	struct supply *s;
	struct supply_handle *h;

	might_sleep();
	if (qy_refuses(QY_HELD_SUPPLY, GFP_KERNEL, 0))
		return ERR_PTR(-ENOMEM);
	s = find_supply(want, key);
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

void *qy_supply_manage(struct device *dev, void *handle, void (*put)(void *handle))
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

bool qy_supply_unmanage(struct device *dev, void *handle)
{
	return !devres_release(dev, put_managed, is_handle, handle);
}
