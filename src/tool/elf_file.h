/* Sections of a kernel module's file. */
#ifndef ELF_FILE_H
#define ELF_FILE_H

#include <stdbool.h>

#include "buffer.h"

struct section {
	const uint8_t *bytes; /* NULL if the file has none of it */
	uint64_t size;
};

/* Find a section by its name; false if there is none, or if the file is no ELF file for x86-64. */
bool find_section(const struct buffer *file, const char *name, struct section *section);

#endif
