/* SPDX-License-Identifier: MIT */
/* owns what the bytes of a tar header and of pax records say */
/* never reads behind the header or the records, whatever the lengths in them are */
#include "store/tar_parse.h"

#include <errno.h>
#include <string.h>

#include "lib/str.h"

/* ---- a header ---- */

static int number_256(const uint8_t *p, unsigned int n, int64_t *out)
{
	bool is_negative = p[0] == 0xff;
	uint64_t v = is_negative ? ~(uint64_t)0 : 0;
	unsigned int i;

	if (p[0] != 0x80 && p[0] != 0xff)
		return -EINVAL;
	for (i = 1; i < n; i++) {
		/* What is shifted out was only the sign again. */
		if (v >> 55 != (is_negative ? 0x1ff : 0))
			return -EINVAL;
		v = v << 8 | p[i];
	}
	if (v >> 63 != is_negative)
		return -EINVAL;
	*out = (int64_t)v;
	return 0;
}

int tar_number(const void *field, unsigned int n, int64_t *out)
{
	const uint8_t *p = field, *end = p + n;
	uint64_t v = 0;

	if (*p & 0x80)
		return number_256(p, n, out);
	while (p < end && *p == ' ')
		p++;
	for (; p < end && *p >= '0' && *p <= '7'; p++) {
		if (v >> 60)
			return -EINVAL;
		v = v << 3 | (*p - '0');
	}
	for (; p < end; p++)
		if (*p && *p != ' ')
			return -EINVAL;
	*out = (int64_t)v;
	return 0;
}

bool tar_is_header(const void *block)
{
	const uint8_t *p = block;
	int64_t sum;
	/* Old writers added the bytes up with their sign. */
	int64_t plain = 0, with_sign = 0;
	unsigned int i;

	if (tar_number(p + 148, 8, &sum))
		return false;
	for (i = 0; i < TAR_BLOCK; i++) {
		uint8_t c = i >= 148 && i < 156 ? ' ' : p[i];

		plain += c;
		with_sign += (int8_t)c;
	}
	return sum == plain || sum == with_sign;
}

/* "ustar" with a NUL is POSIX's; GNU's own, with a blank, has other things where the prefix is. */
static bool is_ustar(const char *head)
{
	return !memcmp(head + 257, "ustar", 6);
}

static bool is_gnu(const char *head)
{
	return !memcmp(head + 257, "ustar  ", 8);
}

static void copy_name(char *out, const char *field, size_t max)
{
	size_t n = strnlen(field, max);

	memcpy(out, field, n);
	out[n] = '\0';
}

static void set_names(struct tar_reader *r, const char *head)
{
	size_t n = 0;

	if (!*r->name) {
		if (is_ustar(head) && head[345]) {
			copy_name(r->name, head + 345, 155);
			n = strlen(r->name);
			r->name[n++] = '/';
		}
		copy_name(r->name + n, head, 100);
	}
	if (!*r->target)
		copy_name(r->target, head + 157, 100);
}

/* -EINVAL when it is not from 0 to max. */
static int get_unsigned(const char *field, unsigned int n, uint32_t max, uint32_t *out)
{
	int64_t v;

	if (tar_number(field, n, &v) || v < 0 || v > (int64_t)max)
		return -EINVAL;
	*out = (uint32_t)v;
	return 0;
}

int tar_parse_fields(struct tar_reader *r, const char *head)
{
	uint32_t mode, major = 0, minor = 0;
	int ret;

	set_names(r, head);
	ret = get_unsigned(head + 100, 8, 0xffffff, &mode);
	r->m.mode = mode & 07777;
	/* 4294967295 is no id: chown(2) leaves the owner then. */
	if (!ret && !r->has_uid)
		ret = get_unsigned(head + 108, 8, 0xfffffffe, &r->m.uid);
	if (!ret && !r->has_gid)
		ret = get_unsigned(head + 116, 8, 0xfffffffe, &r->m.gid);
	if (!ret && !r->has_mtime)
		ret = tar_number(head + 136, 12, &r->m.mtime);
	if (!ret && (head[156] == '3' || head[156] == '4') && (is_ustar(head) || is_gnu(head))) {
		ret = get_unsigned(head + 329, 8, 0xfff, &major);
		if (!ret)
			ret = get_unsigned(head + 337, 8, 0xfffff, &minor);
	}
	r->m.major = major;
	r->m.minor = minor;
	return ret;
}

/* ---- pax records ---- */

/* "SECONDS[.FRACTION]", '-' allowed. */
static int parse_time(char *s, int64_t *out, uint32_t *ns)
{
	char *dot = strchr(s, '.');
	bool is_negative = *s == '-';
	uint32_t unit = 100000000;
	uint64_t v;

	*ns = 0;
	if (dot) {
		*dot++ = '\0';
		for (; *dot; dot++, unit /= 10) {
			if (*dot < '0' || *dot > '9')
				return -EINVAL;
			*ns += unit * (uint32_t)(*dot - '0');
		}
	}
	if (str_to_u64(s + is_negative, INT64_MAX / 2, &v))
		return -EINVAL;
	*out = is_negative ? -(int64_t)v : (int64_t)v;
	/* -1.25 is three quarters of a second after -2. */
	if (is_negative && *ns) {
		*out -= 1;
		*ns = 1000000000 - *ns;
	}
	return 0;
}

/* "at,n,at,n": GNU.sparse 0.1 */
static int parse_map(struct tar_reader *r, char *s)
{
	uint64_t at, n;
	char *word;
	int ret = 0;

	while (!ret && (word = str_word(&s, ","))) {
		if (str_to_u64(word, INT64_MAX, &at))
			return -EINVAL;
		word = str_word(&s, ",");
		if (!word || str_to_u64(word, INT64_MAX, &n))
			return -EINVAL;
		ret = tar_add_part(r, (int64_t)at, (int64_t)n);
	}
	return ret;
}

static int parse_sparse(struct tar_reader *r, const char *key, char *value)
{
	uint64_t v;

	if (str_eq(key, "map") || str_eq(key, "name")) {
		r->is_sparse = true;
		if (*key == 'm')
			return parse_map(r, value);
		if (strlen(value) >= TAR_NAME_MAX)
			return err_set(ENAMETOOLONG, "at byte %llu: the name is too long",
				       (unsigned long long)r->m.offset);
		str_format(r->sparse_name, sizeof(r->sparse_name), "%s", value);
		return 0;
	}
	if (str_to_u64(value, INT64_MAX, &v))
		return -EINVAL;
	r->is_sparse = true;
	if (str_eq(key, "major")) {
		if (v > 1)
			return -EINVAL;
		r->sparse_major = (unsigned int)v;
	} else if (str_eq(key, "size") || str_eq(key, "realsize")) {
		r->has_real_size = true;
		r->real_size = v;
	} else if (str_eq(key, "offset")) {
		if (r->has_offset)
			return -EINVAL;
		r->has_offset = true;
		r->hole_end = v;
	} else if (str_eq(key, "numbytes")) {
		if (!r->has_offset)
			return -EINVAL;
		r->has_offset = false;
		return tar_add_part(r, (int64_t)r->hole_end, (int64_t)v);
	} else if (!str_eq(key, "minor") && !str_eq(key, "numblocks")) {
		return -EINVAL;
	}
	return 0;
}

static int add_xattr(struct tar_reader *r, const char *name, const void *value, size_t n)
{
	if (!*name)
		return -EINVAL;
	if (r->m.n_xattrs == TAR_XATTR_MAX)
		return err_set(E2BIG, "at byte %llu: too many extended attributes",
			       (unsigned long long)r->m.offset);
	r->m.xattr[r->m.n_xattrs++] = (struct tar_xattr){ name, value, n };
	return 0;
}

static int set_name(struct tar_reader *r, char *out, const char *value, size_t n)
{
	if (n >= TAR_NAME_MAX)
		return err_set(ENAMETOOLONG, "at byte %llu: the name is too long",
			       (unsigned long long)r->m.offset);
	memcpy(out, value, n + 1);
	return 0;
}

static int parse_record(struct tar_reader *r, char *key, char *value, size_t n)
{
	const char *rest = str_after(key, "SCHILY.xattr.");
	uint64_t v;
	int ret = 0;

	if (rest)
		return add_xattr(r, rest, value, n);
	/* Of all others the value is text. */
	if (strlen(value) != n)
		return -EINVAL;
	rest = str_after(key, "GNU.sparse.");
	if (rest)
		return parse_sparse(r, rest, value);
	/* An empty one takes back what a global header said. */
	if (!n)
		return 0;
	if (str_eq(key, "path"))
		return set_name(r, r->name, value, n);
	if (str_eq(key, "linkpath"))
		return set_name(r, r->target, value, n);
	if (str_eq(key, "mtime")) {
		r->has_mtime = true;
		return parse_time(value, &r->m.mtime, &r->m.mtime_ns);
	}
	if (str_eq(key, "size")) {
		ret = str_to_u64(value, INT64_MAX, &v);
		r->has_size = true;
		r->pax_size = v;
	} else if (str_eq(key, "uid")) {
		ret = str_to_u64(value, 0xfffffffe, &v);
		r->has_uid = true;
		r->m.uid = (uint32_t)v;
	} else if (str_eq(key, "gid")) {
		ret = str_to_u64(value, 0xfffffffe, &v);
		r->has_gid = true;
		r->m.gid = (uint32_t)v;
	}
	return ret ? -EINVAL : 0;
}

/* What is about all members, or none, and does not change what is made of them. */
static bool is_about_nothing(const char *key)
{
	return str_eq(key, "comment") || str_eq(key, "charset") || str_eq(key, "hdrcharset");
}

/* "LENGTH KEY=VALUE\n" at *p, of n bytes at the most; its length. */
static ssize_t split_record(char *p, size_t n, char **key, char **value, size_t *len)
{
	size_t digits = 0, size = 0;
	char *eq;

	for (; digits < n && p[digits] >= '0' && p[digits] <= '9' && digits < 8; digits++)
		size = size * 10 + (size_t)(p[digits] - '0');
	if (!digits || digits == n || p[digits] != ' ' || size > n || size < digits + 4 ||
	    p[size - 1] != '\n')
		return -EINVAL;
	eq = memchr(p + digits + 1, '=', size - digits - 1);
	if (!eq || eq == p + digits + 1)
		return -EINVAL;
	*eq = p[size - 1] = '\0';
	*key = p + digits + 1;
	*value = eq + 1;
	*len = (size_t)(p + size - 1 - *value);
	/* No NUL in a key. */
	return *key + strlen(*key) == eq ? (ssize_t)size : -EINVAL;
}

int tar_parse_pax(struct tar_reader *r, bool is_global)
{
	char *p = r->extra, *end = p + r->n_extra, *key, *value;
	size_t n;
	int ret = 0;

	while (!ret && p < end) {
		ssize_t len = split_record(p, (size_t)(end - p), &key, &value, &n);

		if (len < 0)
			return (int)len;
		p += len;
		if (is_global && !is_about_nothing(key))
			return err_set(EINVAL, "at byte %llu: '%s' in a global header is not supported",
				       (unsigned long long)r->m.offset, key);
		if (!is_global)
			ret = parse_record(r, key, value, n);
	}
	return !ret && r->has_offset ? -EINVAL : ret;
}
