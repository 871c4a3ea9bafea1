/* SPDX-License-Identifier: MIT */
/* owns the model of the kernel's device rules */
/* never touches the kernel: what it computes is compared with what the kernel says */
#include "cgroup/rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"

void device_set_free(struct device_set *s)
{
	free(s->rule);
	*s = (struct device_set){ 0 };
}

static bool is_same_device(const struct device_rule *a, const struct device_rule *b)
{
	return a->type == b->type && a->major == b->major && a->minor == b->minor;
}

static bool numbers_meet(int a, int b)
{
	return a == b || a == DEVICE_ANY || b == DEVICE_ANY;
}

static bool rules_meet(const struct device_rule *a, const struct device_rule *b)
{
	return a->type == b->type && numbers_meet(a->major, b->major) &&
	       numbers_meet(a->minor, b->minor) && (a->access & b->access);
}

const char *device_rule_text(const struct device_rule *r, char *buf)
{
	char major_nr[12] = "*", minor_nr[12] = "*";

	if (r->major != DEVICE_ANY)
		str_format(major_nr, sizeof(major_nr), "%d", r->major);
	if (r->minor != DEVICE_ANY)
		str_format(minor_nr, sizeof(minor_nr), "%d", r->minor);
	str_format(buf, DEVICE_TEXT, "%c %s:%s %s%s%s", r->type, major_nr, minor_nr,
		   r->access & DEVICE_READ ? "r" : "", r->access & DEVICE_WRITE ? "w" : "",
		   r->access & DEVICE_MKNOD ? "m" : "");
	return buf;
}

int device_set_reserve(struct device_set *s, unsigned int more)
{
	struct device_rule *rule;

	if (s->size - s->n >= more)
		return 0;
	more = (s->n + more + 31) / 32 * 32;
	rule = realloc(s->rule, more * sizeof(*rule));
	if (!rule)
		return err_set(ENOMEM, "out of memory");
	s->rule = rule;
	s->size = more;
	return 0;
}

/* The exception for these numbers, NULL: there is none. */
static struct device_rule *find_exception(const struct device_set *s, const struct device_rule *r)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (is_same_device(&s->rule[i], r))
			return &s->rule[i];
	return NULL;
}

unsigned int device_set_access(const struct device_set *s, const struct device_rule *r)
{
	const struct device_rule *found = find_exception(s, r);

	return found ? found->access : 0;
}

bool device_set_allows(const struct device_set *s, const struct device_rule *r)
{
	unsigned int i;

	for (i = 0; i < s->n; i++)
		if (rules_meet(&s->rule[i], r) &&
		    (s->allow || !(r->access & ~s->rule[i].access)))
			break;
	return s->allow == (i == s->n);
}

static int add_exception(struct device_set *s, const struct device_rule *r)
{
	struct device_rule *found = find_exception(s, r);
	int ret;

	if (found) {
		found->access |= r->access;
		return 0;
	}
	ret = device_set_reserve(s, 1);
	if (!ret)
		s->rule[s->n++] = *r;
	return ret;
}

void device_set_take(struct device_set *s, const struct device_rule *r)
{
	struct device_rule *found = find_exception(s, r);

	if (!found)
		return;
	found->access &= ~r->access;
	if (!found->access)
		*found = s->rule[--s->n];
}

static int remove_exception(struct device_set *s, const struct device_rule *r)
{
	char text[DEVICE_TEXT], other[DEVICE_TEXT];
	unsigned int i;

	device_set_take(s, r);
	for (i = 0; i < s->n; i++)
		if (rules_meet(&s->rule[i], r))
			return err_set(EINVAL, "'%s' would have no effect after '%s': the "
				       "kernel removes exact matches only",
				       device_rule_text(r, text),
				       device_rule_text(&s->rule[i], other));
	return 0;
}

int device_set_apply(struct device_set *s, bool allow, const struct device_rule *r)
{
	if (r->type == 'a') {
		s->n = 0;
		s->allow = allow;
		return 0;
	}
	return s->allow == allow ? remove_exception(s, r) : add_exception(s, r);
}

int device_set_read(struct device_set *s, char *list)
{
	struct device_rule r;
	char *line;
	int ret = 0;

	*s = (struct device_set){ 0 };
	while (!ret && (line = str_word(&list, "\n"))) {
		ret = device_rule_parse(line, &r);
		if (!ret && r.type == 'a')
			s->allow = true;
		else if (!ret)
			ret = add_exception(s, &r);
	}
	return ret;
}

static const struct device_rule *find_odd(const struct device_set *a, const struct device_set *b)
{
	unsigned int i, k;

	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n; k++)
			if (is_same_device(&a->rule[i], &b->rule[k]) &&
			    a->rule[i].access == b->rule[k].access)
				break;
		if (k == b->n)
			return &a->rule[i];
	}
	return NULL;
}

bool device_set_equal(const struct device_set *a, const struct device_set *b,
		      const struct device_rule **odd)
{
	*odd = NULL;
	if (a->allow != b->allow)
		return false;
	/* Exceptions to "everything is allowed" cannot be read back. */
	if (a->allow)
		return true;
	*odd = find_odd(a, b);
	if (!*odd)
		*odd = find_odd(b, a);
	return !*odd;
}
