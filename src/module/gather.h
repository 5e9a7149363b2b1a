/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_GATHER_H
#define SVSM_MEASURE_GATHER_H

#include "pages.h"
#include "ranges.h"

int measure_gather(struct measure_ranges *ranges, struct measure_pages *pages,
		   const struct svsm_measure_range *range, u32 count, u32 *bad);

#endif
