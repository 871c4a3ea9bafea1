/* SPDX-License-Identifier: MIT */
//link: net/nft.c net/link.c net/address.c net/text.c net/netlink.c lib/str.c lib/err.c lib/fd.c lib/sys.c
/* owns tests of address translation: a host, two containers on its bridge and somebody outside, who connect and are seen */
/* never touches a network but its own ones */
#define UNIT_PREFIX "nat-"
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/link.h"
#include "net/nat.h"
#include "net/nft.h"

/* A kernel without nft_fib, for net/nat.c alone. */
static bool has_no_fib;

static int add_without_fib(int sock, const char *owner, const struct nat_rule *r, bool guarded)
{
	if (has_no_fib && r->protocol && !r->host.family)
		return -ENOENT;
	return nft_add(sock, owner, r, guarded);
}
/* One without nf_tables. */
static bool has_no_nft;

static int open_maybe(void)
{
	return has_no_nft ? -EPROTONOSUPPORT : nft_open();
}
#define nft_open open_maybe
#define nft_add add_without_fib
#include "net/iptables.c"
#include "net/nat.c"
#undef nft_add
#undef nft_open

#define OWNER "c1@0123456789abcdef"

/* Namespaces, and who is where: host 10.9.3.1 (bridge) and 10.9.4.1, C 10.9.3.5, A 10.9.3.6, OUT 10.9.4.2; IPv6 fd09:N::X. */
enum { HOST, C, A, OUT, NS };
static int ns[NS];

static bool is_ready(void)
{
	return !unshare(CLONE_NEWNET | (geteuid() ? CLONE_NEWUSER : 0));
}

static bool enter(int who)
{
	return !setns(ns[who], CLONE_NEWNET);
}

static int give(int who, const char *name, const char *address, const char *address6, const char *gateway, const char *gateway6)
{
	int sock = nl_open(NETLINK_ROUTE, ns[who]), i = link_find(sock, name, NULL);
	int ret = i < 0 ? i : net_addr_add(sock, i, address);

	if (!ret)
		ret = net_addr_add(sock, i, address6);
	if (!ret)
		ret = link_set(sock, i, &(struct link_change){ .up = 1 });
	if (!ret && gateway)
		ret = net_gateway_add(sock, i, AF_INET, gateway);
	if (!ret && gateway)
		ret = net_gateway_add(sock, i, AF_INET6, gateway6);
	close(sock);
	return ret;
}

static int wire(int sock, const char *name, int who, int bridge)
{
	struct link_new l = { .kind = "veth", .name = name };
	struct net_link v;
	int ret = link_create(sock, &l);

	if (ret || link_find(sock, name, &v) < 0)
		return -1;
	if (link_set(sock, v.peer, &(struct link_change){ .moves = true, .ns = ns[who], .name = "eth0" }))
		return -1;
	return link_set(sock, v.index, &(struct link_change){ .up = 1, .master = bridge });
}

static void write_file(const char *path, const char *s)
{
	int fd = open(path, O_WRONLY);

	/* Not every kernel has all of them. */
	if (fd >= 0 && write(fd, s, strlen(s)) < 0)
		printf("# %s: %s\n", path, strerror(errno));
	close(fd);
}

/* Without the wait for others of that address. */
static void no_dad(int who)
{
	enter(who);
	write_file("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
	write_file("/proc/sys/net/ipv6/conf/all/accept_dad", "0");
}

static int world(bool is_filtered)
{
	int i, sock, lo, bridge;

	for (i = NS - 1; i >= 0; i--) {
		if (unshare(CLONE_NEWNET))
			return -1;
		ns[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		no_dad(i);
		sock = nl_open(NETLINK_ROUTE, -1);
		lo = link_find(sock, "lo", NULL);
		/* Without loopback A's way to 127.0.0.1 is the host. */
		if (lo < 0 || (i != A && link_set(sock, lo, &(struct link_change){ .up = 1 })))
			return -1;
		close(sock);
	}
	sock = nl_open(NETLINK_ROUTE, -1);
	if (link_create(sock, &(struct link_new){ .kind = "bridge", .name = "br0" }))
		return -1;
	bridge = link_find(sock, "br0", NULL);
	if (wire(sock, "vc", C, bridge) || wire(sock, "va", A, bridge) || wire(sock, "up0", OUT, 0))
		return -1;
	close(sock);
	/* Where it is there it makes routed what is bridged, and keeps what would go back to its own port. */
	write_file("/proc/sys/net/bridge/bridge-nf-call-iptables", is_filtered ? "1" : "0");
	write_file("/proc/sys/net/bridge/bridge-nf-call-ip6tables", is_filtered ? "1" : "0");
	write_file("/proc/sys/net/ipv4/ip_forward", "1");
	write_file("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	return give(HOST, "br0", "10.9.3.1/24", "fd09:3::1/64", NULL, NULL) ||
	       give(HOST, "up0", "10.9.4.1/24", "fd09:4::1/64", NULL, NULL) ||
	       give(C, "eth0", "10.9.3.5/24", "fd09:3::5/64", "10.9.3.1", "fd09:3::1") ||
	       give(A, "eth0", "10.9.3.6/24", "fd09:3::6/64", "10.9.3.1", "fd09:3::1") ||
	       give(OUT, "eth0", "10.9.4.2/24", "fd09:4::2/64", "10.9.4.1", "fd09:4::1");
}

static socklen_t place(struct sockaddr_storage *s, const char *address, int port)
{
	struct sockaddr_in6 *six = (void *)s;
	struct sockaddr_in *four = (void *)s;

	memset(s, 0, sizeof(*s));
	if (strchr(address, ':')) {
		six->sin6_family = AF_INET6;
		six->sin6_port = htons(port);
		inet_pton(AF_INET6, address, &six->sin6_addr);
		return sizeof(*six);
	}
	four->sin_family = AF_INET;
	four->sin_port = htons(port);
	inet_pton(AF_INET, address, &four->sin_addr);
	return sizeof(*four);
}

static int made_in(int who, int family, int type)
{
	struct timeval limit = { .tv_usec = 250000 };
	int fd;

	if (!enter(who))
		return -1;
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	enter(HOST);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	return fd;
}

static int serve(int who, const char *address, int port)
{
	struct sockaddr_storage s;
	socklen_t n = place(&s, address, port);
	int fd = made_in(who, s.ss_family, SOCK_STREAM), tries = 300;

	/* An IPv6 address is there when the link has been seen to be up. */
	while (bind(fd, (void *)&s, n) && errno == EADDRNOTAVAIL && tries--)
		usleep(10000);
	if (listen(fd, 8))
		printf("# bind %s: %s\n", address, strerror(errno));
	return fd;
}

/* Who connects to address:port reaches the server, which sees him as seen ("": nobody gets there). */
static bool meets(int who, const char *address, int port, int server, const char *seen)
{
	struct sockaddr_storage s, peer;
	socklen_t n = place(&s, address, port), m = sizeof(peer);
	int fd = made_in(who, s.ss_family, SOCK_STREAM), got = -1;
	char text[48] = "", byte = 0;

	if (!connect(fd, (void *)&s, n))
		got = accept(server, (void *)&peer, &m);
	if (got >= 0) {
		if (peer.ss_family == AF_INET)
			inet_ntop(AF_INET, &((struct sockaddr_in *)&peer)->sin_addr, text, sizeof(text));
		else
			inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&peer)->sin6_addr, text, sizeof(text));
		/* And back. */
		if (write(got, "x", 1) != 1 || read(fd, &byte, 1) != 1)
			strcpy(text, "deaf");
		close(got);
	}
	close(fd);
	if (!str_eq(text, seen))
		printf("# from %d to %s:%d: seen as '%s', wanted '%s'\n", who, address, port, text, seen);
	return str_eq(text, seen);
}

/* The kernel needs up to a second until it has noticed that all links of a new path are up. */
static bool is_wired(int who, const char *address, int port, int server, const char *seen)
{
	int fd = dup(1), quiet = open("/dev/null", O_WRONLY | O_CLOEXEC), tries;
	bool good = false;

	dup2(quiet, 1);
	for (tries = 0; tries < 100 && !good; tries++) {
		good = meets(who, address, port, server, seen);
		/* What fails at once is asked for again for two seconds at least. */
		if (!good)
			usleep(20000);
	}
	dup2(fd, 1);
	close(fd);
	close(quiet);
	return good;
}

static struct nat_rule forward(int protocol, const char *host, int host_port, const char *to, int port)
{
	struct nat_rule r = { .protocol = protocol, .host_port = host_port, .port = port, .bridge = "br0" };

	if ((host && net_addr_parse(host, &r.host)) || net_addr_parse(to, &r.to))
		abort();
	return r;
}

static int forwards(void)
{
	struct nat_rule r[] = {
		forward(IPPROTO_TCP, NULL, 9999, "10.9.3.5/24", 22), forward(IPPROTO_TCP, NULL, 9999, "fd09:3::5/64", 22),
		forward(IPPROTO_TCP, "10.9.4.1", 80, "10.9.3.5/24", 22),
	};
	int server, server6, other, round;

	if (world(false))
		return 1;
	server = serve(C, "10.9.3.5", 22);
	server6 = serve(C, "fd09:3::5", 22);
	other = serve(OUT, "10.9.4.2", 9999);
	if (!is_wired(OUT, "10.9.3.5", 22, server, "10.9.4.2") || !is_wired(A, "10.9.3.5", 22, server, "10.9.3.6") ||
	    !is_wired(OUT, "fd09:3::5", 22, server6, "fd09:4::2") || !is_wired(A, "fd09:3::5", 22, server6, "fd09:3::6") ||
	    !meets(OUT, "10.9.4.1", 9999, server, ""))
		return 2;
	for (round = 0; round < 2; round++) {
		int ret = nat_set(OWNER, r, 3);

		if (ret == -EOPNOTSUPP)
			return 99;
		if (ret) {
			printf("# %s\n", err_text());
			return 3;
		}
	}
	/* From outside by either of the host's addresses, the host itself, the other on the bridge, itself. */
	if (!meets(OUT, "10.9.4.1", 9999, server, "10.9.4.2") || !meets(OUT, "10.9.3.1", 9999, server, "10.9.4.2") ||
	    !meets(HOST, "10.9.4.1", 9999, server, "10.9.4.1") || !meets(A, "10.9.4.1", 9999, server, "10.9.3.1") ||
	    !meets(A, "10.9.4.1", 9999, server, "10.9.3.1") || !meets(A, "10.9.4.1", 9999, server, "10.9.3.1") ||
	    !meets(A, "10.9.3.1", 9999, server, "10.9.3.1") || !meets(C, "10.9.4.1", 9999, server, "10.9.3.1"))
		return 4;
	if (!meets(OUT, "fd09:4::1", 9999, server6, "fd09:4::2") || !meets(HOST, "fd09:4::1", 9999, server6, "fd09:4::1") ||
	    !meets(A, "fd09:4::1", 9999, server6, "fd09:3::1"))
		return 5;
	/* What goes to others, to another port or to another address of the host is let be. */
	if (!meets(A, "10.9.4.2", 9999, other, "10.9.3.6") || !meets(HOST, "10.9.4.2", 9999, other, "10.9.4.1") ||
	    !meets(A, "10.9.3.5", 22, server, "10.9.3.6") || !meets(OUT, "10.9.4.1", 9998, server, ""))
		return 6;
	if (!meets(OUT, "10.9.4.1", 80, server, "10.9.4.2") || !meets(OUT, "10.9.3.1", 80, server, ""))
		return 7;
	if (nat_remove(OWNER) || nat_remove(OWNER) || !meets(OUT, "10.9.4.1", 9999, server, "") || nat_count(OWNER))
		return 8;
	return 0;
}

static int masquerades(void)
{
	struct nat_rule r[2] = { { .bridge = "br0" }, { .bridge = "br0" } };
	int out, out6, here;

	if (world(true) || net_addr_parse("10.9.3.1/24", &r[0].to) || net_addr_parse("fd09:3::1/64", &r[1].to))
		return 1;
	out = serve(OUT, "10.9.4.2", 80);
	out6 = serve(OUT, "fd09:4::2", 80);
	here = serve(C, "10.9.3.5", 80);
	if (!is_wired(A, "10.9.4.2", 80, out, "10.9.3.6") || !is_wired(A, "fd09:4::2", 80, out6, "fd09:3::6") ||
	    !is_wired(A, "10.9.3.5", 80, here, "10.9.3.6"))
		return 7;
	/* A name that begins as the bridge's is another's. */
	r[0].bridge = "up";
	if (nat_set("net br0", r, 2) || !meets(A, "10.9.4.2", 80, out, "10.9.4.1"))
		return 2;
	r[0].bridge = "up0";
	if (nat_set("net br0", r, 2) || !meets(A, "10.9.4.2", 80, out, "10.9.3.6"))
		return 3;
	r[0].bridge = "br0";
	if (nat_set("net br0", r, 2) || nat_set("net br0", r, 2) || nat_count("net br0") != 2)
		return 4;
	if (!meets(A, "10.9.4.2", 80, out, "10.9.4.1") || !meets(A, "fd09:4::2", 80, out6, "fd09:4::1") ||
	    !meets(A, "10.9.3.5", 80, here, "10.9.3.6") || !meets(OUT, "10.9.3.5", 80, here, "10.9.4.2"))
		return 5;
	if (nat_remove("net br0") || !meets(A, "10.9.4.2", 80, out, "10.9.3.6"))
		return 6;
	return 0;
}

static int localnet_is(const char *value)
{
	char now[8] = "";
	int fd = open("/proc/sys/net/ipv4/conf/br0/route_localnet", O_RDONLY);

	if (fd < 0 || read(fd, now, 1) != 1)
		printf("# route_localnet: %s\n", strerror(errno));
	close(fd);
	return str_eq(now, value);
}

static int without_fib(void)
{
	struct nat_rule r[] = {
		forward(IPPROTO_TCP, NULL, 9999, "10.9.3.5/24", 22), forward(IPPROTO_TCP, NULL, 9999, "fd09:3::5/64", 22),
	};
	int server, server6, other;

	has_no_fib = true;
	if (world(false))
		return 1;
	server = serve(C, "10.9.3.5", 22);
	server6 = serve(C, "fd09:3::5", 22);
	other = serve(OUT, "10.9.4.2", 9999);
	if (!is_wired(OUT, "10.9.3.5", 22, server, "10.9.4.2") || !is_wired(A, "fd09:3::5", 22, server6, "fd09:3::6"))
		return 2;
	if (nat_set(OWNER, r, 2))
		return 3;
	if (!meets(OUT, "10.9.4.1", 9999, server, "10.9.4.2") || !meets(A, "10.9.3.1", 9999, server, "10.9.3.1") ||
	    !meets(HOST, "127.0.0.1", 9999, server, "10.9.3.1") || !meets(OUT, "fd09:3::1", 9999, server6, "fd09:4::2"))
		return 4;
	if (!meets(A, "10.9.4.2", 9999, other, "10.9.3.6") || nat_remove(OWNER) || nat_count(OWNER) || !localnet_is("0"))
		return 5;
	return 0;
}

/* A packet for 127.0.0.1 by the wire, as a hostile container sends one. */
static bool sneaks_in(int who)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(777), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int server = made_in(HOST, AF_INET, SOCK_DGRAM), fd;
	char byte, path[] = "/proc/sys/net/ipv4/conf/eth0/route_localnet";
	bool got;

	if (bind(server, (void *)&to, sizeof(to)))
		printf("# bind: %s\n", strerror(errno));
	enter(who);
	write_file(path, "1");
	enter(HOST);
	fd = made_in(who, AF_INET, SOCK_DGRAM);
	got = sendto(fd, "x", 1, 0, (void *)&to, sizeof(to)) == 1 && recv(server, &byte, 1, 0) == 1;
	close(fd);
	close(server);
	return got;
}

static int localhost(void)
{
	struct nat_rule r = forward(IPPROTO_TCP, NULL, 9999, "10.9.3.5/24", 22);
	struct nat_rule far = forward(IPPROTO_TCP, "10.9.4.1", 9999, "10.9.3.5/24", 22);
	int server;

	if (world(false))
		return 1;
	server = serve(C, "10.9.3.5", 22);
	if (!is_wired(A, "10.9.3.5", 22, server, "10.9.3.6") || !localnet_is("0"))
		return 2;
	if (nat_set(OWNER, &r, 1) || nat_set("c2", &far, 1) || !localnet_is("1"))
		return 4;
	if (!meets(HOST, "127.0.0.1", 9999, server, "10.9.3.1") || !meets(HOST, "127.4.5.6", 9999, server, "10.9.3.1"))
		return 5;
	if (sneaks_in(A))
		return 6;
	/* Nobody asks for it any more; then two do, and one goes. */
	if (nat_remove(OWNER) || !localnet_is("0") || nat_set(OWNER, &r, 1) || !localnet_is("1"))
		return 7;
	r.host_port = 9998;
	if (nat_set("c2", &r, 1) || nat_remove(OWNER) || !localnet_is("1") || sneaks_in(A) ||
	    !meets(HOST, "127.0.0.1", 9998, server, "10.9.3.1") || !meets(HOST, "127.0.0.1", 9999, server, ""))
		return 8;
	if (nat_remove("c2") || !localnet_is("0") || sneaks_in(A))
		return 9;
	/* What somebody else has set stays as it is, with all that it lets in: this proves the packets above. */
	write_file("/proc/sys/net/ipv4/conf/br0/route_localnet", "1");
	if (nat_set(OWNER, &r, 1) || nat_count(OWNER) != 4 || !sneaks_in(A))
		return 10;
	if (nat_remove(OWNER) || !localnet_is("1"))
		return 12;
	r.bridge = "all";
	if (nat_set(OWNER, &r, 1) != -ENODEV || nat_count(OWNER))
		return 11;
	return 0;
}

/* Many rules, several owners, a name that begins as another; what each has stays as long as it has it. */
static int owners(void)
{
	int sock;
	struct nat_rule r[100];
	unsigned int i;

	if (unshare(CLONE_NEWNET))
		return 1;
	sock = nl_open(NETLINK_ROUTE, -1);
	if (link_create(sock, &(struct link_new){ .kind = "bridge", .name = "br0" }))
		return 1;
	for (i = 0; i < ARRAY_SIZE(r); i++)
		r[i] = forward(i % 2 ? IPPROTO_UDP : IPPROTO_TCP, i % 3 ? NULL : "10.9.4.1", 1000 + i, "10.9.3.5/24", 22);
	if (nat_set(OWNER, r, ARRAY_SIZE(r)) || nat_set("c1", r, 1) || nat_set("c1@0123456789abcdef0", r, 1))
		return 2;
	if (nat_count(OWNER) != 466 || nat_count("c1") != 4 || nat_count("c") || nat_count("c1@0123456789abcdef0") != 4)
		return 3;
	if (nat_remove("c") || nat_remove(OWNER) || nat_count(OWNER) || nat_count("c1") != 4)
		return 4;
	if (nat_set("c1", NULL, 0) || nat_count("c1") || nat_remove("c1@0123456789abcdef0"))
		return 5;
	/* No table is left. */
	if (!access("/usr/sbin/nft", X_OK) && system("/usr/sbin/nft list tables | grep -q lxcbox") == 0)
		return 6;
	if (nat_set("01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012",
		    r, 1) != -ENAMETOOLONG)
		return 7;
	return 0;
}

/* Rules and tables of others stay, whatever they are called. */
static int others(void)
{
	struct nat_rule r = forward(IPPROTO_TCP, NULL, 9999, "10.9.3.5/24", 22);

	r.bridge = NULL;
	if (access("/usr/sbin/nft", X_OK))
		return 99;
	if (unshare(CLONE_NEWNET))
		return 1;
	if (system("/usr/sbin/nft 'add table ip lxcbox; add chain ip lxcbox mine; add rule ip lxcbox mine drop comment \"" OWNER "x\";"
		   "add table ip filter; add chain ip filter FORWARD { type filter hook forward priority 0; }'"))
		return 2;
	if (nat_set(OWNER, &r, 1) || nat_remove(OWNER))
		return 3;
	return system("/usr/sbin/nft list ruleset | grep -q 'chain mine' && /usr/sbin/nft list ruleset | grep -q FORWARD") ? 4 : 0;
}

/* The same rules, which have counted at least as much, and some of them something. */
static bool same_table(struct ipt_get_entries *a, struct ipt_get_entries *b)
{
	unsigned long long counted = 0;
	unsigned int at;

	if (a->size != b->size)
		return false;
	for (at = 0; at < a->size;) {
		struct ipt_entry *e = (void *)((char *)a->entrytable + at), *f = (void *)((char *)b->entrytable + at);

		if (f->counters.pcnt < e->counters.pcnt)
			return false;
		counted += e->counters.pcnt;
		e->counters = f->counters;
		/* The kernel's own note. */
		e->comefrom = f->comefrom;
		at += e->next_offset;
	}
	return counted && !memcmp(a->entrytable, b->entrytable, a->size);
}

static struct ipt_get_entries *look_at_table(void)
{
	struct table t;

	if (table_open(&t, "nobody"))
		abort();
	close(t.sock);
	return t.had;
}

/* Rules of somebody else: a chain of his own with a rule that falls through and one that returns, jumped to from the first rule. */
static int add_foreign(void)
{
	return system("/usr/sbin/iptables-legacy -t nat -N mine && /usr/sbin/iptables-legacy -t nat -A mine -s 10.0.0.1 && "
		      "/usr/sbin/iptables-legacy -t nat -A mine -p tcp -j RETURN && "
		      "/usr/sbin/iptables-legacy -t nat -A PREROUTING -j mine && "
		      "/usr/sbin/iptables-legacy -t nat -A PREROUTING -s 10.9.4.2 && "
		      "/usr/sbin/iptables-legacy -t nat -A POSTROUTING -s 10.7.0.0/16 -j MASQUERADE");
}

static int by_iptables(void)
{
	struct nat_rule r[] = {
		forward(IPPROTO_TCP, NULL, 9999, "10.9.3.5/24", 22), forward(IPPROTO_TCP, "10.9.4.1", 80, "10.9.3.5/24", 22),
		{ .bridge = "br0" }, forward(IPPROTO_UDP, NULL, 53, "10.9.3.5/24", 53),
	};
	struct ipt_get_entries *before, *after;
	int server, other, round, ret;

	has_no_nft = true;
	r[2].to = r[0].to;
	if (world(false))
		return 1;
	server = serve(C, "10.9.3.5", 22);
	other = serve(OUT, "10.9.4.2", 9999);
	if (access("/usr/sbin/iptables-legacy", X_OK))
		printf("skip nat-iptables-rules-of-others: no iptables-legacy\n");
	else if (add_foreign())
		return 2;
	/* Another container is another as well. */
	ret = nat_set("c3", r + 1, 1);
	if (ret)
		return ret == -ENOENT || ret == -ENOPROTOOPT ? 99 : 4;
	if (!is_wired(OUT, "10.9.3.5", 22, server, "10.9.4.2") || !is_wired(A, "10.9.4.2", 9999, other, "10.9.3.6"))
		return 3;
	before = look_at_table();
	for (round = 0; round < 2; round++) {
		ret = nat_set(OWNER, r, 4);
		if (ret) {
			printf("# %s\n", err_text());
			return 4;
		}
	}
	if (nat_set("c2", r + 1, 1) || nat_count(OWNER) != 7 || nat_count("c2") != 2 || nat_count("c"))
		return 5;
	if (!meets(OUT, "10.9.4.1", 9999, server, "10.9.4.2") || !meets(HOST, "10.9.4.1", 9999, server, "10.9.4.1") ||
	    !meets(A, "10.9.4.1", 9999, server, "10.9.3.1") || !meets(C, "10.9.4.1", 80, server, "10.9.3.1") ||
	    !meets(A, "10.9.4.2", 9999, other, "10.9.4.1") || !meets(A, "10.9.3.5", 22, server, "10.9.3.6") ||
	    !meets(OUT, "10.9.4.1", 9998, server, ""))
		return 6;
	if (nat_remove("c2") || nat_remove(OWNER) || nat_remove(OWNER) || nat_count(OWNER) ||
	    !meets(OUT, "10.9.4.1", 9999, server, "") || !meets(A, "10.9.4.2", 9999, other, "10.9.3.6"))
		return 7;
	/* What somebody else has is as it was, with what it has counted since. */
	after = look_at_table();
	if (!same_table(before, after))
		return 8;
	r[0] = forward(IPPROTO_TCP, NULL, 9999, "fd09:3::5/64", 22);
	if (nat_set(OWNER, r, 1) != -EAFNOSUPPORT ||
	    !str_eq(err_text(), "cannot set up address translation: IPv6 needs nf_tables"))
		return 9;
	free(before);
	free(after);
	return 0;
}

/* A kernel that says it is of before 4.18, with and without the table "nat" of iptables, which this makes by asking for it. */
static int beside(void)
{
	struct nat_rule r = forward(IPPROTO_TCP, NULL, 9999, "10.9.3.5/24", 22);
	struct { char name[32]; uint32_t rest[32]; } info = { .name = "nat" };
	int fd;

	r.bridge = NULL;
	if (unshare(CLONE_NEWNET))
		return 1;
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (nat_set(OWNER, &r, 1))
		return 2;
	/* IPT_SO_GET_INFO; struct ipt_getinfo is of 84 bytes */
	if (getsockopt(fd, IPPROTO_IP, 64, &info, &(socklen_t){ 84 }))
		return 99;
	if (nat_set(OWNER, &r, 1) || personality(UNAME26) < 0)
		return 3;
	/* Then the rules are in that. */
	if (nat_set(OWNER, &r, 1) || nft_count(nft_open(), OWNER) || iptables_count(OWNER) != 2)
		return 4;
	if (nat_remove(OWNER) || nat_count(OWNER) || unshare(CLONE_NEWNET))
		return 5;
	return nat_set(OWNER, &r, 1) ? 6 : 0;
}

int main(void)
{
	bool was_locked = !access(LOCK, F_OK);

	setvbuf(stdout, NULL, _IOLBF, 0);
	in_child("forward", is_ready, forwards, "no network namespaces, or no nf_tables");
	in_child("masquerade", is_ready, masquerades, "no network namespaces");
	in_child("no-fib", is_ready, without_fib, "no network namespaces");
	in_child("localhost", is_ready, localhost, "no network namespaces");
	in_child("owners", is_ready, owners, "no network namespaces");
	in_child("others", is_ready, others, "no network namespaces, or no nft");
	in_child("iptables", is_ready, by_iptables, "no network namespaces, or no iptables in the kernel");
	in_child("beside-iptables", is_ready, beside, "no network namespaces, or the kernel has no iptable_nat");
	if (!was_locked)
		unlink(LOCK);
	return unit_status();
}
