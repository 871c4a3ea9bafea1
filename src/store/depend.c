/* SPDX-License-Identifier: MIT */
/* owns LXC's files of who uses whose storage */
/* never leaves half a file */
#include "store/depend.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/text.h"
#include "lib/fd.h"
#include "lib/str.h"

#define SIZE_LIMIT (1 << 20)

bool depend_is_there(const char *lxcpath, const char *name)
{
	AUTO_FREE char *path = str_make("%s/%s/config", lxcpath, name);
	struct stat st;

	return !path || !stat(path, &st);
}

/* 0: there is none. */
static int load(const char *path, const char *file, char **text)
{
	AUTO_FREE char *full = str_make("%s/%s", path, file);
	ssize_t n;

	*text = NULL;
	if (!full)
		return -ENOMEM;
	if (access(full, F_OK) && errno == ENOENT)
		return 0;
	n = fd_load_file(AT_FDCWD, full, SIZE_LIMIT, text);
	if (n >= 0 && (*text)[strspn(*text, "0123456789")] == '\n' && **text != '\n')
		return err_set(EINVAL,
			       "'%s' has a number, as LXC 1.0 wrote it: which containers depend on "
			       "it is not known", full);
	return n < 0 ? (int)n : 0;
}

int depend_each(const char *path, const char *file,
		int (*each)(const char *lxcpath, const char *name, void *arg), void *arg)
{
	AUTO_FREE char *text = NULL;
	int ret = load(path, file, &text);
	char *at = text, *lxcpath, *name;

	while (!ret && at && (lxcpath = str_word(&at, "\n")) && (name = str_word(&at, "\n")))
		ret = each(lxcpath, name, arg);
	return ret;
}

/* Two at once would lose one of their lines. */
static int lock(const char *path)
{
	AUTO_FD int fd = fd_open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return err_sys("'%s'", path);
	return flock(fd, LOCK_EX) ? err_sys("cannot lock '%s'", path) : take_fd(&fd);
}

/* But for that pair, and with it at the end when it is wanted. */
static int change(const char *path, const char *file, const char *lxcpath, const char *name,
		  bool wanted)
{
	AUTO_FREE char *text = NULL, *full = str_make("%s/%s", path, file);
	AUTO_FREE char *pair = str_make("%s\n%s\n", lxcpath, name);
	AUTO_FD int held = full && pair ? lock(path) : -ENOMEM;
	struct conf_text out;
	char *at;
	int ret = held < 0 ? held : load(path, file, &text);

	if (ret || (!text && !wanted))
		return ret;
	ret = text_init(&out, full, "", 0);
	for (at = text; !ret && at && *at;) {
		size_t n = strcspn(at, "\n");

		n += at[n] == '\n';
		n += strcspn(at + n, "\n");
		n += at[n] == '\n';
		if (n != strlen(pair) || memcmp(at, pair, n))
			ret = text_prepend(&out, at, n);
		at += n;
	}
	if (!ret && wanted)
		ret = text_prepend(&out, pair, strlen(pair));
	if (!ret && out.len)
		ret = text_save_as(&out, full, NULL);
	else if (!ret && unlink(full) && errno != ENOENT)
		ret = err_sys("cannot remove '%s'", full);
	text_free(&out);
	return ret;
}

int depend_add(const char *path, const char *file, const char *lxcpath, const char *name)
{
	return change(path, file, lxcpath, name, true);
}

int depend_drop(const char *path, const char *file, const char *lxcpath, const char *name)
{
	if (access(path, F_OK) && errno == ENOENT)
		return 0;
	return change(path, file, lxcpath, name, false);
}
