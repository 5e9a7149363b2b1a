/* Key evidence as evidence files have it: its certificates are those that a verifier needs. */
#ifndef CERTS_H
#define CERTS_H

#include "buffer.h"
#include "fail.h"

#define KEY_EVIDENCE_SIZE 0x550

/*
 * Keep VCEK (or VLEK), ASK and ARK of the certificates in `from`, each once, one after the other
 * behind their table and in its order, as section 6 of the protocol says; none, if the host gave
 * none. Their size is in no signature, so that it may change.
 */
enum status trim_certificates(const struct buffer *from, struct buffer *to);

#endif
