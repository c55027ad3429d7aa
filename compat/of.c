// SPDX-License-Identifier: MIT
/*
 * The board's device tree as drivers see it.
 *
 * Nodes and properties are made once from what the lab has read (struct qy_tree), and stay. What drivers get of them is noted, and
 * taken off when they put it: no note, no reference. The runtime itself looks at nodes without one (qy_compat_of_*()).
 *
 * Locking: none; see world.h.
 */
#include <linux/irq.h>
#include <linux/of_address.h>
#include <linux/of_irq.h>
#include "compat/held.h"
#include "compat/model.h"

static u32 cell(const void *value, unsigned int n)
{
	const u8 *b = (const u8 *)value + 4 * n;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static u64 cells(const void *value, unsigned int n, unsigned int nr)
{
	u64 number = 0;

	for (; nr; nr--, n++)
		number = number << 32 | cell(value, n);
	return number;
}

/* ------------------------------------------------------------------ properties */

const void *of_get_property(const struct device_node *np, const char *name, int *length)
{
	for (struct property *p = np ? np->properties : NULL; p; p = p->next)
		if (!strcmp(p->name, name)) {
			if (length)
				*length = p->length;
			return p->value;
		}
	return NULL;
}

static int find_bytes(
	const struct device_node *np, const char *name, size_t bytes, const void **value)
{
	int length;

	*value = of_get_property(np, name, &length);
	if (!*value)
		return -EINVAL;
	if (!length)
		return -ENODATA;
	return (size_t)length < bytes ? -EOVERFLOW : 0;
}

int of_property_read_u32_array(
	const struct device_node *np, const char *name, u32 *values, size_t nr)
{
	const void *value;
	int error = find_bytes(np, name, nr * 4, &value);

	for (size_t i = 0; !error && i < nr; i++)
		values[i] = cell(value, (unsigned int)i);
	return error;
}

int of_property_read_u32_index(
	const struct device_node *np, const char *name, u32 index, u32 *value)
{
	const void *cells_of;
	int error = find_bytes(np, name, ((size_t)index + 1) * 4, &cells_of);

	if (!error)
		*value = cell(cells_of, index);
	return error;
}

int of_property_read_u64(const struct device_node *np, const char *name, u64 *value)
{
	const void *cells_of;
	int error = find_bytes(np, name, 8, &cells_of);

	if (!error)
		*value = cells(cells_of, 0, 2);
	return error;
}

int of_property_count_elems_of_size(
	const struct device_node *np, const char *name, int size)
{
	int length;

	if (!of_get_property(np, name, &length))
		return -EINVAL;
	return length % size ? -EINVAL : length / size;
}

int of_property_read_string_index(
	const struct device_node *np, const char *name, int index, const char **text)
{
	int length;
	const char *at = of_get_property(np, name, &length), *end;

	if (!at)
		return -EINVAL;
	for (end = at + length; at < end; at += strlen(at) + 1) {
		if (strnlen(at, (size_t)(end - at)) == (size_t)(end - at))
			return -EILSEQ;
		if (!index--) {
			*text = at;
			return 0;
		}
	}
	return -ENODATA;
}

int of_property_count_strings(const struct device_node *np, const char *name)
{
	const char *text;
	int nr = 0, error;

	while (!(error = of_property_read_string_index(np, name, nr, &text)))
		nr++;
	return error == -ENODATA && nr ? nr : error;
}

int of_property_match_string(
	const struct device_node *np, const char *name, const char *text)
{
	const char *have;
	int error;

	for (int i = 0; !(error = of_property_read_string_index(np, name, i, &have)); i++)
		if (!strcmp(have, text))
			return i;
	return error;
}

/* ------------------------------------------------------------------ references */

/* "/cpus/cpu@0" */
static char *path_of(const struct device_node *np, char *text, size_t size)
{
	size_t at = size - 1;

	text[at] = '\0';
	for (; np->parent; np = np->parent) {
		size_t n = strlen(np->full_name);

		if (n + 1 > at)
			break;
		at -= n + 1;
		text[at] = '/';
		memcpy(text + at + 1, np->full_name, n);
	}
	return text[at] ? text + at : strcpy(text, "/");
}

struct device_node *of_node_get(struct device_node *node)
{
	return qy_hold(QY_HELD_NODE, node, 0);
}

void of_node_put(struct device_node *node)
{
	struct qy_world *w = qy_this_machine() ? qy_compat_world() : NULL;
	char path[128];

	if (!w || !node)
		return;
	if (qy_compat_held_find(w, QY_HELD_NODE, node))
		qy_let_go(QY_HELD_NODE, node);
	else
		qy_compat_report(
			"OF: ERROR: of_node_release() detected bad of_node_put() on %s",
			path_of(node, path, sizeof(path)));
}

/* ------------------------------------------------------------------ nodes */

int of_device_is_compatible(const struct device_node *np, const char *compatible)
{
	return of_property_match_string(np, "compatible", compatible) >= 0;
}

bool of_device_is_available(const struct device_node *np)
{
	const char *status;

	return of_property_read_string(np, "status", &status) ||
	       !strcmp(status, "okay") || !strcmp(status, "ok");
}

/* The entry that matches the first of the node's names that any entry matches. */
const struct of_device_id *of_match_node(
	const struct of_device_id *table, const struct device_node *np)
{
	const struct of_device_id *best = NULL;
	int best_place = INT_MAX;

	for (; np && table && (table->compatible[0] || table->name[0] || table->type[0]);
		table++) {
		int place = table->compatible[0]
				    ? of_property_match_string(
					      np, "compatible", table->compatible)
				    : -1;

		if (place >= 0 && place < best_place) {
			best = table;
			best_place = place;
		}
	}
	return best;
}

static struct device_node *by_phandle(const struct qy_model *model, u32 phandle)
{
	for (unsigned int i = 0; i < model->nr_of_nodes; i++)
		if (model->of_nodes[i].phandle == phandle)
			return &model->of_nodes[i];
	return NULL;
}

struct device_node *qy_compat_of_phandle(
	const struct device_node *np, const char *name, int index)
{
	u32 phandle;

	if (index < 0 || of_property_read_u32_index(np, name, (u32)index, &phandle))
		return NULL;
	return by_phandle(model_of(qy_compat_world()), phandle);
}

struct device_node *of_parse_phandle(
	const struct device_node *np, const char *name, int index)
{
	return of_node_get(qy_compat_of_phandle(np, name, index));
}

/* @nr_cells: -1: as many as @cells of the node says. */
int qy_compat_of_args(const struct device_node *np, const char *list, const char *cells,
	int nr_cells, int index, struct of_phandle_args *args)
{
	u32 at = 0, phandle, nr;

	for (int i = 0; index >= 0; i++) {
		int error = of_property_read_u32_index(np, list, at++, &phandle);

		if (error)
			return -ENOENT;
		args->np = by_phandle(model_of(qy_compat_world()), phandle);
		nr = nr_cells >= 0 ? (u32)nr_cells : 0;
		if (phandle && nr_cells < 0 &&
			(!args->np || of_property_read_u32(args->np, cells, &nr)))
			return -EINVAL;
		if (nr > MAX_PHANDLE_ARGS)
			return -EINVAL;
		for (u32 k = 0; k < nr; k++)
			if (of_property_read_u32_index(np, list, at + k, &args->args[k]))
				return -EINVAL;
		at += nr;
		args->args_count = (int)nr;
		if (i == index)
			return phandle ? 0 : -ENOENT;
	}
	return -EINVAL;
}

int of_parse_phandle_with_args(const struct device_node *np, const char *list,
	const char *cells, int index, struct of_phandle_args *args)
{
	int error = qy_compat_of_args(np, list, cells, -1, index, args);

	if (!error)
		of_node_get(args->np);
	return error;
}

int of_parse_phandle_with_fixed_args(const struct device_node *np, const char *list,
	int nr_cells, int index, struct of_phandle_args *args)
{
	int error = qy_compat_of_args(np, list, NULL, nr_cells, index, args);

	if (!error)
		of_node_get(args->np);
	return error;
}

int of_count_phandle_with_args(
	const struct device_node *np, const char *list, const char *cells)
{
	struct of_phandle_args args;
	int nr = 0;

	while (!qy_compat_of_args(np, list, cells, -1, nr, &args))
		nr++;
	return nr ? nr : -ENOENT;
}

struct device_node *qy_compat_of_child(const struct device_node *np, const char *name)
{
	for (struct device_node *child = np ? np->child : NULL; child;
		child = child->sibling) {
		size_t n = strcspn(child->full_name, "@");

		if (!strcmp(child->full_name, name) ||
			(strlen(name) == n && !strncmp(child->full_name, name, n)))
			return child;
	}
	return NULL;
}

struct device_node *of_get_child_by_name(const struct device_node *np, const char *name)
{
	return of_node_get(qy_compat_of_child(np, name));
}

struct device_node *of_get_next_child(
	const struct device_node *np, struct device_node *child)
{
	struct device_node *next = child ? child->sibling : np ? np->child : NULL;

	of_node_get(next);
	of_node_put(child);
	return next;
}

struct device_node *of_get_next_available_child(
	const struct device_node *np, struct device_node *child)
{
	struct device_node *next = child ? child->sibling : np ? np->child : NULL;

	while (next && !of_device_is_available(next))
		next = next->sibling;
	of_node_get(next);
	of_node_put(child);
	return next;
}

struct device_node *of_get_parent(const struct device_node *np)
{
	return of_node_get(np ? np->parent : NULL);
}

struct device_node *of_get_next_parent(struct device_node *np)
{
	struct device_node *parent = of_get_parent(np);

	of_node_put(np);
	return parent;
}

struct device_node *of_find_node_by_path(const char *path)
{
	struct device_node *np = model_of(qy_compat_world())->of_nodes;
	char part[64];

	while (np && *path == '/' && path[1]) {
		size_t n = strcspn(++path, "/");

		if (n >= sizeof(part))
			return NULL;
		memcpy(part, path, n);
		part[n] = '\0';
		np = qy_compat_of_child(np, part);
		path += n;
	}
	return of_node_get(np);
}

struct device_node *qy_compat_of_compatible(
	const struct device_node *from, const char *compatible)
{
	const struct qy_model *model = model_of(qy_compat_world());
	unsigned int i = from ? (unsigned int)(from - model->of_nodes) + 1 : 0;

	for (; i < model->nr_of_nodes; i++)
		if (of_device_is_compatible(&model->of_nodes[i], compatible))
			return &model->of_nodes[i];
	return NULL;
}

struct device_node *of_find_compatible_node(
	struct device_node *from, const char *type, const char *compatible)
{
	struct device_node *next = qy_compat_of_compatible(from, compatible);

	(void)type;
	of_node_get(next);
	of_node_put(from);
	return next;
}

/* ------------------------------------------------------------------ addresses and interrupts */

static u32 u32_of(const struct device_node *np, const char *name, u32 otherwise)
{
	of_property_read_u32(np, name, &otherwise);
	return otherwise;
}

/* Through the ranges of the buses between, up to the root. */
int qy_compat_of_translate(const struct device_node *bus, u64 *address)
{
	for (; bus && bus->parent; bus = bus->parent) {
		u32 child = u32_of(bus, "#address-cells", 2),
		    size = u32_of(bus, "#size-cells", 1);
		u32 parent = u32_of(bus->parent, "#address-cells", 2),
		    row = child + parent + size;
		int length = 0;
		const void *ranges = of_get_property(bus, "ranges", &length);
		unsigned int n, rows = row ? (unsigned int)length / 4 / row : 0;

		if (!ranges)
			return -EINVAL;
		if (!length)
			continue; /* the same addresses */
		for (n = 0; n < rows; n++) {
			u64 base = cells(ranges, n * row, child);
			u64 bytes = cells(ranges, n * row + child + parent, size);

			if (*address < base || *address - base >= bytes)
				continue;
			*address =
				*address - base + cells(ranges, n * row + child, parent);
			break;
		}
		if (n == rows)
			return -EINVAL;
	}
	return 0;
}

int qy_compat_of_reg(
	const struct device_node *np, unsigned int index, u64 *base, u64 *size)
{
	u32 address_cells = u32_of(np->parent, "#address-cells", 2);
	u32 size_cells = u32_of(np->parent, "#size-cells", 1);
	u32 row = address_cells + size_cells;
	int length;
	const void *reg = of_get_property(np, "reg", &length);

	if (!reg || !row || row > 8 || (u32)length / 4 < (index + 1) * row)
		return -ENOENT;
	*base = cells(reg, index * row, address_cells);
	*size = cells(reg, index * row + address_cells, size_cells);
	return qy_compat_of_translate(np->parent, base);
}

static const struct device_node *interrupt_parent(const struct device_node *np)
{
	for (; np; np = np->parent) {
		const struct device_node *parent =
			qy_compat_of_phandle(np, "interrupt-parent", 0);

		if (parent)
			return parent;
	}
	return NULL;
}

/*
 * The number as /proc/interrupts of such a board would not show it: ours are the controller's own. GIC: shared ones from
 * 32 on, private ones from 16 on.
 */
int qy_compat_of_irq(const struct device_node *np, unsigned int index, u32 *irq)
{
	const struct device_node *controller = interrupt_parent(np);
	u32 row = u32_of(controller, "#interrupt-cells", 1);
	int length;
	const void *value = of_get_property(np, "interrupts", &length);

	if (!value || !row || (u32)length / 4 < (index + 1) * row)
		return -ENOENT;
	*irq = cell(value, index * row);
	if (row >= 3)
		*irq = cell(value, index * row + 1) + (*irq ? 16 : 32);
	if (!*irq || *irq >= NR_IRQS)
		return -ENOENT;
	return 0;
}

/* ------------------------------------------------------------------ making it */

static void add_property(struct device_node *np, struct property *p, const char *name,
	const void *value, int length)
{
	*p = (struct property){ .name = (char *)(uintptr_t)name,
		.value = (void *)(uintptr_t)value,
		.length = length,
		.next = np->properties };
	np->properties = p;
	if (!strcmp(name, "phandle") && length == 4)
		np->phandle = cell(value, 0);
}

int qy_compat_of_init(struct qy_world *w)
{
	const struct qy_tree *tree = w->opts.tree;
	struct qy_model *model = w->model;
	unsigned int nr_properties = 0;

	if (!tree || !tree->nr_nodes)
		return 0;
	for (unsigned int i = 0; i < tree->nr_nodes; i++)
		nr_properties += tree->nodes[i].nr_properties;
	model->of_nodes = qy_host_zalloc(tree->nr_nodes * sizeof(*model->of_nodes));
	model->of_properties =
		qy_host_zalloc((nr_properties + 1) * sizeof(*model->of_properties));
	if (!model->of_nodes || !model->of_properties)
		return -ENOMEM;
	model->nr_of_nodes = tree->nr_nodes;
	nr_properties = 0;
	for (unsigned int i = 0; i < tree->nr_nodes; i++) {
		const struct qy_tree_node *from = &tree->nodes[i];
		struct device_node *np = &model->of_nodes[i], **end;

		np->name = np->full_name = from->full_name;
		for (unsigned int k = 0; k < from->nr_properties; k++) {
			const struct qy_tree_property *p =
				&tree->properties[from->first_property + k];

			add_property(np, &model->of_properties[nr_properties++], p->name,
				p->value, p->bytes);
		}
		if (from->parent < 0)
			continue;
		np->parent = &model->of_nodes[from->parent];
		for (end = &np->parent->child; *end; end = &(*end)->sibling)
			;
		*end = np;
	}
	return 0;
}

void qy_compat_of_down(struct qy_world *w)
{
	struct made_node *made, *next;

	list_for_each_entry_safe(made, next, &w->model->made_nodes, link)
		qy_host_free(made);
	qy_host_free(w->model->of_nodes);
	qy_host_free(w->model->of_properties);
}

static struct device_node *made_bus(struct qy_model *model)
{
	static const u8 two[] = { 0, 0, 0, 2 };
	struct made_bus *bus = &model->made_bus;

	if (!bus->np.name) {
		bus->np.name = bus->np.full_name = "made-up";
		bus->np.parent = model->of_nodes;
		add_property(&bus->np, &bus->properties[0], "#address-cells", two, 4);
		add_property(&bus->np, &bus->properties[1], "#size-cells", two, 4);
		add_property(&bus->np, &bus->properties[2], "ranges", two, 0);
	}
	return &bus->np;
}

/* A node outside of the tree, with nothing but its name and what it is compatible with. NULL: no memory. */
struct device_node *qy_compat_of_make(
	struct qy_world *w, const char *name, const char *compatible)
{
	struct made_node *made = qy_host_zalloc(sizeof(*made));

	if (!made)
		return NULL;
	made->np.name = made->np.full_name = name;
	made->np.parent = made_bus(w->model);
	add_property(&made->np, &made->properties[0], "compatible", compatible,
		(int)strlen(compatible) + 1);
	list_add_tail(&made->link, &w->model->made_nodes);
	return &made->np;
}

static void put_cell(u8 *value, unsigned int n, u64 number)
{
	for (int i = 0; i < 4; i++)
		value[4 * n + (unsigned int)i] = (u8)(number >> (24 - 8 * i));
}

void qy_compat_of_place(struct device_node *np, u64 base, u64 size, u32 irq)
{
	struct made_node *made = container_of(np, struct made_node, np);
	u32 row = u32_of(interrupt_parent(np), "#interrupt-cells", 1);
	bool is_gic = row >= 3; /* see qy_compat_of_irq() */

	put_cell(made->reg, 0, base >> 32);
	put_cell(made->reg, 1, base);
	put_cell(made->reg, 2, size >> 32);
	put_cell(made->reg, 3, size);
	add_property(np, &made->properties[1], "reg", made->reg, sizeof(made->reg));
	put_cell(made->interrupts, is_gic, is_gic ? irq - 32 : irq);
	put_cell(made->interrupts, is_gic + 1u, IRQ_TYPE_LEVEL_HIGH);
	add_property(np, &made->properties[2], "interrupts", made->interrupts,
		(int)min_t(u32, 4 * row, sizeof(made->interrupts)));
}

bool qy_compat_of_is_made_up(const struct device_node *np)
{
	struct made_node *made;

	if (!np)
		return true;
	list_for_each_entry(made, &model_of(qy_compat_world())->made_nodes, link)
		if (&made->np == np)
			return true;
	return false;
}

int of_address_to_resource(struct device_node *np, int index, struct resource *res)
{
	u64 base, size;

	if (index < 0 || qy_compat_of_reg(np, (unsigned int)index, &base, &size))
		return -EINVAL;
	*res = (struct resource){ .start = base,
		.end = base + size - 1,
		.flags = IORESOURCE_MEM,
		.name = np->full_name };
	return 0;
}

void *of_iomap(struct device_node *np, int index)
{
	struct resource res;

	if (of_address_to_resource(np, index, &res))
		return NULL;
	return ioremap(res.start, resource_size(&res));
}

unsigned int irq_of_parse_and_map(struct device_node *np, int index)
{
	u32 irq;

	return index < 0 || qy_compat_of_irq(np, (unsigned int)index, &irq) ? 0 : irq;
}
