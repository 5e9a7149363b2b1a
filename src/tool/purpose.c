#include "purpose.h"

#include <openssl/evp.h>
#include <string.h>

#define CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-"

bool is_purpose(const uint8_t *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		if (!text[i] || !strchr(CHARACTERS, text[i]))
			return false;
	return size >= 1 && size <= PURPOSE_MAX;
}

/* The value of a hexadecimal digit, 16 if it is none. */
static unsigned int digit(char character)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = character ? strchr(digits, character) : NULL;

	return found ? (found - digits) % 16 : 16;
}

enum status read_nonce(const char *digits, uint8_t nonce[NONCE_SIZE])
{
	size_t length = strlen(digits);
	size_t i;

	if (length != 2 * NONCE_SIZE)
		return fail(WRONG_USE, "--nonce has %zu characters; it is the verifier's 64 bytes, "
			    "128 hexadecimal digits", length);
	for (i = 0; i < length; i++)
		if (digit(digits[i]) == 16)
			return fail(WRONG_USE, "--nonce: character %zu is no hexadecimal digit", i + 1);
	for (i = 0; i < NONCE_SIZE; i++)
		nonce[i] = digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]);
	return DONE;
}

enum status nonce_for(const uint8_t nonce[NONCE_SIZE], const char *purpose,
		      uint8_t result[NONCE_SIZE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool hashed = context && EVP_DigestInit_ex(context, EVP_sha512(), NULL) &&
		      EVP_DigestUpdate(context, nonce, NONCE_SIZE) &&
		      EVP_DigestUpdate(context, purpose, strlen(purpose)) &&
		      EVP_DigestFinal_ex(context, result, NULL);

	EVP_MD_CTX_free(context);
	return hashed ? DONE : fail(FAILED, "libcrypto makes no SHA-512; see its configuration, "
				    "openssl.cnf");
}
