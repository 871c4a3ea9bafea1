/* SPDX-License-Identifier: MIT */
/*
 * Trees whose owners are those of a user namespace: made, and removed, by a process in one. With
 * CFG_UNPRIVILEGED, the first two with CFG_IDMAP.
 */
#ifndef STORE_MAPPED_H
#define STORE_MAPPED_H

#include "secure/idmap.h"

/*
 * The ids of a configuration with lxc.idmap, and the caller's own behind them, by which root of
 * the namespace may work in directories of the caller. -errno with err.
 */
int mapped_of(struct id_maps *maps, const struct conf *c) MUST_CHECK;

/* Of a process in such a namespace, once it has its maps. -errno with err. */
int mapped_become_root(void) MUST_CHECK;

/*
 * Of an ordinary user: calls it in a process that has all ids that /etc/subuid and /etc/subgid give
 * him, and his own, and is root of them; nothing but its result and err come back. Of root, and of
 * one who has no such ids: calls it.
 */
int mapped_run(int (*call)(void *arg), void *arg) MUST_CHECK;

#endif
