/* SPDX-License-Identifier: MIT */
/* Interrupts of devices, hard and threaded, and what runs behind them. No state. */
#ifndef COMPAT_LINUX_INTERRUPT_H
#define COMPAT_LINUX_INTERRUPT_H

#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/hardirq.h>
#include <linux/hrtimer.h>
#include <linux/irqflags.h>
#include <linux/kref.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/version.h>

typedef enum irqreturn {
	IRQ_NONE = 0,
	IRQ_HANDLED = 1,
	IRQ_WAKE_THREAD = 2,
} irqreturn_t;
#define IRQ_RETVAL(x) ((x) ? IRQ_HANDLED : IRQ_NONE)

typedef irqreturn_t (*irq_handler_t)(int irq, void *dev_id);

#define IRQF_TRIGGER_NONE    0x00000000
/* stub: a raised line is one interrupt, whatever its edge */
#define IRQF_TRIGGER_RISING  0x00000001
/* stub: a raised line is one interrupt, whatever its edge */
#define IRQF_TRIGGER_FALLING 0x00000002
/* stub: a raised line is one interrupt, whatever its edge */
#define IRQF_TRIGGER_HIGH    0x00000004
/* stub: a raised line is one interrupt, whatever its edge */
#define IRQF_TRIGGER_LOW     0x00000008
#define IRQF_TRIGGER_MASK    0x0000000f
#define IRQF_SHARED          0x00000080
/* stub: whoever shares a line that another does not share is refused, in silence or not */
#define IRQF_PROBE_SHARED    0x00000100
/* stub: no interrupt is bound to a CPU, spread or suspended here */
#define IRQF_PERCPU          0x00000400
/* stub: as IRQF_PERCPU */
#define IRQF_NOBALANCING     0x00000800
/* stub: a line that nobody answers is told, not polled */
#define IRQF_IRQPOLL         0x00001000
/* stub: as IRQF_PERCPU */
#define IRQF_NO_SUSPEND      0x00004000
/* stub: as IRQF_PERCPU */
#define IRQF_FORCE_RESUME    0x00008000
/* stub: handlers are never forced into threads */
#define IRQF_NO_THREAD       0x00010000
/* stub: as IRQF_PERCPU */
#define IRQF_EARLY_RESUME    0x00020000
/* stub: as IRQF_PERCPU */
#define IRQF_COND_SUSPEND    0x00040000
#define IRQF_ONESHOT         0x00002000
#define IRQF_NO_SUSPEND      0x00004000
#define IRQF_NO_AUTOEN       0x00080000

struct device;

/* Context: task, may sleep. Return: 0, -EINVAL, -EBUSY, -ENOMEM. */
int request_threaded_irq(unsigned int irq, irq_handler_t handler, irq_handler_t thread_fn,
	unsigned long flags, const char *name, void *dev_id)
	QY_REAL(request_threaded_irq) __must_check;

static inline int __must_check request_irq(unsigned int irq, irq_handler_t handler,
	unsigned long flags, const char *name, void *dev_id)
{
	return request_threaded_irq(irq, handler, NULL, flags, name, dev_id);
}

/* Waits for handlers that run. Return: the name it was requested with. Context: task, may sleep. */
const void *free_irq(unsigned int irq, void *dev_id) QY_REAL(free_irq);
int devm_request_threaded_irq(struct device *dev, unsigned int irq, irq_handler_t handler,
	irq_handler_t thread_fn, unsigned long flags, const char *name, void *dev_id)
	QY_REAL(devm_request_threaded_irq) __must_check;

static inline int __must_check devm_request_irq(struct device *dev, unsigned int irq,
	irq_handler_t handler, unsigned long flags, const char *name, void *dev_id)
{
	return devm_request_threaded_irq(dev, irq, handler, NULL, flags, name, dev_id);
}

void devm_free_irq(struct device *dev, unsigned int irq, void *dev_id)
	QY_REAL(devm_free_irq);
void disable_irq(unsigned int irq) QY_REAL(disable_irq);
void disable_irq_nosync(unsigned int irq) QY_REAL(disable_irq_nosync);
void enable_irq(unsigned int irq) QY_REAL(enable_irq);
void synchronize_irq(unsigned int irq) QY_REAL(synchronize_irq);

struct tasklet_struct {
	struct tasklet_struct *next;
	unsigned long state;
	atomic_t count; /* of disables */
	bool use_callback;
	union {
		void (*func)(unsigned long data);
		void (*callback)(struct tasklet_struct *t);
	};
	unsigned long data;
};

#if QY_SINCE(5, 9)
#define DECLARE_TASKLET(name, fn) \
	struct tasklet_struct name = { .use_callback = true, .callback = fn }
#else
#define DECLARE_TASKLET(name, fn, number) \
	struct tasklet_struct name = { .func = fn, .data = number }
#endif
#define DECLARE_TASKLET_DISABLED(name, fn)                                    \
	struct tasklet_struct name = {                                        \
		.count = ATOMIC_INIT(1), .use_callback = true, .callback = fn \
	}
#define DECLARE_TASKLET_OLD(name, fn) struct tasklet_struct name = { .func = fn }
#define DECLARE_TASKLET_DISABLED_OLD(name, fn) \
	struct tasklet_struct name = { .count = ATOMIC_INIT(1), .func = fn }
#define from_tasklet(var, callback_tasklet, field) \
	container_of(callback_tasklet, __typeof__(*var), field)

void tasklet_setup(struct tasklet_struct *t, void (*callback)(struct tasklet_struct *t))
	QY_REAL(tasklet_setup);
void tasklet_init(struct tasklet_struct *t, void (*func)(unsigned long data),
	unsigned long data) QY_REAL(tasklet_init);
void tasklet_schedule(struct tasklet_struct *t) QY_REAL(tasklet_schedule);
#define tasklet_hi_schedule(t) tasklet_schedule(t)
/* Waits until it neither runs nor is going to. Context: task, may sleep. */
void tasklet_kill(struct tasklet_struct *t) QY_REAL(tasklet_kill);
void tasklet_disable(struct tasklet_struct *t) QY_REAL(tasklet_disable);
#define tasklet_disable_nosync(t) tasklet_disable(t)
void tasklet_enable(struct tasklet_struct *t) QY_REAL(tasklet_enable);

#endif
