/* SPDX-License-Identifier: MIT */
/* owns the labels of AppArmor and SELinux: what is wanted, taken, read back */
/* never writes one into what is not procfs, never by a path that a container could have covered */
#include "secure/lsm.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/log.h"
#include "lib/str.h"
#include "secure/secure.h"

#define MEDIATES_MOUNTS "/sys/kernel/security/apparmor/features/mount/mask"

static const struct module {
	const char *name, *key;
	const char *config;	/* what a kernel is built with */
} modules[LSM_COUNT] = {
	{ "AppArmor", "lxc.apparmor.profile", "CONFIG_SECURITY_APPARMOR" },
	{ "SELinux", "lxc.selinux.context", "CONFIG_SECURITY_SELINUX" },
};

static const struct conf_str *key_of(const struct conf *c, unsigned int i)
{
	return i == LSM_APPARMOR ? &c->aa_profile : &c->se_context;
}

static void close_files(struct labels *l)
{
	fd_close_all(l->fd, LSM_COUNT);
}

void labels_init(struct labels *l)
{
	unsigned int i;

	for (i = 0; i < LSM_COUNT; i++) {
		*l->want[i] = '\0';
		l->fd[i] = -1;
	}
}

/* ---- which there are ---- */

/* "NAME (enforce)" without the mode; whether it is one of AppArmor's. */
static bool cut_mode(char *label)
{
	size_t n = strlen(label);
	char *mode = n && label[n - 1] == ')' ? strrchr(label, '(') : NULL;

	if (mode && mode > label + 1 && mode[-1] == ' ') {
		mode[-1] = '\0';
		return true;
	}
	return str_eq(label, "unconfined");
}

/* A file that ends with a NUL, a newline or neither. */
static int read_attr(int proc_fd, const char *path, char *label)
{
	AUTO_FD int fd = openat(proc_fd, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	ssize_t n;

	n = fd < 0 ? -errno : read(fd, label, LABEL_MAX);
	if (n < 0)
		return fd < 0 ? (int)n : -errno;
	if (n == LABEL_MAX)
		return -E2BIG;
	label[n] = '\0';
	label[strcspn(label, "\n")] = '\0';
	return 0;
}

/*
 * The label that a process has of a module. -EOPNOTSUPP without err text: the module does not work
 * here. AppArmor has a directory of its own from 5.8 on, where another module may have the old
 * files.
 */
static int get_label(int proc_fd, unsigned int i, char *label)
{
	int ret;

	if (i == LSM_APPARMOR) {
		ret = read_attr(proc_fd, "attr/apparmor/current", label);
		if (!ret)
			return cut_mode(label) ? 0 : -EOPNOTSUPP;
	}
	ret = read_attr(proc_fd, "attr/current", label);
	/* EINVAL: no module has labels. */
	if (ret)
		return ret == -EINVAL || ret == -ENOENT ? -EOPNOTSUPP : ret;
	if (i == LSM_APPARMOR)
		return cut_mode(label) ? 0 : -EOPNOTSUPP;
	/* USER:ROLE:TYPE */
	return !cut_mode(label) && strchr(label, ':') && strchr(strchr(label, ':') + 1, ':') ?
		       0 :
		       -EOPNOTSUPP;
}

static int open_self(void)
{
	AUTO_FD int fd = fd_open("/proc/self", O_RDONLY | O_DIRECTORY);
	int ret;

	if (fd < 0)
		return err_sys("cannot open '/proc/self'");
	ret = secure_check_procfs(fd);
	return ret ? ret : take_fd(&fd);
}

static int own_label(unsigned int i, char *label)
{
	AUTO_FD int self = open_self();

	return self < 0 ? self : get_label(self, i, label);
}

static int refuse_missing(int ret, unsigned int i)
{
	if (ret == -EOPNOTSUPP)
		return err_set(EOPNOTSUPP, "%s does not work in this kernel (%s, and its name in lsm=)",
			       modules[i].name, modules[i].config);
	return ret && !err_is_set() ? err_code(ret, "cannot read the own label of %s",
					       modules[i].name) : ret;
}

/* ---- what is wanted ---- */

void labels_wanted(const struct conf *c, struct labels *l)
{
	char own[LABEL_MAX];
	unsigned int i;

	labels_init(l);
	for (i = 0; i < LSM_COUNT; i++) {
		const char *v = key_of(c, i)->v;

		if (!v || (i == LSM_APPARMOR && str_eq(v, "unchanged")))
			continue;
		/* So it is without AppArmor anyway. */
		if (i == LSM_APPARMOR && str_eq(v, "unconfined")) {
			bool held = err_hold();
			int ret = own_label(i, own);

			err_release(held);
			if (ret || str_eq(own, v))
				continue;
		}
		str_format(l->want[i], LABEL_MAX, "%s", v);
	}
}

/* Whether AppArmor says yes or no to mounts: without it a profile can be undone by one. */
static int check_mounts(const struct conf *c)
{
	if (c->aa_allow_incomplete.v || str_eq(c->aa_profile.v, "unconfined") ||
	    !access(MEDIATES_MOUNTS, F_OK))
		return 0;
	return err_set(EOPNOTSUPP, "AppArmor does not mediate mounts here, '" MEDIATES_MOUNTS
		       "' is missing (lxc.apparmor.allow_incomplete = 1 starts all the same)");
}

int labels_check(const struct conf *c)
{
	char own[LABEL_MAX], at[ORIGIN_MAX];
	struct labels l;
	unsigned int i;
	int ret = 0;

	labels_wanted(c, &l);
	for (i = 0; !ret && i < LSM_COUNT; i++) {
		const struct conf_str *key = key_of(c, i);

		if (!*l.want[i])
			continue;
		ret = strlen(key->v) >= LABEL_MAX || strpbrk(key->v, "\n\t") ?
			      err_set(EINVAL, "no label can be '%.64s'", key->v) :
			      refuse_missing(own_label(i, own), i);
		if (!ret && i == LSM_APPARMOR)
			ret = check_mounts(c);
		if (ret)
			err_in(ret, "%s%s", origin_text(key->at, at), modules[i].key);
	}
	if (!ret && c->se_context_keyring.v) {
		ret = refuse_missing(own_label(LSM_SELINUX, own), LSM_SELINUX);
		if (ret)
			err_in(ret, "%slxc.selinux.context.keyring",
			       origin_text(c->se_context_keyring.at, at));
	}
	return ret;
}

int labels_of_process(int proc_fd, struct labels *l)
{
	char own[LABEL_MAX];
	unsigned int i;
	int ret;

	labels_init(l);
	for (i = 0; i < LSM_COUNT; i++) {
		ret = own_label(i, own);
		if (ret == -EOPNOTSUPP)
			continue;
		if (!ret)
			ret = get_label(proc_fd, i, l->want[i]);
		if (ret)
			return err_is_set() ? ret : err_code(ret, "cannot read the container's "
							     "label of %s", modules[i].name);
		if (str_eq(own, l->want[i]))
			*l->want[i] = '\0';
	}
	return 0;
}

int labels_set_context(struct labels *l, const char *context)
{
	char own[LABEL_MAX];
	int ret = refuse_missing(own_label(LSM_SELINUX, own), LSM_SELINUX);

	if (!ret && str_format(l->want[LSM_SELINUX], LABEL_MAX, "%s", context) >= LABEL_MAX)
		ret = err_set(EINVAL, "no label can be '%.64s'", context);
	return ret;
}

/* ---- taken ---- */

static int open_attr(int self, unsigned int i, const char *file)
{
	char path[32];
	int fd = -1;

	str_format(path, sizeof(path), "attr/apparmor/%s", file);
	if (i == LSM_APPARMOR)
		fd = openat(self, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	str_format(path, sizeof(path), "attr/%s", file);
	if (fd < 0)
		fd = openat(self, path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys("cannot open '/proc/self/%s'", path) : fd;
}

int labels_open(struct labels *l, bool is_now)
{
	AUTO_FD int self = -1;
	unsigned int i;
	int ret;

	for (i = 0; i < LSM_COUNT; i++) {
		if (!*l->want[i])
			continue;
		if (self < 0)
			self = open_self();
		if (self < 0)
			return self;
		l->fd[i] = open_attr(self, i, is_now ? "current" : "exec");
		ret = l->fd[i] < 0 ? l->fd[i] : secure_check_procfs(l->fd[i]);
		if (ret)
			return ret;
	}
	return 0;
}

static int take(unsigned int i, int fd, const char *label, bool is_now)
{
	const char *verb = i != LSM_APPARMOR ? "" : is_now ? "changeprofile " : "exec ";
	char text[LABEL_MAX + 16], now[LABEL_MAX] = "";
	size_t len = str_format(text, sizeof(text), "%s%s", verb, label);
	ssize_t n = write(fd, text, len);

	if (n < 0 && errno == ENOENT)
		return err_set(ENOENT, "the profile '%s' is not loaded", label);
	if (n != (ssize_t)len)
		return err_sys("cannot take the label '%s'", label);
	n = pread(fd, now, sizeof(now) - 1, 0);
	if (n < 0)
		return err_sys("cannot read back the label '%s'", label);
	now[n] = '\0';
	now[strcspn(now, "\n")] = '\0';
	if (i == LSM_APPARMOR)
		cut_mode(now);
	return str_eq(now, label) ? 0 : err_set(EPERM, "the label is '%s' instead of '%s'",
						str_printable(now), label);
}

int labels_take(struct labels *l, bool is_now)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < LSM_COUNT; i++) {
		if (!*l->want[i])
			continue;
		ret = take(i, l->fd[i], l->want[i], is_now);
		if (ret)
			err_in(ret, "%s", modules[i].key);
	}
	close_files(l);
	return ret;
}

int labels_verify(const struct conf *c, int pid)
{
	char path[24], now[LABEL_MAX], at[ORIGIN_MAX];
	AUTO_FD int proc = -1;
	struct labels l;
	unsigned int i;
	int ret = 0;

	labels_wanted(c, &l);
	for (i = 0; !ret && i < LSM_COUNT; i++) {
		if (!*l.want[i])
			continue;
		str_format(path, sizeof(path), "/proc/%d", pid);
		if (proc < 0)
			proc = fd_open(path, O_RDONLY | O_DIRECTORY);
		ret = proc < 0 ? -errno : secure_check_procfs(proc);
		if (!ret)
			ret = get_label(proc, i, now);
		if (!ret && !str_eq(now, l.want[i]))
			ret = err_set(EPERM, "the first process has '%s' instead of '%s'",
				      str_printable(now), l.want[i]);
		if (ret && !err_is_set())
			err_code(ret, "cannot read the label of the first process");
		if (ret)
			err_in(ret, "%s%s", origin_text(key_of(c, i)->at, at), modules[i].key);
	}
	return ret;
}

int labels_key_context(const struct conf_str *context)
{
	AUTO_FD int self = open_self(), fd = -1;
	char at[ORIGIN_MAX];
	int ret = self < 0 ? self : 0;

	if (!ret)
		ret = fd = open_attr(self, LSM_SELINUX, "keycreate");
	if (ret >= 0)
		ret = secure_check_procfs(fd);
	if (!ret)
		ret = take(LSM_SELINUX, fd, context->v, true);
	return ret ? err_in(ret, "%slxc.selinux.context.keyring", origin_text(context->at, at)) : 0;
}
