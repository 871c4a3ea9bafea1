/* SPDX-License-Identifier: MIT */
/* owns the record of the host's network: its lines, its directory, what it is true for */
/* never acts on a line */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/host_internal.h"

#define RECORD_MAX (16 << 10)
#define RECORD_LINE 512

/* ---- the directory ---- */

int host_net_open(int base, bool make)
{
	while (1) {
		AUTO_FD int dir = -1;
		struct stat st;

		if (make && mkdirat(base, ".net", 0700) && errno != EEXIST)
			return err_sys("cannot make '%s'", HOST_DIR);
		dir = openat(base, ".net", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0 && errno == ENOENT && !make)
			return -ENOENT;
		if (dir < 0 && errno != ENOENT)
			return err_sys("cannot open '%s'", HOST_DIR);
		if (dir < 0)
			continue;
		if (flock(dir, LOCK_EX))
			return err_sys("cannot lock '%s'", HOST_DIR);
		/* Who had the lock may have removed it. */
		if (!fstat(dir, &st) && st.st_nlink)
			return take_fd(&dir);
	}
}

void host_remove(int dir)
{
	static const char *const files[] = { "dhcp.pid", "dhcp.conf", "leases", "record.new",
		"record" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(dir, files[i], 0);
	rmdir(HOST_DIR);
}

/* ---- lines ---- */

static int add_to(int dir, const char *file, const char *kind, const char *const *fields)
{
	AUTO_FD int fd =
		openat(dir, file, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t n;
	char line[RECORD_LINE];
	unsigned int i;
	ssize_t done;

	n = str_format(line, sizeof(line), "%s", kind);
	for (i = 0; fields[i] && n < sizeof(line); i++) {
		char field[RECORD_LINE];

		str_format(field, sizeof(field), "%s", fields[i]);
		n += str_format(line + n, sizeof(line) - n, "\t%s", str_printable(field));
	}
	if (n + 1 >= sizeof(line))
		return err_set(ENAMETOOLONG, "'%s/record': a line is too long", HOST_DIR);
	line[n++] = '\n';
	done = fd < 0 ? -1 : write(fd, line, n);
	if (done >= 0 && done != (ssize_t)n)
		errno = ENOSPC;
	return done == (ssize_t)n ? 0 : err_sys("cannot write '%s/record'", HOST_DIR);
}

int host_record_add(int dir, const char *kind, const char *const *fields)
{
	return add_to(dir, "record", kind, fields);
}

static void split(char *line, char **fields)
{
	static char none[] = "";
	unsigned int i;

	for (i = 0; i < HOST_FIELDS; i++) {
		char *tab = line ? strchr(line, '\t') : NULL;

		if (tab)
			*tab++ = '\0';
		line = tab;
		fields[i] = tab ? tab : none;
	}
}

int host_record_each(int dir, off_t from, bool backwards, host_line_fn *each, void *arg)
{
	AUTO_FREE char *text = NULL;
	char *fields[HOST_FIELDS];
	bool held = err_hold();
	ssize_t n = fd_load_file(dir, "record", RECORD_MAX, &text), at = from, end;
	int ret = 0;

	if (n == -ENOENT) {
		err_release(held);
		return -ENOENT;
	}
	if (n < 0)
		return (int)n;
	/* A last line without its end was cut off by a crash: nothing was done then. */
	while (n && text[n - 1] != '\n')
		n--;
	while (!ret && at < n) {
		ssize_t begin = at;

		end = backwards ? n : (char *)memchr(text + at, '\n', (size_t)(n - at)) - text + 1;
		if (backwards)
			for (begin = n - 1; begin > at && text[begin - 1] != '\n'; begin--)
				;
		text[end - 1] = '\0';
		split(text + begin, fields);
		ret = each(text + begin, fields, arg);
		if (backwards)
			n = begin;
		else
			at = end;
	}
	return ret;
}

struct want {
	const char *kind, *first;
	char *a, *b;
	size_t n_a, n_b;
};

static int look(const char *kind, char **f, void *arg)
{
	const struct want *w = arg;

	if (!str_eq(kind, w->kind) || (w->first && !str_eq(f[0], w->first)))
		return 0;
	if (w->a)
		str_format(w->a, w->n_a, "%s", f[0]);
	if (w->b)
		str_format(w->b, w->n_b, "%s", f[1]);
	return 1;
}

bool host_record_get(
	int dir, const char *kind, char *first, size_t n_first, char *second, size_t n_second)
{
	struct want w = { .kind = kind, .a = first, .n_a = n_first, .b = second, .n_b = n_second };

	return host_record_each(dir, 0, false, look, &w) > 0;
}

bool host_record_has(int dir, const char *kind, const char *first)
{
	struct want w = { .kind = kind, .first = first };

	return host_record_each(dir, 0, false, look, &w) > 0;
}

off_t host_record_size(int dir)
{
	struct stat st;

	return fstatat(dir, "record", &st, AT_SYMLINK_NOFOLLOW) ? 0 : st.st_size;
}

int host_record_cut(int dir, off_t size)
{
	AUTO_FD int fd = openat(dir, "record", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd < 0 || ftruncate(fd, size) ? err_sys("cannot cut '%s/record'", HOST_DIR) : 0;
}

/* Of the place and the bridge, as somebody may be on it. */
static int keep_line(const char *kind, char **f, void *arg)
{
	static const char *const kept[] = { "boot", "bridge", "found", "had", "up" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kept); i++)
		if (str_eq(kind, kept[i]))
			return add_to(*(int *)arg, "record.new", kind,
				(const char *[]){ f[0], *f[1] ? f[1] : NULL, NULL });
	return 0;
}

int host_record_keep_bridge(int dir)
{
	int ret;

	unlinkat(dir, "record.new", 0);
	ret = host_record_each(dir, 0, false, keep_line, &dir);
	if (ret)
		return ret;
	return renameat(dir, "record.new", dir, "record")
	               ? err_sys("cannot write '%s/record'", HOST_DIR)
	               : 0;
}

/* ---- what it is true for ---- */

static int own_netns(char *buf, size_t n)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return err_sys("cannot tell the network namespace");
	str_format(
		buf, n, "%llx:%llx", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return 0;
}

int host_record_begin(int dir)
{
	char boot[17], netns[40];
	int ret = sys_boot_id(boot);

	if (ret)
		return err_code(ret, "cannot read the boot id");
	ret = own_netns(netns, sizeof(netns));
	return ret ? ret : HOST_RECORD(dir, "boot", boot, netns);
}

int host_record_is_ours(int dir)
{
	char boot[17], netns[40], then[17], there[40];
	int ret = sys_boot_id(boot);

	if (ret)
		return err_code(ret, "cannot read the boot id");
	ret = own_netns(netns, sizeof(netns));
	if (ret)
		return ret;
	if (!host_record_get(dir, "boot", then, sizeof(then), there, sizeof(there)) ||
		!str_eq(boot, then))
		return 0;
	return str_eq(netns, there) ? 1 : -EXDEV;
}
