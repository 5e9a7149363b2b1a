#include "firmware.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "paths.h"
#include "purpose.h"
#include "record.h"

#define TABLE "/sys/firmware/acpi/tables/SVME"
#define LENGTH_AT 4
#define REVISION_AT 8
#define HEADER_SIZE 36
#define PREFIX "firmware:"
#define HINT "leave the firmware's records out with --no-firmware, or give the VM other firmware"

static bool adds_up(const struct buffer *table)
{
	uint8_t sum = 0;
	size_t i;

	for (i = 0; i < table->size; i++)
		sum += table->bytes[i];
	return sum == 0;
}

static enum status check_header(const struct buffer *table)
{
	if (table->size < HEADER_SIZE || memcmp(table->bytes, "SVME", 4))
		return fail(FAILED, TABLE " is no ACPI table SVME; " HINT);
	if (get_u32(table->bytes + LENGTH_AT) != table->size)
		return fail(FAILED, TABLE " has %zu bytes, its header says %u; " HINT, table->size,
			    get_u32(table->bytes + LENGTH_AT));
	if (table->bytes[REVISION_AT] != 1)
		return fail(FAILED, TABLE " has revision %u, this program knows 1; " HINT,
			    table->bytes[REVISION_AT]);
	if (!adds_up(table))
		return fail(FAILED, TABLE " has a wrong checksum; " HINT);
	return DONE;
}

/* The size of the entry at `at`, of which `left` bytes are there; 0 if it is none. */
static size_t entry_size(const uint8_t *at, size_t left)
{
	size_t purpose, record;

	if (left < 2)
		return 0;
	purpose = get_u16(at);
	if (left - 2 < purpose + 4 || !is_purpose(at + 2, purpose) ||
	    purpose <= strlen(PREFIX) || memcmp(at + 2, PREFIX, strlen(PREFIX)))
		return 0;
	record = get_u32(at + 2 + purpose);
	left -= 2 + purpose + 4;
	if (record > left || !is_record(at + 2 + purpose + 4, record))
		return 0;
	return 2 + purpose + 4 + record;
}

static enum status check_entries(const uint8_t *bytes, size_t size, unsigned int *count)
{
	size_t at, length;

	for (at = 0; at < size; at += length) {
		length = entry_size(bytes + at, size - at);
		if (!length)
			return fail(FAILED, TABLE ": entry %u, at byte %zu, is damaged; " HINT, *count + 1,
				    HEADER_SIZE + at);
		++*count;
	}
	return DONE;
}

enum status add_firmware_entries(struct buffer *entries, unsigned int *count)
{
	struct buffer table = { 0 };
	int error = read_system_file(&table, TABLE);
	enum status status;

	*count = 0;
	if (error == ENOENT)
		return DONE;
	if (error)
		return fail(FAILED, "cannot read " TABLE ": %s; " HINT, strerror(error));
	status = check_header(&table);
	if (!status)
		status = check_entries(table.bytes + HEADER_SIZE, table.size - HEADER_SIZE, count);
	if (!status)
		buffer_add(entries, table.bytes + HEADER_SIZE, table.size - HEADER_SIZE);
	buffer_free(&table);
	return status;
}
