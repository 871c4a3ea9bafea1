/* SPDX-License-Identifier: MIT */
//link: lib/units.c lib/str.c lib/err.c
/* owns tests of sizes and times as LXC prints them: the texts are those of lxc-info and lxc-top 5.0.2 */
/* never needs root */
#define UNIT_PREFIX "units-"
#include "unit.h"

#include "lib/str.h"
#include "lib/units.h"

static void size(uint64_t bytes, const char *info, const char *top)
{
	char buf[UNITS_MAX], other[UNITS_MAX], name[40];

	snprintf(name, sizeof(name), "size-%llu", (unsigned long long)bytes);
	units_size(buf, bytes, " bytes");
	units_size(other, bytes, ".00   ");
	result(name, str_eq(buf, info) && str_eq(other, top), buf);
}

static void seconds(uint64_t ns, const char *text)
{
	char buf[UNITS_MAX], name[40];

	snprintf(name, sizeof(name), "seconds-%llu", (unsigned long long)ns);
	result(name, str_eq(units_seconds(buf, ns), text), buf);
}

int main(void)
{
	size(0, "0 bytes", "  0.00   ");
	size(7, "7 bytes", "  7.00   ");
	size(1023, "1023 bytes", "1023.00   ");
	size(1024, "1024 bytes", "1024.00   ");
	size(1025, "1.00 KiB", "1.00 KiB");
	size(1536, "1.50 KiB", "1.50 KiB");
	size(516096, "504.00 KiB", "504.00 KiB");
	size(1 << 20, "1024.00 KiB", "1024.00 KiB");
	size((1 << 20) + 1, "1.00 MiB", "1.00 MiB");
	size(1572864, "1.50 MiB", "1.50 MiB");
	size(1 << 30, "1024.00 MiB", "1024.00 MiB");
	size((1U << 30) + 1, "1.00 GiB", "1.00 GiB");
	/* LXC cuts off here. */
	size(3ULL << 29, "1.49 GiB", "1.49 GiB");
	size(UINT64_MAX, "4294967295.99 GiB", "4294967295.99 GiB");
	seconds(0, "0.00");
	seconds(4999999, "0.00");
	seconds(5000000, "0.01");
	seconds(2964940, "0.00");
	seconds(1234567890, "1.23");
	seconds(999995000000, "1000.00");
	seconds(1000000000000000000ULL, "1000000000.00");
	return unit_status();
}
