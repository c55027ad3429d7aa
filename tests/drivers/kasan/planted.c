// SPDX-License-Identifier: MIT
/*
 * One function for each mistake with memory. NAME: that of the table.
 */
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <quarry/world.h>
#include "tests/drivers/kasan/planted.h"

/* The compiler knows nothing of the value. */
#define hide(x)                                  \
	({                                       \
		__typeof__(x) v_ = (x);          \
		__asm__ volatile("" : "+r"(v_)); \
		v_;                              \
	})

static volatile int sink;

static noinline void write_behind_the_end(int right)
{
	char *p = kmalloc(60, GFP_KERNEL);

	p[hide(right ? 59 : 60)] = 1;
	kfree(p);
}

static noinline void write_far_behind_the_end(int right)
{
	u64 *p = kmalloc(64, GFP_KERNEL);

	p[hide(right ? 7 : 8)] = 1;
	kfree(p);
}

static noinline void read_before_the_begin(int right)
{
	u32 *p = kzalloc(64, GFP_KERNEL);

	sink = (int)p[hide(right ? 0 : -1)];
	kfree(p);
}

static noinline void read_across_the_end(int right)
{
	char *p = kzalloc(20, GFP_KERNEL);

	sink = (int)*(u32 *)(p + hide(right ? 16 : 17));
	kfree(p);
}

struct frame {
	u32 number, bytes;
	char name[24];
};

struct odd {
	u8 head[44];
	u64 last;
} __packed;

/* Of memory that nobody has written, at no multiple of anything. */
static noinline void write_an_odd_end(int right)
{
	struct odd *p = kmalloc(sizeof(*p), GFP_KERNEL);
	struct odd *there = (void *)((char *)p + (right ? 0 : 3));

	hide(there)->last = 1;
	if (right)
		sink = (int)hide(there)->last;
	kfree(p);
}

static noinline void read_what_was_freed(int right)
{
	struct frame *frame = kzalloc(sizeof(*frame), GFP_KERNEL);

	if (right)
		sink = (int)frame->bytes;
	kfree(frame);
	if (!right)
		sink = (int)hide(frame)->bytes;
}

static noinline void write_what_went_back_to_its_cache(int right)
{
	struct kmem_cache *cache = KMEM_CACHE(frame, 0);
	struct frame *frame = kmem_cache_zalloc(cache, GFP_KERNEL);

	if (right)
		frame->number = 1;
	kmem_cache_free(cache, frame);
	if (!right)
		hide(frame)->number = 1;
	kmem_cache_destroy(cache);
}

static int probe_engine(struct platform_device *pdev)
{
	u32 *state = devm_kzalloc(&pdev->dev, 20, GFP_KERNEL);

	if (!state)
		return -ENOMEM;
	platform_set_drvdata(pdev, state);
	return 0;
}

static void remove_engine(struct platform_device *pdev)
{
}

static noinline void use_what_went_with_its_device(int right)
{
	struct platform_driver driver = { .probe = probe_engine,
		.remove = remove_engine,
		.driver = { .name = "engine" } };
	struct platform_device *pdev;
	u32 *state;

	if (platform_driver_register(&driver))
		return;
	pdev = platform_device_register_simple("engine", PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(pdev))
		return;
	state = platform_get_drvdata(pdev);
	if (right)
		state[4] = 1;
	platform_driver_unregister(&driver);
	if (!right)
		hide(state)[4] = 1;
	platform_device_unregister(pdev);
}

static noinline void use_what_was_moved(int right)
{
	u32 *old = kzalloc(32, GFP_KERNEL), *moved = krealloc(old, 500, GFP_KERNEL);

	*(right ? moved : hide(old)) = 1;
	kfree(moved);
}

static noinline void copy_too_much(int right)
{
	char *from = kzalloc(100, GFP_KERNEL), *to = kzalloc(90, GFP_KERNEL);

	memcpy(to, from, (size_t)hide(right ? 90 : 91));
	kfree(to);
	kfree(from);
}

static noinline void clear_too_much(int right)
{
	char *p = kmalloc(90, GFP_KERNEL);

	memset(p, 0, (size_t)hide(right ? 90 : 100));
	kfree(p);
}

static noinline void copy_a_string_too_long(int right)
{
	char *p = kmalloc(8, GFP_KERNEL);

	strcpy(p, right ? "1234567" : hide((char *)"12345678"));
	kfree(p);
}

static noinline void read_a_string_without_end(int right)
{
	char *p = kmalloc(12, GFP_KERNEL);

	memset(p, 'x', 12);
	if (right)
		p[11] = '\0';
	sink = (int)strlen(hide(p));
	kfree(p);
}

static noinline void copy_a_larger_structure(int right)
{
	struct frame *from = kzalloc(sizeof(*from), GFP_KERNEL);
	struct frame *to = kzalloc(right ? sizeof(*to) : sizeof(*to) - 4, GFP_KERNEL);

	*hide(to) = *hide(from);
	kfree(to);
	kfree(from);
}

static noinline void use_a_page_that_was_freed(int right)
{
	struct page *page = alloc_page(GFP_KERNEL);
	u32 *words = page_address(page);

	if (right)
		words[100] = 1;
	__free_page(page);
	if (!right)
		words[hide(100)] = 1;
}

static noinline void use_a_large_block_that_was_freed(int right)
{
	unsigned long block = __get_free_pages(GFP_KERNEL, 8);

	if (right)
		*(u32 *)(block + 4096) = 1;
	free_pages(block, 8);
	if (!right)
		*(u32 *)(hide(block) + 4096) = 1;
}

static noinline void read_behind_an_area(int right)
{
	char *area = vmalloc(5000);

	sink = area[hide(right ? 4999 : 5000)];
	vfree(area);
}

static noinline void write_behind_a_buffer_for_a_device(int right)
{
	static const struct qy_board_device desc = { .name = "1000.engine" };
	struct device dev;
	dma_addr_t dma;
	char *cpu;

	if (qy_device_add(&dev, &desc))
		return;
	cpu = dma_alloc_coherent(&dev, 1000, &dma, GFP_KERNEL);
	cpu[hide(right ? 999 : 1000)] = 1;
	dma_free_coherent(&dev, 1000, cpu, dma);
	qy_device_del(&dev);
}

static int table[5];

static noinline void write_behind_a_variable(int right)
{
	hide((int *)table)[hide(right ? 4 : 5)] = 1;
}

static noinline int last_of(char *bytes, int at)
{
	return hide(bytes)[hide(at)];
}

static noinline void write_behind_a_local_variable(int right)
{
	char before[8] = "", buffer[13] = "";

	hide((char *)buffer)[hide(right ? 12 : 13)] = 1;
	sink = last_of(before, 7) + last_of(buffer, 12);
}

static noinline void read_before_a_local_variable(int right)
{
	u32 words[4] = { 1, 2, 3, 4 };

	sink = (int)hide((u32 *)words)[hide(right ? 0 : -1)];
}

static noinline void copy_too_much_to_the_stack(int right)
{
	char *from = kzalloc(64, GFP_KERNEL), to[32];

	memcpy(to, from, (size_t)hide(right ? 32 : 40));
	sink = last_of(to, 31);
	kfree(from);
}

/* clang alone puts red zones around these. */
static noinline void write_behind_an_array_of_variable_length(int right)
{
	int nr = hide(21);
	char array[nr];

	hide((char *)array)[hide(right ? 20 : 21)] = 0;
	sink = last_of(array, 20);
}

/* A thread that ends in the middle of a function, and one that has its stack then. */
static noinline int end_in_the_middle(void *arg)
{
	char name[400] = "";

	sink = last_of(name, 399);
	kthread_complete_and_exit(arg, 0);
}

static int use_much_stack(void *arg)
{
	char all[3000];

	memset(all, 1, sizeof(all));
	sink = last_of(all, 2999);
	complete(arg);
	return 0;
}

static noinline void leave_a_stack_in_the_middle(int right)
{
	for (int i = 0; i < 3; i++) {
		DECLARE_COMPLETION_ONSTACK(done);
		struct task_struct *task = kthread_run(
			i < 2 ? end_in_the_middle : use_much_stack, &done, "thread");

		wait_for_completion(&done);
		kthread_stop(task);
	}
}

static noinline void free_twice(int right)
{
	void *p = kmalloc(100, GFP_KERNEL);

	kfree(p);
	if (!right)
		kfree(hide(p));
}

static noinline void free_the_middle(int right)
{
	char *p = kmalloc(100, GFP_KERNEL);

	if (!right)
		kfree(hide(p) + 16);
	kfree(p);
}

static noinline void free_a_page_twice(int right)
{
	struct page *page = alloc_page(GFP_KERNEL);

	__free_page(page);
	if (!right)
		__free_page(hide(page));
}

static noinline void copy_what_was_freed_to_a_program(int right)
{
	static char program[16];
	char *p = kzalloc(16, GFP_KERNEL);

	if (!right)
		kfree(p);
	sink = copy_to_user(program, hide(p), 16) != 0;
	if (right)
		kfree(p);
}

static ssize_t peek(struct file *file, const char __user *from, size_t n, loff_t *pos)
{
	char byte;

	if (file->private_data) /* set by open(): it is a miscdevice's */
		sink = *(const volatile char *)from;
	else if (copy_from_user(&byte, from, 1))
		return -EFAULT;
	return (ssize_t)n;
}

static int behave(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static const struct file_operations wrong_fops = { .write = peek };
static const struct file_operations right_fops = { .open = behave, .write = peek };

static noinline void read_a_programs_memory(int right)
{
	struct miscdevice misc = { .minor = MISC_DYNAMIC_MINOR,
		.name = "peek",
		.fops = right ? &right_fops : &wrong_fops };
	struct qy_world_file *f;
	char program[64] = "";
	int error;

	if (misc_register(&misc))
		return;
	f = qy_world_open(qy_world_of(qy_this_machine()), "peek", O_RDWR, &error);
	if (f) {
		qy_world_write(f, program, sizeof(program));
		qy_world_close(f);
	}
	misc_deregister(&misc);
}

struct answer {
	u8 kind;
	u32 value;
};

static noinline void copy_a_gap_to_a_program(int right)
{
	static char program[sizeof(struct answer)];
	struct answer *answer = kmalloc(sizeof(*answer), GFP_KERNEL);

	if (right)
		memset(answer, 0, sizeof(*answer));
	answer->kind = 1;
	answer->value = 2;
	sink = copy_to_user(program, hide(answer), sizeof(*answer)) != 0;
	kfree(answer);
}

/* Also what looks like bytes that nobody has written, up to an end that is no word's. */
static noinline void copy_what_was_written_to_a_program(int right)
{
	static char program[61];
	u8 *answer = kmalloc(61, GFP_KERNEL);

	for (int i = 0; i < (right ? 61 : 60); i++)
		answer[hide(i)] = 0xa9;
	sink = copy_to_user(program, hide(answer), 61) != 0;
	kfree(answer);
}

/* What was copied is as unwritten as it was; what the runtime writes is written. */
static noinline void copy_a_copy_to_a_program(int right)
{
	static char program[64];
	char *from = kmalloc(64, GFP_KERNEL), *to = kzalloc(64, GFP_KERNEL);

	if (right)
		snprintf(from, 64, "%063d", 5);
	memcpy(to, from, 64);
	if (!right)
		memset(to + 16, 0, 48);
	sink = copy_to_user(program, hide(to), 64) != 0;
	kfree(from);
	kfree(to);
}

static noinline void send_what_nobody_has_written(int right)
{
	static const struct qy_board_device desc = { .name = "1000.engine" };
	struct device dev;
	dma_addr_t dma;
	u8 *frame = kmalloc(64, GFP_KERNEL), *room = kmalloc(64, GFP_KERNEL);

	if (qy_device_add(&dev, &desc))
		return;
	memset(frame, 1, right ? 64 : 60);
	dma = dma_map_single(&dev, frame, 64, DMA_TO_DEVICE);
	dma_unmap_single(&dev, dma, 64, DMA_TO_DEVICE);
	dma = dma_map_single(&dev, room, 64, DMA_FROM_DEVICE);
	dma_unmap_single(&dev, dma, 64, DMA_FROM_DEVICE);
	kfree(frame);
	kfree(room);
	qy_device_del(&dev);
}

static noinline void use_a_null_pointer(int right)
{
	struct frame *frame = right ? kzalloc(sizeof(*frame), GFP_KERNEL) : NULL;

	hide(frame)->bytes = 1;
	kfree(frame);
}

/* Each size of access is looked up in a way of its own. */
#define READ_WILD(bits)                                                    \
	static noinline void read_wild_##bits(int right)                   \
	{                                                                  \
		u##bits one = 1, *p = right ? &one : (void *)LIST_POISON2; \
                                                                           \
		sink = (int)*hide(p);                                      \
	}                                                                  \
	static noinline void write_wild_##bits(int right)                  \
	{                                                                  \
		u##bits one = 1, *p = right ? &one : (void *)LIST_POISON2; \
                                                                           \
		*hide(p) = 2;                                              \
	}
READ_WILD(8)
READ_WILD(16)
READ_WILD(32)
READ_WILD(64)

static noinline void copy_a_wild_structure(int right)
{
	struct frame one = { 1, 2, "" }, two, *p = right ? &one : (void *)LIST_POISON2;

	*hide(&two) = *hide(p);
}

static noinline void use_a_deleted_list_entry(int right)
{
	struct entry {
		struct list_head list;
	} one;
	LIST_HEAD(head);

	list_add(&one.list, &head);
	list_del(&one.list);
	if (!right)
		sink = hide(one.list.next)->next != NULL;
}

#define ENTRY(name)         \
	{                   \
#name, name \
	}
const struct planted NAME[] = {
	ENTRY(write_behind_the_end),
	ENTRY(write_far_behind_the_end),
	ENTRY(read_before_the_begin),
	ENTRY(read_across_the_end),
	ENTRY(write_an_odd_end),
	ENTRY(read_what_was_freed),
	ENTRY(write_what_went_back_to_its_cache),
	ENTRY(use_what_was_moved),
	ENTRY(use_what_went_with_its_device),
	ENTRY(copy_too_much),
	ENTRY(clear_too_much),
	ENTRY(copy_a_string_too_long),
	ENTRY(read_a_string_without_end),
	ENTRY(copy_a_larger_structure),
	ENTRY(use_a_page_that_was_freed),
	ENTRY(use_a_large_block_that_was_freed),
	ENTRY(read_behind_an_area),
	ENTRY(write_behind_a_buffer_for_a_device),
	ENTRY(write_behind_a_variable),
	ENTRY(write_behind_a_local_variable),
	ENTRY(read_before_a_local_variable),
	ENTRY(copy_too_much_to_the_stack),
	ENTRY(write_behind_an_array_of_variable_length),
	ENTRY(leave_a_stack_in_the_middle),
	ENTRY(free_twice),
	ENTRY(free_the_middle),
	ENTRY(free_a_page_twice),
	ENTRY(copy_what_was_freed_to_a_program),
	ENTRY(read_a_programs_memory),
	ENTRY(copy_a_gap_to_a_program),
	ENTRY(copy_what_was_written_to_a_program),
	ENTRY(copy_a_copy_to_a_program),
	ENTRY(send_what_nobody_has_written),
	ENTRY(use_a_null_pointer),
	ENTRY(use_a_deleted_list_entry),
	ENTRY(read_wild_8),
	ENTRY(read_wild_16),
	ENTRY(read_wild_32),
	ENTRY(read_wild_64),
	ENTRY(write_wild_8),
	ENTRY(write_wild_16),
	ENTRY(write_wild_32),
	ENTRY(write_wild_64),
	ENTRY(copy_a_wild_structure),
	{ "", NULL },
};
