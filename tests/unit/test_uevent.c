/* SPDX-License-Identifier: MIT */
//link: container/uevent.c conf/device_rule.c lib/fd.c lib/sys.c lib/str.c lib/err.c
/* owns tests of what is read of the kernel's messages of devices, and of the lines that devices fit */
/* never hears a real one */
#include "container/device.h"
#include "cgroup_test.h"

#define PARSED(text, e) parsed(text, sizeof(text) - 1, e)

static int parsed(const char *text, size_t n, struct uevent *e)
{
	static char copy[512];

	memcpy(copy, text, n);
	return uevent_parse(copy, n, e);
}

static void test_messages(void)
{
	struct uevent e;

	check(!PARSED("add@/devices/pci/usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0\0ACTION=add\0"
		      "DEVPATH=/devices/pci/usb1/1-1/1-1:1.0/ttyUSB0/tty/ttyUSB0\0SUBSYSTEM=tty\0"
		      "MAJOR=188\0MINOR=0\0DEVNAME=ttyUSB0\0SEQNUM=1234\0", &e) &&
	      e.is_add && !e.is_remove && e.major == 188 && !e.minor && e.vendor < 0 &&
	      str_eq(e.subsystem, "tty") && str_eq(e.name, "ttyUSB0") &&
	      str_after(e.devpath, "/devices/pci/"), "uevent-add", "other");
	check(!PARSED("remove@/devices/usb1/1-1\0SUBSYSTEM=usb\0MAJOR=189\0MINOR=3\0"
		      "DEVNAME=bus/usb/001/004\0PRODUCT=1a2b/3c4d/100\0", &e) &&
	      e.is_remove && e.vendor == 0x1a2b && e.product == 0x3c4d &&
	      str_eq(e.name, "bus/usb/001/004"), "uevent-remove-usb", "other");
	check(!PARSED("change@/devices/virtual/block/loop0\0SUBSYSTEM=block\0MAJOR=7\0MINOR=0\0"
		      "DEVNAME=loop0\0", &e) && !e.is_add && !e.is_remove, "uevent-change", "other");
	check(!PARSED("add@/devices/virtual/net/veth1\0SUBSYSTEM=net\0INTERFACE=veth1\0", &e) &&
	      e.major < 0, "uevent-without-node", "other");
	check(!PARSED("add@/devices/i/input3\0SUBSYSTEM=input\0PRODUCT=3/46d/c077/111\0", &e) &&
	      e.vendor == 0x46d && e.product == 0xc077, "uevent-input-has-a-bus", "other");
	check(!PARSED("add@/devices/p\0PCI_ID=8086:1234\0", &e) && e.vendor == 0x8086 &&
	      e.product == 0x1234, "uevent-pci", "other");
	check(!PARSED("add@/devices/h\0HID_ID=0003:0000046D:0000C077\0", &e) &&
	      e.vendor == 0x46d && e.product == 0xc077, "uevent-hid", "other");
	check(!PARSED("add@/devices/x\0PRODUCT=zz/3c4d/1\0", &e) && e.vendor < 0,
	      "uevent-odd-product-is-none", "other");
}

static void test_refused(void)
{
	static const struct {
		const char *name, *text;
		size_t n;
	} bad[] = {
#define BAD(name, text) { "uevent-refused-" name, text, sizeof(text) - 1 }
		BAD("udev", "libudev\0\xfe\xed\xca\xfe\0"), BAD("no-path", "add\0A=1\0"),
		BAD("empty", ""), BAD("unclosed", "add@/x"), BAD("climbs", "add@/devices/../../x\0"),
		BAD("relative", "add@x\0"),
		BAD("name-climbs", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME=../etc/x\0"),
		BAD("name-climbs-later", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME=a/../../x\0"),
		BAD("name-hidden", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME=.x\0"),
		BAD("name-absolute", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME=/x\0"),
		BAD("name-empty", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME=\0"),
		BAD("name-ends", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME=x/\0"),
		BAD("name-control", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME=x\033[2J\0"),
		BAD("name-long", "add@/x\0MAJOR=1\0MINOR=1\0DEVNAME="
		    "0123456789012345678901234567890123456789012345678901234567890123\0"),
		BAD("no-name", "add@/x\0MAJOR=1\0MINOR=1\0"), BAD("no-minor", "add@/x\0MAJOR=1\0DEVNAME=x\0"),
		BAD("major", "add@/x\0MAJOR=4096\0MINOR=1\0DEVNAME=x\0"),
		BAD("minor", "add@/x\0MAJOR=1\0MINOR=-1\0DEVNAME=x\0"),
	};
	struct uevent e;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		check(parsed(bad[i].text, bad[i].n, &e), bad[i].name, "taken");
}

static void test_files(void)
{
	char text[] = "MAJOR=188\nMINOR=5\nDEVNAME=ttyUSB5\n", empty[] = "", dots[] = "DEVNAME=../x\n";
	struct uevent e;

	check(!uevent_parse_file(text, &e) && e.major == 188 && e.minor == 5 &&
	      str_eq(e.name, "ttyUSB5") && !*e.devpath, "uevent-file", "other");
	check(!uevent_parse_file(empty, &e) && e.major < 0, "uevent-file-empty", "other");
	check(uevent_parse_file(dots, &e), "uevent-file-refused", "taken");
}

static void fits(const char *pattern, const char *text, bool want)
{
	struct device_text t = { pattern, (unsigned int)strlen(pattern) };
	char name[64];

	str_format(name, sizeof(name), "device-pattern-%s-%s", pattern, text);
	check(device_text_fits(&t, text) == want, name, want ? "does not" : "does");
}

static void test_lines(void)
{
	struct device_match m;

	fits("ttyUSB*", "ttyUSB0", true);
	fits("ttyUSB*", "ttyUSB", true);
	fits("ttyUSB*", "ttyS0", false);
	fits("*", "bus/usb/001/004", true);
	fits("bus/*/0?1/*4", "bus/usb/001/004", true);
	fits("bus/*/0?1/*4", "bus/usb/011/0045", false);
	fits("sd?", "sda", true);
	fits("sd?", "sda1", false);
	fits("sd?", "sd", false);
	fits("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false);
	fits("tty", "tty", true);
	fits("tty", "tty1", false);
	check(device_text_fits(&(struct device_text){ NULL }, "x"), "device-pattern-any", "does not");
	check(!device_match_parse("name=x", &m) && m.access == (DEVICE_READ | DEVICE_WRITE) &&
	      m.mode == 0660 && !m.uid && !m.gid && m.vendor < 0 && !m.as.at && !m.subsystem.at,
	      "device-line-defaults", "other");
	check(!device_match_parse("\tas=a/b  vendor=ffff gid=7 rm", &m) && m.vendor == 0xffff &&
	      m.gid == 7 && m.as.len == 3 && m.access == (DEVICE_READ | DEVICE_MKNOD),
	      "device-line-in-any-order", "other");
}

int main(void)
{
	test_messages();
	test_refused();
	test_files();
	test_lines();
	return unit_status();
}
