/* SPDX-License-Identifier: MIT */
/* owns the rows of the step table for labels of security modules, their way into a program */
/* never lets a program begin with another label than was asked for */
#include <errno.h>
#include <string.h>

#include "container/label.h"
#include "container/steps.h"
#include "lib/str.h"

/* Of the child between its files and its exec. */
static struct labels labels;

/* What a line of the configuration asks for, by its text alone. */
static const struct conf_str *wanted_line(const struct conf *c)
{
	const struct conf_str *aa = &c->aa_profile;

	if (aa->v && !str_eq(aa->v, "unchanged"))
		return aa;
	return c->se_context.v ? &c->se_context : NULL;
}

/* ---- label: asked on the host before anything is made ---- */

int plan_label(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *line = wanted_line(s->conf);

	if (!line && s->conf->se_context_keyring.v)
		line = &s->conf->se_context_keyring;
	return !line || plan_add(p, k, line->at, PLAN_TEXT("the kernel knows '%s'", line->v)) ?
		       0 :
		       -ENOMEM;
}

int act_label(struct start *s, const struct step *step)
{
	int ret = labels_check(s->conf);

	if (!ret && s->execute && s->conf->hook_start.first && wanted_line(s->conf))
		ret = err_set(EINVAL, "lxc.hook.start has no label under lxc-execute, whose process 1 "
				      "takes it last");
	return ret;
}

/* ---- confine: by the child ---- */

int plan_confine(struct plan *p, const struct step_kind *k, const struct start *s)
{
	const struct conf_str *line = wanted_line(s->conf);

	return !line || plan_add(p, k, line->at, PLAN_TEXT("%s with the exec", line->v)) ? 0 :
											  -ENOMEM;
}

int label_enter(struct start *s)
{
	int ret;

	labels_wanted(s->conf, &labels);
	ret = labels_open(&labels, s->execute);
	if (!ret && s->conf->se_context_keyring.v)
		ret = labels_key_context(&s->conf->se_context_keyring);
	return ret;
}

/*
 * Before the ids change: a kernel of 2021 (5.13-rc4 and what took that over) hears nobody whose
 * credentials are not those of the opening.
 */
int act_confine(struct start *s, const struct step *step)
{
	char at[ORIGIN_MAX];
	int ret = s->execute ? 0 : labels_take(&labels, false);
	size_t n = strlen(origin_text(step->at, at));

	/* The key is named already. */
	if (n > 2)
		at[n - 2] = '\0';
	return ret && n ? err_in(ret, "%s", at) : ret;
}

int label_last(struct start *s)
{
	return labels_take(&labels, true);
}
