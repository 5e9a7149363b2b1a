/* Where the kernel is in guest-physical memory. */
#ifndef IOMEM_H
#define IOMEM_H

#include <stdint.h>

#include "fail.h"

/* Find a resource of /proc/iomem by its name, say "Kernel code"; its end is made exclusive. */
enum status find_resource(const char *name, uint64_t *start, uint64_t *length);

#endif
