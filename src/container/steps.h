/* SPDX-License-Identifier: MIT */
/*
 * The rows of steps.def. plan_X(p, k, s) adds the steps of a row; act_X(s, step) runs one;
 * undo_X(u, fields) undoes a line of the record. All return 0 or -errno with err.
 */
#ifndef CONTAINER_STEPS_H
#define CONTAINER_STEPS_H

#include "container/container.h"

/* What a step does, for plan_add; NULL without CFG_PLAN. */
#define PLAN_TEXT(...) (CFG_PLAN ? str_make(__VA_ARGS__) : NULL)

/*
 * Adds a step; takes text, which with CFG_PLAN is NULL from a failed str_make only. NULL with err.
 */
struct step *plan_add(
	struct plan *p, const struct step_kind *k, struct origin at, char *text) MUST_CHECK;

/*
 * The name of the directory below the container's own in which its processes are: that of
 * lxc.cgroup.dir.container.inner, or one where it can write to its cgroups; NULL: none.
 */
const char *start_inner(const struct conf *c);

/*
 * The hierarchy of device rules that stand before the first process makes its nodes; NULL: they do
 * not, or it makes none. By act_enter: it goes back there to where it was (cgroup_here before it
 * entered), as long as it sets up.
 */
const struct cgroup_hier *rules_apart(const struct start *s);
int rules_step_out(struct start *s, const char *here);

/* Rows of hooks share these. */
int plan_hook(struct plan *p, const struct step_kind *k, const struct start *s);
int act_hook(struct start *s, const struct step *step);

#define STEP(id, cfg, side, planned, done, undone) \
	int plan_##id(struct plan *p, const struct step_kind *k, const struct start *s); \
	int act_##id(struct start *s, const struct step *step); \
	int undo_##id(struct undo *u, char **fields);
#include "container/steps.def"
#undef STEP

#endif
