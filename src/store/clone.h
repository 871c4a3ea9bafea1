/* SPDX-License-Identifier: MIT */
/*
 * A container copied, as lxc-copy(1) does it, or renamed.
 */
#ifndef STORE_CLONE_H
#define STORE_CLONE_H

#include <stdbool.h>

#include "conf/text.h"
#include "lib/err.h"
#include "store/store.h"

struct opt_common;

struct clone {
	const struct opt_common *common;	/* name and rcfile of the original */
	const char *lxcpath;			/* where it is */
	const char *to_path, *to_name;		/* where the copy goes; the name is checked */
	const char *storage;			/* -B, NULL: as the original */
	bool snapshot;				/* an overlay over the original */
	bool keep_name, keep_mac, allow_running;
	char **hook_argv;			/* for lxc.hook.clone, NULL: none */
	/* Adds what else belongs to it, once all of it is there; NULL: nothing. */
	int (*add)(const struct clone *k, const struct store_dir *d, struct conf_text *t);
	const void *arg;			/* for it alone */
};

/*
 * Makes the copy: the tree (a directory copied, an overlay's upper one copied over the same lower
 * ones, or a new one over the original), the configuration with new paths, host name and hardware
 * addresses, the files of hooks and lxc.mount.fstab, /etc/hostname; runs lxc.hook.clone. The
 * original is kept from being started meanwhile. A signal that ends, or a failure, leaves nothing;
 * SIGKILL what the next command that makes or removes that name removes. 0 or -errno with err.
 */
int store_clone(const struct clone *k) MUST_CHECK;

/*
 * Gives a stopped container another name (or LXCPATH): its directory is renamed where both are on
 * one file system, else copied and then removed. Refused when others depend on it. When it is
 * killed behind the rename, whoever looks at the new name next with store_settle finishes it.
 */
int store_rename(const struct clone *k) MUST_CHECK;

/* Finishes what a killed store_rename or store_restore has left. 0 or -errno with err. */
int store_settle(const char *lxcpath, const char *name) MUST_CHECK;
/*
 * The same for who is about to start it: 0 when nothing was open, 1 when something was finished, so
 * that a configuration read before is the old one. -EBUSY with err when somebody is at it.
 */
int store_settle_stopped(const char *lxcpath, const char *name) MUST_CHECK;

/* An absolute, clean path of what a command line says, into buf of PATH_MAX bytes. */
int store_absolute(const char *path, char *buf) MUST_CHECK;

/* -EBUSY with err when copies, with snaps also its snapshots, need the container that it is of. */
int store_check_dependants(const struct store_dir *d, bool snaps) MUST_CHECK;

#endif
