/* SPDX-License-Identifier: MIT */
/* System calls by one function of few instructions: MIPS16e code cannot make them itself. */
#define __SYSCALL_LL_E(x) \
((union { long long ll; long l[2]; }){ .ll = x }).l[0], \
((union { long long ll; long l[2]; }){ .ll = x }).l[1]
#define __SYSCALL_LL_O(x) 0, __SYSCALL_LL_E((x))

#define SYSCALL_RLIM_INFINITY (-1UL/2)

/* -errno or the result; in src/internal/mips/calls.S. It takes seven, whatever it is given. */
#define CALL __asm__("__small_syscall") __attribute__((__visibility__("hidden")))
long __syscall0(long) CALL;
long __syscall1(long, long) CALL;
long __syscall2(long, long, long) CALL;
long __syscall3(long, long, long, long) CALL;
long __syscall4(long, long, long, long, long) CALL;
long __syscall5(long, long, long, long, long, long) CALL;
long __syscall6(long, long, long, long, long, long, long) CALL;
long __syscall7(long, long, long, long, long, long, long, long) CALL;
#undef CALL

#define SO_SNDTIMEO_OLD 0x1005
#define SO_RCVTIMEO_OLD 0x1006

#undef SYS_socketcall
