/* SPDX-License-Identifier: MIT */
/* owns the tests of capability sets, in a user namespace of its own where the caller is not root */
//link: secure/caps.c secure/look.c
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
//libs: -lcap-ng
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "secure/secure.h"
#define UNIT_PREFIX "caps: "
#include "unit.h"

static struct conf_item items[24];

static struct conf_list list(const char *const *names)
{
	struct conf_list l = { 0 };
	unsigned int i;

	for (i = 0; names[i]; i++) {
		items[i] = (struct conf_item){ .v = (char *)(uintptr_t)names[i], .at = { "c", i + 1 } };
		if (l.last)
			l.last->next = &items[i];
		else
			l.first = &items[i];
		l.last = &items[i];
	}
	return l;
}

#define LIST(...) list((const char *const[]){ __VA_ARGS__, NULL })
#define BIT(n) ((cap_set)1 << (n))

static cap_set all(void)
{
	cap_set set = 0;
	int cap;

	for (cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			set |= BIT(cap);
	return set;
}

static void test_wanted(void)
{
	cap_set set, have = all();
	struct conf c = { 0 };
	int ret;

	result("nothing configured leaves all", !caps_wanted(&c, &set) && set == have, err_text());
	c.cap_drop = LIST("mknod", "sys_admin", "60", "21");
	result("drop list", !caps_wanted(&c, &set) && set == (have & ~(BIT(27) | BIT(21))), err_text());
	c.cap_drop = LIST("mknod", "nosuch");
	ret = caps_wanted(&c, &set);
	result("unknown name is refused with its place", ret < 0 && strstr(err_text(), "c:2: ") && strstr(err_text(), "nosuch"),
	       err_text());
	err_clear();
	c.cap_drop = (struct conf_list){ 0 };
	c.cap_keep = LIST("none");
	result("keep none", !caps_wanted(&c, &set) && !set, err_text());
	if (!(have & BIT(22))) {
		printf("skip caps: keep: no sys_boot in this process's bounding set\n");
		return;
	}
	c.cap_keep = LIST("chown", "none", "sys_boot");
	result("keep after none", !caps_wanted(&c, &set) && set == BIT(22), err_text());
	c.cap_keep = LIST("sys_boot", "62");
	result("keep of what the kernel does not know", !caps_wanted(&c, &set) && set == BIT(22), err_text());
}

/* The part in a child; its exit status is the number of what is wrong. */
static int apply(cap_set wanted)
{
	int ret = caps_apply(wanted);

	if (ret) {
		fprintf(stderr, "# %s\n", err_text());
		return 1;
	}
	if (status_set("CapBnd") != wanted)
		return 2;
	if (status_set("CapEff") != wanted || status_set("CapPrm") != wanted)
		return 3;
	if (status_set("CapInh") || (status_set("CapAmb") != ~(cap_set)0 && status_set("CapAmb")))
		return 4;
	return prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) ? 5 : 0;
}

static int child_drop(void)
{
	return apply(all() & ~(BIT(0) | BIT(8) | BIT(21)));
}

static int child_keep(void)
{
	return apply(BIT(22));
}

static int child_none(void)
{
	return apply(0);
}

/* What a caller may have left: inheritable and ambient capabilities, securebits. */
static int child_dirty(void)
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	uint32_t data[6];

	if (syscall(SYS_capget, &head, data))
		return 10;
	data[2] = 1 << 5;
	if (syscall(SYS_capset, &head, data))
		return 11;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 5, 0, 0);
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP, 0, 0, 0))
		return 12;
	return apply(all() & ~BIT(21));
}

/* Twice is once; a second, larger set cannot be had back. */
static int child_twice(void)
{
	cap_set less = all() & ~BIT(21);

	if (apply(less) || apply(less))
		return 1;
	return caps_apply(less | BIT(21)) < 0 ? 0 : 20;
}

/* Without CAP_SETPCAP nothing can be dropped: that must be seen. */
static int child_powerless(void)
{
	struct {
		uint32_t version;
		int pid;
	} head = { 0x20080522, 0 };
	uint32_t data[6];

	if (syscall(SYS_capget, &head, data))
		return 10;
	data[0] &= ~(1u << 8);
	data[1] &= ~(1u << 8);
	if (syscall(SYS_capset, &head, data))
		return 11;
	return caps_apply(all() & ~BIT(21)) < 0 ? 0 : 21;
}

/* A process of a new pid namespace: the library must not use the number of its parent. */
static int child_cloned(void)
{
	int status;
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		return 30;
	pid = fork();
	if (!pid)
		_exit(apply(all() & ~BIT(21)));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 31;
}

/* Root of a user namespace of its own, as far as this user may. */
static bool become_root(void)
{
	char map[32];
	FILE *f;

	if (!geteuid())
		return true;
	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	if (unshare(CLONE_NEWUSER))
		return false;
	f = fopen("/proc/self/uid_map", "w");
	return f && fputs(map, f) >= 0 && !fclose(f) && !geteuid();
}

int main(void)
{
	static const char none[] = "neither root nor a user namespace";
	cap_set set;
	struct conf c = { 0 };

	result("before caps_init nothing is done", caps_apply(0) < 0 && caps_wanted(&c, &set) < 0, "accepted");
	err_clear();
	result("caps_init", !caps_init(), err_text());
	test_wanted();
	in_child("drop", become_root, child_drop, none);
	in_child("keep", become_root, child_keep, none);
	in_child("keep none", become_root, child_none, none);
	in_child("inherited sets and securebits are cleared", become_root, child_dirty, none);
	in_child("twice", become_root, child_twice, none);
	in_child("no setpcap is an error", become_root, child_powerless, none);
	in_child("in a new pid namespace", become_root, child_cloned, none);
	return unit_status();
}
