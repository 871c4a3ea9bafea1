/* SPDX-License-Identifier: MIT */
/*
 * owns what a process inherits from its caller besides capabilities: ids, signals, priorities,
 * keyring
 */
/* never leaves a setting of the caller's that it could not reset, unless the caller loses by it */
#include <errno.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "secure/internal.h"

#define GROUPS_MAX 64

int secure_no_new_privs(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys("cannot set no_new_privs");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return err_set(EPERM, "no_new_privs is not set");
	return 0;
}

/* True as well when it is not known. */
static bool may_be_ignored(int sig)
{
	const char *ignored = look_ignored();
	size_t n = strlen(ignored), digit = (size_t)(sig - 1) / 4;
	unsigned int bits;

	if (digit >= n)
		return !n;
	bits = (unsigned char)ignored[n - 1 - digit];
	bits = bits <= '9' ? bits - '0' : bits - 'a' + 10;
	return bits >> (sig - 1) % 4 & 1;
}

/*
 * Past the libc, which keeps some signals to itself (musl: 32 to 34) and would leave them
 * ignored. A structure of zeros is SIG_DFL with no flags in the layout of every architecture.
 * Handlers need no care: no caller's has outlived our own exec, and there are none of ours.
 */
static int reset_signals(void)
{
	static const long zeros[20];
	sigset_t none;
	int sig;

	for (sig = 1; sig <= SIGNAL_MAX; sig++)
		if (may_be_ignored(sig) &&
		    syscall(SYS_rt_sigaction, sig, zeros, NULL, _NSIG / 8) && errno != EINVAL)
			return err_sys("cannot reset signal %d", sig);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL))
		return err_sys("cannot unblock signals");
	return 0;
}

/*
 * An advantage of the caller's must go; getting rid of a handicap may need a privilege that an
 * ordinary user lacks.
 */
static int reset_priority(void)
{
	static const struct sched_param plain;
	unsigned long cpus[32];
	int nice_value;

	if (syscall(SYS_sched_getscheduler, 0) != SCHED_OTHER &&
	    syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &plain))
		return err_sys("cannot reset the scheduling policy");
	errno = 0;
	nice_value = getpriority(PRIO_PROCESS, 0);
	if (nice_value && setpriority(PRIO_PROCESS, 0, 0)) {
		if (nice_value < 0)
			return err_sys("cannot reset the nice value");
		log_info("nice value stays %d: %s", nice_value, err_words(errno));
	}
	/* The cpuset of the cgroup is what counts; a mask of the caller's is not. */
	memset(cpus, 0xff, sizeof(cpus));
	if (syscall(SYS_sched_setaffinity, 0, sizeof(cpus), cpus) && errno != ENOSYS)
		return err_sys("cannot reset the CPU affinity");
	/* 1: a process, 0: this one, 0: no class of its own, it follows the nice value. */
	if (syscall(SYS_ioprio_set, 1, 0, 0) && errno != ENOSYS)
		return err_sys("cannot reset the I/O priority");
	return 0;
}

int secure_reset_process(void)
{
	int ret = reset_signals();

	if (!ret)
		ret = reset_priority();
	if (ret)
		return ret;
	umask(022);
	/* Nanoseconds, as the kernel's first process has it; of use, not a right: may fail. */
	prctl(PR_SET_TIMERSLACK, 50000);
	if (personality(PER_LINUX) < 0)
		return err_sys("cannot reset the personality");
	return 0;
}

int secure_set_arch(const struct conf *c)
{
	char at[ORIGIN_MAX];
	int persona = c->arch.v ? conf_arch_persona(c->arch.v) : PER_LINUX;

	if (persona < 0)
		return err_set(EINVAL, "%slxc.arch: unknown architecture '%s'",
			       origin_text(c->arch.at, at), c->arch.v);
	/* A 32-bit kernel has nothing to pretend. */
	if (persona == PER_LINUX || sizeof(long) == 4)
		return 0;
	if (personality((unsigned long)persona) < 0)
		return err_sys("%slxc.arch: this kernel has no '%s'",
			       origin_text(c->arch.at, at), c->arch.v);
	return 0;
}

static bool groups_are_kept;

void secure_keep_groups(void)
{
	groups_are_kept = true;
}

static int set_groups(const struct conf_list *list)
{
	gid_t groups[GROUPS_MAX], now[GROUPS_MAX];
	const struct conf_item *it;
	char at[ORIGIN_MAX];
	int n = 0, have = getgroups(0, NULL), ret;
	uint64_t gid;

	for (it = list->first; it; it = it->next) {
		if (n == GROUPS_MAX)
			return err_set(E2BIG, "%slxc.init.groups: more than %d groups",
				       origin_text(it->at, at), GROUPS_MAX);
		if (str_to_u64(it->v, UINT32_MAX - 1, &gid))
			return err_set(EINVAL, "%slxc.init.groups: bad group '%s'",
				       origin_text(it->at, at), it->v);
		groups[n++] = (gid_t)gid;
	}
	if (!n && (!have || (CFG_IDMAP && groups_are_kept)))
		return 0;
	ret = sys_set_groups((unsigned int)n, groups);
	if (ret)
		return err_code(ret, "cannot set supplementary groups");
	if (getgroups(GROUPS_MAX, now) != n)
		return err_set(EPERM, "supplementary groups are not as set");
	return 0;
}

static bool has_ids(uid_t uid, gid_t gid)
{
	uid_t u[3];
	gid_t g[3];

	return !getresuid(&u[0], &u[1], &u[2]) && u[0] == uid && u[1] == uid && u[2] == uid &&
	       !getresgid(&g[0], &g[1], &g[2]) && g[0] == gid && g[1] == gid && g[2] == gid;
}

int secure_set_ids(const struct conf *c)
{
	uid_t uid = (uid_t)c->init_uid.v;
	gid_t gid = (gid_t)c->init_gid.v;
	int ret = set_groups(&c->init_groups);

	if (ret)
		return ret;
	if (has_ids(uid, gid))
		return 0;
	ret = sys_set_gid(gid);
	if (ret)
		return err_code(ret, "cannot set the group id %u", gid);
	/*
	 * The bounding set is still to be dropped, which takes CAP_SETPCAP: see caps_apply. An
	 * exec ends it.
	 */
	if (uid && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		return err_sys("cannot keep capabilities");
	ret = sys_set_uid(uid);
	if (ret)
		return err_code(ret, "cannot set the user id %u", uid);
	if (!has_ids(uid, gid))
		return err_set(EPERM, "user and group are not %u and %u", uid, gid);
	return 0;
}

int secure_keyring(void)
{
	int err;

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	err = errno;
	errno = 0;
	/*
	 * A kernel without keys, or a sandbox around us that denies every call on them: then none
	 * of the caller's can be reached either.
	 */
	syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
	if ((err == ENOSYS || err == EPERM) && errno == err)
		return 0;
	return err_code(err, "cannot make a session keyring");
}
