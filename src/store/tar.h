/* SPDX-License-Identifier: MIT */
/*
 * A tar archive, read once from its beginning to its end: V7, ustar, GNU (long names, sparse files,
 * numbers of base 256) and pax (POSIX.1-2001; SCHILY.xattr.*, GNU.sparse.* 0.0, 0.1 and 1.0).
 *
 * Whoever made it is hostile: every field is checked, memory does not grow with the archive (at
 * most TAR_EXTRA_MAX and 1.5 MiB for the holes of one file besides the reader), and what is not
 * understood is an error, never passed over. Nothing is opened or made here: see store/untar.h.
 */
#ifndef STORE_TAR_H
#define STORE_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/err.h"

#define TAR_BLOCK 512
/* Longest name and target, in bytes with the NUL; longest pax header; most members of these. */
#define TAR_NAME_MAX 4096
#define TAR_EXTRA_MAX (1 << 20)
#define TAR_XATTR_MAX 64
#define TAR_HOLES_MAX 65536

enum tar_type {
	TAR_FILE,
	TAR_HARD_LINK,
	TAR_SYMLINK,
	TAR_CHAR,
	TAR_BLOCK_DEVICE,
	TAR_DIR,
	TAR_FIFO,
};

/* An extended attribute; value points into the reader. */
struct tar_xattr {
	const char *name;
	const void *value;
	size_t n;
};

/* A stretch of a sparse file that has data. */
struct tar_part {
	uint64_t at, n;
};

/* One member; what it points to holds until the next. */
struct tar_member {
	enum tar_type type;
	/* As it was written: "./a", "/etc/passwd" and "../x" are told, not mended. */
	const char *name;
	/* Of TAR_HARD_LINK and TAR_SYMLINK. */
	const char *target;
	mode_t mode;			/* permissions, set-id and sticky bits only */
	uint32_t uid, gid;
	uint64_t size;			/* of the file, holes included */
	int64_t mtime;
	uint32_t mtime_ns;
	unsigned int major, minor;
	unsigned int n_xattrs;
	struct tar_xattr xattr[TAR_XATTR_MAX];
	/* Where its first header begins, in bytes from the start of the (decompressed) archive. */
	uint64_t offset;
};

struct tar_reader {
	/* As read(2): bytes, 0 at the end, -errno (err may be set). */
	ssize_t (*read)(void *arg, void *buf, size_t n);
	void *arg;

	/* The rest is the reader's own. */
	struct tar_member m;
	uint64_t offset;		/* of what is taken next */
	uint64_t left, padding;		/* data of this member that was not taken */
	uint64_t part_left;		/* of the part that is being read */
	unsigned int part, n_parts, room;
	struct tar_part *parts;		/* NULL: not sparse */
	char *extra;			/* pax records of this member */
	size_t n_extra;
	unsigned int sparse_major;
	bool is_sparse, has_offset;	/* pax; a lone GNU.sparse.offset */
	bool has_size, has_real_size, has_mtime, has_uid, has_gid;
	bool is_done;
	uint64_t pax_size, real_size, hole_end;
	char name[TAR_NAME_MAX], target[TAR_NAME_MAX], sparse_name[TAR_NAME_MAX];
	size_t at, filled;
	uint8_t buf[32768];
};

/*
 * The next member: 1; 0 behind the last; -errno with err, which names the member that was being
 * read, if its name is known, and its offset. What was not read of the one before is skipped. r is
 * zeroed, with read and arg, at first.
 */
int tar_next(struct tar_reader *r, const struct tar_member **m) MUST_CHECK;

/*
 * The next data of the member: their number of bytes, 0 at its end, -errno with err. *data points
 * into the reader and holds until the next call; *at is where they belong in the file.
 */
ssize_t tar_data(struct tar_reader *r, const void **data, uint64_t *at) MUST_CHECK;

/* Frees what the reader has allocated. */
void tar_free(struct tar_reader *r);

/* Whether the 512 bytes are a header with a right checksum. */
bool tar_is_header(const void *block);

/*
 * A number of a header's field: octal, blanks around, or base 256; -EINVAL for anything else, also
 * what does not fit. Negative ones only by base 256.
 */
int tar_number(const void *field, unsigned int n, int64_t *out) MUST_CHECK;

#endif
