#include "refusal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* What failed calls of both kinds have in common: why, and what helps. */
static const char *reason(int error)
{
	switch (error) {
	case EACCES:
		return "some of it is shared with the host or was never accepted; measure private "
		       "memory alone";
	case EAGAIN:
		return "the SVSM dropped it for other measurements, again and again; measure less at "
		       "once";
	case EBUSY:
		return "another processor works on it; try again";
	case EINTR:
		return "interrupted; start again";
	case EINVAL:
		return "a length is 0 or too large, or the same page is at two places of it; measure it "
		       "in pieces";
	case ENOMEM:
		return "there is not enough memory, in the guest or in the SVSM; measure less at once";
	case ENXIO:
		return "some of it is not guest memory (the SVSM's own, a VMSA, MMIO); measure what "
		       "/proc/iomem calls System RAM";
	case EOPNOTSUPP:
		return "the SVSM does not have this call; boot the guest with another SVSM";
	case EPROTO:
		return "the SVSM refuses what the module svsm_measure made, which is an error in one of "
		       "them: please report it";
	case EREMOTEIO:
		return "the secure processor or the host gives no report; try again in a minute, and see "
		       "the host's log";
	default:
		return NULL;
	}
}

/* What the SVSM said itself, if it was asked at all: " (the SVSM: 0x80001003, range 2)". */
static void quote_svsm(char *text, size_t size, uint64_t code, uint64_t detail, int error)
{
	int length = 0;

	*text = '\0';
	if (code == SVSM_MEASURE_NOT_CALLED || !code)
		return;
	length = snprintf(text, size, " (the SVSM: 0x%" PRIx64, code);
	if (error == EACCES || error == ENXIO || error == EINVAL)
		length += snprintf(text + length, size - length, ", range %" PRIu64
				   " of guest-physical memory", detail);
	snprintf(text + length, size - length, ")");
}

enum status key_refused(const struct svsm_measure_key *key, int error)
{
	const char *why = reason(error);
	char said[80];

	quote_svsm(said, sizeof(said), key->svsm_code, key->svsm_detail, 0);
	return fail(FAILED, "no key evidence%s: %s", said, why ? why : strerror(error));
}

static const char *kind_of(const struct svsm_measure_range *range)
{
	switch (range->kind) {
	case SVSM_MEASURE_PHYS:
		return "guest-physical";
	case SVSM_MEASURE_KERNEL:
		return "kernel's";
	default:
		return "process's";
	}
}

/* Reasons that depend on what was to be measured. */
static const char *reason_of_range(const struct svsm_measure_range *range, int error)
{
	if (error == EFAULT && range->kind == SVSM_MEASURE_PROCESS)
		return "some of it is not mapped, not readable or no ordinary memory; see "
		       "/proc/PID/maps";
	if (error == EFAULT)
		return "some of it is not mapped";
	if (error == ESRCH)
		return "no such process: it has ended, or is a kernel's thread";
	if (error == E2BIG)
		return "it is too much for a request, and cannot be split";
	return reason(error);
}

enum status measure_refused(const struct request *request,
			    const struct svsm_measure_measure *argument, int error)
{
	const struct svsm_measure_range *range = &request->range;
	const char *why = reason_of_range(range, error);
	char said[80];

	quote_svsm(said, sizeof(said), argument->svsm_code, argument->svsm_detail, error);
	return fail(FAILED, "%s, %s addresses 0x%" PRIx64 " to 0x%" PRIx64 ", is not measured%s: %s",
		    request->purpose, kind_of(range), (uint64_t)range->start,
		    (uint64_t)(range->start + range->length - 1), said, why ? why : strerror(error));
}
