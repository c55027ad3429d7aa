// SPDX-License-Identifier: MIT
/* What is said of drivers that touch memory that is not theirs, and that nothing is said of those that do not. */
#define TEST_KASAN true
#include "tests/drivers/kernel/world.h"

#include <linux/slab.h>
#include "tests/drivers/kasan/planted.h"

static const struct planted *the_planted;
static int right;

static void run_it(void)
{
	the_planted->run(right);
}

static const struct planted *find(const struct planted *table, const char *name)
{
	for (; table->run; table++)
		if (!strcmp(table->name, name))
			return table;
	FAIL("no such mistake: %s", name);
}

/* The log without places in functions and addresses, which each compiler and each run has its own of. */
static void simplify(char *log)
{
	char *to = log;

	for (const char *at = log; *at;) {
		size_t hex = strspn(at, "0123456789abcdef");

		if (!strncmp(at, "+0x", 3)) {
			at += 3 + strspn(at + 3, "0123456789abcdef");
			at += *at == '/' ? 3 + strspn(at + 3, "0123456789abcdef") : 0;
			*to++ = '+';
		} else if (hex >= 16) {
			at += hex;
			*to++ = '@';
		} else {
			*to++ = *at++;
		}
	}
	*to = '\0';
}

static void says(const char *line)
{
	if (!strstr(test_world.log, line))
		FAIL("%s: not said: %s\n%s", the_planted->name, line, test_world.log);
}

/* By each compiler: with inline checks where the host has the addresses, and with calls. */
static const struct planted *table_of(unsigned int i)
{
	const struct planted *tables[] = { planted_gcc, planted_clang, planted_calls_gcc,
		planted_calls_clang };

	return i >= 2 || qy_world_checks_inline() ? tables[i] : NULL;
}

#define NR_TABLES 4

/* Run by both compilers: right, without a word; wrong, with these lines and no second report. */
static void plant_in(unsigned int nr_tables, const char *name, const char *const *lines)
{
	for (unsigned int i = 0; i < nr_tables; i++) {
		if (!table_of(i))
			continue;
		the_planted = find(table_of(i), name);
		right = 1;
		test_run(run_it, NULL);
		right = 0;
		test_run_in(run_it, NULL, 1);
		simplify(test_world.log);
		for (const char *const *line = lines; *line; line++)
			says(*line);
	}
}

static void plant(const char *name, const char *const *lines)
{
	plant_in(NR_TABLES, name, lines);
}

#define PLANT(name, ...)                                                   \
	do {                                                               \
		static const char *const lines_[] = { __VA_ARGS__, NULL }; \
		plant(#name, lines_);                                      \
	} while (0)

TEST(kasan, an_access_behind_an_object_is_told_with_its_owner)
{
	PLANT(write_behind_the_end,
		"BUG: KASAN: slab-out-of-bounds in write_behind_the_end+\n",
		"Write of size 1 at addr @ by task test/101\n",
		" write_behind_the_end+ (planted.c:", "Allocated by task 101:\n",
		"located 0 bytes to the right of\n", " allocated 60-byte region [@, @)\n",
		" which belongs to the cache kmalloc-64 of size 64\n",
		" fc fc 00 00 00 00 00 00 00 04");
	PLANT(write_far_behind_the_end,
		"BUG: KASAN: slab-out-of-bounds in write_far_behind_the_end+\n",
		"Write of size 8 at addr", " allocated 64-byte region");
	PLANT(read_before_the_begin,
		"BUG: KASAN: slab-out-of-bounds in read_before_the_begin+\n",
		"Read of size 4 at addr", "located 4 bytes to the left of\n");
	PLANT(write_an_odd_end, "BUG: KASAN: slab-out-of-bounds in write_an_odd_end+\n",
		"Write of size 8 at addr", " allocated 52-byte region");
	PLANT(read_across_the_end,
		"BUG: KASAN: slab-out-of-bounds in read_across_the_end+\n",
		"located 17 bytes inside of\n", " allocated 20-byte region");
}

TEST(kasan, an_object_that_was_freed_is_told_with_both_stacks)
{
	PLANT(read_what_was_freed,
		"BUG: KASAN: slab-use-after-free in read_what_was_freed+\n",
		"Read of size 4 at addr", "Allocated by task 101:\n",
		"Freed by task 101:\n", " freed 32-byte region",
		"located 4 bytes inside of\n");
	PLANT(write_what_went_back_to_its_cache,
		"BUG: KASAN: slab-use-after-free in write_what_went_back_to_its_cache+\n",
		" which belongs to the cache frame of size 32\n");
	PLANT(use_what_went_with_its_device,
		"BUG: KASAN: slab-use-after-free in use_what_went_with_its_device+\n",
		"located 16 bytes inside of\n", " freed 20-byte region",
		" probe_engine+ (", "Freed by task 101:\n");
	PLANT(use_what_was_moved,
		"BUG: KASAN: slab-use-after-free in use_what_was_moved+\n",
		" freed 32-byte region");
}

TEST(kasan, functions_of_bytes_and_strings_are_looked_at)
{
	PLANT(copy_too_much, "BUG: KASAN: slab-out-of-bounds in copy_too_much+\n",
		"Write of size 91 at addr", "located 0 bytes inside of\n");
	PLANT(clear_too_much, "BUG: KASAN: slab-out-of-bounds in clear_too_much+\n",
		"Write of size 100 at addr");
	PLANT(copy_a_string_too_long,
		"BUG: KASAN: slab-out-of-bounds in copy_a_string_too_long+\n",
		"Write of size 9 at addr");
	PLANT(read_a_string_without_end,
		"BUG: KASAN: slab-out-of-bounds in read_a_string_without_end+\n");
	PLANT(copy_a_larger_structure,
		"BUG: KASAN: slab-out-of-bounds in copy_a_larger_structure+\n");
	PLANT(copy_what_was_freed_to_a_program,
		"BUG: KASAN: slab-use-after-free in copy_what_was_freed_to_a_program+\n");
}

TEST(kasan, pages_areas_and_buffers_for_devices_have_ends)
{
	PLANT(use_a_page_that_was_freed,
		"BUG: KASAN: use-after-free in use_a_page_that_was_freed+\n",
		"Freed by task 101:\n", "located 400 bytes inside of\n",
		" freed 4096-byte region");
	PLANT(use_a_large_block_that_was_freed,
		"BUG: KASAN: use-after-free in use_a_large_block_that_was_freed+\n");
	PLANT(read_behind_an_area,
		"BUG: KASAN: vmalloc-out-of-bounds in read_behind_an_area+\n",
		"located 0 bytes to the right of\n", " allocated 5000-byte region");
	PLANT(write_behind_a_buffer_for_a_device,
		"BUG: KASAN: out-of-bounds in write_behind_a_buffer_for_a_device+\n",
		" allocated 1000-byte region");
}

TEST(kasan, a_variable_of_a_module_has_an_end)
{
	PLANT(write_behind_a_variable,
		"BUG: KASAN: global-out-of-bounds in write_behind_a_variable+\n",
		"The buggy address belongs to the variable:\n", " table+");
}

#define PLANT_INLINE(name, ...)                                            \
	do {                                                               \
		static const char *const lines_[] = { __VA_ARGS__, NULL }; \
		plant_in(2, #name, lines_);                                \
	} while (0)

TEST(kasan, a_local_variable_has_ends_where_checks_are_inline)
{
	PLANT_INLINE(write_behind_a_local_variable,
		"BUG: KASAN: stack-out-of-bounds in write_behind_a_local_variable+\n",
		"Write of size 1 at addr @ by task test/101\n",
		"The buggy address belongs to stack of task test/101\n",
		" and is located at offset ", " write_behind_a_local_variable+\n",
		"This frame has 2 objects:\n", " 'before'\n", " 'buffer'\n");
	PLANT_INLINE(read_before_a_local_variable,
		"BUG: KASAN: stack-out-of-bounds in read_before_a_local_variable+\n",
		"Read of size 4 at addr @ by task test/101\n",
		" and is located at offset 28 in frame:\n", "This frame has 1 object:\n",
		" [32, 48) 'words'\n");
	PLANT_INLINE(copy_too_much_to_the_stack,
		"BUG: KASAN: stack-out-of-bounds in copy_too_much_to_the_stack+\n",
		"Write of size 40 at addr", " [32, 64) 'to'\n");
}

TEST(kasan, an_array_of_variable_length_has_ends_where_the_compiler_says_so)
{
	if (!table_of(1))
		SKIP("no clang, or checks are not inline");
	the_planted = find(table_of(1), "write_behind_an_array_of_variable_length");
	right = 1;
	test_run(run_it, NULL);
	right = 0;
	test_run_in(run_it, NULL, 1);
	says("BUG: KASAN: alloca-out-of-bounds in write_behind_an_array_of_variable_length+");
}

TEST(kasan, who_leaves_a_stack_in_the_middle_leaves_no_red_zones)
{
	for (unsigned int i = 0; i < NR_TABLES; i++) {
		if (!table_of(i))
			continue;
		the_planted = find(table_of(i), "leave_a_stack_in_the_middle");
		test_run(run_it, NULL);
	}
}

TEST(kasan, wrong_frees_are_told_and_not_done)
{
	PLANT(free_twice, "BUG: KASAN: double-free in free_twice+\n",
		"Free of addr @ by task test/101\n", "Freed by task 101:\n");
	PLANT(free_the_middle, "BUG: KASAN: invalid-free in free_the_middle+\n",
		"located 16 bytes inside of\n");
	PLANT(free_a_page_twice, "BUG: KASAN: double-free in free_a_page_twice+\n");
}

TEST(kasan, a_programs_memory_is_not_the_drivers)
{
	PLANT(read_a_programs_memory, "BUG: KASAN: user-memory-access in peek+\n",
		"Read of size 1 at addr");
}

TEST(kasan, bytes_that_nobody_has_written_do_not_leave_the_kernel)
{
	PLANT(copy_a_gap_to_a_program,
		"BUG: KMSAN: kernel-infoleak in copy_a_gap_to_a_program+\n",
		"Uninit was created at:\n", "Bytes 1-3 of 8 are uninitialized\n",
		"Memory access of size 8 starts at @\n",
		"Data copied to user address @\n");
	PLANT(copy_what_was_written_to_a_program,
		"BUG: KMSAN: kernel-infoleak in copy_what_was_written_to_a_program+\n",
		"Bytes 60-60 of 61 are uninitialized\n");
	PLANT(copy_a_copy_to_a_program,
		"BUG: KMSAN: kernel-infoleak in copy_a_copy_to_a_program+\n",
		"Bytes 0-15 of 64 are uninitialized\n");
	PLANT(send_what_nobody_has_written,
		"BUG: KMSAN: uninit-value in send_what_nobody_has_written+\n",
		"Bytes 60-63 of 64 are uninitialized\n");
}

static void dies(const struct planted *table, const char *name)
{
	the_planted = find(table, name);
	right = 1;
	test_run(run_it, NULL);
	right = 0;
	test_echo = true;
	test_run(run_it, NULL);
}

TEST(kasan, what_no_cpu_could_touch_is_told_before_the_fault)
{
	for (unsigned int i = 0; i < NR_TABLES; i++) {
		if (!table_of(i))
			continue;
		DEATH("BUG: KASAN: null-ptr-deref in use_a_null_pointer+0x",
			dies(table_of(i), "use_a_null_pointer"));
		DEATH("BUG: KASAN: wild-memory-access in use_a_deleted_list_entry+0x",
			dies(table_of(i), "use_a_deleted_list_entry"));
	}
}

TEST(kasan, a_wild_access_of_each_size_is_told_exactly)
{
	static const struct {
		const char *name, *line;
	} wild[] = {
		{ "read_wild_8", "Read of size 1 at addr dead000000000122 " },
		{ "read_wild_16", "Read of size 2 at addr dead000000000122 " },
		{ "read_wild_32", "Read of size 4 at addr dead000000000122 " },
		{ "read_wild_64", "Read of size 8 at addr dead000000000122 " },
		{ "write_wild_8", "Write of size 1 at addr dead000000000122 " },
		{ "write_wild_16", "Write of size 2 at addr dead000000000122 " },
		{ "write_wild_32", "Write of size 4 at addr dead000000000122 " },
		{ "write_wild_64", "Write of size 8 at addr dead000000000122 " },
		{ "copy_a_wild_structure", "Read of size 32 at addr dead000000000122 " },
	};

	for (unsigned int i = 0; i < NR_TABLES; i++)
		for (unsigned int k = 0; table_of(i) && k < ARRAY_SIZE(wild); k++)
			DEATH(wild[k].line, dies(table_of(i), wild[k].name));
}
