// SPDX-License-Identifier: GPL-2.0
/*
 * What the SVSM offers.
 */
#include <linux/cc_platform.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <asm/sev.h>

#include "exchange.h"
#include "measure.h"

/* The array of ranges is one piece of memory, so this is all we can have of it. */
#define MOST_RANGES	U16_MAX

int measure_query(struct svsm_measure_query *query)
{
	struct measure_run run = {};
	int ret;

	query->svsm_code = SVSM_MEASURE_NOT_CALLED;
	query->svsm_detail = 0;
	if (query->flags || query->pad ||
	    memchr_inv(query->reserved, 0, sizeof(query->reserved)))
		return -EINVAL;

	ret = measure_exchange_run(NULL, &run, MEASURE_CALL_QUERY);
	measure_exchange_tell(&run, &query->svsm_code, &query->svsm_detail);
	if (ret)
		return ret;

	query->abi = SVSM_MEASURE_ABI;
	query->features = measure_resumable() ? SVSM_MEASURE_RESUMABLE : 0;
	query->protocol = measure_protocol;
	query->vmpl = snp_vmpl;
	query->version = run.reply.rcx;
	query->algorithms = run.reply.r8;
	query->max_ranges = min_t(u32, run.reply.rdx, MOST_RANGES);
	query->max_call_bytes = run.reply.rdx >> 32;
	query->max_pages = MEASURE_MAX_PAGES;
	return 0;
}
