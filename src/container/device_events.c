/* SPDX-License-Identifier: MIT */
/* owns giving a container the devices that lxcbox.device names, while it runs */
/* never hears anybody but the kernel, never makes a node but in the container's own /dev */
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "container/device.h"
#include "container/steps.h"
#include "lib/compat.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"

/* More devices than this a container does not get. */
#define PLUGGED_MAX 64
/* So many messages are read before others get their turn; the next poll comes back. */
#define AT_ONCE 64
/* lib/kobject_uevent.c: 2048 bytes of pairs, and a path. */
#define MESSAGE_MAX 8192

#define TMPFS_MAGIC 0x01021994
#define RAMFS_MAGIC 0x858458f6

/* A device that the container has been given. */
struct plugged {
	struct device_rule rule;	/* access: what to take back; type 0: a free place */
	bool is_made;			/* the node, by us */
	char name[DEVICE_NAME_MAX + 1];	/* below /dev */
};

/* What a device is found in: /sys/dev/char or block. */
static int open_devices(bool block)
{
	int fd = fd_open(block ? "/sys/dev/block" : "/sys/dev/char", O_RDONLY | O_DIRECTORY);

	return fd < 0 ? err_sys("cannot read '/sys/dev/%s'", block ? "block" : "char") : fd;
}

static int open_root(const struct start *s)
{
	char path[32];
	int fd;

	str_format(path, sizeof(path), "/proc/%d/root", (int)s->pid);
	fd = fd_open(path, O_PATH | O_DIRECTORY);
	return fd < 0 ? err_sys("cannot open the root of the container") : fd;
}

/* ---- which line a device fits ---- */

/* What no message of a device says is asked of those that it is part of. */
static void find_ids(struct uevent *e)
{
	char path[1024], text[4096], *slash;
	struct uevent above;
	size_t n = str_format(path, sizeof(path) - sizeof("/uevent"), "/sys%s", e->devpath);

	if (n >= sizeof(path) - sizeof("/uevent"))
		return;
	while (e->vendor < 0 && (slash = strrchr(path, '/')) && slash > path + strlen("/sys")) {
		strcat(path, "/uevent");
		/* One that says something odd says nothing of this. */
		if (fd_read_file(AT_FDCWD, path, text, sizeof(text)) > 0 &&
		    !uevent_parse_file(text, &above)) {
			e->vendor = above.vendor;
			e->product = above.product;
		}
		*slash = '\0';
	}
}

static bool fits(const struct device_match *m, struct uevent *e)
{
	if (!device_text_fits(&m->subsystem, e->subsystem) || !device_text_fits(&m->name, e->name))
		return false;
	if (m->vendor < 0 && m->product < 0)
		return true;
	find_ids(e);
	return (m->vendor < 0 || m->vendor == e->vendor) &&
	       (m->product < 0 || m->product == e->product);
}

/* The first line that a device fits, NULL: none; name is what it is called in the container. */
static const struct conf_item *find_line(const struct start *s, struct uevent *e,
					 struct device_match *m, char *name)
{
	const struct conf_item *it;

	for (it = s->conf->device.first; it; it = it->next) {
		if (device_match_parse(it->v, m) || !fits(m, e))
			continue;
		if (m->as.at)
			str_format(name, DEVICE_NAME_MAX + 1, "%.*s", (int)m->as.len, m->as.at);
		else
			str_format(name, DEVICE_NAME_MAX + 1, "%s", e->name);
		return it;
	}
	return NULL;
}

/* ---- given and taken ---- */

static struct plugged *find_place(const struct start *s, char type, int major, int minor)
{
	struct plugged *p;

	for (p = s->plugged; p < s->plugged + PLUGGED_MAX; p++)
		if (p->rule.type == type &&
		    (!type || (p->rule.major == major && p->rule.minor == minor)))
			return p;
	return NULL;
}

static char type_of(const struct uevent *e)
{
	return str_eq(e->subsystem, "block") ? 'b' : 'c';
}

static struct device_node node_of(const struct plugged *p)
{
	return (struct device_node){
		.mode = p->rule.type == 'b' ? S_IFBLK : S_IFCHR,
		.rdev = makedev((unsigned int)p->rule.major, (unsigned int)p->rule.minor),
	};
}

static int change_node(const struct start *s, const struct plugged *p,
		       const struct device_node *n, bool make)
{
	char target[DEVICE_NAME_MAX + sizeof("dev/")];
	AUTO_FD int root = open_root(s);

	if (root < 0)
		return root;
	str_format(target, sizeof(target), "dev/%s", p->name);
	return make ? node_make(root, target, n, s->dev_on) :
		      node_remove(root, target, n, s->dev_on);
}

/* A device is there. What fits no line, or is given already, is no error. */
static int plug(struct start *s, struct uevent *e)
{
	char origin[ORIGIN_MAX], name[DEVICE_NAME_MAX + 1];
	const char type = type_of(e);
	const struct conf_item *it;
	struct device_node node;
	struct device_match m;
	struct plugged *p;
	unsigned int given;
	int ret;

	if (e->major < 0 || find_place(s, type, e->major, e->minor))
		return 0;
	it = find_line(s, e, &m, name);
	if (!it)
		return 0;
	p = find_place(s, 0, 0, 0);
	if (!p)
		ret = err_set(ENOSPC, "it has %d already", PLUGGED_MAX);
	else
		ret = 0;
	if (!ret) {
		*p = (struct plugged){ .rule = { .type = type, .major = e->major,
						 .minor = e->minor, .access = m.access } };
		str_format(p->name, sizeof(p->name), "%s", name);
		ret = cgroup_device_give(&s->layout, s->cgroup_dir, &p->rule, &s->devices, &given);
	}
	if (!ret) {
		p->rule.access = given;
		node = node_of(p);
		node.mode |= m.mode;
		node.uid = m.uid;
		node.gid = m.gid;
		ret = change_node(s, p, &node, true);
		p->is_made = ret > 0;
		if (ret < 0 && cgroup_device_take(&s->layout, s->cgroup_dir, &p->rule, &s->devices))
			log_warn("the rule of device '%s' stays", e->name);
	}
	if (ret < 0 && p)
		p->rule.type = 0;
	if (ret < 0)
		return err_in(ret, "%slxcbox.device: device '%s'", origin_text(it->at, origin),
			      e->name);
	log_info("device '%s' (%c %d:%d) is given as /dev/%s", e->name, type, e->major, e->minor,
		 name);
	return 0;
}

static void unplug(struct start *s, struct plugged *p)
{
	struct device_node node = node_of(p);

	/* The rule goes first: its number may be another device's soon. */
	if (cgroup_device_take(&s->layout, s->cgroup_dir, &p->rule, &s->devices)) {
		log_warn("device '%s': its rule stays: %s", p->name, err_text());
		err_clear();
	}
	if (p->is_made && change_node(s, p, &node, false) < 0) {
		log_info("device '%s': its node stays: %s", p->name, err_text());
		err_clear();
	}
	log_info("device '%s' (%c %d:%d) is taken back", p->name, p->rule.type, p->rule.major,
		 p->rule.minor);
	p->rule.type = 0;
}

/* ---- what is there already ---- */

struct sight {
	struct uevent e;
	char text[4096], subsystem[64], link[1024];
};

/* What /sys says of "188:0" in one of its directories; false: it is gone, or has no node. */
static bool look_up(int dir, const char *number, struct sight *t)
{
	char path[64];
	ssize_t n;

	str_format(path, sizeof(path), "%s/uevent", number);
	if (fd_read_file(dir, path, t->text, sizeof(t->text)) <= 0 ||
	    uevent_parse_file(t->text, &t->e) || t->e.major < 0)
		return false;
	str_format(path, sizeof(path), "%s/subsystem", number);
	n = readlinkat(dir, path, t->link, sizeof(t->link) - 1);
	t->link[n > 0 ? n : 0] = '\0';
	str_format(t->subsystem, sizeof(t->subsystem), "%s", str_base(t->link));
	t->e.subsystem = t->subsystem;
	/* "../../devices/…" */
	n = readlinkat(dir, number, t->link, sizeof(t->link) - 1);
	t->link[n > 0 ? n : 0] = '\0';
	t->e.devpath = strstr(t->link, "/devices/");
	if (!t->e.devpath)
		t->e.devpath = "";
	return true;
}

struct scan {
	struct start *s;
	bool is_start;		/* then what cannot be given is an error */
};

static int scan_one(int dir, const char *name, void *arg)
{
	const struct scan *scan = arg;
	struct sight t;
	int ret = look_up(dir, name, &t) ? plug(scan->s, &t.e) : 0;

	if (!ret || scan->is_start)
		return ret;
	log_warn("%s", err_text());
	err_clear();
	return 0;
}

static int scan_all(struct start *s, bool is_start)
{
	struct scan scan = { s, is_start };
	int i, ret = 0;

	for (i = 0; i < 2 && !ret; i++) {
		AUTO_FD int dir = open_devices(i);

		ret = dir < 0 ? dir : fd_each_name(dir, scan_one, &scan);
	}
	return ret;
}

/* It is there still, and is the one that was given. */
static bool is_still(struct start *s, const struct plugged *p)
{
	AUTO_FD int dir = open_devices(p->rule.type == 'b');
	char number[24], name[DEVICE_NAME_MAX + 1];
	struct device_match m;
	struct sight t;

	str_format(number, sizeof(number), "%d:%d", p->rule.major, p->rule.minor);
	return dir >= 0 && look_up(dir, number, &t) && find_line(s, &t.e, &m, name) &&
	       str_eq(name, p->name);
}

/* Messages were lost. */
static void look_again(struct start *s)
{
	struct plugged *p;

	log_info("too many messages of devices at once: looking at all");
	for (p = s->plugged; p < s->plugged + PLUGGED_MAX; p++)
		if (p->rule.type && !is_still(s, p))
			unplug(s, p);
	if (scan_all(s, false))
		log_warn("%s", err_text());
	err_clear();
}

/* ---- messages ---- */

/* One of the kernel's into buf: its length; 0: nobody's to be heard; -errno. */
static ssize_t receive(int fd, char *buf, size_t n)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct sockaddr_nl from = { 0 };
	struct iovec io = { buf, n };
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &io,
			      .msg_iovlen = 1, .msg_control = &control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *c;
	struct ucred who = { .pid = -1, .uid = (uid_t)-1 };
	ssize_t got = recvmsg(fd, &msg, MSG_DONTWAIT);

	if (got < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_CREDENTIALS &&
	    c->cmsg_len == CMSG_LEN(sizeof(who)))
		memcpy(&who, CMSG_DATA(c), sizeof(who));
	/* Who has CAP_NET_ADMIN in this network can send here, too: not as port 0. */
	if (from.nl_pid || who.uid || who.pid || msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return 0;
	return got;
}

void device_events_read(struct start *s)
{
	char buf[MESSAGE_MAX];
	struct plugged *p;
	struct uevent e;
	unsigned int i;
	ssize_t n;

	err_clear();
	for (i = 0; i < AT_ONCE; i++) {
		n = receive(s->uevents, buf, sizeof(buf));
		if (n == -ENOBUFS) {
			look_again(s);
			continue;
		}
		if (n < 0 && n != -EINTR)
			return;
		if (n <= 0 || uevent_parse(buf, (size_t)n, &e) || e.major < 0)
			continue;
		p = find_place(s, type_of(&e), e.major, e.minor);
		if (e.is_remove && p)
			unplug(s, p);
		if (!e.is_add || !plug(s, &e))
			continue;
		log_warn("%s", err_text());
		err_clear();
	}
}

/* ---- the step ---- */

static int is_mount_of(char *line, void *arg)
{
	const char *dev = arg;
	unsigned int i;

	/* mountinfo: "ID PARENT MAJOR:MINOR ..." */
	for (i = 0; i < 2; i++)
		line += strcspn(line, " ") + (line[strcspn(line, " ")] == ' ');
	return !strncmp(line, dev, strlen(dev)) && line[strlen(dev)] == ' ';
}

/*
 * The nodes go with the container's mounts, so that nothing needs to be undone: its /dev must be a
 * tmpfs that is mounted nowhere else.
 */
static int check_dev(struct start *s)
{
	AUTO_FD int root = open_root(s);
	AUTO_FD int dev = -1;
	struct statfs fs;
	struct stat st;
	char number[24];
	int ret;

	if (root < 0)
		return root;
	dev = openat(root, "dev", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dev < 0 || fstat(dev, &st) || fstatfs(dev, &fs))
		return err_sys("cannot look at /dev of the container");
	str_format(number, sizeof(number), "%u:%u", major(st.st_dev), minor(st.st_dev));
	ret = fd_each_line(AT_FDCWD, "/proc/self/mountinfo", is_mount_of, number);
	if (ret < 0)
		return ret;
	if (ret || ((uint32_t)fs.f_type != TMPFS_MAGIC && (uint32_t)fs.f_type != RAMFS_MAGIC))
		return err_set(EINVAL, "the container has no /dev of its own, a tmpfs "
			       "(lxc.autodev = 1)");
	s->dev_on = st.st_dev;
	return 0;
}

static int listen_to_kernel(void)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	AUTO_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
				NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) ||
	    bind(fd, (const struct sockaddr *)&to, sizeof(to)))
		return err_sys("cannot hear of devices");
	return take_fd(&fd);
}

int plan_device(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_item *it;

	for (it = s->conf->device.first; it; it = it->next)
		if (!plan_add(p, k, it->at, PLAN_TEXT("%s", it->v)))
			return -ENOMEM;
	return 0;
}

/* All lines at once, at the last of them. */
int act_device(struct start *s, const struct step *step)
{
	const struct step *next = step + 1;
	char origin[ORIGIN_MAX];
	int ret;

	if (next < s->plan.steps + s->plan.n && next->kind == step->kind)
		return 0;
	ret = s->conf->idmap.first ? err_set(EOPNOTSUPP, "no nodes can be made in a user namespace") :
				     check_dev(s);
	if (!ret) {
		s->plugged = calloc(PLUGGED_MAX, sizeof(*s->plugged));
		ret = s->plugged ? 0 : err_set(ENOMEM, "out of memory");
	}
	if (!ret)
		ret = cgroup_devices_learn(&s->layout, s->cgroup_dir, 2 * PLUGGED_MAX, &s->devices);
	if (!ret)
		ret = s->uevents = listen_to_kernel();
	if (ret < 0)
		return err_in(ret, "%slxcbox.device", origin_text(step->at, origin));
	/* After the socket: what comes meanwhile is found twice, never not at all. */
	return scan_all(s, true);
}

void device_events_close(struct start *s)
{
	fd_close(&s->uevents);
	free(s->plugged);
	s->plugged = NULL;
}
