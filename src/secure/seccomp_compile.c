/* SPDX-License-Identifier: MIT */
/* owns the way from rules to a program of the kernel's packet filter */
/* never asks the machine, never allocates more than a few words for each rule */
/*
 * The program finds the ABI by the word "arch" (and on x86_64 by bit 30 of the number, which x32
 * has), then the number by halves, then looks at arguments where a rule has conditions:
 *
 *	arch == A ? numbers of A : arch == B ? ... : kill
 *	number >= middle ? upper half : lower half, down to a span of numbers that get the same
 *
 * A jump by a condition reaches 255 instructions; where that is not enough one without it follows.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compat.h"
#include "lib/str.h"
#include "secure/seccomp.h"

/* Numbers from one on, up to the next span, get the same. */
struct span {
	uint32_t from, action;
	int rule;		/* the first of the rules that have conditions, -1: action */
};

struct emitter {
	struct seccomp_profile *p;
	const struct seccomp_abi *abi;
	struct span *spans;
	struct sock_filter *at;
	unsigned int n, max;	/* n goes on beyond max */
};

static void put(struct emitter *e, uint16_t code, uint32_t k, unsigned int jt, unsigned int jf)
{
	if (e->n < e->max)
		e->at[e->n] = (struct sock_filter){ code, (uint8_t)jt, (uint8_t)jf, k };
	e->n++;
}

static void put_load(struct emitter *e, size_t offset)
{
	put(e, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void put_return(struct emitter *e, uint32_t action)
{
	put(e, BPF_RET | BPF_K, action, 0, 0);
}

/* ---- conditions ---- */

/* Jumps that leave a rule are marked so, and told where it ends when that is known. */
#define LEAVES 255

static void load_half(struct emitter *e, unsigned int argument, bool high)
{
	put_load(e, offsetof(struct seccomp_data, args) + argument * 8 +
			    (high != e->abi->is_big ? 4 : 0));
}

/* Goes on when the condition is true. */
static void put_condition(struct emitter *e, const struct seccomp_condition *c)
{
	const uint32_t high = (uint32_t)(c->value >> 32), low = (uint32_t)c->value;
	const bool is_less = c->op == CMP_LT || c->op == CMP_LE;
	/* a < v is not a >= v, a <= v not a > v */
	const bool is_strict = c->op == CMP_GT || c->op == CMP_LE;
	const uint16_t test = BPF_JMP | BPF_K | (uint16_t)(is_strict ? BPF_JGT : BPF_JGE);

	load_half(e, c->argument, true);
	switch ((enum seccomp_op)c->op) {
	case CMP_EQ:
		put(e, BPF_JMP | BPF_JEQ | BPF_K, high, 0, LEAVES);
		load_half(e, c->argument, false);
		put(e, BPF_JMP | BPF_JEQ | BPF_K, low, 0, LEAVES);
		break;
	case CMP_NE:
		put(e, BPF_JMP | BPF_JEQ | BPF_K, high, 0, 2);
		load_half(e, c->argument, false);
		put(e, BPF_JMP | BPF_JEQ | BPF_K, low, LEAVES, 0);
		break;
	case CMP_MASKED:
		put(e, BPF_ALU | BPF_AND | BPF_K, (uint32_t)(c->mask >> 32), 0, 0);
		put(e, BPF_JMP | BPF_JEQ | BPF_K, high, 0, LEAVES);
		load_half(e, c->argument, false);
		put(e, BPF_ALU | BPF_AND | BPF_K, (uint32_t)c->mask, 0, 0);
		put(e, BPF_JMP | BPF_JEQ | BPF_K, low, 0, LEAVES);
		break;
	default:
		put(e, BPF_JMP | BPF_JGT | BPF_K, high, is_less ? LEAVES : 3, 0);
		put(e, BPF_JMP | BPF_JEQ | BPF_K, high, 0, is_less ? 2 : LEAVES);
		load_half(e, c->argument, false);
		put(e, test, low, is_less ? LEAVES : 0, is_less ? 0 : LEAVES);
	}
}

/*
 * The same where an argument has 32 bits: what a kernel of 64 has in the upper half there may be
 * zeros or the sign (MIPS), and is not looked at. A value whose upper half is all ones is a
 * negative number; else one that does not fit is greater than all that do.
 */
static void put_narrow(struct emitter *e, const struct seccomp_condition *c)
{
	const bool is_negative = c->value >> 31 == 0x1ffffffff;
	const bool is_beyond = c->value >> 32 && !is_negative;
	const uint32_t low = (uint32_t)c->value;
	static const struct {
		uint16_t test;
		bool is_wanted;		/* what the test has to say */
		bool is_beyond;		/* what is true of a value that does not fit */
	} tests[] = {
		[CMP_NE] = { BPF_JEQ, false, true }, [CMP_LT] = { BPF_JGE, false, true },
		[CMP_LE] = { BPF_JGT, false, true }, [CMP_EQ] = { BPF_JEQ, true, false },
		[CMP_GE] = { BPF_JGE, true, false }, [CMP_GT] = { BPF_JGT, true, false },
		[CMP_MASKED] = { BPF_JEQ, true, false },
	};

	if (c->op != CMP_MASKED && is_beyond) {
		/* True of every argument, or of none. */
		if (!tests[c->op].is_beyond)
			put(e, BPF_JMP | BPF_JEQ | BPF_K, 0, LEAVES, LEAVES);
		return;
	}
	load_half(e, c->argument, false);
	if (c->op == CMP_MASKED)
		put(e, BPF_ALU | BPF_AND | BPF_K, (uint32_t)c->mask, 0, 0);
	put(e, (uint16_t)(BPF_JMP | BPF_K | tests[c->op].test), low,
	    tests[c->op].is_wanted ? 0 : LEAVES, tests[c->op].is_wanted ? LEAVES : 0);
}

/* The rules of one call that have conditions, the strictest first, up to one that has none. */
static void put_rules(struct emitter *e, unsigned int i)
{
	const struct seccomp_rule *r = &e->p->rules[i], *first = r;

	for (; r < e->p->rules + e->p->n_rules && r->nr == first->nr && r->abi == first->abi; r++) {
		const unsigned int begin = e->n;
		unsigned int k, at;

		for (k = 0; k < r->n_conditions; k++)
			(e->abi->is_64 ? put_condition : put_narrow)(e, &e->p->conditions[
				r->conditions + k]);
		put_return(e, r->action);
		for (at = begin; at + 1 < e->n && at < e->max; at++) {
			struct sock_filter *f = &e->at[at];

			if (BPF_CLASS(f->code) != BPF_JMP)
				continue;
			if (f->jt == LEAVES)
				f->jt = (uint8_t)(e->n - at - 1);
			if (f->jf == LEAVES)
				f->jf = (uint8_t)(e->n - at - 1);
		}
		if (!r->n_conditions)
			return;
	}
	put_return(e, e->p->others);
}

/* ---- numbers ---- */

/* What lies between is put in behind a jump once its length is known. */
static void close_jump(struct emitter *e, unsigned int at)
{
	const unsigned int length = e->n - at - 1;

	if (length <= 255) {
		if (at < e->max)
			e->at[at].jt = (uint8_t)length;
		return;
	}
	put_return(e, 0);
	if (e->n > e->max)
		return;
	memmove(&e->at[at + 2], &e->at[at + 1], length * sizeof(*e->at));
	e->at[at].jf = 1;
	e->at[at + 1] = (struct sock_filter){ BPF_JMP | BPF_JA, 0, 0, length };
}

static void put_spans(struct emitter *e, unsigned int low, unsigned int high)
{
	const struct span *s = &e->spans[low];
	unsigned int middle = (low + high) / 2, at = e->n;

	if (high - low > 1) {
		put(e, BPF_JMP | BPF_JGE | BPF_K, e->spans[middle].from, 0, 0);
		put_spans(e, low, middle);
		close_jump(e, at);
		put_spans(e, middle, high);
	} else if (s->rule < 0) {
		put_return(e, s->action);
	} else {
		put_rules(e, (unsigned int)s->rule);
	}
}

static unsigned int add_span(struct span *spans, unsigned int n, uint32_t from, uint32_t action,
			     int rule)
{
	if (n && spans[n - 1].rule < 0 && rule < 0 && spans[n - 1].action == action)
		return n;
	spans[n] = (struct span){ from, action, rule };
	return n + 1;
}

/* What a number gets that no rule is about, and the next one that may get something else. */
static uint32_t background(const struct emitter *e, uint64_t nr, uint64_t *next)
{
	const struct seccomp_abi *a = e->abi;
	/* Where the table ends, and the numbers that lie far behind it (ARM has some). */
	uint64_t bound[] = { (uint64_t)a->base + a->n_calls, UINT32_MAX, 0 };
	unsigned int i;

	for (i = 0; i < a->n_extra; i++) {
		const uint64_t at = a->extra[i].nr;

		if (at >= bound[0] && at < bound[1])
			bound[1] = at;
		if (at >= bound[0] && at >= bound[2])
			bound[2] = at + 1;
	}
	*next = (uint64_t)UINT32_MAX + 1;
	for (i = 0; i < ARRAY_SIZE(bound); i++)
		if (bound[i] > nr && bound[i] < *next)
			*next = bound[i];
	return e->p->others != SECCOMP_RET_ALLOW || nr < bound[0] ||
			       (nr >= bound[1] && nr < bound[2])
		       ? e->p->others
		       : SECCOMP_RET_ERRNO | ENOSYS;
}

/* The spans of one ABI, whose rules are those from i on; their number. */
static unsigned int make_spans(const struct emitter *e, unsigned int i, unsigned int abi)
{
	const struct seccomp_rule *r = e->p->rules;
	const unsigned int all = e->p->n_rules;
	unsigned int n = 0;
	uint64_t nr, next;

	for (nr = 0; nr <= UINT32_MAX; nr = next) {
		const uint32_t action = background(e, nr, &next);

		if (i == all || r[i].abi != abi || r[i].nr != nr) {
			n = add_span(e->spans, n, (uint32_t)nr, action, -1);
			if (i < all && r[i].abi == abi && r[i].nr < next)
				next = r[i].nr;
			continue;
		}
		n = add_span(e->spans, n, (uint32_t)nr, r[i].action,
			     r[i].n_conditions ? (int)i : -1);
		while (i < all && r[i].abi == abi && r[i].nr == nr)
			i++;
		next = nr + 1;
	}
	return n;
}

/* ---- rules in order ---- */

/* As seccomp(2) has it: the lower, as a signed number, is the stricter. */
static int strictness(const struct seccomp_rule *r)
{
	return (int32_t)(r->action & 0xffff0000U);
}

static int compare(const void *a, const void *b)
{
	const struct seccomp_rule *x = a, *y = b;

	if (x->abi != y->abi)
		return x->abi < y->abi ? -1 : 1;
	if (x->nr != y->nr)
		return x->nr < y->nr ? -1 : 1;
	if (strictness(x) != strictness(y))
		return strictness(x) < strictness(y) ? -1 : 1;
	return x->line < y->line ? -1 : x->line > y->line;
}

static bool has_same(const struct seccomp_profile *p, const struct seccomp_rule *x,
		     const struct seccomp_rule *y)
{
	const struct seccomp_condition *c = &p->conditions[x->conditions],
				       *d = &p->conditions[y->conditions];
	unsigned int i;

	if (x->n_conditions != y->n_conditions)
		return false;
	for (i = 0; i < x->n_conditions; i++)
		if (c[i].argument != d[i].argument || c[i].op != d[i].op ||
		    c[i].value != d[i].value || c[i].mask != d[i].mask)
			return false;
	return true;
}

/* Two lines with the same conditions that want different things: one of them is not meant. */
static int refuse_contradictions(struct seccomp_profile *p)
{
	const struct seccomp_rule *x, *y, *end = p->rules + p->n_rules;

	for (x = p->rules; x < end; x++) {
		for (y = x + 1; y < end && y->nr == x->nr && y->abi == x->abi; y++) {
			const uint32_t first = x->line < y->line ? x->line : y->line;

			if (x->action == y->action || x->is_mux || y->is_mux || !has_same(p, x, y))
				continue;
			p->line = x->line + y->line - first;
			return err_set(EINVAL, "the line contradicts line %u", first);
		}
	}
	return 0;
}

/* ---- the program ---- */

/* Puts in the length of what has come since a jump without a condition. */
static void close_leap(struct emitter *e, unsigned int at)
{
	if (at < e->max)
		e->at[at].k = e->n - at - 1;
}

static void put_abi(struct emitter *e, const struct seccomp_abi *abi, unsigned int which)
{
	unsigned int i;

	for (i = 0; i < e->p->n_rules && e->p->rules[i].abi != which; i++)
		;
	e->abi = abi;
	put_spans(e, 0, make_spans(e, i, which));
}

/* Those of one arch from i on; how many. x32, the second, is told by the number. */
static unsigned int put_arch(struct emitter *e, const struct seccomp_abi *abis, unsigned int i,
			     unsigned int n_abis)
{
	const bool has_x32 = i + 1 < n_abis && abis[i + 1].arch == abis[i].arch;
	unsigned int other, narrow;

	put(e, BPF_JMP | BPF_JEQ | BPF_K, abis[i].arch, 1, 0);
	other = e->n;
	put(e, BPF_JMP | BPF_JA, 0, 0, 0);
	put_load(e, offsetof(struct seccomp_data, nr));
	if (has_x32) {
		put(e, BPF_JMP | BPF_JGE | BPF_K, abis[i + 1].base, 0, 1);
		narrow = e->n;
		put(e, BPF_JMP | BPF_JA, 0, 0, 0);
	}
	put_abi(e, &abis[i], i);
	if (has_x32) {
		close_leap(e, narrow);
		put_abi(e, &abis[i + 1], i + 1);
	}
	close_leap(e, other);
	return has_x32 ? 2 : 1;
}

int seccomp_compile(struct seccomp_profile *p, const struct seccomp_abi *abis, unsigned int n_abis,
		    struct sock_filter *at, unsigned int max)
{
	struct emitter e = { .p = p, .at = at, .max = max };
	unsigned int i;
	int ret;

	if (p->n_rules)
		qsort(p->rules, p->n_rules, sizeof(*p->rules), compare);
	ret = refuse_contradictions(p);
	if (ret)
		return ret;
	e.spans = malloc((2 * p->n_rules + 8) * sizeof(*e.spans));
	if (!e.spans)
		return err_set(ENOMEM, "out of memory");
	if (p->only_own)
		n_abis = 1;
	put_load(&e, offsetof(struct seccomp_data, arch));
	for (i = 0; i < n_abis;)
		i += put_arch(&e, abis, i, n_abis);
	put_return(&e, COMPAT_SECCOMP_KILL_PROCESS);
	free(e.spans);
	if (e.n <= max)
		return (int)e.n;
	p->line = 0;
	return err_set(E2BIG, "it takes %u instructions, the kernel has room for %u", e.n, max);
}
