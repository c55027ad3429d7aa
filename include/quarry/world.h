/* SPDX-License-Identifier: MIT */
/*
 * The kernel around a driver: tasks, interrupts, devices, files, for modules compiled against compat/include. It stands on
 * a machine of the sim port.
 *
 *   qy_world_boot, qy_world_down      a world on a machine
 *   qy_world_run, _start, _wait       a task, to its end
 *   qy_world_insmod, _rmmod           a module comes and goes
 *   qy_world_device ...               devices of the tree, and made-up ones; suspended, resumed, shut down
 *   qy_world_raise_irq, _registers    the hardware's side
 *   qy_world_open ...                 a program's side
 *   qy_world_refuse                   which requests of drivers fail
 *   qy_world_next_held, _each_object  what drivers have taken and not given back
 *   qy_world_nr_reports               what was wrong with them
 *
 * Contexts, where nothing else is said: a task of the machine; it may sleep.
 */
#ifndef QUARRY_WORLD_H
#define QUARRY_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <quarry.h>
#include <quarry/module.h>

#ifdef __cplusplus
extern "C" {
#endif

struct qy_world;
struct qy_world_file;

/* A node of the board's device tree; the caller's, as long as the world. Values are big-endian, as in the tree. */
struct qy_tree_property {
	const char *name;
	const void *value;
	int bytes;
};
struct qy_tree_node {
	const char *full_name; /* "isp@15a00000" */
	int parent;            /* index; -1: the root, which comes first */
	unsigned int first_property, nr_properties;
};
struct qy_tree {
	const struct qy_tree_node *nodes; /* parents before their children */
	unsigned int nr_nodes;
	const struct qy_tree_property *properties;
};

struct qy_world_opts {
	uint64_t seed;              /* of the schedule; 0: in turn */
	const struct qy_tree *tree; /* NULL: no devices */
	/*
	 * How a PCI device that the board has not does its DMA: what its bus passes on, through which IOMMU. NULL: as if nothing
	 * lay between. Read when such a device is added.
	 */
	const struct qy_board_device *pci_place;
	/*
	 * Accesses of instrumented modules are checked, and what they free is kept from use for a while. The machine was booted
	 * with qy_sim_opts.mark = qy_world_mark; redzones between objects are those of slab_debug=Z, which a board may have.
	 */
	bool kasan;
	void *arg;
	void (*stuck)(void *arg); /* every task waits, and nothing will happen */
	/*
	 * A driver that looks for devices once, when it is registered, has found none: @device, as for qy_world_add_device(), by
	 * its name or by what it is compatible with, may still be added. Context: the driver's task. NULL: there are no more.
	 */
	void (*wanted)(void *arg, const char *device, bool by_name);
};

/*
 * NULL: the host has no memory. Down: before the machine; modules are out.
 * Context: the machine's thread, its first task.
 */
struct qy_world *qy_world_boot(struct qy_machine *m, const struct qy_world_opts *opts);
void qy_world_down(struct qy_world *w);
struct qy_world *qy_world_of(const struct qy_machine *m);

/* For struct qy_sim_opts, with kasan. Context: any. */
void qy_world_mark(void *arg, const void *p, size_t bytes, enum qy_mark how);

/*
 * May modules run here whose accesses are checked inline, not by calls? They need 32 TiB of addresses at a fixed place,
 * which a limit (ulimit -v), vm.overcommit_memory=2, or a sanitizer in the program may refuse. Context: any.
 */
bool qy_world_checks_inline(void);
/*
 * In a handler of SIGSEGV that was installed behind qy_world_boot(), with its third argument: was it a look for shadow that
 * cannot be there, or a page of the program that is there now? Return: true: it was answered, return from the handler. Context: the
 * handler.
 */
bool qy_world_fault(void *context);

/*
 * How many reports (BUG, WARNING) the runtime has made of the drivers; the core's own are in the log alone.
 * @first: the first line of the first, NULL: none. Context: any.
 */
uint64_t qy_world_nr_reports(const struct qy_world *w, const char **first);

/* @fn in a task named @comm, waited for. Return: what it returned, -ENOMEM. Context: as above. */
int qy_world_run(struct qy_world *w, const char *comm, int (*fn)(void *arg), void *arg);

/*
 * The same in two halves: it runs from when the caller gives way; its end is waited for once. NULL: the host has no memory.
 * Context: a task.
 */
struct qy_world_task;
struct qy_world_task *qy_world_start(
	struct qy_world *w, const char *comm, int (*fn)(void *arg), void *arg);
int qy_world_wait(struct qy_world_task *task);

/* ------------------------------------------------------------------ modules */

/*
 * What insmod and rmmod do, in tasks of these names. @params: "name=value ..."; NULL. @why receives one line.
 * Return: 0; -EINVAL (a parameter), -EBUSY (in use), what init returned.
 * Context: as above.
 */
int qy_world_insmod(struct qy_world *w, const struct qy_module_info *info,
	const char *params, char *why, size_t why_size);
int qy_world_rmmod(struct qy_world *w, const struct qy_module_info *info, char *why,
	size_t why_size);

/* @user has symbols of @used, which stays as long as it does. Before its insmod. Context: any. */
void qy_world_module_uses(
	const struct qy_module_info *user, const struct qy_module_info *used);
/*
 * A parameter's file below /sys/module/NAME/parameters. @page: 4096 bytes. Return: bytes, -ENOENT, -EACCES (its mode), what a function
 * of the module's returned. Context: as above.
 */
long qy_world_param_show(struct qy_world *w, const struct qy_module_info *info,
	const char *name, char *page);
long qy_world_param_store(struct qy_world *w, const struct qy_module_info *info,
	const char *name, const char *text);

/* What came out of the KUnit suites that modules brought along; a parameter of a case counts as one. Context: any. */
struct qy_world_kunit {
	unsigned long passed, failed, skipped;
};
void qy_world_kunit(const struct qy_world *w, struct qy_world_kunit *results);
/*
 * For who hears the log: does the case that runs provoke what this line says? It is counted where the case counts such lines
 * ("slab_errors", as the kernel's own tests of slabs do; a suite between kasan_kunit_test_suite_start() and _end()). Context: the log.
 */
bool qy_world_kunit_hears(struct qy_world *w, const char *line);

/* ------------------------------------------------------------------ devices */

#define QY_WORLD_IRQS 16
struct qy_world_device {
	const char *name;       /* "15a00000.isp" */
	const char *compatible; /* the first one; "" */
	const char *driver;     /* NULL: not bound */
	unsigned int irq;       /* the first one that it would pull now; 0: none */
	unsigned int irqs[QY_WORLD_IRQS],
		nr_irqs;    /* all; of PCI the vectors, if there are */
	uint64_t registers; /* physical, the first range; 0: none */
	int probe_error;    /* of the last probe that failed */
	bool stays_bound;   /* its driver has no files to bind and unbind it by hand */
};

/*
 * Channels that drivers have registered and nobody has (mailboxes, DMA engines): each gets a client, who asks for it and listens, or has
 * it copy 256 bytes; and they go
 * again. Context: as above.
 */
void qy_world_clients(struct qy_world *w, bool come);
bool qy_world_has_channels(const struct qy_world *w);

/* The n-th device, in order of the tree. Context: any. */
bool qy_world_device(
	const struct qy_world *w, unsigned int n, struct qy_world_device *device);
/*
 * A device that the board has not: 4 KiB of registers and an interrupt. @compatible: "": it is found by its name.
 * Return: its number, -ENOMEM. Context: as above.
 */
int qy_world_add_device(struct qy_world *w, const char *name, const char *compatible);
/*
 * A PCI device, in the next free slot behind the first host bridge of the tree; without one "0000:01:00.0" and on. A BAR size of 0
 * is none. @compatible of qy_world_add_device() may also be a modalias ("pci:v00001234d00000001sv*sd*bc*sc*i*"): 64 KiB of memory
 * in each BAR, 8 vectors. Return: as above. Context: as above.
 */
struct qy_pci_device {
	uint16_t vendor, device, subsystem_vendor, subsystem_device;
	uint32_t class_code; /* base, sub, interface: 24 bits */
	uint8_t revision;
	uint64_t bar_bytes[6];
	uint8_t port_bars;       /* as bits: ports instead of memory */
	bool conventional;       /* PCI, not PCI Express: no such capability, no MSI-X */
	unsigned int nr_vectors; /* of MSI, of MSI-X; 0: it has its pin alone */
};
int qy_world_add_pci(struct qy_world *w, const struct qy_pci_device *device);
/*
 * What its drivers ask for in their tables, the n-th entry of all; NULL behind the last. Of a PCI driver it is a modalias, which
 * lasts until the next call. Context: any.
 */
const char *qy_world_wanted(const struct qy_world *w, unsigned int n, bool *by_name);
/*
 * The n-th driver, platform drivers first, in the order in which they came. @wanted: the first entry of its table, as above; NULL:
 * it has none. Context: any.
 */
struct qy_world_driver {
	const char *name, *wanted;
	bool by_name;
	unsigned int nr_probes; /* devices that it was given */
};
bool qy_world_driver(
	const struct qy_world *w, unsigned int n, struct qy_world_driver *driver);
/*
 * What `echo mem > /sys/power/state` does: devices that are bound are suspended, the newest first, and resumed. Where one refuses,
 * those before it are resumed, and @why receives who. Return: 0, what it returned. Context: as above.
 */
int qy_world_sleep(struct qy_world *w, char *why, size_t why_size);
/* Would any driver be called? Context: any. */
bool qy_world_can_sleep(const struct qy_world *w);
/* What reboot does with devices that are bound, the newest first: their drivers' shutdown. Return: how many. Context: as above. */
int qy_world_shutdown(struct qy_world *w);
bool qy_world_can_shut_down(const struct qy_world *w);
/* Echo its name into bind and unbind of its driver. Return: 0, -ENODEV, what probe returned. Context: as above. */
int qy_world_bind(struct qy_world *w, const char *device);
int qy_world_unbind(struct qy_world *w, const char *device);

/* What request_firmware() finds under @name. Copied. Return: 0, -ENOMEM. Context: any. */
int qy_world_firmware(
	struct qy_world *w, const char *name, const void *data, size_t bytes);

/* ------------------------------------------------------------------ the hardware's side */

/* The line @irq is pulled at @when_ns, at once when that has passed. Return: 0, -EINVAL. Context: any. */
int qy_world_raise_irq(struct qy_world *w, unsigned int irq, uint64_t when_ns);

/* Who answers for the registers of a device. NULL entries: plain storage. Offsets and sizes are in bytes. */
struct qy_registers {
	void *arg;
	uint64_t (*read)(void *arg, uint64_t offset, unsigned int bytes);
	void (*write)(void *arg, uint64_t offset, uint64_t value, unsigned int bytes);
};
/* Copied. [phys, phys + bytes). Return: 0, -ENOMEM. Context: any. */
int qy_world_registers(struct qy_world *w, uint64_t phys, uint64_t bytes,
	const struct qy_registers *registers);

/*
 * A GPIO line of a device that was made up, by what its driver asked for: its level, after an input has been set to @level where that
 * is 0 or 1. Return: the level, -ENOENT. Context: any.
 */
int qy_world_gpio(struct qy_world *w, const char *device, const char *id, int level);

/* ------------------------------------------------------------------ a program's side */

/* The n-th node below /dev. Return: false behind the last. Context: any. */
bool qy_world_node(const struct qy_world *w, unsigned int n, const char **name);
/* The n-th file of a driver below /proc or /sys/kernel/debug. Return: false behind the last. Context: any. */
bool qy_world_path(const struct qy_world *w, unsigned int n, char *path, size_t size);
/* @name: below /dev, or a path. @flags: O_RDWR ... Return: the file, or NULL with *error. Context: as above. */
struct qy_world_file *qy_world_open(
	struct qy_world *w, const char *name, int flags, int *error);
/* What the driver answers, -errno included; -EINVAL, -ENOTTY where it has no such function. Context: as above. */
int qy_world_close(struct qy_world_file *file);
long qy_world_read(struct qy_world_file *file, void *to, size_t n);
long qy_world_write(struct qy_world_file *file, const void *from, size_t n);
long qy_world_ioctl(struct qy_world_file *file, unsigned int cmd, unsigned long arg);
/* O_ASYNC on or off; SIGIO since the file was opened go to @signals, NULL: not asked. Return: 0, -errno. Context: as above. */
int qy_world_fasync(struct qy_world_file *file, bool on, unsigned int *signals);
/* Waits until one of @events; 0: @timeout_ns has passed. Context: as above. */
unsigned int qy_world_poll(
	struct qy_world_file *file, unsigned int events, uint64_t timeout_ns);
/*
 * mmap(2) and munmap(2). @prot and @flags: PROT_* and MAP_SHARED or MAP_PRIVATE. What is at *address is the driver's memory; touched
 * where nothing is mapped yet, its fault() is asked, and the access goes on when that has mapped a page. Where it says SIGBUS the
 * program dies of SIGSEGV; qy_world_touch() answers that as an error. A closed file stays until all of it is unmapped.
 * Return: 0, -errno. Context: as above.
 */
int qy_world_mmap(struct qy_world_file *file, uint64_t offset, size_t bytes, int prot,
	int flags, void **address);
int qy_world_munmap(struct qy_world *w, void *address, size_t bytes);
/* All that the program has, as at its exit. Context: as above. */
void qy_world_munmap_all(struct qy_world *w);
/* Anonymous memory of the program, in frames of the board, which come when they are touched. Return: 0, -errno. Context: as above. */
int qy_world_memory(struct qy_world *w, size_t bytes, void **address);
/* Each page of it is there now, and can be written with @write. Return: 0; -EFAULT: SIGBUS, SIGSEGV; -ENOMEM. Context: as above. */
int qy_world_touch(struct qy_world *w, const void *address, size_t bytes, bool write);
/* A debugger's look into the program (/proc/PID/mem). Return: bytes, -EIO, what the driver's access() says. Context: as above. */
long qy_world_peek(
	struct qy_world *w, const void *address, void *buf, size_t n, bool write);

/* close(2) of a buffer that a driver gave the program a number for (dma_buf_fd()). Return: 0, -EBADF. Context: as above. */
int qy_world_close_buffer(struct qy_world *w, int fd);
/* All that the calling task was given, as at its exit. Context: as above. */
void qy_world_close_buffers(struct qy_world *w);

/* An attribute of a device. Return: bytes, -errno. Context: as above. */
long qy_world_attr_show(
	struct qy_world *w, const char *device, const char *attr, char *page);
/* The n-th of a driver's files below /sys; read once, as `cat` does. Return: bytes, -errno. Context: the latter as above. */
bool qy_world_attr(const struct qy_world *w, unsigned int n, char *path, size_t size);
long qy_world_attr_cat(struct qy_world *w, unsigned int n);
long qy_world_attr_store(struct qy_world *w, const char *device, const char *attr,
	const char *text, size_t n);

/* ------------------------------------------------------------------ the network's side */

/* The n-th network device that is registered. Return: false behind the last. Context: any. */
struct qy_world_netdev {
	const char *name;   /* "eth0" */
	const char *device; /* what it belongs to; "": nothing */
	bool up;
	bool stopped; /* the driver has stopped a queue */
	bool gathers; /* frames in pieces (NETIF_F_SG) */
	unsigned int mtu;
	uint64_t tx_frames; /* that the driver took */
	uint64_t tx_freed;  /* of these and of those that it refused: given back */
	uint64_t rx_frames, rx_bytes; /* that reached the stack */
};
bool qy_world_netdev(
	const struct qy_world *w, unsigned int n, struct qy_world_netdev *netdev);
/*
 * The n-th kind of network device that a module offers (rtnl_link_ops), and one of it, as `ip link add type KIND` makes it. Return:
 * false behind the last; 0, -errno. Context: any; as above.
 */
bool qy_world_link(const struct qy_world *w, unsigned int n, const char **kind);
int qy_world_link_add(struct qy_world *w, unsigned int n);
/* `ip link set NAME up`, `down`. Return: 0, what ndo_open() returned, -ENODEV. Context: as above. */
int qy_world_net_up(struct qy_world *w, const char *name);
int qy_world_net_down(struct qy_world *w, const char *name);
/*
 * A frame of so many bytes, header included; @paged: two thirds of it in pages, linear for a device that cannot gather. Return: 0;
 * NETDEV_TX_BUSY: its queue is stopped, or the driver has no room; -errno. Context: as above.
 */
int qy_world_net_send(
	struct qy_world *w, const char *name, unsigned int bytes, bool paged);

/* ------------------------------------------------------------------ what is refused */

/* Of a driver, or of the runtime for it. */
struct qy_world_request {
	unsigned int kind; /* enum qy_held of compat/include/asm/quarry.h */
	unsigned int gfp;
	size_t bytes; /* 0: says nothing */
};

/* @refuse is asked once for each request that can fail, before anything is done; true: it fails. NULL: none does. Context: any. */
void qy_world_refuse(struct qy_world *w,
	bool (*refuse)(void *arg, const struct qy_world_request *request), void *arg);

/* ------------------------------------------------------------------ what is held */

/* Kinds: enum qy_held of compat/include/asm/quarry.h. */
struct qy_world_held {
	unsigned int kind;
	const void *p;
	size_t bytes;
	uint64_t number; /* the n-th thing that was taken */
	uint64_t when_ns;
	int pid;
	char comm[16];
	void *const *frames; /* who took it: return addresses, nearest first */
	unsigned int nr_frames;
};

/* The first with a number above @after. Context: any; as long as nothing is given back. */
bool qy_world_next_held(
	const struct qy_world *w, uint64_t after, struct qy_world_held *held);
/* One that lies in a slab, or that KFENCE has sampled; a devres is one, too. */
struct qy_world_object {
	const char *cache; /* of merged ones the first name */
	size_t object_size;
	const struct qy_world_held *held;
};
/* @see is called for each, in no order. Context: any; as above. */
void qy_world_each_object(const struct qy_world *w,
	void (*see)(void *arg, const struct qy_world_object *object), void *arg);
/*
 * Objects and areas that nothing points to any more are told in kmemleak's words, each once. A task's stack may keep a pointer
 * that is not used any more, so not every one is seen. Return: how many. Context: as above.
 */
unsigned int qy_world_kmemleak(struct qy_world *w);
/* What was armed, and by whom, of the timer, work or callback that runs now. Return: false: nothing. Context: any. */
bool qy_world_called(const struct qy_world *w, struct qy_world_held *what);
/* How many, and of how many that were ever taken. Context: any. */
uint64_t qy_world_nr_held(const struct qy_world *w, uint64_t *ever);
/* "object", "pages", ... Context: any. */
const char *qy_held_name(unsigned int kind);

#ifdef __cplusplus
}
#endif

#endif
