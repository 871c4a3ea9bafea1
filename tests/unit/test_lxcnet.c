/* SPDX-License-Identifier: MIT */
//link: conf/lxcnet.c conf/shell.c conf/lex.c conf/keys.c conf/value.c conf/problem.c conf/types.c conf/types_secure.c
//link: conf/types_net.c conf/forward.c conf/names.c conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c
//link: conf/idmap.c conf/write.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns tests of the file of the host's bridge: how it is read as a shell would, what is refused and in which words */
/* never needs root, never makes a bridge */
#define UNIT_PREFIX "lxcnet-"
#include "unit.h"

#include <errno.h>

#include "conf/lxcnet.h"
#include "lib/str.h"

static struct lxcnet net;

static int load(const char *text)
{
	char *copy = malloc(strlen(text) + 1);
	int ret;

	strcpy(copy, text);
	err_clear();
	ret = lxcnet_load_text(&net, "f", copy, strlen(text));
	free(copy);
	return ret;
}

/* LXC_DOMAIN of a text is that. */
static void reads(const char *name, const char *text, const char *value)
{
	int ret = load(text);

	result(name, !ret && str_eq(lxcnet_value(&net, LXCNET_DOMAIN), value),
		ret ? err_text() : lxcnet_value(&net, LXCNET_DOMAIN));
	lxcnet_free(&net);
}

static void bad(const char *name, const char *text, const char *said)
{
	int ret = load(text);

	result(name, ret == -EINVAL && str_eq(err_text(), said), err_text());
	err_clear();
	lxcnet_free(&net);
}

static void network(const char *name, const char *text, const char *value)
{
	int ret = load(text);

	result(name, !ret && str_eq(net.network, value), ret ? err_text() : net.network);
	lxcnet_free(&net);
}

#define NO_SHELL "the file is read, a shell does not run it"

static void shape(void)
{
	reads("plain", "LXC_DOMAIN=a.b\n", "a.b");
	reads("no-newline", "LXC_DOMAIN=a", "a");
	reads("double", "LXC_DOMAIN=\"a.b\" # c\n", "a.b");
	reads("single", "LXC_DOMAIN='a'\"b\"c\n", "abc");
	reads("backslash", "LXC_DOMAIN=a\\b\n", "ab");
	reads("continued", "LXC_DOMAIN=a\\\nb\n", "ab");
	reads("continued-in-quotes", "LXC_DOMAIN=\"a\\\nb\"\n", "ab");
	reads("comment", "# LXC_DOMAIN=x\n  LXC_DOMAIN=a;LXC_DOMAIN=c #d\n#", "c");
	reads("two-in-a-line", "LXC_DOMAIN=a LXC_ADDR=10.0.3.2\n", "a");
	reads("export", "export LXC_DOMAIN=a\n", "a");
	reads("last-wins", "LXC_DOMAIN=a\nLXC_DOMAIN=b\n", "b");
	reads("empty", "LXC_DOMAIN=a\nLXC_DOMAIN=\n", "");
	bad("dollar", "LXC_DOMAIN=$X\n", "f:1: LXC_DOMAIN: '$' outside of quotes: " NO_SHELL);
	bad("dollar-in-quotes", "\nLXC_DOMAIN=\"$X\"\n", "f:2: LXC_DOMAIN: '$' is not expanded: " NO_SHELL);
	bad("command", "LXC_DOMAIN=`x`\n", "f:1: LXC_DOMAIN: '`' outside of quotes: " NO_SHELL);
	bad("test", "[ -f x ] && . x\n", "f:1: not NAME=VALUE: " NO_SHELL);
	bad("pipe", "LXC_DOMAIN=a|b\n", "f:1: LXC_DOMAIN: '|' outside of quotes: " NO_SHELL);
	bad("open-quote", "\n\nLXC_DOMAIN='a\nb\n", "f:3: LXC_DOMAIN: the quote is not closed");
	bad("line-behind-continuation", "LXC_DOMAIN=a\\\nb\nx\n", "f:3: not NAME=VALUE: " NO_SHELL);
	bad("blank-before-equals", "LXC_DOMAIN = a\n", "f:1: not NAME=VALUE: " NO_SHELL);
}

static void values(void)
{
	bad("unknown", "LXC_BRIDG=x\n", "f:1: LXC_BRIDG: unknown variable (LXC_BRIDGE?)");
	bad("far", "PATH=x\n", "f:1: PATH: unknown variable");
	bad("truth", "USE_LXC_BRIDGE=yes\n", "f:1: USE_LXC_BRIDGE: bad value 'yes' (true false)");
	bad("bridge", "LXC_BRIDGE=a/b\n", "f:1: LXC_BRIDGE: bad value 'a/b' (an interface name of at most 15 characters)");
	bad("no-bridge", "LXC_BRIDGE=\n", "f:1: LXC_BRIDGE: bad value '' (an interface name of at most 15 characters)");
	bad("address", "LXC_ADDR=10.0.3.256\n", "f:1: LXC_ADDR: bad value '10.0.3.256' (an IPv4 address)");
	bad("mask", "LXC_NETMASK=255.0.255.0\n", "f:1: LXC_NETMASK: bad value '255.0.255.0' (a mask such as 255.255.255.0)");
	bad("network", "LXC_NETWORK=10.0.3.0\n", "f:1: LXC_NETWORK: bad value '10.0.3.0' (NETWORK/0-32)");
	bad("in-network", "LXC_NETWORK=10.0.3.1/24\n",
		"f:1: LXC_NETWORK: '10.0.3.1/24' is an address in a network, not the network");
	bad("other-network", "LXC_NETWORK=10.0.4.0/24\n", "f:1: LXC_NETWORK: LXC_ADDR '10.0.3.1' is not in '10.0.4.0/24'");
	bad("range", "LXC_DHCP_RANGE=10.0.3.9,10.0.3.2\n",
		"f:1: LXC_DHCP_RANGE: bad value '10.0.3.9,10.0.3.2' (FIRST,LAST, two IPv4 addresses)");
	bad("other-range", "LXC_DHCP_RANGE=10.0.3.9,10.0.4.2\n",
		"f:1: LXC_DHCP_RANGE: '10.0.3.9,10.0.4.2' is not in the network of the bridge, '10.0.3.0/24'");
	bad("leases", "LXC_DHCP_MAX=0\n", "f:1: LXC_DHCP_MAX: bad value '0' (a number from 1 to 65535)");
	bad("domain", "LXC_DOMAIN='a b'\n", "f:1: LXC_DOMAIN: bad value 'a b' (a name of at most 253 characters)");
	bad("no-comment", "LXC_DOMAIN=a#b\n", "f:1: LXC_DOMAIN: bad value 'a#b' (a name of at most 253 characters)");
	bad("gateway", "LXCBOX_GATEWAY=10.0.4.1\n",
		"f:1: LXCBOX_GATEWAY: '10.0.4.1' is not in the network of the bridge, '10.0.3.0/24'");
	bad("ipv6", "LXC_IPV6_ADDR=fd00::g\n", "f:1: LXC_IPV6_ADDR: bad value 'fd00::g' (an IPv6 address)");
	bad("ipv6-mask", "LXC_IPV6_ADDR=fd00::1\n", "f: LXC_IPV6_MASK: missing beside LXC_IPV6_ADDR");
	bad("ipv6-network", "LXC_IPV6_ADDR=fd00::1\nLXC_IPV6_MASK=64\nLXC_IPV6_NETWORK=fd01::/64\n",
		"f:3: LXC_IPV6_NETWORK: LXC_IPV6_ADDR 'fd00::1' is not in 'fd01::/64'");
	bad("ipv6-nat", "LXC_IPV6_NAT=true\n",
		"f:1: LXC_IPV6_NAT: needs LXC_IPV6_ADDR, LXC_IPV6_MASK and LXC_IPV6_NETWORK");
	bad("nft", "LXC_USE_NFT=false\n",
		"f:1: LXC_USE_NFT: 'false' is not possible: iptables' way is taken only where the kernel has no nf_tables");
}

int main(void)
{
	shape();
	values();
	network("default-network", "", "10.0.3.0/24");
	network("own-network", "LXC_ADDR=192.168.5.129\nLXC_NETMASK=255.255.255.128\n", "192.168.5.128/25");
	network("named-network", "LXC_NETWORK=10.0.0.0/8\n", "10.0.0.0/8");
	network("no-network", "LXC_NETWORK=\n", "");
	network("uplink-has-it", "LXCBOX_UPLINK=eth0\n", "");
	network("uplink-and-network", "LXCBOX_UPLINK=eth0\nLXC_NETWORK=10.0.3.0/24\n", "10.0.3.0/24");
	return unit_status();
}
