/* SPDX-License-Identifier: MIT */
/* owns the state of a container: which event leads where, and who is told */
/* never waits for those who are told */
#include <errno.h>

#include "lib/log.h"
#include "lib/str.h"
#include "monitor/internal.h"

static const char *const names[] = {
#define STATE(name, ...) #name,
#include "monitor/states.def"
#undef STATE
};

#define STATE(name, begins, runs, freezes, froze, thaws, fails, ends, gone)              \
	[STATE_##name] = { STATE_##begins, STATE_##runs,  STATE_##freezes, STATE_##froze, \
			   STATE_##thaws,  STATE_##fails, STATE_##ends,    STATE_##gone },
static const uint8_t next[STATE_COUNT][EVENT_COUNT] = {
#include "monitor/states.def"
};
#undef STATE

const char *state_name(enum state s)
{
	return s < STATE_COUNT ? names[s] : "?";
}

int state_parse(const char *name)
{
	unsigned int s;

	for (s = 0; s < STATE_COUNT; s++)
		if (str_eq(name, names[s]))
			return (int)s;
	return -EINVAL;
}

void monitor_event(struct monitor *m, enum event e)
{
	enum state to;

	while ((to = next[m->state][e]) != STATE_KEEP) {
		log_info("state %s", state_name(to));
		m->state = to;
		server_tell(m);
		if (CFG_STATE_NEWS)
			news_tell(&m->dir, NEWS_STATE, (int)to);
	}
}

void monitor_look(struct monitor *m)
{
	static const enum event events[] = { [FREEZER_THAWED] = EVENT_THAWS,
					     [FREEZER_FREEZING] = EVENT_FREEZES,
					     [FREEZER_FROZEN] = EVENT_FROZE };
	enum freezer_state s;

	/* Before and after a life its cgroups are somebody else's to freeze. */
	if (m->start->pid <= 0 || m->state == STATE_STARTING ||
	    next[m->state][EVENT_ENDS] != STATE_STOPPING)
		return;
	s = cgroup_freezer_state(&m->start->layout, m->start->cgroup_dir);
	if (s != FREEZER_UNKNOWN)
		monitor_event(m, events[s]);
}
