// SPDX-License-Identifier: MIT
/* What a driver lends to a program: mmap() in all its ways, faults, what is left behind. */
#include <linux/dma-mapping.h>
#include <linux/fs.h>
#include <linux/io.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "tests/drivers/kernel/world.h"

#define PAGES     4ul
#define RW        (PROT_READ | PROT_WRITE)
#define REGISTERS 0xfd000000ull

typedef volatile u32 program_u32; /* a touch of it runs the driver */

static struct loan {
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	struct page *page[PAGES];
	void *memory;
	int answer; /* of the last call */
	volatile unsigned int opens, closes, faults, writes, releases; /* meanwhile */
	unsigned long last_pgoff, left;
	unsigned int flags;
	bool sleeps, keeps_whole;
	struct address_space *mapping;
} loan;

static int loan_open(struct inode *inode, struct file *file)
{
	loan.mapping = inode->i_mapping;
	return 0;
}

static int loan_release(struct inode *inode, struct file *file)
{
	loan.releases++;
	return 0;
}

static int loan_mmap(struct file *file, struct vm_area_struct *vma)
{
	return loan.answer = loan.mmap(file, vma);
}

static ssize_t loan_read(struct file *file, char *to, size_t n, loff_t *pos)
{
	return copy_to_user(to, "from the driver", n) ? -EFAULT : (ssize_t)n;
}

static const struct file_operations loan_fops = { .owner = THIS_MODULE,
	.open = loan_open,
	.release = loan_release,
	.read = loan_read,
	.mmap = loan_mmap };
static struct miscdevice loan_misc = {
	.minor = MISC_DYNAMIC_MINOR, .name = "loan", .fops = &loan_fops
};

static struct qy_world_file *begin(int (*fn)(struct file *, struct vm_area_struct *))
{
	struct qy_world_file *file;
	int error;

	memset(&loan, 0, sizeof(loan));
	loan.mmap = fn;
	for (unsigned long i = 0; i < PAGES; i++) {
		loan.page[i] = alloc_page(GFP_KERNEL | __GFP_ZERO);
		*(u32 *)page_address(loan.page[i]) = 100 + (u32)i;
	}
	CHECK_EQ(misc_register(&loan_misc), 0);
	file = qy_world_open(test_world.w, "loan", O_RDWR, &error);
	CHECK(file);
	return file;
}

static void end(struct qy_world_file *file)
{
	if (file)
		qy_world_close(file);
	CHECK_EQ(loan.releases, 1);
	misc_deregister(&loan_misc);
	for (unsigned long i = 0; i < PAGES; i++)
		if (loan.page[i])
			__free_page(loan.page[i]);
}

static int map_as(struct qy_world_file *file, unsigned long pgoff, unsigned long pages,
	int prot, int flags, program_u32 **at)
{
	return qy_world_mmap(
		file, pgoff << PAGE_SHIFT, pages << PAGE_SHIFT, prot, flags, (void **)at);
}

static int map(struct qy_world_file *file, unsigned long pages, program_u32 **at)
{
	return map_as(file, 0, pages, RW, MAP_SHARED, at);
}

static void unmap(program_u32 *at, unsigned long pages)
{
	CHECK_EQ(qy_world_munmap(test_world.w, (void *)at, pages << PAGE_SHIFT), 0);
}

#define AT(at, page) ((at) + (page) * (PAGE_SIZE / 4))

/* ------------------------------------------------------------------ frames by number */

static int remap_first(struct file *file, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(loan.page[vma->vm_pgoff]),
		PAGE_SIZE, vma->vm_page_prot);
}

WORLD(mmap, a_program_and_its_driver_see_the_same_bytes)
{
	struct qy_world_file *file = begin(remap_first);
	program_u32 *at;

	CHECK_EQ(map_as(file, 2, 1, RW, MAP_SHARED, &at), 0);
	CHECK((void *)at != page_address(loan.page[2]));
	CHECK_EQ(*at, 102);
	at[5] = 77;
	CHECK_EQ(((u32 *)page_address(loan.page[2]))[5], 77);
	((u32 *)page_address(loan.page[2]))[6] = 78;
	CHECK_EQ(at[6], 78);
	CHECK_EQ(page_count(loan.page[2]), 1); /* by its number: nobody counts */
	unmap(at, 1);
	end(file);
}

static int remap_too_much(struct file *file, struct vm_area_struct *vma)
{
	return remap_pfn_range(vma, vma->vm_start, page_to_pfn(loan.page[0]),
		2 * (vma->vm_end - vma->vm_start), vma->vm_page_prot);
}

static int remap_parts(struct file *file, struct vm_area_struct *vma)
{
	for (unsigned long i = 0; i < vma_pages(vma); i++) {
		int error = remap_pfn_range(vma, vma->vm_start + i * PAGE_SIZE,
			page_to_pfn(loan.page[PAGES - 1 - i]), PAGE_SIZE, PAGE_READONLY);

		if (error)
			return error;
	}
	return 0;
}

WORLD(mmap, frames_come_in_any_order_and_only_into_their_area)
{
	struct qy_world_file *file = begin(remap_parts);
	program_u32 *at;

	CHECK_EQ(map(file, PAGES, &at), 0);
	for (u32 i = 0; i < PAGES; i++)
		CHECK_EQ(*AT(at, i), 103 - i);
	/* the area may be written: a page without the right gets it, as there */
	CHECK_EQ(qy_world_touch(test_world.w, (void *)at, 1, true), 0);
	unmap(at, PAGES);
	/* copied on write: all of it at once, or not at all */
	CHECK_EQ(map_as(file, 0, 2, RW, MAP_PRIVATE, &at), -EINVAL);
	CHECK_EQ(map_as(file, 0, 1, RW, MAP_PRIVATE, &at), 0);
	*at = 1;
	CHECK_EQ(*(u32 *)page_address(loan.page[3]), 103);
	unmap(at, 1);
	loan.mmap = remap_too_much;
	CHECK_EQ(map(file, 1, &at), -EINVAL);
	CHECK_EQ(test_log("WARNING: remap_pfn_range() of 2 pages"), 1);
	test_forget(1);
	end(file);
}

WORLD(mmap, what_the_file_does_not_allow_is_refused)
{
	struct qy_world_file *file = begin(remap_first), *other;
	int error;
	program_u32 *at;

	other = qy_world_open(test_world.w, "loan", O_RDONLY, &error);
	CHECK_EQ(map(other, 1, &at), -EACCES);
	CHECK_EQ(map_as(other, 0, 1, PROT_READ, MAP_SHARED, &at), 0);
	CHECK_EQ(*at, 100);
	CHECK_EQ(qy_world_touch(test_world.w, (void *)at, 4, true), -EFAULT);
	unmap(at, 1);
	qy_world_close(other);
	other = qy_world_open(test_world.w, "loan", O_WRONLY, &error);
	CHECK_EQ(map_as(other, 0, 1, PROT_WRITE, MAP_SHARED, &at), -EACCES);
	qy_world_close(other);
	CHECK_EQ(map(file, 0, &at), -EINVAL);
	CHECK_EQ(qy_world_mmap(file, 5, 1, RW, MAP_SHARED, (void **)&at), -EINVAL);
	CHECK_EQ(map_as(file, 0, 1, RW, 0, &at), -EINVAL);
	loan.releases = 0;
	end(file);
}

static int map_registers(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	return vm_iomap_memory(vma, REGISTERS + 0x10, 2 * PAGE_SIZE - 0x10);
}

static uint64_t answer_of_model(void *arg, uint64_t offset, unsigned int bytes)
{
	return 5;
}

WORLD(mmap, registers_are_mapped_as_the_device_has_them)
{
	const struct qy_registers model = { .read = answer_of_model };
	struct qy_world_file *file = begin(map_registers);
	void *regs = ioremap(REGISTERS, 2 * PAGE_SIZE);
	program_u32 *at, *second;

	writel(0x1234, regs);
	CHECK_EQ(map(file, 2, &at), 0);
	CHECK_EQ(*at, 0x1234);
	*AT(at, 1) = 0x55;
	CHECK_EQ(readl(regs + PAGE_SIZE), 0x55);
	CHECK_EQ(map_as(file, 1, 1, RW, MAP_SHARED, &second), 0);
	CHECK_EQ(*second, 0x55);
	unmap(second, 1);
	CHECK_EQ(map(file, 3, &second), -EINVAL); /* more than there is */
	CHECK_EQ(map_as(file, 2, 1, RW, MAP_SHARED, &second), -EINVAL);
	unmap(at, 2);
	/* a model answers through functions, which a program's access does not go through */
	CHECK_EQ(qy_world_registers(test_world.w, REGISTERS, 2 * PAGE_SIZE, &model), 0);
	CHECK_EQ(map(file, 2, &at), 0);
	CHECK_EQ(qy_world_touch(test_world.w, (void *)at, 4, false), -EFAULT);
	unmap(at, 2);
	iounmap(regs);
	end(file);
}

/* ------------------------------------------------------------------ pages */

static int insert_all(struct file *file, struct vm_area_struct *vma)
{
	return vm_map_pages(vma, loan.page, PAGES);
}

WORLD(mmap, a_mapping_keeps_its_pages)
{
	struct qy_world_file *file = begin(insert_all);
	int refs = THIS_MODULE->qy_refs;
	program_u32 *at;

	CHECK_EQ(map(file, PAGES, &at), 0);
	for (u32 i = 0; i < PAGES; i++)
		CHECK_EQ(page_count(loan.page[i]), 2);
	__free_page(loan.page[1]); /* the program has it still */
	*AT(at, 1) = 9;
	CHECK_EQ(*(u32 *)page_address(loan.page[1]), 9);
	loan.page[1] = NULL;
	qy_world_close(file); /* nor does the file go: */
	CHECK_EQ(loan.releases, 0);
	CHECK_EQ(THIS_MODULE->qy_refs, refs);
	unmap(at, PAGES);
	CHECK_EQ(loan.releases, 1);
	CHECK_EQ(THIS_MODULE->qy_refs, refs - 1);
	for (u32 i = 0; i < PAGES; i++)
		CHECK(!loan.page[i] || page_count(loan.page[i]) == 1);
	end(NULL);
}

static int insert_badly(struct file *file, struct vm_area_struct *vma)
{
	struct page *of_slab = virt_to_page(loan.memory);
	unsigned long nr = PAGES;

	CHECK_EQ(vm_insert_page(vma, vma->vm_start, loan.page[0]), 0);
	CHECK(vma->vm_flags & VM_MIXEDMAP);
	CHECK_EQ(vm_insert_page(vma, vma->vm_start, loan.page[1]), -EBUSY);
	CHECK_EQ(vm_insert_page(vma, vma->vm_end, loan.page[1]), -EFAULT);
	CHECK_EQ(vm_insert_page(vma, vma->vm_start - 1, loan.page[1]), -EFAULT);
	CHECK_EQ(vm_insert_page(vma, vma->vm_start + PAGE_SIZE, of_slab), -EINVAL);
	CHECK_EQ(
		vm_insert_pages(vma, vma->vm_start + PAGE_SIZE, loan.page, &nr), -EFAULT);
	CHECK_EQ(nr, PAGES);
	CHECK_EQ(vm_insert_page(vma, vma->vm_start + 3 * PAGE_SIZE, loan.page[3]), 0);
	nr = 3;
	CHECK_EQ(vm_insert_pages(vma, vma->vm_start + PAGE_SIZE, loan.page, &nr), -EBUSY);
	CHECK_EQ(nr, 1);
	CHECK_EQ(vm_map_pages(vma, loan.page, 3), -ENXIO);
	vma->vm_pgoff = 4;
	CHECK_EQ(vm_map_pages(vma, loan.page, 4), -ENXIO);
	CHECK_EQ(vm_map_pages_zero(vma, loan.page, 4), -EBUSY);
	return -ENOTTY;
}

WORLD(mmap, a_page_goes_in_once_and_not_every_page_does)
{
	struct qy_world_file *file = begin(insert_badly);
	program_u32 *at;

	loan.memory = kmalloc(64, GFP_KERNEL);
	CHECK_EQ(map(file, PAGES, &at), -ENOTTY);
	for (u32 i = 0; i < PAGES; i++)
		CHECK_EQ(page_count(loan.page[i]),
			1); /* what was mapped went with the error */
	kfree(loan.memory);
	end(file);
}

static int map_area(struct file *file, struct vm_area_struct *vma)
{
	return remap_vmalloc_range(vma, loan.memory, vma->vm_pgoff);
}

WORLD(mmap, an_area_of_vmalloc_user_is_for_programs_and_others_are_not)
{
	struct qy_world_file *file = begin(map_area);
	program_u32 *at;

	loan.memory = vmalloc_user(3 * PAGE_SIZE);
	CHECK_EQ(map_as(file, 1, 2, RW, MAP_SHARED, &at), 0);
	*AT(at, 1) = 8;
	CHECK_EQ(*AT((u32 *)loan.memory, 2), 8);
	unmap(at, 2);
	CHECK_EQ(map_as(file, 2, 2, RW, MAP_SHARED, &at), -EINVAL);
	loan.memory += PAGE_SIZE;
	CHECK_EQ(map(file, 1, &at), -EINVAL); /* not its begin */
	vfree(loan.memory - PAGE_SIZE);
	loan.memory = vmalloc(PAGE_SIZE);
	CHECK_EQ(map(file, 1, &at), -EINVAL);
	vfree(loan.memory);
	end(file);
}

/* ------------------------------------------------------------------ page by page */

static vm_fault_t loan_fault(struct vm_fault *vmf)
{
	loan.faults++;
	loan.last_pgoff = vmf->pgoff;
	loan.flags = vmf->flags;
	if (loan.sleeps)
		schedule_timeout_uninterruptible(1);
	if (vmf->pgoff >= PAGES)
		return VM_FAULT_SIGBUS;
	vmf->page = loan.page[vmf->pgoff];
	get_page(vmf->page);
	return 0;
}

static void loan_vm_open(struct vm_area_struct *vma)
{
	loan.opens++;
}

static void loan_vm_close(struct vm_area_struct *vma)
{
	loan.closes++;
}

static int loan_may_split(struct vm_area_struct *vma, unsigned long addr)
{
	return loan.keeps_whole ? -EINVAL : 0;
}

static vm_fault_t loan_mkwrite(struct vm_fault *vmf)
{
	loan.writes++;
	loan.flags = vmf->flags;
	return vmf->pgoff == 2 ? VM_FAULT_SIGBUS : 0;
}

static const struct vm_operations_struct loan_vm_ops = { .open = loan_vm_open,
	.close = loan_vm_close,
	.may_split = loan_may_split,
	.fault = loan_fault };
static const struct vm_operations_struct loan_noisy_ops = { .fault = loan_fault,
	.page_mkwrite = loan_mkwrite };

static int map_later(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &loan_vm_ops;
	vma->vm_private_data = &loan;
	return 0;
}

static int map_noisily(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &loan_noisy_ops;
	return 0;
}

WORLD(mmap, a_page_that_is_touched_is_asked_for)
{
	struct qy_world_file *file = begin(map_later);
	program_u32 *at;

	CHECK_EQ(map(file, PAGES + 1, &at), 0);
	CHECK_EQ(loan.faults, 0);
	CHECK_EQ(*AT(at, 2), 102); /* the CPU faults here */
	CHECK_EQ(loan.faults, 1);
	CHECK_EQ(loan.last_pgoff, 2);
	CHECK(!(loan.flags & FAULT_FLAG_WRITE) && loan.flags & FAULT_FLAG_USER);
	*AT(at, 2) = 5;
	CHECK_EQ(loan.faults, 1);
	loan.sleeps = true; /* others run meanwhile, on their own stacks */
	*(AT(at, 3) + 7) = 6;
	CHECK(loan.flags & FAULT_FLAG_WRITE);
	CHECK_EQ(((u32 *)page_address(loan.page[3]))[7], 6);
	CHECK_EQ(qy_world_touch(test_world.w, (void *)AT(at, PAGES), 1, false), -EFAULT);
	/* the kernel's copy faults as the program does */
	CHECK_EQ(qy_world_read(file, (char *)AT(at, 1) - 4, 16), 16);
	CHECK_EQ(loan.faults, 5);
	CHECK_STR_EQ((char *)AT(at, 1) - 4, "from the driver");
	CHECK_EQ(qy_world_read(file, (char *)AT(at, PAGES) - 4, 16), -EFAULT);
	CHECK_EQ(page_count(loan.page[0]), 2);
	unmap(at, PAGES + 1);
	CHECK_EQ(loan.closes, 1);
	CHECK_EQ(page_count(loan.page[0]), 1);
	end(file);
}

WORLD(mmap, a_copy_is_made_when_a_private_mapping_is_written)
{
	struct qy_world_file *file = begin(map_later);
	program_u32 *at;

	CHECK_EQ(map_as(file, 0, PAGES, RW, MAP_PRIVATE, &at), 0);
	CHECK_EQ(*at, 100);
	CHECK_EQ(page_count(loan.page[0]), 2);
	*at = 1; /* read before */
	*AT(at, 1) = 2;
	CHECK_EQ(page_count(loan.page[0]), 1);
	CHECK_EQ(*(u32 *)page_address(loan.page[0]), 100);
	CHECK_EQ(*(u32 *)page_address(loan.page[1]), 101);
	CHECK(*at == 1 && *AT(at, 1) == 2);
	unmap_mapping_range(loan.mapping, 0, 0, 0);
	CHECK(*at == 1); /* copies are the program's */
	unmap_mapping_range(loan.mapping, 0, 0, 1);
	CHECK_EQ(*at, 100);
	unmap(at, PAGES);
	end(file);
}

WORLD(mmap, the_first_write_to_a_shared_page_is_told)
{
	struct qy_world_file *file = begin(map_noisily);
	program_u32 *at;

	CHECK_EQ(map(file, PAGES, &at), 0);
	CHECK_EQ(*at, 100);
	CHECK_EQ(loan.writes, 0);
	*at = 1;
	*at = 2;
	CHECK_EQ(loan.writes, 1);
	CHECK_EQ(loan.flags, FAULT_FLAG_WRITE | FAULT_FLAG_MKWRITE);
	*AT(at, 1) = 3; /* found and written at once */
	CHECK_EQ(loan.writes, 2);
	CHECK_EQ(qy_world_touch(test_world.w, (void *)AT(at, 2), 1, true), -EFAULT);
	CHECK_EQ(page_count(loan.page[2]), 1);
	CHECK_EQ(*AT(at, 2), 102);
	unmap(at, PAGES);
	end(file);
}

static vm_fault_t pfn_fault(struct vm_fault *vmf)
{
	loan.faults++;
	if (vmf->pgoff == 3)
		return VM_FAULT_NOPAGE; /* and nothing is there */
	return vmf_insert_pfn(vmf->vma, vmf->address, page_to_pfn(loan.page[vmf->pgoff]));
}

static const struct vm_operations_struct pfn_ops = { .fault = pfn_fault };

static int map_pfns(struct file *file, struct vm_area_struct *vma)
{
	vm_flags_set(vma, VM_PFNMAP | VM_IO);
	vma->vm_ops = &pfn_ops;
	return 0;
}

WORLD(mmap, frames_that_a_fault_has_put_in_can_be_taken_away)
{
	struct qy_world_file *file = begin(map_pfns);
	program_u32 *at;

	CHECK_EQ(map(file, PAGES, &at), 0);
	CHECK_EQ(*AT(at, 1), 101);
	CHECK_EQ(*AT(at, 2), 102);
	CHECK_EQ(loan.faults, 2);
	unmap_mapping_range(loan.mapping, PAGE_SIZE, PAGE_SIZE, 1);
	CHECK_EQ(*AT(at, 1), 101);
	CHECK_EQ(*AT(at, 2), 102);
	CHECK_EQ(loan.faults, 3);
	CHECK_EQ(qy_world_touch(test_world.w, (void *)AT(at, 3), 1, false), -EFAULT);
	CHECK_EQ(test_log("fault() of /dev/loan has mapped nothing"), 1);
	test_forget(1);
	unmap(at, PAGES);
	end(file);
}

/* Of the host's C library, whose headers driver code cannot have. */
struct host_stack {
	void *sp;
	int flags;
	size_t size;
};
int sigaltstack(const struct host_stack *now, struct host_stack *before);

WORLD(mmap, a_fault_may_sleep_where_signals_have_a_stack_of_their_own)
{
	static char room[65536];
	struct host_stack own = { .sp = room, .size = sizeof(room) }, before, after;
	struct qy_world_file *file = begin(map_later);
	program_u32 *at;

	CHECK_EQ(sigaltstack(&own, &before), 0);
	loan.sleeps = true;
	CHECK_EQ(map(file, PAGES, &at), 0);
	for (u32 i = 0; i < PAGES; i++)
		CHECK_EQ(*AT(at, i), 100 + i);
	CHECK_EQ(loan.faults, PAGES);
	CHECK_EQ(sigaltstack(&before, &after), 0);
	CHECK(after.sp == room && !after.flags);
	loan.sleeps = false;
	unmap(at, PAGES);
	end(file);
}

WORLD(mmap, a_piece_of_an_area_goes)
{
	struct qy_world_file *file = begin(map_later);
	program_u32 *at;

	CHECK_EQ(map(file, PAGES, &at), 0);
	for (u32 i = 0; i < PAGES; i++)
		CHECK_EQ(*AT(at, i), 100 + i);
	loan.keeps_whole = true;
	CHECK_EQ(qy_world_munmap(test_world.w, (void *)AT(at, 1), PAGE_SIZE), -EINVAL);
	loan.keeps_whole = false;
	CHECK_EQ(qy_world_munmap(test_world.w, (void *)AT(at, 1), PAGE_SIZE), 0);
	CHECK(loan.opens == 2 && loan.closes == 1);
	CHECK_EQ(page_count(loan.page[1]), 1);
	CHECK(*at == 100 && *AT(at, 2) == 102);
	CHECK_EQ(qy_world_touch(test_world.w, (void *)AT(at, 1), 1, false), -EFAULT);
	qy_world_close(file);
	qy_world_munmap_all(test_world.w);
	CHECK_EQ(loan.closes, 3);
	end(NULL);
}

static int reg_access(
	struct vm_area_struct *vma, unsigned long addr, void *buf, int len, int write)
{
	loan.faults++;
	return generic_access_phys(vma, addr, buf, len, write);
}

static const struct vm_operations_struct access_ops = { .access = reg_access };

static int map_for_debugger(struct file *file, struct vm_area_struct *vma)
{
	vma->vm_ops = &access_ops;
	return remap_first(file, vma);
}

WORLD(mmap, a_debugger_reads_frames_through_the_driver)
{
	struct qy_world_file *file = begin(map_for_debugger);
	void *memory;
	program_u32 *at;
	u32 word;

	CHECK_EQ(map(file, 1, &at), 0);
	CHECK_EQ(qy_world_peek(test_world.w, (void *)at, &word, 4, false), 4);
	CHECK(word == 100 && loan.faults == 1);
	unmap(at, 1);
	loan.mmap = remap_first;
	CHECK_EQ(map(file, 1, &at), 0);
	CHECK_EQ(qy_world_peek(test_world.w, (void *)at, &word, 4, false), -EIO);
	unmap(at, 1);
	CHECK_EQ(qy_world_memory(test_world.w, 2 * PAGE_SIZE, &memory), 0);
	word = 12;
	CHECK_EQ(qy_world_peek(test_world.w, memory + PAGE_SIZE - 2, &word, 4, true), 4);
	memcpy(&word, memory + PAGE_SIZE - 2, 4);
	CHECK_EQ(word, 12);
	unmap(memory, 2);
	end(file);
}

/* ------------------------------------------------------------------ buffers of devices */

static struct device *engine;
static dma_addr_t ring_dma;

static int map_ring(struct file *file, struct vm_area_struct *vma)
{
	return dma_mmap_coherent(engine, vma, loan.memory, ring_dma, 3 * PAGE_SIZE);
}

static struct sg_table *scattered;

static int map_scattered(struct file *file, struct vm_area_struct *vma)
{
	return dma_mmap_noncontiguous(engine, vma, 2 * PAGE_SIZE, scattered);
}

WORLD(mmap, the_ring_of_a_device_is_lent_to_a_program)
{
	struct platform_device *pdev =
		platform_device_register_simple("engine", -1, NULL, 0);
	struct qy_world_file *file = begin(map_ring);
	program_u32 *at;

	engine = &pdev->dev;
	CHECK_EQ(dma_set_mask_and_coherent(engine, DMA_BIT_MASK(32)), 0);
	loan.memory = dma_alloc_coherent(engine, 3 * PAGE_SIZE, &ring_dma, GFP_KERNEL);
	CHECK_EQ(map(file, 3, &at), 0);
	*AT(at, 2) = 4;
	CHECK_EQ(*AT((u32 *)loan.memory, 2), 4);
	unmap(at, 3);
	CHECK_EQ(map_as(file, 1, 2, PROT_READ, MAP_SHARED, &at), 0);
	CHECK_EQ(*AT(at, 1), 4);
	unmap(at, 2);
	CHECK_EQ(map(file, 4, &at), -ENXIO);
	CHECK_EQ(map_as(file, 3, 1, RW, MAP_SHARED, &at), -ENXIO);
	dma_free_coherent(engine, 3 * PAGE_SIZE, loan.memory, ring_dma);
	scattered = dma_alloc_noncontiguous(
		engine, 2 * PAGE_SIZE, DMA_BIDIRECTIONAL, GFP_KERNEL, 0);
	loan.mmap = map_scattered;
	CHECK_EQ(map(file, 2, &at), 0);
	*AT(at, 1) = 3;
	CHECK_EQ(*AT((u32 *)dma_vmap_noncontiguous(engine, 2 * PAGE_SIZE, scattered), 1),
		3);
	unmap(at, 2);
	dma_free_noncontiguous(engine, 2 * PAGE_SIZE, scattered, DMA_BIDIRECTIONAL);
	end(file);
	platform_device_unregister(pdev);
}

/* ------------------------------------------------------------------ what is left behind */

WORLD(mmap, memory_that_is_freed_and_mapped_is_told)
{
	struct qy_world_file *file = begin(remap_first);
	program_u32 *at;

	CHECK_EQ(map_as(file, 1, 1, RW, MAP_SHARED, &at), 0);
	__free_page(loan.page[1]);
	CHECK_EQ(
		test_log(
			"WARNING: memory is freed that a program has mapped: page 1 of its "
			"mapping of /dev/loan"),
		1);
	loan.page[1] = NULL;
	test_forget(1);
	unmap(at, 1);
	end(file);
}

WORLD(mmap, a_page_that_is_put_once_too_often_is_told)
{
	struct qy_world_file *file = begin(insert_all);
	program_u32 *at;

	CHECK_EQ(map(file, PAGES, &at), 0);
	put_page(loan.page[0]);
	test_forget(0);
	put_page(loan.page[0]); /* the mapping's */
	CHECK_EQ(test_log("WARNING: memory is freed that a program has mapped"), 1);
	test_forget(1);
	loan.page[0] = alloc_page(GFP_KERNEL);
	get_page(loan.page[0]); /* the same frame again, for the mapping to put */
	unmap(at, PAGES);
	end(file);
	test_forget(0);
}

static DEFINE_MUTEX(loan_lock);

static int map_locked(struct file *file, struct vm_area_struct *vma)
{
	mutex_lock(&loan_lock);
	mutex_unlock(&loan_lock);
	return remap_first(file, vma);
}

WORLD(mmap, a_copy_under_a_lock_that_mmap_takes_is_told)
{
	struct qy_world_file *file = begin(map_locked);
	char text[4];
	program_u32 *at;

	CHECK_EQ(map(file, 1, &at), 0); /* mmap_lock, then loan_lock */
	mutex_lock(&loan_lock);
	CHECK(!copy_to_user(text, "abc", 4)); /* and the other way round */
	mutex_unlock(&loan_lock);
	CHECK_EQ(test_log("possible circular locking dependency"), 1);
	test_forget(1);
	unmap(at, 1);
	end(file);
}
