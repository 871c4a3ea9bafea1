/* SPDX-License-Identifier: MIT */
/* owns the attacks on files of proc and sysfs and on device nodes */
/* never writes to a file that it could open, nor opens a watchdog */
#ifndef ATTACK_FILES_H
#define ATTACK_FILES_H

#include <sys/sysmacros.h>
#include "attack.h"

/* ---- K: files ---- */

static long try_write(const struct attack *a)
{
	int fd = open(a->path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return -errno;
	/* A null device in its place takes everything. */
	return !fstat(fd, &st) && S_ISCHR(st.st_mode) ? -EACCES : 0;
}

/* It has something to tell; addresses that the kernel shows as zeros are nothing. */
static long try_read(const struct attack *a)
{
	int fd = open(a->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char buf[64];
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf) - 1);

	if (fd < 0)
		return -errno;
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	buf[n] = '\0';
	if (n > 8 && strspn(buf, "0") >= 8 && a->a) {
		add_detail("addresses are hidden");
		return -EACCES;
	}
	if (!n)
		add_detail("empty");
	return n ? 0 : -EACCES;
}

/* A directory that ought to be empty: what is mounted there on a host acts on all of it. */
static long try_empty(const struct attack *a)
{
	DIR *d = opendir(a->path);
	struct dirent *e;
	int n = 0;

	if (!d)
		return -errno;
	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n ? 0 : -EACCES;
}

static int skip_proc(const char *path)
{
	return (path[6] >= '0' && path[6] <= '9') || !strcmp(path, "/proc/self") || !strcmp(path, "/proc/thread-self") ||
	       (own_network && !strcmp(path, "/proc/sys/net"));
}

static int skip_sys(const char *path)
{
	return own_network && !strcmp(path, "/sys/devices/virtual/net");
}

static long try_walk_proc(const struct attack *a)
{
	struct tally t = { .any_mode = 0 };

	walk(a->path, 8, skip_proc, visit_write, &t);
	return told_tally(&t);
}

static long try_walk_sys(const struct attack *a)
{
	struct tally t = { .any_mode = 0 };

	walk(a->path, 12, skip_sys, visit_write, &t);
	return told_tally(&t);
}

/* Mounts that may be written to: what lies there says nothing about the read-only one above. */
static char writable_mounts[16384];

static int skip_writable(const char *path)
{
	char line[520];

	return (size_t)snprintf(line, sizeof(line), "\n%s\n", path) < sizeof(line) && strstr(writable_mounts, line);
}

/* Each mount that says it is read-only, which the host's programs and libraries are: 200 files of it. */
static long try_read_only_mounts(const struct attack *a)
{
	struct tally all = { 0 };
	char line[1024], path[512], options[64];
	FILE *f = fopen("/proc/self/mountinfo", "re");
	size_t n = 0;
	int pass;

	(void)a;
	for (pass = 0; f && pass < 2; pass++, rewind(f))
		while (fgets(line, sizeof(line), f)) {
			struct tally t = { .limit = 200, .any_mode = 1 };
			struct stat st;
			int is_ro;

			if (sscanf(line, "%*s %*s %*s %*s %511s %63s", path, options) != 2)
				continue;
			is_ro = !strncmp(options, "ro", 2);
			if (!pass && !is_ro && n + strlen(path) + 3 < sizeof(writable_mounts))
				n += (size_t)sprintf(writable_mounts + n, "\n%s\n", path);
			if (!pass || !is_ro || skip_writable(path) || lstat(path, &st))
				continue;
			if (S_ISDIR(st.st_mode))
				walk(path, 6, skip_writable, visit_write, &t);
			else
				visit_write(path, &st, &t);
			all.tried += t.tried;
			all.open += t.open;
		}
	if (f)
		fclose(f);
	return told_tally(&all);
}

/* ---- D: device nodes ---- */

static long open_node(const char *path, int may_open)
{
	int fd;

	if (access(path, R_OK) && access(path, W_OK))
		return -errno;
	if (!may_open)
		return 0;
	/* The mount's "nodev" is seen by an open alone. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		return -EACCES;
	return 0;
}

/* path: b or c; a, b: the numbers */
static long try_device(const struct attack *a)
{
	char path[64];
	long ret;

	snprintf(path, sizeof(path), "/dev/attack-%d", (int)getpid());
	if (mknod(path, (*a->path == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev((unsigned)a->a, (unsigned)a->b))) {
		if (errno == EPERM)
			return -EPERM;
		snprintf(path, sizeof(path), "/attack-%d", (int)getpid());
		if (mknod(path, (*a->path == 'b' ? S_IFBLK : S_IFCHR) | 0600, makedev((unsigned)a->a, (unsigned)a->b)))
			return -errno;
	}
	/* An open of a watchdog starts it. */
	ret = open_node(path, !(a->a == 10 && a->b == 130));
	unlink(path);
	return ret;
}

/* Disks are named by the kernel: the root file system's is among them. */
static long try_disks(const struct attack *a)
{
	FILE *f = fopen("/proc/partitions", "re");
	char line[256], name[64];
	long ret = -ENOENT, one;
	int maj, min;

	(void)a;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%d %d %*s %63s", &maj, &min, name) != 3)
			continue;
		one = try_device(&(struct attack){ .path = "b", .a = maj, .b = min });
		if (one >= 0)
			add_detail(name);
		ret = ret >= 0 || ret == -ENOENT ? (ret >= 0 ? ret : one) : (one >= 0 ? one : ret);
	}
	if (f)
		fclose(f);
	return ret;
}

struct nodes {
	int seen, open;
};

/* Those that every container has. */
static int is_ordinary(dev_t d)
{
	static const unsigned char ones[] = { 3, 5, 7, 8, 9 };

	if (major(d) == 1)
		return memchr(ones, (int)minor(d), sizeof(ones)) != NULL;
	return (major(d) == 5 && minor(d) <= 2) || (major(d) >= 136 && major(d) <= 143);
}

static int visit_node(const char *path, const struct stat *st, void *arg)
{
	struct nodes *n = arg;

	if ((!S_ISCHR(st->st_mode) && !S_ISBLK(st->st_mode)) || (S_ISCHR(st->st_mode) && is_ordinary(st->st_rdev)))
		return 0;
	n->seen++;
	if (open_node(path, major(st->st_rdev) != 10) >= 0) {
		n->open++;
		add_detail(path);
	}
	return 0;
}

/* Nodes that are there: of somebody who had the capability, or who shares the tree. */
static long try_nodes(const struct attack *a)
{
	struct nodes n = { 0, 0 };
	char text[40];

	walk(a->path, 3, NULL, visit_node, &n);
	snprintf(text, sizeof(text), "(%d nodes)", n.seen);
	add_detail(text);
	return n.open ? 0 : n.seen || a->a ? -EPERM : -ENOENT;
}

#endif
