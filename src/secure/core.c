/* SPDX-License-Identifier: MIT */
/* owns the core scheduling of a container: no CPU core is shared with others' processes */
/* never takes a cookie for given that the kernel does not show */
#include <errno.h>
#include <sys/prctl.h>

#include "lib/compat.h"
#include "lib/log.h"
#include "secure/secure.h"

/* -errno of prctl; *cookie 0: none. */
static int get_cookie(int pid, unsigned long long *cookie)
{
	*cookie = 0;
	if (prctl(PR_SCHED_CORE, COMPAT_SCHED_CORE_GET, pid, COMPAT_PIDTYPE_PID, cookie))
		return -errno;
	return 0;
}

int secure_sched_core(void)
{
	unsigned long long cookie;

	if (prctl(PR_SCHED_CORE, COMPAT_SCHED_CORE_CREATE, 0, COMPAT_PIDTYPE_TGID, 0)) {
		/* Each CPU is a core: what is asked for is so. */
		if (errno == ENODEV) {
			log_info("core scheduling: the CPUs of this machine share no core");
			return 0;
		}
		if (errno == EINVAL)
			return err_set(EOPNOTSUPP, "this kernel has no core scheduling "
						   "(CONFIG_SCHED_CORE, Linux 5.14)");
		return err_sys("cannot make a cookie for core scheduling");
	}
	if (get_cookie(0, &cookie) || !cookie)
		return err_set(EPERM, "the cookie for core scheduling did not take effect");
	return 0;
}

int secure_share_core(int pid)
{
	unsigned long long cookie, own;
	int ret = get_cookie(pid, &cookie);

	if (ret == -EINVAL || ret == -ENODEV || (!ret && !cookie))
		return 0;
	if (ret)
		return err_code(ret, "cannot read the cookie for core scheduling");
	if (prctl(PR_SCHED_CORE, COMPAT_SCHED_CORE_SHARE_FROM, pid, COMPAT_PIDTYPE_PID, 0))
		return err_sys("cannot share the cookie for core scheduling");
	return !get_cookie(0, &own) && own == cookie ? 0 :
		err_set(EPERM, "the cookie for core scheduling did not take effect");
}
