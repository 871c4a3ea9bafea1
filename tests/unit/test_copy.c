/* SPDX-License-Identifier: MIT */
//link: store/mapped.c secure/idmap.c conf/idmap.c store/copy.c store/copy_file.c lib/path.c lib/str.c lib/fd.c lib/err.c lib/sys.c lib/log.c
/* owns tests of the copy of trees: what is kept, what is left out, what is hostile */
/* never needs root (what only root can try is skipped), leaves nothing behind */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "store/copy.h"
#define UNIT_PREFIX "copy-"
#include "unit.h"

static char dir[128];
static int a = -1, b = -1;

/* Two empty directories, a and b. */
static void fresh(void)
{
	char cmd[2 * PATH_MAX];

	fd_close(&a);
	fd_close(&b);
	snprintf(cmd, sizeof(cmd), "rm -rf '%s' && mkdir -p '%s/a' '%s/b'", dir, dir, dir);
	if (system(cmd))
		exit(1);
	snprintf(cmd, sizeof(cmd), "%s/a", dir);
	a = open(cmd, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	snprintf(cmd, sizeof(cmd), "%s/b", dir);
	b = open(cmd, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int copy(struct tree_copy *t)
{
	*t = (struct tree_copy){ 0 };
	err_clear();
	return tree_copy(a, b, t);
}

static void put(int at, const char *name, const char *text, mode_t mode)
{
	int fd = openat(at, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) < 0 || fchmod(fd, mode))
		printf("# cannot put %s\n", name);
	close(fd);
}

static bool holds(const char *name, const char *text)
{
	char buf[64] = "";
	int fd = openat(b, name, O_RDONLY | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, (size_t)n);
}

static bool same(const char *name, struct stat *got)
{
	struct stat want;

	return !fstatat(a, name, &want, AT_SYMLINK_NOFOLLOW) &&
	       !fstatat(b, name, got, AT_SYMLINK_NOFOLLOW) && want.st_mode == got->st_mode &&
	       want.st_uid == got->st_uid && want.st_gid == got->st_gid &&
	       want.st_mtim.tv_sec == got->st_mtim.tv_sec &&
	       want.st_mtim.tv_nsec == got->st_mtim.tv_nsec && want.st_rdev == got->st_rdev;
}

static void test_kinds(void)
{
	const struct timespec then[2] = { { 1000, 7 }, { 2000, 9 } };
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	struct tree_copy t;
	struct stat st, other;
	char to[64] = "";
	int s = socket(AF_UNIX, SOCK_STREAM, 0), ret;

	fresh();
	put(a, "file", "text", 04755);
	put(a, "empty", "", 0);
	mkdirat(a, "d", 0700);
	put(a, "d/in", "below", 0640);
	linkat(a, "d/in", a, "again", 0);
	linkat(a, "d/in", a, "d/third", 0);
	symlinkat("/etc/passwd", a, "link");
	mkfifoat(a, "fifo", 0622);
	fchmodat(a, "fifo", 0622, 0);
	snprintf(name.sun_path, sizeof(name.sun_path), "/proc/self/fd/%d/sock", a);
	if (bind(s, (struct sockaddr *)&name, sizeof(name)))
		printf("# no socket\n");
	close(s);
	fchmodat(a, "d", 03751, 0);
	utimensat(a, "file", then, 0);
	utimensat(a, "link", then, AT_SYMLINK_NOFOLLOW);
	utimensat(a, "d", then, 0);
	fchmod(a, 0711);
	futimens(a, then);
	ret = copy(&t);
	check(!ret, "ends-well", err_text());
	check(same("file", &st) && holds("file", "text"), "file", "is not the same");
	check(same("empty", &st) && !st.st_size, "empty", "is not the same");
	check(same("d", &st) && same("d/in", &st) && holds("d/in", "below"), "below", "is not the same");
	check(st.st_nlink == 3 && !fstatat(b, "again", &other, 0) && other.st_ino == st.st_ino &&
	      !fstatat(b, "d/third", &other, 0) && other.st_ino == st.st_ino, "hard-links", "are not one");
	check(same("link", &st) && readlinkat(b, "link", to, sizeof(to)) == 11 &&
	      str_eq(to, "/etc/passwd"), "link", "is not the same");
	check(same("fifo", &st), "fifo", "is not the same");
	check(fstatat(b, "sock", &st, AT_SYMLINK_NOFOLLOW) && t.skipped == 1, "socket", "is not left out");
	check(!fstat(b, &st) && (st.st_mode & 07777) == 0711 && st.st_mtim.tv_sec == 2000 &&
	      st.st_mtim.tv_nsec == 9, "top", "looks otherwise");
	check(t.names == 9 && t.bytes == 9, "counts", "are wrong");
}

static void test_holes(void)
{
	struct tree_copy t;
	struct stat st;
	char c = 0;
	int fd;

	fresh();
	fd = openat(a, "sparse", O_RDWR | O_CREAT, 0600);
	if (pwrite(fd, "begin", 5, 0) != 5 || pwrite(fd, "x", 1, 40 << 20) != 1 ||
	    ftruncate(fd, 64 << 20))
		printf("# cannot write\n");
	close(fd);
	check(!copy(&t) && !fstatat(b, "sparse", &st, 0) && st.st_size == 64 << 20, "sparse-size",
	      err_text());
	check(st.st_blocks < 4096, "sparse-blocks", "the holes are filled");
	fd = openat(b, "sparse", O_RDONLY);
	check(pread(fd, &c, 1, 40 << 20) == 1 && c == 'x', "sparse-data", "is not there");
	close(fd);
}

/* What is large goes by pieces, on a way that depends on the kernel. */
static void test_large(void)
{
	enum { SIZE = 5 << 20 };
	char *data = malloc(SIZE), *got = malloc(SIZE);
	struct tree_copy t;
	int fd, i;

	fresh();
	for (i = 0; i < SIZE; i++)
		data[i] = (char)(i * 7 + i / 4096 + 1);
	fd = openat(a, "large", O_RDWR | O_CREAT, 0600);
	if (write(fd, data, SIZE) != SIZE)
		printf("# cannot write\n");
	close(fd);
	i = copy(&t);
	fd = openat(b, "large", O_RDONLY);
	check(!i && read(fd, got, SIZE) == SIZE && !memcmp(data, got, SIZE) && t.bytes == SIZE, "large",
	      "is not the same");
	close(fd);
	free(data);
	free(got);
}

static void test_attributes(void)
{
	struct tree_copy t;
	char v[16] = "";
	struct stat st;

	fresh();
	put(a, "f", "x", 0644);
	mkdirat(a, "d", 0755);
	if (fsetxattr(a, "user.top", "t", 1, 0)) {
		printf("skip copy-attributes: no user attributes on this file system\n");
		return;
	}
	fsetxattr(openat(a, "f", O_RDONLY), "user.note", "abc", 3, 0);
	fsetxattr(openat(a, "d", O_RDONLY), "user.note", "", 0, 0);
	check(!copy(&t) && fgetxattr(b, "user.top", v, sizeof(v)) == 1, "attributes-top", err_text());
	check(fgetxattr(openat(b, "f", O_RDONLY), "user.note", v, sizeof(v)) == 3 &&
	      !memcmp(v, "abc", 3), "attributes-file", "are not there");
	check(!fgetxattr(openat(b, "d", O_RDONLY), "user.note", v, sizeof(v)), "attributes-empty",
	      "are not there");
	if (geteuid()) {
		printf("skip copy-of-root: needs root\n");
		return;
	}
	fresh();
	put(a, "cap", "x", 0755);
	put(a, "suid", "x", 0755);
	if (fchownat(a, "suid", 77, 78, 0))
		printf("# cannot change the owner\n");
	fchmodat(a, "suid", 06711, 0);
	fsetxattr(openat(a, "cap", O_RDONLY), "security.capability",
		  "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20, 0);
	mkdirat(a, "opaque", 0755);
	fsetxattr(openat(a, "opaque", O_RDONLY), "trusted.overlay.opaque", "y", 1, 0);
	symlinkat("x", a, "l");
	mknodat(a, "whiteout", S_IFCHR, 0);
	mknodat(a, "null", S_IFCHR | 0666, makedev(1, 3));
	fchmodat(a, "null", 0666, 0);
	check(!copy(&t) && same("cap", &st) && same("suid", &st) && (st.st_mode & 07777) == 06711,
	      "owners", err_text());
	check(fgetxattr(openat(b, "cap", O_RDONLY), "security.capability", v, sizeof(v)) == -1 &&
	      errno == ERANGE, "capability", "is gone");
	check(fgetxattr(openat(b, "opaque", O_RDONLY), "trusted.overlay.opaque", v, sizeof(v)) == 1,
	      "opaque", "is gone");
	check(same("whiteout", &st) && S_ISCHR(st.st_mode) && !st.st_rdev, "whiteout", "is none");
	check(same("null", &st), "device", "is not the same");
}

/* Deeper than any path can name, and than descriptors would do for. */
static void test_deep(void)
{
	enum { DEPTH = 400 };
	struct rlimit few = { 120, 120 }, before;
	struct tree_copy t;
	int fd, to, i, ret;
	struct stat st;

	fresh();
	for (fd = dup(a), i = 0; i < DEPTH; i++) {
		mkdirat(fd, "a-name-that-is-long-enough", 0755);
		/* A second one, so that each level is gone on with after its first. */
		mkdirat(fd, "z", 0750);
		to = openat(fd, "a-name-that-is-long-enough", O_RDONLY);
		close(fd);
		fd = to;
	}
	put(fd, "bottom", "reached", 0600);
	linkat(fd, "bottom", fd, "twice", 0);
	close(fd);
	getrlimit(RLIMIT_NOFILE, &before);
	few.rlim_max = before.rlim_max;
	setrlimit(RLIMIT_NOFILE, &few);
	ret = copy(&t);
	setrlimit(RLIMIT_NOFILE, &before);
	check(!ret && t.names == 2 * DEPTH + 2, "deep", err_text());
	for (fd = dup(b), i = 0; fd >= 0 && i < DEPTH; i++) {
		if (fstatat(fd, "z", &st, 0) || (st.st_mode & 07777) != 0750)
			break;
		to = openat(fd, "a-name-that-is-long-enough", O_RDONLY);
		close(fd);
		fd = to;
	}
	check(i == DEPTH && !fstatat(fd, "twice", &st, 0) && st.st_nlink == 2, "deep-all",
	      "something is missing");
	close(fd);
}

static void test_wide(void)
{
	enum { MANY = 1000 };
	struct tree_copy t;
	char name[32];
	struct stat st;
	int i;

	fresh();
	for (i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		mkdirat(a, name, 0755);
		snprintf(name, sizeof(name), "d%d/f", i);
		put(a, name, "x", 0644);
		snprintf(name, sizeof(name), "l%d", i);
		linkat(a, "d0/f", a, name, 0);
	}
	check(!copy(&t) && t.names == 3 * MANY, "wide", err_text());
	check(!fstatat(b, "l999", &st, 0) && st.st_nlink == MANY + 1, "wide-links", "are not one");
}

static int told;

static int stop_at_once(struct tree_copy *t)
{
	told++;
	return t->names == 2 ? -EINTR : 0;
}

static void test_progress(void)
{
	struct tree_copy t = { .progress = stop_at_once };
	struct stat st;

	fresh();
	mkdirat(a, "1", 0755);
	mkdirat(a, "1/2", 0755);
	mkdirat(a, "1/2/3", 0755);
	mkdirat(a, "1/2/3/4", 0755);
	check(tree_copy(a, b, &t) == -EINTR && told == 2, "stopped", "it went on");
	check(fstatat(b, "1/2/3", &st, 0) != 0, "stopped-there", "it went on");
}

/* A link in the place of a directory, and whatever was put in the place of the copy. */
static void test_hostile(void)
{
	struct tree_copy t;
	struct stat st;

	fresh();
	symlinkat(dir, a, "up");
	symlinkat(".", a, "self");
	put(a, "f", "mine", 0644);
	symlinkat("/tmp/lxcbox-copy-must-not-be", b, "f");
	check(copy(&t) == -EEXIST && strstr(err_text(), "'f'") != NULL, "target-there", err_text());
	check(access("/tmp/lxcbox-copy-must-not-be", F_OK) != 0, "target-link", "it was followed");
	fresh();
	symlinkat(dir, a, "up");
	symlinkat(".", a, "self");
	check(!copy(&t) && t.names == 2 && !fstatat(b, "up", &st, AT_SYMLINK_NOFOLLOW) &&
	      S_ISLNK(st.st_mode), "links-stay", err_text());
}

static int mounts(void)
{
	char path[PATH_MAX];
	struct tree_copy t;
	struct stat st;

	if (geteuid() || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		return 99;
	fresh();
	mkdirat(a, "tmp", 0755);
	mkdirat(a, "bound", 0755);
	put(a, "file", "", 0644);
	snprintf(path, sizeof(path), "%s/a/tmp", dir);
	if (mount("none", path, "tmpfs", 0, NULL))
		return 99;
	put(a, "tmp/inside", "x", 0644);
	snprintf(path, sizeof(path), "%s/a/bound", dir);
	if (mount("/etc", path, NULL, MS_BIND, NULL))
		return 99;
	snprintf(path, sizeof(path), "%s/a/file", dir);
	if (mount("/etc/passwd", path, NULL, MS_BIND, NULL))
		return 99;
	if (copy(&t) || t.mounts != 3)
		return 1;
	if (!fstatat(b, "tmp/inside", &st, 0) || !fstatat(b, "bound/passwd", &st, 0))
		return 2;
	return fstatat(b, "file", &st, 0) || st.st_size ? 3 : 0;
}

int main(void)
{
	const char *tmp = getenv("TMPDIR");
	char cmd[2 * PATH_MAX];

	umask(022);
	snprintf(dir, sizeof(dir), "%s/lxcbox-copy-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(dir))
		return 1;
	test_kinds();
	test_holes();
	test_large();
	test_attributes();
	test_deep();
	test_wide();
	test_progress();
	test_hostile();
	fflush(stdout);
	in_child("mounts", NULL, mounts, "needs root and mount namespaces");
	snprintf(cmd, sizeof(cmd), "rm -rf '%s'", dir);
	return system(cmd) ? 1 : unit_status();
}
