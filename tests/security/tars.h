/* SPDX-License-Identifier: MIT */
/* owns tar archives that nobody means well with, and a few good ones, written member by member */
/* never needs more than memory: the archive is in t->s, t->n bytes of it */
#ifndef TARS_H
#define TARS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tars {
	char *s;
	size_t n, room;
	unsigned int id;	/* owner and group of all members */
	const char *victim;	/* a directory outside with a file "precious" */
};

static inline char *tars_more(struct tars *t, size_t n)
{
	char *at;

	if (t->n + n > t->room) {
		t->room = 2 * (t->n + n) + 65536;
		t->s = realloc(t->s, t->room);
		if (!t->s)
			abort();
	}
	at = t->s + t->n;
	memset(at, 0, n);
	t->n += n;
	return at;
}

static inline void tars_sum(char *h)
{
	unsigned int sum = 0, i;

	memset(h + 148, ' ', 8);
	for (i = 0; i < 512; i++)
		sum += (unsigned char)h[i];
	snprintf(h + 148, 8, "%06o", sum);
	h[155] = ' ';
}

/* A header; its size field is what it says, whatever follows. */
static inline char *tars_head(struct tars *t, const char *name, char type, const char *target, uint64_t size)
{
	char *h = tars_more(t, 512);

	memcpy(h, name, strlen(name) < 100 ? strlen(name) : 100);
	snprintf(h + 100, 8, "%07o", type == '5' ? 0755 : 0644);
	snprintf(h + 108, 8, "%07o", t->id);
	snprintf(h + 116, 8, "%07o", t->id);
	snprintf(h + 124, 12, "%011llo", (unsigned long long)size);
	snprintf(h + 136, 12, "%011o", 1000000000);
	h[156] = type;
	if (target)
		memcpy(h + 157, target, strlen(target) < 100 ? strlen(target) : 100);
	memcpy(h + 257, "ustar\00000", 8);
	tars_sum(h);
	return h;
}

static inline void tars_data(struct tars *t, const void *data, size_t n)
{
	memcpy(tars_more(t, (n + 511) / 512 * 512), data, n);
}

static inline void tars_file(struct tars *t, const char *name, const char *text)
{
	tars_head(t, name, '0', NULL, strlen(text));
	tars_data(t, text, strlen(text));
}

static inline void tars_link(struct tars *t, const char *name, char type, const char *target)
{
	tars_head(t, name, type, target, 0);
}

static inline void tars_dir(struct tars *t, const char *name)
{
	tars_head(t, name, '5', NULL, 0);
}

/* A pax header with these bytes. */
static inline void tars_pax(struct tars *t, const char *records, size_t n)
{
	tars_head(t, "PaxHeaders/x", 'x', NULL, n);
	tars_data(t, records, n);
}

/* "N KEY=VALUE\n" with the right N, behind what is in buf of *n bytes. */
static inline void tars_record(char *buf, size_t *n, const char *key, const char *value, size_t len)
{
	size_t size = strlen(key) + len + 3, digits = 1, i;

	for (i = 10; size + digits >= i; i *= 10)
		digits++;
	*n += (size_t)sprintf(buf + *n, "%zu %s=", size + digits, key);
	memcpy(buf + *n, value, len);
	*n += len;
	buf[(*n)++] = '\n';
}

static inline void tars_pax1(struct tars *t, const char *key, const char *value)
{
	char *buf = malloc(strlen(value) + 256);
	size_t n = 0;

	tars_record(buf, &n, key, value, strlen(value));
	tars_pax(t, buf, n);
	free(buf);
}

static inline void tars_end(struct tars *t)
{
	tars_more(t, 1024);
}

static inline const char *in_victim(const struct tars *t, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof(path), "%s/%s", t->victim, name);
	return path;
}

/* ---- each makes one; what is missing is the end ---- */

static void t_dotdot(struct tars *t)
{
	tars_file(t, "../escaped", "x");
}

static void t_dotdot_inside(struct tars *t)
{
	tars_dir(t, "a");
	tars_file(t, "a/../../escaped", "x");
}

static void t_dotdot_last(struct tars *t)
{
	tars_dir(t, "a/..");
}

static void t_absolute(struct tars *t)
{
	tars_file(t, in_victim(t, "precious"), "x");
}

static void t_absolute_pax(struct tars *t)
{
	tars_pax1(t, "path", in_victim(t, "precious"));
	tars_file(t, "harmless", "x");
}

static void t_file_through_link(struct tars *t)
{
	tars_link(t, "l", '2', t->victim);
	tars_file(t, "l/precious", "x");
}

static void t_dir_through_link(struct tars *t)
{
	tars_link(t, "l", '2', t->victim);
	tars_dir(t, "l/new");
}

static void t_deep_through_link(struct tars *t)
{
	tars_dir(t, "d");
	tars_link(t, "d/l", '2', t->victim);
	tars_file(t, "d/l/x/y", "x");
}

static void t_relative_link(struct tars *t)
{
	tars_link(t, "l", '2', "..");
	tars_file(t, "l/escaped", "x");
}

static void t_link_through_link(struct tars *t)
{
	tars_link(t, "l", '2', t->victim);
	tars_link(t, "l/new", '2', "/etc");
}

static void t_mode_through_link(struct tars *t)
{
	char *h;

	tars_link(t, "l", '2', t->victim);
	h = tars_head(t, "l/.", '5', NULL, 0);
	memcpy(h + 100, "0007777", 7);
	tars_sum(h);
}

static void t_fifo_through_link(struct tars *t)
{
	tars_link(t, "l", '2', t->victim);
	tars_head(t, "l/fifo", '6', NULL, 0);
}

static void t_hard_absolute(struct tars *t)
{
	tars_link(t, "h", '1', in_victim(t, "precious"));
	tars_file(t, "h2", "x");
}

static void t_hard_dotdot(struct tars *t)
{
	tars_link(t, "h", '1', "../victim/precious");
}

static void t_hard_through_link(struct tars *t)
{
	tars_link(t, "l", '2', t->victim);
	tars_link(t, "h", '1', "l/precious");
	tars_file(t, "h", "x");
}

static void t_hard_to_dir(struct tars *t)
{
	tars_dir(t, "d");
	tars_link(t, "h", '1', "d");
}

static void t_hard_to_itself(struct tars *t)
{
	tars_file(t, "h", "x");
	tars_link(t, "./h", '1', "h");
}

static void t_hard_to_link(struct tars *t)
{
	tars_link(t, "s", '2', in_victim(t, "precious"));
	tars_link(t, "h", '1', "s");
	tars_file(t, "h", "x");
}

static void t_file_over_link(struct tars *t)
{
	tars_link(t, "s", '2', in_victim(t, "precious"));
	tars_file(t, "s", "x");
}

static void t_dir_over_link(struct tars *t)
{
	tars_link(t, "d", '2', t->victim);
	tars_dir(t, "d");
	tars_file(t, "d/precious", "x");
}

static void t_link_over_dir(struct tars *t)
{
	tars_dir(t, "d");
	tars_link(t, "d", '2', t->victim);
	tars_file(t, "d/precious", "x");
}

static void t_link_over_parent(struct tars *t)
{
	tars_file(t, "d/one", "x");
	tars_link(t, "d", '2', t->victim);
	tars_file(t, "d/precious", "x");
}

static void t_root_is_a_link(struct tars *t)
{
	tars_link(t, "./", '2', t->victim);
}

static void t_file_over_fifo(struct tars *t)
{
	tars_head(t, "f", '6', NULL, 0);
	tars_file(t, "f", "x");
}

static void t_duplicates(struct tars *t)
{
	tars_file(t, "f", "one");
	tars_file(t, "f", "two");
	tars_dir(t, "d");
	tars_dir(t, "d");
}

static void t_file_as_parent(struct tars *t)
{
	tars_file(t, "f", "x");
	tars_file(t, "f/g", "x");
}

static void t_long_name(struct tars *t)
{
	char *name = malloc(9000);

	memset(name, 'a', 8999);
	name[8999] = '\0';
	tars_pax1(t, "path", name);
	tars_file(t, "x", "x");
	free(name);
}

static void t_long_component(struct tars *t)
{
	char name[301];

	memset(name, 'a', 300);
	name[300] = '\0';
	tars_pax1(t, "path", name);
	tars_file(t, "x", "x");
}

static void t_long_name_gnu(struct tars *t)
{
	tars_head(t, "././@LongLink", 'L', NULL, (uint64_t)1 << 32);
	tars_file(t, "x", "x");
}

static void t_empty_name(struct tars *t)
{
	tars_file(t, "", "x");
}

static void t_truncated_data(struct tars *t)
{
	tars_head(t, "f", '0', NULL, 100000);
	tars_more(t, 5120);
	t->id = ~0u;		/* no end */
}

static void t_truncated_head(struct tars *t)
{
	tars_file(t, "f", "x");
	tars_head(t, "g", '0', NULL, 0);
	t->n -= 200;
	t->id = ~0u;
}

static void t_no_end(struct tars *t)
{
	tars_file(t, "f", "x");
	t->id = ~0u;
}

static void t_data_behind_the_end(struct tars *t)
{
	tars_file(t, "f", "x");
	tars_more(t, 1024);
	tars_file(t, "../escaped", "x");
}

static void t_bad_checksum(struct tars *t)
{
	tars_file(t, "f", "x");
	tars_head(t, "g", '0', NULL, 0)[0] = 'h';
}

static void t_endless_headers(struct tars *t)
{
	int i;

	for (i = 0; i < 1000; i++)
		tars_pax1(t, "comment", "again");
}

static void t_endless_long_names(struct tars *t)
{
	int i;

	for (i = 0; i < 1000; i++) {
		tars_head(t, "././@LongLink", 'L', NULL, 4);
		tars_data(t, "abc", 4);
	}
}

static void t_huge_pax(struct tars *t)
{
	tars_head(t, "PaxHeaders/x", 'x', NULL, (uint64_t)1 << 31);
	tars_file(t, "f", "x");
}

static void t_lying_record(struct tars *t)
{
	static const char r[] = "99999 path=x\n";

	tars_pax(t, r, sizeof(r) - 1);
	tars_file(t, "f", "x");
}

static void t_record_without_newline(struct tars *t)
{
	static const char r[] = "9 path=xy5 a=\n";

	tars_pax(t, r, sizeof(r) - 1);
	tars_file(t, "f", "x");
}

static void t_record_with_nul(struct tars *t)
{
	char buf[64];
	size_t n = 0;

	tars_record(buf, &n, "path", "a\0b", 3);
	tars_pax(t, buf, n);
	tars_file(t, "f", "x");
}

static void t_global_path(struct tars *t)
{
	char buf[64];
	size_t n = 0;

	tars_record(buf, &n, "path", "a", 1);
	tars_head(t, "g", 'g', NULL, n);
	tars_data(t, buf, n);
	tars_file(t, "f", "x");
}

static void t_negative_size(struct tars *t)
{
	char *h = tars_head(t, "f", '0', NULL, 0);

	memset(h + 124, 0xff, 12);
	tars_sum(h);
}

static void t_enormous_size(struct tars *t)
{
	char *h = tars_head(t, "f", '0', NULL, 0);

	memset(h + 124, 0, 12);
	h[124] = (char)0x80;
	h[128] = 0x7f;
	memset(h + 129, 0xff, 7);
	tars_sum(h);
}

static void t_size_that_overflows(struct tars *t)
{
	char *h = tars_head(t, "f", '0', NULL, 0);

	memset(h + 124, 0, 12);
	h[124] = (char)0x80;
	h[125] = 1;
	tars_sum(h);
}

static void t_size_of_letters(struct tars *t)
{
	char *h = tars_head(t, "f", '0', NULL, 0);

	memcpy(h + 124, "0000000zzzz", 11);
	tars_sum(h);
}

static void t_owner_that_is_none(struct tars *t)
{
	tars_pax1(t, "uid", "4294967295");
	tars_file(t, "f", "x");
}

static void t_unknown_kind(struct tars *t)
{
	tars_head(t, "f", 'M', NULL, 0);
}

static void t_sparse_outside(struct tars *t)
{
	char buf[256];
	size_t n = 0;

	tars_record(buf, &n, "GNU.sparse.size", "10", 2);
	tars_record(buf, &n, "GNU.sparse.map", "100,1", 5);
	tars_pax(t, buf, n);
	tars_file(t, "f", "x");
}

static void t_sparse_overlap(struct tars *t)
{
	char buf[256];
	size_t n = 0;

	tars_record(buf, &n, "GNU.sparse.size", "100", 3);
	tars_record(buf, &n, "GNU.sparse.map", "10,5,2,5", 8);
	tars_pax(t, buf, n);
	tars_file(t, "f", "0123456789");
}

static void t_sparse_map_too_big(struct tars *t)
{
	char buf[256];
	size_t n = 0;

	tars_record(buf, &n, "GNU.sparse.major", "1", 1);
	tars_record(buf, &n, "GNU.sparse.minor", "0", 1);
	tars_record(buf, &n, "GNU.sparse.name", "f", 1);
	tars_record(buf, &n, "GNU.sparse.realsize", "100", 3);
	tars_pax(t, buf, n);
	tars_file(t, "GNUSparseFile.0/f", "999999999\n0\n1\n");
}

static void t_sparse_name_outside(struct tars *t)
{
	char buf[256];
	size_t n = 0;

	tars_record(buf, &n, "GNU.sparse.name", "../escaped", 10);
	tars_record(buf, &n, "GNU.sparse.size", "1", 1);
	tars_record(buf, &n, "GNU.sparse.map", "0,1", 3);
	tars_pax(t, buf, n);
	tars_file(t, "f", "x");
}

static void t_many_xattrs(struct tars *t)
{
	char *buf = malloc(65536);
	size_t n = 0;
	int i;

	for (i = 0; i < 1000; i++)
		tars_record(buf, &n, "SCHILY.xattr.user.x", "v", 1);
	tars_pax(t, buf, n);
	tars_file(t, "f", "x");
	free(buf);
}

enum tars_end { MUST_FAIL, MUST_PASS };

static const struct tars_case {
	const char *name;
	void (*make)(struct tars *t);
	enum tars_end end;
} tars_cases[] = {
	{ "dotdot", t_dotdot, MUST_FAIL },
	{ "dotdot-inside", t_dotdot_inside, MUST_FAIL },
	{ "dotdot-last", t_dotdot_last, MUST_FAIL },
	{ "absolute", t_absolute, MUST_FAIL },
	{ "absolute-pax", t_absolute_pax, MUST_FAIL },
	{ "file-through-link", t_file_through_link, MUST_FAIL },
	{ "dir-through-link", t_dir_through_link, MUST_FAIL },
	{ "deep-through-link", t_deep_through_link, MUST_FAIL },
	{ "relative-link", t_relative_link, MUST_FAIL },
	{ "link-through-link", t_link_through_link, MUST_FAIL },
	{ "mode-through-link", t_mode_through_link, MUST_PASS },
	{ "fifo-through-link", t_fifo_through_link, MUST_FAIL },
	{ "hard-absolute", t_hard_absolute, MUST_FAIL },
	{ "hard-dotdot", t_hard_dotdot, MUST_FAIL },
	{ "hard-through-link", t_hard_through_link, MUST_FAIL },
	{ "hard-to-dir", t_hard_to_dir, MUST_FAIL },
	{ "hard-to-itself", t_hard_to_itself, MUST_FAIL },
	{ "hard-to-link", t_hard_to_link, MUST_PASS },
	{ "file-over-link", t_file_over_link, MUST_PASS },
	{ "dir-over-link", t_dir_over_link, MUST_PASS },
	{ "link-over-dir", t_link_over_dir, MUST_FAIL },
	{ "link-over-parent", t_link_over_parent, MUST_FAIL },
	{ "root-is-a-link", t_root_is_a_link, MUST_FAIL },
	{ "file-over-fifo", t_file_over_fifo, MUST_PASS },
	{ "duplicates", t_duplicates, MUST_PASS },
	{ "file-as-parent", t_file_as_parent, MUST_FAIL },
	{ "long-name", t_long_name, MUST_FAIL },
	{ "long-component", t_long_component, MUST_FAIL },
	{ "long-name-gnu", t_long_name_gnu, MUST_FAIL },
	{ "empty-name", t_empty_name, MUST_FAIL },
	{ "truncated-data", t_truncated_data, MUST_FAIL },
	{ "truncated-head", t_truncated_head, MUST_FAIL },
	{ "no-end", t_no_end, MUST_FAIL },
	{ "data-behind-the-end", t_data_behind_the_end, MUST_FAIL },
	{ "bad-checksum", t_bad_checksum, MUST_FAIL },
	{ "endless-headers", t_endless_headers, MUST_FAIL },
	{ "endless-long-names", t_endless_long_names, MUST_FAIL },
	{ "huge-pax", t_huge_pax, MUST_FAIL },
	{ "lying-record", t_lying_record, MUST_FAIL },
	{ "record-without-newline", t_record_without_newline, MUST_FAIL },
	{ "record-with-nul", t_record_with_nul, MUST_FAIL },
	{ "global-path", t_global_path, MUST_FAIL },
	{ "negative-size", t_negative_size, MUST_FAIL },
	{ "enormous-size", t_enormous_size, MUST_FAIL },
	{ "size-that-overflows", t_size_that_overflows, MUST_FAIL },
	{ "size-of-letters", t_size_of_letters, MUST_FAIL },
	{ "owner-that-is-none", t_owner_that_is_none, MUST_FAIL },
	{ "unknown-kind", t_unknown_kind, MUST_FAIL },
	{ "sparse-outside", t_sparse_outside, MUST_FAIL },
	{ "sparse-overlap", t_sparse_overlap, MUST_FAIL },
	{ "sparse-map-too-big", t_sparse_map_too_big, MUST_FAIL },
	{ "sparse-name-outside", t_sparse_name_outside, MUST_FAIL },
	{ "many-xattrs", t_many_xattrs, MUST_FAIL },
};

#define TARS_CASES (sizeof(tars_cases) / sizeof(*tars_cases))

static inline void tars_make(struct tars *t, const struct tars_case *c, const char *victim)
{
	unsigned int id = t->id;

	t->n = 0;
	t->victim = victim;
	/* Something good comes before, so that the archive begins as one. */
	tars_file(t, "first", "first\n");
	c->make(t);
	if (t->id != ~0u)
		tars_end(t);
	t->id = id;
}

#endif
