/* SPDX-License-Identifier: MIT */
/* owns the tests of what a container's process inherits: limits, signals, ids, priorities */
//link: secure/process.c secure/look.c secure/limits.c
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
#include <errno.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "secure/secure.h"
#define UNIT_PREFIX "secure: "
#include "unit.h"

static int set(const char *name, const char *value)
{
	struct conf_item it = { .key = (char *)(uintptr_t)name, .v = (char *)(uintptr_t)value, .at = { "c", 7 } };

	err_clear();
	return secure_prlimit(&it, 0);
}

static bool is_now(int limit, rlim_t soft, rlim_t hard)
{
	struct rlimit now;

	return !getrlimit((unsigned int)limit, &now) && now.rlim_cur == soft && now.rlim_max == hard;
}

static int child_limits(void)
{
	static const char *const bad[] = { "", "x", "1:x", "1:", ":1", "-1", "1 2", "2:1", "unlimited:5", "18446744073709551616",
					   "0x10", "1:2:3" };
	unsigned int i;
	struct rlimit hard;

	if (set("nofile", "100:200") || !is_now(RLIMIT_NOFILE, 100, 200))
		return 1;
	if (set("nofile", " 50 : 150 ") || !is_now(RLIMIT_NOFILE, 50, 150))
		return 2;
	if (set("nofile", "120") || !is_now(RLIMIT_NOFILE, 120, 120))
		return 3;
	if (getrlimit(RLIMIT_STACK, &hard))
		return 4;
	if (hard.rlim_max == RLIM_INFINITY && (set("stack", "unlimited") || !is_now(RLIMIT_STACK, RLIM_INFINITY, RLIM_INFINITY)))
		return 5;
	/* More than 32 bits hold, also where a long has 32. */
	if (set("fsize", "5000000000:6000000000") || !is_now(RLIMIT_FSIZE, 5000000000, 6000000000))
		return 6;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (set("core", bad[i]) != -EINVAL || !strstr(err_text(), "c:7: lxc.prlimit.core: ")) {
			printf("# accepted '%s' (%s)\n", bad[i], err_text());
			return 7;
		}
	if (set("NOFILE", "1") != -EINVAL || set("nosuch", "1") != -EINVAL || !strstr(err_text(), "nosuch"))
		return 8;
	return 0;
}

/* A caller as bad as it can be without privilege, then the reset. */
static int reset(bool look)
{
	static const long ignore[20] = { (long)SIG_IGN };
	struct rlimit small = { 32, 4000 };
	char buf[16] = "";
	cpu_set_t one;
	sigset_t all;
	int sig;

	for (sig = 1; sig < 65; sig++)
		syscall(SYS_rt_sigaction, sig, ignore, NULL, _NSIG / 8);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	umask(0);
	personality(ADDR_NO_RANDOMIZE);
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
	if (fd_write_file(-1, "/proc/self/oom_score_adj", "500"))
		return 10;
	setrlimit(RLIMIT_NOFILE, &small);
	setpriority(PRIO_PROCESS, 0, 5);
	if (!status_set("SigIgn") || !status_set("SigBlk"))
		return 11;
	if (look)
		secure_look();
	if (secure_reset_process() || secure_reset_limits(0)) {
		printf("# %s\n", err_text());
		return 1;
	}
	if (status_set("SigIgn") || status_set("SigBlk"))
		return 2;
	if (umask(0) != 022 || personality(0xffffffff) != PER_LINUX)
		return 3;
	if (sched_getaffinity(0, sizeof(one), &one) || CPU_COUNT(&one) != sysconf(_SC_NPROCESSORS_ONLN))
		return 4;
	if (!is_now(RLIMIT_NOFILE, 1024, geteuid() ? 4000 : 4096) && !is_now(RLIMIT_NOFILE, 1024, 4000))
		return 5;
	if (!geteuid() && getpriority(PRIO_PROCESS, 0))
		return 6;
	if (fd_read_file(-1, "/proc/self/oom_score_adj", buf, sizeof(buf)) < 0 || (!geteuid() && strcmp(buf, "0\n")))
		return 7;
	return 0;
}

static int child_reset(void)
{
	return reset(false);
}

static int child_reset_seen(void)
{
	return reset(true);
}

static int child_core(void)
{
	struct rlimit core = { RLIM_INFINITY, RLIM_INFINITY }, now;

	setrlimit(RLIMIT_CORE, &core);
	return secure_reset_limits(0) || getrlimit(RLIMIT_CORE, &now) || now.rlim_cur ? 1 : 0;
}

static int child_nnp(void)
{
	return secure_no_new_privs() || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ? 1 : 0;
}

static int child_ids(void)
{
	static struct conf_item two = { .v = (char *)(uintptr_t)"1001" }, one = { .v = (char *)(uintptr_t)"1000", .next = &two };
	static const gid_t old[] = { 4, 5, 6 };
	struct conf c = { .init_uid = { .v = 123 }, .init_gid = { .v = 456 }, .init_groups = { &one, &two } };
	gid_t groups[8];

	if (setgroups(3, old))
		return 10;
	if (secure_set_ids(&c)) {
		printf("# %s\n", err_text());
		return 1;
	}
	if (getuid() != 123 || geteuid() != 123 || getgid() != 456 || getegid() != 456)
		return 2;
	if (getgroups(8, groups) != 2 || groups[0] != 1000 || groups[1] != 1001)
		return 3;
	return setuid(0) ? 0 : 4;
}

static int child_groups(void)
{
	static const gid_t old[] = { 4, 5, 6 };
	struct conf c = { 0 };

	return setgroups(3, old) ? 10 : secure_set_ids(&c) || getgroups(0, NULL) ? 1 : 0;
}

static int child_bad_group(void)
{
	static struct conf_item name = { .v = (char *)(uintptr_t)"daemon" };
	struct conf c = { .init_groups = { &name, &name } };

	return secure_set_ids(&c) == -EINVAL && strstr(err_text(), "daemon") ? 0 : 1;
}

static int child_keyring(void)
{
	long before = syscall(SYS_keyctl, 0, -3, 0), after;

	if (secure_keyring())
		return 1;
	after = syscall(SYS_keyctl, 0, -3, 0);
	return before < 0 ? 99 : before == after;
}

int main(void)
{
	setvbuf(stdout, NULL, _IONBF, 0);
	in_child("prlimit values", NULL, child_limits, NULL);
	in_child("what a caller left is reset", NULL, child_reset, NULL);
	in_child("what was seen to be ignored is reset", NULL, child_reset_seen, NULL);
	in_child("no core file by default", NULL, child_core, NULL);
	in_child("no_new_privs", NULL, child_nnp, NULL);
	in_child("bad group", NULL, child_bad_group, NULL);
	in_child("session keyring", NULL, child_keyring, "no keys here");
	if (geteuid()) {
		printf("skip secure: ids: not root\nskip secure: supplementary groups: not root\n");
	} else {
		in_child("ids", NULL, child_ids, NULL);
		in_child("supplementary groups", NULL, child_groups, NULL);
	}
	return unit_status();
}
