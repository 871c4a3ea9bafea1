/* SPDX-License-Identifier: MIT */
/* owns the making of a container: its directory, its configuration, its tree by a template */
/* never takes a tree with something in it for its own */
#include "store/create.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf/conf.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/store.h"
#include "store/mapped.h"
#include "store/template.h"

/* Of the file; LXC's. */
#define CONFIG_MODE 0640

static const char header_end[] =
	"# For additional config options, please look at lxc.container.conf(5)\n\n"
	"# Uncomment the following line to support nesting containers:\n"
	"#lxc.include = /usr/share/lxc/config/nesting.conf\n"
	"# (Be aware this has security implications)\n\n";

/* What is being made. */
struct making {
	struct create *c;
	struct store_dir dir;
	struct conf_text text;		/* of config_path */
	int signals;
	char file[PATH_MAX];		/* of the template */
	char lxcpath[PATH_MAX];
	char config_path[PATH_MAX];
	char rootfs[PATH_MAX];		/* "": none */
	int rootfs_fd;
	struct id_maps maps;		/* of lxc.idmap, n 0: none */
};

/* ---- what is to be made ---- */

static const char *const other_kinds[] = {
	"aufs", "btrfs", "loop", "lvm", "nbd", "overlay", "overlayfs", "rbd", "zfs",
};

/* "best" and "none" are LXC's words for a plain directory here. */
static int check_storage(const char *kind)
{
	static const char *const dirs[] = { "dir", "best", "_unset", "none" };
	unsigned int i;

	for (i = 0; kind && i < ARRAY_SIZE(dirs); i++)
		if (str_eq(kind, dirs[i]))
			return 0;
	for (i = 0; kind && i < ARRAY_SIZE(other_kinds); i++)
		if (str_eq(kind, other_kinds[i]))
			return err_set(ENOSYS,
				       "storage of kind '%s' is not made by this version (dir)",
				       kind);
	return kind ? err_set(EINVAL, "'%s' is not a kind of storage (dir, best)", kind) : 0;
}

static const char *default_config(char *buf, size_t n)
{
	if (CFG_SYSTEM_CONF)
		return conf_sys_value(SYS_DEFAULT_CONFIG);
	str_format(buf, n, "%s/default.conf", CFG_GLOBAL_CONF);
	return buf;
}

/* Keys that this build does not act on are for the start to refuse: the tree is good without. */
static int read_text(const struct conf_text *t, struct create *c, struct conf *conf)
{
	int ret;

	conf_init(conf, c->name, c->lxcpath);
	conf->keeps_unbuilt = true;
	ret = text_read(t, conf);
	return ret ? ret : conf_check(conf);
}

static int absolute(const char *path, char *buf)
{
	size_t n = 0;

	if (*path != '/') {
		if (!getcwd(buf, PATH_MAX))
			return err_sys("cannot get the working directory");
		n = strlen(buf);
		n += str_format(buf + n, PATH_MAX - n, "/");
	}
	if (n + str_format(buf + n, PATH_MAX - n, "%s", path) >= PATH_MAX)
		return err_set(ENAMETOOLONG, "'%s' is too long", path);
	path_clean(buf);
	return 0;
}

/* Where the tree goes. */
static int choose_rootfs(struct making *m, const struct conf *conf)
{
	const char *set = conf_rootfs(conf);
	size_t n = set ? strcspn(set, ":/") : 0;

	if (set && n && set[n] == ':')
		return err_set(ENOSYS, "lxc.rootfs.path: '%s' is not made by this version (dir)",
			       set);
	if (!m->c->template)
		return 0;
	if (m->c->dir || set)
		return absolute(m->c->dir ? m->c->dir : set, m->rootfs);
	str_format(m->rootfs, sizeof(m->rootfs), "%s/rootfs", m->dir.path);
	return strlen(m->rootfs) == sizeof(m->rootfs) - 1
		? err_set(ENAMETOOLONG, "'%s' is too long", m->rootfs) : 0;
}

static int check_conf(struct making *m, const struct conf *conf)
{
	int ret = 0;

	if (conf->idmap.first && !CFG_IDMAP)
		return err_set(ENOSYS, "lxc.idmap: not in this build (CONFIG_IDMAP is off)");
	if (CFG_UNPRIVILEGED && sys_euid() && m->c->template && !conf->idmap.first)
		return err_set(EPERM, "must be root, or the configuration needs lxc.idmap");
	if (CFG_IDMAP && conf->idmap.first)
		ret = mapped_of(&m->maps, conf);
	if (ret)
		return ret;
	if (!conf->rootfs_managed.v && m->c->template)
		return err_set(EINVAL, "lxc.rootfs.managed = 0: its tree is not made by lxc-create "
			       "(-t none)");
	return choose_rootfs(m, conf);
}

/*
 * -f, which must be there, or default.conf, without which there is nothing to begin with. Read
 * where it is, for messages and for what it includes.
 */
static int load_config(struct making *m)
{
	char buf[PATH_MAX];
	const char *file = m->c->config ? m->c->config : default_config(buf, sizeof(buf));
	struct conf conf;
	int ret;

	if (!m->c->config && (!file || access(file, F_OK)))
		ret = text_init(&m->text, m->config_path, "", 0);
	else
		ret = text_load(&m->text, file);
	if (ret)
		return ret;
	ret = read_text(&m->text, m->c, &conf);
	if (!ret)
		ret = check_conf(m, &conf);
	if (ret)
		return ret;
	/* Its messages would be needed for an error. Its warnings are told once. */
	conf_free(&conf);
	log_no_stderr();
	ret = text_move(&m->text, m->config_path);
	if (!ret)
		ret = text_fill_hwaddrs(&m->text, false);
	return ret < 0 ? ret : 0;
}

/* ---- the tree ---- */

static int is_any(int dir_fd, const char *name, void *arg)
{
	return 1;
}

/* An empty directory of the user's is taken, and goes with the container. */
static int open_rootfs(struct making *m)
{
	int ret;

	m->rootfs_fd = open(m->rootfs, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (m->rootfs_fd < 0)
		return err_sys("'%s'", m->rootfs);
	ret = fd_each_name(m->rootfs_fd, is_any, NULL);
	if (ret > 0)
		return err_set(ENOTEMPTY, "'%s' is not empty", m->rootfs);
	return ret ? err_code(ret, "'%s'", m->rootfs) : 0;
}

static int make_rootfs(struct making *m)
{
	struct stat st;
	int ret = 0;

	if (!*m->rootfs)
		return 0;
	if (!path_below(m->rootfs, m->dir.path)) {
		if (!lstat(m->rootfs, &st) && (ret = open_rootfs(m)))
			return ret;
		ret = store_note(&m->dir, m->rootfs);
		if (!ret)
			ret = path_make_parent(m->rootfs, 0755);
	}
	if (!ret && m->rootfs_fd < 0) {
		if (mkdir(m->rootfs, 0755))
			return err_sys("cannot make directory '%s'", m->rootfs);
		ret = open_rootfs(m);
	}
	return ret;
}

/* ---- the configuration ---- */

static int save_config(struct making *m)
{
	struct stat like = { .st_mode = CONFIG_MODE, .st_uid = geteuid(), .st_gid = getegid() };

	return text_save_as(&m->text, m->config_path, &like);
}

static int write_config(struct making *m)
{
	AUTO_FREE char *path = str_make("dir:%s", m->rootfs);
	int ret = path ? 0 : -ENOMEM;

	if (!ret && *m->rootfs)
		ret = text_set(&m->text, "lxc.rootfs.path", path);
	return ret ? ret : save_config(m);
}

/* The header that LXC 5 writes, but for a checksum of the template that some builds add. */
static int put_header(struct making *m)
{
	char line[4096 + sizeof(header_end)];
	const size_t max = 4096;
	size_t n, i;

	n = str_format(line, sizeof(line), "# Template used to create this container: %s\n"
		       "# Parameters passed to the template:", m->file);
	for (i = 0; m->c->argv[i] && n < max; i++)
		n += str_format(line + n, sizeof(line) - n, " %s", m->c->argv[i]);
	if (n > max - 2)
		n = max - 2;
	/* No argument may end the comment and begin a line of its own. */
	for (i = strcspn(line, "\n") + 1; i < n; i++)
		if (line[i] == '\n' || line[i] == '\r')
			line[i] = ' ';
	line[n++] = '\n';
	n += str_format(line + n, sizeof(line) - n, "%s", header_end);
	return text_prepend(&m->text, line, n);
}

/* What the template has made of it must be a configuration. */
static int finish_config(struct making *m)
{
	struct conf conf;
	int ret;

	text_free(&m->text);
	ret = text_load(&m->text, m->config_path);
	if (!ret)
		ret = read_text(&m->text, m->c, &conf);
	if (ret)
		return err_in(ret, "what the template has written");
	if (!conf.uts_name.v)
		ret = text_set(&m->text, "lxc.uts.name", m->c->name);
	conf_free(&conf);
	if (!ret)
		ret = text_fill_hwaddrs(&m->text, false);
	if (ret >= 0)
		ret = m->c->template ? put_header(m) : 0;
	return ret ? ret : save_config(m);
}

/* ---- all of it ---- */

/* What the start would say, while the one who made it is there to hear it. */
static void tell_refusal(const struct making *m)
{
	struct conf conf;

	conf_init(&conf, m->c->name, m->lxcpath);
	if (conf_load(&conf, m->config_path) || conf_check(&conf))
		str_format(m->c->note, sizeof(m->c->note), "made, but lxc-start will refuse it: %s",
			   err_text());
	err_clear();
	conf_problems_clear();
}

static int check_signals(const struct making *m)
{
	struct signalfd_siginfo info;

	while (read(m->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		if (template_ends(info.ssi_signo))
			return err_set(EINTR, "ended by signal %u", info.ssi_signo);
	return 0;
}

static int fill(struct making *m)
{
	struct template_job j = {
		.name = m->c->name,
		.path = m->dir.path,
		.rootfs = m->rootfs,
		.quiet = m->c->quiet,
		.config = &m->text,
	};
	int ret = make_rootfs(m);

	j.dir_fd = m->dir.fd;
	j.rootfs_fd = m->rootfs_fd;
	if (CFG_IDMAP && m->maps.n)
		j.maps = &m->maps;
	if (!ret)
		ret = write_config(m);
	if (!ret && m->c->template) {
		text_free(&m->text);
		ret = text_load(&m->text, m->config_path);
		if (!ret)
			ret = template_run(m->c->template, &j, m->c->argv, m->signals);
	}
	if (!ret)
		ret = finish_config(m);
	if (!ret)
		ret = check_signals(m);
	return ret;
}

/* The cause stays the one that is told, whatever the clean-up meets. */
static int give_up(struct making *m, int ret)
{
	char cause[ERR_MAX];

	str_format(cause, sizeof(cause), "%s", err_text());
	err_clear();
	return store_abort(&m->dir) ? err_in(ret, "%s; and then", cause)
				    : err_set(-ret, "%s", cause);
}

static int prepare(struct making *m)
{
	struct create *c = m->c;
	int ret = check_storage(c->storage);

	if (!ret)
		ret = absolute(c->lxcpath, m->lxcpath);

	if (!ret && c->template)
		ret = template_find(c->template, m->file, sizeof(m->file));
	if (!ret && c->dir && !c->template)
		ret = err_set(EINVAL, "--dir goes only with a template");
	if (!ret && str_format(m->dir.path, sizeof(m->dir.path), "%s/%s", m->lxcpath, c->name) >=
			    sizeof(m->dir.path) - strlen("/config"))
		ret = err_set(ENAMETOOLONG, "'%s/%s' is too long", c->lxcpath, c->name);
	str_format(m->config_path, sizeof(m->config_path), "%s/config", m->dir.path);
	return ret ? ret : load_config(m);
}

int store_create(struct create *c)
{
	static struct making m;
	mode_t mask = umask(022);
	int ret;

	m = (struct making){ .c = c, .rootfs_fd = -1, .dir = { -1, -1, -1 } };
	m.signals = sys_signal_fd();
	ret = m.signals < 0 ? m.signals : prepare(&m);
	if (!ret) {
		ret = store_begin(&m.dir, m.lxcpath, c->name);
		if (!ret)
			ret = fill(&m);
		if (!ret)
			ret = store_commit(&m.dir);
		if (ret && m.dir.mark >= 0)
			ret = give_up(&m, ret);
		if (!ret)
			tell_refusal(&m);
	}
	text_free(&m.text);
	fd_close(&m.rootfs_fd);
	fd_close(&m.signals);
	umask(mask);
	return ret;
}
