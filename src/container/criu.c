/* SPDX-License-Identifier: MIT */
/* owns what criu is asked for: the processes of a container to files, and back */
/* never looks into the files: they are criu's */
#include "container/criu.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "net/kind.h"

/* An argument list that grows; a failure shows at its end. */
struct words {
	char **v;
	unsigned int n, size;
	int ret;
};

static void add(struct words *w, char *word)
{
	if (w->n + 2 > w->size && !w->ret) {
		unsigned int size = 2 * w->size + 32;
		char **more = realloc(w->v, size * sizeof(*more));

		if (more) {
			w->v = more;
			w->size = size;
		}
		w->ret = more ? 0 : err_set(ENOMEM, "out of memory");
	}
	if (!word || w->ret) {
		free(word);
		w->ret = w->ret ? w->ret : -ENOMEM;
		return;
	}
	w->v[w->n++] = word;
	w->v[w->n] = NULL;
}

static void add_all(struct words *w, const char *const *words)
{
	for (; *words; words++)
		add(w, str_dup(*words));
}

static void add_option(struct words *w, const char *name, const char *value)
{
	if (!value)
		return;
	add(w, str_dup(name));
	add(w, str_dup(value));
}

static void free_words(struct words *w)
{
	while (w->n)
		free(w->v[--w->n]);
	free(w->v);
}

/* ---- what both ways have in common ---- */

/* "memory,cpu:/lxc/NAME" of each hierarchy. */
static void add_cgroups(struct words *w, const struct cgroup_layout *l, const char *dir)
{
	char below[PATH_MAX], inner[PATH_MAX];
	unsigned int i;

	w->ret = w->ret ? w->ret : cgroup_inner(l, dir, inner, sizeof(inner));
	if (w->ret)
		return;
	for (i = 0; i < l->n; i++) {
		AUTO_FREE char *names = NULL;

		if (!l->h[i].usable || !*l->h[i].controllers)
			continue;
		if (cgroup_below_mount(&l->h[i], inner, below, sizeof(below))) {
			w->ret = -ENAMETOOLONG;
			return;
		}
		names = str_make("%s:/%s", l->h[i].controllers, below + strspn(below, "/"));
		add_option(w, "--cgroup-root", names ? names : "");
	}
}

struct binds {
	struct words *w;
	const struct conf *c;
	bool is_dump;
};

/* What is the host's goes by its place inside, and comes back from where it is now. */
static int add_bind(const struct mount_spec *m, void *arg)
{
	const struct binds *b = arg;
	const char *at = m->target;
	AUTO_FREE char *map = NULL;

	if (!(m->flags & MS_BIND))
		return 0;
	at = mount_target_in(b->c, m);
	if (!at)
		return 0;
	at += strspn(at, "/");
	map = b->is_dump ? str_make("/%s:/%s", at, at) : str_make("/%s:%s", at, m->source);
	if (!map)
		return -ENOMEM;
	add_option(b->w, "--ext-mount-map", map);
	return b->w->ret;
}

static int begin(struct words *w, const struct criu *how, const struct conf *c, const char *action)
{
	static const char *const always[] = { "--tcp-established", "--file-locks", "--link-remap",
		"--manage-cgroups=full", "--ext-mount-map", "auto", "--enable-external-sharing",
		"--enable-external-masters", "--enable-fs", "hugetlbfs", "--enable-fs", "tracefs", NULL };
	struct binds b = { w, c, !str_eq(action, "restore") };
	AUTO_FREE char *log = str_make("%s/%s.log", how->dir, action);

	add(w, str_dup("criu"));
	add(w, str_dup(action));
	add_all(w, always);
	add_option(w, "-D", how->dir);
	add_option(w, "-o", log ? log : "criu.log");
	add_option(w, "--action-script", how->action_script);
	if (how->verbose)
		add(w, str_dup("-vvvvvv"));
	return w->ret ? w->ret : rootfs_each_mount(c, add_bind, &b);
}

/* In a child; what criu says before it has a log goes where ours does. */
static void execute(const struct words *w)
{
	static char path[] = "PATH=" DEFAULT_PATH;
	char *env[] = { path, NULL };
	int ret = secure_reset_process();

	fd_cloexec_from(3);
	if (!ret)
		ret = command_exec(w->v, env);
	_exit(ret == -ENOENT ? 127 : 126);
}

static int wait_for(pid_t pid, const struct words *w, const char *dir)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for criu");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(ENOENT, "criu is needed and not there (%s)", DEFAULT_PATH);
	return status ? err_set(EIO, "criu %s failed, see '%s/%s.log'", w->v[1], dir, w->v[1]) : 0;
}

/* ---- dump ---- */

static int add_target(struct words *w, const struct criu *how, const struct conf *c)
{
	const struct cgroup_hier *freezer;
	struct cgroup_layout l = { 0 };
	char dir[256], path[PATH_MAX];
	struct run_dir d;
	pid_t pid = 0;
	int ret = run_dir_open(&d, c->name, c->lxcpath);

	if (!ret) {
		pid = record_process(&d, "init");
		ret = pid ? container_cgroups(&d, &l, dir, sizeof(dir)) : -ESRCH;
		run_dir_close(&d);
	}
	if (ret == -ENOENT || ret == -ESRCH)
		return err_set(ESRCH, "the container is not running");
	if (!ret) {
		AUTO_FREE char *text = str_make("%d", pid);

		add_option(w, "-t", text);
		add_cgroups(w, &l, dir);
		freezer = cgroup_find(&l, "freezer", strlen("freezer"));
		if (freezer && freezer->usable && !cgroup_path(freezer, dir, path, sizeof(path)))
			add_option(w, "--freeze-cgroup", path);
	}
	cgroup_layout_free(&l);
	add_option(w, "--prev-images-dir", how->predump_dir);
	if (!how->stop && !how->pre_dump)
		add(w, str_dup("--leave-running"));
	return ret ? ret : w->ret;
}

int criu_dump(const struct criu *how, const struct conf *c)
{
	struct words w = { 0 };
	pid_t pid = 0;
	int ret = path_make_dirs(how->dir, 0700);

	if (!ret)
		ret = begin(&w, how, c, how->pre_dump ? "pre-dump" : "dump");
	if (!ret)
		ret = add_target(&w, how, c);
	if (!ret) {
		add(&w, str_dup("--force-irmap"));
		pid = w.ret ? w.ret : sys_clone(0);
	}
	if (!ret && !pid)
		execute(&w);
	if (!ret)
		ret = pid < 0 ? err_code(pid, "cannot fork") : wait_for(pid, &w, how->dir);
	free_words(&w);
	return ret;
}

/* ---- restore ---- */

/* In the child: a mount namespace of its own, in which the root is where criu looks for it. */
static int mount_root(const struct start *s)
{
	const char *root = conf_rootfs(s->conf);
	const char *at = s->conf->rootfs_mount.v ? s->conf->rootfs_mount.v : CFG_ROOTFS_MOUNT;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return err_sys("cannot make a mount namespace");
	if (path_make_dirs(at, 0755))
		return -EIO;
	return mount(root, at, NULL, MS_BIND | MS_REC, NULL) ?
		       err_sys("cannot mount '%s' on '%s'", root, at) :
		       0;
}

static int make_words(struct words *w, const struct start *s, int pid_fd)
{
	const char *at = s->conf->rootfs_mount.v ? s->conf->rootfs_mount.v : CFG_ROOTFS_MOUNT;
	AUTO_FREE char *pidfile = str_make("/proc/%d/fd/%d", getpid(), pid_fd);
	AUTO_FREE char *console = s->console.master >= 0 ? str_make("console:%s", s->console.peer) : NULL;
	int ret = begin(w, s->restore, s->conf, "restore");

	if (ret)
		return ret;
	add_cgroups(w, &s->layout, s->cgroup_dir);
	add_option(w, "--root", at);
	add_option(w, "--pidfile", pidfile ? pidfile : "");
	add_option(w, "--ext-mount-map", console);
	add(w, str_dup("--restore-detached"));
	add(w, str_dup("--restore-sibling"));
	return w->ret;
}

static int read_pid(int pid_fd)
{
	char text[16];
	ssize_t n = pread(pid_fd, text, sizeof(text) - 1, 0);
	int pid;

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return str_to_int(text, &pid) || pid <= 1 || waitpid(pid, NULL, WNOHANG) ?
		       err_set(EPROTO, "criu does not tell the first process") :
		       pid;
}

/* Those that its steps would have made: criu is told of none, and would leave it without. */
static int refuse_interfaces(const struct conf *c)
{
	const struct conf_net *n;
	char at[ORIGIN_MAX];

	for (n = c->net; n; n = n->next)
		if (net_ops_of((int)n->kind.v))
			return err_set(EOPNOTSUPP, "%slxc.net.%d.type: interfaces are not restored",
				       origin_text(n->at, at), n->index);
	return 0;
}

int criu_restore(struct start *s)
{
	AUTO_FD int pid_fd = sys_memfd("criu");
	struct words w = { 0 };
	pid_t pid;
	int ret = CFG_NET_KEYS ? refuse_interfaces(s->conf) : 0;

	if (ret)
		return ret;
	if (pid_fd < 0)
		return err_code(pid_fd, "cannot make a file for the first process's number");
	/* Its child becomes ours when it ends, whoever of its processes has made it. */
	ret = prctl(PR_SET_CHILD_SUBREAPER, 1) ? err_sys("cannot become a subreaper") :
						 make_words(&w, s, pid_fd);
	pid = ret ? ret : sys_clone(0);
	if (!pid) {
		fd_close_all(s->foreign, ARRAY_SIZE(s->foreign));
		if (mount_root(s)) {
			log_error("%s", err_text());
			_exit(1);
		}
		execute(&w);
	}
	if (!ret)
		ret = pid < 0 ? err_code(pid, "cannot fork") : wait_for(pid, &w, s->restore->dir);
	free_words(&w);
	if (!ret)
		ret = read_pid(pid_fd);
	if (prctl(PR_SET_CHILD_SUBREAPER, 0))
		log_debug("stays a subreaper");
	if (ret > 0)
		s->pid = ret;
	return ret < 0 ? ret : 0;
}
