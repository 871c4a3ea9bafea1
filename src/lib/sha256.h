/* SPDX-License-Identifier: MIT */
/*
 * SHA-256 (FIPS 180-4).
 */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32
/* As hexadecimal digits, with the NUL. */
#define SHA256_HEX 65

struct sha256 {
	uint32_t h[8];
	uint64_t n;		/* bytes so far */
	uint8_t block[64];
};

void sha256_begin(struct sha256 *s);
void sha256_add(struct sha256 *s, const void *data, size_t n);
/* The digest in lower-case hexadecimal. */
void sha256_end(struct sha256 *s, char hex[SHA256_HEX]);

#endif
