#include "record.h"

#include <string.h>

#define HEADER_SIZE 0x100
#define VERSION_AT 0x08
#define RANGE_COUNT_AT 0x0c
#define RANGE_SIZE 16
#define SIGNATURE_SIZE 96

bool is_record(const uint8_t *bytes, size_t size)
{
	if (size < HEADER_SIZE || memcmp(bytes, "SVSMMEAS", 8) || get_u16(bytes + VERSION_AT) != 1)
		return false;
	return size == HEADER_SIZE + (uint64_t)RANGE_SIZE * get_u32(bytes + RANGE_COUNT_AT) +
		       SIGNATURE_SIZE;
}

void add_entry(struct buffer *entries, const char *purpose, const struct buffer *record)
{
	buffer_add_u16(entries, strlen(purpose));
	buffer_add(entries, purpose, strlen(purpose));
	buffer_add_u32(entries, record->size);
	buffer_add(entries, record->bytes, record->size);
}
