/* SPDX-License-Identifier: MIT */
/* The end of a kernel. No state. */
#ifndef COMPAT_LINUX_REBOOT_H
#define COMPAT_LINUX_REBOOT_H

#include <asm/quarry.h>
#include <linux/compiler.h>
#include <linux/notifier.h>

#define SYS_DOWN      0x0001
#define SYS_RESTART   SYS_DOWN
#define SYS_HALT      0x0002
#define SYS_POWER_OFF 0x0003

enum reboot_mode {
	REBOOT_UNDEFINED = -1,
	REBOOT_COLD = 0,
	REBOOT_WARM,
	REBOOT_HARD,
	REBOOT_SOFT,
	REBOOT_GPIO,
};

/* stub: no board is rebooted */
#define devm_register_reboot_notifier(dev, nb) ((void)(dev), (void)(nb), 0)
/* stub: no board is rebooted */
#define register_reboot_notifier(nb)           ((void)(nb), 0)
/* stub: no board is rebooted */
#define unregister_reboot_notifier(nb)         ((void)(nb), 0)
/* stub: no board is rebooted */
#define register_restart_handler(nb)           ((void)(nb), 0)
/* stub: no board is rebooted */
#define unregister_restart_handler(nb)         ((void)(nb), 0)

/* The run ends here. */
void emergency_restart(void) QY_REAL(emergency_restart) __attribute__((noreturn));

#endif
