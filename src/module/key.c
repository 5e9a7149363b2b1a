// SPDX-License-Identifier: GPL-2.0
/*
 * Evidence for the SVSM's key.
 */
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "exchange.h"
#include "measure.h"

static int check(const struct svsm_measure_key *key)
{
	if (key->flags & ~SVSM_MEASURE_KEY_CERTS)
		return -EINVAL;
	if (key->pad || memchr_inv(key->reserved, 0, sizeof(key->reserved)))
		return -EINVAL;
	return 0;
}

int measure_get_key(struct svsm_measure_key *key)
{
	u32 size = min_t(u32, key->result_size, SVSM_MEASURE_KEY_MAX);
	struct measure_exchange exchange;
	struct measure_run run = {};
	struct measure_where where;
	int ret;

	key->svsm_code = SVSM_MEASURE_NOT_CALLED;
	key->svsm_detail = 0;
	key->result_size = 0;
	ret = check(key);
	if (ret)
		return ret;
	ret = measure_exchange_init(&exchange, key->nonce, size);
	if (ret)
		return ret;

	measure_exchange_where(&exchange, &where);
	measure_build_key_request(&exchange.message->key, &where, key->flags);
	ret = measure_exchange_run(&exchange, &run, MEASURE_CALL_GET_KEY);
	measure_exchange_tell(&run, &key->svsm_code, &key->svsm_detail);
	if (!ret)
		ret = measure_exchange_copy(&exchange, run.reply.rcx, key->result,
					    &key->result_size);
	measure_exchange_destroy(&exchange);
	return ret;
}
