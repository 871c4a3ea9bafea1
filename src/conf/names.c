/* SPDX-License-Identifier: MIT */
/* owns the names of what has a number: signals, capabilities, limits, namespaces, architectures */
/* never holds a number that differs between architectures: those are the libc's */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "conf/parse.h"
#include "lib/compat.h"
#include "lib/str.h"

/* Fixed-size names: no pointers, so that a row is as small as its text. */
struct name {
	char name[11];
	uint8_t n;
};

static int find_name(const struct name *t, unsigned int count, const char *s,
		     int (*compare)(const char *, const char *))
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (!compare(t[i].name, s))
			return t[i].n;
	return -EINVAL;
}

/* Position of s in a list of names that ends with an empty one. */
static int find_in(const char *list, const char *s)
{
	int i;

	for (i = 0; *list; i++, list += strlen(list) + 1)
		if (!strcasecmp(list, s))
			return i;
	return -EINVAL;
}

static const struct name signals[] = {
	{ "HUP", SIGHUP }, { "INT", SIGINT }, { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP }, { "ABRT", SIGABRT }, { "IOT", SIGABRT }, { "BUS", SIGBUS },
	{ "FPE", SIGFPE }, { "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV },
	{ "USR2", SIGUSR2 }, { "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM },
	{ "CHLD", SIGCHLD }, { "CLD", SIGCHLD }, { "CONT", SIGCONT }, { "STOP", SIGSTOP },
	{ "TSTP", SIGTSTP }, { "TTIN", SIGTTIN }, { "TTOU", SIGTTOU }, { "URG", SIGURG },
	{ "XCPU", SIGXCPU }, { "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM }, { "PROF", SIGPROF },
	{ "WINCH", SIGWINCH }, { "IO", SIGIO }, { "POLL", SIGIO }, { "PWR", SIGPWR },
	{ "SYS", SIGSYS },
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
	else if (name && !strncasecmp(name, "RTMIN+", 6) &&
		 !str_to_u64(name + 6, SIGRTMAX - SIGRTMIN, &by))
		n = SIGRTMIN + by;
	else if (name && !strncasecmp(name, "RTMAX-", 6) &&
		 !str_to_u64(name + 6, SIGRTMAX - SIGRTMIN, &by))
		n = SIGRTMAX - by;
	else if (name && !strcasecmp(name, "RTMIN"))
		n = SIGRTMIN;
	else if (name && !strcasecmp(name, "RTMAX"))
		n = SIGRTMAX;
	else if (name)
		n = find_name(signals, ARRAY_SIZE(signals), name, strcasecmp);
	if (n <= 0)
		return bad_text(TYPE_SIGNAL, s);
	return n;
}

/* In the order of their numbers (linux/capability.h), which are the same everywhere. */
static const char caps[] =
	"chown\0dac_override\0dac_read_search\0fowner\0fsetid\0kill\0setgid\0setuid\0setpcap\0"
	"linux_immutable\0net_bind_service\0net_broadcast\0net_admin\0net_raw\0ipc_lock\0"
	"ipc_owner\0sys_module\0sys_rawio\0sys_chroot\0sys_ptrace\0sys_pacct\0sys_admin\0"
	"sys_boot\0sys_nice\0sys_resource\0sys_time\0sys_tty_config\0mknod\0lease\0audit_write\0"
	"audit_control\0setfcap\0mac_override\0mac_admin\0syslog\0wake_alarm\0block_suspend\0"
	"audit_read\0perfmon\0bpf\0checkpoint_restore\0";

int cap_number(const char *name)
{
	uint64_t n;

	return str_to_u64(name, 63, &n) ? find_in(caps, name) : (int)n;
}

const char *cap_name(int cap)
{
	const char *at;

	for (at = caps; cap && *at; cap--)
		at += strlen(at) + 1;
	return *at ? at : NULL;
}

static const struct name limits[] = {
	{ "as", RLIMIT_AS }, { "core", RLIMIT_CORE }, { "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA }, { "fsize", RLIMIT_FSIZE }, { "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK }, { "msgqueue", RLIMIT_MSGQUEUE }, { "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE }, { "nproc", RLIMIT_NPROC }, { "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO }, { "rttime", RLIMIT_RTTIME },
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

	if (parse_limit(v, n, soft) ||
	    parse_limit(colon ? colon + 1 : v, colon ? strlen(colon + 1) : n, hard))
		return bad_text(TYPE_PRLIMIT, v);
	if (*soft > *hard)
		return err_set(EINVAL, "bad value '%s' (the soft limit is above the hard one)",
			       shown(v));
	return 0;
}

/* By the bit of CLONE_NEW* (linux/sched.h). */
static const struct name namespaces[] = {
	{ "mnt", 17 }, { "pid", 29 }, { "uts", 26 }, { "ipc", 27 }, { "net", 30 }, { "user", 28 },
	{ "cgroup", 25 }, { "time", 7 },
};

int ns_bit(const char *s)
{
	int bit = find_name(namespaces, ARRAY_SIZE(namespaces), s, strcmp);

	return bit < 0 ? bit : 1 << bit;
}

const char *ns_names(int64_t bits, char *buf, size_t n)
{
	size_t len = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(namespaces) && len < n; i++)
		if (bits >> namespaces[i].n & 1)
			len += str_format(buf + len, n - len, "%s%s", len ? " " : "",
					  namespaces[i].name);
	return buf;
}

static const char archs_32[] =
	"arm\0armel\0armhf\0armv7l\0athlon\0i386\0i486\0i586\0i686\0linux32\0mips\0mipsel\0ppc\0"
	"powerpc\0x86\0x32\0";
static const char archs_64[] =
	"aarch64\0amd64\0arm64\0linux64\0loong64\0loongarch64\0mips64\0mips64el\0ppc64\0ppc64el\0"
	"ppc64le\0powerpc64\0riscv64\0s390x\0x86_64\0";

int conf_arch_persona(const char *arch)
{
	if (find_in(archs_32, arch) >= 0)
		return PER_LINUX32;
	return find_in(archs_64, arch) >= 0 ? PER_LINUX : -EINVAL;
}
