/* SPDX-License-Identifier: MIT */
/* owns the renaming of a container */
/* never removes what it cannot put in the place of, nor what others depend on */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h> /* renameat */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/path.h"
#include "lib/str.h"
#include "store/clone_internal.h"
#include "store/depend.h"

static int is_clone(const char *lxcpath, const char *name, void *arg)
{
	/* Its own snapshots lie in its directory and share what it lies on, not its tree. */
	if (!depend_is_there(lxcpath, name) || path_below(lxcpath, arg))
		return 0;
	return err_set(EBUSY, "the container has snapshots: '%s/%s' depends on it", lxcpath, name);
}

static int is_any(int dir_fd, const char *name, void *arg)
{
	return err_set(EBUSY, "the container has snapshots: '%s/snaps/%s'", (const char *)arg, name);
}

int store_check_dependants(const struct store_dir *d, bool snaps)
{
	AUTO_FD int fd = openat(d->fd, "snaps", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret = depend_each(d->path, DEPEND_CLONES, is_clone, (void *)d->path);

	return ret || fd < 0 || !snaps ? ret : fd_each_name(fd, is_any, (void *)d->path);
}

/* Layers of lxc.rootfs.path that lie in the container's directory move with it. */
static int move_root(struct cloning *m)
{
	const char *path = m->conf.rootfs_path.v, *kind, *at;
	AUTO_FREE char *out = NULL;
	size_t len, n = strlen(m->from);

	at = conf_storage(&m->conf, &kind, &len);
	if (!at)
		return 0;
	out = str_make("%.*s", (int)(at - path), path);
	while (out && *at) {
		bool is_own = !strncmp(at, m->from, n) && strchr("/:", at[n]);
		char *more;

		if (is_own)
			at += n;
		more = str_make("%s%s%.*s", out, is_own ? m->to : "", (int)strcspn(at, ":") +
				(at[strcspn(at, ":")] == ':'), at);
		at += strcspn(at, ":");
		at += *at == ':';
		free(out);
		out = more;
	}
	return out ? text_set(&m->text, "lxc.rootfs.path", out) : -ENOMEM;
}

static int no_file(const char *rest, void *arg)
{
	return 0;
}

int clone_move_config(struct cloning *m)
{
	AUTO_FREE char *fstab = NULL;
	const char *path = m->conf.mount_fstab.v, *rest = path ? path_below(path, m->from) : NULL;
	int ret = text_move(&m->text, m->config);

	if (!ret)
		ret = move_root(m);
	if (!ret && !m->k->keep_name)
		ret = text_set(&m->text, "lxc.uts.name", m->k->to_name);
	if (!ret)
		ret = text_move_paths(&m->text, m->from, m->to, no_file, NULL);
	if (ret || !rest)
		return ret;
	fstab = str_make("%s/%s", m->to, rest);
	return fstab ? text_set(&m->text, "lxc.mount.fstab", fstab) : -ENOMEM;
}

/* Those that it lies on know it by its new name from before on. */
static int rename_origin(const char *lxcpath, const char *name, void *arg)
{
	struct cloning *m = arg;
	AUTO_FREE char *path = str_make("%s/%s", lxcpath, name);

	if (!path)
		return -ENOMEM;
	if (!depend_is_there(lxcpath, name))
		return 0;
	return depend_add(path, DEPEND_CLONES, m->to_path, m->k->to_name);
}

static int forget_origin(const char *lxcpath, const char *name, void *arg)
{
	struct cloning *m = arg;
	AUTO_FREE char *path = str_make("%s/%s", lxcpath, name);
	bool held = err_hold();

	if (path && depend_drop(path, DEPEND_CLONES, m->from_path, m->k->common->name))
		log_debug("'%s' goes on naming the old name", path);
	err_release(held);
	return 0;
}

/* -EXDEV without err: not on one file system. */
static int rename_dir(struct cloning *m)
{
	AUTO_FREE char *next = NULL;
	char name[SETTLE_NAME_MAX];
	struct stat st;
	int ret = path_make_dirs(m->to_path, 0755);

	if (ret)
		return ret;
	if (!lstat(m->to, &st))
		return err_set(EEXIST, "'%s' exists already", m->to);
	next = str_make("%s/%s", m->from, settle_name(name, m->to));
	ret = next ? clone_move_config(m) : -ENOMEM;
	if (!ret)
		ret = stat(m->conf.file, &st) ? err_sys("'%s'", m->conf.file)
					      : text_save_as(&m->text, next, &st);
	if (!ret)
		ret = depend_each(m->from, DEPEND_ORIGINS, rename_origin, m);
	if (ret)
		return ret;
	if (renameat(AT_FDCWD, m->from, AT_FDCWD, m->to)) {
		ret = errno == EXDEV ? -EXDEV
				     : err_sys("cannot rename '%s' to '%s'", m->from, m->to);
		unlink(next);
		clone_leave_origins(m, m->from);
		return ret;
	}
	ret = store_settle(m->to_path, m->k->to_name);
	return ret ? ret : depend_each(m->to, DEPEND_ORIGINS, forget_origin, m);
}

/* A copy that keeps all, in whose favour the old one then goes. */
static int move_across(const struct clone *k)
{
	struct clone copy = *k;
	struct store_dir d;
	int ret;

	copy.keep_mac = true;
	copy.snapshot = false;
	copy.storage = NULL;
	ret = store_clone(&copy);
	if (!ret)
		ret = store_open(&d, k->lxcpath, k->common->name);
	if (ret)
		return ret;
	ret = store_mark(&d, NULL);
	return ret ? ret : store_abort(&d);
}

int store_rename(const struct clone *k)
{
	struct cloning *m = calloc(1, sizeof(*m));
	struct store_dir d = { -1, -1, -1 };
	int ret;

	if (!m)
		return err_set(ENOMEM, "out of memory");
	m->k = k;
	ret = clone_load(m);
	if (!ret)
		ret = store_open(&d, m->from_path, k->common->name);
	if (!ret)
		ret = store_check_dependants(&d, true);
	if (!ret)
		ret = rename_dir(m);
	store_close(&d);
	clone_unload(m);
	return ret == -EXDEV && !err_is_set() ? move_across(k) : ret;
}
