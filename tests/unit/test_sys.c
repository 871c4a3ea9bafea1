/* SPDX-License-Identifier: MIT */
//link: lib/sys.c lib/protect.c lib/fd.c lib/str.c lib/err.c
/* owns tests of lib/sys.c and lib/protect.c on the running kernel; "test_sys protect" is the program that protects itself */
/* never needs root; as root the mounts are tried, otherwise the copy in memory */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "unit.h"

/* Argument "protect": becomes the protected program, says how it is called, waits. "bare": the same without protection. */
static int be_program(char **argv)
{
	char name[17] = "", byte;

	if (!strcmp(argv[1], "protect") && sys_protect_exe(argv) < 0) {
		dprintf(1, "%s\n", err_text());
		return 1;
	}
	prctl(PR_GET_NAME, (unsigned long)name, 0, 0, 0);
	dprintf(1, "%s %s %s\n", argv[0], argv[2], name);
	return read(0, &byte, 1) < 0;
}

/*
 * What a container does (CVE-2019-5736): takes a handle of the program while it runs and writes to it when it has ended. 0 when
 * that fails, 1 when the byte was written. The program is a copy, so that nothing is lost.
 */
static int attack(const char *program, const char *mode, char *said, size_t size)
{
	int in[2], out[2], exe, fd, status, hit = 0;
	char path[64], on[FD_PATH_MAX];
	ssize_t n;
	pid_t pid;

	if (pipe(in) < 0 || pipe(out) < 0)
		return -1;
	pid = fork();
	if (!pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		fd_cloexec_from(3);
		execl(program, "as-called", mode, "argument", (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	n = read(out[0], said, size - 1);
	said[n > 0 ? n : 0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	exe = open(path, O_PATH | O_CLOEXEC);
	close(in[1]);
	waitpid(pid, &status, 0);
	close(out[0]);
	fd = open(fd_path(exe, on), O_WRONLY);
	if (fd >= 0) {
		hit = pwrite(fd, "\x7f", 1, 0) == 1;
		close(fd);
	}
	close(exe);
	return hit || !WIFEXITED(status) || WEXITSTATUS(status) != 0;
}

static void test_protect(void)
{
	char dir[] = "/tmp/lxcbox-sys-XXXXXX", program[64], cmd[128], said[700];

	if (!mkdtemp(dir)) {
		check(false, "protect-setup", strerror(errno));
		return;
	}
	snprintf(program, sizeof(program), "%s/program", dir);
	snprintf(cmd, sizeof(cmd), "cp /proc/%d/exe %s", (int)getpid(), program);
	check(!system(cmd), "protect-copy", "cp failed");
	check(attack(program, "bare", said, sizeof(said)) == 1, "protect-control-is-written", said);
	check(attack(program, "protect", said, sizeof(said)) == 0, "protect-cannot-be-written", said);
	check(!strcmp(said, "as-called argument as-called\n"), "protect-keeps-argv-and-name", said);
	snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	check(!system(cmd), "protect-cleanup", "rm failed");
}

static void test_process(void)
{
	uint64_t a = 0, b = 0, end;
	int status, fd;
	pid_t pid;

	check(!sys_pid_start(getpid(), &a) && !sys_pid_start(getpid(), &b) && a && a == b, "pid-start", "differs");
	check(!sys_pid_start(1, &b) && b <= a, "pid-start-order", "init is younger");
	prctl(PR_SET_NAME, (unsigned long)") R 1 (", 0, 0, 0);
	check(!sys_pid_start(getpid(), &b) && a == b, "pid-start-odd-name", "misread");
	check(sys_pid_start(0x3ffffff, &end) == -ESRCH, "pid-start-missing", "no ESRCH");

	pid = sys_clone(0);
	if (!pid) {
		pause();
		_exit(0);
	}
	fd = sys_pidfd_open(pid);
	check(fd >= 0 || fd == -ENOSYS, "pidfd-open", strerror(-fd));
	check(!sys_kill(fd, pid, SIGTERM) && waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	      WTERMSIG(status) == SIGTERM, "clone-and-kill", "not killed");
	check(sys_kill(fd, pid, SIGTERM) == -ESRCH, "kill-gone", "no ESRCH");
	if (fd >= 0)
		close(fd);
}

static void test_rest(void)
{
	unsigned char a[32] = { 0 }, b[32] = { 0 };
	char id[17], again[17];
	int64_t t = sys_now_ms();
	long flags;
	int fd;

	check(!sys_random(a, sizeof(a)) && !sys_random(b, sizeof(b)) && memcmp(a, b, sizeof(a)), "random", "equal");
	check(!sys_boot_id(id) && !sys_boot_id(again), "boot-id-read", "error");
	check(strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16 && !strcmp(id, again), "boot-id", id);
	usleep(3000);
	check(sys_now_ms() >= t + 2 && sys_now_ms() < t + 5000, "now-ms", "does not pass");
	fd = open("/proc", O_PATH | O_CLOEXEC);
	flags = sys_mount_flags(fd);
	check(flags >= 0 && !(flags & ~0xfffffffL), "mount-flags", "error");
	close(fd);
	fd = open("/", O_PATH | O_CLOEXEC);
	check(sys_exec_fd(fd, (char *[]){ (char *)"x", NULL }, environ) == -EACCES, "exec-fd-directory", "no EACCES");
	close(fd);
}

static void test_close_from(void)
{
	int a = open("/dev/null", O_RDONLY), b = fcntl(a, F_DUPFD, 40);

	fd_cloexec_from(a);
	check((fcntl(a, F_GETFD) & FD_CLOEXEC) && (fcntl(b, F_GETFD) & FD_CLOEXEC), "cloexec-from", "not set");
	fd_close_from(40);
	check(fcntl(b, F_GETFD) < 0 && fcntl(a, F_GETFD) >= 0, "close-from", "still open, or too many closed");
	close(a);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return be_program(argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	test_process();
	test_rest();
	test_close_from();
	test_protect();
	return unit_status();
}
