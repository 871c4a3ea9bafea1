/* SPDX-License-Identifier: MIT */
/* owns one direction of a TCP connection: how many megabytes a second come through */
/* never waits longer than 30 seconds */
/* usage: stream take PORT    prints MB/s of the first who connects; stream give ADDRESS PORT SECONDS */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char buf[65536];

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int take(struct sockaddr_in *at)
{
	int sock = socket(AF_INET, SOCK_STREAM, 0), to;
	double from, all = 0;
	ssize_t n;

	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof(int));
	if (bind(sock, (struct sockaddr *)at, sizeof(*at)) || listen(sock, 1) || (to = accept(sock, NULL, NULL)) < 0) {
		perror("stream");
		return 1;
	}
	from = now();
	while ((n = read(to, buf, sizeof(buf))) > 0)
		all += n;
	printf("%.0f\n", all / 1e6 / (now() - from));
	return 0;
}

int main(int argc, char **argv)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	double end;
	int sock, tries;

	alarm(30);
	if (argc == 3) {
		at.sin_port = htons(atoi(argv[2]));
		return take(&at);
	}
	if (argc != 5 || inet_pton(AF_INET, argv[2], &at.sin_addr) != 1)
		return 2;
	at.sin_port = htons(atoi(argv[3]));
	for (tries = 0;; tries++) {
		sock = socket(AF_INET, SOCK_STREAM, 0);
		if (!connect(sock, (struct sockaddr *)&at, sizeof(at)))
			break;
		close(sock);
		if (tries == 500) {
			perror("stream");
			return 1;
		}
		usleep(10000);
	}
	for (end = now() + atof(argv[4]); now() < end;)
		if (write(sock, buf, sizeof(buf)) < 0)
			return 1;
	return 0;
}
