/* The SVSM, as the kernel module lets a program use it; every refusal becomes a sentence. */
#ifndef SVSM_H
#define SVSM_H

#include "buffer.h"
#include "fail.h"
#include "purpose.h"
#include "svsm_measure.h"

struct svsm {
	int descriptor;
	struct svsm_measure_query offers;
};

/* What one measurement took. */
struct effort {
	uint64_t nanoseconds;
	uint64_t calls;
};

/* NO_SVSM if there is none, or none with the protocol. */
enum status svsm_connect(struct svsm *svsm);
void svsm_disconnect(struct svsm *svsm);

/* Key evidence, with the host's certificates if it gives any. */
enum status svsm_get_key(const struct svsm *svsm, const uint8_t nonce[NONCE_SIZE],
			 struct buffer *evidence);

struct request {
	const char *purpose; /* what messages call it */
	struct svsm_measure_range range;
	uint32_t algorithm;
	uint8_t nonce[NONCE_SIZE];
};

/*
 * Measure a range. If it is too much for one request, nothing is measured, and `fits` is how many
 * of its bytes, from the start, would not be; else `fits` is 0.
 */
enum status svsm_measure(const struct svsm *svsm, const struct request *request,
			 struct buffer *record, struct effort *effort, uint64_t *fits);

#endif
