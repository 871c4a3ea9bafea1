/* SPDX-License-Identifier: MIT */
/* owns finding the cgroup hierarchies that are mounted and this process's place in each */
/* never makes or changes a cgroup */
#include "cgroup/cgroup.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"

/* A line of /proc/self/cgroup and the best mount of that hierarchy so far; texts point into the files' texts. */
struct place {
	char *controllers;	/* "" on v2 */
	char *path;		/* of this process, without the leading slash */
	char *mount, *root;	/* NULL: no mount seen yet */
	int score;
	bool v2, noprefix, is_known;
};

/* A cgroup mount in /proc/self/mountinfo. */
struct cgroup_mount {
	char *dev, *root, *mount, *fstype, *super;
};

/* \040 and the like, as the kernel writes blanks, in place. */
static void decode_octal(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' && s[3] >= '0' && s[3] <= '7') {
			*to++ = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

bool cgroup_list_has(const char *list, const char *word, size_t len)
{
	while (*list) {
		size_t n = strcspn(list, ",");

		if (n == len && !memcmp(list, word, len))
			return true;
		list += n;
		if (*list)
			list++;
	}
	return false;
}

/* Splits one line of mountinfo; false when it is not a cgroup's. The optional fields before "-" vary in number. */
static bool split_mount(char *line, struct cgroup_mount *m)
{
	char *word;
	int i;

	for (i = 0; (word = str_word(&line, " ")) && !str_eq(word, "-"); i++) {
		if (i == 2)
			m->dev = word;
		else if (i == 3)
			m->root = word;
		else if (i == 4)
			m->mount = word;
	}
	if (!word || i < 6)
		return false;
	m->fstype = str_word(&line, " ");
	str_word(&line, " ");
	m->super = str_word(&line, " ");
	if (!m->super || !(str_eq(m->fstype, "cgroup") || (CFG_CGROUP_V2 && str_eq(m->fstype, "cgroup2"))))
		return false;
	decode_octal(m->mount);
	decode_octal(m->root);
	decode_octal(m->super);
	return true;
}

/* A mount that another one covers, or whose place is gone, is of no use. */
static bool is_visible(const struct cgroup_mount *m)
{
	unsigned int major_nr = 0, minor_nr = 0;
	const char *p = m->dev;
	struct stat st;

	for (; isdigit((unsigned char)*p); p++)
		major_nr = major_nr * 10 + (unsigned int)(*p - '0');
	if (*p)
		p++;
	for (; isdigit((unsigned char)*p); p++)
		minor_nr = minor_nr * 10 + (unsigned int)(*p - '0');
	return !stat(m->mount, &st) && S_ISDIR(st.st_mode) && st.st_dev == makedev(major_nr, minor_nr);
}

/* What of path lies below root: "a/b" in "a" is "b"; NULL when it is not below. Neither has a leading slash. */
static const char *below(const char *path, const char *root)
{
	size_t n = strlen(root);

	if (!n)
		return path;
	if (strncmp(path, root, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path[n] ? path + n + 1 : path + n;
}

/* A path that begins with ".." lies outside the cgroup namespace of this process: its place in a mount is not known. */
static bool is_outside(const char *path)
{
	return !strncmp(path, "..", 2) && (!path[2] || path[2] == '/');
}

/*
 * 2: the mount holds the cgroup of this process, 1: it lies below that cgroup, so that what is made in it stays within the
 * limits of this process; 0: neither, making a container there would leave them.
 */
static int score_mount(const struct place *p, const char *root)
{
	if (is_outside(root) || is_outside(p->path))
		return 0;
	if (below(p->path, root))
		return 2;
	return below(root, p->path) ? 1 : 0;
}

static void offer_mount(struct place *p, unsigned int n, struct cgroup_mount *m, bool look)
{
	bool v2 = str_eq(m->fstype, "cgroup2");
	const char *root = m->root + strspn(m->root, "/");
	unsigned int i;
	int score;

	for (i = 0; i < n; i++)
		if (p[i].v2 == v2 && (v2 || cgroup_list_has(m->super, p[i].controllers, strcspn(p[i].controllers, ","))))
			break;
	if (i == n || (look && !is_visible(m)))
		return;
	score = score_mount(&p[i], root) * 2 + !(look && access(m->mount, W_OK));
	if (p[i].mount && score <= p[i].score)
		return;
	p[i].score = score;
	p[i].is_known = score >= 2;
	p[i].mount = m->mount;
	p[i].root = m->root + strspn(m->root, "/");
	p[i].noprefix = cgroup_list_has(m->super, "noprefix", 8);
}

/* "4:memory:/a/b"; false for anything else. The path may hold colons. */
static bool split_place(char *line, struct place *p)
{
	char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path || path[1] != '/')
		return false;
	*path++ = '\0';
	*p = (struct place){ .controllers = controllers + 1, .path = path + strspn(path, "/") };
	p->v2 = !controllers[1];
	return true;
}

/*
 * On v2 a cgroup that holds processes cannot hand controllers to its children (cgroup-v2.rst, "No Internal Process Constraint"), so
 * the base is the nearest one above without processes; the root may have both.
 */
static void find_v2_base(struct cgroup_hier *h)
{
	char path[PATH_MAX], buf[512], *slash;
	ssize_t n;
	size_t i;

	if (!cgroup_join(path, sizeof(path), h->mount, h->base, "cgroup.controllers"))
		n = fd_read_file(AT_FDCWD, path, buf, sizeof(buf));
	else
		n = 0;
	if (n <= 0)
		return;
	str_trim(buf);
	for (i = 0; buf[i]; i++)
		if (buf[i] == ' ')
			buf[i] = ',';
	if (!buf[0])
		return;
	free(h->controllers);
	h->controllers = str_dup(buf);
	while (h->base[0] && !cgroup_join(path, sizeof(path), h->mount, h->base, "cgroup.procs") &&
	       fd_read_file(AT_FDCWD, path, buf, 2) != 0) {
		slash = strrchr(h->base, '/');
		*(slash ? slash : h->base) = '\0';
	}
}

static int fill_hier(struct cgroup_hier *h, const struct place *p, bool look)
{
	const char *base = p->is_known ? below(p->path, p->root) : "";
	char path[PATH_MAX];
	int ret;

	*h = (struct cgroup_hier){ .v2 = p->v2, .noprefix = p->noprefix, .usable = p->is_known };
	h->mount = str_dup(p->mount);
	h->root = str_dup(p->root);
	h->base = str_dup(base ? base : "");
	h->controllers = str_dup(p->controllers);
	if (!h->mount || !h->root || !h->base || !h->controllers)
		return -ENOMEM;
	if (!look)
		return 0;
	if (h->v2)
		find_v2_base(h);
	if (!h->controllers)
		return -ENOMEM;
	ret = cgroup_join(path, sizeof(path), h->mount, h->base, "");
	if (ret)
		return ret;
	/* Real and effective user are the same here: the program is never set-user-ID. */
	if (h->usable && access(path, W_OK | X_OK)) {
		log_info("cgroup hierarchy '%s': '%s' is not writable", h->controllers, path);
		h->usable = false;
	}
	return 0;
}

static int read_layout(struct cgroup_layout *l, char *mountinfo, char *self_cgroup, bool look)
{
	struct place p[CGROUP_HIER_MAX];
	struct cgroup_mount m = { 0 };
	unsigned int i, n = 0, pass;
	char *line;
	int ret;

	*l = (struct cgroup_layout){ 0 };
	while ((line = str_word(&self_cgroup, "\n")) && n < CGROUP_HIER_MAX)
		n += split_place(line, &p[n]);
	while ((line = str_word(&mountinfo, "\n")))
		if (split_mount(line, &m))
			offer_mount(p, n, &m, look);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < n; i++) {
			if (!p[i].mount || (pass == 0) != cgroup_list_has(p[i].controllers, "freezer", 7))
				continue;
			ret = fill_hier(&l->h[l->n++], &p[i], look);
			if (ret) {
				cgroup_layout_free(l);
				return ret;
			}
		}
	}
	return 0;
}

int cgroup_layout_parse(struct cgroup_layout *l, char *mountinfo, char *self_cgroup)
{
	return read_layout(l, mountinfo, self_cgroup, false);
}

int cgroup_layout_read(struct cgroup_layout *l)
{
	AUTO_FREE char *mountinfo = NULL;
	AUTO_FREE char *self_cgroup = NULL;
	ssize_t n;

	*l = (struct cgroup_layout){ 0 };
	/* A kernel without cgroups has no such file. */
	if (access("/proc/self/cgroup", F_OK) && errno == ENOENT && !access("/proc/self/mountinfo", F_OK))
		return 0;
	n = fd_load_file(AT_FDCWD, "/proc/self/cgroup", 1 << 20, &self_cgroup);
	if (n >= 0)
		n = fd_load_file(AT_FDCWD, "/proc/self/mountinfo", 64 << 20, &mountinfo);
	if (n < 0)
		return (int)n;
	return read_layout(l, mountinfo, self_cgroup, true);
}

void cgroup_layout_free(struct cgroup_layout *l)
{
	unsigned int i;

	for (i = 0; i < l->n; i++) {
		free(l->h[i].mount);
		free(l->h[i].root);
		free(l->h[i].base);
		free(l->h[i].controllers);
	}
	*l = (struct cgroup_layout){ 0 };
}

bool cgroup_has(const struct cgroup_hier *h, const char *controller, size_t len)
{
	return cgroup_list_has(h->controllers, controller, len);
}

const struct cgroup_hier *cgroup_find(const struct cgroup_layout *l, const char *controller, size_t len)
{
	const struct cgroup_hier *found = NULL;
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (cgroup_has(&l->h[i], controller, len) && (!found || found->v2))
			found = &l->h[i];
	return found;
}

const struct cgroup_hier *cgroup_find_v2(const struct cgroup_layout *l)
{
	unsigned int i;

	for (i = 0; CFG_CGROUP_V2 && i < l->n; i++)
		if (l->h[i].v2)
			return &l->h[i];
	return NULL;
}
