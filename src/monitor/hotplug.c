/* SPDX-License-Identifier: MIT */
/* owns devices and interfaces that a running container gets and loses */
/* never makes a node but by handles below its root, never removes one of another device */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/device.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "monitor/internal.h"
#include "net/net.h"

struct plug {
	struct control control;
	int proc;		/* of the first process */
	const char *device, *target;
	bool add;
};

static int open_in(const struct plug *p, const char *file, int flags)
{
	int fd = openat(p->proc, file, flags | O_CLOEXEC);

	return fd < 0 ? err_sys("cannot open '%s' of the container", file) : fd;
}

/* ---- device nodes ---- */

static int look_up(const char *path, struct stat *st)
{
	if (stat(path, st))
		return err_sys("cannot look up '%s'", path);
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ?
		       0 :
		       err_set(EINVAL, "'%s' is not a device", path);
}

static int set_rule(const struct plug *p, const struct stat *want)
{
	bool is_program = CFG_CGROUP_BPF && cgroup_devices_are_program(&p->control.layout);
	char rule[40];

	/* Without any of these every device is allowed. */
	if (!is_program && !cgroup_find(&p->control.layout, "devices", strlen("devices")))
		return 0;
	str_format(rule, sizeof(rule), "%c %u:%u rwm", S_ISCHR(want->st_mode) ? 'c' : 'b',
		   major(want->st_rdev), minor(want->st_rdev));
	if (is_program)
		return client_devices(&p->control.dir, p->add, rule, -1);
	return cgroup_write(&p->control.layout, p->control.cgroup,
			    p->add ? "devices.allow" : "devices.deny", rule);
}

static int plug_node(const struct plug *p)
{
	struct device_node node;
	AUTO_FD int root = -1;
	struct stat want;
	int ret = look_up(p->device, &want), made;

	if (!ret)
		ret = root = open_in(p, "root", O_PATH | O_DIRECTORY);
	if (ret < 0)
		return ret;
	node = (struct device_node){ .mode = want.st_mode & (S_IFMT | 0777), .rdev = want.st_rdev };
	/* Without the rule there is no node either. */
	ret = p->add ? 0 : set_rule(p, &want);
	if (ret)
		return ret;
	made = p->add ? node_make(root, p->target, &node, 0) :
			node_remove(root, p->target, &node, 0);
	if (made < 0 || !p->add)
		return made < 0 ? made : 0;
	ret = set_rule(p, &want);
	if (ret && made && node_remove(root, p->target, &node, 0) < 0)
		log_debug("the node stays");
	return ret;
}

/* ---- interfaces ---- */

/* In a child, which is in the container's network when it gives the interface away. */
static int take_back(int netns, int own, const char *name, const char *as)
{
	int pair[2], status, ret;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC))
		return err_sys("cannot make a pipe");
	pid = sys_clone(0);
	if (!pid) {
		ret = setns(netns, CLONE_NEWNET) ?
			      err_sys("cannot join the container's network") :
			      net_link_move(name, own, as);
		if (ret && write(pair[1], err_text(), strlen(err_text())) < 0)
			_exit(1);
		_exit(ret ? 1 : 0);
	}
	close(pair[1]);
	if (pid < 0) {
		ret = err_code(pid, "cannot fork");
	} else {
		char text[ERR_MAX] = "";

		if (fd_read_all(pair[0], text, sizeof(text) - 1) < 0)
			*text = '\0';
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		ret = status ? err_set(EIO, "%s", text) : 0;
	}
	close(pair[0]);
	return ret;
}

static int plug_interface(const struct plug *p)
{
	AUTO_FD int netns = open_in(p, "ns/net", O_RDONLY);
	AUTO_FD int own = fd_open("/proc/self/ns/net", O_RDONLY);
	struct stat theirs, ours;

	if (netns < 0 || own < 0)
		return netns < 0 ? netns : err_sys("cannot open '/proc/self/ns/net'");
	if (!fstat(netns, &theirs) && !fstat(own, &ours) && theirs.st_ino == ours.st_ino)
		return err_set(EINVAL, "the container has the host's network");
	return p->add ? net_link_move(p->device, netns, p->target) :
			take_back(netns, own, p->device, p->target);
}

int client_plug(const char *name, const char *lxcpath, bool add, const char *device,
		const char *target)
{
	/* What has no slash is an interface, as no device node is named without one. */
	bool is_node = strchr(device, '/') != NULL;
	struct plug p = { .proc = -1, .device = device, .add = add,
		.target = target ? target : is_node ? device : NULL };
	pid_t pid;
	int ret = control_open(&p.control, name, lxcpath);

	if (ret)
		return ret;
	p.proc = record_open_process(&p.control.dir, "init", &pid);
	if (p.proc < 0)
		ret = err_set(ESRCH, "the container is not running");
	if (!ret)
		ret = is_node ? plug_node(&p) : plug_interface(&p);
	fd_close(&p.proc);
	control_close(&p.control);
	return ret;
}
