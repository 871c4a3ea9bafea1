/* SPDX-License-Identifier: MIT */
/* owns the little HTTP that is spoken here: a request, the head of an answer, where it leads on */
/* never believes a length or an address that it did not check */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "store/fetch.h"

#define WAIT_MS 30000

bool url_is_secure(const char *url)
{
	return str_after(url, "https://");
}

/* Host and port of "http://a.b.c.d[:port]"; the rest in *path. */
static int parse_url(const char *url, struct sockaddr_in *to, const char **path)
{
	const char *host = str_after(url, "http://");
	char name[32], *port;
	uint64_t n = 80;
	size_t len;

	len = host ? strcspn(host, "/") : 0;
	if (!len || len >= sizeof(name))
		return -EAFNOSUPPORT;
	*path = host[len] ? host + len : "/";
	memcpy(name, host, len);
	name[len] = '\0';
	port = strchr(name, ':');
	if (port) {
		*port++ = '\0';
		if (str_to_u64(port, 65535, &n) || !n)
			return err_set(EINVAL, "'%s': bad port", url);
	}
	*to = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons((uint16_t)n) };
	/* The one name that every machine has. */
	if (str_eq(name, "localhost"))
		str_format(name, sizeof(name), "127.0.0.1");
	return inet_pton(AF_INET, name, &to->sin_addr) == 1 ? 0 : -EAFNOSUPPORT;
}

static int connect_to(int fd, const struct sockaddr_in *to, const char *url)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof(int);
	int err = 0;

	if (connect(fd, (const struct sockaddr *)to, sizeof(*to)) < 0)
		err = errno;
	if (err == EINPROGRESS) {
		err = poll(&p, 1, WAIT_MS) > 0 ? 0 : ETIMEDOUT;
		if (!err && getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n))
			err = errno;
	}
	return err ? err_code(err, "'%s': cannot connect", url) : 0;
}

int http_open(const char *url)
{
	AUTO_FREE char *request = NULL;
	AUTO_FD int fd = -1;
	struct sockaddr_in to;
	const char *path;
	int ret = parse_url(url, &to, &path);

	if (ret)
		return ret;
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_sys("cannot make a socket");
	ret = connect_to(fd, &to, url);
	if (ret)
		return ret;
	if (fcntl(fd, F_SETFL, 0))
		return err_sys("cannot set up a socket");
	/* 1.0: the body ends with the connection, and comes in one piece. */
	request = str_make("GET %s HTTP/1.0\r\nHost: %.*s\r\nUser-Agent: lxcbox\r\nAccept: */*\r\n\r\n",
			   path, (int)strcspn(url + 7, "/"), url + 7);
	if (!request)
		return -ENOMEM;
	ret = fd_write_all(fd, request, strlen(request));
	return ret ? err_code(ret, "'%s': cannot ask", url) : take_fd(&fd);
}

static int parse_field(const char *name, char *value, struct http_answer *a)
{
	if (!strcasecmp(name, "content-length")) {
		/* Two that differ are an attack of old. */
		uint64_t n;

		if (str_to_u64(value, INT64_MAX, &n) || (a->has_length && n != a->length))
			return -EINVAL;
		a->has_length = true;
		a->length = n;
	} else if (!strcasecmp(name, "transfer-encoding")) {
		a->is_chunked = strcasecmp(value, "identity") != 0;
	} else if (!strcasecmp(name, "location")) {
		if (str_format(a->location, sizeof(a->location), "%s", value) >= sizeof(a->location))
			return -EINVAL;
	}
	return 0;
}

int http_parse(char *text, struct http_answer *a)
{
	char *line, *word, *colon;
	uint64_t status;

	memset(a, 0, sizeof(*a));
	line = str_word(&text, "\n");
	if (!line || !str_after(line, "HTTP/"))
		return -EINVAL;
	str_word(&line, " ");
	word = str_word(&line, " \r");
	if (!word || str_to_u64(word, 999, &status) || status < 100)
		return -EINVAL;
	a->status = (unsigned int)status;
	while ((line = str_word(&text, "\n"))) {
		line = str_trim(line);
		colon = strchr(line, ':');
		if (!*line)
			continue;
		if (!colon)
			return -EINVAL;
		*colon = '\0';
		if (parse_field(line, str_trim(colon + 1), a))
			return -EINVAL;
	}
	return 0;
}

int http_redirect(const char *url, const char *location, char *out, size_t n)
{
	const char *host = strstr(url, "://");
	size_t len;
	const char *p;

	for (p = location; *p; p++)
		if (*p <= ' ' || *p >= 127)
			return err_set(EINVAL, "'%s': redirected to no URL", url);
	if (str_after(location, "https://") ||
	    (str_after(location, "http://") && !url_is_secure(url)))
		len = str_format(out, n, "%s", location);
	else if (*location == '/' && location[1] != '/' && host)
		len = str_format(out, n, "%.*s%s",
				 (int)(host - url + 3 + (long)strcspn(host + 3, "/")), url, location);
	else
		return err_set(EINVAL, "'%s': redirected to '%s', which is not followed", url,
			       location);
	return len < n ? 0 : err_set(EINVAL, "'%s': redirected to a URL that is too long", url);
}
