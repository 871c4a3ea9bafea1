// SPDX-License-Identifier: MIT
// owns: the program that tests run inside a container to report what is true there, one line per question
// never: prints an errno as a number (they differ on MIPS), nor needs anything of the rootfs it is run in
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *errno_name(void)
{
	static const struct {
		int e;
		const char *name;
	} names[] = {
		{ EPERM, "EPERM" }, { ENOENT, "ENOENT" }, { EACCES, "EACCES" }, { EROFS, "EROFS" },
		{ ENXIO, "ENXIO" }, { ENODEV, "ENODEV" }, { EEXIST, "EEXIST" }, { EINVAL, "EINVAL" },
		{ EBUSY, "EBUSY" }, { ENOTDIR, "ENOTDIR" }, { ELOOP, "ELOOP" }, { EIO, "EIO" },
		{ ENOTTY, "ENOTTY" }, { ESRCH, "ESRCH" }, { ENOSYS, "ENOSYS" }, { ENOSPC, "ENOSPC" },
	};
	static char other[24];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].e == errno)
			return names[i].name;
	snprintf(other, sizeof(other), "errno-%d", errno);
	return other;
}

static void say(const char *verb, const char *what, int failed)
{
	printf("%s %s: %s\n", verb, what, failed ? errno_name() : "ok");
}

/* open PATH r|w|rw */
static void do_open(const char *path, const char *mode)
{
	int flags = !strcmp(mode, "r") ? O_RDONLY : !strcmp(mode, "w") ? O_WRONLY : O_RDWR;
	int fd = open(path, flags | O_NOCTTY | O_NONBLOCK);

	say("open", path, fd < 0);
	if (fd >= 0)
		close(fd);
}

/* mknod b|c MAJOR MINOR: makes the node in /dev, or where that fails, / and opens it */
static void do_mknod(const char *type, const char *major_text, const char *minor_text)
{
	char what[64], path[64];
	mode_t mode = (*type == 'b' ? S_IFBLK : S_IFCHR) | 0600;
	dev_t dev = makedev(atoi(major_text), atoi(minor_text));
	int bad;

	snprintf(what, sizeof(what), "%s %s:%s", type, major_text, minor_text);
	snprintf(path, sizeof(path), "/dev/probe-%d", (int)getpid());
	bad = mknod(path, mode, dev);
	say("mknod", what, bad);
	if (!bad) {
		int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);

		say("open-node", what, fd < 0);
		if (fd >= 0)
			close(fd);
		unlink(path);
	}
}

/* caps: the four sets of this process as 64-bit hex, bounding set by asking for each */
static void do_caps(void)
{
	struct __user_cap_header_struct h = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct d[2];
	unsigned long long bnd = 0;

	memset(d, 0, sizeof(d));
	syscall(SYS_capget, &h, d);
	for (int i = 0; i < 64; i++) {
		int r = prctl(PR_CAPBSET_READ, i, 0, 0, 0);

		if (r < 0)
			break;
		if (r)
			bnd |= 1ULL << i;
	}
#define SET(f) ((unsigned long long)d[1].f << 32 | d[0].f)
	printf("CapInh: %016llx\nCapPrm: %016llx\nCapEff: %016llx\nCapBnd: %016llx\n", SET(inheritable),
	       SET(permitted), SET(effective), bnd);
}

static void do_fds(void)
{
	printf("fds:");
	for (int fd = 0; fd < 4096; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	printf("\n");
}

/* ls DIR: names, sorted enough for a test: one line */
static int do_ls(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int n = 0;

	if (!d) {
		say("ls", dir, 1);
		return -1;
	}
	printf("ls %s:", dir);
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) {
			printf(" %s", e->d_name);
			n++;
		}
	printf("\n");
	closedir(d);
	return n;
}

/*
 * reroot: unmounts its own root and enters its own mount namespace again, which leaves a process in whatever lies
 * below. On an initramfs that was not emptied that is the host's whole tree.
 */
static void do_reroot(void)
{
	int ns;

	mkdir("/tmp/p", 0700);
	if (mount("proc", "/tmp/p", "proc", 0, NULL) < 0)
		say("mount", "proc", 1);
	ns = open("/tmp/p/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	say("open", "ns", ns < 0);
	/* Several times: roots can be stacked. */
	for (int i = 0; i < 8; i++) {
		int bad = umount2("/", MNT_DETACH);

		if (!i)
			say("umount", "/", bad);
		if (setns(ns, CLONE_NEWNS) < 0) {
			say("setns", "mnt", 1);
			break;
		}
		if (bad)
			break;
	}
	if (chdir("/") < 0)
		say("chdir", "/", 1);
	do_ls("/");
	do_ls("/opt/lxc");
	say("stat", "/sbin/init", access("/sbin/init", F_OK));
	say("stat", "/bin/busybox", access("/bin/busybox", F_OK));
	say("stat", "/etc/inittab", access("/etc/inittab", F_OK));
}

/* orphan: a grandchild that outlives its parent and then exits must be reaped by PID 1 */
static void do_orphan(void)
{
	int pipes[2];
	pid_t child, grandchild = 0;

	if (pipe(pipes) < 0)
		return;
	child = fork();
	if (!child) {
		grandchild = fork();
		if (!grandchild) {
			usleep(200000);
			_exit(0);
		}
		if (write(pipes[1], &grandchild, sizeof(grandchild)) < 0)
			_exit(1);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	if (read(pipes[0], &grandchild, sizeof(grandchild)) != sizeof(grandchild))
		return;
	for (int i = 0; i < 30; i++) {
		usleep(100000);
		if (kill(grandchild, 0) < 0 && errno == ESRCH) {
			printf("orphan: reaped\n");
			return;
		}
	}
	printf("orphan: zombie\n");
}

static void on_signal(int sig)
{
	char line[] = "signal 00\n";

	line[7] = '0' + sig / 10;
	line[8] = '0' + sig % 10;
	if (write(1, line, sizeof(line) - 1) < 0)
		_exit(99);
	_exit(40 + sig);
}

/* wait: says ready and exits with 40 + N when signal N comes */
static void do_wait(void)
{
	static const int sigs[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT, SIGPWR };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		signal(sigs[i], on_signal);
	printf("ready %d\n", (int)getpid());
	fflush(stdout);
	for (;;)
		pause();
}

static int usage(void)
{
	fprintf(stderr, "usage: probe WORD [ARG...] [, WORD [ARG...]]...\n"
		"words: open PATH r|w|rw; mknod b|c MAJOR MINOR; caps; fds; ls DIR; cat FILE; ids; reroot; orphan;\n"
		"       wait; exit N; kill N; mount SRC DIR TYPE; write FILE TEXT; sleep S; stat PATH; env NAME; hostname;\n"
		"       with-key NAME COMMAND [ARG]...; key NAME\n");
	return 2;
}

static void do_cat(const char *path)
{
	char buf[4096];
	int fd = open(path, O_RDONLY);
	ssize_t n;

	if (fd < 0) {
		say("cat", path, 1);
		return;
	}
	fflush(stdout);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, n) < 0)
			break;
	close(fd);
}

static void do_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	say("write", path, fd < 0 || write(fd, text, strlen(text)) < 0);
	if (fd >= 0)
		close(fd);
}

/* COMMAND, with a key of this name in a session keyring of its own; 99: there is no such thing here. */
static int do_with_key(char **a)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
	    syscall(SYS_add_key, "user", a[0], "text", 4, KEY_SPEC_SESSION_KEYRING) < 0) {
		say("with-key", a[0], 1);
		return 99;
	}
	execvp(a[1], a + 1);
	return 127;
}

static void do_key(const char *name)
{
	long key = syscall(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0);

	printf("key %s: %s\n", name, key >= 0 ? "found" : errno == ENOKEY ? "none" : strerror(errno));
}

int main(int argc, char **argv)
{
	char host[128];
	struct stat st;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return usage();
	for (int i = 1; i < argc; i++) {
		int n = 0;
		char **a = argv + i + 1;

		while (i + 1 + n < argc && strcmp(a[n], ","))
			n++;
#define WORD(name, count) (!strcmp(argv[i], name) && n == (count))
		if (WORD("open", 2))
			do_open(a[0], a[1]);
		else if (WORD("mknod", 3))
			do_mknod(a[0], a[1], a[2]);
		else if (WORD("caps", 0))
			do_caps();
		else if (WORD("fds", 0))
			do_fds();
		else if (WORD("ls", 1))
			do_ls(a[0]);
		else if (WORD("cat", 1))
			do_cat(a[0]);
		else if (WORD("ids", 0))
			printf("pid %d ppid %d uid %d gid %d\n", (int)getpid(), (int)getppid(), (int)getuid(), (int)getgid());
		else if (WORD("reroot", 0))
			do_reroot();
		else if (WORD("orphan", 0))
			do_orphan();
		else if (WORD("wait", 0))
			do_wait();
		else if (WORD("exit", 1))
			return atoi(a[0]);
		else if (WORD("kill", 1))
			kill(getpid(), atoi(a[0]));
		else if (WORD("mount", 3))
			say("mount", a[1], mount(a[0], a[1], a[2], 0, NULL));
		else if (WORD("write", 2))
			do_write(a[0], a[1]);
		else if (WORD("sleep", 1))
			sleep(atoi(a[0]));
		else if (WORD("stat", 1)) {
			if (stat(a[0], &st) < 0)
				say("stat", a[0], 1);
			else
				printf("stat %s: mode %o uid %d gid %d rdev %d:%d\n", a[0], (unsigned)st.st_mode, (int)st.st_uid,
				       (int)st.st_gid, (int)major(st.st_rdev), (int)minor(st.st_rdev));
		} else if (WORD("env", 1))
			printf("%s=%s\n", a[0], getenv(a[0]) ? getenv(a[0]) : "(unset)");
		else if (!strcmp(argv[i], "with-key") && n > 1)
			return do_with_key(a);
		else if (WORD("key", 1))
			do_key(a[0]);
		else if (WORD("hostname", 0) && !gethostname(host, sizeof(host)))
			printf("%s\n", host);
		else
			return usage();
		i += n + 1;
	}
	return 0;
}
