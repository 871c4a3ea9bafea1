/* SPDX-License-Identifier: MIT */
/* owns what is asked of and done to a bridge of the host: delay, promiscuity, ports, addresses */
/* never makes or deletes a link, never knows why it is asked */
#include "net/bridge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "lib/str.h"

/* <linux/if_link.h>, 3.18 */
#define BR_FORWARD_DELAY 1

/* ---- forward delay ---- */

/* Of kernels that do not tell it otherwise; the name is one of an interface, without '/'. */
static void delay_path(char *buf, size_t n, const char *name)
{
	str_format(buf, n, "/sys/class/net/%s/bridge/forward_delay", name);
}

static int take_delay(const struct nlmsghdr *m, void *arg)
{
	const struct rtattr *attr[IFLA_LINKINFO + 1], *info[IFLA_INFO_DATA + 1];
	const struct rtattr *data[BR_FORWARD_DELAY + 1];

	nl_attrs(m, sizeof(struct ifinfomsg), attr, IFLA_LINKINFO + 1);
	nl_nested(attr[IFLA_LINKINFO], info, IFLA_INFO_DATA + 1);
	nl_nested(info[IFLA_INFO_DATA], data, BR_FORWARD_DELAY + 1);
	if (data[BR_FORWARD_DELAY])
		*(int *)arg = (int)nl_u32(data[BR_FORWARD_DELAY], 0);
	return 0;
}

int bridge_delay(int sock, const char *name)
{
	char path[PATH_MAX], text[24];
	int delay = -1, ret;
	ssize_t n;
	NL(m, 128);

	nl_begin(&m, RTM_GETLINK, 0, &(struct ifinfomsg){ 0 }, sizeof(struct ifinfomsg));
	nl_put_str(&m, IFLA_IFNAME, name);
	ret = nl_list(sock, &m, RTM_NEWLINK, take_delay, &delay);
	if (ret)
		return err_code(ret, "cannot read the forward delay of '%s'", name);
	if (delay >= 0)
		return delay;
	delay_path(path, sizeof(path), name);
	n = fd_read_file(AT_FDCWD, path, text, sizeof(text));
	if (n < 0 || str_to_int(str_trim(text), &delay))
		return err_code(n < 0 ? (int)n : -EPROTO, "cannot read '%s'", path);
	return delay;
}

int bridge_set_delay(int sock, const char *name, unsigned int delay)
{
	struct ifinfomsg head = { .ifi_index = link_find(sock, name, NULL) };
	char path[PATH_MAX], text[16];
	uint32_t info, data;
	int ret;
	NL(m, 128);

	if (head.ifi_index < 0)
		return head.ifi_index;
	nl_begin(&m, RTM_NEWLINK, 0, &head, sizeof(head));
	info = nl_nest(&m, IFLA_LINKINFO);
	nl_put_str(&m, IFLA_INFO_KIND, "bridge");
	data = nl_nest(&m, IFLA_INFO_DATA);
	nl_put_u32(&m, BR_FORWARD_DELAY, delay);
	nl_nest_end(&m, data);
	nl_nest_end(&m, info);
	if (nl_try(sock, &m)) {
		delay_path(path, sizeof(path), name);
		str_format(text, sizeof(text), "%u", delay);
		ret = fd_write_file(AT_FDCWD, path, text);
		if (ret)
			return err_code(ret, "cannot set the forward delay of '%s'", name);
	}
	ret = bridge_delay(sock, name);
	if (ret >= 0 && (unsigned int)ret != delay)
		return err_set(EINVAL, "the forward delay of '%s' stays %d", name, ret);
	return ret < 0 ? ret : 0;
}

/* ---- promiscuity ---- */

/* Requests on devices are answered by a socket of any family. */
static int flags_of(const char *name, struct ifreq *r)
{
	AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	memset(r, 0, sizeof(*r));
	str_format(r->ifr_name, sizeof(r->ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, r))
		return err_sys("cannot read the flags of '%s'", name);
	return take_fd(&fd);
}

int link_is_promisc(const char *name)
{
	struct ifreq r;
	AUTO_FD int fd = flags_of(name, &r);

	return fd < 0 ? fd : !!(r.ifr_flags & IFF_PROMISC);
}

int link_set_promisc(const char *name, bool on)
{
	struct ifreq r;
	AUTO_FD int fd = flags_of(name, &r);

	if (fd < 0)
		return fd;
	r.ifr_flags = (short)((r.ifr_flags & ~IFF_PROMISC) | (on ? IFF_PROMISC : 0));
	return ioctl(fd, SIOCSIFFLAGS, &r) ? err_sys("cannot set the flags of '%s'", name) : 0;
}

/* ---- addresses ---- */

/* A list is heard to its end: a socket cannot begin another one before that. */
struct seek {
	int index, family;
	const struct net_addr *a;
	bool is_found;
};

static int match_addr(const struct nlmsghdr *m, void *arg)
{
	struct seek *s = arg;
	const struct ifaddrmsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[IFA_LOCAL + 1], *a;

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || (int)head->ifa_index != s->index ||
		head->ifa_family != s->family)
		return 0;
	nl_attrs(m, sizeof(*head), attr, IFA_LOCAL + 1);
	a = attr[IFA_LOCAL] ? attr[IFA_LOCAL] : attr[IFA_ADDRESS];
	if (!s->a || (a && RTA_PAYLOAD(a) == s->a->size && head->ifa_prefixlen == s->a->prefix &&
			     !memcmp(RTA_DATA(a), s->a->bytes, s->a->size)))
		s->is_found = true;
	return 0;
}

int link_has_addr(int sock, int index, int family, const struct net_addr *a)
{
	struct ifaddrmsg head = { .ifa_family = (uint8_t)family };
	struct seek s = { .index = index, .family = family, .a = a };
	int ret;
	NL(m, 64);

	nl_begin(&m, RTM_GETADDR, NLM_F_DUMP, &head, sizeof(head));
	ret = nl_list(sock, &m, RTM_NEWADDR, match_addr, &s);
	return ret ? err_code(ret, "cannot read the addresses of an interface") : s.is_found;
}

int link_drop_addr(int sock, int index, const char *text)
{
	struct net_addr a;
	struct ifaddrmsg head = { .ifa_index = (uint32_t)index };
	int ret = net_addr_parse(text, &a);
	NL(m, 128);

	if (ret)
		return err_set(EINVAL, "'%s' is no address", text);
	head.ifa_family = a.family;
	head.ifa_prefixlen = a.prefix;
	nl_begin(&m, RTM_DELADDR, 0, &head, sizeof(head));
	nl_put(&m, IFA_LOCAL, a.bytes, a.size);
	nl_put(&m, IFA_ADDRESS, a.bytes, a.size);
	ret = nl_try(sock, &m);
	return ret && ret != -EADDRNOTAVAIL && ret != -ENODEV
	               ? err_code(ret, "cannot remove the address '%s'", text)
	               : 0;
}

/* ---- the default route ---- */

static int match_default(const struct nlmsghdr *m, void *arg)
{
	struct default_route *r = arg;
	const struct rtmsg *head = NLMSG_DATA(m);
	const struct rtattr *attr[RTA_GATEWAY + 1];

	if (m->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || head->rtm_family != AF_INET ||
		head->rtm_dst_len || head->rtm_table != RT_TABLE_MAIN ||
		head->rtm_type != RTN_UNICAST || r->index)
		return 0;
	nl_attrs(m, sizeof(*head), attr, RTA_GATEWAY + 1);
	/* One of several hops has none: it is another's in any case. */
	r->index = (int)nl_u32(attr[RTA_OIF], -1U);
	if (attr[RTA_GATEWAY] && RTA_PAYLOAD(attr[RTA_GATEWAY]) == sizeof(r->via))
		memcpy(r->via, RTA_DATA(attr[RTA_GATEWAY]), sizeof(r->via));
	return 0;
}

int route_find_default(int sock, struct default_route *r)
{
	struct rtmsg head = { .rtm_family = AF_INET };
	int ret;
	NL(m, 64);

	nl_begin(&m, RTM_GETROUTE, NLM_F_DUMP, &head, sizeof(head));
	memset(r, 0, sizeof(*r));
	ret = nl_list(sock, &m, RTM_NEWROUTE, match_default, r);
	return ret ? err_code(ret, "cannot read the routes") : !!r->index;
}

int route_drop_default(int sock, int index, const char *via)
{
	struct rtmsg head = {
		.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_scope = RT_SCOPE_NOWHERE
	};
	uint8_t gateway[4];
	int ret;
	NL(m, 64);

	if (inet_pton(AF_INET, via, gateway) != 1)
		return err_set(EINVAL, "'%s' is no address", via);
	nl_begin(&m, RTM_DELROUTE, 0, &head, sizeof(head));
	nl_put_u32(&m, RTA_OIF, (uint32_t)index);
	nl_put(&m, RTA_GATEWAY, gateway, sizeof(gateway));
	ret = nl_try(sock, &m);
	return ret && ret != -ESRCH ? err_code(ret, "cannot remove the default route") : 0;
}

/* ---- ports ---- */

struct ports {
	int index;
	int (*each)(const struct net_link *l, void *arg);
	void *arg;
};

static int match_port(const struct net_link *l, void *arg)
{
	const struct ports *p = arg;

	return l->master == p->index ? p->each(l, p->arg) : 0;
}

int bridge_each_port(
	int sock, int index, int (*each)(const struct net_link *l, void *arg), void *arg)
{
	struct ports p = { index, each, arg };
	int ret = net_each_link(sock, match_port, &p);

	return ret < 0 && !err_is_set() ? err_code(ret, "cannot read the links") : ret;
}
