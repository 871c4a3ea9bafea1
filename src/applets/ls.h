/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of lxc-ls.
 */
#ifndef APPLETS_LS_H
#define APPLETS_LS_H

#include "applets/common.h"

/* What a table can show, in the order of the help. */
enum ls_column {
	LS_NAME,
	LS_STATE,
	LS_PID,
	LS_RAM,
	LS_SWAP,
	LS_AUTOSTART,
	LS_GROUPS,
	LS_INTERFACE,
	LS_IPV4,
	LS_IPV6,
	LS_UNPRIVILEGED,
	LS_COLUMNS
};

#define LS_BIT(column) (1U << LS_##column)
/* What only the configuration says, what the cgroups count, what the network has. */
#define LS_OF_CONFIG (LS_BIT(AUTOSTART) | LS_BIT(GROUPS) | LS_BIT(UNPRIVILEGED))
#define LS_OF_CGROUPS (LS_BIT(RAM) | LS_BIT(SWAP))
#define LS_OF_NET (LS_BIT(INTERFACE) | LS_BIT(IPV4) | LS_BIT(IPV6))

#define LS_COLUMN_LIST "NAME,STATE,PID,RAM,SWAP,AUTOSTART,GROUPS,INTERFACE,IPV4,IPV6,UNPRIVILEGED"

struct ls_row {
	char *path;		/* "outer/name" of a nested one */
	const char *name;	/* the end of that */
	unsigned int depth;
	struct container_status st;
	bool defined, auto_start, unprivileged;
	bool is_asked;		/* about what its configuration says */
	bool has_memory;
	uint64_t memory, swap;
	/* "a, b" of GROUPS, INTERFACE, IPV4, IPV6; NULL: none */
	char *text[4];
};

struct ls_args {
	struct opt_common common;
	bool line, fancy, active, running, frozen, stopped, defined, repair, json;
	const char *columns, *filter, *groups, *nesting;
};

struct ls_list {
	const struct ls_args *a;
	const char *lxcpath;
	char *filter;		/* an expression for the whole name, NULL: none */
	unsigned int wanted;	/* bits of enum ls_column */
	unsigned int depth;	/* how deep it may be looked into containers */
	struct cgroup_layout layout;	/* read when LS_OF_CGROUPS is wanted */
	struct ls_row *rows;
	unsigned int n, size;
};

/* A new row, with that path; NULL with err. */
struct ls_row *ls_add(struct ls_list *l, const char *path) MUST_CHECK;
/* Adds one to a list "a, b"; what makes it too long for a table is "...". */
int ls_append(char **text, const char *more) MUST_CHECK;

/* Fills the list with what is wanted; of the namespaces that this process is in. */
int ls_collect(struct ls_list *l) MUST_CHECK;
/* Sorts, those of a container behind it. */
void ls_sort(struct ls_list *l);

/* The bits of a list of columns; -EINVAL with err. */
int ls_columns(const char *list) MUST_CHECK;
/* ls_show.c: what of it all standard output gets. */
int ls_print_table(const struct ls_list *l, const char *columns) MUST_CHECK;
int ls_print_names(const struct ls_list *l, bool one_a_line) MUST_CHECK;
int ls_print_json(const struct ls_list *l) MUST_CHECK;

/*
 * ls_nested.c: adds the containers in one that runs, by a process in its namespaces that is no more
 * than its first process and whose answer is taken for what a stranger says. A container that
 * cannot be looked into, or does not answer in time, has none; no err text.
 */
int ls_add_nested(struct ls_list *l, unsigned int row) MUST_CHECK;

#endif
