/* SPDX-License-Identifier: MIT */
/* owns whether a container that has ended is started again, and how long that waits */
/* never starts anything: the monitor does */
#include "lib/log.h"
#include "monitor/internal.h"

int policy_next(const struct conf *c, struct restarts *r, int status, int64_t lived_ms)
{
	const char *policy = c->restart_policy.v;
	unsigned int delay = (unsigned int)c->restart_delay.v;

	/* "no", "on-failure", "always": the parser takes nothing else. */
	if (!policy || *policy == 'n' || (*policy == 'o' && !status))
		return -1;
	if (lived_ms >= 0 && lived_ms >= c->restart_stable.v * 1000)
		r->row = 0;
	if (c->restart_max.v && r->row >= c->restart_max.v) {
		log_error("restarted %u times in a row: it stays stopped", r->row);
		return -1;
	}
	if (r->row++)
		delay = r->delay_s * (unsigned int)c->restart_factor.v;
	r->delay_s = delay > c->restart_delay_max.v ? (unsigned int)c->restart_delay_max.v : delay;
	r->total++;
	return (int)r->delay_s * 1000;
}
