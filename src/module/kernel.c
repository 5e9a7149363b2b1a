// SPDX-License-Identifier: GPL-2.0
/*
 * Guest-physical memory behind virtual addresses of the kernel.
 *
 * The kernel's page tables say where it is, whatever kind of mapping it is. What
 * the kernel maps for good (its image, the direct map) needs no holding. Modules
 * and vmalloc memory can go at any time: a reference to each page keeps it from
 * being used for something else. After taking it the mapping is looked up again,
 * as the page could have been freed in between.
 */
#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include <asm/pgtable.h>

#include "resolve.h"

static bool is_kernel_range(unsigned long start, unsigned long last)
{
	return start >= PAGE_OFFSET && last >= start;
}

/* Where @addr is, and how many bytes from there on one entry maps. */
static int translate(unsigned long addr, phys_addr_t *phys, unsigned long *mapped)
{
	unsigned long offset;
	unsigned int level;
	pte_t *entry, pte;

	entry = lookup_address(addr, &level);
	if (!entry)
		return -EFAULT;
	pte = READ_ONCE(*entry);
	if (!pte_present(pte))
		return -EFAULT;

	offset = addr & ~page_level_mask(level);
	*phys = (PFN_PHYS(pte_pfn(pte)) & page_level_mask(level)) + offset;
	*mapped = page_level_size(level) - offset;
	return 0;
}

/* Take a reference to the page at @phys, to which @addr is mapped. */
static struct page *get_mapped_page(unsigned long addr, phys_addr_t phys)
{
	unsigned long mapped;
	struct folio *folio;
	phys_addr_t now;
	struct page *page;

	if (!pfn_valid(PHYS_PFN(phys)))
		return NULL;
	page = pfn_to_page(PHYS_PFN(phys));
	folio = page_folio(page);
	if (!folio_try_get(folio))
		return NULL;
	if (page_folio(page) == folio && !translate(addr, &now, &mapped) && now == phys)
		return page;
	folio_put(folio);
	return NULL;
}

static int hold(struct measure_pages *pages, unsigned long addr, phys_addr_t phys)
{
	struct measure_chunk *chunk;
	struct page *page;

	if (!pages->left)
		return -E2BIG;
	chunk = measure_pages_chunk(pages, MEASURE_REFERENCED);
	if (!chunk)
		return -ENOMEM;
	page = get_mapped_page(addr, phys);
	if (!page)
		return -EFAULT;
	chunk->page[chunk->count] = page;
	measure_chunk_took(pages, chunk, 1);
	return 0;
}

/* Add what is mapped at @addr, at most @wanted bytes; returns how many in @got. */
static int add_piece(struct measure_ranges *ranges, struct measure_pages *pages,
		     u16 owner, unsigned long addr, u64 wanted, u64 *got)
{
	unsigned long mapped;
	phys_addr_t phys;
	int ret;

	ret = translate(addr, &phys, &mapped);
	if (ret)
		return ret;

	if (is_vmalloc_or_module_addr((void *)addr)) {
		mapped = PAGE_SIZE - offset_in_page(addr);
		ret = hold(pages, addr, phys);
		if (ret)
			return ret;
	}
	*got = min_t(u64, wanted, mapped);
	return measure_ranges_append(ranges, owner, phys, *got);
}

int measure_resolve_kernel(struct measure_ranges *ranges, struct measure_pages *pages,
			   u16 owner, const struct svsm_measure_range *range)
{
	u64 done = 0, got;
	int ret;

	if (!is_kernel_range(range->start, range->start + range->length - 1))
		return -EFAULT;

	for (; done < range->length; done += got) {
		if (fatal_signal_pending(current))
			return -EINTR;
		ret = add_piece(ranges, pages, owner, range->start + done,
				range->length - done, &got);
		if (ret)
			return ret;
		cond_resched();
	}
	return 0;
}
