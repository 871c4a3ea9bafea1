# SPDX-License-Identifier: MIT
# owns: lxc-freeze, lxc-unfreeze and lxc-cgroup on cgroup v1: what they do, who is told, what they refuse
# never: leaves a container frozen
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=f1
LXCPATH=$P
fresh_root bin dev
cp /bin/busybox "$R/bin/busybox"
write_conf "$NO_CONSOLE" "$PROC_ENTRY"

started()
{
	: >"$R/beats"
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -p "$W/pid" -- /bin/busybox sh -c 'while :; do echo >>/beats; usleep 20000; done'
	want_status 0
	read -r MONITOR <"$W/pid"
}

stop()
{
	timed 5 lxc-stop -k -n $NAME -P "$P"
	want_status 0
}

beats()
{
	[ "$(wc -c <"$R/beats")" -gt "$1" ]
}

# goes_on: within some seconds it beats
goes_on()
{
	wait_until 10 beats "$(wc -c <"$R/beats")" || fail "does not go on"
}

stands_still()
{
	beats=$(wc -c <"$R/beats")
	usleep 300000
	want_eq "beats of a frozen one" "$(wc -c <"$R/beats")" "$beats"
}

# told WHAT: the states that lxc-monitor has printed since it was emptied
told()
{
	[ "$(sed -n "s/^'$NAME' changed state to \[\(.*\)\]\$/\1/p" "$W/bg.out" | tr '\n' ' ')" = "$1" ]
}

want_told()
{
	wait_until 10 told "$1" || fail "told '$(tr '\n' ' ' <"$W/bg.out")', wanted '$1'"
}

if ! freezer=$(cg_dir freezer $NAME); then
	echo "skip freeze: no v1 freezer"
	exit 0
fi

begin freeze-and-thaw
started
goes_on
in_background lxc-monitor -P "$P"
wait_until 10 test -p "/run/lxcbox/.watch/$BG"
timed 5 lxc-freeze -n $NAME -P "$P"
want_status 0
want_out ""
want_eq state "$(state $NAME)" FROZEN
want_told "FREEZING FROZEN "
stands_still
timed 5 lxc-freeze $NAME -P "$P"
want_status 0
run lxc-ls -P "$P" --frozen
want_out $NAME
run lxc-ls -P "$P" --running
want_out ""
timed 5 lxc-wait -P "$P" $NAME -s FROZEN
want_status 0
timed 5 lxc-unfreeze -n $NAME -P "$P"
want_status 0
want_eq state "$(state $NAME)" RUNNING
goes_on
timed 5 lxc-unfreeze -n $NAME -P "$P"
want_status 0
want_told "FREEZING FROZEN THAWED RUNNING "
# A quick one after the other: nothing is lost.
for n in 1 2 3; do
	lxc-freeze $NAME -P "$P" && lxc-unfreeze $NAME -P "$P" || fail "round $n"
done
all="FREEZING FROZEN THAWED RUNNING "
want_told "$all$all$all$all"
end

# Whoever writes it.
begin freeze-by-hand
: >"$W/bg.out"
kill $BG
wait $BG
in_background lxc-monitor -P "$P"
wait_until 10 test -p "/run/lxcbox/.watch/$BG"
lxc-wait -P "$P" $NAME -s FROZEN -t 20 &
waits=$!
usleep 200000
echo FROZEN >"$freezer/freezer.state"
wait $waits || fail "lxc-wait was not told"
want_told "FREEZING FROZEN "
want_eq state "$(state $NAME)" FROZEN
echo THAWED >"$freezer/freezer.state"
want_told "FREEZING FROZEN THAWED RUNNING "
run lxc-cgroup -P "$P" $NAME freezer.state FROZEN
want_status 0
want_told "FREEZING FROZEN THAWED RUNNING FREEZING FROZEN "
timed 5 lxc-unfreeze -n $NAME -P "$P"
goes_on
end

begin freeze-and-stop
timed 5 lxc-freeze -n $NAME -P "$P"
stop
want_nothing_left
started
timed 5 lxc-freeze -n $NAME -P "$P"
timed 5 lxc-stop -t 1 -n $NAME -P "$P"
want_status 0
want_nothing_left
kill $BG
end

begin freeze-what-does-not-run
for a in lxc-freeze lxc-unfreeze; do
	run $a -P "$P" $NAME
	want_status 1
	want_one_line
	want_err_has "$a: $NAME: the container is not running"
	run $a -P "$P" $NAME other
	want_status 1
	want_err_has "unexpected argument 'other'"
	run $a -P "$P" ../x
	want_status 1
	want_err_has "bad container name"
done
run lxc-cgroup -P "$P" $NAME memory.limit_in_bytes
want_status 1
want_one_line
want_err_has "lxc-cgroup: $NAME: the container is not running"
end

# A monitor that does not answer is not needed for it.
begin freeze-beside-a-stopped-monitor
started
kill -STOP "$MONITOR"
timed 8 lxc-freeze -n $NAME -P "$P"
want_status 0
stands_still
timed 8 lxc-unfreeze -n $NAME -P "$P"
want_status 0
goes_on
kill -CONT "$MONITOR"
stop
end

if ! cg_dir memory $NAME >/dev/null; then
	skip cgroup-file "no v1 memory controller"
	finish
fi

begin cgroup-read-and-write
started
run lxc-cgroup -P "$P" -n $NAME memory.limit_in_bytes 32M
want_status 0
want_out ""
run lxc-cgroup -P "$P" $NAME memory.limit_in_bytes
want_status 0
want_out 33554432
want_eq "the file" "$(cat "$(cg_dir memory $NAME)/memory.limit_in_bytes")" 33554432
run lxc-cgroup -P "$P" $NAME memory.stat
grep -q "^cache " "$W/out" || fail "no statistics: $(first_line "$W/out")"
[ -z "$(tail -n 1 "$W/out" | grep '^$')" ] || fail "an empty line at the end"
lxc-cgroup -P "$P" $NAME memory.stat | true
run lxc-cgroup -P "$P" $NAME freezer.state
want_out THAWED
end

begin cgroup-refused
for f in "memory.nosuch" "nosuch.x" "../memory.stat" "memory.stat/.." ".." "." "" "tasks" "memory." ".stat" "memory/x.y" "memory.x/../y" \
	"$(printf 'memory.%0200d' 1)"; do
	for v in "" 1; do
		run lxc-cgroup -P "$P" $NAME "$f" ${v:+$v}
		want_status 1
		want_one_line
		want_err_has "lxc-cgroup: $NAME: "
		[ ! -s "$W/out" ] || fail "'$f' prints $(first_line "$W/out")"
	done
done
run lxc-cgroup -P "$P" $NAME memory.limit_in_bytes lots
want_status 1
want_err_has "cannot write 'lots' to 'memory.limit_in_bytes'" "Invalid argument"
run lxc-cgroup -P "$P" $NAME
want_status 1
run lxc-cgroup -P "$P" $NAME memory.stat 1 2
want_status 1
want_err_has "unexpected argument '2'"
end

begin cgroup-device-rules
if cg_dir devices $NAME >/dev/null; then
	run lxc-cgroup -P "$P" $NAME devices.list
	want_out "a *:* rwm"
	for v in "c 1:3" "a 1:3 rwm" "x" "c 1:3 rwmx"; do
		run lxc-cgroup -P "$P" $NAME devices.deny "$v"
		want_status 1
		want_err_has "'$v'"
	done
	run lxc-cgroup -P "$P" $NAME devices.list
	want_out "a *:* rwm"
	# With sys_admin it may write to its cgroups, so that its processes are in one below: a rule has to reach that one.
	run lxc-cgroup -P "$P" $NAME devices.deny a
	want_status 1
	want_err_has "the kernel takes 'a' only"
	run lxc-cgroup -P "$P" $NAME devices.deny "c 1:3 w"
	want_status 0
	run lxc-attach -n $NAME -P "$P" -- /bin/busybox sh -c 'echo >/dev/null'
	want_err_has 'Operation not permitted'
	run lxc-cgroup -P "$P" $NAME devices.allow "c 1:3 w"
	want_status 0
	run lxc-attach -n $NAME -P "$P" -- /bin/busybox sh -c 'echo >/dev/null'
	want_status 0
	stop
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" 'lxc.cap.drop = sys_admin'
	started
	run lxc-cgroup -P "$P" $NAME devices.deny a
	want_status 0
	run lxc-cgroup -P "$P" $NAME devices.allow "c 1:3 rw"
	want_status 0
	run lxc-cgroup -P "$P" $NAME devices.list
	want_out "c 1:3 rw"
else
	skip cgroup-device-rules "no v1 devices controller"
fi
stop
end

finish
