/* SPDX-License-Identifier: MIT */
/* owns the way of a process into a running container, up to the exec of its program */
/* never lets the container see a process that has more than the first one may have */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/attach.h"
#include "container/environment.h"
#include "container/userns.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"

#define PASSWD_MAX (64 << 10)
#define PASSWD_FIELDS 7

struct join {
	const struct attach *a;
	const struct attach_target *t;
	const struct attach_stdio *io;
	int sync;
	struct pty pty;
	int null;		/* for what must not come along */
	struct labels labels;	/* with the files by which it takes them */
	char **env;
	char cwd[PATH_MAX], shell[PATH_MAX], home[PATH_MAX];
};

/* Without a caller there is nobody to tell. */
static void tell(int sync, enum attach_event e, int value, int with)
{
	struct attach_report r = { .event = (int)e, .value = value };

	str_format(r.text, sizeof(r.text), "%s", err_text());
	if (fd_send(sync, &r, sizeof(r), with, 0) < 0)
		_exit(1);
}

/* ---- the user in the container ---- */

/* A line of passwd(5), cut into its fields in place. */
static bool is_user(char *line, uid_t uid, char **fields)
{
	unsigned int i;
	uint64_t n;

	for (i = 0; i < PASSWD_FIELDS; i++) {
		fields[i] = line;
		line += strcspn(line, ":");
		if (*line)
			*line++ = '\0';
	}
	return !str_to_u64(fields[2], UINT32_MAX, &n) && n == uid;
}

static void copy_path(char *to, const char *from)
{
	const char *p;

	for (p = from; (unsigned char)*p > ' ' && *p != 0x7f; p++)
		;
	if (*from == '/' && !*p && p - from < PATH_MAX)
		str_format(to, PATH_MAX, "%s", from);
}

/* By the container's own list, whatever it be: a regular file, without a link on the way. */
static void find_user(struct join *j)
{
	uid_t uid = (uid_t)j->a->conf->init_uid.v;
	bool held = err_hold();
	AUTO_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_FD int fd = root < 0 ? -1 : path_open_file_in(root, "etc/passwd", O_RDONLY, 0);
	AUTO_FREE char *text = calloc(1, PASSWD_MAX);
	char *line = text, *next, *fields[PASSWD_FIELDS];
	struct stat st;

	str_format(j->shell, sizeof(j->shell), "/bin/sh");
	str_format(j->home, sizeof(j->home), "%s", uid ? "/" : "/root");
	if (text && fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	    fd_read_all(fd, text, PASSWD_MAX - 1) < 0)
		*text = '\0';
	err_release(held);
	for (; line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		if (!is_user(line, uid, fields))
			continue;
		copy_path(j->home, fields[5]);
		copy_path(j->shell, fields[6]);
		return;
	}
}

/* ---- the environment ---- */

static int copy_callers(const struct attach *a, struct environment *e)
{
	unsigned int i;
	int ret = 0;
	char **v;

	for (v = environ; !ret && a->keep_env && v && *v; v++)
		if (strchr(*v, '='))
			ret = environment_add(e, *v);
	for (i = 0; !ret && i < a->keep_vars->n; i++)
		if (getenv(a->keep_vars->v[i]))
			ret = environment_add(e, a->keep_vars->v[i]);
	return ret;
}

/* Or the container could read it as /proc/PID/environ before the exec. */
static void forget_callers(void)
{
	char **v;

	for (v = environ; v && *v; v++)
		memset(*v, 0, strlen(*v));
	environ = NULL;
}

static int make_environment(struct join *j)
{
	const struct attach *a = j->a;
	AUTO_FREE char *home = str_make("HOME=%s", j->home);
	struct environment e = { 0 };
	unsigned int i;
	int ret = home ? 0 : -ENOMEM;

	if (!ret && !a->keep_env)
		ret = environment_add(&e, "PATH=" DEFAULT_PATH);
	if (!ret && !a->keep_env)
		ret = environment_add(&e, home);
	if (!ret && j->io->terminals && getenv("TERM"))
		ret = environment_add(&e, "TERM");
	if (!ret)
		ret = environment_add_list(&e, &a->conf->environment);
	if (!ret)
		ret = copy_callers(a, &e);
	if (!ret)
		ret = environment_add(&e, "container=lxc");
	for (i = 0; !ret && i < a->set_vars->n; i++)
		ret = environment_add(&e, a->set_vars->v[i]);
	j->env = e.v;
	forget_callers();
	return ret;
}

/* ---- the program ---- */

static int set_stdio(const struct join *j)
{
	int i;

	setsid();
	if (j->io->terminals && ioctl(j->pty.held, TIOCSCTTY, 0))
		log_debug("no controlling terminal");
	for (i = 0; i < 3; i++) {
		int fd = j->io->terminals & 1U << i ? j->pty.held
			 : j->io->unfit & 1U << i   ? j->null
						    : i;

		if (fd != i && dup2(fd, i) < 0)
			return err_sys("cannot set up descriptor %d", i);
	}
	return 0;
}

/* By the one process that is in the pid namespace. */
static int remount(void)
{
	static const char *const what[] = { "proc", "sysfs" }, *const where[] = { "/proc", "/sys" };
	unsigned int i;

	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return err_sys("cannot make a mount namespace");
	for (i = 0; i < ARRAY_SIZE(what); i++)
		if ((umount2(where[i], MNT_DETACH) && errno != EINVAL) ||
		    mount(what[i], where[i], what[i], MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
			return err_sys("cannot mount '%s' anew", where[i]);
	return 0;
}

static int execute(const struct join *j)
{
	char *shell[] = { (char *)j->shell, NULL }, *plain[] = { (char *)"/bin/sh", NULL };
	int ret;

	if (!CFG_SECCOMP || !j->t->filter.at)
		fd_cloexec_from(3);
	ret = command_exec(j->a->argv ? j->a->argv : shell, j->env);
	if (!j->a->argv && ret == -ENOENT) {
		err_clear();
		ret = command_exec(plain, j->env);
	}
	return ret;
}

static void run_program(const struct join *j)
{
	int ret = 0;
	char go;

	tell(j->sync, ATTACH_RUNS, 0, -1);
	if (recv(j->sync, &go, 1, 0) != 1)
		_exit(1);
	if (j->a->remount)
		ret = remount();
	if (!ret && chdir(j->cwd) && chdir("/"))
		ret = err_sys("cannot change to '/'");
	if (!ret)
		ret = set_stdio(j);
	if (ret) {
		tell(j->sync, ATTACH_FAILED, -ret, -1);
		_exit(1);
	}
	if (CFG_LS_NESTING && j->a->call) {
		fd_close_own(3);
		j->a->call(j->a->arg);
		_exit(0);
	}
	ret = execute(j);
	tell(j->sync, ATTACH_NOT_EXECUTED, -ret, -1);
	_exit(ret == -ENOENT ? 127 : 126);
}

/* ---- the joiner ---- */

/* A terminal of the container's own, by which ttyname(3) works inside; else one of the host's. */
static int find_pty(struct pty *p)
{
	AUTO_FD int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool held = err_hold();
	struct pty own;
	int ret = root < 0 ? -errno : pty_open_in(root, &own);

	if (!ret) {
		pty_close(p);
		*p = own;
	}
	if (p->master < 0)
		return ret;
	err_release(held);
	return 0;
}

/* While /proc and the mounts are the host's. */
static int look_at_host(struct join *j)
{
	bool held = err_hold();
	int ret;

	/* As LXC: the same place, if it is there. */
	if (!getcwd(j->cwd, sizeof(j->cwd)) || *j->cwd != '/')
		str_format(j->cwd, sizeof(j->cwd), "/");
	if (j->io->terminals && pty_open(&j->pty))
		err_release(held);
	secure_look();
	ret = caps_init();
	if (!ret)
		ret = secure_copy_limits(j->t->pid);
	if (CFG_SCHED_CORE && !ret)
		ret = secure_share_core(j->t->pid);
	if (CFG_LSM && !ret)
		ret = labels_open(&j->labels, !!j->a->call);
	if (CFG_LSM && !ret && j->a->conf->se_context_keyring.v)
		ret = labels_key_context(&j->a->conf->se_context_keyring);
	j->null = fd_open("/dev/null", O_RDWR);
	return ret || j->null >= 0 ? ret : err_sys("cannot open '/dev/null'");
}

/* What the configuration, and what the first process has been left, allow. */
static int lose_privileges(struct join *j)
{
	int ret = CFG_LSM ? labels_take(&j->labels, !!j->a->call) : 0;

	if (!ret)
		ret = secure_reset_process();

	if (!ret)
		ret = secure_set_arch(j->a->conf);
	if (!ret && j->a->conf->keyring_session.v)
		ret = secure_keyring();
	if (!ret)
		ret = secure_set_ids(j->a->conf);
	if (!ret && j->t->no_new_privs && !(j->a->keep & ATTACH_KEEP_CAP))
		ret = secure_no_new_privs();
	if (CFG_SECCOMP && !ret && j->t->filter.at) {
		/* The filter may not have the call. */
		fd_cloexec_from(3);
		ret = seccomp_load(&j->t->filter);
	}
	return ret || j->a->keep & ATTACH_KEEP_CAP ? ret : caps_apply(j->t->bounding);
}

static int enter(struct join *j)
{
	int ret = j->t->failure ? j->t->failure : look_at_host(j), ns[NAMESPACE_MAX];

	memcpy(ns, j->t->ns, sizeof(ns));
	if (!ret)
		ret = namespaces_join(ns);
	/* Or what is made now, a terminal for one, would be nobody's. */
	if (!ret && CFG_IDMAP && ns[NAMESPACE_USER] >= 0)
		ret = userns_become(&j->t->userns);
	if (!ret && j->io->terminals)
		ret = find_pty(&j->pty);
	if (ret)
		return ret;
	fd_close_all(ns, NAMESPACE_MAX);
	find_user(j);
	ret = make_environment(j);
	if (!ret)
		ret = lose_privileges(j);
	/* Not to be looked at in the container before its exec. */
	if (!ret && prctl(PR_SET_DUMPABLE, 0))
		ret = err_sys("cannot become undumpable");
	return ret;
}

void attach_join(const struct attach *a, const struct attach_target *t,
		 const struct attach_stdio *io, int sync)
{
	/* Three paths: too much for the stack of a caller with few pages left. */
	static struct join j;
	int ret, status;
	pid_t pid = -1;

	j = (struct join){ .a = a, .t = t, .io = io, .sync = sync, .null = -1,
		.pty = { .master = -1, .held = -1 } };
	if (CFG_LSM)
		j.labels = t->labels;
	/* No signal of the caller's terminal is meant for this process. */
	setsid();
	umask(0);
	ret = enter(&j);
	if (!ret && io->terminals)
		tell(sync, ATTACH_PTY, 0, j.pty.master);
	fd_close(&j.pty.master);
	if (!ret)
		pid = sys_clone(0);
	if (!pid)
		run_program(&j);
	if (!ret && pid < 0)
		ret = err_code(pid, "cannot make a process in the container");
	if (ret) {
		tell(sync, ATTACH_FAILED, -ret, -1);
		_exit(1);
	}
	close(sync);
	fd_close(&j.pty.held);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(1);
	_exit(status_to_exit(status));
}
