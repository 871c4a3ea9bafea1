/* SPDX-License-Identifier: MIT */
/* owns a container's directory in each hierarchy: its name, making it, entering it, its limits */
/* never decides what a version of cgroups needs: see v1.c and v2.c */
#include "cgroup/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
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
	size_t len = 0, i;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(part); i++) {
		if (part[i][0])
			len += str_format(buf + len, n - len, "%s%s", len && buf[len - 1] != '/' ? "/" : "", part[i]);
		if (len >= n)
			return err_set(ENAMETOOLONG, "cgroup path too long: '%s'", b);
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
	ret = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return ret < 0 ? err_sys("cannot open cgroup '%s'", path) : ret;
}

int cgroup_wait_retry(int64_t deadline, unsigned int *pause_ms)
{
	int64_t left = deadline - sys_now_ms();

	if (left <= 0)
		return -ETIMEDOUT;
	*pause_ms = *pause_ms ? *pause_ms * 2 : 1;
	if (*pause_ms > 16)
		*pause_ms = 16;
	poll(NULL, 0, (int)(left < *pause_ms ? left : *pause_ms));
	return 0;
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

static bool is_taken(const struct cgroup_layout *l, const char *dir)
{
	char path[PATH_MAX];
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if (l->h[i].usable && (cgroup_path(&l->h[i], dir, path, sizeof(path)) || !access(path, F_OK)))
			return true;
	return false;
}

int cgroup_choose(const struct cgroup_layout *l, const struct conf *c, char *buf, size_t n)
{
	const char *parent = c->cgroup_dir.v;
	char name[PATH_MAX];
	unsigned int i;
	int ret;

	if (parent && parent[0])
		ret = str_format(name, sizeof(name), "%s/lxc.payload.%s", parent, c->name) < sizeof(name) ? 0 :
		      err_set(ENAMETOOLONG, "lxc.cgroup.dir: '%s' is too long", parent);
	else
		ret = expand_pattern(name, sizeof(name), CFG_CGROUP_PATTERN, c->name);
	for (i = 0; !ret && i < 1000; i++) {
		if (str_format(buf, n, i ? "%s-%u" : "%s", name, i) >= n)
			return err_set(ENAMETOOLONG, "cgroup path too long: '%s'", name);
		if (!is_taken(l, buf))
			return 0;
	}
	return ret ? ret : err_set(EEXIST, "no free cgroup name like '%s-1'", name);
}

/* One walk down. -ENOENT: a parent went away meanwhile, since the last container in it was removed. */
static int create_once(const struct cgroup_hier *h, int base_fd, const char *dir)
{
	AUTO_FD int parent = fcntl(base_fd, F_DUPFD_CLOEXEC, 0);
	char copy[PATH_MAX], *at = copy, *name;
	bool leaf;
	int fd, ret;

	if (parent < 0 || str_format(copy, sizeof(copy), "%s", dir) >= sizeof(copy))
		return -EMFILE;
	while ((name = str_word(&at, "/"))) {
		leaf = !at || !at[strspn(at, "/")];
		/* The sticky bit says that the directory is ours; nothing else sets it on a cgroup. */
		if (mkdirat(parent, name, 01755) && (errno != EEXIST || leaf))
			return -errno;
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		ret = h->v2 ? 0 : v1_prepare(h, parent, fd, leaf);
		fd_close(&parent);
		parent = fd;
		if (ret)
			return ret;
	}
	return 0;
}

int cgroup_create(const struct cgroup_hier *h, const char *dir)
{
	AUTO_FD int base_fd = cgroup_open_dir(h, "");
	char path[PATH_MAX];
	unsigned int i;
	int ret;

	if (base_fd < 0)
		return base_fd;
	for (i = 0; i < 20; i++) {
		ret = create_once(h, base_fd, dir);
		if (ret != -ENOENT || err_is_set())
			break;
	}
	if (ret && !cgroup_path(h, dir, path, sizeof(path)))
		return err_code(ret, "cannot make cgroup '%s'", path);
	return ret;
}

static int write_pid(const struct cgroup_hier *h, const char *dir, pid_t pid)
{
	char path[PATH_MAX], text[16];
	int ret = cgroup_path(h, dir, path, sizeof(path) - sizeof("/cgroup.procs"));

	if (ret)
		return ret;
	strcat(path, "/cgroup.procs");
	str_format(text, sizeof(text), "%d", (int)pid);
	ret = fd_write_file(AT_FDCWD, path, text);
	return ret ? err_code(ret, "cannot move process %d to '%s'", (int)pid, path) : 0;
}

/* Whether one line of /proc/PID/cgroup is the hierarchy's: 1 and in its place, -EPERM and elsewhere, 0 another hierarchy's. */
static int check_place(const struct cgroup_hier *h, const char *dir, const char *line)
{
	const char *controllers = strchr(line, ':'), *path = controllers ? strchr(controllers + 1, ':') : NULL;
	char want[PATH_MAX];
	size_t n;

	if (!path)
		return 0;
	n = (size_t)(path - controllers - 1);
	if (h->v2 ? n : strlen(h->controllers) != n || memcmp(h->controllers, controllers + 1, n))
		return 0;
	if (cgroup_join(want, sizeof(want), h->root, h->base, dir))
		return -ENAMETOOLONG;
	return path[1] == '/' && str_eq(path + 2, want) ? 1 : -EPERM;
}

/* Reads /proc/PID/cgroup back for one hierarchy (only) or all usable ones (NULL). */
static int check_places(const struct cgroup_layout *l, const struct cgroup_hier *only, const char *dir, pid_t pid)
{
	AUTO_FREE char *text = NULL;
	unsigned int i, n = only ? 1 : l->n;
	const struct cgroup_hier *h;
	char path[32], *at, *line;
	ssize_t len;
	int ret = 0;

	if (pid)
		str_format(path, sizeof(path), "/proc/%d/cgroup", (int)pid);
	else
		str_format(path, sizeof(path), "/proc/self/cgroup");
	len = fd_load_file(AT_FDCWD, path, 1 << 20, &text);
	if (len < 0)
		return (int)len;
	for (at = text; (line = str_word(&at, "\n")) && ret >= 0;)
		for (i = 0; i < n && ret >= 0; i++) {
			h = only ? only : &l->h[i];
			ret = h->usable ? check_place(h, dir, line) : 0;
			if (ret < 0)
				return err_set(-ret, "process %d is not in cgroup '%s' of '%s' after moving: '%s'", (int)pid, dir, h->mount,
					       line);
		}
	return 0;
}

int cgroup_enter(const struct cgroup_hier *h, const char *dir, pid_t pid)
{
	int ret = write_pid(h, dir, pid);

	return ret ? ret : check_places(NULL, h, dir, pid);
}

int cgroup_enter_all(const struct cgroup_layout *l, const char *dir, pid_t pid)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < l->n && !ret; i++)
		if (l->h[i].usable)
			ret = write_pid(&l->h[i], dir, pid);
	return ret ? ret : check_places(l, NULL, dir, pid);
}

static int resolve(const struct cgroup_layout *l, const char *file, bool v2, const struct cgroup_hier **h, char *name, size_t n)
{
	size_t len = strcspn(file, ".");

	if (!file[len] || strchr(file, '/'))
		return err_set(ENOENT, "'%s' is not the name of a control file (CONTROLLER.FILE)", file);
	*h = v2 && len == 6 && !memcmp(file, "cgroup", 6) ? cgroup_find_v2(l) : cgroup_find(l, file, len);
	if (!*h)
		return err_set(ENOENT, "controller '%.*s' is not mounted", (int)len, file);
	if (!(*h)->usable)
		return err_set(EACCES, "controller '%.*s': '%s' is not writable or not the place of this process", (int)len, file,
			       (*h)->mount);
	if (v2 && !(*h)->v2)
		return err_set(ENOENT, "controller '%.*s' is on cgroup v1 here", (int)len, file);
	if (!v2 && (*h)->v2) {
		if (CFG_CGROUP_V2 && v2_counterpart(file, name, n))
			return 0;
		return err_set(ENOENT, "'%s' has no counterpart on cgroup v2, where the controller is here", file);
	}
	/* The kernel allows noprefix for cpuset alone, whose every file loses the prefix then. */
	if (str_format(name, n, "%s", (*h)->noprefix ? file + len + 1 : file) >= n)
		return err_set(ENAMETOOLONG, "'%s' is too long", file);
	return 0;
}

int cgroup_resolve(const struct cgroup_layout *l, const char *file, const struct cgroup_hier **h, char *name, size_t n)
{
	return resolve(l, file, false, h, name, n);
}

static bool is_devices(const struct conf_item *it)
{
	return !strncmp(it->key, "devices.", 8);
}

static bool is_of(const struct conf_list *list, const struct conf_item *it)
{
	const struct conf_item *at = list->first;

	while (at && at != it)
		at = at->next;
	return at;
}

/* A line of the other family speaks for this controller where it is mounted. */
static bool is_left_out(const struct cgroup_layout *l, const struct conf *c, const struct conf_item *it, bool v2)
{
	size_t len = strcspn(it->key, ".");
	const struct cgroup_hier *h = cgroup_find(l, it->key, len);
	const struct conf_item *other;

	if (!h || h->v2 == v2)
		return false;
	for (other = v2 ? c->cgroup.first : c->cgroup2.first; other; other = other->next)
		if (strcspn(other->key, ".") == len && !memcmp(other->key, it->key, len))
			return true;
	return false;
}

static int in_item(int ret, const struct conf_item *it, bool v2)
{
	char origin[ORIGIN_MAX];

	return err_in(ret, "%slxc.%s.%s", origin_text(it->at, origin), v2 ? "cgroup2" : "cgroup", it->key);
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
		ret = is_devices(it) ? cgroup_find_devices(l, &h) : resolve(l, it->key, v2, &h, name, sizeof(name));
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
				for (at = 0; at < n - 1 && !str_eq(out[at]->key, "memory.memsw.limit_in_bytes"); at++)
					;
				memmove(&out[at + 1], &out[at], (n - 1 - at) * sizeof(*out));
			}
			out[at] = it;
		}
	}
	return (int)n;
}

static int set_limit(const struct cgroup_layout *l, const char *dir, const char *file, const char *value, bool v2)
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
	if (CFG_CGROUP_V2 && h->v2) {
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

int cgroup_set(const struct cgroup_layout *l, const char *dir, const struct conf *c, const struct conf_item *it)
{
	bool v2 = is_of(&c->cgroup2, it);
	int ret;

	if (is_left_out(l, c, it, v2)) {
		log_info("lxc.%s.%s: not used, the controller is on cgroup v%d here", v2 ? "cgroup2" : "cgroup", it->key, v2 ? 1 : 2);
		return 0;
	}
	ret = set_limit(l, dir, it->key, it->v, v2);
	return ret ? in_item(ret, it, v2) : 0;
}
