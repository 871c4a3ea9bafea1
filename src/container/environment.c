/* SPDX-License-Identifier: MIT */
/* owns the environment of a program that is to be started in a container */
/* never changes the caller's */
#include "container/environment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/str.h"

/* Room for one more and the closing NULL. */
static int grow(struct environment *e)
{
	char **more;

	if (e->v && (e->n + 1) % 16)
		return 0;
	more = realloc(e->v, (e->n + 17) * sizeof(*more));
	if (!more)
		return err_set(ENOMEM, "out of memory");
	e->v = more;
	return 0;
}

int environment_add(struct environment *e, const char *text)
{
	size_t name = strcspn(text, "=");
	const char *host = text[name] ? NULL : getenv(text);
	char *copy;
	unsigned int i;
	int ret;

	if (!text[name] && !host)
		return err_set(EINVAL, "the caller has no variable '%s'", text);
	copy = host ? str_make("%s=%s", text, host) : str_dup(text);
	if (!copy)
		return -ENOMEM;
	for (i = 0; i < e->n; i++)
		if (!strncmp(e->v[i], text, name) && e->v[i][name] == '=')
			break;
	ret = i == e->n ? grow(e) : 0;
	if (ret) {
		free(copy);
		return ret;
	}
	if (i < e->n)
		free(e->v[i]);
	e->v[i] = copy;
	if (i == e->n)
		e->v[++e->n] = NULL;
	return 0;
}

int environment_add_list(struct environment *e, const struct conf_list *l)
{
	const struct conf_item *it;
	char at[ORIGIN_MAX];
	int ret = 0;

	for (it = l->first; !ret && it; it = it->next) {
		ret = environment_add(e, it->v);
		if (ret)
			err_in(ret, "%slxc.environment", origin_text(it->at, at));
	}
	return ret;
}
