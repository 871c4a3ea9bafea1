// SPDX-License-Identifier: MIT
// owns: the attacks on a host that need no hardware, tried from inside a container, a line each: "NAME: OPEN|closed|unproven …"
// never: changes the machine when an attack succeeds: files are opened, not written, and calls are asked for what they refuse later
//
// usage: attack [-n] [PATTERN]...    only those whose name matches; -n: the network is the container's own
// K: files of proc and sysfs. M: mounts. D: device nodes. S: system calls. C: cgroups. U: the same from a user namespace that
// the container makes for itself. "unproven" is what a kernel without the feature answers: it says nothing about the container.
// A device is asked for by access(2), so that one whose driver is missing proves as much, and no watchdog is started.
#define _GNU_SOURCE
#include <fnmatch.h>
#include "attack_calls.h"
#include "attack_files.h"
#include "attack_mounts.h"

/* ---- U: from a user namespace of its own ---- */

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int bad = fd < 0 || write(fd, text, strlen(text)) < 0;

	if (fd >= 0)
		close(fd);
	return bad ? -errno : 0;
}

/* Root of a new user namespace, which is what root of the container is outside of it, with every capability in there. */
static long enter_user_namespace(int more)
{
	if (unshare(CLONE_NEWUSER | more))
		return -errno;
	write_text("/proc/self/setgroups", "deny");
	write_text("/proc/self/uid_map", "0 0 1");
	write_text("/proc/self/gid_map", "0 0 1");
	return 0;
}

static const struct attack within[];

/* path: the attack to try in there, a: the other namespaces to make */
static long try_within(const struct attack *a)
{
	long ret = enter_user_namespace((int)a->a);
	const struct attack *w;

	if (ret < 0) {
		add_detail("no user namespace");
		return ret == -EINVAL || ret == -ENOSPC || ret == -EUSERS ? -EPERM : ret;
	}
	if (a->a & CLONE_NEWPID) {
		int status;
		pid_t pid = fork();

		if (pid) {
			waitpid(pid, &status, 0);
			return WIFEXITED(status) ? -WEXITSTATUS(status) : -EIO;
		}
	}
	for (w = within; w->name && strcmp(w->name, a->path); w++)
		;
	ret = w->name ? w->try(w) : -EINVAL;
	if (ret < 0 && is_one_of(-ret, w->shut))
		ret = -EPERM;
	if (a->a & CLONE_NEWPID)
		_exit(ret < 0 ? (int)-ret : 0);
	return ret;
}

static long try_limits_within(const struct attack *a)
{
	long ret = each_hierarchy(limits_of_hierarchy), v2;

	(void)a;
	v2 = limits_of_hierarchy(NULL, "cgroup2");
	return ret >= 0 || v2 >= 0 ? 0 : -EACCES;
}

static const struct attack within[] = {
	{ .name = "remount-proc-sys", try_remount, "/proc/sys", MS_BIND, .shut = { EINVAL } },
	{ .name = "remount-sys", try_remount, "/sys", MS_BIND, .shut = { EINVAL } },
	{ .name = "umount-proc-sys", try_umount, "/proc/sys", .shut = { EINVAL } },
	{ .name = "proc", try_mount, "proc" },
	{ .name = "sysfs", try_mount, "sysfs" },
	{ .name = "devtmpfs", try_mount, "devtmpfs" },
	{ .name = "debugfs", try_mount, "debugfs" },
	{ .name = "limits", try_limits_within },
	{ .name = "mknod", try_device, "c", 1, 1 },
	{ .name = "module", try_init_module },
	{ .name = "settimeofday", try_settimeofday },
	{ .name = "handle", try_handle, .past = { ESTALE } },
	{ .name = NULL },
};

/* ---- all of them ---- */

#define WRITE(id, file) { .name = id, try_write, file, .shut = { EISDIR } }
#define READ(id, file) { .name = id, try_read, file }
#define DEVICE(id, type, maj, min) { .name = id, try_device, type, maj, min }
#define WITHIN(id, what, more) { .name = id, try_within, what, more }

static const struct attack attacks[] = {
	WRITE("K-CORE-PATTERN", "/proc/sys/kernel/core_pattern"),
	WRITE("K-MODPROBE", "/proc/sys/kernel/modprobe"),
	WRITE("K-HOTPLUG", "/proc/sys/kernel/hotplug"),
	WRITE("K-POWEROFF-CMD", "/proc/sys/kernel/poweroff_cmd"),
	WRITE("K-USERMODEHELPER", "/proc/sys/kernel/usermodehelper/bset"),
	WRITE("K-BINFMT", "/proc/sys/fs/binfmt_misc/register"),
	WRITE("K-PANIC", "/proc/sys/kernel/panic"),
	WRITE("K-SYSRQ", "/proc/sysrq-trigger"),
	WRITE("K-IRQ", "/proc/irq/default_smp_affinity"),
	WRITE("K-MTRR", "/proc/mtrr"),
	WRITE("K-SCSI", "/proc/scsi/scsi"),
	WRITE("K-UEVENT-HELPER", "/sys/kernel/uevent_helper"),
	WRITE("K-POWER", "/sys/power/state"),
	WRITE("K-GPIO", "/sys/class/gpio/export"),
	WRITE("K-PCI", "/sys/bus/pci/rescan"),
	WRITE("K-PROFILING", "/sys/kernel/profiling"),
	WRITE("K-CPU", "/sys/devices/system/cpu/cpu1/online"),
	{ .name = "K-WALK-PROC", try_walk_proc, "/proc" },
	{ .name = "K-WALK-SYS", try_walk_sys, "/sys" },
	READ("K-KCORE", "/proc/kcore"),
	READ("K-KMSG", "/proc/kmsg"),
	{ .name = "K-KALLSYMS", try_read, "/proc/kallsyms", 1 },
	READ("K-KPAGECOUNT", "/proc/kpagecount"),
	READ("K-KPAGEFLAGS", "/proc/kpageflags"),
	READ("K-TIMER-LIST", "/proc/timer_list"),
	READ("K-KEYS", "/proc/keys"),
	READ("K-SLABINFO", "/proc/slabinfo"),
	READ("K-VMALLOCINFO", "/proc/vmallocinfo"),
	READ("K-SCHED-DEBUG", "/proc/sched_debug"),
	{ .name = "K-IOMEM", try_read, "/proc/iomem", 1 },
	{ .name = "K-DEBUGFS", try_empty, "/sys/kernel/debug" },
	{ .name = "K-TRACEFS", try_empty, "/sys/kernel/tracing" },
	{ .name = "K-CONFIGFS", try_empty, "/sys/kernel/config" },
	{ .name = "K-SECURITYFS", try_empty, "/sys/kernel/security" },
	{ .name = "K-PSTORE", try_empty, "/sys/fs/pstore" },
	{ .name = "K-BPFFS", try_empty, "/sys/fs/bpf" },
	{ .name = "K-EFIVARS", try_empty, "/sys/firmware/efi/efivars" },

	{ .name = "M-PROC-SYS-RW", try_remount, "/proc/sys", MS_BIND, .past = { EINVAL } },
	{ .name = "M-PROC-RW", try_remount, "/proc", MS_BIND, .past = { EINVAL } },
	{ .name = "M-SYS-RW", try_remount, "/sys", MS_BIND, .past = { EINVAL } },
	{ .name = "M-SYSRQ-RW", try_remount, "/proc/sysrq-trigger", MS_BIND, .past = { EINVAL } },
	{ .name = "M-NEW-PROC", try_mount, "proc" },
	{ .name = "M-NEW-SYSFS", try_mount, "sysfs" },
	{ .name = "M-NEW-DEVTMPFS", try_mount, "devtmpfs" },
	{ .name = "M-NEW-DEBUGFS", try_mount, "debugfs", .past = { ENODEV } },
	{ .name = "M-NEW-TRACEFS", try_mount, "tracefs", .past = { ENODEV } },
	{ .name = "M-NEW-SECURITYFS", try_mount, "securityfs", .past = { ENODEV } },
	{ .name = "M-NEW-CONFIGFS", try_mount, "configfs", .past = { ENODEV } },
	{ .name = "M-NEW-PSTORE", try_mount, "pstore", .past = { ENODEV } },
	{ .name = "M-NEW-BPFFS", try_mount, "bpf", .past = { ENODEV } },
	{ .name = "M-NEW-BINFMT", try_mount, "binfmt_misc", .past = { ENODEV } },
	{ .name = "M-NEW-CGROUP", try_cgroup },
	{ .name = "M-NEW-CGROUP2", try_mount, "cgroup2", .past = { ENODEV } },
	{ .name = "M-NEW-TMPFS", try_mount, "tmpfs" },
	{ .name = "M-BIND", try_bind, "/" },
	{ .name = "M-SHARED", try_propagation, "/", MS_SHARED },
	{ .name = "M-UMOUNT-PROC-SYS", try_umount, "/proc/sys", .past = { EAGAIN, EBUSY, EINVAL } },
	{ .name = "M-PIVOT", try_pivot, .past = { EBUSY, EINVAL, ENOTDIR } },
	{ .name = "M-FSOPEN", try_fsopen, "proc" },
	{ .name = "M-FSPICK", try_fspick, "/proc", .past = { EINVAL } },
	{ .name = "M-OPEN-TREE", try_open_tree, "/" },
	{ .name = "M-SETATTR", try_mount_setattr, "/proc/sys", .past = { EINVAL } },
	{ .name = "M-READ-ONLY", try_read_only_mounts },

	DEVICE("D-MEM", "c", 1, 1),
	DEVICE("D-KMEM", "c", 1, 2),
	DEVICE("D-PORT", "c", 1, 4),
	DEVICE("D-KMSG", "c", 1, 11),
	DEVICE("D-TTY0", "c", 4, 0),
	DEVICE("D-TTYS0", "c", 4, 64),
	DEVICE("D-VCS", "c", 7, 0),
	DEVICE("D-WATCHDOG", "c", 10, 130),
	DEVICE("D-RTC", "c", 10, 135),
	DEVICE("D-NVRAM", "c", 10, 144),
	DEVICE("D-TUN", "c", 10, 200),
	DEVICE("D-UINPUT", "c", 10, 223),
	DEVICE("D-FUSE", "c", 10, 229),
	DEVICE("D-KVM", "c", 10, 232),
	DEVICE("D-LOOP-CONTROL", "c", 10, 237),
	DEVICE("D-INPUT", "c", 13, 64),
	DEVICE("D-SG", "c", 21, 0),
	DEVICE("D-FB", "c", 29, 0),
	DEVICE("D-I2C", "c", 89, 0),
	DEVICE("D-MTD", "c", 90, 0),
	DEVICE("D-USB", "c", 189, 0),
	DEVICE("D-RAM", "b", 1, 0),
	DEVICE("D-LOOP", "b", 7, 0),
	DEVICE("D-SDA", "b", 8, 0),
	DEVICE("D-MTDBLOCK", "b", 31, 0),
	DEVICE("D-MMC", "b", 179, 0),
	{ .name = "D-DISKS", try_disks },
	{ .name = "D-NODES", try_nodes, "/nodes" },
	{ .name = "D-DEV", try_nodes, "/dev", 1 },

	{ .name = "S-INIT-MODULE", try_init_module, .past = { ENOEXEC, EFAULT, EINVAL } },
	{ .name = "S-FINIT-MODULE", try_finit_module, .past = { EBADF, EINVAL } },
	{ .name = "S-DELETE-MODULE", try_delete_module, .past = { ENOENT } },
	{ .name = "S-KEXEC-LOAD", try_kexec_load, .past = { EINVAL } },
	{ .name = "S-KEXEC-FILE-LOAD", try_kexec_file_load, .past = { EINVAL, EBADF } },
	{ .name = "S-IOPL", try_iopl },
	{ .name = "S-IOPERM", try_ioperm },
	{ .name = "S-SETTIMEOFDAY", try_settimeofday },
	{ .name = "S-ADJTIMEX", try_adjtimex, .past = { EINVAL } },
	{ .name = "S-SWAPON", try_swapon, .past = { ENOENT } },
	{ .name = "S-ACCT", try_acct, .past = { ENOENT, ENOTDIR } },
	{ .name = "S-QUOTACTL", try_quotactl, .past = { ESRCH, EINVAL } },
	{ .name = "S-BPF", try_bpf, .a = 15 },
	{ .name = "S-BPF-SOCKET-FILTER", try_bpf, .a = 1 },
	{ .name = "S-PERF", try_perf },
	{ .name = "S-USERFAULTFD", try_userfaultfd },
	{ .name = "S-FANOTIFY", try_fanotify },
	{ .name = "S-OPEN-BY-HANDLE", try_handle, .past = { ESTALE } },
	{ .name = "S-PACKET", try_socket, .a = AF_PACKET, .b = SOCK_RAW },
	{ .name = "S-RAW", try_socket, "1", AF_INET, SOCK_RAW },
	{ .name = "S-NET-ADMIN", try_net_admin },
	{ .name = "S-SYSLOG-READ", try_syslog, .a = 3 },
	{ .name = "S-SYSLOG-CONSOLE", try_syslog, .a = 7 },
	{ .name = "S-REBOOT", try_reboot, .shut = { EINVAL } },
	{ .name = "S-SETNS-MNT", try_setns, "/proc/1/ns/mnt" },
	{ .name = "S-SETNS-NET", try_setns, "/proc/1/ns/net" },
	{ .name = "S-UNSHARE-MNT", try_unshare, .a = CLONE_NEWNS },
	{ .name = "S-UNSHARE-NET", try_unshare, .a = CLONE_NEWNET },
	{ .name = "S-UNSHARE-PID", try_unshare, .a = CLONE_NEWPID },
	{ .name = "S-UNSHARE-CGROUP", try_unshare, .a = 0x02000000 },
	{ .name = "S-UNSHARE-USER", try_unshare, .a = CLONE_NEWUSER, .shut = { ENOSPC, EUSERS, EINVAL } },
	{ .name = "S-CLONE-USER", try_clone, .a = CLONE_NEWUSER, .shut = { ENOSPC, EUSERS, EINVAL } },
	{ .name = "S-CLONE3-USER", try_clone3, .a = CLONE_NEWUSER, .shut = { ENOSPC, EUSERS, EINVAL } },
	{ .name = "S-SESSION-KEYRING", try_session_keyring },
	{ .name = "S-USER-KEYRING", try_user_keyring },
	{ .name = "S-NICE", try_nice },
	{ .name = "S-REALTIME", try_realtime },
	{ .name = "S-RLIMIT", try_rlimit },
	{ .name = "S-OOM", try_oom },
	{ .name = "S-VHANGUP", try_vhangup },
	{ .name = "S-CHROOT", try_chroot },
	{ .name = "S-FOREIGN", try_foreign },
	{ .name = "S-DESCRIPTORS", try_descriptors },
	{ .name = "S-CWD", try_cwd },

	{ .name = "C-LIMITS", try_limits },

	WITHIN("U-PROC-SYS-RW", "remount-proc-sys", CLONE_NEWNS),
	WITHIN("U-SYS-RW", "remount-sys", CLONE_NEWNS),
	WITHIN("U-UMOUNT-PROC-SYS", "umount-proc-sys", CLONE_NEWNS),
	WITHIN("U-NEW-PROC", "proc", CLONE_NEWNS | CLONE_NEWPID),
	WITHIN("U-NEW-SYSFS", "sysfs", CLONE_NEWNS | CLONE_NEWNET),
	WITHIN("U-NEW-DEVTMPFS", "devtmpfs", CLONE_NEWNS),
	WITHIN("U-NEW-DEBUGFS", "debugfs", CLONE_NEWNS),
	WITHIN("U-LIMITS", "limits", CLONE_NEWNS | 0x02000000),
	WITHIN("U-MEM", "mknod", CLONE_NEWNS),
	WITHIN("U-INIT-MODULE", "module", 0),
	WITHIN("U-SETTIMEOFDAY", "settimeofday", 0),
	WITHIN("U-OPEN-BY-HANDLE", "handle", CLONE_NEWNS),
};

static int is_chosen(const char *name, char **patterns)
{
	if (!*patterns)
		return 1;
	for (; *patterns; patterns++)
		if (!fnmatch(*patterns, name, 0))
			return 1;
	return 0;
}

/* In a process and a session of its own: what one attack gains is not there for the next. */
static void attempt(const struct attack *a)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid) {
		setsid();
		alarm(30);
		judge(a, a->try(a));
		fflush(stdout);
		_exit(0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		printf("%s: unproven (cannot be tried: %s)\n", a->name, strerror(errno));
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		printf("%s: closed killed\n", a->name);
	else if (!WIFEXITED(status) || WEXITSTATUS(status))
		printf("%s: unproven (ended by signal %d)\n", a->name, WTERMSIG(status));
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "-n")) {
		own_network = 1;
		argv++;
	}
	for (size_t i = 0; i < sizeof(attacks) / sizeof(*attacks); i++)
		if (is_chosen(attacks[i].name, argv + 1))
			attempt(attacks + i);
	return 0;
}
