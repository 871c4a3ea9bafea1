/* SPDX-License-Identifier: MIT */
/* owns the language of system call profiles: text to rules */
/* never passes over a line that it does not understand, never asks the machine */
#include <ctype.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compat.h"
#include "lib/str.h"
#include "secure/seccomp.h"

/* Sections that LXC knows; those of other machines are read and left out. */
static const char sections[] = "all\0x86\0x86_64\0x32\0arm\0arm64\0aarch64\0mips\0mips64\0mips64n32\0"
			       "mipsel\0mipsel64\0mipsel64n32\0ppc\0ppc64\0ppc64le\0s390\0s390x\0"
			       "riscv64\0";

/* In the order of enum seccomp_op. */
static const char operators[] = "NE\0LT\0LE\0EQ\0GE\0GT\0MASKED_EQ\0";
static const char signs[] = "!=\0<\0<=\0==\0>=\0>\0&=\0";

/*
 * What socketcall(2) and ipc(2) call by number. ipc's has a version in its upper half, see
 * ipc/syscall.c of the kernel.
 */
static const char by_socketcall[] = "socket\0bind\0connect\0listen\0accept\0getsockname\0getpeername\0"
				    "socketpair\0send\0recv\0sendto\0recvfrom\0shutdown\0"
				    "setsockopt\0getsockopt\0sendmsg\0recvmsg\0accept4\0recvmmsg\0"
				    "sendmmsg\0";
static const char by_ipc[] = "semop\0semget\0semctl\0semtimedop\0-\0-\0-\0-\0-\0-\0msgsnd\0msgrcv\0"
			     "msgget\0msgctl\0-\0-\0-\0-\0-\0-\0shmat\0shmdt\0shmget\0shmctl\0";

struct reading {
	struct seccomp_profile *p;
	const struct seccomp_abi *abis;
	unsigned int n_abis;
	uint32_t listed;	/* what a line without an action means */
	bool is_ours;		/* the section is of this machine */
};

/* One line about a call. */
struct line {
	char *name;
	size_t len;
	uint32_t action;
	struct seccomp_condition conditions[SECCOMP_CONDITIONS];
	unsigned int n;
};

/* Position of a word in such a list; -1: it is not in it. */
static int find(const char *list, const char *word, size_t len)
{
	int i;

	for (i = 0; *list; i++, list += strlen(list) + 1)
		if (!strncmp(list, word, len) && !list[len])
			return i;
	return -1;
}

static char *skip_blanks(char *s)
{
	return s + strspn(s, " \t");
}

/* Up to n words of one list that grows by halves. */
static int make_room(void *list, unsigned int *size, unsigned int n, size_t each)
{
	void **at = list, *more;

	if (n <= *size)
		return 0;
	more = realloc(*at, (*size + 64 + *size / 2) * each);
	if (!more)
		return err_set(ENOMEM, "out of memory");
	*at = more;
	*size += 64 + *size / 2;
	return 0;
}

/* ---- rules ---- */

static int add_conditions(struct seccomp_profile *p, const struct seccomp_condition *c,
			  unsigned int n)
{
	unsigned int at = p->n_conditions;
	int ret = make_room(&p->conditions, &p->conditions_size, at + n, sizeof(*c));

	if (ret)
		return ret;
	if (n)
		memcpy(p->conditions + at, c, n * sizeof(*c));
	p->n_conditions += n;
	return (int)at;
}

static int add_rule(struct reading *r, const struct line *l, unsigned int abi, int64_t nr, int at,
		    bool is_mux)
{
	struct seccomp_profile *p = r->p;
	int ret = at < 0 ? at : make_room(&p->rules, &p->rules_size, p->n_rules + 1,
					  sizeof(*p->rules));

	if (ret)
		return ret;
	p->rules[p->n_rules++] = (struct seccomp_rule){ .nr = (uint32_t)nr, .action = l->action,
		.line = p->line, .conditions = (uint32_t)at, .abi = (uint8_t)abi,
		.n_conditions = is_mux ? 1 : (uint8_t)l->n, .is_mux = is_mux };
	return 0;
}

/*
 * The same call by another door. What it gets as arguments lies in memory there, which a filter
 * cannot see: a line that would allow some of them allows none, one that refuses some refuses all.
 */
static int add_mux(struct reading *r, const struct line *l, unsigned int abi, bool *found)
{
	static const char name[2][11] = { "socketcall", "ipc" };
	static const char *const lists[2] = { by_socketcall, by_ipc };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		const int which = find(lists[i], l->name, l->len);
		struct seccomp_condition c = { .op = CMP_MASKED, .mask = i ? 0xffff : UINT32_MAX };
		int64_t nr = seccomp_number(&r->abis[abi], name[i], strlen(name[i]));

		if (which < 0 || nr < 0)
			continue;
		*found = true;
		c.value = (uint64_t)which + 1;
		if (l->n && l->action == SECCOMP_RET_ALLOW)
			return 0;
		return add_rule(r, l, abi, nr, add_conditions(r->p, &c, 1), true);
	}
	return 0;
}

static int add_line(struct reading *r, const struct line *l)
{
	bool found = false;
	unsigned int i;
	int ret, at;

	if (!r->is_ours)
		return 0;
	at = add_conditions(r->p, l->conditions, l->n);
	ret = at < 0 ? at : 0;
	for (i = 0; !ret && i < r->n_abis; i++) {
		int64_t nr = seccomp_number(&r->abis[i], l->name, l->len);

		if (nr >= 0)
			ret = add_rule(r, l, i, nr, at, false);
		found |= nr >= 0;
		if (!ret && r->abis[i].has_mux)
			ret = add_mux(r, l, i, &found);
	}
	r->p->n_lines += found;
	if (!ret && !found) {
		l->name[l->len] = '\0';
		r->p->n_unknown++;
		if (r->p->unknown)
			r->p->unknown(r->p, l->name);
	}
	return ret;
}

/* ---- words ---- */

static unsigned int digit_of(char c)
{
	return c >= '0' && c <= '9'   ? (unsigned int)(c - '0')
	       : c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10
	       : c >= 'A' && c <= 'F' ? (unsigned int)(c - 'A') + 10
				      : 16;
}

/* Decimal, 0x hexadecimal or 0 octal, and nothing else. */
static int read_number(const char *s, size_t len, uint64_t *out)
{
	/* What one digit more would not fit behind. */
	static const uint64_t most[] = { UINT64_MAX / 8, UINT64_MAX / 10, UINT64_MAX / 16 };
	unsigned int base = 10, digit;

	if (len > 1 && *s == '0') {
		base = (s[1] | 0x20) == 'x' ? 16 : 8;
		s += base == 16 ? 2 : 1;
		len -= base == 16 ? 2 : 1;
	}
	*out = 0;
	if (!len)
		return -EINVAL;
	for (; len; s++, len--) {
		digit = digit_of(*s);
		if (digit >= base || *out > most[base == 8 ? 0 : base == 10 ? 1 : 2])
			return -EINVAL;
		*out *= base;
		if (*out > UINT64_MAX - digit)
			return -EINVAL;
		*out += digit;
	}
	return 0;
}

/* "[index,value,operator]" or "[index,value,operator,mask]"; *at behind it. */
static int read_condition(struct line *l, char **at)
{
	struct seccomp_condition *c = &l->conditions[l->n];
	char *s = *at + 1, *end = strchr(s, ']'), *word[4];
	size_t len[4], whole = end ? (size_t)(end - *at) + 1 : strlen(*at);
	uint64_t index = 0;
	unsigned int n = 0;
	int op = -1;

	for (; end && n < 4; n++) {
		word[n] = skip_blanks(s);
		s = word[n] + strcspn(word[n], ",]");
		for (len[n] = (size_t)(s - word[n]); len[n]; len[n]--)
			if (!isblank((unsigned char)word[n][len[n] - 1]))
				break;
		if (!len[n] || s++ == end)
			break;
	}
	/* The last one ended at the bracket. */
	n = end && n < 4 && s == end + 1 && len[n] ? n + 1 : 0;
	if (n >= 3) {
		op = find(signs, word[2], len[2]);
		if (op < 0 && len[2] > 9 && !strncmp(word[2], "SCMP_CMP_", 9))
			op = find(operators, word[2] + 9, len[2] - 9);
	}
	if (op < 0 || l->n == SECCOMP_CONDITIONS || read_number(word[0], len[0], &index) ||
	    index > 5 || read_number(word[1], len[1], &c->value) ||
	    (n == 4) != (op == CMP_MASKED) ||
	    (n == 4 && read_number(word[3], len[3], &c->mask)))
		return err_set(EINVAL, "bad condition '%.*s' ([0-5,value,operator], up to 6 of them; "
			       "operators != < <= == >= >, or &= with a mask behind it)",
			       whole > 80 ? 80 : (int)whole, *at);
	c->argument = (uint8_t)index;
	c->op = (uint8_t)op;
	if (op == CMP_MASKED)
		c->value &= c->mask;
	l->n++;
	*at = end + 1;
	return 0;
}

/* An action and its number; nothing: *action stays. *at behind it. */
static int read_action(char **at, uint32_t *action)
{
	char *word = skip_blanks(*at), *number;
	size_t len = strcspn(word, " \t["), digits;
	uint64_t err;

	*at = word + len;
	if (!len)
		return 0;
	if (len == 4 && !strncmp(word, "kill", 4)) {
		*action = COMPAT_SECCOMP_KILL_PROCESS;
	} else if (len == 5 && !strncmp(word, "allow", 5)) {
		*action = SECCOMP_RET_ALLOW;
	} else if (len == 4 && !strncmp(word, "trap", 4)) {
		*action = SECCOMP_RET_TRAP;
	} else if (len == 6 && !strncmp(word, "notify", 6)) {
		return err_set(EINVAL, "action 'notify' is not supported by this version");
	} else if (len == 5 && !strncmp(word, "errno", 5)) {
		number = skip_blanks(*at);
		digits = strcspn(number, " \t[");
		if (!digits || digits > 4 || read_number(number, digits, &err) || err > 4095)
			return err_set(EINVAL, "bad number '%.*s' of errno (0 to 4095)",
				       digits > 80 ? 80 : (int)digits, number);
		*action = SECCOMP_RET_ERRNO | (uint32_t)err;
		*at = number + digits;
	} else {
		return err_set(EINVAL, "unknown action '%.*s' (kill, allow, trap, errno N)",
			       len > 80 ? 80 : (int)len, word);
	}
	return 0;
}

static int refuse_rest(char *rest)
{
	const char *s = skip_blanks(rest);

	return err_set(EINVAL, "'%.*s' is too much", strlen(s) > 80 ? 80 : (int)strlen(s), s);
}

/* ---- lines ---- */

/* umount2(2) with MNT_FORCE. */
static int reject_force_umount(struct reading *r, char *rest)
{
	static char name[] = "umount2";
	struct line l = { .name = name, .len = 7,
		.action = SECCOMP_RET_ERRNO | EACCES, .n = 1,
		.conditions = { { .argument = 1, .op = CMP_MASKED, .value = 1, .mask = 1 } } };

	return *skip_blanks(rest) ? refuse_rest(rest) : add_line(r, &l);
}

static int read_call(struct reading *r, char *s)
{
	struct line l = { .name = s, .action = r->listed };
	char *p;
	int ret;

	for (p = s; isalnum((unsigned char)*p) || *p == '_'; p++)
		;
	l.len = (size_t)(p - s);
	if (!l.len || l.len > 60 || (*p && !isblank((unsigned char)*p) && *p != '['))
		return err_set(EINVAL, "'%.*s' is no name of a system call",
			       (int)(strlen(s) > 80 ? 80 : strlen(s)), s);
	if (l.len == 19 && !strncmp(s, "reject_force_umount", l.len))
		return reject_force_umount(r, p);
	ret = read_action(&p, &l.action);
	for (p = skip_blanks(p); !ret && *p == '['; p = skip_blanks(p))
		ret = read_condition(&l, &p);
	if (!ret && *p)
		return refuse_rest(p);
	return ret ? ret : add_line(r, &l);
}

/*
 * As LXC 3 and later: a section is of a machine, and its lines are for each ABI of that machine's
 * kernel. What one refuses on x86_64 is not to be had by the calls of i386.
 */
static int read_section(struct reading *r, char *s)
{
	size_t len = strcspn(s + 1, "]"), i;

	for (i = 1; i <= len; i++)
		s[i] = (char)tolower((unsigned char)s[i]);
	if (s[len + 1] != ']' || *skip_blanks(s + len + 2) || find(sections, s + 1, len) < 0)
		return err_set(EINVAL, "unknown section '%.*s' ([all], [x86_64], [x86], [x32], "
			       "[arm], [arm64], [mips], [mipsel] and the like)",
			       strlen(s) > 80 ? 80 : (int)strlen(s), s);
	r->is_ours = find("all\0", s + 1, len) == 0 || find(seccomp_own_sections, s + 1, len) >= 0;
	return 0;
}

/* "allowlist [ACTION]" and its like: what the others get. */
static int read_style(struct reading *r, char *s)
{
	static const char styles[] = "allowlist\0whitelist\0denylist\0blacklist\0";
	size_t len = strcspn(s, " \t");
	int style = find(styles, s, len), ret;
	char *rest = s + len;

	if (style < 0 || (r->p->only_own && style > 1))
		return err_set(EINVAL, "'%.*s' is no kind of profile (%s)", len > 80 ? 80 : (int)len,
			       s, r->p->only_own ? "allowlist" : "allowlist, denylist");
	r->listed = style > 1 ? COMPAT_SECCOMP_KILL_PROCESS : SECCOMP_RET_ALLOW;
	r->p->others = style > 1 ? SECCOMP_RET_ALLOW : COMPAT_SECCOMP_KILL_PROCESS;
	if (r->p->only_own)
		return *skip_blanks(rest) ? refuse_rest(rest) : 0;
	ret = read_action(&rest, &r->p->others);
	return !ret && *skip_blanks(rest) ? refuse_rest(rest) : ret;
}

/* Version 1: a number of the first ABI that is allowed. */
static int read_allowed(struct reading *r, char *s)
{
	struct line l = { .action = SECCOMP_RET_ALLOW };
	size_t len = strlen(s);
	uint64_t nr;

	if (read_number(s, len, &nr) || nr > INT32_MAX)
		return err_set(EINVAL, "'%.*s' is no number of a system call",
			       len > 80 ? 80 : (int)len, s);
	r->p->n_lines++;
	return add_rule(r, &l, 0, (int64_t)nr, 0, false);
}

/* Without comment, blanks and the end that a DOS editor leaves; "" when nothing is left. */
static char *cut_line(char *s)
{
	char *p;

	for (p = s; *p; p++)
		if (*p == '#' && (p == s || isblank((unsigned char)p[-1]))) {
			*p = '\0';
			break;
		}
	return str_trim(s);
}

static int read_version(struct reading *r, const char *s)
{
	r->p->only_own = str_eq(s, "1");
	return r->p->only_own || str_eq(s, "2") ? 0
		: err_set(EINVAL, "the first line is not 1 or 2, the version of the profile");
}

int seccomp_parse(struct seccomp_profile *p, const struct seccomp_abi *abis, unsigned int n_abis,
		  char *text, size_t len)
{
	struct reading r = { .p = p, .abis = abis, .n_abis = n_abis, .is_ours = true };
	unsigned int n = 0;
	int ret = 0;
	char *s, *end;

	text[len] = '\0';
	for (s = text; !ret && s < text + len; s = end + 1) {
		end = s + strcspn(s, "\n");
		p->line++;
		if (!*end && end < text + len)
			return err_set(EINVAL, "the line has a byte that is zero");
		*end = '\0';
		if ((size_t)(end - s) > SECCOMP_LINE_MAX)
			return err_set(EINVAL, "the line is longer than %u bytes", SECCOMP_LINE_MAX);
		s = cut_line(s);
		if (!*s)
			continue;
		if (n == 0)
			ret = read_version(&r, s);
		else if (n == 1)
			ret = read_style(&r, s);
		else if (p->only_own)
			ret = read_allowed(&r, s);
		else
			ret = *s == '[' ? read_section(&r, s) : read_call(&r, s);
		n++;
	}
	if (!ret && n < 2)
		return err_set(EINVAL, "the profile ends before it says %s",
			       n ? "allowlist or denylist" : "its version");
	return ret;
}

void seccomp_profile_free(struct seccomp_profile *p)
{
	free(p->rules);
	free(p->conditions);
	p->rules = NULL;
	p->conditions = NULL;
}
