/* SPDX-License-Identifier: MIT */
/*
 * What a case of a suite has taken, and what gives it back. A resource is found by who took it, referenced, and goes with its
 * last reference; the case's own one is dropped behind it, the newest resource first.
 *
 * No state.
 */
#ifndef COMPAT_KUNIT_RESOURCE_H
#define COMPAT_KUNIT_RESOURCE_H

#include <kunit/test.h>
#include <linux/kref.h>
#include <linux/list.h>

struct kunit_resource;
/* Return: 0, or an error: then there is no resource. */
typedef int (*kunit_resource_init_t)(struct kunit_resource *res, void *context);
typedef void (*kunit_resource_free_t)(struct kunit_resource *res);
typedef bool (*kunit_resource_match_t)(
	struct kunit *test, struct kunit_resource *res, void *match_data);
typedef void(kunit_action_t)(void *context);

struct kunit_resource {
	void *data;
	const char *name;
	kunit_resource_free_t free;
	struct kref refcount;
	struct list_head node;
	bool should_kfree; /* the record itself */
};

static inline void kunit_get_resource(struct kunit_resource *res)
{
	kref_get(&res->refcount);
}

void kunit_put_resource(struct kunit_resource *res) QY_REAL(kunit_put_resource);
/* @init: NULL: data is @data. Return: 0, what it returned. */
int __kunit_add_resource(struct kunit *test, kunit_resource_init_t init,
	kunit_resource_free_t free, struct kunit_resource *res, void *data)
	QY_REAL(__kunit_add_resource);
int kunit_add_named_resource(struct kunit *test, kunit_resource_init_t init,
	kunit_resource_free_t free, struct kunit_resource *res, const char *name,
	void *data) QY_REAL(kunit_add_named_resource);
/* With a reference of the caller's. NULL: no memory, or init failed. */
struct kunit_resource *kunit_alloc_and_get_resource(struct kunit *test,
	kunit_resource_init_t init, kunit_resource_free_t free, gfp_t gfp, void *context)
	QY_REAL(kunit_alloc_and_get_resource);
/* The newest that matches, with a reference of the caller's; NULL. */
struct kunit_resource *kunit_find_resource(struct kunit *test,
	kunit_resource_match_t match, void *match_data) QY_REAL(kunit_find_resource);
void kunit_remove_resource(struct kunit *test, struct kunit_resource *res)
	QY_REAL(kunit_remove_resource);
/* Return: 0, -ENOENT. */
int kunit_destroy_resource(struct kunit *test, kunit_resource_match_t match,
	void *match_data) QY_REAL(kunit_destroy_resource);
void kunit_cleanup(struct kunit *test) QY_REAL(kunit_cleanup);

static inline int kunit_add_resource(struct kunit *test, kunit_resource_init_t init,
	kunit_resource_free_t free, struct kunit_resource *res, void *data)
{
	res->should_kfree = false;
	return __kunit_add_resource(test, init, free, res, data);
}

/* Return: the resource's data. */
static inline void *kunit_alloc_resource(struct kunit *test, kunit_resource_init_t init,
	kunit_resource_free_t free, gfp_t gfp, void *context)
{
	struct kunit_resource *res =
		kunit_alloc_and_get_resource(test, init, free, gfp, context);
	void *data = res ? res->data : NULL;

	if (res)
		kunit_put_resource(res);
	return data;
}

static inline bool kunit_resource_name_match(
	struct kunit *test, struct kunit_resource *res, void *match_name)
{
	(void)test;
	return res->name && !strcmp(res->name, match_name);
}

static inline struct kunit_resource *kunit_find_named_resource(
	struct kunit *test, const char *name)
{
	return kunit_find_resource(
		test, kunit_resource_name_match, (void *)(uintptr_t)name);
}

static inline int kunit_destroy_named_resource(struct kunit *test, const char *name)
{
	return kunit_destroy_resource(
		test, kunit_resource_name_match, (void *)(uintptr_t)name);
}

/* A call behind the case. Return: 0, -ENOMEM; or_reset: then it was called. */
int kunit_add_action(struct kunit *test, kunit_action_t *action, void *context)
	QY_REAL(kunit_add_action);
int kunit_add_action_or_reset(struct kunit *test, kunit_action_t *action, void *context)
	QY_REAL(kunit_add_action_or_reset);
/* Forgotten; called now instead. */
void kunit_remove_action(struct kunit *test, kunit_action_t *action, void *context)
	QY_REAL(kunit_remove_action);
void kunit_release_action(struct kunit *test, kunit_action_t *action, void *context)
	QY_REAL(kunit_release_action);

#define KUNIT_DEFINE_ACTION_WRAPPER(wrapper, orig, arg_type) \
	static void wrapper(void *in)                        \
	{                                                    \
		arg_type arg = (arg_type)in;                 \
		orig(arg);                                   \
	}

#endif
