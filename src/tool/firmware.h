/* What the firmware measured before Linux ran (section 5 of the protocol). */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include "buffer.h"
#include "fail.h"

/*
 * Append the entries of the ACPI table SVME, if the firmware left one, and count them. They are
 * taken only as a whole, with every length checked.
 */
enum status add_firmware_entries(struct buffer *entries, unsigned int *count);

#endif
