/* SPDX-License-Identifier: MIT */
/* owns what lxc-start and lxc-execute have in common, and what several commands take */
/* never makes anything outside the process before the configuration is known to be good */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets/common.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/sys.h"
#include "store/clone.h"
#include "store/destroy.h"

int applet_told(int ret, const char *who, const char *name)
{
	if (ret > 0 && err_is_set() && !log_is_quiet())
		fd_printf(2, "%s%s: %s\n", who, name, err_text());
	return ret;
}

/* A line of configuration that an option stands for. */
static int set_option(struct conf *c, const char *key, const char *value)
{
	AUTO_FREE char *line = NULL;

	if (!value)
		return 0;
	line = str_make("%s=%s", key, value);
	return line ? conf_set(c, line, 0) : -ENOMEM;
}

/* A daemon works in "/": a file that an option names is below where the caller is. buf of PATH_MAX
 * bytes; NULL with err. */
static const char *from_here(const char *path, char *buf)
{
	size_t n;

	if (!path || *path == '/' || str_eq(path, "none"))
		return path;
	if (!getcwd(buf, PATH_MAX)) {
		err_sys("cannot get the working directory");
		return NULL;
	}
	n = strlen(buf);
	if (n + str_format(buf + n, PATH_MAX - n, "/%s", path) < PATH_MAX)
		return buf;
	err_set(ENAMETOOLONG, "'%s' is too long", path);
	return NULL;
}

static int set_path(struct conf *c, const char *key, const char *path)
{
	char buf[PATH_MAX];
	const char *whole = from_here(path, buf);

	return path && !whole ? -EINVAL : set_option(c, key, whole);
}

static int set_shared(struct conf *c, const struct launch *l)
{
	static const char keys[LAUNCH_SHARED][24] = { "lxc.namespace.share.net",
		"lxc.namespace.share.ipc", "lxc.namespace.share.uts", "lxc.namespace.share.pid" };
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && l->share && i < LAUNCH_SHARED; i++)
		ret = set_option(c, keys[i], l->share[i]);
	return ret;
}

static int set_options(struct conf *c, const struct launch *l)
{
	int ret = set_path(c, "lxc.console.path", l->console);

	if (!ret && CFG_NAMESPACE_SHARE)
		ret = set_shared(c, l);

	if (!ret)
		ret = set_path(c, "lxc.console.logfile", l->console_log);
	if (!ret)
		ret = set_option(c, "lxc.init.uid", l->uid);
	return ret ? ret : set_option(c, "lxc.init.gid", l->gid);
}

/* -o and -l win over lxc.log.file and lxc.log.level; a level without a file goes to CONFIG_LOG_DIR;
 * "none" is no log. */
static int open_log(const struct conf *c, const struct opt_common *o)
{
	struct origin at = o->logfile ? (struct origin){ 0 } : c->log_file.at;
	const char *file = o->logfile ? o->logfile : c->log_file.v;
	int level = o->logpriority     ? log_level_parse(o->logpriority)
	            : c->log_level.set ? (int)c->log_level.v
	                               : LOG_ERROR;
	char path[PATH_MAX], where[ORIGIN_MAX];
	int ret;

	if (CFG_LOG_SYSLOG && c->log_syslog.v)
		log_set_syslog(c->log_syslog.v, (enum log_level)level, c->name);
	else if (!file && (o->logpriority || c->log_level.set)) {
		bool is_user = CFG_UNPRIVILEGED && sys_euid();

		/* As LXC does: an ordinary user's lies beside the container. */
		ret = is_user ? 0 : path_make_dirs(CFG_LOG_DIR, 0750);
		if (ret)
			return err_in(ret, "log directory");
		str_format(path, sizeof(path), "%s/%s%s%s.log", is_user ? c->lxcpath : CFG_LOG_DIR,
			   is_user ? c->name : "", is_user ? "/" : "", c->name);
		file = path;
	}
	if (!file || str_eq(file, "none"))
		return 0;
	ret = log_open(file, (enum log_level)level, c->name);
	return ret ? err_in(ret, "%s%s", origin_text(at, where), at.file ? "lxc.log.file" : "log file")
	           : 0;
}

bool is_host_init(const struct conf *c, const char *program)
{
	const char *root = conf_rootfs(c);

	return str_eq(str_base(program), str_base(DEFAULT_INIT)) &&
	       (!root || !root[strspn(root, "/.")]);
}

/*
 * Without a file and without a command there is nothing that says what to run; and without a rootfs
 * an init is the host's own, which would start (and clean up) the host a second time.
 */
static int check_start(const struct launch *l, const struct conf *c, bool found)
{
	const char *program = l->argv ? l->argv[0] : c->init_cmd.v ? c->init_cmd.v : DEFAULT_INIT;
	bool is_init = str_eq(str_base(program), str_base(DEFAULT_INIT));

	if (!found && (!l->argv || is_init) && !(l->define && l->define->n))
		return err_set(ENOENT, "no configuration: '%s/%s/config' is not there, and no -f",
			c->lxcpath, c->name);
	if (l->execute && !l->argv && !c->execute_cmd.v && !c->init_cmd.v)
		return err_set(EINVAL, "no command: give one after --, or lxc.execute.cmd");
	if (is_host_init(c, program) && !(l->execute && c->execute_cmd.v))
		return err_set(EINVAL, "'%s' would be the host's own: lxc.rootfs.path is %s",
			program, conf_rootfs(c) ? "'/'" : "not set");
	return 0;
}

static int run_start(struct start *s, const struct launch *l, const struct conf *c)
{
	int ret = plan_build(&s->plan, s);

	if (ret)
		return ret;
	if (CFG_PLAN && l->plan)
		return plan_print(&s->plan, c, l->json, 1);
	if (sys_euid() && !CFG_UNPRIVILEGED)
		return err_set(EPERM, "must be root to start a container");
	if (CFG_UNPRIVILEGED && sys_euid() && !start_has_userns(c))
		return err_set(EPERM, "must be root, or the container needs lxc.idmap");
	ret = start_check_namespaces(c);
	if (!ret)
		ret = rootfs_check(c);
	if (CFG_ROOTFS_OVERLAY && !ret)
		ret = rootfs_prepare(c);
	if (!ret)
		ret = monitor_start(s, c->name, c->lxcpath);
	return ret;
}

static int load(struct conf *c, const struct launch *l, const char *lxcpath, bool *found)
{
	int ret;

	conf_init(c, l->common->name, lxcpath);
	ret = container_load(c, l->common, l->define, found);
	if (!CFG_STORE || ret || !*found || l->common->rcfile || l->plan)
		return ret;
	/* A directory with a configuration that was read from there is none of a container's. */
	ret = store_settle_stopped(lxcpath, l->common->name);
	if (ret <= 0)
		return ret;
	conf_free(c);
	conf_init(c, l->common->name, lxcpath);
	return container_load(c, l->common, l->define, found);
}

int launch_container(const struct launch *l)
{
	static char lxcpath[PATH_MAX], pidfile[PATH_MAX];
	static struct conf c;
	static struct start s;
	bool found = false;
	int ret = container_may_start();

	if (ret)
		return ret;
	container_lxcpath(l->common, lxcpath, sizeof(lxcpath));
	ret = load(&c, l, lxcpath, &found);
	if (!ret)
		ret = set_options(&c, l);
	/* What does nothing has nothing to tell but to who asked for it. */
	if (!ret && !l->plan)
		ret = open_log(&c, l->common);
	if (!ret)
		ret = check_start(l, &c, found);
	if (ret)
		return ret;
	start_init(&s, &c);
	s.argv = l->argv;
	s.restore = l->restore;
	s.execute = l->execute;
	s.foreground = l->foreground;
	if (CFG_STORE)
		s.at_end = store_ephemeral;
	s.pidfile = from_here(l->pidfile, pidfile);
	if (l->pidfile && !s.pidfile)
		return -EINVAL;
	ret = s.foreground ? fd_look_at_stdio(&s.terminals, &s.unfit) : 0;
	if (!ret)
		ret = run_start(&s, l, &c);
	start_release(&s);
	/* As LXC: who asks for a running container has it. */
	if (ret == -EALREADY) {
		if (!log_is_quiet())
			fd_tell(2, "%s: %s: %s\n", l->execute ? "lxc-execute" : "lxc-start", c.name,
			err_text());
		return l->execute;
	}
	return ret;
}

void lxcpaths_init(struct lxcpaths *p, const struct opt_list *given)
{
	unsigned int i;

	p->n = 0;
	for (i = 0; i < given->n || !i; i++) {
		char path[PATH_MAX];
		const struct opt_common o = { .lxcpath = given->n ? given->v[i] : NULL };

		run_dir_entry(p->suffix[p->n++], "", container_lxcpath(&o, path, sizeof(path)));
	}
}

bool lxcpaths_have(const struct lxcpaths *p, const char *suffix)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (str_eq(suffix, p->suffix[i]))
			return true;
	return false;
}
