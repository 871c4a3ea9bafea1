/* SPDX-License-Identifier: MIT */
/* owns reading what the kernel says of a device */
/* never believes a name that leads out of /dev */
#include <errno.h>
#include <string.h>

#include "container/device.h"
#include "lib/str.h"

#define MAJOR_MAX 4095
#define MINOR_MAX 1048575

/* Hexadecimal up to a byte of ends; *at moves behind that. -1: none, or more than 16 bits. */
static int take_id(const char **at, const char *ends)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *digit;
	unsigned int n = 0;
	const char *s = *at;

	for (; *s && !strchr(ends, *s); s++) {
		digit = strchr(digits, *s);
		if (!digit || n > 0xfff)
			return -1;
		n = n << 4 | (unsigned int)((digit - digits) & 15);
	}
	if (s == *at)
		return -1;
	*at = s + (*s != '\0');
	return (int)n;
}

/*
 * "1a2b/3c4d/100" of USB, "3/46d/c077/111" of input, whose first is the bus; "8086:1234" of PCI,
 * "02D0:A9A6" of SDIO, "0003:0000046D:0000C077" of HID.
 */
static void take_ids(const char *v, bool with_bus, struct uevent *e)
{
	const char *ends = "/:";
	int vendor, product;

	if (with_bus && take_id(&v, ends) < 0)
		return;
	vendor = take_id(&v, ends);
	product = vendor < 0 ? -1 : take_id(&v, ends);
	if (product < 0)
		return;
	e->vendor = vendor;
	e->product = product;
}

static bool has_bus(const char *v)
{
	unsigned int n = 0;

	for (; *v; v++)
		n += *v == '/';
	return n == 3;
}

/* A path below /dev of printable bytes, no part of which is "" or begins with a dot. */
static bool is_name(const char *v)
{
	const char *at;

	if (!*v || strlen(v) > DEVICE_NAME_MAX)
		return false;
	for (at = v; *at; at++) {
		if (*at <= ' ' || *at == 0x7f || (unsigned char)*at > 0x7f)
			return false;
		if ((at == v || at[-1] == '/') && (*at == '/' || *at == '.'))
			return false;
	}
	return at[-1] != '/';
}

static int take_number(const char *v, unsigned int max, int *out)
{
	uint64_t n;

	if (str_to_u64(v, max, &n))
		return -EINVAL;
	*out = (int)n;
	return 0;
}

static int take_pair(const char *pair, struct uevent *e)
{
	const char *v;

	v = str_after(pair, "SUBSYSTEM=");
	if (v)
		e->subsystem = v;
	v = str_after(pair, "MAJOR=");
	if (v)
		return take_number(v, MAJOR_MAX, &e->major);
	v = str_after(pair, "MINOR=");
	if (v)
		return take_number(v, MINOR_MAX, &e->minor);
	v = str_after(pair, "DEVNAME=");
	if (v && !is_name(v))
		return -EINVAL;
	if (v)
		e->name = v;
	v = str_after(pair, "PRODUCT=");
	if (v)
		take_ids(v, has_bus(v), e);
	v = str_after(pair, "HID_ID=");
	if (v)
		take_ids(v, true, e);
	v = str_after(pair, "PCI_ID=");
	if (!v)
		v = str_after(pair, "SDIO_ID=");
	if (v)
		take_ids(v, false, e);
	return 0;
}

/* A node needs all three. */
static int check(const struct uevent *e)
{
	return e->major >= 0 && (e->minor < 0 || !*e->name) ? -EINVAL : 0;
}

static const struct uevent nothing = {
	.devpath = "", .subsystem = "", .name = "", .major = -1, .minor = -1, .vendor = -1,
	.product = -1,
};

int uevent_parse(char *message, size_t n, struct uevent *e)
{
	char *end = message + n, *at = message;
	int ret = 0;

	*e = nothing;
	/* What udev tells its own listeners begins otherwise. */
	if (!n || end[-1] || !strchr(message, '@') || strchr(message, '@')[1] != '/')
		return -EINVAL;
	e->is_add = str_after(message, "add@");
	e->is_remove = str_after(message, "remove@");
	e->devpath = strchr(message, '@') + 1;
	if (strstr(e->devpath, "/../") || str_ends(e->devpath, "/.."))
		return -EINVAL;
	for (at += strlen(at) + 1; !ret && at < end; at += strlen(at) + 1)
		ret = take_pair(at, e);
	return ret ? ret : check(e);
}

int uevent_parse_file(char *text, struct uevent *e)
{
	char *line;
	int ret = 0;

	*e = nothing;
	while (!ret && (line = str_word(&text, "\n")))
		ret = take_pair(line, e);
	return ret ? ret : check(e);
}
