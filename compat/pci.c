// SPDX-License-Identifier: MIT
/*
 * PCI devices of a world and their drivers (linux/pci.h): those of the tree, those that are given.
 *
 *   qy_world_add_pci      a device, which is bound at once where a driver waits for it
 *   qy_compat_pci_*       what platform.c adds to its answers
 *
 * Locking: none; see world.h.
 */
#include <linux/of_irq.h>
#include "compat/pci.h"

/* ------------------------------------------------------------------ matching and binding */

static bool is_end(const struct pci_device_id *id)
{
	return !id->vendor && !id->subvendor && !id->class_mask;
}

const struct pci_device_id *pci_match_id(
	const struct pci_device_id *ids, struct pci_dev *dev)
{
	for (; ids && !is_end(ids); ids++)
		if ((ids->vendor == PCI_ANY_ID || ids->vendor == dev->vendor) &&
			(ids->device == PCI_ANY_ID || ids->device == dev->device) &&
			(ids->subvendor == PCI_ANY_ID ||
				ids->subvendor == dev->subsystem_vendor) &&
			(ids->subdevice == PCI_ANY_ID ||
				ids->subdevice == dev->subsystem_device) &&
			!((ids->class ^ dev->class) & ids->class_mask))
			return ids;
	return NULL;
}

static int pci_probe(struct device *dev)
{
	struct pci_dev *pdev = to_pci_dev(dev);
	struct pci_driver *drv = to_pci_driver(dev->driver);
	int error;

	pdev->driver = drv;
	error = drv->probe ? drv->probe(pdev, pdev->qy_id) : -ENXIO;
	if (error)
		pdev->driver = NULL;
	if (error > 0)
		qy_compat_report(
			"WARNING: probe of %s returned %d, it should be 0 or an error",
			pci_name(pdev), error);
	return error < 0 ? error : 0;
}

static void pci_remove(struct device *dev)
{
	struct pci_driver *drv = to_pci_driver(dev->driver);

	if (drv->remove)
		drv->remove(to_pci_dev(dev));
	to_pci_dev(dev)->driver = NULL;
}

static void pci_shutdown(struct device *dev)
{
	struct pci_driver *drv = to_pci_driver(dev->driver);

	if (drv->shutdown)
		drv->shutdown(to_pci_dev(dev));
}

static const struct bus_type pci_bus_type = {
	.name = "pci", .probe = pci_probe, .remove = pci_remove, .shutdown = pci_shutdown
};

static int try_bind(struct pci_dev *pdev, struct pci_driver *drv)
{
	int error;

	if (pdev->dev.driver)
		return -ENODEV;
	pdev->qy_id = pci_match_id(drv->id_table, pdev);
	if (!pdev->qy_id)
		return -ENODEV;
	error = qy_compat_bind(&pdev->dev, &drv->driver);
	pdev->qy_probe_error = error;
	if (error && error != -ENODEV && error != -ENXIO)
		qy_printk_line(QY_LOG_WARNING, "%s: probe of %s failed with error %d",
			drv->name, pci_name(pdev), error);
	return error;
}

int __pci_register_driver(
	struct pci_driver *drv, struct module *owner, const char *mod_name)
{
	struct qy_world *w = qy_compat_world();
	struct pci_dev *pdev;

	(void)mod_name;
	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return -ENOMEM;
	drv->driver.name = drv->name;
	drv->driver.owner = owner;
	drv->driver.bus = &pci_bus_type;
	if (!drv->driver.dev_groups)
		drv->driver.dev_groups = drv->dev_groups;
	list_add_tail(&drv->driver.qy_link, &model_of(w)->pci_drivers);
	qy_hold(QY_HELD_DEVICE, &drv->driver, 0);
	for_each_pci(pdev, model_of(w)) try_bind(pdev, drv);
	return 0;
}

void pci_unregister_driver(struct pci_driver *drv)
{
	struct qy_world *w = qy_compat_world();
	struct pci_dev *pdev;

	might_sleep();
	list_for_each_entry_reverse(pdev, &model_of(w)->pci_devices,
		dev.qy_link) if (pdev->dev.driver == &drv->driver)
		qy_compat_unbind(&pdev->dev);
	list_del(&drv->driver.qy_link);
	qy_let_go(QY_HELD_DEVICE, &drv->driver);
}

/* ------------------------------------------------------------------ finding one */

/* The next behind @from, whose reference goes, that one of the table's entries matches. */
static struct pci_dev *next_match(const struct pci_device_id *ids, struct pci_dev *from)
{
	struct pci_dev *pdev, *found = NULL;
	bool behind = !from;

	for_each_pci(pdev, model_of(qy_compat_world()))
	{
		if (behind && !found && pci_match_id(ids, pdev))
			found = pci_dev_get(pdev);
		behind |= pdev == from;
	}
	pci_dev_put(from);
	return found;
}

struct pci_dev *pci_get_subsys(unsigned int vendor, unsigned int device,
	unsigned int ss_vendor, unsigned int ss_device, struct pci_dev *from)
{
	const struct pci_device_id ids[] = {
		{ PCI_DEVICE_SUB(vendor, device, ss_vendor, ss_device) }, {}
	};

	return next_match(ids, from);
}

struct pci_dev *pci_get_device(
	unsigned int vendor, unsigned int device, struct pci_dev *from)
{
	return pci_get_subsys(vendor, device, PCI_ANY_ID, PCI_ANY_ID, from);
}

struct pci_dev *pci_get_class(unsigned int class, struct pci_dev *from)
{
	const struct pci_device_id ids[] = { { PCI_DEVICE_CLASS(class, ~0u) }, {} };

	return next_match(ids, from);
}

struct pci_dev *pci_get_domain_bus_and_slot(
	int domain, unsigned int bus, unsigned int devfn)
{
	struct pci_dev *pdev;

	for_each_pci(pdev,
		model_of(qy_compat_world())) if (pci_domain_nr(pdev->bus) == domain &&
						 pdev->bus->number == bus &&
						 pdev->devfn ==
							 devfn) return pci_dev_get(pdev);
	return NULL;
}

int pci_dev_present(const struct pci_device_id *ids)
{
	struct pci_dev *pdev;

	for_each_pci(
		pdev, model_of(qy_compat_world())) if (pci_match_id(ids, pdev)) return 1;
	return 0;
}

/* ------------------------------------------------------------------ devices come and go */

static void name_it(struct pci_dev *dev)
{
	dev_set_name(&dev->dev, "%04x:%02x:%02x.%u", (unsigned int)dev->bus->domain_nr,
		(unsigned int)dev->bus->number, PCI_SLOT(dev->devfn),
		PCI_FUNC(dev->devfn));
	scnprintf(dev->qy_alias, sizeof(dev->qy_alias),
		"pci:v%08Xd%08Xsv%08Xsd%08Xbc%02Xsc%02Xi%02X", dev->vendor, dev->device,
		dev->subsystem_vendor, dev->subsystem_device, dev->class >> 16 & 0xff,
		dev->class >> 8 & 0xff, dev->class & 0xff);
}

/* Where a device stands. */
struct pci_place {
	struct pci_host *host; /* NULL: the board has none */
	int domain;
	unsigned int bus, devfn;
	struct device_node *np; /* NULL: it is not of the tree */
};

static struct pci_dev *make_device(struct qy_model *model, const struct pci_place *place,
	const struct qy_pci_device *what)
{
	struct pci_dev *dev = qy_host_zalloc(sizeof(*dev));

	if (!dev)
		return NULL;
	qy_compat_device_init(&dev->dev, &pci_bus_type);
	dev->bus = &dev->qy_bus;
	dev->qy_bus.domain_nr = place->domain;
	dev->qy_bus.number = (unsigned char)place->bus;
	dev->devfn = place->devfn;
	dev->dev.of_node = place->np;
	dev->vendor = what->vendor;
	dev->device = what->device;
	dev->subsystem_vendor = what->subsystem_vendor;
	dev->subsystem_device = what->subsystem_device;
	dev->class = what->class_code;
	dev->revision = what->revision;
	dev->pin = 1;
	dev->qy_max_vectors = what->nr_vectors;
	model->next_irq += dev->qy_max_vectors + 1;
	dev->irq = dev->qy_first_irq = NR_IRQS - (model->next_irq - 32);
	name_it(dev);
	if (qy_compat_pci_place_bars(model, place->host, dev, what))
		goto free_device;
	qy_compat_pci_fill_config(dev, what->conventional);
	if (qy_compat_device_add(&dev->dev))
		goto free_device;
	list_add_tail(&dev->dev.qy_link, &model->pci_devices);
	return dev;
free_device:
	qy_compat_pci_forget_regions(model, dev);
	qy_host_free(dev);
	return NULL;
}

static void free_device(struct qy_model *model, struct pci_dev *dev)
{
	list_del(&dev->dev.qy_link);
	qy_compat_device_del(&dev->dev);
	qy_compat_pci_forget_regions(model, dev);
	qy_host_free(dev);
}

void pci_stop_and_remove_bus_device(struct pci_dev *dev)
{
	might_sleep();
	qy_compat_unbind(&dev->dev);
	free_device(model_of(qy_compat_world()), dev);
}

/* ------------------------------------------------------------------ those that the world is given */

static bool is_free(
	const struct qy_model *model, int domain, unsigned int bus, unsigned int devfn)
{
	struct pci_dev *pdev;

	for_each_pci(pdev,
		model) if (pdev->bus->domain_nr == domain && pdev->bus->number == bus &&
			   PCI_SLOT(pdev->devfn) == PCI_SLOT(devfn)) return false;
	return true;
}

/* The first free slot behind the board's first bridge, or of a bus of its own. */
static struct pci_place find_place(const struct qy_model *model)
{
	struct pci_place place = { .bus = 1 };
	unsigned int slot = 0;

	if (!list_empty(&model->pci_hosts)) {
		place.host = list_first_entry(&model->pci_hosts, struct pci_host, link);
		place.domain = place.host->domain;
		place.bus = place.host->bus;
		slot = 1; /* the bridge itself is 0 */
	}
	while (slot < 31 && !is_free(model, place.domain, place.bus, PCI_DEVFN(slot, 0)))
		slot++;
	place.devfn = PCI_DEVFN(slot, 0);
	return place;
}

struct addition {
	struct qy_world *w;
	const struct qy_pci_device *what;
};

/* In a task, since a driver's probe may run. */
static int add_device(void *arg)
{
	struct addition *a = arg;
	struct qy_model *model = model_of(a->w);
	struct pci_place place = find_place(model);
	struct pci_dev *dev = make_device(model, &place, a->what), *pdev;
	struct device_driver *drv;
	int n = qy_compat_nr_platform(a->w);

	if (!dev)
		return -ENOMEM;
	for_each_pci(pdev, model)
	{
		if (pdev == dev)
			break;
		n++;
	}
	list_for_each_entry(drv, &model->pci_drivers, qy_link)
		if (!try_bind(dev, to_pci_driver(drv)))
			break;
	return n;
}

int qy_world_add_pci(struct qy_world *w, const struct qy_pci_device *device)
{
	struct addition a = { w, device };

	return qy_world_run(w, "kworker/bind", add_device, &a);
}

/* ------------------------------------------------------------------ those of the tree */

#define MADE_UP_BAR     0x10000
#define MADE_UP_VECTORS 8

/* What nothing is said of: it has all that a driver may look for. */
static struct qy_pci_device any_device(void)
{
	struct qy_pci_device device = { .vendor = 0x1234,
		.device = 1,
		.subsystem_vendor = 0x1af4,
		.subsystem_device = 0x1100,
		.class_code = 0xff0000,
		.nr_vectors = MADE_UP_VECTORS };

	for (int bar = 0; bar < PCI_STD_NUM_BARS; bar++)
		device.bar_bytes[bar] = MADE_UP_BAR;
	return device;
}

static bool read_hex(const char **at, unsigned int digits, u32 *value)
{
	const char *begin = *at;

	for (*value = 0; digits--; (*at)++) {
		char c = **at;

		if (c >= '0' && c <= '9')
			*value = *value << 4 | (u32)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			*value = *value << 4 | (u32)((c | 0x20) - 'a' + 10);
		else
			break;
	}
	return *at > begin;
}

/* "pciVVVV,DDDD[.SSSS.SSSS...]", "pciclass,CCSSPP", as nodes of PCI devices are called. */
static bool read_compatible(const char *name, struct qy_pci_device *device)
{
	const char *at = name + 3;
	u32 vendor, number;

	if (!strncmp(name, "pciclass,", 9)) {
		at = name + 9;
		if (!read_hex(&at, 6, &number))
			return false;
		device->class_code = at - name > 13 ? number : number << 8;
		return true;
	}
	if (strncmp(name, "pci", 3) != 0 || !read_hex(&at, 4, &vendor) || *at++ != ',' ||
		!read_hex(&at, 4, &number))
		return false;
	device->vendor = (u16)vendor;
	device->device = (u16)number;
	if (*at++ == '.' && read_hex(&at, 4, &vendor) && *at++ == '.' &&
		read_hex(&at, 4, &number)) {
		device->subsystem_vendor = (u16)vendor;
		device->subsystem_device = (u16)number;
	}
	return true;
}

/* Its numbers, by its names and properties. False: nobody could know which device it is. */
static bool read_node(const struct device_node *np, struct qy_pci_device *device)
{
	bool known = false;
	const char *name;
	u32 number;

	*device = any_device();
	for (int i = 0; !of_property_read_string_index(np, "compatible", i, &name); i++)
		known |= read_compatible(name, device);
	if (!of_property_read_u32(np, "vendor-id", &number)) {
		device->vendor = (u16)number;
		known = true;
	}
	if (!of_property_read_u32(np, "device-id", &number))
		device->device = (u16)number;
	if (!of_property_read_u32(np, "class-code", &number))
		device->class_code = number;
	return known;
}

static bool is_bridge(const struct device_node *np)
{
	const char *type;

	return !of_property_read_string(np, "device_type", &type) &&
	       (!strcmp(type, "pci") || !strcmp(type, "pciex"));
}

static u32 cell_of(const struct device_node *np, const char *name, u32 index, u32 absent)
{
	of_property_read_u32_index(np, name, index, &absent);
	return absent;
}

#define SPACE_OF(cell) ((cell) >> 24 & 3)
#define SPACE_IO       1u

/* ranges of a bridge: <kind, address of PCI (2), address of the parent, size (2)> */
static void read_windows(struct pci_host *host)
{
	const struct device_node *np = host->np;
	u32 up = cell_of(np->parent, "#address-cells", 0, 2), row = 3 + up + 2;
	int cells = of_property_count_elems_of_size(np, "ranges", 4);

	for (u32 at = 0; cells > 0 && at + row <= (u32)cells &&
			 host->nr_windows < PCI_HOST_WINDOWS;
		at += row) {
		struct pci_window *window = &host->window[host->nr_windows];
		u64 cpu = 0;

		for (u32 i = 0; i < up; i++)
			cpu = cpu << 32 | cell_of(np, "ranges", at + 3 + i, 0);
		*window = (struct pci_window){
			.ports = SPACE_OF(cell_of(np, "ranges", at, 0)) == SPACE_IO,
			.cpu = cpu,
			.bus = (u64)cell_of(np, "ranges", at + 1, 0) << 32 |
			       cell_of(np, "ranges", at + 2, 0),
			.bytes = (u64)cell_of(np, "ranges", at + 3 + up, 0) << 32 |
				 cell_of(np, "ranges", at + 4 + up, 0),
		};
		if (window->ports && window->bus + window->bytes > 0x1000 &&
			window->bus < 0x1000)
			window->used = 0x1000 - window->bus; /* as Linux leaves them */
		if (!qy_compat_of_translate(np->parent, &window->cpu))
			host->nr_windows++;
	}
}

static int add_functions(
	struct qy_world *w, struct pci_host *host, struct device_node *bridge)
{
	unsigned int bus = bridge == host->np ? host->bus : host->next_bus++;
	struct device_node *np;

	for_each_available_node(np, bridge)
	{
		struct pci_place place = { .host = host,
			.domain = host->domain,
			.bus = bus,
			.devfn = cell_of(np, "reg", 0, 0) >> 8 & 0xff,
			.np = np };
		struct qy_pci_device what;

		if (is_bridge(np)) {
			if (add_functions(w, host, np))
				return -ENOMEM;
			continue;
		}
		/* what its device cannot be here is no reason to have no board */
		if (of_property_present(np, "reg") && read_node(np, &what))
			make_device(model_of(w), &place, &what);
	}
	return 0;
}

int qy_compat_pci_init(struct qy_world *w)
{
	struct qy_model *model = model_of(w);
	int next_domain = 0;

	for (unsigned int i = 0; i < model->nr_of_nodes; i++) {
		struct device_node *np = &model->of_nodes[i];
		struct pci_host *host;

		if (!is_bridge(np) || !np->parent || is_bridge(np->parent) ||
			!of_device_is_available(np))
			continue;
		host = qy_host_zalloc(sizeof(*host));
		if (!host)
			return -ENOMEM;
		host->np = np;
		host->domain = (int)cell_of(np, "linux,pci-domain", 0, (u32)next_domain);
		next_domain = host->domain + 1;
		host->bus = cell_of(np, "bus-range", 0, 0);
		host->next_bus = host->bus + 1;
		list_add_tail(&host->link, &model->pci_hosts);
		read_windows(host);
		if (add_functions(w, host, np))
			return -ENOMEM;
	}
	return 0;
}

void qy_compat_pci_down(struct qy_world *w)
{
	struct pci_dev *pdev, *next;
	struct pci_host *host, *next_host;

	list_for_each_entry_safe(pdev, next, &model_of(w)->pci_devices, dev.qy_link)
		free_device(model_of(w), pdev);
	list_for_each_entry_safe(host, next_host, &model_of(w)->pci_hosts, link)
		qy_host_free(host);
}

/* ------------------------------------------------------------------ what the lab asks */

bool qy_compat_pci_device(
	const struct qy_world *w, unsigned int n, struct qy_world_device *device)
{
	struct pci_dev *pdev;

	for_each_pci(pdev, model_of(w))
	{
		unsigned int nr = pdev->qy_nr_vectors;

		if (n--)
			continue;
		*device = (struct qy_world_device){ .name = pci_name(pdev),
			.compatible = pdev->qy_alias,
			.driver = pdev->dev.driver ? pdev->dev.driver->name : NULL,
			.irq = pdev->qy_first_irq + !!nr,
			.nr_irqs = nr ? min(nr, (unsigned int)QY_WORLD_IRQS) : 1,
			.probe_error = pdev->qy_probe_error };
		for (unsigned int i = 0; i < device->nr_irqs; i++)
			device->irqs[i] = device->irq + i;
		for (int bar = 0; bar < PCI_STD_NUM_BARS && !device->registers; bar++)
			if (pci_resource_flags(pdev, bar) & IORESOURCE_MEM)
				device->registers = pci_resource_start(pdev, bar);
		return true;
	}
	return false;
}

struct device *qy_compat_pci_find(const struct qy_world *w, const char *name)
{
	struct pci_dev *pdev;

	for_each_pci(
		pdev, model_of(w)) if (!strcmp(pci_name(pdev), name)) return &pdev->dev;
	return NULL;
}

int qy_compat_pci_bind(struct qy_world *w, struct device *dev)
{
	struct device_driver *drv;

	list_for_each_entry(drv, &model_of(w)->pci_drivers, qy_link)
		if (pci_match_id(to_pci_driver(drv)->id_table, to_pci_dev(dev)))
			return try_bind(to_pci_dev(dev), to_pci_driver(drv));
	return -ENODEV;
}

bool qy_compat_is_pci(const struct device *dev)
{
	return dev->bus == &pci_bus_type;
}

/* A number of a table, or the star that stands for any. */
static int put_number(char *text, size_t size, const char *name, u32 value, int digits)
{
	if (value == PCI_ANY_ID)
		return scnprintf(text, size, "%s*", name);
	return scnprintf(text, size, "%s%0*X", name, digits, value);
}

static const char *alias_of_id(struct qy_model *model, const struct pci_device_id *id)
{
	char *text = model->pci_wanted;
	size_t size = sizeof(model->pci_wanted), at = 0;
	u32 base = id->class_mask >> 16 & 0xff ? id->class >> 16 & 0xff : PCI_ANY_ID;
	u32 below = id->class_mask >> 8 & 0xff ? id->class >> 8 & 0xff : PCI_ANY_ID;
	u32 interface = id->class_mask & 0xff ? id->class & 0xff : PCI_ANY_ID;

	at += (size_t)put_number(text, size, "pci:v", id->vendor, 8);
	at += (size_t)put_number(text + at, size - at, "d", id->device, 8);
	at += (size_t)put_number(text + at, size - at, "sv", id->subvendor, 8);
	at += (size_t)put_number(text + at, size - at, "sd", id->subdevice, 8);
	at += (size_t)put_number(text + at, size - at, "bc", base, 2);
	at += (size_t)put_number(text + at, size - at, "sc", below, 2);
	put_number(text + at, size - at, "i", interface, 2);
	return text;
}

const char *qy_compat_pci_wanted(const struct qy_world *w, unsigned int *n)
{
	struct qy_model *model = model_of(w);
	struct device_driver *drv;

	list_for_each_entry(drv, &model->pci_drivers, qy_link)
		for (const struct pci_device_id *id = to_pci_driver(drv)->id_table;
			id && !is_end(id); id++)
			if (!(*n)--)
				return alias_of_id(model, id);
	return NULL;
}

bool qy_compat_pci_driver(
	const struct qy_world *w, unsigned int n, struct qy_world_driver *driver)
{
	struct device_driver *drv;

	list_for_each_entry(drv, &model_of(w)->pci_drivers, qy_link) {
		const struct pci_device_id *id = to_pci_driver(drv)->id_table;

		if (n--)
			continue;
		*driver = (struct qy_world_driver){ .name = drv->name,
			.nr_probes = drv->qy_nr_probes,
			.wanted =
				id && !is_end(id) ? alias_of_id(model_of(w), id) : NULL };
		return true;
	}
	return false;
}

/* The number behind @name; a star stands for one that nobody has. */
static u32 number_of_alias(const char *alias, const char *name, u32 otherwise)
{
	const char *at = strstr(alias, name);
	u32 value;

	if (!at)
		return otherwise;
	at += strlen(name);
	return read_hex(&at, 8, &value) ? value : otherwise;
}

int qy_compat_pci_add_alias(struct qy_world *w, const char *alias)
{
	struct qy_pci_device device = any_device();

	/* numbers are in capital letters */
	device.vendor = (u16)number_of_alias(alias, ":v", device.vendor);
	device.device = (u16)number_of_alias(alias, "d", device.device);
	device.subsystem_vendor =
		(u16)number_of_alias(alias, "sv", device.subsystem_vendor);
	device.subsystem_device =
		(u16)number_of_alias(alias, "sd", device.subsystem_device);
	device.class_code = number_of_alias(alias, "bc", 0xff) << 16 |
			    number_of_alias(alias, "sc", 0) << 8 |
			    number_of_alias(strrchr(alias, 'i'), "i", 0);
	return qy_world_add_pci(w, &device);
}
