/* SPDX-License-Identifier: MIT */
/* owns the template `download`: which image, asked for when it was not said, from where */
/* never fetches what nothing vouches for, unless --no-validate says so */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "store/image.h"
#include "store/server.h"

struct download_args {
	struct opt_common common;
	const char *dist, *release, *arch, *variant, *server, *keyring, *keyid, *keyserver;
	const char *mapped_uid, *mapped_gid;
	bool list, flush_cache, force_cache, no_validate;
};

#define ARG(m) offsetof(struct download_args, m)

static const struct opt options[] = {
	{ 'd', OPT_STR, ARG(dist), "dist", "NAME", OPT_HELP("distribution") },
	{ 'r', OPT_STR, ARG(release), "release", "NAME", OPT_HELP("its release") },
	{ 'a', OPT_STR, ARG(arch), "arch", "NAME", OPT_HELP("architecture, in the server's words") },
	{ 0, OPT_STR, ARG(variant), "variant", "NAME", OPT_HELP("of the image (default)") },
	{ 'l', OPT_FLAG, ARG(list), "list", NULL, OPT_HELP("list the images there are, and end") },
	{ 0, OPT_STR, ARG(server), "server", "SERVER",
	  OPT_HELP("HOST for https, or a URL; else the variable DOWNLOAD_SERVER") },
	{ 0, OPT_STR, ARG(keyring), "keyring", "FILE",
	  OPT_HELP("index and digests must have a signature of a key in it (gpgv)") },
	{ 0, OPT_STR, ARG(keyid), "keyid", "ID", OPT_HELP("and of this key, by its last digits") },
	{ 0, OPT_STR, ARG(keyserver), "keyserver", "HOST", OPT_HELP("refused: no key is fetched") },
	{ 0, OPT_FLAG, ARG(no_validate), "no-validate", NULL,
	  OPT_HELP("take http without a signature, and images without digests") },
	{ 0, OPT_FLAG, ARG(flush_cache), "flush-cache", NULL, OPT_HELP("fetch it anew") },
	{ 0, OPT_FLAG, ARG(force_cache), "force-cache", NULL,
	  OPT_HELP("take the fetched one, even if it has expired") },
	{ 0, OPT_STR, ARG(mapped_uid), "mapped-uid", "UID", OPT_HELP("as LXC passes it; -1 only") },
	{ 0, OPT_STR, ARG(mapped_gid), "mapped-gid", "GID", OPT_HELP("as LXC passes it; -1 only") },
};

static int check(const struct download_args *a, int argc, char **argv)
{
	if (argc)
		return err_set(EINVAL, "'%s' is no option of this template", argv[0]);
	if (a->keyserver)
		return err_set(EINVAL, "--keyserver: keys are not fetched here (--keyring FILE)");
	if (a->keyid && !a->keyring)
		return err_set(EINVAL, "--keyid goes with --keyring");
	if (a->keyid && (strlen(a->keyid) < 16 ||
			 a->keyid[strspn(a->keyid, "0123456789abcdefABCDEF")]))
		return err_set(EINVAL, "--keyid: '%s' is not 16 or more hexadecimal digits",
			       a->keyid);
	if ((a->mapped_uid && !str_eq(a->mapped_uid, "-1")) ||
	    (a->mapped_gid && !str_eq(a->mapped_gid, "-1")))
		return err_set(ENOSYS, "mapped ids are not supported by this version");
	return 0;
}

static int choose_server(const struct download_args *a, struct server *s)
{
	const char *name = a->server ? a->server : getenv("DOWNLOAD_SERVER");

	*s = (struct server){
		.keyring = a->keyring, .keyid = a->keyid, .no_validate = a->no_validate,
	};
	if (!name || !*name)
		name = CFG_DOWNLOAD_SERVER;
	if (!*name)
		return err_set(EINVAL, "which server? (--server, or the variable DOWNLOAD_SERVER)");
	return server_set(s, name);
}

/* ---- which image ---- */

static void print_list(const char *index, const struct image_name *want)
{
	struct image_name i;

	image_say("\n---\nDIST\tRELEASE\tARCH\tVARIANT\tBUILD\n---");
	while (index_next(&index, want, &i))
		fd_printf(STDOUT_FILENO, "%s\t%s\t%s\t%s\t%s\n", i.dist, i.release, i.arch,
			  i.variant, i.build);
	image_say("---");
}

/* A byte at a time: what comes behind the line is the next question's. */
static int ask(const char *question, char *out, size_t max)
{
	size_t n = 0;
	char c;

	if (*out)
		return 0;
	image_say(question);
	while (fd_read_all(STDIN_FILENO, &c, 1) == 1) {
		if (c == '\n') {
			out[n] = '\0';
			memmove(out, str_trim(out), strlen(str_trim(out)) + 1);
			return *out ? 0 : err_set(EINVAL, "no answer to '%s'", question);
		}
		if (n < max - 1)
			out[n++] = c;
	}
	return err_set(EINVAL, "no answer to '%s' (-d, -r and -a say it)", question);
}

static int ask_all(struct image_name *want)
{
	int ret;

	image_say("");
	ret = ask("Distribution: ", want->dist, sizeof(want->dist));
	if (!ret)
		ret = ask("Release: ", want->release, sizeof(want->release));
	if (!ret)
		ret = ask("Architecture: ", want->arch, sizeof(want->arch));
	image_say("");
	return ret;
}

static int set_one(const char *given, const char *option, char *out, size_t n)
{
	if (given && (!index_is_name(given) || strlen(given) >= n))
		return err_set(EINVAL, "%s: bad name '%s'", option, given);
	str_format(out, n, "%s", given ? given : "");
	return 0;
}

static int check_names(const struct image_name *want)
{
	const char *const names[] = { want->dist, want->release, want->arch, want->variant };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (!index_is_name(names[i]))
			return err_set(EINVAL, "bad name '%s'", names[i]);
	return 0;
}

/* 1: the list was all that was wanted. */
static int choose_image(const struct download_args *a, const struct server *s,
			struct image_name *want)
{
	AUTO_FREE char *index = NULL;
	int ret = set_one(a->dist, "-d", want->dist, sizeof(want->dist));

	if (!ret)
		ret = set_one(a->release, "-r", want->release, sizeof(want->release));
	if (!ret)
		ret = set_one(a->arch, "-a", want->arch, sizeof(want->arch));
	if (!ret)
		ret = set_one(a->variant ? a->variant : "default", "--variant", want->variant,
			      sizeof(want->variant));
	if (ret || (!a->list && *want->dist && *want->release && *want->arch))
		return ret;
	image_say("Downloading the image index");
	index = server_index(s);
	if (!index)
		return -EIO;
	print_list(index, want);
	if (a->list)
		return err_set(ECANCELED, "only a list was asked for");
	ret = ask_all(want);
	return ret ? ret : check_names(want);
}

/* ---- cache or server ---- */

static bool has_expired(const struct image_meta *m)
{
	const struct meta_file *f = meta_find(m, "expiry");
	uint64_t when;

	return f && !str_to_u64(str_trim(f->text), INT64_MAX, &when) &&
	       (int64_t)when < (int64_t)time(NULL);
}

struct opened {
	int fd[2];		/* tree, metadata */
	char name[2][24];
	struct image_meta meta;
};

static void close_it(struct opened *o)
{
	fd_close(&o->fd[0]);
	fd_close(&o->fd[1]);
	meta_free(&o->meta);
}

/* As server_open_cached, and reads the metadata. */
static int open_cached(const struct server *s, const struct cache *c, struct opened *o)
{
	int ret = server_open_cached(s, c, o->fd, o->name);

	o->meta.level = IMAGE_LEVEL;
	return ret ? ret : meta_load(&o->meta, o->fd[1], o->name[1]);
}

static int fetch(const struct server *s, const struct cache *c, struct image_name *want,
		 struct opened *o)
{
	AUTO_FREE char *have = o->fd[0] >= 0 ? cache_get_text(c, "build_id", 128) : NULL;
	AUTO_FREE char *index = NULL;
	struct image_name found;
	const char *at;
	int ret;

	image_say("Downloading the image index");
	at = index = server_index(s);
	if (!index)
		return -EIO;
	if (!index_next(&at, want, &found))
		return err_set(ENOENT, "'%s' has no image '%s' '%s' for '%s' (variant '%s')", s->url,
			       want->dist, want->release, want->arch, want->variant);
	if (have && str_eq(str_trim(have), found.build)) {
		image_say("The cache is already up to date\nUsing image from local cache");
		return 0;
	}
	close_it(o);
	ret = server_fetch(s, &found, c);
	if (ret)
		return ret;
	image_say("The image cache is now ready");
	ret = open_cached(s, c, o);
	return ret == -ENOENT && !err_is_set() ? err_set(ENOENT, "'%s' has lost the image", c->path)
	                                       : ret;
}

static int open_image(const struct download_args *a, const struct server *s, const struct cache *c,
		      struct image_name *want, struct opened *o)
{
	int ret = a->flush_cache ? -ENOENT : open_cached(s, c, o);

	if (!ret && (a->force_cache || !has_expired(&o->meta))) {
		image_say("Using image from local cache");
		return 0;
	}
	if (!ret)
		image_say("The cached copy has expired, re-downloading...");
	if (a->flush_cache)
		image_say("Flushing the cache...");
	if (ret && err_is_set()) {
		log_warn("the cached copy is not used: %s", err_text());
		err_clear();
	}
	return fetch(s, c, want, o);
}

static int run(const struct template_job *j, void *args, int argc, char **argv)
{
	const struct download_args *a = args;
	struct cache c = { .fd = -1 };
	struct opened o = { .fd = { -1, -1 } };
	struct image image = { .job = j, .meta = &o.meta };
	struct image_name want = { "" };
	struct server s;
	int ret = check(a, argc, argv);

	if (!ret)
		ret = choose_server(a, &s);
	if (!ret)
		ret = choose_image(a, &s, &want);
	if (!ret)
		ret = cache_open(&c, &want);
	if (!ret)
		ret = open_image(a, &s, &c, &want, &o);
	image.tree_fd = o.fd[0];
	image.tree = o.name[0];
	if (!ret)
		ret = image_install(&image);
	close_it(&o);
	cache_close(&c);
	return ret;
}

const struct template template_download = {
	.name = "download",
	.options = {
		.synopsis = "[-l] [-d DIST -r RELEASE -a ARCH] [--server SERVER] [OPTION]...",
		.about = OPT_HELP("A container from an image server. Its index and the digests of its "
				  "images are believed when they come by https, or are signed by a key "
				  "of --keyring."),
		.opts = options,
		.n_opts = ARRAY_SIZE(options),
		.flags = APPLET_PLAIN,
		.args_size = sizeof(struct download_args),
	},
	.run = run,
};
