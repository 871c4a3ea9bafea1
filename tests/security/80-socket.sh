# SPDX-License-Identifier: MIT
# owns: what a monitor does with requests that it must refuse, and with clients that mean it ill
# never: takes silence for a refusal: after each attack the monitor must answer as before

. "$T/lib.sh"
NAME=sock
R=$W/root

conf()
{
	mkdir -p "$R/run"
	write_conf "lxc.tty.max = 1" "lxc.console.buffer.size = 4096" "lxc.autodev = 1" "lxc.net.0.type = none" "lxc.signal.halt = SIGKILL" "$PROC_ENTRY" "$BUSYBOX_ENTRY" \
		"lxc.mount.entry = $T/bin/sock bin/sock none bind,ro,create=file 0 0" "$@"
}

start()
{
	run lxc-start -d -n $NAME -f "$W/conf" --lxcpath="$W/lxc" -p "$W/pid" -- "$@"
	want_status 0
	read -r MONITOR <"$W/pid"
	SOCKET=$(echo /run/lxcbox/$NAME@*/sock)
}

info()
{
	timeout $((2 * HANGS)) lxc-info -n $NAME --lxcpath="$W/lxc" -s -p -H 2>&1
}

same()
{
	monitor_state >"$W/after"
	cmp -s "$W/before" "$W/after"
}

stop()
{
	run lxc-stop -k -n $NAME --lxcpath="$W/lxc"
	want_status 0
}

# What of the monitor must be the same after an attack.
monitor_state()
{
	info
	ls "/proc/$MONITOR/fd" | wc -l
	sed -n -e '/^VmData/p' -e '/^VmStk/p' -e '/^Threads/p' "/proc/$MONITOR/status"
}

[ -x "$T/bin/sock" ] || { echo "skip socket: no $T/bin/sock"; exit 0; }

begin socket-modes
conf
start /bin/busybox sleep 1000
want_eq "mode of the runtime directory" "$(stat -c '%a %u' /run/lxcbox)" "700 0"
want_eq "mode of the container's" "$(stat -c '%a %u' "${SOCKET%/sock}")" "700 0"
want_eq "mode of the socket" "$(stat -c '%a %u' "$SOCKET")" "600 0"
! grep -q '@.*lxc' /proc/net/unix || fail "an abstract socket: $(grep '@.*lxc' /proc/net/unix)"
for fd in "/proc/$MONITOR"/fd/*; do
	case $(readlink "$fd") in
	/dev/null | socket:* | anon_inode:* | /run/lxcbox/* | pipe:* | /dev/ptmx | /dev/pts/*) ;;
	*) fail "the monitor holds $(readlink "$fd")" ;;
	esac
done
end

begin socket-malformed
each=1
[ -z "$SLOW" ] || each=11
# The connection of the last lxc-info is one of its descriptors until the monitor has seen the end of it.
settled()
{
	monitor_state >"$W/before"
	usleep 100000
	same
}
wait_until 5 settled || fail "the monitor does not come to rest"
LIMIT=120
run sock fuzz "$SOCKET" "$each"
LIMIT=20
want_status 0
want_out_has "accepted 0"
wait_until 6 same || fail "the monitor was $(tr '\n' ' ' <"$W/before") and is $(tr '\n' ' ' <"$W/after")"
end

begin socket-half-open
sock half "$SOCKET" 200 60 >"$W/half" &
half=$!
wait_until 20 grep -q open "$W/half" || fail "200 connections were not taken"
now
from=$NOW
for i in 1 2 3 4 5; do
	case $(info) in
	*RUNNING*) ;;
	*) fail "lxc-info does not answer beside 200 half-open connections" ;;
	esac
done
within 10 "$from" "five times lxc-info"
# Some thousand questions have been asked, which an emulated board takes seconds to answer; then poll(2) waits.
quiet()
{
	ticks=$(awk '{ print $14 + $15 }' "/proc/$MONITOR/stat")
	usleep 500000
	[ $(($(awk '{ print $14 + $15 }' "/proc/$MONITOR/stat") - ticks)) -lt 5 ]
}
wait_until 8 quiet || fail "the monitor does not sleep beside 200 half-open connections"
kill "$half"
wait "$half" 2>/dev/null
wait_until 6 same || fail "the monitor was $(tr '\n' ' ' <"$W/before") and is $(tr '\n' ' ' <"$W/after")"
stop
end

# Answers of several packets, asked for by those who never read them, and from where there is nothing.
begin socket-greedy
i=0
long=
while [ $i -lt 300 ]; do
	i=$((i + 1))
	long="$long
lxc.environment = V$i=some text of some length, so that all is longer than a packet"
done
conf "$long"
start /bin/busybox sleep 1000
all=$(lxc-info -n $NAME --lxcpath="$W/lxc" -H -c lxc.environment | wc -c)
[ "$all" -gt 15000 ] || fail "lxc-info tells $all bytes"
wait_until 5 settled || fail "the monitor does not come to rest"
run sock config "$SOCKET" lxc.environment 0
want_out "bytes 4080 left $((all - 4080))"
run sock config "$SOCKET" lxc.environment 4080
want_out "bytes 4080 left $((all - 8160))"
run sock config "$SOCKET" lxc.environment $((all - 1))
want_out "bytes 1 left 0"
for at in $all $((all + 1)) 2147483647; do
	run sock config "$SOCKET" lxc.environment "$at"
	want_out "bytes 0 left 0"
done
for at in -1 -2147483648; do
	run sock config "$SOCKET" lxc.environment "$at"
	want_out "reply -22"
done
sock greedy "$SOCKET" lxc.environment 20 60 >"$W/half" &
half=$!
wait_until 30 grep -q 'open 20' "$W/half" || fail "the monitor does not end with clients that do not read: $(cat "$W/half")"
case $(info) in
*RUNNING*) ;;
*) fail "lxc-info does not answer beside greedy clients" ;;
esac
want_eq "bytes beside greedy clients" "$(lxc-info -n $NAME --lxcpath="$W/lxc" -H -c lxc.environment | wc -c)" "$all"
kill "$half"
wait "$half" 2>/dev/null
wait_until 6 same || fail "the monitor was $(tr '\n' ' ' <"$W/before") and is $(tr '\n' ' ' <"$W/after")"
stop
end

begin socket-from-a-container
conf "lxc.mount.entry = /run run none rbind,create=dir 0 0"
start /bin/busybox sh -c '
	b=/bin/busybox
	s=$($b echo /run/lxcbox/sock@*/sock)
	while [ ! -e /run/go ]; do $b usleep 50000; done
	for c in 0 1 2 3 4 5 6; do $b echo "command $c: $(/bin/sock ask $s $c 2)"; done >/run/said.tmp
	$b mv /run/said.tmp /run/said
	$b sleep 1000'
touch /run/go
wait_until 30 test -e /run/said || fail "the container said nothing"
cp /run/said "$W/out" 2>/dev/null
rm -f /run/go /run/said
for c in 0 1 2 3 4 5 6; do
	grep -q "^command $c: reply EPERM\$" "$W/out" || fail "command $c was not refused: $(grep "command $c" "$W/out")"
done
case $(info) in
*RUNNING*) ;;
*) fail "the container does not run any more" ;;
esac
stop
end

begin socket-of-another-user
conf
start /bin/busybox sleep 1000
if setpriv --reuid 1000 true 2>/dev/null; then
	run setpriv --reuid 1000 --clear-groups sock ask "$SOCKET" 0 0
else
	run su -s /bin/sh nobody -c "sock ask $SOCKET 0 0"
fi
want_out "connect: EACCES"
stop
end

finish
