// SPDX-License-Identifier: MIT
/*
 * The sim port: one thread plays every CPU, time stands still until it is told, port calls fail when told.
 *
 *   qy_sim_boot, qy_sim_shutdown, qy_sim_set_cpu
 *   qy_sim_fail_port_call, qy_sim_port_calls
 *
 * RAM is private anonymous memory: a fork of the process is a fork of the machine. With the option `mapped` it is a file,
 * which a fork shares. Nobody writes while the one thread moves a page, so nobody waits for a protected one.
 *
 * Locking: none; a machine belongs to the thread that booted it.
 */
#include "ports/host/alias.h"
#include "ports/host/fault.h"
#include "ports/host/file.h"
#include "ports/sim/sim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WINDOW_ALIGN ((size_t)4 << 20)

__thread struct qy_context qy_self __attribute__((tls_model("initial-exec")));

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14; older headers */
#endif

/* ------------------------------------------------------------------ what the core asks for */

static bool fails_now(struct sim *sim)
{
	return ++sim->nr_calls == sim->fail_call;
}

static int sim_commit(void *ctx, size_t offset, size_t bytes)
{
	struct sim *sim = ctx;

	if (fails_now(sim))
		return -ENOMEM;
	if (sim->opts.no_contents || sim->opts.on_touch)
		return 0;
	if (!qy_host_has_room(&sim->room, bytes))
		return -ENOMEM;
	if (sim->ram >= 0)
		return fallocate(sim->ram, 0, (off_t)offset, (off_t)bytes) ? -ENOMEM : 0;
	/* hosts before Linux 5.14 cannot say no here, and answer EINVAL */
	if (madvise(sim->window + offset, bytes, MADV_POPULATE_WRITE) && errno != EINVAL)
		return -ENOMEM;
	return 0;
}

static int sim_decommit(void *ctx, size_t offset, size_t bytes)
{
	struct sim *sim = ctx;

	if (fails_now(sim))
		return -ENOMEM;
	if (sim->ram >= 0)
		return fallocate(sim->ram, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			       (off_t)offset, (off_t)bytes)
			       ? -errno
			       : 0;
	return madvise(sim->window + offset, bytes, MADV_DONTNEED) ? -errno : 0;
}

/* Faults are watched from the first one on. */
static int sim_guard(void *ctx, size_t offset, size_t bytes, bool on)
{
	struct sim *sim = ctx;

	if (fails_now(sim))
		return -ENOSPC;
	/* a machine begins with its tables */
	if (!sim->guards &&
		qy_host_watch_guards(sim->tables, sim->window, sim->size.window))
		return -ENOSPC;
	sim->guards = true;
	return qy_host_guard(sim->window + offset, bytes, on);
}

bool qy_sim_fault(const void *info, const void *context)
{
	return qy_host_fault(info, context);
}

int qy_sim_watch_faults(bool (*fn)(void *context))
{
	return qy_host_watch_others(fn);
}

int qy_sim_fault_at(const void *context, const void **address)
{
	return qy_host_fault_at(context, address);
}

static int sim_space(void *ctx, size_t bytes, void **address)
{
	struct sim *sim = ctx;

	return fails_now(sim) ? -ENOMEM
			      : qy_host_space(bytes, sim->opts.max_mappings, address);
}

static int sim_map(void *ctx, void *address, size_t offset, size_t bytes)
{
	struct sim *sim = ctx;

	return fails_now(sim) ? -ENOSPC
			      : qy_host_map(sim->ram, address, offset, bytes,
					sim->opts.max_mappings);
}

static int sim_remap(void *ctx, void *address, size_t offset, size_t bytes)
{
	struct sim *sim = ctx;

	return fails_now(sim) ? -ENOSPC
			      : qy_host_remap(sim->ram, address, offset, bytes,
					sim->opts.max_mappings);
}

static int sim_protect(void *ctx, void *address, size_t bytes)
{
	struct sim *sim = ctx;

	return fails_now(sim) ? -ENOSPC
			      : qy_host_protect(address, bytes, sim->opts.max_mappings);
}

static void sim_unprotect(void *ctx, void *address, size_t bytes)
{
	struct sim *sim = ctx;

	if (qy_host_unprotect(address, bytes))
		sim->port.panic(ctx, "the host does not give write access back");
}

static int sim_unmap(void *ctx, void *address, size_t bytes)
{
	return fails_now(ctx) ? -ENOSPC : qy_host_unmap(address, bytes);
}

static int sim_vm_space(void *ctx, size_t bytes, void **address)
{
	struct sim *sim = ctx;
	int err = fails_now(sim) ? -ENOMEM
				 : qy_host_vm_space(&sim->vm, bytes, sim->size.window,
					   sim->opts.max_mappings, address);

	if (err)
		return err;
	/* a machine begins with its tables */
	err = qy_host_watch_faults(sim->tables, *address, bytes);
	if (err) {
		qy_host_vm_end(&sim->vm);
		return err;
	}
	return 0;
}

static int sim_vm_map(void *ctx, void *address, size_t offset, size_t bytes, bool write)
{
	struct sim *sim = ctx;

	return fails_now(sim) ? -ENOSPC
			      : qy_host_vm_map(&sim->vm, sim->ram, address, offset, bytes,
					write, sim->opts.max_mappings);
}

static int sim_vm_unmap(void *ctx, void *address, size_t bytes)
{
	return fails_now(ctx) ? -ENOSPC : qy_host_vm_unmap(address, bytes);
}

static int sim_file_open(void *ctx, const char *name, uint64_t bytes, uint32_t *file)
{
	struct sim *sim = ctx;

	return fails_now(sim) ? -ENOMEM
			      : qy_host_file_open(&sim->files, name, bytes, file);
}

static int sim_file_read(
	void *ctx, uint32_t file, uint64_t offset, void *to, size_t bytes)
{
	struct sim *sim = ctx;

	sim->now_ns += sim->opts.file_read_ns * (bytes >> QY_PAGE_SHIFT);
	return fails_now(sim) ? -EIO
			      : qy_host_file_read(&sim->files, file, offset, to, bytes);
}

static int sim_file_write(
	void *ctx, uint32_t file, uint64_t offset, const void *from, size_t bytes)
{
	struct sim *sim = ctx;

	sim->now_ns += sim->opts.file_write_ns * (bytes >> QY_PAGE_SHIFT);
	return fails_now(sim)
		       ? -EIO
		       : qy_host_file_write(&sim->files, file, offset, from, bytes);
}

static void sim_file_forget(void *ctx, uint32_t file)
{
	qy_host_file_forget(&((struct sim *)ctx)->files, file);
}

/* One thread: it always sees its own stores. */
static void sim_barrier_heavy(void *ctx)
{
	(void)ctx;
}

static bool sim_relax(void *ctx)
{
	return qy_sim_give_way(ctx);
}

static void *sim_host_cpu(void *ctx)
{
	return &((struct sim *)ctx)->host_cpu;
}

static void sim_grace_period(void *ctx)
{
	const struct sim *sim = ctx;

	if (sim->hooks.grace_period)
		sim->hooks.grace_period(sim->hooks.arg);
}

static void sim_log(void *ctx, enum qy_log_level level, const char *line)
{
	const struct sim *sim = ctx;

	if (sim->opts.log)
		sim->opts.log(sim->opts.log_arg, level, line);
}

static void sim_mark(void *ctx, const void *p, size_t bytes, enum qy_mark how)
{
	const struct sim *sim = ctx;

	sim->opts.mark(sim->opts.mark_arg, p, bytes, how);
}

__attribute__((noreturn)) static void sim_panic(void *ctx, const char *line)
{
	const struct sim *sim = ctx;

	if (sim->opts.panic)
		sim->opts.panic(sim->opts.log_arg, line);
	fprintf(stderr, "%s\n", line);
	abort();
}

/* ------------------------------------------------------------------ what happens in between */

static bool is_sim(const struct qy_machine *m)
{
	return m && m->port->clock_ns == qy_sim_clock_ns;
}

/* Whoever has the lock is another fiber, or this CPU itself. */
void qy_sim_spin(void)
{
	struct qy_machine *m = qy_self.machine;
	const char *line =
		"deadlock: this CPU waits for a lock that nobody else can release";

	if (is_sim(m) && qy_sim_give_way(sim_of(m)))
		return;
	if (m)
		m->port->panic(m->port->ctx, line);
	fprintf(stderr, "%s\n", line);
	abort();
}

void qy_sim_fail_port_call(struct qy_machine *m, uint64_t n)
{
	struct sim *sim = sim_of(m);

	sim->fail_call = n ? sim->nr_calls + n : 0;
}

uint64_t qy_sim_port_calls(const struct qy_machine *m)
{
	return sim_of(m)->nr_calls;
}

/* The task goes on elsewhere: its name, pid and scopes come along. */
void qy_sim_set_cpu(struct qy_machine *m, unsigned int cpu)
{
	struct qy_context before = qy_self;

	if (m->shared_cpus && cpu < m->nr_cpus) {
		sim_of(m)->host_cpu = cpu;
		return;
	}
	if (before.machine != m || before.cpu == cpu)
		return;
	qy_leave();
	if (qy_enter_cpu(m, cpu) < 0) {
		qy_self = before;
		m->port->panic(m->port->ctx, "qy_sim_set_cpu: the board has no such CPU");
	}
	before.cpu = cpu;
	before.slab_cpu = qy_self.slab_cpu;
	qy_self = before;
}

/* ------------------------------------------------------------------ boot */

/* Return: 0, -1 with one line in @why. */
static int map_file(struct sim *sim, char *why, size_t why_size)
{
	const char *remedy = "raise `ulimit -v` or give the board less RAM";
	size_t bytes = sim->size.window;

	sim->ram = qy_host_ram(bytes, &remedy);
	if (sim->ram >= 0 && mmap(sim->window, bytes, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_FIXED | MAP_NORESERVE, sim->ram,
				     0) != MAP_FAILED)
		return 0;
	if (why && why_size)
		snprintf(why, why_size, "RAM of %zu KiB: %s: %s", bytes >> 10,
			strerror(errno), remedy);
	return -1;
}

static int map_all(struct sim *sim, char *why, size_t why_size)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	size_t bytes = sim->size.window, lead;
	char *space =
		mmap(NULL, bytes + WINDOW_ALIGN, PROT_READ | PROT_WRITE, flags, -1, 0);

	if (space != MAP_FAILED) {
		lead = -(uintptr_t)space & (WINDOW_ALIGN - 1);
		sim->window = space + lead;
		if (lead)
			munmap(space, lead);
		munmap(sim->window + bytes, WINDOW_ALIGN - lead);
		/* a pageblock is committed as a whole, so the host may give it as one page; it need not */
		if (!sim->opts.on_touch)
			madvise(sim->window, bytes, MADV_HUGEPAGE);
		bytes = sim->size.tables;
		sim->tables = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
		if (sim->tables != MAP_FAILED)
			return sim->opts.mapped ? map_file(sim, why, why_size) : 0;
		sim->tables = NULL;
	}
	if (why && why_size)
		snprintf(why, why_size,
			"mapping %zu KiB: %s: raise `ulimit -v` or give the board less RAM",
			bytes >> 10, strerror(errno));
	return -1;
}

static void release(struct sim *sim)
{
	qy_sim_fibers_free(sim);
	if (sim->vm.space)
		qy_host_forget_faults(sim->vm.space);
	if (sim->guards)
		qy_host_forget_faults(sim->window);
	qy_host_vm_end(&sim->vm);
	if (sim->tables)
		munmap(sim->tables, sim->size.tables);
	if (sim->window)
		munmap(sim->window, sim->size.window);
	qy_sim_program_down(sim);
	if (sim->ram >= 0)
		close(sim->ram);
	qy_host_files_exit(&sim->files);
	free(sim);
}

static const struct qy_port sim_port = {
	.name = "sim",
	.commit = sim_commit,
	.decommit = sim_decommit,
	.guard = sim_guard,
	.file_open = sim_file_open,
	.file_read = sim_file_read,
	.file_write = sim_file_write,
	.file_forget = sim_file_forget,
	.barrier_heavy = sim_barrier_heavy,
	.relax = sim_relax,
	.grace_period = sim_grace_period,
	.clock_ns = qy_sim_clock_ns,
	.log = sim_log,
	.panic = sim_panic,
};

static struct qy_machine *refuse(char *why, size_t why_size, const char *reason)
{
	if (why && why_size)
		snprintf(why, why_size, "%s", reason);
	return NULL;
}

struct qy_machine *qy_sim_boot(const struct qy_board *board,
	const struct qy_sim_opts *opts, char *why, size_t why_size)
{
	struct sim *sim;
	struct qy_machine *m = NULL;

	if (qy_self.machine)
		return refuse(why, why_size, "this thread stands in a machine already");
	sim = calloc(1, sizeof(*sim));
	if (!sim)
		return refuse(why, why_size, "no memory for the port itself");
	sim->port = sim_port;
	sim->port.ctx = sim;
	sim->ram = -1;
	sim->next_event_ns = QY_NEVER;
	if (opts)
		sim->opts = *opts;
	qy_host_files_init(&sim->files, sim->opts.file_directory, sim->opts.disk_bytes);
	sim->port.no_contents = sim->opts.no_contents;
	sim->port.blank_tasks = sim->opts.blank_tasks;
	if (sim->opts.shared_cpus)
		sim->port.host_cpu = sim_host_cpu;
	if (sim->opts.mark)
		sim->port.mark = sim_mark;
	if (sim->opts.mapped) {
		sim->port.space = sim_space;
		sim->port.map = sim_map;
		sim->port.protect = sim_protect;
		sim->port.remap = sim_remap;
		sim->port.unprotect = sim_unprotect;
		sim->port.unmap = sim_unmap;
		sim->port.vm_space = sim_vm_space;
		sim->port.vm_map = sim_vm_map;
		sim->port.vm_unmap = sim_vm_unmap;
	}
	qy_host_room_init(&sim->room, "/proc", "/sys/fs/cgroup");
	if (!qy_machine_size(board, &sim->size, why, why_size) &&
		!map_all(sim, why, why_size)) {
		m = qy_machine_init(sim->tables, sim->window, board, &sim->port);
		if (!m)
			refuse(why, why_size, QY_BOOT_RAN_OUT);
	}
	if (m) {
		qy_sim_fibers_init(sim, m);
		if (m->shared_cpus)
			qy_enter(m);
		else
			qy_enter_cpu(m, 0);
	} else {
		release(sim);
	}
	return m;
}

void qy_sim_shutdown(struct qy_machine *m)
{
	if (!m)
		return;
	if (qy_self.machine == m)
		qy_leave();
	release(sim_of(m));
}
