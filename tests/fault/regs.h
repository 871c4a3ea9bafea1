// SPDX-License-Identifier: MIT
// owns: what differs from machine to machine when a traced call is left out and gets another result
// never: looks at a call; the kernel tells of it in the same words everywhere (stepkill.c)
//
// At the entry of a call call_skip() makes the kernel pass over it, at its exit call_fail() writes what it then returns.
#ifndef REGS_H
#define REGS_H

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>

#if defined(__x86_64__)
#include <sys/reg.h>

/* The number is taken anew from orig_rax after the stop; -1 is no call. */
static inline long call_skip(pid_t pid)
{
	return ptrace(PTRACE_POKEUSER, pid, ORIG_RAX * sizeof(long), -1L);
}

static inline long call_fail(pid_t pid, int error)
{
	return ptrace(PTRACE_POKEUSER, pid, RAX * sizeof(long), -(long)error);
}

#define CALLS_OF_THIS_MACHINE SYS_arch_prctl, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid
#define CONFINING_OF_THIS_MACHINE SYS_setgroups, SYS_setresuid, SYS_setresgid, SYS_statfs, SYS_fstatfs

#elif defined(__arm__)
#define SET_NUMBER 23	/* PTRACE_SET_SYSCALL: r7 itself is not looked at again */

static inline long call_skip(pid_t pid)
{
	return ptrace(SET_NUMBER, pid, 0, -1L);
}

/* The result is in r0, the first word of the registers. */
static inline long call_fail(pid_t pid, int error)
{
	return ptrace(PTRACE_POKEUSER, pid, 0, -(long)error);
}

/* 0xf0005: set_tls, ARM's own. */
#define CALLS_OF_THIS_MACHINE 0xf0005, SYS_sigreturn, SYS_getuid32, SYS_geteuid32, SYS_getgid32, SYS_getegid32
#define CONFINING_OF_THIS_MACHINE SYS_setgroups32, SYS_setresuid32, SYS_setresgid32, SYS_statfs64, SYS_fstatfs64

#elif defined(__mips__) && _MIPS_SIM == _ABIO32
/* Registers are addressed by their number: v0, with the call's number and its result, is 2; a3, set when that is an error, 7. */
static inline long call_skip(pid_t pid)
{
	return ptrace(PTRACE_POKEUSER, pid, 2, -1L);
}

static inline long call_fail(pid_t pid, int error)
{
	return ptrace(PTRACE_POKEUSER, pid, 2, (long)error) ? -1 : ptrace(PTRACE_POKEUSER, pid, 7, 1L);
}

#define CALLS_OF_THIS_MACHINE SYS_set_thread_area, SYS_sigreturn, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid
#define CONFINING_OF_THIS_MACHINE SYS_setgroups, SYS_setresuid, SYS_setresgid, SYS_statfs64, SYS_fstatfs64

#else
#error this machine is not known here: how does a tracer leave out a call, and where does its result go?
#endif

#endif
