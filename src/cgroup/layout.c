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
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

/*
 * A line of /proc/self/cgroup and the best mount of that hierarchy so far; texts point into the
 * files' texts.
 */
struct place {
	char *controllers; /* "" on v2 */
	char *path; /* of this process, without the leading slash */
	char *mount, *root; /* NULL: no mount seen yet */
	int score; /* 0: where in the mount this process is, is not known */
	bool v2, noprefix;
	bool is_ours; /* belongs to this user, mounted to be written to */
};

/* A cgroup mount in /proc/self/mountinfo. */
struct cgroup_mount {
	char *dev, *root, *mount, *options, *fstype, *super;
	bool is_ours;
};

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

/*
 * Splits one line of mountinfo; false when it is not a cgroup's. The optional fields before "-"
 * vary in number.
 */
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
		else if (i == 5)
			m->options = word;
	}
	if (!word || i < 6)
		return false;
	m->fstype = str_word(&line, " ");
	str_word(&line, " ");
	m->super = str_word(&line, " ");
	if (!m->super ||
	    !(str_eq(m->fstype, "cgroup") || (CFG_CGROUP_V2 && str_eq(m->fstype, "cgroup2"))))
		return false;
	str_unescape(m->mount);
	str_unescape(m->root);
	str_unescape(m->super);
	return true;
}

static dev_t read_dev(const char *p)
{
	unsigned int number[2] = { 0 }, i;

	for (i = 0; i < 2; i++) {
		for (; isdigit((unsigned char)*p); p++)
			number[i] = number[i] * 10 + (unsigned int)(*p - '0');
		if (*p)
			p++;
	}
	return makedev(number[0], number[1]);
}

/* Whether a later mount sits on a directory above path; rest is what follows in mountinfo. */
static bool is_covered(const char *path, const char *rest)
{
	char at[PATH_MAX], *slash;

	str_format(at, sizeof(at), " %s", path);
	while ((slash = strrchr(at, '/')) && slash > at + 1) {
		slash[0] = ' ';
		slash[1] = '\0';
		if (strstr(rest, at))
			return true;
		slash[0] = '\0';
	}
	return false;
}

/*
 * 1 when the mount point shows this mount, 0 when another one covers it. Any other failure is an
 * error: a hierarchy left out by mistake would be a container outside its limits.
 */
static int is_visible(struct cgroup_mount *m, const char *rest)
{
	struct stat st;

	if (!stat(m->mount, &st)) {
		m->is_ours = st.st_uid == sys_euid() && !cgroup_list_has(m->options, "ro", 2) &&
			     !cgroup_list_has(m->super, "ro", 2);
		return st.st_dev == read_dev(m->dev);
	}
	if ((errno == ENOENT || errno == ENOTDIR) && is_covered(m->mount, rest))
		return 0;
	if (errno == EACCES && sys_euid())
		return 0;
	return err_sys("cannot examine the cgroup mount '%s'", m->mount);
}

/*
 * What of path lies below root: "a/b" in "a" is "b"; NULL when it is not below. Neither has a
 * leading slash.
 */
static const char *below(const char *path, const char *root)
{
	size_t n = strlen(root);

	if (!n)
		return path;
	if (strncmp(path, root, n) || (path[n] && path[n] != '/'))
		return NULL;
	return path + n + strspn(path + n, "/");
}

/*
 * A path that begins with ".." lies outside the cgroup namespace of this process: its place in a
 * mount is not known. Elsewhere the kernel has none.
 */
static bool is_outside(const char *path)
{
	for (; path; path = strchr(path, '/')) {
		path += *path == '/';
		if (!strncmp(path, "..", 2) && (!path[2] || path[2] == '/'))
			return true;
	}
	return false;
}

/*
 * 2: the mount holds the cgroup of this process, 1: it lies below that cgroup, so that what is made
 * in it stays within the limits of this process; 0: neither, making a container there would leave
 * them.
 */
static int score_mount(const struct place *p, const char *root)
{
	if (is_outside(root) || is_outside(p->path))
		return 0;
	if (below(p->path, root))
		return 2;
	return below(root, p->path) ? 1 : 0;
}

/* rest: mountinfo after this line, NULL in tests. */
static int offer_mount(struct place *p, unsigned int n, struct cgroup_mount *m, const char *rest)
{
	bool v2 = CFG_CGROUP_V2 && str_eq(m->fstype, "cgroup2");
	const char *root = m->root + strspn(m->root, "/");
	int score, ret = 1;

	for (; n; n--, p++)
		if (p->v2 == v2 &&
		    (v2 || cgroup_list_has(m->super, p->controllers, strcspn(p->controllers, ","))))
			break;
	if (n && rest)
		ret = is_visible(m, rest);
	if (!n || ret <= 0)
		return n ? ret : 0;
	score = score_mount(p, root);
	/* Of two that are as good the one is taken that can be written to. */
	if (p->mount &&
	    (score < p->score ||
	     (score == p->score && (!rest || !access(p->mount, W_OK) || access(m->mount, W_OK)))))
		return 0;
	p->score = score;
	p->mount = m->mount;
	p->root = m->root + strspn(m->root, "/");
	p->is_ours = m->is_ours;
	p->noprefix = cgroup_list_has(m->super, "noprefix", 8);
	return 0;
}

/* "4:memory:/a/b"; false for anything else. The path may hold colons. */
static bool split_place(char *line, struct place *p)
{
	char *controllers = strchr(line, ':'),
	     *path = controllers ? strchr(controllers + 1, ':') : NULL;

	if (!path || path[1] != '/' || (!CFG_CGROUP_V2 && !controllers[1]))
		return false;
	*path++ = '\0';
	*p = (struct place){ .controllers = controllers + 1, .path = path + strspn(path, "/") };
	p->v2 = !controllers[1];
	return true;
}

/*
 * On v2 a cgroup that holds processes cannot hand controllers to its children (cgroup-v2.rst, "No
 * Internal Process Constraint"), so the base is the nearest one above without processes; the root
 * may have both.
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

/*
 * Whether directories can be made in the base. Not when the hierarchy is mounted read-only or
 * belongs to somebody else. Each of these is asked for by a second call: going on without the
 * hierarchy for any other cause would be to leave its limits.
 */
static bool is_refused(const char *path, int why)
{
	struct statvfs fs;
	struct stat st;

	if (why == EROFS)
		return !statvfs(path, &fs) && (fs.f_flag & ST_RDONLY);
	return why == EACCES && (sys_euid() || (!stat(path, &st) && st.st_uid));
}

static int check_usable(struct cgroup_hier *h)
{
	char path[PATH_MAX];
	int ret = cgroup_path(h, "", path, sizeof(path));

	if (ret || !access(path, W_OK | X_OK))
		return ret;
	ret = -errno;
	if (!is_refused(path, -ret))
		return err_code(ret, "cannot use cgroup '%s'", path);
	log_info("cgroup '%s' is not writable: not used", path);
	h->usable = false;
	return 0;
}

static int fill_hier(struct cgroup_hier *h, const struct place *p, bool look)
{
	const char *base = p->score ? below(p->path, p->root) : NULL;

	*h = (struct cgroup_hier){ .v2 = p->v2, .noprefix = p->noprefix, .usable = p->score };
	h->mount = str_dup(p->mount);
	h->root = str_dup(p->root);
	h->base = str_dup(base ? base : "");
	h->controllers = str_dup(p->controllers);
	if (!h->mount || !h->root || !h->base || !h->controllers)
		return -ENOMEM;
	if (look && cgroup_is_v2(h))
		find_v2_base(h);
	if (!h->controllers)
		return -ENOMEM;
	/*
	 * Root can write to what is mounted so. Somebody else, whose the base may be or not, asks;
	 * what a security module forbids fails when it is done.
	 */
	return look && h->usable && (!p->is_ours || sys_euid()) ? check_usable(h) : 0;
}

static int read_layout(struct cgroup_layout *l, char *mountinfo, char *self_cgroup, bool look)
{
	struct place p[CGROUP_HIER_MAX];
	struct cgroup_mount m = { 0 };
	unsigned int i, n = 0, pass;
	char *line;
	int ret = 0;

	*l = (struct cgroup_layout){ 0 };
	while ((line = str_word(&self_cgroup, "\n"))) {
		if (n == CGROUP_HIER_MAX)
			return err_set(E2BIG, "more than %d cgroup hierarchies", CGROUP_HIER_MAX);
		n += split_place(line, &p[n]);
	}
	while (!ret && (line = str_word(&mountinfo, "\n")))
		if (split_mount(line, &m))
			ret = offer_mount(p, n, &m, look ? mountinfo : NULL);
	for (pass = 0; pass < 2; pass++) {
		for (i = 0; i < n && !ret; i++) {
			if (p[i].mount &&
			    (pass == 0) == cgroup_list_has(p[i].controllers, "freezer", 7))
				ret = fill_hier(&l->h[l->n++], &p[i], look);
		}
	}
	if (ret)
		cgroup_layout_free(l);
	return ret;
}

int cgroup_layout_parse(struct cgroup_layout *l, char *mountinfo, char *self_cgroup)
{
	return read_layout(l, mountinfo, self_cgroup, false);
}

static int read_from(struct cgroup_layout *l, const char *places)
{
	AUTO_FREE char *mountinfo = NULL;
	AUTO_FREE char *self_cgroup = NULL;
	bool held = err_hold();
	ssize_t n;

	*l = (struct cgroup_layout){ 0 };
	n = fd_load_file(AT_FDCWD, places, 1 << 20, &self_cgroup);
	/* A kernel without cgroups has neither file. */
	if (n == -ENOENT && access("/proc/cgroups", F_OK) && errno == ENOENT) {
		err_release(held);
		return 0;
	}
	if (n >= 0)
		n = fd_load_list(AT_FDCWD, "/proc/self/mountinfo", 64 << 20, &mountinfo);
	if (n < 0)
		return (int)n;
	return read_layout(l, mountinfo, self_cgroup, true);
}

int cgroup_layout_read(struct cgroup_layout *l)
{
	return read_from(l, "/proc/self/cgroup");
}

int cgroup_layout_read_root(struct cgroup_layout *l)
{
	int ret = read_from(l, "/proc/1/cgroup");
	unsigned int i;

	/* What systemd keeps for itself alone. */
	for (i = 0; !ret && i < l->n; i++) {
		char *base = l->h[i].base;
		size_t n = strlen(base);

		if (n >= 10 && str_eq(base + n - 10, "init.scope") && (n == 10 || base[n - 11] == '/'))
			base[n == 10 ? 0 : n - 11] = '\0';
	}
	return ret;
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

const struct cgroup_hier *cgroup_find(const struct cgroup_layout *l, const char *controller,
				      size_t len)
{
	const struct cgroup_hier *found = NULL;
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (cgroup_has(&l->h[i], controller, len) && (!found || cgroup_is_v2(found)))
			found = &l->h[i];
	return found;
}

const struct cgroup_hier *cgroup_find_v2(const struct cgroup_layout *l)
{
	unsigned int i;

	for (i = 0; CFG_CGROUP_V2 && i < l->n; i++)
		if (cgroup_is_v2(&l->h[i]))
			return &l->h[i];
	return NULL;
}

/* "memory", "name=systemd", "@kernel", "@named", "@all". */
static bool is_named_by(const struct cgroup_hier *h, const char *word, size_t len)
{
	bool is_named = str_after(h->controllers, "name=");

	if (*word != '@')
		return cgroup_has(h, word, len);
	return word[1] == 'a' || is_named == (word[1] == 'n');
}

/* Marks what one word names; false: it is not there. */
static bool use_word(struct cgroup_layout *l, const char *word, size_t len)
{
	bool found = *word == '@';
	unsigned int i;

	for (i = 0; i < l->n; i++) {
		if (!is_named_by(&l->h[i], word, len))
			continue;
		l->h[i].unused = false;
		found = true;
	}
	/* What are controllers of v1 only, v2 does without one. */
	for (i = 0; !found && cgroup_list_has("devices,freezer", word, len) && i < l->n; i++)
		if (cgroup_is_v2(&l->h[i])) {
			l->h[i].unused = false;
			found = true;
		}
	return found;
}

int cgroup_layout_use(struct cgroup_layout *l, const char *use)
{
	unsigned int i;
	size_t len;

	if (!use)
		return 0;
	for (i = 0; i < l->n; i++)
		l->h[i].unused = true;
	for (; *use; use += len + (use[len] == ',')) {
		len = strcspn(use, ",");
		if (!use_word(l, use, len))
			return err_set(ENOENT, "'%.*s' is not mounted", (int)len, use);
	}
	for (i = 0; i < l->n; i++)
		l->h[i].usable = l->h[i].usable && !l->h[i].unused;
	return 0;
}

int cgroup_not_usable(const struct cgroup_hier *h, const char *controller, size_t len)
{
	char where[ORIGIN_MAX];

	if (!CFG_SYSTEM_CONF || !h->unused)
		return err_set(EACCES, "controller '%.*s' cannot be used at '%s'", (int)len,
			       controller, h->mount);
	return err_set(EACCES, "controller '%.*s' is left out: %slxc.cgroup.use", (int)len,
		       controller, origin_text(conf_sys_at(SYS_CGROUP_USE), where));
}
