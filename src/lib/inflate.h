/* SPDX-License-Identifier: MIT */
/*
 * One gzip file in memory (RFC 1951, RFC 1952), for /proc/config.gz on systems without zcat, and
 * what is packed in our own file.
 * Small, not fast.
 */
#ifndef LIB_INFLATE_H
#define LIB_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * Decompresses one member that ends with the buffer into memory of the caller's (*out, NUL-
 * terminated, free()). Length; -EINVAL with err for data that is damaged in any way (length and
 * CRC are checked), -EFBIG for more than max bytes, -ENOMEM.
 */
ssize_t inflate_gzip(const void *in, size_t n, size_t max, char **out) MUST_CHECK;

/*
 * The bare data of RFC 1951 into out, of as many bytes as they are known to make. False when they
 * are damaged or make another number; sets no err.
 */
bool inflate_raw(const void *in, size_t n, void *out, size_t size);

#endif
