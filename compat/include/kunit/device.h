/* SPDX-License-Identifier: MIT */
/* Devices for cases that need one: on a bus of their own, gone behind the case with all that is managed for them. No state. */
#ifndef COMPAT_KUNIT_DEVICE_H
#define COMPAT_KUNIT_DEVICE_H

#include <kunit/test.h>
#include <linux/device.h>

/* An error as a pointer: -ENOMEM. */
struct device *kunit_device_register(struct kunit *test, const char *name)
	QY_REAL(kunit_device_register);
void kunit_device_unregister(struct kunit *test, struct device *dev)
	QY_REAL(kunit_device_unregister);

/* One that is bound to @drv, of kunit_driver_create(), at once. */
struct device *kunit_device_register_with_driver(struct kunit *test, const char *name,
	const struct device_driver *drv) QY_REAL(kunit_device_register_with_driver);
/* Of the bus of such devices; gone behind the case. */
struct device_driver *kunit_driver_create(struct kunit *test, const char *name)
	QY_REAL(kunit_driver_create);

#endif
