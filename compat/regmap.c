// SPDX-License-Identifier: MIT
/*
 * Registers by number: linux/regmap.h, and the maps that drivers share, linux/mfd/syscon.h.
 *
 * A map is an object of the board's memory. Its lock is a spinlock where no access sleeps, else a mutex, as on Linux.
 *
 * Locking: that of the map around each access.
 */
#include <linux/io.h>
#include <linux/mfd/syscon.h>
#include <linux/of.h>
#include <linux/regmap.h>
#include <linux/vmalloc.h>
#include "compat/model.h"

#define MAX_CACHED 65536u

struct regmap {
	struct list_head link; /* of those that devices manage, and of syscons */
	struct regmap_config config;
	struct regmap_bus bus;
	enum qy_regmap_kind kind;
	struct device *dev;
	struct device_node *syscon;
	void *context;
	unsigned int stride, val_bytes;
	bool swapped, fast;
	struct mutex mutex;
	spinlock_t spin;
	unsigned long flags;
	/* NULL: there is no cache. One of each register: */
	struct cached {
		unsigned int val;
		bool valid, dirty;
	} * cache;
	unsigned int nr_cached;
	bool cache_only, cache_bypass;
};

struct regmap_field {
	struct regmap *map;
	struct reg_field field;
};

/* ------------------------------------------------------------------ what may be touched */

static bool in_ranges(const struct regmap_range *range, unsigned int nr, unsigned int reg)
{
	for (; nr--; range++)
		if (reg >= range->range_min && reg <= range->range_max)
			return true;
	return false;
}

static bool in_table(const struct regmap_access_table *table, unsigned int reg)
{
	if (in_ranges(table->no_ranges, table->n_no_ranges, reg))
		return false;
	return !table->n_yes_ranges ||
	       in_ranges(table->yes_ranges, table->n_yes_ranges, reg);
}

static bool is_there(const struct regmap *map, unsigned int reg)
{
	return !map->config.max_register || reg <= map->config.max_register;
}

static bool may_write(struct regmap *map, unsigned int reg)
{
	if (!is_there(map, reg))
		return false;
	if (map->config.writeable_reg)
		return map->config.writeable_reg(map->dev, reg);
	return !map->config.wr_table || in_table(map->config.wr_table, reg);
}

static bool may_read(struct regmap *map, unsigned int reg)
{
	if (!is_there(map, reg))
		return false;
	if (map->config.readable_reg)
		return map->config.readable_reg(map->dev, reg);
	return !map->config.rd_table || in_table(map->config.rd_table, reg);
}

static struct cached *cached(struct regmap *map, unsigned int reg)
{
	if (!map->cache || map->cache_bypass || reg / map->stride >= map->nr_cached)
		return NULL;
	if (map->config.volatile_reg ? map->config.volatile_reg(map->dev, reg)
				     : map->config.volatile_table &&
					       in_table(map->config.volatile_table, reg))
		return NULL;
	return &map->cache[reg / map->stride];
}

/* ------------------------------------------------------------------ locks */

static void lock(struct regmap *map)
{
	if (map->config.disable_locking)
		return;
	if (map->config.lock)
		map->config.lock(map->config.lock_arg);
	else if (map->fast)
		spin_lock_irqsave(&map->spin, map->flags);
	else
		mutex_lock(&map->mutex);
}

static void unlock(struct regmap *map)
{
	if (map->config.disable_locking)
		return;
	if (map->config.unlock)
		map->config.unlock(map->config.lock_arg);
	else if (map->fast)
		spin_unlock_irqrestore(&map->spin, map->flags);
	else
		mutex_unlock(&map->mutex);
}

/* ------------------------------------------------------------------ one register */

static unsigned int turn(const struct regmap *map, unsigned int val)
{
	return !map->swapped         ? val
	       : map->val_bytes == 2 ? __builtin_bswap16((u16)val)
	       : map->val_bytes == 4 ? __builtin_bswap32(val)
				     : val;
}

static int device_read(struct regmap *map, unsigned int reg, unsigned int *val)
{
	if (map->kind == QY_REGMAP_MMIO) {
		*val = turn(map, (unsigned int)qy_compat_read(
					 (char *)map->context + reg, map->val_bytes));
		return 0;
	}
	if (map->kind == QY_REGMAP_SLAVE) {
		qy_sim_advance(qy_this_machine(), 100000);
		*val = *qy_compat_slave_register(map->dev, reg);
		return 0;
	}
	return map->bus.reg_read ? map->bus.reg_read(map->context, reg, val) : -EIO;
}

static int device_write(struct regmap *map, unsigned int reg, unsigned int val)
{
	const unsigned int mask =
		map->val_bytes >= 4 ? ~0u : (1u << 8 * map->val_bytes) - 1;

	if (map->kind == QY_REGMAP_MMIO) {
		qy_compat_write(
			(char *)map->context + reg, turn(map, val), map->val_bytes);
		return 0;
	}
	if (map->kind == QY_REGMAP_SLAVE) {
		qy_sim_advance(qy_this_machine(), 100000);
		*qy_compat_slave_register(map->dev, reg) = val & mask;
		return 0;
	}
	return map->bus.reg_write ? map->bus.reg_write(map->context, reg, val) : -EIO;
}

static int read_locked(struct regmap *map, unsigned int reg, unsigned int *val)
{
	struct cached *cache = cached(map, reg);
	int error;

	if (cache && cache->valid) {
		*val = cache->val;
		return 0;
	}
	if (map->cache_only)
		return -EBUSY;
	if (!may_read(map, reg))
		return -EIO;
	error = device_read(map, reg, val);
	if (!error && cache)
		*cache = (struct cached){ .val = *val, .valid = true };
	return error;
}

static int write_locked(struct regmap *map, unsigned int reg, unsigned int val)
{
	struct cached *cache = cached(map, reg);

	if (!may_write(map, reg))
		return -EIO;
	if (cache)
		*cache = (struct cached){
			.val = val, .valid = true, .dirty = map->cache_only
		};
	if (map->cache_only && !map->cache_bypass)
		return 0;
	return device_write(map, reg, val);
}

int regmap_read(struct regmap *map, unsigned int reg, unsigned int *val)
{
	int error;

	if (reg % map->stride)
		return -EINVAL;
	lock(map);
	error = read_locked(map, reg, val);
	unlock(map);
	return error;
}

int regmap_write(struct regmap *map, unsigned int reg, unsigned int val)
{
	int error;

	if (reg % map->stride)
		return -EINVAL;
	lock(map);
	error = write_locked(map, reg, val);
	unlock(map);
	return error;
}

static int update_locked(struct regmap *map, unsigned int reg, unsigned int mask,
	unsigned int val, bool *change, bool force)
{
	unsigned int was, is;
	int error;

	if (!cached(map, reg) && map->bus.reg_update_bits) {
		error = map->bus.reg_update_bits(map->context, reg, mask, val);
		if (change)
			*change = !error;
		return error;
	}
	error = read_locked(map, reg, &was);
	if (error)
		return error;
	is = (was & ~mask) | (val & mask);
	if (change)
		*change = is != was;
	return is != was || force ? write_locked(map, reg, is) : 0;
}

int regmap_update_bits_base(struct regmap *map, unsigned int reg, unsigned int mask,
	unsigned int val, bool *change, bool async, bool force)
{
	int error;

	(void)async;
	if (change)
		*change = false;
	if (reg % map->stride)
		return -EINVAL;
	lock(map);
	error = update_locked(map, reg, mask, val, change, force);
	unlock(map);
	return error;
}

/* ------------------------------------------------------------------ many */

/* A value as its bytes lie on the bus, and back; @raw: such bytes are meant, not a number. */
static unsigned int bus_order(const struct regmap *map, bool raw, unsigned int val)
{
	if (!raw || map->kind != QY_REGMAP_SLAVE ||
		map->config.val_format_endian == REGMAP_ENDIAN_LITTLE ||
		map->config.val_format_endian == REGMAP_ENDIAN_NATIVE)
		return val;
	return map->val_bytes == 2   ? __builtin_bswap16((u16)val)
	       : map->val_bytes == 4 ? __builtin_bswap32(val)
				     : val;
}

/* @step: from register to register, 0: always the same. */
static int read_many(struct regmap *map, unsigned int reg, void *to, size_t nr,
	unsigned int step, bool raw)
{
	int error = 0;

	if (reg % map->stride)
		return -EINVAL;
	lock(map);
	for (size_t i = 0; i < nr && !error; i++, reg += step) {
		unsigned int val = 0;

		error = read_locked(map, reg, &val);
		val = bus_order(map, raw, val);
		if (!error)
			memcpy((u8 *)to + i * map->val_bytes, &val, map->val_bytes);
	}
	unlock(map);
	return error;
}

static int write_many(struct regmap *map, unsigned int reg, const void *from, size_t nr,
	unsigned int step, bool raw)
{
	int error = 0;

	if (reg % map->stride)
		return -EINVAL;
	lock(map);
	for (size_t i = 0; i < nr && !error; i++, reg += step) {
		unsigned int val = 0;

		memcpy(&val, (const u8 *)from + i * map->val_bytes, map->val_bytes);
		error = write_locked(map, reg, bus_order(map, raw, val));
	}
	unlock(map);
	return error;
}

int regmap_bulk_read(struct regmap *map, unsigned int reg, void *val, size_t nr)
{
	return read_many(map, reg, val, nr, map->stride, false);
}

int regmap_bulk_write(struct regmap *map, unsigned int reg, const void *val, size_t nr)
{
	return write_many(map, reg, val, nr, map->stride, false);
}

int regmap_raw_read(struct regmap *map, unsigned int reg, void *val, size_t bytes)
{
	return bytes % map->val_bytes ? -EINVAL
				      : read_many(map, reg, val, bytes / map->val_bytes,
						map->stride, true);
}

int regmap_raw_write(struct regmap *map, unsigned int reg, const void *val, size_t bytes)
{
	return bytes % map->val_bytes ? -EINVAL
				      : write_many(map, reg, val, bytes / map->val_bytes,
						map->stride, true);
}

int regmap_noinc_read(struct regmap *map, unsigned int reg, void *val, size_t bytes)
{
	return !bytes || bytes % map->val_bytes
		       ? -EINVAL
		       : read_many(map, reg, val, bytes / map->val_bytes, 0, true);
}

int regmap_noinc_write(
	struct regmap *map, unsigned int reg, const void *val, size_t bytes)
{
	return !bytes || bytes % map->val_bytes
		       ? -EINVAL
		       : write_many(map, reg, val, bytes / map->val_bytes, 0, true);
}

int regmap_multi_reg_write(struct regmap *map, const struct reg_sequence *regs, int nr)
{
	int error = 0;

	for (int i = 0; i < nr && !error; i++) {
		error = regmap_write(map, regs[i].reg, regs[i].def);
		if (!error && regs[i].delay_us)
			fsleep(regs[i].delay_us);
	}
	return error;
}

/* ------------------------------------------------------------------ the cache */

void regcache_cache_only(struct regmap *map, bool enable)
{
	map->cache_only = enable;
}

void regcache_cache_bypass(struct regmap *map, bool enable)
{
	map->cache_bypass = enable;
}

void regcache_mark_dirty(struct regmap *map)
{
	for (unsigned int i = 0; i < map->nr_cached; i++)
		map->cache[i].dirty = map->cache[i].valid;
}

int regcache_sync(struct regmap *map)
{
	int error = 0;

	lock(map);
	for (unsigned int i = 0; i < map->nr_cached && !error; i++)
		if (map->cache[i].dirty && may_write(map, i * map->stride)) {
			error = device_write(map, i * map->stride, map->cache[i].val);
			map->cache[i].dirty = error != 0;
		}
	unlock(map);
	return error;
}

int regcache_drop_region(struct regmap *map, unsigned int min, unsigned int max)
{
	lock(map);
	for (unsigned int i = min / map->stride;
		i <= max / map->stride && i < map->nr_cached; i++)
		map->cache[i].valid = map->cache[i].dirty = false;
	unlock(map);
	return 0;
}

static int make_cache(struct regmap *map)
{
	const struct regmap_config *config = &map->config;

	if (config->cache_type == REGCACHE_NONE ||
		config->max_register / map->stride >= MAX_CACHED)
		return 0;
	map->nr_cached = config->max_register / map->stride + 1;
	map->cache = kvcalloc(map->nr_cached, sizeof(*map->cache), GFP_KERNEL);
	if (!map->cache)
		return -ENOMEM;
	for (unsigned int i = 0; i < config->num_reg_defaults; i++)
		if (config->reg_defaults[i].reg / map->stride < map->nr_cached)
			map->cache[config->reg_defaults[i].reg / map->stride] =
				(struct cached){ .val = config->reg_defaults[i].def,
					.valid = true };
	return 0;
}

/* ------------------------------------------------------------------ maps */

static struct regmap *fill(struct regmap *map, struct device *dev,
	enum qy_regmap_kind kind, const struct regmap_bus *bus, void *context,
	const struct regmap_config *config)
{
	map->config = *config;
	if (bus)
		map->bus = *bus;
	else
		map->bus = (struct regmap_bus){ .reg_read = config->reg_read,
			.reg_write = config->reg_write };
	map->kind = kind;
	map->dev = dev;
	map->context = context;
	map->stride = config->reg_stride ? (unsigned int)config->reg_stride : 1;
	map->val_bytes = config->val_bits ? ((unsigned int)config->val_bits + 7) / 8 : 4;
	map->swapped =
		kind == QY_REGMAP_MMIO && config->val_format_endian == REGMAP_ENDIAN_BIG;
	map->fast = kind == QY_REGMAP_MMIO || config->fast_io || (bus && bus->fast_io);
	mutex_init(&map->mutex);
	spin_lock_init(&map->spin);
	INIT_LIST_HEAD(&map->link);
	return map;
}

static void exit_managed(struct device *dev, void *res)
{
	(void)dev;
	regmap_exit(*(struct regmap **)res);
}

static bool is_bad(enum qy_regmap_kind kind, const struct regmap_config *config)
{
	if (!config)
		return true;
	return kind == QY_REGMAP_MMIO &&
	       (config->val_bits > 32 || config->val_bits % 8 || !config->val_bits ||
		       (config->reg_stride && config->reg_stride < config->val_bits / 8));
}

struct regmap *qy_compat_regmap(struct device *dev, enum qy_regmap_kind kind,
	const struct regmap_bus *bus, void *context, const struct regmap_config *config,
	bool managed)
{
	struct regmap *map, **res = NULL;

	if (is_bad(kind, config))
		return ERR_PTR(-EINVAL);
	if (managed) {
		res = qy_compat_devres_alloc(
			exit_managed, sizeof(*res), GFP_KERNEL, "devm_regmap_init");
		if (!res)
			return ERR_PTR(-ENOMEM);
	}
	map = kzalloc(sizeof(*map), GFP_KERNEL);
	if (map)
		fill(map, dev, kind, bus, context, config);
	if (!map || make_cache(map)) {
		kfree(map);
		if (res)
			devres_free(res);
		return ERR_PTR(-ENOMEM);
	}
	if (res) {
		*res = map;
		devres_add(dev, res);
		list_add(&map->link, &model_of(qy_compat_world())->regmaps);
	}
	return map;
}

void regmap_exit(struct regmap *map)
{
	list_del(&map->link);
	if (map->bus.free_context)
		map->bus.free_context(map->context);
	kvfree(map->cache);
	kfree(map);
}

struct regmap *dev_get_regmap(struct device *dev, const char *name)
{
	struct regmap *map;

	list_for_each_entry(map, &model_of(qy_compat_world())->regmaps, link)
		if (map->dev == dev && !map->syscon &&
			(!name || (map->config.name && !strcmp(map->config.name, name))))
			return map;
	return NULL;
}

struct device *regmap_get_device(struct regmap *map)
{
	return map->dev;
}

int regmap_get_val_bytes(struct regmap *map)
{
	return (int)map->val_bytes;
}

int regmap_get_max_register(struct regmap *map)
{
	return map->config.max_register ? (int)map->config.max_register : -EINVAL;
}

int regmap_get_reg_stride(struct regmap *map)
{
	return (int)map->stride;
}

/* ------------------------------------------------------------------ fields */

static unsigned int mask_of(const struct reg_field *field)
{
	return (~0u << field->lsb) & (~0u >> (31 - field->msb));
}

struct regmap_field *regmap_field_alloc(struct regmap *map, struct reg_field field)
{
	struct regmap_field *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return ERR_PTR(-ENOMEM);
	*f = (struct regmap_field){ map, field };
	return f;
}

void regmap_field_free(struct regmap_field *field)
{
	kfree(field);
}

struct regmap_field *devm_regmap_field_alloc(
	struct device *dev, struct regmap *map, struct reg_field field)
{
	struct regmap_field *f = devm_kzalloc(dev, sizeof(*f), GFP_KERNEL);

	if (!f)
		return ERR_PTR(-ENOMEM);
	*f = (struct regmap_field){ map, field };
	return f;
}

int regmap_field_read(struct regmap_field *field, unsigned int *val)
{
	unsigned int reg;
	int error = regmap_read(field->map, field->field.reg, &reg);

	if (!error)
		*val = (reg & mask_of(&field->field)) >> field->field.lsb;
	return error;
}

int regmap_field_write(struct regmap_field *field, unsigned int val)
{
	return regmap_update_bits(field->map, field->field.reg, mask_of(&field->field),
		val << field->field.lsb);
}

/* ------------------------------------------------------------------ maps that drivers share */

static const struct regmap_config syscon_config = {
	.reg_bits = 32, .val_bits = 32, .reg_stride = 4
};

/* Memory of the host: it belongs to nobody's driver. */
struct regmap *device_node_to_regmap(struct device_node *np)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct regmap *map;
	u64 base, size;
	void *regs;

	if (!np)
		return ERR_PTR(-EINVAL);
	list_for_each_entry(map, &model->regmaps, link)
		if (map->syscon == np)
			return map;
	if (qy_compat_of_reg(np, 0, &base, &size))
		return ERR_PTR(-ENOMEM); /* as there: nothing to map */
	regs = qy_compat_registers_at(base, size);
	map = regs ? qy_host_zalloc(sizeof(*map)) : NULL;
	if (!map)
		return ERR_PTR(-ENOMEM);
	fill(map, NULL, QY_REGMAP_MMIO, NULL, regs, &syscon_config);
	map->config.max_register = (unsigned int)size - 4;
	map->syscon = np;
	list_add(&map->link, &model->regmaps);
	return map;
}

struct regmap *syscon_node_to_regmap(struct device_node *np)
{
	return of_device_is_compatible(np, "syscon") ? device_node_to_regmap(np)
						     : ERR_PTR(-EINVAL);
}

struct regmap *syscon_regmap_lookup_by_compatible(const char *compatible)
{
	struct device_node *np = qy_compat_of_compatible(NULL, compatible);

	return np ? syscon_node_to_regmap(np) : ERR_PTR(-ENODEV);
}

struct regmap *syscon_regmap_lookup_by_phandle(
	struct device_node *np, const char *property)
{
	struct device_node *syscon =
		property ? qy_compat_of_phandle(np, property, 0) : np;

	return syscon ? syscon_node_to_regmap(syscon) : ERR_PTR(-ENODEV);
}

struct regmap *syscon_regmap_lookup_by_phandle_args(
	struct device_node *np, const char *property, int nr, unsigned int *args)
{
	struct of_phandle_args found;
	int error = qy_compat_of_args(np, property, NULL, nr, 0, &found);

	if (error)
		return ERR_PTR(error);
	for (int i = 0; i < nr; i++)
		args[i] = found.args[i];
	return syscon_node_to_regmap(found.np);
}

struct regmap *syscon_regmap_lookup_by_phandle_optional(
	struct device_node *np, const char *property)
{
	struct regmap *map = syscon_regmap_lookup_by_phandle(np, property);

	return IS_ERR(map) && PTR_ERR(map) == -ENODEV ? NULL : map;
}

void qy_compat_regmap_down(struct qy_world *w)
{
	struct regmap *map, *next;

	list_for_each_entry_safe(map, next, &model_of(w)->regmaps, link)
		if (map->syscon)
			qy_host_free(map);
}
