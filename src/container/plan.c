/* SPDX-License-Identifier: MIT */
/* owns the table of steps, the plan made from it and the running of its sides */
/* never makes anything itself: the rows do, in steps.c */
#include <errno.h>
#include <stdlib.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"

#define STEP(id, cfg, side_, plan_, act_, undo_) \
	{ .name = #id,                           \
		.side = side_,                   \
		.plan = (cfg) ? plan_ : NULL,    \
		.act = (cfg) ? act_ : NULL,      \
		.undo = (cfg) ? undo_ : NULL },
static const struct step_kind kinds[] = {
#include "container/steps.def"
};
#undef STEP

static const char *const side_names[] = { "host", "clone", "host", "child", "host", "child", "end" };

struct step *plan_add(struct plan *p, const struct step_kind *k, struct origin at, char *text)
{
	struct step *step;

	if (CFG_PLAN && !text)
		return NULL;
	if (p->n == p->size) {
		unsigned int size = p->size ? p->size * 2 : 32;
		struct step *more = realloc(p->steps, size * sizeof(*more));

		if (!more) {
			err_set(ENOMEM, "out of memory");
			free(text);
			return NULL;
		}
		p->steps = more;
		p->size = size;
	}
	step = &p->steps[p->n++];
	*step = (struct step){ .kind = k, .at = at, .text = text };
	return step;
}

int plan_build(struct plan *p, const struct start *s)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!kinds[i].plan)
			continue;
		ret = kinds[i].plan(p, &kinds[i], s);
		if (ret)
			return ret;
	}
	return 0;
}

void plan_free(struct plan *p)
{
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		free(p->steps[i].text);
		if (p->steps[i].mount)
			mount_spec_free(p->steps[i].mount);
		free(p->steps[i].mount);
	}
	free(p->steps);
	*p = (struct plan){ 0 };
}

const char *plan_side_name(enum step_side side)
{
	return side_names[side];
}

int plan_run(struct start *s, enum step_side side, unsigned int *at)
{
	int ret;

	for (*at = 0; *at < s->plan.n; ++*at) {
		const struct step *step = &s->plan.steps[*at];

		if (step->kind->side != side || !step->kind->act)
			continue;
		log_debug("%s: %s: %s", side_names[side], step->kind->name,
			CFG_PLAN ? step->text : "");
		ret = step->kind->act(s, step);
		if (ret < 0)
			return ret;
	}
	return 0;
}

bool plan_has(const struct plan *p, enum step_side side)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->steps[i].kind->side == side)
			return true;
	return false;
}

int (*plan_undo_of(const char *kind))(struct undo *u, char **fields)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].undo && str_eq(kinds[i].name, kind))
			return kinds[i].undo;
	return NULL;
}
