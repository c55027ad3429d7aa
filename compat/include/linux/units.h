/* SPDX-License-Identifier: MIT */
/* Units of measure as factors. No state. */
#ifndef COMPAT_LINUX_UNITS_H
#define COMPAT_LINUX_UNITS_H

#define NANO       1000000000UL
#define MICRO      1000000UL
#define MILLI      1000UL
#define KILO       1000UL
#define MEGA       1000000UL
#define GIGA       1000000000UL
#define HZ_PER_KHZ 1000UL
#define HZ_PER_MHZ 1000000UL

#endif
