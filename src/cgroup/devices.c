/* SPDX-License-Identifier: MIT */
/* owns putting a configuration's device rules in force, and seeing that they are */
/* never lets a container start with a device list other than the configured one */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "cgroup/rules.h"
#include "lib/fd.h"
#include "lib/str.h"

int cgroup_devices_check(const char *rule)
{
	struct device_rule r;

	return device_rule_parse(rule, &r);
}

static bool is_rule(const struct conf_item *it, bool *allow)
{
	*allow = str_eq(it->key, "devices.allow");
	return *allow || str_eq(it->key, "devices.deny");
}

static bool has_rules(const struct conf_list *list)
{
	const struct conf_item *it;
	bool allow;

	for (it = list->first; it; it = it->next)
		if (is_rule(it, &allow))
			return true;
	return false;
}

bool cgroup_devices_wanted(const struct conf *c)
{
	return has_rules(&c->cgroup) || has_rules(&c->cgroup2);
}

int devices_read_rule(const char *v, struct device_rule *r)
{
	char path[PATH_MAX];
	struct stat st;
	int ret = device_rule_parse(v, r);

	if (ret || r->type)
		return ret;
	if (str_format(path, sizeof(path), "%.*s", (int)r->path_len, r->path) >= sizeof(path))
		return err_set(ENAMETOOLONG, "path too long");
	if (stat(path, &st))
		return err_sys("cannot look up '%s'", path);
	if (!S_ISCHR(st.st_mode) && !S_ISBLK(st.st_mode))
		return err_set(EINVAL, "'%s' is not a device", path);
	r->type = S_ISCHR(st.st_mode) ? 'c' : 'b';
	r->major = (int)major(st.st_rdev);
	r->minor = (int)minor(st.st_rdev);
	return 0;
}

int devices_read_list(int dir_fd, struct device_set *s)
{
	AUTO_FREE char *text = NULL;
	ssize_t n = fd_load_file(dir_fd, "devices.list", 1 << 20, &text);

	return n < 0 ? (int)n : device_set_read(s, text);
}

/* One rule: into the model and, where fd is one, to the kernel. */
static int apply_rule(struct device_set *want, const struct conf_item *it, bool allow, int fd)
{
	char text[DEVICE_TEXT];
	struct device_rule r;
	ssize_t n;
	int ret = devices_read_rule(it->v, &r);

	if (!ret)
		ret = device_set_apply(want, allow, &r);
	if (ret || fd < 0)
		return ret;
	if (r.type == 'a')
		str_format(text, sizeof(text), "a");
	else
		device_rule_text(&r, text);
	do
		n = write(fd, text, strlen(text));
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EPERM && allow)
		return err_set(EPERM, "'%s' is more than the cgroup above allows", text);
	return n < 0 ? err_sys("cannot write '%s'", text) : 0;
}

static int apply_rules(const struct conf_list *rules, const char *family, struct device_set *want,
		       const int fd[2])
{
	const struct conf_item *it;
	char origin[ORIGIN_MAX];
	bool allow;
	int ret;

	for (it = rules->first; it; it = it->next) {
		if (!is_rule(it, &allow))
			continue;
		ret = apply_rule(want, it, allow, fd[allow]);
		if (ret)
			return err_in(ret, "%slxc.%s.%s", origin_text(it->at, origin), family,
				      it->key);
	}
	return 0;
}

static int check_list(int dir_fd, const struct device_set *want)
{
	struct device_set have = { 0 };
	const struct device_rule *odd;
	char text[DEVICE_TEXT];
	int ret = devices_read_list(dir_fd, &have);

	if (!ret && !device_set_equal(want, &have, &odd))
		ret = err_set(EPERM, "devices.list is not what was written: see '%s'",
			      odd ? device_rule_text(odd, text) : "a");
	device_set_free(&have);
	return ret;
}

static bool starts_with_all(const struct conf_list *rules)
{
	const struct conf_item *it = rules->first;
	bool allow;

	while (it && !is_rule(it, &allow))
		it = it->next;
	return it && it->v[0] == 'a';
}

/*
 * The lines that speak of devices. Both families say the same of them; a configuration with both
 * means one for each version of cgroups.
 */
static const struct conf_list *choose_rules(const struct conf *c, bool v2)
{
	const struct conf_list *rules = v2 ? &c->cgroup2 : &c->cgroup;

	return has_rules(rules) ? rules : v2 ? &c->cgroup : &c->cgroup2;
}

const struct cgroup_hier *cgroup_devices_first(const struct cgroup_layout *l, const struct conf *c)
{
	const struct cgroup_hier *h = cgroup_find(l, "devices", 7);

	return *l->inner && h && h->usable && cgroup_devices_wanted(c) ? h : NULL;
}

int cgroup_devices_verify(const struct cgroup_layout *l, const char *dir, const struct conf *c,
			  pid_t pid)
{
	const struct cgroup_hier *h = cgroup_devices_first(l, c);
	struct device_set want = { 0 };
	AUTO_FD int outer = -1, fd = -1;
	char inner[PATH_MAX];
	int ret = cgroup_inner(l, dir, inner, sizeof(inner));

	outer = ret ? ret : cgroup_open_dir(h, dir);
	if (outer < 0)
		return outer;
	fd = cgroup_open_dir(h, inner);
	ret = fd < 0 ? fd : devices_read_list(outer, &want);
	if (!ret)
		ret = check_list(fd, &want);
	device_set_free(&want);
	return ret ? ret : cgroup_check_place(h, inner, pid);
}

static int apply_v1(const struct cgroup_hier *h, const char *dir, const struct conf_list *rules,
		    const char *family, struct device_set *want)
{
	AUTO_FD int dir_fd = cgroup_open_dir(h, dir);
	AUTO_FD int deny_fd = -1;
	AUTO_FD int allow_fd = -1;
	int ret;

	if (dir_fd < 0)
		return dir_fd;
	deny_fd = openat(dir_fd, "devices.deny", O_WRONLY | O_CLOEXEC);
	if (deny_fd >= 0)
		allow_fd = openat(dir_fd, "devices.allow", O_WRONLY | O_CLOEXEC);
	if (allow_fd < 0)
		return err_sys("cannot open devices.%s of cgroup '%s'",
			       deny_fd < 0 ? "deny" : "allow", dir);
	/*
	 * What the cgroup above handed down counts unless the first rule speaks of every device, as
	 * it mostly does.
	 */
	ret = starts_with_all(rules) ? 0 : devices_read_list(dir_fd, want);
	if (!ret)
		ret = apply_rules(rules, family, want, (int[2]){ deny_fd, allow_fd });
	if (!ret)
		ret = check_list(dir_fd, want);
	return ret;
}

int devices_open_v2(const struct cgroup_hier *h, const char *dir)
{
	char path[PATH_MAX];
	int ret = cgroup_path(h, dir, path, sizeof(path));

	if (ret)
		return ret;
	ret = fd_open(path, O_RDONLY | O_DIRECTORY);
	return ret < 0 ? err_sys("cannot open cgroup '%s'", path) : ret;
}

static int apply_v2(const struct cgroup_hier *h, const char *dir, const struct conf_list *rules,
		    const char *family, struct device_set *want)
{
	AUTO_FD int dir_fd = devices_open_v2(h, dir);
	int ret;

	if (dir_fd < 0)
		return dir_fd;
	want->allow = true;
	ret = apply_rules(rules, family, want, (int[2]){ -1, -1 });
	return ret ? ret : bpf_devices(dir_fd, want);
}

int cgroup_find_devices(const struct cgroup_layout *l, const struct cgroup_hier **h)
{
	*h = cgroup_find(l, "devices", 7);
	if (!*h) {
		*h = cgroup_find_v2(l);
		if (*h && !CFG_CGROUP_BPF)
			return err_set(EOPNOTSUPP, "controller 'devices' is not mounted, and rules "
				       "for cgroup v2 are not built (CONFIG_CGROUP_BPF)");
	}
	if (!*h)
		return err_set(ENOENT, "controller 'devices' is not mounted");
	return (*h)->usable ? 0 : cgroup_not_usable(*h, "devices", 7);
}

int cgroup_devices_apply(const struct cgroup_layout *l, const char *dir, const struct conf *c,
			 struct device_set *have)
{
	const struct cgroup_hier *h;
	const struct conf_list *rules;
	const char *family;
	int ret;

	if (!cgroup_devices_wanted(c))
		return 0;
	ret = cgroup_find_devices(l, &h);
	if (ret)
		return err_in(ret, "lxc.cgroup.devices");
	rules = choose_rules(c, cgroup_is_v2(h));
	family = rules == &c->cgroup2 ? "cgroup2" : "cgroup";
	device_set_free(have);
	if (CFG_CGROUP_BPF && cgroup_is_v2(h))
		ret = apply_v2(h, dir, rules, family, have);
	else
		ret = apply_v1(h, dir, rules, family, have);
	have->is_known = !ret;
	return ret;
}
