# SPDX-License-Identifier: MIT
# owns: starts and stops under trouble: inits of every kind, few descriptors, many at once, a monitor that is stopped, a record
#       of another life, fork bombs; and that two hundred lives leave the machine as it was
# never: takes longer for a verb than it may: 10 s for start and stop, 2 s for info and for stop -k
# boards: one
# limit: 900 s

. "$T/lib.sh"
R=$W/root
NAME=life

conf()
{
	fresh_root bin sbin
	write_conf "$NO_CONSOLE" "lxc.autodev = 1" "$PROC_ENTRY" "$BUSYBOX_ENTRY" "$@"
}

start()
{
	timed 10 lxc-start -n $NAME -f "$W/conf" --lxcpath="$W/lxc" "$@"
}

started()
{
	start -d -p "$W/pid" -- "$@"
	want_status 0
	read -r MONITOR <"$W/pid"
	INIT=$(lxc-info -n $NAME --lxcpath="$W/lxc" -p -H)
}

info()
{
	timed 3 lxc-info -n $NAME --rcfile="$W/conf" --lxcpath="$W/lxc" -s -H
	tr -d '\n' <"$W/out"
}

kill_it()
{
	timed 2 lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	want_status 0
}

# --- inits ----------------------------------------------------------------------------------------------------------

# init NAME STATUS COMMAND: what lays /sbin/init, and what a start in the foreground ends with
init()
{
	begin "init-$1"
	conf
	(cd "$R/sbin" && eval "$3")
	start -F
	want_status "$2"
	[ "$2" -ne 1 ] || [ "$1" = exits-1 ] || want_one_line
	want_nothing_left
	start -d
	case $1 in
	exits-* | dies-*)
		want_status 0
		wait_until 5 nothing_left || fail "left $left_paths"
		;;
	*)
		want_status 1
		want_err_has /sbin/init
		;;
	esac
	want_nothing_left
	end
}

script()
{
	printf '#!/bin/busybox sh\n%s\n' "$1" >init
	chmod 755 init
}

init missing 1 true
init not-executable 1 'script "exit 0"; chmod 644 init'
init wrong-format 1 'printf "\177ELFnot" >init; chmod 755 init'
init empty 1 ': >init; chmod 755 init'
init directory 1 'mkdir init'
init dangling 1 'ln -s nowhere init'
init loop 1 'ln -s init init'
init of-another-machine 1 'printf "\177ELF\002\002\001\000\000\000\000\000\000\000\000\000\000\002\000\025" >init; dd if=/dev/zero bs=100 count=1 >>init 2>/dev/null; chmod 755 init'
init exits-0 0 'script "exit 0"'
init exits-1 1 'script "exit 1"'
init exits-255 255 'script "exit 255"'
# The first process gets no fatal signal that comes from inside but a fault of its own; the host's come through.
init dies-of-its-own-kill 7 'script "kill -9 \$\$; exit 7"'

begin init-killed-from-outside
conf
in_background lxc-start -F -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sleep 1000
wait_until 20 sh -c "[ \"\$(lxc-info -n $NAME --lxcpath=$W/lxc -s -H 2>/dev/null)\" = RUNNING ]" || fail "does not run"
kill -9 "$(lxc-info -n $NAME --lxcpath="$W/lxc" -p -H)"
wait "$BG"
want_eq "exit status" $? 137
want_nothing_left
end

# --- stop -----------------------------------------------------------------------------------------------------------

freeze()
{
	echo FROZEN >"$freezer/lxc/$NAME/freezer.state"
	wait_until 5 grep -q FROZEN "$freezer/lxc/$NAME/freezer.state" || fail "cannot be frozen"
}

begin stop-kill-frozen
if freezer=$(cg_mount freezer); then
	conf
	started /bin/busybox sleep 1000
	freeze
	want_eq state "$(info)" FROZEN
	kill_it
	want_nothing_left
	started /bin/busybox sleep 1000
	freeze
	timed 4 lxc-stop -t 1 -n $NAME --lxcpath="$W/lxc"
	want_status 0
	want_nothing_left
	end
else
	skip stop-kill-frozen "no freezer"
fi

begin stop-kill-fork-bomb
if [ -x "$T/bin/forkbomb" ] && cg_mount pids >/dev/null; then
	conf "lxc.cgroup.pids.max = 60" "lxc.mount.entry = $T/bin/forkbomb bin/forkbomb none bind,ro,create=file 0 0"
	started /bin/busybox sh -c '/bin/forkbomb & /bin/busybox sleep 1000'
	many()
	{
		[ "$(cat "$(cg_dir pids $NAME)/pids.current")" -ge 50 ]
	}
	wait_until 20 many || fail "the bomb has only $(cat "$(cg_dir pids $NAME)/pids.current") processes"
	kill_it
	want_nothing_left
	end
else
	skip stop-kill-fork-bomb "no pids controller"
fi

begin stop-ignoring-init
conf "lxc.signal.halt = SIGTERM"
started /bin/busybox sh -c 'trap "" TERM; while :; do /bin/busybox sleep 1; done'
timed 4 lxc-stop -t 1 -n $NAME --lxcpath="$W/lxc"
want_status 0
want_nothing_left
end

# --- a monitor that does not run ------------------------------------------------------------------------------------

begin monitor-stopped
conf
started /bin/busybox sleep 1000
kill -STOP "$MONITOR"
wait_until 5 grep -q '^State:	T' "/proc/$MONITOR/status" || fail "the monitor does not stop"
timed 2 lxc-info -n $NAME --lxcpath="$W/lxc" -s -H
want_out RUNNING
timed 10 lxc-start -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -d -- /bin/busybox sleep 1000
want_failure
timed 5 lxc-stop -k -n $NAME --lxcpath="$W/lxc"
want_status 0
[ ! -d "/proc/$INIT" ] || fail "the first process is still there"
[ ! -d "/proc/$MONITOR" ] || fail "the monitor is still there"
want_nothing_left
end

begin monitor-killed
conf
started /bin/busybox sleep 1000
kill -9 "$MONITOR"
gone()
{
	[ ! -d "/proc/$INIT" ]
}
wait_until 2 gone || fail "the container outlives its monitor"
want_eq state "$(info)" STOPPED
start -F -- /bin/busybox true
want_status 0
want_nothing_left
end

# --- a record that is not of this life ------------------------------------------------------------------------------

# stale LINE...: a record with these lines, and somebody else's process with the pid in it
stale()
{
	mkdir -p -m 700 /run/lxcbox
	conf
	started /bin/busybox sleep 1000
	dir=$(echo /run/lxcbox/$NAME@*)
	cp "$dir/record" "$W/record"
	lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	mkdir -m 700 "$dir"
	# Not in the same hundredth of a second, which is all that the kernel tells of a start.
	usleep 50000
	/bin/busybox sleep 1000 &
	BYSTANDER=$!
	sed "$1" "$W/record" | sed "s/^\(init\|monitor\)	[0-9]*/\1	$BYSTANDER/" >"$dir/record"
	chmod 600 "$dir/record"
	: >"$dir/sock"
}

for case in boot ticks; do
	for verb in stop start info; do
		begin "stale-$case-$verb"
		if [ $case = boot ]; then
			stale 's/^boot	.*/boot	0123456789abcdef/'
		else
			stale ''
		fi
		case $verb in
		stop)
			timed 3 lxc-stop -k -n $NAME --lxcpath="$W/lxc"
			want_status 2
			;;
		start)
			timed 10 lxc-start -F -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox echo works
			want_status 0
			want_out works
			;;
		info)
			want_eq state "$(LIMIT=3 lxc-info -n $NAME --lxcpath="$W/lxc" --rcfile="$W/conf" -s -H 2>/dev/null || echo STOPPED)" STOPPED
			rm -rf "$dir"
			;;
		esac
		kill -0 "$BYSTANDER" || fail "somebody else's process was killed"
		kill -9 "$BYSTANDER"
		wait "$BYSTANDER" 2>/dev/null
		want_nothing_left
		end
	done
done

begin record-garbage
for garbage in '' 'boot' '\n\n\n' 'boot	x	y	z	w\n' 'cgroup	/\ncgroup	\n' '\000\000\000' 'init	-1	0\nmonitor	1	1\ncgroup	/sys/fs/cgroup	..\n'; do
	conf
	started /bin/busybox sleep 1000
	dir=$(echo /run/lxcbox/$NAME@*)
	lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	mkdir -m 700 "$dir"
	printf "$garbage" >"$dir/record"
	timed 10 lxc-start -F -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox true
	want_status 0
	want_nothing_left
done
end

# --- few descriptors ------------------------------------------------------------------------------------------------

begin few-descriptors
conf
good=0
numbers="3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 20 24 28 32 48 64"
[ -z "$SLOW" ] || numbers="3 4 6 8 12 32 48 64"
for n in $numbers; do
	timed 10 sh -c "ulimit -n $n; exec lxc-start -F -n $NAME -f $W/conf --lxcpath=$W/lxc -- /bin/busybox echo works"
	if [ "$STATUS" -eq 0 ]; then
		want_out works
		good=$((good + 1))
	else
		[ -s "$W/err" ] || fail "says nothing with $n descriptors"
	fi
	wait_until 2 nothing_left || fail "with $n descriptors left $(echo "$left_paths" | tr '\n' ' ')"
done
[ "$good" -ge 3 ] || fail "only $good starts worked, none should need more than 32 descriptors"
end

# --- one root, two names -----------------------------------------------------------------------------------------------

other()
{
	timed 10 lxc-start -n other -f "$W/conf" --lxcpath="$W/lxc" "$@"
}

other_works()
{
	other -F -- /bin/busybox echo works
	want_status 0
	want_out works
}

other_is_refused()
{
	other -F -- /bin/busybox true
	want_status 1
	want_one_line
	want_err_has "rootfs '$R' is in use by container '$NAME'"
}

begin root-in-use
conf
started /bin/busybox sleep 1000
other_is_refused
kill_it
other_works
want_nothing_left
end

# By the record alone: the monitor is dead, its container with it.
begin root-of-a-killed-monitor
conf
started /bin/busybox sleep 1000
kill -9 "$MONITOR"
wait_until 2 gone || fail "the container outlives its monitor"
other_is_refused
timed 2 lxc-stop -k -n $NAME --lxcpath="$W/lxc"
other_works
want_nothing_left
end

begin root-of-a-lost-record
conf
started /bin/busybox sleep 1000
kill -9 "$MONITOR"
wait_until 2 gone || fail "the container outlives its monitor"
rm -rf /run/lxcbox/$NAME@*
other_works
start -F -- /bin/busybox true
want_status 0
nothing_left
for d in $left_paths; do
	rmdir "$d/inner" 2>/dev/null
	rmdir "$d" || fail "left $d"
done
end

begin root-two-starts-at-once
conf
for i in 1 2 3 4 5 6 7 8 9 10; do
	for name in $NAME other; do
		{
			timeout $((LIMIT * HANGS)) lxc-start -d -n $name -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sleep 1000 >"$W/two.$name" 2>&1
			echo "status $?" >>"$W/two.$name"
		} &
	done
	wait
	[ "$(cat "$W/two.$NAME" "$W/two.other" | grep -c "^status 0")" -eq 1 ] ||
		fail "round $i: $(cat "$W/two.$NAME" "$W/two.other" | tr "\\n" " ")"
	for name in $NAME other; do
		lxc-stop -k -n $name --lxcpath="$W/lxc" >/dev/null 2>&1
	done
done
want_nothing_left
end

# --- many at once ---------------------------------------------------------------------------------------------------

begin twelve-starts-at-once
conf
rm -f "$W"/many.*
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	(
		timeout $((LIMIT * HANGS)) lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sleep 98765 >"$W/many.$i" 2>&1
		echo "status $?" >>"$W/many.$i"
	) &
done
wait
want_eq "starts that ended with 0" "$(grep -l '^status 0' "$W"/many.* | wc -l)" 12
want_eq "starts that say it runs already" "$(grep -l 'already running' "$W"/many.* | wc -l)" 11
containers=0
for p in /proc/[0-9]*; do
	line=
	{ read -r line <"$p/cmdline"; } 2>/dev/null
	case $line in
	/bin/busyboxsleep98765) containers=$((containers + 1)) ;;
	esac
done
want_eq containers $containers 1
kill_it
want_nothing_left
end

begin twelve-stops-at-once
conf
started /bin/busybox sleep 1000
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	(
		timeout $((LIMIT * HANGS)) lxc-stop -k -n $NAME --lxcpath="$W/lxc" >"$W/many.$i" 2>&1
		echo "status $?" >>"$W/many.$i"
	) &
done
wait
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	case $(tail -n 1 "$W/many.$i") in
	"status 0" | "status 2") ;;
	*) fail "a stop ended with $(tr '\n' ' ' <"$W/many.$i")" ;;
	esac
done
want_nothing_left
end

# --- two hundred lives ----------------------------------------------------------------------------------------------

begin lives-leave-nothing
lives=200
[ -z "$SLOW" ] || lives=8
NAME=bystander
conf
R=$W/root2
mkdir -p "$R"
started /bin/busybox sleep 1000
beside=$MONITOR
measure()
{
	ls "/proc/$beside/fd" | wc -l
	grep -E '^(VmData|VmStk|VmLck)' "/proc/$beside/status"
	awk '/^Private_Dirty/ { n += $2 } END { print (n > 64 ? "more than 64 kB private: " n : "private") }' "/proc/$beside/smaps"
	grep -c . /proc/mounts
	ls /dev/pts | wc -l
	awk '{ print $2 }' /proc/sys/fs/file-nr
	ls /run/lxcbox
}
R=$W/root3
NAME=life
sed "s,$W/root,$R,g" "$W/conf" >"$W/conf3"
mkdir -p "$R/bin"
mv "$W/conf3" "$W/conf"
start -F -- /bin/busybox true
want_status 0
measure >"$W/measure.before"
i=0
while [ $i -lt $lives ]; do
	i=$((i + 1))
	timed 10 lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -- /bin/busybox sleep 1000
	want_status 0
	timed 10 lxc-info -n bystander --lxcpath="$W/lxc"
	want_status 0
	timed 10 lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	want_status 0
	[ -z "$WHY" ] || break
done
want_nothing_left
measure >"$W/measure.after"
cmp -s "$W/measure.before" "$W/measure.after" ||
	fail "changed: $(diff "$W/measure.before" "$W/measure.after" | grep '^[-+][^-+]' | tr '\n' ' ')"
NAME=bystander
kill_it
end

finish
