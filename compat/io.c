// SPDX-License-Identifier: MIT
/*
 * Registers of devices, and the memory of programs.
 *
 * What ioremap() returns is an address of the region's storage, so that an offset added to it stays in the region; the
 * storage is read and written by the functions alone.
 *
 * Locking: none; see world.h.
 */
#include <linux/io.h>
#include <linux/uaccess.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/model.h"

#define ACCESS_NS 100

/* ------------------------------------------------------------------ regions */

static struct region *find_phys(const struct qy_model *model, u64 phys)
{
	struct region *region;

	list_for_each_entry(region, &model->regions, link)
		if (phys >= region->phys && phys - region->phys < region->bytes)
			return region;
	return NULL;
}

static struct region *find_storage(
	const struct qy_model *model, const volatile void *addr)
{
	struct region *region;

	list_for_each_entry(region, &model->regions, link)
		if ((const volatile u8 *)addr >= region->storage &&
			(const volatile u8 *)addr < region->storage + region->bytes)
			return region;
	return NULL;
}

static struct region *make_region(struct qy_model *model, u64 phys, u64 bytes)
{
	struct region *region = qy_host_zalloc(sizeof(*region));

	if (!region)
		return NULL;
	region->storage = qy_host_zalloc(bytes);
	if (!region->storage) {
		qy_host_free(region);
		return NULL;
	}
	region->phys = phys;
	region->bytes = bytes;
	list_add(&region->link, &model->regions);
	return region;
}

int qy_world_registers(struct qy_world *w, uint64_t phys, uint64_t bytes,
	const struct qy_registers *registers)
{
	struct region *region = find_phys(model_of(w), phys);

	if (!region)
		region = make_region(model_of(w), phys, bytes);
	if (!region)
		return -ENOMEM;
	region->ops = *registers;
	return 0;
}

void *ioremap(phys_addr_t phys, size_t size)
{
	struct qy_world *w = qy_compat_world();
	struct region *region;

	might_sleep();
	if (!size || phys + size < phys || qy_refuses(QY_HELD_MAPPING, GFP_KERNEL, size))
		return NULL;
	if (qy_phys_to_virt(w->m, phys)) {
		qy_compat_report("WARNING: ioremap on RAM at 0x%016llx - 0x%016llx", phys,
			phys + size - 1);
		return NULL;
	}
	region = find_phys(model_of(w), phys);
	if (region && phys - region->phys + size > region->bytes)
		return NULL; /* over the end of what is there */
	if (!region)
		region = make_region(model_of(w), phys & PAGE_MASK,
			PAGE_ALIGN((phys & ~PAGE_MASK) + size));
	if (!region)
		return NULL;
	return qy_hold(QY_HELD_MAPPING, region->storage + (phys - region->phys), size);
}

void iounmap(volatile void *addr)
{
	if (!find_storage(model_of(qy_compat_world()), addr)) {
		WARN(1, "iounmap(): %px is not mapped", (void *)(uintptr_t)addr);
		return;
	}
	qy_let_go(QY_HELD_MAPPING, (const void *)(uintptr_t)addr);
}

static struct region *access(
	const volatile void *addr, unsigned int bytes, const char *what)
{
	struct qy_world *w = qy_compat_world();
	struct region *region = find_storage(model_of(w), addr);
	char line[128];

	qy_sim_advance(w->m, ACCESS_NS);
	if (region && (u64)((const volatile u8 *)addr - region->storage) + bytes <=
			      region->bytes)
		return region;
	scnprintf(line, sizeof(line),
		"Unable to handle kernel paging request: %s of %u bytes at %px, which is no register",
		what, bytes, (void *)(uintptr_t)addr);
	qy_compat_fatal(line);
}

u64 qy_compat_read(const volatile void *addr, unsigned int bytes)
{
	struct region *region = access(addr, bytes, "read");
	u64 offset = (u64)((const volatile u8 *)addr - region->storage), value = 0;

	if (region->ops.read)
		return region->ops.read(region->ops.arg, offset, bytes);
	memcpy(&value, region->storage + offset, bytes);
	return value;
}

void qy_compat_write(volatile void *addr, u64 value, unsigned int bytes)
{
	struct region *region = access(addr, bytes, "write");
	u64 offset = (u64)((volatile u8 *)addr - region->storage);

	memcpy(region->storage + offset, &value, bytes);
	if (region->ops.write)
		region->ops.write(region->ops.arg, offset, value, bytes);
}

void memcpy_fromio(void *to, const volatile void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((u8 *)to)[i] = readb((const volatile u8 *)from + i);
}

void memcpy_toio(volatile void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		writeb(((const u8 *)from)[i], (volatile u8 *)to + i);
}

void memset_io(volatile void *to, int byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		writeb((u8)byte, (volatile u8 *)to + i);
}

static void unmap_managed(struct device *dev, void *res)
{
	(void)dev;
	iounmap(*(void **)res);
}

void *devm_ioremap(struct device *dev, resource_size_t offset, resource_size_t size)
{
	void **res = qy_compat_devres_alloc(
		unmap_managed, sizeof(*res), GFP_KERNEL, "devm_ioremap");

	if (!res)
		return NULL;
	*res = ioremap(offset, size);
	if (!*res) {
		devres_free(res);
		return NULL;
	}
	devres_add(dev, res);
	return *res;
}

void *devm_ioremap_resource(struct device *dev, const struct resource *res)
{
	void *addr;

	if (!res || resource_type(res) != IORESOURCE_MEM) {
		dev_err(dev, "invalid resource (null)\n");
		return ERR_PTR(-EINVAL);
	}
	addr = devm_ioremap(dev, res->start, resource_size(res));
	return addr ? addr : ERR_PTR(-ENOMEM);
}

void qy_compat_io_down(struct qy_world *w)
{
	struct region *region, *next;

	list_for_each_entry_safe(region, next, &model_of(w)->regions, link) {
		qy_host_free(region->storage);
		qy_host_free(region);
	}
}

/* ------------------------------------------------------------------ programs */

bool qy_compat_access_ok(const void *addr, unsigned long n)
{
	struct qy_machine *m = qy_this_machine();

	if ((uintptr_t)addr + n < (uintptr_t)addr)
		return false;
	return !n || (!qy_virt_to_page(m, addr) &&
			     !qy_virt_to_page(m, (const char *)addr + n - 1));
}

unsigned long copy_to_user(void *to, const void *from, unsigned long n)
{
	might_sleep();
	if (qy_kasan_check(from, n, false, __builtin_return_address(0)))
		qy_kasan_check_written(
			from, n, "kernel-infoleak", to, __builtin_return_address(0));
	return qy_compat_access_ok(to, n) ? n - qy_host_copy(to, from, n, true) : n;
}

/* As there: what could not be read is zero. */
unsigned long copy_from_user(void *to, const void *from, unsigned long n)
{
	unsigned long copied = 0;

	might_sleep();
	qy_kasan_check(to, n, true, __builtin_return_address(0));
	if (qy_compat_access_ok(from, n))
		copied = qy_host_copy(to, from, n, false);
	memset((char *)to + copied, 0, n - copied);
	return n - copied;
}

unsigned long clear_user(void *to, unsigned long n)
{
	static const char zeros[256];
	unsigned long done = 0;

	while (done < n) {
		unsigned long part = n - done < sizeof(zeros) ? n - done : sizeof(zeros);
		unsigned long left = copy_to_user((char *)to + done, zeros, part);

		done += part - left;
		if (left)
			break;
	}
	return n - done;
}

long strncpy_from_user(char *to, const char *from, long n)
{
	for (long i = 0; i < n; i++) {
		if (copy_from_user(&to[i], from + i, 1))
			return -EFAULT;
		if (!to[i])
			return i;
	}
	return n;
}

void *memdup_user(const void *from, size_t n)
{
	void *p = kmalloc(n, GFP_USER);

	if (!p)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(p, from, n)) {
		kfree(p);
		return ERR_PTR(-EFAULT);
	}
	return p;
}
