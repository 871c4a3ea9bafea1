/* SPDX-License-Identifier: MIT */
/*
 * A container made from a template, as lxc-create(1) does it.
 */
#ifndef STORE_CREATE_H
#define STORE_CREATE_H

#include <stdbool.h>

#include "lib/err.h"

struct create {
	const char *name, *lxcpath;	/* the name is checked */
	const char *config;		/* -f, NULL: lxc.default_config */
	const char *template;		/* see template_find; NULL: none, no tree is made */
	const char *storage;		/* -B, NULL: a directory */
	const char *dir;		/* --dir, NULL: lxc.rootfs.path of the configuration, else
					   LXCPATH/NAME/rootfs */
	char **argv;			/* the template's own */
	bool quiet;
	char note[ERR_MAX];		/* out: what the caller is to be told though it was made; "": nothing */
};

/*
 * Makes it. The configuration in LXCPATH/NAME/config is -f's or default.conf's as it is written,
 * with real hardware addresses and lxc.rootfs.path, what the template adds, LXC's header, and
 * lxc.uts.name when nobody has set it. A signal of template_ends, or a failure, leaves nothing;
 * SIGKILL what the next lxc-create or lxc-destroy of that name removes. 0 or -errno with err.
 */
int store_create(struct create *c) MUST_CHECK;

#endif
