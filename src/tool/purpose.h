/* What a record is for, and the nonce that says so (section 4 of the protocol). */
#ifndef PURPOSE_H
#define PURPOSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fail.h"

#define NONCE_SIZE 64
#define PURPOSE_MAX 200

/* Whether these bytes are 1 to 200 of the characters that a purpose may have. */
bool is_purpose(const uint8_t *text, size_t size);

/* Read 128 hexadecimal digits. */
enum status read_nonce(const char *digits, uint8_t nonce[NONCE_SIZE]);

/* SHA-512 of the verifier's nonce and the purpose. */
enum status nonce_for(const uint8_t nonce[NONCE_SIZE], const char *purpose,
		      uint8_t result[NONCE_SIZE]);

#endif
