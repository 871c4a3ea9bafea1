/* SPDX-License-Identifier: MIT */
//link: store/remove.c store/dir.c lib/path.c lib/fd.c lib/str.c lib/err.c
/* owns tests of store/remove.c and store/dir.c: hostile trees, with and without openat2(2), and who was killed on the way */
/* never needs root, leaves nothing behind */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#define UNIT_PREFIX "unit-store-"
#include "lib/compat.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/mapped.h"
#include "store/store.h"
#include "unit.h"

static bool newer_kernel;
static char top[] = "/tmp/unit-store.XXXXXX";

/* In place of lib/sys.c: the kernel with and without the call. */
int sys_openat2(int dirfd, const char *path, int flags, mode_t mode, uint64_t resolve)
{
	uint64_t how[3] = { (unsigned int)flags, mode, resolve };
	long ret;

	if (!newer_kernel)
		return -ENOSYS;
	ret = syscall(SYS_openat2, dirfd, path, how, sizeof(how));
	return ret < 0 ? -errno : (int)ret;
}

int sys_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	(void)first, (void)last, (void)flags;
	return -ENOSYS;
}

/* Of an ordinary user it is another process that does it. */
int mapped_run(int (*call)(void *arg), void *arg)
{
	return call(arg);
}

int64_t sys_now_ms(void)
{
	struct timespec t;

	/* Faster than it is: nothing here is worth waiting for. */
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 100000LL + t.tv_nsec / 10000;
}

static void die(int line)
{
	printf("not ok unit-store-test: line %d: %s\n", line, strerror(errno));
	exit(1);
}

static const char *in_top(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void put(const char *name)
{
	int fd = open(in_top(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, "x", 1) != 1)
		die(__LINE__);
	close(fd);
}

static void make_dir(const char *name)
{
	if (mkdir(in_top(name), 0700))
		die(__LINE__);
}

static bool is_there(const char *name)
{
	struct stat st;

	return !lstat(in_top(name), &st);
}

/* Deeper than any path is long, a file at the bottom. */
static void make_deep(const char *name, int levels)
{
	int fd, next, i;

	make_dir(name);
	fd = open(in_top(name), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (i = 0; i < levels; i++) {
		if (mkdirat(fd, "dddddddddddddddddddd", 0700))
			die(__LINE__);
		next = openat(fd, "dddddddddddddddddddd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		close(fd);
		fd = next;
	}
	close(openat(fd, "bottom", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	close(fd);
}

static int remove_it(const char *name)
{
	return store_remove_path(in_top(name));
}

static void test_kinds(void)
{
	char name[NAME_MAX + 8] = "all/";
	int i;

	make_dir("out");
	put("out/kept");
	make_dir("all");
	if (symlink("../out", in_top("all/link")) || symlink("/nowhere", in_top("all/dangling")) ||
	    mkfifo(in_top("all/fifo"), 0600))
		die(__LINE__);
	memset(name + 4, 'n', NAME_MAX);
	put(name);
	put("all/new\nline");
	put("all/-rf *");
	put("all/.removed-0");
	for (i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "all/%d", i);
		put(name);
	}
	result("kinds", !remove_it("all") && !is_there("all") && is_there("out/kept"), err_text());
	err_clear();
	if (symlink("out", in_top("way")))
		die(__LINE__);
	result("link", !remove_it("way") && !is_there("way") && is_there("out/kept"), err_text());
	check(!remove_it("not-there") && !remove_it("not/there"), "missing", err_text());
	check(!remove_it("out"), "rest", err_text());
}

static void test_deep(void)
{
	struct rlimit was, few = { 32, 32 };

	make_deep("deep", 1200);
	if (getrlimit(RLIMIT_NOFILE, &was))
		die(__LINE__);
	few.rlim_max = was.rlim_max;
	setrlimit(RLIMIT_NOFILE, &few);
	check(!remove_it("deep") && !is_there("deep"), "deep", err_text());
	setrlimit(RLIMIT_NOFILE, &was);
}

static void test_refused(void)
{
	const char *const names[] = { "/", "//", "/.", "/..", "/x/..", "relative", "" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		check(store_remove_path(names[i]) == -EINVAL, "refused", names[i]);
}

/* Directories change places with others, which are to stay, as fast as they can. */
static void test_race(void)
{
	pid_t pid;
	int i;

	make_dir("keep");
	put("keep/kept");
	for (i = 0; i < 6; i++) {
		make_deep("race", 200);
		if (symlink("../keep", in_top("race/swap")))
			die(__LINE__);
		pid = fork();
		if (!pid) {
			int fd = open(in_top("race"), O_RDONLY | O_DIRECTORY);

			for (;;)
				syscall(SYS_renameat2, fd, "swap", fd, "dddddddddddddddddddd", 2);
		}
		if (remove_it("race"))
			result("race", false, err_text());
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		err_clear();
	}
	check(!is_there("race") && is_there("keep/kept"), "race", "what it was exchanged with is gone");
	check(!remove_it("keep"), "race-rest", err_text());
}

/* ---- the directory ---- */

static void test_begin(void)
{
	struct store_dir d, other;
	char outside[PATH_MAX];

	check(!store_begin(&d, in_top("path/to"), "c"), "begin", err_text());
	check(is_there("path/to/c/partial"), "mark", "there is none");
	put("path/to/c/config");
	make_dir("path/to/c/rootfs");
	put("path/to/c/rootfs/file");
	strcpy(outside, in_top("outside"));
	check(!store_note(&d, outside), "note", err_text());
	make_dir("outside");
	put("outside/file");
	check(store_begin(&other, in_top("path/to"), "c") == -EBUSY, "two", err_text());
	check(!store_abort(&d), "abort", err_text());
	check(!is_there("path/to/c") && !is_there("outside"), "abort-all", "something is left");

	check(!store_begin(&d, in_top("path/to"), "c"), "again", err_text());
	put("path/to/c/config");
	check(!store_commit(&d), "commit", err_text());
	check(is_there("path/to/c/config") && !is_there("path/to/c/partial"), "committed", "not what it should be");
	check(store_begin(&other, in_top("path/to"), "c") == -EEXIST, "exists", err_text());
	check(!remove_it("path/to/c/config") && is_there("path/to/c"), "empty", err_text());
	put("path/to/c/foreign");
	check(store_begin(&other, in_top("path/to"), "c") == -EEXIST, "foreign", err_text());
	check(is_there("path/to/c/foreign") && !is_there("path/to/c/partial"), "foreign-stays", "it has been touched");
	check(!remove_it("path"), "path", err_text());
}

/* Killed with the mark there: the next one removes everything, and what the mark names. */
static void test_killed(void)
{
	struct store_dir d;
	pid_t pid = fork();

	if (!pid) {
		char outside[PATH_MAX];

		strcpy(outside, in_top("outside"));
		if (store_begin(&d, in_top("path"), "c") || store_note(&d, outside))
			_exit(1);
		make_dir("outside");
		put("path/c/config");
		make_dir("path/c/rootfs");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	check(is_there("path/c/partial") && is_there("outside"), "left", "nothing is");
	check(!store_begin(&d, in_top("path"), "c"), "taken", err_text());
	check(!is_there("outside") && !is_there("path/c/config") && !is_there("path/c/rootfs"), "taken-clean", "something is left");
	check(!store_abort(&d) && !is_there("path/c"), "taken-abort", err_text());
	check(!remove_it("path"), "killed-rest", err_text());
}

int main(void)
{
	unsigned int i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(top))
		die(__LINE__);
	for (i = 0; i < 2; i++) {
		newer_kernel = i;
		test_kinds();
		test_deep();
		test_refused();
		test_race();
		test_begin();
		test_killed();
	}
	result("nothing-left", !rmdir(top), "something is left in /tmp");
	return unit_status();
}
