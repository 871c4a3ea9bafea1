/* SPDX-License-Identifier: MIT */
/*
 * Profiles of system calls in the language of LXC, and the filters that they become. With
 * CFG_SECCOMP.
 *
 *	text --seccomp_parse--> rules --seccomp_compile--> program --seccomp_load--> kernel
 *
 * A call is numbered, and its arguments are as wide, as the ABI says by which it is made. A program
 * judges those that this build has tables of (tools/syscalls), and kills who uses another.
 *
 * What a call gets:
 *	the strictest of the lines that fit it (kill, trap, errno, allow), as the kernel
 *	has it for filters upon each other; of two with errno the first
 *	else, where all is allowed that no line is about: ENOSYS, as an older kernel would answer,
 *	if its number is beyond those that were known when this was built (CVE-2021-41133)
 *	else what the profile says of the others
 */
#ifndef SECURE_SECCOMP_H
#define SECURE_SECCOMP_H

#include <stdbool.h>
#include <stdint.h>

#include "conf/conf.h"

struct sock_filter;		/* linux/filter.h */

/* An ABI by which programs may call this kernel. */
struct seccomp_abi {
	uint32_t arch;			/* AUDIT_ARCH_* */
	uint32_t base;			/* the number of the first call in the table */
	const uint32_t *calls;		/* hash of the name of each, 0: there is none */
	const struct seccomp_extra {
		uint32_t hash, nr;
	} *extra;			/* other names, numbers far from those of the table */
	uint16_t n_calls, n_extra;
	bool is_64;			/* width of an argument */
	bool is_big;			/* the higher half of an argument is the first */
	bool has_mux;			/* it has socketcall(2) and ipc(2) */
};
/* Those of this build, the one of its own programs first; those of one arch stand together. */
extern const struct seccomp_abi seccomp_abis[];
extern const unsigned int seccomp_abis_count;

/* The sections of a profile that are about such machines, each with its NUL, and an empty one. */
extern const char seccomp_own_sections[];

/* The number of a call in an ABI; -1: it has none of that name. */
int64_t seccomp_number(const struct seccomp_abi *a, const char *name, size_t len);

/* Compares an argument, as unsigned number, with a value. */
enum seccomp_op { CMP_NE, CMP_LT, CMP_LE, CMP_EQ, CMP_GE, CMP_GT, CMP_MASKED };

struct seccomp_condition {
	uint64_t value, mask;		/* CMP_MASKED: (argument & mask) == value */
	uint8_t argument, op;
};

#define SECCOMP_CONDITIONS 6

struct seccomp_rule {
	uint32_t nr, action;		/* SECCOMP_RET_* */
	uint32_t line;
	uint32_t conditions;		/* where they begin in the profile's; all must be true */
	uint8_t abi;			/* in the list that the profile was read for */
	uint8_t n_conditions;
	bool is_mux;			/* stands in for a line about another call */
};

struct seccomp_profile {
	struct seccomp_rule *rules;
	struct seccomp_condition *conditions;
	unsigned int n_rules, n_conditions, rules_size, conditions_size;
	uint32_t others;		/* what calls get that no line is about */
	unsigned int n_lines;		/* that are about a call */
	bool only_own;			/* version 1: its numbers are those of the first ABI */
	unsigned int line;		/* that is read; of what failed */
	unsigned int n_unknown;
	/* Told of a name that no ABI has, which is no fault; NULL: nobody. arg is for it alone. */
	void (*unknown)(struct seccomp_profile *p, const char *name);
	const void *arg;
};

/* A file may have so many bytes, a line so many. */
#define SECCOMP_TEXT_MAX (256U << 10)
#define SECCOMP_LINE_MAX 1024U

/*
 * Reads a profile of version 1 or 2; text is changed, text[len] must be writable. p is zeros but
 * for unknown and arg. 0; -EINVAL with err for its line, -ENOMEM. To be freed in any case.
 */
int seccomp_parse(struct seccomp_profile *p, const struct seccomp_abi *abis, unsigned int n_abis,
		  char *text, size_t len) MUST_CHECK;
void seccomp_profile_free(struct seccomp_profile *p);

/*
 * The program for those ABIs into at, max instructions at most; their number. -EINVAL with err for
 * a line that contradicts another one, -E2BIG with err. Sorts the rules. A call takes two
 * instructions for each doubling of the number of rules.
 */
int seccomp_compile(struct seccomp_profile *p, const struct seccomp_abi *abis, unsigned int n_abis,
		    struct sock_filter *at, unsigned int max) MUST_CHECK;

/* A program as seccomp(2) takes it, of at most BPF_MAXINSNS instructions. */
struct seccomp_filter {
	struct sock_filter *at;		/* NULL: there is none */
	unsigned int n;
};

/*
 * The filter that lxc.seccomp.profile names; *f is empty when it names none. Unknown names are
 * warned of in the log, once. Reads the file: while / is the host's. *lines: how many are about a
 * call; NULL: not wanted.
 */
int seccomp_read(const struct conf *c, struct seccomp_filter *f, unsigned int *lines) MUST_CHECK;
void seccomp_filter_free(struct seccomp_filter *f);

/*
 * For lxcbox check: what is wrong with the profile is told by its lines, if the file is there. As
 * conf_report.
 */
int seccomp_check(const struct conf *c) MUST_CHECK;

/*
 * This process and those that it will make are under the filter from now on. It takes
 * no_new_privs, or CAP_SYS_ADMIN in the own user namespace, which need not be effective. -errno
 * with err; a kernel without filters is named. Touches no path.
 */
int seccomp_load(const struct seccomp_filter *f) MUST_CHECK;

/* 1: a process is under a filter, by its directory of /proc; 0, -errno with err. */
int seccomp_is_on(int proc_fd) MUST_CHECK;

/*
 * Whether this process is under a filter already and a line lxc.seccomp.allow_nesting = 0 says that
 * this one will do, as LXC has it also without the line. While /proc is the host's.
 */
bool seccomp_is_left_out(const struct conf *c);

#endif
