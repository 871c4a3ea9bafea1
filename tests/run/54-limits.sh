# SPDX-License-Identifier: MIT
# owns: scenario E2 on cgroup v1 beyond memory and processes: rates of block devices, controllers that nobody has heard of, the freezer in
#	a configuration and above the container
# never: leaves a cgroup frozen

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxc
NAME=limited
B=/bin/busybox

conf()
{
	fresh_root bin dev proc
	: >"$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

up()
{
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -o "$W/log" -l INFO -- $B sleep 1000
	want_status 0
}

down()
{
	run lxc-stop -n $NAME -P "$LXCPATH" -k
	want_status 0
	want_nothing_left
}

# limit CONTROLLER LINE FILE WANTED: what the file then says
limit()
{
	begin "limit-${2%% *}"
	if ! d=$(cg_dir "$1" $NAME); then
		skip "$TEST" "no controller '$1' of cgroup v1"
		return
	fi
	if [ ! -e "$(cg_mount "$1")/$3" ]; then
		skip "$TEST" "this kernel has no $3"
		return
	fi
	conf "lxc.cgroup.$2"
	up
	grep -q -x -e "$4" "$d/$3" || fail "$3 is '$(tr '\n' ' ' <"$d/$3")', wanted '$4'"
	down
	end
}

limit blkio "blkio.throttle.read_bps_device = 7:0 1048576" blkio.throttle.read_bps_device "7:0 1048576"
limit blkio "blkio.throttle.write_iops_device = 7:0 50" blkio.throttle.write_iops_device "7:0 50"
limit cpu "cpu.cfs_quota_us = 50000" cpu.cfs_quota_us 50000
limit cpuset "cpuset.cpus = 0" cpuset.cpus 0
limit freezer "freezer.state = THAWED" freezer.state THAWED
# What no table of ours has goes by the name of its file, as a vendor's controller does.
limit net_cls "net_cls.classid = 65537" net_cls.classid 65537
limit cpuset "cpuset.memory_migrate = 1" cpuset.memory_migrate 1

if F=$(cg_mount freezer); then
	begin limit-frozen-from-the-start
	conf "lxc.cgroup.freezer.state = FROZEN"
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -F -- $B true
	want_status 1
	want_one_line
	want_err_has "is frozen"
	want_nothing_left
	end

	begin limit-frozen-above
	conf
	up
	echo FROZEN >"$F/lxc/freezer.state"
	wait_until 10 grep -q FROZEN "$F/lxc/$NAME/freezer.state" || fail "not frozen from above"
	want_eq state "$(state $NAME)" FROZEN
	timed 3 lxc-unfreeze -n $NAME -P "$LXCPATH"
	want_status 1
	want_one_line
	want_err_has "one above it is frozen"
	echo THAWED >"$F/lxc/freezer.state"
	wait_until 10 is_running $NAME || fail "not running again"
	down
	end
else
	skip limit-frozen-above 'no freezer of cgroup v1'
fi
finish
