// SPDX-License-Identifier: GPL-2.0
/*
 * From the ranges that a user names to those of guest-physical memory.
 */
#include <linux/errno.h>

#include "gather.h"
#include "resolve.h"

static int gather_one(struct measure_ranges *ranges, struct measure_pages *pages,
		      u16 owner, const struct svsm_measure_range *range)
{
	switch (range->kind) {
	case SVSM_MEASURE_PHYS:
		return measure_ranges_add(ranges, owner, range->start, range->length);
	case SVSM_MEASURE_KERNEL:
		return measure_resolve_kernel(ranges, pages, owner, range);
	case SVSM_MEASURE_PROCESS:
		return measure_resolve_process(ranges, pages, owner, range);
	default:
		return -EINVAL;
	}
}

/**
 * measure_gather() - resolve all ranges of a request
 * @ranges: gets the ranges of guest-physical memory
 * @pages: gets the pages that are held for them, on errors as well
 * @range: what the user wants measured
 * @count: how many
 * @bad: on errors, the one to blame
 *
 * All are checked before anything is done for the first.
 */
int measure_gather(struct measure_ranges *ranges, struct measure_pages *pages,
		   const struct svsm_measure_range *range, u32 count, u32 *bad)
{
	int ret;

	for (*bad = 0; *bad < count; ++*bad) {
		ret = measure_check_range(&range[*bad]);
		if (ret)
			return ret;
	}
	for (*bad = 0; *bad < count; ++*bad) {
		ret = gather_one(ranges, pages, *bad, &range[*bad]);
		if (ret)
			return ret;
	}
	*bad = SVSM_MEASURE_NO_RANGE;
	return 0;
}
