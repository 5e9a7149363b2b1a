/*
 * The SVSM measures memory of this very process, and libcrypto hashes the same bytes: the same work
 * without a call, without a signature, and at the guest's own VMPL.
 */
#include "bench.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include "measure.h"

#define HUGE_PAGE (2UL << 20)
#define LARGEST (1ULL << 30)
#define PURPOSE "bench"

#define LEAST_LOST 1.0

/* A stretch of time, by clock and by counter. */
struct stretch {
	double seconds;
	double ticks;
};

struct sample {
	uint64_t size;
	struct effort svsm;
	struct stretch calling; /* the module, which takes longer than the SVSM */
	struct stretch plain;
};

static bool read_size(const char *text, size_t length, uint64_t *size)
{
	static const struct {
		const char *name;
		uint64_t bytes;
	} units[] = { { "", 1 }, { "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 } };
	size_t i, digits = strspn(text, "0123456789");
	uint64_t number;

	if (!digits || digits > 10 || digits > length)
		return false;
	number = strtoull(text, NULL, 10);
	for (i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strlen(units[i].name) != length - digits ||
		    memcmp(text + digits, units[i].name, length - digits))
			continue;
		*size = number * units[i].bytes;
		return number && number <= LARGEST / units[i].bytes;
	}
	return false;
}

/* Go to the next size of the list; at its end `text` is empty. */
static enum status next_size(const char **text, uint64_t *size)
{
	size_t length = strcspn(*text, ",");

	if (!read_size(*text, length, size))
		return fail(WRONG_USE, "--sizes: \"%.*s\" is no size; write 4KiB,64KiB,1MiB and the like, "
			    "up to 1GiB", (int)length, *text);
	*text += length;
	if (**text == ',')
		++*text;
	else
		return DONE;
	return **text ? DONE : fail(WRONG_USE, "--sizes ends in a comma");
}

/* Nothing is measured before all sizes are known to be good; returns the largest. */
static enum status check_sizes(const char *text, uint64_t *largest)
{
	uint64_t size;
	enum status status = DONE;

	if (!*text)
		return fail(WRONG_USE, "--sizes names none; write 4KiB,64KiB,1MiB and the like");
	for (*largest = 0; *text && !status; *largest = size > *largest ? size : *largest)
		status = next_size(&text, &size);
	return status;
}

/* In huge pages where there are some: the fewer ranges, the more is time for measuring. */
static uint8_t *get_memory(uint64_t size)
{
	uint64_t whole = (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	uint8_t *memory = aligned_alloc(HUGE_PAGE, whole);
	uint64_t i;

	if (!memory)
		return NULL;
	(void)madvise(memory, whole, MADV_HUGEPAGE); /* slower without, but not wrong */
	for (i = 0; i < size; i++)
		memory[i] = i * 131 + (i >> 12) * 17 + 7;
	return memory;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static struct stretch begin(void)
{
	return (struct stretch){ .seconds = now(), .ticks = __rdtsc() };
}

static struct stretch since(struct stretch start)
{
	return (struct stretch){ .seconds = now() - start.seconds, .ticks = __rdtsc() - start.ticks };
}

/*
 * A kernel that repeats calls by itself does so with interrupts off, and cannot wind up its clock
 * meanwhile: ACPI's timer, which emulated VMs go by, is round after 4.7 seconds, and these are lost
 * to the module's clock, too. The time stamp counter loses none; how fast it runs the plain hash
 * tells, for the clock is right there. Less than LEAST_LOST is inaccuracy.
 */
static double seconds_lost(const struct sample *sample)
{
	double really = sample->calling.ticks * sample->plain.seconds / sample->plain.ticks;
	double lost = really - sample->calling.seconds;

	return lost < LEAST_LOST ? 0 : lost;
}

static enum status hash_plainly(const uint8_t *memory, uint32_t algorithm, struct sample *sample)
{
	const EVP_MD *kind = algorithm == SVSM_MEASURE_SHA384 ? EVP_sha384() : EVP_sha512();
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct stretch start = begin();

	if (!EVP_Digest(memory, sample->size, digest, NULL, kind, NULL))
		return fail(FAILED, "libcrypto makes no %s; see its configuration, openssl.cnf",
			    algorithm_name(algorithm));
	sample->plain = since(start);
	return DONE;
}

static void forget(void *context, const char *purpose, const struct buffer *record)
{
	(void)context;
	(void)purpose;
	(void)record;
}

static enum status take_sample(const struct svsm *svsm, const uint8_t *memory, uint32_t algorithm,
			       struct sample *sample)
{
	static const uint8_t nonce[NONCE_SIZE]; /* nobody verifies these records */
	struct request request = {
		.purpose = PURPOSE,
		.algorithm = algorithm,
		.range = {
			.kind = SVSM_MEASURE_PROCESS,
			.pid = getpid(),
			.start = (uintptr_t)memory,
			.length = sample->size,
		},
	};
	struct stretch start = begin();
	enum status status = measure_range(svsm, &request, nonce, &sample->svsm, forget, NULL);

	sample->calling = since(start);
	return status ? status : hash_plainly(memory, algorithm, sample);
}

static void print_sample(const struct sample *sample, uint32_t repeat, uint32_t algorithm)
{
	printf("%" PRIu64 ",%" PRIu32 ",%s,%.9f,%" PRIu64 ",%.9f\n", sample->size, repeat,
	       algorithm_name(algorithm), sample->svsm.nanoseconds / 1e9 + seconds_lost(sample),
	       sample->svsm.calls, sample->plain.seconds);
}

static enum status run(const struct svsm *svsm, const char *sizes, uint32_t repeats,
		       uint32_t algorithm, const uint8_t *memory)
{
	struct sample sample = { 0 };
	enum status status = DONE;
	uint32_t repeat;

	puts("size_bytes,repeat,algorithm,svsm_seconds,svsm_calls,plain_seconds");
	while (*sizes && !status) {
		status = next_size(&sizes, &sample.size);
		for (repeat = 1; repeat <= repeats && !status; repeat++) {
			sample.svsm = (struct effort){ 0 };
			status = take_sample(svsm, memory, algorithm, &sample);
			if (!status)
				print_sample(&sample, repeat, algorithm);
		}
	}
	if (!status && fflush(stdout))
		status = fail(FAILED, "standard output cannot be written: %s", strerror(errno));
	return status;
}

enum status bench(const char *sizes, uint32_t repeats, uint32_t algorithm)
{
	uint64_t largest = 0;
	uint8_t *memory;
	struct svsm svsm;
	enum status status = check_sizes(sizes, &largest);

	if (!status)
		status = svsm_connect(&svsm);
	if (status)
		return status;
	memory = get_memory(largest);
	if (!memory)
		status = fail(FAILED, "no memory for %" PRIu64 " bytes; choose smaller --sizes", largest);
	if (!status)
		status = has_algorithm(&svsm, algorithm);
	if (!status)
		status = run(&svsm, sizes, repeats, algorithm, memory);
	free(memory);
	svsm_disconnect(&svsm);
	return status;
}
