/* SPDX-License-Identifier: MIT */
/* owns finding the applet and the one place where an error is printed */
/* never does what an applet does */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "conf/conf.h"
#include "container/container.h"
#include "docgen.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/str.h"
#include "lib/sys.h"

#define VERSION "0.1"

#define APPLET(id, name, symbol, help) extern const struct applet id##_applet;
#include "applets.def"
#undef APPLET

struct entry {
	const char *name;	/* "lxc-start"; "check" alone is a command that LXC has not */
	const text_t *help;	/* NULL without CFG_OPT_HELP */
	const struct applet *applet;
};

static const struct entry entries[] = {
#define APPLET(id, name, symbol, help) { name, OPT_HELP(help), CFG_##symbol ? &id##_applet : NULL },
#include "applets.def"
#undef APPLET
	{ NULL, NULL, NULL },
};

/* "start" of "lxc-start"; of lxcbox's own commands the name has nothing before it. */
static const char *short_name(const struct entry *e)
{
	const char *rest = str_after(e->name, "lxc-");

	return rest ? rest : e->name;
}

static bool is_own(const struct entry *e)
{
	return short_name(e) == e->name;
}

/* What a user types and what messages begin with: "lxc-start", "lxcbox check". */
static const char *title(const struct entry *e)
{
	static char buf[32];

	str_format(buf, sizeof(buf), "%s%s", is_own(e) ? "lxcbox " : "", e->name);
	return buf;
}

/* By "lxc-start" or, behind lxcbox, "start". */
static const struct entry *find(const char *name)
{
	const struct entry *e;

	for (e = entries; e->name; e++)
		if (e->applet && (str_eq(e->name, name) || str_eq(short_name(e), name)))
			return e;
	return NULL;
}

static int print_list(int fd)
{
	const struct entry *e;

	fd_tell(fd,
		"lxcbox %s: LXC in one binary\n\nUsage: lxcbox COMMAND [ARG]...\n   or: "
		"lxc-COMMAND [ARG]...\n\n",
		VERSION);
	for (e = entries; e->name; e++)
		if (e->applet)
			fd_printf(fd, "  %-14s %s\n", short_name(e),
				CFG_OPT_HELP ? text_str(e->help) : "");
	if (!CFG_OPT_HELP)
		return 0;
	fd_tell(fd,
		"\n  --list         the names of the lxc-* commands, one a line\n"
		"  --features     what this build has and by default does\n"
		"  --version      the version\n");
	return 0;
}

static int print_links(void)
{
	const struct entry *e;

	for (e = entries; e->name; e++)
		if (e->applet && !is_own(e))
			fd_printf(1, "%s\n", e->name);
	return 0;
}

/* What holds here: of lxc.conf, else this build's. */
static const char *paths_value(enum sys_key key, const char *built)
{
	return CFG_SYSTEM_CONF ? conf_sys_value(key) : built;
}

static int print_features(void)
{
	int ret = CFG_SYSTEM_CONF ? conf_sys_load() : 0;
	const char *own, *use;
	char dir[PATH_MAX];
	struct utsname u;

	uname(&u);
	fd_tell(1, "version: %s\nmachine: %s\n", VERSION, u.machine);
	if (CFG_NET_DEFAULT_HOST)
		fd_tell(1, "network without lxc.net lines: the host's (CONFIG_NET_DEFAULT_HOST)\n");
	else
		fd_tell(1, "network without lxc.net lines: empty (CONFIG_NET_DEFAULT_EMPTY)\n");
	own = CFG_SYSTEM_CONF ? conf_sys_dir(dir, sizeof(dir)) : CFG_GLOBAL_CONF;
	use = paths_value(SYS_CGROUP_USE, NULL);
	fd_tell(1,
		"containers: %s\nruntime directory: %s\nglobal configuration: %s\nrootfs mount: "
		"%s\nlogs: %s\ncgroup: %s\ncgroup hierarchies: %s\n",
		paths_value(SYS_LXCPATH, CFG_LXCPATH), CFG_RUNTIME_DIR, own ? own : "none (no HOME)",
		CFG_ROOTFS_MOUNT, CFG_LOG_DIR, paths_value(SYS_CGROUP_PATTERN, CFG_CGROUP_PATTERN),
		use ? use : "all");
	fd_tell(1, "cgroup v2: %s\ndevice rules on cgroup v2: %s\n", CFG_CGROUP_V2 ? "yes" : "no",
		CFG_CGROUP_BPF ? "yes" : "no");
	fd_tell(1, "user namespaces: %s\n", !CFG_IDMAP ? "no" : CFG_UNPRIVILEGED ?
						"yes, also of ordinary users" : "yes");
	fd_tell(1, "roots of kind overlay: %s\nroots in images: %s\nroots with dm-verity: %s\n"
		"mounts with idmap: %s\n",
		CFG_ROOTFS_OVERLAY ? "yes" : "no", CFG_ROOTFS_LOOP ? "yes" : "no",
		CFG_ROOTFS_VERITY ? "yes" : "no", CFG_ROOTFS_IDMAP ? "yes" : "no");
	fd_tell(1, "regular expressions: %s\ndevices that come and go: %s\n", CFG_REGEX ? "yes" : "no",
		CFG_DEVICE_EVENTS ? "yes" : "no");
	if (ret)
		fd_tell(2, "lxcbox: %s\n%s", err_text(), conf_problems());
	return !!ret;
}

/* -o and -l; what starts a container opens it once more, when the configuration has had its say. */
static int open_log(const struct opt_common *o)
{
	int level = o->logpriority ? log_level_parse(o->logpriority) : LOG_ERROR, ret;

	if (level < 0)
		return err_set(EINVAL,
			"unknown log priority '%s' (TRACE DEBUG INFO NOTICE WARN ERROR CRIT "
			"ALERT FATAL)",
			o->logpriority);
	if (!o->logfile || str_eq(o->logfile, "none"))
		return 0;
	ret = log_open(o->logfile, (enum log_level)level, log_name());
	return ret ? err_in(ret, "log file") : 0;
}

/*
 * Only what runs containers as its own user needs root; an error here would hide usage and --plan.
 */
static int run_applet(const struct entry *e, int argc, char **argv)
{
	const struct applet *a = e->applet;
	void *args = calloc(1, a->args_size);
	struct opt_common *o = args;
	int left;

	if (!args)
		return err_set(ENOMEM, "out of memory");
	left = opt_parse(a, args, argc, argv);
	if (left < 0) {
		fd_tell(2, "%s: %s\n", title(e), err_text());
		opt_help(2, a, title(e), true);
		exit(is_own(e) ? 2 : 1);
	}
	if (o->help || o->usage) {
		opt_help(2, a, title(e), o->usage);
		if (CFG_LXC_CREATE && o->help && a->flags & APPLET_HELPS)
			return a->run(args, left, argv);
		exit(0);
	}
	if (o->version) {
		fd_printf(1, "%s\n", VERSION);
		exit(0);
	}
	if (!(a->flags & APPLET_PLAIN) && !o->name && left && a->flags & APPLET_NEEDS_NAME) {
		o->name = *argv++;
		left--;
	}
	/* It stands before each message; what changes here is no name of a container. */
	log_set_stderr(title(e), o->name ? str_printable((char *)o->name) : "", o->quiet);
	if (a->flags & APPLET_NEEDS_NAME) {
		if (!o->name)
			return err_set(EINVAL, "missing container name, use -n NAME");
		left = container_check_name(o->name) ? -EINVAL : left;
	}
	if (left >= 0 && open_log(o))
		left = -EINVAL;
	if (left >= 0 && !(a->flags & (APPLET_PLAIN | APPLET_READS)) &&
	    container_system(o, a->flags & APPLET_MAKES))
		left = -EINVAL;
	return left < 0 ? left : a->run(args, left, argv);
}

/* "applet: name: error", and below it what else is wrong with the file; nothing with -q. */
static void print_error(const struct entry *e, const char *name)
{
	const char *more = conf_problems();

	log_error("%s", err_text());
	if (log_is_quiet())
		return;
	fd_tell(2, "%s: %s%s%s\n", title(e), name, *name ? ": " : "", err_text());
	if (fd_write_all(2, more, strlen(more)))
		return;
}

/*
 * Nothing that the caller has open reaches a container or stays with a monitor, and what it has
 * closed of 0 to 2 is not taken by a file of ours.
 */
static void own_descriptors(void)
{
	struct pollfd p[3] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };
	int i, closed;

	fd_close_from(3);
	/* Fails where a limit allows fewer than three. */
	closed = poll(p, ARRAY_SIZE(p), 0);
	for (i = 0; i < 3; i++)
		if ((closed < 0 ? fcntl(i, F_GETFD) < 0 : p[i].revents & POLLNVAL) &&
		    open("/dev/null", O_RDWR) != i)
			return;
}

int main(int argc, char **argv)
{
	const char *self = argc ? str_base(argv[0]) : "lxcbox";
	const struct entry *e = find(self);
	char **all = argv;
	int ret;

	if (!e && argc > 1) {
		argv++;
		argc--;
		e = find(argv[0]);
	}
	/* Before anything is opened: what runs again closes the caller's descriptors then. */
	if (e && e->applet->flags & APPLET_PROTECT && (CFG_UNPRIVILEGED || !sys_euid()) &&
	    sys_protect_exe(all)) {
		print_error(e, "");
		return 1;
	}
	own_descriptors();
	/* Where a caller ignores it no end of a child is ever told. */
	signal(SIGCHLD, SIG_DFL);
	if (!e) {
		const char *word = argc ? argv[0] : "";

		if (all == argv || str_eq(word, "--help"))
			return print_list(all == argv ? 2 : 1) || all == argv;
		if (str_eq(word, "--list"))
			return print_links();
		if (str_eq(word, "--features"))
			return print_features();
		if (CFG_DOCGEN && str_eq(word, "--docgen")) {
			if (!docgen_print(argc > 1 ? argv[1] : NULL, VERSION))
				return 0;
			fd_tell(2, "lxcbox: %s\n", err_text());
			return 1;
		}
		if (str_eq(word, "--version")) {
			fd_printf(1, "%s\n", VERSION);
			return 0;
		}
		fd_tell(2, "lxcbox: unknown command '%s'\n", word);
		print_list(2);
		return 1;
	}
	ret = run_applet(e, argc, argv);
	if (ret >= 0)
		return ret;
	print_error(e, log_name());
	return 1;
}
