/* SPDX-License-Identifier: MIT */
/*
 * Applets and their options: one table parses, prints the help and makes the OPTIONS section of the
 * manual page.
 */
#ifndef LIB_OPT_H
#define LIB_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum opt_type {
	OPT_FLAG,		/* bool, set to true */
	OPT_CLEAR,		/* bool, set to false */
	OPT_STR,		/* const char * */
	OPT_INT,		/* struct opt_int, decimal, '-' allowed */
	OPT_LIST,		/* struct opt_list, repeatable */
	OPT_MAYBE,		/* const char *, argument optional and glued; "" when absent */
};

/* A text that only a person reads, of an option or a command; NULL without CFG_OPT_HELP. */
#define OPT_HELP(text) (CFG_OPT_HELP ? TEXT(text) : NULL)

struct opt {
	char letter;		/* 0: long only */
	uint8_t type;
	uint16_t offset;	/* in the applet's argument structure */
	const char *name;	/* long name, NULL: letter only; with neither it is not there */
	const char *arg;	/* name of the argument for the help, NULL for flags */
	const text_t *help;	/* OPT_HELP(…) */
};

struct opt_int {
	int v;
	bool set;
};

#define OPT_LIST_MAX 32
struct opt_list {
	unsigned int n;
	const char *v[OPT_LIST_MAX];
};

/* What every lxc-* command takes; the first member of every applet's argument structure. */
struct opt_common {
	const char *name, *lxcpath, *logfile, *logpriority, *rcfile;
	bool quiet, help, usage, version;
};

enum applet_flags {
	APPLET_NEEDS_NAME = 1,	/* -n NAME, or the first positional */
	APPLET_PLAIN = 2,	/* no common options but --help, --usage, --version */
	APPLET_PROTECT = 4,	/* enters or starts containers: see sys_protect_exe */
	APPLET_MAKES = 8,	/* only makes or starts: no line of lxc.conf may be wrong */
	APPLET_READS = 16,	/* reads only files that are named, and lxc.conf is none of them */
	APPLET_HELPS = 32,	/* run() is called behind --help, too, to say more */
};

struct applet {
	const char *synopsis;   /* after the command's name: "[-n] NAME [OPTION]... [-- COMMAND
	                           [ARG]...]" */
	const text_t *about;	/* OPT_HELP(one paragraph) */
	const struct opt *opts;
	uint8_t n_opts;
	uint8_t flags;
	uint16_t args_size;	/* of the argument structure */
	/* >= 0: exit status. < 0: -errno with err set, printed by main, exit status 1. argv: what
	 * is left, NULL-terminated. */
	int (*run)(void *args, int argc, char **argv);
};

extern const struct opt opt_common_table[];
extern const unsigned int opt_common_count, opt_plain_count;

/*
 * Parses argv (argv[0] is the command) into args; permutes until "--", takes unique abbreviations
 * of long names. The number of words left, which are moved to argv[0..] and NULL-terminated;
 * -EINVAL with err.
 */
int opt_parse(const struct applet *a, void *args, int argc, char **argv) MUST_CHECK;

/* The help text, to a file descriptor. usage: the first line only. */
void opt_help(int fd, const struct applet *a, const char *command, bool usage);

#endif
