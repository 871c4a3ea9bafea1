/* SPDX-License-Identifier: MIT */
/* owns what tests of seccomp profiles share: a machine that runs programs, and what the rules mean without one */
/* never calls the kernel */
#ifndef SECCOMP_TEST_H
#define SECCOMP_TEST_H

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compat.h"
#include "secure/seccomp.h"

/* A call as a kernel sees it, which may have the halves of a word the other way round than we. */
struct call {
	uint32_t nr, arch;
	uint64_t args[6];
};

#define BROKEN 0xdeadU

/* As net/core/filter.c runs what seccomp allows of it; *steps: how many instructions it took. */
static inline uint32_t run_program(const struct sock_filter *f, unsigned int n, const struct call *c, bool is_big,
				   unsigned int *steps)
{
	uint32_t a = 0;
	unsigned int at, i;

	*steps = 0;
	for (at = 0; at < n; at++) {
		const struct sock_filter *x = &f[at];

		++*steps;
		switch (x->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			if (x->k == 0)
				a = c->nr;
			else if (x->k == 4)
				a = c->arch;
			else if (x->k < 16 || x->k > 60 || x->k % 4)
				return BROKEN;
			else {
				i = (x->k - 16) / 8;
				a = (uint32_t)(c->args[i] >> ((x->k % 8 != 0) != is_big ? 32 : 0));
			}
			break;
		case BPF_ALU | BPF_AND | BPF_K:
			a &= x->k;
			break;
		case BPF_JMP | BPF_JA:
			at += x->k;
			break;
		case BPF_JMP | BPF_JEQ | BPF_K:
			at += a == x->k ? x->jt : x->jf;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			at += a >= x->k ? x->jt : x->jf;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			at += a > x->k ? x->jt : x->jf;
			break;
		case BPF_RET | BPF_K:
			return x->k;
		default:
			return BROKEN;
		}
	}
	return BROKEN;
}

static inline bool is_true(const struct seccomp_condition *c, const struct seccomp_abi *abi, uint64_t arg)
{
	uint64_t v = c->value;

	if (!abi->is_64) {
		arg = (uint32_t)arg;
		/* A negative number; and of a mask the upper half sees nothing. */
		if (c->op == CMP_MASKED || v >= 0xffffffff80000000)
			v = (uint32_t)v;
	}
	switch ((enum seccomp_op)c->op) {
	case CMP_NE: return arg != v;
	case CMP_LT: return arg < v;
	case CMP_LE: return arg <= v;
	case CMP_EQ: return arg == v;
	case CMP_GE: return arg >= v;
	case CMP_GT: return arg > v;
	case CMP_MASKED: return (arg & (abi->is_64 ? c->mask : (uint32_t)c->mask)) == v;
	}
	return false;
}

/* The strictest of all rules that fit, of two with errno the first; else what the others get. */
static inline uint32_t meaning(const struct seccomp_profile *p, const struct seccomp_abi *abis, unsigned int n_abis,
			       const struct call *c)
{
	const struct seccomp_rule *best = NULL, *r;
	unsigned int i, k, abi = n_abis;

	for (i = 0; i < (p->only_own ? 1 : n_abis); i++)
		if (abis[i].arch == c->arch && (abi == n_abis || c->nr >= abis[i].base))
			abi = i;
	if (abi == n_abis)
		return COMPAT_SECCOMP_KILL_PROCESS;
	for (r = p->rules; r < p->rules + p->n_rules; r++) {
		if (r->abi != abi || r->nr != c->nr)
			continue;
		for (k = 0; k < r->n_conditions; k++)
			if (!is_true(&p->conditions[r->conditions + k], &abis[abi],
				     c->args[p->conditions[r->conditions + k].argument]))
				break;
		if (k < r->n_conditions)
			continue;
		if (!best || (int32_t)(r->action & 0xffff0000) < (int32_t)(best->action & 0xffff0000) ||
		    ((r->action & 0xffff0000) == (best->action & 0xffff0000) && r->line < best->line))
			best = r;
	}
	if (best)
		return best->action;
	if (p->others != SECCOMP_RET_ALLOW)
		return p->others;
	for (r = p->rules; r < p->rules + p->n_rules; r++)
		if (r->abi == abi && r->nr == c->nr)
			return p->others;
	if (c->nr >= abis[abi].base + abis[abi].n_calls) {
		uint32_t low = UINT32_MAX, high = 0;

		for (i = 0; i < abis[abi].n_extra; i++) {
			uint32_t nr = abis[abi].extra[i].nr;

			if (nr < abis[abi].base + abis[abi].n_calls)
				continue;
			low = nr < low ? nr : low;
			high = nr > high ? nr : high;
		}
		return c->nr >= low && c->nr <= high ? p->others : SECCOMP_RET_ERRNO | ENOSYS;
	}
	return p->others;
}

/* Small machines of every kind, beside those of this build. */
static const uint32_t own_calls[] = { 2391735386U /* read */, 702617631U /* write */, 800523597U /* mount */, 0, 0 };
static const struct seccomp_extra far_calls[] = { { 3678413278U /* set_tls */, 983045 }, { 56267661U /* breakpoint */, 983041 } };
static const struct seccomp_abi odd_abis[] = {
	{ .arch = 1, .base = 4000, .calls = own_calls, .n_calls = 5, .extra = far_calls, .n_extra = 2, .is_big = true },
	{ .arch = 2, .calls = own_calls, .n_calls = 5, .is_64 = true, .is_big = true },
	{ .arch = 2, .base = 0x40000000, .calls = own_calls, .n_calls = 5, .is_64 = true, .is_big = true },
	{ .arch = 3, .calls = own_calls, .n_calls = 5 },
};

/* One call in the program and by the rules; false: they differ. */
static inline bool is_same_for(struct seccomp_profile *p, const struct seccomp_abi *abis, unsigned int n_abis,
			       const struct sock_filter *f, unsigned int n, const struct call *c, bool is_big)
{
	unsigned int steps;

	return run_program(f, n, c, is_big, &steps) == meaning(p, abis, n_abis, c);
}

/* Calls with the numbers and arguments that the rules are about, and those beside them; *bad is the first that differs. */
static inline bool is_same(struct seccomp_profile *p, const struct seccomp_abi *abis, unsigned int n_abis,
			   const struct sock_filter *f, unsigned int n, struct call *bad)
{
	static const uint64_t beside[] = { 0, 1, (uint64_t)-1, (uint64_t)1 << 32, (uint64_t)-1 << 32, (uint64_t)1 << 31 };
	unsigned int i, k, b;
	uint32_t nr;

	for (i = 0; i < n_abis; i++)
		for (nr = 0; nr < 3; nr++) {
			const uint32_t end = abis[i].base + abis[i].n_calls;

			*bad = (struct call){ .arch = abis[i].arch, .nr = nr ? end + nr - 2 : abis[i].base };
			if (!is_same_for(p, abis, n_abis, f, n, bad, abis[i].is_big))
				return false;
		}
	*bad = (struct call){ .arch = 77 };
	if (!is_same_for(p, abis, n_abis, f, n, bad, false))
		return false;
	for (i = 0; i < p->n_rules && i < 200; i++) {
		const struct seccomp_rule *r = &p->rules[i];

		for (nr = r->nr - 1; nr != r->nr + 2; nr++) {
			*bad = (struct call){ .arch = abis[r->abi].arch, .nr = nr };
			if (!is_same_for(p, abis, n_abis, f, n, bad, abis[r->abi].is_big))
				return false;
		}
		bad->nr = r->nr;
		/* All true at once, then one argument moved. */
		for (k = 0; k < r->n_conditions; k++)
			bad->args[p->conditions[r->conditions + k].argument] = p->conditions[r->conditions + k].value;
		for (k = 0; k < r->n_conditions; k++) {
			const struct seccomp_condition *c = &p->conditions[r->conditions + k];

			for (b = 0; b < 2 * sizeof(beside) / sizeof(*beside); b++) {
				const uint64_t by = beside[b / 2];

				bad->args[c->argument] = b % 2 ? c->value + by : c->value ^ by;
				if (!is_same_for(p, abis, n_abis, f, n, bad, abis[r->abi].is_big))
					return false;
			}
			bad->args[c->argument] = c->value;
		}
	}
	return true;
}

#endif
