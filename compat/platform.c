// SPDX-License-Identifier: MIT
/*
 * The platform bus: devices of the board's tree, those that were made up, those that drivers register.
 *
 * Locking: none; see world.h.
 */
#include <linux/dma-mapping.h>
#include <linux/of_platform.h>
#include "compat/model.h"

/* Of a device that was made up: what a range has, how many there are at most. */
#define MADE_UP_BYTES  0x10000
#define MADE_UP_RANGES 4
#define MADE_UP_IRQS   8

/* ------------------------------------------------------------------ matching */

static const struct platform_device_id *match_id(
	const struct platform_driver *drv, const struct platform_device *pdev)
{
	for (const struct platform_device_id *id = drv->id_table; id && id->name[0]; id++)
		if (!strcmp(id->name, pdev->name))
			return id;
	return NULL;
}

static bool matches(struct device *dev, const struct device_driver *driver)
{
	struct platform_device *pdev = to_platform_device(dev);
	const struct platform_driver *drv =
		container_of(driver, struct platform_driver, driver);

	if (of_match_node(driver->of_match_table, dev->of_node))
		return true;
	if (drv->id_table)
		return match_id(drv, pdev) != NULL;
	return !strcmp(pdev->name, driver->name);
}

static int platform_probe(struct device *dev)
{
	struct platform_device *pdev = to_platform_device(dev);
	struct platform_driver *drv = to_platform_driver(dev->driver);

	pdev->id_entry = match_id(drv, pdev);
	return drv->probe ? drv->probe(pdev) : -ENXIO;
}

static void platform_remove(struct device *dev)
{
	struct platform_driver *drv = to_platform_driver(dev->driver);

	if (drv->remove_new)
		drv->remove_new(to_platform_device(dev));
	else if (drv->remove)
		drv->remove(to_platform_device(dev));
}

static void platform_shutdown(struct device *dev)
{
	struct platform_driver *drv = to_platform_driver(dev->driver);

	if (drv->shutdown)
		drv->shutdown(to_platform_device(dev));
}

static const struct bus_type platform_bus = { .name = "platform",
	.probe = platform_probe,
	.remove = platform_remove,
	.shutdown = platform_shutdown };

const void *device_get_match_data(const struct device *dev)
{
	const struct of_device_id *id =
		dev->driver ? of_match_node(dev->driver->of_match_table, dev->of_node)
			    : NULL;

	return id ? id->data : NULL;
}

/* ------------------------------------------------------------------ binding */

static struct platform *platform_of(struct device *dev)
{
	return container_of(to_platform_device(dev), struct platform, pdev);
}

static int try_bind(struct device *dev, struct device_driver *drv)
{
	int error;

	if (dev->driver || !matches(dev, drv))
		return -ENODEV;
	error = qy_compat_bind(dev, drv);
	platform_of(dev)->probe_error = error;
	if (error == -EPROBE_DEFER) {
		dev->qy_deferred = true;
		return error;
	}
	dev->qy_deferred = false;
	if (error && error != -ENODEV && error != -ENXIO)
		qy_printk_line(QY_LOG_WARNING, "%s: probe of %s failed with error %d",
			drv->name, dev_name(dev), error);
	return error;
}

/* Who deferred gets another chance when somebody else was bound. */
static void retry_deferred(struct qy_model *model)
{
	struct device_driver *drv;
	struct device *dev;
	bool bound = true;

	while (bound) {
		bound = false;
		list_for_each_entry(dev, &model->devices, qy_link) {
			if (!dev->qy_deferred)
				continue;
			list_for_each_entry(drv, &model->drivers, qy_link)
				bound |= !try_bind(dev, drv);
		}
	}
}

int __platform_driver_register(struct platform_driver *drv, struct module *owner)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct device_driver *driver = &drv->driver;
	struct device *dev;
	bool bound = false;
	int error;

	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	driver->owner = owner;
	driver->bus = &platform_bus;
	error = qy_compat_driver_files(driver);
	if (error) {
		qy_compat_driver_files_down(driver);
		return error;
	}
	list_add_tail(&driver->qy_link, &model->drivers);
	qy_hold(QY_HELD_DEVICE, driver, 0);
	list_for_each_entry(dev, &model->devices, qy_link)
		bound |= !try_bind(dev, driver);
	if (bound)
		retry_deferred(model);
	return 0;
}

static const char *first_wanted(const struct platform_driver *drv, bool *by_name)
{
	const struct of_device_id *of = drv->driver.of_match_table;

	*by_name = false;
	if (of && of->compatible[0])
		return of->compatible;
	*by_name = true;
	if (drv->id_table && drv->id_table->name[0])
		return drv->id_table->name;
	return of || drv->id_table ? NULL : drv->driver.name;
}

static bool has_device(const struct device_driver *driver)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(qy_compat_world())->devices, qy_link)
		if (dev->driver == driver)
			return true;
	return false;
}

int __platform_driver_probe(struct platform_driver *drv,
	int (*probe)(struct platform_device *pdev), struct module *owner)
{
	const struct qy_world_opts *opts = &qy_compat_world()->opts;
	const char *wanted;
	bool by_name;
	int error;

	drv->probe = probe;
	drv->driver.suppress_bind_attrs = true;
	error = __platform_driver_register(drv, owner);
	if (error)
		return error;
	wanted = first_wanted(drv, &by_name);
	if (!drv->driver.qy_nr_probes && wanted && opts->wanted)
		opts->wanted(opts->arg, wanted, by_name);
	if (has_device(&drv->driver))
		return 0;
	platform_driver_unregister(drv);
	return -ENODEV;
}

void platform_driver_unregister(struct platform_driver *drv)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct device *dev;

	might_sleep();
	list_for_each_entry_reverse(dev, &model->devices,
		qy_link) if (dev->driver == &drv->driver) qy_compat_unbind(dev);
	list_del(&drv->driver.qy_link);
	qy_compat_driver_files_down(&drv->driver);
	qy_let_go(QY_HELD_DEVICE, &drv->driver);
}

int __platform_register_drivers(
	struct platform_driver *const *drivers, unsigned int nr, struct module *owner)
{
	for (unsigned int i = 0; i < nr; i++) {
		int error = __platform_driver_register(drivers[i], owner);

		if (!error)
			continue;
		platform_unregister_drivers(drivers, i);
		return error;
	}
	return 0;
}

void platform_unregister_drivers(struct platform_driver *const *drivers, unsigned int nr)
{
	while (nr--)
		platform_driver_unregister(drivers[nr]);
}

struct device *qy_compat_device_of_node(const struct device_node *np)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(qy_compat_world())->devices, qy_link)
		if (np && dev->of_node == np)
			return dev;
	return NULL;
}

struct platform_device *of_find_device_by_node(struct device_node *np)
{
	struct device *dev = get_device(qy_compat_device_of_node(np));

	return dev ? to_platform_device(dev) : NULL;
}

struct device *qy_compat_find_device(const struct qy_world *w, const char *name)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(w)->devices, qy_link)
		if (!strcmp(dev_name(dev), name))
			return dev;
	dev = qy_compat_pci_find(w, name);
	if (!dev)
		dev = qy_compat_slave_find(w, name);
	return dev ? dev : qy_compat_find_classed(w, name);
}

struct binding {
	struct qy_world *w;
	struct device *dev;
};

static int bind_task(void *arg)
{
	struct binding *b = arg;
	struct device_driver *drv;

	if (qy_compat_is_pci(b->dev))
		return qy_compat_pci_bind(b->w, b->dev);
	if (qy_compat_is_slave(b->dev))
		return qy_compat_slave_bind(b->w, b->dev);
	list_for_each_entry(drv, &model_of(b->w)->drivers, qy_link)
		if (matches(b->dev, drv))
			return try_bind(b->dev, drv);
	return -ENODEV;
}

static int unbind_task(void *arg)
{
	struct binding *b = arg;

	if (!b->dev->driver)
		return -ENODEV;
	qy_compat_unbind(b->dev);
	return 0;
}

int qy_world_bind(struct qy_world *w, const char *device)
{
	struct binding b = { w, qy_compat_find_device(w, device) };

	return b.dev ? qy_world_run(w, "bind", bind_task, &b) : -ENODEV;
}

int qy_world_unbind(struct qy_world *w, const char *device)
{
	struct binding b = { w, qy_compat_find_device(w, device) };

	return b.dev ? qy_world_run(w, "unbind", unbind_task, &b) : -ENODEV;
}

/* ------------------------------------------------------------------ what drivers ask of their device */

static void add_resource(
	struct platform *p, u64 start, u64 size, unsigned long flags, const char *name)
{
	p->pdev.resource[p->pdev.num_resources++] = (struct resource){
		.start = start, .end = start + size - 1, .flags = flags, .name = name
	};
}

static void add_range(struct platform *p, const char *name)
{
	struct qy_model *model = model_of(qy_compat_world());

	add_resource(p, model->next_registers, MADE_UP_BYTES, IORESOURCE_MEM, name);
	model->next_registers += MADE_UP_BYTES;
}

static void add_line(struct platform *p, const char *name)
{
	struct qy_model *model = model_of(qy_compat_world());

	add_resource(p, NR_IRQS - 1 - (model->next_irq++ - 32), 1, IORESOURCE_IRQ, name);
}

static struct resource *nth_resource(
	struct platform_device *pdev, unsigned int type, unsigned int num)
{
	for (u32 i = 0; i < pdev->num_resources; i++)
		if (resource_type(&pdev->resource[i]) == type && !num--)
			return &pdev->resource[i];
	return NULL;
}

static unsigned int count(struct platform_device *pdev, unsigned int type)
{
	unsigned int n = 0;

	while (nth_resource(pdev, type, n))
		n++;
	return n;
}

/* A device that was made up has each range and line that its driver asks for, up to a number. */
static struct resource *made_up_resource(
	struct platform_device *pdev, unsigned int type, unsigned int num)
{
	struct platform *p = platform_of(&pdev->dev);
	unsigned int most = type == IORESOURCE_MEM ? MADE_UP_RANGES : MADE_UP_IRQS;

	if (!p->made_up || num >= most || num != count(pdev, type))
		return NULL;
	if (type == IORESOURCE_MEM)
		add_range(p, NULL);
	else
		add_line(p, NULL);
	return nth_resource(pdev, type, num);
}

struct resource *platform_get_resource(
	struct platform_device *pdev, unsigned int type, unsigned int num)
{
	struct resource *res = nth_resource(pdev, type, num);

	return res || type != IORESOURCE_MEM ? res : made_up_resource(pdev, type, num);
}

/* The first of @type that has no name yet gets this one. */
static struct resource *name_made_up(
	struct platform_device *pdev, unsigned int type, const char *name)
{
	struct resource *res = NULL;

	if (!platform_of(&pdev->dev)->made_up)
		return NULL;
	for (unsigned int n = 0; (res = nth_resource(pdev, type, n)); n++)
		if (!res->name)
			break;
	if (!res)
		res = made_up_resource(pdev, type, count(pdev, type));
	if (res)
		res->name = name;
	return res;
}

struct resource *platform_get_resource_byname(
	struct platform_device *pdev, unsigned int type, const char *name)
{
	for (u32 i = 0; i < pdev->num_resources; i++)
		if (resource_type(&pdev->resource[i]) == type && pdev->resource[i].name &&
			!strcmp(pdev->resource[i].name, name))
			return &pdev->resource[i];
	return name_made_up(pdev, type, name);
}

int platform_get_irq_optional(struct platform_device *pdev, unsigned int num)
{
	struct resource *res = platform_get_resource(pdev, IORESOURCE_IRQ, num);

	return res ? (int)res->start : -ENXIO;
}

int platform_get_irq(struct platform_device *pdev, unsigned int num)
{
	struct resource *res = nth_resource(pdev, IORESOURCE_IRQ, num);
	int irq;

	if (!res)
		res = made_up_resource(pdev, IORESOURCE_IRQ, num);
	irq = res ? (int)res->start : -ENXIO;
	if (irq < 0)
		dev_err_probe(&pdev->dev, irq, "IRQ index %u not found\n", num);
	return irq;
}

int platform_get_irq_byname(struct platform_device *pdev, const char *name)
{
	struct resource *res = platform_get_resource_byname(pdev, IORESOURCE_IRQ, name);

	if (res)
		return (int)res->start;
	return dev_err_probe(&pdev->dev, -ENXIO, "IRQ %s not found\n", name);
}

int platform_irq_count(struct platform_device *pdev)
{
	int nr = 0;

	while (platform_get_resource(pdev, IORESOURCE_IRQ, (unsigned int)nr))
		nr++;
	return nr;
}

void *devm_platform_get_and_ioremap_resource(
	struct platform_device *pdev, unsigned int index, struct resource **res)
{
	struct resource *r = platform_get_resource(pdev, IORESOURCE_MEM, index);

	if (res)
		*res = r;
	return devm_ioremap_resource(&pdev->dev, r);
}

void *devm_platform_ioremap_resource(struct platform_device *pdev, unsigned int index)
{
	return devm_platform_get_and_ioremap_resource(pdev, index, NULL);
}

/* ------------------------------------------------------------------ devices come and go */

static struct platform *make_platform(const char *name, unsigned int nr_resources)
{
	struct platform *p = qy_host_zalloc(sizeof(*p));

	if (!p)
		return NULL;
	p->pdev.resource = qy_host_zalloc((nr_resources + 1) * sizeof(struct resource));
	if (!p->pdev.resource) {
		qy_host_free(p);
		return NULL;
	}
	qy_compat_device_init(&p->pdev.dev, &platform_bus);
	dev_set_name(&p->pdev.dev, "%s", name);
	p->pdev.name = p->pdev.dev.qy_name;
	p->pdev.id = PLATFORM_DEVID_NONE;
	p->compatible = "";
	return p;
}

static void free_platform(struct platform *p)
{
	qy_host_free(p->data);
	qy_host_free(p->pdev.resource);
	qy_host_free(p);
}

static void release_platform(struct device *dev)
{
	free_platform(container_of(to_platform_device(dev), struct platform, pdev));
}

static int add_platform(struct qy_world *w, struct platform *p)
{
	struct device_driver *drv;
	int error = qy_compat_device_add(&p->pdev.dev);

	if (error)
		return error;
	list_add_tail(&p->pdev.dev.qy_link, &model_of(w)->devices);
	list_for_each_entry(drv, &model_of(w)->drivers, qy_link)
		if (!try_bind(&p->pdev.dev, drv))
			break;
	return 0;
}

struct platform_device *platform_device_register_resndata(struct device *parent,
	const char *name, int id, const struct resource *res, unsigned int nr,
	const void *data, size_t size)
{
	struct qy_world *w = qy_compat_world();
	struct platform *p;
	int error;

	might_sleep();
	p = qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0) ? NULL : make_platform(name, nr);
	if (!p)
		return ERR_PTR(-ENOMEM);
	if (id != PLATFORM_DEVID_NONE)
		dev_set_name(&p->pdev.dev, "%s.%d", name, id < 0 ? 0 : id);
	p->pdev.name = name;
	p->pdev.id = id;
	for (unsigned int i = 0; i < nr; i++)
		p->pdev.resource[p->pdev.num_resources++] = res[i];
	p->pdev.dev.parent = parent;
	if (data) {
		p->data = qy_host_zalloc(size);
		p->pdev.dev.platform_data = p->data ? memcpy(p->data, data, size) : NULL;
	}
	error = data && !p->data ? -ENOMEM : add_platform(w, p);
	if (error) {
		free_platform(p);
		return ERR_PTR(error);
	}
	qy_hold(QY_HELD_DEVICE, &p->pdev, 0);
	return &p->pdev;
}

struct platform_device *platform_device_register_simple(
	const char *name, int id, const struct resource *res, unsigned int nr)
{
	return platform_device_register_resndata(NULL, name, id, res, nr, NULL, 0);
}

struct platform_device *platform_device_alloc(const char *name, int id)
{
	struct platform *p;

	might_sleep();
	p = qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0) ? NULL : make_platform(name, 0);
	if (!p)
		return NULL;
	if (id == PLATFORM_DEVID_AUTO)
		dev_set_name(&p->pdev.dev, "%s.%u.auto", name,
			model_of(qy_compat_world())->next_auto++);
	else if (id != PLATFORM_DEVID_NONE)
		dev_set_name(&p->pdev.dev, "%s.%d", name, id);
	scnprintf(p->name, sizeof(p->name), "%s", name);
	p->pdev.name = p->name;
	p->pdev.id = id;
	return qy_hold(QY_HELD_DEVICE, &p->pdev, 0);
}

int platform_device_add_resources(
	struct platform_device *pdev, const struct resource *res, unsigned int nr)
{
	struct resource *copy = qy_refuses(QY_HELD_OBJECT, GFP_KERNEL, 0)
					? NULL
					: qy_host_zalloc((nr + 1) * sizeof(*copy));

	if (!copy)
		return -ENOMEM;
	if (nr)
		memcpy(copy, res, nr * sizeof(*res));
	qy_host_free(pdev->resource);
	pdev->resource = copy;
	pdev->num_resources = nr;
	return 0;
}

int platform_device_add_data(struct platform_device *pdev, const void *data, size_t size)
{
	struct platform *p = container_of(pdev, struct platform, pdev);
	void *copy = qy_refuses(QY_HELD_OBJECT, GFP_KERNEL, size) ? NULL
								  : qy_host_zalloc(size);

	if (!copy)
		return -ENOMEM;
	qy_host_free(p->data);
	p->data = memcpy(copy, data, size);
	pdev->dev.platform_data = copy;
	return 0;
}

int platform_device_add(struct platform_device *pdev)
{
	might_sleep();
	return add_platform(qy_compat_world(), container_of(pdev, struct platform, pdev));
}

void platform_device_del(struct platform_device *pdev)
{
	if (IS_ERR_OR_NULL(pdev))
		return;
	might_sleep();
	qy_compat_unbind(&pdev->dev);
	list_del(&pdev->dev.qy_link);
	qy_compat_device_del(&pdev->dev);
	qy_compat_release_all(&pdev->dev); /* what it was given without a driver */
}

void platform_device_put(struct platform_device *pdev)
{
	if (IS_ERR_OR_NULL(pdev))
		return;
	qy_let_go(QY_HELD_DEVICE, pdev);
	pdev->dev.release = release_platform;
	qy_compat_put_device(&pdev->dev);
}

void platform_device_unregister(struct platform_device *pdev)
{
	platform_device_del(pdev);
	platform_device_put(pdev);
}

struct platform_device *platform_device_register_full(
	const struct platform_device_info *info)
{
	struct platform_device *pdev = platform_device_alloc(info->name, info->id);
	int error;

	if (!pdev)
		return ERR_PTR(-ENOMEM);
	pdev->dev.parent = info->parent;
	pdev->dev.fwnode = info->fwnode;
	error = platform_device_add_resources(pdev, info->res, info->num_res);
	if (!error && info->data)
		error = platform_device_add_data(pdev, info->data, info->size_data);
	if (!error && info->dma_mask)
		error = dma_coerce_mask_and_coherent(&pdev->dev, info->dma_mask);
	if (!error)
		error = platform_device_add(pdev);
	if (!error)
		return pdev;
	platform_device_put(pdev);
	return ERR_PTR(error);
}

/* As Linux names devices of the tree: "15a00000.isp", the name alone without an address. */
static void name_node(const struct device_node *np, char *name, size_t size)
{
	const char *at = strchr(np->full_name, '@');
	u64 base, bytes;

	if (at && !qy_compat_of_reg(np, 0, &base, &bytes))
		scnprintf(name, size, "%llx.%.*s", base, (int)(at - np->full_name),
			np->full_name);
	else
		scnprintf(name, size, "%s", np->full_name);
}

#define MAX_RESOURCES 32

static int add_node(struct qy_world *w, struct device_node *np)
{
	struct platform *p;
	char name[48];
	u64 base, size;
	u32 irq;

	name_node(np, name, sizeof(name));
	p = make_platform(name, 2 * MAX_RESOURCES);
	if (!p)
		return -ENOMEM;
	p->of_the_world = true;
	p->pdev.dev.of_node = np;
	of_property_read_string(np, "compatible", &p->compatible);
	for (unsigned int i = 0; i < MAX_RESOURCES; i++) {
		const char *part = np->full_name;

		if (qy_compat_of_reg(np, i, &base, &size))
			break;
		of_property_read_string_index(np, "reg-names", (int)i, &part);
		if (size)
			add_resource(p, base, size, IORESOURCE_MEM, part);
	}
	for (unsigned int i = 0; i < MAX_RESOURCES; i++) {
		const char *part = np->full_name;

		if (qy_compat_of_irq(np, i, &irq))
			break;
		of_property_read_string_index(np, "interrupt-names", (int)i, &part);
		add_resource(p, irq, 1, IORESOURCE_IRQ, part);
	}
	if (add_platform(w, p)) {
		free_platform(p);
		return 0; /* what its device cannot be here is no reason to have no board */
	}
	return 0;
}

/* Children of the root, and of buses that only pass addresses on. */
static int add_children(struct qy_world *w, struct device_node *parent)
{
	struct device_node *np;
	int error = 0;

	for_each_available_node(np, parent)
	{
		if (error)
			return error;
		if (!of_property_present(np, "compatible"))
			continue;
		error = add_node(w, np);
		if (!error && (of_device_is_compatible(np, "simple-bus") ||
				      of_device_is_compatible(np, "simple-mfd")))
			error = add_children(w, np);
	}
	return error;
}

int qy_compat_platform_init(struct qy_world *w)
{
	return model_of(w)->of_nodes ? add_children(w, model_of(w)->of_nodes) : 0;
}

void qy_compat_platform_down(struct qy_world *w)
{
	struct device *dev, *next;

	list_for_each_entry_safe(dev, next, &model_of(w)->devices, qy_link) {
		list_del(&dev->qy_link);
		qy_compat_device_del(dev);
		free_platform(platform_of(dev));
	}
}

/* ------------------------------------------------------------------ what the lab asks */

static struct device *nth(const struct qy_world *w, unsigned int n)
{
	struct device *dev;

	list_for_each_entry(dev, &model_of(w)->devices, qy_link)
		if (!n--)
			return dev;
	return NULL;
}

int qy_compat_nr_platform(const struct qy_world *w)
{
	int n = 0;

	while (nth(w, (unsigned int)n))
		n++;
	return n;
}

bool qy_world_device(
	const struct qy_world *w, unsigned int n, struct qy_world_device *device)
{
	struct device *dev = nth(w, n);
	struct platform_device *pdev;
	struct resource *res;

	if (!dev) {
		n -= (unsigned int)qy_compat_nr_platform(w);
		return qy_compat_pci_device(w, n, device) ||
		       qy_compat_slave_device(w, n - qy_compat_nr_pci(w), device);
	}
	pdev = to_platform_device(dev);
	*device = (struct qy_world_device){ .name = dev_name(dev),
		.compatible = platform_of(dev)->compatible,
		.driver = dev->driver ? dev->driver->name : NULL,
		.stays_bound = dev->driver && dev->driver->suppress_bind_attrs,
		.probe_error = platform_of(dev)->probe_error };
	while (device->nr_irqs < QY_WORLD_IRQS &&
		(res = platform_get_resource(pdev, IORESOURCE_IRQ, device->nr_irqs)))
		device->irqs[device->nr_irqs++] = (unsigned int)res->start;
	device->irq = device->irqs[0];
	res = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	device->registers = res ? res->start : 0;
	return true;
}

struct clients {
	struct qy_world *w;
	bool come;
};

static int call_clients(void *arg)
{
	const struct clients *clients = arg;

	qy_compat_mailbox_clients(clients->w, clients->come);
	qy_compat_dma_clients(clients->w, clients->come);
	return 0;
}

void qy_world_clients(struct qy_world *w, bool come)
{
	struct clients clients = { w, come };

	qy_world_run(w, "client", call_clients, &clients);
}

bool qy_world_has_channels(const struct qy_world *w)
{
	return !list_empty(&model_of(w)->mailboxes) ||
	       !list_empty(&model_of(w)->dma_devices);
}

struct made_up {
	struct qy_world *w;
	const char *name, *compatible;
};

static int add_made_up(void *arg)
{
	struct made_up *up = arg;
	struct platform *p = make_platform(up->name, MADE_UP_RANGES + MADE_UP_IRQS);
	int n;

	if (!p)
		return -ENOMEM;
	p->of_the_world = p->made_up = true;
	if (*up->compatible) {
		struct device_node *np =
			qy_compat_of_make(up->w, up->name, up->compatible);

		p->pdev.dev.of_node = np;
		p->compatible = up->compatible;
	}
	add_range(p, NULL);
	add_line(p, NULL);
	if (p->pdev.dev.of_node)
		qy_compat_of_place(p->pdev.dev.of_node, p->pdev.resource[0].start,
			MADE_UP_BYTES, (u32)p->pdev.resource[1].start);
	n = qy_compat_nr_platform(up->w);
	if (add_platform(up->w, p)) {
		free_platform(p);
		return -ENOMEM;
	}
	return n;
}

int qy_world_add_device(struct qy_world *w, const char *name, const char *compatible)
{
	struct made_up up = { w, name, compatible ? compatible : "" };

	if (!strncmp(up.compatible, "pci:", 4))
		return qy_compat_pci_add_alias(w, up.compatible);
	if (!strncmp(up.compatible, "i2c:", 4) || !strncmp(up.compatible, "spi:", 4))
		return qy_compat_slave_add(w, up.compatible);
	return qy_world_run(w, "kworker/bind", add_made_up, &up);
}

bool qy_world_driver(
	const struct qy_world *w, unsigned int n, struct qy_world_driver *driver)
{
	struct device_driver *drv;
	unsigned int nr = 0;

	list_for_each_entry(drv, &model_of(w)->drivers, qy_link) {
		if (nr++ != n)
			continue;
		*driver = (struct qy_world_driver){ .name = drv->name,
			.nr_probes = drv->qy_nr_probes };
		driver->wanted = first_wanted(to_platform_driver(drv), &driver->by_name);
		return true;
	}
	return qy_compat_pci_driver(w, n - nr, driver);
}

const char *qy_world_wanted(const struct qy_world *w, unsigned int n, bool *by_name)
{
	struct device_driver *driver;
	const char *alias;

	list_for_each_entry(driver, &model_of(w)->drivers, qy_link) {
		struct platform_driver *drv = to_platform_driver(driver);

		*by_name = false;
		for (const struct of_device_id *id = driver->of_match_table;
			id && (id->compatible[0] || id->name[0] || id->type[0]); id++)
			if (!n--)
				return id->compatible;
		*by_name = true;
		for (const struct platform_device_id *id = drv->id_table;
			id && id->name[0]; id++)
			if (!n--)
				return id->name;
		if (!driver->of_match_table && !drv->id_table && !n--)
			return driver->name;
	}
	*by_name = false;
	alias = qy_compat_pci_wanted(w, &n);
	return alias ? alias : qy_compat_slave_wanted(w, &n);
}
