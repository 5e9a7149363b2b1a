#include "svsm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "paths.h"
#include "refusal.h"

#define RECORD_SIZE 352
#define RECORD_RANGE_SIZE 16
#define ATTEMPTS 8

/* The VMPL of this guest, or -1 if it is not protected by SEV-SNP (or Linux is older than 6.11). */
static int read_vmpl(void)
{
	struct buffer text = { 0 };
	int vmpl = -1;

	if (read_system_text(&text, "/sys/devices/system/cpu/sev/vmpl") ||
	    sscanf((const char *)text.bytes, "%d", &vmpl) != 1)
		vmpl = -1;
	buffer_free(&text);
	return vmpl;
}

static enum status no_device(int error)
{
	int vmpl = read_vmpl();

	if (error == EACCES || error == EPERM)
		return fail(FAILED, SVSM_MEASURE_DEVICE " is root's alone; run this as root");
	if (vmpl < 0)
		return fail(NO_SVSM, "no SVSM: this is no guest with SEV-SNP, or its kernel is older than "
			    "6.11; boot it as variant svsm");
	if (vmpl == 0)
		return fail(NO_SVSM, "no SVSM: this guest runs at VMPL 0, with none below it; boot it as "
			    "variant svsm");
	if (error == ENOENT)
		return fail(FAILED, "no " SVSM_MEASURE_DEVICE ": modprobe svsm_measure");
	return fail(FAILED, "cannot open " SVSM_MEASURE_DEVICE ": %s; see dmesg", strerror(error));
}

static enum status no_protocol(const struct svsm_measure_query *query, int error)
{
	if (error == ENOTTY || error == EINVAL)
		return fail(FAILED, "the module svsm_measure is of another version than this program; "
			    "install both from one build");
	if (error == EOPNOTSUPP || error == ENODEV)
		return fail(NO_SVSM, "the SVSM has no protocol 0x%x, version 1: measuring is not built "
			    "into it, or under another number (module parameter protocol=)",
			    query->protocol);
	return fail(FAILED, "the SVSM does not say what it offers: %s; see dmesg", strerror(error));
}

enum status svsm_connect(struct svsm *svsm)
{
	struct svsm_measure_query *query = &svsm->offers;
	enum status status = DONE;
	int error;

	*query = (struct svsm_measure_query){ .size = sizeof(*query) };
	svsm->descriptor = device_open();
	if (svsm->descriptor < 0)
		return no_device(-svsm->descriptor);
	error = device_call(svsm->descriptor, SVSM_MEASURE_IOC_QUERY, query);
	if (error)
		status = no_protocol(query, error);
	else if (query->abi != SVSM_MEASURE_ABI)
		status = no_protocol(query, ENOTTY);
	if (status)
		svsm_disconnect(svsm);
	return status;
}

void svsm_disconnect(struct svsm *svsm)
{
	close(svsm->descriptor);
	svsm->descriptor = -1;
}

static int get_key(const struct svsm *svsm, struct svsm_measure_key *key, uint32_t flags)
{
	key->flags = flags;
	key->result_size = SVSM_MEASURE_KEY_MAX;
	return device_call(svsm->descriptor, SVSM_MEASURE_IOC_GET_KEY, key);
}

enum status svsm_get_key(const struct svsm *svsm, const uint8_t nonce[NONCE_SIZE],
			 struct buffer *evidence)
{
	static uint8_t result[SVSM_MEASURE_KEY_MAX];
	struct svsm_measure_key key = { .size = sizeof(key), .result = (uintptr_t)result };
	int error;

	memcpy(key.nonce, nonce, NONCE_SIZE);
	error = get_key(svsm, &key, SVSM_MEASURE_KEY_CERTS);
	if (error == EREMOTEIO) /* some hosts have no certificates: these are public anyway */
		error = get_key(svsm, &key, 0);
	if (error)
		return key_refused(&key, error);
	buffer_add(evidence, result, key.result_size);
	return DONE;
}

/* The SVSM drops a measurement if too many others are begun meanwhile: then it is begun again. */
static int measure(const struct svsm *svsm, struct svsm_measure_measure *argument, uint32_t room)
{
	int attempt, error = EAGAIN;

	for (attempt = 0; attempt < ATTEMPTS && error == EAGAIN; attempt++) {
		argument->result_size = room;
		error = device_call(svsm->descriptor, SVSM_MEASURE_IOC_MEASURE, argument);
	}
	return error;
}

/* How many calls a measurement took, or has to have taken where the kernel repeats them itself. */
static uint64_t count_calls(const struct svsm *svsm, const struct svsm_measure_measure *argument)
{
	uint64_t most = svsm->offers.max_call_bytes;

	if (svsm->offers.features & SVSM_MEASURE_RESUMABLE || !most)
		return argument->svsm_calls;
	return (argument->bytes + most - 1) / most;
}

enum status svsm_measure(const struct svsm *svsm, const struct request *request,
			 struct buffer *record, struct effort *effort, uint64_t *fits)
{
	uint32_t room = RECORD_SIZE + RECORD_RANGE_SIZE * svsm->offers.max_ranges;
	uint8_t *result = calloc(1, room);
	struct svsm_measure_measure argument = {
		.size = sizeof(argument),
		.ranges = (uintptr_t)&request->range,
		.range_count = 1,
		.algorithm = request->algorithm,
		.result = (uintptr_t)result,
	};
	int error = ENOMEM;

	memcpy(argument.nonce, request->nonce, NONCE_SIZE);
	if (result)
		error = measure(svsm, &argument, room);
	*fits = error == E2BIG ? argument.fits : 0;
	if (!error) {
		buffer_add(record, result, argument.result_size);
		effort->nanoseconds += argument.svsm_ns;
		effort->calls += count_calls(svsm, &argument);
	}
	free(result);
	return error && !*fits ? measure_refused(request, &argument, error) : DONE;
}
