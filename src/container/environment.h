/* SPDX-License-Identifier: MIT */
/* An environment that grows by variables, for execve(2). */
#ifndef CONTAINER_ENVIRONMENT_H
#define CONTAINER_ENVIRONMENT_H

#include "conf/conf.h"

struct environment {
	char **v;	/* NULL-terminated; NULL: empty and nothing allocated */
	unsigned int n;
};

/*
 * Sets NAME=VALUE; NAME alone copies the caller's (-EINVAL when he has none). One of that name is
 * replaced in its place. 0 or -errno with err.
 */
int environment_add(struct environment *e, const char *text) MUST_CHECK;
/* Those of lxc.environment in their order; err names the line. */
int environment_add_list(struct environment *e, const struct conf_list *l) MUST_CHECK;

#endif
