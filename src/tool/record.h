/* Records and entries (sections 2 and 6 of the protocol). */
#ifndef RECORD_H
#define RECORD_H

#include <stdbool.h>

#include "buffer.h"

/* Whether these bytes are one whole record of version 1. */
bool is_record(const uint8_t *bytes, size_t size);

/* Append an entry: a purpose and the record for it. */
void add_entry(struct buffer *entries, const char *purpose, const struct buffer *record);

#endif
