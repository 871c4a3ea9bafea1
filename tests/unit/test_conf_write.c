/* SPDX-License-Identifier: MIT */
//link: conf/lex.c conf/keys.c conf/problem.c conf/value.c conf/types.c conf/types_secure.c conf/types_net.c conf/forward.c conf/names.c
//link: conf/device_rule.c conf/mount_spec.c conf/conf.c conf/load.c conf/check.c conf/print.c conf/idmap.c
//link: conf/write.c lib/str.c lib/err.c lib/fd.c lib/log.c lib/path.c lib/sys.c
/* owns the round trip: load, write, load gives the same value of every key, for every good fixture */
/* never needs root; writes no file */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "conf/parse.h"
#include "lib/log.h"
#include "lib/str.h"
#define UNIT_PREFIX "conf-write-"
#include "unit.h"

/* A text in memory; byte s[n] is free. */
struct memory {
	struct conf_sink sink;
	char *s;
	size_t n;
};

static int keep(struct conf_sink *sink, const char *text, size_t n)
{
	struct memory *m = (struct memory *)sink;

	m->s = realloc(m->s, m->n + n + 1);
	memcpy(m->s + m->n, text, n);
	m->n += n;
	m->s[m->n] = '\0';
	return 0;
}

static struct memory written(const struct conf *c, bool origins)
{
	struct memory m = { .sink = { keep } };

	keep(&m.sink, "", 0);
	if (conf_write_to(c, &m.sink, origins))
		abort();
	return m;
}

static void init(struct conf *c)
{
	err_clear();
	conf_init(c, "c1", "/var/lib/lxc");
	c->keeps_unbuilt = true;
}

static bool same_text(const char *a, const char *b)
{
	return !a || !b ? a == b : str_eq(a, b);
}

static bool same_list(const struct conf_list *a, const struct conf_list *b)
{
	const struct conf_item *i = a->first, *j = b->first;

	for (; i && j; i = i->next, j = j->next)
		if (!same_text(i->key, j->key) || !same_text(i->v, j->v))
			return false;
	return !i && !j;
}

/* Fields as they are in memory: not by the code that writes them. */
static bool same_field(const struct key *k, const void *a, const void *b)
{
	const struct conf_int *m = a, *n = b;

	switch (k->shape) {
	case SHAPE_STR:
	case SHAPE_NET_STR:
		return same_text(((const struct conf_str *)a)->v, ((const struct conf_str *)b)->v);
	case SHAPE_INT:
	case SHAPE_NET_INT:
		return m->v == n->v && m->set == n->set;
	case SHAPE_LIST:
	case SHAPE_MAP:
	case SHAPE_NET_LIST:
		return same_list(a, b);
	}
	return true;
}

static const char *differs(const struct conf *a, const struct conf *b)
{
	const struct conf_net *m = a->net, *n = b->net;
	const struct key *k;

	for (k = conf_keys; k < conf_keys + conf_keys_count; k++)
		if (k->shape < SHAPE_NET_STR &&
		    !same_field(k, (const char *)a + k->offset, (const char *)b + k->offset))
			return key_name(k);
	for (; m && n; m = m->next, n = n->next) {
		if (m->index != n->index)
			return "the number of an interface";
		for (k = conf_keys; k < conf_keys + conf_keys_count; k++)
			if (k->shape >= SHAPE_NET_STR && k->shape <= SHAPE_NET_LIST &&
			    !same_field(k, (const char *)m + k->offset, (const char *)n + k->offset))
				return key_name(k);
	}
	return m || n ? "the number of interfaces" : NULL;
}

static void try_file(const char *path)
{
	struct memory text, again;
	struct conf a, b;
	const char *what;

	init(&a);
	init(&b);
	if (conf_load(&a, path)) {
		result(path, false, err_text());
		return;
	}
	text = written(&a, false);
	/* The loader cuts its text to pieces. */
	again = (struct memory){ .sink = { keep } };
	keep(&again.sink, text.s, text.n);
	if (conf_load_text(&b, "written", again.s, again.n)) {
		result(path, false, err_text());
		return;
	}
	what = differs(&a, &b);
	result(path, !what, what ? what : "");
	if (what)
		printf("%s", text.s);
	free(again.s);
	again = written(&b, false);
	if (!str_eq(text.s, again.s))
		result(path, false, "written twice, not the same");
	free(text.s);
	free(again.s);
	conf_free(&a);
	conf_free(&b);
}

static void try_folder(const char *dir)
{
	struct dirent **list;
	int n = scandir(dir, &list, NULL, alphasort), i;
	struct stat st;
	char path[512];

	if (n <= 0)
		result(dir, false, "nothing there: run me from the top of the tree");
	for (i = 0; i < n; i++) {
		str_format(path, sizeof(path), "%s/%s", dir, list[i]->d_name);
		if (list[i]->d_name[0] != '.' && !stat(path, &st)) {
			/* Fragments are read through those that include them; mistakes do not load. */
			if (S_ISDIR(st.st_mode) && !str_eq(list[i]->d_name, "fragment") &&
			    !str_eq(list[i]->d_name, "mistakes"))
				try_folder(path);
			else if (str_ends(path, ".ok") || str_ends(path, ".conf"))
				try_file(path);
		}
		free(list[i]);
	}
	if (n > 0)
		free(list);
}

static void load(struct conf *c, const char *s)
{
	char *text = malloc(strlen(s) + 1);

	strcpy(text, s);
	init(c);
	if (conf_load_text(c, "text", text, strlen(s)))
		printf("# %s\n", err_text());
	free(text);
}

/* From one text to the other. */
static void becomes(const char *name, const char *from, const char *want, bool origins)
{
	struct memory have;
	struct conf c;

	load(&c, from);
	have = written(&c, origins);
	result(name, str_eq(have.s, want), have.s);
	free(have.s);
	conf_free(&c);
}

static void check_forms(void)
{
	becomes("nothing", "", "", true);
	becomes("new-names", "lxc.utsname = a\nlxc.cgroup.cpu.shares=2\nlxc.limit.core = 0\n",
		"lxc.uts.name = a\nlxc.prlimit.core = 0\nlxc.cgroup.cpu.shares = 2\n", false);
	becomes("origins", "\nlxc.group = a b # c\nlxc.group = c\n",
		"# text:2\nlxc.group = a\nlxc.group = b\n# text:3\nlxc.group = c\n", true);
	becomes("quotes",
		"lxc.environment = 'A= 1 '\n"
		"lxc.environment = 'B=it \" # is'\n"
		"lxc.init.cmd = \"'a' \"\n"
		"lxc.execute.cmd = 'a' b 'c'\n"
		"lxc.rootfs.path = '\"x\"'\n"
		"lxc.cgroup.x = \"a # b\"\n"
		"lxc.cgroup.y = '# b'\n"
		"lxc.cgroup.z = b#c\n",
		"lxc.init.cmd = \"'a' \"\n"
		"lxc.execute.cmd = 'a' b 'c'\n"
		"lxc.environment = \"A= 1 \"\n"
		"lxc.environment = B=it \" # is\n"
		"lxc.rootfs.path = '\"x\"'\n"
		"lxc.cgroup.x = \"a # b\"\n"
		"lxc.cgroup.y = \"# b\"\n"
		"lxc.cgroup.z = b#c\n",
		false);
	becomes("no-signal", "lxc.monitor.signal.pdeath =\n", "lxc.monitor.signal.pdeath = \n", false);
	becomes("defaults-that-were-written", "lxc.autodev = 1\nlxc.tty.max =\n", "lxc.autodev = 1\n", false);
	becomes("interfaces",
		"lxc.network.type = veth\nlxc.net.7.flags =\nlxc.network.0.ipv4 = 10.0.0.2/24\n"
		"lxc.network.type = empty\nlxc.network.hwaddr = 00:16:3e:xx:xx:xx\n",
		"lxc.net.0.type = veth\nlxc.net.0.ipv4.address = 10.0.0.2/24\nlxc.net.7.type =\n"
		"lxc.net.8.type = empty\nlxc.net.8.hwaddr = 00:16:3e:xx:xx:xx\n", false);
}

int main(void)
{
	check_forms();
	try_folder("tests/conf");
	return unit_status();
}
