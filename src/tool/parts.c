/* Measuring in as many requests as it takes. */
#include <stdio.h>
#include <string.h>

#include "measure.h"

/* Measure a part, and cut it down if it is too much: `length` is what was measured. */
static enum status measure_part(const struct svsm *svsm, struct request *part,
				const uint8_t nonce[NONCE_SIZE], struct buffer *record,
				struct effort *effort)
{
	enum status status = nonce_for(nonce, part->purpose, part->nonce);
	uint64_t fits = 0;

	if (!status)
		status = svsm_measure(svsm, part, record, effort, &fits);
	while (!status && fits) {
		if (fits >= part->range.length)
			return fail(FAILED, "%s: the module svsm_measure contradicts itself: %llu bytes are "
				    "too much, and fit; please report it", part->purpose,
				    (unsigned long long)part->range.length);
		part->range.length = fits;
		status = svsm_measure(svsm, part, record, effort, &fits);
	}
	return status;
}

static enum status measure_in_parts(const struct svsm *svsm, const struct request *whole,
				    const uint8_t nonce[NONCE_SIZE], struct effort *effort,
				    record_taker taker, void *context)
{
	struct request part = *whole;
	uint64_t done = 0;
	unsigned int number;

	for (number = 1; done < whole->range.length; number++) {
		char purpose[PURPOSE_MAX + 12];
		struct buffer record = { 0 };
		enum status status;

		snprintf(purpose, sizeof(purpose), "%s/%u", whole->purpose, number);
		part.purpose = purpose;
		part.range.start = whole->range.start + done;
		part.range.length = whole->range.length - done;
		status = measure_part(svsm, &part, nonce, &record, effort);
		if (!status)
			taker(context, purpose, &record);
		buffer_free(&record);
		if (status)
			return status;
		done += part.range.length;
	}
	return DONE;
}

enum status measure_range(const struct svsm *svsm, const struct request *whole,
			  const uint8_t nonce[NONCE_SIZE], struct effort *effort,
			  record_taker taker, void *context)
{
	struct request request = *whole;
	struct buffer record = { 0 };
	uint64_t fits = 0;
	enum status status = nonce_for(nonce, request.purpose, request.nonce);

	if (!status)
		status = svsm_measure(svsm, &request, &record, effort, &fits);
	if (!status && fits)
		status = measure_in_parts(svsm, whole, nonce, effort, taker, context);
	else if (!status)
		taker(context, request.purpose, &record);
	buffer_free(&record);
	return status;
}
