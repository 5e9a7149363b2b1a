/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_CALL_H
#define SVSM_MEASURE_CALL_H

#include <linux/types.h>

/* Registers after a call. */
struct measure_reply {
	u64 rax;
	u64 rcx;
	u64 rdx;
	u64 r8;
};

/**
 * measure_call_fn - make a call of the measurement protocol
 * @call: number of the call
 * @request: 64 bytes, physically contiguous, in the linear mapping
 * @reply: registers after the call
 *
 * Return: 0 if the SVSM answered, whatever the answer is, or -EIO.
 */
typedef int (*measure_call_fn)(u32 call, void *request, struct measure_reply *reply);

extern u32 measure_protocol;

int measure_svsm_call(u32 call, void *request, struct measure_reply *reply);
bool measure_resumable(void);

#endif
