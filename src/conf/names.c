/* SPDX-License-Identifier: MIT */
/* owns the names of what has a number: signals, capabilities, limits, namespaces, architectures */
/* never holds a number that differs between architectures: those are the libc's */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>

#include "conf/parse.h"
#include "lib/compat.h"
#include "lib/str.h"

/* Fixed-size names: no pointers, so a row is as small as its text. */
struct name {
	char name[12];
	uint32_t n;
};

static int find_name(const struct name *t, unsigned int count, const char *s, int (*compare)(const char *, const char *))
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!compare(t[i].name, s))
			return t[i].n;
	return -EINVAL;
}

static const struct name signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "ILL", SIGILL }, { "TRAP", SIGTRAP },
	{ "ABRT", SIGABRT }, { "IOT", SIGABRT }, { "BUS", SIGBUS }, { "FPE", SIGFPE }, { "KILL", SIGKILL },
	{ "USR1", SIGUSR1 }, { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM },
	{ "TERM", SIGTERM }, { "CHLD", SIGCHLD }, { "CLD", SIGCHLD }, { "CONT", SIGCONT }, { "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU }, { "URG", SIGURG }, { "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM }, { "PROF", SIGPROF }, { "WINCH", SIGWINCH }, { "IO", SIGIO },
	{ "POLL", SIGIO }, { "PWR", SIGPWR }, { "SYS", SIGSYS },
	/* One or the other, by architecture; 0 where it does not exist. */
	{ "STKFLT", SIGSTKFLT }, { "EMT", SIGEMT },
};

int signal_parse(const char *s)
{
	const char *name = strncasecmp(s, "SIG", 3) ? NULL : s + 3;
	int n = -EINVAL;
	uint64_t by;

	if (!str_to_u64(s, SIGRTMAX, &by))
		n = by;
	else if (name && !strncasecmp(name, "RTMIN+", 6) && !str_to_u64(name + 6, SIGRTMAX - SIGRTMIN, &by))
		n = SIGRTMIN + by;
	else if (name && !strncasecmp(name, "RTMAX-", 6) && !str_to_u64(name + 6, SIGRTMAX - SIGRTMIN, &by))
		n = SIGRTMAX - by;
	else if (name && !strcasecmp(name, "RTMIN"))
		n = SIGRTMIN;
	else if (name && !strcasecmp(name, "RTMAX"))
		n = SIGRTMAX;
	else if (name)
		n = find_name(signals, ARRAY_SIZE(signals), name, strcasecmp);
	if (n <= 0)
		return err_set(EINVAL, "bad value '%s' (%s)", shown(s), conf_types[TYPE_SIGNAL].accepted);
	return n;
}

/* In the order of their numbers (linux/capability.h), which are the same everywhere. */
static const char caps[] =
	"chown\0dac_override\0dac_read_search\0fowner\0fsetid\0kill\0setgid\0setuid\0setpcap\0linux_immutable\0"
	"net_bind_service\0net_broadcast\0net_admin\0net_raw\0ipc_lock\0ipc_owner\0sys_module\0sys_rawio\0sys_chroot\0"
	"sys_ptrace\0sys_pacct\0sys_admin\0sys_boot\0sys_nice\0sys_resource\0sys_time\0sys_tty_config\0mknod\0lease\0"
	"audit_write\0audit_control\0setfcap\0mac_override\0mac_admin\0syslog\0wake_alarm\0block_suspend\0audit_read\0"
	"perfmon\0bpf\0checkpoint_restore\0";

int cap_number(const char *name)
{
	const char *at;
	uint64_t n;
	int i;

	if (!str_to_u64(name, 63, &n))
		return n;
	for (i = 0, at = caps; *at; i++, at += strlen(at) + 1)
		if (!strcasecmp(at, name))
			return i;
	return -EINVAL;
}

const char *cap_name(int cap)
{
	const char *at;

	for (at = caps; cap && *at; cap--)
		at += strlen(at) + 1;
	return *at ? at : NULL;
}

static const struct name limits[] = {
	{ "as", RLIMIT_AS }, { "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU }, { "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE }, { "locks", RLIMIT_LOCKS }, { "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE }, { "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS }, { "rtprio", RLIMIT_RTPRIO }, { "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING }, { "stack", RLIMIT_STACK },
};

int rlimit_number(const char *name)
{
	return find_name(limits, ARRAY_SIZE(limits), name, strcmp);
}

static int parse_limit(const char *s, size_t n, uint64_t *out)
{
	char buf[24];

	while (n && (*s == ' ' || *s == '\t'))
		s++, n--;
	while (n && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	if (n >= sizeof(buf))
		return -EINVAL;
	str_format(buf, sizeof(buf), "%.*s", (int)n, s);
	if (str_eq(buf, "unlimited")) {
		*out = UINT64_MAX;
		return 0;
	}
	return str_to_u64(buf, UINT64_MAX - 1, out);
}

int rlimit_parse(const char *v, uint64_t *soft, uint64_t *hard)
{
	const char *colon = strchr(v, ':');
	size_t n = colon ? (size_t)(colon - v) : strlen(v);

	if (parse_limit(v, n, soft) || parse_limit(colon ? colon + 1 : v, colon ? strlen(colon + 1) : n, hard))
		return err_set(EINVAL, "bad value '%s' (%s)", shown(v), conf_types[TYPE_PRLIMIT].accepted);
	if (*soft > *hard)
		return err_set(EINVAL, "bad value '%s' (the soft limit is above the hard one)", shown(v));
	return 0;
}

/* linux/sched.h; spelled out, since libcs differ in which they know. */
static const struct name namespaces[] = {
	{ "mnt", 0x00020000 }, { "pid", 0x20000000 }, { "uts", 0x04000000 }, { "ipc", 0x08000000 },
	{ "net", 0x40000000 }, { "user", 0x10000000 }, { "cgroup", 0x02000000 }, { "time", 0x00000080 },
};

int ns_bit(const char *s)
{
	return find_name(namespaces, ARRAY_SIZE(namespaces), s, strcmp);
}

const char *ns_names(int64_t bits, char *buf, size_t n)
{
	size_t len = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(namespaces) && len < n; i++)
		if (bits & namespaces[i].n)
			len += str_format(buf + len, n - len, "%s%s", len ? " " : "", namespaces[i].name);
	return buf;
}

/* Value: the personality of linux/personality.h. */
static const struct name archs[] = {
	{ "arm", 8 }, { "armel", 8 }, { "armhf", 8 }, { "armv7l", 8 }, { "athlon", 8 }, { "i386", 8 }, { "i486", 8 },
	{ "i586", 8 }, { "i686", 8 }, { "linux32", 8 }, { "mips", 8 }, { "mipsel", 8 }, { "ppc", 8 }, { "powerpc", 8 },
	{ "x86", 8 }, { "x32", 8 }, { "aarch64", 0 }, { "amd64", 0 }, { "arm64", 0 }, { "linux64", 0 },
	{ "loong64", 0 }, { "loongarch64", 0 }, { "mips64", 0 }, { "mips64el", 0 }, { "ppc64", 0 }, { "ppc64el", 0 },
	{ "ppc64le", 0 }, { "powerpc64", 0 }, { "riscv64", 0 }, { "s390x", 0 }, { "x86_64", 0 },
};

int conf_arch_persona(const char *arch)
{
	return find_name(archs, ARRAY_SIZE(archs), arch, strcmp);
}
