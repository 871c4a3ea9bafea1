/* SPDX-License-Identifier: MIT */
/* owns pairs of pseudo terminals on the host's devpts */
/* never opens one as controlling terminal */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "console/console.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

/* Majors of the peers: Documentation/admin-guide/devices.txt */
#define PTS_MAJOR_FIRST 136
#define PTS_MAJOR_LAST 143

/* Takes what was opened as ptmx. */
static int unlock(struct pty *p, int fd)
{
	unsigned int number;
	int lock = 0;

	p->master = p->held = -1;
	if (fd < 0)
		return err_sys("cannot open a pty ('/dev/ptmx')");
	p->master = fd;
	if (ioctl(fd, TIOCGPTN, &number) || ioctl(fd, TIOCSPTLCK, &lock)) {
		err_sys("cannot unlock a pty");
		fd_close(&p->master);
		return -EIO;
	}
	str_format(p->peer, sizeof(p->peer), "/dev/pts/%u", number);
	return 0;
}

int pty_open(struct pty *p)
{
	int fd = fd_open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	int ret;

	/* A /dev without the link or node, but with devpts. */
	if (fd < 0)
		fd = fd_open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
	ret = unlock(p, fd);
	if (ret)
		return ret;
	p->held = pty_open_peer(p);
	if (p->held < 0) {
		fd_close(&p->master);
		return p->held;
	}
	return 0;
}

void pty_close(struct pty *p)
{
	fd_close(&p->master);
	fd_close(&p->held);
}

/*
 * Before Linux 4.7 a second instance of devpts has numbers of its own, so that the path may lead
 * to another pty: what is set on the master must be seen on the peer.
 */
static int is_pair(int master, int peer)
{
	struct winsize probe = { .ws_row = 4711, .ws_col = 42 }, before, seen = { 0 };
	int same;

	if (ioctl(master, TIOCGWINSZ, &before) || ioctl(master, TIOCSWINSZ, &probe))
		return 0;
	same = !ioctl(peer, TIOCGWINSZ, &seen) && seen.ws_row == probe.ws_row;
	return !ioctl(master, TIOCSWINSZ, &before) && same;
}

static int open_peer(const struct pty *p, int dir, const char *path)
{
	AUTO_FD int fd = ioctl(p->master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	unsigned int number;

	if (fd >= 0)
		return take_fd(&fd);
	fd = openat(dir, path, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return err_sys("cannot open '%s'", p->peer);
	number = major(st.st_rdev);
	if (!S_ISCHR(st.st_mode) || number < PTS_MAJOR_FIRST || number > PTS_MAJOR_LAST ||
	    !is_pair(p->master, fd))
		return err_set(ENODEV, "'%s' is not the peer of the pty that was opened", p->peer);
	if (fcntl(fd, F_SETFL, 0))
		return err_sys("cannot open '%s'", p->peer);
	return take_fd(&fd);
}

int pty_open_peer(const struct pty *p)
{
	return open_peer(p, AT_FDCWD, p->peer);
}

int pty_open_in(int root, struct pty *p)
{
	AUTO_FD int dir = path_open_in(root, "dev/pts", PATH_EXISTING);
	struct statfs fs;
	int fd, ret;

	p->master = p->held = -1;
	if (dir < 0)
		return dir;
	/* What a container mounts there itself could make us wait, or answer anything. */
	if (fstatfs(dir, &fs) || fs.f_type != DEVPTS_SUPER_MAGIC)
		return err_set(ENODEV, "'/dev/pts' is no devpts");
	fd = openat(dir, "ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	ret = unlock(p, fd);
	if (ret)
		return ret;
	p->held = open_peer(p, dir, p->peer + strlen("/dev/pts/"));
	if (p->held < 0)
		fd_close(&p->master);
	return p->held < 0 ? p->held : 0;
}
