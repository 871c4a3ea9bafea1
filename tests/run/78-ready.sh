# SPDX-License-Identifier: MIT
# owns: lxcbox.ready: by a descriptor or a file, in time or not, who is told, and that a container can do no harm by it
# never: waits for a time but that of lxcbox.ready.timeout
# profile: full

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=ready
LXCPATH=$P
B=/bin/busybox

lxc-wait --help 2>&1 | grep -q -e --ready || {
	skip ready "not in this build (CONFIG_READINESS)"
	finish
}

conf()
{
	fresh_root bin dev run proc etc
	cp /bin/busybox "$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "lxc.mount.entry = tmpfs run tmpfs nosuid,nodev 0 0" "$@"
}

# started SCRIPT: as first process, in the background
started()
{
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -p "$W/pid" -o "$W/log" -l INFO -d -- $B sh -c "$1"
	want_status 0
	read -r MONITOR <"$W/pid"
}

stop()
{
	timed 5 lxc-stop -k -n $NAME -P "$P"
	want_status 0
	want_nothing_left
}

# is_ready yes|no
is_ready()
{
	[ "$(lxc-info -n $NAME -P "$P" | sed -n 's/^Ready: *//p')" = "$1" ]
}

# not_ready TEXT: the log says so, and who waits fails
not_ready()
{
	wait_until 10 grep -q "not ready$1" "$W/log" || fail "the log has no 'not ready$1'"
	is_ready no || fail "lxc-info says another thing"
}

wait_ready()
{
	timed 10 lxc-wait -n $NAME -P "$P" --ready -t "$1"
}

REST="while :; do $B usleep 20000; done"

begin ready-by-descriptor
conf "lxcbox.ready = fd:5"
in_background lxc-monitor -P "$P"
wait_until 10 test -p "/run/lxcbox/.watch/$BG"
started "while [ ! -e /go ]; do $B usleep 20000; done; $B ls /proc/self/fd | $B tr '\\n' ' ' >/fds; echo here: \$LXCBOX_READY_FD >/said; echo >&5; exec 5>&-; $REST"
want_eq state "$(state $NAME)" RUNNING
is_ready no || fail "ready before it said so"
timed 5 lxc-wait -n $NAME -P "$P" --ready -t 0
want_status 1
: >"$R/go"
wait_ready 10
want_status 0
is_ready yes || fail "not ready"
want_eq "what it knows" "$(cat "$R/said")" "here: 5"
# Of busybox ls its own one for the directory too.
want_eq descriptors "$(cat "$R/fds")" "0 1 2 3 5 "
wait_until 10 grep -q "'$NAME' is ready" "$W/bg.out"
kill "$BG"
wait "$BG"
stop
end

# Of every number, those too that the start uses for itself.
begin ready-every-descriptor
for fd in 3 4 6 7 8 9; do
	conf "lxcbox.ready = fd:$fd"
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -o "$W/log" -l DEBUG -d --wait-ready -- $B sh -c "echo >&$fd; $REST"
	want_status 0
	is_ready yes || fail "not ready by $fd"
	stop
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -o "$W/log" -l DEBUG -d -- /bin/missing
	want_status 1
	want_err_has "lxc-start: $NAME: cannot execute '/bin/missing' in the container: No such file or directory"
	want_nothing_left
done
conf "lxcbox.ready = fd:200"
printf '#!/bin/busybox sh\n/bin/busybox printf "\\n" >/proc/self/fd/200\nexec /bin/busybox sleep 1000\n' >"$R/init"
chmod 755 "$R/init"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -d --wait-ready -- /init
want_status 0
stop
end

begin ready-execute
conf "lxcbox.ready = fd:3"
run lxc-execute -n $NAME -P "$P" -f "$W/conf" -d -- $B sh -c "echo >&3; $REST"
want_status 0
wait_ready 10
want_status 0
stop
end

begin ready-never
conf "lxcbox.ready = fd:3" "lxcbox.ready.timeout = 1"
: >"$W/log"
started "$REST"
not_ready " within lxcbox.ready.timeout"
want_eq state "$(state $NAME)" RUNNING
stop
: >"$W/log"
started "exec 3>&-; $REST"
not_ready ": it has closed its descriptor without a word"
stop
# It cannot keep the monitor busy by saying something else.
: >"$W/log"
started "while $B yes | $B tr -d '\\n' >&3; do :; done; $REST"
not_ready ": it says something else"
stop
run lxc-start -n $NAME -P "$P" -f "$W/conf" -d --wait-ready -- $B sh -c "$REST"
want_status 1
want_one_line
want_err_has "lxc-start: $NAME: the container has not become ready (lxcbox.ready)"
stop
# It ends long before the time is up.
conf "lxcbox.ready = fd:3" "lxcbox.ready.timeout = 60"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -d --wait-ready -- $B sh -c "$B usleep 200000; exit 3"
want_status 1
want_one_line
# Its descriptors are closed before the kernel tells its end: either may be heard first.
grep -q -e "before it was ready" -e "has not become ready" "$W/err" || fail "$(first_line "$W/err")"
want_nothing_left
end

begin ready-by-file
conf "lxcbox.ready = file:/run/here/ready"
started "while [ ! -e /go ]; do $B usleep 20000; done; $B mkdir /run/here; : >/run/here/ready; $REST"
is_ready no || fail "ready before it said so"
: >"$R/go"
wait_ready 10
want_status 0
[ ! -e "$R/run/here" ] || fail "made in the wrong place"
stop
# What an earlier life has left says nothing of this one.
conf "lxcbox.ready = file:/etc/ready" "lxcbox.ready.timeout = 1"
: >"$R/etc/ready"
: >"$W/log"
second=$(date +%s)
wait_until 5 sh -c "[ \$(date +%s) != $second ]"
started "$REST"
not_ready " within lxcbox.ready.timeout"
stop
end

# No link is followed, on the way or at its end, and whoever looks holds nothing of the caller's.
begin ready-hostile-file
: >"$W/outside"
conf "lxcbox.ready = file:/run/link/ready" "lxcbox.ready.timeout = 1"
for script in "$B ln -s / /run/link; : >/ready" "$B mkdir /run/link; $B ln -s /proc/self/status /run/link/ready" \
	"$B ln -s /proc/1/root/run /run/link; : >/run/ready"; do
	: >"$W/log"
	started "$script; $REST"
	not_ready " within lxcbox.ready.timeout"
	stop
done
conf "lxcbox.ready = file:/run/fifo" "lxcbox.ready.timeout = 0"
started "$B mkfifo /run/fifo; $REST"
wait_ready 10
want_status 0
stop
# The process that looks ends with the monitor.
conf "lxcbox.ready = file:/run/never" "lxcbox.ready.timeout = 0"
started "$REST"
looker=$(for p in /proc/[0-9]*; do read -r _ _ _ parent _ <"$p/stat" && [ "$parent" = "$MONITOR" ] && echo "${p#/proc/}"; done 2>/dev/null | grep -v "^$(init_pid $NAME)\$")
[ -d "/proc/$looker" ] || fail "nobody looks"
want_eq "descriptors of who looks" "$(ls "/proc/$looker/fd" | tr '\n' ' ')" "0 "
kill -9 "$MONITOR"
wait_until 5 test ! -d "/proc/$looker" || fail "who looks is still there"
timed 5 lxc-stop -k -n $NAME -P "$P"
want_nothing_left
end

# Each life says it anew.
begin ready-again
conf "lxcbox.ready = fd:3"
started "echo >>/lives; if [ \$($B wc -l </lives) -gt 1 ]; then while [ ! -e /go ]; do $B usleep 20000; done; fi; echo >&3; trap '$B reboot -f' TERM; $REST"
wait_ready 10
want_status 0
run lxc-stop -r -n $NAME -P "$P" -t 10
if [ "$STATUS" = 0 ]; then
	is_ready no || fail "ready before it said so again"
	: >"$R/go"
	wait_ready 10
	want_status 0
else
	fail "no reboot: $(cat "$W/err")"
fi
stop
# Who is not to say so is ready when it runs.
conf
started "$REST"
wait_ready 5
want_status 0
stop
run lxc-wait -n $NAME -P "$P" --ready -t 0
want_status 1
run lxc-wait -n $NAME -P "$P" --ready -s RUNNING
want_status 1
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F --wait-ready
want_status 1
want_err_has "--wait-ready is for a start in the background"
end

finish
