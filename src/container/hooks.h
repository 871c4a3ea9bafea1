/* SPDX-License-Identifier: MIT */
/*
 * Hooks: commands of the configuration that are run on the way, with LXC's arguments and
 * environment (lxc.container.conf(5), "Hooks" and "Hooks environment variables").
 *
 * A value of plain words is executed as it is; one with anything that a shell acts on is handed to
 * /bin/sh -c, as LXC does with each, so that a container's tree needs a shell only for those.
 * Arguments (lxc.hook.version = 0): NAME, "lxc", the kind; with 1 they are variables only.
 */
#ifndef CONTAINER_HOOKS_H
#define CONTAINER_HOOKS_H

#include "container/container.h"

/*
 * Runs one, waits for its end; what it prints goes to the log. -ECANCELED with err (place, value,
 * exit status, its last line) when it does not end with 0. target: "stop" or "reboot" for those
 * that are run at the end, else NULL.
 */
int hook_run(const struct start *s, const char *kind, const struct conf_item *hook,
	     const char *target) MUST_CHECK;

/*
 * The same for lxc.net.N.script.up and .down (kind): arguments NAME, "net", the kind, and what the
 * words say, which are the type of the interface, the host's interface ("": none) and of a pair
 * the host's end. Variables LXC_NET_TYPE, LXC_NET_PARENT, LXC_NET_PEER are the same.
 */
int hook_run_net(struct start *s, const char *kind, const struct conf_item *hook,
		 char **words) MUST_CHECK;

/*
 * What runs when the first process has ended (lxc.hook.stop) and when the container has stopped
 * (lxc.hook.post-stop): all of them; a failure is logged.
 */
void hooks_after(const struct start *s, const char *kind, const struct conf_list *hooks,
		 const char *target);

/* Whether the child runs some, which may take their time. */
bool hooks_in_child(const struct conf *c);

#endif
