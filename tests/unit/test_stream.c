/* SPDX-License-Identifier: MIT */
/* owns the tests of compressed archives: who decompresses them, with which rights, what damage looks like; the bar */
//link: store/stream.c store/worker.c store/progress.c store/tar.c store/tar_parse.c lib/inflate.c lib/log.c lib/path.c lib/fd.c
//link: lib/str.c lib/err.c lib/sys.c
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "store/input.h"
#define UNIT_PREFIX "stream: "
#include "../security/tars.h"
#include "unit.h"

static char dir[] = "/tmp/stream-test-XXXXXX";

static const char *in_dir(const char *name)
{
	static char path[2][128];
	static int i;

	i = !i;
	snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name);
	return path[i];
}

static bool sh(const char *command)
{
	char line[512];

	snprintf(line, sizeof(line), "cd %s && { %s; } >/dev/null 2>&1", dir, command);
	return !system(line);
}

/* The number of bytes that a file has when it is decompressed, or -errno. */
static ssize_t length(const char *name, bool same)
{
	int fd = open(in_dir(name), O_RDONLY | O_CLOEXEC), tar = open(in_dir("t.tar"), O_RDONLY | O_CLOEXEC);
	char buf[5000], want[5000];
	struct stream s;
	ssize_t n, all = 0;
	int ret = stream_open(&s, fd, name);

	if (!ret) {
		while ((n = stream_read(&s, buf, sizeof(buf))) > 0) {
			if (same && (read(tar, want, (size_t)n) != n || memcmp(buf, want, (size_t)n)))
				n = -EILSEQ;
			if (n < 0)
				break;
			all += n;
		}
		ret = (int)n;
		stream_close(&s);
	}
	close(fd);
	close(tar);
	return ret < 0 ? ret : all;
}

static void kinds(void)
{
	static const struct {
		const char *name, *make;
	} row[] = {
		{ "gzip", "gzip -kf t.tar" },
		{ "gzip-best", "gzip -9 -kf t.tar" },
		{ "gzip-two-members", "{ head -c 70000 t.tar | gzip; tail -c +70001 t.tar | gzip; } >t.tar.gz" },
		{ "gzip-and-zeros", "{ gzip -c t.tar; head -c 3000 /dev/zero; } >t.tar.gz" },
		{ "xz", "xz -c t.tar >t.tar.gz" },
		{ "zstd", "zstd -q -c t.tar >t.tar.gz" },
		{ "bzip2", "bzip2 -c t.tar >t.tar.gz" },
		{ "plain", "cp t.tar t.tar.gz" },
	};
	static const struct {
		const char *name, *make, *what;
	} bad[] = {
		{ "gzip-short", "gzip -c t.tar | head -c 60000 >x", "is damaged (gzip" },
		{ "gzip-flipped", "gzip -c t.tar >y; { head -c 30000 y; printf Q; tail -c +30002 y; } >x", "is damaged (gzip" },
		{ "gzip-wrong-sum", "gzip -c t.tar | head -c -8 >x; printf 12345678 >>x", "is damaged (gzip" },
		{ "gzip-then-noise", "{ gzip -c t.tar; echo noise; } >x", "is damaged (gzip" },
		{ "xz-short", "xz -c t.tar | head -c 60000 >x", "is damaged (xz: " },
		{ "zstd-short", "zstd -q -c t.tar | head -c 60000 >x", "is damaged (zstd: " },
		{ "bzip2-short", "bzip2 -c t.tar | head -c 60000 >x", "is damaged (bzip2: " },
		{ "text", "head -c 5000 /dev/zero | tr '\\0' a >x", "is no archive" },
		{ "empty", ": >x", "is no archive" },
	};
	char name[64];
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		if (!sh(row[i].make)) {
			printf("skip stream: %s: cannot be made here\n", row[i].name);
			continue;
		}
		check(length("t.tar.gz", true) == (ssize_t)300 * 512, row[i].name, err_is_set() ? err_text() : "not the same");
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		if (!sh(bad[i].make)) {
			printf("skip stream: %s: cannot be made here\n", bad[i].name);
			continue;
		}
		snprintf(name, sizeof(name), "bad-%s", bad[i].name);
		check(length("x", false) < 0 && strstr(err_text(), bad[i].what), name, err_text());
	}
}

/* Ended before the end: nobody stays behind, and nothing is open. */
static void aborted(void)
{
	int fd, before = dup(0), after;
	struct stream s;
	char buf[512];

	close(before);
	if (!sh("gzip -c t.tar >t.tar.gz"))
		return;
	fd = open(in_dir("t.tar.gz"), O_RDONLY | O_CLOEXEC);
	check(!stream_open(&s, fd, "x") && stream_read(&s, buf, sizeof(buf)) == 512, "read", err_text());
	stream_close(&s);
	close(fd);
	after = dup(0);
	close(after);
	check(before == after && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD, "closed-early", "something is left");
}

/* What a shell in place of a decompressor finds. */
static ssize_t run_sh(const char *script, unsigned int flags, char *buf, size_t size, int *status)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct worker_job job = { .program = "sh", .argv = argv, .in = -1, .flags = flags };
	struct worker w;
	ssize_t n = 0, got;

	if (worker_start(&w, &job))
		return -1;
	while ((got = read(w.out, buf + n, size - 1 - (size_t)n)) > 0)
		n += got;
	buf[n] = '\0';
	worker_said(&w, false, buf + n + 1, size - (size_t)n - 1);
	*status = worker_end(&w, true);
	return n;
}

static void rights(void)
{
	char buf[4096];
	int status, secret = dup2(open("/etc/passwd", O_RDONLY), 77);
	bool is_root = !getuid();

	setenv("SECRET", "x", 1);
	setenv("https_proxy", "y", 1);
	run_sh("grep -E '^(Uid|Gid|Groups|NoNewPrivs|SigBlk|SigIgn|CapEff):' /proc/self/status | tr -s '\\t ' ' '", 0, buf, sizeof(buf), &status);
	check(!status && strstr(buf, "NoNewPrivs: 1"), "rights-no-new-privs", buf);
	check(!is_root || (strstr(buf, "Uid: 65534 65534 65534 65534") && strstr(buf, "Gid: 65534 65534 65534 65534") &&
			   strstr(buf, "CapEff: 0000000000000000") && strstr(buf, "Groups: \n")), "rights-nobody", buf);
	run_sh("ls /proc/self/fd | tr '\\n' ' '; pwd; umask", 0, buf, sizeof(buf), &status);
	check(!strncmp(buf, "0 1 2 3 /\n", 10), "rights-descriptors", buf);
	check(strstr(buf, "077"), "rights-umask", buf);
	run_sh("env", 0, buf, sizeof(buf), &status);
	check(!strstr(buf, "SECRET") && !strstr(buf, "proxy"), "rights-environment", buf);
	run_sh("env", WORKER_NETWORK, buf, sizeof(buf), &status);
	check(!strstr(buf, "SECRET") && strstr(buf, "https_proxy=y"), "rights-environment-with-network", buf);
	run_sh("grep -c : /proc/net/dev", 0, buf, sizeof(buf), &status);
	check(!is_root || atoi(buf) <= 3, "rights-network", buf);
	run_sh("cd /tmp && head -c 200000 /dev/zero >worker-test-big; rm -f worker-test-big", 0, buf, sizeof(buf), &status);
	check(strstr(buf, "") && status != 127, "rights-file-size", buf);
	run_sh("echo first >&2; echo 'the cause' >&2; exit 3", 0, buf, sizeof(buf), &status);
	check(status == 3 && !strcmp(buf + 1, "the cause"), "what-it-said", buf + 1);
	run_sh("kill -9 $$", 0, buf, sizeof(buf), &status);
	check(status == -EIO && strstr(err_text(), "killed by signal 9"), "killed", err_text());
	close(secret);
}

static int evil(void *arg)
{
	/* In a process that may only read and write this is the end. */
	return open("/etc/passwd", O_RDONLY) >= 0 ? 7 : 8;
}

static void own_call(void)
{
	struct worker_job job = { .program = "evil", .call = evil, .in = -1 };
	struct worker w;
	int ret = worker_start(&w, &job);
	char c;

	check(!ret && read(w.out, &c, 1) == 0, "own-call", err_text());
	ret = worker_end(&w, true);
	check(ret == -EIO && strstr(err_text(), "killed by signal 9"), "own-call-can-only-read-and-write", err_text());
}

static void missing(void)
{
	char *argv[] = { (char *)"no-such-program", NULL };
	struct worker_job job = { .program = "no-such-program", .argv = argv, .in = -1 };
	struct worker w;

	check(worker_start(&w, &job) == -ENOENT && strstr(err_text(), "'no-such-program' is needed"), "missing-program",
	      err_text());
}

static void bar(void)
{
	static const struct {
		uint64_t done, total;
		unsigned int width;
		const char *line;
	} row[] = {
		{ 0, 1000, 60, "Work [                         ]   0%  0.0 kB of 0.9 kB" },
		{ 500, 1000, 60, "Work [############             ]  50%  0.4 kB of 0.9 kB" },
		{ 1 << 20, 1 << 20, 60, "Work [#####################] 100%  1.0 MB of 1.0 MB" },
		{ 3ull << 40, 4ull << 40, 30, "Work  75%  3.0 TB of 4.0 TB" },
		{ 5 << 20, 0, 60, "Work 5.0 MB" },
		{ 500, 1000, 12, "Work  50%  " },
	};
	struct progress p = { .what = "Work" };
	bool good = true;
	char line[128];
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(*row); i++) {
		p.total = row[i].total;
		progress_line(&p, row[i].done, row[i].width, line, sizeof(line));
		if (strlen(line) >= row[i].width || (row[i].width > 20 ? strncmp(line, row[i].line, 6) != 0 : strcmp(line, row[i].line) != 0))
			good = false;
		if (!strstr(line, row[i].total ? "%" : "5.0 MB"))
			good = false;
		if (!good) {
			printf("# '%s'\n", line);
			break;
		}
	}
	check(good, "bar", "see above");
	p.is_on = false;
	progress_at(&p, 1);
	check(!p.is_drawn, "bar-not-where-nobody-looks", "drawn");
}

int main(void)
{
	struct tars t = { 0 };
	FILE *f;
	size_t i;

	if (!mkdtemp(dir))
		return 1;
	/* 298 blocks of what does not pack well, as one member, and the end. */
	srandom(1);
	tars_head(&t, "noise", '0', NULL, 297 * 512);
	for (i = 0; i < 297 * 512; i++)
		*tars_more(&t, 1) = (char)(random() >> 8);
	tars_end(&t);
	f = fopen(in_dir("t.tar"), "w");
	fwrite(t.s, 1, t.n, f);
	fclose(f);
	chmod(dir, 0755);
	kinds();
	aborted();
	rights();
	own_call();
	missing();
	bar();
	sh("rm -f t.tar t.tar.gz x y");
	rmdir(dir);
	free(t.s);
	return unit_status();
}
