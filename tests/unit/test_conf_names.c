/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns tests of what has a number: signals, capabilities, limits, namespaces, device rules */
/* never needs root */
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include "conf/parse.h"
#include "lib/str.h"

static int failed;

static void check(bool good, const char *name)
{
	printf(good ? "ok conf-%s\n" : "not ok conf-%s: see its source\n", name);
	failed |= !good;
	err_clear();
}

static void check_signals(void)
{
	const struct {
		const char *name;
		int n;
	} good[] = {
		{ "SIGHUP", SIGHUP },		{ "SIGPWR", SIGPWR },
		{ "sigusr1", SIGUSR1 },		{ "SIGCLD", SIGCHLD },
		{ "SIGSYS", SIGSYS },		{ "SIGWINCH", SIGWINCH },
		{ "SIGPOLL", SIGPOLL },		{ "9", 9 },
		{ "SIGRTMIN+3", 37 }, { "SIGRTMAX-1", SIGRTMAX - 1 },
		{ "SIGRTMIN", 34 },	{ "64", 64 },
	};
	static const char *const bad[] = {
		"",	      "0",	    "-1",      "65",	      "9x",
		"HUP",	      "SIG",	    "SIGNONE", "SIGRTMIN+",   "SIGRTMIN+99",
		"SIGRTMIN-1", "SIGRTMAX+1", "SIGHUP ", "99999999999",
	};
	bool all = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		all &= signal_parse(good[i].name) == good[i].n;
	check(all, "signals-by-name");
	for (i = 0, all = true; i < ARRAY_SIZE(bad); i++, err_clear())
		all &= signal_parse(bad[i]) == -EINVAL && err_is_set();
	check(all, "signals-refused");
}

static void check_caps(void)
{
	static const struct {
		const char *name;
		int n;
	} known[] = {
		{ "chown", CAP_CHOWN },
		{ "setpcap", CAP_SETPCAP },
		{ "net_admin", CAP_NET_ADMIN },
		{ "sys_admin", CAP_SYS_ADMIN },
		{ "sys_time", CAP_SYS_TIME },
		{ "mknod", CAP_MKNOD },
		{ "setfcap", CAP_SETFCAP },
		{ "mac_override", CAP_MAC_OVERRIDE },
		{ "syslog", CAP_SYSLOG },
		{ "block_suspend", CAP_BLOCK_SUSPEND },
		{ "audit_read", CAP_AUDIT_READ },
		{ "perfmon", CAP_PERFMON },
		{ "checkpoint_restore", CAP_CHECKPOINT_RESTORE },
		{ "SYS_BOOT", CAP_SYS_BOOT },
		{ "0", 0 },
		{ "63", 63 },
	};
	bool all = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		all &= cap_number(known[i].name) == known[i].n;
	for (i = 0; i <= CAP_CHECKPOINT_RESTORE; i++)
		all &= cap_name(i) && cap_number(cap_name(i)) == (int)i;
	check(all, "capabilities-by-name");
	check(cap_number("") < 0 && cap_number("cap_chown") < 0 && cap_number("64") < 0 &&
		      cap_number("chow") < 0 && !cap_name(CAP_CHECKPOINT_RESTORE + 1) &&
		      !cap_name(63),
	      "capabilities-refused");
}

static void check_limits(void)
{
	uint64_t soft, hard;

	check(rlimit_number("nofile") == RLIMIT_NOFILE && rlimit_number("as") == RLIMIT_AS &&
		      rlimit_number("rttime") == RLIMIT_RTTIME && rlimit_number("NOFILE") < 0 &&
		      rlimit_number("") < 0,
	      "limits-by-name");
	check(!rlimit_parse("5", &soft, &hard) && soft == 5 && hard == 5 &&
	      !rlimit_parse("0 : unlimited", &soft, &hard) && soft == 0 && hard == UINT64_MAX &&
	      !rlimit_parse("unlimited", &soft, &hard) && soft == UINT64_MAX, "limit-values");
	check(rlimit_parse("", &soft, &hard) < 0 && rlimit_parse(":", &soft, &hard) < 0 &&
		      rlimit_parse("1:", &soft, &hard) < 0 &&
		      rlimit_parse("unlimited:1", &soft, &hard) < 0 &&
		      rlimit_parse("-1", &soft, &hard) < 0 &&
		      rlimit_parse("99999999999999999999999", &soft, &hard) < 0 &&
		      rlimit_parse("18446744073709551615", &soft, &hard) < 0,
	      "limit-values-refused");
}

static void check_others(void)
{
	char buf[64];

	check(ns_bit("mnt") == CLONE_NEWNS && ns_bit("pid") == CLONE_NEWPID &&
		      ns_bit("uts") == CLONE_NEWUTS && ns_bit("ipc") == CLONE_NEWIPC &&
		      ns_bit("net") == CLONE_NEWNET && ns_bit("user") == CLONE_NEWUSER &&
		      ns_bit("cgroup") == 0x02000000 && ns_bit("time") == 0x80 && ns_bit("m") < 0,
	      "namespaces-by-name");
	check(str_eq(ns_names(CLONE_NEWNET | CLONE_NEWNS, buf, sizeof(buf)), "mnt net"),
	      "namespaces-printed");
	check(conf_arch_persona("i686") == PER_LINUX32 &&
		      conf_arch_persona("mipsel") == PER_LINUX32 &&
		      conf_arch_persona("x86_64") == PER_LINUX && conf_arch_persona("vax") < 0,
	      "architectures");
}

static bool rule_is(const char *v, char type, int major, int minor, unsigned int access)
{
	struct device_rule r;

	return !device_rule_parse(v, &r) && r.type == type && r.major == major &&
	       r.minor == minor && r.access == access && !r.path;
}

static void check_device_rules(void)
{
	static const char *const bad[] = {
		"",
		"x",
		"a 1:3 rwm",
		"a *:* r",
		"a *:* rw",
		"a *:3 rwm",
		"ab",
		"c",
		"c ",
		"c1:3 rwm",
		"c 1:3",
		"c 1:3 ",
		"c 1:3rwm",
		"c 1 rwm",
		"c 1:",
		"c :3 rwm",
		"c 1:3 x",
		"c 1:3 rwmr",
		"c 1:3 r w",
		"c -1:3 r",
		"c 4096:0 r",
		"c 0:1048576 r",
		"c 4294967295:0 r",
		"c 1:99999999999999999999 r",
		"c **:1 r",
		"c 1*:1 r",
		"d 1:3 rwm",
		"C 1:3 rwm",
		"/dev/null",
		"/dev/null ",
		"/dev/null x",
		"/dev/null rw x",
		"c 1:3 rwm dev",
	};
	const unsigned int all = DEVICE_READ | DEVICE_WRITE | DEVICE_MKNOD;
	struct device_rule r;
	unsigned int i;
	bool good;

	check(rule_is("a", 'a', -1, -1, all) && rule_is("a *:*", 'a', -1, -1, all) &&
		      rule_is("a  *:* mrw", 'a', -1, -1, all) &&
		      rule_is("c 1:3 rwm", 'c', 1, 3, all) &&
		      rule_is("b\t*:*  r", 'b', -1, -1, DEVICE_READ) &&
		      rule_is("c 136:* wr ", 'c', 136, -1, DEVICE_READ | DEVICE_WRITE) &&
		      rule_is("b 4095:1048575 m", 'b', 4095, 1048575, DEVICE_MKNOD) &&
		      rule_is("c 0:0 w", 'c', 0, 0, DEVICE_WRITE),
	      "device-rules");
	good = !device_rule_parse("/dev/x  rw", &r) && !r.type && r.path_len == 6 &&
	       !strncmp(r.path, "/dev/x", 6) && r.access == (DEVICE_READ | DEVICE_WRITE);
	check(good, "device-rule-by-path");
	for (i = 0, good = true; i < ARRAY_SIZE(bad); i++, err_clear()) {
		if (device_rule_parse(bad[i], &r) != -EINVAL || !err_is_set()) {
			printf("taken: '%s'\n", bad[i]);
			good = false;
		}
	}
	check(good, "device-rules-refused");
}

int main(void)
{
	check_signals();
	check_caps();
	check_limits();
	check_others();
	check_device_rules();
	return failed;
}
