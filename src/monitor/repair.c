/* SPDX-License-Identifier: MIT */
/* owns finishing what monitors that are gone have left, of all containers */
/* never touches what a living monitor or command holds */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "monitor/internal.h"

/*
 * Between two looks at a cgroup that nobody is in: one that has just been made by a start that
 * keeps its records elsewhere (another build, another mount namespace) is entered by then.
 */
#define UNUSED_MS 1000
#define UNUSED_MAX 256

struct repair {
	const char *suffix;	/* "@HASH" of the one LXCPATH, NULL: all */
	repair_fn *tell;
	void *arg;
	char *unused[UNUSED_MAX];	/* paths of the first look */
	unsigned int n;
	bool is_second;
};

/* 1: ours, with everything of a life that is over; 0: somebody else's, or gone. */
static int lock(struct run_dir *d)
{
	struct stat st;

	if (flock(d->fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? 0 : err_sys("cannot lock '%s'", d->path);
	d->locked = !fstat(d->fd, &st) && st.st_nlink;
	return d->locked;
}

static int repair_one(struct run_dir *d, void *arg)
{
	const struct repair *r = arg;
	const char *entry = str_base(d->path), *suffix = strchr(entry, '@');
	char name[CONTAINER_NAME_MAX + 1];
	int ret;

	if (r->suffix && !str_eq(suffix, r->suffix))
		return 0;
	ret = lock(d);
	if (!ret)
		return 0;
	if (ret > 0)
		ret = client_undo(d);
	str_format(name, sizeof(name), "%.*s", (int)(suffix - entry), entry);
	r->tell(r->arg, ret < 0 ? REPAIR_FAILED : ret ? REPAIR_ENDED : REPAIR_UNDONE,
		str_printable(name));
	/* The others are repaired all the same. */
	err_clear();
	return 0;
}

/* In both looks without a process, and nobody claims its name. */
static int look_at_cgroup(const char *mount, const char *below, const char *dir, void *arg)
{
	struct repair *r = arg;
	char path[PATH_MAX];
	unsigned int i;
	int ret;

	if (claim_is_taken(dir))
		return 0;
	str_format(path, sizeof(path), "%s/%s", mount, below);
	if (!r->is_second) {
		r->unused[r->n] = r->n < UNUSED_MAX ? str_dup(path) : NULL;
		r->n += r->n < UNUSED_MAX && r->unused[r->n];
		return 0;
	}
	for (i = 0; i < r->n && !str_eq(r->unused[i], path); i++)
		;
	if (i == r->n)
		return 0;
	ret = cgroup_remove(mount, below, 0);
	r->tell(r->arg, ret ? REPAIR_FAILED : REPAIR_CGROUP, path);
	err_clear();
	return 0;
}

static int repair_cgroups(struct repair *r)
{
	struct cgroup_layout l;
	int ret = cgroup_layout_read(&l);

	if (!ret)
		ret = cgroup_each_unused(&l, look_at_cgroup, r);
	if (!ret && r->n) {
		poll(NULL, 0, UNUSED_MS);
		r->is_second = true;
		ret = cgroup_each_unused(&l, look_at_cgroup, r);
	}
	while (r->n)
		free(r->unused[--r->n]);
	cgroup_layout_free(&l);
	return ret;
}

int client_repair(const char *lxcpath, repair_fn *tell, void *arg)
{
	static struct repair r;
	char suffix[RUN_ENTRY_MAX], number[16];
	int ret, n;

	r = (struct repair){ .tell = tell, .arg = arg };
	if (lxcpath) {
		run_dir_entry(suffix, "", lxcpath);
		r.suffix = suffix;
	}
	ret = run_dir_each(repair_one, &r);
	/* What is no container's any more is of none of the LXCPATHs. */
	n = ret ? ret : claims_clear();
	str_format(number, sizeof(number), "%d", n);
	if (n > 0)
		tell(arg, REPAIR_CLAIMS, number);
	if (CFG_STATE_NEWS && n >= 0) {
		n = news_clear();
		str_format(number, sizeof(number), "%d", n);
		if (n > 0)
			tell(arg, REPAIR_FIFOS, number);
	}
	return n < 0 ? n : repair_cgroups(&r);
}
