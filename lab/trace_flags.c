// SPDX-License-Identifier: MIT
/*
 * See trace_flags.h. No state.
 */
#include "lab/trace_flags.h"

#include <string.h>

static const struct {
	const char *name;
	qy_gfp_t bits;
} gfp_names[] = {
	{ "__GFP_DMA", QY___GFP_DMA },
	{ "GFP_DMA", QY___GFP_DMA },
	{ "__GFP_HIGHMEM", QY___GFP_HIGHMEM },
	{ "__GFP_DMA32", QY___GFP_DMA32 },
	{ "GFP_DMA32", QY___GFP_DMA32 },
	{ "__GFP_MOVABLE", QY___GFP_MOVABLE },
	{ "__GFP_RECLAIMABLE", QY___GFP_RECLAIMABLE },
	{ "__GFP_HIGH", QY___GFP_HIGH },
	{ "__GFP_IO", QY___GFP_IO },
	{ "__GFP_FS", QY___GFP_FS },
	{ "__GFP_ZERO", QY___GFP_ZERO },
	{ "__GFP_DIRECT_RECLAIM", QY___GFP_DIRECT_RECLAIM },
	{ "__GFP_KSWAPD_RECLAIM", QY___GFP_KSWAPD_RECLAIM },
	{ "__GFP_WRITE", QY___GFP_WRITE },
	{ "__GFP_NOWARN", QY___GFP_NOWARN },
	{ "__GFP_RETRY_MAYFAIL", QY___GFP_RETRY_MAYFAIL },
	{ "__GFP_NOFAIL", QY___GFP_NOFAIL },
	{ "__GFP_NORETRY", QY___GFP_NORETRY },
	{ "__GFP_MEMALLOC", QY___GFP_MEMALLOC },
	{ "__GFP_COMP", QY___GFP_COMP },
	{ "__GFP_NOMEMALLOC", QY___GFP_NOMEMALLOC },
	{ "__GFP_HARDWALL", QY___GFP_HARDWALL },
	{ "__GFP_THISNODE", QY___GFP_THISNODE },
	{ "__GFP_ACCOUNT", QY___GFP_ACCOUNT },
	{ "__GFP_ZEROTAGS", QY___GFP_ZEROTAGS },
	{ "__GFP_ATOMIC",
		0 }, /* until 6.2, always with __GFP_HIGH, which is all of it since */
	{ "__GFP_NO_OBJ_EXT", 0 },
	{ "__GFP_NOLOCKDEP", 0 },
	{ "__GFP_SKIP_ZERO", 0 },
	{ "__GFP_SKIP_KASAN", 0 },
	{ "__GFP_SKIP_KASAN_POISON", 0 },
	{ "__GFP_SKIP_KASAN_UNPOISON", 0 },
};

#define NR_GFP_NAMES (sizeof(gfp_names) / sizeof(gfp_names[0]))

bool qy_trace_flag(const char *name, qy_gfp_t *bits)
{
	*bits = 0;
	for (size_t i = 0; i < NR_GFP_NAMES; i++) {
		if (strcmp(gfp_names[i].name, name) == 0) {
			*bits = gfp_names[i].bits;
			return true;
		}
	}
	return false;
}

const char *qy_trace_flag_at(size_t i, qy_gfp_t *bits)
{
	if (i >= NR_GFP_NAMES)
		return NULL;
	*bits = gfp_names[i].bits;
	return gfp_names[i].name;
}
