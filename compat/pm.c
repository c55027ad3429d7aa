// SPDX-License-Identifier: MIT
/*
 * The board goes to sleep and comes back; it is shut down.
 *
 *   qy_world_sleep, qy_world_shutdown
 *
 *   prepare, suspend, suspend_late, [interrupts off] suspend_noirq      devices: the newest first (prepare: the oldest)
 *   resume_noirq, [interrupts on] resume_early, resume, complete        the oldest first
 *
 * Nothing happens in between: as in suspend-to-idle, devices keep what they hold. Tasks are not frozen: who runs meanwhile
 * finds devices asleep.
 *
 * Locking: none; see world.h.
 */
#include "compat/lockdep.h"
#include "compat/pci.h"

static const char *const phase_names[QY_NR_SLEEP_PHASES][2] = {
	[QY_SLEEP_PREPARE] = { "complete", "prepare" },
	[QY_SLEEP_SUSPEND] = { "resume", "suspend" },
	[QY_SLEEP_LATE] = { "resume_early", "suspend_late" },
	[QY_SLEEP_NOIRQ] = { "resume_noirq", "suspend_noirq" },
};

static int (*function_of(const struct dev_pm_ops *pm, enum qy_sleep_phase phase,
	bool down))(struct device *)
{
	switch (phase) {
	case QY_SLEEP_SUSPEND:
		return down ? pm->suspend : pm->resume;
	case QY_SLEEP_LATE:
		return down ? pm->suspend_late : pm->resume_early;
	case QY_SLEEP_NOIRQ:
		return down ? pm->suspend_noirq : pm->resume_noirq;
	default:
		return down ? pm->prepare : NULL; /* complete() returns nothing */
	}
}

int qy_compat_pm_call(struct device *dev, enum qy_sleep_phase phase, bool down)
{
	const struct dev_pm_ops *pm = dev->driver->pm;
	int (*fn)(struct device * dev) = pm ? function_of(pm, phase, down) : NULL;
	int error = 0;

	if (!fn && !(pm && pm->complete && phase == QY_SLEEP_PREPARE && !down))
		return 0;
	if (fn)
		error = fn(dev);
	else
		pm->complete(dev);
	return phase == QY_SLEEP_PREPARE && error > 0 ? 0 : error;
}

/* Functions of before there were dev_pm_ops. */
static int platform_legacy(struct device *dev, bool down)
{
	struct platform_device *pdev = to_platform_device(dev);
	struct platform_driver *drv = to_platform_driver(dev->driver);

	if (down)
		return drv->suspend ? drv->suspend(pdev, PMSG_SUSPEND) : 0;
	return drv->resume ? drv->resume(pdev) : 0;
}

static int call(struct device *dev, enum qy_sleep_phase phase, bool down)
{
	if (qy_compat_is_pci(dev))
		return qy_compat_pci_sleep(dev, phase, down);
	if (!dev->driver->pm)
		return phase == QY_SLEEP_SUSPEND ? platform_legacy(dev, down) : 0;
	return qy_compat_pm_call(dev, phase, down);
}

/* ------------------------------------------------------------------ all of them */

#define MAX_SLEEPERS 256

struct sleeper {
	struct device *dev;
	unsigned int depth; /* phases that it has gone down */
};

struct sleep {
	struct qy_world *w;
	struct sleeper *sleeper;
	unsigned int nr;
	char *why;
	size_t why_size;
};

/* In the order in which they came; platform devices before those of PCI. */
static void collect(struct sleep *s)
{
	struct qy_model *model = model_of(s->w);
	struct list_head *lists[] = { &model->devices, &model->pci_devices };
	struct device *dev;

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		list_for_each_entry(dev, lists[i], qy_link)
			if (dev->driver && s->nr < MAX_SLEEPERS)
				s->sleeper[s->nr++].dev = dev;
}

static int go_down(struct sleep *s, enum qy_sleep_phase phase)
{
	for (unsigned int i = 0; i < s->nr; i++) {
		struct sleeper *at =
			&s->sleeper[phase == QY_SLEEP_PREPARE ? i : s->nr - 1 - i];
		int error = call(at->dev, phase, true);

		if (!error) {
			at->depth = phase + 1;
			continue;
		}
		qy_printk_line(QY_LOG_ERR, "%s %s: PM: failed to %s: error %d",
			dev_driver_string(at->dev), dev_name(at->dev),
			phase_names[phase][1], error);
		scnprintf(s->why, s->why_size, "%s of %s returned %d (%pe)",
			phase_names[phase][1], dev_name(at->dev), error, ERR_PTR(error));
		return error;
	}
	return 0;
}

/* Those that went that far. Return: the first error; all are resumed whatever one says. */
static int go_up(struct sleep *s, enum qy_sleep_phase phase)
{
	int first = 0;

	for (unsigned int i = 0; i < s->nr; i++) {
		struct sleeper *at = &s->sleeper[i];
		int error;

		if (at->depth != phase + 1u)
			continue;
		error = call(at->dev, phase, false);
		at->depth = phase;
		if (!error)
			continue;
		qy_printk_line(QY_LOG_ERR, "%s %s: PM: failed to %s: error %d",
			dev_driver_string(at->dev), dev_name(at->dev),
			phase_names[phase][0], error);
		if (!first)
			scnprintf(s->why, s->why_size, "%s of %s returned %d (%pe)",
				phase_names[phase][0], dev_name(at->dev), error,
				ERR_PTR(error));
		first = first ? first : error;
	}
	return first;
}

/* A driver may hold a lock from its suspend to its resume. */
static int sleep_task(void *arg)
{
	struct sleep *s = arg;
	struct qy_callback begin = qy_callback_begin();
	unsigned int phase;
	int error = 0, back;

	collect(s);
	for (phase = 0; phase < QY_NR_SLEEP_PHASES && !error; phase++) {
		if (phase == QY_SLEEP_NOIRQ)
			qy_compat_suspend_irqs(s->w, true);
		error = go_down(s, phase);
	}
	while (phase--) {
		back = go_up(s, phase);
		if (phase == QY_SLEEP_NOIRQ)
			qy_compat_suspend_irqs(s->w, false);
		error = error ? error : back;
	}
	qy_callback_end(&begin, "suspend and resume", false);
	return error;
}

int qy_world_sleep(struct qy_world *w, char *why, size_t why_size)
{
	struct sleep s = { .w = w, .why = why, .why_size = why_size };
	int error;

	if (why_size)
		*why = '\0';
	s.sleeper = qy_host_zalloc(MAX_SLEEPERS * sizeof(*s.sleeper));
	if (!s.sleeper)
		return -ENOMEM;
	error = qy_world_run(w, "suspend", sleep_task, &s);
	qy_host_free(s.sleeper);
	return error;
}

static bool has_sleep(const struct device *dev)
{
	const struct device_driver *drv = dev->driver;
	const struct dev_pm_ops *pm = drv->pm;

	if (pm)
		return pm->prepare || pm->complete || pm->suspend || pm->resume ||
		       pm->suspend_late || pm->resume_early || pm->suspend_noirq ||
		       pm->resume_noirq;
	if (qy_compat_is_pci(dev))
		return to_pci_driver(drv)->suspend || to_pci_driver(drv)->resume;
	return to_platform_driver(drv)->suspend || to_platform_driver(drv)->resume;
}

static bool has_shutdown(const struct device *dev)
{
	const struct device_driver *drv = dev->driver;

	if (drv->shutdown)
		return true;
	return qy_compat_is_pci(dev) ? to_pci_driver(drv)->shutdown != NULL
				     : to_platform_driver(drv)->shutdown != NULL;
}

static bool any(const struct qy_world *w, bool (*has)(const struct device *dev))
{
	struct qy_model *model = model_of(w);
	struct device *dev;

	list_for_each_entry(dev, &model->devices, qy_link)
		if (dev->driver && has(dev))
			return true;
	list_for_each_entry(dev, &model->pci_devices, qy_link)
		if (dev->driver && has(dev))
			return true;
	return false;
}

bool qy_world_can_sleep(const struct qy_world *w)
{
	return any(w, has_sleep);
}

bool qy_world_can_shut_down(const struct qy_world *w)
{
	return any(w, has_shutdown);
}

/* ------------------------------------------------------------------ the end */

static int shut_down(struct device *dev)
{
	struct qy_callback begin;
	char what[96];

	if (!dev->driver || !has_shutdown(dev))
		return 0;
	begin = qy_callback_begin();
	if (dev->bus->shutdown)
		dev->bus->shutdown(dev);
	if (dev->driver->shutdown)
		dev->driver->shutdown(dev);
	scnprintf(what, sizeof(what), "shutdown of %s", dev_name(dev));
	qy_callback_end(&begin, what, false);
	return 1;
}

static int shutdown_task(void *arg)
{
	struct qy_model *model = model_of((struct qy_world *)arg);
	struct device *dev;
	int nr = 0;

	list_for_each_entry_reverse(dev, &model->pci_devices, qy_link) nr +=
		shut_down(dev);
	list_for_each_entry_reverse(dev, &model->devices, qy_link) nr += shut_down(dev);
	return nr;
}

int qy_world_shutdown(struct qy_world *w)
{
	return qy_world_run(w, "reboot", shutdown_task, w);
}
