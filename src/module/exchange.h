/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SVSM_MEASURE_EXCHANGE_H
#define SVSM_MEASURE_EXCHANGE_H

#include <linux/build_bug.h>

#include "repeat.h"
#include "request.h"
#include "svsm_measure.h"

/*
 * What the SVSM reads. Memory of 128 bytes is aligned to as many, and so
 * neither half of it crosses a page.
 */
struct measure_message {
	union {
		struct measure_request measure;
		struct measure_key_request key;
	};
	u8 nonce[SVSM_MEASURE_NONCE_SIZE];
};

static_assert(sizeof(struct measure_message) == 128);

/**
 * struct measure_exchange - memory for one request and its answer
 * @message: request and nonce
 * @result: buffer for the answer, whole pages
 * @result_size: how much of it the SVSM may use
 */
struct measure_exchange {
	struct measure_message *message;
	void *result;
	u32 result_size;
};

int measure_exchange_init(struct measure_exchange *exchange, const u8 *nonce,
			  u32 result_size);
void measure_exchange_destroy(struct measure_exchange *exchange);
void measure_exchange_where(const struct measure_exchange *exchange,
			    struct measure_where *where);
int measure_exchange_run(struct measure_exchange *exchange, struct measure_run *run,
			 u32 call);
void measure_exchange_tell(const struct measure_run *run, u64 *code, u64 *detail);
int measure_exchange_copy(const struct measure_exchange *exchange, u64 size,
			  u64 user, u32 *user_size);

#endif
