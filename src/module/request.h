/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_REQUEST_H
#define SVSM_MEASURE_REQUEST_H

#include "protocol.h"

/* What a request points to, by guest-physical address. */
struct measure_where {
	phys_addr_t nonce;
	phys_addr_t ranges;
	phys_addr_t result;
	u32 result_size;
};

void measure_build_key_request(struct measure_key_request *request,
			       const struct measure_where *where, u32 flags);
void measure_build_request(struct measure_request *request,
			   const struct measure_where *where, u32 range_count,
			   u16 algorithm);

int measure_errno(u64 code);
bool measure_is_result(u64 code);
bool measure_blames_range(u64 code);
u64 measure_detail(u64 code, u64 rdx);

#endif
