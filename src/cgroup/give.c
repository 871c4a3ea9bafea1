/* SPDX-License-Identifier: MIT */
/* owns what of a container's cgroup belongs to the root of its user namespace */
/* never gives a file away by which a limit is set */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"

/* What the kernel wants for a delegation: cgroup-v2.rst; v1 has the first two of its own kind. */
static const char files[][24] = { "cgroup.procs", "tasks", "cgroup.threads", "cgroup.subtree_control" };

static int give_in(const struct cgroup_hier *h, const char *dir, uid_t uid, gid_t gid)
{
	AUTO_FD int fd = cgroup_open_dir(h, dir);
	unsigned int i;

	if (fd < 0)
		return fd;
	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (fchownat(fd, files[i], uid, gid, AT_SYMLINK_NOFOLLOW) && errno != ENOENT)
			return err_sys("cannot give '%s/%s/%s' to user %u", h->mount, dir, files[i],
				       uid);
	if (fchownat(fd, "", uid, gid, AT_EMPTY_PATH))
		return err_sys("cannot give the cgroup '%s/%s' to user %u", h->mount, dir, uid);
	return 0;
}

int cgroup_give(const struct cgroup_layout *l, const char *dir, uid_t uid, gid_t gid)
{
	char inner[PATH_MAX];
	unsigned int i;
	int ret = cgroup_inner(l, dir, inner, sizeof(inner));

	for (i = 0; !ret && i < l->n; i++)
		if (l->h[i].usable)
			ret = give_in(&l->h[i], inner, uid, gid);
	return ret;
}
