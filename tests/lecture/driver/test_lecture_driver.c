// SPDX-License-Identifier: MIT
/*
 * The lecture's advice to authors of drivers, each as the driver that follows it and the one that does not: what goes with its
 * device, what a path forgets for each frame, which flag an interrupt handler may use.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/interrupt.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <quarry/stats.h>
#include "tests/drivers/kernel/world.h"

/* ------------------------------------------------------------------ devm_kzalloc */

struct sensor {
	u32 *gains;
	u8 filler[200];
};

static bool sensor_is_managed, sensor_fails;
static struct sensor *sensor_seen;

static int sensor_probe(struct platform_device *pdev)
{
	struct sensor *sensor;

	if (sensor_is_managed) {
		sensor = devm_kzalloc(&pdev->dev, sizeof(*sensor), GFP_KERNEL);
		if (!sensor)
			return -ENOMEM;
		sensor->gains = devm_kcalloc(&pdev->dev, 16, sizeof(u32), GFP_KERNEL);
	} else {
		sensor = kzalloc(sizeof(*sensor), GFP_KERNEL);
		if (!sensor)
			return -ENOMEM;
		sensor->gains = kcalloc(16, sizeof(u32), GFP_KERNEL);
	}
	sensor_seen = sensor;
	for (size_t i = 0; i < sizeof(sensor->filler); i++)
		CHECK_EQ(sensor->filler[i], 0);
	return sensor_fails ? -EIO : 0;
}

static struct platform_driver sensor_driver = {
	.probe = sensor_probe,
	.driver = { .name = "sensor" },
};

/* The device and its driver come and go. Return: objects of its that are left. */
static unsigned int probe_and_leave(bool managed, bool fails)
{
	struct platform_device *pdev;
	struct qy_world_held held;
	unsigned int nr = 0;
	uint64_t before;

	sensor_is_managed = managed;
	sensor_fails = fails;
	qy_world_nr_held(test_world.w, &before);
	pdev = platform_device_register_simple("sensor", PLATFORM_DEVID_NONE, NULL, 0);
	CHECK(!IS_ERR(pdev));
	CHECK_EQ(platform_driver_register(&sensor_driver), 0);
	CHECK(!pdev->dev.driver == fails);
	platform_driver_unregister(&sensor_driver);
	platform_device_unregister(pdev);
	for (uint64_t at = before; qy_world_next_held(test_world.w, at, &held);
		at = held.number)
		nr += held.kind == QY_HELD_OBJECT;
	return nr;
}

WORLD(lecture, devm_kzalloc_goes_with_its_device_on_every_path)
{
	CHECK_EQ(probe_and_leave(true, false), 0);
	CHECK_EQ(probe_and_leave(true, true), 0);
}

WORLD(lecture, kzalloc_that_nobody_frees_is_left_by_a_probe_that_fails)
{
	CHECK_EQ(probe_and_leave(false, true), 2);
	kfree(sensor_seen->gains);
	kfree(sensor_seen);
}

/* ------------------------------------------------------------------ VIDIOC_QBUF */

struct frame {
	struct list_head link;
	u32 index;
	u8 metadata[300];
};

struct camera {
	struct kmem_cache *frames;
	struct list_head queue;
	bool leaks; /* the path of an error forgets its frame */
};

static int camera_qbuf(struct camera *camera, u32 index)
{
	struct frame *frame = kmem_cache_alloc(camera->frames, GFP_KERNEL);

	if (!frame)
		return -ENOMEM;
	frame->index = index;
	if (index >= 4) {
		if (!camera->leaks)
			kmem_cache_free(camera->frames, frame);
		return -EINVAL;
	}
	list_add_tail(&frame->link, &camera->queue);
	return 0;
}

static void camera_dqbuf(struct camera *camera)
{
	struct frame *frame = list_first_entry(&camera->queue, struct frame, link);

	list_del(&frame->link);
	kmem_cache_free(camera->frames, frame);
}

/* Column active_objs, as slabtop reads it, when no object waits on a CPU. */
static long active_objects(struct camera *camera, const char *name)
{
	static char text[32768];
	const char *line;
	long n;

	kmem_cache_shrink(camera->frames);
	n = qy_proc_read(test_world.m, "/proc/slabinfo", text, sizeof(text));
	CHECK(n > 0 && n < (long)sizeof(text));
	line = strstr(text, name);
	CHECK(line != NULL);
	line += strlen(name);
	line += strspn(line, " ");
	for (n = 0; *line >= '0' && *line <= '9'; line++)
		n = 10 * n + *line - '0';
	return n;
}

/* An hour at one wrong index a second, of which none is noticed by the program. */
static long growth(struct camera *camera)
{
	long before = active_objects(camera, "camera_frame");

	for (u32 i = 0; i < 3600; i++) {
		CHECK_EQ(camera_qbuf(camera, i % 4), 0);
		CHECK_EQ(camera_qbuf(camera, 9), -EINVAL);
		camera_dqbuf(camera);
	}
	return active_objects(camera, "camera_frame") - before;
}

WORLD(lecture, a_qbuf_that_forgets_its_frame_on_an_error_grows_its_cache)
{
	struct camera camera = { .leaks = true };
	struct qy_world_held held;
	uint64_t at = 0;
	int nr;

	INIT_LIST_HEAD(&camera.queue);
	camera.frames = kmem_cache_create(
		"camera_frame", sizeof(struct frame), 0, SLAB_HWCACHE_ALIGN, NULL);
	CHECK(camera.frames);
	CHECK_EQ(growth(&camera), 3600);
	/* each of them is held by the line that took it: here they go back, so that the world ends clean */
	for (nr = 0; qy_world_next_held(test_world.w, at, &held); at = held.number) {
		if (held.kind != QY_HELD_OBJECT)
			continue;
		CHECK_EQ(held.bytes, sizeof(struct frame));
		CHECK(held.nr_frames > 0);
		nr++;
		kmem_cache_free(camera.frames, (void *)held.p);
	}
	CHECK_EQ(nr, 3600);
	camera.leaks = false;
	CHECK_EQ(growth(&camera), 0);
	kmem_cache_destroy(camera.frames);
}

/* ------------------------------------------------------------------ GFP_KERNEL in an ISR */

static gfp_t isr_gfp;
static unsigned int nr_isr_objects;

static irqreturn_t isr(int irq, void *data)
{
	void *p = kmalloc(128, isr_gfp);

	nr_isr_objects += p != NULL;
	kfree(p);
	return IRQ_HANDLED;
}

static void interrupt_with(gfp_t gfp)
{
	isr_gfp = gfp;
	CHECK_EQ(request_irq(TEST_IRQ, isr, 0, "isr", &isr_gfp), 0);
	test_raise(1000);
	msleep(1);
	free_irq(TEST_IRQ, &isr_gfp);
}

WORLD(lecture, gfp_kernel_in_an_isr_is_reported_and_gfp_atomic_is_served)
{
	nr_isr_objects = 0;
	interrupt_with(GFP_ATOMIC);
	CHECK_EQ(nr_isr_objects, 1);
	test_forget(0);
	interrupt_with(GFP_KERNEL);
	CHECK_EQ(test_log("BUG: sleeping function called from invalid context"), 1);
	CHECK_EQ(test_log("in_atomic(): 1, irqs_disabled(): 1"), 1);
	test_forget(1);
}

static unsigned int nr_softirq_objects;

static void softirq(struct tasklet_struct *tasklet)
{
	void *p = kmalloc(128, isr_gfp);

	nr_softirq_objects += p != NULL;
	kfree(p);
}

/* The lecture says it of the handler; the same holds wherever one may not sleep. */
WORLD(lecture, nor_may_a_softirq_or_a_holder_of_a_spinlock_use_gfp_kernel)
{
	struct tasklet_struct tasklet;
	spinlock_t lock;
	void *p;

	nr_softirq_objects = 0;
	tasklet_setup(&tasklet, softirq);
	isr_gfp = GFP_ATOMIC;
	tasklet_schedule(&tasklet);
	tasklet_kill(&tasklet);
	test_forget(0);
	isr_gfp = GFP_KERNEL;
	tasklet_schedule(&tasklet);
	tasklet_kill(&tasklet);
	CHECK_EQ(nr_softirq_objects, 2);
	test_forget(1);
	msleep(1100); /* it is said once a second */
	spin_lock_init(&lock);
	spin_lock(&lock);
	p = kmalloc(128, GFP_ATOMIC);
	spin_unlock(&lock);
	kfree(p);
	test_forget(0);
	spin_lock(&lock);
	p = kmalloc(128, GFP_KERNEL);
	spin_unlock(&lock);
	kfree(p);
	test_forget(1);
}
