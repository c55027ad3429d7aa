/* SPDX-License-Identifier: MIT */
/*
 * The board's device tree. Its nodes stay as long as the world; what a driver has got of them and not put is told all the same.
 * No state.
 */
#ifndef COMPAT_LINUX_OF_H
#define COMPAT_LINUX_OF_H

#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/mod_devicetable.h>
#include <linux/types.h>
#include <asm/quarry.h>

struct property {
	char *name;
	int length;
	void *value; /* as in the tree: big-endian */
	struct property *next;
};

struct device_node {
	const char *name;
	const char *full_name;
	u32 phandle;
	struct property *properties;
	struct device_node *parent, *child, *sibling;
};

#define MAX_PHANDLE_ARGS 16
struct of_phandle_args {
	struct device_node *np;
	int args_count;
	u32 args[MAX_PHANDLE_ARGS];
};

/* The index-th entry of a list of phandles with cells. Return: 0, -EINVAL, -ENOENT. */
int of_parse_phandle_with_args(const struct device_node *np, const char *list,
	const char *cells, int index, struct of_phandle_args *args)
	QY_REAL(of_parse_phandle_with_args);
int of_parse_phandle_with_fixed_args(const struct device_node *np, const char *list,
	int nr_cells, int index, struct of_phandle_args *args)
	QY_REAL(of_parse_phandle_with_fixed_args);
int of_count_phandle_with_args(const struct device_node *np, const char *list,
	const char *cells) QY_REAL(of_count_phandle_with_args);

struct device_node *of_node_get(struct device_node *node) QY_REAL(of_node_get);
void of_node_put(struct device_node *node) QY_REAL(of_node_put);
DEFINE_FREE(device_node, struct device_node *, of_node_put(_T))

/* Return: the value, big-endian, and its bytes; NULL. */
const void *of_get_property(const struct device_node *np, const char *name, int *length)
	QY_REAL(of_get_property);
/* 0; -EINVAL: there is none; -ENODATA: it is empty; -EOVERFLOW: it is too short */
int of_property_read_u32_index(const struct device_node *np, const char *name, u32 index,
	u32 *value) QY_REAL(of_property_read_u32_index);
int of_property_read_u32_array(const struct device_node *np, const char *name,
	u32 *values, size_t nr) QY_REAL(of_property_read_u32_array);
int of_property_read_u64(const struct device_node *np, const char *name, u64 *value)
	QY_REAL(of_property_read_u64);
int of_property_read_string_index(const struct device_node *np, const char *name,
	int index, const char **text) QY_REAL(of_property_read_string_index);
int of_property_count_strings(const struct device_node *np, const char *name)
	QY_REAL(of_property_count_strings);
int of_property_match_string(const struct device_node *np, const char *name,
	const char *text) QY_REAL(of_property_match_string);
int of_property_count_elems_of_size(const struct device_node *np, const char *name,
	int size) QY_REAL(of_property_count_elems_of_size);
/* Those that return a node return a reference, of_node_put(). NULL: there is none. */
struct device_node *of_parse_phandle(const struct device_node *np, const char *name,
	int index) QY_REAL(of_parse_phandle);
struct device_node *of_find_node_by_path(const char *path) QY_REAL(of_find_node_by_path);
/* The first behind @from, whose reference goes. */
struct device_node *of_find_compatible_node(struct device_node *from, const char *type,
	const char *compatible) QY_REAL(of_find_compatible_node);
struct device_node *of_get_child_by_name(const struct device_node *np, const char *name)
	QY_REAL(of_get_child_by_name);
int of_device_is_compatible(const struct device_node *np, const char *compatible)
	QY_REAL(of_device_is_compatible);
bool of_device_is_available(const struct device_node *np) QY_REAL(of_device_is_available);
const struct of_device_id *of_match_node(const struct of_device_id *table,
	const struct device_node *np) QY_REAL(of_match_node);

static inline int of_property_read_u32(
	const struct device_node *np, const char *name, u32 *value)
{
	return of_property_read_u32_array(np, name, value, 1);
}

static inline int of_property_read_s32(
	const struct device_node *np, const char *name, s32 *value)
{
	return of_property_read_u32(np, name, (u32 *)value);
}

static inline bool of_property_read_bool(const struct device_node *np, const char *name)
{
	return of_get_property(np, name, NULL) != NULL;
}

static inline struct property *of_find_property(
	const struct device_node *np, const char *name, int *length)
{
	for (struct property *p = np ? np->properties : NULL; p; p = p->next)
		if (!__builtin_strcmp(p->name, name)) {
			if (length)
				*length = p->length;
			return p;
		}
	return NULL;
}

static inline bool of_property_present(const struct device_node *np, const char *name)
{
	return of_property_read_bool(np, name);
}

static inline int of_property_read_string(
	const struct device_node *np, const char *name, const char **text)
{
	return of_property_read_string_index(np, name, 0, text);
}

static inline int of_property_count_u32_elems(
	const struct device_node *np, const char *name)
{
	return of_property_count_elems_of_size(np, name, sizeof(u32));
}

/* The child behind @child, whose reference goes. */
struct device_node *of_get_next_child(const struct device_node *np,
	struct device_node *child) QY_REAL(of_get_next_child);
struct device_node *of_get_next_available_child(const struct device_node *np,
	struct device_node *child) QY_REAL(of_get_next_available_child);
struct device_node *of_get_parent(const struct device_node *np) QY_REAL(of_get_parent);
/* The parent, for whose reference @np's goes. */
struct device_node *of_get_next_parent(struct device_node *np)
	QY_REAL(of_get_next_parent);

#define for_each_child_of_node(parent, child)                        \
	for (child = of_get_next_child(parent, NULL); child != NULL; \
		child = of_get_next_child(parent, child))
#define for_each_available_child_of_node(parent, child)                        \
	for (child = of_get_next_available_child(parent, NULL); child != NULL; \
		child = of_get_next_available_child(parent, child))
/* Each holds its child to the end of the round, however that is left. */
#define for_each_child_of_node_scoped(parent, child)          \
	for (struct device_node * child __free(device_node) = \
			of_get_next_child(parent, NULL);      \
		child != NULL; child = of_get_next_child(parent, child))
#define for_each_available_child_of_node_scoped(parent, child)     \
	for (struct device_node * child __free(device_node) =      \
			of_get_next_available_child(parent, NULL); \
		child != NULL; child = of_get_next_available_child(parent, child))

#define for_each_compatible_node(np, type, compatible)                         \
	for (np = of_find_compatible_node(NULL, type, compatible); np != NULL; \
		np = of_find_compatible_node(np, type, compatible))

#define of_match_ptr(table) (table)

#include <linux/property.h> /* as drivers rely on */

#endif
