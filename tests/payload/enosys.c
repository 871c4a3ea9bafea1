/* SPDX-License-Identifier: MIT */
/* owns a kernel that looks like Linux 3.10: enosys PROGRAM [ARGUMENT]... answers ENOSYS to every newer system call */
/* never lets a newer call through, in the program or in anything it starts */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The number after finit_module(2), the last call of 3.10 on each of these. */
#if defined(__mips__) && _MIPS_SIM == _ABIO32
#define FIRST_NEW 4349
#elif defined(__arm__)
#define FIRST_NEW 380
#elif defined(__aarch64__) || defined(__riscv)
#define FIRST_NEW 274
#elif defined(__x86_64__)
#define FIRST_NEW 314
#elif defined(__i386__)
#define FIRST_NEW 351
#else
#error "unknown architecture"
#endif

/* ARM's own calls (set_tls, cacheflush) lie far above and are as old as the architecture. */
#define LAST_NEW 0xeffff

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_NEW, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };

	if (argc < 2) {
		fprintf(stderr, "usage: enosys PROGRAM [ARGUMENT]...\n");
		return 125;
	}
	/* With sys_admin it goes without no_new_privs, which the program may be about to test. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0 &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) < 0)) {
		fprintf(stderr, "enosys: cannot install the filter: %s\n", strerror(errno));
		return 125;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "enosys: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
