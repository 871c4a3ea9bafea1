/* SPDX-License-Identifier: MIT */
/* owns what a line of lxc.idmap says */
/* never asks which ids the caller may give away: the kernel does, and newuidmap */
#include "conf/conf.h"

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
