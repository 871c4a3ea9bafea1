# SPDX-License-Identifier: MIT
# owns: cgroup v2 alone: device rules as a program that is replaced, lines of v1 that act by their counterparts, lack of memory, the
#	freezer, what is counted
# never: takes v1's hierarchies from anybody but itself: where there are some it goes on in a mount namespace without them

. "$T/lib.sh"
R=$W/root
LXCPATH=$W/lxc
NAME=v2
B=/bin/busybox

if ! grep -q cgroup2 /proc/filesystems || ! lxcbox --features | grep -q '^device rules on cgroup v2: yes'; then
	skip v2 'no cgroup v2, in the kernel or this build'
	finish
fi
if grep -q ' cgroup ' /proc/mounts && [ -z "$ALONE" ]; then
	export ALONE=1
	exec unshare -m sh "$0"
fi
if [ -n "$ALONE" ]; then
	for m in $(awk '$3 == "cgroup" { print $2 }' /proc/mounts); do
		umount "$m"
	done
	grep -q ' cgroup2 ' /proc/mounts || mount -t cgroup2 -o nodev,noexec,nosuid cgroup2 /sys/fs/cgroup
fi
M=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
C=$M/lxc/$NAME

has_controller()
{
	grep -qw "$1" "$M/cgroup.controllers"
}

conf()
{
	fresh_root bin dev proc
	: >"$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

up()
{
	: >"$W/log"
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -o "$W/log" -l INFO -- $B "${@:-sleep}" 1000
	want_status 0
}

down()
{
	run lxc-stop -n $NAME -P "$LXCPATH" -k
	want_status 0
	want_nothing_left
}

inside()
{
	run lxc-attach -n $NAME -P "$LXCPATH" -- $B "$@"
}

cgroup()
{
	run lxc-cgroup -n $NAME -P "$LXCPATH" "$@"
}

want_rules()
{
	run lxc-cgroup -n $NAME -P "$LXCPATH" devices.list
	want_eq rules "$(sort "$W/out" | tr '\n' ,)" "$1"
}

# read_zero, write_full: whether the container may
read_zero()
{
	inside dd if=/dev/zero of=/dev/null bs=1 count=1
}

write_full()
{
	inside sh -c 'echo x >/dev/full'
}

DENY="lxc.cgroup.devices.deny = a"
NULL="lxc.cgroup.devices.allow = c 1:3 rwm"

begin v2-device-program
conf "$DENY" "$NULL" "lxc.cgroup.devices.allow = c 1:5 r"
up
want_rules "c 1:3 rwm,c 1:5 r,"
read_zero
want_status 0
write_full
want_err_has "not permitted"
inside sh -c 'echo x >/dev/zero'
want_err_has "not permitted"
inside mknod /dev/mine c 1 8
want_err_has "not permitted"
down
end

# A configuration of the newest generation alone has the same rules.
begin v2-device-program-of-cgroup2-lines
conf "lxc.cgroup2.devices.deny = a" "lxc.cgroup2.devices.allow = c 1:3 rwm"
up
want_rules "c 1:3 rwm,"
read_zero
want_err_has "not permitted"
down
end

begin v2-device-rules-change
conf "$DENY" "$NULL"
up
cgroup devices.allow "c 1:5 r"
want_status 0
read_zero
want_status 0
cgroup devices.deny "c 1:5 r"
want_status 0
read_zero
want_err_has "not permitted"
cgroup devices.allow "/dev/full w"
want_status 0
want_rules "c 1:3 rwm,c 1:7 w,"
write_full
want_err_has "No space left"
# What would have no effect, or is no rule, changes nothing.
cgroup devices.deny "c 1:* w"
want_status 1
want_one_line
want_err_has "no effect"
cgroup devices.deny "c 1:7 wx"
want_status 1
want_err_has "bad device rule"
cgroup devices.deny "/dev/nothing w"
want_status 1
want_err_has "cannot look up"
want_rules "c 1:3 rwm,c 1:7 w,"
write_full
want_err_has "No space left"
cgroup devices.deny a
want_rules ""
inside true
want_status 0
write_full
want_err_has "not permitted"
cgroup devices.allow a
write_full
want_err_has "No space left"
down
# The next start has the lines of the file again.
up
want_rules "c 1:3 rwm,"
write_full
want_err_has "not permitted"
down
end

begin v2-device-many-rules
conf "$DENY" "$NULL"
# The kernel looks at all of the program at each change: an emulated board takes a second for many.
n=0 many=300
[ -z "$SLOW" ] || many=60
while [ $n -lt $many ]; do
	echo "lxc.cgroup.devices.allow = c 100:$n r" >>"$W/conf"
	n=$((n + 1))
done
up
run lxc-cgroup -n $NAME -P "$LXCPATH" devices.list
want_eq "number of rules" "$(sort -u "$W/out" | wc -l)" $((many + 1))
cgroup devices.allow "c 1:5 r"
read_zero
want_status 0
down
end

if lxc-device --help >/dev/null 2>&1; then
	begin v2-lxc-device
	conf "$DENY" "$NULL"
	up
	run lxc-device -n $NAME -P "$LXCPATH" add /dev/full /dev/f
	want_status 0
	want_rules "c 1:3 rwm,c 1:7 rwm,"
	inside sh -c 'echo x >/dev/f'
	want_err_has "No space left"
	run lxc-device -n $NAME -P "$LXCPATH" del /dev/full /dev/f
	want_status 0
	want_rules "c 1:3 rwm,"
	write_full
	want_err_has "not permitted"
	inside test -e /dev/f
	want_status 1
	down
	# Without rules everything is allowed, and what is taken is not.
	conf
	up
	want_rules "a *:* rwm,"
	run lxc-device -n $NAME -P "$LXCPATH" add /dev/full /dev/f
	want_status 0
	run lxc-device -n $NAME -P "$LXCPATH" del /dev/full /dev/f
	want_status 0
	write_full
	want_err_has "not permitted"
	read_zero
	want_status 0
	down
	end
else
	skip v2-lxc-device 'CONFIG_LXC_DEVICE is off in this build'
fi

if [ ! -w /sys/class/mem/full/uevent ] || ! lxcbox --features | grep -q '^devices that come and go: yes'; then
	skip v2-device-events 'no such devices, or CONFIG_DEVICE_EVENTS is off'
else
	begin v2-device-events
	conf "$DENY" "$NULL" "lxcbox.device = subsystem=mem name=full rw as=f"
	up
	want_rules "c 1:3 rwm,c 1:7 rw,"
	inside sh -c 'echo x >/dev/f'
	want_err_has "No space left"
	echo remove >/sys/class/mem/full/uevent
	wait_until 10 grep -q 'is taken back' "$W/log" || fail "not taken"
	want_rules "c 1:3 rwm,"
	write_full
	want_err_has "not permitted"
	echo add >/sys/class/mem/full/uevent
	wait_until 10 lxc-attach -n $NAME -P "$LXCPATH" -- $B test -e /dev/f || fail "not given again"
	inside sh -c 'echo x >/dev/f'
	want_err_has "No space left"
	down
	end
fi

begin v2-freezer
conf
up
run lxc-freeze -n $NAME -P "$LXCPATH"
want_status 0
want_eq state "$(state $NAME)" FROZEN
grep -q 'frozen 1' "$C/cgroup.events" || fail "not frozen: $(cat "$C/cgroup.events")"
cgroup freezer.state
want_status 1
want_err_has "where the file is 'cgroup.freeze'"
down
up
mkdir -p "$M/lxc"
echo 1 >"$M/lxc/cgroup.freeze"
wait_until 10 grep -q 'frozen 1' "$C/cgroup.events" || fail "not frozen from above"
echo 0 >"$M/lxc/cgroup.freeze"
wait_until 10 grep -q 'frozen 0' "$C/cgroup.events" || fail "not thawed from above"
down
end

# limit CONTROLLER LINE FILE WANTED: a line of v1 and what the file of v2 then says
limit()
{
	begin "v2-limit-${2%% *}"
	if ! has_controller "$1"; then
		skip "$TEST" "no controller '$1' on v2 here"
		return
	fi
	conf "lxc.cgroup.$2"
	[ -z "$5" ] || echo "lxc.cgroup.$5" >>"$W/conf"
	up
	if [ "$STATUS" -eq 1 ] && grep -q "this kernel has no" "$W/err"; then
		skip "$TEST" "$(sed 's/.*this kernel/this kernel/' "$W/err")"
		return
	fi
	grep -q -x -e "$4" "$C/$3" || fail "$3 is '$(tr '\n' ' ' <"$C/$3")', wanted '$4'"
	down
	end
}

limit memory "memory.limit_in_bytes = 32M" memory.max 33554432
limit memory "memory.memsw.limit_in_bytes = 48M" memory.swap.max 16777216 "memory.limit_in_bytes = 32M"
limit cpu "cpu.shares = 512" cpu.weight 50
limit cpu "cpu.cfs_quota_us = 50000" cpu.max "50000 200000" "cpu.cfs_period_us = 200000"
limit cpuset "cpuset.cpus = 0" cpuset.cpus 0
limit cpuset "cpuset.mems = 0" cpuset.mems 0
limit pids "pids.max = 77" pids.max 77
limit io "blkio.throttle.read_bps_device = 7:0 1048576" io.max "7:0 rbps=1048576 wbps=max riops=max wiops=max"
limit io "blkio.throttle.write_iops_device = 7:0 50" io.max "7:0 rbps=max wbps=max riops=max wiops=50"
limit io "blkio.weight = 250" io.weight "default 50"
limit hugetlb "hugetlb.2MB.limit_in_bytes = 4M" hugetlb.2MB.max 4194304
limit memory "freezer.state = THAWED" cgroup.freeze 0

# refused KEY TEXT LINE
refused()
{
	begin "v2-refused-$1"
	if ! has_controller "$2"; then
		skip "$TEST" "no controller '$2' on v2 here"
		return
	fi
	conf "lxc.cgroup.$1 = $4"
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -F -- $B true
	want_status 1
	want_one_line
	want_err_has "$W/conf:6: lxc.cgroup.$1" "$3"
	want_nothing_left
	end
}

refused memory.soft_limit_in_bytes memory "no counterpart on cgroup v2" 16M
refused memory.swappiness memory "no counterpart on cgroup v2" 10
refused memory.memsw.limit_in_bytes memory "needs memory.limit_in_bytes" 48M
refused blkio.leaf_weight io "no counterpart on cgroup v2" 500
refused cpu.shares cpu "bad value 'many'" many
refused net_cls.classid cpu "controller 'net_cls' is not mounted" 1

if has_controller memory && has_controller cpu; then
	begin v2-pids-limit-acts
	conf "lxc.cgroup.pids.max = 4"
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -F -- $B sh -c 'for i in 1 2 3 4 5 6; do busybox sleep 1000 & done; echo no'
	want_failure
	want_err_has fork
	end

	begin v2-oom-is-told
	conf "lxc.cgroup.memory.limit_in_bytes = 8M"
	HOG="$B dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null"
	[ ! -e "$M/memory.swap.max" ] || echo "lxc.cgroup2.memory.swap.max = 0" >>"$W/conf"
	if lxc-monitor --help >/dev/null 2>&1; then
		in_background lxc-monitor -P "$LXCPATH"
		wait_until 10 test -p "/run/lxcbox/.watch/$BG"
	fi
	up sh -c "$HOG; echo \$? >/status; $HOG; exec $B sleep \$0"
	wait_until 20 grep -q '2 processes killed' "$W/log" || fail "the log says: $(tail -n 2 "$W/log")"
	want_eq "the victim's status" "$(cat "$R/status")" 137
	grep -q "^$NAME .*WARN.*lack of memory: " "$W/log" || fail "the log does not say which container"
	if lxc-monitor --help >/dev/null 2>&1; then
		wait_until 10 grep -q "'$NAME' processes killed for lack of memory: \[2\]" "$W/bg.out" || fail "lxc-monitor says nothing of two"
		kill "$BG"
		wait "$BG"
	fi
	want_eq state "$(state $NAME)" RUNNING
	down
	end

	begin v2-oom-of-init
	conf "lxc.cgroup.memory.limit_in_bytes = 8M"
	: >"$W/log"
	run lxc-start -n $NAME -P "$LXCPATH" -f "$W/conf" -o "$W/log" -l WARN -F -- $B dd if=/dev/zero of=/dev/null bs=64M count=1
	want_status 137
	has_text=$(grep -c "lack of memory: 1 processes killed" "$W/log")
	want_eq "lines of it in the log" "$has_text" 1
	want_nothing_left
	end

	begin v2-what-is-counted
	rounds=30000
	[ -z "$SLOW" ] || rounds=2000
	conf "lxc.cgroup.memory.limit_in_bytes = 64M" "lxc.cgroup.cpu.shares = 1024" "lxc.cgroup.blkio.throttle.read_bps_device = 7:0 1048576"
	up sh -c "$B dd if=/dev/zero of=/dev/null bs=1M count=64 2>/dev/null; n=0; while [ \$n -lt $rounds ]; do n=\$((n + 1)); done; : >/done; exec $B sleep \$0"
	wait_until 60 test -e "$R/done" || fail "not done"
	run lxc-info -n $NAME -P "$LXCPATH" -S
	want_status 0
	grep -q '^CPU use: *[0-9.]* seconds' "$W/out" || fail "no CPU use"
	grep -q '^Memory use: ' "$W/out" || fail "no memory use"
	used=$(sed -n 's/^CPU use: *\([0-9]*\)\.\([0-9]*\) seconds/\1\2/p' "$W/out")
	kernel=$(sed -n 's/^usage_usec //p' "$C/cpu.stat")
	[ "${used#0}" -gt 0 ] && [ "$((${used##0} + 0))" -le $((kernel / 10000 + 1)) ] || fail "CPU use $used of $kernel"
	if lxc-top --help >/dev/null 2>&1; then
		run lxc-top -P "$LXCPATH" -b --count 1
		grep -q "$NAME" "$W/out" || fail "lxc-top does not have it: $(first_line "$W/out")"
	fi
	down
	end
else
	skip v2-memory 'the controllers are on cgroup v1 here'
fi
finish
