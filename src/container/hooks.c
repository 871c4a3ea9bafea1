/* SPDX-License-Identifier: MIT */
/* owns running a hook: its arguments, its environment, its output, its end */
/* never lets one have a descriptor of ours, nor a signal that we block */
#include "container/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "container/environment.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"

/* What a shell acts on outside of quotes, and in double ones. */
#define SHELL_SIGNS "|&;<>()$`\\*?[]#~=!{}\n"
#define SHELL_QUOTED_SIGNS "$`\\"

#define WORDS_MAX 56

/* How often a kernel without pidfds (5.3) is asked whether a hook that prints nothing has ended. */
#define TICK_MS 20

struct output {
	char line[256];		/* not ended yet */
	char last[256];		/* the last one that was */
	size_t n;
};

/* ---- what it gets ---- */

/* The network, say, of "start" is the container's: it runs in its tree, and gets its environment. */
static bool is_inside(const char *kind)
{
	return str_eq(kind, "start");
}

/* Of an interface. */
static bool is_net(const char *kind)
{
	return CFG_NET_SCRIPT && (str_eq(kind, "up") || str_eq(kind, "down"));
}

static int add(struct environment *e, const char *name, const char *value)
{
	AUTO_FREE char *text = value ? str_make("%s=%s", name, value) : NULL;

	return !value ? 0 : text ? environment_add(e, text) : -ENOMEM;
}

static int add_facts(const struct start *s, const char *kind, struct environment *e)
{
	const struct conf *c = s->conf;
	const char *storage;
	size_t len;
	const struct {
		const char *name, *value;
	} facts[] = {
		{ "LXC_NAME", c->name },
		{ "LXC_CONFIG_FILE", c->file },
		{ "LXC_ROOTFS_PATH", conf_storage(c, &storage, &len) },
		{ "LXC_ROOTFS_MOUNT", s->root.path        ? s->root.path
				      : c->rootfs_mount.v ? c->rootfs_mount.v
							  : CFG_ROOTFS_MOUNT },
		{ "LXC_CONSOLE", c->console_path.v },
		{ "LXC_CONSOLE_LOGPATH", c->console_logfile.v },
		{ "LXC_CGNS_AWARE", "1" },
		{ "LXC_LOG_LEVEL", log_level_name((enum log_level)c->log_level.v) },
		{ "LXC_HOOK_TYPE", kind },
		{ "LXC_HOOK_SECTION", is_net(kind) ? "net" : "lxc" },
		{ "LXC_HOOK_VERSION", c->hook_version.v ? "1" : "0" },
	};
	char pid[16];
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < ARRAY_SIZE(facts); i++)
		ret = add(e, facts[i].name, facts[i].value);
	str_format(pid, sizeof(pid), "%d", s->pid);
	return ret || s->pid <= 0 ? ret : add(e, "LXC_PID", pid);
}

static int add_net(char **words, struct environment *e)
{
	static const char names[][16] = { "LXC_NET_TYPE", "LXC_NET_PARENT", "LXC_NET_PEER" };
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && words[i]; i++)
		if (*words[i])
			ret = add(e, names[i], words[i]);
	return ret;
}

static int make_environment(const struct start *s, const char *kind, const char *target,
			    struct environment *e)
{
	char **v;
	int ret = 0;

	for (v = environ; !ret && !is_inside(kind) && v && *v; v++)
		if (strchr(*v, '='))
			ret = environment_add(e, *v);
	if (!ret)
		ret = environment_add_list(e, &s->conf->environment);
	if (!ret)
		ret = environment_add_list(e, &s->conf->env_hooks);
	if (!ret && is_inside(kind))
		ret = environment_add(e, "container=lxc");
	if (!ret)
		ret = add_facts(s, kind, e);
	if (!ret)
		ret = add(e, "LXC_SRC_NAME", s->source);
	if (!ret && is_net(kind))
		ret = add_net(s->hook_argv, e);
	return ret ? ret : add(e, "LXC_TARGET", target);
}

/* ---- the process of a hook ---- */

static int add_namespaces(const struct start *s, struct environment *e, char **argv,
			  unsigned int *n)
{
	unsigned int i, at;
	int ret = 0;

	for (i = 0; !ret && i < NAMESPACE_MAX; i++) {
		char *text, *p;

		if (s->ns[i] < 0)
			continue;
		text = str_make("%s:/proc/%d/fd/%d", namespace_name(i), getppid(), s->ns[i]);
		if (!text)
			return -ENOMEM;
		argv[(*n)++] = text;
		at = (unsigned int)strcspn(text, ":") + 1;
		p = str_make("LXC_%.*s_NS=%s", (int)at - 1, text, text + at);
		if (!p)
			return -ENOMEM;
		for (text = p; *text != '='; text++)
			if (*text >= 'a' && *text <= 'z')
				*text -= 'a' - 'A';
		ret = environment_add(e, p);
	}
	return ret;
}

/* A shell would make of it what command_split does. */
static bool is_plain(const char *command)
{
	char quote = '\0';

	for (; *command; command++) {
		if (*command == quote)
			quote = '\0';
		else if (!quote && (*command == '\'' || *command == '"'))
			quote = *command;
		else if (strchr(!quote         ? SHELL_SIGNS
				: quote == '"' ? SHELL_QUOTED_SIGNS
					       : "",
				*command))
			return false;
	}
	return true;
}

/* The words that are executed; their number, or -errno. */
static int make_words(const char *command, char **argv, unsigned int max)
{
	AUTO_FREE char **words = NULL;
	unsigned int n = 0;

	if (is_plain(command)) {
		words = command_split(command);
		for (; words && words[n] && n < max; n++)
			argv[n] = words[n];
		return !words || n == max ? err_set(EINVAL, "the command is too long")
					  : (take_ptr(words), (int)n);
	}
	/* The arguments go to its last command, as in LXC 1.x. */
	argv[n++] = (char *)"/bin/sh";
	argv[n++] = (char *)"-c";
	argv[n] = str_make("%s \"$@\"", command);
	if (!argv[n++])
		return -ENOMEM;
	argv[n++] = (char *)"sh";
	return (int)n;
}

static int prepare(const struct start *s, const char *kind, const char *command,
		   const char *target, char **argv, struct environment *e)
{
	int n = make_words(command, argv, WORDS_MAX), ret = n < 0 ? n : 0;
	unsigned int last = n < 0 ? 0 : (unsigned int)n, plain, argn;

	if (!ret)
		ret = make_environment(s, kind, target, e);
	if (!ret && !s->conf->hook_version.v) {
		argv[last++] = (char *)s->conf->name;
		argv[last++] = (char *)(is_net(kind) ? "net" : "lxc");
		argv[last++] = (char *)kind;
	}
	for (argn = 0; !ret && s->hook_argv && s->hook_argv[argn]; argn++) {
		if (last == WORDS_MAX)
			return err_set(E2BIG, "too many arguments for a hook");
		if (*s->hook_argv[argn] || !is_net(kind))
			argv[last++] = s->hook_argv[argn];
	}
	plain = last;
	if (!ret && str_eq(kind, "stop"))
		ret = add_namespaces(s, e, argv, &last);
	argv[s->conf->hook_version.v ? plain : last] = NULL;
	return ret;
}

static void become(const struct start *s, const char *kind, const char *command,
		   const char *target, int out)
{
	char *argv[WORDS_MAX + 3 + NAMESPACE_MAX + 1];
	struct environment e = { 0 };
	int in = fd_open("/dev/null", O_RDONLY), ret = 0;

	/* The container's own may be anything: without it there is none. */
	close(0);
	if (in > 0 && dup2(in, 0) < 0)
		ret = err_sys("cannot set up descriptor 0");
	if (dup2(out, 1) < 0 || dup2(out, 2) < 0)
		ret = err_sys("cannot set up descriptor 1");
	if (!ret)
		ret = secure_reset_process();
	if (!ret)
		ret = prepare(s, kind, command, target, argv, &e);
	fd_cloexec_from(3);
	if (!ret)
		ret = command_exec(argv, e.v);
	fd_tell(2, "%s\n", err_text());
	_exit(ret == -ENOENT ? 127 : 126);
}

static void end_line(struct output *o, const char *kind)
{
	o->line[o->n] = '\0';
	if (o->n) {
		str_format(o->last, sizeof(o->last), "%s", o->line);
		log_info("hook %s: %s", kind, o->line);
	}
	o->n = 0;
}

/* True at the end. */
static bool read_output(int fd, struct output *o, const char *kind)
{
	char buf[512];
	ssize_t n = read(fd, buf, sizeof(buf)), i;

	for (i = 0; i < n; i++) {
		if (buf[i] == '\n' || o->n == sizeof(o->line) - 1)
			end_line(o, kind);
		if (buf[i] != '\n')
			o->line[o->n++] = buf[i];
	}
	return !n || (n < 0 && errno != EAGAIN && errno != EINTR);
}

/* Until it has ended; a process that it leaves may go on holding the other end of its output. */
static int wait_for(pid_t pid, int out, struct output *o, const char *kind)
{
	AUTO_FD int pidfd = sys_pidfd_open(pid);
	struct pollfd p[2] = { { .fd = out, .events = POLLIN }, { .fd = pidfd, .events = POLLIN } };
	int status;
	pid_t got;

	for (;;) {
		if (poll(p, 2, pidfd < 0 ? TICK_MS : -1) < 0 && errno != EINTR)
			return err_sys("poll");
		if (p[0].revents && read_output(out, o, kind))
			p[0].fd = -1;
		got = waitpid(pid, &status, WNOHANG);
		if (got == pid)
			break;
		if (got < 0 && errno != EINTR)
			return err_sys("cannot wait for the hook");
	}
	/* What it said last. */
	while (p[0].fd >= 0 && poll(p, 1, 0) > 0 && p[0].revents & POLLIN)
		if (read_output(out, o, kind))
			break;
	end_line(o, kind);
	return status;
}

int hook_run(const struct start *s, const char *kind, const struct conf_item *hook,
	     const char *target)
{
	struct output o = { .n = 0 };
	char where[ORIGIN_MAX];
	int pipe_fd[2], status;
	pid_t pid;

	if (pipe2(pipe_fd, O_CLOEXEC))
		return err_sys("cannot make a pipe");
	log_info("hook %s: running '%s'", kind, hook->v);
	pid = sys_clone(0);
	if (!pid)
		become(s, kind, hook->v, target, pipe_fd[1]);
	close(pipe_fd[1]);
	if (fcntl(pipe_fd[0], F_SETFL, O_NONBLOCK))
		log_debug("a hook's output may block");
	status = pid < 0 ? err_code(pid, "cannot fork") : wait_for(pid, pipe_fd[0], &o, kind);
	close(pipe_fd[0]);
	if (status <= 0)
		return status;
	return err_set(ECANCELED, "%slxc.%s.%s: '%s' %s %d%s%s", origin_text(hook->at, where),
		       is_net(kind) ? "net.N.script" : "hook", kind, hook->v,
		       WIFSIGNALED(status) ? "was killed by signal" : "ended with status",
		       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		       *o.last ? ": " : "", o.last);
}

int hook_run_net(struct start *s, const char *kind, const struct conf_item *hook, char **words)
{
	int ret;

	s->hook_argv = words;
	ret = hook_run(s, kind, hook, NULL);
	s->hook_argv = NULL;
	return ret;
}

void hooks_after(const struct start *s, const char *kind, const struct conf_list *hooks,
		 const char *target)
{
	const struct conf_item *it;
	char first[ERR_MAX];

	/* The error of a start that failed stays the one that is told. */
	str_format(first, sizeof(first), "%s", err_text());
	err_clear();
	for (it = hooks->first; it; it = it->next) {
		if (hook_run(s, kind, it, target))
			log_error("%s", err_text());
		err_clear();
	}
	if (*first)
		err_set(0, "%s", first);
}

bool hooks_in_child(const struct conf *c)
{
	return c->hook_pre_mount.first || c->hook_mount.first || c->hook_autodev.first ||
	       c->hook_start.first;
}

/* ---- their rows in the table of steps ---- */

static const struct {
	const char *step, *kind;
	size_t list;
} kinds[] = {
	{ "pre_start", "pre-start", offsetof(struct conf, hook_pre_start) },
	{ "pre_mount", "pre-mount", offsetof(struct conf, hook_pre_mount) },
	{ "mount_hook", "mount", offsetof(struct conf, hook_mount) },
	{ "autodev_hook", "autodev", offsetof(struct conf, hook_autodev) },
	{ "start_host", "start-host", offsetof(struct conf, hook_start_host) },
	{ "start_hook", "start", offsetof(struct conf, hook_start) },
	{ "stop_hook", "stop", offsetof(struct conf, hook_stop) },
	{ "post_stop", "post-stop", offsetof(struct conf, hook_post_stop) },
};

static unsigned int find_kind(const struct step_kind *k)
{
	unsigned int i = 0;

	while (!str_eq(kinds[i].step, k->name))
		i++;
	return i;
}

int plan_hook(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_list *list;
	const struct conf_item *it;

	list = (const void *)((const char *)s->conf + kinds[find_kind(k)].list);
	for (it = list->first; it; it = it->next) {
		struct step *step = plan_add(p, k, it->at, PLAN_TEXT("%s", it->v));

		if (!step)
			return -ENOMEM;
		step->item = it;
	}
	return 0;
}

int act_hook(struct start *s, const struct step *step)
{
	return hook_run(s, kinds[find_kind(step->kind)].kind, step->item, NULL);
}

int plan_autodev_hook(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return s->conf->autodev.v ? plan_hook(p, k, s) : 0;
}

/* What it mounts does not leave the container, and may come into its tree. */
int act_pre_mount(struct start *s, const struct step *step)
{
	int ret = rootfs_separate();

	return ret ? ret : act_hook(s, step);
}

/* A hook of the end joins what was there by descriptors: nothing else holds a namespace then. */
int act_stop_hook(struct start *s, const struct step *step)
{
	AUTO_FD int proc = -1;
	char path[24];

	if (s->ns[0] != -1 || s->ns[1] != -1)
		return 0;
	str_format(path, sizeof(path), "/proc/%d", s->pid);
	proc = fd_open(path, O_RDONLY | O_DIRECTORY);
	return proc < 0 ? err_sys("cannot open '%s'", path) : namespaces_open(proc, 0, s->ns);
}

int plan_unshare(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_int *key = &s->conf->monitor_unshare;

	return !key->v || plan_add(p, k, key->at, PLAN_TEXT("mounts of its own")) ? 0 : -ENOMEM;
}

int act_unshare(struct start *s, const struct step *step)
{
	return unshare(CLONE_NEWNS) ? err_sys("cannot make a mount namespace") : rootfs_separate();
}
