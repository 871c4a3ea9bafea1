/* SPDX-License-Identifier: MIT */
/* owns the rows of steps that are about the filter of system calls, and its way to lxc-attach */
/* never lets a container run whose filter is not in force */
/*
 * The monitor reads the profile and writes the program that it has become to the file "seccomp" of
 * the runtime directory, where lxc-attach finds it: who joins is under the filter of the first
 * process, whatever has become of the profile.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

#define FILTER_FILE "seccomp"

/* ---- filter: by the monitor ---- */

int plan_filter(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *profile = &s->conf->seccomp_profile;

	return !profile->v || plan_add(p, k, profile->at, PLAN_TEXT("profile %s", profile->v))
		       ? 0
		       : -ENOMEM;
}

static int keep(const struct start *s)
{
	AUTO_FD int fd = -1;
	int ret = record_add(s->dir, "filter", (const char *[]){ FILTER_FILE, NULL });

	if (ret)
		return ret;
	fd = openat(s->dir->fd, FILTER_FILE,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	ret = fd < 0 ? -errno
		     : fd_write_all(fd, s->filter.at, s->filter.n * sizeof(*s->filter.at));
	return ret ? err_code(ret, "cannot write '%s/" FILTER_FILE "'", s->dir->path) : 0;
}

int act_filter(struct start *s, const struct step *step)
{
	unsigned int lines;
	char at[ORIGIN_MAX];
	int ret;

	if (seccomp_is_left_out(s->conf)) {
		log_warn("%slxc.seccomp.allow_nesting: the profile is not loaded, since a filter "
			 "is in force here already",
			 origin_text(s->conf->seccomp_allow_nesting.at, at));
		return 0;
	}
	ret = seccomp_read(s->conf, &s->filter, &lines);
	if (ret)
		return ret;
	log_info("%s: %u lines are %u instructions", s->conf->seccomp_profile.v, lines, s->filter.n);
	return keep(s);
}

int undo_filter(struct undo *u, char **fields)
{
	return unlinkat(u->dir->fd, FILTER_FILE, 0) && errno != ENOENT
		       ? err_sys("cannot remove '%s/" FILTER_FILE "'", u->dir->path)
		       : 0;
}

/* ---- seccomp: by the child ---- */

int plan_seccomp(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *profile = &s->conf->seccomp_profile;

	return !profile->v || plan_add(p, k, profile->at, PLAN_TEXT("filter of system calls"))
		       ? 0
		       : -ENOMEM;
}

/*
 * What is done behind this row is done under the filter. A call that an older profile cannot know
 * is made before it: one that allows what it lists would kill for it.
 */
int act_seccomp(struct start *s, const struct step *step)
{
	if (!s->filter.at)
		return 0;
	fd_cloexec_from(3);
	return seccomp_load(&s->filter);
}

int start_check_filter(const struct start *s)
{
	char path[32];
	AUTO_FD int proc = -1;
	int ret;

	str_format(path, sizeof(path), "/proc/%d", s->pid);
	proc = fd_open(path, O_PATH | O_DIRECTORY);
	ret = proc < 0 ? err_sys("cannot open '%s'", path) : seccomp_is_on(proc);
	return ret ? ret < 0 ? ret : 0
		   : err_set(EPERM, "the container's first process is not under its seccomp filter");
}

/* ---- lxc-attach ---- */

int container_filter(const struct run_dir *d, struct seccomp_filter *f)
{
	char name[16];
	char *data = NULL;
	ssize_t n = record_get(d, "filter", name, sizeof(name));

	*f = (struct seccomp_filter){ 0 };
	if (n == -ENOENT)
		return 0;
	if (n < 0)
		return err_code((int)n, "cannot read the record");
	n = fd_load_file(d->fd, FILTER_FILE, BPF_MAXINSNS * sizeof(*f->at) + 1, &data);
	if (n < 0)
		return err_in((int)n, "the container's seccomp filter");
	f->at = (struct sock_filter *)(void *)data;
	f->n = (unsigned int)((size_t)n / sizeof(*f->at));
	if (!n || (size_t)n % sizeof(*f->at))
		return err_set(EIO, "'%s/" FILTER_FILE "' is not whole", d->path);
	return 0;
}
