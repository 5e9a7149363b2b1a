/*
 * A stand-in for the measurement protocol (docs/measurement-protocol.md), to test firmware with:
 * it takes MEASURE requests of one range and writes records, but their digest is Adler-32 (RFC
 * 1950), and nobody signs them. Each takes two calls. ATTACK n refuses the n-th request.
 */
#include "protocol.h"

#define PROTOCOL 0x80004d53
#define MEASURE 2
#define RESOURCES 0x80001009ULL
#define ENTRY 0x170 /* header, one range, signature */

static uint64_t requests, sessions, counter;

int offers(uint32_t protocol)
{
	return protocol == PROTOCOL;
}

static uint32_t adler32(uint64_t address, uint64_t length)
{
	uint32_t a = 1, b = 0;

	for (uint64_t i = 0; i < length; i++) {
		a = (a + AT(address + i, uint8_t)) % 65521;
		b = (b + a) % 65521;
	}
	return b << 16 | a;
}

static uint64_t check_request(uint64_t request)
{
	if (request % 8 || request % 4096 > 4096 - 64 || AT(request + 0x10, uint32_t) != 1)
		die("the request");
	if (AT(request + 0x20, uint64_t) % 4096 || AT(request + 0x28, uint32_t) < ENTRY)
		die("the result's buffer");
	if (AT(request + 0x14, uint32_t) != 1 || AT(request + 0x2c, uint32_t))
		die("the algorithm, or what is reserved");
	for (int i = 0x30; i < 64; i += 8)
		if (AT(request + i, uint64_t))
			die("what is reserved");
	requests++;
	return requests == ATTACK ? RESOURCES : SUCCESS;
}

static void write_record(uint64_t request)
{
	uint64_t range = AT(request + 0x08, uint64_t), nonce = AT(request + 0x18, uint64_t);
	uint64_t record = AT(request + 0x20, uint64_t);

	zero(record, ENTRY);
	AT(record, uint64_t) = 0x5341454d4d535653; /* SVSMMEAS */
	AT(record + 0x08, uint64_t) = 1ULL << 32 | 1 << 16 | 1;
	AT(record + 0x10, uint64_t) = ++counter;
	AT(record + 0x18, uint64_t) = AT(range + 8, uint64_t);
	for (int i = 0; i < 64; i += 8)
		AT(record + 0x20 + i, uint64_t) = AT(nonce + i, uint64_t);
	AT(record + 0x60, uint32_t) = adler32(AT(range, uint64_t), AT(range + 8, uint64_t));
	AT(record + 0x100, uint64_t) = AT(range, uint64_t);
	AT(record + 0x108, uint64_t) = AT(range + 8, uint64_t);
}

uint64_t other_call(uint64_t rax)
{
	uint64_t request = GUEST_RCX, result;

	if (rax >> 32 != PROTOCOL)
		return UNSUPPORTED_PROTOCOL;
	if ((uint32_t)rax != MEASURE)
		return UNSUPPORTED_CALL;
	if (!AT(request, uint64_t)) {
		result = check_request(request);
		if (result == SUCCESS)
			AT(request, uint64_t) = ++sessions;
		return result == SUCCESS ? INCOMPLETE : result;
	}
	write_record(request);
	GUEST_RDX = AT(AT(request + 0x08, uint64_t) + 8, uint64_t);
	GUEST_RCX = ENTRY;
	return SUCCESS;
}
