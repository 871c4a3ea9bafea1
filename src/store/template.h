/* SPDX-License-Identifier: MIT */
/*
 * What fills a new container's tree: a template of this program, or a program of the templates
 * directory with LXC's arguments (--path= --name= --rootfs=, then those behind "--").
 */
#ifndef STORE_TEMPLATE_H
#define STORE_TEMPLATE_H

#include <stdbool.h>

#include "conf/text.h"
#include "lib/opt.h"
#include "store/store.h"

/* What a template of this program works on. */
struct template_job {
	const char *name;		/* of the container */
	const char *path;		/* LXCPATH/NAME, absolute */
	const char *rootfs;		/* absolute: a directory, empty */
	int dir_fd, rootfs_fd;		/* of those two */
	bool quiet;			/* -q: no progress */
	/*
	 * LXCPATH/NAME/config, with what -f or default.conf has and lxc.rootfs.path: text_set what
	 * the tree needs; it is saved behind run(). lxc.uts.name is set there when run() has not.
	 */
	struct conf_text *config;
	/* Of the user namespace in which it is root, of mapped_of; NULL: in the caller's. */
	const struct id_maps *maps;
};

/*
 * run() is in a process of its own, with mount and pid namespaces of its own, that a signal to
 * lxc-create kills, and may print to descriptor 2 when it is not quiet; umask 022, the caller's
 * working directory and environment. 0, or -errno with err; whatever it leaves in path and rootfs
 * is removed then. args: of options.args_size bytes, beginning with a struct opt_common.
 */
struct template {
	const char *name;		/* as behind -t */
	const struct applet options;	/* synopsis, about, opts, n_opts, args_size: for opt_parse
					   and help; flags APPLET_PLAIN; no run */
	int (*run)(const struct template_job *j, void *args, int argc, char **argv);
};

extern const struct template template_busybox, template_local, template_download;

/*
 * Fills the tree of a container that store_begin has made and whose config is written: template is
 * a built-in one's name, a name in the templates directory ("debian": lxc-debian) or an absolute
 * path. argv: the words behind "--"; signals: of sys_signal_fd. 0 or -errno with err: -EINTR when
 * one of template_ends came.
 */
int template_run(const char *template, struct template_job *j, char **argv,
		 int signals) MUST_CHECK;
/* Whether that signal ends a creation: SIGINT, SIGTERM, SIGHUP, SIGQUIT. */
bool template_ends(unsigned int sig);

/* The file that a template is, for messages and LXC's header: absolute path into buf, or its name
 * when it is built in. -ENOENT with err. */
int template_find(const char *template, char *buf, size_t n) MUST_CHECK;

/* Prints its help to standard error. 0 or -errno with err. */
int template_help(const char *template) MUST_CHECK;

#endif
