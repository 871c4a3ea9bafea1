/* SPDX-License-Identifier: MIT */
/* owns the way out of a whole configuration: a text that loads to the same */
/* never writes a default, never knows a key: the table does */
#include <errno.h>
#include <string.h>

#include "conf/parse.h"
#include "lib/str.h"

struct writer {
	struct conf_sink *out;
	bool origins;
	struct origin last;	/* that was written */
	const struct key *k;
	const struct conf_net *net;
	int lines;
};

static int put_origin(struct writer *w, struct origin at)
{
	char where[ORIGIN_MAX];
	size_t n;
	int ret;

	if (!w->origins || !at.file || (w->last.file == at.file && w->last.line == at.line))
		return 0;
	w->last = at;
	origin_text(at, where);
	/* Without its ": ". */
	n = strlen(where);
	where[n < 2 ? 0 : n - 2] = '\0';
	ret = sink_put(w->out, "# ");
	if (!ret)
		ret = sink_put(w->out, where);
	return ret ? ret : sink_put(w->out, "\n");
}

static int put_key(struct writer *w, const char *sub)
{
	const char *name = key_name(w->k), *rest = str_after(name, "net.N.");
	char front[24] = "lxc.";
	int ret;

	if (rest && w->net) {
		str_format(front, sizeof(front), "lxc.net.%d.", w->net->index);
		name = rest;
	}
	ret = str_after(name, "lxcbox.") ? 0 : sink_put(w->out, front);
	if (!ret)
		ret = sink_put(w->out, name);
	if (!ret && sub)
		ret = sink_put(w->out, ".");
	return ret || !sub ? ret : sink_put(w->out, sub);
}

static int put_line(void *arg, struct origin at, const char *sub, const char *v)
{
	struct writer *w = arg;
	const char *quote;
	int ret;

	/* The one number whose "none" is the empty value. */
	if (w->k->type == TYPE_PDEATH && str_eq(v, "0"))
		v = "";
	quote = lex_quote(v, conf_types[w->k->type].flags);
	w->lines++;
	ret = put_origin(w, at);
	if (!ret)
		ret = put_key(w, sub);
	if (!ret)
		ret = sink_put(w->out, " = ");
	if (!ret)
		ret = sink_put(w->out, quote);
	if (!ret)
		ret = sink_put(w->out, v);
	if (!ret)
		ret = sink_put(w->out, quote);
	return ret ? ret : sink_put(w->out, "\n");
}

/* The rows of struct conf, or with a net those of that interface. */
static int put_rows(struct writer *w, const void *base)
{
	const struct key *k;
	int ret = 0;

	for (k = conf_keys; !ret && k < conf_keys + conf_keys_count; k++) {
		const void *field = (const char *)base + k->offset;

		w->k = k;
		if (key_is_net(k) == !!w->net && value_is_set(k, field))
			ret = value_each(k, field, put_line, w);
	}
	return ret;
}

/* One without a setting is there all the same. */
static int put_bare(struct writer *w)
{
	char line[40];

	str_format(line, sizeof(line), "lxc.net.%d.type =\n", w->net->index);
	return sink_put(w->out, line);
}

int conf_write_to(const struct conf *c, struct conf_sink *out, bool origins)
{
	struct writer w = { .out = out, .origins = origins };
	int ret = put_rows(&w, c);

	for (w.net = c->net; !ret && w.net; w.net = w.net->next) {
		w.lines = 0;
		ret = put_rows(&w, w.net);
		if (!ret && !w.lines)
			ret = put_bare(&w);
	}
	return ret;
}

int conf_write(const struct conf *c, int fd, bool origins)
{
	struct conf_fd_sink out;
	int ret;

	fd_sink_init(&out, fd);
	ret = conf_write_to(c, &out.sink, origins);
	return ret ? ret : fd_sink_end(&out);
}
