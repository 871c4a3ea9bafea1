/* SPDX-License-Identifier: MIT */
/* owns the host's end of a mount tunnel: what is mounted below it arrives in the container */
/* never takes away a mount that another has made */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/path.h"
#include "lib/str.h"

/* "shmounts:HOST[:CONTAINER]" */
static const struct conf_item *tunnel_of(const struct conf *c)
{
	const struct conf_item *it;

	for (it = c->mount_auto.first; it; it = it->next)
		if (str_after(it->v, "shmounts:"))
			return it;
	return NULL;
}

int plan_tunnel(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it = tunnel_of(s->conf);
	char at[ORIGIN_MAX];

	if (!it)
		return 0;
	if (!s->conf->rootfs_path.v)
		return err_set(EINVAL, "%slxc.mount.auto: '%s' needs lxc.rootfs.path",
			       origin_text(it->at, at), it->v);
	if (s->conf->monitor_unshare.v)
		return err_set(EINVAL, "%slxc.mount.auto: '%s' and lxc.monitor.unshare exclude each other",
			       origin_text(it->at, at), it->v);
	return plan_add(p, k, it->at, PLAN_TEXT("%s", it->v)) ? 0 : -ENOMEM;
}

struct looking {
	const char *path;
	const char *source;	/* of a tmpfs; NULL: any mount that has peers */
	char *other;		/* the source of the last one, to be freed */
	bool found;
};

/* A line of mountinfo: ... root, path, options, optional fields, "-", type, source, ... */
static int look_at_mount(char *line, void *arg)
{
	struct looking *l = arg;
	char *path = NULL, *word, *source;
	bool shared = false;
	unsigned int i;

	for (i = 0; i < 6; i++) {
		word = str_word(&line, " ");
		if (i == 4)
			path = word;
	}
	if (!path || !str_eq(path, l->path))
		return 0;
	while ((word = str_word(&line, " ")) && !str_eq(word, "-"))
		shared |= !!str_after(word, "shared:");
	word = str_word(&line, " ");
	source = str_word(&line, " ");
	/* The last one there lies on top. */
	l->found = word && source &&
		   (l->source ? str_eq(source, l->source) && str_eq(word, "tmpfs") : shared);
	free(l->other);
	l->other = source ? str_dup(source) : NULL;
	return 0;
}

static int look(struct looking *l)
{
	return fd_each_line(AT_FDCWD, "/proc/self/mountinfo", look_at_mount, l);
}

/* What the kernel writes with octal numbers could not be found again. */
static bool is_plain(const char *path)
{
	return !strpbrk(path, " \t\n\\#");
}

static int make_tunnel(const struct start *s, const char *path, bool is_new)
{
	struct looking l = { .path = path };
	AUTO_FREE char *source = str_make("lxcbox/%s", str_base(s->dir->path));
	int ret = source ? look(&l) : -ENOMEM;
	bool foreign = l.found && l.other && str_after(l.other, "lxcbox/");

	free(l.other);
	/* One that was there before the container stays when it has gone, as in LXC. */
	if (ret < 0 || (l.found && !foreign))
		return ret;
	if (foreign)
		return err_set(EBUSY, "'%s' is another container's tunnel", path);
	ret = record_add(s->dir, "tunnel",
			 (const char *[]){ path, source, is_new ? "made" : "", NULL });
	if (ret)
		return ret;
	if (mount(source, path, "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=100k,mode=0711") ||
	    mount(NULL, path, NULL, MS_SHARED, NULL))
		return err_sys("cannot mount a tmpfs on '%s'", path);
	return 0;
}

int act_tunnel(struct start *s, const struct step *step)
{
	const char *v = str_after(tunnel_of(s->conf)->v, "shmounts:");
	AUTO_FREE char *host = str_make("%.*s", (int)strcspn(v, ":"), v), *path = NULL;
	char at[ORIGIN_MAX];
	struct stat st;
	bool is_new;
	int ret;

	if (!host)
		return -ENOMEM;
	is_new = stat(host, &st) < 0;
	ret = path_make_dirs(host, 0711);
	if (!ret) {
		path = path_real(host);
		ret = path ? 0 : -ENOENT;
	}
	if (!ret && !is_plain(path))
		ret = err_set(EINVAL, "'%s' has a blank", path);
	if (!ret)
		ret = make_tunnel(s, path, is_new);
	return ret ? err_in(ret, "%slxc.mount.auto", origin_text(step->at, at)) : 0;
}

int undo_tunnel(struct undo *u, char **fields)
{
	struct looking l = { .path = fields[0], .source = fields[0] ? fields[1] : NULL };
	int ret;

	(void)u;
	if (!l.source)
		return 0;
	ret = look(&l);
	free(l.other);
	if (ret < 0)
		return ret;
	if (l.found && umount2(l.path, MNT_DETACH | UMOUNT_NOFOLLOW) && errno != EINVAL)
		return -errno;
	/* Not when somebody has put something there meanwhile. */
	if (fields[2] && *fields[2])
		rmdir(l.path);
	return 0;
}
