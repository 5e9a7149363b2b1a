// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that must not be freed while they are measured.
 */
#include <linux/gfp.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "pages.h"

void measure_pages_init(struct measure_pages *pages, u32 max)
{
	INIT_LIST_HEAD(&pages->chunks);
	pages->left = max;
}

/* Where to note the next pages: NULL if there is no memory for that. */
struct measure_chunk *measure_pages_chunk(struct measure_pages *pages,
					  enum measure_hold hold)
{
	struct measure_chunk *chunk;

	chunk = list_first_entry_or_null(&pages->chunks, struct measure_chunk, list);
	if (chunk && chunk->hold == hold && chunk->count < MEASURE_CHUNK_PAGES)
		return chunk;

	chunk = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return NULL;
	chunk->hold = hold;
	list_add(&chunk->list, &pages->chunks);
	return chunk;
}

/* How many pages may be noted behind chunk->page[chunk->count]. */
u32 measure_chunk_room(const struct measure_pages *pages,
		       const struct measure_chunk *chunk)
{
	return min_t(u32, pages->left, MEASURE_CHUNK_PAGES - chunk->count);
}

/* They were noted there, and are released with all others from now on. */
void measure_chunk_took(struct measure_pages *pages, struct measure_chunk *chunk,
			u32 count)
{
	chunk->count += count;
	pages->left -= count;
}

static void release_chunk(struct measure_chunk *chunk)
{
	if (chunk->hold == MEASURE_PINNED)
		unpin_user_pages(chunk->page, chunk->count);
	else
		for (u32 i = 0; i < chunk->count; i++)
			put_page(chunk->page[i]);
}

void measure_pages_release(struct measure_pages *pages)
{
	struct measure_chunk *chunk, *next;

	list_for_each_entry_safe(chunk, next, &pages->chunks, list) {
		release_chunk(chunk);
		list_del(&chunk->list);
		free_page((unsigned long)chunk);
		cond_resched();
	}
}
