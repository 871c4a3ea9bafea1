/* SPDX-License-Identifier: MIT */
//link: monitor/policy.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns the tests of the restart policy: after which end, after how long, how often */
/* never needs a container */
#include "lib/str.h"
#include "monitor/internal.h"
#define UNIT_PREFIX "policy-"
#include "unit.h"

/* A life: how it ended, how long it was (-1: its start failed), and what the policy says then. */
struct life {
	int status;
	int64_t lived_ms;
	int delay;
};

static void try(const char *name, const struct conf *c, const struct life *lives, unsigned int n)
{
	struct restarts r = { 0 };
	unsigned int i, total = 0;
	char why[64] = "";

	for (i = 0; i < n; i++) {
		int delay = policy_next(c, &r, lives[i].status, lives[i].lived_ms);

		total += delay >= 0;
		if (delay == lives[i].delay && r.total == total)
			continue;
		str_format(why, sizeof(why), "life %u: %d ms, wanted %d", i, delay, lives[i].delay);
		break;
	}
	result(name, !*why, why);
}

#define CHECK(name, c, ...)                                            \
	do {                                                           \
		static const struct life lives_[] = { __VA_ARGS__ };   \
		try(name, c, lives_, ARRAY_SIZE(lives_));            \
	} while (0)

static struct conf policy(const char *word)
{
	return (struct conf){ .restart_policy = { .v = (char *)word },
			      .restart_delay = { .v = 1 },
			      .restart_factor = { .v = 2 },
			      .restart_delay_max = { .v = 60 },
			      .restart_stable = { .v = 60 } };
}

int main(void)
{
	struct conf c = policy(NULL);

	CHECK("none", &c, { 1, 100, -1 }, { -1, -1, -1 }, { 0, 100, -1 });
	c = policy("no");
	CHECK("no", &c, { 1, 100, -1 }, { -1, -1, -1 });
	c = policy("on-failure");
	CHECK("on-failure", &c, { 0, 100, -1 }, { 1, 100, 1000 }, { 137, 100, 2000 },
	      { -1, -1, 4000 }, { 0, 100000, -1 });
	c = policy("always");
	CHECK("always", &c, { 0, 100, 1000 }, { 0, 59999, 2000 }, { 0, 60000, 1000 },
	      { 1, 1, 2000 }, { -1, -1, 4000 }, { 1, 1, 8000 }, { 1, 1, 16000 }, { 1, 1, 32000 },
	      { 1, 1, 60000 }, { 1, 1, 60000 }, { 1, 1LL << 40, 1000 });
	/* A failed start is not stable, even if nothing need be. */
	c.restart_stable.v = 0;
	CHECK("stable-at-once", &c, { 1, 0, 1000 }, { 1, 0, 1000 }, { -1, -1, 2000 },
	      { -1, -1, 4000 }, { 1, 0, 1000 });
	c = policy("always");
	c.restart_max.v = 2;
	CHECK("max", &c, { 1, 0, 1000 }, { 1, 0, 2000 }, { 1, 0, -1 }, { 1, 0, -1 },
	      { 1, 60000, 1000 });
	c.restart_max.v = 0;
	c.restart_factor.v = 100;
	c.restart_delay.v = c.restart_delay_max.v = 86400;
	CHECK("greatest", &c, { 1, 0, 86400000 }, { 1, 0, 86400000 }, { 1, 0, 86400000 });
	c.restart_delay_max.v = 0;
	CHECK("at-once", &c, { 1, 0, 0 }, { 1, 0, 0 });
	return unit_status();
}
