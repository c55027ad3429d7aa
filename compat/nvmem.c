// SPDX-License-Identifier: MIT
/*
 * Memory that keeps its content (linux/nvmem-provider.h) and who reads its cells (linux/nvmem-consumer.h).
 *
 * A device of its own, of the board's memory as on Linux; its cells are records of the same kind. A reference is the provider's,
 * each of the others a consumer's, who holds the provider's module as well.
 *
 * Locking: none; see world.h.
 */
#include <linux/gpio/consumer.h>
#include <linux/kref.h>
#include <linux/module.h>
#include <linux/nvmem-provider.h>
#include <linux/property.h>
#include <linux/uaccess.h>
#include "compat/entry.h"

struct nvmem_device {
	struct device dev;
	struct nvmem_config config; /* its texts are the provider's */
	struct kref refs;
	struct list_head cells;
	struct gpio_desc *wp;
	struct entry *file, *eeprom;
	bool read_only, unregistered;
};

struct cell {
	struct list_head link;
	char *name;
	struct device_node *np;
	unsigned int offset, bytes, bit_offset, nbits;
	int (*post_process)(void *priv, const char *id, int index, unsigned int offset,
		void *buf, size_t bytes);
	void *priv;
};

struct nvmem_cell {
	struct nvmem_device *nvmem;
	struct cell cell;
	const char *id;
};

static struct nvmem_device *nvmem_of(struct device *dev)
{
	return container_of(dev, struct nvmem_device, dev);
}

/* ------------------------------------------------------------------ what the provider does */

static int ask(struct nvmem_device *nvmem, unsigned int offset, u8 *buf, size_t n)
{
	const struct nvmem_config *c = &nvmem->config;

	if (nvmem->unregistered)
		return -EINVAL;
	return c->reg_read ? c->reg_read(c->priv, offset, buf, n) : -EINVAL;
}

static int tell(struct nvmem_device *nvmem, unsigned int offset, u8 *buf, size_t n)
{
	const struct nvmem_config *c = &nvmem->config;
	int error;

	if (nvmem->unregistered || !c->reg_write)
		return -EINVAL;
	gpiod_set_value_cansleep(nvmem->wp, 0);
	error = c->reg_write(c->priv, offset, buf, n);
	gpiod_set_value_cansleep(nvmem->wp, 1);
	return error;
}

/* In pieces around what the provider keeps out. */
static int transfer(
	struct nvmem_device *nvmem, unsigned int offset, void *buf, size_t n, bool write)
{
	const struct nvmem_config *c = &nvmem->config;
	unsigned int end = offset + (unsigned int)n, at = offset, until;
	int error = 0;

	for (unsigned int k = 0; !error && at < end; at = until) {
		const struct nvmem_keepout *out = k < c->nkeepout ? &c->keepout[k] : NULL;
		u8 *part = (u8 *)buf + (at - offset);

		until = !out ? end : at < out->start ? min(end, out->start) : at;
		if (until > at) {
			error = write ? tell(nvmem, at, part, until - at)
				      : ask(nvmem, at, part, until - at);
			continue;
		}
		until = max(at, min(end, out->end));
		if (!write && until > at)
			memset(part, out->value, until - at);
		k++;
	}
	return error;
}

int nvmem_device_read(
	struct nvmem_device *nvmem, unsigned int offset, size_t bytes, void *buf)
{
	int error = nvmem ? transfer(nvmem, offset, buf, bytes, false) : -EINVAL;

	return error ? error : (int)bytes;
}

int nvmem_device_write(
	struct nvmem_device *nvmem, unsigned int offset, size_t bytes, void *buf)
{
	int error = nvmem ? transfer(nvmem, offset, buf, bytes, true) : -EINVAL;

	return error ? error : (int)bytes;
}

/* ------------------------------------------------------------------ its file */

static ssize_t access_file(
	struct file *file, char *to, const char *from, size_t n, loff_t *pos)
{
	struct nvmem_device *nvmem = file_inode(file)->i_private;
	const struct nvmem_config *c = &nvmem->config;
	u8 *buf;
	ssize_t ret;

	if (*pos < 0 || *pos >= c->size)
		return from ? -EFBIG : 0;
	if (*pos % c->stride || n < (size_t)c->word_size)
		return -EINVAL;
	n = min_t(size_t, n, (size_t)(c->size - *pos));
	n = min_t(size_t, n, PAGE_SIZE);
	n -= n % (size_t)c->word_size;
	if (!n)
		return 0;
	buf = qy_kmalloc(qy_this_machine(), n, GFP_KERNEL | __GFP_ZERO);
	if (!buf)
		return -ENOMEM;
	if (from)
		ret = copy_from_user(buf, from, n) ? -EFAULT : 0;
	else
		ret = transfer(nvmem, (unsigned int)*pos, buf, n, false);
	if (!ret && from)
		ret = transfer(nvmem, (unsigned int)*pos, buf, n, true);
	else if (!ret)
		ret = copy_to_user(to, buf, n) ? -EFAULT : 0;
	qy_kfree(qy_this_machine(), buf);
	if (ret)
		return ret;
	*pos += (loff_t)n;
	return (ssize_t)n;
}

static ssize_t read_file(struct file *file, char *to, size_t n, loff_t *pos)
{
	return access_file(file, to, NULL, n, pos);
}

static ssize_t write_file(struct file *file, const char *from, size_t n, loff_t *pos)
{
	return access_file(file, NULL, from, n, pos);
}

static const struct file_operations read_only_fops = { .read = read_file },
				    write_only_fops = { .write = write_file },
				    fops = { .read = read_file, .write = write_file };

static struct entry *add_file(struct nvmem_device *nvmem, const char *fmt, const char *of)
{
	const struct nvmem_config *c = &nvmem->config;
	bool reads = c->reg_read, writes = !nvmem->read_only;
	umode_t mode = (umode_t)((writes ? 0200 : 0) | (reads ? 0400 : 0) |
				 (reads && !c->root_only ? 0044 : 0));
	struct entry *entry;
	char name[64];

	scnprintf(name, sizeof(name), fmt, of);
	entry = qy_compat_entry_add(ENTRY_SYS, name, mode, NULL, nvmem);
	if (!entry)
		return NULL;
	entry->fops = writes && reads ? &fops
		      : writes        ? &write_only_fops
				      : &read_only_fops;
	qy_let_go(QY_HELD_DEVICE, entry); /* the device is what is held */
	return entry;
}

/* ------------------------------------------------------------------ cells */

static void remove_cells(struct nvmem_device *nvmem)
{
	struct cell *cell, *next;

	list_for_each_entry_safe(cell, next, &nvmem->cells, link) {
		list_del(&cell->link);
		kfree(cell->name);
		kfree(cell);
	}
}

/* Return: 0, -EINVAL: it does not begin at a stride. */
static int place_cell(const struct nvmem_device *nvmem, struct cell *cell)
{
	if (cell->nbits)
		cell->bytes = DIV_ROUND_UP(cell->nbits + cell->bit_offset, 8);
	if (cell->offset % (unsigned int)nvmem->config.stride) {
		dev_err(&nvmem->dev, "cell %s unaligned to nvmem stride %d\n",
			cell->name ? cell->name : "<unknown>", nvmem->config.stride);
		return -EINVAL;
	}
	return 0;
}

static int add_cell(struct nvmem_device *nvmem, const struct cell *from)
{
	struct cell *cell = kzalloc(sizeof(*cell), GFP_KERNEL);
	int error;

	if (!cell)
		return -ENOMEM;
	*cell = *from;
	cell->name = kstrdup(from->name, GFP_KERNEL);
	error = cell->name ? place_cell(nvmem, cell) : -ENOMEM;
	if (error) {
		kfree(cell->name);
		kfree(cell);
		return error;
	}
	list_add_tail(&cell->link, &nvmem->cells);
	return 0;
}

static struct cell of_info(const struct nvmem_cell_info *info)
{
	return (struct cell){ .name = (char *)(uintptr_t)info->name,
		.np = info->np,
		.offset = info->offset,
		.bytes = info->bytes,
		.bit_offset = info->bit_offset,
		.nbits = info->nbits,
		.post_process = info->read_post_process,
		.priv = info->priv };
}

static int add_cells(struct nvmem_device *nvmem, bool children)
{
	const struct nvmem_config *c = &nvmem->config;
	struct device_node *np, *parent = nvmem->dev.of_node;
	struct cell cell = { .nbits = 0 };
	int error = 0;

	for (int i = 0; !error && c->cells && i < c->ncells; i++) {
		cell = of_info(&c->cells[i]);
		error = add_cell(nvmem, &cell);
	}
	np = parent ? qy_compat_of_child(parent, "nvmem-layout") : NULL;
	if (np)
		parent = np;
	else if (!children)
		return error;
	for (np = parent ? parent->child : NULL; np; np = np->sibling) {
		u32 reg[2], bits[2] = { 0, 0 };

		if (error || of_property_read_u32_array(np, "reg", reg, 2))
			continue;
		of_property_read_u32_array(np, "bits", bits, 2);
		cell = (struct cell){ .name = (char *)(uintptr_t)np->name,
			.np = np,
			.offset = reg[0],
			.bytes = reg[1],
			.bit_offset = bits[0],
			.nbits = bits[1] };
		error = add_cell(nvmem, &cell);
	}
	return error;
}

/* ------------------------------------------------------------------ it comes and goes */

static void free_nvmem(struct device *dev)
{
	struct nvmem_device *nvmem = nvmem_of(dev);

	if (nvmem->wp)
		gpiod_put(nvmem->wp);
	kfree(nvmem);
}

static void release_nvmem(struct kref *refs)
{
	struct nvmem_device *nvmem = container_of(refs, struct nvmem_device, refs);

	remove_cells(nvmem);
	qy_compat_put_device(&nvmem->dev);
}

static const struct class nvmem_class = { .name = "nvmem", .dev_release = free_nvmem };

static void name_it(struct nvmem_device *nvmem)
{
	const struct nvmem_config *c = &nvmem->config;
	const char *name = c->name ? c->name : "nvmem";

	if (c->name && c->id == NVMEM_DEVID_NONE)
		dev_set_name(&nvmem->dev, "%s", name);
	else
		dev_set_name(&nvmem->dev, "%s%d", name,
			c->name && c->id >= 0
				? c->id
				: (int)model_of(qy_compat_world())->next_nvmem++);
}

static int enter(struct nvmem_device *nvmem, bool children)
{
	const struct nvmem_config *c = &nvmem->config;
	int error = 0;

	if (!c->ignore_wp && !nvmem->read_only)
		nvmem->wp = gpiod_get_optional(c->dev, "wp", GPIOD_OUT_HIGH);
	if (IS_ERR(nvmem->wp)) {
		error = (int)PTR_ERR(nvmem->wp);
		nvmem->wp = NULL;
		return error;
	}
	error = device_add(&nvmem->dev);
	if (error)
		return error;
	error = add_cells(nvmem, children);
	nvmem->file = error ? NULL
			    : add_file(nvmem, "bus/nvmem/devices/%s/nvmem",
				      dev_name(&nvmem->dev));
	if (nvmem->file && c->compat && c->base_dev)
		nvmem->eeprom = add_file(
			nvmem, "bus/i2c/devices/%s/eeprom", dev_name(c->base_dev));
	if (nvmem->file)
		return 0;
	device_del(&nvmem->dev);
	return error ? error : -ENOMEM;
}

struct nvmem_device *qy_compat_nvmem_register(
	const struct nvmem_config *config, bool children)
{
	struct nvmem_device *nvmem;
	int error;

	might_sleep();
	if (!config->dev || (!config->reg_read && !config->reg_write))
		return ERR_PTR(-EINVAL);
	nvmem = kzalloc(sizeof(*nvmem), GFP_KERNEL);
	if (!nvmem)
		return ERR_PTR(-ENOMEM);
	nvmem->config = *config;
	if (!config->stride)
		nvmem->config.stride = 1;
	if (!config->word_size)
		nvmem->config.word_size = 1;
	nvmem->read_only = config->read_only || !config->reg_write ||
			   device_property_present(config->dev, "read-only");
	kref_init(&nvmem->refs);
	INIT_LIST_HEAD(&nvmem->cells);
	qy_compat_device_initialize(&nvmem->dev);
	nvmem->dev.class = (struct class *)(uintptr_t)&nvmem_class;
	nvmem->dev.parent = config->dev;
	if (!config->no_of_node)
		nvmem->dev.of_node =
			config->of_node ? config->of_node : config->dev->of_node;
	name_it(nvmem);
	error = enter(nvmem, children);
	if (error) {
		kref_put(&nvmem->refs, release_nvmem);
		return ERR_PTR(error);
	}
	return nvmem;
}

void nvmem_unregister(struct nvmem_device *nvmem)
{
	if (!nvmem)
		return;
	might_sleep();
	qy_compat_entry_remove(nvmem->file);
	if (nvmem->eeprom)
		qy_compat_entry_remove(nvmem->eeprom);
	device_del(&nvmem->dev);
	nvmem->unregistered = true;
	kref_put(&nvmem->refs, release_nvmem);
}

static void unregister(void *nvmem)
{
	nvmem_unregister(nvmem);
}

struct nvmem_device *qy_compat_devm_nvmem_register(
	struct device *dev, const struct nvmem_config *config, bool children)
{
	struct nvmem_device *nvmem = qy_compat_nvmem_register(config, children);
	int error;

	if (IS_ERR(nvmem))
		return nvmem;
	error = devm_add_action_or_reset(dev, unregister, nvmem);
	return error ? ERR_PTR(error) : nvmem;
}

/* ------------------------------------------------------------------ who has one */

struct wanted {
	const struct device_node *np; /* or */
	const char *name;
};

static struct nvmem_device *find(const struct wanted *want)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(qy_compat_world())->classed, qy_link)
		if (dev->class == &nvmem_class &&
			(want->np ? dev->of_node == want->np
				  : !strcmp(dev_name(dev), want->name)))
			return nvmem_of(dev);
	return NULL;
}

static struct nvmem_device *get(const struct wanted *want)
{
	struct nvmem_device *nvmem = find(want);

	if (!nvmem)
		return ERR_PTR(-EPROBE_DEFER);
	if (!qy_compat_module_get(nvmem->config.owner))
		return ERR_PTR(-EINVAL);
	kref_get(&nvmem->refs);
	return nvmem;
}

void nvmem_device_put(struct nvmem_device *nvmem)
{
	qy_compat_module_put(nvmem->config.owner);
	kref_put(&nvmem->refs, release_nvmem);
}

const char *nvmem_dev_name(struct nvmem_device *nvmem)
{
	return dev_name(&nvmem->dev);
}

struct nvmem_device *of_nvmem_device_get(struct device_node *np, const char *id)
{
	int index = id ? of_property_match_string(np, "nvmem-names", id) : 0;
	struct wanted want = { .np = qy_compat_of_phandle(np, "nvmem", index) };

	return want.np ? get(&want) : ERR_PTR(-ENOENT);
}

struct nvmem_device *nvmem_device_get(struct device *dev, const char *name)
{
	struct wanted want = { .name = name };
	struct nvmem_device *nvmem;

	if (dev && dev->of_node) {
		nvmem = of_nvmem_device_get(dev->of_node, name);
		if (!IS_ERR(nvmem) || PTR_ERR(nvmem) == -EPROBE_DEFER)
			return nvmem;
	}
	return get(&want);
}

static void put_nvmem(void *nvmem)
{
	nvmem_device_put(nvmem);
}

struct nvmem_device *devm_nvmem_device_get(struct device *dev, const char *id)
{
	struct nvmem_device *nvmem = nvmem_device_get(dev, id);
	int error = IS_ERR(nvmem) ? 0 : devm_add_action_or_reset(dev, put_nvmem, nvmem);

	return error ? ERR_PTR(error) : nvmem;
}

/* ------------------------------------------------------------------ who has a cell */

struct nvmem_cell *of_nvmem_cell_get(struct device_node *np, const char *id)
{
	int index = id ? of_property_match_string(np, "nvmem-cell-names", id) : 0;
	struct device_node *its = qy_compat_of_phandle(np, "nvmem-cells", index), *of;
	struct nvmem_cell *handle;
	struct nvmem_device *nvmem;
	struct cell *cell;

	if (!its)
		return ERR_PTR(-ENOENT);
	of = its->parent;
	if (of && !strcmp(of->name, "nvmem-layout"))
		of = of->parent;
	nvmem = get(&(struct wanted){ .np = of });
	if (IS_ERR(nvmem))
		return ERR_CAST(nvmem);
	list_for_each_entry(cell, &nvmem->cells, link) {
		if (cell->np != its)
			continue;
		handle = kzalloc(sizeof(*handle), GFP_KERNEL);
		if (!handle) {
			nvmem_device_put(nvmem);
			return ERR_PTR(-ENOMEM);
		}
		handle->nvmem = nvmem;
		handle->cell = *cell;
		handle->id = id;
		return handle;
	}
	nvmem_device_put(nvmem);
	return ERR_PTR(-ENOENT);
}

struct nvmem_cell *nvmem_cell_get(struct device *dev, const char *id)
{
	if (!dev->of_node)
		return ERR_PTR(id ? -ENOENT : -EINVAL);
	return of_nvmem_cell_get(dev->of_node, id);
}

void nvmem_cell_put(struct nvmem_cell *cell)
{
	nvmem_device_put(cell->nvmem);
	kfree(cell);
}

static void put_cell(void *cell)
{
	nvmem_cell_put(cell);
}

struct nvmem_cell *devm_nvmem_cell_get(struct device *dev, const char *id)
{
	struct nvmem_cell *cell = nvmem_cell_get(dev, id);
	int error = IS_ERR(cell) ? 0 : devm_add_action_or_reset(dev, put_cell, cell);

	return error ? ERR_PTR(error) : cell;
}

void devm_nvmem_cell_put(struct device *dev, struct nvmem_cell *cell)
{
	devm_release_action(dev, put_cell, cell);
}

/* ------------------------------------------------------------------ what a cell holds */

static bool bit_of(const u8 *bytes, unsigned int n)
{
	return bytes[n / 8] >> n % 8 & 1;
}

static void set_bit_of(u8 *bytes, unsigned int n, bool on)
{
	bytes[n / 8] = (u8)((bytes[n / 8] & ~(1u << n % 8)) | (unsigned int)on << n % 8);
}

static int read_cell(
	struct nvmem_device *nvmem, const struct cell *cell, const char *id, u8 *buf)
{
	const struct nvmem_config *c = &nvmem->config;
	int error = transfer(nvmem, cell->offset, buf, cell->bytes, false);

	for (unsigned int n = 0; !error && cell->nbits && n < 8 * cell->bytes; n++)
		set_bit_of(buf, n, n < cell->nbits && bit_of(buf, n + cell->bit_offset));
	if (!error && c->cell_post_process)
		error = c->cell_post_process(c->priv, id, cell->offset, buf, cell->bytes);
	if (!error && cell->post_process)
		error = cell->post_process(
			cell->priv, id, 0, cell->offset, buf, cell->bytes);
	return error;
}

static int write_cell(struct nvmem_device *nvmem, const struct cell *cell, u8 *buf)
{
	u8 *whole = buf;
	int error = 0;

	if (nvmem->read_only)
		return -EINVAL;
	if (cell->nbits) { /* with what stands around it */
		whole = kzalloc(cell->bytes, GFP_KERNEL);
		if (!whole)
			return -ENOMEM;
		error = transfer(nvmem, cell->offset, whole, cell->bytes, false);
		for (unsigned int n = 0; n < cell->nbits; n++)
			set_bit_of(whole, n + cell->bit_offset, bit_of(buf, n));
	}
	if (!error)
		error = transfer(nvmem, cell->offset, whole, cell->bytes, true);
	if (whole != buf)
		kfree(whole);
	return error ? error : (int)cell->bytes;
}

void *nvmem_cell_read(struct nvmem_cell *handle, size_t *len)
{
	u8 *buf = kzalloc(handle->cell.bytes, GFP_KERNEL);
	int error;

	if (!buf)
		return ERR_PTR(-ENOMEM);
	error = read_cell(handle->nvmem, &handle->cell, handle->id, buf);
	if (error) {
		kfree(buf);
		return ERR_PTR(error);
	}
	if (len)
		*len = handle->cell.bytes;
	return buf;
}

int nvmem_cell_write(struct nvmem_cell *handle, void *buf, size_t len)
{
	const struct cell *cell = &handle->cell;

	if (cell->nbits ? len > cell->bytes || 8 * len < cell->nbits : len != cell->bytes)
		return -EINVAL;
	return write_cell(handle->nvmem, cell, buf);
}

/* @exact: as many bytes as the number has; else at most, the rest is 0. */
static int read_number(
	struct device *dev, const char *id, void *val, size_t bytes, bool exact)
{
	struct nvmem_cell *cell = nvmem_cell_get(dev, id);
	void *buf;
	size_t len = 0;
	int error = 0;

	if (IS_ERR(cell))
		return (int)PTR_ERR(cell);
	buf = nvmem_cell_read(cell, &len);
	if (IS_ERR(buf)) {
		error = (int)PTR_ERR(buf);
	} else {
		if (exact ? len != bytes : len > bytes)
			error = exact ? -EINVAL : -ERANGE;
		else
			memcpy(memset(val, 0, bytes), buf, len);
		kfree(buf);
	}
	nvmem_cell_put(cell);
	return error;
}

int nvmem_cell_read_u8(struct device *dev, const char *id, u8 *val)
{
	return read_number(dev, id, val, sizeof(*val), true);
}

int nvmem_cell_read_u16(struct device *dev, const char *id, u16 *val)
{
	return read_number(dev, id, val, sizeof(*val), true);
}

int nvmem_cell_read_u32(struct device *dev, const char *id, u32 *val)
{
	return read_number(dev, id, val, sizeof(*val), true);
}

int nvmem_cell_read_u64(struct device *dev, const char *id, u64 *val)
{
	return read_number(dev, id, val, sizeof(*val), true);
}

int nvmem_cell_read_variable_le_u32(struct device *dev, const char *id, u32 *val)
{
	return read_number(dev, id, val, sizeof(*val), false);
}

int nvmem_cell_read_variable_le_u64(struct device *dev, const char *id, u64 *val)
{
	return read_number(dev, id, val, sizeof(*val), false);
}

ssize_t nvmem_device_cell_read(
	struct nvmem_device *nvmem, struct nvmem_cell_info *info, void *buf)
{
	struct cell cell = of_info(info);
	int error = nvmem ? place_cell(nvmem, &cell) : -EINVAL;

	if (!error)
		error = read_cell(nvmem, &cell, NULL, buf);
	return error ? error : (ssize_t)cell.bytes;
}

int nvmem_device_cell_write(
	struct nvmem_device *nvmem, struct nvmem_cell_info *info, void *buf)
{
	struct cell cell = of_info(info);
	int error = nvmem ? place_cell(nvmem, &cell) : -EINVAL;

	return error ? error : write_cell(nvmem, &cell, buf);
}
