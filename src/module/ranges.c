// SPDX-License-Identifier: GPL-2.0
/*
 * The array of guest-physical ranges that a request points to.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/slab.h>

#include "ranges.h"

/* What can be said of a caller's range without looking at any memory. */
int measure_check_range(const struct svsm_measure_range *range)
{
	u64 last;

	if (!range->length || check_add_overflow(range->start, range->length - 1, &last))
		return -EINVAL;

	switch (range->kind) {
	case SVSM_MEASURE_PHYS:
	case SVSM_MEASURE_KERNEL:
		return range->pid ? -EINVAL : 0;
	case SVSM_MEASURE_PROCESS:
		return range->pid && range->pid <= S32_MAX ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

int measure_ranges_init(struct measure_ranges *ranges, u32 max)
{
	memset(ranges, 0, sizeof(*ranges));
	ranges->max = max;
	ranges->owner = kvcalloc(max, sizeof(*ranges->owner), GFP_KERNEL_ACCOUNT);
	ranges->range = alloc_pages_exact(array_size(max, sizeof(*ranges->range)),
					  GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (ranges->owner && ranges->range)
		return 0;
	measure_ranges_destroy(ranges);
	return -ENOMEM;
}

void measure_ranges_destroy(struct measure_ranges *ranges)
{
	if (ranges->range)
		free_pages_exact(ranges->range,
				 array_size(ranges->max, sizeof(*ranges->range)));
	kvfree(ranges->owner);
	memset(ranges, 0, sizeof(*ranges));
}

/**
 * measure_ranges_add() - a range of its own
 * @ranges: where to
 * @owner: index of the caller's range
 * @gpa: guest-physical address
 * @length: in bytes
 *
 * Return: 0, -E2BIG if there are too many, -EINVAL if all together are 2^64 bytes
 * or more.
 */
int measure_ranges_add(struct measure_ranges *ranges, u16 owner, u64 gpa,
		       u64 length)
{
	u64 bytes;

	if (check_add_overflow(ranges->bytes, length, &bytes))
		return -EINVAL;
	if (ranges->count == ranges->max)
		return -E2BIG;

	ranges->range[ranges->count].gpa = cpu_to_le64(gpa);
	ranges->range[ranges->count].length = cpu_to_le64(length);
	ranges->owner[ranges->count] = owner;
	ranges->count++;
	ranges->bytes = bytes;
	return 0;
}

/**
 * measure_ranges_append() - the next piece of a range
 * @ranges: where to
 * @owner: index of the caller's range
 * @gpa: guest-physical address
 * @length: in bytes
 *
 * Joins it with the piece before if that is of the same range and ends there.
 *
 * Return: as measure_ranges_add().
 */
int measure_ranges_append(struct measure_ranges *ranges, u16 owner, u64 gpa,
			  u64 length)
{
	struct measure_gpa_range *last;
	u64 bytes;

	if (!ranges->count || ranges->owner[ranges->count - 1] != owner)
		return measure_ranges_add(ranges, owner, gpa, length);

	last = &ranges->range[ranges->count - 1];
	if (le64_to_cpu(last->gpa) + le64_to_cpu(last->length) != gpa)
		return measure_ranges_add(ranges, owner, gpa, length);

	if (check_add_overflow(ranges->bytes, length, &bytes))
		return -EINVAL;
	le64_add_cpu(&last->length, length);
	ranges->bytes = bytes;
	return 0;
}

/* Whose range the SVSM means by an index. */
u32 measure_ranges_owner(const struct measure_ranges *ranges, u64 index)
{
	return index < ranges->count ? ranges->owner[index] : SVSM_MEASURE_NO_RANGE;
}
