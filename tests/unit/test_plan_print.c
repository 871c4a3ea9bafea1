/* SPDX-License-Identifier: MIT */
//link: container/plan_print.c conf/each.c conf/lex.c conf/keys.c conf/problem.c conf/value.c
//link: conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c conf/device_rule.c conf/mount_spec.c conf/conf.c
//link: conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/json.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns the test that lxc-start --plan has a place for a line of every key */
/* never plans anything: that is tests/run/64-plan.sh */
#include <stdio.h>
#include <string.h>

#include "conf/parse.h"
#include "container/container.h"
#include "lib/str.h"

const char *plan_side_name(enum step_side side)
{
	(void)side;
	return "";
}

int main(void)
{
	const struct key *k;
	int failed = 0;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++) {
		const char *rest = str_after(key_name(k), "net.N.");
		char key[80];

		str_format(key, sizeof(key), "lxc.%s%s", rest ? "net.12." : "",
			   rest ? rest : key_name(k));
		/* What keeps nothing has no line to be told of but an include. */
		if (!k->is_built || !*key_name(k) ||
		    (k->shape == SHAPE_NONE && !str_eq(key_name(k), "include")))
			continue;
		if (plan_step_of(key))
			continue;
		printf("not ok plan-step-of-%s: no row of owners[] in plan_print.c\n", key);
		failed = 1;
	}
	if (plan_step_of("lxc.nothing") || plan_step_of("other"))
		failed = 1;
	printf("%s plan-step-of-every-key%s\n", failed ? "not ok" : "ok", failed ? ": see above" : "");
	return failed;
}
