/* SPDX-License-Identifier: MIT */
/* owns reading and writing single control files of a container that runs */
/* never leaves its directory, never takes a name of the other version of cgroups for one of here */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cgroup/internal.h"
#include "lib/fd.h"
#include "lib/str.h"

/*
 * The container's directory in the hierarchy that has the file, whose name there goes to name. On
 * v2 files have their controller's name or "cgroup".
 */
static int open_place(const struct cgroup_layout *l, const char *dir, const char *file,
		      const struct cgroup_hier **h, char *name, size_t n)
{
	size_t len = strcspn(file, ".");
	int ret;

	if (!len || !file[len] || strchr(file, '/') || strlen(file) >= n)
		return err_set(EINVAL, "'%s' is not the name of a control file (CONTROLLER.NAME)",
			       file);
	if (CFG_CGROUP_V2 && str_after(file, "devices.")) {
		ret = cgroup_find_devices(l, h);
		if (!ret && cgroup_is_v2(*h))
			return err_set(EOPNOTSUPP,
				       "device rules are a BPF program here (cgroup v2), which has "
				       "no other files than devices.allow, devices.deny and devices.list");
		if (ret)
			return ret;
	}
	*h = len == 6 && str_after(file, "cgroup.") ? cgroup_find_v2(l) : cgroup_find(l, file, len);
	if (CFG_CGROUP_V2 && !*h)
		*h = cgroup_find_renamed(l, file, name, n);
	if (!*h)
		return err_set(ENOENT, "controller '%.*s' is not mounted", (int)len, file);
	if (!(*h)->usable)
		return err_set(ENOENT, "the container has no cgroup in '%s'", (*h)->mount);
	if (cgroup_is_v2(*h) && v2_counterpart(file, name, n) && !str_eq(file, name))
		return err_set(ENOENT, "'%.*s' is on cgroup v2 here, where the file is '%s'",
			       (int)len, file, name);
	str_format(name, n, "%s", (*h)->noprefix ? file + len + 1 : file);
	return cgroup_open_dir(*h, dir);
}

static int failed(int ret, const char *verb, const struct cgroup_hier *h, const char *name)
{
	if (ret == -ENOENT)
		return err_set(ENOENT, "there is no file '%s' in '%s'", name, h->mount);
	return err_code(ret, "cannot %s '%s'", verb, name);
}

int cgroup_print(const struct cgroup_layout *l, const char *dir, const char *file, int to)
{
	const struct cgroup_hier *h = NULL;
	char name[128], buf[4096], last = '\n';
	AUTO_FD int dir_fd = open_place(l, dir, file, &h, name, sizeof(name));
	AUTO_FD int fd = -1;
	ssize_t n;
	int ret;

	if (dir_fd < 0)
		return dir_fd;
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return failed(-errno, "read", h, name);
	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		last = buf[n - 1];
		ret = fd_write_all(to, buf, (size_t)n);
		if (ret)
			return err_code(ret, "cannot write");
	}
	if (n < 0)
		return failed(-errno, "read", h, name);
	ret = last == '\n' ? 0 : fd_write_all(to, "\n", 1);
	return ret ? err_code(ret, "cannot write") : 0;
}

int cgroup_write(const struct cgroup_layout *l, const char *dir, const char *file,
		 const char *value)
{
	const struct cgroup_hier *h = NULL;
	char name[128];
	AUTO_FD int dir_fd = open_place(l, dir, file, &h, name, sizeof(name));
	int ret;

	if (dir_fd < 0)
		return dir_fd;
	if (str_eq(file, "devices.allow") || str_eq(file, "devices.deny")) {
		ret = cgroup_devices_check(value);
		if (!ret && *value == 'a' && *l->inner && !cgroup_is_v2(h))
			ret = err_set(EBUSY, "the kernel takes 'a' only while no cgroup is below this "
				      "one, and the container's processes are in one: deny what "
				      "devices.list has");
		if (ret)
			return ret;
	}
	if (!cgroup_is_v2(h) && v1_is_flat(file))
		ret = v1_write(l, h, dir, name, value);
	else
		ret = fd_write_file(dir_fd, name, value);
	/* A controller of v2 that no key has asked for is not switched on for the container. */
	if (CFG_CGROUP_V2 && ret == -ENOENT && cgroup_is_v2(h)) {
		ret = v2_enable(h, dir, name, strcspn(name, "."));
		if (ret)
			return ret;
		ret = fd_write_file(dir_fd, name, value);
	}
	if (ret == -ENOENT)
		return failed(ret, "write", h, name);
	return ret ? err_code(ret, "cannot write '%s' to '%s'", value, name) : 0;
}
