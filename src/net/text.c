/* SPDX-License-Identifier: MIT */
/* owns addresses as text; libc's inet_ntop brings printf */
/* never asks the kernel */
#include <stdint.h>
#include <sys/socket.h>

#include "lib/str.h"
#include "net/net.h"

const char *net_ipv6_text(const uint8_t *address, char *buf)
{
	unsigned int i, run = 0, best = 0, at = 8;
	uint16_t part[8];
	size_t n = 0;

	for (i = 0; i < 8; i++) {
		part[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
		run = part[i] ? 0 : run + 1;
		/* The first of the longest, and never a single one. */
		if (run > 1 && run > best) {
			best = run;
			at = i + 1 - run;
		}
	}
	for (i = 0; i < 8; i++) {
		if (i == at) {
			n += str_format(buf + n, NET_ADDRESS_MAX - n, "::");
			i += best - 1;
			continue;
		}
		n += str_format(buf + n, NET_ADDRESS_MAX - n, i && i != at + best ? ":%x" : "%x",
				part[i]);
	}
	return buf;
}

const char *net_address_text(int family, const uint8_t *address, char *buf)
{
	if (family == AF_INET6)
		return net_ipv6_text(address, buf);
	str_format(buf, NET_ADDRESS_MAX, "%u.%u.%u.%u", address[0], address[1], address[2],
		   address[3]);
	return buf;
}
