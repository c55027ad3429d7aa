/* SPDX-License-Identifier: MIT */
/* As in a kernel without CONFIG_DMI: no firmware says what board this is. No state. */
#ifndef COMPAT_LINUX_DMI_H
#define COMPAT_LINUX_DMI_H

#include <linux/mod_devicetable.h>

/* stub: as in a kernel without CONFIG_DMI: 0 */
#define dmi_check_system(list)     ((void)(list), 0)
/* stub: as in a kernel without CONFIG_DMI: NULL */
#define dmi_first_match(list)      ((void)(list), (const struct dmi_system_id *)NULL)
/* stub: as in a kernel without CONFIG_DMI: NULL */
#define dmi_get_system_info(field) ((void)(field), (const char *)NULL)
/* stub: as in a kernel without CONFIG_DMI: no */
#define dmi_name_in_vendors(text)  ((void)(text), 0)
/* stub: as in a kernel without CONFIG_DMI: no */
#define dmi_match(field, text)     ((void)(field), (void)(text), false)

#endif
