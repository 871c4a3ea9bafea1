/* SPDX-License-Identifier: MIT */
/*
 * Between tar.c, which reads blocks, and tar_parse.c, which knows what is in them.
 */
#ifndef STORE_TAR_PARSE_H
#define STORE_TAR_PARSE_H

#include "store/tar.h"

/* The fields of a header into r->m, r->name and r->target, where pax or GNU had nothing to say. */
int tar_parse_fields(struct tar_reader *r, const char *head) MUST_CHECK;

/*
 * The records of r->extra. -EINVAL without err: they are damaged. A global header may have nothing
 * that acts on members.
 */
int tar_parse_pax(struct tar_reader *r, bool is_global) MUST_CHECK;

/* A part of a sparse file that has data, behind those that are there. -errno with err. */
int tar_add_part(struct tar_reader *r, int64_t at, int64_t n) MUST_CHECK;

#endif
