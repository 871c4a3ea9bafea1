# SPDX-License-Identifier: MIT
# owns: lxcbox.restart.*: who is started again, when, how often, who is told, and what ends it
# never: waits for a time that the policy does not name
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=again
LXCPATH=$P
B=/bin/busybox

conf()
{
	fresh_root bin dev
	: >"$W/log"
	cp /bin/busybox "$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "lxcbox.restart.delay = 0" "$@"
}

# started SCRIPT: as first process, in the background
started()
{
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -p "$W/pid" -o "$W/log" -l INFO -d -- $B sh -c "$1"
	want_status 0
	read -r MONITOR <"$W/pid"
}

lives()
{
	[ "$(wc -l <"$R/lives" 2>/dev/null)" -ge "$1" ]
}

n_lives()
{
	want_eq lives "$(wc -l <"$R/lives")" "$1"
}

is_state()
{
	[ "$(state $NAME)" = "$1" ]
}

# is_paused: between two lives there is no first process
is_paused()
{
	is_state STARTING && [ -z "$(init_pid $NAME)" ]
}

is_up()
{
	is_running $NAME
}

stop()
{
	timed 5 lxc-stop -k -n $NAME -P "$P"
	want_status 0
	want_nothing_left
}

watched()
{
	in_background lxc-monitor -P "$P"
	wait_until 10 test -p "/run/lxcbox/.watch/$BG"
}

begin restart-on-failure
conf "lxcbox.restart.policy = on-failure"
watched
run lxc-start -n $NAME -P "$P" -f "$W/conf" -o "$W/log" -F -- $B sh -c "$B echo >>/lives; case \$($B wc -l </lives) in 1) exit 7 ;; 2) $B kill -9 \$\$; exit 8 ;; *) exit 0 ;; esac"
want_status 0
n_lives 3
want_nothing_left
wait_until 10 grep -q STOPPED "$W/bg.out"
has "$W/bg.out" "'$NAME' restart [1] after exit status [7]" "'$NAME' restart [2] after exit status ["
want_eq told "$(sed -n "s/.*state to \[\(.*\)\]/\1/p" "$W/bg.out" | tr '\n' ' ')" \
	"STARTING RUNNING STOPPING STARTING RUNNING STOPPING STARTING RUNNING STOPPING STOPPED "
kill "$BG"
wait "$BG"
end

# An orderly end is no failure, and one by a signal from inside is.
begin restart-not-after-success
conf "lxcbox.restart.policy = on-failure"
for end in "exit 0" "$B poweroff -f" "$B halt -f"; do
	rm -f "$R/lives"
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B sh -c "$B echo >>/lives; $end"
	want_status 0
	n_lives 1
done
end

begin restart-policy-no
for policy in no ""; do
	conf "lxcbox.restart.policy = $policy"
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B sh -c "$B echo >>/lives; exit 5"
	want_status 5
	n_lives 1
done
end

# always: after whatever end, until the maximum is reached; the status is that of the last life.
begin restart-always-and-maximum
conf "lxcbox.restart.policy = always" "lxcbox.restart.max = 3"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -o "$W/log" -F -- $B sh -c "$B echo >>/lives; [ \$($B wc -l </lives) -lt 4 ] || exit 9; $B poweroff -f"
want_status 9
n_lives 4
has "$W/log" "restarted 3 times in a row: it stays stopped"
want_nothing_left
end

# Who was stable counts anew: with a maximum of 1 there are many.
begin restart-stable
conf "lxcbox.restart.policy = on-failure" "lxcbox.restart.max = 1" "lxcbox.restart.stable = 0"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B sh -c "$B echo >>/lives; [ \$($B wc -l </lives) -lt 4 ] || exit 0; exit 1"
want_status 0
n_lives 4
end

# The delay grows by the factor up to its maximum, and lxc-info counts.
begin restart-delay
conf "lxcbox.restart.policy = always" "lxcbox.restart.delay = 1" "lxcbox.restart.factor = 4" "lxcbox.restart.delay.max = 2"
: >"$W/log"
started "$B echo >>/lives; exit 1"
wait_until 20 lives 3 || fail "$(wc -l <"$R/lives") lives"
wait_until 10 grep -q 'restart 3 after exit status 1, in 2000 ms' "$W/log"
has "$W/log" "restart 1 after exit status 1, in 1000 ms" "restart 2 after exit status 1, in 2000 ms" \
	"restart 3 after exit status 1, in 2000 ms"
wait_until 10 is_paused || fail "state '$(state $NAME)' in the pause"
run lxc-info -n $NAME -P "$P"
want_out_has "Restarts:       "
run lxc-info -n $NAME -P "$P" -H -c lxcbox.restart.policy
want_out always
stop
end

# Whoever asks for its end gets it: while it runs and in the pause, by whatever means; who asks for a start ends the pause.
begin restart-stopped
conf "lxcbox.restart.policy = always" "lxcbox.restart.delay = 86400" "lxcbox.restart.delay.max = 86400"
for how in -k "-t 2" -W; do
	started "$B echo >>/lives; $B sleep 1000"
	# shellcheck disable=SC2086
	timed 8 lxc-stop $how -n $NAME -P "$P"
	want_status 0
	[ "$how" != -W ] || timed 5 lxc-stop -k -n $NAME -P "$P"
	want_nothing_left
	started "exit 3"
	wait_until 10 is_paused || fail "no pause"
	# shellcheck disable=SC2086
	timed 2 lxc-stop $how -n $NAME -P "$P"
	want_status 0
	want_nothing_left
done
started "exit 3"
wait_until 10 is_paused || fail "no pause"
kill -TERM "$MONITOR"
want_nothing_left
rm -f "$R/lives"
started "$B echo >>/lives; [ \$($B wc -l </lives) -gt 1 ] || exit 3; $B sleep 1000"
wait_until 10 is_paused || fail "no pause"
timed 5 lxc-start -n $NAME -P "$P" -f "$W/conf" -d
want_status 0
want_err_has "already running"
want_eq state "$(state $NAME)" RUNNING
wait_until 10 lives 2 || fail "no second life"
stop
end

# A signal to a foreground start, as a service manager sends it, ends it for good.
begin restart-told-by-a-signal
conf "lxcbox.restart.policy = always"
in_background lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B sh -c "trap 'exit 4' TERM; $B echo >>/lives; while :; do $B usleep 20000; done"
wait_until 10 lives 1
kill -TERM "$BG"
wait "$BG"
want_eq status $? 4
n_lives 1
want_nothing_left
end

# lxc-execute runs its command once.
begin restart-not-of-execute
conf "lxcbox.restart.policy = always"
run lxc-execute -n $NAME -P "$P" -f "$W/conf" -- $B sh -c "$B echo >>/lives; exit 6"
want_status 6
n_lives 1
end

# A first start that fails is told to who asked for it; a later one counts as a failure.
begin restart-start-fails
conf "lxcbox.restart.policy = on-failure" "lxcbox.restart.max = 2"
cp /bin/busybox "$R/bin/busybox2"
: >"$W/log"
watched
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -o "$W/log" -l INFO -- $B sh -c "/bin/busybox2 rm $B; exit 1"
want_status 1
want_err_has "restart 2 after a failed start" "lxc-start: $NAME: cannot execute '$B' in the container"
want_nothing_left
wait_until 10 grep -q STOPPED "$W/bg.out"
has "$W/bg.out" "'$NAME' restart [1] after exit status [1]" "'$NAME' restart [2] after a failed start"
has "$W/log" "restart 2 after a failed start, in "
kill "$BG"
wait "$BG"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -d -- $B true
want_status 1
want_one_line
want_nothing_left
end

# Something in the way is gone by the next try.
begin restart-comes-back
conf "lxcbox.restart.policy = on-failure" "lxcbox.restart.delay = 1" "lxcbox.restart.factor = 1"
cp /bin/busybox "$R/bin/busybox2"
started "/bin/busybox2 echo >>/lives; [ \$(/bin/busybox2 wc -l </lives) -eq 1 ] || exec /bin/busybox2 sleep 1000; /bin/busybox2 mv $B /bin/gone; exit 1"
wait_until 10 grep -q 'after a failed start' "$W/log" || fail "the start has not failed"
mv "$R/bin/gone" "$R/bin/busybox"
wait_until 10 lives 2 || fail "it has not come back"
wait_until 10 is_up || fail "state '$(state $NAME)'"
stop
end

# The monitor stays what it was, however often.
begin restart-many-times
conf "lxcbox.restart.policy = always" "lxcbox.restart.stable = 0"
started "$B echo >>/lives; $B sleep 1000"
wait_until 10 lives 1
kill -9 "$(init_pid $NAME)"
wait_until 10 lives 2
wait_until 10 is_up
before="$(ls "/proc/$MONITOR/fd" | wc -l) $(sed -n 's/^VmData:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$MONITOR/status")"
n=2
while [ $n -lt 12 ]; do
	wait_until 10 is_up
	kill -9 "$(init_pid $NAME)"
	n=$((n + 1))
	wait_until 10 lives $n || fail "only $(wc -l <"$R/lives") lives"
done
wait_until 10 is_up
fds_are_as_before()
{
	[ "$(ls "/proc/$MONITOR/fd" | wc -l)" -le "${before% *}" ]
}
wait_until 10 fds_are_as_before || fail "$(ls "/proc/$MONITOR/fd" | wc -l) descriptors, before: ${before% *}"
want_eq memory "$(sed -n 's/^VmData:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$MONITOR/status")" "${before#* }"
run lxc-info -n $NAME -P "$P"
want_out_has "Restarts:       11"
# A monitor that is killed in the pause leaves what the next command removes.
stop
conf "lxcbox.restart.policy = always" "lxcbox.restart.delay = 1000" "lxcbox.restart.delay.max = 1000"
started "exit 1"
wait_until 10 is_paused || fail "no pause"
kill -9 "$MONITOR"
timed 5 lxc-stop -n $NAME -P "$P"
# 0 when it was still about to die.
[ "$STATUS" = 0 ] || want_status 2
want_nothing_left
started "exit 1"
wait_until 10 is_paused || fail "no pause"
kill -9 "$MONITOR"
started "$B sleep 1000"
stop
end

finish
