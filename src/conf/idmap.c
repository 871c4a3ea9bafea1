/* SPDX-License-Identifier: MIT */
/* owns what the lines of lxc.idmap are together */
/* never asks which ids the caller may give away: the kernel does, and newuidmap */
#include <errno.h>

#include "conf/parse.h"
#include "lib/str.h"

#define KEY "lxc.idmap"

void conf_id_map(const struct conf_item *it, struct id_map *m)
{
	const char *at = it->v + 2;
	uint32_t n[3] = { 0 };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		for (; *at >= '0' && *at <= '9'; at++)
			n[i] = n[i] * 10 + (uint32_t)(*at - '0');
		at += *at == ' ';
	}
	*m = (struct id_map){ *it->v == 'g', n[0], n[1], n[2] };
}

static bool overlap(uint32_t a, uint32_t n_a, uint32_t b, uint32_t n_b)
{
	return a < b ? b - a < n_a : a - b < n_b;
}

/* The kernel takes no id twice, on neither side; some have mapped others then (CVE-2018-18955). */
static int check_overlap(const struct conf *c, const struct conf_item *it)
{
	const struct conf_item *before;
	struct id_map a, b;

	conf_id_map(it, &a);
	for (before = c->idmap.first; before != it; before = before->next) {
		conf_id_map(before, &b);
		if (a.is_group == b.is_group &&
		    (overlap(a.inside, a.count, b.inside, b.count) ||
		     overlap(a.outside, a.count, b.outside, b.count)))
			return conf_report(err_set(EINVAL, "'%s' overlaps '%s'", it->v, before->v),
					   it->at, KEY);
	}
	return 0;
}

int conf_check_idmap(const struct conf *c)
{
	unsigned int n[2] = { 0 };
	const struct conf_item *it;
	int ret = 0;

	for (it = c->idmap.first; !ret && it; it = it->next) {
		if (n[*it->v == 'g']++ == ID_MAP_MAX)
			return conf_report(err_set(EINVAL, "more than %d lines", ID_MAP_MAX), it->at,
					   KEY);
		ret = check_overlap(c, it);
	}
	return ret;
}
