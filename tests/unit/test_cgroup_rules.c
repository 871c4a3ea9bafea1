/* SPDX-License-Identifier: MIT */
//link: cgroup/rules.c conf/device_rule.c lib/fd.c lib/sys.c lib/str.c lib/err.c
/* owns tests of the model of the kernel's device rules, and of the BPF program written from it */
/* never needs a kernel: the program is run by an interpreter of the few instructions that it uses
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/bpf.c"
#include "cgroup_test.h"

/* Applies rules "-a", "+c 1:3 rwm"; the first failure, or 0. */
static int apply(struct device_set *s, const char *const *rules)
{
	struct device_rule r;
	int ret = 0;

	for (; *rules && !ret; rules++) {
		ret = device_rule_parse(*rules + 1, &r);
		if (!ret)
			ret = device_set_apply(s, **rules == '+', &r);
	}
	return ret;
}

static void expect(const char *name, const char *const *rules, int want_ret, const char *want_list)
{
	struct device_set have = { .allow = true }, want = { 0 };
	const struct device_rule *odd = NULL;
	char list[256], text[DEVICE_TEXT];
	int ret;

	err_clear();
	ret = apply(&have, rules);
	if (ret != want_ret) {
		result(name, false, ret ? err_text() : "accepted");
	} else if (ret) {
		result(name, true, "");
	} else {
		strcpy(list, want_list);
		ret = device_set_read(&want, list);
		result(name, !ret && device_set_equal(&have, &want, &odd),
		       odd ? device_rule_text(odd, text) : "other list");
	}
	device_set_free(&have);
	device_set_free(&want);
}

static void test_lists(void)
{
	expect("rules-deny-all", (const char *[]){ "-a", NULL }, 0, "");
	expect("rules-deny-allow", (const char *[]){ "-a", "+c 1:3 rwm", "+b *:* m", NULL }, 0,
	       "c 1:3 rwm\nb *:* m\n");
	expect("rules-order-free", (const char *[]){ "-a", "+c 1:5 r", "+c 1:3 rwm", NULL }, 0,
	       "c 1:3 rwm\nc 1:5 r\n");
	expect("rules-merge", (const char *[]){ "-a", "+c 1:3 r", "+c 1:3 w", NULL }, 0,
	       "c 1:3 rw\n");
	expect("rules-deny-again",
	       (const char *[]){ "-a", "+c 1:3 rwm", "+c 1:5 r", "-c 1:3 wm", "-c 1:5 r", NULL }, 0,
	       "c 1:3 r\n");
	expect("rules-allow-all-after", (const char *[]){ "-a", "+c 1:3 rwm", "+a", NULL }, 0,
	       "a *:* rwm\n");
	expect("rules-all-twice", (const char *[]){ "+a", "-c 1:3 w", "-a", "+c 1:3 r", NULL }, 0,
	       "c 1:3 r\n");
	expect("rules-deny-nothing", (const char *[]){ "-a", "+c 1:3 rwm", "-b 8:0 rwm", NULL }, 0,
	       "c 1:3 rwm\n");
	expect("rules-inert-narrow-deny", (const char *[]){ "-a", "+c 1:* rwm", "-c 1:3 w", NULL },
	       -EINVAL, "");
	expect("rules-inert-wide-deny", (const char *[]){ "-a", "+c 1:3 rwm", "-c *:* w", NULL },
	       -EINVAL, "");
	expect("rules-inert-allow", (const char *[]){ "-b *:* w", "+b 8:0 w", NULL }, -EINVAL, "");
	result("rules-inert-names-both",
	       strstr(err_text(), "'b 8:0 w'") && strstr(err_text(), "'b *:* w'"), err_text());
}

static void test_compare(void)
{
	struct device_set a = { 0 }, b = { 0 };
	const struct device_rule *odd;
	char more[] = "c 1:3 rwm\nc 1:5 rwm\n", less[] = "c 1:3 rwm\n";
	bool differ;

	differ = !device_set_read(&a, more) && !device_set_read(&b, less) &&
		 !device_set_equal(&a, &b, &odd) && odd && odd->minor == 5;
	result("rules-compare-more",
	       differ && !device_set_equal(&b, &a, &odd) && odd && odd->minor == 5,
	       "difference not found");
	b.allow = true;
	result("rules-compare-default", !device_set_equal(&a, &b, &odd), "difference not found");
	device_set_free(&a);
	device_set_free(&b);
}

/* The verdict of a program for one access; -1: it does something that the kernel's verifier would
 * refuse. */
static int run_program(const struct insn *p, unsigned int count, const uint32_t *ctx)
{
	uint64_t r[11] = { 0 };
	unsigned int at;

	for (at = 0; at < count; at++) {
		const struct insn *i = &p[at];

		switch (i->code) {
		case LDX_W:
			if (i->src != 1 || r[1])
				return -1;
			r[i->dst] = ctx[i->off / 4];
			break;
		case MOV_IMM:
			r[i->dst] = (uint64_t)(int64_t)i->imm;
			break;
		case MOV_REG:
			r[i->dst] = r[i->src];
			break;
		case AND_IMM:
			r[i->dst] &= (uint64_t)(int64_t)i->imm;
			break;
		case RSH_IMM:
			r[i->dst] >>= i->imm;
			break;
		case JEQ_IMM:
		case JNE_IMM:
			if ((r[i->dst] == (uint64_t)(int64_t)i->imm) == (i->code == JEQ_IMM))
				at += (unsigned int)i->off;
			break;
		case EXIT:
			return (int)r[0];
		default:
			return -1;
		}
	}
	return -1;
}

static bool covers(int rule, int number)
{
	return rule == DEVICE_ANY || rule == number;
}

static uint32_t seed = 4711;
static unsigned int dice(unsigned int n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static struct device_rule random_rule(void)
{
	struct device_rule r = { .type = "abbbcccc"[dice(8)], .access = 1 + dice(7) };

	r.major = dice(4) ? (int)dice(3) : DEVICE_ANY;
	r.minor = dice(4) ? (int)dice(3) : DEVICE_ANY;
	if (r.type == 'a')
		r = (struct device_rule){
			.type = 'a', .major = DEVICE_ANY, .minor = DEVICE_ANY, .access = 7
		};
	return r;
}

/* What a reader of the configuration expects: for each single access the last rule that speaks of
 * it decides. */
static bool last_word(const struct device_rule *rule, const bool *allow, unsigned int n, char type,
		      int major, int minor, unsigned int bit)
{
	while (n--)
		if (rule[n].type == 'a' || (rule[n].type == type && covers(rule[n].major, major) &&
					    covers(rule[n].minor, minor) && (rule[n].access & bit)))
			return allow[n];
	return true;
}

static bool check_sequence(const struct device_set *s, const struct device_rule *rule,
			   const bool *allow, unsigned int n)
{
	struct insn program[20 * INSNS_PER_RULE + INSNS_FIXED];
	unsigned int count = write_program(program, s), bit, type;
	int major, minor;

	for (type = 1; type <= 2; type++)
		for (major = 0; major < 4; major++)
			for (minor = 0; minor < 4; minor++)
				for (bit = 1; bit <= 4; bit <<= 1) {
					uint32_t ctx[] = { type | bit << 16, (uint32_t)major,
							   (uint32_t)minor };

					if (run_program(program, count, ctx) !=
					    last_word(rule, allow, n, type == 1 ? 'b' : 'c', major,
						      minor, bit))
						return false;
				}
	return true;
}

/*
 * Whatever sequence is accepted means what it says, and so does the program made of it: the set,
 * the program and the plain reading
 * ("the last rule that speaks of an access decides") agree for every device and access.
 */
static void test_random(void)
{
	unsigned int round, n, k, tried = 0;
	bool good = true;

	for (round = 0; round < 20000 && good; round++) {
		struct device_set s = { .allow = true };
		struct device_rule rule[8];
		bool allow[8];
		int ret = 0;

		n = 1 + dice(8);
		for (k = 0; k < n && !ret; k++) {
			rule[k] = random_rule();
			allow[k] = dice(2);
			err_clear();
			ret = device_set_apply(&s, allow[k], &rule[k]);
		}
		if (!ret) {
			tried++;
			good = check_sequence(&s, rule, allow, n);
		}
		device_set_free(&s);
	}
	result("rules-accepted-mean-what-they-say", good && tried > 5000,
	       good ? "too few sequences tried" : "verdicts differ");
}

/* An access of several kinds at once needs one exception that holds all of them, as on v1. */
static void test_combined(void)
{
	struct device_set s = { .allow = true };
	struct insn program[20 * INSNS_PER_RULE + INSNS_FIXED];
	unsigned int count;
	bool good;

	good = !apply(&s, (const char *[]){ "-a", "+c 1:3 r", "+c 1:* w", "+c 1:5 rw", NULL });
	count = write_program(program, &s);
	good = good && run_program(program, count, (uint32_t[]){ 2 | 6 << 16, 1, 3 }) == 0 &&
	       run_program(program, count, (uint32_t[]){ 2 | 6 << 16, 1, 5 }) == 1 &&
	       run_program(program, count, (uint32_t[]){ 2 | 2 << 16, 1, 3 }) == 1;
	result("rules-bpf-deny-needs-all", good, "wrong verdict");
	device_set_free(&s);

	s = (struct device_set){ .allow = true };
	good = !apply(&s, (const char *[]){ "-c 1:3 w", NULL });
	count = write_program(program, &s);
	good = good && run_program(program, count, (uint32_t[]){ 2 | 6 << 16, 1, 3 }) == 0 &&
	       run_program(program, count, (uint32_t[]){ 2 | 2 << 16, 1, 3 }) == 1;
	result("rules-bpf-allow-loses-any", good, "wrong verdict");
	device_set_free(&s);
}

/* What a container is given and loses while it runs. */
static void test_given(void)
{
	struct device_set s = { .allow = true };
	struct device_rule r = { .type = 'c', .major = 1, .minor = 3, .access = 6 };
	bool good;

	good = !apply(&s, (const char *[]){ "-a", "+c 1:3 r", "+c 1:* w", "+c 1:5 rwm", NULL });
	good = good && !device_set_allows(&s, &r) && device_set_access(&s, &r) == DEVICE_READ;
	r.minor = 5;
	good = good && device_set_allows(&s, &r);
	r.type = 'b';
	good = good && !device_set_allows(&s, &r) && !device_set_access(&s, &r);
	result("rules-allowed-by-one-of-them", good, "wrong");

	/* Though 1:* still says it. */
	r = (struct device_rule){ .type = 'c', .major = 1, .minor = 3, .access = DEVICE_WRITE };
	good = !device_set_apply(&s, true, &r);
	device_set_take(&s, &r);
	r.access = DEVICE_READ;
	good = good && device_set_access(&s, &r) == DEVICE_READ && s.n == 3;
	device_set_take(&s, &r);
	device_set_take(&s, &r);
	result("rules-taken-exactly", good && s.n == 2 && !device_set_access(&s, &r), "wrong");
	device_set_free(&s);

	s = (struct device_set){ .allow = true };
	r.access = 6;
	good = device_set_allows(&s, &r) && !apply(&s, (const char *[]){ "-c 1:3 w", NULL }) &&
	       !device_set_allows(&s, &r);
	r.access = DEVICE_READ;
	result("rules-allowed-but-for-some", good && device_set_allows(&s, &r), "wrong");
	device_set_free(&s);
}

int main(void)
{
	test_lists();
	test_compare();
	test_combined();
	test_given();
	test_random();
	return unit_status();
}
