/* SPDX-License-Identifier: MIT */
/* owns the template `local`: a tree and metadata that are files here */
/* never fetches anything */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "store/image.h"

/* LXC's lxc-local reads files for this level. */
#define LEVEL 5

struct local_args {
	struct opt_common common;
	const char *metadata, *fstree, *mapped_uid, *mapped_gid;
	bool no_dev;
};

#define ARG(m) offsetof(struct local_args, m)

static const struct opt options[] = {
	{ 'm', OPT_STR, ARG(metadata), "metadata", "FILE",
	  OPT_HELP("archive with config, templates and the like of the image") },
	{ 'f', OPT_STR, ARG(fstree), "fstree", "FILE",
	  OPT_HELP("the tree: tar (also packed by gzip, xz, zstd, bzip2) or squashfs") },
	{ 0, OPT_FLAG, ARG(no_dev), "no-dev", NULL, OPT_HELP("nothing of the image's /dev") },
	{ 0, OPT_STR, ARG(mapped_uid), "mapped-uid", "UID", OPT_HELP("as LXC passes it; -1 only") },
	{ 0, OPT_STR, ARG(mapped_gid), "mapped-gid", "GID", OPT_HELP("as LXC passes it; -1 only") },
};

static int check(const struct local_args *a, int argc, char **argv)
{
	if (argc)
		return err_set(EINVAL, "'%s' is no option of this template", argv[0]);
	if (!a->fstree)
		return err_set(EINVAL, "which tree? (-f FILE)");
	if ((a->mapped_uid && !str_eq(a->mapped_uid, "-1")) ||
	    (a->mapped_gid && !str_eq(a->mapped_gid, "-1")))
		return err_set(ENOSYS, "mapped ids are not supported by this version");
	return 0;
}

static int run(const struct template_job *j, void *args, int argc, char **argv)
{
	const struct local_args *a = args;
	struct image_meta meta = { .level = LEVEL };
	struct image image = {
		.job = j, .tree_fd = -1, .tree = a->fstree, .no_dev = a->no_dev,
	};
	AUTO_FD int tree = -1, metadata = -1;
	int ret = check(a, argc, argv);

	if (ret)
		return ret;
	tree = fd_open(a->fstree, O_RDONLY | O_NONBLOCK);
	if (tree < 0)
		return err_sys("'%s'", a->fstree);
	if (a->metadata) {
		metadata = fd_open(a->metadata, O_RDONLY | O_NONBLOCK);
		if (metadata < 0)
			return err_sys("'%s'", a->metadata);
		ret = meta_load(&meta, metadata, a->metadata);
		image.meta = &meta;
	}
	image.tree_fd = tree;
	if (!ret)
		ret = image_install(&image);
	meta_free(&meta);
	return ret;
}

const struct template template_local = {
	.name = "local",
	.options = {
		.synopsis = "--fstree FILE [--metadata FILE] [--no-dev]",
		.about = OPT_HELP("A container from files: its tree, and the metadata that servers of "
				  "images have for it. Without metadata the configuration is that of "
				  "-f or default.conf alone."),
		.opts = options,
		.n_opts = ARRAY_SIZE(options),
		.flags = APPLET_PLAIN,
		.args_size = sizeof(struct local_args),
	},
	.run = run,
};
