// SPDX-License-Identifier: MIT
/*
 * Caches of drivers that give back what they can do without: those of quarry/reclaim.h, around whose functions stands what
 * lockdep calls fs_reclaim.
 *
 * Locking: none; see world.h.
 */
#include <linux/shrinker.h>
#include "compat/host.h"
#include "compat/lockdep.h"

struct shrinker *shrinker_alloc(unsigned int flags, const char *fmt, ...)
{
	char name[32];
	va_list args;

	might_sleep();
	va_start(args, fmt);
	vscnprintf(name, sizeof(name), fmt, args);
	va_end(args);
	return qy_take(QY_HELD_DEVICE, GFP_KERNEL, 0,
		qy_shrinker_alloc(qy_this_machine(), flags, name));
}

/* A driver's own functions. */
struct qy_shrinks {
	struct qy_shrinks *next;
	struct shrinker *shrinker;
	struct shrinker *
		theirs; /* what the functions are called with: a structure of the driver's, as before 6.7 */
	unsigned long (*count)(struct shrinker *s, struct shrink_control *sc);
	unsigned long (*scan)(struct shrinker *s, struct shrink_control *sc);
};

static struct qy_shrinks **find(struct qy_world *w, const struct shrinker *shrinker)
{
	struct qy_shrinks **at = &w->shrinks;

	while (*at && (*at)->shrinker != shrinker)
		at = &(*at)->next;
	return at;
}

static unsigned long count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct qy_shrinks *own = *find(qy_compat_world(), shrinker);
	unsigned long nr;

	qy_reclaim_begin();
	nr = own->count(own->theirs, sc);
	qy_reclaim_end();
	return nr;
}

static unsigned long scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct qy_shrinks *own = *find(qy_compat_world(), shrinker);
	unsigned long nr;

	qy_reclaim_begin();
	nr = own->scan(own->theirs, sc);
	qy_reclaim_end();
	return nr;
}

static void begin(struct shrinker *shrinker, struct shrinker *theirs)
{
	struct qy_world *w = qy_compat_world();
	struct qy_shrinks *own = qy_host_zalloc(sizeof(*own));

	if (!own)
		qy_compat_fatal("the host has no memory for the record of a shrinker");
	*own = (struct qy_shrinks){ w->shrinks, shrinker, theirs, theirs->count_objects,
		theirs->scan_objects };
	w->shrinks = own;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	qy_shrinker_register(shrinker);
}

void shrinker_register(struct shrinker *shrinker)
{
	begin(shrinker, shrinker);
}

void shrinker_free(struct shrinker *shrinker)
{
	struct qy_shrinks **at = find(qy_compat_world(), shrinker), *own = *at;

	if (own) {
		*at = own->next;
		qy_host_free(own);
	}
	qy_let_go(QY_HELD_DEVICE, shrinker);
	qy_shrinker_free(shrinker);
}

/* Of kernels before 6.7. */
int qy_compat_register_shrinker(struct shrinker *theirs);
void unregister_shrinker(struct shrinker *theirs) QY_REAL(unregister_shrinker);

int qy_compat_register_shrinker(struct shrinker *theirs)
{
	struct shrinker *shrinker = shrinker_alloc(theirs->flags, "%s", "shrinker");

	if (!shrinker)
		return -ENOMEM;
	shrinker->seeks = theirs->seeks;
	shrinker->batch = theirs->batch;
	begin(shrinker, theirs);
	return 0;
}

void unregister_shrinker(struct shrinker *theirs)
{
	struct qy_shrinks *own = qy_compat_world()->shrinks;

	while (own && own->theirs != theirs)
		own = own->next;
	if (!WARN_ON(!own))
		shrinker_free(own->shrinker);
}

void qy_compat_shrinkers_down(struct qy_world *w)
{
	struct qy_shrinks *own;

	while ((own = w->shrinks)) {
		w->shrinks = own->next;
		qy_host_free(own);
	}
}
