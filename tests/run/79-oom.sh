# SPDX-License-Identifier: MIT
# owns: processes of a container that die for lack of memory: the log says how many, and lxc-monitor
# never: takes more memory than the container has
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=hungry
LXCPATH=$P
B=/bin/busybox

cg_mount memory >/dev/null || {
	skip oom-is-told "no v1 memory controller is mounted"
	finish
}

conf()
{
	fresh_root bin dev
	cp /bin/busybox "$R/bin/busybox"
	write_conf "$NO_CONSOLE" "lxc.mount.entry = tmpfs dev tmpfs nosuid 0 0" "lxc.cgroup.memory.limit_in_bytes = 8M" "$@"
	# Where it is accounted, lest it waits in the swap.
	[ ! -e "$(cg_mount memory)/memory.memsw.limit_in_bytes" ] || echo "lxc.cgroup.memory.memsw.limit_in_bytes = 8M" >>"$W/conf"
}

# More than there is, in one variable.
HOG="$B dd if=/dev/zero of=/dev/null bs=64M count=1 2>/dev/null"

begin oom-is-told
conf
: >"$W/log"
in_background lxc-monitor -P "$P"
wait_until 10 test -p "/run/lxcbox/.watch/$BG"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -o "$W/log" -l WARN -d -- $B sh -c "$HOG; $B echo \$? >/status; $HOG; while :; do $B usleep 20000; done"
want_status 0
wait_until 20 grep -q '2 processes killed' "$W/log" || wait_until 5 grep -q '1 processes killed' "$W/log" || fail "the log says nothing of it"
want_eq "the victim's status" "$(cat "$R/status")" 137
has "$W/log" "$NAME " "lack of memory: "
wait_until 10 grep -q "'$NAME' processes killed for lack of memory: \[2\]" "$W/bg.out" || fail "lxc-monitor says nothing of two"
want_eq state "$(state $NAME)" RUNNING
run lxc-stop -k -n $NAME -P "$P"
want_status 0
want_nothing_left
end

# The first process itself: told before the end, and a failure for the policy.
begin oom-of-init
conf "lxcbox.restart.policy = on-failure" "lxcbox.restart.delay = 0" "lxcbox.restart.max = 1"
: >"$W/log"
: >"$W/bg.out"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -o "$W/log" -l WARN -F -- $B dd if=/dev/zero of=/dev/null bs=64M count=1
want_status 137
has "$W/log" "lack of memory: 1 processes killed" "lack of memory: 2 processes killed" "restart 1 after exit status 137"
wait_until 10 grep -q STOPPED "$W/bg.out"
has "$W/bg.out" "'$NAME' processes killed for lack of memory: [2]" "'$NAME' restart [1] after exit status [137]"
want_nothing_left
kill "$BG"
wait "$BG"
end

finish
