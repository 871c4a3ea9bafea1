/* SPDX-License-Identifier: MIT */
/* owns the tree of a copy: copied or laid over the original's, its host name, its hooks */
/* never writes to the original's tree, never follows a link in either */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/hooks.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/clone_internal.h"
#include "store/copy.h"
#include "store/depend.h"
#include "store/mapped.h"

#define DELTA "delta0"

/* ---- apart ---- */

struct words {
	int ret;
	char text[ERR_MAX];
};

struct apart {
	struct cloning *m;
	int (*what)(struct cloning *m);
};

static int be_apart(void *arg)
{
	const struct apart *a = arg;

	return unshare(CLONE_NEWNS) ? err_sys("cannot make a mount namespace") : a->what(a->m);
}

static void run_apart(struct cloning *m, int (*what)(struct cloning *m), int out)
{
	struct apart a = { m, what };
	struct words w = { 0 };

	w.ret = CFG_UNPRIVILEGED ? mapped_run(be_apart, &a) : be_apart(&a);
	str_format(w.text, sizeof(w.text), "%s", err_text());
	_exit(write(out, &w, sizeof(w)) != (ssize_t)sizeof(w));
}

int clone_apart(struct cloning *m, int (*what)(struct cloning *m))
{
	int fds[2], status;
	struct words w;
	ssize_t n;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC))
		return err_sys("cannot make a pipe");
	pid = sys_clone(0);
	if (!pid)
		run_apart(m, what, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return err_code(pid, "cannot fork");
	}
	n = fd_read_all(fds[0], &w, sizeof(w));
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (n != (ssize_t)sizeof(w))
		return err_set(ECHILD, "the process that works in the copy was killed");
	w.text[sizeof(w.text) - 1] = '\0';
	return w.ret < 0 ? err_set(-w.ret, "%s", w.text) : 0;
}

/* ---- copying ---- */

static bool ends(unsigned int sig)
{
	return sig == SIGINT || sig == SIGTERM || sig == SIGHUP || sig == SIGQUIT;
}

int clone_look_up(const struct cloning *m)
{
	struct signalfd_siginfo info;

	while (m->signals >= 0 && read(m->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (ends(info.ssi_signo))
			return err_set(EINTR, "ended by signal %u", info.ssi_signo);
	return 0;
}

static int look_up(struct tree_copy *t)
{
	return clone_look_up(t->arg);
}

/* A directory of the copy, which only root looks into until it is done. */
static int make_dir(const struct cloning *m, const char *name, mode_t mode)
{
	int fd;

	if (mkdirat(m->dir.fd, name, mode))
		return err_sys("cannot make '%s/%s'", m->to, name);
	fd = openat(m->dir.fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys("'%s/%s'", m->to, name) : fd;
}

static int copy_tree(struct cloning *m, int from, const char *name)
{
	struct tree_copy t = { .progress = look_up, .arg = m };
	AUTO_FD int to = make_dir(m, name, 0700);
	int ret = to < 0 ? to : tree_copy(from, to, &t);

	if (!ret && t.skipped)
		log_info("%u sockets, and files that went meanwhile, were not copied", t.skipped);
	return ret;
}

static int copy_path(struct cloning *m, const char *path, const char *name)
{
	AUTO_FD int from = fd_open(path, O_RDONLY | O_DIRECTORY);
	int ret = from < 0 ? err_sys("'%s'", path) : copy_tree(m, from, name);

	return ret && from >= 0 ? err_in(ret, "'%s'", path) : ret;
}

/* All that an overlay shows, or an image has, as a tree of its own. */
static int flatten(struct cloning *m)
{
	struct conf *c = &m->conf;
	struct rootfs r = { .fd = -1, .userns = -1 };
	char options[] = "ro";
	int ret;

	c->rootfs_options.v = options;
	c->rootfs_tmpfs.v = NULL;
	ret = rootfs_mount_root(c, &r);
	return ret ? ret : copy_tree(m, r.fd, "rootfs");
}

/* ---- laying over ---- */

/* Both sides know of it: the origin first, which believes only what is there. */
static int add_origin(const char *lxcpath, const char *name, void *arg)
{
	struct cloning *m = arg;
	AUTO_FREE char *path = str_make("%s/%s", lxcpath, name);
	int ret = path ? depend_add(m->to, DEPEND_ORIGINS, lxcpath, name) : -ENOMEM;

	if (!ret && depend_is_there(lxcpath, name))
		ret = depend_add(path, DEPEND_CLONES, m->to_path, m->k->to_name);
	return ret;
}

static int leave(const char *lxcpath, const char *name, void *arg)
{
	struct cloning *m = arg;
	AUTO_FREE char *path = str_make("%s/%s", lxcpath, name);

	if (path && depend_drop(path, DEPEND_CLONES, m->to_path, m->k->to_name))
		log_debug("'%s' goes on naming a copy that is gone", path);
	return 0;
}

void clone_leave_origins(struct cloning *m, const char *dir)
{
	bool held = err_hold();

	if (depend_each(dir, DEPEND_ORIGINS, leave, m))
		log_debug("origins are not left");
	err_release(held);
}

/* The lower ones of the copy: all that the original is, or what an overlay lies on. */
static char *lower_of(const struct cloning *m, const char *where, bool is_overlay)
{
	const char *end = is_overlay ? strrchr(where, ':') : where + strlen(where);

	return str_dupn(where, (size_t)(end ? end - where : 0));
}

static int lay_over(struct cloning *m, const char *where, bool is_overlay)
{
	AUTO_FREE char *lower = lower_of(m, where, is_overlay), *value = NULL;
	AUTO_FD int dir = -1, work = -1, root = -1;
	struct stat st;
	int ret;

	if (!lower)
		return -ENOMEM;
	if (strchr(m->to, ':') || (!is_overlay && strchr(where, ':')))
		return err_set(EINVAL, "a path with a colon cannot be a layer: '%s'",
			       strchr(m->to, ':') ? m->to : where);
	ret = is_overlay ? depend_each(m->from, DEPEND_ORIGINS, add_origin, m)
			 : add_origin(m->from_path, m->k->common->name, m);
	if (ret)
		return ret;
	if (is_overlay)
		ret = copy_path(m, conf_rootfs(&m->conf), DELTA);
	else
		ret = dir = make_dir(m, DELTA, 0700);
	if (ret < 0)
		return ret;
	/* It covers the top of what lies below. */
	if (!is_overlay && !stat(where, &st) && !S_ISDIR(st.st_mode))
		st = (struct stat){ .st_mode = 0755 };
	else if (!is_overlay && stat(where, &st))
		return err_sys("'%s'", where);
	if (!is_overlay && (fchown(dir, st.st_uid, st.st_gid) || fchmod(dir, st.st_mode & 07777)))
		return err_sys("'%s'", where);
	work = make_dir(m, "olwork", 0755);
	if (work < 0)
		return work;
	root = make_dir(m, "rootfs", 0755);
	value = root < 0 ? NULL : str_make("overlay:%s:%s/" DELTA, lower, m->to);
	if (!value)
		return -ENOMEM;
	return text_set(&m->text, "lxc.rootfs.path", value);
}

static int copy_root(struct cloning *m, const char *where, bool is_mounted)
{
	AUTO_FREE char *value = str_make("dir:%s/rootfs", m->to);
	int ret = !value       ? -ENOMEM
		  : is_mounted ? clone_apart(m, flatten)
			       : copy_path(m, where, "rootfs");

	return ret ? ret : text_set(&m->text, "lxc.rootfs.path", value);
}

/* -B: what is asked for, and can be. */
static int check_kind(const struct clone *k, bool is_overlay, bool *over)
{
	const char *kind = k->storage;
	bool to_overlay = kind && (str_eq(kind, "overlay") || str_eq(kind, "overlayfs"));

	if (kind && !to_overlay && !str_eq(kind, "dir") && !str_eq(kind, "_unset"))
		return err_set(EINVAL, "storage of kind '%s' is not made by this version (dir%s)",
			       kind, CFG_ROOTFS_OVERLAY ? ", overlay" : "");
	*over = k->snapshot || to_overlay || (is_overlay && !kind);
	if (*over && !CFG_ROOTFS_OVERLAY)
		return err_set(ENOSYS, "a snapshot needs storage of kind overlay "
			       "(CONFIG_ROOTFS_OVERLAY is off)");
	if (k->snapshot && kind && str_eq(kind, "dir"))
		return err_set(EINVAL, "storage of kind dir cannot be a snapshot (overlay can)");
	/* As with LXC: a whole copy of a directory is a directory. */
	if (to_overlay && !k->snapshot && !is_overlay)
		return err_set(EINVAL, "storage of kind overlay is for snapshots only (-s)");
	return 0;
}

int clone_storage(struct cloning *m)
{
	const char *kind, *where;
	bool is_overlay, is_image, over = false;
	size_t len;
	int ret;

	where = conf_storage(&m->conf, &kind, &len);
	is_overlay = str_after(kind, "overlay") != NULL;
	is_image = CFG_ROOTFS_LOOP && rootfs_is_on_device(&m->conf);
	if (where && !is_overlay && !is_image && strncmp(kind, "dir", len))
		return err_set(ENOSYS, "storage of kind '%.*s' is not copied by this version",
			       (int)len, kind);
	ret = check_kind(m->k, is_overlay, &over);
	if (ret || !where)
		return ret;
	if (*where != '/')
		return err_set(EINVAL, "lxc.rootfs.path: '%s' is no absolute path", where);
	return over ? lay_over(m, where, is_overlay) : copy_root(m, where, is_overlay || is_image);
}

/* ---- in the copy's tree ---- */

/* A regular file that is there; whatever else a container has put in its place is left alone. */
static int write_hostname(int root_fd, const char *name)
{
	bool held = err_hold();
	AUTO_FD int file = path_open_in(root_fd, "etc/hostname", PATH_EXISTING), out = -1;
	char path[FD_PATH_MAX];
	struct stat st;
	int ret;

	err_release(held);
	if (file < 0 || fstat(file, &st) || !S_ISREG(st.st_mode))
		return 0;
	out = fd_open(fd_path(file, path), O_WRONLY | O_TRUNC);
	if (out < 0)
		return err_sys("cannot write '/etc/hostname' of the copy");
	ret = fd_write_all(out, name, strlen(name));
	if (!ret)
		ret = fd_write_all(out, "\n", 1);
	return ret ? err_code(ret, "cannot write '/etc/hostname' of the copy") : 0;
}

/* With the copy's own configuration, and nothing of its tree on the way but the tree. */
static int work_inside(struct cloning *m)
{
	static struct conf c;
	static struct start s;
	const struct conf_item *it;
	int ret;

	conf_init(&c, m->k->to_name, m->to_path);
	c.keeps_unbuilt = true;
	ret = text_read(&m->text, &c);
	if (ret)
		return ret;
	c.file = m->config;
	c.rootfs_options.v = c.rootfs_tmpfs.v = NULL;
	start_init(&s, &c);
	s.source = m->k->common->name;
	s.hook_argv = m->k->hook_argv;
	ret = rootfs_mount_root(&c, &s.root);
	for (it = c.hook_clone.first; CFG_HOOKS && !ret && it; it = it->next)
		ret = hook_run(&s, "clone", it, NULL);
	return ret || m->k->keep_name || !s.root.own ? ret
						      : write_hostname(s.root.fd, c.name);
}

int clone_finish_tree(struct cloning *m)
{
	bool hooks = m->conf.hook_clone.first != NULL;

	if (hooks && !CFG_HOOKS)
		return err_set(ENOSYS, "lxc.hook.clone: not in this build (CONFIG_HOOKS is off)");
	return hooks || (m->conf.rootfs_path.v && !m->k->keep_name) ? clone_apart(m, work_inside)
								     : 0;
}
