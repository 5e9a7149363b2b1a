// SPDX-License-Identifier: GPL-2.0
/*
 * Calls do a bounded amount of work. Repeat one until it is done, and let others
 * run in between.
 */
#include <linux/errno.h>
#include <linux/sched.h>

#include "repeat.h"
#include "request.h"

static bool again(u64 code)
{
	return code == MEASURE_INCOMPLETE || code == MEASURE_BUSY;
}

/*
 * The SVSM has few sessions: one that nobody will finish is given back. It would
 * drop it some day, so that this fails is no harm.
 */
static void cancel(struct measure_run *run, u32 call, void *request)
{
	const struct measure_request *measure = request;
	struct measure_reply ignored;

	if (call == MEASURE_CALL_MEASURE && measure->session)
		run->call(MEASURE_CALL_CANCEL, request, &ignored);
}

/**
 * measure_repeat() - make a call until it is done
 * @run: how to call; gets the registers
 * @call: number of the call
 * @request: its request, or NULL if it has none
 *
 * Return: 0 if the SVSM is done or refuses (see measure_errno()), -EINTR if it
 * was stopped, -EIO if the SVSM does not answer.
 */
int measure_repeat(struct measure_run *run, u32 call, void *request)
{
	int ret;

	run->calls = 0;
	run->answered = false;
	for (;;) {
		if (run->stop()) {
			ret = -EINTR;
			break;
		}
		ret = run->call(call, request, &run->reply);
		run->calls++;
		run->answered = !ret;
		if (ret)
			break;
		if (!again(run->reply.rax))
			return 0;
		cond_resched();
	}
	cancel(run, call, request);
	return ret;
}
