/* SPDX-License-Identifier: MIT */
/*
 * Id maps of user namespaces: user_namespaces(7), newuidmap(1), subuid(5).
 */
#ifndef SECURE_IDMAP_H
#define SECURE_IDMAP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"

#define ID_MAPS_MAX (2 * ID_MAP_MAX)

struct id_maps {
	unsigned int n;
	struct id_map m[ID_MAPS_MAX];
};

/* The lines of a configuration, which conf_check has seen. With CFG_IDMAP. */
void id_maps_of(struct id_maps *maps, const struct conf *c);

/* "[u|g|b]:INSIDE:OUTSIDE:COUNT", as lxc-usernsexec has it; b: of users and of groups. */
int id_maps_parse(struct id_maps *maps, const char *text) MUST_CHECK;
/* The caller's first line of /etc/subuid and of /etc/subgid, each from 0 on. -ENOENT with err. */
int id_maps_add_own(struct id_maps *maps) MUST_CHECK;
/* One id is one id, behind what is there; -E2BIG with err. */
int id_maps_add(struct id_maps *maps, bool is_group, uint32_t inside, uint32_t outside,
		uint32_t count) MUST_CHECK;
/* The caller's own user and group, on the first ids inside that nobody has. */
int id_maps_add_self(struct id_maps *maps) MUST_CHECK;

/*
 * Gives a process's new user namespace its maps: by /proc/PID/uid_map and gid_map where the caller
 * may, that is as root or for nothing but his own ids, else by newuidmap and newgidmap.
 */
int id_maps_write(const struct id_maps *maps, pid_t pid) MUST_CHECK;

/* A user of the host by name or number, from /etc/passwd. -ENOENT with err for a name only. */
int user_find(const char *text, uid_t *uid) MUST_CHECK;

#endif
