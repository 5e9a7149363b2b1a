/* The file that goes to the verifier (section 6 of the protocol). */
#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "buffer.h"
#include "fail.h"

struct evidence {
	struct buffer key; /* key evidence, its certificates trimmed */
	struct buffer entries;
	unsigned int count; /* of the entries */
};

/*
 * Write the file, readable by its owner alone. It is there complete or not at all: what was at
 * `path` before stays until all of the new file is on the disk.
 */
enum status write_evidence(const struct evidence *evidence, const char *path);
void evidence_free(struct evidence *evidence);

#endif
