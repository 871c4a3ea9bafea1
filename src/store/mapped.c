/* SPDX-License-Identifier: MIT */
/* owns what a store does with files whose owners are a container's: work as root of its ids */
/* never has more ids than the caller may give away */
#include "store/mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

static bool has_own_id(const struct id_maps *maps)
{
	unsigned int i;

	for (i = 0; i < maps->n; i++)
		if (!maps->m[i].is_group && sys_euid() >= maps->m[i].outside &&
		    sys_euid() - maps->m[i].outside < maps->m[i].count)
			return true;
	return false;
}

int mapped_of(struct id_maps *maps, const struct conf *c)
{
	id_maps_of(maps, c);
	return has_own_id(maps) ? 0 : id_maps_add_self(maps);
}

int mapped_become_root(void)
{
	int ret = sys_set_groups(0, NULL);

	/* Denied to who has mapped his own group alone. */
	if (ret && ret != -EPERM)
		return err_code(ret, "cannot drop the supplementary groups");
	ret = sys_set_gid(0);
	if (!ret)
		ret = sys_set_uid(0);
	return ret ? err_code(ret, "cannot become root of a user namespace (lxc.idmap)") : 0;
}

/* What the process in between says at its end. */
struct said {
	int ret;
	char text[ERR_MAX];
};

static void work(int (*call)(void *arg), void *arg, int go, int out)
{
	struct said s = { 0 };
	char c;

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || read(go, &c, 1) != 1)
		_exit(1);
	s.ret = mapped_become_root();
	if (!s.ret)
		s.ret = prctl(PR_SET_PDEATHSIG, SIGKILL) ? -errno : call(arg);
	str_format(s.text, sizeof(s.text), "%s", err_text());
	_exit(write(out, &s, sizeof(s)) != (ssize_t)sizeof(s));
}

static int run(const struct id_maps *maps, int (*call)(void *arg), void *arg, const int fd[4])
{
	struct said s = { 0 };
	pid_t pid = sys_clone(CLONE_NEWUSER);
	int ret;

	if (!pid) {
		close(fd[1]);
		work(call, arg, fd[0], fd[3]);
	}
	if (pid < 0)
		return err_code(pid, "cannot make a user namespace");
	ret = id_maps_write(maps, pid);
	if (!ret && write(fd[1], "", 1) != 1)
		ret = err_sys("cannot write to a pipe");
	if (ret)
		kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	if (ret)
		return ret;
	if (fcntl(fd[2], F_SETFL, O_NONBLOCK) || read(fd[2], &s, sizeof(s)) != (ssize_t)sizeof(s))
		return err_set(ECHILD, "the process in the user namespace was killed");
	s.text[sizeof(s.text) - 1] = '\0';
	return s.ret < 0 ? err_set(-s.ret, "%s", s.text) : s.ret;
}

int mapped_run(int (*call)(void *arg), void *arg)
{
	AUTO_FREE struct id_maps *maps = NULL;
	int fd[4] = { -1, -1, -1, -1 }, ret;
	bool held;

	if (!sys_euid())
		return call(arg);
	maps = calloc(1, sizeof(*maps));
	if (!maps)
		return err_set(ENOMEM, "out of memory");
	held = err_hold();
	ret = id_maps_add_own(maps);
	err_release(held);
	/* Then there are files of his own only. */
	if (ret)
		return call(arg);
	ret = id_maps_add_self(maps);
	if (!ret && (pipe2(fd, O_CLOEXEC) || pipe2(fd + 2, O_CLOEXEC)))
		ret = err_sys("cannot make a pipe");
	if (!ret)
		ret = run(maps, call, arg, fd);
	fd_close_all(fd, ARRAY_SIZE(fd));
	return ret;
}
