// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that a request and its answer are in, and the way through it.
 */
#include <linux/errno.h>
#include <linux/gfp.h>
#include <linux/io.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "exchange.h"

/* Even a buffer of no bytes has an address, for the SVSM to say what it needs. */
static size_t allocated(u32 result_size)
{
	return max_t(size_t, result_size, 1);
}

int measure_exchange_init(struct measure_exchange *exchange, const u8 *nonce,
			  u32 result_size)
{
	exchange->message = kzalloc(sizeof(*exchange->message), GFP_KERNEL_ACCOUNT);
	exchange->result = alloc_pages_exact(allocated(result_size),
					     GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	exchange->result_size = result_size;
	if (!exchange->message || !exchange->result) {
		measure_exchange_destroy(exchange);
		return -ENOMEM;
	}
	memcpy(exchange->message->nonce, nonce, SVSM_MEASURE_NONCE_SIZE);
	return 0;
}

void measure_exchange_destroy(struct measure_exchange *exchange)
{
	if (exchange->result)
		free_pages_exact(exchange->result, allocated(exchange->result_size));
	kfree(exchange->message);
	exchange->result = NULL;
	exchange->message = NULL;
}

/* Addresses without the C-bit, which virt_to_phys() does not know of. */
void measure_exchange_where(const struct measure_exchange *exchange,
			    struct measure_where *where)
{
	where->nonce = virt_to_phys(exchange->message->nonce);
	where->result = virt_to_phys(exchange->result);
	where->result_size = exchange->result_size;
}

static bool fatal_signal(void)
{
	return fatal_signal_pending(current);
}

/* Make @call to its end. Returns 0 if the SVSM did what it was asked for. */
int measure_exchange_run(struct measure_exchange *exchange, struct measure_run *run,
			 u32 call)
{
	int ret;

	run->call = measure_svsm_call;
	run->stop = fatal_signal;
	ret = measure_repeat(run, call, exchange ? exchange->message : NULL);
	return ret ?: measure_errno(run->reply.rax);
}

/* What the user gets to know of the last call. */
void measure_exchange_tell(const struct measure_run *run, u64 *code, u64 *detail)
{
	if (!run->answered)
		return;
	*code = run->reply.rax;
	*detail = measure_detail(run->reply.rax, run->reply.rdx);
}

/* Hand the answer of @size bytes to the user, and tell its size. */
int measure_exchange_copy(const struct measure_exchange *exchange, u64 size,
			  u64 user, u32 *user_size)
{
	if (size > exchange->result_size)
		return -EIO;
	if (copy_to_user(u64_to_user_ptr(user), exchange->result, size))
		return -EFAULT;
	*user_size = size;
	return 0;
}
