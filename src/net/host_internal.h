/* SPDX-License-Identifier: MIT */
/* What the files of the host's network share and nobody else includes: record, undo, server. */
#ifndef NET_HOST_INTERNAL_H
#define NET_HOST_INTERNAL_H

#include <sys/types.h>

#include "net/host.h"

/* Where the directory is: servers are told paths. */
#define HOST_DIR CFG_RUNTIME_DIR "/.net"

/* Who the rules of address translation belong to, for net/nat.h. */
#define HOST_NAT_OWNER "lxcbox net"

/* ---- the record (host_record.c): lines "KIND<TAB>FIELD..." ---- */

#define HOST_FIELDS 3

/* Adds a line; fields end with NULL. What acts on a terminal is no part of one. */
int host_record_add(int dir, const char *kind, const char *const *fields) MUST_CHECK;
#define HOST_RECORD(dir, kind, ...) \
	host_record_add(dir, kind, (const char *[]){ __VA_ARGS__, NULL })

/*
 * Calls each() for the lines behind that byte, the last one first if so, until it returns non-zero,
 * which is returned then; fields that are not there are "". -ENOENT without err: no record.
 */
typedef int host_line_fn(const char *kind, char **fields, void *arg);
int host_record_each(int dir, off_t from, bool backwards, host_line_fn *each,
		     void *arg) MUST_CHECK;

/* Fields of the first line of that kind, into buffers that may be NULL; false: there is none. */
bool host_record_get(int dir, const char *kind, char *first, size_t n_first, char *second,
		     size_t n_second);
/* Whether there is a line of that kind with that first field. */
bool host_record_has(int dir, const char *kind, const char *first);

/* Bytes of the record, 0: there is none; and what is behind so many is forgotten. */
off_t host_record_size(int dir);
int host_record_cut(int dir, off_t size) MUST_CHECK;

/* Forgets all lines but those of the place and of the bridge itself. */
int host_record_keep_bridge(int dir) MUST_CHECK;

/* The lines that tell where and when it is true: boot, network namespace. */
int host_record_begin(int dir) MUST_CHECK;
/* 1: it is of this boot and namespace; 0: another boot; -EXDEV without err: another namespace. */
int host_record_is_ours(int dir) MUST_CHECK;

/*
 * Takes back what the lines behind that byte tell; -errno of the first failure, all the others are
 * tried. keep: the bridge stays, with its ports.
 */
int host_undo(int dir, off_t from, bool keep) MUST_CHECK;

/* Files of the directory and itself. */
void host_remove(int dir);

/* ---- DHCP (host_dhcp.c) ---- */

/* Starts a server; its line is in the record before it runs. */
int host_dhcp_start(int dir, const struct lxcnet *l) MUST_CHECK;
/* The process of a line "server PID START PROGRAM", 0: it is gone. */
pid_t host_dhcp_process(char **fields);
/* Ends it, and waits until it is gone. */
int host_dhcp_stop(char **fields) MUST_CHECK;

#endif
