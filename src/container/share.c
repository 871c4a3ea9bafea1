/* SPDX-License-Identifier: MIT */
/* owns the namespaces that a container shares: found by a container's name, a process or a path */
/* never joins one of another type than the key names */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "container/userns.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/str.h"

/* linux/nsfs.h, Linux 4.11. */
#define GET_NSTYPE _IO(0xb7, 0x3)

static bool is_number(const char *s)
{
	return !s[strspn(s, "0123456789")];
}

int plan_share(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it;
	struct step *step;

	for (it = s->conf->ns_share.first; it; it = it->next) {
		step = plan_add(p, k, it->at, PLAN_TEXT("the %s namespace of %s%s", it->key,
				is_number(it->v) ? "process " : "", it->v));
		if (!step)
			return -ENOMEM;
		step->item = it;
	}
	return 0;
}

/* The directory in /proc of the first process of a running container. */
static int open_container(const char *name, const char *lxcpath)
{
	struct run_dir d;
	pid_t pid;
	int ret = container_check_name(name);

	if (ret)
		return ret;
	ret = run_dir_open(&d, name, lxcpath);
	if (!ret) {
		ret = record_open_process(&d, "init", &pid);
		run_dir_close(&d);
	}
	return ret == -ENOENT || ret == -ESRCH ?
		       err_set(ESRCH, "the container '%s' is not running", name) :
		       ret;
}

static int open_namespace(const struct conf_item *it, const char *lxcpath)
{
	AUTO_FD int proc = -1;
	char path[32];

	/* No path of a namespace waits for a writer. */
	if (*it->v == '/')
		return fd_open(it->v, O_RDONLY | O_NONBLOCK);
	str_format(path, sizeof(path), "/proc/%s", it->v);
	proc = is_number(it->v) ? fd_open(path, O_RDONLY | O_DIRECTORY) :
				      open_container(it->v, lxcpath);
	if (proc < 0)
		return err_is_set() ? proc : err_set(ESRCH, "there is no process %s", it->v);
	str_format(path, sizeof(path), "ns/%s", it->key);
	return openat(proc, path, O_RDONLY | O_CLOEXEC);
}

int act_share(struct start *s, const struct step *step)
{
	const struct conf_item *it = step->item;
	unsigned long flag = namespace_flag(it->key, strlen(it->key));
	AUTO_FD int fd = open_namespace(it, s->conf->lxcpath);
	unsigned int i = 0;
	int type;

	if (fd < 0)
		return err_is_set() ? fd : err_sys("cannot open the %s namespace of '%s'", it->key,
						   it->v);
	type = ioctl(fd, GET_NSTYPE);
	/* Older kernels tell it when it is joined. */
	if (type >= 0 && (unsigned long)type != flag)
		return err_set(EINVAL, "'%s' is no %s namespace", it->v, it->key);
	if (CFG_IDMAP && flag == CLONE_NEWUSER)
		return userns_share(s, fd);
	while (!str_eq(namespace_name(i), it->key))
		i++;
	s->share[i] = take_fd(&fd);
	return 0;
}

static int join(struct start *s, unsigned int i)
{
	unsigned long flag = namespace_flag(namespace_name(i), strlen(namespace_name(i)));

	if (s->share[i] < 0 || !setns(s->share[i], (int)flag)) {
		fd_close(&s->share[i]);
		return 0;
	}
	return errno == EINVAL ? err_set(EINVAL, "what is to be shared is no %s namespace",
					 namespace_name(i)) :
				 err_sys("cannot join the %s namespace", namespace_name(i));
}

static unsigned int pid_place(void)
{
	unsigned int i = 0;

	while (!str_eq(namespace_name(i), "pid"))
		i++;
	return i;
}

int share_join(struct start *s, unsigned long which)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < NAMESPACE_MAX; i++) {
		const char *name = namespace_name(i);

		if (which & namespace_flag(name, strlen(name)))
			ret = join(s, i);
	}
	return ret;
}

bool share_has_pid(const struct start *s)
{
	return s->share[pid_place()] >= 0;
}

int share_enter_pid(struct start *s)
{
	int own = fd_open("/proc/self/ns/pid", O_RDONLY), ret;

	if (own < 0)
		return err_sys("cannot open '/proc/self/ns/pid'");
	ret = join(s, pid_place());
	if (ret)
		close(own);
	return ret ? ret : own;
}

int share_leave_pid(int own)
{
	int ret = setns(own, CLONE_NEWPID) ? err_sys("cannot go back to the own pid namespace") : 0;

	close(own);
	return ret;
}
