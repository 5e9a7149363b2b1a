/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_REPEAT_H
#define SVSM_MEASURE_REPEAT_H

#include "call.h"

/**
 * struct measure_run - a call that is repeated until it is done
 * @call: makes the calls
 * @stop: says whether to give up
 * @reply: out: registers after the last call
 * @answered: out: there was one, and the SVSM answered it
 * @calls: out: calls that were made, CANCEL not counted
 */
struct measure_run {
	measure_call_fn call;
	bool (*stop)(void);
	struct measure_reply reply;
	bool answered;
	u32 calls;
};

int measure_repeat(struct measure_run *run, u32 call, void *request);

#endif
