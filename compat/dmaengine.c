// SPDX-License-Identifier: MIT
/*
 * DMA engines: linux/dmaengine.h, linux/of_dma.h.
 *
 * A channel's device is of the board's memory, as on Linux; the channel itself is the provider's. Whoever has a channel holds
 * the provider's module, and the provider's record where that has a device_release().
 *
 * Locking: none; see world.h.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/of_dma.h>
#include "compat/model.h"

#define PATIENCE_NS (5ull * 1000000000)

/* ------------------------------------------------------------------ attributes of a channel */

static struct dma_chan *chan_of(struct device *dev)
{
	return container_of(dev, struct dma_chan_dev, device)->chan;
}

static ssize_t in_use_show(struct device *dev, struct device_attribute *attr, char *buf)
{
	(void)attr;
	return sysfs_emit(buf, "%d\n", chan_of(dev)->client_count);
}

static const struct device_attribute in_use_attr = __ATTR_RO(in_use);
static struct attribute *const chan_attrs[] = {
	(struct attribute *)(uintptr_t)&in_use_attr.attr, NULL
};
static const struct attribute_group chan_group = {
	.attrs = (struct attribute **)(uintptr_t)chan_attrs
};
static const struct attribute_group *chan_groups[] = { &chan_group, NULL };

static void free_chan_dev(struct device *dev)
{
	kfree(container_of(dev, struct dma_chan_dev, device));
}

static const struct class dma_class = {
	.name = "dma", .dev_groups = chan_groups, .dev_release = free_chan_dev
};

/* ------------------------------------------------------------------ who has a channel */

static struct module *owner_of(const struct dma_device *device)
{
	return device->owner         ? device->owner
	       : device->dev->driver ? device->dev->driver->owner
				     : NULL;
}

static void release_device(struct kref *ref)
{
	struct dma_device *device = container_of(ref, struct dma_device, ref);

	if (device->device_release)
		device->device_release(device);
}

static int get(struct dma_chan *chan)
{
	struct dma_device *device = chan->device;
	int error = 0;

	if (chan->client_count++)
		return 0;
	if (!qy_compat_module_get(owner_of(device))) {
		chan->client_count--;
		return -ENODEV;
	}
	kref_get(&device->ref);
	if (device->device_alloc_chan_resources)
		error = device->device_alloc_chan_resources(chan);
	if (error < 0) {
		chan->client_count--;
		qy_compat_module_put(owner_of(device));
		kref_put(&device->ref, release_device);
		return error;
	}
	qy_hold(QY_HELD_SUPPLY, chan, 0);
	return 0;
}

void dma_release_channel(struct dma_chan *chan)
{
	struct dma_device *device = chan->device;
	struct module *owner = owner_of(device);

	might_sleep();
	if (WARN_ONCE(!chan->client_count, "chan reference count %d != 1",
		    chan->client_count))
		return;
	if (--chan->client_count)
		return;
	if (device->device_synchronize)
		device->device_synchronize(chan);
	if (device->device_free_chan_resources)
		device->device_free_chan_resources(chan);
	if (chan->router && chan->router->route_free)
		chan->router->route_free(chan->router->dev, chan->route_data);
	chan->router = NULL;
	chan->route_data = NULL;
	chan->slave = NULL;
	qy_let_go(QY_HELD_SUPPLY, chan);
	qy_compat_module_put(owner);
	kref_put(&device->ref, release_device);
}

struct dma_chan *dma_get_slave_channel(struct dma_chan *chan)
{
	return chan->client_count || get(chan) ? NULL : chan;
}

static struct dma_chan *free_channel(
	struct dma_device *device, dma_filter_fn fn, void *fn_param)
{
	struct dma_chan *chan;

	list_for_each_entry(chan, &device->channels, device_node)
		if (!chan->client_count && (!fn || fn(chan, fn_param)))
			return chan;
	return NULL;
}

struct dma_chan *dma_get_any_slave_channel(struct dma_device *device)
{
	struct dma_chan *chan = free_channel(device, NULL, NULL);

	return chan && !get(chan) ? chan : NULL;
}

static bool can(const struct dma_device *device, const dma_cap_mask_t *mask)
{
	return bitmap_subset(mask->bits, device->cap_mask.bits, DMA_TX_TYPE_END);
}

struct dma_chan *__dma_request_channel(const dma_cap_mask_t *mask, dma_filter_fn fn,
	void *fn_param, struct device_node *np)
{
	struct dma_device *device;

	might_sleep();
	list_for_each_entry(
		device, &model_of(qy_compat_world())->dma_devices, global_node) {
		struct dma_chan *chan;

		if (!can(device, mask) || (np && device->dev->of_node != np))
			continue;
		chan = free_channel(device, fn, fn_param);
		if (chan && !get(chan))
			return chan;
	}
	return NULL;
}

struct dma_chan *dma_request_chan_by_mask(const dma_cap_mask_t *mask)
{
	struct dma_chan *chan = __dma_request_channel(mask, NULL, NULL, NULL);

	if (chan)
		return chan;
	return ERR_PTR(list_empty(&model_of(qy_compat_world())->dma_devices)
			       ? -EPROBE_DEFER
			       : -ENODEV);
}

/* By the tables that providers have for boards without a tree. */
static struct dma_chan *by_table(struct device *dev, const char *name)
{
	struct dma_device *device;

	list_for_each_entry(
		device, &model_of(qy_compat_world())->dma_devices, global_node)
		for (int i = 0; i < device->filter.mapcnt; i++) {
			const struct dma_slave_map *map = &device->filter.map[i];
			struct dma_chan *chan;

			if (strcmp(map->devname, dev_name(dev)) ||
				strcmp(map->slave, name))
				continue;
			chan = free_channel(device, device->filter.fn, map->param);
			if (chan && !get(chan))
				return chan;
		}
	return NULL;
}

struct dma_chan *dma_request_chan(struct device *dev, const char *name)
{
	dma_cap_mask_t slave = { { 0 } };
	struct dma_chan *chan;

	might_sleep();
	if (qy_refuses(QY_HELD_SUPPLY, GFP_KERNEL, 0))
		return ERR_PTR(-ENOMEM);
	chan = by_table(dev, name);
	if (!chan && !qy_compat_of_is_made_up(dev->of_node))
		chan = of_dma_request_slave_channel(dev->of_node, name);
	dma_cap_set(DMA_SLAVE, slave);
	if (!chan)
		chan = __dma_request_channel(&slave, NULL, NULL, NULL);
	if (!chan)
		return ERR_PTR(-ENODEV);
	if (!IS_ERR(chan)) {
		chan->slave = dev;
		chan->name = name;
	}
	return chan;
}

/* ------------------------------------------------------------------ what a channel does */

int dma_get_slave_caps(struct dma_chan *chan, struct dma_slave_caps *caps)
{
	const struct dma_device *device;

	if (!chan || !caps)
		return -EINVAL;
	device = chan->device;
	if (!dma_has_cap(DMA_SLAVE, device->cap_mask) &&
		!dma_has_cap(DMA_CYCLIC, device->cap_mask))
		return -ENXIO;
	if (!device->directions)
		return -ENXIO;
	*caps = (struct dma_slave_caps){ .src_addr_widths = device->src_addr_widths,
		.dst_addr_widths = device->dst_addr_widths,
		.directions = device->directions,
		.min_burst = device->min_burst,
		.max_burst = device->max_burst,
		.max_sg_burst = device->max_sg_burst,
		.residue_granularity = device->residue_granularity,
		.descriptor_reuse = device->descriptor_reuse,
		.cmd_pause = device->device_pause != NULL,
		.cmd_resume = device->device_resume != NULL,
		.cmd_terminate = device->device_terminate_all != NULL };
	if (device->device_caps)
		device->device_caps(chan, caps);
	return 0;
}

int dmaengine_terminate_sync(struct dma_chan *chan)
{
	int error = dmaengine_terminate_async(chan);

	if (!error)
		dmaengine_synchronize(chan);
	return error;
}

enum dma_status dma_sync_wait(struct dma_chan *chan, dma_cookie_t cookie)
{
	u64 end = ktime_get_ns() + PATIENCE_NS;
	enum dma_status status;

	dma_async_issue_pending(chan);
	while ((status = dmaengine_tx_status(chan, cookie, NULL)) == DMA_IN_PROGRESS) {
		if (ktime_get_ns() > end) {
			dev_err(chan->device->dev, "%s: timeout!\n", __func__);
			return DMA_ERROR;
		}
		udelay(100);
	}
	return status;
}

struct dmaengine_unmap_data *dmaengine_get_unmap_data(
	struct device *dev, int nr, gfp_t flags)
{
	struct dmaengine_unmap_data *unmap =
		kzalloc(struct_size(unmap, addr, (size_t)nr), flags);

	if (!unmap)
		return NULL;
	kref_init(&unmap->kref);
	unmap->dev = dev;
	unmap->map_cnt = (u16)nr;
	return unmap;
}

static void free_unmap(struct kref *kref)
{
	struct dmaengine_unmap_data *unmap =
		container_of(kref, struct dmaengine_unmap_data, kref);
	int i = 0;

	for (int n = 0; n < unmap->to_cnt; n++)
		dma_unmap_page(unmap->dev, unmap->addr[i++], unmap->len, DMA_TO_DEVICE);
	for (int n = 0; n < unmap->from_cnt; n++)
		dma_unmap_page(unmap->dev, unmap->addr[i++], unmap->len, DMA_FROM_DEVICE);
	for (int n = 0; n < unmap->bidi_cnt; n++, i++)
		if (unmap->addr[i])
			dma_unmap_page(unmap->dev, unmap->addr[i], unmap->len,
				DMA_BIDIRECTIONAL);
	kfree(unmap);
}

void dmaengine_unmap_put(struct dmaengine_unmap_data *unmap)
{
	if (unmap)
		kref_put(&unmap->kref, free_unmap);
}

/* ------------------------------------------------------------------ providers */

/* What is promised, and not there. */
static const char *missing(const struct dma_device *d)
{
	const struct {
		enum dma_transaction_type type;
		bool is_there;
		const char *name;
	} wanted[] = {
		{ DMA_MEMCPY, d->device_prep_dma_memcpy, "memcpy" },
		{ DMA_XOR, d->device_prep_dma_xor, "xor" },
		{ DMA_XOR_VAL, d->device_prep_dma_xor_val, "xor_val" },
		{ DMA_PQ, d->device_prep_dma_pq, "pq" },
		{ DMA_PQ_VAL, d->device_prep_dma_pq_val, "pq_val" },
		{ DMA_MEMSET, d->device_prep_dma_memset, "memset" },
		{ DMA_INTERRUPT, d->device_prep_dma_interrupt, "interrupt" },
		{ DMA_CYCLIC, d->device_prep_dma_cyclic, "cyclic" },
		{ DMA_INTERLEAVE, d->device_prep_interleaved_dma, "interleave" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (dma_has_cap(wanted[i].type, d->cap_mask) && !wanted[i].is_there)
			return wanted[i].name;
	return !d->device_tx_status       ? "tx_status"
	       : !d->device_issue_pending ? "issue_pending"
					  : NULL;
}

static void remove_channel(struct dma_chan *chan)
{
	if (!chan->dev)
		return;
	WARN_ONCE(!chan->device->device_release && chan->client_count,
		"%s called while %d clients hold a reference",
		"dma_async_device_unregister", chan->client_count);
	chan->dev->chan = NULL;
	device_unregister(&chan->dev->device);
	chan->dev = NULL;
}

static int add_channel(struct dma_device *device, struct dma_chan *chan)
{
	struct dma_chan_dev *dev = kzalloc(sizeof(*dev), GFP_KERNEL);
	int error;

	if (!dev)
		return -ENOMEM;
	chan->device = device;
	chan->client_count = 0;
	chan->chan_id = (int)device->chancnt;
	chan->dev = dev;
	dev->chan = chan;
	dev->dev_id = device->dev_id;
	qy_compat_device_initialize(&dev->device);
	dev->device.class = (struct class *)(uintptr_t)&dma_class;
	dev->device.parent = device->dev;
	dev_set_name(&dev->device, "dma%dchan%d", device->dev_id, chan->chan_id);
	error = device_add(&dev->device);
	if (error) {
		chan->dev = NULL;
		qy_compat_put_device(&dev->device);
		return error;
	}
	device->chancnt++;
	return 0;
}

static void remove_channels(struct dma_device *device)
{
	struct dma_chan *chan, *next;

	list_for_each_entry_safe(chan, next, &device->channels, device_node)
		remove_channel(chan);
}

int dma_async_device_register(struct dma_device *device)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct dma_chan *chan;
	const char *what;
	int error = 0;

	might_sleep();
	if (!device)
		return -ENODEV;
	if (!device->dev) {
		pr_err("DMAdevice must have dev\n");
		return -EIO;
	}
	what = missing(device);
	if (what) {
		dev_err(device->dev, "Device %s is not defined\n", what);
		return -EIO;
	}
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	device->dev_id = model->next_dma++;
	device->owner = device->dev->driver ? device->dev->driver->owner : NULL;
	kref_init(&device->ref);
	device->chancnt = 0;
	list_for_each_entry(chan, &device->channels, device_node)
		if (!error)
			error = add_channel(device, chan);
	if (error) {
		remove_channels(device);
		return error;
	}
	list_add(&device->global_node, &model->dma_devices);
	qy_hold(QY_HELD_DEVICE, device, 0);
	return 0;
}

void dma_async_device_unregister(struct dma_device *device)
{
	might_sleep();
	list_del(&device->global_node);
	remove_channels(device);
	qy_let_go(QY_HELD_DEVICE, device);
	kref_put(&device->ref, release_device);
}

static void unregister(void *device)
{
	dma_async_device_unregister(device);
}

int dmaenginem_async_device_register(struct dma_device *device)
{
	int error = dma_async_device_register(device);

	return error ? error : devm_add_action_or_reset(device->dev, unregister, device);
}

/* ------------------------------------------------------------------ of the tree */

static int add_controller(const struct of_dma *from)
{
	struct of_dma *ofdma;

	might_sleep();
	if (!from->of_node)
		return -EINVAL;
	ofdma = kzalloc(sizeof(*ofdma), GFP_KERNEL);
	if (!ofdma)
		return -ENOMEM;
	*ofdma = *from;
	list_add_tail(&ofdma->of_dma_controllers, &model_of(qy_compat_world())->of_dmas);
	return 0;
}

int of_dma_controller_register(struct device_node *np,
	struct dma_chan *(*xlate)(struct of_phandle_args *, struct of_dma *), void *data)
{
	const struct of_dma ofdma = {
		.of_node = np, .of_dma_xlate = xlate, .of_dma_data = data
	};

	return xlate ? add_controller(&ofdma) : -EINVAL;
}

static struct of_dma *controller(const struct device_node *np)
{
	struct of_dma *ofdma;

	list_for_each_entry(
		ofdma, &model_of(qy_compat_world())->of_dmas, of_dma_controllers)
		if (ofdma->of_node == np)
			return ofdma;
	return NULL;
}

void of_dma_controller_free(struct device_node *np)
{
	struct of_dma *ofdma = controller(np);

	if (!ofdma)
		return;
	list_del(&ofdma->of_dma_controllers);
	kfree(ofdma);
}

static struct dma_chan *route(struct of_phandle_args *spec, struct of_dma *ofdma)
{
	struct of_phandle_args target = *spec;
	void *data = ofdma->of_dma_route_allocate(&target, ofdma);
	struct of_dma *behind;
	struct dma_chan *chan;

	if (IS_ERR(data))
		return ERR_CAST(data);
	behind = controller(target.np);
	chan = behind && behind->of_dma_xlate ? behind->of_dma_xlate(&target, behind)
					      : ERR_PTR(-EPROBE_DEFER);
	if (IS_ERR_OR_NULL(chan)) {
		ofdma->dma_router->route_free(ofdma->dma_router->dev, data);
		return chan;
	}
	chan->router = ofdma->dma_router;
	chan->route_data = data;
	if (chan->device->device_router_config) {
		int error = chan->device->device_router_config(chan);

		if (error) {
			dma_release_channel(chan);
			return ERR_PTR(error);
		}
	}
	return chan;
}

int of_dma_router_register(struct device_node *np,
	void *(*allocate)(struct of_phandle_args *, struct of_dma *),
	struct dma_router *router)
{
	const struct of_dma ofdma = { .of_node = np,
		.of_dma_xlate = route,
		.of_dma_route_allocate = allocate,
		.dma_router = router };

	return allocate && router ? add_controller(&ofdma) : -EINVAL;
}

struct dma_chan *of_dma_request_slave_channel(struct device_node *np, const char *name)
{
	struct of_phandle_args spec;
	struct of_dma *ofdma;
	struct dma_chan *chan = NULL;
	const char *its;
	bool later = false;

	if (!of_property_present(np, "dmas"))
		return ERR_PTR(-ENODEV);
	for (int i = 0; !chan && !of_property_read_string_index(np, "dma-names", i, &its);
		i++) {
		if (strcmp(its, name) ||
			qy_compat_of_args(np, "dmas", "#dma-cells", -1, i, &spec))
			continue;
		ofdma = controller(spec.np);
		later |= !ofdma;
		chan = ofdma ? ofdma->of_dma_xlate(&spec, ofdma) : NULL;
	}
	return chan ? chan : ERR_PTR(later ? -EPROBE_DEFER : -ENODEV);
}

struct dma_chan *of_dma_simple_xlate(struct of_phandle_args *spec, struct of_dma *ofdma)
{
	struct of_dma_filter_info *info = ofdma->of_dma_data;

	if (!info || !info->filter_fn || spec->args_count != 1)
		return NULL;
	return __dma_request_channel(
		&info->dma_cap, info->filter_fn, &spec->args[0], spec->np);
}

struct dma_chan *of_dma_xlate_by_chan_id(
	struct of_phandle_args *spec, struct of_dma *ofdma)
{
	struct dma_device *device = ofdma->of_dma_data;
	struct dma_chan *chan;

	if (!device || spec->args_count != 1)
		return NULL;
	list_for_each_entry(chan, &device->channels, device_node)
		if (chan->chan_id == (int)spec->args[0])
			return dma_get_slave_channel(chan);
	return NULL;
}

/* ------------------------------------------------------------------ clients of channels that nobody has */

#define COPY_BYTES 256

struct client {
	struct list_head link;
	struct dma_chan *chan;
	struct dmaengine_unmap_data *unmap;
	u8 *bytes;
};

/* A copy is submitted, where it can be taken back: nobody knows whether the device will do it. */
static void submit_copy(struct client *client)
{
	struct dma_device *device = client->chan->device;
	struct dma_async_tx_descriptor *tx;
	dma_addr_t from, to;

	if (!dma_has_cap(DMA_MEMCPY, device->cap_mask) || !device->device_terminate_all)
		return;
	client->bytes = kzalloc(2 * COPY_BYTES, GFP_KERNEL);
	client->unmap = dmaengine_get_unmap_data(device->dev, 2, GFP_KERNEL);
	if (!client->bytes || !client->unmap)
		return;
	from = dma_map_single(device->dev, client->bytes, COPY_BYTES, DMA_TO_DEVICE);
	if (dma_mapping_error(device->dev, from))
		return;
	client->unmap->len = COPY_BYTES;
	client->unmap->to_cnt = 1;
	client->unmap->addr[0] = from;
	to = dma_map_single(
		device->dev, client->bytes + COPY_BYTES, COPY_BYTES, DMA_FROM_DEVICE);
	if (dma_mapping_error(device->dev, to))
		return;
	client->unmap->from_cnt = 1;
	client->unmap->addr[1] = to;
	tx = device->device_prep_dma_memcpy(
		client->chan, to, from, COPY_BYTES, DMA_PREP_INTERRUPT | DMA_CTRL_ACK);
	if (tx && !dma_submit_error(dmaengine_submit(tx)))
		dma_async_issue_pending(client->chan);
}

static void client_goes(struct client *client)
{
	dmaengine_terminate_sync(client->chan);
	dma_release_channel(client->chan);
	dmaengine_unmap_put(client->unmap);
	kfree(client->bytes);
	list_del(&client->link);
	qy_host_free(client);
}

void qy_compat_dma_clients(struct qy_world *w, bool come)
{
	struct qy_model *model = model_of(w);
	struct client *client, *next;
	struct dma_device *device;
	struct dma_chan *chan;

	list_for_each_entry_safe(client, next, &model->dma_clients, link)
		client_goes(client);
	list_for_each_entry(device, &model->dma_devices, global_node)
		list_for_each_entry(chan, &device->channels, device_node) {
			if (!come || chan->client_count)
				continue;
			client = qy_host_zalloc(sizeof(*client));
			if (!client || get(chan)) {
				qy_host_free(client);
				continue;
			}
			client->chan = chan;
			list_add(&client->link, &model->dma_clients);
			submit_copy(client);
		}
}
