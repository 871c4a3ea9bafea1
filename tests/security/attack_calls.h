/* SPDX-License-Identifier: MIT */
/* owns the attacks by a single system call: each asks in such a way that nothing happens when it is allowed */
/* never passes arguments with which a kernel that lets it through would change the machine */
#ifndef ATTACK_CALLS_H
#define ATTACK_CALLS_H

#include <linux/keyctl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>

#include "attack.h"

/* Numbers that older headers lack; from 403 on they are the same everywhere but for the start of the ABI's table. */
#if defined(__mips__) && _MIPS_SIM == _ABIO32
#define NR_BASE 4000
#else
#define NR_BASE 0
#endif
#define NR_OPEN_TREE (NR_BASE + 428)
#define NR_MOVE_MOUNT (NR_BASE + 429)
#define NR_FSOPEN (NR_BASE + 430)
#define NR_FSPICK (NR_BASE + 433)
#define NR_CLONE3 (NR_BASE + 435)
#define NR_MOUNT_SETATTR (NR_BASE + 442)
#define NR_QUOTACTL_FD (NR_BASE + 443)

static long try_init_module(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_init_module, "", 0, ""));
}

static long try_finit_module(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_finit_module, -1, "", 0));
}

static long try_delete_module(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_delete_module, "attack-none", O_NONBLOCK));
}

static long try_kexec_load(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_kexec_load, 0L, 0L, NULL, 0xffffL));
}

static long try_kexec_file_load(const struct attack *a)
{
	(void)a;
#ifdef SYS_kexec_file_load
	return result(syscall(SYS_kexec_file_load, -1, -1, 0L, NULL, 0xffffL));
#else
	return -ENOSYS;
#endif
}

static long try_iopl(const struct attack *a)
{
	(void)a;
#ifdef SYS_iopl
	return result(syscall(SYS_iopl, 3));
#else
	return -ENOSYS;
#endif
}

static long try_ioperm(const struct attack *a)
{
	(void)a;
#ifdef SYS_ioperm
	return result(syscall(SYS_ioperm, 0x80L, 1L, 1));
#else
	return -ENOSYS;
#endif
}

/* Nothing is set, but the privilege is asked for first (do_sys_settimeofday64). */
static long try_settimeofday(const struct attack *a)
{
	(void)a;
#ifdef SYS_settimeofday_time32
	return result(syscall(SYS_settimeofday_time32, NULL, NULL));
#else
	return result(syscall(SYS_settimeofday, NULL, NULL));
#endif
}

static long try_adjtimex(const struct attack *a)
{
	struct timex t = { .modes = ADJ_TICK, .tick = 1 };

	(void)a;
	return result(adjtimex(&t));
}

static long try_swapon(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_swapon, "/attack-none", 0));
}

static long try_acct(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_acct, "/attack-none/attack-none"));
}

static long try_quotactl(const struct attack *a)
{
	int fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)a;
	/* Q_GETQUOTA of some other user */
	return result(syscall(NR_QUOTACTL_FD, fd, 0x80000700L, 12345L, NULL));
}

/* r0 = 1; exit. a: the program's type */
static long try_bpf(const struct attack *a)
{
#ifdef SYS_bpf
	static const uint64_t code[2] = { 0x00000001000000b7ULL, 0x95 };
	struct {
		uint32_t type, n;
		uint64_t code, license;
		uint32_t more[24];
	} attr = { .type = (uint32_t)a->a, .n = 2, .code = (uintptr_t)code, .license = (uintptr_t)"GPL" };

	return result(syscall(SYS_bpf, 5L, &attr, 48L));
#else
	(void)a;
	return -ENOSYS;
#endif
}

/* A software clock of all that runs on the first processor. */
static long try_perf(const struct attack *a)
{
	struct {
		uint32_t type, size;
		uint64_t config, more[12];
	} attr = { .type = 1, .size = 64 };

	(void)a;
	return result(syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0L));
}

static long try_userfaultfd(const struct attack *a)
{
	(void)a;
#ifdef SYS_userfaultfd
	return result(syscall(SYS_userfaultfd, O_CLOEXEC));
#else
	return -ENOSYS;
#endif
}

static long try_fanotify(const struct attack *a)
{
	(void)a;
	/* FAN_CLASS_PRE_CONTENT */
	return result(syscall(SYS_fanotify_init, 8, O_RDONLY));
}

/* The way of "shocker": a handle of the root, which any inode of the file system could follow. */
static long try_handle(const struct attack *a)
{
	struct {
		unsigned int bytes;
		int type;
		unsigned char f[128];
	} h = { .bytes = 128 };
	int mount_id, fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)a;
	if (syscall(SYS_name_to_handle_at, AT_FDCWD, "/", &h, &mount_id, 0) < 0) {
		h.bytes = 8;
		h.type = 1;
	}
	return result(syscall(SYS_open_by_handle_at, fd, &h, O_RDONLY));
}

/* a: family, b: type; "path": a protocol */
static long try_socket(const struct attack *a)
{
	return result(socket((int)a->a, (int)a->b | SOCK_CLOEXEC, a->path ? atoi(a->path) : 0));
}

/* The flags that it has already; the interface need not be there for the refusal. */
static long try_net_admin(const struct attack *a)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "lo" };

	(void)a;
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &r))
		return -ENODEV;
	return result(ioctl(fd, SIOCSIFFLAGS, &r));
}

/* SYSLOG_ACTION_READ_ALL; kernel.dmesg_restrict of the host decides where the capability does not */
static long try_syslog(const struct attack *a)
{
	static char buf[256];

	return result(syscall(SYS_syslog, (int)a->a, buf, sizeof(buf)));
}

/* In a pid namespace of its own no more is possible than to end that: the others are EINVAL there (Linux 3.4). */
static long try_reboot(const struct attack *a)
{
	(void)a;
	/* LINUX_REBOOT_CMD_CAD_OFF */
	return result(syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL));
}

static long try_unshare(const struct attack *a)
{
	return result(unshare((int)a->a));
}

static long waited(long pid)
{
	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(0);
	waitpid((pid_t)pid, NULL, __WALL);
	return 0;
}

static long try_clone(const struct attack *a)
{
	return waited(syscall(SYS_clone, (unsigned long)a->a | SIGCHLD, 0L, 0L, 0L, 0L));
}

static long try_clone3(const struct attack *a)
{
	uint64_t args[8] = { (uint64_t)a->a, [4] = SIGCHLD };

	return waited(syscall(NR_CLONE3, args, sizeof(args)));
}

static long try_setns(const struct attack *a)
{
	int fd = open(a->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : result(setns(fd, 0));
}

/* The session keyring: that of host root's uid, or one of the container's. */
static long try_session_keyring(const struct attack *a)
{
	char text[128] = "";

	(void)a;
	if (syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_SESSION_KEYRING, text, sizeof(text) - 1) < 0)
		return -errno;
	add_detail(text);
	return strstr(text, "_uid_ses") ? 0 : -EACCES;
}

static long try_user_keyring(const struct attack *a)
{
	char text[128] = "";

	(void)a;
	return result(syscall(SYS_keyctl, KEYCTL_DESCRIBE, KEY_SPEC_USER_KEYRING, text, sizeof(text) - 1));
}

static long try_nice(const struct attack *a)
{
	(void)a;
	return result(setpriority(PRIO_PROCESS, 0, -5));
}

static long try_realtime(const struct attack *a)
{
	int priority = 1;

	(void)a;
	return result(syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &priority));
}

static long try_rlimit(const struct attack *a)
{
	struct rlimit r;

	(void)a;
	if (getrlimit(RLIMIT_NOFILE, &r) || r.rlim_max == RLIM_INFINITY)
		return -EINVAL;
	r.rlim_max++;
	return result(setrlimit(RLIMIT_NOFILE, &r));
}

static long try_oom(const struct attack *a)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	(void)a;
	return fd < 0 ? -errno : result(write(fd, "-1000", 5));
}

static long try_vhangup(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_vhangup));
}

/* A directory given up by chroot is left by the descriptor of a higher one: where it leads to must still be the container's. */
static long try_chroot(const struct attack *a)
{
	struct stat before, after;
	int top = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), i;

	(void)a;
	if (stat("/", &before) || chroot("/dev"))
		return -errno;
	if (fchdir(top))
		return -errno;
	for (i = 0; i < 64; i++)
		if (chdir(".."))
			return -errno;
	if (chroot(".") || stat("/", &after))
		return -errno;
	return before.st_dev == after.st_dev && before.st_ino == after.st_ino ? -EACCES : 0;
}

/* A process that is seen but has another tree, and so is none of the container. */
static long try_foreign(const struct attack *a)
{
	struct stat own, st;
	char path[64];
	DIR *d = opendir("/proc");
	struct dirent *e;
	long ret = -EACCES;

	(void)a;
	if (!d || stat("/", &own))
		return -ENOENT;
	while ((e = readdir(d))) {
		if (e->d_name[0] < '0' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/root/.", e->d_name);
		if (!stat(path, &st) && (st.st_dev != own.st_dev || st.st_ino != own.st_ino)) {
			add_detail(path);
			ret = 0;
		}
	}
	closedir(d);
	return ret;
}

static long try_descriptors(const struct attack *a)
{
	char link[64], to[200];
	long ret = -EACCES;
	ssize_t n;
	int fd;

	(void)a;
	for (fd = 3; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		n = readlink(link, to, sizeof(to) - 1);
		to[n > 0 ? n : 0] = '\0';
		add_detail(to);
		ret = 0;
	}
	return ret;
}

/* The kernel writes "(unreachable)" before a directory that is outside of the root. */
static long try_cwd(const struct attack *a)
{
	char buf[1024];

	(void)a;
	if (syscall(SYS_getcwd, buf, sizeof(buf)) < 0)
		return -errno;
	return buf[0] == '/' ? -EACCES : 0;
}

#endif
