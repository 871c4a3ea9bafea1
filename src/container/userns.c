/* SPDX-License-Identifier: MIT */
/* owns a container's user namespace: made and mapped before there is a container, then entered */
/* never lets a process that has a privilege of the host be seen by the container */
/*
 * The namespace comes first, in a process that does nothing but hold it: its maps are there, and
 * known to be right, before anything of the container is. A second process, the stage, mounts the
 * root with the privileges of who starts it, joins the namespace and only then makes the other
 * namespaces, which so belong to it, with the first process as the monitor's own child
 * (CLONE_PARENT). What the stage has mounted the container cannot change: the kernel locks what
 * comes from a mount namespace with more privileges, see mount_namespaces(7).
 */
#include "container/userns.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/child.h"
#include "container/settings.h"
#include "container/steps.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "secure/idmap.h"

/* tty, of every distribution. */
#define TTY_GROUP 5

/* ---- made, by the monitor ---- */

/* Until the monitor has what it wants. share: of somebody else, -1: a new one. */
static void hold(int sync, int share)
{
	char go = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (share >= 0 && setns(share, CLONE_NEWUSER))
		go = (char)errno;
	/* Its files in /proc are then the caller's, who has to write them. */
	if (CFG_UNPRIVILEGED && sys_euid())
		prctl(PR_SET_DUMPABLE, 1);
	if (send(sync, &go, 1, MSG_NOSIGNAL) == 1 && recv(sync, &go, 1, 0) < 0)
		_exit(1);
	_exit(0);
}

struct lookup {
	uint64_t inside, outside;
	bool is_found;
};

static int look_at_line(char *line, void *arg)
{
	struct lookup *l = arg;
	uint64_t n[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		const char *word = str_word(&line, " ");

		if (!word || str_to_u64(word, UINT32_MAX, &n[i]))
			return -EINVAL;
	}
	if (l->inside < n[0] || l->inside - n[0] >= n[2])
		return 0;
	l->outside = n[1] + (l->inside - n[0]);
	l->is_found = true;
	return 1;
}

/* The id outside of one inside, as the kernel has it. 1, 0: there is none, -errno with err. */
static int look_up(int proc, const char *map, uint32_t inside, uint32_t *outside)
{
	struct lookup l = { .inside = inside };
	int ret = fd_each_line(proc, map, look_at_line, &l);

	*outside = (uint32_t)l.outside;
	return ret < 0 ? err_code(ret, "cannot read '%s' of the user namespace", map) : l.is_found;
}

/* Where it is denied, a group might be what keeps its members from something: it stays. */
static bool groups_are_kept(int proc)
{
	char text[16];

	return fd_read_file(proc, "setgroups", text, sizeof(text)) > 0 &&
	       str_eq(str_trim(text), "deny");
}

int userns_look(struct userns *u, const struct conf *c, int proc)
{
	uint32_t uid, gid, tty;
	int ret;

	u->keeps_groups = groups_are_kept(proc);
	u->root_inside = 0;
	u->group_inside = 0;
	ret = look_up(proc, "uid_map", 0, &uid);
	if (!ret) {
		u->root_inside = (uid_t)c->init_uid.v;
		ret = look_up(proc, "uid_map", u->root_inside, &uid);
	}
	if (!ret)
		return err_set(EINVAL, "neither 0 nor lxc.init.uid %u is a user inside",
			       u->root_inside);
	if (ret > 0)
		ret = look_up(proc, "gid_map", 0, &gid);
	if (!ret) {
		u->group_inside = (gid_t)c->init_gid.v;
		ret = look_up(proc, "gid_map", u->group_inside, &gid);
	}
	if (!ret)
		return err_set(EINVAL, "neither 0 nor lxc.init.gid %u is a group inside",
			       u->group_inside);
	if (ret > 0)
		ret = look_up(proc, "gid_map", TTY_GROUP, &tty);
	u->uid = uid;
	u->gid = gid;
	u->tty = ret > 0 ? tty : gid;
	return ret < 0 ? ret : 0;
}

static int write_maps(const struct conf *c, pid_t pid)
{
	AUTO_FREE struct id_maps *maps = malloc(sizeof(*maps));

	if (!maps)
		return err_set(ENOMEM, "out of memory");
	id_maps_of(maps, c);
	return id_maps_write(maps, pid);
}

static int take_namespace(struct start *s, pid_t pid, bool is_new)
{
	AUTO_FD int proc = -1;
	char path[32];
	int ret = is_new ? write_maps(s->conf, pid) : 0;

	if (ret)
		return ret;
	str_format(path, sizeof(path), "/proc/%d", pid);
	proc = fd_open(path, O_RDONLY | O_DIRECTORY);
	s->userns.fd = proc < 0 ? -1 : openat(proc, "ns/user", O_RDONLY | O_CLOEXEC);
	if (s->userns.fd < 0)
		return err_sys("cannot open the user namespace");
	s->userns.has_own = true;
	return userns_look(&s->userns, s->conf, proc);
}

/* share >= 0: that of somebody else. */
static int prepare(struct start *s, int share)
{
	int pair[2], ret;
	char err = 0;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return err_sys("cannot make a socket pair");
	pid = sys_clone(share < 0 ? CLONE_NEWUSER : 0);
	if (!pid) {
		close(pair[0]);
		hold(pair[1], share);
	}
	close(pair[1]);
	if (pid < 0)
		ret = err_code(pid, "cannot make a user namespace");
	else if (recv(pair[0], &err, 1, 0) != 1)
		ret = err_set(ECHILD, "the process that makes the user namespace was killed");
	else if (err)
		ret = err_code(-err, "cannot join the user namespace");
	else
		ret = take_namespace(s, pid, share < 0);
	close(pair[0]);
	if (pid > 0)
		kill(pid, SIGKILL);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return ret;
}

int plan_idmap(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it;
	struct id_map m;

	for (it = s->conf->idmap.first; it; it = it->next) {
		conf_id_map(it, &m);
		if (!plan_add(p, k, it->at, PLAN_TEXT("%s %u to %u inside are %u to %u",
				m.is_group ? "groups" : "users", m.inside, m.inside + m.count - 1,
				m.outside, m.outside + m.count - 1)))
			return -ENOMEM;
	}
	return 0;
}

/* All lines at once, at the first of them. */
int act_idmap(struct start *s, const struct step *step)
{
	char at[ORIGIN_MAX];
	int ret;

	if (s->userns.fd >= 0)
		return 0;
	ret = prepare(s, -1);
	return ret ? err_in(ret, "%slxc.idmap", origin_text(step->at, at)) : 0;
}

int userns_share(struct start *s, int fd)
{
	return prepare(s, fd);
}

bool userns_has_ptys(const struct start *s)
{
	return sys_euid() && s->userns.has_own && conf_rootfs(s->conf);
}

int userns_own(const struct start *s, const struct pty *p)
{
	const struct userns *u = &s->userns;

	if (u->fd < 0 || !fchown(p->held, u->uid, u->tty))
		return 0;
	return err_sys("cannot give '%s' to user %u of the container", p->peer, u->uid);
}

/* ---- delegate: its root may make cgroups below its own ---- */

int plan_delegate(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it = s->conf->idmap.first;

	return !it || plan_add(p, k, it->at, PLAN_TEXT(
				 "the container's root may make cgroups below its own")) ?
		       0 :
		       -ENOMEM;
}

int act_delegate(struct start *s, const struct step *step)
{
	(void)step;
	/* An ordinary user cannot give his files away. */
	if (sys_euid())
		return 0;
	return cgroup_give(&s->layout, s->cgroup_dir, s->userns.uid, s->userns.gid);
}

/* ---- the stage ---- */

static int set_clocks(struct start *s)
{
	int own = start_namespaces(s->conf) & CLONE_NEWTIME ? clocks_enter(s->conf) : -1;

	if (own < -1)
		return own;
	fd_close(&own);
	return 0;
}

/* What is mounted with other owners is made here: in the namespace nobody may. */
static int map_mounts(struct start *s)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < s->plan.n; i++)
		if (s->plan.steps[i].mount)
			ret = rootfs_map_mount(&s->root, s->plan.steps[i].mount);
	return ret;
}

static int set_stage(struct start *s)
{
	int ret = 0;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL))
		return err_sys("cannot set the parent death signal");
	if (!sys_euid()) {
		/* A hook that is to come may be what brings the storage. */
		if (unshare(CLONE_NEWNS))
			ret = err_sys("cannot make a mount namespace");
		else if (conf_rootfs(s->conf) && !s->conf->hook_pre_mount.first)
			ret = rootfs_mount_root(s->conf, &s->root);
		if (CFG_ROOTFS_IDMAP && !ret)
			ret = map_mounts(s);
		if (!ret && CFG_NAMESPACE_SHARE)
			ret = share_join(s, CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS |
						    CLONE_NEWTIME);
		if (!ret)
			ret = set_clocks(s);
	}
	if (!ret && CFG_NAMESPACE_SHARE && share_has_pid(s))
		ret = share_enter_pid(s);
	if (ret < 0)
		return ret;
	/* lxc-user-nic looks at its network in the user's name. */
	if (CFG_USER_NIC && sys_euid() && s->n_nets)
		prctl(PR_SET_DUMPABLE, 1);
	/* With the namespace come all capabilities in it, and none outside. */
	if (setns(s->userns.fd, CLONE_NEWUSER))
		return err_sys("cannot join the user namespace");
	return sys_euid() ? set_clocks(s) : 0;
}

void userns_stage(struct start *s, unsigned long flags, int cgroup_fd)
{
	int ret = set_stage(s);
	pid_t pid = -1;

	if (!ret && CFG_CGROUP_V2 && cgroup_fd >= 0)
		pid = sys_clone_into(flags | CLONE_PARENT, cgroup_fd);
	if (!ret && pid < 0)
		pid = sys_clone(flags | CLONE_PARENT);
	if (!pid)
		child_run(s);
	if (!ret && pid < 0)
		ret = start_ask_namespaces(s->conf) ?
			      -EOPNOTSUPP :
			      err_code(pid, "cannot make the container's namespaces");
	if (ret ? child_report(s, CHILD_FAILED, -ret, err_text()) :
		  child_report(s, CHILD_BORN, pid, ""))
		_exit(1);
	_exit(0);
}

/* ---- entered, by the first process ---- */

int userns_become(const struct userns *u)
{
	int ret = u->keeps_groups ? 0 : sys_set_groups(0, NULL);

	if (u->keeps_groups)
		secure_keep_groups();
	if (ret)
		return err_code(ret, "cannot drop the supplementary groups");
	ret = sys_set_gid(u->group_inside);
	if (ret)
		return err_code(ret, "cannot become group %u of the container", u->group_inside);
	ret = sys_set_uid(u->root_inside);
	return ret ? err_code(ret, "cannot become user %u of the container", u->root_inside) : 0;
}

/*
 * A tree whose files are nobody's inside is one that was made for a container without the map. As
 * whom the kernel shows owners without an id inside is a setting of it.
 */
static int check_owner(const struct start *s)
{
	char at[ORIGIN_MAX], text[16];
	uint64_t nobody = 65534;
	struct statfs fs;
	struct stat st;

	if (fstat(s->root.fd, &st) || fstatfs(s->root.fd, &fs))
		return err_sys("cannot look at the root");
	if (fd_read_file(AT_FDCWD, "/proc/sys/kernel/overflowuid", text, sizeof(text)) > 0 &&
	    str_to_u64(str_trim(text), UINT32_MAX, &nobody))
		nobody = 65534;
	if (st.st_uid != nobody || fs.f_flags & MS_RDONLY)
		return 0;
	origin_text(s->conf->rootfs_path.at, at);
	return err_set(EPERM, "%slxc.rootfs.path: '%s' belongs to a user that the container does "
			      "not have: its root is user %u outside (lxc.idmap)", at,
		       conf_rootfs(s->conf), s->userns.uid);
}

/*
 * The root is taken as long as this process is its starter by name, who may walk to it where the
 * container's root may not.
 */
int userns_enter(struct start *s)
{
	int ret = 0;

	if (s->root.path)
		ret = rootfs_take_root(&s->root);
	else if (conf_rootfs(s->conf) && !s->conf->hook_pre_mount.first)
		ret = rootfs_mount_root(s->conf, &s->root);
	if (!ret && s->root.fd >= 0)
		ret = check_owner(s);
	s->root.userns = -1;
	fd_close(&s->userns.fd);
	if (!ret)
		ret = userns_become(&s->userns);
	/* A change of credentials forgets it. */
	return ret ? ret : child_bind(s);
}
