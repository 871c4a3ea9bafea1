/* SPDX-License-Identifier: MIT */
//link: store/tar.c store/tar_parse.c lib/err.c lib/str.c lib/fd.c lib/sys.c
/* owns the fuzzing of the tar reader: the input as it is, and with every checksum made right */
/* never makes a file */
#include "fuzz.h"
#include "store/tar.h"

struct source {
	const uint8_t *s;
	size_t n, at, step;
};

static ssize_t give(void *arg, void *buf, size_t n)
{
	struct source *s = arg;

	if (n > s->n - s->at)
		n = s->n - s->at;
	if (n > s->step)
		n = s->step;
	memcpy(buf, s->s + s->at, n);
	s->at += n;
	return (ssize_t)n;
}

static void claim_member(const struct tar_member *m)
{
	unsigned int i;
	size_t n = 0;

	claim(*m->name && strlen(m->name) < TAR_NAME_MAX);
	claim(strlen(m->target) < TAR_NAME_MAX);
	claim(*m->target || (m->type != TAR_SYMLINK && m->type != TAR_HARD_LINK));
	claim(m->size <= INT64_MAX && m->mtime_ns < 1000000000 && !(m->mode & ~07777u));
	claim(m->uid != ~0u && m->gid != ~0u && m->n_xattrs <= TAR_XATTR_MAX);
	/* All of every value is there to be read. */
	for (i = 0; i < m->n_xattrs; i++) {
		const uint8_t *v = m->xattr[i].value;

		claim(*m->xattr[i].name);
		while (n < m->xattr[i].n)
			n += 1 + (v[n] == 0);
		n = 0;
	}
}

/* The sum of all that was read; the same however it comes in. */
static uint64_t read_all(const uint8_t *data, size_t n, size_t step)
{
	struct tar_reader *r = calloc(1, sizeof(*r));
	struct source s = { data, n, 0, step };
	const struct tar_member *m;
	uint64_t sum = 0, end, at;
	const void *part;
	ssize_t got = 0;
	int ret;

	claim(r);
	r->read = give;
	r->arg = &s;
	while ((ret = tar_next(r, &m)) > 0) {
		claim_member(m);
		claim(m->offset < n);
		sum = sum * 31 + m->size + m->offset + (unsigned int)m->type;
		end = 0;
		while ((got = tar_data(r, &part, &at)) > 0) {
			/* In order, and inside. */
			claim(at >= end);
			end = at + (uint64_t)got;
			claim(end <= m->size);
			sum += end;
		}
		if (got < 0)
			break;
	}
	claim(err_is_set() == (ret < 0 || got < 0));
	if (err_is_set())
		claim_printable(err_text(), false);
	err_clear();
	tar_free(r);
	free(r);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	uint8_t *fixed = malloc(n + 1), *h;
	size_t at;

	claim(fixed);
	read_all(data, n, 65536);
	memcpy(fixed, data, n);
	for (at = 0; at + 512 <= n; at += 512) {
		unsigned int sum = 0, i;
		bool any = false;

		h = fixed + at;
		memset(h + 148, ' ', 8);
		for (i = 0; i < 512; i++) {
			sum += h[i];
			any = any || (h[i] && (i < 148 || i > 155));
		}
		if (any)
			snprintf((char *)h + 148, 7, "%06o", sum);
		else
			memset(h, 0, 512);
	}
	read_all(fixed, n, 65536);
	read_all(fixed, n, 1);
	free(fixed);
	return 0;
}
