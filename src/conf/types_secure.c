/* SPDX-License-Identifier: MIT */
/* owns the parsers of values that say what a container may do: profiles, capabilities, limits */
/* never asks the machine: what is accepted is the same everywhere */
#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

#define BLANKS " \t"

int parse_apparmor(struct parse *p, char *v)
{
	/* These two ask for nothing. */
	bool is_none = str_eq(v, "unconfined") || str_eq(v, "unchanged");
	int ret = 0;

	if (!CFG_LSM && !is_none && !p->c->keeps_unbuilt)
		return err_set(EINVAL, "profile '%s' is not in this build (CONFIG_LSM is off)",
			       shown(v));
	if (str_eq(v, "generated"))
		ret = not_yet(p, "profile", v);
	return ret ? ret : put_value(p, v);
}

int parse_caps(struct parse *p, char *v)
{
	struct conf_list *l = p->field;
	char *word;
	int ret = 0;

	while (!ret && (word = str_word(&v, BLANKS))) {
		bool is_none = p->k->type == TYPE_CAPS_KEEP && str_eq(word, "none");

		if (!is_none && cap_number(word) < 0)
			return bad_cap(p->k->type, word);
		/* "none" forgets what was before it, and is forgotten by what follows. */
		if (is_none || (l->first && str_eq(l->first->v, "none")))
			*l = (struct conf_list){ 0 };
		ret = put_item(p, word);
	}
	return ret;
}

int parse_prlimit(struct parse *p, char *v)
{
	uint64_t soft, hard;
	char *from, *to = v;
	int ret = rlimit_number(p->sub);

	if (ret < 0)
		return bad_rlimit(p->sub);
	ret = rlimit_parse(v, &soft, &hard);
	if (ret)
		return ret;
	/* Blanks round the colon do not stay. */
	for (from = v; (*to = *from); from++)
		to += !strchr(BLANKS, *from);
	list_remove(p->field, p->sub, NULL);
	return put_item(p, v);
}
