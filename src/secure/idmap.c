/* SPDX-License-Identifier: MIT */
/* owns the id maps of a user namespace, and the caller's lines in /etc/subuid and /etc/subgid */
/* never gives newuidmap and newgidmap anything but arguments: they have privileges */
#include "secure/idmap.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "lib/sys.h"

#define USER_MAX 64

int id_maps_add(struct id_maps *maps, bool is_group, uint32_t inside, uint32_t outside,
		uint32_t count)
{
	if (maps->n == ID_MAPS_MAX)
		return err_set(E2BIG, "more than %d id maps", ID_MAPS_MAX);
	maps->m[maps->n++] = (struct id_map){ is_group, inside, outside, count };
	return 0;
}

void id_maps_of(struct id_maps *maps, const struct conf *c)
{
	const struct conf_item *it;

	maps->n = 0;
	for (it = c->idmap.first; it && maps->n < ID_MAPS_MAX; it = it->next)
		conf_id_map(it, &maps->m[maps->n++]);
}

int id_maps_parse(struct id_maps *maps, const char *text)
{
	char copy[64], *at = copy, *word;
	uint64_t n[3];
	unsigned int i;
	int ret = 0;

	if (str_format(copy, sizeof(copy), "%s", text) >= sizeof(copy))
		goto bad;
	word = str_word(&at, ":");
	if (!word || !*word || word[1] || !strchr("ugb", *word))
		goto bad;
	for (i = 0; i < 3; i++) {
		char *number = str_word(&at, ":");

		if (!number || str_to_u64(number, UINT32_MAX, &n[i]))
			goto bad;
	}
	if (str_word(&at, ":") || !n[2] || n[0] + n[2] > UINT32_MAX || n[1] + n[2] > UINT32_MAX)
		goto bad;
	for (i = 0; !ret && i < 2; i++)
		if (*word == 'b' || *word == "ug"[i])
			ret = id_maps_add(maps, i, (uint32_t)n[0], (uint32_t)n[1], (uint32_t)n[2]);
	return ret;
bad:
	return err_set(EINVAL, "bad id map '%s' ([u|g|b]:INSIDE:OUTSIDE:COUNT)", text);
}

/* ---- users of the host ---- */

struct lookup {
	const char *name;	/* NULL: by number */
	uid_t uid;
	char found[USER_MAX];
};

/* name:password:uid:... */
static int look_at_user(char *line, void *arg)
{
	struct lookup *l = arg;
	char *at = line, *name = str_word(&at, ":"), *number = at;
	uint64_t uid;

	/* The password may be empty. */
	number = at ? strchr(at, ':') : NULL;
	if (!name || !number)
		return 0;
	number[strcspn(number + 1, ":") + 1] = '\0';
	if (str_to_u64(number + 1, UINT32_MAX, &uid) ||
	    (l->name ? !str_eq(name, l->name) : (uid_t)uid != l->uid))
		return 0;
	l->uid = (uid_t)uid;
	return str_format(l->found, sizeof(l->found), "%s", name) < sizeof(l->found);
}

int user_find(const char *text, uid_t *uid)
{
	struct lookup l = { .name = text };
	uint64_t n;

	if (!str_to_u64(text, UINT32_MAX - 1, &n)) {
		*uid = (uid_t)n;
		return 0;
	}
	if (fd_each_line(AT_FDCWD, "/etc/passwd", look_at_user, &l) <= 0)
		return err_set(ENOENT, "there is no user '%s'", text);
	*uid = l.uid;
	return 0;
}

struct own {
	struct id_maps *maps;
	const char *name;
	bool is_group;
	uid_t uid;
};

/* name-or-uid:first:count */
static int look_at_range(char *line, void *arg)
{
	const struct own *o = arg;
	char *at = line, *who = str_word(&at, ":");
	const char *first = str_word(&at, ":"), *count = str_word(&at, ":");
	uint64_t n[2], uid;

	if (!who || !first || !count || str_to_u64(first, UINT32_MAX, &n[0]) ||
	    str_to_u64(count, UINT32_MAX, &n[1]) || !n[1] || n[0] + n[1] > UINT32_MAX)
		return 0;
	if (!str_eq(who, o->name) && (str_to_u64(who, UINT32_MAX, &uid) || uid != o->uid))
		return 0;
	return id_maps_add(o->maps, o->is_group, 0, (uint32_t)n[0], (uint32_t)n[1]) ? -E2BIG : 1;
}

int id_maps_add_own(struct id_maps *maps)
{
	static const char files[2][12] = { "/etc/subuid", "/etc/subgid" };
	struct lookup l = { .uid = getuid() };
	unsigned int i;

	if (fd_each_line(AT_FDCWD, "/etc/passwd", look_at_user, &l) <= 0)
		*l.found = '\0';
	for (i = 0; i < 2; i++) {
		struct own o = { maps, l.found, i, l.uid };

		if (fd_each_line(AT_FDCWD, files[i], look_at_range, &o) <= 0)
			return err_set(ENOENT, "no ids for user %u (%s) in %s", l.uid,
				       *l.found ? l.found : "no name", files[i]);
	}
	return 0;
}

int id_maps_add_self(struct id_maps *maps)
{
	const uint32_t own[2] = { (uint32_t)getuid(), (uint32_t)getgid() };
	unsigned int i, kind;
	int ret = 0;

	for (kind = 0; !ret && kind < 2; kind++) {
		uint32_t inside = 0;

		for (i = 0; i < maps->n; i++) {
			const struct id_map *m = &maps->m[i];

			if (m->is_group == kind && inside < m->inside + m->count)
				inside = m->inside + m->count;
		}
		ret = id_maps_add(maps, kind, inside, own[kind], 1);
	}
	return ret;
}

/* ---- written ---- */

/* A map of one line that is the caller's own id needs no privilege. */
static bool is_own_alone(const struct id_maps *maps, bool is_group)
{
	unsigned int i, n = 0;
	bool is_own = true;

	for (i = 0; i < maps->n; i++) {
		const struct id_map *m = &maps->m[i];

		if (m->is_group != is_group)
			continue;
		n++;
		is_own = is_own && m->count == 1 &&
			 m->outside == (is_group ? getegid() : geteuid());
	}
	return n == 1 && is_own;
}

static int write_map(const struct id_maps *maps, bool is_group, pid_t pid)
{
	/* The kernel takes less than a page, in one write. */
	char path[40], text[4096];
	unsigned int i;
	size_t n = 0;
	int ret;

	for (i = 0; i < maps->n; i++)
		if (maps->m[i].is_group == is_group && n < sizeof(text))
			n += str_format(text + n, sizeof(text) - n, "%u %u %u\n", maps->m[i].inside,
					maps->m[i].outside, maps->m[i].count);
	if (n >= sizeof(text))
		return err_set(E2BIG, "the id map is longer than 4095 bytes");
	/* Since Linux 3.19, and only for who has no privilege over the groups. */
	if (is_group && sys_euid()) {
		str_format(path, sizeof(path), "/proc/%d/setgroups", pid);
		ret = fd_write_file(AT_FDCWD, path, "deny");
		if (ret && ret != -ENOENT)
			return err_code(ret, "cannot write '%s'", path);
	}
	str_format(path, sizeof(path), "/proc/%d/%s", pid, is_group ? "gid_map" : "uid_map");
	ret = fd_write_file(AT_FDCWD, path, text);
	return ret ? err_code(ret, "cannot write '%s'", path) : 0;
}

/* newuidmap PID INSIDE OUTSIDE COUNT... */
static int run_program(const struct id_maps *maps, bool is_group, pid_t pid)
{
	static const char programs[2][2][20] = {
		{ "/usr/bin/newuidmap", "/bin/newuidmap" },
		{ "/usr/bin/newgidmap", "/bin/newgidmap" },
	};
	AUTO_FREE char (*text)[12] = calloc(3 * maps->n + 1, sizeof(*text));
	AUTO_FREE char **argv = calloc(3 * maps->n + 3, sizeof(*argv));
	char *env[] = { NULL };
	unsigned int i, n = 1, k = 0;
	int status;
	pid_t child;

	if (!text || !argv)
		return err_set(ENOMEM, "out of memory");
	argv[0] = (char *)programs[is_group][0];
	str_format(text[k], sizeof(*text), "%d", pid);
	argv[n++] = text[k++];
	for (i = 0; i < maps->n; i++) {
		const struct id_map *m = &maps->m[i];
		const uint32_t numbers[3] = { m->inside, m->outside, m->count };
		unsigned int j;

		for (j = 0; m->is_group == is_group && j < 3; j++) {
			str_format(text[k], sizeof(*text), "%u", numbers[j]);
			argv[n++] = text[k++];
		}
	}
	argv[n] = NULL;
	child = sys_clone(0);
	if (!child) {
		for (i = 0; i < 2; i++)
			execve(programs[is_group][i], argv, env);
		_exit(127);
	}
	if (child < 0)
		return err_code(child, "cannot fork");
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys("cannot wait for '%s'", argv[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return err_set(ENOENT, "'%s' is not there", argv[0]);
	return status ? err_set(EPERM, "'%s' refused the ids", argv[0]) : 0;
}

static bool has_kind(const struct id_maps *maps, bool is_group)
{
	unsigned int i;

	for (i = 0; i < maps->n; i++)
		if (maps->m[i].is_group == is_group)
			return true;
	return false;
}

int id_maps_write(const struct id_maps *maps, pid_t pid)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < 2; i++) {
		if (!has_kind(maps, i))
			continue;
		if ((!CFG_UNSHARE && !CFG_UNPRIVILEGED) || !sys_euid() || is_own_alone(maps, i))
			ret = write_map(maps, i, pid);
		else
			ret = run_program(maps, i, pid);
	}
	return ret;
}
