/*
 * A device that answers from files, for test_tool.py. The folder FAKE_DEVICE has
 *
 *   offers             a struct svsm_measure_query, as QUERY gives it; without it there is no device
 *   key                key evidence with certificates; key-bare: without
 *   record-NONCE       the record for a nonce, whose first 16 hexadecimal digits are in the name
 *   any-record         the record for every other nonce
 *   error-open, error-query, error-key, error-measure
 *                      "errno code detail [count]": the call fails so, at most `count` times
 *   fits               measurements of more bytes than this are too large
 *
 * and every call is written down in `log`. What the tool sends is checked as the module does it.
 */
#include "device.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "svsm_measure.h"

struct fault {
	int error;
	uint64_t code;
	uint64_t detail;
};

static FILE *open_file(const char *name, const char *mode)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", getenv("FAKE_DEVICE"), name);
	return fopen(path, mode);
}

/* Returns the size, 0 if there is no such file. */
static size_t read_file(const char *name, void *into, size_t room)
{
	FILE *file = open_file(name, "r");
	size_t size = file ? fread(into, 1, room, file) : 0;

	if (file)
		fclose(file);
	return size;
}

static bool faulty(const char *name, struct fault *fault)
{
	static unsigned int times;
	unsigned int count = UINT_MAX;
	char text[128] = "";

	*fault = (struct fault){ .code = SVSM_MEASURE_NOT_CALLED };
	read_file(name, text, sizeof(text) - 1);
	return sscanf(text, "%d %" SCNx64 " %" SCNu64 " %u", &fault->error, &fault->code,
		      &fault->detail, &count) > 0 && times++ < count;
}

static void note(const char *text)
{
	FILE *file = open_file("log", "a");

	if (!file)
		abort();
	fprintf(file, "%s\n", text);
	fclose(file);
}

int device_open(void)
{
	struct svsm_measure_query offers;
	struct fault fault;

	if (faulty("error-open", &fault))
		return -fault.error;
	if (!read_file("offers", &offers, sizeof(offers)))
		return -ENOENT;
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int give(const void *content, size_t size, uint64_t result, uint32_t *result_size)
{
	if (size > *result_size)
		return ENOSPC;
	memcpy((void *)(uintptr_t)result, content, size);
	*result_size = size;
	return 0;
}

static bool all_zero(const void *bytes, size_t size)
{
	static const uint8_t zeros[64];

	return !memcmp(bytes, zeros, size);
}

static int query(struct svsm_measure_query *argument)
{
	struct fault fault;

	if (argument->size != sizeof(*argument) || argument->flags || argument->pad ||
	    !all_zero(argument->reserved, sizeof(argument->reserved)))
		return EINVAL;
	note("query");
	if (faulty("error-query", &fault))
		return fault.error;
	return read_file("offers", argument, sizeof(*argument)) == sizeof(*argument) ? 0 : EIO;
}

static void nonce_name(const uint8_t *nonce, const char *before, char *name)
{
	int i;

	name += sprintf(name, "%s", before);
	for (i = 0; i < 8; i++)
		name += sprintf(name, "%02x", nonce[i]);
}

static int get_key(struct svsm_measure_key *argument)
{
	static uint8_t evidence[SVSM_MEASURE_KEY_MAX];
	struct fault fault;
	char line[64];
	size_t size;

	if (argument->size != sizeof(*argument) || argument->flags > SVSM_MEASURE_KEY_CERTS ||
	    argument->pad || !all_zero(argument->reserved, sizeof(argument->reserved)))
		return EINVAL;
	nonce_name(argument->nonce, argument->flags ? "key " : "key-bare ", line);
	note(line);
	if (faulty("error-key", &fault)) {
		argument->svsm_code = fault.code;
		argument->svsm_detail = fault.detail;
		argument->result_size = 0;
		return fault.error;
	}
	size = read_file(argument->flags ? "key" : "key-bare", evidence, sizeof(evidence));
	return give(evidence, size, argument->result, &argument->result_size);
}

static int too_large(struct svsm_measure_measure *argument, uint64_t length)
{
	char text[32] = "";

	read_file("fits", text, sizeof(text) - 1);
	argument->fits = strtoull(text, NULL, 10);
	if (argument->fits && length > argument->fits)
		return E2BIG;
	argument->fits = 0;
	return 0;
}

static void note_measure(const struct svsm_measure_measure *argument,
			 const struct svsm_measure_range *range)
{
	char line[200], nonce[32];

	nonce_name(argument->nonce, "", nonce);
	snprintf(line, sizeof(line), "measure %u %u %" PRIx64 " %" PRIx64 " %u %s", range->kind,
		 range->pid, (uint64_t)range->start, (uint64_t)range->length, argument->algorithm, nonce);
	note(line);
}

static int measure(struct svsm_measure_measure *argument)
{
	const struct svsm_measure_range *range = (const void *)(uintptr_t)argument->ranges;
	uint8_t record[65536];
	struct fault fault;
	char name[64];
	size_t size;

	if (argument->size != sizeof(*argument) || argument->flags || argument->range_count != 1 ||
	    !all_zero(argument->reserved, sizeof(argument->reserved)))
		return EINVAL;
	note_measure(argument, range);
	if (faulty("error-measure", &fault)) {
		argument->svsm_code = fault.code;
		argument->svsm_detail = fault.detail;
		argument->bad_range = 0;
		argument->fits = 0;
		return fault.error;
	}
	if (too_large(argument, range->length))
		return E2BIG;
	nonce_name(argument->nonce, "record-", name);
	size = read_file(name, record, sizeof(record));
	if (!size)
		size = read_file("any-record", record, sizeof(record));
	argument->svsm_ns = 1000 + range->length;
	argument->svsm_calls = 1 + range->length / 262144;
	argument->bytes = range->length;
	return size ? give(record, size, argument->result, &argument->result_size) : EIO;
}

int device_call(int descriptor, unsigned long request, void *argument)
{
	(void)descriptor;
	switch (request) {
	case SVSM_MEASURE_IOC_QUERY:
		return query(argument);
	case SVSM_MEASURE_IOC_GET_KEY:
		return get_key(argument);
	case SVSM_MEASURE_IOC_MEASURE:
		return measure(argument);
	default:
		return ENOTTY;
	}
}
