// SPDX-License-Identifier: MIT
/*
 * A device that does DMA. See quarry/bus_master.h.
 *
 * It stands outside of the core, as hardware does: it knows the public headers and the port's engine alone.
 *
 * Locking: `lock` guards facts. The ring's head and the entry at work are the engine's; tail is written by the driver and
 * read by the engine.
 */
#include <quarry/bus_master.h>

#include <inttypes.h>
#include <pthread.h>
#include <quarry.h>
#include <quarry/cpu_cache.h>
#include <quarry/irq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mm/machine.h"
#include "ports/host/engine.h"

#define CHUNK_BYTES 4096u /* what it holds in itself */

struct qy_bus_master {
	struct qy_dma_dev *dev;
	struct qy_bus_master_opts opts;
	struct qy_engine *engine;
	struct qy_irq irq;
	uint64_t ring;
	uint32_t nr_entries;
	uint32_t tail; /* atomic */
	/* the engine's: */
	uint32_t head;
	struct qy_bus_desc work;
	pthread_mutex_t lock;
	struct qy_bus_master_facts facts;
};

/* ------------------------------------------------------------------ faults */

__attribute__((format(printf, 2, 3))) static void say(
	const struct qy_bus_master *bm, const char *fmt, ...)
{
	const struct qy_port *port = bm->dev->machine->port;
	char line[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	port->log(port->ctx, QY_LOG_ERR, line);
}

/* FSR: translation (TF) or permission (PF) in the AArch64 format; FSYNR0: level 3, and WNR of a write. */
static void say_smmu(const struct qy_bus_master *bm, const char *name, uint64_t dma,
	bool write, bool permission)
{
	say(bm,
		"arm-smmu %s: Unhandled context fault: fsr=0x%x, iova=0x%08" PRIx64
		", fsynr=0x%x, cbfrsynra=0x%x, cb=%u",
		name, permission ? 0x408 : 0x402, dma, write ? 0x13 : 0x3,
		bm->opts.stream, bm->opts.context_bank);
}

/* F_TRANSLATION or F_PERMISSION: stream, then read-not-write with class "input address", then the address. */
static void say_smmu_v3(const struct qy_bus_master *bm, const char *name, uint64_t dma,
	bool write, bool permission)
{
	uint64_t id = permission ? 0x13 : 0x10;
	uint64_t event[4] = { id | (uint64_t)bm->opts.stream << 32,
		(write ? 0 : 1ull << 35) | 2ull << 40, dma, 0 };

	say(bm, "arm-smmu-v3 %s: event 0x%02x received:", name, (unsigned int)id);
	for (int i = 0; i < 4; i++)
		say(bm, "arm-smmu-v3 %s: \t0x%016" PRIx64, name, event[i]);
}

static void say_dmar(const struct qy_bus_master *bm, uint64_t dma, bool write)
{
	uint32_t id = bm->opts.stream;

	say(bm, "DMAR: DRHD: handling fault status reg 2");
	say(bm,
		"DMAR: [DMA %s NO_PASID] Request device [%02x:%02x.%u] fault addr 0x%" PRIx64
		" [fault reason 0x%02x] PTE %s access is not set",
		write ? "Write" : "Read", id >> 8 & 0xff, id >> 3 & 0x1f, id & 7,
		dma & ~(uint64_t)(QY_PAGE_SIZE - 1), write ? 5u : 6u,
		write ? "Write" : "Read");
}

static const char *why_text(uint32_t why)
{
	if (why == QY_BUS_NO_RAM)
		return "no RAM is there";
	return qy_dma_fault_text((enum qy_dma_fault)why);
}

static void say_fault(
	const struct qy_bus_master *bm, uint32_t why, uint64_t dma, bool write)
{
	const char *name = bm->opts.iommu_name ? bm->opts.iommu_name : "iommu";
	bool permission = why == QY_DMA_FAULT_PERMISSION;

	if (why == QY_BUS_REFUSED)
		return; /* who refused has said why */
	if (why != QY_DMA_FAULT_UNMAPPED && !permission)
		say(bm, "%s %s: DMA %s error: [device address=0x%016" PRIx64 "] %s",
			bm->dev->driver, bm->dev->desc->name, write ? "write" : "read",
			dma, why_text(why));
	else if (bm->opts.words == QY_IOMMU_WORDS_DMAR)
		say_dmar(bm, dma, write);
	else if (bm->opts.words == QY_IOMMU_WORDS_ARM_SMMU_V3)
		say_smmu_v3(bm, name, dma, write, permission);
	else
		say_smmu(bm, name, dma, write, permission);
}

static uint32_t fault(struct qy_bus_master *bm, uint32_t why, uint64_t dma, bool write)
{
	pthread_mutex_lock(&bm->lock);
	bm->facts.faults++;
	bm->facts.last_why = why;
	bm->facts.last_dma = dma;
	bm->facts.last_write = write;
	pthread_mutex_unlock(&bm->lock);
	say_fault(bm, why, dma, write);
	return why;
}

/* ------------------------------------------------------------------ accesses */

static bool behind_cache(const struct qy_bus_master *bm)
{
	return bm->opts.cache && !bm->dev->coherent;
}

/* Inside one page. */
static uint32_t move(
	struct qy_bus_master *bm, uint64_t phys, void *buffer, size_t bytes, bool write)
{
	void *ram = qy_dma_ram(bm->dev->machine, phys);
	int err = 0;

	if (!ram)
		return QY_BUS_NO_RAM;
	if (behind_cache(bm))
		err = write ? qy_cpu_cache_write(bm->opts.cache, phys, ram, buffer, bytes)
			    : qy_cpu_cache_read(bm->opts.cache, phys, ram, buffer, bytes);
	else if (write)
		memcpy(ram, buffer, bytes);
	else
		memcpy(buffer, ram, bytes);
	return err ? QY_BUS_NO_RAM : 0;
}

static uint32_t access_bus(
	struct qy_bus_master *bm, uint64_t dma, void *buffer, size_t bytes, bool write)
{
	uint8_t *at = buffer;
	uint64_t phys;
	uint32_t why;
	size_t nr;

	if (bm->opts.may_access &&
		!bm->opts.may_access(bm->opts.may_access_arg, bm->dev, dma, bytes, write))
		return fault(bm, QY_BUS_REFUSED, dma, write);
	while (bytes) {
		why = qy_dma_to_phys(bm->dev, dma, write, &phys, &nr);
		if (why)
			return fault(bm, why, dma, write);
		if (nr > QY_PAGE_SIZE - phys % QY_PAGE_SIZE)
			nr = QY_PAGE_SIZE - phys % QY_PAGE_SIZE;
		if (nr > bytes)
			nr = bytes;
		why = move(bm, phys, at, nr, write);
		if (why)
			return fault(bm, why, dma, write);
		at += nr;
		dma += nr;
		bytes -= nr;
	}
	return 0;
}

static void count(struct qy_bus_master *bm, size_t bytes, bool write)
{
	pthread_mutex_lock(&bm->lock);
	if (write)
		bm->facts.bytes_written += bytes;
	else
		bm->facts.bytes_read += bytes;
	pthread_mutex_unlock(&bm->lock);
}

uint32_t qy_bus_master_read(
	struct qy_bus_master *bm, uint64_t dma, void *to, size_t bytes)
{
	uint32_t why = access_bus(bm, dma, to, bytes, false);

	if (!why)
		count(bm, bytes, false);
	return why;
}

uint32_t qy_bus_master_write(
	struct qy_bus_master *bm, uint64_t dma, const void *from, size_t bytes)
{
	uint32_t why = access_bus(bm, dma, (void *)from, bytes, true);

	if (!why)
		count(bm, bytes, true);
	return why;
}

/* ------------------------------------------------------------------ operations */

static uint32_t sum_of(const uint8_t *bytes, size_t nr)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += bytes[i];
	return sum;
}

/* One chunk of the entry at work, @done bytes behind its begin. */
static uint32_t work_chunk(
	struct qy_bus_master *bm, uint32_t op, uint32_t done, size_t nr)
{
	struct qy_bus_desc *d = &bm->work;
	uint8_t chunk[CHUNK_BYTES];
	uint32_t why = 0;

	if (op == QY_BUS_FILL)
		memset(chunk, (int)(d->value & 0xff), nr);
	else
		why = qy_bus_master_read(bm, d->src + done, chunk, nr);
	if (why)
		return why;
	if (op != QY_BUS_CHECKSUM)
		return qy_bus_master_write(bm, d->dst + done, chunk, nr);
	d->value += sum_of(chunk, nr);
	return 0;
}

static uint32_t perform(struct qy_bus_master *bm)
{
	struct qy_bus_desc *d = &bm->work;
	uint32_t op = d->command & QY_BUS_OP_MASK, why = 0;

	if (op >= QY_NR_BUS_OPS)
		return QY_BUS_BAD;
	if (op == QY_BUS_CHECKSUM)
		d->value = 0;
	for (uint32_t done = 0; done < d->length && !why;) {
		size_t nr = d->length - done;

		if (nr > CHUNK_BYTES)
			nr = CHUNK_BYTES;
		why = work_chunk(bm, op, done, nr);
		done += (uint32_t)nr;
	}
	return why;
}

/* ------------------------------------------------------------------ the ring */

static uint64_t entry_address(const struct qy_bus_master *bm)
{
	return bm->ring +
	       (uint64_t)(bm->head & (bm->nr_entries - 1)) * sizeof(struct qy_bus_desc);
}

static void finish(struct qy_bus_master *bm, bool failed, bool irq)
{
	pthread_mutex_lock(&bm->lock);
	if (failed)
		bm->facts.failed++;
	else
		bm->facts.done++;
	pthread_mutex_unlock(&bm->lock);
	bm->head++;
	if (irq && bm->opts.irq)
		qy_irq_raise(bm->dev->machine, bm->opts.cpu, &bm->irq);
}

/* acquire: pairs with the doorbell's release, so that the entries are seen. */
static uint64_t begin(void *arg)
{
	struct qy_bus_master *bm = arg;

	while (bm->head != __atomic_load_n(&bm->tail, __ATOMIC_ACQUIRE)) {
		uint64_t per_us = bm->opts.bytes_per_us;

		if (!qy_bus_master_read(
			    bm, entry_address(bm), &bm->work, sizeof(bm->work)))
			return bm->opts.latency_ns + bm->work.length * 1000ull / per_us;
		/* its ring is out of its reach: there is no place to say so but the interrupt */
		finish(bm, true, true);
	}
	return 0;
}

static void end(void *arg)
{
	struct qy_bus_master *bm = arg;
	uint64_t at = entry_address(bm);
	uint32_t why = perform(bm);

	bm->work.status = why ? QY_BUS_ERROR | why : QY_BUS_DONE;
	qy_bus_master_write(bm, at + offsetof(struct qy_bus_desc, value), &bm->work.value,
		sizeof(bm->work.value));
	if (qy_bus_master_write(bm, at + offsetof(struct qy_bus_desc, status),
		    &bm->work.status, sizeof(bm->work.status)))
		why = QY_BUS_NO_RAM;
	finish(bm, why != 0, why || bm->work.command & QY_BUS_IRQ);
}

void qy_bus_master_set_ring(struct qy_bus_master *bm, uint64_t dma, uint32_t nr)
{
	bm->ring = dma;
	bm->nr_entries = nr;
	bm->head = 0;
	__atomic_store_n(&bm->tail, 0, __ATOMIC_RELEASE);
}

/* release: pairs with begin()'s acquire. */
void qy_bus_master_doorbell(struct qy_bus_master *bm, uint32_t tail)
{
	__atomic_store_n(&bm->tail, tail, __ATOMIC_RELEASE);
	qy_engine_kick(bm->engine);
}

void qy_bus_master_facts(struct qy_bus_master *bm, struct qy_bus_master_facts *facts)
{
	pthread_mutex_lock(&bm->lock);
	*facts = bm->facts;
	pthread_mutex_unlock(&bm->lock);
}

/* ------------------------------------------------------------------ it comes and goes */

static const struct qy_engine_ops engine_ops = { .begin = begin, .end = end };

struct qy_bus_master *qy_bus_master_create(
	struct qy_dma_dev *dev, const struct qy_bus_master_opts *opts)
{
	struct qy_bus_master *bm = calloc(1, sizeof(*bm));

	if (!bm)
		return NULL;
	bm->dev = dev;
	bm->opts = *opts;
	if (!bm->opts.latency_ns)
		bm->opts.latency_ns = 1000;
	if (!bm->opts.bytes_per_us)
		bm->opts.bytes_per_us = 1000;
	bm->irq = (struct qy_irq){ .fn = opts->irq, .arg = opts->irq_arg };
	pthread_mutex_init(&bm->lock, NULL);
	bm->engine = qy_engine_start(dev->machine, &engine_ops, bm);
	if (bm->engine)
		return bm;
	pthread_mutex_destroy(&bm->lock);
	free(bm);
	return NULL;
}

void qy_bus_master_destroy(struct qy_bus_master *bm)
{
	if (!bm)
		return;
	qy_engine_stop(bm->engine);
	qy_irq_cancel(bm->dev->machine, &bm->irq);
	pthread_mutex_destroy(&bm->lock);
	free(bm);
}
