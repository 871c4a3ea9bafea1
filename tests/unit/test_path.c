/* SPDX-License-Identifier: MIT */
//link: lib/path.c lib/fd.c lib/str.c lib/err.c
/* owns tests of lib/path.c: the walk with and without openat2(2), on a tree with every kind of trap */
/* never needs root, leaves nothing behind */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "unit.h"

static bool newer_kernel;
static unsigned int used_openat2;

/* In place of lib/sys.c: the kernel with and without the call. */
int sys_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	uint64_t how[3] = { (unsigned int)flags, mode, resolve };
	long ret;

	if (!newer_kernel)
		return -ENOSYS;
	used_openat2++;
	ret = syscall(SYS_openat2, dirfd, path, how, sizeof(how));
	return ret < 0 ? -errno : (int)ret;
}

int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	(void)first, (void)last, (void)flags;
	return -ENOSYS;
}

static void is_str(const char *name, const char *got, const char *want)
{
	char why[256];

	snprintf(why, sizeof(why), "'%s' instead of '%s'", got ? got : "NULL", want ? want : "NULL");
	check(got == want || (got && want && !strcmp(got, want)), name, why);
}

struct open_case {
	const char *path;
	int want;		/* 0: opens */
	const char *names;	/* what the error text must hold */
	const char *same;	/* path that it must be, by inode */
};

static const struct open_case existing[] = {
	{ "", 0, NULL, "root" },
	{ "/", 0, NULL, "root" },
	{ "./", 0, NULL, "root" },
	{ "a/b/f", 0, NULL, "root/a/b/f" },
	{ "/a//./b///f", 0, NULL, "root/a/b/f" },
	{ "a/b/", 0, NULL, "root/a/b" },
	{ "a/b/.", 0, NULL, "root/a/b" },
	{ "a/..hidden", 0, NULL, "root/a/..hidden" },
	{ "a/...", 0, NULL, "root/a/..." },
	{ "missing", -ENOENT, "'missing': No such file", NULL },
	{ "a/missing/x", -ENOENT, "'a/missing/x': 'a/missing': No such file", NULL },
	{ "a/b/f/x", -ENOTDIR, "'a/b/f/x'", NULL },
	{ "..", -EINVAL, "'..' is not allowed", NULL },
	{ "a/../a", -EINVAL, "'..' is not allowed", NULL },
	{ "a/b/..", -EINVAL, "'..' is not allowed", NULL },
	{ "abs", -ELOOP, "'abs' is a symbolic link", NULL },
	{ "rel", -ELOOP, "'rel' is a symbolic link", NULL },
	{ "inside", -ELOOP, "'inside' is a symbolic link", NULL },
	{ "dangling", -ELOOP, "'dangling' is a symbolic link", NULL },
	{ "loop/x", -ELOOP, "'loop/x': 'loop' is a symbolic link", NULL },
	{ "/abs/secret", -ELOOP, "'/abs/secret': '/abs' is a symbolic link", NULL },
	{ "a/up/secret", -ELOOP, "'a/up/secret': 'a/up' is a symbolic link", NULL },
	{ "inside/f", -ELOOP, "'inside/f': 'inside' is a symbolic link", NULL },
	{ "abs/", -ELOOP, "is a symbolic link", NULL },
};

static void test_existing(int root, const char *variant)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(existing); i++) {
		const struct open_case *c = &existing[i];
		int fd = path_open_in(root, c->path, PATH_EXISTING);
		char name[128], why[700];
		struct stat a, b;
		bool good = c->want ? fd == c->want : fd >= 0;

		snprintf(why, sizeof(why), "returned %d, error '%s'", fd, err_text());
		if (good && c->want)
			good = strstr(err_text(), c->names) != NULL;
		if (good && !c->want)
			good = !err_is_set() && !fstat(fd, &a) && !stat(c->same, &b) && a.st_ino == b.st_ino;
		if (good && !c->want)
			good = (fcntl(fd, F_GETFL) & O_PATH) && (fcntl(fd, F_GETFD) & FD_CLOEXEC);
		snprintf(name, sizeof(name), "path-open-%s '%s'", variant, c->path);
		check(good, name, why);
		if (fd >= 0)
			close(fd);
	}
}

static void test_make(int root, const char *variant)
{
	char path[64], name[64];
	struct stat st;
	mode_t mask = umask(077);
	int fd;

	snprintf(path, sizeof(path), "new-%s/d/e", variant);
	fd = path_open_in(root, path, PATH_MAKE_DIR);
	snprintf(name, sizeof(name), "path-make-dir-%s", variant);
	check(fd >= 0 && !fstat(fd, &st) && S_ISDIR(st.st_mode) && (st.st_mode & 0777) == 0755, name, err_text());
	close(fd);
	snprintf(path, sizeof(path), "new-%s/d/x/file", variant);
	fd = path_open_in(root, path, PATH_MAKE_FILE);
	snprintf(name, sizeof(name), "path-make-file-%s", variant);
	check(fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0644, name, err_text());
	close(fd);
	fd = path_open_in(root, path, PATH_MAKE_FILE);
	snprintf(name, sizeof(name), "path-make-file-again-%s", variant);
	check(fd >= 0, name, err_text());
	close(fd);
	umask(mask);

	snprintf(name, sizeof(name), "path-make-through-link-%s", variant);
	fd = path_open_in(root, "abs/made", PATH_MAKE_DIR);
	check(fd == -ELOOP && access("outside/made", F_OK), name, "made or wrong error");
	fd = path_open_in(root, "a/up/made", PATH_MAKE_FILE);
	check(fd == -ELOOP && access("outside/made", F_OK), name, "made or wrong error");
	fd = path_open_in(root, "dangling", PATH_MAKE_FILE);
	check(fd == -ELOOP && access("outside/nothing", F_OK), name, "made or wrong error");
	fd = path_open_in(root, "a/../../made", PATH_MAKE_DIR);
	check(fd == -EINVAL && access("made", F_OK), name, "made or wrong error");
}

static void test_files(int root)
{
	char long_name[400];
	const char *base;
	int fd;

	fd = path_open_file_in(root, "a/b/f", O_RDONLY, 0);
	check(fd >= 0 && read(fd, long_name, 4) == 2, "path-open-file", err_text());
	close(fd);
	fd = path_open_file_in(root, "a/b/g", O_WRONLY | O_CREAT | O_EXCL, 0600);
	check(fd >= 0 && !access("root/a/b/g", F_OK), "path-open-file-create", err_text());
	close(fd);
	check(path_open_file_in(root, "inside", O_RDONLY, 0) == -ELOOP, "path-open-file-link", "no ELOOP");
	check(path_open_file_in(root, "dangling", O_WRONLY | O_CREAT, 0600) == -ELOOP &&
	      access("outside/nothing", F_OK), "path-open-file-create-through-link", "no ELOOP, or made");
	check(path_open_file_in(root, "abs/secret", O_RDONLY, 0) == -ELOOP, "path-open-file-link-parent", "no ELOOP");
	check(path_open_file_in(root, "..", O_RDONLY, 0) == -EINVAL, "path-open-file-dotdot", "no EINVAL");
	fd = path_open_file_in(root, "fifo", O_RDONLY, 0);
	check(fd >= 0, "path-open-file-never-blocks", err_text());
	close(fd);
	fd = path_open_parent_in(root, "/a//b/./f", PATH_EXISTING, &base);
	check(fd >= 0 && !strcmp(base, "f"), "path-open-parent", err_text());
	close(fd);
	check(path_open_parent_in(root, "/", PATH_EXISTING, &base) == -EINVAL, "path-open-parent-of-root", "no EINVAL");
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	check(path_open_in(root, long_name, PATH_MAKE_DIR) == -ENAMETOOLONG, "path-long-component", "no ENAMETOOLONG");
}

static void test_named(void)
{
	int fd = path_open_named("outside/log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	struct stat st;

	check(fd >= 0 && write(fd, "x", 1) == 1, "named-create", err_text());
	close(fd);
	fd = path_open_named("outside/log", O_WRONLY | O_CREAT | O_APPEND, 0600);
	check(fd >= 0 && write(fd, "x", 1) == 1 && !fstat(fd, &st) && st.st_size == 2, "named-append", err_text());
	close(fd);
	check(path_open_named("outside/none", O_WRONLY, 0) == -ENOENT, "named-missing", "no ENOENT");
	check(path_open_named("root/fifo", O_WRONLY | O_CREAT, 0600) == -EINVAL, "named-fifo", "no EINVAL");
	check(path_open_named("root", O_WRONLY | O_CREAT, 0600) == -EINVAL, "named-dir", "no EINVAL");
	check(path_open_named("/dev/null", O_WRONLY | O_CREAT, 0600) == -EINVAL, "named-device", "no EINVAL");
	check(path_open_named("root/link-to-secret", O_WRONLY | O_TRUNC, 0600) == -ELOOP && !stat("outside/secret", &st) &&
	      st.st_size == 2, "named-link", "followed");
	check(path_open_named("root/dangling", O_WRONLY | O_CREAT, 0600) == -ELOOP && access("outside/nothing", F_OK),
	      "named-dangling-link", "followed");
	check(path_open_named("outside/second", O_WRONLY | O_TRUNC, 0600) == -EMLINK && !stat("outside/hard", &st) &&
	      st.st_size == 2, "named-hard-link", "opened");
}

static void clean(const char *from, const char *want)
{
	char buf[64], name[64];

	strcpy(buf, from);
	path_clean(buf);
	snprintf(name, sizeof(name), "path-clean '%s'", from);
	is_str(name, buf, want);
}

static void test_lexical(void)
{
	clean("/a//b/./c/", "/a/b/c");
	clean("/", "/");
	clean("//", "/");
	clean("/.", "/");
	clean("", "");
	clean(".", ".");
	clean("./", ".");
	clean("./a", "a");
	clean("a/../b", "a/../b");
	clean("/..a/.b", "/..a/.b");
	clean("a", "a");
	is_str("path-below", path_below("/opt/c1/bin/sh", "/opt/c1"), "bin/sh");
	is_str("path-below-slashes", path_below("/opt//c1/./bin/sh", "/opt/c1/"), "bin/sh");
	is_str("path-below-equal", path_below("/opt/c1/", "/opt/c1"), "");
	is_str("path-below-boundary", path_below("/opt/c11/bin", "/opt/c1"), NULL);
	is_str("path-below-shorter", path_below("/opt", "/opt/c1"), NULL);
	is_str("path-below-root", path_below("/opt/c1", "/"), "opt/c1");
	is_str("path-below-relative", path_below("opt/c1", "/opt"), NULL);
}

static void test_make_dirs(void)
{
	struct stat st;
	char *real;

	check(!path_make_dirs("outside/x//y/./z", 0700) && !stat("outside/x/y/z", &st) && S_ISDIR(st.st_mode),
	      "make-dirs", err_text());
	check(!path_make_dirs("outside/x/y/z", 0700), "make-dirs-again", err_text());
	check(path_make_dirs("outside/secret/y", 0700) == -ENOTDIR, "make-dirs-below-file", "no ENOTDIR");
	check(path_make_dirs("", 0700) == -EINVAL, "make-dirs-empty", "no EINVAL");
	real = path_real("root/abs");
	check(real && str_ends(real, "/outside"), "path-real", err_text());
	free(real);
	check(!path_real("nothing"), "path-real-missing", "found");
}

static int build(void)
{
	return system("mkdir -p root/a/b outside && echo s >outside/secret && echo f >root/a/b/f && echo h >outside/hard &&"
		      "ln outside/hard outside/second && mkdir root/a/..hidden root/a/... && mkfifo root/fifo &&"
		      "ln -s $PWD/outside root/abs && ln -s ../outside root/rel && ln -s a/b root/inside &&"
		      "ln -s ../../outside root/a/up && ln -s ../outside/nothing root/dangling && ln -s loop root/loop &&"
		      "ln -s ../outside/secret root/link-to-secret");
}

int main(void)
{
	char dir[] = "/tmp/lxcbox-path-XXXXXX", cmd[64];
	int root;

	if (!mkdtemp(dir) || chdir(dir) < 0 || build()) {
		printf("not ok path-setup: %s\n", strerror(errno));
		return 1;
	}
	root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (int i = 0; i < 2; i++) {
		newer_kernel = i;
		test_existing(root, i ? "openat2" : "walk");
		test_make(root, i ? "openat2" : "walk");
	}
	check(used_openat2 > 10, "path-openat2-used", "not called");
	test_files(root);
	test_named();
	test_lexical();
	test_make_dirs();
	close(root);
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	return chdir("/") < 0 || system(cmd) || unit_status();
}
