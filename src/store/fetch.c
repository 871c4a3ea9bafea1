/* SPDX-License-Identifier: MIT */
/* owns the fetching of one file: by whom, to its end, not a byte less or more */
/* never takes an answer for a file that is not wholly there */
#include "store/fetch.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"

#define REDIRECTS_MAX 5
#define HEAD_MAX 16384
#define WAIT_MS 60000

/* An answer on its way: from a socket of ours, or as curl or wget print it, which is the same. */
struct transfer {
	const struct fetch *f;
	const char *url;
	int in;
	struct worker worker;
	struct http_answer a;
	char buf[HEAD_MAX];
	size_t at, n;		/* of the body, in buf */
};

static ssize_t receive(struct transfer *t, char *buf, size_t n)
{
	struct pollfd p = { .fd = t->in, .events = POLLIN };
	ssize_t got;
	int ret;

	do
		ret = poll(&p, 1, WAIT_MS);
	while (ret < 0 && errno == EINTR);
	if (!ret)
		return err_set(ETIMEDOUT, "'%s': the server has said nothing for a minute", t->url);
	do
		got = read(t->in, buf, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? err_sys("'%s': the connection broke", t->url) : got;
}

/* Behind the blank line that ends the head; NULL: not there yet. */
static char *head_end(char *buf)
{
	char *lf = strstr(buf, "\n\n"), *crlf = strstr(buf, "\r\n\r\n");

	if (crlf && (!lf || crlf < lf))
		return crlf + 4;
	return lf ? lf + 2 : NULL;
}

/* 1: there is an answer; 0: nothing came, and the worker will say why. */
static int read_head(struct transfer *t)
{
	char *end = NULL;
	size_t n = 0;
	ssize_t got;

	while (!end && n < sizeof(t->buf) - 1) {
		got = receive(t, t->buf + n, sizeof(t->buf) - 1 - n);
		if (got < 0)
			return (int)got;
		if (!got && !n && t->worker.pid)
			return 0;
		if (!got)
			break;
		n += (size_t)got;
		t->buf[n] = '\0';
		end = head_end(t->buf);
	}
	if (!end)
		return err_set(EPROTO, "'%s': no answer of a web server", t->url);
	t->at = (size_t)(end - t->buf);
	t->n = n - t->at;
	end[-1] = '\0';
	if (http_parse(t->buf, &t->a))
		return err_set(EPROTO, "'%s': no answer of a web server", t->url);
	return 1;
}

static int read_body(struct transfer *t, int out, uint64_t max)
{
	uint64_t done = 0;
	ssize_t got = (ssize_t)t->n;
	char *data = t->buf + t->at;
	int ret = 0;

	if (t->a.has_length && t->a.length > max)
		return err_set(EFBIG, "'%s': too big for what it is to be", t->url);
	if (t->f->bar)
		t->f->bar->total = t->a.length;
	for (;; got = receive(t, data, sizeof(t->buf))) {
		if (got < 0)
			return (int)got;
		if (!got && data == t->buf)
			break;
		done += (uint64_t)got;
		if (t->a.has_length && done > t->a.length)
			return err_set(EPROTO, "'%s': more than the %llu bytes that the server said",
				       t->url, (unsigned long long)t->a.length);
		if (done > max)
			return err_set(EFBIG, "'%s': too big for what it is to be", t->url);
		ret = fd_write_all(out, data, (size_t)got);
		if (ret)
			return err_code(ret, "'%s': cannot write what came", t->url);
		if (t->f->bar)
			progress_at(t->f->bar, done);
		data = t->buf;
	}
	if (t->a.has_length && done < t->a.length)
		return err_set(EPROTO, "'%s': the connection ended after %llu of %llu bytes", t->url,
			       (unsigned long long)done, (unsigned long long)t->a.length);
	return 0;
}

/* curl tells of redirects, which are followed here; wget follows them itself, to https only. */
static int start_worker(struct transfer *t)
{
	char *curl[] = {
		(char *)"curl",       (char *)"-q",
		(char *)"--silent",   (char *)"--show-error",
		(char *)"--include",  (char *)"--http1.0",
		(char *)"--suppress-connect-headers",
		(char *)"--proto",    (char *)(url_is_secure(t->url) ? "=https" : "=http"),
		(char *)"--globoff",  (char *)"--user-agent",
		(char *)"lxcbox",     (char *)"--connect-timeout",
		(char *)"30",         (char *)"--url",
		(char *)t->url,       NULL,
	};
	char *wget[] = {
		(char *)"wget",
		(char *)"--no-config",
		(char *)"--no-verbose",
		(char *)"--save-headers",
		(char *)"--tries=1",
		(char *)"--timeout=30",
		(char *)"--no-hsts",
		(char *)"--user-agent=lxcbox",
		(char *)"--output-document=-",
		(char *)(url_is_secure(t->url) ? "--https-only" : "--max-redirect=0"),
		(char *)t->url,
		NULL,
	};
	bool has_curl = worker_has("curl");
	struct worker_job job = {
		.program = has_curl ? "curl" : "wget",
		.argv = has_curl ? curl : wget,
		.in = -1,
		.flags = WORKER_NETWORK,
	};
	int ret;

	if (!has_curl && !worker_has("wget"))
		return err_set(ENOENT, "'%s': curl or wget is needed, and neither is installed",
			       t->url);
	ret = worker_start(&t->worker, &job);
	t->in = t->worker.out;
	return ret;
}

/* The end of a worker: whether it was content, and why not. */
static int end_worker(struct transfer *t, bool answered)
{
	char said[200];
	int ret;

	if (!t->worker.pid)
		return 0;
	/* curl goes on to explain itself. */
	worker_said(&t->worker, str_eq(t->worker.program, "curl"), said, sizeof(said));
	ret = worker_end(&t->worker, true);
	if (ret < 0)
		return err_in(ret, "'%s'", t->url);
	if (!ret)
		return answered ? 0 : err_set(EPROTO, "'%s': no answer", t->url);
	/* wget's way to tell of a status that is an error. */
	if (ret == 8 && str_eq(t->worker.program, "wget") && strstr(said, "404"))
		return err_set(ENOENT, "'%s': the server has no such file", t->url);
	return err_set(EPROTO, "'%s': %s", t->url, *said ? said : "the transfer failed");
}

static int transfer(struct transfer *t, int out, uint64_t max)
{
	int ret = read_head(t);

	if (ret < 0)
		return ret;
	if (!ret)
		return end_worker(t, false);
	if (t->a.status / 100 == 3 && *t->a.location)
		return 1;
	if (t->a.status == 404 || t->a.status == 410)
		return err_set(ENOENT, "'%s': the server has no such file", t->url);
	if (t->a.status != 200)
		return err_set(EPROTO, "'%s': the server says %u", t->url, t->a.status);
	if (t->a.is_chunked && !t->worker.pid)
		return err_set(EPROTO, "'%s': an answer in pieces, which was not asked for", t->url);
	ret = read_body(t, out, max);
	return ret ? ret : end_worker(t, true);
}

int fetch_url(const struct fetch *f, const char *url, int out, uint64_t max)
{
	char here[URL_MAX], next[URL_MAX];
	int tries, ret;

	str_format(here, sizeof(here), "%s", url);
	for (tries = 0; tries <= REDIRECTS_MAX; tries++) {
		struct transfer t = { .f = f, .url = here, .worker = { .out = -1, .err_fd = -1 } };
		int fd = http_open(here);

		if (fd < 0 && fd != -EAFNOSUPPORT)
			return fd;
		t.in = fd;
		ret = fd < 0 ? start_worker(&t) : 0;
		if (!ret)
			ret = transfer(&t, out, max);
		worker_end(&t.worker, false);
		fd_close(&fd);
		if (ret <= 0)
			return ret;
		ret = http_redirect(here, t.a.location, next, sizeof(next));
		if (ret)
			return ret;
		memcpy(here, next, sizeof(here));
	}
	return err_set(ELOOP, "'%s': redirected too often", url);
}
