/* SPDX-License-Identifier: MIT */
//link: cgroup/layout.c cgroup/cgroup.c cgroup/inner.c cgroup/v1.c cgroup/v2.c cgroup/rules.c cgroup/devices.c
//link: cgroup/bpf.c conf/device_rule.c lib/fd.c lib/log.c lib/path.c lib/sys.c lib/str.c lib/err.c
/* owns the fuzzing of what /proc says of mounts and cgroups, with whatever names others gave to them */
/* never looks at the machine's own cgroups */
/* Input: /proc/self/cgroup, a form feed, /proc/self/mountinfo. */
#include <errno.h>

#include "cgroup/cgroup.h"
#include "cgroup/internal.h"
#include "cgroup_test.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = fuzz_copy(data, n), *mounts = strchr(text, '\f'), *own, *self;
	struct cgroup_layout l;
	unsigned int i, j;

	if (mounts)
		*mounts++ = '\0';
	/* Each an allocation of its own, so that a read beyond one is seen. */
	own = str_dup(mounts ? mounts : "");
	self = str_dup(text);
	claim(own && self);
	if (!cgroup_layout_parse(&l, own, self)) {
		claim(!err_is_set() && l.n <= CGROUP_HIER_MAX);
		for (i = 0; i < l.n; i++) {
			const struct cgroup_hier *h = &l.h[i];

			claim(h->mount && h->root && h->base && h->controllers);
			claim(*h->base != '/' && *h->root != '/');
			/* Above the mount nothing is ours. */
			claim(strncmp(h->base, "../", 3));
			for (j = 0; j < i; j++)
				claim(l.h[j].controllers != h->controllers);
		}
		cgroup_find(&l, "devices", 7);
		cgroup_find_v2(&l);
	} else {
		claim(err_is_set() && !l.n);
	}
	claim_printable(err_text(), false);
	cgroup_layout_free(&l);
	err_clear();
	free(own);
	free(self);
	free(text);
	return 0;
}
