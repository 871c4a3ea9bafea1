/* SPDX-License-Identifier: MIT */
/* owns lxc-start --plan: the steps for a person or a program, and which step a line belongs to */
/* never acts, never asks the machine */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/json.h"
#include "lib/str.h"

/*
 * A step is made of many lines and says one of them. The others are told behind it, by the first
 * row that is the key or what is before one of its dots; "first" and "later" are no steps of a start.
 */
static const struct owner {
	const char *key, *step, *instead;	/* instead: in a start that has no such step */
} owners[] = {
	{ "include", "first" }, { "log", "first" }, { "hook", "later" },
	{ "start", "later" }, { "group", "later" }, { "signal", "later" }, { "ephemeral", "later" },
	{ "lxcbox.restart", "later" }, { "lxcbox.ready", "later" }, { "lxcbox.depends", "later" },
	{ "lxcbox.device", "device" }, { "lxcbox.net", "forward" },
	{ "uts", "hostname" }, { "net.N.flags", "loopback", "namespaces" },
	{ "net.N.ipv4", "address", "namespaces" }, { "net.N.ipv6", "address", "namespaces" },
	{ "net.N.script.down", "later" }, { "net.N.l2proxy", "l2proxy", "namespaces" },
	{ "net.N.veth.mode", "router", "net" }, { "net.N", "net", "namespaces" }, { "net", "namespaces" },
	{ "namespace.share", "share" }, { "namespace", "namespaces" }, { "idmap", "idmap" },
	{ "time", "namespaces" }, { "sysctl", "sysctl" }, { "proc", "proc" },
	{ "lxcbox.rootfs", "rootfs" },
	{ "lxcbox.mask", "mask" }, { "lxcbox.readonly", "mask" },
	{ "rootfs", "rootfs" }, { "mount", "mount" }, { "autodev", "dev" }, { "tty.dir", "dev" },
	{ "pty", "dev" }, { "tty", "ttys", "dev" }, { "console", "console", "dev" },
	{ "cgroup.dir.monitor", "monitor_cgroup", "later" }, { "cgroup.dir.container.inner", "inner" },
	{ "cgroup.dir", "cgroup" }, { "cgroup.relative", "cgroup" },
	{ "cgroup.devices", "devices" }, { "cgroup2.devices", "devices" },
	{ "cgroup", "limit" }, { "cgroup2", "limit" }, { "prlimit", "prlimit" },
	{ "arch", "process" }, { "monitor", "process" }, { "keyring", "process" },
	{ "sched", "process" }, { "apparmor", "confine", "label" },
	{ "selinux", "confine", "label" },
	{ "init.uid", "ids" }, { "init.gid", "ids" }, { "init.groups", "ids" },
	{ "cap", "caps" }, { "no_new_privs", "privs", "process" }, { "seccomp", "seccomp" },
	{ "init", "exec" }, { "execute", "exec" }, { "environment", "exec" },
};

struct printer {
	const struct plan *p;
	int fd, status;
	unsigned int n;
	struct json *json;	/* NULL: for a person */
	const char *step;	/* whose lines are wanted */
	const char *side;
};

static const struct owner *find_owner(const char *key)
{
	const char *name = str_after(key, "lxc.") ? str_after(key, "lxc.") : key, *rest;
	char plain[64];
	unsigned int i;

	/* Interfaces without their numbers. */
	rest = str_after(name, "net.");
	if (rest && *rest >= '0' && *rest <= '9') {
		str_format(plain, sizeof(plain), "net.N%s", rest + strspn(rest, "0123456789"));
		name = plain;
	}
	for (i = 0; i < ARRAY_SIZE(owners); i++) {
		rest = str_after(name, owners[i].key);
		if (rest && (!*rest || *rest == '.'))
			return &owners[i];
	}
	return NULL;
}

const char *plan_step_of(const char *key)
{
	const struct owner *o = find_owner(key);

	return o ? o->step : NULL;
}

static void print_one(struct printer *pr, const char *side, const char *step, const char *text,
	struct origin at)
{
	char where[ORIGIN_MAX];
	AUTO_FREE char *line = NULL;

	pr->n++;
	if (CFG_JSON && pr->json) {
		json_object(pr->json, NULL);
		json_number(pr->json, "n", pr->n);
		json_string(pr->json, "side", side);
		json_string(pr->json, "step", step);
		json_string(pr->json, "text", text);
		json_string(pr->json, "file", at.file);
		if (at.line)
			json_number(pr->json, "line", at.line);
		else
			json_string(pr->json, "line", NULL);
		pr->status |= json_end(pr->json);
		return;
	}
	/* "file:line: " without its end. */
	origin_text(at, where);
	if (*where)
		where[strlen(where) - 2] = '\0';
	line = str_make("%-5s  %-12s %s%s%s%s\n", side, step, text, *where ? "  (" : "", where,
		*where ? ")" : "");
	if (!line)
		pr->status = -ENOMEM;
	else if (!pr->status)
		pr->status = fd_write_all(pr->fd, line, strlen(line));
}

static bool is_told(const struct plan *p, struct origin at)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->steps[i].at.file && p->steps[i].at.line == at.line &&
		    str_eq(p->steps[i].at.file, at.file))
			return true;
	return false;
}

static bool has_step(const struct plan *p, const char *name)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (str_eq(p->steps[i].kind->name, name))
			return true;
	return false;
}

static int take_line(void *arg, struct origin at, const char *key, const char *v)
{
	struct printer *pr = arg;
	const struct owner *o = find_owner(key);
	const char *step = o ? o->step : "later";
	AUTO_FREE char *text = NULL;

	if (o && o->instead && !has_step(pr->p, step))
		step = o->instead;
	/* What has no step in this start is told at its end. */
	if (!str_eq(step, "first") && !has_step(pr->p, step))
		step = "later";
	if (!str_eq(step, pr->step) || is_told(pr->p, at))
		return 0;
	text = str_make("%s = %s", key, v);
	if (!text)
		return -ENOMEM;
	print_one(pr, pr->side, step, text, at);
	return 0;
}

static void print_lines(struct printer *pr, const struct conf *c, const char *side,
	const char *step)
{
	int ret;

	pr->side = side;
	pr->step = step;
	ret = conf_each(c, take_line, pr);
	if (!pr->status)
		pr->status = ret;
}

static void print_steps(struct printer *pr, const struct conf *c)
{
	const struct plan *p = pr->p;
	unsigned int i;

	print_lines(pr, c, "host", "first");
	for (i = 0; i < p->n; i++) {
		const struct step *s = &p->steps[i];

		print_one(pr, plan_side_name(s->kind->side), s->kind->name, s->text, s->at);
		if (i + 1 == p->n || s[1].kind != s->kind)
			print_lines(pr, c, plan_side_name(s->kind->side), s->kind->name);
	}
	print_lines(pr, c, "host", "later");
}

int plan_print(const struct plan *p, const struct conf *c, bool as_json, int fd)
{
	struct printer pr = { .p = p, .fd = fd };
	struct json j;

	if (CFG_JSON && as_json) {
		json_init(&j, fd);
		pr.json = &j;
		json_object(&j, NULL);
		json_number(&j, "schema", 1);
		json_string(&j, "name", c->name);
		json_array(&j, "steps");
	}
	print_steps(&pr, c);
	if (CFG_JSON && as_json) {
		pr.status |= json_end(&j);
		pr.status |= json_end(&j);
	}
	return pr.status ? err_code(pr.status, "cannot write the plan") : 0;
}
