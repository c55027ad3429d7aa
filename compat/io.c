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
#include <linux/kfence.h>
#include <linux/uaccess.h>
#include "compat/host.h"
#include "compat/kasan.h"
#include "compat/pci.h"
#include "compat/user.h"

#define ACCESS_NS 100

/* ------------------------------------------------------------------ regions */

static struct region *find(const struct qy_model *model, u64 phys, bool ports)
{
	struct region *region;

	list_for_each_entry(region, &model->regions, link)
		if (region->ports == ports && phys >= region->phys &&
			phys - region->phys < region->bytes)
			return region;
	return NULL;
}

static struct region *find_phys(const struct qy_model *model, u64 phys)
{
	return find(model, phys, false);
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

/* What a program can map lies beside RAM; a machine without second addresses has no such place. */
static void free_storage(struct region *region)
{
	if (region->on_heap)
		free_storage(region);
	else
		qy_sim_storage_forget(qy_compat_world()->m,
			region->storage - (region->phys & ~PAGE_MASK));
}

static struct region *make_region(struct qy_model *model, u64 phys, u64 bytes)
{
	struct region *region = qy_host_zalloc(sizeof(*region));

	if (!region)
		return NULL;
	region->storage =
		qy_sim_storage(qy_compat_world()->m, bytes + (phys & ~PAGE_MASK));
	if (region->storage) {
		region->storage += phys & ~PAGE_MASK;
	} else {
		region->on_heap = true;
		region->storage = qy_host_zalloc(bytes);
	}
	if (!region->storage) {
		qy_host_free(region);
		return NULL;
	}
	region->phys = phys;
	region->bytes = bytes;
	list_add(&region->link, &model->regions);
	return region;
}

int qy_compat_pci_region(
	struct qy_model *model, struct pci_dev *dev, u64 start, u64 bytes, bool ports)
{
	struct region *region = make_region(model, start, bytes);

	if (!region)
		return -ENOMEM;
	region->ports = ports;
	region->pci = dev;
	return 0;
}

void qy_compat_pci_forget_regions(struct qy_model *model, const struct pci_dev *dev)
{
	struct region *region, *next;

	list_for_each_entry_safe(region, next, &model->regions, link)
		if (region->pci == dev) {
			list_del(&region->link);
			free_storage(region);
			qy_host_free(region);
		}
}

int qy_world_registers(struct qy_world *w, uint64_t phys, uint64_t bytes,
	const struct qy_registers *registers)
{
	struct region *region = find_phys(model_of(w), phys);

	if (!region)
		region = find(model_of(w), phys, true); /* ports have low numbers */
	if (!region)
		region = make_region(model_of(w), phys, bytes);
	if (!region)
		return -ENOMEM;
	region->ops = *registers;
	return 0;
}

void *qy_compat_registers_at(u64 phys, u64 bytes)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct region *region = find_phys(model, phys);

	if (!region)
		region = make_region(model, phys, bytes);
	if (region) { /* for good */
		region->nr_maps++;
		region->is_gone = false;
	}
	return region && phys - region->phys + bytes <= region->bytes
		       ? region->storage + (phys - region->phys)
		       : NULL;
}

void *qy_compat_registers_shown(u64 phys)
{
	struct region *region = find_phys(model_of(qy_compat_world()), phys & PAGE_MASK);

	if (!region) /* it begins in the middle of its page */
		region = find_phys(model_of(qy_compat_world()), phys | ~PAGE_MASK);
	if (!region || region->ops.read || region->ops.write)
		return NULL;
	return region->storage + ((phys & PAGE_MASK) - region->phys);
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
	region->nr_maps++;
	region->is_gone = false;
	return qy_hold(QY_HELD_MAPPING, region->storage + (phys - region->phys), size);
}

void iounmap(volatile void *addr)
{
	struct region *region = find_storage(model_of(qy_compat_world()), addr);

	might_sleep();
	if (WARN(!region || !(region->nr_maps || region->ports),
		    "Trying to vunmap() nonexistent vm area"))
		return;
	if (region->nr_maps)
		region->is_gone = !--region->nr_maps;
	qy_let_go(QY_HELD_MAPPING, (const void *)(uintptr_t)addr);
}

void *memremap(resource_size_t offset, size_t size, unsigned long flags)
{
	struct qy_world *w = qy_compat_world();
	char *ram = qy_phys_to_virt(w->m, offset);
	struct region *region;

	might_sleep();
	if (!size || !(flags & (MEMREMAP_WB | MEMREMAP_WT | MEMREMAP_WC)))
		return NULL;
	if (ram) {
		if (qy_phys_to_virt(w->m, offset + size - 1) != ram + size - 1)
			return NULL; /* half of it is RAM */
		if (!(flags & MEMREMAP_WB)) {
			WARN_ONCE(1,
				"memremap attempted on ram %pa size: %#lx, which is not write-back",
				&offset, (unsigned long)size);
			return NULL;
		}
		return ram; /* as there: the linear map, which nobody takes */
	}
	if (qy_refuses(QY_HELD_MAPPING, GFP_KERNEL, size))
		return NULL;
	region = find_phys(model_of(w), offset);
	if (!region)
		region = make_region(model_of(w), offset & PAGE_MASK,
			PAGE_ALIGN((offset & ~PAGE_MASK) + size));
	if (!region || offset - region->phys + size > region->bytes)
		return NULL;
	region->is_gone = false;
	return qy_hold(QY_HELD_MAPPING, region->storage + (offset - region->phys), size);
}

void memunmap(void *addr)
{
	if (find_storage(model_of(qy_compat_world()), addr))
		qy_let_go(QY_HELD_MAPPING, addr);
}

/* ------------------------------------------------------------------ ports */

#define PORTS_PHYS  0xffffffffffff0000ull /* where no board has anything */
#define PORTS_BYTES 0x10000u

volatile void *qy_compat_port(unsigned long port)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct region *region = find(model, port, true);

	if (region) /* of a PCI device */
		return region->storage + (port - region->phys);
	if (find_storage(model, (void *)port))
		return (void *)port; /* of ioport_map() */
	region = find_phys(model, PORTS_PHYS);
	if (!region)
		region = make_region(model, PORTS_PHYS, PORTS_BYTES);
	if (!region)
		qy_compat_fatal("the host has no memory for ports");
	return region->storage + (port & (PORTS_BYTES - 1));
}

void *ioport_map(unsigned long port, unsigned int nr)
{
	void *addr;

	if (port + nr > PORTS_BYTES || qy_refuses(QY_HELD_MAPPING, GFP_KERNEL, nr))
		return NULL;
	addr = (void *)(uintptr_t)qy_compat_port(port);
	return qy_hold(QY_HELD_MAPPING, addr, nr);
}

void ioport_unmap(void *addr)
{
	qy_let_go(QY_HELD_MAPPING, addr);
}

/* ------------------------------------------------------------------ ranges that somebody keeps to himself */

struct claim {
	struct list_head link;
	struct resource res;
};

static struct claim *find_claim(struct qy_model *model, const struct resource *wanted)
{
	struct claim *claim;

	list_for_each_entry(claim, &model->claims, link)
		if (resource_type(&claim->res) == resource_type(wanted) &&
			resource_overlaps(&claim->res, wanted))
			return claim;
	return NULL;
}

static struct resource *enter_claim(const struct resource *wanted)
{
	struct qy_model *model = model_of(qy_compat_world());
	struct claim *claim =
		find_claim(model, wanted) ? NULL : qy_host_zalloc(sizeof(*claim));

	if (!claim)
		return NULL;
	claim->res = *wanted;
	list_add(&claim->link, &model->claims);
	return &claim->res;
}

static struct resource *claim_range(const struct resource *wanted)
{
	struct resource *res;

	might_sleep();
	if (qy_refuses(QY_HELD_DEVICE, GFP_KERNEL, 0))
		return NULL;
	res = enter_claim(wanted);
	return res ? qy_hold(QY_HELD_DEVICE, res, 0) : NULL;
}

static void release_range(resource_size_t start, resource_size_t n, unsigned long type)
{
	const struct resource range = {
		.start = start, .end = start + n - 1, .flags = type
	};
	struct claim *claim = find_claim(model_of(qy_compat_world()), &range);

	if (!claim || claim->res.start != range.start || claim->res.end != range.end) {
		qy_printk_line(QY_LOG_WARNING,
			"Trying to free nonexistent resource <%016llx-%016llx>",
			range.start, range.end);
		return;
	}
	list_del(&claim->link);
	qy_let_go(QY_HELD_DEVICE, &claim->res);
	qy_host_free(claim);
}

static void release_managed(struct device *dev, void *res)
{
	const struct resource *range = res;

	(void)dev;
	release_range(range->start, resource_size(range), resource_type(range));
}

struct resource *qy_compat_request(struct device *managed_by, resource_size_t start,
	resource_size_t n, const char *name, unsigned long type)
{
	const struct resource wanted = { .start = start,
		.end = start + n - 1,
		.name = name,
		.flags = type | IORESOURCE_BUSY };
	struct resource *managed = NULL, *res;

	if (managed_by) {
		managed = qy_compat_devres_alloc(release_managed, sizeof(*managed),
			GFP_KERNEL, "devm_request_region");
		if (!managed)
			return NULL;
		*managed = wanted;
	}
	res = claim_range(&wanted);
	if (managed && res)
		devres_add(managed_by, managed);
	else if (managed)
		devres_free(managed);
	return res;
}

static int is_range(struct device *dev, void *res, void *data)
{
	const struct resource *a = res, *b = data;

	(void)dev;
	return a->start == b->start && a->end == b->end &&
	       resource_type(a) == resource_type(b);
}

void qy_compat_release(struct device *managed_by, resource_size_t start,
	resource_size_t n, unsigned long type)
{
	struct resource range = { .start = start, .end = start + n - 1, .flags = type };

	if (!managed_by)
		release_range(start, n, type);
	else
		WARN_ON(devres_release(managed_by, release_managed, is_range, &range));
}

/* ------------------------------------------------------------------ accesses */

static struct region *access(
	const volatile void *addr, unsigned int bytes, const char *what)
{
	struct qy_world *w = qy_compat_world();
	struct region *region = find_storage(model_of(w), addr);
	char line[160];

	qy_sim_advance(w->m, ACCESS_NS);
	if (region && !region->is_gone &&
		(u64)((const volatile u8 *)addr - region->storage) + bytes <=
			region->bytes)
		return region;
	scnprintf(line, sizeof(line),
		"Unable to handle kernel paging request: %s of %u bytes at %px, which is %s",
		what, bytes, (void *)(uintptr_t)addr,
		region ? "not mapped any more" : "no register");
	qy_compat_fatal(line);
}

/* A PCI device that is off, or asleep, is told of once: its driver reads all ones. */
static bool answers(const struct region *region)
{
	struct pci_dev *pci = region->pci;

	if (!pci || qy_compat_pci_decodes(pci, region->ports))
		return true;
	if (!pci->qy_told)
		qy_compat_report(
			"WARNING: access to registers of PCI device %s, which %s: reads are all ones, writes are lost",
			pci_name(pci),
			pci->current_state ? "is in D3" : "nobody has enabled");
	pci->qy_told = true;
	return false;
}

static u64 read_region(struct region *region, u64 offset, unsigned int bytes)
{
	u64 value = 0;

	if (!answers(region))
		return ~0ull;
	if (region->ops.read)
		return region->ops.read(region->ops.arg, offset, bytes);
	memcpy(&value, region->storage + offset, bytes);
	return value;
}

static void write_region(struct region *region, u64 offset, u64 value, unsigned int bytes)
{
	if (!answers(region))
		return;
	memcpy(region->storage + offset, &value, bytes);
	if (region->ops.write)
		region->ops.write(region->ops.arg, offset, value, bytes);
}

u64 qy_compat_read(const volatile void *addr, unsigned int bytes)
{
	struct region *region = access(addr, bytes, "read");

	return read_region(
		region, (u64)((const volatile u8 *)addr - region->storage), bytes);
}

void qy_compat_write(volatile void *addr, u64 value, unsigned int bytes)
{
	struct region *region = access(addr, bytes, "write");

	write_region(region, (u64)((volatile u8 *)addr - region->storage), value, bytes);
}

void memcpy_fromio(void *to, const volatile void *from, size_t n)
{
	qy_touches(to, n, true);
	for (size_t i = 0; i < n; i++)
		((u8 *)to)[i] = readb((const volatile u8 *)from + i);
}

void memcpy_toio(volatile void *to, const void *from, size_t n)
{
	qy_touches(from, n, false);
	for (size_t i = 0; i < n; i++)
		writeb(((const u8 *)from)[i], (volatile u8 *)to + i);
}

void memset_io(volatile void *to, int byte, size_t n)
{
	for (size_t i = 0; i < n; i++)
		writeb((u8)byte, (volatile u8 *)to + i);
}

/* The range goes with its mapping; 0: nobody has asked for it. */
struct managed_mapping {
	void *addr;
	resource_size_t start, n;
};

static void unmap_managed(struct device *dev, void *res)
{
	struct managed_mapping *mapping = res;

	(void)dev;
	iounmap(mapping->addr);
	if (mapping->n)
		release_range(mapping->start, mapping->n, IORESOURCE_MEM);
}

static void **managed(dr_release_t release, const char *name)
{
	return qy_compat_devres_alloc(
		release, sizeof(struct managed_mapping), GFP_KERNEL, name);
}

/* @addr goes with @dev, in @res; without it, nothing does. */
static void *manage(struct device *dev, void **res, void *addr)
{
	if (!addr) {
		devres_free(res);
		return NULL;
	}
	*res = addr;
	devres_add(dev, res);
	return addr;
}

void *devm_ioremap(struct device *dev, resource_size_t offset, resource_size_t size)
{
	void **res = managed(unmap_managed, "devm_ioremap");

	return res ? manage(dev, res, ioremap(offset, size)) : NULL;
}

static int is_mapping(struct device *dev, void *res, void *data)
{
	(void)dev;
	return *(void **)res == data;
}

void devm_iounmap(struct device *dev, void *addr)
{
	WARN_ON(devres_release(dev, unmap_managed, is_mapping, addr));
}

static void memunmap_managed(struct device *dev, void *res)
{
	(void)dev;
	memunmap(*(void **)res);
}

void *devm_memremap(
	struct device *dev, resource_size_t offset, size_t size, unsigned long flags)
{
	void **res = managed(memunmap_managed, "devm_memremap");

	if (!res || !manage(dev, res, memremap(offset, size, flags)))
		return ERR_PTR(res ? -ENXIO : -ENOMEM);
	return *res;
}

void devm_memunmap(struct device *dev, void *addr)
{
	WARN_ON(devres_release(dev, memunmap_managed, is_mapping, addr));
}

static void ioport_unmap_managed(struct device *dev, void *res)
{
	(void)dev;
	ioport_unmap(*(void **)res);
}

void *devm_ioport_map(struct device *dev, unsigned long port, unsigned int nr)
{
	void **res = managed(ioport_unmap_managed, "devm_ioport_map");

	return res ? manage(dev, res, ioport_map(port, nr)) : NULL;
}

void *devm_ioremap_resource(struct device *dev, const struct resource *res)
{
	struct managed_mapping *mapping;
	struct resource wanted;

	if (!res || resource_type(res) != IORESOURCE_MEM) {
		dev_err(dev, "invalid resource (null)\n");
		return ERR_PTR(-EINVAL);
	}
	wanted = *res;
	mapping = (void *)managed(unmap_managed, "devm_ioremap");
	if (!mapping)
		return ERR_PTR(-ENOMEM);
	if (!enter_claim(&wanted)) {
		dev_err(dev, "can't request region for resource [mem %pa-%pa]\n",
			&res->start, &res->end);
		devres_free(mapping);
		return ERR_PTR(-EBUSY);
	}
	if (!manage(dev, (void **)mapping, ioremap(res->start, resource_size(res)))) {
		dev_err(dev, "ioremap failed for resource\n");
		release_range(res->start, resource_size(res), IORESOURCE_MEM);
		return ERR_PTR(-ENOMEM);
	}
	mapping->start = res->start;
	mapping->n = resource_size(res);
	return mapping->addr;
}

void qy_compat_io_down(struct qy_world *w)
{
	struct claim *claim, *next_claim;
	struct region *region, *next;

	list_for_each_entry_safe(claim, next_claim, &model_of(w)->claims, link)
		qy_host_free(claim);

	list_for_each_entry_safe(region, next, &model_of(w)->regions, link) {
		free_storage(region);
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

/* What the host's copy would pass over in silence, an access of ours is told of: both ends of memory that KFENCE may watch. */
static void touch(const void *p, unsigned long n, bool write)
{
	volatile char *at = (volatile char *)(uintptr_t)p;

	if (!n || !is_kfence_address(p))
		return;
	if (write)
		at[0] = at[n - 1] = 0; /* will be written anyway */
	else
		(void)at[0], (void)at[n - 1];
}

/* Pages of the program that are not there yet are asked for. Return: bytes that were copied. */
static size_t copy(void *to, const void *from, size_t n, bool to_program)
{
	size_t done = qy_host_copy(to, from, n, to_program);

	while (done < n) {
		char *at_to = (char *)to + done;
		const char *at_from = (const char *)from + done;
		const char *at = to_program ? at_to : at_from;
		size_t more;

		if (!qy_compat_user_has(at) || qy_compat_user_touch(at, to_program))
			break;
		more = qy_host_copy(at_to, at_from, n - done, to_program);
		if (!more)
			break;
		done += more;
	}
	return done;
}

unsigned long copy_to_user(void *to, const void *from, unsigned long n)
{
	might_sleep();
	if (qy_kasan_check(from, n, false, __builtin_return_address(0)))
		qy_kasan_check_written(
			from, n, "kernel-infoleak", to, __builtin_return_address(0));
	touch(from, n, false);
	qy_compat_might_fault(__builtin_return_address(0));
	return qy_compat_access_ok(to, n) ? n - copy(to, from, n, true) : n;
}

/* As there: what could not be read is zero. */
unsigned long copy_from_user(void *to, const void *from, unsigned long n)
{
	unsigned long copied = 0;

	might_sleep();
	qy_kasan_check(to, n, true, __builtin_return_address(0));
	touch(to, n, true);
	qy_compat_might_fault(__builtin_return_address(0));
	if (qy_compat_access_ok(from, n))
		copied = copy(to, from, n, false);
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
