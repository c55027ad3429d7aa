/* SPDX-License-Identifier: MIT */
/*
 * GFP flags: what a caller allows and wants of a page allocation.
 *
 * Bit numbers and composites are those of Linux 6.12, because they are printed ("mode:0xcc0(GFP_KERNEL)").
 * A name is Linux's with QY_ in front: QY_GFP_KERNEL, QY___GFP_ZERO.
 */
#ifndef QUARRY_GFP_H
#define QUARRY_GFP_H

typedef unsigned int qy_gfp_t;

/* zone modifiers: which zone is the highest that may be used */
#define QY___GFP_DMA            0x000001u
#define QY___GFP_HIGHMEM        0x000002u
#define QY___GFP_DMA32          0x000004u
#define QY___GFP_MOVABLE        0x000008u /* also the migrate type */
/* migrate type */
#define QY___GFP_RECLAIMABLE    0x000010u
/* watermark modifiers and reclaim */
#define QY___GFP_HIGH           0x000020u
#define QY___GFP_IO             0x000040u
#define QY___GFP_FS             0x000080u
#define QY___GFP_ZERO           0x000100u
#define QY___GFP_DIRECT_RECLAIM 0x000400u
#define QY___GFP_KSWAPD_RECLAIM 0x000800u
#define QY___GFP_WRITE          0x001000u
#define QY___GFP_NOWARN         0x002000u
#define QY___GFP_RETRY_MAYFAIL  0x004000u
#define QY___GFP_NOFAIL         0x008000u
#define QY___GFP_NORETRY        0x010000u
#define QY___GFP_MEMALLOC       0x020000u
#define QY___GFP_COMP           0x040000u
#define QY___GFP_NOMEMALLOC     0x080000u
#define QY___GFP_HARDWALL       0x100000u
#define QY___GFP_THISNODE       0x200000u
#define QY___GFP_ACCOUNT        0x400000u
#define QY___GFP_ZEROTAGS       0x800000u

#define QY___GFP_BITS_MASK 0xfffdffu /* every bit named above */

#define QY___GFP_RECLAIM (QY___GFP_DIRECT_RECLAIM | QY___GFP_KSWAPD_RECLAIM)

#define QY_GFP_ATOMIC           (QY___GFP_HIGH | QY___GFP_KSWAPD_RECLAIM)
#define QY_GFP_KERNEL           (QY___GFP_RECLAIM | QY___GFP_IO | QY___GFP_FS)
#define QY_GFP_KERNEL_ACCOUNT   (QY_GFP_KERNEL | QY___GFP_ACCOUNT)
#define QY_GFP_NOWAIT           (QY___GFP_KSWAPD_RECLAIM | QY___GFP_NOWARN)
#define QY_GFP_NOIO             QY___GFP_RECLAIM
#define QY_GFP_NOFS             (QY___GFP_RECLAIM | QY___GFP_IO)
#define QY_GFP_USER             (QY_GFP_KERNEL | QY___GFP_HARDWALL)
#define QY_GFP_DMA              QY___GFP_DMA
#define QY_GFP_DMA32            QY___GFP_DMA32
#define QY_GFP_HIGHUSER         (QY_GFP_USER | QY___GFP_HIGHMEM)
#define QY_GFP_HIGHUSER_MOVABLE (QY_GFP_HIGHUSER | QY___GFP_MOVABLE)
#define QY_GFP_TRANSHUGE_LIGHT                                            \
	((QY_GFP_HIGHUSER_MOVABLE | QY___GFP_COMP | QY___GFP_NOMEMALLOC | \
		 QY___GFP_NOWARN) &                                       \
		~QY___GFP_RECLAIM)
#define QY_GFP_TRANSHUGE (QY_GFP_TRANSHUGE_LIGHT | QY___GFP_DIRECT_RECLAIM)

#endif
