/* SPDX-License-Identifier: MIT */
/* owns the file of the devices that were made, and its lock */
/* never uses one that another than root could have written */
#include "user-nic/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "user-nic/nic.h"

#define SIZE_MAX_DB (256 << 10)
#define LOCK_MS 10000

static int is_roots(int fd, bool is_dir)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	return !st.st_uid && !(st.st_mode & 022) &&
		       (is_dir ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode) && st.st_nlink == 1) ?
		       0 :
		       -EPERM;
}

static int open_file(void)
{
	AUTO_FD int dir = -1, fd = -1;

	if (mkdir(DB_DIR, 0755) && errno != EEXIST)
		return -errno;
	dir = open(DB_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (is_roots(dir, true))
		return -EPERM;
	fd = openat(dir, DB_FILE, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	return is_roots(fd, false) ? -EPERM : take_fd(&fd);
}

/* LXC's lxc-user-nic takes the same lock. */
static int lock(int fd)
{
	struct flock all = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int64_t end = sys_now_ms() + LOCK_MS;

	while (fcntl(fd, F_SETLK, &all)) {
		if (errno != EAGAIN && errno != EACCES)
			return -errno;
		if (sys_now_ms() > end)
			return -ETIMEDOUT;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return 0;
}

static int load(struct db *d)
{
	struct stat st;
	size_t size;

	if (fstat(d->fd, &st))
		return -errno;
	if (st.st_size > SIZE_MAX_DB)
		return -EFBIG;
	size = (size_t)st.st_size;
	d->text = calloc(1, size + 1);
	if (!d->text)
		return -ENOMEM;
	return fd_read_all(d->fd, d->text, size) == (ssize_t)size ? 0 : -EIO;
}

int db_open(struct db *d, int host)
{
	unsigned int i, n;
	int ret;

	d->text = NULL;
	d->n = 0;
	d->fd = open_file();
	ret = d->fd < 0 ? d->fd : lock(d->fd);
	if (!ret)
		ret = load(d);
	if (ret) {
		db_close(d);
		return err_code(ret, "cannot use '%s/%s'", DB_DIR, DB_FILE);
	}
	n = quota_read(d->text, d->device, QUOTA_DEVICES_MAX);
	for (i = 0; i < n; i++)
		if (quota_is_ifname(d->device[i].name) && nic_exists(host, d->device[i].name))
			d->device[d->n++] = d->device[i];
	return 0;
}

int db_write(const struct db *d)
{
	AUTO_FREE char *text = NULL;
	struct str_grown out = { 0 };
	unsigned int i, part;
	int ret = 0;

	for (i = 0; !ret && i < d->n; i++) {
		const struct quota_device *v = &d->device[i];
		const char *const words[4] = { v->owner, v->type, v->bridge, v->name };

		for (part = 0; !ret && part < 4; part++) {
			ret = str_add(&out, words[part], strlen(words[part]));
			if (!ret)
				ret = str_add(&out, part == 3 ? "\n" : " ", 1);
		}
	}
	text = out.s;
	if (ret)
		return ret;
	/* What there was is not cut before there is room for what there will be. */
	if (out.n && fallocate(d->fd, 0, 0, (off_t)out.n) && errno != EOPNOTSUPP && errno != ENOSYS)
		ret = -errno;
	if (!ret && lseek(d->fd, 0, SEEK_SET))
		ret = -errno;
	if (!ret)
		ret = fd_write_all(d->fd, out.s, out.n);
	if (!ret && ftruncate(d->fd, (off_t)out.n))
		ret = -errno;
	return ret ? err_code(ret, "cannot write '%s/%s'", DB_DIR, DB_FILE) : 0;
}

void db_close(struct db *d)
{
	fd_close(&d->fd);
	free(take_ptr(d->text));
}
