/* SPDX-License-Identifier: MIT */
/*
 * What the files of compat/ share: the kernel that stands around a driver, as one record of a machine.
 *
 * Memory of the runtime itself comes from the host, so that a driver finds the board as it would without us; what Linux
 * takes for a driver from the board (devres, IRQ names) is taken from the board.
 *
 * Locking: none is needed; one host thread plays everything, and nothing here gives way in between.
 */
#ifndef COMPAT_WORLD_H
#define COMPAT_WORLD_H

#include <linux/cpumask.h>
#include <linux/interrupt.h>
#include <linux/kthread.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <quarry/sim.h>
#include <quarry/world.h>

#define NR_IRQS 512

#define QY_XA_NODE_BYTES    576
#define QY_XA_PRELOADED     11
#define QY_BTREE_NODE_BYTES 128

enum softirq {
	SOFTIRQ_TIMER,
	SOFTIRQ_NET_TX,
	SOFTIRQ_NET_RX,
	SOFTIRQ_TASKLET,
	SOFTIRQ_RCU,
};

struct irq_action {
	struct irq_action *next;
	irq_handler_t handler, thread_fn;
	const char *name;
	void *dev_id;
	unsigned long flags;
	unsigned int irq;
	struct task_struct *thread;
	bool thread_wanted, thread_runs;
};

struct irq_desc {
	struct irq_action *actions;
	unsigned int depth;  /* of disables */
	bool pending;        /* came while it was disabled */
	bool oneshot_masked; /* until the thread is done */
	bool suspended;      /* disabled with the board asleep */
	unsigned long nr, nr_unhandled;
	struct qy_alarm raise;
	wait_queue_head_t idle;
};

#define QY_HELD_FRAMES 24

struct qy_world {
	struct qy_machine *m;
	struct qy_world_opts opts;
	struct task_struct first; /* of the host thread */
	struct list_head tasks;
	struct list_head ended;   /* that nobody has waited for yet */
	struct list_head modules; /* that are loaded: struct module.qy_link */
	int last_pid;

	/* log.c */
	char line[1024]; /* begun, without its newline yet */
	size_t line_bytes;
	int line_level;

	/* time.c */
	unsigned long softirqs; /* bits of enum softirq */
	struct qy_alarm softirq_alarm;
	struct hlist_head due_timers;
	struct timer_list *running_timer;
	struct tasklet_struct *tasklets, **last_tasklet;
	struct tasklet_struct *running_tasklet;
	struct rcu_head *rcu_new, *rcu_waiting; /* linked, newest first */
	unsigned long nr_rcu;                   /* callbacks that have not run */
	unsigned long nr_kfree_rcu;             /* of them those of kfree_rcu() */
	struct qy_alarm rcu_alarm;
	wait_queue_head_t rcu_idle, tasklet_idle;
	struct rcu_head slab_rcu; /* of the core's objects that wait */
	bool slab_rcu_waits;

	/* work.c */
	struct workqueue_struct *events; /* system_wq */
	struct list_head queues;
	long nr_queueings;

	/* irq.c */
	struct irq_desc *irqs; /* NR_IRQS */

	/* device.c and of.c */
	struct qy_model *model;

	struct qy_net *net;   /* net.h */
	struct qy_user *user; /* mmap.c */

	struct qy_number {
		struct dma_buf *buf;
		int pid; /* of the task that was given it */
	} dma_bufs[64];  /* dma_buf.c: of the program, by number */

	/* held.c */
	struct qy_held_table *held;
	bool (*refuse)(void *arg, const struct qy_world_request *request);
	void *refuse_arg;

	struct qy_world_held
		called; /* what runs is the function of; nr_frames 0: of nothing */
	void *called_frames[QY_HELD_FRAMES];

	/* kasan.c; NULL: accesses are not checked */
	struct kasan_state *kasan;
	const void *places[256]; /* of code that was told of */
	unsigned int nr_places;
	bool multi_shot;     /* each wrong access is told, not each place once */
	bool provokes_kasan; /* a suite of tests wants those reports */
	struct console_probe *probes;

	/* kasan_dma.c */
	struct kasan_loan *loans[256], *last_loan;
	size_t nr_loans;
	bool lending;                    /* memory is looked at for a device */
	struct qy_noted_pool *dma_pools; /* kasan_pool.c */

	struct lockdep *lockdep;
	struct qy_shrinks *shrinks; /* shrinker.c */

	/* of qy_compat_report() */
	u64 nr_reports;
	char first_report[256];

	/* xarray.c, btree.c: their nodes are of the board's memory, as there */
	struct kmem_cache *xa_nodes, *btree_nodes;
	void *xa_preloaded[QY_XA_PRELOADED];
	unsigned int nr_xa_preloaded;

	u64 nr_random; /* words of linux/random.h */

	/* kunit.c */
	struct qy_world_kunit kunit;

	/* percpu.c */
	struct list_head percpu_chunks, percpu_sections;
	struct cpumask cpus; /* all */
};

struct qy_world *qy_compat_world(void);

/* this_machine.c */
unsigned int qy_compat_this_cpu(void);
const struct qy_board *qy_compat_board(void);
void qy_compat_log_line(int level, const char *line);
void qy_compat_panic(const char *line) __attribute__((noreturn));
bool qy_compat_has_no_fs(void); /* in memalloc_nofs_save() or memalloc_noio_save() */

/* One line of the log that is the kernel's own. */
void qy_printk_line(int level, const char *fmt, ...) __printf(2, 3);

/* A report has begun: BUG: or WARNING:. */
void qy_compat_report(const char *fmt, ...) __printf(1, 2);
/* The run ends here. */
void qy_compat_fatal(const char *line) __attribute__((noreturn));

/* time.c */
void qy_compat_raise_softirq(struct qy_world *w, enum softirq nr);
void qy_compat_time_init(struct qy_world *w);
void qy_compat_irq_exit(void *arg);
void qy_compat_grace_period(void *arg);
/* work.c */
int qy_compat_work_init(struct qy_world *w);
void qy_compat_work_down(struct qy_world *w);
struct task_struct *qy_compat_task(
	struct qy_world *w, const char *comm, int (*fn)(void *data), void *data);
/* Return: what its function returned. */
int qy_compat_wait_exit(struct task_struct *task);
/* irq.c */
int qy_compat_irq_init(struct qy_world *w);
void qy_compat_irq_down(struct qy_world *w);
void qy_compat_suspend_irqs(struct qy_world *w, bool down);
/* device.c */
int qy_compat_model_init(struct qy_world *w);
void qy_compat_model_down(struct qy_world *w);
/* kunit.c */
void qy_compat_kunit_run(const struct qy_module_info *info);
/* A wrong access: fails the case that runs, or is what its suite wants. */
void qy_compat_kunit_wrong_access(struct qy_world *w);
/* kasan_tests.c */
void qy_compat_tell_probes(const char *line);
/* netdev.c, napi.c: what is to be freed, and who is to be polled */
int qy_compat_net_init(struct qy_world *w);
void qy_compat_net_down(struct qy_world *w);
void qy_compat_net_tx(struct qy_world *w);
void qy_compat_net_rx(struct qy_world *w);
/* percpu.c */
void qy_compat_percpu_down(struct qy_world *w);
/* shrinker.c */
void qy_compat_shrinkers_down(struct qy_world *w);
/* held.c */
int qy_compat_held_init(struct qy_world *w);
void qy_compat_held_down(struct qy_world *w);

/* mmap.c */
/* A copy from or to a program may wait for mmap_lock. */
void qy_compat_might_fault(const void *from);

/* kfence.c */
void qy_kfence_init(struct qy_world *w);

/* host.c: memory of the host, zeroed; NULL when it has none */
void *qy_host_zalloc(size_t bytes);
void qy_host_free(void *p);

#endif
