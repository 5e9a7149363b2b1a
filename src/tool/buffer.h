/* Bytes that grow at their end. All zero is an empty buffer. */
#ifndef BUFFER_H
#define BUFFER_H

#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *bytes;
	size_t size;
	size_t room;
};

/* Ends the program if there is no memory left: nothing has been written by then. */
void buffer_add(struct buffer *buffer, const void *bytes, size_t size);
void buffer_free(struct buffer *buffer);

/* Little-endian integers, as in all formats of the protocol. */
void buffer_add_u16(struct buffer *buffer, uint16_t value);
void buffer_add_u32(struct buffer *buffer, uint32_t value);
uint16_t get_u16(const uint8_t *at);
uint32_t get_u32(const uint8_t *at);
uint64_t get_u64(const uint8_t *at);

#endif
