/* SPDX-License-Identifier: MIT */
/* owns two ends of a unix socket: one prints what the other says */
/* never waits longer than 20 seconds */
/* usage: meet listen PATH; meet say PATH TEXT */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM, 0);
	char text[256];
	ssize_t n;

	if (argc < 3 || strlen(argv[2]) >= sizeof(at.sun_path) || sock < 0)
		return 2;
	alarm(20);
	strcpy(at.sun_path, argv[2]);
	if (!strcmp(argv[1], "say")) {
		if (argc < 4 || connect(sock, (struct sockaddr *)&at, sizeof(at))) {
			perror(at.sun_path);
			return 1;
		}
		return write(sock, argv[3], strlen(argv[3])) != (ssize_t)strlen(argv[3]);
	}
	if (bind(sock, (struct sockaddr *)&at, sizeof(at)) || listen(sock, 1)) {
		perror(at.sun_path);
		return 1;
	}
	sock = accept(sock, NULL, NULL);
	while (sock >= 0 && (n = read(sock, text, sizeof(text))) > 0)
		if (write(1, text, (size_t)n) != n)
			return 1;
	return sock < 0;
}
