/* SPDX-License-Identifier: MIT */
/*
 * What the container's processes may do: capabilities, no_new_privs, limits, ids. Each setting is
 * read back; a difference refuses the start.
 *
 * Order for a process that becomes the container's (init and attach alike):
 *	by the monitor, through the host's /proc: secure_reset_limits(pid), then secure_prlimit
 *	by the process, before the root changes: secure_look, caps_init, caps_wanted
 *	at any time: secure_reset_process, secure_set_arch, secure_keyring
 *	last, in this order: secure_set_ids, secure_no_new_privs, seccomp_load, caps_apply, exec:
 *	a filter without no_new_privs needs CAP_SYS_ADMIN
 */
#ifndef SECURE_SECURE_H
#define SECURE_SECURE_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

/* A set of capabilities, bit N for capability N. */
typedef uint64_t cap_set;

/*
 * Learns the kernel's last capability (kernel/cap_last_cap, else by PR_CAPBSET_READ) while /proc is
 * the host's: call before the root changes. What it learns survives fork and clone.
 */
int caps_init(void) MUST_CHECK;

/*
 * The bounding set that a configuration leaves: all that this process has but lxc.cap.drop, or
 * only lxc.cap.keep ("none" forgets earlier ones). A capability that this kernel does not know is
 * nobody's (a warning for keep); -EPERM for one to keep that this process cannot pass on.
 */
int caps_wanted(const struct conf *c, cap_set *set) MUST_CHECK;

/* Whether it leaves a capability in it, by its lines alone. */
bool caps_keep(const struct conf *c, int cap);

/*
 * Bounding, permitted, effective and inheritable set of this process become: bounding = wanted,
 * permitted = effective = wanted (for root; empty for any other user, as an exec would have it),
 * inheritable = ambient = empty, securebits = 0. By prctl(2) and libcap-ng, read back by
 * prctl(PR_CAPBSET_READ) and capget(2). Needs CAP_SETPCAP when something is to be dropped.
 * Touches no path.
 */
int caps_apply(cap_set wanted) MUST_CHECK;

/*
 * For a monitor whose container runs: gives up what neither the container, which may be started
 * again, nor its set-up and undo need; as root, else nothing. Read back. With CFG_MONITOR_CAPS.
 */
int caps_lessen(const struct conf *c) MUST_CHECK;

/* PR_SET_NO_NEW_PRIVS, read back. */
int secure_no_new_privs(void) MUST_CHECK;

/*
 * Reads in /proc/self/status which signals are ignored and the bounding set, while /proc is the
 * host's, in the process and the namespaces that it is about: caps_wanted and
 * secure_reset_process need not make a system call for each then. Where it cannot be read, they do.
 */
void secure_look(void);

/*
 * What a caller may have left is replaced by the documented defaults of a container's init: no
 * signal blocked or ignored, umask 022, personality Linux, nice 0, SCHED_OTHER, all CPUs (of the
 * cpuset), no I/O class. A handicap that only a privileged caller may shed stays (logged).
 * Touches no path.
 */
int secure_reset_process(void) MUST_CHECK;

/*
 * The personality that lxc.arch names (PER_LINUX32 on a 64-bit kernel); Linux without it. After
 * secure_reset_process.
 */
int secure_set_arch(const struct conf *c) MUST_CHECK;

/*
 * Resource limits of a process become what the kernel gives its first one: core 0:unlimited,
 * nofile 1024:4096, stack 8 MB:unlimited, msgqueue 819200, nice and rtprio 0, the others
 * unlimited (a hard limit that the caller may not raise stays). nproc, sigpending and memlock,
 * which the kernel derives from the size of the memory, stay. oom_score_adj becomes 0. Before
 * secure_prlimit, by a process that sees the host's /proc. pid 0: this process.
 */
int secure_reset_limits(int pid) MUST_CHECK;

/* This process gets the limits and the oom_score_adj of another. While /proc is the host's. */
int secure_copy_limits(int pid) MUST_CHECK;

/*
 * setgroups, setgid, setuid for lxc.init.uid, gid, groups (numbers only); supplementary groups
 * are dropped in any case. For a user other than root the permitted capabilities stay until
 * caps_apply or exec.
 */
int secure_set_ids(const struct conf *c) MUST_CHECK;

/*
 * The user namespace that this process is in denies setgroups(2): what it has of groups, which the
 * kernel lets it not get rid of, stays. With CFG_IDMAP.
 */
void secure_keep_groups(void);

/*
 * One lxc.prlimit.* item: names without RLIMIT_, lower case; numbers differ on MIPS. pid 0: this
 * process.
 */
int secure_prlimit(const struct conf_item *it, int pid) MUST_CHECK;

/* Whether a descriptor is of procfs: -EPERM with err for anything that only looks like it. */
int secure_check_procfs(int fd) MUST_CHECK;

/*
 * The namespace (CLONE_NEW*) that a setting below /proc/sys belongs to, by the name behind
 * "lxc.sysctl."; 0: it is the host's. fs/proc/proc_sysctl.c, net/sysctl_net.c, ipc/ipc_sysctl.c.
 */
unsigned long secure_sysctl_namespace(const char *name);
/*
 * One lxc.sysctl.* item, read back. By a process that is in the namespaces (the kernel looks at
 * those of who opens and writes), before the container's tree is mounted. With CFG_SYSCTL.
 */
int secure_sysctl(const struct conf_item *it) MUST_CHECK;

/*
 * One lxc.proc.* item of a child that has not been waited for, read back; is_written: only the
 * latter, once it has executed its program. By a process that sees the host's /proc. With
 * CFG_SYSCTL.
 */
int secure_proc_file(const struct conf_item *it, int pid, bool is_written) MUST_CHECK;

/*
 * Core scheduling, prctl(2), 5.14: a cookie of its own for this process and those that it makes.
 * 0 also on a machine whose CPUs share no core. -EOPNOTSUPP with err where the kernel has none.
 */
int secure_sched_core(void) MUST_CHECK;
/* The cookie of another process, when it has one. While pid is what this process calls it. */
int secure_share_core(int pid) MUST_CHECK;

/*
 * A new session keyring without a link to the caller's (KEYCTL_JOIN_SESSION_KEYRING); 0 where the
 * kernel has no keys or a sandbox around us denies every call on them.
 */
int secure_keyring(void) MUST_CHECK;

#endif
