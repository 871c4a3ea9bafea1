/* SPDX-License-Identifier: MIT */
/* owns the output of lxc-ls: names, table, JSON */
/* never asks anybody anything */
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "applets/ls.h"
#include "lib/json.h"
#include "lib/units.h"

static const char titles[LS_COLUMNS][13] = {
	"NAME", "STATE", "PID", "RAM", "SWAP", "AUTOSTART", "GROUPS", "INTERFACE", "IPV4", "IPV6",
	"UNPRIVILEGED",
};

/* Longest cell but for the lists, which are bounded themselves. */
#define CELL_MAX 512

static bool is_there(unsigned int column)
{
	unsigned int bit = 1U << column;

	return !(bit & LS_OF_CGROUPS && !CFG_CGROUP_STAT) &&
	       !(bit & LS_OF_NET && !CFG_NET_ADDRESSES);
}

/* A word of a list of columns, in whatever case; -EINVAL with err. */
static int find_column(const char *name)
{
	unsigned int i;

	for (i = 0; i < LS_COLUMNS; i++)
		if (!strcasecmp(titles[i], name) && is_there(i))
			return (int)i;
	return err_set(EINVAL, "unknown column '%s' (" LS_COLUMN_LIST ")", name);
}

int ls_columns(const char *list)
{
	AUTO_FREE char *copy = str_dup(list);
	char *at = copy, *word;
	int bits = 0, one;

	if (!copy)
		return -ENOMEM;
	while ((word = str_word(&at, ", "))) {
		one = find_column(word);
		if (one < 0)
			return one;
		bits |= 1 << one;
	}
	return bits;
}

/* "0.49MB", on the right of its column. *right says so. */
static const char *size_cell(const struct ls_row *r, uint64_t v, char *buf, bool *right)
{
	*right = r->has_memory;
	if (!r->has_memory)
		return "-";
	/* Hundredths of a mebibyte, to the nearest. */
	units_hundredths(buf, (v * 25 + (1 << 17)) >> 18);
	str_format(buf + strlen(buf), CELL_MAX - UNITS_MAX, "MB");
	return buf;
}

static const char *cell(const struct ls_row *r, unsigned int column, char *buf, bool *right)
{
	*right = false;
	switch (column) {
	case LS_NAME:
		if (!r->depth)
			return r->name;
		str_format(buf, CELL_MAX, "%*s%s", (int)r->depth, "\\", r->name);
		return buf;
	case LS_STATE:
		return state_name(r->st.state);
	case LS_PID:
		str_format(buf, CELL_MAX, r->st.init ? "%d" : "-", r->st.init);
		return buf;
	case LS_RAM:
	case LS_SWAP:
		return CFG_CGROUP_STAT ? size_cell(r, column == LS_RAM ? r->memory : r->swap, buf,
						   right)
				       : "-";
	case LS_AUTOSTART:
		return r->auto_start ? "1" : "0";
	case LS_UNPRIVILEGED:
		return r->unprivileged ? "true" : "false";
	default:
		return r->text[column - LS_GROUPS] ? r->text[column - LS_GROUPS] : "-";
	}
}

/* One write(2) for as much as there is room for. */
struct out {
	size_t n;
	int failed;
	char buf[2048];
};

static void flush(struct out *o)
{
	int ret = fd_write_all(1, o->buf, o->n);

	if (!o->failed)
		o->failed = ret;
	o->n = 0;
}

static void put_byte(struct out *o, char byte)
{
	if (o->n == sizeof(o->buf))
		flush(o);
	o->buf[o->n++] = byte;
}

/* A text, and blanks behind it. */
static void put(struct out *o, const char *text, int blanks)
{
	while (*text)
		put_byte(o, *text++);
	for (; blanks > 0; blanks--)
		put_byte(o, ' ');
}

static int end(struct out *o)
{
	flush(o);
	return o->failed ? err_code(o->failed, "cannot write") : 0;
}

/* Every cell has a blank behind it, the last one too: as LXC. */
static void put_cell(struct out *o, const char *text, bool right, int width)
{
	int blanks = width - (int)strlen(text);

	if (right)
		put(o, "", blanks);
	put(o, text, 0);
	put(o, "", right ? 1 : blanks + 1);
}

static int split_columns(char *list, unsigned int *column, unsigned int max)
{
	unsigned int n = 0;
	char *word;

	while (n < max && (word = str_word(&list, ", "))) {
		int one = find_column(word);

		if (one < 0)
			return one;
		column[n++] = (unsigned int)one;
	}
	return (int)n;
}

static int width_of(const struct ls_list *l, unsigned int column, char *buf)
{
	/* As LXC: these have room for what is written behind the number. */
	int width = (int)strlen(titles[column]) + (1U << column & LS_OF_CGROUPS ? 2 : 0);
	unsigned int i;
	bool right;

	for (i = 0; i < l->n; i++) {
		int len = (int)strlen(cell(&l->rows[i], column, buf, &right));

		if (len > width)
			width = len;
	}
	return width;
}

int ls_print_table(const struct ls_list *l, const char *columns)
{
	unsigned int column[LS_COLUMNS * 2], i, j;
	int width[LS_COLUMNS * 2], n;
	AUTO_FREE char *copy = str_dup(columns);
	struct out o = { .n = 0 };
	char buf[CELL_MAX];
	bool right = false;

	n = copy ? split_columns(copy, column, ARRAY_SIZE(column)) : -ENOMEM;
	if (n <= 0)
		return n;
	for (j = 0; j < (unsigned int)n; j++)
		width[j] = width_of(l, column[j], buf);
	/* Row 0 is the heading; without a container there is none. */
	for (i = 0; l->n && i <= l->n; i++) {
		for (j = 0; j < (unsigned int)n; j++) {
			const char *text = i ? cell(&l->rows[i - 1], column[j], buf, &right)
					     : titles[column[j]];

			put_cell(&o, text, right, width[j]);
		}
		put_byte(&o, '\n');
	}
	return end(&o);
}

/* As many beside each other as LXC puts there; 0: not a terminal. */
static int terminal_width(void)
{
	struct winsize w;

	return isatty(1) && !ioctl(1, TIOCGWINSZ, &w) ? w.ws_col : 0;
}

int ls_print_names(const struct ls_list *l, bool one_a_line)
{
	int columns = one_a_line ? 0 : terminal_width(), width = (int)strlen("NAME"), at = 0;
	struct out o = { .n = 0 };
	unsigned int i;

	for (i = 0; i < l->n; i++)
		if ((int)strlen(l->rows[i].path) > width)
			width = (int)strlen(l->rows[i].path);
	for (i = 0; i < l->n; i++) {
		int blanks = width - (int)strlen(l->rows[i].path);

		put(&o, l->rows[i].path, columns ? blanks : 0);
		at += width;
		if (!columns || at + width >= columns)
			at = 0;
		else
			at++;
		put_byte(&o, at ? ' ' : '\n');
	}
	if (at)
		put_byte(&o, '\n');
	return end(&o);
}

/* ---- JSON ---- */

static void put_list(struct json *j, const char *name, const char *text)
{
	char word[CELL_MAX];
	size_t n;

	json_array(j, name);
	for (; text && *text; text += n, text += strspn(text, ", ")) {
		n = strcspn(text, ",");
		str_format(word, sizeof(word), "%.*s", (int)n, text);
		json_string(j, NULL, word);
	}
	json_end(j);
}

static void put_number(struct json *j, const char *name, bool is_known, uint64_t v)
{
	if (is_known)
		json_number(j, name, (int64_t)v);
	else
		json_string(j, name, NULL);
}

int ls_print_json(const struct ls_list *l)
{
	const struct ls_row *r;
	struct json j;
	int ret;

	json_init(&j, 1);
	json_object(&j, NULL);
	json_number(&j, "schema", 1);
	json_array(&j, "containers");
	for (r = l->rows; r < l->rows + l->n; r++) {
		json_object(&j, NULL);
		json_string(&j, "name", r->name);
		json_string(&j, "path", r->path);
		json_string(&j, "state", state_name(r->st.state));
		put_number(&j, "pid", r->st.init, (uint64_t)r->st.init);
		json_bool(&j, "defined", r->defined);
		json_bool(&j, "autostart", r->auto_start);
		json_bool(&j, "unprivileged", r->unprivileged);
		put_number(&j, "memory_bytes", r->has_memory, r->memory);
		put_number(&j, "swap_bytes", r->has_memory, r->swap);
		put_list(&j, "groups", r->text[LS_GROUPS - LS_GROUPS]);
		put_list(&j, "interfaces", r->text[LS_INTERFACE - LS_GROUPS]);
		put_list(&j, "ipv4", r->text[LS_IPV4 - LS_GROUPS]);
		put_list(&j, "ipv6", r->text[LS_IPV6 - LS_GROUPS]);
		json_end(&j);
	}
	json_end(&j);
	ret = json_end(&j);
	return ret ? err_code(ret, "cannot write") : 0;
}
