// SPDX-License-Identifier: MIT
/*
 * FPGAs: managers, bridges, regions (linux/fpga/). Each is a device of the board's memory with its class's attributes.
 *
 * Locking: ref_mutex of a manager, mutex of a bridge and of a region are held by who uses them, as on Linux.
 */
#include <linux/dma-mapping.h>
#include <linux/firmware.h>
#include <linux/fpga/fpga-region.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include "compat/model.h"

static struct module *owner_of(const struct device *dev)
{
	return dev->parent && dev->parent->driver ? dev->parent->driver->owner : NULL;
}

/* The device of @class that is of the node @np or below @parent. */
static struct device *find(const struct class *class, const struct device_node *np,
	const struct device *parent)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(qy_compat_world())->classed, qy_link)
		if (dev->class == class &&
			(np ? dev->of_node == np : dev->parent == parent))
			return dev;
	return NULL;
}

static int enter(struct device *dev, struct device *parent, const struct class *class,
	const struct attribute_group **groups, const char *fmt, int id)
{
	qy_compat_device_initialize(dev);
	dev->class = (struct class *)(uintptr_t) class;
	dev->parent = parent;
	dev->of_node = parent->of_node;
	dev->groups = groups;
	dev_set_name(dev, fmt, id);
	return device_add(dev);
}

/* ------------------------------------------------------------------ managers: attributes */

static const char *const states[] = {
	[FPGA_MGR_STATE_UNKNOWN] = "unknown",
	[FPGA_MGR_STATE_POWER_OFF] = "power off",
	[FPGA_MGR_STATE_POWER_UP] = "power up",
	[FPGA_MGR_STATE_RESET] = "reset",
	[FPGA_MGR_STATE_FIRMWARE_REQ] = "firmware request",
	[FPGA_MGR_STATE_FIRMWARE_REQ_ERR] = "firmware request error",
	[FPGA_MGR_STATE_PARSE_HEADER] = "parse header",
	[FPGA_MGR_STATE_PARSE_HEADER_ERR] = "parse header error",
	[FPGA_MGR_STATE_WRITE_INIT] = "write init",
	[FPGA_MGR_STATE_WRITE_INIT_ERR] = "write init error",
	[FPGA_MGR_STATE_WRITE] = "write",
	[FPGA_MGR_STATE_WRITE_ERR] = "write error",
	[FPGA_MGR_STATE_WRITE_COMPLETE] = "write complete",
	[FPGA_MGR_STATE_WRITE_COMPLETE_ERR] = "write complete error",
	[FPGA_MGR_STATE_OPERATING] = "operating",
};

static const char *const failures[] = { "reconfig operation error", "reconfig CRC error",
	"reconfig incompatible image", "reconfig IP protocol error",
	"reconfig fifo overflow error" };

static ssize_t name_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)attr;
	return sysfs_emit(buf, "%s\n", to_fpga_manager(dev)->name);
}

static ssize_t state_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)attr;
	return sysfs_emit(buf, "%s\n", states[to_fpga_manager(dev)->state]);
}

static ssize_t status_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fpga_manager *mgr = to_fpga_manager(dev);
	u64 status;
	int n = 0;

	(void)attr;
	if (!mgr->mops->status)
		return -ENOENT;
	status = mgr->mops->status(mgr);
	for (size_t i = 0; i < ARRAY_SIZE(failures); i++)
		if (status >> i & 1)
			n += sysfs_emit_at(buf, n, "%s\n", failures[i]);
	return n;
}

static const struct device_attribute name_attr = __ATTR_RO(name),
				     state_attr = __ATTR_RO(state),
				     status_attr = __ATTR_RO(status);
static struct attribute *const mgr_attrs[] = {
	(struct attribute *)(uintptr_t)&name_attr.attr,
	(struct attribute *)(uintptr_t)&state_attr.attr,
	(struct attribute *)(uintptr_t)&status_attr.attr, NULL
};
static const struct attribute_group mgr_group = {
	.attrs = (struct attribute **)(uintptr_t)mgr_attrs
};
static const struct attribute_group *mgr_groups[] = { &mgr_group, NULL };

static void free_mgr(struct device *dev)
{
	kfree(to_fpga_manager(dev));
}

static const struct class mgr_class = {
	.name = "fpga_manager", .dev_groups = mgr_groups, .dev_release = free_mgr
};

/* ------------------------------------------------------------------ managers: loading */

static int now(struct fpga_manager *mgr, enum fpga_mgr_states state, int error,
	enum fpga_mgr_states failed, const char *what)
{
	mgr->state = error ? failed : state;
	if (error)
		dev_err(&mgr->dev, "Error %s\n", what);
	return error;
}

static int parse_header(struct fpga_manager *mgr, struct fpga_image_info *info,
	const char *buf, size_t count)
{
	int error = 0;

	mgr->state = FPGA_MGR_STATE_PARSE_HEADER;
	if (mgr->mops->parse_header)
		error = mgr->mops->parse_header(mgr, info, buf, count);
	if (!error && info->header_size > info->count)
		error = -EINVAL;
	return now(mgr, mgr->state, error, FPGA_MGR_STATE_PARSE_HEADER_ERR,
		"while parsing FPGA image header");
}

/* @buf has at least the header; NULL: the driver wants none. */
static int write_init(struct fpga_manager *mgr, struct fpga_image_info *info,
	const char *buf, size_t count)
{
	int error = 0;

	mgr->state = FPGA_MGR_STATE_WRITE_INIT;
	if (mgr->mops->write_init)
		error = mgr->mops->write_init(mgr, info, buf, count);
	return now(mgr, mgr->state, error, FPGA_MGR_STATE_WRITE_INIT_ERR,
		"preparing FPGA for writing");
}

static int write_complete(struct fpga_manager *mgr, struct fpga_image_info *info)
{
	int error = 0;

	mgr->state = FPGA_MGR_STATE_WRITE_COMPLETE;
	if (mgr->mops->write_complete)
		error = mgr->mops->write_complete(mgr, info);
	return now(mgr, FPGA_MGR_STATE_OPERATING, error,
		FPGA_MGR_STATE_WRITE_COMPLETE_ERR, "after writing image data to FPGA");
}

static int begin(struct fpga_manager *mgr, struct fpga_image_info *info, const char *buf,
	size_t count)
{
	size_t header = mgr->mops->initial_header_size;
	int error;

	if (header > count)
		return -EINVAL;
	error = header || mgr->mops->parse_header
			? parse_header(mgr, info, buf, header ? header : count)
			: 0;
	if (error)
		return error;
	header = max(header, info->header_size);
	return write_init(mgr, info, header ? buf : NULL, header);
}

/* Page by page: a buffer of vmalloc() lies behind itself in no other way. */
static int write_pages(struct fpga_manager *mgr, const char *buf, size_t count)
{
	size_t first = (unsigned long)buf % PAGE_SIZE;
	unsigned int nr = (unsigned int)DIV_ROUND_UP(first + count, PAGE_SIZE), i;
	struct scatterlist *sg;
	struct sg_table sgt;
	int error = sg_alloc_table(&sgt, nr, GFP_KERNEL);

	if (error)
		return error;
	for_each_sgtable_sg(&sgt, sg, i)
	{
		size_t at = (unsigned long)buf % PAGE_SIZE;
		unsigned int part = (unsigned int)min_t(size_t, PAGE_SIZE - at, count);

		sg_set_page(sg,
			is_vmalloc_addr(buf) ? vmalloc_to_page(buf) : virt_to_page(buf),
			part, (unsigned int)at);
		buf += part;
		count -= part;
	}
	error = mgr->mops->write_sg(mgr, &sgt);
	sg_free_table(&sgt);
	return error;
}

static int load_buf(struct fpga_manager *mgr, struct fpga_image_info *info,
	const char *buf, size_t count)
{
	size_t skip;
	int error;

	info->count = count;
	error = begin(mgr, info, buf, count);
	if (error)
		return error;
	skip = mgr->mops->skip_header ? info->header_size : 0;
	buf += skip;
	count -= skip;
	if (info->data_size && info->data_size < count)
		count = info->data_size;
	mgr->state = FPGA_MGR_STATE_WRITE;
	error = mgr->mops->write ? mgr->mops->write(mgr, buf, count)
				 : write_pages(mgr, buf, count);
	error = now(mgr, mgr->state, error, FPGA_MGR_STATE_WRITE_ERR,
		"while writing image data to FPGA");
	return error ? error : write_complete(mgr, info);
}

static int load_sg(struct fpga_manager *mgr, struct fpga_image_info *info)
{
	struct sg_table *sgt = info->sgt;
	size_t bytes = 0;
	struct scatterlist *sg;
	unsigned int i;
	char *copy;
	int error;

	for_each_sgtable_sg(sgt, sg, i) bytes += sg->length;
	copy = vmalloc(bytes); /* the whole for who wants one buffer, or the header */
	if (!copy)
		return -ENOMEM;
	sg_copy_to_buffer(sgt->sgl, sgt->orig_nents, copy, bytes);
	if (!mgr->mops->write_sg) {
		error = load_buf(mgr, info, copy, bytes);
		vfree(copy);
		return error;
	}
	info->count = bytes;
	error = begin(mgr, info, copy, bytes);
	vfree(copy);
	if (error)
		return error;
	mgr->state = FPGA_MGR_STATE_WRITE;
	error = now(mgr, mgr->state, mgr->mops->write_sg(mgr, sgt),
		FPGA_MGR_STATE_WRITE_ERR, "while writing image data to FPGA");
	return error ? error : write_complete(mgr, info);
}

static int load_firmware(struct fpga_manager *mgr, struct fpga_image_info *info)
{
	const struct firmware *fw;
	int error;

	mgr->state = FPGA_MGR_STATE_FIRMWARE_REQ;
	error = request_firmware(&fw, info->firmware_name, &mgr->dev);
	if (error) {
		mgr->state = FPGA_MGR_STATE_FIRMWARE_REQ_ERR;
		dev_err(&mgr->dev, "Error requesting firmware %s\n", info->firmware_name);
		return error;
	}
	error = load_buf(mgr, info, (const char *)fw->data, fw->size);
	release_firmware(fw);
	return error;
}

int fpga_mgr_load(struct fpga_manager *mgr, struct fpga_image_info *info)
{
	might_sleep();
	info->header_size = mgr->mops->initial_header_size;
	if (info->sgt)
		return load_sg(mgr, info);
	if (info->buf && info->count)
		return load_buf(mgr, info, info->buf, info->count);
	return info->firmware_name ? load_firmware(mgr, info) : -EINVAL;
}

struct fpga_image_info *fpga_image_info_alloc(struct device *dev)
{
	struct fpga_image_info *info;

	qy_compat_get_device(dev);
	info = devm_kzalloc(dev, sizeof(*info), GFP_KERNEL);
	if (!info) {
		qy_compat_put_device(dev);
		return NULL;
	}
	info->dev = dev;
	return info;
}

void fpga_image_info_free(struct fpga_image_info *info)
{
	struct device *dev;

	if (!info)
		return;
	dev = info->dev;
	if (info->firmware_name)
		devm_kfree(dev, info->firmware_name);
	devm_kfree(dev, info);
	qy_compat_put_device(dev);
}

int fpga_mgr_lock(struct fpga_manager *mgr)
{
	if (mutex_trylock(&mgr->ref_mutex))
		return 0;
	dev_err(&mgr->dev, "FPGA manager is in use.\n");
	return -EBUSY;
}

void fpga_mgr_unlock(struct fpga_manager *mgr)
{
	mutex_unlock(&mgr->ref_mutex);
}

/* ------------------------------------------------------------------ managers: they come and go */

static struct fpga_manager *get_mgr(struct device *dev)
{
	if (!dev || !qy_compat_module_get(owner_of(dev)))
		return ERR_PTR(-ENODEV);
	qy_compat_get_device(dev);
	return to_fpga_manager(dev);
}

struct fpga_manager *of_fpga_mgr_get(struct device_node *node)
{
	return get_mgr(node ? find(&mgr_class, node, NULL) : NULL);
}

struct fpga_manager *fpga_mgr_get(struct device *dev)
{
	return get_mgr(find(&mgr_class, NULL, dev));
}

void fpga_mgr_put(struct fpga_manager *mgr)
{
	qy_compat_module_put(owner_of(&mgr->dev));
	qy_compat_put_device(&mgr->dev);
}

struct fpga_manager *fpga_mgr_register_full(
	struct device *parent, const struct fpga_manager_info *info)
{
	const struct fpga_manager_ops *mops = info->mops;
	struct fpga_manager *mgr;
	int error;

	might_sleep();
	if (!mops || !(mops->write || mops->write_sg) ||
		(mops->write && mops->write_sg) ||
		(mops->skip_header && !mops->parse_header)) {
		dev_err(parent, "Attempt to register without fpga_manager_ops\n");
		return ERR_PTR(-EINVAL);
	}
	if (!info->name || !*info->name) {
		dev_err(parent, "Attempt to register with no name!\n");
		return ERR_PTR(-EINVAL);
	}
	mgr = kzalloc(sizeof(*mgr), GFP_KERNEL);
	if (!mgr)
		return ERR_PTR(-ENOMEM);
	mutex_init(&mgr->ref_mutex);
	mgr->name = info->name;
	mgr->mops = mops;
	mgr->priv = info->priv;
	mgr->compat_id = info->compat_id;
	mgr->state = mops->state ? mops->state(mgr) : FPGA_MGR_STATE_UNKNOWN;
	error = enter(&mgr->dev, parent, &mgr_class, mops->groups, "fpga%d",
		model_of(qy_compat_world())->next_fpga++);
	if (!error)
		return mgr;
	qy_compat_put_device(&mgr->dev);
	return ERR_PTR(error);
}

struct fpga_manager *fpga_mgr_register(struct device *parent, const char *name,
	const struct fpga_manager_ops *mops, void *priv)
{
	const struct fpga_manager_info info = {
		.name = name, .mops = mops, .priv = priv
	};

	return fpga_mgr_register_full(parent, &info);
}

void fpga_mgr_unregister(struct fpga_manager *mgr)
{
	dev_info(&mgr->dev, "%s %s\n", __func__, mgr->name);
	if (mgr->mops->fpga_remove)
		mgr->mops->fpga_remove(mgr);
	device_unregister(&mgr->dev);
}

static void unregister_mgr(void *mgr)
{
	fpga_mgr_unregister(mgr);
}

struct fpga_manager *devm_fpga_mgr_register_full(
	struct device *parent, const struct fpga_manager_info *info)
{
	struct fpga_manager *mgr = fpga_mgr_register_full(parent, info);
	int error =
		IS_ERR(mgr) ? 0 : devm_add_action_or_reset(parent, unregister_mgr, mgr);

	return error ? ERR_PTR(error) : mgr;
}

struct fpga_manager *devm_fpga_mgr_register(struct device *parent, const char *name,
	const struct fpga_manager_ops *mops, void *priv)
{
	const struct fpga_manager_info info = {
		.name = name, .mops = mops, .priv = priv
	};

	return devm_fpga_mgr_register_full(parent, &info);
}

/* ------------------------------------------------------------------ bridges */

static ssize_t bridge_name_show(
	struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)attr;
	return sysfs_emit(buf, "%s\n", to_fpga_bridge(dev)->name);
}

static ssize_t bridge_state_show(
	struct device *dev, struct device_attribute *attr, char *buf)
{
	struct fpga_bridge *bridge = to_fpga_bridge(dev);
	int state = 1;

	(void)attr;
	if (bridge->br_ops->enable_show)
		state = bridge->br_ops->enable_show(bridge);
	return state < 0 ? state
			 : sysfs_emit(buf, "%s\n", state ? "enabled" : "disabled");
}

static const struct device_attribute bridge_name_attr =
					     __ATTR(name, 0444, bridge_name_show, NULL),
				     bridge_state_attr =
					     __ATTR(state, 0444, bridge_state_show, NULL);
static struct attribute *const bridge_attrs[] = {
	(struct attribute *)(uintptr_t)&bridge_name_attr.attr,
	(struct attribute *)(uintptr_t)&bridge_state_attr.attr, NULL
};
static const struct attribute_group bridge_group = {
	.attrs = (struct attribute **)(uintptr_t)bridge_attrs
};
static const struct attribute_group *bridge_groups[] = { &bridge_group, NULL };

static void free_bridge(struct device *dev)
{
	kfree(to_fpga_bridge(dev));
}

static const struct class bridge_class = {
	.name = "fpga_bridge", .dev_groups = bridge_groups, .dev_release = free_bridge
};

static struct fpga_bridge *get_bridge(struct device *dev, struct fpga_image_info *info)
{
	struct fpga_bridge *bridge = dev ? to_fpga_bridge(dev) : NULL;

	if (!bridge)
		return ERR_PTR(-ENODEV);
	if (!mutex_trylock(&bridge->mutex)) {
		dev_dbg(dev, "%s: FPGA Bridge already in use\n", __func__);
		return ERR_PTR(-EBUSY);
	}
	if (!qy_compat_module_get(owner_of(dev))) {
		mutex_unlock(&bridge->mutex);
		return ERR_PTR(-ENODEV);
	}
	qy_compat_get_device(dev);
	bridge->info = info;
	return bridge;
}

struct fpga_bridge *of_fpga_bridge_get(
	struct device_node *node, struct fpga_image_info *info)
{
	return get_bridge(node ? find(&bridge_class, node, NULL) : NULL, info);
}

struct fpga_bridge *fpga_bridge_get(struct device *dev, struct fpga_image_info *info)
{
	return get_bridge(find(&bridge_class, NULL, dev), info);
}

void fpga_bridge_put(struct fpga_bridge *bridge)
{
	bridge->info = NULL;
	qy_compat_module_put(owner_of(&bridge->dev));
	mutex_unlock(&bridge->mutex);
	qy_compat_put_device(&bridge->dev);
}

static int set(struct fpga_bridge *bridge, bool on)
{
	return bridge->br_ops->enable_set ? bridge->br_ops->enable_set(bridge, on) : 0;
}

int fpga_bridge_enable(struct fpga_bridge *bridge)
{
	return set(bridge, true);
}

int fpga_bridge_disable(struct fpga_bridge *bridge)
{
	return set(bridge, false);
}

static int set_all(struct list_head *bridges, bool on)
{
	struct fpga_bridge *bridge;
	int error = 0;

	list_for_each_entry(bridge, bridges, node)
		error = error ? error : set(bridge, on);
	return error;
}

int fpga_bridges_enable(struct list_head *bridges)
{
	return set_all(bridges, true);
}

int fpga_bridges_disable(struct list_head *bridges)
{
	return set_all(bridges, false);
}

void fpga_bridges_put(struct list_head *bridges)
{
	struct fpga_bridge *bridge, *next;

	list_for_each_entry_safe(bridge, next, bridges, node) {
		list_del(&bridge->node);
		fpga_bridge_put(bridge);
	}
}

static int to_list(struct fpga_bridge *bridge, struct list_head *bridges)
{
	if (!IS_ERR(bridge))
		list_add(&bridge->node, bridges);
	return PTR_ERR_OR_ZERO(bridge);
}

int fpga_bridge_get_to_list(
	struct device *dev, struct fpga_image_info *info, struct list_head *bridges)
{
	return to_list(fpga_bridge_get(dev, info), bridges);
}

int of_fpga_bridge_get_to_list(
	struct device_node *np, struct fpga_image_info *info, struct list_head *bridges)
{
	return to_list(of_fpga_bridge_get(np, info), bridges);
}

struct fpga_bridge *fpga_bridge_register(struct device *parent, const char *name,
	const struct fpga_bridge_ops *br_ops, void *priv)
{
	struct fpga_bridge *bridge;
	int error;

	might_sleep();
	if (!br_ops || !name || !*name) {
		dev_err(parent, "Attempt to register without %s\n",
			br_ops ? "a name" : "fpga_bridge_ops");
		return ERR_PTR(-EINVAL);
	}
	bridge = kzalloc(sizeof(*bridge), GFP_KERNEL);
	if (!bridge)
		return ERR_PTR(-ENOMEM);
	mutex_init(&bridge->mutex);
	INIT_LIST_HEAD(&bridge->node);
	bridge->name = name;
	bridge->br_ops = br_ops;
	bridge->priv = priv;
	error = enter(&bridge->dev, parent, &bridge_class, br_ops->groups, "br%d",
		model_of(qy_compat_world())->next_bridge++);
	if (!error)
		return bridge;
	qy_compat_put_device(&bridge->dev);
	return ERR_PTR(error);
}

void fpga_bridge_unregister(struct fpga_bridge *bridge)
{
	if (bridge->br_ops->fpga_bridge_remove)
		bridge->br_ops->fpga_bridge_remove(bridge);
	device_unregister(&bridge->dev);
}

/* ------------------------------------------------------------------ regions */

static ssize_t compat_id_show(
	struct device *dev, struct device_attribute *attr, char *buf)
{
	const struct fpga_compat_id *id = to_fpga_region(dev)->compat_id;

	(void)attr;
	return id ? sysfs_emit(buf, "%016llx%016llx\n", id->id_h, id->id_l) : -ENOENT;
}

static const struct device_attribute compat_id_attr = __ATTR_RO(compat_id);
static struct attribute *const region_attrs[] = {
	(struct attribute *)(uintptr_t)&compat_id_attr.attr, NULL
};
static const struct attribute_group region_group = {
	.attrs = (struct attribute **)(uintptr_t)region_attrs
};
static const struct attribute_group *region_groups[] = { &region_group, NULL };

static void free_region(struct device *dev)
{
	kfree(to_fpga_region(dev));
}

static const struct class region_class = {
	.name = "fpga_region", .dev_groups = region_groups, .dev_release = free_region
};

struct fpga_region *fpga_region_class_find(struct device *start, const void *data,
	int (*match)(struct device *dev, const void *data))
{
	struct device *dev = class_find_device(
		(struct class *)(uintptr_t)&region_class, start, data, match);

	return dev ? to_fpga_region(dev) : NULL;
}

static int program(struct fpga_region *region)
{
	struct device *dev = &region->dev;
	int error = fpga_mgr_lock(region->mgr);

	if (error) {
		dev_err(dev, "FPGA manager is busy\n");
		return error;
	}
	if (region->get_bridges)
		error = region->get_bridges(region);
	if (error) {
		dev_err(dev, "failed to get fpga region bridges\n");
		fpga_mgr_unlock(region->mgr);
		return error;
	}
	error = fpga_bridges_disable(&region->bridge_list);
	if (error)
		dev_err(dev, "failed to disable bridges\n");
	if (!error)
		error = fpga_mgr_load(region->mgr, region->info);
	if (!error)
		error = fpga_bridges_enable(&region->bridge_list);
	if (error && region->get_bridges)
		fpga_bridges_put(&region->bridge_list);
	fpga_mgr_unlock(region->mgr);
	return error;
}

int fpga_region_program_fpga(struct fpga_region *region)
{
	int error;

	might_sleep();
	if (!mutex_trylock(&region->mutex)) {
		dev_dbg(&region->dev, "%s: FPGA Region already in use\n", __func__);
		return -EBUSY;
	}
	error = qy_compat_module_get(owner_of(&region->dev)) ? 0 : -ENODEV;
	if (!error) {
		error = program(region);
		qy_compat_module_put(owner_of(&region->dev));
	}
	mutex_unlock(&region->mutex);
	return error;
}

struct fpga_region *fpga_region_register_full(
	struct device *parent, const struct fpga_region_info *info)
{
	struct fpga_region *region;
	int error;

	might_sleep();
	if (!info) {
		dev_err(parent, "Attempt to register without required info structure\n");
		return ERR_PTR(-EINVAL);
	}
	region = kzalloc(sizeof(*region), GFP_KERNEL);
	if (!region)
		return ERR_PTR(-ENOMEM);
	mutex_init(&region->mutex);
	INIT_LIST_HEAD(&region->bridge_list);
	region->mgr = info->mgr;
	region->compat_id = info->compat_id;
	region->priv = info->priv;
	region->get_bridges = info->get_bridges;
	error = enter(&region->dev, parent, &region_class, NULL, "region%d",
		model_of(qy_compat_world())->next_region++);
	if (!error)
		return region;
	qy_compat_put_device(&region->dev);
	return ERR_PTR(error);
}

struct fpga_region *fpga_region_register(struct device *parent, struct fpga_manager *mgr,
	int (*get_bridges)(struct fpga_region *region))
{
	const struct fpga_region_info info = { .mgr = mgr, .get_bridges = get_bridges };

	return fpga_region_register_full(parent, &info);
}

void fpga_region_unregister(struct fpga_region *region)
{
	device_unregister(&region->dev);
}
