/* SPDX-License-Identifier: MIT */
/* Nothing of the architecture. */
