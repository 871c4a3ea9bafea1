/* SPDX-License-Identifier: MIT */
/* owns a syslog daemon that prints each datagram of /dev/log as a line */
/* never answers */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char line[2048];
	ssize_t n;

	if (argc != 2 || strlen(argv[1]) >= sizeof(at.sun_path))
		return 2;
	strcpy(at.sun_path, argv[1]);
	unlink(argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		return 1;
	while ((n = recv(fd, line, sizeof(line) - 1, 0)) >= 0) {
		line[n++] = '\n';
		if (write(1, line, (size_t)n) != n)
			return 1;
	}
	return 1;
}
