// SPDX-License-Identifier: MIT
// owns: system calls made by name or number, with arguments, by each door of the kernel; and a filter of the caller's own
// never: changes anything by a call that is let through: names stand for calls that ask, or that fail for their arguments
//
// usage: calls CALL...                prints a line "CALL RESULT" for each: a number, or "errno N"
//	CALL is NAME or NR[:ARG]..., with i: before it by int 0x80 (x86), with x: as x32, with s: through syscall(2) (MIPS)
//	@NAME: prints the number of the call only
//   calls under COMMAND...      executes it under a filter that allows everything
//   calls without COMMAND...    under one that lets no further filter be loaded, as a kernel that has none
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __mips__
#define BASE 4000
#else
#define BASE 0
#endif

static const struct {
	const char *name;
	long nr;
} names[] = {
	{ "kexec_load", SYS_kexec_load }, { "open_by_handle_at", SYS_open_by_handle_at }, { "init_module", SYS_init_module },
	{ "finit_module", SYS_finit_module }, { "delete_module", SYS_delete_module }, { "umount2", SYS_umount2 },
	{ "mount", SYS_mount }, { "getpriority", SYS_getpriority }, { "getppid", SYS_getppid }, { "bpf", SYS_bpf },
	{ "perf_event_open", SYS_perf_event_open }, { "keyctl", SYS_keyctl }, { "swapon", SYS_swapon }, { "socket", SYS_socket },
	{ "unshare", SYS_unshare }, { "add_key", SYS_add_key }, { "pivot_root", SYS_pivot_root }, { "ioctl", SYS_ioctl },
	{ "userfaultfd", SYS_userfaultfd }, { "setns", SYS_setns }, { "reboot", SYS_reboot }, { "quotactl", SYS_quotactl },
	{ "open_tree", BASE + 428 }, { "move_mount", BASE + 429 }, { "fsopen", BASE + 430 }, { "fsconfig", BASE + 431 },
	{ "fsmount", BASE + 432 }, { "fspick", BASE + 433 }, { "mount_setattr", BASE + 442 }, { "io_uring_setup", BASE + 425 },
	{ "clone3", BASE + 435 }, { "unknown", BASE + 900 },
};

static long by_int80(const long *a)
{
#ifdef __x86_64__
	long ret;

	__asm__ volatile("int $0x80" : "=a"(ret) : "a"(a[0]), "b"(a[1]), "c"(a[2]), "d"(a[3]), "S"(a[4]), "D"(a[5])
			 : "memory", "r8", "r9", "r10", "r11");
	if (ret < 0 && ret > -4096) {
		errno = (int)-ret;
		return -1;
	}
	return ret;
#else
	(void)a;
	errno = ENOTSUP;
	return -1;
#endif
}

static void call(const char *word)
{
	const char *p = word;
	char door = 0, *end;
	long a[7] = { 0 }, ret;
	unsigned int i, n = 1;

	if (*p == '@')
		p++;
	if (p[0] && p[1] == ':') {
		door = *p;
		p += 2;
	}
	a[0] = strtol(p, &end, 0);
	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t len = strlen(names[i].name);

		if (!strncmp(p, names[i].name, len) && (!p[len] || p[len] == ':')) {
			a[0] = names[i].nr;
			end = (char *)p + len;
		}
	}
	if (*word == '@') {
		printf("%ld\n", a[0]);
		return;
	}
	for (; *end == ':' && n < 7; n++)
		a[n] = (long)strtoull(end + 1, &end, 0);
	errno = 0;
	if (door == 'i')
		ret = by_int80(a);
	else if (door == 'x')
		ret = syscall(a[0] | 0x40000000, a[1], a[2], a[3], a[4], a[5], a[6]);
	else if (door == 's')
		ret = syscall(BASE, a[0], a[1], a[2], a[3], a[4], a[5]);
	else
		ret = syscall(a[0], a[1], a[2], a[3], a[4], a[5], a[6]);
	if (ret == -1 && errno)
		printf("%s errno %d\n", word, errno);
	else
		printf("%s %ld\n", word, ret);
	fflush(stdout);
}

static int execute(char **argv, int is_closed)
{
	struct sock_filter f[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]) + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_SECCOMP, 0, 2),
		BPF_STMT(BPF_RET | BPF_K, is_closed ? SECCOMP_RET_ERRNO | EINVAL : SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog p = { sizeof(f) / sizeof(*f), f };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p)) {
		perror("calls: no filter");
		return 99;
	}
	execvp(*argv, argv);
	perror(*argv);
	return 127;
}

int main(int argc, char **argv)
{
	int i;

	if (argc > 2 && (!strcmp(argv[1], "under") || !strcmp(argv[1], "without")))
		return execute(argv + 2, !strcmp(argv[1], "without"));
	for (i = 1; i < argc; i++)
		call(argv[i]);
	return 0;
}
