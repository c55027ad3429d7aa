// SPDX-License-Identifier: MIT
/*
 * Checked objects: what lies around them, and when it is looked at. Linux's checks in Linux's order.
 *
 *   qy_debug_setup_slab      a new slab
 *   qy_debug_take            the next free object, checked and marked as used
 *   qy_debug_give            an object comes back: every double free is found here
 *   qy_debug_validate_slab   all objects
 *
 *   free object   bb | 6b 6b ... a5 | bb | next | who | ...5a        used   cc | 6b ... a5, then the user's | cc | ...
 *
 * Damage is reported, repaired where it can be, and the object or the whole slab kept from use: a slab whose free object was
 * written to is marked as used up.
 *
 * Locking: node->lock of the slab, or nobody knows the slab yet. A report is made under report_lock.
 */
#include "mm/slab/slub_debug.h"

#define TEXT   160
#define ULL(v) ((unsigned long long)(v))

/* ------------------------------------------------------------------ where things are */

static bool pointer_outside(const struct kmem_cache *cache)
{
	return cache->layout.offset >= cache->layout.inuse;
}

/* End of object, red zone and free pointer: here the records begin. */
u32 qy_debug_info_end(const struct kmem_cache *cache)
{
	return cache->layout.inuse + (pointer_outside(cache) ? (u32)sizeof(void *) : 0);
}

static bool keeps_asked(const struct kmem_cache *cache)
{
	return cache->flags & QY_SLAB_KMALLOC && cache->flags & QY_SLAB_STORE_USER;
}

u32 qy_debug_used_bytes(const struct kmem_cache *cache)
{
	u32 bytes = qy_debug_info_end(cache);

	if (cache->flags & QY_SLAB_STORE_USER)
		bytes += 2 * SLAB_TRACK_BYTES;
	return bytes + (keeps_asked(cache) ? SLAB_ASKED_BYTES : 0);
}

static void **next_of(const struct kmem_cache *cache, const void *object)
{
	return (void **)(void *)((char *)(uintptr_t)object + cache->layout.offset);
}

void *qy_debug_next(const struct kmem_cache *cache, const void *object)
{
	void *next;

	memcpy(&next, next_of(cache, object), sizeof(next));
	return next;
}

static void set_next(const struct kmem_cache *cache, void *object, void *next)
{
	memcpy(next_of(cache, object), &next, sizeof(next));
}

static void *first_free(const struct slab *slab)
{
	return (void *)(uintptr_t)slab->free;
}

static void set_first_free(struct slab *slab, void *object)
{
	slab->free = (uintptr_t)object;
}

static void *object_at(const struct kmem_cache *cache, u32 head, u32 i)
{
	return (char *)frame_address(cache->machine, head) + cache->layout.red_left_pad +
	       (size_t)i * cache->size;
}

/* NULL is one: the end of a list. */
static bool is_object(const struct kmem_cache *cache, u32 head, const void *object)
{
	const struct slab *slab = frame_slab(cache->machine, head);
	uintptr_t first = (uintptr_t)object_at(cache, head, 0);
	uintptr_t offset = (uintptr_t)object - first;

	return !object || ((uintptr_t)object >= first &&
				  offset < (uintptr_t)slab->objects * cache->size &&
				  offset % cache->size == 0);
}

u32 qy_debug_asked(const struct kmem_cache *cache, const void *object)
{
	u64 asked;

	_Static_assert(sizeof(asked) == SLAB_ASKED_BYTES, "the layout has room for it");
	if (!keeps_asked(cache))
		return cache->object_size;
	memcpy(&asked, (const char *)object + qy_debug_used_bytes(cache) - sizeof(asked),
		sizeof(asked));
	/* it may have been written over */
	return (u32)min(asked, (u64)cache->object_size);
}

static void set_asked(struct kmem_cache *cache, void *object, u64 asked)
{
	if (keeps_asked(cache))
		memcpy((char *)object + qy_debug_used_bytes(cache) - sizeof(asked),
			&asked, sizeof(asked));
}

/* ------------------------------------------------------------------ filling */

static bool poisons_objects(const struct kmem_cache *cache)
{
	return cache->flags & QY_SLAB_POISON &&
	       !(cache->flags & QY_SLAB_TYPESAFE_BY_RCU) && !cache->ctor;
}

/* @red: SLUB_RED_ACTIVE, SLUB_RED_INACTIVE */
static void init_object(struct kmem_cache *cache, void *object, u8 red)
{
	const struct slab_layout *layout = &cache->layout;
	u32 body = red == SLUB_RED_ACTIVE && cache->flags & QY_SLAB_RED_ZONE
			   ? qy_debug_asked(cache, object)
			   : cache->object_size;
	u8 *at = object;

	if (cache->flags & QY_SLAB_RED_ZONE)
		memset(at - layout->red_left_pad, red, layout->red_left_pad);
	if (poisons_objects(cache) && body) {
		memset(at, POISON_FREE, body - 1);
		at[body - 1] = POISON_END;
	}
	if (cache->flags & QY_SLAB_RED_ZONE)
		memset(at + body, red, layout->inuse - body);
}

u32 qy_track_seal(const struct qy_site *site)
{
	return (u32)((u64)(uintptr_t)site * 0x9e3779b97f4a7c15ull >> 32) | 1;
}

static void set_track(struct kmem_cache *cache, void *object, enum track_item item)
{
	const struct qy_machine *m = cache->machine;
	const struct qy_context *self = qy_current();
	const struct track track = {
		.site = self->site,
		.seal = qy_track_seal(self->site),
		.cpu = self->cpu,
		.pid = self->task.pid,
		.when_ns = m->port->clock_ns(m->port->ctx),
	};

	if (cache->flags & QY_SLAB_STORE_USER)
		memcpy((char *)object + qy_debug_info_end(cache) + item * sizeof(track),
			&track, sizeof(track));
}

/* One random cycle through all objects, by Sattolo's shuffle of the links themselves; cut open where the list begins. */
static void link_in_random_order(struct kmem_cache *cache, u32 head, u32 objects)
{
	u64 *state = &slabs_of(cache->machine)->random;
	void *object;

	for (u32 i = 0; i < objects; i++)
		set_next(cache, object_at(cache, head, i), object_at(cache, head, i));
	for (u32 i = objects - 1; i > 0; i--) {
		void *a = object_at(cache, head, i), *b, *next;

		*state = *state * 6364136223846793005ull + 1442695040888963407ull;
		b = object_at(cache, head, (u32)((*state >> 32) * i >> 32));
		next = qy_debug_next(cache, a);
		set_next(cache, a, qy_debug_next(cache, b));
		set_next(cache, b, next);
	}
	object = object_at(cache, head, 0);
	set_first_free(frame_slab(cache->machine, head), qy_debug_next(cache, object));
	set_next(cache, object, NULL);
}

static void link_in_order(struct kmem_cache *cache, u32 head, u32 objects)
{
	set_first_free(frame_slab(cache->machine, head), object_at(cache, head, 0));
	for (u32 i = 0; i < objects; i++)
		set_next(cache, object_at(cache, head, i),
			i + 1 < objects ? object_at(cache, head, i + 1) : NULL);
}

void qy_debug_setup_slab(struct kmem_cache *cache, u32 head)
{
	const struct qy_machine *m = cache->machine;
	u32 objects = frame_slab(m, head)->objects;

	if (cache->flags & QY_SLAB_POISON)
		memset(frame_address(m, head), POISON_INUSE,
			(size_t)QY_PAGE_SIZE << frame_slab(m, head)->order);
	for (u32 i = 0; i < objects; i++) {
		char *object = object_at(cache, head, i);

		init_object(cache, object, SLUB_RED_INACTIVE);
		if (cache->flags & QY_SLAB_STORE_USER)
			memset(object + qy_debug_info_end(cache), 0,
				2 * sizeof(struct track));
		if (cache->ctor)
			cache->ctor(object);
	}
	if (m->board->slab.shuffle)
		link_in_random_order(cache, head, objects);
	else
		link_in_order(cache, head, objects);
}

/* ------------------------------------------------------------------ reports that need the slab */

/* A slab as such is wrong. @blank: Linux has an empty line there. */
static void slab_err(struct kmem_cache *cache, u32 head, const char *text, bool blank)
{
	qy_slab_bug(cache, text, blank);
	qy_report_slab(cache, head);
	qy_slab_taint(cache);
}

static void object_err(
	struct kmem_cache *cache, u32 head, const void *object, const char *text)
{
	const struct qy_machine *m = cache->machine;

	qy_slab_bug(cache, text, false);
	if (is_object(cache, head, object)) {
		qy_report_object(cache, head, object);
	} else {
		qy_report_slab(cache, head);
		qy_printk(m, QY_LOG_ERR, "Invalid pointer 0x%016llx",
			ULL(qy_board_address(m, object)));
	}
	qy_slab_taint(cache);
}

/* ------------------------------------------------------------------ one object */

/* The first and last of @bytes that are not @value. Return: false: all are. */
static bool find_damage(u8 *at, u8 value, u32 bytes, u8 **first, u8 **last)
{
	u8 *end = at + bytes;

	while (at < end && *at == value)
		at++;
	if (at == end)
		return false;
	while (end[-1] == value)
		end--;
	*first = at;
	*last = end - 1;
	return true;
}

/* One look at one object; @sound turns false with the first damage, which is the one that is shown whole. */
struct look {
	struct kmem_cache *cache;
	u32 head;
	u8 *object;
	bool sound;
};

static void check_bytes(
	struct look *look, const char *what, u8 *at, u8 value, u32 bytes, bool show)
{
	const struct qy_machine *m = look->cache->machine;
	const char *base = frame_address(m, look->head);
	u8 *first, *last;
	char text[TEXT];

	if (!find_damage(at, value, bytes, &first, &last))
		return;
	u64 from = qy_board_address(m, first), to = qy_board_address(m, last);

	qy_printk(m, QY_LOG_ERR,
		"[%s overwritten] 0x%016llx-0x%016llx @offset=%u. First byte 0x%x instead of 0x%x",
		what, ULL(from), ULL(to), (u32)((char *)first - base), *first, value);
	if (show)
		object_err(look->cache, look->head, look->object, "Object corrupt");
	qy_snprintf(text, sizeof(text), "Restoring %s 0x%016llx-0x%016llx=0x%x", what,
		ULL(from), ULL(to), value);
	qy_slab_fix(look->cache, text);
	memset(first, value, (size_t)(last - first) + 1);
	look->sound = false;
}

static void check_red_zones(struct look *look, u8 red)
{
	struct kmem_cache *cache = look->cache;
	const struct slab_layout *layout = &cache->layout;
	u8 *object = look->object;
	u32 asked = qy_debug_asked(cache, object), size = cache->object_size;

	check_bytes(look, "Left Redzone", object - layout->red_left_pad, red,
		layout->red_left_pad, look->sound);
	check_bytes(look, "Right Redzone", object + size, red, layout->inuse - size,
		look->sound);
	if (red == SLUB_RED_ACTIVE && size > asked)
		check_bytes(look, "kmalloc Redzone", object + asked, red, size - asked,
			look->sound);
}

static void check_poison(struct look *look, u8 red)
{
	struct kmem_cache *cache = look->cache;
	u32 size = cache->object_size, used = qy_debug_used_bytes(cache);
	u32 end = cache->size - cache->layout.red_left_pad;

	if (red == SLUB_RED_INACTIVE && poisons_objects(cache)) {
		check_bytes(
			look, "Poison", look->object, POISON_FREE, size - 1, look->sound);
		check_bytes(look, "End Poison", look->object + size - 1, POISON_END, 1,
			look->sound);
	}
	check_bytes(look, "Object padding", look->object + used, POISON_INUSE, end - used,
		true);
}

/* @red: what it should be, used or free. Return: whether all of its bytes are in order. */
static bool check_object(struct kmem_cache *cache, u32 head, void *object, u8 red)
{
	struct look look = { cache, head, object, true };
	u32 size = cache->object_size;

	if (cache->flags & QY_SLAB_RED_ZONE)
		check_red_zones(&look, red);
	else if (cache->flags & QY_SLAB_POISON && size < cache->layout.inuse)
		check_bytes(&look, "Alignment padding", look.object + size, POISON_INUSE,
			cache->layout.inuse - size, true);
	if (cache->flags & QY_SLAB_POISON)
		check_poison(&look, red);
	if ((pointer_outside(cache) || red == SLUB_RED_INACTIVE) &&
		!is_object(cache, head, qy_debug_next(cache, object))) {
		object_err(cache, head, object, "Freepointer corrupt");
		set_next(cache, object, NULL); /* the rest of the list is lost */
		look.sound = false;
	}
	return look.sound;
}

/* ------------------------------------------------------------------ a slab */

/* What is left behind the last object. */
static void check_slab_padding(struct kmem_cache *cache, u32 head)
{
	struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);
	u32 bytes = QY_PAGE_SIZE << slab->order, rest = bytes % cache->size;
	u8 *base = (u8 *)frame_address(m, head), *pad = base + bytes - rest;
	u8 *first, *last;
	char text[TEXT];

	if (!(cache->flags & QY_SLAB_POISON) ||
		!find_damage(pad, POISON_INUSE, rest, &first, &last))
		return;
	u64 from = qy_board_address(m, first), to = qy_board_address(m, last);

	qy_snprintf(text, sizeof(text),
		"Padding overwritten. 0x%016llx-0x%016llx @offset=%u", ULL(from), ULL(to),
		(u32)(first - base));
	qy_slab_bug(cache, text, false);
	qy_report_section(m, QY_LOG_ERR, "Padding ", pad, rest);
	qy_report_slab(cache, head);
	qy_slab_taint(cache);
	qy_snprintf(text, sizeof(text), "Restoring slab padding 0x%016llx-0x%016llx=0x%x",
		ULL(from), ULL(to), POISON_INUSE);
	qy_slab_fix(cache, text);
	memset(first, POISON_INUSE, (size_t)(last - first) + 1);
}

/* A list of free objects that leads out of the slab, or in a circle, or does not agree with the count. */
static void give_up_list(struct kmem_cache *cache, u32 head, void *before)
{
	struct slab *slab = frame_slab(cache->machine, head);

	if (before) {
		object_err(cache, head, before, "Freechain corrupt");
		set_next(cache, before, NULL);
		return;
	}
	slab_err(cache, head, "Freepointer corrupt", false);
	set_first_free(slab, NULL);
	slab->inuse = slab->objects;
	qy_slab_fix(cache, "Freelist cleared");
}

static void check_count(struct kmem_cache *cache, u32 head, u32 nr_free)
{
	struct slab *slab = frame_slab(cache->machine, head);
	u32 counted = slab->objects - nr_free;
	char text[TEXT];

	if (slab->inuse == counted)
		return;
	qy_snprintf(text, sizeof(text),
		"Wrong object count. Counter is %u but counted were %u", slab->inuse,
		counted);
	slab_err(cache, head, text, false);
	slab->inuse = (u16)counted;
	qy_slab_fix(cache, "Object count adjusted");
}

/* Is @search among the free objects? NULL: nobody is looked for, the list itself is checked. Return: also true then. */
static bool on_freelist(struct kmem_cache *cache, u32 head, const void *search)
{
	struct slab *slab = frame_slab(cache->machine, head);
	void *before = NULL, *at = first_free(slab);
	u32 nr = 0;

	for (; at && nr <= slab->objects; nr++) {
		if (at == search)
			return true;
		if (!is_object(cache, head, at)) {
			give_up_list(cache, head, before);
			if (!before)
				return false;
			break;
		}
		before = at;
		at = qy_debug_next(cache, at);
	}
	if (nr > slab->objects) {
		slab_err(cache, head, "Freelist cycle detected", false);
		set_first_free(slab, NULL);
		slab->inuse = slab->objects;
		qy_slab_fix(cache, "Freelist cleared");
		return false;
	}
	check_count(cache, head, nr);
	return search == NULL;
}

u32 qy_debug_nr_free(const struct kmem_cache *cache, u32 head)
{
	const struct slab *slab = frame_slab(cache->machine, head);
	u32 nr = 0;

	for (void *at = first_free(slab); at; at = qy_debug_next(cache, at))
		if (!is_object(cache, head, at) || nr++ == slab->objects)
			return UINT32_MAX;
	return nr;
}

bool qy_debug_is_free(struct kmem_cache *cache, u32 head, const void *object)
{
	if (!kmem_cache_debug(cache)) {
		u32 index = (u32)((uintptr_t)object -
				    (uintptr_t)frame_address(cache->machine, head)) /
			    cache->size;

		return *qy_slab_word(cache, head, index / 64) >> (index & 63) & 1;
	}
	const struct slab *slab = frame_slab(cache->machine, head);
	void *at = first_free(slab);

	for (u32 nr = 0; at && is_object(cache, head, at) && nr < slab->objects; nr++) {
		if (at == object)
			return true;
		at = qy_debug_next(cache, at);
	}
	return false;
}

bool qy_debug_validate_slab(struct kmem_cache *cache, u32 head)
{
	struct qy_machine *m = cache->machine;
	u32 objects = frame_slab(m, head)->objects;
	bool sound;

	qy_spin_lock_irqsave(&m->report_lock);
	check_slab_padding(cache, head);
	sound = on_freelist(cache, head, NULL);
	for (u32 i = 0; sound && i < objects; i++) {
		void *object = object_at(cache, head, i);
		bool is_free = qy_debug_is_free(cache, head, object);

		sound = check_object(cache, head, object,
			is_free ? SLUB_RED_INACTIVE : SLUB_RED_ACTIVE);
	}
	qy_spin_unlock_irqrestore(&m->report_lock);
	return sound;
}

/* ------------------------------------------------------------------ taking and giving */

static void trace(struct kmem_cache *cache, u32 head, const void *object, bool alloc)
{
	const struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);

	if (!(cache->flags & QY_SLAB_TRACE))
		return;
	qy_printk(m, QY_LOG_INFO, "TRACE %s %s 0x%016llx inuse=%u fp=0x%016llx",
		cache->name, alloc ? "alloc" : "free", ULL(qy_board_address(m, object)),
		slab->inuse, ULL(qy_board_address(m, first_free(slab))));
	if (!alloc)
		qy_report_section(m, QY_LOG_INFO, "Object ", object, cache->object_size);
}

static bool check_before_alloc(struct kmem_cache *cache, u32 head, void *object)
{
	if (!(cache->flags & QY_SLAB_CONSISTENCY_CHECKS))
		return true;
	check_slab_padding(cache, head);
	if (!is_object(cache, head, object)) {
		object_err(cache, head, object, "Freelist Pointer check fails");
		return false;
	}
	return check_object(cache, head, object, SLUB_RED_INACTIVE);
}

static void *take_one(struct kmem_cache *cache, u32 head)
{
	struct slab *slab = frame_slab(cache->machine, head);
	void *object = first_free(slab);

	if (is_object(cache, head, object))
		set_first_free(slab, qy_debug_next(cache, object));
	slab->inuse++;
	if (check_before_alloc(cache, head, object)) {
		trace(cache, head, object, true);
		set_asked(cache, object, cache->object_size);
		init_object(cache, object, SLUB_RED_ACTIVE);
		set_track(cache, object, TRACK_ALLOC);
		return object;
	}
	/* nobody knows what else was written to */
	qy_slab_fix(cache, "Marking all objects used");
	slab->inuse = slab->objects;
	set_first_free(slab, NULL);
	return NULL;
}

u32 qy_debug_take(struct kmem_cache *cache, u32 head, u32 nr, void **objects)
{
	struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);
	u32 taken = 0;

	qy_spin_lock_irqsave(&m->report_lock);
	while (taken < nr && slab->free) {
		objects[taken] = take_one(cache, head);
		taken += objects[taken] != NULL;
	}
	qy_spin_unlock_irqrestore(&m->report_lock);
	return taken;
}

void qy_debug_set_asked(struct kmem_cache *cache, void *object, u32 asked, bool fresh)
{
	u8 *end = (u8 *)object + asked;

	if (!keeps_asked(cache))
		return;
	set_asked(cache, object, asked);
	if (!(cache->flags & QY_SLAB_RED_ZONE))
		return;
	if (fresh && poisons_objects(cache))
		end[-1] = POISON_END;
	memset(end, SLUB_RED_ACTIVE, cache->object_size - asked);
}

void qy_debug_use_all(struct kmem_cache *cache, const void *object)
{
	set_asked(cache, (void *)(uintptr_t)object, cache->object_size);
}

static bool check_before_free(struct kmem_cache *cache, u32 head, void *object)
{
	const struct qy_machine *m = cache->machine;
	const struct slab *slab = frame_slab(m, head);
	char text[TEXT];

	if (cache->flags & QY_SLAB_CONSISTENCY_CHECKS)
		check_slab_padding(cache, head);
	if (!slab->inuse) {
		slab_err(cache, head,
			"Slab has 0 allocated objects but 1 are to be freed", true);
		return false;
	}
	if (!is_object(cache, head, object)) {
		qy_snprintf(text, sizeof(text), "Invalid object pointer 0x%016llx",
			ULL(qy_board_address(m, object)));
		slab_err(cache, head, text, false);
		return false;
	}
	if (on_freelist(cache, head, object)) {
		object_err(cache, head, object, "Object already free");
		return false;
	}
	return !(cache->flags & QY_SLAB_CONSISTENCY_CHECKS) ||
	       check_object(cache, head, object, SLUB_RED_ACTIVE);
}

int qy_debug_give(struct kmem_cache *cache, u32 head, void *object)
{
	struct qy_machine *m = cache->machine;
	struct slab *slab = frame_slab(m, head);
	char text[TEXT];
	bool sound;

	qy_spin_lock_irqsave(&m->report_lock);
	sound = check_before_free(cache, head, object);
	if (sound) {
		set_track(cache, object, TRACK_FREE);
		trace(cache, head, object, false);
		if (cache->zero_on_free)
			memset(object, 0, cache->object_size);
		init_object(cache, object, SLUB_RED_INACTIVE);
		set_next(cache, object, first_free(slab));
		set_first_free(slab, object);
		slab->inuse--;
	} else {
		qy_snprintf(text, sizeof(text), "Object at 0x%016llx not freed",
			ULL(qy_board_address(m, object)));
		qy_slab_fix(cache, text);
	}
	qy_spin_unlock_irqrestore(&m->report_lock);
	return sound ? 0 : -QY_EINVAL;
}

/* Of a slab that was given up no object is on the list, but what is around those that were free still says so. */
static bool is_used(struct kmem_cache *cache, u32 head, const void *object)
{
	const u8 *right = (const u8 *)object + cache->object_size;

	return !qy_debug_is_free(cache, head, object) &&
	       !(cache->flags & QY_SLAB_RED_ZONE && *right == SLUB_RED_INACTIVE);
}

void qy_debug_report_remaining(struct kmem_cache *cache, u32 head)
{
	struct qy_machine *m = cache->machine;
	const char *base = frame_address(m, head);
	u32 objects = frame_slab(m, head)->objects, used = 0;

	for (u32 i = 0; i < objects; i++)
		used += is_used(cache, head, object_at(cache, head, i));
	if (!used)
		return;
	qy_slab_bug(cache, "Objects remaining on __kmem_cache_shutdown()", false);
	for (u32 i = 0; i < objects; i++) {
		const char *object = object_at(cache, head, i);

		if (!is_used(cache, head, object))
			continue;
		qy_printk(m, QY_LOG_ERR, "Object 0x%016llx @offset=%u",
			ULL(qy_board_address(m, object)), (u32)(object - base));
		qy_report_tracks(cache, object);
	}
	qy_report_slab(cache, head);
	qy_slab_taint(cache);
}
