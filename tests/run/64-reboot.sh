# SPDX-License-Identifier: MIT
# owns: containers that reboot, halt and power off themselves, and lxc-stop -r: who lives on, with what, and who is told
# never: takes longer between two lives than the monitor itself waits
# boards: one

. "$T/lib.sh"
R=$W/root
P=$W/lxc
NAME=r1
LXCPATH=$P

conf()
{
	fresh_root bin dev sbin etc
	cp /bin/busybox "$R/bin/busybox"
	write_conf "$NO_CONSOLE" "$PROC_ENTRY" "$@"
}

# started SCRIPT: as first process
started()
{
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -p "$W/pid" -d -- /bin/busybox sh -c "$1"
	want_status 0
	read -r MONITOR <"$W/pid"
}

stop()
{
	timed 5 lxc-stop -k -n $NAME -P "$P"
	want_status 0
	want_nothing_left
}

lives()
{
	[ "$(wc -l <"$R/lives" 2>/dev/null)" -ge "$1" ]
}

fds()
{
	ls "/proc/$MONITOR/fd" | wc -l
}

memory()
{
	sed -n 's/^VmData:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$MONITOR/status"
}

is_as_before()
{
	[ "$(fds)" -le "${before% *}" ] && [ "$(memory)" -le "${before#* }" ]
}

B=/bin/busybox
# Says that it lives, waits until it is asked, reboots.
ASKED="trap '$B reboot -f' TERM USR1; $B echo >>/lives; while :; do $B usleep 20000; done"

begin reboot-inside
conf
rm -f "$R/go"
in_background lxc-monitor -P "$P"
wait_until 10 test -p "/run/lxcbox/.watch/$BG"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B sh -c "$B echo >>/lives; [ \$($B wc -l </lives) -lt 3 ] || exit 5; $B reboot -f"
want_status 5
want_eq lives "$(wc -l <"$R/lives")" 3
wait_until 10 grep -q STOPPED "$W/bg.out"
again="STARTING RUNNING exited STOPPING"
want_eq told "$(sed "s/.*\[\(.*\)\]/\1/;s/^[0-9]*\$/exited/" "$W/bg.out" | tr '\n' ' ')" "$again $again $again STOPPED "
has "$W/bg.out" "'$NAME' exited with status [0]" "'$NAME' exited with status [5]"
want_nothing_left
kill $BG
end

begin reboot-hooks
printf '#!/bin/sh\necho "$LXC_TARGET" >>"%s"\n' "$W/targets" >"$W/hook"
chmod 755 "$W/hook"
conf "lxc.hook.version = 1" "lxc.hook.post-stop = $W/hook"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B sh -c "$B echo >>/lives; [ \$($B wc -l </lives) -lt 3 ] || exit 0; $B reboot -f"
want_status 0
want_eq "what post-stop hooks are told" "$(tr '\n' ' ' <"$W/targets")" "reboot reboot stop "
end

begin reboot-or-halt
for how in halt poweroff; do
	run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B $how -f
	want_status 0
	want_nothing_left
done
end

# The configuration of the first life, whatever the file says by now; and the monitor stays what it was.
begin reboot-twenty-times
conf
started "$ASKED"
wait_until 10 lives 1
run lxc-stop -r -n $NAME -P "$P"
want_status 0
before="$(fds) $(memory)"
echo "lxc.utsname = other" >>"$W/conf"
n=0
while [ $n -lt 20 ]; do
	n=$((n + 1))
	init=$(init_pid $NAME)
	wait_until 10 lives $((n + 1))
	timed 10 lxc-stop --reboot -n $NAME -P "$P"
	want_status 0
	want_eq state "$(state $NAME)" RUNNING
	[ "$(init_pid $NAME)" != "$init" ] || fail "still the first process of before"
done
wait_until 10 lives 22 || fail "$(wc -l <"$R/lives") lives, wanted 22"
want_eq monitor "$(cat "$W/pid")" "$MONITOR"
wait_until 10 is_as_before || want_eq "descriptors and memory" "$(fds) $(memory)" "$before"
run lxc-info -n $NAME -P "$P" -H -c lxc.uts.name
want_out $NAME
stop
end

begin reboot-by-lxc-stop
conf "lxc.signal.reboot = SIGUSR1"
started "$ASKED; "
wait_until 10 lives 1
run lxc-stop -n $NAME -P "$P" -r
want_status 0
wait_until 10 lives 2 || fail "lxc.signal.reboot was not sent"
run lxc-stop -n $NAME -P "$P" -r -k
want_status 1
want_one_line
stop
run lxc-stop -n $NAME -P "$P" -r
want_status 2
want_err_has "the container is not running"
# One that does not do it is not killed for it, and one that ends instead is not started.
conf
started "trap : TERM INT; while :; do $B usleep 20000; done"
timed 5 lxc-stop -n $NAME -P "$P" -r -t 1
want_status 1
want_one_line
want_err_has "lxc-stop: $NAME: the container did not reboot within 1 s"
want_eq state "$(state $NAME)" RUNNING
for o in -W "-t 0"; do
	# shellcheck disable=SC2086
	timed 5 lxc-stop -n $NAME -P "$P" -r $o
	want_status 0
done
stop
started "trap 'exit 3' TERM INT; while :; do $B usleep 20000; done"
timed 10 lxc-stop -n $NAME -P "$P" -r
want_status 1
want_one_line
want_err_has "the container has stopped and not started again"
want_nothing_left
end

# Whoever has asked for its end gets it.
begin reboot-while-it-is-to-stop
conf "lxc.signal.halt = SIGUSR1"
started "$ASKED"
wait_until 10 lives 1
timed 10 lxc-stop -n $NAME -P "$P"
want_status 0
want_eq lives "$(wc -l <"$R/lives")" 1
want_nothing_left
end

# A container that reboots at once must not keep the host busy, and can be stopped at any moment of it.
begin reboot-storm
conf
for how in "-k" "" "-t 1"; do
	rm -f "$R/lives"
	started "$B echo >>/lives; $B reboot -f"
	wait_until 20 lives 6 || fail "only $(wc -l <"$R/lives") lives"
	n=$(wc -l <"$R/lives")
	sleep 2
	n=$(($(wc -l <"$R/lives") - n))
	[ $n -le 4 ] || fail "$n lives in two seconds"
	[ $n -ge 1 ] || fail "it does not come up any more"
	case $(state $NAME) in
	STARTING | RUNNING | STOPPING) ;;
	*) fail "state '$(state $NAME)'" ;;
	esac
	timed 5 lxc-stop -r -n $NAME -P "$P"
	want_status 0
	# shellcheck disable=SC2086
	timed 3 lxc-stop $how -n $NAME -P "$P"
	want_status 0
	want_nothing_left
done
started "$B echo >>/lives; $B reboot -f"
wait_until 20 lives 6
kill -9 "$MONITOR"
started "$B sleep 1000"
stop
end

# What the next life cannot have ends it, with everything that the last one had.
begin reboot-into-nothing
conf
cp /bin/busybox "$R/bin/reboot"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -F -- $B sh -c "$B rm $B; exec /bin/reboot -f"
want_status 1
want_one_line
want_err_has "lxc-start: $NAME: cannot execute '/bin/busybox' in the container"
want_nothing_left
end

begin reboot-of-inits
conf
ln -s /bin/busybox "$R/sbin/init"
printf '#!/bin/busybox sh\n/bin/busybox echo >>/lives\n' >"$R/etc/rcS"
chmod 755 "$R/etc/rcS"
echo '::sysinit:/etc/rcS' >"$R/etc/inittab"
run lxc-start -n $NAME -P "$P" -f "$W/conf" -p "$W/pid" -d
want_status 0
wait_until 10 lives 1
timed 20 lxc-stop -n $NAME -P "$P" -r
want_status 0
wait_until 10 lives 2 || fail "BusyBox init has not rebooted"
timed 20 lxc-stop -n $NAME -P "$P" --nokill
want_status 0
want_nothing_left
# systemd, by its name: SIGRTMIN+5 to reboot, SIGRTMIN+3 to halt, as a glibc's program counts.
cp /bin/busybox "$R/bin/systemd"
started "exec -a sh /bin/systemd -c 'trap \"$B reboot -f\" 39; trap \"$B halt -f\" 37; $B echo >>/lives; while :; do $B usleep 20000; done'"
if wait_until 10 lives 3; then
	timed 10 lxc-stop -n $NAME -P "$P" -r
	want_status 0
	wait_until 10 lives 4 || fail "systemd has not been told to reboot"
	timed 10 lxc-stop -n $NAME -P "$P" --nokill
	want_status 0
	want_nothing_left
else
	fail "cannot run as systemd: $(state $NAME)"
	lxc-stop -k -n $NAME -P "$P"
fi
end

finish
