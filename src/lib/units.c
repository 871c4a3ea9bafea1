/* SPDX-License-Identifier: MIT */
/* owns the printing of sizes and times for people */
/* never rounds otherwise than LXC does */
#include "lib/units.h"

#include "lib/str.h"

const char *units_hundredths(char *buf, uint64_t v)
{
	unsigned int part = str_divide(&v, 100);

	str_format(buf, UNITS_MAX, "%llu.%02u", (unsigned long long)v, part);
	return buf;
}

const char *units_seconds(char *buf, uint64_t nanoseconds)
{
	nanoseconds += 5000000;
	str_divide(&nanoseconds, 10000);
	str_divide(&nanoseconds, 1000);
	return units_hundredths(buf, nanoseconds);
}

const char *units_size(char *buf, uint64_t bytes, const char *what)
{
	static const struct {
		uint8_t shift;
		char name[4];
		uint16_t half;		/* what LXC adds to round */
	} units[] = { { 20, "MiB", 5243 }, { 10, "KiB", 5 } };
	unsigned int i;
	uint32_t x;

	if (bytes > 1 << 30) {
		x = (uint32_t)bytes & ((1 << 30) - 1);
		str_format(buf, UNITS_MAX, "%u.%02u GiB", (unsigned int)(bytes >> 30), x / 10737419);
		return buf;
	}
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		const uint8_t shift = units[i].shift;

		if (bytes <= 1U << shift)
			continue;
		x = (uint32_t)bytes + units[i].half;
		str_format(buf, UNITS_MAX, "%u.%02u %s", x >> shift,
			   ((x & ((1U << shift) - 1)) * 100) >> shift, units[i].name);
		return buf;
	}
	/* With decimals, as lxc-top has it, there is room for three digits. */
	str_format(buf, UNITS_MAX, "%*u%s", *what == '.' ? 3 : 0, (unsigned int)bytes, what);
	return buf;
}
