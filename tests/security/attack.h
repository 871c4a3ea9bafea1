/* SPDX-License-Identifier: MIT */
/* owns what the attacks of attack.c share: their rows, how a result is judged, walks of file trees */
/* never decides what is open: attack.c's rows do */
#ifndef ATTACK_H
#define ATTACK_H

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * One attack. It returns what a system call did: 0 or more is success, -errno otherwise. An errno of `past` comes only behind the
 * check of the privilege, and so is a success as well; one of `shut` is a refusal beside EPERM, EACCES and EROFS. Any other, such
 * as ENOENT, is what a kernel without the feature says: it proves nothing.
 */
struct attack {
	const char *name;
	long (*try)(const struct attack *a);
	const char *path;
	long a, b;
	int past[3], shut[3];
};

/* Told behind the verdict. */
static char detail[300];

/* The container has a network namespace of its own: what is in /proc/sys/net and /sys/devices/virtual/net is its own affair. */
static int own_network;

static const char *errno_name(long e)
{
	static const struct {
		int e;
		const char *name;
	} names[] = {
#define NAME(e) { e, #e }
		NAME(EPERM), NAME(ENOENT), NAME(ESRCH), NAME(EIO), NAME(ENXIO), NAME(EBADF), NAME(EAGAIN), NAME(ENOMEM),
		NAME(EACCES), NAME(EFAULT), NAME(EBUSY), NAME(EEXIST), NAME(ENODEV), NAME(ENOTDIR), NAME(EISDIR), NAME(EINVAL),
		NAME(ENOTTY), NAME(ENOSPC), NAME(EROFS), NAME(ELOOP), NAME(ENOSYS), NAME(EUSERS), NAME(EOPNOTSUPP),
		NAME(EAFNOSUPPORT), NAME(EPROTONOSUPPORT), NAME(ESTALE), NAME(EOVERFLOW), NAME(ENOPROTOOPT), NAME(ENOEXEC),
#undef NAME
	};
	static char other[32];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].e == e)
			return names[i].name;
	snprintf(other, sizeof(other), "errno-%ld", e);
	return other;
}

static int is_one_of(long e, const int *list)
{
	for (int i = 0; i < 3; i++)
		if (list[i] && list[i] == e)
			return 1;
	return 0;
}

/* "NAME: OPEN|closed|unproven [ERRNO] [detail]" */
static void judge(const struct attack *a, long ret)
{
	const char *verdict = "unproven";
	static const int refusals[3] = { EPERM, EACCES, EROFS };

	if (ret >= 0 || is_one_of(-ret, a->past))
		verdict = "OPEN";
	else if (is_one_of(-ret, refusals) || is_one_of(-ret, a->shut))
		verdict = "closed";
	printf("%s: %s%s%s%s%s\n", a->name, verdict, ret < 0 ? " " : "", ret < 0 ? errno_name(-ret) : "", *detail ? " " : "", detail);
}

static long result(long ret)
{
	return ret < 0 ? -errno : ret;
}

static void add_detail(const char *text)
{
	size_t n = strlen(detail);

	if (n + strlen(text) + 2 < sizeof(detail))
		snprintf(detail + n, sizeof(detail) - n, "%s%s", n ? " " : "", text);
}

/* The first line of a file without its end; NULL when there is none. */
static char *first_line_of(const char *path, char *buf, size_t n)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, buf, n - 1);

	if (fd >= 0)
		close(fd);
	if (got <= 0)
		return NULL;
	buf[got] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

/* What a walk finds is called with its path; 1 ends the walk. Links are not followed. */
typedef int (*visit_fn)(const char *path, const struct stat *st, void *arg);

static int walk(const char *dir, int depth, int (*skip)(const char *path), visit_fn visit, void *arg)
{
	DIR *d = opendir(dir);
	char path[1024];
	struct dirent *e;
	struct stat st;
	int end = 0;

	while (d && !end && (e = readdir(d))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s%s%s", strcmp(dir, "/") ? dir : "", "/", e->d_name) >= sizeof(path))
			continue;
		if ((skip && skip(path)) || lstat(path, &st))
			continue;
		if (!S_ISDIR(st.st_mode))
			end = visit(path, &st, arg);
		else if (depth > 1)
			end = walk(path, depth - 1, skip, visit, arg);
	}
	if (d)
		closedir(d);
	return end;
}

/* For walks: how many files were tried, and how many of them opened for writing. */
struct tally {
	int tried, open, limit, any_mode;
};

static int visit_write(const char *path, const struct stat *st, void *arg)
{
	struct tally *t = arg;
	int fd;

	if (!S_ISREG(st->st_mode) || (!t->any_mode && !(st->st_mode & 0222)))
		return 0;
	t->tried++;
	fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0) {
		close(fd);
		if (t->open++ < 5)
			add_detail(path);
	}
	return t->limit && t->tried >= t->limit;
}

static long told_tally(const struct tally *t)
{
	char text[40];

	snprintf(text, sizeof(text), "(%d of %d files)", t->open, t->tried);
	add_detail(text);
	return t->open ? 0 : t->tried ? -EACCES : -ENOENT;
}

#endif
