#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#include "fail.h"

void buffer_add(struct buffer *buffer, const void *bytes, size_t size)
{
	if (!size)
		return;
	if (size > buffer->room - buffer->size) {
		size_t room = (buffer->size + size) * 2;
		uint8_t *larger = realloc(buffer->bytes, room);

		if (!larger)
			exit(fail(FAILED, "no memory for %zu bytes; give the guest more", room));
		buffer->bytes = larger;
		buffer->room = room;
	}
	memcpy(buffer->bytes + buffer->size, bytes, size);
	buffer->size += size;
}

void buffer_free(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){ 0 };
}

static void add_integer(struct buffer *buffer, uint64_t value, size_t size)
{
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < size; i++)
		bytes[i] = value >> (8 * i);
	buffer_add(buffer, bytes, size);
}

static uint64_t get_integer(const uint8_t *at, size_t size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | at[size];
	return value;
}

void buffer_add_u16(struct buffer *buffer, uint16_t value)
{
	add_integer(buffer, value, sizeof(value));
}

void buffer_add_u32(struct buffer *buffer, uint32_t value)
{
	add_integer(buffer, value, sizeof(value));
}

uint16_t get_u16(const uint8_t *at)
{
	return get_integer(at, sizeof(uint16_t));
}

uint32_t get_u32(const uint8_t *at)
{
	return get_integer(at, sizeof(uint32_t));
}

uint64_t get_u64(const uint8_t *at)
{
	return get_integer(at, sizeof(uint64_t));
}
