/* SPDX-License-Identifier: MIT */
/* owns the copy of a container: its order, its configuration, what is done when it fails */
/* never lets the original start meanwhile, never leaves half a copy that looks whole */
#include "store/clone.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/monitor.h"
#include "store/clone_internal.h"
#include "store/copy.h"
#include "store/depend.h"

int store_absolute(const char *path, char *buf)
{
	size_t n = 0;

	if (*path != '/') {
		if (!getcwd(buf, PATH_MAX))
			return err_sys("cannot get the working directory");
		n = strlen(buf);
		n += str_format(buf + n, PATH_MAX - n, "/");
	}
	if (n + str_format(buf + n, PATH_MAX - n, "%s", path) >= PATH_MAX - 128)
		return err_set(ENAMETOOLONG, "'%s' is too long", path);
	path_clean(buf);
	return 0;
}

/* ---- the original ---- */

/* As LXC says it. */
static int refuse_running(const struct clone *k)
{
	struct container_status st;
	int ret = client_status(k->common->name, k->lxcpath, &st);

	if (ret || st.state == STATE_STOPPED)
		return ret;
	return err_set(EBUSY, "original container (%s) is running (--allowrunning copies it all the "
		       "same)", k->common->name);
}

/* Held, a start waits and then says so. */
static int hold(struct cloning *m)
{
	const struct clone *k = m->k;
	int ret = k->allow_running ? 0 : refuse_running(k);

	if (!ret)
		ret = run_dir_lock(&m->lock, k->common->name, m->from_path, true, 1000);
	if (ret != -EBUSY || err_is_set())
		return ret;
	run_dir_close(&m->lock);
	if (k->allow_running)
		return 0;
	ret = refuse_running(k);
	return ret ? ret : err_set(EBUSY, "another command is at '%s'", m->from);
}

static int set_paths(struct cloning *m)
{
	const struct clone *k = m->k;
	int ret = store_absolute(k->lxcpath, m->from_path);

	if (!ret)
		ret = store_absolute(k->to_path, m->to_path);
	if (ret)
		return ret;
	if (str_format(m->from, sizeof(m->from), "%s/%s", m->from_path, k->common->name) >=
		    sizeof(m->from) ||
	    str_format(m->to, sizeof(m->to), "%s/%s", m->to_path, k->to_name) >= sizeof(m->to) ||
	    str_format(m->config, sizeof(m->config), "%s/config", m->to) >= sizeof(m->config))
		return err_set(ENAMETOOLONG, "'%s/%s' is too long", k->to_path, k->to_name);
	if (str_eq(m->from, m->to))
		return err_set(EEXIST, "the copy would be the container itself: give a new name (-N)");
	return 0;
}

int clone_load(struct cloning *m)
{
	const struct clone *k = m->k;
	bool found = false;
	int ret;

	m->lock.fd = m->lock.record = m->dir.base = m->dir.fd = m->dir.mark = m->signals = -1;
	ret = set_paths(m);
	if (!ret)
		ret = hold(m);
	if (!ret && m->lock.locked)
		ret = store_settle(m->from_path, k->common->name);
	if (ret)
		return ret;
	conf_init(&m->conf, k->common->name, m->from_path);
	m->conf.keeps_unbuilt = true;
	ret = container_load(&m->conf, k->common, NULL, &found);
	if (!ret && !found)
		ret = err_set(ENOENT, "container %s is not defined ('%s/config' is not there)",
			      k->common->name, m->from);
	return ret ? ret : text_load(&m->text, m->conf.file);
}

void clone_unlock(struct run_dir *d)
{
	char boot[24];

	/* What a killed monitor left is for the next start or stop. */
	if (d->fd >= 0 && record_get(d, "boot", boot, sizeof(boot)) == -ENOENT && d->locked)
		run_dir_remove(d);
	run_dir_close(d);
}

void clone_unload(struct cloning *m)
{
	clone_unlock(&m->lock);
	text_free(&m->text);
	store_close(&m->dir);
	fd_close(&m->signals);
}

/* ---- files beside the tree ---- */

static int copy_file_to(struct cloning *m, const char *path, const char *rest)
{
	struct tree_copy t = { 0 };
	AUTO_FD int in = fd_open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY), dir = -1, out = -1;
	const char *base;
	struct stat st;
	int ret;

	/* The start says what is missing. */
	if (in < 0 && errno == ENOENT)
		return 0;
	if (in < 0 || fstat(in, &st))
		return err_sys("'%s'", path);
	if (!S_ISREG(st.st_mode))
		return 0;
	dir = path_open_parent_in(m->dir.fd, rest, PATH_MAKE_DIR, &base);
	if (dir < 0)
		return dir;
	out = openat(dir, base, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* Two hooks may be one file. */
	if (out < 0 && errno == EEXIST)
		return 0;
	if (out < 0)
		return err_sys("cannot make '%s/%s'", m->to, rest);
	ret = file_copy(in, out, &t);
	if (!ret && (fchown(out, st.st_uid, st.st_gid) || fchmod(out, st.st_mode & 07777)))
		ret = err_sys("cannot make '%s/%s'", m->to, rest);
	return ret;
}

static int copy_hook(const char *rest, void *arg)
{
	struct cloning *m = arg;
	AUTO_FREE char *path = str_make("%s/%s", m->from, rest);

	/* What lies in the tree was copied with it, and is the container's word. */
	if (str_after(rest, "rootfs/"))
		return 0;
	return path ? copy_file_to(m, path, rest) : -ENOMEM;
}

static int copy_fstab(struct cloning *m)
{
	const char *path = m->conf.mount_fstab.v;
	AUTO_FREE char *to = NULL;
	int ret;

	if (!path || !*path)
		return 0;
	to = str_make("%s/%s", m->to, str_base(path));
	ret = to ? copy_file_to(m, path, str_base(path)) : -ENOMEM;
	return ret ? ret : text_set(&m->text, "lxc.mount.fstab", to);
}

static int make_config(struct cloning *m)
{
	int ret = text_move(&m->text, m->config);

	if (!ret)
		ret = clone_storage(m);
	if (!ret && !m->k->keep_name)
		ret = text_set(&m->text, "lxc.uts.name", m->k->to_name);
	if (!ret)
		ret = text_move_paths(&m->text, m->from, m->to, copy_hook, m);
	if (!ret)
		ret = copy_fstab(m);
	if (!ret)
		ret = text_fill_hwaddrs(&m->text, !m->k->keep_mac);
	return ret < 0 ? ret : 0;
}

static int save(struct cloning *m)
{
	struct stat st;

	if (stat(m->conf.file, &st))
		return err_sys("'%s'", m->conf.file);
	return text_save_as(&m->text, m->config, &st);
}

static int fill(struct cloning *m)
{
	int ret = make_config(m);

	if (!ret)
		ret = save(m);
	if (!ret)
		ret = clone_finish_tree(m);
	if (!ret && m->k->add) {
		ret = m->k->add(m->k, &m->dir, &m->text);
		if (!ret)
			ret = save(m);
	}
	if (!ret)
		ret = clone_look_up(m);
	/* Whole on disk before it looks whole. */
	if (!ret && syncfs(m->dir.fd))
		ret = err_sys("cannot write '%s'", m->to);
	return ret;
}

static int give_up(struct cloning *m, int ret)
{
	char cause[ERR_MAX];

	str_format(cause, sizeof(cause), "%s", err_text());
	err_clear();
	clone_leave_origins(m, m->to);
	if (store_abort(&m->dir))
		log_warn("not all of it could be removed: %s", err_text());
	err_clear();
	return err_set(-ret, "%s", cause);
}

int store_clone(const struct clone *k)
{
	struct cloning *m = calloc(1, sizeof(*m));
	mode_t mask = umask(022);
	int ret;

	if (!m)
		return err_set(ENOMEM, "out of memory");
	m->k = k;
	ret = clone_load(m);
	if (!ret)
		ret = m->signals = sys_signal_fd();
	if (ret >= 0)
		ret = store_begin(&m->dir, m->to_path, k->to_name);
	if (!ret) {
		ret = fill(m);
		if (!ret)
			ret = store_commit(&m->dir);
		if (ret && m->dir.mark >= 0)
			ret = give_up(m, ret);
	}
	clone_unload(m);
	/* The texts of its messages live in m->conf. */
	umask(mask);
	return ret;
}
