/* SPDX-License-Identifier: MIT */
/* owns the removal of a container: what forbids it, its hooks, its directory and tree */
/* never removes a tree that is in use, mounted, or more than a container's */
#include "store/destroy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/hooks.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/path.h"
#include "lib/str.h"
#include "monitor/monitor.h"
#include "store/depend.h"
#include "store/store.h"

/* How long another command that holds the name is waited for. */
#define LOCK_WAIT_MS 10000

/* ---- what forbids it ---- */

static int is_clone(const char *lxcpath, const char *name, void *arg)
{
	if (!depend_is_there(lxcpath, name))
		return 0;
	return err_set(EBUSY, "it has clones: '%s/%s' (-s removes them too)", lxcpath, name);
}

static int is_any(int dir_fd, const char *name, void *arg)
{
	return err_set(EBUSY, "it has snapshots: '%s/%s' (-s removes them too)",
		       (const char *)arg, name);
}

static int check_dependants(const struct store_dir *d)
{
	AUTO_FREE char *path = str_make("%s/snaps", d->path);
	int ret = path ? depend_each(d->path, DEPEND_CLONES, is_clone, NULL) : -ENOMEM;
	AUTO_FD int fd = -1;

	if (ret)
		return ret;
	fd = openat(d->fd, "snaps", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? 0 : fd_each_name(fd, is_any, path);
}

/* Field 5 of a line. */
static int is_mount_in(char *line, void *arg)
{
	char *at = line, *point = NULL;
	int i;

	for (i = 0; i < 5; i++)
		point = str_word(&at, " ");
	if (!point)
		return 0;
	str_unescape(point);
	if (!path_below(point, arg))
		return 0;
	return err_set(EBUSY, "'%s' is not removed: something is mounted on '%s'",
		       (const char *)arg, point);
}

static int check_mounts(const char *path)
{
	AUTO_FREE char *real = path_real(path);

	return real ? fd_each_line(AT_FDCWD, "/proc/self/mountinfo", is_mount_in, real) : -EINVAL;
}

/* What the host could not do without is no tree of a container. is_ours: it runs in it itself. */
static int check_root(const char *root, const char *dir, bool is_ours)
{
	AUTO_FREE char *in = str_make("%s/x", root);
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int ret;

	exe[n > 0 ? n : 0] = '\0';
	if (!in)
		return -ENOMEM;
	if (path_below(dir, root) || path_below(exe, root) || path_below(CFG_RUNTIME_DIR, root))
		return err_set(EPERM, "'%s' is not removed: it is more than the container's tree",
			       root);
	ret = is_ours ? 0 : claim_above(in);
	return ret > 0 ? err_set(EBUSY, "'%s' is not removed: a container runs in it", root) : ret;
}

/* The tree, when it has to be removed beside the directory: its real path into *out, else NULL. */
static int find_root(const struct conf *c, const struct store_dir *d, bool is_ours, char **out)
{
	const char *set = conf_rootfs(c);
	AUTO_FREE char *root = NULL, *dir = NULL;
	struct stat st;
	int ret;

	*out = NULL;
	/* Of other kinds only what lies in the directory is the container's own. */
	if (!set || !c->rootfs_managed.v || *set != '/')
		return 0;
	if (lstat(set, &st))
		return errno == ENOENT ? 0 : err_sys("'%s'", set);
	/* An image may be many containers'. */
	if (CFG_ROOTFS_LOOP && !S_ISDIR(st.st_mode) && rootfs_is_on_device(c))
		return 0;
	if (!S_ISDIR(st.st_mode))
		return err_set(ENOTDIR, "lxc.rootfs.path: '%s' is %s (lxc.rootfs.managed = 0 leaves it "
			       "alone)", set,
			       S_ISLNK(st.st_mode) ? "a symbolic link" : "no directory");
	root = path_real(set);
	dir = path_real(d->path);
	if (!root || !dir)
		return -EINVAL;
	if (path_below(root, dir) && !str_eq(path_below(root, dir), ""))
		return 0;
	ret = check_root(root, dir, is_ours);
	if (!ret)
		ret = check_mounts(root);
	*out = ret ? NULL : take_ptr(root);
	return ret;
}

/* ---- the removal ---- */

static int run_hooks(const struct start *s)
{
	const struct conf_item *it = s->conf->hook_destroy.first;
	int ret = 0;

	for (; !ret && it; it = it->next)
		ret = hook_run(s, "destroy", it, NULL);
	return ret;
}

/* Up to the mark, behind which it is no container any more. */
static int take(const struct start *s, struct store_dir *d, bool is_ours)
{
	AUTO_FREE char *root = NULL;
	int ret = run_hooks(s);

	if (!ret)
		ret = find_root(s->conf, d, is_ours, &root);
	if (!ret)
		ret = check_mounts(d->path);
	return ret ? ret : store_mark(d, root);
}

struct own {
	const char *lxcpath, *name;
};

static int leave_origin(const char *lxcpath, const char *name, void *arg)
{
	const struct own *own = arg;
	AUTO_FREE char *path = str_make("%s/%s", lxcpath, name);

	if (!path || depend_drop(path, DEPEND_CLONES, own->lxcpath, own->name))
		log_warn("%s", err_text());
	err_clear();
	return 0;
}

/* An origin goes on naming one that was killed here: nobody believes it. */
static int remove_taken(struct store_dir *d, const char *lxcpath)
{
	struct own own = { lxcpath, d->name };
	int ret = depend_each(d->path, DEPEND_ORIGINS, leave_origin, &own);

	if (ret)
		err_clear();
	return store_abort(d);
}

static int destroy_clone(const char *lxcpath, const char *name, void *arg)
{
	const struct opt_common common = { .name = name, .quiet = true };
	const struct destroy o = { .common = &common, .lxcpath = lxcpath,
				   .force = *(const bool *)arg };
	int ret;

	if (!depend_is_there(lxcpath, name))
		return 0;
	ret = container_check_name(name);
	if (!ret)
		ret = store_destroy(&o);
	return ret ? err_in(ret, "clone '%s/%s'", lxcpath, name) : 0;
}

static int destroy_dependants(const struct destroy *o, struct store_dir *d)
{
	AUTO_FREE char *path = str_make("%s", d->path);
	bool force = o->force;
	int ret = path ? depend_each(d->path, DEPEND_CLONES, destroy_clone, &force) : -ENOMEM;

	return ret ? ret : store_remove(d->fd, "snaps", path);
}

/* No container any more, or not yet. */
static bool is_marked(const struct store_dir *d)
{
	struct stat st;

	return !fstatat(d->fd, "partial", &st, AT_SYMLINK_NOFOLLOW) ||
	       fstatat(d->fd, "config", &st, AT_SYMLINK_NOFOLLOW);
}

/* What has no configuration is a container's only when it was being made or removed. */
static int remove_rest(struct store_dir *d)
{
	struct stat st;
	int ret;

	if (!fstatat(d->fd, "partial", &st, AT_SYMLINK_NOFOLLOW)) {
		ret = store_mark(d, NULL);
		if (!ret) {
			log_info("what was left of it is removed");
			ret = store_abort(d);
		}
		return ret;
	}
	if (!unlinkat(d->base, d->name, AT_REMOVEDIR) || errno == ENOENT)
		return 0;
	return err_set(ENOENT, "'%s' is no container (it has no config)", d->path);
}

static int stop(const struct destroy *o)
{
	const struct stop_options kill = { .kill = true };
	struct container_status st;
	int ret = client_status(o->common->name, o->lxcpath, &st);

	if (ret)
		return ret;
	if (st.state != STATE_STOPPED && !o->force)
		return err_set(EBUSY, "it is running (-f stops it first)");
	/* Also of one that is stopped: what a killed monitor left is undone. */
	ret = client_stop(o->common->name, o->lxcpath, &kill);
	return ret == -ESRCH && !err_is_set() ? 0 : ret;
}

static int destroy_stopped(const struct destroy *o, const struct conf *c, struct store_dir *d)
{
	struct run_dir run;
	struct start s;
	int ret = run_dir_lock(&run, o->common->name, o->lxcpath, true, LOCK_WAIT_MS);

	if (ret) {
		run_dir_close(&run);
		return ret == -EBUSY && !err_is_set()
			? err_set(EBUSY, "another command is at it") : ret;
	}
	start_init(&s, c);
	/* An ephemeral one went when it was stopped, or is about to. */
	if (is_marked(d)) {
		ret = remove_rest(d);
	} else {
		ret = take(&s, d, false);
		if (!ret)
			ret = remove_taken(d, o->lxcpath);
	}
	start_release(&s);
	run_dir_remove(&run);
	run_dir_close(&run);
	return ret;
}

static int destroy(const struct destroy *o, struct store_dir *d)
{
	static struct conf c;
	bool found;
	int ret;

	if (is_marked(d))
		return remove_rest(d);
	ret = o->snapshots ? destroy_dependants(o, d) : check_dependants(d);
	if (ret)
		return ret;
	conf_init(&c, o->common->name, o->lxcpath);
	c.keeps_unbuilt = true;
	ret = container_load(&c, o->common, NULL, &found);
	if (!ret)
		ret = stop(o);
	return ret ? ret : destroy_stopped(o, &c, d);
}

int store_destroy(const struct destroy *o)
{
	struct store_dir d;
	int ret = store_open(&d, o->lxcpath, o->common->name);

	if (ret == -ENOENT)
		return err_set(ENOENT, "the container does not exist (no '%s/%s')", o->lxcpath,
			       o->common->name);
	if (ret)
		return ret;
	ret = destroy(o, &d);
	store_close(&d);
	/* Somebody else has removed it meanwhile. */
	return ret == -ESTALE ? 0 : ret;
}

void store_ephemeral(const struct start *s, bool is_undone)
{
	static struct store_dir d = { -1, -1, -1 };
	const struct conf *c = s->conf;
	int ret;

	if (!c->ephemeral.v)
		return;
	if (!is_undone) {
		ret = store_open(&d, c->lxcpath, c->name);
		if (!ret)
			ret = check_dependants(&d);
		if (!ret)
			ret = take(s, &d, true);
	} else {
		ret = d.mark >= 0 ? remove_taken(&d, c->lxcpath) : 0;
	}
	if (ret)
		log_error("lxc.ephemeral: %s", err_is_set() ? err_text() : "it has no directory");
	if (ret || is_undone)
		store_close(&d);
}
