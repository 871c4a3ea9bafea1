/* SPDX-License-Identifier: MIT */
/* owns the rows of the step table that write kernel settings: lxc.sysctl and lxc.proc */
/* never writes one that is the host's */
#include <errno.h>

#include "container/settings.h"
#include "container/steps.h"
#include "lib/compat.h"
#include "lib/str.h"
#include "lib/sys.h"

static int plan_items(struct plan *p, const struct step_kind *k, const struct conf_list *l)
{
	const struct conf_item *it;

	for (it = l->first; it; it = it->next) {
		struct step *step = plan_add(p, k, it->at, PLAN_TEXT("%s = %s", it->key, it->v));

		if (!step)
			return -ENOMEM;
		step->item = it;
	}
	return 0;
}

/* ---- sysctl: by the child in its namespaces, before anything of the container is mounted ---- */

int plan_sysctl(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return plan_items(p, k, &s->conf->sysctl);
}

int act_sysctl(struct start *s, const struct step *step)
{
	return secure_sysctl(step->item);
}

int settings_check(const struct conf *c, unsigned long own, struct origin *at, const char **key)
{
	const struct conf_item *it;

	*key = "lxc.sysctl";
	for (it = c->sysctl.first; it; it = it->next) {
		unsigned long flag = secure_sysctl_namespace(it->key);

		*at = it->at;
		if (!flag)
			return err_set(EPERM,
				       "'%s' is the host's: only what a namespace has of its own is "
				       "set (net.*, fs.mqueue.*, kernel.domainname, kernel.hostname, "
				       "kernel.msg*, kernel.sem, kernel.shm*, user.*)",
				       it->key);
		if (!(own & flag))
			return err_set(EPERM, "'%s' would change another's: the container has no %s "
				       "namespace of its own", it->key, namespace_of_flag(flag));
	}
	return 0;
}

/* ---- proc: by the monitor, when nothing else of the process will be set from outside ---- */

int plan_proc(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return plan_items(p, k, &s->conf->proc);
}

int act_proc(struct start *s, const struct step *step)
{
	return secure_proc_file(step->item, s->pid, false);
}

int settings_verify(const struct conf *c, int pid)
{
	const struct conf_item *it;
	uint64_t ticks;
	int ret = 0;

	for (it = c->proc.first; !ret && it; it = it->next)
		ret = secure_proc_file(it, pid, true);
	/* One that has ended has no files any more. */
	if (ret && sys_pid_start(pid, &ticks) == -ESRCH) {
		err_clear();
		ret = 0;
	}
	return ret;
}
