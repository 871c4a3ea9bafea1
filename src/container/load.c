/* SPDX-License-Identifier: MIT */
/* owns the way from a command line to a checked configuration */
/* never reads a configuration that a container could have written */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "container/container.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/opt.h"
#include "lib/path.h"
#include "lib/str.h"

int container_check_name(const char *name)
{
	const char *p;

	if (!*name || *name == '-' || *name == '.' || strlen(name) > CONTAINER_NAME_MAX)
		goto bad;
	for (p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			goto bad;
	return 0;
bad:
	return err_set(EINVAL,
		"bad container name '%s' (1 to %d of A-Z a-z 0-9 . _ -, not beginning with . or -)",
		name, CONTAINER_NAME_MAX);
}

static bool has_file(int lxcpath_fd, const char *name, const char *file)
{
	char path[NAME_MAX + 16];

	str_format(path, sizeof(path), "%s/%s", name, file);
	return !faccessat(lxcpath_fd, path, F_OK, 0);
}

bool container_is_defined(int lxcpath_fd, const char *name)
{
	return has_file(lxcpath_fd, name, "config") &&
	       !(CFG_STORE && has_file(lxcpath_fd, name, "partial"));
}

const char *container_lxcpath(const struct opt_common *o, char *buf, size_t n)
{
	const char *path = CFG_SYSTEM_CONF ? conf_sys_value(SYS_LXCPATH) : CFG_LXCPATH;
	size_t len = str_format(buf, n, "%s", o->lxcpath ? o->lxcpath : path);

	while (len > 1 && len < n && buf[len - 1] == '/')
		buf[--len] = '\0';
	return buf;
}

void container_warn_system(void)
{
	const char *more = conf_problems();
	size_t n;

	log_warn("%s", err_text());
	for (; *more; more += n + (more[n] == '\n')) {
		n = strcspn(more, "\n");
		log_warn("%.*s", (int)n, more);
	}
	err_clear();
	conf_problems_clear();
}

int container_may_start(void)
{
	int ret = CFG_SYSTEM_CONF ? conf_sys_load() : 0;

	if (ret)
		return err_set(-ret, "not started, since lxc.conf has a fault");
	if (CFG_SYSTEM_CONF || access(CFG_GLOBAL_CONF "/lxc.conf", F_OK))
		return 0;
	return err_set(ENOSYS, "'%s/lxc.conf' is not read by this build (CONFIG_SYSTEM_CONF is off)",
		       CFG_GLOBAL_CONF);
}

/* Where the containers are may be just what the fault is in. */
static int say_what_helps(int ret)
{
	char text[ERR_MAX];

	str_format(text, sizeof(text), "%s", err_text());
	err_clear();
	return err_set(-ret, "%s (-P DIR goes on all the same)", text);
}

int container_system(struct opt_common *o, bool makes)
{
	int ret = CFG_SYSTEM_CONF ? conf_sys_load() : 0;

	if (!CFG_SYSTEM_CONF)
		return 0;
	if (ret && ret != -ENOMEM && !makes && (o->lxcpath || !conf_sys_is_bad(SYS_LXCPATH))) {
		container_warn_system();
		ret = 0;
	}
	if (ret && !makes)
		return say_what_helps(ret);
	if (!o->lxcpath)
		o->lxcpath = conf_sys_value(SYS_LXCPATH);
	return ret;
}

/*
 * A file that was found, not named, must not lie where a container could have put it, or its hooks
 * would run as root on the host: below the rootfs of a container that runs (asked before it is
 * opened) or below its own.
 */
static int refuse_in_running(const char *path)
{
	AUTO_FREE char *file = path_real(path);
	int ret = file ? claim_above(file) : -EINVAL;

	if (ret > 0)
		return err_set(EPERM,
			"'%s' lies in the rootfs of a running container: name it with -f to use it",
			path);
	return ret;
}

static int refuse_in_own(const struct conf *c, const char *path)
{
	const char *rootfs = conf_rootfs(c);
	AUTO_FREE char *file = NULL, *own = NULL;
	bool held = err_hold();

	if (!rootfs)
		return 0;
	own = path_real(rootfs);
	err_release(held);
	/* A rootfs that is not there is refused later, with its line. */
	file = own ? path_real(path) : NULL;
	if (file && path_below(file, own))
		return err_set(EPERM,
			"'%s' lies in the container's own rootfs '%s': name it with -f to use it",
			path, rootfs);
	return 0;
}

static int load_file(struct conf *c, const struct opt_common *o, bool *found)
{
	char path[PATH_MAX];
	int ret;

	*found = true;
	if (o->rcfile)
		return conf_load(c, o->rcfile);
	if (str_format(path, sizeof(path), "%s/%s/config", c->lxcpath, c->name) >= sizeof(path))
		return err_set(ENAMETOOLONG, "'%s/%s/config' is too long", c->lxcpath, c->name);
	if (access(path, F_OK)) {
		*found = false;
		return 0;
	}
	if (CFG_STORE) {
		AUTO_FREE char *mark = str_make("%s/%s/partial", c->lxcpath, c->name);

		if (mark && !access(mark, F_OK))
			return err_set(EBUSY,
				       "it is being made or removed, or that was interrupted: '%s' "
				       "(lxc-destroy removes it)", mark);
	}
	ret = refuse_in_running(path);
	if (!ret)
		ret = conf_load(c, path);
	return ret ? ret : refuse_in_own(c, path);
}

int container_load(
	struct conf *c, const struct opt_common *o, const struct opt_list *define, bool *found)
{
	unsigned int i;
	int ret = conf_defer(load_file(c, o, found));

	for (i = 0; !ret && define && i < define->n; i++)
		ret = conf_defer(conf_set(c, define->v[i], i + 1));
	return ret && ret != -E2BIG ? ret : conf_check(c);
}
