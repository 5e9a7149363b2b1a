#include "query.h"

#include <inttypes.h>
#include <stdio.h>

#include "measure.h"

static void print_algorithms(uint64_t algorithms)
{
	static const uint32_t known[] = { SVSM_MEASURE_SHA384, SVSM_MEASURE_SHA512 };
	const char *comma = "";
	size_t i;

	fputs("algorithms=", stdout);
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!(algorithms >> known[i] & 1))
			continue;
		printf("%s%s", comma, algorithm_name(known[i]));
		comma = ",";
	}
	putchar('\n');
}

enum status query(void)
{
	struct svsm svsm;
	enum status status = svsm_connect(&svsm);
	const struct svsm_measure_query *offers = &svsm.offers;

	if (status)
		return status;
	printf("protocol=0x%" PRIx32 "\n", offers->protocol);
	printf("version=%" PRIu64 "\n", (uint64_t)offers->version);
	print_algorithms(offers->algorithms);
	printf("max_ranges=%" PRIu32 "\n", offers->max_ranges);
	printf("max_call_bytes=%" PRIu32 "\n", offers->max_call_bytes);
	printf("max_pages=%" PRIu32 "\n", offers->max_pages);
	printf("vmpl=%" PRIu32 "\n", offers->vmpl);
	printf("resumable=%s\n", offers->features & SVSM_MEASURE_RESUMABLE ? "yes" : "no");
	svsm_disconnect(&svsm);
	return DONE;
}
