/*
 * The table of certificates: AMD 56421 (GHCB), section "SNP Extended Guest Request". Entries of
 * GUID (16 bytes), offset and length (4 bytes each), a zero entry, then the certificates.
 */
#include "certs.h"

#include <stdbool.h>
#include <string.h>

#define CERTS_SIZE_AT 0x0c
#define GUID_SIZE 16
#define ENTRY_SIZE 24
#define HINT "the host's administrator has to give the VM VCEK (or VLEK), ASK and ARK"

enum { VCEK, VLEK, ASK, ARK, KNOWN };

static const struct {
	const char *name;
	uint8_t guid[GUID_SIZE]; /* its bytes in the order in which it is written */
} known[KNOWN] = {
	[VCEK] = { "VCEK", { 0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64,
			     0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac, 0xcd } },
	[VLEK] = { "VLEK", { 0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e,
			     0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8, 0xa1 } },
	[ASK] = { "ASK", { 0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4,
			   0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7, 0x82 } },
	[ARK] = { "ARK", { 0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52,
			   0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0, 0xae } },
};

/* Which key signed the report, VCEK or VLEK: AMD 56860, ATTESTATION_REPORT, SIGNING_KEY. */
#define SIGNING_KEY_AT (0xb0 + 0x48)
#define SIGNING_KEY_SHIFT 2
#define SIGNING_KEY_MASK 7
#define SIGNED_BY_VLEK 1

/* The certificates that are kept, in the order of the table. */
struct kept {
	unsigned int kind;
	const uint8_t *bytes;
	uint32_t size;
};

struct selection {
	unsigned int unwanted; /* the endorsement key that did not sign the report */
	struct kept kept[KNOWN];
	size_t count;
};

static unsigned int kind_of(const uint8_t *guid)
{
	unsigned int kind;

	for (kind = 0; kind < KNOWN; kind++)
		if (!memcmp(guid, known[kind].guid, GUID_SIZE))
			break;
	return kind;
}

static bool has(const struct selection *selection, unsigned int kind)
{
	size_t i;

	for (i = 0; i < selection->count; i++)
		if (selection->kept[i].kind == kind)
			return true;
	return false;
}

static enum status select_one(const uint8_t *table, size_t size, const uint8_t *entry,
			      struct selection *selection)
{
	uint32_t offset = get_u32(entry + GUID_SIZE);
	uint32_t length = get_u32(entry + GUID_SIZE + 4);
	unsigned int kind = kind_of(entry);

	if (kind == KNOWN || kind == selection->unwanted)
		return DONE;
	if (has(selection, kind))
		return fail(FAILED, "the host's table of certificates names %s twice; " HINT,
			    known[kind].name);
	if (!length || offset > size || length > size - offset)
		return fail(FAILED, "the host's table of certificates ends before its %s does; " HINT,
			    known[kind].name);
	selection->kept[selection->count++] = (struct kept){ kind, table + offset, length };
	return DONE;
}

static enum status select_certificates(const uint8_t *table, size_t size,
				       struct selection *selection)
{
	static const uint8_t end[ENTRY_SIZE];
	enum status status;
	size_t at;

	if (!size)
		return DONE;
	for (at = 0; size - at >= ENTRY_SIZE; at += ENTRY_SIZE) {
		if (!memcmp(table + at, end, ENTRY_SIZE))
			return DONE;
		status = select_one(table, size, table + at, selection);
		if (status)
			return status;
	}
	return fail(FAILED, "the host's table of certificates has no end; " HINT);
}

static unsigned int unwanted_key(const uint8_t *key_evidence)
{
	unsigned int signer = key_evidence[SIGNING_KEY_AT] >> SIGNING_KEY_SHIFT & SIGNING_KEY_MASK;

	return signer == SIGNED_BY_VLEK ? VCEK : VLEK;
}

static enum status check_chain(const struct selection *selection)
{
	unsigned int kind;

	for (kind = 0; kind < KNOWN && selection->count; kind++)
		if (kind != selection->unwanted && !has(selection, kind))
			return fail(FAILED, "the host gave no %s; " HINT, known[kind].name);
	return DONE;
}

static void add_table(const struct selection *selection, struct buffer *to)
{
	static const uint8_t end[ENTRY_SIZE];
	uint32_t offset = (selection->count + 1) * ENTRY_SIZE;
	size_t i;

	if (!selection->count)
		return;
	for (i = 0; i < selection->count; i++) {
		const struct kept *kept = &selection->kept[i];

		buffer_add(to, known[kept->kind].guid, GUID_SIZE);
		buffer_add_u32(to, offset);
		buffer_add_u32(to, kept->size);
		offset += kept->size;
	}
	buffer_add(to, end, ENTRY_SIZE);
	for (i = 0; i < selection->count; i++)
		buffer_add(to, selection->kept[i].bytes, selection->kept[i].size);
}

enum status trim_certificates(const struct buffer *from, struct buffer *to)
{
	struct selection selection = { 0 };
	struct buffer table = { 0 };
	enum status status;

	if (from->size < KEY_EVIDENCE_SIZE || memcmp(from->bytes, "SVSMMKEY", 8) ||
	    get_u32(from->bytes + CERTS_SIZE_AT) != from->size - KEY_EVIDENCE_SIZE)
		return fail(FAILED, "what the SVSM gave is no key evidence (%zu bytes); its version "
			    "and this program's differ", from->size);
	selection.unwanted = unwanted_key(from->bytes);
	status = select_certificates(from->bytes + KEY_EVIDENCE_SIZE, from->size - KEY_EVIDENCE_SIZE,
				     &selection);
	if (!status)
		status = check_chain(&selection);
	if (status)
		return status;
	add_table(&selection, &table);
	buffer_add(to, from->bytes, CERTS_SIZE_AT);
	buffer_add_u32(to, table.size);
	buffer_add(to, from->bytes + CERTS_SIZE_AT + 4, KEY_EVIDENCE_SIZE - CERTS_SIZE_AT - 4);
	buffer_add(to, table.bytes, table.size);
	buffer_free(&table);
	return DONE;
}
