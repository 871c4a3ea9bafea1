/* SPDX-License-Identifier: MIT */
/* owns the console's log file: its opening, its limit, its one predecessor */
/* never follows a link to it, never lets the container wait for a full disk */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

int console_log_open(struct console_log *l, const char *path)
{
	l->path = path;
	l->fd = path_open_named(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	return l->fd < 0 ? l->fd : 0;
}

/*
 * PATH becomes PATH.1 and a new PATH is made. rename(2) follows no link and replaces one that has
 * that name. Nothing at PATH: somebody has moved it already.
 */
static bool rotate(struct console_log *l)
{
	char old[PATH_MAX];
	bool held = err_hold();
	int fd = -1;

	if (str_format(old, sizeof(old), "%s.1", l->path) < sizeof(old) &&
	    (!renameat(AT_FDCWD, l->path, AT_FDCWD, old) || errno == ENOENT))
		fd = path_open_named(l->path, O_WRONLY | O_CREAT | O_APPEND, 0600);
	err_release(held);
	if (fd < 0)
		return false;
	fd_close(&l->fd);
	l->fd = fd;
	return true;
}

/* Bytes that may be written now. Others may have added to the file or cut it. */
static size_t room_of(struct console_log *l)
{
	bool again = l->rotate;
	struct stat st;

	for (;;) {
		if (fstat(l->fd, &st))
			return 0;
		if (st.st_size < l->cap)
			return (size_t)(l->cap - st.st_size);
		if (!again || !rotate(l))
			break;
		again = false;
	}
	/* What cannot be rotated must not grow either. */
	return ftruncate(l->fd, 0) ? 0 : (size_t)l->cap;
}

void console_log_write(struct console_log *l, const void *buf, size_t n)
{
	const char *from = buf;

	while (l->fd >= 0 && n) {
		size_t part = CFG_CONSOLE_CAP && l->cap ? room_of(l) : n;

		if (part > n)
			part = n;
		if (!part || fd_write_all(l->fd, from, part)) {
			l->failed = true;
			return;
		}
		from += part;
		n -= part;
	}
}
