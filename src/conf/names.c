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

int names_find(const char *list, const char *s, int (*compare)(const char *, const char *))
{
	int i;

	/* Most differ in the first letter, whatever its case. */
	for (i = 0; *list; i++) {
		if (!((*list ^ *s) & ~0x20) && !compare(list, s))
			return i;
		list += strlen(list) + 1;
	}
	return -EINVAL;
}

/* A table of names with numbers is a list of the names and an array of the numbers: no pointers. */
#define LIST_NAME(name, n) name "\0"
#define LIST_NUMBER(name, n) n,

/* The last two: one or the other, by architecture; 0 where it does not exist. */
#define SIGNALS(ROW) \
	ROW("HUP", SIGHUP) ROW("INT", SIGINT) ROW("QUIT", SIGQUIT) ROW("ILL", SIGILL) \
	ROW("TRAP", SIGTRAP) ROW("ABRT", SIGABRT) ROW("IOT", SIGABRT) ROW("BUS", SIGBUS) \
	ROW("FPE", SIGFPE) ROW("KILL", SIGKILL) ROW("USR1", SIGUSR1) ROW("SEGV", SIGSEGV) \
	ROW("USR2", SIGUSR2) ROW("PIPE", SIGPIPE) ROW("ALRM", SIGALRM) ROW("TERM", SIGTERM) \
	ROW("CHLD", SIGCHLD) ROW("CLD", SIGCHLD) ROW("CONT", SIGCONT) ROW("STOP", SIGSTOP) \
	ROW("TSTP", SIGTSTP) ROW("TTIN", SIGTTIN) ROW("TTOU", SIGTTOU) ROW("URG", SIGURG) \
	ROW("XCPU", SIGXCPU) ROW("XFSZ", SIGXFSZ) ROW("VTALRM", SIGVTALRM) ROW("PROF", SIGPROF) \
	ROW("WINCH", SIGWINCH) ROW("IO", SIGIO) ROW("POLL", SIGIO) ROW("PWR", SIGPWR) \
	ROW("SYS", SIGSYS) ROW("STKFLT", SIGSTKFLT) ROW("EMT", SIGEMT)
static const char signal_names[] = SIGNALS(LIST_NAME);
static const uint8_t signals[] = { SIGNALS(LIST_NUMBER) };

static int number_of(const char *list, const uint8_t *numbers, const char *s,
		     int (*compare)(const char *, const char *))
{
	int i = names_find(list, s, compare);

	return i < 0 ? i : numbers[i];
}

/*
 * What LXC and the programs in containers mean by SIGRTMIN: glibc's, which takes two signals for
 * itself. musl takes one more; with its number systemd would power off where it is asked to halt.
 */
#define RTMIN 34

/* s is what of the value is compared with the names, front what they begin with besides. */
static int bad_name(enum type type, const char *v, const char *list, const char *s,
		    const char *front)
{
	const char *near = CFG_CONF_SUGGEST ? names_nearest(list, s) : NULL;

	char name[32];

	if (!near)
		return bad_text(type, v);
	str_format(name, sizeof(name), "%s%s", front, near);
	return bad_near(type, v, name);
}

int signal_parse(const char *s)
{
	const char *name = strncasecmp(s, "SIG", 3) ? NULL : s + 3;
	int n = -EINVAL;
	uint64_t by;

	if (!str_to_u64(s, SIGRTMAX, &by))
		n = by;
	else if (name && !strncasecmp(name, "RTMIN+", 6) &&
		 !str_to_u64(name + 6, SIGRTMAX - RTMIN, &by))
		n = RTMIN + by;
	else if (name && !strncasecmp(name, "RTMAX-", 6) &&
		 !str_to_u64(name + 6, SIGRTMAX - RTMIN, &by))
		n = SIGRTMAX - by;
	else if (name && !strcasecmp(name, "RTMIN"))
		n = RTMIN;
	else if (name && !strcasecmp(name, "RTMAX"))
		n = SIGRTMAX;
	else if (name)
		n = number_of(signal_names, signals, name, strcasecmp);
	if (n > 0)
		return n;
	if (*s >= '0' && *s <= '9')
		return err_set(EINVAL, "bad value '%s' (a name such as SIGTERM, or a number from 1 to "
				       "%d)", shown(s), SIGRTMAX);
	/* STKFLT is not everywhere, nor is EMT. */
	if (!n && name)
		return err_set(EINVAL, "signal '%s' does not exist on this architecture", shown(s));
	return bad_name(TYPE_SIGNAL, s, signal_names, name ? name : s, "SIG");
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

	return str_to_u64(name, 63, &n) ? names_find(caps, name, strcasecmp) : (int)n;
}

int bad_cap(enum type type, const char *word)
{
	bool is_long = CFG_CONF_SUGGEST && !strncasecmp(word, "CAP_", 4);

	return bad_name(type, word, caps, is_long ? word + 4 : word, "");
}

const char *cap_name(int cap)
{
	const char *at;

	for (at = caps; cap && *at; cap--)
		at += strlen(at) + 1;
	return *at ? at : NULL;
}

#define LIMITS(ROW) \
	ROW("as", RLIMIT_AS) ROW("core", RLIMIT_CORE) ROW("cpu", RLIMIT_CPU) \
	ROW("data", RLIMIT_DATA) ROW("fsize", RLIMIT_FSIZE) ROW("locks", RLIMIT_LOCKS) \
	ROW("memlock", RLIMIT_MEMLOCK) ROW("msgqueue", RLIMIT_MSGQUEUE) \
	ROW("nice", RLIMIT_NICE) ROW("nofile", RLIMIT_NOFILE) ROW("nproc", RLIMIT_NPROC) \
	ROW("rss", RLIMIT_RSS) ROW("rtprio", RLIMIT_RTPRIO) ROW("rttime", RLIMIT_RTTIME) \
	ROW("sigpending", RLIMIT_SIGPENDING) ROW("stack", RLIMIT_STACK)
static const char limit_names[] = LIMITS(LIST_NAME);
static const uint8_t limits[] = { LIMITS(LIST_NUMBER) };

int rlimit_number(const char *name)
{
	return number_of(limit_names, limits, name, strcmp);
}

int bad_rlimit(const char *word)
{
	bool is_long = CFG_CONF_SUGGEST && !strncasecmp(word, "RLIMIT_", 7);
	const char *near =
		CFG_CONF_SUGGEST ? names_nearest(limit_names, is_long ? word + 7 : word) : NULL;

	if (near) {
		problem_suggest(near);
		return err_set(EINVAL, "unknown resource limit '%s' (%s?)", shown(word), near);
	}
	return err_set(EINVAL, "unknown resource limit '%s'", shown(word));
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
#define NAMESPACES(ROW) \
	ROW("mnt", 17) ROW("pid", 29) ROW("uts", 26) ROW("ipc", 27) ROW("net", 30) \
	ROW("user", 28) ROW("cgroup", 25) ROW("time", 7)
static const char namespace_names[] = NAMESPACES(LIST_NAME);
static const uint8_t namespaces[] = { NAMESPACES(LIST_NUMBER) };

int ns_bit(const char *s)
{
	int bit = number_of(namespace_names, namespaces, s, strcmp);

	return bit < 0 ? bit : 1 << bit;
}

const char *ns_names(int64_t bits, char *buf, size_t n)
{
	const char *name = namespace_names;
	const uint8_t *bit;
	size_t len = 0;

	buf[0] = '\0';
	for (bit = namespaces; *name && len < n; bit++, name += strlen(name) + 1)
		if (bits >> *bit & 1)
			len += str_format(buf + len, n - len, "%s%s", len ? " " : "", name);
	return buf;
}

/* 32 bits first. */
#define ARCHS_32 16
static const char archs[] =
	"arm\0armel\0armhf\0armv7l\0athlon\0i386\0i486\0i586\0i686\0linux32\0mips\0mipsel\0ppc\0"
	"powerpc\0x86\0x32\0"
	"aarch64\0amd64\0arm64\0linux64\0loong64\0loongarch64\0mips64\0mips64el\0ppc64\0ppc64el\0"
	"ppc64le\0powerpc64\0riscv64\0s390x\0x86_64\0";

int conf_arch_persona(const char *arch)
{
	int i = names_find(archs, arch, strcasecmp);

	return i < 0 ? i : i < ARCHS_32 ? PER_LINUX32 : PER_LINUX;
}

int bad_arch(const char *word)
{
	return bad_name(TYPE_ARCH, word, archs, word, "");
}
