/* SPDX-License-Identifier: MIT */
/* owns lxc-user-nic: arguments, the order of things, what is told */
/* never is part of lxcbox: a small set-uid program, for devices at bridges that users may use */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "net/netlink.h"
#include "user-nic/caller.h"
#include "user-nic/db.h"
#include "user-nic/nic.h"

#define QUOTAS "/etc/lxc/lxc-usernet"
#define QUOTAS_MAX (1 << 20)

struct request {
	bool is_delete;
	const char *network, *type, *bridge;
	const char *name;	/* inside, NULL: ethN; of delete: here */
};

static const char usage[] =
	"usage: lxc-user-nic create LXCPATH NAME PID TYPE BRIDGE [INTERFACE]\n"
	"       lxc-user-nic delete LXCPATH NAME /proc/PID/ns/net TYPE BRIDGE DEVICE\n"
	"Gives a network namespace of yours a veth device at a bridge, as /etc/lxc/lxc-usernet allows.\n";

/* LXC's order. 1: as it should be, 0: help was asked for, -EINVAL. */
static int read_request(int argc, char **argv, struct request *r)
{
	if (argc == 2 && (str_eq(argv[1], "--help") || str_eq(argv[1], "-h")))
		return 0;
	memset(r, 0, sizeof(*r));
	if (argc < 7 || argc > 8)
		return -EINVAL;
	r->is_delete = str_eq(argv[1], "delete");
	if ((!r->is_delete && !str_eq(argv[1], "create")) || (r->is_delete && argc != 8))
		return -EINVAL;
	r->network = argv[4];
	r->type = argv[5];
	r->bridge = argv[6];
	r->name = argc == 8 ? argv[7] : NULL;
	return 1;
}

static int check_request(const struct request *r)
{
	if (!str_eq(r->type, "veth"))
		return err_set(EINVAL, "'%.40s' is no kind of device that is made here (veth)", r->type);
	if (!quota_is_ifname(r->bridge))
		return err_set(EINVAL, "'%.40s' is no name of a bridge", r->bridge);
	if (r->name && !quota_is_ifname(r->name))
		return err_set(EINVAL, "'%.40s' is no name of an interface", r->name);
	return 0;
}

/* Root's own, as the list of devices is. */
static int load_quotas(char **text)
{
	AUTO_FD int fd = fd_open(QUOTAS, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	char path[FD_PATH_MAX];
	ssize_t n;

	if (fd < 0)
		return err_sys("cannot open '%s'", QUOTAS);
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid || st.st_mode & 022)
		return err_set(EPERM, "'%s' is not a file that root alone can write", QUOTAS);
	n = fd_load_file(AT_FDCWD, fd_path(fd, path), QUOTAS_MAX, text);
	return n < 0 ? err_in((int)n, "cannot read '%s'", QUOTAS) : 0;
}

static int choose_owner(const struct request *r, struct caller *c, const struct db *d, char *quotas,
			const char **owner)
{
	const struct quota_caller caller = { c->name, caller_in_group, c };
	const struct quota_want want = { &caller, r->type, r->bridge };
	unsigned int bad;
	int ret = quota_choose(quotas, &want, d->device, d->n, owner, &bad);

	if (ret == -EDQUOT)
		return err_set(EDQUOT, "%s allows '%s' no more devices at '%s'", QUOTAS, c->name,
			       r->bridge);
	if (ret && bad)
		return err_set(EPERM, "%s allows '%s' no device at '%s' (line %u is not understood)",
			       QUOTAS, c->name, r->bridge, bad);
	if (ret)
		return err_set(EPERM, "%s allows '%s' no device at '%s'", QUOTAS, c->name,
			       r->bridge);
	return 0;
}

/* The line first, then the device: what has no device is taken off the list by the next one. */
static int create(const struct request *r, struct caller *c, struct db *d, int host, int ns,
		  int inside)
{
	AUTO_FREE char *quotas = NULL;
	const char *owner = NULL;
	struct nic n = { .index = 0 };
	unsigned int mtu = 0;
	int bridge = 0, ret = load_quotas(&quotas);
	char line[80];

	if (!ret)
		ret = choose_owner(r, c, d, quotas, &owner);
	if (!ret)
		ret = nic_find_bridge(host, r->bridge, &bridge, &mtu);
	if (!ret)
		ret = nic_choose_name(host, n.name);
	if (!ret && d->n == QUOTA_DEVICES_MAX)
		ret = err_set(ENOSPC, "%s/%s is full", DB_DIR, DB_FILE);
	if (ret)
		return ret;
	d->device[d->n++] = (struct quota_device){ owner, r->type, r->bridge, n.name };
	ret = db_write(d);
	if (!ret)
		ret = nic_make(host, inside, ns, bridge, mtu, r->name, &n);
	/* Its reader may take his time, but not the list. */
	db_close(d);
	if (ret)
		return ret;
	str_format(line, sizeof(line), "%s:%d:%s:%d\n", n.peer, n.peer_index, n.name, n.index);
	ret = fd_write_all(STDOUT_FILENO, line, strlen(line));
	return ret ? err_code(ret, "cannot tell the device's name") : 0;
}

/* On the list for the caller, and leading to a network that is his: a group's may be another's. */
static int delete(const struct request *r, struct caller *c, struct db *d, int host, int ns)
{
	const struct quota_caller caller = { c->name, caller_in_group, c };
	unsigned int i;
	int ret;

	for (i = 0; i < d->n; i++) {
		const struct quota_device *v = &d->device[i];

		if (str_eq(v->name, r->name) && str_eq(v->type, r->type) &&
		    str_eq(v->bridge, r->bridge) && quota_is_caller(&caller, v->owner))
			break;
	}
	ret = i == d->n ? -EPERM : nic_delete(host, ns, r->name);
	if (ret == -EPERM) {
		err_clear();
		return err_set(EPERM, "'%s' is no device of yours at '%s'", r->name, r->bridge);
	}
	if (ret)
		return ret;
	d->device[i] = d->device[--d->n];
	return db_write(d);
}

static int act(const struct request *r, struct caller *c)
{
	/* Too large for a stack that the caller may have made small. */
	static struct db d;
	AUTO_FD int ns = -1, inside = -1, host = -1;
	int ret = caller_begin(c);

	d.fd = -1;
	if (!ret)
		ret = check_request(r);
	if (!ret)
		ret = caller_open_network(c, r->network, &ns, &inside);
	if (!ret)
		ret = caller_end();
	if (!ret)
		ret = caller_name(c);
	if (ret)
		return ret;
	host = nl_open(NETLINK_ROUTE, -1);
	ret = host < 0 ? host : db_open(&d, host);
	if (!ret)
		ret = r->is_delete ? delete(r, c, &d, host, ns) :
				     create(r, c, &d, host, ns, inside);
	db_close(&d);
	return ret;
}

int main(int argc, char **argv)
{
	static struct caller caller;
	struct request r;
	int ret = read_request(argc, argv, &r);

	if (ret <= 0) {
		int fd = ret ? STDERR_FILENO : STDOUT_FILENO;

		return fd_write_all(fd, usage, sizeof(usage) - 1) || ret;
	}
	if (!act(&r, &caller))
		return 0;
	fd_printf(STDERR_FILENO, "lxc-user-nic: %s\n", err_text());
	return 1;
}
