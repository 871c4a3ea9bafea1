/* SPDX-License-Identifier: MIT */
/* owns the filter of a container: read from its profile, put on a process, seen to be on one */
/* never lets a process go on as filtered that is not */
#include "secure/seccomp.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "secure/internal.h"

/* ---- the profile ---- */

static int read_text(const struct conf *c, struct seccomp_profile *p)
{
	const char *name = c->seccomp_profile.v;
	AUTO_FREE char *text = NULL;
	ssize_t len;

	/* A monitor works in "/". */
	if (*name != '/')
		return err_set(EINVAL, "'%s' is not an absolute path", name);
	len = fd_load_file(-1, name, SECCOMP_TEXT_MAX, &text);
	return len < 0 ? (int)len
		       : seccomp_parse(p, seccomp_abis, seccomp_abis_count, text, (size_t)len);
}

static int compile(struct seccomp_profile *p, struct seccomp_filter *f)
{
	struct sock_filter *less;
	int n;

	f->at = malloc(BPF_MAXINSNS * sizeof(*f->at));
	if (!f->at)
		return err_set(ENOMEM, "out of memory");
	n = seccomp_compile(p, seccomp_abis, seccomp_abis_count, f->at, BPF_MAXINSNS);
	if (n < 0)
		return n;
	f->n = (unsigned int)n;
	less = realloc(f->at, f->n * sizeof(*f->at));
	if (less)
		f->at = less;
	return 0;
}

/* The first one stands for all: a profile for several kernels may have very many. */
static void keep_first(struct seccomp_profile *p, const char *name)
{
	char *first = (char *)(uintptr_t)p->arg;

	if (p->n_unknown == 1)
		str_format(first, 128, "'%s' in line %u", name, p->line);
}

int seccomp_read(const struct conf *c, struct seccomp_filter *f, unsigned int *lines)
{
	const char *name = c->seccomp_profile.v;
	char first[128], at[ORIGIN_MAX];
	struct seccomp_profile p = { .unknown = keep_first, .arg = first };
	int ret;

	*f = (struct seccomp_filter){ 0 };
	if (!name)
		return 0;
	ret = read_text(c, &p);
	if (!ret)
		ret = compile(&p, f);
	if (!ret && p.n_unknown)
		log_warn("%s: system calls that this machine does not have: %u, the first %s", name,
			 p.n_unknown, first);
	if (lines)
		*lines = p.n_lines;
	seccomp_profile_free(&p);
	if (!ret)
		return 0;
	seccomp_filter_free(f);
	if (p.line)
		err_in(ret, "%s:%u", name, p.line);
	return err_in(ret, "%slxc.seccomp.profile", origin_text(c->seccomp_profile.at, at));
}

void seccomp_filter_free(struct seccomp_filter *f)
{
	free(f->at);
	*f = (struct seccomp_filter){ 0 };
}

static void tell_unknown(struct seccomp_profile *p, const char *name)
{
	problem_tell(PROBLEM_WARNING, ((struct origin){ .file = p->arg, .line = p->line }), NULL,
		     "this machine has no system call '%s'", name);
}

int seccomp_check(const struct conf *c)
{
	const char *name = c->seccomp_profile.v;
	struct seccomp_profile p = { .unknown = tell_unknown, .arg = name };
	struct seccomp_filter f = { 0 };
	int ret;

	if (!name || (*name == '/' && access(name, F_OK)))
		return 0;
	ret = read_text(c, &p);
	if (!ret)
		ret = compile(&p, &f);
	seccomp_profile_free(&p);
	seccomp_filter_free(&f);
	if (!ret)
		return 0;
	return p.line ? conf_report(ret, (struct origin){ .file = name, .line = p.line }, NULL)
		      : conf_report(ret, c->seccomp_profile.at, "lxc.seccomp.profile");
}

/* ---- on a process ---- */

static int set_filter(const struct seccomp_filter *f)
{
	struct sock_fprog program = { .len = (unsigned short)f->n, .filter = f->at };

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) ? -errno : 0;
}

/* A kernel with filters looks for the program first. */
static bool has_filters(void)
{
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) && errno == EFAULT;
}

int seccomp_load(const struct seccomp_filter *f)
{
	int ret = set_filter(f);

	if (ret == -EACCES) {
		ret = caps_raise();
		if (ret)
			return ret;
		ret = set_filter(f);
	}
	if (!ret)
		return 0;
	if (!has_filters())
		return err_set(ENOSYS, "this kernel has no filters of system calls "
			       "(CONFIG_SECCOMP_FILTER)");
	return err_code(ret, "cannot load the seccomp filter");
}

static int look_at_line(char *line, void *arg)
{
	const char *v = str_after(line, "Seccomp:\t");

	/* 3: it has just been killed by one. */
	return v ? 1 + (*v == '2' || *v == '3') : 0;
}

int seccomp_is_on(int proc_fd)
{
	int ret = fd_each_line(proc_fd, "status", look_at_line, NULL);

	return ret < 0 ? ret : ret == 2;
}

bool seccomp_is_left_out(const struct conf *c)
{
	const struct conf_int *nesting = &c->seccomp_allow_nesting;

	return nesting->set && !nesting->v && prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER;
}
