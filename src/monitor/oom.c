/* SPDX-License-Identifier: MIT */
/* owns telling that processes of a container died for lack of memory */
/* never sleeps, never allocates */
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/sys.h"
#include "monitor/internal.h"

/*
 * v1 tells before it kills, and counts afterwards; v2 tells of each page that was not to be had. So
 * the counter is looked at so much later, and meanwhile nothing is heard.
 */
#define SETTLE_MS 100

void oom_open(struct monitor *m)
{
	m->oom = cgroup_oom_watch(&m->start->layout, m->start->cgroup_dir);
	if (m->oom < 0)
		log_info("lack of memory will not be told: no memory controller");
	m->oom_at = 0;
	m->oom_events = m->oom_seen = 0;
}

static void look(struct monitor *m)
{
	int n = cgroup_oom_kills(&m->start->layout, m->start->cgroup_dir);

	m->oom_at = 0;
	/* A kernel before 4.13 does not count: each time is one. */
	if (n < 0)
		n = m->oom_events;
	if (n <= m->oom_seen) {
		log_info("short of memory");
		return;
	}
	m->more.oom_kills += n - m->oom_seen;
	m->oom_seen = n;
	log_warn("lack of memory: %d processes killed since the start", m->more.oom_kills);
	news_tell(&m->dir, NEWS_OOM, m->more.oom_kills);
}

void oom_step(struct monitor *m, bool is_told)
{
	char events[512];

	if (is_told) {
		while (read(m->oom, events, sizeof(events)) > 0)
			;
		m->oom_events++;
		m->oom_at = sys_now_ms() + SETTLE_MS;
	} else if (m->oom_at && sys_now_ms() >= m->oom_at) {
		look(m);
	}
}

void oom_close(struct monitor *m)
{
	int n = m->oom < 0 ? 0 : cgroup_oom_kills(&m->start->layout, m->start->cgroup_dir);

	/* It may be the first process; or the whole machine had none, of which v1 tells nobody. */
	if (m->oom >= 0 && (m->oom_at || n > m->oom_seen))
		look(m);
	fd_close(&m->oom);
	m->oom_at = 0;
}
