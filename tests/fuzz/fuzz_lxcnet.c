/* SPDX-License-Identifier: MIT */
//link: conf/lxcnet.c conf/shell.c conf/lex.c conf/keys.c conf/value.c conf/problem.c conf/types.c conf/types_secure.c
//link: conf/types_net.c conf/forward.c conf/names.c conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c
//link: conf/idmap.c conf/write.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns the fuzzing of the file of the host's bridge */
/* never makes a bridge */
#include <arpa/inet.h>

#include "conf/lxcnet.h"
#include "fuzz.h"
#include "lib/str.h"

/* What goes on as a line of a file, as an argument or to the kernel. */
static void look_at(const struct lxcnet *l)
{
	unsigned char ip[16];
	unsigned int i;

	for (i = 0; i < LXCNET_COUNT; i++)
		if (i != LXCNET_DHCP_CONFILE)
			claim_printable(lxcnet_value(l, i), false);
	claim(*lxcnet_value(l, LXCNET_BRIDGE) && strlen(lxcnet_value(l, LXCNET_BRIDGE)) < 16);
	claim(!*lxcnet_value(l, LXCNET_ADDR) || inet_pton(AF_INET, lxcnet_value(l, LXCNET_ADDR), ip) == 1);
	claim(!*lxcnet_value(l, LXCNET_IPV6_ADDR) || *lxcnet_value(l, LXCNET_IPV6_MASK));
	claim(l->prefix <= 32);
	claim(!*l->network || strchr(l->network, '/'));
	claim(!*lxcnet_value(l, LXCNET_DHCP_RANGE) || strchr(lxcnet_value(l, LXCNET_DHCP_RANGE), ','));
	claim(!strpbrk(lxcnet_value(l, LXCNET_DOMAIN), " \n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct lxcnet l;
	char *text = fuzz_copy(data, n);
	int ret = lxcnet_load_text(&l, "f", text, n);

	claim(ret == 0 || ret == -EINVAL);
	claim(!ret == !err_is_set());
	claim_printable(err_text(), false);
	claim_printable(conf_problems(), true);
	if (!ret)
		look_at(&l);
	err_clear();
	lxcnet_free(&l);
	free(text);
	return 0;
}
