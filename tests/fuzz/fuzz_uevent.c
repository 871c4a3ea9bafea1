/* SPDX-License-Identifier: MIT */
//link: container/uevent.c conf/device_rule.c lib/fd.c lib/sys.c lib/str.c lib/err.c
/* owns the fuzzing of messages of devices, of /sys/.../uevent, and of the line that they are held against */
/* never listens to the kernel */
/* Input: a value of lxcbox.device, a form feed, a message. */
#include "container/device.h"
#include "cgroup_test.h"
#include "fuzz.h"

static void look_at(const struct uevent *e)
{
	const char *at;

	claim(e->devpath && e->subsystem && e->name);
	claim(!(e->is_add && e->is_remove));
	claim(e->major < 0 || (e->minor >= 0 && *e->name));
	claim(e->vendor <= 0xffff && e->product <= 0xffff && (e->vendor < 0) == (e->product < 0));
	claim(strlen(e->name) <= DEVICE_NAME_MAX && *e->name != '/');
	claim_printable(e->name, false);
	/* No part of it leads elsewhere. */
	for (at = e->name; *at; at++)
		claim(*at != '/' || (at[1] && at[1] != '/' && at[1] != '.'));
	claim(*e->name != '.');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	char *text = fuzz_copy(data, n), *message = memchr(text, '\f', n), *copy;
	size_t len = message ? n - (size_t)(message + 1 - text) : 0;
	struct device_match m;
	struct uevent e;
	bool has_line;

	if (message)
		*message++ = '\0';
	has_line = !device_match_parse(text, &m);
	claim(has_line != err_is_set());
	claim_printable(err_text(), false);
	err_clear();
	if (has_line) {
		claim(m.access && m.access <= 7 && m.mode <= 0777 && m.vendor <= 0xffff);
		claim(!m.as.at || (m.as.len && m.as.len <= DEVICE_NAME_MAX && *m.as.at != '/'));
		claim(m.subsystem.at || m.name.at || m.vendor >= 0 || m.product >= 0);
	}
	/* Each an allocation of its own, so that a read beyond one is seen. */
	copy = fuzz_copy((const uint8_t *)(message ? message : ""), len);
	if (!uevent_parse(copy, len, &e)) {
		look_at(&e);
		if (has_line)
			device_text_fits(&m.name, e.name);
	}
	free(copy);
	copy = fuzz_copy((const uint8_t *)(message ? message : ""), len);
	if (!uevent_parse_file(copy, &e))
		look_at(&e);
	free(copy);
	free(text);
	return 0;
}
