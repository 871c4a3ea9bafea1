/* SPDX-License-Identifier: MIT */
/* Without what threads and abort need. */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "ksigaction.h"
#include "syscall.h"

int __libc_sigaction(int sig, const struct sigaction *restrict sa, struct sigaction *restrict old)
{
	struct k_sigaction new, was;
	int ret;

	if (sa) {
		new.handler = sa->sa_handler;
		new.flags = sa->sa_flags | SA_RESTORER;
		new.restorer = sa->sa_flags & SA_SIGINFO ? __restore_rt : __restore;
		memcpy(&new.mask, &sa->sa_mask, _NSIG / 8);
	}
	ret = __syscall(SYS_rt_sigaction, sig, sa ? &new : 0, old ? &was : 0, _NSIG / 8);
	if (old && !ret) {
		old->sa_handler = was.handler;
		old->sa_flags = was.flags;
		memcpy(&old->sa_mask, &was.mask, _NSIG / 8);
	}
	return __syscall_ret(ret);
}

weak_alias(__libc_sigaction, __sigaction);
weak_alias(__libc_sigaction, sigaction);
