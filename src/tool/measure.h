/* Measure things and write the evidence. */
#ifndef MEASURE_H
#define MEASURE_H

#include <stdbool.h>
#include <stddef.h>

#include "svsm.h"
#include "thing.h"

struct order {
	const struct thing *things;
	size_t count;
	uint8_t nonce[NONCE_SIZE];
	uint32_t algorithm;
	bool firmware; /* with the firmware's records */
	const char *path;
};

enum status carry_out(const struct order *order);

/* Fails, with a sentence, if the SVSM does not have the hash algorithm. */
enum status has_algorithm(const struct svsm *svsm, uint32_t algorithm);
const char *algorithm_name(uint32_t algorithm);

/* What is done with each record that makes up a thing. */
typedef void (*record_taker)(void *context, const char *purpose, const struct buffer *record);

/*
 * Measure a range for a purpose. What is too much for one request is measured in parts, with "/1",
 * "/2", ... behind the purpose.
 */
enum status measure_range(const struct svsm *svsm, const struct request *whole,
			  const uint8_t verifiers_nonce[NONCE_SIZE], struct effort *effort,
			  record_taker taker, void *context);

#endif
