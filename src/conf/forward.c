/* SPDX-License-Identifier: MIT */
/* owns lxcbox.net.N.forward: its grammar, what it needs of the interface, what excludes another */
/* never asks the machine which addresses or ports there are */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

#define KEY "lxcbox.net."
#define TAIL ".forward"

static int read_port(const char *s, uint16_t *out)
{
	uint64_t n;

	if (!s || str_to_u64(s, 65535, &n) || !n)
		return -EINVAL;
	*out = (uint16_t)n;
	return 0;
}

/* "PORT", "A.B.C.D:PORT", "[A:B::C]:PORT"; cut apart in place. */
static int read_host(char *s, struct conf_forward *f)
{
	char *address = NULL, *end = NULL;

	if (s && *s == '[') {
		f->is_ipv6 = true;
		address = s + 1;
		end = strstr(s, "]:");
	} else if (s && strchr(s, ':')) {
		address = s;
		end = strchr(s, ':');
	}
	if (!address)
		return read_port(s, &f->host_port);
	if (!end)
		return -EINVAL;
	*end = '\0';
	if (inet_pton(f->is_ipv6 ? AF_INET6 : AF_INET, address, f->host) != 1)
		return -EINVAL;
	return read_port(end + (f->is_ipv6 ? 2 : 1), &f->host_port);
}

int conf_forward_parse(const char *v, struct conf_forward *f)
{
	char buf[96], *at = buf, *word;

	*f = (struct conf_forward){ .net = -1 };
	if (str_format(buf, sizeof(buf), "%s", v) >= sizeof(buf))
		return -EINVAL;
	word = str_word(&at, " \t");
	if (!word || (!str_eq(word, "tcp") && !str_eq(word, "udp")))
		return -EINVAL;
	f->is_udp = *word == 'u';
	if (read_host(str_word(&at, " \t"), f) || read_port(str_word(&at, " \t"), &f->port))
		return -EINVAL;
	return str_word(&at, " \t") ? -EINVAL : 0;
}

/* N of "N.forward", as an interface's number is read elsewhere. */
static int number_of(const char *sub)
{
	size_t n = strspn(sub, "0123456789");
	char digits[12];
	int i;

	if (!n || n >= sizeof(digits) || !str_eq(sub + n, TAIL))
		return -EINVAL;
	str_format(digits, sizeof(digits), "%.*s", (int)n, sub);
	return str_to_int(digits, &i) ? -EINVAL : i;
}

int parse_forward(struct parse *p, char *v)
{
	struct conf_forward f;

	if (number_of(p->sub) < 0)
		return err_set(EINVAL, "unknown key (" KEY "N" TAIL ")");
	return conf_forward_parse(v, &f) ? bad_value(p, v) : put_item(p, v);
}

void conf_forward_get(const struct conf *c, const struct conf_item *it, struct conf_forward *f,
		      const struct conf_net **out)
{
	const struct conf_net *n;

	/* Both were good when they were read. */
	if (conf_forward_parse(it->v, f))
		return;
	f->net = number_of(it->key);
	for (n = c->net; n && n->index != f->net; n = n->next)
		;
	*out = n;
}

static int check_one(const struct conf_forward *f, const struct conf_net *n)
{
	if (!n)
		return err_set(EINVAL, "lxc.net.%d.type is missing", f->net);
	if (n->kind.v != NET_VETH)
		return err_set(EINVAL, "no effect with kind %s, only with veth",
			       net_kind_name(n->kind.v));
	if (!(f->is_ipv6 ? n->ipv6.first : n->ipv4.first))
		return err_set(EINVAL, "lxc.net.%d.%s.address is missing (the port leads to it; one "
			       "from DHCP is not known at the start)", f->net,
			       f->is_ipv6 ? "ipv6" : "ipv4");
	return 0;
}

/* The same port of the same address: the later line would never act. */
static bool is_same(const struct conf_forward *a, const struct conf_forward *b)
{
	static const uint8_t any[16];

	return a->is_udp == b->is_udp && a->is_ipv6 == b->is_ipv6 && a->host_port == b->host_port &&
	       (!memcmp(a->host, any, 16) || !memcmp(b->host, any, 16) ||
		!memcmp(a->host, b->host, 16));
}

int net_check_forwards(const struct conf *c)
{
	const struct conf_item *it, *other;
	struct conf_forward f, g;
	const struct conf_net *n;
	char key[40];
	int ret = 0;

	for (it = c->net_forward.first; !ret && it; it = it->next) {
		conf_forward_get(c, it, &f, &n);
		ret = check_one(&f, n);
		for (other = c->net_forward.first; !ret && other != it; other = other->next) {
			conf_forward_get(c, other, &g, &n);
			if (is_same(&f, &g))
				ret = err_set(EINVAL, "%s port %d has '%s' already",
					      f.is_udp ? "udp" : "tcp", f.host_port,
					      shown(other->v));
		}
		str_format(key, sizeof(key), KEY "%s", it->key);
		if (ret)
			ret = conf_report(ret, it->at, key);
	}
	return ret;
}
