/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_MEASURE_H
#define SVSM_MEASURE_MEASURE_H

#include <linux/bits.h>

#include "svsm_measure.h"

/* 1 GiB in small pages: what a request may keep from being freed or moved. */
#define MEASURE_MAX_PAGES	BIT(18)

/* Most ranges that a request may have: what the SVSM says, within reason. */
extern u32 measure_max_ranges;

int measure_query(struct svsm_measure_query *query);
int measure_get_key(struct svsm_measure_key *key);
int measure_measure(struct svsm_measure_measure *measure);

#endif
