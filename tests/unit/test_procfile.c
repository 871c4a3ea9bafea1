/* SPDX-License-Identifier: MIT */
/* owns the tests of which settings of the kernel are a namespace's, and of files of a process */
//link: secure/procfile.c secure/procfs.c
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "secure/secure.h"
#define UNIT_PREFIX "procfile: "
#include "unit.h"

static void check_namespaces(void)
{
	static const struct {
		const char *name;
		unsigned long flag;
	} rows[] = {
		{ "net.ipv4.ip_forward", CLONE_NEWNET },
		{ "net/ipv4/conf/eth0.1/forwarding", CLONE_NEWNET }, { "network.x", 0 },
		{ "net", 0 }, { "fs.mqueue.msg_max", CLONE_NEWIPC }, { "fs.file-max", 0 },
		{ "kernel.sem", CLONE_NEWIPC }, { "kernel/sem", CLONE_NEWIPC }, { "kernel.sem.x", 0 },
		{ "kernel.semx", 0 }, { "kernel.shmmax", CLONE_NEWIPC }, { "kernel.msgmni", CLONE_NEWIPC },
		{ "kernel.domainname", CLONE_NEWUTS }, { "kernel.hostname", CLONE_NEWUTS },
		{ "kernel.core_pattern", 0 }, { "kernel.modprobe", 0 }, { "vm.swappiness", 0 },
		{ "user.max_user_namespaces", CLONE_NEWUSER }, { "", 0 }, { "x/net.ipv4", 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		check(secure_sysctl_namespace(rows[i].name) == rows[i].flag, rows[i].name, "another namespace");
}

/* A child that has its own, so that the test itself stays as it is. */
static int with_child(const char *name, const char *value, bool is_written)
{
	struct conf_item it = { .key = (char *)(uintptr_t)name, .v = (char *)(uintptr_t)value,
		.at = { "c", 7 } };
	int pipe_fd[2], ret;
	pid_t pid;
	char c;

	if (pipe(pipe_fd))
		return -1;
	pid = fork();
	if (!pid) {
		close(pipe_fd[1]);
		_exit((int)read(pipe_fd[0], &c, 1));
	}
	close(pipe_fd[0]);
	err_clear();
	ret = secure_proc_file(&it, pid, is_written);
	close(pipe_fd[1]);
	waitpid(pid, NULL, 0);
	return ret;
}

static void check_files(void)
{
	check(!with_child("oom_score_adj", "321", false), "written", err_text());
	check(with_child("oom_score_adj", "321", true) == -EPERM &&
	      !strncmp(err_text(), "c:7: lxc.proc.oom_score_adj: '321' did not take effect", 54),
	      "not-written", err_text());
	check(!with_child("oom_score_adj", "321", false), "again", err_text());
	check(with_child("no_such", "1", false) == -ENOENT, "no-such-file", err_text());
	check(with_child("exe", "1", false) == -ELOOP, "link", err_text());
	if (!access("/proc/self/coredump_filter", F_OK))
		check(!with_child("coredump_filter", "0x7f", false) &&
			      !with_child("coredump_filter", "63", false),
		      "hexadecimal", err_text());
}

static void check_procfs(void)
{
	AUTO_FD int proc = open("/proc/self/status", 0), other = open("/", 0);

	check(!secure_check_procfs(proc), "procfs", err_text());
	check(secure_check_procfs(other) == -EPERM, "no-procfs", err_text());
}

int main(void)
{
	check_namespaces();
	check_files();
	check_procfs();
	return unit_status();
}
