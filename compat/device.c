// SPDX-License-Identifier: MIT
/*
 * Devices and their drivers: bound, let go, and what goes with the binding (devres).
 *
 * A devres is one object of the board's kmalloc: a header, then what the driver sees, as on Linux. The newest goes first.
 * A group is two marks among them.
 *
 * Locking: none; see world.h.
 */
#include "compat/kasan.h"
#include "compat/lockdep.h"
#include "compat/model.h"

/* ------------------------------------------------------------------ devres */

struct devres {
	struct list_head link;
	dr_release_t release; /* NULL: a mark of a group */
	const char *name;
	size_t size;
	void *group; /* of a mark: its id */
	bool begins; /* of a mark */
	u64 data[] __attribute__((aligned(16)));
};

static struct devres *devres_of(const void *res)
{
	return container_of(res, struct devres, data);
}

void *qy_compat_devres_data(void *dr)
{
	return ((struct devres *)dr)->data;
}

void *qy_compat_devres_alloc(
	dr_release_t release, size_t size, gfp_t gfp, const char *name)
{
	size_t bytes;
	struct devres *dr;

	if (__builtin_add_overflow(sizeof(*dr), size, &bytes))
		return NULL;
	dr = qy_refuses(QY_HELD_DEVRES, gfp, size)
		     ? NULL
		     : qy_kmalloc(qy_this_machine(), bytes, gfp | __GFP_ZERO);
	if (!dr)
		return NULL;
	INIT_LIST_HEAD(&dr->link);
	dr->release = release;
	dr->name = name;
	dr->size = size;
	qy_hold(QY_HELD_DEVRES, dr, size);
	return dr->data;
}

static void free_devres(struct devres *dr)
{
	if (!qy_defer_free_devres(dr))
		qy_kfree(qy_this_machine(), dr);
}

void devres_free(void *res)
{
	if (!res)
		return;
	WARN_ON(!list_empty(&devres_of(res)->link));
	free_devres(devres_of(res));
}

void devres_add(struct device *dev, void *res)
{
	struct devres *dr = devres_of(res);

	WARN_ON(!list_empty(&dr->link));
	list_add(&dr->link, &dev->qy_devres);
}

static struct devres *find_devres(
	struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *dr;

	list_for_each_entry(dr, &dev->qy_devres, link)
		if (dr->release == release && !dr->group &&
			(!match || match(dev, dr->data, match_data)))
			return dr;
	return NULL;
}

void *devres_find(
	struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *dr = find_devres(dev, release, match, match_data);

	return dr ? dr->data : NULL;
}

void *devres_remove(
	struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	struct devres *dr = find_devres(dev, release, match, match_data);

	if (!dr)
		return NULL;
	list_del_init(&dr->link);
	return dr->data;
}

int devres_destroy(
	struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *res = devres_remove(dev, release, match, match_data);

	if (!res)
		return -ENOENT;
	devres_free(res);
	return 0;
}

int devres_release(
	struct device *dev, dr_release_t release, dr_match_t match, void *match_data)
{
	void *res = devres_remove(dev, release, match, match_data);

	if (!res)
		return -ENOENT;
	release(dev, res);
	devres_free(res);
	return 0;
}

/* The newest first, down to and with @last; NULL: all. */
static int release_down_to(struct device *dev, const struct devres *last)
{
	int nr = 0;

	while (!list_empty(&dev->qy_devres)) {
		struct devres *dr =
			list_first_entry(&dev->qy_devres, struct devres, link);
		bool is_last = dr == last;

		list_del_init(&dr->link);
		if (dr->release) {
			dr->release(dev, dr->data);
			nr++;
		}
		free_devres(dr);
		if (is_last)
			break;
	}
	return nr;
}

void qy_compat_release_all(struct device *dev)
{
	release_down_to(dev, NULL);
	qy_kasan_pools_gone(qy_compat_world(), dev); /* the core destroys them next */
}

static void *add_mark(struct device *dev, void *id, bool begins, gfp_t gfp)
{
	void *res = qy_compat_devres_alloc(NULL, 0, gfp, "group");
	struct devres *dr;

	if (!res)
		return NULL;
	dr = devres_of(res);
	dr->group = id ? id : dr;
	dr->begins = begins;
	devres_add(dev, res);
	return dr->group;
}

void *devres_open_group(struct device *dev, void *id, gfp_t gfp)
{
	return add_mark(dev, id, true, gfp);
}

/* NULL as @id: the newest group that is open. */
static struct devres *find_mark(struct device *dev, void *id, bool begins)
{
	struct devres *dr, *end;

	list_for_each_entry(dr, &dev->qy_devres, link) {
		if (!dr->group || dr->begins != begins)
			continue;
		if (id ? dr->group == id : true) {
			if (id || !begins)
				return dr;
			end = find_mark(dev, dr->group, false);
			if (!end)
				return dr;
		}
	}
	return NULL;
}

void devres_close_group(struct device *dev, void *id)
{
	struct devres *begin = find_mark(dev, id, true);

	if (WARN_ON(!begin))
		return;
	/* without memory for the mark the group stays open, and its end is the newest resource */
	add_mark(dev, begin->group, false, GFP_KERNEL | __GFP_NOFAIL);
}

static void remove_mark(struct devres *dr)
{
	if (!dr)
		return;
	list_del_init(&dr->link);
	free_devres(dr);
}

void devres_remove_group(struct device *dev, void *id)
{
	struct devres *begin = find_mark(dev, id, true);

	if (WARN_ON(!begin))
		return;
	remove_mark(find_mark(dev, begin->group, false));
	remove_mark(begin);
}

int devres_release_group(struct device *dev, void *id)
{
	struct devres *begin = find_mark(dev, id, true), *end, *dr, *older;
	struct list_head *at;
	int nr = 0;

	if (WARN_ON(!begin))
		return 0;
	end = find_mark(dev, begin->group, false);
	at = end ? &end->link : dev->qy_devres.next;
	for (;; at = &older->link) {
		bool last;

		dr = list_entry(at, struct devres, link);
		older = list_next_entry(dr, link);
		last = dr == begin;
		list_del_init(&dr->link);
		if (dr->release) {
			dr->release(dev, dr->data);
			nr++;
		}
		free_devres(dr);
		if (last)
			return nr;
	}
}

/* ------------------------------------------------------------------ devm_*: memory and actions */

static void nothing_to_release(struct device *dev, void *res)
{
	(void)dev, (void)res;
}

void *devm_kmalloc(struct device *dev, size_t size, gfp_t gfp)
{
	void *res;

	if (!size)
		return ZERO_SIZE_PTR;
	res = qy_compat_devres_alloc(nothing_to_release, size, gfp, "devm_kmalloc");
	if (res)
		devres_add(dev, res);
	return res;
}

static int is_same(struct device *dev, void *res, void *data)
{
	(void)dev;
	return res == data;
}

void devm_kfree(struct device *dev, const void *p)
{
	if (ZERO_OR_NULL_PTR(p))
		return;
	WARN(devres_destroy(dev, nothing_to_release, is_same, (void *)(uintptr_t)p),
		"devm_kfree(): not a managed object of %s", dev_name(dev));
}

void *devm_krealloc(struct device *dev, void *p, size_t size, gfp_t gfp)
{
	struct devres *dr;
	void *larger;

	if (ZERO_OR_NULL_PTR(p))
		return devm_kmalloc(dev, size, gfp);
	if (!size) {
		devm_kfree(dev, p);
		return ZERO_SIZE_PTR;
	}
	dr = find_devres(dev, nothing_to_release, is_same, p);
	if (WARN_ON(!dr))
		return NULL;
	larger = devm_kmalloc(dev, size, gfp);
	if (!larger)
		return NULL;
	memcpy(larger, p, dr->size < size ? dr->size : size);
	devm_kfree(dev, p);
	return larger;
}

void *devm_kmemdup(struct device *dev, const void *from, size_t n, gfp_t gfp)
{
	void *p = devm_kmalloc(dev, n, gfp);

	qy_touches(from, n, false);
	return p ? memcpy(p, from, n) : NULL;
}

char *devm_kstrdup(struct device *dev, const char *s, gfp_t gfp)
{
	return s ? devm_kmemdup(dev, s, strlen(s) + 1, gfp) : NULL;
}

char *devm_kasprintf(struct device *dev, gfp_t gfp, const char *fmt, ...)
{
	va_list args;
	char *text;
	int n;

	va_start(args, fmt);
	n = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	text = devm_kmalloc(dev, (size_t)n + 1, gfp);
	if (!text)
		return NULL;
	va_start(args, fmt);
	vsnprintf(text, (size_t)n + 1, fmt, args);
	va_end(args);
	return text;
}

struct managed_pages {
	unsigned long addr;
	unsigned int order;
};

static void release_pages_of(struct device *dev, void *res)
{
	struct managed_pages *pages = res;

	(void)dev;
	qy_free_pages_addr(qy_this_machine(), (void *)pages->addr, pages->order);
}

unsigned long devm_get_free_pages(struct device *dev, gfp_t gfp, unsigned int order)
{
	struct managed_pages *res = qy_compat_devres_alloc(
		release_pages_of, sizeof(*res), GFP_KERNEL, "devm_get_free_pages");

	if (!res)
		return 0;
	res->addr = (unsigned long)qy_get_free_pages(qy_this_machine(), gfp, order);
	res->order = order;
	if (!res->addr) {
		devres_free(res);
		return 0;
	}
	devres_add(dev, res);
	return res->addr;
}

struct action {
	void (*action)(void *data);
	void *data;
};

static void run_action(struct device *dev, void *res)
{
	struct action *action = res;

	(void)dev;
	action->action(action->data);
}

static int is_action(struct device *dev, void *res, void *data)
{
	const struct action *a = res, *b = data;

	(void)dev;
	return a->action == b->action && a->data == b->data;
}

int devm_add_action(struct device *dev, void (*action)(void *data), void *data)
{
	struct action *res = qy_compat_devres_alloc(
		run_action, sizeof(*res), GFP_KERNEL, "devm_add_action");

	if (!res)
		return -ENOMEM;
	*res = (struct action){ action, data };
	devres_add(dev, res);
	return 0;
}

int devm_add_action_or_reset(struct device *dev, void (*action)(void *data), void *data)
{
	int error = devm_add_action(dev, action, data);

	if (error)
		action(data);
	return error;
}

void devm_remove_action(struct device *dev, void (*action)(void *data), void *data)
{
	struct action wanted = { action, data };

	WARN_ON(devres_destroy(dev, run_action, is_action, &wanted));
}

void devm_release_action(struct device *dev, void (*action)(void *data), void *data)
{
	struct action wanted = { action, data };

	WARN_ON(devres_release(dev, run_action, is_action, &wanted));
}

/* ------------------------------------------------------------------ devm_*: interrupts */

struct managed_irq {
	unsigned int irq;
	void *dev_id;
};

static void release_irq(struct device *dev, void *res)
{
	struct managed_irq *managed = res;

	(void)dev;
	free_irq(managed->irq, managed->dev_id);
}

static int is_irq(struct device *dev, void *res, void *data)
{
	const struct managed_irq *a = res, *b = data;

	(void)dev;
	return a->irq == b->irq && a->dev_id == b->dev_id;
}

int devm_request_threaded_irq(struct device *dev, unsigned int irq, irq_handler_t handler,
	irq_handler_t thread_fn, unsigned long flags, const char *name, void *dev_id)
{
	struct managed_irq *res = qy_compat_devres_alloc(
		release_irq, sizeof(*res), GFP_KERNEL, "devm_request_irq");
	int error;

	if (!res)
		return -ENOMEM;
	error = request_threaded_irq(
		irq, handler, thread_fn, flags, name ? name : dev_name(dev), dev_id);
	if (error) {
		devres_free(res);
		return error;
	}
	*res = (struct managed_irq){ irq, dev_id };
	devres_add(dev, res);
	return 0;
}

void devm_free_irq(struct device *dev, unsigned int irq, void *dev_id)
{
	struct managed_irq wanted = { irq, dev_id };

	WARN_ON(devres_destroy(dev, release_irq, is_irq, &wanted));
	free_irq(irq, dev_id);
}

/* ------------------------------------------------------------------ devices */

int dev_set_name(struct device *dev, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(dev->qy_name, sizeof(dev->qy_name), fmt, args);
	va_end(args);
	return 0;
}

int dev_err_probe(const struct device *dev, int err, const char *fmt, ...)
{
	char text[256];
	va_list args;

	if (err == -EPROBE_DEFER)
		return err;
	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	dev_err(dev, "error %pe: %s", ERR_PTR(err), text);
	return err;
}

void qy_compat_device_init(struct device *dev, const struct bus_type *bus)
{
	dev->bus = bus;
	dev->qy_refs = 1;
	INIT_LIST_HEAD(&dev->qy_devres);
	INIT_LIST_HEAD(&dev->qy_link);
	mutex_init(&dev->mutex);
	qy_compat_device_kobject(dev);
	INIT_LIST_HEAD(&dev->dma_pools);
}

int qy_compat_device_add(struct device *dev)
{
	const struct qy_board_device *desc =
		qy_board_device(qy_compat_board(), dev_name(dev));
	int error;

	dev->qy_desc = (struct qy_board_device){ 0 };
	if (!desc && qy_compat_is_pci(dev) && qy_compat_world()->opts.pci_place)
		dev->qy_desc = *qy_compat_world()->opts.pci_place;
	dev->qy_desc.name = dev_name(dev);
	error = qy_dma_dev_init(qy_this_machine(), &dev->qy, desc ? desc : &dev->qy_desc);
	dev->qy_dma_added = !error;
	dev->qy_added = true;
	return error;
}

void qy_compat_device_del(struct device *dev)
{
	if (dev->qy_dma_added)
		qy_dma_dev_remove(&dev->qy);
	dev->qy_dma_added = dev->qy_added = false;
}

/* ------------------------------------------------------------------ attributes */

static int emit(char *buf, int at, const char *fmt, va_list args)
{
	if (WARN(at < 0 || at >= (int)PAGE_SIZE || (unsigned long)buf % PAGE_SIZE,
		    "invalid sysfs_emit: buf:%px at:%d", buf, at))
		return 0;
	return vscnprintf(buf + at, PAGE_SIZE - (size_t)at, fmt, args);
}

int sysfs_emit(char *buf, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = emit(buf, 0, fmt, args);
	va_end(args);
	return n;
}

int sysfs_emit_at(char *buf, int at, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = emit(buf, at, fmt, args);
	va_end(args);
	return n;
}

/* ------------------------------------------------------------------ binding */

/* Reports of DMA say it too. */
static void set_driver(struct device *dev, struct device_driver *drv)
{
	dev->driver = drv;
	if (dev->qy_dma_added)
		dev->qy.driver = dev_driver_string(dev);
}

static void remove_from(struct device *dev, struct device_driver *drv)
{
	if (dev->bus->remove)
		dev->bus->remove(dev);
	else if (drv->remove)
		drv->remove(dev);
}

int qy_compat_bind(struct device *dev, struct device_driver *drv)
{
	struct qy_callback begin;
	char what[96];
	int error;

	WARN(!list_empty(&dev->qy_devres), "Resources present before probing");
	set_driver(dev, drv);
	drv->qy_nr_probes++;
	begin = qy_callback_begin();
	error = dev->bus->probe ? dev->bus->probe(dev) : drv->probe ? drv->probe(dev) : 0;
	scnprintf(what, sizeof(what), "probe of %s", dev_name(dev));
	qy_callback_end(&begin, what, false);
	if (!error) {
		error = device_add_groups(dev, drv->dev_groups);
		if (!error)
			return 0;
		remove_from(dev, drv);
	}
	qy_compat_release_all(dev);
	if (dev->qy_dma_added)
		qy_dma_dev_release_managed(&dev->qy);
	set_driver(dev, NULL);
	dev->driver_data = NULL;
	return error;
}

void qy_compat_unbind(struct device *dev)
{
	struct device_driver *drv = dev->driver;
	struct qy_callback begin;
	char what[96];

	if (!drv)
		return;
	device_remove_groups(dev, drv->dev_groups);
	begin = qy_callback_begin();
	remove_from(dev, drv);
	scnprintf(what, sizeof(what), "remove of %s", dev_name(dev));
	qy_callback_end(&begin, what, false);
	qy_compat_release_all(dev);
	if (dev->qy_dma_added)
		qy_dma_dev_release_managed(&dev->qy);
	set_driver(dev, NULL);
	dev->driver_data = NULL;
}

/* ------------------------------------------------------------------ the model as a whole */

int qy_compat_model_init(struct qy_world *w)
{
	struct qy_model *model = qy_host_zalloc(sizeof(*model));

	if (!model)
		return -ENOMEM;
	w->model = model;
	INIT_LIST_HEAD(&model->drivers);
	INIT_LIST_HEAD(&model->devices);
	INIT_LIST_HEAD(&model->pci_drivers);
	INIT_LIST_HEAD(&model->pci_devices);
	INIT_LIST_HEAD(&model->pci_hosts);
	INIT_LIST_HEAD(&model->firmware);
	INIT_LIST_HEAD(&model->entries);
	INIT_LIST_HEAD(&model->hwrngs);
	INIT_LIST_HEAD(&model->made_nodes);
	INIT_LIST_HEAD(&model->slave_drivers);
	INIT_LIST_HEAD(&model->slaves);
	INIT_LIST_HEAD(&model->regmaps);
	INIT_LIST_HEAD(&model->supplies);
	INIT_LIST_HEAD(&model->resets);
	INIT_LIST_HEAD(&model->mailboxes);
	INIT_LIST_HEAD(&model->dma_devices);
	INIT_LIST_HEAD(&model->dma_clients);
	INIT_LIST_HEAD(&model->of_dmas);
	INIT_LIST_HEAD(&model->kobjects);
	INIT_LIST_HEAD(&model->files);
	INIT_LIST_HEAD(&model->majors);
	INIT_LIST_HEAD(&model->claims);
	INIT_LIST_HEAD(&model->regions);
	INIT_LIST_HEAD(&model->nodes);
	INIT_LIST_HEAD(&model->chrdevs);
	INIT_LIST_HEAD(&model->cdevs);
	INIT_LIST_HEAD(&model->miscs);
	INIT_LIST_HEAD(&model->classed);
	model->next_major = 510;
	model->next_irq = 32;
	model->next_registers = 0xff0000000ull;
	if (qy_compat_of_init(w) || qy_compat_platform_init(w) || qy_compat_pci_init(w))
		return -ENOMEM;
	return 0;
}

void qy_compat_model_down(struct qy_world *w)
{
	if (!w->model)
		return;
	qy_compat_platform_down(w);
	qy_compat_pci_down(w);
	qy_compat_firmware_down(w);
	qy_compat_entries_down(w);
	qy_compat_of_down(w);
	qy_compat_slaves_down(w);
	qy_compat_regmap_down(w);
	qy_compat_supply_down(w);
	qy_compat_io_down(w);
	qy_host_free(w->model);
	w->model = NULL;
}

static const char *const kinds[QY_NR_HELD] = {
	[QY_HELD_OBJECT] = "object",
	[QY_HELD_PAGES] = "pages",
	[QY_HELD_CACHE] = "cache",
	[QY_HELD_VMALLOC] = "vmalloc area",
	[QY_HELD_DMA] = "DMA buffer",
	[QY_HELD_DMA_MAP] = "DMA mapping",
	[QY_HELD_POOL] = "pool",
	[QY_HELD_MAPPING] = "mapping of registers",
	[QY_HELD_IRQ] = "interrupt",
	[QY_HELD_TIMER] = "timer",
	[QY_HELD_WORK] = "work",
	[QY_HELD_THREAD] = "thread",
	[QY_HELD_DEVICE] = "registration",
	[QY_HELD_DEVRES] = "devres",
	[QY_HELD_PERCPU] = "percpu area",
	[QY_HELD_RCU] = "RCU callback",
	[QY_HELD_SUPPLY] = "supply",
	[QY_HELD_ON] = "supply that is on",
	[QY_HELD_FRAG] = "page fragment",
	[QY_HELD_POOL_PAGE] = "page of a page pool",
	[QY_HELD_PIN] = "pinned page",
	[QY_HELD_USER_PAGE] = "page of a program",
	[QY_HELD_NODE] = "reference to a node",
	[QY_HELD_REFERENCE] = "reference to a device",
	[QY_HELD_MODULE] = "reference to a module",
	[QY_HELD_NUMBER] = "number",
};

const char *qy_held_name(unsigned int kind)
{
	return kind < QY_NR_HELD ? kinds[kind] : "?";
}
