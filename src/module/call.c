// SPDX-License-Identifier: GPL-2.0
/*
 * One call of the SVSM.
 *
 * A kernel with snp_issue_svsm_call() takes any call and hands back
 * SVSM_ERR_INCOMPLETE; the request is where the driver put it.
 *
 * Others, from 6.11 on, export snp_issue_svsm_attest_req() alone. It is made for
 * attestation, but neither looks at the call's number nor at the structure that
 * it copies into the calling area and whose address it passes in RCX, and that is
 * larger than a request. The SVSM writes a session's number into that copy. While
 * the SVSM says that it is not done the kernel repeats the call itself, with
 * interrupts disabled, so that nobody else gets at the calling area.
 */
#include <linux/cc_platform.h>
#include <linux/errno.h>
#include <linux/io.h>
#include <linux/mm.h>
#include <linux/string.h>

#include <asm/sev.h>

#include "call.h"
#include "request.h"

/* What the kernel leaves in rax_out if it makes no call. */
#define NO_RESULT	(~0ULL)

#ifdef snp_issue_svsm_call

static int issue(struct svsm_call *call, void *request)
{
	call->rcx = request ? virt_to_phys(request) : 0;
	return snp_issue_svsm_call(call);
}

bool measure_resumable(void)
{
	return true;
}

#else

static int issue(struct svsm_call *call, void *request)
{
	struct svsm_attest_call copied = {};

	BUILD_BUG_ON(sizeof(copied) < MEASURE_REQUEST_SIZE);
	if (request)
		memcpy(&copied, request, MEASURE_REQUEST_SIZE);
	return snp_issue_svsm_attest_req(call->rax, call, &copied);
}

bool measure_resumable(void)
{
	return false;
}

#endif

/*
 * The kernel's own error says little: refusals and calls that never reached the
 * SVSM are both -EINVAL. RAX tells them apart, as what went in is no result.
 */
int measure_svsm_call(u32 call, void *request, struct measure_reply *reply)
{
	struct svsm_call regs = {
		.rax = (u64)measure_protocol << 32 | call,
		.rax_out = NO_RESULT,
	};
	int ret = issue(&regs, request);

	reply->rax = regs.rax_out;
	reply->rcx = regs.rcx_out;
	reply->rdx = regs.rdx_out;
	reply->r8 = regs.r8_out;
	if (!measure_is_result(regs.rax_out))
		return -EIO;
	if (ret && regs.rax_out == MEASURE_SUCCESS)
		return -EIO;
	return 0;
}
