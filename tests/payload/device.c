// SPDX-License-Identifier: MIT
// owns: devices that come and go for a test: loop devices, and messages of devices that nobody but the kernel may send
// never: touches a loop device of another number than it is told
// usage: device add|remove N     loop device N
//        device forge TEXT       sends TEXT, in which | is a NUL, to whom the kernel's messages go
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static int forge(char *text)
{
	struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	size_t n = strlen(text) + 1;
	char *at;

	while ((at = strchr(text, '|')))
		*at = '\0';
	/* Without a listener it is refused, too; so is who may not. */
	return fd < 0 || sendto(fd, text, n, 0, (struct sockaddr *)&to, sizeof(to)) < 0;
}

int main(int argc, char **argv)
{
	int fd, ret;

	if (argc != 3)
		return 2;
	if (!strcmp(argv[1], "forge")) {
		ret = forge(argv[2]);
	} else {
		fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
		ret = fd < 0 || ioctl(fd, !strcmp(argv[1], "add") ? LOOP_CTL_ADD : LOOP_CTL_REMOVE,
				      atoi(argv[2])) < 0;
	}
	if (ret)
		perror("device");
	return ret;
}
