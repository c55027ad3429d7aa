// SPDX-License-Identifier: MIT
/* Files of drivers below /proc and /sys/kernel/debug, as a driver makes them and a program reads them. */
#include <linux/atomic.h>
#include <linux/debugfs.h>
#include <linux/proc_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include "tests/drivers/kernel/world.h"

static char text[256];

/* What `cat` shows of @path, in @text. Return: bytes, -errno. */
static long cat(const char *path)
{
	int error;
	struct qy_world_file *file = qy_world_open(test_world.w, path, O_RDONLY, &error);
	size_t at = 0;
	long got;

	text[0] = '\0';
	if (!file)
		return error;
	while ((got = qy_world_read(file, text + at, 7)) > 0)
		at += (size_t)got;
	text[at] = '\0';
	qy_world_close(file);
	return got ? got : (long)at;
}

/* As `echo` does. Return: bytes, -errno. */
static long echo(const char *words, const char *path)
{
	int error;
	struct qy_world_file *file = qy_world_open(test_world.w, path, O_WRONLY, &error);
	long wrote = file ? qy_world_write(file, words, strlen(words)) : error;

	if (file)
		qy_world_close(file);
	return wrote;
}

/* ------------------------------------------------------------------ /proc */

static char message[32] = "hello\n";
static int releases;

static ssize_t read_message(struct file *file, char *buf, size_t n, loff_t *pos)
{
	CHECK(!strcmp((const char *)file_dentry(file)->d_name.name, "message"));
	return simple_read_from_buffer(
		buf, n, pos, pde_data(file_inode(file)), strlen(message));
}

static ssize_t write_message(struct file *file, const char *buf, size_t n, loff_t *pos)
{
	return simple_write_to_buffer(message, sizeof(message) - 1, pos, buf, n);
}

static int release_message(struct inode *inode, struct file *file)
{
	releases++;
	return 0;
}

static const struct proc_ops message_ops = {
	.proc_read = read_message,
	.proc_write = write_message,
	.proc_release = release_message,
};

WORLD(procfs, a_file_is_read_and_written_below_its_directory)
{
	struct proc_dir_entry *dir = proc_mkdir("acme", NULL);
	char path[64];

	CHECK(dir && proc_create_data("message", 0644, dir, &message_ops, message));
	CHECK(qy_world_path(test_world.w, 0, path, sizeof(path)));
	CHECK_STR_EQ(path, "/proc/acme/message");
	CHECK(!qy_world_path(test_world.w, 1, path, sizeof(path)));
	CHECK_EQ(cat("/proc/acme/message"), 6);
	CHECK_STR_EQ(text, "hello\n");
	CHECK_EQ(echo("world\n", "/proc/acme/message"), 6);
	CHECK_EQ(cat("/proc/acme/message"), 6);
	CHECK_STR_EQ(text, "world\n");
	CHECK_EQ(cat("/proc/acme"), -EISDIR);
	CHECK_EQ(cat("/proc/acme/other"), -ENOENT);
	CHECK_EQ(cat("/proc/message"), -ENOENT);
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 2);
	CHECK_EQ(remove_proc_subtree("acme", NULL), 0);
	CHECK_EQ(cat("/proc/acme/message"), -ENOENT);
}

WORLD(procfs, who_has_a_file_open_when_it_goes_gets_eio)
{
	struct qy_world_file *file;
	int error, before = releases;
	char byte;

	CHECK(proc_create_data("driver/message", 0, NULL, &message_ops, message));
	CHECK(!proc_create("nowhere/message", 0, NULL, &message_ops));
	CHECK_EQ(test_log("name 'nowhere/message'"), 1);
	test_forget(1);
	file = qy_world_open(test_world.w, "/proc/driver/message", O_RDONLY, &error);
	CHECK(file && qy_world_read(file, &byte, 1) == 1);
	remove_proc_entry("driver/message", NULL);
	CHECK_EQ(releases, before + 1);
	CHECK_EQ(qy_world_read(file, &byte, 1), -EIO);
	qy_world_close(file);
	CHECK_EQ(releases, before + 1);
}

WORLD(procfs, a_name_that_is_taken_and_one_that_is_not_there_are_warned_of)
{
	struct proc_dir_entry *dir = proc_mkdir("acme", NULL);

	CHECK(proc_mkdir("below", dir));
	CHECK(!proc_create("acme", 0, NULL, &message_ops));
	CHECK_EQ(test_log("proc_dir_entry '/proc/acme' already registered"), 1);
	remove_proc_entry("nothing", dir);
	CHECK_EQ(test_log("name 'nothing'"), 1);
	remove_proc_entry("acme", NULL);
	CHECK_EQ(
		test_log(
			"removing non-empty directory '/proc/acme', leaking at least 'below'"),
		1);
	test_forget(3);
	proc_remove(dir);
}

static int show_square(struct seq_file *m, void *v)
{
	seq_printf(m, "%ld ", *(long *)v * *(long *)v);
	return 0;
}

static void *first_square(struct seq_file *m, loff_t *pos)
{
	long *at = m->private;

	*at = (long)*pos;
	return *at < *(long *)pde_data(file_inode(m->file)) ? at : NULL;
}

static void *next_square(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return first_square(m, pos);
}

static void no_more_squares(struct seq_file *m, void *v)
{
}

static int show_one(struct seq_file *m, void *v)
{
	seq_printf(m, "%s\n", (char *)m->private);
	return 0;
}

WORLD(procfs, records_have_a_state_and_one_record_needs_none)
{
	static const struct seq_operations squares = { first_square, no_more_squares,
		next_square, show_square };
	static long nr = 5;

	CHECK(proc_create_seq_private("squares", 0, NULL, &squares, sizeof(long), &nr));
	CHECK(proc_create_single_data("one", 0, NULL, show_one, "first"));
	CHECK(cat("/proc/squares") > 0);
	CHECK_STR_EQ(text, "0 1 4 9 16 ");
	CHECK_EQ(cat("/proc/one"), 6);
	CHECK_STR_EQ(text, "first\n");
	remove_proc_entry("squares", NULL);
	remove_proc_entry("one", NULL);
}

/* ------------------------------------------------------------------ debugfs */

static u64 square_root = 3;

static int get_square(void *data, u64 *value)
{
	*value = *(u64 *)data * *(u64 *)data;
	return 0;
}

static int set_square(void *data, u64 value)
{
	if (value > 100)
		return -ERANGE;
	*(u64 *)data = value;
	return 0;
}

DEFINE_SIMPLE_ATTRIBUTE(square_fops, get_square, set_square, "%llu\n");

WORLD(debugfs, numbers_are_text_in_the_formats_of_linux)
{
	struct dentry *dir = debugfs_create_dir("acme", NULL);
	static u8 small = 200;
	static u32 mask = 0xbeef;
	static bool on = true;
	static atomic_t count = ATOMIC_INIT(-3);
	static char *name = "camera";

	CHECK(!IS_ERR(dir));
	debugfs_create_u8("small", 0644, dir, &small);
	debugfs_create_x32("mask", 0444, dir, &mask);
	debugfs_create_bool("on", 0644, dir, &on);
	debugfs_create_atomic_t("count", 0644, dir, &count);
	debugfs_create_str("name", 0444, dir, &name);
	debugfs_create_file("square", 0644, dir, &square_root, &square_fops);
	CHECK(cat("/sys/kernel/debug/acme/small") == 4 && !strcmp(text, "200\n"));
	CHECK(cat("/sys/kernel/debug/acme/mask") == 11 && !strcmp(text, "0x0000beef\n"));
	CHECK(cat("/sys/kernel/debug/acme/on") == 2 && !strcmp(text, "Y\n"));
	CHECK(cat("/sys/kernel/debug/acme/count") == 3 && !strcmp(text, "-3\n"));
	CHECK(cat("/sys/kernel/debug/acme/name") == 7 && !strcmp(text, "camera\n"));
	CHECK(cat("/sys/kernel/debug/acme/square") == 2 && !strcmp(text, "9\n"));
	CHECK_EQ(echo("0x11\n", "/sys/kernel/debug/acme/small"), 5);
	CHECK_EQ(echo("1\n", "/sys/kernel/debug/acme/mask"), -EACCES);
	CHECK_EQ(echo("off\n", "/sys/kernel/debug/acme/on"), 4);
	CHECK_EQ(echo("12", "/sys/kernel/debug/acme/count"), 2);
	CHECK_EQ(echo("7\n", "/sys/kernel/debug/acme/square"), 2);
	CHECK_EQ(echo("101\n", "/sys/kernel/debug/acme/square"), -ERANGE);
	CHECK(small == 17 && mask == 0xbeef && !on && square_root == 7);
	CHECK_EQ(atomic_read(&count), 12);
	debugfs_remove(dir);
	CHECK_EQ(cat("/sys/kernel/debug/acme/small"), -ENOENT);
}

WORLD(debugfs, an_entry_that_could_not_be_made_is_a_parent_of_nothing)
{
	struct dentry *dir = debugfs_create_dir("acme", NULL), *again;

	again = debugfs_create_dir("acme", NULL);
	CHECK_EQ(PTR_ERR(again), -EEXIST);
	CHECK_EQ(PTR_ERR(debugfs_create_file("x", 0444, again, NULL, &square_fops)),
		-EEXIST);
	debugfs_remove(again);
	CHECK(debugfs_lookup("acme", NULL) == dir);
	debugfs_lookup_and_remove("acme", NULL);
	CHECK(!debugfs_lookup("acme", NULL));
	CHECK_EQ(qy_world_nr_held(test_world.w, NULL), 0);
}

WORLD(debugfs, blobs_registers_and_arrays_are_shown)
{
	static struct debugfs_blob_wrapper blob = { "abc", 3 };
	static u32 numbers[] = { 1, 22, 333 };
	static struct debugfs_u32_array array = { numbers, 3 };
	static const struct debugfs_reg32 regs[] = { { "CTRL", 0 }, { "STATUS", 4 } };
	const struct qy_registers plain = { .arg = NULL };
	static struct debugfs_regset32 set = { .regs = regs, .nregs = 2 };

	CHECK_EQ(qy_world_registers(test_world.w, 0xfe000000, 4096, &plain), 0);
	set.base = ioremap(0xfe000000, 4096);
	CHECK(set.base);
	writel(0x11, set.base);
	writel(0x22, set.base + 4);
	debugfs_create_blob("blob", 0444, NULL, &blob);
	debugfs_create_u32_array("array", 0444, NULL, &array);
	debugfs_create_regset32("regs", 0444, NULL, &set);
	CHECK(cat("/sys/kernel/debug/blob") == 3 && !strcmp(text, "abc"));
	CHECK(cat("/sys/kernel/debug/array") > 0 && !strcmp(text, "1 22 333\n"));
	CHECK(cat("/sys/kernel/debug/regs") > 0);
	CHECK_STR_EQ(text, "CTRL = 0x00000011\nSTATUS = 0x00000022\n");
	debugfs_lookup_and_remove("blob", NULL);
	debugfs_lookup_and_remove("array", NULL);
	debugfs_lookup_and_remove("regs", NULL);
	iounmap(set.base);
}
