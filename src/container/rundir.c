/* SPDX-License-Identifier: MIT */
/* owns the runtime directories: their place, lock and removal */
/* never trusts a directory that others can write */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

/* The user's own place when the caller is not root; NULL when there is none. */
static const char *runtime_base(char *buf, size_t n)
{
	const char *xdg = getenv("XDG_RUNTIME_DIR");

	if (!sys_euid())
		return CFG_RUNTIME_DIR;
	if (!xdg || *xdg != '/')
		return NULL;
	str_format(buf, n, "%s/lxcbox", xdg);
	return buf;
}

static int check_private(const struct stat *st, const char *shown)
{
	if (st->st_uid == sys_euid() && !(st->st_mode & 022))
		return 0;
	return err_set(EPERM,
		       "runtime directory '%s' must be the caller's and writable by nobody else "
		       "(owner %u, mode %o)",
		       shown, (unsigned int)st->st_uid, (unsigned int)st->st_mode & 07777);
}

/* A directory of ours that nobody else can write, opened without following its last component. */
static int open_private_dir(int at, const char *path, const char *shown)
{
	AUTO_FD int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? -ENOENT : err_sys("runtime directory '%s'", shown);
	if (fstat(fd, &st))
		return err_sys("runtime directory '%s'", shown);
	return check_private(&st, shown) ? -EPERM : take_fd(&fd);
}

static int make_base(const char *base)
{
	int ret = path_make_parent(base, 0755);

	if (ret)
		return err_in(ret, "runtime directory");
	return mkdir(base, 0700) && errno != EEXIST ? err_sys("runtime directory '%s'", base) : 0;
}

static int open_base(bool make)
{
	char buf[PATH_MAX];
	const char *base = runtime_base(buf, sizeof(buf));
	int fd, ret;

	if (!base)
		return err_set(EPERM, "must be root, or XDG_RUNTIME_DIR must be set");
	fd = open_private_dir(AT_FDCWD, base, base);
	if (fd != -ENOENT || !make)
		return fd;
	ret = make_base(base);
	return ret ? ret : open_private_dir(AT_FDCWD, base, base);
}

int run_dir_base(bool make)
{
	return open_base(make);
}

static int set_path(struct run_dir *d, const char *entry)
{
	char buf[PATH_MAX];
	const char *base = runtime_base(buf, sizeof(buf));
	size_t n = str_format(d->path, sizeof(d->path), "%s/%s", base ? base : "", entry);

	/* The socket's name must fit struct sockaddr_un, see unix(7). */
	if (n + strlen("/sock") >= sizeof(d->path))
		return err_set(ENAMETOOLONG, "runtime directory '%s/%s' is too long for a socket",
			base, entry);
	return 0;
}

void run_dir_entry(char *buf, const char *name, const char *lxcpath)
{
	char clean[PATH_MAX];

	str_format(clean, sizeof(clean), "%s", lxcpath);
	path_clean(clean);
	str_format(buf, RUN_ENTRY_MAX, "%s@%016llx", name, (unsigned long long)str_hash(clean));
}

int run_dir_open_entry(struct run_dir *d, const char *entry)
{
	AUTO_FD int base = open_base(false);
	int ret;

	*d = (struct run_dir){ .fd = -1, .record = -1 };
	if (base < 0)
		return base;
	ret = set_path(d, entry);
	if (ret)
		return ret;
	d->fd = open_private_dir(base, entry, d->path);
	return d->fd < 0 ? d->fd : 0;
}

int run_dir_open(struct run_dir *d, const char *name, const char *lxcpath)
{
	char entry[RUN_ENTRY_MAX];

	run_dir_entry(entry, name, lxcpath);
	return run_dir_open_entry(d, entry);
}

/*
 * 0: locked. -EBUSY: held by another. -ESTALE: the directory was removed before the lock came. One
 * look serves for its owner and for that.
 */
static int open_locked(struct run_dir *d, int base, const char *entry)
{
	struct stat st;
	bool is_held;

	d->fd = openat(base, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (d->fd < 0)
		return errno == ENOENT ? -ENOENT : err_sys("runtime directory '%s'", d->path);
	is_held = flock(d->fd, LOCK_EX | LOCK_NB);
	if (is_held && errno != EWOULDBLOCK)
		return err_sys("cannot lock '%s'", d->path);
	if (fstat(d->fd, &st))
		return err_sys("'%s'", d->path);
	if (check_private(&st, d->path))
		return -EPERM;
	if (is_held)
		return -EBUSY;
	if (!st.st_nlink)
		return -ESTALE;
	d->locked = true;
	return 0;
}

int run_dir_lock(struct run_dir *d, const char *name, const char *lxcpath, bool make, int wait_ms)
{
	int64_t end = 0;
	char entry[RUN_ENTRY_MAX];
	int ret;

	*d = (struct run_dir){ .fd = -1, .record = -1 };
	run_dir_entry(entry, name, lxcpath);
	ret = set_path(d, entry);
	if (ret)
		return ret;
	for (;;) {
		AUTO_FD int base = open_base(make);
		bool made;

		if (base < 0)
			return base;
		made = make && !mkdirat(base, entry, 0700);
		if (make && !made && errno != EEXIST)
			return err_sys("runtime directory '%s'", d->path);
		ret = open_locked(d, base, entry);
		if (ret == -ENOENT && make)
			ret = -ESTALE;
		if (ret == -EBUSY && !end)
			end = sys_now_ms() + wait_ms;
		if (!ret || (ret == -EBUSY && (!wait_ms || sys_now_ms() >= end)))
			return ret;
		fd_close(&d->fd);
		if (ret != -EBUSY && ret != -ESTALE) {
			if (made)
				unlinkat(base, entry, AT_REMOVEDIR);
			return ret;
		}
		if (ret == -EBUSY)
			nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
		else if (!make)
			return -ENOENT;
	}
}

void run_dir_remove(struct run_dir *d)
{
	unlinkat(d->fd, "sock", 0);
	unlinkat(d->fd, "record", 0);
	rmdir(d->path);
}

void run_dir_close(struct run_dir *d)
{
	fd_close(&d->fd);
	fd_close(&d->record);
	d->locked = false;
}

struct visit {
	int (*each)(struct run_dir *d, void *arg);
	void *arg;
};

static int visit_name(int base, const char *name, void *arg)
{
	const struct visit *v = arg;
	struct run_dir d = { .fd = -1, .record = -1 };
	int ret;

	if (*name == '.' || !strchr(name, '@') || set_path(&d, name))
		return 0;
	d.fd = open_private_dir(base, name, d.path);
	if (d.fd < 0)
		return 0;
	ret = v->each(&d, v->arg);
	run_dir_close(&d);
	return ret;
}

int run_dir_each(int (*each)(struct run_dir *d, void *arg), void *arg)
{
	AUTO_FD int base = open_base(false);

	if (base < 0)
		return base == -ENOENT ? 0 : base;
	return fd_each_name(base, visit_name, &(struct visit){ each, arg });
}
