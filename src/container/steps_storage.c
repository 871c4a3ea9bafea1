/* SPDX-License-Identifier: MIT */
/* owns the step that makes the devices of a root which lies in an image */
/* never makes one before its line is in the record */
#include <errno.h>

#include "container/container.h"
#include "container/steps.h"
#include "lib/fd.h"
#include "lib/str.h"

int plan_loop(struct plan *p, const struct step_kind *k, const struct start *s)
{
	return !rootfs_is_on_device(s->conf) ||
			       plan_add(p, k, s->conf->rootfs_path.at,
					PLAN_TEXT("the devices of '%s'", s->conf->rootfs_path.v)) ?
		       0 :
		       -ENOMEM;
}

static int tell(void *arg, const char *kind, const char *const *fields)
{
	const struct run_dir *d = arg;
	struct record_lines l;
	int ret;

	if (kind)
		return record_add(d, kind, fields);
	l.n = 0;
	ret = record_put_void(d, &l, 1);
	return ret ? ret : record_write(d, &l);
}

int act_loop(struct start *s, const struct step *step)
{
	const struct rootfs_note note = {
		.tell = tell, .arg = s->dir, .name = str_base(s->dir->path),
	};

	return rootfs_attach(s->conf, &s->root, &note);
}

int undo_loop(struct undo *u, char **fields)
{
	return loop_undo(fields);
}

int undo_verity(struct undo *u, char **fields)
{
	return verity_undo(fields);
}
