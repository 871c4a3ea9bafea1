/* SPDX-License-Identifier: MIT */
/* owns a kernel that looks like Linux 3.10: enosys PROGRAM [ARGUMENT]... answers ENOSYS to every newer system call, and what 3.10
 * does to newer commands of prctl(2) and fcntl(2) and to O_TMPFILE */
/* never lets a newer call through, in the program or in anything it starts */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
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

#define LOW(n) (offsetof(struct seccomp_data, args) + 8 * (n))	/* these machines have the lower half first */
#define ANSWER(e) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (e))
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

/* Commands of older calls that are newer than they: argument ARG between FROM and TO is not known. */
#define UNKNOWN(nr, arg, from, to) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 5), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW(arg)), \
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, from, 0, 2), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, to, 1, 0), ANSWER(EINVAL), ALLOW
/* A flag that 3.10 passes over; what is left of O_TMPFILE is an open of a directory for writing. */
#define NO_TMPFILE(nr, arg) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 4), BPF_STMT(BPF_LD | BPF_W | BPF_ABS, LOW(arg)), \
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1), ANSWER(EISDIR), ALLOW

#ifdef SYS_fcntl64
#define NR_FCNTL SYS_fcntl64
#else
#define NR_FCNTL SYS_fcntl
#endif

int main(int argc, char **argv)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, LAST_NEW, 1, 0),
		ANSWER(ENOSYS),
		/* From PR_SET_THP_DISABLE (3.15) on; those beyond are Yama's. */
		UNKNOWN(SYS_prctl, 0, 41, 1000),
		/* F_ADD_SEALS and F_GET_SEALS (3.17) */
		UNKNOWN(NR_FCNTL, 1, 1033, 1034),
		NO_TMPFILE(SYS_openat, 2),
#ifdef SYS_open
		NO_TMPFILE(SYS_open, 1),
#endif
		ALLOW,
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
