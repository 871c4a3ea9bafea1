/* SPDX-License-Identifier: MIT */
/* owns /dev: nodes, links, the private devpts, console and ttys */
/* never works in a /dev that is a symbolic link, nor gives a device that was not asked for */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "rootfs/internal.h"

static const struct node {
	const char *name;
	unsigned char minor, major;
} nodes[] = {
	{ "null", 3, 1 },   { "zero", 5, 1 },	 { "full", 7, 1 },
	{ "random", 8, 1 }, { "urandom", 9, 1 }, { "tty", 0, 5 },
};

static const struct link {
	const char *name, *to;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

/* Puts a device of the host on a file inside, made when missing, and looks whether it is there. */
static int bind_device(const struct rootfs *r, const char *host, const char *inside)
{
	AUTO_FD int src = fd_open(host, O_PATH), dst = -1, top = -1;
	struct stat want, got;

	if (src < 0 || fstat(src, &want) < 0)
		return err_sys("'%s'", host);
	if (!S_ISCHR(want.st_mode))
		return err_set(ENODEV, "'%s' is not a character device", host);
	dst = path_open_in(r->fd, inside, PATH_MAKE_FILE);
	if (dst < 0)
		return dst;
	top = bind_fd(r, src, dst, inside, false, 0, 0);
	if (top < 0)
		return err_in(top, "'%s' on '%s'", host, inside);
	fd_close(&top);
	top = path_open_in(r->fd, inside, PATH_EXISTING);
	if (top < 0 || fstat(top, &got) < 0 || got.st_rdev != want.st_rdev || !S_ISCHR(got.st_mode))
		return err_set(EIO, "'%s' is not the device '%s'", inside, host);
	return 0;
}

static int make_node(const struct rootfs *r, int dev_fd, const struct node *n, bool userns)
{
	AUTO_FREE char *path = str_make("/dev/%s", n->name);
	struct stat st;
	int ret;

	if (!path)
		return -ENOMEM;
	ret = -EPERM;
	if (!userns)
		ret = mknodat(dev_fd, n->name, S_IFCHR | 0666, makedev(n->major, n->minor)) < 0
			      ? -errno
			      : 0;
	/* Whatever an entry of the configuration put there is meant. */
	if (!ret || ret == -EEXIST ||
	    (userns && !fstatat(dev_fd, n->name, &st, AT_SYMLINK_NOFOLLOW)))
		return 0;
	/* No right to make one (user namespace, devices of the cgroup above): the host's. */
	if (ret != -EPERM)
		return err_code(ret, "cannot make device '%s'", path);
	if (access(path, F_OK) < 0) {
		log_info("%s: neither allowed to make it nor there on the host: left out", path);
		return 0;
	}
	return bind_device(r, path, path);
}

/* Linux 4.18 lets root of a user namespace make nodes on its own tmpfs that nobody can open. */
static bool is_dead(int dev_fd, const struct node *n)
{
	AUTO_FD int fd = openat(dev_fd, n->name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd < 0 && errno == EACCES && !unlinkat(dev_fd, n->name, 0);
}

static int make_nodes(const struct rootfs *r, int dev_fd, bool userns)
{
	mode_t mask = umask(0);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < ARRAY_SIZE(nodes) && ret >= 0; i++) {
		ret = make_node(r, dev_fd, &nodes[i], userns);
		if (!ret && !i && !userns && is_dead(dev_fd, nodes)) {
			userns = true;
			ret = make_node(r, dev_fd, nodes, userns);
		}
	}
	if (mask)
		umask(mask);
	if (ret < 0)
		return ret;
	for (i = 0; i < ARRAY_SIZE(links); i++)
		if (symlinkat(links[i].to, dev_fd, links[i].name) < 0 && errno != EEXIST)
			return err_sys("cannot make link '/dev/%s'", links[i].name);
	return 0;
}

/*
 * /dev/ptmx leads to the instance's own: a link where there is nothing, otherwise a mount
 * (before 4.7 a node does not do it).
 */
static int make_ptmx(const struct rootfs *r, int dev_fd)
{
	AUTO_FD int src = -1, dst = -1, top = -1;
	char target[16];
	struct stat st;
	ssize_t n;

	if (!symlinkat("pts/ptmx", dev_fd, "ptmx"))
		return 0;
	if (errno == EEXIST)
		dst = openat(dev_fd, "ptmx", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (dst < 0)
		return err_sys("cannot make link '/dev/ptmx'");
	if (fstat(dst, &st) < 0)
		return err_sys("'/dev/ptmx'");
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dst, "", target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		if (str_eq(target, "pts/ptmx") || str_eq(target, "/dev/pts/ptmx"))
			return 0;
		return err_set(ELOOP, "'/dev/ptmx' is a symbolic link, and not to 'pts/ptmx'");
	}
	src = path_open_in(r->fd, "dev/pts/ptmx", PATH_EXISTING);
	if (src < 0)
		return src;
	top = bind_fd(r, src, dst, "dev/ptmx", false, 0, 0);
	return top < 0 ? err_in(top, "'/dev/ptmx'") : 0;
}

static int mount_devpts(const struct conf *c, const struct rootfs *r, int dev_fd, bool autodev,
			bool userns)
{
	/* What was not asked for is not made in the container's own tree. */
	bool make = autodev || c->pty_max.set, held = err_hold();
	AUTO_FD int dst = path_open_in(r->fd, "dev/pts", make ? PATH_MAKE_DIR : PATH_EXISTING);
	char on[FD_PATH_MAX], at[ORIGIN_MAX], data[96];
	unsigned int max = (unsigned int)(c->pty_max.v + c->tty_max.v), n;
	int ret;

	if (dst == -ENOENT && !make) {
		err_release(held);
		log_info("no /dev/pts in the rootfs: no devpts");
		return 0;
	}
	if (dst < 0)
		return dst;
	/*
	 * newinstance: before 4.7 it is the host's otherwise. gid 5 is tty everywhere; a user
	 * namespace may not map it.
	 */
	n = (unsigned int)str_format(data, sizeof(data),
				     "newinstance,ptmxmode=0666,mode=0620,max=%u", max);
	str_format(data + n, sizeof(data) - n, ",gid=5");
	ret = mount("devpts", fd_path(dst, on), "devpts", MS_NOSUID | MS_NOEXEC, data);
	if (ret < 0 && errno == EINVAL && userns) {
		data[n] = '\0';
		ret = mount("devpts", on, "devpts", MS_NOSUID | MS_NOEXEC, data);
	}
	if (ret < 0)
		return err_sys("%slxc.pty.max: cannot mount devpts on '/dev/pts'",
			       origin_text(c->pty_max.at, at));
	ret = make_ptmx(r, dev_fd);
	if (ret == -EROFS && !make) {
		err_release(held);
		log_info("/dev of the rootfs is read-only and has no ptmx: left so");
		return 0;
	}
	return ret;
}

/*
 * dev/NAME leads to dev/DIR/NAME, so that a package may put something else in its place. 0, -EEXIST
 * where there is something already.
 */
static int link_tty(const struct conf *c, int dev_fd, const char *name)
{
	AUTO_FREE char *to = str_make("%s/%s", c->tty_dir.v, name);
	AUTO_FREE char *old = to ? calloc(1, strlen(to) + 2) : NULL;

	if (!old)
		return -ENOMEM;
	if (!symlinkat(to, dev_fd, name))
		return 0;
	/* In a /dev of the rootfs the link of the last start is still there. */
	if (errno != EEXIST || readlinkat(dev_fd, name, old, strlen(to) + 1) < 0)
		return -errno;
	return str_eq(old, to) ? 0 : -EEXIST;
}

/*
 * dev/NAME; where lxc.tty.dir asks for it dev/DIR/NAME and a link to it, or where there can be none
 * both. The console is both, as in LXC since 2.1. A static /dev that cannot take it is left as it
 * is, as there.
 */
static int mount_tty(const struct conf *c, const struct rootfs *r, int dev_fd, const char *host,
		     const char *name)
{
	AUTO_FREE char *plain = str_make("dev/%s", name), *in_dir = NULL;
	bool held = err_hold();
	int ret = 0;

	if (c->tty_dir.v && *c->tty_dir.v) {
		in_dir = str_make("dev/%s/%s", c->tty_dir.v, name);
		ret = in_dir ? bind_device(r, host, in_dir) : -ENOMEM;
		if (!ret && !str_eq(name, "console") && !link_tty(c, dev_fd, name))
			return 0;
	}
	if (!ret)
		ret = plain ? bind_device(r, host, plain) : -ENOMEM;
	if (ret == -EROFS && !c->autodev.v) {
		log_warn("/dev of the rootfs is read-only and has no '%s': left so", name);
		err_release(held);
		return 0;
	}
	return ret < 0 ? err_in(ret, "terminal '%s'", name) : 0;
}

static int mount_ttys(const struct conf *c, const struct rootfs *r, int dev_fd,
		      const struct rootfs_ttys *t)
{
	char name[16];
	unsigned int i;
	int ret = t->console ? mount_tty(c, r, dev_fd, t->console, "console") : 0;

	for (i = 0; i < t->n_tty && !ret; i++) {
		str_format(name, sizeof(name), "tty%u", i + 1);
		ret = mount_tty(c, r, dev_fd, t->tty[i], name);
	}
	return ret;
}

int rootfs_dev(const struct conf *c, struct rootfs *r, struct rootfs_ttys *t)
{
	bool autodev = c->autodev.v && (r->own || c->autodev.set), held = err_hold();
	AUTO_FD int dev_fd = -1;
	int ret = 0;

	/*
	 * On the host's tree nothing is done that was not asked for; there the terminals are the
	 * host's.
	 */
	if (!r->own && !autodev && !(c->pty_max.set && c->pty_max.v))
		return 0;
	dev_fd = path_open_in(r->fd, "dev",
			      autodev || c->pty_max.set ? PATH_MAKE_DIR : PATH_EXISTING);
	if (dev_fd == -ENOENT) {
		err_release(held);
		log_info("no /dev in the rootfs: no devpts, no console");
		return 0;
	}
	if (dev_fd < 0)
		return dev_fd;
	if (autodev)
		ret = make_nodes(r, dev_fd, t->userns);
	if (!ret && (c->pty_max.set ? c->pty_max.v > 0 : r->own || autodev))
		ret = mount_devpts(c, r, dev_fd, autodev, t->userns);
	if (CFG_UNPRIVILEGED && !ret && r->own && t->open)
		ret = t->open(t, t->arg);
	if (!ret && r->own)
		ret = mount_ttys(c, r, dev_fd, t);
	return ret;
}
