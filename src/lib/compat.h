/* SPDX-License-Identifier: MIT */
/*
 * Constants and numbers of kernel interfaces that a libc or a set of kernel headers may be too old
 * for. The one file of the sources in which #ifndef is allowed.
 *
 * Values are those of include/uapi of the kernel; a number of a system call that the running kernel
 * does not know answers ENOSYS, and lib/sys.c has what is done then.
 */
#ifndef LIB_COMPAT_H
#define LIB_COMPAT_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>

/* From 403 on calls have one number on all architectures, plus where the table of an ABI starts. */
#if defined(__mips__) && defined(_ABIO32) && _MIPS_SIM == _ABIO32
#define COMPAT_NR 4000
#elif defined(__mips__) && defined(_ABI64) && _MIPS_SIM == _ABI64
#define COMPAT_NR 5000
#elif defined(__mips__)
#define COMPAT_NR 6000
#elif defined(__x86_64__) && defined(__ILP32__)
#define COMPAT_NR 0x40000000
#elif defined(__alpha__)
#define COMPAT_NR 110
#else
#define COMPAT_NR 0
#endif

/* 32-bit ABIs that began with 16-bit ids have a second set of these. */
#ifdef SYS_setgroups32
#define COMPAT_SETGROUPS SYS_setgroups32
#define COMPAT_SETRESGID SYS_setresgid32
#define COMPAT_SETRESUID SYS_setresuid32
#else
#define COMPAT_SETGROUPS SYS_setgroups
#define COMPAT_SETRESGID SYS_setresgid
#define COMPAT_SETRESUID SYS_setresuid
#endif

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal (COMPAT_NR + 424)
#endif
#ifndef SYS_open_tree
#define SYS_open_tree (COMPAT_NR + 428)
#endif
#ifndef SYS_move_mount
#define SYS_move_mount (COMPAT_NR + 429)
#endif
#ifndef SYS_fsopen
#define SYS_fsopen (COMPAT_NR + 430)
#endif
#ifndef SYS_fsconfig
#define SYS_fsconfig (COMPAT_NR + 431)
#endif
#ifndef SYS_fsmount
#define SYS_fsmount (COMPAT_NR + 432)
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open (COMPAT_NR + 434)
#endif
#ifndef SYS_clone3
#define SYS_clone3 (COMPAT_NR + 435)
#endif
#ifndef SYS_close_range
#define SYS_close_range (COMPAT_NR + 436)
#endif
#ifndef SYS_openat2
#define SYS_openat2 (COMPAT_NR + 437)
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr (COMPAT_NR + 442)
#endif

/* Below 403 each ABI has its own; -1 (ENOSYS) where this list does not know it. */
#if COMPAT_NR == 4000
#define COMPAT_GETRANDOM 4353
#define COMPAT_MEMFD_CREATE 4354
#define COMPAT_EXECVEAT 4356
#define COMPAT_COPY_FILE_RANGE 4360
#elif defined(__arm__)
#define COMPAT_GETRANDOM 384
#define COMPAT_MEMFD_CREATE 385
#define COMPAT_EXECVEAT 387
#define COMPAT_COPY_FILE_RANGE 391
#elif defined(__aarch64__) || defined(__riscv)
#define COMPAT_GETRANDOM 278
#define COMPAT_MEMFD_CREATE 279
#define COMPAT_EXECVEAT 281
#define COMPAT_COPY_FILE_RANGE 285
#elif defined(__x86_64__)
#define COMPAT_GETRANDOM (COMPAT_NR + 318)
#define COMPAT_MEMFD_CREATE (COMPAT_NR + 319)
#define COMPAT_EXECVEAT (COMPAT_NR + 322)
#define COMPAT_COPY_FILE_RANGE (COMPAT_NR + 326)
#elif defined(__i386__)
#define COMPAT_GETRANDOM 355
#define COMPAT_MEMFD_CREATE 356
#define COMPAT_EXECVEAT 358
#define COMPAT_COPY_FILE_RANGE 377
#else
#define COMPAT_GETRANDOM -1
#define COMPAT_MEMFD_CREATE -1
#define COMPAT_EXECVEAT -1
#define COMPAT_COPY_FILE_RANGE -1
#endif
#ifndef SYS_getrandom
#define SYS_getrandom COMPAT_GETRANDOM
#endif
#ifndef SYS_memfd_create
#define SYS_memfd_create COMPAT_MEMFD_CREATE
#endif
#ifndef SYS_execveat
#define SYS_execveat COMPAT_EXECVEAT
#endif
#ifndef SYS_copy_file_range
#define SYS_copy_file_range COMPAT_COPY_FILE_RANGE
#endif

/* ioctl_ficlone(2) */
#ifndef FICLONE
#define FICLONE _IOW(0x94, 9, int)
#endif

/* openat2(2) */
#ifndef RESOLVE_NO_XDEV
#define RESOLVE_NO_XDEV 0x01
#define RESOLVE_NO_MAGICLINKS 0x02
#define RESOLVE_NO_SYMLINKS 0x04
#define RESOLVE_BENEATH 0x08
#define RESOLVE_IN_ROOT 0x10
#endif

/* linux/loop.h */
#ifndef LOOP_CONFIGURE
#define LOOP_CONFIGURE 0x4C0A
#endif

/* open_tree(2), move_mount(2), mount_setattr(2) */
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x00000001
#define MOUNT_ATTR_NOSUID 0x00000002
#define MOUNT_ATTR_NODEV 0x00000004
#define MOUNT_ATTR_NOEXEC 0x00000008
#define MOUNT_ATTR__ATIME 0x00000070
#define MOUNT_ATTR_NOATIME 0x00000010
#define MOUNT_ATTR_STRICTATIME 0x00000020
#define MOUNT_ATTR_NODIRATIME 0x00000080
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

/* fsopen(2), fsconfig(2), fsmount(2): of enum fsconfig_command */
#ifndef FSOPEN_CLOEXEC
#define FSOPEN_CLOEXEC 1
#endif
#ifndef FSMOUNT_CLOEXEC
#define FSMOUNT_CLOEXEC 1
#endif
#define COMPAT_FSCONFIG_CMD_CREATE 6

/* prctl(2), 5.14: of enum pid_type */
#ifndef PR_SCHED_CORE
#define PR_SCHED_CORE 62
#endif
#define COMPAT_SCHED_CORE_GET 0
#define COMPAT_SCHED_CORE_CREATE 1
#define COMPAT_SCHED_CORE_SHARE_FROM 3
#define COMPAT_PIDTYPE_PID 0
#define COMPAT_PIDTYPE_TGID 1

/* mount(2), umount2(2) */
#ifndef MS_NOSYMFOLLOW
#define MS_NOSYMFOLLOW 256
#endif
#ifndef MS_LAZYTIME
#define MS_LAZYTIME (1 << 25)
#endif
#ifndef UMOUNT_NOFOLLOW
#define UMOUNT_NOFOLLOW 8
#endif

/* f_flags of statfs(2): the lower ones are MS_* numbers, these two are not. */
#define COMPAT_ST_RELATIME 0x1000
#define COMPAT_ST_NOSYMFOLLOW 0x2000

/* clone(2), unshare(2) */
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* signal(7): each exists on some architectures only; 0 elsewhere */
#ifndef SIGSTKFLT
#define SIGSTKFLT 0
#endif
#ifndef SIGEMT
#define SIGEMT 0
#endif

/* seccomp(2) */
/* Before 4.14 a kernel does not know it and takes it for the other kill, of the one thread. */
#define COMPAT_SECCOMP_KILL_PROCESS 0x80000000U

/* close_range(2) */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* memfd_create(2) and its seals */
#ifndef MFD_CLOEXEC
#define MFD_CLOEXEC 1U
#endif
#ifndef MFD_ALLOW_SEALING
#define MFD_ALLOW_SEALING 2U
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x10U
#endif
#ifndef F_ADD_SEALS
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#endif
#ifndef F_SEAL_SEAL
#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#endif

#endif
