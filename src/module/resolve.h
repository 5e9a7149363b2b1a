/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_RESOLVE_H
#define SVSM_MEASURE_RESOLVE_H

#include "pages.h"
#include "ranges.h"

int measure_resolve_kernel(struct measure_ranges *ranges, struct measure_pages *pages,
			   u16 owner, const struct svsm_measure_range *range);
int measure_resolve_process(struct measure_ranges *ranges, struct measure_pages *pages,
			    u16 owner, const struct svsm_measure_range *range);

#endif
