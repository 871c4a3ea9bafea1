/* SPDX-License-Identifier: MIT */
/*
 * One gzip file in memory (RFC 1951, RFC 1952), for /proc/config.gz on systems without zcat, and
 * what is packed in our own file; or a stream of any length.
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

/* Bytes that inflate_gzip_fd works with. */
#define INFLATE_WORK (80 << 10)

/*
 * A gzip file from one descriptor to another, members one after the other; work is INFLATE_WORK
 * bytes. It allocates nothing and calls read(2) and write(2) only. 0; -EINVAL for damaged data;
 * -errno of a read or write; no err text.
 */
int inflate_gzip_fd(int in_fd, int out_fd, void *work) MUST_CHECK;

#endif
