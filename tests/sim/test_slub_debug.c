// SPDX-License-Identifier: MIT
/*
 * Wrong uses of objects in checked caches: one misuse, one exact report. None ends the machine, and after each of them it is
 * valid.
 *
 *   one slot of these caches:   | 8 red | 24 object | 8 red | 8 next | 64 who | 8 gap |   = 120 bytes, 34 of them, 16 left
 *
 * The dump of a slot that is expected is made here from a copy of its bytes, taken before the call that reports.
 *
 * State: one machine and what its last slot held.
 */
#define RIG_SIM
#include "tests/model/rig.h"
#include "mm/slab/slub_debug.h"

#include <quarry/owner.h>

#define SIZE    24
#define LEFT    8
#define SLOT    120
#define OBJECTS 34
#define NEXT    32 /* of the free pointer, from the object */
#define WHO     40
#define GAP     104

static struct rig rig;
static struct kmem_cache *cache;
static uint8_t slot[SLOT];
static char want[RIG_LOG_BYTES];
static size_t want_bytes;
static bool tainted;

static void boot(const char *debug)
{
	rig_x86(&rig, MIB(64), 0, 2);
	strcpy(rig.board.slab.debug, debug);
	rig_boot(&rig);
	cache = qy_kmem_cache_create(rig.m, "victim", SIZE, 0, 0, NULL);
	CHECK(cache != NULL);
	rig_log_clear(&rig);
	want_bytes = 0;
	tainted = false;
}

static char *alloc(void)
{
	char *object = qy_kmem_cache_alloc(cache, QY_GFP_KERNEL);

	CHECK(object != NULL);
	return object;
}

static void give(void *object)
{
	qy_kmem_cache_free(cache, object);
}

/* ------------------------------------------------------------------ what is expected */

__attribute__((format(printf, 2, 3))) static void line(int level, const char *format, ...)
{
	va_list args;

	want_bytes += (size_t)sprintf(want + want_bytes, "<%d>", level);
	va_start(args, format);
	want_bytes += (size_t)vsprintf(want + want_bytes, format, args);
	va_end(args);
	want_bytes += (size_t)sprintf(want + want_bytes, "\n");
}

static unsigned long long at(const void *p)
{
	return qy_board_address(rig.m, p);
}

static void bug(const char *text)
{
	line(3, "=============================================================================");
	line(3, "BUG victim (%s): %s",
		tainted ? "Tainted: G    B   W         " : "Not tainted", text);
	line(3, "-----------------------------------------------------------------------------");
	line(3, "%s", "");
}

static void slab_line(const void *object, unsigned int used, const void *fp)
{
	const char *base = (const char *)((uintptr_t)object & ~(uintptr_t)4095);
	unsigned long long pfn = (at(base) - 0xffff888000000000ull) >> 12;
	bool full = used == OBJECTS;

	line(3, "Slab 0x%016llx objects=34 used=%u fp=0x%016llx flags=0x%llx(%snode=0|zone=1)",
		0xffffea0000000000ull + pfn * 64, used, at(fp),
		0x100000000000000ull | (full ? 0 : 0x200), full ? "" : "workingset|");
}

static void taint(void)
{
	if (!tainted)
		line(4, "Disabling lock debugging due to kernel taint");
	tainted = true;
}

static void section(const char *label, const char *object, int from, int bytes)
{
	const uint8_t *byte = slot + LEFT + from;

	for (int row = 0; row < bytes; row += 16) {
		char hex[64] = "", text[20] = "";

		for (int i = row; i < row + 16 && i < bytes; i++) {
			sprintf(hex + strlen(hex), "%02x ", byte[i]);
			sprintf(text + strlen(text), "%c",
				byte[i] >= ' ' && byte[i] <= '~' ? byte[i] : '.');
		}
		line(3, "%s%016llx: %-48s %s", label, at(object + from + row), hex, text);
	}
}

static void remember(const char *object)
{
	memcpy(slot, object - LEFT, SLOT);
}

/* All of a slot, as it was remembered. @freed: it was free before. */
static void slot_lines(const char *object, unsigned int used, const void *fp, bool freed)
{
	void *next;

	memcpy(&next, slot + LEFT + NEXT, sizeof(next));
	line(3, "Allocated in unknown age=0 cpu=0 pid=100");
	if (freed)
		line(3, "Freed in unknown age=0 cpu=0 pid=100");
	slab_line(object, used, fp);
	line(3, "Object 0x%016llx @offset=%u fp=0x%016llx", at(object),
		(unsigned int)((uintptr_t)object & 4095), at(next));
	line(3, "%s", "");
	section("Redzone  ", object, -LEFT, LEFT);
	section("Object   ", object, 0, SIZE);
	section("Redzone  ", object, SIZE, 8);
	section("Padding  ", object, GAP, 8);
	taint();
}

static void overwritten(const char *what, const char *byte, int is, int should_be)
{
	line(3, "[%s overwritten] 0x%016llx-0x%016llx @offset=%u. First byte 0x%x instead of 0x%x",
		what, at(byte), at(byte), (unsigned int)((uintptr_t)byte & 4095), is,
		should_be);
}

static void restored(const char *what, const char *byte, int value)
{
	line(3, "FIX victim: Restoring %s 0x%016llx-0x%016llx=0x%x", what, at(byte),
		at(byte), value);
}

static void not_freed(const void *object)
{
	line(3, "FIX victim: Object at 0x%016llx not freed", at(object));
}

static void check_log(void)
{
	want[want_bytes] = '\0';
	CHECK_STR_EQ(rig.log, want);
	rig_check_valid(rig.m, "a report");
	rig_log_clear(&rig);
	want_bytes = 0;
}

/* ------------------------------------------------------------------ written beyond the object */

static void write_and_free(const char *what, int where, int value, int should_be)
{
	volatile char *a;

	boot("FZPU");
	a = alloc();
	a[where] = (char)value;
	remember((char *)a);
	give((char *)a);
	overwritten(what, (char *)a + where, value, should_be);
	bug("Object corrupt");
	slot_lines((char *)a, 1, (char *)a + SLOT, false);
	restored(what, (char *)a + where, should_be);
	not_freed((char *)a);
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, a_write_behind_the_object_is_found_at_its_free)
{
	write_and_free("Right Redzone", SIZE, 0x41, 0xcc);
	write_and_free("Right Redzone", SIZE + 7, 0x42, 0xcc);
}

TEST(slub_debug, a_write_before_the_object_is_found_at_its_free)
{
	write_and_free("Left Redzone", -1, 0x43, 0xcc);
	write_and_free("Left Redzone", -8, 0x44, 0xcc);
}

TEST(slub_debug, a_write_far_behind_the_object_is_found_at_its_free)
{
	write_and_free("Object padding", GAP + 3, 0x45, 0x5a);
}

TEST(slub_debug, damage_of_several_kinds_is_shown_once_and_named_each)
{
	volatile char *a;

	boot("FZPU");
	a = alloc();
	a[-3] = 1;
	a[SIZE + 2] = 2;
	remember((char *)a);
	give((char *)a);
	overwritten("Left Redzone", (char *)a - 3, 1, 0xcc);
	bug("Object corrupt");
	slot_lines((char *)a, 1, (char *)a + SLOT, false);
	restored("Left Redzone", (char *)a - 3, 0xcc);
	overwritten("Right Redzone", (char *)a + SIZE + 2, 2, 0xcc);
	restored("Right Redzone", (char *)a + SIZE + 2, 0xcc);
	not_freed((char *)a);
	check_log();
	/* repaired: now it can be freed */
	give((char *)a);
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, a_write_behind_the_last_object_is_found)
{
	char *a, *tail;

	boot("FZPU");
	a = alloc();
	tail = (char *)((uintptr_t)a & ~(uintptr_t)4095) + OBJECTS * SLOT;
	tail[5] = 7;
	memset(slot, POISON_INUSE, SLOT);
	slot[LEFT + 5] = 7;
	give(a);
	bug("");
	want_bytes = 0;
	line(3, "=============================================================================");
	line(3, "BUG victim (Not tainted): Padding overwritten. 0x%016llx-0x%016llx @offset=4085",
		at(tail + 5), at(tail + 5));
	line(3, "-----------------------------------------------------------------------------");
	line(3, "%s", "");
	section("Padding ", tail, 0, 16);
	slab_line(a, 1, a + SLOT);
	taint();
	line(3, "FIX victim: Restoring slab padding 0x%016llx-0x%016llx=0x5a",
		at(tail + 5), at(tail + 5));
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, without_red_zones_the_gap_up_to_the_next_word_is_watched)
{
	struct kmem_cache *odd;
	volatile char *a;

	boot("FP");
	odd = qy_kmem_cache_create(rig.m, "odd", 21, 0, 0, NULL);
	a = qy_kmem_cache_alloc(odd, QY_GFP_KERNEL);
	a[22] = 9;
	qy_kmem_cache_free(odd, (char *)a);
	CHECK_EQ(rig_log_count(&rig, "[Alignment padding overwritten] "), 1);
	CHECK_EQ(rig_log_count(&rig, "First byte 0x9 instead of 0x5a"), 1);
	CHECK_EQ(rig_log_count(&rig, "FIX odd: Restoring Alignment padding "), 1);
	CHECK_EQ(rig_log_count(&rig, "Bytes b4 "),
		0); /* the first object has none before it */
	rig_check_valid(rig.m, "alignment padding");
	rig_down(&rig);
}

/*
 *   kmalloc(13): | 16 red | 13 asked, 3 red | 8 red | ...
 */
TEST(slub_debug, kmalloc_watches_what_was_not_asked_for)
{
	volatile char *a;

	boot("FZPU");
	a = qy_kmalloc(rig.m, 13, QY_GFP_KERNEL);
	CHECK_EQ(a[11], POISON_FREE);
	CHECK_EQ((uint8_t)a[12], POISON_END);
	CHECK_EQ((uint8_t)a[13], SLUB_RED_ACTIVE);
	a[14] = 5;
	qy_kfree(rig.m, (char *)a);
	CHECK_EQ(rig_log_count(&rig, "[kmalloc Redzone overwritten] "), 1);
	CHECK_EQ(rig_log_count(&rig, "BUG kmalloc-16 (Not tainted): Object corrupt"), 1);
	CHECK_EQ(rig_log_count(&rig, "FIX kmalloc-16: Restoring kmalloc Redzone "), 1);
	rig_log_clear(&rig);
	qy_kfree(rig.m, (char *)a);
	CHECK_STR_EQ(rig.log, "");
	/* zeroed memory is zero as far as it was asked for */
	a = qy_kzalloc(rig.m, 13, QY_GFP_KERNEL);
	for (int i = 0; i < 13; i++)
		CHECK_EQ(a[i], 0);
	/* who asks how much there is may use it */
	CHECK_EQ(qy_ksize(rig.m, (char *)a), 16);
	a[15] = 1;
	qy_kfree(rig.m, (char *)a);
	CHECK_STR_EQ(rig.log, "");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ used after free */

static void write_freed(const char *what, int where, int value, int should_be)
{
	volatile char *a;

	boot("FZPU");
	a = alloc();
	give((char *)a);
	a[where] = (char)value;
	remember((char *)a);
	CHECK(alloc() != a); /* of a fresh slab: the damaged one is given up */
	overwritten(what, (char *)a + where, value, should_be);
	bug("Object corrupt");
	slot_lines((char *)a, 1, (char *)a + SLOT, true);
	restored(what, (char *)a + where, should_be);
	line(3, "FIX victim: Marking all objects used");
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, a_write_to_a_freed_object_is_found_when_it_is_next)
{
	write_freed("Poison", 0, 0x30, 0x6b);
	write_freed("Poison", SIZE - 2, 0x31, 0x6b);
	write_freed("End Poison", SIZE - 1, 0x32, 0xa5);
	write_freed("Left Redzone", -2, 0x33, 0xbb);
	write_freed("Right Redzone", SIZE + 1, 0x34, 0xbb);
}

TEST(slub_debug, a_freed_objects_link_that_leads_astray_is_found)
{
	void *wild = (void *)(uintptr_t)0x4141414141414141;
	char *a;

	boot("FZPU");
	a = alloc();
	give(a);
	memcpy(a + NEXT, &wild, sizeof(wild));
	remember(a);
	(void)alloc();
	bug("Freepointer corrupt");
	slot_lines(a, 1, wild, true);
	line(3, "FIX victim: Marking all objects used");
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, a_list_of_free_objects_that_is_cut_is_found_at_the_next_free)
{
	void *wild = (void *)(uintptr_t)0x4141414141414141;
	char *a, *b;

	boot("FZPU");
	a = alloc();
	b = alloc();
	give(a);
	memcpy(a + NEXT, &wild, sizeof(wild));
	remember(a);
	give(b);
	bug("Freechain corrupt");
	slot_lines(a, 1, a, true);
	bug("Wrong object count. Counter is 1 but counted were 33");
	slab_line(a, 1, a);
	line(3, "FIX victim: Object count adjusted");
	check_log();
	rig_down(&rig);
}

/* ------------------------------------------------------------------ freed wrongly */

TEST(slub_debug, a_double_free_is_reported_with_who_freed_it_first)
{
	char *a;

	boot("FZPU");
	a = alloc();
	(void)alloc();
	give(a);
	remember(a);
	give(a);
	bug("Object already free");
	slot_lines(a, 1, a, true);
	not_freed(a);
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, a_double_free_of_the_only_object_is_reported_of_its_slab)
{
	char *a;

	boot("FZPU");
	a = alloc();
	give(a);
	give(a);
	line(3, "=============================================================================");
	line(3, "BUG victim (Not tainted): Slab has 0 allocated objects but 1 are to be freed");
	line(3, "%s", "");
	line(3, "-----------------------------------------------------------------------------");
	line(3, "%s", "");
	slab_line(a, 0, a);
	taint();
	not_freed(a);
	check_log();
	rig_down(&rig);
}

/* Whatever one letter switches on, and however many frees lie between the two. */
TEST(slub_debug, every_double_free_is_found)
{
	static const char *const letters[] = { "F,victim", "Z,victim", "P,victim",
		"U,victim", "T,victim", "FZPU,victim" };

	for (size_t i = 0; i < ARRAY_SIZE(letters); i++) {
		char *object[100];
		unsigned int said;

		boot(letters[i]);
		for (int j = 0; j < 100; j++)
			object[j] = alloc();
		for (int j = 0; j < 100; j += 2)
			give(object[j]);
		rig_log_clear(&rig);
		for (int j = 0; j < 100; j += 2)
			give(object[j]);
		said = rig_log_count(&rig, "): Object already free\n");
		said += rig_log_count(&rig, "): Slab has 0 allocated objects but 1 are");
		CHECK_EQ(said, 50);
		rig_check_valid(rig.m, letters[i]);
		for (int j = 1; j < 100; j += 2)
			give(object[j]);
		rig_log_clear(&rig);
		qy_kmem_cache_destroy(cache);
		CHECK_STR_EQ(rig.log, "");
		rig_down(&rig);
	}
}

TEST(slub_debug, a_pointer_into_an_object_is_not_freed)
{
	char *a, text[64];

	boot("FZPU");
	a = alloc();
	give(a + 8);
	sprintf(text, "Invalid object pointer 0x%016llx", at(a + 8));
	bug(text);
	slab_line(a, 1, a + SLOT);
	taint();
	not_freed(a + 8);
	check_log();
	give(a);
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, an_object_of_another_cache_goes_back_to_its_own)
{
	struct kmem_cache *other;
	char *a;

	boot("FZPU");
	other = qy_kmem_cache_create(rig.m, "other", 72, 0, 0, NULL);
	a = alloc();
	qy_kmem_cache_free(other, a);
	line(4, "cache_from_obj: Wrong slab cache. other but object is from victim");
	line(3, "Allocated in unknown age=0 cpu=0 pid=100");
	check_log();
	qy_kmem_cache_destroy(other);
	qy_kmem_cache_destroy(cache);
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, what_is_left_when_a_cache_ends_is_listed_with_its_owner)
{
	char *a, *b;

	boot("FZPU");
	a = alloc();
	b = alloc();
	qy_kmem_cache_destroy(cache);
	bug("Objects remaining on __kmem_cache_shutdown()");
	line(3, "Object 0x%016llx @offset=8", at(a));
	line(3, "Allocated in unknown age=0 cpu=0 pid=100");
	line(3, "Object 0x%016llx @offset=128", at(b));
	line(3, "Allocated in unknown age=0 cpu=0 pid=100");
	slab_line(a, 2, b + SLOT);
	taint();
	line(4, "kmem_cache_destroy victim: Slab cache still has objects when called from unknown");
	check_log();
	rig_down(&rig);
}

/* ------------------------------------------------------------------ the rest */

static char *alloc_here(void)
{
	return QY_AT_SITE(qy_kmem_cache_alloc(cache, QY_GFP_KERNEL));
}

TEST(slub_debug, the_line_that_allocated_is_named)
{
	char *a, text[256];

	boot("U");
	a = alloc_here();
	qy_set_task(71, "insmod");
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(
		rig_log_count(&rig,
			"<3>Allocated in alloc_here age=0 cpu=0 pid=100\n<3> alloc_here "),
		1);
	sprintf(text, "<3> alloc_here %s:", __FILE__);
	CHECK_EQ(rig_log_count(&rig, text), 1);
	rig_down(&rig);
	/* a record that was written over is not believed */
	boot("U");
	a = alloc_here();
	memset(a + SIZE, 0x55, 8);
	qy_kmem_cache_destroy(cache);
	CHECK_EQ(rig_log_count(&rig, "Allocated in unknown "), 1);
	rig_down(&rig);
}

TEST(slub_debug, validate_looks_at_objects_in_use)
{
	volatile char *a;

	boot("FZPU");
	a = alloc();
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/victim/validate", "1"), 0);
	check_log();
	a[SIZE] = 3;
	remember((char *)a);
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/victim/validate", "1"), 0);
	overwritten("Right Redzone", (char *)a + SIZE, 3, 0xcc);
	bug("Object corrupt");
	slot_lines((char *)a, 1, (char *)a + SLOT, false);
	restored("Right Redzone", (char *)a + SIZE, 0xcc);
	check_log();
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/victim/validate", "0"),
		-QY_EINVAL);
	rig_down(&rig);
	boot("");
	CHECK_EQ(qy_proc_write(rig.m, "/sys/kernel/slab/:0000024/validate", "1"),
		-QY_EINVAL);
	rig_down(&rig);
}

TEST(slub_debug, trace_logs_every_call)
{
	char *a;

	boot("T");
	a = alloc();
	line(6, "TRACE victim alloc 0x%016llx inuse=1 fp=0x%016llx", at(a), at(a + SIZE));
	check_log();
	memset(a, 'q', SIZE);
	memcpy(slot + LEFT, a, SIZE);
	give(a);
	line(6, "TRACE victim free 0x%016llx inuse=1 fp=0x%016llx", at(a), at(a + SIZE));
	line(6, "Object %016llx: %s %s", at(a),
		"71 71 71 71 71 71 71 71 71 71 71 71 71 71 71 71 ", "qqqqqqqqqqqqqqqq");
	line(6, "Object %016llx: %-48s %s", at(a + 16), "71 71 71 71 71 71 71 71 ",
		"qqqqqqqq");
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, o_spares_caches_whose_slabs_would_grow)
{
	struct qy_kmem_cache_info info;
	unsigned int spared = 0;

	boot("FZPUO");
	for (unsigned int n = 0; qy_kmem_cache_info(rig.m, n, &info); n++) {
		bool has = info.flags & QY_SLAB_RED_ZONE;

		if (info.object_size < 2048) {
			CHECK(has || info.flags & QY_SLAB_NO_USER_FLAGS);
			continue;
		}
		/* 2k, 4k and 8k of each kind: with red zones they need a larger block */
		CHECK(!has && info.flags & QY_SLAB_CONSISTENCY_CHECKS);
		spared++;
	}
	CHECK_EQ(spared, 9);
	rig_down(&rig);
}

static unsigned int nr_constructed;

static void construct(void *object)
{
	nr_constructed++;
	memset(object, 0x77, 16);
}

TEST(slub_debug, what_a_constructor_made_is_not_poisoned)
{
	struct kmem_cache *made;
	char *a;

	boot("FZPU");
	nr_constructed = 0;
	made = qy_kmem_cache_create(rig.m, "made", 16, 0, 0, construct);
	a = qy_kmem_cache_alloc(made, QY_GFP_KERNEL);
	CHECK(nr_constructed > 1);
	CHECK_EQ(a[0], 0x77);
	a[0] = 0x12;
	qy_kmem_cache_free(made, a);
	CHECK(qy_kmem_cache_alloc(made, QY_GFP_KERNEL) == a);
	CHECK_EQ(a[0], 0x12);
	qy_kmem_cache_free(made, a);
	qy_kmem_cache_destroy(made);
	check_log();
	rig_down(&rig);
}

TEST(slub_debug, a_board_may_hand_out_in_random_order)
{
	char *a, *b;
	bool in_order = true;

	rig_x86(&rig, MIB(64), 0, 1);
	strcpy(rig.board.slab.debug, "FZPU");
	rig.board.slab.shuffle = true;
	rig.board.slab.seed = qy_test_seed();
	rig_boot(&rig);
	cache = qy_kmem_cache_create(rig.m, "victim", SIZE, 0, 0, NULL);
	a = alloc();
	for (int i = 1; i < OBJECTS; i++, a = b) {
		b = alloc();
		CHECK_EQ((uintptr_t)a >> 12, (uintptr_t)b >> 12);
		in_order &= b == a + SLOT;
	}
	CHECK(!in_order);
	rig_check_valid(rig.m, "a slab in random order");
	rig_down(&rig);
}

/* ------------------------------------------------------------------ random operations */

#define NR_HELD 500

TEST(slub_debug, random_use_without_misuse_says_nothing)
{
	static const char *const debugs[] = { "FZPU", "F", "Z", "P", "U", "ZU", "PU" };

	for (size_t d = 0; d < ARRAY_SIZE(debugs); d++) {
		struct rig_random random = { qy_test_seed() + d };
		void *held[NR_HELD] = { 0 };
		uint32_t bytes[NR_HELD];

		boot(debugs[d]);
		for (unsigned long i = 0; i < qy_test_scale(4000); i++) {
			uint32_t n = rig_below(&random, NR_HELD);

			if (held[n]) {
				for (uint32_t k = 0; k < bytes[n]; k++)
					CHECK_EQ(((uint8_t *)held[n])[k], (uint8_t)n);
				qy_kfree(rig.m, held[n]);
				held[n] = NULL;
				continue;
			}
			bytes[n] = 1 +
				   rig_below(&random, rig_below(&random, 8) ? 200 : 5000);
			held[n] = qy_kmalloc(rig.m, bytes[n], QY_GFP_KERNEL);
			CHECK(held[n] != NULL);
			memset(held[n], (int)n, bytes[n]);
			if (i % 64 == 0)
				rig_check_valid(rig.m, debugs[d]);
		}
		for (uint32_t n = 0; n < NR_HELD; n++)
			qy_kfree(rig.m, held[n]);
		CHECK_STR_EQ(rig.log, "");
		rig_check_valid(rig.m, debugs[d]);
		rig_down(&rig);
	}
}
