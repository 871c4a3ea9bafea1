/* SPDX-License-Identifier: MIT */
//link: secure/seccomp_parse.c secure/seccomp_compile.c secure/seccomp_calls.c lib/str.c lib/err.c
/* owns: profiles of system calls read and compiled, each program run against what the lines mean. never: calls the kernel */
#define UNIT_PREFIX "seccomp-"
#include "unit.h"

#include "seccomp_test.h"

#include "lib/str.h"

static struct sock_filter program[BPF_MAXINSNS];
static struct seccomp_profile p;
static unsigned int unknown_line;
static char unknown_name[80];

static void keep_unknown(struct seccomp_profile *q, const char *name)
{
	unknown_line = q->line;
	snprintf(unknown_name, sizeof(unknown_name), "%s", name);
}

/* Instructions, or -errno. */
static int compile_for(const struct seccomp_abi *abis, unsigned int n, const char *text)
{
	size_t len = strlen(text);
	char *copy = malloc(len + 1);
	int ret;

	seccomp_profile_free(&p);
	p = (struct seccomp_profile){ .unknown = keep_unknown };
	memcpy(copy, text, len);
	ret = seccomp_parse(&p, abis, n, copy, len);
	if (!ret)
		ret = seccomp_compile(&p, abis, n, program, BPF_MAXINSNS);
	free(copy);
	return ret;
}

static uint32_t run(int n, uint32_t arch, uint32_t nr, uint64_t a0, uint64_t a1)
{
	struct call c = { .arch = arch, .nr = nr, .args = { a0, a1 } };
	unsigned int steps;

	return run_program(program, (unsigned int)n, &c, false, &steps);
}

#define ERRNO(n) (SECCOMP_RET_ERRNO | (n))
#define X32 0x40000000U

static void test_numbers(void)
{
	const struct seccomp_abi *a = seccomp_abis;

	check(seccomp_abis_count == 3 && seccomp_number(a, "mount", 5) == 165 && seccomp_number(a, "read", 4) == 0 &&
	      seccomp_number(a, "mseal", 5) == 462 && seccomp_number(a, "clock_gettime64", 15) == -1, "numbers-x86_64", "wrong");
	check(seccomp_number(a + 1, "mount", 5) == X32 + 165 && seccomp_number(a + 1, "ioctl", 5) == X32 + 514, "numbers-x32", "wrong");
	check(seccomp_number(a + 2, "mount", 5) == 21 && seccomp_number(a + 2, "clock_gettime64", 15) == 403 &&
	      seccomp_number(a + 2, "umount", 6) == 22, "numbers-i386", "wrong");
	check(seccomp_number(a, "moumt", 5) == -1 && seccomp_number(a, "", 0) == -1 && seccomp_number(a, "mount2", 6) == -1,
	      "numbers-none", "found");
}

/* The shape of what LXC ships. */
static const char deny[] = "2\ndenylist\nreject_force_umount  # a comment\n[all]\nkexec_load errno 1\r\n"
	"open_by_handle_at errno 1\ninit_module errno 1\n\n# another\nfinit_module errno 1\ndelete_module errno 1\n";

static void test_deny(void)
{
	int n = compile_for(seccomp_abis, seccomp_abis_count, deny);

	check(n > 0, "deny", err_text());
	check(run(n, AUDIT_ARCH_X86_64, 246, 0, 0) == ERRNO(1), "deny-native", "not refused");
	check(run(n, AUDIT_ARCH_I386, 283, 0, 0) == ERRNO(1), "deny-i386", "not refused");
	check(run(n, AUDIT_ARCH_X86_64, X32 + 528, 0, 0) == ERRNO(1), "deny-x32", "not refused");
	check(run(n, AUDIT_ARCH_X86_64, 166, 0, 1) == ERRNO(EACCES) && run(n, AUDIT_ARCH_X86_64, 166, 0, 3) == ERRNO(EACCES) &&
	      run(n, AUDIT_ARCH_I386, 52, 0, 1) == ERRNO(EACCES), "deny-force-umount", "not refused");
	check(run(n, AUDIT_ARCH_X86_64, 166, 0, 2) == SECCOMP_RET_ALLOW, "deny-umount", "refused");
	check(run(n, AUDIT_ARCH_X86_64, 0, 0, 0) == SECCOMP_RET_ALLOW && run(n, AUDIT_ARCH_X86_64, 245, 0, 0) == SECCOMP_RET_ALLOW &&
	      run(n, AUDIT_ARCH_X86_64, 247, 0, 0) == SECCOMP_RET_ALLOW, "deny-others", "refused");
	check(run(n, AUDIT_ARCH_ARM, 1, 0, 0) == COMPAT_SECCOMP_KILL_PROCESS, "deny-other-arch", "not killed");
	check(run(n, AUDIT_ARCH_X86_64, 999, 0, 0) == ERRNO(ENOSYS) && run(n, AUDIT_ARCH_X86_64, X32 + 999, 0, 0) == ERRNO(ENOSYS) &&
	      run(n, AUDIT_ARCH_I386, 999, 0, 0) == ERRNO(ENOSYS) && run(n, AUDIT_ARCH_X86_64, UINT32_MAX, 0, 0) == ERRNO(ENOSYS),
	      "deny-future", "taken");
}

static void test_allow(void)
{
	int n = compile_for(seccomp_abis, seccomp_abis_count, "2\nallowlist\nread\nwrite\nexit\nioctl [1,0x5412,==] errno 25\n");

	check(n == -EINVAL && p.line == 6, "action-behind-condition", err_text());
	n = compile_for(seccomp_abis, seccomp_abis_count,
			"2\nwhitelist errno 38\nread\nwrite\nexit\nioctl\nioctl errno 25 [1,0x5412,&=,0xffffffff]\nsocket\n");
	check(n > 0, "allow", err_text());
	check(run(n, AUDIT_ARCH_X86_64, 0, 0, 0) == SECCOMP_RET_ALLOW && run(n, AUDIT_ARCH_X86_64, 2, 0, 0) == ERRNO(38) &&
	      run(n, AUDIT_ARCH_X86_64, 60, 0, 0) == SECCOMP_RET_ALLOW && run(n, AUDIT_ARCH_X86_64, 999, 0, 0) == ERRNO(38),
	      "allow-listed", "wrong");
	check(run(n, AUDIT_ARCH_X86_64, 16, 0, 0x5412) == ERRNO(25) && run(n, AUDIT_ARCH_X86_64, 16, 0, 0x100005412) == ERRNO(25) &&
	      run(n, AUDIT_ARCH_X86_64, 16, 0, 0x5413) == SECCOMP_RET_ALLOW, "allow-strictest", "wrong");
	check(run(n, AUDIT_ARCH_I386, 102, 1, 0) == SECCOMP_RET_ALLOW && run(n, AUDIT_ARCH_I386, 102, 2, 0) == ERRNO(38) &&
	      run(n, AUDIT_ARCH_I386, 359, 0, 0) == SECCOMP_RET_ALLOW, "allow-socketcall", "wrong");
	n = compile_for(seccomp_abis, seccomp_abis_count, "2\nallowlist\nsocket allow [0,1,==]\n");
	check(run(n, AUDIT_ARCH_I386, 359, 1, 0) == SECCOMP_RET_ALLOW && run(n, AUDIT_ARCH_I386, 102, 1, 0) == COMPAT_SECCOMP_KILL_PROCESS,
	      "allow-not-by-socketcall", "wrong");
	n = compile_for(seccomp_abis, seccomp_abis_count, "2\ndenylist\nsocket errno 97 [0,17,==]\nshmget errno 1\n");
	check(run(n, AUDIT_ARCH_X86_64, 41, 17, 0) == ERRNO(97) && run(n, AUDIT_ARCH_X86_64, 41, 1, 0) == SECCOMP_RET_ALLOW &&
	      run(n, AUDIT_ARCH_I386, 359, 17, 0) == ERRNO(97) && run(n, AUDIT_ARCH_I386, 102, 1, 0) == ERRNO(97) &&
	      run(n, AUDIT_ARCH_I386, 102, 3, 0) == SECCOMP_RET_ALLOW, "deny-socketcall", "wrong");
	check(run(n, AUDIT_ARCH_I386, 117, 23, 0) == ERRNO(1) && run(n, AUDIT_ARCH_I386, 117, 0x10017, 0) == ERRNO(1) &&
	      run(n, AUDIT_ARCH_I386, 117, 24, 0) == SECCOMP_RET_ALLOW, "deny-ipc", "wrong");
}

static void test_versions(void)
{
	int n = compile_for(seccomp_abis, seccomp_abis_count, "1\nwhitelist\n0\n1\n60 # exit\n0x3c\n");

	check(n > 0 && run(n, AUDIT_ARCH_X86_64, 60, 0, 0) == SECCOMP_RET_ALLOW && run(n, AUDIT_ARCH_X86_64, 2, 0, 0) ==
	      COMPAT_SECCOMP_KILL_PROCESS && run(n, AUDIT_ARCH_I386, 1, 0, 0) == COMPAT_SECCOMP_KILL_PROCESS, "version-1", err_text());
	n = compile_for(seccomp_abis, seccomp_abis_count, "2\ndenylist\n[arm]\nmount kill\n[x86]\nswapon kill\n[ALL]\nswapoff trap\n");
	check(run(n, AUDIT_ARCH_X86_64, 165, 0, 0) == SECCOMP_RET_ALLOW && run(n, AUDIT_ARCH_X86_64, 167, 0, 0) ==
	      COMPAT_SECCOMP_KILL_PROCESS && run(n, AUDIT_ARCH_I386, 87, 0, 0) == COMPAT_SECCOMP_KILL_PROCESS &&
	      run(n, AUDIT_ARCH_X86_64, 168, 0, 0) == SECCOMP_RET_TRAP, "sections", err_text());
	n = compile_for(seccomp_abis, seccomp_abis_count, "2\ndenylist\nmount errno 1\nno_such_call errno 1\nmount errno 1\n");
	check(n > 0 && p.n_unknown == 1 && p.n_lines == 2 && unknown_line == 4 && str_eq(unknown_name, "no_such_call"), "unknown-name",
	      err_text());
	/* ARM's own calls lie far behind the others. */
	n = compile_for(odd_abis, 1, "2\ndenylist\nset_tls errno 1\nmount errno 2\n");
	check(run(n, 1, 983045, 0, 0) == ERRNO(1) && run(n, 1, 983041, 0, 0) == SECCOMP_RET_ALLOW && run(n, 1, 983046, 0, 0) ==
	      ERRNO(ENOSYS) && run(n, 1, 4005, 0, 0) == ERRNO(ENOSYS) && run(n, 1, 4002, 0, 0) == ERRNO(2), "far-calls", "wrong");
	/* Of 32 bits only: the sign that some kernels add is none of it. */
	n = compile_for(odd_abis + 3, 1, "2\ndenylist\nread errno 1 [0,0xffffffffffffffff,==]\nwrite errno 2 [0,0x100000000,>=]\n"
			"mount errno 3 [0,0x100000000,!=]\n");
	check(run(n, 3, 0, 0xffffffff, 0) == ERRNO(1) && run(n, 3, 0, (uint64_t)-1, 0) == ERRNO(1) && run(n, 3, 1, (uint64_t)-1, 0) ==
	      SECCOMP_RET_ALLOW && run(n, 3, 2, 5, 0) == ERRNO(3), "narrow", "wrong");
}

static const struct {
	const char *name, *text, *why;
	unsigned int line;
} bad[] = {
	{ "empty", "", "before it says its version", 0 },
	{ "version", "3\ndenylist\n", "not 1 or 2", 1 },
	{ "no-version", "denylist\nmount\n", "not 1 or 2", 1 },
	{ "no-style", "2\n", "before it says allowlist", 1 },
	{ "style", "2\ngreylist\n", "'greylist' is no kind", 2 },
	{ "style-debug", "2\ndenylist errno 1 debug\n", "'debug' is too much", 2 },
	{ "style-of-1", "1\ndenylist\n", "no kind of profile (allowlist)", 2 },
	{ "number-of-1", "1\nallowlist\n1\nread\n", "'read' is no number", 4 },
	{ "negative", "1\nallowlist\n-1\n", "no number", 3 },
	{ "action", "2\ndenylist\nmount errno 1\nswapon deny\n", "unknown action 'deny'", 4 },
	{ "action-longer", "2\ndenylist\nmount killall\n", "unknown action 'killall'", 3 },
	{ "action-of-others", "2\nallowlist log\nmount\n", "unknown action 'log'", 2 },
	{ "notify", "2\ndenylist\n[arm]\nmount notify\n", "action 'notify' is not supported", 4 },
	{ "errno", "2\ndenylist\nmount errno\n", "bad number ''", 3 },
	{ "errno-name", "2\ndenylist\nmount errno EPERM\n", "bad number 'EPERM'", 3 },
	{ "errno-range", "2\ndenylist\nmount errno 4096\n", "bad number '4096'", 3 },
	{ "errno-negative", "2\ndenylist\nmount errno -1\n", "bad number '-1'", 3 },
	{ "rest", "2\ndenylist\nmount kill now\n", "'now' is too much", 3 },
	{ "name", "2\ndenylist\nmount, kill\n", "no name of a system call", 3 },
	{ "section", "2\ndenylist\n[vax]\nmount\n", "unknown section '[vax]'", 3 },
	{ "section-open", "2\ndenylist\n[all\nmount\n", "unknown section", 3 },
	{ "section-rest", "2\ndenylist\n[all] mount\n", "unknown section", 3 },
	{ "foreign-section", "2\ndenylist\n[arm]\nmount frobnicate\n", "unknown action", 4 },
	{ "force-umount", "2\ndenylist\nreject_force_umount errno 1\n", "too much", 3 },
	{ "index", "2\ndenylist\nmount kill [6,1,==]\n", "bad condition '[6,1,==]'", 3 },
	{ "operator", "2\ndenylist\nmount kill [1,1,=]\n", "bad condition", 3 },
	{ "operator-long", "2\ndenylist\nmount kill [1,1,SCMP_CMP_XX]\n", "bad condition", 3 },
	{ "value", "2\ndenylist\nmount kill [1,1x,==]\n", "bad condition", 3 },
	{ "value-range", "2\ndenylist\nmount kill [1,18446744073709551616,==]\n", "bad condition", 3 },
	{ "value-empty", "2\ndenylist\nmount kill [1,,==]\n", "bad condition", 3 },
	{ "value-hex-empty", "2\ndenylist\nmount kill [1,0x,==]\n", "bad condition", 3 },
	{ "no-mask", "2\ndenylist\nmount kill [1,1,&=]\n", "bad condition", 3 },
	{ "mask-for-nothing", "2\ndenylist\nmount kill [1,1,==,1]\n", "bad condition", 3 },
	{ "words", "2\ndenylist\nmount kill [1,1]\n", "bad condition", 3 },
	{ "words-many", "2\ndenylist\nmount kill [1,1,&=,1,1]\n", "bad condition", 3 },
	{ "open", "2\ndenylist\nmount kill [1,1,==\n", "bad condition", 3 },
	{ "conditions", "2\ndenylist\nread kill [0,1,==][1,1,==][2,1,==][3,1,==][4,1,==][5,1,==][0,1,==]\n", "up to 6", 3 },
	{ "contradiction", "2\ndenylist\nmount errno 1\nread kill\nmount errno 2\n", "contradicts line 3", 5 },
	{ "contradiction-conditions", "2\ndenylist\nmount errno 1 [0,1,==]\nmount allow [0,0x1,SCMP_CMP_EQ]\n", "contradicts line 3", 4 },
};

static void test_bad(void)
{
	static char lines[3000];
	unsigned int i;
	char name[64];

	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		int n = compile_for(seccomp_abis, seccomp_abis_count, bad[i].text);

		snprintf(name, sizeof(name), "bad-%s", bad[i].name);
		check(n == -EINVAL && p.line == bad[i].line && strstr(err_text(), bad[i].why), name, n < 0 ? err_text() : "taken");
	}
	strcpy(lines, "2\ndenylist\n#");
	memset(lines + strlen(lines), 'x', 2000);
	check(compile_for(seccomp_abis, seccomp_abis_count, lines) == -EINVAL && strstr(err_text(), "longer than"), "bad-long-line", "taken");
}

/* Arguments of both widths and both orders, against the meaning. */
static const char conditions[] = "2\ndenylist\n"
	"read errno 1 [0,0x1,!=]\nread errno 2 [0,5,<][1,0x123456789,>]\nread errno 3 [2,0x123456789,<=]\n"
	"write errno 4 [0,0xffffffff,>=]\nwrite errno 5 [3,0x100000000,==]\nwrite kill [0,0x80000000,<][0,0x10,>]\n"
	"mount errno 6 [5,0xf0000000f,&=,0xf000000ff]\nmount trap [4, 0xffffffffffffffff , SCMP_CMP_LT ]\n"
	"mount allow [1,7,SCMP_CMP_MASKED_EQ,7]\nmount errno 7 [3,010,SCMP_CMP_GE]\n";

static void test_meaning(const char *name, const char *text)
{
	char why[160];
	struct call c;
	int n;

	n = compile_for(seccomp_abis, seccomp_abis_count, text);
	check(n > 0 && is_same(&p, seccomp_abis, seccomp_abis_count, program, (unsigned int)n, &c), name, n < 0 ? err_text() : "differs");
	n = compile_for(odd_abis, 4, text);
	snprintf(why, sizeof(why), "odd-%s", name);
	check(n > 0 && is_same(&p, odd_abis, 4, program, (unsigned int)n, &c), why, n < 0 ? err_text() : "differs");
}

/* A profile of very many lines: it fits, each line acts, and no call takes many instructions. */
static void test_many(void)
{
	static char text[200000];
	const struct seccomp_abi *a = seccomp_abis;
	unsigned int nr, steps, most = 0, wrong = 0;
	size_t at = 0;
	int n;

	/* Version 1 names them by number: every second one, the worst case. */
	at += (size_t)snprintf(text, sizeof(text), "1\nallowlist\n");
	for (nr = 0; nr < 1200; nr += 2)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%u\n", nr);
	n = compile_for(a, seccomp_abis_count, text);
	check(n > 0 && n < BPF_MAXINSNS, "many", err_text());
	for (nr = 0; n > 0 && nr < 1300; nr++) {
		struct call c = { .arch = AUDIT_ARCH_X86_64, .nr = nr };
		uint32_t ret = run_program(program, (unsigned int)n, &c, false, &steps);

		wrong += ret != (nr < 1200 && nr % 2 == 0 ? SECCOMP_RET_ALLOW : COMPAT_SECCOMP_KILL_PROCESS);
		most = steps > most ? steps : most;
	}
	check(!wrong, "many-right", "a number gets what another should");
	check(most <= 28, "many-steps", "a call takes too many instructions");
	for (; nr < 20000; nr += 2)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%u\n", nr);
	n = compile_for(a, seccomp_abis_count, text);
	check(n == -E2BIG && strstr(err_text(), "the kernel has room for 4096"), "too-many", "taken");
}

int main(void)
{
	test_numbers();
	test_deny();
	test_allow();
	test_versions();
	test_bad();
	test_meaning("meaning-deny", deny);
	test_meaning("meaning-conditions", conditions);
	test_meaning("meaning-allow", "2\nallowlist trap\nread [0,1,==]\nwrite errno 3 [1,2,>]\nwrite\nsocket\nset_tls\nbreakpoint kill\n");
	test_many();
	seccomp_profile_free(&p);
	return unit_status();
}
