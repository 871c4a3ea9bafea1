/* SPDX-License-Identifier: MIT */
/* owns lxc-checkconfig: what a kernel has of what containers need */
/* never changes anything: nothing is mounted, made or loaded to find out */
//config:config LXC_CHECKCONFIG
//config:	bool "lxc-checkconfig (5.1 KB)"
//config:	default y
//config:	help
//config:	  Report which kernel features that containers use are enabled or missing, from the
//config:	  kernel's configuration, or from the running kernel where there is none.
//config:
//config:config CHECKCONFIG_GZ
//config:	bool "lxc-checkconfig reads compressed configurations (0.3 KB)"
//config:	depends on LXC_CHECKCONFIG
//config:	default y
//config:	help
//config:	  For /proc/config.gz (IKCONFIG_PROC), which is where most set-top boxes have it.
//applet:APPLET(checkconfig, "lxc-checkconfig", LXC_CHECKCONFIG, "report what the kernel has of what containers need")
/*
 * Exit status: 0 nothing that is required is missing, 1 otherwise or when CONFIG cannot be read.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "applets/common.h"
#include "cgroup/cgroup.h"
#include "lib/inflate.h"
#include "lib/json.h"

#define CONFIG_MAX (4 << 20)
#define DIGITS "0123456789"
#define VERSION_OF(major, minor) ((major) << 8 | (minor))

enum flags {
	REQUIRED = 1,	/* no container starts without it */
	AND_SINCE = 2,	/* needs the symbol and the version; otherwise either will do */
};

/* How the running kernel is asked when there is no configuration. */
enum probe { P_NONE, P_NAMESPACE, P_CGROUP, P_FILESYSTEM, P_MODULE, P_FILE, P_SYSCALL };

struct row {
	const text_t *title;
	const text_t *symbols;	/* alternatives, separated by blanks; without CONFIG_ */
	const text_t *what;	/* for the probe */
	uint8_t probe, flags;
	uint16_t since;		/* VERSION_OF, 0: any */
};

/* A row with an empty title ends a group; the title of the next group is in its symbols. */
static const struct row rows[] = {
	{ TEXT(""), TEXT("Namespaces"), 0, 0, 0, 0 },
	{ TEXT("Namespaces"), TEXT("NAMESPACES"), TEXT("mnt"), P_NAMESPACE, REQUIRED, 0 },
	{ TEXT("Utsname namespace"), TEXT("UTS_NS"), TEXT("uts"), P_NAMESPACE, REQUIRED, 0 },
	{ TEXT("Ipc namespace"), TEXT("IPC_NS"), TEXT("ipc"), P_NAMESPACE, REQUIRED, 0 },
	{ TEXT("Pid namespace"), TEXT("PID_NS"), TEXT("pid"), P_NAMESPACE, REQUIRED, 0 },
	{ TEXT("User namespace"), TEXT("USER_NS"), TEXT("user"), P_NAMESPACE, 0, 0 },
	{ TEXT("Network namespace"), TEXT("NET_NS"), TEXT("net"), P_NAMESPACE, 0, 0 },
	{ TEXT("Time namespace"), TEXT("TIME_NS"), TEXT("time"), P_NAMESPACE, 0, 0 },
	/* Linux 4.7 makes each mount of devpts its own instance. */
	{ TEXT("Multiple /dev/pts instances"), TEXT("DEVPTS_MULTIPLE_INSTANCES"), 0, P_NONE, 0,
		VERSION_OF(4, 7) },

	{ TEXT(""), TEXT("Control groups"), 0, 0, 0, 0 },
	{ TEXT("Cgroups"), TEXT("CGROUPS"), TEXT("/proc/cgroups"), P_FILE, REQUIRED, 0 },
	{ TEXT("Cgroup namespace"), TEXT("CGROUPS"), TEXT("cgroup"),
		P_NAMESPACE, AND_SINCE, VERSION_OF(4, 6) },
	/* It took the place of the ns controller in Linux 3.0. */
	{ TEXT("Cgroup clone_children flag"), TEXT("CGROUPS"), TEXT("/proc/cgroups"),
		P_FILE, AND_SINCE, VERSION_OF(3, 0) },
	{ TEXT("Cgroup device"), TEXT("CGROUP_DEVICE"), TEXT("devices"), P_CGROUP, 0, 0 },
	{ TEXT("Cgroup sched"), TEXT("CGROUP_SCHED"), TEXT("cpu"), P_CGROUP, 0, 0 },
	{ TEXT("Cgroup cpu account"), TEXT("CGROUP_CPUACCT"), TEXT("cpuacct"), P_CGROUP, 0, 0 },
	{ TEXT("Cgroup memory controller"), TEXT("MEMCG CGROUP_MEM_RES_CTLR"), TEXT("memory"),
		P_CGROUP, 0, 0 },
	{ TEXT("Cgroup cpuset"), TEXT("CPUSETS"), TEXT("cpuset"), P_CGROUP, 0, 0 },
	{ TEXT("Cgroup freezer"), TEXT("CGROUP_FREEZER"), TEXT("freezer"), P_CGROUP, 0, 0 },
	{ TEXT("Cgroup pids"), TEXT("CGROUP_PIDS"), TEXT("pids"), P_CGROUP, 0, 0 },
	{ TEXT("Cgroup block I/O"), TEXT("BLK_CGROUP"), TEXT("blkio"), P_CGROUP, 0, 0 },
	{ TEXT("Cgroup bpf (devices on cgroup v2)"), TEXT("CGROUP_BPF"), 0, P_NONE, 0, 0 },

	{ TEXT(""), TEXT("Misc"), 0, 0, 0, 0 },
	{ TEXT("Unix98 ptys"), TEXT("UNIX98_PTYS"), TEXT("devpts"), P_FILESYSTEM, REQUIRED, 0 },
	{ TEXT("Tmpfs"), TEXT("TMPFS"), TEXT("tmpfs"), P_FILESYSTEM, REQUIRED, 0 },
	{ TEXT("Proc"), TEXT("PROC_FS"), TEXT("proc"), P_FILESYSTEM, REQUIRED, 0 },
	/* What a monitor listens on and sleeps in; tinyconfig has neither. */
	{ TEXT("Unix domain sockets"), TEXT("UNIX"), TEXT("/proc/net/unix"), P_FILE, REQUIRED, 0 },
	{ TEXT("Signalfd"), TEXT("SIGNALFD"), TEXT("signalfd"), P_SYSCALL, REQUIRED, 0 },
	{ TEXT("Veth pair device"), TEXT("VETH"), TEXT("veth"), P_MODULE, 0, 0 },
	{ TEXT("Macvlan"), TEXT("MACVLAN"), TEXT("macvlan"), P_MODULE, 0, 0 },
	{ TEXT("Ipvlan"), TEXT("IPVLAN"), TEXT("ipvlan"), P_MODULE, 0, 0 },
	{ TEXT("Vlan"), TEXT("VLAN_8021Q"), TEXT("8021q"), P_MODULE, 0, 0 },
	{ TEXT("Bridges"), TEXT("BRIDGE"), TEXT("bridge"), P_MODULE, 0, 0 },
	{ TEXT("Advanced netfilter"), TEXT("NETFILTER_ADVANCED"), 0, P_NONE, 0, 0 },
	{ TEXT("Nftables NAT"), TEXT("NFT_NAT"), TEXT("nft_chain_nat"), P_MODULE, 0, 0 },
	{ TEXT("Iptables NAT"), TEXT("IP_NF_TARGET_MASQUERADE IP_NF_NAT"), TEXT("iptable_nat"),
		P_MODULE, 0, 0 },
	{ TEXT("FUSE (for use with lxcfs)"), TEXT("FUSE_FS"), TEXT("fuse"), P_FILESYSTEM, 0, 0 },
	{ TEXT("Overlay"), TEXT("OVERLAY_FS"), TEXT("overlay"), P_FILESYSTEM, 0, 0 },
	{ TEXT("Squashfs"), TEXT("SQUASHFS"), TEXT("squashfs"), P_FILESYSTEM, 0, 0 },
	{ TEXT("Loop devices"), TEXT("BLK_DEV_LOOP"), TEXT("loop"), P_MODULE, 0, 0 },
	{ TEXT("Verity"), TEXT("DM_VERITY"), TEXT("dm_verity"), P_MODULE, 0, 0 },
	/* Not an option any more since Linux 2.6.33. */
	{ TEXT("File capabilities"), TEXT("SECURITY_FILE_CAPABILITIES"), 0,
		P_NONE, 0, VERSION_OF(3, 0) },
	{ TEXT("Seccomp filter"), TEXT("SECCOMP_FILTER"), TEXT("seccomp"), P_SYSCALL, 0, 0 },
	{ TEXT("Bpf"), TEXT("BPF_SYSCALL"), TEXT("bpf"), P_SYSCALL, 0, 0 },
	{ TEXT("Session keyrings"), TEXT("KEYS"), TEXT("keyctl"), P_SYSCALL, 0, 0 },
	{ TEXT("Ip6tables NAT"), TEXT("IP6_NF_TARGET_MASQUERADE IP6_NF_NAT"),
		TEXT("ip6table_nat"), P_MODULE, 0, 0 },
	{ TEXT("Checkpoint/restore"), TEXT("CHECKPOINT_RESTORE"), 0, P_NONE, 0, 0 },
};

struct check_args {
	struct opt_common common;
	bool json;
};

static const struct opt options[] = {
	{ 0, OPT_FLAG, offsetof(struct check_args, json), CFG_JSON ? "json" : NULL, NULL,
		OPT_HELP("JSON, for programs") },
};

struct check {
	bool is_json;
	char *text;		/* the configuration, NULL: the kernel is asked */
	bool is_running;	/* it is that of the running kernel */
	unsigned int version;
	struct utsname uts;
	bool colour;
	char path[160];		/* of the configuration, "": none */
};

enum answer { NO, YES, MODULE, UNKNOWN };

/* ---- the configuration ---- */

/* "6.1.55" or "# Linux/mips64 3.10.14 Kernel Configuration": the first number before a dot. */
static unsigned int version_in(const char *s)
{
	unsigned int major = 0, minor = 0;

	for (; *s && *s != '\n'; s++)
		if (strspn(s, DIGITS) && s[strspn(s, DIGITS)] == '.')
			break;
	for (; *s >= '0' && *s <= '9'; s++)
		major = major * 10 + (unsigned int)(*s - '0');
	if (*s++ != '.')
		return 0;
	for (; *s >= '0' && *s <= '9'; s++)
		minor = minor * 10 + (unsigned int)(*s - '0');
	return VERSION_OF(major, minor < 255 ? minor : 255);
}

/* Where a line begins with this, NULL. */
static const char *find_line(const char *text, const char *begin)
{
	const char *at = text;

	while ((at = strstr(at, begin)) && at != text && at[-1] != '\n')
		at++;
	return at;
}

static enum answer find_symbol(const struct check *k, const char *name, size_t n)
{
	char begin[64];
	const char *at;

	str_format(begin, sizeof(begin), "CONFIG_%.*s=", (int)n, name);
	at = find_line(k->text, begin);
	if (!at)
		return NO;
	at += strlen(begin);
	return *at == 'y' ? YES : *at == 'm' ? MODULE : NO;
}

static enum answer in_config(const struct check *k, const char *symbols)
{
	enum answer best = NO, one;
	size_t n;

	for (; *symbols; symbols += n + strspn(symbols + n, " ")) {
		n = strcspn(symbols, " ");
		one = find_symbol(k, symbols, n);
		if (best == NO || one == YES)
			best = one;
	}
	return best;
}

/* ---- the running kernel ---- */

struct search {
	const char *what;
	size_t n;
};

/* A line of /proc/cgroups: name, hierarchy, number of cgroups, enabled. */
static int is_controller(char *line, void *arg)
{
	const struct search *s = arg;

	return !strncmp(line, s->what, s->n) && line[s->n] == '\t' && str_ends(line, "\t1");
}

/* A line of /proc/filesystems: "nodev", tab, name. */
static int is_filesystem(char *line, void *arg)
{
	const struct search *s = arg;
	const char *tab = strchr(line, '\t');

	return tab && str_eq(tab + 1, s->what);
}

/*
 * A line of modules.builtin or modules.dep: "kernel/drivers/net/veth.ko", then ".xz", ":" or
 * nothing.
 */
static int is_module(char *line, void *arg)
{
	const struct search *s = arg;
	char *end = strstr(line, ".ko");
	const char *base;
	size_t i;

	if (!end)
		return 0;
	*end = '\0';
	base = str_base(line);
	/* Files have a '-' where modules have a '_'. */
	for (i = 0; base[i]; i++)
		if (base[i] != s->what[i] && (base[i] != '-' || s->what[i] != '_'))
			return 0;
	return i == s->n;
}

/* 1, 0 or -errno when the list cannot be read; no err text is left. */
static int is_listed(const char *path, int (*each)(char *, void *), const char *what)
{
	struct search s = { .what = what, .n = strlen(what) };
	bool held = err_hold();
	int ret = fd_each_line(-1, path, each, &s);

	err_release(held);
	return ret;
}

static bool is_loaded(const char *module)
{
	char path[64];

	str_format(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

static enum answer ask_module(const struct check *k, const char *module)
{
	char path[160];
	int there;

	if (is_loaded(module))
		return YES;
	str_format(path, sizeof(path), "/lib/modules/%s/modules.builtin", k->uts.release);
	there = is_listed(path, is_module, module);
	if (there > 0)
		return YES;
	str_format(path, sizeof(path), "/lib/modules/%s/modules.dep", k->uts.release);
	if (is_listed(path, is_module, module) > 0)
		return MODULE;
	/*
	 * Without the lists of modules a kernel cannot be asked for what it has built in and not
	 * in use.
	 */
	return there < 0 ? UNKNOWN : NO;
}

/* Calls that cannot succeed: ENOSYS or EINVAL says that the kernel does not have it. */
static enum answer ask_syscall(const char *what)
{
	long ret;

	if (str_eq(what, "seccomp"))
		return prctl(PR_SET_SECCOMP, 2, NULL, 0, 0) && errno == EFAULT ? YES : NO;
	ret = str_eq(what, "bpf")        ? syscall(SYS_bpf, -1, NULL, 0)
	      : str_eq(what, "signalfd") ? syscall(SYS_signalfd4, -1, NULL, 0, 0)
	                                 : syscall(SYS_keyctl, -1);
	return ret < 0 && errno == ENOSYS ? NO : YES;
}

static enum answer ask_kernel(const struct check *k, const struct row *r)
{
	char path[64];
	int there;

	switch (r->probe) {
	case P_NAMESPACE:
		str_format(path, sizeof(path), "/proc/self/ns/%s", text_str(r->what));
		return access(path, F_OK) ? NO : YES;
	case P_CGROUP:
		return is_listed("/proc/cgroups", is_controller, text_str(r->what)) > 0 ? YES : NO;
	case P_FILESYSTEM:
		there = is_listed("/proc/filesystems", is_filesystem, text_str(r->what));
		return there > 0 ? YES : ask_module(k, text_str(r->what));
	case P_MODULE:
		return ask_module(k, text_str(r->what));
	case P_FILE:
		return access(text_str(r->what), F_OK) ? NO : YES;
	case P_SYSCALL:
		return ask_syscall(text_str(r->what));
	default:
		return UNKNOWN;
	}
}

static enum answer answer(const struct check *k, const struct row *r)
{
	bool is_since = r->since && k->version >= r->since;
	enum answer a;

	if (is_since && !(r->flags & AND_SINCE))
		return YES;
	a = k->text ? in_config(k, text_str(r->symbols)) : ask_kernel(k, r);
	return r->flags & AND_SINCE && !is_since ? NO : a;
}

/* ---- the report ---- */

static void print_row(const struct check *k, const struct row *r, enum answer a)
{
	const char *on = "", *off = "",
		   *text = a == NO        ? "missing"
	                   : a == UNKNOWN ? "unknown"
	                                  : "enabled";
	const char *more = "";

	if (a == MODULE)
		more = !k->is_running                  ? ", module"
		       : r->what && is_loaded(text_str(r->what)) ? ", loaded"
		                                       : ", not loaded";
	else if (a == NO && r->flags & REQUIRED)
		more = " (required)";
	if (k->colour) {
		on = a == NO ? "\033[1;31m" : a == UNKNOWN ? "\033[1;33m" : "\033[1;32m";
		off = "\033[0;39m";
	}
	fd_printf(1, "%s: %s%s%s%s\n", text_str(r->title), on, text, off, more);
}

static int print_mounts(void)
{
	struct cgroup_layout l;
	unsigned int i, v2;
	int ret = cgroup_layout_read(&l);

	if (ret)
		return ret;
	for (v2 = 0; v2 < 2; v2++) {
		fd_printf(1, "\nCgroup v%u mount points:\n", v2 + 1);
		for (i = 0; i < l.n; i++)
			if (l.h[i].v2 == v2)
				fd_printf(1, " - %s (%s)\n", l.h[i].mount, l.h[i].controllers);
	}
	fd_printf(1, "\n");
	cgroup_layout_free(&l);
	return 0;
}

static int put_mounts(struct json *j)
{
	struct cgroup_layout l;
	unsigned int i;
	int ret = cgroup_layout_read(&l);

	json_array(j, "cgroup_mounts");
	for (i = 0; !ret && i < l.n; i++) {
		json_object(j, NULL);
		json_string(j, "path", l.h[i].mount);
		json_number(j, "version", l.h[i].v2 ? 2 : 1);
		json_string(j, "controllers", l.h[i].controllers);
		json_end(j);
	}
	json_end(j);
	cgroup_layout_free(&l);
	return ret;
}

/* As report. */
static int report_json(const struct check *k)
{
	static const char *const states[] = { "missing", "enabled", "module", "unknown" };
	const char *group = "";
	int missing = 0, ret;
	unsigned int i;
	struct json j;

	json_init(&j, 1);
	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_string(&j, "configuration", *k->path ? k->path : NULL);
	json_array(&j, "features");
	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		enum answer a;

		if (!*text_str(rows[i].title)) {
			group = text_str(rows[i].symbols);
			continue;
		}
		a = answer(k, &rows[i]);
		missing += a == NO && rows[i].flags & REQUIRED;
		json_object(&j, NULL);
		json_string(&j, "group", group);
		json_string(&j, "name", text_str(rows[i].title));
		json_string(&j, "state", states[a]);
		json_bool(&j, "required", rows[i].flags & REQUIRED);
		json_end(&j);
	}
	json_end(&j);
	ret = put_mounts(&j);
	json_number(&j, "missing", missing);
	i = (unsigned int)json_end(&j);
	return ret ? ret : i ? err_code((int)i, "cannot write") : missing;
}

/* Number of required ones that are missing, or -errno. */
static int report(const struct check *k)
{
	unsigned int i;
	int missing = 0, ret;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		enum answer a;

		if (!*text_str(rows[i].title)) {
			fd_printf(1, "%s--- %s ---\n", i ? "\n" : "", text_str(rows[i].symbols));
			continue;
		}
		a = answer(k, &rows[i]);
		missing += a == NO && rows[i].flags & REQUIRED;
		print_row(k, &rows[i], a);
		/* As LXC has it: between what cgroups there are and which controllers. */
		if (rows[i].since == VERSION_OF(3, 0) && rows[i].probe == P_FILE) {
			ret = print_mounts();
			if (ret)
				return ret;
		}
	}
	return missing;
}

/* ---- finding the configuration ---- */

/* Text of a file, plain or compressed, and the version in it. 0 or -errno with err. */
static int load(struct check *k, const char *path)
{
	ssize_t n = fd_load_file(-1, path, CONFIG_MAX, &k->text);
	const char *head;

	if (n >= 2 && !memcmp(k->text, "\x1f\x8b", 2)) {
		AUTO_FREE char *raw = take_ptr(k->text);

		n = CFG_CHECKCONFIG_GZ ? inflate_gzip(raw, (size_t)n, CONFIG_MAX, &k->text) :
			err_set(ENOTSUP, "compressed (CONFIG_CHECKCONFIG_GZ is not in this build)");
		if (n < 0)
			return err_in((int)n, "'%s'", path);
	}
	if (n < 0)
		return (int)n;
	if (!find_line(k->text, "CONFIG_"))
		return err_set(EINVAL, "'%s' is not a kernel configuration", path);
	head = find_line(k->text, "# Linux");
	if (head && version_in(head))
		k->version = version_in(head);
	str_format(k->path, sizeof(k->path), "%s", path);
	if (!k->is_json)
		fd_printf(1, "Kernel configuration found at %s\n", path);
	return 0;
}

/* The usual places, for the release that is running. k->text stays NULL when it is in none. */
static void find(struct check *k)
{
	static const char *const places[] = {
		"/proc/config.gz", "/boot/config-%s", "/lib/modules/%s/config",
		"/lib/modules/%s/build/.config", "/boot/config",
	};
	char path[160];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		const char *gap = strstr(places[i], "%s");
		int n = gap ? (int)(gap - places[i]) : (int)strlen(places[i]);

		str_format(path, sizeof(path), "%.*s%s%s", n, places[i], gap ? k->uts.release : "",
			   gap ? gap + 2 : "");
		if (access(path, R_OK))
			continue;
		if (!load(k, path))
			return;
		/* Nobody asked for this one: say so, and look further. */
		fd_printf(k->is_json ? 2 : 1, "%s\n", err_text());
		err_clear();
		free(take_ptr(k->text));
	}
	if (!k->is_json)
		fd_printf(1, "Kernel configuration not found; asking the running kernel %s\n",
		  k->uts.release);
}

static int run(void *args, int argc, char **argv)
{
	const struct check_args *a = args;
	const char *given = getenv("CONFIG");
	struct check k = { .is_json = CFG_JSON && a->json,
		.is_running = !given || !*given, .colour = isatty(1) };
	int ret = 0;

	if (argc)
		return err_set(EINVAL, "unexpected argument '%s'", argv[0]);
	if (uname(&k.uts))
		return err_sys("uname");
	k.version = version_in(k.uts.release);
	if (k.is_running)
		find(&k);
	else
		ret = load(&k, given);
	if (!ret)
		ret = CFG_JSON && k.is_json ? report_json(&k) : report(&k);
	free(k.text);
	if (ret < 0)
		return ret;
	if (k.is_running && !k.is_json)
		fd_printf(1,
			"\nNote : Before booting a new kernel, you can check its configuration\n"
			"usage : CONFIG=/path/to/config lxc-checkconfig\n");
	return ret ? 1 : 0;
}

const struct applet checkconfig_applet = {
	.synopsis = CFG_JSON ? "[OPTION]" : "",
	.about = OPT_HELP(
		"Reports what a kernel has of what containers need: from the file that the "
		"environment's CONFIG names, or from\n"
		"the configuration of the running kernel, or from the kernel itself."),
	.opts = options,
	.n_opts = ARRAY_SIZE(options),
	.flags = APPLET_PLAIN,
	.args_size = sizeof(struct check_args),
	.run = run,
};
