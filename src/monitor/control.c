/* SPDX-License-Identifier: MIT */
/* owns what a command does to the cgroups of a running container: freezing, files */
/* never touches a cgroup that the container's record does not name */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/fd.h"
#include "lib/str.h"
#include "monitor/internal.h"

/* After this much a freeze is given up, and what was frozen is thawed again. */
#define FREEZE_MS 10000

void control_close(struct control *t)
{
	cgroup_layout_free(&t->layout);
	run_dir_close(&t->dir);
}

int control_open(struct control *t, const char *name, const char *lxcpath)
{
	struct container_status st;
	int ret = run_dir_open(&t->dir, name, lxcpath);

	t->layout = (struct cgroup_layout){ 0 };
	if (!ret) {
		client_status_in(&t->dir, &st);
		/* Who is not done starting would never be when it is frozen on the way. */
		ret = st.init && st.state != STATE_STARTING ? 0 : -ESRCH;
	}
	if (!ret)
		ret = container_cgroups(&t->dir, &t->layout, t->cgroup, sizeof(t->cgroup));
	if (!ret)
		return 0;
	control_close(t);
	return ret == -ENOENT || ret == -ESRCH ? err_set(ESRCH, "the container is not running")
					       : ret;
}

/* It may have ended meanwhile, and its cgroups with it. */
static int still(const struct control *t, int ret)
{
	if (ret && !record_process(&t->dir, "init")) {
		err_clear();
		return err_set(ESRCH, "the container is not running");
	}
	return ret;
}

int client_freeze(const char *name, const char *lxcpath, bool freeze)
{
	struct container_status st;
	struct control t;
	int ret = control_open(&t, name, lxcpath);

	if (ret)
		return ret;
	ret = still(&t, cgroup_freeze(&t.layout, t.cgroup, freeze, FREEZE_MS));
	/* The monitor looks when it is asked: by now those who listen know. */
	client_status_in(&t.dir, &st);
	control_close(&t);
	return ret;
}

/* What a file of device rules is where the monitor answers in its place: 0 or 1, 2 for the list. */
static int which_rules(const struct control *t, const char *file)
{
	static const char files[3][16] = { "devices.deny", "devices.allow", "devices.list" };
	int i;

	for (i = CFG_CGROUP_BPF && cgroup_devices_are_program(&t->layout) ? 2 : -1; i >= 0; i--)
		if (str_eq(file, files[i]))
			break;
	return i;
}

int client_cgroup_print(const char *name, const char *lxcpath, const char *file, int to)
{
	struct control t;
	int ret = control_open(&t, name, lxcpath);

	if (ret)
		return ret;
	if (CFG_CGROUP_BPF && which_rules(&t, file) == 2)
		ret = client_devices(&t.dir, false, NULL, to);
	else
		ret = cgroup_print(&t.layout, t.cgroup, file, to);
	ret = still(&t, ret);
	control_close(&t);
	return ret;
}

int client_cgroup_write(const char *name, const char *lxcpath, const char *file, const char *value)
{
	struct control t;
	int ret = control_open(&t, name, lxcpath), which;

	if (ret)
		return ret;
	which = which_rules(&t, file);
	if (CFG_CGROUP_BPF && (which == 0 || which == 1))
		ret = client_devices(&t.dir, which, value, -1);
	else
		ret = cgroup_write(&t.layout, t.cgroup, file, value);
	ret = still(&t, ret);
	control_close(&t);
	return ret;
}
