/* SPDX-License-Identifier: MIT */
/* owns changes of the device rules of a container that runs */
/* never allows more for a moment than before or after, never forgets what is in force */
#include <alloca.h>
#include <errno.h>
#include <string.h>

#include "cgroup/internal.h"
#include "cgroup/rules.h"
#include "lib/fd.h"
#include "lib/str.h"

/* Where the rules are; NULL: nowhere, so that everything is allowed. */
static const struct cgroup_hier *find_place(const struct cgroup_layout *l)
{
	const struct cgroup_hier *h = cgroup_find(l, "devices", 7);

	return h || !CFG_CGROUP_BPF ? h : cgroup_find_v2(l);
}

bool cgroup_devices_are_program(const struct cgroup_layout *l)
{
	const struct cgroup_hier *h = find_place(l);

	return h && cgroup_is_v2(h);
}

int cgroup_devices_learn(const struct cgroup_layout *l, const char *dir, unsigned int room,
			 struct device_set *have)
{
	const struct cgroup_hier *h = find_place(l);
	AUTO_FD int dir_fd = -1;
	int ret = 0;

	if (!have->is_known && (!h || cgroup_is_v2(h))) {
		have->allow = true;
	} else if (!have->is_known) {
		dir_fd = cgroup_open_dir(h, dir);
		ret = dir_fd < 0 ? dir_fd : devices_read_list(dir_fd, have);
	}
	have->is_known = !ret;
	return ret ? ret : device_set_reserve(have, room);
}

static int attach(const struct cgroup_hier *h, const char *dir, struct device_set *s)
{
	AUTO_FD int dir_fd = devices_open_v2(h, dir);

	return dir_fd < 0 ? dir_fd : bpf_devices(dir_fd, s);
}

/* A rule becomes so in *have, then in the kernel; when that fails *have is as it was. */
static int change_v2(const struct cgroup_hier *h, const char *dir, bool allow,
		     const struct device_rule *r, struct device_set *have)
{
	const struct device_set was = *have;
	struct device_rule *rules;
	int ret;

	if (was.n > BPF_RULES_MAX)
		return err_set(E2BIG, "more than %u device rules", BPF_RULES_MAX);
	rules = alloca(was.n * sizeof(*rules) + 1);
	if (was.n)
		memcpy(rules, was.rule, was.n * sizeof(*rules));
	ret = device_set_apply(have, allow, r);
	/* Without a program everything is allowed: none is needed to say so. */
	if (!ret && (have->program || !have->allow || have->n))
		ret = attach(h, dir, have);
	if (!ret)
		return 0;
	have->allow = was.allow;
	have->n = was.n;
	if (was.n)
		memcpy(have->rule, rules, was.n * sizeof(*rules));
	return ret;
}

int cgroup_devices_change(const struct cgroup_layout *l, const char *dir, bool allow,
			  const char *rule, struct device_set *have)
{
	struct device_rule r;
	int ret = cgroup_devices_are_program(l) ? 0 : -EOPNOTSUPP;

	if (!ret)
		ret = devices_read_rule(rule, &r);
	if (!ret)
		ret = cgroup_devices_learn(l, dir, 1, have);
	return ret ? ret : change_v2(find_place(l), dir, allow, &r, have);
}

static int write_v1(const struct cgroup_layout *l, const struct cgroup_hier *h, const char *dir,
		    bool allow, const struct device_rule *r)
{
	char text[DEVICE_TEXT];
	int ret = v1_write(l, h, dir, allow ? "devices.allow" : "devices.deny",
			   device_rule_text(r, text));

	if (ret == -EPERM && allow)
		return err_set(EPERM, "'%s' is more than the cgroup above allows", text);
	return ret < 0 ? err_code(ret, "cannot write '%s'", text) : ret;
}

/* The rule for one device, in the kernel; *have says the same already. */
static int put_in_force(const struct cgroup_layout *l, const char *dir, bool allow,
			const struct device_rule *r, struct device_set *have)
{
	const struct cgroup_hier *h = find_place(l);

	if (!h)
		return 0;
	if (CFG_CGROUP_BPF && cgroup_is_v2(h))
		return attach(h, dir, have);
	return write_v1(l, h, dir, allow, r);
}

/* The same in the model alone; there is room (cgroup_devices_learn) for what is put back. */
static int turn(struct device_set *have, bool allow, const struct device_rule *r)
{
	if (allow || have->allow)
		return r->access ? device_set_apply(have, allow, r) : 0;
	device_set_take(have, r);
	return 0;
}

static int turn_both(const struct cgroup_layout *l, const char *dir, bool allow,
		     const struct device_rule *r, const struct device_rule *undone,
		     struct device_set *have)
{
	int ret = turn(have, allow, r);

	if (!ret)
		ret = put_in_force(l, dir, allow, r, have);
	return ret && turn(have, !allow, undone) ? -EIO : ret;
}

int cgroup_device_give(const struct cgroup_layout *l, const char *dir, const struct device_rule *r,
		       struct device_set *have, unsigned int *given)
{
	const unsigned int own = device_set_access(have, r);
	struct device_rule change = *r;
	int ret;

	*given = 0;
	if (device_set_allows(have, r))
		return 0;
	change.access &= have->allow ? own : ~own;
	ret = turn_both(l, dir, true, r, &change, have);
	if (!ret)
		*given = change.access;
	return ret;
}

int cgroup_device_take(const struct cgroup_layout *l, const char *dir, const struct device_rule *r,
		       struct device_set *have)
{
	return r->access ? turn_both(l, dir, false, r, r, have) : 0;
}
