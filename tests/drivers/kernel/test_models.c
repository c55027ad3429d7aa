// SPDX-License-Identifier: MIT
/* The models of tests/drivers/models over what compat/ has. */
#include "tests/drivers/kernel/world.h"
#include "tests/drivers/models/models.h"

WORLD(model, a_mempool_is_a_stack_behind_its_allocator)
{
	mempool_model(qy_test_seed(), qy_test_scale(4000));
}

WORLD(model, blocks_of_a_dma_pool_are_aligned_and_apart)
{
	dmapool_model(qy_test_seed(), qy_test_scale(6000));
}

WORLD(model, a_pool_of_pieces_finds_what_each_rule_asks_for)
{
	genalloc_model(qy_test_seed(), qy_test_scale(4000));
}

WORLD(model, a_btree_is_a_sorted_array)
{
	btree_model(qy_test_seed(), qy_test_scale(8000));
}
