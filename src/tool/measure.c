#include "measure.h"

#include <stdio.h>
#include <string.h>

#include "certs.h"
#include "evidence.h"
#include "firmware.h"
#include "record.h"

const char *algorithm_name(uint32_t algorithm)
{
	return algorithm == SVSM_MEASURE_SHA384 ? "sha384" : "sha512";
}

enum status has_algorithm(const struct svsm *svsm, uint32_t algorithm)
{
	if (svsm->offers.algorithms >> algorithm & 1)
		return DONE;
	return fail(FAILED, "this SVSM has no %s; see svsm-measure query, and choose with --algorithm",
		    algorithm_name(algorithm));
}

static enum status add_key(const struct svsm *svsm, const struct order *order,
			   struct evidence *evidence)
{
	struct buffer given = { 0 };
	uint8_t nonce[NONCE_SIZE];
	enum status status = nonce_for(order->nonce, "key", nonce);

	if (!status)
		status = svsm_get_key(svsm, nonce, &given);
	if (!status)
		status = trim_certificates(&given, &evidence->key);
	if (!status && evidence->key.size == KEY_EVIDENCE_SIZE)
		fail(DONE, "note: the host gives no certificates; the verifier has to have them");
	buffer_free(&given);
	return status;
}

static void take(void *context, const char *purpose, const struct buffer *record)
{
	struct evidence *evidence = context;

	add_entry(&evidence->entries, purpose, record);
	evidence->count++;
}

static enum status add_thing(const struct svsm *svsm, const struct order *order,
			     const struct thing *thing, struct evidence *evidence)
{
	struct request request = { .purpose = thing->purpose, .algorithm = order->algorithm };
	enum status status = locate_thing(thing, &request.range);
	struct effort effort = { 0 };

	if (status)
		return status;
	return measure_range(svsm, &request, order->nonce, &effort, take, evidence);
}

static enum status gather(const struct svsm *svsm, const struct order *order,
			  struct evidence *evidence)
{
	enum status status = add_key(svsm, order, evidence);
	size_t i;

	if (!status && order->firmware)
		status = add_firmware_entries(&evidence->entries, &evidence->count);
	for (i = 0; i < order->count && !status; i++)
		status = add_thing(svsm, order, &order->things[i], evidence);
	return status;
}

enum status carry_out(const struct order *order)
{
	struct evidence evidence = { 0 };
	struct svsm svsm;
	enum status status = svsm_connect(&svsm);

	if (status)
		return status;
	status = has_algorithm(&svsm, order->algorithm);
	if (!status)
		status = gather(&svsm, order, &evidence);
	if (!status)
		status = write_evidence(&evidence, order->path);
	evidence_free(&evidence);
	svsm_disconnect(&svsm);
	return status;
}
