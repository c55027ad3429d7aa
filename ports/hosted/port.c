// SPDX-License-Identifier: MIT
/*
 * The hosted port: a board boots in a Linux process.
 *
 *   qy_hosted_boot, qy_hosted_background, qy_hosted_shutdown
 *
 * RAM is one memfd, mapped once as the window. The file is as long as the window and has holes; commit asks whether the
 * host has room and fills one with fallocate(), so that a host that runs dry answers commit() and never sends a signal.
 *
 * Locking: an instance is set once at boot and read-only then; the host's calls are thread-safe.
 */
#include "mm/machine.h"
#include "ports/host/alias.h"
#include "ports/host/fault.h"
#include "ports/host/file.h"
#include "ports/host/room.h"
#include "ports/hosted/daemon.h"
#include "ports/hosted/wait.h"
#include "ports/hosted/mark.h"
#include "ports/hosted/rseq.h"
#include <quarry/hosted.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WINDOW_ALIGN ((size_t)4 << 20)
#define HUGE_BYTES   ((size_t)2 << 20) /* of a pageblock */
#define SMALL_PAGES  64u               /* pageblocks, after the host had no huge page */

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1; older headers */
#endif

__thread struct qy_context qy_self __attribute__((tls_model("initial-exec")));

struct hosted {
	struct qy_port port;
	struct qy_hosted_opts opts;
	struct timespec boot;
	struct qy_machine_size size;
	struct qy_host_room room;
	struct qy_host_files files;
	int memfd;
	uint32_t small_pages; /* commits that do not ask for a huge page; atomic */
	char *window;
	bool guards; /* faults in the window are watched */
	void *tables;
	struct qy_host_vm vm;
	struct qy_daemons *daemons; /* NULL: there are none, or not yet; atomic */
};

/* ------------------------------------------------------------------ what the core asks for */

static int allocate(const struct hosted *host, size_t offset, size_t bytes)
{
	int err;

	do
		err = fallocate(host->memfd, 0, (off_t)offset, (off_t)bytes) ? errno : 0;
	while (err == EINTR);
	return err ? -ENOMEM : 0;
}

/*
 * One page of the host for a pageblock, whatever the host does by itself: then its bytes cost no fault each, and a program with
 * many objects few misses of the TLB. The host has to have a first byte of it; it fills in the rest. One that has no such page now
 * is not asked for a while, since looking for one is slow. Return: false: the pageblock is as it was, but for the first byte.
 */
static bool allocate_huge(struct hosted *host, size_t offset)
{
	uint32_t pause = __atomic_load_n(&host->small_pages, __ATOMIC_RELAXED);

	if (pause) {
		__atomic_store_n(&host->small_pages, pause - 1, __ATOMIC_RELAXED);
		return false;
	}
	if (allocate(host, offset, 1))
		return false;
	if (!madvise(host->window + offset, HUGE_BYTES, MADV_COLLAPSE))
		return true;
	__atomic_store_n(&host->small_pages, SMALL_PAGES, __ATOMIC_RELAXED);
	return false;
}

static int hosted_commit(void *ctx, size_t offset, size_t bytes)
{
	struct hosted *host = ctx;
	int err = 0;

	if (!qy_host_has_room(&host->room, bytes))
		return -ENOMEM;
	for (; !err && bytes >= HUGE_BYTES; offset += HUGE_BYTES, bytes -= HUGE_BYTES)
		if (!allocate_huge(host, offset))
			err = allocate(host, offset, HUGE_BYTES);
	return err || !bytes ? err : allocate(host, offset, bytes);
}

static int hosted_decommit(void *ctx, size_t offset, size_t bytes)
{
	const struct hosted *host = ctx;

	return fallocate(host->memfd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		       (off_t)offset, (off_t)bytes)
		       ? -errno
		       : 0;
}

/* Faults are watched from the first one on. */
static int hosted_guard(void *ctx, size_t offset, size_t bytes, bool on)
{
	struct hosted *host = ctx;

	/* a machine begins with its tables */
	if (!host->guards &&
		qy_host_watch_guards(host->tables, host->window, host->size.window))
		return -ENOSPC;
	host->guards = true; /* first at boot, by one thread */
	return qy_host_guard(host->window + offset, bytes, on);
}

static void hosted_barrier_heavy(void *ctx)
{
	(void)ctx;
	syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
}

static void hosted_wake(void *ctx, enum qy_daemon daemon, unsigned int node)
{
	const struct hosted *host = ctx;
	/* acquire: they are whole */
	struct qy_daemons *daemons = __atomic_load_n(&host->daemons, __ATOMIC_ACQUIRE);

	if (daemons)
		qy_daemons_wake(daemons, daemon, node);
}

static bool hosted_relax(void *ctx)
{
	(void)ctx;
	sched_yield();
	return true;
}

static uint64_t hosted_clock_ns(void *ctx)
{
	const struct hosted *host = ctx;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)((now.tv_sec - host->boot.tv_sec) * 1000000000ll +
			  (now.tv_nsec - host->boot.tv_nsec));
}

static void hosted_task(void *ctx, struct qy_task *task)
{
	(void)ctx;
	task->pid = (int32_t)syscall(SYS_gettid);
	task->tgid = (int32_t)getpid();
	prctl(PR_GET_NAME, task->comm);
}

static void hosted_log(void *ctx, enum qy_log_level level, const char *line)
{
	const struct hosted *host = ctx;

	if (host->opts.log)
		host->opts.log(host->opts.log_arg, level, line);
	else if (level <= QY_LOG_WARNING)
		fprintf(stderr, "%s\n", line);
}

__attribute__((noreturn)) static void hosted_panic(void *ctx, const char *line)
{
	(void)ctx;
	fprintf(stderr, "%s\n", line);
	abort();
}

void qy_hosted_yield(void)
{
	sched_yield();
}

/* ------------------------------------------------------------------ second addresses */

static int hosted_space(void *ctx, size_t bytes, void **address)
{
	const struct hosted *host = ctx;
	int err = qy_host_space(bytes, host->opts.max_mappings, address);

	if (err)
		return err;
	err = qy_wait_space(*address, bytes);
	if (err)
		qy_host_unmap(*address, bytes);
	return err;
}

static int hosted_map(void *ctx, void *address, size_t offset, size_t bytes)
{
	const struct hosted *host = ctx;

	return qy_host_map(host->memfd, address, offset, bytes, host->opts.max_mappings);
}

static int hosted_protect(void *ctx, void *address, size_t bytes)
{
	const struct hosted *host = ctx;
	int err;

	qy_wait_begin(address, bytes);
	err = qy_host_protect(address, bytes, host->opts.max_mappings);
	if (err)
		qy_wait_end(address, bytes);
	return err;
}

static int hosted_remap(void *ctx, void *address, size_t offset, size_t bytes)
{
	const struct hosted *host = ctx;
	int err = qy_host_remap(
		host->memfd, address, offset, bytes, host->opts.max_mappings);

	if (!err)
		qy_wait_end(address, bytes);
	return err;
}

static void hosted_unprotect(void *ctx, void *address, size_t bytes)
{
	/* its edges are edges of mappings since protect(), so that none is cut in two */
	if (qy_host_unprotect(address, bytes))
		hosted_panic(ctx, "the host does not give write access back");
	qy_wait_end(address, bytes);
}

static int hosted_unmap(void *ctx, void *address, size_t bytes)
{
	int err;

	(void)ctx;
	err = qy_host_unmap(address, bytes);
	if (!err && qy_wait_forget(address))
		qy_host_end_fault_space(bytes);
	return err;
}

static int hosted_fault_space(
	void *ctx, size_t bytes, struct plain_space *space, void **address)
{
	const struct hosted *host = ctx;
	int err = qy_host_fault_space(bytes, host->opts.max_mappings, address);

	if (err)
		return err;
	/* a machine begins with its tables */
	err = qy_wait_fault_space(host->tables, space, *address, bytes);
	if (err) {
		qy_host_unmap(*address, bytes);
		qy_host_end_fault_space(bytes);
	}
	return err;
}

static int hosted_show(void *ctx, void *address, size_t offset, size_t bytes)
{
	const struct hosted *host = ctx;

	return qy_host_show(host->memfd, address, offset, bytes);
}

static int hosted_hide(void *ctx, void *address, size_t bytes)
{
	(void)ctx;
	return qy_host_hide(address, bytes);
}

/* ------------------------------------------------------------------ addresses of vmalloc */

static int hosted_vm_space(void *ctx, size_t bytes, void **address)
{
	struct hosted *host = ctx;
	int err = qy_host_vm_space(
		&host->vm, bytes, host->size.window, host->opts.max_mappings, address);

	if (err)
		return err;
	/* a machine begins with its tables */
	err = qy_host_watch_faults(host->tables, *address, bytes);
	if (err) {
		qy_host_vm_end(&host->vm);
		return err;
	}
	return 0;
}

static int hosted_vm_map(
	void *ctx, void *address, size_t offset, size_t bytes, bool write)
{
	struct hosted *host = ctx;

	return qy_host_vm_map(&host->vm, host->memfd, address, offset, bytes, write,
		host->opts.max_mappings);
}

static int hosted_vm_unmap(void *ctx, void *address, size_t bytes)
{
	(void)ctx;
	return qy_host_vm_unmap(address, bytes);
}

/* ------------------------------------------------------------------ backing files */

static int hosted_file_open(void *ctx, const char *name, uint64_t bytes, uint32_t *file)
{
	return qy_host_file_open(&((struct hosted *)ctx)->files, name, bytes, file);
}

static int hosted_file_read(
	void *ctx, uint32_t file, uint64_t offset, void *to, size_t bytes)
{
	return qy_host_file_read(&((struct hosted *)ctx)->files, file, offset, to, bytes);
}

static int hosted_file_write(
	void *ctx, uint32_t file, uint64_t offset, const void *from, size_t bytes)
{
	return qy_host_file_write(
		&((struct hosted *)ctx)->files, file, offset, from, bytes);
}

static void hosted_file_forget(void *ctx, uint32_t file)
{
	qy_host_file_forget(&((struct hosted *)ctx)->files, file);
}

/* ------------------------------------------------------------------ boot */

static int refuse(
	char *why, size_t why_size, const char *what, size_t bytes, const char *remedy)
{
	if (why && why_size)
		snprintf(why, why_size, "%s of %zu KiB: %s: %s", what, bytes >> 10,
			strerror(errno), remedy);
	return -1;
}

static int make_ram(struct hosted *host, char *why, size_t why_size)
{
	const char *remedy;

	host->memfd = qy_host_ram(host->size.window, &remedy);
	return host->memfd < 0 ? refuse(why, why_size, "RAM", host->size.window, remedy)
			       : 0;
}

/* Address space first, more than needed; then the file at the first aligned place in it. */
static int map_window(struct hosted *host, char *why, size_t why_size)
{
	const char *remedy = "raise `ulimit -v` or give the board less RAM";
	size_t bytes = host->size.window, lead;
	char *space = mmap(NULL, bytes + WINDOW_ALIGN, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (space == MAP_FAILED)
		return refuse(why, why_size, "address space for RAM", bytes, remedy);
	lead = -(uintptr_t)space & (WINDOW_ALIGN - 1);
	host->window = space + lead;
	if (lead)
		munmap(space, lead);
	munmap(host->window + bytes, WINDOW_ALIGN - lead);
	if (mmap(host->window, bytes, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_FIXED | MAP_NORESERVE, host->memfd, 0) == MAP_FAILED)
		return refuse(why, why_size, "mapping RAM", bytes, remedy);
	return 0;
}

static int map_tables(struct hosted *host, char *why, size_t why_size)
{
	host->tables = mmap(NULL, host->size.tables, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (host->tables != MAP_FAILED)
		return 0;
	host->tables = NULL;
	return refuse(why, why_size, "tables", host->size.tables,
		"raise `ulimit -v` or give the board less RAM");
}

static void release(struct hosted *host)
{
	qy_daemons_stop(host->daemons);
	if (host->vm.space)
		qy_host_forget_faults(host->vm.space);
	if (host->guards)
		qy_host_forget_faults(host->window);
	qy_host_vm_end(&host->vm);
	if (host->tables)
		munmap(host->tables, host->size.tables);
	/* whoever gets these addresses next knows nothing of marks */
	if (host->window && host->port.mark)
		host->port.mark(host, host->window, host->size.window, QY_MARK_DEFINED);
	if (host->window)
		munmap(host->window, host->size.window);
	if (host->memfd >= 0)
		close(host->memfd);
	qy_host_files_exit(&host->files);
	free(host);
}

static const struct qy_port hosted_port = {
	.name = "hosted",
	.commit = hosted_commit,
	.decommit = hosted_decommit,
	.guard = hosted_guard,
	.space = hosted_space,
	.map = hosted_map,
	.protect = hosted_protect,
	.remap = hosted_remap,
	.unprotect = hosted_unprotect,
	.unmap = hosted_unmap,
	.fault_space = hosted_fault_space,
	.show = hosted_show,
	.hide = hosted_hide,
	.vm_space = hosted_vm_space,
	.vm_map = hosted_vm_map,
	.vm_unmap = hosted_vm_unmap,
	.file_open = hosted_file_open,
	.file_read = hosted_file_read,
	.file_write = hosted_file_write,
	.file_forget = hosted_file_forget,
	.wake = hosted_wake,
	.relax = hosted_relax,
	.task = hosted_task,
	.clock_ns = hosted_clock_ns,
	.log = hosted_log,
	.panic = hosted_panic,
};

int qy_hosted_background(struct qy_machine *m, bool on)
{
	struct hosted *host = m->port->ctx;
	struct qy_daemons *daemons = host->daemons;

	if (on == (daemons != NULL))
		return 0;
	/* release: who finds them finds them whole */
	if (!on) {
		__atomic_store_n(&host->daemons, NULL, __ATOMIC_RELEASE);
		qy_daemons_stop(daemons);
		return 0;
	}
	daemons = qy_daemons_start(m);
	__atomic_store_n(&host->daemons, daemons, __ATOMIC_RELEASE);
	return daemons ? 0 : -ENOMEM;
}

/* Those that were asked for at boot. */
static int start_background(
	struct hosted *host, struct qy_machine *m, char *why, size_t why_size)
{
	int err = qy_hosted_background(m, host->opts.background_threads);

	if (err && why && why_size)
		snprintf(why, why_size,
			"no threads for kswapd, kcompactd and the flusher: raise `ulimit -u`");
	return err;
}

struct qy_machine *qy_hosted_boot(const struct qy_board *board,
	const struct qy_hosted_opts *opts, char *why, size_t why_size)
{
	struct hosted *host = calloc(1, sizeof(*host));
	struct qy_machine *m = NULL;

	if (!host) {
		refuse(why, why_size, "port", sizeof(*host), "free some memory");
		return NULL;
	}
	host->memfd = -1;
	host->port = hosted_port;
	host->port.ctx = host;
	if (opts)
		host->opts = *opts;
	if (host->opts.front == QY_FRONT_RSEQ) {
		if (!qy_rseq_serves(board->nr_cpus, why, why_size)) {
			free(host);
			return NULL;
		}
		host->port.host_cpu = qy_rseq_host_cpu;
	}
	qy_host_files_init(
		&host->files, host->opts.file_directory, host->opts.disk_bytes);
	if (!host->opts.unmarked)
		host->port.mark = qy_hosted_mark_fn();
	qy_host_room_init(&host->room, "/proc", "/sys/fs/cgroup");
	clock_gettime(CLOCK_MONOTONIC, &host->boot);
	if (!syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0))
		host->port.barrier_heavy = hosted_barrier_heavy;
	if (!qy_machine_size(board, &host->size, why, why_size) &&
		!make_ram(host, why, why_size) && !map_window(host, why, why_size) &&
		!map_tables(host, why, why_size)) {
		m = qy_machine_init(host->tables, host->window, board, &host->port);
		if (!m && why && why_size)
			snprintf(why, why_size, "%s", QY_BOOT_RAN_OUT);
		if (m && start_background(host, m, why, why_size))
			m = NULL;
	}
	if (!m)
		release(host);
	return m;
}

void qy_hosted_shutdown(struct qy_machine *m)
{
	if (m)
		release(m->port->ctx);
}
