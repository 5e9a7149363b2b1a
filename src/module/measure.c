// SPDX-License-Identifier: GPL-2.0
/*
 * MEASURE: from what the user wants to the SVSM's record of it.
 */
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/minmax.h>
#include <linux/semaphore.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include "exchange.h"
#include "gather.h"
#include "measure.h"

/*
 * The SVSM has as many sessions, and drops the one that was used least recently
 * if there is one more.
 */
static DEFINE_SEMAPHORE(slots, SVSM_MEASURE_CONCURRENT);

u32 measure_max_ranges;

static void clear_answers(struct svsm_measure_measure *measure)
{
	measure->svsm_code = SVSM_MEASURE_NOT_CALLED;
	measure->svsm_detail = 0;
	measure->result_size = 0;
	measure->bad_range = SVSM_MEASURE_NO_RANGE;
	measure->fits = 0;
	measure->bytes = 0;
	measure->svsm_ns = 0;
	measure->svsm_calls = 0;
	measure->phys_ranges = 0;
}

static int check(const struct svsm_measure_measure *measure)
{
	if (measure->flags || !measure->range_count || measure->algorithm > U16_MAX)
		return -EINVAL;
	if (memchr_inv(measure->reserved, 0, sizeof(measure->reserved)))
		return -EINVAL;
	if (measure->range_count > measure_max_ranges)
		return -E2BIG;
	return 0;
}

/* The SVSM's own word about a range, in terms of the user's ranges. */
static void blame(struct svsm_measure_measure *measure, const struct measure_run *run,
		  const struct measure_ranges *ranges)
{
	if (run->answered && measure_blames_range(run->reply.rax))
		measure->bad_range = measure_ranges_owner(ranges, run->reply.rdx);
}

/* Let the SVSM measure @ranges, and hand its record to the user. */
static int measure_ranges(struct svsm_measure_measure *measure,
			  const struct measure_ranges *ranges, u32 result_size)
{
	struct measure_exchange exchange;
	struct measure_run run = {};
	struct measure_where where;
	u64 start;
	int ret;

	ret = measure_exchange_init(&exchange, measure->nonce, result_size);
	if (ret)
		return ret;
	measure_exchange_where(&exchange, &where);
	where.ranges = virt_to_phys(ranges->range);
	measure_build_request(&exchange.message->measure, &where, ranges->count,
			      measure->algorithm);

	start = ktime_get_ns();
	ret = measure_exchange_run(&exchange, &run, MEASURE_CALL_MEASURE);
	measure->svsm_ns = ktime_get_ns() - start;
	measure->svsm_calls = run.calls;
	measure_exchange_tell(&run, &measure->svsm_code, &measure->svsm_detail);
	blame(measure, &run, ranges);
	if (!ret) {
		measure->bytes = run.reply.rdx;
		ret = measure_exchange_copy(&exchange, run.reply.rcx, measure->result,
					    &measure->result_size);
	}
	measure_exchange_destroy(&exchange);
	return ret;
}

/* Hold what the user wants measured while it is measured. */
static int resolve_and_measure(struct svsm_measure_measure *measure,
			       const struct svsm_measure_range *range, u32 result_size)
{
	struct measure_ranges ranges;
	struct measure_pages pages;
	int ret;

	ret = measure_ranges_init(&ranges, measure_max_ranges);
	if (ret)
		return ret;
	measure_pages_init(&pages, MEASURE_MAX_PAGES);

	ret = measure_gather(&ranges, &pages, range, measure->range_count,
			     &measure->bad_range);
	if (ret == -E2BIG)
		measure->fits = ranges.bytes;
	measure->phys_ranges = ranges.count;
	if (!ret)
		ret = measure_ranges(measure, &ranges, result_size);

	measure_pages_release(&pages);
	measure_ranges_destroy(&ranges);
	return ret;
}

int measure_measure(struct svsm_measure_measure *measure)
{
	u32 result_size = min_t(size_t, measure->result_size,
				MEASURE_RECORD_SIZE(measure_max_ranges));
	struct svsm_measure_range *range;
	int ret;

	clear_answers(measure);
	ret = check(measure);
	if (ret)
		return ret;
	range = vmemdup_array_user(u64_to_user_ptr(measure->ranges),
				   measure->range_count, sizeof(*range));
	if (IS_ERR(range))
		return PTR_ERR(range);

	ret = down_killable(&slots);
	if (!ret) {
		ret = resolve_and_measure(measure, range, result_size);
		up(&slots);
	}
	kvfree(range);
	return ret;
}
