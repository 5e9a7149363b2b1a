/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_RANGES_H
#define SVSM_MEASURE_RANGES_H

#include "protocol.h"
#include "svsm_measure.h"

/**
 * struct measure_ranges - ranges of guest-physical memory for one request
 * @range: array as the SVSM gets it, physically contiguous
 * @owner: index of the caller's range that each was made of
 * @max: length of both arrays
 * @count: entries in use
 * @bytes: sum of their lengths
 */
struct measure_ranges {
	struct measure_gpa_range *range;
	u16 *owner;
	u32 max;
	u32 count;
	u64 bytes;
};

int measure_check_range(const struct svsm_measure_range *range);
int measure_ranges_init(struct measure_ranges *ranges, u32 max);
void measure_ranges_destroy(struct measure_ranges *ranges);
int measure_ranges_add(struct measure_ranges *ranges, u16 owner, u64 gpa,
		       u64 length);
int measure_ranges_append(struct measure_ranges *ranges, u16 owner, u64 gpa,
			  u64 length);
u32 measure_ranges_owner(const struct measure_ranges *ranges, u64 index);

#endif
