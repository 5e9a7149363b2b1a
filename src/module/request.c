// SPDX-License-Identifier: GPL-2.0
/*
 * Building requests, and what the SVSM's results mean.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "request.h"

void measure_build_key_request(struct measure_key_request *request,
			       const struct measure_where *where, u32 flags)
{
	memset(request, 0, sizeof(*request));
	request->nonce_gpa = cpu_to_le64(where->nonce);
	request->result_gpa = cpu_to_le64(where->result);
	request->result_size = cpu_to_le32(where->result_size);
	request->flags = cpu_to_le32(flags);
}

void measure_build_request(struct measure_request *request,
			   const struct measure_where *where, u32 range_count,
			   u16 algorithm)
{
	memset(request, 0, sizeof(*request));
	request->ranges_gpa = cpu_to_le64(where->ranges);
	request->range_count = cpu_to_le32(range_count);
	request->algorithm = cpu_to_le16(algorithm);
	request->nonce_gpa = cpu_to_le64(where->nonce);
	request->result_gpa = cpu_to_le64(where->result);
	request->result_size = cpu_to_le32(where->result_size);
}

/* Section 1.3 in the terms of errno; svsm_measure.h tells users of it. */
int measure_errno(u64 code)
{
	switch (code) {
	case MEASURE_SUCCESS:
		return 0;
	case MEASURE_UNSUPPORTED_PROTOCOL:
	case MEASURE_UNSUPPORTED_CALL:
		return -EOPNOTSUPP;
	case MEASURE_INVALID_ADDRESS:
	case MEASURE_INVALID_FORMAT:
	case MEASURE_INVALID_PARAMETER:
		return -EPROTO;
	case MEASURE_BUSY:
		return -EBUSY;
	case MEASURE_RANGE_COUNT:
		return -E2BIG;
	case MEASURE_RANGE_LENGTH:
	case MEASURE_RANGE_OVERLAP:
	case MEASURE_ALGORITHM:
		return -EINVAL;
	case MEASURE_RANGE_NOT_GUEST:
		return -ENXIO;
	case MEASURE_RANGE_NOT_PRIVATE:
		return -EACCES;
	case MEASURE_RESULT_SIZE:
		return -ENOSPC;
	case MEASURE_INCOMPLETE:
	case MEASURE_SESSION:
		return -EAGAIN;
	case MEASURE_REPORT:
		return -EREMOTEIO;
	case MEASURE_RESOURCES:
		return -ENOMEM;
	default:
		return -EIO;
	}
}

/* The calling convention's results: zero, or bit 31 set and nothing above. */
bool measure_is_result(u64 code)
{
	return code == MEASURE_SUCCESS || (code >> 31) == 1;
}

bool measure_blames_range(u64 code)
{
	return code >= MEASURE_RANGE_LENGTH && code <= MEASURE_RANGE_NOT_PRIVATE;
}

/* RDX of a result that gives it a meaning; with others it is left over. */
u64 measure_detail(u64 code, u64 rdx)
{
	return measure_blames_range(code) || code == MEASURE_RESULT_SIZE ? rdx : 0;
}
