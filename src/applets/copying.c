/* SPDX-License-Identifier: MIT */
/* owns what a copy is asked for with, and the start of one that lives only once */
/* never copies anything itself: store/ does */
#include "applets/copying.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "container/attach.h"
#include "lib/log.h"
#include "lib/path.h"
#include "lib/sys.h"
#include "store/clone.h"
#include "store/destroy.h"

/* ---- -m: mounts that the copy gets ---- */

/* "\040" for what would part a mount entry. */
static char *encode(const char *path)
{
	char *out = malloc(4 * strlen(path) + 1), *to = out;

	if (!out) {
		err_set(ENOMEM, "out of memory");
		return NULL;
	}
	for (; *path; path++)
		if (*path == ' ' || *path == '\t' || *path == '\\' || *path == '#')
			to += str_format(to, 5, "\\%03o", (unsigned int)(unsigned char)*path);
		else
			*to++ = *path;
	*to = '\0';
	return out;
}

static int make_layer(const struct store_dir *d, const char *name)
{
	return mkdirat(d->fd, name, 0755) ? err_sys("cannot make '%s/%s'", d->path, name) : 0;
}

static char *overlay_entry(const struct store_dir *d, const char *src, const char *dst,
			   const char *from, unsigned int n)
{
	char upper[32], work[32];

	str_format(upper, sizeof(upper), "delta#%u", n);
	str_format(work, sizeof(work), "work#%u", n);
	if (strpbrk(src, ",:") || strpbrk(d->path, ",:")) {
		err_set(EINVAL, "-m: '%s': an overlay's path cannot have ',' or ':'", from);
		return NULL;
	}
	if (make_layer(d, upper) || make_layer(d, work))
		return NULL;
	return str_make("%s %s overlay lowerdir=%s,upperdir=%s/%s,workdir=%s/%s,create=dir", src,
			dst, src, d->path, upper, d->path, work);
}

/* SRC[:DST][:ro|rw] */
static int add_mount(const struct store_dir *d, struct conf_text *t, bool overlay, char *text,
		     unsigned int n)
{
	char *at = text, *from = str_word(&at, ":"), *to = str_word(&at, ":"), *how;
	AUTO_FREE char *src = NULL, *dst = NULL, *entry = NULL;
	struct stat st;

	how = str_word(&at, ":");
	if (!how && !overlay && to && (str_eq(to, "ro") || str_eq(to, "rw"))) {
		how = to;
		to = NULL;
	}
	if (!from || *from != '/' || (at && *at) || (overlay && how) ||
	    (how && !str_eq(how, "ro") && !str_eq(how, "rw")))
		return err_set(EINVAL, "-m: '%s' is not /SRC[:/DST]%s", text,
			       overlay ? "" : "[:ro|:rw]");
	if (stat(from, &st))
		return err_sys("-m: '%s'", from);
	to = to ? to : from;
	src = encode(from);
	dst = encode(to + strspn(to, "/"));
	if (!src || !dst)
		return -ENOMEM;
	entry = overlay ? overlay_entry(d, src, dst, from, n)
			: str_make("%s %s none bind,optional,%s,create=%s 0 0", src, dst,
				   how ? how : "rw", S_ISDIR(st.st_mode) ? "dir" : "file");
	return entry ? text_set(t, "lxc.mount.entry", entry) : -EINVAL;
}

static int add_mounts(const struct copying *c, const struct store_dir *d, struct conf_text *t)
{
	unsigned int i, n = 0;
	int ret = 0;

	for (i = 0; !ret && i < c->mounts.n; i++) {
		AUTO_FREE char *list = str_dup(c->mounts.v[i]);
		char *at = list, *word;

		if (!list)
			return -ENOMEM;
		while (!ret && (word = str_word(&at, ","))) {
			const char *bind = str_after(word, "bind=");
			const char *over = str_after(word, "overlay=");

			if (!bind && !over)
				ret = err_set(EINVAL, "-m: '%s' is neither bind= nor overlay=",
					      word);
			else
				ret = add_mount(d, t, over != NULL, strchr(word, '=') + 1, n++);
		}
	}
	return ret;
}

/* ---- the copy ---- */

static int add_own(const struct clone *k, const struct store_dir *d, struct conf_text *t)
{
	const struct copying *c = k->arg;
	int ret = 0;

	if (c->tmpfs)
		ret = text_set(t, "lxcbox.rootfs.tmpfs", "mode=755");
	if (!ret && !c->keepdata)
		ret = text_set(t, "lxc.ephemeral", "1");
	return ret ? ret : add_mounts(c, d, t);
}

static const char *random_name(const struct copying *c, char *buf, size_t n)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	unsigned char r[6];
	size_t len, i;
	int ret = sys_random(r, sizeof(r));

	if (ret < 0) {
		err_code(ret, "no random name");
		return NULL;
	}
	len = str_format(buf, n - sizeof(r), "%s%c", c->common->name, c->mark);
	len = len < n - sizeof(r) ? len : n - sizeof(r) - 1;
	for (i = 0; i < sizeof(r); i++)
		buf[len++] = letters[r[i] % (sizeof(letters) - 1)];
	buf[len] = '\0';
	return buf;
}

static int check(const struct copying *c)
{
	const struct {
		bool is_given;
		const char *option;
	} started[] = {
		{ c->foreground, "-F" }, { c->daemon, "-d" }, { c->keepdata, "-D" },
		{ c->tmpfs, "-t" }, { c->mounts.n > 0, "-m" },
	};
	unsigned int i;

	if (!c->newname && !c->ephemeral)
		return err_set(EINVAL, "you must provide a NEWNAME for the clone (-N)");
	for (i = 0; i < ARRAY_SIZE(started); i++)
		if (started[i].is_given && !c->ephemeral)
			return err_set(EINVAL, "%s goes only with -e", started[i].option);
	if (c->rename && (c->ephemeral || c->snapshot))
		return err_set(EINVAL, "-R goes with neither -e nor -s");
	/* LXC's words. */
	if (c->tmpfs && (c->keepdata || (c->storage && !str_after(c->storage, "overlay"))))
		return err_set(EINVAL, "a container can only be placed on a tmpfs when the overlay "
			       "storage driver is used, and not with -D");
	if (c->fssize)
		log_warn("-L %s has no effect: it is the size of block devices", c->fssize);
	return c->newname ? container_check_name(c->newname) : 0;
}

/* What did not start goes again, whatever the reason; that is what is told. */
static int remove_again(const struct opt_common *common, int ret)
{
	const struct opt_common quiet = { .name = common->name, .quiet = true };
	const struct destroy d = { .common = &quiet, .lxcpath = common->lxcpath, .force = true };
	char cause[ERR_MAX];

	str_format(cause, sizeof(cause), "%s", err_text());
	err_clear();
	if (store_destroy(&d))
		log_warn("%s: %s", common->name, err_text());
	err_clear();
	return err_set(-ret, "%s", cause);
}

/* As LXC: the container runs its init, the command joins it, and with the command it ends. */
static int run_in(const struct opt_common *common, char **argv)
{
	const struct stop_options halt = { .timeout_s = 60 };
	static const struct opt_list none;
	static struct conf c;
	const struct attach a = { .name = common->name, .lxcpath = common->lxcpath, .conf = &c,
				  .argv = argv, .keep_vars = &none, .set_vars = &none };
	bool found;
	int ret, stopped;

	conf_init(&c, common->name, common->lxcpath);
	ret = container_load(&c, common, NULL, &found);
	if (!ret)
		ret = conf_set(&c, "lxc.init.groups=", 0);
	if (!ret)
		ret = conf_set(&c, "lxc.init.uid=0", 0);
	if (!ret)
		ret = conf_set(&c, "lxc.init.gid=0", 0);
	if (!ret)
		ret = attach_run(&a);
	if (ret > 0 && err_is_set() && !log_is_quiet())
		fd_printf(2, "%s: %s\n", common->name, err_text());
	stopped = client_stop(common->name, common->lxcpath, &halt);
	return ret < 0 || !stopped || stopped == -ESRCH ? ret : stopped;
}

static int start(const struct copying *c, const struct clone *k)
{
	static struct opt_common common;
	struct launch l = { .common = &common, .foreground = c->foreground && !c->argv };
	int ret;

	common = *c->common;
	common.name = k->to_name;
	common.lxcpath = k->to_path;
	common.rcfile = NULL;
	if (c->argv && !CFG_LXC_ATTACH)
		ret = err_set(ENOSYS, "a command needs lxc-attach (CONFIG_LXC_ATTACH is off)");
	else
		ret = launch_container(&l);
	if (ret < 0)
		return c->keepdata ? ret : remove_again(&common, ret);
	return CFG_LXC_ATTACH && !ret && c->argv ? run_in(&common, c->argv) : ret;
}

static int copy(const struct copying *c, struct clone *k)
{
	int ret = c->ephemeral ? container_may_start() : 0;

	if (!ret)
		ret = c->rename ? store_rename(k) : store_clone(k);
	if (ret || !c->ephemeral)
		return ret;
	if (!c->common->quiet)
		fd_printf(1, "Created %s as clone of %s\n", k->to_name, c->common->name);
	if (!c->common->quiet && c->tmpfs)
		fd_printf(1, "Container is placed on tmpfs.\nRebooting will cause all changes made "
			  "to it to be lost!\n");
	return start(c, k);
}

int copying_run(struct copying *c)
{
	static char lxcpath[PATH_MAX], newpath[PATH_MAX], name[CONTAINER_NAME_MAX + 1];
	struct clone k = {
		.common = c->common,
		.lxcpath = container_lxcpath(c->common, lxcpath, sizeof(lxcpath)),
		.to_name = c->newname,
		.storage = c->storage,
		.snapshot = c->snapshot || (c->ephemeral && !(c->storage && str_eq(c->storage, "dir"))),
		.keep_name = c->keepname,
		.keep_mac = c->keepmac || c->rename,
		.allow_running = c->allowrunning,
		.hook_argv = c->argv,
	};
	int ret = check(c);

	if (!ret && !c->newname)
		k.to_name = random_name(c, name, sizeof(name));
	if (!ret)
		ret = k.to_name ? store_absolute(c->newpath ? c->newpath : lxcpath, newpath) : -EIO;
	if (ret)
		return ret;
	k.to_path = newpath;
	if (c->ephemeral) {
		k.add = add_own;
		k.arg = c;
	}
	return copy(c, &k);
}
