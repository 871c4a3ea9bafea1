/* SPDX-License-Identifier: MIT */
/* owns the reading of a tar archive: blocks, headers, the order of the headers of one member */
/* never makes or opens a file, never believes a length before it is checked */
#include "store/tar.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"
#include "store/tar_parse.h"

/* More headers than these in a row, without a member, are made to keep a reader busy. */
#define HEADERS_MAX 16
/* Zeros behind the end that are read, for the decompressor's check of all that it gave. */
#define TAIL_MAX (16 << 20)

static int failed(const struct tar_reader *r, int err, const char *why)
{
	if (*r->name)
		return err_set(err, "'%s' at byte %llu: %s", r->name,
			       (unsigned long long)r->m.offset, why);
	return err_set(err, "at byte %llu: %s", (unsigned long long)r->offset, why);
}

/* ---- bytes ---- */

/* At least one byte in the buffer: 1; 0 at the end; -errno. */
static int fill(struct tar_reader *r)
{
	ssize_t n;

	if (r->at < r->filled)
		return 1;
	n = r->read(r->arg, r->buf, sizeof(r->buf));
	if (n < 0)
		return err_is_set() ? (int)n : err_code((int)n, "cannot read");
	r->at = 0;
	r->filled = (size_t)n;
	return n > 0;
}

/* n bytes to out, which may be NULL. */
static int take(struct tar_reader *r, void *out, uint64_t n)
{
	while (n) {
		size_t have;
		int ret = fill(r);

		if (ret <= 0)
			return ret ? ret : failed(r, EINVAL, "the archive ends in the middle");
		have = r->filled - r->at;
		if (have > n)
			have = (size_t)n;
		if (out) {
			memcpy(out, r->buf + r->at, have);
			out = (char *)out + have;
		}
		r->at += have;
		r->offset += have;
		n -= have;
	}
	return 0;
}

static uint64_t padding_of(uint64_t size)
{
	return -size & (TAR_BLOCK - 1);
}

static bool is_zero(const uint8_t *p, size_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	return !n;
}

/* What follows the end is zeros, as many as the writer's blocks had. */
static int drain(struct tar_reader *r)
{
	uint64_t n = 0;
	int ret;

	r->is_done = true;
	*r->name = '\0';
	for (; n < TAIL_MAX; n += r->filled - r->at, r->at = r->filled) {
		ret = fill(r);
		if (ret <= 0)
			return ret;
		if (!is_zero(r->buf + r->at, r->filled - r->at))
			return failed(r, EINVAL, "there is more behind the end of the archive");
	}
	return failed(r, EINVAL, "no end of zeros behind the archive");
}

/* ---- holes ---- */

int tar_add_part(struct tar_reader *r, int64_t at, int64_t n)
{
	const struct tar_part *last = r->n_parts ? &r->parts[r->n_parts - 1] : NULL;

	if (at < 0 || n < 0 || at > INT64_MAX - n || (last && (uint64_t)at < last->at + last->n))
		return failed(r, EINVAL, "bad map of holes");
	if (r->n_parts == TAR_HOLES_MAX)
		return failed(r, E2BIG, "too many holes");
	if (r->n_parts == r->room) {
		unsigned int room = r->room ? 2 * r->room : 64;
		struct tar_part *more = realloc(r->parts, room * sizeof(*more));

		if (!more)
			return err_set(ENOMEM, "out of memory");
		r->parts = more;
		r->room = room;
	}
	r->parts[r->n_parts++] = (struct tar_part){ (uint64_t)at, (uint64_t)n };
	return 0;
}

/* Entries of the old GNU format: two numbers of 12 bytes each, up to the first without. */
static int add_old_parts(struct tar_reader *r, const char *p, unsigned int n)
{
	int64_t at, size;
	int ret = 0;

	for (; !ret && n && *p; n--, p += 24) {
		if (tar_number(p, 12, &at) || tar_number(p + 12, 12, &size))
			return failed(r, EINVAL, "bad map of holes");
		ret = tar_add_part(r, at, size);
	}
	return ret;
}

static int read_old_sparse(struct tar_reader *r, const char *head)
{
	bool more = head[482];
	char block[TAR_BLOCK];
	int64_t size;
	int ret;

	if (tar_number(head + 483, 12, &size) || size < 0)
		return failed(r, EINVAL, "bad size");
	ret = add_old_parts(r, head + 386, 4);
	while (!ret && more) {
		ret = take(r, block, sizeof(block));
		more = block[504];
		if (!ret && !block[0] && more)
			return failed(r, EINVAL, "bad map of holes");
		if (!ret)
			ret = add_old_parts(r, block, 21);
	}
	r->is_sparse = true;
	r->m.size = (uint64_t)size;
	return ret;
}

/* One line of the map that GNU.sparse 1.0 has before the data. */
static int map_number(struct tar_reader *r, int64_t *out)
{
	char line[24];
	uint64_t v;
	size_t n;
	int ret;

	for (n = 0; n < sizeof(line); n++) {
		if (!r->left)
			break;
		ret = take(r, line + n, 1);
		if (ret)
			return ret;
		r->left--;
		if (line[n] == '\n') {
			line[n] = '\0';
			if (str_to_u64(line, INT64_MAX, &v))
				break;
			*out = (int64_t)v;
			return 0;
		}
	}
	return failed(r, EINVAL, "bad map of holes");
}

static int read_map(struct tar_reader *r)
{
	uint64_t before = r->offset, skip;
	int64_t n, at, size;
	int ret = map_number(r, &n);

	if (!ret && n > TAR_HOLES_MAX)
		return failed(r, E2BIG, "too many holes");
	for (; !ret && n; n--) {
		ret = map_number(r, &at);
		if (!ret)
			ret = map_number(r, &size);
		if (!ret)
			ret = tar_add_part(r, at, size);
	}
	skip = padding_of(r->offset - before);
	if (!ret && skip > r->left)
		return failed(r, EINVAL, "bad map of holes");
	if (!ret) {
		r->left -= skip;
		ret = take(r, NULL, skip);
	}
	return ret;
}

/* The map must say of every byte that is there where it belongs. */
static int check_parts(struct tar_reader *r)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < r->n_parts; i++) {
		if (r->parts[i].at + r->parts[i].n > r->m.size)
			return failed(r, EINVAL, "data behind the end of the file");
		sum += r->parts[i].n;
	}
	if (sum != r->left)
		return failed(r, EINVAL, "the map of holes is not that of the data");
	r->part = 0;
	r->part_left = r->n_parts ? r->parts[0].n : 0;
	return 0;
}

/* ---- headers ---- */

static int read_text(struct tar_reader *r, int64_t size, char *out)
{
	int ret;

	if (size > TAR_NAME_MAX)
		return failed(r, ENAMETOOLONG, "the name is too long");
	if (!size)
		return failed(r, EINVAL, "empty name");
	/* What is told when the archive ends here is a string, too. */
	out[TAR_NAME_MAX - 1] = '\0';
	ret = take(r, out, (uint64_t)size);
	if (!ret)
		ret = take(r, NULL, padding_of((uint64_t)size));
	if (ret)
		return ret;
	/* With its NUL, but for one writer or another. */
	if (out[size - 1] && size == TAR_NAME_MAX)
		return failed(r, ENAMETOOLONG, "the name is too long");
	if (out[size - 1])
		out[size] = '\0';
	if (strlen(out) + 1 < (size_t)size)
		return failed(r, EINVAL, "a name with a NUL byte");
	return 0;
}

static int read_pax(struct tar_reader *r, int64_t size, bool is_global)
{
	int ret;

	if (size > TAR_EXTRA_MAX)
		return failed(r, E2BIG, "the extended header is too big");
	if (!is_global && r->extra)
		return failed(r, EINVAL, "two extended headers");
	free(r->extra);
	r->extra = malloc((size_t)size + 1);
	if (!r->extra)
		return err_set(ENOMEM, "out of memory");
	r->n_extra = (size_t)size;
	ret = take(r, r->extra, (uint64_t)size);
	if (!ret)
		ret = take(r, NULL, padding_of((uint64_t)size));
	if (!ret)
		ret = tar_parse_pax(r, is_global);
	if (is_global) {
		free(r->extra);
		r->extra = NULL;
	}
	return ret == -EINVAL && !err_is_set() ? failed(r, EINVAL, "bad extended header") : ret;
}

/* 1: it was a header about the next one. */
static int read_extra(struct tar_reader *r, char type, int64_t size)
{
	int ret;

	switch (type) {
	case 'L':
		ret = read_text(r, size, r->name);
		break;
	case 'K':
		ret = read_text(r, size, r->target);
		break;
	case 'x':
		ret = read_pax(r, size, false);
		break;
	case 'g':
		ret = read_pax(r, size, true);
		break;
	default:
		return 0;
	}
	return ret ? ret : 1;
}

static int find_type(struct tar_reader *r, char type)
{
	static const char letters[] = "0123456";
	const char *p;
	size_t n;

	if (!type || type == '7')
		type = '0';
	/* Of GNU, the one type whose data are not all of the file. */
	if (type == 'S')
		type = '0';
	p = strchr(letters, type);
	if (!p)
		return failed(r, EINVAL, "a member of a kind that is not known");
	r->m.type = (enum tar_type)(p - letters);
	/* V7 has no directories but by their names. */
	n = strlen(r->name);
	if (r->m.type == TAR_FILE && n && r->name[n - 1] == '/')
		r->m.type = TAR_DIR;
	return 0;
}

static int set_sizes(struct tar_reader *r, const char *head)
{
	int ret = 0;

	if (r->has_size)
		r->left = r->pax_size;
	/* Some write the size of the file that a link is to, and never its data. */
	if (r->m.type == TAR_HARD_LINK)
		r->left = 0;
	r->padding = padding_of(r->left);
	r->m.size = r->left;
	if (head[156] == 'S')
		ret = read_old_sparse(r, head);
	else if (r->is_sparse && r->sparse_major == 1)
		ret = read_map(r);
	if (r->has_real_size)
		r->m.size = r->real_size;
	if (!ret && r->m.size > INT64_MAX)
		ret = failed(r, EINVAL, "bad size");
	if (!ret && r->is_sparse && r->m.type != TAR_FILE)
		ret = failed(r, EINVAL, "holes in what is no file");
	if (!ret && r->is_sparse)
		ret = check_parts(r);
	return ret;
}

static int finish_member(struct tar_reader *r, const char *head)
{
	int ret = tar_parse_fields(r, head);

	if (ret)
		return failed(r, EINVAL, "bad number in the header");
	if (r->is_sparse && *r->sparse_name)
		memcpy(r->name, r->sparse_name, sizeof(r->name));
	if (!*r->name)
		return failed(r, EINVAL, "empty name");
	ret = find_type(r, head[156]);
	if (ret)
		return ret;
	if ((r->m.type == TAR_HARD_LINK || r->m.type == TAR_SYMLINK) && !*r->target)
		return failed(r, EINVAL, "a link without a target");
	ret = set_sizes(r, head);
	return ret ? ret : 1;
}

/* The data of this member and what fills its last block. */
static int skip_rest(struct tar_reader *r)
{
	int ret = take(r, NULL, r->left);

	if (!ret)
		ret = take(r, NULL, r->padding);
	r->left = r->padding = 0;
	return ret;
}

static void reset(struct tar_reader *r)
{
	free(r->extra);
	free(r->parts);
	memset(&r->m, 0, sizeof(r->m));
	r->extra = NULL;
	r->parts = NULL;
	r->n_extra = 0;
	r->n_parts = r->room = r->part = r->sparse_major = 0;
	r->is_sparse = r->has_offset = r->has_size = r->has_real_size = false;
	r->has_mtime = r->has_uid = r->has_gid = false;
	*r->name = *r->target = *r->sparse_name = '\0';
	r->m.name = r->name;
	r->m.target = r->target;
	r->m.offset = r->offset;
}

int tar_next(struct tar_reader *r, const struct tar_member **m)
{
	char head[TAR_BLOCK];
	unsigned int n;
	int64_t size;
	int ret;

	if (r->is_done)
		return 0;
	ret = skip_rest(r);
	if (ret)
		return ret;
	reset(r);
	*m = &r->m;
	for (n = 0; n < HEADERS_MAX; n++) {
		ret = take(r, head, sizeof(head));
		if (ret)
			return ret;
		if (is_zero((uint8_t *)head, sizeof(head)))
			return n ? failed(r, EINVAL, "the archive ends in the middle") : drain(r);
		if (!tar_is_header(head))
			return failed(r, EINVAL, "not a header (wrong checksum)");
		if (tar_number(head + 124, 12, &size) || size < 0)
			return failed(r, EINVAL, "bad size");
		ret = read_extra(r, head[156], size);
		if (ret < 0)
			return ret;
		if (!ret) {
			r->left = (uint64_t)size;
			return finish_member(r, head);
		}
	}
	return failed(r, EINVAL, "headers without end");
}

ssize_t tar_data(struct tar_reader *r, const void **data, uint64_t *at)
{
	uint64_t n;
	int ret;

	if (!r->left)
		return 0;
	ret = fill(r);
	if (ret <= 0)
		return ret ? ret : failed(r, EINVAL, "the archive ends in the middle");
	n = r->filled - r->at;
	if (n > r->left)
		n = r->left;
	*at = r->m.size - r->left;
	if (r->is_sparse) {
		while (!r->part_left)
			r->part_left = r->parts[++r->part].n;
		if (n > r->part_left)
			n = r->part_left;
		*at = r->parts[r->part].at + r->parts[r->part].n - r->part_left;
		r->part_left -= n;
	}
	*data = r->buf + r->at;
	r->at += n;
	r->offset += n;
	r->left -= n;
	return (ssize_t)n;
}

void tar_free(struct tar_reader *r)
{
	free(r->extra);
	free(r->parts);
	r->extra = NULL;
	r->parts = NULL;
}
