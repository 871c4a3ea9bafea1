/* SPDX-License-Identifier: MIT */
/* owns the loopback device of a new network namespace */
/* never touches a namespace but its own process's */
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "lib/fd.h"
#include "net/net.h"

/* By ioctl: two calls, where one message of netlink would bring a library with it. */
int net_loopback_up(void)
{
	/*
	 * Requests on devices are answered by a socket of any family, also where the kernel has
	 * no IPv4.
	 */
	AUTO_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = { .ifr_name = "lo" };

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &r))
		return err_sys("cannot read the flags of lo");
	r.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &r))
		return err_sys("cannot bring lo up");
	return 0;
}
