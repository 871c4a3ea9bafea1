# SPDX-License-Identifier: MIT
# owns: what every command does with names that are none, with a runtime directory that cannot be used, with a monitor that is killed,
#       stopped or frozen under it, with a terminal that goes; and that nothing of an odd caller reaches a container
# never: takes an end for a good one: the cause is told in one line, within seconds, with LXC's status
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=bad
LXCPATH=$P

conf()
{
	fresh_root bin dev proc out
	cp /bin/busybox "$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$@"
}

# started COMMAND...: as daemon; $MONITOR and $INIT
started()
{
	rm -f "$W/pid"
	run lxc-start -d -n $NAME -P "$P" -f "$W/conf" -p "$W/pid" -- "$@"
	want_status 0
	read -r MONITOR <"$W/pid"
	INIT=$(init_pid $NAME)
}

kill_it()
{
	lxc-stop -k -n $NAME -P "$P" >/dev/null 2>&1
	want_nothing_left
}

is_gone()
{
	[ ! -d "/proc/$1" ]
}

# --- names --------------------------------------------------------------------------------------------------------

# Those that take the name of one container, by their own help; what else they need stands behind the name.
named()
{
	for applet in $(lxcbox --list); do
		case $applet in
			# Expressions are no names; groups, and a name that nobody asks for.
		lxc-monitor | lxc-ls | lxc-autostart | lxc-unshare | lxc-top) continue ;;
			# Two names, neither of which is --name.
		lxc-clone) continue ;;
		esac
		"$applet" --help 2>&1 | grep -q -e '--name' && echo "$applet"
	done
}

rest_of()
{
	case $1 in
	lxc-start) echo "-f $W/conf -F -- /bin/busybox true" ;;
	lxc-execute) echo "-f $W/conf -- /bin/busybox true" ;;
	lxc-attach) echo "-- /bin/busybox true" ;;
	lxc-wait) echo "-s RUNNING -t 5" ;;
	lxc-cgroup) echo "freezer.state" ;;
	lxc-create) echo "-t none" ;;
	lxc-copy) echo "-N another" ;;
	lxc-start-ephemeral) echo "-o original" ;;
	lxc-snapshot) echo "-L" ;;
	lxc-device) echo "add /dev/null" ;;
	esac
}

begin bad-names-of-every-command
conf
mkdir -p "$P"
find "$W" / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path "$W/out" -o -path "$W/err" \) -prune -o -print | sort >"$W/before"
applets=$(named)
for a in lxc-start lxc-stop lxc-attach lxc-info; do
	case " $(echo "$applets" | tr '\n' ' ')" in
	*" $a "*) ;;
	*) fail "$a has no --name in its help" ;;
	esac
done
two="a
b"
for bad in '' . .. a/b ../x /x -x "$(printf '%0300d' 0)" "$two" 'a b'; do
	for applet in $applets; do
		case $SLOW$bad in
		1 | 1a/b | 1-x | 1????????????????*) ;;
		1*) [ "$applet" = lxc-attach ] || continue ;;
		esac
		# shellcheck disable=SC2046
		timed 4 "$applet" -P "$P" --name="$bad" $(rest_of "$applet")
		[ "$STATUS" -eq 1 ] || fail "$applet --name='$bad' ended with $STATUS: $(first_line "$W/err")"
		[ "$(grep -c . "$W/err")" -eq 1 ] || fail "$applet --name='$bad' says $(grep -c . "$W/err") lines"
		grep -q 'container name' "$W/err" || fail "$applet --name='$bad': $(first_line "$W/err")"
		[ ! -s "$W/out" ] || fail "$applet --name='$bad' prints $(first_line "$W/out")"
	done
done
find "$W" / -xdev \( -path /proc -o -path /sys -o -path /tmp -o -path "$W/out" -o -path "$W/err" \) -prune -o -print | sort >"$W/after"
comm -13 "$W/before" "$W/after" | grep -v -e "$W/before" -e "$W/after" >"$W/made"
[ ! -s "$W/made" ] || fail "made $(head -n 3 "$W/made" | tr '\n' ' ')"
end

# --- the monitor does not answer, or dies, under each command --------------------------------------------------------

# each COMMAND STATUS...: ends within its time with one of these, and says why when it is not 0 (and not the program's own)
each()
{
	each_want=$1
	each_text=$2
	shift 2
	timed 12 "$@"
	case " $each_want " in
	*" $STATUS "*) ;;
	*) fail "$1 $2 ended with $STATUS, wanted $each_want: $(first_line "$W/err")" ;;
	esac
	if [ -n "$each_text" ]; then
		grep -q -e "$each_text" "$W/err" || fail "$1 does not say '$each_text': $(first_line "$W/err")"
		[ "$(grep -c . "$W/err")" -eq 1 ] || fail "$1 says $(grep -c . "$W/err") lines"
	fi
}

# beside STATUSES TEXT COMMAND...: the same in the background, all at once, since each waits in vain for the monitor first
beside()
{
	beside_n=$((beside_n + 1))
	(
		W=$W/beside.$beside_n
		mkdir -p "$W"
		WHY=
		each "$@"
		echo "$WHY" >"$W/why"
	) &
}

want_beside()
{
	wait
	for why in "$W"/beside.*/why; do
		[ -z "$(cat "$why")" ] || fail "$(cat "$why")"
	done
	rm -rf "$W"/beside.*
}

# What the record and the kernel know needs no monitor; what only it knows ends with a cause; all of it in time.
all_clients()
{
	beside_n=0
	want_eq state "$(state $NAME)" RUNNING
	want_eq "first process" "$(init_pid $NAME)" "$INIT"
	beside 0 "" lxc-info -n $NAME -P "$P"
	beside 0 "" lxc-ls -P "$P" --running
	beside 1 "lxc-attach: $NAME: the monitor did not tell .*timed out" lxc-attach -n $NAME -P "$P" -- /bin/busybox true
	beside "0 1" "" lxc-wait -n $NAME -P "$P" -s RUNNING -t 4
	beside 1 "" lxc-wait -n $NAME -P "$P" -s STOPPED -t 2
	beside "0 1" "lxc-start: $NAME: " lxc-start -n $NAME -P "$P" -f "$W/conf" -- /bin/busybox true
	beside 1 "lxc-stop: $NAME: the monitor does not answer" lxc-stop --nokill -t 1 -n $NAME -P "$P"
	[ -z "$HAS_FREEZER" ] || beside 0 "" lxc-cgroup -n $NAME -P "$P" freezer.state
	want_beside
}

HAS_FREEZER=
cg_mount freezer >/dev/null && HAS_FREEZER=1

begin bad-monitor-stopped
conf
started /bin/busybox sleep 1000
kill -STOP "$MONITOR"
wait_until 5 grep -q '^State:	T' "/proc/$MONITOR/status" || fail "the monitor does not stop"
all_clients
timed 6 lxc-stop -n $NAME -P "$P" -t 1
want_status 0
want_nothing_left
is_gone "$INIT" || fail "the first process is still there"
end

begin bad-monitor-frozen
if m=$(cg_mount freezer); then
	conf
	started /bin/busybox sleep 1000
	own=$(sed -n 's/^[0-9]*:[a-z,]*freezer[a-z,]*:\(.*\)$/\1/p' "/proc/$MONITOR/cgroup")
	mkdir "$m/ice"
	for f in cpuset.cpus cpuset.mems cpus mems; do
		[ ! -f "$m/ice/$f" ] || cat "$m/$f" >"$m/ice/$f"
	done
	echo "$MONITOR" >"$m/ice/cgroup.procs" || fail "the monitor cannot be moved from '$own'"
	echo FROZEN >"$m/ice/freezer.state"
	wait_until 5 grep -q FROZEN "$m/ice/freezer.state" || fail "it does not freeze"
	want_eq state "$(state $NAME)" RUNNING
	# Not even a kill ends it before it is thawed, and what it holds cannot be had.
	timed 15 lxc-stop -k -n $NAME -P "$P"
	want_status 1
	want_err_has "lxc-stop: $NAME: the monitor (pid $MONITOR) was killed and does not end: is its cgroup frozen?"
	is_gone "$INIT" || grep -q '^State:	Z' "/proc/$INIT/status" || fail "the first process is still there"
	echo THAWED >"$m/ice/freezer.state"
	wait_until 5 is_gone "$MONITOR" || fail "the monitor is still there"
	rmdir "$m/ice"
	kill_it
	end
else
	skip bad-monitor-frozen "no v1 freezer"
fi

# under TEXT STATUS COMMAND...: the monitor is killed while it runs
under()
{
	under_status=$1
	under_text=$2
	shift 2
	rm -f "$R/out/ready"
	started /bin/busybox sh -c 'trap ">/out/ready" PWR INT USR1 TERM; while :; do /bin/busybox usleep 20000; done'
	# Its first process has to listen, or nobody is told.
	wait_until 10 listens || fail "the first process does not listen"
	in_background "$@"
	wait_until $((10 * HANGS)) under_way "$1" || fail "$1 does not get so far"
	now
	under_from=$NOW
	kill -9 "$MONITOR"
	wait $BG
	STATUS=$?
	within 6 "$under_from" "the end of $1 after its monitor's"
	[ "$STATUS" -eq "$under_status" ] || fail "$1 ended with $STATUS, wanted $under_status: $(first_line "$W/bg.err")"
	[ -z "$under_text" ] || grep -q -e "$under_text" "$W/bg.err" "$W/bg.out" || fail "$1 says '$(first_line "$W/bg.err")', wanted '$under_text'"
	wait_until 5 is_gone "$INIT" || fail "the container outlives its monitor"
	kill_it
}

listens()
{
	[ "$(sed -n 's/^SigCgt:[^0-9a-f]*//p' "/proc/$INIT/status")" != 0000000000000000 ] &&
		[ "$(tr '\0' ' ' <"/proc/$INIT/cmdline" | cut -c1-12)" = "/bin/busybox" ]
}

# What was asked for has come to the container, or the listener's fifo is there.
under_way()
{
	case $1 in
	lxc-wait) ls "/run/lxcbox/.watch/$BG".* ;;
	*) [ -e "$R/out/ready" ] ;;
	esac
}

begin bad-monitor-killed-under-each
conf
under 137 "" lxc-attach -n $NAME -P "$P" -- /bin/busybox sh -c '>/out/ready; exec /bin/busybox sleep 1000'
under 0 "" lxc-wait -n $NAME -P "$P" -s STOPPED
under 1 "" lxc-wait -n $NAME -P "$P" -s FROZEN -t 3
under 0 "" lxc-stop -n $NAME -P "$P" -t 60
under 1 "the container" lxc-stop -r -n $NAME -P "$P" -t 60
end

# Killed at the moment itself: whatever each says, it ends, and the next start works.
begin bad-gone-in-between
conf
rounds=12
[ -z "$SLOW" ] || rounds=3
i=0
while [ $i -lt $rounds ]; do
	i=$((i + 1))
	started /bin/busybox usleep $((i * 10000))
	for c in "lxc-info -n $NAME -P $P" "lxc-attach -n $NAME -P $P -- /bin/busybox true" "lxc-freeze -n $NAME -P $P" \
		"lxc-unfreeze -n $NAME -P $P" "lxc-cgroup -n $NAME -P $P freezer.state" "lxc-wait -n $NAME -P $P -s STOPPED -t 9" "lxc-ls -P $P -f" \
		"lxc-stop -n $NAME -P $P -k"; do
		(
			# shellcheck disable=SC2086
			timeout -s KILL $((9 * HANGS)) $c >"$W/between.out" 2>"$W/between.err"
			echo "$? $c: $(head -n 1 "$W/between.err")" >>"$W/between"
		) &
	done
	wait
	kill_it
	[ -z "$WHY" ] || break
done
grep -v '^[0127] \|^137 lxc-attach\|^143 lxc-attach' "$W/between" >"$W/wrong"
[ ! -s "$W/wrong" ] || fail "$(head -n 2 "$W/wrong" | tr '\n' ' ')"
end

# --- the runtime directory becomes useless under a running container ---------------------------------------------------

# other_runtime OPTIONS: what is in /run/lxcbox is on a tmpfs of these
begin bad-runtime-directory-becomes-read-only
if ls -d /run/lxcbox/*@* >/dev/null 2>&1; then
	skip bad-runtime-directory-becomes-read-only "containers are running"
else
	conf
	mkdir -p -m 700 /run/lxcbox
	mount -t tmpfs -o mode=700 own /run/lxcbox
	started /bin/busybox sleep 1000
	mount -o remount,ro /run/lxcbox
	each 0 "" lxc-info -n $NAME -P "$P" -s -H
	want_out RUNNING
	each 0 "" lxc-attach -n $NAME -P "$P" -- /bin/busybox true
	each 1 "lxc-monitor: .*Read-only" lxc-monitor -n $NAME -P "$P"
	each 0 "" lxc-stop -k -n $NAME -P "$P"
	wait_until 5 is_gone "$INIT" || fail "the first process is still there"
	each 1 "lxc-start: $NAME: .*Read-only" lxc-start -n $NAME -P "$P" -f "$W/conf" -- /bin/busybox true
	mount -o remount,rw /run/lxcbox
	run lxc-start -F -n $NAME -P "$P" -f "$W/conf" -- /bin/busybox echo works
	want_out works
	want_nothing_left
	end

	begin bad-runtime-directory-becomes-full
	started /bin/busybox sleep 1000
	mount -o remount,size=16k,nr_inodes=16 /run/lxcbox
	dd if=/dev/zero of=/run/lxcbox/fill bs=4k count=8 2>/dev/null
	i=0
	while [ $i -lt 20 ] && touch "/run/lxcbox/fill.$i" 2>/dev/null; do
		i=$((i + 1))
	done
	each 0 "" lxc-info -n $NAME -P "$P" -s -H
	want_out RUNNING
	each 1 "lxc-monitor: .*No space" lxc-monitor -n $NAME -P "$P"
	each 1 "lxc-start: other: .*No space" lxc-start -n other -P "$P" -f "$W/conf" -- /bin/busybox true
	each 0 "" lxc-stop -k -n $NAME -P "$P"
	want_nothing_left
	rm -f /run/lxcbox/fill*
	run lxc-start -F -n $NAME -P "$P" -f "$W/conf" -- /bin/busybox echo works
	want_out works
	umount /run/lxcbox
	end
fi

# --- the terminal goes -------------------------------------------------------------------------------------------------

# hang_up COMMAND: on a terminal that goes once the container has made $R/out/ready; $HUNG is the command's pid
hang_up()
{
	rm -f "$R/out/ready" "$W/hung"
	in_background script -q -c "echo \$\$ >$W/hung; exec $1" "$W/typescript"
	wait_until 15 test -e "$R/out/ready" || fail "does not get ready: $(cat "$W/typescript")"
	read -r HUNG <"$W/hung"
	kill -9 "$BG"
	wait "$BG" 2>/dev/null
}

begin bad-terminal-goes-of-start
conf
hang_up "lxc-start -F -n $NAME -P $P -f $W/conf -- /bin/busybox sh -c 'trap \"exit 3\" PWR TERM; >/out/ready; while :; do /bin/busybox usleep 50000; done'"
wait_until 10 is_gone "$HUNG" || fail "lxc-start goes on without its terminal"
want_nothing_left
end

begin bad-terminal-goes-of-attach
conf
started /bin/busybox sleep 1000
hang_up "lxc-attach -n $NAME -P $P -- /bin/busybox sh -c '>/out/ready; exec /bin/busybox sleep 4321'"
wait_until 10 is_gone "$HUNG" || fail "lxc-attach goes on without its terminal"
has_sleeper()
{
	grep -q 4321 /proc/[0-9]*/cmdline 2>/dev/null
}
no_sleeper()
{
	for p in $(cat "$(cg_of_processes "$(cg_dir freezer $NAME || cg_dir devices $NAME)")/cgroup.procs"); do
		! grep -q 4321 "/proc/$p/cmdline" || return 1
	done
}
wait_until 10 no_sleeper || fail "the program goes on without its terminal"
want_eq state "$(state $NAME)" RUNNING
kill_it
end

# --- an odd caller -------------------------------------------------------------------------------------------------------

# What a program has that it could have inherited, one a line.
cat >"$W/tell" <<'END'
b=/bin/busybox
p=/proc/self
echo "fds $($b ls $p/fd | $b tr '\n' ' ')"
$b grep -E '^(SigBlk|SigIgn|Umask|Groups|Uid|Gid|NoNewPrivs|Cap[A-Z][a-z]*|Cpus_allowed):' $p/status
$b cat $p/limits
echo "nice, policy $($b cut -d' ' -f19,41 $p/stat)"
for f in oom_score_adj timerslack_ns personality; do
	[ ! -e $p/$f ] || echo "$f $($b cat $p/$f)"
done
echo "directory $PWD"
echo "umask $(umask)"
$b env | $b sort
END

# Files differ by one descriptor, that of the list itself.
tells()
{
	sed -e 's/^\(fds 0 1 2\) [0-9 ]*$/\1/' -e '/^_=/d' -e '/^SHLVL=/d' "$1"
}

begin bad-caller-nothing-of-it-is-inside
conf
cp "$W/tell" "$R/tell"
tell="/bin/busybox sh /tell"
for how in "lxc-start -F -f $W/conf" "lxc-execute -f $W/conf" lxc-attach "lxc-start -d -f $W/conf"; do
	[ "$how" != lxc-attach ] || started /bin/busybox sleep 1000
	for caller in "" odd; do
		case $how in
		*-d*)
			rm -f "$R/out/told"
			# shellcheck disable=SC2086
			run $caller $how -n $NAME -P "$P" -- /bin/busybox sh -c "$tell >/out/told.new; /bin/busybox mv /out/told.new /out/told"
			want_status 0
			wait_until 10 test -e "$R/out/told" || fail "$caller $how: told nothing"
			mv "$R/out/told" "$W/out"
			want_nothing_left
			;;
		*)
			# shellcheck disable=SC2086
			run $caller $how -n $NAME -P "$P" -- $tell
			want_status 0
			;;
		esac
		tells "$W/out" >"$W/told.$caller"
	done
	has "$W/told.odd" "fds 0 1 2" "directory /"
	grep -q -i secret "$W/told.odd" && fail "$how: $(grep -i secret "$W/told.odd" | head -n 3 | tr '\n' ' ')"
	cmp -s "$W/told." "$W/told.odd" || fail "$how: $(diff "$W/told." "$W/told.odd" | grep '^[-+<>] *[A-Za-z]' | head -n 4 | tr '\n' ' ')"
	[ "$how" != lxc-attach ] || kill_it
done
end

# An attach has what the first process has.
begin bad-attach-has-what-init-has
conf "lxc.prlimit.nofile = 50:60" "lxc.cap.drop = sys_admin mknod"
cp "$W/tell" "$R/tell"
started /bin/busybox sleep 1000
run odd lxc-attach -n $NAME -P "$P" -- /bin/busybox sh -c 'for p in 1 self; do
	/bin/busybox grep -E "^(SigBlk|SigIgn|Umask|Groups|Uid|Gid|NoNewPrivs|Seccomp|Cap[A-Z][a-z]*|Cpus_allowed):" /proc/$p/status >/out/$p
	/bin/busybox cat /proc/$p/limits /proc/$p/cgroup /proc/$p/oom_score_adj >>/out/$p
done'
want_status 0
cmp -s "$R/out/1" "$R/out/self" || fail "$(diff "$R/out/1" "$R/out/self" | grep '^[-+<>] *[A-Za-z]' | head -n 4 | tr '\n' ' ')"
kill_it
end

rm -rf /tmp/secret
finish
