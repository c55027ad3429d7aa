// SPDX-License-Identifier: MIT
/* A motor that is stepped by a high-resolution timer. Remove freed the table of steps, then waited for the motor to stop. */
#include <linux/delay.h>
#include <linux/hrtimer.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#define NR_STEPS 16

static bool bug;
module_param(bug, bool, 0444);

struct motor {
	struct hrtimer tick;
	u32 *steps;
	u32 at, sum;
};

static enum hrtimer_restart motor_tick(struct hrtimer *t)
{
	struct motor *motor = container_of(t, struct motor, tick);

	motor->sum += motor->steps[motor->at++ % NR_STEPS];
	hrtimer_forward_now(t, ms_to_ktime(2));
	return HRTIMER_RESTART;
}

static int motor_probe(struct platform_device *pdev)
{
	struct motor *motor = devm_kzalloc(&pdev->dev, sizeof(*motor), GFP_KERNEL);

	if (!motor)
		return -ENOMEM;
	motor->steps = kcalloc(NR_STEPS, sizeof(*motor->steps), GFP_KERNEL);
	if (!motor->steps)
		return -ENOMEM;
	hrtimer_init(&motor->tick, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	motor->tick.function = motor_tick;
	hrtimer_start(&motor->tick, ms_to_ktime(2), HRTIMER_MODE_REL);
	platform_set_drvdata(pdev, motor);
	return 0;
}

static void motor_remove(struct platform_device *pdev)
{
	struct motor *motor = platform_get_drvdata(pdev);

	if (bug)
		kfree(motor->steps);
	msleep(10); /* the motor comes to rest */
	hrtimer_cancel(&motor->tick);
	if (!bug)
		kfree(motor->steps);
}

static const struct of_device_id motor_ids[] = { { .compatible = "acme,motor" }, {} };
MODULE_DEVICE_TABLE(of, motor_ids);

static struct platform_driver motor_driver = {
	.probe = motor_probe,
	.remove = motor_remove,
	.driver = { .name = "motor", .of_match_table = motor_ids },
};
module_platform_driver(motor_driver);
MODULE_LICENSE("Dual MIT/GPL");
