/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_PAGES_H
#define SVSM_MEASURE_PAGES_H

#include <linux/list.h>
#include <linux/mm_types.h>

/* How pages are kept from being freed. */
enum measure_hold {
	MEASURE_REFERENCED,
	MEASURE_PINNED,
};

/* As many pages as the rest of one page can name. */
struct measure_chunk {
	struct list_head list;
	enum measure_hold hold;
	u32 count;
	struct page *page[];
};

#define MEASURE_CHUNK_PAGES \
	((PAGE_SIZE - sizeof(struct measure_chunk)) / sizeof(struct page *))

/**
 * struct measure_pages - pages that are held for one request
 * @chunks: where they are noted
 * @left: how many more may be held
 */
struct measure_pages {
	struct list_head chunks;
	u32 left;
};

void measure_pages_init(struct measure_pages *pages, u32 max);
struct measure_chunk *measure_pages_chunk(struct measure_pages *pages,
					  enum measure_hold hold);
u32 measure_chunk_room(const struct measure_pages *pages,
		       const struct measure_chunk *chunk);
void measure_chunk_took(struct measure_pages *pages, struct measure_chunk *chunk,
			u32 count);
void measure_pages_release(struct measure_pages *pages);

#endif
