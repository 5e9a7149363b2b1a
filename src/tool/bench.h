/* How long measuring takes. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

#include "fail.h"

#define BENCH_REPEATS_MAX 10000

/* Read "4KiB,64KiB,1MiB" and time every size `repeats` times: CSV on standard output. */
enum status bench(const char *sizes, uint32_t repeats, uint32_t algorithm);

#endif
