/* SPDX-License-Identifier: MIT */
/* owns the line on a terminal that says how far a long piece of work is */
/* never writes where no person looks */
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/sys.h"
#include "store/input.h"

#define EVERY_MS 100
#define BAR_MAX 40
#define LINE_MAX_COLUMNS 200

/* Thousandths of the total; in steps that need no division of 64 bits. */
static unsigned int permille(uint64_t done, uint64_t total)
{
	while (total >> 21) {
		total >>= 1;
		done >>= 1;
	}
	return !total || done >= total ? 1000 : (unsigned int)done * 1000u / (unsigned int)total;
}

/* "12.3 MB" */
static void put_size(char *buf, size_t n, uint64_t bytes)
{
	static const char units[] = "kMGT";
	unsigned int unit = 0, tenths;

	while (bytes >> 20 && unit < 3) {
		bytes >>= 10;
		unit++;
	}
	tenths = (unsigned int)((bytes & 1023) * 10 >> 10);
	str_format(buf, n, "%u.%u %cB", (unsigned int)(bytes >> 10), tenths, units[unit]);
}

void progress_line(const struct progress *p, uint64_t done, unsigned int width, char *buf, size_t n)
{
	char of[24], total[24], tail[80], bar[BAR_MAX + 1];
	unsigned int m = permille(done, p->total), room, used, size;

	put_size(of, sizeof(of), done);
	put_size(total, sizeof(total), p->total);
	if (p->total)
		str_format(tail, sizeof(tail), "%3u%%  %s of %s", m / 10, of, total);
	else
		str_format(tail, sizeof(tail), "%s", of);
	used = (unsigned int)(strlen(p->what) + strlen(tail)) + 6;
	room = p->total && width > used ? width - used : 0;
	if (room > BAR_MAX)
		room = BAR_MAX;
	memset(bar, ' ', room);
	memset(bar, '#', room * m / 1000);
	bar[room] = '\0';
	/* One column stays free: a full line would wrap. */
	size = width && width < n ? width : (unsigned int)n;
	str_format(buf, size, room >= 5 ? "%s [%s] %s" : "%s%.0s %s", p->what, bar, tail);
}

void progress_begin(struct progress *p, const char *what, uint64_t total)
{
	*p = (struct progress){ .what = what, .total = total };
	p->is_on = isatty(STDERR_FILENO) && !log_is_quiet();
}

/* Asked anew: no signal tells of a window that has changed, and none is needed. */
static unsigned int window_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) || !size.ws_col)
		return 80;
	return size.ws_col < LINE_MAX_COLUMNS ? size.ws_col : LINE_MAX_COLUMNS;
}

void progress_at(struct progress *p, uint64_t done)
{
	char line[LINE_MAX_COLUMNS + 1];
	int64_t now;

	if (!p->is_on)
		return;
	now = sys_now_ms();
	if (now < p->next_ms)
		return;
	/* What is done at once needs no bar. */
	if (!p->next_ms) {
		p->next_ms = now + 3 * EVERY_MS;
		return;
	}
	p->next_ms = now + EVERY_MS;
	progress_line(p, done, window_width(), line, sizeof(line));
	fd_printf(STDERR_FILENO, "\r%s\033[K", line);
	p->is_drawn = true;
}

void progress_end(struct progress *p)
{
	if (p->is_drawn)
		fd_printf(STDERR_FILENO, "\r\033[K");
	p->is_on = p->is_drawn = false;
}
