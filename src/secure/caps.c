/* SPDX-License-Identifier: MIT */
/* owns the capability sets of a process that becomes a container's */
/* never reads a path: /proc may be the container's own tree by the time the sets change */
#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "secure/internal.h"

#define CAP_BIT(n) ((cap_set)1 << (n))

/* The last capability that the kernel knows; -1 before caps_init. */
static int last_cap = -1;

/* Nothing is to be changed: the library, which would look at /proc first, is left out. */
static bool is_kept;

/* 1, 0 or -1 with errno EINVAL for a capability that the kernel does not know. */
static int in_bounding_set(int cap)
{
	return prctl(PR_CAPBSET_READ, cap, 0, 0, 0);
}

static cap_set known_set(void)
{
	return last_cap >= 63 ? ~(cap_set)0 : CAP_BIT(last_cap + 1) - 1;
}

/* By halves; the kernel's own word for what it does not know is EINVAL. */
static int search_last(void)
{
	int low = 0, high = 64;	/* low is known, high is not */

	while (high - low > 1) {
		int middle = (low + high) / 2;

		if (in_bounding_set(middle) >= 0)
			low = middle;
		else if (errno == EINVAL)
			high = middle;
		else
			return err_sys("cannot read the capability bounding set");
	}
	return low;
}

int caps_init(void)
{
	char buf[16];
	uint64_t n;

	/* Linux 3.2. A number too low would leave capabilities above it where they are. */
	if (fd_read_file(-1, "/proc/sys/kernel/cap_last_cap", buf, sizeof(buf)) > 0 &&
	    !str_to_u64(str_trim(buf), 63, &n))
		last_cap = (int)n;
	else
		last_cap = search_last();
	if (last_cap < 0)
		return last_cap;
	if (in_bounding_set(last_cap) < 0)
		return err_sys("cannot read the capability bounding set");
	if (last_cap < 63 && in_bounding_set(last_cap + 1) >= 0)
		return err_set(EPERM, "the kernel has more capabilities than it says");
	return 0;
}

/* For messages: its name, or its number where this program is older than the kernel. */
static const char *shown_cap(int cap)
{
	static char number[4];
	const char *name = cap_name(cap);

	if (name)
		return name;
	str_format(number, sizeof(number), "%d", cap);
	return number;
}

/* Those of the set that are in the bounding set, or that the kernel does not deny to be in it. */
static cap_set bounded(cap_set of)
{
	cap_set set = 0;
	int cap;

	for (cap = 0; cap <= last_cap; cap++)
		if (of & CAP_BIT(cap) && in_bounding_set(cap) != 0)
			set |= CAP_BIT(cap);
	return set;
}

/* The capability of an item of lxc.cap.WHAT, or -EINVAL with the item's place in err. */
static int item_cap(const struct conf_item *it, const char *what)
{
	char at[ORIGIN_MAX];
	int cap = cap_number(it->v);

	if (cap < 0)
		return err_set(EINVAL, "%slxc.cap.%s: unknown capability '%s'",
			       origin_text(it->at, at), what, it->v);
	return cap;
}

static int keep_set(const struct conf *c, cap_set have, cap_set *set)
{
	const struct conf_item *it;
	char at[ORIGIN_MAX];
	int cap;

	*set = 0;
	for (it = c->cap_keep.first; it; it = it->next) {
		if (str_eq(it->v, "none")) {
			*set = 0;
			continue;
		}
		cap = item_cap(it, "keep");
		if (cap < 0)
			return cap;
		/*
		 * A file may serve several kernels; what this one does not know, it grants to
		 * nobody.
		 */
		if (cap > last_cap) {
			log_warn("%slxc.cap.keep: this kernel has no '%s'",
				 origin_text(it->at, at), it->v);
			continue;
		}
		if (!(have & CAP_BIT(cap)))
			return err_set(EPERM, "%slxc.cap.keep: '%s' is not in our own bounding set",
				       origin_text(it->at, at), it->v);
		*set |= CAP_BIT(cap);
	}
	return 0;
}

/* The library looks at /proc when it is first used: now, while it is the host's, or not at all. */
static void prepare_change(const struct conf *c, cap_set have, cap_set wanted)
{
	is_kept = look_is_full() && wanted == have && !c->init_uid.v;
	if (CFG_LIBCAP_NG && !is_kept)
		capng_clear(CAPNG_SELECT_BOTH);
}

int caps_wanted(const struct conf *c, cap_set *set)
{
	const struct conf_item *it;
	cap_set have;
	int cap, ret = 0;

	if (last_cap < 0)
		return err_set(EINVAL, "capabilities: caps_init was not called");
	if (!look_bounding(&have))
		have = bounded(known_set());
	/* Before 3.17 /proc shows bits that are none. */
	have &= known_set();
	*set = have;
	if (c->cap_keep.first)
		ret = keep_set(c, have, set);
	for (it = c->cap_keep.first ? NULL : c->cap_drop.first; it; it = it->next) {
		cap = item_cap(it, "drop");
		if (cap < 0)
			return cap;
		*set &= ~CAP_BIT(cap);
	}
	if (!ret)
		prepare_change(c, have, *set);
	return ret;
}

bool caps_keep(const struct conf *c, int cap)
{
	const struct conf_item *it;
	bool kept = !c->cap_keep.first;

	for (it = kept ? c->cap_drop.first : c->cap_keep.first; it; it = it->next) {
		if (str_eq(it->v, "none"))
			kept = false;
		else if (cap_number(it->v) == cap)
			kept = c->cap_keep.first;
	}
	return kept;
}

/*
 * By prctl and not by the library, which reads /proc/PID/status on the way: below a hostile root
 * that name may be a fifo that never answers.
 */
static int drop_bounding(cap_set wanted)
{
	int cap;

	for (cap = 0; cap <= last_cap; cap++) {
		if (wanted & CAP_BIT(cap) || in_bounding_set(cap) == 0)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			return err_sys("cannot drop capability '%s'", shown_cap(cap));
	}
	return 0;
}

static int set_by_call(cap_set set)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const uint32_t low = (uint32_t)set, high = (uint32_t)(set >> 32);
	struct __user_cap_data_struct data[2] = {
		{ .effective = low, .permitted = low }, { .effective = high, .permitted = high },
	};

	return syscall(SYS_capset, &head, data) ? err_sys("cannot set capabilities") : 0;
}

static int set_by_library(cap_set set)
{
	const capng_type_t both = CAPNG_EFFECTIVE | CAPNG_PERMITTED;
	int cap;

	capng_clear(CAPNG_SELECT_CAPS);
	/*
	 * 0 is the caller: the library holds the number of the process that called it first,
	 * before the clone.
	 */
	capng_setpid(0);
	for (cap = 0; cap <= last_cap; cap++)
		if (set & CAP_BIT(cap) && capng_update(CAPNG_ADD, both, (unsigned int)cap))
			return err_set(EINVAL, "cannot prepare capability '%s'", shown_cap(cap));
	if (capng_apply(CAPNG_SELECT_CAPS))
		return err_sys("cannot set capabilities");
	return 0;
}

/*
 * Permitted and effective set become set, the inheritable one empty; with it the kernel empties
 * the ambient one.
 */
static int set_caps(cap_set set)
{
	return CFG_LIBCAP_NG && !is_kept ? set_by_library(set) : set_by_call(set);
}

static cap_set joined(uint32_t low, uint32_t high)
{
	return ((cap_set)high << 32 | low) & known_set();
}

/* Permitted, effective and inheritable set of this process. */
static int get_caps(cap_set *permitted, cap_set *effective, cap_set *inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { 0 } };

	if (syscall(SYS_capget, &head, data))
		return err_sys("cannot read capabilities");
	*permitted = joined(data[0].permitted, data[1].permitted);
	*effective = joined(data[0].effective, data[1].effective);
	*inheritable = joined(data[0].inheritable, data[1].inheritable);
	return 0;
}

static int differs(const char *which, cap_set is, cap_set should)
{
	return err_set(EPERM, "%s capabilities are %llx instead of %llx", which,
		(unsigned long long)is, (unsigned long long)should);
}

static int read_back(cap_set bounding, cap_set own)
{
	/* Nothing is ever added to a bounding set: those that were to go are asked for. */
	cap_set now = bounding | bounded(known_set() & ~bounding);
	cap_set permitted, effective, inheritable;
	int ret = get_caps(&permitted, &effective, &inheritable);

	if (ret)
		return ret;
	if (now != bounding)
		return differs("bounding", now, bounding);
	if (permitted != own)
		return differs("permitted", permitted, own);
	if (effective != own)
		return differs("effective", effective, own);
	return inheritable ? differs("inheritable", inheritable, 0) : 0;
}

/*
 * secure_set_ids of a uid other than 0 leaves the effective set empty and the permitted one full.
 * CAP_SETPCAP is needed once more. What a caller set in its securebits (NOROOT, NO_SETUID_FIXUP)
 * is not the container's either.
 */
static int gather(cap_set *permitted, cap_set *inheritable)
{
	cap_set effective;
	int ret = get_caps(permitted, &effective, inheritable);

	if (!ret && effective != *permitted)
		ret = set_caps(*permitted);
	if (ret)
		return ret;
	if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) && prctl(PR_SET_SECUREBITS, 0, 0, 0, 0))
		return err_sys("cannot reset securebits");
	return 0;
}

int caps_raise(void)
{
	cap_set permitted, inheritable;

	return gather(&permitted, &inheritable);
}

int caps_apply(cap_set wanted)
{
	cap_set permitted, inheritable, own;
	int ret;

	if (last_cap < 0)
		return err_set(EINVAL, "capabilities: caps_init was not called");
	ret = gather(&permitted, &inheritable);
	if (!ret)
		ret = drop_bounding(wanted);
	if (ret)
		return ret;
	/*
	 * An exec would take them from any other uid, as it has neither ambient nor inheritable
	 * ones.
	 */
	own = geteuid() ? 0 : wanted;
	if (own & ~permitted)
		return differs("our own permitted", permitted, permitted | own);
	/* Where nothing is dropped they are so already. */
	ret = permitted == own && !inheritable ? 0 : set_caps(own);
	return ret ? ret : read_back(wanted, own);
}

/*
 * What sets up a container and undoes it: mounts, nodes, interfaces, cgroups, ids, limits, and
 * signals to processes of any user. Besides these a further life needs what the container keeps.
 */
#define SETUP_CAPS \
	(CAP_BIT(CAP_CHOWN) | CAP_BIT(CAP_DAC_OVERRIDE) | CAP_BIT(CAP_DAC_READ_SEARCH) | \
	 CAP_BIT(CAP_FOWNER) | CAP_BIT(CAP_FSETID) | CAP_BIT(CAP_KILL) | CAP_BIT(CAP_SETGID) | \
	 CAP_BIT(CAP_SETUID) | CAP_BIT(CAP_SETPCAP) | CAP_BIT(CAP_NET_ADMIN) | \
	 CAP_BIT(CAP_SYS_CHROOT) | CAP_BIT(CAP_SYS_PTRACE) | CAP_BIT(CAP_SYS_ADMIN) | \
	 CAP_BIT(CAP_SYS_NICE) | CAP_BIT(CAP_SYS_RESOURCE) | CAP_BIT(CAP_MKNOD) | \
	 CAP_BIT(CAP_SETFCAP))

int caps_lessen(const struct conf *c)
{
	cap_set keep, permitted, inheritable;
	int ret;

	if (geteuid())
		return 0;
	secure_look();
	ret = last_cap < 0 ? caps_init() : 0;
	if (!ret)
		ret = caps_wanted(c, &keep);
	if (ret)
		return ret;
	keep |= SETUP_CAPS;
	if (c->time_boot.v || c->time_monotonic.v)
		keep |= CAP_BIT(CAP_SYS_TIME);
	/* lxc.proc.loginuid */
	if (c->proc.first)
		keep |= CAP_BIT(CAP_AUDIT_CONTROL);
	ret = gather(&permitted, &inheritable);
	if (ret)
		return ret;
	/* What a sandbox round us has taken stays away. */
	keep &= permitted;
	if (keep == permitted && !inheritable)
		return 0;
	ret = drop_bounding(keep);
	if (!ret)
		ret = set_by_call(keep);
	return ret ? ret : read_back(keep, keep);
}
