# SPDX-License-Identifier: MIT
# owns: lxc-wait and lxc-monitor: states in their order however short a life is, of containers that start later, end, are killed
#       with their monitor or start again; listeners that are many, full, stopped or dead
# never: freezes but to make a ghost
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=w1
LXCPATH=$P
CONF=$W/conf
WATCH=/run/lxcbox/.watch
fresh_root bin dev
cp /bin/busybox "$R/bin/busybox"
write_conf "$NO_CONSOLE" "$PROC_ENTRY"

start()
{
	run lxc-start -n "$NAME" -P "$P" -f "$W/conf" -p "$W/pid" "$@"
	want_status 0
}

started()
{
	start -d -- /bin/busybox sleep 1000
	read -r MONITOR <"$W/pid"
}

stop()
{
	run lxc-stop -k -n "$NAME" -P "$P"
	want_status 0
}

# listeners NUMBER: so many listen
listeners()
{
	[ "$(ls "$WATCH" 2>/dev/null | grep -c .)" -eq "$1" ]
}

# listening NUMBER COMMAND...: in the background, and so many listen by then
listening()
{
	listening_n=$1
	shift
	in_background "$@"
	wait_until 20 listeners "$listening_n" || fail "'$1' does not listen"
}

# ended STATUS: the command in the background ends with it
ended()
{
	if wait_until 20 sh -c "! kill -0 $BG"; then
		wait "$BG"
		want_eq "exit status of what waits" $? "$1"
	else
		fail "still waits: $(cat "$W/bg.err")"
		kill -9 "$BG"
	fi
}

nobody_listens()
{
	wait_until 10 listeners 0 || fail "left $(ls $WATCH | head -n 3 | tr '\n' ' ')"
	[ ! -e $WATCH ] || fail "'$WATCH' is left"
}

begin wait-command-line
run lxc-wait -P "$P" $NAME
want_status 1
want_one_line
want_err_has "lxc-wait: $NAME: missing state, use -s STATE"
for s in FOO running "RUNNING|FOO" " RUNNING" "RUNNING,STOPPED" '' '|'; do
	run lxc-wait -P "$P" $NAME -s "$s"
	want_status 1
	want_one_line
	want_err_has "state"
done
for t in x -2; do
	run lxc-wait -P "$P" $NAME -s STOPPED -t $t
	want_status 1
	want_err_has "'$t'"
done
end

# What is not there is stopped, as LXC has it.
begin wait-at-once
for s in STOPPED "RUNNING|STOPPED" "|STOPPED|" "STOPPED|STOPPED"; do
	timed 5 lxc-wait -P "$P" -n $NAME -s "$s"
	want_status 0
	[ ! -s "$W/out$W/err" ] || fail "prints something"
done
for s in STARTING RUNNING STOPPING ABORTING FREEZING FROZEN THAWED; do
	timed 5 lxc-wait -P "$P" -n $NAME -s $s -t 0
	want_status 1
done
started
run lxc-wait -P "$P" -n $NAME -s RUNNING
want_status 0
run lxc-wait -P "$P" -n $NAME -s 'STARTING|STOPPED' -t 0
want_status 1
now
from=$NOW
run lxc-wait -P "$P" -n $NAME -s STOPPED -t 1
want_status 1
[ ! -s "$W/err" ] || fail "told: $(first_line "$W/err")"
now
[ $((NOW - from)) -ge 99 ] || fail "waited $((NOW - from)) hundredths of a second, wanted 100"
stop
nobody_listens
end

begin wait-for-what-starts-later
listening 1 lxc-wait -P "$P" -n $NAME -s RUNNING
started
ended 0
for s in STOPPING STOPPED; do
	listening 1 lxc-wait -P "$P" -n $NAME -s $s
	stop
	ended 0
	[ $s = STOPPED ] || started
done
# A life of a few milliseconds has all its states.
for s in STARTING RUNNING STOPPING; do
	listening 1 lxc-wait -P "$P" -n $NAME -s $s
	start -F -- /bin/busybox true
	ended 0
done
listening 1 lxc-wait -P "$P" -n $NAME -s ABORTING
run lxc-start -n "$NAME" -P "$P" -f "$W/conf" -F -- /bin/nosuch
want_status 1
ended 0
nobody_listens
end

# It sleeps: nothing wakes it up but news.
begin wait-does-not-poll
started
listening 1 lxc-wait -P "$P" -n $NAME -s STOPPED
sleep 1
before=$(grep ctxt /proc/$BG/status)
mine=$(grep ctxt "/proc/$MONITOR/status")
sleep 2
want_eq "wake-ups" "$(grep ctxt /proc/$BG/status)" "$before"
want_eq "wake-ups of the monitor" "$(grep ctxt "/proc/$MONITOR/status")" "$mine"
stop
ended 0
end

begin wait-through-a-kill-and-a-restart
started
listening 1 lxc-wait -P "$P" -n $NAME -s STOPPED
kill -9 "$MONITOR"
ended 0
listening 1 lxc-wait -P "$P" -n $NAME -s RUNNING
started
ended 0
listening 1 lxc-wait -P "$P" -n $NAME -s THAWED -t 60
kill -9 "$MONITOR"
started
stop
started
kill -0 $BG || fail "has taken a restart for what it waits for"
kill $BG
wait $BG
stop
end

# A ghost is no stopped container.
begin wait-for-a-frozen-ghost
if freezer=$(cg_dir freezer $NAME); then
	started
	echo FROZEN >"$freezer/freezer.state"
	kill -9 "$MONITOR"
	run lxc-wait -P "$P" -n $NAME -s STOPPED -t 1
	want_status 1
	listening 1 lxc-wait -P "$P" -n $NAME -s STOPPED
	stop
	ended 0
	end
else
	skip wait-for-a-frozen-ghost "no v1 freezer"
fi

begin wait-interrupted
for s in INT TERM HUP; do
	listening 1 lxc-wait -P "$P" -n $NAME -s RUNNING
	# Shells start what is in the background with SIGINT ignored.
	[ $s != INT ] || s=TERM
	kill -$s $BG
	wait $BG
	want_eq "exit status after $s" $(($? > 128)) 1
	nobody_listens
done
# What one who was killed has left goes with the next news, and is in nobody's way before.
listening 1 lxc-wait -P "$P" -n $NAME -s STOPPING
kill -9 $BG
wait $BG 2>/dev/null
listeners 1 || fail "who has removed it?"
start -F -- /bin/busybox true
nobody_listens
end

# More than a monitor has places for: nobody is told that it stopped, and all are when it does.
begin wait-many
started
n=0
pids=
while [ $n -lt 40 ]; do
	n=$((n + 1))
	lxc-wait -P "$P" -n $NAME -s STOPPED 2>>"$W/err" &
	pids="$pids $!"
done
wait_until 40 listeners 40 || fail "not all of them listen"
usleep 300000
for p in $pids; do
	kill -0 "$p" 2>/dev/null || fail "one has ended"
done
stop
for p in $pids; do
	wait "$p" || fail "one ends with $?"
done
nobody_listens
end

LIFE="STARTING RUNNING exited STOPPING STOPPED"

# told NAME: the states in $W/bg.out, and where it exited
told()
{
	sed -n "s/^'$1' changed state to \[\(.*\)\]\$/\1/p;s/^'$1' exited with status \[[0-9]*\]\$/exited/p" "$W/bg.out" |
		tr '\n' ' ' | sed 's/ $//'
}

has_told()
{
	[ "$(told "$1")" = "$2" ]
}

begin monitor-lines
listening 1 lxc-monitor -P "$P"
start -F -- /bin/busybox true
wait_until 10 has_told $NAME "$LIFE" || fail "told '$(told $NAME)', wanted '$LIFE'"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- /bin/busybox sh -c 'exit 7'
wait_until 10 has_told $NAME "$LIFE $LIFE" || fail "told '$(told $NAME)'"
has "$W/bg.out" "'$NAME' changed state to [STARTING]" "'$NAME' exited with status [0]" "'$NAME' exited with status [7]"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- /bin/nosuch
wait_until 10 has_told $NAME "$LIFE $LIFE STARTING ABORTING STOPPED" || fail "told '$(told $NAME)'"
kill $BG
wait $BG
nobody_listens
end

begin monitor-killed-and-started-again
listening 1 lxc-monitor -P "$P" $NAME
started
kill -9 "$MONITOR"
wait_until 10 has_told $NAME "STARTING RUNNING STOPPED" || fail "told '$(told $NAME)'"
started
kill -STOP $BG
kill -9 "$MONITOR"
started
kill -CONT $BG
stop
all="STARTING RUNNING STOPPED STARTING RUNNING STOPPED STARTING RUNNING exited STOPPING STOPPED"
wait_until 10 has_told $NAME "$all" || fail "told '$(told $NAME)'"
has "$W/bg.out" "'$NAME' exited with status [137]"
kill $BG
end

begin monitor-whom
for n in $NAME "-n $NAME" "--name=$NAME" "-n .*" ".*"; do
	set -f
	# shellcheck disable=SC2086
	listening 1 lxc-monitor -P /no/such/dir -P "$P/" $n
	set +f
	start -F -- /bin/busybox true
	wait_until 10 has_told $NAME "$LIFE" || fail "'$n': told '$(told $NAME)'"
	kill $BG
	wait $BG
done
for n in "-P $P w2" "-P $W/other" "-P $P w"; do
	# shellcheck disable=SC2086
	listening 1 lxc-monitor $n
	start -F -- /bin/busybox true
	listeners 1 || fail "'$n' has ended"
	kill $BG
	wait $BG
	[ ! -s "$W/bg.out" ] || fail "'$n': told $(first_line "$W/bg.out")"
done
run lxc-monitor -P "$P" -Q
want_status 0
run lxc-monitor -P "$P" a b
want_status 1
want_err_has "unexpected argument 'b'"
end

begin monitor-expressions
if lxcbox --features | grep -q '^regular expressions: yes'; then
	for n in 'w.' '(w|x)1' 'x|w[0-9]+' 'w1|w2'; do
		listening 1 lxc-monitor -P "$P" -n "$n"
		start -F -- /bin/busybox true
		wait_until 10 has_told $NAME "$LIFE" || fail "'$n': told '$(told $NAME)'"
		kill $BG
		wait $BG
	done
	for n in 'w|11' 'w' '1$' 'W1'; do
		listening 1 lxc-monitor -P "$P" -n "$n"
		start -F -- /bin/busybox true
		kill $BG
		wait $BG
		[ ! -s "$W/bg.out" ] || fail "'$n': told $(first_line "$W/bg.out")"
	done
	run lxc-monitor -P "$P" -n '('
	want_status 1
	want_one_line
	want_err_has "lxc-monitor: (: bad regular expression '(': '(' without ')'"
else
	run lxc-monitor -P "$P" -n 'w.*'
	want_status 1
	want_one_line
	want_err_has "'w.*' is no name" CONFIG_REGEX
fi
nobody_listens
end

# Whoever reads it has had enough: it ends at once, and not only with the next line.
begin monitor-of-which-nobody-reads
(
	lxc-monitor -P "$P"
	echo $? >"$W/status"
) | sleep 0.5
wait_until 10 test -s "$W/status" || fail "goes on"
want_eq "exit status" "$(cat "$W/status")" 0
nobody_listens
end

# Nothing that a listener does, or that lies where they are looked for, holds up a container.
begin monitor-that-does-not-read
listening 1 lxc-monitor -P "$P"
kill -STOP $BG
timeout 5 dd if=/dev/zero of="$WATCH/$BG" bs=4096 count=16 2>/dev/null
started
stop
kill -9 $BG
wait $BG 2>/dev/null
mkdir -p $WATCH/1.d
echo victim >"$W/victim"
ln -s "$W/victim" $WATCH/2
: >$WATCH/3
started
stop
want_eq victim "$(cat "$W/victim")" victim
rm -rf $WATCH
ln -s "$W/root" $WATCH
start -F -- /bin/busybox true
rm -f $WATCH
want_nothing_left
end

finish
