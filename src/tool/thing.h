/* What can be measured, as the command line names it. */
#ifndef THING_H
#define THING_H

#include <stdint.h>

#include "fail.h"
#include "purpose.h"
#include "svsm_measure.h"

struct thing {
	enum { KERNEL_TEXT, KERNEL_RODATA, MODULE, PROCESS, PHYS } kind;
	char name[64]; /* of a module */
	uint32_t pid;
	uint64_t start;
	uint64_t length;
	char purpose[PURPOSE_MAX + 1];
};

/*
 * Read a thing from the `count` words of the command line that are left; `used` is how many of them
 * it is. Addresses and lengths are hexadecimal, with 0x before them or not.
 */
enum status read_thing(char *const *words, int count, struct thing *thing, int *used);

/* Find out where it is now. */
enum status locate_thing(const struct thing *thing, struct svsm_measure_range *range);

#endif
