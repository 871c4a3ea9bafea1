/* SPDX-License-Identifier: MIT */
/*
 * owns: a start of container1 written down as the kernel calls it takes, up to the exec of its command, and its end
 * never: reads a configuration, checks a path, keeps a record, or survives a surprise: it is what a start costs without all that
 *
 * usage: bare CPUSET DEVICES BASE... -- COMMAND
 *	CPUSET, DEVICES   this process's cgroup in the hierarchies of those controllers, "-": none
 *	BASE              the same for every hierarchy
 *
 * The child enters its cgroups, mounts and writes its device rules by itself, so that nobody waits for anybody.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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

#define ROOT "/opt/lxc/container1"
#define STAGE "/run/bare"

static const char *const rules[] = {
	"c 1:3 rwm", "c 1:5 rwm", "c 1:1 rwm", "c 30:0 rwm", "c 5:1 rwm", "c 5:0 rwm", "c 4:0 rwm", "c 1:9 rwm", "c 1:8 rwm",
	"c 136:* rwm", "c 5:2 rwm",
};

static const char *const binds[] = { "/bin/sh", "/bin/busybox", "/bin/echo", "/bin/ls", "/bin/mount", "/lib" };

static const struct node {
	const char *name;
	unsigned int major, minor;
} nodes[] = {
	{ "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 }, { "/dev/full", 1, 7 }, { "/dev/random", 1, 8 },
	{ "/dev/urandom", 1, 9 }, { "/dev/tty", 5, 0 },
};

static const char *const links[][2] = {
	{ "/proc/self/fd", "/dev/fd" }, { "/proc/self/fd/0", "/dev/stdin" }, { "/proc/self/fd/1", "/dev/stdout" },
	{ "/proc/self/fd/2", "/dev/stderr" }, { "pts/ptmx", "/dev/ptmx" },
};

static void die(const char *what)
{
	dprintf(2, "bare: %s: %s\n", what, strerror(errno));
	_exit(126);
}

static const char *path(const char *base, const char *rest)
{
	static char buf[4096];

	strcpy(buf, base);
	strcat(buf, rest);
	return buf;
}

static void write_to(const char *file, const char *text, size_t n)
{
	int fd = open(file, O_WRONLY);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		die(file);
	close(fd);
}

static ssize_t read_from(const char *file, char *text, size_t n)
{
	int fd = open(file, O_RDONLY);
	ssize_t got = read(fd, text, n);

	if (fd < 0 || got <= 0)
		die(file);
	close(fd);
	return got;
}

static void make_cgroups(const char *cpuset, char **base)
{
	char cpus[1024], mems[1024];
	ssize_t n_cpus, n_mems;

	/* No other container is there, so the directory above is not either. */
	for (; *base; base++)
		if ((mkdir(path(*base, "/lxc"), 0755) && errno != EEXIST) || mkdir(path(*base, "/lxc/bare"), 0755))
			die(*base);
	/* Where the kernel fills a new cpuset nothing is to be done. */
	if (*cpuset == '-' || read_from(path(cpuset, "/lxc/bare/cpuset.cpus"), cpus, sizeof(cpus)) > 1)
		return;
	n_cpus = read_from(path(cpuset, "/cpuset.cpus"), cpus, sizeof(cpus));
	n_mems = read_from(path(cpuset, "/cpuset.mems"), mems, sizeof(mems));
	write_to(path(cpuset, "/lxc/cpuset.cpus"), cpus, (size_t)n_cpus);
	write_to(path(cpuset, "/lxc/cpuset.mems"), mems, (size_t)n_mems);
	write_to(path(cpuset, "/lxc/bare/cpuset.cpus"), cpus, (size_t)n_cpus);
	write_to(path(cpuset, "/lxc/bare/cpuset.mems"), mems, (size_t)n_mems);
	write_to(path(cpuset, "/lxc/bare/cgroup.clone_children"), "1", 1);
}

static void remove_cgroups(char **base)
{
	for (; *base; base++) {
		if (rmdir(path(*base, "/lxc/bare")))
			die(*base);
		rmdir(path(*base, "/lxc"));
	}
}

static void enter_cgroups(char **base)
{
	for (; *base; base++)
		write_to(path(*base, "/lxc/bare/tasks"), "0", 1);
	if (unshare(CLONE_NEWCGROUP))
		die("cgroup namespace");
}

static void mount_all(void)
{
	unsigned int i;

	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) || mount(ROOT, STAGE, NULL, MS_BIND | MS_REC, NULL))
		die("rootfs");
	if (mount("none", STAGE "/dev", "tmpfs", MS_NOSUID, "size=500000,mode=755"))
		die("/dev");
	for (i = 0; i < sizeof(binds) / sizeof(*binds); i++)
		if (mount(binds[i], path(STAGE, binds[i]), NULL, MS_BIND, NULL) ||
		    mount(NULL, path(STAGE, binds[i]), NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL))
			die(binds[i]);
	if (mount("tmpfs", STAGE "/tmp", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=1777"))
		die("/tmp");
}

static void make_dev(void)
{
	unsigned int i;

	umask(0);
	for (i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		if (mknod(path(STAGE, nodes[i].name), S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)))
			die(nodes[i].name);
	for (i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (symlink(links[i][0], path(STAGE, links[i][1])))
			die(links[i][1]);
	if (mkdir(STAGE "/dev/pts", 0755) ||
	    mount("devpts", STAGE "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"))
		die("/dev/pts");
	umask(022);
}

static void apply_rules(const char *devices)
{
	char list[4096];
	unsigned int i;
	ssize_t n;
	int fd;

	if (*devices == '-')
		return;
	write_to(path(devices, "/lxc/bare/devices.deny"), "a", 1);
	fd = open(path(devices, "/lxc/bare/devices.allow"), O_WRONLY);
	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (write(fd, rules[i], strlen(rules[i])) < 0)
			die(rules[i]);
	close(fd);
	fd = open(path(devices, "/lxc/bare/devices.list"), O_RDONLY);
	n = read(fd, list, sizeof(list) - 1);
	close(fd);
	list[n > 0 ? n : 0] = '\0';
	for (i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (!strstr(list, rules[i]))
			die(rules[i]);
}

static void child(const char *devices, char **base, char **command)
{
	static char *env[] = { (char *)"container=lxc", NULL };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	enter_cgroups(base);
	sethostname("container1", 10);
	mount_all();
	make_dev();
	apply_rules(devices);
	if (chdir(STAGE) || syscall(SYS_pivot_root, ".", ".") || umount2(".", MNT_DETACH) || chdir("/"))
		die("pivot");
	setsid();
	execve(command[0], command, env);
	die(command[0]);
}

int main(int argc, char **argv)
{
	const unsigned long flags = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET;
	char **base, **end;
	int status;
	pid_t pid;

	if (argc < 6)
		return 2;
	base = argv + 3;
	for (end = base; *end && strcmp(*end, "--"); end++)
		;
	if (!*end)
		return 2;
	*end = NULL;
	mkdir(STAGE, 0755);
	make_cgroups(argv[1], base);
	pid = (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0L, 0L, 0L, 0L);
	if (pid < 0)
		die("clone");
	if (!pid)
		child(argv[2], base, end + 1);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	remove_cgroups(base);
	rmdir(STAGE);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
