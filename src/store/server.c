/* SPDX-License-Identifier: MIT */
/* owns what is where on an image server, and what must agree before it is used */
/* never uses a file whose digest is not the one that was published, unless it was told to */
#include "store/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/image.h"

#define INDEX_MAX (16 << 20)
#define SUMS_MAX (256 << 10)
#define SIGNATURE_MAX (64 << 10)
#define META_MAX (16 << 20)
#define TREE_MAX ((uint64_t)1 << 40)

#define SUMS "SHA256SUMS"
#define SIGNATURE "SHA256SUMS.asc"
/* Where it came from: what was taken without proof is for those only who ask for none. */
#define SOURCE "source"

/* The tree and the metadata, in the order of preference; LXC's servers have the first. */
static const char *const trees[] = {
	"rootfs.tar.xz", "rootfs.tar.gz", "rootfs.tar.zst", "rootfs.tar.bz2", "rootfs.tar",
	"rootfs.squashfs", NULL,
};
static const char *const metas[] = {
	"meta.tar.xz", "meta.tar.gz", "meta.tar.zst", "meta.tar.bz2", "meta.tar", NULL,
};

int server_set(struct server *s, const char *name)
{
	bool is_url = str_after(name, "https://") || str_after(name, "http://");
	const char *p;
	size_t n;

	for (p = name; *p; p++)
		if (*p <= ' ' || *p >= 127)
			return err_set(EINVAL, "'%s' is no server", name);
	if (!*name || *name == '-' || (!is_url && strstr(name, "://")))
		return err_set(EINVAL, "'%s' is no server (HOST, https://HOST or http://HOST)", name);
	n = str_format(s->url, sizeof(s->url), "%s%s", is_url ? "" : "https://", name);
	if (n >= sizeof(s->url))
		return err_set(EINVAL, "the server's name is too long");
	while (n && s->url[n - 1] == '/')
		s->url[--n] = '\0';
	if (!url_is_secure(s->url) && !s->keyring && !s->no_validate)
		return err_set(EKEYREJECTED,
			       "'%s': http proves nothing of what it brings (https, --keyring, or "
			       "--no-validate)", s->url);
	return 0;
}

/* ---- small files, in memory ---- */

static int fetch_small(const struct server *s, const char *path, uint64_t max)
{
	struct fetch f = { NULL };
	AUTO_FREE char *url = str_make("%s%s", s->url, path);
	AUTO_FD int fd = sys_memfd("fetched");
	int ret;

	if (!url)
		return -ENOMEM;
	if (fd < 0)
		return err_code(fd, "cannot make a file in memory");
	ret = fetch_url(&f, url, fd, max);
	return ret ? ret : take_fd(&fd);
}

static char *text_of(int fd, const char *shown, size_t *len)
{
	off_t n = lseek(fd, 0, SEEK_END);
	AUTO_FREE char *text = n >= 0 ? malloc((size_t)n + 1) : NULL;

	if (!text || lseek(fd, 0, SEEK_SET) < 0 || fd_read_all(fd, text, (size_t)n) != n) {
		err_set(ENOMEM, "cannot read '%s'", shown);
		return NULL;
	}
	text[n] = '\0';
	*len = (size_t)n;
	if (memchr(text, 0, *len)) {
		err_set(EINVAL, "'%s' is no text", shown);
		return NULL;
	}
	return take_ptr(text);
}

/* What was fetched from path is signed, when that is asked for. *sig is its signature then. */
static int check_signature(const struct server *s, const char *path, int data, int *sig)
{
	AUTO_FREE char *sig_path = str_make("%s.asc", path);

	*sig = -1;
	if (!s->keyring)
		return 0;
	if (!sig_path)
		return -ENOMEM;
	*sig = fetch_small(s, sig_path, SIGNATURE_MAX);
	return *sig < 0 ? *sig : verify_signature(s->keyring, s->keyid, *sig, data, path);
}

/* A missing file is not the last word: nothing is printed of it. */
static int fetch_quietly(const struct server *s, const char *path, uint64_t max)
{
	int fd = fetch_small(s, path, max);

	if (fd == -ENOENT)
		err_clear();
	return fd;
}

char *server_index(const struct server *s)
{
	const char *kind = image_in_userns() ? "user" : "system";
	AUTO_FD int fd = -1, sig = -1;
	char path[64];
	size_t n;

	/* First the one for readers of our level, as LXC. */
	str_format(path, sizeof(path), "/meta/1.0/index-%s.%u", kind, IMAGE_LEVEL);
	fd = fetch_quietly(s, path, INDEX_MAX);
	if (fd == -ENOENT) {
		str_format(path, sizeof(path), "/meta/1.0/index-%s", kind);
		fd = fetch_small(s, path, INDEX_MAX);
	}
	if (fd < 0 || check_signature(s, path, fd, &sig))
		return NULL;
	return text_of(fd, path, &n);
}

/* ---- an image ---- */

/* Of a list, the one that has a digest; without digests, the first. */
static const char *choose(const char *sums, const char *const *list, char hex[SHA256_HEX])
{
	unsigned int i;

	*hex = '\0';
	for (i = 0; sums && list[i]; i++)
		if (verify_listed(sums, list[i], hex))
			return list[i];
	return sums ? NULL : list[0];
}

static int check_digest(int fd, const char *name, const char *hex)
{
	char have[SHA256_HEX];
	int ret;

	if (!*hex)
		return 0;
	ret = verify_digest(fd, name, have);
	if (ret)
		return ret;
	return str_eq(have, hex) ? 0 : err_set(EBADMSG, "'%s' is not what was published: its "
					       "SHA-256 is %.16s..., not %.16s...", name, have, hex);
}

static int fetch_one(const struct server *s, const struct image_name *i, const struct cache *c,
		     const char *sums, const char *const *list, uint64_t max, const char *what)
{
	char hex[SHA256_HEX];
	const char *name = choose(sums, list, hex);
	struct progress bar;
	struct fetch f = { &bar };
	AUTO_FREE char *url = NULL;
	AUTO_FD int fd = -1;
	int ret;

	if (!name)
		return err_set(EBADMSG, "'%s%s/" SUMS "' has no %s", s->url, i->path, what);
	url = str_make("%s%s/%s", s->url, i->path, name);
	fd = url ? cache_new(c) : -ENOMEM;
	if (fd < 0)
		return fd;
	progress_begin(&bar, "Downloading", 0);
	ret = fetch_url(&f, url, fd, max);
	progress_end(&bar);
	if (!ret)
		ret = check_digest(fd, url, hex);
	return ret ? ret : cache_put(c, fd, name);
}

/* SHA256SUMS, verified and put into the cache; NULL without err: not there, and not asked for. */
static char *fetch_sums(const struct server *s, const struct image_name *i, const struct cache *c)
{
	AUTO_FREE char *path = str_make("%s/" SUMS, i->path);
	AUTO_FREE char *text = NULL;
	AUTO_FREE char *asc = NULL;
	AUTO_FD int fd = -1, sig = -1;
	size_t n, n_asc;

	if (!path)
		return NULL;
	fd = fetch_quietly(s, path, SUMS_MAX);
	if (fd == -ENOENT) {
		if (!s->no_validate)
			err_set(ENOENT, "'%s%s': the server has no digests of this image "
				"(--no-validate)", s->url, path);
		return NULL;
	}
	if (fd < 0 || check_signature(s, path, fd, &sig))
		return NULL;
	text = text_of(fd, path, &n);
	if (!text || cache_put_text(c, text, n, SUMS))
		return NULL;
	if (sig >= 0) {
		asc = text_of(sig, path, &n_asc);
		if (!asc || cache_put_text(c, asc, n_asc, SIGNATURE))
			return NULL;
	}
	return take_ptr(text);
}

static void drop_all(const struct cache *c)
{
	unsigned int i;

	cache_drop(c, "build_id");
	for (i = 0; trees[i]; i++)
		cache_drop(c, trees[i]);
	for (i = 0; metas[i]; i++)
		cache_drop(c, metas[i]);
	cache_drop(c, SUMS);
	cache_drop(c, SIGNATURE);
	cache_drop(c, SOURCE);
}

int server_fetch(const struct server *s, const struct image_name *i, const struct cache *c)
{
	AUTO_FREE char *sums = NULL;
	char build[80];
	int ret = 0;

	drop_all(c);
	sums = fetch_sums(s, i, c);
	if (!sums && err_is_set())
		ret = -EBADMSG;
	if (!ret) {
		image_say("Downloading the rootfs");
		ret = fetch_one(s, i, c, sums, trees, TREE_MAX, "rootfs");
	}
	if (!ret) {
		image_say("Downloading the metadata");
		ret = fetch_one(s, i, c, sums, metas, META_MAX, "metadata");
	}
	str_format(build, sizeof(build), "%s\n", i->build);
	if (!ret)
		ret = cache_put_text(c, s->url, strlen(s->url), SOURCE);
	if (!ret)
		ret = cache_put_text(c, build, strlen(build), "build_id");
	/* Half an image is none. */
	if (ret)
		drop_all(c);
	return ret;
}

static int open_one(const struct cache *c, const char *sums, const char *const *list, char *name)
{
	char hex[SHA256_HEX];
	const char *chosen = choose(sums, list, hex);
	AUTO_FD int fd = -1;
	int ret;

	if (!chosen)
		return -ENOENT;
	str_format(name, 24, "%s", chosen);
	fd = cache_get(c, chosen);
	if (fd < 0)
		return fd;
	ret = check_digest(fd, chosen, hex);
	return ret ? ret : take_fd(&fd);
}

static int check_cached_signature(const struct server *s, const struct cache *c)
{
	AUTO_FREE char *source = NULL;
	AUTO_FD int sums = -1, sig = -1;

	if (!s->keyring) {
		source = cache_get_text(c, SOURCE, URL_MAX);
		return s->no_validate || (source && url_is_secure(source)) ? 0 : -ENOENT;
	}
	sums = cache_get(c, SUMS);
	sig = cache_get(c, SIGNATURE);
	if (sums < 0 || sig < 0)
		return sums == -ENOENT || sig == -ENOENT ? -ENOENT : sums < 0 ? sums : sig;
	return verify_signature(s->keyring, s->keyid, sig, sums, c->path);
}

int server_open_cached(const struct server *s, const struct cache *c, int fd[2], char name[2][24])
{
	AUTO_FREE char *build = cache_get_text(c, "build_id", 128);
	AUTO_FREE char *sums = cache_get_text(c, SUMS, SUMS_MAX);
	int ret;

	fd[0] = fd[1] = -1;
	/* LXC's own caches have no digests: they are fetched anew. */
	if (!build || (!sums && !s->no_validate))
		return -ENOENT;
	ret = check_cached_signature(s, c);
	if (ret)
		return ret;
	fd[0] = open_one(c, sums, trees, name[0]);
	fd[1] = fd[0] < 0 ? fd[0] : open_one(c, sums, metas, name[1]);
	if (fd[1] >= 0)
		return 0;
	ret = fd[1];
	fd_close(&fd[0]);
	fd[1] = -1;
	return ret;
}
