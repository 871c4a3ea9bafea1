/* SPDX-License-Identifier: MIT */
/*
 * The file of the host's bridge, /etc/default/lxc-net: assignments of a shell that none runs. With
 * CFG_LXCBOX_NET.
 */
#ifndef CONF_LXCNET_H
#define CONF_LXCNET_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

#define LXCNET_FILE "/etc/default/lxc-net"

/*
 * Every variable that such a file may have, once: those of LXC's own script, then ours.
 *
 * VAR(id, name, type, value when the file has none)
 */
#define LXCNET_VARS(VAR) \
	VAR(USE, "USE_LXC_BRIDGE", TRUTH, "true") \
	VAR(BRIDGE, "LXC_BRIDGE", IFNAME, "lxcbr0") \
	VAR(MAC, "LXC_BRIDGE_MAC", HWADDR, "00:16:3e:00:00:00") \
	VAR(ADDR, "LXC_ADDR", IP4, "10.0.3.1") \
	VAR(NETMASK, "LXC_NETMASK", NETMASK, "255.255.255.0") \
	VAR(NETWORK, "LXC_NETWORK", SUBNET4, "") \
	VAR(DHCP_RANGE, "LXC_DHCP_RANGE", RANGE4, "") \
	VAR(DHCP_MAX, "LXC_DHCP_MAX", LEASES, "253") \
	VAR(DHCP_CONFILE, "LXC_DHCP_CONFILE", PATH, "") \
	VAR(DHCP_PING, "LXC_DHCP_PING", TRUTH, "true") \
	VAR(DOMAIN, "LXC_DOMAIN", DOMAIN, "") \
	VAR(USE_NFT, "LXC_USE_NFT", TRUTH, "true") \
	VAR(IPV6_ENABLE, "LXC_IPV6_ENABLE", TRUTH, "true") \
	VAR(IPV6_ADDR, "LXC_IPV6_ADDR", IP6, "") \
	VAR(IPV6_MASK, "LXC_IPV6_MASK", PREFIX6, "") \
	VAR(IPV6_NETWORK, "LXC_IPV6_NETWORK", SUBNET6, "") \
	VAR(IPV6_NAT, "LXC_IPV6_NAT", TRUTH, "false") \
	VAR(UPLINK, "LXCBOX_UPLINK", IFNAME, "") \
	VAR(PROMISC, "LXCBOX_PROMISC", TRUTH, "false") \
	VAR(GATEWAY, "LXCBOX_GATEWAY", IP4, "")

#define LXCNET_ENUM(id, name, type, value) LXCNET_##id,
enum lxcnet_var { LXCNET_VARS(LXCNET_ENUM) LXCNET_COUNT };

struct lxcnet {
	struct conf mem;	/* only its memory is used */
	const char *file;
	uint64_t hash;		/* of the text: whether it is what it was */
	struct conf_str var[LXCNET_COUNT];	/* of the file; "" is a value */
	unsigned int prefix;	/* of LXC_NETMASK */
	char network[20];	/* that is masqueraded: LXC_NETWORK, or the one of LXC_ADDR */
};

/*
 * Reads the file. Every line that is wrong is a problem as those of conf_load, -EINVAL with the
 * first in err; so is what does not fit together. lxcnet_free in any case.
 */
int lxcnet_load(struct lxcnet *l, const char *file) MUST_CHECK;
/* The same of a text; text[len] must be writable, file must outlive l. */
int lxcnet_load_text(struct lxcnet *l, const char *file, char *text, size_t len) MUST_CHECK;
void lxcnet_free(struct lxcnet *l);

/* What holds: of the file, else the default; "": none. */
const char *lxcnet_value(const struct lxcnet *l, enum lxcnet_var var);
bool lxcnet_is_true(const struct lxcnet *l, enum lxcnet_var var);
/* "file:line: LXC_ADDR" before err, when the file has it. Returns ret. */
int lxcnet_in(int ret, const struct lxcnet *l, enum lxcnet_var var);

/* ---- the shape of such a file (shell.c) ---- */

struct shell_text {
	char *at, *end;
	unsigned int line;	/* where the next one is */
};

struct shell_assignment {
	char *name, *value;	/* NUL-terminated, within the text */
	unsigned int line;
};

/* text[len] must be writable; the text is changed. */
void shell_init(struct shell_text *s, char *text, size_t len);
/*
 * The next NAME=VALUE, as sh(1) takes it: quotes, backslashes, comments, "export", several in a
 * line. What a shell would expand or run is refused. 1; 0: the end; -EINVAL with err, and the next
 * call goes on behind that line (line and, once it is known, name tell of which: else NULL).
 */
int shell_next(struct shell_text *s, struct shell_assignment *out) MUST_CHECK;

#endif
