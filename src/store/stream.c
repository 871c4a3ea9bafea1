/* SPDX-License-Identifier: MIT */
/* owns what a compressed file is, and who decompresses it */
/* never decompresses in this process: only in one that can do no harm */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/inflate.h"
#include "lib/str.h"
#include "store/input.h"
#include "store/tar.h"

static const struct {
	enum stream_kind kind;
	const char *program;
	uint8_t n;
	char magic[8];
} kinds[] = {
	{ STREAM_GZIP, "gzip", 3, "\x1f\x8b\x08" },
	{ STREAM_XZ, "xz", 6, "\xfd" "7zXZ" },
	{ STREAM_ZSTD, "zstd", 4, "\x28\xb5\x2f\xfd" },
	{ STREAM_BZIP2, "bzip2", 3, "BZh" },
	{ STREAM_SQUASHFS, NULL, 4, "hsqs" },
};

static int gunzip(void *work)
{
	return inflate_gzip_fd(0, 1, work) ? 1 : 0;
}

static int start_worker(struct stream *s, const char *program)
{
	char *argv[] = { (char *)program, (char *)"-dc", NULL };
	AUTO_FREE void *work = s->kind == STREAM_GZIP ? malloc(INFLATE_WORK) : NULL;
	struct worker_job job = { .program = program, .argv = argv, .in = s->file };

	if (s->kind == STREAM_GZIP) {
		if (!work)
			return err_set(ENOMEM, "out of memory");
		job.call = gunzip;
		job.arg = work;
	}
	return worker_start(&s->worker, &job);
}

int stream_open(struct stream *s, int file, const char *shown)
{
	char head[TAR_BLOCK];
	ssize_t n = pread(file, head, sizeof(head), 0);
	unsigned int i;
	int ret;

	*s = (struct stream){ .file = file, .shown = shown, .worker = { .out = -1, .err_fd = -1 } };
	if (n < 0 || lseek(file, 0, SEEK_SET) < 0)
		return err_sys("cannot read '%s'", shown);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (n < kinds[i].n || memcmp(head, kinds[i].magic, kinds[i].n) != 0)
			continue;
		s->kind = kinds[i].kind;
		ret = kinds[i].program ? start_worker(s, kinds[i].program) : 0;
		return ret ? err_in(ret, "'%s'", shown) : 0;
	}
	if (n < (ssize_t)sizeof(head) || !tar_is_header(head))
		return err_set(EINVAL, "'%s' is no archive: neither tar (as it is, or packed by gzip, "
				       "xz, zstd or bzip2) nor squashfs", shown);
	return 0;
}

/* At the end of what a worker gave: whether it was all. */
static int check_end(struct stream *s)
{
	char said[200];
	int ret;

	s->is_done = true;
	worker_said(&s->worker, false, said, sizeof(said));
	ret = worker_end(&s->worker, true);
	if (ret < 0)
		return err_in(ret, "'%s'", s->shown);
	return ret ? err_set(EINVAL, "'%s' is damaged (%s%s%s)", s->shown, s->worker.program,
			     *said ? ": " : "", said)
	           : 0;
}

ssize_t stream_read(void *arg, void *buf, size_t n)
{
	struct stream *s = arg;
	ssize_t got;

	if (s->is_done)
		return 0;
	do
		got = read(s->kind == STREAM_PLAIN ? s->file : s->worker.out, buf, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys("cannot read '%s'", s->shown);
	return got || s->kind == STREAM_PLAIN ? got : check_end(s);
}

void stream_close(struct stream *s)
{
	worker_end(&s->worker, false);
}
