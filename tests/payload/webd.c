/* SPDX-License-Identifier: MIT */
/* owns a web server that can be told to misbehave: webd DIR prints its port and serves the files of DIR on 127.0.0.1 */
/* never ends by itself; serves one after the other */
/*
 * DIR.mode is a line "PART ACTION": answers to paths that contain PART are
 *	cut N		with the true length, ended after N bytes
 *	long		a byte more than it said
 *	chunked		in chunks
 *	redirect URL	sent elsewhere
 *	status N	that status
 *	silent		nothing at all
 *	garbage		no HTTP
 * DIR.log has each path that was asked for.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char part[256], action[32], arg[1024];

static void read_mode(const char *dir)
{
	char path[512];
	FILE *f;

	*part = *action = *arg = '\0';
	snprintf(path, sizeof(path), "%s.mode", dir);
	f = fopen(path, "r");
	if (!f)
		return;
	if (fscanf(f, "%255s %31s %1023s", part, action, arg) < 2)
		*action = '\0';
	fclose(f);
}

static void note(const char *dir, const char *path)
{
	char log[512];
	FILE *f;

	snprintf(log, sizeof(log), "%s.log", dir);
	f = fopen(log, "a");
	if (f) {
		fprintf(f, "%s\n", path);
		fclose(f);
	}
}

static void send_all(int fd, const char *s, size_t n)
{
	while (n) {
		ssize_t done = write(fd, s, n);

		if (done <= 0)
			return;
		s += done;
		n -= (size_t)done;
	}
}

static void send_file(int fd, int file)
{
	char head[256], buf[4096];
	long size = lseek(file, 0, SEEK_END), left = size, said = size;
	int chunked = !strcmp(action, "chunked");
	ssize_t n;

	if (!strcmp(action, "cut"))
		left = atol(arg) < size ? atol(arg) : size;
	snprintf(head, sizeof(head), "HTTP/1.1 200 OK\r\n%s%s: ", chunked ? "Transfer-Encoding: chunked\r\n" : "",
		 chunked ? "X-Length" : "Content-Length");
	send_all(fd, head, strlen(head));
	snprintf(head, sizeof(head), "%ld\r\n\r\n", said);
	send_all(fd, head, strlen(head));
	lseek(file, 0, SEEK_SET);
	while (left > 0 && (n = read(file, buf, left < 4096 ? (size_t)left : 4096)) > 0) {
		if (chunked) {
			snprintf(head, sizeof(head), "%zx\r\n", (size_t)n);
			send_all(fd, head, strlen(head));
		}
		send_all(fd, buf, (size_t)n);
		if (chunked)
			send_all(fd, "\r\n", 2);
		left -= n;
	}
	if (chunked)
		send_all(fd, "0\r\n\r\n", 5);
	if (!strcmp(action, "long"))
		send_all(fd, "x", 1);
}

static void answer(int fd, const char *dir, const char *path)
{
	char name[2048], text[4096];
	int file;

	snprintf(name, sizeof(name), "%s%s", dir, path);
	if (!strstr(path, part) || !*part)
		*action = '\0';
	if (!strcmp(action, "silent"))
		return;
	if (!strcmp(action, "garbage")) {
		send_all(fd, "SSH-2.0-what\r\n", 14);
		return;
	}
	if (!strcmp(action, "redirect") || !strcmp(action, "status")) {
		snprintf(text, sizeof(text), "HTTP/1.1 %s Whatever\r\nContent-Length: 0\r\n%s%s\r\n\r\n",
			 *action == 'r' ? "302" : arg, *action == 'r' ? "Location: " : "X: ", arg);
		send_all(fd, text, strlen(text));
		return;
	}
	file = strstr(path, "..") ? -1 : open(name, O_RDONLY);
	if (file < 0) {
		send_all(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 45);
		return;
	}
	send_file(fd, file);
	close(file);
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(at);
	char request[2048], path[1024];
	int s = socket(AF_INET, SOCK_STREAM, 0), fd;

	signal(SIGPIPE, SIG_IGN);
	if (argc != 2 || bind(s, (struct sockaddr *)&at, sizeof(at)) || listen(s, 8) ||
	    getsockname(s, (struct sockaddr *)&at, &n))
		return 1;
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	while ((fd = accept(s, NULL, NULL)) >= 0) {
		size_t got = 0;
		ssize_t more = 1;

		memset(request, 0, sizeof(request));
		while (more > 0 && got < sizeof(request) - 1 && !strstr(request, "\r\n\r\n")) {
			more = read(fd, request + got, sizeof(request) - 1 - got);
			got += more > 0 ? (size_t)more : 0;
		}
		if (sscanf(request, "GET %1023s", path) == 1) {
			note(argv[1], path);
			read_mode(argv[1]);
			answer(fd, argv[1], path);
		}
		shutdown(fd, SHUT_WR);
		close(fd);
	}
	return 0;
}
