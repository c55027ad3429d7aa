/* SPDX-License-Identifier: MIT */
/* Files for devices: those that the world was given (quarry/world.h). No state. */
#ifndef COMPAT_LINUX_FIRMWARE_H
#define COMPAT_LINUX_FIRMWARE_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/types.h>

#define FW_ACTION_NOUEVENT 0
#define FW_ACTION_UEVENT   1

struct device;
struct module;

struct firmware {
	size_t size;
	const u8 *data; /* of vmalloc */
	void *priv;
};

/* Return: 0, -ENOENT, -ENOMEM. Context: task, may sleep. */
int request_firmware(const struct firmware **fw, const char *name, struct device *dev)
	QY_REAL(request_firmware) __must_check;
/* The same, and says nothing when there is none. */
int firmware_request_nowarn(const struct firmware **fw, const char *name,
	struct device *dev) QY_REAL(firmware_request_nowarn) __must_check;
#define request_firmware_direct(fw, name, dev) firmware_request_nowarn(fw, name, dev)
int request_firmware_into_buf(const struct firmware **fw, const char *name,
	struct device *dev, void *buf, size_t size)
	QY_REAL(request_firmware_into_buf) __must_check;
/* @cont runs in a worker, with NULL when there is none. */
int request_firmware_nowait(struct module *module, bool uevent, const char *name,
	struct device *dev, gfp_t gfp, void *context,
	void (*cont)(const struct firmware *fw, void *context))
	QY_REAL(request_firmware_nowait) __must_check;
/* NULL is ignored. */
void release_firmware(const struct firmware *fw) QY_REAL(release_firmware);

#endif
