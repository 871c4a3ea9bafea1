/* SPDX-License-Identifier: MIT */
/* owns how the text of a configuration file is read and written: whole, at once */
/* never leaves half a file, never writes through a link that it did not read through */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/parse.h"
#include "conf/text.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

int text_init(struct conf_text *t, const char *path, const char *bytes, size_t n)
{
	*t = (struct conf_text){ .path = str_dup(path), .data = malloc(n + 1), .len = n };
	if (!t->path || !t->data)
		return err_set(ENOMEM, "out of memory");
	memcpy(t->data, bytes, n);
	t->data[n] = '\0';
	return 0;
}

int text_load(struct conf_text *t, const char *path)
{
	ssize_t len;

	*t = (struct conf_text){ .path = realpath(path, NULL) };
	if (!t->path)
		return err_sys("cannot read '%s'", shown(path));
	len = load_text(t->path, TEXT_MAX, &t->st, &t->data);
	if (len == -EFBIG)
		return err_set(EFBIG, "'%s': more than 32 MiB of configuration", shown(path));
	if (len < 0)
		return (int)len;
	t->len = (size_t)len;
	t->data[len] = '\0';
	return 0;
}

void text_free(struct conf_text *t)
{
	free(t->path);
	free(t->data);
	free(t->scratch);
	*t = (struct conf_text){ 0 };
}

int text_read(const struct conf_text *t, struct conf *c)
{
	AUTO_FREE char *copy = malloc(t->len + 1);

	if (!copy)
		return err_set(ENOMEM, "out of memory");
	/* The loader cuts it to pieces. */
	memcpy(copy, t->data, t->len);
	return conf_load_text(c, t->path, copy, t->len);
}

/* The owner before the mode, since a change of owner takes bits away. */
static int make_like(int fd, const struct stat *like)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if ((st.st_uid != like->st_uid || st.st_gid != like->st_gid) &&
	    fchown(fd, like->st_uid, like->st_gid))
		return -errno;
	return fchmod(fd, like->st_mode & 07777) ? -errno : 0;
}

static int fill(int fd, const struct conf_text *t, const struct stat *like, const char *name)
{
	int ret = like ? make_like(fd, like) : 0;

	if (ret)
		return err_code(ret, "cannot give '%s' owner and mode of the file", name);
	ret = fd_write_all(fd, t->data, t->len);
	if (!ret && fsync(fd))
		ret = -errno;
	return ret ? err_code(ret, "cannot write '%s'", name) : 0;
}

/* The name is durable, too, once its directory is; where that cannot be synced it waits. */
static void sync_parent(const char *path)
{
	AUTO_FREE char *dir = str_make("%s", path);
	AUTO_FD int fd = -1;
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (slash)
		slash[slash == dir] = '\0';
	fd = fd_open(slash ? dir : ".", O_RDONLY | O_DIRECTORY);
	if (fd >= 0 && fsync(fd))
		return;
}

int text_save_as(const struct conf_text *t, const char *path, const struct stat *like)
{
	AUTO_FREE char *name = NULL;
	AUTO_FD int fd = -1;
	unsigned int random;
	int ret = sys_random(&random, sizeof(random));

	if (ret < 0)
		return err_code(ret, "no random name beside '%s'", path);
	name = str_make("%s.%08x", path, random);
	if (!name)
		return -ENOMEM;
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, like ? 0600 : 0644);
	if (fd < 0)
		return err_sys("cannot make '%s'", name);
	ret = fill(fd, t, like, name);
	/* rename(3) is in stdio of musl. */
	if (!ret && renameat(AT_FDCWD, name, AT_FDCWD, path))
		ret = err_sys("cannot put '%s' in place of '%s'", name, path);
	if (ret)
		return unlink(name) ? ret : ret;
	sync_parent(path);
	return 0;
}

int text_save(struct conf_text *t)
{
	struct stat now;
	int ret;

	if (stat(t->path, &now))
		return err_sys("cannot look at '%s'", t->path);
	if (now.st_dev != t->st.st_dev || now.st_ino != t->st.st_ino ||
	    now.st_size != t->st.st_size || now.st_mtim.tv_sec != t->st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != t->st.st_mtim.tv_nsec)
		return err_set(EBUSY, "'%s' was changed by somebody else meanwhile", t->path);
	ret = text_save_as(t, t->path, &t->st);
	if (!ret && stat(t->path, &t->st))
		return err_sys("cannot look at '%s'", t->path);
	return ret;
}
