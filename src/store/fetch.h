/* SPDX-License-Identifier: MIT */
/*
 * What an image server has: files fetched, checked by digest and signature, the index read.
 *
 * http:// with an address of numbers is spoken by this program (tests and networks without names);
 * https://, and names, by curl or wget as a process without privileges, certificates checked.
 */
#ifndef STORE_FETCH_H
#define STORE_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/sha256.h"
#include "store/input.h"

#define URL_MAX 1024

/* ---- fetching (fetch.c, http.c) ---- */

struct fetch {
	struct progress *bar;	/* NULL: none; its total is set from what the server says */
};

/*
 * One file into out, which is empty, of at most max bytes. 0; -ENOENT with err: the server has no
 * such file; -errno with err, which names the URL. An https URL is never left for an http one;
 * shorter or longer than the server said is an error.
 */
int fetch_url(const struct fetch *f, const char *url, int out, uint64_t max) MUST_CHECK;

bool url_is_secure(const char *url);

/* An answer's header (http.c): what comes before the body. */
struct http_answer {
	unsigned int status;
	bool has_length, is_chunked;
	uint64_t length;
	char location[URL_MAX];	/* "" for none */
};

/* The text up to the blank line, which is changed. 0, or -EINVAL: it is none. */
int http_parse(char *text, struct http_answer *a) MUST_CHECK;

/*
 * "http://1.2.3.4[:PORT]/path": a connected descriptor to which the request was written; -EAFNOSUPPORT
 * without err when it is another kind of URL; -errno with err.
 */
int http_open(const char *url) MUST_CHECK;

/* What `location` means in an answer from url. -EINVAL with err. */
int http_redirect(const char *url, const char *location, char *out, size_t n) MUST_CHECK;

/* ---- checking (verify.c) ---- */

/* The digest of a file from its beginning. 0 or -errno with err. */
int verify_digest(int fd, const char *shown, char hex[SHA256_HEX]) MUST_CHECK;

/* The digest that a text like sha256sum's has for a name: false when it has none. */
bool verify_listed(const char *sums, const char *name, char hex[SHA256_HEX]);

/*
 * Whether sig is a good signature of data by a key of the keyring, by gpgv; fingerprint (its last
 * digits will do), when not NULL, is whose. 0 or -errno with err.
 */
int verify_signature(const char *keyring, const char *fingerprint, int sig, int data,
		     const char *shown) MUST_CHECK;

/* ---- the index (index.c) ---- */

/* A line of it, "DIST;RELEASE;ARCH;VARIANT;BUILD;PATH"; "" is any in what is asked for. */
struct image_name {
	char dist[64], release[64], arch[64], variant[64], build[64], path[512];
};

/*
 * The next line of *at that has what is wanted; false: no more. What is not of that shape is passed
 * over: it is another server's business.
 */
bool index_next(const char **at, const struct image_name *want, struct image_name *found);

/* Letters, digits and "._+-:" only, not beginning with a dot: a name in a path and in a URL. */
bool index_is_name(const char *s);

#endif
