/* SPDX-License-Identifier: MIT */
/* owns the attacks by mounts and on what is mounted of cgroups */
/* never changes a limit: what was read is written back */
#ifndef ATTACK_MOUNTS_H
#define ATTACK_MOUNTS_H

#include <stdint.h>
#include <sys/mount.h>
#include "attack_calls.h"

/* ---- M: mounts ---- */

/* A directory to mount on: the privilege is asked for before anything of it counts. */
static const char *mount_dir(void)
{
	static char path[40];
	static const char *const in[] = { "/tmp", "/run", "/dev", "/" };

	for (size_t i = 0; i < sizeof(in) / sizeof(*in); i++) {
		snprintf(path, sizeof(path), "%s/attack-%d", strcmp(in[i], "/") ? in[i] : "", (int)getpid());
		if (!mkdir(path, 0700))
			return path;
	}
	return "/dev";
}

static void leave_mount_dir(const char *dir)
{
	umount2(dir, MNT_DETACH);
	if (strcmp(dir, "/dev"))
		rmdir(dir);
}

static long try_mount(const struct attack *a)
{
	const char *dir = mount_dir();
	long ret = result(mount(a->path, dir, a->path, (unsigned long)a->a, a->b ? (const char *)a->b : NULL));

	leave_mount_dir(dir);
	return ret;
}

static long try_bind(const struct attack *a)
{
	const char *dir = mount_dir();
	long ret = result(mount(a->path, dir, NULL, MS_BIND, NULL));

	leave_mount_dir(dir);
	return ret;
}

/* a: further flags; without MS_RDONLY what was read-only would be writable. */
static long try_remount(const struct attack *a)
{
	return result(mount(NULL, a->path, NULL, MS_REMOUNT | (unsigned long)a->a, NULL));
}

static long try_propagation(const struct attack *a)
{
	return result(mount(NULL, a->path, NULL, (unsigned long)a->a, NULL));
}

/* The first time a mount is only marked; EAGAIN or EBUSY is said to those who may. */
static long try_umount(const struct attack *a)
{
	return result(umount2(a->path, MNT_EXPIRE));
}

static long try_pivot(const struct attack *a)
{
	(void)a;
	return result(syscall(SYS_pivot_root, "/", "/"));
}

static long try_fsopen(const struct attack *a)
{
	return result(syscall(NR_FSOPEN, a->path, 0));
}

static long try_fspick(const struct attack *a)
{
	return result(syscall(NR_FSPICK, AT_FDCWD, a->path, 0));
}

static long try_open_tree(const struct attack *a)
{
	return result(syscall(NR_OPEN_TREE, AT_FDCWD, a->path, 1));
}

static long try_mount_setattr(const struct attack *a)
{
	uint64_t attr[4] = { 0, 1, 0, 0 };

	return result(syscall(NR_MOUNT_SETATTR, AT_FDCWD, a->path, 0, attr, sizeof(attr)));
}

/* Each v1 hierarchy of this kernel, by its controllers: any that can be mounted. */
static long each_hierarchy(long (*try)(const char *options, const char *type))
{
	char text[4096], options[256] = "";
	FILE *f = fopen("/proc/cgroups", "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	long ret = -ENOENT, one;
	int id;

	if (f)
		fclose(f);
	text[n] = '\0';
	for (id = 1; n && id < 64; id++) {
		const char *at = text;

		options[0] = '\0';
		for (; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL) {
			char name[32];
			int of;

			if (sscanf(at, "%31s %d", name, &of) == 2 && of == id)
				snprintf(options + strlen(options), sizeof(options) - strlen(options), "%s%s", *options ? "," : "", name);
		}
		if (!*options)
			continue;
		one = try(options, "cgroup");
		ret = ret >= 0 ? ret : one;
	}
	return ret;
}

static long mount_hierarchy(const char *options, const char *type)
{
	const char *dir = mount_dir();
	long ret = result(mount("cgroup", dir, type, 0, options));

	if (ret >= 0)
		add_detail(options);
	leave_mount_dir(dir);
	return ret;
}

static long try_cgroup(const struct attack *a)
{
	(void)a;
	return each_hierarchy(mount_hierarchy);
}

/* ---- C: cgroups ---- */

static const char *const limits[] = {
	"memory.limit_in_bytes", "pids.max", "cpu.shares", "cpuset.cpus", "freezer.state", "notify_on_release", "release_agent",
	"devices.allow", "memory.max", "cpu.max", "cgroup.freeze", "cgroup.procs",
};

/*
 * Whether what a file says holds anything back: in a directory below that of the limits it does not. Those that a parent's
 * values bound, and that are no limits, do not count.
 */
static int holds_back(const char *file, const char *value)
{
	if (!strcmp(file, "cpu.shares"))
		return atoi(value) != 1024;
	if (!strstr(file, "max") && strcmp(file, "memory.limit_in_bytes"))
		return 0;
	/* No limit is LONG_MAX pages, which on a 32-bit kernel are 8 TB. */
	return strncmp(value, "max", 3) && strtoull(value, NULL, 10) < 1ULL << 42;
}

/* What there is stays as it is: the value that was read is written again. any: also where it holds nothing back. */
static int raises_limit(const char *dir, int any)
{
	char path[600], value[256];
	int open_ones = 0, fd;

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, limits[i]);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!strcmp(limits[i], "cgroup.procs") || !strcmp(limits[i], "devices.allow") || !strcmp(limits[i], "release_agent")) {
			/* The first two are checked by the kernel when something is written. */
			if (!strcmp(limits[i], "release_agent")) {
				open_ones++;
				add_detail(limits[i]);
			}
		} else if (first_line_of(path, value, sizeof(value)) && (any || holds_back(limits[i], value)) &&
			   write(fd, value, strlen(value)) > 0) {
			open_ones++;
			add_detail(limits[i]);
		}
		close(fd);
	}
	return open_ones;
}

/* In what is mounted. */
static long try_limits(const struct attack *a)
{
	FILE *f = fopen("/proc/self/mounts", "re");
	char line[1024], dir[512], type[32];
	int seen = 0, n = 0;

	(void)a;
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %511s %31s", dir, type) != 2 || strncmp(type, "cgroup", 6))
			continue;
		seen++;
		n += raises_limit(dir, 1);
	}
	if (f)
		fclose(f);
	if (!seen)
		add_detail("none is mounted");
	return n ? 0 : -EACCES;
}

static long limits_of_hierarchy(const char *options, const char *type)
{
	const char *dir = mount_dir();
	long ret = result(mount("cgroup", dir, type, 0, options));

	if (ret >= 0 && !raises_limit(dir, 0))
		ret = -EACCES;
	leave_mount_dir(dir);
	return ret;
}

#endif
