/* SPDX-License-Identifier: MIT */
/*
 * One gzip file in memory (RFC 1951, RFC 1952), for /proc/config.gz on systems without zcat.
 * Small, not fast.
 */
#ifndef LIB_INFLATE_H
#define LIB_INFLATE_H

#include <stddef.h>
#include <sys/types.h>

#include "lib/err.h"

/*
 * Decompresses one member that ends with the buffer into memory of the caller's (*out, NUL-
 * terminated, free()). Length; -EINVAL with err for data that is damaged in any way (length and
 * CRC are checked), -EFBIG for more than max bytes, -ENOMEM.
 */
ssize_t inflate_gzip(const void *in, size_t n, size_t max, char **out) MUST_CHECK;

#endif
