/* SPDX-License-Identifier: MIT */
/*
 * What the container's processes may do: capabilities, no_new_privs, limits, ids. Each setting is read back; a difference refuses
 * the start.
 *
 * Order in a process that becomes the container's (init and attach alike):
 *	before the root changes: caps_init, caps_wanted, secure_reset_process (reads the host's /proc), secure_keyring
 *	then lxc.prlimit (secure_prlimit), and last, in this order: secure_set_ids, secure_no_new_privs, caps_apply, exec.
 * A seccomp filter without no_new_privs needs CAP_SYS_ADMIN and is loaded before caps_apply.
 */
#ifndef SECURE_SECURE_H
#define SECURE_SECURE_H

#include <stdint.h>

#include "conf/conf.h"

/* A set of capabilities, bit N for capability N. */
typedef uint64_t cap_set;

/* Number of a capability by name (without CAP_, any case) or decimal number; -EINVAL with err. "none" is the caller's. */
int caps_parse(const char *name) MUST_CHECK;
/* The name in lower case, without CAP_; "?" for a number that has none. */
const char *caps_name(int cap);

/*
 * Asks the kernel for its last capability (PR_CAPBSET_READ), and lets libcap-ng look at /proc while that is the host's: call
 * before the root changes. What it learns survives fork and clone.
 */
int caps_init(void) MUST_CHECK;

/*
 * The bounding set that a configuration leaves: all that this process has but lxc.cap.drop, or only lxc.cap.keep ("none"
 * forgets earlier ones). A capability that this kernel does not know is nobody's (a warning for keep); -EPERM for one to keep that
 * this process cannot pass on.
 */
int caps_wanted(const struct conf *c, cap_set *set) MUST_CHECK;

/*
 * Bounding, permitted, effective and inheritable set of this process become: bounding = wanted, permitted = effective = wanted (for
 * root; empty for any other user, as an exec would have it), inheritable = ambient = empty, securebits = 0. By prctl(2) and libcap-ng,
 * read back by prctl(PR_CAPBSET_READ) and capget(2). Needs CAP_SETPCAP when something is to be dropped. Touches no path.
 */
int caps_apply(cap_set wanted) MUST_CHECK;

/* PR_SET_NO_NEW_PRIVS, read back. */
int secure_no_new_privs(void) MUST_CHECK;

/*
 * What a caller may have left is replaced by the documented defaults of a container's init: no signal blocked or ignored, umask
 * 022, personality Linux, nice 0, SCHED_OTHER, all CPUs (of the cpuset), no I/O class, oom_score_adj 0, limits as secure_reset_limits.
 * Needs the host's /proc. Handicaps that only a privileged caller may shed stay (logged).
 */
int secure_reset_process(void) MUST_CHECK;

/*
 * Resource limits become what the kernel gives its first process: core 0:unlimited, nofile 1024:4096, stack 8 MB:unlimited,
 * msgqueue 819200, nice and rtprio 0, the others unlimited. nproc, sigpending and memlock, which the kernel derives from
 * the size of the memory, stay.
 */
int secure_reset_limits(void) MUST_CHECK;

/*
 * setgroups, setgid, setuid for lxc.init.uid, gid, groups (numbers only); supplementary groups are dropped in any case. For a user
 * other than root the permitted capabilities stay until caps_apply or exec.
 */
int secure_set_ids(const struct conf *c) MUST_CHECK;

/* One lxc.prlimit.* item: names without RLIMIT_, lower case; numbers differ on MIPS. pid 0: this process. */
int secure_prlimit(const struct conf_item *it, int pid) MUST_CHECK;

/*
 * A new session keyring without a link to the caller's (KEYCTL_JOIN_SESSION_KEYRING); 0 where the kernel has no keys or a
 * sandbox around us denies every call on them.
 */
int secure_keyring(void) MUST_CHECK;

#endif
