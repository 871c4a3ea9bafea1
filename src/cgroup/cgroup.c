/* SPDX-License-Identifier: MIT */
/* owns a container's directory in each hierarchy: its name, making it, entering it, its limits */
/* never decides what a version of cgroups needs: see v1.c and v2.c */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"

int cgroup_join(char *buf, size_t n, const char *a, const char *b, const char *c)
{
	const char *part[] = { a, b, c };
	size_t len = 0, more, i;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(part); i++) {
		more = strlen(part[i]);
		if (len + more + 1 >= n)
			return err_set(ENAMETOOLONG, "cgroup path too long: '%s'", b);
		if (more && len && buf[len - 1] != '/')
			buf[len++] = '/';
		memcpy(buf + len, part[i], more + 1);
		len += more;
	}
	return 0;
}

int cgroup_path(const struct cgroup_hier *h, const char *dir, char *buf, size_t n)
{
	return cgroup_join(buf, n, h->mount, h->base, dir);
}

int cgroup_below_mount(const struct cgroup_hier *h, const char *dir, char *buf, size_t n)
{
	return cgroup_join(buf, n, h->base, dir, "");
}

int cgroup_open_dir(const struct cgroup_hier *h, const char *dir)
{
	char path[PATH_MAX];
	int ret = cgroup_path(h, dir, path, sizeof(path));

	if (ret)
		return ret;
	ret = fd_open(path, O_PATH | O_DIRECTORY);
	return ret < 0 ? err_sys("cannot open cgroup '%s'", path) : ret;
}

/* Puts the name for every %n of the pattern. */
static int expand_pattern(char *buf, size_t n, const char *pattern, const char *name)
{
	size_t len = 0;

	for (; *pattern && len < n; pattern++) {
		if (pattern[0] == '%' && pattern[1] == 'n') {
			len += str_format(buf + len, n - len, "%s", name);
			pattern++;
		} else if (*pattern != '/' || len) {
			len += str_format(buf + len, n - len, "%c", *pattern);
		}
	}
	return len < n ? 0 : err_set(ENAMETOOLONG, "cgroup path too long for container '%s'", name);
}

/*
 * One hierarchy is asked: a name that is taken is taken in all of them, and where it is not after
 * all, cgroup_create says so.
 */
static bool is_taken(const struct cgroup_layout *l, const char *dir)
{
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (l->h[i].usable)
			return cgroup_path(&l->h[i], dir, path, sizeof(path)) ||
			       !access(path, F_OK);
	return false;
}

/* A build without lxc.conf has nobody to ask. */
const char *cgroup_pattern(void)
{
	return CFG_SYSTEM_CONF ? conf_sys_value(SYS_CGROUP_PATTERN) : CFG_CGROUP_PATTERN;
}

int cgroup_choose(const struct cgroup_layout *l, const struct conf *c, unsigned int *number,
		  char *buf, size_t n)
{
	const char *parent = c->cgroup_dir.v, *own = c->cgroup_dir_container.v;
	char name[PATH_MAX], base[PATH_MAX];
	unsigned int i;
	int ret;

	if (CFG_CGROUP_DIRS && own) {
		if (str_format(buf, n, "%s", own) >= n)
			return err_set(ENAMETOOLONG, "cgroup path too long: '%s'", own);
		return (*number)++ || is_taken(l, own) ?
			       err_set(EADDRINUSE, "there is a cgroup '%s' already", own) : 0;
	}
	if (parent && parent[0])
		ret = cgroup_join(name, sizeof(name), parent, "lxc.payload.%n", "");
	else
		ret = cgroup_join(name, sizeof(name), cgroup_pattern(), "", "");
	if (!ret)
		ret = expand_pattern(base, sizeof(base), name, c->name);
	while (!ret && *number < 1000) {
		i = (*number)++;
		if (str_format(buf, n, i ? "%s-%u" : "%s", base, i) >= n)
			return err_set(ENAMETOOLONG, "cgroup path too long: '%s'", base);
		if (!is_taken(l, buf))
			return 0;
	}
	return ret ? ret : err_set(EEXIST, "no free cgroup name like '%s-1'", base);
}

/*
 * The sticky bit says that the directory is ours; nothing else sets it on a cgroup. -EEXIST,
 * -ENOENT: no parent, both without err text.
 */
static int make_leaf(const struct cgroup_hier *h, const char *path, size_t base)
{
	int ret;

	if (mkdir(path, 01755))
		return -errno;
	ret = cgroup_is_v2(h) ? 0 : v1_prepare(h, path, base);
	/* It is ours from here on: not "there already" nor "gone again", which are not undone. */
	return ret == -EEXIST || ret == -ENOENT ? -EIO : ret;
}

/*
 * path has the directory from its byte base on. A parent may be there already, and it may go away
 * meanwhile with the last container in it (-ENOENT).
 */
static int make_parents(char *path, size_t base)
{
	size_t at = base + strspn(path + base, "/");
	int ret = 0;

	for (at += strcspn(path + at, "/"); path[at] && !ret;
	     at += 1 + strcspn(path + at + 1, "/")) {
		path[at] = '\0';
		ret = mkdir(path, 01755) && errno != EEXIST ? -errno : 0;
		path[at] = '/';
	}
	return ret;
}

int cgroup_create(const struct cgroup_hier *h, const char *dir)
{
	static bool are_missing;
	char path[PATH_MAX];
	unsigned int i;
	size_t base;
	int ret = cgroup_path(h, "", path, sizeof(path));

	base = strlen(path);
	if (!ret)
		ret = cgroup_path(h, dir, path, sizeof(path));
	if (ret)
		return ret;
	/* The parents are mostly there; where one hierarchy has none, others have none either. */
	ret = are_missing ? -ENOENT : make_leaf(h, path, base);
	are_missing = ret == -ENOENT;
	for (i = 0; i < 20 && ret == -ENOENT; i++) {
		ret = make_parents(path, base);
		if (!ret)
			ret = make_leaf(h, path, base);
	}
	return ret ? err_code(ret, "cannot make cgroup '%s'", path) : 0;
}

/*
 * For the calling process, which has one thread, v1 has "tasks": since 6.0 a thread that moves
 * itself by that file is spared the wait for an RCU grace period, some 10 ms, with which every
 * other move begins.
 */
static int write_pid(const struct cgroup_hier *h, const char *dir, pid_t pid)
{
	char path[PATH_MAX], text[16];
	int ret = cgroup_path(h, dir, path, sizeof(path) - sizeof("/cgroup.procs"));

	if (ret)
		return ret;
	strcat(path, !pid && !cgroup_is_v2(h) ? "/tasks" : "/cgroup.procs");
	str_format(text, sizeof(text), "%d", (int)pid);
	ret = fd_write_file(AT_FDCWD, path, text);
	return ret ? err_code(ret, "cannot move process %d to '%s'", (int)pid, path) : 0;
}

/* 0 when the lines of /proc/PID/cgroup say that the process is in the directory, -EPERM. */
static int find_place(const struct cgroup_hier *h, const char *dir, const char *text)
{
	char want[PATH_MAX + 128];
	const char *line;
	size_t n;

	n = str_format(want, sizeof(want), ":%s:/", cgroup_is_v2(h) ? "" : h->controllers);
	if (n >= sizeof(want) || cgroup_join(want + n, sizeof(want) - n, h->root, h->base, dir))
		return -ENAMETOOLONG;
	n = strlen(want);
	for (line = text; line; line = strchr(line, '\n')) {
		line += strspn(line, "\n");
		line += strspn(line, "0123456789");
		if (!strncmp(line, want, n) && (line[n] == '\n' || !line[n]))
			return 0;
	}
	return -EPERM;
}

/*
 * Reads /proc/PID/cgroup back for one hierarchy (only) or all usable ones (NULL), each of which
 * must be there.
 */
static int check_places(const struct cgroup_layout *l, const struct cgroup_hier *only,
			const char *dir, pid_t pid)
{
	const struct cgroup_hier *h = only ? only : l->h, *end = only ? only + 1 : l->h + l->n;
	AUTO_FREE char *text = NULL;
	char path[32];
	ssize_t len;
	int ret;

	if (pid)
		str_format(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	else
		str_format(path, sizeof(path), "/proc/self/cgroup");
	len = fd_load_file(AT_FDCWD, path, 1 << 20, &text);
	if (len < 0)
		return (int)len;
	for (; h < end; h++) {
		ret = h->usable ? find_place(h, dir, text) : 0;
		if (ret)
			return err_set(-ret, "process %d did not get into cgroup '%s' of '%s'",
				       (int)pid, dir, h->mount);
	}
	return 0;
}

int cgroup_check_place(const struct cgroup_hier *h, const char *dir, pid_t pid)
{
	return check_places(NULL, h, dir, pid);
}

int cgroup_enter(const struct cgroup_hier *h, const char *dir, pid_t pid)
{
	int ret = write_pid(h, dir, pid);

	return ret ? ret : check_places(NULL, h, dir, pid);
}

/* The path of a process on v2 from dir on ("" for dir itself); NULL: it is not in it. */
static const char *path_below(char *text, const char *dir)
{
	char *at = str_after(text, "0::") ? text : strstr(text, "\n0::");
	size_t n = strlen(dir);

	if (!at)
		return NULL;
	at = strchr(at, '/');
	at[strcspn(at, "\n")] = '\0';
	for (; (at = strstr(at, dir)); at++)
		if (at[-1] == '/' && (!at[n] || at[n] == '/'))
			return strstr(at, "/../") ? NULL : at + n;
	return NULL;
}

int cgroup_enter_below(const char *mount, const char *dir, pid_t pid, pid_t like)
{
	AUTO_FREE char *text = NULL;
	char path[PATH_MAX], number[16];
	const char *below = "";
	int ret;

	str_format(number, sizeof(number), "%d", (int)pid);
	if (str_format(path, sizeof(path), "%s/%s/cgroup.procs", mount, dir) >= sizeof(path))
		return err_set(ENAMETOOLONG, "'%s/%s' is too long", mount, dir);
	ret = fd_write_file(AT_FDCWD, path, number);
	if (CFG_CGROUP_V2 && ret == -EBUSY) {
		str_format(path, sizeof(path), "/proc/%d/cgroup", (int)like);
		if (fd_load_file(AT_FDCWD, path, 1 << 20, &text) >= 0)
			below = path_below(text, dir);
		if (below && str_format(path, sizeof(path), "%s/%s%s/cgroup.procs", mount, dir,
					below) < sizeof(path))
			ret = fd_write_file(AT_FDCWD, path, number);
	}
	return ret ? err_code(ret, "cannot enter the cgroup '%s/%s'", mount, dir) : 0;
}

int cgroup_open_v2(const struct cgroup_layout *l, const char *dir)
{
	const struct cgroup_hier *h = cgroup_find_v2(l);
	char inner[PATH_MAX];
	bool held = err_hold();
	int fd = -1;

	if (h && h->usable && !cgroup_inner(l, dir, inner, sizeof(inner)))
		fd = cgroup_open_dir(h, inner);

	err_release(held);
	return fd < 0 ? -1 : fd;
}

/* Whether this process was born there: see cgroup_open_v2. */
static bool is_born_in(const struct cgroup_hier *h, const char *dir)
{
	bool held = err_hold(), is_there = !check_places(NULL, h, dir, 0);

	err_release(held);
	return is_there;
}

int cgroup_enter_all(const struct cgroup_layout *l, const char *dir, pid_t pid)
{
	char inner[PATH_MAX];
	unsigned int i;
	int ret = cgroup_inner(l, dir, inner, sizeof(inner));

	for (i = 0; i < l->n && !ret; i++)
		if (l->h[i].usable &&
		    (pid || !cgroup_is_v2(&l->h[i]) || !is_born_in(&l->h[i], inner)))
			ret = write_pid(&l->h[i], inner, pid);
	return ret ? ret : check_places(l, NULL, inner, pid);
}

/* "blkio" is "io" on v2. */
static size_t other_name(const char *key, size_t len, const char **name)
{
	if (len == 5 && !memcmp(key, "blkio", len))
		*name = "io";
	else if (len == 2 && !memcmp(key, "io", len))
		*name = "blkio";
	else
		*name = "";
	return strlen(*name);
}

const struct cgroup_hier *cgroup_find_renamed(const struct cgroup_layout *l, const char *file,
					      char *name, size_t n)
{
	const struct cgroup_hier *h = cgroup_find_v2(l);
	size_t len = strcspn(file, ".");
	const char *other;

	if (!h)
		return NULL;
	if (!v2_counterpart(file, name, n)) {
		/* So that what is missing is the file, not the controller. */
		len = other_name(file, len, &other);
		return len && cgroup_has(h, other, len) ? h : NULL;
	}
	len = strcspn(name, ".");
	return (len == 6 && !memcmp(name, "cgroup", 6)) || cgroup_has(h, name, len) ? h : NULL;
}

static int resolve(const struct cgroup_layout *l, const char *file, bool v2,
		   const struct cgroup_hier **h, char *name, size_t n)
{
	size_t len = strcspn(file, ".");

	if (!file[len] || strchr(file, '/'))
		return err_set(ENOENT, "'%s' is not the name of a control file (CONTROLLER.FILE)",
			       file);
	/* cgroup.freeze and the like belong to no controller. */
	if (v2 && len == 6 && !memcmp(file, "cgroup", 6))
		*h = cgroup_find_v2(l);
	else
		*h = cgroup_find(l, file, len);
	if (CFG_CGROUP_V2 && !*h && !v2)
		*h = cgroup_find_renamed(l, file, name, n);
	if (!*h)
		return err_set(ENOENT, "controller '%.*s' is not mounted", (int)len, file);
	if (!(*h)->usable)
		return cgroup_not_usable(*h, file, len);
	if (v2 && !cgroup_is_v2(*h))
		return err_set(ENOENT, "controller '%.*s' is on cgroup v1 here", (int)len, file);
	if (!v2 && cgroup_is_v2(*h)) {
		if (CFG_CGROUP_V2 && v2_counterpart(file, name, n))
			return 0;
		return err_set(ENOENT, "no counterpart on cgroup v2, where the controller is here");
	}
	/* The kernel allows noprefix for cpuset alone, whose every file loses the prefix then. */
	if (str_format(name, n, "%s", (*h)->noprefix ? file + len + 1 : file) >= n)
		return err_set(ENAMETOOLONG, "'%s' is too long", file);
	return 0;
}

int cgroup_resolve(const struct cgroup_layout *l, const char *file, const struct cgroup_hier **h,
		   char *name, size_t n)
{
	return resolve(l, file, false, h, name, n);
}

/* What cgroup_devices_apply does; any other devices.FILE is written as it stands. */
static bool is_devices(const struct conf_item *it)
{
	return str_eq(it->key, "devices.allow") || str_eq(it->key, "devices.deny");
}

static bool is_of(const struct conf_list *list, const struct conf_item *it)
{
	const struct conf_item *at = list->first;

	while (at && at != it)
		at = at->next;
	return at;
}

/* A line of the other family speaks for this controller where it is mounted. */
static bool is_left_out(const struct cgroup_layout *l, const struct conf *c,
			const struct conf_item *it, bool v2)
{
	size_t len = strcspn(it->key, "."), other_len, n;
	const struct cgroup_hier *h = cgroup_find(l, it->key, len);
	const struct conf_item *other;
	const char *name;

	other_len = other_name(it->key, len, &name);
	if (!h && other_len)
		h = cgroup_find(l, name, other_len);
	if (!h || cgroup_is_v2(h) == v2)
		return false;
	for (other = v2 ? c->cgroup.first : c->cgroup2.first; other; other = other->next) {
		n = strcspn(other->key, ".");
		if ((n == len && !memcmp(other->key, it->key, n)) ||
		    (other_len && n == other_len && !memcmp(other->key, name, n)))
			return true;
	}
	return false;
}

static int in_item(int ret, const struct conf_item *it, bool v2)
{
	char origin[ORIGIN_MAX];

	return err_in(ret, "%slxc.%s.%s", origin_text(it->at, origin), v2 ? "cgroup2" : "cgroup",
		      it->key);
}

static int check_family(const struct cgroup_layout *l, const struct conf *c, bool v2)
{
	const struct conf_item *it;
	const struct cgroup_hier *h;
	char name[128];
	int ret;

	for (it = v2 ? c->cgroup2.first : c->cgroup.first; it; it = it->next) {
		if (is_left_out(l, c, it, v2))
			continue;
		if (is_devices(it))
			ret = cgroup_find_devices(l, &h);
		else
			ret = resolve(l, it->key, v2, &h, name, sizeof(name));
		if (ret)
			return in_item(ret, it, v2);
	}
	return 0;
}

int cgroup_check(const struct cgroup_layout *l, const struct conf *c)
{
	int ret = check_family(l, c, false);

	return ret ? ret : check_family(l, c, true);
}

int cgroup_order(const struct conf *c, const struct conf_item **out, unsigned int max)
{
	const struct conf_item *it;
	unsigned int n = 0, at;
	int v2;

	for (v2 = 0; v2 < 2; v2++) {
		for (it = v2 ? c->cgroup2.first : c->cgroup.first; it; it = it->next) {
			if (is_devices(it))
				continue;
			if (n == max)
				return err_set(E2BIG, "more than %u cgroup limits", max);
			at = n++;
			if (str_eq(it->key, "memory.limit_in_bytes")) {
				for (at = 0; at < n - 1 &&
					     !str_eq(out[at]->key, "memory.memsw.limit_in_bytes");
				     at++)
					;
				memmove(&out[at + 1], &out[at], (n - 1 - at) * sizeof(*out));
			}
			out[at] = it;
		}
	}
	return (int)n;
}

static int set_limit(const struct cgroup_layout *l, const char *dir, const char *file,
		     const char *value, bool v2)
{
	const struct cgroup_hier *h = NULL;
	char name[128], converted[64];
	AUTO_FD int fd = -1;
	int ret = resolve(l, file, v2, &h, name, sizeof(name));

	if (ret)
		return ret;
	fd = cgroup_open_dir(h, dir);
	if (fd < 0)
		return fd;
	if (CFG_CGROUP_V2 && cgroup_is_v2(h)) {
		ret = v2_enable(h, dir, name, strcspn(name, "."));
		if (!ret && !v2) {
			ret = v2_value(fd, file, value, converted, sizeof(converted));
			value = converted;
		}
		if (ret)
			return ret;
	}
	ret = fd_write_file(fd, name, value);
	if (ret == -ENOENT)
		return err_set(ENOENT, "this kernel has no '%s' in '%s'", name, h->mount);
	return ret ? err_code(ret, "cannot write '%s'", value) : 0;
}

int cgroup_set(const struct cgroup_layout *l, const char *dir, const struct conf *c,
	       const struct conf_item *it)
{
	bool v2 = is_of(&c->cgroup2, it);
	int ret;

	if (is_left_out(l, c, it, v2)) {
		log_info("lxc.%s.%s: not used, the controller is on cgroup v%d here",
			 v2 ? "cgroup2" : "cgroup", it->key, v2 ? 1 : 2);
		return 0;
	}
	ret = set_limit(l, dir, it->key, it->v, v2);
	return ret ? in_item(ret, it, v2) : 0;
}
