// SPDX-License-Identifier: MIT
/*
 * Files for devices: what the world was given under a name, and copies of it for drivers (linux/firmware.h).
 *
 * Locking: none; see world.h.
 */
#include <linux/firmware.h>
#include <linux/module.h>
#include <linux/vmalloc.h>
#include "compat/model.h"

struct file_of_world {
	struct list_head link;
	char name[64];
	size_t bytes;
	u8 data[];
};

int qy_world_firmware(
	struct qy_world *w, const char *name, const void *data, size_t bytes)
{
	struct file_of_world *file = qy_host_zalloc(sizeof(*file) + bytes);

	if (!file)
		return -ENOMEM;
	scnprintf(file->name, sizeof(file->name), "%s", name);
	file->bytes = bytes;
	memcpy(file->data, data, bytes);
	list_add(&file->link, &model_of(w)->firmware);
	return 0;
}

void qy_compat_firmware_down(struct qy_world *w)
{
	struct file_of_world *file, *next;

	list_for_each_entry_safe(file, next, &model_of(w)->firmware, link)
		qy_host_free(file);
}

static const struct file_of_world *find(const char *name)
{
	struct file_of_world *file;

	list_for_each_entry(file, &model_of(qy_compat_world())->firmware, link)
		if (!strcmp(file->name, name))
			return file;
	return NULL;
}

/* @buf: NULL: memory of vmalloc. */
static int load(const struct firmware **out, const char *name, void *buf, size_t size)
{
	const struct file_of_world *file = name && *name ? find(name) : NULL;
	struct firmware *fw;

	*out = NULL;
	might_sleep();
	if (!file)
		return name && *name ? -ENOENT : -EINVAL;
	if (buf && file->bytes > size)
		return -EFBIG;
	fw = kzalloc(sizeof(*fw), GFP_KERNEL);
	if (!fw)
		return -ENOMEM;
	fw->priv = buf;
	fw->size = file->bytes;
	fw->data = buf ? buf : vmalloc(file->bytes ? file->bytes : 1);
	if (!fw->data) {
		kfree(fw);
		return -ENOMEM;
	}
	memcpy((void *)(uintptr_t)fw->data, file->data, file->bytes);
	*out = fw;
	return 0;
}

int firmware_request_nowarn(
	const struct firmware **fw, const char *name, struct device *dev)
{
	(void)dev;
	return load(fw, name, NULL, 0);
}

static int said(int error, const char *name, struct device *dev)
{
	if (error && dev)
		dev_warn(dev, "Direct firmware load for %s failed with error %d\n", name,
			error);
	return error;
}

int request_firmware(const struct firmware **fw, const char *name, struct device *dev)
{
	return said(load(fw, name, NULL, 0), name, dev);
}

int request_firmware_into_buf(const struct firmware **fw, const char *name,
	struct device *dev, void *buf, size_t size)
{
	return said(load(fw, name, buf, size), name, dev);
}

void release_firmware(const struct firmware *fw)
{
	if (!fw)
		return;
	if (!fw->priv)
		vfree(fw->data);
	kfree(fw);
}

struct request {
	struct work_struct work;
	struct module *module;
	struct device *dev;
	const char *name;
	void *context;
	void (*cont)(const struct firmware *fw, void *context);
};

static void load_later(struct work_struct *work)
{
	struct request *r = container_of(work, struct request, work);
	const struct firmware *fw;

	if (request_firmware(&fw, r->name, r->dev))
		fw = NULL;
	r->cont(fw, r->context);
	qy_compat_put_device(r->dev);
	qy_compat_module_put(r->module);
	kfree_const(r->name);
	kfree(r);
}

int request_firmware_nowait(struct module *module, bool uevent, const char *name,
	struct device *dev, gfp_t gfp, void *context,
	void (*cont)(const struct firmware *fw, void *context))
{
	struct request *r = kzalloc(sizeof(*r), gfp);

	(void)uevent;
	if (!r)
		return -ENOMEM;
	r->name = kstrdup_const(name, gfp);
	if (!r->name) {
		kfree(r);
		return -ENOMEM;
	}
	qy_compat_module_get(module);
	r->module = module;
	r->dev = dev;
	qy_compat_get_device(dev);
	r->context = context;
	r->cont = cont;
	INIT_WORK(&r->work, load_later);
	schedule_work(&r->work);
	return 0;
}
